#include "integrations/git/mirror_repository.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <set>

#include "integrations/git/forward_port.hpp"
#include "integrations/git/glob.hpp"
#include "integrations/git/object_gate.hpp"
#include "integrations/git/observer.hpp"
#include "integrations/git/production.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/tag_signature.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kLongestName = 100;  // bytes, of a branch or tag
constexpr int kMostPorts = 9;              // branches of one name with a number behind it
constexpr std::size_t kMostWanted = 1000;

Result<void> check_name(std::string_view kind, const std::string& prefix, const std::string& name) {
  int valid = 0;
  const bool ok = !name.empty() && name.size() <= kLongestName && name[0] != '-' &&
                  git_reference_name_is_valid(&valid, (prefix + name).c_str()) == 0 && valid != 0;
  git_error_clear();
  if (ok) return {};
  return std::unexpected(problem(Problem::Kind::invalid,
                                 fmt::format("\"{}\" cannot be a {} name", shown(name, kLongestName), kind),
                                 "use letters, digits, '-', '.' and '/', at most 100 bytes"));
}

// Names and paths in a Problem are bytes until here.
template <typename T>
Result<T> fit_to_show(Result<T> result) {
  if (result) return result;
  Problem problem = std::move(result.error());
  problem.what = shown(problem.what);
  problem.mend = shown(problem.mend);
  return std::unexpected(std::move(problem));
}

class MirrorRepository final : public GitRepository {
 public:
  MirrorRepository(MirrorOptions options, RepositoryPolicy policy, std::unique_ptr<Mirror> mirror)
      : options_(std::move(options)),
        policy_(std::move(policy)),
        mirror_(std::move(mirror)),
        observer_(*mirror_, options_, policy_) {}

  Result<void> fetch(const GitProgress& progress) override {
    const std::lock_guard lock(one_at_a_time_);
    return fit_to_show(fetch_until(deadline(), progress));
  }

  Result<std::string> production_tag(const std::string& known_production, const GitProgress& progress) override {
    return fit_to_show(once_mended(
        progress, [&](Deadline) { return find_production_tag(*mirror_, options_, policy_, known_production); }));
  }

  Result<result::BranchCut> cut_branch(const effect::CutBranch& request, const GitProgress& progress) override {
    if (auto named = check_name("branch", "refs/heads/", request.branch); !named) return std::unexpected(named.error());
    return fit_to_show(once_mended(progress, [&](Deadline until) { return cut(request, until, progress); }));
  }

  Result<result::TagPushed> push_tag(const effect::PushTag& request, const GitProgress& progress) override {
    if (auto named = check_name("tag", "refs/tags/", request.tag); !named) return std::unexpected(named.error());
    return fit_to_show(once_mended(progress, [&](Deadline until) { return tag(request, until, progress); }));
  }

  Result<std::string> tag_commit(const std::string& tag, const GitProgress& progress) override {
    if (auto named = check_name("tag", "refs/tags/", tag); !named) return std::unexpected(named.error());
    return fit_to_show(once_mended(progress, [&](Deadline) -> Result<std::string> {
      if (const auto commit = mirror_->commit_of("refs/tags/" + tag)) return to_hex(*commit);
      return std::unexpected(problem(Problem::Kind::not_found, fmt::format("there is no tag {} on the origin", tag),
                                     "name a tag that is there"));
    }));
  }

  Result<result::ForwardPorted> forward_port(const effect::ForwardPort& request, const GitProgress& progress) override {
    return fit_to_show(once_mended(progress, [&](Deadline until) { return port(request, until, progress); }));
  }

  Result<result::MergeBackExplained> explain_merge_back(const effect::ExplainMergeBack& request,
                                                        const GitProgress& progress) override {
    auto report = fit_to_show(
        once_mended(progress, [&](Deadline) { return observer_.explain(request.about, request.target, progress); }));
    if (!report) return std::unexpected(report.error());
    return result::MergeBackExplained{request.repository, request.target, std::move(*report)};
  }

  Result<result::BranchesDeleted> delete_branches(const effect::DeleteBranches& request,
                                                  const GitProgress& progress) override {
    return fit_to_show(once_mended(progress, [&](Deadline until) { return remove(request, until, progress); }));
  }

