// A hotfix run, from the first alert to the deployment, on the real SQLite store while that fails: the disk is
// full, somebody else has locked it, or any one call to it goes wrong. Whoever sent something sends it again
// until it is answered, as a platform does, and the run must end as one in which nothing failed.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "bot/engine/engine.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/sqlite_store.hpp"
#include "tests/engine/script.hpp"
#include "tests/faults/final_state.hpp"
#include "tests/faults/small_disk.hpp"

namespace hotfixd::faults {
namespace {

using testing::FakeChat;
using testing::FakeGit;
using ::testing::HasSubstr;
using testing::ManualClock;
using testing::Script;

constexpr Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 9} + std::chrono::hours{10}};
constexpr int kMaxTries = 4000;  // of one delivery, and of coming to rest

class Folder {
 public:
  Folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "hotfixd_faults_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string database() const { return (path_ / "hotfixd.db").string(); }

 private:
  std::filesystem::path path_;
};

// Fails one call, the nth, in one way.
class FailingStore final : public Store {
 public:
  enum class Way {
    full,
    locked,
    throws,
    answer_lost,  // of a commit: it takes place and gives a Problem; other calls fail
  };

  FailingStore(std::unique_ptr<Store> below, int nth, Way way) : below_(std::move(below)), nth_(nth), way_(way) {}

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override {
    if (way_ == Way::answer_lost && calls_ + 1 == nth_) {
      ++calls_;
      if (auto done = below_->commit(commits); !done) return done;
      return std::unexpected(Problem{Problem::Kind::unreachable, "connection reset", "try again", {}});
    }
    return call([&] { return below_->commit(commits); });
  }
  Result<std::vector<Event>> load(const IncidentId& id) override {
    return call([&] { return below_->load(id); });
  }
  Result<std::vector<IncidentHead>> heads(bool all) override {
    return call([&] { return below_->heads(all); });
  }
  Result<std::uint64_t> last_number() override {
    return call([&] { return below_->last_number(); });
  }
  Result<std::optional<InboxAnswer>> seen(const std::string& id) override {
    return call([&] { return below_->seen(id); });
  }
  Result<std::vector<OutboxItem>> pending() override {
    return call([&] { return below_->pending(); });
  }
  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override {
    return call([&] { return below_->placed(slot); });
  }
  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override {
    return call([&] { return below_->loose(channel, since); });
  }
  Result<std::vector<DeadLetter>> dead_letters() override {
    return call([&] { return below_->dead_letters(); });
  }
  Result<MessageCounts> counts(const IncidentId& id) override {
    return call([&] { return below_->counts(id); });
  }
  Result<std::string> last_deployed(const std::string& repository) override {
    return call([&] { return below_->last_deployed(repository); });
  }
  Result<void> prune(Time before) override {
    return call([&] { return below_->prune(before); });
  }
  Result<std::uint64_t> verify(const IncidentId& id) override { return below_->verify(id); }
  Result<Erased> redact(const Erasure& erasure) override { return below_->redact(erasure); }

  Store& below() { return *below_; }
  int calls() const { return calls_; }

 private:
  template <typename Call>
  std::invoke_result_t<Call> call(Call&& below) {
    if (++calls_ != nth_) return below();
    if (way_ == Way::throws) throw std::runtime_error("a surprise in the store");
    if (way_ == Way::full)
      return std::unexpected(Problem{Problem::Kind::full, "the disk is full", "free space on it", {}});
    return std::unexpected(Problem{Problem::Kind::locked, "it is locked", "end the other process", {}});
  }

  std::unique_ptr<Store> below_;
  int calls_ = 0, nth_;
  Way way_;
};

// Something happens when the channel is written to.
class HookedChat final : public ChatPlatform {
 public:
  explicit HookedChat(Script& script) : below_(script) {}
  Capabilities capabilities() const override { return below_.capabilities(); }
  Result<MessageId> post(const PostRequest& request) override {
    if (on_write) on_write();
    return below_.post(request);
  }
  Result<void> edit(const ChannelId& channel, const MessageId& id, const Message& message) override {
    if (on_write) on_write();
    return below_.edit(channel, id, message);
  }
  Result<ChannelId> create_channel(const ChannelId& channel, const std::string& topic, bool is_private) override {
    return below_.create_channel(channel, topic, is_private);
  }
  std::vector<std::string> texts() const { return below_.texts("HF-"); }
  std::function<void()> on_write;

