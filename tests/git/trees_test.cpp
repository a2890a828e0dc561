// Merges of trees cut down to what differs give what libgit2 makes of the whole trees, whatever stands in the way.
#include "integrations/git/trees.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using Files = std::map<std::string, std::string>;

class Trees : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(ok(start_library()));
    ASSERT_EQ(make(repository_, git_repository_init, dir_.path("r").c_str(), 1U), 0);
  }
  git_repository* repository() { return repository_.get(); }

  git_oid blob(const std::string& content) {
    git_oid oid{};
    EXPECT_EQ(git_blob_create_from_buffer(&oid, repository(), content.data(), content.size()), 0);
    return oid;
  }
  git_oid tree(const Files& files) {
    IndexHandle index;
    EXPECT_EQ(make(index, git_index_new), 0);
    for (const auto& [path, content] : files) {
      git_index_entry entry{};
      entry.path = path.c_str();
      entry.id = blob(content);
      entry.mode = content.starts_with("#!") ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
      EXPECT_EQ(git_index_add(index.get(), &entry), 0) << path;
    }
    git_oid oid{};
    EXPECT_EQ(git_index_write_tree_to(&oid, index.get(), repository()), 0);
    return oid;
  }
  // What libgit2 makes of the whole trees: the tree, or "conflict".
  std::string whole(const git_oid& base, const git_oid& ours, const git_oid& theirs) {
    TreeHandle a, b, c;
    EXPECT_EQ(make(a, git_tree_lookup, repository(), &base), 0);
    EXPECT_EQ(make(b, git_tree_lookup, repository(), &ours), 0);
    EXPECT_EQ(make(c, git_tree_lookup, repository(), &theirs), 0);
    const git_merge_options options = GIT_MERGE_OPTIONS_INIT;
    IndexHandle index;
    EXPECT_EQ(make(index, git_merge_trees, repository(), a.get(), b.get(), c.get(), &options), 0);
    if (git_index_has_conflicts(index.get()) != 0) return "conflict";
    git_oid merged{};
    EXPECT_EQ(git_index_write_tree_to(&merged, index.get(), repository()), 0);
    return to_hex(merged);
  }
  std::string ours_says(const git_oid& base, const git_oid& ours, const git_oid& theirs) {
    const auto merged = merge_trees(repository(), base, ours, theirs);
    EXPECT_TRUE(ok(merged));
    if (!merged) return "problem";
    EXPECT_EQ(merged->clean, merged->conflicts.empty());
    return merged->clean ? to_hex(merged->tree) : "conflict";
  }

  TempDir dir_;
  RepositoryHandle repository_;
};

std::string any_of(std::mt19937& random, const std::vector<std::string>& all) { return all[random() % all.size()]; }

// Paths that get into each other's way on purpose: "a" is a file here and a folder there.
Files changed(std::mt19937& random, Files files) {
  static const std::vector<std::string> kPaths{"a",         "a/b",   "a/c.txt",   "b/one.txt",
                                               "b/two.txt", "c.txt", "d/e/f.txt", "d/e"};
  const auto put = [&](const std::string& path, std::string content) {
    std::erase_if(files,
                  [&](const auto& f) { return f.first.starts_with(path + "/") || path.starts_with(f.first + "/"); });
    files[path] = std::move(content);
  };
  for (unsigned n = 1 + random() % 3; n > 0; --n) {
    switch (random() % 5) {
      case 0:
        put(any_of(random, kPaths), fmt::format("new {}\n{}", random() % 3, numbered()));
        break;
      case 1:
        if (!files.empty()) files.erase(std::next(files.begin(), static_cast<long>(random() % files.size())));
        break;
      case 2: {  // another name
        if (files.empty()) break;
        const auto from = std::next(files.begin(), static_cast<long>(random() % files.size()));
        auto content = from->second;
        files.erase(from);
        put(any_of(random, kPaths), std::move(content));
        break;
      }
      default: {
        if (files.empty()) break;
        auto& content = std::next(files.begin(), static_cast<long>(random() % files.size()))->second;
        const auto line = fmt::format("line {}\n", 3 + random() % 15);
        if (const auto at = content.find("\n" + line); at != content.npos)
          content.replace(at + 1, line.size(), random() % 3 == 0 ? "" : fmt::format("changed {}\n", random() % 2));
      }
    }
  }
  return files;
}

