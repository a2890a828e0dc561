#include "integrations/program/deployer.hpp"

#include <fmt/format.h>

namespace hotfixd::program {
namespace {

class ProgramDeployer final : public Deployer {
 public:
  ProgramDeployer(const Clock& clock, Options options) : runs_(clock, std::move(options)) {}

  Result<std::optional<Started>> find(const effect::Deploy& order) override {
    return runs_.begun(order.key) ? std::optional(Started{order.key, {}}) : std::nullopt;
  }

  Result<Started> start(const effect::Deploy& order) override {
    auto begun = runs_.begin(
        order.key, {"HOTFIXD_TAG=" + order.tag, "HOTFIXD_SHA=" + order.sha, "HOTFIXD_ENVIRONMENT=" + order.environment,
                    "HOTFIXD_KEY=" + order.key, fmt::format("HOTFIXD_ROLLBACK={}", order.rollback ? 1 : 0)});
    if (!begun) return std::unexpected(std::move(begun.error()));
    return Started{order.key, {}};
  }

  Result<DeploymentView> follow(const effect::FollowDeployment& run) override {
    using State = DeploymentView::State;
    auto seen = runs_.look(run.id);
    if (!seen) return std::unexpected(std::move(seen.error()));
    switch (seen->state) {
      case Runs::View::State::running:
        return DeploymentView{State::running, {}, {}, {}};
      case Runs::View::State::killed:
        return DeploymentView{State::failed, seen->why, seen->tail, {}};
      case Runs::View::State::ended:
        break;
    }
    if (seen->status == 0) return DeploymentView{State::succeeded, {}, {}, {}};
    return DeploymentView{State::failed, fmt::format("exit status {}", seen->status), seen->tail, {}};
  }

  Result<std::vector<Release>> releases(const std::string&) override { return std::vector<Release>{}; }
  std::string teller() const override { return "the program"; }

 private:
  Runs runs_;
};

}  // namespace

std::unique_ptr<Deployer> create_deployer(const Clock& clock, Options options) {
  return std::make_unique<ProgramDeployer>(clock, std::move(options));
}

}  // namespace hotfixd::program
