// Single values as people type them: severities, people, commits, links, names. Errors are sentences
// for the person who typed; the verb adds the example.
#pragma once

#include <array>

#include "bot/domain/policy.hpp"
#include "commands/arguments.hpp"
#include "commands/text.hpp"
#include "commands/times.hpp"

namespace hotfixd::commands {

// "sev2", "SEV-2", "s2", "P2", "2", or the policy's own name for it; a comma or colon behind it is ignored.
std::optional<Severity> severity(std::string_view word, const Policy& policy);

// As severity(), but only what cannot be the first word of a summary: neither a bare number ("2 regions
// are down") nor Amazon's "S3".
std::optional<Severity> written_severity(std::string_view word, const Policy& policy);

// "sev9": meant as a severity, but none.
bool looks_like_severity(std::string_view word);

// "sev-1, sev-2, sev-3 or sev-4": the names to choose from.
std::string severity_names(const Policy& policy);

// Does the word begin like a person: "@bob", "<@U1…", "<at>Bob…"?
bool is_mention(std::string_view word);

// "@bob", "bob", "<@U123|bob>", "<@U123>", "<at>Bob</at>". A platform's id wins; otherwise the person
// of the policy with this id or name (ASCII case ignored); otherwise id and name as typed. Groups
// ("@channel", "<!here>") are no persons.
Value<Person> person(std::string_view text, const Policy& policy);

// The person that the words left name: one word, or several when the policy knows that name.
Value<Person> take_person(Arguments& args, const Policy& policy);

// 7 to 64 hexadecimal digits, lowered: a whole or abbreviated SHA-1 or SHA-256.
Value<std::string> sha(std::string_view word);

// http or https with a host, at most 2,000 bytes, without Slack's brackets.
Value<std::string> url(std::string_view word);
bool is_url(std::string_view word);

struct PullRequestName {
  std::uint64_t number = 0;
  std::string url;         // empty when only the number was typed
  std::string repository;  // the policy's name when the link says which; else empty
};
// "4821", "#4821", "!4821", or a link with /pull/4821 or /merge_requests/4821.
Value<PullRequestName> pull_request(std::string_view word, const Policy& policy);

// A tag, version or environment: what git allows in a name (git-check-ref-format(1)), at most 200 bytes.
Value<std::string> ref_name(std::string_view word);

// The part of a branch behind "hotfix/": lowered, spaces become '-', [a-z0-9._/-], at most 80 bytes.
Value<std::string> slug(std::string_view text);

// The policy's repository of this name in whatever case; as typed when there is none (the domain says so).
std::string repository(std::string_view word, const Policy& policy);
// Likewise a service.
std::string service(std::string_view word, const Policy& policy);

// Each value is one criterion in the policy's own words, its number in the policy, "all", or several
// of these with commas between. The result has the policy's words, each once, in its order.
Value<std::vector<std::string>> criteria(std::span<const std::string> values, const Policy& policy);

// "A1" from "A1", "a1", "1" and "#1", where `letter` is 'A'; anything else as typed.
std::string numbered_id(std::string_view word, char letter);

inline constexpr std::array kRoles{Role::commander, Role::owner, Role::communications, Role::scribe, Role::releaser};
inline constexpr std::array kAssessments{Assessment::reproduced, Assessment::not_reproduced, Assessment::config,
                                         Assessment::not_a_hotfix};
inline constexpr std::array kMitigations{Mitigation::rollback, Mitigation::flag, Mitigation::hotfix};
inline constexpr std::array kGates{Gate::branch, Gate::ci, Gate::approvals, Gate::scope, Gate::close};
inline constexpr std::array kRcaFields{RcaField::summary,
                                       RcaField::impact,
                                       RcaField::root_cause,
                                       RcaField::why_reached_production,
                                       RcaField::what_would_catch_it,
                                       RcaField::category,
                                       RcaField::went_well,
                                       RcaField::went_badly};

template <typename Enum, std::size_t N>
std::vector<std::string_view> names_of(const std::array<Enum, N>& all) {
  std::vector<std::string_view> names;
  for (const Enum value : all) names.push_back(to_string(value));
  return names;
}

// Takes the value that comes next; its name may be typed as several words ("not a hotfix").
template <typename Enum, std::size_t N>
std::optional<Enum> take_named(Arguments& args, const std::array<Enum, N>& all, std::size_t most_words) {
  const auto ahead = args.ahead(most_words);
  for (std::size_t count = ahead.size(); count > 0; --count) {
    std::string typed = ahead[0]->text;
    for (std::size_t i = 1; i < count; ++i) typed += ' ' + ahead[i]->text;
    for (const Enum value : all) {
      if (!same_word(to_string(value), typed)) continue;
      args.skip(count);
      return value;
    }
  }
  return std::nullopt;
}

// " Did you mean root_cause?" or nothing.
std::string did_you_mean(std::string_view typed, std::span<const std::string_view> names);

}  // namespace hotfixd::commands
