// GitRepository over a bare mirror of the origin, with libgit2.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "bot/domain/policy.hpp"
#include "bot/ports/git_repository.hpp"
#include "integrations/git/watched_call.hpp"

namespace hotfixd::git {

struct MirrorOptions {
  std::string url;    // path, file://, https://, ssh:// or git@host:path; http:// only to loopback
  std::string path;   // of the mirror: made when it is not there, must belong to this url when it is
  std::string token;  // https
  std::string user;   // empty: "x-access-token" with a token, the url's own or "git" over ssh
  std::string ssh_key_path, ssh_passphrase, known_hosts_path;
  std::string ca_file;  // PEM; trusted besides the system's, by the whole process
  std::string bot_name = "hotfixd", bot_email = "hotfixd@localhost";  // who makes the tags
  std::chrono::seconds timeout{120};     // of each call, conversations with the origin together
  Patience patience;                     // with the origin, within that
  std::size_t foreign_limit = 64 << 20;  // bytes, of heads of pull requests from forks, in one call
  std::size_t most_kept = 256 << 20;  // bytes of what was merged in memory: beyond, all that is remembered is dropped

  // How the production tag is found: the newest release reachable from the production branch, a fixed
  // tag or branch (`value`), or the first line that a shell command (`value`) prints within 10 s.
  struct Production {
    enum class Source { newest_tag, fixed, command, asked } source = Source::newest_tag;
    std::string value;
    std::function<Result<std::string>()> ask;  // for `asked`: gives the tag that is there, whatever the record says
  } production;
  std::string tag_prefix;       // of production tags ("v"); empty: the family in use, see production.hpp
  std::function<Time()> clock;  // the tagger's time

  // How the tags that the bot makes are signed: "ssh" (`signing_key` is a file for ssh-keygen -f) or "gpg" (it is what
  // gpg --local-user takes). The programs are found by PATH.
  enum class Sign { none, ssh, gpg } sign = Sign::none;
  std::string signing_key;
};

// Opens or makes the mirror; asks nothing of the network. A damaged mirror is moved aside (name with
// ".corrupt-<n>") and made anew. Problems: invalid (url; the folder is another url's mirror, or no
// mirror at all), full, internal.
Result<std::unique_ptr<GitRepository>> open_mirror(const MirrorOptions& options, const RepositoryPolicy& policy);

}  // namespace hotfixd::git
