#include "tests/git/repo_support.hpp"

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace hotfixd::git::testing {

std::string shell(const std::string& command, int* status) {
  FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  std::string output;
  char buffer[4096];
  while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, count);
  const int rc = ::pclose(pipe);
  if (status != nullptr) *status = WIFEXITED(rc) ? WEXITSTATUS(rc) : 128;
  while (output.ends_with('\n')) output.pop_back();
  return output;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "hotfixd-git-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  std::filesystem::permissions(name, std::filesystem::perms(0755));  // a daemon's user must get in
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void write_file(const std::string& path, const std::string& content) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

Repo::Repo(const TempDir& dir, const std::string& name) : origin_(dir.path(name + ".git")), work_(dir.path(name)) {
  std::string out = shell("git init -q --bare -b main " + origin_ + " && git init -q -b main " + work_ + " && cd " +
                          work_ + " && git remote add origin " + origin_);
  if (!out.empty()) throw std::runtime_error(out);
}

std::string Repo::environment() {
  time_ += 60;
  const std::string date = "'" + std::to_string(time_) + " +0000'";
  return "cd " + work_ +
         " && export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=Alice GIT_AUTHOR_EMAIL=alice@example.com "
         "GIT_COMMITTER_NAME=Alice GIT_COMMITTER_EMAIL=alice@example.com GIT_EDITOR=true GIT_AUTHOR_DATE=" +
         date + " GIT_COMMITTER_DATE=" + date + " && ";
}

std::string Repo::script(const std::string& lines) {
  int status = 0;
  std::string out = shell(environment() + "set -e\n" + lines, &status);
  if (status != 0) ADD_FAILURE() << lines << "\nfailed with " << status << ": " << out;
  return out;
}

std::string Repo::git(const std::string& arguments) { return script("git " + arguments); }

std::string Repo::commit(const std::string& message, const std::map<std::string, std::string>& files) {
  for (const auto& [path, content] : files) write_file(work_ + "/" + path, content);
  git("add -A");
  git("commit -q --allow-empty -m '" + message + "'");
  return sha("HEAD");
}

void Repo::push() { script("git push -q --prune --force origin 'refs/heads/*' 'refs/tags/*'"); }

std::string numbered(const std::map<int, std::string>& changed, int lines) {
  std::string text;
  for (int i = 1; i <= lines; ++i) {
    const auto replaced = changed.find(i);
    text += (replaced == changed.end() ? "line " + std::to_string(i) : replaced->second) + "\n";
  }
  return text;
}

}  // namespace hotfixd::git::testing