  Result<HotfixFacts> observe(const effect::Observe& request, const GitProgress& progress) override {
    return fit_to_show(once_mended(progress, [&](Deadline) { return observer_.observe(request, progress); }));
  }

  Result<std::vector<JudgedPullRequest>> judge_pull_requests(const effect::GuardPullRequests& request,
                                                             const std::vector<ListedPullRequest>& open,
                                                             const GitProgress& progress) override {
    return fit_to_show(once_mended(progress, [&](Deadline until) -> Result<std::vector<JudgedPullRequest>> {
      std::vector<std::string> refs;
      for (auto& one : observer_.missing(open)) refs.push_back(std::move(one.ref));
      if (!refs.empty()) {
        auto got = mirror_->download(refs, options_.foreign_limit, until, progress);
        // Too much is not judged, and everything else is.
        if (!got && got.error().kind != Problem::Kind::refused) return std::unexpected(got.error());
        if (!got && progress) progress("heads of forks: " + got.error().what);
      }
      return observer_.judge_pull_requests(request, open, progress);
    }));
  }

  Result<Overlaps> overlapping_pull_requests(const effect::Observe& request, const std::vector<ListedPullRequest>& open,
                                             const GitProgress& progress) override {
    const std::lock_guard lock(one_at_a_time_);
    std::vector<std::string> refs;
    if (wanted_.size() > kMostWanted) wanted_.clear();
    for (auto& one : observer_.missing(open))
      if (wanted_.insert(one.head_sha).second) refs.push_back(std::move(one.ref));
    if (!refs.empty()) {
      auto got = mirror_->download(refs, options_.foreign_limit, deadline(), progress);
      // Too much is not looked at, and everything else is.
      if (!got && got.error().kind != Problem::Kind::refused) {
        wanted_.clear();
        return fit_to_show(Result<Overlaps>(std::unexpected(got.error())));
      }
      if (!got && progress) progress("heads of forks: " + got.error().what);
    }
    return fit_to_show(observer_.overlaps(request, open, progress));
  }

 private:
  Deadline deadline() const { return std::chrono::steady_clock::now() + options_.timeout; }

  Result<void> fetch_until(Deadline until, const GitProgress& progress) { return mirror_->fetch(until, progress); }

  // Fetches, then does `work`; when the mirror turns out to be damaged, re-makes it and tries once more.
  template <typename Work>
  auto once_mended(const GitProgress& progress, Work work) -> decltype(work(Deadline{})) {
    const std::lock_guard lock(one_at_a_time_);
    const Deadline until = deadline();
    if (auto fetched = fetch_until(until, progress); !fetched) return std::unexpected(fetched.error());
    auto done = work(until);
    if (done || done.error().kind != Problem::Kind::corrupt) return done;
    if (auto remade = mirror_->remake(); !remade) return std::unexpected(remade.error());
    wanted_.clear();
    if (auto fetched = fetch_until(until, progress); !fetched) return std::unexpected(fetched.error());
    return work(until);
  }

  Result<result::BranchCut> cut(const effect::CutBranch& request, Deadline until, const GitProgress& progress) {
    result::BranchCut done{.repository = request.repository,
                           .branch = request.branch,
                           .base_tag = request.from_tag,
                           .base_sha = {},
                           .version = {}};
    if (done.base_tag.empty()) {
      auto found = find_production_tag(*mirror_, options_, policy_, request.known_production);
      if (!found) {
        Problem refused = found.error();
        if (refused.kind == Problem::Kind::not_found) refused.kind = Problem::Kind::refused;
        return std::unexpected(std::move(refused));
      }
      done.base_tag = *found;
    }
    const auto commit = mirror_->commit_of("refs/tags/" + done.base_tag);
    if (!commit)
      return std::unexpected(problem(Problem::Kind::refused,
                                     fmt::format("there is no tag {} on the origin", done.base_tag),
                                     "name a tag that was in production"));
    if (!request.from_tag.empty()) {
      auto allowed = check_production_history(*mirror_, policy_, done.base_tag, *commit, request.known_production);
      if (!allowed) return std::unexpected(allowed.error());
    }
    const auto version =
        next_patch(done.base_tag, [&](const std::string& tag) { return mirror_->refs().contains("refs/tags/" + tag); });
    if (!version)
      return std::unexpected(
          problem(Problem::Kind::refused,
                  fmt::format("{} is no version tag, so its next patch version is not known", done.base_tag),
                  "name a tag such as v1.2.3"));
    done.base_sha = to_hex(*commit);
    done.version = *version;
    const std::string ref = "refs/heads/" + request.branch;
    const auto settled = create_once(ref, *commit, *commit, fmt::format("branch {}", request.branch), until, progress);
    if (!settled) return std::unexpected(settled.error());
    // Good to know, and no reason to fail.
    effect::Observe about;
    about.branch = request.branch;
    about.base_tag = done.base_tag;
    about.base_sha = done.base_sha;
    about.version = done.version;
    about.paths = request.paths;
    if (auto far = observer_.distances(about)) done.lines = std::move(*far);
    return done;
  }

