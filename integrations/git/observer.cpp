#include "integrations/git/observer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "integrations/git/named_lines.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/private_email.hpp"
#include "integrations/git/production.hpp"
#include "integrations/git/scope_findings.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr int kMostJudged = 2000;  // then all that is remembered is dropped, and memory with it
constexpr std::size_t kMostHotfixes = 64;
constexpr std::size_t kLongestSubject = 80;

Time to_time(git_time_t seconds) { return Time(Seconds(seconds)); }

Result<std::optional<Time>> commit_time(git_repository* repository, const git_oid& oid) {
  auto commit = lookup_commit(repository, oid);
  if (!commit) return std::unexpected(commit.error());
  return to_time(git_commit_time(commit->get()));
}

// Private notes, as parts of a ref's name. A name with a slash becomes one part: "a" and "a/b" must fit side by side.
std::string one_part(std::string name) {
  std::ranges::replace(name, '/', '%');
  return name;
}
std::string shipped_note(const effect::Observe& request, const std::string& tag_sha) {
  return "shipped/" + one_part(request.branch) + "/" + tag_sha;  // → the head that the tag ships from elsewhere
}
std::string own_note(const effect::Observe& request) {
  return "own/" + one_part(request.branch) + "/" + request.base_sha;  // → the newest head that was surely all own
}
std::string foreign_note(const effect::Observe& request, const std::string& line) {
  return "foreign/" + one_part(request.branch) + "/" + request.base_sha + "/" + one_part(line);
}

// → the last head without that release, which was in production: below it by sha.
std::string outside_notes(const effect::Observe& request) {
  return "outside/" + one_part(request.branch) + "/" + request.base_sha + "/";
}
std::string first_production_note(const effect::Observe& request) {
  return "production/" + one_part(request.branch) + "/" + request.base_sha;  // → production at the first look
}

bool is_own_tag(const git_oid& commit, const effect::Observe& request) { return to_hex(commit) == request.tag_sha; }

Result<Forecast> forecast_of(git_repository* repository, Forecaster& forecaster, const OwnWork& work,
                             const std::vector<Line>& lines, const GitProgress& progress) {
  Forecast forecast;
  for (const Line& line : lines) {
    if (progress && !progress("forecasting the merge-back to " + line.shown))
      return std::unexpected(cancelled("forecasting the merge-back"));
    auto said = forecaster.line(repository, work, line.head);
    if (!said && said.error().kind == Problem::Kind::invalid) {  // too large on this line
      LineForecast unknown;
      unknown.target_sha = to_hex(line.head);
      unknown.outlook = Outlook::unknown;
      unknown.why = shown(said.error().what);
      said = std::move(unknown);
    }
    if (!said) return std::unexpected(damaged(said.error()));
    said->target = line.shown;
    forecast.lines.push_back(std::move(*said));
  }
  return forecast;
}

}  // namespace

void Observer::forget_when_much() {
  if (judged_ > kMostJudged || merged_.size() > kMostJudged || overlapping_.size() > kMostJudged ||
      hotfixes_.size() > 2 * kMostHotfixes || looks_.size() > kMostHotfixes || epoch_ != mirror_.epoch() ||
      kept_bytes(mirror_.scratch()) > options_.most_kept)
    forget();
}

void Observer::forget() {
  hotfixes_.clear();
  looks_.clear();
  merged_.clear();
  forecaster_.forget();
  unshipped_.clear();
  overlapping_.clear();
  drop_kept(mirror_.scratch());
  judged_ = 0;
  epoch_ = mirror_.epoch();
}

Result<Observer::Heads> Observer::find_heads(const effect::Observe& request) const {
  Heads heads;
  heads.tip = mirror_.commit_of(std::string(kHeads) + request.branch);
  heads.branch_is_there = heads.tip.has_value();
  if (!request.tag_sha.empty()) {
    auto shipped = parse_oid(request.tag_sha);
    if (!shipped) return std::unexpected(shipped.error());
    if (const auto work = mirror_.noted(shipped_note(request, request.tag_sha))) shipped = *work;
    if (mirror_.has(*shipped))
      heads.shipped = *shipped;
    else
      heads.why_unknown = "tagged commit " + short_hex(*shipped) + " is gone";
  } else if (heads.tip) {
    heads.shipped = heads.tip;
  } else {
    heads.why_unknown = "the hotfix branch is gone and its commits were never seen";
    if (!request.known_head.empty()) {
      auto known = parse_oid(request.known_head);
      if (!known) return std::unexpected(known.error());
      if (mirror_.has(*known)) heads.shipped = *known, heads.why_unknown.clear();
    }
  }
  if (!heads.tip) heads.tip = heads.shipped;
  heads.goes_on = request.tag_sha.empty() || (heads.tip && !(heads.shipped && same(*heads.tip, *heads.shipped)));
  return heads;
}

