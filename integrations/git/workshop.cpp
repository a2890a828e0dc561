#include "integrations/git/workshop.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "integrations/git/handle.hpp"
#include "integrations/git/trees.hpp"
#include "integrations/git/workshop_input.hpp"

// Everything happens on trees and in-memory indexes; a ref is moved last, by compare-and-swap.

namespace hotfixd::git {
namespace {

using namespace workshop_input;

constexpr std::size_t kMaxName = 1000;  // of a ref; git's own limit is the file system's, 255 a part
constexpr std::size_t kMaxFile = 16 * 1024 * 1024;
constexpr std::size_t kMaxFiles = 10'000;
constexpr std::size_t kShownConflicts = 10;

constexpr std::string_view kHeads = "refs/heads/";
constexpr std::string_view kTags = "refs/tags/";

// "src/a.txt, src/b.txt and 3 more"
std::string listed(const std::set<std::string>& names) {
  const std::vector<std::string> shown(
      names.begin(), std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(names.size(), kShownConflicts))));
  const auto text = fmt::format("{}", fmt::join(shown, ", "));
  return names.size() > shown.size() ? fmt::format("{} and {} more", text, names.size() - shown.size()) : text;
}

// A commit and by what it was named: "branch 'x'", "tag 'v1'", "commit '1a2b3c4'", as in a merge's message.
struct Found {
  CommitHandle commit;
  std::string called;
};

const git_oid& id_of(const CommitHandle& commit) { return *git_commit_id(commit.get()); }
const git_oid& tree_of(const CommitHandle& commit) { return *git_commit_tree_id(commit.get()); }

class OnDisk : public Workshop {
 public:
  explicit OnDisk(RepositoryHandle repository) : repository_(std::move(repository)) {}

  Result<std::string> commit(const std::string& branch, const std::string& subject, const Files& files,
                             const Signature& signature) override {
    if (files.size() > kMaxFiles) return invalid("a commit of more than {} files", kMaxFiles);
    auto old = tip(branch);
    if (!old && !unborn(branch)) return std::unexpected(old.error());
    auto tree = changed_tree(old ? old->get() : nullptr, branch, files);
    if (!tree) return std::unexpected(tree.error());
    return advance(branch, old ? old->get() : nullptr, nullptr, *tree, subject, signature, nullptr, "commit");
  }

  Result<std::string> merge(const std::string& into, const std::string& from, const Signature& signature) override {
    auto merged = merged_tree(into, from);
    if (!merged) return std::unexpected(merged.error());
    if (merged->up_to_date) return to_hex(id_of(merged->ours));
    return advance(into, merged->ours.get(), merged->theirs.commit.get(), merged->tree,
                   fmt::format("Merge {} into {}", merged->theirs.called, into), signature, nullptr, "merge");
  }

  Result<std::string> squash(const std::string& into, const std::string& from, const std::string& subject,
                             const Signature& signature) override {
    auto merged = merged_tree(into, from);
    if (!merged) return std::unexpected(merged.error());
    if (same(merged->tree, tree_of(merged->ours))) {
      return refused("squashing {} into '{}' would change nothing", merged->theirs.called, into);
    }
    return advance(into, merged->ours.get(), nullptr, merged->tree, subject, signature, nullptr, "merge --squash");
  }

  Result<std::string> cherry_pick(const std::string& into, const std::string& ref,
                                  const Signature& signature) override {
    auto ours = tip(into);
    if (!ours) return std::unexpected(ours.error());
    auto picked = find(ref);
    if (!picked) return std::unexpected(picked.error());
    const git_merge_options options = merge_options();
    IndexHandle index;
    const int rc = make(index, git_cherrypick_commit, repository_.get(), picked->commit.get(), ours->get(),
                        mainline(picked->commit), &options);
    if (rc < 0) return git_failed(rc, "cherry-picking " + quoted(ref));
    auto tree = written(index, fmt::format("cherry-picking {} onto '{}'", quoted(ref), into));
    if (!tree) return std::unexpected(tree.error());
    if (same(*tree, tree_of(*ours))) {
      return refused("'{}' already has what {} changes; the cherry-pick would be empty", into, quoted(ref));
    }
    const char* message = git_commit_message(picked->commit.get());
    return advance(into, ours->get(), nullptr, *tree, message == nullptr ? "" : message, signature,
                   picked->commit.get(), "cherry-pick");
  }

