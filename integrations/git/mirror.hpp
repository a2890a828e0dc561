// The bare mirror on disk: opening, re-making when damaged, and bringing it up to date.
#pragma once

#include <map>

#include "integrations/git/semver.hpp"
#include "integrations/git/transport.hpp"

namespace hotfixd::git {

struct VersionTag {
  std::string name;
  Version version;
  git_oid commit{};  // peeled
};

class Mirror {
 public:
  static Result<std::unique_ptr<Mirror>> open(std::string path, Origin origin);

  // Lists the origin's branches and tags and, where they are not what they were, downloads what is not known. Branches
  // and tags that are gone there go here too; a tag that moved there is announced through `progress` and its old commit
  // is kept. A mirror found damaged is re-made.
  Result<void> fetch(Deadline deadline, const GitProgress& progress);
  // Downloads what these refs of the origin lead to, whatever they are, and makes no refs of them here. One that is not
  // there is passed over. Refused, and nothing is kept, when that is more than `limit` bytes.
  Result<void> download(const std::vector<std::string>& refs, std::size_t limit, Deadline deadline,
                        const GitProgress& progress);
  // Moves the damaged mirror aside and makes an empty one.
  Result<void> remake();
  // Creates a ref on the origin and, once accepted, here. Problems as Conversation::create_ref.
  Result<void> create_ref(const std::string& ref, const git_oid& oid, Deadline deadline, const GitProgress& progress);
  // Deletes a ref on the origin that is at `oid` there, and here. Problems as Conversation::delete_ref.
  Result<void> delete_ref(const std::string& ref, const git_oid& oid, Deadline deadline, const GitProgress& progress);
  // A private ref, so that the commit survives the deletion of its branch.
  Result<void> keep(const git_oid& commit);
  // A private ref by name ("own/…"), made or moved, and what was noted so; nothing when that is not here (any more).
  Result<void> note(const std::string& name, const git_oid& commit);
  std::optional<git_oid> noted(const std::string& name) const;
  // All that was noted below "own/…/", by the rest of the name.
  Result<std::map<std::string, git_oid>> noted_below(const std::string& folder) const;

  git_repository* repository() { return repository_.get(); }
  // The same objects; what is written through it stays in memory until drop_kept().
  git_repository* scratch() { return scratch_.get(); }

  // The origin's refs ("refs/heads/main") as of the last fetch, and how often they changed.
  const std::map<std::string, git_oid>& refs() const { return refs_; }
  std::uint64_t generation() const { return generation_; }
  // How often a note was made or moved.
  std::uint64_t notes() const { return notes_; }
  // Counts re-makings: what was remembered of objects is void when it changes.
  std::uint64_t epoch() const { return epoch_; }
  bool has(const git_oid& commit) const;
  // The commit that a ref of the origin leads to; nothing when there is no such ref or it is no commit.
  std::optional<git_oid> commit_of(const std::string& ref) const;
  // Tags that are versions and lead to commits, in no order.
  const std::vector<VersionTag>& version_tags();

 private:
  Mirror(std::string path, Origin origin) : path_(std::move(path)), origin_(std::move(origin)) {}
  Result<void> open_handles();
  void close_handles();
  Result<void> ensure_open();
  Result<void> create();
  Result<void> read_refs();
  Result<void> fetch_once(Deadline deadline, const GitProgress& progress);
  Result<void> update_refs(const std::vector<RemoteRef>& listed, const GitProgress& progress);
  Result<void> verify();
  bool unchanged_on_disk();

  std::string path_;
  Origin origin_;
  RepositoryHandle repository_, scratch_;
  RepositoryHandle origin_on_disk_;  // when it is a folder
  std::map<std::string, git_oid> refs_;
  std::uint64_t generation_ = 0, epoch_ = 0, notes_ = 0;
  bool verified_ = false;
  std::vector<VersionTag> version_tags_;
  std::uint64_t version_tags_of_ = ~std::uint64_t{0};
};

}  // namespace hotfixd::git
