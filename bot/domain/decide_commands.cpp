#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/reminders.hpp"
#include "bot/domain/scope.hpp"
#include "bot/domain/timeline.hpp"
#include "bot/domain/zone.hpp"

// One overload per verb. A refusal emits nothing.

namespace hotfixd {
namespace {

namespace cmd = command;

std::string slug_of(std::string_view text) {
  std::string slug;
  for (const char ch : text) {
    const bool upper = ch >= 'A' && ch <= 'Z';
    if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || upper)
      slug += upper ? static_cast<char>(ch - 'A' + 'a') : ch;
    else if (!slug.empty() && slug.back() != '-')
      slug += '-';
    if (slug.size() >= 40) break;
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "fix" : slug;
}

// What may be seen outside of its channel: branches are pushed.
std::string public_name(const Incident& i) { return i.private_channel ? i.id : i.summary; }

// Among the configured releasers, by name or as a member of a group.
bool is_releaser(const Deciding& d, const Person& who) {
  return std::ranges::any_of(d.p.releasers, [&](const std::string& name) {
    if (!name.starts_with('@')) return name == who.id;
    if (!d.c.groups) return false;
    const auto group = d.c.groups->find(name);
    return group != d.c.groups->end() && std::ranges::find(group->second, who) != group->second.end();
  });
}

bool may_override(const Deciding& d, const Person& who) {
  for (const auto role : d.p.override_roles) {
    if (d.i.holder(role) == who) return true;
    if (role == Role::releaser && is_releaser(d, who)) return true;
  }
  return false;
}

Message override_message(const Deciding& d, const OverrideRequest& o) {
  Message m;
  if (o.confirmed)
    return say(fmt::format("{} overridden by {} and {}: {}", o.gate, o.asked.by.name, o.confirmed->by.name, o.why));
  if (o.declined) return say(fmt::format("{} not overridden (asked by {}: {})", o.gate, o.asked.by.name, o.why));
  m.lines.push_back({bold(fmt::format("{} asks to override {}", o.asked.by.name, o.gate)), plain(": " + o.why)});
  m.lines.push_back({plain(fmt::format("A second person confirms within {}: ", format_duration(d.p.override_expires))),
                     code(fmt::format("/hotfix override confirm {}", o.id))});
  m.buttons = {{"confirm", "Confirm", o.id, true}, {"decline", "Decline", o.id, false}};
  return m;
}

const OverrideRequest* find_override(Deciding& d, const std::string& id) {
  const OverrideRequest* found = nullptr;
  for (const auto& o : d.i.overrides)
    if (!o.confirmed && !o.declined && (id.empty() || o.id == id)) found = &o;
  if (found == nullptr) {
    d.refuse(id.empty() ? "No override waits for a second person."
                        : fmt::format("Override {} is not waiting for a second person.", id));
    return nullptr;
  }
  if (d.c.now > found->asked.at + d.p.override_expires) {
    d.refuse("That override has expired; ask again.", fmt::format("/hotfix override {} <why>", found->gate));
    return nullptr;
  }
  return found;
}

class Commands {
 public:
  explicit Commands(Deciding& deciding) : d(deciding) {}

  void operator()(const cmd::Declare& x) {
    const auto severity = x.severity.value_or(Severity::sev3);
    std::vector<std::string> met;
    for (const auto& wanted : x.criteria) {
      const auto index = wanted.size() == 1 && wanted[0] >= '1' && wanted[0] <= '9'
                             ? static_cast<std::size_t>(wanted[0] - '1')
                             : d.p.criteria.size();
      bool found = false;
      for (std::size_t n = 0; n < d.p.criteria.size(); ++n)
        if (wanted == "all" || n == index || d.p.criteria[n] == wanted) {
          if (std::ranges::find(met, d.p.criteria[n]) == met.end()) met.push_back(d.p.criteria[n]);
          found = true;
        }
      if (found) continue;
      std::vector<std::string> known;
      for (std::size_t n = 0; n < d.p.criteria.size(); ++n)
        known.push_back(fmt::format("{} = {}", n + 1, d.p.criteria[n]));
      return d.refuse(fmt::format("'{}' is not one of the criteria: {}.", wanted, fmt::join(known, "; ")),
                      "/hotfix declare sev2 <summary> --criteria 1,3");
    }
    if (!x.repository.empty() && d.p.repository(x.repository) == nullptr) return unknown_repository(x.repository);
    const auto* service = d.p.service(x.service);
    if (!x.service.empty() && service == nullptr) return unknown_service(x.service);
    auto channel = d.c.channel;
    const bool own_channel = x.new_channel || x.private_channel || d.p.new_channel;
    if (own_channel) {
      auto name = "#" + d.p.channel_template;
      replace(name, "{number}", d.c.new_id.substr(d.c.new_id.find('-') + 1));
      replace(name, "{slug}",
              x.private_channel ? "private" : slug_of(x.summary));  // names are seen by more than its members
      channel = beside(d.c.channel, name);
    }
    d.emit(event::IncidentDeclared{d.c.new_id,
                                   channel,
                                   {x.summary},
                                   severity,
                                   met,
                                   {severity > d.p.threshold ? x.reason : ""},
                                   x.drill,
                                   x.repository.empty() && service != nullptr ? service->repository : x.repository,
                                   x.service});
    const bool is_private = x.private_channel || (d.c.private_place && !own_channel);
    if (own_channel || is_private) d.emit(event::ChannelWanted{own_channel, is_private, d.c.channel});
    if (own_channel) {
      d.effect(effect::CreateChannel{channel, furniture(d.i, d.p).topic, x.private_channel});
    }
    const Context::Earlier* signal = nullptr;
    for (const auto& m : d.c.earlier)
      if (d.p.is_alert_source(m.author) && (signal == nullptr || signal->text != x.summary || m.text == x.summary))
        signal = &m;
    if (const auto from = std::ranges::find(d.c.earlier, d.c.about, &Context::Earlier::id); from != d.c.earlier.end())
      signal = &*from;
    for (const auto& m : d.c.earlier) {
      d.emit(event::MessageRecorded{m.id, {m.text}}, {m.at, m.author, Source::message});
      if (d.p.is_alert_source(m.author) || &m == signal)
        d.emit(event::EntryAdded{d.next_entry(), m.id, {m.text}, &m == signal}, {m.at, m.author, Source::alert});
    }
    d.reply(declared_message(d.i, d.p, x.severity.has_value()));
    if (channel != d.c.channel) d.out.reply->message.lines.push_back({plain("It goes on in "), channel_link(channel)});
  }

