// The grammar of /hotfix: text as people type it → a typed Command, or a UserError that teaches.
#pragma once

#include "bot/domain/input.hpp"
#include "bot/domain/policy.hpp"

namespace hotfixd::commands {

struct ParseContext {
  Time now{};            // when the message was sent: "21:04" means the latest 21:04 not after it (in `zone`)
  std::string zone;      // IANA
  const Policy* policy;  // never null: severities' names, people, criteria
};

struct Parsed {
  IncidentId incident;  // "HF-3" when given first; empty = the channel's own
  Command command;
};

// Parses what follows "/hotfix". At most 8,000 bytes, valid UTF-8, no control characters but newline and tab.
std::expected<Parsed, UserError> parse(std::string_view text, const ParseContext& context);

// What `/hotfix help [verb]` shows. An unknown verb: a UserError that suggests the nearest.
std::expected<Message, UserError> help(std::string_view verb, const Policy& policy);

// Names of all verbs in the order they are shown; used for completion.
std::vector<std::string> verbs();

}  // namespace hotfixd::commands
