#include "tests/domain/support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bot/domain/gates.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd::testing {
namespace {

std::string joined(const std::vector<std::string>& parts) { return fmt::format("{}", fmt::join(parts, ", ")); }

std::string gates(const std::vector<Gate>& list) {
  std::vector<std::string> names;
  for (const auto g : list) names.emplace_back(to_string(g));
  return joined(names);
}

struct EventText {
  const Event& e;

  std::string operator()(const event::IncidentDeclared& d) const {
    return fmt::format("declared {} {} {}", d.id, to_string(d.severity), d.summary.value);
  }
  std::string operator()(const event::Assessed& a) const {
    return fmt::format("assessed {}: {}", to_string(a.verdict), a.why.value);
  }
  std::string operator()(const event::SeverityChanged& s) const {
    return fmt::format("severity {} to {}: {}", to_string(s.from), to_string(s.to), s.why.value);
  }
  std::string operator()(const event::RoleAssigned& r) const {
    return fmt::format("role {} {}", to_string(r.role), r.person.name);
  }
  std::string operator()(const event::MitigationChosen& m) const {
    return fmt::format("mitigation {} {}: {}", to_string(m.kind), m.what.value, m.why.value);
  }
  std::string operator()(const event::BranchRequested& b) const {
    return fmt::format("branch asked {} {} {}", b.repository, b.branch, b.from_tag);
  }
  std::string operator()(const event::BranchCut& b) const {
    return fmt::format("branch cut {} {} {} {} {}", b.repository, b.branch, b.base_tag, b.base_sha, b.version);
  }
  std::string operator()(const event::BranchRefused& b) const {
    return fmt::format("branch refused {} {}: {}", b.repository, b.branch, b.reason);
  }
  std::string operator()(const event::PullRequestOpened& p) const {
    return fmt::format("PR opened #{} {} by {}", p.number, p.title.value, p.author.name);
  }
  std::string operator()(const event::PullRequestClosed& p) const { return fmt::format("PR closed #{}", p.number); }
  std::string operator()(const event::PullRequestReopened& p) const { return fmt::format("PR reopened #{}", p.number); }
  std::string operator()(const event::PullRequestMerged& p) const {
    return fmt::format("PR merged #{} {} {}", p.number, p.base, p.landing_sha);
  }
  std::string operator()(const event::HeadMoved& m) const {
    return fmt::format("head {} {} ({})", m.repository, m.sha, joined(m.authors));
  }
  std::string operator()(const event::CheckReported& c) const {
    return fmt::format("check {} {} {} {}", c.sha, c.context, to_string(c.state), c.sequence);
  }
  std::string operator()(const event::ReviewGiven& r) const {
    return fmt::format("review {} {} {}", r.reviewer.name, to_string(r.verdict), r.sha);
  }
  std::string operator()(const event::CiTurnedGreen& c) const { return "CI green " + c.sha; }
  std::string operator()(const event::CiTurnedRed& c) const { return fmt::format("CI red {} {}", c.sha, c.context); }
  std::string operator()(const event::ApprovalsReached& a) const {
    return fmt::format("approvals {} {}", a.count, a.sha);
  }
  std::string operator()(const event::ScopeMeasured& s) const {
    std::string out = fmt::format("scope {} {}", s.files, s.lines);
    for (const auto& f : s.findings) out += fmt::format(" {}:{}", to_string(f.kind), f.path);
    return out;
  }
  std::string operator()(const event::ForwardPortOpened& f) const {
    return fmt::format("forward port {} {} {} {} #{}{}", f.repository, f.target, f.branch, f.sha, f.number,
                       f.draft ? " draft" : "");
  }
  std::string operator()(const event::ForwardPortClosed& f) const {
    return fmt::format("forward port {} #{} {}", f.target, f.number, f.merged ? "merged" : "closed");
  }
  std::string operator()(const event::ForecastMade& f) const {
    std::string out = "forecast " + f.repository;
    for (const auto& line : f.forecast.lines) {
      out += fmt::format(" {}:{}", line.target, to_string(line.outlook));
      for (const auto& file : line.files) out += " " + file.path;
    }
    for (const auto& pr : f.forecast.pull_requests) out += fmt::format(" #{}", pr.number);
    return out + (f.forecast.unread.empty() ? "" : " unread");
  }
  std::string operator()(const event::BranchesDeleted& b) const {
    return fmt::format("branches deleted {} [{}] kept [{}]", b.repository, joined(b.deleted), joined(b.kept));
  }
  std::string operator()(const event::RequestMade& r) const {
    return fmt::format("asked {} {} {}", r.verb, r.repository, r.argument);
  }
  std::string operator()(const event::RequestSettled& r) const {
    return fmt::format("settled {} {}{} {}{}", r.verb, r.repository, r.argument.empty() ? "" : " " + r.argument,
                       r.granted ? "yes" : "no: ", r.reason);
  }
  std::string operator()(const event::Tagged& t) const {
    return fmt::format("tagged {} {} bypassed [{}] overridden [{}]", t.tag, t.sha, gates(t.bypassed),
                       gates(t.overridden));
  }
  std::string operator()(const event::TagRefused& t) const {
    return fmt::format("tag refused {}: {}", t.tag, t.reason);
  }
  std::string operator()(const event::Deployed& d) const { return fmt::format("deployed {} {}", d.tag, d.environment); }
  std::string operator()(const event::DeploymentFailed& d) const {
    return fmt::format("deployment failed {} {}", d.tag, d.environment);
  }
  std::string operator()(const event::MergeOrdered& m) const {
    return fmt::format("merge ordered {} #{} {} into {}", m.repository, m.number, m.sha, m.base);
  }
  std::string operator()(const event::MergeRefused& m) const {
    return fmt::format("merge refused {} #{}: {}", m.repository, m.number, m.reason);
  }
  std::string operator()(const event::FlagSwitched& f) const { return f.flag + " switched off"; }
  std::string operator()(const event::FlagRefused& f) const { return fmt::format("{} not off: {}", f.flag, f.reason); }
  std::string operator()(const event::DeploymentOrdered& o) const {
    return fmt::format("ordered {} {} {} {}{}{} on [{}]", o.repository, o.tag, o.sha, o.environment,
                       o.replaces.empty() ? "" : " instead of " + o.replaces, o.rollback ? " (rollback)" : "",
                       joined(o.evidence));
  }
  std::string operator()(const event::DeploymentStarted& s) const {
    return fmt::format("started {} {} as {} {}{}", s.tag, s.environment, s.id, s.url,
                       s.waits.empty() ? "" : " waits for " + s.waits);
  }
  std::string operator()(const event::DeploymentEnded& s) const {
    return fmt::format("ended {} {} {}", to_string(s.outcome), s.detail, s.output.value);
  }
  std::string operator()(const event::RegressionTestOrdered& t) const {
    return fmt::format("test ordered {} {} {} of {} by {}", t.repository, t.target, t.target_sha, t.work, t.means);
  }
  std::string operator()(const event::RegressionTestStarted& t) const {
    return fmt::format("test started {} {} {}", t.target, t.id, t.url);
  }
  std::string operator()(const event::RegressionTestEnded& t) const {
    return fmt::format("test {} {} {} {} {}", to_string(t.outcome), t.target, t.target_sha, t.detail, t.url);
  }
  std::string operator()(const event::RollbackOffered& r) const {
    return fmt::format("offered {} {} {} from {} to {} {}: {}", r.id, r.repository, r.environment, r.from, r.tag, r.sha,
                       r.source);
  }
  std::string operator()(const event::Verified& v) const {
    return fmt::format("verified {}: {}", v.ok ? "ok" : "failing", v.what.value);
  }
  std::string operator()(const event::Resolved& r) const { return "resolved: " + r.what.value; }
  std::string operator()(const event::MergeBackJudged& m) const {
    return fmt::format("judged {} {} {} {}: {}", m.repository, m.target, m.target_sha, to_string(m.verdict),
                       m.explanation);
  }
  std::string operator()(const event::LinePushed& p) const {
    return fmt::format("pushed {} {}..{} by {}{}", p.target, p.before, p.after, p.by.name, p.forced ? ", forced" : "");
  }
  std::string operator()(const event::MergeBackAcknowledged& m) const {
    return fmt::format("acknowledged {} {}: {}", m.target, m.target_sha, m.why.value);
  }
  std::string operator()(const event::AcknowledgementVoided& m) const {
    return fmt::format("acknowledgement void {} {}", m.target, m.target_sha);
  }
  std::string operator()(const event::ChannelWanted& w) const {
    return w.is_private ? "private channel" : "own channel";
  }
  std::string operator()(const event::ChannelArchived& a) const {
    return a.archived ? "channel archived" : "channel brought back";
  }
  std::string operator()(const event::PullRequestWanted& x) const {
    return fmt::format("PR wanted {} into {}", x.repository, x.base);
  }
  std::string operator()(const event::ForgeAsked& x) const {
    std::vector<std::string> authors, awaited;
    for (const auto& p : x.authors) authors.push_back(p.name);
    for (const auto& p : x.awaited) awaited.push_back(p.name);
    return fmt::format("forge asked {} at {} authors [{}] required [{}] awaited [{}]", x.repository, x.sha,
                       fmt::join(authors, " "), fmt::join(x.required_checks, " "), fmt::join(awaited, " "));
  }
  std::string operator()(const event::ForgeRefused& x) const { return fmt::format("refused {}: {}", x.what, x.reason); }
  std::string operator()(const event::IssueFiled& x) const { return fmt::format("issue {} for {}", x.number, x.id); }
  std::string operator()(const event::ReviewNagged& x) const {
    return fmt::format("review nagged {} at {} no. {}", x.repository, x.sha, x.count);
  }
  std::string operator()(const event::PersonKnown& k) const {
    return fmt::format("{} is in {}{}", k.person.name, k.zone, k.active ? "" : ", account closed");
  }
  std::string operator()(const event::ChannelBound& m) const { return "bound to " + m.channel; }
  std::string operator()(const event::VersionChanged& m) const { return "version " + m.version; }
  std::string operator()(const event::RcaStarted&) const { return "RCA started"; }
  std::string operator()(const event::RcaFieldSet& f) const {
    return fmt::format("RCA {}: {}", to_string(f.field), f.text.value);
  }
  std::string operator()(const event::RcaSubmitted&) const { return "RCA submitted by " + e.actor.name; }
  std::string operator()(const event::RcaApproved&) const { return "RCA approved by " + e.actor.name; }
  std::string operator()(const event::ActionAdded& a) const {
    return fmt::format("action {} {} {} {}", a.id, a.owner.name, format_rfc3339(a.due), a.what.value);
  }
  std::string operator()(const event::ActionDone& a) const { return "action done " + a.id; }
  std::string operator()(const event::ObligationOpened& o) const {
    return fmt::format("opened {} {} {}", o.id, o.owner.name, format_rfc3339(o.due));
  }
  std::string operator()(const event::ObligationMet& o) const {
    return fmt::format("met {}: {}", o.id, o.evidence.value);
  }
  std::string operator()(const event::ObligationReopened& o) const {
    return fmt::format("reopened {}: {}", o.id, o.why);
  }
  std::string operator()(const event::ObligationReassigned& o) const {
    return fmt::format("reassigned {} {}", o.id, o.owner.name);
  }
  std::string operator()(const event::ObligationSnoozed& o) const {
    return fmt::format("snoozed {} {}", o.id, format_rfc3339(o.until));
  }
  std::string operator()(const event::ReminderSent& r) const {
    return fmt::format("reminded {} level {}: {}", r.to.name, r.level, joined(r.obligations));
  }
  std::string operator()(const event::OverrideAsked& o) const {
    return fmt::format("override asked {} {} {}: {}", o.id, o.gate, o.repository, o.why.value);
  }
  std::string operator()(const event::OverrideConfirmed& o) const {
    return fmt::format("override confirmed {} by {}", o.id, e.actor.name);
  }
  std::string operator()(const event::OverrideDeclined& o) const { return fmt::format("override declined {}", o.id); }
  std::string operator()(const event::MessageRecorded& m) const {
    return fmt::format("message {} {}: {}", m.id, e.actor.name, m.text.value);
  }
  std::string operator()(const event::MessageEdited& m) const {
    return fmt::format("message {} edited: {}", m.id, m.text.value);
  }
  std::string operator()(const event::MessageDeleted& m) const { return fmt::format("message {} deleted", m.id); }
  std::string operator()(const event::EntryAdded& a) const {
    return fmt::format("entry {} {}{}", a.id, a.text.value, a.signal ? " (signal)" : "");
  }
  std::string operator()(const event::EntryRemoved& a) const { return "entry removed " + a.id; }
  std::string operator()(const event::EntryTimeCorrected& a) const {
    return fmt::format("entry {} at {}", a.id, format_rfc3339(a.at));
  }
  std::string operator()(const event::Closed&) const { return "closed by " + e.actor.name; }
  std::string operator()(const event::Reopened& r) const { return "incident reopened: " + r.why.value; }
  std::string operator()(const event::TextErased& t) const {
    return fmt::format("{} texts erased: {}", t.digests.size(), t.why.value);
  }
  std::string operator()(const event::EffectAbandoned& a) const {
    return fmt::format("given up {}: {}", a.effect, a.what);
  }
};

struct EffectText {
  std::string operator()(const effect::ShowMessage& m) const { return fmt::format("show {}", m.slot); }
  std::string operator()(const effect::CreateChannel& c) const {
    return fmt::format("create {}{} ({})", c.is_private ? "private " : "", c.channel, c.topic);
  }
  std::string operator()(const effect::FurnishChannel& f) const {
    std::string out = "furnish " + f.channel;
    if (!f.topic.empty()) out += fmt::format(" topic ({})", f.topic);
    for (const auto& p : f.people) out += " +" + p.name;
    for (const auto& g : f.groups) out += " +" + g;
    for (const auto& b : f.bookmarks) out += fmt::format(" [{}]({})", b.title, b.url);
    return out;
  }
  std::string operator()(const effect::ArchiveChannel& a) const { return "archive " + a.channel; }
  std::string operator()(const effect::AskPerson& a) const { return "ask about " + a.person.name; }
  std::string operator()(const effect::CutBranch& c) const {
    return fmt::format("cut {} {} from '{}' known '{}'", c.repository, c.branch, c.from_tag, c.known_production);
  }
  std::string operator()(const effect::PushTag& t) const {
    return fmt::format("push {} {} {}: {}", t.repository, t.tag, t.sha, t.message.substr(0, t.message.find('\n')));
  }
  std::string operator()(const effect::Observe& o) const { return "observe " + o.repository; }
  std::string operator()(const effect::ForwardPort& f) const {
    return fmt::format("carry {} {} {} of {} to {} by {} as {}", f.repository, f.about.branch, f.tag, f.incident,
                       f.target, to_string(f.mode), f.branch);
  }
  std::string operator()(const effect::ExplainMergeBack& e) const {
    return fmt::format("explain {} {} on {}", e.repository, e.about.branch, e.target);
  }
  std::string operator()(const effect::DeleteBranches& b) const {
    return fmt::format("delete {} {}", b.repository, joined(b.branches));
  }
  std::string operator()(const effect::OpenPullRequest& o) const {
    return fmt::format("open {}PR {} {} into {}: {}", o.draft ? "draft " : "", o.repository, o.head, o.base, o.title);
  }
  std::string operator()(const effect::PublishRelease& r) const {
    return fmt::format("release {} {} ({}): {}", r.repository, r.tag, r.title, r.notes);
  }
  std::string operator()(const effect::MergePullRequest& m) const {
    return fmt::format("merge {} #{} {} by {}", m.repository, m.number, m.sha, to_string(m.method));
  }
  std::string operator()(const effect::GuardPullRequests& g) const { return "guard " + g.repository; }
  std::string operator()(const effect::SwitchFlag& f) const { return fmt::format("off {} ({})", f.flag, f.reason); }
  std::string operator()(const effect::FileIssue& f) const {
    return fmt::format("issue {} {} ({}): {}", f.repository, f.action, f.marker, f.title);
  }
  std::string operator()(const effect::SetCommitStatus& s) const {
    return fmt::format("status {} {} {} {}: {}", s.repository, s.sha, s.context, to_string(s.state), s.description);
  }
  std::string operator()(const effect::Deploy& e) const {
    return fmt::format("deploy {} {} {} {}{}", e.repository, e.tag, e.sha, e.environment, e.rollback ? " back" : "");
  }
  std::string operator()(const effect::FollowDeployment& e) const {
    return fmt::format("follow {} {} {}", e.tag, e.environment, e.id);
  }
  std::string operator()(const effect::StartRegressionTest& e) const {
    return fmt::format("test {} {} at {} for {} of {}", e.repository, e.target, e.sha, e.hotfix, e.incident);
  }
  std::string operator()(const effect::FollowRegressionTest& e) const {
    return fmt::format("follow test {} {}", e.target, e.id);
  }
  std::string operator()(const effect::AskWhere& e) const {
    return fmt::format("where {} [{}]{}", e.repository, joined(e.environments), e.tag.empty() ? "" : " and " + e.tag);
  }
};

}  // namespace

