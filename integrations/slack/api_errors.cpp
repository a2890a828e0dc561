#include "integrations/slack/api_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/common/fields.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/json.hpp"

namespace hotfixd::slack {
namespace {

using common::Fields;
using nlohmann::json;
using Kind = Problem::Kind;

constexpr common::JsonLimits kLimits{.bytes = kReplyLimit, .nesting = 64, .values = 2'000'000};

struct Known {
  std::string_view error;
  Kind kind;
  std::string_view mend;
};

constexpr std::string_view kNewToken = "install the app again and put the new bot token into the configuration";
constexpr std::string_view kScopes = "add the scope under OAuth & Permissions and install the app again";
constexpr std::string_view kInvite = "invite the app to the channel: /invite in it, or give it the scope channels:join";
constexpr std::string_view kAdmin = "ask an administrator of the workspace to allow it";
constexpr std::string_view kWait = "nothing: it is tried again";
constexpr std::string_view kOurs = "this is a mistake of hotfixd: please report it";
constexpr std::string_view kName = "lower-case letters, digits, - and _ make a channel's name, 80 at most";
constexpr std::string_view kUnarchive = "unarchive the channel, or use another";

// Names: the method reference, but for user_removed_from_team, team_disabled (the SDKs' unrecoverable errors of Socket
// Mode) and team_access_not_granted (docs, "Organization-ready apps").
constexpr std::array kKnown = {
    Known{"invalid_auth", Kind::credentials, kNewToken},
    Known{"not_authed", Kind::credentials, "put the bot token into the configuration"},
    Known{"token_revoked", Kind::credentials, kNewToken},
    Known{"token_expired", Kind::credentials, kNewToken},
    Known{"account_inactive", Kind::credentials, "the app was removed from the workspace: install it again"},
    Known{"user_removed_from_team", Kind::credentials, "the app was removed from the workspace: install it again"},
    Known{"team_disabled", Kind::credentials, "the workspace is closed; configure another"},
    Known{"not_allowed_token_type", Kind::credentials,
          "use the bot token (xoxb-) here, the app-level token (xapp-) only for Socket Mode"},
    Known{"invalid_refresh_token", Kind::credentials, kNewToken},
    Known{"missing_scope", Kind::credentials, kScopes},
    Known{"no_permission", Kind::credentials, kScopes},
    Known{"team_access_not_granted", Kind::credentials, "grant the app this workspace in the organisation's settings"},
    Known{"org_login_required", Kind::unreachable, "the workspace is being moved into an organisation: wait"},
    Known{"team_added_to_org", Kind::unreachable, "the workspace is being moved into an organisation: wait"},
    Known{"access_denied", Kind::refused, kAdmin},
    Known{"ekm_access_denied", Kind::refused, "the organisation's keys are withdrawn: ask its administrator"},
    Known{"enterprise_is_restricted", Kind::refused, "this method cannot be used by the organisation's app"},
    Known{"restricted_action", Kind::refused, kAdmin},
    Known{"restricted_action_read_only_channel", Kind::refused, kAdmin},
    Known{"restricted_action_thread_only_channel", Kind::refused, kAdmin},
    Known{"restricted_action_non_threadable_channel", Kind::refused, kAdmin},
    Known{"not_in_channel", Kind::refused, kInvite},
    Known{"channel_not_found", Kind::not_found,
          "check the channel's id; a private channel is only seen by apps invited to it"},
    Known{"is_archived", Kind::refused, kUnarchive},
    Known{"is_inactive", Kind::refused, kUnarchive},
    Known{"accesslimited", Kind::refused,
          "the workspace allows the API from other networks only: ask its administrator"},
    Known{"app_access_restricted", Kind::refused, kAdmin},
    Known{"two_factor_setup_required", Kind::credentials, "the person who installed the app has to set up 2FA"},
    Known{"channel_is_limited_access", Kind::refused, kInvite},
    Known{"cannot_create_channel", Kind::refused, kAdmin},
    Known{"user_is_restricted", Kind::refused, kAdmin},
    Known{"method_not_supported_for_channel_type", Kind::refused, "use a public or private channel"},
    Known{"restricted_action_thread_locked", Kind::refused, "the thread was locked by an administrator"},
    Known{"cannot_reply_to_message", Kind::refused, "this message takes no replies"},
    Known{"messages_tab_disabled", Kind::refused, "switch on the app's Messages tab under App Home"},
    Known{"not_pinnable", Kind::refused, "pin it by hand"},
    Known{"user_not_visible", Kind::not_found, "the person is not visible to the app: they share no channel"},
    Known{"message_limit_exceeded", Kind::refused, "the workspace has reached its limit of messages"},
    Known{"metadata_must_be_sent_from_app", Kind::credentials, kNewToken},
    Known{"external_channel_migrating", Kind::unreachable, kWait},
    Known{"update_failed", Kind::unreachable, kWait},
    Known{"user_not_in_channel", Kind::refused, "the person has to join the channel first"},
    Known{"user_not_found", Kind::not_found, "check the person's id"},
    Known{"users_not_found", Kind::not_found, "check the person's address"},
    Known{"message_not_found", Kind::not_found, "the message was deleted"},
    Known{"thread_not_found", Kind::not_found, "the message was deleted"},
    Known{"cant_update_message", Kind::refused, "only the app that posted a message can change it"},
    Known{"edit_window_closed", Kind::refused, "the workspace forbids changing older messages: allow it for apps"},
    Known{"cant_delete_message", Kind::refused, "only the app that posted a message can delete it"},
    Known{"name_taken", Kind::exists_elsewhere, "choose another name for channels (channel.template)"},
    Known{"invalid_name", Kind::invalid, kName},
    Known{"invalid_name_required", Kind::invalid, kName},
    Known{"invalid_name_punctuation", Kind::invalid, kName},
    Known{"invalid_name_maxlength", Kind::invalid, kName},
    Known{"invalid_name_specials", Kind::invalid, kName},
    Known{"too_many_pins", Kind::refused, "unpin something in the channel"},
    Known{"msg_too_long", Kind::invalid, kOurs},
    Known{"msg_blocks_too_long", Kind::invalid, kOurs},
    Known{"invalid_blocks", Kind::invalid, kOurs},
    Known{"invalid_blocks_format", Kind::invalid, kOurs},
    Known{"invalid_arg_name", Kind::invalid, kOurs},
    Known{"invalid_array_arg", Kind::invalid, kOurs},
    Known{"invalid_charset", Kind::invalid, kOurs},
    Known{"invalid_form_data", Kind::invalid, kOurs},
    Known{"invalid_post_type", Kind::invalid, kOurs},
    Known{"missing_post_type", Kind::invalid, kOurs},
    Known{"missing_argument", Kind::invalid, kOurs},
    Known{"invalid_cursor", Kind::invalid, kOurs},
    Known{"invalid_limit", Kind::invalid, kOurs},
    Known{"invalid_types", Kind::invalid, kOurs},
    Known{"invalid_ts_oldest", Kind::invalid, kOurs},
    Known{"invalid_ts_latest", Kind::invalid, kOurs},
    Known{"bad_timestamp", Kind::invalid, kOurs},
    Known{"no_item_specified", Kind::invalid, kOurs},
    Known{"too_long", Kind::invalid, kOurs},
    Known{"invalid_metadata_format", Kind::invalid, kOurs},
    Known{"invalid_metadata_schema", Kind::invalid, kOurs},
    Known{"invalid_arguments", Kind::invalid, kOurs},
    Known{"no_text", Kind::invalid, kOurs},
    Known{"metadata_too_large", Kind::invalid, kOurs},
    Known{"expired_trigger_id", Kind::refused, "press or type it again: a form must be opened within three seconds"},
    Known{"exchanged_trigger_id", Kind::refused, "press or type it again"},
    Known{"invalid_trigger_id", Kind::refused, "press or type it again"},
    Known{"hash_conflict", Kind::refused, "the form was changed meanwhile: open it again"},
    Known{"view_too_large", Kind::invalid, kOurs},
    Known{"push_limit_reached", Kind::refused, "close a form first"},
    Known{"forbidden_team", Kind::refused, "the app may not use Socket Mode in this workspace"},
    Known{"internal_error", Kind::unreachable, kWait},
    Known{"fatal_error", Kind::unreachable, kWait},
    Known{"service_unavailable", Kind::unreachable, kWait},
    Known{"request_timeout", Kind::unreachable, kWait},
    Known{"team_not_found", Kind::not_found, "give the workspace's id: an organisation's token needs it"},
};

// Methods that are called with another token than the bot's: what to do when Slack does not take it.
struct OtherToken {
  std::string_view method, mend;
};
constexpr std::array kOtherTokens = {
    OtherToken{
        "apps.connections.open",
        "Basic Information, App-Level Tokens: make one with the scope connections:write and set slack.app_token"},
    OtherToken{"apps.manifest.export",
               "make a new app configuration token at https://api.slack.com/apps (one lives 12 hours) and set "
               "slack.config_token"},
};

constexpr std::string_view kCollaborator =
    "use the app configuration token of somebody who is a collaborator of the app, made in the app's workspace";
// apps.manifest.export (docs.slack.dev, its page).
constexpr std::array kOfExport = {
    Known{"no_permission", Kind::credentials, kCollaborator},
    Known{"app_not_found", Kind::not_found, kCollaborator},
    Known{"invalid_app_id", Kind::invalid, kOurs},
    Known{"app_not_eligible", Kind::refused, "compare the settings by hand with `hotfixd slack manifest`"},
    Known{"app_not_owned_by_manager_app", Kind::refused, "use the app configuration token of a person"},
    Known{"failed_export", Kind::unreachable, kWait},
};

constexpr Seconds kDefaultWait{30};

std::unexpected<Problem> problem(Kind kind, std::string what, std::string_view mend,
                                 std::optional<Seconds> wait = std::nullopt) {
  return std::unexpected(
      Problem{.kind = kind, .what = std::move(what), .mend = std::string(mend), .retry_after = wait});
}

std::unexpected<Problem> rate_limited(const ApiReply& reply) {
  return problem(Kind::rate_limited, fmt::format("Slack asks to call {} less often", reply.method), kWait,
                 common::retry_after(reply.retry_after).value_or(kDefaultWait));
}

// What is wrong with the arguments, in Slack's words.
std::string details(const json& root) {
  constexpr std::size_t kMost = 3, kLongest = 200;
  std::string out;
  Fields in(root);
  const json* messages = in.at("response_metadata.messages");
  if (messages == nullptr || !messages->is_array()) return out;
  for (std::size_t i = 0; i < std::min(messages->size(), kMost); ++i) {
    const json wrapped = {{"text", (*messages)[i]}};
    Fields one(wrapped);
    const std::string text = one.text_if_any("text", kLongest);
    if (!text.empty()) out += (out.empty() ? ": " : "; ") + text;
  }
  return out;
}

std::unexpected<Problem> missing_scope(const ApiReply& reply, Fields& in) {
  constexpr std::size_t kLongest = 2000;
  const std::string needed = in.text_if_any("needed", kLongest), provided = in.text_if_any("provided", kLongest);
  return problem(Kind::credentials,
                 fmt::format("Slack refuses {}: the scope {} is missing (granted: {})", reply.method,
                             needed.empty() ? "it needs" : needed, provided.empty() ? "none" : provided),
                 needed.empty()
                     ? std::string(kScopes)
                     : fmt::format("add the scope {} under OAuth & Permissions and install the app again", needed));
}

std::unexpected<Problem> refused(const ApiReply& reply, const json& root) {
  Fields in(root);
  const std::string error = in.text_if_any("error", 100);
  if (error == "ratelimited" || error == "rate_limited") return rate_limited(reply);
  const auto* other = std::ranges::find(kOtherTokens, reply.method, &OtherToken::method);
  if (error == "missing_scope" && other == kOtherTokens.end()) return missing_scope(reply, in);
  const std::string what =
      fmt::format("Slack refuses {}: {}{}", reply.method, error.empty() ? "it does not say why" : error, details(root));
  if (reply.method == "apps.manifest.export")
    if (const auto* of = std::ranges::find(kOfExport, error, &Known::error); of != kOfExport.end())
      return problem(of->kind, what, of->mend);
  const auto* known = std::ranges::find(kKnown, error, &Known::error);
  if (known != kKnown.end())
    return problem(known->kind, what,
                   known->kind == Kind::credentials && other != kOtherTokens.end() ? other->mend : known->mend);
  if (reply.status >= 500) return problem(Kind::unreachable, what, kWait);
  return problem(Kind::refused, what,
                 fmt::format("look up this error at docs.slack.dev/reference/methods/{}", reply.method));
}

}  // namespace

Result<json> read_reply(const ApiReply& reply) {
  if (reply.status == 429) return rate_limited(reply);
  auto root = common::parse_json(common::mended_json(reply.body), kLimits);
  if (!root) {
    if (reply.status >= 500)
      return problem(Kind::unreachable, fmt::format("Slack answers {} with status {}", reply.method, reply.status),
                     kWait);
    if (reply.status >= 400)
      return problem(Kind::refused,
                     fmt::format("{} is answered with status {}, not by Slack's API", reply.method, reply.status),
                     "check slack.api_url");
    return problem(Kind::unreachable,
                   fmt::format("the answer to {} is not Slack's: {}", reply.method, root.error().what),
                   "check slack.api_url, and whether a proxy stands between");
  }
  const auto ok = root->find("ok");
  if (ok == root->end() || !ok->is_boolean()) {
    if (reply.status >= 500)
      return problem(Kind::unreachable, fmt::format("Slack answers {} with status {}", reply.method, reply.status),
                     kWait);
    return problem(Kind::unreachable, fmt::format("the answer to {} is not Slack's: ok is missing", reply.method),
                   "check slack.api_url, and whether a proxy stands between");
  }
  if (!ok->get<bool>()) return refused(reply, *root);
  if (reply.status >= 400)
    return problem(reply.status >= 500 ? Kind::unreachable : Kind::refused,
                   fmt::format("Slack answers {} with status {}", reply.method, reply.status), kWait);
  return root;
}

std::string error_of(std::string_view body) {
  const auto root = common::parse_json(common::mended_json(body), kLimits);
  if (!root) return {};
  Fields in(*root);
  return in.text_if_any("error", 100);
}

}  // namespace hotfixd::slack
