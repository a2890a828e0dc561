// What the bot needs of a GitHub App, or of a webhook: events, the permissions that they come with, and what for.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::github {

struct Need {
  std::string_view event;       // as in X-GitHub-Event
  std::string_view permission;  // as in an installation's `permissions`; to read is enough
  std::string_view label;       // of that permission on the app's page
  std::string_view purpose;     // what does not work without it
};

// One for each event that decode() reads (docs.github.com, "Webhook events and payloads").
std::span<const Need> needs();

// A permission of needs() that is not granted, with all that it is for.
struct Missing {
  std::string permission, label, purposes;
};
std::vector<Missing> missing_permissions(const std::map<std::string, std::string>& granted);

// The events of needs() that are not among these; "*" is all of them.
std::vector<Need> missing_events(const std::vector<std::string>& subscribed);

}  // namespace hotfixd::github
