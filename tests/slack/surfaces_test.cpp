// The form of `/hotfix declare`: opened in time, answered at its fields, declared once.
#include "integrations/slack/surfaces.hpp"

#include <fmt/format.h>

#include <future>

#include "tests/slack/manual_timer.hpp"
#include "tests/slack/quiet_api.hpp"
#include "tests/slack/world.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// This many seconds from now, as Slack writes it.
std::string now_ts(int offset) {
  static int calls = 0;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return fmt::format("{}.{:06}", now.time_since_epoch().count() + offset, ++calls);
}

class Surfaces : public ::testing::TestWithParam<Mode> {};

json errors(const json& ack) { return ack.is_object() ? ack.value("errors", json::object()) : json::object(); }

TEST_P(Surfaces, TheFormDeclares) {
  World world(GetParam());
  EXPECT_EQ(world.command("U1", " Declare "), "");
  const auto form = world.slack.wait_for_view(1);
  ASSERT_EQ(form.view["private_metadata"], R"({"channel":"slack:T1:C1","message":""})");
  // What is wrong stands at its field, and nothing is declared.
  const auto refused = world.submit("U1", form, {{"summary", "  "}, {"severity", "sev2"}});
  EXPECT_EQ(refused["response_action"], "errors");
  EXPECT_EQ(errors(refused), (json{{"summary", "Say what is wrong, in a few words."}}));
  const std::map<std::string, json> filled{
      {"summary", "500s on \"/checkout\""}, {"severity", "sev2"}, {"options", {"drill"}}};
  EXPECT_EQ(world.submit("U1", form, filled), json{});
  EXPECT_EQ(world.slack.wait_for_ephemeral("HF-1 declared").user, "U1");
  EXPECT_EQ(world.slack.wait_for("HF-1 sev-2 [drill] 500s on \"/checkout\"").channel, "C1");
  // Sent twice it is declared once, under whichever trigger.
  EXPECT_EQ(world.submit("U1", form, filled), json{});
  EXPECT_THAT(world.command("U1", "list --all"), HasSubstr("HF-1"));
  EXPECT_THAT(world.command("U1", "list --all"), Not(HasSubstr("HF-2")));
  // What the engine refuses is shown in the form as well.
  world.command("U2", "declare");
  const auto second = world.slack.wait_for_view(2);
  EXPECT_THAT(errors(world.submit("U2", second, {{"summary", "slow"}, {"severity", "sev1"}})).value("summary", ""),
              HasSubstr("HF-1 is open in this channel"));
}

TEST_P(Surfaces, AServiceIsChosenAndKept) {
  World world(GetParam(), {.config = [](cli::Config& config) {
                config.policy.services = {
                    {.name = "checkout", .repository = "shop", .runbook = "https://runbooks.example.com/checkout"}};
              }});
  world.command("U1", "declare");
  EXPECT_EQ(world.submit("U1", world.slack.wait_for_view(1),
                         {{"summary", "slow"}, {"severity", "sev2"}, {"service", "checkout"}}),
            json{});
  EXPECT_THAT(world.slack.wait_for("HF-1 sev-2 slow").text,
              HasSubstr("\nservice *checkout*, <https://runbooks.example.com/checkout|runbook>\n"));
  EXPECT_THAT(world.command("U1", "export json"), HasSubstr("\"service\": \"checkout\""));
  EXPECT_THAT(world.command("U1", "export"), HasSubstr("service checkout, declared"));
  EXPECT_THAT(world.command("U1", "declare x --service chekout --new-channel"),
              HasSubstr("Service 'chekout' is not configured. Known: checkout."));
}

TEST_P(Surfaces, OutsideOfAChannelAChannelIsMade) {
  World world(GetParam());
  world.command("U1", "declare", "D1");
  const auto form = world.slack.wait_for_view(1);
  EXPECT_EQ(errors(world.submit("U1", form, {{"summary", "slow"}, {"severity", "sev2"}, {"options", json::array()}})),
            (json{{"options", "This form was not opened in a channel: choose to make one for the incident."}}));
  EXPECT_EQ(world.submit("U1", form, {{"summary", "slow"}, {"severity", "sev2"}}), json{});
  EXPECT_EQ(world.slack.wait_for("HF-1 sev-2 slow").channel, "C900");
  EXPECT_EQ(world.slack.wait_for("HF-1 declared").channel, "U1");  // the person, to whom alone it is said
}

TEST_P(Surfaces, AFormThatDoesNotOpenIsSaid) {
  World world(GetParam());
  world.slack.refuse_next("views.open", "expired_trigger_id");
  EXPECT_EQ(world.command("U1", "declare"), "");
  auto told = world.slack.wait_for_ephemeral("The form did not open");
  EXPECT_EQ(told.channel, "C1");
  EXPECT_EQ(told.user, "U1");
  EXPECT_EQ(told.text,
            "The form did not open: Slack lets it open for three seconds only, and they were over. Ask for it again.\n"
            "Or type it in one line: `/hotfix declare sev2 &lt;what is broken&gt;`");
  // Where the bot may not speak, the person is told alone.
  world.slack.refuse_next("views.open", "invalid_trigger_id");
  world.slack.refuse_next("chat.postEphemeral", "not_in_channel");
  EXPECT_EQ(world.command("U2", "declare"), "");
  EXPECT_EQ(world.slack.wait_for("Or type it in one line").channel, "U2");
  // An answer that was lost says so.
  world.slack.fail_next("views.open", FakeSlack::Failure::lost_answer);
  EXPECT_EQ(world.command("U1", "declare"), "");
  EXPECT_NE(world.slack.wait_for_ephemeral("The form may not have opened").text, "");
}