// Several families of tags may share a repository; the base's is asked for when none is configured. After shipping a
// command is not run and nobody asked any more: what the record says is enough to know other hotfixes' work by.
Result<Observer::Production> Observer::find_production(const effect::Observe& request, bool goes_on) {
  using Source = MirrorOptions::Production::Source;
  const Source source = options_.production.source;
  Production production;
  Result<std::string> found = request.known_production;
  if (goes_on || (source != Source::command && source != Source::asked)) {
    found = find_production_tag(mirror_, options_, policy_, request.known_production);
    const auto base = parse_version(request.base_tag);
    if (found && base && source == Source::newest_tag && options_.tag_prefix.empty()) {
      const auto version = parse_version(*found);
      if (version && version->prefix != base->prefix)
        found = find_production_tag(mirror_, options_, policy_, request.base_tag);
    }
  }
  if (!found) {
    if (found.error().kind == Problem::Kind::corrupt) return std::unexpected(found.error());
    production.why_unknown = found.error().what;
    return production;
  }
  if (const auto commit = mirror_.commit_of("refs/tags/" + *found)) production = {*found, *commit, {}};
  return production;
}

// Releases of others that `head` has: those noted when they were in production and the branch lacked them; and the one
// in production now, when it came by a merge, or when its number is before the next one although nothing was tagged.
Result<std::vector<Aboard>> Observer::releases_aboard(const effect::Observe& request, const git_oid& base,
                                                      const Heads& heads, const git_oid& head,
                                                      const Production& production) {
  git_repository* repository = mirror_.scratch();
  std::vector<Aboard> aboard;
  const auto is_aboard = [&](const git_oid& release) -> Result<bool> {
    auto in_base = contains_commit(repository, base, release);
    if (!in_base) return in_base;
    return *in_base ? Result<bool>(false) : contains_commit(repository, head, release);
  };
  auto noted = mirror_.noted_below(outside_notes(request));
  if (!noted) return std::unexpected(noted.error());
  for (const auto& [sha, own] : *noted) {
    auto release = parse_oid(sha);
    if (!release) return std::unexpected(release.error());
    if (!mirror_.has(*release)) continue;
    auto there = is_aboard(*release);
    if (!there) return std::unexpected(there.error());
    if (*there) aboard.push_back({*release, own});
  }
  if (production.tag.empty() || noted->contains(to_hex(production.commit)) || is_own_tag(production.commit, request) ||
      mirror_.noted(shipped_note(request, to_hex(production.commit))))
    return aboard;
  auto there = is_aboard(production.commit);
  if (!there) return std::unexpected(there.error());
  if (!*there) return aboard;
  bool others = request.tag_sha.empty() && newer(request.version, production.tag);
  if (!others) {
    auto on_chain = on_first_parents(repository, base, head, production.commit);
    if (!on_chain) return std::unexpected(on_chain.error());
    others = !*on_chain;
  }
  if (others) aboard.push_back({production.commit, request.tag_sha.empty() || !heads.shipped ? base : *heads.shipped});
  return aboard;
}

Result<Observer::Hotfix*> Observer::hotfix_for(const git_oid& base, const git_oid& head,
                                               const std::vector<git_oid>& lines, std::vector<Aboard> aboard) {
  auto& slot = hotfixes_[to_hex(base) + to_hex(head)];
  const auto alike = [](const git_oid& a, const git_oid& b) { return same(a, b); };
  const auto both_alike = [](const Aboard& a, const Aboard& b) {
    return same(a.release, b.release) && same(a.own, b.own);
  };
  if (slot && std::ranges::equal(slot->aboard, aboard, both_alike) &&
      (!slot->work.has_merges || std::ranges::equal(slot->lines, lines, alike)))
    return slot.get();
  auto work = find_own_work(mirror_.scratch(), base, head, lines, aboard, policy_.ignored_paths);
  if (!work) return std::unexpected(work.error());
  slot = std::make_unique<Hotfix>();
  slot->work = std::move(*work);
  slot->lines = lines;
  slot->aboard = std::move(aboard);
  slot->reader = std::make_unique<LineReader>(slot->work);
  return slot.get();
}

