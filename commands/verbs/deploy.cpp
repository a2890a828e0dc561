#include "commands/values.hpp"
#include "commands/verb.hpp"

// deploy: brings the tag of the fix to an environment.

namespace hotfixd::commands {
namespace {

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  command::Deploy deploy;
  if (const auto word = args.next()) {
    auto version = ref_name(word->text);
    if (!version) return args.mistake(version.error(), "deploy v2.4.8");
    deploy.version = std::move(*version);
  }
  if (const std::string typed = args.option("env"); !typed.empty()) {
    auto environment = ref_name(typed);
    if (!environment) return args.mistake(environment.error(), "deploy v2.4.8 --env staging");
    deploy.environment = std::move(*environment);
  }
  deploy.repository = repository(args.option("repo"), *context.policy);
  return deploy;
}

}  // namespace

Verb deploy_verb() {
  return {
      .name = "deploy",
      .group = Group::ship,
      .summary = "deploys the tag of the fix, when the gates are still open",
      .usage = "deploy [version] [--env E] [--repo R]",
      .details =
          "Works where the configuration says how a repository is deployed. The gates are judged again, and the tag "
          "must "
          "be on the commit that was tagged. What becomes of it is said here. Without --env it is production.",
      .who = kEveryone,
      .examples = {"deploy", "deploy v2.4.8 --env staging"},
      .options = {{"env"}, {"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
