#include <fmt/format.h>

#include <algorithm>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// declare: opens an incident.

namespace hotfixd::commands {
namespace {

constexpr std::string_view kExample = "declare sev2 500s spiking on /checkout";

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  const Policy& policy = *context.policy;
  command::Declare declare;
  if (const Word* first = args.peek(); first != nullptr && !first->quoted) {
    declare.severity = written_severity(first->text, policy);
    if (declare.severity) {
      args.next();
    } else if (looks_like_severity(first->text)) {
      return args.mistake(
          fmt::format("There is no severity '{}'; it is {}.", shown(first->text), severity_names(policy)), kExample);
    }
  }
  auto summary = args.text("A declaration needs a summary: what is wrong, in a few words.", kExample, kSummaryLimit);
  if (!summary) return std::unexpected(summary.error());
  declare.summary = std::move(*summary);
  std::ranges::replace(declare.summary, '\n', ' ');  // it is shown as one line everywhere
  auto met = criteria(args.options("criteria"), policy);
  if (!met) return args.mistake(met.error(), "declare sev2 500s spiking on /checkout --criteria all");
  declare.criteria = std::move(*met);
  declare.repository = repository(args.option("repo"), policy);
  declare.service = service(args.option("service"), policy);
  declare.reason = args.option("reason");
  declare.drill = args.flag("drill");
  declare.private_channel = args.flag("private");
  declare.new_channel = args.flag("new-channel") || declare.private_channel;
  return declare;
}

}  // namespace

Verb declare_verb() {
  return {
      .name = "declare",
      .group = Group::declare,
      .summary = "opens an incident in this channel",
      .usage =
          "declare [sevN] <summary> [--repo R] [--service S] [--criteria 1,2|all] [--reason why] [--drill] "
          "[--new-channel] [--private]",
      .details =
          "Opens an incident and starts its clock. A channel has one open incident at a time; --new-channel makes one "
          "for it; --private one that only those invited see, and nobody else is told what it is about.\n"
          "--service names what is broken, out of the configured services; the fix is then cut in its repository, "
          "unless --repo names another.\n"
          "--criteria says which parts of the definition below are met, by number; --reason why it is urgent although "
          "the severity is below the threshold; --drill marks an exercise.",
      .who = kEveryone,
      .examples = {kExample, "declare sev1 nobody can log in --criteria all --repo shop",
                   "declare sev3 wrong price in the export --reason \"the audit is tomorrow\""},
      .options = {{"repo"},
                  {"service"},
                  {"criteria", Option::Kind::word, true},
                  {"reason", Option::Kind::text},
                  {"drill", Option::Kind::flag},
                  {"new-channel", Option::Kind::flag},
                  {"private", Option::Kind::flag}},
      .shows_definition = true,
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
