#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/merge_back_details.hpp"

// Somebody asks what stands behind a verdict.

namespace hotfixd {
namespace {

constexpr std::string_view kVerb = "mergeback show";

// Those who asked about that line before it was looked at. None is left waiting.
std::vector<Asker> take_askers(Deciding& d, const std::string& repository, const std::string& target, bool told,
                               const std::string& why) {
  std::vector<Asker> askers;
  const auto requests = d.i.requests;
  for (const auto& r : requests) {
    if (!waits_for_details(r) || r.repository != repository || r.argument != target) continue;
    if (d.c.looked_at != Time{} && r.recorded_at > d.c.looked_at) continue;
    d.emit(event::RequestSettled{r.verb, r.repository, told, why, r.argument},
           {.at = d.c.now, .by = Person{}, .source = Source::bot});
    askers.push_back(r.asker());
  }
  return askers;
}

std::string typed(const Deciding& d, const std::string& repository, std::string_view target) {
  return fmt::format("/hotfix mergeback show {}{}", target, repo_option(d, repository));
}

}  // namespace

bool waits_for_details(const PendingRequest& r) { return r.verb == kVerb; }

void ask_why(Deciding& d, const Hotfix& h, const std::string& wanted) {
  std::vector<std::string> all, unsettled;
  for (const auto& [name, mb] : h.merge_backs) {
    all.push_back(name);
    if (!mb.settled()) unsettled.push_back(name);
  }
  if (all.empty()) return d.refuse("No line is judged yet.", "/hotfix mergeback" + repo_option(d, h.repository));
  if (wanted.empty() && unsettled.empty())
    return d.refuse(fmt::format("Every line is settled: {}. Name the one that you mean.", fmt::join(all, ", ")),
                    typed(d, h.repository, all.front()));
  if (wanted.empty() && unsettled.size() > 1)
    return d.refuse(fmt::format("Several lines are not settled: {}. Name one.", fmt::join(unsettled, ", ")),
                    typed(d, h.repository, unsettled.front()));
  const auto target = wanted.empty() ? unsettled.front() : wanted;
  if (!h.merge_backs.contains(target))
    return d.refuse(fmt::format("'{}' is not a merge-back target. There {}: {}.", target,
                                all.size() == 1 ? "is" : "are", fmt::join(all, ", ")),
                    typed(d, h.repository, unsettled.empty() ? all.front() : unsettled.front()));
  if (std::ranges::any_of(d.i.requests, [&](const auto& r) {
        return r.verb == kVerb && r.repository == h.repository && r.argument == target && r.stamp.by == d.c.actor &&
               r.channel == d.asked_in();
      }))
    return d.refuse(fmt::format("{} is being looked at already.", target));
  auto about = observe(d.i, h, d.p);
  if (!about) return;
  effect::ExplainMergeBack explain{h.repository, std::move(*about), target};
  d.emit(event::RequestMade{std::string(kVerb), h.repository, target, d.asked_in()});
  d.effect(std::move(explain));
}

void decide_result(Deciding& d, const result::MergeBackExplained& r) {
  const auto askers = take_askers(d, r.repository, r.target, true, {});
  if (askers.empty()) return;
  const Answering answering(d, askers);
  d.announce(merge_back_details(d.i, r));
}

void decide_result(Deciding& d, const result::MergeBackUnexplained& r) {
  const auto askers = take_askers(d, r.repository, r.target, false, r.problem.what);
  if (askers.empty()) return;
  const Answering answering(d, askers);
  Line line{bold(fmt::format("What stands behind {}{} is not known", r.target, in_repository(d.i, r.repository))),
            plain(fmt::format(": {}. ", r.problem.what))};
  if (r.problem.retryable()) {
    line.push_back(plain("Type it again: "));
    line.push_back(code(typed(d, r.repository, r.target)));
  } else {
    line.push_back(plain(r.problem.mend.empty() ? "The verdicts: " : r.problem.mend + ". The verdicts: "));
    line.push_back(code("/hotfix mergeback"));
  }
  d.announce({{std::move(line)}, {}});
}

}  // namespace hotfixd
