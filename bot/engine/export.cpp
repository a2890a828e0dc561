#include "bot/engine/export.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bot/domain/cards.hpp"
#include "bot/domain/timeline.hpp"
#include "bot/domain/zone.hpp"

namespace hotfixd {
namespace {

using nlohmann::ordered_json;

ordered_json time_or_null(const std::optional<Time>& t) {
  return t ? ordered_json(format_rfc3339(*t)) : ordered_json(nullptr);
}

std::string_view milestone_name(Milestone m) {
  switch (m) {
    case Milestone::branch:
      return "branch_cut";
    case Milestone::pull_request:
      return "pull_request_opened";
    case Milestone::ci:
      return "ci_green";
    case Milestone::approvals:
      return "approvals";
    case Milestone::merged:
      return "merged";
    case Milestone::tagged:
      return "tagged";
    case Milestone::deployed:
      return "deployed";
    case Milestone::verified:
      return "verified";
    case Milestone::resolved:
      return "resolved";
    case Milestone::closed:
      return "closed";
    default:
      return {};
  }
}

ordered_json milestones(const Incident& i) {
  ordered_json out{{"declared", format_rfc3339(i.declared.at)}};
  for (const auto& e : i.timeline) {
    if (e.milestone == Milestone::signal && !e.removed) out["signal"] = format_rfc3339(e.occurred_at);
    const auto name = milestone_name(e.milestone);
    if (!name.empty() && !e.removed && !out.contains(name)) out[std::string(name)] = format_rfc3339(e.occurred_at);
  }
  return out;
}

ordered_json test_json(const RegressionTest& run) {
  return {{"state", to_string(*run.outcome)},
          {"sha", run.sha},
          {"by", run.means},
          {"at", format_rfc3339(run.ordered.at)},
          {"detail", run.detail},
          {"url", run.url},
          {"output", run.output}};
}

ordered_json forecast_json(const Forecast& forecast) {
  ordered_json lines = ordered_json::array(), pull_requests = ordered_json::array();
  for (const auto& line : forecast.lines) {
    ordered_json files = ordered_json::array();
    for (const auto& file : line.files) {
      ordered_json changes = ordered_json::array();
      for (const auto& change : file.changes)
        changes.push_back({{"author", change.author}, {"sha", change.sha}, {"at", format_rfc3339(change.at)}});
      files.push_back({{"path", file.path}, {"what", file.what}, {"changes", std::move(changes)}});
    }
    lines.push_back({{"target", line.target},
                     {"sha", line.target_sha},
                     {"outlook", to_string(line.outlook)},
                     {"why", line.why},
                     {"files", std::move(files)}});
  }
  for (const auto& pr : forecast.pull_requests)
    pull_requests.push_back({{"number", pr.number},
                             {"title", pr.title.value},
                             {"author", pr.author},
                             {"url", pr.url},
                             {"base", pr.base},
                             {"draft", pr.draft},
                             {"paths", pr.paths}});
  return {{"lines", std::move(lines)},
          {"pull_requests", std::move(pull_requests)},
          {"not_looked_at", forecast.not_looked_at},
          {"unread", forecast.unread}};
}

ordered_json hotfix_json(const Hotfix& h) {
  ordered_json merge_backs = ordered_json::array();
  for (const auto& [target, mb] : h.merge_backs) {
    ordered_json one{{"target", target},
                     {"verdict", to_string(mb.verdict)},
                     {"sha", mb.target_sha},
                     {"explanation", mb.explanation}};
    if (!mb.acknowledged_sha.empty())
      one["acknowledged"] = {
          {"sha", mb.acknowledged_sha}, {"by", mb.acknowledged_by.name}, {"why", mb.acknowledged_why}};
    if (const auto run = h.tested.find(target); run != h.tested.end()) one["regression_test"] = test_json(run->second);
    merge_backs.push_back(std::move(one));
  }
  ordered_json pull_requests = ordered_json::array();
  for (const auto& pr : h.pull_requests)
    pull_requests.push_back({{"number", pr.number},
                             {"url", pr.url},
                             {"title", pr.title},
                             {"base", pr.base},
                             {"author", pr.author.name},
                             {"open", pr.open},
                             {"landing_sha", pr.landing_sha}});
  ordered_json checks = ordered_json::array();
  if (const auto it = h.checks.find(h.head); it != h.checks.end())
    for (const auto& [context, check] : it->second)
      checks.push_back({{"context", context},
                        {"state", to_string(check.state)},
                        {"source", to_string(check.stamp.source)},
                        {"at", format_rfc3339(check.stamp.at)}});
  ordered_json reviews = ordered_json::array();
  for (const auto& [of, review] : h.reviews)
    reviews.push_back({{"by", of.first},
                       {"pull_request", of.second},
                       {"verdict", to_string(review.verdict)},
                       {"sha", review.sha},
                       {"source", to_string(review.stamp.source)},
                       {"at", format_rfc3339(review.stamp.at)}});
  return {{"repository", h.repository},
          {"base_tag", h.base_tag},
          {"base_sha", h.base_sha},
          {"branch", h.branch},
          {"version", h.version},
          {"head", h.head},
          {"tag", h.tag},
          {"tag_sha", h.tag_sha},
          {"tagged_head", h.tagged_head},
          {"tag_evidence", h.tag_evidence},
          {"author", h.pull_requests.empty() ? std::string{} : h.pull_requests.front().author.name},
          {"commit_authors", h.commit_authors},
          {"files", h.files},
          {"lines", h.lines},
          {"pull_requests", pull_requests},
          {"checks", checks},
          {"reviews", reviews},
          {"environments", h.environments},
          {"merge_backs", merge_backs},
          {"forecast", h.forecast ? forecast_json(*h.forecast) : ordered_json(nullptr)}};
}

ordered_json deployments_json(const Incident& i) {
  ordered_json all = ordered_json::array();
  for (const auto& run : i.deployments)
    all.push_back({{"key", run.key},
                   {"repository", run.repository},
                   {"tag", run.tag},
                   {"sha", run.sha},
                   {"environment", run.environment},
                   {"replaces", run.replaces},
                   {"rollback", run.rollback},
                   {"ordered_by", run.ordered.by.name},
                   {"ordered_at", format_rfc3339(run.ordered.at)},
                   {"evidence", run.evidence},
                   {"url", run.url},
                   {"outcome", run.outcome ? ordered_json(to_string(*run.outcome)) : ordered_json(nullptr)},
                   {"detail", run.detail},
                   {"output", run.output}});
  return all;
}

std::string csv_field(const std::string& text) {
  // A leading = + - @ would be a formula in a sheet.
  std::string safe =
      !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos ? "'" + text : text;
  if (safe.find_first_of(",\"\n\r") == std::string::npos) return safe;
  std::string out = "\"";
  for (const char ch : safe) {
    if (ch == '"') out += '"';
    out += ch;
  }
  return out + "\"";
}

// Markdown special characters in what people typed are shown, not obeyed.
std::string md(std::string_view text) {
  std::string out;
  for (const char ch : text) {
    if (std::string_view("\\`*_{}[]<>#|").find(ch) != std::string_view::npos) out += '\\';
    out += ch == '\n' ? ' ' : ch;
  }
  return out;
}

}  // namespace

std::string export_json(const Incident& i, const Policy& policy, const MessageCounts& counts, int indent) {
  ordered_json hotfixes = ordered_json::array(), obligations = ordered_json::array(), lines = ordered_json::array(),
               pings = ordered_json::array();
  for (const auto& h : i.hotfixes) hotfixes.push_back(hotfix_json(h));
  for (const auto& o : i.obligations)
    obligations.push_back({{"id", o.id},
                           {"kind", to_string(o.kind)},
                           {"repository", o.repository},
                           {"target", o.target},
                           {"owner", o.owner.name},
                           {"state", to_string(o.state)},
                           {"opened_at", format_rfc3339(o.opened_at)},
                           {"due", format_rfc3339(o.due)},
                           {"met_at", time_or_null(o.met_at)},
                           {"evidence", o.evidence}});
  for (const auto& line : timeline(i, policy))
    lines.push_back({{"at", format_rfc3339(line.at)},
                     {"recorded_at", format_rfc3339(line.recorded_at)},
                     {"text", line.text},
                     {"source", to_string(line.source)},
                     {"author", line.author}});
  for (const auto& p : i.pings)
    pings.push_back(
        {{"at", format_rfc3339(p.at)}, {"to", p.to.name}, {"obligations", p.obligations}, {"level", p.level}});
  ordered_json mitigations = ordered_json::array(), overrides = ordered_json::array(), actions = ordered_json::array();
  for (const auto& m : i.mitigations)
    mitigations.push_back({{"kind", to_string(m.kind)},
                           {"what", m.what},
                           {"why", m.why},
                           {"by", m.stamp.by.name},
                           {"at", format_rfc3339(m.stamp.at)}});
  for (const auto& o : i.overrides)
    overrides.push_back({{"id", o.id},
                         {"gate", o.gate},
                         {"why", o.why},
                         {"asked_by", o.asked.by.name},
                         {"asked_at", format_rfc3339(o.asked.at)},
                         {"confirmed_by", o.confirmed ? ordered_json(o.confirmed->by.name) : ordered_json(nullptr)},
                         {"declined", o.declined}});
  for (const auto& a : i.actions)
    actions.push_back({{"id", a.id},
                       {"what", a.what},
                       {"owner", a.owner.name},
                       {"due", format_rfc3339(a.due)},
                       {"done_at", time_or_null(a.done_at)}});
  ordered_json roles = ordered_json::object(), rca = ordered_json::object(), fields = ordered_json::object();
  for (const auto& [role, person] : i.roles) roles[std::string(to_string(role))] = person.name;
  for (const auto& [field, text] : i.rca.fields) fields[std::string(to_string(field))] = text;
  rca = {{"fields", fields},
         {"submitted_by", i.rca.submitted ? ordered_json(i.rca.submitted->by.name) : ordered_json(nullptr)},
         {"approved_by", i.rca.approved ? ordered_json(i.rca.approved->by.name) : ordered_json(nullptr)}};
  const ordered_json out{{"id", i.id},
                         {"summary", i.summary},
                         {"severity", to_string(i.severity)},
                         {"status", to_string(i.status())},
                         {"channel", i.channel},
                         {"drill", i.drill},
                         {"service", i.service},
                         {"declared_by", i.declared.by.name},
                         {"criteria", i.criteria},
                         {"below_threshold_reason", i.below_threshold_reason},
                         {"assessment", i.assessment ? ordered_json(to_string(*i.assessment)) : ordered_json(nullptr)},
                         {"roles", roles},
                         {"mitigations", mitigations},
                         {"hotfixes", hotfixes},
                         {"deployments", deployments_json(i)},
                         {"obligations", obligations},
                         {"timeline", lines},
                         {"milestones", milestones(i)},
                         {"overrides", overrides},
                         {"rca", rca},
                         {"actions", actions},
                         {"pings", pings},
                         {"events", i.version},
                         {"posts", counts.posts},
                         {"edits", counts.edits}};
  return out.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

std::string export_csv(const Incident& i, const Policy& policy) {
  std::string out = "at,recorded_at,source,author,text\r\n";
  for (const auto& line : timeline(i, policy))
    out += fmt::format("{},{},{},{},{}\r\n", format_rfc3339(line.at), format_rfc3339(line.recorded_at),
                       to_string(line.source), csv_field(line.author), csv_field(line.text));
  return out;
}

std::string export_markdown(const Incident& i, const Policy& policy) {
  std::string out = fmt::format("# {} {}\n\n{}, {}, {}declared {} by {}\n\n## Timeline ({})\n\n", i.id, md(i.summary),
                                severity_name(i.severity, policy), to_string(i.status()),
                                i.service.empty() ? "" : "service " + md(i.service) + ", ",
                                format_rfc3339(i.declared.at), md(i.declared.by.name), policy.zone);
  for (const auto& line : timeline(i, policy))
    out += fmt::format("- {} {} {}{}\n", format_day(line.at, policy.zone), format_clock(line.at, policy.zone),
                       line.author.empty() ? "" : md(line.author) + ": ", md(line.text));
  if (!i.hotfixes.empty()) out += "\n## Hotfixes\n\n";
  for (const auto& h : i.hotfixes) {
    out += fmt::format("- {}: {} from {} ({}), {} at {}\n", md(h.repository), md(h.branch), md(h.base_tag),
                       short_sha(h.base_sha), h.tag.empty() ? "not tagged" : md(h.tag),
                       short_sha(h.tag_sha.empty() ? h.head : h.tag_sha));
    for (const auto& line : h.tag_evidence) out += fmt::format("  - {} was tagged on: {}\n", md(h.tag), md(line));
    for (const auto& [target, mb] : h.merge_backs) {
      out += fmt::format("  - {}: {} {}\n", md(target), to_string(mb.verdict), md(mb.explanation));
      if (const auto run = h.tested.find(target); run != h.tested.end())
        out += fmt::format("    - regression test ({}) {} at {}{}\n", md(run->second.means),
                           to_string(*run->second.outcome), short_sha(run->second.sha),
                           run->second.detail.empty() ? "" : ": " + md(run->second.detail));
    }
  }
  if (!i.deployments.empty()) out += "\n## Deployments\n\n";
  for (const auto& run : i.deployments) {
    out += fmt::format("- {} {} {} to {}{}, ordered {} by {}: {}{}\n", md(run.repository),
                       run.rollback ? "back to" : "deployment of", md(run.tag), md(run.environment),
                       run.replaces.empty() ? "" : ", instead of " + md(run.replaces), format_rfc3339(run.ordered.at),
                       md(run.ordered.by.name), run.outcome ? to_string(*run.outcome) : "under way",
                       run.detail.empty() ? "" : ", " + md(run.detail));
    for (const auto& line : run.evidence) out += fmt::format("  - on: {}\n", md(line));
  }
  if (!i.obligations.empty()) out += "\n## Obligations\n\n";
  for (const auto& o : i.obligations)
    out += fmt::format("- {} ({}): {}{}\n", md(title(o, i)), md(o.owner.name), to_string(o.state),
                       o.evidence.empty() ? "" : ", " + md(o.evidence));
  if (!i.rca.fields.empty()) out += "\n## Root cause analysis\n\n";
  for (const auto& [field, text] : i.rca.fields) out += fmt::format("**{}**: {}\n\n", to_string(field), md(text));
  if (i.rca.submitted) out += fmt::format("Submitted by {}. ", md(i.rca.submitted->by.name));
  if (i.rca.approved) out += fmt::format("Approved by {}.", md(i.rca.approved->by.name));
  return out;
}

std::string export_text(const Incident& i, const Policy& policy, const MessageCounts& counts,
                        const std::string& format) {
  if (format == "json") return export_json(i, policy, counts, 2);
  if (format == "csv") return export_csv(i, policy);
  return export_markdown(i, policy);
}

}  // namespace hotfixd
