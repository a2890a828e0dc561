#include <cstdint>
#include <string>

#include "integrations/gitlab/signature.hpp"
#include "tests/fuzz/require.hpp"

// Headers of a webhook, one a line: webhook-id, webhook-timestamp, webhook-signature, X-Gitlab-Token; the rest is the
// body. Who does not know the keys proves nothing, whatever is sent. The corpus knows none.

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hotfixd;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto text = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(input.size(), text.size() + 1));
    return text;
  };
  const auto id = line(), timestamp = line(), signatures = line(), token = line();
  static const auto key = gitlab::SigningToken::read("whsec_A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8S9t0U1w=").value();
  static const gitlab::SecretToken secret("a secret that nobody guesses, 4f2a9c1be7d05836");
  require(!key.verifies({id, timestamp, signatures}, input, Time{Seconds{1'614'265'330}}), "a forged signature");
  require(!secret.verifies(token), "a guessed secret");
  const auto read = gitlab::SigningToken::read(token);
  if (!read) require(read.error().kind == Problem::Kind::invalid && !read.error().mend.empty(), "no reason");
  require(gitlab::digest_of(id, input).size() == 64, "a digest of another length");
  return 0;
}
