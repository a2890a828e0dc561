#include "integrations/slack/inbound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/message_event.hpp"

// Frames, bodies and interactions. Messages and other events: message_event.cpp, events.cpp.

namespace hotfixd::slack {
namespace {

using common::Fields;
using common::TextFields;
using nlohmann::json;

constexpr common::JsonLimits kLimits{.bytes = kBodyLimit, .nesting = kNestingLimit, .values = kValueLimit};

std::unexpected<Problem> invalid(std::string what) {
  return std::unexpected(
      Problem{.kind = Problem::Kind::invalid, .what = std::move(what), .mend = {}, .retry_after = {}});
}

// The payload of an interaction.
struct Payload {
  Fields in;
  Workspace workspace;
};

// team is null in an organisation-wide install; a modal that was opened in a shared channel belongs to
// the team where the app is installed, which there is written as the organisation (E…).
Workspace interaction_workspace(Fields& in) {
  std::string installed = word(in, "view.app_installed_team_id");
  if (installed.starts_with('E')) installed.clear();
  return {.team = installed.empty() ? first_word(in, {"team.id", "user.team_id"}) : std::move(installed),
          .enterprise = first_word(in, {"enterprise.id", "team.enterprise_id"}),
          .org_install = in.truth("is_enterprise_install")};
}

UserRef interaction_user(Payload& p) {
  UserRef user{
      .workspace = p.workspace, .id = p.in.text("user.id"), .name = first_word(p.in, {"user.username", "user.name"})};
  if (auto team = word(p.in, "user.team_id"); !team.empty()) user.workspace.team = std::move(team);
  return user;
}

// What was chosen or typed in one element: in an action itself, or in a view's state.
std::vector<std::string> chosen(Fields& in) {
  for (const std::string_view path : {"value", "selected_option.value", "selected_user", "selected_channel",
                                      "selected_conversation", "selected_date", "selected_time"}) {
    if (in.has(path)) return {in.lines_if_any(path, kTextLimit)};
  }
  std::vector<std::string> all;
  for (const std::string_view path :
       {"selected_options", "selected_users", "selected_channels", "selected_conversations"}) {
    for (const json& one : list(in, path)) {
      if (one.is_object()) {
        Fields option(one);
        all.push_back(option.lines_if_any("value", kWordLimit));
      } else if (one.is_string()) {
        all.emplace_back(common::cut_utf8(one.get_ref<const std::string&>(), kWordLimit));
      }
    }
  }
  return all;
}

What block_actions(Payload& p) {
  BlockActions out{.user = interaction_user(p),
                   .message = {},
                   .thread = stamp_if_any(p.in, "container.thread_ts"),
                   .ephemeral = p.in.truth("container.is_ephemeral"),
                   .view_id = word(p.in, "view.id"),
                   .callback_id = word(p.in, "view.callback_id"),
                   .actions = {},
                   .response_url = word(p.in, "response_url"),
                   .trigger_id = word(p.in, "trigger_id")};
  ChannelRef channel{p.workspace, first_word(p.in, {"channel.id", "container.channel_id"}), word(p.in, "channel.name")};
  auto ts = stamp_if_any(p.in, "message.ts");
  if (!ts) ts = stamp_if_any(p.in, "container.message_ts");
  if (ts && !channel.id.empty()) out.message = MessageRef{std::move(channel), *ts};
  if (!out.thread) out.thread = stamp_if_any(p.in, "message.thread_ts");
  for (const json& element : list(p.in, "actions")) {
    Fields in(element);
    Action action{.id = in.text("action_id"),
                  .block = word(in, "block_id"),
                  .type = word(in, "type"),
                  .values = {},
                  .ts = in.text("action_ts")};
    action.values = chosen(in);
    if (in.problem()) return Unknown{"block_actions: actions." + in.problem()->what};
    out.actions.push_back(std::move(action));
  }
  if (out.actions.empty()) p.in.fail("actions", "is empty");
  return out;
}

View view_of(Payload& p) {
  View view{.id = p.in.text("view.id"),
            .type = word(p.in, "view.type"),
            .callback_id = word(p.in, "view.callback_id"),
            .private_metadata = p.in.lines_if_any("view.private_metadata", kWordLimit * 4),
            .hash = word(p.in, "view.hash"),
            .root_id = word(p.in, "view.root_view_id"),
            .previous_id = word(p.in, "view.previous_view_id"),
            .external_id = word(p.in, "view.external_id"),
            .values = {}};
  const json* blocks = p.in.at("view.state.values");
  if (blocks == nullptr || !blocks->is_object()) return view;
  for (const auto& [block, actions] : blocks->items()) {
    if (!actions.is_object()) continue;
    for (const auto& [action, value] : actions.items()) {
      Fields in(value);
      view.values.push_back({block, action, chosen(in)});
    }
  }
  return view;
}

What view_submission(Payload& p) { return ViewSubmission{interaction_user(p), view_of(p), word(p.in, "trigger_id")}; }

What view_closed(Payload& p) { return ViewClosed{interaction_user(p), view_of(p), p.in.truth("is_cleared")}; }

What global_shortcut(Payload& p) {
  GlobalShortcut out{interaction_user(p), p.in.text("callback_id"), p.in.text("trigger_id"), word(p.in, "action_ts")};
  if (out.action_ts.empty()) out.action_ts = out.trigger_id;
  return out;
}

What message_shortcut(Payload& p) {
  MessageShortcut out{.user = interaction_user(p),
                      .callback_id = p.in.text("callback_id"),
                      .trigger_id = p.in.text("trigger_id"),
                      .action_ts = word(p.in, "action_ts"),
                      .response_url = word(p.in, "response_url"),
                      .message = {{p.workspace, p.in.text("channel.id"), word(p.in, "channel.name")}, {}},
                      .author = {},
                      .text = {},
                      .thread = stamp_if_any(p.in, "message.thread_ts")};
  if (const auto ts = stamp_if_any(p.in, "message.ts")) {
    out.message.ts = *ts;
  } else {
    out.message.ts = stamp(p.in, "message_ts");
  }
  if (out.action_ts.empty()) out.action_ts = out.trigger_id;
  if (const json* message = p.in.at("message"); message != nullptr && message->is_object()) {
    Fields in(*message);
    out.author = author_of(in, p.workspace);
    out.text = text_of(in);
  }
  return out;
}

struct Interaction {
  std::string_view type;
  What (*read)(Payload&);
};
constexpr std::array kInteractions = {Interaction{"block_actions", block_actions},
                                      Interaction{"view_submission", view_submission},
                                      Interaction{"view_closed", view_closed}, Interaction{"shortcut", global_shortcut},
                                      Interaction{"message_action", message_shortcut}};

void read_interaction(Incoming& out, const json& root) {
  Payload p{.in = Fields(root), .workspace = {}};
  const std::string type = word(p.in, "type");
  out.app = word(p.in, "api_app_id");
  p.workspace = interaction_workspace(p.in);
  const auto* found = std::ranges::find(kInteractions, type, &Interaction::type);
  out.what = found == kInteractions.end() ? What{Unknown{"interaction " + shown_type(type)}} : found->read(p);
  if (p.in.problem()) out.what = Unknown{fmt::format("{}: {}", type, p.in.problem()->what)};
  out.workspace = std::move(p.workspace);
}

// The payload of a frame, or the form.
void read_slash_command(Incoming& out, TextFields& in) {
  out.app = word(in, "api_app_id");
  out.workspace = {.team = word(in, "team_id"),
                   .enterprise = word(in, "enterprise_id"),
                   .org_install = in.truth("is_enterprise_install")};
  out.what = SlashCommand{.user = {out.workspace, in.text("user_id"), word(in, "user_name")},
                          .channel = {out.workspace, in.text("channel_id"), word(in, "channel_name")},
                          .command = in.text("command"),
                          .text = in.lines_if_any("text", kTextLimit),
                          .response_url = word(in, "response_url"),
                          .trigger_id = in.text("trigger_id")};
  if (in.problem()) out.what = Unknown{"slash command: " + in.problem()->what};
}

What hello(Fields& in) {
  return Hello{.app = word(in, "connection_info.app_id"),
               .connections = in.number_if_any("num_connections"),
               .lifetime = Seconds{static_cast<std::int64_t>(std::min<std::uint64_t>(
                   in.number_if_any("debug_info.approximate_connection_time"), 7 * 24 * 3600))}};
}

What disconnect(Fields& in) {
  using Reason = Disconnect::Reason;
  constexpr std::pair<std::string_view, Reason> kReasons[] = {{"warning", Reason::warning},
                                                              {"refresh_requested", Reason::refresh_requested},
                                                              {"link_disabled", Reason::link_disabled},
                                                              {"too_many_websockets", Reason::too_many_websockets}};
  Disconnect out{.reason = Reason::other, .text = word(in, "reason")};
  for (const auto& [name, reason] : kReasons)
    if (name == out.text) out.reason = reason;
  return out;
}

// A frame's envelope without its payload.
void read_envelope(Incoming& out, Fields& in, const json& root) {
  out.envelope_id = word(in, "envelope_id");
  out.accepts_response = in.truth("accepts_response_payload");
  Fields retry(root);  // a wrong type here spoils nothing else
  out.retry_attempt = retry.number_if_any("retry_attempt");
  out.retry_reason = word(retry, "retry_reason");
}

std::uint64_t number_in(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text.substr(0, 9)) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

Result<Incoming> decode_json_body(Incoming out, std::string_view body, const Self& self) {
  const auto root = common::parse_json(common::mended_json(body), kLimits);
  if (!root) return std::unexpected(root.error());
  read_event(out, *root, self);
  return out;
}

Result<Incoming> decode_form_body(Incoming out, std::string_view body) {
  auto fields = common::form_fields(body, kFieldLimit);
  if (!fields) return std::unexpected(fields.error());
  // Of several fields with one name the first counts. What we ask for is ASCII, so that only values need mending.
  const auto value = [&](std::string_view name) -> const std::string* {
    const auto found = std::ranges::find(*fields, name, &common::FormFields::value_type::first);
    return found == fields->end() ? nullptr : &found->second;
  };
  // Nothing else in such a body may be acted on: it is not signed.
  if (const auto* check = value("ssl_check"); check != nullptr && *check == "1") {
    out.what = SslCheck{};
    return out;
  }
  if (const auto* payload = value("payload")) {
    const auto root = common::parse_json(common::mended_json(*payload), kLimits);
    if (!root) return invalid("the form field payload: " + root.error().what);
    read_interaction(out, *root);
    return out;
  }
  if (value("command") == nullptr) {
    out.what = Unknown{"a form that is neither a slash command nor an interaction"};
    return out;
  }
  for (auto& [name, text] : *fields) text = common::mended_utf8(std::move(text));
  common::FormReader in(*fields);
  read_slash_command(out, in);
  return out;
}

}  // namespace

std::vector<std::string> View::in(std::string_view block) const {
  const auto found = std::ranges::find(values, block, &Value::block);
  return found == values.end() ? std::vector<std::string>{} : found->values;
}

Result<Incoming> decode_frame(std::string_view frame, const Self& self) {
  const auto root = common::parse_json(common::mended_json(frame), kLimits);
  if (!root) return std::unexpected(root.error());
  Incoming out;
  Fields in(*root);
  read_envelope(out, in, *root);
  const std::string type = word(in, "type");
  const json* payload = in.at("payload");
  if (type == "hello") {
    out.what = hello(in);
  } else if (type == "disconnect") {
    out.what = disconnect(in);
  } else if (type != "slash_commands" && type != "interactive" && type != "events_api") {
    out.what = Unknown{"frame " + shown_type(type)};
  } else if (payload == nullptr || !payload->is_object()) {
    out.what = Unknown{type + ": payload is not an object"};
  } else if (type == "slash_commands") {
    Fields command(*payload);
    read_slash_command(out, command);
  } else if (type == "interactive") {
    read_interaction(out, *payload);
  } else {
    read_event(out, *payload, self);
  }
  if (in.problem()) out.what = Unknown{fmt::format("frame {}: {}", shown_type(type), in.problem()->what)};
  return out;
}

Result<Incoming> decode_http(const HttpBody& http, const Self& self) {
  if (http.body.size() > kBodyLimit) return invalid("the body is larger than 4 MB");
  Incoming out;
  out.retry_attempt = number_in(http.retry_num);
  out.retry_reason = common::mended_utf8(std::string(http.retry_reason.substr(0, kWordLimit)));
  const std::string type = common::media_type(http.content_type);
  if (type == "application/json") return decode_json_body(std::move(out), http.body, self);
  if (type == "application/x-www-form-urlencoded") return decode_form_body(std::move(out), http.body);
  return invalid("the content type is neither application/json nor application/x-www-form-urlencoded");
}

}  // namespace hotfixd::slack
