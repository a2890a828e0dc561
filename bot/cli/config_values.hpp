// Values as they are written in the configuration file: durations, times of day, quoted text; and the
// nearest word to a misspelt one.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::cli {

// "90s", "30m", "2h", "3d", also "1h30m" or "1h 30m": each unit at most once, the larger first. At most
// ten years.
std::optional<Seconds> parse_span(std::string_view text);
// The shortest such text: "1d", "1h30m", "0s".
std::string show_span(Seconds span);

// "00:00" to "23:59" as minutes after midnight.
std::optional<Minutes> parse_clock(std::string_view text);
std::string show_clock(Minutes minutes);

// As a TOML basic string, quotes included.
std::string toml_text(std::string_view text);
// As a TOML array of strings.
std::string toml_list(const std::vector<std::string>& words);

// The candidate with the fewest changed letters, when they are few enough to be a slip.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace hotfixd::cli
