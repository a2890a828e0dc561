#include <gtest/gtest.h>

#include "integrations/github/webhook.hpp"

namespace hotfixd::github {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

std::string unwrap(std::string_view type, std::string_view body) {
  const auto json = json_of(type, body);
  return json ? *json : "problem: " + json.error().what;
}

TEST(Form, JsonIsTakenAsItIs) {
  EXPECT_EQ(unwrap("application/json", "{}"), "{}");
  EXPECT_EQ(unwrap("Application/JSON ; charset=utf-8", "{}"), "{}");
  EXPECT_EQ(unwrap("", "{}"), "{}");
}

TEST(Form, TheFieldPayloadIsUnescaped) {
  EXPECT_EQ(unwrap(kForm, "payload=%7B%22a%22%3A+%22b%2Bc%22%7d"), R"({"a": "b+c"})");
  EXPECT_EQ(unwrap(kForm, "a=1&payload=x&payload=y"), "x");
  EXPECT_EQ(unwrap(kForm, "payload="), "");
  EXPECT_EQ(unwrap("application/x-www-form-urlencoded; charset=utf-8", "payload=x"), "x");
}

TEST(Form, WhatIsWrongIsSaid) {
  for (const auto* body : {"", "a=1", "&&", "Payload=x", "payload", "xpayload=1"}) {
    EXPECT_EQ(unwrap(kForm, body), "problem: the form has no field payload") << body;
  }
  for (const auto* body : {"payload=%", "payload=%7", "payload=%7g", "payload=%%41"}) {
    EXPECT_EQ(unwrap(kForm, body), "problem: the form field payload has a broken % escape") << body;
  }
  EXPECT_EQ(unwrap("text/plain", "{}"),
            "problem: the content type is neither application/json nor application/x-www-form-urlencoded");
  EXPECT_EQ(unwrap("application/json", std::string(kPayloadLimit + 1, ' ')), "problem: the body is larger than 25 MB");
}

}  // namespace
}  // namespace hotfixd::github
