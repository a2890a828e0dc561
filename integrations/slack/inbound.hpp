// What Slack sends us, decoded: the same facts from a Socket Mode frame and from an HTTP body. Pure.
// Field names: docs.slack.dev (Events API, Socket Mode, interaction payloads) and the types of bolt-js and
// @slack/types.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <variant>

#include "integrations/slack/timestamp.hpp"

namespace hotfixd::slack {

// What is larger is refused before anything is built from it. Slack's own largest is a view of 250 kB.
inline constexpr std::size_t kBodyLimit = 4 * 1024 * 1024;
inline constexpr std::size_t kNestingLimit = 64;
inline constexpr std::size_t kValueLimit = 200'000;
inline constexpr std::size_t kFieldLimit = 100;        // of a form
inline constexpr std::size_t kTextLimit = 160 * 1024;  // bytes of a message: 40,000 characters
inline constexpr std::size_t kWordLimit = 3000;        // bytes of anything else

// Where something belongs. In an organisation-wide install of Enterprise Grid the team may be empty.
struct Workspace {
  std::string team, enterprise;
  bool org_install = false;

  bool operator==(const Workspace&) const = default;
};
struct UserRef {
  Workspace workspace;  // the team is the person's own: another than the channel's in Slack Connect
  std::string id, name;

  bool operator==(const UserRef&) const = default;
};
struct ChannelRef {
  Workspace workspace;
  std::string id, name;

  bool operator==(const ChannelRef&) const = default;
};
struct MessageRef {
  ChannelRef channel;
  Timestamp ts;

  bool operator==(const MessageRef&) const = default;
};

// Who wrote a message. A bot has a bot_id and often no user.
struct Author {
  UserRef user;
  std::string bot, app;

  bool is_bot() const { return !bot.empty(); }
};

// Who we are (auth.test: user_id, bot_id; the app's id from hello or the configuration). Needed to know our
// own messages, and commands that begin with a mention of us. The user may be left empty where events
// carry `authorizations`.
struct Self {
  std::string user, bot, app;
};

// Socket Mode: the connection is ready.
struct Hello {
  std::string app;
  std::uint64_t connections = 0;  // of this app, this one included
  Seconds lifetime{};             // approximate; 0 = not said
};
// Socket Mode: this connection ends soon (`warning`, about ten seconds) or now.
struct Disconnect {
  enum class Reason { warning, refresh_requested, link_disabled, too_many_websockets, other };
  Reason reason = Reason::other;
  std::string text;  // as Slack wrote it
};
// HTTP: answer 200 with exactly this text.
struct Challenge {
  std::string challenge;
};
// HTTP: Slack tries the certificate. Unsigned; answer 200 and do nothing else.
struct SslCheck {};
// HTTP: events of this workspace are being dropped since this minute.
struct RateLimited {
  Workspace workspace;
  Time minute{};
};

struct SlashCommand {
  UserRef user;
  ChannelRef channel;
  std::string command, text;  // text: Slack's, see for_grammar()
  std::string response_url, trigger_id;
};

struct Action {
  std::string id, block, type;
  std::vector<std::string> values;  // a button's value, what was selected or typed; may be empty
  std::string ts;                   // when, and which press
};
struct BlockActions {
  UserRef user;
  std::optional<MessageRef> message;  // none: pressed in a modal or in App Home
  std::optional<Timestamp> thread;
  bool ephemeral = false;
  std::string view_id, callback_id;  // of the view it was pressed in
  std::vector<Action> actions;
  std::string response_url, trigger_id;
};

struct View {
  std::string id, type, callback_id, private_metadata, hash, root_id, previous_id, external_id;
  struct Value {
    std::string block, action;
    std::vector<std::string> values;  // empty: nothing was chosen or typed
  };
  std::vector<Value> values;  // in the order of their names

