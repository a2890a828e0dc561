#include "tests/faults/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "bot/store/memory_store.hpp"
#include "bot/store/random_ids.hpp"
#include "tests/faults/final_state.hpp"
#include "tests/faults/world.hpp"

namespace hotfixd::faults {
namespace {

constexpr int kMaxRounds = 20'000;  // of coming to rest after one step

// Git is asked rarely: each git step here is followed by a webhook's refresh.
EngineOptions options() {
  EngineOptions o;
  o.fetch_active = Seconds{3600};
  o.fetch_resolved = Seconds{6 * 3600};
  o.workers = 0;
  return o;
}

// The source of deliveries, as a platform is: it sends again until it gets an answer.
struct Sent {
  Delivery delivery;
  bool must_be_recorded = false;
  int times = 0;
  std::optional<InboxAnswer> answer;
};

std::string text_of(const InboxAnswer& answer) {
  std::string out = answer.incident;
  if (!answer.reply) return out;
  for (const auto& line : answer.reply->message.lines) {
    out += '\n';
    for (const auto& span : line) out += span.text + " ";
  }
  return out;
}

class Simulation {
 public:
  Simulation(const Story& story, FaultPlan plan)
      : story_(story),
        plan_(std::move(plan)),
        chat_(plan_, findings_),
        shop_("shop", plan_, findings_),
        billing_("billing", plan_, findings_),
        tester_(plan_, findings_),
        ids_(store::seeded_ids(7)),
        store_(store::memory_store(*ids_, "production"), plan_, findings_),
        redelivery_(plan_.boundaries() + 99) {
    chat_.on_ping = [this](const std::string& slot) { check_ping(slot); };
  }

  Outcome run() {
    clock_.to(story_.steps.front().at);
    start();
    while (next_ < story_.steps.size()) {
      const auto n = next_;
      advance(story_.steps[n].at);
      if (next_ != n) continue;  // taken meanwhile, see while_down()
      const auto& step = story_.steps[next_++];
      take(step);
      if (!step.with_next || next_ == story_.steps.size()) settle();
      if (asks_for_tag(step)) insist_on_tag(std::get<Delivery>(step.what));
    }
    advance(clock_.now() + std::chrono::hours{48});
    settle();
    engine_.reset();
    check_end();
    Outcome out;
    out.wrong = findings_.list();
    for (const auto& head : *store_.heads(true)) out.final_state += final_state(fold(*store_.load(head.id)));
    figures_.runs = 1;
    figures_.commits = store_.commits;
    figures_.posts = chat_.posts().size();
    figures_.edits = chat_.edits;
    figures_.reminders = store_.reminders;
    figures_.boundaries = plan_.boundaries();
    for (const auto& [where, times] : plan_.crashes()) figures_.crashes[where] += static_cast<std::uint64_t>(times);
    out.figures = figures_;
    return out;
  }

 private:
  // A process is started on what the last one left. It may die while it starts.
  void start() {
    engine_ = std::make_unique<Engine>(EnginePorts{.store = store_,
                                                   .clock = clock_,
                                                   .ids = *ids_,
                                                   .chat = chat_,
                                                   .repositories = {{"shop", &shop_}, {"billing", &billing_}},
                                                   .testers = {{"shop", &tester_}}},
                                       simulated_policy(), options());
    alive_ = true;
    if (auto opened = engine_->open(); !opened) findings_.add("open: " + opened.error().what);
    // What was never answered is sent again, in the order it was sent first.
    for (auto& sent : sent_)
      if (!sent.answer) submit(sent);
  }

  void submit(Sent& sent) {
    ++figures_.deliveries;
    if (++sent.times > 1) ++figures_.redelivered;
    engine_->submit(sent.delivery, [this, &sent](const Result<InboxAnswer>& answer) {
      if (!alive_) return;  // a dead process answers nobody
      if (!answer) {
        refused_.push_back(&sent);
        return;
      }
      check_answer(sent, *answer);
      if (!sent.answer) sent.answer = *answer;
    });
  }