TEST_F(Trees, AMergeOfWhatDiffersIsTheMergeOfTheWhole) {
  std::map<std::string, int> seen;
  for (unsigned seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const Files start{
        {"b/one.txt", numbered({}, 24)}, {"c.txt", "c\n" + numbered()}, {"d/e/f.txt", "f\n" + numbered()}};
    const Files base = changed(random, start);
    const auto b = tree(base), o = tree(changed(random, base)), t = tree(changed(random, base));
    const auto said = ours_says(b, o, t);
    ASSERT_EQ(said, whole(b, o, t));
    const auto settled = merge_for_theirs(repository(), b, o, t);
    ASSERT_TRUE(ok(settled));
    if (said != "conflict") ASSERT_EQ(to_hex(*settled), said);
    ++seen[said == "conflict" ? "conflict" : said == to_hex(o) ? "unchanged" : "changed"];
  }
  EXPECT_GT(seen["conflict"], 50);
  EXPECT_GT(seen["unchanged"], 20);
  EXPECT_GT(seen["changed"], 50);
}

TEST_F(Trees, WhatConflictsIsAsTheirsHasIt) {
  const auto settled = [&](const Files& base, const Files& ours, const Files& theirs) {
    const auto made = merge_for_theirs(repository(), tree(base), tree(ours), tree(theirs));
    EXPECT_TRUE(ok(made));
    return made ? to_hex(*made) : "problem";
  };
  const std::string text = numbered();
  EXPECT_EQ(settled({{"a", text}}, {{"a", numbered({{3, "o"}, {10, "ours"}})}}, {{"a", numbered({{10, "theirs"}})}}),
            to_hex(tree({{"a", numbered({{3, "o"}, {10, "theirs"}})}})));
  EXPECT_EQ(settled({{"a", text}, {"b", "b\n"}}, {{"b", "b\n"}}, {{"a", numbered({{10, "theirs"}})}, {"b", "b\n"}}),
            to_hex(tree({{"a", numbered({{10, "theirs"}})}, {"b", "b\n"}})));
  EXPECT_EQ(settled({{"a", text}, {"b", "b\n"}}, {{"a", numbered({{10, "ours"}})}, {"b", "b\n"}}, {{"b", "b\n"}}),
            to_hex(tree({{"b", "b\n"}})));
  EXPECT_EQ(settled({{"a", text}}, {{"moved", numbered({{10, "ours"}})}}, {{"a", numbered({{10, "theirs"}})}}),
            to_hex(tree({{"moved", numbered({{10, "theirs"}})}})));
  const auto binary = [](char c) { return std::string("\0binary", 7) + c; };
  EXPECT_EQ(settled({{"a", binary('b')}}, {{"a", binary('o')}}, {{"a", binary('t')}}),
            to_hex(tree({{"a", binary('t')}})));
}

TEST_F(Trees, PathsAreTakenFromAnotherTree) {
  for (unsigned seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 random(seed);
    const Files one = changed(random, changed(random, {{"a", "file\n"}, {"b/one.txt", "1\n"}, {"d/e/f.txt", "f\n"}}));
    const Files other = changed(random, changed(random, one));
    const auto from = tree(one), to = tree(other);
    const auto paths = changed_paths(repository(), from, to);
    ASSERT_TRUE(ok(paths));
    const auto made = with_paths_from(repository(), from, to, *paths);
    ASSERT_TRUE(ok(made));
    EXPECT_EQ(to_hex(*made), to_hex(to));
    if (other.empty()) continue;
    const auto cut = cut_to(repository(), to, {other.begin()->first});
    ASSERT_TRUE(ok(cut));
    EXPECT_EQ(to_hex(*cut), to_hex(tree({*other.begin()})));
  }
}

TEST_F(Trees, AFolderThatLosesItsLastFileIsGone) {
  const auto both = tree({{"a.txt", "a\n"}, {"d/e/f.txt", "f\n"}}), one = tree({{"a.txt", "a\n"}});
  const auto made = with_paths_from(repository(), both, one, {"d/e/f.txt"});
  ASSERT_TRUE(ok(made));
  EXPECT_EQ(to_hex(*made), to_hex(one));
}

}  // namespace
}  // namespace hotfixd::git::testing
