#include "tests/domain/random_history.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/cards.hpp"
#include "bot/domain/gates.hpp"
#include "bot/domain/reminders.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd::testing {
namespace {

using std::chrono::hours;
namespace cmd = command;

Policy random_team(std::uint32_t choice) {
  auto p = team();
  p.people = {{person("alice"), "Europe/Berlin", {}},
              {person("bob"), "America/New_York", {}},
              {person("carol"), "Pacific/Auckland", "carol-gh"},
              {person("dave"), "Australia/Lord_Howe", "dave-gh"}};
  if (choice % 3 == 0) p.repositories.front().forge = "GitHub";
  p.switches_flags = choice % 2 == 0;
  p.new_channel = choice % 5 == 0;
  p.digest = "#digest";
  p.releasers = {"carol"};
  p.managers = {"erin"};
  for (auto& repository : p.repositories) {
    repository.forge = choice % 3 == 0 ? "" : "GitHub";
    repository.delete_branches = choice % 2 == 0;
    if (choice % 3 != 1) repository.regression_test = "command";
  }
  switch (choice % 4) {
    case 0:
      p.quiet = {Minutes{22 * 60}, Minutes{8 * 60}};
      break;
    case 1:
      p.quiet = {Minutes{22 * 60}, Minutes{150}};
      break;  // ends in the hour that clocks repeat or skip
    case 2:
      p.quiet = {Minutes{9 * 60}, Minutes{17 * 60}};
      break;
    default:
      break;
  }
  if (choice / 4 % 3 == 0) p.approvals = 1;
  p.repositories.front().deploys = choice % 2 == 0;
  p.repositories.front().environments = {"production", "staging"};
  if (choice / 12 % 4 == 0) p.reminders[ObligationKind::merge_back].per_day = 1;
  return p;
}

}  // namespace

History::History(const std::vector<std::uint32_t>& numbers) : run_(random_team(numbers.empty() ? 0 : numbers.front())) {
  const auto first = numbers.empty() ? 0 : numbers.front() / 64;
  switch (first % 7) {
    case 0:
      run_.declared();
      break;
    case 1:
      run_.cut();
      break;
    case 2:
      run_.reviewed();
      break;
    case 3:
      run_.tagged();
      break;
    case 4:
      run_.deployed();
      break;
    default:
      run_.deployed().type("alice", cmd::Resolve{"over"}).rca();
  }
  auto& shop = world_["shop"];
  shop.targets = {{"main", {"main"}}, {"develop", {"develop"}}};
  if (first % 7 == 6) {
    for (auto& [name, target] : shop.targets) target.verdict = Verdict::present;
    run_.git(facts("h1", {{"main", Verdict::present}, {"develop", Verdict::present}})).type("alice", cmd::Close{});
    run_.git(facts("h1", {{"main", Verdict::present}, {"develop", Verdict::present}}));
  }
  if (!run_.incident.hotfixes.empty())
    shop.tag = run_.incident.hotfixes.front().tag, shop.tag_sha = run_.incident.hotfixes.front().tag_sha;
  world_["api"].targets = {{"main", {"main"}}};
  // Days before clocks change in Europe, the Americas, Oceania; and any other day.
  constexpr std::array kSeasons{"2026-11-14T22:00:00Z", "2027-03-26T12:00:00Z", "2027-10-29T12:00:00Z",
                                "2027-03-12T12:00:00Z", "2027-04-02T03:00:00Z"};
  if (first / 7 % 3 == 0) run_.at(kSeasons[first / 21 % kSeasons.size()]);
  for (std::size_t n = 1; n < numbers.size() && broken_.empty(); ++n) {
    random_ = numbers[n] * 0x9E3779B97F4A7C15ull + 1;
    step();
    if (n % 7 == 0) states_[run_.events.size()] = run_.incident;
  }
}

std::uint32_t History::pick(std::uint32_t n) {  // splitmix64
  auto z = random_ += 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) % n);
}

std::string History::obligation() {
  const auto& all = run_.incident.obligations;
  if (all.empty() || one_in(8)) return any<std::string>({"main", "rca", "nothing", "verification", ""});
  return all[pick(static_cast<std::uint32_t>(all.size()))].id;
}

std::string History::sha(const std::string& repository) {
  const auto head = world_[repository.empty() ? "shop" : repository].head;
  return fmt::format("h{}", one_in(4) ? std::max(1, head - 1) : head);
}

