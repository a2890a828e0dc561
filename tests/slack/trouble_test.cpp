// Slack at its worst, and the run goes on: every message is posted once and in order, every event is recorded once,
// and the built-in channel of the same bot does not notice.
#include <fcntl.h>

#include <algorithm>
#include <future>
#include <random>

#include "bot/cli/chat_attached.hpp"
#include "bot/cli/chat_desk.hpp"
#include "integrations/local/render.hpp"
#include "tests/slack/world.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr unsigned kSeed = 20261114;

class Trouble : public ::testing::TestWithParam<Mode> {
 protected:
  static World::Options options() {
    World::Options o;
    o.config = [](cli::Config& c) {
      c.slack.deadline = milliseconds{400};
      c.engine.first_retry = Seconds{1};
      c.engine.max_retry = Seconds{1};
      c.engine.max_attempts = 100;
    };
    return o;
  }

  // Typed in the built-in channel of the same bot; its answer.
  std::string type_here(const std::string& text) {
    std::promise<std::string> answer;
    Delivery d;
    d.id = "local:" + std::to_string(++typed_);
    d.sent_at = world_.bot().clock->now();
    d.actor = {"bob", "Bob"};
    d.channel = "#incidents";
    d.what = Delivery::CommandLine{text};
    world_.bot().engine->submit(std::move(d), [&](const Result<InboxAnswer>& a) {
      answer.set_value(!a ? a.error().what : a->reply ? local::render_text(a->reply->message, "UTC") : "");
    });
    return answer.get_future().get();
  }
  bool shown_here(const std::string& text) {
    return World::eventually([&] {
      const auto entries = world_.bot().channel->recent("#incidents", "bob", 100).value();
      return std::ranges::any_of(
          entries, [&](const auto& e) { return e.card && local::render_text(*e.card, "UTC").contains(text); });
    });
  }
  // What a terminal prints that is attached to the bot, when this is typed there line by line.
  std::string type_attached(const std::string& lines) {
    const auto running = cli::Attachment::open(cli::chat_socket_path(world_.config()));
    EXPECT_TRUE(running);
    const auto store = local::ChannelStore::open(cli::channel_path(world_.config()));
    std::array<int, 2> in{}, out{};
    EXPECT_EQ(::pipe2(in.data(), O_CLOEXEC) | ::pipe2(out.data(), O_CLOEXEC), 0);
    EXPECT_EQ(::write(in[1], lines.data(), lines.size()), static_cast<ssize_t>(lines.size()));
    ::close(in[1]);
    std::string printed;
    std::jthread reader([&] {
      std::array<char, 4096> bytes{};
      for (ssize_t n = 0; (n = ::read(out[0], bytes.data(), bytes.size())) > 0;)
        printed.append(bytes.data(), static_cast<std::size_t>(n));
    });
    cli::ChatOptions options;
    options.person = {"bob", "bob"};
    options.input = in[0], options.output = out[1];
    EXPECT_EQ(
        cli::run_chat(
            options,
            {.store = **store, .clock = *world_.bot().clock, .submit = {}, .quiet = {}, .running = running->get()}),
        0);
    ::close(out[1]);
    reader.join();
    ::close(in[0]), ::close(out[0]);
    return printed;
  }
  // What was posted about mitigations, in the order of its coming.
  std::vector<std::string> choices() {
    std::vector<std::string> all;
    for (const auto& post : world_.slack.posts())
      if (const auto at = post.text.find("chose rollback: "); at != std::string::npos)
        all.push_back(post.text.substr(at + 16, 6));
    return all;
  }

  World world_{GetParam(), options()};
  int typed_ = 0;
};