  void operator()(const cmd::Assess& x) {
    if (x.verdict != Assessment::reproduced && x.why.empty())
      return d.refuse("Say why.", fmt::format("/hotfix assess {} <why>", to_string(x.verdict)));
    if (x.verdict == Assessment::not_a_hotfix &&
        std::ranges::any_of(d.i.hotfixes, [](const auto& h) { return !h.tag.empty() || h.deployed_at || h.landed(); }))
      return d.refuse("A hotfix was already shipped here: it must be merged back and reviewed.", "/hotfix close");
    if (x.verdict == Assessment::not_a_hotfix && !open_obligations(d.i).empty())
      return d.refuse(fmt::format("{} cannot end yet: {} is open.", d.i.id, title(*open_obligations(d.i).front(), d.i)),
                      "/hotfix obligations");
    d.emit(event::Assessed{x.verdict, {x.why}});
    if (x.verdict == Assessment::not_a_hotfix)
      d.announce({{{bold(d.i.id + " is not a hotfix"), plain(": " + x.why)}}, {}});
    else
      d.reply(fmt::format("Noted: {}.", to_string(x.verdict)));
  }

  void operator()(const cmd::SetSeverity& x) {
    if (x.why.empty()) return d.refuse("Say why.", fmt::format("/hotfix sev {} <why>", static_cast<int>(x.severity)));
    const auto from = d.i.severity;
    d.emit(event::SeverityChanged{from, x.severity, {x.why}});
    if (from != x.severity)
      d.announce(say(fmt::format("{} is {} now, was {}: {}", d.i.id, severity_name(x.severity, d.p),
                                 severity_name(from, d.p), x.why)));
    else
      d.reply("Noted: " + x.why);
  }

  void operator()(const cmd::AssignRole& x) {
    // Roles that may set gates aside are given, not taken.
    if (std::ranges::find(d.p.override_roles, x.role) != d.p.override_roles.end() &&
        !(d.i.holder(x.role) == x.person)) {
      const auto commander = d.i.holder(Role::commander);
      const bool commands = commander == d.c.actor;
      const bool vacant = commander && d.p.is_alert_source(*commander);  // a machine declared it
      if (x.person == d.c.actor && !commands && !(vacant && x.role == Role::commander))
        return d.refuse(fmt::format("Nobody makes himself {}: somebody else types it for you.", to_string(x.role)),
                        fmt::format("/hotfix role {} @you", to_string(x.role)));
      if (x.role == Role::releaser && !commands)
        return d.refuse(fmt::format("The commander, {}, says who is releaser.",
                                    d.i.holder(Role::commander).value_or(d.i.declared.by).name));
      if (x.role == Role::releaser && !d.p.releasers.empty() && !is_releaser(d, x.person))
        return d.refuse(fmt::format("{} is not among the configured releasers: {}.", x.person.name,
                                    fmt::join(d.p.releasers, ", ")));
    }
    d.emit(event::RoleAssigned{x.role, x.person});
    d.announce({{{mention(x.person), plain(fmt::format(" is {} of {}.", to_string(x.role), d.i.id))}}, {}}, true);
  }

  void operator()(const cmd::Mitigate& x) {
    if (x.why.empty())
      return d.refuse("Say why this and not the next gentler means.",
                      fmt::format("/hotfix mitigate {} \"{}\" <why>", to_string(x.kind), x.what));
    d.emit(event::MitigationChosen{x.kind, {x.what}, {x.why}});
    d.announce(say(fmt::format("{} chose {}: {} ({})", d.c.actor.name, to_string(x.kind), x.what, x.why)));
    if (x.kind == Mitigation::rollback) ask_for_rollback(d, x.what);
    if (x.kind == Mitigation::flag && d.p.switches_flags)
      d.effect(effect::SwitchFlag{x.what, fmt::format("{}: {}", d.i.id, d.i.private_channel ? "mitigation" : x.why)});
  }

  void operator()(const cmd::Branch& x) {
    auto repository = !x.repository.empty() ? x.repository : d.i.default_repository;
    if (repository.empty() && !d.p.repositories.empty()) repository = d.p.repositories.front().name;
    if (repository.empty())
      return d.refuse("No repository is configured: add [[repository]] to the configuration file.");
    if (d.p.repository(repository) == nullptr) return unknown_repository(repository);
    const auto branch = "hotfix/" + (x.slug.empty() ? slug_of(public_name(d.i)) : x.slug);
    if (const auto* h = d.i.hotfix(repository)) {
      if (!h->tag.empty())
        return d.refuse(
            fmt::format("{} was shipped here as {}. What it still lacks goes onto the same branch: push it, "
                        "have it reviewed, and tag {}.",
                        h->branch, h->tag, h->version),
            "/hotfix tag");
      if (h->base_sha.empty()) return d.refuse(fmt::format("{} is being cut already.", h->branch));
      // One that is gone, holds nothing yet or holds what it must not may be left for another.
      const bool same_again = branch == h->branch && !h->has_work() && h->unclean.empty();
      if ((h->has_work() && h->unclean.empty()) || h->landed() || same_again)
        return d.refuse(
            fmt::format("{} already has {} in {}, cut from {}.", d.i.id, h->branch, repository, h->base_tag),
            "/hotfix status");
      if (branch == h->branch && h->has_work())
        return d.refuse(fmt::format("{} is not clean: {}. Give the new one another name.", branch, h->unclean),
                        "/hotfix branch <another slug>");
    }
    const bool reasoned =
        std::ranges::any_of(d.i.mitigations, [](const auto& m) { return m.kind == Mitigation::hotfix; });
    if (below_threshold(d.i, d.p) && d.i.below_threshold_reason.empty() && !reasoned)
      return d.refuse(fmt::format("{} is below the threshold for a hotfix ({}). Say why it cannot wait for the next "
                                  "release, or roll back instead.",
                                  severity_name(d.i.severity, d.p), severity_name(d.p.threshold, d.p)),
                      fmt::format("/hotfix sev {} <why>", static_cast<int>(d.i.severity)));
    const auto known = d.c.known_production.find(repository);
    d.emit(event::BranchRequested{repository, branch, x.from_tag, d.asked_in()});
    d.effect(effect::CutBranch{repository, branch, x.from_tag, known == d.c.known_production.end() ? "" : known->second,
                               related_paths(d.i, *d.i.hotfix(repository), d.p)});
  }