void History::step() {
  if (!run_.last.events.empty() && std::holds_alternative<event::OverrideAsked>(run_.last.events.back().data) &&
      one_in(2))
    return input(cmd::ConfirmOverride{}, someone());
  switch (pick(12)) {
    case 0:
    case 1:
    case 2:
      return input(command(), someone());
    case 3:
    case 4:
      return input(closing_command(), someone());
    case 5:
      return input(chat(), one_in(6) ? person("pager") : someone());
    case 6:
      return input(forge());
    case 7:
    case 8:
    case 9: {
      if (one_in(30)) return input(result::Abandoned{"a message", {}});
      if (pending_.empty()) return input(seen("shop"));
      const auto n = pick(static_cast<std::uint32_t>(pending_.size()));
      const auto effect = pending_[n];
      pending_.erase(pending_.begin() + n);
      return answer(effect);
    }
    case 10:
      return pass_time();
    default:
      return wake();
  }
}

void History::pass_time() {
  run_.after(one_in(3) ? std::chrono::microseconds(hours{pick(72)})
                       : std::chrono::microseconds(std::chrono::seconds{pick(7200)}));
  if (one_in(3)) input(Tick{});
}

// The engine ticks when asked to; each such tick changes something or asks for a later one.
void History::wake() {
  for (int n = 0; n < 5; ++n) {
    const auto wanted = next_wake(run_.incident, run_.policy, run_.context.now);
    if (!wanted) return;
    if (*wanted < run_.context.now) return fail("next_wake lies in the past");
    run_.context.now = run_.context.sent_at = *wanted;
    const auto version = run_.incident.version;
    input(Tick{});
    const auto again = next_wake(run_.incident, run_.policy, run_.context.now);
    if (run_.incident.version == version && again && *again <= run_.context.now)
      fail("a tick at next_wake neither changed anything nor moved it: " + format_rfc3339(*wanted));
    const auto asked = pending_;
    pending_.clear();
    for (const auto& e : asked) answer(e);
  }
}

void History::input(const Input& what, const Person& actor) {
  if (one_in(8)) run_.context.sent_at = run_.context.now - std::chrono::seconds{pick(90)};
  const auto before = run_.incident;
  run_.input(what, actor);
  check(before, what);
  run_.context.sent_at = run_.context.now;
  for (const auto& e : run_.last.effects)
    if (!std::holds_alternative<effect::ShowMessage>(e)) pending_.push_back(e);
}

