#include "integrations/slack/catch_up.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kLongestWait{60'000};

Timestamp stamp_of(Time at) {
  const auto micros = at.time_since_epoch().count();
  return {micros / 1'000'000, static_cast<std::int32_t>(micros % 1'000'000)};
}

const json& list_at(const json& object, const char* name) {
  static const json none = json::array();
  const auto it = object.find(name);
  return it != object.end() && it->is_array() ? *it : none;
}

std::string next_cursor(const json& answer) {
  const auto it = answer.find("response_metadata");
  return it != answer.end() && it->is_object() ? text_at(*it, "next_cursor") : std::string{};
}

}  // namespace

// Something to be brought, ordered by when it happened.
struct CatchUp::Missed {
  Timestamp at;
  What what;
  std::optional<Place> command;  // it was a command to us; where its author is told
};

struct CatchUp::Reading {
  const KnownChannel& known;
  ChannelRef channel;
  Self self;
  Timestamp began;
  std::set<Timestamp> seen;
  std::map<std::string, std::set<std::string>> pinned;  // message -> members whose pin or pin reaction it has
  std::vector<std::string> threads;
  std::vector<Missed> missed;
  bool whole = true;
};

CatchUp::CatchUp(Parts parts, AskChannels ask, std::function<void(const std::string&)> report, CatchUpOptions options)
    : parts_(parts), ask_(std::move(ask)), report_(std::move(report)), options_(options) {
  thread_ = std::jthread([this] { run(); });
}

CatchUp::~CatchUp() { stop(); }

void CatchUp::look() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  wake_.notify_all();
}

void CatchUp::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

std::uint64_t CatchUp::runs() const {
  const std::lock_guard lock(mutex_);
  return runs_;
}

bool CatchUp::rest(milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [&] { return stopping_; });
}

void CatchUp::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || wanted_; });
      if (stopping_) return;
      wanted_ = false;
    }
    auto answer = std::make_shared<std::promise<std::vector<KnownChannel>>>();
    auto asked = answer->get_future();
    ask_([answer](std::vector<KnownChannel> all) { answer->set_value(std::move(all)); });
    while (asked.wait_for(milliseconds{20}) != std::future_status::ready)
      if (!rest(milliseconds{0})) return;
    for (const auto& known : asked.get())
      if (parse_channel(known.channel)) compare(known);
    {
      const std::lock_guard lock(mutex_);
      ++runs_;
    }
    if (!rest(options_.between)) return;
  }
}

// Waits when Slack says "later", and tries again when it does not answer.
ApiResult CatchUp::patiently(std::string_view method, const Arguments& arguments) {
  auto wait = options_.first_retry;
  for (int failures = 0;;) {
    auto answer = parts_.api.read(method, arguments);
    if (answer || !answer.error().retryable()) return answer;
    const bool later = answer.error().kind == Problem::Kind::rate_limited;
    if (!later && ++failures >= options_.retries) return answer;
    const auto asked = answer.error().retry_after;
    if (!rest(asked ? std::max<milliseconds>(*asked, milliseconds{1}) : wait)) return answer;
    if (!later) wait = std::min(wait * 2, kLongestWait);
  }
}

void CatchUp::compare(const KnownChannel& known) {
  const auto name = *parse_channel(known.channel);
  if (name.channel.starts_with('#')) return;  // about to be made: nothing was said there yet
  Reading reading{.known = known,
                  .channel = {{name.team, {}, false}, name.channel, {}},
                  .self = parts_.intake.self(),
                  .began = stamp_of(parts_.clock.now()),
                  .seen = {},
                  .pinned = {},
                  .threads = {},
                  .missed = {}};
  if (!read_history(reading)) return;
  for (std::size_t n = 0; n < reading.threads.size(); ++n)  // see() may find more
    if (const auto parent = reading.threads[n]; !read_replies(reading, parent)) return;
  read_pins(reading);
  see_pins(reading);
  bring(reading);
}

