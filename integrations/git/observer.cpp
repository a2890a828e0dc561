#include "integrations/git/observer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "integrations/git/glob.hpp"
#include "integrations/git/lineage.hpp"
#include "integrations/git/mergeback_facts.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr int kMostJudged = 2000;  // then all that is remembered is dropped, and memory with it
constexpr std::size_t kMostHotfixes = 64;
constexpr std::string_view kHeads = "refs/heads/";

Time to_time(git_time_t seconds) { return Time(Seconds(seconds)); }

struct Line {
  std::string name;  // bytes, as git has it
  git_oid head{};
  std::string shown;  // the name that the rest of the program knows
};

// Names that are not UTF-8 may look alike; they stay apart by "~2", which no branch's own name can have.
std::string shown_name(const std::vector<Line>& lines, const std::string& name) {
  const std::string plain = shown(name);
  std::string unique = plain;
  for (int n = 2; std::ranges::find(lines, unique, &Line::shown) != lines.end(); ++n)
    unique = fmt::format("{}~{}", plain, n);
  return unique;
}

// The origin's branches that are merge-back lines, by name; never the hotfix branch itself.
std::vector<Line> target_lines(const Mirror& mirror, const RepositoryPolicy& policy, const std::string& hotfix_branch) {
  std::vector<Line> lines;
  for (auto ref = mirror.refs().lower_bound(std::string(kHeads));
       ref != mirror.refs().end() && ref->first.starts_with(kHeads); ++ref) {
    const std::string name = ref->first.substr(kHeads.size());
    if (name == hotfix_branch) continue;
    if (std::ranges::any_of(policy.targets, [&](const auto& glob) { return glob_matches(glob, name); }))
      lines.push_back({name, ref->second, shown_name(lines, name)});
  }
  return lines;
}

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

}  // namespace

void Observer::forget() {
  hotfixes_.clear();
  looks_.clear();
  mirror_.forget_scratch();
  judged_ = 0;
  epoch_ = mirror_.epoch();
}

// What shipped, or the branch's tip when it has that; without a tag the tip, or the last head that we saw when the
// branch is gone.
Result<Observer::Head> Observer::find_head(const effect::Observe& request, HotfixFacts& facts) const {
  const auto tip = mirror_.commit_of(std::string(kHeads) + request.branch);
  if (tip) {
    facts.head = to_hex(*tip);
    if (auto kept = mirror_.keep(*tip); !kept) return std::unexpected(kept.error());
    if (request.tag_sha.empty()) return Head{tip, {}};
  }
  const std::string& wanted = request.tag_sha.empty() ? request.known_head : request.tag_sha;
  if (wanted.empty()) return Head{std::nullopt, "the hotfix branch is gone and its commits were never seen"};
  auto known = parse_oid(wanted);
  if (!known) return std::unexpected(known.error());
  if (const auto work = mirror_.noted(shipped_note(request, wanted))) known = *work;
  if (!mirror_.has(*known))
    return Head{std::nullopt, request.tag_sha.empty() ? "the hotfix branch is gone and its commits were never seen"
                                                      : "tagged commit " + short_hex(*known) + " is gone"};
  if (auto kept = mirror_.keep(*known); !kept) return std::unexpected(kept.error());
  if (!tip) return Head{*known, {}};
  auto descends = contains_commit(mirror_.repository(), *tip, *known);
  if (!descends) return std::unexpected(descends.error());
  return Head{*descends ? *tip : *known, {}};
}

Result<Observer::Hotfix*> Observer::hotfix_for(const git_oid& base, const git_oid& head,
                                               const std::vector<git_oid>& lines) {
  auto& slot = hotfixes_[to_hex(base) + to_hex(head)];
  const auto alike = [](const git_oid& a, const git_oid& b) { return same(a, b); };
  if (slot && (!slot->work.has_merges || std::ranges::equal(slot->lines, lines, alike))) return slot.get();
  auto work = find_own_work(mirror_.scratch(), base, head, lines, policy_.ignored_paths);
  if (!work) return std::unexpected(work.error());
  slot = std::make_unique<Hotfix>();
  slot->work = std::move(*work);
  slot->lines = lines;
  slot->history = std::make_unique<HistoryReader>(slot->work);
  return slot.get();
}

