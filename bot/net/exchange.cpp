#include "bot/net/exchange.hpp"

#include "bot/net/http_message.hpp"

namespace hotfixd::net {
namespace {

struct Ticket {
  explicit Ticket(std::shared_ptr<Exchange> e) : exchange(std::move(e)) {}
  ~Ticket() { exchange->give_up(); }
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  std::shared_ptr<Exchange> exchange;
};

}  // namespace

bool Exchange::answer(HttpResponse response) {
  const std::lock_guard lock(mutex_);
  if (settled_) return false;
  settle(std::move(response));
  return true;
}

void Exchange::give_up() {
  const std::lock_guard lock(mutex_);
  if (!settled_) settle(plain(500, "no answer was given"));
}

void Exchange::settle(HttpResponse response) {
  settled_ = true;
  response_ = std::move(response);
  // Under the lock on purpose: abandon() cannot return between this check and the wake-up, so the
  // connection that is woken is still there.
  wake_();
  wake_ = nullptr;
}

std::optional<HttpResponse> Exchange::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(response_, std::nullopt);
}

std::optional<HttpResponse> Exchange::abandon() {
  const std::lock_guard lock(mutex_);
  settled_ = true;
  wake_ = nullptr;
  return std::exchange(response_, std::nullopt);
}

Respond respond_to(std::shared_ptr<Exchange> exchange) {
  auto ticket = std::make_shared<Ticket>(std::move(exchange));
  return [ticket](HttpResponse response) { ticket->exchange->answer(std::move(response)); };
}

}  // namespace hotfixd::net