 private:
  FakeChat below_;
};

struct Ended {
  std::string state;               // final_state() of the incident
  std::vector<std::string> texts;  // what stands in the channel, sorted
  std::vector<Problem> problems;   // what senders were told meanwhile
  int refused_results = 0;         // times the engine could not take what an effect brought
  bool operator==(const Ended& o) const { return state == o.state && texts == o.texts; }
};

std::string told(const Ended& e) { return fmt::format("{}{}", e.state, fmt::join(e.texts, "\n--\n")); }

class HotfixRun {
 public:
  explicit HotfixRun(Store& store, Store& truth, std::size_t notes = 3) : store_(store), truth_(truth), notes_(notes) {}

  std::function<void(std::size_t step)> before_step;
  std::function<void()> on_problem;  // somebody mends it
  HookedChat& chat() { return chat_; }

  Ended play() {
    start();
    const auto steps = deliveries();
    for (std::size_t n = 0; n < steps.size(); ++n) {
      if (before_step) before_step(n);
      deliver(steps[n]);
      settle();
      if (n == steps.size() / 2) start();  // the process is started anew
      clock_.advance(Seconds{61});         // git is asked meanwhile
      settle();
    }
    check(steps);
    return ended_;
  }

 private:
  std::vector<Delivery> deliveries() const {
    std::vector<Delivery> out;
    const auto add = [&](const char* who, decltype(Delivery::what) what) {
      out.push_back({fmt::format("d{}", out.size() + 1), kStart, {who, who}, "#incidents", std::move(what)});
    };
    const auto type = [&](const char* who, const std::string& line) { add(who, Delivery::CommandLine{line}); };
    add("pager", chat::Said{"1", "500s spiking on /checkout"});
    add("dave", chat::Said{"2", "lokking"});
    add("dave", chat::Edited{"2", "looking"});
    type("alice", "declare sev2 500s on checkout --criteria all");
    type("alice", "role owner @bob");
    add("dave", chat::Said{"3", "rate is 3 % now"});
    add("bob", chat::Reacted{"3", "pushpin", true});
    for (std::size_t n = 0; n < notes_; ++n)
      type("dave", fmt::format("note told support, call {} {}", n, std::string(2000, 'x')));
    type("alice", "branch checkout-500");
    type("bob", "pr 4821 one-line null check");
    type("dave", "ci pass");
    type("carol", "approve");
    type("dave", "approve");
    type("alice", "tag");
    type("alice", "deployed");
    return out;
  }

  void start() {
    engine_.reset();
    auto policy = default_policy();
    policy.repositories = {{.name = "shop"}};
    policy.alert_sources = {"pager"};
    EngineOptions options;
    options.workers = 0;
    engine_ = std::make_unique<Engine>(EnginePorts{store_, clock_, *ids_, chat_, {{"shop", &shop_}}}, policy, options);
    for (int n = 0; n < kMaxTries; ++n) {
      const auto opened = engine_->open();
      if (opened) return;
      mend(opened.error());
    }
    FAIL() << "the engine does not open";
  }

  void mend(const Problem& problem) {
    EXPECT_FALSE(problem.what.empty());
    EXPECT_FALSE(problem.mend.empty()) << "nobody is told what to do about: " << problem.what;
    if (on_problem) on_problem();
    clock_.advance(Seconds{3});
  }

  void deliver(const Delivery& d) {
    for (int n = 0; n < kMaxTries; ++n) {
      std::optional<Result<InboxAnswer>> answer;
      engine_->submit(d, [&](const Result<InboxAnswer>& a) {
        EXPECT_FALSE(answer) << d.id << " is answered twice";
        answer = a;
      });
      const auto rest = engine_->run_until_idle();
      ASSERT_TRUE(answer.has_value()) << d.id << " is not answered";
      if (*answer) {
        EXPECT_TRUE((*truth_.seen(d.id)).has_value()) << d.id << " is acknowledged and not recorded";
        EXPECT_FALSE((*answer)->reply && (*answer)->reply->refused) << d.id;
        if (!rest) refused_result(rest.error());
        return;
      }
      ended_.problems.push_back(answer->error());
      mend(answer->error());
    }
    FAIL() << d.id << " is never taken";
  }

  void refused_result(const Problem& problem) {
    ++ended_.refused_results;
    mend(problem);
  }

