#include "commands/values.hpp"
#include "commands/verb.hpp"

// deployed: tells of a deployment that the bot has not seen itself.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  command::DeployedTag deployed;
  if (const auto word = args.next()) {
    auto version = ref_name(word->text);
    if (!version) return args.mistake(version.error(), "deployed v2.4.8");
    deployed.version = std::move(*version);
  }
  if (const std::string typed = args.option("env"); !typed.empty()) {
    auto environment = ref_name(typed);
    if (!environment) return args.mistake(environment.error(), "deployed v2.4.8 --env production");
    deployed.environment = std::move(*environment);
  }
  deployed.repository = repository(args.option("repo"), *context.policy);
  return deployed;
}

}  // namespace

Verb deployed_verb() {
  return {
      .name = "deployed",
      .group = Group::ship,
      .summary = "records that the fix is live",
      .usage = "deployed [version] [--env E] [--repo R]",
      .details =
          "Only needed when neither the bot deploys it nor the forge reports deployments. Without a version it is the "
          "tag of this incident's "
          "fix.",
      .who = kEveryone,
      .examples = {"deployed", "deployed v2.4.8 --env production"},
      .options = {{"env"}, {"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
