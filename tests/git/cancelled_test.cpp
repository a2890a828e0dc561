// Whatever a look was at when it was cancelled, it says so, and what the bot does next is right. And what is too large
// on one line is told of that line.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "integrations/git/tree_size.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class Cancelled : public ::testing::Test {
 protected:
  // The production tag v1.0.0, a hotfix on its branch that is not tagged, and develop, whose a.txt it conflicts with.
  Cancelled() {
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}});
    repo_.git("tag v1.0.0");
    repo_.git("checkout -q -b develop");
    repo_.commit("next", {{"a.txt", numbered({{10, "otherwise"}})}});
    repo_.git("checkout -q -b hotfix/x v1.0.0");
    head_ = repo_.commit("fix", {{"a.txt", numbered({{10, "guarded"}})}});
    repo_.git("checkout -q main");
  }
  std::unique_ptr<GitRepository> open(const std::string& folder = "mirror") {
    auto made = open_mirror({.url = repo_.origin(), .path = dir_.path(folder)}, {.name = "shop"});
    EXPECT_TRUE(ok(made));
    return std::move(*made);
  }
  effect::Observe request() {
    return {.repository = "shop",
            .branch = "hotfix/x",
            .base_tag = "v1.0.0",
            .base_sha = repo_.sha("v1.0.0"),
            .known_head = {},
            .version = "v1.0.1",
            .tag_sha = {},
            .known_production = {}};
  }
  std::string notes(const std::string& folder) {
    return shell("git -C " + dir_.path(folder) + " for-each-ref refs/hotfixd --format='%(refname) %(objectname)'");
  }
  static std::string told(const HotfixFacts& f) {
    auto text = fmt::format("{} unclean '{}' stale '{}' {} {} {}/{} tag {}", f.head, f.unclean, f.stale, f.version,
                            f.authors, f.files, f.lines, f.tag);
    for (const auto& t : f.targets)
      text += fmt::format("\n{} {} {} {}", t.target, to_string(t.verdict), t.explanation, t.last_author);
    if (f.forecast)
      for (const auto& line : f.forecast->lines)
        text += fmt::format("\n{} {} {}", line.target, static_cast<int>(line.outlook),
                            line.files.empty() || line.files[0].changes.empty() ? "" : line.files[0].changes[0].author);
    return text;
  }
  // Cancelled at the first question, the second and so on, each time in a mirror of its own: never another answer than
  // the whole one, then and afterwards, and no other notes.
  void sweep(const effect::Observe& about) {
    repo_.push();
    std::string wanted;
    std::string noted;
    {
      auto git = open("wanted");
      const auto facts = git->observe(about, {});
      ASSERT_TRUE(ok(facts));
      wanted = told(*facts);
      noted = notes("wanted");
    }
    int stop = 1, cancelled = 0;
    for (;; ++stop) {
      ASSERT_LT(stop, 500);
      const auto folder = fmt::format("m{}", stop);
      auto git = open(folder);
      int asked = 0;
      const auto facts = git->observe(about, [&](std::string_view) { return ++asked < stop; });
      if (facts) {
        EXPECT_EQ(told(*facts), wanted) << "at question " << stop;
      } else {
        ++cancelled;
        EXPECT_EQ(facts.error().kind, Problem::Kind::unreachable) << facts.error().what;
      }
      const auto again = git->observe(about, {});
      ASSERT_TRUE(ok(again));
      EXPECT_EQ(told(*again), wanted) << "after question " << stop;
      EXPECT_EQ(notes(folder), noted) << stop;
      if (asked < stop) break;
    }
    EXPECT_GT(cancelled, 5);
  }
  // Folders in folders, ten in each: `deep` of them, beside what `from` has, below a folder of that name.
  std::string bomb(const std::string& from, int deep, const std::string& name = "zz") {
    return repo_.script(fmt::format(
        "tree=$(printf '100644 blob %s\\tf\\n' $(git rev-parse v1.0.0:b.txt) | git mktree)\n"
        "for level in $(seq {1}); do\n"
        "  tree=$(for n in 0 1 2 3 4 5 6 7 8 9; do printf '040000 tree %s\\td%s\\n' $tree $n; done | git mktree)\n"
        "done\n"
        "whole=$( (git ls-tree {0}; printf '040000 tree %s\\t{2}\\n' $tree) | git mktree)\n"
        "git commit-tree -p {0} -m bomb $whole",
        from, deep, name));
  }

  TempDir dir_;
  Repo repo_{dir_};
  std::string head_;
};

