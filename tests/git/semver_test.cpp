// Version tags by Semantic Versioning 2.0.0, branch globs and known_hosts: the small pure parts.
#include "integrations/git/semver.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "integrations/git/glob.hpp"
#include "integrations/git/known_hosts.hpp"
#include "tests/git/repo_support.hpp"

namespace hotfixd::git {
namespace {

TEST(SemVer, ParsesWhatIsAVersionAndNothingElse) {
  for (const char* good : {"1.2.3", "v2.4.7", "release-2.4.7", "app/v0.0.0", "v1.0.0-rc.1", "v1.0.0-alpha-x.7.z",
                           "1.0.0+build.01", "v1.0.0-rc.1+5"})
    EXPECT_EQ(parse_version(good).value_or(Version{}).text(), good);
  for (const char* bad : {"", "v", "v1", "v1.2", "v01.2.3", "1.02.3", "1.2.03", "1.2.3-", "1.2.3-01", "1.2.3-a..b",
                          "1.2.3+", "1.2.3.4", "1.2.3 ", "v1.2.3-a_b", "v1234567890123456789.0.0", "nightly"})
    EXPECT_FALSE(parse_version(bad)) << bad;
}

TEST(SemVer, OrdersAsItem11Says) {
  const std::vector<std::string> ascending = {
      "1.0.0-1",    "1.0.0-2",      "1.0.0-10",      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",  "1.0.0",         "1.0.9",
      "1.0.10",     "1.2.0",        "2.0.0",         "10.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t j = 0; j < ascending.size(); ++j)
      EXPECT_EQ(compare(*parse_version(ascending[i]), *parse_version(ascending[j])), i < j   ? -1
                                                                                     : i > j ? 1
                                                                                             : 0)
          << ascending[i] << " " << ascending[j];
  EXPECT_EQ(compare(*parse_version("1.0.0+a"), *parse_version("1.0.0+b")), 0);
  EXPECT_TRUE(newer("v2.4.10", "v2.4.9"));
  EXPECT_FALSE(newer("2.4.10", "v2.4.9")) << "different families";
}

TEST(SemVer, NewestStaysInItsFamilyAndIgnoresPreReleases) {
  const std::vector<std::string> tags = {"v2.4.7", "v2.10.0", "v3.0.0-rc.1", "release-9.0.0", "9.9.9", "nightly"};
  EXPECT_EQ(newest(tags, "v"), "v2.10.0");
  EXPECT_EQ(newest(tags, "release-"), "release-9.0.0");
  EXPECT_EQ(newest(tags, ""), "9.9.9");
  EXPECT_EQ(newest(tags, "x"), std::nullopt);
}

TEST(SemVer, NextPatchSkipsWhatIsTaken) {
  EXPECT_EQ(next_patch("v2.4.7"), "v2.4.8");
  EXPECT_EQ(next_patch("v2.4.7", [](const std::string& tag) { return tag == "v2.4.8"; }), "v2.4.9");
  EXPECT_EQ(next_patch("release-1.0.9-rc.1+b"), "release-1.0.10");
  EXPECT_EQ(next_patch("nightly"), std::nullopt);
  EXPECT_EQ(next_patch("v1.0.0", [](const std::string&) { return true; }), std::nullopt);
}

TEST(Glob, StarStaysWithinASegment) {
  EXPECT_TRUE(glob_matches("release/*", "release/2.5"));
  EXPECT_FALSE(glob_matches("release/*", "release/2.5/x"));
  EXPECT_FALSE(glob_matches("release/*", "release"));
  EXPECT_TRUE(glob_matches("*", "main"));
  EXPECT_FALSE(glob_matches("*", "a/b"));
  EXPECT_TRUE(glob_matches("re*e/?.*", "release/2.5"));
  EXPECT_FALSE(glob_matches("main", "main2"));
  EXPECT_TRUE(path_ignored({"docs"}, "docs/a/b.md"));
  EXPECT_TRUE(path_ignored({"VERSION"}, "VERSION"));
  EXPECT_FALSE(path_ignored({"VERSION"}, "src/VERSION"));
}

// The key and the names are made by ssh-keygen itself.
TEST(KnownHosts, ReadsWhatSshWrites) {
  const testing::TempDir dir;
  int status = 0;
  testing::shell("cd " + dir.path() +
                     " && ssh-keygen -q -t ed25519 -N '' -f a && ssh-keygen -q -t ed25519 -N '' -f b && ssh-keygen -q "
                     "-t rsa -b 2048 -N '' -f r",
                 &status);
  ASSERT_EQ(status, 0) << "ssh-keygen is needed: install the Debian package openssh-client";
  const std::string a = testing::shell("cut -d' ' -f1,2 " + dir.path("a.pub")),
                    b = testing::shell("cut -d' ' -f1,2 " + dir.path("b.pub"));
  const std::string rsa = testing::shell("cut -d' ' -f1,2 " + dir.path("r.pub"));
  testing::shell("cut -d' ' -f2 " + dir.path("a.pub") + " | base64 -d > " + dir.path("raw"));
  std::ifstream file(dir.path("raw"), std::ios::binary);
  const std::string raw(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(key_type(raw), "ssh-ed25519");
  EXPECT_NE(testing::shell("ssh-keygen -lf " + dir.path("a.pub")).find(fingerprint(raw)), std::string::npos);

  EXPECT_EQ(check_host_key("git.example.com " + a + "\n", "git.example.com", 22, raw), HostKey::known);
  EXPECT_EQ(check_host_key("x,GIT.example.com " + a, "git.example.com", 22, raw), HostKey::known);
  EXPECT_EQ(check_host_key("*.example.com,!git.example.com " + a, "git.example.com", 22, raw), HostKey::unknown);
  EXPECT_EQ(check_host_key("git.example.com " + b, "git.example.com", 22, raw), HostKey::changed);
  EXPECT_EQ(check_host_key("git.example.com " + rsa, "git.example.com", 22, raw), HostKey::other_type);
  EXPECT_EQ(check_host_key("git.example.com " + b + "\ngit.example.com " + a, "git.example.com", 22, raw),
            HostKey::known);
  EXPECT_EQ(check_host_key("git.example.com " + a, "git.example.com", 2222, raw), HostKey::unknown);
  EXPECT_EQ(check_host_key("[git.example.com]:2222 " + a, "git.example.com", 2222, raw), HostKey::known);
  EXPECT_EQ(check_host_key("git.example.com " + a + "\n@revoked * " + a, "git.example.com", 22, raw), HostKey::revoked);
  EXPECT_EQ(check_host_key("@cert-authority * " + a, "git.example.com", 22, raw), HostKey::unknown);
  testing::write_file(dir.path("kh"), "git.example.com " + a + "\n[git.example.com]:2222 " + b + "\n");
  testing::shell("ssh-keygen -q -H -f " + dir.path("kh"));
  const std::string hashed = testing::shell("cat " + dir.path("kh"));
  ASSERT_NE(hashed.find("|1|"), std::string::npos);
  EXPECT_EQ(check_host_key(hashed, "git.example.com", 22, raw), HostKey::known);
  EXPECT_EQ(check_host_key(hashed, "git.example.com", 2222, raw), HostKey::changed);
  EXPECT_EQ(check_host_key(hashed, "other.example.com", 22, raw), HostKey::unknown);
}

}  // namespace
}  // namespace hotfixd::git
