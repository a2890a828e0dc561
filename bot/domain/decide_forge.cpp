#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "bot/domain/deciding.hpp"
#include "bot/domain/deploys.hpp"

// What a forge says: by its webhooks, and when it is asked.

namespace hotfixd {

std::optional<Time> sane(const Deciding& d, std::optional<Time> at) {
  if (!at || *at > d.c.now || *at < d.i.declared.at - std::chrono::hours{24}) return std::nullopt;
  return at;
}

std::string of_repository(const Deciding& d, std::string_view repository) {
  return d.i.hotfixes.size() > 1 ? fmt::format(" ({})", repository) : std::string{};
}

Message watch(const std::string& shipped) {
  return {{{plain(shipped + ". Watch the signal, then "), code("/hotfix verify ok|failing <what you saw>")}}, {}};
}

namespace {

// Commits of a hotfix's repository whose checks are kept before the bot knows which is the head.
constexpr std::size_t kMaxUnknownShas = 200;
// A webhook and a look may give the end of one deployment another time.
constexpr Minutes kSameFailure{1};

class ForgeFacts {
 public:
  // `looking`: the event comes of a look, so none is asked for.
  ForgeFacts(Deciding& deciding, const ForgeEvent& event, bool looking = false)
      : d(deciding), e(event), h(deciding.i.hotfix(event.repository)), looking_(looking), looked_(looking) {}

  void operator()(const forge::PullRequest& pr) {
    using Action = forge::PullRequest::Action;
    auto* known = find(pr.number);
    if (known == nullptr && record_forward_port(d, e.repository, pr)) return look();
    if (known == nullptr && pr.head_branch != h->branch) {
      // It may touch the same lines.
      if (pr.action != Action::updated && h->taggable() && is_target("refs/heads/" + pr.base)) look();
      return;
    }
    if (known == nullptr) {
      d.emit(
          event::PullRequestOpened{
              e.repository, pr.number, pr.url, {pr.title}, pr.base, pr.head_sha, by(pr.author_login), pr.draft},
          how(by(pr.author_login), pr.action == Action::opened));
      known = find(pr.number);
    } else if (const auto author = by(pr.author_login);
               (!pr.author_login.empty() && !(author == known->author)) ||
               (!pr.title.empty() && pr.title != known->title && known->title != kRedacted) ||
               pr.draft != known->draft || (!pr.base.empty() && pr.base != known->base && known->landing_sha.empty())) {
      d.emit(event::PullRequestOpened{e.repository,
                                      pr.number,
                                      pr.url,
                                      {pr.title},
                                      pr.base,
                                      pr.head_sha,
                                      pr.author_login.empty() ? known->author : author,
                                      pr.draft},
             how(by(e.login), false));
      known = find(pr.number);
    }
    if (pr.action == Action::opened)  // its report may come after those of what followed
      if (const auto at = sane(d, e.at))
        for (const auto& entry : Entries(d.i.timeline))
          if (entry.milestone == Milestone::pull_request && entry.repository() == e.repository &&
              entry.occurred_at > *at && entry.text.starts_with(fmt::format("PR #{} opened", pr.number)))
            d.emit(event::EntryTimeCorrected{entry.id(), *at}, how(by(pr.author_login)));
    known = find(pr.number);
    if (pr.action == Action::merged && known->landing_sha.empty()) {
      const auto before = *known;
      // Where the bot did it, the forge names the bot.
      d.emit(event::PullRequestMerged{e.repository, pr.number, pr.base,
                                      pr.landing_sha.empty() ? pr.head_sha : pr.landing_sha},
             how(before.merging.who.empty() ? by(e.login) : before.merging.who));
      say_merged(d, e.repository, before);
    } else if (pr.action == Action::closed && known->open)
      d.emit(event::PullRequestClosed{e.repository, pr.number}, how(by(e.login)));
    else if (pr.action == Action::reopened && !known->open && known->landing_sha.empty())
      d.emit(event::PullRequestReopened{e.repository, pr.number}, how(by(e.login)));
    look();
  }

