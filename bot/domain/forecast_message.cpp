#include "bot/domain/forecast_message.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/domain/cards.hpp"

namespace hotfixd {
namespace {

// How much of each is told.
struct Room {
  std::size_t lines, files, authors, pull_requests, paths;
};
constexpr Room kInChannel{4, 3, 1, 3, 3};
constexpr Room kAll{12, 8, 3, 8, 8};
constexpr std::size_t kLinesFar = 4;

std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? std::string{} : names.front();
  const std::vector<std::string> first(names.begin(), names.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), names.back());
}

// Lines with the same files in the way are told together.
struct Group {
  std::vector<std::string> targets;
  const std::vector<ConflictingFile>* files;
};

std::vector<Group> conflicts_of(const Forecast& forecast) {
  std::vector<Group> groups;
  for (const auto& line : forecast.lines) {
    if (line.outlook != Outlook::conflicts) continue;
    const auto same = std::ranges::find_if(groups, [&](const Group& g) { return *g.files == line.files; });
    if (same != groups.end())
      same->targets.push_back(line.target);
    else
      groups.push_back({{line.target}, &line.files});
  }
  return groups;
}

std::vector<std::string> targets_of(const Forecast& forecast, Outlook outlook) {
  std::vector<std::string> names;
  for (const auto& line : forecast.lines)
    if (line.outlook == outlook) names.push_back(line.target);
  return names;
}

// "src/cart.py (both sides changed it; Dana, 1a2b3c4, 2026-11-12)"
void append_file(Line& line, const ConflictingFile& file, const Room& room) {
  line.push_back(code(file.path));
  line.push_back(plain(" (" + file.what));
  for (std::size_t n = 0; n < std::min(file.changes.size(), room.authors); ++n) {
    const auto& change = file.changes[n];
    line.push_back(plain(fmt::format("; {}, {}, ", change.author, change.sha)));
    line.push_back(day_at(change.at));
  }
  line.push_back(plain(")"));
}

void append_files(std::vector<Line>& lines, const std::vector<ConflictingFile>& files, const Room& room) {
  if (files.size() == 1) {
    lines.back().push_back(plain(": "));
    append_file(lines.back(), files.front(), room);
    lines.back().push_back(plain("."));
    return;
  }
  lines.back().push_back(plain(":"));
  for (std::size_t n = 0; n < std::min(files.size(), room.files); ++n) {
    append_file(lines.emplace_back(Line{plain("• ")}), files[n], room);
  }
  if (files.size() > room.files)
    lines.push_back({plain(fmt::format("• and {} more files", files.size() - room.files))});
}

Line pull_request_line(const OverlappingPullRequest& pr, const Room& room) {
  const auto label = fmt::format("PR #{}", pr.number);
  Line line{pr.url.empty() ? plain(label) : link(label, pr.url)};
  std::string about;
  if (!pr.title.value.empty()) about += fmt::format(" “{}”", pr.title.value);
  if (!pr.author.empty() || pr.draft)
    about += fmt::format(" ({}{}{})", pr.author, pr.draft && !pr.author.empty() ? ", " : "", pr.draft ? "draft" : "");
  line.push_back(plain(fmt::format("{} into {} touches the same lines: ", about, pr.base)));
  for (std::size_t n = 0; n < std::min(pr.paths.size(), room.paths); ++n) {
    if (n > 0) line.push_back(plain(", "));
    line.push_back(code(pr.paths[n]));
  }
  line.push_back(plain(pr.paths.size() > room.paths ? fmt::format(" and {} more.", pr.paths.size() - room.paths)
                                                    : std::string(".")));
  return line;
}

// What goes well, and what nobody can tell. `now`: it was otherwise before.
void append_rest(std::vector<Line>& lines, const Hotfix& h, const std::string& where, bool now) {
  const auto& forecast = *h.forecast;
  if (const auto clean = targets_of(forecast, Outlook::clean); !clean.empty())
    lines.push_back({plain(
        fmt::format("{}{} goes onto {} without conflict{}.", h.branch, where, listed(clean), now ? " now" : ""))});
  for (const auto& line : forecast.lines)
    if (line.outlook == Outlook::unknown)
      lines.push_back(
          {plain(fmt::format("Whether {} will conflict on {} cannot be told: {}.", h.branch, line.target, line.why))});
}

