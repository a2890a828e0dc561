// Repositories in temporary folders, built with the real git, for the tests of integrations/git.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "integrations/git/mirror_repository.hpp"

namespace hotfixd::git::testing {

// Runs a shell command and returns what it printed (both streams); `status` gets the exit status.
std::string shell(const std::string& command, int* status = nullptr);

class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  std::string path(const std::string& name = {}) const { return name.empty() ? path_ : path_ + "/" + name; }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& content);

// A bare origin and a clone to work in. Commit times go up by a minute with every command, so ids are
// the same in every run.
class Repo {
 public:
  explicit Repo(const TempDir& dir, const std::string& name = "shop");

  // Runs `git <arguments>` in the clone; a failure fails the test. Returns the output, trimmed.
  std::string git(const std::string& arguments);
  // Several lines of shell in the clone, stopped at the first failure.
  std::string script(const std::string& lines);
  // Writes files, commits all and returns the sha.
  std::string commit(const std::string& message, const std::map<std::string, std::string>& files);
  std::string sha(const std::string& ref) { return git("rev-parse " + ref + "^{commit}"); }
  // Branches (with deletion of those that are gone) and tags to the origin.
  void push();

  const std::string& origin() const { return origin_; }
  const std::string& work() const { return work_; }

 private:
  std::string environment();
  std::string origin_, work_;
  long time_ = 1'763'600'000;
};

// Twenty numbered lines, those in `changed` (counted from 1) replaced.
std::string numbered(const std::map<int, std::string>& changed = {}, int lines = 20);

template <typename T>
::testing::AssertionResult ok(const Result<T>& result) {
  if (result) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "kind " << static_cast<int>(result.error().kind) << ": "
                                       << result.error().what << " / " << result.error().mend;
}

}  // namespace hotfixd::git::testing
