// The mirror against a real http git server: tokens, hooks, refusals in the server's own words.
#include "tests/git/server_support.hpp"

namespace hotfixd::git::testing {
namespace {

constexpr const char* kHook =
    "#!/bin/sh\n"
    "while read old new ref; do\n"
    "  case $ref in refs/tags/*) echo \"tags are frozen until Monday\" >&2; exit 1;; esac\n"
    "done\n";

class Http : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = missing_packages({{"/usr/sbin/nginx", "nginx"},
                                                  {"/usr/sbin/fcgiwrap", "fcgiwrap"},
                                                  {"/usr/lib/git-core/git-http-backend", "git"}});
    if (!missing.empty()) FAIL() << missing;
    repo_ = std::make_unique<Repo>(dir_);
    repo_->commit("start", {{"a.txt", numbered()}});
    repo_->git("tag v2.4.7");
    repo_->push();
    shell("git -C " + repo_->origin() + " config http.receivepack true");
    server_ = std::make_unique<HttpServer>(dir_);
  }
  Result<std::unique_ptr<GitRepository>> open(const std::string& token, const std::string& name = "shop") {
    return open_mirror({.url = server_->url(name), .path = dir_.path("mirror-" + name), .token = token},
                       {.name = "shop"});
  }
  void set_hook() {
    write_file(repo_->origin() + "/hooks/pre-receive", kHook);
    std::filesystem::permissions(repo_->origin() + "/hooks/pre-receive", std::filesystem::perms(0755));
  }

  TempDir dir_;
  std::unique_ptr<Repo> repo_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(Http, TheRightTokenFetchesAndCuts) {
  auto git = open("s3cret-token");
  ASSERT_TRUE(ok(git));
  const auto cut = (*git)->cut_branch({"shop", "hotfix/x", "", ""}, {});
  ASSERT_TRUE(ok(cut));
  EXPECT_EQ(cut->version, "v2.4.8");
  EXPECT_EQ(shell("git -C " + repo_->origin() + " rev-parse hotfix/x"), cut->base_sha);
}

// Anybody may open a pull request from a fork.
TEST_F(Http, WhatForksHoldFillsNoDisk) {
  auto git = open_mirror(
      {.url = server_->url("shop"), .path = dir_.path("mirror"), .token = "s3cret-token", .foreign_limit = 20'000},
      {.name = "shop"});
  ASSERT_TRUE(ok(git));
  ASSERT_TRUE(ok((*git)->fetch({})));
  const auto of_fork = [&](std::uint64_t number, const std::string& bytes) {
    repo_->git("checkout -q --detach main");
    repo_->script("head -c " + bytes + " /dev/urandom > big.bin && git add -A && git commit -q -m big");
    const auto ref = "refs/pull/" + std::to_string(number) + "/head";
    repo_->git("push -q origin HEAD:" + ref);
    return ListedPullRequest{number, repo_->sha("HEAD"), "theirs", "main", ref};
  };
  const auto said = [&](const ListedPullRequest& one) {
    const auto judged = (*git)->judge_pull_requests({"shop", {}, {}}, {one}, {});
    return ok(judged) && judged->size() == 1 ? status_of(judged->front()).text() : std::string("nothing");
  };
  const auto disk = [&] { return shell("cat " + dir_.path("mirror") + "/objects/pack/*.pack | wc -c"); };
  const auto before = std::stoi(disk());
  EXPECT_EQ(said(of_fork(1, "2000000")), "pending: not judged: its head cannot be fetched");
  EXPECT_EQ(std::stoi(disk()), before);
  EXPECT_EQ(said(of_fork(2, "1000")), "passed: carries every shipped hotfix");
}

TEST_F(Http, AWrongTokenIsSaidSoWithoutTheToken) {
  auto git = open("wrong-s3cret");
  ASSERT_TRUE(ok(git));
  const auto fetched = (*git)->fetch({});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::credentials) << fetched.error().what;
  EXPECT_EQ(fetched.error().what.find("wrong-s3cret"), std::string::npos);
  EXPECT_EQ(fetched.error().what, "the server does not accept the token for user x-access-token");
}

TEST_F(Http, NoTokenIsSaidSo) {
  auto git = open("");
  ASSERT_TRUE(ok(git));
  const auto fetched = (*git)->fetch({});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::credentials);
  EXPECT_EQ(fetched.error().what, "the server asks for a token and none is configured");
}

