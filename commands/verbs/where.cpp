#include "commands/values.hpp"
#include "commands/verb.hpp"

// where: what is in each environment now.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  command::Where where;
  if (const auto word = args.next()) {
    auto environment = ref_name(word->text);
    if (!environment) return args.mistake(environment.error(), "where production");
    where.environment = std::move(*environment);
  }
  where.repository = repository(args.option("repo"), *context.policy);
  return where;
}

}  // namespace

Verb where_verb() {
  return {
      .name = "where",
      .group = Group::ship,
      .summary = "shows which version is in each environment",
      .usage = "where [environment] [--repo R]",
      .details =
          "Asks what deploys the repository, else the record, else git, and says which of them it was and for how long "
          "the version has been there. Works before an incident is declared, too.",
      .who = kEveryone,
      .examples = {"where", "where production --repo shop"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
