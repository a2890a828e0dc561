// The means by which one repository is brought into its environments. Every call blocks (on the network, or on a
// program that is started) and is made on a worker thread; several may be made at once.
#pragma once

#include "bot/domain/decision.hpp"

namespace hotfixd {

class Deployer {
 public:
  struct Started {
    std::string id;        // what follow() is asked for
    std::string url;       // where people can watch it; may be empty
    bool followed = true;  // false: follow() cannot tell; a webhook or a person says how it ended
  };

  virtual ~Deployer() = default;

  // What an earlier start() of this key left behind, asked when its answer was lost; nothing when it certainly did not
  // arrive. What cannot be told yet is a Problem with retry_after. Each means says by what it recognises its own, and
  // which way it errs.
  virtual Result<std::optional<Started>> find(const effect::Deploy& order) = 0;

  // Begins, and does not wait for the end. Kinds that are retryable() mean that it may have arrived.
  virtual Result<Started> start(const effect::Deploy& order) = 0;

  // How it is going. One whose turn had not come when it was ordered may be begun here.
  virtual Result<DeploymentView> follow(const effect::FollowDeployment& run) = 0;

  // What was brought to the environment with success, newest first, each version once: the first is there now, the
  // second was before it. Empty: these means cannot tell.
  virtual Result<std::vector<Release>> releases(const std::string& environment) = 0;

  // Who says what releases() says: "GitHub's deployments".
  virtual std::string teller() const = 0;
};

}  // namespace hotfixd
