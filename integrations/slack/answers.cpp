#include "integrations/slack/answers.hpp"

#include <fmt/format.h>

#include "integrations/slack/outbound.hpp"

namespace hotfixd::slack {
namespace {

constexpr std::size_t kMostWaiting = 1'000;
constexpr Timer::Duration kFirstWait{1'000};  // four times as long after each try: 1 s, 4 s, 16 s, 64 s

}  // namespace

Answers::Answers(WebApi& api, const Policy& policy, Timer& timer, std::function<void(const std::string&)> report)
    : api_(api), policy_(policy), timer_(timer), report_(std::move(report)) {
  thread_ = std::jthread([this] { run(); });
}

Answers::~Answers() { stop(); }

void Answers::show(Place place, Reply reply) { add({std::move(place), std::move(reply), 0}); }

void Answers::add(Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    if (waiting_.size() < kMostWaiting) {
      waiting_.push_back(std::move(answer));
      wake_.notify_one();
      return;
    }
  }
  report_("an answer could not be shown: too many wait");
}

void Answers::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waiting_.clear();
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void Answers::run() {
  while (true) {
    Answer next;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    bring(std::move(next));
  }
}

void Answers::bring(Answer answer) {
  const auto& place = answer.place;
  const auto rendered = render(answer.reply.message, {.zone = policy_.zone});
  std::optional<ApiFailure> failure;
  if (!place.response_url.empty()) {
    if (auto shown = api_.respond(place.response_url, hotfixd::slack::answer(rendered, answer.reply.in_channel));
        !shown)
      failure = shown.error();
  } else if (auto shown = api_.write("chat.postEphemeral",
                                     ephemeral_arguments(place.channel, place.user, rendered, place.thread));
             !shown) {
    failure = shown.error();
  }
  if (!failure) return;
  ++answer.tries;
  if (failure->retryable() && answer.tries < kTries) {
    auto wait = kFirstWait;
    for (int n = 1; n < answer.tries; ++n) wait *= 4;
    if (failure->retry_after) wait = std::max<Timer::Duration>(wait, *failure->retry_after);
    timer_.after(wait, [this, answer = std::move(answer)]() mutable { add(std::move(answer)); });
  } else if (!place.response_url.empty() && !place.channel.empty() && !place.user.empty()) {
    answer.place.response_url.clear();
    answer.tries = 0;
    add(std::move(answer));
  } else {
    report_(fmt::format("an answer could not be shown: {}", failure->what));
  }
}

}  // namespace hotfixd::slack
