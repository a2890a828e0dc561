// What may not become slower than it has to be: each limit is a ratio of two figures of the same run, so that it
// holds on a slow or a busy machine.
#include "tests/engine/bench.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <limits>
#include <map>

#include "bot/store/sqlite_store.hpp"

namespace hotfixd::testing {
namespace {

constexpr int kRepeats = 5;  // the fastest counts: noise only adds

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// ---- one input in a long incident -----------------------------------------------------------

void fill(Bench& b, std::int64_t count, const std::function<decltype(Delivery::what)(std::int64_t)>& what) {
  must(*b.type("alice", "declare sev2 500s on checkout --criteria all"));
  must(*b.type("alice", "branch checkout-500"));
  for (std::int64_t n = 0; n < count; ++n) must(*b.send(b.delivery("dave", what(n))));
}

void one_more(benchmark::State& state, const std::function<decltype(Delivery::what)(std::int64_t)>& what) {
  Bench b;
  fill(b, state.range(0), what);
  auto n = state.range(0);
  for (auto _ : state) must(*b.send(b.delivery("dave", what(n++))));
}

void chat_message(benchmark::State& state) {
  one_more(state, [](std::int64_t n) { return chat::Said{fmt::format("m{}", n), fmt::format("rate is {} % now", n)}; });
}
BENCHMARK(chat_message)->Arg(500)->Arg(5000)->Iterations(200)->Repetitions(kRepeats);

void note(benchmark::State& state) {
  one_more(state, [](std::int64_t n) { return Delivery::CommandLine{fmt::format("note support call {}", n)}; });
}
BENCHMARK(note)->Arg(300)->Arg(3000)->Iterations(100)->Repetitions(kRepeats);

// Nagged for so many days: earlier reminders are past.
void chat_among_reminders(benchmark::State& state) {
  Bench b;
  fill(b, 0, {});
  Append append;
  append.head = must(b.store.heads(true)).front();
  append.expected_version = append.head.version;
  for (std::int64_t n = 0; n < state.range(0); ++n)
    append.events.push_back({event::ReminderSent{fmt::format("HF-1/ping/{}", n + 1), {"bob", "bob"}, {"rca"}, 0},
                             b.clock.now() + Seconds{n},
                             b.clock.now() + Seconds{n},
                             {},
                             Source::clock});
  append.head.version += append.events.size();
  Commit commit;
  commit.appends.push_back(std::move(append));
  must(b.store.commit(std::span(&commit, 1)));
  b.engine = b.make(Bench::by_hand());
  int n = 0;
  for (auto _ : state) must(*b.send(b.delivery("dave", chat::Said{fmt::format("m{}", n++), "rate is 3 % now"})));
}
BENCHMARK(chat_among_reminders)->Arg(30)->Arg(300)->Iterations(100)->Repetitions(kRepeats);

// ---- deliveries that wait together ----------------------------------------------------------

constexpr int kTogether = 64;

// Each in a channel of its own, on a file, with a clock that stands still.
void deliveries(benchmark::State& state, bool together) {
  const auto path = std::filesystem::current_path() / "bench.db";
  const auto remove = [&] {
    for (const auto* end : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path.string() + end);
  };
  remove();
  {
    const auto ids = store::seeded_ids(1);
    const auto store = must(store::open_sqlite({.path = path.string()}, *ids));
    Script script;
    ManualClock clock{Bench::kStart};
    FakeChat chat{script};
    Engine engine({*store, clock, *ids, chat, {}}, default_policy(), Bench::by_hand());
    must(engine.open());
    int n = 0, answered = 0;
    for (auto _ : state) {
      for (int k = 0; k < kTogether; ++k) {
        ++n;
        engine.submit({fmt::format("d{}", n),
                       clock.now(),
                       {"dave", "dave"},
                       fmt::format("#c{}", k),
                       chat::Said{fmt::format("m{}", n), "looking"}},
                      [&](const auto& a) { answered += a.has_value(); });
        if (!together) must(engine.run_until_idle());
      }
      must(engine.run_until_idle());
    }
    if (answered != n) state.SkipWithError("a delivery was not taken");
  }
  remove();
}

void one_commit(benchmark::State& state) { deliveries(state, true); }
void single_commits(benchmark::State& state) { deliveries(state, false); }
BENCHMARK(one_commit)->Iterations(5)->Repetitions(kRepeats)->UseRealTime();
BENCHMARK(single_commits)->Iterations(5)->Repetitions(kRepeats)->UseRealTime();

// ---- reading an incident --------------------------------------------------------------------

void folding(benchmark::State& state) {
  std::vector<Event> events;
  const auto add = [&](EventData data) {
    const auto at = Bench::kStart + Seconds{events.size()};
    events.push_back({std::move(data), at, at, {"dave", "dave"}, Source::said});
  };
  event::IncidentDeclared declared;
  declared.id = "HF-1";
  declared.channel = "#incidents";
  add(declared);
  for (std::int64_t n = 1; n < state.range(0); ++n) {
    const auto id = fmt::format("m{}", n);
    if (n % 5 != 0)
      add(event::MessageRecorded{id, {"rate is 3 % now"}});
    else
      add(event::EntryAdded{std::to_string(n), fmt::format("m{}", n - 1), {"rate is 3 % now"}, false});
  }
  for (auto _ : state) {
    auto folded = fold(events);
    benchmark::DoNotOptimize(folded);
  }
}
BENCHMARK(folding)->Arg(1000)->Arg(10000)->Iterations(20)->Repetitions(kRepeats);

// ---- many effects that wait -----------------------------------------------------------------

constexpr int kChannels = 20;

struct Waiting {
  std::unique_ptr<IdSource> ids = store::seeded_ids(1);
  std::unique_ptr<Store> store = must(store::open_sqlite({.path = ":memory:"}, *ids));
  Script script;
  ManualClock clock{Bench::kStart};
  FakeChat chat{script};
  std::unique_ptr<Engine> engine;

