#include "commands/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hotfixd::commands {
namespace {

constexpr std::size_t kUrlLimit = 2000;
constexpr std::size_t kSlugLimit = 80;
constexpr std::size_t kNumberDigits = 18;  // fits 64 bits

std::string_view bare(std::string_view word) {
  while (word.ends_with(',') || word.ends_with(':') || word.ends_with(';')) word.remove_suffix(1);
  return word;
}

// The digits behind "sev", "sev-", "s" or "p" in a lowered word; empty when it is none of these.
std::string_view severity_digits(std::string_view word) {
  for (const std::string_view prefix : {"sev-", "sev", "s", "p"}) {
    if (word.starts_with(prefix) && is_digits(word.substr(prefix.size()))) return word.substr(prefix.size());
  }
  return is_digits(word) ? word : std::string_view{};
}

std::optional<Severity> by_policy_name(std::string_view word, const Policy& policy) {
  for (const auto& [severity, named] : policy.severities) {
    if (same_word(named.name, word)) return severity;
  }
  return std::nullopt;
}

// What stands between Slack's or Teams' brackets: the platform's id and the name, either may be empty.
struct Mention {
  std::string_view id, name;
};

std::optional<Mention> mention_in(std::string_view text) {
  if (text.starts_with("<@") && text.ends_with('>')) {
    const std::string_view inside = text.substr(2, text.size() - 3);
    const std::size_t bar = inside.find('|');
    return bar == std::string_view::npos ? Mention{inside, {}}
                                         : Mention{inside.substr(0, bar), trim(inside.substr(bar + 1))};
  }
  if ((text.starts_with("<at>") || text.starts_with("<at ")) && text.ends_with("</at>")) {
    const std::size_t open = text.find('>');
    if (open + 6 <= text.size()) return Mention{{}, trim(text.substr(open + 1, text.size() - open - 6))};
  }
  return std::nullopt;
}

const PersonPolicy* known_person(std::string_view typed, const Policy& policy) {
  const std::string wanted = lower(typed);
  const auto matches = [&](const std::string& text) { return lower(text) == wanted; };
  for (const PersonPolicy& known : policy.people) {
    if (matches(known.person.id)) return &known;
  }
  for (const PersonPolicy& known : policy.people) {
    if (matches(known.person.name)) return &known;
  }
  return nullptr;
}

bool is_group(std::string_view text) {
  return text.starts_with("<!") || same_word(text, "@here") || same_word(text, "@channel") ||
         same_word(text, "@everyone");
}

// Slack writes links as <https://…> or <https://…|label>.
std::string_view without_brackets(std::string_view word) {
  if (!word.starts_with('<') || !word.ends_with('>')) return word;
  word = word.substr(1, word.size() - 2);
  return word.substr(0, word.find('|'));
}

std::optional<std::uint64_t> positive(std::string_view digits) {
  std::uint64_t value = 0;
  if (!is_digits(digits) || digits.size() > kNumberDigits) return std::nullopt;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value > 0 ? std::optional(value) : std::nullopt;
}

// The policy's repository whose "owner/name" stands before /pull/N in a link.
std::string repository_of(std::string_view link, const Policy& policy) {
  for (const RepositoryPolicy& known : policy.repositories) {
    if (known.github.contains('/') && lower(link).contains('/' + lower(known.github) + '/')) return known.name;
  }
  return {};
}

}  // namespace

std::optional<Severity> severity(std::string_view word, const Policy& policy) {
  word = bare(trim(word));
  if (const auto named = by_policy_name(word, policy)) return named;
  const std::string typed = lower(word);
  const std::string_view digits = severity_digits(typed);
  if (digits.size() != 1 || digits[0] < '1' || digits[0] > '4') return std::nullopt;
  return static_cast<Severity>(digits[0] - '0');
}

std::optional<Severity> written_severity(std::string_view word, const Policy& policy) {
  if (is_digits(bare(word)) || same_word(bare(word), "s3")) return std::nullopt;
  return severity(word, policy);
}

bool looks_like_severity(std::string_view word) {
  const std::string typed = lower(bare(word));
  return typed.starts_with("sev") && !severity_digits(typed).empty();
}

