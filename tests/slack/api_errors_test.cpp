#include "integrations/slack/api_errors.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

// Each way in which the Web API says no: what it was, what to mend, and whether to try again.

namespace hotfixd::slack {
namespace {

std::string said(unsigned status, std::string_view body, std::string_view retry_after = {}) {
  const auto reply =
      read_reply({.method = "chat.postMessage", .status = status, .retry_after = retry_after, .body = body});
  if (reply) return "ok " + reply->dump();
  const Problem& p = reply.error();
  return fmt::format("{}{}{} -> {}", p.what, p.retryable() ? " [again" : "",
                     p.retry_after   ? fmt::format(" after {}]", p.retry_after->count())
                     : p.retryable() ? "]"
                                     : "",
                     p.mend);
}

Problem::Kind kind(std::string_view error) {
  return read_reply({.method = "m",
                     .status = 200,
                     .retry_after = {},
                     .body = fmt::format(R"({{"ok":false,"error":"{}"}})", error)})
      .error()
      .kind;
}

TEST(ApiErrors, ASuccessIsTheAnswer) {
  EXPECT_EQ(said(200, R"({"ok":true,"ts":"1.000001"})"), R"(ok {"ok":true,"ts":"1.000001"})");
}

TEST(ApiErrors, AMissingScopeIsNamed) {
  EXPECT_EQ(said(200, R"({"ok":false,"error":"missing_scope","needed":"pins:write","provided":"chat:write,commands"})"),
            "Slack refuses chat.postMessage: the scope pins:write is missing (granted: chat:write,commands) -> add the "
            "scope pins:write under OAuth & Permissions and install the app again");
}

// The method reference's errors of chat.update, which nobody else has.
TEST(ApiErrors, AnArchivedChannelIsTheSameTroubleForEveryMethod) {
  EXPECT_EQ(said(200, R"({"ok":false,"error":"is_inactive"})"),
            "Slack refuses chat.postMessage: is_inactive -> unarchive the channel, or use another");
  EXPECT_EQ(kind("update_failed"), Problem::Kind::unreachable);
  EXPECT_EQ(kind("invalid_cursor"), Problem::Kind::invalid);
}

TEST(ApiErrors, EachSaysWhatToMend) {
  EXPECT_EQ(
      said(200, R"({"ok":false,"error":"not_in_channel"})"),
      "Slack refuses chat.postMessage: not_in_channel -> invite the app to the channel: /invite in it, or give it "
      "the scope channels:join");
  EXPECT_EQ(
      said(200, R"({"ok":false,"error":"channel_not_found"})"),
      "Slack refuses chat.postMessage: channel_not_found -> check the channel's id; a private channel is only seen "
      "by apps invited to it");
  EXPECT_EQ(said(200, R"({"ok":false,"error":"is_archived"})"),
            "Slack refuses chat.postMessage: is_archived -> unarchive the channel, or use another");
  EXPECT_EQ(
      said(200, R"({"ok":false,"error":"account_inactive"})"),
      "Slack refuses chat.postMessage: account_inactive -> the app was removed from the workspace: install it again");
  EXPECT_EQ(
      said(200, R"({"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] no more than 50 )"
                R"(items allowed [json-pointer:/blocks]",7]}})"),
      "Slack refuses chat.postMessage: invalid_blocks: [ERROR] no more than 50 items allowed "
      "[json-pointer:/blocks] -> this is a mistake of hotfixd: please report it");
  EXPECT_EQ(said(200, R"({"ok":false,"error":"brand_new"})"),
            "Slack refuses chat.postMessage: brand_new -> look up this error at "
            "docs.slack.dev/reference/methods/chat.postMessage");
  EXPECT_EQ(said(200, R"({"ok":false})"),
            "Slack refuses chat.postMessage: it does not say why -> look up this error at "
            "docs.slack.dev/reference/methods/chat.postMessage");
}

TEST(ApiErrors, KindsDecideWhatHappensNext) {
  using Kind = Problem::Kind;
  for (const auto* error : {"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
    EXPECT_EQ(kind(error), Kind::credentials) << error;
  for (const auto* error : {"internal_error", "fatal_error", "service_unavailable", "request_timeout"})
    EXPECT_EQ(kind(error), Kind::unreachable) << error;
  for (const auto* error : {"ratelimited", "rate_limited"}) EXPECT_EQ(kind(error), Kind::rate_limited) << error;
  for (const auto* error : {"msg_too_long", "msg_blocks_too_long", "no_text"})
    EXPECT_EQ(kind(error), Kind::invalid) << error;
  EXPECT_EQ(kind("message_not_found"), Kind::not_found);
  EXPECT_EQ(kind("name_taken"), Kind::exists_elsewhere);
  EXPECT_EQ(kind("restricted_action"), Kind::refused);
}

TEST(ApiErrors, ARateLimitSaysHowLong) {
  const std::string slow = "Slack asks to call chat.postMessage less often [again after ";
  const std::string mend = "] -> nothing: it is tried again";
  EXPECT_EQ(said(429, R"({"ok":false,"error":"ratelimited"})", "17"), slow + "17" + mend);
  EXPECT_EQ(said(429, "<html>", ""), slow + "30" + mend);
  EXPECT_EQ(said(200, R"({"ok":false,"error":"rate_limited"})", "x"), slow + "30" + mend);
  EXPECT_EQ(said(429, "", "0"), slow + "1" + mend);
  EXPECT_EQ(said(429, "", "999999"), slow + "3600" + mend);
}

TEST(ApiErrors, WhatIsNotSlacksAnswerIsNoSuccess) {
  const std::string again = " [again] -> nothing: it is tried again";
  EXPECT_EQ(said(503, "<html><title>Server Error</title>"), "Slack answers chat.postMessage with status 503" + again);
  EXPECT_EQ(said(500, "{}"), "Slack answers chat.postMessage with status 500" + again);
  EXPECT_EQ(said(500, R"({"ok":true})"), "Slack answers chat.postMessage with status 500" + again);
  EXPECT_EQ(said(502, R"({"ok":false,"error":"brand_new"})"), "Slack refuses chat.postMessage: brand_new" + again);
  EXPECT_EQ(said(404, "not here"),
            "chat.postMessage is answered with status 404, not by Slack's API -> check slack.api_url");
  EXPECT_EQ(said(200, "<html>"),
            "the answer to chat.postMessage is not Slack's: the body is not JSON [again] -> check slack.api_url, and "
            "whether a proxy stands between");
  for (const auto* body : {"{}", R"({"ok":"true"})", R"({"ok":1})", R"({"ok":null})"})
    EXPECT_TRUE(said(200, body).starts_with("the answer to chat.postMessage is not Slack's: ok is missing")) << body;
  EXPECT_TRUE(said(200, "").contains("not Slack's"));
}

TEST(ApiErrors, TheErrorsName) {
  EXPECT_EQ(error_of(R"({"ok":false,"error":"already_pinned"})"), "already_pinned");
  EXPECT_EQ(error_of("<html>"), "");
  EXPECT_EQ(error_of(R"({"ok":false,"error":7})"), "");
}

}  // namespace
}  // namespace hotfixd::slack
