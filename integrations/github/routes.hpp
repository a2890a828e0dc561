// POST /hooks/github: verified, decoded, handed over, and answered only once it is committed.
#pragma once

#include <functional>

#include "bot/net/http_server.hpp"
#include "integrations/github/webhook.hpp"

namespace hotfixd::github {

// One fact of one webhook delivery.
struct HookDelivery {
  std::string id;          // "github:" and X-GitHub-Delivery, the same on redelivery; "/2" and so on for further facts
  std::optional<Time> at;  // GitHub's own time of the fact, absent when the payload has none
  std::string login;       // who did it
  ForgeEvent event;
};

// Takes all facts of one delivery and calls back once, from any thread: true when every one of them is
// committed (or was before), false when not, so that GitHub is told to deliver again.
using Submit = std::function<void(std::vector<HookDelivery>, std::function<void(bool committed)>)>;

// Answers: 202 recorded, 200 ping or nothing of interest, 400 malformed or another forge's hook,
// 401 signature missing or wrong, 413 over 25 MB, 503 with Retry-After when not committed (also by the
// server's own time limit, which is below the 10 s GitHub waits).
net::Route webhook_route(std::string_view secret, const Policy& policy, Submit submit);

}  // namespace hotfixd::github