  void operator()(const cmd::PullRequest& x) {
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    if (x.number == 0 && x.url.empty()) return open_pull_request_of(*h);
    for (const auto& pr : h->pull_requests)
      if (pr.number == x.number && x.number != 0) return d.refuse(fmt::format("PR #{} is known already.", x.number));
    d.emit(event::PullRequestOpened{h->repository, x.number, x.url, {x.title}, {}, {}, d.c.actor});
    d.reply(fmt::format("Noted: you opened {} and are the author of the fix, so your own approval does not count.",
                        x.number != 0 ? fmt::format("PR #{}", x.number) : x.url));
  }

  void operator()(const cmd::Ci& x) {
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    if (!x.state) return show_ci(*h);
    if (*x.state != CheckState::failed && has_forge(*h))
      return d.refuse(fmt::format("{} says itself what passed, and nobody's word stands in for it. To set CI aside:",
                                  d.p.repository(h->repository)->forge),
                      "/hotfix override ci <why>");
    d.ask_git("ci", *h,
              fmt::format("{} {} {} {}", to_string(*x.state), x.sha.empty() ? "-" : x.sha,
                          h->head.empty() ? "-" : h->head, x.url));
  }

  void operator()(const cmd::Approve& x) {
    if (unproven()) return;
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    if (h->wrote(d.c.actor))
      return d.refuse(fmt::format("You wrote this fix: {} other people must approve it.", approvals_needed(*h, d.p)));
    if (has_forge(*h) && d.p.person(d.c.actor.id) == nullptr) {
      const auto* pr = h->open_pull_request();
      return d.refuse(
          fmt::format("Who you are on {} is not configured, and one person must not count twice: approve on the pull "
                      "request{}.",
                      d.p.repository(h->repository)->forge, pr == nullptr ? "" : " " + pr->url));
    }
    d.ask_git("approve", *h, h->head);
  }

  void operator()(const cmd::Tag& x) {
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    const auto version = h->version;
    if (!x.version.empty() && same_number(x.version, h->tag))
      return d.refuse(fmt::format("{} is tagged already, at {}.", h->tag, short_sha(h->tag_sha)));
    if (!x.version.empty() && !same_number(x.version, version))
      return d.refuse(fmt::format("The next version after {} is {}: a hotfix raises only the patch number.",
                                  h->tag.empty() ? h->base_tag : h->tag, version),
                      "/hotfix tag " + version);
    if (std::ranges::any_of(d.i.requests,
                            [&](const auto& r) { return r.verb == "tag" && r.repository == h->repository; }))
      return d.refuse("A tag is on its way already.");
    d.ask_git("tag", *h, version);
  }

  void operator()(const cmd::Deploy& x) {
    if (cut_hotfix(x.repository) != nullptr) decide_deploy_command(d, x);
  }
  void operator()(const cmd::Where& x) { decide_deploy_command(d, x); }
  void operator()(const cmd::ConfirmRollback& x) {
    if (!unproven()) decide_deploy_command(d, x);
  }

  void operator()(const cmd::Merge& x) {
    if (const auto* h = cut_hotfix(x.repository)) ask_to_merge(d, *h, x.target);
  }

  void operator()(const cmd::DeployedTag& x) {
    if (rolled_back_by_word(d, x)) return;
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    const auto own = h->tag.empty() ? h->version : h->tag;
    auto tag = x.version.empty() || same_number(x.version, own) ? own : x.version;
    if (same_number(tag, h->version)) tag = h->version;
    if (h->precedes(tag)) {
      if (h->environments.empty())
        return d.refuse(fmt::format("{} does not hold this fix, which is {}.", tag, own), "/hotfix deployed " + own);
      d.emit(event::Deployed{h->repository, tag, d.p.environment});
      return d.announce(
          {{{plain(fmt::format("{} runs {} again: {} was rolled back. Say why: ", d.p.environment, tag, own)),
             code(fmt::format("/hotfix mitigate rollback {} <why>", tag))}},
           {}});
    }
    if (tag != own && tag != h->version && !h->landed())  // a release that carries the fix may be called anything
      return d.refuse(fmt::format("{} is not this hotfix, which is {}.", tag, own), "/hotfix deployed " + own);
    const auto environment =
        x.environment.empty() || same_word(x.environment, d.p.environment) ? d.p.environment : x.environment;
    if (environment != d.p.environment) {
      d.emit(event::EntryAdded{d.next_entry(), {}, {fmt::format("{} deployed to {}", tag, environment)}, false});
      return d.reply({{{plain(fmt::format("Noted in the timeline. What counts is {}: ", d.p.environment)),
                        code("/hotfix deployed " + tag)}},
                      {}});
    }
    if (std::ranges::find(h->environments, environment) != h->environments.end())
      return d.refuse(fmt::format("{} is in {} already.", tag, environment));
    d.ask_git("deployed", *h, tag);  // a tag pushed a moment ago is to be seen first
  }

  void operator()(const cmd::Verify& x) {
    if (x.what.empty()) return d.refuse("Say what you saw.", "/hotfix verify ok 500 rate back to baseline");
    d.emit(event::Verified{x.ok, {x.what}});
    if (!x.ok)
      d.announce({{{bold("Still failing"), plain(": " + x.what + ". Roll back? "),
                    code("/hotfix mitigate rollback <what> <why>")}},
                  {}});
    else
      d.reply("Noted: " + x.what);
  }

