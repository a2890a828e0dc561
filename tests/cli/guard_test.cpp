// `hotfixd guard` on small repositories made with the real git, from lists as export writes them.
#include "bot/cli/guard.hpp"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/cli/guard_list.hpp"
#include "bot/cli/replay.hpp"
#include "bot/engine/export.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::cli {
namespace {

using git::testing::numbered;
using git::testing::Repo;
using git::testing::shell;
using git::testing::TempDir;
using nlohmann::json;

struct Said {
  int code = 0;
  std::string out, err;
};

Said ask(const GuardOptions& options, const std::string& input = {}) {
  std::istringstream in(input);
  std::ostringstream out, err;
  Said said;
  said.code = run_guard(std::nullopt, options, in, out, err);
  said.out = out.str();
  said.err = err.str();
  return said;
}

// main at v1.0.0, and a hotfix cut from it that shipped as v1.0.1.
class Guard : public ::testing::Test {
 protected:
  Guard() {
    repo_.commit("first", {{"a.txt", numbered()}});
    repo_.git("tag v1.0.0");
    repo_.git("checkout -q -b hotfix/x");
    repo_.commit("fix", {{"a.txt", numbered({{10, "fixed"}})}});
    repo_.git("tag v1.0.1");
    repo_.git("checkout -q main");
    repo_.commit("unrelated", {{"other.txt", "more\n"}});
    shipped_ = {{"repository", "shop"},
                {"branch", "hotfix/x"},
                {"base_tag", "v1.0.0"},
                {"base_sha", repo_.sha("v1.0.0")},
                {"tag", "v1.0.1"},
                {"tag_sha", repo_.sha("v1.0.1")},
                {"tagged_head", repo_.sha("v1.0.1")},
                {"head", repo_.sha("v1.0.1")},
                {"merge_backs", json::array()}};
  }

  json list() const {
    return {{"incidents", {{{"id", "HF-1"}, {"drill", false}, {"hotfixes", json::array({shipped_})}}}}};
  }
  Said guard(const std::string& ref = "main") { return guard_with({.repo = repo_.work(), .ref = ref, .list = "-"}); }
  Said guard_with(const GuardOptions& options) { return ask(options, list().dump()); }
  std::string main() { return repo_.sha("main").substr(0, 7); }

  TempDir dir_;
  Repo repo_{dir_};
  json shipped_;
};

TEST_F(Guard, WhatWasNeverMergedIsNamedWithWhatToType) {
  const auto said = guard();
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): ABSENT, absent at {0}: 0 of 1 commit\n"
                                  "  to mend: git merge v1.0.1\n"
                                  "main ({0}): 1 shipped hotfix, 1 missing: v1.0.1\n",
                                  main()));
  EXPECT_EQ(said.err, "");
}

TEST_F(Guard, WhatWasMergedOrSquashedIsThere) {
  for (const std::string how : {"merge -q -m m v1.0.1", "merge -q --squash v1.0.1", "cherry-pick v1.0.1"}) {
    repo_.git("checkout -q -B main v1.0.0");
    repo_.commit("unrelated", {{"other.txt", how}});
    repo_.git(how);
    repo_.git("commit -q --allow-empty -m done");
    const auto said = guard();
    EXPECT_EQ(said.code, 0) << how;
    EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): PRESENT, patch content present at {0}\n"
                                    "main ({0}): 1 shipped hotfix, none missing\n",
                                    main()));
  }
}

TEST_F(Guard, WhatWasMergedAndRevertedIsLackingAlthoughHistoryHasIt) {
  repo_.git("merge -q -m m v1.0.1");
  repo_.git("revert -m 1 --no-edit HEAD");
  const auto said = guard();
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): REGRESSED, merged in {1} but gone at {0}: 0 of 1 commit, last "
                                  "touched by {0}\n"
                                  "  to mend: git cherry-pick v1.0.0..v1.0.1\n"
                                  "main ({0}): 1 shipped hotfix, 1 missing: v1.0.1\n",
                                  main(), repo_.sha("main~1").substr(0, 7)));
}

