// What a typed line means to the chat client, and how it is completed.
#include "bot/cli/chat_input.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "bot/cli/chat_keys.hpp"
#include "bot/cli/chat_lines.hpp"

namespace hotfixd::testing {
namespace {

using namespace hotfixd::cli;

const std::vector<std::string> verbs = {"assess", "close", "declare", "mergeback", "mitigate", "status"};

struct Words {
  std::string operator()(const typed::Nothing&) const { return "nothing"; }
  std::string operator()(const typed::Say& t) const { return "say " + t.text; }
  std::string operator()(const typed::Command& t) const { return "command " + t.arguments; }
  std::string operator()(const typed::Join& t) const { return "join " + t.channel; }
  std::string operator()(const typed::As& t) const { return "as " + t.name; }
  std::string operator()(const typed::React& t) const {
    return fmt::format("{} {} {}", t.add ? "react" : "unreact", t.reaction, t.number.value_or(0));
  }
  std::string operator()(const typed::Edit& t) const { return fmt::format("edit {} {}", t.number, t.text); }
  std::string operator()(const typed::Delete& t) const { return fmt::format("delete {}", t.number); }
  std::string operator()(const typed::Press& t) const {
    return fmt::format("press {}{}", t.choice, t.bare ? " bare" : "");
  }
  std::string operator()(const typed::Who&) const { return "who"; }
  std::string operator()(const typed::Channels&) const { return "channels"; }
  std::string operator()(const typed::Pins&) const { return "pins"; }
  std::string operator()(const typed::Help&) const { return "help"; }
  std::string operator()(const typed::Quit&) const { return "quit"; }
  std::string operator()(const UserError& e) const { return "try " + e.try_instead; }
};

TEST(ChatInput, WhatEachLineMeans) {
  const struct {
    const char *text, *expected;
  } table[] = {
      {"", "nothing"},
      {"  \n", "nothing"},
      {" hello there ", "say hello there"},
      {"/", "say /"},
      {"//checkout is down", "say /checkout is down"},
      {"/hotfix", "command "},
      {"/hotfix  declare sev2 x", "command declare sev2 x"},
      {"  /Hotfix status", "command status"},
      {"/HOTFIX", "command "},
      {"/hotfix rca set summary one\ntwo", "command rca set summary one\ntwo"},
      {"/join ops", "join #ops"},
      {"/join #ops", "join #ops"},
      {"/join", "try /join #channel"},
      {"/as @bob", "as bob"},
      {"/as bob jones", "try /as NAME"},
      {"/react 📌 #12", "react pushpin 12"},
      {"/react :tada: 12", "react tada 12"},
      {"/react 📌", "react pushpin 0"},
      {"/react #12", "try /react 📌 #12"},
      {"/unreact pushpin #3", "unreact pushpin 3"},
      {"/edit #12 new text", "edit 12 new text"},
      {"/edit #12", "try /edit #12 new text"},
      {"/delete 12", "delete 12"},
      {"/delete twelve", "try /delete #12"},
      {"/press 2", "press 2"},
      {"2", "press 2 bare"},
      {"502", "say 502"},
      {"/who", "who"},
      {"/channels", "channels"},
      {"/pins", "pins"},
      {"/help", "help"},
      {"/quit", "quit"},
      {"/hotfx status", "try /hotfix status"},
      {"/declare sev2 x", "try /hotfix declare sev2 x"},
      {"/declar sev2 x", "try /hotfix declare sev2 x"},
      {"/etc/passwd is gone", "try /help"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(std::visit(Words{}, read_typed(text, verbs)), expected) << text;
}

TEST(ChatInput, TabCompletesWhatCanStandThere) {
  const CompletionWords known{.verbs = verbs, .channels = {"#incidents", "#ops"}, .people = {"alice", "bob", "alice"}};
  const struct {
    const char* before;
    std::vector<std::string> expected;
  } table[] = {
      {"/ho", {"/hotfix"}},
      {"/hotfix ", verbs},
      {"/hotfix m", {"mergeback", "mitigate"}},
      {" /Hotfix m", {"mergeback", "mitigate"}},
      {"/hotfix HF-3 st", {"status"}},
      {"/hotfix help st", {"status"}},
      {"/hotfix status st", {}},
      {"/hotfix role commander @a", {"@alice"}},
      {"/join #o", {"#ops"}},
      {"/as b", {"bob"}},
      {"ask @al", {"@alice"}},
      {"hello", {}},
      {"", {}},
  };
  for (const auto& [before, expected] : table) EXPECT_EQ(complete_typed(before, known).words, expected) << before;
}

TEST(ChatLines, ATrailingBackslashGoesOnInTheNextLine) {
  LineJoiner joiner;
  EXPECT_EQ(joiner.add("one \\"), std::nullopt);
  EXPECT_EQ(joiner.add("two\\"), std::nullopt);
  EXPECT_EQ(joiner.add("three"), "one \ntwo\nthree");
  EXPECT_EQ(joiner.add("C:\\\\"), "C:\\\\") << "an even number is text";
  EXPECT_EQ(joiner.add("cut\\"), std::nullopt);
  EXPECT_TRUE(joiner.in_the_middle());
  EXPECT_EQ(joiner.take_rest(), "cut\n");
}

std::string keys_of(const std::vector<std::string>& chunks) {
  KeyReader reader;
  for (const auto& chunk : chunks) reader.feed(chunk);
  reader.flush();
  std::wstring out;
  while (const auto key = reader.next()) out += *key;
  return narrow(out);
}

TEST(ChatKeys, APasteIsOneLineAndPressesNoKeys) {
  EXPECT_EQ(keys_of({"a\x1b[200~b\r\nc\nd\te\x03\x1b[Ax\x1b[201~f\r"}), "ab⏎c⏎d e[Axf\r");
  EXPECT_EQ(keys_of({"\x1b[2", "00~x\n", "\x1b[20", "1~y"}), "x⏎y") << "marks may come in pieces";
  EXPECT_EQ(keys_of({"\x1b[A"}), "\x1b[A") << "a key's sequence passes through";
  EXPECT_EQ(keys_of({"\xE6\xBC", "\xA2"}), "漢") << "a character may come in pieces";
  EXPECT_EQ(keys_of({"\xFFz\xE6\xBC"}), "�z�");
}

}  // namespace
}  // namespace hotfixd::testing
