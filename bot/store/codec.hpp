#pragma once

#include <map>
#include <span>

#include "bot/domain/decision.hpp"
#include "bot/ports/clock.hpp"

// The durable form of events, answers and effects: JSON with a stable type name and a codec version.
// What people wrote (Text) is not in it; it stands in rows of its own that can be erased, and the
// record holds only a digest. Decoding never throws for any bytes: damage is a Problem (corrupt).

namespace hotfixd::store {

// No record, answer or effect is larger (bytes); SQLite is given the same limit.
inline constexpr std::size_t kLargestBody = 16 * 1024 * 1024;

// An erasable text. digest = SHA-256 over 32 random bytes followed by the text: without the nonce the
// digest of an erased text cannot be guessed back from likely texts.
struct TextRow {
  std::string digest;  // 64 hexadecimal digits
  std::string nonce;   // 64 hexadecimal digits; empty = it was erased
  std::string text;
  bool erased() const { return nonce.empty(); }

  bool operator==(const TextRow&) const = default;
};

// False for bytes that are not UTF-8: they are kept as hexadecimal digits.
bool survives_json(const std::string& text);
// The texts of one event as a JSON list, and back; a Problem (corrupt) when it is no such list.
std::string encode_texts(std::span<const TextRow> texts);
Result<std::vector<TextRow>> decode_texts(std::string_view json);

// Texts by digest; an erased one has no value. A digest that is not there at all is damage.
using Texts = std::map<std::string, std::optional<std::string>, std::less<>>;

// One event as it is stored.
struct Record {
  std::string type;  // "branch_cut"
  int codec = 1;     // version of `body`
  Time occurred_at{}, recorded_at{};
  Person actor;
  std::string source;  // a Source's name
  std::string body;    // canonical JSON of the event's own fields

  bool operator==(const Record&) const = default;
};

struct EncodedEvent {
  Record record;
  std::vector<TextRow> texts;
};

// A Problem (invalid) only when an enum holds a value without a name.
Result<EncodedEvent> encode_event(const Event& event, IdSource& nonces);
// A Problem (corrupt) that names the type for an unknown type, a newer codec version, a missing or
// ill-typed field, an unknown enum name, or a text that is in neither state.
Result<Event> decode_event(const Record& record, const Texts& texts);

// A record as one JSON object, and back; the envelope's times are whole microseconds since 1970.
std::string record_to_json(const Record& record);
Result<Record> record_from_json(std::string_view json);

std::string encode_effect(const Effect& effect);
Result<Effect> decode_effect(std::string_view json);
std::string encode_reply(const Reply& reply);
Result<Reply> decode_reply(std::string_view json);
std::string encode_message(const Message& message);
Result<Message> decode_message(std::string_view json);

// The type names of all events, in the order of the variant.
std::vector<std::string_view> event_types();

// The digests of the texts a stored body refers to; empty texts are not among them.
Result<std::vector<std::string>> referenced_texts(std::string_view body);

// SHA-256 over the nonce's bytes and the text; empty when the nonce is not hexadecimal.
std::string text_digest(std::string_view nonce_hex, std::string_view text);

}  // namespace hotfixd::store
