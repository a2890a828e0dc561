#include "integrations/github/api.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/net/url.hpp"
#include "integrations/common/answers.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/links.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;

constexpr std::string_view kVersion = "2022-11-28";
constexpr std::size_t kPagesKept = 256;  // with their ETags
constexpr std::size_t kBytesKept = 8 * 1024 * 1024;

struct Page {
  Answer answer;
  std::string next;  // address of the page after it
  std::size_t bytes = 0;
};
using PageResult = std::expected<Page, ApiFailure>;

// Answers that have an ETag, the latest used.
class Kept {
 public:
  struct Entry {
    std::string etag;
    Page page;
    std::uint64_t used = 0;
  };
  std::optional<Entry> find(const std::string& key) {
    const auto it = pages_.find(key);
    if (it == pages_.end()) return std::nullopt;
    it->second.used = ++uses_;
    return it->second;
  }
  void keep(const std::string& key, std::string etag, const Page& page) {
    if (etag.empty() || page.bytes > kBytesKept / 4) return drop(key);
    drop(key);
    bytes_ += page.bytes;
    pages_.emplace(key, Entry{std::move(etag), page, ++uses_});
    while (pages_.size() > kPagesKept || bytes_ > kBytesKept)
      drop(std::ranges::min_element(pages_, {}, [](const auto& p) { return p.second.used; })->first);
  }

 private:
  void drop(std::string key) {
    const auto it = pages_.find(key);
    if (it == pages_.end()) return;
    bytes_ -= it->second.page.bytes;
    pages_.erase(it);
  }
  std::map<std::string, Entry> pages_;
  std::size_t bytes_ = 0;
  std::uint64_t uses_ = 0;
};

ApiFailure failed(Problem problem) {
  ApiFailure failure;
  static_cast<Problem&>(failure) = std::move(problem);
  return failure;
}

class HttpApi final : public Api {
 public:
  HttpApi(net::HttpClient& http, const Clock& clock, ApiOptions options)
      : http_(http),
        clock_(clock),
        options_(std::move(options)),
        credentials_(options_.app, options_.token, clock,
                     [this](const std::string& method, const std::string& path,
                            const Bearer& bearer) -> std::expected<json, ApiFailure> {
                       auto page = attempt({method, options_.url + path, name_of(method, path), {}}, bearer);
                       if (!page) return std::unexpected(std::move(page.error()));
                       return std::move(page->answer.body);
                     }) {}

  ApiResult get(const std::string& path, const std::string& repository) override {
    return answer_of(call({"GET", options_.url + path, name_of("GET", path), {}}, repository));
  }

  ApiResult post(const std::string& path, const json& body, const std::string& repository) override {
    return answer_of(
        call({"POST", options_.url + path, name_of("POST", path), body.is_null() ? "" : body.dump()}, repository));
  }

  ApiResult put(const std::string& path, const json& body, const std::string& repository) override {
    return answer_of(call({"PUT", options_.url + path, name_of("PUT", path), body.dump()}, repository));
  }

  std::expected<List, ApiFailure> list(const std::string& path, const std::string& repository,
                                       const std::string& member) override {
    List all;
    std::size_t bytes = 0;
    std::string url = options_.url + path;
    for (int i = 0; i < kMostPages; ++i) {
      auto page = call({"GET", url, name_of("GET", path), {}}, repository);
      if (!page) return std::unexpected(std::move(page.error()));
      auto& body = page->answer.body;
      auto* items = member.empty() ? &body : body.is_object() && body.contains(member) ? &body[member] : nullptr;
      if (items == nullptr || !items->is_array()) return std::unexpected(strange(path, "it is no list"));
      for (auto& item : *items) all.items.push_back(std::move(item));
      if (page->next.empty()) return all;
      bytes += page->bytes;
      if (bytes > kReplyLimit) break;
      const auto next = within(url, page->next);
      if (!next) return std::unexpected(strange(path, "its next page is on another server"));
      url = *next;
    }
    all.whole = false;
    return all;
  }

  std::expected<Installation, ApiFailure> installation(const std::string& repository) override {
    return credentials_.installation(repository);
  }

 private:
  struct Call {
    std::string method, url;
    std::string name;  // "GET /repos/acme/shop", for people
    std::string body;
  };

  static std::string name_of(const std::string& method, const std::string& path) {
    return method + " " + path.substr(0, path.find('?'));
  }

  static ApiResult answer_of(PageResult page) {
    if (!page) return std::unexpected(std::move(page.error()));
    return std::move(page->answer);
  }

  static ApiFailure strange(const std::string& path, std::string_view why) {
    return failed({Problem::Kind::unreachable,
                   fmt::format("the answer to {} is not GitHub's: {}", name_of("GET", path), why),
                   "check github.api_url, and whether a proxy stands between",
                   {}});
  }

  // The absolute form of an address that an answer from `from` names; nothing when it is of another origin.
  static std::optional<std::string> within(const std::string& from, const std::string& to) {
    const auto here = net::parse_url(from, net::UrlKind::http);
    if (!here) return std::nullopt;
    const auto absolute = to.starts_with('/') && !to.starts_with("//") ? here->origin + to : to;
    const auto there = net::parse_url(absolute, net::UrlKind::http);
    return there && there->origin == here->origin ? std::optional(absolute) : std::nullopt;
  }