// Is the own work in a commit elsewhere: by history, or because merging it would change nothing there?
Result<bool> Observer::contains_work(const OwnWork& work, const git_oid& commit) {
  if (work.steps.empty()) return false;
  auto descends = contains_commit(mirror_.repository(), commit, work.head);
  if (!descends || *descends) return descends;
  if (!work.cannot_replay.empty() || same(work.tree, work.base_tree)) return false;
  auto handle = lookup_commit(mirror_.repository(), commit);
  if (!handle) return std::unexpected(handle.error());
  const git_oid tree = *git_commit_tree_id(handle->get());
  auto merged = merge_trees(mirror_.scratch(), work.base_tree, tree, work.tree);
  if (!merged) return std::unexpected(merged.error());
  return merged->clean && same(merged->tree, tree);
}

// The newest release tag on the head or on one of the own commits, newer than the tag it was cut from; or the
// hotfix's own version at a commit that has the work, such as main's merge of it.
Result<void> Observer::find_tag(const OwnWork& work, const effect::Observe& request, HotfixFacts& facts) {
  std::set<git_oid, OidLess> own;
  for (const OwnWork::Step& step : work.steps) own.insert(step.commit);
  if (!same(work.head, work.base)) own.insert(work.head);
  const auto base = parse_version(request.base_tag);
  const VersionTag* best = nullptr;
  for (const VersionTag& tag : mirror_.version_tags()) {
    if (!tag.version.pre_release.empty()) continue;
    if (base && (tag.version.prefix != base->prefix || compare(tag.version, *base) <= 0)) continue;
    if (best != nullptr && compare(tag.version, best->version) <= 0) continue;
    if (!own.contains(tag.commit)) {
      if (tag.name != request.version) continue;
      auto contains = contains_work(work, tag.commit);
      if (!contains) return std::unexpected(contains.error());
      if (!*contains) continue;
    }
    best = &tag;
  }
  if (best == nullptr) return {};
  facts.tag = best->name;
  facts.tag_sha = to_hex(best->commit);
  if (!own.contains(best->commit)) {
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

Result<std::string> Observer::why_unclean(const OwnWork& work, const effect::Observe& request,
                                          const std::vector<std::string>& names, const std::vector<git_oid>& lines) {
  if (!work.descends_from_base) return "no longer contains " + request.base_tag;
  git_repository* repository = mirror_.repository();
  const auto clause = [&](const git_oid& commit, const std::string& line) {
    return fmt::format("contains {} of {}, which is not in {}", short_hex(commit), line, request.base_tag);
  };
  // Once sure, always sure: later a fast-forward may make a line's commit look like our own.
  for (const std::string& name : names) {
    const auto foreign = mirror_.noted(foreign_note(request, name));
    if (!foreign) continue;
    auto aboard = contains_commit(repository, work.head, *foreign);
    if (!aboard) return std::unexpected(aboard.error());
    if (*aboard) return clause(*foreign, name);
  }
  std::optional<git_oid> before;
  if (auto known = parse_oid(request.known_head); known && request.tag_sha.empty() && mirror_.has(*known))
    before = *known;
  auto lineage = read_lineage(repository, work.base, work.head, lines, mirror_.noted(own_note(request)), before);
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
                                           const effect::Observe::Target& known) {
  const std::string key = to_hex(line) + (known.was_present ? "+" : "-") + known.acknowledged_sha;
  if (const auto seen = hotfix.judged.find(key); seen != hotfix.judged.end()) {
    MergeBackFact fact = seen->second;
    fact.target = target;  // two lines may share a head
    return fact;
  }
  ++judged_;
  git_repository* repository = mirror_.scratch();
  auto gathered = gather_facts(repository, hotfix.work, *hotfix.history, line, known.was_present);
  if (!gathered) return std::unexpected(gathered.error());
  const Judgement judgement = judge(gathered->evidence);
  MergeBackFact fact{.target = target,
                     .target_sha = to_hex(line),
                     .verdict = judgement.verdict,
                     .explanation = shown(judgement.explanation),
                     .changed_since_ack = false,
                     .last_author = gathered->last_author,
                     .at = {}};
  if (!known.acknowledged_sha.empty()) {
    auto changed = changed_since(repository, known.acknowledged_sha, line, gathered->paths);
    if (!changed) return std::unexpected(changed.error());
    fact.changed_since_ack = *changed;
  }
  auto at = commit_time(repository, line);
  if (!at) return std::unexpected(at.error());
  fact.at = *at;
  hotfix.judged.emplace(key, fact);
  return fact;
}

Result<HotfixFacts> Observer::observe(const effect::Observe& request, const GitProgress& progress) {
  if (judged_ > kMostJudged || hotfixes_.size() > kMostHotfixes || looks_.size() > kMostHotfixes ||
      epoch_ != mirror_.epoch())
    forget();
  const std::string key = request.branch + " " + request.base_sha;
  if (const auto last = looks_.find(key); last != looks_.end()) {
    const Look& seen = last->second;
    if (seen.request == request && seen.refs == mirror_.generation() && seen.notes == mirror_.notes())
      return seen.facts;
  }
  Look now{.request = request, .refs = mirror_.generation(), .notes = mirror_.notes(), .facts = {}};
  auto facts = look(request, progress);
  if (!facts) return facts;
  now.facts = *facts;
  looks_.insert_or_assign(key, std::move(now));
  return facts;
}

Result<HotfixFacts> Observer::look(const effect::Observe& request, const GitProgress& progress) {
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
  auto head = find_head(request, facts);
  if (!head) return std::unexpected(head.error());
  const std::vector<Line> targets = target_lines(mirror_, policy_, request.branch);
  const std::optional<git_oid> judged = head->commit;
  if (!judged) {
    for (const Line& line : targets) {
      auto at = commit_time(mirror_.repository(), line.head);
      if (!at) return std::unexpected(at.error());
      facts.targets.push_back({.target = line.shown,
                               .target_sha = to_hex(line.head),
                               .verdict = Verdict::unknown,
                               .explanation = head->why_unknown,
                               .changed_since_ack = false,
                               .last_author = {},
                               .at = *at});
    }
    return facts;
  }
  std::vector<git_oid> heads;
  std::vector<std::string> names;
  for (const Line& line : targets) heads.push_back(line.head), names.push_back(line.name);
  auto hotfix = hotfix_for(*base, *judged, heads);
  if (!hotfix) return std::unexpected(damaged(hotfix.error()));
  OwnWork work = (*hotfix)->work;
  auto unclean = why_unclean(work, request, names, heads);
  if (!unclean) return std::unexpected(damaged(unclean.error()));
  facts.unclean = shown(*unclean);
  if (!facts.unclean.empty()) {
    auto measured = measure_all(mirror_.scratch(), work, policy_.ignored_paths);
    if (!measured) return std::unexpected(damaged(measured.error()));
  }
  facts.files = work.files;
  facts.lines = work.lines;
  for (const auto& step : work.steps) {
    auto commit = lookup_commit(mirror_.repository(), step.commit);
    if (!commit) return std::unexpected(damaged(commit.error()));
    std::string name = author_name(commit->get());
    if (std::ranges::find(facts.authors, name) == facts.authors.end()) facts.authors.push_back(std::move(name));
  }
  if (auto tagged = find_tag(work, request, facts); !tagged) return std::unexpected(tagged.error());
  for (const Line& line : targets) {
    if (progress && !progress("judging " + line.shown))
      return std::unexpected(
          Problem{Problem::Kind::unreachable, "looking at " + request.branch + " was cancelled", "", {}});
    const auto known = std::ranges::find(request.known_targets, line.shown, &effect::Observe::Target::name);
    auto fact = judge_line(**hotfix, line.shown, line.head,
                           known == request.known_targets.end() ? effect::Observe::Target{} : *known);
    if (!fact) return std::unexpected(damaged(fact.error()));
    facts.targets.push_back(std::move(*fact));
  }
  return facts;
}

}  // namespace hotfixd::git