void History::answer(const Effect& effect) {
  if (one_in(3)) run_.after(std::chrono::seconds{pick(20)});
  const Problem problem{
      one_in(2) ? Problem::Kind::unreachable : Problem::Kind::refused, "the server said no", "try again", {}};
  if (const auto* cut = std::get_if<effect::CutBranch>(&effect)) {
    if (one_in(6)) return input(result::BranchFailed{cut->repository, cut->branch, problem});
    return input(result::BranchCut{cut->repository, cut->branch, "v2.4.7", "base", "v2.4.8"});
  }
  if (const auto* ask = std::get_if<effect::AskPerson>(&effect))
    return input(result::PersonKnown{ask->person, one_in(2) ? "Asia/Kathmandu" : "", !one_in(4)});
  if (one_in(40)) input(result::ChannelCreated{one_in(2) ? "slack:T1:C2" : "#incidents"});
  if (const auto* push = std::get_if<effect::PushTag>(&effect)) {
    auto& w = world_[push->repository];
    if (one_in(6)) return input(result::TagFailed{push->repository, push->tag, problem});
    if (w.tag.empty()) w.tag = push->tag, w.tag_sha = push->sha;
    if (one_in(8)) return;  // the answer is lost
    return input(result::TagPushed{push->repository, push->tag, push->sha});
  }
  if (const auto* file = std::get_if<effect::FileIssue>(&effect)) {
    if (one_in(4)) return input(result::IssueFailed{file->action, problem});
    return input(result::IssueFiled{file->action, 41, ""});
  }
  if (const auto* port = std::get_if<effect::ForwardPort>(&effect)) {
    if (one_in(6)) return input(result::ForwardPortFailed{port->repository, port->target, port->branch, problem});
    result::ForwardPorted done;
    done.repository = port->repository;
    done.target = port->target;
    done.mode = port->mode;
    done.target_sha = port->target + "1";
    if (!one_in(4)) done.branch = port->branch, done.sha = "f1", done.commits = {{"h1", "fix"}};
    if (one_in(3))
      done.conflict =
          PortConflict{"h2", "more", {{"a.txt", "both sides changed it", {{"erin", "1a2b3c4", {}}}, "<\n"}}, {"h2"}};
    return input(done);
  }
  if (const auto* explain = std::get_if<effect::ExplainMergeBack>(&effect)) {
    if (one_in(8)) return;  // the answer is lost
    if (one_in(6)) return input(result::MergeBackUnexplained{explain->repository, explain->target, problem});
    MergeBackReport report;
    report.verdict = Verdict::partial;
    report.commits = {{"h1", "fix", "bob", Verdict::partial, {{MergeBackReport::Hunk::State::lacking, "a.txt", 3}}}};
    if (one_in(2)) report.landing = MergeBackReport::Landing{"l1", "Fix", "erin", {}, "forge", "adapted", "intact"};
    return input(result::MergeBackExplained{explain->repository, explain->target, report});
  }
  if (const auto* flag = std::get_if<effect::SwitchFlag>(&effect)) {
    if (one_in(3)) return input(result::FlagFailed{flag->flag, problem});
    return input(result::FlagSwitched{flag->flag});
  }
  if (const auto* merge = std::get_if<effect::MergePullRequest>(&effect)) {
    if (one_in(4)) return input(result::MergeFailed{merge->repository, merge->number, problem});
    return input(result::PullRequestMerged{merge->repository, merge->number, one_in(6) ? "" : "landed"});
  }
  if (const auto* open = std::get_if<effect::OpenPullRequest>(&effect);
      open != nullptr && open->head.starts_with("hotfix-forward/")) {
    if (one_in(4)) return input(result::PullRequestFailed{open->repository, open->head, open->base, problem});
    return input(result::PullRequestReady{open->repository,
                                          {forge::PullRequest::Action::opened,
                                           20 + pick(3),
                                           "https://x/2",
                                           open->title,
                                           open->head,
                                           "f1",
                                           open->base,
                                           {},
                                           "robot",
                                           open->draft}});
  }
  if (const auto* open = std::get_if<effect::OpenPullRequest>(&effect)) {
    if (one_in(4)) return input(result::PullRequestFailed{open->repository, open->head, open->base, problem});
    using Action = forge::PullRequest::Action;
    return input(result::PullRequestReady{
        open->repository,
        {Action::opened, 11, "", open->title, open->head, sha(open->repository), open->base, "", "hotfixd-bot"}});
  }
  if (const auto* deploy = std::get_if<effect::Deploy>(&effect)) {
    if (one_in(8)) return;
    if (one_in(8)) return input(result::DeploymentNotStarted{deploy->repository, deploy->key, problem, one_in(2)});
    return input(result::DeploymentStarted{deploy->repository, deploy->key, "17", "https://ci/17", !one_in(4)});
  }
  if (const auto* follow = std::get_if<effect::FollowDeployment>(&effect)) {
    if (one_in(6)) return input(result::DeploymentUnseen{follow->repository, follow->key, problem});
    return input(
        result::DeploymentSeen{follow->repository,
                               follow->key,
                               {static_cast<DeploymentView::State>(pick(3)), "migrate", "no space", "https://ci/18"}});
  }
  if (const auto* test = std::get_if<effect::StartRegressionTest>(&effect)) {
    if (one_in(8)) return;
    if (one_in(8)) return input(result::RegressionTestNotStarted{test->repository, test->key, problem});
    return input(result::RegressionTestStarted{test->repository, test->key, "18", "https://ci/18"});
  }
  if (const auto* follow = std::get_if<effect::FollowRegressionTest>(&effect)) {
    if (one_in(6)) return input(result::RegressionTestUnseen{follow->repository, follow->key, problem});
    return input(result::RegressionTestSeen{
        follow->repository,
        follow->key,
        {static_cast<RegressionTestView::State>(pick(4)), "exit status 1", "boom", "https://ci/18"}});
  }
  if (const auto* ask = std::get_if<effect::AskWhere>(&effect)) {
    if (one_in(6)) return input(result::WhereFailed{ask->repository, problem});
    result::WhereKnown known{ask->repository, {{"production", "a forge", {}, one_in(3) ? "no answer" : ""}}, {}};
    if (!one_in(3)) known.places.front().releases = {{"v2.4.8", "h1", {}, {}}, {"v2.4.7", "base", {}, {}}};
    if (!ask->tag.empty() && !one_in(3)) known.wanted = Release{ask->tag, "base", {}, {}};
    return input(known);
  }
  if (const auto* gone = std::get_if<effect::DeleteBranches>(&effect))
    return input(one_in(4) ? result::BranchesDeleted{gone->repository, {}, {{gone->branches.front(), "protected"}}}
                           : result::BranchesDeleted{gone->repository, gone->branches, {}});
  if (const auto* observe = std::get_if<effect::Observe>(&effect)) {
    if (one_in(8)) return input(result::ObserveFailed{observe->repository, problem});
    return input(seen(observe->repository));
  }
}