  void operator()(const forge::Review& r) {
    // In a look, one of a pull request that is none of this incident's is an earlier incident's.
    if (find(r.number) == nullptr && (looking_ || r.head_branch != h->branch)) return;
    if (r.login.empty() || (r.sha.empty() && r.verdict == ReviewVerdict::approved)) return;  // of which commit?
    if (r.verdict == ReviewVerdict::commented) return;  // a comment does not change an earlier verdict
    const auto reviewer = by(r.login);
    const auto sha = r.sha.empty() ? h->head : r.sha;
    const auto old = h->reviews.find({reviewer.key(), r.number});
    const Review now{r.verdict, sha, {}};
    const bool same = old != h->reviews.end() && old->second.verdict == now.verdict;
    if (same && (r.sha.empty() || old->second.sha == now.sha)) return;
    // Forges tell seconds: of two in one, that of the head is the newer.
    if (!looking_ && old != h->reviews.end() && e.at == old->second.stamp.at && old->second.sha == h->head &&
        sha != h->head)
      return;
    // Came late. A look tells what holds: only what came since it began is newer, whatever time a webhook without one
    // got.
    if (old != h->reviews.end() && e.at && *e.at < old->second.stamp.at &&
        (!looking_ || old->second.stamp.at > d.c.looked_at))
      return;
    d.emit(event::ReviewGiven{e.repository, r.number, reviewer, r.verdict, sha}, how(reviewer));
    // Whether the reviewer may write there only a look tells.
    const auto* repository = d.p.repository(e.repository);
    const bool of_rights = r.verdict == ReviewVerdict::approved && repository != nullptr && !repository->forge.empty();
    if (sha != h->head || of_rights) look();
  }

  void operator()(const forge::Check& check) {
    if (check.context.starts_with("hotfixd/")) return;  // the bot's own word is no proof
    if (d.i.ended() && check.sha != h->tag_sha && check.sha != h->head && check.branch != h->branch) return;
    if (!check.branch.empty() && check.branch != h->branch && check.sha != h->head) return;  // somebody else's CI
    const auto known = h->checks.find(check.sha);
    auto source = check.source;
    if (check.sha != h->head) {
      look();
      if (known == h->checks.end() && h->checks.size() >= kMaxUnknownShas) return;
    }
    if (known != h->checks.end()) {
      const auto old = known->second.find(check.context);
      if (old != known->second.end()) {
        const auto& was = old->second;
        // Begun again under the same id, or a report of its beginning that comes late.
        const bool again = check.state == CheckState::pending && e.at && *e.at > was.stamp.at;
        const bool older = check.sequence < was.sequence ||
                           (check.sequence == was.sequence && check.state == CheckState::pending && !again);
        const bool new_step = !check.step.empty() && check.step != was.step;
        // A webhook may not tell what a look did of the same report.
        if (source.empty() && check.sequence == was.sequence) source = was.source;
        const bool new_source = source != was.source && (looking_ || was.source.empty());
        if (older || (was.state == check.state && was.sequence == check.sequence && !new_step && !new_source)) return;
      }
    }
    d.emit(event::CheckReported{e.repository, check.sha, check.context, check.state, check.url, check.sequence,
                                check.step, check.rollup, source},
           how({}));
    // It may be what the rules wait for, and only a look tells what reported it.
    if (source.empty() && check.state != CheckState::pending && bound(check) &&
        ci_state(*h, h->head, d.p) == CiState::pending)
      look();
  }

  void operator()(const forge::Push& push) {
    record_push(push);
    if (push.ref == "refs/heads/" + h->branch || push.ref.starts_with("refs/tags/") || is_target(push.ref)) look();
  }

  void operator()(const forge::TagCreated&) { look(); }
  void operator()(const forge::Released&) { look(); }

