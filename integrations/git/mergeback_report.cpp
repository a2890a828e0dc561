#include "integrations/git/mergeback_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/domain/glob.hpp"
#include "integrations/git/clone.hpp"
#include "integrations/git/mergeback_facts.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/partial_clone.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

using ReferenceNames = std::vector<std::string>;

std::optional<git_oid> by_abbreviated_id(git_repository* repository, const std::string& name) {
  constexpr std::string_view kDigits = "0123456789abcdefABCDEF";
  git_oid prefix{};
  CommitHandle commit;
  if (name.size() < 4 || name.size() > GIT_OID_HEXSZ || name.find_first_not_of(kDigits) != name.npos ||
      git_oid_fromstrn(&prefix, name.c_str(), name.size()) != 0 ||
      make(commit, git_commit_lookup_prefix, repository, &prefix, name.size()) != 0) {
    git_error_clear();
    return std::nullopt;
  }
  return *git_commit_id(commit.get());
}

Result<git_oid> commit_called(git_repository* repository, const MergeBackQuestion& question, const std::string& option,
                              const std::string& name) {
  if (name.empty())
    return std::unexpected(problem(Problem::Kind::invalid, fmt::format("--{} is empty", option),
                                   "give it a branch, a tag or a commit id"));
  if (name.size() == GIT_OID_HEXSZ)
    if (const auto id = by_abbreviated_id(repository, name)) return *id;
  // git would take the first of these, and whoever asks may mean another.
  std::string first;
  std::optional<git_oid> found;
  for (const std::string_view folder : {"refs/tags/", "refs/heads/", "refs/remotes/"}) {
    const auto commit = commit_of(repository, std::string(folder) + name);
    if (!commit) continue;
    if (found && !same(*found, *commit))
      return std::unexpected(problem(Problem::Kind::invalid,
                                     fmt::format("{} is {} and {}, at different commits", shown(name), shown(first),
                                                 shown(std::string(folder) + name)),
                                     "write it so: one of these two"));
    if (!found) first = std::string(folder) + name;
    found = commit;
  }
  if (const auto by_id = found ? by_abbreviated_id(repository, name) : std::nullopt; by_id && !same(*by_id, *found))
    return std::unexpected(problem(Problem::Kind::invalid,
                                   fmt::format("{} is the beginning of an id and {}", shown(name), shown(first)),
                                   "write the whole id, or the ref's whole name"));
  if (const auto commit = commit_of(repository, name)) return *commit;
  ReferenceHandle ref;
  ObjectHandle commit;
  const bool missing = make(ref, git_reference_dwim, repository, name.c_str()) == 0 &&
                       make(commit, git_reference_peel, ref.get(), GIT_OBJECT_COMMIT) == GIT_ENOTFOUND;
  git_error_clear();
  if (missing)
    return std::unexpected(problem(
        Problem::Kind::corrupt, fmt::format("the commit of {} is missing in {}", shown(name), shown(question.path))));
  const bool at_origin = commit_of(repository, "refs/remotes/origin/" + name).has_value();
  return std::unexpected(
      problem(Problem::Kind::not_found, fmt::format("there is no commit {} in {}", shown(name), shown(question.path)),
              at_origin ? fmt::format("write --{} origin/{}", option, shell_word(name))
                        : fmt::format("give --{} a branch, a tag or a commit id that it has", option)));
}

Result<bool> related(git_repository* repository, const git_oid& a, const git_oid& b) {
  git_oid shared{};
  const int rc = git_merge_base(&shared, repository, &a, &b);
  if (rc < 0 && rc != GIT_ENOTFOUND) return std::unexpected(damaged(last_problem(rc, "following history")));
  git_error_clear();
  return rc == 0;
}

// Heads of branches that are lines by their usual names, here and at the origin: they tell a merge of a line into the
// hotfix from a merge of a topic branch.
Result<std::vector<git_oid>> usual_lines(git_repository* repository, const MergeBackQuestion& question,
                                         const git_oid& target, const git_oid& base, const git_oid& hotfix) {
  constexpr std::array<std::string_view, 5> kLines{"main", "master", "trunk", "develop", "release/*"};
  constexpr std::array<std::string_view, 2> kFolders{"refs/heads/", "refs/remotes/origin/"};
  std::vector<git_oid> lines{target};
  ReferenceIteratorHandle iterator;
  int rc = make(iterator, git_reference_iterator_new, repository);
  const char* raw = nullptr;
  while (rc == 0 && (rc = git_reference_next_name(&raw, iterator.get())) == 0) {
    const std::string ref = raw;
    for (const auto folder : kFolders) {
      if (!ref.starts_with(folder)) continue;
      const auto name = ref.substr(folder.size());
      if (name == question.hotfix || "origin/" + name == question.hotfix) continue;
      if (std::ranges::none_of(kLines, [&](auto line) { return glob_matches(line, name); })) continue;
      const auto head = commit_of(repository, ref);
      if (!head) continue;
      // Where the hotfix is on the trunk it is the hotfix's own line, by whatever name it is asked for.
      auto its_own = on_first_parents(repository, base, *head, hotfix);
      if (!its_own) return std::unexpected(its_own.error());
      if (!*its_own) lines.push_back(*head);
    }
  }
  if (rc < 0 && rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "listing branches"));
  git_error_clear();
  return lines;
}

