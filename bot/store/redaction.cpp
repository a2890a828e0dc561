#include "bot/store/redaction.hpp"

#include "bot/store/codec.hpp"
#include "bot/store/event_fields.hpp"

namespace hotfixd::store {
namespace {

bool contains(std::string_view value, std::string_view needle) { return value.find(needle) != std::string_view::npos; }

std::string joined(const Line& line) {
  std::string out;
  for (const auto& span : line) out += span.text;
  return out;
}

std::string joined(const Message& message, std::string_view between) {
  std::string out;
  for (const auto& line : message.lines) out.append(out.empty() ? "" : between).append(joined(line));
  return out;
}

}  // namespace

std::size_t redact_value(std::string& value, std::string_view needle) {
  if (!contains(value, needle)) return 0;
  value = kRedacted;
  return 1;
}

std::size_t redact_event(EventData& event, std::string_view needle) {
  std::size_t count = 0;
  std::visit(
      [&]<typename T>(T& data) {
        each_field<T>(data, [&]<typename Value>(std::string_view, Value& value) {
          if constexpr (std::is_same_v<Value, Text>) count += redact_value(value.value, needle);
        });
      },
      event);
  return count;
}

std::size_t redact_message(Message& message, std::string_view needle) {
  std::size_t count = 0;
  for (auto& line : message.lines) {
    for (auto& span : line)
      if (contains(span.text, needle) || contains(span.ref, needle)) {
        span = plain(std::string(kRedacted));
        ++count;
      }
    if (contains(joined(line), needle)) {
      line = {plain(std::string(kRedacted))};
      ++count;
    }
  }
  if (contains(joined(message, "\n"), needle) || contains(joined(message, " "), needle)) {
    message.lines = {{plain(std::string(kRedacted))}};
    ++count;
  }
  for (auto& button : message.buttons) count += redact_value(button.label, needle) + redact_value(button.value, needle);
  return count;
}

std::size_t redact_effect(Effect& effect, std::string_view needle) {
  if (auto* show = std::get_if<effect::ShowMessage>(&effect)) return redact_message(show->message, needle);
  if (auto* create = std::get_if<effect::CreateChannel>(&effect)) return redact_value(create->topic, needle);
  if (auto* furnish = std::get_if<effect::FurnishChannel>(&effect)) {
    auto count = redact_value(furnish->topic, needle);
    for (auto& bookmark : furnish->bookmarks) count += redact_value(bookmark.title, needle);
    return count;
  }
  if (auto* tag = std::get_if<effect::PushTag>(&effect)) return redact_value(tag->message, needle);
  return 0;
}

Event erasure_event(const Erasure& erasure, const Erased& found, std::vector<std::string> digests) {
  const auto elsewhere = erasure.elsewhere + found.answers + found.effects + found.loose;
  return {event::TextErased{std::move(digests), elsewhere, {erasure.why}}, erasure.at, erasure.at, erasure.by,
          Source::said};
}

}  // namespace hotfixd::store
