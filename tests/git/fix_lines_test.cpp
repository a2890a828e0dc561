// Where a merge takes lines for others that are like them, a person looks: it never says PRESENT by that, and what is
// there it does not call lacking.
#include <fmt/format.h>

#include "integrations/git/mergeback_report.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class FixLines : public ::testing::Test {
 protected:
  // A fix, and main as it is at the end; what git makes of it when it merges the two before.
  void start(const std::map<std::string, std::string>& files) {
    repo_.commit("start", files);
    repo_.git("tag v1.0.0");
  }
  void fix(const std::map<std::string, std::string>& files) {
    repo_.git("checkout -q -b hotfix/x v1.0.0");
    repo_.commit("fix", files);
    repo_.git("checkout -q main");
    repo_.commit("unrelated", {{"other.txt", "other\n"}});
  }
  void merge() { repo_.git("-c merge.directoryRenames=true merge -q --no-ff -m merged hotfix/x"); }
  std::string verdict() {
    const auto report = judge_merge_back(
        {.path = repo_.work(), .base = "v1.0.0", .hotfix = "hotfix/x", .target = "main", .landing = {}, .ignored = {}},
        {});
    EXPECT_TRUE(ok(report));
    if (!report) return "";
    explanation_ = report->explanation;
    return std::string(to_string(report->verdict));
  }
  static std::string functions(const std::vector<std::string>& names, const std::string& mended) {
    std::string text;
    for (const auto& name : names)
      text +=
          fmt::format("def {}(n):\n    whole = 100\n    part = whole // {}\n    rest = part * n\n    return rest\n\n\n",
                      name, name == mended ? "max(n, 1)" : "n");
    return text;
  }

  TempDir dir_;
  Repo repo_{dir_};
  std::string explanation_;
};

TEST_F(FixLines, AFunctionThatIsLikeTheMendedOneIsNotTakenForIt) {
  start({{"f.py", functions({"left", "middle", "right"}, "")}});
  fix({{"f.py", functions({"left", "middle", "right"}, "left")}});
  repo_.commit("in another order, middle mended", {{"f.py", functions({"middle", "left", "right"}, "middle")}});
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("\"part = whole // max(n, 1)\" of f.py is not below \"def left(n):\" there"),
            std::string::npos)
      << explanation_;
}

// The line that it takes out of one stays in the others.
TEST_F(FixLines, ALineTakenOutOfAFunctionLikeItIsNot) {
  const auto without = [](const std::vector<std::string>& names, const std::string& name) {
    auto text = functions(names, "");
    const auto at = text.find("    rest = part * n\n", text.find("def " + name));
    return text.erase(at, std::string_view("    rest = part * n\n").size());
  };
  start({{"f.py", functions({"left", "middle", "right"}, "")}});
  fix({{"f.py", without({"left", "middle", "right"}, "left")}});
  repo_.git("branch before");
  repo_.commit("out of middle, in another order", {{"f.py", without({"middle", "left", "right"}, "middle")}});
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
  EXPECT_NE(explanation_.find("\"rest = part * n\", which it takes out of f.py, is there"), std::string::npos)
      << explanation_;
  repo_.git("reset -q --hard before");
  merge();
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
  repo_.commit("in another order", {{"f.py", without({"middle", "left", "right"}, "left")}});
  EXPECT_NE(verdict(), "REGRESSED") << explanation_;
}

TEST_F(FixLines, AFunctionThatWasRenamedIsNoOtherOne) {
  start({{"f.py", functions({"left", "middle", "right"}, "")}});
  fix({{"f.py", functions({"left", "middle", "right"}, "left")}});
  merge();
  auto renamed = functions({"links", "middle", "right"}, "links");
  repo_.commit("renamed", {{"f.py", renamed}});
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
}

TEST_F(FixLines, ASectionTellsAKeyFromAnother) {
  const auto file = [](bool a, bool b) {
    return fmt::format("[a]\nlimit = {}\nmore = 1\n\n[b]\nlimit = {}\nmore = 1\n", a ? 500 : 5, b ? 500 : 5);
  };
  start({{"app.ini", file(false, false)}});
  fix({{"app.ini", file(true, false)}});
  repo_.commit("the other", {{"app.ini", "[b]\nlimit = 500\nmore = 1\n\n[a]\nlimit = 5\nmore = 1\n"}});
  EXPECT_NE(verdict(), "PRESENT") << explanation_;
}

