#include "bot/domain/reopened.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/cards.hpp"

namespace hotfixd {
namespace {

// Pushers that are named: at night nobody reads a list.
constexpr std::size_t kMaxNamed = 3;

const MergeBack* line_of(const Incident& i, const Obligation& o) {
  const auto* h = i.hotfix(o.repository);
  if (h == nullptr) return nullptr;
  const auto mb = h->merge_backs.find(o.target);
  return mb == h->merge_backs.end() ? nullptr : &mb->second;
}

// Who is known by that name in the incident, or to the configuration; without an id: nobody, it is only a name.
Person known_as(const Incident& i, const Hotfix& h, const Policy& p, const std::string& name) {
  if (const auto configured = p.by_git_name(h.repository, name)) return *configured;
  const auto is = [&](const Person& who) {
    return !who.empty() && !p.is_alert_source(who) && (same_word(who.name, name) || same_word(who.id, name));
  };
  if (is(i.declared.by)) return i.declared.by;
  for (const auto& [role, who] : i.roles)
    if (is(who)) return who;
  for (const auto& [key, who] : h.reviewers)
    if (is(who)) return who;
  for (const auto& who : h.authors)
    if (is(who)) return who;
  for (const auto& [id, message] : i.messages)
    if (is(message.author)) return message.author;
  return {{}, name};
}

// Who wrote the newest commit of what came since the line was settled; empty when that is not known.
Person author_of(const Incident& i, const Hotfix& h, const MergeBack& mb, const Policy& p) {
  const auto who = mb.lost_login.empty() ? Person{} : p.by_login(h.repository, mb.lost_login);
  if (std::ranges::any_of(p.people, [&](const auto& one) { return !who.id.empty() && one.person == who; })) return who;
  return mb.lost_author.empty() ? Person{} : known_as(i, h, p, mb.lost_author);
}

bool is_owner(const Person& who, const Obligation& o) {
  return (!who.id.empty() && who == o.owner) || same_word(who.name, o.owner.name);
}

// The owner is mentioned already.
Span named(const Person& who, const Obligation& o) {
  return who.id.empty() || is_owner(who, o) ? plain(who.name) : mention(who);
}

void append_author(Line& line, const Person& author, const Obligation& o) {
  if (author.name.empty() || is_owner(author, o)) return;
  line.push_back(plain(". Last to change it there: "));
  line.push_back(named(author, o));
}

// ". Pushed by @dave (commit by Carol)"
void append_pushers(Line& line, const std::vector<LinePush>& pushes, const Person& author, const Obligation& o) {
  std::vector<Person> who;
  for (const auto& push : pushes)
    if (std::ranges::none_of(who, [&](const auto& one) { return one == push.by && one.name == push.by.name; }))
      who.push_back(push.by);
  const bool forced = std::ranges::all_of(pushes, &LinePush::forced);
  line.push_back(plain(forced ? ". Force-pushed by " : ". Pushed by "));
  const auto shown = std::min(who.size(), kMaxNamed);
  for (std::size_t n = 0; n < shown; ++n) {
    if (n > 0) line.push_back(plain(n + 1 == who.size() ? " and " : ", "));
    line.push_back(named(who[n], o));
  }
  if (who.size() > shown) line.push_back(plain(fmt::format(" and {} more", who.size() - shown)));
  const bool people = std::ranges::any_of(who, [](const auto& one) { return !one.id.empty(); });
  if (!people) return append_author(line, author, o);  // a program answers nobody
  if (who.size() == 1 && !author.id.empty() && !(author == who.front()))
    line.push_back(plain(fmt::format(" (commit by {})", author.name)));
}

}  // namespace

std::string reopened_slot(const Incident& incident, const Obligation& obligation) {
  return fmt::format("{}/reopened/{}/{}", incident.id, obligation.id, obligation.reopened);
}

std::vector<LinePush> lost_by(const Incident& incident, const Obligation& obligation) {
  const auto* mb = line_of(incident, obligation);
  return mb == nullptr ? std::vector<LinePush>{} : mb->lost_by();
}

Message reopened_message(const Incident& incident, const Obligation& obligation, const Policy& policy) {
  Line line{mention(obligation.owner), plain(fmt::format(" {}: {} is open again: {}", incident.id,
                                                         title(obligation, incident), obligation.reopened_why))};
  if (const auto* mb = line_of(incident, obligation)) {
    const auto author = author_of(incident, *incident.hotfix(obligation.repository), *mb, policy);
    if (const auto pushes = mb->lost_by(); !pushes.empty())
      append_pushers(line, pushes, author, obligation);
    else
      append_author(line, author, obligation);
  }
  return {{std::move(line)}, {}};
}

}  // namespace hotfixd
