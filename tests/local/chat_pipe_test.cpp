// The chat client driven through a pipe: each line is carried out before the next one is taken.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "bot/cli/chat.hpp"
#include "tests/local/fake_engine.hpp"
#include "tests/local/temporary_folder.hpp"

namespace hotfixd::testing {
namespace {

using local::ChannelStore;

struct PipeRun {
  int code = -1;
  std::string output;
};

// Runs the client with `input` on a pipe, and reads its output to the end.
PipeRun run_piped(const std::string& input, const cli::ChatPorts& ports, Seconds step_limit = Seconds{20}) {
  int in[2], out[2];
  EXPECT_EQ(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC), 0);
  PipeRun run;
  std::jthread reader([&] {
    char bytes[4096];
    for (ssize_t n; (n = ::read(out[0], bytes, sizeof bytes)) > 0;)
      run.output.append(bytes, static_cast<std::size_t>(n));
  });
  std::jthread writer([&] {
    EXPECT_EQ(::write(in[1], input.data(), input.size()), static_cast<ssize_t>(input.size()));
    ::close(in[1]);
  });
  cli::ChatOptions options;
  options.person = {"alice", "alice"};
  options.verbs = {"declare", "status"};
  options.input = in[0], options.output = out[1];
  options.step_limit = step_limit;
  run.code = cli::run_chat(options, ports);
  ::close(out[1]);
  reader.join();
  writer.join();
  ::close(in[0]), ::close(out[0]);
  return run;
}

FakeEngine::Response answer(Message message, bool refused = false) {
  return {InboxAnswer{"HF-1", Reply{std::move(message), false, refused}}, {}};
}

// Knows declare and status, and edits the status message three times.
FakeEngine::Response play(const Delivery& d) {
  const auto* command = std::get_if<Delivery::CommandLine>(&d.what);
  if (command == nullptr) return {};
  if (command->text == "declare") {
    FakeEngine::Response r = answer(say("HF-1 is declared"));
    r.effects = [channel = d.channel](ChatPlatform& chat) {
      Message card = say("HF-1\nopen");
      card.buttons = {{"ack", "Acknowledge", "HF-1", false}, {"no", "Not a hotfix", "HF-1", true}};
      const auto id = chat.post({.key = "HF-1/status", .channel = channel, .message = card, .pin = true}).value();
      for (const char* state : {"mitigating", "fixing", "shipped"}) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        card.lines[1] = {plain(state)};
        EXPECT_TRUE(chat.edit(channel, id, card).has_value());
      }
    };
    return r;
  }
  return answer(say("There is no " + command->text + "."), true);
}

TEST(ChatPipe, AScriptPlaysTheSameEveryTime) {
  const std::string script =
      "500s on /checkout\n/hotfix declare\n2\n/as bob\nline one \\\nline two\n/react 📌 #1\n"
      "/edit #5 changed\n/pins\n/hotfix\n/hotfix close";
  const char* expected =
      "21:04 alice: 500s on /checkout\n"
      "21:04 alice: /hotfix declare\n"
      "21:04 hotfixd: HF-1 is declared\n"
      "21:04 hotfixd: HF-1\n"
      "      shipped\n"
      "      [1] Acknowledge  [2] Not a hotfix\n"
      "* alice chose [2] Not a hotfix of #4\n"
      "* You are bob.\n"
      "21:04 bob: line one \n"
      "      line two\n"
      "21:04 bob (edited): changed\n"
      "21:04 hotfixd (edited): HF-1\n"
      "      shipped\n"
      "      [1] Acknowledge  [2] Not a hotfix\n"
      "21:04 bob: /hotfix\n"
      "21:04 hotfixd: There is no .\n"
      "21:04 bob: /hotfix close\n"
      "21:04 hotfixd: There is no close.\n";
  for (int i = 0; i < 3; ++i) {
    FixedClock clock;
    const auto store = ChannelStore::open(":memory:").value();
    FakeEngine engine(*store, clock, play);
    const PipeRun run = run_piped(script, engine.ports(*store, clock));
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.output, expected);
    EXPECT_EQ(engine.accepted(), (std::vector<std::string>{"alice said 1 500s on /checkout", "alice command declare",
                                                           "alice pressed no HF-1", "bob said 5 line one \nline two",
                                                           "bob reacted 1 pushpin", "bob edited 5 changed",
                                                           "bob command ", "bob command close"}));
    EXPECT_TRUE(store->undelivered().value().empty());
  }
}

