#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/decide.hpp"

// A small language for stories about one incident: say who does what when, read what came of it as text.

namespace hotfixd::testing {

// "21:04" and "21:04:30" are on Saturday 14 November 2026, UTC; anything else is RFC 3339.
Time at(std::string_view text);
Person person(std::string_view name);

// A team in UTC without quiet hours, with the repositories shop (main, develop) and api (main).
Policy team();

std::string text(const Message& message, std::string_view zone = "UTC");
std::string text(const Event& event);
std::string text(const std::vector<Event>& events);  // one event per line
std::string text(const Effect& effect);

struct Target {
  std::string name;
  Verdict verdict = Verdict::absent;
  std::string sha = "t1";
  bool changed_since_ack = false;
  std::string explanation;  // empty = the verdict's name
};

// What git shows: a small change by dave on the hotfix branch.
HotfixFacts facts(std::string head, std::initializer_list<Target> targets = {});

class Story {
 public:
  explicit Story(Policy policy = team());

  Story& at(std::string_view time);
  Story& after(std::chrono::microseconds duration);
  // One input; what it recorded is folded.
  Story& input(const Input& input, const Person& actor = {});
  Story& type(std::string_view who, const Command& command) { return input(command, person(who)); }
  Story& say(std::string_view who, std::string id, std::string words) {
    return input(chat::Said{std::move(id), std::move(words)}, person(who));
  }
  Story& forge(ForgeFact fact, std::string login = {}, std::optional<Time> at = {}, std::string repository = "shop") {
    return input(ForgeEvent{std::move(repository), at, std::move(login), std::move(fact)});
  }
  Story& git(HotfixFacts facts, std::string repository = "shop") {
    return input(result::Observed{std::move(repository), std::move(facts)});
  }
  Story& tick() { return input(Tick{}); }
  // Ticks at every next_wake until `until`, answering what is asked of git with `facts`.
  Story& sleep_until(std::string_view until, const HotfixFacts& facts);

  // Stations of a run, each with those before it. alice is commander, dave wrote the fix.
  Story& declared();
  Story& cut();       // branch hotfix/checkout-500 of shop from v2.4.7 at base
  Story& reviewed();  // head h1 by dave in PR #7, CI green, approved by bob and carol
  Story& tagged();    // v2.4.8 at h1
  Story& deployed();  // main and develop lack it
  Story& rca(std::string_view writer = "bob", std::string_view reader = "carol");

  // Of the last input.
  std::string answer() const;    // the reply; "refused: " before it when it is one
  std::string recorded() const;  // the events, one per line
  std::string shown() const;     // messages posted or edited, without the status card
  std::string asked() const;     // effects that are not messages, nor questions about people, nor statuses of commits
  std::string statuses() const;  // of commits
  // The answer, what was recorded and what was shown.
  std::string all() const;
  // Every ping of the run: "14 21:04 dave: merge-back:shop:main, rca".
  std::string pings() const;

  Policy policy;
  Context context;
  Incident incident;
  std::vector<Event> events;
  Decision last;
};

}  // namespace hotfixd::testing
