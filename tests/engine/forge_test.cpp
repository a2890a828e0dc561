// The forge beside git: one look sees both, what it refuses stays apart, and a commit's status is what all incidents
// know of it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/engine/bench.hpp"

namespace hotfixd::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Action = forge::PullRequest::Action;

const Problem kDown{Problem::Kind::unreachable, "the forge does not answer", "wait", {}};
const Problem kRight{Problem::Kind::credentials, "the forge wants a permission", "give it", {}};

class FakeForge final : public Forge {
 public:
  Result<ForgeView> look(const effect::Observe& about, const std::string& head) override {
    looks.push_back(fmt::format("{} {:.7}", about.branch, head));
    if (down) return std::unexpected(*down);
    ForgeView view;
    view.authors = {"bob"};
    if (opened) view.events.push_back({"shop", {}, "hotfixd-bot", pull_request()});
    return view;
  }
  Result<forge::PullRequest> open_pull_request(const effect::OpenPullRequest& request) override {
    opens.push_back(request.head + " into " + request.base);
    if (refuses) return std::unexpected(*refuses);
    opened = true;
    if (loses_answer) return std::unexpected(kDown);
    return pull_request();
  }
  Result<std::string> merge_pull_request(const effect::MergePullRequest& request) override {
    merges.push_back(fmt::format("#{} {:.7} by {}", request.number, request.sha, to_string(request.method)));
    if (refuses) return std::unexpected(*refuses);
    return "1a2b3c4d00000000000000000000000000000000";
  }
  Result<std::vector<ListedPullRequest>> open_pull_requests() override {
    ++lists;
    if (down) return std::unexpected(*down);
    return listed;
  }
  Result<std::optional<PullRequestStatus>> status_on(const std::string& sha, std::string_view) override {
    ++status_reads;
    const auto it = standing.find(sha);
    return it == standing.end() ? std::nullopt : std::optional(it->second);
  }
  Result<void> publish_release(const effect::PublishRelease&) override { return {}; }
  Result<result::IssueFiled> file_issue(const effect::FileIssue& request) override {
    return result::IssueFiled{request.action, 41, "https://f/41"};
  }
  Result<void> set_commit_status(const effect::SetCommitStatus& request) override {
    if (request.sha == refused_sha)
      return std::unexpected(Problem{Problem::Kind::invalid, "this commit has too many", "look at it", {}});
    statuses.push_back(fmt::format("{:.7} {} {}", request.sha, to_string(request.state), request.description));
    return {};
  }

  std::vector<std::string> looks, opens, statuses, merges;
  std::vector<ListedPullRequest> listed;
  std::map<std::string, PullRequestStatus> standing;
  std::string refused_sha;
  int lists = 0, status_reads = 0;
  std::optional<Problem> down, refuses;
  bool opened = false, loses_answer = false;

 private:
  static forge::PullRequest pull_request() {
    return {Action::opened, 7, "https://f/7", "the fix", "hotfix/slow", FakeGit::kHead, "main", "", "hotfixd-bot"};
  }
};

struct ForgeBench : Bench {
  ForgeBench() { restart(); }
  void restart() {
    engine.reset();
    auto policy = default_policy();
    policy.repositories = {{.name = "shop"}, {.name = "billing"}};
    policy.repositories.front().forge = "GitHub";
    policy.repositories.front().pull_request_status = pull_request_status;
    EnginePorts ports{store, clock, *ids, chat, {{"shop", &shop}, {"billing", &billing}}};
    ports.forges["shop"] = &forge;
    ports.flags = flags;
    policy.switches_flags = flags != nullptr;
    engine = std::make_unique<Engine>(std::move(ports), policy, by_hand());
    if (auto read = engine->open(); !read) throw std::runtime_error(read.error().what);
  }
  // Declared, with a fix on its branch.
  void fixing(const std::string& channel = "#incidents") {
    type("alice", "declare sev2 slow", channel);
    type("alice", "branch slow", channel);
  }

  FakeForge forge;
  FlagService* flags = nullptr;
  PullRequestStatusWhen pull_request_status = PullRequestStatusWhen::always;
};

