// The mirror over a file origin: production tag, cut, tag, observe, damage.
#include <fstream>

#include "integrations/git/shell_command.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using Source = MirrorOptions::Production::Source;

class MirrorTest : public ::testing::Test {
 protected:
  // v2.4.6 and v2.4.7 on main, then unfinished work with a pre-release; a stray v9.0.0 on a side branch.
  MirrorTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}, {"VERSION", "1\n"}});
    repo_.git("tag v2.4.6");
    repo_.commit("more", {{"b.txt", "b\n"}});
    repo_.git("tag -a -m release v2.4.7");
    base_ = repo_.sha("v2.4.7");
    repo_.commit("unfinished", {{"c.txt", "half\n"}});
    repo_.git("tag v2.5.0-rc.1");
    repo_.git("branch develop");
    repo_.git("branch release/2.5");
    repo_.git("branch release/old/2.3");
    repo_.git("checkout -q -b side");
    repo_.commit("stray", {{"s.txt", "s\n"}});
    repo_.git("tag v9.0.0");
    repo_.git("checkout -q main");
    repo_.push();
  }
  std::unique_ptr<GitRepository> open(MirrorOptions options = {}) {
    options.url = repo_.origin();
    if (options.path.empty()) options.path = dir_.path("mirror");
    auto git = open_mirror(options, {.name = "shop"});
    EXPECT_TRUE(ok(git));
    return std::move(*git);
  }
  std::string on_origin(const std::string& ref) {
    return shell("git -C " + repo_.origin() + " rev-parse -q --verify " + ref + "^{commit}");
  }
  effect::Observe request() const {
    return {.repository = "shop",
            .branch = "hotfix/x",
            .base_tag = "v2.4.7",
            .base_sha = base_,
            .known_head = {},
            .known_targets = {}};
  }

  TempDir dir_;
  Repo repo_;
  std::string base_;
};

TEST_F(MirrorTest, ProductionIsTheNewestReleaseThatMainContains) {
  auto git = open();
  EXPECT_EQ(git->production_tag("", {}), "v2.4.7");
  EXPECT_EQ(git->production_tag("v9.0.0", {}), "v9.0.0") << "the record knows better when it is newer and exists";
  EXPECT_EQ(git->production_tag("v2.4.6", {}), "v2.4.7");
  EXPECT_EQ(git->production_tag("v8.8.8", {}), "v2.4.7") << "no such tag";
}

TEST_F(MirrorTest, ProductionMayBeFixedOrAsked) {
  EXPECT_EQ(open({.production = {Source::fixed, "v2.4.6"}})->production_tag("", {}), "v2.4.6");
  repo_.git("branch production v2.4.7");
  repo_.push();
  EXPECT_EQ(open({.production = {Source::fixed, "production"}})->production_tag("", {}), "v2.4.7");
  EXPECT_EQ(open({.production = {Source::fixed, "main"}})->production_tag("", {}).error().kind,
            Problem::Kind::not_found);
  EXPECT_EQ(open({.production = {Source::fixed, "v1.1.1"}})->production_tag("", {}).error().kind,
            Problem::Kind::not_found);
  EXPECT_EQ(open({.production = {Source::command, "echo ' v2.4.6 '; echo no"}})->production_tag("", {}), "v2.4.6");
  EXPECT_EQ(open({.production = {Source::command, "exit 3"}})->production_tag("", {}).error().kind,
            Problem::Kind::refused);
  EXPECT_EQ(open({.production = {Source::command, "echo nonsense"}})->production_tag("", {}).error().kind,
            Problem::Kind::not_found);
  const auto asked = [](Result<std::string> tag) {
    return MirrorOptions::Production{Source::asked, {}, [tag] { return tag; }};
  };
  EXPECT_EQ(open({.production = asked("v2.4.6")})->production_tag("v2.4.7", {}), "v2.4.6")
      << "after a rollback the record's newer one does not count";
  EXPECT_EQ(open({.production = asked("main")})->production_tag("", {}).error().kind, Problem::Kind::not_found);
  EXPECT_EQ(open({.production = asked(std::unexpected(Problem{Problem::Kind::unreachable, "no route", {}, {}}))})
                ->production_tag("", {})
                .error()
                .kind,
            Problem::Kind::unreachable);
  EXPECT_EQ(open()->tag_commit("v2.4.7", {}), repo_.git("rev-parse v2.4.7^{commit}"));
  EXPECT_EQ(open()->tag_commit("v8.8.8", {}).error().kind, Problem::Kind::not_found);
  EXPECT_EQ(open()->tag_commit("--x", {}).error().kind, Problem::Kind::invalid);
  EXPECT_EQ(open({.tag_prefix = "release-"})->production_tag("", {}).error().kind, Problem::Kind::not_found);
}

