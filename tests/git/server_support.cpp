#include "tests/git/server_support.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

namespace hotfixd::git::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void run_script(const std::string& arguments) {
  int status = 0;
  const std::string out = shell("/bin/sh " HOTFIXD_SOURCE_DIR "/tests/git/" + arguments, &status);
  if (status != 0) throw std::runtime_error(arguments + ": " + out);
}

void wait_for(int port) {
  for (int i = 0; i < 200; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    const bool up = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (up) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  throw std::runtime_error("the server on port " + std::to_string(port) + " did not come up");
}

}  // namespace

std::string missing_packages(const std::vector<std::pair<std::string, std::string>>& program_and_package) {
  std::string missing;
  for (const auto& [program, package] : program_and_package)
    if (!std::filesystem::exists(program)) missing += " " + package;
  return missing.empty() ? missing : "Missing Debian packages. Type: apt-get install" + missing;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0)
    throw std::runtime_error("no free port");
  ::close(fd);
  return ntohs(address.sin_port);
}

HttpServer::HttpServer(const TempDir& dir, const std::string& tls_host, const std::string& moved_to)
    : dir_(dir.path()), port_(free_port()), tls_(!tls_host.empty()) {
  run_script("http_server.sh start " + dir_ + " " + std::to_string(port_) + " '" + tls_host + "' " + moved_to);
  wait_for(port_);
}

HttpServer::~HttpServer() { shell("/bin/sh " HOTFIXD_SOURCE_DIR "/tests/git/http_server.sh stop " + dir_); }

std::string HttpServer::log() const { return shell("cat " + dir_ + "/http/*.log"); }

std::string HttpServer::requests(std::string_view text) const {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  auto lines = shell("cat " + dir_ + "/http/access.log");
  while (!lines.contains(text) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    lines = shell("cat " + dir_ + "/http/access.log");
  }
  return lines;
}

SshServer::SshServer(const TempDir& dir) : dir_(dir.path()), port_(free_port()) {
  run_script("ssh_server.sh prepare " + dir_ + " " + std::to_string(port_));
  start();
}

SshServer::~SshServer() { stop(); }

void SshServer::start() {
  run_script("ssh_server.sh start " + dir_);
  wait_for(port_);
}

void SshServer::stop() { shell("/bin/sh " HOTFIXD_SOURCE_DIR "/tests/git/ssh_server.sh stop " + dir_); }

void SshServer::change_host_key() {
  stop();
  run_script("ssh_server.sh rekey " + dir_);
  start();
}

std::string SshServer::url(const std::string& path) const {
  return "ssh://" + shell("id -un") + "@127.0.0.1:" + std::to_string(port_) + path;
}

}  // namespace hotfixd::git::testing
