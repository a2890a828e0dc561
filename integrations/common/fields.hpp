// Reads named fields out of somebody else's JSON. The first thing that is wrong is remembered and
// everything read after it is empty, so a decoder reads all it needs and asks once at the end.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "bot/domain/basics.hpp"

namespace hotfixd::common {

// Paths are written with dots: "pull_request.head.ref". A field that is null counts as missing.
class Fields {
 public:
  explicit Fields(const nlohmann::json& root) : root_(root) {}

  // Needed text: one line (control characters become spaces) of at most 1,024 bytes, not empty.
  std::string text(std::string_view path);
  // The same, but may be missing; longer text is cut at `limit` bytes, between characters.
  std::string text_if_any(std::string_view path, std::size_t limit = 1024);
  // The same with its lines kept: CR LF becomes a newline, other control characters but tab become spaces.
  std::string lines_if_any(std::string_view path, std::size_t limit);
  // An object name: hexadecimal, at most 64 digits, given back in lower case. All zeros (git's
  // "none") and missing come back empty.
  std::string sha_if_any(std::string_view path);
  std::string sha(std::string_view path);
  // Whole numbers, not negative.
  std::uint64_t number(std::string_view path);
  std::uint64_t number_if_any(std::string_view path);
  bool flag(std::string_view path);  // missing = false
  // RFC 3339, or seconds since 1970 (GitHub writes repository.pushed_at both ways).
  std::optional<Time> time(std::string_view path);
  bool has(std::string_view path);
  // What stands there, nothing when it is missing.
  const nlohmann::json* at(std::string_view path) { return find(path); }
  bool is_null(std::string_view path);  // written as null, not left out
  // The text `field` of a list's only element; of none or several, nothing.
  std::string only(std::string_view list, std::string_view field);
  // The whole number `field` of each of a list's elements that has it.
  std::vector<std::uint64_t> numbers(std::string_view list, std::string_view field);
  bool all_zeros(std::string_view path);  // there, and git's "none"

  // Something that is the decoder's own finding. Keeps the first problem.
  void fail(std::string_view path, std::string_view why);
  const std::optional<Problem>& problem() const { return problem_; }

 private:
  const nlohmann::json* find(std::string_view path);
  const nlohmann::json* need(std::string_view path);
  std::optional<std::string> string_at(std::string_view path, const nlohmann::json* value);

  const nlohmann::json& root_;
  std::optional<Problem> problem_;
};

}  // namespace hotfixd::common
