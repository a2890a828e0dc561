#include "integrations/git/transport_callbacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>

#include "integrations/git/known_hosts.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostRemoteWords = 8192;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool loopback(std::string_view host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

Problem from_http_status(int status, const std::string& what) {
  switch (status) {
    case 401:
      return {Problem::Kind::credentials, what, "check the token", {}};
    case 403:
      return {Problem::Kind::refused, what, "the token may lack write permission for this repository", {}};
    case 404:
      return {Problem::Kind::not_found,
              what,
              "check the url; a private repository also answers so when the token may not see it",
              {}};
    case 429:
      return {Problem::Kind::rate_limited, what, "", Seconds(60)};
    default:
      return {status >= 500 ? Problem::Kind::unreachable : Problem::Kind::refused, what, "", {}};
  }
}

std::optional<int> http_status(std::string_view text) {
  constexpr std::string_view kWords = "status code: ";
  const std::size_t at = text.find(kWords);
  if (at == std::string_view::npos) return std::nullopt;
  int status = 0;
  const std::string_view digits = text.substr(at + kWords.size());
  if (std::from_chars(digits.data(), digits.data() + digits.size(), status).ec != std::errc()) return std::nullopt;
  return status;
}

}  // namespace

UrlParts split_url(const std::string& url) {
  UrlParts parts;
  std::string_view rest = url;
  const std::size_t scheme_end = rest.find("://");
  if (scheme_end == std::string_view::npos) {
    const std::size_t colon = rest.find(':'), slash = rest.find('/');
    if (colon == std::string_view::npos || slash < colon) return parts;
    parts.scheme = UrlParts::Scheme::ssh;
    rest = rest.substr(0, colon);
  } else {
    const std::string_view scheme = rest.substr(0, scheme_end);
    rest.remove_prefix(scheme_end + 3);
    if (scheme == "file") return parts;
    parts.scheme = scheme == "https"  ? UrlParts::Scheme::https
                   : scheme == "http" ? UrlParts::Scheme::http
                   : scheme == "ssh"  ? UrlParts::Scheme::ssh
                                      : UrlParts::Scheme::other;
    rest = rest.substr(0, rest.find('/'));
  }
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    const std::size_t colon = user.find(':');
    parts.user = std::string(user.substr(0, colon));
    if (colon != std::string_view::npos) parts.password = std::string(user.substr(colon + 1));
    rest.remove_prefix(at + 1);
  }
  const std::size_t bracket = rest.starts_with('[') ? rest.find(']') : std::string_view::npos;
  const std::size_t colon = rest.find(':', bracket == std::string_view::npos ? 0 : bracket);
  parts.host = std::string(bracket == std::string_view::npos ? rest.substr(0, colon) : rest.substr(1, bracket - 1));
  if (colon != std::string_view::npos) {
    const std::string_view digits = rest.substr(colon + 1);
    std::from_chars(digits.data(), digits.data() + digits.size(), parts.port);
  }
  return parts;
}

Result<void> check_url(const std::string& url) {
  const auto no = [](std::string what, std::string mend) {
    return std::unexpected(Problem{Problem::Kind::invalid, std::move(what), std::move(mend), {}});
  };
  const UrlParts parts = split_url(url);
  if (url.empty()) return no("the repository has no url", "give the url of the origin");
  if (!parts.password.empty())
    return no("the repository's url has a password in it", "take it out of the url and give it as the token");
  if (parts.scheme == UrlParts::Scheme::http && !loopback(parts.host))
    return no("http to " + parts.host + " would send the token in the clear", "use https");
  if (parts.scheme == UrlParts::Scheme::other)
    return no("the repository's url has a scheme that is not spoken here", "use https, ssh or a path");
  return {};
}

CallState::CallState(const Origin& origin, WatchedCall& watch)
    : origin_(origin), watch_(watch), url_(split_url(origin.url)) {}

int CallState::received(const git_indexer_progress& stats) {
  if (limit_ != 0 && stats.received_bytes > limit_) {
    found_ = Problem{Problem::Kind::refused,
                     fmt::format("more than {} bytes would have to be fetched", limit_),
                     "look at the pull requests from forks",
                     {}};
    return -1;
  }
  return tell(fmt::format("fetching {} of {} objects", stats.received_objects, stats.total_objects));
}