// The newest release tag on one of the own commits, newer than the tag it was cut from; or the hotfix's own version at
// a commit that has the work, such as main's merge of it. What shipped already is in every later release, so that
// release is not the hotfix's for it: only as long as there is something to tag.
Result<void> Observer::find_tag(const OwnWork& work, const Commits& own, const effect::Observe& request, bool goes_on,
                                HotfixFacts& facts) {
  const auto base = parse_version(request.base_tag);
  const VersionTag* best = nullptr;
  for (const VersionTag& tag : mirror_.version_tags()) {
    if (!tag.version.pre_release.empty()) continue;
    if (base && (tag.version.prefix != base->prefix || compare(tag.version, *base) <= 0)) continue;
    if (best != nullptr && compare(tag.version, best->version) <= 0) continue;
    if (!own.contains(tag.commit) && !is_own_tag(tag.commit, request)) {
      if (tag.name != request.version || !goes_on) continue;
      auto contains = contains_work(mirror_.scratch(), work, tag.commit);
      if (!contains) return std::unexpected(contains.error());
      if (!*contains) continue;
    }
    best = &tag;
  }
  if (best == nullptr) return {};
  facts.tag = best->name;
  facts.tag_sha = to_hex(best->commit);
  if (!own.contains(best->commit) && !is_own_tag(best->commit, request)) {
    // The next request names that commit, whose history is not the hotfix's.
    if (auto noted = mirror_.note(shipped_note(request, facts.tag_sha), work.head); !noted) return noted;
  }
  TagHandle annotated;
  const git_oid& oid = mirror_.refs().at("refs/tags/" + best->name);
  if (make(annotated, git_tag_lookup, mirror_.repository(), &oid) == 0) {
    if (const git_signature* tagger = git_tag_tagger(annotated.get())) facts.tag_at = to_time(tagger->when.time);
  } else {
    git_error_clear();  // a lightweight tag has no time of its own
  }
  if (facts.tag_at) return {};
  auto at = commit_time(mirror_.repository(), best->commit);
  if (!at) return std::unexpected(at.error());
  facts.tag_at = *at;
  return {};
}

// Unknown production closes the gate: that a base is stale is found out by nobody else before the tag, and whoever
// knows better can override the gate on the record. The look itself goes on; merge-back does not depend on it.
Result<std::string> Observer::why_stale(const effect::Observe& request, const git_oid& base, const Heads& heads,
                                        const Production& production) {
  if (production.tag.empty())
    return !heads.goes_on || production.why_unknown.empty()
               ? std::string()
               : fmt::format("was cut from {}, and what is in production now is unknown: {}", request.base_tag,
                             production.why_unknown);
  const std::string first = first_production_note(request);
  if (!mirror_.noted(first)) {
    if (auto noted = mirror_.note(first, production.commit); !noted) return std::unexpected(noted.error());
  }
  if (newer(request.base_tag, production.tag)) return std::string();
  // The hotfix's own tag may be on main's merge of it: then the branch needs no more than what shipped so.
  const auto shipped_so = mirror_.noted(shipped_note(request, to_hex(production.commit)));
  const git_oid wanted = shipped_so.value_or(production.commit);
  for (const git_oid& commit : {base, *heads.tip}) {
    auto contained = contains_commit(mirror_.scratch(), commit, wanted);
    if (!contained) return std::unexpected(contained.error());
    if (*contained) return std::string();
  }
  // Once it is merged, the graph does not tell any more whose work it was.
  const std::string outside = outside_notes(request) + to_hex(production.commit);
  if (!shipped_so && !is_own_tag(production.commit, request) && !mirror_.noted(outside)) {
    if (auto noted = mirror_.note(outside, *heads.tip); !noted) return std::unexpected(noted.error());
  }
  if (!heads.goes_on) return std::string();
  const auto at_first = mirror_.noted(first);
  if (at_first && !same(*at_first, production.commit))
    return fmt::format("was cut from {0}, production is {1} by now: git merge {1}", request.base_tag, production.tag);
  return fmt::format("was cut from {}, production is {}", request.base_tag, production.tag);
}

// A release that was merged in takes its number too: what contains v2.5.0 is not called v2.4.8.
Result<std::string> Observer::next_version(const effect::Observe& request, const Commits& own,
                                           const std::optional<git_oid>& tip, const Production& production,
                                           const HotfixFacts& facts) {
  if (request.version.empty()) return std::string();
  const auto taken = [&](const std::string& tag) { return mirror_.refs().contains("refs/tags/" + tag); };
  if (tip && newer(production.tag, request.version)) {
    auto aboard = contains_commit(mirror_.scratch(), *tip, production.commit);
    if (!aboard) return std::unexpected(aboard.error());
    if (*aboard) return next_patch(production.tag, taken).value_or("");
  }
  if (!taken(request.version) || facts.tag == request.version) return request.version;
  const auto commit = mirror_.commit_of("refs/tags/" + request.version);
  if (commit && (own.contains(*commit) || is_own_tag(*commit, request))) return request.version;
  return next_patch(request.version, taken).value_or("");
}

