#include "bot/cli/chat_intake.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <utility>

#include "integrations/local/local_platform.hpp"

namespace hotfixd::cli {
namespace {

constexpr Seconds first_retry{1}, longest_retry{60};
// A delivery the engine finds malformed will not get better, and must not hold up the ones behind it.
constexpr int attempts_of_invalid = 3;

struct ToDelivery {
  decltype(Delivery::what) operator()(const local::Incoming::CommandLine& c) const {
    return Delivery::CommandLine{c.text};
  }
  template <typename T>
  decltype(Delivery::what) operator()(const T& c) const {
    return c;
  }
};

Delivery as_delivery(const local::Incoming& in) {
  return {.id = in.delivery_id,
          .sent_at = in.at,
          .actor = in.actor,
          .channel = in.channel,
          .what = std::visit(ToDelivery{}, in.what),
          .patient = true};
}

struct Outcome {
  std::string id;
  std::optional<Problem> refused;    // by the engine: it has nothing
  std::optional<Problem> unsettled;  // by the channel's file: the engine has it, its answer is not stored
};

// Shared with acknowledgements, which may outlive the intake.
struct Mail {
  ChatPorts ports;
  std::function<void()> wake;
  std::mutex mutex;
  bool open = true;                // false once the intake is gone
  std::optional<Outcome> arrived;  // one is in flight at most

  // In the acknowledgement. The answer is stored here and not in pump(), so that it always comes before
  // what the effects post. The lock keeps the intake, and so the store, alive meanwhile.
  void put(const local::Incoming& delivery, const Result<InboxAnswer>& answer) {
    const std::scoped_lock lock(mutex);
    if (!open) return;  // it stays queued, and is answered again after the next start
    Outcome outcome{delivery.delivery_id, std::nullopt, std::nullopt};
    if (!answer) {
      outcome.refused = answer.error();
    } else {
      std::optional<local::NewPost> post;
      if (const auto& reply = answer->reply; reply && !reply->message.empty()) {
        post = local::answer_post(delivery, reply->message, reply->in_channel, reply->refused, ports.clock.now());
      }
      if (const auto settled = ports.store.settle(delivery.delivery_id, post); !settled)
        outcome.unsettled = settled.error();
    }
    arrived = std::move(outcome);
    wake();
  }
};

class EngineIntake final : public ChatIntake {
 public:
  EngineIntake(const ChatPorts& ports, std::function<void()> wake)
      : ports_(ports), mail_(std::make_shared<Mail>(ports, std::move(wake))) {}
  ~EngineIntake() override {
    const std::scoped_lock lock(mail_->mutex);
    mail_->open = false;
  }

  Result<std::size_t> resume() override;
  void offer(local::Incoming delivery) override { queue_.push_back(std::move(delivery)); }
  std::vector<Trouble> pump(Instant now) override;
  std::optional<Instant> next_due() const override { return in_flight_ || queue_.empty() ? std::nullopt : again_at_; }
  std::size_t waiting() const override { return queue_.size(); }
  bool quiet() override { return ports_.quiet(); }

 private:
  void submit_first();
  std::optional<Trouble> finish_first(const Outcome& outcome, Instant now);
  Trouble retry_later(Problem problem, bool changed, Instant now);

  ChatPorts ports_;
  std::shared_ptr<Mail> mail_;
  std::deque<local::Incoming> queue_;  // the first one is in flight, or waits for its next attempt
  bool in_flight_ = false;
  int attempts_ = 0;  // of the first one
  std::optional<Instant> again_at_;
};

Result<std::size_t> EngineIntake::resume() {
  auto left = ports_.store.undelivered();
  if (!left) return std::unexpected(left.error());
  std::size_t queued = 0;
  for (local::Incoming& in : *left) {
    if (std::ranges::find(queue_, in.delivery_id, &local::Incoming::delivery_id) != queue_.end()) continue;
    queue_.push_back(std::move(in));
    ++queued;
  }
  return queued;
}

std::vector<ChatIntake::Trouble> EngineIntake::pump(Instant now) {
  std::vector<Trouble> troubles;
  // Acknowledgements that come at once let several deliveries pass in one call; the bound keeps it one call.
  for (int i = 0; i < 1000; ++i) {
    if (in_flight_) {
      std::optional<Outcome> arrived;
      {
        const std::scoped_lock lock(mail_->mutex);
        arrived = std::exchange(mail_->arrived, std::nullopt);
      }
      if (!arrived) break;
      if (arrived->id != queue_.front().delivery_id) continue;
      in_flight_ = false;
      if (auto trouble = finish_first(*arrived, now)) troubles.push_back(*std::move(trouble));
    } else if (queue_.empty() || (again_at_ && *again_at_ > now)) {
      break;
    } else {
      submit_first();
    }
  }
  return troubles;
}

void EngineIntake::submit_first() {
  in_flight_ = true;
  again_at_.reset();
  ++attempts_;
  const local::Incoming& first = queue_.front();
  ports_.submit(as_delivery(first),
                [mail = mail_, first](const Result<InboxAnswer>& answer) { mail->put(first, answer); });
}

std::optional<ChatIntake::Trouble> EngineIntake::finish_first(const Outcome& outcome, Instant now) {
  std::optional<Trouble> trouble;
  if (outcome.unsettled) return retry_later(*outcome.unsettled, true, now);
  if (outcome.refused) {
    const bool hopeless = outcome.refused->kind == Problem::Kind::invalid && attempts_ >= attempts_of_invalid;
    if (!hopeless) return retry_later(*outcome.refused, false, now);
    const auto dropped = ports_.store.settle(outcome.id, std::nullopt);
    if (!dropped) return retry_later(dropped.error(), false, now);
    trouble = Trouble{queue_.front(), *outcome.refused, false, std::nullopt};
  }
  queue_.pop_front();
  attempts_ = 0;
  return trouble;
}

ChatIntake::Trouble EngineIntake::retry_later(Problem problem, bool changed, Instant now) {
  const Seconds backoff = std::min(longest_retry, first_retry * (1 << std::min(attempts_ - 1, 6)));
  const Seconds wait = std::min(longest_retry, std::max(backoff, problem.retry_after.value_or(Seconds{0})));
  again_at_ = now + wait;
  return {queue_.front(), std::move(problem), changed, wait};
}

}  // namespace

std::unique_ptr<ChatIntake> engine_intake(const ChatPorts& ports, std::function<void()> wake) {
  return std::make_unique<EngineIntake>(ports, std::move(wake));
}

}  // namespace hotfixd::cli
