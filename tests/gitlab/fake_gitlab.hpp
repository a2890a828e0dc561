// A GitLab of our own on loopback: answers by a table, a script of what comes first, and what it was asked. Whoever
// shows no token that it knows is answered with 401.
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

namespace hotfixd::gitlab::test {

struct Reply {
  int status = 200;
  nlohmann::json body;  // null: none
  std::vector<std::pair<std::string, std::string>> headers;
  std::string raw;  // instead of body
};

struct Asked {
  std::string call;                            // "GET /api/v4/projects/15?per_page=1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class FakeGitlab {
 public:
  FakeGitlab();

  std::string host() const;  // "127.0.0.1:PORT"
  std::string url() const;   // of the API

  // The project acme/web/shop (15) with a hotfix whose merge request (!5) is open, a pipeline green, one approval; and
  // the token "glpat-good" of a bot that is Maintainer there, which sees a webhook that leads to
  // https://bot.example.com/hooks/gitlab.
  void well_set_up();
  nlohmann::json& body(const std::string& call);  // of a standing answer, to change it

  void on(const std::string& call, Reply reply);    // from now on; `call` without "/api/v4": "GET /projects/15"
  void next(const std::string& call, Reply reply);  // once, before that; in this order
  void forget(const std::string& call);             // 404

  std::vector<Asked> asked() const;
  int asked(const std::string& call) const;
  std::vector<std::string> calls() const;  // without "/api/v4"

 private:
  Reply answer(const Asked& request);
  void serve(hotfixd::test::Peer& peer);

  mutable std::mutex mutex_;
  std::map<std::string, Reply> standing_;
  std::map<std::string, std::deque<Reply>> once_;
  std::vector<Asked> asked_;
  std::unique_ptr<hotfixd::test::ScriptServer> server_;
};

// As GitLab says no: {"message": "404 Not Found"}.
Reply refusal(int status, const nlohmann::json& message);

inline constexpr auto kHead = "4f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";
inline constexpr auto kOldHead = "1f2a9c1be7d05836aa1c94e2f7b3d8610c5e9f47";
inline constexpr auto kBase = "09d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9";
inline constexpr auto kMerged = "b81d3e6f9a2c4075d1e8f3b6a9c2d5e8f1b4a7c0";

}  // namespace hotfixd::gitlab::test