TEST(ForgeBeside, OneLookSeesBothAndOpensThePullRequest) {
  ForgeBench b;
  b.fixing();
  EXPECT_THAT(b.forge.looks, ElementsAre("hotfix/slow 300fb6c"));
  EXPECT_THAT(b.forge.opens, ElementsAre("hotfix/slow into main"));
  ASSERT_EQ(b.incident().hotfixes.front().pull_requests.size(), 1U);
  EXPECT_EQ(b.incident().hotfixes.front().pull_requests.front().number, 7U);
  b.wait(std::chrono::minutes{5});
  EXPECT_EQ(b.forge.opens.size(), 1U);
  EXPECT_GT(b.forge.looks.size(), 1U);
}

TEST(ForgeBeside, ALostAnswerIsTriedAgainAndFindsWhatArrived) {
  ForgeBench b;
  b.forge.loses_answer = true;
  b.fixing();
  b.forge.loses_answer = false;
  b.wait(std::chrono::minutes{10});
  EXPECT_EQ(b.incident().hotfixes.front().pull_requests.size(), 1U);
  EXPECT_THAT(b.incident().abandoned, IsEmpty());
}

TEST(ForgeBeside, ARefusalIsSaidAndOnTheRecord) {
  ForgeBench b;
  b.forge.refuses = kRight;
  b.fixing();
  b.wait(std::chrono::minutes{10});
  EXPECT_EQ(b.forge.opens.size(), 1U);
  const auto said = b.chat.texts("HF-1/say/");
  EXPECT_THAT(said, ::testing::Contains(HasSubstr("No pull request was opened for hotfix/slow: the forge wants a")));
}

TEST(ForgeBeside, OneThatCannotBeAskedIsSaidOnceAndGitGoesOn) {
  ForgeBench b;
  b.forge.down = kRight;
  b.fixing();
  EXPECT_FALSE(b.incident().hotfixes.front().head.empty());
  EXPECT_THAT(b.forge.opens, IsEmpty());
  b.wait(std::chrono::minutes{30});
  EXPECT_THAT(b.chat.texts("HF-1/blind/shop/forge"),
              ElementsAre(HasSubstr("I cannot read the forge of shop: the forge wants a permission.")));
  b.type("alice", "tag");
  const auto said = b.chat.texts("HF-1/say/");
  EXPECT_THAT(said.back(), HasSubstr("tag is not decided: the forge cannot be asked"));
  b.forge.down.reset();
  b.wait(std::chrono::minutes{30});
  EXPECT_THAT(b.chat.texts("HF-1/blind/shop/forge"), ElementsAre("I can read the forge of shop again."));
}

// Passing trouble is nobody's business before it lasts.
TEST(ForgeBeside, AHiccupIsNotSaid) {
  ForgeBench b;
  b.fixing();
  b.forge.down = kDown;
  b.wait(std::chrono::seconds{70});
  b.forge.down.reset();
  b.wait(std::chrono::minutes{10});
  EXPECT_THAT(b.chat.texts("HF-1/blind/"), IsEmpty());
}

// Listed once a look, while something can still be shipped; the forge's trouble is said there and fails nothing.
TEST(ForgeBeside, OpenPullRequestsThatTouchTheSameLinesAreToldBeforeItShips) {
  ForgeBench b;
  b.pull_request_status = PullRequestStatusWhen::never;
  b.restart();
  b.shop.forecast = Forecast{{{"main", FakeGit::kBase, Outlook::clean, {}, {}}}, {}, 0, {}};
  b.shop.overlapping = {512};
  b.forge.listed = {
      {512, std::string(40, '1'), "feature", "main", "refs/pull/512/head", "Refactor cart", "dana", "https://f/512"},
      {513, std::string(40, '2'), "other", "main", "refs/pull/513/head"}};
  b.fixing();
  EXPECT_EQ(b.forge.lists, static_cast<int>(b.forge.looks.size()));
  const auto told = [&] { return b.chat.texts("HF-1/forecast/shop"); };
  EXPECT_THAT(told(), ElementsAre("Merging back will conflict once this is merged:\n"
                                  "PR #512 “Refactor cart” (dana) into main touches the same lines: app.py."));
  b.forge.down = kDown;
  const int lists = b.forge.lists;
  b.wait(std::chrono::minutes{5});
  EXPECT_EQ(b.forge.lists, lists) << "a forge that does not answer is not asked twice";
  EXPECT_THAT(told(), ElementsAre(HasSubstr("PR #512"))) << "what was known of them stands";
  b.forge.down.reset();
  b.forge.listed.clear();
  b.wait(std::chrono::minutes{10});
  EXPECT_THAT(told(), ElementsAre("hotfix/slow goes onto main without conflict now."));
  b.shop.forecast.reset();
  const int before = b.forge.lists;
  b.wait(std::chrono::minutes{10});
  EXPECT_EQ(b.forge.lists, before) << "there is nothing to forecast";
}

