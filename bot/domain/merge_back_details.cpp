#include "bot/domain/merge_back_details.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>

#include "bot/domain/cards.hpp"
#include "bot/domain/forward_port.hpp"

namespace hotfixd {
namespace {

using Report = MergeBackReport;
using Hunk = Report::Hunk;

constexpr std::size_t kCommitsInChannel = 6, kHunksInChannel = 5, kTouchesInChannel = 3;
constexpr std::size_t kTouchesTold = 20;  // of them the report has no more

std::string in_words(std::string_view said, std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  for (const auto& [name, words] : all)
    if (name == said) return std::string(words);
  return {};
}

// "lacking src/a.py:10, src/a.py:40, conflicts src/b.py:5", the missing ones first.
Line hunks_line(const std::vector<Hunk>& hunks) {
  Line line{plain("  ")};
  std::size_t told = 0;
  for (const auto state : {Hunk::State::lacking, Hunk::State::conflicts, Hunk::State::there}) {
    bool first = true;
    for (const auto& hunk : hunks) {
      if (hunk.state != state) continue;
      if (told++ >= kHunksInChannel) continue;
      line.push_back(plain(fmt::format("{}{}", told == 1 ? "" : ", ", first ? fmt::format("{} ", word(state)) : "")));
      line.push_back(code(place(hunk)));
      first = false;
    }
  }
  if (told > kHunksInChannel) line.push_back(plain(fmt::format(" and {} more", told - kHunksInChannel)));
  return line;
}

// All when they are few, else those first that are not there.
void append_commits(Message& m, std::vector<Report::Commit> commits) {
  const auto is_there = [](const auto& c) { return c.verdict == Verdict::present || c.verdict == Verdict::moot; };
  if (commits.size() > kCommitsInChannel) std::ranges::stable_partition(commits, std::not_fn(is_there));
  for (std::size_t n = 0; n < std::min(commits.size(), kCommitsInChannel); ++n) {
    const auto& c = commits[n];
    m.lines.push_back({plain(fmt::format("{} {} {} ({})", word(c), short_sha(c.sha), c.subject, c.author))});
    if (!is_there(c) && !c.hunks.empty()) m.lines.push_back(hunks_line(c.hunks));
  }
  if (commits.size() <= kCommitsInChannel) return;
  const bool well = std::ranges::all_of(commits.begin() + kCommitsInChannel, commits.end(), is_there);
  m.lines.push_back({plain(
      fmt::format("and {} more commits{}", commits.size() - kCommitsInChannel, well ? ", which are there" : ""))});
}

// "landed as 1a2b3c4 by Dana on 2026-11-12, squashed: resolved by hand, not changed since"
Line landing_line(const Report::Landing& l) {
  const auto how = in_words(l.how, {{"merge", ", merged"},
                                    {"own commit", ", the commit itself"},
                                    {"cherry-pick", ", picked"},
                                    {"origin", ", which was picked from there"},
                                    {"squash", ", squashed"},
                                    {"patch", ", the same change"},
                                    {"author", ", going by author and subject"},
                                    {"forge", ", by its pull request"}});
  std::vector<std::string> clauses;
  for (auto clause :
       {in_words(l.content, {{"faithful", "as it was"},
                             {"adapted", "resolved by hand"},
                             {"unlike", "with no word of it"},
                             {"elsewhere", "by hand, in other files"},
                             {"partial", "a part of it"},
                             {"empty", "with nothing of it left"}}),
        in_words(l.since, {{"intact", "not changed since"}, {"gone", "gone since"}, {"changed", "changed since"}})})
    if (!clause.empty()) clauses.push_back(std::move(clause));
  return {plain(fmt::format("landed as {} by {} on ", short_sha(l.sha), l.author)), day_at(l.at),
          plain(fmt::format("{}{}{}", how, clauses.empty() ? "" : ": ", fmt::join(clauses, ", ")))};
}

void append_history(Message& m, const Report& report, const std::string& target) {
  if (report.landing) {
    m.lines.push_back(landing_line(*report.landing));
  } else if (report.history.ancestor && report.verdict != Verdict::present) {
    m.lines.push_back({plain(fmt::format("The history of {} has its commits, which proves nothing.", target))});
  } else if (report.verdict != Verdict::present) {
    m.lines.push_back({plain(fmt::format("No commit of {} is known to have brought it.", target))});
  }
  const auto& touches = report.touches;
  for (std::size_t n = 0; n < std::min(touches.size(), kTouchesInChannel); ++n) {
    const auto& t = touches[n];
    m.lines.push_back({plain(fmt::format("{} {} {} ({}, ", report.landing ? "changed since by" : "files changed by",
                                         short_sha(t.sha), t.subject, t.author)),
                       day_at(t.at), plain(")")});
  }
  if (touches.size() >= kTouchesTold)
    m.lines.push_back({plain("and by more commits")});
  else if (touches.size() > kTouchesInChannel)
    m.lines.push_back({plain(fmt::format("and by {} more {}", touches.size() - kTouchesInChannel,
                                         touches.size() == kTouchesInChannel + 1 ? "commit" : "commits"))});
}

}  // namespace

std::string_view word(Hunk::State state) {
  return state == Hunk::State::there ? "there" : state == Hunk::State::lacking ? "lacking" : "conflicts";
}

std::string_view word(const Report::Commit& commit) {
  return commit.verdict == Verdict::moot ? "EMPTY" : to_string(commit.verdict);
}

std::string place(const Hunk& hunk) {
  if (!hunk.what.empty()) return fmt::format("{} ({})", hunk.path, hunk.what);
  return hunk.line == 0 ? hunk.path : fmt::format("{}:{}", hunk.path, hunk.line);
}

Message merge_back_details(const Incident& i, const result::MergeBackExplained& explained) {
  const auto& report = explained.report;
  const auto* h = i.hotfix(explained.repository);
  const auto what = h == nullptr ? std::string("The hotfix") : h->tag.empty() ? h->branch : h->tag;
  Message m;
  m.lines.push_back({bold(fmt::format("{} on {}{}: {}", what, explained.target, in_repository(i, explained.repository),
                                      to_string(report.verdict))),
                     plain(" " + report.explanation)});
  if (h != nullptr)
    if (const auto mb = h->merge_backs.find(explained.target);
        mb != h->merge_backs.end() && !mb->second.acknowledged_sha.empty())
      m.lines.push_back({plain(fmt::format("acknowledged by {} at {}: {}", mb->second.acknowledged_by.name,
                                           short_sha(mb->second.acknowledged_sha), mb->second.acknowledged_why))});
  append_commits(m, report.commits);
  append_history(m, report, explained.target);
  std::ranges::move(conflict_lines(report.conflicts), std::back_inserter(m.lines));
  if (!report.look.empty()) m.lines.push_back({plain("To look at it: "), code("git fetch && " + report.look)});
  return m;
}

}  // namespace hotfixd
