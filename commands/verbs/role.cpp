#include <fmt/format.h>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// role: who does what in this incident.

namespace hotfixd::commands {
namespace {

// The names above, and what people call them.
std::optional<Role> take_role(Arguments& args) {
  if (const auto role = take_named(args, kRoles, 1)) return role;
  const Word* word = args.peek();
  if (word == nullptr) return std::nullopt;
  std::optional<Role> role;
  if (same_word(word->text, "ic")) role = Role::commander;
  if (same_word(word->text, "comms")) role = Role::communications;
  if (role) args.next();
  return role;
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "role commander @bob";
  const auto names = names_of(kRoles);
  const auto role = take_role(args);
  if (!role) {
    const Word* word = args.peek();
    if (word == nullptr)
      return args.mistake(fmt::format("Name the role and the person. Roles are {}.", either(names)), kExample);
    return args.mistake(fmt::format("'{}' is not a role; roles are {}.{}", shown(word->text), either(names),
                                    did_you_mean(word->text, names)),
                        kExample);
  }
  const std::string example = fmt::format("role {} @bob", to_string(*role));
  if (args.peek() == nullptr) return args.mistake(fmt::format("Who is {}?", to_string(*role)), example);
  auto who = take_person(args, *context.policy);
  if (!who) return args.mistake(who.error(), example);
  return command::AssignRole{*role, std::move(*who)};
}

}  // namespace

Verb role_verb() {
  return {
      .name = "role",
      .group = Group::declare,
      .summary = "says who does what",
      .usage = "role <role> @person",
      .details =
          "Roles: commander (decides), owner (writes the fix), communications (tells the others), scribe (keeps the "
          "notes), releaser (ships). Reminders go to the owner first, then to the commander.",
      .who = kEveryone,
      .examples = {"role commander @alice", "role owner @bob"},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
