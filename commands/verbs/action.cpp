#include <fmt/format.h>

#include <array>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// action: what is to be done so that it does not happen again.

namespace hotfixd::commands {
namespace {

constexpr std::string_view kAdd = "action add test checkout with an empty coupon --owner @bob --due 5d";

std::expected<Command, UserError> add(Arguments& args, const ParseContext& context) {
  command::ActionAdd action;
  std::string owner = args.option("owner");
  const Word* first = args.peek();
  if (owner.empty() && first != nullptr && !first->quoted && is_mention(first->text)) {
    owner = first->text;
    args.skip(1);
  }
  auto what = args.text("Say what is to be done.", kAdd);
  if (!what) return std::unexpected(what.error());
  action.what = std::move(*what);
  if (!owner.empty()) {
    auto who = person(owner, *context.policy);
    if (!who) return args.mistake(who.error(), kAdd);
    action.owner = std::move(*who);
  }
  if (const std::string typed = args.option("due"); !typed.empty()) {
    const auto when = due(typed, context.now, context.zone);
    if (!when) return args.mistake(when.error(), kAdd);
    if (const auto* length = std::get_if<Seconds>(&*when)) {
      action.due_in = *length;
    } else {
      action.due_at = std::get<Time>(*when);
    }
  }
  return action;
}

std::expected<Command, UserError> done(Arguments& args) {
  const auto word = args.next();
  if (!word || word->text.empty() || word->text.size() > kWordLimit) {
    return args.mistake("Which action is done? /hotfix action list shows their ids.", "action done A1");
  }
  std::string_view id = word->text;
  if (id.starts_with("action:")) id.remove_prefix(7);  // as the list of obligations names it
  return command::ActionFinish{numbered_id(id, 'A')};
}

std::expected<Command, UserError> issue(Arguments& args, const ParseContext& context) {
  const auto word = args.next();
  if (word && (word->text.empty() || word->text.size() > kWordLimit))
    return args.mistake("Which action? /hotfix action list shows their ids.", "action issue A1");
  std::string_view id = word ? std::string_view(word->text) : std::string_view{};
  if (same_word(id, "all")) id = {};
  if (id.starts_with("action:")) id.remove_prefix(7);
  return command::ActionIssue{id.empty() ? std::string{} : numbered_id(id, 'A'),
                              repository(args.option("repo"), *context.policy)};
}

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::array<std::string_view, 4> kNames{"add", "done", "issue", "list"};
  const auto word = args.next();
  if (!word || same_word(word->text, "list")) return command::ActionList{};
  if (same_word(word->text, "add")) return add(args, context);
  if (same_word(word->text, "done")) return done(args);
  if (same_word(word->text, "issue")) return issue(args, context);
  return args.mistake(
      fmt::format("'{}' is neither add, done, issue nor list.{}", shown(word->text), did_you_mean(word->text, kNames)),
      kAdd);
}

}  // namespace

Verb action_verb() {
  return {
      .name = "action",
      .group = Group::finish,
      .summary = "keeps the action items",
      .usage =
          "action add <text> [--owner @p] [--due 3d] | action done <id> | action issue [<id>] [--repo R] | action list",
      .details =
          "An action item has an owner and a due time, and keeps the incident open until it is done. --due takes 3d, "
          "2026-12-01, \"tomorrow 17:00\". A person named first is the owner too.\n"
          "`issue` files it as an issue in the forge, once; without an id every open one that has none.",
      .who = kEveryone,
      .examples = {kAdd, "action done A1", "action issue A1"},
      .aliases = {"actions"},
      .options = {{"owner"}, {"due", Option::Kind::when}, {"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