TEST(ShellCommand, IsLimitedInTimeAndOutput) {
  EXPECT_EQ(first_line_of("sleep 30", std::chrono::milliseconds(200)).error().kind, Problem::Kind::unreachable);
  EXPECT_EQ(first_line_of("yes | head -c 1000000"), "y");
  EXPECT_EQ(first_line_of("true").error().kind, Problem::Kind::refused);
  EXPECT_EQ(first_line_of("echo one; sleep 30 & ", std::chrono::seconds(5)), "one");
}

TEST_F(MirrorTest, CutIsIdempotentAndNamesTheVersion) {
  auto git = open();
  for (int i = 0; i < 2; ++i) {
    const auto cut = git->cut_branch({"shop", "hotfix/x", "", ""}, {});
    ASSERT_TRUE(ok(cut));
    EXPECT_EQ(cut->base_tag, "v2.4.7");
    EXPECT_EQ(cut->base_sha, base_) << "an annotated tag is peeled";
    EXPECT_EQ(cut->version, "v2.4.8");
    EXPECT_EQ(on_origin("hotfix/x"), base_);
  }
  repo_.git("tag v2.4.8 side");
  repo_.push();
  EXPECT_EQ(git->cut_branch({"shop", "hotfix/y", "", ""}, {})->version, "v2.4.9");
}

TEST_F(MirrorTest, CutRefusesWhatIsElsewhereOrNeverWasInProduction) {
  repo_.git("branch hotfix/x main");
  repo_.push();
  auto git = open();
  const auto elsewhere = git->cut_branch({"shop", "hotfix/x", "", ""}, {});
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().kind, Problem::Kind::exists_elsewhere);
  EXPECT_EQ(elsewhere.error().what, "branch hotfix/x exists already at " + repo_.sha("main").substr(0, 7) +
                                        ", wanted at " + base_.substr(0, 7));
  EXPECT_EQ(git->cut_branch({"shop", "hotfix/y", "v9.0.0", ""}, {}).error().kind, Problem::Kind::refused);
  EXPECT_EQ(git->cut_branch({"shop", "hotfix/y", "v0.0.1", ""}, {}).error().kind, Problem::Kind::refused);
  EXPECT_TRUE(ok(git->cut_branch({"shop", "hotfix/old", "v2.4.6", ""}, {})));
  EXPECT_TRUE(ok(git->cut_branch({"shop", "hotfix/known", "v9.0.0", "v9.0.0"}, {})));
  for (const char* name : {"", "-x", "a..b", "a b", "x.lock", "@{", "a//b"})
    EXPECT_EQ(git->cut_branch({"shop", name, "", ""}, {}).error().kind, Problem::Kind::invalid) << name;
  EXPECT_EQ(git->cut_branch({"shop", std::string(101, 'x'), "", ""}, {}).error().kind, Problem::Kind::invalid);
}

