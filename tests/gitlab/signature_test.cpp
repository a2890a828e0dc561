#include "integrations/gitlab/signature.hpp"

#include <gtest/gtest.h>

#include "tests/gitlab/sign.hpp"

namespace hotfixd::gitlab {
namespace {

// The test vector of Standard Webhooks.
constexpr std::string_view kId = "msg_p5jXN8AQM9LWM0D4loKWxJek", kTimestamp = "1614265330";
constexpr std::string_view kBody = R"({"test": 2432232314})";
const std::string kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const Time kNow{Seconds{1'614'265'330}};

SigningToken token(std::string_view text = test::kToken) { return SigningToken::read(text).value(); }

std::string changed(std::string_view text, std::size_t at, int bit) {
  std::string other(text);
  other[at] = static_cast<char>(other[at] ^ (1 << bit));
  return other;
}

TEST(GitlabSignature, TheOfficialVector) {
  EXPECT_EQ(test::sign(test::kToken, kId, kTimestamp, kBody), kSignature);
  EXPECT_TRUE(token().verifies({kId, kTimestamp, kSignature}, kBody, kNow));
}

TEST(GitlabSignature, AnyByteChangedIsRefused) {
  const auto key = token();
  for (int bit = 0; bit < 8; ++bit) {
    for (std::size_t i = 0; i < kBody.size(); ++i)
      EXPECT_FALSE(key.verifies({kId, kTimestamp, kSignature}, changed(kBody, i, bit), kNow));
    for (std::size_t i = 0; i < kId.size(); ++i)
      EXPECT_FALSE(key.verifies({changed(kId, i, bit), kTimestamp, kSignature}, kBody, kNow));
    for (std::size_t i = 0; i < kTimestamp.size(); ++i)
      EXPECT_FALSE(key.verifies({kId, changed(kTimestamp, i, bit), kSignature}, kBody, kNow));
    for (std::size_t i = 0; i < kSignature.size(); ++i) {
      const auto other = changed(kSignature, i, bit);
      // Of base64's last digit before one '=' the two low bits are spare.
      const auto spare = i + 2 == kSignature.size();
      if (!spare) EXPECT_FALSE(key.verifies({kId, kTimestamp, other}, kBody, kNow)) << other;
    }
  }
}

TEST(GitlabSignature, OneOfSeveralIsEnough) {
  const std::string other = "v1," + test::base64(std::string(32, 'x'));
  const auto verifies = [&](const std::string& all) { return token().verifies({kId, kTimestamp, all}, kBody, kNow); };
  EXPECT_TRUE(verifies(other + " " + kSignature));
  EXPECT_TRUE(verifies(kSignature + " " + other));
  EXPECT_TRUE(verifies("v1a,ed25519 " + kSignature));
  EXPECT_FALSE(verifies(other));
  EXPECT_FALSE(verifies("v2," + kSignature.substr(3)));
  EXPECT_FALSE(verifies(kSignature.substr(3)));
  EXPECT_FALSE(verifies(kSignature + "," + other));
  EXPECT_FALSE(verifies(""));
  EXPECT_FALSE(verifies(" "));
  std::string many;
  for (int i = 0; i < 100; ++i) many += other + " ";
  EXPECT_FALSE(verifies(many + kSignature));  // nobody has that many
}

TEST(GitlabSignature, OldAndFutureOnesAreRefused) {
  const auto at = [](Seconds apart) { return token().verifies({kId, kTimestamp, kSignature}, kBody, kNow + apart); };
  EXPECT_TRUE(at(Seconds{300}));
  EXPECT_TRUE(at(Seconds{-300}));
  EXPECT_FALSE(at(Seconds{301}));
  EXPECT_FALSE(at(Seconds{-301}));
  for (const std::string_view odd : {"", "soon", "1614265330.5", "-1614265330", "99999999999999999999", " 1614265330"})
    EXPECT_FALSE(token().verifies({kId, odd, test::sign(test::kToken, kId, odd, kBody)}, kBody, kNow)) << odd;
}

TEST(GitlabSignature, NoIdProvesNothing) {
  EXPECT_FALSE(token().verifies({"", kTimestamp, test::sign(test::kToken, "", kTimestamp, kBody)}, kBody, kNow));
}

TEST(GitlabSignature, OnlyASigningTokenIsOne) {
  for (const std::string& odd :
       {std::string(), std::string("whsec_"), std::string("correct horse battery staple"),
        std::string(test::kToken.substr(6)), "whsec_" + test::base64("short"),
        "whsec_" + test::base64(std::string(65, 'x')), std::string(test::kToken) + "=", "whsec_" + std::string(43, 'A'),
        "whsec_" + std::string(44, '*'), "whsec_" + std::string(4096, 'A')}) {
    const auto read = SigningToken::read(odd);
    ASSERT_FALSE(read) << odd;
    EXPECT_EQ(read.error().what, "gitlab.signing_token is no signing token");
  }
  EXPECT_TRUE(SigningToken::read("whsec_" + test::base64(std::string(32, 'x'))));
}

TEST(GitlabSecret, ComparesTheWholeOfIt) {
  const SecretToken secret("correct horse");
  EXPECT_TRUE(secret.verifies("correct horse"));
  for (const std::string_view other : {"", "correct hors", "correct horse ", "Correct horse", "correct horsf"})
    EXPECT_FALSE(secret.verifies(other)) << other;
  EXPECT_FALSE(SecretToken("").verifies(""));
}

}  // namespace
}  // namespace hotfixd::gitlab
