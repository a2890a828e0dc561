#include <algorithm>

#include "integrations/github/webhook.hpp"

// The two ways GitHub wraps a payload: plain JSON, or a form with the field "payload".

namespace hotfixd::github {
namespace {

Problem invalid(std::string what, std::string mend = {}) {
  return Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// The media type alone, lower case: "Application/JSON; charset=utf-8" → "application/json".
std::string media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && (content_type.back() == ' ' || content_type.back() == '\t')) {
    content_type.remove_suffix(1);
  }
  while (!content_type.empty() && (content_type.front() == ' ' || content_type.front() == '\t')) {
    content_type.remove_prefix(1);
  }
  std::string type(content_type);
  std::ranges::transform(type, type.begin(), lower);
  return type;
}

int hex_digit(char c) {
  c = lower(c);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// application/x-www-form-urlencoded (WHATWG URL standard): '+' is a space, %XX a byte.
std::optional<std::string> unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Result<std::string> payload_field(std::string_view form) {
  constexpr std::string_view kField = "payload=";
  while (!form.empty()) {
    const auto end = form.find('&');
    const std::string_view pair = form.substr(0, end);
    if (pair.starts_with(kField)) {
      auto value = unescape(pair.substr(kField.size()));
      if (!value) return std::unexpected(invalid("the form field payload has a broken % escape"));
      return std::move(*value);
    }
    if (end == std::string_view::npos) break;
    form.remove_prefix(end + 1);
  }
  return std::unexpected(
      invalid("the form has no field payload", "set the webhook's content type to application/json"));
}

}  // namespace

Result<std::string> json_of(std::string_view content_type, std::string_view body) {
  if (body.size() > kPayloadLimit) return std::unexpected(invalid("the body is larger than 25 MB"));
  const std::string type = media_type(content_type);
  if (type.empty() || type == "application/json") return std::string(body);
  if (type == "application/x-www-form-urlencoded") return payload_field(body);
  return std::unexpected(invalid("the content type is neither application/json nor application/x-www-form-urlencoded",
                                 "set the webhook's content type to application/json"));
}

}  // namespace hotfixd::github
