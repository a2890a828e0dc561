// One conversation with the origin: list, download, push, over file, http(s) and ssh, with time limits.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bot/ports/git_repository.hpp"
#include "integrations/git/handle.hpp"
#include "integrations/git/watched_call.hpp"

namespace hotfixd::git {

struct Origin {
  std::string url;
  std::string user;   // empty: "x-access-token" for https, the url's own or "git" for ssh
  std::string token;  // https
  std::string ssh_key_path, ssh_passphrase, known_hosts_path;
  Patience patience;
};

// Refuses (invalid) what we do not speak: http to anything but loopback, git://, a password in the url.
Result<void> check_url(const std::string& url);

struct RemoteRef {
  std::string name;  // "refs/heads/main"
  git_oid oid{};     // a tag object's own id for annotated tags
};

// Problems: unreachable (also silence, time-out and cancellation), credentials, host_key, refused (with the
// server's own words), not_found, rate_limited. No Problem carries a secret.
class Conversation {
 public:
  Conversation(git_repository* repository, const Origin& origin, Deadline deadline, GitProgress progress);
  ~Conversation();
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;

  // Branches and tags of the origin.
  Result<std::vector<RemoteRef>> list();
  // Downloads these refs' objects, after list() and in the same connection; updates no refs.
  // `limit`: refused, and nothing kept, when it is more than so many bytes; 0 = there is none.
  Result<void> download(const std::vector<std::string>& names, std::size_t limit = 0);
  // Creates `ref` on the origin at `oid`, never moves one that is there: exists_elsewhere then.
  Result<void> create_ref(const std::string& ref, const git_oid& oid);
  // Deletes `ref` on the origin when it is at `oid` there; exists_elsewhere when it is not.
  Result<void> delete_ref(const std::string& ref, const git_oid& oid);

 private:
  Result<void> push(std::string spec);
  Result<void> watched(std::string_view doing, const std::function<int()>& call);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hotfixd::git
