#include "tests/bench/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace hotfixd::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int tcp_socket() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw std::runtime_error("no socket");
  const int yes = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return fd;
}

int try_connect(std::uint16_t port) {
  const int fd = tcp_socket();
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

int connect_to(std::uint16_t port) {
  const int fd = try_connect(port);
  if (fd < 0) throw std::runtime_error("nobody listens on port " + std::to_string(port));
  return fd;
}

bool listens(std::uint16_t port) {
  const int fd = try_connect(port);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

int listen_anywhere() {
  const int fd = tcp_socket();
  const auto address = loopback(0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, SOMAXCONN) != 0)
    throw std::runtime_error("cannot listen on loopback");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string read_header(int fd) {
  std::string header;
  while (!header.ends_with("\r\n\r\n")) {
    char c = 0;  // one by one: what follows belongs to somebody else
    if (::recv(fd, &c, 1, 0) != 1) throw std::runtime_error("the peer has gone before its header was complete");
    header += c;
  }
  return header;
}

std::string text_frame(std::string_view text, bool masked) {
  const auto mask_bit = static_cast<unsigned char>(masked ? 0x80 : 0);
  std::string frame{static_cast<char>(0x81)};
  if (text.size() < 126) {
    frame += static_cast<char>(mask_bit | text.size());
  } else {
    frame += static_cast<char>(mask_bit | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 0xFF);
  }
  if (text.size() > 0xFFFF) throw std::runtime_error("too long for a frame of this benchmark");
  if (!masked) return frame.append(text);
  constexpr std::string_view kMask = "mask";
  frame += kMask;
  for (std::size_t n = 0; n < text.size(); ++n) frame += static_cast<char>(text[n] ^ kMask[n % 4]);
  return frame;
}

bool take_frame(std::string& bytes, std::size_t& from, std::string& text) {
  const auto at = [&](std::size_t n) { return static_cast<unsigned char>(bytes[from + n]); };
  const auto there = bytes.size() - from;
  if (there < 2) return false;
  std::size_t length = at(1) & 0x7FU, head = 2;
  if (length == 126) {
    if (there < 4) return false;
    length = static_cast<std::size_t>(at(2) << 8U | at(3));
    head = 4;
  } else if (length == 127) {
    throw std::runtime_error("a frame of more than 64 kB");
  }
  const bool masked = (at(1) & 0x80U) != 0;
  const auto mask = from + head;
  if (masked) head += 4;
  if (there < head + length) return false;
  const bool is_text = (at(0) & 0x0FU) == 1;
  text.assign(bytes, from + head, is_text ? length : 0);
  if (masked)
    for (std::size_t n = 0; n < text.size(); ++n) text[n] = static_cast<char>(text[n] ^ bytes[mask + n % 4]);
  from += head + length;
  if (from == bytes.size()) {
    bytes.clear();
    from = 0;
  }
  return true;
}

}  // namespace hotfixd::bench
