#include "bot/store/codec.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "bot/store/event_fields.hpp"
#include "bot/store/hash.hpp"
#include "bot/store/json_values.hpp"
#include "bot/store/upgrade.hpp"

// Events: the type name picks the alternative of the variant, the field lists do the rest.

namespace hotfixd::store {
namespace {

using nlohmann::json;

struct Alternative {
  std::string_view name;
  int version;
  bool (*read)(Reader&, const json&, EventData&);
};

template <typename EventType>
bool read_alternative(Reader& reader, const json& body, EventData& out) {
  return reader.value(body, out.emplace<EventType>());
}

template <std::size_t... I>
constexpr auto alternatives_of(std::index_sequence<I...>) {
  return std::array{Alternative{Fields<std::variant_alternative_t<I, EventData>>::name,
                                kCodecVersion<std::variant_alternative_t<I, EventData>>,
                                &read_alternative<std::variant_alternative_t<I, EventData>>}...};
}

constexpr auto kAlternatives = alternatives_of(std::make_index_sequence<std::variant_size_v<EventData>>{});

consteval bool names_are_unique() {
  for (std::size_t i = 0; i < kAlternatives.size(); ++i)
    for (std::size_t j = i + 1; j < kAlternatives.size(); ++j)
      if (kAlternatives[i].name == kAlternatives[j].name) return false;
  return true;
}
static_assert(names_are_unique());

// The texts a body refers to. Nothing we write is nested deeper than a list of objects.
bool collect_references(const json& value, std::vector<std::string>& out, int depth) {
  constexpr int kDeepest = 16;
  if (depth > kDeepest) return false;
  if (!value.is_structured()) return true;
  if (value.is_object() && value.size() == 1)
    if (const auto ref = value.find("$ref"); ref != value.end() && ref->is_string()) {
      if (!ref->get_ref<const std::string&>().empty()) out.push_back(ref->get<std::string>());
      return true;
    }
  for (const auto& inner : value)
    if (!collect_references(inner, out, depth + 1)) return false;
  return true;
}

}  // namespace

bool survives_json(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0; }) || json::parse(canonical(text)) == text;
}

std::string encode_texts(std::span<const TextRow> texts) {
  Writer writer(nullptr);
  writer.raw("[");
  for (bool first = true; const auto& kept : texts) {
    writer.raw(std::exchange(first, false) ? R"({"digest":)" : R"(,{"digest":)");
    writer.string(kept.digest);
    if (!kept.erased()) {
      writer.raw(R"(,"nonce":)");
      writer.string(kept.nonce);
      // Damaged bytes have no form in JSON, and the digest is theirs.
      const bool damaged = !survives_json(kept.text);
      writer.raw(damaged ? R"(,"hex":)" : R"(,"text":)");
      writer.string(damaged
                        ? to_hex(std::span(reinterpret_cast<const unsigned char*>(kept.text.data()), kept.text.size()))
                        : kept.text);
    }
    writer.raw("}");
  }
  writer.raw("]");
  return writer.take_text();
}

Result<std::vector<TextRow>> decode_texts(std::string_view text) {
  constexpr std::string_view kWhat = "the texts of an event";
  const auto parsed = parse_json(text, kWhat);
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<TextRow> texts;
  if (!parsed->is_array()) return std::unexpected(corrupt(fmt::format("{} are not a list", kWhat)));
  for (const auto& one : *parsed) {
    Reader reader(nullptr);
    TextRow kept;
    const auto wrong = [&](std::string_view what) {
      return std::unexpected(corrupt(fmt::format("{}: {}", kWhat, what)));
    };
    if (!one.is_object()) return wrong("one is not an object");
    const bool erased = !one.contains("nonce");
    const bool damaged = one.contains("hex");
    // Nothing else may stand there: one program would read this, and another that.
    if (one.size() != (erased ? 1U : 3U)) return wrong("one has other members than digest, nonce and text");
    if (!reader.member(one, "digest", kept.digest) ||
        (!erased &&
         (!reader.member(one, "nonce", kept.nonce) || !reader.member(one, damaged ? "hex" : "text", kept.text))))
      return wrong(reader.wrong());
    if (damaged) {
      auto bytes = from_hex(kept.text);
      if (!bytes) return wrong("hex is not hexadecimal");
      kept.text = std::move(*bytes);
    }
    texts.push_back(std::move(kept));
  }
  return texts;
}

