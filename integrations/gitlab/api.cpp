#include "integrations/gitlab/api.hpp"

#include <fmt/format.h>

#include <mutex>

#include "bot/net/url.hpp"
#include "integrations/common/answers.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/links.hpp"

namespace hotfixd::gitlab {
namespace {

using nlohmann::json;

struct Page {
  Answer answer;
  std::string next;  // address of the page after it
  std::size_t bytes = 0;
};
using PageResult = std::expected<Page, ApiFailure>;

ApiFailure failed(Problem problem) {
  ApiFailure failure;
  static_cast<Problem&>(failure) = std::move(problem);
  return failure;
}

class HttpApi final : public Api {
 public:
  HttpApi(net::HttpClient& http, const Clock& clock, ApiOptions options)
      : http_(http), clock_(clock), options_(std::move(options)) {}

  ApiResult get(const std::string& path) override {
    return answer_of(attempt({"GET", options_.url + path, name_of("GET", path), {}}));
  }

  ApiResult post(const std::string& path, const json& body) override {
    return answer_of(attempt({"POST", options_.url + path, name_of("POST", path), body.dump()}));
  }

  ApiResult put(const std::string& path, const json& body) override {
    return answer_of(attempt({"PUT", options_.url + path, name_of("PUT", path), body.dump()}));
  }

  std::string host() const override {
    const auto here = net::parse_url(options_.url, net::UrlKind::http);
    return here ? here->host : std::string{};
  }

  std::expected<List, ApiFailure> list(const std::string& path) override {
    List all;
    std::size_t bytes = 0;
    std::string url = options_.url + path;
    for (int i = 0; i < kMostPages; ++i) {
      auto page = attempt({"GET", url, name_of("GET", path), {}});
      if (!page) return std::unexpected(std::move(page.error()));
      if (!page->answer.body.is_array()) return std::unexpected(strange(path, "it is no list"));
      for (auto& item : page->answer.body) all.items.push_back(std::move(item));
      if (page->next.empty()) return all;
      bytes += page->bytes;
      if (bytes > kReplyLimit) break;
      const auto next = ours(page->next);
      if (!next) return std::unexpected(strange(path, "its next page is on another server"));
      url = *next;
    }
    all.whole = false;
    return all;
  }

 private:
  struct Call {
    std::string method, url;
    std::string name;  // "GET /projects/acme%2Fshop", for people
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
                   fmt::format("the answer to {} is not GitLab's: {}", name_of("GET", path), why),
                   "check gitlab.api_url, and whether a proxy stands between",
                   {}});
  }

  // An address that an answer names, at the origin that is configured: behind a proxy GitLab may write http for https.
  // Nothing when it is of another host.
  std::optional<std::string> ours(const std::string& to) const {
    const auto here = net::parse_url(options_.url, net::UrlKind::http);
    if (!here) return std::nullopt;
    if (to.starts_with('/') && !to.starts_with("//")) return here->origin + to;
    const auto there = net::parse_url(to, net::UrlKind::http);
    return there && same_word(there->host, here->host) ? std::optional(here->origin + there->target) : std::nullopt;
  }

  PageResult attempt(const Call& call) {
    if (auto wait = closed(call)) return std::unexpected(std::move(*wait));
    auto page = exchange(call);
    if (page) return page;
    auto& failure = page.error();
    common::hide(failure.what, options_.token);
    common::hide(failure.message, options_.token);
    if (failure.kind == Problem::Kind::rate_limited && failure.status != 0 && failure.retry_after) {
      const std::lock_guard lock(mutex_);
      closed_until_ = clock_.now() + *failure.retry_after;
    }
    return page;
  }

  std::optional<ApiFailure> closed(const Call& call) {
    const auto now = clock_.now();
    const std::lock_guard lock(mutex_);
    if (closed_until_ <= now) return std::nullopt;
    return failed({Problem::Kind::rate_limited, fmt::format("{} has to wait for GitLab's rate limit", call.name),
                   "nothing: it is tried again", std::chrono::ceil<Seconds>(closed_until_ - now)});
  }

  net::SendResult send(const Call& call, const std::string& url) {
    net::ClientRequest request;
    request.method = call.method;
    request.url = url;
    request.headers = {{"Accept", "application/json"}, {"PRIVATE-TOKEN", options_.token}};
    if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
    request.body = call.body;
    request.deadline = options_.deadline;
    request.repeatable = call.method == "GET";
    return http_.send(request);
  }

  PageResult exchange(const Call& call) {
    auto answer = send(call, call.url);
    bool moved = false;
    if (answer && common::is_redirect(answer->status) && call.method == "GET") {
      const auto to = ours(std::string(answer->header("location")));
      if (!to)
        return std::unexpected(
            failed({Problem::Kind::refused,
                    fmt::format("{} is redirected to another server, which gets no token", call.name),
                    "set gitlab.api_url to the API's own address",
                    {}}));
      moved = true;
      answer = send(call, *to);
      if (answer && common::is_redirect(answer->status))
        return std::unexpected(failed({Problem::Kind::refused,
                                       fmt::format("{} is redirected twice", call.name),
                                       "set gitlab in [[repository]] to the project's present name",
                                       {}}));
    }
    if (!answer) {
      ApiFailure failure;
      static_cast<net::SendFailure&>(failure) = answer.error();
      failure.what = fmt::format("{}: {}", call.name, failure.what);
      if (failure.mend.empty())
        failure.mend = failure.kind == Problem::Kind::host_key
                           ? "set gitlab.ca_file to the certificate of the authority that the server is signed by"
                           : "check gitlab.api_url, and whether this machine reaches it";
      return std::unexpected(std::move(failure));
    }
    auto read = read_reply(call.name, *answer, clock_.now());
    if (!read) return std::unexpected(std::move(read.error()));
    return Page{{std::move(*read), moved}, common::link_to(answer->header("link"), "next"), answer->body.size()};
  }

  net::HttpClient& http_;
  const Clock& clock_;
  const ApiOptions options_;
  std::mutex mutex_;
  Time closed_until_{};  // under mutex_
};

}  // namespace

std::string project_path(std::string_view full_name) { return "/projects/" + common::percent_encoded(full_name); }

std::unique_ptr<Api> create_api(net::HttpClient& http, const Clock& clock, ApiOptions options) {
  return std::make_unique<HttpApi>(http, clock, std::move(options));
}

}  // namespace hotfixd::gitlab
