// A secret and where it comes from. The configuration file names secrets, it never holds them.
#pragma once

#include <expected>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

namespace hotfixd::cli {

// Never prints, compares or formats its value: the one way to it is reveal(), at the place that sends it.
class Secret {
 public:
  Secret(std::string value, std::string origin) : value_(std::move(value)), origin_(std::move(origin)) {}

  const std::string& reveal() const { return value_; }
  // "env:NAME" or "file:PATH": fit for logs.
  const std::string& origin() const { return origin_; }

 private:
  std::string value_;
  std::string origin_;
};

// Writes the origin only.
std::ostream& operator<<(std::ostream& out, const Secret& secret);

struct SecretError {
  std::string what;
  std::string mend;
};

// Where a secret is, for one that only some commands need: it is read when it is used, and may be missing before.
struct SecretPlace {
  std::string reference;  // "env:NAME" or "file:PATH"
  std::filesystem::path base_dir;
};

// Nothing when `reference` is of one of the two forms.
std::optional<SecretError> wrong_place(std::string_view reference);

// Reads "env:NAME" or "file:PATH" (relative to `base_dir`). A trailing newline of the file is cut. Refused:
// anything else (its text is not repeated, it may be the secret itself), an unset or empty variable, a file
// that is empty, larger than 64 KiB, not a regular file, or readable by every user of the machine.
std::expected<Secret, SecretError> read_secret(std::string_view reference, const std::filesystem::path& base_dir);

}  // namespace hotfixd::cli
