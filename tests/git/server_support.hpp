// Real git servers on loopback for the transport tests: nginx with git http-backend, and sshd.
#pragma once

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {

// The Debian packages that are needed and not installed, as a sentence; empty when all are there.
std::string missing_packages(const std::vector<std::pair<std::string, std::string>>& program_and_package);

// A loopback port that nobody listens on at the moment.
int free_port();

// Serves the folder `dir` at http://127.0.0.1:<port>/<name>.git; user x-access-token, password "s3cret-token". With a
// `tls_host`, at https://localhost:<port>/… with a certificate for that name, by an authority of its own.
class HttpServer {
 public:
  // What is asked of <url>/moved/… is redirected to the server `moved_to`, with the token or without.
  explicit HttpServer(const TempDir& dir, const std::string& tls_host = {}, const std::string& moved_to = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  std::string url(const std::string& name) const {
    return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + "/" + name + ".git";
  }
  std::string ca_file() const { return dir_ + "/http/ca.pem"; }
  // One line for each request: method, path, status, [Authorization].
  // nginx writes a line after its answer has gone: waits, at most 5 s, until the lines contain `text`.
  std::string requests(std::string_view text = {}) const;
  std::string log() const;
  int port() const { return port_; }

 private:
  std::string dir_;
  int port_;
  bool tls_;
};

// Serves at ssh://<user>@127.0.0.1:<port>. In `keys()`: "good" (authorized), "wrong", "known_hosts".
class SshServer {
 public:
  explicit SshServer(const TempDir& dir);
  ~SshServer();
  SshServer(const SshServer&) = delete;
  SshServer& operator=(const SshServer&) = delete;
  std::string url(const std::string& path) const;
  std::string keys(const std::string& name) const { return dir_ + "/ssh/" + name; }
  int port() const { return port_; }
  void change_host_key();

 private:
  void start();
  void stop();
  std::string dir_;
  int port_;
};

}  // namespace hotfixd::git::testing
