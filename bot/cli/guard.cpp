#include "bot/cli/guard.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <istream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/cli/compose.hpp"
#include "bot/cli/guard_list.hpp"
#include "bot/domain/gates.hpp"
#include "bot/store/random_ids.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::cli {
namespace {

using git::GuardReport;
using git::GuardVerdict;
using git::ShippedHotfix;
using git::shown;

enum class Finding { there, lacking, unread, to_look_at };

std::unexpected<Problem> invalid(std::string what, std::string mend) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = std::move(mend), .retry_after = {}});
}

Finding finding(const GuardVerdict& v) {
  if (!v.missing.empty()) return Finding::unread;
  if (!v.settled_by.empty()) return Finding::there;
  if (v.verdict == Verdict::present) return Finding::there;
  return needs_ack(v.verdict) ? Finding::to_look_at : Finding::lacking;
}

Result<std::string> read_all(const std::string& path, std::istream& in) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return invalid(fmt::format("{} cannot be read", path), "write it: hotfixd export --json > " + path);
  }
  std::istream& from = path == "-" ? in : file;
  std::string text, part(std::size_t{64} * 1024, '\0');
  while (text.size() <= kMostListBytes &&
         (from.read(part.data(), static_cast<std::streamsize>(part.size())), from.gcount() > 0))
    text.append(part, 0, static_cast<std::size_t>(from.gcount()));
  if (from.bad()) return invalid(fmt::format("{} cannot be read", path), "write it: hotfixd export --json > FILE");
  return text;
}

Result<ShippedList> from_list(const std::string& path, std::istream& in) {
  auto text = read_all(path, in);
  if (!text) return std::unexpected(text.error());
  auto list = read_shipped_list(*text);
  if (!list)
    return invalid(fmt::format("{} is not what `hotfixd export --json` prints: {}",
                               path == "-" ? "standard input" : path, list.error().what),
                   "write it: hotfixd export --json > FILE");
  return list;
}

Result<ShippedList> from_database(const Config& config) {
  const auto ids = store::random_ids();
  auto store = open_for_reading(config, *ids);
  if (!store) return std::unexpected(store.error());
  auto heads = (*store)->heads(true);
  if (!heads) return std::unexpected(heads.error());
  ShippedList list;
  for (const auto& head : *heads) {
    auto events = (*store)->load(head.id);
    if (!events) return std::unexpected(events.error());
    list.add(fold(*events));
  }
  for (const auto& repository : config.policy.repositories) list.repositories.insert(repository.name);
  return list;
}

// Which repository's hotfixes; empty when the list names none. A name that is misspelt must not be green.
Result<std::string> choose_name(const ShippedList& list, const std::string& wanted) {
  const auto known = [&] { return shown(fmt::format("{}", fmt::join(list.repositories, ", "))); };
  if (wanted.empty()) {
    if (list.repositories.size() > 1)
      return invalid("there are several repositories: " + known(), "say which one this is: --name NAME");
    return list.repositories.empty() ? std::string() : *list.repositories.begin();
  }
  if (!list.repositories.empty() && !list.repositories.contains(wanted))
    return invalid(fmt::format("nothing is known of a repository {}", shown(wanted)), "--name is one of: " + known());
  return wanted;
}

// Those that do not hold for this commit are shown too, so that a person can decide.
std::vector<std::string> acknowledgements(const ShippedHotfix& hotfix, const std::string& settled_by) {
  std::vector<std::string> all;
  for (const auto& line : hotfix.lines)
    if (!line.acknowledged_sha.empty())
      all.push_back(
          shown(fmt::format("{}acknowledged for {} at {} by {}: {}", line.name == settled_by ? "settled, " : "",
                            line.name, short_sha(line.acknowledged_sha), line.by, line.why)));
  return all;
}

struct Seen {
  const ShippedHotfix* hotfix = nullptr;
  const GuardVerdict* verdict = nullptr;
  Finding finding{};
};

std::string tags_of(const std::vector<Seen>& all, Finding wanted) {
  std::vector<std::string> tags;
  for (const auto& seen : all)
    if (seen.finding == wanted) tags.push_back(shown(seen.hotfix->tag));
  return fmt::format("{}", fmt::join(tags, ", "));
}

int exit_code(const std::vector<Seen>& all) {
  const auto any = [&](Finding wanted) { return std::ranges::find(all, wanted, &Seen::finding) != all.end(); };
  return any(Finding::lacking) ? 1 : any(Finding::unread) ? 2 : any(Finding::to_look_at) ? 3 : 0;
}

