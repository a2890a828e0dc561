// Cancelled at any read, what is too large is not read, and nothing that was written to be compared stays in memory.
#include "integrations/git/object_gate.hpp"

#include <fmt/format.h>

#include "integrations/git/forecast.hpp"
#include "integrations/git/mergeback_facts.hpp"
#include "integrations/git/mergeback_report.hpp"
#include "integrations/git/trees.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class ObjectGateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ok(start_library()));
    repo_.commit("start", {{"a.txt", numbered()}, {"b.txt", numbered()}, {"other.txt", "other\n"}});
    repo_.git("tag v1.0.0");
    repo_.git("checkout -q -b hotfix/x");
    repo_.commit("fix one", {{"a.txt", numbered({{3, "first"}, {15, "again"}})}});
    repo_.commit("fix two", {{"b.txt", numbered({{17, "second"}})}});
    repo_.git("checkout -q main");
  }
  RepositoryHandle open(const InMemory& limits) {
    RepositoryHandle opened;
    EXPECT_EQ(make(opened, git_repository_open_bare, (repo_.work() + "/.git").c_str()), 0);
    EXPECT_EQ(put_gate(opened.get(), limits), 0);
    return opened;
  }
  git_oid oid(const std::string& ref) { return *parse_oid(repo_.sha(ref)); }
  git_oid tree(const std::string& ref) { return *parse_oid(repo_.git("rev-parse " + ref + "^{tree}")); }
  std::string objects_on_disk() { return repo_.script("find .git/objects -type f | sort"); }
  static git_oid written(git_repository* repository, const std::string& text) {
    git_oid id{};
    EXPECT_EQ(git_blob_create_from_buffer(&id, repository, text.data(), text.size()), 0);
    return id;
  }
  static bool there(git_repository* repository, const git_oid& id) {
    OdbHandle objects;
    EXPECT_EQ(make(objects, git_repository_odb, repository), 0);
    return git_odb_exists(objects.get(), &id) != 0;
  }

  TempDir dir_;
  Repo repo_{dir_};
};

TEST_F(ObjectGateTest, WhatPassesIsDroppedAndTheRestIsCounted) {
  const auto before = objects_on_disk();
  const auto opened = open({});
  auto* repository = opened.get();
  const auto kept = written(repository, "kept");
  EXPECT_EQ(kept_bytes(repository), 4U);
  git_oid outer{}, inner{};
  {
    const Passing passing(repository);
    outer = written(repository, "outer");
    {
      const Passing again(repository);
      inner = written(repository, "inner");
    }
    EXPECT_TRUE(there(repository, outer));
    EXPECT_TRUE(there(repository, inner)) << "the outer one goes on";
    EXPECT_TRUE(same(written(repository, "kept"), kept));
  }
  EXPECT_TRUE(there(repository, kept));
  EXPECT_FALSE(there(repository, outer));
  EXPECT_FALSE(there(repository, inner));
  EXPECT_EQ(kept_bytes(repository), 4U);
  EXPECT_TRUE(same(written(repository, "inner"), inner)) << "and it can be written again, to stay";
  EXPECT_TRUE(there(repository, inner));
  drop_kept(repository);
  EXPECT_EQ(kept_bytes(repository), 0U);
  EXPECT_FALSE(there(repository, kept));
  EXPECT_EQ(objects_on_disk(), before);
}

TEST_F(ObjectGateTest, ALineLeavesNothingInMemoryButWhatIsKeptOfIt) {
  const auto opened = open({});
  auto own = find_own_work(opened.get(), oid("v1.0.0"), oid("hotfix/x"), {oid("main")}, {}, {});
  ASSERT_TRUE(ok(own));
  const auto before = kept_bytes(opened.get());
  LineReader reader(*own);
  const std::vector<std::string> none_ignored;
  Forecaster forecaster(none_ignored);
  for (int n = 0; n < 5; ++n) {
    repo_.commit("rewritten", {{"a.txt", numbered({{3, fmt::format("mine {}", n)}, {9, "more"}})}});
    ASSERT_TRUE(ok(reader.report(opened.get(), oid("main"), {.name = "main"}, {})));
    ASSERT_TRUE(ok(forecaster.line(opened.get(), *own, oid("main"))));
  }
  EXPECT_EQ(kept_bytes(opened.get()), before);
}

