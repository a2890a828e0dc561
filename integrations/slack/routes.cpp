#include "integrations/slack/routes.hpp"

#include <fmt/format.h>

#include "integrations/slack/signature.hpp"

namespace hotfixd::slack {
namespace {

net::HttpResponse text(int status, std::string body) {
  return {status, "text/plain; charset=utf-8", std::move(body), {}};
}

void handle(const common::HmacKey& key, Intake& intake, const Clock& clock, const net::HttpRequest& request,
            net::Respond respond) {
  const auto trusted = verify_signature(key, request.header("x-slack-request-timestamp"), request.body,
                                        request.header("x-slack-signature"), clock.now());
  const HttpBody body{request.header("content-type"), request.body, request.header("x-slack-retry-num"),
                      request.header("x-slack-retry-reason")};
  if (!trusted) {
    // Slack's certificate check is the one thing that comes unsigned, and it has no effect.
    if (request.header("x-slack-signature").empty() && request.body.contains("ssl_check=1"))
      if (auto unsigned_body = decode_http(body, {});
          unsigned_body && std::holds_alternative<SslCheck>(unsigned_body->what))
        return respond(text(200, ""));
    return respond(text(401, fmt::format("not from Slack: {}\n", to_string(trusted.error()))));
  }
  auto in = decode_http(body, intake.self());
  if (!in) return respond(text(400, in.error().what + "\n"));
  if (const auto* challenge = std::get_if<Challenge>(&in->what)) return respond(text(200, challenge->challenge));
  intake.take(*std::move(in), [respond = std::move(respond)](Told told) {
    if (!told.committed) return respond({503, "text/plain; charset=utf-8", "", {{"Retry-After", "1"}}});
    if (told.payload.empty()) return respond(text(200, ""));
    respond({200, "application/json; charset=utf-8", std::move(told.payload), {}});
  });
}

}  // namespace

std::vector<net::Route> routes(std::string_view signing_secret, Intake& intake, const Clock& clock) {
  const common::HmacKey key(signing_secret);
  std::vector<net::Route> made;
  for (const char* path : {"/slack/commands", "/slack/interactions", "/slack/events"})
    made.push_back({"POST", path, kBodyLimit, [key, &intake, &clock](net::HttpRequest request, net::Respond respond) {
                      handle(key, intake, clock, request, std::move(respond));
                    }});
  return made;
}

}  // namespace hotfixd::slack
