#include "integrations/common/fields.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/zone.hpp"
#include "integrations/common/utf8.hpp"

namespace hotfixd::common {
namespace {

using nlohmann::json;

constexpr std::size_t kTextLimit = 1024;

Problem invalid(std::string what) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}};
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

void one_line(std::string& text) { std::ranges::replace_if(text, is_control, ' '); }

bool zeros(std::string_view text) { return !text.empty() && text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

void TextFields::fail(std::string_view path, std::string_view why) {
  if (!problem_) problem_ = invalid(fmt::format("{} {}", path, why));
}

std::string TextFields::text(std::string_view path) {
  const auto* value = find_text(path);
  if (value == nullptr) {
    fail(path, "is missing");
    return {};
  }
  if (value->empty()) fail(path, "is empty");
  if (value->size() > kTextLimit) fail(path, "is too long");
  if (problem_) return {};
  std::string out = *value;
  one_line(out);
  return out;
}

std::string TextFields::text_if_any(std::string_view path, std::size_t limit) {
  const auto* value = find_text(path);
  if (value == nullptr) return {};
  std::string out(cut_utf8(*value, limit));
  one_line(out);
  return out;
}

std::string TextFields::lines_if_any(std::string_view path, std::size_t limit) {
  const auto* value = find_text(path);
  if (value == nullptr) return {};
  const auto text = cut_utf8(*value, limit);
  std::string out(text);  // it does not become longer
  auto end = out.begin();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    *end++ = is_control(c) && c != '\n' && c != '\t' ? ' ' : c;
  }
  out.erase(end, out.end());
  return out;
}

const std::string* FormReader::find_text(std::string_view name) {
  const auto found = std::ranges::find(form_, name, &FormFields::value_type::first);
  return found == form_.end() ? nullptr : &found->second;
}

bool FormReader::truth(std::string_view name) {
  const auto* text = find_text(name);
  return text != nullptr && *text == "true";
}

const json* Fields::find(std::string_view path) {
  const json* at = &root_;
  std::size_t begin = 0;
  while (true) {
    const std::size_t dot = path.find('.', begin);
    const auto next = at->find(path.substr(begin, dot == std::string_view::npos ? dot : dot - begin));
    if (next == at->end() || next->is_null()) return nullptr;
    at = &*next;
    if (dot == std::string_view::npos) return at;
    if (!at->is_object()) {
      fail(path.substr(0, dot), "is not an object");
      return nullptr;
    }
    begin = dot + 1;
  }
}

const json* Fields::need(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) fail(path, "is missing");
  return value;
}

const std::string* Fields::find_text(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) return nullptr;
  const auto* text = value->get_ptr<const std::string*>();
  if (text == nullptr) fail(path, "is not text");
  return text;
}

std::string Fields::sha_if_any(std::string_view path) {
  const auto* value = find_text(path);
  if (value == nullptr || value->empty()) return {};
  constexpr std::size_t kLongest = 64;  // SHA-256
  if (value->size() > kLongest || value->find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    fail(path, "is not an object name");
    return {};
  }
  if (zeros(*value)) return {};
  std::string sha = *value;
  std::ranges::transform(sha, sha.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  return sha;
}

std::string Fields::sha(std::string_view path) {
  auto value = sha_if_any(path);
  if (value.empty()) fail(path, "is missing");
  return value;
}

std::uint64_t Fields::number_if_any(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) return 0;
  if (!value->is_number_unsigned()) {
    fail(path, "is not a whole number");
    return 0;
  }
  return value->get<std::uint64_t>();
}

std::uint64_t Fields::number(std::string_view path) { return need(path) == nullptr ? 0 : number_if_any(path); }

bool Fields::flag(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) return false;
  if (!value->is_boolean()) {
    fail(path, "is not true or false");
    return false;
  }
  return value->get<bool>();
}

bool Fields::truth(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) return false;
  if (const auto* text = value->get_ptr<const std::string*>()) return *text == "true";
  return value->is_boolean() && value->get<bool>();
}

std::optional<Time> Fields::time(std::string_view path) {
  const json* value = find(path);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) {
    constexpr std::uint64_t kEndOf9999 = 253'402'300'799;
    const auto seconds = number_if_any(path);
    if (seconds > kEndOf9999) fail(path, "is not a time");
    if (problem()) return std::nullopt;
    return Time{Seconds{static_cast<std::int64_t>(seconds)}};
  }
  const auto* text = find_text(path);
  if (text == nullptr) return std::nullopt;
  const auto at = parse_rfc3339(*text);
  if (!at) fail(path, "is not a time");
  return at;
}

bool Fields::has(std::string_view path) { return find(path) != nullptr; }

bool Fields::is_null(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const json* parent = dot == std::string_view::npos ? &root_ : find(path.substr(0, dot));
  if (parent == nullptr) return false;
  const auto it = parent->find(dot == std::string_view::npos ? path : path.substr(dot + 1));
  return it != parent->end() && it->is_null();
}

std::string Fields::only(std::string_view list, std::string_view field) {
  const json* all = find(list);
  if (all == nullptr) return {};
  if (!all->is_array()) {
    fail(list, "is not a list");
    return {};
  }
  if (all->size() != 1) return {};
  Fields element(all->front());
  auto text = element.text_if_any(field);
  if (element.problem()) fail(fmt::format("{}.{}", list, field), "is not text");
  return text;
}

std::vector<std::uint64_t> Fields::numbers(std::string_view list, std::string_view field) {
  const json* all = find(list);
  if (all == nullptr) return {};
  if (!all->is_array()) {
    fail(list, "is not a list");
    return {};
  }
  std::vector<std::uint64_t> found;
  for (const json& one : *all) {
    Fields element(one);
    const auto number = element.has(field) ? element.number_if_any(field) : 0;
    if (element.problem()) fail(fmt::format("{}.{}", list, field), "is not a whole number");
    if (number != 0) found.push_back(number);
  }
  return found;
}

bool Fields::all_zeros(std::string_view path) {
  const auto* value = find_text(path);
  return value != nullptr && zeros(*value);
}

std::string short_text(const nlohmann::json& root, std::string_view path) {
  constexpr std::size_t kShown = 200;
  return Fields(root).text_if_any(path, kShown);
}

std::unexpected<Problem> malformed_answer(std::string_view api, std::string_view setting, std::string_view what) {
  return std::unexpected(Problem{Problem::Kind::unreachable,
                                 fmt::format("{}'s answer is not as described: {}", api, what),
                                 fmt::format("check {}, and whether a proxy stands between", setting),
                                 {}});
}

}  // namespace hotfixd::common