Result<EncodedEvent> encode_event(const Event& event, IdSource& nonces) {
  EncodedEvent out;
  out.record.occurred_at = event.occurred_at;
  out.record.recorded_at = event.recorded_at;
  out.record.actor = event.actor;
  out.record.source = to_string(event.source);
  Writer writer(&nonces);
  std::visit(
      [&]<typename T>(const T& data) {
        out.record.type = Fields<T>::name;
        out.record.codec = kCodecVersion<T>;
        writer.value(data);
        out.record.body = writer.take_text();
      },
      event.data);
  if (!from_string<Source>(out.record.source) || !writer.wrong().empty())
    return std::unexpected(Problem{Problem::Kind::invalid,
                                   fmt::format("event {} cannot be written: {}", out.record.type,
                                               writer.wrong().empty() ? "its source has no name" : writer.wrong()),
                                   "",
                                   {}});
  out.texts = writer.take_texts();
  return out;
}

Result<Event> decode_event(const Record& record, const Texts& texts) {
  const auto alternative = std::ranges::find(kAlternatives, std::string_view(record.type), &Alternative::name);
  if (alternative == kAlternatives.end())
    return std::unexpected(Problem{Problem::Kind::corrupt,
                                   fmt::format("unknown event type \"{:.64}\"", record.type),
                                   "use the version of hotfixd that wrote it, or a newer one",
                                   {}});
  const auto source = from_string<Source>(record.source);
  if (!source) return std::unexpected(corrupt(fmt::format("event {} has an unknown source", record.type)));
  auto parsed = parse_json(record.body, fmt::format("the body of event {}", record.type));
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  const auto body = upgrade(record.type, record.codec, alternative->version, std::move(*parsed));
  if (!body) return std::unexpected(body.error());
  Event event{{}, record.occurred_at, record.recorded_at, record.actor, *source};
  Reader reader(&texts);
  if (!alternative->read(reader, *body, event.data))
    return std::unexpected(corrupt(fmt::format("event {}: {}", record.type, reader.wrong())));
  return event;
}

std::string record_to_json(const Record& record) {
  Writer actor(nullptr);
  actor.value(record.actor);
  json out{{"type", record.type},
           {"codec", record.codec},
           {"occurred_at", record.occurred_at.time_since_epoch().count()},
           {"recorded_at", record.recorded_at.time_since_epoch().count()},
           {"actor", json::parse(actor.take_text())},
           {"source", record.source},
           {"body", json::parse(record.body, nullptr, false)}};
  return canonical(out);
}

Result<Record> record_from_json(std::string_view text) {
  const auto parsed = parse_json(text, "the record");
  if (!parsed) return std::unexpected(parsed.error());
  if (!parsed->is_object()) return std::unexpected(corrupt("the record is not an object"));
  Record record;
  Reader reader(nullptr);
  if (!reader.member(*parsed, "type", record.type) || !reader.member(*parsed, "codec", record.codec) ||
      !reader.member(*parsed, "occurred_at", record.occurred_at) ||
      !reader.member(*parsed, "recorded_at", record.recorded_at) || !reader.member(*parsed, "actor", record.actor) ||
      !reader.member(*parsed, "source", record.source))
    return std::unexpected(corrupt("the record: " + reader.wrong()));
  const auto body = parsed->find("body");
  if (body == parsed->end()) return std::unexpected(corrupt("the record: body is missing"));
  record.body = canonical(*body);
  return record;
}

std::vector<std::string_view> event_types() {
  std::vector<std::string_view> names;
  for (const auto& alternative : kAlternatives) names.push_back(alternative.name);
  return names;
}

Result<std::vector<std::string>> referenced_texts(std::string_view body) {
  const auto parsed = parse_json(body, "the body of an event");
  if (!parsed) return std::unexpected(parsed.error());
  std::vector<std::string> out;
  if (!collect_references(*parsed, out, 0))
    return std::unexpected(corrupt("the body of an event is nested too deeply"));
  return out;
}

std::string text_digest(std::string_view nonce_hex, std::string_view text) {
  auto bytes = from_hex(nonce_hex);
  if (!bytes) return {};
  return sha256_hex(bytes->append(text));
}

}  // namespace hotfixd::store
