#pragma once

#include <array>
#include <random>
#include <utility>

#include "bot/store/event_fields.hpp"
#include "bot/store/json_values.hpp"
#include "bot/store/message_fields.hpp"

// Values for every field of every event and effect, drawn at random from the field lists: for round
// trips. (The golden files use values of their own.)

namespace hotfixd::store::test {

template <typename Enum>
std::vector<Enum> enumerators() {
  std::vector<Enum> all;
  for (int i = 0; i < 32; ++i)
    if constexpr (std::is_same_v<Enum, Span::Kind>) {
      if (i <= static_cast<int>(Span::Kind::channel)) all.push_back(static_cast<Enum>(i));
    } else if (const auto name = to_string(static_cast<Enum>(i)); from_string<Enum>(name)) {
      all.push_back(static_cast<Enum>(i));
    }
  return all;
}

struct RandomSample {
  std::mt19937_64 engine;

  std::uint64_t below(std::uint64_t n) { return engine() % n; }
  std::string string(std::string_view) {
    static constexpr std::array<std::string_view, 10> kPieces{"a", "Z", "0", " ", "\"", "\\", "é", "日", "📌", "\n"};
    std::string out;
    for (auto n = below(12); n > 0; --n) out += kPieces[below(kPieces.size())];
    return out;
  }
  std::string text(std::string_view) {  // any bytes at all
    std::string out;
    for (auto n = below(20); n > 0; --n) out.push_back(static_cast<char>(below(256)));
    return out;
  }
  bool boolean() { return below(2) == 1; }
  std::int64_t integer(std::string_view) { return static_cast<std::int64_t>(below(1U << 30)); }
  Time time() { return Time{std::chrono::microseconds{static_cast<std::int64_t>(engine() >> 8) - (1LL << 54)}}; }
  template <typename Enum>
  Enum enumerator() {
    const auto all = enumerators<Enum>();
    return all[below(all.size())];
  }
  std::size_t size() { return below(4); }
};

template <typename T, typename Source>
T sample(Source& source, std::string_view name = {}) {
  if constexpr (std::is_same_v<T, std::string>) {
    return source.string(name);
  } else if constexpr (std::is_same_v<T, Text>) {
    return Text{source.text(name)};
  } else if constexpr (std::is_same_v<T, bool>) {
    return source.boolean();
  } else if constexpr (std::is_same_v<T, Time>) {
    return source.time();
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(source.integer(name));
  } else if constexpr (std::is_enum_v<T>) {
    return source.template enumerator<T>();
  } else if constexpr (kIsVector<T>) {
    T out;
    for (auto n = source.size(); n > 0; --n) out.push_back(sample<typename T::value_type>(source, name));
    return out;
  } else {
    T out;
    each_field<T>(out,
                  [&]<typename Value>(std::string_view field, Value& value) { value = sample<Value>(source, field); });
    return out;
  }
}

// One value per alternative of a variant, in its order.
template <typename Variant, typename Source>
std::vector<Variant> one_of_each(Source& source) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::vector<Variant>{
        Variant{std::in_place_index<I>, sample<std::variant_alternative_t<I, Variant>>(source)}...};
  }(std::make_index_sequence<std::variant_size_v<Variant>>{});
}

inline Event around(EventData data) {
  const Time at{std::chrono::microseconds{1794690000000001}};
  return {std::move(data), at, at + std::chrono::microseconds{1500000}, {"U07", "alice"}, Source::said};
}

inline Texts texts_of(const std::vector<TextRow>& rows) {
  Texts texts;
  for (const auto& row : rows) texts.emplace(row.digest, row.text);
  return texts;
}

}  // namespace hotfixd::store::test
