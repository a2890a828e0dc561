// A loopback server that misbehaves: silent, one that stops half-way, or slow.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

namespace hotfixd::git::testing {

// Accepts on `port()`. With a target it hands on what the real server at that loopback port says, in pieces of `piece`
// bytes with `pause` after each, and nothing more once `stop_after` bytes of a connection came from there. Without a
// target it reads and never says a word.
class Relay {
 public:
  struct Manner {
    int target = 0;
    std::size_t stop_after = ~std::size_t{0}, piece = 65'536;
    std::chrono::milliseconds pause{0};
  };
  explicit Relay(Manner manner);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  int port() const { return port_; }
  int accepted() const { return accepted_; }

 private:
  struct Pair {
    int client, server;
    std::size_t said = 0;
  };
  void serve();
  bool hand_on(Pair& pair, bool from_client);

  const Manner manner_;
  int port_ = 0, listener_;  // in this order: making the listener tells the port
  std::atomic<bool> stopping_{false};
  std::atomic<int> accepted_{0};
  std::vector<Pair> pairs_;
  std::thread thread_;
};

// A loopback port that drops whoever wants to connect, as a firewall does: its queue of waiting connections is full.
class Deaf {
 public:
  Deaf();
  ~Deaf();
  Deaf(const Deaf&) = delete;
  Deaf& operator=(const Deaf&) = delete;
  int port() const { return port_; }

 private:
  std::vector<int> sockets_;
  int port_ = 0;
};

}  // namespace hotfixd::git::testing
