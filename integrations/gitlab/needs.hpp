// What the bot needs of a project's webhook: the events, and what for.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

namespace hotfixd::gitlab {

struct Need {
  const char* flag;          // of a hook in the API: "push_events"
  std::string_view label;    // on the webhook's page
  std::string_view purpose;  // what does not work without it
};

// One for each kind of event that decode() reads (docs.gitlab.com/api/project_webhooks).
std::span<const Need> needs();

// Those that this hook, as the API shows it, is not sent.
std::vector<Need> missing_events(const nlohmann::json& hook);

}  // namespace hotfixd::gitlab
