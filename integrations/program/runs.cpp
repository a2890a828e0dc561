#include "integrations/program/runs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <sstream>

#include "integrations/common/child_process.hpp"
#include "integrations/common/utf8.hpp"

namespace hotfixd::program {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTail = 16 * 1024;               // bytes of the output that are looked at
constexpr std::size_t kLines = 10, kLineLength = 200;  // that are shown
constexpr std::uintmax_t kLargestOutput = 16 * 1024 * 1024;
constexpr std::chrono::hours kKept{30 * 24};
constexpr int kLockFd = 9;  // in the program's shell: held until that ends, and not given on

// $1: the command, $2: the folder. What it writes appears whole or not at all.
constexpr const char* kShell =
    "echo $$ > \"$2/pid.new\" && mv \"$2/pid.new\" \"$2/pid\"\n"
    "/bin/sh -c \"$1\" 9>&-\n"
    "echo $? > \"$2/exit.new\" && mv \"$2/exit.new\" \"$2/exit\"\n";

std::unexpected<Problem> trouble(const std::string& doing, int error) {
  return std::unexpected(Problem{error == ENOSPC ? Problem::Kind::full : Problem::Kind::internal,
                                 doing + ": " + std::strerror(error),
                                 "look at the data folder",
                                 {}});
}

// The one number in a file; nothing when there is none.
std::optional<std::int64_t> number_in(const fs::path& path) {
  std::ifstream in(path);
  std::int64_t number = 0;
  return in >> number ? std::optional(number) : std::nullopt;
}

// Does a program hold the lock of this folder?
bool runs(const fs::path& folder) {
  const common::Descriptor lock(::open((folder / "lock").c_str(), O_RDWR | O_CLOEXEC));
  return lock.get() >= 0 && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

void replace_all(std::string& text, const std::string& what, std::string_view by) {
  if (what.empty()) return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

// "https://user:word@host" → "https://[secret]@host".
void hide_passwords(std::string& text) {
  for (auto at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const auto end = text.find_first_of(" \t\n/\"'", at + 3);
    const auto sign = text.rfind('@', end);
    if (sign == std::string::npos || sign <= at + 3 || text.find(':', at + 3) >= sign) continue;
    text.replace(at + 3, sign - at - 3, "[secret]");
  }
}

std::string last_bytes(const fs::path& folder) {
  std::ifstream in(folder / "output", std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::size_t>(in.tellg());
  std::string text(std::min(size, kTail), '\0');
  in.seekg(static_cast<std::streamoff>(size - text.size()));
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  // Half a line may be half a secret, which nobody would know again.
  if (size > text.size()) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

// What it goes on to print comes after the end that is kept.
void shorten_output(const fs::path& folder) {
  std::error_code failed;
  const auto size = fs::file_size(folder / "output", failed);
  if (failed || size <= kLargestOutput) return;
  const auto end = last_bytes(folder);
  const common::Descriptor output(::open((folder / "output").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (output.get() < 0 || ::ftruncate(output.get(), 0) != 0) return;
  [[maybe_unused]] const auto written = ::write(output.get(), end.data(), end.size());
}

}  // namespace

bool Runs::begun(const std::string& key) const {
  const auto folder = folder_of(key);
  std::error_code ignored;
  return fs::exists(folder / "pid", ignored) || runs(folder);
}

Result<void> Runs::begin(const std::string& key, std::vector<std::string> settings) {
  const auto folder = folder_of(key);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return trouble("making " + folder.string(), failed.value());
  fs::permissions(options_.folder, fs::perms::owner_all, failed);
  forget_old_ones();
  const common::Descriptor lock(::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return trouble("making a lock", errno);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};  // it runs
  if (fs::exists(folder / "pid", failed)) return {};           // it ran
  {
    std::ofstream begun(folder / "begun");
    begun << std::chrono::floor<Seconds>(clock_.now()).time_since_epoch().count() << "\n";
    if (!begun.flush()) return trouble("writing to " + folder.string(), ENOSPC);
  }
  const common::Descriptor output(::open((folder / "output").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (output.get() < 0) return trouble("making a file for the output", errno);
  auto pid = common::start_program({
      .arguments = {"/bin/sh", "-c", kShell, "hotfixd-run", options_.command, folder.string()},
      .settings = std::move(settings),
      .output = output.get(),
      .errors = output.get(),
      .held = std::pair(lock.get(), kLockFd),
      .withheld = "HOTFIXD_",
  });
  if (!pid) return std::unexpected(std::move(pid.error()));
  return {};
}

Result<Runs::View> Runs::look(const std::string& key) {
  using State = View::State;
  const auto folder = folder_of(key);
  std::error_code ignored;
  if (!fs::exists(folder, ignored))
    return std::unexpected(
        Problem{Problem::Kind::not_found, "nothing is left of that run in the data folder", "look at what it did", {}});
  const auto pid = number_in(folder / "pid");
  if (pid) (void)::waitpid(static_cast<pid_t>(*pid), nullptr, WNOHANG);  // when it is a child of this process
  if (runs(folder)) {
    shorten_output(folder);
    const auto begun = number_in(folder / "begun").value_or(0);
    const auto now = std::chrono::floor<Seconds>(clock_.now()).time_since_epoch();
    if (now < Seconds{begun} + options_.limit || !pid) return View{State::running, 0, {}, {}};
    ::kill(-static_cast<pid_t>(*pid), SIGKILL);  // its session's group: the lock says that it is still the one
    return View{State::killed, 0, fmt::format("it was killed after {} min", options_.limit.count() / 60), tail(folder)};
  }
  const auto code = number_in(folder / "exit");  // after the lock: it is written before that is let go
  if (!code) return View{State::killed, 0, "it ended without an exit status: killed", tail(folder)};
  return View{State::ended, *code, {}, *code == 0 ? std::string{} : tail(folder)};
}

// Keys are made by the bot; whatever else comes stays within the folder.
fs::path Runs::folder_of(std::string key) const {
  std::ranges::replace_if(key, [](char c) { return c == '/' || c == '.' || c == '\0'; }, '_');
  return options_.folder / (key.empty() ? "_" : key);
}

std::string Runs::tail(const fs::path& folder) const {
  auto text = last_bytes(folder);
  for (const auto& secret : options_.secrets) replace_all(text, secret, "[secret]");
  hide_passwords(text);
  text = common::mended_utf8(std::move(text));
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::ranges::replace_if(line, [](char c) { return c >= 0 && (c < ' ' || c == '\x7f'); }, ' ');
    while (line.ends_with(' ')) line.pop_back();
    if (!line.empty()) lines.emplace_back(common::cut_utf8(line, kLineLength));
  }
  std::string out;
  for (auto n = lines.size() > kLines ? lines.size() - kLines : 0; n < lines.size(); ++n)
    out += (out.empty() ? "" : "\n") + lines[n];
  return out;
}

void Runs::forget_old_ones() const {
  std::error_code failed;
  const auto now = fs::file_time_type::clock::now();
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(options_.folder, failed))
    if (const auto at = fs::last_write_time(entry, failed); !failed && at + kKept < now && !runs(entry.path()))
      old.push_back(entry.path());
  for (const auto& path : old) fs::remove_all(path, failed);
}

}  // namespace hotfixd::program