TEST_F(Http, AnUnknownRepositoryIsNotFound) {
  auto git = open("s3cret-token", "nowhere");
  ASSERT_TRUE(ok(git));
  const auto fetched = (*git)->fetch({});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::not_found) << fetched.error().what;
}

TEST_F(Http, AHookRefusesTheTagInItsOwnWordsAndLetsTheBranchThrough) {
  set_hook();
  auto git = open("s3cret-token");
  ASSERT_TRUE(ok(git));
  ASSERT_TRUE(ok((*git)->cut_branch({"shop", "hotfix/x", "", ""}, {})));
  const std::string head = repo_->sha("v2.4.7");
  const auto tagged = (*git)->push_tag({"shop", "v2.4.8", head, "hotfix"}, {});
  ASSERT_FALSE(tagged);
  EXPECT_EQ(tagged.error().kind, Problem::Kind::refused);
  EXPECT_EQ(tagged.error().what,
            "the server refused refs/tags/v2.4.8: pre-receive hook declined (\"tags are frozen until Monday\")");
  // Refused is not remembered as done: without the hook the same call goes through, and again.
  std::filesystem::remove(repo_->origin() + "/hooks/pre-receive");
  EXPECT_TRUE(ok((*git)->push_tag({"shop", "v2.4.8", head, "hotfix"}, {})));
  EXPECT_TRUE(ok((*git)->push_tag({"shop", "v2.4.8", head, "hotfix"}, {})));
  EXPECT_EQ(shell("git -C " + repo_->origin() + " cat-file -t v2.4.8"), "tag");
  EXPECT_EQ(shell("git -C " + repo_->origin() + " rev-parse v2.4.8^{commit}"), head);
}

TEST_F(Http, AHooksColoursAndBytesAreCleaned) {
  write_file(repo_->origin() + "/hooks/pre-receive",
             "#!/bin/sh\nprintf '\\033[1;31mferm\\351\\033[0m\\r\\n\\033]0;gotcha\\007jusqu\\047\\303\\240 lundi\\n' "
             ">&2\nexit 1\n");
  std::filesystem::permissions(repo_->origin() + "/hooks/pre-receive", std::filesystem::perms(0755));
  auto git = open("s3cret-token");
  ASSERT_TRUE(ok(git));
  const auto cut = (*git)->cut_branch({"shop", "hotfix/x", "", ""}, {});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().what,
            "the server refused refs/heads/hotfix/x: pre-receive hook declined (\"ferm\uFFFD jusqu'à lundi\")");
}

TEST_F(Http, NothingListeningIsUnreachable) {
  auto git = open_mirror({.url = "http://127.0.0.1:" + std::to_string(free_port()) + "/x.git", .path = dir_.path("m2")},
                         {.name = "shop"});
  ASSERT_TRUE(ok(git));
  const auto fetched = (*git)->fetch({});
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::unreachable) << fetched.error().what;
}

TEST_F(Http, UrlsThatWouldLeakAreRefused) {
  for (const char* url :
       {"http://git.example.com/x.git", "https://user:pw@git.example.com/x.git", "git://git.example.com/x.git", ""}) {
    const auto git = open_mirror({.url = url, .path = dir_.path("m3")}, {.name = "shop"});
    ASSERT_FALSE(git) << url;
    EXPECT_EQ(git.error().kind, Problem::Kind::invalid);
    EXPECT_EQ(git.error().what.find("pw@"), std::string::npos);
  }
}

}  // namespace
}  // namespace hotfixd::git::testing
