#include "bot/cli/chat_protocol.hpp"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace hotfixd::cli::wire {
namespace {

using nlohmann::json;

// Of a text: escaped it is at most six times as long, and three of them leave room for the rest of the line.
constexpr std::size_t longest_text = 200;
constexpr std::int64_t longest_wait = 24 * 3600;

std::string cut(const std::string& text) {
  if (text.size() <= longest_text) return text;
  auto end = longest_text;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // not inside a character
  return text.substr(0, end);
}

struct ToJson {
  json operator()(const Hello& h) const { return {{"type", "hello"}, {"version", h.version}, {"pid", h.pid}}; }
  json operator()(const Look&) const { return {{"type", "look"}}; }
  json operator()(const AskQuiet& a) const { return {{"type", "ask_quiet"}, {"number", a.number}}; }
  json operator()(const Changed&) const { return {{"type", "changed"}}; }
  json operator()(const Quiet& q) const { return {{"type", "quiet"}, {"number", q.number}, {"quiet", q.quiet}}; }
  json operator()(const Trouble& t) const {
    json out{{"type", "trouble"},
             {"delivery_id", cut(t.delivery_id)},
             {"what", cut(t.what)},
             {"mend", cut(t.mend)},
             {"changed", t.changed}};
    if (t.again_in) out["again_in"] = t.again_in->count();
    return out;
  }
  json operator()(const Farewell& f) const { return {{"type", "farewell"}, {"what", cut(f.what)}}; }
};

template <typename Said>
std::string line_of(const Said& said) {
  return std::visit(ToJson{}, said).dump(-1, ' ', false, json::error_handler_t::replace);
}

// Reads the members of one object and remembers the first that is not as it must be.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  template <typename Number>
  Number number(const char* key, Number least, Number most) {
    const auto* value = find(key);
    if (value == nullptr || !value->is_number_integer()) return fail(key, least);
    // A JSON number is kept unsigned when it is not negative.
    if (value->is_number_unsigned()) {
      const auto n = value->get<std::uint64_t>();
      if (n > static_cast<std::uint64_t>(most)) return fail(key, least);
      return static_cast<Number>(n);
    }
    const auto n = value->get<std::int64_t>();
    if (std::cmp_less(n, least)) return fail(key, least);
    return static_cast<Number>(n);
  }
  bool truth(const char* key) {
    const auto* value = find(key);
    if (value == nullptr || !value->is_boolean()) return fail(key, false);
    return value->get<bool>();
  }
  std::string text(const char* key) {
    const auto* value = find(key);
    if (value == nullptr || !value->is_string()) return fail(key, std::string());
    return value->get<std::string>();
  }
  bool has(const char* key) const { return object_.contains(key); }

  template <typename Said, typename T>
  std::expected<Said, std::string> whole(T said) const {
    if (!wrong_.empty()) return std::unexpected(fmt::format("'{}' is missing or not as it must be", wrong_));
    return Said(std::move(said));
  }

 private:
  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  template <typename T>
  T fail(const char* key, T instead) {
    if (wrong_.empty()) wrong_ = key;
    return instead;
  }
  const json& object_;
  std::string wrong_;
};

std::expected<json, std::string> object_of(std::string_view line) {
  if (line.size() > longest_line) return std::unexpected(fmt::format("a line has at most {} bytes", longest_line));
  auto object = json::parse(line, nullptr, false);
  if (!object.is_object()) return std::unexpected("a line is one JSON object");
  const auto type = object.find("type");
  if (type == object.end() || !type->is_string()) return std::unexpected("'type' is missing");
  return object;
}

Hello hello_of(Fields& fields) {
  Hello hello;
  hello.version = fields.number<int>("version", 0, std::numeric_limits<int>::max());
  hello.pid = fields.number<std::int64_t>("pid", 0, std::numeric_limits<std::int64_t>::max());
  return hello;
}

constexpr std::uint64_t any = std::numeric_limits<std::uint64_t>::max();

}  // namespace

std::string encode(const FromClient& said) { return line_of(said); }
std::string encode(const FromBot& said) { return line_of(said); }

std::expected<FromClient, std::string> decode_from_client(std::string_view line) {
  const auto object = object_of(line);
  if (!object) return std::unexpected(object.error());
  const auto type = (*object)["type"].get<std::string>();
  Fields fields(*object);
  if (type == "hello") return fields.whole<FromClient>(hello_of(fields));
  if (type == "look") return FromClient(Look{});
  if (type == "ask_quiet") {
    const AskQuiet asked{fields.number<std::uint64_t>("number", 0, any)};
    return fields.whole<FromClient>(asked);
  }
  return std::unexpected("'type' is hello, look or ask_quiet");
}

std::expected<FromBot, std::string> decode_from_bot(std::string_view line) {
  const auto object = object_of(line);
  if (!object) return std::unexpected(object.error());
  const auto type = (*object)["type"].get<std::string>();
  Fields fields(*object);
  if (type == "hello") return fields.whole<FromBot>(hello_of(fields));
  if (type == "changed") return FromBot(Changed{});
  if (type == "quiet") {
    Quiet quiet;
    quiet.number = fields.number<std::uint64_t>("number", 0, any);
    quiet.quiet = fields.truth("quiet");
    return fields.whole<FromBot>(quiet);
  }
  if (type == "trouble") {
    Trouble trouble;
    trouble.delivery_id = fields.text("delivery_id");
    trouble.what = fields.text("what");
    trouble.mend = fields.text("mend");
    trouble.changed = fields.truth("changed");
    if (fields.has("again_in")) trouble.again_in = Seconds{fields.number<std::int64_t>("again_in", 0, longest_wait)};
    return fields.whole<FromBot>(std::move(trouble));
  }
  if (type == "farewell") {
    Farewell farewell{fields.text("what")};
    return fields.whole<FromBot>(std::move(farewell));
  }
  return std::unexpected("'type' is not known");
}

}  // namespace hotfixd::cli::wire
