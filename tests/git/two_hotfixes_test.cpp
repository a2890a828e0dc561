// Two hotfixes at a time: when production moves on under one of them, and which tags and commits are whose.
#include <algorithm>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using Source = MirrorOptions::Production::Source;

class TwoHotfixes : public ::testing::Test {
 protected:
  // v2.4.6 and v2.4.7 on main, then an unfinished commit; hotfix/y and hotfix/x are cut from v2.4.7.
  TwoHotfixes() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}});
    repo_.git("tag v2.4.6");
    repo_.commit("more", {{"c.txt", "c\n"}});
    repo_.git("tag -a -m release v2.4.7");
    repo_.git("branch hotfix/y");
    repo_.git("branch hotfix/x");
    repo_.commit("unfinished", {{"u.txt", "u\n"}});
    repo_.git("branch develop");
    cut_from("v2.4.7", "v2.4.8");
    open();
  }
  void cut_from(const std::string& tag, const std::string& version) {
    request_ = {.repository = "shop", .branch = "hotfix/x", .base_tag = tag, .base_sha = repo_.sha(tag)};
    request_.version = version;
  }
  void open(MirrorOptions options = {}, const std::string& folder = "mirror") {
    git_.reset();
    options.url = repo_.origin();
    options.path = dir_.path(folder);
    auto opened = open_mirror(options, {.name = "shop"});
    ASSERT_TRUE(ok(opened));
    git_ = std::move(*opened);
  }
  // A mirror that has none of our notes.
  void forget() { open({}, "mirror" + std::to_string(++forgotten_)); }
  std::string commit_on(const std::string& branch, const std::string& message,
                        const std::map<std::string, std::string>& files) {
    repo_.git("checkout -q " + branch);
    return repo_.commit(message, files);
  }
  std::string fix_x() { return commit_on("hotfix/x", "x", {{"a.txt", numbered({{3, "x"}})}}); }
  std::string ship_y() {
    commit_on("hotfix/y", "y", {{"b.txt", numbered({{3, "y"}})}});
    repo_.git("tag -f v2.4.8");
    request_.known_production = "v2.4.8";
    return repo_.sha("hotfix/y");
  }
  void on(const std::string& branch, const std::string& command) {
    repo_.git("checkout -q " + branch);
    repo_.git(command);
  }
  HotfixFacts look() {
    repo_.push();
    auto facts = git_->observe(request_, {});
    EXPECT_TRUE(ok(facts));
    if (!facts) return {};
    request_.known_head = facts->head.empty() ? request_.known_head : facts->head;
    return *facts;
  }
  // What the record does with a tag.
  void tagged(const std::string& tag, const std::string& next) {
    request_.tag_sha = repo_.sha(tag);
    request_.version = next;
  }
  static std::string verdicts(const HotfixFacts& facts) {
    std::string text;
    for (const auto& fact : facts.targets)
      text += fact.target + ":" + std::to_string(static_cast<int>(fact.verdict)) + " " + fact.explanation + "\n";
    return text;
  }
  static Verdict on_line(const HotfixFacts& facts, const std::string& line) {
    const auto fact = std::ranges::find(facts.targets, line, &MergeBackFact::target);
    return fact == facts.targets.end() ? Verdict::unknown : fact->verdict;
  }
  void expect_only_x(const HotfixFacts& facts, const std::string& version) {
    EXPECT_EQ(facts.stale, "");
    EXPECT_EQ(facts.unclean, "");
    EXPECT_EQ(facts.files, 1) << "a.txt";
    EXPECT_EQ(facts.lines, 2);
    EXPECT_EQ(facts.tag, "");
    EXPECT_EQ(facts.version, version);
  }

  static constexpr const char* kMovedOn = "was cut from v2.4.7, production is v2.4.8 by now: git merge v2.4.8";
  TempDir dir_;
  Repo repo_;
  effect::Observe request_;
  std::unique_ptr<GitRepository> git_;
  int forgotten_ = 0;
};

