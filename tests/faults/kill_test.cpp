// The real program, killed with SIGKILL at random moments under a stream of commands. Afterwards its files
// must hold everything that was acknowledged, and nothing may have been posted twice.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <thread>

namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;
using std::chrono::steady_clock;

constexpr int kRounds = 200;  // HOTFIXD_KILL_ROUNDS overrides it
constexpr int kRoundsPerIncident = 40;
constexpr int kLinesPerRound = 10;
// What was typed and was not refused (a note before its incident was declared is).
constexpr auto kWithEffect =
    "SELECT 'local:' || number AS id, text, channel FROM messages said WHERE key IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM messages answer WHERE answer.key = 'answer/local:' || said.number AND "
    "answer.refused = 1)";

// One run of the program with its input and output on pipes.
class Process {
 public:
  explicit Process(const std::vector<std::string>& arguments) {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(out[1], 2);
      std::vector<char*> argv;
      for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(in[0]), ::close(out[1]);
    input_ = in[1];
    reader_ = std::jthread([this, from = out[0]] {
      std::array<char, 4096> bytes{};
      for (ssize_t n = 0; (n = ::read(from, bytes.data(), bytes.size())) > 0;)
        output_.append(bytes.data(), static_cast<std::size_t>(n));
      ::close(from);
    });
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pid_ > 0) kill();
  }

  // Far less than a pipe holds, so it never blocks. The program may be gone already.
  void type(const std::string& text) { [[maybe_unused]] const auto n = ::write(input_, text.data(), text.size()); }
  void kill() {
    ::kill(pid_, SIGKILL);
    wait();
  }
  // Its exit code, 128 + signal when it was killed; everything it printed is in output() then.
  int wait() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    reader_.join();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  const std::string& output() const { return output_; }

 private:
  pid_t pid_ = -1;
  int input_ = -1;
  std::string output_;
  std::jthread reader_;
};

std::vector<std::string> words_with_prefix(std::string_view text, std::string_view prefix) {
  std::vector<std::string> words;
  for (auto at = text.find(prefix); at != std::string_view::npos; at = text.find(prefix, at + 1)) {
    const auto end = text.find_first_not_of("0123456789", at + prefix.size());
    words.emplace_back(text.substr(at, end == std::string_view::npos ? end : end - at));
  }
  return words;
}

class KillTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    fs::remove_all(folder_);
    Process demo({HOTFIXD_BINARY, "demo", "--dir", folder_.string()});
    ASSERT_EQ(demo.wait(), 0) << demo.output();
  }
  void TearDown() override {
    if (!HasFailure()) fs::remove_all(folder_);
  }

  SQLite::Database channel() const { return {(folder_ / "data/channel.db").string(), SQLite::OPEN_READWRITE, 5000}; }
  SQLite::Database record() const { return {(folder_ / "data/hotfixd.db").string(), SQLite::OPEN_READWRITE, 5000}; }

  std::vector<std::string> chat(const std::string& channel) const {
    return {HOTFIXD_BINARY, "chat", "--dir", folder_.string(), "--as", "alice", "--channel", channel};
  }

  // What the channel's file says was settled: the program has acknowledged it.
  void check_acknowledged() {
    auto typed = channel();
    auto kept = record();
    const auto waiting = typed.execAndGet("SELECT count(*) FROM incoming WHERE delivered = 0").getInt64();
    SQLite::Statement settled(typed,
                              kWithEffect + std::string(" AND number > ? AND NOT EXISTS (SELECT 1 FROM incoming WHERE "
                                                        "delivered = 0 AND incoming.number = said.number)"));
    settled.bind(1, checked_until_);
    while (settled.executeStep()) {
      const std::string id = settled.getColumn(0), text = settled.getColumn(1);
      acknowledged_.insert(id);
      for (const auto& token : words_with_prefix(text, "k-"))
        EXPECT_EQ(recorded(kept, token), 1) << id << " was acknowledged: " << text;
    }
    if (waiting == 0) checked_until_ = typed.execAndGet("SELECT coalesce(max(number), 0) FROM messages").getInt64();
    waiting_ += waiting;
  }

  // What the person saw on the screen as the bot's answer.
  void check_printed(const std::string& output) {
    auto kept = record();
    for (std::size_t begin = 0; begin < output.size();) {
      const auto end = std::min(output.find('\n', begin), output.size());
      const auto line = std::string_view(output).substr(begin, end - begin);
      begin = end + 1;
      if (line.find(" hotfixd: ") == std::string_view::npos) continue;
      for (const auto& token : words_with_prefix(line, "k-")) {
        ++printed_;
        EXPECT_EQ(recorded(kept, token), 1) << "printed: " << line;
      }
    }
  }

  static int recorded(SQLite::Database& kept, const std::string& token) {
    SQLite::Statement q(
        kept, "SELECT (SELECT count(*) FROM texts WHERE text = ?1) + (SELECT count(*) FROM loose WHERE text = ?1)");
    q.bind(1, token);
    q.executeStep();
    return q.getColumn(0).getInt();
  }

  bool declared(const std::string& place) const {
    if (!fs::exists(folder_ / "data/hotfixd.db")) return false;
    auto kept = record();
    if (!kept.tableExists("incidents")) return false;
    SQLite::Statement q(kept, "SELECT count(*) FROM incidents WHERE channel = ?");
    q.bind(1, place);
    q.executeStep();
    return q.getColumn(0).getInt() > 0;
  }

  fs::path folder_ = fs::current_path() / "kill_workspace";
  std::set<std::string> acknowledged_;
  std::int64_t checked_until_ = 0, waiting_ = 0, printed_ = 0;
};

