// One request waiting for its answer: the meeting point of a handler's thread and the connection.
#pragma once

#include <mutex>
#include <optional>

#include "bot/net/http_server.hpp"

namespace hotfixd::net {

class Exchange {
 public:
  // `wake` is called at most once, from the thread that answers, while the connection still waits.
  explicit Exchange(std::function<void()> wake) : wake_(std::move(wake)) {}

  // False when there is an answer already or nobody waits any more.
  bool answer(HttpResponse response);
  // Nobody will answer: 500 when nobody has.
  void give_up();
  // The answer, when there is one.
  std::optional<HttpResponse> take();
  // The connection stops waiting. The answer when one came just before; afterwards wake is never called.
  std::optional<HttpResponse> abandon();

 private:
  void settle(HttpResponse response);  // under the lock

  std::mutex mutex_;
  bool settled_ = false;
  std::optional<HttpResponse> response_;
  std::function<void()> wake_;
};

// What a handler is given. The last copy, destroyed without a call, answers 500.
Respond respond_to(std::shared_ptr<Exchange> exchange);

}  // namespace hotfixd::net