TEST_F(TwoHotfixes, TheSecondIsStaleOnceTheFirstShipped) {
  fix_x();
  expect_only_x(look(), "v2.4.8");
  ship_y();
  for (int i = 0; i < 2; ++i) {
    const auto facts = look();
    EXPECT_EQ(facts.stale, kMovedOn);
    EXPECT_EQ(facts.version, "v2.4.9");
    EXPECT_EQ(facts.unclean, "");
    EXPECT_EQ(facts.tag, "") << "v2.4.8 is the other one's";
    EXPECT_EQ(facts.files, 1);
  }
  repo_.git("tag v2.4.9 main");
  EXPECT_EQ(look().version, "v2.4.10");
  repo_.git("tag -d v2.4.9");
  forget();  // then nobody knows what was in production when it was cut
  EXPECT_EQ(look().stale, "was cut from v2.4.7, production is v2.4.8");
}

// However the first one got to main, and whatever was seen before.
TEST_F(TwoHotfixes, MergingProductionMakesTheSecondCleanAgain) {
  for (const char* main_takes : {"status", "merge -q --no-ff -m back hotfix/y", "merge -q --ff-only hotfix/y"}) {
    for (const bool seen_before : {true, false}) {
      SCOPED_TRACE(std::string(main_takes) + (seen_before ? ", seen before" : ", at first sight"));
      forget();
      request_.version = "v2.4.8", request_.known_head = request_.known_production = "";
      repo_.git("tag -f v2.4.8 && git tag -d v2.4.8");
      for (const char* branch : {"hotfix/x", "hotfix/y"}) on(branch, "reset -q --hard v2.4.7");
      on("main", std::string(main_takes).contains("ff-only") ? "reset -q --hard v2.4.7" : "reset -q --hard develop");
      fix_x();
      if (seen_before) look();
      ship_y();
      on("main", main_takes);
      if (seen_before) EXPECT_EQ(look().stale, kMovedOn);
      on("hotfix/x", "merge -q --no-edit v2.4.8");
      expect_only_x(look(), "v2.4.9");
      expect_only_x(look(), "v2.4.9");
      commit_on("hotfix/x", "x again", {{"a.txt", numbered({{3, "x again"}})}});
      const auto facts = look();
      expect_only_x(facts, "v2.4.9");
      EXPECT_EQ(on_line(facts, "develop"), Verdict::absent);
      on("develop", "merge -q --no-ff -m back hotfix/x");
      EXPECT_EQ(on_line(look(), "develop"), Verdict::present);
      on("develop", "reset -q --hard HEAD~1");
    }
  }
}

TEST_F(TwoHotfixes, AMergeOfProductionDoesNotHideWhatElseCameAlong) {
  fix_x();
  ship_y();
  look();
  on("hotfix/x", "merge -q --no-edit v2.4.8");
  expect_only_x(look(), "v2.4.9");
  repo_.git("merge -q --no-edit main");
  const auto facts = look();
  EXPECT_EQ(facts.unclean, "contains " + repo_.sha("main").substr(0, 7) + " of main, which is not in v2.4.7");
  EXPECT_EQ(facts.files, 2) << "a.txt and u.txt, not the other hotfix's b.txt";
  // Released, it is production's.
  repo_.git("tag v2.5.0 main");
  request_.known_production = "v2.5.0";
  expect_only_x(look(), "v2.5.1");
}

TEST_F(TwoHotfixes, AReleaseThatIsNotInProductionIsForeign) {
  fix_x();
  repo_.git("tag v2.5.0 main");
  open({.production = {Source::fixed, "v2.4.7"}});
  on("hotfix/x", "merge -q --no-edit v2.5.0");
  const auto facts = look();
  EXPECT_EQ(facts.unclean, "contains " + repo_.sha("main").substr(0, 7) + " of main, which is not in v2.4.7");
  EXPECT_EQ(facts.files, 2);
}

TEST_F(TwoHotfixes, AnEmptyBranchIsFastForwarded) {
  EXPECT_EQ(look().stale, "");
  ship_y();
  EXPECT_EQ(look().stale, kMovedOn);
  on("hotfix/x", "merge -q v2.4.8");
  ASSERT_EQ(repo_.sha("hotfix/x"), repo_.sha("v2.4.8"));
  const auto empty = look();
  EXPECT_EQ(empty.stale, "");
  EXPECT_EQ(empty.tag, "");
  EXPECT_EQ(empty.files, 0);
  EXPECT_EQ(empty.version, "v2.4.9");
  request_.version = "v2.4.9";
  fix_x();
  for (const bool forgotten : {false, true}) {
    if (forgotten) forget();
    expect_only_x(look(), "v2.4.9");
    on("main", "merge -q --no-ff -m back hotfix/y");
  }
  EXPECT_EQ(on_line(look(), "main"), Verdict::absent) << "only the other one is there";
  repo_.git("tag v2.4.9 hotfix/x");
  EXPECT_EQ(look().tag, "v2.4.9");
  EXPECT_EQ(look().version, "v2.4.9") << "its own";
}

