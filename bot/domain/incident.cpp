#include "bot/domain/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "bot/domain/regression.hpp"

// The fold: one overload per event. Texts of milestones are made here, once, so that the timeline,
// the export and the audit agree.

namespace hotfixd {
namespace {

// Pushes to one line that are kept: of those that came since it was last settled. A line that is moved more often than
// this between two looks loses the oldest.
constexpr std::size_t kMaxPushes = 64;

std::string count_word(int n) {
  constexpr std::array kWords{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"};
  return n >= 0 && n <= 10 ? kWords[static_cast<std::size_t>(n)] : std::to_string(n);
}

std::string opened(std::uint64_t number, const std::string& title) {
  auto text = number != 0 ? fmt::format("PR #{} opened", number) : std::string("PR opened");
  if (!title.empty()) text += ", " + title;
  return text;
}

// What `shared` points to, to be changed here only: a copy when others have it too.
template <typename T>
T& own(boost::intrusive_ptr<T>& shared) {
  if (shared->use_count() > 1) shared = new T(*shared);
  return *shared;
}

class Folder {
 public:
  Folder(Incident& incident, const Event& event) : i_(incident), e_(event) {}

  void operator()(const event::IncidentDeclared& d) {
    i_.id = d.id;
    i_.channel = d.channel;
    i_.summary = d.summary.value;
    i_.severity = i_.declared_severity = d.severity;
    i_.criteria = d.criteria;
    i_.below_threshold_reason = d.below_threshold_reason.value;
    i_.drill = d.drill;
    i_.default_repository = d.repository;
    i_.service = d.service;
    i_.declared = stamp();
    i_.roles[Role::commander] = e_.actor;
    milestone(Milestone::declared, {}, fmt::format("declared {{{}}}: {}", to_string(d.severity), d.summary.value));
  }

  void operator()(const event::Assessed& a) {
    i_.assessment = a.verdict;
    i_.assessment_why = a.why.value;
    if (a.verdict == Assessment::not_a_hotfix) milestone(Milestone::closed, {}, "not a hotfix: " + a.why.value);
  }

  void operator()(const event::SeverityChanged& s) {
    i_.severity = s.to;
    // A reason for another severity says nothing about this one.
    i_.below_threshold_reason = s.from == s.to ? s.why.value : std::string{};
    if (s.from != s.to)
      milestone(Milestone::severity, {},
                fmt::format("severity {{{}}}, was {{{}}}: {}", to_string(s.to), to_string(s.from), s.why.value));
  }

  void operator()(const event::RoleAssigned& r) { i_.roles[r.role] = r.person; }

  void operator()(const event::MitigationChosen& m) {
    i_.mitigations.push_back({m.kind, m.what.value, m.why.value, stamp()});
    if (m.kind == Mitigation::hotfix) {
      return;  // the branch will be the milestone
    }
    milestone(Milestone::mitigated, {},
              (m.kind == Mitigation::rollback ? "rolled back: " : "feature flag: ") + m.what.value);
  }

  void operator()(const event::BranchRequested& b) {
    auto* h = i_.hotfix(b.repository);
    if (h == nullptr) {
      i_.hotfixes.emplace_back();
      h = &i_.hotfixes.back();
      h->repository = b.repository;
    }
    const bool told = h->forecast_told;
    *h = Hotfix{};            // one that was left, see decide_commands.cpp
    h->forecast_told = told;  // the message is there, and the next forecast takes its place
    h->repository = b.repository;
    h->branch = b.branch;
    h->from_named_tag = !b.from_tag.empty();
    h->asker = {b.channel, stamp().by};
  }

  void operator()(const event::BranchCut& b) {
    auto* h = i_.hotfix(b.repository);
    if (h == nullptr) return;
    h->requested = false;
    h->asker = {};
    h->branch = b.branch;
    h->base_tag = b.base_tag;
    h->base_sha = b.base_sha;
    h->version = b.version;
    milestone(Milestone::branch, b.repository, fmt::format("branch {} cut from tag {}", b.branch, b.base_tag));
  }

  void operator()(const event::BranchRefused& b) {
    std::erase_if(i_.hotfixes,
                  [&](const Hotfix& h) { return h.repository == b.repository && h.requested && h.base_sha.empty(); });
  }

  void operator()(const event::PullRequestOpened& p) {
    auto* h = i_.hotfix(p.repository);
    if (h == nullptr) return;
    if (auto* known = p.number != 0 ? pull_request(p.repository, p.number)
                                    : nullptr) {  // the forge knows better than what was said
      const auto was = opened(known->number, known->title);
      i_.timeline.edit_if(
          [&](const auto& entry) {
            return entry.milestone == Milestone::pull_request && entry.repository() == p.repository &&
                   entry.text == was;
          },
          [&](auto& entry) { entry.text = opened(p.number, p.title.value); });
      known->url = p.url;
      known->title = p.title.value;
      known->base = p.base;
      known->author = p.author;
      known->draft = p.draft;
      return;
    }
    h->pull_requests.push_back({p.number, p.url, p.title.value, p.base, p.author, true, {}, p.draft, e_.recorded_at});
    auto text = opened(p.number, p.title.value);
    milestone(Milestone::pull_request, p.repository, std::move(text));
  }

  void operator()(const event::PullRequestClosed& p) {
    auto* pr = pull_request(p.repository, p.number);
    if (pr == nullptr) return;
    pr->open = false;
    pr->merging_lost = pr->merging_lost || !pr->merging.who.empty();  // it may be ordered again once it is open
  }

  void operator()(const event::PullRequestReopened& p) {
    if (auto* pr = pull_request(p.repository, p.number)) pr->open = true;
  }

  void operator()(const event::PullRequestMerged& p) {
    auto* pr = pull_request(p.repository, p.number);
    if (pr == nullptr) return;
    pr->open = false;
    pr->base = p.base;
    pr->landing_sha = p.landing_sha;
    pr->merged_at = e_.occurred_at;
    pr->merging = {};
    pr->merging_lost = false;
    milestone(Milestone::merged, p.repository, "merged to " + p.base);
  }

  void operator()(const event::FlagSwitched& f) { milestone(Milestone::mitigated, {}, f.flag + " switched off"); }
  void operator()(const event::FlagRefused&) {}

  void operator()(const event::MergeOrdered& m) {
    auto* pr = pull_request(m.repository, m.number);
    if (pr == nullptr) return;
    pr->merging = {m.channel, stamp().by};
    pr->merging_lost = false;
  }

  void operator()(const event::MergeRefused& m) {
    auto* pr = pull_request(m.repository, m.number);
    if (pr == nullptr) return;
    pr->merging_lost = m.maybe;
    if (!m.maybe) pr->merging = {};
  }

  void operator()(const event::HeadMoved& m) {
    auto* h = i_.hotfix(m.repository);
    if (h == nullptr) return;
    h->head = m.sha;
    h->head_at = e_.recorded_at;
    h->nags = 0;
    h->commit_authors = m.authors;
    h->subject = m.subject.value;
    h->branches_deleted = false;  // it is there again
    if (h->tag_sha.empty()) void_acknowledgements(*h, m.sha, m.sha);
  }

  void operator()(const event::CheckReported& c) {
    auto* h = i_.hotfix(c.repository);
    if (h == nullptr) return;
    auto& checks = h->checks[c.sha];
    if (e_.source == Source::said)  // the newest word of a person replaces what others said
      std::erase_if(checks, [](const auto& check) { return check.second.stamp.source == Source::said; });
    const auto known = checks.find(c.context);
    const auto first_at = known == checks.end() ? e_.recorded_at : known->second.first_at;
    checks[c.context] = {c.state, c.url, c.sequence, stamp(), c.step, c.rollup, c.source, first_at};
  }

  void operator()(const event::ReviewGiven& r) {
    auto* h = i_.hotfix(r.repository);
    if (h == nullptr) return;
    // A person's word is of the commit, whatever pull request there was.
    h->reviews[{r.reviewer.key(), e_.source == Source::said ? 0 : r.number}] = {r.verdict, r.sha, stamp(),
                                                                                e_.recorded_at};
    h->reviewers[r.reviewer.key()] = r.reviewer;
  }

  void operator()(const event::PullRequestWanted& w) {
    if (auto* h = i_.hotfix(w.repository)) h->pr_wanted = true;
  }

  void operator()(const event::ForgeAsked& f) {
    auto* h = i_.hotfix(f.repository);
    if (h == nullptr) return;
    h->authors = f.authors;
    h->required_checks = f.required_checks;
    h->awaited = f.awaited;
    h->unknown_authors = f.unknown_authors;
    h->rules_known = f.rules_known;
    h->check_sources = f.check_sources;
    h->required_approvals = f.required_approvals;
    h->readers = f.readers;
    h->rights_unknown = f.rights_unknown;
  }

  void operator()(const event::ForgeRefused& r) { i_.forge_refusals[r.repository + " " + r.what] = r.reason; }

  void operator()(const event::ReviewNagged& n) {
    auto* h = i_.hotfix(n.repository);
    if (h == nullptr || h->head != n.sha) return;
    h->nags = n.count;
    h->nagged_at = e_.recorded_at;
  }

  void operator()(const event::CiTurnedGreen& c) {
    auto* h = i_.hotfix(c.repository);
    if (h == nullptr) return;
    h->green_sha = c.sha;
    h->red_sha.clear();
    retire(Milestone::ci, c.repository);
    milestone(Milestone::ci, c.repository, "CI green");
  }

  void operator()(const event::CiTurnedRed& c) {
    auto* h = i_.hotfix(c.repository);
    if (h == nullptr) return;
    h->red_sha = c.sha;
    if (h->green_sha == c.sha) h->green_sha.clear();
    milestone(Milestone::ci_failed, c.repository, "CI red: " + c.context);
  }

  void operator()(const event::ApprovalsReached& a) {
    auto* h = i_.hotfix(a.repository);
    if (h == nullptr) return;
    h->approved_sha = a.sha;
    retire(Milestone::approvals, a.repository);
    milestone(Milestone::approvals, a.repository, count_word(a.count) + (a.count == 1 ? " approval" : " approvals"));
  }

  void operator()(const event::ScopeMeasured& s) {
    auto* h = i_.hotfix(s.repository);
    if (h == nullptr) return;
    h->files = s.files;
    h->lines = s.lines;
    h->unclean = s.unclean;
    h->findings = s.findings;
  }

  void operator()(const event::RequestMade& r) {
    i_.requests.push_back({r.verb, r.repository, r.argument, stamp(), e_.recorded_at, r.channel});
  }

  void operator()(const event::RequestSettled& r) {
    const auto it = std::ranges::find_if(i_.requests, [&](const auto& p) {
      return p.verb == r.verb && p.repository == r.repository && (r.argument.empty() || p.argument == r.argument);
    });
    auto* h = i_.hotfix(r.repository);
    if (h != nullptr && r.verb == "tag") {
      h->tagging = r.granted ? h->head : std::string{};
      if (r.granted && it != i_.requests.end()) h->version = it->argument, h->asker = it->asker();
    }
    if (it != i_.requests.end()) i_.requests.erase(it);
  }

  void operator()(const event::Tagged& t) {
    auto* h = i_.hotfix(t.repository);
    if (h == nullptr) return;
    if (!h->tag.empty()) h->environments.clear();  // a further tag is not deployed yet
    if (!h->tag.empty()) h->earlier_tags.push_back(h->tag);
    h->tag_bypassed = t.bypassed;
    h->tag_evidence = t.evidence;
    h->tag = t.tag;
    h->tag_sha = t.sha;
    h->tagged_head = h->head;
    h->tagged_at = e_.recorded_at;
    h->tagging.clear();
    h->asker = {};
    h->version = patch_after(t.tag);
    void_acknowledgements(*h, t.sha, h->head);
    milestone(Milestone::tagged, t.repository, t.tag + " tagged");
  }

  // A push whose answer was lost may have arrived all the same: `tagging` stays, so that the tag is known again.
  void operator()(const event::TagRefused& t) {
    if (auto* h = i_.hotfix(t.repository)) h->asker = {};
  }

  void operator()(const event::Deployed& d) {
    auto* h = i_.hotfix(d.repository);
    auto* run = waiting_run(d.repository, d.tag, d.environment);
    if (run != nullptr) run->arrived = true;
    const bool back = run != nullptr && run->rollback;
    if (h == nullptr && back)  // before any hotfix
      milestone(Milestone::mitigated, d.repository, went_back(*run, run->replaces));
    if (h == nullptr) return;
    if (back || h->precedes(d.tag)) {  // rolled back
      const auto own = h->tag.empty() ? h->version : h->tag;
      std::erase(h->environments, d.environment);
      h->rolled_back_at = e_.occurred_at;
      i_.verified.reset();
      milestone(h->deployed_at ? Milestone::deployed : Milestone::mitigated, d.repository,
                back ? went_back(*run, run->replaces.empty() && h->deployed_at ? own : run->replaces)
                     : fmt::format("{} rolled back to {} in {}", own, d.tag, d.environment));
      return;
    }
    if (std::ranges::find(h->environments, d.environment) == h->environments.end()) {
      h->environments.push_back(d.environment);
      h->deployed_at = e_.occurred_at;
    }
    milestone(Milestone::deployed, d.repository, fmt::format("{} deployed to {}", d.tag, d.environment));
  }

  void operator()(const event::DeploymentOrdered& o) {
    Deployment run;
    run.key = o.key;
    run.repository = o.repository;
    run.tag = o.tag;
    run.sha = o.sha;
    run.environment = o.environment;
    run.replaces = o.replaces;
    run.rollback = o.rollback;
    run.evidence = o.evidence;
    run.ordered = stamp();
    run.channel = o.channel;
    i_.deployments.push_back(std::move(run));
    if (!o.rollback) return;
    for (auto& offer : i_.rollbacks)
      if (offer.taken_by.empty() && offer.repository == o.repository && offer.tag == o.tag) {
        offer.taken_by = o.key;
        offer.confirmed_by = e_.actor;
      }
  }

  void operator()(const event::DeploymentStarted& s) {
    auto* run = i_.deployment(s.key);
    if (run == nullptr) return;
    run->started = true;
    run->id = s.id;
    run->url = s.url;
    run->waits = s.waits;
  }

  void operator()(const event::DeploymentEnded& d) {
    auto* run = i_.deployment(d.key);
    if (run == nullptr) return;
    run->outcome = d.outcome;
    run->detail = d.detail;
    run->output = d.output.value;
    if (!d.url.empty()) run->url = d.url;
  }

  void operator()(const event::RollbackOffered& r) {
    i_.rollbacks.push_back({r.id, r.repository, r.environment, r.from, r.tag, r.sha, r.source, stamp(), {}, {}});
  }

  void operator()(const event::DeploymentFailed& d) {
    if (auto* run = waiting_run(d.repository, d.tag, d.environment)) run->broke = true;
    if (auto* h = i_.hotfix(d.repository))
      h->deploy_failed_at = std::max(h->deploy_failed_at.value_or(e_.occurred_at), e_.occurred_at);
    milestone(Milestone::deploy_failed, d.repository,
              fmt::format("deployment of {} to {} failed", d.tag, d.environment));
  }

  void operator()(const event::Verified& v) {
    i_.verify_failing = !v.ok;
    if (v.ok) {
      i_.verified = stamp();
      i_.verified_what = v.what.value;
    }
    milestone(Milestone::verified, {}, v.ok ? v.what.value : "still failing: " + v.what.value);
  }

  void operator()(const event::Resolved& r) {
    i_.resolved = stamp();
    i_.resolved_what = r.what.value;
    milestone(Milestone::resolved, {}, r.what.value);
  }

  void operator()(const event::MergeBackJudged& m) {
    auto* h = i_.hotfix(m.repository);
    if (h == nullptr) return;
    auto& mb = h->merge_backs[m.target];
    mb.verdict = m.verdict;
    mb.target_sha = m.target_sha;
    mb.explanation = m.explanation;
    mb.judged_at = e_.occurred_at;
    if (m.verdict == Verdict::present) mb.was_present = true;
    if (mb.settled()) {
      settle_line(mb);
    } else if (!mb.settled_sha.empty() && (mb.lost_sha.empty() || mb.lost_sha == mb.settled_sha)) {  // not by a push
      mb.lost_sha = m.target_sha;
      mb.lost_author = m.last_author;
      mb.lost_login = m.last_login;
    }
    compare_test(*h, m.target);
  }

  void operator()(const event::MergeBackAcknowledged& a) {
    auto* h = i_.hotfix(a.repository);
    if (h == nullptr) return;
    auto& mb = h->merge_backs[a.target];
    mb.acknowledged_sha = a.target_sha;
    mb.acknowledged_work = h->tag_sha.empty() ? h->head : h->tag_sha;
    mb.acknowledged_by = e_.actor;
    mb.acknowledged_why = a.why.value;
    if (mb.settled()) settle_line(mb);
  }

  void operator()(const event::LinePushed& p) {
    auto* h = i_.hotfix(p.repository);
    if (h == nullptr) return;
    const auto line = h->merge_backs.find(p.target);
    if (line == h->merge_backs.end()) return;
    auto& mb = line->second;
    if (mb.pushes.size() >= kMaxPushes) {
      const auto blamed = mb.lost_by();
      const auto spare = std::ranges::find_if(
          mb.pushes, [&](const LinePush& one) { return std::ranges::find(blamed, one) == blamed.end(); });
      if (spare == mb.pushes.end()) return;
      mb.pushes.erase(spare);
    }
    mb.pushes.push_back({p.before, p.after, p.by, p.forced});
    if (mb.lost_sha.empty()) forget_pushes(mb);
  }

  static void settle_line(MergeBack& mb) {
    mb.settled_sha = mb.target_sha;
    mb.lost_sha.clear();
    mb.lost_author.clear();
    mb.lost_login.clear();
    forget_pushes(mb);
  }

  // What led up to where it is settled took nothing from it; what was told of already and came after it may have.
  static void forget_pushes(MergeBack& mb) {
    const auto last = std::find_if(mb.pushes.rbegin(), mb.pushes.rend(),
                                   [&](const LinePush& push) { return push.after == mb.settled_sha; });
    mb.pushes.erase(mb.pushes.begin(), last.base());
  }

  void operator()(const event::AcknowledgementVoided& a) {
    auto* h = i_.hotfix(a.repository);
    if (h == nullptr) return;
    h->merge_backs[a.target].void_acknowledgement();
  }

  // It stands until the text is something else or a test passes: a newer head that was not tested yet changes nothing.
  static void compare_test(Hotfix& h, const std::string& target) {
    if (contradicts(h, target)) {
      h.contradictions.try_emplace(target, h.tested.at(target).key);
      return;
    }
    const auto run = h.tested.find(target);
    const auto mb = h.merge_backs.find(target);
    if (run == h.tested.end() || run->second.outcome == TestOutcome::passed || mb == h.merge_backs.end() ||
        mb->second.verdict != Verdict::present)
      h.contradictions.erase(target);
  }

  void operator()(const event::RegressionTestOrdered& t) {
    auto* h = i_.hotfix(t.repository);
    if (h == nullptr) return;
    auto& run = h->testing[t.target] = {};
    run.key = t.key;
    run.sha = t.target_sha;
    run.work = t.work;
    run.means = t.means;
    run.ordered = stamp();
    run.channel = t.channel;
  }

  void operator()(const event::RegressionTestStarted& t) {
    auto* run = running_test(t.repository, t.target, t.key);
    if (run == nullptr) return;
    run->id = t.id;
    run->url = t.url;
  }

  void operator()(const event::RegressionTestEnded& t) {
    auto* run = running_test(t.repository, t.target, t.key);
    if (run == nullptr) return;
    auto& h = *i_.hotfix(t.repository);
    auto ended = std::move(*run);
    h.testing.erase(t.target);
    ended.outcome = t.outcome;
    ended.detail = t.detail;
    ended.output = t.output.value;
    if (!t.url.empty()) ended.url = t.url;
    auto& newest = h.tested[t.target];
    newest = std::move(ended);
    compare_test(h, t.target);
  }

  void operator()(const event::ForwardPortOpened& f) {
    if (auto* h = i_.hotfix(f.repository))
      h->forward_ports[f.target] = {f.branch, f.sha, f.number, f.url, f.draft, true};
  }

  void operator()(const event::ForwardPortClosed& f) {
    auto* h = i_.hotfix(f.repository);
    if (h == nullptr) return;
    const auto it = h->forward_ports.find(f.target);
    if (it == h->forward_ports.end() || it->second.number != f.number) return;
    it->second.open = false;
    it->second.landing_sha = f.landing_sha;
  }

  void operator()(const event::ForecastMade& f) {
    auto* h = i_.hotfix(f.repository);
    if (h == nullptr) return;
    h->forecast = f.forecast;
    h->forecast_told = h->forecast_told || warns(*h->forecast);
  }

  void operator()(const event::BranchesDeleted& b) {
    if (auto* h = i_.hotfix(b.repository)) h->branches_deleted = true;
  }

  void operator()(const event::VersionChanged& v) {
    if (auto* h = i_.hotfix(v.repository)) h->version = v.version;
  }

  void operator()(const event::ChannelWanted& w) {
    i_.own_channel = w.own;
    i_.private_channel = w.is_private;
    i_.origin = w.origin;
  }

  void operator()(const event::ChannelBound& b) { i_.channel = b.channel; }
  void operator()(const event::ChannelArchived& a) { i_.archived = a.archived; }
  void operator()(const event::PersonKnown& k) { i_.people[k.person.key()] = k; }

  void operator()(const event::RcaStarted&) { i_.rca.started = true; }

  void operator()(const event::RcaFieldSet& f) {
    i_.rca.started = true;
    i_.rca.fields[f.field] = f.text.value;
    i_.rca.submitted.reset();  // what was submitted or approved is not what stands there now
    i_.rca.approved.reset();
  }

  void operator()(const event::RcaSubmitted&) { i_.rca.submitted = stamp(); }
  void operator()(const event::RcaApproved&) { i_.rca.approved = stamp(); }
  void operator()(const event::ActionAdded& a) { i_.actions.push_back({a.id, a.what.value, a.owner, a.due}); }

  void operator()(const event::IssueFiled& f) {
    for (auto& action : i_.actions)
      if (action.id == f.id) action.issue = f.number, action.issue_url = f.url;
  }

  void operator()(const event::ActionDone& a) {
    for (auto& action : i_.actions)
      if (action.id == a.id) action.done_at = e_.occurred_at;
  }

  void operator()(const event::ObligationOpened& o) {
    if (i_.obligation(o.id) != nullptr) return;
    Obligation made;
    made.id = o.id;
    made.kind = o.kind;
    made.repository = o.repository;
    made.target = o.target;
    made.owner = o.owner;
    made.opened_at = e_.recorded_at;
    made.due = o.due;
    i_.obligations.push_back(std::move(made));
  }

  void operator()(const event::ObligationMet& m) {
    auto* o = i_.obligation(m.id);
    if (o == nullptr || o->state != ObligationState::open) return;
    o->state = ObligationState::met;
    o->met_at = e_.occurred_at;
    o->evidence = m.evidence.value;
    // One that was met the moment it was opened is no news: "merged to main" already said so.
    if (o->kind == ObligationKind::merge_back && o->opened_at != e_.recorded_at)
      milestone(Milestone::merged_back, o->repository, "merged back to " + o->target);
  }

  void operator()(const event::ObligationReopened& r) {
    auto* o = i_.obligation(r.id);
    if (o == nullptr) return;
    o->state = ObligationState::open;
    o->reopened_why = r.why;
    ++o->reopened;
    // An RCA that was only edited is as old as it was.
    if (o->kind != ObligationKind::rca && o->kind != ObligationKind::rca_review) o->opened_at = e_.recorded_at;
    o->due = r.due;
    o->met_at.reset();
    o->evidence.clear();
    o->pings = 0;
    o->last_ping.reset();
    o->snoozed_until.reset();
    if (o->kind == ObligationKind::merge_back)
      milestone(Milestone::regressed, o->repository, fmt::format("{}: {}", o->target, r.why));
  }

  void operator()(const event::ObligationReassigned& r) {
    if (auto* o = i_.obligation(r.id)) o->owner = r.owner;
  }

  void operator()(const event::ObligationSnoozed& s) {
    auto* o = i_.obligation(s.id);
    if (o == nullptr) return;
    o->snoozed_until = s.until;
    ++o->snoozes;
  }

  void operator()(const event::ReminderSent& r) {
    i_.pings.push_back({r.slot, r.to, e_.recorded_at, r.obligations, r.level});
    for (const auto& id : r.obligations) {
      auto* o = i_.obligation(id);
      if (o == nullptr || !(o->owner == r.to)) continue;  // an escalation does not count as the owner's
      ++o->pings;
      o->last_ping = e_.recorded_at;
    }
  }

  void operator()(const event::OverrideAsked& a) {
    const auto* h = i_.hotfix(a.repository);
    i_.overrides.push_back(
        {a.id, a.gate, a.repository, a.why.value, h != nullptr ? h->head : std::string{}, stamp(), {}, false});
  }

  void operator()(const event::OverrideConfirmed& c) {
    for (auto& o : i_.overrides) {
      if (o.id != c.id || o.confirmed) continue;
      o.confirmed = stamp();
      const auto names = fmt::format("{} and {}", o.asked.by.name, e_.actor.name);
      for (auto& obligation : i_.obligations)
        if (obligation.state == ObligationState::open &&
            (obligation.id == o.gate || o.gate == to_string(Gate::close))) {
          obligation.state = ObligationState::overridden;
          obligation.met_at = e_.occurred_at;
          obligation.evidence = fmt::format("overridden by {}: {}", names, o.why);
        }
      milestone(Milestone::overridden, o.repository, fmt::format("{} overridden by {}: {}", o.gate, names, o.why));
    }
  }

  void operator()(const event::OverrideDeclined& d) {
    for (auto& o : i_.overrides)
      if (o.id == d.id && !o.confirmed) o.declined = true;
  }

  void operator()(const event::MessageRecorded& m) {
    i_.messages[m.id] = {e_.actor, e_.occurred_at, {m.text.value}, false};
  }

  void operator()(const event::MessageEdited& m) {
    const auto it = i_.messages.find(m.id);
    if (it == i_.messages.end()) return;
    it->second.versions.push_back(m.text.value);
    i_.timeline.edit_if([&](const auto& entry) { return entry.message() == m.id; },
                        [&](auto& entry) { entry.text = m.text.value; });
  }

  void operator()(const event::MessageDeleted& m) {
    const auto it = i_.messages.find(m.id);
    if (it == i_.messages.end()) return;
    it->second.deleted = true;
    bool was_signal = false;
    i_.timeline.edit_if([&](const auto& entry) { return entry.message() == m.id; },
                        [&](auto& entry) {
                          was_signal |= entry.milestone == Milestone::signal && !entry.removed;
                          entry.removed = true;
                        });
    if (was_signal)  // then the declaration is the beginning again
      i_.timeline.edit_if(is(Milestone::declared), [](auto& entry) { entry.removed = false; });
  }

  void operator()(const event::EntryAdded& a) {
    if (auto* known = entry_of(a.id); known != nullptr) {  // pinned by one more
      known->own_background().pinned_by.insert(e_.actor.key());
      return;
    }
    const auto message = i_.messages.find(a.message);
    auto& entry = add_entry(message != i_.messages.end() ? message->second.author : e_.actor, {}, a.text.value);
    if (!a.message.empty()) entry.own_background().message = a.message;
    if (e_.source == Source::message && message != i_.messages.end() && message->second.at == e_.occurred_at)
      entry.own_background().pinned_by.insert(e_.actor.key());
    if (!a.signal) return;
    // The alert that began it says what `declare` would: the severity goes onto its line.
    entry.milestone = Milestone::signal;
    i_.timeline.edit_if(is(Milestone::declared), [](auto& other) { other.removed = true; });
  }

  void operator()(const event::EntryRemoved& r) {
    auto* entry = entry_of(r.id);
    if (entry == nullptr) return;
    const bool unpinned = entry->pinned_by().contains(e_.actor.key());
    if (unpinned) entry->own_background().pinned_by.erase(e_.actor.key());
    entry->removed = !unpinned || entry->pinned_by().empty();
  }

  void operator()(const event::EntryTimeCorrected& c) {
    if (auto* entry = entry_of(c.id); entry != nullptr) entry->occurred_at = c.at;
  }

  void operator()(const event::Closed&) {
    i_.closed = stamp();
    milestone(Milestone::closed, {}, "incident closed");
  }

  void operator()(const event::Reopened& r) {
    i_.closed.reset();
    if (e_.source == Source::said) {  // the symptom is back; the bot itself reopens only for a lost merge-back
      i_.resolved.reset();
      i_.verified.reset();
    }
    if (i_.assessment == Assessment::not_a_hotfix) i_.assessment.reset();
    ++i_.reopened;
    i_.last_reopened = e_.recorded_at;
    milestone(Milestone::reopened, {}, "reopened: " + r.why.value);
  }

  void operator()(const event::TextErased&) {}  // what was erased reads so wherever it was folded

  void operator()(const event::EffectAbandoned& a) { i_.abandoned.push_back(a.effect + ": " + a.what); }

 private:
  RegressionTest* running_test(std::string_view repository, const std::string& target, std::string_view key) {
    auto* h = i_.hotfix(repository);
    if (h == nullptr) return nullptr;
    const auto it = h->testing.find(target);
    return it == h->testing.end() || it->second.key != key ? nullptr : &it->second;
  }

  // The newest run for this that has not ended, or of which nobody knew how it did.
  Deployment* waiting_run(std::string_view repository, std::string_view tag, std::string_view environment) {
    for (auto run = i_.deployments.rbegin(); run != i_.deployments.rend(); ++run)
      if (run->repository == repository && run->tag == tag && run->environment == environment)
        return run->outcome && *run->outcome != DeploymentOutcome::unknown ? nullptr : &*run;
    return nullptr;
  }

  static std::string went_back(const Deployment& run, const std::string& from) {
    return from.empty() ? fmt::format("rolled back to {} in {}", run.tag, run.environment)
                        : fmt::format("{} rolled back to {} in {}", from, run.tag, run.environment);
  }

  // What was acknowledged was other work.
  static void void_acknowledgements(Hotfix& h, const std::string& work, const std::string& head) {
    for (auto& [target, mb] : h.merge_backs)
      if (!mb.acknowledged_sha.empty() && mb.acknowledged_work != work && mb.acknowledged_work != head)
        mb.void_acknowledgement();
  }

  // Entries are numbered from 1 in the order of recording.
  TimelineEntry* entry_of(std::string_view id) {
    std::size_t number = 0;
    const auto end = id.data() + id.size();
    if (const auto read = std::from_chars(id.data(), end, number); read.ec != std::errc{} || read.ptr != end)
      return nullptr;
    return number >= 1 && number <= i_.timeline.size() ? &i_.timeline.edit(number - 1) : nullptr;
  }

  static std::function<bool(const TimelineEntry&)> is(Milestone kind) {
    return [kind](const TimelineEntry& entry) { return entry.milestone == kind; };
  }

  Stamp stamp() const { return {e_.occurred_at, e_.actor, e_.source}; }

  TimelineEntry& add_entry(const Person& author, const std::string& repository, std::string text) {
    auto& entry = i_.timeline.add(author, repository);
    entry.occurred_at = e_.occurred_at;
    entry.recorded_at = e_.recorded_at;
    entry.source = e_.source;
    entry.text = std::move(text);
    return entry;
  }

  void milestone(Milestone kind, const std::string& repository, std::string text) {
    add_entry(e_.actor, repository, std::move(text)).milestone = kind;
  }

  // "CI green" of an earlier head is history once a later head is green, until something was tagged.
  void retire(Milestone kind, std::string_view repository) {
    const auto* h = i_.hotfix(repository);
    if (h != nullptr && !h->tag.empty()) return;
    i_.timeline.edit_if(
        [&](const auto& entry) {
          return entry.milestone == kind && entry.repository() == repository && !entry.removed;
        },
        [](auto& entry) { entry.removed = true; });
  }

  PullRequest* pull_request(std::string_view repository, std::uint64_t number) {
    auto* h = i_.hotfix(repository);
    if (h == nullptr) return nullptr;
    for (auto& pr : h->pull_requests)
      if (pr.number == number) return &pr;
    return nullptr;
  }

  Incident& i_;
  const Event& e_;
};

}  // namespace

bool Incident::ended() const { return closed.has_value() || assessment == Assessment::not_a_hotfix; }

Status Incident::status() const {
  if (closed) return Status::closed;
  if (assessment == Assessment::not_a_hotfix) return Status::not_a_hotfix;
  if (resolved && !verify_failing) {
    const bool open = std::ranges::any_of(obligations, [](const auto& o) { return o.state == ObligationState::open; });
    return open ? Status::resolved : Status::closing;
  }
  if (std::ranges::any_of(hotfixes, [](const auto& h) { return h.deployed_at.has_value(); })) return Status::verifying;
  if (std::ranges::any_of(hotfixes, [](const auto& h) { return !h.tag.empty(); })) return Status::shipped;
  if (!hotfixes.empty()) return Status::fixing;
  if (!mitigations.empty()) return mitigations.back().kind == Mitigation::hotfix ? Status::fixing : Status::mitigating;
  return Status::declared;
}

std::string patch_after(std::string_view tag) {
  const auto core = tag.substr(0, tag.find('+'));  // without build metadata
  auto digits = core.size();
  while (digits > 0 && core[digits - 1] >= '0' && core[digits - 1] <= '9') --digits;
  std::uint64_t patch = 0;
  for (auto n = digits; n < core.size(); ++n) patch = patch * 10 + static_cast<std::uint64_t>(core[n] - '0');
  return fmt::format("{}{}", core.substr(0, digits), patch + 1);
}

bool Background::operator==(const Background& other) const {
  return std::tie(author, repository, message, pinned_by) ==
         std::tie(other.author, other.repository, other.message, other.pinned_by);
}

Background& TimelineEntry::own_background() { return own(background_); }

bool TimelineEntry::operator==(const TimelineEntry& other) const {
  const auto fields = [](const TimelineEntry& e) {
    return std::tie(e.number, e.source, e.milestone, e.removed, e.occurred_at, e.recorded_at, e.text);
  };
  return fields(*this) == fields(other) && *background_ == *other.background_;
}

TimelineEntry& Entries::add(const Person& author, const std::string& repository) {
  auto found = backgrounds_.find({author.id, author.name, repository});
  if (found == backgrounds_.end()) {
    const boost::intrusive_ptr<Background> made(new Background);
    made->author = author;
    made->repository = repository;
    found = backgrounds_.try_emplace({made->author.id, made->author.name, made->repository}, made).first;
  }
  boost::intrusive_ptr<TimelineEntry> entry(new TimelineEntry(found->second));
  entry->number = static_cast<std::uint32_t>(entries_.size() + 1);
  return *entries_.emplace_back(std::move(entry));
}

TimelineEntry& Entries::edit(std::size_t n) { return own(entries_[n]); }

void Entries::edit_if(const std::function<bool(const TimelineEntry&)>& which,
                      const std::function<void(TimelineEntry&)>& change) {
  for (std::size_t n = 0; n < entries_.size(); ++n)
    if (which(*entries_[n])) change(edit(n));
}

void Entries::share(const Entries& other, std::size_t from) {
  for (auto n = from; n < std::min(size(), other.size()); ++n)
    if (*entries_[n] == *other.entries_[n]) entries_[n] = other.entries_[n];
}

bool Entries::operator==(const Entries& other) const {
  return std::ranges::equal(entries_, other.entries_, [](const auto& a, const auto& b) { return a == b || *a == *b; });
}

void MergeBack::void_acknowledgement() {
  acknowledged_sha.clear();
  acknowledged_work.clear();
  acknowledged_by = {};
  acknowledged_why.clear();
}

std::vector<LinePush> MergeBack::lost_by() const {
  std::vector<LinePush> found;
  // Back from the head, by what each was pushed onto: two reports may come in either order, and a line may have been at
  // one commit several times.
  auto rest = pushes;
  for (auto at = lost_sha; !at.empty() && at != settled_sha;) {
    const auto last = std::find_if(rest.rbegin(), rest.rend(), [&](const LinePush& push) { return push.after == at; });
    if (last == rest.rend()) break;
    at = last->before;
    found.push_back(std::move(*last));
    rest.erase(std::next(last).base());
  }
  return found;
}

bool Hotfix::precedes(std::string_view name) const {
  return name != tag && (name == base_tag || std::ranges::find(earlier_tags, name) != earlier_tags.end());
}

bool Hotfix::landed() const {
  return std::ranges::any_of(pull_requests, [](const auto& pr) { return !pr.landing_sha.empty(); }) ||
         std::ranges::any_of(merge_backs, [](const auto& mb) { return mb.second.was_present; });
}

const PullRequest* Hotfix::open_pull_request() const {
  const PullRequest* found = nullptr;
  for (const auto& pr : pull_requests)
    if (pr.open) found = &pr;
  return found;
}

bool Hotfix::wrote(const Person& person) const {
  // Who opens one into another line carries the fix back, and did not write it for that.
  const auto first = std::ranges::find_if(pull_requests, [](const auto& pr) { return !pr.base.empty(); });
  if (std::ranges::any_of(pull_requests, [&](const auto& pr) {
        return pr.author == person && (pr.base.empty() || pr.base == first->base);
      }))
    return true;
  if (std::ranges::find(authors, person) != authors.end()) return true;
  return std::ranges::any_of(
      commit_authors, [&](const auto& name) { return same_word(name, person.name) || same_word(name, person.id); });
}

const Hotfix* Incident::hotfix(std::string_view repository) const {
  const auto it = std::ranges::find(hotfixes, repository, &Hotfix::repository);
  return it == hotfixes.end() ? nullptr : &*it;
}

Hotfix* Incident::hotfix(std::string_view repository) {
  const auto it = std::ranges::find(hotfixes, repository, &Hotfix::repository);
  return it == hotfixes.end() ? nullptr : &*it;
}

const Deployment* Incident::deployment(std::string_view key) const {
  const auto it = std::ranges::find(deployments, key, &Deployment::key);
  return it == deployments.end() ? nullptr : &*it;
}

Deployment* Incident::deployment(std::string_view key) {
  const auto it = std::ranges::find(deployments, key, &Deployment::key);
  return it == deployments.end() ? nullptr : &*it;
}

const Obligation* Incident::obligation(std::string_view wanted) const {
  const auto it = std::ranges::find(obligations, wanted, &Obligation::id);
  return it == obligations.end() ? nullptr : &*it;
}

Obligation* Incident::obligation(std::string_view wanted) {
  const auto it = std::ranges::find(obligations, wanted, &Obligation::id);
  return it == obligations.end() ? nullptr : &*it;
}

bool Incident::active(const Person& person) const {
  const auto it = people.find(person.key());
  return it == people.end() || it->second.active;
}

const std::string& Incident::zone_of(const Person& person, const Policy& policy) const {
  const auto* configured = policy.person(person.id);
  if (configured != nullptr && !configured->zone.empty()) return configured->zone;
  const auto it = people.find(person.key());
  return it == people.end() || it->second.zone.empty() ? policy.zone : it->second.zone;
}

std::optional<Time> Incident::ended_at() const {
  if (!ended()) return std::nullopt;
  return closed ? closed->at : last_recorded;
}

std::optional<Person> Incident::holder(Role role) const {
  const auto it = roles.find(role);
  if (it == roles.end()) return std::nullopt;
  return it->second;
}

void apply(Incident& incident, const Event& event) {
  std::visit(Folder(incident, event), event.data);
  ++incident.version;
  incident.last_recorded = event.recorded_at;
}

Incident fold(std::span<const Event> events) {
  Incident incident;
  for (const auto& event : events) apply(incident, event);
  return incident;
}

}  // namespace hotfixd