// A message of the channel, through its menu.
json from_menu(const std::string& callback, const std::string& user, const std::string& ts, const std::string& text,
               const std::string& author, const std::string& channel = "C1") {
  return {{"type", "message_action"},
          {"callback_id", callback},
          {"user", World::user(user)},
          {"channel", {{"id", channel}, {"name", "incidents"}}},
          {"message_ts", ts},
          {"action_ts", now_ts(0)},
          {"response_url", "https://hooks.slack.com/app/x"},
          {"message", {{"type", "message"}, {"user", author}, {"text", text}, {"ts", ts}}}};
}

TEST_P(Surfaces, AMessageIsAddedToTheTimeline) {
  World world(GetParam());
  const auto ts = now_ts(-7200);  // two hours ago, before anything was declared
  world.interact(from_menu("add_to_timeline", "U1", ts, "deploy of &lt;v2.4.7&gt; by <@U3>", "U2"));
  EXPECT_THAT(world.slack.wait_for_ephemeral("No incident is open in this channel.").user, "U1");
  world.command("U1", "declare sev2 slow");
  world.interact(from_menu("add_to_timeline", "U1", ts, "deploy of &lt;v2.4.7&gt; by <@U3>", "U2"));
  EXPECT_EQ(world.slack.wait_for_ephemeral("On the timeline of").user, "U1");
  EXPECT_THAT(world.command("U1", "timeline"), HasSubstr("deploy of &lt;v2.4.7&gt; by @Name of U3"));
  world.interact(from_menu("add_to_timeline", "U1", ts, "deploy of &lt;v2.4.7&gt; by <@U3>", "U2"));
  EXPECT_NE(world.slack.wait_for_ephemeral("already").text, "");
  // It is a pin of that person: taking the pin off takes the message off.
  world.event({{"type", "reaction_removed"},
               {"user", "U1"},
               {"reaction", "pushpin"},
               {"item_user", "U2"},
               {"item", {{"type", "message"}, {"channel", "C1"}, {"ts", ts}}},
               {"event_ts", now_ts(1)}});
  EXPECT_THAT(world.command("U1", "timeline"), Not(HasSubstr("deploy of")));
}

TEST_P(Surfaces, AnIncidentIsDeclaredFromAMessage) {
  World world(GetParam());
  const auto ts = now_ts(-600);
  world.interact(from_menu("declare_from_message", "U1", ts, "customers\ncannot &lt;pay&gt;", "U2"));
  const auto form = world.slack.wait_for_view(1);
  EXPECT_EQ(form.view["private_metadata"], R"({"channel":"slack:T1:C1","message":")" + ts + R"("})");
  EXPECT_EQ(form.view["blocks"][0]["element"]["initial_value"], "customers cannot ‹pay›");
  EXPECT_EQ(world.submit("U1", form, {{"summary", "payments fail"}, {"severity", "sev1"}}), json{});
  EXPECT_EQ(world.slack.wait_for_ephemeral("HF-1 declared").channel, "C1");
  EXPECT_THAT(world.command("U1", "timeline"),
              AllOf(HasSubstr("Name of U2: customers"), HasSubstr("cannot &lt;pay&gt; (sev-1)")));
}

TEST_P(Surfaces, AShortcutDeclaresFromAnywhere) {
  World world(GetParam());
  world.interact(
      {{"type", "shortcut"}, {"callback_id", "declare"}, {"user", World::user("U1")}, {"action_ts", now_ts(0)}});
  EXPECT_EQ(world.submit("U1", world.slack.wait_for_view(1), {{"summary", "slow"}, {"severity", "sev2"}}), json{});
  EXPECT_EQ(world.slack.wait_for("HF-1 sev-2 slow").channel, "C900");
}

