// Outcomes as text that a test can compare whole.
#pragma once

#include <array>
#include <string>

#include "bot/domain/basics.hpp"

namespace hotfixd::test {

inline std::string kind_name(Problem::Kind kind) {
  constexpr std::array kNames{"refused",   "exists_elsewhere", "credentials", "host_key", "unreachable", "rate_limited",
                              "not_found", "corrupt",          "locked",      "full",     "invalid",     "internal"};
  return kNames.at(static_cast<std::size_t>(kind));
}

inline std::string with_port(std::string text, std::uint16_t port) {
  const std::string number = ":" + std::to_string(port);
  for (auto at = text.find(number); at != std::string::npos; at = text.find(number))
    text.replace(at, number.size(), ":PORT");
  return text;
}

}  // namespace hotfixd::test