  void operator()(const forge::Deployment& deployment) {
    if (!same_word(deployment.environment, d.p.environment) || deployment.state == forge::Deployment::State::pending)
      return;
    if (looking_ && !e.at) return;  // a look says it again and again: without its time it cannot be told from the last
    const auto tag = h->tag.empty() ? h->version : h->tag;
    const auto ref = deployment.ref.starts_with("refs/tags/") ? deployment.ref.substr(10) : deployment.ref;
    // Two incidents may be cut from the same tag and so expect the same version: its name alone proves nothing
    // before the tag is there, when the commit is known.
    const bool landed = std::ranges::any_of(h->pull_requests,
                                            [&](const auto& pr) {
                                              return !pr.landing_sha.empty() && pr.landing_sha == deployment.sha;
                                            }) ||
                        std::ranges::any_of(h->merge_backs, [&](const auto& mb) {
                          return mb.second.verdict == Verdict::present && !deployment.sha.empty() &&
                                 mb.second.target_sha == deployment.sha;
                        });
    const bool by_name = ref == tag && (!h->tag.empty() || deployment.sha.empty());
    const bool is_live = std::ranges::find(h->environments, d.p.environment) != h->environments.end();
    const bool late = e.at && h->deployed_at && *e.at < *h->deployed_at;
    const bool undone = e.at && h->rolled_back_at && *e.at < *h->rolled_back_at;  // a report of before the rollback
    if (undone) return;
    if (is_live && !late && deployment.state == forge::Deployment::State::succeeded &&
        (h->precedes(ref) || (!deployment.sha.empty() && deployment.sha == h->base_sha)))
      return rolled_back(tag, deployment, h->precedes(ref) ? ref : h->base_tag);
    if (!by_name && !landed &&
        (deployment.sha.empty() ||
         (deployment.sha != h->tag_sha && (deployment.sha != h->head || h->head == h->base_sha))))
      return;
    const auto* run = newest_run(d.i, e.repository, tag, d.p.environment);
    const bool own = run != nullptr && run->under_way();  // its own message tells
    if (deployment.state == forge::Deployment::State::failed) {
      // Known already, or of an attempt before it.
      if (run != nullptr && (run->outcome == DeploymentOutcome::failed || (e.at && *e.at < run->ordered.at))) return;
      if (own && !run->id.empty()) return;  // it is followed, and that says which step it was
      if (looking_ && h->deployed_at && e.at && *e.at <= *h->deployed_at) return;  // what came after it is known
      if (looking_ && h->deploy_failed_at && *e.at <= *h->deploy_failed_at + kSameFailure) return;
      if (own) return d.emit(event::DeploymentFailed{e.repository, tag, d.p.environment, {}}, how(by(e.login)));
      d.emit(event::DeploymentFailed{e.repository, tag, d.p.environment, {}}, how(by(e.login)));
      d.announce({{{bold(fmt::format("Deployment of {} to {}{} failed", tag, deployment.environment,
                                     of_repository(d, e.repository))),
                    plain(deployment.url.empty() ? "" : ": " + deployment.url)}},
                  {}});
      return;
    }
    if (is_live) return;
    // Without a tag of ours it went out with something else, which is called what the forge calls it.
    const auto name = !h->tag.empty() || by_name ? tag : !ref.empty() ? ref : short_sha(deployment.sha);
    d.emit(event::Deployed{e.repository, name, d.p.environment}, how(by(e.login)));
    if (!own)
      d.announce(watch(fmt::format("{} is in {}{}", name, deployment.environment, of_repository(d, e.repository))));
    look();
  }

  // Production runs what the hotfix was cut from again: what was verified no longer holds.
  void rolled_back(const std::string& tag, const forge::Deployment& deployment, const std::string& to) {
    const auto* run = newest_run(d.i, e.repository, to, d.p.environment);
    const bool own = run != nullptr && run->under_way();
    d.emit(event::Deployed{e.repository, to, d.p.environment}, how(by(e.login)));
    if (own) return;
    d.announce({{{mention(d.responsible()),
                  plain(fmt::format(" {} runs {} again{}: {} was rolled back. Say why: ", deployment.environment, to,
                                    of_repository(d, e.repository), tag)),
                  code(fmt::format("/hotfix mitigate rollback {} <why>", to))}},
                {}},
               true);
  }

  // Whose login this is.
  Person by(std::string_view login) const { return d.p.by_login(e.repository, login); }
  bool concerned() const { return h != nullptr && !h->base_sha.empty(); }

 private:
  // Is one of this name, or any of a workflow, demanded from a certain source?
  bool bound(const forge::Check& check) const {
    return std::ranges::any_of(h->check_sources, [&](const CheckSource& one) {
      return check.rollup ? one.check == one.source : one.check == check_name(check.context);
    });
  }

  Deciding::How how(Person by, bool own_time = true) const {
    return {own_time ? sane(d, e.at).value_or(d.c.sent_at) : d.c.sent_at, std::move(by), Source::forge};
  }

  PullRequest* find(std::uint64_t number) {
    for (auto& pr : h->pull_requests)
      if (pr.number == number) return &pr;
    return nullptr;
  }

