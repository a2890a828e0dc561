#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>

#include "bot/engine/engine.hpp"
#include "bot/store/memory_store.hpp"
#include "bot/store/random_ids.hpp"
#include "tests/engine/script.hpp"

// An engine on a memory store with scripted ports, driven by hand.

namespace hotfixd::testing {

// A store that refuses or throws when told to. Any thread may call it.
class MoodyStore final : public Store {
 public:
  explicit MoodyStore(std::unique_ptr<Store> below) : below_(std::move(below)) {}
  std::optional<Problem> refuse;     // commits give this
  std::atomic<bool> throws = false;  // commits throw
  bool load_throws = false;
  bool loses_answers = false;  // commits take place and give a Problem
  // Asked before each call ("load", "placed", "seen", …) about what it is asked for; a Problem is its result.
  std::function<std::optional<Problem>(std::string_view call, const std::string& subject)> refuses;
  std::vector<std::size_t> appends;  // of each commit's elements, in order

  Result<std::vector<CommitOutcome>> commit(std::span<const Commit> commits) override {
    const std::lock_guard lock(mutex_);
    if (throws) throw std::runtime_error("a surprise");
    if (refuse) return std::unexpected(*refuse);
    for (const auto& c : commits) appends.push_back(c.appends.size());
    auto outcomes = below_->commit(commits);
    if (loses_answers) return std::unexpected(Problem{Problem::Kind::unreachable, "connection reset", "try again", {}});
    return outcomes;
  }
  Result<std::vector<Event>> load(const IncidentId& id) override {
    if (load_throws) throw std::runtime_error("a surprise");
    return asked("load", id, [&] { return below_->load(id); });
  }
  Result<std::vector<IncidentHead>> heads(bool all) override {
    return asked("heads", {}, [&] { return below_->heads(all); });
  }
  Result<std::uint64_t> last_number() override {
    return asked("last_number", {}, [&] { return below_->last_number(); });
  }
  Result<std::optional<InboxAnswer>> seen(const std::string& id) override {
    return asked("seen", id, [&] { return below_->seen(id); });
  }
  Result<std::vector<OutboxItem>> pending() override {
    return asked("pending", {}, [&] { return below_->pending(); });
  }
  Result<std::optional<PlacedMessage>> placed(const std::string& slot) override {
    return asked("placed", slot, [&] { return below_->placed(slot); });
  }
  Result<std::vector<LooseMessage>> loose(const ChannelId& channel, Time since) override {
    return asked("loose", channel, [&] { return below_->loose(channel, since); });
  }
  Result<std::vector<DeadLetter>> dead_letters() override {
    return asked("dead_letters", {}, [&] { return below_->dead_letters(); });
  }
  Result<MessageCounts> counts(const IncidentId& id) override {
    return asked("counts", id, [&] { return below_->counts(id); });
  }
  Result<std::string> last_deployed(const std::string& repository) override {
    return asked("last_deployed", repository, [&] { return below_->last_deployed(repository); });
  }
  Result<void> prune(Time before) override {
    return asked("prune", {}, [&] { return below_->prune(before); });
  }
  Result<std::uint64_t> verify(const IncidentId& id) override {
    return asked("verify", id, [&] { return below_->verify(id); });
  }
  Result<Erased> redact(const Erasure& erasure) override {
    return asked("redact", erasure.incident, [&] { return below_->redact(erasure); });
  }

 private:
  template <typename Call>
  std::invoke_result_t<Call> asked(std::string_view name, const std::string& subject, Call&& call) {
    const std::lock_guard lock(mutex_);
    if (refuses)
      if (auto problem = refuses(name, subject)) return std::unexpected(std::move(*problem));
    return call();
  }

  std::mutex mutex_;
  std::unique_ptr<Store> below_;
};

struct Bench {
  static constexpr Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 11 / 9} + std::chrono::hours{10}};

  Script script;
  ManualClock clock{kStart};
  std::unique_ptr<IdSource> ids = store::seeded_ids(1);
  MoodyStore store{store::memory_store(*ids, "production")};
  FakeChat chat{script};
  FakeGit shop{"shop", script};
  FakeGit billing{"billing", script};
  FakeDeployer deployer{script};
  FakeTester tester{script};
  bool deploys = false;  // shop, in engines made from now on
  bool tests = false;    // likewise
  std::unique_ptr<Engine> engine;
  int deliveries = 0;

  explicit Bench(EngineOptions options = by_hand()) : engine(make(options)) {}

  static EngineOptions by_hand() {
    EngineOptions o;
    o.workers = 0;
    return o;
  }
  std::unique_ptr<Engine> make(EngineOptions options, std::function<std::string(const IncidentId&)> page = {}) {
    auto policy = default_policy();
    policy.repositories = {{.name = "shop"}, {.name = "billing"}};
    policy.repositories.front().deploys = deploys;
    if (tests) policy.repositories.front().regression_test = "command";
    policy.alert_sources = {"pager"};
    EnginePorts ports{store, clock, *ids, chat, {{"shop", &shop}, {"billing", &billing}}, std::move(page)};
    if (deploys) ports.deployers["shop"] = &deployer;
    if (tests) ports.testers["shop"] = &tester;
    auto made = std::make_unique<Engine>(std::move(ports), policy, options);
    if (auto opened = made->open(); !opened) throw std::runtime_error(opened.error().what);
    return made;
  }

  Delivery delivery(const std::string& who, decltype(Delivery::what) what, const std::string& channel = "#incidents") {
    const auto id = std::holds_alternative<ForgeEvent>(what) ? ChannelId{} : channel;
    return {"d" + std::to_string(++deliveries), clock.now(), {who, who}, id, std::move(what)};
  }
  // Submits and works off everything; the answer, a Problem, or nothing when none came.
  std::optional<Result<InboxAnswer>> send(const Delivery& d) {
    std::optional<Result<InboxAnswer>> answer;
    engine->submit(d, [&](const Result<InboxAnswer>& a) { answer = a; });
    last_run = engine->run_until_idle();
    return answer;
  }
  std::optional<Result<InboxAnswer>> type(const std::string& who, const std::string& line,
                                          const std::string& channel = "#incidents") {
    return send(delivery(who, Delivery::CommandLine{line}, channel));
  }
  Incident incident(const std::string& id = "HF-1") { return fold(*store.load(id)); }
  // Another engine changes the incident: what this one remembers of it is old.
  void change_behind(const IncidentId& id, EventData what = event::RoleAssigned{Role::scribe, {"erin", "erin"}}) {
    Append append;
    for (auto& head : *store.heads(true))
      if (head.id == id) append.head = head;
    append.expected_version = append.head.version++;
    append.events = {{std::move(what), clock.now(), clock.now(), {}, Source::bot}};
    Commit commit;
    commit.appends.push_back(std::move(append));
    if (auto done = store.commit(std::span(&commit, 1)); !done) throw std::runtime_error(done.error().what);
  }
  void wait(std::chrono::microseconds by) {
    clock.advance(by);
    last_run = engine->run_until_idle();
  }

  Result<void> last_run;
};

}  // namespace hotfixd::testing