TEST_F(MirrorTest, TagIsAnnotatedOnceAndNeverMoved) {
  auto git = open(
      {.bot_name = "Hotfix Bot", .bot_email = "bot@example.com", .clock = [] { return Time(Seconds(1'763'700'000)); }});
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(ok(git->push_tag({"shop", "v2.4.8", base_, "HF-1: 500s on /checkout"}, {})));
  EXPECT_EQ(shell("git -C " + repo_.origin() +
                  " for-each-ref --format='%(objecttype) %(taggername) %(taggeremail) %(taggerdate:unix) %(subject)' "
                  "refs/tags/v2.4.8"),
            "tag Hotfix Bot <bot@example.com> 1763700000 HF-1: 500s on /checkout");
  EXPECT_EQ(on_origin("v2.4.8"), base_);
  const auto moved = git->push_tag({"shop", "v2.4.8", repo_.sha("main"), "x"}, {});
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().kind, Problem::Kind::exists_elsewhere);
  EXPECT_EQ(git->push_tag({"shop", "v2.4.9", std::string(40, 'a'), "x"}, {}).error().kind, Problem::Kind::not_found);
  EXPECT_EQ(git->push_tag({"shop", "v2.4.9", "HEAD", "x"}, {}).error().kind, Problem::Kind::invalid);
}

TEST_F(MirrorTest, ObserveTellsHeadScopeTagAndEveryLine) {
  auto git = open();
  ASSERT_TRUE(ok(git->cut_branch({"shop", "hotfix/x", "", ""}, {})));
  auto facts = git->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->head, base_);
  EXPECT_EQ(facts->files, 0);
  ASSERT_EQ(facts->targets.size(), 3u) << "main, develop and release/2.5; not release/old/2.3, not side";
  EXPECT_EQ(facts->targets[0].target, "develop");
  EXPECT_EQ(facts->targets[0].verdict, Verdict::unknown);

  repo_.git("checkout -q -b hotfix/x v2.4.7");
  const std::string head = repo_.commit("fix", {{"a.txt", numbered({{10, "fix"}, {11, "fix"}})}, {"VERSION", "2\n"}});
  repo_.git("tag -a -m x v2.4.8");
  repo_.git("checkout -q main");
  repo_.script("GIT_AUTHOR_NAME=Bob git merge -q --no-ff -m landed hotfix/x");
  repo_.push();
  facts = git->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->head, head);
  EXPECT_EQ(facts->unclean, "");
  EXPECT_EQ(facts->files, 1);
  EXPECT_EQ(facts->lines, 4);
  EXPECT_EQ(facts->tag, "v2.4.8");
  EXPECT_EQ(facts->tag_sha, head);
  EXPECT_TRUE(facts->tag_at);
  const MergeBackFact& main = facts->targets[1];
  EXPECT_EQ(main.target, "main");
  EXPECT_EQ(main.verdict, Verdict::present);
  EXPECT_EQ(main.explanation, "patch content present at " + repo_.sha("main").substr(0, 7));
  EXPECT_EQ(main.last_author, "Bob");
  EXPECT_TRUE(main.at);
  EXPECT_EQ(facts->targets[0].verdict, Verdict::absent);
  EXPECT_EQ(facts->targets[2].target, "release/2.5");

  // The branch goes; what was seen of it stays.
  repo_.git("branch -q -D hotfix/x");
  repo_.git("tag -d v2.4.8");
  repo_.git("reset -q --hard HEAD~1");
  repo_.push();
  auto gone = request();
  gone.known_head = head;
  gone.known_targets = {{"main", "", true}};
  facts = git->observe(gone, {});
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->head, "");
  EXPECT_EQ(facts->tag, "");
  EXPECT_EQ(facts->targets[1].verdict, Verdict::regressed);
  EXPECT_EQ(shell("git -C " + dir_.path("mirror") + " for-each-ref --format='%(refname)' refs/hotfixd/keep/" + head),
            "refs/hotfixd/keep/" + head);
  EXPECT_EQ(shell("git -C " + dir_.path("mirror") + " for-each-ref refs/heads/hotfix refs/hotfixd/push"), "")
      << "pruned";
}

// main is pushed back to what it was before the fix landed, or the fix is taken out by a commit.
TEST_F(MirrorTest, TheLastAuthorIsOfWhatCameSinceTheFixWasThere) {
  repo_.git("checkout -q -b hotfix/x v2.4.7");
  repo_.commit("fix", {{"a.txt", numbered({{10, "fix"}})}});
  repo_.git("checkout -q main");
  const std::string before = repo_.commit("innocent", {{"a.txt", numbered({{2, "other"}})}});
  repo_.git("merge -q --no-ff -m landed hotfix/x");
  const std::string landed = repo_.sha("main");
  repo_.push();
  auto git = open();
  auto asked = request();
  const auto main = [&](const std::string& settled) {
    asked.known_targets = {{"main", "", true, {}, settled}};
    repo_.push();
    const auto facts = git->observe(asked, {});
    EXPECT_TRUE(ok(facts));
    return facts ? facts->targets[1] : MergeBackFact{};
  };
  EXPECT_EQ(main({}).verdict, Verdict::present);
  repo_.git("reset -q --hard " + before);
  EXPECT_EQ(main({}).last_author, "Alice") << "nothing is known of when it was there";
  EXPECT_EQ(main(landed).verdict, Verdict::regressed);
  EXPECT_EQ(main(landed).last_author, "");
  EXPECT_EQ(main(std::string(40, 'b')).last_author, "") << "that head was pushed away before anybody fetched it";
  EXPECT_EQ(main(before).last_author, "") << "of the same head";
  repo_.git("reset -q --hard " + landed);
  repo_.script("GIT_AUTHOR_NAME=Dave git revert --no-edit -m 1 HEAD");
  EXPECT_EQ(main(landed).verdict, Verdict::regressed);
  EXPECT_EQ(main(landed).last_author, "Dave");
}

TEST_F(MirrorTest, AnAcknowledgementHoldsUntilTheFilesChange) {
  repo_.git("checkout -q -b hotfix/x v2.4.7");
  repo_.commit("fix", {{"a.txt", numbered({{10, "fix"}})}});
  repo_.git("checkout -q main");
  const std::string acknowledged = repo_.commit("own way", {{"a.txt", numbered({{10, "ours"}})}});
  repo_.commit("elsewhere", {{"z.txt", "z\n"}});
  repo_.push();
  auto git = open();
  auto asked = request();
  asked.known_targets = {{"main", acknowledged, false}};
  EXPECT_FALSE(git->observe(asked, {})->targets[1].changed_since_ack);
  repo_.commit("again", {{"a.txt", numbered({{19, "late"}, {10, "ours"}})}});
  repo_.push();
  const auto facts = git->observe(asked, {});
  ASSERT_TRUE(ok(facts));
  EXPECT_TRUE(facts->targets[1].changed_since_ack);
  EXPECT_EQ(facts->targets[1].last_author, "Alice");
}

TEST_F(MirrorTest, AMovedTagIsAnnounced) {
  auto git = open();
  ASSERT_TRUE(ok(git->fetch({})));
  repo_.git("tag -f v2.4.6 main");
  repo_.push();
  std::string said;
  ASSERT_TRUE(ok(git->fetch([&](std::string_view what) { return said += std::string(what) + "\n", true; })));
  EXPECT_NE(said.find("refs/tags/v2.4.6 was moved on the origin from"), std::string::npos) << said;
  EXPECT_EQ(shell("git -C " + dir_.path("mirror") + " rev-parse v2.4.6"), repo_.sha("main"));
}

TEST_F(MirrorTest, ADamagedMirrorIsMadeAnew) {
  ASSERT_TRUE(ok(open()->fetch({})));
  // Every object goes, the refs stay; then HEAD goes too.
  shell("rm -rf " + dir_.path("mirror") + "/objects/*");
  EXPECT_EQ(open()->production_tag("", {}), "v2.4.7");
  EXPECT_TRUE(std::filesystem::exists(dir_.path("mirror.corrupt-1")));
  shell("rm " + dir_.path("mirror") + "/HEAD");
  EXPECT_EQ(open()->production_tag("", {}), "v2.4.7");
  EXPECT_TRUE(std::filesystem::exists(dir_.path("mirror.corrupt-2")));
}

TEST_F(MirrorTest, AMissingBlobIsFoundWhenItIsNeeded) {
  repo_.git("checkout -q -b hotfix/x v2.4.7");
  repo_.commit("fix", {{"a.txt", numbered({{10, "fix"}})}});
  repo_.git("checkout -q main");
  repo_.commit("near", {{"a.txt", numbered({{2, "near"}})}});
  repo_.push();
  auto git = open();
  ASSERT_TRUE(ok(git->fetch({})));
  const std::string blob = repo_.git("rev-parse v2.4.7:a.txt");
  shell("cd " + dir_.path("mirror") +
        " && mkdir ../packs && mv objects/pack/* ../packs/; for p in ../packs/*.pack; do git unpack-objects -q < $p; "
        "done; rm objects/" +
        blob.substr(0, 2) + "/" + blob.substr(2));
  auto again = open();
  const auto facts = again->observe(request(), {});
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->targets[1].verdict, Verdict::absent);
}