  void operator()(const cmd::Resolve& x) {
    if (d.i.resolved)
      return d.refuse(fmt::format("{} is resolved already: {}.", d.i.id, d.i.resolved_what), "/hotfix obligations");
    if (d.i.verify_failing)
      return d.refuse("The last verification said that it still fails.", "/hotfix verify ok <what you saw>");
    d.emit(event::Resolved{{x.what}});
    // Whoever says that it is over has looked.
    if (!d.i.verified || std::ranges::any_of(d.i.hotfixes, [&](const auto& h) {
          return h.deployed_at && d.i.verified->at < *h.deployed_at;
        }))
      d.emit(event::Verified{true, {x.what}});
    const auto hotfixes = d.i.hotfixes;
    for (const auto& h : hotfixes) d.observe_now(h);
    d.follow_up_before_close();
    std::vector<std::string> left;
    for (const auto* o : open_obligations(d.i)) left.push_back(title(*o, d.i));
    d.announce(
        {{{bold(d.i.id + " resolved"), plain(": " + x.what)},
          {plain(left.empty() ? "Nothing is open: " : fmt::format("Before it closes: {}. ", fmt::join(left, ", "))),
           code(left.empty() ? "/hotfix close" : "/hotfix obligations")}},
         {}});
  }

  void operator()(const cmd::MergeBackStatus& x) {
    if (d.i.hotfixes.empty()) return d.reply(merge_back_message(d.i));
    const auto hotfixes = d.i.hotfixes;
    bool asked = false;
    for (const auto& h : hotfixes)
      if (!h.base_sha.empty() && (x.repository.empty() || h.repository == x.repository)) {
        d.ask_git("mergeback", h, {});
        asked = true;
      }
    if (!asked) d.reply(merge_back_message(d.i));
  }

  void operator()(const cmd::MergeBackOpen& x) { ask_to_carry(d, x); }
  void operator()(const cmd::MergeBackTest& x) { ask_to_test(d, x); }

  void operator()(const cmd::MergeBackShow& x) {
    if (const auto* h = cut_hotfix(x.repository)) ask_why(d, *h, x.target);
  }

  void operator()(const cmd::MergeBackAck& x) {
    auto* h = cut_hotfix(x.repository);
    if (h == nullptr) return;
    const auto it = h->merge_backs.find(x.target);
    if (it == h->merge_backs.end()) {
      std::vector<std::string> names;
      for (const auto& [name, mb] : h->merge_backs) names.push_back(name);
      return d.refuse(fmt::format("'{}' is not a merge-back target. There {}: {}.", x.target,
                                  names.size() == 1 ? "is" : "are",
                                  names.empty() ? "none judged yet" : fmt::format("{}", fmt::join(names, ", "))));
    }
    if (!h->has_work())
      return d.refuse(fmt::format("There is no commit on {} yet, so there is nothing to acknowledge.", h->branch));
    if (x.why.empty())
      return d.refuse("Say what you looked at.", fmt::format("/hotfix mergeback ack {} <why>", x.target));
    const auto& mb = it->second;
    if (mb.verdict == Verdict::present)
      return d.refuse(fmt::format("{} has it already: {}.", x.target, mb.explanation));
    if (!needs_ack(mb.verdict))
      return d.refuse(fmt::format("{} is {}: {}. That is for merging, not for acknowledging.", x.target,
                                  to_string(mb.verdict), mb.explanation),
                      fmt::format("/hotfix override merge-back:{}:{} <why>", h->repository, x.target));
    d.emit(event::MergeBackAcknowledged{h->repository, x.target, mb.target_sha, {x.why}});
    d.reply(fmt::format("Noted for {} at {}. It is asked again when those files change there.", x.target,
                        short_sha(mb.target_sha)));
  }

  // The draft of the summary comes from what is on the record; the rest is for people to say.
  void operator()(const cmd::RcaStart&) {
    if (!d.i.rca.started) {
      d.emit(event::RcaStarted{});
      d.emit(event::RcaFieldSet{RcaField::summary, {draft_summary()}},
             {.at = d.c.now, .by = Person{}, .source = Source::bot});
    }
    auto message = rca_message(d.i);
    auto when = timeline_message(d.i, d.p);
    message.lines.insert(message.lines.end(), when.lines.begin(), when.lines.end());
    d.reply(std::move(message));
  }

  void operator()(const cmd::RcaSet& x) {
    if (x.text.empty()) return d.refuse("Say what.", fmt::format("/hotfix rca set {} <text>", to_string(x.field)));
    const bool category = x.field == RcaField::category;
    const auto text = category ? rca_category(x.text) : x.text;
    d.emit(event::RcaFieldSet{x.field, {text}});
    std::size_t missing = 0;
    for (std::size_t n = 0; n < kRcaRequired; ++n) missing += !d.i.rca.fields.contains(static_cast<RcaField>(n));
    Message answer{
        {{plain(fmt::format("Noted{}. {}: ", category ? " as " + text : "",
                            missing == 0 ? "Every needed field is there" : fmt::format("{} to go", missing))),
          code(missing == 0 ? "/hotfix rca submit" : "/hotfix rca show")}},
        {}};
    if (category && text.starts_with(kRcaCategories.back()))
      answer.lines.push_back({plain(fmt::format("The categories are: {}", rca_categories()))});
    d.reply(std::move(answer));
  }

  void operator()(const cmd::RcaShow&) { d.reply(rca_message(d.i)); }

  void operator()(const cmd::RcaSubmit&) {
    std::vector<std::string_view> missing;
    for (std::size_t n = 0; n < kRcaRequired; ++n)
      if (!d.i.rca.fields.contains(static_cast<RcaField>(n))) missing.push_back(to_string(static_cast<RcaField>(n)));
    if (!missing.empty())
      return d.refuse(fmt::format("The RCA still lacks: {}.", fmt::join(missing, ", ")),
                      fmt::format("/hotfix rca set {} <text>", missing.front()));
    if (d.i.rca.submitted) return d.refuse(fmt::format("Submitted already by {}.", d.i.rca.submitted->by.name));
    d.emit(event::RcaSubmitted{});
    d.announce({{{plain(fmt::format("RCA of {} submitted by {}. Somebody else reads it: ", d.i.id, d.c.actor.name)),
                  code("/hotfix rca show"), plain(", "), code("/hotfix rca approve")}},
                {}});
  }

