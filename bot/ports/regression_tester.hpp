// The means by which a fix is tested on a line of one repository: a configured program, a run of CI, or what CI itself
// reported there. Every call blocks and is made on a worker thread; several may be made at once.
#pragma once

#include "bot/domain/decision.hpp"

namespace hotfixd {

class RegressionTester {
 public:
  struct Started {
    std::string id;   // what follow() is asked for
    std::string url;  // where people can watch it; may be empty
  };

  virtual ~RegressionTester() = default;

  // What an earlier start() of this key left behind, asked when its answer was lost; nothing when it certainly did not
  // arrive. What cannot be told yet is a Problem with retry_after. Each means says by what it recognises its own.
  virtual Result<std::optional<Started>> find(const effect::StartRegressionTest& order) = 0;

  // Begins, and does not wait for the end. Kinds that are retryable() mean that it may have arrived.
  virtual Result<Started> start(const effect::StartRegressionTest& order) = 0;

  // How it is going. A run that could not judge the fix is not_run, never failed.
  virtual Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) = 0;
};

}  // namespace hotfixd
