// The kinds of values a key can have: each is a function that makes a Key which knows how to read itself
// from TOML into a member and how to write that member down. Used by config_keys.cpp only.
#pragma once

#include <fmt/format.h>
#include <toml++/toml.h>

#include <functional>

#include "bot/cli/config.hpp"
#include "bot/cli/config_values.hpp"

namespace hotfixd::cli {

// Collects what is wrong while the file is read.
struct Report {
  std::filesystem::path base_dir;
  std::vector<ConfigError> errors;
  Secrets secrets = Secrets::read;

  void add(const toml::source_region& where, std::string key, std::string what, std::string mend);
};

// One value of the file on its way into the configuration.
struct Value {
  const toml::node& node;
  const std::string& key;  // its full name
  Report& report;

  void fail(std::string what, std::string mend = {}) const {
    report.add(node.source(), key, std::move(what), std::move(mend));
  }
  // Nothing when the type is wrong or the text is longer than 4,000 bytes or holds control characters; reported.
  std::optional<std::string> as_text() const;
  std::optional<std::int64_t> as_integer(std::int64_t least, std::int64_t most) const;
  std::optional<double> as_real(double least, double most) const;
  std::optional<bool> as_flag() const;
  std::optional<Seconds> as_span(Seconds least, Seconds most) const;
  std::optional<Minutes> as_clock() const;
  std::optional<Secret> as_secret() const;
  std::optional<SecretPlace> as_secret_place() const;  // not read
  // An absolute path; "" stays empty.
  std::optional<std::filesystem::path> as_path() const;
  // At most 500 texts, none empty, none twice.
  std::optional<std::vector<std::string>> as_words() const;
};

template <typename T>
struct Key {
  std::string name;
  std::string meaning;  // for people: what it does, its unit and range; lines are broken by hand
  std::function<void(T&, const Value&)> read;
  std::function<std::string(const T&)> show;  // the value in TOML
  bool required = false;                      // of an entry in a list
  // The secret that it names, where it can be read; null for every other kind of key.
  std::function<std::optional<std::string>(const T&)> secret = nullptr;
};

template <typename T>
using Keys = std::vector<Key<T>>;

// What a text must be: an empty answer when it is that, otherwise what to write instead.
using TextRule = std::function<std::string(const std::string&)>;

inline std::string any_text(const std::string&) { return {}; }
inline std::string some_text(const std::string& text) { return text.empty() ? "write at least one character" : ""; }
std::string zone_text(const std::string& text);           // an existing IANA zone
std::string optional_zone_text(const std::string& text);  // or nothing
std::string address_text(const std::string& text);        // an IP address

inline std::optional<std::string> revealed(const Secret& secret) { return secret.reveal(); }
inline std::optional<std::string> revealed(const SecretPlace& place) {
  const auto secret = read_secret(place.reference, place.base_dir);
  return secret ? std::optional(secret->reveal()) : std::nullopt;
}

// Reads with `get` (Value → optional) and assigns what came of it. A member that holds a secret is known as one.
template <typename T, typename M, typename Get, typename Show>
Key<T> key(std::string name, M T::* member, std::string meaning, Get get, Show show) {
  Key<T> made{.name = std::move(name),
              .meaning = std::move(meaning),
              .read =
                  [member, get](T& into, const Value& value) {
                    if (auto got = get(value)) into.*member = M(*std::move(got));
                  },
              .show = [member, show](const T& from) { return show(from.*member); }};
  if constexpr (std::is_same_v<M, std::optional<Secret>> || std::is_same_v<M, std::optional<SecretPlace>>)
    made.secret = [member](const T& from) {
      return (from.*member).and_then([](const auto& secret) { return revealed(secret); });
    };
  return made;
}

template <typename T>
Key<T> text(std::string name, std::string T::* member, TextRule rule, std::string meaning) {
  const auto get = [rule](const Value& value) {
    auto got = value.as_text();
    if (!got) return got;
    if (auto mend = rule(*got); !mend.empty()) {
      value.fail(fmt::format("'{}' does not fit", *got), mend);
      got.reset();
    }
    return got;
  };
  return key(std::move(name), member, std::move(meaning), get, [](const std::string& s) { return toml_text(s); });
}

template <typename T, std::integral M>
Key<T> number(std::string name, M T::* member, M least, M most, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning) + fmt::format(" From {} to {}.", least, most),
      [least, most](const Value& value) { return value.as_integer(least, most); },
      [](M n) { return fmt::to_string(n); });
}

