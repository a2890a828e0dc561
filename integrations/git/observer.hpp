// Reads everything about one hotfix from an up-to-date mirror, and remembers what it concluded.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "integrations/git/forecast.hpp"
#include "integrations/git/lineage.hpp"
#include "integrations/git/mergeback_facts.hpp"
#include "integrations/git/mirror.hpp"
#include "integrations/git/mirror_repository.hpp"
#include "integrations/git/semver.hpp"

namespace hotfixd::git {

// Nothing of a look may be told after it. What cannot be told of one thing leaves the others as they are.
inline bool must_end(const Problem& problem) { return problem.kind == Problem::Kind::corrupt || problem.retryable(); }

class Observer {
 public:
  Observer(Mirror& mirror, const MirrorOptions& options, const RepositoryPolicy& policy)
      : mirror_(mirror), options_(options), policy_(policy), forecaster_(policy.ignored_paths) {}

  // Problems: not_found when the production tag's commit is not in the mirror; corrupt; unreachable when
  // `progress` cancels. What was seen at the last look of the hotfix is given again when the request and all that it
  // was read from (the origin's refs, our notes, what the command for the production tag says) are the same.
  // The targets speak of what shipped, all else of the branch as it is; of what shipped when the branch is gone.
  Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress& progress);

  // What the hotfix did, of what shipped: by that its lines are judged. It stands until the next call of observe().
  // Refused when the commits are gone, or nobody can tell which are its own.
  Result<const OwnWork*> shipped_work(const effect::Observe& request, const GitProgress& progress);

  // See GitRepository::explain_merge_back(). What it says is fit to be shown.
  Result<MergeBackReport> explain(const effect::Observe& request, const std::string& target,
                                  const GitProgress& progress);

  // See GitRepository::judge_pull_requests(). A hotfix whose commits cannot be told is left out.
  Result<std::vector<JudgedPullRequest>> judge_pull_requests(const effect::GuardPullRequests& request,
                                                             const std::vector<ListedPullRequest>& open,
                                                             const GitProgress& progress);
  // Which of their heads are asked about and not here.
  std::vector<ListedPullRequest> missing(const std::vector<ListedPullRequest>& open) const;

  // See GitRepository::overlapping_pull_requests().
  Result<Overlaps> overlaps(const effect::Observe& request, const std::vector<ListedPullRequest>& open,
                            const GitProgress& progress);
  // How far each merge-back line went on since the base. The branch is none of them.
  Result<std::vector<LineDistance>> distances(const effect::Observe& about) const;

  // Of the origin: the merge-back line that observe() called so.
  struct Target {
    std::string name;  // bytes, as git has it
    git_oid head{};
  };
  std::optional<Target> target(const effect::Observe& request, const std::string& shown) const;

 private:
  void forget();
  void forget_when_much();
  struct Hotfix {
    OwnWork work;
    std::vector<git_oid> lines;  // the target heads the work was found with
    std::vector<Aboard> aboard;  // and the releases
    std::unique_ptr<LineReader> reader;
    Trunks trunks;
    struct Judged {
      MergeBackFact fact;
      std::optional<git_oid> touch;  // see LineFacts
    };
    std::map<std::string, Judged> judged;  // by target sha, earlier verdict and acknowledgement
  };

  struct Heads {
    std::optional<git_oid> shipped;  // what is judged on the lines: the tagged commit, before that the tip
    std::string why_unknown;         // when there is none
    std::optional<git_oid> tip;      // what all else speaks of: the branch, or what shipped when that is gone
    bool branch_is_there = false;
    bool goes_on = false;  // something may still be tagged: nothing is, or the tip is not what shipped
  };
  struct Production {
    std::string tag;  // empty = unknown, or not asked
    git_oid commit{};
    std::string why_unknown;
    bool operator==(const Production& other) const {
      return tag == other.tag && same(commit, other.commit) && why_unknown == other.why_unknown;
    }
  };
  // The last look at a hotfix.
  struct Look {
    effect::Observe request;
    std::uint64_t refs = 0, notes = 0;    // generations in the mirror, before it
    std::optional<Production> commanded;  // no ref tells when that changes
    HotfixFacts facts;
  };
  using Commits = std::set<git_oid, OidLess>;

