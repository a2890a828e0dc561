// Reads named fields out of what somebody else sent. The first thing that is wrong is remembered and
// everything read after it is empty, so a decoder reads all it needs and asks once at the end.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "bot/domain/basics.hpp"
#include "integrations/common/form.hpp"

namespace hotfixd::common {

// The fields that are text, whatever they stand in: JSON (Fields) or a form (FormReader).
class TextFields {
 public:
  // Needed text: one line (control characters become spaces) of at most 1,024 bytes, not empty.
  std::string text(std::string_view path);
  // The same, but may be missing; longer text is cut at `limit` bytes, between characters.
  std::string text_if_any(std::string_view path, std::size_t limit = 1024);
  // The same with its lines kept: CR LF becomes a newline, other control characters but tab become spaces.
  std::string lines_if_any(std::string_view path, std::size_t limit);
  // true, or the text "true"; missing, and everything else, is false.
  virtual bool truth(std::string_view path) = 0;

  // Something that is the decoder's own finding. Keeps the first problem.
  void fail(std::string_view path, std::string_view why);
  const std::optional<Problem>& problem() const { return problem_; }

 protected:
  ~TextFields() = default;

 private:
  // Nothing when it is missing, or something else than text, which is a problem.
  virtual const std::string* find_text(std::string_view path) = 0;

  std::optional<Problem> problem_;
};

// Fields of a form by their names; of several with one name, the first. The text shall be UTF-8.
class FormReader final : public TextFields {
 public:
  explicit FormReader(const FormFields& form) : form_(form) {}

  bool truth(std::string_view name) override;

 private:
  const std::string* find_text(std::string_view name) override;

  const FormFields& form_;
};

// Fields of JSON. Paths are written with dots: "pull_request.head.ref". A field that is null counts as missing.
class Fields final : public TextFields {
 public:
  explicit Fields(const nlohmann::json& root) : root_(root) {}

  // An object name: hexadecimal, at most 64 digits, given back in lower case. All zeros (git's
  // "none") and missing come back empty.
  std::string sha_if_any(std::string_view path);
  std::string sha(std::string_view path);
  // Whole numbers, not negative.
  std::uint64_t number(std::string_view path);
  std::uint64_t number_if_any(std::string_view path);
  bool flag(std::string_view path);  // missing = false
  bool truth(std::string_view path) override;
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

 private:
  const std::string* find_text(std::string_view path) override;
  const nlohmann::json* find(std::string_view path);
  const nlohmann::json* need(std::string_view path);

  const nlohmann::json& root_;
};

// At most 200 bytes, as text_if_any(); empty when it is not there, or no text.
std::string short_text(const nlohmann::json& root, std::string_view path);

// Of an answer of `api` ("GitHub") whose address is in `setting`. Such a call may have been carried out all the same.
std::unexpected<Problem> malformed_answer(std::string_view api, std::string_view setting, std::string_view what);

}  // namespace hotfixd::common
