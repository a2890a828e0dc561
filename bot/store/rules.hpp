#pragma once

#include <functional>
#include <span>

#include "bot/ports/store.hpp"

// What both stores hold a commit to before they touch anything, so that a wrong call changes nothing.

namespace hotfixd::store {

// The n of "HF-<n>"; nothing when the id is not of that form.
std::optional<std::uint64_t> number_of(const IncidentId& id);

// The first thing wrong with the commits (kind invalid): a malformed incident id, a head whose version
// does not follow from its events, a new incident without events, an effect without a key.
std::optional<Problem> wrong_call(std::span<const Commit> commits);

// Writes one after the other; `write` takes an element as a whole or not at all. What follows on something that was
// skipped is a conflict, whatever its version says: it was decided on events that are not there.
std::vector<CommitOutcome> written_in_order(std::span<const Commit> commits,
                                            const std::function<CommitOutcome(const Commit&)>& write);

// A needle shorter than 3 characters would blacken half the record (kind invalid).
inline constexpr std::size_t kShortestNeedle = 3;
// Nor may the reason, which is kept, repeat the words, or be empty.
std::optional<Problem> wrong_erasure(const Erasure& erasure);

Problem no_such_incident(const IncidentId& id);

}  // namespace hotfixd::store
