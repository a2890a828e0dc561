// How fast a slash command of Slack is recorded and answered, against the least a program could do: in rounds, each of
// which measures everything once, so that the ratios hold on a busy machine.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <thread>

#include "tests/bench/bare.hpp"
#include "tests/bench/fake_api.hpp"
#include "tests/bench/process.hpp"
#include "tests/bench/sockets.hpp"

namespace hotfixd::bench {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr int kMany = 64;
constexpr int kIncidents = 64;  // in the channels C1 to C64; C0 has one of its own

struct Options {
  std::string hotfixd = HOTFIXD_BINARY;
  fs::path dir = fs::current_path();
  double seconds = 1;  // of each measurement
  int sync = 0;        // µs
  int rounds = 3;
  bool goals = false;
  bool alone = false;
};

// A row of the table; one value for each round.
struct Row {
  std::string name;
  std::vector<double> per_second, p50, p99, processor, megabytes;
};

double median(std::vector<double> values) {
  if (values.empty()) return std::nan("");
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Of the ratios of each round: what slows a whole round down slows both.
double ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (std::size_t n = 0; n < std::min(a.size(), b.size()); ++n) ratios.push_back(a[n] / b[n]);
  return median(std::move(ratios));
}

class Benchmark {
 public:
  explicit Benchmark(Options options) : options_(std::move(options)) {}

  void round() {
    fs::remove_all(options_.dir);
    fs::create_directories(options_.dir);
    if (!options_.alone) bare("L0");
    if (!options_.alone) bare("L1");
    ours();
    if (!options_.alone) echo();
    if (wrong_.empty()) fs::remove_all(options_.dir);
  }

  void print() const;
  bool print_goals() const;
  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  using Requests = std::vector<std::string>;

  Row& row(const std::string& name) {
    const auto found = std::ranges::find(rows_, name, &Row::name);
    return found != rows_.end() ? *found : rows_.emplace_back(Row{name, {}, {}, {}, {}, {}});
  }
  const Row& row(const std::string& name) const { return *std::ranges::find(rows_, name, &Row::name); }

  // Measures for about Options::seconds; a first short run tells how many requests that takes.
  void measure(const std::string& name, const Process& process, std::size_t first,
               const std::function<Requests(std::size_t)>& make, const std::function<Figures(const Requests&)>& load);
  void bare(const std::string& name);
  void ours();
  void echo();
  // Notes in the channels from `channel` on, each in the next.
  Requests notes(std::size_t count, int channel, int channels);
  Requests note_frames(std::size_t count);
  void declare(std::uint16_t port, int first, int last);
  void check_record(const fs::path& data, const std::string& config);
  std::string own_path() const { return fs::read_symlink("/proc/self/exe"); }