std::string summary(const std::vector<Seen>& all) {
  std::string text = fmt::format("{} shipped hotfix{}", all.size(), all.size() == 1 ? "" : "es");
  const auto add = [&](Finding wanted, std::string_view what) {
    const auto count = std::ranges::count(all, wanted, &Seen::finding);
    if (count > 0) text += fmt::format(", {} {}: {}", count, what, tags_of(all, wanted));
  };
  add(Finding::lacking, "missing");
  add(Finding::unread, "not judged");
  add(Finding::to_look_at, "to be looked at");
  return exit_code(all) == 0 ? text + ", none missing" : text;
}

void print(const std::vector<Seen>& all, const GuardReport& report, const std::string& name,
           const GuardOptions& options, std::ostream& out) {
  const std::string candidate = fmt::format("{} ({})", shown(options.ref), short_sha(report.sha));
  if (all.empty()) {
    out << fmt::format("{}: no hotfix{} has shipped, so none is missing\n", candidate,
                       name.empty() ? "" : " of " + shown(name));
    return;
  }
  for (const auto& seen : all) {
    out << fmt::format("{} ({}, {}): ", shown(seen.hotfix->tag), shown(seen.hotfix->incident),
                       shown(seen.hotfix->repository));
    if (seen.finding == Finding::unread)
      out << "not judged, " << seen.verdict->missing << "\n";
    else
      out << to_string(seen.verdict->verdict) << ", " << seen.verdict->explanation << "\n";
    if (seen.verdict->verdict == Verdict::present) continue;
    if (!seen.verdict->mend.empty()) out << "  to mend: " << seen.verdict->mend << "\n";
    for (const auto& line : acknowledgements(*seen.hotfix, seen.verdict->settled_by)) out << "  " << line << "\n";
  }
  out << candidate << ": " << summary(all) << "\n";
}

void print_json(const std::vector<Seen>& all, const GuardReport& report, const std::string& name,
                const GuardOptions& options, std::ostream& out) {
  using nlohmann::ordered_json;
  ordered_json hotfixes = ordered_json::array();
  for (const auto& seen : all) {
    ordered_json acknowledged = ordered_json::array();
    for (const auto& line : seen.hotfix->lines)
      if (!line.acknowledged_sha.empty())
        acknowledged.push_back(
            {{"target", line.name}, {"sha", line.acknowledged_sha}, {"by", line.by}, {"why", line.why}});
    const bool judged = seen.finding != Finding::unread;
    hotfixes.push_back({{"incident", seen.hotfix->incident},
                        {"tag", seen.hotfix->tag},
                        {"tag_sha", seen.hotfix->tag_sha},
                        {"verdict", judged ? ordered_json(to_string(seen.verdict->verdict)) : ordered_json(nullptr)},
                        {"explanation", judged ? seen.verdict->explanation : seen.verdict->missing},
                        {"mend", seen.verdict->mend},
                        {"settled", seen.finding == Finding::there},
                        {"acknowledged", std::move(acknowledged)}});
  }
  const int code = exit_code(all);
  const ordered_json whole{{"ok", code == 0},   {"exit", code},       {"ref", options.ref},
                           {"sha", report.sha}, {"repository", name}, {"hotfixes", std::move(hotfixes)}};
  out << whole.dump(2, ' ', false, ordered_json::error_handler_t::replace) << "\n";
}

Result<int> guard(const std::optional<Config>& config, const GuardOptions& options, std::istream& in,
                  std::ostream& out) {
  if (options.list.empty() && !config)
    return invalid("there is no list of hotfixes", "give --list FILE (of hotfixd export --json), or --config FILE");
  auto list = options.list.empty() ? from_database(*config) : from_list(options.list, in);
  if (!list) return std::unexpected(list.error());
  auto name = choose_name(*list, options.name);
  if (!name) return std::unexpected(name.error());
  std::erase_if(list->hotfixes, [&](const ShippedHotfix& hotfix) { return hotfix.repository != *name; });

  std::vector<std::string> ignored = options.ignored;
  const auto* policy = config ? config->policy.repository(*name) : nullptr;
  if (ignored.empty()) ignored = policy != nullptr ? policy->ignored_paths : RepositoryPolicy{}.ignored_paths;
  auto report = git::guard_release(options.repo, options.ref, list->hotfixes, ignored, options.fetch_missing);
  if (!report) return std::unexpected(report.error());
  std::vector<Seen> all;
  for (std::size_t i = 0; i < list->hotfixes.size(); ++i)
    all.push_back({&list->hotfixes[i], &report->verdicts[i], finding(report->verdicts[i])});
  (options.json ? print_json : print)(all, *report, *name, options, out);
  return exit_code(all);
}

}  // namespace

int run_guard(const std::optional<Config>& config, const GuardOptions& options, std::istream& in, std::ostream& out,
              std::ostream& err) {
  const auto code = guard(config, options, in, out);
  if (code) return *code;
  err << code.error().what << (code.error().mend.empty() ? "" : ": " + code.error().mend) << "\n";
  return 2;
}

}  // namespace hotfixd::cli
