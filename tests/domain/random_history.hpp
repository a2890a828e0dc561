#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "tests/domain/support.hpp"

// A history that people, a forge, git and time could have made, from a list of numbers, with what must
// hold after every step checked on the way. Dropping a number drops a step, so that failures shrink.

namespace hotfixd::testing {

class History {
 public:
  // The first number chooses the team, the season and how far the run already is.
  explicit History(const std::vector<std::uint32_t>& numbers);

  const Incident& incident() const { return run_.incident; }
  const std::vector<Event>& events() const { return run_.events; }
  const Policy& policy() const { return run_.policy; }
  Time now() const { return run_.context.now; }
  // A sentence for each promise that was broken, with the step.
  const std::vector<std::string>& broken() const { return broken_; }
  // States on the way, by the number of events that led to them.
  const std::map<std::size_t, Incident>& states() const { return states_; }

 private:
  struct World {  // one repository as git would show it
    int head = 1;
    std::string tag, tag_sha;
    std::map<std::string, Target> targets;
    int commits_on_targets = 0;
    bool rewritten = false, gone = false, stale = false;
    int files = 1;
  };

  std::uint32_t pick(std::uint32_t n);  // 0..n-1
  bool one_in(std::uint32_t n) { return pick(n) == 0; }
  template <typename T>
  T any(std::initializer_list<T> of) {
    return *(of.begin() + pick(static_cast<std::uint32_t>(of.size())));
  }
  Person someone() { return person(any({"alice", "bob", "carol", "dave", "erin"})); }
  std::string repository() { return any<std::string>({"", "shop", "shop", "api"}); }
  std::string obligation();
  std::string sha(const std::string& repository);

  void step();
  void input(const Input& input, const Person& actor = {});
  void answer(const Effect& effect);
  void pass_time();
  void wake();
  Command command();
  Command closing_command();
  Input chat();
  ForgeEvent forge();
  HotfixFacts look(const std::string& repository);
  Forecast forecast();
  result::Observed seen(const std::string& repository);  // the same with what the forge says
  void check_refusal(const Incident& before);
  void check(const Incident& before, const Input& input);
  void check_event(const Incident& before, const Event& event);
  void fail(std::string what) { broken_.push_back(std::move(what)); }

  Story run_;
  std::uint64_t random_ = 0;
  std::map<std::string, World> world_;
  std::vector<Effect> pending_;
  std::set<std::string> ping_slots_;
  std::map<std::size_t, Incident> states_;
  std::vector<std::string> broken_;
  int messages_ = 0;
};

}  // namespace hotfixd::testing
