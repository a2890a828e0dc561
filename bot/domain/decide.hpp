// The heart: given what is known and what just happened, what to record, do and answer. Pure.
#pragma once

#include <memory>

#include "bot/domain/decision.hpp"
#include "bot/domain/incident.hpp"

namespace hotfixd {

// What surrounds an input.
struct Context {
  Time now{};         // the engine's clock
  Time sent_at{};     // the source's own time of the input; never later than now
  Person actor;       // who typed or did it; empty for the bot and for time
  ChannelId channel;  // where it was typed
  // The actor's name is what was typed at the bot's own machine, beside a chat platform that knows people: it can act,
  // and is no second person.
  bool unproven = false;
  Time looked_at{};      // for git facts: when the look began; requests made later wait for the next one
  std::string delivery;  // unique id of the input; slots of one-off messages derive from it
  // For Declare only: the new incident's id, and what was said in the channel shortly before.
  IncidentId new_id;
  struct Earlier {
    MessageId id;
    Person author;
    std::string text;
    Time at{};
  };
  std::vector<Earlier> earlier;
  MessageId about;             // the one of them that it was declared from: the alert, whoever wrote it; may be empty
  bool private_place = false;  // the incident before it in that channel was private
  // The newest tag the record says was deployed, per repository (for Branch).
  std::map<std::string, std::string> known_production;
  // Members of the chat platform's groups that the policy names, by "@group"; null = none are known.
  std::shared_ptr<const std::map<std::string, std::vector<Person>>> groups;
};

// Decides one input for one incident. For Declare `incident` is empty. Never throws for anything
// people or the outside can send: mistakes come back as a refused Reply with no events.
// The events of the decision, folded onto `incident`, are the next state: Decision::after.
Decision decide(const Incident& incident, const Context& context, const Input& input, const Policy& policy);
// Likewise without copying `incident`: `same` equals it and becomes the next state.
Decision decide(const Incident& incident, Incident same, const Context& context, const Input& input,
                const Policy& policy);

// When this incident next wants a Tick; nothing when it is only waiting for people.
std::optional<Time> next_wake(const Incident& incident, const Policy& policy, Time now);

// What asking git about a hotfix needs; nothing while the branch does not exist.
std::optional<effect::Observe> observe(const Incident& incident, const Hotfix& hotfix, const Policy& policy);

// Is this incident interested in git facts and forge events at `now`?
bool watched(const Incident& incident, const Policy& policy, Time now);

}  // namespace hotfixd
