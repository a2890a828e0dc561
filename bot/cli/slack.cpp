#include "bot/cli/slack.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "bot/cli/compose.hpp"
#include "integrations/common/json.hpp"
#include "integrations/slack/manifest.hpp"
#include "integrations/slack/routes.hpp"

namespace hotfixd::cli {
namespace {

using common::text_at;

constexpr Seconds kAskAgain{30};

slack::Submit submit_to(Engine& engine, const Clock& clock) {
  return [&engine, &clock](slack::Taken taken, std::function<void(const Result<InboxAnswer>&)> done) {
    Delivery d;
    d.id = std::move(taken.id);
    d.sent_at = taken.sent_at.value_or(clock.now());
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
    engine.submit(std::move(d), std::move(done));
  };
}

}  // namespace

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
  api.bot_token = config.slack.bot_token->reveal();
  if (config.slack.app_token) api.app_token = config.slack.app_token->reveal();
  out.api = slack::create_web_api(*out.http, clock, std::move(api));
  return out;
}

Result<std::string> slack_finding(const Config& config) {
  const auto clock = system_clock();
  auto out = make_slack(config, *clock);
  if (!out) return std::unexpected(out.error());
  auto who = out->api->read("auth.test", {});
  if (!who) return std::unexpected(who.error());
  const auto granted = out->api->granted_scopes();
  std::vector<std::string_view> missing;
  for (const auto& scope : slack::scopes())
    if (!granted.empty() && std::ranges::find(granted, scope.name) == granted.end()) missing.push_back(scope.name);
  if (!missing.empty())
    return std::unexpected(Problem{Problem::Kind::credentials,
                                   fmt::format("the bot token lacks {}", fmt::join(missing, ", ")),
                                   "add the scopes (hotfixd slack manifest names them all) and install the app again",
                                   {}});
  if (config.slack.app_token)
    if (auto opened = out->api->open_connection(); !opened) return std::unexpected(opened.error());
  return fmt::format("{} in {}", text_at(*who, "user"), text_at(*who, "team"));
}

SlackIn::SlackIn(const Config& config, slack::WebApi& api, Engine& engine, const Clock& clock, IdSource& ids)
    : config_(config),
      api_(api),
      clock_(clock),
      ids_(ids),
      people_(api, config.policy, clock),
      surfaces_(api, people_, config.policy, submit_to(engine, clock),
                [](const std::string& what) { spdlog::warn("slack: {}", what); }),
      intake_(api, people_, config.policy, submit_to(engine, clock),
              [](const std::string& what) { spdlog::warn("slack: {}", what); }) {
  intake_.offer_first([this](const slack::Incoming& in, auto& told) { return surfaces_.take(in, told); });
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
    socket_mode_ = slack::create_socket_mode(api_, *sockets_, intake_, ids_, {.connections = config_.slack.connections},
                                             [](const std::string& what) { spdlog::warn("{}", what); });
  }
  self_ = std::jthread([this] { learn_self(); });
  if (socket_mode_) socket_mode_->start();
  return {};
}

void SlackIn::learn_self() {
  while (true) {
    if (auto who = api_.read("auth.test", {})) {
      intake_.set_self({text_at(*who, "user_id"), text_at(*who, "bot_id"), {}});
      spdlog::info("slack: connected as {} in {}", text_at(*who, "user"), text_at(*who, "team"));
      return;
    } else {
      spdlog::warn("slack: {}. {}", who.error().what, who.error().mend);
    }
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kAskAgain, [&] { return stopping_; })) return;
  }
}

void SlackIn::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (self_.joinable()) self_.join();
  if (socket_mode_) socket_mode_->stop();
  intake_.stop();
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
