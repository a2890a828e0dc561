// OpenSSH's known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): is this the server we know?
#pragma once

#include <string>
#include <string_view>

namespace hotfixd::git {

enum class HostKey {
  known,
  unknown,     // no line for this host and port
  other_type,  // the host is known, but only by keys of other types
  changed,     // known by another key of this type
  revoked,     // this key is marked @revoked
};

// `file` is the file's text: plain, wildcard, negated and hashed (|1|) names, [host]:port; lines marked
// @cert-authority are passed over. `key` is the raw public key as the server sent it.
HostKey check_host_key(std::string_view file, std::string_view host, int port, std::string_view key);

// "SHA256:…" as ssh-keygen -l prints it, and the key's type ("ssh-ed25519").
std::string fingerprint(std::string_view key);
std::string key_type(std::string_view key);

}  // namespace hotfixd::git
