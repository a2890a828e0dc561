#include "bot/cli/mergeback.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/domain/forward_port.hpp"
#include "bot/domain/gates.hpp"
#include "bot/domain/merge_back_details.hpp"
#include "bot/domain/policy.hpp"
#include "integrations/git/mergeback_report.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::cli {
namespace {

using git::shown;
using nlohmann::ordered_json;

int exit_code(Verdict verdict) { return verdict == Verdict::present ? 0 : needs_ack(verdict) ? 3 : 1; }

std::string day(Time at) { return fmt::format("{:%Y-%m-%d}", at); }

void print(const MergeBackReport& report, const MergeBackOptions& options, std::ostream& out) {
  out << to_string(report.verdict) << "\n" << report.explanation << "\n\n";
  out << fmt::format("{} ({}) since {} ({}), on {} ({})\n", shown(options.hotfix), short_sha(report.hotfix_sha),
                     shown(options.base), short_sha(report.base_sha), shown(options.target),
                     short_sha(report.target_sha));
  for (const auto& commit : report.commits) {
    out << fmt::format("  {:<9} {} {} ({})\n", word(commit), short_sha(commit.sha), commit.subject, commit.author);
    for (const auto& hunk : commit.hunks)
      out << fmt::format("            {:<9} {}\n", word(hunk.state), shown(place(hunk)));
  }
  for (const auto& file : report.conflicts) {
    out << fmt::format("conflict in {}: {}{}\n", file.path, file.what,
                       file.changes.empty() ? "" : ", last by " + file.changes.front().author);
    for (const auto& line : lines_of(file.hunks)) out << "    " << line << "\n";
  }
  if (const auto& l = report.landing)
    out << fmt::format("landed as {} {} ({}, {}), known by {}: {} then, {} since\n", short_sha(l->sha), l->subject,
                       l->author, day(l->at), l->how, l->content, l->since);
  for (const auto& touch : report.touches)
    out << fmt::format("{} {} {} ({}, {})\n", report.landing ? "changed since by" : "files changed by",
                       short_sha(touch.sha), touch.subject, touch.author, day(touch.at));
  const auto& h = report.history;
  out << fmt::format("history alone says: {}, {} of {} commits landed{}\n", h.ancestor ? "merged" : "not merged",
                     h.commits_landed, h.commits, h.squash ? ", all of them in one commit" : "");
  if (!report.look.empty()) out << "to look at it: " << report.look << "\n";
}

ordered_json json_of(const MergeBackReport& report, const MergeBackOptions& options) {
  const auto commit_like = [](const auto& c) {
    return ordered_json{{"sha", c.sha}, {"subject", c.subject}, {"author", c.author}};
  };
  ordered_json commits = ordered_json::array(), conflicts = ordered_json::array(), touches = ordered_json::array();
  for (const auto& commit : report.commits) {
    auto one = commit_like(commit);
    one["verdict"] = word(commit);
    one["hunks"] = ordered_json::array();
    for (const auto& hunk : commit.hunks) {
      one["hunks"].push_back({{"path", shown(hunk.path)}, {"line", hunk.line}, {"state", word(hunk.state)}});
      if (!hunk.what.empty()) one["hunks"].back()["what"] = hunk.what;
    }
    commits.push_back(std::move(one));
  }
  for (const auto& file : report.conflicts) {
    std::vector<std::string> authors;
    for (const auto& change : file.changes) authors.push_back(change.author);
    conflicts.push_back({{"path", file.path}, {"what", file.what}, {"authors", authors}, {"hunks", file.hunks}});
  }
  for (const auto& touch : report.touches) {
    auto one = commit_like(touch);
    one["at"] = fmt::format("{:%FT%TZ}", std::chrono::time_point_cast<Seconds>(touch.at));
    touches.push_back(std::move(one));
  }
  ordered_json landing = nullptr;
  if (const auto& l = report.landing) {
    landing = commit_like(*l);
    landing["at"] = fmt::format("{:%FT%TZ}", std::chrono::time_point_cast<Seconds>(l->at));
    landing["how"] = l->how;
    landing["content"] = l->content;
    landing["since"] = l->since;
  }
  const auto& h = report.history;
  return {
      {"verdict", to_string(report.verdict)},
      {"exit", exit_code(report.verdict)},
      {"explanation", report.explanation},
      {"base", {{"ref", options.base}, {"sha", report.base_sha}}},
      {"hotfix", {{"ref", options.hotfix}, {"sha", report.hotfix_sha}}},
      {"target", {{"ref", options.target}, {"sha", report.target_sha}}},
      {"commits", std::move(commits)},
      {"conflicts", std::move(conflicts)},
      {"landing", std::move(landing)},
      {"history",
       {{"ancestor", h.ancestor}, {"commits_landed", h.commits_landed}, {"commits", h.commits}, {"squash", h.squash}}},
      {"changed_since", std::move(touches)},
      {"look", report.look}};
}

}  // namespace

int run_mergeback(const MergeBackOptions& options, bool progress, std::ostream& out, std::ostream& err) {
  const auto started = std::chrono::steady_clock::now();
  bool told = false;
  const GitProgress say = [&](std::string_view doing) {
    if (!progress || doing.empty() || std::chrono::steady_clock::now() - started < std::chrono::seconds(1)) return true;
    err << "\r" << doing << "\x1b[K" << std::flush;
    told = true;
    return true;
  };
  auto report =
      git::judge_merge_back({.path = options.repo,
                             .base = options.base,
                             .hotfix = options.hotfix,
                             .target = options.target,
                             .landing = options.landing,
                             .ignored = options.ignored.empty() ? RepositoryPolicy{}.ignored_paths : options.ignored,
                             .fetch_missing = options.fetch_missing},
                            say);
  if (told) err << "\r\x1b[K";
  if (!report) {
    const auto& why = report.error();
    err << why.what << (why.mend.empty() ? "" : ": " + why.mend) << "\n";
    return 2;
  }
  if (options.json)
    out << json_of(*report, options).dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
  else
    print(*report, options, out);
  if (!out.flush()) {
    err << "standard output cannot be written\n";
    return 2;
  }
  return exit_code(report->verdict);
}

}  // namespace hotfixd::cli
