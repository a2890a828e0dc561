// Where a change stands among blocks that are alike, in the notations that people write them in.
#include "integrations/git/landmarks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

class Landmarks : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(ok(start_library())); }
  Placement place(const std::string& base, const std::string& own, const std::string& target) {
    auto placement = find_placement(base, own, target, "f");
    EXPECT_TRUE(ok(placement));
    return placement.value_or(Placement{});
  }
};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
  return text;
}

struct Notation {
  std::string name, block;  // with its NAME and its VALUE
};
const std::vector<Notation> kNotations{
    {"Python", "def NAME(n):\n    a = 0\n    a += VALUE\n    return a\n\n\n"},
    {"C, brace below", "int NAME(int n)\n{\n  int a = 0;\n  a += VALUE;\n  return a;\n}\n\n"},
    {"C, type above", "static int\nNAME(int n)\n{\n  int a = 0;\n  a += VALUE;\n  return a;\n}\n\n"},
    {"parameters below", "def NAME(\n    price,\n):\n    a = price\n    a += VALUE\n    return a\n\n\n"},
    {"preprocessor", "#elif defined(NAME)\n#define RETRIES 3\n#define TIMEOUT VALUE\n#define QUEUE 10\n"},
    {"CSS", "#NAME {\n  margin: 0;\n  width: VALUE;\n  color: red;\n}\n\n"},
    {"JSON", "  {\n    \"name\": \"NAME\",\n    \"retries\": 3,\n    \"timeout\": VALUE,\n    \"pool\": 5\n  },\n"},
    {"JSON, name last", "  {\n    \"retries\": 3,\n    \"timeout\": VALUE,\n    \"name\": \"NAME\"\n  },\n"},
    {"XML", "  <rule>\n    <name>NAME</name>\n    <timeout>VALUE</timeout>\n    <queue>10</queue>\n  </rule>\n"},
    {"YAML list", "- name: NAME\n  retries: 3\n  timeout: VALUE\n  pool: 5\n"},
    {"YAML list, name last", "- retries: 3\n  timeout: VALUE\n  pool: 5\n  name: NAME\n"},
    {"YAML documents", "---\nkind: Deployment\nmetadata:\n  name: NAME\nspec:\n  paused: false\n  replicas: VALUE\n"},
    {"TOML", "[[rule]]\nname = \"NAME\"\nretries = 3\ntimeout = VALUE\npool = 5\n\n"},
    {"INI", "[NAME]\nretries = 3\ntimeout = VALUE\npool = 5\n\n"},
    {"Terraform", "resource \"x\" \"y\" {\n  name = \"NAME\"\n  timeout = VALUE\n  pool = 5\n}\n\n"},
    {"Dockerfile", "FROM base AS NAME\nRUN a\nENV T=VALUE\nRUN b\n\n"},
    {"SQL", "UPDATE t\nSET a = 1,\n    v = VALUE,\n    b = 2\nWHERE name = 'NAME';\n\n"},
    {"loop", "do {\n  a();\n  b(VALUE);\n} while (NAME);\n\n"},
    {"annotation", "  @Timeout(VALUE)\n  @Test\n  void NAME() {\n    run();\n  }\n\n"},
    {"attribute", "#[timeout(VALUE)]\n#[retry(3)]\nfn NAME() {\n    run();\n}\n\n"},
    {"comment above", "/**\n * @timeout VALUE\n * @retry 3\n */\nfunction NAME() {\n  run();\n}\n\n"},
    {"call chain", "fetch()\n  .retries(3)\n  .timeout(VALUE)\n  .as('NAME');\n\n"},
};

// A file of such blocks, the fix in that one.
std::string file(const Notation& notation, const std::vector<std::string>& names, const std::string& fixed) {
  std::string text = "top\n";
  for (const auto& name : names)
    text += replaced(replaced(notation.block, "NAME", name), "VALUE", name == fixed ? "30" : "10");
  return text;
}

