// POST /hooks/gitlab: verified, decoded, handed over, and answered only once it is committed.
#pragma once

#include "bot/domain/policy.hpp"
#include "bot/net/http_server.hpp"
#include "bot/ports/clock.hpp"
#include "integrations/common/hook.hpp"
#include "integrations/gitlab/signature.hpp"

namespace hotfixd::gitlab {

struct HookOptions {
  std::string secret;                   // X-Gitlab-Token; not looked at when there is a signing token
  std::optional<SigningToken> signing;  // webhook-signature
  // A body that is GitLab's and cannot be read, for the operator. May be empty.
  std::function<void(const Problem&)> report;
};

// Answers: 202 recorded, 200 nothing of interest or not understood, 400 another forge's hook or without an id, 401
// secret or signature missing or wrong, 413 over 25 MB, 503 when not committed (also by the server's own time limit,
// which is below the 10 s GitLab waits).
//
// Not understood is no error here: four failures in a row, 4xx and 5xx alike, make GitLab switch the whole webhook off,
// for a minute at first and longer each time, after forty (before 17.11 after four of 4xx) until a person switches it
// on (docs.gitlab.com/user/project/integrations/webhooks, "Auto-disabled webhooks"). It delivers nothing again by
// itself.
//
// The delivery's id is webhook-id, which is signed, or Idempotency-Key: the same when somebody presses "Resend"
// (gitlab-org/gitlab!160952, since 17.4). X-Gitlab-Webhook-UUID is new with each attempt, and X-Gitlab-Event-UUID may
// be one for several events, so that before 17.4 the id is that one with the body's digest.
net::Route webhook_route(HookOptions options, const Policy& policy, const Clock& clock, common::HookSubmit submit);

}  // namespace hotfixd::gitlab
