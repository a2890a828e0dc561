// What must be true before the bot tags, and before an incident closes.
#pragma once

#include "bot/domain/incident.hpp"

namespace hotfixd {

struct GateResult {
  Gate gate{};
  bool passed = false;
  bool overridden = false;  // not passed, and set aside by two people
  std::string detail;       // "CI green on 1a2b3c4", "1 of 2 approvals on 1a2b3c4"

  bool open() const { return passed || overridden; }
  bool operator==(const GateResult&) const = default;
};

enum class CiState { none, pending, green, red };

// A check's name without the suite that it ran in, see forge::Check: "smoke" of "smoke (suite 7)".
std::string_view check_name(std::string_view context);

// One check of a commit, or one that must pass and has not reported. Those must pass that the policy names for the
// repository, else those that the forge's rules demand; without either, all that report.
struct CheckView {
  std::string name;              // as shown
  const Check* check = nullptr;  // null: has not reported
  bool required = true;          // counts for the gate
  bool foreign = false;          // bears a name that must pass, and is not from where the rules want it
  bool failed() const { return check != nullptr && !foreign && check->state == CheckState::failed; }
};
// Those that must pass first, and roll-ups last. A foreign one is required while the right one has not reported.
std::vector<CheckView> checks_of(const Hotfix& hotfix, const std::string& sha, const Policy& policy);
// Of a foreign one: "smoke is from another app than the rules want".
std::string why_foreign(const CheckView& check);

// The checks of one commit that count, taken together: red when one failed, pending while one is or has not reported,
// green when at least one passed and the others passed or were skipped. Where checks are demanded by name, each of them
// must have passed (one that was skipped proves nothing), and what people said passed does not count, what they said
// failed does.
CiState ci_state(const Hotfix& hotfix, const std::string& sha, const Policy& policy);
// The check that made it red; empty when it is not.
std::string failed_check(const Hotfix& hotfix, const std::string& sha, const Policy& policy);

// The pull request whose approvals count: the open one into the production line, else the one that was merged there,
// else the newest open one, else the newest. Null: none is known by its number.
const PullRequest* counting_pull_request(const Hotfix& hotfix, const Policy& policy);
// What each reviewer says last: in that pull request or in the channel. Who asks for changes in another open one of the
// branch says that. Without a pull request, all that anybody says counts.
struct CountingReview {
  Person who;
  std::uint64_t number = 0;  // where it was said; 0 = in the channel
  Review review;
};
std::vector<CountingReview> counting_reviews(const Hotfix& hotfix, const Policy& policy);
// People other than the author, who may write there as far as that is known, whose latest verdict approves exactly this
// commit.
std::vector<Person> approvers(const Hotfix& hotfix, const std::string& sha, const Policy& policy);
// The policy's number, or the larger one that the forge's rules demand.
int approvals_needed(const Hotfix& hotfix, const Policy& policy);

// When people are next asked for the reviews that the head lacks; nothing while that would not help: no open pull
// request, a draft, CI red, or it was said often enough.
std::optional<Time> next_review_nag(const Incident& incident, const Hotfix& hotfix, const Policy& policy);

// The gates before a tag, in the order branch, ci, approvals, scope, judged on the hotfix's head.
std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// The same for another commit, e.g. one that somebody tagged by hand.
std::vector<GateResult> tag_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy,
                                  const std::string& sha);

// Of a tag that stands, judged on its commit. What the branch looks like now says something of the tag only while it is
// where it was.
std::vector<GateResult> shipped_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy);
// The same of what the tag shipped from, where that is another commit.
std::vector<GateResult> shipped_gates(const Incident& incident, const Hotfix& hotfix, const Policy& policy,
                                      const std::string& sha);

// The obligations that keep the incident open, oldest first.
std::vector<const Obligation*> open_obligations(const Incident& incident);

// Does this head of a line carry what the incident shipped?
struct Carries {
  std::vector<std::string> lacking;  // hotfixes that it must carry and does not, "v2.4.8 (HF-1)" each
  bool judged = true;                // false: another head of the line was looked at last
};
Carries carries(const Incident& incident, std::string_view repository, std::string_view branch, std::string_view sha);

// One thing to type or do that settles this obligation.
std::string what_to_do(const Obligation& obligation, const Incident& incident, const Policy& policy);
// "merge back to develop", "write the RCA" …
std::string title(const Obligation& obligation, const Incident& incident);

std::string short_sha(std::string_view sha);  // the first seven characters

}  // namespace hotfixd