int rounds() {
  const char* wanted = std::getenv("HOTFIXD_KILL_ROUNDS");
  int n = kRounds;
  if (wanted != nullptr) std::from_chars(wanted, wanted + std::string_view(wanted).size(), n);
  return n;
}

TEST_F(KillTest, NothingAcknowledgedIsMissingAndNothingIsPostedTwice) {
  const auto began = steady_clock::now();
  const auto seed = static_cast<std::uint64_t>(began.time_since_epoch().count());
  std::mt19937_64 random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  int token = 0, in_time = 0, lines = 0;
  // How long one whole round takes here, so that kills fall anywhere in it.
  auto whole = microseconds{0};
  for (int round = 0; round < rounds(); ++round) {
    const int n = round / kRoundsPerIncident + 1;
    const auto place = fmt::format("#k{}", n);
    std::string input;
    // Typed again after each of the first kills: it counts once. On a slow machine the first kills may all come before.
    if (round % kRoundsPerIncident < 3 || !declared(place))
      input += fmt::format("/hotfix declare sev2 outage {} --criteria all\n/hotfix branch kill-{}\n", n, n);
    for (int line = 0; line < kLinesPerRound; ++line) {
      switch (random() % 6) {
        case 0:
          input += fmt::format("/hotfix action add k-{} --owner @dave --due 2w\n", ++token);
          break;
        case 1:
          input += fmt::format("/hotfix action done A{}\n", random() % 9 + 1);
          break;
        case 2:
          input += fmt::format("k-{}\n", ++token);
          break;
        case 3:
          input += "/hotfix status\n";
          break;
        case 4:
          input += fmt::format("/hotfix role owner @{}\n", random() % 2 == 0 ? "bob" : "carol");
          break;
        default:
          input += fmt::format("/hotfix note k-{}\n", ++token);
          break;
      }
    }
    lines += static_cast<int>(std::ranges::count(input, '\n'));
    const auto start = steady_clock::now();
    Process run(chat(place));
    run.type(input);
    if (whole.count() == 0) {
      ASSERT_EQ(run.wait(), 0) << run.output();
      whole = std::chrono::duration_cast<microseconds>(steady_clock::now() - start);
    } else {
      std::this_thread::sleep_for(microseconds{random() % static_cast<std::uint64_t>(whole.count())});
      run.kill();
      in_time += run.output().empty() ? 0 : 1;
    }
    if (!fs::exists(folder_ / "data/channel.db") || !fs::exists(folder_ / "data/hotfixd.db")) continue;
    check_acknowledged();
    check_printed(run.output());
    if (HasFailure()) FAIL() << "in round " << round << "\n" << run.output();
  }

  // Started once more and left in peace, it finishes everything that it had begun.
  Process last(chat("#k1"));
  last.type("/hotfix status\n");
  ASSERT_EQ(last.wait(), 0) << last.output();
  check_acknowledged();

  auto typed = channel();
  auto kept = record();
  EXPECT_EQ(typed.execAndGet("SELECT count(*) FROM incoming WHERE delivered = 0").getInt(), 0);
  EXPECT_EQ(kept.execAndGet("SELECT count(*) FROM outbox WHERE state = 'pending'").getInt(), 0);
  EXPECT_EQ(kept.execAndGet("SELECT count(*) FROM outbox WHERE state = 'dead'").getInt(), 0);
  // Each text that was stored as typed is in the record exactly once, and nothing else is.
  SQLite::Statement all(typed, kWithEffect);
  std::set<std::string> tokens;
  while (all.executeStep())
    for (const auto& t : words_with_prefix(all.getColumn(1).getString(), "k-")) tokens.insert(t);
  for (const auto& t : tokens) EXPECT_EQ(recorded(kept, t), 1) << t;
  EXPECT_EQ(kept.execAndGet("SELECT count(*) FROM texts WHERE text LIKE 'k-%'").getInt(),
            static_cast<int>(tokens.size()));
  // Posts: one per key (the file sees to that), one per slot, and one for each thing announced.
  const int posts = typed.execAndGet("SELECT count(*) FROM messages WHERE key IS NOT NULL").getInt();
  EXPECT_EQ(
      typed
          .execAndGet(
              "SELECT count(*) FROM (SELECT key FROM messages WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1)")
          .getInt(),
      0);
  EXPECT_EQ(typed.execAndGet("SELECT count(*) FROM messages WHERE key LIKE '%/after/%'").getInt(), 0);
  SQLite::Statement added(typed, kWithEffect + std::string(" AND text LIKE '/hotfix action add %'"));
  while (added.executeStep()) {
    const auto t = words_with_prefix(added.getColumn(1).getString(), "k-").front();
    SQLite::Statement shown(typed, "SELECT count(*) FROM messages WHERE key LIKE '%/say/%' AND card LIKE ?");
    shown.bind(1, fmt::format("%: {}\"%", t));
    shown.executeStep();
    EXPECT_EQ(shown.getColumn(0).getInt(), 1) << "announced: " << t;
  }
  SQLite::Statement slots(kept, "SELECT DISTINCT slot FROM outbox WHERE slot IS NOT NULL");
  while (slots.executeStep()) {
    SQLite::Statement shown(typed, "SELECT count(*) FROM messages WHERE key = ?");
    shown.bind(1, slots.getColumn(0).getString());
    shown.executeStep();
    EXPECT_EQ(shown.getColumn(0).getInt(), 1) << slots.getColumn(0).getString();
  }
  // One incident and one branch per channel.
  const int incidents = kept.execAndGet("SELECT count(*) FROM incidents").getInt();
  EXPECT_EQ(incidents, (rounds() + kRoundsPerIncident - 1) / kRoundsPerIncident);
  EXPECT_EQ(kept.execAndGet("SELECT count(DISTINCT channel) FROM incidents").getInt(), incidents);
  EXPECT_EQ(kept.execAndGet("SELECT count(*) FROM events WHERE type = 'branch_cut'").getInt(),
            typed
                .execAndGet(fmt::format("SELECT count(DISTINCT channel) FROM ({} AND text LIKE '/hotfix branch %')",
                                        kWithEffect))
                .getInt());
  Process verify({HOTFIXD_BINARY, "export", "--verify", "--dir", folder_.string()});
  EXPECT_EQ(verify.wait(), 0) << verify.output();
  Process json({HOTFIXD_BINARY, "export", "--json", "--dir", folder_.string()});
  EXPECT_EQ(json.wait(), 0) << json.output();
  SQLite::Statement commands(typed,
                             kWithEffect + std::string(" AND command = 1"));  // the rest is kept, but in no timeline
  while (commands.executeStep())
    for (const auto& t : words_with_prefix(commands.getColumn(1).getString(), "k-"))
      EXPECT_NE(json.output().find(t + '"'), std::string::npos) << t << " is not in the export";

  const auto took = std::chrono::duration<double>(steady_clock::now() - began).count();
  std::cout << fmt::format(
      "kill -9: {} rounds ({} killed after they had printed), {} lines typed, {} acknowledged, {} answers with a text "
      "printed, {} delivered again, "
      "{} incidents, {} events, {} posts, {:.0f} s\n",
      rounds(), in_time, lines, acknowledged_.size(), printed_, waiting_, incidents,
      kept.execAndGet("SELECT count(*) FROM events").getInt(), posts, took);
}

}  // namespace