bool CatchUp::read_history(Reading& reading) {
  std::string cursor;
  for (int read = 0; read < kMessages; read += kPage) {
    Arguments arguments{{"channel", reading.channel.id},
                        {"limit", std::to_string(kPage)},
                        {"oldest", stamp_of(reading.known.since).text()}};
    if (!cursor.empty()) arguments.emplace_back("cursor", cursor);
    auto answer = patiently("conversations.history", arguments);
    if (!answer) {
      report_(fmt::format("what was missed in {} cannot be read: {}. {}", reading.channel.id, answer.error().what,
                          answer.error().mend));
      return false;
    }
    for (const auto& message : list_at(*answer, "messages")) see(reading, message);
    cursor = next_cursor(*answer);
    if (cursor.empty()) return true;
  }
  reading.whole = false;
  report_(
      fmt::format("only the newest {} messages of {} were compared with the record", kMessages, reading.channel.id));
  return true;
}

// The parent comes first in each answer; see() knows it.
bool CatchUp::read_replies(Reading& reading, const std::string& parent) {
  std::string cursor;
  for (int read = 0; read < kMessages; read += kPage) {
    Arguments arguments{{"channel", reading.channel.id}, {"ts", parent}, {"limit", std::to_string(kPage)}};
    if (!cursor.empty()) arguments.emplace_back("cursor", cursor);
    auto answer = patiently("conversations.replies", arguments);
    if (!answer) {
      if (answer.error().error == "thread_not_found") return true;  // deleted meanwhile
      report_(fmt::format("replies that were missed in {} cannot be read: {}. {}", reading.channel.id,
                          answer.error().what, answer.error().mend));
      return false;
    }
    for (const auto& message : list_at(*answer, "messages")) see(reading, message);
    cursor = next_cursor(*answer);
    if (cursor.empty()) return true;
  }
  report_(fmt::format("a thread of {} has more than {} replies: the others were not compared", reading.channel.id,
                      kMessages));
  return true;
}

// The history says that a message is pinned, not by whom.
void CatchUp::read_pins(Reading& reading) {
  auto answer = patiently("pins.list", {{"channel", reading.channel.id}});
  if (!answer) {
    report_(fmt::format("pins that were missed in {} cannot be read: {}. {}", reading.channel.id, answer.error().what,
                        answer.error().mend));
    return;
  }
  for (const auto& item : list_at(*answer, "items")) {
    const auto message = item.is_object() ? item.find("message") : item.end();
    if (!item.is_object() || message == item.end() || !message->is_object()) continue;
    if (auto by = text_at(item, "created_by"); !by.empty() && by != reading.self.user)
      reading.pinned[text_at(*message, "ts")].insert(std::move(by));
  }
}

void CatchUp::see(Reading& reading, const json& message) {
  if (!message.is_object()) return;
  const auto ts = Timestamp::parse(text_at(message, "ts"));
  if (!ts || !reading.seen.insert(*ts).second) return;
  if (const auto latest = Timestamp::parse(text_at(message, "latest_reply")))
    if (!reading.known.messages.contains(latest->text()) || latest->time() > parts_.clock.now() - kThreadFresh)
      reading.threads.push_back(ts->text());
  for (const auto& reaction : list_at(message, "reactions")) {
    if (!reaction.is_object()) continue;
    auto name = text_at(reaction, "name");
    if (const auto skin = name.find("::"); skin != std::string::npos) name.resize(skin);
    if (std::ranges::find(parts_.policy.pin_reactions, name) == parts_.policy.pin_reactions.end()) continue;
    const auto& users = list_at(reaction, "users");
    for (const auto& user : users)
      if (user.is_string()) reading.pinned[ts->text()].insert(user.get<std::string>());
  }
  auto what = read_history_message(message, reading.channel, reading.self);
  const auto known = reading.known.messages.find(ts->text());
  if (known != reading.known.messages.end()) return see_edit(reading, message, what, known->second);
  if (auto* said = std::get_if<MessagePosted>(&what)) {
    reading.missed.push_back({*ts, std::move(*said), {}});
  } else if (auto* command = std::get_if<AppMention>(&what)) {
    const auto age = reading.began.time() - ts->time();
    if (age < options_.live || age > options_.commands) return;
    Place place{reading.channel.id, command->author.user.id, command->thread ? command->thread->text() : "", {}};
    reading.missed.push_back(
        {*ts,
         MessagePosted{command->message, command->author,
                       std::string(common::cut_utf8(text_at(message, "text"), kTextLimit)), command->thread},
         std::move(place)});
  } else if (std::holds_alternative<Unknown>(what)) {
    reading.missed.push_back({*ts, std::move(what), {}});
  }
}

