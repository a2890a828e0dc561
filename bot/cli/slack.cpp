#include "bot/cli/slack.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "bot/cli/compose.hpp"
#include "integrations/common/json.hpp"
#include "integrations/slack/routes.hpp"

namespace hotfixd::cli {
namespace {

using common::text_at;

constexpr Seconds kAskAgain{30};
constexpr Seconds kGroupsAgain{300};

bool is_group(const std::string& name) { return name.starts_with('@'); }

slack::Submit submit_to(Engine& engine, const Clock& clock) {
  return [&engine, &clock](slack::Taken taken, std::function<void(const Result<InboxAnswer>&)> done) {
    engine.submit(delivery_of(std::move(taken), clock.now()), std::move(done));
  };
}

slack::AskChannels ask(Engine& engine) {
  return [&engine](std::function<void(std::vector<slack::KnownChannel>)> done) {
    engine.open_channels([done = std::move(done)](std::vector<Engine::OpenChannel> all) {
      std::vector<slack::KnownChannel> known;
      for (auto& open : all) {
        auto& channel = known.emplace_back(std::move(open.channel), open.since);
        for (auto& [id, m] : open.messages)
          channel.messages[id] = {std::move(m.text), m.deleted, std::move(m.pinned_by)};
      }
      done(std::move(known));
    });
  };
}

void warn(const std::string& what) { spdlog::warn("slack: {}", what); }

}  // namespace

Delivery delivery_of(slack::Taken taken, Time now) {
  Delivery d;
  d.id = std::move(taken.id);
  d.sent_at = taken.sent_at.value_or(now);
  d.actor = std::move(taken.actor);
  d.channel = std::move(taken.channel);
  std::visit(
      [&]<typename T>(T& what) {
        if constexpr (std::is_same_v<T, slack::Taken::CommandLine>)
          d.what = Delivery::CommandLine{std::move(what.text), std::move(what.about)};
        else
          d.what = std::move(what);
      },
      taken.what);
  d.remember = taken.remember;
  return d;
}

Result<SlackOut> make_slack(const Config& config, const Clock& clock) {
  SlackOut out;
  net::ClientOptions options;
  options.ca_file = config.slack.ca_file.string();
  options.report = [](const Problem& p) { spdlog::warn("http client: {}", p.what); };
  auto http = net::create_http_client(options);
  if (!http) return std::unexpected(http.error());
  out.http = std::move(*http);
  slack::WebApiOptions api;
  api.url = config.slack.api_url;
  api.deadline = config.slack.deadline;
  api.bot_token = config.slack.bot_token->reveal();
  if (config.slack.app_token) api.app_token = config.slack.app_token->reveal();
  if (config.slack.refresh_token) {
    if (config.slack.client_id.empty() || !config.slack.client_secret)
      return std::unexpected(Problem{Problem::Kind::invalid,
                                     "slack.refresh_token is set without the app's credentials",
                                     "set slack.client_id and slack.client_secret too",
                                     {}});
    api.rotation = {config.slack.client_id, config.slack.client_secret->reveal(), config.slack.refresh_token->reveal(),
                    config.data_dir / "slack-tokens.json"};
    api.report = [](const Problem& p) {
      spdlog::error("slack: the bot token was not renewed: {}. {}", p.what, p.mend);
    };
  }
  out.api = slack::create_web_api(*out.http, clock, std::move(api));
  out.groups = std::make_unique<slack::Groups>(*out.api, clock);
  return out;
}

SlackIn::SlackIn(const Config& config, SlackOut& out, Engine& engine, const Clock& clock, IdSource& ids,
                 std::unique_ptr<slack::Timer> timer, slack::CatchUpOptions catch_up)
    : config_(config),
      api_(*out.api),
      groups_(*out.groups),
      engine_(engine),
      clock_(clock),
      ids_(ids),
      timer_(timer ? std::move(timer) : slack::create_timer()),
      people_(api_, config.policy, clock),
      answers_(api_, config.policy, *timer_, warn),
      surfaces_({api_, people_, answers_, *timer_, config.policy}, submit_to(engine, clock), warn),
      intake_({people_, answers_, *timer_, config.policy}, submit_to(engine, clock), warn),
      catch_up_({api_, intake_, people_, answers_, config.policy, clock}, ask(engine), warn, catch_up) {
  intake_.offer_first([this](const slack::Incoming& in, auto& told) {
    const bool dropped = std::holds_alternative<slack::RateLimited>(in.what);
    if (dropped) warn("more happened than Slack delivers: what it dropped is read from the history");
    // Over HTTP a redelivery says that we did not hear for a time.
    if (dropped || (in.retry_attempt > 0 && !socket_mode_)) catch_up_.look();
    return surfaces_.take(in, told);
  });
}

SlackIn::~SlackIn() { stop(); }

std::vector<net::Route> SlackIn::routes() {
  if (!config_.slack.signing_secret) return {};
  return slack::routes(config_.slack.signing_secret->reveal(), intake_, clock_);
}

Result<void> SlackIn::start() {
  if (config_.slack.app_token) {
    net::WebSocketClientOptions options;
    options.ca_file = config_.slack.ca_file.string();
    options.report = [](const Problem& p) { spdlog::warn("websocket: {}", p.what); };
    auto client = net::create_websocket_client(options);
    if (!client) return std::unexpected(client.error());
    sockets_ = std::move(*client);
    slack::SocketOptions how{.connections = config_.slack.connections};
    // Before it is known who we are, learn_self() looks.
    how.heard_again = [this] {
      if (!intake_.self().user.empty()) catch_up_.look();
    };
    socket_mode_ = slack::create_socket_mode(api_, *sockets_, intake_, ids_, std::move(how),
                                             [](const std::string& what) { spdlog::warn("{}", what); });
  }
  self_ = std::jthread([this] { learn(); });
  if (socket_mode_) socket_mode_->start();
  return {};
}

void SlackIn::learn() {
  std::string team;
  while (true) {
    if (team.empty()) {
      if (auto who = api_.read("auth.test", {})) {
        intake_.set_self({text_at(*who, "user_id"), text_at(*who, "bot_id"), {}});
        catch_up_.look();
        spdlog::info("slack: connected as {} in {}", text_at(*who, "user"), text_at(*who, "team"));
        team = text_at(*who, "team_id");
      } else {
        spdlog::warn("slack: {}. {}", who.error().what, who.error().mend);
      }
    }
    if (!team.empty() && std::ranges::none_of(config_.policy.releasers, is_group)) return;
    if (!team.empty()) learn_groups(team);
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, team.empty() ? kAskAgain : kGroupsAgain, [&] { return stopping_; })) return;
  }
}

