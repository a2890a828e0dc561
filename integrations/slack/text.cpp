#include "integrations/slack/text.hpp"

#include <algorithm>

namespace hotfixd::slack {
namespace {

enum class Reader { grammar, person };

std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEscapes[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}};
  std::string out;
  out.reserve(text.size());
  while (true) {
    const std::size_t sign = std::min(text.find('&'), text.size());
    out += text.substr(0, sign);
    text.remove_prefix(sign);
    if (text.empty()) return out;
    const auto* escape = std::ranges::find_if(kEscapes, [&](const auto& e) { return text.starts_with(e.first); });
    const bool none = escape == std::end(kEscapes);
    out += none ? '&' : escape->second;
    text.remove_prefix(none ? 1 : escape->first.size());
  }
}

// What stands between angle brackets: "target" or "target|label".
struct Token {
  std::string_view target, label;
  std::size_t bytes = 0;  // with the brackets; 0: there is none here
};

Token token_at(std::string_view text) {
  const std::size_t close = text.find_first_of("<>\n", 1);
  if (close == std::string_view::npos || text[close] != '>') return {};
  const std::string_view inside = text.substr(1, close - 1);
  const std::size_t bar = inside.find('|');
  if (bar == std::string_view::npos) return {inside, {}, close + 1};
  return {inside.substr(0, bar), inside.substr(bar + 1), close + 1};
}

// A label that cannot end the brackets around it.
std::string inner(std::string_view label) {
  std::string out = unescaped(label);
  std::erase_if(out, [](char c) { return c == '<' || c == '>' || c == '|' || c == '\n'; });
  return out;
}

std::string with_sign(char sign, std::string name) {
  return name.starts_with(sign) ? std::move(name) : sign + std::move(name);
}

std::string in_brackets(const Token& token) {
  std::string out = "<" + inner(token.target);
  if (!token.label.empty()) out += "|" + inner(token.label);
  return out + ">";
}

std::string user(const Token& token, Reader reader, const NameOf& name_of) {
  if (reader == Reader::grammar) return in_brackets(token);
  std::string name = unescaped(token.label);
  const std::string id = unescaped(token.target.substr(1));
  if (name.empty() && name_of) name = name_of(id);
  return with_sign('@', name.empty() ? id : std::move(name));
}

std::string special(const Token& token, Reader reader) {
  const std::string_view name = token.target.substr(1);
  if (name.starts_with("subteam^")) {
    if (reader == Reader::grammar) return in_brackets(token);
    return with_sign('@', unescaped(token.label.empty() ? name.substr(8) : token.label));
  }
  if (name.starts_with("date^")) return unescaped(token.label);
  for (const std::string_view group : {"here", "channel", "everyone"}) {
    if (name.substr(0, name.find('^')) == group) return "@" + std::string(group);
  }
  return unescaped(token.label.empty() ? name : token.label);
}

bool is_address(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://", "mailto:", "tel:"})
    if (target.starts_with(scheme)) return true;
  return false;
}

std::string link(const Token& token, Reader reader) {
  std::string address = unescaped(token.target);
  const std::string label = unescaped(token.label);
  if (label.empty() || label == address) return address;
  // Slack puts the scheme before what it recognised, and nothing else.
  if (address.ends_with(label) && is_address(address.substr(0, address.size() - label.size()))) return label;
  return reader == Reader::grammar ? in_brackets(token) : label + " (" + address + ")";
}

std::optional<std::string> read(const Token& token, Reader reader, const NameOf& name_of) {
  const std::string_view target = token.target;
  if (target.size() < 2) return std::nullopt;
  if (target.front() == '@') return user(token, reader, name_of);
  if (target.front() == '!') return special(token, reader);
  if (target.front() == '#') {
    return with_sign('#', unescaped(token.label.empty() ? target.substr(1) : token.label));
  }
  if (is_address(target)) return link(token, reader);
  return std::nullopt;
}

std::string converted(std::string_view text, Reader reader, const NameOf& name_of) {
  std::string out;
  while (!text.empty()) {
    const std::size_t open = text.find('<');
    out += unescaped(text.substr(0, open));
    if (open == std::string_view::npos) break;
    text.remove_prefix(open);
    const Token token = token_at(text);
    const auto said = token.bytes == 0 ? std::nullopt : read(token, reader, name_of);
    out += said ? *said : "<";
    text.remove_prefix(said ? token.bytes : 1);
  }
  return out;
}

}  // namespace

std::string for_grammar(std::string_view text) { return converted(text, Reader::grammar, {}); }

std::string readable(std::string_view text, const NameOf& name_of) { return converted(text, Reader::person, name_of); }

std::optional<std::string> after_mention(std::string_view text, std::string_view user) {
  const auto skip = [&](std::string_view any_of) {
    text.remove_prefix(std::min(text.find_first_not_of(any_of), text.size()));
  };
  skip(" \t\n");
  if (user.empty() || !text.starts_with('<')) return std::nullopt;
  const Token token = token_at(text);
  if (token.bytes == 0 || token.target.empty() || token.target.front() != '@' || token.target.substr(1) != user)
    return std::nullopt;
  text.remove_prefix(token.bytes);
  if (text.starts_with(':') || text.starts_with(',')) text.remove_prefix(1);
  skip(" \t\n");
  return std::string(text);
}

}  // namespace hotfixd::slack
