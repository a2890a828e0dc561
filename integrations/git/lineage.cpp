#include "integrations/git/lineage.hpp"

#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostCommits = 10'000;
constexpr std::size_t kMostTrunks = 500;
using Commits = std::set<git_oid, OidLess>;

// What `from` has and the bases do not, children before parents; by first parents only when asked.
Result<std::vector<git_oid>> since(git_repository* repository, const std::vector<git_oid>& bases, const git_oid& from,
                                   bool first_parents) {
  RevwalkHandle walk;
  int rc = make(walk, git_revwalk_new, repository);
  if (rc == 0) rc = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL);
  if (rc == 0 && first_parents) rc = git_revwalk_simplify_first_parent(walk.get());
  if (rc == 0) rc = git_revwalk_push(walk.get(), &from);
  for (const git_oid& base : bases)
    if (rc == 0) rc = git_revwalk_hide(walk.get(), &base);
  std::vector<git_oid> commits;
  git_oid oid{};
  while (rc == 0 && commits.size() < kMostCommits && (rc = git_revwalk_next(&oid, walk.get())) == 0)
    commits.push_back(oid);
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "walking history")));
  git_error_clear();
  return commits;
}

}  // namespace

Result<Lineage> read_lineage(git_repository* repository, const std::vector<git_oid>& bases, const git_oid& head,
                             const std::vector<git_oid>& lines, const std::optional<git_oid>& own,
                             const std::optional<git_oid>& before, Trunks& trunks) {
  auto aboard = since(repository, bases, head, false);
  if (!aboard) return std::unexpected(aboard.error());
  auto first_parents = since(repository, bases, head, true);
  if (!first_parents) return std::unexpected(first_parents.error());
  const Commits chain(first_parents->begin(), first_parents->end());
  Commits known;
  if (own) {
    auto of_own = since(repository, bases, *own, false);
    if (!of_own) return std::unexpected(of_own.error());
    known.insert(of_own->begin(), of_own->end());
  }
  const auto& earlier = own ? own : before;
  bool grew = !earlier || chain.contains(*earlier);
  for (const git_oid& base : bases) {
    auto contained = grew ? true : contains_commit(repository, base, *earlier);
    if (!contained) return std::unexpected(contained.error());
    grew = *contained;
  }

  Lineage lineage{.foreign = {}, .certain = !aboard->empty() && aboard->size() < kMostCommits};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto read = trunks.by_head.find(lines[i]);
    if (read == trunks.by_head.end()) {
      auto trunk = since(repository, bases, lines[i], true);
      if (!trunk) return std::unexpected(trunk.error());
      const Commits on_line(trunk->begin(), trunk->end());
      Trunks::Trunk found{.aboard = {}, .whole = on_line.size() < kMostCommits};
      for (const git_oid& commit : *aboard)
        if (on_line.contains(commit)) found.aboard.insert(commit);
      if (trunks.by_head.size() >= kMostTrunks) trunks.by_head.clear();
      read = trunks.by_head.emplace(lines[i], std::move(found)).first;
    }
    const Trunks::Trunk& trunk = read->second;
    if (!trunk.whole) lineage.certain = false;
    for (const git_oid& commit : *aboard) {
      if (!trunk.aboard.contains(commit) || known.contains(commit)) continue;
      lineage.certain = false;
      if (grew && chain.contains(commit) && trunk.aboard.contains(head)) continue;  // perhaps a fast-forward
      lineage.foreign.push_back({i, commit});
      break;
    }
  }
  return lineage;
}

}  // namespace hotfixd::git