  void operator()(const cmd::RcaApprove&) {
    if (unproven()) return;
    if (!d.i.rca.submitted) return d.refuse("The RCA is not submitted yet.", "/hotfix rca submit");
    if (d.i.rca.approved) return d.refuse(fmt::format("Approved already by {}.", d.i.rca.approved->by.name));
    if (d.i.rca.submitted->by == d.c.actor) return d.refuse("You submitted it: somebody else must approve it.");
    d.emit(event::RcaApproved{});
    d.announce(say(fmt::format("RCA of {} approved by {}.", d.i.id, d.c.actor.name)));
  }

  void operator()(const cmd::ActionAdd& x) {
    if (x.what.empty())
      return d.refuse("Say what is to be done.", "/hotfix action add <text> --owner @person --due 2w");
    const auto id = fmt::format("A{}", d.i.actions.size() + 1);
    const auto owner = x.owner.empty() ? d.c.actor : x.owner;
    const auto due = x.due_at ? *x.due_at
                              : d.c.now + (x.due_in ? std::chrono::duration_cast<Minutes>(*x.due_in)
                                                    : d.p.reminder(ObligationKind::action_item).due_after);
    if (due <= d.c.now) return d.refuse("It cannot be due in the past.");
    d.emit(event::ActionAdded{id, {x.what}, owner, due});
    d.open_obligation("action:" + id, ObligationKind::action_item, {}, {}, owner, due);
    Message m{{{plain(id + " for "), mention(owner), plain(", due "), due_at(due), plain(": " + x.what)}}, {}};
    d.announce(std::move(m));
  }

  void operator()(const cmd::ActionFinish& x) {
    if (x.id == "flag" || x.id.starts_with("flag:")) {
      const auto* o = d.which_obligation(x.id == "flag" ? std::string(to_string(ObligationKind::flag_clean_up)) : x.id);
      if (o == nullptr) return;
      if (o->state != ObligationState::open) return d.refuse("That flag is cleaned up already.");
      d.emit(event::ObligationMet{o->id, {"cleaned up, said by " + d.c.actor.name}});
      return d.reply("Noted.");
    }
    const auto it = std::ranges::find(d.i.actions, x.id, &ActionItem::id);
    if (it == d.i.actions.end())
      return d.refuse(fmt::format("There is no action item '{}'.", x.id), "/hotfix action list");
    if (it->done_at) return d.refuse(x.id + " is done already.");
    d.emit(event::ActionDone{x.id});
    d.reply(x.id + " is done.");
  }

  void operator()(const cmd::ActionIssue& x) {
    const auto* policy = issue_repository(x.repository);
    if (policy == nullptr) return;
    if (d.i.private_channel)
      return d.refuse(
          fmt::format("{} is private, and an issue may be seen by more people: write it there by hand.", d.i.id));
    std::vector<const ActionItem*> wanted;
    for (const auto& a : d.i.actions)
      if (x.id.empty() ? !a.done_at && a.issue == 0 : a.id == x.id) wanted.push_back(&a);
    if (wanted.empty())
      return d.refuse(
          x.id.empty() ? "No open action item lacks an issue." : fmt::format("There is no action item '{}'.", x.id),
          "/hotfix action list");
    if (!x.id.empty() && wanted.front()->issue != 0)
      return d.refuse(
          fmt::format("{} is issue #{} already: {}", x.id, wanted.front()->issue, wanted.front()->issue_url));
    for (const auto* a : wanted)
      d.effect(effect::FileIssue{
          policy->name, a->id, fmt::format("hotfixd {}/{}", d.i.id, a->id), a->what,
          fmt::format("Action item {} of {} ({}): {}\n\nOwner: {}, due {}", a->id, d.i.id,
                      severity_name(d.i.severity, d.p), d.i.summary, a->owner.name, format_day(a->due, d.p.zone)),
          d.i.declared.at});
    d.reply(fmt::format("Filing {} in {}.", wanted.size() == 1 ? "one issue" : fmt::format("{} issues", wanted.size()),
                        policy->name));
  }

  void operator()(const cmd::ActionList&) { d.reply(actions_message(d.i)); }

  void operator()(const cmd::Note& x) {
    d.emit(event::EntryAdded{d.next_entry(), {}, {x.text}, false}, {.at = x.at});
    const auto at = x.at.value_or(d.c.sent_at);
    const bool today = local_time(at, d.p.zone).same_day(local_time(d.c.sent_at, d.p.zone));
    d.reply(fmt::format("In the timeline at {}{}.", today ? "" : format_day(at, d.p.zone) + " ",
                        format_clock(at, d.p.zone)));
  }

  void operator()(const cmd::CorrectTime& x) {
    const auto lines = timeline(d.i, d.p);
    std::size_t number = 0;
    for (const char ch : x.entry)
      number = ch >= '0' && ch <= '9' && number < 100000 ? number * 10 + static_cast<std::size_t>(ch - '0') : 100000;
    if (number < 1 || number > lines.size()) {
      Message m = say(x.entry.empty() ? std::string("The lines of the timeline:")
                                      : fmt::format("The timeline has no line '{}'. Its lines are:", x.entry));
      for (std::size_t n = 0; n < lines.size(); ++n)
        m.lines.push_back({plain(fmt::format("{}. ", n + 1)), clock_at(lines[n].at),
                           plain(" " + (lines[n].author.empty() ? "" : lines[n].author + ": ") + lines[n].text)});
      d.out.reply = Reply{std::move(m), false, !x.entry.empty()};
      return;
    }
    const auto& line = lines[number - 1];
    const auto day = local_time(line.at, d.p.zone);
    auto at = instant(day.year, day.month, day.day, local_time(x.at, d.p.zone).minute_of_day, d.p.zone);
    // A bare HH:MM means the line's own day; a date, which can only lie further back than yesterday, means itself.
    if (at > d.c.now || x.at < d.c.now - std::chrono::hours{48}) at = x.at;
    for (const auto& entry : line.entries) d.emit(event::EntryTimeCorrected{entry, at});
    Message m{{{plain(fmt::format("Line {} is now at ", number)), clock_at(at), plain(": " + line.text)}}, {}};
    d.reply(std::move(m));
  }

  void operator()(const cmd::ShowTimeline&) { d.reply(timeline_message(d.i, d.p)); }

