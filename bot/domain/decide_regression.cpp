#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/regression.hpp"

// When the regression test runs: on the heads of a line where the fix ought to work, and when somebody asks.

namespace hotfixd {
namespace {

namespace cmd = command;

constexpr Minutes kPause{60};  // between two runs on a line, when the first one passed
// A run is looked at every tenth of its age, within these bounds.
constexpr Seconds kLookSoonest{5}, kLookLatest{120};

EmitAs by_bot(const Deciding& d) { return {.at = d.c.now, .by = Person{}, .source = Source::bot}; }

// By what it is tested; empty = the bot has no means.
std::string means_of(const Deciding& d, std::string_view repository) {
  const auto* r = d.p.repository(repository);
  return r == nullptr ? std::string{} : r->regression_test;
}

bool is_out(const Hotfix& h) { return !h.tag.empty() || h.deployed_at || h.landed(); }

const std::string& work_of(const Hotfix& h) { return h.tag_sha.empty() ? h.head : h.tag_sha; }

// A copy: what is emitted next changes the original.
struct Run {
  std::string repository, target;
  RegressionTest test;
};

std::optional<Run> under_way(const Deciding& d, std::string_view repository, std::string_view key) {
  const auto* h = d.i.hotfix(repository);
  if (h == nullptr) return std::nullopt;
  for (const auto& [target, run] : h->testing)
    if (run.key == key) return Run{h->repository, target, run};
  return std::nullopt;
}

// Of a line among all of the incident, from 1.
std::size_t place_of(const Incident& i, std::string_view repository, std::string_view target) {
  std::size_t place = 0;
  for (const auto& h : i.hotfixes)
    for (const auto& [name, mb] : h.merge_backs) {
      ++place;
      if (h.repository == repository && name == target) return place;
    }
  return place;
}

void order(Deciding& d, const std::string& repository, const std::string& target, EmitAs how, ChannelId channel) {
  const auto& h = *d.i.hotfix(repository);
  const auto& sha = h.merge_backs.at(target).target_sha;
  // Unique for all time, also beside another database's incident of the same number: a line has one run at a time.
  const auto key = fmt::format("{}-T{}-{}-{}", d.i.id, place_of(d.i, repository, target),
                               std::chrono::floor<Seconds>(d.c.now).time_since_epoch().count(), short_sha(sha));
  const effect::StartRegressionTest start{key,    repository, target, sha, h.tag.empty() ? h.branch : h.tag,
                                          d.i.id, d.c.now};
  d.emit(event::RegressionTestOrdered{key, repository, target, sha, work_of(h), means_of(d, repository),
                                      std::move(channel)},
         std::move(how));
  d.effect(start);
}

void look_again(Deciding& d, const Run& run, std::optional<Seconds> wait = {}) {
  const auto age = std::chrono::floor<Seconds>(d.c.now - run.test.ordered.at);
  const auto next = wait.value_or(std::clamp(age / 10, kLookSoonest, kLookLatest));
  d.effect(effect::FollowRegressionTest{run.test.key, run.repository, run.target, run.test.sha, run.test.id,
                                        d.c.now + next});
}

void end(Deciding& d, const Run& run, TestOutcome outcome, std::string detail, const std::string& url,
         std::string output) {
  d.emit(event::RegressionTestEnded{run.test.key,
                                    run.repository,
                                    run.target,
                                    run.test.sha,
                                    run.test.means,
                                    outcome,
                                    std::move(detail),
                                    url.empty() ? run.test.url : url,
                                    {std::move(output)}},
         by_bot(d));
  const auto& h = *d.i.hotfix(run.repository);
  const Answering answering(d, {run.test.asker()});
  d.answer(test_message(d.i, h, run.target, h.tested.at(run.target)));
}

std::string sentence(const Problem& problem) {
  return problem.mend.empty() ? problem.what : fmt::format("{}. {}", problem.what, problem.mend);
}

std::vector<std::string> names(const Hotfix& h) {
  std::vector<std::string> all;
  for (const auto& [target, mb] : h.merge_backs) all.push_back(target);
  return all;
}

// The one that is named, else each where the fix ought to work and nothing runs.
std::vector<std::string> wanted_targets(const Hotfix& h, const std::string& named) {
  if (!named.empty()) return h.merge_backs.contains(named) ? std::vector{named} : std::vector<std::string>{};
  std::vector<std::string> all;
  for (const auto& [target, mb] : h.merge_backs)
    if (ought_to_work(mb)) all.push_back(target);
  return all;
}

Person owner_of(const Deciding& d, const Hotfix& h, const std::string& target) {
  const auto* o = d.i.obligation(fmt::format("merge-back:{}:{}", h.repository, target));
  return o == nullptr ? d.responsible() : o->owner;
}

bool was_asked_for(const RegressionTest& run) { return run.ordered.source == Source::said; }

}  // namespace

void ask_to_test(Deciding& d, const cmd::MergeBackTest& x) {
  const auto* found = d.which_hotfix(x.repository);
  if (found == nullptr) return;
  const auto h = *found;
  if (means_of(d, h.repository).empty())
    return d.refuse(
        fmt::format("The bot has no regression test for {}. (regression_test = \"…\" in the configuration "
                    "gives it one.)",
                    h.repository));
  if (!h.has_work())
    return d.refuse(fmt::format("There is no commit on {} yet, so there is nothing to test.", h.branch));
  if (!x.target.empty() && !h.merge_backs.contains(x.target))
    return d.refuse(fmt::format(
        "'{}' is not a merge-back target. There {}: {}.", x.target, h.merge_backs.size() == 1 ? "is" : "are",
        h.merge_backs.empty() ? "none judged yet" : fmt::format("{}", fmt::join(names(h), ", "))));
  if (const auto run = h.testing.find(x.target); run != h.testing.end())
    return d.refuse(fmt::format("{} is being tested already, at {}.", x.target, short_sha(run->second.sha)),
                    "/hotfix mergeback" + repo_option(d, h.repository));
  if (std::ranges::any_of(d.i.requests, [&](const auto& r) {
        return r.verb == "mergeback test" && r.repository == h.repository && r.argument == x.target;
      }))
    return d.refuse("That was asked for already.");
  d.ask_git("mergeback test", h, x.target);
}

void begin_tests(Deciding& d, const PendingRequest& r) {
  const auto h = *d.i.hotfix(r.repository);
  const auto targets = wanted_targets(h, r.argument);
  if (targets.empty()) {
    const auto why = r.argument.empty()
                         ? fmt::format("No line of {} is said to carry the fix. Name one: ", h.repository)
                         : fmt::format("{} is no merge-back target any more. Look: ", r.argument);
    return d.announce(
        {{{plain(why), code(r.argument.empty() ? "/hotfix mergeback test <target>" : "/hotfix mergeback")}}, {}});
  }
  for (const auto& target : targets) {
    if (h.testing.contains(target)) continue;  // its result is shown as soon as it is there
    order(d, h.repository, target, {r.stamp.at, r.stamp.by, Source::said}, r.channel);
    const auto& now = *d.i.hotfix(h.repository);
    const Answering answering(d, {r.asker()});
    d.answer(test_message(d.i, now, target, now.testing.at(target)));
  }
}

void decide_result(Deciding& d, const result::RegressionTestStarted& r) {
  auto run = under_way(d, r.repository, r.key);
  if (!run) return;
  d.emit(event::RegressionTestStarted{r.key, r.repository, run->target, r.id, r.url}, by_bot(d));
  if (run = under_way(d, r.repository, r.key); run) look_again(d, *run);
}

void decide_result(Deciding& d, const result::RegressionTestNotStarted& r) {
  if (const auto run = under_way(d, r.repository, r.key))
    end(d, *run, TestOutcome::not_run, sentence(r.problem), {}, {});
}

void decide_result(Deciding& d, const result::RegressionTestSeen& r) {
  using State = RegressionTestView::State;
  auto run = under_way(d, r.repository, r.key);
  if (!run) return;
  if (r.view.state != State::running)
    return end(d, *run,
               r.view.state == State::passed   ? TestOutcome::passed
               : r.view.state == State::failed ? TestOutcome::failed
                                               : TestOutcome::not_run,
               r.view.step, r.view.url, r.view.output);
  if (!r.view.url.empty() && r.view.url != run->test.url)
    d.emit(event::RegressionTestStarted{r.key, r.repository, run->target, run->test.id, r.view.url}, by_bot(d));
  look_again(d, *run);
}

void decide_result(Deciding& d, const result::RegressionTestUnseen& r) {
  const auto run = under_way(d, r.repository, r.key);
  if (!run) return;
  if (r.problem.retryable())
    return look_again(d, *run, std::max(kLookLatest, r.problem.retry_after.value_or(Seconds{0})));
  end(d, *run, TestOutcome::not_run, sentence(r.problem), {}, {});
}

void Deciding::settle_tests() {
  const auto hotfixes = i.hotfixes;
  for (const auto& h : hotfixes)
    for (const auto& [target, run] : h.testing)
      if (c.now >= given_up_at(h, run, p)) {
        const auto* r = p.repository(h.repository);
        end(*this, {h.repository, target, run}, TestOutcome::not_run,
            fmt::format("it did not end within {} min",
                        (r == nullptr ? RepositoryPolicy{} : *r).regression_limit.count()),
            {}, {});
      }
  if (!watched(i, p, c.now)) return;
  for (std::size_t n = 0; n < i.hotfixes.size(); ++n) {
    const auto h = i.hotfixes[n];
    if (means_of(*this, h.repository).empty() || !is_out(h)) continue;
    for (const auto& [target, mb] : h.merge_backs) {
      if (!ought_to_work(mb) || mb.target_sha.empty() || h.testing.contains(target)) continue;
      const auto before_it = h.tested.find(target);
      if (before_it != h.tested.end() && before_it->second.work == work_of(h)) {
        const auto& run = before_it->second;
        if (run.sha == mb.target_sha) continue;
        if (run.outcome == TestOutcome::passed && c.now < run.ordered.at + kPause) continue;
      }
      order(*this, h.repository, target, by_bot(*this), {});
    }
  }
}

void Deciding::show_tests() {
  for (const auto& h : i.hotfixes) {
    const auto* was = before.hotfix(h.repository);
    const auto slot = [&](const std::string& name) { return fmt::format("{}/test/{}", i.id, name); };
    const auto shown_before = [&](const std::string& target, const RegressionTest& run) {
      if (was == nullptr) return false;
      for (const auto* runs : {&was->testing, &was->tested})
        if (const auto it = runs->find(target); it != runs->end() && it->second == run) return true;
      return false;
    };
    for (const auto* runs : {&h.testing, &h.tested})
      for (const auto& [target, run] : *runs)
        if (was_asked_for(run) && !shown_before(target, run)) show(slot(run.key), test_message(i, h, target, run));
    // Told once with a ping, and edited when it is over.
    for (const auto& [target, key] : h.contradictions)
      if (was == nullptr || !was->contradictions.contains(target))
        show(slot(key + "/fails"), contradiction_message(i, h, target, owner_of(*this, h, target)), false, true);
    if (was == nullptr) continue;
    for (const auto& [target, key] : was->contradictions)
      if (!h.contradictions.contains(target) && h.tested.contains(target))
        show(slot(key + "/fails"), contradiction_message(i, h, target, owner_of(*this, h, target)));
  }
}

}  // namespace hotfixd
