#include "bot/store/upgrade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace hotfixd::store {

namespace {

// What was a plain string becomes a text that stands in the record itself (see Reader::text).
bool evidence_as_text(nlohmann::json& body) {
  const auto evidence = body.is_object() ? body.find("evidence") : body.end();
  if (evidence == body.end() || !evidence->is_string()) return false;
  *evidence = nlohmann::json{{"plain", evidence->get<std::string>()}};
  return true;
}

bool no_service(nlohmann::json& body) { return body.is_object() && body.emplace("service", "").second; }

constexpr std::array kSteps{UpgradeStep{"incident_declared", 1, &no_service},
                            UpgradeStep{"obligation_met", 1, &evidence_as_text}};

}  // namespace

std::span<const UpgradeStep> upgrade_steps() { return kSteps; }

Result<nlohmann::json> upgrade(std::string_view type, int version, int current, nlohmann::json body,
                               std::span<const UpgradeStep> steps) {
  const auto corrupt = [](std::string what, std::string mend) {
    return std::unexpected(Problem{Problem::Kind::corrupt, std::move(what), std::move(mend), {}});
  };
  if (version > current)
    return corrupt(fmt::format("event {} has codec version {}, this hotfixd knows up to {}", type, version, current),
                   "use the version of hotfixd that wrote it, or a newer one");
  if (version < 1) return corrupt(fmt::format("event {} has the impossible codec version {}", type, version), "");
  for (int at = version; at < current; ++at) {
    const auto step = std::ranges::find_if(steps, [&](const UpgradeStep& s) { return s.type == type && s.from == at; });
    if (step == steps.end())
      return corrupt(fmt::format("event {} cannot be read: no way from codec version {} to {}", type, at, at + 1), "");
    if (!step->lift(body))
      return corrupt(fmt::format("event {} is not a sound body of codec version {}", type, at), "");
  }
  return body;
}

}  // namespace hotfixd::store
