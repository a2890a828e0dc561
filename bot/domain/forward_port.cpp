#include "bot/domain/forward_port.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/cards.hpp"
#include "bot/domain/gates.hpp"

namespace hotfixd {
namespace {

constexpr std::size_t kLongestTitle = 200;  // bytes; GitHub takes 256 characters
constexpr std::size_t kFilesInChannel = 3;
constexpr int kHunkLinesInChannel = 12;

std::string shipped_as(const Hotfix& h) { return h.tag.empty() ? h.branch : h.tag; }

std::size_t longest_run(std::string_view text, char wanted) {
  std::size_t longest = 0, run = 0;
  for (const char ch : text) longest = std::max(longest, run = ch == wanted ? run + 1 : 0);
  return longest;
}

// What a commit or a person is called must not become a mention, a link or a heading (CommonMark, code spans).
std::string as_code(std::string_view text) {
  if (text.empty()) return {};
  const std::string fence(longest_run(text, '`') + 1, '`');
  const bool pad = text.front() == '`' || text.back() == '`';
  return fmt::format("{0}{2}{1}{2}{0}", fence, text, pad ? " " : "");
}

std::string as_block(std::string_view text) {
  const std::string fence(std::max<std::size_t>(longest_run(text, '`') + 1, 3), '`');
  return fmt::format("{0}\n{1}{2}{0}\n", fence, text, text.ends_with('\n') || text.empty() ? "" : "\n");
}

std::string shas(const std::vector<std::string>& all) {
  std::vector<std::string> shorts;
  for (const auto& sha : all) shorts.push_back(short_sha(sha));
  return fmt::format("{}", fmt::join(shorts, " "));
}

// git takes -m for commits that are no merges too.
std::string pick_command(const PortConflict& conflict) {
  return fmt::format("git cherry-pick -x{} {}", conflict.mainline == 0 ? "" : fmt::format(" -m {}", conflict.mainline),
                     shas(conflict.left));
}

std::string last_changed_by(const PortConflict::File& file) {
  std::vector<std::string> names;
  for (const auto& change : file.changes) names.push_back(change.author);
  return names.empty() ? std::string{} : fmt::format(", last by {}", fmt::join(names, ", "));
}

void append_conflict(Message& m, const Hotfix& h, const result::ForwardPorted& r) {
  std::ranges::move(conflict_lines(r.conflict->files), std::back_inserter(m.lines));
  m.lines.push_back({plain("By hand:")});
  for (auto& command : manual_commands(h, r)) m.lines.push_back({code(std::move(command))});
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::vector<Line> conflict_lines(const std::vector<PortConflict::File>& files) {
  std::vector<Line> lines;
  std::size_t room = kHunkLinesInChannel;
  for (std::size_t n = 0; n < files.size() && n < kFilesInChannel; ++n) {
    lines.push_back(
        {plain("• "), code(files[n].path), plain(fmt::format(": {}{}", files[n].what, last_changed_by(files[n])))});
    auto hunks = lines_of(files[n].hunks);
    if (hunks.size() > room && room < kHunkLinesInChannel) hunks.clear();  // whole, or not at all
    const bool cut = hunks.size() > room;
    hunks.resize(std::min(hunks.size(), room));
    room -= hunks.size();
    for (auto& line : hunks) lines.push_back({code(std::move(line))});
    if (cut) lines.push_back({plain("and more")});
  }
  if (files.size() > kFilesInChannel)
    lines.push_back({plain(fmt::format("• and {} more files", files.size() - kFilesInChannel))});
  return lines;
}

std::string forward_branch(const Hotfix& h, std::string_view target) {
  constexpr std::string_view kHotfix = "hotfix/";
  const std::string_view slug = h.branch;
  return fmt::format("hotfix-forward/{}-to-{}", slug.starts_with(kHotfix) ? slug.substr(kHotfix.size()) : slug, target);
}

bool lacks_fix(const MergeBack& mb) {
  return !mb.settled() &&
         (mb.verdict == Verdict::absent || mb.verdict == Verdict::partial || mb.verdict == Verdict::regressed);
}

const ForwardPort* under_way(const Hotfix& h, const std::string& target) {
  const auto port = h.forward_ports.find(target);
  if (port == h.forward_ports.end() || !port->second.open) return nullptr;
  const auto mb = h.merge_backs.find(target);
  return mb != h.merge_backs.end() && !mb->second.settled() && !mb->second.gone() ? &port->second : nullptr;
}

bool may_be_carried(const Hotfix& h) { return !h.base_sha.empty() && h.has_work() && (!h.tag.empty() || h.landed()); }

Line forward_port_note(const Hotfix& h, const std::string& target) {
  const auto* port = under_way(h, target);
  if (port == nullptr) return {};
  if (port->number == 0) return {plain(", on "), code(port->branch)};
  const auto label = fmt::format("PR #{}", port->number);
  return {plain(port->draft ? ", draft " : ", "), port->url.empty() ? plain(label) : link(label, port->url),
          plain(" open")};
}

std::string forward_port_step(const Hotfix& h, const std::string& target) {
  const auto* port = under_way(h, target);
  if (port == nullptr) return {};
  if (port->number != 0)
    return fmt::format("{}merge PR #{}{}", port->draft ? "resolve the conflict on " + port->branch + ", then " : "",
                       port->number, port->url.empty() ? "" : " " + port->url);
  if (port->draft) return fmt::format("resolve the conflict on {}, then merge it into {}", port->branch, target);
  return fmt::format("git fetch && git switch {} && git pull && git merge origin/{} && git push", target, port->branch);
}

std::vector<std::string> manual_commands(const Hotfix& h, const result::ForwardPorted& r) {
  if (!r.conflict)
    return {fmt::format("git fetch && git switch {} && git pull", r.target), "git merge origin/" + r.branch,
            "git push"};
  const std::string mend = "  # mend the files, git add them, git ";
  if (!r.branch.empty())
    return {"git fetch && git switch " + r.branch, pick_command(*r.conflict) + mend + "cherry-pick --continue",
            "git push"};
  const auto branch = forward_branch(h, r.target);
  return {fmt::format("git fetch --tags && git switch --no-track -c {} origin/{}", branch, r.target),
          r.mode == PortMode::merge
              ? "git merge " + (h.tag.empty() || h.tag_sha != r.conflict->sha ? short_sha(r.conflict->sha) : h.tag) +
                    mend + "merge --continue"
              : pick_command(*r.conflict) + mend + "cherry-pick --continue",
          "git push -u origin " + branch};
}

Message forward_port_message(const Incident& i, const Hotfix& h, const result::ForwardPorted& r) {
  const auto what = fmt::format("{}{}", shipped_as(h), in_repository(i, r.repository));
  const auto* port = under_way(h, r.target);
  const bool pulled = port != nullptr && port->number != 0;
  Message m;
  if (r.conflict) {
    m.lines.push_back({bold(fmt::format("{} does not go onto {} by itself", what, r.target)),
                       plain(fmt::format(": {} conflicts in {} {}.", short_sha(r.conflict->sha),
                                         r.conflict->files.size(), r.conflict->files.size() == 1 ? "file" : "files"))});
    if (!r.branch.empty())
      m.lines.push_back(
          {plain(fmt::format("{} of its commits {} on ", r.commits.size(), r.commits.size() == 1 ? "is" : "are")),
           code(r.branch), plain(".")});
    append_conflict(m, h, r);
    return m;
  }
  if (r.branch.empty()) {
    const auto mb = h.merge_backs.find(r.target);
    return say(fmt::format("There is nothing of {} to carry to {}: its commits change nothing there{}.", what, r.target,
                           mb == h.merge_backs.end() ? "" : fmt::format(" ({})", mb->second.explanation)));
  }
  if (pulled) {
    const auto label = fmt::format("PR #{}", port->number);
    m.lines.push_back({port->url.empty() ? plain(label) : link(label, port->url),
                       plain(fmt::format(" carries {} to {}: review and merge it.", what, r.target))});
    return m;
  }
  m.lines.push_back({plain(fmt::format("{} is ready for {} on ", what, r.target)), code(r.branch), plain(".")});
  for (auto& command : manual_commands(h, r)) m.lines.push_back({code(std::move(command))});
  return m;
}

std::string forward_port_title(const Hotfix& h, const result::ForwardPorted& r) {
  auto title = fmt::format("Forward-port {} to {}", shipped_as(h), r.target);
  if (!r.commits.empty()) title += ": " + r.commits.front().subject;
  if (title.size() <= kLongestTitle) return title;
  title.resize(kLongestTitle);
  while (!title.empty() && (static_cast<unsigned char>(title.back()) & 0xC0U) == 0x80U) title.pop_back();
  if (!title.empty() && static_cast<unsigned char>(title.back()) >= 0xC0U) title.pop_back();
  return title + "…";
}

std::string forward_port_description(const Incident& i, const Hotfix& h, const result::ForwardPorted& r) {
  auto text = fmt::format("Carries {} of {} to {}.\n\n", as_code(shipped_as(h)), i.id, as_code(r.target));
  for (const auto& c : r.commits) text += fmt::format("- {} {}\n", short_sha(c.sha), as_code(c.subject));
  if (r.skipped > 0)
    text += fmt::format("\n{} of the hotfix's commits {} nothing here and {} left out.\n", r.skipped,
                        r.skipped == 1 ? "changes" : "change", r.skipped == 1 ? "is" : "are");
  if (!r.why_picked.empty()) text += fmt::format("\nPicked, not merged: {}.\n", r.why_picked);
  if (!r.conflict) return text;
  text += fmt::format("\n**It stops before {}** ({}), which does not apply here.\n", short_sha(r.conflict->sha),
                      as_code(r.conflict->subject));
  for (const auto& file : r.conflict->files) {
    text += fmt::format("\n{}: {}", as_code(file.path), file.what);
    std::vector<std::string> names;
    for (const auto& change : file.changes) names.push_back(as_code(change.author));
    if (!names.empty()) text += fmt::format(", last by {}", fmt::join(names, ", "));
    text += ".\n";
    if (!file.hunks.empty()) text += "\n" + as_block(file.hunks);
  }
  text += fmt::format("\nBy hand:\n\n{}", as_block(fmt::format("{}\n", fmt::join(manual_commands(h, r), "\n"))));
  return text;
}

}  // namespace hotfixd
