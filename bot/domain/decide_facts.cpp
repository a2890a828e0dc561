#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/deploys.hpp"
#include "bot/domain/forecast_message.hpp"
#include "bot/domain/reminders.hpp"
#include "bot/domain/scope.hpp"
#include "bot/domain/timeline.hpp"

// Chat, git facts and time.

namespace hotfixd {
namespace {

bool is_pin(const Policy& p, std::string_view reaction) {
  return std::ranges::find(p.pin_reactions, reaction) != p.pin_reactions.end();
}

// Who asked the same, for a verdict that is given once.
std::vector<Asker> askers_of(const std::vector<PendingRequest>& requests, std::string_view verb) {
  std::vector<Asker> askers;
  for (const auto& r : requests)
    if (r.verb == verb) askers.push_back(r.asker());
  return askers;
}

std::vector<PendingRequest> take_requests(Deciding& d, const std::string& repository) {
  std::vector<PendingRequest> taken;
  for (const auto& r : d.i.requests)
    if (r.repository == repository && !waits_for_deployer(r) && !waits_for_details(r) &&
        (d.c.looked_at == Time{} || r.recorded_at <= d.c.looked_at))
      taken.push_back(r);
  return taken;
}

// What a person said of the branch counts for the commit that was its head when they said it. Before
// the bot knew of any commit there is only the one it finds now.
bool moved(Deciding& d, const PendingRequest& r, const Hotfix& h, const std::string& known) {
  if (known.empty() || known == "-" || known == h.base_sha || known == h.head) return false;
  d.announce({{{plain(fmt::format("{} moved from {} to {} meanwhile: {}, look at {} and type ", h.branch,
                                  short_sha(known), short_sha(h.head), r.stamp.by.name, short_sha(h.head))),
                code("/hotfix " + r.verb), plain(" again.")}},
              {}});
  return true;
}

void record_ci(Deciding& d, const PendingRequest& r, const Hotfix& h) {
  std::array<std::string, 4> parts;  // state, sha as typed, head as known then, url
  std::string_view rest = r.argument;
  for (std::size_t n = 0; n < parts.size(); ++n) {
    const auto end = n + 1 < parts.size() ? rest.find(' ') : std::string_view::npos;
    parts[n] = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  const auto state = from_string<CheckState>(parts[0]).value_or(CheckState::pending);
  const auto& sha = parts[1];
  if (h.head.empty() || h.head == h.base_sha) {
    d.announce(say(fmt::format("There is no commit on {} yet, so there is nothing CI could say.", h.branch)));
    return;
  }
  if (sha != "-" && !h.head.starts_with(sha)) {
    d.announce(say(fmt::format("{} is not the head of {}, which is {}: not recorded.", short_sha(sha), h.branch,
                               short_sha(h.head))));
    return;
  }
  if (sha == "-" && moved(d, r, h, parts[2])) return;
  d.emit(event::CheckReported{r.repository, h.head, "said by " + r.stamp.by.name, state, parts[3], 0},
         {r.stamp.at, r.stamp.by, Source::said});
  d.answer(say(fmt::format("Noted: CI on {} {}.", short_sha(h.head), to_string(state))));
}

void record_approval(Deciding& d, const PendingRequest& r, const Hotfix& h) {
  if (h.head.empty() || h.head == h.base_sha) {
    d.announce(say(fmt::format("There is no commit on {} yet, so there is nothing to approve.", h.branch)));
    return;
  }
  if (moved(d, r, h, r.argument)) return;
  if (h.wrote(r.stamp.by)) {
    d.announce(say(
        fmt::format("{} wrote this fix: {} other people must approve it.", r.stamp.by.name, approvals_needed(h, d.p))));
    return;
  }
  if (const auto known = approvers(h, h.head, d.p); std::ranges::find(known, r.stamp.by) != known.end()) {
    d.announce(say(fmt::format("{} approved {} already.", r.stamp.by.name, short_sha(h.head))));
    return;
  }
  d.emit(event::ReviewGiven{r.repository, h.pull_requests.empty() ? 0 : h.pull_requests.back().number, r.stamp.by,
                            ReviewVerdict::approved, h.head},
         {r.stamp.at, r.stamp.by, Source::said});
  d.answer(say(fmt::format("Noted: you approved {}.", short_sha(h.head))));
}

void decide_tag(Deciding& d, const PendingRequest& r) {
  const auto h = *d.i.hotfix(r.repository);
  auto gates = tag_gates(d.i, h, d.p);
  const bool has_commits = h.taggable();
  if (has_commits && std::ranges::all_of(gates, &GateResult::open)) {
    settle(d, r, true, {});
    d.effect(effect::PushTag{h.repository, r.argument, h.head, release_notes(d.i, h, d.p)});
    return;
  }
  std::vector<std::string> closed;
  for (const auto& g : gates)
    if (!g.open()) closed.push_back(g.detail);
  if (!has_commits)
    closed = {h.head.empty()        ? "the branch is gone from the origin"
              : h.head == h.tag_sha ? fmt::format("{} is tagged already, at {}", h.tag, short_sha(h.tag_sha))
                                    : "the branch has no commit of its own"};
  settle(d, r, false, fmt::format("{}", fmt::join(closed, "; ")));
  d.emit(event::TagRefused{h.repository, r.argument, fmt::format("{}", fmt::join(closed, "; "))},
         {r.stamp.at, r.stamp.by, Source::bot});
  if (has_commits)
    d.announce(tag_refused(d.i, h, gates));
  else
    d.announce({{{bold(fmt::format("Tag {} refused{}", r.argument, in_repository(d.i, r.repository))),
                  plain(": " + closed.front())}},
                {}});
}

void record_deployed(Deciding& d, const PendingRequest& r) {
  const auto h = *d.i.hotfix(r.repository);
  if (std::ranges::find(h.environments, d.p.environment) != h.environments.end())
    return d.answer(say(fmt::format("{} is in {} already.", r.argument, d.p.environment)));
  if (h.tag.empty() && (h.head.empty() || h.head == h.base_sha)) {
    d.announce(say(fmt::format("{} has no commit of its own yet, so {} cannot be in {}: not recorded.", h.branch,
                               r.argument, d.p.environment)));
    return;
  }
  if (r.argument != h.tag && !h.landed() && !h.tag.empty()) {
    d.announce(
        say(fmt::format("There is no tag {} on {}: not recorded. Its last tag is {}.", r.argument, h.branch, h.tag)));
    return;
  }
  d.emit(event::Deployed{r.repository, r.argument, d.p.environment}, {r.stamp.at, r.stamp.by, Source::said});
  d.announce(
      watch(fmt::format("{} is in {}{}{}", r.argument, d.p.environment, of_repository(d, r.repository),
                        h.tag.empty() && r.argument == h.version ? ", but the origin has no such tag: push it" : "")));
}

bool behind_gates(const PendingRequest& r) { return r.verb == "tag" || r.verb == "deploy" || r.verb == "merge"; }

// A webhook told of a review that the look does not know: whether its author may approve, and whether it came late, is
// not known yet.
bool reviewed_meanwhile(const Deciding& d, const Hotfix& h) {
  const auto* repository = d.p.repository(h.repository);
  if (repository == nullptr || repository->forge.empty() || d.c.looked_at == Time{}) return false;
  return std::ranges::any_of(h.reviews, [&](const auto& known) {
    const auto& review = known.second;
    return review.stamp.source == Source::forge && review.recorded_at > d.c.looked_at && review.recorded_at < d.c.now;
  });
}

// What people asked for and could only be answered with fresh facts.
void settle_requests(Deciding& d, const std::string& repository, const HotfixFacts& facts) {
  const auto taken = take_requests(d, repository);
  for (const auto& r : taken) {
    const auto& h = *d.i.hotfix(repository);
    if (behind_gates(r) && reviewed_meanwhile(d, h)) {
      d.observe_now(h);  // the request waits for that
      continue;
    }
    if (!behind_gates(r)) settle(d, r, true, {});
    if (behind_gates(r) || (r.verb == "close" && !d.waiting("close")))
      d.follow_up_before_close();  // what was said in the same breath counts
    const bool once = r.verb == "mergeback" || r.verb == "close";
    const Answering answering(d, once ? askers_of(taken, r.verb) : std::vector{r.asker()});
    if (r.verb == "ci") record_ci(d, r, h);
    if (r.verb == "approve") record_approval(d, r, h);
    if (r.verb == "deployed") record_deployed(d, r);
    if (r.verb == "tag") decide_tag(d, r);
    if (r.verb == "deploy") decide_deploy(d, r, facts);
    if (r.verb == "merge") decide_merge(d, r);
    if (r.verb == "mergeback" && !d.waiting("mergeback")) d.announce(merge_back_message(d.i));
    if (r.verb == "mergeback open") carry_forward(d, r);
    if (r.verb == "mergeback test") begin_tests(d, r);
    if (r.verb == "close" && !d.waiting("close")) d.try_close(r.stamp);
    if (r.verb == "remind" && !d.waiting("remind")) {
      d.follow_up_before_close();
      d.send_due_pings();
    }
  }
}

// The same action, and no other.
std::string typed_again(const Deciding& d, const PendingRequest& r) {
  auto line = "/hotfix " + r.verb;
  const auto space = r.argument.find(' ');
  const auto first = r.argument.substr(0, space);
  const auto second = space == std::string::npos ? std::string{} : r.argument.substr(space + 1);
  if (r.verb == "merge") line += " " + second;                                 // "7 main"
  if (r.verb == "deploy") line += fmt::format(" {} --env {}", first, second);  // "v2.4.8 production"
  if ((r.verb == "mergeback open" || r.verb == "mergeback test") && !r.argument.empty()) line += " " + r.argument;
  return r.verb == "close" ? line : line + repo_option(d, r.repository);
}

// The request is over: it is not tried again by itself, whatever the problem's own words are.
Message undecided(const Deciding& d, const PendingRequest& r, std::string_view why, const Problem& problem) {
  Line line{bold(r.verb + " is not decided"), plain(fmt::format(": {} {}. ", why, problem.what))};
  if (problem.retryable()) {
    line.push_back(plain("Type it again: "));
    line.push_back(code(typed_again(d, r)));
  } else {
    line.push_back(plain(problem.mend));
  }
  return {{std::move(line)}, {}};
}

// What gates decide is not decided on what the forge said some time ago.
void refuse_unjudged(Deciding& d, const std::string& repository, const Problem& problem) {
  for (const auto& r : take_requests(d, repository)) {
    if (!behind_gates(r)) continue;
    const Answering answering(d, {r.asker()});
    settle(d, r, false, problem.what);
    d.announce(undecided(d, r, "the forge cannot be asked:", problem));
  }
}

void record_own_tag(Deciding& d, const std::string& repository, const std::string& tag, const std::string& sha) {
  const auto asker = d.i.hotfix(repository)->asker;
  const auto gates = tag_gates(d.i, *d.i.hotfix(repository), d.p, sha);
  std::vector<Gate> overridden;
  for (const auto& g : gates)
    if (g.overridden) overridden.push_back(g.gate);
  const auto* policy = d.p.repository(repository);
  if (policy != nullptr && policy->publish_release && !policy->forge.empty())
    d.effect(effect::PublishRelease{repository, tag, tag, release_notes(d.i, *d.i.hotfix(repository), d.p), sha});
  d.emit(event::Tagged{repository, tag, sha, {}, overridden, evidence_of(gates)},
         {.at = d.c.now, .by = Person{}, .source = Source::bot});
  const Answering answering(d, {asker});
  const auto tagged = fmt::format("{} tagged at {}{}", tag, short_sha(sha), in_repository(d.i, repository));
  if (const auto next = deployable(d.i, *d.i.hotfix(repository), d.p); !next.empty())
    return d.announce({{{plain(tagged + ". Next: "), code("/hotfix deploy" + repo_option(d, repository))}},
                       {deploy_button(d.i, *d.i.hotfix(repository), d.p)}});
  d.announce({{{plain(tagged + ". Deploy it, then "),
                code(fmt::format("/hotfix deployed {}{}", tag, repo_option(d, repository)))}},
              {}});
}

void record_targets(Deciding& d, const result::Observed& r);

void record_facts(Deciding& d, const result::Observed& r) {
  const auto by_git = [&](std::optional<Time> at = {}) {
    return Deciding::How{sane(d, at).value_or(d.c.now), Person{}, Source::git};
  };
  const auto& f = r.facts;
  auto* h = d.i.hotfix(r.repository);
  if (!f.head.empty() && f.head != h->head)
    d.emit(event::HeadMoved{r.repository, f.head, f.authors, {f.subject}}, by_git());
  if (!f.version.empty() && f.version != h->version) {
    const auto taken = h->version;
    d.emit(event::VersionChanged{r.repository, f.version}, by_git());
    if (h->taggable())
      d.announce(say(fmt::format("{} is another commit's by now: this hotfix will be {}.", taken, f.version)));
  }
  const bool gone = f.head.empty() && !h->head.empty() && h->tag.empty() && !h->landed() && !h->branches_deleted;
  const auto wrong = gone ? std::string("is gone from the origin") : f.unclean.empty() ? f.stale : f.unclean;
  if (f.files != h->files || f.lines != h->lines || wrong != h->unclean || f.findings != h->findings) {
    const bool became_wrong = !wrong.empty() && h->unclean.empty();
    const bool stands_out = f.findings != h->findings;
    d.emit(event::ScopeMeasured{r.repository, f.head, f.files, f.lines, wrong, f.findings}, by_git());
    if (stands_out && h->tag.empty())
      d.show(fmt::format("{}/scope/{}", d.i.id, r.repository),
             say(fmt::format("Scope of {}{}: {}.", short_sha(h->head), in_repository(d.i, r.repository),
                             f.findings.empty() ? "nothing stands out any more" : findings_text(f.findings))));
    if (became_wrong && h->tag.empty()) {
      if (gone)
        d.announce({{{plain(fmt::format("{} {}. Push it again, or cut another: ", h->branch, wrong)),
                      code("/hotfix branch <another slug>")}},
                    {}});
      else if (f.unclean.empty())
        d.announce({{{plain(fmt::format("{} {}. It is not tagged before that is mended. ", h->branch, wrong)),
                      code("/hotfix override branch <why>"), plain(" sets it aside")}},
                    {}});
      else
        d.announce({{{plain(fmt::format("{} {}. It would ship more than the fix: cut it again from {}: ", h->branch,
                                        wrong, h->base_tag)),
                      code("/hotfix branch <another slug>")}},
                    {}});
    }
    const bool over = f.files > d.p.scope_files || f.lines > d.p.scope_lines;
    const auto* old = d.before.hotfix(r.repository);
    const bool was_over = old != nullptr && (old->files > d.p.scope_files || old->lines > d.p.scope_lines);
    if (over && !was_over && h->tag.empty())
      d.announce(
          say(fmt::format("The hotfix grew to {} files and {} lines (budget {} and {}). A hotfix is the narrowest "
                          "correct change: move the rest to a regular one.",
                          f.files, f.lines, d.p.scope_files, d.p.scope_lines)));
  }
  // After a tag only one on the branch's own tip is a further one: every later release contains the work.
  const bool further = h->tag.empty() || f.tag_sha == f.head;
  if (!f.tag.empty() && f.tag != h->tag && f.tag_sha != h->tag_sha && further) {
    // The answer to our own push may be lost; the tag itself says that it arrived.
    if (f.tag == h->version && f.tag_sha == h->tagging)
      return record_own_tag(d, r.repository, f.tag, f.tag_sha), record_targets(d, r);
    std::vector<Gate> bypassed, overridden;
    const auto gates = tag_gates(d.i, *h, d.p, f.tag_sha);
    for (const auto& g : gates) {
      if (g.overridden) overridden.push_back(g.gate);
      if (!g.open()) bypassed.push_back(g.gate);
    }
    d.emit(event::Tagged{r.repository, f.tag, f.tag_sha, bypassed, overridden, evidence_of(gates)}, by_git(f.tag_at));
    std::vector<std::string_view> names;
    for (const auto g : bypassed) names.push_back(to_string(g));
    const auto where = in_repository(d.i, r.repository);
    d.announce(say(names.empty()
                       ? fmt::format("{} was tagged by hand at {}{}.", f.tag, short_sha(f.tag_sha), where)
                       : fmt::format("{} was tagged by hand at {}{} past these gates: {}. It is on the record.", f.tag,
                                     short_sha(f.tag_sha), where, fmt::join(names, ", "))));
  }
  record_targets(d, r);
}

// A line that appeared later than others, and never had the fix.
bool came_and_went(const Incident& i, const Hotfix& h, const std::string& target) {
  std::optional<Time> first, its;
  for (const auto& o : i.obligations) {
    if (o.kind != ObligationKind::merge_back || o.repository != h.repository) continue;
    if (!first || o.opened_at < *first) first = o.opened_at;
    if (o.target == target) its = o.opened_at;
  }
  return its && *its > *first && !h.merge_backs.at(target).was_present;
}

void record_targets(Deciding& d, const result::Observed& r) {
  const Deciding::How by_git{.at = d.c.now, .by = Person{}, .source = Source::git};
  const auto* h = d.i.hotfix(r.repository);
  for (const auto& [name, mb] : h->merge_backs) {
    const bool there =
        std::ranges::any_of(r.facts.targets, [&, &wanted = name](const auto& t) { return t.target == wanted; });
    if (there) continue;
    // A line that is gone cannot take the fix: a person says whether its releases are still in use. What was settled
    // before stays so.
    const bool settled = mb.settled();
    const auto verdict = settled ? mb.verdict : Verdict::moot;
    if (mb.gone() && mb.verdict == verdict) continue;
    const bool passing = !settled && came_and_went(d.i, *h, name);
    d.emit(event::MergeBackJudged{r.repository, name, mb.target_sha, verdict,
                                  (verdict == Verdict::present ? "it had the fix, and " : "") + name +
                                      std::string(MergeBack::kGone)},
           by_git);
    if (passing)
      d.emit(
          event::MergeBackAcknowledged{
              r.repository, name, mb.target_sha, {"it came after the hotfix shipped, never had it, and is gone"}},
          {.at = d.c.now, .by = Person{"hotfixd", "hotfixd"}, .source = Source::bot});
  }
  for (const auto& t : r.facts.targets) {
    const auto it = h->merge_backs.find(t.target);
    // It was given for what was said then.
    if (it != h->merge_backs.end() && !it->second.acknowledged_sha.empty() &&
        (t.changed_since_ack || (t.verdict != it->second.verdict && needs_ack(t.verdict))))
      d.emit(event::AcknowledgementVoided{r.repository, t.target, t.target_sha}, by_git);
    if (it == h->merge_backs.end() || it->second.verdict != t.verdict || it->second.target_sha != t.target_sha ||
        it->second.explanation != t.explanation)
      d.emit(event::MergeBackJudged{r.repository, t.target, t.target_sha, t.verdict, t.explanation, t.last_author,
                                    t.last_login},
             {.at = sane(d, t.at).value_or(d.c.now), .by = Person{}, .source = Source::git});
  }
}

// A message that is not known yet, and the entry that it makes by itself.
void record(Deciding& d, const MessageId& id, const std::string& text, const Person& author, Time at) {
  if (d.i.messages.contains(id)) return;
  d.emit(event::MessageRecorded{id, {text}}, {.at = at, .by = author, .source = Source::message});
  if (d.p.is_alert_source(author)) {
    d.emit(event::EntryAdded{d.next_entry(), id, {text}, false}, {.at = at, .by = author, .source = Source::alert});
  } else if (auto timed = leading_time(text, at, d.p.zone)) {
    d.emit(event::EntryAdded{d.next_entry(), id, {timed->second}, false},
           {.at = timed->first, .by = author, .source = Source::message});
  }
}

// True when the message is on the timeline, or off it, because of this.
bool pin(Deciding& d, const MessageId& id, bool on) {
  const auto it = d.i.messages.find(id);
  if (it == d.i.messages.end() || it->second.deleted) return false;
  const TimelineEntry* entry = nullptr;
  for (const auto& e : d.i.timeline)
    if (e.message() == id && !e.removed) entry = &e;
  const bool there_anyway = entry != nullptr && (entry->source == Source::alert ||
                                                 leading_time(it->second.versions.back(), it->second.at, d.p.zone));
  const bool pinned = entry != nullptr && entry->pinned_by().contains(d.c.actor.key());
  if (there_anyway || pinned == on) return false;
  if (on)  // a further pin keeps the entry when the first is taken off
    d.emit(event::EntryAdded{entry == nullptr ? d.next_entry() : entry->id(), id, {it->second.versions.back()}, false},
           {.at = it->second.at, .source = Source::message});
  else
    d.emit(event::EntryRemoved{entry->id()}, {.source = Source::message});
  return true;
}

}  // namespace

void settle(Deciding& d, const PendingRequest& r, bool granted, std::string reason) {
  d.emit(event::RequestSettled{r.verb, r.repository, granted, std::move(reason)},
         {.at = d.c.now, .by = Person{}, .source = Source::bot});
}

void refuse_behind_gates(Deciding& d, const PendingRequest& r, const Hotfix& h, std::string title,
                         const std::vector<GateResult>& gates, const std::string& why) {
  auto reason = why;
  Message m{{{bold(std::move(title))}}, {}};
  if (!why.empty()) m.lines.front().push_back(plain(": " + why));
  if (why.empty()) {
    auto told = tag_refused(d.i, h, gates);
    m.lines.insert(m.lines.end(), told.lines.begin() + 1, told.lines.end());
    std::vector<std::string> closed;
    for (const auto& g : gates)
      if (!g.open()) closed.push_back(g.detail);
    reason = fmt::format("{}", fmt::join(closed, "; "));
  }
  settle(d, r, false, std::move(reason));
  d.announce(std::move(m));
}

Answering::Answering(Deciding& deciding, const std::vector<Asker>& askers) : d(deciding) {
  for (const auto& asker : askers)
    if (!asker.channel.empty() && std::ranges::find(d.askers, asker) == d.askers.end()) d.askers.push_back(asker);
}

std::string repo_option(const Deciding& d, std::string_view repository) {
  return d.i.hotfixes.size() > 1 ? fmt::format(" --repo {}", repository) : std::string{};
}

void decide_chat(Deciding& d, const chat::Said& said) { record(d, said.id, said.text, d.c.actor, d.c.sent_at); }

void decide_chat(Deciding& d, const chat::Edited& edited) {
  const auto it = d.i.messages.find(edited.id);
  if (it == d.i.messages.end() || it->second.deleted || it->second.versions.back() == edited.text) return;
  const auto at = it->second.at;
  const bool was_timed = leading_time(it->second.versions.back(), at, d.p.zone).has_value();
  d.emit(event::MessageEdited{edited.id, {edited.text}}, {.source = Source::message});
  const auto timed = leading_time(edited.text, at, d.p.zone);
  if ((!timed && !was_timed) || d.p.is_alert_source(it->second.author)) return;
  std::vector<std::string> old;
  for (const auto& entry : d.i.timeline)
    if (entry.message() == edited.id && !entry.removed && entry.source == Source::message) old.push_back(entry.id());
  for (const auto& id : old) d.emit(event::EntryRemoved{id}, {.by = Person{}, .source = Source::message});
  if (timed)
    d.emit(event::EntryAdded{d.next_entry(), edited.id, {timed->second}, false},
           {.at = timed->first, .source = Source::message});
}

void decide_chat(Deciding& d, const chat::Deleted& deleted) {
  const auto it = d.i.messages.find(deleted.id);
  if (it == d.i.messages.end() || it->second.deleted) return;
  d.emit(event::MessageDeleted{deleted.id}, {.source = Source::message});
}

void decide_chat(Deciding& d, const chat::Reacted& reacted) {
  if (is_pin(d.p, reacted.reaction)) pin(d, reacted.id, reacted.added);
}

void decide_chat(Deciding& d, const chat::Added& added) {
  record(d, added.id, added.text, added.author, std::min(added.at, d.c.now));
  if (d.i.messages.at(added.id).deleted) return d.refuse("That message was deleted.");
  const bool new_there = pin(d, added.id, true);
  d.reply({{{plain(new_there ? "On the timeline of " : "It is on the timeline of "), bold(d.i.id),
             plain(new_there ? " at " : " already, at "), clock_at(d.i.messages.at(added.id).at), plain(".")}},
           {}});
}

void decide_chat(Deciding& d, const chat::Joined&) {
  if (!d.i.ended()) d.out.reply = Reply{addressed(status_card(d.i, d.p), d.i), false, false};
}

// Nothing is said in the channel: it takes no messages, or everybody has just seen it come back.
void decide_chat(Deciding& d, const chat::Archived& archived) {
  if (d.i.archived == archived.archived) return;
  d.emit(event::ChannelArchived{archived.archived}, {.source = Source::message});
  const std::string text = archived.archived ? "archived the channel" : "brought the channel back from the archive";
  d.emit(event::EntryAdded{d.next_entry(), {}, {text}, false}, {.source = Source::message});
}

void decide_result(Deciding& d, const result::BranchCut& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (h == nullptr || !h->requested || h->branch != r.branch) return;
  const Answering answering(d, {h->asker});
  d.emit(event::BranchCut{r.repository, r.branch, r.base_tag, r.base_sha, r.version},
         {.at = d.c.now, .by = Person{}, .source = Source::bot});
  Message told{
      {{bold(r.branch), plain(fmt::format(" cut{} from {} at {}, next version {}.", in_repository(d.i, r.repository),
                                          r.base_tag, short_sha(r.base_sha), r.version))},
       {plain("Start: "), code(fmt::format("git fetch && git switch {}", r.branch))}},
      {}};
  if (auto far = distance_line(r.base_tag, r.lines); !far.empty()) told.lines.push_back(std::move(far));
  d.announce(std::move(told));
  d.observe_now(*d.i.hotfix(r.repository));
}

void decide_result(Deciding& d, const result::BranchFailed& r) {
  const auto* h = d.i.hotfix(r.repository);
  const Answering answering(d, {h != nullptr ? h->asker : Asker{}});
  d.emit(event::BranchRefused{r.repository, r.branch, r.problem.what},
         {.at = d.c.now, .by = Person{}, .source = Source::bot});
  d.announce({{{bold(fmt::format("Branch {}{} refused", r.branch, in_repository(d.before, r.repository))),
                plain(": " + r.problem.what)},
               {plain(r.problem.mend)}},
              {}});
}

void decide_result(Deciding& d, const result::TagPushed& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (h == nullptr || h->tag == r.tag) return;
  record_own_tag(d, r.repository, r.tag, r.sha);
}

void decide_result(Deciding& d, const result::TagFailed& r) {
  const auto* h = d.i.hotfix(r.repository);
  const Answering answering(d, {h != nullptr ? h->asker : Asker{}});
  d.emit(event::TagRefused{r.repository, r.tag, r.problem.what},
         {.at = d.c.now, .by = Person{}, .source = Source::bot});
  d.announce(
      {{{bold(fmt::format("Tag {} refused{}", r.tag, in_repository(d.i, r.repository))), plain(": " + r.problem.what)},
        {plain(r.problem.mend)}},
       {}});
}

void decide_result(Deciding& d, const result::Observed& r) {
  if (d.i.hotfix(r.repository) == nullptr) return;
  record_facts(d, r);
  if (r.forge) record_view(d, r.repository, *r.forge);
  record_forecast(d, r);
  if (r.forge_problem) refuse_unjudged(d, r.repository, *r.forge_problem);
  settle_requests(d, r.repository, r.facts);
}

void decide_result(Deciding& d, const result::ObserveFailed& r) {
  auto waiting = take_requests(d, r.repository);
  // A close needs every repository: one that cannot be asked decides it for all.
  if (std::ranges::any_of(waiting, [](const auto& w) { return w.verb == "close"; }))
    for (const auto& other : d.i.requests)
      if (other.verb == "close" && other.repository != r.repository) waiting.push_back(other);
  bool close_said = false;
  for (const auto& request : waiting) {
    settle(d, request, false, r.problem.what);
    if (request.verb == "remind") {  // the evidence cannot be looked at: the ping goes out on what is known
      if (!d.waiting("remind")) d.send_due_pings();
      continue;
    }
    const bool once = request.verb == "close";
    const Answering answering(d, once ? askers_of(waiting, request.verb) : std::vector{request.asker()});
    if (request.verb == "deployed") {  // git cannot say otherwise; what people did stands
      record_deployed(d, request);
      continue;
    }
    if (request.verb == "close" && std::exchange(close_said, true)) continue;
    d.announce(undecided(d, request, "git says", r.problem));
  }
}

void decide_result(Deciding& d, const result::FlagSwitched& r) {
  d.emit(event::FlagSwitched{r.flag}, {.at = d.c.now, .by = Person{}, .source = Source::bot});
  d.announce({{{bold(r.flag + " is off"), plain(". Watch the signal, then "),
                code("/hotfix verify ok|failing <what you saw>")}},
              {}});
}

void decide_result(Deciding& d, const result::FlagFailed& r) {
  d.emit(event::FlagRefused{r.flag, r.problem.what}, {.at = d.c.now, .by = Person{}, .source = Source::bot});
  d.announce({{{mention(d.responsible()), plain(" "), bold(r.flag + " may still be on"), plain(": " + r.problem.what)},
               {plain(r.problem.mend + "; or switch it by hand.")}},
              {}},
             true);
}

void decide_result(Deciding& d, const result::ChannelCreated& r) {
  if (r.channel == d.i.channel) return;
  d.emit(event::ChannelBound{r.channel}, {.at = d.c.now, .by = Person{}, .source = Source::bot});
}

// Without a channel of its own it goes on where it was declared. A private one cannot: who commands it does so from
// there, and only they see the answers.
void decide_result(Deciding& d, const result::ChannelFailed& r) {
  const EmitAs by_bot{.at = d.c.now, .by = Person{}, .source = Source::bot};
  if (d.i.origin.empty()) return;
  d.emit(event::EffectAbandoned{"its own channel", r.problem.what}, by_bot);
  const auto why = fmt::format("{}. {}", r.problem.what, r.problem.mend);
  if (d.i.private_channel)
    return d.effect(effect::ShowMessage{
        d.i.id + "/no-channel", d.i.origin,
        addressed({{{mention(d.i.declared.by),
                     plain(fmt::format(" the private channel of {} could not be made: {} Go on here, only you see the "
                                       "answers: ",
                                       d.i.id, why)),
                     code(fmt::format("/hotfix {} status", d.i.id))}},
                   {}},
                  d.i),
        false, true});
  d.emit(event::ChannelBound{d.i.origin}, by_bot);
  d.announce({{{mention(d.i.declared.by),
                plain(fmt::format(" {} goes on here: its own channel could not be made: {}", d.i.id, why))}},
              {}},
             true);
}

// What somebody whose account is closed owes goes to the commander, or to who declared.
void decide_result(Deciding& d, const result::PersonKnown& r) {
  const EmitAs by_bot{.at = d.c.now, .by = Person{}, .source = Source::bot};
  const event::PersonKnown known{r.person, r.zone, r.active};
  const auto it = d.i.people.find(r.person.key());
  const bool news = it == d.i.people.end() || !(it->second == known);
  if (news) d.emit(known, by_bot);
  if (r.active || d.i.ended()) return;
  std::optional<Person> heir;
  for (const auto& candidate : {d.i.holder(Role::commander), std::optional(d.i.declared.by)})
    if (!heir && candidate && !(*candidate == r.person) && d.i.active(*candidate)) heir = candidate;
  std::vector<std::string> owed, ids;
  for (const auto* o : open_obligations(d.i))
    if (o->owner == r.person) {
      owed.push_back(title(*o, d.i));
      ids.push_back(o->id);
    }
  if (ids.empty() || (!heir && !news)) return;
  if (!heir)
    return d.announce({{{bold(fmt::format("The account of {} is closed", r.person.name)),
                         plain(fmt::format(" and nobody answers for: {}. ", fmt::join(owed, ", "))),
                         code("/hotfix role commander @somebody")}},
                       {}},
                      true);
  for (const auto& id : ids) d.emit(event::ObligationReassigned{id, *heir}, by_bot);
  d.announce({{{mention(*heir), plain(fmt::format(" the account of {} is closed; what was owed is yours now: {}.",
                                                  r.person.name, fmt::join(owed, ", ")))}},
              {}},
             true);
}

void decide_result(Deciding& d, const result::Abandoned& r) {
  d.emit(event::EffectAbandoned{r.effect, r.problem.what}, {.at = d.c.now, .by = Person{}, .source = Source::bot});
}

void decide_tick(Deciding& d) {
  for (const auto& o : d.before.overrides)
    if (!o.confirmed && !o.declined && d.c.now >= o.asked.at + d.p.override_expires) {
      d.emit(event::OverrideDeclined{o.id}, {.at = d.c.now, .by = Person{}, .source = Source::clock});
      d.show(fmt::format("{}/override/{}", d.i.id, o.id),
             say(fmt::format("The override of {} expired: no second person confirmed.", o.gate)));
    }
  if (const auto at = archive_at(d.i, d.p); at && d.c.now >= *at) {
    d.effect(effect::ArchiveChannel{d.i.channel});
    return d.emit(event::ChannelArchived{true}, {.at = d.c.now, .by = Person{}, .source = Source::clock});
  }
  for (std::size_t n = 0; n < d.i.hotfixes.size(); ++n) {
    const auto at = next_review_nag(d.i, d.i.hotfixes[n], d.p);
    if (!at || *at > d.c.now) continue;
    const auto h = d.i.hotfixes[n];
    d.emit(event::ReviewNagged{h.repository, h.head, h.nags + 1},
           {.at = d.c.now, .by = Person{}, .source = Source::clock});
    d.show(fmt::format("{}/review-nag/{}/{}/{}", d.i.id, h.repository, short_sha(h.head), h.nags + 1),
           review_nag(d.i, h, d.p), false, true);
  }
  if (d.waiting("remind")) return;
  const auto due = due_pings(d.i, d.p, d.c.now);
  if (due.empty()) return;
  // Look at git before anybody is nagged for what is done already.
  std::vector<std::string> ask;
  for (const auto& bundle : due)
    for (const auto& id : bundle.obligations) {
      const auto* o = d.i.obligation(id);
      if (o->kind == ObligationKind::merge_back && std::ranges::find(ask, o->repository) == ask.end())
        ask.push_back(o->repository);
    }
  if (ask.empty()) return d.send_due_pings();
  for (const auto& repository : ask) {
    d.emit(event::RequestMade{"remind", repository, {}}, {.at = d.c.now, .by = Person{}, .source = Source::clock});
    d.observe_now(*d.i.hotfix(repository));
  }
}

}  // namespace hotfixd