  // The values of this block's element; of several elements, the first's.
  std::vector<std::string> in(std::string_view block) const;
};
struct ViewSubmission {
  UserRef user;
  View view;
  std::string trigger_id;
};
struct ViewClosed {
  UserRef user;
  View view;
  bool cleared = false;  // all views of the stack were closed
};

struct GlobalShortcut {
  UserRef user;
  std::string callback_id, trigger_id, action_ts;
};
struct MessageShortcut {
  UserRef user;
  std::string callback_id, trigger_id, action_ts, response_url;
  MessageRef message;
  Author author;
  std::string text;
  std::optional<Timestamp> thread;
};

// A person's words or a bot's alert in a channel. Slack's other messages (joins, topics, our own) are Ignored.
struct MessagePosted {
  MessageRef message;
  Author author;
  std::string text;                 // a bot without text: that of its attachments or blocks
  std::optional<Timestamp> thread;  // its parent, when it is a reply
};
struct MessageChanged {
  MessageRef message;
  Author author;
  std::string text, before;
  std::optional<Timestamp> thread;
  std::string event_ts;
};
struct MessageDeleted {
  MessageRef message;
  std::string before;
  std::string event_ts;
};
// A message that begins with a mention of us. `text` is what follows it.
struct AppMention {
  MessageRef message;
  Author author;
  std::string text;
  std::optional<Timestamp> thread;
};
// What a person writes to us alone. `text` without a leading mention.
struct DirectMessage {
  MessageRef message;
  Author author;
  std::string text;
  std::optional<Timestamp> thread;
};

struct Reaction {
  MessageRef message;
  UserRef user;
  std::string name;  // without colons and skin tone
  bool added = true;
  std::string event_ts;
};
struct Pin {
  MessageRef message;
  UserRef user;
  bool added = true;
  std::string event_ts;
};
struct MemberJoined {
  ChannelRef channel;
  UserRef user;
  std::string inviter, event_ts;
};
struct ChannelRenamed {
  ChannelRef channel;  // with its new name
  std::string event_ts;
};
struct ChannelArchived {
  ChannelRef channel;
  UserRef user;
  bool archived = true;  // false: it is back
  std::string event_ts;
};
struct AppHomeOpened {
  UserRef user;
  std::string tab;  // "home" or "messages"
  std::string event_ts;
};

// Understood, and nothing to do.
struct Ignored {
  std::string why;
};
// Not understood: to be counted, and logged once per text. Names types and fields, never what people wrote.
struct Unknown {
  std::string what;
};

using What = std::variant<Hello, Disconnect, Challenge, SslCheck, RateLimited, SlashCommand, BlockActions,
                          ViewSubmission, ViewClosed, GlobalShortcut, MessageShortcut, MessagePosted, MessageChanged,
                          MessageDeleted, AppMention, DirectMessage, Reaction, Pin, MemberJoined, ChannelRenamed,
                          ChannelArchived, AppHomeOpened, Ignored, Unknown>;

struct Incoming {
  std::string envelope_id;        // Socket Mode: to be sent back; empty = nothing to acknowledge
  bool accepts_response = false;  // the acknowledgement may carry a payload
  std::uint64_t retry_attempt = 0;
  std::string retry_reason;
  Workspace workspace;
  std::string app, event_id;       // event_id: the Events API's, the same on a retry
  std::optional<Time> event_time;  // whole seconds
  What what;
};

// One text message of the WebSocket. Problem::invalid when it is no JSON object or beyond the limits;
// everything else that is wrong is Unknown, with the envelope's id where there is one, so that it can be
// acknowledged and does not come again. Malformed UTF-8 is replaced.
Result<Incoming> decode_frame(std::string_view frame, const Self& self);

struct HttpBody {
  std::string_view content_type, body;
  std::string_view retry_num, retry_reason;  // X-Slack-Retry-Num, X-Slack-Retry-Reason; empty = first delivery
};
// The body of a request: a slash command, an interaction or an event, told apart by what it is, not by the
// address it came to. As decode_frame(), and invalid also when the form is broken. An unsigned body may
// only be taken when the result is SslCheck.
Result<Incoming> decode_http(const HttpBody& in, const Self& self);

// One element of conversations.history's or conversations.replies' `messages`, read by the rules of the
// event `message`: MessagePosted, AppMention, Ignored or Unknown. In an Incoming with the channel's workspace
// its delivery_id() is the event's.
What read_history_message(const nlohmann::json& message, const ChannelRef& channel, const Self& self);

// The idempotency key that a post of ours carries in its metadata (outbound.hpp); empty when it has none.
std::string op_id_of(const nlohmann::json& message);

// The engine's inbox id, the same whenever Slack delivers the same thing again, over either way in and
// under whichever event id; empty for what is not for the engine. T is the team, in an organisation-wide
// install without one the enterprise, else "-".
//   message, mention, direct message  slack:T:<channel>:<ts>
//   its change, its deletion          slack:T:<channel>:<ts>:edit:<event_ts>, …:delete
//   reaction, pin                     slack:T:<channel>:<ts>:react:<user>:<name>:<event_ts>, …:pin:<event_ts>
//                                     (unreact, unpin when taken away)
//   slash command                     slack:T:command:<trigger_id>
//   one of a press's actions          slack:T:action:<user>:<action_id>:<action_ts>
//   modal sent                        slack:T:view:<view_id>, however often its button is pressed
//   shortcut                          slack:T:shortcut:<user>:<action_ts>
//   joined, renamed, archived, home   slack:T:<channel or user>:<kind>:<event_ts>
// Each event_ts is Slack's own of the change, so two different edits are two and a redelivered one is one.
// `action` counts within BlockActions::actions.
std::string delivery_id(const Incoming& in, std::size_t action = 0);

// When it happened by Slack's clock; nothing where the payload does not say (slash commands, modals).
std::optional<Time> sent_at(const Incoming& in, std::size_t action = 0);

}  // namespace hotfixd::slack