  Result<std::string> revert(const std::string& branch, const std::string& ref, const Signature& signature) override {
    auto ours = tip(branch);
    if (!ours) return std::unexpected(ours.error());
    auto undone = find(ref);
    if (!undone) return std::unexpected(undone.error());
    const git_merge_options options = merge_options();
    IndexHandle index;
    const int rc = make(index, git_revert_commit, repository_.get(), undone->commit.get(), ours->get(),
                        mainline(undone->commit), &options);
    if (rc < 0) return git_failed(rc, "reverting " + quoted(ref));
    auto tree = written(index, fmt::format("reverting {} on '{}'", quoted(ref), branch));
    if (!tree) return std::unexpected(tree.error());
    if (same(*tree, tree_of(*ours))) {
      return refused("'{}' has nothing left of {}; the revert would be empty", branch, quoted(ref));
    }
    const char* summary = git_commit_summary(undone->commit.get());
    return advance(branch, ours->get(), nullptr, *tree,
                   fmt::format("Revert \"{}\"\n\nThis reverts commit {}.", summary == nullptr ? "" : summary,
                               to_hex(id_of(undone->commit))),
                   signature, nullptr, "revert");
  }

  Result<std::string> branch(const std::string& name, const std::string& from) override {
    int valid = 0;
    if (has_nul(name) || name.size() > kMaxName || git_branch_name_is_valid(&valid, name.c_str()) < 0 || valid == 0) {
      return invalid("{} is not a name git allows for a branch", quoted(name));
    }
    auto found = find(from);
    if (!found) return std::unexpected(found.error());
    const auto& id = id_of(found->commit);
    if (auto made = create_ref(kHeads, "branch", name, id, "branch: Created from " + from); !made)
      return std::unexpected(made.error());
    return to_hex(id);
  }

  Result<std::string> tag(const std::string& name, const std::string& ref, const Signature& signature) override {
    int valid = 0;
    if (has_nul(name) || name.size() > kMaxName || git_tag_name_is_valid(&valid, name.c_str()) < 0 || valid == 0) {
      return invalid("{} is not a name git allows for a tag", quoted(name));
    }
    auto found = find(ref);
    if (!found) return std::unexpected(found.error());
    auto tagger = to_git(signature);
    if (!tagger) return std::unexpected(tagger.error());
    git_oid id{};
    const auto* target = reinterpret_cast<const git_object*>(found->commit.get());
    if (const int rc = git_tag_annotation_create(&id, repository_.get(), name.c_str(), target, tagger->get(),
                                                 (name + "\n").c_str());
        rc < 0) {
      return git_failed(rc, "making the tag " + quoted(name));
    }
    if (auto made = create_ref(kTags, "tag", name, id, "tag: tagging " + ref); !made)
      return std::unexpected(made.error());
    return to_hex(id_of(found->commit));
  }

  Result<void> remove(const std::string& name) override {
    for (const auto space : {kHeads, kTags}) {
      auto reference = lookup(space, name);
      if (!reference) return std::unexpected(reference.error());
      if (!*reference) continue;
      if (git_branch_is_head(reference->get()) == 1) {
        return refused("'{}' is the origin's default branch and cannot be removed", name);
      }
      // libgit2 compares with the value that was looked up before it deletes.
      if (const int rc = git_reference_delete(reference->get()); rc < 0)
        return ref_failed(rc, name, "removing " + quoted(name));
      return {};
    }
    return not_found("no branch or tag {} on the origin", quoted(name));
  }

