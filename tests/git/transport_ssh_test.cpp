// The mirror against a real sshd: keys, host keys, hooks.
#include "tests/git/server_support.hpp"

namespace hotfixd::git::testing {
namespace {

class Ssh : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing =
        missing_packages({{"/usr/sbin/sshd", "openssh-server"}, {"/usr/bin/ssh-keygen", "openssh-client"}});
    if (!missing.empty()) FAIL() << missing;
    repo_ = std::make_unique<Repo>(dir_);
    repo_->commit("start", {{"a.txt", numbered()}});
    repo_->git("tag v2.4.7");
    repo_->push();
    server_ = std::make_unique<SshServer>(dir_);
  }
  Result<void> fetch(const std::string& key, const std::string& known_hosts, const std::string& passphrase = {},
                     const std::string& path = {}) {
    auto git = open_mirror({.url = server_->url(path.empty() ? repo_->origin() : path),
                            .path = dir_.path("mirror" + std::to_string(++mirrors_)),
                            .ssh_key_path = server_->keys(key),
                            .ssh_passphrase = passphrase,
                            .known_hosts_path = server_->keys(known_hosts)},
                           {.name = "shop"});
    if (!git) return std::unexpected(git.error());
    return (*git)->fetch({});
  }

  TempDir dir_;
  std::unique_ptr<Repo> repo_;
  std::unique_ptr<SshServer> server_;
  int mirrors_ = 0;
};

TEST_F(Ssh, TheRightKeyFetches) {
  EXPECT_TRUE(ok(fetch("good", "known_hosts")));
  EXPECT_TRUE(ok(fetch("locked", "known_hosts", "open sesame")));
}

TEST_F(Ssh, AWrongKeyOrPassphraseIsSaidSo) {
  for (const auto& [key, passphrase] :
       std::vector<std::pair<std::string, std::string>>{{"wrong", ""}, {"locked", "open pepper"}, {"absent", ""}}) {
    const auto fetched = fetch(key, "known_hosts", passphrase);
    ASSERT_FALSE(fetched) << key;
    EXPECT_EQ(fetched.error().kind, Problem::Kind::credentials) << fetched.error().what;
    EXPECT_EQ(fetched.error().what.find("open pepper"), std::string::npos);
  }
}

TEST_F(Ssh, AnUnknownHostIsRefusedWithItsFingerprint) {
  const std::string shown = shell("ssh-keygen -lf " + server_->keys("host.pub") + " | cut -d' ' -f2");
  for (const char* file : {"unknown_hosts", "no_such_file"}) {
    const auto fetched = fetch("good", file);
    ASSERT_FALSE(fetched);
    EXPECT_EQ(fetched.error().kind, Problem::Kind::host_key);
    EXPECT_EQ(fetched.error().what, "the host key of [127.0.0.1]:" + std::to_string(server_->port()) +
                                        " is not known: it shows " + shown + " (ssh-ed25519)");
    EXPECT_NE(fetched.error().mend.find("ssh-keyscan"), std::string::npos);
  }
}

TEST_F(Ssh, AChangedHostKeyIsAnAlarm) {
  ASSERT_TRUE(ok(fetch("good", "known_hosts")));
  server_->change_host_key();
  const std::string shown = shell("ssh-keygen -lf " + server_->keys("other.pub") + " | cut -d' ' -f2");
  const auto fetched = fetch("good", "known_hosts");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::host_key);
  EXPECT_NE(fetched.error().what.find("CHANGED: it shows " + shown), std::string::npos) << fetched.error().what;
}

TEST_F(Ssh, AnUnknownRepositoryIsNotFound) {
  const auto fetched = fetch("good", "known_hosts", "", "/nowhere.git");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::not_found) << fetched.error().what;
}

TEST_F(Ssh, AHookRefusesInItsOwnWords) {
  write_file(repo_->origin() + "/hooks/pre-receive", "#!/bin/sh\necho 'no branches on Fridays' >&2\nexit 1\n");
  std::filesystem::permissions(repo_->origin() + "/hooks/pre-receive", std::filesystem::perms(0755));
  auto git = open_mirror({.url = server_->url(repo_->origin()),
                          .path = dir_.path("mirror"),
                          .ssh_key_path = server_->keys("good"),
                          .known_hosts_path = server_->keys("known_hosts")},
                         {.name = "shop"});
  ASSERT_TRUE(ok(git));
  const auto cut = (*git)->cut_branch({"shop", "hotfix/x", "", ""}, {});
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().kind, Problem::Kind::refused);
  EXPECT_EQ(cut.error().what,
            "the server refused refs/heads/hotfix/x: pre-receive hook declined (\"no branches on Fridays\")");
  std::filesystem::remove(repo_->origin() + "/hooks/pre-receive");
  EXPECT_TRUE(ok((*git)->cut_branch({"shop", "hotfix/x", "", ""}, {})));
  EXPECT_TRUE(ok((*git)->cut_branch({"shop", "hotfix/x", "", ""}, {})));
}

}  // namespace
}  // namespace hotfixd::git::testing
