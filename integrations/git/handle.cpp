#include "integrations/git/handle.hpp"

#include <cerrno>
#include <mutex>

namespace hotfixd::git {
namespace {

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
      return Problem::Kind::unreachable;
    case GIT_ERROR_ZLIB:
    case GIT_ERROR_ODB:
      return Problem::Kind::corrupt;
    default:
      return Problem::Kind::internal;
  }
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
  static std::string loaded_ca_file;
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
    started = true;
  }
  if (!ca_file.empty() && ca_file != loaded_ca_file) {
    if (const int rc = git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, ca_file.c_str(), nullptr); rc < 0) {
      Problem problem = last_problem(rc, "reading the certificates in " + ca_file);
      problem.kind = Problem::Kind::invalid;
      problem.mend = "give a PEM file with the certificate authority of the git server";
      return std::unexpected(std::move(problem));
    }
    loaded_ca_file = ca_file;
  }
  return {};
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
