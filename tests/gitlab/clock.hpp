// A clock that stands until it is set.
#pragma once

#include <atomic>

#include "bot/domain/zone.hpp"
#include "bot/ports/clock.hpp"

namespace hotfixd::gitlab::test {

class ManualClock final : public Clock {
 public:
  Time now() const override { return Time{std::chrono::microseconds{now_.load()}}; }
  void set(std::string_view time) { now_ = parse_rfc3339(time).value().time_since_epoch().count(); }

 private:
  std::atomic<std::int64_t> now_{0};
};

}  // namespace hotfixd::gitlab::test
