#include "bot/web/incident_page.hpp"

#include <cmark-gfm.h>
#include <fmt/format.h>

#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <thread>

namespace hotfixd::web {
namespace {

constexpr std::size_t kMostWaiting = 32;
constexpr int kRenewAfter = 60;  // seconds; the page of a running incident is left open on a screen

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem;border-bottom:1px solid #8886}"
    "ul{padding-left:1.2rem}li{margin:.2rem 0}";

net::HttpResponse page(int status, std::string html) {
  return {.status = status,
          .content_type = "text/html; charset=utf-8",
          .body = std::move(html),
          .headers = {{"Cache-Control", "no-store"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"X-Robots-Tag", "noindex"},
                      {"Content-Security-Policy",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
                       "frame-ancestors 'none'"}}};
}

std::string frame(std::string_view title, std::string_view body, bool renew) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">{}<style>{}</style></head>\n"
      "<body>\n{}</body></html>\n",
      title, renew ? fmt::format("<meta http-equiv=\"refresh\" content=\"{}\">", kRenewAfter) : "", kStyle, body);
}

net::HttpResponse no_page() {
  return page(404, frame("No such page",
                         "<h1>No such page</h1><p>The link is not complete, or not one of this hotfixd. The incident's "
                         "channel has it among its bookmarks.</p>\n",
                         false));
}

net::HttpResponse not_now(std::string_view why) {
  auto answer = page(503, frame("Not now", fmt::format("<h1>Not now</h1><p>{}</p>\n", why), true));
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

// The value of that name; our own links need no escapes.
std::string value_in(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
  }
  return {};
}

// What is read and written out takes longer than the network thread may be held up: one page after the other is made
// on a thread of its own.
class Page final : public IncidentPage {
 public:
  explicit Page(IncidentPageParts parts) : parts_(std::move(parts)) {
    thread_ = std::jthread([this] { run(); });
  }
  ~Page() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake_.notify_one();
    }
    thread_.join();
    for (const auto& left : waiting_) left.respond(not_now("hotfixd is stopping."));
  }

  net::Route route() override {
    return {.method = "GET",
            .path = "/incident",
            .body_limit = 0,
            .handle = [this](const net::HttpRequest& request, net::Respond respond) {
              const auto incident = value_in(request.query, "id");
              if (!parts_.opens(incident, value_in(request.query, "key"))) return respond(no_page());
              {
                const std::lock_guard lock(mutex_);
                if (!stopping_ && waiting_.size() < kMostWaiting) {
                  waiting_.push_back({incident, std::move(respond)});
                  return wake_.notify_one();
                }
              }
              respond(not_now("Too many read at once."));
            }};
  }

 private:
  struct Asked {
    IncidentId incident;
    net::Respond respond;
  };

  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      const auto asked = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      asked.respond(answer(asked.incident));
      lock.lock();
    }
  }

  net::HttpResponse answer(const IncidentId& incident) {
    const auto text = parts_.markdown(incident);
    if (text) return page(200, incident_html(incident, *text));
    if (text.error().kind == Problem::Kind::not_found) return no_page();
    if (parts_.report) parts_.report(text.error());
    return not_now("The record cannot be read at the moment.");
  }

  IncidentPageParts parts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Asked> waiting_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace

std::string incident_html(const std::string& incident, const std::string& markdown) {
  // Without CMARK_OPT_UNSAFE raw HTML and links of other schemes are left out.
  const std::unique_ptr<char, decltype(&std::free)> body(
      cmark_markdown_to_html(markdown.data(), markdown.size(), CMARK_OPT_VALIDATE_UTF8), &std::free);
  return frame(incident, body.get(), true);
}

std::unique_ptr<IncidentPage> create_incident_page(IncidentPageParts parts) {
  return std::make_unique<Page>(std::move(parts));
}

}  // namespace hotfixd::web
