// `hotfixd mergeback`: what is said to those who type it wrongly, and the form of what is said to the others.
#include "bot/cli/mergeback.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/git/repo_support.hpp"

namespace hotfixd::cli {
namespace {

using git::testing::numbered;
using git::testing::Repo;
using git::testing::shell;
using git::testing::TempDir;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Said {
  int code = 0;
  std::string out, err;
};

// main at v1.0.0 and one more, and a hotfix cut from the tag.
class MergeBack : public ::testing::Test {
 protected:
  MergeBack() {
    repo_.commit("first", {{"a.txt", numbered()}});
    repo_.git("tag v1.0.0");
    repo_.git("checkout -q -b hotfix/x");
    repo_.commit("fix", {{"a.txt", numbered({{10, "fixed"}})}});
    repo_.git("checkout -q main");
    repo_.commit("unrelated", {{"other.txt", "more\n"}});
  }

  MergeBackOptions question() const {
    return {
        .repo = repo_.work(), .base = "v1.0.0", .hotfix = "hotfix/x", .target = "main", .landing = {}, .ignored = {}};
  }
  static Said ask(const MergeBackOptions& options) {
    std::ostringstream out, err;
    Said said;
    said.code = run_mergeback(options, false, out, err);
    said.out = out.str();
    said.err = err.str();
    return said;
  }
  // Exit 2, nothing on standard output, and these words on standard error.
  static void refused(const MergeBackOptions& options, const std::string& words) {
    const auto said = ask(options);
    EXPECT_EQ(said.code, 2) << said.out;
    EXPECT_EQ(said.out, "");
    EXPECT_THAT(said.err, HasSubstr(words));
  }