TEST(ChatPipe, AProblemIsSaidPlainlyAndTheSameDeliveryIsOfferedAgain) {
  FixedClock clock;
  const auto store = ChannelStore::open(":memory:").value();
  int failures = 1;
  FakeEngine engine(*store, clock, [&](const Delivery&) -> FakeEngine::Response {
    if (failures-- > 0)
      return {std::unexpected(Problem{Problem::Kind::full, "the disk is full", "free some space", {}}), {}};
    return {};
  });
  const PipeRun run = run_piped("hello\nworld\n", engine.ports(*store, clock));
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output,
            "* Nothing was changed: the disk is full (free some space). What you typed is kept and will be offered "
            "again in 1 s.\n"
            "21:04 alice: hello\n"
            "21:04 alice: world\n");
  EXPECT_EQ(engine.submitted(), (std::vector<std::string>{"local:1", "local:1", "local:2"}));
  EXPECT_EQ(engine.accepted(), (std::vector<std::string>{"alice said 1 hello", "alice said 2 world"}));
}

TEST(ChatPipe, WhatAnEarlierRunLeftIsDeliveredFirstAndItsAnswerShownOnce) {
  FixedClock clock;
  const TemporaryFolder folder;
  {
    // The engine takes the command, but the process dies before it is acknowledged.
    const auto store = ChannelStore::open(folder.file("c.db")).value();
    int taken = 0;
    const cli::ChatPorts dying{*store, clock, [&](Delivery, const Acknowledge&) { ++taken; }, [] { return true; }};
    const PipeRun run = run_piped("/hotfix close\n", dying, Seconds{1});
    EXPECT_EQ(run.code, 1);
    EXPECT_EQ(taken, 1);
    EXPECT_EQ(run.output,
              "21:04 alice: /hotfix close\n* 1 not delivered yet; kept, and offered again at the next start\n");
  }
  const auto store = ChannelStore::open(folder.file("c.db")).value();
  FakeEngine engine(*store, clock, play);
  const PipeRun run = run_piped("next\n", engine.ports(*store, clock));
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.output, "21:04 hotfixd: There is no close.\n21:04 alice: next\n");
  EXPECT_EQ(engine.submitted(), (std::vector<std::string>{"local:1", "local:3"}));
}

TEST(ChatPipe, AnAcknowledgementAfterTheClientIsGoneIsIgnoredAndAnsweredAgain) {
  FixedClock clock;
  const auto store = ChannelStore::open(":memory:").value();
  Acknowledge late;
  const cli::ChatPorts slow{*store, clock, [&](Delivery, Acknowledge a) { late = std::move(a); }, [] { return true; }};
  EXPECT_EQ(run_piped("hello\n", slow, Seconds{1}).code, 1);
  late(InboxAnswer{});
  EXPECT_EQ(store->undelivered().value().size(), 1u);
}

TEST(ChatPipe, AMalformedDeliveryDoesNotHoldUpTheRest) {
  FixedClock clock;
  const auto store = ChannelStore::open(":memory:").value();
  FakeEngine engine(*store, clock, [&](const Delivery& d) -> FakeEngine::Response {
    if (d.id == "local:1") return {std::unexpected(Problem{Problem::Kind::invalid, "that makes no sense", "", {}}), {}};
    return {};
  });
  const PipeRun run = run_piped("bad\ngood\n", engine.ports(*store, clock));
  EXPECT_EQ(engine.accepted(), (std::vector<std::string>{"alice said 2 good"}));
  EXPECT_EQ(engine.submitted(), (std::vector<std::string>{"local:1", "local:1", "local:1", "local:2"}));
  EXPECT_NE(run.output.find("It will not be offered again"), std::string::npos) << run.output;
}

TEST(ChatPipe, HostileInputIsShownHarmlessAndTooLongIsRefused) {
  FixedClock clock;
  const auto store = ChannelStore::open(":memory:").value();
  FakeEngine engine(*store, clock, play);
  const PipeRun run = run_piped("\x1b[2Jx\n" + std::string(9000, 'y') + "\n", engine.ports(*store, clock));
  EXPECT_EQ(run.output,
            "21:04 alice: ␛[2Jx\n* Nothing was sent: the message has 9000 bytes, more than 8000 (send it in parts).\n");
}

}  // namespace
}  // namespace hotfixd::testing