TEST_F(Landmarks, TellWhichOfTheBlocksThatAreAlike) {
  for (const auto& notation : kNotations) {
    SCOPED_TRACE(notation.name);
    const auto base = file(notation, {"web", "api", "job"}, ""), own = file(notation, {"web", "api", "job"}, "web");
    for (const auto& names : std::vector<std::vector<std::string>>{{"api", "web", "job"},
                                                                   {"job", "api", "web"},
                                                                   {"new", "web", "api", "job"},
                                                                   {"web", "new", "api", "job"},
                                                                   {"web", "job", "api"},
                                                                   {"web", "job"}}) {
      SCOPED_TRACE(fmt::format("{}", fmt::join(names, " ")));
      for (const auto& other : names) {
        if (other == "web") continue;
        const auto placed = place(base, own, file(notation, names, other));
        EXPECT_FALSE(placed.stands) << other;
        EXPECT_FALSE(placed.odd.empty()) << other;
      }
      EXPECT_FALSE(place(base, own, file(notation, names, "")).stands) << "in none";
    }
    // In its place, whatever is done far from it or in a block next to it.
    EXPECT_TRUE(place(base, own, own).stands);
    EXPECT_TRUE(place(base, own, file(notation, {"web", "api", "job", "new"}, "web")).stands);
    EXPECT_TRUE(place(base, own, file(notation, {"web", "api"}, "web")).stands);
    EXPECT_TRUE(place(base, own, replaced(own, "top\n", "top\nmore\n")).stands);
  }
}

// A heading that is the last thing that a file has once before it, word for word down to it.
TEST_F(Landmarks, AHeadingIsEnoughWhenItsBlockCameElsewhere) {
  const auto& python = kNotations.front();
  const auto base = file(python, {"web", "api", "job"}, ""), own = file(python, {"web", "api", "job"}, "web");
  EXPECT_TRUE(place(base, own, file(python, {"api", "job", "web"}, "web")).stands);
  EXPECT_FALSE(place(base, own, replaced(file(python, {"api", "job", "web"}, "web"), "a = 0", "a = 1")).stands);
}

TEST_F(Landmarks, WhatComesLaterBesideItChangesNothing) {
  const std::string base = "one\ntwo\nthree\nfour\n", own = "one\ntwo\nfix\nthree\nfour\n";
  for (const auto* later : {"one\ntwo\nfix\nmore\nthree\nfour\n", "one\ntwo\nmore\nfix\nthree\nfour\n",
                            "one\nfix\nfour\n", "zero\none\n2\nfix\n3\nfour\n", "fix\n"}) {
    const auto placed = place(base, own, later);
    EXPECT_TRUE(placed.stands) << later;
    EXPECT_EQ(placed.odd, "") << later;
  }
  for (const auto* elsewhere : {"fix\none\ntwo\nthree\nfour\n", "one\ntwo\nthree\nfour\nfix\n", base.c_str(), ""}) {
    const auto placed = place(base, own, elsewhere);
    EXPECT_FALSE(placed.stands) << elsewhere;
    EXPECT_EQ(placed.odd, "what is around \"fix\" of f is in another order there") << elsewhere;
  }
}

// Of two records, one is mended; another one that comes later is as the first was.
TEST_F(Landmarks, WhatIsChangedMayStandAnywhereElse) {
  const auto& python = kNotations.front();
  EXPECT_TRUE(place(file(python, {"web", "api"}, ""), file(python, {"web", "api"}, "web"),
                    file(python, {"web", "api", "job", "new"}, "web"))
                  .stands);
}

