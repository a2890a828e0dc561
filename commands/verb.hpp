// What a verb is: its names, what help shows of it, and how its line becomes a typed command.
#pragma once

#include "commands/arguments.hpp"
#include "commands/commands.hpp"

namespace hotfixd::commands {

// The headings of the help, in the order of a run.
enum class Group { declare, fix, ship, finish, any_time };

inline constexpr std::string_view kEveryone = "everyone in the channel";

struct Verb {
  std::string_view name;
  Group group{};
  std::string_view summary;                // one short line, follows the name: "opens an incident in this channel"
  std::string_view usage;                  // "role <role> @person"
  std::string_view details;                // what it does, one or more lines
  std::string_view who;                    // who may
  std::vector<std::string_view> examples;  // whole lines without "/hotfix "; each parses
  std::vector<std::string_view> aliases = {};
  std::vector<Option> options = {};
  bool shows_definition = false;  // its help also shows the severities and criteria of the policy
  std::expected<Command, UserError> (*parse)(Arguments&, const ParseContext&) = nullptr;

  std::string_view example() const { return examples.front(); }
};

// All verbs in the order they are shown (registry.cpp).
const std::vector<Verb>& all_verbs();

// The verb with this name or alias, in whatever case; nullptr when there is none.
const Verb* find_verb(std::string_view name);

// The verb that `name` most likely meant; nullptr when none is near.
const Verb* nearest_verb(std::string_view name);

}  // namespace hotfixd::commands
