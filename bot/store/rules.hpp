#pragma once

#include <span>

#include "bot/ports/store.hpp"

// What both stores hold a commit to before they touch anything, so that a wrong call changes nothing.

namespace hotfixd::store {

// The n of "HF-<n>"; nothing when the id is not of that form.
std::optional<std::uint64_t> number_of(const IncidentId& id);

// The first thing wrong with the commits (kind invalid): a malformed incident id, a head whose version
// does not follow from its events, a new incident without events, an effect without a key.
std::optional<Problem> wrong_call(std::span<const Commit> commits);

// A needle shorter than 3 characters would blacken half the record (kind invalid).
inline constexpr std::size_t kShortestNeedle = 3;
// Nor may the reason, which is kept, repeat the words, or be empty.
std::optional<Problem> wrong_erasure(const Erasure& erasure);

Problem no_such_incident(const IncidentId& id);

}  // namespace hotfixd::store
