#include "integrations/git/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "integrations/git/demo.hpp"

// The workshop and the demo against the git program's own view of what they made.

namespace hotfixd::git {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;
using Kind = Problem::Kind;

class Scratch : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "hotfixd-workshop-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    dir_ = pattern;
  }
  void TearDown() override { fs::remove_all(dir_); }

  // Runs in the scratch folder without anybody's configuration; what it prints, both streams.
  std::string shell(const std::string& command, int expected_exit = 0) {
    const std::string line = "cd '" + dir_.string() +
                             "' && export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C"
                             " GIT_AUTHOR_NAME=Cli GIT_AUTHOR_EMAIL=cli@shop.example"
                             " GIT_COMMITTER_NAME=Cli GIT_COMMITTER_EMAIL=cli@shop.example"
                             " GIT_AUTHOR_DATE='1795000000 +0000' GIT_COMMITTER_DATE='1795000000 +0000'\n(" +
                             command + "\n) 2>&1";
    FILE* pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) {
      ADD_FAILURE() << "popen";
      return {};
    }
    std::string out;
    std::array<char, 4096> buffer{};
    while (const auto n = std::fread(buffer.data(), 1, buffer.size(), pipe)) out.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    EXPECT_EQ(WEXITSTATUS(status), expected_exit) << command << "\n" << out;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
  }
  std::string git(const std::string& args) { return shell("git -C origin.git " + args); }

  fs::path dir_;
};