TEST_P(Surfaces, AppHomeShowsWhatAPersonOwes) {
  World world(GetParam());
  world.command("U1", "declare sev2 slow");
  world.command("U1", "resolve restarted");
  world.event(
      {{"type", "app_home_opened"}, {"user", "U1"}, {"channel", "D1"}, {"tab", "home"}, {"event_ts", now_ts(0)}});
  const auto home = world.slack.wait_for_view(1);
  EXPECT_EQ(home.to, "U1");
  ASSERT_EQ(home.view["blocks"].size(), 3u);
  EXPECT_THAT(
      home.view["blocks"][1]["text"]["text"].get<std::string>(),
      AllOf(HasSubstr("*You owe 1 thing*\n• *write the RCA*, HF-1 in <#C1>, due "), HasSubstr("`/hotfix HF-1 rca ")));
  EXPECT_THAT(home.view["blocks"][2]["text"]["text"].get<std::string>(),
              HasSubstr("*Open incidents*\n*HF-1* sev-2 slow, resolved, <#C1>, <!date^"));
  // Another tab shows nothing of ours; its button opens the form.
  world.event(
      {{"type", "app_home_opened"}, {"user", "U1"}, {"channel", "D1"}, {"tab", "messages"}, {"event_ts", now_ts(1)}});
  const auto& button = home.view["blocks"][0]["elements"][0];
  world.interact(
      {{"type", "block_actions"},
       {"user", World::user("U1")},
       {"container", {{"type", "view"}, {"view_id", home.id}}},
       {"view", {{"id", home.id}, {"type", "home"}}},
       {"actions",
        json::array(
            {{{"action_id", button["action_id"]}, {"block_id", "b"}, {"type", "button"}, {"action_ts", now_ts(2)}}})}});
  EXPECT_EQ(world.slack.wait_for_view(2).view["callback_id"], "hotfixd_declare");
  EXPECT_EQ(world.slack.calls("views.publish"), 1);
}

INSTANTIATE_TEST_SUITE_P(Modes, Surfaces, ::testing::Values(Mode::socket, Mode::http),
                         [](const auto& info) { return info.param == Mode::socket ? "Socket" : "Http"; });

TEST(SurfacesInTime, AButtonThatIsDeliveredTwiceOpensOneForm) {
  World world(Mode::socket);
  const json pressed{
      {"type", "block_actions"},
      {"user", World::user("U1")},
      {"container", {{"type", "view"}, {"view_id", "V0HOME"}}},
      {"trigger_id", "once"},
      {"actions", json::array({{{"action_id", "declare"}, {"type", "button"}, {"action_ts", "1.000001"}}})}};
  world.interact(pressed);
  world.interact(pressed);
  const auto form = world.slack.wait_for_view(1);
  EXPECT_EQ(form.view["private_metadata"], R"({"channel":"slack:T1:U1","message":""})");
  EXPECT_EQ(world.submit("U1", form, {{"summary", "slow"}, {"severity", "sev2"}}), json{});
  EXPECT_EQ(world.slack.wait_for("HF-1 declared").channel, "U1");
  EXPECT_TRUE(World::eventually([&] { return world.slack.calls("views.open") == 2; }));
  EXPECT_EQ(world.slack.ephemerals(), 0u);
}

// An engine that does not answer costs the person a second press of the button, not the form.
TEST(SurfacesInTime, AFormIsAnsweredBeforeSlackGivesUp) {
  struct NoApi : QuietApi {
    slack::ApiResult write(std::string_view method, std::string, std::string_view) override {
      calls.push_back(std::string(method));
      done.set_value();
      return json{{"ok", true}};
    }
    std::vector<std::string> calls;
    std::promise<void> done;
  } api;
  Policy policy = default_policy();
  std::vector<slack::Taken> taken;
  std::vector<std::function<void(const Result<InboxAnswer>&)>> answers;
  const auto clock = cli::system_clock();
  slack::People people(api, policy, *clock);
  ManualTimer timer;
  slack::Answers told_later(api, policy, timer, {});
  slack::Surfaces surfaces({api, people, told_later, timer, policy},
                           [&](slack::Taken t, auto answer) {
                             taken.push_back(std::move(t));
                             answers.push_back(std::move(answer));
                           },
                           {});
  slack::Incoming in;
  in.workspace.team = "T1";
  slack::ViewSubmission form;
  form.user.id = "U1";
  form.view.id = "V1";
  form.view.callback_id = slack::kDeclareCallback;
  form.view.private_metadata = slack::to_private_metadata({"slack:T1:C1", ""});
  form.view.values = {{"severity", "value", {"sev2"}}, {"summary", "value", {"slow"}}};
  in.what = form;
  std::promise<slack::Told> acknowledged;
  std::function<void(slack::Told)> told = [&](slack::Told t) { acknowledged.set_value(std::move(t)); };
  ASSERT_TRUE(surfaces.take(in, told));
  auto answer = acknowledged.get_future();
  timer.advance(std::chrono::milliseconds{2'499});
  ASSERT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  timer.advance(std::chrono::milliseconds{1});
  ASSERT_EQ(answer.wait_for(std::chrono::seconds{0}), std::future_status::ready);
  const auto said = answer.get();
  EXPECT_TRUE(said.committed);
  EXPECT_THAT(errors(json::parse(said.payload)).value("summary", ""), HasSubstr("it is declared once"));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken.front().id, "slack:T1:view:V1");
  EXPECT_EQ(taken.front().channel, "slack:T1:C1");
  // What comes late is told all the same, and Slack is not answered twice.
  answers.front()(InboxAnswer{"HF-1", Reply{say("HF-1 declared"), false, false}});
  ASSERT_EQ(api.done.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
  EXPECT_EQ(api.calls, std::vector<std::string>{"chat.postEphemeral"});
}

}  // namespace
}  // namespace hotfixd::testing
