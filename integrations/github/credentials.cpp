#include "integrations/github/credentials.hpp"

#include <fmt/format.h>

#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"

namespace hotfixd::github {
namespace {

using common::Fields;

constexpr Seconds kAhead{300};  // a token lives for an hour
constexpr Seconds kTryAgain{10};
constexpr std::size_t kMostNames = 200;

std::unexpected<ApiFailure> failed(Problem problem) {
  ApiFailure failure;
  static_cast<Problem&>(failure) = std::move(problem);
  return std::unexpected(std::move(failure));
}

std::expected<Installation, ApiFailure> read_installation(const nlohmann::json& answer) {
  Fields in(answer);
  Installation found{in.number("id"), in.text_if_any("account.login"), in.text_if_any("html_url"), {}, {}, false};
  found.suspended = in.has("suspended_at");
  if (const auto* all = in.at("permissions"); all != nullptr && all->is_object())
    for (const auto& [name, value] : all->items())
      if (value.is_string() && found.permissions.size() < kMostNames) found.permissions[name] = value;
  if (const auto* all = in.at("events"); all != nullptr && all->is_array())
    for (const auto& event : *all)
      if (event.is_string() && found.events.size() < kMostNames) found.events.push_back(event);
  if (in.problem())
    return failed(
        {Problem::Kind::unreachable,
         fmt::format("GitHub's answer about the app's installation is not understood: {}", in.problem()->what),
         "check github.api_url",
         {}});
  return found;
}

}  // namespace

std::string path_of(std::string_view repository) {
  const auto slash = repository.find('/');
  return fmt::format("/repos/{}/{}", common::percent_encoded(repository.substr(0, slash)),
                     common::percent_encoded(slash == std::string_view::npos ? "" : repository.substr(slash + 1)));
}

Credentials::Credentials(std::optional<App> app, std::string token, const Clock& clock, Ask ask)
    : app_(std::move(app)), token_(std::move(token)), clock_(clock), ask_(std::move(ask)) {}

std::expected<Bearer, ApiFailure> Credentials::current(const std::string& repository) {
  if (!app_) return Bearer{Shown::token, token_, "token"};
  if (repository.empty()) return app_bearer();
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  if (const auto it = failed_.find(repository); it != failed_.end()) {
    if (now < it->second.not_before) return std::unexpected(it->second.failure);
    failed_.erase(it);
  }
  if (auto bearer = fresh_locked(repository)) return *bearer;
  auto made = make_locked(repository);
  if (!made) {
    const auto wait = std::max(kTryAgain, made.error().retry_after.value_or(kTryAgain));
    failed_.insert_or_assign(repository, Failed{made.error(), now + wait});
  }
  return made;
}

bool Credentials::forget(const std::string& repository, const Bearer& used) {
  if (used.shown != Shown::installation) return false;
  const std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [&](const auto& t) { return t.second.bearer.value == used.value; });
  installations_.erase(repository);  // it may have been installed anew
  return true;
}

std::expected<Installation, ApiFailure> Credentials::installation(const std::string& repository) {
  const std::lock_guard lock(mutex_);
  auto found = find_locked(repository);
  if (found && !found->suspended) installations_[repository] = found->id;
  return found;
}

std::expected<Bearer, ApiFailure> Credentials::app_bearer() const {
  auto token = app_token(*app_, clock_.now());
  if (!token) return failed(std::move(token.error()));
  return Bearer{Shown::app, std::move(*token), "app"};
}

std::expected<Installation, ApiFailure> Credentials::find_locked(const std::string& repository) {
  if (!app_)
    return failed({Problem::Kind::invalid, "a token has no installation", "set github.app_id and private_key", {}});
  const auto app = app_bearer();
  if (!app) return std::unexpected(app.error());
  const auto answer = ask_("GET", path_of(repository) + "/installation", *app);
  if (answer) return read_installation(*answer);
  auto failure = answer.error();
  if (failure.kind == Problem::Kind::not_found) {
    failure.what = fmt::format("the GitHub App is not installed for {}, or there is no such repository", repository);
    failure.mend = "install it (the app's page, Install App) and let it see this repository, or mend its name";
  }
  return std::unexpected(std::move(failure));
}

std::optional<Bearer> Credentials::fresh_locked(const std::string& repository) const {
  const auto known = installations_.find(repository);
  if (known == installations_.end()) return std::nullopt;
  const auto it = tokens_.find(known->second);
  const bool fresh = it != tokens_.end() && clock_.now() + kAhead < it->second.expires_at;
  return fresh ? std::optional(it->second.bearer) : std::nullopt;
}

// POST /app/installations/{id}/access_tokens. Tokens may have any length and form.
std::expected<Bearer, ApiFailure> Credentials::make_locked(const std::string& repository) {
  const auto known = installations_.find(repository);
  auto id = known == installations_.end() ? 0 : known->second;
  if (id == 0) {
    const auto found = find_locked(repository);
    if (!found) return std::unexpected(found.error());
    if (found->suspended)
      return failed({Problem::Kind::credentials,
                     fmt::format("the installation of the GitHub App at {} is suspended", found->account),
                     fmt::format("take it up again at {}", found->url),
                     {}});
    id = found->id;
    installations_[repository] = id;
    if (auto bearer = fresh_locked(repository)) return *bearer;  // made for another repository
  }
  const auto app = app_bearer();
  if (!app) return std::unexpected(app.error());
  const auto answer = ask_("POST", fmt::format("/app/installations/{}/access_tokens", id), *app);
  if (!answer) {
    installations_.erase(repository);
    return std::unexpected(answer.error());
  }
  Fields in(*answer);
  const auto* token = in.at("token");
  const auto expires = in.time("expires_at");
  if (token == nullptr || !token->is_string() || token->get_ref<const std::string&>().empty() || !expires)
    return failed({Problem::Kind::unreachable, "GitHub's answer for a new token has none", "check github.api_url", {}});
  Token made{{Shown::installation, token->get<std::string>(), fmt::format("installation {}", id)}, *expires};
  return (tokens_[id] = std::move(made)).bearer;
}

}  // namespace hotfixd::github
