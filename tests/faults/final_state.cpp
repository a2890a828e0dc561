#include "tests/faults/final_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hotfixd::faults {
namespace {

std::vector<std::string> hotfix_lines(const Hotfix& h) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("hotfix {} {} from {} {} version {} head {} by {} tag {} {} in {} requested {}",
                              h.repository, h.branch, h.base_tag, h.base_sha, h.version, h.head,
                              fmt::join(h.commit_authors, ","), h.tag, h.tag_sha, fmt::join(h.environments, ","),
                              h.requested));
  for (const auto& pr : h.pull_requests)
    lines.push_back(fmt::format("pull request {} {} by {}", pr.number, pr.title, pr.author.id));
  for (const auto& [sha, checks] : h.checks)
    for (const auto& [context, check] : checks)
      lines.push_back(fmt::format("check {} {} {}", sha, context, to_string(check.state)));
  for (const auto& [of, review] : h.reviews)
    lines.push_back(fmt::format("review {} {} {} {}", of.first, of.second, to_string(review.verdict), review.sha));
  for (const auto& [target, mb] : h.merge_backs)
    lines.push_back(fmt::format("merge-back {} {} {} ack {} by {}", target, to_string(mb.verdict), mb.target_sha,
                                mb.acknowledged_sha, mb.acknowledged_by.id));
  return lines;
}

}  // namespace

std::string final_state(const Incident& i) {
  std::vector<std::string> lines{fmt::format("{} {} in {}, {} {}, criteria {}", i.id, i.summary, i.channel,
                                             to_string(i.severity), to_string(i.status()),
                                             fmt::join(i.criteria, "; "))};
  for (const auto& [role, person] : i.roles) lines.push_back(fmt::format("{} {}", to_string(role), person.id));
  for (const auto& m : i.mitigations)
    lines.push_back(fmt::format("mitigation {} {} {}", to_string(m.kind), m.what, m.why));
  for (const auto& h : i.hotfixes) std::ranges::move(hotfix_lines(h), std::back_inserter(lines));
  std::vector<std::string> rest;
  for (const auto& o : i.obligations)
    rest.push_back(fmt::format("obligation {} {} {}", o.id, o.owner.id, to_string(o.state)));
  for (const auto& o : i.overrides)
    rest.push_back(fmt::format("override {} {} by {} confirmed {}", o.gate, o.why, o.asked.by.id,
                               o.confirmed ? o.confirmed->by.id : ""));
  for (const auto& [field, text] : i.rca.fields) rest.push_back(fmt::format("rca {} {}", to_string(field), text));
  for (const auto& a : i.actions)
    rest.push_back(fmt::format("action {} {} {}", a.what, a.owner.id, a.done_at.has_value()));
  for (const auto& [id, m] : i.messages)
    rest.push_back(
        fmt::format("message {} {} {} deleted {}", id, m.author.id, fmt::join(m.versions, " | "), m.deleted));
  for (const auto& e : i.timeline)
    rest.push_back(
        fmt::format("timeline {}: {} ({}) removed {}", e.author().id, e.text, to_string(e.source), e.removed));
  for (const auto& r : i.requests) rest.push_back(fmt::format("waits: {} {}", r.verb, r.argument));
  for (const auto& a : i.abandoned) rest.push_back("abandoned: " + a);
  std::ranges::sort(rest);
  std::ranges::move(rest, std::back_inserter(lines));
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace hotfixd::faults
