#include "integrations/local/message_json.hpp"

#include <array>
#include <nlohmann/json.hpp>

namespace hotfixd::local {
namespace {

using nlohmann::json;
using namespace std::string_view_literals;

// In the order of Span::Kind.
constexpr std::array kind_names = {"plain"sv, "bold"sv,  "code"sv, "strike"sv, "mention"sv,
                                   "link"sv,  "clock"sv, "day"sv,  "due"sv,    "channel"sv};
static_assert(kind_names.size() == static_cast<std::size_t>(Span::Kind::channel) + 1);

json span_to_json(const Span& span) {
  json out = json::object();
  if (span.kind != Span::Kind::plain) out["kind"] = std::string(kind_names[static_cast<std::size_t>(span.kind)]);
  if (!span.text.empty()) out["text"] = span.text;
  if (!span.ref.empty()) out["ref"] = span.ref;
  if (span.at != Time{}) out["at"] = span.at.time_since_epoch().count();
  return out;
}

Span span_from_json(const json& in) {
  Span span;
  const auto kind = in.value("kind", std::string("plain"));
  for (std::size_t i = 0; i < kind_names.size(); ++i) {
    if (kind_names[i] == kind) span.kind = static_cast<Span::Kind>(i);
  }
  span.text = in.value("text", std::string());
  span.ref = in.value("ref", std::string());
  span.at = Time(std::chrono::microseconds(in.value("at", std::int64_t{0})));
  return span;
}

}  // namespace

std::string message_to_json(const Message& message) {
  json lines = json::array();
  for (const Line& line : message.lines) {
    json spans = json::array();
    for (const Span& span : line) spans.push_back(span_to_json(span));
    lines.push_back(std::move(spans));
  }
  json buttons = json::array();
  for (const Button& b : message.buttons) {
    buttons.push_back({{"id", b.id}, {"label", b.label}, {"value", b.value}, {"danger", b.danger}});
  }
  json out = {{"lines", std::move(lines)}};
  if (!buttons.empty()) out["buttons"] = std::move(buttons);
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<Message> message_from_json(std::string_view text) {
  try {
    const json in = json::parse(text);
    Message message;
    for (const json& line : in.at("lines")) {
      Line spans;
      for (const json& span : line) spans.push_back(span_from_json(span));
      message.lines.push_back(std::move(spans));
    }
    for (const json& b : in.value("buttons", json::array())) {
      message.buttons.push_back({b.at("id").get<std::string>(), b.at("label").get<std::string>(),
                                 b.value("value", std::string()), b.value("danger", false)});
    }
    return message;
  } catch (const json::exception&) {
    return std::unexpected(Problem{Problem::Kind::corrupt,
                                   "a stored message of the built-in channel cannot be read",
                                   "restore the channel's file from a backup",
                                   {}});
  }
}

}  // namespace hotfixd::local
