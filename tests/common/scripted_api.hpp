// An HTTP API of our own on loopback: answers by a table, a script of what comes first, and what it was asked.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/net/script_server.hpp"

namespace hotfixd::test {

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

class ScriptedApi {
 public:
  // `root` ("/api/v4") stands in front of every path, and in none that is named here.
  explicit ScriptedApi(std::string root = {});
  virtual ~ScriptedApi();

  std::string host() const;                         // "127.0.0.1:PORT"
  std::string url() const;                          // of the API
  nlohmann::json& body(const std::string& call);    // of a standing answer, to change it
  void on(const std::string& call, Reply reply);    // from now on; of one with an ETag 304 where it is shown
  void next(const std::string& call, Reply reply);  // once, before that; in this order
  void forget(const std::string& call);             // what is not known is answered as `missing()` says

  std::vector<Asked> asked() const;  // with the root
  int asked(const std::string& call) const;
  std::vector<std::string> calls() const;

 protected:
  // Asked when nothing is scripted: a refusal, or an answer that is made up. Nothing: as the table says.
  virtual std::optional<Reply> judge(const Asked& request) = 0;
  virtual Reply missing() const = 0;
  // Before a derived class is destroyed: nothing is asked any more.
  void stop() { server_.reset(); }

 private:
  Reply answer(const Asked& request);
  void serve(Peer& peer);
  std::string rooted(const std::string& call) const;

  const std::string root_;
  mutable std::mutex mutex_;
  std::map<std::string, Reply> standing_;
  std::map<std::string, std::deque<Reply>> once_;
  std::vector<Asked> asked_;
  std::unique_ptr<ScriptServer> server_;
  std::string host_;
};

}  // namespace hotfixd::test
