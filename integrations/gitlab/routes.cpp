#include "integrations/gitlab/routes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/gitlab/webhook.hpp"

namespace hotfixd::gitlab {
namespace {

net::HttpResponse answer(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = text + "\n", .headers = {}};
}

const char* other_forge(const net::HttpRequest& request) {
  if (request.has_header("X-Gitlab-Event")) return nullptr;
  if (request.has_header("X-Forgejo-Event")) return "Forgejo";
  if (request.has_header("X-Gitea-Event")) return "Gitea";
  return request.has_header("X-GitHub-Event") ? "GitHub" : nullptr;
}

bool id_is_sane(std::string_view id) {
  constexpr std::size_t kLongest = 128;
  return !id.empty() && id.size() <= kLongest && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  });
}

struct Hook {
  HookOptions options;
  SecretToken secret;
  Policy policy;
  const Clock& clock;
  common::HookSubmit submit;

  // What is missing to believe it; empty when all is well.
  std::string unproven(const net::HttpRequest& request) const {
    if (!options.signing)
      return secret.verifies(request.header("X-Gitlab-Token")) ? ""
                                                               : "X-Gitlab-Token is missing or is not the secret token";
    const Signed headers{request.header("webhook-id"), request.header("webhook-timestamp"),
                         request.header("webhook-signature")};
    if (headers.signatures.empty()) return "webhook-signature is missing: give the webhook a signing token";
    return options.signing->verifies(headers, request.body, clock.now())
               ? ""
               : "webhook-signature does not match the signing token, or webhook-timestamp is not of now";
  }

  std::string id_of(const net::HttpRequest& request) const {
    const auto key = request.header(options.signing ? "webhook-id" : "Idempotency-Key");
    if (!key.empty() || options.signing) return std::string(key);
    return digest_of(request.header("X-Gitlab-Event-UUID"), request.body);
  }

  void operator()(const net::HttpRequest& request, const net::Respond& respond) const;
};

void Hook::operator()(const net::HttpRequest& request, const net::Respond& respond) const {
  if (const char* forge = other_forge(request))
    return respond(answer(400, fmt::format("this address takes GitLab's webhooks, not those of {}", forge)));
  if (auto why = unproven(request); !why.empty()) return respond(answer(401, std::move(why)));
  const auto id = id_of(request);
  if (!id_is_sane(id)) return respond(answer(400, "webhook-id or Idempotency-Key is malformed"));

  auto decoded = decode(request.body, policy);
  if (!decoded) {
    auto problem = decoded.error();
    problem.what = fmt::format("a webhook of GitLab's, {}, is not understood: {}", id, problem.what);
    if (options.report) options.report(problem);
    return respond(answer(200, "not understood: " + decoded.error().what));
  }
  if (decoded->events.empty()) return respond(answer(200, "ignored: " + decoded->ignored_because));

  submit(common::deliveries("gitlab:" + id, std::move(decoded->events)), [respond](bool committed) {
    respond(committed ? answer(202, "recorded") : answer(503, "not recorded, deliver it again"));
  });
}

}  // namespace

net::Route webhook_route(HookOptions options, const Policy& policy, const Clock& clock, common::HookSubmit submit) {
  const SecretToken secret(options.secret);
  return {.method = "POST",
          .path = "/hooks/gitlab",
          .body_limit = kPayloadLimit,
          .handle = Hook{std::move(options), secret, policy, clock, std::move(submit)}};
}

}  // namespace hotfixd::gitlab
