// Message authentication as webhooks use it: HMAC-SHA256 (RFC 2104) written in hexadecimal.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace hotfixd::common {

// A secret, made ready once for everything that is signed with it. Thread-safe; copies share what is inside.
class HmacKey {
 public:
  // An empty secret, and one above 4,096 bytes, signs and verifies nothing.
  explicit HmacKey(std::string_view secret);

  bool empty() const { return empty_; }
  // 64 lower-case digits for the parts, one after the other; empty when nothing can be signed.
  std::string sign(std::initializer_list<std::string_view> parts) const;
  // Is `hex` (either case) what sign() gives? Compares in constant time; a text of another form is not.
  bool verifies(std::initializer_list<std::string_view> parts, std::string_view hex) const;

 private:
  struct Keyed;  // OpenSSL's state, one digest at a time

  bool empty_;
  std::shared_ptr<Keyed> keyed_;
};

}  // namespace hotfixd::common
