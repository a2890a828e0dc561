#include "integrations/git/transport.hpp"

#include <fmt/format.h>

#include "integrations/git/transport_callbacks.hpp"

namespace hotfixd::git {

struct Conversation::State {
  State(git_repository* in, const Origin& origin, Deadline deadline, GitProgress progress)
      : repository(in), watch(origin.patience, deadline, std::move(progress)), calls(origin, watch) {}
  git_repository* repository;
  WatchedCall watch;
  CallState calls;
  RemoteHandle remote;
};

Conversation::Conversation(git_repository* repository, const Origin& origin, Deadline deadline, GitProgress progress)
    : state_(new State(repository, origin, deadline, std::move(progress))) {}

// Taking leave may block too: libssh2 waits for the server's answer to it.
Conversation::~Conversation() {
  if (!state_->remote || !state_->watch.connected()) return;
  try {
    state_->watch.run("leaving the origin", [this] { state_->remote.reset(); });
  } catch (...) {
    // Out of threads, or from progress: the socket is shut down by now, or will be closed without a good-bye.
  }
}

// Runs a libgit2 call that may wait for the server.
Result<void> Conversation::watched(std::string_view doing, const std::function<int()>& call) {
  std::optional<Problem> failed;
  const bool ran = state_->watch.run(fmt::format("{} the origin", doing), [&] {
    if (const int rc = call(); rc < 0) failed = state_->calls.problem(rc, doing);
  });
  if (!ran) failed = state_->calls.problem(-1, doing);
  if (failed) return std::unexpected(std::move(*failed));
  return {};
}

namespace {

// Without looking for `insteadOf`: besides sending us elsewhere, that search leaks 20 kB for each line
// of configuration it reads (libgit2 1.5.1, PCRE2 match data).
Result<RemoteHandle> anonymous_remote(git_repository* repository, const Origin& origin) {
  git_remote_create_options options = GIT_REMOTE_CREATE_OPTIONS_INIT;
  options.repository = repository;
  options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
  RemoteHandle remote;
  if (const int rc = make(remote, git_remote_create_with_opts, origin.url.c_str(), &options); rc < 0)
    return std::unexpected(last_problem(rc, "preparing the connection"));
  return remote;
}

class TemporaryRef {
 public:
  TemporaryRef(git_repository* repository, std::string name, const git_oid& oid)
      : repository_(repository), name_(std::move(name)) {
    ReferenceHandle made;
    rc_ = make(made, git_reference_create, repository_, name_.c_str(), &oid, 1, nullptr);
  }
  ~TemporaryRef() {
    if (rc_ == 0) git_reference_remove(repository_, name_.c_str());  // one left behind is harmless
  }
  TemporaryRef(const TemporaryRef&) = delete;
  TemporaryRef& operator=(const TemporaryRef&) = delete;
  int rc() const { return rc_; }
  const std::string& name() const { return name_; }

 private:
  git_repository* repository_;
  std::string name_;
  int rc_ = 0;
};

}  // namespace

Result<std::vector<RemoteRef>> Conversation::list() {
  auto remote = anonymous_remote(state_->repository, state_->calls.origin());
  if (!remote) return std::unexpected(remote.error());
  state_->remote = std::move(*remote);
  git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
  options.callbacks = state_->calls.callbacks();
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  auto connected = watched("connecting to",
                           [&] { return git_remote_connect_ext(state_->remote.get(), GIT_DIRECTION_FETCH, &options); });
  if (!connected) return std::unexpected(connected.error());
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  if (const int rc = git_remote_ls(&heads, &count, state_->remote.get()); rc < 0)
    return std::unexpected(state_->calls.problem(rc, "listing the branches of"));
  std::vector<RemoteRef> refs;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view name = heads[i]->name;
    if (name.ends_with("^{}") || !(name.starts_with("refs/heads/") || name.starts_with("refs/tags/"))) continue;
    int valid = 0;
    if (git_reference_name_is_valid(&valid, heads[i]->name) < 0 || valid == 0) continue;
    refs.push_back({std::string(name), heads[i]->oid});
  }
  return refs;
}

Result<void> Conversation::download(const std::vector<std::string>& names, std::size_t limit) {
  state_->calls.limit(limit);
  std::vector<std::string> specs;
  for (const std::string& name : names) specs.push_back("+" + name + ":" + name);
  std::vector<char*> pointers;
  for (std::string& spec : specs) pointers.push_back(spec.data());
  const git_strarray array{pointers.data(), pointers.size()};
  git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
  options.callbacks = state_->calls.callbacks();
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.update_fetchhead = 0;
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  return watched("fetching from", [&] { return git_remote_download(state_->remote.get(), &array, &options); });
}

Result<void> Conversation::push(std::string spec) {
  char* pointer = spec.data();
  const git_strarray array{&pointer, 1};
  git_push_options options = GIT_PUSH_OPTIONS_INIT;
  options.callbacks = state_->calls.callbacks();
  options.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
  auto pushed = watched("pushing to", [&] { return git_remote_push(state_->remote.get(), &array, &options); });
  if (!pushed) return pushed;
  // git_remote_push succeeds when the server refuses a ref: only the callback knows.
  if (auto refusal = state_->calls.refusal()) return std::unexpected(std::move(*refusal));
  return {};
}

Result<void> Conversation::create_ref(const std::string& ref, const git_oid& oid) {
  auto remote = anonymous_remote(state_->repository, state_->calls.origin());
  if (!remote) return std::unexpected(remote.error());
  state_->remote = std::move(*remote);
  // libgit2 pushes refs only, no bare ids.
  const TemporaryRef source(state_->repository, "refs/hotfixd/push/" + to_hex(oid), oid);
  if (source.rc() < 0) return std::unexpected(last_problem(source.rc(), "preparing to push " + ref));
  return push(source.name() + ":" + ref);
}

Result<void> Conversation::delete_ref(const std::string& ref, const git_oid& oid) {
  auto remote = anonymous_remote(state_->repository, state_->calls.origin());
  if (!remote) return std::unexpected(remote.error());
  state_->remote = std::move(*remote);
  state_->calls.expect(oid);
  return push(":" + ref);
}

}  // namespace hotfixd::git
