#include <fmt/format.h>

#include <array>
#include <utility>

#include "commands/text.hpp"
#include "commands/values.hpp"
#include "commands/verb.hpp"

// The pages of /hotfix help, made from the verbs and the policy.

namespace hotfixd::commands {
namespace {

constexpr std::array<std::pair<Group, std::string_view>, 5> kHeadings{{
    {Group::declare, "Declare and decide"},
    {Group::fix, "Fix"},
    {Group::ship, "Ship and verify"},
    {Group::finish, "Finish"},
    {Group::any_time, "Any time"},
}};

// The four lines to know at two in the morning.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kFirst{{
    {"declare sev2 500s spiking on /checkout", "opens an incident here"},
    {"status", "where it stands and what comes next"},
    {"note 21:04 restarted the cart service", "keeps it in the timeline"},
    {"obligations", "what is still owed before it can close"},
}};

std::string slash(std::string_view line) { return fmt::format("/hotfix {}", line); }

void add_heading(Message& page, std::string_view text) {
  page.lines.push_back({});
  page.lines.push_back({bold(std::string(text))});
}

void add_definition(Message& page, const Policy& policy) {
  add_heading(page, "Severities");
  for (const auto& [severity, named] : policy.severities) {
    Line line{code(std::string(to_string(severity)))};
    if (!same_word(named.name, to_string(severity)) && !named.name.empty())
      line.push_back(plain(fmt::format(" ({})", named.name)));
    line.push_back(plain(fmt::format(": {}", named.meaning)));
    page.lines.push_back(std::move(line));
  }
  add_heading(page, "What a hotfix is");
  page.lines.push_back({plain(fmt::format("{} or worse{}", to_string(policy.threshold),
                                          policy.criteria.empty() ? "." : ", and one or more of:"))});
  for (std::size_t i = 0; i < policy.criteria.size(); ++i) {
    page.lines.push_back({plain(fmt::format("{}. {}", i + 1, policy.criteria[i]))});
  }
}

Message overview(const Policy& policy) {
  Message page;
  page.lines.push_back({bold("The four to begin with")});
  for (const auto& [line, what] : kFirst) page.lines.push_back({code(slash(line)), plain(fmt::format("  {}", what))});
  for (const auto& [group, heading] : kHeadings) {
    add_heading(page, heading);
    for (const Verb& verb : all_verbs()) {
      if (verb.group == group)
        page.lines.push_back({code(std::string(verb.name)), plain(fmt::format("  {}", verb.summary))});
    }
  }
  add_definition(page, policy);
  page.lines.push_back({});
  page.lines.push_back({code("/hotfix help <verb>"),
                        plain(" shows how to type it. From another channel put the incident first: "),
                        code("/hotfix HF-3 status")});
  return page;
}

// One line with what stands in backticks as code.
Line marked(std::string_view text) {
  Line line;
  for (bool in_code = false;; in_code = !in_code) {
    const std::size_t end = text.find('`');
    const std::string part(text.substr(0, end));
    if (!part.empty()) line.push_back(in_code ? code(part) : plain(part));
    if (end == std::string_view::npos) return line;
    text.remove_prefix(end + 1);
  }
}

void add_lines(Message& page, std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    page.lines.push_back(marked(text.substr(0, end)));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

Message page_of(const Verb& verb, const Policy& policy) {
  Message page;
  page.lines.push_back({code(slash(verb.usage)), plain(fmt::format("  {}", verb.summary))});
  add_lines(page, verb.details);
  add_heading(page, "Examples");
  for (const std::string_view example : verb.examples) page.lines.push_back({code(slash(example))});
  page.lines.push_back({});
  page.lines.push_back({bold("Who may: "), plain(fmt::format("{}.", verb.who))});
  if (verb.shows_definition) add_definition(page, policy);
  return page;
}

}  // namespace

std::expected<Message, UserError> help(std::string_view verb, const Policy& policy) {
  const std::string_view name = trim(verb);
  if (name.empty()) return overview(policy);
  if (const Verb* found = find_verb(name)) return page_of(*found, policy);
  if (const Verb* near = nearest_verb(name)) {
    return std::unexpected(UserError{fmt::format("Unknown verb '{}'. Did you mean {}?", shown(name), near->name),
                                     slash(fmt::format("help {}", near->name))});
  }
  return std::unexpected(UserError{fmt::format("Unknown verb '{}'.", shown(name)), slash("help")});
}

}  // namespace hotfixd::commands
