#include "integrations/slack/intake.hpp"

#include <fmt/format.h>

#include <atomic>

#include "integrations/slack/outbound.hpp"

namespace hotfixd::slack {
namespace {

constexpr std::size_t kMaxWaiting = 10'000;  // more is not committed: Slack delivers it again
constexpr std::size_t kUnknownKept = 200;    // different texts

Reply trouble(const Problem& problem) {
  Message m = say(fmt::format("Nothing was changed: {}.", problem.what));
  if (!problem.mend.empty()) m.lines.push_back({plain(problem.mend)});
  return {std::move(m), false, true};
}

Reply not_yet() {
  return {say("Not recorded yet: this takes longer than usual. The answer follows here; if none does within a minute, "
              "type it again."),
          false, false};
}

// What a person who was told "not yet" is told in the end.
Reply in_the_end(const Result<InboxAnswer>& committed) {
  if (!committed) return trouble(committed.error());
  return committed->reply.value_or(Reply{say("Recorded."), false, false});
}

// The first to tell Slack something is the one who tells it: what was committed, or in its place, when that takes too
// long, a timer.
class Once {
 public:
  Once(Timer& timer, std::function<void(Told)> told) : timer_(timer), told_(std::move(told)) {}
  bool tell(Told what) {
    std::function<void(Told)> told;
    {
      const std::lock_guard lock(mutex_);
      told.swap(told_);
    }
    if (!told) return false;
    told(std::move(what));
    return true;
  }
  // The same, by what was committed: nothing has to be said in its place.
  bool tell_in_time(Told what) {
    timer_.cancel(late_.exchange(0));
    return tell(std::move(what));
  }
  // Before the delivery is submitted.
  void when_late(std::function<void()> what) { late_ = timer_.after(Intake::kAnswerWithin, std::move(what)); }

 private:
  Timer& timer_;
  std::atomic<Timer::Id> late_{0};
  std::mutex mutex_;
  std::function<void(Told)> told_;
};

// Several deliveries of one envelope: told once, when the last is committed.
struct Gathered {
  std::mutex mutex;
  std::size_t left = 0;
  bool all = true, again = true, shown = false;
  std::function<void(Told, bool shown)> told;

