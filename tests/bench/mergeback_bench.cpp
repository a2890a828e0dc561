// How fast is a hotfix judged on every line, and in how much memory, against the git command line asked the weaker
// questions that it knows: `git cherry` and `git merge-tree --write-tree`. One large repository, made here, in one run.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>

#include "integrations/git/mirror_repository.hpp"

namespace {

using namespace hotfixd;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

struct Size {
  int commits = 50'000, files = 20'000, lines = 20;
};

[[noreturn]] void die(const std::string& what) {
  fmt::print(stderr, "mergeback_bench: {}\n", what);
  std::exit(2);
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Resident at most: of the largest of the processes that this one waited for.
double peak_of_children() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of this process, megabytes: "VmHWM" resident at most, which is what the above counts of others, "VmRSS" now.
double own_megabytes(std::string_view what) {
  std::ifstream in("/proc/self/status");
  for (std::string word; in >> word;)
    if (double kilobytes = 0; word == fmt::format("{}:", what) && in >> kilobytes) return kilobytes / 1024;
  die(fmt::format("no {} in /proc/self/status", what));
}

// The most begins anew with what is resident now (proc_pid_clear_refs(5)).
void forget_peak() {
  std::ofstream out("/proc/self/clear_refs");
  if (!(out << "5" << std::flush)) die("the kernel does not begin the peak of memory anew");
}

// Runs a command and gives what it printed; another status than `allowed` ends everything.
std::string run(const std::string& command, std::initializer_list<int> allowed = {0}) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), [](FILE*) { return 0; });
  if (!pipe) die("cannot run " + command);
  std::string out, part(65536, '\0');
  while (const auto got = std::fread(part.data(), 1, part.size(), pipe.get())) out.append(part, 0, got);
  const int status = pclose(pipe.get());
  if (!WIFEXITED(status) || std::ranges::find(allowed, WEXITSTATUS(status)) == allowed.end())
    die(fmt::format("{}: status {}", command, status));
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

// A repository in `git fast-import`'s words. Files of the fix are touched by nobody else but where it is meant.
class Maker {
 public:
  Maker(const std::string& folder, const Size& size)
      : pipe_(popen(fmt::format("git -C '{}' fast-import --quiet --force --date-format=raw", folder).c_str(), "w")),
        size_(size) {
    if (pipe_ == nullptr) die("cannot run git fast-import");
  }

  std::string path(int file) const { return fmt::format("src/d{:03}/f{:05}.txt", file % 200, file); }
  std::string text(int file, int changed = -1, std::string_view as = {}) const {
    std::string out;
    for (int n = 0; n < 40; ++n)
      out += n == changed ? fmt::format("{}\n", as) : fmt::format("file {} line {} of the source\n", file, n);
    return out;
  }

  void start(const std::string& branch, const std::string& from, const std::string& subject,
             const std::string& merge = {}) {
    time_ += 60;
    put(fmt::format("commit refs/heads/{}\nmark :{}\ncommitter Dana <dana@example.com> {} +0000\ndata {}\n{}\n", branch,
                    ++mark_, time_, subject.size(), subject));
    if (!from.empty()) put(fmt::format("from {}\n", from));
    if (!merge.empty()) put(fmt::format("merge {}\n", merge));
  }
  void file(const std::string& path, const std::string& content) {
    put(fmt::format("M 100644 inline {}\ndata {}\n{}\n", path, content.size(), content));
  }
  void rename(const std::string& from, const std::string& to) { put(fmt::format("R {} {}\n", from, to)); }
  // A commit that has nothing to do with the fix.
  std::string other(const std::string& branch, const std::string& from, int& seed) {
    start(branch, from, fmt::format("change {}", ++seed));
    const int changed =
        10 + static_cast<int>((static_cast<unsigned>(seed) * 2654435761U) % static_cast<unsigned>(size_.files - 10));
    file(path(changed), text(changed, seed % 40, fmt::format("changed by {}", seed)));
    return fmt::format(":{}", mark_);
  }
  std::string mark() const { return fmt::format(":{}", mark_); }
  void tag(const std::string& name, const std::string& at) {
    put(fmt::format("reset refs/tags/{}\nfrom {}\n\n", name, at));
  }
  void finish() {
    if (pclose(pipe_) != 0) die("git fast-import failed");
  }
  void time_from(long at) { time_ = at; }

