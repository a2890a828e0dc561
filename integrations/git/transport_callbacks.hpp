// What libgit2 asks during a conversation (a password? is this the server? shall I go on?) and what
// its errors mean. Callbacks must not throw through C: each is noexcept.
#pragma once

#include <optional>

#include "integrations/git/transport.hpp"
#include "integrations/git/watched_call.hpp"

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
  CallState(const Origin& origin, WatchedCall& watch);

  const Origin& origin() const { return origin_; }
  git_remote_callbacks callbacks();
  // Of what is received, in bytes; 0 = none.
  void limit(std::size_t bytes) { limit_ = bytes; }
  // From now on a push changes only what is at `oid` on the origin.
  // What the ref is at, that shall be deleted; without it, there shall be none.
  void expect(const git_oid& oid) { expected_ = oid; }
  // What went wrong in "<doing> <url>": a callback's own finding first, then why the call was ended,
  // libgit2's text otherwise. On the thread that made the call: libgit2 keeps its last error for each.
  Problem problem(int rc, std::string_view doing);
  // The server's refusal of a pushed ref, in its own words.
  std::optional<Problem> refusal() const;

 private:
  // For libgit2: go on, or give up.
  int tell(std::string_view what) { return watch_.tell(what) ? 0 : -1; }
  static CallState& self(void* payload) { return *static_cast<CallState*>(payload); }
  int credentials(git_credential** out, const char* user_in_url, unsigned allowed);
  int certificate(const git_cert* cert, bool valid, const char* host);
  Problem untrusted(const std::string& said) const;
  std::string clean(const std::string& said) const;

  Origin origin_;
  WatchedCall& watch_;
  UrlParts url_;
  int check_update(const git_push_update& update);
  int received(const git_indexer_progress& stats);

  bool asked_ = false;
  std::size_t limit_ = 0;
  std::optional<git_oid> expected_;
  std::optional<Problem> found_;  // by a callback
  std::string remote_words_;      // side band, at most 8 KiB
  std::optional<std::string> refused_ref_, refused_why_;
};

}  // namespace hotfixd::git