  // Until every effect is carried out and taken.
  void settle() {
    for (int n = 0; n < kMaxTries; ++n) {
      if (const auto rest = engine_->run_until_idle(); !rest)
        refused_result(rest.error());
      else if (truth_.pending()->empty())
        return;
      else
        clock_.advance(Seconds{3});
    }
    FAIL() << "does not come to rest";
  }

  void check(const std::vector<Delivery>& steps) {
    for (const auto& d : steps) EXPECT_TRUE((*truth_.seen(d.id)).has_value()) << d.id << " is lost";
    const auto incident = fold(*truth_.load("HF-1"));
    EXPECT_EQ(incident.hotfixes.size(), 1U);
    for (const auto& h : incident.hotfixes) EXPECT_EQ(h.environments, std::vector<std::string>{"production"});
    EXPECT_TRUE(truth_.verify("HF-1").has_value());
    EXPECT_EQ(*truth_.last_number(), 1U);
    EXPECT_TRUE(truth_.dead_letters()->empty());
    std::map<std::string, int> calls;
    for (const auto& call : script_.calls())
      if (!call.starts_with("edit ") && !call.starts_with("observe ")) ++calls[call];
    for (const auto& [call, times] : calls) EXPECT_EQ(times, 1) << call;
    EXPECT_EQ(calls["cut hotfix/checkout-500"], 1);
    EXPECT_EQ(calls["tag v2.4.8"], 1);
    ended_.state = final_state(incident);
    ended_.texts = chat_.texts();
    std::ranges::sort(ended_.texts);
  }

  Store& store_;
  Store& truth_;  // asked by the test, never fails
  std::size_t notes_;
  Script script_;
  ManualClock clock_{kStart};
  std::unique_ptr<IdSource> ids_ = store::seeded_ids(3);
  HookedChat chat_{script_};
  FakeGit shop_{"shop", script_};
  std::unique_ptr<Engine> engine_;
  Ended ended_;
};

std::unique_ptr<Store> open(const std::string& path, IdSource& ids) {
  store::SqliteOptions how;
  how.path = path;
  how.busy_timeout = std::chrono::milliseconds{5};
  how.environment = "production";
  auto opened = store::open_sqlite(how, ids);
  if (!opened) throw std::runtime_error(opened.error().what);
  return std::move(*opened);
}

Ended calm(std::size_t notes) {
  const auto ids = store::seeded_ids(5);
  const auto store = open(":memory:", *ids);
  return HotfixRun(*store, *store, notes).play();
}

class StoreFailure : public ::testing::Test {
 protected:
  StoreFailure() { spdlog::set_level(spdlog::level::off); }  // hundreds of injected failures
};

TEST_F(StoreFailure, AnyOneCallThatFailsChangesNothingInTheEnd) {
  const auto ids = store::seeded_ids(5);
  FailingStore whole(open(":memory:", *ids), 0, FailingStore::Way::full);
  const auto expected = HotfixRun(whole, whole.below()).play();
  ASSERT_TRUE(expected.problems.empty());
  ASSERT_FALSE(HasFailure());
  int runs = 0, told_of = 0, results = 0;
  using Way = FailingStore::Way;
  for (const auto way : {Way::full, Way::locked, Way::throws, Way::answer_lost})
    for (int n = 1; n <= whole.calls(); ++n) {
      SCOPED_TRACE(fmt::format("call {} of {} fails, way {}", n, whole.calls(), static_cast<int>(way)));
      FailingStore failing(open(":memory:", *ids), n, way);
      const auto ended = HotfixRun(failing, failing.below()).play();
      EXPECT_EQ(told(ended), told(expected));
      EXPECT_LE(ended.problems.size(), 1U) << "one failure is told to one sender";
      ++runs;
      told_of += static_cast<int>(ended.problems.size());
      results += ended.refused_results;
      if (HasFailure()) return;
    }
  std::cout << fmt::format("each of {} calls failing in 4 ways: {} runs, {} senders told, {} results kept\n",
                           whole.calls(), runs, told_of, results);
  EXPECT_GT(told_of, 0);
  EXPECT_GT(results, 0);
}

