// What is read of answers in this room: names cut to what is shown, and what is said of an answer that is not as
// described.
#pragma once

#include <nlohmann/json.hpp>

#include "bot/domain/basics.hpp"

namespace hotfixd::github {

// Such a call may have been carried out all the same.
std::unexpected<Problem> malformed(std::string_view what);

// At most 200 bytes; empty when it is not there, or no text.
std::string text_at(const nlohmann::json& root, std::string_view path);
std::uint64_t number_at(const nlohmann::json& root, std::string_view path);

// The objects of a list, newest first, whatever order they came in.
std::vector<nlohmann::json> by_id(const nlohmann::json& list);

}  // namespace hotfixd::github
