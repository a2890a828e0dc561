// What a real server refuses of tags, forward-ports and deletions, over http and ssh alike.
#include "integrations/git/transport.hpp"
#include "tests/git/server_support.hpp"

namespace hotfixd::git::testing {
namespace {

class Push : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const std::string missing = missing_packages({{"/usr/sbin/nginx", "nginx"},
                                                  {"/usr/sbin/fcgiwrap", "fcgiwrap"},
                                                  {"/usr/sbin/sshd", "openssh-server"},
                                                  {"/usr/bin/ssh-keygen", "openssh-client"}});
    if (!missing.empty()) FAIL() << missing;
    repo_ = std::make_unique<Repo>(dir_);
    repo_->commit("start", {{"a.txt", numbered()}});
    repo_->git("tag v2.4.7");
    repo_->git("branch develop");
    repo_->git("checkout -q -b hotfix/x");
    fix_ = repo_->commit("fix", {{"a.txt", numbered({{10, "fixed"}})}});
    repo_->push();
    shell("git -C " + repo_->origin() + " config http.receivepack true");
    if (GetParam() == "http") {
      http_ = std::make_unique<HttpServer>(dir_);
      origin_ = {.url = http_->url("shop"), .token = "s3cret-token"};
    } else {
      ssh_ = std::make_unique<SshServer>(dir_);
      origin_ = {.url = ssh_->url(repo_->origin()),
                 .ssh_key_path = ssh_->keys("good"),
                 .known_hosts_path = ssh_->keys("known_hosts")};
    }
    auto made = open_mirror({.url = origin_.url,
                             .path = dir_.path("mirror"),
                             .token = origin_.token,
                             .ssh_key_path = origin_.ssh_key_path,
                             .known_hosts_path = origin_.known_hosts_path},
                            {.name = "shop"});
    ASSERT_TRUE(ok(made));
    git_ = std::move(*made);
  }
  // A hook before every push that refuses refs by a pattern, or deletions.
  void refuse(const std::string& condition, const std::string& words) {
    write_file(repo_->origin() + "/hooks/pre-receive", "#!/bin/sh\nwhile read old new ref; do\n  if " + condition +
                                                           "; then echo '" + words + "' >&2; exit 1; fi\ndone\n");
    std::filesystem::permissions(repo_->origin() + "/hooks/pre-receive", std::filesystem::perms(0755));
  }
  void refuse_nothing() { std::filesystem::remove(repo_->origin() + "/hooks/pre-receive"); }
  effect::ForwardPort port() const {
    return {.repository = "shop",
            .about = {.repository = "shop",
                      .branch = "hotfix/x",
                      .base_tag = "v2.4.7",
                      .base_sha = repo_->sha("v2.4.7"),
                      .tag_sha = fix_},
            .target = "develop",
            .branch = "hotfix-forward/x-to-develop",
            .tag = "v2.4.8",
            .mode = PortMode::merge,
            .incident = "HF-1"};
  }
  std::string refs() {
    return shell("git -C " + repo_->origin() +
                 " for-each-ref --format='%(refname)' refs/heads/hotfix refs/heads/hotfix-forward refs/tags");
  }

  TempDir dir_;
  std::unique_ptr<Repo> repo_;
  std::unique_ptr<HttpServer> http_;
  std::unique_ptr<SshServer> ssh_;
  Origin origin_;
  std::string fix_;
  std::unique_ptr<GitRepository> git_;
};

TEST_P(Push, ATagIsRefusedInTheHooksWordsAndTheBranchGoesThrough) {
  refuse("case $ref in refs/tags/*) true;; *) false;; esac", "tags are frozen until Monday");
  const auto tagged = git_->push_tag({"shop", "v2.4.8", fix_, "hotfix"}, {});
  ASSERT_FALSE(tagged);
  EXPECT_EQ(tagged.error().kind, Problem::Kind::refused);
  EXPECT_EQ(tagged.error().what,
            "the server refused refs/tags/v2.4.8: pre-receive hook declined (\"tags are frozen until Monday\")");
  auto untagged = port();
  untagged.tag.clear();
  EXPECT_TRUE(ok(git_->forward_port(untagged, {})));
  EXPECT_EQ(refs(), "refs/heads/hotfix-forward/x-to-develop\nrefs/heads/hotfix/x\nrefs/tags/v2.4.7");
}