TEST_F(StoreFailure, AFullDiskIsFullAgainAndAgain) {
  constexpr std::size_t kNotes = 60;
  const auto expected = calm(kNotes);
  SmallDisk disk(200'000);
  const Folder folder;
  const auto ids = store::seeded_ids(5);
  Ended ended;
  {
    const auto store = open(folder.database(), *ids);
    HotfixRun run(*store, *store, kNotes);
    run.on_problem = [&] { disk.add_room(30'000); };
    ended = run.play();
  }
  EXPECT_EQ(told(ended), told(expected));
  EXPECT_GT(ended.problems.size(), 10U);
  EXPECT_GT(ended.refused_results, 10);
  for (const auto& p : ended.problems) {
    EXPECT_EQ(p.kind, Problem::Kind::full) << p.what;
    EXPECT_THAT(p.mend, HasSubstr("free space"));
  }
  disk.add_room(1'000'000);
  const auto reopened = open(folder.database(), *ids);
  EXPECT_TRUE(reopened->verify("HF-1").has_value());
  EXPECT_EQ(final_state(fold(*reopened->load("HF-1"))), expected.state);
  std::cout << fmt::format("full {} times: {} senders told, {} results kept\n", disk.refused(), ended.problems.size(),
                           ended.refused_results);
}

// Another process, which holds the database's write lock when told to.
class Locker {
 public:
  // Before this process opens the database: SQLite's locks do not survive a fork.
  explicit Locker(const std::string& database) {
    if (::pipe(orders_) != 0 || ::pipe(answers_) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("no process");
    if (child_ == 0) ::_exit(obey(database));
    ::close(orders_[0]);
    ::close(answers_[1]);
  }
  ~Locker() {
    ::close(orders_[1]);
    ::close(answers_[0]);
    ::waitpid(child_, nullptr, 0);
  }
  Locker(const Locker&) = delete;
  Locker& operator=(const Locker&) = delete;

  void lock() {
    if (!locked_) order('l');
    locked_ = true;
  }
  void unlock() {
    if (locked_) order('u');
    locked_ = false;
  }

 private:
  int obey(const std::string& database) {
    ::close(orders_[1]);
    ::close(answers_[0]);
    std::unique_ptr<SQLite::Database> opened;
    try {
      for (char order = 0; ::read(orders_[0], &order, 1) == 1;) {
        if (!opened) opened = std::make_unique<SQLite::Database>(database, SQLite::OPEN_READWRITE, 5000);
        opened->exec(order == 'l' ? "BEGIN IMMEDIATE" : "ROLLBACK");
        if (::write(answers_[1], &order, 1) != 1) return 1;
      }
    } catch (const std::exception& e) {
      std::cerr << "the locking process: " << e.what() << "\n";
      return 1;
    }
    return 0;
  }
  void order(char what) {
    char answer = 0;
    if (::write(orders_[1], &what, 1) != 1 || ::read(answers_[0], &answer, 1) != 1)
      throw std::runtime_error("the locking process is gone");
  }

  int orders_[2]{}, answers_[2]{};
  pid_t child_ = 0;
  bool locked_ = false;
};

TEST_F(StoreFailure, LockedByAnotherProcessBeforeEachDelivery) {
  const auto expected = calm(3);
  const Folder folder;
  Locker other(folder.database());
  const auto ids = store::seeded_ids(5);
  const auto store = open(folder.database(), *ids);
  HotfixRun run(*store, *store);
  std::size_t steps = 0;
  run.before_step = [&](std::size_t) {
    ++steps;
    other.lock();
  };
  run.on_problem = [&] { other.unlock(); };
  const auto ended = run.play();
  EXPECT_EQ(told(ended), told(expected));
  EXPECT_EQ(ended.problems.size(), steps);
  for (const auto& p : ended.problems) {
    EXPECT_EQ(p.kind, Problem::Kind::locked) << p.what;
    EXPECT_THAT(p.mend, HasSubstr("end the other process"));
  }
}

TEST_F(StoreFailure, LockedByAnotherProcessWhileEachMessageIsPosted) {
  const auto expected = calm(3);
  const Folder folder;
  Locker other(folder.database());
  const auto ids = store::seeded_ids(5);
  const auto store = open(folder.database(), *ids);
  HotfixRun run(*store, *store);
  int writes = 0;
  run.chat().on_write = [&] {
    ++writes;
    other.lock();
  };
  run.on_problem = [&] { other.unlock(); };
  const auto ended = run.play();
  EXPECT_EQ(told(ended), told(expected));
  EXPECT_EQ(ended.refused_results, writes);
  EXPECT_GT(writes, 10);
}

}  // namespace
}  // namespace hotfixd::faults