std::string severity_names(const Policy& policy) {
  std::vector<std::string_view> names;
  for (const auto& [severity, named] : policy.severities)
    names.push_back(named.name.empty() ? to_string(severity) : named.name);
  return either(names);
}

bool is_mention(std::string_view word) {
  return (word.size() > 1 && word.starts_with('@')) || word.starts_with("<@") || word.starts_with("<at");
}

Value<Person> person(std::string_view text, const Policy& policy) {
  text = bare(trim(text));
  if (is_group(text)) return std::unexpected(fmt::format("'{}' is a group; name one person.", shown(text)));
  std::string_view name = text;
  if (const auto mention = mention_in(text)) {
    if (!mention->id.empty()) {
      for (const PersonPolicy& known : policy.people)
        if (known.person.id == mention->id || (!known.slack.empty() && known.slack == mention->id)) return known.person;
      if (mention->id.size() <= kWordLimit && mention->name.size() <= kWordLimit) {
        return Person{std::string(mention->id), std::string(mention->name.empty() ? mention->id : mention->name)};
      }
    }
    name = mention->id.empty() ? mention->name : std::string_view{};
  }
  if (name.starts_with('@')) name.remove_prefix(1);
  if (name.empty() || name.size() > kWordLimit || name.find_first_of("<>\n") != std::string_view::npos) {
    return std::unexpected(fmt::format("'{}' is not a person; write @name.", shown(text)));
  }
  if (const PersonPolicy* known = known_person(name, policy)) return known->person;
  return Person{std::string(name), std::string(name)};
}

Value<Person> take_person(Arguments& args, const Policy& policy) {
  const std::vector<Word> words = args.words();
  std::string name;
  for (const Word& word : words) name += (name.empty() ? "" : " ") + word.text;
  if (words.size() > 1 && known_person(name, policy) == nullptr) {
    return std::unexpected(
        fmt::format("'{}' is more than one name; write @name, or put the name in quotes.", shown(name)));
  }
  return person(name, policy);
}

Value<std::string> sha(std::string_view word) {
  const std::string typed = lower(word);
  const bool hex = std::ranges::all_of(typed, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!hex || typed.size() < 7 || typed.size() > 64) {
    return std::unexpected(fmt::format("'{}' is not a commit; write 7 to 64 of 0-9 and a-f.", shown(word)));
  }
  return typed;
}

bool is_url(std::string_view word) {
  const std::string typed = lower(without_brackets(word));
  return typed.starts_with("https://") || typed.starts_with("http://");
}

Value<std::string> url(std::string_view word) {
  const std::string_view link = without_brackets(word);
  const std::size_t host = link.find("://");
  const bool sound = is_url(link) && host != std::string_view::npos && link.size() > host + 3 &&
                     link[host + 3] != '/' && link.find_first_of(" \t\n<>\"") == std::string_view::npos;
  if (!sound)
    return std::unexpected(fmt::format("'{}' is not a link; it begins with https:// or http://.", shown(word)));
  if (link.size() > kUrlLimit)
    return std::unexpected(fmt::format("That link is {} bytes long; at most {} fit.", link.size(), kUrlLimit));
  return std::string(link);
}

Value<PullRequestName> pull_request(std::string_view word, const Policy& policy) {
  if (is_url(word)) {
    auto link = url(word);
    if (!link) return std::unexpected(link.error());
    const std::string_view path = std::string_view(*link).substr(0, link->find_first_of("?#"));
    for (const std::string_view part : {"/pull/", "/merge_requests/"}) {
      const std::size_t at = path.rfind(part);
      if (at == std::string_view::npos) continue;
      const std::string_view after = path.substr(at + part.size());
      if (const auto number = positive(after.substr(0, after.find('/')))) {
        std::string known = repository_of(path.substr(0, at + 1), policy);
        return PullRequestName{*number, std::move(*link), std::move(known)};
      }
    }
    return std::unexpected(fmt::format("'{}' does not end in /pull/ or /merge_requests/ and a number.", shown(*link)));
  }
  const std::string_view digits = word.starts_with('#') || word.starts_with('!') ? word.substr(1) : word;
  if (const auto number = positive(digits)) return PullRequestName{*number, {}, {}};
  return std::unexpected(fmt::format("'{}' is neither the number of a pull request nor a link to one.", shown(word)));
}