Result<std::string> Observer::why_unclean(Hotfix& hotfix, const effect::Observe& request,
                                          const std::vector<std::string>& names, const std::vector<git_oid>& lines,
                                          bool branch_is_there) {
  const OwnWork& work = hotfix.work;
  if (!work.descends_from_base) return "no longer contains " + request.base_tag;
  git_repository* repository = mirror_.scratch();
  const auto clause = [&](const git_oid& commit, const std::string& line) {
    return fmt::format("contains {} of {}, which is not in {}", short_hex(commit), line, request.base_tag);
  };
  std::vector<git_oid> bases{work.base};
  for (const Aboard& one : hotfix.aboard) bases.push_back(one.release);
  const auto in_production = [&](const git_oid& commit) -> Result<bool> {
    for (const git_oid& release : bases) {
      auto contained = contains_commit(repository, release, commit);
      if (!contained || *contained) return contained;
    }
    return false;
  };
  // Once sure, always sure: later a fast-forward may make a line's commit look like our own. Until it is released.
  for (const std::string& name : names) {
    const auto foreign = mirror_.noted(foreign_note(request, name));
    if (!foreign) continue;
    auto aboard = contains_commit(repository, work.head, *foreign);
    if (!aboard) return std::unexpected(aboard.error());
    if (!*aboard) continue;
    auto released = in_production(*foreign);
    if (!released) return std::unexpected(released.error());
    if (!*released) return clause(*foreign, name);
  }
  std::optional<git_oid> before;
  if (auto known = parse_oid(request.known_head);
      known && (request.tag_sha.empty() || branch_is_there) && mirror_.has(*known))
    before = *known;
  auto lineage =
      read_lineage(repository, bases, work.head, lines, mirror_.noted(own_note(request)), before, hotfix.trunks);
  if (!lineage) return std::unexpected(lineage.error());
  if (lineage->certain) {
    if (auto noted = mirror_.note(own_note(request), work.head); !noted) return std::unexpected(noted.error());
  }
  if (lineage->foreign.empty()) return std::string();
  // Lines often share commits: the production branch says most.
  auto shown = std::ranges::find(lineage->foreign, policy_.production_branch,
                                 [&](const Lineage::Foreign& foreign) { return names[foreign.line]; });
  if (shown == lineage->foreign.end()) shown = lineage->foreign.begin();
  const std::string& name = names[shown->line];
  if (auto noted = mirror_.note(foreign_note(request, name), shown->commit); !noted)
    return std::unexpected(noted.error());
  return clause(shown->commit, name);
}

Result<MergeBackFact> Observer::judge_line(Hotfix& hotfix, const std::string& target, const git_oid& line,
                                           const effect::Observe::Target& known, const GitProgress& progress) {
  const std::string key =
      to_hex(line) + (known.was_present ? "+" : "-") + known.acknowledged_sha + "/" + known.landing_sha;
  if (const auto seen = hotfix.judged.find(key); seen != hotfix.judged.end()) {
    MergeBackFact fact = seen->second.fact;
    fact.target = target;  // two lines may share a head
    return name_newer(std::move(fact), seen->second.touch, line, known);
  }
  ++judged_;
  git_repository* repository = mirror_.scratch();
  LineKnown before{.name = target, .was_present = known.was_present, .landing = {}};
  if (const auto landing = parse_oid(known.landing_sha)) before.landing = *landing;
  auto gathered = hotfix.reader->gather(repository, line, before, progress);
  if (!gathered) return std::unexpected(gathered.error());
  const Judgement judgement = judge(gathered->evidence);
  MergeBackFact fact{.target = target,
                     .target_sha = to_hex(line),
                     .verdict = judgement.verdict,
                     .explanation = shown(judgement.explanation),
                     .changed_since_ack = false,
                     .last_author = gathered->last_author,
                     .last_login = login_of_private_email(gathered->last_email, options_.url),
                     .at = {}};
  if (!known.acknowledged_sha.empty()) {
    auto changed = changed_since(repository, known.acknowledged_sha, line, gathered->paths);
    if (!changed) return std::unexpected(changed.error());
    fact.changed_since_ack = *changed;
  }
  auto at = commit_time(repository, line);
  if (!at) return std::unexpected(at.error());
  fact.at = *at;
  hotfix.judged.emplace(key, Hotfix::Judged{fact, gathered->touch});
  return name_newer(std::move(fact), gathered->touch, line, known);
}

