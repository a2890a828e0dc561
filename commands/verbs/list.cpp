#include "commands/values.hpp"
#include "commands/verb.hpp"

// list: the incidents.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext&) {
  bool all = args.flag("all");
  if (const Word* word = args.peek(); word != nullptr && same_word(word->text, "all")) {
    all = true;
    args.next();
  }
  return command::List{all};
}

}  // namespace

Verb list_verb() {
  return {
      .name = "list",
      .group = Group::any_time,
      .summary = "lists the open incidents of all channels",
      .usage = "list [--all]",
      .details = "--all lists the closed ones too.",
      .who = kEveryone,
      .examples = {"list", "list --all"},
      .options = {{"all", Option::Kind::flag}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
