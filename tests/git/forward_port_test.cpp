// A hotfix carried to the lines that lack it, compared with what the real git makes of the same.
#include "integrations/git/forward_port.hpp"

#include <fmt/format.h>

#include "integrations/git/trees.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class ForwardPortTest : public ::testing::Test {
 protected:
  // v2.4.7 in production, develop ahead of it, and two commits of a hotfix tagged v2.4.8.
  ForwardPortTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}, {"VERSION", "2.4.7\n"}});
    repo_.git("tag -a -m release v2.4.7");
    base_ = repo_.sha("v2.4.7");
    repo_.git("checkout -q -b develop");
    repo_.commit("next release", {{"c.txt", "new\n"}, {"a.txt", numbered({{1, "ONE"}})}, {"VERSION", "2.5.0-dev\n"}});
    repo_.git("checkout -q -b hotfix/checkout-500 v2.4.7");
    first_ = as_dave("guard null coupon", {{"a.txt", numbered({{10, "guarded"}})}});
    second_ = as_dave("raise the version\n\nSigned-off-by: Dave <dave@example.com>",
                      {{"b.txt", numbered({{5, "and here"}})}, {"VERSION", "2.4.8\n"}});
    repo_.git("tag -a -m hotfix v2.4.8");
    repo_.push();
  }

  std::string as_dave(const std::string& message, const std::map<std::string, std::string>& files) {
    for (const auto& [path, content] : files) write_file(repo_.work() + "/" + path, content);
    repo_.git("add -A");
    repo_.script("GIT_AUTHOR_NAME='Dave Ärger' GIT_AUTHOR_EMAIL=dave@example.com git commit -q -m '" + message + "'");
    return repo_.sha("HEAD");
  }
  void on_develop(const std::string& message, const std::map<std::string, std::string>& files) {
    repo_.git("checkout -q develop");
    for (const auto& [path, content] : files) write_file(repo_.work() + "/" + path, content);
    repo_.git("add -A");
    repo_.script("GIT_AUTHOR_NAME=Erin GIT_AUTHOR_EMAIL=erin@example.com git commit -q -m '" + message + "'");
    repo_.push();
  }
  GitRepository& bot() {
    if (!git_) {
      auto made = open_mirror(
          {.url = repo_.origin(), .path = dir_.path("mirror"), .clock = [this] { return now_ += Seconds(60); }},
          policy_);
      EXPECT_TRUE(ok(made));
      git_ = std::move(*made);
    }
    return *git_;
  }
  effect::ForwardPort request(PortMode mode, const std::string& target = "develop") const {
    return {.repository = "shop",
            .about = {.repository = "shop",
                      .branch = "hotfix/checkout-500",
                      .base_tag = "v2.4.7",
                      .base_sha = base_,
                      .known_head = second_,
                      .version = "v2.4.9",
                      .tag_sha = second_,
                      .known_production = "v2.4.8"},
            .target = target,
            .branch = "hotfix-forward/checkout-500-to-" + target,
            .tag = "v2.4.8",
            .mode = mode,
            .incident = "HF-1"};
  }
  std::string origin(const std::string& arguments) { return shell("git -C " + repo_.origin() + " " + arguments); }
  Verdict verdict(const std::string& target) {
    auto about = request(PortMode::merge).about;
    const auto facts = bot().observe(about, {});
    EXPECT_TRUE(ok(facts));
    for (const auto& t : facts->targets)
      if (t.target == target) return t.verdict;
    return Verdict::unknown;
  }
  static std::vector<std::string> authors(const PortConflict::File& file) {
    std::vector<std::string> names;
    for (const auto& change : file.changes) names.push_back(change.author);
    return names;
  }
  static std::string subjects(const result::ForwardPorted& r) {
    std::string all;
    for (const auto& c : r.commits) all += c.subject + "\n";
    return all;
  }

  TempDir dir_;
  Repo repo_;
  RepositoryPolicy policy_{.name = "shop", .targets = {"main", "develop", "release/*"}};
  std::string base_, first_, second_;
  Time now_ = Time(Seconds(1'763'700'000));
  std::unique_ptr<GitRepository> git_;
};

const std::string kBranch = "hotfix-forward/checkout-500-to-develop";

TEST_F(ForwardPortTest, PicksAreWhatGitCherryPickXMakes) {
  policy_.ignored_paths = {};
  repo_.git("checkout -q develop");
  repo_.commit("the same version", {{"VERSION", "2.4.7\n"}});
  repo_.push();
  const auto carried = bot().forward_port(request(PortMode::cherry_pick), {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(carried->branch, kBranch);
  EXPECT_EQ(carried->sha, origin("rev-parse refs/heads/" + kBranch));
  EXPECT_EQ(carried->target_sha, repo_.sha("develop"));
  EXPECT_EQ(subjects(*carried), "guard null coupon\nraise the version\n");
  EXPECT_FALSE(carried->conflict);

  repo_.git("checkout -q -b by-hand develop");
  repo_.script("git cherry-pick -x v2.4.7..v2.4.8 2>&1 >/dev/null");
  repo_.git("fetch -q origin");
  for (const auto* at : {"", "~1"})
    for (const auto* what : {"%T", "%an <%ae> %ad", "%B"}) {
      const auto show = fmt::format("log -1 --format='{}' ", what);
      EXPECT_EQ(repo_.git(show + "origin/" + kBranch + at), repo_.git(show + "by-hand" + at));
    }
  EXPECT_EQ(repo_.git("log -1 --format=%cn origin/" + kBranch), "hotfixd");
  EXPECT_EQ(repo_.sha("origin/" + kBranch + "~2"), repo_.sha("develop"));
  EXPECT_EQ(repo_.git("fsck --strict"), "");
}

TEST_F(ForwardPortTest, OneMergeOfTheTagIsWhatGitMergeMakes) {
  const auto carried = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(carried->mode, PortMode::merge);
  EXPECT_EQ(carried->why_picked, "");
  EXPECT_EQ(subjects(*carried), "guard null coupon\nraise the version\n");
  repo_.git("fetch -q origin");
  EXPECT_EQ(repo_.git("log -1 --format='%P' origin/" + kBranch), repo_.sha("develop") + " " + second_);
  EXPECT_EQ(repo_.git("log -1 --format=%B origin/" + kBranch),
            "Merge tag 'v2.4.8' into develop\n\nForward-port of hotfix/checkout-500, HF-1.");
  // VERSION is in conflict; being ignored it stays the target's.
  repo_.git("checkout -q -b by-hand develop");
  repo_.script(
      "git merge -q v2.4.8 >/dev/null || true\ngit checkout -q --ours VERSION\ngit add -A\ngit commit -q -m m");
  EXPECT_EQ(repo_.git("log -1 --format=%T origin/" + kBranch), repo_.git("log -1 --format=%T by-hand"));
  EXPECT_EQ(repo_.git("show origin/" + kBranch + ":VERSION"), "2.5.0-dev");

  EXPECT_EQ(verdict("develop"), Verdict::absent);
  repo_.git("checkout -q develop");
  repo_.git("merge -q --ff-only origin/" + kBranch);
  repo_.push();
  EXPECT_EQ(verdict("develop"), Verdict::present);
}

TEST_F(ForwardPortTest, ItsOwnEarlierSuccessIsTheBranchWhereverItBegan) {
  for (const auto mode : {PortMode::merge, PortMode::cherry_pick}) {
    const auto target = mode == PortMode::merge ? std::string("develop") : std::string("main");
    const auto once = bot().forward_port(request(mode, target), {});
    ASSERT_TRUE(ok(once));
    const auto again = bot().forward_port(request(mode, target), {});
    ASSERT_TRUE(ok(again));
    EXPECT_EQ(again->sha, once->sha);
    EXPECT_EQ(subjects(*again), subjects(*once));
    // The target moves on, and so does the branch.
    repo_.git("checkout -q " + target);
    repo_.commit("more", {{"more.txt", target}});
    repo_.git("fetch -q origin");
    repo_.git("checkout -q -b " + once->branch + " origin/" + once->branch);
    const auto on_top = repo_.commit("a test for it", {{"test.txt", "test\n"}});
    repo_.git("push -q origin " + target + " " + once->branch);
    const auto later = bot().forward_port(request(mode, target), {});
    ASSERT_TRUE(ok(later));
    EXPECT_EQ(later->sha, on_top);
    EXPECT_EQ(later->branch, once->branch);
    EXPECT_FALSE(later->conflict);
  }
}

TEST_F(ForwardPortTest, AnotherBranchOfThatNameStaysAsItIs) {
  repo_.git("checkout -q -b " + kBranch + " develop");
  const auto other = repo_.commit("other work", {{"d.txt", "d\n"}});
  repo_.push();
  const auto carried = bot().forward_port(request(PortMode::merge), {});
  ASSERT_FALSE(carried);
  EXPECT_EQ(carried.error().kind, Problem::Kind::exists_elsewhere);
  EXPECT_EQ(carried.error().what, "branch " + kBranch + " exists already with other work");
  EXPECT_EQ(origin("rev-parse refs/heads/" + kBranch), other);
}

TEST_F(ForwardPortTest, WhatIsThereAlreadyIsLeftOut) {
  repo_.git("checkout -q develop");
  repo_.script("git cherry-pick " + first_ + " >/dev/null");
  repo_.push();
  const auto carried = bot().forward_port(request(PortMode::cherry_pick), {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(subjects(*carried), "raise the version\n");
  EXPECT_EQ(carried->skipped, 1);
  EXPECT_EQ(origin("rev-list --count develop..refs/heads/" + kBranch), "1");
}

TEST_F(ForwardPortTest, NothingToCarryMakesNoBranch) {
  on_develop("fixed by hand",
             {{"a.txt", numbered({{1, "ONE"}, {10, "guarded"}})}, {"b.txt", numbered({{5, "and here"}})}});
  for (const auto mode : {PortMode::merge, PortMode::cherry_pick}) {
    const auto carried = bot().forward_port(request(mode), {});
    ASSERT_TRUE(ok(carried));
    EXPECT_EQ(carried->branch, "");
    EXPECT_EQ(carried->skipped, 2);
    EXPECT_FALSE(carried->conflict);
  }
  EXPECT_EQ(origin("branch --list 'hotfix-forward/*'"), "");
}

TEST_F(ForwardPortTest, AMergeThatWouldBringMoreOrNothingIsMadeOfPicks) {
  // A release line that ships other fixes: production is not in develop.
  repo_.git("checkout -q -b release/2.4 v2.4.7");
  repo_.commit("only here", {{"r.txt", "r\n"}});
  repo_.git("tag -a -m release v2.4.9");
  const auto base = repo_.sha("HEAD");
  repo_.git("checkout -q -b hotfix/two");
  const auto fix = repo_.commit("the fix", {{"b.txt", numbered({{12, "twelve"}})}});
  repo_.git("tag -a -m hotfix v2.4.10");
  repo_.push();
  auto wanted = request(PortMode::merge);
  wanted.about.branch = "hotfix/two";
  wanted.about.base_tag = "v2.4.9";
  wanted.about.base_sha = base;
  wanted.about.tag_sha = wanted.about.known_head = fix;
  wanted.tag = "v2.4.10";
  const auto carried = bot().forward_port(wanted, {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(carried->mode, PortMode::cherry_pick);
  EXPECT_EQ(carried->why_picked, "a merge would bring " + base.substr(0, 7) + " too, which is not the hotfix's");
  EXPECT_EQ(origin("log --format=%s develop..refs/heads/" + kBranch), "the fix");

  // Reverted there: its history has it.
  repo_.git("checkout -q main");
  repo_.script("git merge -q --no-ff -m merged v2.4.8\ngit revert --no-edit -m 1 HEAD >/dev/null");
  repo_.push();
  EXPECT_EQ(verdict("main"), Verdict::regressed);
  const auto again = bot().forward_port(request(PortMode::merge, "main"), {});
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(again->mode, PortMode::cherry_pick);
  EXPECT_EQ(again->why_picked, "main has the hotfix in its history and not in its files");
  EXPECT_EQ(subjects(*again), "guard null coupon\nraise the version\n");
}

TEST_F(ForwardPortTest, ABranchThatWasMergedIsFollowedByANumberedOne) {
  const auto first = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(first));
  repo_.git("fetch -q origin");
  repo_.git("checkout -q develop");
  repo_.script("git merge -q --ff-only origin/" + kBranch + "\ngit revert --no-edit -m 1 HEAD >/dev/null");
  repo_.git("push -q origin develop");
  const auto second = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(second));
  EXPECT_EQ(second->branch, kBranch + "-2");
  EXPECT_EQ(origin("rev-parse refs/heads/" + kBranch), first->sha);
  EXPECT_EQ(bot().forward_port(request(PortMode::merge), {})->sha, second->sha);
}

TEST_F(ForwardPortTest, AConflictOfTheSecondPickLeavesABranchWithTheFirst) {
  on_develop("reworked", {{"b.txt", numbered({{4, "four"}, {5, "\tfive"}})}});
  const auto carried = bot().forward_port(request(PortMode::cherry_pick), {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(carried->branch, kBranch);
  EXPECT_EQ(subjects(*carried), "guard null coupon\n");
  EXPECT_EQ(origin("log --format=%s develop..refs/heads/" + kBranch), "guard null coupon");
  ASSERT_TRUE(carried->conflict);
  EXPECT_EQ(carried->conflict->sha, second_);
  EXPECT_EQ(carried->conflict->left, std::vector{second_});
  ASSERT_EQ(carried->conflict->files.size(), 1U) << "VERSION is ignored";
  const auto& file = carried->conflict->files.front();
  EXPECT_EQ(file.path, "b.txt");
  EXPECT_EQ(file.what, "both sides changed it");
  EXPECT_EQ(authors(file), std::vector<std::string>{"Erin"});
  EXPECT_EQ(file.changes.front().sha, repo_.sha("develop").substr(0, 7));
  EXPECT_EQ(file.changes.front().at, Time(Seconds(std::stol(repo_.git("log -1 --format=%ct develop")))));
  EXPECT_EQ(file.hunks,
            "<<<<<<< develop\nfour\n    five\n=======\nline 4\nand here\n>>>>>>> " + second_.substr(0, 7) + "\n");
  EXPECT_EQ(shell("git -C " + repo_.origin() + " grep -c '<<<<<<<' refs/heads/" + kBranch), "");
  EXPECT_EQ(bot().forward_port(request(PortMode::cherry_pick), {})->sha, carried->sha);

  // Resolved by hand, as the bot says how.
  repo_.git("fetch -q origin");
  repo_.git("checkout -q " + kBranch);
  repo_.script("git cherry-pick -x " + second_ + " >/dev/null 2>&1 || true\ngit checkout -q --ours VERSION");
  write_file(repo_.work() + "/b.txt", numbered({{4, "four"}, {5, "and here"}}));
  repo_.script("git add -A\ngit -c core.editor=true cherry-pick --continue >/dev/null\ngit push -q origin " + kBranch);
  const auto done = bot().forward_port(request(PortMode::cherry_pick), {});
  ASSERT_TRUE(ok(done));
  EXPECT_FALSE(done->conflict);
  EXPECT_EQ(done->sha, repo_.sha("HEAD"));
  EXPECT_EQ(subjects(*done), "guard null coupon\nraise the version\n");
}

TEST_F(ForwardPortTest, AMergeInConflictMakesNoBranchAndSaysWhoToAsk) {
  on_develop("reworked", {{"a.txt", numbered({{1, "ONE"}, {10, "ten, reworked"}})}});
  repo_.git("checkout -q develop");
  repo_.git("rm -q b.txt");
  repo_.git("commit -q -m gone");
  repo_.push();
  const auto carried = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(carried->branch, "");
  EXPECT_EQ(origin("branch --list 'hotfix-forward/*'"), "");
  ASSERT_TRUE(carried->conflict);
  EXPECT_EQ(carried->conflict->sha, second_);
  ASSERT_EQ(carried->conflict->files.size(), 2U);
  EXPECT_EQ(carried->conflict->files[0].path, "a.txt");
  EXPECT_EQ(authors(carried->conflict->files[0]), std::vector<std::string>{"Erin"});
  EXPECT_EQ(carried->conflict->files[1].path, "b.txt");
  EXPECT_EQ(carried->conflict->files[1].what, "the target deleted it");
  EXPECT_EQ(authors(carried->conflict->files[1]), std::vector<std::string>{"Alice"});
  EXPECT_EQ(carried->conflict->files[1].hunks, "");

  // Resolved by hand: the same call finds it.
  repo_.git("checkout -q --no-track -b " + kBranch + " develop");
  repo_.script("git merge -q v2.4.8 >/dev/null 2>&1 || true\ngit checkout -q --ours VERSION");
  write_file(repo_.work() + "/a.txt", numbered({{1, "ONE"}, {10, "ten, guarded"}}));
  repo_.script("git rm -q b.txt >/dev/null\ngit add -A\ngit commit -q -m resolved\ngit push -q origin " + kBranch);
  const auto done = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(done));
  EXPECT_EQ(done->branch, kBranch);
  EXPECT_EQ(done->sha, repo_.sha("HEAD"));
  EXPECT_FALSE(done->conflict);
}

TEST_F(ForwardPortTest, TargetsWithSlashesAndThoseThatAreGone) {
  repo_.git("branch release/2.5 develop");
  repo_.push();
  const auto there = bot().forward_port(request(PortMode::merge, "release/2.5"), {});
  ASSERT_TRUE(ok(there));
  EXPECT_EQ(there->branch, "hotfix-forward/checkout-500-to-release/2.5");
  const auto gone = bot().forward_port(request(PortMode::merge, "release/2.6"), {});
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().what, "there is no merge-back line release/2.6 on the origin");
  auto bad = request(PortMode::merge);
  bad.branch = "no..good";
  EXPECT_EQ(bot().forward_port(bad, {}).error().kind, Problem::Kind::invalid);
}

TEST_F(ForwardPortTest, ATagOnMainsMergeOfTheHotfixBringsNothingOfMain) {
  repo_.git("checkout -q main");
  repo_.commit("half finished", {{"half.txt", "half\n"}});
  repo_.git("tag -d v2.4.8");
  repo_.git("merge -q --no-ff -m merged hotfix/checkout-500");
  repo_.git("tag -a -m hotfix v2.4.8");
  repo_.push();
  auto wanted = request(PortMode::merge);
  wanted.about.tag_sha.clear();
  wanted.about.version = "v2.4.8";
  wanted.about.known_production.clear();
  const auto facts = bot().observe(wanted.about, {});
  ASSERT_TRUE(ok(facts));
  ASSERT_EQ(facts->tag, "v2.4.8");
  wanted.about.tag_sha = facts->tag_sha;
  wanted.about.version = "v2.4.9";
  const auto carried = bot().forward_port(wanted, {});
  ASSERT_TRUE(ok(carried));
  EXPECT_EQ(origin("log -1 --format=%P refs/heads/" + kBranch), repo_.sha("develop") + " " + second_);
  EXPECT_EQ(origin("log -1 --format=%s refs/heads/" + kBranch), "Merge branch 'hotfix/checkout-500' into develop");
  EXPECT_EQ(origin("ls-tree --name-only refs/heads/" + kBranch + " half.txt"), "");
}

TEST(PickedMessage, IsWhatGitWrites) {
  TempDir dir;
  Repo repo(dir);
  repo.commit("start", {{"a.txt", numbered()}});
  int n = 0;
  for (const std::string message :
       {"one line", "title\n\nbody", "title\n\nbody\n\nSigned-off-by: A <a@example.com>",
        "title\n\nSigned-off-by: A <a@example.com>", "title\n\nRefs: 12\nno trailer at all\nnor this",
        "title\n\nbody\n\n(cherry picked from commit 1111111111111111111111111111111111111111)", "fix: title",
        "title\n\nRefs: 1\nCo-authored-by: B <b@example.com>"}) {
    repo.git("checkout -q main");
    repo.git("checkout -q -b side" + std::to_string(++n));
    const auto from = repo.commit(message, {{"a.txt", numbered({{n, message}})}});
    repo.git("checkout -q main");
    repo.script("git cherry-pick -x " + from + " >/dev/null");
    const auto made = repo.git("log -1 --format=%B HEAD");
    auto oid = parse_oid(from);
    ASSERT_TRUE(ok(oid));
    auto own = picked_message(message + "\n", *oid);
    own.pop_back();
    EXPECT_EQ(own, made) << message;
    repo.git("reset -q --hard HEAD~1");
  }
}

// Clean-up.

TEST_F(ForwardPortTest, BranchesAreDeletedWhenNothingIsLostWithThem) {
  const auto carried = bot().forward_port(request(PortMode::merge), {});
  ASSERT_TRUE(ok(carried));
  repo_.git("checkout -q -b unfinished hotfix/checkout-500");
  const auto extra = repo_.commit("never merged", {{"u.txt", "u\n"}});
  repo_.git("push -q origin unfinished");
  const effect::DeleteBranches wanted{"shop", {"hotfix/checkout-500", kBranch, "unfinished", "never-there", "main"}};
  auto done = bot().delete_branches(wanted, {});
  ASSERT_TRUE(ok(done));
  EXPECT_EQ(done->deleted, (std::vector<std::string>{"hotfix/checkout-500", "never-there"}));
  ASSERT_EQ(done->kept.size(), 3U);
  EXPECT_EQ(done->kept[0].branch, kBranch);
  EXPECT_EQ(done->kept[0].why, "its commit " + carried->sha.substr(0, 7) + " is in no tag and no merge-back line");
  EXPECT_EQ(done->kept[1].why, "its commit " + extra.substr(0, 7) + " is in no tag and no merge-back line");
  EXPECT_EQ(done->kept[2].why, "it is a merge-back line");
  EXPECT_EQ(origin("for-each-ref --format='%(refname:short)' refs/heads"),
            "develop\n" + kBranch + "\nmain\nunfinished");

  // Once develop has it that one goes too; a second time there is nothing to do.
  repo_.git("fetch -q origin");
  repo_.git("checkout -q develop");
  repo_.script("git merge -q --no-ff -m pr origin/" + kBranch + "\ngit push -q origin develop");
  for (int n = 0; n < 2; ++n) {
    done = bot().delete_branches({"shop", {"hotfix/checkout-500", kBranch}}, {});
    ASSERT_TRUE(ok(done));
    EXPECT_EQ(done->deleted.size(), 2U);
    EXPECT_TRUE(done->kept.empty());
  }
  // What shipped is judged all the same, by its tag.
  EXPECT_EQ(verdict("develop"), Verdict::present);
  EXPECT_EQ(verdict("main"), Verdict::absent);
  const auto facts = bot().observe(request(PortMode::merge).about, {});
  EXPECT_EQ(facts->head, "");
  EXPECT_EQ(facts->unclean + facts->stale, "");
  // Also with a mirror that never saw the branch.
  git_.reset();
  std::filesystem::remove_all(dir_.path("mirror"));
  EXPECT_EQ(verdict("develop"), Verdict::present);
}

}  // namespace
}  // namespace hotfixd::git::testing
