// The bot token, also one that expires: docs.slack.dev, "Using token rotation".
#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>

#include "bot/net/http_client.hpp"
#include "bot/ports/clock.hpp"

namespace hotfixd::slack {

// Each refresh token is good for one renewal, which gives the next: the newest are kept in `file` (mode 0600), on disk
// before they are used. They belong to the `refresh_token` of the configuration; another one there starts anew.
struct Rotation {
  std::string client_id, client_secret, refresh_token;
  std::filesystem::path file;
};

class Tokens {
 public:
  // `http` and `clock` must outlive it. `url`: of the Web API, ends with '/'. No rotation: the token stays.
  // `report`: why a renewal failed; the token in use stays until it is refused.
  Tokens(net::HttpClient& http, const Clock& clock, std::string url, std::string token,
         std::optional<Rotation> rotation, std::function<void(const Problem&)> report);

  // The token to send now. Blocks while it is renewed, half an hour before it expires; when that fails, it is tried
  // again a minute later. Thread-safe.
  std::string current();
  // Slack refused `used` as expired: true when there is another to try.
  bool renew(const std::string& used);

 private:
  struct State {
    std::string token, refresh_token;
    Time expires_at{};  // of a configured token not known: it is renewed at once
  };
  void read_file();
  Result<void> write_file(const State& state) const;
  void renew_locked();

  net::HttpClient& http_;
  const Clock& clock_;
  const std::string url_;
  const std::optional<Rotation> rotation_;
  const std::function<void(const Problem&)> report_;
  std::mutex mutex_;
  State state_;
  Time not_before_{};  // after a renewal that failed
};

}  // namespace hotfixd::slack
