#include "bot/cli/guard_list.hpp"

#include <fmt/format.h>

#include "integrations/common/fields.hpp"
#include "integrations/common/json.hpp"

namespace hotfixd::cli {
namespace {

using common::Fields;
using nlohmann::json;

constexpr common::JsonLimits kLimits{.bytes = kMostListBytes, .nesting = 32, .values = 4'000'000};
constexpr std::size_t kFullId = 40;

std::unexpected<Problem> not_an_export(const std::string& key, const std::string& why) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = fmt::format("{} {}", key, why), .mend = {}, .retry_after = {}});
}

Result<const json*> list_at(const json& object, const char* name, const std::string& path) {
  if (!object.is_object()) return not_an_export(path, "is not an object");
  const std::string key = path.empty() ? name : path + "." + name;
  const auto found = object.find(name);
  if (found == object.end()) return not_an_export(key, "is missing");
  if (!found->is_array()) return not_an_export(key, "is not a list");
  return &*found;
}

// The first problem of `fields`, with the place of the object in front.
std::optional<std::unexpected<Problem>> wrong(const Fields& fields, const std::string& path) {
  if (!fields.problem()) return std::nullopt;
  Problem problem = *fields.problem();
  problem.what = path + ": " + problem.what;
  return std::unexpected(std::move(problem));
}

std::string full_id(Fields& fields, const char* name) {
  auto id = fields.sha(name);
  if (!fields.problem() && id.size() != kFullId) fields.fail(name, "is not a full commit id");
  return id;
}

Result<git::ShippedHotfix::Line> read_line(const json& one, const std::string& path) {
  if (!one.is_object()) return not_an_export(path, "is not an object");
  Fields fields(one);
  git::ShippedHotfix::Line line;
  line.name = fields.text("target");
  line.sha = fields.sha_if_any("sha");
  if (fields.has("acknowledged")) {
    if (!one.at("acknowledged").is_object()) fields.fail("acknowledged", "is not an object");
    line.acknowledged_sha = fields.sha_if_any("acknowledged.sha");
    line.by = fields.text_if_any("acknowledged.by");
    line.why = fields.text_if_any("acknowledged.why");
  }
  if (auto problem = wrong(fields, path)) return *problem;
  return line;
}

Result<void> read_hotfix(const json& one, const std::string& path, const std::string& incident, bool drill,
                         ShippedList& list) {
  if (!one.is_object()) return not_an_export(path, "is not an object");
  Fields fields(one);
  git::ShippedHotfix hotfix{.incident = incident,
                            .repository = fields.text("repository"),
                            .branch = fields.text_if_any("branch"),
                            .tag = fields.text_if_any("tag"),
                            .tag_sha = fields.sha_if_any("tag_sha"),
                            .base_tag = {},
                            .base_sha = {},
                            .head = {},
                            .lines = {}};
  // Left out, they would make everything green.
  for (const char* key : {"tag", "tag_sha"})
    if (!one.contains(key)) fields.fail(key, "is missing");
  const bool shipped = !drill && (!hotfix.tag.empty() || !hotfix.tag_sha.empty());
  if (shipped) {
    hotfix.tag = fields.text("tag");
    hotfix.tag_sha = full_id(fields, "tag_sha");
    hotfix.base_tag = fields.text("base_tag");
    hotfix.base_sha = full_id(fields, "base_sha");
    hotfix.head = fields.sha_if_any(fields.has("tagged_head") ? "tagged_head" : "head");
    if (!hotfix.head.empty() && hotfix.head.size() != kFullId) fields.fail("head", "is not a full commit id");
  }
  if (auto problem = wrong(fields, path)) return *problem;
  list.repositories.insert(hotfix.repository);
  if (!shipped) return {};
  auto lines = list_at(one, "merge_backs", path);
  if (!lines) return std::unexpected(lines.error());
  for (std::size_t i = 0; i < (*lines)->size(); ++i) {
    auto line = read_line((**lines)[i], fmt::format("{}.merge_backs[{}]", path, i));
    if (!line) return std::unexpected(line.error());
    hotfix.lines.push_back(std::move(*line));
  }
  list.hotfixes.push_back(std::move(hotfix));
  return {};
}

}  // namespace

void ShippedList::add(const Incident& incident) {
  for (const auto& h : incident.hotfixes) {
    repositories.insert(h.repository);
    if (incident.drill || h.tag.empty()) continue;
    git::ShippedHotfix hotfix{.incident = incident.id,
                              .repository = h.repository,
                              .branch = h.branch,
                              .tag = h.tag,
                              .tag_sha = h.tag_sha,
                              .base_tag = h.base_tag,
                              .base_sha = h.base_sha,
                              .head = h.tagged_head,
                              .lines = {}};
    for (const auto& [target, back] : h.merge_backs)
      hotfix.lines.push_back(
          {target, back.target_sha, back.acknowledged_sha, back.acknowledged_by.name, back.acknowledged_why});
    hotfixes.push_back(std::move(hotfix));
  }
}

Result<ShippedList> read_shipped_list(std::string_view text) {
  auto root = common::parse_json(text, kLimits);
  if (!root) return std::unexpected(root.error());
  auto incidents = list_at(*root, "incidents", {});
  if (!incidents) return std::unexpected(incidents.error());
  ShippedList list;
  for (std::size_t i = 0; i < (*incidents)->size(); ++i) {
    const std::string path = fmt::format("incidents[{}]", i);
    const json& incident = (**incidents)[i];
    auto hotfixes = list_at(incident, "hotfixes", path);
    if (!hotfixes) return std::unexpected(hotfixes.error());
    Fields fields(incident);
    const auto id = fields.text("id");
    const bool drill = fields.flag("drill");
    if (auto problem = wrong(fields, path)) return *problem;
    for (std::size_t n = 0; n < (*hotfixes)->size(); ++n) {
      auto read = read_hotfix((**hotfixes)[n], fmt::format("{}.hotfixes[{}]", path, n), id, drill, list);
      if (!read) return std::unexpected(read.error());
    }
  }
  return list;
}

}  // namespace hotfixd::cli
