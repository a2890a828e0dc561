// The parts of the Slack integration, put together.
#pragma once

#include "bot/cli/config.hpp"
#include "bot/net/http_client.hpp"
#include "bot/net/http_server.hpp"
#include "bot/net/websocket_client.hpp"
#include "integrations/slack/catch_up.hpp"
#include "integrations/slack/platform.hpp"
#include "integrations/slack/socket_mode.hpp"
#include "integrations/slack/surfaces.hpp"

namespace hotfixd::cli {

// Towards Slack: what the engine needs.
struct SlackOut {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<slack::WebApi> api;
  std::unique_ptr<slack::Groups> groups;
};
// Problem::invalid when the configuration cannot work.
Result<SlackOut> make_slack(const Config& config, const Clock& clock);

// What Slack's event is to the engine; `now` is when it happened where Slack does not say.
Delivery delivery_of(slack::Taken taken, Time now);

// From Slack: Socket Mode when there is an app token, the routes when there is a signing secret.
class SlackIn {
 public:
  // All must outlive it. `timer`: none = real time.
  SlackIn(const Config& config, SlackOut& out, Engine& engine, const Clock& clock, IdSource& ids,
          std::unique_ptr<slack::Timer> timer = {}, slack::CatchUpOptions catch_up = {});
  ~SlackIn();

  std::vector<net::Route> routes();
  // Learns who the bot is (auth.test, until it succeeds) and opens the sockets. Does not wait for Slack.
  Result<void> start();
  void stop();
  // How often what was missed has been looked for.
  std::uint64_t caught_up() const { return catch_up_.runs(); }
  const slack::Intake& intake() const { return intake_; }
  // Connected as far as is configured, or why not.
  Result<void> ready() const;

 private:
  void learn();  // who we are; then who is in the groups that the policy names, again and again
  void learn_groups(const std::string& team);

  const Config& config_;
  slack::WebApi& api_;
  slack::Groups& groups_;
  Engine& engine_;
  const Clock& clock_;
  IdSource& ids_;
  std::unique_ptr<slack::Timer> timer_;
  slack::People people_;
  slack::Answers answers_;
  slack::Surfaces surfaces_;
  slack::Intake intake_;
  slack::CatchUp catch_up_;
  std::unique_ptr<net::WebSocketClient> sockets_;
  std::unique_ptr<slack::SocketMode> socket_mode_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::jthread self_;
};

}  // namespace hotfixd::cli
