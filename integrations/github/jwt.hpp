// How a GitHub App proves who it is: a JSON Web Token signed with its private key.
#pragma once

#include "bot/domain/basics.hpp"

namespace hotfixd::github {

struct App {
  std::string id;           // the client id ("Iv23…") or the number of the app
  std::string private_key;  // RSA, PEM: PKCS #1 as GitHub gives it, or PKCS #8; without a passphrase
};

// Signed with RS256 (RFC 7518, 3.3), issued a minute before `now` against clocks that differ, good for nine minutes
// from `now`; GitHub takes ten at most (docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App").
// Problem::credentials when the key is none of RSA with 2,048 bits at least; its text holds nothing of the key.
Result<std::string> app_token(const App& app, Time now);

}  // namespace hotfixd::github
