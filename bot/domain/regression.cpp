#include "bot/domain/regression.hpp"

#include <fmt/format.h>

#include "bot/domain/cards.hpp"
#include "bot/domain/gates.hpp"

namespace hotfixd {
namespace {

constexpr Minutes kGrace{5};             // the means end a run at the limit, and are asked a while later
constexpr std::size_t kShownOutput = 4;  // lines

std::string result_of(const RegressionTest& run) {
  switch (run.outcome.value_or(TestOutcome::not_run)) {
    case TestOutcome::passed:
      return "passed";
    case TestOutcome::failed:
      return "failed";
    case TestOutcome::not_run:
      break;
  }
  return "could not run";
}

std::string detail_of(const RegressionTest& run) { return run.detail.empty() ? std::string{} : ": " + run.detail; }

void append_url(Line& line, const RegressionTest& run) {
  if (run.url.empty()) return;
  line.push_back(plain(" "));
  line.push_back(link(run.outcome ? "(see it)" : "(watch it)", run.url));
}

void append_output(Message& m, const RegressionTest& run) {
  if (run.output.empty()) return;
  const auto output = say(run.output);
  const auto skip = output.lines.size() > kShownOutput ? output.lines.size() - kShownOutput : 0;
  for (auto n = skip; n < output.lines.size(); ++n)
    if (!output.lines[n].empty()) m.lines.push_back({plain("  "), code(output.lines[n].front().text)});
}

std::string at(const RegressionTest& run) { return fmt::format(" at {}", short_sha(run.sha)); }

}  // namespace

Time given_up_at(const Hotfix& h, const RegressionTest& run, const Policy& policy) {
  const auto* r = policy.repository(h.repository);
  return run.ordered.at + (r == nullptr ? RepositoryPolicy{}.regression_limit : r->regression_limit) + kGrace;
}

bool ought_to_work(const MergeBack& mb) {
  return mb.settled() || mb.verdict == Verdict::present || mb.verdict == Verdict::adapted ||
         mb.verdict == Verdict::changed_since;
}

bool contradicts(const Hotfix& h, const std::string& target) {
  const auto run = h.tested.find(target);
  const auto mb = h.merge_backs.find(target);
  return run != h.tested.end() && mb != h.merge_backs.end() && run->second.outcome == TestOutcome::failed &&
         run->second.sha == mb->second.target_sha && mb->second.verdict == Verdict::present;
}

Line test_note(const Hotfix& h, const std::string& target) {
  const auto it = h.tested.find(target);
  if (it == h.tested.end()) return {};
  const auto& run = it->second;
  Line line{plain(fmt::format("; the regression test {}{}{}", result_of(run), at(run), detail_of(run)))};
  append_url(line, run);
  return line;
}

std::vector<Line> test_lines(const Hotfix& h, const std::string& target) {
  std::vector<Line> lines;
  if (const auto it = h.tested.find(target); it != h.tested.end()) {
    const auto& run = it->second;
    lines.push_back(
        {plain(fmt::format("  regression test ({}) {}{}{}", run.means, result_of(run), at(run), detail_of(run)))});
    append_url(lines.back(), run);
  }
  if (const auto it = h.testing.find(target); it != h.testing.end()) {
    lines.push_back({plain(fmt::format("  regression test ({}) runs{}", it->second.means, at(it->second)))});
    append_url(lines.back(), it->second);
  }
  return lines;
}

Message test_message(const Incident& i, const Hotfix& h, const std::string& target, const RegressionTest& run) {
  Message m;
  Line first{bold(fmt::format("Regression test of {} on {}{}", h.tag.empty() ? h.branch : h.tag, target,
                              in_repository(i, h.repository))),
             plain(run.outcome ? fmt::format(": {}{}{}", result_of(run), at(run), detail_of(run))
                               : fmt::format(": runs{}", at(run)))};
  append_url(first, run);
  m.lines.push_back(std::move(first));
  append_output(m, run);
  return m;
}

Message contradiction_message(const Incident& i, const Hotfix& h, const std::string& target, const Person& owner) {
  const auto& run = h.tested.at(target);
  const auto where = target + in_repository(i, h.repository);
  Message m;
  const auto mb = h.merge_backs.find(target);
  if (mb != h.merge_backs.end() && mb->second.verdict != Verdict::present)
    return {{{plain(fmt::format("{} is {} by now: {}", where, to_string(mb->second.verdict), mb->second.explanation))}},
            {}};
  if (run.outcome == TestOutcome::passed) {
    m.lines.push_back({plain(fmt::format("{}: the regression test of {} passes there now{}", where,
                                         h.tag.empty() ? h.branch : h.tag, at(run)))});
    append_url(m.lines.back(), run);
    return m;
  }
  m.lines.push_back({mention(owner),
                     plain(fmt::format(" {} carries the text of the fix, but the regression test {} there{}{}", where,
                                       run.outcome == TestOutcome::failed ? "fails" : "failed, and could not run again",
                                       at(run), detail_of(run)))});
  append_url(m.lines.back(), run);
  append_output(m, run);
  m.lines.push_back({plain("Is it undone by something else on that line? Again: "),
                     code(fmt::format("/hotfix mergeback test {}{}", target,
                                      i.hotfixes.size() > 1 ? " --repo " + h.repository : ""))});
  return m;
}

}  // namespace hotfixd
