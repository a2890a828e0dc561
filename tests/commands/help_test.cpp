#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "commands/verb.hpp"
#include "tests/commands/show.hpp"

// Help is the manual that people have at hand: every example in it works, and its text is kept as a file.

namespace hotfixd::commands::testing {
namespace {

std::string whole_help() {
  const Policy standard = default_policy();
  std::string out = show(*help("", standard));
  for (const std::string& verb : verbs()) out += fmt::format("\n==== help {}\n{}", verb, show(*help(verb, standard)));
  return out;
}

TEST(Help, IsAsInTheGoldenFile) {
  const std::string path = std::string(HOTFIXD_SOURCE_DIR) + "/tests/commands/golden/help.txt";
  if (std::getenv("HOTFIXD_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << whole_help();
  std::ifstream file(path);
  std::stringstream golden;
  golden << file.rdbuf();
  EXPECT_EQ(whole_help(), golden.str());
}

TEST(Help, HasOnlyExamplesThatParse) {
  const Policy standard = default_policy();
  const ParseContext now{context().now, "UTC", &standard};
  for (const Verb& verb : all_verbs()) {
    EXPECT_GE(verb.examples.size(), 2U) << verb.name;
    EXPECT_LE(verb.examples.size(), 3U) << verb.name;
    for (const std::string_view example : verb.examples) {
      const auto understood = parse(example, now);
      ASSERT_TRUE(understood) << example << ": " << understood.error().what;
      EXPECT_EQ(show(understood->command).substr(0, verb.name.size()), verb.name) << example;
    }
  }
}

TEST(Help, NamesEveryVerbOnce) {
  std::set<std::string_view> names;
  for (const Verb& verb : all_verbs()) {
    EXPECT_TRUE(names.insert(verb.name).second) << verb.name;
    for (const std::string_view alias : verb.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
    EXPECT_TRUE(verb.usage.starts_with(verb.name)) << verb.usage;
    for (const Option& option : verb.options)
      EXPECT_TRUE(verb.usage.contains(fmt::format("--{}", option.name))) << verb.usage;
  }
  EXPECT_EQ(verbs().size(), all_verbs().size());
  EXPECT_EQ(verbs().front(), "declare");
}

TEST(Help, ShowsThePolicysOwnSeveritiesAndCriteria) {
  const std::string page = show(*help("", policy()));
  EXPECT_TRUE(page.contains("`sev1` (critical): down for most users, data loss or a breach\n")) << page;
  EXPECT_TRUE(page.contains("sev2 or worse, and one or more of:\n1. checkout is broken\n2. data is lost, or exposed\n"))
      << page;
  Policy bare = policy();
  bare.criteria.clear();
  EXPECT_TRUE(show(*help("declare", bare)).ends_with("sev2 or worse.\n"));
}

TEST(Help, SuggestsTheNearestVerb) {
  EXPECT_EQ(help("stauts", policy()).error(),
            (UserError{"Unknown verb 'stauts'. Did you mean status?", "/hotfix help status"}));
  EXPECT_EQ(help("xyzzy", policy()).error(), (UserError{"Unknown verb 'xyzzy'.", "/hotfix help"}));
  EXPECT_EQ(show(*help("Merge-Back", policy())), show(*help("mergeback", policy())));
}

}  // namespace
}  // namespace hotfixd::commands::testing
