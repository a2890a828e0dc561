#include "integrations/slack/answers.hpp"

#include <fmt/format.h>

#include "integrations/slack/outbound.hpp"

namespace hotfixd::slack {
namespace {

constexpr Timer::Duration kFirstWait{1'000};  // four times as long after each try: 1 s, 4 s, 16 s, 64 s

// The next way to show it, when there is one.
bool fall_back(Place& place) {
  if (place.user.empty() || (place.response_url.empty() && place.channel.empty())) return false;
  if (place.response_url.empty()) place.channel.clear();
  place.response_url.clear();
  return true;
}

}  // namespace

Answers::Answers(WebApi& api, const Policy& policy, Timer& timer, std::function<void(const std::string&)> report)
    : api_(api), policy_(policy), timer_(timer), report_(std::move(report)) {}

void Answers::show(Place place, Reply reply) { add({std::move(place), std::move(reply), 0}); }

void Answers::add(Answer answer) {
  if (!worker_.add([this, answer = std::move(answer)]() mutable { bring(std::move(answer)); }))
    report_("an answer could not be shown: too many wait");
}

void Answers::stop() { worker_.stop(); }

std::expected<void, ApiFailure> Answers::try_to_show(const Answer& answer) {
  const auto& place = answer.place;
  const auto rendered = render(answer.reply.message, {.zone = policy_.zone});
  if (!place.response_url.empty())
    return api_.respond(place.response_url, hotfixd::slack::answer(rendered, answer.reply.in_channel));
  const auto shown =
      place.channel.empty()
          ? api_.write("chat.postMessage", direct_arguments(place.user, rendered), place.user)
          : api_.write("chat.postEphemeral", ephemeral_arguments(place.channel, place.user, rendered, place.thread));
  if (!shown) return std::unexpected(shown.error());
  return {};
}

void Answers::bring(Answer answer) {
  const auto shown = try_to_show(answer);
  if (shown) return;
  const auto& failure = shown.error();
  const bool alone = answer.place.response_url.empty() && answer.place.channel.empty();
  ++answer.tries;
  // What may have been shown is shown once more at most, and not again to the person alone.
  const bool unsure = std::exchange(answer.unsure, answer.unsure || failure.may_have_arrived);
  if (failure.may_have_arrived && (alone || unsure))
    report_(fmt::format("an answer may not have been shown: {}", failure.what));
  else if (failure.retryable() && answer.tries < kTries) {
    auto wait = kFirstWait;
    for (int n = 1; n < answer.tries; ++n) wait *= 4;
    if (failure.retry_after) wait = std::max<Timer::Duration>(wait, *failure.retry_after);
    timer_.after(wait, [this, answer = std::move(answer)]() mutable { add(std::move(answer)); });
  } else if (fall_back(answer.place)) {
    answer.tries = 0;
    add(std::move(answer));
  } else {
    report_(fmt::format("an answer could not be shown: {}", failure.what));
  }
}

}  // namespace hotfixd::slack