  Result<result::TagPushed> tag(const effect::PushTag& request, Deadline until, const GitProgress& progress) {
    auto commit = parse_oid(request.sha);
    if (!commit) return std::unexpected(commit.error());
    if (!mirror_->has(*commit))
      return std::unexpected(problem(Problem::Kind::not_found,
                                     fmt::format("commit {} is not on the origin", short_hex(*commit)),
                                     "push it first"));
    const std::string ref = "refs/tags/" + request.tag;
    git_oid object{};
    if (!mirror_->refs().contains(ref)) {
      auto made = make_tag_object(request, *commit);
      if (!made) return std::unexpected(made.error());
      object = *made;
    }
    const auto settled = create_once(ref, object, *commit, fmt::format("tag {}", request.tag), until, progress);
    if (!settled) return std::unexpected(settled.error());
    return result::TagPushed{request.repository, request.tag, request.sha};
  }

  // The bot, now.
  Result<SignatureHandle> signature() const {
    const Time now = options_.clock ? options_.clock()
                                    : std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<Seconds>(now).time_since_epoch().count();
    SignatureHandle made;
    const int rc = make(made, git_signature_new, options_.bot_name.c_str(), options_.bot_email.c_str(), seconds, 0);
    if (rc < 0) return std::unexpected(last_problem(rc, "signing as " + options_.bot_name));
    return made;
  }

  Result<git_oid> make_tag_object(const effect::PushTag& request, const git_oid& commit) {
    auto tagger = signature();
    if (!tagger) return std::unexpected(tagger.error());
    const bool is_signed = options_.sign != MirrorOptions::Sign::none;
    // The unsigned one is needed to be signed only.
    git_repository* repository = is_signed ? mirror_->scratch() : mirror_->repository();
    ObjectHandle target;
    git_oid oid{};
    int rc = make(target, git_object_lookup, repository, &commit, GIT_OBJECT_COMMIT);
    const std::string message = is_signed ? request.message + "\n" : request.message;
    if (rc == 0)
      rc = git_tag_annotation_create(&oid, repository, request.tag.c_str(), target.get(), tagger->get(),
                                     message.c_str());
    if (rc < 0) return std::unexpected(last_problem(rc, "making tag " + request.tag));
    if (!is_signed) return oid;
    return signed_tag(repository, oid, mirror_->repository(), options_.sign, options_.signing_key);
  }

