// What libgit2 asks during a conversation (a password? is this the server? shall I go on?) and what
// its errors mean. Callbacks must not throw through C: each is noexcept.
#pragma once

#include <chrono>
#include <optional>

#include "integrations/git/transport.hpp"

namespace hotfixd::git {

// Where a url leads. scp-like "git@host:path" counts as ssh; anything without scheme as a path.
struct UrlParts {
  enum class Scheme { path, http, https, ssh, other } scheme = Scheme::path;
  std::string user, password, host;
  int port = 0;  // 0 = the scheme's own
};
UrlParts split_url(const std::string& url);

class CallState {
 public:
  CallState(const Origin& origin, Deadline deadline, GitProgress progress);

  const Origin& origin() const { return origin_; }
  git_remote_callbacks callbacks();
  // Says what is being done; false = stop (cancelled, or past the deadline).
  bool tell(std::string_view what);
  // What went wrong in "<doing> <url>": a callback's own finding first, libgit2's text otherwise.
  Problem problem(int rc, std::string_view doing);
  // The server's refusal of a pushed ref, in its own words.
  std::optional<Problem> refusal() const;

 private:
  static CallState& self(void* payload) { return *static_cast<CallState*>(payload); }
  int credentials(git_credential** out, const char* user_in_url, unsigned allowed);
  int certificate(const git_cert* cert, bool valid, const char* host);
  std::string clean(std::string text) const;

  Origin origin_;
  GitProgress progress_;
  UrlParts url_;
  Deadline deadline_;
  std::chrono::steady_clock::time_point last_told_{};
  bool cancelled_ = false, late_ = false, asked_ = false;
  std::optional<Problem> found_;  // by a callback
  std::string remote_words_;      // side band, at most 8 KiB
  std::optional<std::string> refused_ref_, refused_why_;
};

}  // namespace hotfixd::git
