// GitHub's webhooks: is the request really from GitHub, and what does it report? Pure functions over
// the request's bytes; nothing here reads a clock, a socket or a file.
#pragma once

#include "bot/domain/input.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/common/hmac.hpp"

namespace hotfixd::github {

// The largest payload GitHub delivers (docs.github.com/webhooks: bigger ones are dropped by GitHub).
inline constexpr std::size_t kPayloadLimit = 25 * 1024 * 1024;
// More nesting or more values than any payload of GitHub's has.
inline constexpr std::size_t kNestingLimit = 64;
inline constexpr std::size_t kValueLimit = 2'000'000;

// Is `header` (the value of X-Hub-Signature-256, "sha256=" and 64 hexadecimal digits) the HMAC-SHA256
// of the raw `body` under `key`? Compares in constant time. An empty secret verifies nothing.
// Call it before anything else looks at the body. Test vector: docs.github.com/webhooks, "Validating
// webhook deliveries".
bool verify_signature(const common::HmacKey& key, std::string_view body, std::string_view header);

// The JSON inside a body. GitHub sends it as it is ("application/json", also taken when no type is
// given) or as the form field "payload" ("application/x-www-form-urlencoded"), as the hook is set up.
// Another type, a broken escape or a form without the field: Problem::invalid.
Result<std::string> json_of(std::string_view content_type, std::string_view body);

struct Decoded {
  std::vector<ForgeEvent> events;
  std::string ignored_because;  // one clause, e.g. "repository acme/other is not configured"; empty when events is not
};

// What the webhook `event` (the value of X-GitHub-Event) with this JSON body reports, in our words.
// Fields decide, never `action` alone: GitHub's own example of a "completed" workflow run is queued.
// Malformed JSON, a field of the wrong type or a missing needed one, or more than the limits above:
// Problem::invalid that names the field. An event we have no use for, or of a repository that is not
// configured, is no mistake: no events, and the reason. So are pull requests from forks with their reviews and
// checks, and reviews by bots or by people who are not members of the repository, where the body says so.
//
// The repository is the one whose RepositoryPolicy::github is the body's repository.full_name (any
// case), or, where that is empty and it is not GitLab's, whose name is its last part. A body without a repository
// object is taken for the only configured repository when there is exactly one.
Result<Decoded> decode(std::string_view event, std::string_view body, const Policy& policy);

}  // namespace hotfixd::github
