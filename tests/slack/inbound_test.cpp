#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/slack/describe.hpp"

// What each payload is read as, whole, and the same over both ways in.

namespace hotfixd::slack::test {
namespace {

using nlohmann::json;

struct Case {
  std::string name, reading, id;
};

// One per file in payloads/; body.* come over HTTP only, hello and disconnect over Socket Mode only.
const std::vector<Case> kCases = {
    {"app_home_opened", R"(home U0ALICE=@T0ACME/ home at 1794690294.001400)",
     "slack:T0ACME:U0ALICE:home:1794690294.001400"},
    {"app_mention",
     R"(mention C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'declare sev2 500s on /checkout' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"app_mention.grid",
     R"(mention C0INC=@T0US/E0ACME/org!1794690240.000100 by W0ALICE=@T0US/E0ACME/org bot[] app[] 'status' thread -)",
     "slack:T0US:C0INC:1794690240.000100"},
    {"block_actions.button",
     R"(actions U0BOB=bob@T0ACME/ on C0INC=incidents@T0ACME/!1794690300.000200 thread - view [ ] https://hooks.slack.com/actions/T0ACME/2/y 1794690310.3.c | snooze#2 b1 button=HF-3/O2 1794690310.123456)",
     "slack:T0ACME:action:U0BOB:snooze#2:1794690310.123456"},
    {"block_actions.grid",
     R"(actions U0BOB=bob@T0EU/E0ACME/org on C0INC=incidents@T0EU/E0ACME/org!1794690300.000200 thread 1794690000.000001 ephemeral view [ ] https://hooks.slack.com/actions/T0ACME/2/y 1794690310.3.c | severity b2 static_select=sev1 1794690311.000001 | who b2 multi_users_select=U0BOB,U0CAROL 1794690311.000002 | crit b3 checkboxes=1,3 1794690311.000003)",
     "slack:T0EU:action:U0BOB:severity:1794690311.000001"},
    {"block_actions.home",
     R"(actions U0BOB=bob@T0ACME/ on - thread - view [V0HOME home]  1794690310.3.c | snooze#2 b1 button=HF-3/O2 1794690310.123456)",
     "slack:T0ACME:action:U0BOB:snooze#2:1794690310.123456"},
    {"body.app_rate_limited", R"(rate limited T0ACME/ 2026-11-14T21:04:00Z)", ""},
    {"body.url_verification", R"(challenge 3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P)", ""},
    {"channel_archive", R"(archived C0INC=@T0ACME/ by U0BOB=@T0ACME/ at 1794690292.001200)",
     "slack:T0ACME:C0INC:archived:1794690292.001200"},
    {"channel_rename", R"(renamed C0INC=checkout-500s@T0ACME/ at 1794690291.001100)",
     "slack:T0ACME:C0INC:renamed:1794690291.001100"},
    {"channel_unarchive", R"(back C0INC=@T0ACME/ by U0BOB=@T0ACME/ at 1794690293.001300)",
     "slack:T0ACME:C0INC:unarchived:1794690293.001300"},
    {"group_unarchive", R"(back G0INC=@T0ACME/ by U0BOB=@T0ACME/ at 1794690293.001300)",
     "slack:T0ACME:G0INC:unarchived:1794690293.001300"},
    {"disconnect.link_disabled", R"(disconnect 2 link_disabled)", ""},
    {"disconnect.refresh_requested", R"(disconnect 1 refresh_requested)", ""},
    {"disconnect.too_many_websockets", R"(disconnect 3 too_many_websockets)", ""},
    {"disconnect.warning", R"(disconnect 0 warning)", ""},
    {"hello", R"(hello A0HOTFIX 2 18060s)", ""},
    {"member_joined_channel", R"(joined C0INC=@T0ACME/ U0CAROL=@T0EU/ invited by U0BOB at 1794690290.001000)",
     "slack:T0ACME:C0INC:joined:U0CAROL:1794690290.001000"},
    {"message.bad_ts", R"(unknown: event message: ts is not a timestamp)", ""},
    {"message.bot_attachments",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALERT=alertmanager@T0ACME/ bot[B0ALERT] app[A0ALERT] '[FIRING:1] Http500
checkout error rate 12%' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.bot_blocks", R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALERT=@T0ACME/ bot[B0ALERT] app[] 'Alert
*Service*
shop
from prod' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.bot_message",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by =pager@T0ACME/ bot[B0PAGER] app[] '500s spiking on /checkout (sev-2)' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.changed",
     R"(changed C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /cart' from '500s spiking on /checkout' thread - at 1794690360.000300)",
     "slack:T0ACME:C0INC:1794690240.000100:edit:1794690360.000300"},
    {"message.changed_again",
     R"(changed C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /cart!' from '500s spiking on /cart' thread - at 1794690360.000400)",
     "slack:T0ACME:C0INC:1794690240.000100:edit:1794690360.000400"},
    {"message.changed_tombstone",
     R"(deleted C0INC=@T0ACME/!1794690240.000100 '500s spiking on /checkout' at 1794690360.000300)",
     "slack:T0ACME:C0INC:1794690240.000100:delete"},
    {"message.changed_unfurl", R"(ignored: a change that left the text alone)", ""},
    {"message.channel_join", R"(ignored: message channel_join)", ""},
    {"message.deleted", R"(deleted C0INC=@T0ACME/!1794690240.000100 '500s spiking on /checkout' at 1794690400.000500)",
     "slack:T0ACME:C0INC:1794690240.000100:delete"},
    {"message.file_alone",
     R"(posted C0INC=@T0ACME/!1794690241.000100 by U0ALICE=@T0ACME/ bot[] app[] '(files a &lt;b&gt; &amp; c.png, log)' thread -)",
     "slack:T0ACME:C0INC:1794690241.000100"},
    {"message.file_share",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'graph' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.im", R"(direct D0ALICE=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'status' thread -)",
     "slack:T0ACME:D0ALICE:1794690240.000100"},
    {"message.im_mention",
     R"(direct D0ALICE=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'status' thread -)",
     "slack:T0ACME:D0ALICE:1794690240.000100"},
    {"message.mention",
     R"(mention C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'declare sev2 500s on /checkout' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.mention_inside",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] 'ask <@U0BOT> about it' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.new_subtype", R"(unknown: message hologram)", ""},
    {"message.no_channel", R"(unknown: event message: channel is missing)", ""},
    {"message.ours", R"(ignored: our own message)", ""},
    {"message.parent",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /checkout' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.plain",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /checkout' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message.reply", R"(posted C0INC=@T0ACME/!1794690241.000100 by U0ALICE=@T0ACME/ bot[] app[] 'line one
line two' thread 1794690000.000001)",
     "slack:T0ACME:C0INC:1794690241.000100"},
    {"message.thread_broadcast",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /checkout' thread 1794690000.000001)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"message_action",
     R"(shortcut U0BOB=bob@T0ACME/E0ACME add_to_timeline 1794690510.6.f 1794690510.222222 https://hooks.slack.com/app/T0ACME/3/z on C0INC=incidents@T0ACME/E0ACME!1794690240.000100 by U0ALICE=@T0ACME/E0ACME bot[] app[] '500s &lt;again&gt;' thread 1794690000.000001)",
     "slack:T0ACME:shortcut:U0BOB:1794690510.222222"},
    {"pin_added", R"(pin C0INC=@T0ACME/!1794690240.000100 by U0BOB=@T0ACME/ at 1794690270.000800)",
     "slack:T0ACME:C0INC:1794690240.000100:pin:1794690270.000800"},
    {"pin_removed", R"(no pin C0INC=@T0ACME/!1794690240.000100 by U0BOB=@T0ACME/ at 1794690280.000900)",
     "slack:T0ACME:C0INC:1794690240.000100:unpin:1794690280.000900"},
    {"reaction_added",
     R"(reaction thumbsup to C0INC=@T0ACME/!1794690240.000100 by U0BOB=@T0ACME/ at 1794690250.000600)",
     "slack:T0ACME:C0INC:1794690240.000100:react:U0BOB:thumbsup:1794690250.000600"},
    {"reaction_added.file", R"(ignored: a reaction to something else than a message)", ""},
    {"reaction_removed",
     R"(no reaction pushpin to C0INC=@T0ACME/!1794690240.000100 by U0BOB=@T0ACME/ at 1794690260.000700)",
     "slack:T0ACME:C0INC:1794690240.000100:unreact:U0BOB:pushpin:1794690260.000700"},
    {"retry",
     R"(posted C0INC=@T0ACME/!1794690240.000100 by U0ALICE=@T0ACME/ bot[] app[] '500s spiking on /checkout' thread -)",
     "slack:T0ACME:C0INC:1794690240.000100"},
    {"shortcut", R"(shortcut U0ALICE=alice@T0ACME/ declare 1794690500.5.e 1794690500.111111)",
     "slack:T0ACME:shortcut:U0ALICE:1794690500.111111"},
    {"slash_commands",
     R"(slash U0ALICE=alice@T0ACME/ in C0INC=incidents@T0ACME/: /hotfix 'declare sev2 500s on /checkout &amp; /cart' https://hooks.slack.com/commands/T0ACME/1/x 1794690240.1.a)",
     "slack:T0ACME:command:1794690240.1.a"},
    {"slash_commands.grid",
     R"(slash U0ALICE=alice@T0EU/E0ACME/org in C0INC=incidents@T0EU/E0ACME/org: /hotfix 'declare sev2 500s on /checkout &amp; /cart' https://hooks.slack.com/commands/T0ACME/1/x 1794690241.2.b)",
     "slack:T0EU:command:1794690241.2.b"},
    {"unknown_event", R"(unknown: event channel_teleported)", ""},
    {"unknown_frame", R"(unknown: frame lunch)", ""},
    {"unknown_interaction", R"(unknown: interaction hologram)", ""},
    {"view_closed",
     R"(closed U0ALICE=alice@T0ACME/ all: V0FORM modal hotfixd_declare [{"channel":"C0INC","message":""}] 1794690400.abc root V0FORM previous  external )",
     ""},
    {"view_submission",
     R"(submission U0ALICE=alice@T0ACME/ 1794690450.4.d: V0FORM modal hotfixd_declare [{"channel":"slack:T0ACME:C0INC","message":""}] 1794690400.abc root V0FORM previous  external  criteria.value=1 options.value= reason.value= repository.value=shop severity.value=sev2 summary.value=500s spiking on /checkout)",
     "slack:T0ACME:view:V0FORM"},
    {"view_submission.grid",
     R"(submission U0ALICE=alice@T0EU/E0ACME/org 1794690450.4.d: V0FORM modal hotfixd_declare [{"channel":"slack:T0ACME:C0INC","message":""}] 1794690400.abc root V0FORM previous  external  criteria.value=1 options.value= reason.value= repository.value=shop severity.value=sev2 summary.value=500s spiking on /checkout)",
     "slack:T0EU:view:V0FORM"},
};

HttpBody as_json(std::string_view body) {
  return {.content_type = "application/json", .body = body, .retry_num = {}, .retry_reason = {}};
}

Result<Incoming> decode_file(const std::string& name) {
  const std::string text = read_file(name);
  return name.starts_with("body.") ? decode_http(as_json(text), kSelf) : decode_frame(text, kSelf);
}

std::string percent(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

HttpBody as_form(std::string_view body, std::string_view type = "application/x-www-form-urlencoded; charset=utf-8") {
  return {.content_type = type, .body = body, .retry_num = {}, .retry_reason = {}};
}

TEST(Inbound, EveryPayloadIsReadWhole) {
  for (const Case& c : kCases) {
    const auto in = decode_file(c.name);
    EXPECT_EQ(describe(in), c.reading) << c.name;
    if (in) EXPECT_EQ(delivery_id(*in), c.id) << c.name;
  }
}

TEST(Inbound, EveryPayloadIsInTheTable) {
  std::set<std::string> files, names;
  for (const auto& entry : std::filesystem::directory_iterator(HOTFIXD_SOURCE_DIR "/tests/slack/payloads"))
    files.insert(entry.path().stem().string());
  for (const Case& c : kCases) names.insert(c.name);
  EXPECT_EQ(names, files);
}

TEST(Inbound, HttpReadsWhatSocketModeReads) {
  for (const Case& c : kCases) {
    const json frame = json::parse(read_file(c.name));
    const std::string type = frame.value("type", "");
    std::string body;
    Result<Incoming> in = std::unexpected(Problem{});
    if (type == "events_api") {
      body = frame["payload"].dump();
      in = decode_http(as_json(body), kSelf);
    } else if (type == "interactive") {
      body = "payload=" + percent(frame["payload"].dump());
      in = decode_http(as_form(body), kSelf);
    } else if (type == "slash_commands") {
      for (const auto& [name, value] : frame["payload"].items())
        body += (body.empty() ? "" : "&") + name + "=" + percent(value.get<std::string>());
      in = decode_http(as_form(body), kSelf);
    } else {
      continue;
    }
    EXPECT_EQ(describe(in), c.reading) << c.name;
    if (in) EXPECT_EQ(delivery_id(*in), c.id) << c.name;
  }
}

// A slash command as Slack sends it over both ways, without what Socket Mode puts around it.
using Command = std::map<std::string, std::string>;
const Command kCommand = {{"api_app_id", "A0HOTFIX"},    {"team_id", "T0ACME"},   {"enterprise_id", "E0ACME"},
                          {"user_id", "U0ALICE"},        {"user_name", "alice"},  {"channel_id", "C0INC"},
                          {"channel_name", "incidents"}, {"command", "/hotfix"},  {"text", "status"},
                          {"response_url", "https://x"}, {"trigger_id", "1.2.a"}, {"is_enterprise_install", "false"}};

std::string over_http(const Command& command) {
  std::string body;
  for (const auto& [name, value] : command) body += (body.empty() ? "" : "&") + name + "=" + percent(value);
  const auto in = decode_http(as_form(body), kSelf);
  return describe(in) + (in ? " of app " + in->app + " in " + in->workspace.team : "");
}

// Not by the JSON library, which writes no malformed UTF-8.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\')
      out += fmt::format("\\u{:04x}", c);
    else
      out += c;
  }
  return out;
}

std::string over_socket_mode(const Command& command) {
  std::string payload;
  for (const auto& [name, value] : command)
    payload += (payload.empty() ? "\"" : ",\"") + name + "\":\"" + escaped(value) + "\"";
  const auto in = decode_frame(R"({"type":"slash_commands","payload":{)" + payload + "}}", kSelf);
  return describe(in) + (in ? " of app " + in->app + " in " + in->workspace.team : "");
}

TEST(Inbound, AnyTextOfASlashCommandIsReadTheSame) {
  for (const auto& [name, whole] : kCommand) {
    for (const std::string& value :
         {std::string(), std::string("true"), std::string("a\r\nb\rc\td\x01\x7F\n"), std::string("\0", 1),
          std::string("1"), std::string("\xC3\xBC\xFF+%26&amp;=\xF0\x9F\x98\x80\xE2\x82"), std::string(1024, 'x'),
          std::string(1025, 'x'), std::string(341, '\xFF'), std::string(342, '\xFF'),
          std::string(kWordLimit - 1, 'x') + "ü", std::string(kTextLimit - 1, 'x') + "ü"}) {
      Command command = kCommand;
      command[name] = value;
      EXPECT_EQ(over_http(command), over_socket_mode(command)) << name << " = " << value.substr(0, 40);
    }
    Command command = kCommand;
    command.erase(name);
    if (name != "command") EXPECT_EQ(over_http(command), over_socket_mode(command)) << "no " << name;
  }
}

TEST(Inbound, WhatASlashCommandNeedsIsSaid) {
  const std::string around = " of app A0HOTFIX in T0ACME";
  for (const char* name : {"user_id", "channel_id", "command", "trigger_id"}) {
    const auto both = [&](const Command& command, const std::string& what) {
      EXPECT_EQ(over_http(command), what);
      EXPECT_EQ(over_socket_mode(command), what);
    };
    const auto said = [&](const char* why) {
      return fmt::format("unknown: slash command: {} {}{}", name, why, around);
    };
    Command command = kCommand;
    command[name] = "";
    both(command, said("is empty"));
    command[name] = std::string(1025, 'x');
    both(command, said("is too long"));
    command.erase(name);
    EXPECT_EQ(over_socket_mode(command), said("is missing"));
    EXPECT_EQ(over_http(command), std::string_view(name) == "command"
                                      ? "unknown: a form that is neither a slash command nor an interaction of app  in "
                                      : said("is missing"));
  }
  // The first of several.
  EXPECT_EQ(over_http({{"command", "/hotfix"}}), "unknown: slash command: user_id is missing of app  in ");
  EXPECT_EQ(describe(decode_frame(R"({"type":"slash_commands","payload":{"user_id":7,"text":[]}})", kSelf)),
            "unknown: slash command: user_id is not text");
  EXPECT_EQ(describe(decode_frame(R"({"type":"slash_commands","payload":{"team_id":{},"user_id":7}})", kSelf)),
            "unknown: slash command: team_id is not text");
}

TEST(Inbound, OfSeveralFieldsWithOneNameTheFirstCounts) {
  const auto read = [](const std::string& body) { return describe(decode_http(as_form(body), kSelf)); };
  const std::string once =
      "command=%2Fhotfix&text=status&user_id=U1&channel_id=C1&trigger_id=1&is_enterprise_install=true";
  const std::string reading = read(once);
  EXPECT_EQ(reading, "slash U1=@//org in C1=@//org: /hotfix 'status'  1");
  EXPECT_EQ(
      read(once + "&command=%2Fother&text=close&user_id=U2&channel_id=C2&trigger_id=2&is_enterprise_install=false"),
      reading);
  EXPECT_EQ(read(once + "&user%5Fid=U2&%FF=1&%FE=2"), reading);  // names are unescaped, and may be any bytes
  EXPECT_EQ(read("user%5Fid=U0&" + once), "slash U0=@//org in C1=@//org: /hotfix 'status'  1");
  EXPECT_EQ(read("text&" + once), "slash U1=@//org in C1=@//org: /hotfix ''  1");
  EXPECT_EQ(read("user_id=&" + once), "unknown: slash command: user_id is empty");
  EXPECT_EQ(read(once + "&ssl_check=0&ssl_check=1"), reading);
  EXPECT_EQ(read(once + "&ssl_check=1&ssl_check=0"), "ssl check");
}

TEST(Inbound, TheEnvelopeIsKept) {
  const auto command = decode_file("slash_commands");
  EXPECT_TRUE(command->envelope_id.starts_with("7e1c0d5a-")) << command->envelope_id;
  EXPECT_TRUE(command->accepts_response);
  EXPECT_EQ(command->app, "A0HOTFIX");
  EXPECT_EQ(command->event_id, "");
  const auto retry = decode_file("retry");
  EXPECT_FALSE(retry->accepts_response);
  EXPECT_EQ(retry->retry_attempt, 2U);
  EXPECT_EQ(retry->retry_reason, "timeout");
  EXPECT_TRUE(retry->event_id.starts_with("Ev")) << retry->event_id;
  EXPECT_EQ(format_rfc3339(*retry->event_time), "2026-11-14T21:04:00Z");
  EXPECT_EQ(retry->workspace, (Workspace{"T0ACME", "", false}));
  EXPECT_EQ(decode_file("app_mention.grid")->workspace, (Workspace{"T0US", "E0ACME", true}));
  // What is not understood is acknowledged all the same.
  EXPECT_EQ(decode_file("unknown_frame")->envelope_id, "7e1c0d5a-ffff");
  EXPECT_NE(decode_file("message.bad_ts")->envelope_id, "");
  auto http = as_json(R"({"type":"event_callback"})");
  http.retry_num = "1";
  http.retry_reason = "http_timeout";
  EXPECT_EQ(decode_http(http, kSelf)->retry_attempt, 1U);
  EXPECT_EQ(decode_http(http, kSelf)->retry_reason, "http_timeout");
}

TEST(Inbound, ACertificateCheckHidesNothing) {
  const auto in = decode_http(as_form("ssl_check=1&token=x&command=%2Fhotfix&text=close&user_id=U1&channel_id=C1&"
                                      "trigger_id=1&payload=%7B%22type%22%3A%22block_actions%22%7D"),
                              kSelf);
  EXPECT_EQ(describe(in), "ssl check");
  EXPECT_EQ(delivery_id(*in), "");
}

// The same thing delivered again, however it comes, has the id it had; another thing has another.
TEST(Inbound, OneMessageIsOneDelivery) {
  const auto id = [](const char* name) { return delivery_id(*decode_file(name)); };
  EXPECT_EQ(id("message.plain"), id("retry"));
  EXPECT_EQ(id("message.mention"), id("app_mention"));
  EXPECT_EQ(id("message.deleted"), id("message.changed_tombstone"));
  EXPECT_NE(id("message.changed"), id("message.changed_again"));
  std::set<std::string> ids;
  for (const char* name : {"message.plain",   "message.reply",   "message.changed",     "message.changed_again",
                           "message.deleted", "reaction_added",  "reaction_removed",    "pin_added",
                           "pin_removed",     "slash_commands",  "slash_commands.grid", "block_actions.button",
                           "view_submission", "shortcut",        "message_action",      "member_joined_channel",
                           "channel_rename",  "channel_archive", "channel_unarchive",   "app_home_opened"}) {
    EXPECT_TRUE(ids.insert(id(name)).second) << name;
  }
  json again = json::parse(read_file("message.changed"));
  again["envelope_id"] = "another";
  again["retry_attempt"] = 1;
  again["payload"]["event_id"] = "EvAnother";
  EXPECT_EQ(delivery_id(*decode_frame(again.dump(), kSelf)), id("message.changed"));
}

TEST(Inbound, EachActionIsItsOwnDelivery) {
  const auto in = decode_file("block_actions.grid");
  EXPECT_EQ(delivery_id(*in, 0), "slack:T0EU:action:U0BOB:severity:1794690311.000001");
  EXPECT_EQ(delivery_id(*in, 2), "slack:T0EU:action:U0BOB:crit:1794690311.000003");
  EXPECT_EQ(delivery_id(*in, 3), "");
  EXPECT_EQ(sent_at(*in, 1), Timestamp(1794690311, 2).time());
}

TEST(Inbound, ItHappenedWhenSlackSays) {
  const auto at = [](const char* name) {
    const auto time = sent_at(*decode_file(name));
    return time ? format_rfc3339(*time) : "-";
  };
  EXPECT_EQ(at("message.plain"), "2026-11-14T21:04:00.0001Z");
  EXPECT_EQ(at("message.changed"), "2026-11-14T21:06:00.0003Z");
  EXPECT_EQ(at("reaction_added"), "2026-11-14T21:04:10.0006Z");
  EXPECT_EQ(at("block_actions.button"), "2026-11-14T21:05:10.123456Z");
  EXPECT_EQ(at("slash_commands"), "-");
  EXPECT_EQ(at("view_submission"), "-");
}

TEST(Inbound, WithoutOurIdTheEventSaysIt) {
  const std::string mention = read_file("message.mention");
  EXPECT_TRUE(std::holds_alternative<AppMention>(decode_frame(mention, Self{})->what));
  json other = json::parse(mention);
  other["payload"]["authorizations"][0]["is_bot"] = false;  // then the user is not us
  EXPECT_TRUE(std::holds_alternative<MessagePosted>(decode_frame(other.dump(), Self{})->what));
}

// In a channel that two workspaces share, team_id may be the other's; the delivery belongs to the installation.
TEST(Inbound, TheInstallationIsTheAuthorizedOne) {
  json shared = json::parse(read_file("message.plain"));
  shared["payload"]["team_id"] = "T0OTHER";
  shared["payload"]["authorizations"][0]["enterprise_id"] = "E0ACME";
  const auto in = decode_frame(shared.dump(), kSelf);
  EXPECT_EQ(in->workspace, (Workspace{"T0ACME", "E0ACME", false}));
  EXPECT_EQ(delivery_id(*in), delivery_id(*decode_file("message.plain")));
  shared["payload"].erase("authorizations");
  EXPECT_EQ(decode_frame(shared.dump(), kSelf)->workspace, (Workspace{"T0OTHER", "", false}));
  shared["payload"].erase("team_id");
  shared["payload"]["enterprise_id"] = "E0ACME";
  EXPECT_EQ(delivery_id(*decode_frame(shared.dump(), kSelf)), "slack:E0ACME:C0INC:1794690240.000100");
  shared["payload"].erase("enterprise_id");
  EXPECT_EQ(delivery_id(*decode_frame(shared.dump(), kSelf)), "slack:-:C0INC:1794690240.000100");
}

TEST(Inbound, ABotGivesNoCommands) {
  json bot = json::parse(read_file("message.mention"));
  bot["payload"]["event"]["bot_id"] = "B0OTHER";
  EXPECT_TRUE(std::holds_alternative<MessagePosted>(decode_frame(bot.dump(), kSelf)->what));
  bot["payload"]["event"]["channel_type"] = "im";
  EXPECT_TRUE(std::holds_alternative<MessagePosted>(decode_frame(bot.dump(), kSelf)->what));
}

TEST(Inbound, TheHistoryIsReadLikeTheEvents) {
  const ChannelRef channel{{"T0ACME", "", false}, "C0INC", ""};
  for (const Case& c : kCases) {
    if (!c.name.starts_with("message.") || c.name.contains("changed") || c.name.contains("deleted") ||
        c.name.contains(".im") || c.name.contains("bad") || c.name.contains("no_channel"))
      continue;
    json message = json::parse(read_file(c.name))["payload"]["event"];
    for (const char* field : {"channel", "channel_type", "event_ts"}) message.erase(field);
    Incoming in{.workspace = channel.workspace, .what = read_history_message(message, channel, kSelf)};
    EXPECT_EQ(describe(in.what), c.reading) << c.name;
    EXPECT_EQ(delivery_id(in), c.id) << c.name;
  }
  EXPECT_EQ(describe(read_history_message(json::array(), channel, kSelf)),
            "unknown: a message of the history that is no object");
  EXPECT_EQ(describe(read_history_message({{"subtype", "tombstone"}, {"ts", "1.000001"}}, channel, kSelf)),
            "ignored: a message that was deleted");
}

TEST(Inbound, OurKeyIsFoundInTheHistory) {
  const json event = json::parse(read_file("message.ours"))["payload"]["event"];
  EXPECT_EQ(op_id_of(event), "HF-3/status");
  json other = event;
  other["metadata"]["event_type"] = "task_created";
  EXPECT_EQ(op_id_of(other), "");
  EXPECT_EQ(op_id_of(json::parse(read_file("message.plain"))["payload"]["event"]), "");
  EXPECT_EQ(op_id_of(json::array()), "");
  other["metadata"] = "text";
  EXPECT_EQ(op_id_of(other), "");
}

TEST(Inbound, WhatCannotBeReadSaysWhy) {
  EXPECT_EQ(describe(decode_frame("", kSelf)), "problem: the body is not JSON");
  EXPECT_EQ(describe(decode_frame("[]", kSelf)), "problem: the body is not a JSON object");
  EXPECT_EQ(describe(decode_frame(std::string(kNestingLimit + 1, '['), kSelf)),
            "problem: the JSON is nested too deeply");
  EXPECT_EQ(describe(decode_frame("{" + std::string(kValueLimit, ','), kSelf)),
            "problem: the JSON has too many values");
  EXPECT_EQ(describe(decode_frame("{}" + std::string(kBodyLimit - 1, ' '), kSelf)),
            "problem: the body is larger than 4 MB");
  EXPECT_EQ(describe(decode_http(as_form(std::string(kBodyLimit + 1, 'a')), kSelf)),
            "problem: the body is larger than 4 MB");
  EXPECT_EQ(describe(decode_http(as_form("payload=%7B%7D", "text/plain"), kSelf)),
            "problem: the content type is neither application/json nor application/x-www-form-urlencoded");
  EXPECT_EQ(describe(decode_http(as_form("command=%4"), kSelf)),
            "problem: the form field command has a broken % escape");
  EXPECT_EQ(describe(decode_http(as_form("payload=x"), kSelf)),
            "problem: the form field payload: the body is not JSON");
  std::string many;
  for (std::size_t i = 0; i <= kFieldLimit; ++i) many += "a&";
  EXPECT_EQ(describe(decode_http(as_form(many), kSelf)), "problem: the form has too many fields");
}

TEST(Inbound, WhatIsNotUnderstoodIsUnknown) {
  const std::pair<const char*, const char*> kBodies[] = {
      {"{}", "unknown: body without a type"},
      {R"({"type":7})", "unknown: body without a type: type is not text"},
      {R"({"type":"event_callback"})", "unknown: event_callback: event is not an object"},
      {R"({"type":"event_callback","event":[]})", "unknown: event_callback: event is not an object"},
      {R"({"type":"event_callback","event":{}})", "unknown: event without a type"},
      {R"({"type":"event_callback","event":{"type":"a<b>\u0000 c"}})", "unknown: event a?b???c"},
      {R"({"type":"event_callback","authorizations":[7],"event":{"type":"reaction_added","item":"x"}})",
       "unknown: event reaction_added: item is not an object"},
      {R"({"type":"event_callback","event":{"type":"message","channel":"C1","subtype":"message_changed"}})",
       "unknown: message_changed: message is not an object"},
      {R"({"type":"event_callback","event":{"type":"message","channel":"C1","ts":"1.000001","text":[]}})",
       "unknown: event message: text is not text"},
      {R"({"type":"url_verification"})", "unknown: body url_verification: challenge is missing"},
  };
  for (const auto& [body, reading] : kBodies) EXPECT_EQ(describe(decode_http(as_json(body), kSelf)), reading) << body;
  EXPECT_EQ(describe(decode_http(as_form("a=1"), kSelf)),
            "unknown: a form that is neither a slash command nor an interaction");
  EXPECT_EQ(describe(decode_http(as_form("command=%2Fhotfix"), kSelf)), "unknown: slash command: user_id is missing");
  EXPECT_EQ(describe(decode_frame(R"({"type":"interactive","payload":[]})", kSelf)),
            "unknown: interactive: payload is not an object");
  EXPECT_EQ(describe(decode_frame(R"({"type":"disconnect","reason":"lunch"})", kSelf)), "disconnect 4 lunch");
  EXPECT_EQ(describe(decode_frame(R"({"type":"hello"})", kSelf)), "hello  0 0s");
}

// Each field of each payload in turn is of another type, null or gone: never worse than Unknown.
TEST(Inbound, AnyFieldMayBeWrong) {
  for (const Case& c : kCases) {
    const json whole = json::parse(read_file(c.name));
    for (const auto& [path, value] : whole.flatten().items()) {
      for (const json& other : {json(nullptr), json(7), json("x"), json::array({1}), json{{"a", 1}}}) {
        json changed = whole;
        changed[json::json_pointer(path)] = other;
        const std::string text = changed.dump();
        const auto in = c.name.starts_with("body.") ? decode_http(as_json(text), kSelf) : decode_frame(text, kSelf);
        ASSERT_TRUE(in) << c.name << path;
        delivery_id(*in);
        sent_at(*in);
        if (const auto* unknown = std::get_if<Unknown>(&in->what)) EXPECT_NE(unknown->what, "") << c.name << path;
      }
    }
  }
}

TEST(Inbound, BadTextIsReplaced) {
  const std::string event =
      R"({"type":"event_callback","event":{"type":"message","channel":"C1","ts":"1.000001","text":)";
  const auto text_of = [&](const std::string& text) {
    const auto in = decode_http(as_json(event + text + "}}"), kSelf);
    const auto* m = in ? std::get_if<MessagePosted>(&in->what) : nullptr;
    return m == nullptr ? describe(in) : m->text;
  };
  EXPECT_EQ(text_of("\"a\xFF\""), "a\uFFFD");
  EXPECT_EQ(text_of(R"("\ud83d!")"), "\uFFFD!");
  EXPECT_EQ(text_of(R"("a\u0000b\r\nc")"), "a b\nc");
  const std::string longest(kTextLimit, 'x');
  EXPECT_EQ(text_of('"' + longest + "yy\""), longest);
  const auto in =
      decode_http(as_form("command=%2Fhotfix&user_id=U1&channel_id=C1&trigger_id=1&text=%FFx%0D%0Ay"), kSelf);
  EXPECT_EQ(std::get<SlashCommand>(in->what).text, "\uFFFDx\ny");
}

TEST(Inbound, AMegabyteIsRead) {
  json frame = json::parse(read_file("message.plain"));
  frame["payload"]["event"]["blocks"] = json::array();
  for (int i = 0; i < 10'000; ++i)
    frame["payload"]["event"]["blocks"].push_back({{"type", "rich_text"}, {"block_id", std::string(80, 'b')}});
  const std::string text = frame.dump();
  EXPECT_GT(text.size(), 1'000'000U);
  EXPECT_TRUE(std::holds_alternative<MessagePosted>(decode_frame(text, kSelf)->what));
}

}  // namespace
}  // namespace hotfixd::slack::test
