#include "integrations/github/api_errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "integrations/common/answers.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"

namespace hotfixd::github {
namespace {

using common::Fields;
using nlohmann::json;
using Kind = Problem::Kind;

constexpr common::JsonLimits kLimits{.bytes = kReplyLimit, .nesting = 64, .values = 2'000'000};
constexpr std::size_t kMessageShown = 300, kHeaderShown = 200, kDetails = 3;
constexpr Seconds kDefaultWait{60}, kLongestWait{3600};

constexpr std::string_view kWait = "nothing: it is tried again";
constexpr std::string_view kNotGitHub = "check github.api_url, and whether a proxy stands between";
constexpr std::string_view kAdmin = "ask an administrator of the repository or its organisation";

std::string_view name_of(Shown shown) {
  switch (shown) {
    case Shown::app:
      return "the app's key";
    case Shown::installation:
      return "the app's installation";
    case Shown::token:
      break;
  }
  return "github.token";
}

// One line of sound UTF-8.
std::string line(std::string_view text, std::size_t limit) {
  const json wrapped{{"text", common::mended_utf8(std::string(text.substr(0, limit)))}};
  return Fields(wrapped).text_if_any("text", limit);
}

// "Validation Failed: Reference already exists": message and errors[] (texts, or objects with field, code, message).
std::string message_of(const json& root) {
  if (!root.is_object()) return {};
  auto text = Fields(root).text_if_any("message", kMessageShown);
  const auto errors = root.find("errors");
  if (errors == root.end() || !errors->is_array()) return text;
  for (std::size_t i = 0; i < std::min(errors->size(), kDetails); ++i) {
    const auto& error = (*errors)[i];
    const json wrapped{{"text", error}};
    auto detail = error.is_string() ? Fields(wrapped).text_if_any("text", kMessageShown) : std::string{};
    if (error.is_object()) {
      detail = Fields(error).text_if_any("message", kMessageShown);
      if (detail.empty())
        detail = fmt::format("{} {}", Fields(error).text_if_any("field", 100), Fields(error).text_if_any("code", 100));
    }
    if (!detail.empty()) text += (text.empty() ? "" : i == 0 ? ": " : "; ") + detail;
  }
  return std::string(common::cut_utf8(text, kMessageShown));
}

// Nothing when it was refused for another reason.
std::optional<Seconds> wait_of(const net::ClientResponse& response, std::string_view message, Time now) {
  const auto later = common::retry_after(response.header("retry-after"));
  const bool used_up = response.header("x-ratelimit-remaining") == "0";
  if (response.status != 429 && !later && !used_up && !common::holds(message, "rate limit")) return std::nullopt;
  if (later) return later;
  if (const auto reset = common::number_in(response.header("x-ratelimit-reset")); used_up && reset) {
    constexpr std::int64_t kEndOf9999 = 253'402'300'799;
    const Time at{Seconds{std::clamp<std::int64_t>(*reset, 0, kEndOf9999)}};
    return std::clamp(std::chrono::ceil<Seconds>(at - now), Seconds{1}, kLongestWait);
  }
  return kDefaultWait;
}

// What the call needs and this token may lack, in GitHub's words; empty when GitHub does not say.
std::string needs(const net::ClientResponse& response) {
  if (const auto header = response.header("x-accepted-github-permissions"); !header.empty())
    return "the permission " + line(header, kHeaderShown);
  const auto accepted = common::names_in(line(response.header("x-accepted-oauth-scopes"), kHeaderShown));
  const auto granted = common::names_in(line(response.header("x-oauth-scopes"), kHeaderShown));
  const bool has = std::ranges::find_first_of(accepted, granted) != accepted.end();
  return accepted.empty() || has ? std::string{} : fmt::format("the scope {}", fmt::join(accepted, " or "));
}

std::string grant(Shown shown, const std::string& need) {
  const auto what = need.empty() ? std::string("what it needs") : need;
  return shown == Shown::token
             ? fmt::format("give github.token {}: Settings, Developer settings, Personal access tokens", what)
             : fmt::format("give the app {} (its page, Permissions & events) and accept that in the installation",
                           what);
}

struct Said {
  Kind kind;
  std::string what, mend;
};

Said unauthorized(Shown shown, const std::string& why) {
  if (shown == Shown::token)
    return {Kind::credentials, "GitHub does not take github.token, it is revoked, expired or mistyped: " + why,
            "make a new one (Settings, Developer settings, Personal access tokens) and set github.token"};
  return {Kind::credentials, fmt::format("GitHub does not take {}: {}", name_of(shown), why),
          "check that github.app_id and github.private_key belong together, and this machine's clock"};
}

Said forbidden(const net::ClientResponse& response, Shown shown, std::string_view call, const std::string& why) {
  const auto need = needs(response);
  if (!response.header("x-github-sso").empty())
    return {Kind::credentials, fmt::format("GitHub refuses {}: {}", call, why),
            "authorise github.token for the organisation: Personal access tokens, Configure SSO"};
  if (!need.empty() || why.starts_with("Resource not accessible"))
    return {Kind::credentials,
            fmt::format("GitHub refuses {}: {}{}", call, why, need.empty() ? "" : "; it needs " + need),
            grant(shown, need)};
  return {Kind::refused, fmt::format("GitHub refuses {}: {}", call, why), std::string(kAdmin)};
}

Said not_found(const net::ClientResponse& response, Shown shown, std::string_view call, const std::string& why) {
  const auto need = needs(response);
  return {Kind::not_found,
          fmt::format("GitHub does not find {}: it is not there, or {} may not see it{} ({})", call, name_of(shown),
                      need.empty() ? "" : " without " + need, why),
          "check the name; if it is right, " + grant(shown, need)};
}

Said said_of(const net::ClientResponse& response, Shown shown, std::string_view call, const std::string& why) {
  switch (response.status) {
    case 401:
      return unauthorized(shown, why);
    case 403:
      return forbidden(response, shown, call, why);
    case 404:
      return not_found(response, shown, call, why);
    case 405:
      return {Kind::refused, fmt::format("GitHub does not allow {} now: {}", call, why), std::string(kAdmin)};
    case 409:
      return {Kind::refused, fmt::format("{} conflicts with what is there: {}", call, why),
              "look at it on GitHub and try again"};
    case 422:
      if (common::holds(why, "already exists") || common::holds(why, "already_exists"))
        return {Kind::exists_elsewhere, fmt::format("GitHub has it already ({}): {}", call, why),
                "look at it on GitHub"};
      return {Kind::invalid, fmt::format("GitHub cannot do {} as it was asked: {}", call, why), "look at it on GitHub"};
    default:
      break;
  }
  return {Kind::refused, fmt::format("GitHub answers {} with status {}: {}", call, response.status, why),
          std::string(kAdmin)};
}

}  // namespace

std::expected<json, ApiFailure> read_reply(std::string_view call, const net::ClientResponse& response, Shown shown,
                                           Time now) {
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
  if (response.status == 403 || response.status == 429)
    if (const auto wait = wait_of(response, message, now))
      return fail(
          {Kind::rate_limited, fmt::format("GitHub's rate limit is reached, it asks to wait {} s", wait->count()),
           std::string(kWait)},
          message, wait);
  if (good && root) return *root;
  if (response.status >= 500)
    return fail(
        {Kind::unreachable, fmt::format("GitHub answers {} with status {}", call, response.status), std::string(kWait)},
        message, common::retry_after(response.header("retry-after")));
  if (good)
    return fail({Kind::unreachable, fmt::format("the answer to {} is not GitHub's: {}", call, root.error().what),
                 std::string(kNotGitHub)});
  if (response.status < 400 || message.empty())
    return fail({Kind::refused,
                 fmt::format("{} is answered with status {}, not by GitHub's API", call, response.status),
                 std::string(kNotGitHub)});
  return fail(said_of(response, shown, call, message), message);
}

}  // namespace hotfixd::github
