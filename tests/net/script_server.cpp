#include "tests/net/script_server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace hotfixd::test {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  if (extension == nullptr || X509_add_ext(certificate, extension, -1) != 1) throw std::runtime_error("extension");
  X509_EXTENSION_free(extension);
}

Certificate make(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, std::chrono::seconds from,
                 std::chrono::seconds to, const std::string& names) {
  static std::atomic<long> serial{1};
  Certificate made(X509_new(), X509_free);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), from.count());
  X509_gmtime_adj(X509_getm_notAfter(made.get()), to.count());
  X509_set_pubkey(made.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509* by = issuer != nullptr ? issuer : made.get();
  X509_set_issuer_name(made.get(), X509_get_subject_name(by));
  extend(made.get(), by, NID_basic_constraints, names.empty() ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!names.empty()) extend(made.get(), by, NID_subject_alt_name, names.c_str());
  if (X509_sign(made.get(), issuer_key, EVP_sha256()) == 0) throw std::runtime_error("sign");
  return made;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t bind_any(int fd) {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("bind");
  }
  return ntohs(address.sin_port);
}

}  // namespace

Authority::Authority() : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
  static std::atomic<int> made{0};
  const auto number = std::to_string(++made);  // a name of its own, as two authorities have in life
  certificate_ = make("test authority " + number, key_.get(), nullptr, key_.get(), std::chrono::hours(-48),
                      std::chrono::hours(48), {});
  file_ = testing::TempDir() + "authority_" + std::to_string(::getpid()) + "_" + number + ".pem";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file_.c_str(), "w"), std::fclose);
  if (!out || PEM_write_X509(out.get(), certificate_.get()) != 1) throw std::runtime_error(file_);
}

Authority::~Authority() { std::remove(file_.c_str()); }

TlsServer Authority::server(const std::string& names, std::chrono::seconds from, std::chrono::seconds to) const {
  const Key key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto certificate = make("test server", key.get(), certificate_.get(), key_.get(), from, to, names);
  TlsServer server(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (SSL_CTX_use_certificate(server.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(server.get(), key.get()) != 1) {
    throw std::runtime_error("certificate");
  }
  return server;
}

Peer::~Peer() {
  cut();
  SSL_free(ssl_);
}

bool Peer::start() {
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (!tls_) return true;
  ssl_ = SSL_new(tls_.get());
  SSL_set_fd(ssl_, fd_);
  return SSL_accept(ssl_) == 1;
}

long Peer::read(void* into, std::size_t size) {
  if (ssl_ != nullptr) return SSL_read(ssl_, into, static_cast<int>(size));
  return ::recv(fd_, into, size, 0);
}

long Peer::write(const void* from, std::size_t size) {
  if (ssl_ != nullptr) return SSL_write(ssl_, from, static_cast<int>(size));
  return ::send(fd_, from, size, MSG_NOSIGNAL);
}

std::string Peer::until(std::string_view mark) {
  std::size_t at = 0;
  while ((at = pending_.find(mark)) == std::string::npos) {
    char bytes[16384];
    const auto n = read(bytes, sizeof bytes);
    if (n <= 0) return {};
    pending_.append(bytes, static_cast<std::size_t>(n));
  }
  std::string found = pending_.substr(0, at + mark.size());
  pending_.erase(0, found.size());
  return found;
}

std::string Peer::request() {
  std::string whole = until("\r\n\r\n");
  constexpr std::string_view kLength = "\r\ncontent-length: ";
  std::string lower = whole;  // names of headers come in any case
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto at = lower.find(kLength);
  if (at == std::string::npos) return whole;
  for (auto missing = std::stoul(whole.substr(at + kLength.size())); missing > 0;) {
    if (pending_.empty()) {
      char bytes[16384];
      const auto n = read(bytes, sizeof bytes);
      if (n <= 0) return {};
      pending_.append(bytes, static_cast<std::size_t>(n));
    }
    const auto some = std::min(missing, pending_.size());
    whole += pending_.substr(0, some);
    pending_.erase(0, some);
    missing -= some;
  }
  return whole;
}

bool Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = write(bytes.data(), bytes.size());
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Peer::gone() {
  char bytes[16384];
  long n = 1;
  while (n > 0) n = read(bytes, sizeof bytes);
  return ssl_ != nullptr || n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

bool Peer::gone_within(std::chrono::milliseconds limit) {
  pollfd wait{.fd = fd_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&wait, 1, static_cast<int>(limit.count())) > 0;
}

void Peer::leave() {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void Peer::close() {
  if (ssl_ != nullptr) SSL_shutdown(ssl_);
  leave();
}

void Peer::finish() { ::shutdown(fd_, SHUT_WR); }

void Peer::cut() { leave(); }

void Peer::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  leave();
}

void Peer::wake() {
  const std::lock_guard lock(mutex_);
  if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
}

ScriptServer::ScriptServer(Script script, TlsServer tls)
    : script_(std::move(script)), tls_(std::move(tls)), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  std::signal(SIGPIPE, SIG_IGN);  // SSL_write raises it
  port_ = bind_any(fd_);
  if (::listen(fd_, SOMAXCONN) != 0) throw std::runtime_error("listen");
  accepting_ = std::thread([this] { accept_all(); });
}

void ScriptServer::accept_all() {
  while (true) {
    const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    auto& peer = peers_.emplace_back(fd, tls_);
    const int number = ++accepted_;
    if (over_) return;
    threads_.emplace_back([this, &peer, number] {
      if (peer.start()) script_(peer, number);
      peer.cut();
    });
  }
}

ScriptServer::~ScriptServer() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
    for (auto& peer : peers_) peer.wake();
  }
  ::shutdown(fd_, SHUT_RDWR);
  accepting_.join();
  for (auto& thread : threads_) thread.join();
  ::close(fd_);
}

std::uint16_t closed_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto port = bind_any(fd);
  ::close(fd);
  return port;
}

}  // namespace hotfixd::test