  // Who moved a line: git knows only who wrote what is on it. Nothing is said of one that is gone.
  void record_push(const forge::Push& push) {
    constexpr std::string_view kHeads = "refs/heads/";
    if (!is_target(push.ref) || push.deleted || push.after.empty() || push.after == push.before || e.login.empty())
      return;
    const auto target = push.ref.substr(kHeads.size());
    const LinePush now{push.before, push.after, push.by_program ? Person{{}, e.login} : by(e.login), push.forced};
    const auto& line = h->merge_backs.at(target);
    const auto same = [&](const LinePush& one) { return one == now && one.by.name == now.by.name; };
    if (std::ranges::any_of(line.pushes, same)) return;  // the forge said it again
    if (line.pushes.empty() && line.lost_sha.empty() && push.after == line.settled_sha) return;  // git was faster
    d.emit(event::LinePushed{e.repository, target, now.before, now.after, now.by, now.forced},
           how(push.by_program ? Person{} : now.by));
  }

  bool is_target(std::string_view ref) const {
    return std::ranges::any_of(h->merge_backs, [&](const auto& mb) { return ref == "refs/heads/" + mb.first; });
  }

  void look() {
    if (looked_) return;
    looked_ = true;
    d.observe_now(*h);
  }

  Deciding& d;
  const ForgeEvent& e;
  Hotfix* h;
  const bool looking_;
  bool looked_;
};

// What a look says, as a webhook would have said it: that a pull request is there is news once, and of one that was
// over before the incident it never is.
std::optional<ForgeEvent> as_news(const Deciding& d, const ForgeEvent& event) {
  using Action = forge::PullRequest::Action;
  const auto* pr = std::get_if<forge::PullRequest>(&event.fact);
  if (pr == nullptr) return event;
  const auto& all = d.i.hotfix(event.repository)->pull_requests;
  const auto known = std::ranges::find(all, pr->number, &PullRequest::number);
  if (known == all.end()) {
    const bool over = pr->action == Action::merged || pr->action == Action::closed;
    return over && event.at && *event.at < d.i.declared.at ? std::nullopt : std::optional(event);
  }
  auto news = event;
  if (pr->action == Action::opened)
    std::get<forge::PullRequest>(news.fact).action = known->open ? Action::updated : Action::reopened;
  return news;
}

std::string pull_request_body(const Deciding& d, const Hotfix& h) {
  std::vector<std::string> targets;
  for (const auto& [target, mb] : h.merge_backs) targets.push_back(target);
  auto body = d.i.private_channel
                  ? fmt::format("Hotfix {}", d.i.id)
                  : fmt::format("Hotfix {} ({}): {}", d.i.id, severity_name(d.i.severity, d.p), d.i.summary);
  body += fmt::format("\n\nCut from {}, to be shipped as {}.\n\n", h.base_tag, h.version);
  body += "- [ ] The narrowest correct change: nothing unrelated, no reformatting, no new dependency\n";
  body += "- [ ] A test fails without it\n";
  const auto needed = approvals_needed(h, d.p);
  body += fmt::format("- [ ] {} {} of the exact commit, by people who did not write it\n", needed,
                      needed == 1 ? "approval" : "approvals");
  if (!targets.empty()) body += fmt::format("- [ ] Merged back to {}\n", fmt::join(targets, ", "));
  return body;
}

// Once for a branch: it has a commit, is clean, and nobody has opened one.
void want_pull_request(Deciding& d, const std::string& name) {
  const auto* h = d.i.hotfix(name);
  const auto* repository = d.p.repository(name);
  if (repository == nullptr || repository->forge.empty() || !repository->open_pull_request || d.i.ended()) return;
  if (h->pr_wanted || !h->pull_requests.empty() || !h->taggable() || !h->unclean.empty() || h->landed()) return;
  open_pull_request(d, *h);
}

}  // namespace

void decide_forge(Deciding& d, const ForgeEvent& event) {
  if (!watched(d.i, d.p, d.c.now)) return;
  ForgeFacts facts(d, event);
  if (facts.concerned()) std::visit(facts, event.fact);
}

void record_view(Deciding& d, const std::string& repository, const ForgeView& view) {
  const Deciding::How by_forge{.at = d.c.now, .by = Person{}, .source = Source::forge};
  for (const auto& event : view.events)
    if (const auto news = as_news(d, event)) std::visit(ForgeFacts(d, *news, true), news->fact);
  const auto* h = d.i.hotfix(repository);
  event::ForgeAsked now{repository, h->head, {}, view.required_checks, {}};
  for (const auto& login : view.authors) now.authors.push_back(d.p.by_login(repository, login));
  for (const auto& name : view.awaited)
    now.awaited.push_back(name.starts_with('@') ? Person{name, name} : d.p.by_login(repository, name));
  now.unknown_authors = view.unknown_authors;
  now.rules_known = view.rules_known;
  now.check_sources = view.check_sources;
  now.required_approvals = view.required_approvals;
  if (!view.rules_known) {
    now.required_checks = h->required_checks;
    now.check_sources = h->check_sources;
    now.required_approvals = h->required_approvals;
  }
  for (const auto& login : view.readers) now.readers.push_back(d.p.by_login(repository, login));
  for (const auto& login : view.rights_unknown) now.rights_unknown.push_back(d.p.by_login(repository, login));
  const auto said = [](const auto& x) {
    return std::tie(x.authors, x.required_checks, x.awaited, x.unknown_authors, x.rules_known, x.check_sources,
                    x.required_approvals, x.readers, x.rights_unknown);
  };
  if (said(now) != said(*h)) d.emit(std::move(now), by_forge);
  want_pull_request(d, repository);
}

void open_pull_request(Deciding& d, const Hotfix& h) {
  const auto* repository = d.p.repository(h.repository);
  const auto title = !h.subject.empty() ? h.subject : d.i.private_channel ? "Hotfix " + d.i.id : d.i.summary;
  d.effect(effect::OpenPullRequest{h.repository, h.branch, repository->production_branch, title,
                                   pull_request_body(d, h), false});
  if (!h.pr_wanted)
    d.emit(event::PullRequestWanted{h.repository, repository->production_branch},
           {.at = d.c.now, .by = Person{}, .source = Source::bot});
}

void decide_result(Deciding& d, const result::StatusRefused& r) {
  const auto what = "the status " + r.context;
  const auto known = d.i.forge_refusals.find(r.repository + " " + what);
  if (known != d.i.forge_refusals.end() && known->second == r.problem.mend) return;
  // What is to be mended is the same for the next commit; the rest of the words names this one.
  d.emit(event::ForgeRefused{r.repository, what, r.problem.mend},
         {.at = d.c.now, .by = Person{}, .source = Source::forge});
  d.announce({{{bold(fmt::format("The status {} cannot be set in {}", r.context, r.repository)),
                plain(fmt::format(": {}. {}", r.problem.what, r.problem.mend))}},
              {}});
}

void decide_result(Deciding& d, const result::IssueFiled& r) {
  const auto it = std::ranges::find(d.i.actions, r.action, &ActionItem::id);
  if (it == d.i.actions.end() || it->issue == r.number) return;
  d.emit(event::IssueFiled{r.action, r.number, r.url}, {.at = d.c.now, .by = Person{}, .source = Source::forge});
  d.announce({{{plain(fmt::format("{} is ", r.action)), link(fmt::format("issue #{}", r.number), r.url),
                plain(": " + it->what)}},
              {}});
}

void decide_result(Deciding& d, const result::IssueFailed& r) {
  d.emit(event::ForgeRefused{{}, "an issue for " + r.action, r.problem.what},
         {.at = d.c.now, .by = Person{}, .source = Source::forge});
  d.announce({{{bold(fmt::format("No issue for {}", r.action)), plain(": " + r.problem.what)},
               {plain(r.problem.mend + "; then "), code("/hotfix action issue " + r.action)}},
              {}});
}

void decide_result(Deciding& d, const result::PullRequestReady& r) {
  const ForgeEvent event{r.repository, {}, r.pull_request.author_login, r.pull_request};
  ForgeFacts facts(d, event, true);
  if (facts.concerned()) facts(r.pull_request);
}

void decide_result(Deciding& d, const result::PullRequestFailed& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (forward_port_failed(d, r)) return;
  if (h == nullptr || h->branch != r.head || h->open_pull_request() != nullptr) return;
  d.emit(event::ForgeRefused{r.repository, "a pull request from " + r.head, r.problem.what},
         {.at = d.c.now, .by = Person{}, .source = Source::forge});
  d.announce(
      {{{bold(fmt::format("No pull request was opened for {}{}", r.head, in_repository(d.i, r.repository))),
         plain(": " + r.problem.what)},
        {plain(r.problem.mend + "; then "), code("/hotfix pr"), plain(", or open it by hand: it is recognised.")}},
       {}});
}

}  // namespace hotfixd