Signature at(std::int64_t second, std::string name = "Bob Berg", std::string email = "bob@shop.example") {
  return {std::move(name), std::move(email), Time(std::chrono::seconds(1'795'000'000 + second))};
}

class WorkshopTest : public Scratch {
 protected:
  void SetUp() override {
    Scratch::SetUp();
    shell("git init -q --bare -b main origin.git");
    auto opened = Workshop::open((dir_ / "origin.git").string());
    ASSERT_TRUE(opened) << opened.error().what;
    workshop_ = std::move(*opened);
    ok(workshop_->commit("main", "first", {{"src/a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}, {"README", "hello\n"}},
                         at(0)));
  }
  void TearDown() override {
    EXPECT_EQ(shell("git -C origin.git fsck --strict --no-dangling"), "");
    Scratch::TearDown();
  }

  template <typename T>
  T ok(const Result<T>& result) {
    if (result) return *result;
    ADD_FAILURE() << result.error().what;
    return {};
  }
  template <typename T>
  void refuses(const Result<T>& result, Kind kind, const std::string& what) {
    ASSERT_FALSE(result) << "expected: " << what;
    EXPECT_EQ(result.error().kind, kind) << result.error().what;
    EXPECT_EQ(result.error().what, what);
  }
  // A branch hotfix/x cut from main, whose own commit changes line 2.
  void hotfix() {
    ok(workshop_->branch("hotfix/x", "main"));
    ok(workshop_->commit("hotfix/x", "mend two", {{"src/a.txt", "1\nTWO\n3\n4\n5\n6\n7\n8\n9\n"}}, at(10)));
  }
  std::string everything() { return git("for-each-ref"); }

  std::unique_ptr<Workshop> workshop_;
};

TEST_F(WorkshopTest, opens_only_bare_repositories) {
  refuses(Workshop::open((dir_ / "nowhere").string()), Kind::not_found,
          "no git repository at '" + (dir_ / "nowhere").string() + "'");
  shell("git init -q worked");
  refuses(Workshop::open((dir_ / "worked").string()), Kind::invalid,
          "'" + (dir_ / "worked").string() + "' has a worktree; an origin is a bare repository");
}

TEST_F(WorkshopTest, a_commit_is_what_git_shows) {
  const auto sha = ok(workshop_->commit("main", "Add b, drop README\n\nBecause.",
                                        {{"src/deep/er/b.txt", "b\n"}, {"README", std::nullopt}}, at(60)));
  EXPECT_EQ(git("rev-parse main"), sha);
  EXPECT_EQ(git("log -1 --format='%an|%ae|%ad|%cn|%ce|%cd|%B' --date=raw main"),
            "Bob Berg|bob@shop.example|1795000060 +0000|Bob Berg|bob@shop.example|1795000060 +0000|Add b, drop "
            "README\n\nBecause.");
  EXPECT_EQ(git("ls-tree -r --name-only main"), "src/a.txt\nsrc/deep/er/b.txt");
  EXPECT_EQ(git("rev-list --count main"), "2");
  EXPECT_EQ(ok(workshop_->read("main", "src/deep/er/b.txt")), "b\n");
  refuses(workshop_->read("main", "src/deep"), Kind::not_found, "no file 'src/deep' in branch 'main'");
  // An empty one, as with --allow-empty.
  ok(workshop_->commit("main", "again", {}, at(61)));
  EXPECT_EQ(git("diff main~1 main"), "");
}

TEST_F(WorkshopTest, every_operation_makes_the_very_commit_that_git_makes) {
  const Signature cli = at(0, "Cli", "cli@shop.example");
  hotfix();
  shell("git clone -q origin.git work && git -C work switch -q hotfix/x && git -C work switch -q main");
  const std::string in_work = "git -C work ";

  shell("cd work && echo new > n.txt && git add n.txt && git commit -qm 'add n'");
  EXPECT_EQ(ok(workshop_->commit("main", "add n", {{"n.txt", "new\n"}}, cli)), shell(in_work + "rev-parse HEAD"));
  shell(in_work + "merge -q --no-ff -m \"Merge branch 'hotfix/x' into main\" hotfix/x");
  const auto merged = ok(workshop_->merge("main", "hotfix/x", cli));
  EXPECT_EQ(merged, shell(in_work + "rev-parse HEAD"));
  shell(in_work + "revert -m 1 --no-commit HEAD && " + in_work +
        "commit -qm 'Revert \"Merge branch '\"'\"'hotfix/x'\"'\"' into main\"' -m 'This reverts commit " + merged +
        ".'");
  EXPECT_EQ(ok(workshop_->revert("main", merged, cli)), shell(in_work + "rev-parse HEAD"));
  shell(in_work + "cherry-pick hotfix/x");
  EXPECT_EQ(ok(workshop_->cherry_pick("main", "hotfix/x", cli)), shell(in_work + "rev-parse HEAD"));
  shell(in_work + "revert --no-edit HEAD");
  EXPECT_EQ(ok(workshop_->revert("main", "main", cli)), shell(in_work + "rev-parse HEAD"));
  ok(workshop_->branch("topic", "main"));
  ok(workshop_->commit("topic", "one", {{"t.txt", "1\n"}}, cli));
  ok(workshop_->commit("topic", "two", {{"t.txt", "2\n"}}, cli));
  shell(in_work + "fetch -q && " + in_work + "merge -q --squash origin/topic && " + in_work +
        "commit -qm 'Topic (#7)'");
  EXPECT_EQ(ok(workshop_->squash("main", "topic", "Topic (#7)", cli)), shell(in_work + "rev-parse HEAD"));
  shell(in_work + "tag -a -m v9.9.9 v9.9.9");
  EXPECT_EQ(ok(workshop_->tag("v9.9.9", "main", cli)), git("rev-parse main"));
  EXPECT_EQ(git("rev-parse v9.9.9"), shell(in_work + "rev-parse v9.9.9"));
}

TEST_F(WorkshopTest, the_same_story_has_the_same_shas) {
  std::array<std::string, 2> refs;
  for (auto& seen : refs) {
    const auto path = dir_ / ("again" + std::to_string(&seen - refs.data()) + ".git");
    shell("git init -q --bare -b main '" + path.string() + "'");
    auto opened = Workshop::open(path.string());
    ASSERT_TRUE(opened);
    Workshop* const w = opened->get();
    ok(w->commit("main", "one", {{"src/a.txt", "a\n"}}, at(1)));
    ok(w->branch("hotfix/x", "main"));
    ok(w->commit("hotfix/x", "two", {{"src/b.txt", "b\n"}},
                 {"A", "a@x", Time(std::chrono::microseconds(1'795'000'002'999'999))}));
    ok(w->merge("main", "hotfix/x", at(3)));
    ok(w->tag("v1.0.0", "main", at(4)));
    seen = shell("git -C '" + path.string() + "' for-each-ref");
    EXPECT_EQ(shell("git -C '" + path.string() + "' log -1 --format=%ct hotfix/x"), "1795000002");
  }
  EXPECT_EQ(refs[0], refs[1]);
}

TEST_F(WorkshopTest, a_merge_is_always_a_merge_commit_and_never_twice) {
  hotfix();
  const auto sha = ok(workshop_->merge("main", "hotfix/x", at(20)));
  EXPECT_EQ(git("log -1 --format=%s%n%P main"),
            "Merge branch 'hotfix/x' into main\n" + git("rev-parse main~1") + " " + git("rev-parse hotfix/x"));
  EXPECT_EQ(ok(workshop_->merge("main", "hotfix/x", at(30))), sha) << "already up to date: no commit";
  EXPECT_EQ(git("rev-parse main"), sha);
  // Merged, reverted, merged again: the second merge brings nothing, as in life.
  const auto reverted = ok(workshop_->revert("main", "main", at(40)));
  EXPECT_EQ(ok(workshop_->merge("main", "hotfix/x", at(50))), reverted);
  EXPECT_EQ(git("diff main main~2"), "") << "the fix is gone again";
  ok(workshop_->tag("v1.0.1", "hotfix/x", at(51)));
  ok(workshop_->branch("develop", "main~2"));
  ok(workshop_->merge("develop", "v1.0.1", at(52)));
  EXPECT_EQ(git("log -1 --format=%s develop"), "Merge tag 'v1.0.1' into develop");
}

TEST_F(WorkshopTest, a_conflict_names_the_files_and_changes_nothing) {
  hotfix();
  ok(workshop_->commit("hotfix/x", "more", {{"src/z.txt", "ours\n"}}, at(11)));
  ok(workshop_->commit("main", "rewrite", {{"src/a.txt", "1\nzwei\n3\n"}, {"src/z.txt", "theirs\n"}}, at(12)));
  const auto before = everything();
  refuses(workshop_->merge("main", "hotfix/x", at(13)), Kind::refused,
          "merging branch 'hotfix/x' into 'main' conflicts in src/a.txt, src/z.txt");
  refuses(workshop_->squash("main", "hotfix/x", "s", at(13)), Kind::refused,
          "merging branch 'hotfix/x' into 'main' conflicts in src/a.txt, src/z.txt");
  refuses(workshop_->cherry_pick("main", "hotfix/x~1", at(13)), Kind::refused,
          "cherry-picking 'hotfix/x~1' onto 'main' conflicts in src/a.txt");
  refuses(workshop_->revert("main", "hotfix/x~1", at(13)), Kind::refused,
          "reverting 'hotfix/x~1' on 'main' conflicts in src/a.txt");
  // Changed on one side, deleted on the other.
  ok(workshop_->branch("gone", "hotfix/x~2"));
  ok(workshop_->commit("gone", "drop a", {{"src/a.txt", std::nullopt}}, at(14)));
  refuses(workshop_->merge("gone", "hotfix/x", at(15)), Kind::refused,
          "merging branch 'hotfix/x' into 'gone' conflicts in src/a.txt");
  git("update-ref -d refs/heads/gone");
  EXPECT_EQ(everything(), before);
}

TEST_F(WorkshopTest, a_squash_is_one_ordinary_commit) {
  hotfix();
  ok(workshop_->commit("hotfix/x", "and nine", {{"src/a.txt", "1\nTWO\n3\n4\n5\n6\n7\n8\nNINE\n"}}, at(11)));
  ok(workshop_->squash("main", "hotfix/x", "Mend two and nine (#12)", at(20)));
  EXPECT_EQ(git("log -1 --format='%s %p' main"), "Mend two and nine (#12) " + git("rev-parse --short main~1"));
  EXPECT_EQ(git("diff main hotfix/x"), "");
  refuses(workshop_->squash("main", "hotfix/x", "again", at(21)), Kind::refused,
          "squashing branch 'hotfix/x' into 'main' would change nothing");
}

TEST_F(WorkshopTest, a_pick_keeps_author_and_message_without_a_trailer) {
  hotfix();
  const auto sha = git("rev-parse hotfix/x");
  ok(workshop_->commit("main", "elsewhere", {{"README", "more\n"}}, at(15)));
  ok(workshop_->cherry_pick("main", sha.substr(0, 8), at(100, "Carol Chen", "carol@shop.example")));
  EXPECT_EQ(git("log -1 --format='%an|%at|%cn|%ct|%B' main"), "Bob Berg|1795000010|Carol Chen|1795000100|mend two");
  const auto before = everything();
  refuses(workshop_->cherry_pick("main", "hotfix/x", at(101)), Kind::refused,
          "'main' already has what 'hotfix/x' changes; the cherry-pick would be empty");
  refuses(workshop_->cherry_pick("main", "hotfix/y", at(101)), Kind::not_found,
          "no branch, tag or commit 'hotfix/y' on the origin");
  refuses(workshop_->cherry_pick("release/1", "hotfix/x", at(101)), Kind::not_found,
          "no branch 'release/1' on the origin");
  EXPECT_EQ(everything(), before);
}

TEST_F(WorkshopTest, a_merge_is_reverted_and_picked_relative_to_its_first_parent) {
  hotfix();
  ok(workshop_->branch("develop", "main"));
  ok(workshop_->commit("main", "elsewhere", {{"README", "more\n"}}, at(15)));
  const auto merged = ok(workshop_->merge("main", "hotfix/x", at(20)));
  ok(workshop_->cherry_pick("develop", merged, at(21)));
  EXPECT_EQ(git("diff --name-only develop~1 develop"), "src/a.txt");
  ok(workshop_->revert("main", "main", at(30)));
  EXPECT_EQ(git("diff main main~2"), "");
  EXPECT_EQ(git("log -1 --format=%B main"),
            "Revert \"Merge branch 'hotfix/x' into main\"\n\nThis reverts commit " + merged + ".");
  refuses(workshop_->revert("main", merged, at(31)), Kind::refused,
          "'main' has nothing left of '" + merged + "'; the revert would be empty");
}

TEST_F(WorkshopTest, branches_and_tags_are_made_once_and_removed) {
  hotfix();
  const auto sha = git("rev-parse hotfix/x");
  EXPECT_EQ(ok(workshop_->tag("v1.0.1", "hotfix/x", at(20))), sha);
  EXPECT_EQ(git("cat-file -t v1.0.1"), "tag");
  EXPECT_EQ(git("tag -l --format='%(taggername) %(taggerdate:raw) %(contents)' v1.0.1"),
            "Bob Berg 1795000020 +0000 v1.0.1");
  EXPECT_EQ(ok(workshop_->branch("release/2", "v1.0.1")), sha);
  refuses(workshop_->branch("release/2", "main"), Kind::refused, "branch 'release/2' is already on the origin");
  refuses(workshop_->branch("release", "main"), Kind::refused, "branch 'release' cannot be made beside 'release/2'");
  refuses(workshop_->branch("release/2/x", "main"), Kind::refused,
          "branch 'release/2/x' cannot be made beside 'release/2'");
  refuses(workshop_->tag("v1.0.1", "main", at(21)), Kind::refused, "tag 'v1.0.1' is already on the origin");
  refuses(workshop_->branch("a..b", "main"), Kind::invalid, "'a..b' is not a name git allows for a branch");
  refuses(workshop_->branch("-f", "main"), Kind::invalid, "'-f' is not a name git allows for a branch");
  refuses(workshop_->tag("", "main", at(21)), Kind::invalid, "'' is not a name git allows for a tag");
  refuses(workshop_->branch("new", "nothing"), Kind::not_found, "no branch, tag or commit 'nothing' on the origin");
  git("pack-refs --all");
  refuses(workshop_->branch("release", "main"), Kind::refused, "branch 'release' cannot be made beside 'release/2'");
  refuses(workshop_->branch("release/2/x", "main"), Kind::refused,
          "branch 'release/2/x' cannot be made beside 'release/2'");
  EXPECT_TRUE(workshop_->remove("release/2"));
  EXPECT_TRUE(workshop_->remove("v1.0.1"));
  refuses(workshop_->remove("v1.0.1"), Kind::not_found, "no branch or tag 'v1.0.1' on the origin");
  refuses(workshop_->remove("main"), Kind::refused, "'main' is the origin's default branch and cannot be removed");
  EXPECT_EQ(git("for-each-ref --format='%(refname)'"), "refs/heads/hotfix/x\nrefs/heads/main");
}

TEST_F(WorkshopTest, a_ref_is_a_branch_a_tag_or_an_id) {
  hotfix();
  const auto tip = git("rev-parse hotfix/x"), main = git("rev-parse main");
  ok(workshop_->tag("v1", "hotfix/x", at(20)));
  ok(workshop_->branch("v1", "main"));
  EXPECT_EQ(ok(workshop_->resolve("hotfix/x")), tip);
  EXPECT_EQ(ok(workshop_->resolve("v1")), main) << "the branch is looked for first";
  EXPECT_EQ(ok(workshop_->resolve("refs/tags/v1")), tip);
  EXPECT_EQ(ok(workshop_->resolve(tip)), tip);
  EXPECT_EQ(ok(workshop_->resolve(tip.substr(0, 7))), tip);
  EXPECT_EQ(ok(workshop_->resolve("refs/tags/v1~1")), main);
  EXPECT_EQ(ok(workshop_->resolve("hotfix/x^1")), main);
  EXPECT_EQ(ok(workshop_->resolve(git("rev-parse refs/tags/v1"))), tip) << "a tag object stands for its commit";
  for (const std::string ref : {"HEAD", "", "nothing", "main~7", "abc", "main^{tree}", "main:README",
                                "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef", "../main"}) {
    refuses(workshop_->resolve(ref), Kind::not_found, "no branch, tag or commit '" + ref + "' on the origin");
  }
  EXPECT_FALSE(workshop_->resolve(std::string("main\0x", 6)));
  EXPECT_FALSE(workshop_->resolve(git("rev-parse main:README"))) << "a file is no commit";
  git("pack-refs --all");
  EXPECT_EQ(ok(workshop_->resolve("hotfix/x")), tip);
}

TEST_F(WorkshopTest, paths_and_contents_have_limits) {
  const auto before = everything();
  const auto file = [&](const std::string& path) { return workshop_->commit("main", "s", {{path, "x"}}, at(1)); };
  for (const std::string path :
       {"", "/etc/passwd", "../up", "a/../b", "a/./b", "a//b", "a/", ".git/config", "a/.GIT/x", "git~1/x", "a\nb"}) {
    const auto result = file(path);
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().kind, Kind::invalid) << path;
  }
  EXPECT_FALSE(file(std::string("a\0b", 3)));
  EXPECT_FALSE(file(std::string(4097, 'a')));
  EXPECT_FALSE(workshop_->commit("main", "s", {{"big", std::string((16 << 20) + 1, 'a')}}, at(1)));
  refuses(file("src"), Kind::refused, "'src' is a folder");
  refuses(file("README/x"), Kind::refused, "'README/x' cannot be made: 'README' is a file");
  refuses(workshop_->commit("main", "s", {{"nope", std::nullopt}}, at(1)), Kind::not_found,
          "no file 'nope' on branch 'main'");
  refuses(workshop_->commit("hotfix/x", "s", {}, at(1)), Kind::not_found, "no branch 'hotfix/x' on the origin");
  refuses(workshop_->commit("main", " \n", {}, at(1)), Kind::invalid, "a commit needs a subject");
  refuses(workshop_->commit("main", "s", {}, {"", "a@x", Time{}}), Kind::invalid,
          "'' <'a@x'> cannot sign a commit: git wants a name and an address without angle brackets");
  refuses(workshop_->commit("main", "s", {}, {"A", "a@x", Time(std::chrono::seconds(-1))}), Kind::invalid,
          "git knows no time before 1970");
  EXPECT_EQ(everything(), before);
  // A file that makes room for a folder in the same commit.
  ok(workshop_->commit("main", "s", {{"README", std::nullopt}, {"README/x", "x\n"}}, at(2)));
  EXPECT_EQ(git("ls-tree -r --name-only main"), "README/x\nsrc/a.txt");
}

TEST_F(WorkshopTest, the_mode_of_a_script_is_kept) {
  shell(
      "git clone -q origin.git work && cd work && echo x > run.sh && chmod +x run.sh && git add . && git commit -qm "
      "run && git push -q");
  ok(workshop_->commit("main", "change", {{"run.sh", "y\n"}}, at(2)));
  EXPECT_THAT(git("ls-tree main run.sh"), HasSubstr("100755"));
}

TEST_F(WorkshopTest, unrelated_histories_are_not_merged) {
  shell(
      "git init -q -b other work && cd work && git commit -q --allow-empty -m other && git push -q ../origin.git "
      "other");
  refuses(workshop_->merge("main", "other", at(2)), Kind::refused,
          "'main' and branch 'other' have no history in common");
}

// Two people at one branch: whoever comes second is told so, and no commit is lost.
TEST_F(WorkshopTest, a_branch_moves_only_from_what_was_read) {
  std::array<int, 2> made{};
  std::array<std::thread, 2> people;
  for (std::size_t who = 0; who < people.size(); ++who) {
    people[who] = std::thread([this, who, &made] {
      auto mine = Workshop::open((dir_ / "origin.git").string());
      ASSERT_TRUE(mine);
      for (int i = 0; i < 50; ++i) {
        const auto done = (*mine)->commit("main", "n", {{"f" + std::to_string(who), std::to_string(i)}}, at(i));
        if (done)
          ++made[who];
        else
          EXPECT_EQ(done.error().kind, Kind::locked) << done.error().what;
      }
    });
  }
  for (auto& person : people) person.join();
  EXPECT_EQ(git("rev-list --count main"), std::to_string(1 + made[0] + made[1]));
  EXPECT_GT(made[0] + made[1], 0);
}

class DemoTest : public Scratch {
 protected:
  bool create() {
    const auto made = create_demo(dir_.string());
    if (!made) ADD_FAILURE() << made.error().what;
    return made && *made;
  }
};

constexpr const char* kFix = R"(sed -i 's/percent_off(cart\["coupon"\])$/& if cart["coupon"] else 0/' src/checkout.py)";

TEST_F(DemoTest, is_a_sound_repository_in_git_flow) {
  ASSERT_TRUE(create());
  std::printf("%s\n", git("log --graph --oneline --all --decorate").c_str());
  EXPECT_EQ(git("fsck --strict --full"), "");
  EXPECT_EQ(git("symbolic-ref HEAD"), "refs/heads/main");
  EXPECT_EQ(git("rev-parse --is-bare-repository"), "true");
  EXPECT_EQ(git("for-each-ref --format='%(refname) %(objecttype)'"),
            "refs/heads/develop commit\nrefs/heads/main commit\nrefs/heads/release/2.5 commit\n"
            "refs/tags/v2.4.5 tag\nrefs/tags/v2.4.6 tag\nrefs/tags/v2.4.7 tag");
  for (const std::string tag : {"v2.4.5", "v2.4.6", "v2.4.7"}) {
    git("merge-base --is-ancestor " + tag + " main");
    EXPECT_EQ("v" + git("show " + tag + ":VERSION"), tag);
  }
  EXPECT_EQ(git("rev-list --count v2.4.7..main"), "3");
  EXPECT_GT(std::stoi(git("rev-list --count v2.4.7..develop")), 3);
  EXPECT_EQ(git("merge-base develop release/2.5"), git("rev-parse release/2.5~1")) << "cut from develop, with a bump";
  EXPECT_EQ(git("show release/2.5:VERSION"), "2.5.0");
  EXPECT_EQ(shell("git -C origin.git cat-file -e main:src/a.txt", 128).substr(0, 5), "fatal");
  EXPECT_EQ(shell("git -C origin.git config receive.denyNonFastForwards", 1), "");
  const std::string last = git("log --all --format=%ct | sort -n | tail -1"),
                    first = git("log --all --format=%ct | sort -n | head -1");
  EXPECT_LT(std::stoll(last), 1'794'614'400) << "before 2026-11-14T00:00:00Z";
  EXPECT_GE(std::stoll(first), 1'788'220'800) << "not before September 2026";
}

TEST_F(DemoTest, the_fix_goes_into_every_line_without_a_conflict) {
  ASSERT_TRUE(create());
  shell("git clone -q origin.git shop && cd shop && git switch -qc hotfix/checkout-500 v2.4.7 && " + std::string(kFix) +
        " && git commit -qam fix");
  EXPECT_EQ(shell("git -C shop diff --shortstat v2.4.7 HEAD"), " 1 file changed, 1 insertion(+), 1 deletion(-)");
  for (const std::string line : {"main", "develop", "release/2.5"}) {
    EXPECT_EQ(shell("git -C shop show origin/" + line +
                    ":src/checkout.py | grep -c 'percent = percent_off(cart\\[\"coupon\"\\])$'"),
              "1");
    shell("cd shop && git switch -q " + line + " && git merge -q --no-ff --no-edit hotfix/checkout-500");
    EXPECT_EQ(shell("git -C shop diff --shortstat origin/" + line + " HEAD"),
              " 1 file changed, 1 insertion(+), 1 deletion(-)");
  }
  // And each into the next, as git-flow does.
  shell("cd shop && git switch -q develop && git merge -q --no-edit main && git merge -q --no-edit release/2.5");
  const auto readme = shell("cat README.md");
  EXPECT_THAT(readme, HasSubstr("git clone '" + (dir_ / "origin.git").string() + "' shop"));
  EXPECT_THAT(readme, HasSubstr(kFix));
}

// The shop is real: its tests are green in production, the bug is there all the same, main is red.
TEST_F(DemoTest, the_shop_runs) {
  if (std::system("python3 -c 'import unittest' >/dev/null 2>&1") != 0) GTEST_SKIP() << "no python3 here";
  ASSERT_TRUE(create());
  shell("git clone -q origin.git shop");
  const auto tests = [&](const std::string& ref, int exit) {
    shell("cd shop && git checkout -q " + ref);
    shell("cd shop && python3 -B -m unittest discover -s tests -t .", exit);
  };
  for (const std::string ref : {"v2.4.5", "v2.4.6", "v2.4.7", "origin/develop", "origin/release/2.5"}) tests(ref, 0);
  tests("origin/main", 1);
  const std::string buy =
      "cd shop && python3 -B -c 'from src.cart import *; from src.checkout import *; print(total(add(new_cart(\"x\"), "
      "\"mug\", 2000)))'";
  shell("git -C shop checkout -q v2.4.6");
  EXPECT_EQ(shell(buy), "2490");
  shell("git -C shop checkout -q v2.4.7");
  EXPECT_THAT(shell(buy, 1), HasSubstr("NoneType"));
  shell("cd shop && " + std::string(kFix));
  EXPECT_EQ(shell(buy), "2490");
}

TEST_F(DemoTest, is_always_the_same_and_kept_as_people_left_it) {
  ASSERT_TRUE(create());
  const auto refs = git("for-each-ref");
  EXPECT_EQ(git("rev-parse main develop release/2.5 v2.4.7^{}"),
            "a6e0d7fbf6afc2dad312dfe3d6de16d4754efd5a\n"
            "d8776afc141926bf9a1e640a6945bca792fd65b6\n"
            "fe63f24ae086c4d0e492ce9cabf536a3bd871633\n"
            "6a911eee7ba03a2631e8fcb03da9b19808377131")
      << "recorded stories name these";
  auto workshop = Workshop::open((dir_ / "origin.git").string());
  ASSERT_TRUE(workshop);
  ASSERT_TRUE((*workshop)->commit("main", "mine", {}, at(0)));
  ASSERT_TRUE((*workshop)->remove("release/2.5"));
  const auto mine = git("for-each-ref");
  fs::remove(dir_ / "README.md");
  EXPECT_FALSE(create());
  EXPECT_EQ(git("for-each-ref"), mine);
  EXPECT_TRUE(fs::exists(dir_ / "README.md"));
  fs::remove_all(dir_ / "origin.git");
  EXPECT_TRUE(create());
  EXPECT_EQ(git("for-each-ref"), refs);
}

TEST_F(DemoTest, a_half_made_one_is_made_anew) {
  const auto expect_anew = [&](const std::string& wreck) {
    shell(wreck);
    EXPECT_TRUE(create()) << wreck;
    EXPECT_EQ(git("fsck --strict --full"), "");
    EXPECT_FALSE(fs::exists(dir_ / ".origin.git.new"));
    fs::remove_all(dir_ / "origin.git");
  };
  expect_anew("mkdir origin.git");
  expect_anew("mkdir -p origin.git/objects");
  expect_anew("git init -q --bare origin.git");
  expect_anew("mkdir -p .origin.git.new/refs && touch .origin.git.new/HEAD");
  EXPECT_TRUE(fs::exists(dir_ / "origin.git.broken-2/objects")) << "moved aside, not deleted";
}

TEST_F(DemoTest, leaves_alone_what_is_not_its_own) {
  const auto kind = [&] {
    const auto made = create_demo(dir_.string());
    return made                                          ? std::string("made")
           : made.error().kind == Kind::exists_elsewhere ? "foreign"
           : made.error().kind == Kind::corrupt          ? "corrupt"
                                                         : made.error().what;
  };
  shell("touch origin.git");
  EXPECT_EQ(kind(), "foreign");
  shell("rm origin.git && git init -q origin.git");
  EXPECT_EQ(kind(), "foreign");
  shell(
      "cd origin.git && git commit -q --allow-empty -m x && cd .. && mv origin.git work && git clone -q --bare work "
      "origin.git");
  EXPECT_EQ(kind(), "foreign");
  shell("rm -rf origin.git");
  EXPECT_EQ(kind(), "made");
  shell(
      "sha=$(git -C origin.git rev-parse v2.4.7:src/checkout.py) && f=origin.git/objects/$(echo $sha | sed "
      "'s,^..,&/,') && chmod u+w $f && : > $f");
  EXPECT_EQ(kind(), "corrupt");
  shell("mkdir blocked && touch blocked/file");
  EXPECT_FALSE(create_demo((dir_ / "blocked/file/demo").string()));
  EXPECT_FALSE(create_demo(""));
}

TEST_F(DemoTest, many_at_once_make_one) {
  std::array<int, 4> made{};
  std::array<std::thread, 4> people;
  for (std::size_t who = 0; who < people.size(); ++who)
    people[who] = std::thread([&, who] { made[who] = create() ? 1 : 0; });
  for (auto& person : people) person.join();
  EXPECT_EQ(made[0] + made[1] + made[2] + made[3], 1);
  EXPECT_EQ(git("fsck --strict --full"), "");
}

}  // namespace
}  // namespace hotfixd::git
