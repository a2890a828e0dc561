#include "tests/faults/simulation.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <thread>

// Whole hotfix runs in which the process dies between any two steps. --seed=N plays one seed again,
// --seeds=N or HOTFIXD_SEEDS sets how many, --first=N where they begin; --mutant=NAME turns the result round: a broken
// engine must be caught.

namespace hotfixd::faults {
namespace {

struct Options {
  std::uint64_t first = 1, seeds = 2000;
  std::optional<std::uint64_t> only;
  std::string mutant;
};
Options options;

constexpr std::uint64_t kMutantSeeds = 500;  // within these a mutant must be caught

std::string told(const Figures& f) {
  std::string crashes;
  for (const auto& [where, times] : f.crashes)
    crashes += fmt::format("{}{} {}", crashes.empty() ? "" : ", ", where, times);
  return fmt::format(
      "{} runs, {} deliveries ({} sent again), {} commits, {} posts, {} edits, {} reminders, {} boundaries, {} crashes "
      "({})",
      f.runs, f.deliveries, f.redelivered, f.commits, f.posts, f.edits, f.reminders, f.boundaries, f.crashed(),
      crashes);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "\n  " + line;
  return out;
}

TEST(Simulation, EverySeedKeepsThePromises) {
  const auto first = options.only.value_or(options.first);
  const auto last = options.only.value_or(options.first + options.seeds - 1);
  // Seeds are independent of each other: as many at a time as there are processors.
  std::mutex mutex;
  std::uint64_t next = first, failures = 0;
  Figures total;
  const auto work = [&] {
    while (true) {
      std::uint64_t seed = 0;
      {
        const std::lock_guard lock(mutex);
        if (next > last || failures >= 3) return;
        seed = next++;
      }
      const auto out = simulate_seed(seed);
      const std::lock_guard lock(mutex);
      total.add(out.figures);
      if (out.wrong.empty()) continue;
      ++failures;
      ADD_FAILURE() << "seed " << seed << " (again: --seed=" << seed << ")" << joined(out.wrong);
    }
  };
  {
    std::vector<std::jthread> workers;
    for (unsigned n = 0; n < std::clamp(std::thread::hardware_concurrency(), 1U, 8U); ++n) workers.emplace_back(work);
  }
  std::cout << fmt::format("simulation: {} seeds, {}\n", last - first + 1, told(total));
}

// The process dies exactly once, at each boundary of one story in turn.
TEST(Simulation, DyingOnceAtAnyBoundaryChangesNothing) {
  if (options.only) GTEST_SKIP() << "one seed was asked for";
  const auto story = make_story(1);
  const auto calm = simulate(story, FaultPlan(1, {}));
  ASSERT_TRUE(calm.wrong.empty()) << joined(calm.wrong);
  Figures total;
  for (std::uint64_t n = 1; n <= calm.figures.boundaries; ++n) {
    const auto out = simulate(story, FaultPlan::once(n));
    total.add(out.figures);
    ASSERT_TRUE(out.wrong.empty()) << "dead at boundary " << n << joined(out.wrong);
    ASSERT_EQ(out.final_state, calm.final_state) << "dead at boundary " << n;
  }
  std::cout << fmt::format("every boundary once: {}\n", told(total));
}

// A run of a broken engine: 0 when it was caught.
int catch_mutant() {
  for (std::uint64_t seed = 1; seed <= kMutantSeeds; ++seed) {
    const auto out = simulate_seed(seed);
    if (out.wrong.empty()) continue;
    std::cout << fmt::format("mutant \"{}\" caught after {} seeds: {}\n", options.mutant, seed, out.wrong.front());
    return 0;
  }
  std::cout << fmt::format("mutant \"{}\" was NOT caught in {} seeds\n", options.mutant, kMutantSeeds);
  return 1;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return n;
}

int run(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  spdlog::set_level(spdlog::level::off);  // thousands of injected failures
  if (const char* seeds = std::getenv("HOTFIXD_SEEDS")) options.seeds = number(seeds).value_or(options.seeds);
  for (int n = 1; n < argc; ++n) {
    const std::string_view argument = argv[n];
    if (argument.starts_with("--seed=")) {
      options.only = number(argument.substr(7));
    } else if (argument.starts_with("--seeds=")) {
      options.seeds = number(argument.substr(8)).value_or(options.seeds);
    } else if (argument.starts_with("--first=")) {
      options.first = number(argument.substr(8)).value_or(options.first);
    } else if (argument.starts_with("--mutant=")) {
      options.mutant = argument.substr(9);
    } else {
      std::cerr << "unknown argument " << argument << "\n";
      return 2;
    }
  }
  return options.mutant.empty() ? RUN_ALL_TESTS() : catch_mutant();
}

}  // namespace
}  // namespace hotfixd::faults

int main(int argc, char** argv) { return hotfixd::faults::run(argc, argv); }
