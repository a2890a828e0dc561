// Runs of one workflow that are begun by `POST …/actions/workflows/{file}/dispatches` and followed. Internal to this
// room. Fields: docs.github.com/rest (actions/workflows, actions/workflow-runs, actions/workflow-jobs), as in
// @octokit/openapi.
#pragma once

#include <optional>

#include "bot/ports/clock.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::github {

class WorkflowRuns {
 public:
  // `full_name` is "acme/shop", `file` "deploy.yml". Both references must outlive it.
  WorkflowRuns(Api& api, const Clock& clock, std::string full_name, const std::string& file);

  // What an order asks for: the workflow as it is at `ref`. `key` names the order, "HF-7-D2-1794690245".
  struct Order {
    std::string ref, sha, key;  // `sha` empty: whatever commit the ref is on
    Time at{};
  };
  struct Started {
    std::string id, url;  // the id may stand for a run that is still to be found
  };

  // A run that is surely or probably the order's; a Problem with retry_after while it may not be listed yet.
  Result<std::optional<Started>> find(const Order& order);
  std::expected<Started, ApiFailure> dispatch(const Order& order, const nlohmann::json& inputs);

  struct View {
    bool completed = false;
    std::string conclusion, url, head_sha;
    std::string step;  // "deploy / migrate the database", or what became of the run as a whole; when it went wrong
  };
  // Nothing: the run is not listed yet.
  Result<std::optional<View>> look(const std::string& id, const std::string& ref, const std::string& key);

 private:
  Result<std::optional<nlohmann::json>> find_run(const std::string& ref, const std::string& sha, const std::string& key,
                                                 Time since);
  std::string failed_step(const std::string& id, const std::string& conclusion);

  Api& api_;
  const Clock& clock_;
  const std::string full_name_, path_, workflow_;
};

}  // namespace hotfixd::github
