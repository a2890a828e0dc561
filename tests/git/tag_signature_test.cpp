// Signed tags, verified by the real git with the real ssh-keygen and gpg.
#include "integrations/git/tag_signature.hpp"

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

using Sign = MirrorOptions::Sign;

class SignTest : public ::testing::Test {
 protected:
  SignTest() : repo_(dir_) {
    repo_.commit("start", {{"a.txt", numbered()}});
    repo_.git("tag v2.4.7");
    head_ = repo_.sha("HEAD");
    repo_.push();
    shell("ssh-keygen -q -t ed25519 -N '' -C bot -f " + key());
    shell("ssh-keygen -q -t ed25519 -N '' -C other -f " + dir_.path("other"));
    write_file(dir_.path("allowed"), "hotfixd@localhost " + shell("cat " + key() + ".pub") + "\n");
  }
  void TearDown() override {
    if (!gnupg_.empty()) shell("GNUPGHOME=" + gnupg_ + " gpgconf --kill all");
    ::unsetenv("GNUPGHOME");
  }
  std::string key() const { return dir_.path("key"); }
  Result<result::TagPushed> tag(Sign sign, const std::string& key, const std::string& name = "v2.4.8") {
    git_.reset();
    auto made = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror"), .sign = sign, .signing_key = key},
                            {.name = "shop"});
    EXPECT_TRUE(ok(made));
    git_ = std::move(*made);
    return git_->push_tag({"shop", name, head_, "HF-1: 500s on checkout, ünïcode"}, {});
  }
  std::string verify(const std::string& arguments, int* status) {
    return shell(
        "git -C " + repo_.origin() + " -c gpg.ssh.allowedSignersFile=" + dir_.path("allowed") + " " + arguments,
        status);
  }
  void make_gpg_key() {
    gnupg_ = dir_.path("gnupg");
    std::filesystem::create_directory(gnupg_);
    std::filesystem::permissions(gnupg_, std::filesystem::perms::owner_all);
    ::setenv("GNUPGHOME", gnupg_.c_str(), 1);
    int status = 0;
    const auto said = shell(
        "gpg --batch --pinentry-mode loopback --passphrase '' --quick-generate-key "
        "'bot <bot@example.com>' default default never",
        &status);
    ASSERT_EQ(status, 0) << said;
  }

  TempDir dir_;
  Repo repo_;
  std::string head_, gnupg_;
  std::unique_ptr<GitRepository> git_;
};

TEST_F(SignTest, WithAnSshKeyGitVerifiesIt) {
  ASSERT_TRUE(ok(tag(Sign::ssh, key())));
  int status = 0;
  const auto said = verify("-c gpg.format=ssh tag -v v2.4.8", &status);
  EXPECT_EQ(status, 0) << said;
  EXPECT_TRUE(said.contains("Good \"git\" signature for hotfixd@localhost with ED25519 key")) << said;
  EXPECT_EQ(shell("git -C " + repo_.origin() + " for-each-ref --format='%(contents:subject)' refs/tags/v2.4.8"),
            "HF-1: 500s on checkout, ünïcode");
  EXPECT_EQ(shell("git -C " + repo_.origin() + " fsck --strict --no-dangling"), "");
  EXPECT_TRUE(ok(git_->push_tag({"shop", "v2.4.8", head_, "again"}, {}))) << "its own earlier success";
  EXPECT_TRUE(ok(try_signing(Sign::ssh, key())));
  EXPECT_EQ(try_signing(Sign::ssh, dir_.path("nowhere")).error().kind, Problem::Kind::refused);

  // Another key's is not good: what is verified is the signature and not that there is one.
  ASSERT_TRUE(ok(tag(Sign::ssh, dir_.path("other"), "v2.4.9")));
  verify("verify-tag v2.4.9", &status);
  EXPECT_NE(status, 0);
}

TEST_F(SignTest, WithAGpgKeyGitVerifiesIt) {
  make_gpg_key();
  ASSERT_TRUE(ok(tag(Sign::gpg, "bot@example.com")));
  int status = 0;
  const auto said = verify("tag -v v2.4.8", &status);
  EXPECT_EQ(status, 0) << said;
  EXPECT_TRUE(said.contains("Good signature from \"bot <bot@example.com>\"")) << said;
}

TEST_F(SignTest, ASignerThatFailsRefusesTheTagInItsOwnWords) {
  make_gpg_key();
  const auto nobody = tag(Sign::gpg, "nobody@example.com");
  ASSERT_FALSE(nobody);
  EXPECT_EQ(nobody.error().kind, Problem::Kind::refused);
  EXPECT_TRUE(
      nobody.error().what.starts_with("the tag could not be signed: gpg says \"gpg: skipped "
                                      "\"nobody@example.com\": No secret key"))
      << nobody.error().what;
  const auto no_file = tag(Sign::ssh, dir_.path("nowhere"));
  ASSERT_FALSE(no_file);
  EXPECT_EQ(no_file.error().kind, Problem::Kind::refused);
  EXPECT_TRUE(no_file.error().what.contains("ssh-keygen says \"Couldn't load public key")) << no_file.error().what;
  // One with a passphrase and no agent: nobody is there to be asked.
  shell("ssh-keygen -q -t ed25519 -N s3cret -f " + dir_.path("locked"));
  const auto locked = tag(Sign::ssh, dir_.path("locked"));
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().kind, Problem::Kind::refused);
  EXPECT_TRUE(locked.error().what.contains("incorrect passphrase supplied")) << locked.error().what;
  EXPECT_EQ(shell("git -C " + repo_.origin() + " tag -l"), "v2.4.7");
}

TEST_F(SignTest, AProgramThatIsNotThereIsSaidSo) {
  const std::string path = ::getenv("PATH");
  ::setenv("PATH", dir_.path("empty").c_str(), 1);
  const auto refused = tag(Sign::ssh, key());
  ::setenv("PATH", path.c_str(), 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "the tag could not be signed: ssh-keygen is not installed");
}

}  // namespace
}  // namespace hotfixd::git::testing
