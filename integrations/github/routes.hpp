// POST /hooks/github: verified, decoded, handed over, and answered only once it is committed.
#pragma once

#include "bot/net/http_server.hpp"
#include "integrations/common/hook.hpp"
#include "integrations/github/webhook.hpp"

namespace hotfixd::github {

// The id is "github:" and X-GitHub-Delivery, the same on redelivery.
using common::HookDelivery;
using Submit = common::HookSubmit;

// Answers: 202 recorded, 200 ping or nothing of interest, 400 malformed or another forge's hook,
// 401 signature missing or wrong, 413 over 25 MB, 503 with Retry-After when not committed (also by the
// server's own time limit, which is below the 10 s GitHub waits).
net::Route webhook_route(std::string_view secret, const Policy& policy, Submit submit);

}  // namespace hotfixd::github
