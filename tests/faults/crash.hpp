#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>

// When the process dies in a simulation, and what the outside fails at.

namespace hotfixd::faults {

// Thrown by a port: from here on the process is dead. Not a std::exception, so that nothing catches it
// but the driver.
struct CrashNow {
  std::string where;
};

// Rates per boundary, in thousandths.
struct FaultRates {
  int crash = 0;
  int chat = 0;   // a post or edit fails; half of them after it was done
  int git = 0;    // a cut or tag fails; half of them after it was done
  int store = 0;  // a commit is refused
};

class FaultPlan {
 public:
  FaultPlan(std::uint64_t seed, FaultRates rates) : random_(seed), rates_(rates) {}
  // The process dies at its `n`th boundary and at no other (0 = never).
  static FaultPlan once(std::uint64_t n) {
    FaultPlan plan(n, {});
    plan.only_ = n;
    return plan;
  }

  // A boundary between a step and the next: throws CrashNow when it is time.
  void boundary(const char* where) {
    ++boundaries_;
    if (only_ != 0 ? boundaries_ != only_ : !roll(rates_.crash) || total_ >= kMaxCrashes) return;
    ++crashes_[where];
    ++total_;
    throw CrashNow{where};
  }
  bool chat_fails() { return roll(rates_.chat); }
  bool git_fails() { return roll(rates_.git); }
  bool store_fails() { return roll(rates_.store); }
  bool even() { return roll(500); }
  const FaultRates& rates() const { return rates_; }
  std::uint64_t boundaries() const { return boundaries_; }
  const std::map<std::string, int>& crashes() const { return crashes_; }

 private:
  static constexpr int kMaxCrashes = 200;  // so that a run comes to its end
  bool roll(int thousandths) { return thousandths > 0 && static_cast<int>(random_() % 1000) < thousandths; }

  std::mt19937_64 random_;
  FaultRates rates_;
  std::uint64_t only_ = 0, boundaries_ = 0;
  int total_ = 0;
  std::map<std::string, int> crashes_;
};

}  // namespace hotfixd::faults