  Result<result::ForwardPorted> port(const effect::ForwardPort& request, Deadline until, const GitProgress& progress) {
    const auto target = observer_.target(request.about, request.target);
    if (!target)
      return std::unexpected(problem(Problem::Kind::not_found,
                                     fmt::format("there is no merge-back line {} on the origin", request.target),
                                     "look at the merge-backs again"));
    auto work = observer_.shipped_work(request.about, progress);
    if (!work) return std::unexpected(work.error());
    auto committer = signature();
    if (!committer) return std::unexpected(committer.error());
    const auto tagged = mirror_->commit_of("refs/tags/" + request.tag);  // it may be on main's merge of the hotfix
    const PortPlan plan{.work = *work,
                        .mode = request.mode,
                        .target = request.target,
                        .branch = request.about.branch,
                        .tag = tagged && same(*tagged, (*work)->head) ? request.tag : std::string(),
                        .incident = request.incident,
                        .committer = committer->get(),
                        .ignored_paths = policy_.ignored_paths};
    result::ForwardPorted done{.repository = request.repository,
                               .target = request.target,
                               .branch = {},
                               .sha = {},
                               .target_sha = to_hex(target->head),
                               .mode = request.mode,
                               .why_picked = {},
                               .commits = {}};
    const auto tell = [&](Carried carried, const std::string& branch, const git_oid& tip) {
      done.mode = carried.mode;
      done.why_picked = std::move(carried.why_picked);
      done.commits = std::move(carried.commits);
      done.skipped = carried.skipped;
      done.conflict = std::move(carried.conflict);
      done.branch = branch;
      if (!branch.empty()) done.sha = to_hex(tip);
      return done;
    };
    auto tried = [&] {
      const Stoppable stoppable(mirror_->scratch(), progress);
      return carry(mirror_->scratch(), plan, target->head);
    }();
    if (!tried) return std::unexpected(damaged(tried.error()));
    const bool nothing = tried->made.empty() && !tried->conflict;
    if (nothing) return tell(std::move(*tried), {}, {});
    for (int n = 1; n <= kMostPorts; ++n) {
      const std::string branch = n == 1 ? request.branch : fmt::format("{}-{}", request.branch, n);
      const std::string ref = "refs/heads/" + branch;
      int valid = 0;
      if (branch.starts_with('-') || git_reference_name_is_valid(&valid, ref.c_str()) < 0 || valid == 0)
        return std::unexpected(problem(Problem::Kind::invalid, fmt::format("\"{}\" cannot be a branch name", branch),
                                       "carry it over by hand"));
      if (!mirror_->refs().contains(ref)) {
        if (tried->made.empty()) return tell(std::move(*tried), {}, {});
        auto made = carry(mirror_->repository(), plan, target->head);
        if (!made) return std::unexpected(damaged(made.error()));
        auto created = mirror_->create_ref(ref, made->made.back(), until, progress);
        if (created) {
          const git_oid tip = made->made.back();
          return tell(std::move(*made), branch, tip);
        }
        if (created.error().kind != Problem::Kind::exists_elsewhere) return std::unexpected(created.error());
        // Somebody was faster, by a moment: look again what is there.
        if (auto fetched = fetch_until(until, progress); !fetched) return std::unexpected(fetched.error());
        if (!mirror_->refs().contains(ref)) return std::unexpected(created.error());
      }
      const auto tip = mirror_->commit_of(ref);
      const Stoppable stoppable(mirror_->scratch(), progress);
      auto known = tip ? recognise(mirror_->scratch(), plan, *tip, target->head) : Result<Recognised>(Recognised{});
      if (!known) return std::unexpected(damaged(known.error()));
      if (known->ours) return tell(std::move(known->carried), branch, *tip);
      if (known->merged) continue;
      if (tried->made.empty()) return tell(std::move(*tried), {}, {});
      return std::unexpected(problem(Problem::Kind::exists_elsewhere,
                                     fmt::format("branch {} exists already with other work", branch),
                                     "merge it, or delete it on the origin, and type it again"));
    }
    return std::unexpected(
        problem(Problem::Kind::exists_elsewhere,
                fmt::format("{} and {} more branches of that name were merged before", request.branch, kMostPorts - 1),
                "delete them on the origin"));
  }

