#include "integrations/git/merged_line.hpp"

#include <array>

#include "integrations/git/trees.hpp"

namespace hotfixd::git {

Result<std::optional<git_oid>> merged_line(git_repository* repository, const git_oid& line, const git_oid& head) {
  auto contained = contains_commit(repository, line, head);
  if (!contained) return std::unexpected(contained.error());
  if (*contained) return line;
  auto goes_on = contains_commit(repository, head, line);
  if (!goes_on) return std::unexpected(goes_on.error());
  if (*goes_on) return head;
  auto ours = lookup_commit(repository, line);
  if (!ours) return std::unexpected(ours.error());
  auto theirs = lookup_commit(repository, head);
  if (!theirs) return std::unexpected(theirs.error());
  auto merged = merge_commits(repository, line, head);
  if (!merged) return std::unexpected(merged.error());
  if (!merged->clean) return std::nullopt;
  auto tree = lookup_tree(repository, merged->tree);
  if (!tree) return std::unexpected(tree.error());
  SignatureHandle nobody;
  git_oid made{};
  int rc = make(nobody, git_signature_new, "hotfixd", "hotfixd@localhost", git_commit_time(theirs->get()), 0);
  std::array<const git_commit*, 2> parents{ours->get(), theirs->get()};
  if (rc == 0)
    rc = git_commit_create(&made, repository, nullptr, nobody.get(), nobody.get(), nullptr, "Merge\n", tree->get(),
                           parents.size(), parents.data());
  if (rc < 0) return std::unexpected(last_problem(rc, "making a commit"));
  return made;
}

}  // namespace hotfixd::git
