#include "bot/cli/chat_signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace hotfixd::cli {
namespace {

std::array<std::atomic<bool>, NSIG> came{};
std::atomic<int> wake_fd{-1};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

void write_one(int fd) {
  const int saved = errno;
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then the descriptor is readable anyway.
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
  errno = saved;
}

extern "C" void remember_signal(int signal) {
  came[static_cast<std::size_t>(signal)] = true;
  if (const int fd = wake_fd; fd >= 0) write_one(fd);
}

}  // namespace

WakeUp::WakeUp() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}
WakeUp::~WakeUp() { ::close(fd_); }
void WakeUp::wake() const { write_one(fd_); }
void WakeUp::clear() const {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto read = ::read(fd_, &count, sizeof count);  // EAGAIN: it was clear
}

SignalWatch::SignalWatch(const WakeUp& wake, std::vector<int> signals) {
  wake_fd = wake.fd();
  for (const int signal : signals) {
    came[static_cast<std::size_t>(signal)] = false;
    struct sigaction action{}, before{};
    action.sa_handler = remember_signal;
    sigemptyset(&action.sa_mask);
    if (::sigaction(signal, &action, &before) == 0) before_.emplace_back(signal, before);
  }
}

SignalWatch::~SignalWatch() {
  for (const auto& [signal, before] : before_) ::sigaction(signal, &before, nullptr);
  wake_fd = -1;
}

bool SignalWatch::take(int signal) { return came[static_cast<std::size_t>(signal)].exchange(false); }
bool SignalWatch::is_pending(int signal) { return came[static_cast<std::size_t>(signal)]; }

}  // namespace hotfixd::cli
