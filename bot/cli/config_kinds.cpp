#include "bot/cli/config_kinds.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "bot/domain/zone.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::size_t kLongestText = 4000;
constexpr std::size_t kLongestList = 500;

std::string type_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a fraction";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time without quotes";
  }
}

void wrong_type(const Value& value, std::string_view wanted, std::string_view example) {
  value.fail(fmt::format("{} is expected here, this is {}", wanted, type_of(value.node)),
             fmt::format("write it like {}", example));
}

}  // namespace

void Report::add(const toml::source_region& where, std::string key, std::string what, std::string mend) {
  errors.push_back({.line = where.begin.line,
                    .column = where.begin.column,
                    .key = std::move(key),
                    .what = std::move(what),
                    .mend = std::move(mend)});
}

std::optional<std::string> Value::as_text() const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    wrong_type(*this, "a text in quotes", "\"…\"");
    return std::nullopt;
  }
  if (text->get().size() > kLongestText) {
    fail(fmt::format("the text is longer than {} bytes", kLongestText), "shorten it");
    return std::nullopt;
  }
  if (std::ranges::any_of(text->get(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    fail("the text holds a line break or another control character", "keep it on one line");
    return std::nullopt;
  }
  return text->get();
}

std::optional<std::int64_t> Value::as_integer(std::int64_t least, std::int64_t most) const {
  const auto* number = node.as_integer();
  if (number == nullptr) {
    wrong_type(*this, "a whole number without quotes", fmt::to_string(least));
    return std::nullopt;
  }
  if (number->get() >= least && number->get() <= most) return number->get();
  fail(fmt::format("{} is out of range", number->get()), fmt::format("write a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<double> Value::as_real(double least, double most) const {
  const auto number = node.value<double>();
  if (!node.is_number() || !number) {
    wrong_type(*this, "a number without quotes", "1.5");
    return std::nullopt;
  }
  if (std::isfinite(*number) && *number >= least && *number <= most) return number;
  fail(fmt::format("{} is out of range", *number), fmt::format("write a number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> Value::as_flag() const {
  if (const auto* flag = node.as_boolean(); flag != nullptr) return flag->get();
  wrong_type(*this, "true or false without quotes", "true");
  return std::nullopt;
}

std::optional<Seconds> Value::as_span(Seconds least, Seconds most) const {
  if (!node.is_string()) {
    wrong_type(*this, "a duration in quotes", "\"30m\", \"2h\" or \"3d\"");
    return std::nullopt;
  }
  const auto text = as_text();
  if (!text) return std::nullopt;
  const auto span = parse_span(*text);
  if (!span)
    fail(fmt::format("'{}' is not a duration", *text), "write it like \"30s\", \"30m\", \"2h\", \"3d\" or \"1h30m\"");
  else if (*span < least || *span > most)
    fail(fmt::format("{} is out of range", show_span(*span)),
         fmt::format("write a duration from {} to {}", show_span(least), show_span(most)));
  else
    return span;
  return std::nullopt;
}

std::optional<Minutes> Value::as_clock() const {
  if (!node.is_string()) {
    wrong_type(*this, "a time of day in quotes", "\"22:00\"");
    return std::nullopt;
  }
  const auto text = as_text();
  if (!text) return std::nullopt;
  const auto clock = parse_clock(*text);
  if (!clock) fail(fmt::format("'{}' is not a time of day", *text), "write it like \"08:00\" or \"22:00\"");
  return clock;
}

std::optional<Secret> Value::as_secret() const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    wrong_type(*this, "the place of a secret in quotes", "\"env:NAME\" or \"file:PATH\"");
    return std::nullopt;
  }
  if (report.secrets == Secrets::left) return std::nullopt;
  auto secret = read_secret(text->get(), report.base_dir);
  if (secret) return std::move(*secret);
  fail(secret.error().what, secret.error().mend);
  return std::nullopt;
}

std::optional<SecretPlace> Value::as_secret_place() const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    wrong_type(*this, "the place of a secret in quotes", "\"env:NAME\" or \"file:PATH\"");
    return std::nullopt;
  }
  if (const auto wrong = wrong_place(text->get())) {
    fail(wrong->what, wrong->mend);
    return std::nullopt;
  }
  return SecretPlace{text->get(), report.base_dir};
}

std::optional<std::filesystem::path> Value::as_path() const {
  const auto text = as_text();
  if (!text || text->empty()) return text;
  return (report.base_dir / *text).lexically_normal();
}

std::optional<std::vector<std::string>> Value::as_words() const {
  const auto* list = node.as_array();
  if (list == nullptr) {
    wrong_type(*this, "a list of texts", "[\"one\", \"two\"]");
    return std::nullopt;
  }
  if (list->size() > kLongestList) {
    fail(fmt::format("the list has {} entries, {} are allowed", list->size(), kLongestList), "shorten it");
    return std::nullopt;
  }
  std::vector<std::string> words;
  bool sound = true;
  for (const auto& element : *list) {
    const Value entry{element, key, report};
    const auto word = entry.as_text();
    if (!word) {
      sound = false;
    } else if (word->empty()) {
      entry.fail("an entry is empty", "remove it");
      sound = false;
    } else if (std::ranges::find(words, *word) != words.end()) {
      entry.fail(fmt::format("'{}' is listed more than once", *word), "remove one");
      sound = false;
    } else {
      words.push_back(*word);
    }
  }
  return sound ? std::optional(std::move(words)) : std::nullopt;
}

std::string zone_text(const std::string& text) {
  return zone_exists(text) ? "" : "write an IANA time zone such as Europe/Berlin";
}

std::string optional_zone_text(const std::string& text) { return text.empty() ? "" : zone_text(text); }

std::string address_text(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  const bool good = ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
                    ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
  return good ? "" : "write an IP address such as 127.0.0.1, 0.0.0.0 or ::1";
}

}  // namespace hotfixd::cli