  Waiting(std::int64_t count, Time not_before) {
    Commit commit;
    for (std::int64_t n = 0; n < count; ++n) {
      OutboxItem item;
      const auto channel = fmt::format("#c{}", n % kChannels);
      item.key = fmt::format("k{}", n);
      item.target = "chat/" + channel;
      item.effect = effect::ShowMessage{fmt::format("s{}", n), channel, say("text"), false, false};
      item.not_before = not_before;
      commit.effects.push_back(std::move(item));
    }
    must(store->commit(std::span(&commit, 1)));
    engine = std::make_unique<Engine>(EnginePorts{*store, clock, *ids, chat, {}}, default_policy(), Bench::by_hand());
    must(engine->open());
  }
};

// The engine wakes up, finds that nothing can begin yet and asks when something will.
void idle_step(benchmark::State& state) {
  Waiting w(state.range(0), Bench::kStart + Seconds{3600});
  must(w.engine->run_until_idle());
  for (auto _ : state) {
    must(w.engine->run_until_idle());
    auto due = w.engine->next_due();
    benchmark::DoNotOptimize(due);
  }
}
BENCHMARK(idle_step)->Arg(200)->Arg(2000)->Iterations(2000)->Repetitions(kRepeats);

void work_off(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    Waiting w(state.range(0), Bench::kStart);
    state.ResumeTiming();
    must(w.engine->run_until_idle());
    if (!must(w.store->pending()).empty()) state.SkipWithError("not all were carried out");
    state.PauseTiming();
    w.engine.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(work_off)->Arg(200)->Arg(2000)->Iterations(1)->Repetitions(3);

// ---- limits ---------------------------------------------------------------------------------

// Keeps the fastest run of each benchmark, in nanoseconds: processor time, or real time where the disk counts.
class Fastest final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const auto& run : runs) {
      if (run.error_occurred) wrong_.push_back(run.benchmark_name() + ": " + run.error_message);
      if (run.error_occurred || run.run_type != Run::RT_Iteration) continue;
      const bool real = !run.run_name.time_type.empty();
      const double time = (real ? run.real_accumulated_time : run.cpu_accumulated_time) * 1e9 /
                          static_cast<double>(std::max<benchmark::IterationCount>(1, run.iterations));
      auto name = run.run_name.function_name;
      if (!run.run_name.args.empty()) name += "/" + run.run_name.args;
      auto& best = best_.try_emplace(name, std::numeric_limits<double>::max()).first->second;
      best = std::min(best, time);
    }
  }
  double of(const std::string& name) const {
    const auto it = best_.find(name);
    return it == best_.end() ? std::numeric_limits<double>::quiet_NaN() : it->second;
  }
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  std::map<std::string, double> best_;
  std::vector<std::string> wrong_;
};

struct Limit {
  const char* what;
  const char* dividend;
  const char* divisor;
  double scale;  // of the ratio, for costs per piece
  bool at_most;
  double limit;
};

// A cost that grows with the length shows as a ratio of 10. Single commits cost 35 times as much on a disk, but hardly
// more where syncing a file costs nothing.
constexpr Limit kLimits[] = {
    {"a chat message among 5,000, against 500", "chat_message/5000", "chat_message/500", 1, true, 3},
    {"a note among 3,000, against 300", "note/3000", "note/300", 1, true, 3},
    {"a chat message after 300 reminders, against 30", "chat_among_reminders/300", "chat_among_reminders/30", 1, true,
     6},
    {"64 single commits, against one for all", "single_commits", "one_commit", 1, false, 1.2},
    {"folding 10,000 events, against 1,000, per event", "folding/10000", "folding/1000", 0.1, true, 2.5},
    {"a step with 2,000 effects waiting, against 200", "idle_step/2000", "idle_step/200", 1, true, 3},
    {"carrying out one of 2,000 effects, against of 200", "work_off/2000", "work_off/200", 0.1, true, 3},
};

int run(int argc, char** argv) {
  spdlog::set_level(spdlog::level::off);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Fastest fastest;
  benchmark::RunSpecifiedBenchmarks(&fastest);
  bool kept = fastest.wrong().empty();
  for (const auto& wrong : fastest.wrong()) std::cout << wrong << "\n";
  std::cout << fmt::format("{:<52}{:>12}{:>12}{:>8}  {}\n", "", "large µs", "small µs", "ratio", "limit");
  for (const auto& l : kLimits) {
    const auto large = fastest.of(l.dividend), small = fastest.of(l.divisor), ratio = large / small * l.scale;
    const bool holds = l.at_most ? ratio <= l.limit : ratio >= l.limit;  // false when one was not measured
    kept = kept && holds;
    std::cout << fmt::format("{:<52}{:>12.1f}{:>12.1f}{:>8.2f}  {} {}{}\n", l.what, large / 1e3, small / 1e3, ratio,
                             l.at_most ? "≤" : "≥", l.limit, holds ? "" : "  too slow");
  }
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace hotfixd::testing

int main(int argc, char** argv) { return hotfixd::testing::run(argc, argv); }