  // Why a branch stays; empty = it may go.
  Result<std::string> why_kept(const std::string& branch, const git_oid& tip) {
    const auto is_line = [&](const std::string& name) {
      return name == policy_.production_branch ||
             std::ranges::any_of(policy_.targets, [&](const auto& glob) { return glob_matches(glob, name); });
    };
    if (is_line(branch)) return std::string("it is a merge-back line");
    constexpr std::string_view kHeads = "refs/heads/";
    RevwalkHandle walk;
    int rc = make(walk, git_revwalk_new, mirror_->repository());
    if (rc == 0) rc = git_revwalk_push(walk.get(), &tip);
    for (const auto& [ref, oid] : mirror_->refs()) {
      if (rc != 0) break;
      if (ref.starts_with(kHeads) && !is_line(ref.substr(kHeads.size()))) continue;
      if (const auto commit = mirror_->commit_of(ref)) rc = git_revwalk_hide(walk.get(), &*commit);
    }
    git_oid left{};
    if (rc == 0) rc = git_revwalk_next(&left, walk.get());
    if (rc == 0) return fmt::format("its commit {} is in no tag and no merge-back line", short_hex(left));
    if (rc != GIT_ITEROVER) return std::unexpected(damaged(last_problem(rc, "following history")));
    git_error_clear();
    return std::string();
  }

  Result<result::BranchesDeleted> remove(const effect::DeleteBranches& request, Deadline until,
                                         const GitProgress& progress) {
    result::BranchesDeleted done{request.repository, {}, {}};
    for (const auto& branch : request.branches) {
      const std::string ref = "refs/heads/" + branch;
      const auto tip = mirror_->commit_of(ref);
      if (!tip) {
        done.deleted.push_back(branch);
        continue;
      }
      auto why = why_kept(branch, *tip);
      if (!why) return std::unexpected(why.error());
      if (why->empty()) {
        auto deleted = mirror_->delete_ref(ref, *tip, until, progress);
        if (deleted) {
          done.deleted.push_back(branch);
          continue;
        }
        const auto kind = deleted.error().kind;
        if (kind != Problem::Kind::refused && kind != Problem::Kind::exists_elsewhere)
          return std::unexpected(deleted.error());
        *why = shown(deleted.error().what);
      }
      done.kept.push_back({branch, std::move(*why)});
    }
    return done;
  }

  // Creates `ref` at `object` unless it leads to `commit` already.
  Result<void> create_once(const std::string& ref, const git_oid& object, const git_oid& commit,
                           const std::string& what, Deadline until, const GitProgress& progress) {
    if (!mirror_->refs().contains(ref)) {
      auto created = mirror_->create_ref(ref, object, until, progress);
      if (created || created.error().kind != Problem::Kind::exists_elsewhere) return created;
      // Somebody was faster, by a moment: look again what is there.
      if (auto fetched = fetch_until(until, progress); !fetched) return fetched;
      if (!mirror_->refs().contains(ref)) return created;
    }
    const auto there = mirror_->commit_of(ref);
    if (there && same(*there, commit)) return {};
    return std::unexpected(problem(Problem::Kind::exists_elsewhere,
                                   fmt::format("{} exists already at {}, wanted at {}", what,
                                               there ? short_hex(*there) : "no commit", short_hex(commit)),
                                   ref.starts_with("refs/tags/")
                                       ? "that tag belongs to another commit and stays there: look again, and the "
                                         "next free number is taken"
                                       : "choose another name"));
  }

  const MirrorOptions options_;
  const RepositoryPolicy policy_;
  std::mutex one_at_a_time_;
  std::set<std::string> wanted_;  // heads of forks that were asked for once: what did not come is not asked for again
  std::unique_ptr<Mirror> mirror_;
  Observer observer_;
};

}  // namespace

Result<std::unique_ptr<GitRepository>> open_mirror(const MirrorOptions& options, const RepositoryPolicy& policy) {
  if (auto fine = check_url(options.url); !fine) return std::unexpected(fine.error());
  if (options.path.empty())
    return std::unexpected(problem(Problem::Kind::invalid, "the mirror has no folder", "give it a path"));
  if (auto started = start_library(options.ca_file); !started) return std::unexpected(started.error());
  Origin origin{.url = options.url,
                .user = options.user,
                .token = options.token,
                .ssh_key_path = options.ssh_key_path,
                .ssh_passphrase = options.ssh_passphrase,
                .known_hosts_path = options.known_hosts_path,
                .patience = options.patience};
  auto mirror = Mirror::open(options.path, std::move(origin));
  if (!mirror) return std::unexpected(mirror.error());
  return std::make_unique<MirrorRepository>(options, policy, std::move(*mirror));
}

}  // namespace hotfixd::git