Time at(std::string_view t) {
  const auto full = t.size() == 5   ? fmt::format("2026-11-14T{}:00Z", t)
                    : t.size() == 8 ? fmt::format("2026-11-14T{}Z", t)
                                    : std::string(t);
  const auto parsed = parse_rfc3339(full);
  if (!parsed) throw std::invalid_argument("not a time: " + full);
  return *parsed;
}

Person person(std::string_view name) { return {std::string(name), std::string(name)}; }

Policy team() {
  auto p = default_policy();
  p.quiet = {Minutes{0}, Minutes{0}};
  p.repositories = {{.name = "shop", .targets = {"main", "develop"}}, {.name = "api", .targets = {"main"}}};
  return p;
}

std::string text(const Message& m, std::string_view zone) {
  std::vector<std::string> lines;
  for (const auto& spans : m.lines) {
    auto& line = lines.emplace_back();
    for (const auto& s : spans) switch (s.kind) {
        case Span::Kind::mention:
          line += "@" + s.text;
          break;
        case Span::Kind::clock:
          line += format_clock(s.at, zone);
          break;
        case Span::Kind::day:
          line += format_day(s.at, zone);
          break;
        case Span::Kind::due:
          line += format_due(s.at, zone);
          break;
        case Span::Kind::strike:
          line += "~" + s.text + "~";
          break;
        default:
          line += s.text;
      }
  }
  for (const auto& b : m.buttons) lines.push_back(fmt::format("[{}: {} {}]", b.label, b.id, b.value));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string text(const Event& event) { return std::visit(EventText{event}, event.data); }

std::string text(const std::vector<Event>& events) {
  std::vector<std::string> lines;
  for (const auto& e : events) lines.push_back(text(e));
  return fmt::format("{}", fmt::join(lines, "\n"));
}

std::string text(const Effect& effect) { return std::visit(EffectText{}, effect); }

HotfixFacts facts(std::string head, std::initializer_list<Target> targets) {
  HotfixFacts f;
  f.head = std::move(head);
  f.authors = {"dave"};
  f.files = 1;
  f.lines = 2;
  for (const auto& t : targets)
    f.targets.push_back({t.name,
                         t.sha,
                         t.verdict,
                         t.explanation.empty() ? std::string(to_string(t.verdict)) : t.explanation,
                         t.changed_since_ack,
                         {},
                         {}});
  return f;
}

Story::Story(Policy p) : policy(std::move(p)) {
  context.now = context.sent_at = testing::at("21:05");
  context.channel = "#incidents";
  context.new_id = "HF-1";
}

Story& Story::at(std::string_view time) {
  context.now = context.sent_at = testing::at(time);
  return *this;
}

Story& Story::after(std::chrono::microseconds duration) {
  context.now += duration;
  context.sent_at = context.now;
  return *this;
}

// Only in a code span can it be named and copied, see named().
void no_plain_command(const Message& message) {
  for (const auto& line : message.lines)
    for (const auto& span : line)
      if (span.kind != Span::Kind::code && span.text.contains("/hotfix "))
        throw std::logic_error("a command that is no code: " + text(message));
}

Story& Story::input(const Input& what, const Person& actor) {
  context.actor = actor;
  last = decide(incident, context, what, policy);
  if (last.reply) no_plain_command(last.reply->message);
  for (const auto& e : last.effects)
    if (const auto* show = std::get_if<effect::ShowMessage>(&e)) no_plain_command(show->message);
  for (const auto& e : last.events) {
    apply(incident, e);
    events.push_back(e);
  }
  return *this;
}

Story& Story::sleep_until(std::string_view until, const HotfixFacts& facts) {
  const auto end = testing::at(until);
  for (int rounds = 0; rounds < 1000; ++rounds) {
    const auto wake = next_wake(incident, policy, context.now);
    if (!wake || *wake > end) break;
    context.now = context.sent_at = *wake;
    tick();
    const auto effects = last.effects;
    for (const auto& e : effects)
      if (const auto* o = std::get_if<effect::Observe>(&e)) git(facts, o->repository);
  }
  context.now = context.sent_at = end;
  return *this;
}

Story& Story::declared() {
  return at("21:05").type("alice",
                          command::Declare{Severity::sev2, "500s spiking on /checkout", {}, {}, {}, false, false});
}

Story& Story::cut() {
  declared();
  at("21:10").type("alice", command::Branch{"checkout-500", {}, {}});
  return input(result::BranchCut{"shop", "hotfix/checkout-500", "v2.4.7", "base", "v2.4.8"});
}

Story& Story::reviewed() {
  cut();
  at("21:24").git(facts("h1", {{"main"}, {"develop"}}));
  forge(forge::PullRequest{forge::PullRequest::Action::opened,
                           7,
                           "https://x/7",
                           "null check",
                           "hotfix/checkout-500",
                           "h1",
                           "main",
                           {},
                           "dave",
                           false});
  at("21:30").forge(forge::Check{"h1", "build", {}, CheckState::passed, 1});
  at("21:38").forge(forge::Review{7, "hotfix/checkout-500", "h1", "bob", ReviewVerdict::approved}, "bob");
  return forge(forge::Review{7, "hotfix/checkout-500", "h1", "carol", ReviewVerdict::approved}, "carol");
}

Story& Story::tagged() {
  reviewed();
  at("21:42").type("alice", command::Tag{}).git(facts("h1", {{"main"}, {"develop"}}));
  return input(result::TagPushed{"shop", "v2.4.8", "h1"});
}

Story& Story::deployed() {
  tagged();
  return at("21:43").type("alice", command::DeployedTag{}).git(facts("h1", {{"main"}, {"develop"}}));
}

Story& Story::rca(std::string_view writer, std::string_view reader) {
  for (std::size_t n = 0; n < kRcaRequired; ++n) type(writer, command::RcaSet{static_cast<RcaField>(n), "text"});
  return type(writer, command::RcaSubmit{}).type(reader, command::RcaApprove{});
}

std::string Story::answer() const {
  if (!last.reply) return {};
  return (last.reply->refused ? "refused: " : "") + text(last.reply->message, policy.zone);
}

std::string Story::recorded() const { return text(last.events); }

std::string Story::shown() const {
  std::vector<std::string> all;
  for (const auto& e : last.effects)
    if (const auto* m = std::get_if<effect::ShowMessage>(&e); m != nullptr && !m->slot.ends_with("/status"))
      all.push_back(text(m->message, policy.zone));
  return fmt::format("{}", fmt::join(all, "\n"));
}

std::string Story::asked() const {
  std::vector<std::string> all;
  for (const auto& e : last.effects)
    if (!std::holds_alternative<effect::ShowMessage>(e) && !std::holds_alternative<effect::AskPerson>(e) &&
        !std::holds_alternative<effect::SetCommitStatus>(e))
      all.push_back(text(e));
  return fmt::format("{}", fmt::join(all, "\n"));
}

std::string Story::statuses() const {
  std::vector<std::string> all;
  for (const auto& e : last.effects)
    if (std::holds_alternative<effect::SetCommitStatus>(e)) all.push_back(text(e));
  return fmt::format("{}", fmt::join(all, "\n"));
}

std::string Story::all() const {
  std::vector<std::string> parts;
  for (const auto& part : {answer(), recorded(), asked(), shown()})
    if (!part.empty()) parts.push_back(part);
  return fmt::format("{}", fmt::join(parts, "\n"));
}

std::string Story::pings() const {
  std::vector<std::string> lines;
  for (const auto& p : incident.pings) {
    const auto& zone = incident.zone_of(p.to, policy);
    lines.push_back(fmt::format("{} {} {}: {}", format_day(p.at, zone).substr(8), format_clock(p.at, zone), p.to.name,
                                joined(p.obligations)));
  }
  return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace hotfixd::testing
