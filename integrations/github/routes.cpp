#include "integrations/github/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hotfixd::github {
namespace {

net::HttpResponse answer(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text + "\n", .headers = {}};
}

net::HttpResponse again_later() {
  auto response = answer(503, "not recorded, deliver it again");
  response.headers.emplace_back("Retry-After", "10");
  return response;
}

// Forgejo and Gitea send X-GitHub-* too, with payloads that only look alike. GitLab's have an address of their own.
const char* other_forge(const net::HttpRequest& request) {
  if (request.has_header("X-Forgejo-Event") || request.has_header("X-Forgejo-Delivery")) return "Forgejo";
  if (request.has_header("X-Gitea-Event") || request.has_header("X-Gitea-Delivery")) return "Gitea";
  if (request.has_header("X-Gogs-Event") || request.has_header("X-Gogs-Delivery")) return "Gogs";
  if (request.has_header("X-Gitlab-Event")) return "GitLab";
  return nullptr;
}

bool delivery_id_is_sane(std::string_view id) {
  constexpr std::size_t kLongest = 128;
  return !id.empty() && id.size() <= kLongest && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

struct Hook {
  common::HmacKey key;
  Policy policy;
  Submit submit;

  void operator()(const net::HttpRequest& request, const net::Respond& respond) const;
};

void Hook::operator()(const net::HttpRequest& request, const net::Respond& respond) const {
  if (const char* forge = other_forge(request)) {
    return respond(answer(400, fmt::format("this address takes GitHub's webhooks, not those of {}", forge)));
  }
  if (!verify_signature(key, request.body, request.header("X-Hub-Signature-256"))) {
    return respond(answer(401, "X-Hub-Signature-256 is missing or does not match the secret"));
  }
  const auto guid = request.header("X-GitHub-Delivery");
  if (!delivery_id_is_sane(guid)) return respond(answer(400, "X-GitHub-Delivery is missing or malformed"));
  const auto event = request.header("X-GitHub-Event");
  if (event.empty()) return respond(answer(400, "X-GitHub-Event is missing"));

  const auto json = json_of(request.header("Content-Type"), request.body);
  if (!json) return respond(answer(400, json.error().what));
  auto decoded = decode(event, *json, policy);
  if (!decoded) return respond(answer(400, decoded.error().what));
  if (event == "ping") return respond(answer(200, "pong"));
  if (decoded->events.empty()) return respond(answer(200, "ignored: " + decoded->ignored_because));

  submit(common::deliveries(fmt::format("github:{}", guid), std::move(decoded->events)),
         [respond](bool committed) { respond(committed ? answer(202, "recorded") : again_later()); });
}

}  // namespace

net::Route webhook_route(std::string_view secret, const Policy& policy, Submit submit) {
  return {.method = "POST",
          .path = "/hooks/github",
          .body_limit = kPayloadLimit,
          .handle = Hook{common::HmacKey(secret), policy, std::move(submit)}};
}

}  // namespace hotfixd::github