// Both changed the same line: the second fix cannot be told without the first.
TEST_F(TwoHotfixes, AFixThatNeedsTheOtherOneIsReplayedOntoIt) {
  fix_x();
  commit_on("hotfix/y", "y", {{"b.txt", numbered({{3, "y"}})}});
  ship_y();
  look();
  on("hotfix/x", "merge -q --no-edit v2.4.8");
  commit_on("hotfix/x", "on top", {{"b.txt", numbered({{3, "y and x"}})}});
  const auto facts = look();
  EXPECT_EQ(facts.unclean, "");
  EXPECT_EQ(facts.files, 2);
  EXPECT_EQ(facts.lines, 4);
  on("main", "merge -q --no-ff -m back hotfix/x");
  EXPECT_EQ(on_line(look(), "main"), Verdict::present);
}

TEST_F(TwoHotfixes, AnOldBaseIsStaleAndANewerOneIsNot) {
  repo_.git("branch -f hotfix/x v2.4.6");
  cut_from("v2.4.6", "v2.4.8");
  EXPECT_EQ(look().stale, "was cut from v2.4.6, production is v2.4.7");
  on("hotfix/x", "merge -q v2.4.7");
  EXPECT_EQ(look().stale, "");
  // Cut from what is to be in production next.
  repo_.git("tag v2.5.0 main");
  repo_.git("branch -f hotfix/x v2.5.0 || git checkout -q -B hotfix/x v2.5.0");
  cut_from("v2.5.0", "v2.5.1");
  ship_y();
  open({.production = {Source::fixed, "v2.4.8"}});
  EXPECT_EQ(look().stale, "");
}

TEST_F(TwoHotfixes, ProductionMayBeFixed) {
  open({.production = {Source::fixed, "v2.4.7"}});
  fix_x();
  EXPECT_EQ(look().stale, "");
  repo_.git("branch production v2.4.7");
  open({.production = {Source::fixed, "production"}});
  EXPECT_EQ(look().stale, "");
  ship_y();
  request_.known_production = "";
  repo_.git("branch -f production v2.4.8");
  EXPECT_EQ(look().stale, kMovedOn) << "the look before is not given again";
  open({.production = {Source::fixed, "v9.9.9"}});
  EXPECT_EQ(look().stale,
            "was cut from v2.4.7, and what is in production now is unknown: the production tag v9.9.9 is not on the "
            "origin");
}

TEST_F(TwoHotfixes, ProductionMayBeAskedOfACommand) {
  const std::string answer = dir_.path("answer"), asked = dir_.path("asked");
  write_file(answer, "v2.4.7\n");
  open({.production = {Source::command, "echo >> " + asked + "; cat " + answer}});
  fix_x();
  ship_y();
  request_.known_production = "";
  EXPECT_EQ(look().stale, "");
  EXPECT_EQ(look().stale, "");
  write_file(answer, "v2.4.8\n");  // no ref of the origin changed
  EXPECT_EQ(look().stale, kMovedOn);
  std::filesystem::remove(answer);
  const auto facts = look();
  EXPECT_EQ(facts.stale,
            "was cut from v2.4.7, and what is in production now is unknown: the command for the production tag failed "
            "with status 1");
  EXPECT_EQ(facts.files, 1) << "the look itself does not fail";
  EXPECT_EQ(facts.targets.size(), 2u);
  // What shipped needs no answer, until there is more to ship.
  repo_.git("tag v2.4.9 hotfix/x");
  tagged("v2.4.9", "v2.4.10");
  std::filesystem::remove(asked);
  EXPECT_EQ(look().stale, "");
  EXPECT_FALSE(std::filesystem::exists(asked));
  commit_on("hotfix/x", "x again", {{"a.txt", numbered({{3, "x again"}})}});
  EXPECT_NE(look().stale, "");
  EXPECT_TRUE(std::filesystem::exists(asked));
}

