#include "integrations/git/release_guard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/git/clone.hpp"
#include "integrations/git/mergeback_facts.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

class Guard {
 public:
  Guard(git_repository* repository, const git_oid& candidate, const std::vector<ShippedHotfix>& hotfixes,
        const std::vector<std::string>& ignored)
      : repository_(repository), candidate_(candidate), hotfixes_(hotfixes), ignored_(ignored) {}

  Result<GuardVerdict> look(const ShippedHotfix& hotfix);

 private:
  struct Lines {
    std::vector<git_oid> heads;  // the candidate among them, unless it is the hotfix itself
    std::string unseen;          // a line that the repository knows nothing of
  };

  bool has(const git_oid& commit) const;
  Lines lines_of(const ShippedHotfix& hotfix, const git_oid& head) const;
  Result<std::vector<Aboard>> merged_releases(const ShippedHotfix& hotfix, const git_oid& base, const git_oid& head);
  Result<OwnWork> work_of(const ShippedHotfix& hotfix, const git_oid& base, const git_oid& head, const Lines& lines);
  Result<bool> settles(const ShippedHotfix::Line& line, LineReader& reader, Verdict verdict,
                       const std::vector<std::string>& paths);
  Result<GuardVerdict> judge_work(const ShippedHotfix& hotfix, const OwnWork& work, const Lines& lines);

  git_repository* repository_;
  const git_oid& candidate_;
  const std::vector<ShippedHotfix>& hotfixes_;
  const std::vector<std::string>& ignored_;
};

bool Guard::has(const git_oid& commit) const {
  const auto found = lookup_commit(repository_, commit);
  return found.has_value();
}

// They only tell the sides of a merge on the hotfix branch apart.
Guard::Lines Guard::lines_of(const ShippedHotfix& hotfix, const git_oid& head) const {
  Lines lines;
  if (!same(candidate_, head)) lines.heads.push_back(candidate_);
  for (const auto& line : hotfix.lines) {
    bool seen = false;
    const auto add = [&](const std::optional<git_oid>& commit) {
      if (!commit) return;
      seen = true;
      lines.heads.push_back(*commit);
    };
    add(commit_of(repository_, "refs/heads/" + line.name));
    add(commit_of(repository_, "refs/remotes/origin/" + line.name));
    if (const auto recorded = parse_oid(line.sha); recorded && has(*recorded)) add(*recorded);
    if (!seen) lines.unseen = line.name;
  }
  return lines;
}

// Other hotfixes that the branch got by a merge. Each is asked for on its own account.
Result<std::vector<Aboard>> Guard::merged_releases(const ShippedHotfix& hotfix, const git_oid& base,
                                                   const git_oid& head) {
  std::vector<Aboard> aboard;
  for (const ShippedHotfix& other : hotfixes_) {
    const auto release = parse_oid(other.tag_sha);
    if (other.tag_sha == hotfix.tag_sha || !release || !has(*release)) continue;
    auto in_base = contains_commit(repository_, base, *release);
    if (!in_base) return std::unexpected(in_base.error());
    auto in_head = contains_commit(repository_, head, *release);
    if (!in_head) return std::unexpected(in_head.error());
    if (!*in_base && *in_head) aboard.push_back({*release, base});
  }
  return aboard;
}

// Another hotfix that was merged in is none of its commits, and what came with it may be needed to read them; but it
// may take none of its own out.
Result<OwnWork> Guard::work_of(const ShippedHotfix& hotfix, const git_oid& base, const git_oid& head,
                               const Lines& lines) {
  auto alone = find_own_work(repository_, base, head, lines.heads, {}, ignored_);
  if (!alone || (alone->cannot_replay.empty() && !alone->has_merges)) return alone;
  auto aboard = merged_releases(hotfix, base, head);
  if (!aboard) return std::unexpected(aboard.error());
  if (aboard->empty()) return alone;
  auto helped = find_own_work(repository_, base, head, lines.heads, *aboard, ignored_);
  if (!helped) return helped;
  const auto commits = [](const OwnWork& work) {
    std::vector<git_oid> own;
    for (const auto& step : work.steps)
      if (step.mainline == 0) own.push_back(step.commit);
    return own;
  };
  const auto alike = [](const git_oid& a, const git_oid& b) { return same(a, b); };
  return std::ranges::equal(commits(*alone), commits(*helped), alike) ? helped : alone;
}

Result<bool> Guard::settles(const ShippedHotfix::Line& line, LineReader& reader, Verdict verdict,
                            const std::vector<std::string>& paths) {
  const auto looked_at = parse_oid(line.acknowledged_sha);
  if (!looked_at || !has(*looked_at)) return false;
  auto contained = contains_commit(repository_, candidate_, *looked_at);
  if (!contained || !*contained) return contained;
  auto changed = changed_since(repository_, line.acknowledged_sha, candidate_, paths);
  if (!changed) return changed;
  if (*changed) return false;
  auto then = reader.gather(repository_, *looked_at, {}, {});
  if (!then) return std::unexpected(then.error());
  return judge(then->evidence).verdict == verdict;
}

