#include "integrations/slack/declare_modal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "commands/commands.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/limits.hpp"
#include "tests/slack/describe.hpp"

// The form that is shown, and the form that comes back.

namespace hotfixd::slack::test {
namespace {

using nlohmann::json;

Policy make_policy() {
  Policy policy = default_policy();
  policy.criteria = {"customers are affected", "there is no workaround", "a rollback is impossible"};
  policy.repositories = {{.name = "shop", .github = "acme/shop"}, {.name = "pay", .github = "acme/pay"}};
  return policy;
}

View filled(const Policy&) {
  return std::get<ViewSubmission>(decode_frame(read_file("view_submission"), kSelf)->what).view;
}

void put(View& view, const std::string& block, std::vector<std::string> values) {
  for (auto& value : view.values)
    if (value.block == block) value.values = values;
}

std::string errors_of(const std::expected<DeclareForm, FormErrors>& form) {
  std::string out;
  if (form) return "none";
  for (const auto& [block, why] : form.error()) out += block + ": " + why + "\n";
  return out;
}

json block(const json& view, std::string_view id) {
  for (const json& one : view["blocks"])
    if (one["block_id"] == id) return one;
  return {};
}

TEST(DeclareModal, IsAView) {
  const Policy policy = make_policy();
  const json view = json::parse(declare_view({.origin = {"C0INC", "1794690240.000100"},
                                              .summary = "500s\non <x>",
                                              .severity = Severity::sev2,
                                              .offer_private = false},
                                             policy));
  EXPECT_EQ(view["type"], "modal");
  EXPECT_EQ(view["callback_id"], kDeclareCallback);
  EXPECT_EQ(view["private_metadata"], R"({"channel":"C0INC","message":"1794690240.000100"})");
  for (const char* name : {"title", "submit", "close"})
    EXPECT_LE(view[name]["text"].get<std::string>().size(), limits::kViewTitle);
  std::vector<std::string> ids;
  for (const json& one : view["blocks"]) ids.push_back(one["block_id"]);
  EXPECT_EQ(ids, (std::vector<std::string>{"summary", "severity", "criteria", "repository", "reason", "options"}));
  EXPECT_EQ(block(view, "summary")["element"]["initial_value"], "500s on ‹x›");
  EXPECT_EQ(block(view, "severity")["element"]["initial_option"]["value"], "sev2");
  EXPECT_EQ(block(view, "criteria")["element"]["options"][1]["text"]["text"], "there is no workaround");
  EXPECT_EQ(block(view, "repository")["element"]["initial_option"]["value"], "shop");
  EXPECT_FALSE(block(view, "options").dump().contains("private"));
  const json with_private = json::parse(declare_view({.offer_private = true}, policy));
  EXPECT_TRUE(block(with_private, "options").dump().contains("private"));
}

TEST(DeclareModal, ManyChoicesStayWithinTheLimits) {
  const auto element = [](std::size_t criteria, std::size_t repositories, std::size_t name, std::string_view id) {
    Policy policy = make_policy();
    policy.criteria.assign(criteria, std::string(200, 'c'));
    policy.repositories.assign(repositories, {.name = std::string(name, 'r')});
    const json view = json::parse(declare_view({.summary = std::string(1000, 's')}, policy));
    EXPECT_LE(view["blocks"].size(), limits::kViewBlocks);
    EXPECT_LE(block(view, "summary")["element"]["initial_value"].get<std::string>().size(), kSummaryBytes);
    for (const json& one : view["blocks"]) {
      if (!one["element"].contains("options")) continue;
      EXPECT_LE(one["element"]["options"].size(), limits::kSelectOptions);
      for (const json& o : one["element"]["options"]) {
        EXPECT_LE(o["text"]["text"].get<std::string>().size(), limits::kOptionText);
        EXPECT_LE(o["value"].get<std::string>().size(), limits::kOptionValue);
      }
    }
    return block(view, id)["element"]["type"].get<std::string>();
  };
  EXPECT_EQ(element(10, 1, 4, "criteria"), "checkboxes");
  EXPECT_EQ(element(11, 1, 4, "criteria"), "multi_static_select");
  EXPECT_EQ(element(101, 1, 4, "criteria"), "multi_static_select");
  EXPECT_EQ(element(1, 100, 75, "repository"), "static_select");
  EXPECT_EQ(element(1, 101, 4, "repository"), "plain_text_input");
  EXPECT_EQ(element(1, 1, 76, "repository"), "plain_text_input");
}

TEST(DeclareModal, ASubmissionIsACommand) {
  const Policy policy = make_policy();
  View view = filled(policy);
  EXPECT_EQ(origin_of(view), (FormOrigin{"slack:T0ACME:C0INC", ""}));
  auto form = read_declare(view, policy);
  ASSERT_TRUE(form) << errors_of(form);
  EXPECT_EQ(command_line(*form, policy), "declare sev2 --repo \"shop\" --criteria 1 -- 500s spiking on /checkout");
  put(view, "options", {"drill", "private"});
  put(view, "criteria", {"3", "1"});
  put(view, "reason", {" the \"audit\" is \\ tomorrow\nor so "});
  form = read_declare(view, policy);
  ASSERT_TRUE(form) << errors_of(form);
  EXPECT_TRUE(form->private_channel);
  const auto parsed = commands::parse(command_line(*form, policy), {Time{}, "UTC", &policy});
  ASSERT_TRUE(parsed) << parsed.error().what;
  const auto& declare = std::get<command::Declare>(parsed->command);
  EXPECT_EQ(declare.severity, Severity::sev2);
  EXPECT_EQ(declare.summary, "500s spiking on /checkout");
  EXPECT_EQ(declare.repository, "shop");
  EXPECT_EQ(declare.criteria, (std::vector<std::string>{"customers are affected", "a rollback is impossible"}));
  EXPECT_EQ(declare.reason, "the \"audit\" is \\ tomorrow\nor so");
  EXPECT_TRUE(declare.drill);
  EXPECT_TRUE(declare.new_channel);
  EXPECT_TRUE(declare.private_channel);
}

TEST(DeclareModal, AServiceStandsForItsRepository) {
  Policy policy = make_policy();
  policy.services = {{.name = "checkout", .repository = "shop"}, {.name = "billing", .repository = "pay"}};
  const json shown = json::parse(declare_view({.origin = {"slack:T1:C1", ""}}, policy));
  std::vector<std::string> ids;
  for (const json& one : shown["blocks"]) ids.push_back(one["block_id"]);
  EXPECT_EQ(
      ids, (std::vector<std::string>{"summary", "severity", "criteria", "service", "repository", "reason", "options"}));
  EXPECT_EQ(block(shown, "service")["element"]["options"][1]["value"], "billing");
  EXPECT_TRUE(block(shown, "repository")["optional"]);
  EXPECT_FALSE(block(shown, "repository")["element"].contains("initial_option"));
  View view = filled(policy);
  view.values.push_back({"service", "value", {"billing"}});
  put(view, "repository", {});
  auto form = read_declare(view, policy);
  ASSERT_TRUE(form) << errors_of(form);
  EXPECT_EQ(command_line(*form, policy),
            "declare sev2 --service \"billing\" --criteria 1 -- 500s spiking on /checkout");
  put(view, "repository", {"shop"});
  form = read_declare(view, policy);
  ASSERT_TRUE(form) << errors_of(form);
  EXPECT_EQ(command_line(*form, policy),
            "declare sev2 --repo \"shop\" --service \"billing\" --criteria 1 -- 500s spiking on /checkout");
  put(view, "service", {"gone"});
  EXPECT_EQ(errors_of(read_declare(view, policy)),
            "service: The choices have changed meanwhile: close this form and open it again.\n");
}

TEST(DeclareModal, ErrorsStandAtTheirFields) {
  const Policy policy = make_policy();
  View view = filled(policy);
  put(view, "summary", {" "});
  put(view, "severity", {});
  put(view, "criteria", {"4"});
  put(view, "repository", {"gone"});
  put(view, "reason", {std::string(kReasonBytes + 1, 'x')});
  EXPECT_EQ(errors_of(read_declare(view, policy)),
            "criteria: The choices have changed meanwhile: close this form and open it again.\n"
            "reason: That is 3001 bytes long; at most 3000 fit.\n"
            "repository: The choices have changed meanwhile: close this form and open it again.\n"
            "severity: Choose how severe it is.\n"
            "summary: Say what is wrong, in a few words.\n");
  view = filled(policy);
  put(view, "summary", {std::string(kSummaryBytes, 'x')});
  EXPECT_TRUE(read_declare(view, policy));
  put(view, "summary", {std::string(kSummaryBytes + 1, 'x')});
  EXPECT_EQ(errors_of(read_declare(view, policy)), "summary: That is 301 bytes long; at most 300 fit.\n");
  EXPECT_EQ(errors_response({{"summary", "No."}}), R"({"errors":{"summary":"No."},"response_action":"errors"})");
}

TEST(DeclareModal, OutsideOfAChannelTheIncidentNeedsOne) {
  Policy policy = make_policy();
  for (const char* place : {"slack:T1:D0ALICE", "slack:T1:U0ALICE"}) {
    const json shown = json::parse(declare_view({.origin = {place, ""}}, policy));
    EXPECT_EQ(block(shown, "options")["element"]["initial_options"][0]["value"], "new-channel");
    View view = filled(policy);
    view.private_metadata = to_private_metadata({place, ""});
    policy.new_channel = false;
    EXPECT_EQ(errors_of(read_declare(view, policy)),
              "options: This form was not opened in a channel: choose to make one for the incident.\n");
    put(view, "options", {"new-channel"});
    EXPECT_EQ(errors_of(read_declare(view, policy)), "none");
    put(view, "options", {});
    policy.new_channel = true;  // every incident gets one
    EXPECT_EQ(errors_of(read_declare(view, policy)), "none");
  }
  View view = filled(policy);
  view.private_metadata = "{}";
  EXPECT_EQ(errors_of(read_declare(view, policy)),
            "summary: This form does not say where it was opened: close it and open it again.\n");
}

TEST(DeclareModal, OnlyOurOwnOriginIsBelieved) {
  View view;
  for (const char* bad : {"", "x", "[]", "{}", R"({"channel":1,"message":""})", R"({"channel":"C1"})"}) {
    view.private_metadata = bad;
    EXPECT_EQ(origin_of(view).error().what, "the form does not say where it was opened") << bad;
  }
  view.private_metadata = to_private_metadata({"C1", "1.000001"});
  EXPECT_EQ(origin_of(view), (FormOrigin{"C1", "1.000001"}));
}

// Whatever is typed into the fields, the grammar reads the same out of the line.
RC_GTEST_PROP(DeclareModal, TheLineSaysWhatTheFormSaid, ()) {
  const Policy policy = make_policy();
  const auto text = [](const char* name) {
    const auto parts = *rc::gen::container<std::vector<std::string>>(
                            rc::gen::element<std::string>("a", " ", "--", "--drill", "—repo", "x", "\\", "“", "”", "'",
                                                          "\n", "HF-3", "sev1", "é", "-", "<@U1>", "\""))
                            .as(name);
    std::string out;
    for (const auto& part : parts) out += part;
    return out.substr(0, 60);
  };
  View view = filled(policy);
  // A summary that begins with a quote may be read as a quoted one.
  put(view, "summary", {"w" + common::mended_utf8(text("summary")) + "w"});
  put(view, "reason", {common::mended_utf8(text("reason"))});
  const auto form = read_declare(view, policy);
  RC_ASSERT(form.has_value());
  const auto parsed = commands::parse(command_line(*form, policy), {Time{}, "UTC", &policy});
  if (!parsed) RC_FAIL(parsed.error().what);
  const auto& declare = std::get<command::Declare>(parsed->command);
  RC_ASSERT(declare.summary == form->summary);
  RC_ASSERT(declare.reason == form->reason);
  RC_ASSERT(!declare.drill);
}

}  // namespace
}  // namespace hotfixd::slack::test
