// An answer of a forge's API as a fuzz input, and what is promised of a failure.
#pragma once

#include <cstdint>
#include <string>

#include "bot/net/http_client.hpp"
#include "integrations/common/headers.hpp"
#include "integrations/common/utf8.hpp"
#include "tests/fuzz/require.hpp"

namespace hotfixd {

inline void require_line(const std::string& text, std::size_t most) {
  require(text.size() <= most && common::is_utf8(text), "a text that is too long or broken");
  for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "more than one line");
}

// One short line of whole UTF-8 with something to do; a wait is between a second and an hour. A success is a 2xx.
template <typename Read>
void check_reply(const Read& read, const net::ClientResponse& response) {
  if (read) return require(response.status >= 200 && response.status < 300, "a success that is none");
  const auto& f = read.error();
  require(!f.what.empty() && !f.mend.empty(), "nothing is said");
  require_line(f.what, 2000);
  require_line(f.mend, 2000);
  require_line(f.message, 300);
  require((f.kind == Problem::Kind::rate_limited) <= f.retry_after.has_value(), "no wait");
  if (f.retry_after) require(*f.retry_after >= Seconds{1} && *f.retry_after <= Seconds{3600}, "a wait without measure");
}

// First line: the status; then header lines up to an empty one; the rest is the body.
inline net::ClientResponse response_of(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto text = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), text.size() + 1));
    return text;
  };
  net::ClientResponse response;
  const auto status = line();
  response.status = 200;
  if (const auto code = common::retry_after(status)) response.status = 100 + static_cast<int>(code->count()) % 500;
  for (auto header = line(); !header.empty(); header = line()) {
    const auto colon = header.find(':');
    if (colon != std::string_view::npos)
      response.headers.emplace_back(header.substr(0, colon), header.substr(std::min(header.size(), colon + 2)));
  }
  response.body = input;
  return response;
}

}  // namespace hotfixd