 private:
  void put(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), pipe_) != text.size()) die("git fast-import does not listen");
  }
  FILE* pipe_;
  Size size_;
  int mark_ = 0;
  long time_ = 1'600'000'000;
};

// main merged it, develop has it squashed; of the release lines some were cut after that, some picked it, some lack it,
// one conflicts and one has given a file another name.
void make_origin(const std::string& folder, const Size& size) {
  run(fmt::format("git init -q --bare -b main '{}'", folder));
  Maker git(folder, size);
  git.start("main", {}, "start");
  for (int n = 0; n < size.files; ++n) git.file(git.path(n), git.text(n));
  std::string main = git.mark();
  int seed = 0;
  const int before = size.commits * 4 / 5, after = size.commits - before;
  for (int n = 0; n < before; ++n) main = git.other("main", main, seed);
  git.tag("v1.0.0", main);
  const auto fix = [&] {
    git.file(git.path(0), git.text(0, 5, "fixed"));
    git.file(git.path(1), git.text(1, 7, "fixed too"));
  };
  git.start("hotfix/x", main, "fix one");
  git.file(git.path(0), git.text(0, 5, "fixed"));
  git.start("hotfix/x", {}, "fix two");
  git.file(git.path(1), git.text(1, 7, "fixed too"));
  const auto hotfix = git.mark();

  const int releases = size.lines - 2;
  std::string develop;
  for (int n = 0; n < after; ++n) {
    main = git.other("main", main, seed);
    if (n == after / 2) {
      git.start("main", main, "Merge hotfix/x", hotfix);
      fix();
      main = git.mark();
    }
    if (n == after / 3) {
      git.start("develop", main, "fix (squashed)");
      fix();
      develop = git.mark();
    }
    const int step = std::max(1, after / releases);
    if (n % step != step - 1 || n / step >= releases) continue;
    const int number = n / step;
    const auto line = fmt::format("release/{}", number);
    auto at = main;
    for (int k = 0; k < 20; ++k) at = git.other(line, at, seed);
    if (n >= after / 2) continue;  // it has it
    if (number % 3 == 1) {
      git.start(line, at, "fix one");
      git.file(git.path(0), git.text(0, 5, "fixed"));
    } else if (number == 3) {
      git.start(line, at, "another way");
      git.file(git.path(0), git.text(0, 5, "done differently"));
    } else if (number == 5) {
      git.start(line, at, "moved");
      git.rename(git.path(0), "src/moved/first.txt");
    }
  }
  for (int k = 0; k < 50; ++k) develop = git.other("develop", develop, seed);
  git.finish();
  run(fmt::format("git -C '{}' repack -q -a -d", folder));
}

constexpr std::string_view kPushed = "release/1";

