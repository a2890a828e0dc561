// What the bot needs of a GitHub App, or of a webhook: events, the permissions that they come with, and what for.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::github {

// What a need is for: always, or only where it is used.
enum class Use : std::uint8_t { always, releases, merges, issues };

struct Need {
  std::string_view event;       // as in X-GitHub-Event; empty = none, the bot writes
  std::string_view permission;  // as in an installation's `permissions`
  std::string_view label;       // of that permission on the app's page
  std::string_view purpose;     // what does not work without it
  bool write = false;           // false: to read is enough
  Use use = Use::always;
};

// One for each event that decode() reads (docs.github.com, "Webhook events and payloads"), and for what the bot writes.
// What it deploys with is not among them.
std::span<const Need> needs();

// What stands in `permissions` ("read", "write", "admin"; empty = none) is enough.
bool allows(std::string_view granted, bool write);

// A permission of needs() that is not granted, or only to read, with all that it is for. Of one use.
struct Missing {
  std::string permission, label, purposes;
  bool write = false;
};
std::vector<Missing> missing_permissions(const std::map<std::string, std::string>& granted, Use use = Use::always);

// The events of needs() that are not among these; "*" is all of them.
std::vector<Need> missing_events(const std::vector<std::string>& subscribed);

}  // namespace hotfixd::github
