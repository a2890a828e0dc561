// libgit2's objects as unique_ptrs, its thread-local last error as a Problem, and its start-up.
#pragma once

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

#include "bot/domain/basics.hpp"

namespace hotfixd::git {

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using RepositoryHandle = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using RemoteHandle = std::unique_ptr<git_remote, Freer<git_remote_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freer<git_reference_free>>;
using ReferenceIteratorHandle = std::unique_ptr<git_reference_iterator, Freer<git_reference_iterator_free>>;
using ObjectHandle = std::unique_ptr<git_object, Freer<git_object_free>>;
using CommitHandle = std::unique_ptr<git_commit, Freer<git_commit_free>>;
using TreeHandle = std::unique_ptr<git_tree, Freer<git_tree_free>>;
using TreeEntryHandle = std::unique_ptr<git_tree_entry, Freer<git_tree_entry_free>>;
using TreeBuilderHandle = std::unique_ptr<git_treebuilder, Freer<git_treebuilder_free>>;
using BlobHandle = std::unique_ptr<git_blob, Freer<git_blob_free>>;
using TagHandle = std::unique_ptr<git_tag, Freer<git_tag_free>>;
using IndexHandle = std::unique_ptr<git_index, Freer<git_index_free>>;
using IndexConflictsHandle = std::unique_ptr<git_index_conflict_iterator, Freer<git_index_conflict_iterator_free>>;
using DiffHandle = std::unique_ptr<git_diff, Freer<git_diff_free>>;
using DiffStatsHandle = std::unique_ptr<git_diff_stats, Freer<git_diff_stats_free>>;
using PatchHandle = std::unique_ptr<git_patch, Freer<git_patch_free>>;
using RevwalkHandle = std::unique_ptr<git_revwalk, Freer<git_revwalk_free>>;
using SignatureHandle = std::unique_ptr<git_signature, Freer<git_signature_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freer<git_odb_free>>;
using ConfigHandle = std::unique_ptr<git_config, Freer<git_config_free>>;

// Fills a handle from a libgit2 function whose first parameter is the out pointer:
//   TreeHandle tree; int rc = make(tree, git_commit_tree, commit.get());
template <typename Handle, typename Function, typename... Args>
int make(Handle& handle, Function function, Args... args) {
  typename Handle::pointer raw = nullptr;
  const int rc = function(&raw, args...);
  handle.reset(raw);
  return rc;
}

// What libgit2 says about the call that just returned `rc` (< 0) on this thread, as
// "<doing>: <its text>". Kinds that libgit2 states by its code or class are mapped (not found,
// locked, credentials, corrupt, full, unreachable, too large for the memory); the rest is internal.
Problem last_problem(int rc, std::string_view doing);

// One of our own.
inline Problem problem(Problem::Kind kind, std::string what, std::string mend = {}) {
  return {.kind = kind, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

// When whoever asked does not wait any more: "judging was cancelled".
inline Problem cancelled(std::string_view doing) {
  return problem(Problem::Kind::unreachable, std::string(doing) + " was cancelled");
}

// Starts libgit2 once per process, on first use. It is never shut down: worker threads may outlive
// statics. Configuration of the user and the machine is not read (an `insteadOf` there would send
// us to another repository), and the owner of a directory is not checked: libgit2 runs nothing that
// a repository's configuration names. What `ca_file` (PEM, may be
// empty) holds is trusted by the whole process from then on, besides the system's authorities and those of earlier
// calls: libgit2 knows one list only. Not while another thread speaks TLS.
Result<void> start_library(const std::string& ca_file = {});

// Forty hexadecimal digits, and the first seven of them.
std::string to_hex(const git_oid& oid);
std::string short_hex(const git_oid& oid);
// Problem::invalid unless `hex` is a full id.
Result<git_oid> parse_oid(std::string_view hex);

inline bool same(const git_oid& a, const git_oid& b) { return git_oid_equal(&a, &b) != 0; }

// For std::map and std::set.
struct OidLess {
  bool operator()(const git_oid& a, const git_oid& b) const { return git_oid_cmp(&a, &b) < 0; }
};

}  // namespace hotfixd::git