result::Observed History::seen(const std::string& repository) {
  result::Observed o{repository, look(repository)};
  const auto* policy = run_.policy.repository(repository);
  if (policy == nullptr || policy->forge.empty()) return o;
  if (one_in(8)) {
    o.forge_problem = {Problem::Kind::unreachable, "the forge does not answer", "try again", {}};
    return o;
  }
  o.forge.emplace();
  for (auto n = pick(4); n > 0; --n) {
    auto event = forge();
    event.repository = repository;
    o.forge->events.push_back(std::move(event));
  }
  if (one_in(2)) o.forge->authors = {one_in(3) ? "bob" : "dave"};
  if (one_in(3)) o.forge->required_checks = {"build"};
  if (one_in(3)) o.forge->awaited = {"carol-gh", "@acme/owners"};
  if (one_in(4)) o.forge->check_sources = {{"build", one_in(2) ? "app 7" : "app 8"}};
  if (one_in(6)) o.forge->required_approvals = 3;
  if (one_in(6)) o.forge->readers = {"bob"};
  if (one_in(6)) o.forge->rights_unknown = {"carol-gh"};
  return o;
}

Forecast History::forecast() {
  Forecast made;
  for (const std::string name : {"main", "develop"}) {
    auto& line = made.lines.emplace_back(LineForecast{name, name + "1", static_cast<Outlook>(pick(4)), {}, {}});
    if (line.outlook == Outlook::unknown) line.why = "nobody knows";
    if (line.outlook == Outlook::conflicts)
      line.files = {{"a.txt", "both sides changed it", {{"erin", "1a2b3c4", run_.context.now}}}};
  }
  if (one_in(3)) made.pull_requests = {{30 + pick(2), {"more"}, "erin", "https://x/30", "main", one_in(2), {"b.txt"}}};
  if (one_in(5)) made.unread = "no answer", made.pull_requests.clear();
  if (one_in(5)) made.not_looked_at = 2;
  return made;
}

HotfixFacts History::look(const std::string& repository) {
  auto& w = world_[repository];
  if (one_in(6)) ++w.head;
  if (one_in(12)) w.files = static_cast<int>(pick(12));
  if (one_in(20)) w.rewritten = !w.rewritten;
  if (one_in(20)) w.stale = !w.stale;
  if (one_in(20)) w.gone = !w.gone;
  if (one_in(12) && w.tag.empty()) w.tag = "v2.4.8", w.tag_sha = sha(repository);
  for (auto& [name, target] : w.targets) {
    if (!one_in(3)) continue;
    target.verdict = one_in(3) ? static_cast<Verdict>(pick(8)) : Verdict::present;
    target.sha = fmt::format("{}{}", name, ++w.commits_on_targets);
  }
  HotfixFacts f;
  f.head = w.gone ? "" : fmt::format("h{}", w.head);
  if (w.rewritten) f.unclean = "no longer contains v2.4.7";
  if (w.stale) f.stale = "was cut from v2.4.7, production is v2.4.9 by now", f.version = "v2.4.10";
  f.authors = {"dave"};
  f.files = w.files;
  f.lines = w.files * 30;
  f.tag = w.tag;
  f.tag_sha = w.tag_sha;
  f.tag_at = run_.context.now - Minutes{pick(5)};
  for (const auto& [name, target] : w.targets) {
    if (one_in(25)) continue;  // the line is gone from the origin
    f.targets.push_back({name, target.sha, target.verdict, std::string(to_string(target.verdict)), one_in(10), {}, {}});
  }
  if (one_in(2)) f.forecast = forecast();
  return f;
}

// It records nothing and does nothing, but for what was due by then anyway.
void History::check_refusal(const Incident& before) {
  const auto& last = run_.last;
  auto by_clock = run_.context;
  by_clock.actor = {};
  by_clock.sent_at = by_clock.now;
  const auto due = decide(before, by_clock, Tick{}, run_.policy);
  const auto brought = [&](const Event& e) {
    return std::ranges::any_of(due.events, [&](const Event& d) { return d.data == e.data; });
  };
  if (!std::ranges::all_of(last.events, brought)) fail("a refusal recorded: " + text(last.events));
  if (last.events.empty() && !last.effects.empty()) fail("a refusal did: " + text(last.effects.front()));
}

