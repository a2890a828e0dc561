// A GitHub of our own on loopback. Whoever shows nothing that it knows is answered with 401.
#pragma once

#include "bot/domain/basics.hpp"
#include "tests/common/scripted_api.hpp"

namespace hotfixd::test {

// An RSA key of 2,048 bits, made once for the process.
struct AppKey {
  std::string pem;    // PKCS #1, as GitHub gives it
  std::string pkcs8;  // the same key
  std::string pub;    // PEM
};
const AppKey& app_key();

// What a JWT says when its signature is that of app_key(); null when it is not.
nlohmann::json verified_claims(const std::string& jwt);

class FakeGithub final : public ScriptedApi {
 public:
  ~FakeGithub() override { stop(); }

  // An app "acme-hotfixd" with everything that it needs, installed (7) for acme/shop, whose webhook leads to
  // https://bot.example.com/hooks/github; and the token "ghp_good" of alice, who may see that webhook of acme/shop too.
  void well_set_up();
  // The installation's tokens are called so, the nth gets "-n" after it, and are good until then.
  void tokens(std::string name, std::string expires_at);
  void revoke_tokens();          // those that were given out
  void ids(std::string app_id);  // what `iss` must be
  void slow_tokens(std::chrono::milliseconds by);

 private:
  std::optional<Reply> judge(const Asked& request) override;
  Reply missing() const override;
  bool knows(const Asked& request) const;

  mutable std::mutex mutex_;  // of what follows
  std::string app_id_ = "Iv23test", token_name_ = "ghs_test", expires_at_ = "2026-11-14T22:00:00Z";
  std::vector<std::string> given_;
  int tokens_made_ = 0;
  std::chrono::milliseconds slow_tokens_{0};
};

}  // namespace hotfixd::test
