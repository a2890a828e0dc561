// Load on loopback: signed slash commands over HTTP, and what came of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace hotfixd::bench {

inline constexpr const char* kSecret = "a signing secret of 32 characters";

// One measurement. `wrong`: answers that were not the expected ones, or never came.
struct Figures {
  double per_second = 0;
  double p50 = 0, p99 = 0;  // µs
  std::uint64_t done = 0, wrong = 0;
  std::string first_wrong;  // the answer; empty = it never came
};

// From the times of all answers; `took` from the first request to the last answer.
Figures figures_of(std::vector<std::chrono::nanoseconds> times, std::chrono::nanoseconds took, std::uint64_t wrong);

// `/hotfix TEXT` in channel C<channel>, as Slack's form. `trigger` makes its delivery id: never give one twice.
std::string slash_form(const std::string& text, int channel, std::uint64_t trigger);
// The whole request of HTTP/1.1, signed for now.
std::string signed_request(const std::string& form);

// Sends `requests` over so many connections, one at a time on each, and waits for all answers. An answer is right
// when its status is 200 and it contains `expected`.
Figures http_load(std::uint16_t port, int connections, const std::vector<std::string>& requests,
                  const std::string& expected);

}  // namespace hotfixd::bench
