// What a request shows GitHub: github.token, or as a GitHub App its own token and those of its installations.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "bot/ports/clock.hpp"
#include "integrations/github/api_errors.hpp"
#include "integrations/github/jwt.hpp"

namespace hotfixd::github {

struct Bearer {
  Shown shown = Shown::token;
  std::string value;  // the secret
  std::string owner;  // whose rate limit it is: "token", "app", "installation 7"
};

// An app where it is installed (docs.github.com, GET /repos/{owner}/{repo}/installation).
struct Installation {
  std::uint64_t id = 0;
  std::string account;                             // whose repositories they are
  std::string url;                                 // its page, where permissions are accepted
  std::map<std::string, std::string> permissions;  // "pull_requests" → "read"
  std::vector<std::string> events;
  bool suspended = false;
};

class Credentials {
 public:
  // Sends one request with this bearer; answers its JSON.
  using Ask = std::function<std::expected<nlohmann::json, ApiFailure>(const std::string& method,
                                                                      const std::string& path, const Bearer& bearer)>;

  // `app`: none = the token. `clock` must outlive it.
  Credentials(std::optional<App> app, std::string token, const Clock& clock, Ask ask);

  // For a repository ("acme/shop"), or with none for the app itself; a configured token serves for both. Blocks while
  // an installation's token is made: one for all who wait, kept until five minutes before it expires. A failure is
  // given to all who ask in the next ten seconds, or until GitHub's wait is over.
  std::expected<Bearer, ApiFailure> current(const std::string& repository);
  // GitHub refused `used` of this repository: true when there may be another to try.
  bool forget(const std::string& repository, const Bearer& used);
  // Asks anew. Problem::invalid without an app.
  std::expected<Installation, ApiFailure> installation(const std::string& repository);

 private:
  struct Token {
    Bearer bearer;
    Time expires_at{};
  };
  struct Failed {
    ApiFailure failure;
    Time not_before{};
  };
  std::expected<Bearer, ApiFailure> app_bearer() const;
  std::expected<Installation, ApiFailure> find_locked(const std::string& repository);
  std::optional<Bearer> fresh_locked(const std::string& repository) const;
  std::expected<Bearer, ApiFailure> make_locked(const std::string& repository);

  const std::optional<App> app_;
  const std::string token_;
  const Clock& clock_;
  const Ask ask_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> installations_;  // by repository
  std::map<std::uint64_t, Token> tokens_;               // by installation
  std::map<std::string, Failed> failed_;                // by repository
};

// "/repos/acme/shop", escaped.
std::string path_of(std::string_view repository);

}  // namespace hotfixd::github
