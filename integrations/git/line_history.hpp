// What a target line's history says about a hotfix. History lies in both directions (reverts, squashes,
// wrong trailers), so it never makes a verdict PRESENT: it tells "gone again" from "never there", and where to look.
#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "bot/ports/git_repository.hpp"
#include "integrations/git/own_work.hpp"

namespace hotfixd::git {

// How a commit of a line is known to bring own work: the forge says so, it merges it, it is it, it says that it was
// picked from it, it is where the own commit was picked from, it makes the same change as all of it or as one commit,
// or it has one's author, author's time and subject.
enum class LandedBy { forge, merge, own_commit, cherry_pick, origin, squash, patch, author };
std::string_view to_string(LandedBy by);

struct LineHistory {
  // Own work as it came onto the line: what `commit` changes of its first parent.
  struct Piece {
    git_oid commit{}, trunk{};  // `trunk`: the commit of the line's first parents that brought it; often itself
    LandedBy by{};
    std::uint64_t place = 0;  // of `trunk`: a greater one is newer
  };
  static constexpr std::size_t kMostTouches = 20;

  bool ancestor = false;         // the hotfix's head is in the line's history
  bool squash = false;           // a single commit has the patch of all own commits together
  std::map<int, Piece> landed;   // the newest piece of each own commit that is there, by its index
  std::optional<Piece> whole;    // the newest one that brought all of them at once
  std::vector<git_oid> touches;  // first-parent commits that changed a file of the fix, merges too; newest first

  // What brought own work last; null = nothing did.
  const Piece* newest() const;
};

// Reads the history of lines for one hotfix and remembers what it looked at: keep it as long as the OwnWork it was made
// for. A line that goes on from where it was read last costs its new commits only.
class HistoryReader {
 public:
  explicit HistoryReader(const OwnWork& work);

  // `name` says which line it is, `paths` the hotfix's files under the names that they have there, `landing` the commit
  // that the forge says the work is on it; one that the line does not have is passed over. Problem::unreachable when
  // `progress` cancels. At most the 10,000 newest
  // commits that the production tag does not have are read.
  Result<LineHistory> read(git_repository* repository, const std::string& name, const git_oid& line,
                           const std::vector<std::string>& paths, const std::optional<git_oid>& landing,
                           const GitProgress& progress);

 private:
  struct Looked {
    int step = -1;  // index into the own commits, -1 = none of them
    bool squash = false;
    LandedBy by{};
  };
  struct Hash {
    std::size_t operator()(const git_oid& oid) const;
  };
  struct Equal {
    bool operator()(const git_oid& a, const git_oid& b) const { return same(a, b); }
  };
  template <typename T>
  using ByCommit = std::unordered_map<git_oid, T, Hash, Equal>;
  struct Read {
    git_oid head{};
    std::vector<std::string> paths;
    std::uint64_t commits = 0;
    LineHistory history;
  };

  Result<void> know_own_patches(git_repository* repository);
  Result<void> know_own_commits(git_repository* repository);
  Result<Looked> look(git_repository* repository, const git_oid& oid, const git_commit* commit, bool touches);
  Result<bool> touches(git_repository* repository, const git_oid& oid, const git_commit* commit,
                       const std::vector<std::string>& paths);
  Result<bool> go_on(git_repository* repository, const git_oid& line, Read& read, const GitProgress& progress);

  const OwnWork& work_;
  bool have_patches_ = false, have_commits_ = false;
  std::map<git_oid, int, OidLess> own_commits_, own_patches_, origins_;
  std::map<std::string, int> own_authors_;
  std::optional<git_oid> whole_patch_;
  ByCommit<Looked> looked_;
  ByCommit<bool> touched_;  // a file of the fix, under its own name
  std::map<std::string, Read> lines_;
};

// The hash of a change with all that tells it from another: white space, contents of what is no text, modes. Not where
// in the file it stands.
Result<git_oid> exact_patch(git_repository* repository, const git_oid& before, const git_oid& after);

}  // namespace hotfixd::git
