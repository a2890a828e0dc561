// IANA time zones: what a clock on the wall shows. The only file that knows the tz library.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd {

bool zone_exists(std::string_view iana);

struct LocalTime {
  int year = 0;
  unsigned month = 0, day = 0;
  int minute_of_day = 0;  // 0..1439
  int second = 0;
  bool same_day(const LocalTime& o) const { return year == o.year && month == o.month && day == o.day; }
};

// The wall clock in `iana` at `t`; an unknown zone counts as UTC (validate() refuses it earlier).
LocalTime local_time(Time t, std::string_view iana);
// The instant at which the wall clock in `iana` shows this day and minute. A time skipped by daylight
// saving gives the instant of the jump, one that occurs twice the first.
Time instant(int year, unsigned month, unsigned day, int minute_of_day, std::string_view iana);

std::string format_clock(Time t, std::string_view iana);  // "21:04"
std::string format_day(Time t, std::string_view iana);    // "2026-11-14"
std::string format_due(Time t, std::string_view iana);    // "Sat 14 Nov 09:00"
std::string format_rfc3339(Time t);                       // "2026-11-14T21:04:00Z", fraction only when not zero
// RFC 3339 with any offset and up to nine fraction digits (more precise than microseconds is cut).
std::optional<Time> parse_rfc3339(std::string_view text);
std::string format_duration(Seconds d);  // "3d 4h", "25m", "40s"

}  // namespace hotfixd