void push_one(const std::string& folder, const Size& size, int round) {
  Maker git(folder, size);
  git.time_from(1'700'000'000 + round * 600);
  git.start(std::string(kPushed), fmt::format("refs/heads/{}^0", kPushed), fmt::format("one more, {}", round));
  git.file(git.path(12), git.text(12, round % 40, fmt::format("pushed {}", round)));
  git.finish();
}

struct Figures {
  double first = 0, fetch = 0, more = 0;     // seconds
  double first_memory = 0, more_memory = 0;  // megabytes, resident at most
  double growth = 0;                         // of more_memory, what was not resident before
  std::map<std::string, int> verdicts;
};

template <typename T>
T value(Result<T> result) {
  if (!result) die(result.error().what);
  return std::move(*result);
}

// In a process of its own: what the program pays when it starts, and its memory.
Figures judge(const std::string& origin, const std::string& mirror, const Size& size, int round) {
  Figures out;
  RepositoryPolicy policy{.name = "large"};
  const git::MirrorOptions options{.url = origin, .path = mirror};
  auto repository = value(git::open_mirror(options, policy));
  effect::Observe request{.repository = "large", .branch = "hotfix/x", .base_tag = "v1.0.0"};
  request.base_sha = run(fmt::format("git -C '{}' rev-parse v1.0.0", origin));
  request.tag_sha = run(fmt::format("git -C '{}' rev-parse hotfix/x", origin));
  if (auto fetched = repository->fetch({}); !fetched) die(fetched.error().what);
  auto start = Clock::now();
  const auto facts = value(repository->observe(request, {}));
  out.first = seconds_since(start);
  out.first_memory = own_megabytes("VmHWM");
  for (const auto& target : facts.targets) ++out.verdicts[std::string(to_string(target.verdict))];
  if (static_cast<int>(facts.targets.size()) != size.lines)
    die(fmt::format("{} lines were judged", facts.targets.size()));
  push_one(origin, size, round);
  start = Clock::now();
  if (auto fetched = repository->fetch({}); !fetched) die(fetched.error().what);
  out.fetch = seconds_since(start);
  const double before = own_megabytes("VmRSS");
  forget_peak();
  start = Clock::now();
  const auto again = value(repository->observe(request, {}));
  out.more = seconds_since(start);
  out.more_memory = own_megabytes("VmHWM");
  out.growth = out.more_memory - before;
  const auto same_head = [](const MergeBackFact& a, const MergeBackFact& b) { return a.target_sha == b.target_sha; };
  if (std::ranges::equal(again.targets, facts.targets, same_head)) die("the push was not seen");
  return out;
}

std::vector<std::string> lines_of(const std::string& origin) {
  std::vector<std::string> lines{"main", "develop"};
  const auto releases =
      run(fmt::format("git -C '{}' for-each-ref --format='%(refname:short)' 'refs/heads/release/*'", origin));
  for (std::size_t at = 0; at < releases.size();) {
    const auto end = std::min(releases.find('\n', at), releases.size());
    lines.push_back(releases.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

struct GitFigures {
  double seconds = 0, memory = 0;
};

GitFigures ask_git(const std::string& origin, const std::vector<std::string>& lines) {
  const auto start = Clock::now();
  for (const auto& line : lines) {
    run(fmt::format("git -C '{}' cherry {} hotfix/x v1.0.0", origin, line));
    run(fmt::format("git -C '{}' merge-tree --write-tree {} hotfix/x", origin, line), {0, 1});
  }
  return {seconds_since(start), peak_of_children()};
}

double median(std::vector<double> all) {
  std::ranges::sort(all);
  return all[all.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  Size size;
  std::string folder;
  bool goals = false, as_git = false, one_line = false;
  int rounds = 3, round = 0;
  CLI::App app{"Judges a hotfix on every line of a large repository, against git cherry and git merge-tree"};
  app.add_option("--commits", size.commits, "Commits on main")->capture_default_str();
  app.add_option("--files", size.files)->capture_default_str();
  app.add_option("--lines", size.lines, "main, develop and release lines")->capture_default_str();
  app.add_option("--rounds", rounds, "Of ours; git is asked once")->capture_default_str();
  app.add_option("--dir", folder, "Keep the repository there (default: a temporary folder)");
  app.add_flag("--goals", goals, "Exit 1 when a goal is missed");
  app.add_option("--child", round)->group("");
  app.add_flag("--git", as_git)->group("");
  app.add_flag("--one", one_line)->group("");
  CLI11_PARSE(app, argc, argv);
  if (as_git) {  // in a process of its own: its children are git alone
    const auto origin = folder + "/origin.git";
    const auto g = ask_git(origin, one_line ? std::vector{std::string(kPushed)} : lines_of(origin));
    fmt::print("{} {}\n", g.seconds, g.memory);
    return 0;
  }
  if (app.count("--child") > 0) {
    const auto f = judge(folder + "/origin.git", folder + "/mirror", size, round);
    std::string verdicts;
    for (const auto& [verdict, count] : f.verdicts) verdicts += fmt::format(" {} {}", count, verdict);
    fmt::print("{} {} {} {} {} {}{}\n", f.first, f.fetch, f.more, f.first_memory, f.more_memory, f.growth, verdicts);
    return 0;
  }

  const bool keep = !folder.empty();
  if (!keep) {
    std::string made = (fs::temp_directory_path() / "mergeback_bench.XXXXXX").string();
    if (mkdtemp(made.data()) == nullptr) die("no temporary folder");
    folder = made;
  }
  fs::create_directories(folder);
  const auto origin = folder + "/origin.git";
  if (!fs::exists(origin)) make_origin(origin, size);
  // By git itself: to pack the objects of an origin in a folder takes libgit2 minutes.
  if (!fs::exists(folder + "/mirror"))
    run(fmt::format("git clone -q --bare '{0}' '{1}/mirror' && git -C '{1}/mirror' config hotfixd.url '{0}'", origin,
                    folder));
  const auto self = fs::read_symlink("/proc/self/exe").string();
  std::vector<double> first, fetch, more, first_memory, more_memory, growth;
  std::string verdicts;
  for (int n = 0; n < rounds; ++n) {
    const auto told =
        run(fmt::format("'{}' --child {} --dir '{}' --commits {} --files {} --lines {}", self,
                        n + static_cast<int>(::getpid() % 1000) * 10, folder, size.commits, size.files, size.lines));
    std::array<double, 6> f{};
    int used = 0;
    if (std::sscanf(told.c_str(), "%lf %lf %lf %lf %lf %lf%n", &f[0], &f[1], &f[2], &f[3], &f[4], &f[5], &used) != 6)
      die(told);
    first.push_back(f[0]), fetch.push_back(f[1]), more.push_back(f[2]);
    first_memory.push_back(f[3]), more_memory.push_back(f[4]), growth.push_back(f[5]);
    verdicts = told.substr(static_cast<std::size_t>(used));
  }
  const auto git_says = [&](std::string_view which) {
    const auto said = run(fmt::format("'{}' --git {} --dir '{}'", self, which, folder));
    GitFigures figures;
    if (std::sscanf(said.c_str(), "%lf %lf", &figures.seconds, &figures.memory) != 2) die(said);
    return figures;
  };
  const auto git = git_says(""), git_one = git_says("--one");
  if (!keep) fs::remove_all(folder);

  fmt::print("{} commits, {} files, {} lines:{}\n\n", size.commits, size.files, size.lines, verdicts);
  fmt::print("{:<44}{:>10}{:>12}\n", "", "seconds", "memory MB");
  fmt::print("{:<44}{:>10.3f}{:>12.1f}\n", "git cherry + merge-tree, every line", git.seconds, git.memory);
  fmt::print("{:<44}{:>10.3f}{:>12.1f}\n", "git cherry + merge-tree, the pushed line", git_one.seconds, git_one.memory);
  fmt::print("{:<44}{:>10.3f}{:>12.1f}\n", "first judgement, every line", median(first), median(first_memory));
  fmt::print("{:<44}{:>10.3f}{:>12.1f}\n", "one more push, every line", median(more), median(more_memory));
  fmt::print("{:<44}{:>10}{:>12.1f}\n", "  of that not resident before", "", median(growth));
  fmt::print("{:<44}{:>10.3f}\n\n", "  and fetching it before that", median(fetch));
  struct Goal {
    std::string_view what;
    double ours, ours_memory;
    const GitFigures& gits;
    double limit;  // of the seconds; memory has none
  };
  const std::array<Goal, 3> all{
      Goal{"first judgement / git on every line", median(first), median(first_memory), git, 1.0},
      Goal{"one more push / git on every line", median(more), median(more_memory), git, 0.1},
      Goal{"one more push / git on the pushed line", median(more), median(more_memory), git_one, 1.0}};
  bool missed = false;
  fmt::print("{:<44}{:>10}{:>12}{:>12}\n", "", "seconds", "their goal", "memory");
  for (const auto& goal : all) {
    const double ratio = goal.ours / goal.gits.seconds;
    const bool met = ratio <= goal.limit;
    missed = missed || !met;
    fmt::print("{:<44}{:>10.4f}{:>12.2f}{:>12.2f}{}\n", goal.what, ratio, goal.limit,
               goal.ours_memory / goal.gits.memory, met ? "" : "  MISSED");
  }
  return goals && missed ? 1 : 0;
}