void CatchUp::see_edit(Reading& reading, const json& message, const What& what, const KnownMessage& known) {
  const auto edited = message.find("edited");
  if (known.deleted || edited == message.end() || !edited->is_object()) return;
  if (known.text.contains(kRedacted)) return;  // by a redaction: Slack still shows the words
  const auto at = Timestamp::parse(text_at(*edited, "ts"));
  const auto* said = std::get_if<MessagePosted>(&what);
  if (!at || said == nullptr) return;
  const auto name_of = [&](std::string_view member) { return parts_.people.person(member).name; };
  if (readable(said->text, name_of) == known.text || readable(said->text) == known.text) return;
  reading.missed.push_back(
      {*at, MessageChanged{said->message, said->author, said->text, known.text, said->thread, at->text()}, {}});
}

// Pins that the record does not have. One that only the record has may have come from a message's menu, of which
// Slack shows nothing: it stays.
void CatchUp::see_pins(Reading& reading) {
  if (parts_.policy.pin_reactions.empty()) return;
  const auto& name = parts_.policy.pin_reactions.front();
  const auto add = [&](const Timestamp& ts, const std::string& member) {
    reading.missed.push_back(
        {reading.began,
         Reaction{{reading.channel, ts}, {reading.channel.workspace, member, {}}, name, true, reading.began.text()},
         {}});
  };
  for (const auto& ts : reading.seen) {
    const auto id = ts.text();
    const auto known = reading.known.messages.find(id);
    const auto now = reading.pinned.find(id);
    if (now == reading.pinned.end()) continue;
    for (const auto& member : now->second)
      if (known == reading.known.messages.end() ||
          !known->second.pinned_by.contains(parts_.people.person(member).key()))
        add(ts, member);
  }
}

void CatchUp::bring(Reading& reading) {
  std::ranges::stable_sort(reading.missed, {}, &Missed::at);
  std::size_t brought = 0;
  for (auto& missed : reading.missed) {
    Incoming in;
    in.workspace = reading.channel.workspace;
    in.what = std::move(missed.what);
    auto answer = std::make_shared<std::promise<Told>>();
    auto told = answer->get_future();
    parts_.intake.take(std::move(in), [answer](Told t) { answer->set_value(std::move(t)); });
    while (told.wait_for(milliseconds{20}) != std::future_status::ready)
      if (!rest(milliseconds{0})) return;
    const auto outcome = told.get();
    if (!outcome.committed) {
      report_(fmt::format("what was missed in {} is not recorded yet: it is looked for again", reading.channel.id));
      if (rest(options_.first_retry)) look();
      return;
    }
    if (!outcome.again) ++brought;
    if (missed.command && !outcome.again)
      parts_.answers.show(*missed.command,
                          {say("That was written while I was away: it is in the record, and was not carried out. "
                               "Type it again if it is still wanted."),
                           false, true});
  }
  if (brought > 0)
    report_(fmt::format("{}: {} missed things were taken from the history", reading.channel.id, brought));
}

}  // namespace hotfixd::slack