TEST_F(FixLines, WhatItTakesOutIsNotToBeThereAgain) {
  const std::string head = "hooks = []\n\n\ndef wipe():\n    return 1\n\n\n", hook = "hooks.append(wipe)\n",
                    tail = "\n\ndef a():\n    return 1\n\n\ndef b():\n    return 2\n";
  start({{"hook.py", head + hook + tail}});
  fix({{"hook.py", head + tail}});
  repo_.git("branch before");
  merge();
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
  repo_.commit("put back at the end", {{"hook.py", head + tail + hook}});
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("\"hooks.append(wipe)\", which it takes out of hook.py, is there"), std::string::npos)
      << explanation_;
  repo_.git("reset -q --hard before");
  repo_.commit("only moved", {{"hook.py", head + tail + hook}});
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
}

TEST_F(FixLines, AFileThatItDeletesIsNotToTakeAnothersPlace) {
  start({{"plugin.txt", numbered()}, {"ext.txt", "harmless\n"}});
  repo_.git("checkout -q -b hotfix/x");
  repo_.git("rm -q plugin.txt");
  repo_.git("commit -q -m fix");
  repo_.git("checkout -q main");
  repo_.git("mv -f plugin.txt ext.txt");
  repo_.git("commit -q -m moved");
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("ext.txt is like it"), std::string::npos) << explanation_;
}

// The file is kept beside the one that is used.
TEST_F(FixLines, AFileThatIsLikeTheRenamedOneIsNotTakenForIt) {
  const auto alike = numbered({{1, "quite"}, {2, "another"}, {5, "start"}, {6, "than"}, {7, "this"}});
  start({{"shop.py", numbered()}, {"twins.py", alike}, {"store.py", "stub\n"}});
  fix({{"shop.py", numbered({{10, "guarded"}})}});
  merge();
  repo_.git("branch merged");
  for (const bool other_gone : {false, true}) {
    repo_.git("reset -q --hard merged");
    repo_.git("mv shop.py keep.py");
    if (other_gone) repo_.git("rm -q twins.py");
    repo_.commit("two of them", {{"used.py", numbered({{20, "grown"}})}});
    EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
  }
  repo_.git("reset -q --hard merged");
  repo_.git("mv shop.py keep.py");
  repo_.commit("over another", {{"store.py", numbered({{20, "grown"}})}});
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
  EXPECT_NE(explanation_.find("store.py is like shop.py"), std::string::npos) << explanation_;
  repo_.git("reset -q --hard merged");
  repo_.git("mv shop.py keep.py");
  repo_.commit("renamed alone", {});
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
}

// git merges it clean and right; another way to compare takes the new test for the one that is gone.
TEST_F(FixLines, ABlockLikeItsNeighboursIsNotLackingSinceOneOfThemWent) {
  const auto tests = [](const std::vector<std::pair<std::string, int>>& all) {
    std::string text;
    for (const auto& [name, n] : all)
      text += fmt::format(
          "def test_{}():\n    shop = Shop()\n    cart = shop.cart()\n    cart.add({})\n    shop.pay(cart)\n    assert "
          "shop.paid\n\n\n",
          name, n);
    return text;
  };
  start({{"t.py", tests({{"a", 1}, {"b", 2}, {"c", 3}})}});
  fix({{"t.py", tests({{"a", 1}, {"b", 2}, {"c", 3}, {"fix", 9}})}});
  repo_.commit("without b", {{"t.py", tests({{"a", 1}, {"c", 3}})}});
  merge();
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
  repo_.commit("without it", {{"t.py", tests({{"a", 1}, {"c", 3}})}});
  EXPECT_EQ(verdict(), "REGRESSED") << explanation_;
}

TEST_F(FixLines, TheModeAloneIsNoReasonToCallItGone) {
  start({{"run.sh", numbered()}});
  repo_.git("checkout -q -b hotfix/x");
  repo_.script("chmod +x run.sh");
  repo_.commit("fix", {{"run.sh", numbered({{10, "guarded"}})}});
  repo_.git("checkout -q main");
  repo_.commit("by hand", {{"run.sh", numbered({{10, "guarded"}})}});
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
}

// git puts what the fix adds where the line moved the folder.
TEST_F(FixLines, AFileThatTheMergePutElsewhereIsNotLacking) {
  start({{"src/user.py", numbered()}, {"src/b.py", "b\n"}});
  fix({{"src/user.py", numbered({{10, "guard()"}})},
       {"src/guard.py", numbered({{1, "def guard():"}, {2, "pass it"}}, 8)}});
  repo_.git("mv src lib");
  repo_.git("commit -q -m moved");
  merge();
  EXPECT_EQ(repo_.git("ls-files lib/guard.py"), "lib/guard.py") << "git does so";
  EXPECT_EQ(verdict(), "UNKNOWN") << explanation_;
  repo_.git("rm -q lib/guard.py");
  repo_.git("commit -q -m without");
  EXPECT_NE(verdict(), "PRESENT") << explanation_;
}

