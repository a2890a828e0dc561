#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "commands/values.hpp"
#include "commands/verb.hpp"

// ci: shows the checks, or tells of a result that the bot has not seen itself.

namespace hotfixd::commands {
namespace {

constexpr std::array<std::pair<std::string_view, CheckState>, 10> kStates{{
    {"pass", CheckState::passed},
    {"fail", CheckState::failed},
    {"pending", CheckState::pending},
    {"passed", CheckState::passed},
    {"green", CheckState::passed},
    {"ok", CheckState::passed},
    {"failed", CheckState::failed},
    {"failing", CheckState::failed},
    {"red", CheckState::failed},
    {"running", CheckState::pending},
}};
constexpr std::array<std::string_view, 3> kNames{"pass", "fail", "pending"};

std::expected<Command, UserError> parse(Arguments& args, const ParseContext& context) {
  constexpr std::string_view kExample = "ci pass --sha 1a2b3c4";
  command::Ci ci;
  while (const auto word = args.next()) {
    const auto state =
        std::ranges::find_if(kStates, [&](const auto& known) { return same_word(known.first, word->text); });
    if (state != kStates.end() && !ci.state) {
      ci.state = state->second;
    } else if (is_url(word->text) && ci.url.empty()) {
      auto link = url(word->text);
      if (!link) return args.mistake(link.error(), kExample);
      ci.url = std::move(*link);
    } else {
      return args.mistake(fmt::format("'{}' is neither pass, fail, pending nor a link.{}", shown(word->text),
                                      did_you_mean(word->text, kNames)),
                          kExample);
    }
  }
  if (const std::string typed = args.option("sha"); !typed.empty()) {
    auto commit = sha(typed);
    if (!commit) return args.mistake(commit.error(), kExample);
    ci.sha = std::move(*commit);
  }
  if (!ci.state && !ci.url.empty())
    return args.mistake("Say the result too: pass, fail or pending.", "ci pass https://ci.example.com/run/7");
  ci.repository = repository(args.option("repo"), *context.policy);
  return ci;
}

}  // namespace

Verb ci_verb() {
  return {
      .name = "ci",
      .group = Group::fix,
      .summary = "shows the checks, or records a result",
      .usage = "ci [pass|fail|pending] [--sha S] [url] [--repo R]",
      .details =
          "Alone it shows the checks of the fix. Results come from the forge by themselves; type one only when it "
          "cannot report.\n"
          "A result belongs to one commit: the head of the hotfix branch unless --sha names another.",
      .who = kEveryone,
      .examples = {"ci", "ci pass --sha 1a2b3c4", "ci fail https://ci.example.com/run/7"},
      .options = {{"sha"}, {"repo"}},
      .parse = parse,
  };
}

}  // namespace hotfixd::commands
