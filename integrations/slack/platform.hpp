// The port ChatPlatform on Slack's Web API.
#pragma once

#include "bot/domain/policy.hpp"
#include "bot/ports/chat_platform.hpp"
#include "integrations/slack/groups.hpp"

namespace hotfixd::slack {

struct PlatformOptions {
  // Told apart from the posts of another database in the same workspace: goes before every key.
  std::string instance;
  // What did not stop a post but should be mended: a pin that was refused.
  std::function<void(const Problem&)> report;
};

// Blocks; worker threads only. How a post is recognised: its key is in the message's metadata, and after an unknown
// outcome the newest kSearched messages of the channel are searched for it before it is posted again. Messages of
// Slack's channels only ("slack:T1:C2"); another channel is Problem::not_found. All must outlive it.
std::unique_ptr<ChatPlatform> create_platform(WebApi& api, Groups& groups, const Policy& policy,
                                              PlatformOptions options);

inline constexpr int kSearched = 1000;

}  // namespace hotfixd::slack