  Options options_;
  std::vector<Row> rows_;
  std::vector<double> starts_;  // ms
  std::vector<std::string> wrong_;
  std::uint64_t trigger_ = 0;
  std::uint64_t acknowledged_ = 0;  // by ours, in this round
};

void Benchmark::measure(const std::string& name, const Process& process, std::size_t first,
                        const std::function<Requests(std::size_t)>& make,
                        const std::function<Figures(const Requests&)>& load) {
  const auto add = [&](const Figures& f) {
    acknowledged_ += f.done;
    if (f.wrong > 0)
      wrong_.push_back(fmt::format("{}: {} answers were wrong or missing: {}", name, f.wrong, f.first_wrong));
    return f;
  };
  const auto trial = add(load(make(first)));
  const auto count = std::max<std::size_t>(first, static_cast<std::size_t>(trial.per_second * options_.seconds));
  const auto requests = make(count);
  const auto before = process.processor();
  const auto f = add(load(requests));
  auto& r = row(name);
  r.processor.push_back(static_cast<double>((process.processor() - before).count()) / 1e3 / static_cast<double>(count));
  r.per_second.push_back(f.per_second);
  r.p50.push_back(f.p50);
  r.p99.push_back(f.p99);
  r.megabytes.push_back(process.megabytes());
}

Benchmark::Requests Benchmark::notes(std::size_t count, int channel, int channels) {
  Requests all;
  for (std::size_t n = 0; n < count; ++n, ++trigger_)
    all.push_back(signed_request(slash_form(fmt::format("note support call {} about checkout", trigger_),
                                            channel + static_cast<int>(n) % channels, trigger_)));
  return all;
}

Benchmark::Requests Benchmark::note_frames(std::size_t count) {
  Requests all;
  for (std::size_t n = 0; n < count; ++n, ++trigger_)
    all.push_back(slash_frame(n, fmt::format("note support call {} about checkout", trigger_),
                              1 + static_cast<int>(n) % kIncidents, trigger_));
  return all;
}

void Benchmark::bare(const std::string& name) {
  Process process({own_path(), "--bare", name, (options_.dir / (name + ".db")).string()},
                  (options_.dir / (name + ".log")).string());
  const auto port = static_cast<std::uint16_t>(std::stoi(process.line()));
  for (const int connections : {1, kMany})
    measure(
        fmt::format("{}, {}", name, connections), process, 10 * static_cast<std::size_t>(connections),
        [&](std::size_t count) { return notes(count, 1, kIncidents); },
        [&](const Requests& r) { return http_load(port, connections, r, "In the timeline"); });
}

void Benchmark::declare(std::uint16_t port, int first, int last) {
  Requests all;
  for (int channel = first; channel <= last; ++channel, ++trigger_)
    all.push_back(signed_request(slash_form("declare sev2 500s on checkout --criteria all", channel, trigger_)));
  const auto f = http_load(port, 1, all, "");
  acknowledged_ += f.done;
  if (f.wrong > 0) wrong_.push_back(fmt::format("{} incidents could not be declared: {}", f.wrong, f.first_wrong));
}

void Benchmark::ours() {
  SocketLoad socket;
  const FakeApi api(socket.port());
  const int spare = listen_anywhere();
  const auto port = port_of(spare);
  ::close(spare);
  const auto config = (options_.dir / "hotfixd.toml").string();
  std::ofstream(config) << fmt::format(R"([bot]
data_dir = "data"
log_level = "warn"
[server]
port = {}
[slack]
api_url = "{}"
connections = 1
bot_token = "env:HOTFIXD_BENCH_BOT_TOKEN"
app_token = "env:HOTFIXD_BENCH_APP_TOKEN"
signing_secret = "env:HOTFIXD_BENCH_SIGNING_SECRET"
)",
                                       port, api.url());
  ::setenv("HOTFIXD_BENCH_BOT_TOKEN", "xoxb-none", 1);
  ::setenv("HOTFIXD_BENCH_APP_TOKEN", "xapp-none", 1);
  ::setenv("HOTFIXD_BENCH_SIGNING_SECRET", kSecret, 1);

  acknowledged_ = 0;
  const auto began = Steady::now();
  Process process({options_.hotfixd, "serve", "--config", config}, (options_.dir / "hotfixd.log").string());
  while (!listens(port)) {
    if (Steady::now() - began > std::chrono::seconds{20}) throw std::runtime_error("hotfixd does not listen");
    std::this_thread::sleep_for(std::chrono::microseconds{500});
  }
  declare(port, 0, 0);
  starts_.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
  socket.accept();
  declare(port, 1, kIncidents + 1);

  const auto http = [&](const std::string& name, int connections, int channel, int channels) {
    measure(
        name, process, 10 * static_cast<std::size_t>(connections),
        [&](std::size_t count) { return notes(count, channel, channels); },
        [&](const Requests& r) { return http_load(port, connections, r, "In the timeline"); });
  };
  http("hotfixd, 1", 1, 0, 1);
  http("hotfixd, 64", kMany, 1, kIncidents);
  http("hotfixd, 64, in one incident", kMany, kIncidents + 1, 1);
  for (const int under_way : {1, kMany})
    measure(
        fmt::format("hotfixd by Socket Mode, {}", under_way), process, 10 * static_cast<std::size_t>(under_way),
        [&](std::size_t count) { return note_frames(count); },
        [&](const Requests& r) { return socket.run(r, under_way, "In the timeline"); });
  if (const int code = process.stop(); code != 0) wrong_.push_back(fmt::format("hotfixd ended with {}", code));
  check_record(options_.dir / "data", config);
}

// What was acknowledged is in the record, and the record is whole.
void Benchmark::check_record(const fs::path& data, const std::string& config) {
  SQLite::Database database((data / "hotfixd.db").string());
  const auto recorded = database.execAndGet("SELECT count(*) FROM inbox").getInt64();
  if (recorded != static_cast<std::int64_t>(acknowledged_))
    wrong_.push_back(fmt::format("{} commands were acknowledged, {} are recorded", acknowledged_, recorded));
  Process verify({options_.hotfixd, "export", "--config", config, "--verify"}, (options_.dir / "verify.log").string());
  while (!verify.line().empty()) continue;
  if (const int code = verify.wait(); code != 0) wrong_.push_back("the audit chain is not whole");
}

void Benchmark::echo() {
  SocketLoad socket;
  Process process({own_path(), "--bare", "echo", std::to_string(socket.port())}, (options_.dir / "echo.log").string());
  socket.accept();
  for (const int under_way : {1, kMany})
    measure(
        fmt::format("WebSocket echo, {}", under_way), process, 10 * static_cast<std::size_t>(under_way),
        [&](std::size_t count) { return note_frames(count); },
        [&](const Requests& r) { return socket.run(r, under_way, "support call"); });
}