TEST_F(MirrorTest, FoldersThatAreNotOursAreLeftAlone) {
  ASSERT_TRUE(ok(open()->fetch({})));
  const auto other = open_mirror({.url = "/somewhere/else.git", .path = dir_.path("mirror")}, {.name = "shop"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().what, "the mirror in " + dir_.path("mirror") + " belongs to " + repo_.origin());
  EXPECT_EQ(open_mirror({.url = repo_.origin(), .path = repo_.origin()}, {.name = "shop"}).error().kind,
            Problem::Kind::invalid);
  EXPECT_EQ(open_mirror({.url = repo_.origin(), .path = repo_.work()}, {.name = "shop"}).error().kind,
            Problem::Kind::invalid);
}

TEST_F(MirrorTest, AnAbsentOriginIsNotFoundAndCancellingCancels) {
  auto absent = open_mirror({.url = dir_.path("nowhere.git"), .path = dir_.path("m2")}, {.name = "shop"});
  ASSERT_TRUE(ok(absent));
  EXPECT_EQ((*absent)->fetch({}).error().kind, Problem::Kind::not_found);
  const auto cancelled = open()->fetch([](std::string_view) { return false; });
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, Problem::Kind::unreachable);
}

}  // namespace
}  // namespace hotfixd::git::testing