std::vector<Line> forecast_lines(const Incident& i, const Hotfix& h, const Room& room, bool details) {
  const auto& forecast = *h.forecast;
  const auto where = in_repository(i, h.repository);
  std::vector<Line> lines;
  const auto groups = conflicts_of(forecast);
  for (std::size_t n = 0; n < std::min(groups.size(), room.lines); ++n) {
    if (n == 0)
      lines.push_back({bold("Merging back will conflict"), plain(fmt::format("{} on ", where))});
    else
      lines.push_back({plain("On ")});
    lines.back().push_back(plain(listed(groups[n].targets)));
    append_files(lines, *groups[n].files, room);
  }
  if (groups.size() > room.lines)
    lines.push_back(
        {plain(fmt::format("And on {} more lines: ", groups.size() - room.lines)), code("/hotfix mergeback")});
  const auto& pulls = forecast.pull_requests;
  if (!pulls.empty() && groups.empty())
    lines.push_back({bold("Merging back will conflict"),
                     plain(fmt::format("{} once {} merged:", where, pulls.size() == 1 ? "this is" : "these are"))});
  for (std::size_t n = 0; n < std::min(pulls.size(), room.pull_requests); ++n)
    lines.push_back(pull_request_line(pulls[n], room));
  if (pulls.size() > room.pull_requests)
    lines.push_back({plain(fmt::format("And {} more pull requests: ", pulls.size() - room.pull_requests)),
                     code("/hotfix mergeback")});
  if (details || !warns(forecast)) append_rest(lines, h, where, !details);
  if (lines.empty())
    lines.push_back({plain(fmt::format("{}{} has nothing to merge back any more: {} {} it.", h.branch, where,
                                       listed(targets_of(forecast, Outlook::present)),
                                       targets_of(forecast, Outlook::present).size() == 1 ? "has" : "have"))});
  if (!forecast.unread.empty())
    lines.push_back({plain(fmt::format("Open pull requests could not be read: {}.", forecast.unread))});
  if (details && forecast.not_looked_at > 0)
    lines.push_back({plain(fmt::format("{} open pull {} not looked at.", forecast.not_looked_at,
                                       forecast.not_looked_at == 1 ? "request was" : "requests were"))});
  return lines;
}

}  // namespace

Message forecast_message(const Incident& incident, const Hotfix& hotfix) {
  return {forecast_lines(incident, hotfix, kInChannel, false), {}};
}

std::vector<Line> forecast_details(const Incident& incident, const Hotfix& hotfix) {
  if (std::ranges::all_of(hotfix.forecast->lines, [](const auto& l) { return l.outlook == Outlook::present; }))
    return {};  // the verdicts say it
  return forecast_lines(incident, hotfix, kAll, true);
}

Line distance_line(const std::string& tag, const std::vector<LineDistance>& lines) {
  std::vector<const LineDistance*> gone_on;
  for (const auto& line : lines)
    if (line.commits > 0) gone_on.push_back(&line);
  if (gone_on.empty()) return {};
  // What changed where the hotfix may go comes first.
  std::ranges::stable_sort(gone_on, std::greater{}, [](const auto* line) {
    return std::pair(line->files.size() + static_cast<std::size_t>(line->more_files), line->commits);
  });
  std::vector<std::string> clauses;
  for (std::size_t n = 0; n < std::min(gone_on.size(), kLinesFar); ++n) {
    const auto& line = *gone_on[n];
    auto clause = fmt::format("{} {} {}", line.target, line.commits, line.commits == 1 ? "commit" : "commits");
    if (!line.files.empty())
      clause += fmt::format(" (changed {}{})", fmt::join(line.files, ", "),
                            line.more_files > 0 ? fmt::format(" and {} more", line.more_files) : std::string());
    clauses.push_back(std::move(clause));
  }
  if (gone_on.size() > kLinesFar) clauses.push_back(fmt::format("{} more lines", gone_on.size() - kLinesFar));
  return {plain(fmt::format("Since {}: {}.", tag, fmt::join(clauses, ", ")))};
}

}  // namespace hotfixd
