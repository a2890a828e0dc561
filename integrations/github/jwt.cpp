#include "integrations/github/jwt.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace hotfixd::github {
namespace {

constexpr Seconds kBack{60}, kAhead{540};
constexpr int kLeastBits = 2048;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

std::unexpected<Problem> wrong_key(std::string what) {
  ERR_clear_error();
  return std::unexpected(Problem{Problem::Kind::credentials,
                                 "github.private_key " + std::move(what),
                                 "make one on the app's page (General, Private keys) and name the file that it gives: "
                                 "private_key = \"file:PATH\"",
                                 {}});
}

// Base64url without padding (RFC 4648, 5).
std::string base64url(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(length));
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return out;
}

// A key with a passphrase is refused instead of asking for one at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Key read_key(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                     &BIO_free);
  return {in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr, &EVP_PKEY_free};
}

std::optional<std::string> rs256(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, data, text.size()) != 1)
    return std::nullopt;
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length, data, text.size()) !=
      1)
    return std::nullopt;
  signature.resize(length);
  return signature;
}

}  // namespace

Result<std::string> app_token(const App& app, Time now) {
  const auto key = read_key(app.private_key);
  if (!key) return wrong_key("is no private key in PEM form, or one with a passphrase");
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < kLeastBits)
    return wrong_key("is no RSA key of 2,048 bits at least");
  const auto seconds = [](Time at) { return std::chrono::floor<Seconds>(at).time_since_epoch().count(); };
  const nlohmann::json claims{{"iat", seconds(now - kBack)}, {"exp", seconds(now + kAhead)}, {"iss", app.id}};
  const auto text = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims.dump());
  const auto signature = rs256(key.get(), text);
  if (!signature) return wrong_key("cannot sign");
  return text + "." + base64url(*signature);
}

}  // namespace hotfixd::github
