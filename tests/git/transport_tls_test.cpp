// The mirror against a real git server over TLS: whom it trusts, and to whom it gives the token.
#include <fmt/format.h>

#include "tests/git/relay.hpp"
#include "tests/git/server_support.hpp"

namespace hotfixd::git::testing {
namespace {

// "x-access-token:s3cret-token" as Basic authentication writes it.
constexpr const char* kToken = "eC1hY2Nlc3MtdG9rZW46czNjcmV0LXRva2Vu";

class Tls : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = missing_packages(
        {{"/usr/sbin/nginx", "nginx"}, {"/usr/sbin/fcgiwrap", "fcgiwrap"}, {"/usr/bin/openssl", "openssl"}});
    if (!missing.empty()) FAIL() << missing;
    add_repository(dir_);
  }
  static void add_repository(const TempDir& dir) {
    Repo repo(dir);
    repo.commit("start", {{"a.txt", numbered()}});
    repo.git("tag v2.4.7");
    repo.push();
    shell("git -C " + repo.origin() + " config http.receivepack true");
  }
  Result<void> fetch(const std::string& url, const std::string& ca_file) {
    auto git = open_mirror({.url = url,
                            .path = dir_.path(fmt::format("mirror{}", ++mirrors_)),
                            .token = "s3cret-token",
                            .ca_file = ca_file,
                            .patience = {.silence = std::chrono::seconds(3)}},
                           {.name = "shop"});
    if (!git) return std::unexpected(git.error());
    return (*git)->fetch({});
  }

  TempDir dir_;
  int mirrors_ = 0;
};

TEST_F(Tls, TheConfiguredAuthorityIsTrustedAndGetsTheToken) {
  const HttpServer server(dir_, "localhost");
  auto git = open_mirror(
      {.url = server.url("shop"), .path = dir_.path("mirror"), .token = "s3cret-token", .ca_file = server.ca_file()},
      {.name = "shop"});
  ASSERT_TRUE(ok(git));
  EXPECT_TRUE(ok((*git)->cut_branch({"shop", "hotfix/x", "", ""}, {})));
  EXPECT_NE(server.requests(kToken).find(kToken), std::string::npos);
}

TEST_F(Tls, AnUnknownAuthorityIsRefusedBeforeAnythingIsSent) {
  const HttpServer server(dir_, "localhost");
  const auto fetched = fetch(server.url("shop"), "");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::host_key);
  EXPECT_EQ(fetched.error().what,
            "the certificate of localhost is not trusted: The certificate is not correctly signed by the trusted CA");
  EXPECT_EQ(fetched.error().mend,
            "if an authority of your own signed it, name that one's PEM file as ca_file of the repository");
  EXPECT_EQ(server.requests(), "");
}

TEST_F(Tls, ACertificateForAnotherHostIsRefusedBeforeAnythingIsSent) {
  const HttpServer server(dir_, "git.example.com");
  const auto fetched = fetch(server.url("shop"), server.ca_file());
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::host_key);
  EXPECT_EQ(fetched.error().what,
            "the certificate of localhost is not trusted: The certificate Common Name (CN) does not match with the "
            "expected CN");
  EXPECT_EQ(fetched.error().mend, "the certificate is for another name than localhost: correct the url");
  EXPECT_EQ(server.requests(), "");
}

TEST_F(Tls, TwoAuthoritiesOfOnesOwnAreTrustedSideBySide) {
  const TempDir other;
  add_repository(other);
  const HttpServer first(dir_, "localhost"), second(other, "localhost");
  EXPECT_TRUE(ok(fetch(first.url("shop"), first.ca_file())));
  EXPECT_TRUE(ok(fetch(second.url("shop"), second.ca_file())));
  EXPECT_TRUE(ok(fetch(first.url("shop"), first.ca_file())));
}

TEST_F(Tls, AFileThatHoldsNoAuthorityIsSaidSoAndTakesNoTrustAway) {
  const HttpServer server(dir_, "localhost");
  EXPECT_TRUE(ok(fetch(server.url("shop"), server.ca_file())));
  write_file(dir_.path("rubbish.pem"), "not a certificate\n");
  for (const char* file : {"rubbish.pem", "absent.pem"}) {
    const auto fetched = fetch(server.url("shop"), dir_.path(file));
    ASSERT_FALSE(fetched) << file;
    EXPECT_EQ(fetched.error().kind, Problem::Kind::invalid);
    EXPECT_NE(fetched.error().what.find(file), std::string::npos) << fetched.error().what;
  }
  EXPECT_TRUE(ok(fetch(server.url("shop"), server.ca_file())));
}

TEST_F(Tls, ARedirectIsNotFollowedAndTheTokenStaysHere) {
  const Relay elsewhere({});
  const HttpServer server(dir_, "localhost", fmt::format("https://127.0.0.1:{}", elsewhere.port()));
  const auto fetched = fetch(server.url("moved/shop"), server.ca_file());
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error().kind, Problem::Kind::refused) << fetched.error().what;
  EXPECT_EQ(fetched.error().mend, "the repository has moved: give its new url; the token is sent nowhere else");
  EXPECT_EQ(elsewhere.accepted(), 0);
  EXPECT_EQ(server.requests("/moved/"), "GET /moved/shop.git/info/refs?service=git-upload-pack 301 [-]");
}

}  // namespace
}  // namespace hotfixd::git::testing
