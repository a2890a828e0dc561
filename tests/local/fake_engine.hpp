// Stands for the engine: takes deliveries on a thread of its own, remembers them like the inbox does, and
// answers and posts as the test's script says.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "bot/cli/chat.hpp"
#include "integrations/local/local_platform.hpp"

namespace hotfixd::testing {

struct FixedClock : Clock {
  Time at = Time(std::chrono::seconds(1'794'690'240));  // 2026-11-14T21:04:00Z
  Time now() const override { return at; }
};

// A delivery in one line: "alice command status", "bob said 3 text", "bob pressed confirm HF-1".
inline std::string describe(const Delivery& d) {
  struct Words {
    std::string operator()(const Delivery::CommandLine& c) const { return "command " + c.text; }
    std::string operator()(const chat::Said& c) const { return "said " + c.id + " " + c.text; }
    std::string operator()(const chat::Edited& c) const { return "edited " + c.id + " " + c.text; }
    std::string operator()(const chat::Deleted& c) const { return "deleted " + c.id; }
    std::string operator()(const chat::Reacted& c) const {
      return (c.added ? "reacted " : "unreacted ") + c.id + " " + c.reaction;
    }
    std::string operator()(const chat::Joined&) const { return "joined"; }
    std::string operator()(const chat::Archived& c) const { return c.archived ? "archived" : "unarchived"; }
    std::string operator()(const chat::Added& c) const { return "added " + c.id + " " + c.text; }
    std::string operator()(const chat::Pressed& c) const { return "pressed " + c.button + " " + c.value; }
    std::string operator()(const ForgeEvent&) const { return "forge"; }
  };
  return d.actor.name + " " + std::visit(Words{}, d.what);
}

class FakeEngine {
 public:
  // What the script returns for a delivery that is new: the answer, and what is done afterwards.
  struct Response {
    Result<InboxAnswer> answer = InboxAnswer{};
    std::function<void(ChatPlatform&)> effects;
  };
  using Script = std::function<Response(const Delivery&)>;

  FakeEngine(local::ChannelStore& store, const Clock& clock, Script script)
      : chat_(local::create_local_platform(store, clock)), script_(std::move(script)), thread_([this] { run(); }) {}
  ~FakeEngine() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void submit(Delivery delivery, Acknowledge acknowledge) {
    const std::scoped_lock lock(mutex_);
    submitted_.push_back(delivery.id);
    queue_.emplace_back(std::move(delivery), std::move(acknowledge));
    changed_.notify_all();
  }
  bool quiet() const {
    const std::scoped_lock lock(mutex_);
    return queue_.empty() && !busy_;
  }
  cli::ChatPorts ports(local::ChannelStore& store, const Clock& clock) {
    return {store, clock, [this](Delivery d, Acknowledge a) { submit(std::move(d), std::move(a)); },
            [this] { return quiet(); }};
  }

  std::vector<std::string> submitted() const { return locked(submitted_); }  // delivery ids, every attempt
  std::vector<std::string> accepted() const { return locked(accepted_); }    // described, each once
  ChatPlatform& chat() { return *chat_; }

 private:
  template <typename T>
  T locked(const T& value) const {
    const std::scoped_lock lock(mutex_);
    return value;
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return stop_ || !queue_.empty(); });
      if (queue_.empty()) return;
      auto [delivery, acknowledge] = std::move(queue_.front());
      queue_.pop_front();
      busy_ = true;
      lock.unlock();
      Response response;
      if (const auto seen = inbox_.find(delivery.id); seen != inbox_.end()) {
        response.answer = seen->second;
      } else {
        response = script_(delivery);
      }
      lock.lock();
      if (response.answer && inbox_.emplace(delivery.id, *response.answer).second)
        accepted_.push_back(describe(delivery));
      lock.unlock();
      acknowledge(response.answer);
      if (response.effects) response.effects(*chat_);
      lock.lock();
      busy_ = false;
    }
  }

  std::unique_ptr<ChatPlatform> chat_;
  Script script_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::pair<Delivery, Acknowledge>> queue_;
  std::map<std::string, InboxAnswer> inbox_;
  std::vector<std::string> submitted_, accepted_;
  bool busy_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace hotfixd::testing