git_remote_callbacks CallState::callbacks() {
  git_remote_callbacks callbacks = GIT_REMOTE_CALLBACKS_INIT;
  callbacks.payload = this;
  callbacks.credentials = [](git_credential** out, const char*, const char* user, unsigned allowed,
                             void* payload) noexcept { return self(payload).credentials(out, user, allowed); };
  callbacks.certificate_check = [](git_cert* cert, int valid, const char* host, void* payload) noexcept {
    return self(payload).certificate(cert, valid != 0, host);
  };
  callbacks.transfer_progress = [](const git_indexer_progress* stats, void* payload) noexcept {
    return self(payload).received(*stats);
  };
  callbacks.sideband_progress = [](const char* text, int length, void* payload) noexcept {
    CallState& call = self(payload);
    if (length > 0 && call.remote_words_.size() < kMostRemoteWords)
      call.remote_words_.append(
          text, std::min(static_cast<std::size_t>(length), kMostRemoteWords - call.remote_words_.size()));
    return call.tell("the origin is working");
  };
  callbacks.pack_progress = [](int, std::uint32_t current, std::uint32_t total, void* payload) noexcept {
    return self(payload).tell(fmt::format("packing {} of {} objects", current, total));
  };
  callbacks.push_transfer_progress = [](unsigned current, unsigned total, std::size_t, void* payload) noexcept {
    return self(payload).tell(fmt::format("pushing {} of {} objects", current, total));
  };
  callbacks.push_update_reference = [](const char* ref, const char* status, void* payload) noexcept {
    if (status != nullptr) {
      self(payload).refused_ref_ = ref;
      self(payload).refused_why_ = status;
    }
    return 0;
  };
  // The last look before anything is sent, and what the server compares with when it changes the ref: libgit2 would
  // fast-forward one that appeared meanwhile.
  callbacks.push_negotiation = [](const git_push_update** updates, std::size_t count, void* payload) noexcept {
    for (std::size_t n = 0; n < count; ++n)
      if (const int rc = self(payload).check_update(*updates[n]); rc < 0) return rc;
    return 0;
  };
  return callbacks;
}

int CallState::check_update(const git_push_update& update) {
  if (expected_ ? same(update.src, *expected_) : git_oid_is_zero(&update.src) != 0) return 0;
  if (!expected_)
    found_ = git::problem(Problem::Kind::exists_elsewhere,
                          fmt::format("{} is already there at {}", update.dst_refname, short_hex(update.src)));
  else
    found_ = Problem{
        Problem::Kind::exists_elsewhere,
        fmt::format("{} is at {} by now, not at {}", update.dst_refname, short_hex(update.src), short_hex(*expected_)),
        "look again",
        {}};
  return -1;
}

int CallState::credentials(git_credential** out, const char* user_in_url, unsigned allowed) {
  const bool ssh = url_.scheme == UrlParts::Scheme::ssh;
  std::string user = origin_.user;
  if (user.empty() && user_in_url != nullptr) user = user_in_url;
  if (user.empty()) user = ssh ? "git" : "x-access-token";
  if (ssh && (allowed & GIT_CREDENTIAL_USERNAME) != 0) return git_credential_username_new(out, user.c_str());
  const auto no = [this](std::string what, std::string mend) {
    found_ = Problem{Problem::Kind::credentials, std::move(what), std::move(mend), {}};
    return static_cast<int>(GIT_EAUTH);
  };
  if (ssh) {
    if (asked_)
      return no("the server does not accept the ssh key for user " + user,
                "add the key's public half to the server; an RSA key needs a server that still takes SHA-1 signatures, "
                "so use ed25519");
    asked_ = true;
    if (origin_.ssh_key_path.empty()) return no("no ssh key is configured", "name a private key file");
    if ((allowed & GIT_CREDENTIAL_SSH_KEY) == 0)
      return no("the server takes no ssh keys", "allow public key authentication");
    if (!std::ifstream(origin_.ssh_key_path))
      return no("the ssh key file cannot be read: " + origin_.ssh_key_path, "check its path and permissions");
    return git_credential_ssh_key_new(out, user.c_str(), nullptr, origin_.ssh_key_path.c_str(),
                                      origin_.ssh_passphrase.c_str());
  }
  if (asked_)
    return no("the server does not accept the token for user " + user,
              "renew the token and check that it covers this repository");
  asked_ = true;
  if (origin_.token.empty()) return no("the server asks for a token and none is configured", "give a token");
  if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0) return no("the server takes no tokens", "use ssh");
  return git_credential_userpass_plaintext_new(out, user.c_str(), origin_.token.c_str());
}

