#include "integrations/program/tester.hpp"

#include <fmt/format.h>

namespace hotfixd::program {
namespace {

// What of an exit status says nothing of the fix; empty = it does.
std::string why_not_run(std::int64_t status) {
  if (status == 125) return "exit status 125: this commit cannot be tested";
  if (status == 126 || status == 127) return fmt::format("exit status {}: the command cannot be run", status);
  return {};
}

class ProgramTester final : public RegressionTester {
 public:
  ProgramTester(const Clock& clock, RunOptions options) : runs_(clock, std::move(options)) {}

  Result<std::optional<Started>> find(const effect::StartRegressionTest& order) override {
    return runs_.begun(order.key) ? std::optional(Started{order.key, {}}) : std::nullopt;
  }

  Result<Started> start(const effect::StartRegressionTest& order) override {
    auto begun = runs_.begin(order.key, {"HOTFIXD_REPOSITORY=" + order.repository, "HOTFIXD_TARGET=" + order.target,
                                         "HOTFIXD_SHA=" + order.sha, "HOTFIXD_HOTFIX=" + order.hotfix,
                                         "HOTFIXD_INCIDENT=" + order.incident, "HOTFIXD_KEY=" + order.key});
    if (!begun) return std::unexpected(std::move(begun.error()));
    return Started{order.key, {}};
  }

  Result<RegressionTestView> follow(const effect::FollowRegressionTest& run) override {
    using State = RegressionTestView::State;
    auto seen = runs_.look(run.id);
    if (!seen) return std::unexpected(std::move(seen.error()));
    switch (seen->state) {
      case Runs::View::State::running:
        return RegressionTestView{State::running, {}, {}, {}};
      case Runs::View::State::killed:
        return RegressionTestView{State::not_run, seen->why, seen->tail, {}};
      case Runs::View::State::ended:
        break;
    }
    if (seen->status == 0) return RegressionTestView{State::passed, {}, {}, {}};
    if (auto why = why_not_run(seen->status); !why.empty())
      return RegressionTestView{State::not_run, std::move(why), seen->tail, {}};
    return RegressionTestView{State::failed, fmt::format("exit status {}", seen->status), seen->tail, {}};
  }

 private:
  Runs runs_;
};

}  // namespace

std::unique_ptr<RegressionTester> create_tester(const Clock& clock, RunOptions options) {
  return std::make_unique<ProgramTester>(clock, std::move(options));
}

}  // namespace hotfixd::program
