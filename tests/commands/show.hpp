// Writes what parse() and help() return as text, so that tests compare whole outputs.
#pragma once

#include "commands/commands.hpp"

namespace hotfixd::commands::testing {

// The policy and the moment of the tests: Sat 2026-11-14 22:30:15 in Berlin, people @bob and Alice
// Jones, repository shop (github acme/shop), two criteria.
const Policy& policy();
ParseContext context();

// "HF-3 role=commander person=U7/Alice Jones": the incident, the verb's struct and every field that is
// not empty; or "error: what | try".
std::string show(const std::expected<Parsed, UserError>& parsed);
std::string parsed(std::string_view line);

// Only the names and values, of any command.
std::string show(const Command& command);

// The plain text of a message: code in backticks, bold in stars.
std::string show(const Message& message);

}  // namespace hotfixd::commands::testing
