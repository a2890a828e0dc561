#include "bot/store/json_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hotfixd::store {
namespace {

constexpr std::array<std::pair<Span::Kind, std::string_view>, 10> kSpanKinds{{{Span::Kind::plain, "plain"},
                                                                              {Span::Kind::bold, "bold"},
                                                                              {Span::Kind::code, "code"},
                                                                              {Span::Kind::strike, "strike"},
                                                                              {Span::Kind::mention, "mention"},
                                                                              {Span::Kind::link, "link"},
                                                                              {Span::Kind::clock, "clock"},
                                                                              {Span::Kind::day, "day"},
                                                                              {Span::Kind::due, "due"},
                                                                              {Span::Kind::channel, "channel"}}};

}  // namespace

std::string_view span_kind_name(Span::Kind kind) {
  for (const auto& [value, name] : kSpanKinds)
    if (value == kind) return name;
  return "plain";
}

std::optional<Span::Kind> span_kind_from(std::string_view name) {
  for (const auto& [value, known] : kSpanKinds)
    if (known == name) return value;
  return std::nullopt;
}

void Writer::string(std::string_view v) {
  bool simple = true;  // to the end, without a way out: that is many bytes at once
  for (const char c : v) simple &= c >= ' ' && c <= '~' && c != '"' && c != '\\';
  if (!simple) {
    text_ += canonical(v);
    return;
  }
  text_ += '"';
  text_ += v;
  text_ += '"';
}

std::string Writer::keep(const Text& text) {
  if (text.value.empty()) return {};
  if (nonces_ == nullptr) {
    wrong_ = "a text that people wrote stands where it could not be erased";
    return {};
  }
  TextRow row;
  row.nonce = nonces_->random_hex(32);
  row.text = text.value;
  row.digest = text_digest(row.nonce, row.text);
  return texts_.emplace_back(std::move(row)).digest;
}

bool Reader::text(const nlohmann::json& json, Text& out) {
  if (!json.is_object() || json.size() != 1) return fail("is not a reference to a text");
  // Upgraded from a version in which it was no Text: it cannot be erased.
  if (const auto kept = json.find("plain"); kept != json.end()) return value(*kept, out.value);
  const auto ref = json.find("$ref");
  if (ref == json.end() || !ref->is_string()) return fail("is not a reference to a text");
  const auto& digest = ref->get_ref<const std::string&>();
  out.value.clear();
  if (digest.empty()) return true;
  if (texts_ == nullptr) return fail("refers to a text, but there are none");
  const auto found = texts_->find(digest);
  if (found == texts_->end()) return fail("refers to a text that is not there");
  out.value = found->second ? *found->second : std::string(kRedacted);
  return true;
}

std::string canonical(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Problem corrupt(std::string what) {
  return {Problem::Kind::corrupt, std::move(what), "restore the database from a backup", {}};
}

Result<nlohmann::json> parse_json(std::string_view text, std::string_view what) {
  if (text.size() > kLargestBody)
    return std::unexpected(corrupt(fmt::format("{} is larger than {} bytes", what, kLargestBody)));
  auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded()) return std::unexpected(corrupt(fmt::format("{} is not JSON", what)));
  return json;
}

}  // namespace hotfixd::store