  void operator()(const cmd::SetOwner& x) {
    const auto* o = d.which_obligation(x.obligation);
    if (o == nullptr) return;
    if (o->state != ObligationState::open)
      return d.refuse(fmt::format("{} is {} already.", title(*o, d.i), to_string(o->state)));
    const auto what = title(*o, d.i);
    d.emit(event::ObligationReassigned{o->id, x.person});
    d.announce({{{mention(x.person), plain(" owns: " + what)}}, {}}, true);
  }

  void operator()(const cmd::Snooze& x) {
    std::vector<std::string> ids;
    if (x.obligation.empty()) {
      for (const auto* o : open_obligations(d.i))
        if (o->owner == d.c.actor) ids.push_back(o->id);
      if (ids.empty())
        return d.refuse(fmt::format("You own nothing that is open in {}.", d.i.id), "/hotfix obligations");
    } else {
      const auto* o = d.which_obligation(x.obligation);
      if (o == nullptr) return;
      if (o->state != ObligationState::open)
        return d.refuse(fmt::format("{} is {} already.", title(*o, d.i), to_string(o->state)));
      ids.push_back(o->id);
    }
    snooze(ids, x.duration);
  }

  void snooze(const std::vector<std::string>& ids, Seconds duration) {
    if (duration > d.p.snooze_limit)
      return d.refuse(fmt::format("At most {} at a time.", format_duration(d.p.snooze_limit)),
                      fmt::format("/hotfix snooze {} {}h", ids.front(), d.p.snooze_limit.count() / 60));
    std::vector<std::string> snoozed;
    for (const auto& id : ids) {
      const auto& o = *d.i.obligation(id);
      if (o.state != ObligationState::open) continue;
      if (!(o.owner == d.c.actor) && !(d.i.holder(Role::commander) == d.c.actor))
        return d.refuse(fmt::format("Only {} or the commander may snooze that.", o.owner.name),
                        fmt::format("/hotfix owner {} @you", id));
      if (o.snoozes >= d.p.snooze_count) continue;
      snoozed.push_back(id);
    }
    if (snoozed.empty())
      return d.refuse(
          fmt::format("It was snoozed {} times already: now it has to be done or handed on.", d.p.snooze_count));
    const auto until = d.c.now + duration;
    for (const auto& id : snoozed) d.emit(event::ObligationSnoozed{id, until});
    Message m{{{plain("Quiet until "), due_at(until), plain(".")}}, {}};
    d.reply(std::move(m));
  }

  void operator()(const cmd::ShowObligations&) { d.reply(obligations_message(d.i, d.p, d.c.now)); }
  void operator()(const cmd::ShowStatus&) { d.reply(status_card(d.i, d.p)); }

  void operator()(const cmd::Close&) {
    if (d.waiting("close")) return d.refuse("A close is being decided already.");
    if (!d.i.resolved && !d.i.hotfixes.empty() &&
        std::ranges::any_of(d.i.hotfixes, [](const auto& h) { return h.deployed_at || !h.tag.empty() || h.landed(); }))
      return d.refuse(fmt::format("{} is not resolved yet.", d.i.id), "/hotfix resolve <what>");
    if (!d.i.resolved)
      return d.refuse(fmt::format("{} is not resolved yet. If no hotfix was needed, say so.", d.i.id),
                      "/hotfix assess not-a-hotfix <why>");
    const auto hotfixes = d.i.hotfixes;
    bool asked = false;
    for (const auto& h : hotfixes)
      if (!h.base_sha.empty()) {
        d.ask_git("close", h, {});
        asked = true;
      }
    if (asked) return;
    d.emit(event::RequestMade{"close", {}, {}});  // on the record, like one that git is asked about
    d.emit(event::RequestSettled{"close", {}, true, {}}, {.at = d.c.now, .by = Person{}, .source = Source::bot});
    d.follow_up_before_close();
    d.try_close({d.c.sent_at, d.c.actor, Source::said});
  }

  void operator()(const cmd::Reopen& x) {
    if (!d.i.ended() && !d.i.resolved) return d.refuse(fmt::format("{} is open.", d.i.id), "/hotfix status");
    if (x.why.empty()) return d.refuse("Say why.", "/hotfix reopen <why>");
    if (d.i.archived && d.c.channel == d.i.channel)  // who can type there has opened it again
      d.emit(event::ChannelArchived{false}, {.source = Source::message});
    d.emit(event::Reopened{{x.why}});
    d.announce({{{bold(d.i.id + " reopened"), plain(fmt::format(" by {}: {}", d.c.actor.name, x.why))}}, {}});
  }

  void operator()(const cmd::Override& x) {
    if (x.why.empty()) return d.refuse("Say why.", fmt::format("/hotfix override {} <why>", x.gate));
    const auto gate = from_string<Gate>(x.gate);
    const auto* obligation = gate ? nullptr : d.which_obligation(x.gate);
    if (!gate && obligation == nullptr) return;
    const auto name = gate ? x.gate : obligation->id;
    for (const auto& o : d.i.overrides)
      if (!o.confirmed && !o.declined && o.gate == name &&
          (x.repository.empty() || o.repository.empty() || o.repository == x.repository) &&
          !(o.asked.by == d.c.actor) && d.c.now <= o.asked.at + d.p.override_expires)
        return (*this)(cmd::ConfirmOverride{o.id});
    if (!may_override(d, d.c.actor)) {
      std::vector<std::string_view> roles;
      for (const auto r : d.p.override_roles) roles.push_back(to_string(r));
      const auto commander = d.i.holder(Role::commander).value_or(d.i.declared.by);
      return d.refuse(fmt::format("Only the {} may ask for an override: ask {}, who commands here.",
                                  fmt::join(roles, " or the "), commander.name));
    }
    std::string repository;
    if (gate && *gate != Gate::close) {
      const auto* h = cut_hotfix(x.repository);
      if (h == nullptr) return;
      repository = h->repository;
      for (const auto& g : tag_gates(d.i, *h, d.p))
        if (g.gate == *gate && g.open())
          return d.refuse(fmt::format("Nothing to override: {}.", g.detail), "/hotfix tag");
    } else if (!gate) {
      if (obligation->state != ObligationState::open)
        return d.refuse(fmt::format("{} is {} already.", title(*obligation, d.i), to_string(obligation->state)));
    } else if (open_obligations(d.i).empty()) {
      return d.refuse("Nothing keeps it open.", "/hotfix close");
    }
    ask(name, repository, x.why);
  }

