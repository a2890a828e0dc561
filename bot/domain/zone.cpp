#include "bot/domain/zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <array>
#include <charconv>

namespace hotfixd {
namespace {

const date::time_zone* find_zone(std::string_view iana) {
  try {
    return date::locate_zone(std::string(iana));
  } catch (const std::runtime_error&) {  // the library's way of saying "no such zone"
    return nullptr;
  }
}

date::local_time<std::chrono::microseconds> to_local(Time t, std::string_view iana) {
  const auto* zone = find_zone(iana);
  if (zone == nullptr) return date::local_time<std::chrono::microseconds>{t.time_since_epoch()};
  return zone->to_local(date::sys_time<std::chrono::microseconds>{t.time_since_epoch()});
}

constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads exactly `n` digits at `pos`; -1 when they are not there.
int digits(std::string_view text, std::size_t pos, std::size_t n) {
  if (pos + n > text.size()) return -1;
  int value = 0;
  for (std::size_t i = pos; i < pos + n; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

bool zone_exists(std::string_view iana) { return !iana.empty() && find_zone(iana) != nullptr; }

LocalTime local_time(Time t, std::string_view iana) {
  const auto local = to_local(t, iana);
  const auto day = date::floor<date::days>(local);
  const date::year_month_day ymd{day};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(local - day).count();
  return {int{ymd.year()}, unsigned{ymd.month()}, unsigned{ymd.day()}, static_cast<int>(seconds / 60),
          static_cast<int>(seconds % 60)};
}

Time instant(int year, unsigned month, unsigned day, int minute_of_day, std::string_view iana) {
  const auto local = date::local_days{date::year{year} / date::month{month} / date::day{day}} + Minutes{minute_of_day};
  const auto* zone = find_zone(iana);
  if (zone == nullptr) return Time{local.time_since_epoch()};
  const auto info = zone->get_info(date::local_time<std::chrono::seconds>{local.time_since_epoch()});
  if (info.result == date::local_info::nonexistent) return Time{info.first.end.time_since_epoch()};
  return Time{local.time_since_epoch() - info.first.offset};
}

std::string format_clock(Time t, std::string_view iana) {
  const auto l = local_time(t, iana);
  return fmt::format("{:02}:{:02}", l.minute_of_day / 60, l.minute_of_day % 60);
}

std::string format_day(Time t, std::string_view iana) {
  const auto l = local_time(t, iana);
  return fmt::format("{:04}-{:02}-{:02}", l.year, l.month, l.day);
}

std::string format_due(Time t, std::string_view iana) {
  const auto l = local_time(t, iana);
  const date::weekday weekday{date::sys_days{date::year{l.year} / date::month{l.month} / date::day{l.day}}};
  return fmt::format("{} {} {} {:02}:{:02}", kDays[weekday.c_encoding()], l.day, kMonths[l.month - 1],
                     l.minute_of_day / 60, l.minute_of_day % 60);
}

std::string format_rfc3339(Time t) {
  const auto l = local_time(t, "UTC");
  auto text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", l.year, l.month, l.day, l.minute_of_day / 60,
                          l.minute_of_day % 60, l.second);
  const auto fraction = (t - std::chrono::floor<std::chrono::seconds>(t)).count();
  if (fraction != 0) {
    auto digits_text = fmt::format("{:06}", fraction);
    while (digits_text.back() == '0') digits_text.pop_back();
    text += "." + digits_text;
  }
  return text + "Z";
}

std::optional<Time> parse_rfc3339(std::string_view s) {
  const int year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
  const int hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  if (s[4] != '-' || s[7] != '-' || (s[10] != 'T' && s[10] != 't' && s[10] != ' ') || s[13] != ':' || s[16] != ':')
    return std::nullopt;
  const date::year_month_day ymd{date::year{year}, date::month{static_cast<unsigned>(month)},
                                 date::day{static_cast<unsigned>(day)}};
  if (!ymd.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::size_t pos = 19;
  std::int64_t micros = 0;
  if (pos < s.size() && s[pos] == '.') {
    ++pos;
    std::int64_t scale = 100'000;
    std::size_t count = 0;
    for (; pos < s.size() && s[pos] >= '0' && s[pos] <= '9'; ++pos, ++count) {
      micros += (s[pos] - '0') * scale;
      scale /= 10;
    }
    if (count == 0 || count > 9) return std::nullopt;
  }
  int offset = 0;
  if (pos + 1 == s.size() && (s[pos] == 'Z' || s[pos] == 'z')) {
    offset = 0;
  } else if (pos + 6 == s.size() && (s[pos] == '+' || s[pos] == '-') && s[pos + 3] == ':') {
    const int oh = digits(s, pos + 1, 2), om = digits(s, pos + 4, 2);
    if (oh < 0 || oh > 23 || om < 0 || om > 59) return std::nullopt;
    offset = (oh * 60 + om) * (s[pos] == '-' ? -1 : 1);
  } else {
    return std::nullopt;
  }
  return Time{date::sys_days{ymd}.time_since_epoch() + std::chrono::hours{hour} + Minutes{minute - offset} +
              Seconds{second} + std::chrono::microseconds{micros}};
}

std::string format_duration(Seconds d) {
  const auto total = d.count() < 0 ? -d.count() : d.count();
  const auto days = total / 86400, hours = total / 3600 % 24, minutes = total / 60 % 60, seconds = total % 60;
  if (days > 0) return hours > 0 ? fmt::format("{}d {}h", days, hours) : fmt::format("{}d", days);
  if (hours > 0) return minutes > 0 ? fmt::format("{}h {}m", hours, minutes) : fmt::format("{}h", hours);
  if (minutes > 0) return fmt::format("{}m", minutes);
  return fmt::format("{}s", seconds);
}

}  // namespace hotfixd
