#include "integrations/common/json.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/form.hpp"
#include "integrations/common/utf8.hpp"

namespace hotfixd::common {
namespace {

using nlohmann::json;

std::unexpected<Problem> invalid(std::string what) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}});
}

// Counts levels and values without building anything; strings are skipped. Malformed text is left to
// the parser, this only bounds what the parser may be asked to build.
std::optional<std::string_view> too_big(std::string_view body, const JsonLimits& limits) {
  std::size_t depth = 0;
  std::size_t values = 1;
  bool quoted = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const char c = body[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      ++values;
      if (++depth > limits.nesting) return "the JSON is nested too deeply";
    } else if (c == ']' || c == '}') {
      if (depth > 0) --depth;
    } else if (c == ',') {
      if (++values > limits.values) return "the JSON has too many values";
    }
  }
  if (values > limits.values) return "the JSON has too many values";
  return std::nullopt;
}

std::string size_shown(std::size_t bytes) {
  constexpr std::size_t kMega = 1024 * 1024;
  return bytes % kMega == 0 ? fmt::format("{} MB", bytes / kMega) : fmt::format("{} bytes", bytes);
}

// The UTF-16 unit of the escape that begins at `at` ("\uXXXX"); nothing when there is none.
std::optional<unsigned> unit_at(std::string_view body, std::size_t at) {
  if (body.size() - at < 6 || body[at] != '\\' || body[at + 1] != 'u') return std::nullopt;
  unsigned unit = 0;
  for (std::size_t i = at + 2; i < at + 6; ++i) {
    const int digit = hex_digit(body[i]);
    if (digit < 0) return std::nullopt;
    unit = unit * 16 + static_cast<unsigned>(digit);
  }
  return unit;
}

bool is_high(unsigned unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(unsigned unit) { return unit >= 0xDC00 && unit < 0xE000; }

std::string without_half_pairs(std::string_view body) {
  std::string out;
  out.reserve(body.size());
  for (std::size_t i = 0; i < body.size();) {
    const auto unit = body[i] == '\\' ? unit_at(body, i) : std::nullopt;
    if (!unit) {
      const std::size_t bytes = body[i] == '\\' && i + 1 < body.size() ? 2 : 1;
      out += body.substr(i, bytes);
      i += bytes;
      continue;
    }
    const auto next = is_high(*unit) ? unit_at(body, i + 6) : std::nullopt;
    if (next && is_low(*next)) {
      out += body.substr(i, 12);
      i += 12;
    } else {
      out += is_high(*unit) || is_low(*unit) ? std::string_view("\\ufffd") : body.substr(i, 6);
      i += 6;
    }
  }
  return out;
}

}  // namespace

Result<json> parse_json(std::string_view body, const JsonLimits& limits, bool list_too) {
  if (body.size() > limits.bytes) return invalid("the body is larger than " + size_shown(limits.bytes));
  if (const auto why = too_big(body, limits)) return invalid(std::string(*why));
  json root = json::parse(body, nullptr, false);
  if (root.is_discarded()) return invalid("the body is not JSON");
  if (!root.is_object() && !(list_too && root.is_array())) return invalid("the body is not a JSON object");
  return root;
}

std::string json_string(std::string_view text) {
  if (!is_utf8(text)) return json_string(mended_utf8(std::string(text)));
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  while (true) {
    const auto* special = std::ranges::find_if(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
    out.append(text.begin(), special);
    if (special == text.end()) break;
    switch (const char c = *special) {
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '"':
      case '\\':
        out += '\\';
        out += c;
        break;
      default:
        out += fmt::format("\\u{:04x}", c);
    }
    text.remove_prefix(static_cast<std::size_t>(special - text.begin()) + 1);
  }
  out += '"';
  return out;
}

std::string mended_json(std::string_view body) {
  std::string text = mended_utf8(std::string(body));
  return text.contains("\\ud") || text.contains("\\uD") ? without_half_pairs(text) : text;
}

std::string text_at(const nlohmann::json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string{};
}

}  // namespace hotfixd::common
