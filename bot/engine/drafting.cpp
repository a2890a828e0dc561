// What people, webhooks and the clock bring: routed to an incident and decided.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <ranges>

#include "bot/domain/cards.hpp"
#include "bot/engine/engine_impl.hpp"
#include "bot/engine/export.hpp"
#include "commands/commands.hpp"

namespace hotfixd {
namespace {

constexpr std::size_t kShown = 50;     // lines of one list
constexpr std::size_t kSearched = 20;  // incidents of a channel asked for a message that was edited

// The message that somebody edited, deleted, reacted to or added; nothing for anything else.
const MessageId* message_of(const Delivery& d) {
  if (const auto* edited = std::get_if<chat::Edited>(&d.what)) return &edited->id;
  if (const auto* deleted = std::get_if<chat::Deleted>(&d.what)) return &deleted->id;
  if (const auto* reacted = std::get_if<chat::Reacted>(&d.what)) return &reacted->id;
  if (const auto* added = std::get_if<chat::Added>(&d.what)) return &added->id;
  return nullptr;
}

}  // namespace

InboxAnswer refusal(const UserError& e) {
  Message m = say(e.what);
  if (!e.try_instead.empty()) m.lines.push_back({plain("Type: "), code(e.try_instead)});
  return {{}, Reply{std::move(m), false, true}};
}

Result<void> Engine::Impl::add_decision(Draft& draft, const IncidentId& id, const Context& context,
                                        const Input& input) {
  Known none;
  Known* of = &none;
  if (heads.contains(id)) {
    auto found = known(id);
    if (!found) return std::unexpected(found.error());
    of = *found;
  }
  auto same = of->spare ? std::move(*of->spare) : of->now;
  of->spare.reset();
  auto decision = decide(of->now, std::move(same), context, input, policy);
  const IncidentId name = decision.after.exists() ? decision.after.id : id;  // a copy: `after` is moved away below
  if (decision.events.empty()) {
    of->spare = std::move(decision.after);
    // Nothing of it would show, when it is committed, that what it was decided on is still true.
    if (together.changed.contains(id)) {
      together.later = true;
      return {};
    }
  }
  for (auto& e : decision.effects) {
    OutboxItem item;
    const auto own = ports.ids.random_hex(12);
    item.key = fmt::format("{}/{}", name, own);
    item.target = target_of(e, name);
    if (auto* show = std::get_if<effect::ShowMessage>(&e); show != nullptr && show->slot.ends_with('/'))
      show->slot += own;
    item.incident = name;
    item.effect = std::move(e);
    item.not_before = context.now;
    if (const auto* follow = std::get_if<effect::FollowDeployment>(&item.effect)) item.not_before = follow->not_before;
    if (const auto* follow = std::get_if<effect::FollowRegressionTest>(&item.effect))
      item.not_before = follow->not_before;
    if (const auto* look = std::get_if<effect::Observe>(&item.effect)) {
      auto asked = item.incident + "/" + look->repository;
      if (together.looks.contains(asked) || outbox.waits_to_observe(item.incident, look->repository, true)) continue;
      together.looks.insert(asked);
      draft.looks.push_back(std::move(asked));
    }
    draft.commit.effects.push_back(std::move(item));
  }
  if (!decision.events.empty()) advance(draft, of->now.version, decision);
  if (decision.reply)
    draft.answer = {name, std::move(decision.reply)};
  else if (draft.answer.incident.empty())
    draft.answer.incident = name;
  return {};
}

void Engine::Impl::advance(Draft& draft, std::uint64_t version, Decision& decision) {
  const auto id = decision.after.id;
  draft.commit.appends.push_back({head_of(decision.after), version, std::move(decision.events)});
  const auto& append = draft.commit.appends.back();
  together.changed.insert(id);
  const auto same_way = [](const IncidentHead& a, const IncidentHead& b) {
    return std::tie(a.channel, a.open, a.watched, a.repositories) ==
           std::tie(b.channel, b.open, b.watched, b.repositories);
  };
  const auto head = heads.find(id);
  together.over = together.over || head == heads.end() || !same_way(head->second, append.head);
  heads[id] = append.head;
  auto& of = cache[id];
  auto before = std::exchange(of.now, std::move(decision.after));
  of.spare.reset();
  if (of.now.ended()) return;
  const auto entries = before.timeline.size();
  for (const auto& e : append.events) apply(before, e);
  before.timeline.share(of.now.timeline, entries);
  of.spare = std::move(before);
}

bool Engine::Impl::forget(const Draft& draft) {
  for (const auto& asked : draft.looks) together.looks.erase(asked);
  for (const auto& append : draft.commit.appends) cache.erase(append.head.id);
  doubtful = doubtful || !draft.commit.appends.empty();
  return !draft.commit.appends.empty();
}

bool Engine::Impl::waits_for_commit() {
  together.later = together.later || together.anything;
  return together.later;
}

Context Engine::Impl::context_of(const Delivery& d) {
  Context c;
  c.now = now();
  c.sent_at = std::min(d.sent_at, c.now);
  c.actor = d.actor;
  c.channel = d.channel;
  c.delivery = d.id;
  c.unproven = d.unproven;
  const std::lock_guard lock(mutex);
  c.groups = groups;
  return c;
}

std::vector<const IncidentHead*> Engine::Impl::sorted_heads(bool all) const {
  std::vector<const IncidentHead*> found;
  for (const auto& [id, head] : heads)
    if (all || head.open) found.push_back(&head);
  std::ranges::sort(found, {}, [](const IncidentHead* h) { return number_of(h->id); });
  return found;
}

void Engine::Impl::append_heads(Message& m, const std::vector<const IncidentHead*>& found) const {
  for (std::size_t n = found.size() > kShown ? found.size() - kShown : 0; n < found.size(); ++n) {
    const auto& h = *found[n];
    const auto severity = policy.severities.find(h.severity);
    m.lines.push_back(
        {bold(h.id),
         plain(fmt::format(" {} {}, {}, ", severity == policy.severities.end() ? "" : severity->second.name, h.summary,
                           to_string(h.status))),
         channel_link(h.channel), plain(", "), day_at(h.declared_at)});
  }
}

Reply Engine::Impl::list(bool all) const {
  Message m;
  const auto found = sorted_heads(all);
  if (found.empty())
    m = say(all ? "No incident yet. Declare one: /hotfix declare sev2 <what is broken>" : "No incident is open.");
  append_heads(m, found);
  return {std::move(m), false, false};
}

Reply Engine::Impl::mine(const Person& who) {
  const auto found = sorted_heads(false);
  std::vector<Line> owed, unreadable;
  for (const auto* head : found) {
    auto known = state(head->id);
    if (!known) {  // it does not hide what is owed elsewhere
      unreadable.push_back({bold(head->id), plain(" cannot be read: " + known.error().what)});
      continue;
    }
    std::ranges::move(owed_lines(**known, policy, who, now()), std::back_inserter(owed));
  }
  Message m = say("You owe nothing.");
  if (!owed.empty())
    m.lines = {{bold(fmt::format("You owe {} {}", owed.size(), owed.size() == 1 ? "thing" : "things"))}};
  std::ranges::move(owed | std::views::take(kShown), std::back_inserter(m.lines));
  if (owed.size() > kShown) m.lines.push_back({plain(fmt::format("… and {} more.", owed.size() - kShown))});
  std::ranges::move(unreadable, std::back_inserter(m.lines));
  m.lines.push_back({});
  m.lines.push_back({found.empty() ? plain("No incident is open.") : bold("Open incidents")});
  append_heads(m, found);
  return {std::move(m), false, false};
}

Result<void> Engine::Impl::add_known_production(Context& context) {
  for (const auto& r : policy.repositories) {
    auto tag = store.last_deployed(r.name);
    if (!tag) return std::unexpected(tag.error());
    context.known_production[r.name] = *tag;
  }
  return {};
}

Result<void> Engine::Impl::draft_command(Draft& draft, const Delivery& d, const Delivery::CommandLine& line) {
  auto parsed = commands::parse(line.text, {std::min(d.sent_at, now()), policy.zone, &policy});
  if (!parsed) {
    draft.answer = refusal(parsed.error());
    return {};
  }
  auto context = context_of(d);
  const auto& c = parsed->command;
  if (const auto* help = std::get_if<command::Help>(&c)) {
    auto message = commands::help(help->verb, policy);
    draft.answer = message ? InboxAnswer{{}, Reply{std::move(*message), false, false}} : refusal(message.error());
    return {};
  }
  if (const auto* wanted = std::get_if<command::List>(&c)) {
    if (waits_for_commit()) return {};
    draft.answer = {{}, list(wanted->all)};
    return {};
  }
  if (std::holds_alternative<command::Mine>(c)) {
    if (waits_for_commit()) return {};
    draft.answer = {{}, mine(d.actor)};
    return {};
  }
  const auto* declare = std::get_if<command::Declare>(&c);
  IncidentId id = parsed->incident;
  if (!id.empty() && !heads.contains(id)) {
    draft.answer = refusal({fmt::format("There is no incident {}.", id), "/hotfix list --all"});
    return {};
  }
  if (id.empty()) {
    const auto* head = of_channel(d.channel, declare != nullptr);
    if (head != nullptr) id = head->id;
  }
  if (declare != nullptr && (id.empty() || declare->new_channel || policy.new_channel)) {
    if (waits_for_commit()) return {};
    if (const auto* before = of_channel(d.channel, false); before != nullptr) {
      auto earlier_one = state(before->id);
      if (!earlier_one && earlier_one.error().kind != Problem::Kind::corrupt)
        return std::unexpected(earlier_one.error());
      context.private_place = earlier_one && (*earlier_one)->private_channel;
    }
    auto last = store.last_number();
    if (!last) return std::unexpected(last.error());
    context.about = line.about;
    context.new_id = id = fmt::format("HF-{}", *last + 1);
    auto earlier = store.loose(d.channel, context.now - policy.alert_lookback);
    if (!earlier) return std::unexpected(earlier.error());
    for (auto& m : *earlier) {
      draft.commit.loose_taken.push_back(m.id);
      context.earlier.push_back({std::move(m.id), std::move(m.author), std::move(m.text), m.at});
    }
  }
  if (const auto* where = std::get_if<command::Where>(&c); where != nullptr && id.empty()) {
    draft_where(draft, d, *where);
    return {};
  }
  if (id.empty()) {
    draft.answer = refusal({"No incident is open in this channel.", "/hotfix declare sev2 <what is broken>"});
    return {};
  }
  if (context.new_id.empty() && heads.at(id).channel != d.channel) {
    auto known = state(id);
    if (!known) return std::unexpected(known.error());
    const auto& i = **known;
    const bool answers_for_it = i.declared.by == d.actor ||
                                std::ranges::any_of(i.roles, [&](const auto& role) { return role.second == d.actor; });
    if (i.private_channel && !answers_for_it) {
      draft.answer = refusal({fmt::format("{} is private: type it in its own channel.", id), {}});
      return {};
    }
  }
  if (std::holds_alternative<command::Reopen>(c) && !heads.at(id).open)
    if (const auto* other = of_channel(heads.at(id).channel, true)) {
      draft.answer = refusal({{}, fmt::format("/hotfix {} close", other->id)});
      draft.answer.reply->message.lines.front() = {
          plain(other->id + " is open in "), channel_link(other->channel),
          plain(fmt::format(": one at a time. Close it first, then reopen {}.", id))};
      return {};
    }
  if (const auto* wanted = std::get_if<command::Export>(&c)) {
    if (waits_for_commit()) return {};
    auto known = state(id);
    if (!known) return std::unexpected(known.error());
    auto counted = store.counts(id);
    if (!counted) return std::unexpected(counted.error());
    draft.answer = {id, Reply{say(export_text(**known, policy, *counted, wanted->format)), false, false}};
    return {};
  }
  if (std::holds_alternative<command::Branch>(c)) {
    if (waits_for_commit()) return {};
    if (auto known = add_known_production(context); !known) return known;
  }
  auto added = add_decision(draft, id, context, c);
  if (draft.commit.appends.empty()) draft.commit.loose_taken.clear();
  return added;
}

std::optional<std::pair<IncidentId, chat::Pressed>> Engine::Impl::address_of(const Delivery& d) const {
  const auto* pressed = std::get_if<chat::Pressed>(&d.what);
  if (pressed == nullptr) return std::nullopt;
  const auto slash = pressed->value.find('/');
  if (slash == std::string::npos) return std::nullopt;
  auto id = pressed->value.substr(0, slash);
  if (!heads.contains(id)) return std::nullopt;
  return std::pair{std::move(id), chat::Pressed{pressed->button, pressed->value.substr(slash + 1)}};
}

std::vector<IncidentId> Engine::Impl::searched(const ChannelId& channel) const {
  std::vector<const IncidentHead*> found;
  for (const auto& [id, head] : heads)
    if (head.channel == channel) found.push_back(&head);
  std::ranges::sort(found, std::greater{}, [](const auto* h) { return std::pair{h->open, number_of(h->id)}; });
  std::vector<IncidentId> ids;
  for (const auto* head : found | std::views::take(kSearched)) ids.push_back(head->id);
  return ids;
}

Result<IncidentId> Engine::Impl::holder(const ChannelId& channel, const MessageId& message) {
  for (auto& id : searched(channel)) {
    const bool open = heads.at(id).open;
    auto known = state(id);
    if (known && (*known)->messages.contains(message)) return std::move(id);
    if (known) continue;
    // An ended incident that is damaged holds up nothing of what came after it.
    if (open || known.error().kind != Problem::Kind::corrupt) return std::unexpected(known.error());
    spdlog::error("{} cannot be searched for a message: {}", id, known.error().what);
  }
  return IncidentId{};
}

Result<void> Engine::Impl::draft_chat(Draft& draft, const Delivery& d) {
  auto context = context_of(d);
  if (auto addressed = address_of(d)) {
    if (addressed->second.button == "branch") {
      if (waits_for_commit()) return {};
      if (auto known = add_known_production(context); !known) return known;
    }
    return add_decision(draft, addressed->first, context, std::move(addressed->second));
  }
  const auto* head = of_channel(d.channel, !std::holds_alternative<chat::Archived>(d.what));
  if (const auto* message = message_of(d)) {
    auto held_by = holder(d.channel, *message);
    if (!held_by) return std::unexpected(held_by.error());
    if (!held_by->empty())
      head = &heads.at(*held_by);
    else if (!std::holds_alternative<chat::Added>(d.what))
      head = nullptr;
  }
  if (head != nullptr)
    return std::visit(
        [&]<typename T>(const T& what) -> Result<void> {
          if constexpr (std::is_constructible_v<Input, const T&>)
            return add_decision(draft, head->id, context, Input{what});
          return {};
        },
        d.what);
  if (const auto* said = std::get_if<chat::Said>(&d.what)) {
    draft.commit.loose.push_back({d.channel, said->id, d.actor, said->text, context.sent_at});
  } else if (const auto* edited = std::get_if<chat::Edited>(&d.what)) {
    if (waits_for_commit()) return {};
    auto recent = store.loose(d.channel, context.now - policy.alert_lookback);
    if (!recent) return std::unexpected(recent.error());
    for (auto& m : *recent)
      if (m.id == edited->id) draft.commit.loose.push_back({m.channel, m.id, m.author, edited->text, m.at});
  } else if (const auto* deleted = std::get_if<chat::Deleted>(&d.what)) {
    draft.commit.loose_taken.push_back(deleted->id);
  } else if (std::holds_alternative<chat::Added>(d.what)) {
    draft.answer = refusal({"No incident is open in this channel.", "/hotfix declare sev2 <what is broken>"});
  } else if (std::holds_alternative<chat::Pressed>(d.what)) {
    draft.answer = refusal({"That incident is over.", "/hotfix list"});
  }
  return {};
}

Result<void> Engine::Impl::draft_delivery(Draft& draft, const Delivery& d) {
  if (const auto* line = std::get_if<Delivery::CommandLine>(&d.what)) return draft_command(draft, d, *line);
  if (const auto* event = std::get_if<ForgeEvent>(&d.what)) {
    if (std::holds_alternative<forge::PullRequest>(event->fact) || std::holds_alternative<forge::Push>(event->fact))
      want_guard(event->repository);
    auto context = context_of(d);
    std::vector<IncidentId> watching;
    for (const auto& [id, head] : heads)
      if (head.watched && std::ranges::find(head.repositories, event->repository) != head.repositories.end())
        watching.push_back(id);
    for (const auto& id : watching)
      if (auto added = add_decision(draft, id, context, *event); !added) return added;
    return {};
  }
  return draft_chat(draft, d);
}

Result<void> Engine::Impl::draft_input(Draft& draft, const IncidentId& id, const Input& input, Time looked_at) {
  Context c;
  c.now = c.sent_at = now();
  c.looked_at = looked_at;
  return add_decision(draft, id, c, input);
}

void Engine::Impl::draft_where(Draft& draft, const Delivery& d, const command::Where& wanted) {
  auto name = wanted.repository;
  if (name.empty() && !policy.repositories.empty()) name = policy.repositories.front().name;
  if (policy.repository(name) == nullptr) {
    draft.answer =
        refusal({name.empty() ? "No repository is configured." : "There is no repository " + name + ".", {}});
    return;
  }
  auto environments = policy.environments_of(name);
  if (!wanted.environment.empty()) environments = {wanted.environment};
  OutboxItem item;
  item.key = fmt::format("where/{}", ports.ids.random_hex(12));
  item.effect = effect::AskWhere{name, std::move(environments), policy.environment, {}, {}, d.channel, d.actor};
  item.target = target_of(item.effect, {});
  item.not_before = now();
  draft.commit.effects.push_back(std::move(item));
  draft.answer = {{}, Reply{say("Asking; the answer comes here."), false, false}};
}

}  // namespace hotfixd
