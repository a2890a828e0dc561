#include "bot/domain/zone.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/domain/support.hpp"

// Clocks on walls: daylight saving both ways, and RFC 3339 as the outside writes it.

namespace hotfixd::testing {
namespace {

TEST(Zone, KnowsTheZonesOfTheDatabase) {
  EXPECT_TRUE(zone_exists("Europe/Berlin"));
  EXPECT_TRUE(zone_exists("UTC"));
  EXPECT_FALSE(zone_exists("Europe/Nowhere"));
  EXPECT_FALSE(zone_exists(""));
  EXPECT_FALSE(zone_exists("../../etc/passwd"));
}

TEST(Zone, ShowsTheWallClock) {
  struct Case {
    const char* at;
    const char* zone;
    const char* shown;
  };
  for (const auto& c : {
           Case{"2026-11-14T21:04:59Z", "UTC", "2026-11-14 21:04 Sat 14 Nov 21:04"},
           Case{"2026-11-14T23:30:00Z", "Europe/Berlin", "2026-11-15 00:30 Sun 15 Nov 00:30"},
           Case{"2026-11-14T21:04:00Z", "Pacific/Auckland", "2026-11-15 10:04 Sun 15 Nov 10:04"},
           Case{"2027-03-28T00:59:00Z", "Europe/Berlin", "2027-03-28 01:59 Sun 28 Mar 01:59"},
           Case{"2027-03-28T01:00:00Z", "Europe/Berlin", "2027-03-28 03:00 Sun 28 Mar 03:00"},
           Case{"2026-10-25T00:30:00Z", "Europe/Berlin", "2026-10-25 02:30 Sun 25 Oct 02:30"},
           Case{"2026-10-25T01:30:00Z", "Europe/Berlin", "2026-10-25 02:30 Sun 25 Oct 02:30"},
           Case{"1969-12-31T23:59:59Z", "UTC", "1969-12-31 23:59 Wed 31 Dec 23:59"},
           Case{"2026-11-14T21:04:00Z", "No/Zone", "2026-11-14 21:04 Sat 14 Nov 21:04"},
       }) {
    const auto t = at(c.at);
    EXPECT_EQ(fmt::format("{} {} {}", format_day(t, c.zone), format_clock(t, c.zone), format_due(t, c.zone)), c.shown)
        << c.at << " " << c.zone;
  }
}

TEST(Zone, FindsTheInstantOfAWallClock) {
  struct Case {
    int year;
    unsigned month, day;
    int minute;
    const char* zone;
    const char* instant;
  };
  for (const auto& c : {
           Case{2026, 11, 14, 21 * 60 + 4, "UTC", "2026-11-14T21:04:00Z"},
           Case{2026, 11, 14, 8 * 60, "America/New_York", "2026-11-14T13:00:00Z"},
           Case{2027, 3, 28, 150, "Europe/Berlin", "2027-03-28T01:00:00Z"},        // 02:30 is skipped: the jump
           Case{2026, 10, 25, 150, "Europe/Berlin", "2026-10-25T00:30:00Z"},       // 02:30 occurs twice: the first
           Case{2027, 10, 3, 135, "Australia/Lord_Howe", "2027-10-02T15:30:00Z"},  // half an hour is skipped
           Case{2026, 11, 14, 60, "No/Zone", "2026-11-14T01:00:00Z"},
       })
    EXPECT_EQ(format_rfc3339(instant(c.year, c.month, c.day, c.minute, c.zone)), c.instant)
        << c.zone << " " << c.minute;
}

TEST(Zone, ReadsRfc3339) {
  struct Case {
    const char* text;
    const char* read;
  };  // "" = refused
  for (const auto& c : {
           Case{"2026-11-14T21:04:00Z", "2026-11-14T21:04:00Z"},
           Case{"2026-11-14t21:04:00z", "2026-11-14T21:04:00Z"},
           Case{"2026-11-14 21:04:00Z", "2026-11-14T21:04:00Z"},
           Case{"2026-11-14T21:04:00.5Z", "2026-11-14T21:04:00.5Z"},
           Case{"2026-11-14T21:04:00.123456789Z", "2026-11-14T21:04:00.123456Z"},
           Case{"2026-11-14T21:04:00+01:00", "2026-11-14T20:04:00Z"},
           Case{"2026-11-14T00:04:00+05:45", "2026-11-13T18:19:00Z"},
           Case{"2026-11-14T21:04:00-08:00", "2026-11-15T05:04:00Z"},
           Case{"2026-12-31T23:59:60Z", "2027-01-01T00:00:00Z"},
           Case{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
           Case{"2026-02-29T00:00:00Z", ""},
           Case{"2026-13-01T00:00:00Z", ""},
           Case{"2026-11-14T24:00:00Z", ""},
           Case{"2026-11-14T21:60:00Z", ""},
           Case{"2026-11-14T21:04:61Z", ""},
           Case{"2026-11-14T21:04:00", ""},
           Case{"2026-11-14T21:04:00.Z", ""},
           Case{"2026-11-14T21:04:00.1234567890Z", ""},
           Case{"2026-11-14T21:04:00+0100", ""},
           Case{"2026-11-14T21:04:00+24:00", ""},
           Case{"2026-11-14T21:04:00Zjunk", ""},
           Case{"2026-11-14", ""},
           Case{"", ""},
       }) {
    const auto read = parse_rfc3339(c.text);
    EXPECT_EQ(read ? format_rfc3339(*read) : "", c.read) << c.text;
  }
}

TEST(Zone, WritesDurations) {
  struct Case {
    long seconds;
    const char* text;
  };
  for (const auto& c : {Case{0, "0s"}, Case{40, "40s"}, Case{60, "1m"}, Case{1530, "25m"}, Case{3600, "1h"},
                        Case{5400, "1h 30m"}, Case{86400, "1d"}, Case{273600, "3d 4h"}, Case{-90, "1m"}})
    EXPECT_EQ(format_duration(Seconds{c.seconds}), c.text);
}

}  // namespace
}  // namespace hotfixd::testing