TEST_F(TwoHotfixes, ALookIsNotGivenAgainWhenTheRecordOrATagTellsOfNewProduction) {
  fix_x();
  ship_y();
  request_.known_production = "";
  EXPECT_EQ(look().stale, "");
  EXPECT_EQ(look().stale, "");
  request_.known_production = "v2.4.8";  // and nothing else
  EXPECT_EQ(look().stale, kMovedOn);
  request_.known_production = "";
  EXPECT_EQ(look().stale, "");
  on("main", "reset -q --hard v2.4.7");
  on("main", "merge -q --no-ff -m back hotfix/y");
  EXPECT_EQ(look().stale, kMovedOn) << "main has it";
  repo_.git("tag -f v2.4.8 v2.4.6");
  EXPECT_EQ(look().stale, "") << "a tag, and nothing else";
}

// v2.4.8 is on the second one's own commit or on main's merge of it: it is its own tag, not somebody's production.
TEST_F(TwoHotfixes, ItsOwnTagInProductionIsNotStale) {
  fix_x();
  look();
  repo_.git("tag v2.4.8 hotfix/x");
  request_.known_production = "v2.4.8";
  auto facts = look();
  EXPECT_EQ(facts.stale, "");
  EXPECT_EQ(facts.tag, "v2.4.8");
  EXPECT_EQ(facts.version, "v2.4.8");
  on("main", "merge -q --no-ff -m back hotfix/x");
  repo_.git("tag -f v2.4.8");
  for (int i = 0; i < 2; ++i) {
    facts = look();
    EXPECT_EQ(facts.stale, "");
    EXPECT_EQ(facts.tag, "v2.4.8");
    EXPECT_EQ(facts.version, i == 0 ? "v2.4.8" : "v2.4.9");
    EXPECT_EQ(facts.files, 1);
    tagged("v2.4.8", "v2.4.9");
  }
  commit_on("hotfix/x", "x again", {{"a.txt", numbered({{3, "x again"}})}});
  EXPECT_EQ(look().stale, "");
  repo_.git("tag v2.4.9 hotfix/x");
  facts = look();
  EXPECT_EQ(facts.tag, "v2.4.9");
  EXPECT_EQ(facts.stale, "") << "v2.4.8 still is in production";
  tagged("v2.4.9", "v2.4.10");
  commit_on("hotfix/x", "x once more", {{"a.txt", numbered({{3, "x once more"}})}});
  EXPECT_EQ(look().stale, "") << "and was its own";
}

// `git merge hotfix/x` on the tag, and the branch pointed at that: the own side is the second parent.
TEST_F(TwoHotfixes, MergedTheOtherWayRound) {
  fix_x();
  ship_y();
  look();
  repo_.git("checkout -q --detach v2.4.8");
  repo_.git("merge -q --no-edit hotfix/x");
  repo_.git("checkout -q -B hotfix/x");
  expect_only_x(look(), "v2.4.9");
  EXPECT_EQ(look().authors, std::vector<std::string>{"Alice"});
}

TEST_F(TwoHotfixes, ATagThatArrivesBeforeItsBranchIsItsOwn) {
  repo_.push();
  look();
  repo_.script("git checkout -q --detach v2.4.7 && echo fixed > a.txt && git commit -q -a -m x && git tag v2.4.8");
  EXPECT_EQ(look().stale, "");
  on("hotfix/x", "merge -q --ff-only v2.4.8");
  const auto facts = look();
  EXPECT_EQ(facts.tag, "v2.4.8");
  EXPECT_EQ(facts.files, 1);
}