TEST_F(Cancelled, ALookAtWhatIsNotTagged) { sweep(request()); }

TEST_F(Cancelled, ALookWhileProductionMovesOn) {
  repo_.commit("released", {{"b.txt", numbered({{3, "new"}})}});
  repo_.git("tag v1.1.0");
  sweep(request());
}

// It closes the gate, cancelled or not.
TEST_F(Cancelled, ALookThatFindsWhatShippedBeforeLacking) {
  repo_.git("checkout -q -b hotfix/y v1.0.0");
  const auto other = repo_.commit("another fix", {{"b.txt", numbered({{17, "also"}})}});
  repo_.git("tag v1.0.1");
  repo_.git("checkout -q main");
  auto about = request();
  about.version = "v1.0.2";
  about.known_production = "v1.0.1";
  about.shipped.push_back({.name = "v1.0.1 (HF-1)",
                           .branch = "hotfix/y",
                           .base_tag = "v1.0.0",
                           .base_sha = repo_.sha("v1.0.0"),
                           .tag = "v1.0.1",
                           .tag_sha = other});
  sweep(about);
}

TEST_F(Cancelled, TheNextCutStartsFromProductionAllTheSame) {
  for (int n = 1; n < 40; ++n) {
    repo_.commit(fmt::format("release {}", n), {{"b.txt", numbered({{3, std::to_string(n)}})}});
    repo_.git(fmt::format("tag -a -m release v1.{}.0", n));
  }
  repo_.push();
  for (int stop = 1; stop < 12; ++stop) {
    auto git = open(fmt::format("cut{}", stop));
    int asked = 0;
    const auto looked = git->observe(request(), [&](std::string_view) { return ++asked < stop; });
    if (!looked) EXPECT_EQ(looked.error().kind, Problem::Kind::unreachable) << looked.error().what;
    const auto cut = git->cut_branch({.repository = "shop",
                                      .branch = fmt::format("hotfix/cut-{}", stop),
                                      .from_tag = {},
                                      .known_production = {},
                                      .paths = {}},
                                     {});
    ASSERT_TRUE(ok(cut));
    EXPECT_EQ(cut->base_tag, "v1.39.0") << stop;
  }
}

TEST_F(Cancelled, WhatIsTooLargeOnOneLineIsToldOfThatLine) {
  repo_.git("checkout -q develop");
  repo_.git("mv a.txt moved.txt");  // for that the whole tree is read
  repo_.git("commit -q -m moved");
  repo_.git("checkout -q main");
  repo_.git("update-ref refs/heads/develop " + bomb("develop", 8));
  repo_.push();
  auto git = open();
  const auto facts = git->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  ASSERT_TRUE(facts->forecast);
  ASSERT_EQ(facts->forecast->lines.size(), 2U);
  EXPECT_EQ(facts->forecast->lines[0].outlook, Outlook::unknown);
  EXPECT_NE(facts->forecast->lines[0].why.find("more than 1000000 files"), std::string::npos)
      << facts->forecast->lines[0].why;
  EXPECT_EQ(facts->forecast->lines[1].outlook, Outlook::clean);
  ASSERT_EQ(facts->targets.size(), 2U);
  EXPECT_NE(facts->targets[0].explanation.find("more than 1000000 files"), std::string::npos)
      << facts->targets[0].explanation;
  EXPECT_EQ(facts->targets[1].verdict, Verdict::absent);
  auto acknowledged = request();
  acknowledged.tag_sha = head_;
  acknowledged.known_targets = {{.name = "develop", .acknowledged_sha = repo_.sha("v1.0.0"), .landing_sha = {}}};
  const auto again = git->observe(acknowledged, {});
  ASSERT_TRUE(ok(again));
  EXPECT_TRUE(again->targets[0].changed_since_ack) << "nobody can tell that it has not";
}

