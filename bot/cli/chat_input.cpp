#include "bot/cli/chat_input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace hotfixd::cli {
namespace {

struct Verb {
  std::string_view name, usage, about;
};

constexpr std::array client_verbs = {
    Verb{"/hotfix", "/hotfix help", "commands of the bot"},
    Verb{"/join", "/join #channel", "go to another channel"},
    Verb{"/channels", "/channels", "list the channels"},
    Verb{"/as", "/as NAME", "speak as somebody else"},
    Verb{"/who", "/who", "who you are, and who wrote here"},
    Verb{"/pins", "/pins", "the pinned messages, such as the status"},
    Verb{"/press", "/press N", "choose a button of the newest message that has some; the bare number does it too"},
    Verb{"/react", "/react 📌 #12", "react to a message; 📌 puts it on the timeline"},
    Verb{"/unreact", "/unreact 📌 #12", "take it back"},
    Verb{"/edit", "/edit #12 new text", "change what you wrote"},
    Verb{"/delete", "/delete #12", "delete what you wrote"},
    Verb{"/help", "/help", "this list"},
    Verb{"/quit", "/quit", "leave"},
};

constexpr std::string_view blanks = " \t\n";
constexpr std::string_view kCommand = "/hotfix";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// Splits off the first word; `rest` is left trimmed.
std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  const auto end = std::min(rest.find_first_of(blanks), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest = trim(rest.substr(end));
  return word;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.starts_with('#')) text.remove_prefix(1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.size() > 18 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

UserError usage(std::string_view verb) {
  const auto it = std::ranges::find(client_verbs, verb, &Verb::name);
  return {fmt::format("{} is typed like this.", verb), std::string(it->usage)};
}

UserError unknown(std::string_view word, std::string_view rest, const std::vector<std::string>& verbs) {
  const std::string what = fmt::format("There is no {}. To say it in the channel, begin with //.", word);
  const std::string_view bare = word.substr(1);
  if (std::ranges::find(verbs, bare) != verbs.end()) {
    return {what, fmt::format("/hotfix {}{}{}", bare, rest.empty() ? "" : " ", rest)};
  }
  std::string nearest;
  std::size_t least = 3;  // more than two letters off is another word
  const auto consider = [&](std::string_view candidate, std::string typed_as) {
    const std::size_t distance = edit_distance(bare, candidate);
    if (distance < least && distance < bare.size()) least = distance, nearest = std::move(typed_as);
  };
  for (const Verb& verb : client_verbs) consider(verb.name.substr(1), std::string(verb.name));
  for (const std::string& verb : verbs) consider(verb, "/hotfix " + verb);
  if (nearest.empty()) return {what, "/help"};
  return {what, fmt::format("{}{}{}", nearest, rest.empty() ? "" : " ", rest)};
}

Typed read_react(std::string_view verb, std::string_view rest) {
  std::string_view reaction = take_word(rest);
  if (reaction.size() > 2 && reaction.starts_with(':') && reaction.ends_with(':')) {
    reaction = reaction.substr(1, reaction.size() - 2);
  }
  if (reaction.empty() || parse_number(reaction)) return usage(verb);
  // The names that Slack uses for what people react with most; the bot knows pins by them.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> names = {
      {{"📌", "pushpin"}, {"👍", "+1"}, {"👀", "eyes"}, {"✅", "white_check_mark"}}};
  for (const auto& [emoji, name] : names) {
    if (reaction == emoji) reaction = name;
  }
  typed::React react{std::string(reaction), std::nullopt, verb == "/react"};
  if (rest.empty()) return react;
  react.number = parse_number(rest);
  if (!react.number) return usage(verb);
  return react;
}

Typed read_slash(std::string_view text, const std::vector<std::string>& verbs) {
  std::string_view rest = text;
  const std::string_view verb = take_word(rest);
  if (same_word(verb, kCommand)) return typed::Command{std::string(rest)};
  if (verb == "/react" || verb == "/unreact") return read_react(verb, rest);
  if (verb == "/join") {
    const std::string_view name = take_word(rest);
    if (name.empty() || name == "#" || !rest.empty()) return usage(verb);
    return typed::Join{name.starts_with('#') ? std::string(name) : fmt::format("#{}", name)};
  }
  if (verb == "/as") {
    std::string_view name = take_word(rest);
    if (name.starts_with('@')) name.remove_prefix(1);
    if (name.empty() || !rest.empty()) return usage(verb);
    return typed::As{std::string(name)};
  }
  if (verb == "/edit") {
    const auto number = parse_number(take_word(rest));
    if (!number || rest.empty()) return usage(verb);
    return typed::Edit{*number, std::string(rest)};
  }
  if (verb == "/delete") {
    const auto number = parse_number(rest);
    if (!number) return usage(verb);
    return typed::Delete{*number};
  }
  if (verb == "/press") {
    const auto choice = parse_number(rest);
    if (!choice) return usage(verb);
    return typed::Press{static_cast<std::size_t>(*choice), false, {}};
  }
  if (verb == "/who") return typed::Who{};
  if (verb == "/channels") return typed::Channels{};
  if (verb == "/pins") return typed::Pins{};
  if (verb == "/help") return typed::Help{};
  if (verb == "/quit") return typed::Quit{};
  return unknown(verb, rest, verbs);
}

}  // namespace

