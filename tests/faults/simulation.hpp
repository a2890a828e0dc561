#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/faults/crash.hpp"
#include "tests/faults/story.hpp"

// Runs one story against the real engine under a virtual clock, with crashes, and says what was broken.

namespace hotfixd::faults {

struct Figures {
  std::uint64_t runs = 0, deliveries = 0, redelivered = 0, commits = 0, posts = 0, edits = 0, reminders = 0,
                boundaries = 0;
  std::map<std::string, std::uint64_t> crashes;  // by boundary
  void add(const Figures& other);
  std::uint64_t crashed() const;
};

struct Outcome {
  std::vector<std::string> wrong;  // broken promises; empty = all were kept
  std::string final_state;         // the incidents at the end, without times and made-up ids
  Figures figures;
};

Outcome simulate(const Story& story, FaultPlan plan);

// A story made from the seed, without and with faults: both must keep the promises and end alike.
Outcome simulate_seed(std::uint64_t seed);

}  // namespace hotfixd::faults