  static std::string key_of(const effect::Observe& request) { return request.branch + " " + request.base_sha; }
  Result<HotfixFacts> look(const effect::Observe& request, const std::optional<Production>& commanded,
                           const GitProgress& progress);
  Result<Heads> find_heads(const effect::Observe& request) const;
  Result<Production> find_production(const effect::Observe& request, bool goes_on);
  Result<std::vector<Aboard>> releases_aboard(const effect::Observe& request, const git_oid& base, const Heads& heads,
                                              const git_oid& head, const Production& production);
  Result<Hotfix*> hotfix_for(const git_oid& base, const git_oid& head, const std::vector<git_oid>& lines,
                             std::vector<Aboard> aboard);
  // `look_for_production`: false takes what the record says, and asks nobody.
  Result<Hotfix*> shipped_hotfix(const effect::Observe& request, bool look_for_production);
  struct Judging;
  Result<bool> leaves_alone(const OwnWork& work, const git_oid& line, const std::set<std::string>& changed) const;
  Result<void> merge_all(std::vector<Judging>& all, const GitProgress& progress);
  Result<std::vector<std::string>> overlap(const OwnWork& work, const git_oid& line, const git_oid& head);
  Result<void> find_tag(const OwnWork& work, const Commits& own, const effect::Observe& request, bool goes_on,
                        HotfixFacts& facts);
  Result<void> describe(Hotfix& hotfix, const effect::Observe& request, const Heads& heads,
                        const std::vector<std::string>& names, const std::vector<git_oid>& lines, HotfixFacts& facts);
  // Which lines with a version in their name count for one hotfix: see RepositoryPolicy.
  struct Choice {
    std::optional<ReleaseLine> not_before;  // what it was cut from
    std::optional<ReleaseLine> fixed;       // what it ships as: for names with three numbers
    std::optional<Time> active_since;
  };
  std::string fixed_version(const effect::Observe& request) const;
  Result<Choice> choice_for(const effect::Observe& request) const;
  Result<bool> is_target(const Choice& choice, const effect::Observe& request, const std::string& name,
                         const std::string& shown, const git_oid& head) const;
  // Which of Observe::shipped the branch lacks, and how to mend it; empty = none.
  Result<std::string> lacks_shipped(const effect::Observe& request, const git_oid& tip, const GitProgress& progress);
  Result<std::string> why_stale(const effect::Observe& request, const git_oid& base, const Heads& heads,
                                const Production& production);
  Result<std::string> next_version(const effect::Observe& request, const Commits& own,
                                   const std::optional<git_oid>& tip, const Production& production,
                                   const HotfixFacts& facts);
  Result<std::string> why_unclean(Hotfix& hotfix, const effect::Observe& request, const std::vector<std::string>& names,
                                  const std::vector<git_oid>& lines, bool branch_is_there);
  Result<MergeBackFact> judge_line(Hotfix& hotfix, const std::string& target, const git_oid& line,
                                   const effect::Observe::Target& known, const GitProgress& progress);
  Result<MergeBackFact> name_newer(MergeBackFact fact, const std::optional<git_oid>& touch, const git_oid& line,
                                   const effect::Observe::Target& known);

  Mirror& mirror_;
  const MirrorOptions& options_;
  const RepositoryPolicy& policy_;
  std::map<std::string, std::unique_ptr<Hotfix>> hotfixes_;
  std::map<std::string, Look> looks_;                     // by branch and base
  std::map<std::string, std::optional<git_oid>> merged_;  // by line and head: see merged_line()
  Forecaster forecaster_;
  std::map<std::string, OwnWork> unshipped_;                     // by branch and base: what a forecast was made of
  std::map<std::string, std::vector<std::string>> overlapping_;  // paths, by own work, line and head
  std::uint64_t epoch_ = 0;                                      // of the mirror, that the memory belongs to
  int judged_ = 0;
};

}  // namespace hotfixd::git