void History::check(const Incident& before, const Input& input) {
  const auto& last = run_.last;
  auto state = before;
  for (const auto& e : last.events) {
    check_event(state, e);
    apply(state, e);
  }
  if (!(state == run_.incident)) fail("folding the events one by one gives another state");
  if (last.reply && last.reply->refused) check_refusal(before);
  if (std::holds_alternative<result::RegressionTestSeen>(input) && !(state.obligations == before.obligations))
    fail("a regression test changed an obligation: " + text(last.events));
  if (state.ended() && !open_obligations(state).empty()) fail("ended while something is open");
  for (const auto& e : last.effects) {
    const auto* shown = std::get_if<effect::ShowMessage>(&e);
    if (shown == nullptr) continue;
    // decide() worked on the state that its events give.
    if (shown->slot.ends_with("/status") && !(shown->message == addressed(status_card(state, run_.policy), state)))
      fail("the status card shows another state");
    // Only the engine can give it a name that no other message has.
    if ((shown->slot.contains("/say/") || shown->slot.contains("/answer/")) && !shown->slot.ends_with('/'))
      fail("a message of its own in a slot that may be another's: " + shown->slot);
  }
  // What follows from the facts was recorded with them: nothing is left for the next input.
  auto again = run_.context;
  again.actor = {};
  const auto echo = decide(state, again, result::TagPushed{"nowhere", "v0.0.1", "x"}, run_.policy);
  if (!echo.events.empty()) fail(fmt::format("input {} left undone: {}", input.index(), text(echo.events)));
}

void History::check_event(const Incident& before, const Event& event) {
  if (event.recorded_at < before.last_recorded) fail("recorded_at went back: " + text(event));
  if (event.occurred_at > event.recorded_at && !std::holds_alternative<event::EntryAdded>(event.data))
    fail("occurred after it was recorded: " + text(event));
  if (std::holds_alternative<event::Closed>(event.data)) {
    if (!open_obligations(before).empty()) fail("closed while open: " + open_obligations(before).front()->id);
    if (!before.resolved) fail("closed, and not resolved");
    if (before.ended()) fail("closed twice");
  }
  if (const auto* asked = std::get_if<event::OverrideAsked>(&event.data)) {
    const auto& roles = run_.policy.override_roles;
    const bool may = std::ranges::any_of(roles, [&](Role r) { return before.holder(r) == event.actor; }) ||
                     event.actor.id == "carol";
    if (!may || asked->why.value.empty() || event.actor.empty()) fail("an override without a role or a reason");
  }
  if (const auto* confirmed = std::get_if<event::OverrideConfirmed>(&event.data)) {
    const auto o = std::ranges::find(before.overrides, confirmed->id, &OverrideRequest::id);
    if (o == before.overrides.end()) return fail("an override that nobody asked for");
    if (event.actor.empty() || o->asked.by == event.actor) fail("an override without a second person");
    if (o->confirmed || o->declined) fail("an override confirmed that was decided already");
    if (event.recorded_at > o->asked.at + run_.policy.override_expires) fail("an override confirmed after it expired");
  }
  if (const auto* sent = std::get_if<event::ReminderSent>(&event.data)) {
    if (before.ended()) fail("a reminder after the end");
    int cap = 0;
    for (const auto& id : sent->obligations) {
      const auto* o = before.obligation(id);
      if (o == nullptr || o->state != ObligationState::open) return fail("a reminder of what is met: " + id);
      cap = std::max(cap, run_.policy.reminder(o->kind).per_day);
    }
    if (!ping_slots_.insert(sent->slot).second) return;  // an escalation of the same message
    const auto& zone = before.zone_of(sent->to, run_.policy);
    if (after_quiet(event.recorded_at, run_.policy.quiet, zone) != event.recorded_at) fail("a reminder in quiet hours");
    // Days are those of the zone that is known now: it may have been another when the earlier ones went out.
    const auto day = format_day(event.recorded_at, zone);
    std::set<std::string> slots{sent->slot};
    std::set<std::string> known;
    for (const auto& ping : before.pings)
      if (known.insert(ping.slot).second && ping.to == sent->to && format_day(ping.at, zone) == day)
        slots.insert(ping.slot);
    if (static_cast<int>(slots.size()) > cap)
      fail(fmt::format("{} pings to {} on {}, cap {}", slots.size(), sent->to.id, day, cap));
  }
}

}  // namespace hotfixd::testing