void SlackIn::learn_groups(const std::string& team) {
  auto all = groups_.all(team);
  if (!all) engine_.set_groups({});  // who releases must be known
  if (!all) return spdlog::warn("slack: the groups are not known: {}. {}", all.error().what, all.error().mend);
  std::map<std::string, std::vector<Person>> known;
  for (const auto& name : config_.policy.releasers) {
    if (!is_group(name)) continue;
    const auto group = all->find(name.substr(1));
    if (group == all->end()) {
      spdlog::warn("slack: roles.releasers names {}, and there is no such group", name);
      continue;
    }
    for (const auto& member : group->second.members) known[name].push_back(config_.policy.by_slack(member, member));
  }
  engine_.set_groups(std::move(known));
}

void SlackIn::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (self_.joinable()) self_.join();
  if (socket_mode_) socket_mode_->stop();
  catch_up_.stop();
  intake_.stop();
  timer_->stop();
  people_.stop();
  answers_.stop();
  surfaces_.stop();
  if (sockets_) sockets_->stop();
}

Result<void> SlackIn::ready() const {
  if (!socket_mode_) return {};
  const auto state = socket_mode_->state();
  if (state.ready > 0) return {};
  return std::unexpected(Problem{Problem::Kind::unreachable, "no connection to Slack: " + state.trouble, {}, {}});
}

}  // namespace hotfixd::cli
