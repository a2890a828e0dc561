// The parts of the GitHub integration, put together.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "bot/cli/config.hpp"
#include "bot/net/http_client.hpp"
#include "integrations/github/api.hpp"

namespace hotfixd::cli {

struct GithubOut {
  std::unique_ptr<net::HttpClient> http;
  std::unique_ptr<github::Api> api;
};
// Needs config.github.has_api(). Problem::invalid or credentials when the configuration cannot work.
Result<GithubOut> make_github(const Config& config, const Clock& clock);

// What cannot work of app_id, private_key and token; nothing when all is well or none is set.
std::optional<Problem> unsound_github(const Config& config);

// Asks GitHub to deliver again what did not arrive of the app's webhooks: at the start and every
// github.redeliver_every.
class GithubCatchUp {
 public:
  // `clock` must outlive it.
  GithubCatchUp(GithubOut out, const Clock& clock, Seconds every);
  ~GithubCatchUp();  // stops

  void start();
  void stop();  // does not wait for GitHub

 private:
  void run();

  GithubOut out_;
  const Clock& clock_;
  const Seconds every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::jthread self_;
};

// "acme/shop", as GitHub has this repository: RepositoryPolicy::github, else what its url says when that is of the
// server whose API `api_url` is; empty when neither does, and when it is GitLab's.
std::string github_name(const RepositoryPolicy& policy, const std::string& url, const std::string& api_url);

}  // namespace hotfixd::cli