TEST_F(Guard, ASquashThatWasReleasedAndThenRevertedBlocksTheNextTag) {
  repo_.git("merge -q --squash hotfix/x");
  repo_.git("commit -q -m squashed");
  repo_.git("tag v1.1.0");
  EXPECT_EQ(guard("v1.1.0").code, 0);
  repo_.git("revert --no-edit HEAD");
  repo_.git("tag v1.1.1");
  const auto said = guard("v1.1.1");
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find("REGRESSED"), std::string::npos) << said.out;
}

TEST_F(Guard, WhatReadsDifferentlyIsForAPersonUntilItIsAcknowledgedForTheSameText) {
  repo_.git("merge -q -m m v1.0.1");
  const auto merged = main();
  repo_.commit("rewritten", {{"a.txt", numbered({{10, "other"}})}});
  auto rewritten = main();
  const auto line = [&] {
    return fmt::format(
        "v1.0.1 (HF-1, shop): CHANGED_SINCE, merged in {}, and a.txt reads differently at {}, last touched by {}: a "
        "person must look\n",
        merged, main(), rewritten);
  };
  auto said = guard();
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.out, line() + fmt::format("main ({}): 1 shipped hotfix, 1 to be looked at: v1.0.1\n", main()));

  const auto looked_at = repo_.sha("main");
  const auto by_bob = fmt::format("acknowledged for main at {} by bob: done anew\n", looked_at.substr(0, 7));
  shipped_["merge_backs"] = {{{"target", "main"},
                              {"verdict", "CHANGED_SINCE"},
                              {"sha", looked_at},
                              {"acknowledged", {{"sha", looked_at}, {"by", "bob"}, {"why", "done anew"}}}}};
  repo_.commit("elsewhere", {{"other.txt", "even more\n"}});
  said = guard();
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.out,
            line() + "  settled, " + by_bob + fmt::format("main ({}): 1 shipped hotfix, none missing\n", main()));

  repo_.commit("again", {{"a.txt", numbered({{10, "another"}})}});
  rewritten = main();
  said = guard();
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.out,
            line() + "  " + by_bob + fmt::format("main ({}): 1 shipped hotfix, 1 to be looked at: v1.0.1\n", main()));

  // The same text on a line that nobody looked at, and what is lacking, which nobody can acknowledge.
  repo_.git("checkout -q -B main v1.0.1");
  repo_.commit("rewritten", {{"a.txt", numbered({{10, "other"}})}});
  EXPECT_EQ(guard().code, 3);
  repo_.git("checkout -q -B main " + looked_at);
  repo_.commit("reverted", {{"a.txt", numbered()}});
  EXPECT_EQ(guard().code, 1);
}

TEST_F(Guard, AMergeOnTheBranchIsNotGreenWhenItsSidesCannotBeTold) {
  repo_.git("checkout -q hotfix/x");
  repo_.git("merge -q -m m main");
  repo_.git("tag -f v1.0.1");
  shipped_["tag_sha"] = shipped_["head"] = shipped_["tagged_head"] = repo_.sha("v1.0.1");
  shipped_["merge_backs"] = {{{"target", "develop"}, {"verdict", "ABSENT"}, {"sha", std::string(40, 'a')}}};
  EXPECT_EQ(guard().code, 1) << guard().out;
  const auto said = guard("v1.0.1");
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): UNKNOWN, there is a merge on the hotfix branch, and without "
                                  "develop its sides cannot be told apart\n"
                                  "  to mend: git fetch origin develop\n"
                                  "v1.0.1 ({}): 1 shipped hotfix, 1 to be looked at: v1.0.1\n",
                                  repo_.sha("v1.0.1").substr(0, 7)));
  repo_.git("branch develop main");
  EXPECT_EQ(guard("hotfix/x").code, 0) << guard("hotfix/x").out;
}

