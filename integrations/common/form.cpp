#include "integrations/common/form.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace hotfixd::common {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::unexpected<Problem> invalid(std::string what) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}});
}

// A field's name as shown in a problem: only what every name of a form we know is made of.
std::string shown(std::string_view name) {
  constexpr std::size_t kLongest = 40;
  std::string out(name.substr(0, kLongest));
  std::ranges::replace_if(out, [](char c) { return c <= ' ' || c > '~'; }, '?');
  return out;
}

}  // namespace

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

bool form_unescape(std::string& text) {
  auto end = std::ranges::find_if(text, [](char c) { return c == '+' || c == '%'; });
  for (auto from = end; from != text.end(); ++from) {
    char c = *from;
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (text.end() - from < 3) return false;
      const int high = hex_digit(from[1]);
      const int low = hex_digit(from[2]);
      if (high < 0 || low < 0) return false;
      c = static_cast<char>(high * 16 + low);
      from += 2;
    }
    *end++ = c;
  }
  text.erase(end, text.end());
  return true;
}

Result<FormFields> form_fields(std::string_view body, std::size_t most) {
  constexpr std::size_t kUsual = 16;
  FormFields fields;
  fields.reserve(kUsual);
  while (!body.empty()) {
    const auto end = body.find('&');
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    if (pair.empty()) continue;
    if (fields.size() == most) return invalid("the form has too many fields");
    const auto equals = pair.find('=');
    auto& [name, value] = fields.emplace_back(
        pair.substr(0, equals), equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (!form_unescape(name) || !form_unescape(value))
      return invalid(fmt::format("the form field {} has a broken % escape", shown(pair.substr(0, equals))));
  }
  return fields;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").contains(c);
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string form_of(const FormFields& fields) {
  std::string body;
  for (const auto& [name, value] : fields)
    body += fmt::format("{}{}={}", body.empty() ? "" : "&", percent_encoded(name), percent_encoded(value));
  return body;
}

}  // namespace hotfixd::common
