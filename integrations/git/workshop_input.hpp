// What the workshop takes from people: paths, messages and signatures that git accepts, and the
// sentences for what it refuses. Internal to workshop.cpp.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "integrations/git/handle.hpp"
#include "integrations/git/workshop.hpp"

namespace hotfixd::git::workshop_input {

inline constexpr std::size_t kMaxPath = 4096;
inline constexpr std::size_t kMaxMessage = 64 * 1024;

inline std::unexpected<Problem> fail(Problem::Kind kind, std::string what, std::string mend = {}) {
  return std::unexpected(Problem{kind, std::move(what), std::move(mend), {}});
}

template <typename... Args>
std::unexpected<Problem> refused(fmt::format_string<Args...> what, Args&&... args) {
  return fail(Problem::Kind::refused, fmt::format(what, std::forward<Args>(args)...));
}
template <typename... Args>
std::unexpected<Problem> invalid(fmt::format_string<Args...> what, Args&&... args) {
  return fail(Problem::Kind::invalid, fmt::format(what, std::forward<Args>(args)...));
}
template <typename... Args>
std::unexpected<Problem> not_found(fmt::format_string<Args...> what, Args&&... args) {
  return fail(Problem::Kind::not_found, fmt::format(what, std::forward<Args>(args)...));
}

inline std::unexpected<Problem> git_failed(int rc, std::string_view doing) {
  return std::unexpected(last_problem(rc, doing));
}

inline bool has_nul(std::string_view text) { return text.find('\0') != text.npos; }

// For sentences: what a person typed, cut short and without control characters.
inline std::string quoted(std::string_view text) {
  std::size_t end = std::min<std::size_t>(text.size(), 120);
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;  // whole characters
  std::string shown(text.substr(0, end));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return "'" + shown + (end < text.size() ? "…'" : "'");
}

// A path in a repository, relative to its top.
inline Result<void> check_path(std::string_view path) {
  if (path.empty()) return invalid("a file path is empty");
  if (path.size() > kMaxPath) return invalid("the path {} is longer than {} bytes", quoted(path), kMaxPath);
  if (std::ranges::any_of(path, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return invalid("the path {} has a control character", quoted(path));
  }
  if (path.front() == '/')
    return fail(Problem::Kind::invalid, fmt::format("the path {} begins with '/'", quoted(path)),
                "name files relative to the top of the repository");
  for (std::size_t begin = 0; begin <= path.size();) {
    const auto end = std::min(path.find('/', begin), path.size());
    std::string part(path.substr(begin, end - begin));
    std::ranges::transform(part, part.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    // git~1 is what Windows calls .git; git fsck counts both as an attack.
    if (part.empty() || part == "." || part == ".." || part == ".git" || part == "git~1") {
      return invalid("the path {} has a part that git does not allow: {}", quoted(path), quoted(part));
    }
    begin = end + 1;
  }
  return {};
}

// With trailing blanks and surplus newlines removed, and one newline at the end, as git commit does.
inline Result<std::string> tidy_message(const std::string& text) {
  if (has_nul(text) || text.size() > kMaxMessage) {
    return invalid("a commit message has a NUL or more than {} bytes", kMaxMessage);
  }
  git_buf buffer = GIT_BUF_INIT;
  const int rc = git_message_prettify(&buffer, text.c_str(), 0, '#');
  std::string tidy(rc < 0 || buffer.ptr == nullptr ? "" : std::string_view(buffer.ptr, buffer.size));
  git_buf_dispose(&buffer);
  if (rc < 0) return git_failed(rc, "tidying a commit message");
  if (tidy.empty()) return invalid("a commit needs a subject");
  return tidy;
}

inline Result<SignatureHandle> to_git(const Signature& signature) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(signature.at).time_since_epoch().count();
  if (seconds < 0) return invalid("git knows no time before 1970");
  SignatureHandle made;
  if (has_nul(signature.name) || has_nul(signature.email) ||
      make(made, git_signature_new, signature.name.c_str(), signature.email.c_str(), static_cast<git_time_t>(seconds),
           0) < 0) {
    return invalid("{} <{}> cannot sign a commit: git wants a name and an address without angle brackets",
                   quoted(signature.name), quoted(signature.email));
  }
  return made;
}

}  // namespace hotfixd::git::workshop_input
