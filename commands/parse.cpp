#include <fmt/format.h>

#include "commands/text.hpp"
#include "commands/values.hpp"
#include "commands/verb.hpp"

// One line → incident, verb, arguments. What a suggestion says to type is parsed before it is made.

namespace hotfixd::commands {
namespace {

constexpr std::size_t kSuggestedBytes = 200;  // a longer line is not repeated in a suggestion

std::unexpected<UserError> mistake(std::string what, std::string_view example) {
  return std::unexpected(UserError{std::move(what), fmt::format("/hotfix {}", example)});
}

// Web forms end lines with CR LF.
std::string with_plain_newlines(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') out += text[i];
  }
  return out;
}

// "HF-3" from "HF-3", "hf-3", "#HF-3" and "HF-3:"; nothing when the word is no incident.
std::optional<IncidentId> incident_id(const Word& word) {
  std::string_view text = word.text;
  if (word.quoted) return std::nullopt;
  if (text.starts_with('#')) text.remove_prefix(1);
  if (text.ends_with(':')) text.remove_suffix(1);
  if (text.size() < 4 || !same_word(text.substr(0, 2), "hf") || text[2] != '-') return std::nullopt;
  const std::string_view digits = text.substr(3);
  if (!is_digits(digits) || digits.size() > 9 || digits[0] == '0') return std::nullopt;
  return fmt::format("HF-{}", digits);
}

// `line` when it is short and would be understood, else the verb's first example.
std::string suggestion(std::string_view line, const Verb& verb, std::string_view lead, const ParseContext& context) {
  constexpr std::string_view kSlash = "/hotfix ";
  if (line.starts_with(kSlash) && line.size() <= kSuggestedBytes && parse(line.substr(kSlash.size()), context))
    return std::string(line);
  return fmt::format("{}{}{}", kSlash, lead, verb.example());
}

std::expected<Command, UserError> parse_arguments(const Verb& verb, Arguments& args, std::string_view lead,
                                                  const ParseContext& context) {
  auto command = verb.parse(args, context);
  if (const auto& error = args.error()) {
    return std::unexpected(UserError{error->what, suggestion(error->try_instead, verb, lead, context)});
  }
  if (!command) return command;
  if (const Word* left = args.peek()) {
    return args.mistake(
        fmt::format("'{}' does not belong here; the form is /hotfix {}.", shown(left->text), verb.usage),
        verb.example());
  }
  return command;
}

std::unexpected<UserError> unknown_verb(const Word& word, std::string_view line, std::string_view lead,
                                        const ParseContext& context) {
  const Verb* near = nearest_verb(word.text);
  if (near == nullptr) return mistake(fmt::format("Unknown verb '{}'. Type /hotfix help.", shown(word.text)), "help");
  const std::string mended = fmt::format("/hotfix {}{}{}", lead, near->name, line.substr(word.end));
  return std::unexpected(
      UserError{fmt::format("Unknown verb '{}'. Did you mean {}? Type /hotfix help.", shown(word.text), near->name),
                suggestion(mended, *near, lead, context)});
}

bool asks_for_help(const std::vector<Word>& words, std::size_t at) {
  return at < words.size() && !words[at].quoted && same_word(words[at].text, "--help");
}

}  // namespace

std::expected<Parsed, UserError> parse(std::string_view text, const ParseContext& context) {
  if (text.size() > kLineLimit) {
    return mistake(fmt::format("That is {} bytes long; a command has at most {}.", text.size(), kLineLimit), "help");
  }
  if (!is_utf8(text)) return mistake("That is not valid text (UTF-8).", "help");
  std::string line = with_plain_newlines(text);
  if (has_control(line)) return mistake("That holds control characters; type it again as plain text.", "help");

  std::vector<Word> words = split(line);
  std::size_t at = 0;
  if (!words.empty() && same_word(words[0].text, "/hotfix")) ++at;  // pasted from a suggestion
  Parsed parsed;
  if (const auto id = at < words.size() ? incident_id(words[at]) : std::nullopt) {
    parsed.incident = *id;
    ++at;
  }
  const std::string lead = parsed.incident.empty() ? std::string{} : parsed.incident + ' ';
  if (at == words.size()) {
    if (parsed.incident.empty()) {
      parsed.command = command::Help{};
    } else {
      parsed.command = command::ShowStatus{};
    }
    return parsed;
  }
  if (asks_for_help(words, at)) {
    parsed.command = command::Help{};
    return parsed;
  }
  const Word verb_word = words[at];
  const Verb* verb = find_verb(verb_word.text);
  if (verb == nullptr) return unknown_verb(verb_word, line, lead, context);
  if (asks_for_help(words, at + 1)) {
    parsed.command = command::Help{std::string(verb->name)};
    return parsed;
  }
  Arguments args(std::move(line), std::move(words), at + 1, lead, verb->options);
  auto command = parse_arguments(*verb, args, lead, context);
  if (!command) return std::unexpected(std::move(command.error()));
  parsed.command = std::move(*command);
  return parsed;
}

}  // namespace hotfixd::commands
