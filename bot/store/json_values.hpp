#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/domain/message.hpp"
#include "bot/store/codec.hpp"
#include "bot/store/fields.hpp"

// Values to JSON and back, driven by the field lists. A Writer swaps erasable texts for references and
// keeps their rows; a Reader checks everything it is given and remembers the first thing that is wrong.

namespace hotfixd::store {

template <typename T>
inline constexpr bool kIsVector = false;
template <typename T>
inline constexpr bool kIsVector<std::vector<T>> = true;

std::string_view span_kind_name(Span::Kind kind);
std::optional<Span::Kind> span_kind_from(std::string_view name);

// Writes canonical text (see canonical()) without a tree in between: half of what a commit costs would be that tree.
class Writer {
 public:
  // Without a source of nonces no Text may be written (messages hold none).
  explicit Writer(IdSource* nonces) : nonces_(nonces) {}

  template <typename T>
  void value(const T& v) {
    if constexpr (std::is_same_v<T, std::string>) {
      string(v);
    } else if constexpr (std::is_same_v<T, bool>) {
      text_ += v ? "true" : "false";
    } else if constexpr (std::is_integral_v<T>) {
      text_ += std::to_string(v);
    } else if constexpr (std::is_same_v<T, Text>) {
      text_ += R"({"$ref":)";
      string(keep(v));
      text_ += '}';
    } else if constexpr (std::is_same_v<T, Time>) {
      text_ += std::to_string(v.time_since_epoch().count());
    } else if constexpr (std::is_same_v<T, Span::Kind>) {
      string(span_kind_name(v));
    } else if constexpr (std::is_enum_v<T>) {
      if (!from_string<T>(to_string(v))) wrong_ = "a value of " + std::to_string(static_cast<int>(v)) + " has no name";
      string(to_string(v));
    } else if constexpr (kIsVector<T>) {
      text_ += '[';
      for (bool first = true; const auto& element : v) {
        if (!std::exchange(first, false)) text_ += ',';
        value(element);
      }
      text_ += ']';
    } else {
      // Written in the order of the list, in which nonces are drawn, and then put in the order of the names.
      constexpr auto kPlaces = places_by_name<T>();
      const auto begin = text_.size();
      std::array<std::size_t, kPlaces.size() + 1> ends{begin};
      std::size_t count = 0;
      each_field<T>(v, [&](std::string_view name, const auto& field) {
        using Member = std::remove_cvref_t<decltype(field)>;
        if (!is_optional<T>(name) || !(field == Member{})) {
          string(name);
          text_ += ':';
          value(field);
        }
        ends[++count] = text_.size();
      });
      std::string sorted;
      sorted.reserve(text_.size() - begin + kPlaces.size() + 2);
      for (const auto place : kPlaces) {
        if (ends[place] == ends[place + 1]) continue;  // an optional one that says nothing
        sorted += sorted.empty() ? '{' : ',';
        sorted.append(text_, ends[place], ends[place + 1] - ends[place]);
      }
      text_.resize(begin);
      text_ += sorted.empty() ? "{" : sorted;
      text_ += '}';
    }
  }
  // A string with its quotes.
  void string(std::string_view v);
  void raw(std::string_view json) { text_ += json; }

  std::string take_text() { return std::move(text_); }
  // Empty unless a value could not be written (an enum outside its names).
  const std::string& wrong() const { return wrong_; }
  std::vector<TextRow> take_texts() { return std::move(texts_); }

 private:
  std::string keep(const Text& text);

  IdSource* nonces_;
  std::string text_;
  std::vector<TextRow> texts_;
  std::string wrong_;
};

class Reader {
 public:
  // Without `texts` every reference is an error.
  explicit Reader(const Texts* texts) : texts_(texts) {}

  template <typename T>
  bool value(const nlohmann::json& json, T& out) {
    if constexpr (std::is_same_v<T, std::string>) {
      if (!json.is_string()) return fail("is not a string");
      out = json.get_ref<const std::string&>();
      return true;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return fail("is not true or false");
      out = json.get<bool>();
      return true;
    } else if constexpr (std::is_same_v<T, Text>) {
      return text(json, out);
    } else if constexpr (std::is_same_v<T, Time>) {
      std::int64_t count = 0;
      if (!integer(json, count)) return false;
      out = Time{std::chrono::microseconds{count}};
      return true;
    } else if constexpr (std::is_integral_v<T>) {
      return integer(json, out);
    } else if constexpr (std::is_enum_v<T>) {
      return enumerator(json, out);
    } else if constexpr (kIsVector<T>) {
      if (!json.is_array()) return fail("is not a list");
      out.clear();
      for (const auto& element : json)
        if (!value(element, out.emplace_back())) return false;
      return true;
    } else {
      if (!json.is_object()) return fail("is not an object");
      bool good = true;
      each_field<T>(out, [&](std::string_view name, auto& field) {
        good = good && ((is_optional<T>(name) && !json.contains(name)) || member(json, name, field));
      });
      return good;
    }
  }

  template <typename T>
  bool member(const nlohmann::json& object, std::string_view name, T& out) {
    const auto found = object.find(name);
    if (found == object.end()) return fail("is missing", name);
    return value(*found, out) || fail("", name);
  }

  // "field.inner is not a string"; empty when nothing is wrong.
  std::string wrong() const { return path_.empty() ? wrong_ : path_ + " " + wrong_; }

 private:
  bool fail(std::string_view what, std::string_view field = {}) {
    if (wrong_.empty()) wrong_ = what;
    if (!field.empty()) path_ = path_.empty() ? std::string(field) : std::string(field) + "." + path_;
    return false;
  }
  bool text(const nlohmann::json& json, Text& out);

  template <typename T>
  bool integer(const nlohmann::json& json, T& out) {
    if (json.is_number_unsigned()) {
      const auto n = json.get<std::uint64_t>();
      if (n > static_cast<std::uint64_t>(std::numeric_limits<T>::max())) return fail("is too large");
      out = static_cast<T>(n);
      return true;
    }
    if (!json.is_number_integer()) return fail("is not a whole number");
    if constexpr (std::is_unsigned_v<T>) {
      return fail("is negative");
    } else {
      const auto n = json.get<std::int64_t>();
      if (n < static_cast<std::int64_t>(std::numeric_limits<T>::min())) return fail("is too small");
      out = static_cast<T>(n);
      return true;
    }
  }

  template <typename T>
  bool enumerator(const nlohmann::json& json, T& out) {
    if (!json.is_string()) return fail("is not a name");
    const auto& name = json.get_ref<const std::string&>();
    std::optional<T> found;
    if constexpr (std::is_same_v<T, Span::Kind>)
      found = span_kind_from(name);
    else
      found = from_string<T>(name);
    if (!found) return fail("has an unknown name");
    out = *found;
    return true;
  }

  const Texts* texts_;
  std::string path_, wrong_;
};

// Canonical text: keys sorted, no spaces. Bytes that are not UTF-8 become U+FFFD, as JSON has no way to
// hold them; the platforms and forges send UTF-8, so this touches only damaged input.
std::string canonical(const nlohmann::json& json);

// Parses at most kLargestBody bytes; a Problem (corrupt) naming `what` otherwise.
Result<nlohmann::json> parse_json(std::string_view text, std::string_view what);

Problem corrupt(std::string what);

}  // namespace hotfixd::store
