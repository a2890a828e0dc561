#include "bot/cli/chat_feed.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "bot/domain/zone.hpp"
#include "integrations/local/render.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::size_t shown_kept = 500;
constexpr std::size_t plain_indent = 6;  // "HH:MM "

std::string emoji(const std::string& reaction) { return reaction == "pushpin" ? "📌" : local::safe_line(reaction); }

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// The lines of `now` that `before` did not have; all of it when lines only went away.
std::string changed_lines(std::string_view before, const std::string& now) {
  const auto old = lines_of(before);
  std::vector<std::string_view> changed;
  for (const auto line : lines_of(now))
    if (std::ranges::find(old, line) == old.end()) changed.push_back(line);
  return changed.empty() ? now : fmt::format("{}", fmt::join(changed, "\n"));
}

bool mentions(const Message& message, const std::string& person_id) {
  return std::ranges::any_of(message.lines, [&](const Line& line) {
    return std::ranges::any_of(line,
                               [&](const Span& s) { return s.kind == Span::Kind::mention && s.ref == person_id; });
  });
}

}  // namespace

ChatFeed::ChatFeed(local::ChannelStore& store, ChatLook look, const ChatPlace& place, std::function<void()> wake)
    : store_(store), look_(std::move(look)), place_(place) {
  subscription_ = store_.subscribe([this, wake = std::move(wake)](const local::Change& change) {
    {
      const std::scoped_lock lock(mutex_);
      changes_.push_back(change);
    }
    wake();
  });
}

std::vector<std::string> ChatFeed::take(Instant now, bool all) {
  std::vector<local::Change> changes;
  {
    const std::scoped_lock lock(mutex_);
    changes.swap(changes_);
  }
  std::vector<std::string> out;
  const auto add = [&](std::optional<std::string> text) {
    if (text) out.push_back(*std::move(text));
  };
  for (const local::Change& change : changes) {
    switch (change.kind) {
      case local::Change::Kind::posted:
        add(show_posted(change));
        break;
      case local::Change::Kind::edited:
        if (change.channel == place_.channel) edits_.try_emplace(change.number, now + coalesce);
        break;
      case local::Change::Kind::deleted:
        if (look_.live && change.channel == place_.channel) {
          out.push_back(fmt::format("* {} deleted #{}", local::safe_line(change.person.name), change.number));
        }
        break;
      case local::Change::Kind::reacted:
      case local::Change::Kind::unreacted:
        add(show_reaction(change));
        break;
    }
  }
  for (auto it = edits_.begin(); it != edits_.end();) {
    if (!all && it->second > now) {
      ++it;
      continue;
    }
    const auto entry = store_.entry(it->first);
    it = edits_.erase(it);
    if (!entry || !*entry || (*entry)->deleted || !(*entry)->visible_to(place_.person.id)) continue;
    const auto before = shown_.find((*entry)->number);
    if (before != shown_.end() && before->second == body(**entry)) continue;
    out.push_back(show(**entry, true, before == shown_.end() ? std::string{} : before->second));
  }
  return out;
}

std::optional<ChatFeed::Instant> ChatFeed::next_due() const {
  std::optional<Instant> next;
  for (const auto& [number, due] : edits_) next = std::min(next.value_or(due), due);
  return next;
}

std::optional<ChatFeed::Choices> ChatFeed::choices() const {
  const auto found = choices_.find(place_.channel);
  return found == choices_.end() ? std::nullopt : std::optional(found->second);
}

std::string ChatFeed::block(const local::Entry& entry) {
  std::string text = show(entry, entry.edited_at.has_value());
  if (!look_.live || entry.reactions.empty()) return text;
  text += fmt::format("\n{:{}}", "", fmt::formatted_size("#{} HH:MM ", entry.number));
  for (const local::Reaction& r : entry.reactions)
    text += fmt::format("{} {}  ", emoji(r.reaction), local::safe_line(r.person.name));
  text.resize(text.size() - 2);
  return text;
}

std::string ChatFeed::body(const local::Entry& entry) const {
  if (entry.card) return local::render_text(*entry.card, look_.zone, {.ansi = look_.ansi, .buttons = true});
  return local::safe_text(entry.text);
}

std::string ChatFeed::heading(const local::Entry& entry, bool edited) const {
  const std::string clock = format_clock(entry.at, look_.zone);
  const std::string name = local::safe_line(entry.author.name);
  std::string labels = edited ? " (edited)" : "";
  if (!look_.live) return fmt::format("{} {}{}", clock, name, labels);
  if (entry.refused)
    labels += " (refused)";
  else if (!entry.private_to.empty())
    labels += " (only you)";
  if (!look_.ansi) return fmt::format("#{} {} {}{}", entry.number, clock, name, labels);
  const int colour = entry.refused ? 31 : entry.card ? 36 : 32;  // red, cyan for the bot, green for people
  return fmt::format("\x1b[2m#{} {}\x1b[22m \x1b[1;{}m{}\x1b[22;39m\x1b[2m{}\x1b[22m", entry.number, clock, colour,
                     name, labels);
}

std::string ChatFeed::show(const local::Entry& entry, bool edited, const std::string& before) {
  std::string text = body(entry);
  const std::size_t indent = look_.live ? fmt::formatted_size("#{} HH:MM ", entry.number) : plain_indent;
  const std::string lines = before.empty() ? text : changed_lines(before, text);
  std::string block = local::render_entry(heading(entry, edited), lines, indent);
  // The choices are the last line; an edit that does not change it does not print it.
  if (entry.card && !entry.card->buttons.empty() && lines_of(lines).back() == lines_of(text).back())
    choices_[entry.channel] = {entry.number, entry.card->buttons};
  shown_[entry.number] = std::move(text);
  if (shown_.size() > shown_kept) shown_.erase(shown_.begin());
  return block;
}

std::optional<std::string> ChatFeed::show_posted(const local::Change& change) {
  const auto entry = store_.entry(change.number);
  if (!entry) return fmt::format("* #{} cannot be shown: {}", change.number, local::safe_line(entry.error().what));
  if (!*entry || (*entry)->deleted || !(*entry)->visible_to(place_.person.id)) return std::nullopt;
  if ((*entry)->channel == place_.channel) {
    const bool bell = look_.live && (*entry)->ping && (*entry)->card && mentions(*(*entry)->card, place_.person.id);
    return (bell ? "\a" : "") + show(**entry, false);
  }
  bool& announced = announced_[(*entry)->channel];
  if (!look_.live || std::exchange(announced, true)) return std::nullopt;
  return fmt::format("* there is news in {0} (/join {0})", local::safe_line((*entry)->channel));
}

std::optional<std::string> ChatFeed::show_reaction(const local::Change& change) const {
  if (!look_.live || change.channel != place_.channel) return std::nullopt;
  return fmt::format("* {} {} {} {} #{}", local::safe_line(change.person.name),
                     change.kind == local::Change::Kind::reacted ? "put" : "took", emoji(change.reaction),
                     change.kind == local::Change::Kind::reacted ? "on" : "from", change.number);
}

}  // namespace hotfixd::cli
