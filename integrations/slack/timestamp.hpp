// Slack's `ts`: a message's time and, within its channel, its id.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd::slack {

// "1355517523.000005" is 1355517523 s and 5 µs after 1970, kept as two whole numbers: a double would lose
// digits, and with them the message.
class Timestamp {
 public:
  Timestamp() = default;
  Timestamp(std::int64_t seconds, std::int32_t micros) : seconds_(seconds), micros_(micros) {}

  // One to eleven digits, a dot, six digits; nothing otherwise.
  static std::optional<Timestamp> parse(std::string_view text);

  // As Slack writes it. parse(text()) is the same again.
  std::string text() const;
  // Without the dot, as in a permalink: …/archives/C1/p1355517523000005.
  std::string digits() const;
  Time time() const { return Time{std::chrono::seconds(seconds_) + std::chrono::microseconds(micros_)}; }
  bool empty() const { return seconds_ == 0 && micros_ == 0; }

  auto operator<=>(const Timestamp&) const = default;

 private:
  std::int64_t seconds_ = 0;
  std::int32_t micros_ = 0;
};

}  // namespace hotfixd::slack