// Who wrote what was on the line already when the fix was there took nothing from it: a line that was pushed back to an
// older commit has only such. A head that is not here any more was pushed away.
Result<MergeBackFact> Observer::name_newer(MergeBackFact fact, const std::optional<git_oid>& touch, const git_oid& line,
                                           const effect::Observe::Target& known) {
  const auto settled = parse_oid(known.settled_sha);
  if (!settled || !touch || fact.verdict == Verdict::present) return fact;
  auto older = Result<bool>(same(*settled, line) || !mirror_.has(*settled));
  if (!*older) older = contains_commit(mirror_.scratch(), *settled, *touch);
  if (!older) return std::unexpected(older.error());
  if (*older) fact.last_author.clear(), fact.last_login.clear();
  return fact;
}

Result<HotfixFacts> Observer::observe(const effect::Observe& request, const GitProgress& progress) {
  forget_when_much();
  const Stoppable stoppable(mirror_.scratch(), progress);
  std::optional<Production> commanded;
  using Source = MirrorOptions::Production::Source;
  if (options_.production.source == Source::command || options_.production.source == Source::asked) {
    auto heads = find_heads(request);
    if (!heads) return std::unexpected(heads.error());
    auto production = find_production(request, heads->goes_on);
    if (!production) return std::unexpected(production.error());
    commanded = std::move(*production);
  }
  const std::string key = key_of(request);
  if (const auto last = looks_.find(key); last != looks_.end()) {
    const Look& seen = last->second;
    if (seen.request == request && seen.refs == mirror_.generation() && seen.notes == mirror_.notes() &&
        seen.commanded == commanded)
      return seen.facts;
  }
  Look now{
      .request = request, .refs = mirror_.generation(), .notes = mirror_.notes(), .commanded = commanded, .facts = {}};
  auto facts = look(request, commanded, progress);
  if (!facts) return facts;
  if (was_stopped(mirror_.scratch())) return std::unexpected(cancelled("looking at " + request.branch));
  now.facts = *facts;
  looks_.insert_or_assign(key, std::move(now));
  return facts;
}

Result<Observer::Hotfix*> Observer::shipped_hotfix(const effect::Observe& request, bool look_for_production) {
  const auto refused = [&](const std::string& why) {
    return std::unexpected(Problem{Problem::Kind::refused,
                                   fmt::format("the commits of {} cannot be told: {}", request.branch, why),
                                   "carry them over by hand",
                                   {}});
  };
  auto base = parse_oid(request.base_sha);
  if (!base) return std::unexpected(base.error());
  if (!mirror_.has(*base)) return refused(fmt::format("commit {} is not on the origin", short_hex(*base)));
  auto heads = find_heads(request);
  if (!heads) return std::unexpected(heads.error());
  if (!heads->shipped) return refused(heads->why_unknown);
  auto production = find_production(request, look_for_production && heads->goes_on);
  if (!production) return std::unexpected(production.error());
  std::vector<git_oid> lines;
  for (const Line& line : named_lines(mirror_, policy_, request.branch)) lines.push_back(line.head);
  auto aboard = releases_aboard(request, *base, *heads, *heads->shipped, *production);
  if (!aboard) return std::unexpected(damaged(aboard.error()));
  auto hotfix = hotfix_for(*base, *heads->shipped, lines, std::move(*aboard));
  if (!hotfix) return std::unexpected(damaged(hotfix.error()));
  const OwnWork& work = (*hotfix)->work;
  if (work.steps.empty()) return refused(work.cannot_replay.empty() ? "it has none of its own" : work.cannot_replay);
  return *hotfix;
}

Result<const OwnWork*> Observer::shipped_work(const effect::Observe& request, const GitProgress& progress) {
  if (epoch_ != mirror_.epoch()) forget();
  const Stoppable stoppable(mirror_.scratch(), progress);
  auto hotfix = shipped_hotfix(request, true);
  if (!hotfix) return std::unexpected(hotfix.error());
  return &(*hotfix)->work;
}

