// A GitHub of our own on loopback: answers by a table, a script of what comes first, and what it was asked. Whoever
// shows nothing that it knows is answered with 401.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bot/domain/basics.hpp"
#include "tests/net/script_server.hpp"

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

struct Reply {
  int status = 200;
  nlohmann::json body;  // null: none
  std::vector<std::pair<std::string, std::string>> headers;
  std::string raw;  // instead of body
};

struct Asked {
  std::string call;                            // "GET /repos/acme/shop?per_page=1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class FakeGithub {
 public:
  FakeGithub();

  std::string url() const;

  // An app "acme-hotfixd" with everything that it needs, installed (7) for acme/shop, whose webhook leads to
  // https://bot.example.com/hooks/github; and the token "ghp_good" of alice, who may see that webhook of acme/shop too.
  void well_set_up();
  nlohmann::json& body(const std::string& call);  // of a standing answer, to change it

  void on(const std::string& call, Reply reply);    // from now on
  void next(const std::string& call, Reply reply);  // once, before that; in this order
  // The installation's tokens are called so, the nth gets "-n" after it, and are good until then.
  void tokens(std::string name, std::string expires_at);
  void revoke_tokens();          // those that were given out
  void ids(std::string app_id);  // what `iss` must be
  void slow_tokens(std::chrono::milliseconds by);

  std::vector<Asked> asked() const;
  int asked(const std::string& call) const;
  std::vector<std::string> calls() const;

 private:
  Reply answer(const Asked& request);
  bool knows(const Asked& request);
  void serve(Peer& peer);

  mutable std::mutex mutex_;
  std::map<std::string, Reply> standing_;
  std::map<std::string, std::deque<Reply>> once_;
  std::vector<Asked> asked_;
  std::string app_id_ = "Iv23test", token_name_ = "ghs_test", expires_at_ = "2026-11-14T22:00:00Z";
  std::vector<std::string> given_;
  int tokens_made_ = 0;
  std::chrono::milliseconds slow_tokens_{0};
  std::unique_ptr<ScriptServer> server_;
};

}  // namespace hotfixd::test