  void run_engine() {
    while (true) {
      try {
        auto rest = engine_->run_until_idle();
        if (!rest && rest.error().kind != Problem::Kind::full) findings_.add("engine: " + rest.error().what);
        return;
      } catch (const CrashNow&) {
        alive_ = false;
        engine_.reset();
        refused_.clear();
        start();
        while_down();
      }
    }
  }

  // The process may have been away until somebody did the next thing, which it then sees before it goes on
  // with what it had begun. Not while git has something to do that people would have waited for.
  void while_down() {
    if (!plan_.even() || next_ == 0 || next_ == story_.steps.size() ||
        !std::holds_alternative<Delivery>(story_.steps[next_].what))
      return;
    const auto& last = story_.steps[next_ - 1];
    if (asks_for_tag(story_.steps[next_])) return;
    if (!last.repository.empty() || asks_for_tag(last) ||
        !std::ranges::all_of(sent_, [](const Sent& s) { return s.answer.has_value(); }))
      return;
    if (!std::ranges::all_of(*store_.pending(),
                             [](const OutboxItem& i) { return std::holds_alternative<effect::ShowMessage>(i.effect); }))
      return;
    clock_.to(story_.steps[next_].at);
    take(story_.steps[next_++]);
  }

  // Works until nothing is undelivered and every effect is done, waiting for retries.
  void settle() {
    for (int round = 0; round < kMaxRounds; ++round) {
      run_engine();
      if (!refused_.empty()) {
        clock_.to(clock_.now() + Seconds{3});
        for (auto* sent : std::exchange(refused_, {})) submit(*sent);
        continue;
      }
      const auto pending = store_.pending();
      if (pending->empty()) {
        if (round > 0 || !repeat_something()) return;
        continue;
      }
      auto due = clock_.now() + Seconds{2};
      for (const auto& item : *pending) due = std::max(due, std::min(item.not_before, clock_.now() + Seconds{300}));
      clock_.to(due);
    }
    findings_.add("does not come to rest");
  }

  static bool asks_for_tag(const Step& step) {
    const auto* d = std::get_if<Delivery>(&step.what);
    const auto* line = d == nullptr ? nullptr : std::get_if<Delivery::CommandLine>(&d->what);
    return line != nullptr && line->text == "tag";
  }

  // A tag is tried once, since its gates are asked at that moment; who asked for it asks again.
  void insist_on_tag(const Delivery& asked) {
    for (int n = 1; n <= 50; ++n) {
      const auto heads = store_.heads(true);
      const auto head = std::ranges::find(*heads, asked.channel, &IncidentHead::channel);
      if (head == heads->end() || !fold(*store_.load(head->id)).hotfixes.front().tag.empty()) return;
      auto again = asked;
      again.id += fmt::format("/{}", n);
      again.sent_at = clock_.now();
      sent_.push_back({std::move(again), false, 0, {}});
      submit(sent_.back());
      settle();
    }
  }

  void advance(Time until) {
    for (int n = 0; n < kMaxRounds; ++n) {
      const auto due = engine_->next_due();
      if (!due || *due > until) break;
      clock_.to(std::max(*due, clock_.now() + std::chrono::milliseconds{1}));
      settle();
    }
    clock_.to(until);
  }

  // A platform may send again what was answered long ago, as far back as answers are kept.
  bool repeat_something() {
    if (plan_.rates().crash == 0 || sent_.empty() || redelivery_() % 10 != 0) return false;
    const auto back = redelivery_() % std::min<std::size_t>(sent_.size(), 5);
    auto& sent = sent_[sent_.size() - 1 - back];
    if (!sent.must_be_recorded || !sent.answer || sent.delivery.sent_at < clock_.now() - options().inbox_kept)
      return false;
    submit(sent);
    return true;
  }

