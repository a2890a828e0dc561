#pragma once

#include <algorithm>
#include <array>
#include <ranges>
#include <string_view>
#include <tuple>

// A durable type is described once, by the names and members of its fields; writing, reading, redacting
// and the tests' sample values all follow from that one list. The names are the stored format: renaming
// one needs a new codec version and a step in upgrade.cpp.

namespace hotfixd::store {

template <typename Member>
struct Field {
  std::string_view name;
  Member member;
  bool optional = false;  // added later: missing in what was stored before, and left out while it says nothing
};

// Specialised per type: `list`, a tuple of Field; for an event or effect also its stable `name`.
template <typename T>
struct Fields;

template <typename T>
concept Described = requires { Fields<T>::list; };

// Calls f(name, value) for every field of `object`, in the order of the list.
template <Described T, typename Object, typename Function>
void each_field(Object& object, Function&& f) {
  std::apply([&](const auto&... field) { (f(field.name, object.*(field.member)), ...); }, Fields<T>::list);
}

// Is this one of T's optional fields?
template <Described T>
bool is_optional(std::string_view name) {
  return std::apply([&](const auto&... field) { return ((field.optional && field.name == name) || ...); },
                    Fields<T>::list);
}

// The places of a type's fields in its list, sorted by name.
template <Described T>
consteval auto places_by_name() {
  constexpr std::size_t kCount = std::tuple_size_v<std::remove_cvref_t<decltype(Fields<T>::list)>>;
  const auto names = std::apply(
      [](const auto&... field) { return std::array<std::string_view, kCount>{field.name...}; }, Fields<T>::list);
  std::array<std::size_t, kCount> places{};
  std::ranges::copy(std::views::iota(std::size_t{0}, kCount), places.begin());
  std::ranges::sort(places, {}, [&](std::size_t place) { return names[place]; });
  return places;
}

}  // namespace hotfixd::store