// Two incidents ship from the same repository: the line's head is good when it carries both.
TEST(ForgeBeside, TheStatusOfALineIsWhatAllIncidentsKnow) {
  ForgeBench b;
  for (const std::string channel : {"#one", "#two"}) {
    b.fixing(channel);
    b.type("carol", "override ci down", channel);
    b.type("alice", "resolve it works", channel);
  }
  EXPECT_THAT(b.forge.statuses, IsEmpty());  // nothing is shipped
  b.type("alice", "deployed v2.4.8", "#one");
  ASSERT_FALSE(b.forge.statuses.empty());
  EXPECT_EQ(b.forge.statuses.back(), "6a911ee failed lacks hotfix/slow (HF-1)");
  b.type("alice", "deployed v2.4.8", "#two");
  EXPECT_EQ(b.forge.statuses.back(), "6a911ee failed lacks hotfix/slow (HF-1), hotfix/slow (HF-2)");
  b.type("alice", "override merge-back:shop:main done otherwise", "#one");
  b.type("bob", "override confirm", "#one");
  EXPECT_EQ(b.forge.statuses.back(), "6a911ee failed lacks hotfix/slow (HF-2)");
  b.type("alice", "override merge-back:shop:main done otherwise", "#two");
  b.type("bob", "override confirm", "#two");
  EXPECT_EQ(b.forge.statuses.back(), "6a911ee passed carries every shipped hotfix");
}

TEST(ForgeBeside, OpenPullRequestsAreToldOnceAndAgainWhenItChanged) {
  ForgeBench b;
  const std::string one(40, '1'), two(40, '2');
  b.forge.listed = {{11, one, "feature", "main", "refs/pull/11/head"}, {12, two, "other", "main", "refs/pull/12/head"}};
  b.forge.standing[two] = {CheckState::passed, "carries every shipped hotfix"};
  b.wait(std::chrono::seconds{1});
  EXPECT_THAT(b.forge.statuses, ElementsAre("1111111 passed carries every shipped hotfix")) << "also with no incident";
  EXPECT_EQ(b.forge.status_reads, 2);
  b.fixing();
  b.type("carol", "override ci down");
  b.type("alice", "resolve it works");
  b.type("alice", "override ci down");
  b.type("bob", "override confirm");
  b.type("alice", "override approvals night");
  b.type("bob", "override confirm");
  b.type("alice", "tag");
  ASSERT_EQ(b.incident().hotfixes.front().tag, "v2.4.8");
  b.forge.statuses.clear();
  b.shop.takes_away = {12};
  b.wait(std::chrono::seconds{40});
  EXPECT_THAT(b.forge.statuses, ::testing::Contains("2222222 failed would take v2.4.8 (HF-1) out of main"));
  EXPECT_EQ(std::ranges::count_if(b.forge.statuses, [](const auto& s) { return s.starts_with("1111111"); }), 0);
  EXPECT_EQ(b.forge.status_reads, 2) << "what stands there is remembered";
  b.forge.statuses.clear();
  const auto lists = b.forge.lists;
  b.wait(std::chrono::minutes{30});
  EXPECT_THAT(b.forge.statuses, ::testing::Not(::testing::Contains(HasSubstr("2222222"))));
  EXPECT_EQ(b.forge.lists, lists + 1);
  // A webhook says that one is new.
  b.forge.listed.push_back({13, std::string(40, '3'), "third", "main", "refs/pull/13/head"});
  ForgeEvent opened{
      "shop", {}, "dave", forge::PullRequest{Action::opened, 13, "", "third", "third", "", "main", "", "dave"}};
  b.send(b.delivery("", opened));
  b.wait(std::chrono::seconds{31});
  EXPECT_THAT(b.forge.statuses, ::testing::Contains("3333333 passed carries every shipped hotfix"));
}

