// GitLab's webhooks: what do they report? Pure functions over the request's bytes; nothing here reads a clock, a socket
// or a file.
#pragma once

#include "bot/domain/input.hpp"
#include "bot/domain/policy.hpp"

namespace hotfixd::gitlab {

// The largest payload GitLab sends (app/services/web_hook_service.rb, REQUEST_BODY_SIZE_LIMIT).
inline constexpr std::size_t kPayloadLimit = 25 * 1024 * 1024;
// More nesting or more values than any payload of GitLab's has.
inline constexpr std::size_t kNestingLimit = 64;
inline constexpr std::size_t kValueLimit = 2'000'000;

struct Decoded {
  std::vector<ForgeEvent> events;
  std::string ignored_because;  // one clause, e.g. "project acme/other is not configured"; empty when events is not
};

// What a webhook with this JSON body reports, in our words. The body's object_kind says what it is: a signature covers
// it, and not the header X-Gitlab-Event. Fields decide, never `action` alone, but where there is nothing else: an
// approval given or taken back.
//
// Malformed JSON, a field of the wrong type or a missing needed one, or more than the limits above: Problem::invalid
// that names the field. An event we have no use for, or of a project that is not configured, is no mistake: no events,
// and the reason. So are merge requests from forks, with their approvals and pipelines.
//
// The project is the one whose RepositoryPolicy::gitlab is the body's project.path_with_namespace, in any case.
//
// Two things a webhook tells only half of, and where RepositoryPolicy::forge says that the API can be asked they are
// reported as an update of the merge request, which makes the bot ask: which commit an approval was given to (the body
// is made later, and holds the head of that moment), and what landed by a fast-forward (squash or not). That somebody
// took an approval back is told besides.
Result<Decoded> decode(std::string_view body, const Policy& policy);

}  // namespace hotfixd::gitlab
