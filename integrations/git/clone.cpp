#include "integrations/git/clone.hpp"

#include <fmt/format.h>
#include <git2/sys/odb_backend.h>

#include "integrations/git/object_gate.hpp"
#include "integrations/git/partial_clone.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::git {
namespace {

// What would be written and is there already gets a new time, else.
int leave_times_alone(git_repository* repository) {
  OdbHandle objects;
  int rc = make(objects, git_repository_odb, repository);
  for (std::size_t i = 0; rc == 0 && i < git_odb_num_backends(objects.get()); ++i) {
    git_odb_backend* backend = nullptr;
    rc = git_odb_get_backend(&backend, objects.get(), i);
    if (rc == 0) backend->freshen = nullptr;
  }
  return rc;
}

}  // namespace

std::string shell_word(const std::string& name) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+@-";
  const std::string text = shown(name);
  if (text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Result<RepositoryHandle> open_to_read(const std::string& path, bool fetch_missing) {
  RepositoryHandle found, bare;
  if (make(found, git_repository_open_ext, path.c_str(), unsigned{GIT_REPOSITORY_OPEN_NO_SEARCH}, nullptr) < 0) {
    const Problem why = last_problem(GIT_ENOTFOUND, "opening it");
    if (why.what.contains("objectformat"))
      return std::unexpected(problem(Problem::Kind::invalid,
                                     fmt::format("{} is in sha256 format, which is not supported", shown(path)),
                                     "judge a clone of it in sha1 format"));
    return std::unexpected(problem(Problem::Kind::not_found,
                                   fmt::format("{} is not a git repository that can be read", shown(path)),
                                   "give --repo the top folder of a clone (" + shown(why.what) + ")"));
  }
  int rc = make(bare, git_repository_open_bare, git_repository_path(found.get()));
  if (rc == 0) rc = leave_times_alone(bare.get());
  if (rc == 0) {
    InMemory gate;
    auto* repository = bare.get();
    const auto remote = fetch_missing ? promisor_of(repository) : std::string();
    if (!remote.empty())
      gate.fetch = [repository, remote](const auto& wanted) { return fetch_objects(repository, remote, wanted); };
    rc = put_gate(repository, gate);
  }
  if (rc < 0) return std::unexpected(last_problem(rc, "opening " + shown(path)));
  if (git_repository_is_shallow(bare.get()) != 0)
    return std::unexpected(problem(Problem::Kind::invalid,
                                   fmt::format("{} is a shallow clone, its history is not whole", shown(path)),
                                   "git fetch --unshallow --tags"));
  return bare;
}

std::string how_to_fetch_missing(git_repository* repository) {
  constexpr std::string_view kAll = "git fetch --refetch --no-filter origin";
  return promisor_of(repository).empty()
             ? fmt::format("fetch what is missing: {}", kAll)
             : fmt::format("it is a partial clone: add --fetch-missing, or fetch all that is missing: {}", kAll);
}

std::optional<git_oid> commit_of(git_repository* repository, const std::string& name) {
  ObjectHandle object, commit;
  if (make(object, git_revparse_single, repository, name.c_str()) == 0 &&
      make(commit, git_object_peel, object.get(), GIT_OBJECT_COMMIT) == 0)
    return *git_object_id(commit.get());
  git_error_clear();
  return std::nullopt;
}

}  // namespace hotfixd::git
