#include "bot/domain/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bot/domain/deciding.hpp"
#include "bot/domain/deploys.hpp"
#include "bot/domain/overloaded.hpp"
#include "bot/domain/regression.hpp"
#include "bot/domain/reminders.hpp"
#include "bot/domain/reopened.hpp"
#include "bot/domain/scope.hpp"

namespace hotfixd {
namespace {

// Facts derived from facts settle in a few rounds; more would be a loop of our own making.
constexpr int kMaxRounds = 16;

// Something of it is in production, or as good as: then it has to come home.
bool comes_home(const Hotfix& h, const Incident& i) {
  return shipped(i, h) || (h.landed() && i.resolved && !i.ended());  // what lands after the end is a regular change
}

// Seen to work after this hotfix went out; what was seen before proves nothing about it.
bool verified_since(const Incident& i, const Hotfix* h) {
  return i.verified && !i.verify_failing && (h == nullptr || !h->deployed_at || i.verified->at >= *h->deployed_at);
}

// What nobody deployed, nobody can have seen at work.
bool undeployed(const Hotfix* h) { return h != nullptr && !h->tag.empty() && h->environments.empty(); }

// Only reviews or CI had closed the gates, and both had been reached on this head before: it was said then. A forge's
// report that came late does that for a moment.
bool flapped(const Incident& i, const Policy& p, const Hotfix* h, const std::string& head) {
  if (h == nullptr || h->head != head || h->green_sha != head || h->approved_sha != head) return false;
  return std::ranges::all_of(tag_gates(i, *h, p), [](const GateResult& g) {
    return g.open() || g.gate == Gate::ci || g.gate == Gate::approvals;
  });
}

bool ready_to_tag(const Incident& i, const Policy& p, const Hotfix* h) {
  if (h == nullptr || !h->taggable()) return false;
  return std::ranges::all_of(tag_gates(i, *h, p), &GateResult::open);
}

}  // namespace

void Deciding::emit(EventData data, How how) {
  Event e{std::move(data), how.at.value_or(c.sent_at), c.now, how.by.value_or(c.actor), how.source};
  apply(i, e);
  out.events.push_back(std::move(e));
}

void Deciding::announce(Message message, bool ping) {
  answer(message);
  show(i.id + "/say/", std::move(message), false, ping);
}

void Deciding::answer(const Message& message) {
  if (message.lines.empty()) return;
  for (const auto& asker : askers) {
    auto told = named(message, i.id);
    told.lines.front().insert(told.lines.front().begin(), {mention(asker.who), plain(" ")});
    effect(effect::ShowMessage{i.id + "/answer/", asker.channel, addressed(std::move(told), i), false, true});
  }
}

void Deciding::show(std::string slot, Message message, bool pin, bool ping) {
  // Where nobody can write any more the digest channel is told.
  const bool elsewhere = i.archived && !p.digest.empty() && !i.private_channel;
  effect(effect::ShowMessage{std::move(slot), elsewhere ? beside(i.channel, p.digest) : i.channel,
                             addressed(std::move(message), i), pin, ping});
}

void Deciding::refuse(std::string what, const std::string& try_instead) {
  Message m = say(what);
  if (!try_instead.empty()) m.lines.push_back({plain("Type: "), code(try_instead)});
  out.reply = Reply{addressed(std::move(m), i), false, true};
}

Hotfix* Deciding::which_hotfix(const std::string& repository) {
  if (!repository.empty()) {
    if (auto* h = i.hotfix(repository)) return h;
    refuse(fmt::format("{} has no hotfix branch in repository {}.", i.id, repository),
           fmt::format("/hotfix branch <slug> --repo {}", repository));
    return nullptr;
  }
  if (i.hotfixes.size() == 1) return &i.hotfixes.front();
  if (i.hotfixes.empty()) {
    refuse(fmt::format("{} has no hotfix branch yet.", i.id), "/hotfix branch <slug>");
    return nullptr;
  }
  std::vector<std::string> names;
  for (const auto& h : i.hotfixes) names.push_back("--repo " + h.repository);
  refuse(fmt::format("{} has several hotfixes: say which with {}.", i.id, fmt::join(names, " or ")));
  return nullptr;
}

const Obligation* Deciding::which_obligation(const std::string& name) {
  if (const auto* o = i.obligation(name)) return o;
  std::vector<const Obligation*> found;
  for (const auto& o : i.obligations)
    if (o.target == name || to_string(o.kind) == name || o.id.ends_with(":" + name)) found.push_back(&o);
  if (found.size() == 1) return found.front();
  std::vector<std::string> ids;
  for (const auto& o : i.obligations) ids.push_back(o.id);
  if (ids.empty())
    refuse(fmt::format("{} has no obligations yet.", i.id));
  else
    refuse(fmt::format("{} obligation '{}'. There {}: {}.", found.empty() ? "There is no" : "More than one", name,
                       ids.size() == 1 ? "is" : "are", fmt::join(ids, ", ")));
  return nullptr;
}

bool Deciding::waiting(std::string_view verb) const {
  return std::ranges::any_of(i.requests, [&](const auto& r) { return r.verb == verb; });
}

void Deciding::observe_now(const Hotfix& hotfix) {
  if (auto wanted = observe(i, hotfix, p)) effect(std::move(*wanted));
}

ChannelId Deciding::asked_in() const { return c.channel == i.channel || i.private_channel ? ChannelId{} : c.channel; }

void Deciding::ask_git(const std::string& verb, const Hotfix& hotfix, const std::string& argument) {
  emit(event::RequestMade{verb, hotfix.repository, argument, asked_in()});
  observe_now(*i.hotfix(hotfix.repository));
}

Person Deciding::responsible() const {
  if (const auto owner = i.holder(Role::owner)) return *owner;
  if (const auto commander = i.holder(Role::commander)) return *commander;
  return i.declared.by;
}

void Deciding::open_obligation(std::string id, ObligationKind kind, const std::string& repository,
                               const std::string& target, const Person& owner, std::optional<Time> due) {
  if (i.obligation(id) != nullptr) return;
  emit(event::ObligationOpened{std::move(id), kind, repository, target, owner,
                               due.value_or(c.now + p.reminder(kind).due_after)},
       {.at = c.now, .by = Person{}, .source = Source::bot});
}

void Deciding::derive_milestones(const Hotfix& hotfix) {
  const auto repository = hotfix.repository;
  const auto head = hotfix.head;
  if (head.empty()) return;
  const auto last_check = [&] {
    Stamp last;
    for (const auto& [context, check] : hotfix.checks.at(head))
      if (check.stamp.at >= last.at) last = check.stamp;
    return last;
  };
  const auto ci = ci_state(hotfix, head, p);
  if (ci == CiState::green && hotfix.green_sha != head) {
    const auto last = last_check();
    emit(event::CiTurnedGreen{repository, head}, {last.at, last.by, last.source});
  } else if (ci == CiState::red && hotfix.red_sha != head) {
    const auto last = last_check();
    const auto context = failed_check(hotfix, head, p);
    emit(event::CiTurnedRed{repository, head, context}, {last.at, last.by, last.source});
    std::string url;
    for (const auto& check : checks_of(hotfix, head, p))
      if (url.empty() && check.required && check.failed()) url = check.check->url;
    if (hotfix.taggable())
      announce({{{plain(fmt::format("CI red on {}{}: ", short_sha(head), in_repository(i, repository))),
                  url.empty() ? plain(context) : link(context, url)}},
                {}});
  }
  const auto& now = *i.hotfix(repository);
  const auto approved = approvers(now, head, p);
  const auto needed = approvals_needed(now, p);
  if (needed > 0 && static_cast<int>(approved.size()) >= needed && now.approved_sha != head) {
    Stamp last;
    for (const auto& [who, number, review] : counting_reviews(now, p))
      if (std::ranges::find(approved, who) != approved.end() && review.stamp.at >= last.at) last = review.stamp;
    emit(event::ApprovalsReached{repository, head, static_cast<int>(approved.size())}, {last.at, last.by, last.source});
  }
}

void Deciding::derive_obligations() {
  const auto owner = responsible();
  for (std::size_t n = 0; n < i.hotfixes.size(); ++n) {
    const auto h = i.hotfixes[n];  // a copy: emitting changes the original
    if (!comes_home(h, i)) continue;
    for (const auto& [target, mb] : h.merge_backs)
      open_obligation(fmt::format("merge-back:{}:{}", h.repository, target), ObligationKind::merge_back, h.repository,
                      target, owner);
    open_obligation("verification:" + h.repository, ObligationKind::verification, h.repository, {}, owner);
    open_obligation("rca", ObligationKind::rca, {}, {}, owner);
  }
  if (i.resolved) open_obligation("rca", ObligationKind::rca, {}, {}, owner);
  if (i.rca.submitted) {
    Person reviewer = i.holder(Role::commander).value_or(i.declared.by);
    if (reviewer == i.rca.submitted->by) reviewer = owner;
    open_obligation("rca-review", ObligationKind::rca_review, {}, {}, reviewer);
  }
  if (!i.mitigations.empty())
    for (const auto& m : i.mitigations)
      if (m.kind == Mitigation::flag)
        open_obligation("flag:" + m.what, ObligationKind::flag_clean_up, {}, m.what, owner);
}

void Deciding::settle_obligations() {
  const How by_bot{.at = c.now, .by = Person{}, .source = Source::bot};
  const auto settle = [&](const Obligation& o, bool met, std::string evidence, const std::string& why, How how) {
    const auto id = o.id;
    if (met && o.state == ObligationState::open)
      emit(event::ObligationMet{id, {std::move(evidence)}}, std::move(how));
    else if (!met && o.state == ObligationState::met)
      emit(event::ObligationReopened{id, why,
                                     o.kind == ObligationKind::merge_back || o.kind == ObligationKind::verification
                                         ? c.now + p.reminder(o.kind).due_after
                                         : o.due},
           by_bot);
  };
  for (std::size_t n = 0; n < i.obligations.size(); ++n) {
    const auto o = i.obligations[n];
    switch (o.kind) {
      case ObligationKind::merge_back: {
        const auto* h = i.hotfix(o.repository);
        const auto it =
            h != nullptr ? h->merge_backs.find(o.target) : std::map<std::string, MergeBack>::const_iterator{};
        if (h == nullptr || it == h->merge_backs.end()) break;
        const auto& mb = it->second;
        auto evidence = mb.verdict == Verdict::present ? mb.explanation
                                                       : fmt::format("{} acknowledged by {}: {}", to_string(mb.verdict),
                                                                     mb.acknowledged_by.name, mb.acknowledged_why);
        settle(o, mb.settled(), std::move(evidence), mb.explanation,
               {.at = mb.verdict == Verdict::present ? std::max(mb.judged_at, o.opened_at) : c.now,
                .by = Person{},
                .source = Source::git});
        break;
      }
      case ObligationKind::rca:
        settle(o, i.rca.submitted.has_value(), i.rca.submitted ? "submitted by " + i.rca.submitted->by.name : "",
               "the RCA was changed after it was submitted", by_bot);
        break;
      case ObligationKind::rca_review:
        settle(o, i.rca.approved.has_value(), i.rca.approved ? "approved by " + i.rca.approved->by.name : "",
               "the RCA was changed after it was approved", by_bot);
        break;
      case ObligationKind::verification:
        settle(o, verified_since(i, i.hotfix(o.repository)) && !undeployed(i.hotfix(o.repository)), i.verified_what,
               i.verify_failing ? "still failing" : "what was seen no longer holds", by_bot);
        break;
      case ObligationKind::action_item: {
        const auto it = std::ranges::find_if(i.actions, [&](const auto& a) { return "action:" + a.id == o.id; });
        if (it != i.actions.end()) settle(o, it->done_at.has_value(), "done", "", by_bot);
        break;
      }
      case ObligationKind::stakeholder_update:
      case ObligationKind::flag_clean_up:
        break;  // met by a command only
    }
  }
}

bool Deciding::derive_once() {
  const auto version = i.version;
  for (std::size_t n = 0; n < i.hotfixes.size(); ++n) derive_milestones(Hotfix(i.hotfixes[n]));
  derive_obligations();
  settle_obligations();
  if (i.ended() && !open_obligations(i).empty()) {
    std::vector<std::string> lost, news;
    Person owner;
    for (const auto* o : open_obligations(i)) {
      lost.push_back(title(*o, i));
      // What was met and is lost is said to its owner, see follow_up().
      if (before.obligation(o->id) != nullptr) continue;
      if (news.empty()) owner = o->owner;
      news.push_back(lost.back());
    }
    if (!news.empty())
      announce({{{mention(owner), plain(" "), bold(i.id + " is open again"),
                  plain(fmt::format(": {}", fmt::join(news, ", ")))}},
                {}},
               true);
    emit(event::Reopened{{fmt::format("open again: {}", fmt::join(lost, ", "))}},
         {.at = c.now, .by = Person{}, .source = Source::bot});
  }
  return i.version != version;
}

// One message for each head, edited as CI and reviewers speak. Its first words are left out when "may be tagged" or
// "CI red" says them in the same breath.
void Deciding::show_review(const Hotfix& h, bool ready) {
  const auto* old = before.hotfix(h.repository);
  const bool same_head = old != nullptr && old->head == h.head;
  const auto was = same_head ? review_message(before, *old, p) : Message{};
  auto now = review_message(i, h, p);
  const bool red =
      ci_state(h, h.head, p) == CiState::red && approvers(h, h.head, p).empty();  // said by itself, see above
  if (now == was || now.empty() || (was.empty() && (ready || red))) return;
  show(fmt::format("{}/review/{}/{}", i.id, h.repository, short_sha(h.head)), std::move(now));
}

namespace {

bool only_in_timeline(const Event& e) {
  return std::holds_alternative<event::EntryAdded>(e.data) || std::holds_alternative<event::MessageRecorded>(e.data);
}

}  // namespace

void Deciding::show_changes() {
  if (!i.exists()) return;
  // Most of what is said in a channel: no card tells of it.
  if (before.exists() && std::ranges::all_of(out.events, only_in_timeline)) return;
  auto card = status_card(i, p);
  if (!before.exists() || !(status_card(before, p) == card)) show(i.id + "/status", std::move(card), true);
  show_elsewhere();
  std::map<std::string, const Ping*> last;  // of each person
  for (const auto& ping : before.pings) last[ping.to.key()] = &ping;
  // An escalation shares the owner's message, whose first record is the owner's.
  for (const auto& ping : before.pings) {
    // Who was reminded again since: what the earlier message says of that does not change any more.
    if (const auto* later = last.at(ping.to.key()); later->at > ping.at && later->slot != ping.slot) continue;
    if (&*std::ranges::find(before.pings, ping.slot, &Ping::slot) != &ping) continue;
    if (auto now = ping_message(i, ping, p); !(ping_message(before, ping, p) == now)) show(ping.slot, std::move(now));
  }
}

// The digest channel's line, and what the incident's own channel shall have that it had not before.
void Deciding::show_elsewhere() {
  const auto digest = p.digest.empty() ? ChannelId{} : beside(i.channel, p.digest);
  if (!digest.empty() && digest != i.channel) {
    auto line = digest_message(i, p);
    if (!line.empty() && !(before.exists() && digest_message(before, p) == line))
      effect(effect::ShowMessage{i.id + "/digest", digest, std::move(line), false, false});
  }
  auto wanted = furniture(i, p);
  const auto had = furniture(before, p);
  if (!before.exists() || wanted.topic == had.topic) wanted.topic.clear();  // the first one comes with the channel
  const auto without = [](auto& list, const auto& earlier) {
    std::erase_if(list, [&](const auto& one) { return std::ranges::find(earlier, one) != earlier.end(); });
  };
  without(wanted.people, had.people);
  without(wanted.groups, had.groups);
  without(wanted.bookmarks, had.bookmarks);
  if (!wanted.empty()) effect(std::move(wanted));
}

// On the head of each line whose merge-back is owed, or was until now.
void Deciding::show_commit_statuses() {
  for (const auto& o : i.obligations) {
    const auto* policy = o.kind == ObligationKind::merge_back ? p.repository(o.repository) : nullptr;
    const auto* h = i.hotfix(o.repository);
    if (policy == nullptr || policy->forge.empty() || h == nullptr) continue;
    const auto mb = h->merge_backs.find(o.target);
    if (mb == h->merge_backs.end() || mb->second.target_sha.empty()) continue;
    const auto* old_h = before.hotfix(o.repository);
    const auto* old = before.obligation(o.id);
    const bool same_head = old_h != nullptr && old_h->merge_backs.contains(o.target) &&
                           old_h->merge_backs.at(o.target).target_sha == mb->second.target_sha;
    if (old != nullptr && old->state == o.state && same_head) continue;
    effect(effect::SetCommitStatus{o.repository,
                                   mb->second.target_sha,
                                   std::string(effect::kMergeBackContext),
                                   o.target,
                                   CheckState::pending,
                                   "being judged",
                                   {}});
  }
}

void Deciding::ask_about(const Person& person) {
  if (!person.empty() && !p.is_alert_source(person)) effect(effect::AskPerson{i.channel, person});
}

// Who owes something for the first time: pings go by their clock.
void Deciding::ask_about_owners() {
  std::set<std::string> known;
  for (const auto& o : before.obligations) known.insert(o.owner.key());
  for (const auto& o : i.obligations)
    if (o.state == ObligationState::open && known.insert(o.owner.key()).second) ask_about(o.owner);
}

void Deciding::follow_up() {
  settle_deployments();
  for (int round = 0; round < kMaxRounds && derive_once(); ++round) {
  }
  for (const auto& h : i.hotfixes) {
    const bool ready = ready_to_tag(i, p, &h) && !ready_to_tag(before, p, before.hotfix(h.repository));
    show_review(h, ready);
    if (const auto* was = before.hotfix(h.repository);
        h.forecast_told && was != nullptr && was->taggable() && !h.taggable())
      show(fmt::format("{}/forecast/{}", i.id, h.repository),
           {{{plain(fmt::format("{}{} is tagged: what each line carries is told by ", h.tag,
                                in_repository(i, h.repository))),
              code("/hotfix mergeback")}},
            {}});
    if (ready && !flapped(before, p, before.hotfix(h.repository), h.head))
      announce({{{plain(fmt::format("{}{} may be tagged {}: ", short_sha(h.head), in_repository(i, h.repository),
                                    h.version)),
                  code(i.hotfixes.size() > 1 ? "/hotfix tag --repo " + h.repository : "/hotfix tag")}},
                {}});
  }
  for (const auto& o : i.obligations) {
    const auto* old = before.obligation(o.id);
    if (o.kind != ObligationKind::merge_back || old == nullptr || old->state != ObligationState::met ||
        o.state != ObligationState::open)
      continue;
    auto told = reopened_message(i, o, p);
    answer(told);
    show(reopened_slot(i, o), std::move(told), false, true);
  }
  show_pushers();
  settle_tests();
  ask_about_owners();
  show_commit_statuses();
  show_deployments();
  show_tests();
  show_changes();
}

// A push may be told of after git was seen: what was said of it then is put right, and nobody is called twice.
void Deciding::show_pushers() {
  for (const auto& o : i.obligations) {
    const auto* old = before.obligation(o.id);
    if (o.kind != ObligationKind::merge_back || o.reopened == 0 || o.state != ObligationState::open || old == nullptr ||
        old->reopened != o.reopened || lost_by(before, o) == lost_by(i, o))
      continue;
    show(reopened_slot(i, o), reopened_message(i, o, p));
  }
}

void Deciding::try_close(const Stamp& asked) {
  if (!i.resolved || i.ended()) {  // reopened, or ended otherwise, while git was asked
    announce(say(fmt::format("{} is {}: not closed.", i.id, to_string(i.status()))));
    return;
  }
  if (!open_obligations(i).empty()) {
    announce(close_refused(i, p, c.now));
    return;
  }
  emit(event::Closed{}, {asked.at, asked.by, asked.source});
  announce({{{bold(i.id + " closed"), plain(" by " + asked.by.name + ".")}}, {}});
  clear_branches(*this);
}

void Deciding::send_due_pings() {
  for (const auto& due : due_pings(i, p, c.now)) {
    const auto slot = fmt::format("{}/ping/{}", i.id, i.pings.size() + 1);
    const How by_clock{.at = c.now, .by = Person{}, .source = Source::clock};
    emit(event::ReminderSent{slot, due.owner, due.obligations, due.level}, by_clock);
    const auto sent = i.pings.back();
    const auto commander = i.holder(Role::commander);
    if (due.level >= 1 && commander && !(*commander == due.owner))
      emit(event::ReminderSent{slot, *commander, due.obligations, due.level}, by_clock);
    if (due.level >= 2)
      emit(event::ReminderSent{slot, Person{i.channel, i.channel}, due.obligations, due.level}, by_clock);
    show(slot, ping_message(i, sent, p), false, true);
    ask_about(due.owner);
  }
}

void Deciding::answer_elsewhere() {
  if (c.channel.empty() || c.channel == i.channel || !before.exists()) return;
  if (!out.reply && !out.events.empty()) {
    Message told;
    for (const auto& e : out.effects)
      if (const auto* shown = std::get_if<effect::ShowMessage>(&e);
          shown != nullptr &&
          (shown->slot.starts_with(i.id + "/say/") || shown->slot.starts_with(i.id + "/override/") ||
           shown->slot.starts_with(i.id + "/reopened/")))
        told.lines.insert(told.lines.end(), shown->message.lines.begin(), shown->message.lines.end());
    const auto asked = [](const Event& e) {
      return std::holds_alternative<event::RequestMade>(e.data) ||
             std::holds_alternative<event::BranchRequested>(e.data);
    };
    if (told.lines.empty() && !std::ranges::any_of(out.events, asked))
      told.lines.push_back({plain("Done: it is shown in "), channel_link(i.channel), plain(".")});
    else if (told.lines.empty())
      told.lines.push_back({plain("Git is asked first; it may be refused. What comes of it is said "),
                            plain(asked_in().empty() ? "in " : "here and in "), channel_link(i.channel), plain(".")});
    out.reply = Reply{std::move(told), false, false};
  }
  if (out.reply) out.reply->message = named(std::move(out.reply->message), i.id);
}

Decision decide(const Incident& incident, const Context& context, const Input& input, const Policy& policy) {
  return decide(incident, incident, context, input, policy);
}

Decision decide(const Incident& incident, Incident same, const Context& context, const Input& input,
                const Policy& policy) {
  Deciding d(incident, std::move(same), context, policy);
  std::visit(Overloaded{
                 [&](const Command& x) { decide_command(d, x); },
                 [&](const chat::Pressed& x) { press(d, x); },
                 [&](const chat::Said& x) { decide_chat(d, x); },
                 [&](const chat::Edited& x) { decide_chat(d, x); },
                 [&](const chat::Deleted& x) { decide_chat(d, x); },
                 [&](const chat::Reacted& x) { decide_chat(d, x); },
                 [&](const chat::Joined& x) { decide_chat(d, x); },
                 [&](const chat::Archived& x) { decide_chat(d, x); },
                 [&](const chat::Added& x) { decide_chat(d, x); },
                 [&](const ForgeEvent& x) { decide_forge(d, x); },
                 [&](const Tick&) { decide_tick(d); },
                 [&](const auto& x) { decide_result(d, x); },
             },
             input);
  if (d.i.exists()) d.follow_up();
  if (std::holds_alternative<Command>(input)) d.answer_elsewhere();
  d.out.after = std::move(d.i);
  return std::move(d.out);
}

std::optional<Time> archive_at(const Incident& incident, const Policy& policy) {
  const auto ended = incident.ended_at();
  if (!ended || !incident.own_channel || incident.archived || policy.archive_after == Minutes{0}) return std::nullopt;
  return *ended + policy.archive_after;
}

std::optional<Time> next_wake(const Incident& incident, const Policy& policy, Time now) {
  std::optional<Time> wake;
  const auto sooner = [&](Time t) {
    if (!wake || t < *wake) wake = t;
  };
  if (const auto at = archive_at(incident, policy)) sooner(std::max(now, *at));
  for (const auto& run : incident.deployments)
    if (run.under_way()) sooner(std::max(now, given_up_at(run, policy)));
  for (const auto& h : incident.hotfixes)
    for (const auto& [target, run] : h.testing) sooner(std::max(now, given_up_at(h, run, policy)));
  if (incident.ended()) return wake;
  if (!std::ranges::any_of(incident.requests, [](const auto& r) { return r.verb == "remind"; }))
    for (const auto* o : open_obligations(incident)) sooner(next_ping(*o, incident, policy, now));
  for (const auto& h : incident.hotfixes)
    if (const auto at = next_review_nag(incident, h, policy)) sooner(std::max(now, *at));
  for (const auto& o : incident.overrides)
    if (!o.confirmed && !o.declined) sooner(std::max(now, o.asked.at + policy.override_expires));
  return wake;
}

namespace {

// What the merge-back is on that line, by the last of its pull requests that was merged there.
std::string landing_on(const Hotfix& h, const std::string& target) {
  if (const auto port = h.forward_ports.find(target);
      port != h.forward_ports.end() && !port->second.landing_sha.empty())
    return port->second.landing_sha;
  const PullRequest* last = nullptr;
  for (const auto& pr : h.pull_requests)
    if (pr.base == target && !pr.landing_sha.empty() && (last == nullptr || pr.merged_at >= last->merged_at))
      last = &pr;
  // Where the forge did not say, its head stands for it.
  return last == nullptr || last->landing_sha == h.head || last->landing_sha == h.tagged_head ? "" : last->landing_sha;
}

}  // namespace

std::optional<effect::Observe> observe(const Incident& incident, const Hotfix& h, const Policy& policy) {
  if (h.base_sha.empty()) return std::nullopt;
  effect::Observe e{h.repository, h.branch, h.base_tag, h.base_sha, h.head, h.version, h.tag_sha, {}, {}, {}};
  for (const auto& [target, mb] : h.merge_backs)
    e.known_targets.push_back({target, mb.acknowledged_sha, mb.was_present, landing_on(h, target), mb.settled_sha});
  e.paths = related_paths(incident, h, policy);
  return e;
}

bool watched(const Incident& incident, const Policy& policy, Time now) {
  if (!incident.ended()) return true;
  return !incident.hotfixes.empty() && now < *incident.ended_at() + policy.watch_after_close;
}

}  // namespace hotfixd