  void take(const Step& step) {
    auto* origin = step.repository == "billing" ? &billing_ : &shop_;
    const int serial = ++serial_[step.repository];
    if (const auto* delivery = std::get_if<Delivery>(&step.what)) {
      sent_.push_back({*delivery, step.must_be_recorded, 0, {}});
      submit(sent_.back());
    } else if (const auto* commits = std::get_if<Step::Commits>(&step.what)) {
      origin->commit(commits->branch, commits->author, serial, step.at);
      engine_->refresh(step.repository);
    } else if (const auto* moves = std::get_if<Step::Moves>(&step.what)) {
      origin->change_target(moves->target, moves->verdict, serial, step.at);
      engine_->refresh(step.repository);
    } else if (const auto* deletes = std::get_if<Step::DeletesOfBot>(&step.what)) {
      chat_.delete_by_people(deletes->slot);
    }
  }

  void check_answer(const Sent& sent, const InboxAnswer& answer) {
    if (!sent.must_be_recorded) return;
    if (answer.reply && answer.reply->refused)
      findings_.add(fmt::format("{} was refused: {}", sent.delivery.id, text_of(answer)));
    else if (const auto kept = store_.seen(sent.delivery.id); !*kept)
      findings_.add(fmt::format("{} was acknowledged and is not recorded", sent.delivery.id));
    if (std::holds_alternative<Delivery::CommandLine>(sent.delivery.what) && answer.incident.empty())
      findings_.add(fmt::format("{} was answered without saying which incident it went to", sent.delivery.id));
    if (sent.answer && text_of(*sent.answer) != text_of(answer))
      findings_.add(fmt::format("{} sent again got another answer: {}\nfirst: {}", sent.delivery.id, text_of(answer),
                                text_of(*sent.answer)));
  }

  void check_ping(const std::string& slot) {
    if (plan_.rates().chat > 0) return;  // it may be on its way for minutes
    const auto id = slot.substr(0, slot.find('/'));
    const auto incident = fold(*store_.load(id));
    for (const auto& ping : incident.pings) {
      if (ping.slot != slot) continue;
      if (std::ranges::any_of(ping.obligations, [&](const auto& o) {
            const auto* known = incident.obligation(o);
            return known != nullptr && known->state == ObligationState::open;
          }))
        return;
      findings_.add(fmt::format("{} was posted although all it is about is done", slot));
    }
  }

  void check_end() {
    for (const auto& sent : sent_)
      if (!sent.answer) findings_.add(fmt::format("{} was never answered", sent.delivery.id));
    for (const auto& item : *store_.pending()) findings_.add("never carried out: " + item.key);
    for (const auto& dead : *store_.dead_letters()) findings_.add("given up: " + dead.what);
    for (const auto& [slot, message] : store_.shown()) {
      const auto* post = chat_.newest(slot);
      if (post == nullptr)
        findings_.add(fmt::format("lost: {} was never posted", slot));
      else if (!(post->message == message))
        findings_.add(fmt::format("lost: {} does not read as it was last to read", slot));
    }
    for (const auto& e : store_.git_effects()) {
      if (const auto* cut = std::get_if<effect::CutBranch>(&e);
          cut != nullptr && !origin(cut->repository).branches().contains(cut->branch))
        findings_.add("lost: branch " + cut->branch);
      if (const auto* tag = std::get_if<effect::PushTag>(&e);
          tag != nullptr && !origin(tag->repository).tags().contains(tag->tag))
        findings_.add("lost: tag " + tag->tag);
    }
    std::size_t closed = 0;
    for (const auto& head : *store_.heads(true)) {
      const auto incident = fold(*store_.load(head.id));
      closed += incident.status() == Status::closed;
      if (auto sound = store_.verify(head.id); !sound) findings_.add(sound.error().what);
      check_chat(incident);
      check_tests(incident);
    }
    if (closed != story_.incidents)
      findings_.add(fmt::format("{} of {} incidents are closed", closed, story_.incidents));
  }

