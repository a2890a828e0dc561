#include "bot/cli/serve.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <mutex>
#include <thread>

#include "bot/cli/chat.hpp"
#include "bot/cli/chat_attached.hpp"
#include "bot/cli/chat_desk.hpp"
#include "bot/cli/compose.hpp"
#include "bot/cli/github.hpp"
#include "bot/cli/gitlab.hpp"
#include "bot/net/http_server.hpp"
#include "bot/web/health.hpp"
#include "commands/commands.hpp"
#include "integrations/github/routes.hpp"

namespace hotfixd::cli {
namespace {

// How long a hotfixd that holds the database and does not listen yet is waited for.
constexpr std::chrono::milliseconds kStarting{3'000}, kLookAgain{100};

int report(const Problem& p) {
  std::cerr << p.what << "\n";
  if (!p.mend.empty()) std::cerr << p.mend << "\n";
  return 2;
}

// Several facts of one webhook: answered once, when the last is committed; false as soon as one was not.
struct Gathered {
  std::mutex mutex;
  std::size_t left = 0;
  bool all = true;
  std::function<void(bool)> done;
};

common::HookSubmit submit_to(Engine& engine, const Clock& clock) {
  return [&engine, &clock](std::vector<common::HookDelivery> deliveries, std::function<void(bool)> committed) {
    if (deliveries.empty()) return committed(true);
    auto gathered = std::make_shared<Gathered>();
    gathered->left = deliveries.size();
    gathered->done = std::move(committed);
    for (auto& d : deliveries) {
      const auto actor = engine.policy().by_login(d.event.repository, d.login);
      engine.submit({d.id, clock.now(), actor, {}, std::move(d.event)}, [gathered](const Result<InboxAnswer>& answer) {
        bool last = false;
        {
          const std::lock_guard lock(gathered->mutex);
          gathered->all = gathered->all && answer.has_value();
          last = --gathered->left == 0;
        }
        if (last) gathered->done(gathered->all);
      });
    }
  };
}

// Null when there is nothing to do: only an app can be asked, and what it delivers must be taken.
Result<std::unique_ptr<GithubCatchUp>> make_catch_up(const Config& config, const Clock& clock) {
  if (config.github.app_id.empty() || !config.github.webhook_secret || config.github.redeliver_every == Seconds{0})
    return nullptr;
  auto out = make_github(config, clock);
  if (!out) return std::unexpected(out.error());
  return std::make_unique<GithubCatchUp>(std::move(*out), clock, config.github.redeliver_every);
}

}  // namespace

int run_serve(const Config& config) {
  // Blocked before any thread is made, so that only sigwait() below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto bot = make_bot(config);
  if (!bot) return report(bot.error());
  auto github = make_catch_up(config, *bot->clock);
  if (!github) return report(github.error());
  std::unique_ptr<SlackIn> slack;
  if (bot->slack.api) slack = std::make_unique<SlackIn>(config, bot->slack, *bot->engine, *bot->clock, *bot->ids);
  auto routes = web::health_routes([&engine = *bot->engine, &slack]() -> Result<void> {
    (void)engine.counters();
    return slack ? slack->ready() : Result<void>{};
  });
  std::unique_ptr<web::IncidentPage> page;
  if (bot->pages) {
    page = make_incident_page(config, *bot->pages, *bot->ids);
    routes.push_back(page->route());
  }
  if (slack)
    for (auto& route : slack->routes()) routes.push_back(std::move(route));
  if (config.github.webhook_secret)
    routes.push_back(github::webhook_route(config.github.webhook_secret->reveal(), config.policy,
                                           submit_to(*bot->engine, *bot->clock)));
  else if (std::ranges::any_of(config.policy.repositories, [](const auto& r) { return r.gitlab.empty(); }))
    spdlog::warn("github.webhook_secret is not set: POST /hooks/github is not served");
  auto gitlab = gitlab_route(config, *bot->clock, submit_to(*bot->engine, *bot->clock));
  if (!gitlab) return report(gitlab.error());
  if (*gitlab) routes.push_back(std::move(**gitlab));
  net::ListenOptions listen;
  listen.address = config.listen.address;
  listen.port = config.listen.port;
  listen.report = [](const Problem& p) { spdlog::warn("http: {}", p.what); };
  auto server = net::listen(listen, std::move(routes));
  if (!server) return report(server.error());
  auto& engine = *bot->engine;
  engine.start();
  auto desk = ChatDesk::open(config, {*bot->channel, *bot->clock,
                                      [&](Delivery d, Acknowledge a) {
                                        d.unproven = slack != nullptr;
                                        engine.submit(std::move(d), std::move(a));
                                      },
                                      [&] { return engine.quiet(); }});
  const auto stop = [&] {
    (*server)->stop();
    page.reset();
    if (*github) (*github)->stop();
    if (slack) slack->stop();
    if (desk) (*desk)->stop();
    bot->stop();
  };
  if (!desk)  // only terminals beside it need that
    spdlog::error("{}; {}. Without it `hotfixd chat` cannot attach; all else is served.", desk.error().what,
                  desk.error().mend);
  (*server)->start();
  if (*github) (*github)->start();
  if (slack)
    if (auto started = slack->start(); !started) {
      stop();
      return report(started.error());
    }
  spdlog::info("listening on {}:{}", config.listen.address, (*server)->port());
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping");
  stop();
  return 0;
}

namespace {

ChatOptions chat_options(const Config& config, const ChatArguments& arguments) {
  ChatOptions options;
  options.channel = arguments.channel;
  if (!arguments.person.empty()) options.person = {arguments.person, arguments.person};
  options.zone = config.policy.zone;
  options.color = arguments.color;
  options.history = (config.data_dir / "history").string();
  options.verbs = commands::verbs();
  for (const auto& p : config.policy.people) options.people.push_back(p.person);
  return options;
}

int chat_attached(ChatOptions options, const Config& config, Attachment& running) {
  // The file is there: a hotfixd that runs has made it.
  auto channel = local::ChannelStore::open(channel_path(config));
  if (!channel) return report(channel.error());
  const auto clock = system_clock();
  options.opening = fmt::format("Attached to the running hotfixd (pid {}).", running.pid());
  return run_chat(options, {.store = **channel, .clock = *clock, .submit = {}, .quiet = {}, .running = &running});
}

int chat_alone(ChatOptions options, Bot& bot) {
  options.opening = fmt::format("No hotfixd was running: this terminal runs it (pid {}) until you leave.", ::getpid());
  auto& engine = *bot.engine;
  engine.start();
  const int code = run_chat(
      options, {*bot.channel, *bot.clock, [&](Delivery d, Acknowledge a) { engine.submit(std::move(d), std::move(a)); },
                [&] { return engine.quiet(); }});
  bot.stop();
  return code;
}

}  // namespace

int run_chat_here(const LoadConfig& load, const ChatArguments& arguments) {
  const auto config = load(Secrets::left);
  if (!config) return 2;
  auto options = chat_options(*config, arguments);
  // No socket can be at a path that is too long, so nobody listens there.
  const bool possible = !unsound_chat_socket(*config);
  std::optional<Config> whole;
  for (const auto until = std::chrono::steady_clock::now() + kStarting;;) {
    if (possible) {
      auto running = Attachment::open(chat_socket_path(*config));
      if (running) return chat_attached(std::move(options), *config, **running);
      if (running.error().kind != Problem::Kind::not_found) return report(running.error());
    }
    if (!whole) whole = load(Secrets::read);
    if (!whole) return 2;
    auto bot = make_bot(*whole);
    if (bot) return chat_alone(std::move(options), *bot);
    if (bot.error().kind != Problem::Kind::locked || std::chrono::steady_clock::now() >= until)
      return report(bot.error());
    std::this_thread::sleep_for(kLookAgain);
  }
}

}  // namespace hotfixd::cli