  // With the right of this repository; once more when its token is not taken, which carries nothing out.
  PageResult call(const Call& call, const std::string& repository) {
    const auto bearer = credentials_.current(repository);
    if (!bearer) return std::unexpected(bearer.error());
    auto page = attempt(call, *bearer);
    if (page || page.error().status != 401 || !credentials_.forget(repository, *bearer)) return page;
    const auto next = credentials_.current(repository);
    if (!next) return std::unexpected(next.error());
    return attempt(call, *next);
  }

  PageResult attempt(const Call& call, const Bearer& bearer) {
    if (auto wait = closed(call, bearer)) return std::unexpected(std::move(*wait));
    auto page = exchange(call, bearer);
    if (page) return page;
    auto& failure = page.error();
    common::hide(failure.what, bearer.value);
    common::hide(failure.message, bearer.value);
    if (failure.kind == Problem::Kind::rate_limited && failure.status != 0 && failure.retry_after) {
      const std::lock_guard lock(mutex_);
      closed_[bearer.owner] = clock_.now() + *failure.retry_after;
    }
    return page;
  }

  std::optional<ApiFailure> closed(const Call& call, const Bearer& bearer) {
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    const auto it = closed_.find(bearer.owner);
    if (it == closed_.end()) return std::nullopt;
    if (it->second > now)
      return failed({Problem::Kind::rate_limited, fmt::format("{} has to wait for GitHub's rate limit", call.name),
                     "nothing: it is tried again", std::chrono::ceil<Seconds>(it->second - now)});
    closed_.erase(it);
    return std::nullopt;
  }

  net::SendResult send(const Call& call, const std::string& url, const Bearer& bearer, const std::string& etag) {
    net::ClientRequest request;
    request.method = call.method;
    request.url = url;
    request.headers = {{"Accept", "application/vnd.github+json"},
                       {"X-GitHub-Api-Version", std::string(kVersion)},
                       {"Authorization", "Bearer " + bearer.value}};
    if (!etag.empty()) request.headers.emplace_back("If-None-Match", etag);
    if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    request.body = call.body;
    request.deadline = options_.deadline;
    request.repeatable = call.method == "GET";
    return http_.send(request);
  }

  PageResult exchange(const Call& call, const Bearer& bearer) {
    const bool reads = call.method == "GET";
    const auto key = bearer.owner + " " + call.url;
    std::optional<Kept::Entry> before;
    if (reads) {
      const std::lock_guard lock(mutex_);
      before = kept_.find(key);
    }
    const auto etag = before ? before->etag : std::string{};
    auto answer = send(call, call.url, bearer, etag);
    bool moved = false;
    if (answer && common::is_redirect(answer->status)) {
      const auto to = within(call.url, std::string(answer->header("location")));
      if (!to)
        return std::unexpected(
            failed({Problem::Kind::refused,
                    fmt::format("{} is redirected to another server, which gets no token", call.name),
                    "set github.api_url to the API's own address",
                    {}}));
      moved = true;
      answer = send(call, *to, bearer, etag);
      if (answer && common::is_redirect(answer->status))
        return std::unexpected(failed({Problem::Kind::refused,
                                       fmt::format("{} is redirected twice", call.name),
                                       "use the repository's present name",
                                       {}}));
    }
    if (!answer) {
      ApiFailure failure;
      static_cast<net::SendFailure&>(failure) = answer.error();
      failure.what = fmt::format("{}: {}", call.name, failure.what);
      if (failure.mend.empty())
        failure.mend = failure.kind == Problem::Kind::host_key
                           ? "set github.ca_file to the certificate of the authority that the server is signed by"
                           : "check github.api_url, and whether this machine reaches it";
      return std::unexpected(std::move(failure));
    }
    if (answer->status == 304 && before) {
      before->page.answer.moved = moved;
      return std::move(before->page);
    }
    auto read = read_reply(call.name, *answer, bearer.shown, clock_.now());
    if (!read) return std::unexpected(std::move(read.error()));
    Page page{{std::move(*read), {}, {}, moved}, common::link_to(answer->header("link"), "next"), answer->body.size()};
    if (std::ranges::any_of(answer->headers, [](const auto& h) { return same_word(h.first, "x-oauth-scopes"); }))
      page.answer.scopes = common::names_in(answer->header("x-oauth-scopes"));
    const json expires{{"at", answer->header("github-authentication-token-expiration")}};
    page.answer.expires = common::Fields(expires).text_if_any("at", 40);
    if (reads) {
      const std::lock_guard lock(mutex_);
      kept_.keep(key, std::string(answer->header("etag")), page);
    }
    return page;
  }

  net::HttpClient& http_;
  const Clock& clock_;
  const ApiOptions options_;
  std::mutex mutex_;
  Kept kept_;
  std::map<std::string, Time> closed_;  // rights that said "later"
  Credentials credentials_;
};

}  // namespace

std::unique_ptr<Api> create_api(net::HttpClient& http, const Clock& clock, ApiOptions options) {
  return std::make_unique<HttpApi>(http, clock, std::move(options));
}

}  // namespace hotfixd::github
