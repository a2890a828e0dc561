// A recorded conversation: JSON Lines, one step a line. Read and checked as a whole before anything runs.
#pragma once

#include <istream>
#include <nlohmann/json.hpp>

#include "bot/engine/engine.hpp"

namespace hotfixd::cli {

struct ReplayStep {
  std::size_t line = 0;    // in the file, from 1
  std::size_t number = 0;  // of the step, from 1: what "to" and "edit" refer to
  Time at{};
  std::string as;                    // who; empty for git, hooks and time
  std::string in;                    // channel
  nlohmann::json body;               // the step's other keys, `${sha:REF}` not yet replaced
  std::optional<Delivery> delivery;  // instead of `as` and `body`: what an export says was heard
};

struct ReplayError {
  std::size_t line = 0;
  std::string what;
};

// Limits: 16 MiB a line, 100,000 steps.
std::expected<std::vector<ReplayStep>, ReplayError> read_script(std::istream& in);

}  // namespace hotfixd::cli
