#include "integrations/slack/signature.hpp"

#include <gtest/gtest.h>

#include "integrations/common/hmac.hpp"
#include "integrations/slack/timestamp.hpp"

namespace hotfixd::slack {
namespace {

// docs.slack.dev, "Verifying requests from Slack".
constexpr std::string_view kSecret = "8f742231b10e8888abcd99yyyzzz85a5";
constexpr std::string_view kStamp = "1531420618";
constexpr std::string_view kBody =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&"
    "user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack."
    "com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    "803a0bc887a14d10d2c447fce8b6703c";
const std::string kSignature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
constexpr Time kThen{Seconds{1531420618}};

std::string_view verdict(std::string_view secret, std::string_view stamp, std::string_view body,
                         std::string_view signature, Time now) {
  const auto verified = verify_signature(common::HmacKey(secret), stamp, body, signature, now);
  return verified ? "believed" : to_string(verified.error());
}

TEST(Signature, TheOfficialVector) { EXPECT_EQ(verdict(kSecret, kStamp, kBody, kSignature, kThen), "believed"); }

TEST(Signature, AnyByteChangedIsRefused) {
  const auto changed = [](std::string_view text, std::size_t at) {
    std::string other(text);
    other[at] = static_cast<char>(other[at] ^ 1);
    return other;
  };
  constexpr std::string_view kWrong = "the signature is wrong";
  for (std::size_t i = 0; i < kBody.size(); ++i)
    EXPECT_EQ(verdict(kSecret, kStamp, changed(kBody, i), kSignature, kThen), kWrong);
  for (std::size_t i = 0; i < kSecret.size(); ++i)
    EXPECT_EQ(verdict(changed(kSecret, i), kStamp, kBody, kSignature, kThen), kWrong);
  for (std::size_t i = 0; i < kSignature.size(); ++i)
    EXPECT_EQ(verdict(kSecret, kStamp, kBody, changed(kSignature, i), kThen), kWrong);
  EXPECT_EQ(verdict(kSecret, "1531420619", kBody, kSignature, kThen), kWrong);
  // The colons part the fields: the same bytes cut elsewhere are another message.
  const std::string other = "v0=" + common::HmacKey(kSecret).sign({"v0:15314206", "18", ":", kBody});
  EXPECT_EQ(verdict(kSecret, "15314206", "18:" + std::string(kBody), other, Time{Seconds{15314206}}), kWrong);
}

TEST(Signature, FiveMinutesOnBothSides) {
  const auto at = [](Seconds later) { return verdict(kSecret, kStamp, kBody, kSignature, kThen + later); };
  EXPECT_EQ(at(Seconds{300}), "believed");
  EXPECT_EQ(at(Seconds{301}), "the request is older than five minutes");
  EXPECT_EQ(at(Seconds{-300}), "believed");
  EXPECT_EQ(at(Seconds{-301}), "the request is more than five minutes ahead of our clock");
  EXPECT_EQ(at(Seconds{-365 * 86400}), "the request is more than five minutes ahead of our clock");
  EXPECT_EQ(verdict(kSecret, kStamp, kBody, kSignature, kThen + std::chrono::microseconds(300'999'999)), "believed");
}

TEST(Signature, WhatIsMissingOrMalformedIsSaid) {
  EXPECT_EQ(verdict("", kStamp, kBody, kSignature, kThen), "the request is not signed");
  EXPECT_EQ(verdict(kSecret, "", kBody, kSignature, kThen), "the request is not signed");
  EXPECT_EQ(verdict(kSecret, kStamp, kBody, "", kThen), "the request is not signed");
  for (const std::string_view stamp : {"x", "-1", "1531420618.0", " 1531420618", "0x5b47", "153142061800", "1e9"})
    EXPECT_EQ(verdict(kSecret, stamp, kBody, kSignature, kThen), "the timestamp is not a number of seconds") << stamp;
  const std::string hex = kSignature.substr(3);
  for (const std::string& bad : {hex, "v1=" + hex, "v0=" + hex + "0", "v0=" + hex.substr(1), std::string("v0=")})
    EXPECT_EQ(verdict(kSecret, kStamp, kBody, bad, kThen), "the signature is wrong") << bad;
}

TEST(Timestamp, IsTwoWholeNumbers) {
  const auto ts = Timestamp::parse("1355517523.000005");
  ASSERT_TRUE(ts);
  EXPECT_EQ(*ts, Timestamp(1355517523, 5));
  EXPECT_EQ(ts->text(), "1355517523.000005");
  EXPECT_EQ(ts->digits(), "1355517523000005");
  EXPECT_EQ(ts->time(), Time{std::chrono::microseconds(1355517523000005)});
  EXPECT_LT(*ts, Timestamp(1355517523, 6));
  EXPECT_LT(Timestamp(9, 999999), Timestamp(10, 0));  // as text it is the other way round
  EXPECT_TRUE(Timestamp{}.empty());
  // A double has no place for these: 99999999999.999999 and .999998 would be one.
  EXPECT_NE(*Timestamp::parse("99999999999.999999"), *Timestamp::parse("99999999999.999998"));
}

TEST(Timestamp, OtherFormsAreNone) {
  for (const std::string_view text :
       {"", ".", "1", "1.", "1.00000", "1.0000001", ".000001", "-1.000001", "1.00000x", "x.000001",
        "123456789012.000001", "1,000001", "1.000001 ", "01.000001", "1..00001"})
    EXPECT_FALSE(Timestamp::parse(text)) << text;
  EXPECT_EQ(Timestamp::parse("0.000001")->text(), "0.000001");
}

}  // namespace
}  // namespace hotfixd::slack
