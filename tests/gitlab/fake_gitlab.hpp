// A GitLab of our own on loopback, its API below /api/v4. Whoever shows no token that it knows is answered with 401.
#pragma once

#include "bot/domain/basics.hpp"
#include "tests/common/scripted_api.hpp"

namespace hotfixd::gitlab::test {

using hotfixd::test::Asked;
using hotfixd::test::Reply;

class FakeGitlab final : public hotfixd::test::ScriptedApi {
 public:
  FakeGitlab() : ScriptedApi("/api/v4") {}
  ~FakeGitlab() override { stop(); }

  // The project acme/web/shop (15) with a hotfix whose merge request (!5) is open, a pipeline green, one approval; and
  // the token "glpat-good" of a bot that is Maintainer there, which sees a webhook that leads to
  // https://bot.example.com/hooks/gitlab.
  void well_set_up();

 private:
  std::optional<Reply> judge(const Asked& request) override;
  Reply missing() const override;
};

// As GitLab says no: {"message": "404 Not Found"}.
Reply refusal(int status, const nlohmann::json& message);

inline constexpr auto kHead = "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";
inline constexpr auto kOldHead = "1f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";
inline constexpr auto kBase = "09d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9";
inline constexpr auto kMerged = "b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0";

}  // namespace hotfixd::gitlab::test
