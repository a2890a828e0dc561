#pragma once

#include <variant>

#include "bot/engine/engine.hpp"

// What people, alerts and plain git do in one simulated run, made up from a seed.

namespace hotfixd::faults {

struct Step {
  struct Commits {
    std::string branch, author;
  };
  struct Moves {
    std::string target;
    Verdict verdict{};
  };  // a target line gets, loses or half gets the fix
  struct DeletesOfBot {
    std::string slot;
  };  // somebody deletes a message of the bot
  struct Waits {};
  Time at{};
  std::string repository;  // of the git steps
  std::variant<Delivery, Commits, Moves, DeletesOfBot, Waits> what;
  bool must_be_recorded = false;  // an acknowledgement means that the store has it
  bool with_next = false;         // the next one arrives before this one is worked off
};

struct Story {
  std::vector<Step> steps;
  std::size_t incidents = 0;  // declared, and closed at the end
};

Story make_story(std::uint64_t seed);
Policy simulated_policy();

}  // namespace hotfixd::faults
