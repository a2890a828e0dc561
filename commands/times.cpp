#include "commands/times.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/domain/zone.hpp"
#include "commands/text.hpp"

namespace hotfixd::commands {
namespace {

constexpr std::size_t kNumberDigits = 6;  // enough for a year in minutes
constexpr int kLastMinute = 23 * 60 + 59;

struct Unit {
  std::string_view name;
  Seconds length;
};
constexpr std::array<Unit, 17> kUnits{{
    {"m", Seconds{60}},
    {"min", Seconds{60}},
    {"mins", Seconds{60}},
    {"minute", Seconds{60}},
    {"minutes", Seconds{60}},
    {"h", Seconds{3600}},
    {"hr", Seconds{3600}},
    {"hrs", Seconds{3600}},
    {"hour", Seconds{3600}},
    {"hours", Seconds{3600}},
    {"d", Seconds{86400}},
    {"day", Seconds{86400}},
    {"days", Seconds{86400}},
    {"w", Seconds{604800}},
    {"week", Seconds{604800}},
    {"weeks", Seconds{604800}},
    {"wk", Seconds{604800}},
}};

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

// How many bytes at the beginning of `text` lie between `from` and `to`.
std::size_t run(std::string_view text, char from, char to) {
  const auto end = std::ranges::find_if(text, [&](char c) { return c < from || c > to; });
  return static_cast<std::size_t>(end - text.begin());
}

struct Clock {
  int minute = 0;  // of the day
  int second = 0;
};

std::string_view bare(std::string_view word) {
  while (word.ends_with(',') || word.ends_with(':') || word.ends_with(';')) word.remove_suffix(1);
  return word;
}

bool is_clock_shape(std::string_view word) {
  word = bare(word);
  const std::size_t mark = word.find_first_of(":.");
  if (mark == std::string_view::npos || mark == 0 || mark > 2 || !is_digits(word.substr(0, mark))) return false;
  const std::string_view after = word.substr(mark + 1);
  if (word[mark] == '.') return mark == 2 && after.size() == 2 && is_digits(after);
  if (after.size() == 2) return is_digits(after);
  return after.size() == 5 && after[2] == ':' && is_digits(after.substr(0, 2)) && is_digits(after.substr(3));
}

std::optional<Clock> clock_of(std::string_view word) {
  word = bare(word);
  if (!is_clock_shape(word)) return std::nullopt;
  const std::size_t mark = word.find_first_of(":.");
  const int hour = number(word.substr(0, mark));
  const int minute = number(word.substr(mark + 1, 2));
  const int second = word.size() > mark + 3 ? number(word.substr(mark + 4)) : 0;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Clock{hour * 60 + minute, second};
}

using Day = std::chrono::year_month_day;

bool is_day_shape(std::string_view word) {
  return word.size() == 10 && word[4] == '-' && word[7] == '-' && is_digits(word.substr(0, 4)) &&
         is_digits(word.substr(5, 2)) && is_digits(word.substr(8));
}

std::optional<Day> day_of(std::string_view word) {
  if (!is_day_shape(word)) return std::nullopt;
  const Day day{std::chrono::year{number(word.substr(0, 4))},
                std::chrono::month{static_cast<unsigned>(number(word.substr(5, 2)))},
                std::chrono::day{static_cast<unsigned>(number(word.substr(8)))}};
  const bool sane = day.year() >= std::chrono::year{2000} && day.year() <= std::chrono::year{2200};
  return day.ok() && sane ? std::optional(day) : std::nullopt;
}

Day today(Time now, std::string_view zone) {
  const LocalTime local = local_time(now, zone);
  return {std::chrono::year{local.year}, std::chrono::month{local.month}, std::chrono::day{local.day}};
}

Day moved(Day day, int days) { return Day{std::chrono::sys_days{day} + std::chrono::days{days}}; }

Time on(Day day, Clock clock, std::string_view zone) {
  return instant(static_cast<int>(day.year()), static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                 clock.minute, zone) +
         Seconds{clock.second};
}

// The later of two instants at which the clock shows the same, on the night it is set back.
Time repeated(Time t, Time now, std::string_view zone) {
  const LocalTime first = local_time(t, zone);
  for (const Minutes shift : {Minutes{60}, Minutes{30}}) {
    const LocalTime again = local_time(t + shift, zone);
    if (t + shift <= now && again.minute_of_day == first.minute_of_day && again.same_day(first)) return t + shift;
  }
  return t;
}

std::optional<Day> named_day(std::string_view word, Time now, std::string_view zone) {
  if (same_word(word, "today")) return today(now, zone);
  if (same_word(word, "yesterday")) return moved(today(now, zone), -1);
  if (same_word(word, "tomorrow")) return moved(today(now, zone), 1);
  return day_of(word);
}

struct Pair {
  std::string_view first, second;
};

// Two words, or a day and a clock joined by 'T' without an offset.
Pair halves(std::string_view text) {
  if (is_day_shape(text.substr(0, 10)) && text.size() > 11 && text[10] == 'T')
    return {text.substr(0, 10), text.substr(11)};
  std::size_t gap = 0;
  while (gap < text.size() && space_at(text, gap) == 0) ++gap;
  return {text.substr(0, gap), trim(text.substr(gap))};
}

std::optional<Time> day_and_clock(std::string_view text, Time now, std::string_view zone) {
  const auto [first, second] = halves(text);
  const auto day = named_day(first, now, zone);
  const auto clock = clock_of(second);
  if (!day || !clock) return std::nullopt;
  return on(*day, *clock, zone);
}

bool is_day_word(std::string_view word) {
  return same_word(word, "today") || same_word(word, "yesterday") || is_day_shape(word);
}

}  // namespace

Value<Seconds> duration(std::string_view text) {
  const std::string typed = lower(trim(text));
  const auto malformed = std::unexpected(fmt::format("'{}' is not a duration; write 30m, 2h, 3d or 1w.", shown(text)));
  std::string_view left = typed;
  Seconds sum{0};
  if (left.empty()) return malformed;
  while (!left.empty()) {
    const std::size_t digits = run(left, '0', '9');
    if (digits == 0 || digits > kNumberDigits) return malformed;
    const int count = number(left.substr(0, digits));
    left = trim(left.substr(digits));
    const std::size_t letters = run(left, 'a', 'z');
    const auto unit = std::ranges::find(kUnits, left.substr(0, letters), &Unit::name);
    if (unit == kUnits.end()) return malformed;
    left = trim(left.substr(letters));
    sum += unit->length * count;
    if (sum > kLongest) return std::unexpected(fmt::format("'{}' is longer than 365 days.", shown(text)));
  }
  if (sum < kShortest) return std::unexpected(fmt::format("'{}' is shorter than a minute.", shown(text)));
  return sum;
}

std::size_t time_words(std::string_view first, std::string_view second) {
  if (is_day_word(first) && is_clock_shape(second)) return 2;
  if (is_clock_shape(first)) return 1;
  return first.size() > 11 && first[10] == 'T' && is_day_shape(first.substr(0, 10)) ? 1 : 0;
}

bool joins(std::string_view first, std::string_view second) {
  const bool tomorrow = same_word(first, "tomorrow") && is_clock_shape(second);
  return tomorrow || time_words(first, second) == 2 ||
         duration(std::string(first) + " " + std::string(second)).has_value();
}

Value<Time> past_time(std::string_view text, Time now, std::string_view zone) {
  text = trim(text);
  if (const auto clock = clock_of(text)) {
    const Day day = today(now, zone);
    const Time candidate = on(day, *clock, zone);
    return repeated(candidate <= now ? candidate : on(moved(day, -1), *clock, zone), now, zone);
  }
  auto time = day_and_clock(text, now, zone);
  if (!time) time = parse_rfc3339(text);
  if (!time) {
    return std::unexpected(
        fmt::format("'{}' is not a time; write 21:04, yesterday 21:04 or 2026-11-14 21:04.", shown(text)));
  }
  if (*time > now) return std::unexpected(fmt::format("'{}' is still to come.", shown(text)));
  return *time;
}

Value<Due> due(std::string_view text, Time now, std::string_view zone) {
  text = trim(text);
  if (!text.empty() && is_digits(text.substr(0, 1))) {
    const auto length = duration(text);
    if (length) return *length;
    if (run(text, '0', '9') < text.size() && !is_clock_shape(text) && !is_day_shape(text.substr(0, 10)))
      return std::unexpected(length.error());
  }
  std::optional<Time> time;
  if (const auto clock = clock_of(text)) {
    const Day day = today(now, zone);
    time = on(day, *clock, zone);
    if (*time <= now) time = on(moved(day, 1), *clock, zone);
  } else if (const auto day = named_day(text, now, zone)) {
    time = on(*day, {kLastMinute, 0}, zone);
  } else {
    time = day_and_clock(text, now, zone);
    if (!time) time = parse_rfc3339(text);
  }
  if (!time)
    return std::unexpected(fmt::format("'{}' is not a due time; write 3d, tomorrow or 2026-12-01.", shown(text)));
  if (*time <= now) return std::unexpected(fmt::format("'{}' is already past.", shown(text)));
  if (*time - now > kLongest) return std::unexpected(fmt::format("'{}' is more than 365 days ahead.", shown(text)));
  return *time;
}

}  // namespace hotfixd::commands