// What was taken out, put in once more, or moved is told by how often it is there.
TEST_F(Landmarks, CountsWhatIsThereSeveralTimes) {
  const std::string twice = "a\nstep\nb\nc\nstep\nd\n", once = "a\nstep\nb\nc\nd\n", none = "a\nb\nc\nd\n";
  const auto odd = [&](const std::string& base, const std::string& own, const std::string& target) {
    const auto placed = place(base, own, target);
    EXPECT_EQ(placed.stands, placed.odd.empty());
    return placed.odd;
  };
  EXPECT_EQ(odd(twice, once, once), "");
  EXPECT_NE(odd(twice, once, twice), "");
  EXPECT_EQ(odd(twice, once, "a\nstep\nb\nstep\nc\nd\nmore\n"),
            "\"step\" of f stands 2 times there, and once in the hotfix");
  EXPECT_EQ(odd(twice, once, "step\na\nstep\nb\nc\nd\n"), "\"step\" of f stands 2 times there, and once in the hotfix");
  EXPECT_EQ(odd(once, none, "a\nb\nc\nd\n  step\n"), "\"step\" of f stands once there, and not in the hotfix")
      << "further in";
  EXPECT_EQ(odd("step\n" + twice, twice, "a\nstep\nb\nc\nstep\nd\nstep\n"),
            "\"step\" of f stands 3 times there, and 2 times in the hotfix");
  const std::string open = "f {\n  g {\n    x\n  }\n", closed = "f {\n  g {\n    x\n  }\n  }\n";
  EXPECT_EQ(odd(open, closed, "f {\n  g {\n    x\n    y\n  }\n  }\n"), "");
  EXPECT_NE(odd(open, closed, "f {\n  g {\n    x\n    y\n  }\n"), "");
  const std::string moved = "a\nb\nc\nstep\nd\n";
  EXPECT_EQ(odd(once, moved, moved), "");
  EXPECT_NE(odd(once, moved, once), "");
  EXPECT_NE(odd(once, moved, "a\nb\nstep\nc\nstep\nd\n"), "");
}

// An editor adds the newline at the end by itself.
TEST_F(Landmarks, ANewlineAtTheEndHidesNothing) {
  const auto& notation = kNotations[1];
  auto base = file(notation, {"web", "api", "job"}, "");
  while (base.ends_with('\n')) base.pop_back();
  const auto own = replaced(file(notation, {"web", "api", "job"}, "web"), "VALUE", "30");
  EXPECT_TRUE(place(base, own, own).stands);
  const auto placed = place(base, own, file(notation, {"api", "web", "job"}, "api"));
  EXPECT_FALSE(placed.stands);
  EXPECT_EQ(placed.odd, "what is around \"a += 30;\" of f is in another order there");
  const auto only = place(base, base + "\n", base + "\n");
  EXPECT_FALSE(only.stands) << "nothing told";
  EXPECT_EQ(only.odd, "");
}

TEST_F(Landmarks, BlanksCountWhereTheChangeIsNothingElse) {
  const std::string base = "a \\\nb\nc\n", own = "a \\ \nb\nc\n";
  EXPECT_TRUE(place(base, own, "new\n" + own).stands);
  EXPECT_FALSE(place(base, own, "new\n" + base).stands);
  EXPECT_FALSE(place("a\nb\n", "a\n\nb\n", "a\nb\nc\n").stands);
  EXPECT_TRUE(place("a\nb\n", "a\n\nb\n", "a\n\nb\nc\n").stands);
  EXPECT_TRUE(place("a\nb\n", "a\nfix\nb\n", "a  \r\n\nfix\t\nb\n").stands) << "and nowhere else";
}

TEST_F(Landmarks, ADecoratorBelongsToWhatItStandsAbove) {
  const std::string base = "import x\n\n\ndef pay(n):\n    return n\n",
                    own = "import x\n\n\n@safe\ndef pay(n):\n    return n\n";
  EXPECT_TRUE(place(base, own, replaced(own, "@safe\n", "@logged\n@safe\n@timed\n")).stands);
  EXPECT_FALSE(place(base, own, replaced(own, "def pay", "def charge(n):\n    return 2 * n\n\n\ndef pay")).stands);
}

TEST_F(Landmarks, MuchIsNotComparedForEver) {
  std::string base, own;
  for (int n = 0; n < 60'000; ++n) {
    base += n % 2 == 0 ? "x\n" : "y\n";
    own += n % 2 == 0 ? "x\n" : n % 100 == 1 ? "z\n" : "y\n";
  }
  const auto placed = place(base, own, own + "w\n");
  EXPECT_FALSE(placed.stands);
  EXPECT_EQ(placed.odd, "f is too much to tell its parts apart");
}

}  // namespace
}  // namespace hotfixd::git::testing
