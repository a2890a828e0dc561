#include "commands/values.hpp"
#include "commands/verb.hpp"

// tag: ships the fix.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  command::Tag tag;
  if (const auto word = args.next()) {
    auto version = ref_name(word->text);
    if (!version) return args.mistake(version.error(), "tag v2.4.8");
    tag.version = std::move(*version);
  }
  tag.repository = repository(args.option("repo"), *context.policy);
  return tag;
}

}  // namespace

Verb tag_verb() {
  return {
      .name = "tag",
      .group = Group::ship,
      .summary = "tags the head of the fix, when the gates are open",
      .usage = "tag [version] [--repo R]",
      .details =
          "Pushes the version tag: by itself the production tag with its last number raised by one. Refused without "
          "green CI and the approvals on exactly this commit; /hotfix override is the way round, and it is recorded.",
      .who = kEveryone,
      .examples = {"tag", "tag v2.4.8 --repo shop"},
      .options = {{"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
