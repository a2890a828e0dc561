#include "tests/faults/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace hotfixd::faults {
namespace {

constexpr Time kBegin{std::chrono::sys_days{std::chrono::year{2026} / 11 / 9} + std::chrono::hours{10}};

class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  // One hotfix run in its own channel and repository, from the first alert to the close.
  std::vector<Step> run(const std::string& id, const std::string& channel, const std::string& repository, Time begin) {
    steps_.clear();
    at_ = begin;
    channel_ = channel;
    repository_ = repository;
    branch_ = "hotfix/" + repository + "-500";
    say("pager", "500s spiking on /" + repository, true);
    if (some(300)) say("dave", "looking", true);
    type("alice",
         fmt::format("declare sev{} 500s on {} --criteria all --repo {}", some(500) ? 2 : 1, repository, repository));
    noise();
    type("alice", "role owner @bob");
    if (some(400)) type("alice", "assess reproduced an empty cart with a coupon");
    if (some(300)) type("carol", "mitigate rollback v2.4.6 the deploy before was fine");
    type("alice", fmt::format("branch {}-500", repository));
    noise();
    git(Step::Commits{branch_, "bob"});
    type("bob", "pr 4821 one-line null check");
    if (some(300)) git(Step::Commits{branch_, "bob"});
    if (some(250)) {
      type("alice", "override ci the runners are down");
      type("carol", "override confirm");
    } else {
      type("dave", "ci pass");
    }
    noise();
    type("carol", "approve");
    type("dave", "approve");
    type("alice", "tag");
    if (some(300)) disturb(id + "/status");
    type("alice", "deployed");
    type("alice", "verify ok rate back to baseline");
    type("alice", "resolve rate back to baseline");
    type("alice", "close", false);  // refused: nothing is merged back
    noise();
    std::vector<std::string> targets{"main", "develop", "release/2.5"};
    std::ranges::shuffle(targets, random_);
    if (some(500)) rca();
    for (const auto& target : targets) {
      if (some(500)) wait_hours(1 + static_cast<int>(random_() % 30));
      if (some(200)) disturb(id + "/ping/1");
      if (some(250)) git(Step::Moves{target, Verdict::partial});
      if (some(300)) {
        git(Step::Moves{target, Verdict::adapted});
        type("bob", fmt::format("mergeback show {}", target));
        type("bob", fmt::format("mergeback ack {} resolved by hand, looked at it", target));
      } else {
        git(Step::Moves{target, Verdict::present});
        if (repository == "shop" && some(200)) type("bob", fmt::format("mergeback test {}", target), false);
        if (some(250)) {
          git(Step::Moves{target, Verdict::regressed});
          wait_hours(static_cast<int>(random_() % 20));
          git(Step::Moves{target, Verdict::present});
        }
      }
      noise();
    }
    if (!rca_written_) rca();
    rca_written_ = false;
    if (some(300)) {
      type("bob", "action add a property test over carts --owner @dave --due 2w");
      wait_hours(20);
      type("dave", "action done A1");
    }
    if (some(300)) disturb(id + "/status");
    type("alice", "close");
    wait_hours(30);
    return std::move(steps_);
  }

  bool some(int thousandths) { return static_cast<int>(random_() % 1000) < thousandths; }
  std::uint64_t draw() { return random_(); }

 private:
  void push(const std::string& repository, decltype(Step::what) what, bool recorded, bool with_next = false) {
    at_ += std::chrono::seconds{with_next_ ? 0 : 180 + static_cast<int>(random_() % 600)};
    with_next_ = with_next;
    if (auto* d = std::get_if<Delivery>(&what)) d->sent_at = at_;
    steps_.push_back({at_, repository, std::move(what), recorded, with_next});
  }
  Delivery from(const std::string& person, decltype(Delivery::what) what) {
    return {{}, {}, {person, person}, channel_, std::move(what)};
  }
  void type(const std::string& person, const std::string& line, bool recorded = true) {
    push({}, from(person, Delivery::CommandLine{line}), recorded);
  }
  MessageId say(const std::string& person, const std::string& text, bool recorded, bool with_next = false) {
    MessageId id = fmt::format("{}:{}", channel_, ++said_);
    push({}, from(person, chat::Said{id, text}), recorded, with_next);
    return id;
  }
  void git(decltype(Step::what) what) { push(repository_, std::move(what), false); }
  void disturb(const std::string& slot) { push({}, Step::DeletesOfBot{slot}, false); }
  void wait_hours(int hours) {
    at_ += std::chrono::hours{hours};
    push({}, Step::Waits{}, false);
  }
  void rca() {
    rca_written_ = true;
    for (const auto* field :
         {"summary an empty cart gave a 500", "impact 4 % of checkouts", "root_cause coupon read unchecked",
          "why_reached_production no such test", "what_would_catch_it a property test", "category untested edge case"})
      type("bob", fmt::format("rca set {}", field));
    type("bob", "rca submit");
    if (some(200)) type("bob", "rca approve", false);  // refused: it is bob's
    type("carol", "rca approve");
  }
  // What goes on beside the run.
  void noise() {
    while (some(450)) {
      switch (random_() % 8) {
        case 0:
          say("dave", "any news?", true, true);
          break;
        case 1: {
          const auto id = say("carol", "rate is 3 % now", true);
          push({}, from("bob", chat::Reacted{id, "pushpin", true}), true);
          if (some(400)) push({}, from("carol", chat::Edited{id, "rate is 2 % now"}), true);
          if (some(300)) push({}, from("carol", chat::Deleted{id}), true);
          break;
        }
        case 2:
          type("dave", "note support was told");
          break;
        case 3:
          type("carol", "status", false);
          break;
        case 4:
          type("carol", "stats", false);
          break;  // no such verb
        case 5:
          type("dave", "obligations", false);
          break;
        case 6:
          say("alice", "20:50 first report by a customer", true);
          break;
        default:
          type("carol", "list", false);
          break;
      }
    }
    with_next_ = false;
    if (!steps_.empty()) steps_.back().with_next = false;
  }

  std::mt19937_64 random_;
  std::vector<Step> steps_;
  Time at_{};
  ChannelId channel_;
  std::string repository_, branch_;
  int said_ = 0;
  bool with_next_ = false, rca_written_ = false;
};

}  // namespace

Story make_story(std::uint64_t seed) {
  Writer writer(seed);
  Story story;
  story.steps = writer.run("HF-1", "#incidents", "shop", kBegin);
  story.incidents = 1;
  if (writer.some(300)) {
    // A second one begins while the first is under way, in another channel.
    auto other = writer.run("HF-2", "#billing", "billing",
                            kBegin + std::chrono::hours{2} + std::chrono::minutes{writer.draw() % 600});
    std::ranges::move(other, std::back_inserter(story.steps));
    std::ranges::stable_sort(story.steps, {}, &Step::at);
    story.incidents = 2;
  }
  int n = 0;
  for (auto& step : story.steps)
    if (auto* d = std::get_if<Delivery>(&step.what)) d->id = fmt::format("d{}", ++n);
  return story;
}

Policy simulated_policy() {
  auto policy = default_policy();
  policy.repositories = {{.name = "shop"}, {.name = "billing"}};
  policy.repositories.front().regression_test = "workflow:regression.yml";
  policy.alert_sources = {"pager"};
  return policy;
}

}  // namespace hotfixd::faults