void Benchmark::print() const {
  std::cout << fmt::format("{:<32}{:>11}{:>9}{:>10}{:>15}{:>11}\n", "at once", "answers/s", "p50 µs", "p99 µs",
                           "processor µs", "memory MB");
  for (const auto& r : rows_)
    std::cout << fmt::format("{:<32}{:>11.0f}{:>8.0f}{:>9.0f}{:>14.1f}{:>11.1f}\n", r.name, median(r.per_second),
                             median(r.p50), median(r.p99), median(r.processor), median(r.megabytes));
}

bool Benchmark::print_goals() const {
  bool all = true;
  const auto goal = [&](const std::string& what, double value, bool at_most, double limit, const char* unit = "") {
    const bool holds = at_most ? value <= limit : value >= limit;
    all = all && holds;
    std::cout << fmt::format("{:<56}{:>8.2f}{}  {} {}{}{}\n", what, value, unit, at_most ? "≤" : "≥", limit, unit,
                             holds ? "" : "  missed");
  };
  const auto &one = row("L1, 1"), &many = row("L1, 64");
  const auto &our_one = row("hotfixd, 1"), &our_many = row("hotfixd, 64"), &same = row("hotfixd, 64, in one incident");
  goal("throughput of L1's, at 64", ratio(our_many.per_second, many.per_second), false, 0.5);
  goal("throughput of L1's, at 64, in one incident", ratio(same.per_second, many.per_second), false, 0.5);
  goal("p50 of L1's, at 1", ratio(our_one.p50, one.p50), true, 1.5);
  goal("p99 of L1's, at 1", ratio(our_one.p99, one.p99), true, 2);
  goal("p99 of L1's, at 64", ratio(our_many.p99, many.p99), true, 2);
  goal("memory after the load at 64", median(our_many.megabytes), true, 40, " MB");
  goal("start to the first acknowledgement", median(starts_), true, 100, " ms");
  const auto for_show = [&](const std::string& what, const std::string& a, const std::string& b) {
    std::cout << fmt::format("{:<56}{:>8.2f}\n", what, ratio(row(a).per_second, row(b).per_second));
  };
  for_show("throughput of L0's, at 64", "hotfixd, 64", "L0, 64");
  for_show("Socket Mode: throughput of the echo's, 1 under way", "hotfixd by Socket Mode, 1", "WebSocket echo, 1");
  for_show("Socket Mode: throughput of the echo's, 64 under way", "hotfixd by Socket Mode, 64", "WebSocket echo, 64");
  for_show("Socket Mode: throughput of L1's, 64 under way", "hotfixd by Socket Mode, 64", "L1, 64");
  return all;
}

int run(int argc, char** argv) {
  Options options;
  std::vector<std::string> bare;
  CLI::App app{"Measures how hotfixd answers slash commands of Slack, against bare servers, on loopback."};
  app.add_option("--hotfixd", options.hotfixd, "The program to measure")->capture_default_str();
  app.add_option("--dir", options.dir, "Where databases are made: on the disk that is meant");
  app.add_option("--seconds", options.seconds, "Of each measurement")->capture_default_str();
  app.add_option("--sync", options.sync,
                 "Instead of the disk's own: what an fsync takes, in microseconds (with --dir on a tmpfs)")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--rounds", options.rounds, "The median counts")->capture_default_str();
  app.add_flag("--goals", options.goals, "Exit 1 when a goal is missed");
  app.add_flag("--alone", options.alone, "Only hotfixd, without ratios: for a profile");
  app.add_option("--bare", bare, "Be the bare server of this name")->expected(2)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!bare.empty()) return run_bare(bare[0], bare[1]);
  options.dir /= "slack_bench_data";
  if (options.sync > 0) {  // for the servers, which are started from here
    ::setenv("HOTFIXD_BENCH_SYNC_US", std::to_string(options.sync).c_str(), 1);
    ::setenv("LD_PRELOAD", HOTFIXD_SLOW_SYNC, 1);
  }
  Benchmark benchmark(options);
  for (int n = 0; n < options.rounds && benchmark.wrong().empty(); ++n) benchmark.round();
  benchmark.print();
  for (const auto& wrong : benchmark.wrong()) std::cout << wrong << "\n";
  const bool reached = options.alone || benchmark.print_goals();
  if (!benchmark.wrong().empty()) return 2;
  return reached || !options.goals ? 0 : 1;
}

}  // namespace
}  // namespace hotfixd::bench

int main(int argc, char** argv) {
  try {
    return hotfixd::bench::run(argc, argv);
  } catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 2;
  }
}