  void add(const Result<InboxAnswer>& committed, bool shows) {
    {
      const std::lock_guard lock(mutex);
      all = all && committed.has_value();
      again = again && committed.has_value() && committed->again;
      shown = shown || shows;
      if (--left > 0) return;
    }
    told({all, {}, again}, shown);
  }
};

// Where the answer to a command among the messages is shown.
std::optional<Place> place_of(const What& what) {
  if (const auto* m = std::get_if<AppMention>(&what))
    return Place{m->message.channel.id, m->author.user.id, m->thread ? m->thread->text() : "", {}};
  if (const auto* m = std::get_if<DirectMessage>(&what))
    return Place{m->message.channel.id, m->author.user.id, m->thread ? m->thread->text() : "", {}};
  if (const auto* m = std::get_if<MemberJoined>(&what)) return Place{m->channel.id, m->user.id, {}, {}};
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> Intake::Queue::add(Incoming& in, std::function<void(Told)>& told) {
  const std::lock_guard lock(mutex);
  if (stopping || waiting.size() >= kMaxWaiting) return std::nullopt;
  waiting.push_back({std::move(in), std::move(told), false});
  return first + waiting.size() - 1;
}

void Intake::Queue::ready(std::uint64_t number) {
  const std::lock_guard lock(mutex);
  if (number < first || number - first >= waiting.size()) return;
  waiting[number - first].ready = true;
  wake.notify_one();
}

Intake::Intake(Parts parts, Submit submit, std::function<void(const std::string&)> report)
    : people_(parts.people),
      answers_(parts.answers),
      timer_(parts.timer),
      policy_(parts.policy),
      submit_(std::move(submit)),
      report_(std::move(report)) {
  thread_ = std::jthread([this] { run(); });
}

Intake::~Intake() { stop(); }

void Intake::set_self(Self self) {
  const std::lock_guard lock(mutex_);
  self_ = std::move(self);
}

Self Intake::self() const {
  const std::lock_guard lock(mutex_);
  return self_;
}

std::uint64_t Intake::unknown() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t all = 0;
  for (const auto& [text, count] : unknown_) all += count;
  return all;
}

void Intake::take(Incoming in, std::function<void(Told)> told) {
  if (first_ && first_(in, told)) return;
  if (const auto* command = std::get_if<SlashCommand>(&in.what)) return slash(in, *command, std::move(told));
  if (const auto* pressed = std::get_if<BlockActions>(&in.what)) return press(in, *pressed, std::move(told));
  const auto members = members_in(in);
  const auto number = queue_->add(in, told);
  if (!number) return told({false, {}, false});
  const auto ready = [weak = std::weak_ptr(queue_), number = *number] {
    if (const auto queue = weak.lock()) queue->ready(number);
  };
  auto known = std::make_shared<std::atomic<bool>>(false);
  people_.learn(members, [known, ready] {
    known->store(true);
    ready();
  });
  if (!known->load()) timer_.after(kNameWithin, ready);
}

void Intake::stop() {
  std::deque<Waiting> left;
  {
    const std::lock_guard lock(queue_->mutex);
    queue_->stopping = true;
    left.swap(queue_->waiting);
    queue_->wake.notify_all();
  }
  for (auto& waiting : left) waiting.told({false, {}, false});
  if (thread_.joinable()) thread_.join();
}

void Intake::run() {
  auto& queue = *queue_;
  while (true) {
    std::optional<Waiting> next;
    {
      std::unique_lock lock(queue.mutex);
      queue.wake.wait(lock, [&] { return queue.stopping || (!queue.waiting.empty() && queue.waiting.front().ready); });
      if (queue.stopping) return;
      next = std::move(queue.waiting.front());
      queue.waiting.pop_front();
      ++queue.first;
    }
    work(*std::move(next));
  }
}

std::vector<Taken> Intake::taken(const Incoming& in) const { return taken_of(in, policy_, people_, self().user); }

std::string Intake::payload(const Reply& reply) const {
  return answer(render(reply.message, {.zone = policy_.zone}), reply.in_channel);
}

void Intake::slash(const Incoming& in, const SlashCommand& command, std::function<void(Told)> told) {
  auto all = taken(in);
  if (all.empty()) return told({});
  people_.learn({command.user.id});  // for the messages of the same person
  const auto once = std::make_shared<Once>(timer_, std::move(told));
  once->when_late([this, once] { once->tell({true, payload(not_yet()), false}); });
  const Place place{command.channel.id, command.user.id, {}, command.response_url};
  submit_(std::move(all.front()), [this, once, place](const Result<InboxAnswer>& committed) {
    Told what{true, {}, committed && committed->again};
    if (!committed)
      what.payload = payload(trouble(committed.error()));
    else if (committed->reply)
      what.payload = payload(*committed->reply);
    const bool in_time = once->tell_in_time(std::move(what));
    if (!in_time) answers_.show(place, in_the_end(committed));
  });
}

// An element pressed in a message. Slack does not deliver it again: what becomes of it is shown to the person.
void Intake::press(const Incoming& in, const BlockActions& press, std::function<void(Told)> told) {
  auto all = taken(in);
  if (all.empty()) return told({});
  people_.learn({press.user.id});
  const auto once = std::make_shared<Once>(timer_, std::move(told));
  const Place place{press.message->channel.id, press.user.id, press.thread ? press.thread->text() : "", {}};
  once->when_late([this, once, place] {
    if (once->tell({})) answers_.show(place, not_yet());
  });
  auto gathered = std::make_shared<Gathered>();
  gathered->left = all.size();
  gathered->told = [this, once, place](Told what, bool shown) {
    const bool in_time = once->tell_in_time({true, {}, what.again});
    if (!in_time && !shown) answers_.show(place, in_the_end(InboxAnswer{}));
  };
  for (auto& t : all)
    submit_(std::move(t), [this, gathered, place](const Result<InboxAnswer>& committed) {
      const bool shows = !committed || committed->reply;
      if (shows) answers_.show(place, in_the_end(committed));
      gathered->add(committed, shows);
    });
}

void Intake::note_unknown(const Unknown& what) {
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    if (unknown_.size() < kUnknownKept || unknown_.contains(what.what)) count = ++unknown_[what.what];
  }
  if (count == 1 && report_) report_(fmt::format("Slack sent something that is not understood: {}", what.what));
}

void Intake::work(Waiting waiting) {
  const auto& in = waiting.in;
  if (const auto* what = std::get_if<Unknown>(&in.what)) note_unknown(*what);
  auto all = changes_.in_order(in, taken(in));
  if (all.empty()) return waiting.told({});
  auto gathered = std::make_shared<Gathered>();
  gathered->left = all.size();
  gathered->told = [told = std::move(waiting.told)](Told what, bool) { told(std::move(what)); };
  for (auto& t : all)
    submit_(std::move(t), [this, gathered, place = place_of(in.what)](const Result<InboxAnswer>& committed) {
      const bool shows = committed && committed->reply && place;
      if (shows) answers_.show(*place, *committed->reply);
      gathered->add(committed, shows);
    });
}

}  // namespace hotfixd::slack
