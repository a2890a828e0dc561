// Where time and fresh ids come from. In tests both are made up.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class IdSource {
 public:
  virtual ~IdSource() = default;
  // `n` unpredictable bytes, as lower-case hexadecimal (2n characters).
  virtual std::string random_hex(std::size_t n) = 0;
};

}  // namespace hotfixd
