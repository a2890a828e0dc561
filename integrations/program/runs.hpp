// Programs of this machine that are started and looked at later: one folder for each run. Internal to this room.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "bot/ports/clock.hpp"

namespace hotfixd::program {

struct RunOptions {
  std::string command;               // for /bin/sh -c
  std::filesystem::path folder;      // of its runs: made when it is not there; runs older than 30 days are removed
  Seconds limit{3600};               // then it and all that it started are killed
  std::vector<std::string> secrets;  // never shown
};

// Several may be under way at once, each with a key of its own. `clock` must outlive it.
class Runs {
 public:
  Runs(const Clock& clock, RunOptions options) : clock_(clock), options_(std::move(options)) {}

  // Has the run of this key begun, whenever that was?
  bool begun(const std::string& key) const;

  // Begins it, unless it has begun. `settings`: "NAME=value"; of this process' own environment the program gets all but
  // the HOTFIXD_ variables.
  Result<void> begin(const std::string& key, std::vector<std::string> settings);

  struct View {
    enum class State {
      running,
      ended,   // with `status`
      killed,  // at the limit, or by somebody: `why`
    } state{};
    std::int64_t status = 0;
    std::string why, tail;  // tail: the last ten lines of standard output and error, 200 bytes each
  };
  // Kills it once its time is over.
  Result<View> look(const std::string& key);

 private:
  std::filesystem::path folder_of(std::string key) const;
  std::string tail(const std::filesystem::path& folder) const;
  void forget_old_ones() const;

  const Clock& clock_;
  const RunOptions options_;
};

}  // namespace hotfixd::program
