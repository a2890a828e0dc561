// What GitHub writes of one thing, the same in its webhooks and in its API: read once, for both. Internal to this room.
#pragma once

#include "bot/domain/input.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/common/fields.hpp"

namespace hotfixd::github {

// An event, or the reason why there is none. Problems stay in the Fields.
struct Finding {
  std::optional<ForgeEvent> event;
  std::string ignored;
};

// What the bot says of a commit itself begins with this: it is no check of the commit.
inline constexpr std::string_view kOwnContext = "hotfixd/";

// `in` is a webhook's body: the thing stands under its own name ("check_run"), beside "repository" and, of a review,
// "pull_request", of a deployment's status "deployment". Only a commit's status stands there itself.
Finding check_run(common::Fields& in, const Policy& policy);
Finding check_suite(common::Fields& in, const Policy& policy);
Finding workflow_run(common::Fields& in, const Policy& policy);
Finding commit_status(common::Fields& in, const Policy& policy);
Finding pull_request(common::Fields& in, const Policy& policy);
Finding pull_request_review(common::Fields& in, const Policy& policy);
Finding deployment_status(common::Fields& in, const Policy& policy);

}  // namespace hotfixd::github