TEST_F(ObjectGateTest, NothingIsReadBeyondWhatMayBeKept) {
  const auto opened = open({.most_kept = 1000});
  auto* repository = opened.get();
  ASSERT_TRUE(ok(lookup_tree(repository, tree("main"))));
  written(repository, std::string(1001, 'x'));
  const auto refused = lookup_tree(repository, tree("hotfix/x"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::invalid);
  drop_kept(repository);
  EXPECT_TRUE(ok(lookup_tree(repository, tree("hotfix/x"))));
}

TEST_F(ObjectGateTest, AFileThatIsTooLargeIsNotMerged) {
  const std::string filler(2000, '-');
  repo_.commit("large", {{"large.txt", numbered() + filler}});
  repo_.git("checkout -q -b theirs");
  repo_.commit("theirs", {{"large.txt", numbered({{3, "theirs"}}) + filler}});
  repo_.git("checkout -q main");
  repo_.commit("ours", {{"large.txt", numbered({{15, "ours"}}) + filler}});
  const auto merge = [&](std::size_t largest) {
    const auto opened = open({.largest_object = largest});
    return merge_trees(opened.get(), tree("main~1"), tree("main"), tree("theirs"));
  };
  const auto merged = merge(1 << 20);
  ASSERT_TRUE(ok(merged));
  EXPECT_TRUE(merged->clean);
  const auto refused = merge(1000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, Problem::Kind::invalid);
  EXPECT_NE(refused.error().what.find("is larger than"), std::string::npos) << refused.error().what;
}

// At the first read, the second and so on: it says so, and what is asked next gets the whole answer.
TEST_F(ObjectGateTest, CancelledAtAnyRead) {
  repo_.git("cherry-pick hotfix/x~1");
  repo_.commit("also", {{"b.txt", numbered({{17, "otherwise"}})}});
  const auto all = [&](git_repository* repository, const OwnWork* known, LineReader* reader,
                       const GitProgress& progress) -> Result<MergeBackReport> {
    const Stoppable stoppable(repository, progress);
    auto own = find_own_work(repository, oid("v1.0.0"), oid("hotfix/x"), {oid("main")}, {}, {});
    if (!own) return std::unexpected(own.error());
    auto forecast = Forecaster({}).line(repository, *own, oid("main"));
    if (!forecast) return std::unexpected(forecast.error());
    if (known == nullptr) return LineReader(*own).report(repository, oid("main"), {.name = "main"}, progress);
    return reader->report(repository, oid("main"), {.name = "main"}, progress);
  };
  const auto wanted = all(open({}).get(), nullptr, nullptr, {});
  ASSERT_TRUE(ok(wanted));
  EXPECT_EQ(wanted->verdict, Verdict::unknown) << wanted->explanation;
  int stop = 1;
  for (;; ++stop) {
    ASSERT_LT(stop, 2000);
    const auto opened = open({.reads_per_question = 1});
    auto own = find_own_work(opened.get(), oid("v1.0.0"), oid("hotfix/x"), {oid("main")}, {}, {});
    ASSERT_TRUE(ok(own));
    LineReader reader(*own);
    int asked = 0;
    const auto cancelled = all(opened.get(), &*own, &reader, [&](std::string_view) { return ++asked < stop; });
    if (cancelled) break;
    EXPECT_EQ(cancelled.error().kind, Problem::Kind::unreachable) << cancelled.error().what;
    EXPECT_EQ(asked, stop) << "nothing is read after it: " << cancelled.error().what;
    const auto again = all(opened.get(), &*own, &reader, {});
    ASSERT_TRUE(ok(again)) << stop;
    EXPECT_EQ(again->explanation, wanted->explanation);
    EXPECT_EQ(again->commits, wanted->commits);
    EXPECT_EQ(again->landing, wanted->landing);
    EXPECT_EQ(again->conflicts.size(), wanted->conflicts.size());
  }
  EXPECT_GT(stop, 50) << "so many reads there are";
}

class TooLargeTest : public ObjectGateTest {
 protected:
  // A commit on `from` that has, beside all else, folders in folders: `deep` of them with ten entries each.
  std::string with_folders(const std::string& from, int deep, int entries) {
    return repo_.script(
        fmt::format("tree=$(printf '100644 blob %s\\tf\\n' $(git rev-parse v1.0.0:a.txt) | git mktree)\n"
                    "for level in $(seq {1}); do\n"
                    "  tree=$(for n in $(seq {2}); do printf '040000 tree %s\\td%s\\n' $tree $n; done | git mktree)\n"
                    "done\n"
                    "whole=$( (git ls-tree {0}; printf '040000 tree %s\\tzz\\n' $tree) | git mktree)\n"
                    "git commit-tree -p {0} -m bomb $whole",
                    from, deep, entries));
  }
  MergeBackReport judged(const std::string& target) {
    const auto report = judge_merge_back(
        {.path = repo_.work(), .base = "v1.0.0", .hotfix = "hotfix/x", .target = target, .landing = {}, .ignored = {}},
        {});
    EXPECT_TRUE(ok(report));
    return report ? *report : MergeBackReport{};
  }
};

TEST_F(TooLargeTest, ATreeOfMoreFilesThanAnybodyHasIsLeftToAPerson) {
  EXPECT_EQ(judged(with_folders("main", 10, 10)).verdict, Verdict::absent) << "the fix's files are all that is read";
  repo_.git("mv a.txt renamed.txt");
  repo_.git("commit -q -m renamed");  // for it all files are read
  EXPECT_EQ(judged(with_folders("main", 100, 1)).verdict, Verdict::absent);
  EXPECT_EQ(judged(with_folders("main", 4, 10)).verdict, Verdict::absent) << "ten thousand";
  const auto report = judged(with_folders("main", 10, 10));
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_NE(report.explanation.find("more than 1000000 files: a person must look"), std::string::npos)
      << report.explanation;
  const auto deep = judged(with_folders("main", 300, 1));
  EXPECT_EQ(deep.verdict, Verdict::unknown);
  EXPECT_NE(deep.explanation.find("folders deeper than 200"), std::string::npos) << deep.explanation;
}

TEST_F(TooLargeTest, APullRequestWithSuchATreeIsNotJudgedAndTheOthersAre) {
  repo_.git("tag v1.0.1 hotfix/x");
  repo_.push();
  const auto push = [&](int number, const std::string& sha) {
    repo_.git(fmt::format("push -q origin {}:refs/pull/{}/head", sha, number));
    return ListedPullRequest{static_cast<std::uint64_t>(number), sha, "theirs", "main",
                             fmt::format("refs/pull/{}/head", number)};
  };
  const auto bomb = with_folders("main", 10, 10);
  repo_.git("checkout -q --detach v1.0.0");
  const auto from_elsewhere = with_folders(repo_.commit("side", {{"side.txt", "side\n"}}), 10, 10);
  repo_.git("checkout -q main");
  repo_.commit("goes on", {{"other.txt", "more\n"}});
  repo_.push();
  repo_.git("checkout -q --detach main");
  const std::vector open{push(1, bomb), push(2, from_elsewhere), push(3, with_folders("main", 10, 10)),
                         push(4, repo_.commit("fine", {{"a.txt", numbered({{9, "fine"}})}}))};
  auto mirror = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror")}, {.name = "shop"});
  ASSERT_TRUE(ok(mirror));
  const effect::Observe about{.repository = "shop",
                              .branch = "hotfix/x",
                              .base_tag = "v1.0.0",
                              .base_sha = repo_.sha("v1.0.0"),
                              .known_head = repo_.sha("hotfix/x"),
                              .version = "v1.0.2",
                              .tag_sha = repo_.sha("hotfix/x"),
                              .known_production = "v1.0.1"};
  const auto told = (*mirror)->judge_pull_requests({"shop", {{"v1.0.1 (HF-1)", about}}, {}}, open, {});
  ASSERT_TRUE(ok(told));
  ASSERT_EQ(told->size(), 4U);
  for (int n = 0; n < 3; ++n)
    EXPECT_NE((*told)[n].unknown.find("more than 1000000 files"), std::string::npos) << n << (*told)[n].unknown;
  EXPECT_EQ((*told)[3].unknown, "");
  ASSERT_EQ((*told)[3].hotfixes.size(), 1U);
}

TEST_F(TooLargeTest, AFileThatIsTooLargeOnBothSidesIsLeftToAPerson) {
  const auto fill = [&](const std::string& first) {
    repo_.script(fmt::format("(echo {}; head -c 105000000 /dev/zero | tr '\\0' '\\n') > large.txt", first));
    repo_.git("add -A");
    repo_.git("commit -q -m large");
  };
  repo_.git("config core.compression 1");
  repo_.git("checkout -q main");
  fill("start");
  repo_.git("tag -f v1.0.0");
  repo_.git("checkout -q -B hotfix/x");
  fill("fixed");
  repo_.git("checkout -q main");
  EXPECT_EQ(judged("main").verdict, Verdict::absent) << "ids tell, nothing is read";
  fill("changed");
  const auto report = judged("main");
  EXPECT_EQ(report.verdict, Verdict::unknown);
  EXPECT_NE(report.explanation.find("is larger than 100 MiB: a person must look"), std::string::npos)
      << report.explanation;
  EXPECT_EQ(report.look.substr(0, 8), "git log ") << report.look;
  repo_.git("checkout -q hotfix/x");
  repo_.git("checkout -q main");
  repo_.git("checkout -q hotfix/x -- large.txt");
  repo_.git("commit -q -m same");
  EXPECT_EQ(judged("main").verdict, Verdict::present);
}

}  // namespace
}  // namespace hotfixd::git::testing