TEST_P(Trouble, ARunGoesOnThroughAllOfIt) {
  auto& slack = world_.slack;
  world_.command("U1", "declare sev2 500s on /checkout");
  ASSERT_NE(slack.wait_for("HF-1 sev-2").ts, "");

  // Slow: the post arrives, its answer comes too late.
  slack.slow("chat.postMessage", milliseconds{900});
  world_.command("U1", "mitigate rollback v2.4.1 a");
  ASSERT_TRUE(World::eventually([&] { return slack.calls("conversations.history") > 0 && !choices().empty(); }));
  slack.slow("chat.postMessage", milliseconds{0});

  // Down: what is decided meanwhile waits; the built-in channel does not.
  slack.down();
  EXPECT_THAT(type_here("HF-1 mitigate rollback v2.4.2 b"), HasSubstr("Bob chose rollback: v2.4.2 (b)"));
  EXPECT_THAT(type_here("HF-1 mitigate rollback v2.4.3 c"), HasSubstr("Bob chose rollback: v2.4.3 (c)"));
  EXPECT_THAT(type_here("HF-1 mitigate rollback v2.4.4 d"), HasSubstr("Bob chose rollback: v2.4.4 (d)"));
  EXPECT_THAT(type_here("declare sev3 printer on fire"), HasSubstr("HF-2 declared"));
  EXPECT_TRUE(shown_here("HF-2 sev-3"));
  EXPECT_THAT(choices(), ElementsAre("v2.4.1"));
  const auto unheard = slack.say("U2", "said while you were gone");
  const auto pinned = slack.pin(unheard["ts"], "U2");
  slack.fail_next("chat.postMessage", FakeSlack::Failure::refused);
  slack.fail_next("chat.postMessage", FakeSlack::Failure::rate_limited);
  slack.fail_next("chat.postMessage", FakeSlack::Failure::lost_answer);
  slack.up();
  ASSERT_TRUE(World::eventually([&] { return choices().size() == 4; }));
  EXPECT_THAT(choices(), ElementsAre("v2.4.1", "v2.4.2", "v2.4.3", "v2.4.4"));

  // An address that was not there is tried again by Slack; over a socket nothing is, and the history is read.
  if (GetParam() == Mode::http) {
    EXPECT_TRUE(world_.deliver(pinned));
    EXPECT_TRUE(world_.deliver(unheard));
  }

  // Redelivered, reordered, over sockets that break.
  if (GetParam() == Mode::socket) ASSERT_TRUE(slack.wait_for_sockets(1));
  slack.cut_one_of(5, kSeed);
  std::vector<json> events;
  for (int n = 1; n <= 4; ++n) {
    const auto said = slack.say("U2", "draft " + std::to_string(n));
    const auto ts = said["ts"].get<std::string>();
    events.push_back(said);
    events.push_back(slack.edit(ts, "draft again"));
    events.push_back(slack.edit(ts, "step " + std::to_string(n)));
    events.push_back(slack.react(ts, "U1", "pushpin"));
  }
  auto twice = events;
  twice.insert(twice.end(), events.begin(), events.end());
  std::ranges::shuffle(twice, std::minstd_rand(kSeed));
  for (const auto& event : twice) EXPECT_TRUE(world_.deliver(event)) << event.dump();
  slack.cut_one_of(0, kSeed);

  // What makes no sense.
  if (GetParam() == Mode::socket) ASSERT_TRUE(slack.wait_for_sockets(1));
  const auto before = world_.intake().unknown();
  const std::string envelope = R"("api_app_id":"A1","team_id":"T1","event_id":"EvX","event_time":1,)";
  const auto wrapped = [&](const std::string& event) {
    const auto body = R"({"type":"event_callback",)" + envelope + R"("event":)" + event + "}";
    return GetParam() == Mode::http ? body : R"({"type":"events_api","envelope_id":"e","payload":)" + body + "}";
  };
  for (int n = 0; n < 3; ++n) world_.send_junk(wrapped(R"({"type":"new_thing","with":[{"fields":null}]})"));
  world_.send_junk(wrapped(R"({"type":"message","channel":"C1","user":7,"ts":[]})"));
  world_.send_junk("{\"type\":\"\xff\xfe\"}");
  world_.send_junk("not JSON");
  world_.send_junk(
      wrapped("{\"type\":\"message\",\"channel\":\"C1\",\"channel_type\":\"channel\",\"user\":\"U2\",\"ts\":\"" +
              slack.new_ts() + "\",\"text\":\"bad \xc3 bytes\"}"));
  world_.send_junk(wrapped(R"({"type":"message","channel":"C1","channel_type":"channel","user":"U2","ts":")" +
                           slack.new_ts() + R"(","text":")" + std::string(1'000'000, 'x') + R"("})"));
  EXPECT_TRUE(World::eventually([&] { return world_.intake().unknown() >= before + 4; }));

  // A socket that was sent bad UTF-8 is closed (RFC 6455, 8.1) and opened again.
  std::vector<std::string> timeline;
  EXPECT_TRUE(World::eventually([&] { return !(timeline = world_.timeline()).empty(); }));
  // Milestones that share a minute share a line; what people said has one each.
  std::string milestones;
  std::vector<std::string> notes;
  for (const auto& line : timeline) {
    if (line.starts_with("Name of"))
      notes.push_back(line);
    else
      milestones += (milestones.empty() ? "" : ", ") + line;
  }
  EXPECT_EQ(milestones,
            "declared sev-2: 500s on /checkout, rolled back: v2.4.1, rolled back: v2.4.2, rolled back: v2.4.3, rolled "
            "back: v2.4.4");
  EXPECT_THAT(notes, ElementsAre("Name of U2: said while you were gone", "Name of U2: step 1", "Name of U2: step 2",
                                 "Name of U2: step 3", "Name of U2: step 4"));
  std::map<std::string, int> seen;
  for (const auto& post : slack.posts()) ++seen[post.op_id];
  for (const auto& [op, count] : seen) EXPECT_EQ(count, 1) << op;
}

