#include "integrations/git/known_hosts.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <vector>

namespace hotfixd::git {
namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string base64(std::string_view data) {
  std::string out(4 * ((data.size() + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(data), static_cast<int>(data.size()));
  out.resize(static_cast<std::size_t>(length));
  return out;
}

// Empty when it is not base64.
std::string unbase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return {};
  std::string out(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text), static_cast<int>(text.size()));
  if (length < 0) return {};
  std::size_t padding = 0;
  while (padding < 2 && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(length) - padding);
  return out;
}

std::vector<std::string_view> words(std::string_view line) {
  std::vector<std::string_view> out;
  constexpr std::string_view kBlank = " \t\r";
  for (std::size_t at = line.find_first_not_of(kBlank); at != std::string_view::npos;) {
    const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = line.find_first_not_of(kBlank, end);
  }
  return out;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// ssh's own patterns: `*` and `?` match any character, case does not count.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(name[n]))) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

// "|1|base64 salt|base64 HMAC-SHA1(salt, name)"
bool hashed_matches(std::string_view field, std::string_view name) {
  field.remove_prefix(3);
  const std::size_t bar = field.find('|');
  if (bar == std::string_view::npos) return false;
  const std::string salt = unbase64(field.substr(0, bar)), wanted = unbase64(field.substr(bar + 1));
  if (salt.empty() || wanted.size() != SHA_DIGEST_LENGTH) return false;
  std::string lowered(name);
  for (char& c : lowered) c = lower(c);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()), bytes(lowered), lowered.size(), digest, &length) ==
      nullptr)
    return false;
  return wanted == std::string_view(reinterpret_cast<const char*>(digest), length);
}

bool names_host(std::string_view field, std::string_view name) {
  if (field.starts_with("|1|")) return hashed_matches(field, name);
  bool found = false;
  while (!field.empty()) {
    const std::size_t comma = field.find(',');
    std::string_view pattern = field.substr(0, comma);
    field = comma == std::string_view::npos ? std::string_view() : field.substr(comma + 1);
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    if (pattern.empty() || !matches(pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

}  // namespace

std::string fingerprint(std::string_view key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(bytes(key), key.size(), digest);
  std::string text = base64({reinterpret_cast<const char*>(digest), sizeof digest});
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

std::string key_type(std::string_view key) {
  // A key begins with the length of its type's name, four bytes big-endian (RFC 4253, 6.6).
  if (key.size() < 4) return "unknown";
  const unsigned char* b = bytes(key);
  const std::size_t length = (std::size_t{b[0]} << 24) | (std::size_t{b[1]} << 16) | (std::size_t{b[2]} << 8) | b[3];
  return length > 64 || length + 4 > key.size() ? "unknown" : std::string(key.substr(4, length));
}

HostKey check_host_key(std::string_view file, std::string_view host, int port, std::string_view key) {
  const std::string name = port == 22 ? std::string(host) : "[" + std::string(host) + "]:" + std::to_string(port);
  const std::string type = key_type(key), text = base64(key);
  HostKey best = HostKey::unknown;
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    std::vector<std::string_view> fields = words(file.substr(0, end));
    file = end == std::string_view::npos ? std::string_view() : file.substr(end + 1);
    if (fields.empty() || fields[0].starts_with('#')) continue;
    bool revoked = false;
    if (fields[0].starts_with('@')) {
      if (fields[0] != "@revoked") continue;
      revoked = true;
      fields.erase(fields.begin());
    }
    if (fields.size() < 3 || !names_host(fields[0], name)) continue;
    const bool same_key = fields[1] == type && fields[2] == text;
    if (revoked) {
      if (same_key) return HostKey::revoked;
      continue;
    }
    if (same_key) {
      best = HostKey::known;
    } else if (best != HostKey::known) {
      if (fields[1] == type) best = HostKey::changed;
      if (best == HostKey::unknown) best = HostKey::other_type;
    }
  }
  return best;
}

}  // namespace hotfixd::git
