#include "tests/github/fake_github.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <algorithm>

#include "integrations/github/needs.hpp"

namespace hotfixd::test {
namespace {

using nlohmann::json;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

std::string unbase64url(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  std::size_t padding = 0;
  while (text.size() % 4 != 0) text += '=', ++padding;
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) return {};
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

Reply refusal(int status, const std::string& message) {
  return {status, {{"message", message}, {"documentation_url", "https://docs.github.com/rest"}}, {}, {}};
}

}  // namespace

const AppKey& app_key() {
  static const AppKey key = [] {
    EVP_PKEY* made = EVP_RSA_gen(2048);
    AppKey out;
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey_traditional(bio, made, nullptr, nullptr, 0, nullptr, nullptr);
    out.pem = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, made, nullptr, nullptr, 0, nullptr, nullptr);
    out.pkcs8 = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, made);
    out.pub = text_of(bio);
    EVP_PKEY_free(made);
    return out;
  }();
  return key;
}

json verified_claims(const std::string& jwt) {
  const auto first = jwt.find('.'), second = jwt.rfind('.');
  if (first == std::string::npos || first == second) return nullptr;
  const auto signature = unbase64url(jwt.substr(second + 1));
  BIO* bio = BIO_new_mem_buf(app_key().pub.data(), static_cast<int>(app_key().pub.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  const bool good = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                                     signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()), second) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  const auto header = json::parse(unbase64url(jwt.substr(0, first)), nullptr, false);
  if (!good || header != json{{"alg", "RS256"}, {"typ", "JWT"}}) return nullptr;
  return json::parse(unbase64url(jwt.substr(first + 1, second - first - 1)), nullptr, false);
}

void FakeGithub::well_set_up() {
  json permissions{{"metadata", "read"}};
  json events = json::array();
  for (const auto& need : github::needs()) {
    auto& granted = permissions[std::string(need.permission)];
    if (granted != "write") granted = need.write ? "write" : "read";
    if (!need.event.empty()) events.push_back(need.event);
  }
  const json account{{"login", "acme"}, {"id", 1}};
  const json hook{{"url", "https://bot.example.com/hooks/github"},
                  {"content_type", "json"},
                  {"insecure_ssl", "0"},
                  {"secret", "********"}};
  on("GET /app",
     {200,
      {{"id", 5}, {"name", "acme-hotfixd"}, {"owner", account}, {"permissions", permissions}, {"events", events}},
      {},
      {}});
  on("GET /app/hook/config", {200, hook, {}, {}});
  on("GET /app/hook/deliveries?per_page=100", {200,
                                               json::array({{{"id", 12},
                                                             {"guid", "b"},
                                                             {"delivered_at", "2026-11-14T21:00:00Z"},
                                                             {"redelivery", true},
                                                             {"status", "OK"},
                                                             {"status_code", 202},
                                                             {"event", "push"}},
                                                            {{"id", 11},
                                                             {"guid", "b"},
                                                             {"delivered_at", "2026-11-14T20:00:00Z"},
                                                             {"redelivery", false},
                                                             {"status", "Bad Gateway"},
                                                             {"status_code", 502},
                                                             {"event", "push"}},
                                                            {{"id", 10},
                                                             {"guid", "a"},
                                                             {"delivered_at", "2026-11-14T19:00:00Z"},
                                                             {"redelivery", false},
                                                             {"status", "OK"},
                                                             {"status_code", 200},
                                                             {"event", "ping"}}}),
                                               {},
                                               {}});
  on("GET /repos/acme/shop/installation",
     {200,
      {{"id", 7},
       {"account", account},
       {"html_url", "https://github.com/organizations/acme/settings/installations/7"},
       {"permissions", permissions},
       {"events", events},
       {"suspended_at", nullptr}},
      {},
      {}});
  on("GET /user", {200,
                   {{"login", "alice"}, {"id", 2}},
                   {{"X-OAuth-Scopes", "repo, read:repo_hook"},
                    {"GitHub-Authentication-Token-Expiration", "2027-01-31 10:00:00 UTC"}},
                   {}});
  on("GET /repos/acme/shop", {200,
                              {{"id", 3},
                               {"full_name", "acme/shop"},
                               {"default_branch", "main"},
                               {"archived", false},
                               {"private", true},
                               {"has_issues", true},
                               {"permissions", {{"pull", true}, {"push", true}, {"admin", false}}}},
                              {{"ETag", "\"shop-1\""}},
                              {}});
  on("GET /repos/acme/shop/branches/main", {200, {{"name", "main"}, {"protected", true}}, {}, {}});
  on("GET /repos/acme/shop/rules/branches/main?per_page=100",
     {200, json::array({{{"type", "deletion"}}, {{"type", "pull_request"}}, {{"type", "pull_request"}}}), {}, {}});
  on("GET /repos/acme/shop/hooks?per_page=100",
     {200,
      json::array(
          {{{"id", 1}, {"active", true}, {"events", {"push"}}, {"config", {{"url", "https://other.example.com"}}}},
           {{"id", 2},
            {"active", true},
            {"events", events},
            {"config", hook},
            {"last_response", {{"code", 200}, {"status", "active"}, {"message", "OK"}}}}}),
      {},
      {}});
}

void FakeGithub::tokens(std::string name, std::string expires_at) {
  const std::lock_guard lock(mutex_);
  token_name_ = std::move(name);
  expires_at_ = std::move(expires_at);
}

void FakeGithub::revoke_tokens() {
  const std::lock_guard lock(mutex_);
  given_.clear();
}

void FakeGithub::ids(std::string app_id) {
  const std::lock_guard lock(mutex_);
  app_id_ = std::move(app_id);
}

void FakeGithub::slow_tokens(std::chrono::milliseconds by) {
  const std::lock_guard lock(mutex_);
  slow_tokens_ = by;
}

// The app's own calls take its JWT, all others a token.
bool FakeGithub::knows(const Asked& request) const {
  const auto it = request.headers.find("authorization");
  if (it == request.headers.end() || !it->second.starts_with("Bearer ")) return false;
  const auto shown = it->second.substr(7);
  const auto path = request.call.substr(request.call.find(' ') + 1);
  if (path == "/app" || path.starts_with("/app/") || path.ends_with("/installation")) {
    const auto claims = verified_claims(shown);
    return claims.is_object() && claims["iss"] == app_id_ &&
           claims["exp"].get<std::int64_t>() - claims["iat"].get<std::int64_t>() <= 660;
  }
  return shown == "ghp_good" || std::ranges::find(given_, shown) != given_.end();
}

std::optional<Reply> FakeGithub::judge(const Asked& request) {
  std::unique_lock lock(mutex_);
  if (!knows(request)) return refusal(401, "Bad credentials");
  if (request.call != "POST /app/installations/7/access_tokens") return std::nullopt;
  given_.push_back(fmt::format("{}-{}", token_name_, ++tokens_made_));
  const Reply made{201, {{"token", given_.back()}, {"expires_at", expires_at_}}, {}, {}};
  const auto wait = slow_tokens_;
  lock.unlock();
  std::this_thread::sleep_for(wait);
  return made;
}

Reply FakeGithub::missing() const { return refusal(404, "Not Found"); }

}  // namespace hotfixd::test
