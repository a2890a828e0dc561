#include "bot/cli/replay_export.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "bot/cli/slack.hpp"
#include "bot/domain/zone.hpp"
#include "integrations/slack/export.hpp"

namespace hotfixd::cli {
namespace {

using Failure = std::unexpected<std::string>;

// RFC 3339, or a day with or without a time on the wall of `zone`.
std::expected<std::optional<Time>, std::string> time_of(const char* option, const std::string& text,
                                                        const std::string& zone) {
  if (text.empty()) return std::optional<Time>{};
  if (const auto at = parse_rfc3339(text)) return at;
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, read = 0;
  const auto whole = [&](int fields, int wanted) { return fields == wanted && read == static_cast<int>(text.size()); };
  const bool dated =
      whole(std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &read), 3) ||
      whole(std::sscanf(text.c_str(), "%4d-%2d-%2d %2d:%2d%n", &year, &month, &day, &hour, &minute, &read), 5);
  const bool sound = dated && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour < 24 &&
                     minute >= 0 && minute < 60 && year >= 1970;
  if (!sound)
    return Failure(fmt::format("{} '{}' is no time. Write 2026-11-14T21:04:00Z, \"2026-11-14 21:04\" or 2026-11-14.",
                               option, text));
  return instant(year, static_cast<unsigned>(month), static_cast<unsigned>(day), hour * 60 + minute, zone);
}

}  // namespace

std::expected<std::vector<ReplayStep>, std::string> export_steps(const ReplayOptions& options, const Config& config,
                                                                 std::ostream& warnings) {
  const auto& zone = config.policy.zone;
  const auto from = time_of("--from", options.from, zone), until = time_of("--until", options.until, zone);
  if (!from) return Failure(from.error());
  if (!until) return Failure(until.error());
  auto exported =
      slack::read_export({options.slack_export, options.channel, *from, *until, config.name}, config.policy);
  if (!exported)
    return Failure(
        fmt::format("{}{}", exported.error().what, exported.error().mend.empty() ? "" : ": " + exported.error().mend));
  for (const auto& sentence : exported->left_out) warnings << sentence << "\n";
  std::vector<ReplayStep> steps;
  const auto add = [&](Delivery d) {
    ReplayStep step;
    step.number = steps.size() + 1;
    step.at = d.sent_at;
    step.in = d.channel;
    step.delivery = std::move(d);
    steps.push_back(std::move(step));
  };
  for (auto& heard : exported->taken) {
    const auto at = *heard.sent_at;
    auto d = delivery_of(std::move(heard), at);
    // An alert comes before the incident and is its signal; what people wrote belongs to the incident from the first
    // message on.
    const bool alert = config.policy.is_alert_source(d.actor);
    Delivery declare{std::string(kExportDeclares),
                     d.sent_at,
                     {"slack-export", "Slack export"},
                     d.channel,
                     Delivery::CommandLine{"declare " + options.declare, {}}};
    const bool first = steps.empty() && !options.declare.empty();
    if (first && !alert) add(declare);
    add(std::move(d));
    if (first && alert) add(std::move(declare));
  }
  return steps;
}

}  // namespace hotfixd::cli