Value<std::string> ref_name(std::string_view word) {
  const bool bytes = std::ranges::all_of(word, [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && std::string_view("~^:?*[\\\"'<>|").find(c) == std::string_view::npos;
  });
  const bool sound = bytes && !word.empty() && word.size() <= kWordLimit && !word.starts_with('-') &&
                     !word.starts_with('.') && !word.starts_with('/') && !word.ends_with('/') && !word.ends_with('.') &&
                     !word.contains("..") && !word.contains("//") && !word.contains("/.") && !word.contains("@{") &&
                     !word.ends_with(".lock") && !word.contains(".lock/") && word != "@";
  if (!sound) return std::unexpected(fmt::format("'{}' cannot be a name in git.", shown(word)));
  return std::string(word);
}

Value<std::string> slug(std::string_view text) {
  std::string typed = lower(trim(text));
  std::string out;
  for (std::size_t i = 0; i < typed.size();) {
    const std::size_t space = space_at(typed, i);
    if (space == 0) {
      out += typed[i++];
    } else {
      if (!out.ends_with('-')) out += '-';
      i += space;
    }
  }
  if (out.starts_with("hotfix/")) out.erase(0, 7);
  if (out.empty() && typed.empty()) return out;
  if (out.size() > kSlugLimit)
    return std::unexpected(fmt::format("That branch name is {} bytes long; at most {} fit.", out.size(), kSlugLimit));
  const bool letters = std::ranges::all_of(out, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '/' || c == '-';
  });
  if (!letters || !ref_name(out)) {
    return std::unexpected(
        fmt::format("'{}' cannot name a branch; use letters, digits, '.', '_', '/' and '-'.", shown(text)));
  }
  return out;
}

std::string repository(std::string_view word, const Policy& policy) {
  for (const RepositoryPolicy& known : policy.repositories) {
    if (lower(known.name) == lower(word)) return known.name;
  }
  return std::string(word);
}

std::string service(std::string_view word, const Policy& policy) {
  for (const ServicePolicy& known : policy.services) {
    if (lower(known.name) == lower(word)) return known.name;
  }
  return std::string(word);
}

Value<std::vector<std::string>> criteria(std::span<const std::string> values, const Policy& policy) {
  std::vector<bool> met(policy.criteria.size(), false);
  const auto mark = [&](std::string_view typed) {
    typed = trim(typed);
    if (typed.empty()) return true;  // a comma too many
    if (same_word(typed, "all") && !met.empty()) {
      met.assign(met.size(), true);
      return true;
    }
    for (std::size_t i = 0; i < met.size(); ++i) {
      if (!same_word(policy.criteria[i], typed) && std::to_string(i + 1) != typed) continue;
      met[i] = true;
      return true;
    }
    return false;
  };
  for (const std::string& value : values) {
    if (mark(value)) continue;
    std::string_view left = value;
    while (true) {
      const std::size_t comma = left.find(',');
      if (!mark(left.substr(0, comma))) {
        return std::unexpected(
            fmt::format("'{}' is not one of the criteria; write their numbers, as shown by /hotfix help declare.",
                        shown(left.substr(0, comma))));
      }
      if (comma == std::string_view::npos) break;
      left.remove_prefix(comma + 1);
    }
  }
  std::vector<std::string> chosen;
  for (std::size_t i = 0; i < met.size(); ++i) {
    if (met[i]) chosen.push_back(policy.criteria[i]);
  }
  return chosen;
}

std::string numbered_id(std::string_view word, char letter) {
  if (word.starts_with('#')) word.remove_prefix(1);
  const std::string_view digits =
      !word.empty() && lower(word.substr(0, 1)) == lower(std::string_view(&letter, 1)) ? word.substr(1) : word;
  return is_digits(digits) ? letter + std::string(digits) : std::string(word);
}

std::string did_you_mean(std::string_view typed, std::span<const std::string_view> names) {
  const std::string_view near = nearest(typed, names);
  return near.empty() ? std::string{} : fmt::format(" Did you mean {}?", near);
}

}  // namespace hotfixd::commands
