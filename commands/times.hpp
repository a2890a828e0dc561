// Durations and points in time as people type them, in the channel's zone.
#pragma once

#include <variant>

#include "bot/domain/basics.hpp"

namespace hotfixd::commands {

// A value, or one sentence for the person who typed it.
template <typename T>
using Value = std::expected<T, std::string>;

inline constexpr Seconds kShortest{60};
inline constexpr Seconds kLongest{365 * 24 * 3600};

// "30m", "2h", "3d", "1w", "1h30m", "90 minutes", "2 hours": from one minute to 365 days.
Value<Seconds> duration(std::string_view text);

// In all of these a clock is "21:04", "9:05", "21.04" or "21:04:30"; a comma or colon behind it is ignored.

// The number of words that make one time: 2 for "yesterday 21:04" and "2026-11-14 21:04", 1 for
// "21:04" and RFC 3339, else 0. "25:61" counts as one, so that the mistake is told and not recorded.
std::size_t time_words(std::string_view first, std::string_view second);

// Do two words make one time or one duration ("tomorrow 09:00", "2 days")?
bool joins(std::string_view first, std::string_view second);

// A time that has been: "21:04" is the latest 21:04 not after `now` on a clock in `zone`; further
// "today 21:04", "yesterday 21:04", "2026-11-14 21:04" and RFC 3339. One after `now` is a mistake.
Value<Time> past_time(std::string_view text, Time now, std::string_view zone);

// A time to come: a duration from now, or "21:04" (the next one), "tomorrow", "tomorrow 09:00",
// "2026-12-01" (23:59 of that day), "2026-12-01 17:00" and RFC 3339; at most 365 days ahead.
using Due = std::variant<Seconds, Time>;
Value<Due> due(std::string_view text, Time now, std::string_view zone);

}  // namespace hotfixd::commands
