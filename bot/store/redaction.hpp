#pragma once

#include "bot/domain/decision.hpp"
#include "bot/ports/store.hpp"

// Blackening a text wherever the stores keep a copy of it. Every function returns how many places it
// changed. A needle is compared byte by byte; what contains it is replaced as a whole by kRedacted.

namespace hotfixd::store {

std::size_t redact_value(std::string& value, std::string_view needle);
// The erasable texts of an event; names, shas and reasons stay, as the chain covers them.
std::size_t redact_event(EventData& event, std::string_view needle);
// Also finds a needle that runs over several spans or lines: then the line, or the message, goes.
std::size_t redact_message(Message& message, std::string_view needle);
std::size_t redact_effect(Effect& effect, std::string_view needle);

// What the record says of an erasure that found so much.
Event erasure_event(const Erasure& erasure, const Erased& found, std::vector<std::string> digests);

}  // namespace hotfixd::store
