#include "integrations/git/handle.hpp"

#include <git2/sys/merge.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <mutex>
#include <system_error>
#include <vector>

namespace hotfixd::git {
namespace {

constexpr std::size_t kLargestKeptTree = 64 * 1024;  // bytes
constexpr ssize_t kCacheBytes = 128 << 20;           // of all repositories together

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Problem::Kind kind_of(int rc, int error_class, std::string_view text) {
  if (contains(text, "No space left") || contains(text, "Disk quota")) return Problem::Kind::full;
  switch (rc) {
    case GIT_ENOTFOUND:
      return Problem::Kind::not_found;
    case GIT_EEXISTS:
      return Problem::Kind::exists_elsewhere;
    case GIT_ELOCKED:
      return Problem::Kind::locked;
    case GIT_EAUTH:
      return Problem::Kind::credentials;
    case GIT_EINVALIDSPEC:
      return Problem::Kind::invalid;
    case GIT_EMISMATCH:
      return Problem::Kind::corrupt;
    default:
      break;
  }
  switch (error_class) {
    case GIT_ERROR_NET:
    case GIT_ERROR_HTTP:
    case GIT_ERROR_SSH:
    case GIT_ERROR_SSL:
    case GIT_ERROR_CALLBACK:  // one of ours said no
      return Problem::Kind::unreachable;
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_ODB:
      return Problem::Kind::corrupt;
    case GIT_ERROR_NOMEMORY:  // libgit2 has one text for it, and the gate others
      return contains(text, "Out of memory") ? Problem::Kind::internal : Problem::Kind::invalid;
    default:
      return Problem::Kind::internal;
  }
}

constexpr const char* kSystemAuthorities = "/etc/ssl/certs/ca-certificates.crt";  // Debian's, which libgit2 starts with

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<void> load_authorities(const std::string& path) {
  if (const int rc = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, path.c_str(), nullptr); rc < 0)
    return std::unexpected(last_problem(rc, "reading the certificates in " + path));
  return {};
}

// libgit2 takes one file, which takes the place of all before: so one that holds them all.
Result<void> load_together(const std::vector<std::string>& files) {
  std::string all = content_of(kSystemAuthorities);
  for (const std::string& file : files) all += "\n" + content_of(file);
  const int memory = ::memfd_create("authorities", MFD_CLOEXEC);
  std::size_t written = 0;
  while (memory >= 0 && written < all.size()) {
    const auto count = ::write(memory, all.data() + written, all.size() - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (memory < 0 || written < all.size()) {
    const std::string why = std::generic_category().message(errno);
    if (memory >= 0) ::close(memory);
    return std::unexpected(Problem{Problem::Kind::internal, "gathering the trusted certificates: " + why, "", {}});
  }
  auto loaded = load_authorities("/proc/self/fd/" + std::to_string(memory));
  ::close(memory);
  return loaded;
}

}  // namespace

Problem last_problem(int rc, std::string_view doing) {
  const git_error* last = git_error_last();
  const std::string text = last != nullptr && last->message != nullptr ? last->message : "libgit2 gave no reason";
  const int error_class = last != nullptr ? last->klass : GIT_ERROR_NONE;
  git_error_clear();
  return {.kind = kind_of(rc, error_class, text), .what = std::string(doing) + ": " + text};
}

Result<void> start_library(const std::string& ca_file) {
  static std::mutex mutex;
  static bool started = false;
  static std::vector<std::string> ca_files;
  const std::lock_guard lock(mutex);
  if (!started) {
    if (const int rc = git_libgit2_init(); rc < 0) return std::unexpected(last_problem(rc, "starting libgit2"));
    for (const int level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
      if (const int rc = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, ""); rc < 0)
        return std::unexpected(last_problem(rc, "setting libgit2's configuration path"));
    }
    if (const int rc = git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0); rc < 0)
      return std::unexpected(last_problem(rc, "setting libgit2's owner check"));
    // A tree is made of the entries of others, and in a partial clone their files need not be there.
    if (const int rc = git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0); rc < 0)
      return std::unexpected(last_problem(rc, "setting libgit2's check of what is written"));
    // Attributes are read from wherever the repository is, and `merge=union` there would make of a conflict both sides.
    if (const int rc = git_merge_driver_unregister("union"); rc < 0)
      return std::unexpected(last_problem(rc, "taking libgit2's union merges away"));
    // It keeps no tree above 4 KiB by itself, and the upper ones of a large repository are read again and again.
    if (const int rc = git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, kLargestKeptTree); rc < 0)
      return std::unexpected(last_problem(rc, "setting libgit2's cache"));
    if (const int rc = git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kCacheBytes); rc < 0)
      return std::unexpected(last_problem(rc, "setting libgit2's cache"));
    started = true;
  }
  if (ca_file.empty() || std::ranges::find(ca_files, ca_file) != ca_files.end()) return {};
  auto loaded = load_authorities(ca_file);  // alone: among others a file without certificates would not be noticed
  if (loaded) ca_files.push_back(ca_file);
  auto together = load_together(ca_files);
  if (!loaded) {
    loaded.error().kind = Problem::Kind::invalid;
    loaded.error().mend = "give a PEM file with the certificate authority of the git server";
    return loaded;
  }
  return together;
}

std::string to_hex(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, &oid);
}

std::string short_hex(const git_oid& oid) { return to_hex(oid).substr(0, 7); }

Result<git_oid> parse_oid(std::string_view hex) {
  git_oid oid;
  if (hex.size() != GIT_OID_HEXSZ || git_oid_fromstrn(&oid, hex.data(), hex.size()) != 0) {
    git_error_clear();
    return std::unexpected(Problem{.kind = Problem::Kind::invalid,
                                   .what = "\"" + std::string(hex.substr(0, 80)) + "\" is not a full commit id"});
  }
  return oid;
}

}  // namespace hotfixd::git
