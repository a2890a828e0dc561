#include "integrations/git/scope_findings.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "integrations/git/glob.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostFindings = 100;

// Names in lower case; globs.
constexpr std::array kDependencyNames{".gitmodules",
                                      "*.csproj",
                                      "*.fsproj",
                                      "*.gemspec",
                                      "*.vbproj",
                                      "build.gradle",
                                      "build.gradle.kts",
                                      "build.sbt",
                                      "bun.lock",
                                      "bun.lockb",
                                      "cargo.lock",
                                      "cargo.toml",
                                      "cartfile",
                                      "cartfile.resolved",
                                      "composer.json",
                                      "composer.lock",
                                      "conanfile.py",
                                      "conanfile.txt",
                                      "conan.lock",
                                      "constraints*.txt",
                                      "deno.lock",
                                      "deps.edn",
                                      "directory.packages.props",
                                      "environment.yml",
                                      "environment.yaml",
                                      "flake.lock",
                                      "gemfile",
                                      "gemfile.lock",
                                      "go.mod",
                                      "go.sum",
                                      "go.work",
                                      "go.work.sum",
                                      "gradle-wrapper.properties",
                                      "gradle.lockfile",
                                      "libs.versions.toml",
                                      "mix.exs",
                                      "mix.lock",
                                      "npm-shrinkwrap.json",
                                      "package-lock.json",
                                      "package.json",
                                      "package.resolved",
                                      "package.swift",
                                      "packages.config",
                                      "packages.lock.json",
                                      "paket.dependencies",
                                      "paket.lock",
                                      "pdm.lock",
                                      "pipfile",
                                      "pipfile.lock",
                                      "pnpm-lock.yaml",
                                      "podfile",
                                      "podfile.lock",
                                      "poetry.lock",
                                      "pom.xml",
                                      "project.clj",
                                      "pubspec.lock",
                                      "pubspec.yaml",
                                      "pyproject.toml",
                                      "rebar.config",
                                      "rebar.lock",
                                      "requirements*.in",
                                      "requirements*.txt",
                                      "settings.gradle",
                                      "settings.gradle.kts",
                                      "setup.cfg",
                                      "setup.py",
                                      "uv.lock",
                                      "vcpkg-configuration.json",
                                      "vcpkg.json",
                                      "yarn.lock"};
constexpr std::array kConfigNames{".env",
                                  ".env.*",
                                  "*.cfg",
                                  "*.conf",
                                  "*.config",
                                  "*.dockerfile",
                                  "*.env",
                                  "*.hcl",
                                  "*.ini",
                                  "*.properties",
                                  "*.tf",
                                  "*.tf.json",
                                  "*.tfvars",
                                  "*.toml",
                                  "*.yaml",
                                  "*.yml",
                                  "appsettings*.json",
                                  "containerfile",
                                  "containerfile.*",
                                  "dockerfile",
                                  "dockerfile.*",
                                  "jenkinsfile",
                                  "procfile",
                                  "vagrantfile"};
constexpr std::array kIndented{"*.coffee", "*.f",    "*.for", "*.fs",        "*.fsx",    "*.gd",      "*.haml",
                               "*.hs",     "*.mk",   "*.nim", "*.pug",       "*.py",     "*.pyi",     "*.sass",
                               "*.slim",   "*.yaml", "*.yml", "gnumakefile", "makefile", "makefile.*"};

std::string file_name(std::string_view path) {
  std::string name(path.substr(path.rfind('/') + 1));
  for (char& ch : name)
    if (ch >= 'A' && ch <= 'Z') ch = static_cast<char>(ch - 'A' + 'a');
  return name;
}

template <std::size_t N>
bool named(const std::array<const char*, N>& globs, const std::string& name) {
  return std::ranges::any_of(globs, [&](std::string_view glob) { return glob_matches(glob, name); });
}

// Is nothing left of the change when white space is ignored?
Result<bool> formatting_only(git_repository* repository, const git_diff_delta& delta) {
  if (delta.old_file.mode == GIT_FILEMODE_COMMIT || delta.new_file.mode == GIT_FILEMODE_COMMIT) return false;
  BlobHandle before, after;
  int rc = make(before, git_blob_lookup, repository, &delta.old_file.id);
  if (rc == 0) rc = make(after, git_blob_lookup, repository, &delta.new_file.id);
  if (rc < 0) return std::unexpected(damaged(last_problem(rc, "reading a changed file")));
  if (git_blob_is_binary(before.get()) != 0 || git_blob_is_binary(after.get()) != 0) return false;
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.flags =
      named(kIndented, file_name(delta.new_file.path)) ? GIT_DIFF_IGNORE_WHITESPACE_EOL : GIT_DIFF_IGNORE_WHITESPACE;
  options.flags |= GIT_DIFF_IGNORE_BLANK_LINES;
  PatchHandle patch;
  rc = make(patch, git_patch_from_blobs, before.get(), delta.old_file.path, after.get(), delta.new_file.path, &options);
  if (rc < 0) return std::unexpected(last_problem(rc, "comparing a changed file"));
  std::size_t added = 0, deleted = 0;
  rc = git_patch_line_stats(nullptr, &added, &deleted, patch.get());
  if (rc < 0) return std::unexpected(last_problem(rc, "comparing a changed file"));
  return added + deleted == 0;
}

}  // namespace

bool is_dependency_file(std::string_view path) { return named(kDependencyNames, file_name(path)); }
bool is_config_file(std::string_view path) { return !is_dependency_file(path) && named(kConfigNames, file_name(path)); }

Result<std::vector<ScopeFinding>> find_findings(git_repository* repository, const git_oid& before, const git_oid& after,
                                                const std::vector<std::string>& paths) {
  std::set<ScopeFinding> found;
  if (same(before, after)) return std::vector<ScopeFinding>{};
  auto diff = diff_trees(repository, before, after);
  if (!diff) return std::unexpected(diff.error());
  if (auto similar = find_similar(repository, diff->get(), nullptr); !similar) return std::unexpected(similar.error());
  for (std::size_t n = 0; n < git_diff_num_deltas(diff->get()) && found.size() < kMostFindings; ++n) {
    const git_diff_delta& delta = *git_diff_get_delta(diff->get(), n);
    const std::string path = delta.status == GIT_DELTA_DELETED ? delta.old_file.path : delta.new_file.path;
    const auto add = [&](Finding kind) { found.insert({kind, shown(path)}); };
    const bool submodule = delta.old_file.mode == GIT_FILEMODE_COMMIT || delta.new_file.mode == GIT_FILEMODE_COMMIT;
    if (submodule || is_dependency_file(path)) add(Finding::dependency);
    if (is_config_file(path)) add(Finding::config);
    if (!paths.empty() && !path_ignored(paths, path)) add(Finding::unrelated);
    if (delta.status != GIT_DELTA_MODIFIED && delta.status != GIT_DELTA_RENAMED) continue;
    if (same(delta.old_file.id, delta.new_file.id)) {
      add(Finding::rename_only);
      continue;
    }
    auto formatting = formatting_only(repository, delta);
    if (!formatting && formatting.error().kind == Problem::Kind::invalid) continue;  // too large to be compared
    if (!formatting) return std::unexpected(formatting.error());
    if (*formatting) add(Finding::formatting_only);
  }
  return std::vector<ScopeFinding>(found.begin(), found.end());
}

}  // namespace hotfixd::git