// A hundred thousand files, each with a long path.
TEST_F(Cancelled, SoAreLongPaths) {
  repo_.git("checkout -q develop");
  repo_.git("mv a.txt moved.txt");
  repo_.git("commit -q -m moved");
  repo_.git("checkout -q main");
  repo_.git("update-ref refs/heads/develop " + bomb("develop", 5, std::string(3000, 'z')));
  repo_.push();
  const auto facts = open()->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  ASSERT_EQ(facts->targets.size(), 2U);
  EXPECT_NE(facts->targets[0].explanation.find("paths of more than 256 MiB"), std::string::npos)
      << facts->targets[0].explanation;
  EXPECT_EQ(facts->targets[1].verdict, Verdict::absent);
}

// It is gone again, but who wrote the conflict's lines is asked of each commit.
TEST_F(Cancelled, WhatWasTooLargeOnceLeavesTheAuthorsOut) {
  repo_.git("checkout -q develop");
  const auto before = repo_.git("rev-parse develop^{tree}");
  const auto sha = bomb("develop", 8);
  repo_.git("update-ref refs/heads/develop " + repo_.git("commit-tree -p " + sha + " -m 'taken out again' " + before));
  repo_.git("checkout -q main");
  repo_.push();
  const auto facts = open()->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  ASSERT_TRUE(facts->forecast);
  EXPECT_EQ(facts->forecast->lines[0].outlook, Outlook::conflicts);
}

TEST_F(Cancelled, AForwardPortOntoWhatIsTooLargeIsRefused) {
  repo_.git("tag v1.0.1 " + head_);
  repo_.git("update-ref refs/heads/develop " + bomb("develop", 8));
  repo_.push();
  for (const auto mode : {PortMode::merge, PortMode::cherry_pick}) {
    effect::ForwardPort order{.repository = "shop", .about = request(), .target = "develop"};
    order.about.tag_sha = head_;
    order.tag = "v1.0.1";
    order.mode = mode;
    order.branch = "forward-port/x";
    const auto ported = open(mode == PortMode::merge ? "m" : "p")->forward_port(order, {});
    ASSERT_FALSE(ported);
    EXPECT_NE(ported.error().what.find("more than 1000000 files"), std::string::npos) << ported.error().what;
  }
}

// How deep a folder hangs in one tree is nothing of its own.
TEST_F(Cancelled, ATreeIsNotTooDeepSinceAnotherHangsItDeep) {
  const auto nested = repo_.script(
      "tree=$(git rev-parse main^{tree})\n"
      "for level in $(seq 199); do tree=$(printf '040000 tree %s\\td\\n' $tree | git mktree); done\n"
      "tree=$(printf '040000 tree %s\\td\\n' $(printf '040000 tree %s\\td\\n' $tree | git mktree) | git mktree)\n"
      "echo $tree");
  RepositoryHandle repository;
  ASSERT_TRUE(ok(start_library()));
  ASSERT_EQ(make(repository, git_repository_open, repo_.work().c_str()), 0);
  const auto deep = check_size(repository.get(), *parse_oid(nested));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().kind, Problem::Kind::invalid);
  EXPECT_TRUE(ok(check_size(repository.get(), *parse_oid(repo_.git("rev-parse main^{tree}")))));
}

TEST_F(Cancelled, ATreeWithANameTwiceIsMalformed) {
  const auto blob = repo_.git("rev-parse v1.0.0:a.txt");
  const auto twice =
      repo_.script(fmt::format("printf '100644 blob {0}\\ta\\n100644 blob {0}\\ta\\n' | git mktree", blob));
  RepositoryHandle repository;
  ASSERT_TRUE(ok(start_library()));
  ASSERT_EQ(make(repository, git_repository_open, repo_.work().c_str()), 0);
  const auto refused = check_size(repository.get(), *parse_oid(twice));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("malformed"), std::string::npos) << refused.error().what;
}

}  // namespace
}  // namespace hotfixd::git::testing
