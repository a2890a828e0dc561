#include <cstdint>
#include <string>

#include "integrations/common/headers.hpp"
#include "integrations/common/links.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/github/api_errors.hpp"
#include "tests/fuzz/require.hpp"

// An answer of GitHub's API. First line: the status; then header lines up to an empty one; the rest is the body.
// A failure is one short line of whole UTF-8 with something to do, a wait is between a second and an hour, and the next
// page's address is a part of what was sent.

namespace {

using namespace hotfixd;

void require_line(const std::string& text, std::size_t most) {
  require(text.size() <= most && common::is_utf8(text), "a text that is too long or broken");
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "more than one line");
}

void check_page(const net::ClientResponse& response) {
  const auto header = std::string(response.header("link"));
  const auto next = common::link_to(header, "next");
  require(header.contains(next), "an address that was not there");
  require(!next.contains('>'), "an address that goes on behind its end");
}

void check_failure(const github::ApiFailure& f) {
  require(!f.what.empty() && !f.mend.empty(), "nothing is said");
  require_line(f.what, 2000);
  require_line(f.mend, 2000);
  require_line(f.message, 300);
  require((f.kind == Problem::Kind::rate_limited) <= f.retry_after.has_value(), "no wait");
  if (f.retry_after) require(*f.retry_after >= Seconds{1} && *f.retry_after <= Seconds{3600}, "a wait without measure");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto text = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), text.size() + 1));
    return text;
  };
  net::ClientResponse response;
  const auto status = line();
  response.status = 200;
  if (const auto wait = common::retry_after(status)) response.status = 100 + static_cast<int>(wait->count()) % 500;
  for (auto header = line(); !header.empty(); header = line()) {
    const auto colon = header.find(':');
    if (colon != std::string_view::npos)
      response.headers.emplace_back(header.substr(0, colon), header.substr(std::min(header.size(), colon + 2)));
  }
  response.body = input;
  check_page(response);
  for (const auto shown : {github::Shown::app, github::Shown::installation, github::Shown::token}) {
    const auto read = github::read_reply("GET /repos/acme/shop", response, shown, Time{Seconds{1'794'690'000}});
    if (!read) check_failure(read.error());
    if (read) require(response.status >= 200 && response.status < 300, "a success that is none");
  }
  return 0;
}