TEST(ForgeBeside, TwoPullRequestsOfOneHeadAndTheWorseCounts) {
  ForgeBench b;
  b.fixing();
  for (const char* gate : {"ci", "approvals"}) {
    b.type("alice", fmt::format("override {} night", gate));
    b.type("bob", "override confirm");
  }
  b.type("alice", "tag");
  ASSERT_EQ(b.incident().hotfixes.front().tag, "v2.4.8");
  const std::string one(40, '1');
  b.forge.listed = {{11, one, "clean-up", "main", "refs/pull/11/head"},
                    {12, one, "clean-up", "develop", "refs/pull/12/head"}};
  b.shop.takes_away = {11};
  b.forge.statuses.clear();
  for (int n = 0; n < 6; ++n) b.wait(std::chrono::minutes{11});
  EXPECT_THAT(b.forge.statuses, ::testing::Contains(HasSubstr("1111111")).Times(1));
  EXPECT_THAT(b.forge.statuses, ::testing::Contains("1111111 failed would take v2.4.8 (HF-1) out of main"));
}

TEST(ForgeBeside, NothingIsSaidOfPullRequestsBeforeSomethingShipped) {
  ForgeBench b;
  b.pull_request_status = PullRequestStatusWhen::shipped;
  b.restart();
  b.forge.listed = {{11, std::string(40, '1'), "feature", "main", "refs/pull/11/head"}};
  b.fixing();
  b.wait(std::chrono::minutes{11});
  EXPECT_EQ(b.forge.lists, 0);
  b.pull_request_status = PullRequestStatusWhen::never;
  b.restart();
  b.wait(std::chrono::minutes{11});
  EXPECT_EQ(b.forge.lists, 0);
}

TEST(ForgeBeside, AnIncidentThatCannotBeReadHoldsUpNothing) {
  ForgeBench b;
  b.fixing();
  b.type("alice", "declare sev2 other", "#two");
  b.restart();
  b.store.refuses = [](std::string_view call, const std::string& id) -> std::optional<Problem> {
    if (call == "load" && id == "HF-1")
      return Problem{Problem::Kind::corrupt, "the record is damaged", "restore it", {}};
    return std::nullopt;
  };
  b.change_behind("HF-1");
  b.change_behind("HF-2");
  b.type("alice", "note hello", "#two");
  b.wait(std::chrono::minutes{11});
  const auto before = b.chat.texts("HF-2/say/").size();
  b.type("alice", "mitigate flag x because", "#two");
  for (int n = 0; n < 20; ++n) b.wait(std::chrono::seconds{30});
  EXPECT_GT(b.chat.texts("HF-2/say/").size(), before);
}

TEST(ForgeBeside, OneStatusThatIsRefusedHoldsUpNoOther) {
  ForgeBench b;
  for (int n = 0; n < 3; ++n)
    b.forge.listed.push_back({static_cast<std::uint64_t>(n + 100), std::string(40, static_cast<char>('1' + n)), "f",
                              "main", "refs/pull/1/head"});
  b.forge.refused_sha = std::string(40, '1');
  b.wait(std::chrono::seconds{1});
  b.wait(std::chrono::hours{2});
  EXPECT_EQ(b.forge.statuses.size(), 2U);
}

