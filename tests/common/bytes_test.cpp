#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <atomic>
#include <thread>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/hmac.hpp"
#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"

// What reads bytes that somebody else wrote.

namespace hotfixd::common {
namespace {

constexpr JsonLimits kLimits{.bytes = 64, .nesting = 3, .values = 5};

std::string refusal(std::string_view body) {
  const auto root = parse_json(body, kLimits);
  return root ? "" : root.error().what;
}

TEST(Hmac, TheVectorOfRfc4231) {
  const std::string hex = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  const HmacKey key("Jefe");
  EXPECT_EQ(key.sign({"what do ya want for nothing?"}), hex);
  EXPECT_TRUE(key.verifies({"what do ya", " want", "", " for nothing?"}, hex));
  EXPECT_FALSE(key.verifies({"what do ya want for nothing"}, hex));
  EXPECT_FALSE(HmacKey("Jeff").verifies({"what do ya want for nothing?"}, hex));
}

TEST(Hmac, ASecretThatIsNoneVerifiesNothing) {
  for (const std::string& secret : {std::string(), std::string(4097, 's')}) {
    const HmacKey key(secret);
    EXPECT_EQ(key.empty(), secret.empty());
    EXPECT_EQ(key.sign({"x"}), "");
    EXPECT_FALSE(key.verifies({"x"}, ""));
    EXPECT_FALSE(key.verifies({"x"}, HmacKey("s").sign({"x"})));
  }
  EXPECT_TRUE(HmacKey("s").verifies({}, HmacKey("s").sign({""})));
}

// RFC 4231, test case 6: a key longer than a block of the hash.
TEST(Hmac, ALongSecretIsHashedFirst) {
  EXPECT_EQ(HmacKey(std::string(131, '\xAA')).sign({"Test Using Larger Than Block-Size Key - Hash Key First"}),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, OneKeySignsForSeveralThreads) {
  const HmacKey key("Jefe");
  std::vector<std::jthread> threads;
  std::atomic<int> right = 0;
  for (int n = 0; n < 4; ++n)
    threads.emplace_back([&, n, own = key] {
      for (int i = 0; i < 1000; ++i) {
        const auto text = std::to_string(n) + ":" + std::to_string(i);
        right += own.verifies({text}, HmacKey("Jefe").sign({text})) &&
                 key.verifies({text.substr(0, 1), text.substr(1)}, own.sign({text}));
      }
    });
  threads.clear();
  EXPECT_EQ(right, 4000);
}

TEST(Form, EveryFieldInOrder) {
  const FormFields expected{{"a", "1 2"}, {"b", ""}, {"c", ""}, {"a", "&=ü"}};
  EXPECT_EQ(*form_fields("a=1+2&b=&&c&a=%26%3d%C3%BC&", 4), expected);
  EXPECT_EQ(*form_fields("", 0), FormFields{});
}

TEST(Form, WhatIsWrongIsSaid) {
  EXPECT_EQ(form_fields("a=1&b=2&c=3", 2).error().what, "the form has too many fields");
  EXPECT_EQ(form_fields("text=%zz", 2).error().what, "the form field text has a broken % escape");
  EXPECT_EQ(form_fields("%4=1", 2).error().what, "the form field %4 has a broken % escape");
}

TEST(Json, LimitsAtTheirEdge) {
  EXPECT_EQ(refusal("[1]"), "the body is not a JSON object");
  EXPECT_EQ(refusal(R"({"a":[[]]})"), "");
  EXPECT_EQ(refusal(R"({"a":[[[]]]})"), "the JSON is nested too deeply");
  EXPECT_EQ(refusal(R"({"a":1,"b":2,"c":3,"d":"[[[[,,,,"})"), "");
  EXPECT_EQ(refusal(R"({"a":1,"b":2,"c":3,"d":4,"e":5})"), "the JSON has too many values");
  EXPECT_EQ(refusal("{}" + std::string(62, ' ')), "");
  EXPECT_EQ(refusal("{}" + std::string(63, ' ')), "the body is larger than 64 bytes");
  EXPECT_EQ(refusal("{"), "the body is not JSON");
}

TEST(Json, BadTextIsMended) {
  const auto read = [](std::string_view body) {
    const auto root = parse_json(mended_json(body), kLimits);
    return root ? root->at("a").get<std::string>() : root.error().what;
  };
  EXPECT_EQ(read("{\"a\":\"x\xFFy\"}"), "x\uFFFDy");
  EXPECT_EQ(read(R"({"a":"\ud83dx"})"), "\uFFFDx");
  EXPECT_EQ(read(R"({"a":"x\uDE00"})"), "x\uFFFD");
  EXPECT_EQ(read(R"({"a":"\ud83d\ud83d\ude00"})"), "\uFFFD😀");
  EXPECT_EQ(read(R"({"a":"\\ud83d"})"), "\\ud83d");
}

TEST(Json, AStringIsQuoted) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"b\\c\n\td/\x7F\u00fc"), "\"a\\\"b\\\\c\\n\\td/\x7F\u00fc\"");
  EXPECT_EQ(json_string(std::string_view("\0\r\x1F", 3)), R"("\u0000\u000d\u001f")");
  EXPECT_EQ(json_string("x\xFFy"), "\"x\uFFFDy\"");
}

RC_GTEST_PROP(Json, AQuotedStringIsReadBack, (const std::string& bytes)) {
  RC_ASSERT(nlohmann::json::parse(json_string(bytes)) == mended_utf8(bytes));
}

RC_GTEST_PROP(Utf8, MendedTextIsValidAndSoundTextStays, (const std::string& bytes)) {
  const std::string mended = mended_utf8(bytes);
  RC_ASSERT(is_utf8(mended));
  RC_ASSERT(mended_utf8(mended) == mended);
  for (std::size_t limit = 0; limit <= mended.size(); ++limit) {
    RC_ASSERT(is_utf8(cut_utf8(mended, limit)));
    RC_ASSERT(cut_utf8(mended, limit).size() + 3 >= limit);
  }
}

TEST(Utf8, ABadByteIsFoundWhereverItStands) {
  for (std::size_t before = 0; before < 20; ++before)
    for (std::size_t after = 0; after < 20; ++after) {
      const std::string a(before, 'a'), z(after, 'z');
      EXPECT_TRUE(is_utf8(a + z));
      EXPECT_TRUE(is_utf8(a + "\u00fc" + z));
      EXPECT_FALSE(is_utf8(a + "\xFF" + z));
      EXPECT_FALSE(is_utf8(a + "\xC3" + z));
      EXPECT_EQ(mended_utf8(a + "\xC3" + z), a + "\uFFFD" + z);
    }
}

TEST(Utf8, EveryCodePointThereAndBack) {
  for (const char32_t point : {0x00U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    append_utf8(text, point);
    EXPECT_EQ(decode_utf8(text).value, point);
    EXPECT_EQ(decode_utf8(text).bytes, text.size());
  }
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"})
    EXPECT_EQ(decode_utf8(bad).bytes, 0U);
}

TEST(Fields, LinesKeepTheirNewlines) {
  const nlohmann::json root{{"t",
                             "a\r\nb\rc\td\x01"
                             "e\n"},
                            {"n", 1}};
  Fields in(root);
  EXPECT_EQ(in.lines_if_any("t", 100), "a\nb c\td e\n");
  EXPECT_EQ(in.lines_if_any("t", 2), "a ");
  EXPECT_EQ(in.lines_if_any("missing", 10), "");
  EXPECT_FALSE(in.problem());
  EXPECT_EQ(in.lines_if_any("n", 10), "");
  EXPECT_EQ(in.problem()->what, "n is not text");
}

TEST(Headers, RetryAfterIsBetweenASecondAndAnHour) {
  EXPECT_EQ(retry_after("0"), Seconds{1});
  EXPECT_EQ(retry_after("30"), Seconds{30});
  EXPECT_EQ(retry_after("999999"), Seconds{3600});
  for (const char* other : {"", "-1", "1.5", " 1", "1 ", "soon", "1000000", "Wed, 21 Oct 2026 07:28:00 GMT"})
    EXPECT_EQ(retry_after(other), std::nullopt) << other;
}

TEST(Headers, NamesAreSeparatedByCommas) {
  EXPECT_EQ(names_in("repo, read:org,, x ,"), (std::vector<std::string>{"repo", "read:org", "x"}));
  EXPECT_EQ(names_in(""), std::vector<std::string>{});
}

TEST(Form, APartOfAPathIsEscaped) {
  EXPECT_EQ(percent_encoded("release/2.5 #%?~-_\xC3\xA4"), "release%2F2.5%20%23%25%3F~-_%C3%A4");
}

TEST(Json, MayBeAListWhereThatIsAsked) {
  const JsonLimits limits{.bytes = 100, .nesting = 4, .values = 10};
  EXPECT_FALSE(parse_json("[1]", limits));
  EXPECT_EQ(parse_json("[1]", limits, true).value(), nlohmann::json::array({1}));
  EXPECT_EQ(parse_json("7", limits, true).error().what, "the body is not a JSON object");
}

}  // namespace
}  // namespace hotfixd::common