TEST_P(Trouble, WhileSlackIsDownATerminalSteersWhatWasDeclaredThere) {
  auto& slack = world_.slack;
  world_.command("U1", "declare sev2 500s on /checkout");
  ASSERT_NE(slack.wait_for("HF-1 sev-2").ts, "");
  auto& bot = world_.bot();
  const auto desk = cli::ChatDesk::open(
      world_.config(),
      {*bot.channel, *bot.clock, [&](Delivery d, Acknowledge a) { bot.engine->submit(std::move(d), std::move(a)); },
       [&] { return bot.engine->quiet(); }});
  ASSERT_TRUE(desk);
  slack.down();
  const auto printed = type_attached(
      "/hotfix list\n/hotfix HF-1 status\n/hotfix HF-1 note it is the coupon\n/hotfix HF-1 mitigate rollback v2.4.1 a\n"
      "/hotfix HF-1 mitigate rollback v2.4.2 b\n/hotfix HF-1 mitigate rollback v2.4.3 c\n/hotfix HF-1 close\n");
  std::size_t at = 0;
  for (const char* shown :
       {"bob: /hotfix list\n", "HF-1 sev-2 500s on /checkout", "bob: /hotfix HF-1 status\n",
        "HF-1 sev-2 500s on /checkout\n      status declared", "bob: /hotfix HF-1 note it is the coupon\n",
        "hotfixd: In the timeline at ", "hotfixd: bob chose rollback: v2.4.1 (a)\n",
        "hotfixd: bob chose rollback: v2.4.2 (b)\n", "hotfixd: bob chose rollback: v2.4.3 (c)\n",
        "hotfixd: HF-1 is not resolved yet.", "/hotfix HF-1 assess not-a-hotfix <why>"}) {
    const auto found = printed.find(shown, at);
    ASSERT_NE(found, std::string::npos) << shown << " is not after the others in\n" << printed;
    at = found;
  }
  EXPECT_THAT(choices(), ElementsAre());
  slack.fail_next("chat.postMessage", FakeSlack::Failure::lost_answer);
  slack.up();
  ASSERT_TRUE(World::eventually([&] { return choices().size() == 3; }));
  EXPECT_THAT(choices(), ElementsAre("v2.4.1", "v2.4.2", "v2.4.3"));
  std::map<std::string, int> seen;
  for (const auto& post : slack.posts()) ++seen[post.op_id];
  for (const auto& [op, count] : seen) EXPECT_EQ(count, 1) << op;
  if (GetParam() == Mode::socket) ASSERT_TRUE(slack.wait_for_sockets(1));
  std::vector<std::string> timeline;
  EXPECT_TRUE(World::eventually([&] { return !(timeline = world_.timeline()).empty(); }));
  EXPECT_EQ(std::ranges::count(timeline, "bob: it is the coupon"), 1) << ::testing::PrintToString(timeline);
  (*desk)->stop();
  bot.engine->stop();
}

INSTANTIATE_TEST_SUITE_P(Modes, Trouble, ::testing::Values(Mode::socket, Mode::http),
                         [](const auto& info) { return info.param == Mode::socket ? "Socket" : "Http"; });

}  // namespace
}  // namespace hotfixd::testing
