// What git and servers say, made fit to be shown: every kind of bytes, and a repository full of them.
#include "integrations/git/shown_text.hpp"

#include <nlohmann/json.hpp>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

TEST(ShownText, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(shown("caf\xe9 au lait"), "caf\uFFFD au lait");
  EXPECT_EQ(shown("café 日本 🚑"), "café 日本 🚑");
  EXPECT_EQ(shown("\xc3"), "\uFFFD") << "cut in the middle";
  EXPECT_EQ(shown("\xc0\xaf"), "\uFFFD\uFFFD") << "overlong";
  EXPECT_EQ(shown("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(shown("\xf4\x90\x80\x80").find('\xf4'), std::string::npos) << "past the last character";
  EXPECT_EQ(shown(""), "");
}

TEST(ShownText, WhateverTheBytesTheResultIsUtf8) {
  std::uint32_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (int n = 0; n < 8; ++n) {
      state = state * 1'664'525 + 1'013'904'223;
      bytes += static_cast<char>(state >> 24);
    }
    for (const char* encoding : {"", "ISO-8859-15", "windows-1252"}) {
      const std::string text = shown_in(bytes, encoding);
      ASSERT_NO_THROW(static_cast<void>(nlohmann::json(text).dump())) << ::testing::PrintToString(bytes);
      for (const char c : text) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      ASSERT_EQ(text.find("\u009b"), std::string::npos);
    }
  }
}

TEST(ShownText, TheEncodingsOfOldCommitsAreHonoured) {
  EXPECT_EQ(shown_in("Ren\xe9", "ISO-8859-1"), "René");
  EXPECT_EQ(shown_in("Ren\xe9", "iso8859-15"), "René");
  EXPECT_EQ(shown_in("\xa4", "iso-8859-15"), "€");
  EXPECT_EQ(shown_in("\x80 \x9a", "windows-1252"), "€ š");
  EXPECT_EQ(shown_in("\xe9", "CP1251"), "й");
  EXPECT_EQ(shown_in("\xca", "koi8-r"), "й");
  for (const char* other : {"UTF-16", "ISO-2022-CN-EXT", "ISO-8859-1//TRANSLIT", "ISO-8859-999", "../x", ""})
    EXPECT_EQ(shown_in("Ren\xe9", other), "Ren\uFFFD") << other;
}

TEST(ShownText, NothingMovesTheCursor) {
  EXPECT_EQ(shown("\x1b[31;1mred\x1b[0m text"), "red text");
  EXPECT_EQ(shown("\x1b[200~pasted"), "pasted");
  EXPECT_EQ(shown("\x1b]0;title\x07shown"), "shown");
  EXPECT_EQ(shown("\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\"), "link");
  EXPECT_EQ(shown("\u009b31mred"), "red");
  EXPECT_EQ(shown("\x1b(Bplain\x1b"), "plain");
  EXPECT_EQ(shown("\x1b[3"), "");
  EXPECT_EQ(shown("\x1b]never ends"), "");
  EXPECT_EQ(shown("  a\r\nb\t\tc\x7f\x01 "), "a b c");
  EXPECT_EQ(shown("abc\u202Edcba\u2066"), "abcdcba");
}

TEST(ShownText, LongTextIsCut) {
  EXPECT_EQ(shown("éééééé", 6), "ééééé…");
  EXPECT_EQ(shown("ééééé", 6), "ééééé");
}

// A hotfix by people with accents in their names, of a file with one, on a branch with one.
TEST(ShownText, ARepositoryFromTheDaysOfLatin1) {
  TempDir dir;
  Repo repo(dir);
  const std::string file = "caf\xe9.txt";
  repo.commit("start", {{file, numbered()}});
  repo.git("tag v2.4.7");
  repo.git("tag 'caf\xe9-9.9.9'");
  const std::string base = repo.sha("HEAD");
  repo.git("checkout -q -b hotfix/x");
  write_file(repo.work() + "/" + file, numbered({{5, "fixed"}}));
  repo.script(
      "git add -A\n"
      "export GIT_AUTHOR_NAME='Ren\xe9'\n"
      "git -c i18n.commitEncoding=ISO-8859-1 commit -q -m 'caf\xe9 with a header'");
  write_file(repo.work() + "/" + file, numbered({{5, "fixed"}, {15, "too"}}));
  // hash-object: git commit would refuse or mend the bytes.
  repo.script(
      "git add -A\n"
      "{ echo tree $(git write-tree); echo parent $(git rev-parse HEAD);"
      "  printf 'author J\\366rg <j@example.com> 1763700000 +0000\\n';"
      "  printf 'committer \\033[31mJ\\366rg <j@example.com> 1763700000 +0000\\n\\nf\\374r alle\\n'; } > ../raw\n"
      "git reset -q --hard $(git hash-object -t commit -w ../raw)");
  repo.git("checkout -q -b 'release/caf\xe9' main");
  repo.commit("theirs", {{file, numbered({{5, "otherwise"}})}});
  repo.git("branch 'release/caf\xe8' main");
  repo.push();

  auto git = open_mirror({.url = repo.origin(), .path = dir.path("mirror")}, {.name = "shop"});
  ASSERT_TRUE(ok(git));
  EXPECT_EQ((*git)->production_tag("", {}), "v2.4.7");
  effect::Observe request{.repository = "shop", .branch = "hotfix/x", .base_tag = "v2.4.7", .base_sha = base};
  const auto facts = (*git)->observe(request, [](std::string_view doing) { return is_utf8(doing); });
  ASSERT_TRUE(ok(facts));
  EXPECT_EQ(facts->authors, (std::vector<std::string>{"René", "J\uFFFDrg"}));
  std::map<std::string, std::string> explained;
  for (const MergeBackFact& target : facts->targets) explained[target.target] = target.explanation;
  ASSERT_EQ(explained.size(), 3u);
  EXPECT_EQ(explained.at("release/caf\uFFFD"), "absent at " + base.substr(0, 7) + ": 0 of 2 commits");
  EXPECT_EQ(explained.at("release/caf\uFFFD~2"), "absent at " + repo.sha("'release/caf\xe9'").substr(0, 7) +
                                                     ": 1 of 2 hunks lacking; conflicts in caf\uFFFD.txt");
  // The name that was given out is the name that comes back.
  for (const MergeBackFact& target : facts->targets)
    request.known_targets.push_back({.name = target.target, .was_present = true});
  const auto again = (*git)->observe(request, {});
  ASSERT_TRUE(ok(again));
  for (const MergeBackFact& target : again->targets)
    EXPECT_NE(target.verdict, Verdict::absent) << target.target << " was present before";
}

}  // namespace
}  // namespace hotfixd::git::testing
