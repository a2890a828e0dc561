#include "bot/cli/github.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "bot/net/url.hpp"
#include "integrations/github/redelivery.hpp"

namespace hotfixd::cli {
namespace {

Problem invalid(std::string what, std::string mend) {
  return {Problem::Kind::invalid, std::move(what), std::move(mend), {}};
}

// Where people see what the API at this address speaks of: api.github.com is github.com, api.acme.ghe.com is
// acme.ghe.com, https://HOST/api/v3 is HOST.
std::string web_host(const std::string& api_url) {
  const auto url = net::parse_url(api_url, net::UrlKind::http);
  if (!url) return {};
  return url->host.starts_with("api.") ? url->host.substr(4) : url->host;
}

}  // namespace

Result<GithubOut> make_github(const Config& config, const Clock& clock) {
  const auto& access = config.github;
  github::ApiOptions api;
  api.url = access.api_url;
  api.deadline = access.deadline;
  if (auto unsound = unsound_github(config)) return std::unexpected(std::move(*unsound));
  if (access.token) api.token = access.token->reveal();
  if (access.private_key) api.app = github::App{access.app_id, access.private_key->reveal()};
  net::ClientOptions options;
  options.ca_file = access.ca_file.string();
  options.body_limit = github::kReplyLimit;
  options.report = [](const Problem& p) { spdlog::warn("http client: {}", p.what); };
  auto http = net::create_http_client(options);
  if (!http) return std::unexpected(http.error());
  GithubOut out;
  out.http = std::move(*http);
  out.api = github::create_api(*out.http, clock, std::move(api));
  return out;
}

std::optional<Problem> unsound_github(const Config& config) {
  const auto& access = config.github;
  if (access.app_id.empty() && access.private_key)
    return invalid("github.private_key is set without github.app_id", "set github.app_id to the app's client id");
  if (!access.app_id.empty() && !access.private_key)
    return invalid("github.app_id is set without github.private_key", "set github.private_key to the app's .pem file");
  if (!access.app_id.empty() && access.token)
    return invalid("github.app_id and github.token are both set, and only one can be used", "remove one of them");
  if (!access.private_key) return std::nullopt;
  const auto token =
      github::app_token({access.app_id, access.private_key->reveal()}, Time{});  // any time: is it a key?
  return token ? std::nullopt : std::optional(token.error());
}

GithubCatchUp::GithubCatchUp(GithubOut out, const Clock& clock, Seconds every)
    : out_(std::move(out)), clock_(clock), every_(every) {}

GithubCatchUp::~GithubCatchUp() { stop(); }

void GithubCatchUp::start() {
  self_ = std::jthread([this] { run(); });
}

void GithubCatchUp::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  out_.http->stop(std::chrono::milliseconds{0});
  if (self_.joinable()) self_.join();
}

void GithubCatchUp::run() {
  github::Redelivery redelivery(*out_.api, clock_);
  while (true) {
    const auto asked = redelivery.look();
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (!asked)
      spdlog::warn("github: what did not arrive is not known: {}. {}", asked.error().what, asked.error().mend);
    else if (*asked > 0)
      spdlog::info("github: asked to deliver {} webhooks again that did not arrive", *asked);
    if (wake_.wait_for(lock, every_, [&] { return stopping_; })) return;
  }
}

std::string github_name(const RepositoryPolicy& policy, const std::string& url, const std::string& api_url) {
  if (!policy.gitlab.empty()) return {};
  if (!policy.github.empty()) return policy.github;
  std::string_view rest = url;
  const auto scheme = rest.find("://");
  if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  const auto end = rest.find(scheme == std::string_view::npos ? ':' : '/');  // user@host:path is ssh's own form
  if (end == std::string_view::npos) return {};
  auto host = rest.substr(0, end);
  if (const auto at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  host = host.substr(0, host.find(':'));
  if (host.starts_with("ssh.")) host.remove_prefix(4);  // ssh over port 443
  if (host.empty() || !same_word(host, web_host(api_url))) return {};
  auto path = rest.substr(end + 1);
  while (path.starts_with('/')) path.remove_prefix(1);
  while (path.ends_with('/')) path.remove_suffix(1);
  if (path.ends_with(".git")) path.remove_suffix(4);
  const auto slash = path.find('/');
  const bool whole = slash != 0 && slash != std::string_view::npos && slash + 1 < path.size() &&
                     path.find('/', slash + 1) == std::string_view::npos;
  return whole ? std::string(path) : std::string{};
}

}  // namespace hotfixd::cli
