#include "bot/store/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace hotfixd::store {
namespace {

Problem invalid(std::string what) { return {Problem::Kind::invalid, std::move(what), "", {}}; }

}  // namespace

std::optional<std::uint64_t> number_of(const IncidentId& id) {
  constexpr std::string_view kPrefix = "HF-";
  if (!id.starts_with(kPrefix) || id.size() == kPrefix.size() || id[kPrefix.size()] == '0') return std::nullopt;
  std::int64_t number = 0;  // signed, as SQLite's integers are
  const char* end = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data() + kPrefix.size(), end, number);
  if (error != std::errc{} || stop != end || number < 1) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::optional<Problem> wrong_call(std::span<const Commit> commits) {
  for (const auto& commit : commits) {
    for (const auto& append : commit.appends) {
      if (!number_of(append.head.id)) return invalid(fmt::format("\"{:.64}\" is not an incident id", append.head.id));
      if (append.head.version != append.expected_version + append.events.size())
        return invalid(fmt::format("{}: version {} does not follow from {} and {} events", append.head.id,
                                   append.head.version, append.expected_version, append.events.size()));
      if (append.head.version == 0) return invalid(append.head.id + ": an incident begins with an event");
    }
    for (const auto& item : commit.effects)
      if (item.key.empty()) return invalid("an effect without an idempotency key");
  }
  return std::nullopt;
}

std::vector<CommitOutcome> written_in_order(std::span<const Commit> commits,
                                            const std::function<CommitOutcome(const Commit&)>& write) {
  std::vector<CommitOutcome> outcomes;
  std::set<IncidentId> skipped;
  for (const auto& element : commits) {
    const bool follows =
        std::ranges::any_of(element.appends, [&](const Append& a) { return skipped.contains(a.head.id); });
    outcomes.push_back(follows ? CommitOutcome{CommitOutcome::Kind::version_conflict, {}} : write(element));
    if (outcomes.back().kind != CommitOutcome::Kind::committed)
      for (const auto& append : element.appends) skipped.insert(append.head.id);
  }
  return outcomes;
}

std::optional<Problem> wrong_erasure(const Erasure& erasure) {
  const auto wrong = [](std::string what, std::string mend) {
    return Problem{Problem::Kind::invalid, std::move(what), std::move(mend), {}};
  };
  if (erasure.words.size() < kShortestNeedle)
    return wrong("the text to redact is too short", fmt::format("give at least {} characters of it", kShortestNeedle));
  if (erasure.why.empty() || erasure.by.empty())
    return wrong("a redaction needs a reason and a name", "say why, and who does it");
  if (erasure.why.contains(erasure.words))
    return wrong("the reason is kept for good, and it repeats the words", "say why without them");
  return std::nullopt;
}

Problem no_such_incident(const IncidentId& id) {
  return {Problem::Kind::not_found, fmt::format("there is no incident {:.64}", id), "", {}};
}

}  // namespace hotfixd::store