// Each of these: main does it, then git merges the fix without a conflict; or the other way round.
TEST_F(FixLines, WhatGitMergesIntoTheWrongPlaceIsNoProof) {
  const auto routes = [](const std::vector<std::string>& paths) {
    std::string text = "ROUTES = [\n";
    for (const auto& path : paths) text += "    " + path + ",\n";
    return text + "]\n";
  };
  start({{"r.py", routes({"home", "users/*", "orders", "basket", "about", "users/new", "search"})}});
  fix({{"r.py", routes({"home", "orders", "basket", "about", "users/new", "users/*", "search"})}});
  repo_.git("branch before");
  merge();
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
  repo_.git("reset -q --hard before");
  repo_.commit("moved", {{"r.py", routes({"home", "orders", "users/*", "basket", "about", "users/new", "search"})}});
  merge();
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("\"users/*,\" of r.py stands 2 times there, and once in the hotfix"), std::string::npos)
      << explanation_;
}

TEST_F(FixLines, AnotherVersionAtItsOldPlaceIsNotIt) {
  const auto api = [](const std::string& name, const std::string& read) {
    return "# The API\n# of the shop\n\ndef " + name +
           "(x):\n    data = dict(x)\n    data['seen'] = 1\n    name = " + read +
           "\n    data['len'] = 2\n    return name\n";
  };
  start({{"api.py", api("first", "data['name']")}});
  fix({{"api.py", api("first", "data.get('name')")}});
  repo_.git("branch before");
  const auto second = [&] {
    repo_.git("mv api.py api_v1.py");
    repo_.commit("a second version", {{"api.py", api("second", "data['name']")}});
  };
  second();
  merge();
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("api_v1.py is now as api.py was"), std::string::npos) << explanation_;
  repo_.git("reset -q --hard before");
  merge();
  second();
  EXPECT_EQ(verdict(), "UNKNOWN") << "it is in the other file: " << explanation_;
}

TEST_F(FixLines, AFunctionThatWentElsewhereIsNotCalledGone) {
  start({{"f.py", functions({"left", "middle", "right"}, "")}});
  fix({{"f.py", functions({"left", "middle", "right"}, "middle")}});
  merge();
  repo_.commit("middle has its own file",
               {{"f.py", functions({"left", "other", "right"}, "")}, {"m.py", functions({"middle"}, "middle")}});
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("\"def middle(n):\", below which it stood, is gone"), std::string::npos) << explanation_;
  repo_.commit("taken out", {{"f.py", functions({"left", "middle", "right"}, "")}});
  EXPECT_EQ(verdict(), "REGRESSED") << explanation_;
}

TEST_F(FixLines, WhatTheFixAddsOrRenamesMayBeMovedLater) {
  start({{"shop.py", numbered()}, {"src/rates.py", numbered({{1, "rates"}})}});
  repo_.git("checkout -q -b hotfix/x");
  repo_.git("mv src/rates.py src/tariffs.py");
  repo_.script("ln -s tariffs.py src/current");
  repo_.commit("fix", {{"shop.py", numbered({{10, "guarded"}})},
                       {"guard.py", "def guard(x):\n    return x or 0\n"},
                       {"src/tariffs.py", numbered({{1, "rates"}, {7, "mended"}})}});
  repo_.git("checkout -q main");
  repo_.commit("unrelated", {{"other.txt", "other\n"}});
  merge();
  EXPECT_EQ(verdict(), "PRESENT") << explanation_;
  repo_.git("mv src lib");
  repo_.git("mv guard.py lib/guard.py");
  repo_.commit("to lib, and beside the fix", {{"shop.py", numbered({{10, "guarded"}, {11, "later"}})}});
  EXPECT_EQ(verdict(), "CHANGED_SINCE") << explanation_;
}

// Thousands of equal lines below the same heading: it ends, and says so.
TEST_F(FixLines, MuchThatIsAlikeIsLeftToAPerson) {
  const auto table = [](bool fixed, const std::string& last) {
    std::string text = "{\n  \"a\": [\n";
    for (int n = 0; n < 15'000; ++n) text += "    0,\n";
    text += "    0\n  ],\n  \"b\": [\n";
    for (int n = 0; n < 15'000; ++n) text += "    0,\n";
    return text + (fixed ? "    1,\n" : "") + "    0\n  ],\n  \"last\": " + last + "\n}\n";
  };
  start({{"t.json", table(false, "1")}});
  fix({{"t.json", table(true, "1")}});
  merge();
  repo_.commit("more", {{"t.json", table(true, "2")}});
  EXPECT_EQ(verdict(), "UNKNOWN");
  EXPECT_NE(explanation_.find("t.json is too much to tell its parts apart"), std::string::npos) << explanation_;
}

}  // namespace
}  // namespace hotfixd::git::testing