int CallState::certificate(const git_cert* cert, bool valid, const char* host) {
  const auto no = [this](std::string what, std::string mend) {
    found_ = Problem{Problem::Kind::host_key, std::move(what), std::move(mend), {}};
    return static_cast<int>(GIT_ECERTIFICATE);
  };
  if (cert->cert_type != GIT_CERT_HOSTKEY_LIBSSH2) return valid ? 0 : GIT_PASSTHROUGH;  // libgit2's text says why
  const auto* key = reinterpret_cast<const git_cert_hostkey*>(cert);
  if ((key->type & GIT_CERT_SSH_RAW) == 0) return no(fmt::format("{} did not show its host key", host), "");
  const std::string_view raw(key->hostkey, key->hostkey_len);
  const int port = url_.port == 0 ? 22 : url_.port;
  const std::string seen = fmt::format("{} ({})", fingerprint(raw), key_type(raw));
  const std::string name = port == 22 ? std::string(host) : fmt::format("[{}]:{}", host, port);
  std::ifstream file(origin_.known_hosts_path);
  std::stringstream text;
  if (file) text << file.rdbuf();
  const std::string add =
      fmt::format("compare the fingerprint with the server's administrator, then type: ssh-keyscan -p {} {} >> {}",
                  port, host, origin_.known_hosts_path.empty() ? "known_hosts" : origin_.known_hosts_path);
  switch (check_host_key(text.str(), host, port, raw)) {
    case HostKey::known:
      return 0;
    case HostKey::unknown:
      return no(fmt::format("the host key of {} is not known: it shows {}", name, seen), add);
    case HostKey::other_type:
      return no(fmt::format("{} is known only by host keys of other types: it shows {}", name, seen), add);
    case HostKey::changed:
      return no(fmt::format("the host key of {} has CHANGED: it shows {}; somebody may be listening in", name, seen),
                fmt::format("ask the server's administrator; if the change is real, type: ssh-keygen -R '{}' -f {}, "
                            "and add the new key",
                            name, origin_.known_hosts_path));
    case HostKey::revoked:
      return no(fmt::format("the host key {} of {} is revoked", seen, name), "ask the server's administrator");
  }
  return GIT_ECERTIFICATE;
}

// Fit to be shown, and without the token, which escape sequences in the words may have split.
std::string CallState::clean(const std::string& said) const {
  std::string text = shown(said, kMostRemoteWords);
  for (const std::string& secret : {origin_.token, origin_.ssh_passphrase}) {
    for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos; at += 3)
      text.replace(at, secret.size(), "***");
  }
  return text;
}

// The words are those of the TLS library that libgit2 was built with (Debian: mbedTLS).
Problem CallState::untrusted(const std::string& said) const {
  const std::string reason = said.substr(said.rfind(" - ") == std::string::npos ? 0 : said.rfind(" - ") + 3);
  Problem problem{Problem::Kind::host_key,
                  fmt::format("the certificate of {} is not trusted: {}", url_.host, reason),
                  "if an authority of your own signed it, name that one's PEM file as ca_file of the repository",
                  {}};
  if (contains(said, "does not match"))
    problem.mend = fmt::format("the certificate is for another name than {}: correct the url", url_.host);
  if (contains(said, "expired") || contains(said, "future"))
    problem.mend = "ask the server's administrator to renew it, and check the clock of this machine";
  return problem;
}

Problem CallState::problem(int rc, std::string_view doing) {
  const std::string where = fmt::format("{} {}", doing, origin_.url);
  Problem said = last_problem(rc, where);
  said.what = clean(said.what);
  if (found_) {
    Problem found = *found_;
    found.what = clean(found.what);
    return found;
  }
  if (const auto why = watch_.why_ended()) return {Problem::Kind::unreachable, clean(where + " " + *why), "", {}};
  if (said.kind == Problem::Kind::full) return said;
  if (rc == GIT_ECERTIFICATE) return untrusted(said.what);
  if (const auto status = http_status(said.what)) return from_http_status(*status, said.what);
  if (contains(said.what, "authentication replays") || contains(said.what, "uthenticat")) {
    said.kind = Problem::Kind::credentials;
    said.mend = url_.scheme == UrlParts::Scheme::ssh ? "check the ssh key and its passphrase" : "check the token";
    return said;
  }
  if (url_.scheme == UrlParts::Scheme::path && said.kind != Problem::Kind::corrupt) {
    if (said.kind != Problem::Kind::locked) said.kind = Problem::Kind::not_found;
    // libgit2's words for that are about protocols and resolving.
    for (const char* words : {"unsupported URL protocol", "failed to resolve path", "could not find repository"})
      if (contains(said.what, words)) said.what = clean(where + ": there is no repository at that path");
    said.mend = "check the path and its permissions";
    return said;
  }
  if (contains(said.what, "redirect")) {
    said.kind = Problem::Kind::refused;
    said.mend = "the repository has moved: give its new url; the token is sent nowhere else";
    return said;
  }
  const bool absent = contains(said.what, "does not appear to be a git repository") ||
                      contains(said.what, "epository not found") || contains(said.what, "no such repository");
  if (absent) {
    said.kind = Problem::Kind::not_found;
    said.mend = "check the url";
  } else if (contains(said.what, "ERROR: ") || contains(said.what, "ermission denied") ||
             contains(said.what, "ermission to")) {
    said.kind = Problem::Kind::refused;
  } else if (said.kind == Problem::Kind::internal) {
    said.kind = Problem::Kind::unreachable;
  }
  return said;
}

std::optional<Problem> CallState::refusal() const {
  if (!refused_ref_) return std::nullopt;
  std::string what = fmt::format("the server refused {}: {}", *refused_ref_, *refused_why_);
  if (const std::string words = clean(remote_words_); !words.empty()) what += " (\"" + words + "\")";
  const bool exists = contains(*refused_why_, "already exists") || contains(*refused_why_, "failed to update ref");
  return Problem{exists ? Problem::Kind::exists_elsewhere : Problem::Kind::refused, clean(what), "", {}};
}

}  // namespace hotfixd::git