  Result<std::string> resolve(const std::string& ref) override {
    auto found = find(ref);
    if (!found) return std::unexpected(found.error());
    return to_hex(id_of(found->commit));
  }

  Result<std::string> read(const std::string& ref, const std::string& path) override {
    auto found = find(ref);
    if (!found) return std::unexpected(found.error());
    if (auto ok = check_path(path); !ok) return std::unexpected(ok.error());
    TreeHandle tree;
    if (const int rc = make(tree, git_commit_tree, found->commit.get()); rc < 0)
      return git_failed(rc, "reading " + quoted(ref));
    TreeEntryHandle entry;
    const int rc = make(entry, git_tree_entry_bypath, tree.get(), path.c_str());
    if (rc < 0 && rc != GIT_ENOTFOUND) return git_failed(rc, "reading " + quoted(path));
    if (rc == GIT_ENOTFOUND || git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB) {
      return not_found("no file {} in {}", quoted(path), found->called);
    }
    BlobHandle blob;
    if (const int got = make(blob, git_blob_lookup, repository_.get(), git_tree_entry_id(entry.get())); got < 0)
      return git_failed(got, "reading " + quoted(path));
    return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                       static_cast<std::size_t>(git_blob_rawsize(blob.get())));
  }

 private:
  struct Merged {
    CommitHandle ours;
    Found theirs;
    bool up_to_date = false;  // theirs is in the history of ours; then there is no tree
    git_oid tree{};
  };

  static unsigned mainline(const CommitHandle& commit) { return git_commit_parentcount(commit.get()) > 1 ? 1 : 0; }

  // The ref `name` under `space`, also when named in full; an empty handle when there is none.
  Result<ReferenceHandle> lookup(std::string_view space, const std::string& name) {
    ReferenceHandle reference;
    if (name.empty() || name.size() > kMaxName || has_nul(name)) return reference;
    const auto full = name.starts_with(space) ? name : std::string(space) + name;
    const int rc = make(reference, git_reference_lookup, repository_.get(), full.c_str());
    if (rc < 0 && rc != GIT_ENOTFOUND && rc != GIT_EINVALIDSPEC)
      return git_failed(rc, "reading the ref " + quoted(name));
    return reference;
  }

  // The tip of a branch that is to move.
  Result<CommitHandle> tip(const std::string& branch) {
    auto reference = lookup(kHeads, branch);
    if (!reference) return std::unexpected(reference.error());
    if (!*reference) return not_found("no branch {} on the origin", quoted(branch));
    return peeled(*reference, branch);
  }

  Result<CommitHandle> peeled(const ReferenceHandle& reference, const std::string& name) {
    ObjectHandle object;
    if (const int rc = make(object, git_reference_peel, reference.get(), GIT_OBJECT_COMMIT); rc < 0)
      return git_failed(rc, "following " + quoted(name));
    return CommitHandle(reinterpret_cast<git_commit*>(object.release()));
  }

  Result<Found> find(const std::string& ref) {
    const auto cut = std::min(ref.find_first_of("~^"), ref.size());
    const auto base = ref.substr(0, cut), steps = ref.substr(cut);
    const auto missing = [&] { return not_found("no branch, tag or commit {} on the origin", quoted(ref)); };
    if (ref.size() > kMaxName || steps.find_first_not_of("~^0123456789") != steps.npos) return missing();
    auto found = find_plain(base);
    if (!found && found.error().kind == Problem::Kind::not_found) return missing();
    if (!found || steps.empty()) return found;
    ObjectHandle object;
    const auto spec = to_hex(id_of(found->commit)) + steps;
    const int rc = make(object, git_revparse_single, repository_.get(), spec.c_str());
    if (rc == GIT_ENOTFOUND || rc == GIT_EINVALIDSPEC) return missing();
    if (rc < 0) return git_failed(rc, "following " + quoted(ref));
    return Found{CommitHandle(reinterpret_cast<git_commit*>(object.release())), "commit " + quoted(ref)};
  }

  Result<Found> find_plain(const std::string& name) {
    for (const auto& [space, word] : {std::pair{kHeads, "branch "}, std::pair{kTags, "tag "}}) {
      auto reference = lookup(space, name);
      if (!reference) return std::unexpected(reference.error());
      if (!*reference) continue;
      auto commit = peeled(*reference, name);
      if (!commit) return std::unexpected(commit.error());
      return Found{std::move(*commit), word + quoted(git_reference_shorthand(reference->get()))};
    }
    git_oid id{};
    ObjectHandle object;
    if (name.size() >= GIT_OID_MINPREFIXLEN && name.size() <= GIT_OID_HEXSZ &&
        git_oid_fromstrn(&id, name.data(), name.size()) == 0) {
      const int rc = make(object, git_object_lookup_prefix, repository_.get(), &id, name.size(), GIT_OBJECT_ANY);
      if (rc == GIT_EAMBIGUOUS)
        return fail(Problem::Kind::invalid, fmt::format("more than one object begins with {}", quoted(name)),
                    "give more digits");
      if (rc < 0 && rc != GIT_ENOTFOUND) return git_failed(rc, "reading the object " + quoted(name));
    }
    ObjectHandle commit;
    if (object && make(commit, git_object_peel, object.get(), GIT_OBJECT_COMMIT) == 0) {
      return Found{CommitHandle(reinterpret_cast<git_commit*>(commit.release())), "commit " + quoted(name)};
    }
    return not_found("no branch, tag or commit {} on the origin", quoted(name));
  }

  // True when HEAD waits for this branch's first commit.
  bool unborn(const std::string& branch) {
    ReferenceHandle head;
    return git_repository_head_unborn(repository_.get()) == 1 &&
           make(head, git_reference_lookup, repository_.get(), "HEAD") == 0 &&
           git_reference_type(head.get()) == GIT_REFERENCE_SYMBOLIC &&
           git_reference_symbolic_target(head.get()) == std::string(kHeads) + branch;
  }

  // The tree of `parent` (nothing when null) with the files changed; removals come first.
  Result<git_oid> changed_tree(const git_commit* parent, const std::string& branch, const Files& files) {
    IndexHandle index;
    if (const int rc = make(index, git_index_new); rc < 0) return git_failed(rc, "making an index");
    if (parent != nullptr) {
      TreeHandle tree;
      int rc = make(tree, git_commit_tree, parent);
      if (rc == 0) rc = git_index_read_tree(index.get(), tree.get());
      if (rc < 0) return git_failed(rc, "reading the files of " + quoted(branch));
    }
    for (const auto& [path, content] : files) {
      if (auto ok = check_path(path); !ok) return std::unexpected(ok.error());
      if (content) continue;
      const int rc = git_index_remove(index.get(), path.c_str(), 0);
      if (rc == GIT_ENOTFOUND) return not_found("no file {} on branch {}", quoted(path), quoted(branch));
      if (rc < 0) return git_failed(rc, "removing " + quoted(path));
    }
    for (const auto& [path, content] : files) {
      if (!content) continue;
      if (auto ok = put(index.get(), path, *content); !ok) return std::unexpected(ok.error());
    }
    git_oid id{};
    if (const int rc = git_index_write_tree_to(&id, index.get(), repository_.get()); rc < 0)
      return git_failed(rc, "writing the files of " + quoted(branch));
    return id;
  }

  Result<void> put(git_index* index, const std::string& path, const std::string& content) {
    if (content.size() > kMaxFile) return invalid("the file {} is larger than {} MiB", quoted(path), kMaxFile >> 20);
    // libgit2 would silently drop what is in the way of a file that becomes a folder, or the reverse.
    std::size_t position = 0;
    if (git_index_find_prefix(&position, index, (path + "/").c_str()) == 0)
      return refused("{} is a folder", quoted(path));
    for (auto slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1)) {
      if (git_index_get_bypath(index, path.substr(0, slash).c_str(), 0) != nullptr) {
        return refused("{} cannot be made: {} is a file", quoted(path), quoted(path.substr(0, slash)));
      }
    }
    const auto* before = git_index_get_bypath(index, path.c_str(), 0);
    git_index_entry entry{};
    entry.path = path.c_str();
    entry.mode = before != nullptr && before->mode == GIT_FILEMODE_BLOB_EXECUTABLE ? GIT_FILEMODE_BLOB_EXECUTABLE
                                                                                   : GIT_FILEMODE_BLOB;
    int rc = git_blob_create_from_buffer(&entry.id, repository_.get(), content.data(), content.size());
    if (rc == 0) rc = git_index_add(index, &entry);
    if (rc < 0) return git_failed(rc, "writing " + quoted(path));
    return {};
  }

  Result<Merged> merged_tree(const std::string& into, const std::string& from) {
    auto ours = tip(into);
    if (!ours) return std::unexpected(ours.error());
    auto theirs = find(from);
    if (!theirs) return std::unexpected(theirs.error());
    Merged merged{std::move(*ours), std::move(*theirs), false, {}};
    git_oid base{};
    int rc = git_merge_base(&base, repository_.get(), &id_of(merged.ours), &id_of(merged.theirs.commit));
    if (rc == GIT_ENOTFOUND) return refused("'{}' and {} have no history in common", into, merged.theirs.called);
    if (rc < 0) return git_failed(rc, "looking for what " + quoted(into) + " and " + quoted(from) + " share");
    if (same(base, id_of(merged.theirs.commit))) {
      merged.up_to_date = true;
      merged.tree = tree_of(merged.ours);
      return merged;
    }
    const git_merge_options options = merge_options();
    IndexHandle index;
    rc = make(index, git_merge_commits, repository_.get(), merged.ours.get(), merged.theirs.commit.get(), &options);
    if (rc < 0) return git_failed(rc, "merging " + quoted(from));
    auto tree = written(index, fmt::format("merging {} into '{}'", merged.theirs.called, into));
    if (!tree) return std::unexpected(tree.error());
    merged.tree = *tree;
    return merged;
  }

  // The index as a tree; a conflict is refused and names the files.
  Result<git_oid> written(const IndexHandle& index, const std::string& doing) {
    if (git_index_has_conflicts(index.get()) != 0) {
      IndexConflictsHandle conflicts;
      int rc = make(conflicts, git_index_conflict_iterator_new, index.get());
      std::set<std::string> paths;
      const git_index_entry *base = nullptr, *ours = nullptr, *theirs = nullptr;
      while (rc == 0 && (rc = git_index_conflict_next(&base, &ours, &theirs, conflicts.get())) == 0) {
        for (const auto* side : {ours, theirs, base}) {
          if (side != nullptr) {
            paths.insert(side->path);
            break;
          }
        }
      }
      if (rc != GIT_ITEROVER) return git_failed(rc, doing);
      return fail(Problem::Kind::refused, fmt::format("{} conflicts in {}", doing, listed(paths)),
                  "commit the resolved content in a step of its own");
    }
    git_oid id{};
    if (const int rc = git_index_write_tree_to(&id, index.get(), repository_.get()); rc < 0)
      return git_failed(rc, doing);
    return id;
  }

  // Makes the commit and moves the branch from `old` (null = the branch is born) to it. `second` is a
  // merge's other parent. `original` lends author, message bytes and encoding (a cherry-pick).
  Result<std::string> advance(const std::string& branch, const git_commit* old, const git_commit* second,
                              const git_oid& tree_id, const std::string& message, const Signature& signature,
                              const git_commit* original, std::string_view verb) {
    auto committer = to_git(signature);
    if (!committer) return std::unexpected(committer.error());
    auto tidy = original != nullptr ? Result<std::string>(message) : tidy_message(message);
    if (!tidy) return std::unexpected(tidy.error());
    TreeHandle tree;
    if (const int rc = make(tree, git_tree_lookup, repository_.get(), &tree_id); rc < 0)
      return git_failed(rc, "reading a new tree");
    const git_commit* parents[] = {old, second};
    const std::size_t count = old == nullptr ? 0 : second == nullptr ? 1 : 2;
    const git_signature* author = original != nullptr ? git_commit_author(original) : committer->get();
    const char* encoding = original != nullptr ? git_commit_message_encoding(original) : nullptr;
    git_oid id{};
    int rc = git_commit_create(&id, repository_.get(), nullptr, author, committer->get(), encoding, tidy->c_str(),
                               tree.get(), count, parents);
    if (rc < 0) return git_failed(rc, "making a commit on " + quoted(branch));

    const auto full = branch.starts_with(kHeads) ? branch : std::string(kHeads) + branch;
    const git_oid none{};
    ReferenceHandle moved;
    const auto log = fmt::format("{}: {}", verb, tidy->substr(0, tidy->find('\n')));
    rc = make(moved, git_reference_create_matching, repository_.get(), full.c_str(), &id, 1,
              old == nullptr ? &none : git_commit_id(old), log.c_str());
    if (rc < 0) return ref_failed(rc, branch, "moving the branch " + quoted(branch));
    return to_hex(id);
  }

  // The ref whose name is a folder of this one, or the reverse: git keeps names as paths.
  std::string in_the_way(std::string_view space, const std::string& name) {
    for (auto slash = name.find('/'); slash != name.npos; slash = name.find('/', slash + 1)) {
      auto above = lookup(space, name.substr(0, slash));
      if (above && *above) return name.substr(0, slash);
    }
    ReferenceIteratorHandle below;
    const char* found = nullptr;
    const auto glob = std::string(space) + name + "/*";  // git allows no wildcard in a name
    if (make(below, git_reference_iterator_glob_new, repository_.get(), glob.c_str()) < 0 ||
        git_reference_next_name(&found, below.get()) != 0)
      return {};
    return std::string(found).substr(space.size());
  }

  Result<void> create_ref(std::string_view space, std::string_view word, const std::string& name, const git_oid& id,
                          const std::string& log) {
    ReferenceHandle made;
    const git_oid none{};
    const int rc = make(made, git_reference_create_matching, repository_.get(), (std::string(space) + name).c_str(),
                        &id, 0, &none, log.c_str());
    if (rc < 0) {
      auto there = lookup(space, name);
      if (there && *there) return refused("{} '{}' is already on the origin", word, name);
      if (const auto other = in_the_way(space, name); !other.empty()) {
        return refused("{} '{}' cannot be made beside '{}'", word, name, other);
      }
    }
    if (rc < 0) return ref_failed(rc, name, fmt::format("making the {} '{}'", word, name));
    return {};
  }

  static std::unexpected<Problem> ref_failed(int rc, const std::string& name, const std::string& doing) {
    if (rc == GIT_EMODIFIED)
      return fail(Problem::Kind::locked, fmt::format("{} moved on the origin in the same moment", quoted(name)),
                  "do it again");
    return git_failed(rc, doing);
  }

  RepositoryHandle repository_;
};

}  // namespace

Result<std::unique_ptr<Workshop>> Workshop::open(const std::string& path) {
  if (auto started = start_library(); !started) return std::unexpected(started.error());
  RepositoryHandle repository;
  const int rc = has_nul(path)
                     ? GIT_ENOTFOUND
                     : make(repository, git_repository_open_ext, path.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
  if (rc == GIT_ENOTFOUND) return not_found("no git repository at '{}'", path);
  if (rc < 0) return git_failed(rc, fmt::format("opening the repository '{}'", path));
  if (git_repository_is_bare(repository.get()) == 0) {
    return fail(Problem::Kind::invalid, fmt::format("'{}' has a worktree; an origin is a bare repository", path),
                "make one with: git clone --bare");
  }
  return std::make_unique<OnDisk>(std::move(repository));
}

}  // namespace hotfixd::git
