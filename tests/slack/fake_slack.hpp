// A Slack of our own on loopback: the Web API, Socket Mode and a script of failures. It is strict: a call with an
// argument that the method does not have, or without one that it needs, is a violation, and every test ends by
// expecting none.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "bot/net/http_server.hpp"
#include "tests/net/script_server.hpp"

namespace hotfixd::testing {

class FakeSlack {
 public:
  struct Post {
    std::string channel, ts, text, op_id;
    nlohmann::json blocks;
    int edits = 0;
    bool pinned = false;
  };
  struct Ephemeral {
    std::string channel, user, text, thread;
  };
  struct Shown {  // by views.open or views.publish
    std::string id;
    std::string to;  // views.open: the trigger; views.publish: the user
    nlohmann::json view;
  };
  enum class Failure {
    lost_answer,   // carried out, answered with an HTML page and status 502
    refused,       // not carried out: status 503
    rate_limited,  // not carried out: 429 with Retry-After: 1
    missing_scope,
  };

  FakeSlack();
  ~FakeSlack();

  std::string api_url() const;  // ends with '/'

  // The next call of this method fails so.
  void fail_next(const std::string& method, Failure failure);
  // The next call of this method is refused with Slack's word for it ("expired_trigger_id").
  void refuse_next(const std::string& method, const std::string& error);
  // Arguments that a method was not meant to get, one sentence each.
  std::vector<std::string> violations() const;
  int calls(const std::string& method) const;

  std::vector<Post> posts() const;
  // Waits, at most ten seconds, for a post or an edit whose text contains this; an empty Post when none comes.
  Post wait_for(const std::string& text);
  Ephemeral wait_for_ephemeral(const std::string& text);
  // For commands and presses. What is posted there, at most five times each, is kept as an Ephemeral without a user.
  std::string response_url();
  Ephemeral wait_for_response(const std::string& text);
  int ephemerals() const;
  // Waits likewise for the view that was shown as the nth, from 1.
  Shown wait_for_view(std::size_t nth);

  // Socket Mode. Every wait lasts at most ten seconds.
  bool wait_for_sockets(int ready);
  int sockets_opened() const;
  // Sends an envelope on the newest connection; its id comes back.
  std::string send(const std::string& type, nlohmann::json payload);
  // Likewise, on the connection that was opened as the nth (from 1).
  std::string send_on(int connection, const std::string& type, nlohmann::json payload);
  void disconnect(int connection, const std::string& reason);
  void cut(int connection);
  // The acknowledgement of an envelope; null when none comes.
  nlohmann::json wait_for_ack(const std::string& envelope);
  bool acknowledged(const std::string& envelope) const;

 private:
  struct Socket {
    test::Peer* peer = nullptr;
  };
  void answer(const std::string& method, const net::HttpRequest& request, net::Respond respond);
  void answer_response(const net::HttpRequest& request, net::Respond respond);
  nlohmann::json carry_out(const std::string& method, const nlohmann::json& arguments);
  void serve_socket(test::Peer& peer, int number);
  void send_frame(int connection, const std::string& text);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Post> posts_;
  std::vector<Ephemeral> ephemerals_, responses_;
  std::map<std::string, int> response_urls_;  // query -> times used
  std::vector<Shown> views_;
  std::set<std::string> triggers_used_;
  std::map<std::string, std::deque<std::string>> refusals_;
  std::map<std::string, std::deque<Failure>> failures_;
  std::map<std::string, int> calls_;
  std::vector<std::string> violations_;
  std::map<int, Socket> sockets_;
  int opened_ = 0;
  std::map<std::string, nlohmann::json> acks_;
  int envelopes_ = 0;
  std::int64_t next_ts_ = 1'794'690'000'000'000;
  std::map<std::string, std::string> channels_;  // name -> id
  std::unique_ptr<test::ScriptServer> socket_server_;
  std::unique_ptr<net::HttpServer> api_;
};

}  // namespace hotfixd::testing
