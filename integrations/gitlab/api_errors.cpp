#include "integrations/gitlab/api_errors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/answers.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"

namespace hotfixd::gitlab {
namespace {

using common::Fields;
using nlohmann::json;
using Kind = Problem::Kind;

constexpr common::JsonLimits kLimits{.bytes = kReplyLimit, .nesting = 64, .values = 2'000'000};
constexpr std::size_t kMessageShown = 300, kDetails = 3;
constexpr Seconds kDefaultWait{60}, kLongestWait{3600};

constexpr std::string_view kWait = "nothing: it is tried again";
constexpr std::string_view kNotGitLab = "check gitlab.api_url, and whether a proxy stands between";
constexpr std::string_view kNewToken =
    "make a new one with the scope api (the project's Settings, Access tokens) and set gitlab.token";
constexpr std::string_view kRole =
    "give the owner of gitlab.token the role Developer in the project at least, Maintainer where it is protected";

void append(std::string& text, std::string_view more) {
  if (!more.empty()) text += fmt::format("{}{}", text.empty() ? "" : "; ", more);
}

// `message` is a text, a list of texts, or an object of lists by field: "source_branch is too long; …".
void collect(const json& message, std::string& text, std::size_t& left) {
  if (left == 0) return;
  if (message.is_string()) {
    --left;
    const json wrapped{{"text", message}};
    append(text, Fields(wrapped).text_if_any("text", kMessageShown));
  } else if (message.is_array()) {
    for (const auto& one : message) collect(one, text, left);
  } else if (message.is_object()) {
    for (const auto& [field, one] : message.items()) {
      std::string inner;
      collect(one, inner, left);
      const bool plain = field == "base" || field == "error" || inner.empty();
      append(text, plain ? inner : fmt::format("{} {}", field, inner));
    }
  }
}

// GitLab's words: `message`, or `error` with `error_description`.
std::string message_of(const json& root) {
  if (!root.is_object()) return {};
  std::string text;
  std::size_t left = kDetails;
  for (const char* name : {"message", "error_description", "error"})
    if (const auto it = root.find(name); it != root.end() && text.empty()) collect(*it, text, left);
  return std::string(common::cut_utf8(text, kMessageShown));
}

std::string text_of(const json& root, const char* name) {
  return root.is_object() ? common::text_at(root, name) : std::string{};
}

Seconds wait_of(const net::ClientResponse& response, Time now) {
  if (const auto later = common::retry_after(response.header("retry-after"))) return *later;
  const auto reset = common::number_in(response.header("ratelimit-reset"));
  if (!reset) return kDefaultWait;
  constexpr std::int64_t kEndOf9999 = 253'402'300'799;
  const Time at{Seconds{std::clamp<std::int64_t>(*reset, 0, kEndOf9999)}};
  return std::clamp(std::chrono::ceil<Seconds>(at - now), Seconds{1}, kLongestWait);
}

struct Said {
  Kind kind;
  std::string what, mend;
};

Said said_of(int status, const json& root, std::string_view call, const std::string& why) {
  switch (status) {
    case 400:
    case 422:
      return {Kind::invalid, fmt::format("GitLab cannot do {} as it was asked: {}", call, why), "look at it on GitLab"};
    case 401:
      return {Kind::credentials, "GitLab does not take gitlab.token, it is revoked, expired or mistyped: " + why,
              std::string(kNewToken)};
    case 403:
      if (text_of(root, "error") == "insufficient_scope")
        return {Kind::credentials, fmt::format("GitLab refuses {}: gitlab.token lacks the scope: {}", call, why),
                std::string(kNewToken)};
      return {Kind::refused, fmt::format("GitLab refuses {}: {}", call, why), std::string(kRole)};
    case 404:
      return {Kind::not_found,
              fmt::format("GitLab does not find {}: it is not there, or gitlab.token may not see it ({})", call, why),
              "check the name; if it is right, give the owner of gitlab.token a role in the project"};
    case 405:
      if (common::holds(why, "moved projects"))
        return {Kind::refused, fmt::format("the project of {} has another name now: {}", call, why),
                "set gitlab in [[repository]] to the name that its page shows"};
      break;
    case 409:
      if (common::holds(why, "already exists"))
        return {Kind::exists_elsewhere, fmt::format("GitLab has it already ({}): {}", call, why),
                "look at it on GitLab"};
      return {Kind::refused, fmt::format("{} conflicts with what is there: {}", call, why),
              "look at it on GitLab and try again"};
    default:
      break;
  }
  return {Kind::refused, fmt::format("GitLab answers {} with status {}: {}", call, status, why),
          "ask a maintainer of the project"};
}

}  // namespace

std::expected<json, ApiFailure> read_reply(std::string_view call, const net::ClientResponse& response, Time now) {
  const auto fail = [&](Said said, std::string message = {}, std::optional<Seconds> wait = std::nullopt) {
    ApiFailure failure;
    failure.may_have_arrived = said.kind == Kind::unreachable;
    failure.kind = said.kind;
    failure.what = std::move(said.what);
    failure.mend = std::move(said.mend);
    failure.retry_after = wait;
    failure.status = response.status;
    failure.message = std::move(message);
    return std::unexpected(std::move(failure));
  };
  const bool good = response.status >= 200 && response.status < 300;
  if (good && response.body.empty()) return json();
  const auto root = common::parse_json(common::mended_json(response.body), kLimits, true);
  const auto message = root ? message_of(*root) : std::string{};
  if (response.status == 429) {  // the text is no JSON
    const auto wait = wait_of(response, now);
    return fail({Kind::rate_limited, fmt::format("GitLab's rate limit is reached, it asks to wait {} s", wait.count()),
                 std::string(kWait)},
                message, wait);
  }
  if (good && root) return *root;
  if (response.status >= 500)
    return fail(
        {Kind::unreachable, fmt::format("GitLab answers {} with status {}", call, response.status), std::string(kWait)},
        message, common::retry_after(response.header("retry-after")));
  if (good)
    return fail({Kind::unreachable, fmt::format("the answer to {} is not GitLab's: {}", call, root.error().what),
                 std::string(kNotGitLab)});
  if (response.status < 400 || message.empty())
    return fail({Kind::refused,
                 fmt::format("{} is answered with status {}, not by GitLab's API", call, response.status),
                 std::string(kNotGitLab)});
  return fail(said_of(response.status, *root, call, message), message);
}

}  // namespace hotfixd::gitlab