  // Each run that was begun has its result in the record, and none that was not begun has one.
  void check_tests(const Incident& incident) {
    for (const auto& h : incident.hotfixes) {
      for (const auto& [target, run] : h.testing) findings_.add(fmt::format("the test {} never ended", run.key));
      for (const auto& [target, run] : h.tested) {
        const bool passed = run.outcome == TestOutcome::passed;
        if (run.outcome == TestOutcome::not_run) continue;
        if (!tester_.looks().contains(run.key) || passed == (target == SimulatedTester::kFailing))
          findings_.add(fmt::format("the test {} of {} has another result than it gave", run.key, target));
      }
    }
  }

  // Everything said in the channel of a running incident, and every note, is in its record.
  void check_chat(const Incident& incident) {
    for (const auto& sent : sent_) {
      if (sent.delivery.channel != incident.channel) continue;
      const auto* said = std::get_if<chat::Said>(&sent.delivery.what);
      if (said != nullptr && sent.delivery.sent_at > incident.declared.at && !incident.messages.contains(said->id) &&
          (!incident.closed || sent.delivery.sent_at < incident.closed->at))
        findings_.add(fmt::format("lost: what was said in {}", sent.delivery.id));
    }
    const auto wanted = std::ranges::count_if(sent_, [&](const Sent& s) {
      const auto* line = std::get_if<Delivery::CommandLine>(&s.delivery.what);
      return s.delivery.channel == incident.channel && line != nullptr && line->text.starts_with("note ");
    });
    const auto kept =
        std::ranges::count_if(incident.timeline, [](const TimelineEntry& e) { return e.text == "support was told"; });
    if (wanted != kept)
      findings_.add(fmt::format("{} of {} notes are in the timeline of {}", kept, wanted, incident.id));
  }

  const SimulatedOrigin& origin(const std::string& repository) const {
    return repository == "billing" ? billing_ : shop_;
  }

  const Story& story_;
  FaultPlan plan_;
  Findings findings_;
  VirtualClock clock_;
  SimulatedChannel chat_;
  SimulatedOrigin shop_, billing_;
  SimulatedTester tester_;
  std::unique_ptr<IdSource> ids_;
  WatchedStore store_;
  std::mt19937_64 redelivery_;
  std::deque<Sent> sent_;
  std::vector<Sent*> refused_;
  std::map<std::string, int> serial_;
  std::size_t next_ = 0;  // step of the story
  bool alive_ = false;
  std::unique_ptr<Engine> engine_;
  Figures figures_;
};

}  // namespace

void Figures::add(const Figures& o) {
  runs += o.runs;
  deliveries += o.deliveries;
  redelivered += o.redelivered;
  commits += o.commits;
  posts += o.posts;
  edits += o.edits;
  reminders += o.reminders;
  boundaries += o.boundaries;
  for (const auto& [where, times] : o.crashes) crashes[where] += times;
}

std::uint64_t Figures::crashed() const {
  std::uint64_t sum = 0;
  for (const auto& [where, times] : crashes) sum += times;
  return sum;
}

Outcome simulate(const Story& story, FaultPlan plan) { return Simulation(story, std::move(plan)).run(); }

Outcome simulate_seed(std::uint64_t seed) {
  const auto story = make_story(seed);
  const auto calm = simulate(story, FaultPlan(seed, {}));
  FaultRates rates{.crash = std::array{5, 20, 60, 120}[seed % 4]};
  if (seed % 3 == 1) rates.chat = 50;
  if (seed % 3 == 2) rates.chat = 50, rates.git = 150, rates.store = 15;
  auto out = simulate(story, FaultPlan(seed * 31 + 1, rates));
  out.figures.add(calm.figures);
  for (const auto& wrong : calm.wrong) out.wrong.push_back("without any fault: " + wrong);
  if (out.wrong.empty() && out.final_state != calm.final_state)
    out.wrong.push_back(fmt::format("the run with faults ended otherwise.\n--- without:\n{}--- with:\n{}",
                                    calm.final_state, out.final_state));
  return out;
}

}  // namespace hotfixd::faults
