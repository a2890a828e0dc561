#include "commands/values.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "bot/domain/zone.hpp"
#include "tests/commands/show.hpp"

// Durations and times, and the single values with their limits.

namespace hotfixd::commands::testing {
namespace {

struct Case {
  std::string_view typed, value;
};

std::string seconds(std::string_view typed) {
  const auto value = duration(typed);
  return value ? fmt::format("{}", value->count()) : value.error();
}

TEST(Duration, IsOneMinuteTo365Days) {
  const auto cases = std::to_array<Case>({
      {"30m", "1800"},
      {"2h", "7200"},
      {"3d", "259200"},
      {"1w", "604800"},
      {"1h30m", "5400"},
      {"1h 30m", "5400"},
      {"90 minutes", "5400"},
      {"2 Hours", "7200"},
      {"1 day 2 hrs", "93600"},
      {"1m", "60"},
      {"365d", "31536000"},
      {"0m", "'0m' is shorter than a minute."},
      {"366d", "'366d' is longer than 365 days."},
      {"365d 1m", "'365d 1m' is longer than 365 days."},
      {"9999999w", "'9999999w' is not a duration; write 30m, 2h, 3d or 1w."},
      {"", "'' is not a duration; write 30m, 2h, 3d or 1w."},
      {"2", "'2' is not a duration; write 30m, 2h, 3d or 1w."},
      {"h", "'h' is not a duration; write 30m, 2h, 3d or 1w."},
      {"1.5h", "'1.5h' is not a duration; write 30m, 2h, 3d or 1w."},
      {"-2h", "'-2h' is not a duration; write 30m, 2h, 3d or 1w."},
      {"2h soon", "'2h soon' is not a duration; write 30m, 2h, 3d or 1w."},
  });
  for (const Case& c : cases) EXPECT_EQ(seconds(c.typed), c.value) << c.typed;
}

std::string past(std::string_view typed, std::string_view now = "2026-11-14T21:30:15Z",
                 std::string_view zone = "Europe/Berlin") {
  const auto value = past_time(typed, parse_rfc3339(now).value_or(Time{}), zone);
  return value ? format_rfc3339(*value) : value.error();
}

TEST(PastTime, IsTheLatestSuchTimeOnTheChannelsClock) {
  EXPECT_EQ(past("22:30"), "2026-11-14T21:30:00Z");
  EXPECT_EQ(past("22:30:15"), "2026-11-14T21:30:15Z");
  EXPECT_EQ(past("22:31"), "2026-11-13T21:31:00Z");
  EXPECT_EQ(past("today 00:00"), "2026-11-13T23:00:00Z");
  EXPECT_EQ(past("yesterday 21:04"), "2026-11-13T20:04:00Z");
  EXPECT_EQ(past("2026-11-13 21:04"), "2026-11-13T20:04:00Z");
  EXPECT_EQ(past("2026-11-13T21:04"), "2026-11-13T20:04:00Z");
  EXPECT_EQ(past("2026-11-13T21:04:00+05:30"), "2026-11-13T15:34:00Z");
  EXPECT_EQ(past("22:30", "2026-11-14T21:30:15Z", "Asia/Kolkata"), "2026-11-14T17:00:00Z");
}

TEST(PastTime, OnTheNightTheClocksAreSetBackIsTheLaterOne) {
  EXPECT_EQ(past("02:30", "2026-10-25T00:45:00Z"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(past("02:30", "2026-10-25T01:15:00Z"), "2026-10-25T00:30:00Z");
  EXPECT_EQ(past("02:30", "2026-10-25T01:45:00Z"), "2026-10-25T01:30:00Z");
  EXPECT_EQ(past("02:30", "2026-10-25T09:00:00Z"), "2026-10-25T01:30:00Z");
}

TEST(PastTime, RefusesWhatIsNoneOrStillToCome) {
  for (const char* bad : {"24:00", "12:60", "1.30", "2026-02-30 10:00", "2026-13-01 10:00", "0001-01-01 10:00", "noon",
                          "", "21", "21:4", "021:04", "21:04:99"}) {
    EXPECT_EQ(past(bad), fmt::format("'{}' is not a time; write 21:04, yesterday 21:04 or 2026-11-14 21:04.", bad));
  }
  EXPECT_EQ(past("2026-11-14 22:31"), "'2026-11-14 22:31' is still to come.");
}

std::string due_text(std::string_view typed) {
  const auto value = due(typed, parse_rfc3339("2026-11-14T21:30:15Z").value_or(Time{}), "Europe/Berlin");
  if (!value) return value.error();
  return std::holds_alternative<Seconds>(*value) ? format_duration(std::get<Seconds>(*value))
                                                 : format_rfc3339(std::get<Time>(*value));
}

TEST(Due, LiesAhead) {
  const auto cases = std::to_array<Case>({
      {"3d", "3d"},
      {"2 weeks", "14d"},
      {"today", "2026-11-14T22:59:00Z"},
      {"tomorrow", "2026-11-15T22:59:00Z"},
      {"23:00", "2026-11-14T22:00:00Z"},
      {"9:00", "2026-11-15T08:00:00Z"},
      {"2026-12-01", "2026-12-01T22:59:00Z"},
      {"2026-12-01 17:00", "2026-12-01T16:00:00Z"},
      {"2026-12-01T17:00:00Z", "2026-12-01T17:00:00Z"},
      {"2026-11-13", "'2026-11-13' is already past."},
      {"2028-01-01", "'2028-01-01' is more than 365 days ahead."},
      {"soon", "'soon' is not a due time; write 3d, tomorrow or 2026-12-01."},
      {"3x", "'3x' is not a duration; write 30m, 2h, 3d or 1w."},
      {"400d", "'400d' is longer than 365 days."},
      {"2026-02-30", "'2026-02-30' is not a due time; write 3d, tomorrow or 2026-12-01."},
  });
  for (const Case& c : cases) EXPECT_EQ(due_text(c.typed), c.value) << c.typed;
}

TEST(Severity, HasFewSpellings) {
  for (const char* typed : {"sev2", "SEV-2", "Sev2", "s2", "P2", "2", "sev-2:"})
    EXPECT_EQ(severity(typed, policy()), Severity::sev2) << typed;
  for (const char* typed : {"", "sev", "sev0", "sev5", "sev22", "two", "0", "5", "q2"})
    EXPECT_EQ(severity(typed, policy()), std::nullopt) << typed;
}

TEST(Sha, Is7To64HexDigits) {
  EXPECT_EQ(sha("1A2B3C4"), "1a2b3c4");
  EXPECT_EQ(sha(std::string(64, 'f')), std::string(64, 'f'));
  for (const std::string& bad : {std::string("1a2b3c"), std::string(65, 'f'), std::string("1a2b3cg"), std::string()})
    EXPECT_FALSE(sha(bad)) << bad;
}

TEST(Url, IsHttpWithAHostAndAtMost2000Bytes) {
  EXPECT_EQ(url("https://a.example/x?y#z"), "https://a.example/x?y#z");
  EXPECT_EQ(url("<http://a.example|label>"), "http://a.example");
  EXPECT_TRUE(url("https://a/" + std::string(1990, 'x')));
  EXPECT_FALSE(url("https://a/" + std::string(1991, 'x')));
  for (const char* bad : {"", "https://", "https:///x", "ftp://a", "javascript:alert(1)", "https://a b", "a.example"})
    EXPECT_FALSE(url(bad)) << bad;
}

TEST(PullRequest, IsANumberOrALinkThatEndsInOne) {
  EXPECT_EQ(pull_request("!7", policy())->number, 7U);
  EXPECT_EQ(pull_request("https://git.example.com/a/pull/1/-/merge_requests/9", policy())->number, 1U);
  for (const char* bad : {"0", "#", "-1", "1.5", "9999999999999999999", "https://github.com/acme/shop/pull/",
                          "https://github.com/acme/shop/pull/x", "https://github.com/acme/shop/issues/1"}) {
    EXPECT_FALSE(pull_request(bad, policy())) << bad;
  }
}

TEST(RefName, IsWhatGitAllows) {
  for (const char* good : {"v2.4.8", "release/2.5", "v1@2", "ä"}) EXPECT_TRUE(ref_name(good)) << good;
  for (const char* bad : {"",       "-x",       ".x",  "/x",  "x/",  "x.",  "a..b", "a//b", "a/.b", "a@{b", "@",
                          "x.lock", "x.lock/y", "a b", "a~b", "a^b", "a:b", "a?b",  "a*b",  "a[b",  "a\\b"}) {
    EXPECT_FALSE(ref_name(bad)) << bad;
  }
  EXPECT_FALSE(ref_name(std::string(201, 'x')));
}

TEST(Slug, IsAtMost80Bytes) {
  EXPECT_EQ(slug(" Checkout 500 "), "checkout-500");
  EXPECT_EQ(slug(""), "");
  EXPECT_TRUE(slug(std::string(80, 'x')));
  EXPECT_FALSE(slug(std::string(81, 'x')));
}

}  // namespace
}  // namespace hotfixd::commands::testing
