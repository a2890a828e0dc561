// Which commits are the hotfix's.
#include "integrations/git/own_work.hpp"

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class OwnWorkTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ok(start_library()));
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}, {"c.txt", numbered()}});
    repo_.git("tag v1.0.0");
    repo_.commit("main goes on", {{"c.txt", numbered({{1, "main"}})}});
    repo_.git("checkout -q -B hotfix/x v1.0.0");
  }
  OwnWork work() {
    if (!repository_) EXPECT_EQ(make(repository_, git_repository_open, repo_.work().c_str()), 0);
    auto found = find_own_work(repository_.get(), *parse_oid(repo_.sha("v1.0.0")), *parse_oid(repo_.sha("hotfix/x")),
                               {*parse_oid(repo_.sha("main"))}, {}, {});
    EXPECT_TRUE(ok(found));
    return *found;
  }
  std::vector<std::string> steps() {
    std::vector<std::string> subjects;
    for (const auto& step : work().steps) subjects.push_back(repo_.git("log -1 --format=%s " + to_hex(step.commit)));
    return subjects;
  }
  void topic(const std::string& name, const std::string& file) {
    repo_.git("checkout -q -B " + name + " hotfix/x");
    repo_.commit("on " + name, {{file, numbered({{5, "fixed"}})}});
    repo_.commit("more on " + name, {{file, numbered({{5, "fixed"}, {9, "too"}})}});
    repo_.git("checkout -q hotfix/x");
  }

  TempDir dir_;
  Repo repo_{dir_};
  RepositoryHandle repository_;
};

TEST_F(OwnWorkTest, APullRequestIntoTheHotfixIsTheFix) {
  repo_.commit("begun", {{"b.txt", numbered({{2, "begun"}})}});
  topic("topic", "a.txt");
  repo_.git("merge -q --no-ff -m 'Merge topic' topic");
  const auto found = work();
  EXPECT_EQ(steps(), (std::vector<std::string>{"begun", "Merge topic"}));
  EXPECT_EQ(found.steps.at(1).brought.size(), 2u);
  EXPECT_EQ(found.steps.at(1).mainline, 1u);
  EXPECT_EQ(found.paths, (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_TRUE(found.cannot_replay.empty());
  EXPECT_TRUE(found.hand_made_merge.empty());
  // Also after main has all of it.
  repo_.git("checkout -q main");
  repo_.git("merge -q --no-ff -m back hotfix/x");
  EXPECT_EQ(steps(), (std::vector<std::string>{"begun", "Merge topic"}));
}

// The tag is on main too: the side that is not tells, and its commits count one by one.
TEST_F(OwnWorkTest, APullRequestOntoTheTagItselfIsItsCommits) {
  topic("topic", "a.txt");
  repo_.git("merge -q --no-ff -m 'Merge topic' topic");
  EXPECT_EQ(steps(), (std::vector<std::string>{"on topic", "more on topic"}));
  EXPECT_EQ(work().paths, (std::vector<std::string>{"a.txt"}));
}

TEST_F(OwnWorkTest, AnOctopusOfTopicsIsTheFixToo) {
  topic("one", "a.txt");
  topic("two", "b.txt");
  repo_.git("merge -q --no-ff -m 'Merge both' one two");
  EXPECT_EQ(steps(), (std::vector<std::string>{"Merge both"}));
  EXPECT_EQ(work().paths, (std::vector<std::string>{"a.txt", "b.txt"}));
}

TEST_F(OwnWorkTest, AMergeOfALineIsNot) {
  repo_.commit("begun", {{"a.txt", numbered({{2, "begun"}})}});
  topic("topic", "a.txt");
  repo_.git("merge -q --no-ff -m 'Merge topic' topic");
  repo_.git("merge -q --no-ff -m 'Merge main' main");
  EXPECT_EQ(steps(), (std::vector<std::string>{"begun", "Merge topic"}));
  EXPECT_EQ(work().paths, (std::vector<std::string>{"a.txt"}));
  repo_.git("checkout -q main");
  repo_.git("merge -q --no-ff -m back hotfix/x");
  EXPECT_EQ(steps(), (std::vector<std::string>{"begun", "Merge topic"}));
}

TEST_F(OwnWorkTest, ALineAndATopicAtOnceCannotBeToldApart) {
  topic("topic", "a.txt");
  repo_.git("merge -q --no-ff -m 'Merge both' topic main");
  EXPECT_NE(work().cannot_replay.find("brings a line and other work at once"), std::string::npos);
}

// The histories of the two cross; a machine would have made that merge, from two bases.
TEST_F(OwnWorkTest, ACrissCrossIsNotMadeByHand) {
  repo_.commit("fix", {{"a.txt", numbered({{5, "fixed"}})}});
  repo_.git("branch -q before hotfix/x");
  repo_.git("merge -q --no-ff -m 'main into hotfix' main");
  repo_.git("checkout -q main");
  repo_.git("merge -q --no-ff -m 'hotfix into main' before");
  repo_.commit("main again", {{"c.txt", numbered({{1, "main"}, {20, "again"}})}});
  repo_.git("checkout -q hotfix/x");
  repo_.commit("fix more", {{"b.txt", numbered({{5, "fixed"}})}});
  repo_.git("merge -q --no-ff -m 'main into hotfix again' main");
  EXPECT_EQ(steps(), (std::vector<std::string>{"fix", "fix more"}));
  EXPECT_EQ(work().hand_made_merge, "");
}

}  // namespace
}  // namespace hotfixd::git::testing