Result<MergeBackReport> Observer::explain(const effect::Observe& request, const std::string& target,
                                          const GitProgress& progress) {
  forget_when_much();
  const Stoppable stoppable(mirror_.scratch(), progress);
  const auto lines = named_lines(mirror_, policy_, request.branch);
  const auto line = std::ranges::find(lines, target, &Line::shown);
  if (line == lines.end())
    return std::unexpected(Problem{Problem::Kind::not_found,
                                   fmt::format("there is no merge-back line {} on the origin", target),
                                   "See which there are now",
                                   {}});
  auto hotfix = shipped_hotfix(request, true);
  if (!hotfix) {
    Problem why = hotfix.error();
    if (why.kind == Problem::Kind::refused)
      why.mend = fmt::format("Look yourself: git log -p {}..origin/{}", request.base_tag, target);
    return std::unexpected(std::move(why));
  }
  LineKnown before{.name = target, .was_present = false, .landing = {}};
  const auto known = std::ranges::find(request.known_targets, target, &effect::Observe::Target::name);
  if (known != request.known_targets.end()) {
    before.was_present = known->was_present;
    if (const auto landing = parse_oid(known->landing_sha)) before.landing = *landing;
  }
  ++judged_;
  auto report = (*hotfix)->reader->report(mirror_.scratch(), line->head, before, progress);
  if (!report) return std::unexpected(damaged(report.error()));
  if (was_stopped(mirror_.scratch())) return std::unexpected(cancelled("looking at " + request.branch));
  const auto fit = [](auto& commit) {
    commit.subject = shown(commit.subject, kLongestSubject);
    commit.author = shown(commit.author);
  };
  for (auto& commit : report->commits) {
    fit(commit);
    for (auto& hunk : commit.hunks) hunk.path = shown(hunk.path);
  }
  if (report->landing) fit(*report->landing);
  for (auto& touch : report->touches) fit(touch);
  report->look = shown(report->look);
  return report;
}

// Of what shipped the tag, before that what it is to be tagged as; where that is not known, what it was cut from.
std::string Observer::fixed_version(const effect::Observe& request) const {
  if (request.tag_sha.empty()) return request.version.empty() ? request.base_tag : request.version;
  const VersionTag* first = nullptr;
  for (const VersionTag& tag : mirror_.version_tags())
    if (to_hex(tag.commit) == request.tag_sha && newer(tag.name, request.base_tag) &&
        (first == nullptr || compare(tag.version, first->version) < 0))
      first = &tag;
  return first == nullptr ? request.base_tag : first->name;
}

// By what the hotfix was cut from and ships as: none of it depends on when it is asked.
Result<Observer::Choice> Observer::choice_for(const effect::Observe& request) const {
  Choice choice;
  if (policy_.release_lines == ReleaseLines::newer) {
    choice.not_before = release_line(request.base_tag);
    choice.fixed = release_line(fixed_version(request));
    // What ships as a higher minor version leaves the lines of the one that it was cut from behind.
    if (choice.fixed && choice.not_before &&
        (choice.fixed->major != choice.not_before->major || choice.fixed->minor != choice.not_before->minor))
      choice.fixed = choice.not_before;
  }
  if (policy_.active_for == Minutes{0}) return choice;
  auto base = parse_oid(request.base_sha);
  if (!base) return std::unexpected(base.error());
  if (!mirror_.has(*base)) return choice;
  auto at = commit_time(mirror_.repository(), *base);
  if (!at) return std::unexpected(at.error());
  choice.active_since = **at - policy_.active_for;
  return choice;
}

Result<bool> Observer::is_target(const Choice& choice, const effect::Observe& request, const std::string& name,
                                 const std::string& shown, const git_oid& head) const {
  // What was judged once is owed, whatever the rules say by now.
  if (name == policy_.production_branch ||
      std::ranges::find(request.known_targets, shown, &effect::Observe::Target::name) != request.known_targets.end())
    return true;
  const auto line = release_line(name);
  if (!line) return true;
  if (choice.not_before && older(*line, line->patch && choice.fixed ? *choice.fixed : *choice.not_before)) return false;
  if (!choice.active_since) return true;
  auto at = commit_time(mirror_.repository(), head);
  if (!at) return std::unexpected(at.error());
  return **at >= *choice.active_since;
}

Result<std::vector<LineDistance>> Observer::distances(const effect::Observe& about) const {
  std::vector<LineDistance> all;
  auto base = parse_oid(about.base_sha);
  if (!base) return std::unexpected(base.error());
  auto choice = choice_for(about);
  if (!choice) return std::unexpected(choice.error());
  for (const Line& line : named_lines(mirror_, policy_, about.branch)) {
    auto counts = is_target(*choice, about, line.name, line.shown, line.head);
    if (!counts) return std::unexpected(counts.error());
    if (!*counts) continue;
    auto far = distance(mirror_.scratch(), *base, line.head, about.paths, policy_.ignored_paths);
    if (!far) return std::unexpected(far.error());
    far->target = line.shown;
    all.push_back(std::move(*far));
  }
  return all;
}