TEST(ForgeBeside, ManyPullRequestsAreToldAFewAtATime) {
  ForgeBench b;
  for (int n = 0; n < 70; ++n) {
    const auto sha = fmt::format("{:040x}", n + 1);
    b.forge.listed.push_back({static_cast<std::uint64_t>(n + 100), sha, "f", "main", "refs/pull/1/head"});
  }
  b.wait(std::chrono::seconds{1});
  EXPECT_EQ(b.forge.statuses.size(), 30U);
  b.wait(std::chrono::seconds{61});
  EXPECT_EQ(b.forge.statuses.size(), 60U);
  b.wait(std::chrono::seconds{61});
  EXPECT_EQ(b.forge.statuses.size(), 70U);
  b.wait(std::chrono::minutes{15});
  EXPECT_EQ(b.forge.statuses.size(), 70U);
}

TEST(ForgeBeside, AMergeThatWaitedTooLongIsNotMade) {
  ForgeBench b;
  b.fixing();
  Commit commit;
  OutboxItem item;
  item.key = "HF-1/waited";
  item.target = "forge/shop";
  item.incident = "HF-1";
  item.effect = effect::MergePullRequest{"shop", 7, FakeGit::kHead, "main", MergeMethod::merge};
  item.not_before = b.clock.now();
  commit.effects.push_back(std::move(item));
  ASSERT_TRUE(b.store.commit(std::span(&commit, 1)));
  b.clock.advance(std::chrono::hours{2});
  b.restart();
  b.wait(std::chrono::seconds{1});
  EXPECT_THAT(b.forge.merges, IsEmpty());
  // What the fake forge says by then: it is open, and may be asked for again.
  EXPECT_THAT(b.chat.texts("HF-1/say/"),
              ::testing::Contains(HasSubstr("PR #7 may not be merged: the gates were judged")));
}

class FakeFlags final : public FlagService {
 public:
  Result<void> switch_off(const effect::SwitchFlag& request) override {
    off.push_back(request.flag);
    if (off.size() < 3) return std::unexpected(kDown);
    return {};
  }
  std::vector<std::string> off;
};

TEST(ForgeBeside, AFlagIsSwitchedOffUntilTheServiceSaysSo) {
  ForgeBench b;
  FakeFlags flags;
  b.flags = &flags;
  b.restart();
  b.type("alice", "declare sev2 slow");
  b.type("alice", "mitigate flag new-cart only it reads the coupon");
  for (int n = 0; n < 3; ++n) b.wait(std::chrono::minutes{1});
  EXPECT_THAT(flags.off, ElementsAre("new-cart", "new-cart", "new-cart"));
  EXPECT_THAT(b.chat.texts("HF-1/say/"), ::testing::Contains(HasSubstr("new-cart is off.")));
  b.wait(std::chrono::hours{1});
  EXPECT_EQ(flags.off.size(), 3U);
}

// A tag that the process did not get to push before it died is not pushed hours later on what the gates said then.
TEST(ForgeBeside, AVerdictOfLongAgoTagsNothing) {
  ForgeBench b;
  b.fixing();
  Commit commit;
  OutboxItem item;
  item.key = "HF-1/waited";
  item.target = "git/shop";
  item.incident = "HF-1";
  item.effect = effect::PushTag{"shop", "v2.4.8", FakeGit::kHead, "HF-1"};
  item.not_before = b.clock.now();
  commit.effects.push_back(std::move(item));
  ASSERT_TRUE(b.store.commit(std::span(&commit, 1)));
  b.clock.advance(std::chrono::hours{2});
  b.restart();
  b.wait(std::chrono::seconds{1});
  EXPECT_THAT(b.script.calls(), ::testing::Not(::testing::Contains(HasSubstr("tag v2.4.8"))));
  EXPECT_THAT(b.chat.texts("HF-1/say/").back(), HasSubstr("type /hotfix tag again"));
}

TEST(ForgeBeside, AnActionItemIsFiled) {
  ForgeBench b;
  b.fixing();
  b.type("bob", "action add test it");
  b.type("bob", "action issue A1");
  EXPECT_EQ(b.incident().actions.front().issue, 41U);
}

}  // namespace
}  // namespace hotfixd::testing