template <typename T>
Key<T> real(std::string name, double T::* member, double least, double most, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning) + fmt::format(" From {} to {}.", least, most),
      [least, most](const Value& value) { return value.as_real(least, most); },
      [](double n) { return fmt::to_string(n); });
}

template <typename T>
Key<T> flag(std::string name, bool T::* member, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning), [](const Value& value) { return value.as_flag(); },
      [](bool on) { return std::string(on ? "true" : "false"); });
}

// A member in minutes takes whole minutes only.
template <typename T, typename Rep, typename Period>
Key<T> span(std::string name, std::chrono::duration<Rep, Period> T::* member, Seconds least, Seconds most,
            std::string meaning) {
  using Unit = std::chrono::duration<Rep, Period>;
  const auto get = [least, most](const Value& value) -> std::optional<Unit> {
    const auto got = value.as_span(least, most);
    if (!got) return std::nullopt;
    const auto whole = std::chrono::duration_cast<Unit>(*got);
    if (whole == *got) return whole;
    value.fail(fmt::format("'{}' is not a whole number of minutes", show_span(*got)),
               fmt::format("write \"{}\"", show_span(whole + Unit{1})));
    return std::nullopt;
  };
  return key(std::move(name), member,
             std::move(meaning) + fmt::format(" From {} to {}.", show_span(least), show_span(most)), get,
             [](Unit value) { return toml_text(show_span(value)); });
}

template <typename T>
Key<T> clock(std::string name, Minutes T::* member, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning), [](const Value& value) { return value.as_clock(); },
      [](Minutes m) { return toml_text(show_clock(m)); });
}

// `some`: an empty list is refused.
template <typename T>
Key<T> words(std::string name, std::vector<std::string> T::* member, bool some, std::string meaning) {
  const auto get = [some](const Value& value) {
    auto got = value.as_words();
    if (got && some && got->empty()) {
      value.fail("the list is empty", "name at least one");
      got.reset();
    }
    return got;
  };
  return key(std::move(name), member, std::move(meaning), get,
             [](const std::vector<std::string>& list) { return toml_list(list); });
}

template <typename T>
Key<T> path(std::string name, std::filesystem::path T::* member, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning), [](const Value& value) { return value.as_path(); },
      [](const std::filesystem::path& p) { return toml_text(p.native()); });
}

// `variable`: the environment variable the example names.
template <typename T>
Key<T> secret(std::string name, std::optional<Secret> T::* member, std::string variable, std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning) + " A secret: \"env:NAME\" or \"file:PATH\".",
      [](const Value& value) { return value.as_secret(); },
      [variable](const std::optional<Secret>&) { return toml_text("env:" + variable); });
}

// A secret that is read when it is used.
template <typename T>
Key<T> secret_place(std::string name, std::optional<SecretPlace> T::* member, std::string variable,
                    std::string meaning) {
  return key(
      std::move(name), member, std::move(meaning) + " A secret: \"env:NAME\" or \"file:PATH\".",
      [](const Value& value) { return value.as_secret_place(); },
      [variable](const std::optional<SecretPlace>&) { return toml_text("env:" + variable); });
}

template <typename Enum>
std::vector<std::string> names_of(const std::vector<Enum>& values) {
  std::vector<std::string> names;
  for (const auto value : values) names.emplace_back(to_string(value));
  return names;
}

template <typename T>
Key<T> required(Key<T> key) {
  key.required = true;
  return key;
}

// The keys of a part as keys of the whole: `part` gives that part of a (const) T.
template <typename T, typename P, typename Part>
void append(Keys<T>& whole, const Keys<P>& keys, Part part) {
  for (const auto& key : keys) {
    whole.push_back({.name = key.name,
                     .meaning = key.meaning,
                     .read = [read = key.read, part](T& into, const Value& value) { read(part(into), value); },
                     .show = [show = key.show, part](const T& from) { return show(part(from)); },
                     .required = key.required});
    if (key.secret) whole.back().secret = [secret = key.secret, part](const T& from) { return secret(part(from)); };
  }
}

}  // namespace hotfixd::cli