  TempDir dir_;
  Repo repo_{dir_};
};

TEST_F(MergeBack, SaysTheWordFirst) {
  auto said = ask(question());
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.out, StartsWith("ABSENT\n"));
  EXPECT_EQ(said.err, "");
  repo_.git("merge -q --no-ff -m m hotfix/x");
  said = ask(question());
  EXPECT_EQ(said.code, 0);
  EXPECT_THAT(said.out, StartsWith("PRESENT\n"));
}

TEST_F(MergeBack, SaysTheSameAsJson) {
  auto options = question();
  options.json = true;
  const auto said = ask(options);
  EXPECT_EQ(said.code, 1);
  const auto answer = nlohmann::json::parse(said.out);
  EXPECT_EQ(answer["verdict"], "ABSENT");
  EXPECT_EQ(answer["exit"], 1);
  ASSERT_EQ(answer["commits"].size(), 1u);
  EXPECT_EQ(answer["commits"][0]["verdict"], "ABSENT");
  EXPECT_TRUE(answer["landing"].is_null());
  EXPECT_EQ(answer["history"]["ancestor"], false);
  EXPECT_EQ(answer["conflicts"], nlohmann::json::array());
}

TEST_F(MergeBack, OfNoRepositoryItNamesTheOption) {
  auto options = question();
  options.repo = dir_.path("nowhere");
  refused(options, "nowhere is not a git repository that can be read: give --repo");
}

TEST_F(MergeBack, OfACommitThatIsNotThereItNamesTheOption) {
  for (const std::string option : {"base", "hotfix", "target", "landing"}) {
    SCOPED_TRACE(option);
    for (const std::string name : {"nope", "--all", "v1.0.0..main", "0123456789012345678901234567890123456789"}) {
      auto options = question();
      (option == "base"     ? options.base
       : option == "hotfix" ? options.hotfix
       : option == "target" ? options.target
                            : options.landing) = name;
      refused(options, name);
      refused(options, "--" + option);
    }
  }
}

TEST_F(MergeBack, OfACommitThatIsLostItSaysHowToFetchIt) {
  const auto sha = repo_.sha("hotfix/x");
  shell("rm -f '" + repo_.work() + "/.git/objects/" + sha.substr(0, 2) + "/" + sha.substr(2) + "'");
  refused(question(), "the commit of hotfix/x is missing in ");
  refused(question(), "git fetch --refetch --no-filter origin");
}

TEST_F(MergeBack, ABaseThatIsNoAncestorIsRefused) {
  auto options = question();
  options.base = "main";
  refused(options, "hotfix/x does not contain main: give --base");
}

TEST_F(MergeBack, WithoutACommitOfTheHotfixAPersonMustLook) {
  auto options = question();
  options.hotfix = "v1.0.0";
  const auto said = ask(options);
  EXPECT_EQ(said.code, 3);
  EXPECT_THAT(said.out, StartsWith("UNKNOWN\nno commits on the hotfix branch yet\n"));
}

TEST_F(MergeBack, ReadsABareRepositoryAWorktreeAndAPathWithABlank) {
  repo_.push();
  shell("git clone -q '" + repo_.work() + "' '" + dir_.path("with a blank") + "'");
  shell("git -C '" + dir_.path("with a blank") + "' branch -q hotfix/x origin/hotfix/x");
  repo_.git("worktree add -q --detach '" + dir_.path("beside") + "' v1.0.0");
  for (const std::string& path : {repo_.origin(), dir_.path("with a blank"), dir_.path("beside")}) {
    SCOPED_TRACE(path);
    auto options = question();
    options.repo = path;
    const auto said = ask(options);
    EXPECT_EQ(said.code, 1) << said.err;
    EXPECT_THAT(said.out, StartsWith("ABSENT\n"));
  }
}

TEST_F(MergeBack, AShallowCloneSaysWhatToType) {
  shell("git clone -q --depth 1 --no-single-branch 'file://" + repo_.work() + "' '" + dir_.path("shallow") + "'");
  auto options = question();
  options.repo = dir_.path("shallow");
  options.hotfix = "origin/hotfix/x";
  refused(options, "git fetch --unshallow");
}

class PartialClone : public MergeBack, public ::testing::WithParamInterface<std::string> {
 protected:
  // Of the fix, of each of its commits and of the line, no clone has all.
  PartialClone() {
    repo_.git("checkout -q hotfix/x");
    repo_.commit("again", {{"a.txt", numbered({{10, "fixed"}, {17, "too"}})}});
    repo_.git("checkout -q main");
    repo_.commit("further", {{"a.txt", numbered({{3, "further"}})}, {"b.txt", numbered()}});
    repo_.git("cherry-pick -x hotfix/x~1");
    repo_.git("config uploadpack.allowFilter true");
    repo_.git("config uploadpack.allowAnySHA1InWant true");
    shell("git clone -q --no-checkout --filter=" + GetParam() + " 'file://" + repo_.work() + "' '" + clone() + "'");
  }
  std::string clone() const { return dir_.path("partial"); }
  MergeBackOptions of_clone() const {
    auto options = question();
    options.repo = clone();
    options.hotfix = "origin/hotfix/x";
    options.target = "origin/main";
    return options;
  }
  int packs() const { return std::stoi(shell("find '" + clone() + "' -name '*.pack' | wc -l")); }
};
INSTANTIATE_TEST_SUITE_P(With, PartialClone, ::testing::Values("blob:none", "tree:0"),
                         [](const auto& info) { return info.param.substr(0, 4); });

TEST_P(PartialClone, SaysWhatToTypeAndFetchesWhenAsked) {
  refused(of_clone(), "it is a partial clone: add --fetch-missing");
  EXPECT_EQ(packs(), 1) << "nothing was fetched";
  auto options = of_clone();
  options.fetch_missing = true;
  const auto said = ask(options);
  EXPECT_EQ(said.code, 1) << said.err;
  EXPECT_THAT(said.out, StartsWith("PARTIAL\n"));
  if (GetParam() == "blob:none") EXPECT_LE(packs(), 3) << "nearly all of it at once";
  EXPECT_EQ(ask(of_clone()).out, said.out) << "now it is there";
}

TEST_P(PartialClone, TellsWhyItCannotBeFetched) {
  shell("git -C '" + clone() + "' remote set-url origin 'file://" + dir_.path("nowhere") + "'");
  auto options = of_clone();
  options.fetch_missing = true;
  refused(options, "fetching what is missing from origin: ");
}

TEST_F(MergeBack, WritesNothing) {
  const auto files = "find '" + repo_.work() + "' -printf '%p %s %T@\\n' | sort";
  const auto before = shell(files);
  EXPECT_THAT(before, HasSubstr("/HEAD "));
  EXPECT_EQ(ask(question()).code, 1);
  EXPECT_EQ(shell(files), before);
}

}  // namespace
}  // namespace hotfixd::cli