TEST_F(TwoHotfixes, AStrayCommitAfterShippingLeavesTheVerdicts) {
  const std::string shipped = fix_x();
  repo_.git("tag v2.4.8");
  tagged("v2.4.8", "v2.4.9");
  on("main", "merge -q --no-ff -m back hotfix/x");
  on("develop", "cherry-pick " + shipped);
  const auto before = look();
  EXPECT_EQ(on_line(before, "main"), Verdict::present);
  EXPECT_EQ(on_line(before, "develop"), Verdict::present);
  const std::string stray = commit_on("hotfix/x", "stray", {{"s.txt", "s\n"}});
  const auto after = look();
  EXPECT_EQ(verdicts(after), verdicts(before));
  EXPECT_EQ(after.head, stray);
  EXPECT_EQ(after.files, 2) << "of the branch";
  EXPECT_EQ(after.tag, "v2.4.8");
  EXPECT_EQ(after.version, "v2.4.9");
  EXPECT_EQ(after.unclean, "");
  // Nor when the branch is unclean, cut again, or gone.
  repo_.git("merge -q --no-edit main");
  commit_on("main", "goes on", {{"m.txt", "m\n"}});
  on("hotfix/x", "merge -q --no-edit main");
  const auto unclean = look();
  EXPECT_NE(unclean.unclean, "");
  EXPECT_EQ(on_line(unclean, "main"), Verdict::present);
  on("hotfix/x", "reset -q --hard v2.4.7");
  EXPECT_EQ(on_line(look(), "main"), Verdict::present);
  EXPECT_EQ(look().tag, "v2.4.8") << "still its own";
  on("main", "branch -q -D hotfix/x");
  const auto gone = look();
  EXPECT_EQ(on_line(gone, "main"), Verdict::present);
  EXPECT_EQ(gone.tag, "v2.4.8");
  EXPECT_EQ(gone.files, 1) << "of what shipped";
}

TEST_F(TwoHotfixes, AFurtherFixAndItsTag) {
  fix_x();
  repo_.git("tag v2.4.8");
  tagged("v2.4.8", "v2.4.9");
  request_.known_production = "v2.4.8";
  on("main", "merge -q --no-ff -m back hotfix/x");
  look();
  const std::string further = commit_on("hotfix/x", "further", {{"b.txt", numbered({{9, "further"}})}});
  auto facts = look();
  EXPECT_EQ(facts.head, further);
  EXPECT_EQ(facts.files, 2);
  EXPECT_EQ(facts.stale, "");
  EXPECT_EQ(facts.version, "v2.4.9");
  EXPECT_EQ(on_line(facts, "main"), Verdict::present) << "v2.4.8 is";
  repo_.git("tag v2.4.9 hotfix/x");
  facts = look();
  EXPECT_EQ(facts.tag, "v2.4.9");
  EXPECT_EQ(facts.tag_sha, further);
  tagged("v2.4.9", "v2.4.10");
  EXPECT_EQ(on_line(look(), "main"), Verdict::partial);
  on("main", "merge -q --no-ff -m back hotfix/x");
  EXPECT_EQ(on_line(look(), "main"), Verdict::present);
}

// The other one was cut from what this one shipped, so it has all of its work, and takes the next number.
TEST_F(TwoHotfixes, ALaterReleaseWithTheShippedFixIsTheOthers) {
  const std::string shipped = fix_x();
  repo_.git("tag v2.4.8");
  tagged("v2.4.8", "v2.4.9");
  look();
  on("hotfix/y", "reset -q --hard v2.4.8");
  commit_on("hotfix/y", "y", {{"b.txt", numbered({{3, "y"}})}});
  repo_.git("tag v2.4.9");
  request_.known_production = "v2.4.9";
  auto facts = look();
  EXPECT_EQ(facts.tag_sha, shipped);
  EXPECT_EQ(facts.version, "v2.4.10");
  EXPECT_EQ(facts.stale, "") << "it has shipped";
  const std::string further = commit_on("hotfix/x", "further", {{"a.txt", numbered({{3, "x"}, {9, "further"}})}});
  EXPECT_EQ(look().stale, "was cut from v2.4.7, production is v2.4.9 by now: git merge v2.4.9");
  for (const bool fast_forward : {false, true}) {
    SCOPED_TRACE(fast_forward);
    if (fast_forward) {
      on("hotfix/x", "reset -q --hard v2.4.9");
      repo_.git("cherry-pick " + further);
    } else {
      on("hotfix/x", "merge -q --no-edit v2.4.9");
    }
    facts = look();
    EXPECT_EQ(facts.stale, "");
    EXPECT_EQ(facts.unclean, "");
    EXPECT_EQ(facts.tag, "v2.4.8");
    EXPECT_EQ(facts.version, "v2.4.10");
    EXPECT_EQ(facts.files, 1) << "a.txt: what shipped and what is to ship";
    EXPECT_EQ(facts.lines, 4);
  }
  // The lines are judged for both of its own commits once that is tagged, too.
  repo_.git("tag v2.4.10 hotfix/x");
  tagged("v2.4.10", "v2.4.11");
  on("main", "cherry-pick " + further);
  EXPECT_EQ(on_line(look(), "main"), Verdict::partial);
}