TEST_F(Guard, ATagThatTheRepositoryLacksIsNotGreen) {
  shell("git clone -q --no-tags --single-branch -b main file://" + repo_.work() + " " + dir_.path("ci"));
  const auto said = guard_with({.repo = dir_.path("ci"), .ref = "main", .list = "-"});
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): not judged, v1.0.1 ({}) is not in this repository\n"
                                  "  to mend: git fetch origin tag v1.0.1\n"
                                  "main ({}): 1 shipped hotfix, 1 not judged: v1.0.1\n",
                                  repo_.sha("v1.0.1").substr(0, 7), main()));
}

TEST_F(Guard, ATagThatWasMovedIsForAPerson) {
  repo_.git("merge -q -m m v1.0.1");
  repo_.git("tag -f v1.0.1 v1.0.0");
  const auto said = guard();
  EXPECT_EQ(said.code, 3);
  EXPECT_EQ(said.out,
            fmt::format("v1.0.1 (HF-1, shop): UNKNOWN, v1.0.1 is {} in this repository, what shipped is {}: a person "
                        "must look\nmain ({}): 1 shipped hotfix, 1 to be looked at: v1.0.1\n",
                        repo_.sha("v1.0.0").substr(0, 7), repo_.sha("hotfix/x").substr(0, 7), main()));
}

// Trunk-based: the tag is on main's squash of the hotfix, beside work that no release line needs.
TEST_F(Guard, ATagOnAnotherLineStandsForTheWorkOfTheBranch) {
  repo_.git("checkout -q -b release/2 v1.0.0");
  repo_.git("cherry-pick hotfix/x");
  repo_.git("checkout -q main");
  repo_.git("merge -q --squash hotfix/x");
  repo_.git("commit -q -m squashed");
  repo_.git("tag -f v1.0.1");
  shipped_["tag_sha"] = repo_.sha("v1.0.1");
  EXPECT_EQ(guard("release/2").code, 0) << guard("release/2").out;
  EXPECT_EQ(guard("v1.0.0").code, 1) << guard("v1.0.0").out;
  repo_.git("checkout -q main");
  repo_.git("revert --no-edit HEAD");
  repo_.git("tag -f v1.0.1");
  shipped_["tag_sha"] = repo_.sha("v1.0.1");
  EXPECT_EQ(guard("release/2").code, 3) << guard("release/2").out;
}

// Two hotfixes on the same lines: the second one could not have been made without the first.
TEST_F(Guard, AHotfixOnTopOfAMergedOneIsJudgedOnItsOwn) {
  repo_.git("checkout -q -b hotfix/y v1.0.0");
  repo_.commit("begun", {{"b.txt", "new\n"}});
  repo_.git("merge -q -m m v1.0.1");
  repo_.commit("more", {{"a.txt", numbered({{10, "fixed better"}})}});
  repo_.git("tag v1.0.2");
  repo_.git("checkout -q main");
  repo_.git("merge -q -m m v1.0.1");
  auto second = shipped_;
  second["branch"] = "hotfix/y", second["tag"] = "v1.0.2";
  second["tag_sha"] = second["head"] = second["tagged_head"] = repo_.sha("v1.0.2");
  const json both{{"incidents",
                   {{{"id", "HF-1"}, {"hotfixes", json::array({shipped_})}},
                    {{"id", "HF-2"}, {"hotfixes", json::array({second})}}}}};
  const GuardOptions options{.repo = repo_.work(), .ref = "main", .list = "-"};
  const auto said = ask(options, both.dump());
  EXPECT_EQ(said.code, 1);
  EXPECT_EQ(said.out, fmt::format("v1.0.1 (HF-1, shop): PRESENT, patch content present at {0}\n"
                                  "v1.0.2 (HF-2, shop): ABSENT, absent at {0}: 0 of 2 commits\n"
                                  "  to mend: git merge v1.0.2\n"
                                  "main ({0}): 2 shipped hotfixes, 1 missing: v1.0.2\n",
                                  main()));
}

