#include <fmt/format.h>

#include "bot/store/codec.hpp"
#include "bot/store/json_values.hpp"
#include "bot/store/message_fields.hpp"

// Answers in the inbox and effects in the outbox: {"v":1, "type":…, "body":{…}}. They are short-lived,
// so there is one version for all of them; an older engine's rows are drained before it is replaced.

namespace hotfixd::store {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

template <typename T>
std::string wrap(std::string_view type, const T& value) {
  Writer writer(nullptr);
  writer.raw(R"({"body":)");
  writer.value(value);
  writer.raw(R"(,"type":)");
  writer.string(type);
  writer.raw(fmt::format(R"(,"v":{}}})", kVersion));
  return writer.take_text();
}

struct Wrapped {
  std::string type;
  json body;
};

Result<Wrapped> unwrap(std::string_view text, std::string_view what) {
  auto parsed = parse_json(text, what);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (!parsed->is_object()) return std::unexpected(corrupt(fmt::format("{} is not an object", what)));
  Wrapped out;
  int version = 0;
  Reader reader(nullptr);
  if (!reader.member(*parsed, "v", version) || !reader.member(*parsed, "type", out.type))
    return std::unexpected(corrupt(fmt::format("{}: {}", what, reader.wrong())));
  if (version != kVersion)
    return std::unexpected(
        Problem{Problem::Kind::corrupt,
                fmt::format("{} {:.64} has codec version {}, this hotfixd knows {}", what, out.type, version, kVersion),
                "use the version of hotfixd that wrote it, or a newer one",
                {}});
  const auto body = parsed->find("body");
  if (body == parsed->end()) return std::unexpected(corrupt(fmt::format("{}: body is missing", what)));
  out.body = std::move(*body);
  return out;
}

template <typename T>
Result<T> read_as(std::string_view type, std::string_view text, std::string_view what) {
  auto wrapped = unwrap(text, what);
  if (!wrapped) return std::unexpected(std::move(wrapped.error()));
  if (wrapped->type != type)
    return std::unexpected(corrupt(fmt::format("{} has the unknown type \"{:.64}\"", what, wrapped->type)));
  T out;
  Reader reader(nullptr);
  if (!reader.value(wrapped->body, out)) return std::unexpected(corrupt(fmt::format("{}: {}", what, reader.wrong())));
  return out;
}

template <std::size_t I = 0>
Result<Effect> read_effect(const Wrapped& wrapped) {
  if constexpr (I == std::variant_size_v<Effect>) {
    return std::unexpected(corrupt(fmt::format("an effect has the unknown type \"{:.64}\"", wrapped.type)));
  } else {
    using T = std::variant_alternative_t<I, Effect>;
    if (wrapped.type != Fields<T>::name) return read_effect<I + 1>(wrapped);
    T out;
    Reader reader(nullptr);
    if (!reader.value(wrapped.body, out))
      return std::unexpected(corrupt(fmt::format("effect {}: {}", wrapped.type, reader.wrong())));
    return Effect{std::move(out)};
  }
}

}  // namespace

std::string encode_effect(const Effect& effect) {
  return std::visit([]<typename T>(const T& e) { return wrap(Fields<T>::name, e); }, effect);
}

Result<Effect> decode_effect(std::string_view text) {
  const auto wrapped = unwrap(text, "an effect");
  if (!wrapped) return std::unexpected(wrapped.error());
  return read_effect(*wrapped);
}

std::string encode_reply(const Reply& reply) { return wrap("reply", reply); }
Result<Reply> decode_reply(std::string_view text) { return read_as<Reply>("reply", text, "an answer"); }
std::string encode_message(const Message& message) { return wrap("message", message); }
Result<Message> decode_message(std::string_view text) { return read_as<Message>("message", text, "a message"); }

}  // namespace hotfixd::store
