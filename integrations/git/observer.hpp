// Reads everything about one hotfix from an up-to-date mirror, and remembers what it concluded.
#pragma once

#include <map>

#include "integrations/git/line_history.hpp"
#include "integrations/git/mirror.hpp"
#include "integrations/git/mirror_repository.hpp"

namespace hotfixd::git {

class Observer {
 public:
  Observer(Mirror& mirror, const RepositoryPolicy& policy) : mirror_(mirror), policy_(policy) {}

  // Problems: not_found when the production tag's commit is not in the mirror; corrupt; unreachable when
  // `progress` cancels. What was seen at the last look of the hotfix is given again when the request and all that it
  // was read from (the origin's refs, our notes) are the same.
  Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress& progress);

 private:
  void forget();
  struct Hotfix {
    OwnWork work;
    std::vector<git_oid> lines;  // the target heads the work was found with
    std::unique_ptr<HistoryReader> history;
    std::map<std::string, MergeBackFact> judged;  // by target sha, earlier verdict and acknowledgement
  };

  // The last look at a hotfix.
  struct Look {
    effect::Observe request;
    std::uint64_t refs = 0, notes = 0;  // generations in the mirror, before it
    HotfixFacts facts;
  };

  struct Head {
    std::optional<git_oid> commit;
    std::string why_unknown;  // when there is no commit
  };
  Result<HotfixFacts> look(const effect::Observe& request, const GitProgress& progress);
  Result<Head> find_head(const effect::Observe& request, HotfixFacts& facts) const;
  Result<Hotfix*> hotfix_for(const git_oid& base, const git_oid& head, const std::vector<git_oid>& lines);
  Result<bool> contains_work(const OwnWork& work, const git_oid& commit);
  Result<void> find_tag(const OwnWork& work, const effect::Observe& request, HotfixFacts& facts);
  Result<std::string> why_unclean(const OwnWork& work, const effect::Observe& request,
                                  const std::vector<std::string>& names, const std::vector<git_oid>& lines);
  Result<MergeBackFact> judge_line(Hotfix& hotfix, const std::string& target, const git_oid& line,
                                   const effect::Observe::Target& known);

  Mirror& mirror_;
  const RepositoryPolicy& policy_;
  std::map<std::string, std::unique_ptr<Hotfix>> hotfixes_;
  std::map<std::string, Look> looks_;  // by branch and base
  std::uint64_t epoch_ = 0;            // of the mirror, that the memory belongs to
  int judged_ = 0;
};

}  // namespace hotfixd::git