TEST_F(Guard, AnswersInJson) {
  const auto said = guard_with({.repo = repo_.work(), .ref = "main", .list = "-", .json = true});
  EXPECT_EQ(said.code, 1);
  const json expected{{"ok", false},
                      {"exit", 1},
                      {"ref", "main"},
                      {"sha", repo_.sha("main")},
                      {"repository", "shop"},
                      {"hotfixes",
                       {{{"incident", "HF-1"},
                         {"tag", "v1.0.1"},
                         {"tag_sha", repo_.sha("v1.0.1")},
                         {"verdict", "ABSENT"},
                         {"explanation", "absent at " + main() + ": 0 of 1 commit"},
                         {"mend", "git merge v1.0.1"},
                         {"settled", false},
                         {"acknowledged", json::array()}}}}};
  EXPECT_EQ(json::parse(said.out), expected);
}

TEST_F(Guard, WritesNothing) {
  const std::string look = "cd " + repo_.work() + " && find . -type f -printf '%p %s %T@\\n' | sort";
  const auto before = shell(look);
  guard();
  EXPECT_EQ(shell(look), before);
}

TEST_F(Guard, SaysWhatIsWrong) {
  const auto said = [&](const GuardOptions& options, const std::string& input = {}) {
    const auto s = ask(options, input.empty() ? list().dump() : input);
    EXPECT_EQ(s.code, 2) << s.out;
    EXPECT_EQ(s.out, "");
    return s.err;
  };
  const GuardOptions good{.repo = repo_.work(), .list = "-"};
  EXPECT_EQ(said({.repo = repo_.work(), .ref = "nope", .list = "-"}),
            "there is no commit nope in " + repo_.work() +
                ": give --ref a branch, a tag or a commit id that the repository has\n");
  EXPECT_TRUE(said({.repo = dir_.path(), .list = "-"}).starts_with(dir_.path() + " is not a git repository"));
  EXPECT_EQ(said({.repo = repo_.work()}),
            "there is no list of hotfixes: give --list FILE (of hotfixd export --json), or --config FILE\n");
  EXPECT_EQ(said({.repo = repo_.work(), .name = "shpo", .list = "-"}),
            "nothing is known of a repository shpo: --name is one of: shop\n");
  shell("git clone -q --depth 1 file://" + repo_.work() + " " + dir_.path("shallow"));
  EXPECT_EQ(said({.repo = dir_.path("shallow"), .list = "-"}),
            dir_.path("shallow") + " is a shallow clone, its history is not whole: git fetch --unshallow --tags\n");

  const auto reason = [&](const json& input) {
    const auto err = said(good, input.dump());
    const std::string begin = "standard input is not what `hotfixd export --json` prints: ",
                      end = ": write it: hotfixd export --json > FILE\n";
    EXPECT_TRUE(err.starts_with(begin) && err.ends_with(end)) << err;
    return err.substr(begin.size(), err.size() - begin.size() - end.size());
  };
  EXPECT_EQ(reason(json::object()), "incidents is missing");
  EXPECT_EQ(reason({{"incidents", 1}}), "incidents is not a list");
  EXPECT_EQ(reason({{"incidents", {{{"id", "HF-1"}}}}}), "incidents[0].hotfixes is missing");
  EXPECT_EQ(reason("text"), "the body is not a JSON object");
  const auto without = [&](const char* key) {
    auto changed = list();
    changed["incidents"][0]["hotfixes"][0].erase(key);
    return reason(changed);
  };
  for (const char* key : {"repository", "tag", "tag_sha", "base_tag", "base_sha"})
    EXPECT_EQ(without(key), fmt::format("incidents[0].hotfixes[0]: {} is missing", key));
  EXPECT_EQ(without("merge_backs"), "incidents[0].hotfixes[0].merge_backs is missing");
  shipped_["base_sha"] = "abc1234";
  EXPECT_EQ(reason(list()), "incidents[0].hotfixes[0]: base_sha is not a full commit id");
  auto other = list();
  other["incidents"][0]["hotfixes"].push_back({{"repository", "pay"}, {"tag", ""}, {"tag_sha", ""}});
  other["incidents"][0]["hotfixes"][0]["base_sha"] = repo_.sha("v1.0.0");
  EXPECT_EQ(said(good, other.dump()),
            "there are several repositories: pay, shop: say which one this is: --name NAME\n");
}

