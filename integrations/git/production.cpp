#include "integrations/git/production.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "integrations/git/shell_command.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

std::unexpected<Problem> not_found(std::string what, std::string mend) {
  return std::unexpected(Problem{Problem::Kind::not_found, std::move(what), std::move(mend), {}});
}

Result<git_oid> production_head(const Mirror& mirror, const RepositoryPolicy& policy) {
  const auto head = mirror.commit_of("refs/heads/" + policy.production_branch);
  if (!head)
    return not_found(fmt::format("the production branch {} is not on the origin", policy.production_branch),
                     "set production_branch of the repository");
  return *head;
}

// The newest release of one family that `head` contains.
Result<std::optional<std::string>> newest_in(Mirror& mirror, const git_oid& head, const std::string& prefix) {
  std::vector<const VersionTag*> releases;
  for (const VersionTag& tag : mirror.version_tags())
    if (tag.version.prefix == prefix && tag.version.pre_release.empty()) releases.push_back(&tag);
  std::ranges::sort(releases, [](const VersionTag* a, const VersionTag* b) {
    const int order = compare(a->version, b->version);
    return order != 0 ? order > 0 : a->name < b->name;
  });
  for (const VersionTag* tag : releases) {
    auto contained = contains_commit(mirror.repository(), head, tag->commit);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) return tag->name;
  }
  return std::nullopt;
}

Result<std::string> newest_tag(Mirror& mirror, const MirrorOptions& options, const RepositoryPolicy& policy,
                               const std::string& known_production) {
  auto head = production_head(mirror, policy);
  if (!head) return std::unexpected(head.error());
  std::vector<std::string> families;
  if (!options.tag_prefix.empty()) {
    families = {options.tag_prefix};
  } else {
    if (const auto known = parse_version(known_production)) families.push_back(known->prefix);
    families.insert(families.end(), {"v", ""});
    std::set<std::string> others;
    for (const VersionTag& tag : mirror.version_tags()) others.insert(tag.version.prefix);
    families.insert(families.end(), others.begin(), others.end());
  }
  for (const std::string& family : families) {
    auto newest = newest_in(mirror, *head, family);
    if (!newest) return std::unexpected(newest.error());
    if (*newest) return **newest;
  }
  const std::string example = (options.tag_prefix.empty() ? "v" : options.tag_prefix) + "1.2.3";
  return not_found(fmt::format("no release tag such as {} is reachable from {}", example, policy.production_branch),
                   "tag what is in production, or configure how the production tag is found");
}

// `value` is a version tag, or a branch or tag on the same commit as one.
Result<std::string> fixed_tag(Mirror& mirror, const std::string& value) {
  if (parse_version(value) && mirror.commit_of("refs/tags/" + value)) return value;
  for (const std::string& ref : {value, "refs/tags/" + value, "refs/heads/" + value}) {
    const auto commit = mirror.commit_of(ref);
    if (!commit) continue;
    const VersionTag* best = nullptr;
    for (const VersionTag& tag : mirror.version_tags()) {
      if (!same(tag.commit, *commit) || !tag.version.pre_release.empty()) continue;
      if (best == nullptr || compare(tag.version, best->version) > 0) best = &tag;
    }
    if (best != nullptr) return best->name;
    return not_found(fmt::format("production ({}) is at {}, which has no version tag", value, short_hex(*commit)),
                     "tag that commit with its version");
  }
  return not_found(fmt::format("the production tag {} is not on the origin", value),
                   "correct the configured production tag");
}

Result<std::string> commanded_tag(Mirror& mirror, const std::string& command) {
  auto line = first_line_of(command);
  if (!line) return std::unexpected(line.error());
  if (!parse_version(*line) || !mirror.commit_of("refs/tags/" + *line))
    return not_found(
        fmt::format("the command for the production tag printed \"{}\", which is no version tag of the origin",
                    line->substr(0, 80)),
        "run it by hand");
  return line;
}

// What deploys it says what is there, also after a rollback: no newer tag of the record or of git counts.
Result<std::string> asked_tag(Mirror& mirror, const std::function<Result<std::string>()>& ask) {
  auto tag = ask();
  if (!tag) return tag;
  if (!parse_version(*tag) || !mirror.commit_of("refs/tags/" + *tag))
    return not_found(fmt::format("what is deployed, {}, is no version tag of the origin", tag->substr(0, 80)),
                     "name the production tag with --from");
  return tag;
}

}  // namespace

Result<std::string> find_production_tag(Mirror& mirror, const MirrorOptions& options, const RepositoryPolicy& policy,
                                        const std::string& known_production) {
  using Source = MirrorOptions::Production::Source;
  if (options.production.source == Source::asked) return asked_tag(mirror, options.production.ask);
  Result<std::string> found;
  switch (options.production.source) {
    case Source::newest_tag:
      found = newest_tag(mirror, options, policy, known_production);
      break;
    case Source::fixed:
      found = fixed_tag(mirror, options.production.value);
      break;
    case Source::command:
      found = commanded_tag(mirror, options.production.value);
      break;
    case Source::asked:
      break;
  }
  const bool known_exists = parse_version(known_production) && mirror.commit_of("refs/tags/" + known_production);
  if (!known_exists) return found;
  if (!found) return found.error().kind == Problem::Kind::not_found ? Result<std::string>(known_production) : found;
  return newer(known_production, *found) ? known_production : *found;
}

Result<void> check_production_history(Mirror& mirror, const RepositoryPolicy& policy, const std::string& tag,
                                      const git_oid& commit, const std::string& known_production) {
  if (!known_production.empty() && tag == known_production) return {};
  if (const auto head = mirror.commit_of("refs/heads/" + policy.production_branch)) {
    auto contained = contains_commit(mirror.repository(), *head, commit);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) return {};
  }
  const auto known = mirror.commit_of("refs/tags/" + known_production);
  if (known && newer(known_production, tag)) {
    auto contained = contains_commit(mirror.repository(), *known, commit);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) return {};
  }
  return std::unexpected(Problem{Problem::Kind::refused,
                                 fmt::format("{} ({}) is not in the production history: {} does not contain it", tag,
                                             short_hex(commit), policy.production_branch),
                                 "branch from a tag that was in production",
                                 {}});
}

}  // namespace hotfixd::git
