#include <gtest/gtest.h>

#include "tests/github/sign.hpp"

namespace hotfixd::github {
namespace {

// docs.github.com/webhooks, "Validating webhook deliveries".
constexpr std::string_view kSecret = "It's a Secret to Everybody";
const common::HmacKey kKey(kSecret);
constexpr std::string_view kBody = "Hello, World!";
const std::string kHeader = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

TEST(Signature, TheOfficialVector) {
  EXPECT_TRUE(verify_signature(kKey, kBody, kHeader));
  EXPECT_EQ(test::sign(kSecret, kBody), kHeader);
}

TEST(Signature, AnyByteChangedIsRefused) {
  const auto changed = [](std::string_view text, std::size_t at, int bit) {
    std::string other(text);
    other[at] = static_cast<char>(other[at] ^ (1 << bit));
    return other;
  };
  for (int bit = 0; bit < 8; ++bit) {
    for (std::size_t i = 0; i < kBody.size(); ++i)
      EXPECT_FALSE(verify_signature(kKey, changed(kBody, i, bit), kHeader));
    for (std::size_t i = 0; i < kSecret.size(); ++i)
      EXPECT_FALSE(verify_signature(common::HmacKey(changed(kSecret, i, bit)), kBody, kHeader));
    for (std::size_t i = 0; i < kHeader.size(); ++i) {
      const auto header = changed(kHeader, i, bit);
      const bool same_digit = std::isalpha(kHeader[i]) != 0 && bit == 5 && i >= 7;  // only upper case now
      EXPECT_EQ(verify_signature(kKey, kBody, header), same_digit) << header;
    }
  }
}

TEST(Signature, OtherFormsAreRefused) {
  const std::string hex = kHeader.substr(7);
  for (const std::string& header :
       {std::string(), hex, "sha1=" + hex, std::string("sha256="), "sha256=" + hex + "0", kHeader + " ", " " + kHeader,
        kHeader.substr(0, 70), "sha256=" + std::string(64, 'g')}) {
    EXPECT_FALSE(verify_signature(kKey, kBody, header)) << header;
  }
}

TEST(Signature, NoSecretVerifiesNothing) {
  EXPECT_FALSE(verify_signature(common::HmacKey(""), kBody, test::sign("", kBody)));
  EXPECT_TRUE(verify_signature(common::HmacKey("s"), "", test::sign("s", "")));
}

}  // namespace
}  // namespace hotfixd::github