// What a real run leaves, as `export --json` has it.
std::string record_of(const TempDir& dir, const std::string& flag) {
  std::ifstream file(HOTFIXD_SOURCE_DIR "/tests/stories/whole-run.jsonl");
  std::string story(std::istreambuf_iterator<char>(file), {});
  const std::string criteria = "--criteria all";
  story.insert(story.find(criteria) + criteria.size(), flag);
  git::testing::write_file(dir.path("story.jsonl"), story);
  std::ostringstream out, err;
  EXPECT_EQ(run_replay({.file = dir.path("story.jsonl"), .state = true}, out, err), 0) << err.str();
  return out.str();
}

TEST_F(Guard, ReadsTheRecordOfARunAndAsksForNoDrill) {
  const GuardOptions options{.repo = repo_.work(), .ref = "main", .list = "-"};
  const auto run = record_of(dir_, "");
  const auto sha = json::parse(run)["incidents"][0]["hotfixes"][0]["tag_sha"].get<std::string>();
  const auto said = ask(options, run);
  EXPECT_EQ(said.code, 2);
  EXPECT_EQ(said.out, fmt::format("v2.4.8 (HF-1, shop): not judged, v2.4.8 ({}) is not in this repository\n"
                                  "  to mend: git fetch origin tag v2.4.8\n"
                                  "main ({}): 1 shipped hotfix, 1 not judged: v2.4.8\n",
                                  sha.substr(0, 7), main()));
  const auto drill = ask(options, record_of(dir_, " --drill"));
  EXPECT_EQ(drill.code, 0);
  EXPECT_EQ(drill.out, fmt::format("main ({}): no hotfix of shop has shipped, so none is missing\n", main()));
}

TEST(GuardList, IsTheSameFromTheDatabaseAndFromAnExport) {
  Incident incident;
  incident.id = "HF-7";
  Hotfix shipped;
  shipped.repository = "shop", shipped.branch = "hotfix/x";
  shipped.base_tag = "v1.0.0", shipped.base_sha = std::string(40, '1');
  shipped.tag = "v1.0.1", shipped.tag_sha = std::string(40, '2');
  shipped.tagged_head = std::string(40, '3'), shipped.head = std::string(40, '4');
  auto& main = shipped.merge_backs["main"];
  main.verdict = Verdict::moot, main.target_sha = std::string(40, '5');
  main.acknowledged_sha = std::string(40, '6'), main.acknowledged_by = {"bob", "Bob"}, main.acknowledged_why = "gone";
  shipped.merge_backs["develop"].target_sha = std::string(40, '7');
  Hotfix begun;
  begun.repository = "pay";
  incident.hotfixes = {shipped, begun};

  ShippedList expected{.repositories = {"pay", "shop"},
                       .hotfixes = {{.incident = "HF-7",
                                     .repository = "shop",
                                     .branch = "hotfix/x",
                                     .tag = "v1.0.1",
                                     .tag_sha = shipped.tag_sha,
                                     .base_tag = "v1.0.0",
                                     .base_sha = shipped.base_sha,
                                     .head = shipped.tagged_head,
                                     .lines = {{"develop", std::string(40, '7'), "", "", ""},
                                               {"main", main.target_sha, main.acknowledged_sha, "Bob", "gone"}}}}};
  for (const bool drill : {false, true}) {
    incident.drill = drill;
    if (drill) expected.hotfixes.clear();
    ShippedList database;
    database.add(incident);
    EXPECT_EQ(database, expected);
    const auto exported =
        read_shipped_list("{\"incidents\":[" + export_json(incident, default_policy(), MessageCounts{}, 1) + "]}");
    ASSERT_TRUE(exported) << exported.error().what;
    EXPECT_EQ(*exported, expected);
  }
}

}  // namespace
}  // namespace hotfixd::cli