TEST_P(Push, ABranchIsRefusedInTheHooksWordsAndTheTagGoesThrough) {
  refuse("case $ref in refs/heads/*) true;; *) false;; esac", "branches are made by the release team");
  ASSERT_TRUE(ok(git_->push_tag({"shop", "v2.4.8", fix_, "hotfix"}, {})));
  const auto carried = git_->forward_port(port(), {});
  ASSERT_FALSE(carried);
  EXPECT_EQ(carried.error().kind, Problem::Kind::refused);
  EXPECT_EQ(carried.error().what,
            "the server refused refs/heads/hotfix-forward/x-to-develop: pre-receive hook declined (\"branches are made "
            "by the release team\")");
  const auto cut = git_->cut_branch({"shop", "hotfix/y", "v2.4.7", ""}, {});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, Problem::Kind::refused);
  EXPECT_EQ(refs(), "refs/heads/hotfix/x\nrefs/tags/v2.4.7\nrefs/tags/v2.4.8");
  // Refused is not remembered as done.
  refuse_nothing();
  const auto again = git_->forward_port(port(), {});
  ASSERT_TRUE(ok(again));
  EXPECT_EQ(shell("git -C " + repo_->origin() + " log -1 --format=%P hotfix-forward/x-to-develop"),
            repo_->sha("develop") + " " + fix_);
  EXPECT_EQ(shell("git -C " + repo_->origin() + " fsck --strict --no-dangling"), "");
}

TEST_P(Push, ADeletionIsRefusedInTheHooksWordsAndDoneWithoutTheHook) {
  ASSERT_TRUE(ok(git_->push_tag({"shop", "v2.4.8", fix_, "hotfix"}, {})));
  refuse("case $new in 0000000*) true;; *) false;; esac", "nothing is ever deleted");
  auto done = git_->delete_branches({"shop", {"hotfix/x"}}, {});
  ASSERT_TRUE(ok(done));
  ASSERT_EQ(done->kept.size(), 1U);
  EXPECT_EQ(done->kept.front().why,
            "the server refused refs/heads/hotfix/x: pre-receive hook declined (\"nothing is ever deleted\")");
  EXPECT_EQ(refs(), "refs/heads/hotfix/x\nrefs/tags/v2.4.7\nrefs/tags/v2.4.8");
  refuse_nothing();
  done = git_->delete_branches({"shop", {"hotfix/x"}}, {});
  ASSERT_TRUE(ok(done));
  EXPECT_EQ(done->deleted, std::vector<std::string>{"hotfix/x"});
  EXPECT_EQ(refs(), "refs/tags/v2.4.7\nrefs/tags/v2.4.8");
}

TEST_P(Push, ABranchThatMovedMeanwhileIsNotDeleted) {
  ASSERT_TRUE(ok(git_->fetch({})));
  repo_->commit("more", {{"a.txt", numbered({{11, "more"}})}});
  repo_->push();
  RepositoryHandle mirror;
  ASSERT_EQ(make(mirror, git_repository_open_bare, dir_.path("mirror").c_str()), 0);
  Conversation conversation(mirror.get(), origin_, std::chrono::steady_clock::now() + std::chrono::seconds(30), {});
  const auto deleted = conversation.delete_ref("refs/heads/hotfix/x", *parse_oid(fix_));
  ASSERT_FALSE(deleted);
  EXPECT_EQ(deleted.error().kind, Problem::Kind::exists_elsewhere);
  EXPECT_EQ(deleted.error().what,
            "refs/heads/hotfix/x is at " + repo_->sha("HEAD").substr(0, 7) + " by now, not at " + fix_.substr(0, 7));
  EXPECT_EQ(refs(), "refs/heads/hotfix/x\nrefs/tags/v2.4.7");
}

TEST_P(Push, ARefThatAppearedMeanwhileIsNotMoved) {
  repo_->git("checkout -q -b other");
  const auto further = repo_->commit("more", {{"a.txt", numbered({{11, "more"}})}});
  repo_->push();
  ASSERT_TRUE(ok(git_->fetch({})));
  const auto before = shell("git -C " + repo_->origin() + " show-ref");
  RepositoryHandle mirror;
  ASSERT_EQ(make(mirror, git_repository_open_bare, dir_.path("mirror").c_str()), 0);
  for (const std::string ref : {"refs/heads/hotfix/x", "refs/tags/v2.4.7"}) {
    Conversation conversation(mirror.get(), origin_, std::chrono::steady_clock::now() + std::chrono::seconds(30), {});
    const auto made = conversation.create_ref(ref, *parse_oid(further));
    ASSERT_FALSE(made) << ref;
    EXPECT_EQ(made.error().kind, Problem::Kind::exists_elsewhere);
    EXPECT_TRUE(made.error().what.starts_with(ref + " is already there at ")) << made.error().what;
  }
  EXPECT_EQ(shell("git -C " + repo_->origin() + " show-ref"), before);
}

INSTANTIATE_TEST_SUITE_P(Over, Push, ::testing::Values("http", "ssh"), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace hotfixd::git::testing