std::optional<std::string> command_arguments(std::string_view text) {
  if (!same_word(take_word(text), kCommand)) return std::nullopt;
  return std::string(text);
}

Typed read_typed(std::string_view raw, const std::vector<std::string>& verbs) {
  const std::string_view text = trim(raw);
  if (text.empty()) return typed::Nothing{};
  if (text.starts_with("//")) return typed::Say{std::string(text.substr(1))};
  if (text.starts_with('/') && text.size() > 1) return read_slash(text, verbs);
  if (text.size() <= 2 && text.find_first_not_of("0123456789") == std::string_view::npos) {
    return typed::Press{static_cast<std::size_t>(parse_number(text).value_or(0)), true, std::string(text)};
  }
  return typed::Say{std::string(text)};
}

Completions complete_typed(std::string_view before, const CompletionWords& known) {
  const auto blank = before.find_last_of(blanks);
  Completions out;
  out.word_begin = blank == std::string_view::npos ? 0 : blank + 1;
  const std::string_view word = before.substr(out.word_begin);
  std::string_view earlier = trim(before.substr(0, out.word_begin));
  const auto offer = [&](std::string candidate) {
    if (candidate.starts_with(word)) out.words.push_back(std::move(candidate));
  };
  if (earlier.empty()) {
    if (word.starts_with('/')) {
      for (const Verb& verb : client_verbs) offer(std::string(verb.name));
    }
  } else if (const std::string_view first = take_word(earlier); same_word(first, kCommand)) {
    const bool after_id = earlier.starts_with("HF-") && earlier.find_first_of(blanks) == std::string_view::npos;
    const bool after_help = earlier == "help";
    if (word.starts_with('@')) {
      for (const std::string& name : known.people) offer("@" + name);
    } else if (earlier.empty() || after_id || after_help) {
      for (const std::string& verb : known.verbs) offer(verb);
    }
  } else if (first == "/join" && earlier.empty()) {
    for (const std::string& channel : known.channels) offer(channel);
  } else if (first == "/as" && earlier.empty()) {
    for (const std::string& name : known.people) offer(name);
  } else if ((first == "/react" || first == "/unreact") && earlier.empty()) {
    offer("📌");
  }
  if (out.words.empty() && word.starts_with('@')) {
    for (const std::string& name : known.people) offer("@" + name);
  }
  std::ranges::sort(out.words);
  const auto repeated = std::ranges::unique(out.words);
  out.words.erase(repeated.begin(), repeated.end());
  return out;
}

std::vector<std::string> help_lines() {
  std::vector<std::string> out = {
      "What you type is a message in the channel. A line that ends in \\ goes on in the next."};
  for (const Verb& verb : client_verbs) out.push_back(fmt::format("{:<20}{}", verb.usage, verb.about));
  return out;
}

}  // namespace hotfixd::cli
