// A server that does what a test's script says, byte by byte, over TCP or TLS: one thread for each connection.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace hotfixd::test {

using TlsServer = std::shared_ptr<SSL_CTX>;

// A certificate authority made for one test.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& file() const { return file_; }  // its certificate, PEM
  // `names` as OpenSSL writes alternative names: "DNS:localhost,IP:127.0.0.1". Valid between two times from now.
  TlsServer server(const std::string& names, std::chrono::seconds from = std::chrono::hours(-1),
                   std::chrono::seconds to = std::chrono::hours(1)) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
  std::string file_;
};

// One connection, as the script sees it. Every wait ends after 10 s at the latest.
class Peer {
 public:
  Peer(int fd, const TlsServer& tls) : fd_(fd), tls_(tls) {}
  ~Peer();
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  bool start();  // the TLS handshake, when there is one to do
  // Reads one request: header, and body by its Content-Length. Empty when the client has gone.
  std::string request();
  std::string until(std::string_view mark);  // what comes up to and with `mark`
  bool send(std::string_view bytes);         // false when the client has gone
  bool gone();                               // waits until the client has closed
  bool gone_within(std::chrono::milliseconds limit);
  void close();   // FIN, after close_notify on TLS
  void finish();  // says no more, still listens (without TLS)
  void cut();     // FIN, without close_notify
  void reset();   // RST
  void wake();    // from another thread: every wait ends
  long read(void* into, std::size_t size);
  long write(const void* from, std::size_t size);

 private:
  void leave();

  std::mutex mutex_;  // of fd_ against wake()
  int fd_;
  TlsServer tls_;
  SSL* ssl_ = nullptr;
  std::string pending_;
};

class ScriptServer {
 public:
  // Called for each connection with its number, from 1. The connection is closed when it returns.
  using Script = std::function<void(Peer&, int)>;

  explicit ScriptServer(Script script, TlsServer tls = nullptr);
  ~ScriptServer();
  ScriptServer(const ScriptServer&) = delete;
  ScriptServer& operator=(const ScriptServer&) = delete;

  std::uint16_t port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  void accept_all();

  const Script script_;
  const TlsServer tls_;
  int fd_;
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  std::list<Peer> peers_;           // under mutex_
  std::list<std::thread> threads_;  // of the accepting thread
  bool over_ = false;               // under mutex_
  std::thread accepting_;
};

// A port of 127.0.0.1 where nobody listens.
std::uint16_t closed_port();

}  // namespace hotfixd::test
