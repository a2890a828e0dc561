#include "commands/verb.hpp"

// timeline: what happened when.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments&, const ParseContext&) { return command::ShowTimeline{}; }

}  // namespace

Verb timeline_verb() {
  return {
      .name = "timeline",
      .group = Group::any_time,
      .summary = "shows what happened when",
      .usage = "timeline",
      .details = "What happened, by the time it happened: from messages, the forge, git and notes.",
      .who = kEveryone,
      .examples = {"timeline", "HF-3 timeline"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