Result<MergeBackReport> judge_in(git_repository* repository, const MergeBackQuestion& question,
                                 const GitProgress& progress) {
  auto base = commit_called(repository, question, "base", question.base);
  if (!base) return std::unexpected(base.error());
  auto hotfix = commit_called(repository, question, "hotfix", question.hotfix);
  if (!hotfix) return std::unexpected(hotfix.error());
  auto target = commit_called(repository, question, "target", question.target);
  if (!target) return std::unexpected(target.error());
  LineKnown known{.name = question.target, .was_present = false, .landing = {}};
  if (!question.landing.empty()) {
    auto landing = commit_called(repository, question, "landing", question.landing);
    if (!landing) return std::unexpected(landing.error());
    auto before = contains_commit(repository, *base, *landing);
    if (!before) return std::unexpected(before.error());
    if (*before)
      return std::unexpected(problem(Problem::Kind::invalid,
                                     fmt::format("{} has {} already: nothing of the hotfix can be in it",
                                                 shown(question.base), shown(question.landing)),
                                     "give --landing the commit that the hotfix is on the line, or leave it out"));
    auto there = contains_commit(repository, *target, *landing);
    if (!there) return std::unexpected(there.error());
    if (!*there)
      return std::unexpected(problem(Problem::Kind::invalid,
                                     fmt::format("{} is not in {}", shown(question.landing), shown(question.target)),
                                     "give --landing the commit that the hotfix is on the line, or leave it out"));
    known.landing = *landing;
  }
  if (question.target == question.hotfix)
    return std::unexpected(problem(Problem::Kind::invalid,
                                   fmt::format("{} is the hotfix itself", shown(question.target)),
                                   "give --target the line that shall have it"));
  auto one_history = related(repository, *base, *target);
  if (!one_history) return std::unexpected(one_history.error());
  if (!*one_history)
    return std::unexpected(
        problem(Problem::Kind::invalid,
                fmt::format("{} and {} have no history in common", shown(question.target), shown(question.base)),
                "give --target a line of the same product"));
  auto goes_on = contains_commit(repository, *hotfix, *base);
  if (!goes_on) return std::unexpected(goes_on.error());
  if (!*goes_on)
    return std::unexpected(problem(Problem::Kind::invalid,
                                   fmt::format("{} does not contain {}", shown(question.hotfix), shown(question.base)),
                                   "give --base the production tag that the hotfix was cut from"));
  if (auto there = fetch_ahead(repository, *base, *hotfix, *target, progress); !there)
    return std::unexpected(there.error());
  auto lines = usual_lines(repository, question, *target, *base, *hotfix);
  if (!lines) return std::unexpected(lines.error());
  if (progress && !progress("reading the hotfix's own commits")) return std::unexpected(cancelled("judging"));
  auto work = find_own_work(repository, *base, *hotfix, *lines, {}, question.ignored);
  if (!work) return std::unexpected(damaged(work.error()));
  auto report = LineReader(*work).report(repository, *target, known, progress);
  if (!report) return std::unexpected(damaged(report.error()));
  if (report->landing && report->landing->how == to_string(LandedBy::forge)) report->landing->how = "--landing";
  return report;
}

}  // namespace

Result<MergeBackReport> judge_merge_back(const MergeBackQuestion& question, const GitProgress& progress) {
  if (auto started = start_library(); !started) return std::unexpected(started.error());
  auto repository = open_to_read(question.path, question.fetch_missing);
  if (!repository) return std::unexpected(repository.error());
  const Stoppable stoppable(repository->get(), progress);
  auto report = judge_in(repository->get(), question, progress);
  if (report || report.error().kind != Problem::Kind::corrupt) return report;
  Problem why = report.error();
  why.mend = how_to_fetch_missing(repository->get());
  return std::unexpected(std::move(why));
}

}  // namespace hotfixd::git
