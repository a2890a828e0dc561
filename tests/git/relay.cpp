#include "tests/git/relay.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

namespace hotfixd::git::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int listen_on_loopback(int queue, int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), length) != 0 || ::listen(listener, queue) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no listener");
  port = ntohs(address.sin_port);
  return listener;
}

}  // namespace

Relay::Relay(Manner manner) : manner_(manner), listener_(listen_on_loopback(16, port_)) {
  thread_ = std::thread([this] { serve(); });
}

Relay::~Relay() {
  stopping_ = true;
  thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    if (pair.server >= 0) ::close(pair.server);
  }
  ::close(listener_);
}

void Relay::serve() {
  while (!stopping_) {
    std::vector<pollfd> wanted{{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      wanted.push_back({pair.client, POLLIN, 0});
      wanted.push_back({pair.said < manner_.stop_after ? pair.server : -1, POLLIN, 0});
    }
    if (::poll(wanted.data(), wanted.size(), 10) <= 0) continue;
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      const bool client = wanted[1 + 2 * i].revents != 0, server = wanted[2 + 2 * i].revents != 0;
      if ((!client || hand_on(pairs_[i], true)) && (!server || hand_on(pairs_[i], false))) continue;
      ::close(pairs_[i].client);
      if (pairs_[i].server >= 0) ::close(pairs_[i].server);
      pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (wanted[0].revents == 0) continue;
    Pair pair{::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC), -1};
    if (manner_.target != 0) {
      pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = loopback(manner_.target);
      if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
    }
    ++accepted_;
    pairs_.push_back(pair);
  }
}

// False = that side is done.
bool Relay::hand_on(Pair& pair, bool from_client) {
  std::vector<char> bytes(from_client ? 65'536 : std::min(manner_.piece, manner_.stop_after - pair.said));
  const auto count = ::recv(from_client ? pair.client : pair.server, bytes.data(), bytes.size(), 0);
  if (count <= 0) return false;
  if (from_client && pair.server < 0) return true;
  if (!from_client) {
    pair.said += static_cast<std::size_t>(count);
    std::this_thread::sleep_for(manner_.pause);
  }
  return ::send(from_client ? pair.server : pair.client, bytes.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) ==
         count;
}

Deaf::Deaf() {
  sockets_.push_back(listen_on_loopback(0, port_));
  const sockaddr_in address = loopback(port_);
  for (int i = 0; i < 4; ++i) {
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // In progress: that is the point.
    if (::connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        errno != EINPROGRESS)
      throw std::runtime_error("cannot fill the queue");
  }
}

Deaf::~Deaf() {
  for (const int socket : sockets_) ::close(socket);
}

}  // namespace hotfixd::git::testing