TEST_F(TwoHotfixes, FastForwardedToTheOthersReleaseAndThenToMain) {
  fix_x();
  repo_.git("tag v2.4.8");
  tagged("v2.4.8", "v2.4.9");
  look();
  on("hotfix/y", "reset -q --hard v2.4.8");
  commit_on("hotfix/y", "y", {{"b.txt", numbered({{3, "y"}})}});
  repo_.git("tag v2.4.9");
  request_.known_production = "v2.4.9";
  look();
  on("hotfix/x", "merge -q v2.4.9");
  commit_on("hotfix/x", "further", {{"a.txt", numbered({{3, "x"}, {9, "further"}})}});
  on("main", "reset -q --hard v2.4.7");
  repo_.git("merge -q --ff-only hotfix/x");
  EXPECT_EQ(look().unclean, "");
}

// Its own fix would be lost with the next tag.
TEST_F(TwoHotfixes, ABranchCutAgainWithoutItsOwnReleaseIsStale) {
  const std::string shipped = fix_x();
  repo_.git("tag v2.4.8");
  request_.known_production = "v2.4.7";
  look();
  tagged("v2.4.8", "v2.4.9");
  request_.known_production = "v2.4.8";
  EXPECT_EQ(look().stale, "");
  on("hotfix/x", "reset -q --hard v2.4.7");
  commit_on("hotfix/x", "other", {{"o.txt", "o\n"}});
  EXPECT_EQ(look().stale, kMovedOn);
  on("hotfix/x", "merge -q --no-edit v2.4.8");
  const auto facts = look();
  EXPECT_EQ(facts.stale, "");
  EXPECT_EQ(facts.unclean, "");
  EXPECT_EQ(on_line(facts, "main"), Verdict::absent);
  on("main", "cherry-pick " + shipped);
  EXPECT_EQ(on_line(look(), "main"), Verdict::present);
}

TEST_F(TwoHotfixes, EachFamilyOfTagsHasItsOwnProduction) {
  repo_.git("tag api-1.0.0 v2.4.6");
  repo_.git("branch -f hotfix/x api-1.0.0");
  cut_from("api-1.0.0", "api-1.0.1");
  EXPECT_EQ(look().stale, "");
  request_.known_production = "v2.4.7";
  EXPECT_EQ(look().stale, "");
  repo_.git("tag api-1.1.0 v2.4.7");
  EXPECT_EQ(look().stale, "was cut from api-1.0.0, production is api-1.1.0 by now: git merge api-1.1.0");
}

TEST_F(TwoHotfixes, ATagOfSomebodyElseStaysWhereItIs) {
  const std::string x = fix_x();
  const std::string y = ship_y();
  repo_.push();
  const auto refused = git_->push_tag({"shop", "v2.4.8", x, "HF-2"}, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::exists_elsewhere);
  EXPECT_EQ(refused.error().what, "tag v2.4.8 exists already at " + y.substr(0, 7) + ", wanted at " + x.substr(0, 7));
  EXPECT_EQ(refused.error().mend,
            "that tag belongs to another commit and stays there: look again, and the next free number is taken");
}

TEST(NoOrigin, IsSaidOfAPathWhereThereIsNone) {
  const TempDir dir;
  std::filesystem::create_directory(dir.path("empty"));
  for (const std::string& url : {dir.path("nowhere"), "file://" + dir.path("nowhere"), dir.path("empty")}) {
    SCOPED_TRACE(url);
    auto git = open_mirror({.url = url, .path = dir.path("mirror-" + std::to_string(url.size()))}, {.name = "shop"});
    ASSERT_TRUE(ok(git));
    const auto fetched = (*git)->fetch({});
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind, Problem::Kind::not_found);
    EXPECT_EQ(fetched.error().what, "connecting to " + url + ": there is no repository at that path");
    EXPECT_EQ(fetched.error().mend, "check the path and its permissions");
  }
}

}  // namespace
}  // namespace hotfixd::git::testing