  void operator()(const cmd::ConfirmOverride& x) {
    const auto* found = find_override(d, x.id);
    if (found == nullptr) return;
    const auto id = found->id;
    if (unproven()) return;
    if (found->asked.by == d.c.actor) return d.refuse("You asked for it: a second person must confirm.");
    if (d.p.is_alert_source(d.c.actor) || d.c.actor.empty()) return d.refuse("Only a person can confirm an override.");
    const auto asked_by = found->asked.by.name;
    const auto gate = found->gate;
    d.emit(event::OverrideConfirmed{id});
    show_override(id);
    d.reply(fmt::format("You confirmed what {} asked: {} is set aside.", asked_by, gate));
  }

  void operator()(const cmd::DeclineOverride& x) {
    const auto* found = find_override(d, x.id);
    if (found == nullptr) return;
    const auto id = found->id;
    d.emit(event::OverrideDeclined{id});
    show_override(id);
  }

  // Answered by the engine, which sees all incidents.
  void operator()(const cmd::List&) {}
  void operator()(const cmd::Mine&) {}
  void operator()(const cmd::Export&) {}
  void operator()(const cmd::Help&) {}

  // Refuses who is not known to be who they say.
  bool unproven() {
    if (d.c.unproven)
      d.refuse("At this terminal nobody can be the second person: the name is only typed here. Do it in the channel.");
    return d.c.unproven;
  }
  void show_override(const std::string& id) {
    for (const auto& o : d.i.overrides)
      if (o.id == id) d.show(fmt::format("{}/override/{}", d.i.id, id), override_message(d, o));
  }

 private:
  void ask(const std::string& gate, const std::string& repository, const std::string& why) {
    const auto id = fmt::format("O{}", d.i.overrides.size() + 1);
    d.emit(event::OverrideAsked{id, gate, repository, {why}});
    show_override(id);
  }

  // Where issues go: the one named, else the first hotfix's, else the incident's; refuses and is null without a forge.
  const RepositoryPolicy* issue_repository(const std::string& name) {
    auto wanted = name;
    if (wanted.empty() && !d.i.hotfixes.empty()) wanted = d.i.hotfixes.front().repository;
    if (wanted.empty()) wanted = d.i.default_repository;
    if (wanted.empty() && !d.p.repositories.empty()) wanted = d.p.repositories.front().name;
    const auto* policy = d.p.repository(wanted);
    if (policy == nullptr)
      unknown_repository(wanted);
    else if (policy->forge.empty())
      d.refuse(fmt::format("No forge is configured for {}, so nothing can be filed there.", wanted));
    return policy == nullptr || policy->forge.empty() ? nullptr : policy;
  }

  bool has_forge(const Hotfix& h) const {
    const auto* repository = d.p.repository(h.repository);
    return repository != nullptr && !repository->forge.empty();
  }

  void open_pull_request_of(const Hotfix& h) {
    const auto* repository = d.p.repository(h.repository);
    if (repository == nullptr || repository->forge.empty())
      return d.refuse("The bot cannot open one here: no forge is configured for it. Open it yourself and name it.",
                      "/hotfix pr <url>");
    if (const auto* pr = h.open_pull_request())
      return d.refuse(fmt::format("PR #{} is open: {}", pr->number, pr->url), "/hotfix status");
    if (!h.has_work())
      return d.refuse(fmt::format("There is no commit on {} yet: push the fix first.", h.branch), "/hotfix status");
    open_pull_request(d, h);
    d.reply(fmt::format("Opening a pull request from {} into {}.", h.branch, repository->production_branch));
  }

  Hotfix* cut_hotfix(const std::string& repository) {
    auto* h = d.which_hotfix(repository);
    if (h == nullptr || !h->base_sha.empty()) return h;
    d.refuse(fmt::format("{} is still being cut.", h->branch));
    return nullptr;
  }

  std::string draft_summary() const {
    const auto lines = timeline(d.i, d.p);
    const auto began = lines.empty() ? d.i.declared.at : lines.front().at;
    auto text = fmt::format("{} ({}). Began {} {} {}", d.i.summary, severity_name(d.i.severity, d.p),
                            format_day(began, d.p.zone), format_clock(began, d.p.zone), d.p.zone);
    for (const auto& h : d.i.hotfixes)
      if (h.deployed_at)
        text += fmt::format("; {}{} in {} at {}", h.tag.empty() ? h.version : h.tag, in_repository(d.i, h.repository),
                            d.p.environment, format_clock(*h.deployed_at, d.p.zone));
    if (d.i.resolved)
      text += fmt::format("; over at {} ({}): {}", format_clock(d.i.resolved->at, d.p.zone),
                          format_duration(std::chrono::floor<Seconds>(d.i.resolved->at - began)), d.i.resolved_what);
    return text + ".";
  }

  void show_ci(const Hotfix& h) {
    const auto checks = h.checks.find(h.head);
    if (checks == h.checks.end())
      return d.reply(fmt::format("No CI result for {} yet.", h.head.empty() ? h.branch : short_sha(h.head)));
    Message m = say("CI on " + short_sha(h.head));
    for (const auto& [context, check] : checks->second) {
      Line line{plain(check.state == CheckState::passed ? "✓ " : check.state == CheckState::failed ? "✗ " : "· ")};
      line.push_back(check.url.empty() ? plain(context) : link(context, check.url));
      line.push_back(plain(fmt::format(" {}", to_string(check.state))));
      m.lines.push_back(std::move(line));
    }
    d.reply(std::move(m));
  }

  void unknown_repository(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& r : d.p.repositories) names.push_back(r.name);
    d.refuse(fmt::format("Repository '{}' is not configured. Known: {}.", name, fmt::join(names, ", ")));
  }

  void unknown_service(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& s : d.p.services) names.push_back(s.name);
    d.refuse(names.empty() ? fmt::format("Service '{}' is not configured, and no other is.", name)
                           : fmt::format("Service '{}' is not configured. Known: {}.", name, fmt::join(names, ", ")));
  }

  static void replace(std::string& text, std::string_view token, const std::string& value) {
    if (const auto at = text.find(token); at != std::string::npos) text.replace(at, token.size(), value);
  }

