// `hotfixd replay`: plays a recorded conversation under a virtual clock on the real engine, the real
// store and real git, and prints the channel. The same input always prints the same output.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>

#include "bot/cli/config.hpp"
#include "bot/cli/replay_script.hpp"
#include "bot/engine/engine.hpp"

namespace hotfixd::cli {

struct ReplayOptions {
  std::string file;    // "-" = standard input
  std::string config;  // empty = the demo workspace's
  std::string zone;    // overrides the policy's
  bool state = false;  // print the incidents as JSON instead of the channel

  // Instead of `file`: the folder of a Slack export, to review an incident that nobody ran with the bot.
  std::string slack_export;
  std::string channel;      // name or id; empty = the only one
  std::string from, until;  // RFC 3339, or "2026-11-14 21:04" or "2026-11-14" in the zone; empty = all there is
  std::string declare;      // what would have been typed after "/hotfix declare" at the first message
  std::string format;       // "markdown", "json", "csv"; empty = the timeline
};

// How what people do in a replay reaches the engine, and how its posts reach them. Without one they meet in memory.
class ReplayWay {
 public:
  using Outcome = std::expected<void, std::string>;  // why it cannot be done

  virtual ~ReplayWay() = default;
  virtual ChatPlatform& platform() = 0;
  // The engine that was made with that platform. `settle` lets it work off what is due. Called once, before the rest.
  virtual void meet(Engine& engine, std::function<Outcome()> settle) = 0;
  // What a person does in the step's channel; returns when it was acknowledged. Messages go by the replay's own ids.
  virtual Outcome bring(const ReplayStep& step, const Person& who, decltype(Delivery::what) what) = 0;
  // The newest button in the channel with that id or, failing that, that label.
  virtual std::optional<Button> button(const ChannelId& channel, const std::string& id) const = 0;
};
// May change the configuration before anything is made of it.
using MakeWay = std::function<std::unique_ptr<ReplayWay>(Config& config, const Clock& clock)>;

// 0: played to the end. 2: a step that cannot be read or done; `err` names its line, of an export its file.
int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err, const MakeWay& way = {});

}  // namespace hotfixd::cli