std::optional<Observer::Target> Observer::target(const effect::Observe& request, const std::string& shown) const {
  for (const Line& line : named_lines(mirror_, policy_, request.branch))
    if (line.shown == shown) return Target{line.name, line.head};
  return std::nullopt;
}

// Whose commits, how much, and whether they are all its own.
Result<void> Observer::describe(Hotfix& hotfix, const effect::Observe& request, const Heads& heads,
                                const std::vector<std::string>& names, const std::vector<git_oid>& lines,
                                HotfixFacts& facts) {
  OwnWork work = hotfix.work;
  auto unclean = why_unclean(hotfix, request, names, lines, heads.branch_is_there);
  if (!unclean) return std::unexpected(damaged(unclean.error()));
  facts.unclean = shown(*unclean);
  if (!facts.unclean.empty()) {
    auto measured = measure_all(mirror_.scratch(), work, policy_.ignored_paths);
    if (!measured) return std::unexpected(damaged(measured.error()));
  }
  facts.files = work.files;
  facts.lines = work.lines;
  auto findings = find_findings(mirror_.scratch(), work.measured_from, work.measured_tree, request.paths);
  if (!findings) return std::unexpected(damaged(findings.error()));
  facts.findings = std::move(*findings);
  for (const auto& step : work.steps) {
    auto commit = lookup_commit(mirror_.repository(), step.commit);
    if (!commit) return std::unexpected(damaged(commit.error()));
    if (facts.subject.empty())
      if (const char* summary = git_commit_summary(commit->get()); summary != nullptr) facts.subject = shown(summary);
    const auto add_author = [&](const git_oid& oid) -> Result<void> {
      auto made = lookup_commit(mirror_.repository(), oid);
      if (!made) return std::unexpected(damaged(made.error()));
      std::string name = author_name(made->get());
      if (std::ranges::find(facts.authors, name) == facts.authors.end()) facts.authors.push_back(std::move(name));
      return {};
    };
    for (auto brought = step.brought.rbegin(); brought != step.brought.rend(); ++brought)
      if (auto added = add_author(*brought); !added) return added;
    if (auto added = add_author(step.commit); !added) return added;
  }
  return {};
}