Result<GuardVerdict> Guard::judge_work(const ShippedHotfix& hotfix, const OwnWork& work, const Lines& lines) {
  LineReader reader(work);
  auto gathered = reader.gather(repository_, candidate_, {}, {});
  if (!gathered) return std::unexpected(gathered.error());
  const Judgement judgement = judge(gathered->evidence);
  GuardVerdict verdict{.verdict = judgement.verdict,
                       .explanation = shown(judgement.explanation),
                       .missing = {},
                       .mend = {},
                       .settled_by = {}};
  if (work.has_merges && !lines.unseen.empty() && verdict.verdict == Verdict::present) {
    verdict.verdict = Verdict::unknown;
    verdict.explanation = fmt::format(
        "there is a merge on the hotfix branch, and without {} its sides cannot be told apart", shown(lines.unseen));
    verdict.mend = "git fetch origin " + shell_word(lines.unseen);
  } else if (verdict.verdict == Verdict::regressed) {
    verdict.mend = fmt::format("git cherry-pick {}..{}", shell_word(hotfix.base_tag), shell_word(hotfix.tag));
  } else if (verdict.verdict == Verdict::absent || verdict.verdict == Verdict::partial) {
    verdict.mend = "git merge " + shell_word(hotfix.tag);
  } else if (needs_ack(verdict.verdict)) {
    for (const auto& line : hotfix.lines) {
      if (!verdict.settled_by.empty() || line.acknowledged_sha.empty()) continue;
      auto settled = settles(line, reader, verdict.verdict, gathered->paths);
      if (!settled) return std::unexpected(settled.error());
      if (*settled) verdict.settled_by = line.name;
    }
  }
  return verdict;
}

Result<GuardVerdict> Guard::look(const ShippedHotfix& hotfix) {
  const auto missing = [](const std::string& name, const git_oid& commit, const std::string& fetch) {
    return GuardVerdict{.verdict = Verdict::unknown,
                        .explanation = {},
                        .missing = fmt::format("{} ({}) is not in this repository", shown(name), short_hex(commit)),
                        .mend = "git fetch origin " + fetch,
                        .settled_by = {}};
  };
  const auto person = [](std::string why) {
    return GuardVerdict{.verdict = Verdict::unknown,
                        .explanation = why + ": a person must look",
                        .missing = {},
                        .mend = {},
                        .settled_by = {}};
  };
  auto tag = parse_oid(hotfix.tag_sha);
  if (!tag) return std::unexpected(tag.error());
  auto base = parse_oid(hotfix.base_sha);
  if (!base) return std::unexpected(base.error());
  if (!has(*tag)) return missing(hotfix.tag, *tag, "tag " + shell_word(hotfix.tag));
  if (!has(*base)) return missing(hotfix.base_tag, *base, "tag " + shell_word(hotfix.base_tag));
  if (const auto here = commit_of(repository_, "refs/tags/" + hotfix.tag); here && !same(*here, *tag))
    return person(fmt::format("{} is {} in this repository, what shipped is {}", shown(hotfix.tag), short_hex(*here),
                              short_hex(*tag)));

  // Is the tag on the hotfix's own branch, or on another line that had taken its work?
  bool own_tag = hotfix.head.empty() || hotfix.head == hotfix.tag_sha;
  git_oid head = *tag;
  if (!own_tag) {
    auto branch = parse_oid(hotfix.head);
    if (!branch) return std::unexpected(branch.error());
    if (!has(*branch)) return missing(hotfix.branch, *branch, shell_word(hotfix.branch));
    auto went_on = contains_commit(repository_, *branch, *tag);
    if (!went_on) return std::unexpected(went_on.error());
    auto on_branch = on_first_parents(repository_, *base, *tag, *branch);
    if (!on_branch) return std::unexpected(on_branch.error());
    own_tag = *went_on || *on_branch;
    if (!own_tag) head = *branch;
  }
  const Lines lines = lines_of(hotfix, head);
  auto work = work_of(hotfix, *base, head, lines);
  if (!work) return std::unexpected(damaged(work.error()));
  if (!own_tag) {
    auto shipped = contains_work(repository_, *work, *tag);
    if (!shipped) return std::unexpected(damaged(shipped.error()));
    if (!*shipped)
      return person(fmt::format("{} does not contain what was on {} when it was tagged", shown(hotfix.tag),
                                shown(hotfix.branch)));
  }
  auto verdict = judge_work(hotfix, *work, lines);
  if (!verdict) return std::unexpected(damaged(verdict.error()));
  return verdict;
}

}  // namespace

Result<GuardReport> guard_release(const std::string& path, const std::string& ref,
                                  const std::vector<ShippedHotfix>& hotfixes,
                                  const std::vector<std::string>& ignored_paths, bool fetch_missing) {
  if (auto started = start_library(); !started) return std::unexpected(started.error());
  auto repository = open_to_read(path, fetch_missing);
  if (!repository) return std::unexpected(repository.error());
  const auto candidate = commit_of(repository->get(), ref);
  if (!candidate)
    return std::unexpected(problem(Problem::Kind::not_found,
                                   fmt::format("there is no commit {} in {}", shown(ref), shown(path)),
                                   "give --ref a branch, a tag or a commit id that the repository has"));
  Guard guard(repository->get(), *candidate, hotfixes, ignored_paths);
  GuardReport report{.sha = to_hex(*candidate), .verdicts = {}};
  for (const ShippedHotfix& hotfix : hotfixes) {
    auto verdict = guard.look(hotfix);
    if (!verdict) {
      Problem why = verdict.error();
      why.what = fmt::format("{} ({}): {}", shown(hotfix.tag), shown(hotfix.incident), why.what);
      if (why.mend.empty()) why.mend = how_to_fetch_missing(repository->get());
      return std::unexpected(std::move(why));
    }
    report.verdicts.push_back(std::move(*verdict));
  }
  return report;
}

}  // namespace hotfixd::git