  Deciding& d;
};

// What may still be typed after the end.
bool allowed_after_end(const Command& c) {
  return std::holds_alternative<cmd::Reopen>(c) || std::holds_alternative<cmd::ShowTimeline>(c) ||
         std::holds_alternative<cmd::ShowStatus>(c) || std::holds_alternative<cmd::ShowObligations>(c) ||
         std::holds_alternative<cmd::RcaShow>(c) || std::holds_alternative<cmd::ActionList>(c) ||
         std::holds_alternative<cmd::ActionIssue>(c) || std::holds_alternative<cmd::MergeBackStatus>(c) ||
         std::holds_alternative<cmd::MergeBackTest>(c) || std::holds_alternative<cmd::MergeBackShow>(c) ||
         std::holds_alternative<cmd::Note>(c) || std::holds_alternative<cmd::CorrectTime>(c) ||
         std::holds_alternative<cmd::Where>(c);
}

}  // namespace

bool same_number(std::string_view a, std::string_view b) {
  const auto number = [](std::string_view text) {
    const auto digit = text.find_first_of("0123456789");
    return digit == std::string_view::npos ? std::string_view{} : text.substr(digit);
  };
  const auto bare = [](std::string_view text) { return !text.empty() && text[0] >= '0' && text[0] <= '9'; };
  return a == b || (bare(a) && number(a) == number(b));
}

void Deciding::follow_up_before_close() {
  for (int round = 0; round < 4 && derive_once(); ++round) {
  }
}

// An alert source is a machine: it may declare and note, it cannot approve, decide or answer for anything.
bool allowed_to_machines(const Command& c) {
  return std::holds_alternative<cmd::Declare>(c) || std::holds_alternative<cmd::Note>(c) ||
         std::holds_alternative<cmd::ShowStatus>(c) || std::holds_alternative<cmd::ShowTimeline>(c) ||
         std::holds_alternative<cmd::ShowObligations>(c) || std::holds_alternative<cmd::Where>(c);
}

void decide_command(Deciding& d, const Command& command) {
  if (d.p.is_alert_source(d.c.actor) && !allowed_to_machines(command))
    return d.refuse(fmt::format("{} is an alert source: a person has to type that.", d.c.actor.name));
  if (std::holds_alternative<cmd::Declare>(command)) {
    if (d.i.exists())
      return d.refuse(fmt::format("{} is open in this channel: {}.", d.i.id, d.i.summary),
                      "/hotfix declare <summary> --new-channel");
  } else if (!d.i.exists()) {
    return d.refuse("No incident is open in this channel.", "/hotfix declare sev2 <what is broken>");
  } else if (d.i.ended() && !allowed_after_end(command)) {
    return d.refuse(fmt::format("{} is {}.", d.i.id, to_string(d.i.status())),
                    fmt::format("/hotfix {} reopen <why>", d.i.id));
  }
  std::visit(Commands(d), command);
}

// What the button of next_buttons() stands for. One that was meant for an earlier head is refused: whoever pressed it
// looked at something else.
std::optional<Command> pressed_command(Deciding& d, const chat::Pressed& pressed) {
  const auto at = pressed.value.rfind('@');  // a repository's name may hold one too
  const auto repository = pressed.value.substr(0, at);
  if (pressed.button == "approve" || pressed.button == "tag") {
    const auto* h = d.i.hotfix(repository);
    const auto head = at == std::string::npos ? std::string{} : pressed.value.substr(at + 1);
    if (h == nullptr || head.empty() || head != short_sha(h->head)) {
      d.refuse(fmt::format("The branch moved on{} since that was shown: look at it again.",
                           h == nullptr ? "" : " to " + short_sha(h->head)),
               "/hotfix status");
      return std::nullopt;
    }
    if (pressed.button == "tag") return cmd::Tag{{}, repository};
    return cmd::Approve{repository};
  }
  if (pressed.button == "deploy") {
    const auto* h = d.i.hotfix(repository);
    const auto tag = at == std::string::npos ? std::string{} : pressed.value.substr(at + 1);
    if (h == nullptr || tag.empty() || tag != h->tag) {
      d.refuse(fmt::format("That was meant for {}{}.", tag.empty() ? "another tag" : tag,
                           h == nullptr || h->tag.empty() ? "" : ", and the tag is " + h->tag + " now"),
               "/hotfix status");
      return std::nullopt;
    }
    return cmd::Deploy{tag, {}, repository};
  }
  if (pressed.button == "assess") return cmd::Assess{Assessment::reproduced, {}};
  if (pressed.button == "branch") return cmd::Branch{};
  if (pressed.button == "mergeback") return cmd::MergeBackStatus{};
  if (pressed.button == "forward") return cmd::MergeBackOpen{};
  if (pressed.button == "rca") return d.i.rca.started ? Command{cmd::RcaShow{}} : Command{cmd::RcaStart{}};
  if (pressed.button == "close") return cmd::Close{};
  if (pressed.button == "timeline") return cmd::ShowTimeline{};
  return std::nullopt;
}

void press(Deciding& d, const chat::Pressed& pressed) {
  if (!d.i.exists() || d.i.ended()) return d.refuse("That is over.");
  Commands commands(d);
  if (pressed.button == "confirm") return commands(cmd::ConfirmOverride{pressed.value});
  if (pressed.button == "decline") return commands(cmd::DeclineOverride{pressed.value});
  if (pressed.button == "rollback") return commands.unproven() ? void() : confirm_rollback(d, pressed.value);
  if (const auto command = pressed_command(d, pressed)) return decide_command(d, *command);
  if (d.out.reply) return;
  if (pressed.button == "snooze") {
    std::vector<std::string> ids;
    for (const auto* o : open_obligations(d.i))
      if (pressed.value.empty() ? o->owner == d.c.actor : o->owner.id == pressed.value) ids.push_back(o->id);
    if (ids.empty()) return d.refuse("Nothing is open there.");
    return commands.snooze(ids, std::min<Seconds>(std::chrono::hours{24}, d.p.snooze_limit));
  }
  d.refuse(fmt::format("The button '{}' does nothing here.", pressed.button));
}

}  // namespace hotfixd