Result<HotfixFacts> Observer::look(const effect::Observe& request, const std::optional<Production>& commanded,
                                   const GitProgress& progress) {
  auto base = parse_oid(request.base_sha);
  if (!base) return std::unexpected(base.error());
  if (!mirror_.has(*base))
    return std::unexpected(
        Problem{Problem::Kind::not_found,
                fmt::format("commit {} of {} is not on the origin any more", short_hex(*base), request.base_tag),
                "push the tag again",
                {}});
  if (auto kept = mirror_.keep(*base); !kept) return std::unexpected(kept.error());

  HotfixFacts facts;
  auto heads = find_heads(request);
  if (!heads) return std::unexpected(heads.error());
  if (heads->branch_is_there) facts.head = to_hex(*heads->tip);
  for (const auto& head : {heads->tip, heads->shipped}) {
    if (!head) continue;
    if (auto kept = mirror_.keep(*head); !kept) return std::unexpected(kept.error());
  }
  auto production = commanded ? Result<Production>(*commanded) : find_production(request, heads->goes_on);
  if (!production) return std::unexpected(production.error());
  std::vector<Line> targets = named_lines(mirror_, policy_, request.branch);
  std::vector<git_oid> lines;
  std::vector<std::string> names;
  for (const Line& line : targets) lines.push_back(line.head), names.push_back(line.name);
  // Whose work is whose is told by all lines, also by those that owe nothing.
  auto choice = choice_for(request);
  if (!choice) return std::unexpected(choice.error());
  for (auto line = targets.begin(); line != targets.end();) {
    auto counts = is_target(*choice, request, line->name, line->shown, line->head);
    if (!counts) return std::unexpected(counts.error());
    line = *counts ? std::next(line) : targets.erase(line);
  }

  const auto read = [&](const git_oid& head) -> Result<Hotfix*> {
    auto aboard = releases_aboard(request, *base, *heads, head, *production);
    if (!aboard) return std::unexpected(damaged(aboard.error()));
    auto hotfix = hotfix_for(*base, head, lines, std::move(*aboard));
    if (!hotfix) return std::unexpected(damaged(hotfix.error()));
    return hotfix;
  };
  Commits own;
  Hotfix *branch = nullptr, *shipped = nullptr;
  for (const auto& [head, hotfix] : {std::pair(heads->shipped, &shipped), std::pair(heads->tip, &branch)}) {
    if (!head) continue;
    auto found = read(*head);
    if (!found) return std::unexpected(found.error());
    *hotfix = *found;
    for (const OwnWork::Step& step : (*found)->work.steps) {
      own.insert(step.commit);
      own.insert(step.brought.begin(), step.brought.end());
    }
    if ((*found)->work.head_is_own) own.insert(*head);
  }
  if (branch != nullptr) {
    auto described = describe(*branch, request, *heads, names, lines, facts);
    if (!described) return std::unexpected(described.error());
    if (auto tagged = find_tag(branch->work, own, request, heads->goes_on, facts); !tagged)
      return std::unexpected(tagged.error());
    auto stale = why_stale(request, *base, *heads, *production);
    if (!stale) return std::unexpected(damaged(stale.error()));
    facts.stale = shown(*stale);
  }
  auto version = next_version(request, own, heads->tip, *production, facts);
  if (!version) return std::unexpected(damaged(version.error()));
  facts.version = std::move(*version);
  unshipped_.erase(key_of(request));
  if (branch != nullptr && heads->branch_is_there && heads->goes_on && facts.tag_sha != facts.head) {
    const OwnWork& work = branch->work;
    if (!work.steps.empty() && !(work.cannot_replay.empty() && same(work.base_tree, work.tree))) {
      auto forecast = forecast_of(mirror_.scratch(), forecaster_, work, targets, progress);
      if (!forecast) return std::unexpected(forecast.error());
      facts.forecast = std::move(*forecast);
      unshipped_.insert_or_assign(key_of(request), work);
    }
  }
  if (shipped == nullptr) {
    for (const Line& line : targets) {
      auto at = commit_time(mirror_.repository(), line.head);
      if (!at) return std::unexpected(at.error());
      facts.targets.push_back({.target = line.shown,
                               .target_sha = to_hex(line.head),
                               .verdict = Verdict::unknown,
                               .explanation = heads->why_unknown,
                               .changed_since_ack = false,
                               .last_author = {},
                               .last_login = {},
                               .at = *at});
    }
    return facts;
  }
  for (const Line& line : targets) {
    if (progress && !progress("judging " + line.shown))
      return std::unexpected(cancelled("looking at " + request.branch));
    const auto known = std::ranges::find(request.known_targets, line.shown, &effect::Observe::Target::name);
    auto fact = judge_line(*shipped, line.shown, line.head,
                           known == request.known_targets.end() ? effect::Observe::Target{} : *known, progress);
    if (!fact) return std::unexpected(damaged(fact.error()));
    facts.targets.push_back(std::move(*fact));
  }
  if (facts.stale.empty() && heads->goes_on && heads->branch_is_there) {
    auto lacking = lacks_shipped(request, *heads->tip, progress);
    if (!lacking) return std::unexpected(lacking.error());
    facts.stale = shown(*lacking);
  }
  return facts;
}

// What shipped before from the same production or an older one must be in the next tag too: production may have lost it
// by a regular release. What only a person can tell closes nothing, and neither does what cannot be read any more.
Result<std::string> Observer::lacks_shipped(const effect::Observe& request, const git_oid& tip,
                                            const GitProgress& progress) {
  std::vector<std::string> lacking;
  std::string mend;
  for (const auto& other : request.shipped) {
    if (other.branch == request.branch || newer(other.base_tag, request.base_tag)) continue;
    effect::Observe about;
    about.repository = request.repository;
    about.branch = other.branch;
    about.base_tag = other.base_tag;
    about.base_sha = other.base_sha;
    about.tag_sha = other.tag_sha;
    about.known_production = request.known_production;
    auto hotfix = shipped_hotfix(about, false);
    if (!hotfix && must_end(hotfix.error())) return std::unexpected(hotfix.error());
    if (!hotfix) continue;
    auto fact = judge_line(**hotfix, request.branch, tip, {}, progress);
    if (!fact) return std::unexpected(damaged(fact.error()));
    if (fact->verdict != Verdict::absent && fact->verdict != Verdict::partial && fact->verdict != Verdict::regressed)
      continue;
    if (lacking.empty()) mend = fmt::format("git cherry-pick {}..{}", other.base_tag, other.tag);
    lacking.push_back(other.name);
  }
  if (lacking.empty()) return std::string();
  return fmt::format("lacks {}, which shipped before: {}", fmt::join(lacking, " and "), mend);
}

}  // namespace hotfixd::git
