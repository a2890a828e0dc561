// How an app proves who it is.
#include "integrations/github/jwt.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

const Time kNow{Seconds{1'794'690'000}};

std::string pem_of(EVP_PKEY* key, const char* passphrase = nullptr) {
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase == nullptr ? nullptr : EVP_aes_128_cbc(), passphrase,
                                passphrase == nullptr ? 0 : 4, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return text;
}

TEST(AppToken, SaysWhoAndWhenAndIsSigned) {
  for (const auto& key : {test::app_key().pem, test::app_key().pkcs8}) {
    const auto token = app_token({"Iv23test", key}, kNow + std::chrono::milliseconds{999});
    ASSERT_TRUE(token);
    EXPECT_EQ(token->find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."),
              std::string::npos);
    EXPECT_EQ(test::verified_claims(*token),
              (nlohmann::json{{"iat", 1'794'690'000 - 60}, {"exp", 1'794'690'000 + 540}, {"iss", "Iv23test"}}));
    auto changed = *token;
    changed[changed.find('.') + 3] ^= 1;
    EXPECT_TRUE(test::verified_claims(changed).is_null());
  }
}

TEST(AppToken, IsMadeWithNothingButARealKey) {
  const std::string form =
      " → make one on the app's page (General, Private keys) and name the file that it gives: "
      "private_key = \"file:PATH\"";
  const auto none = "github.private_key is no private key in PEM form, or one with a passphrase" + form;
  const auto other = "github.private_key is no RSA key of 2,048 bits at least" + form;
  const struct {
    std::string pem, said;
  } cases[] = {
      {"", none},
      {"s3cret", none},
      {test::app_key().pub, none},
      {test::app_key().pem.substr(0, 400), none},
      {pem_of(EVP_RSA_gen(2048), "word"), none},
      {pem_of(EVP_RSA_gen(1024)), other},
      {pem_of(EVP_EC_gen("P-256")), other},
  };
  for (const auto& c : cases) {
    const auto token = app_token({"Iv23test", c.pem}, kNow);
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().kind, Problem::Kind::credentials);
    EXPECT_EQ(token.error().what + " → " + token.error().mend, c.said);
  }
}

}  // namespace
}  // namespace hotfixd::github
