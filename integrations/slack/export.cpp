#include "integrations/slack/export.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <set>

#include "bot/domain/zone.hpp"
#include "integrations/common/json.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {
namespace {

namespace fs = std::filesystem;
using common::text_at;
using nlohmann::json;

constexpr common::JsonLimits kFileLimits{.bytes = 128 * 1024 * 1024, .nesting = 64, .values = 10'000'000};
constexpr std::size_t kNamed = 20;  // channels named in an error

std::unexpected<Problem> wrong(Problem::Kind kind, std::string what, std::string mend = {}) {
  return std::unexpected(Problem{kind, std::move(what), std::move(mend), {}});
}

// "incidents/2026-11-14.json"
std::string shown(const fs::path& file, const fs::path& folder) { return file.lexically_relative(folder).string(); }

// Where the parser stopped; 0 when it did not.
std::size_t broken_line(const std::string& text) {
  try {
    (void)json::parse(text);
  } catch (const json::parse_error& e) {
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(e.byte, text.size()));
    return static_cast<std::size_t>(std::count(text.begin(), end, '\n')) + 1;
  }
  return 0;
}

// The list that a file holds.
Result<json> read_list(const fs::path& file, const fs::path& folder) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return wrong(Problem::Kind::not_found, fmt::format("{} cannot be read", shown(file, folder)));
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto root = common::parse_json(common::mended_json("{\"list\":" + text + "}"), kFileLimits);
  if (!root) {
    const auto line = broken_line(text);
    return wrong(Problem::Kind::invalid,
                 line > 0 ? fmt::format("{}: line {} is not JSON", shown(file, folder), line)
                          : fmt::format("{}: {}", shown(file, folder), root.error().what),
                 "unpack the export again");
  }
  auto list = std::move((*root)["list"]);
  if (!list.is_array()) return wrong(Problem::Kind::invalid, shown(file, folder) + " holds no list");
  return list;
}

const json& part(const json& object, const char* name) {
  static const json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? none : *found;
}

std::string first_text(std::initializer_list<std::string> texts) {
  for (const auto& text : texts)
    if (!text.empty()) return text;
  return {};
}

std::string text_in(const json& object, const char* name) { return object.is_object() ? text_at(object, name) : ""; }

struct Members {
  std::map<std::string, std::string> names;  // member id -> as Slack shows them
  std::string bot;                           // our own member id
};

Result<Members> read_people(const ExportQuery& query) {
  for (const char* name : {"users.json", "org_users.json"}) {
    const auto file = query.folder / name;
    std::error_code failed;
    if (!fs::exists(file, failed)) continue;
    auto list = read_list(file, query.folder);
    if (!list) return std::unexpected(list.error());
    Members people;
    for (const auto& user : *list) {
      const auto id = text_in(user, "id"), handle = text_in(user, "name");
      const auto& profile = part(user, "profile");
      if (id.empty()) continue;
      const auto real = first_text({text_in(profile, "real_name"), text_in(user, "real_name")});
      people.names[id] = first_text({text_in(profile, "display_name"), real, handle});
      const auto& is_bot = part(user, "is_bot");
      if (is_bot.is_boolean() && is_bot.get<bool>() && (same_word(handle, query.bot) || same_word(real, query.bot)))
        people.bot = id;
    }
    return people;
  }
  return wrong(Problem::Kind::not_found,
               fmt::format("{} has neither users.json nor org_users.json", query.folder.string()),
               "name the folder into which Slack's ZIP was unpacked");
}

struct Channel {
  std::string id, name;
  std::vector<std::pair<std::string, std::string>> pins;  // ts, who
};

Result<Channel> choose_channel(const ExportQuery& query) {
  std::vector<Channel> all;
  for (const char* name : {"channels.json", "groups.json"}) {
    const auto file = query.folder / name;
    std::error_code failed;
    if (!fs::exists(file, failed)) continue;
    auto list = read_list(file, query.folder);
    if (!list) return std::unexpected(list.error());
    for (const auto& one : *list) {
      Channel channel{text_in(one, "id"), text_in(one, "name"), {}};
      // A name is the name of a folder here, so it must not lead elsewhere.
      if (channel.name.empty() || channel.name.contains('/') || channel.name.starts_with('.')) continue;
      if (!fs::is_directory(query.folder / channel.name, failed)) continue;
      if (const auto& pins = part(one, "pins"); pins.is_array())
        for (const auto& pin : pins) channel.pins.emplace_back(text_in(pin, "id"), text_in(pin, "user"));
      all.push_back(std::move(channel));
    }
  }
  if (all.empty())
    return wrong(
        Problem::Kind::not_found,
        fmt::format("{} has no channels.json or groups.json with a folder for each channel", query.folder.string()),
        "name the folder into which Slack's ZIP was unpacked");
  std::string_view wanted = query.channel;
  if (wanted.starts_with('#')) wanted.remove_prefix(1);
  std::vector<std::string> names;
  for (const auto& channel : all) {
    if (channel.name == wanted || channel.id == wanted || (wanted.empty() && all.size() == 1)) return channel;
    if (names.size() < kNamed) names.push_back(channel.name);
  }
  const auto known = fmt::format("{}{}", fmt::join(names, ", "), all.size() > names.size() ? " …" : "");
  if (wanted.empty())
    return wrong(Problem::Kind::invalid, fmt::format("the export has {} channels: {}", all.size(), known),
                 "say which: --channel NAME");
  return wrong(Problem::Kind::not_found, fmt::format("the export has no channel '{}'; it has {}", query.channel, known),
               "--channel NAME");
}

class Reading {
 public:
  Reading(const ExportQuery& query, const Policy& policy, Members people, Channel channel)
      : query_(query), policy_(policy), people_(std::move(people)), channel_(std::move(channel)) {}

  Result<ExportedChannel> read() {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(query_.folder / channel_.name, failed))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    if (failed) return wrong(Problem::Kind::not_found, fmt::format("{}: {}", channel_.name, failed.message()));
    std::ranges::sort(files);
    for (const auto& file : files)
      if (auto taken = read_day(file); !taken) return std::unexpected(taken.error());
    if (said_.empty()) return nothing();
    for (const auto& [ts, user] : channel_.pins) pinned_by(ts, user);
    ExportedChannel out{channel_.name, {}, std::move(left_out_)};
    for (auto& [ts, taken] : said_) out.taken.push_back(std::move(taken));
    const auto last = out.taken.back().sent_at;
    for (auto& pin : pins_) {
      pin.sent_at = last;
      out.taken.push_back(std::move(pin));
    }
    return out;
  }

 private:
  Result<void> read_day(const fs::path& file) {
    auto list = read_list(file, query_.folder);
    if (!list) return std::unexpected(list.error());
    std::size_t number = 0;
    for (const auto& message : *list) {
      const auto where = fmt::format("{}: message {}", shown(file, query_.folder), ++number);
      const auto ts = Timestamp::parse(text_in(message, "ts"));
      if (!ts) return wrong(Problem::Kind::invalid, where + " has no ts", "unpack the export again");
      first_ = std::min(first_.value_or(ts->time()), ts->time());
      last_ = std::max(last_.value_or(ts->time()), ts->time());
      if ((query_.from && ts->time() < *query_.from) || (query_.until && ts->time() >= *query_.until)) continue;
      take(message, *ts, where);
    }
    return {};
  }

  void take(const json& message, const Timestamp& ts, const std::string& where) {
    const ChannelRef channel{{}, channel_.id, channel_.name};
    const auto what = read_history_message(message, channel, {people_.bot, {}, {}});
    const auto add = [&](const Author& who, auto heard) {
      said_.insert_or_assign(ts.text(), Taken{"export:" + ts.text(), ts.time(), author(who, message),
                                              "#" + channel_.name, std::move(heard)});
    };
    if (const auto* said = std::get_if<MessagePosted>(&what)) {
      const auto text = readable(said->text, [this](std::string_view id) { return name_of(id); });
      add(said->author, chat::Said{ts.text(), text});
      texts_.insert_or_assign(ts.text(), text);
    } else if (const auto* mention = std::get_if<AppMention>(&what)) {
      add(mention->author, Taken::CommandLine{for_grammar(mention->text), {}});
    } else if (const auto* unknown = std::get_if<Unknown>(&what)) {
      left_out_.push_back(fmt::format("{} is left out: {}", where, unknown->what));
    }
    const auto& reactions = part(message, "reactions");
    if (!reactions.is_array()) return;
    for (const auto& reaction : reactions) {
      const auto full = text_in(reaction, "name");
      const auto name = full.substr(0, full.find("::"));  // without the skin tone
      const auto& users = part(reaction, "users");
      if (std::ranges::find(policy_.pin_reactions, name) == policy_.pin_reactions.end() || !users.is_array()) continue;
      for (const auto& user : users)
        if (user.is_string()) pinned_by(ts.text(), user.get<std::string>());
    }
  }

  void pinned_by(const std::string& ts, const std::string& user) {
    const auto text = texts_.find(ts);
    if (text == texts_.end()) return;  // outside of the range, or nothing that people wrote
    const auto& said = said_.at(ts);
    pins_.push_back({fmt::format("export:{}:pin:{}", ts, user),
                     {},
                     person(user),
                     said.channel,
                     chat::Added{ts, text->second, said.actor, *said.sent_at}});
  }

  std::string name_of(std::string_view id) const {
    const auto known = people_.names.find(std::string(id));
    return known == people_.names.end() ? std::string{} : known->second;
  }
  Person person(const std::string& id) const { return policy_.by_slack(id, name_of(id)); }

  // Somebody of another organisation is only described in the message.
  Person author(const Author& who, const json& message) const {
    if (who.is_bot()) {
      return {who.bot, first_text({who.user.name, who.bot})};
    }
    const auto& profile = part(message, "user_profile");
    return policy_.by_slack(who.user.id, first_text({name_of(who.user.id), text_in(profile, "display_name"),
                                                     text_in(profile, "real_name"), text_in(profile, "name")}));
  }

  std::unexpected<Problem> nothing() const {
    if (!first_)
      return wrong(Problem::Kind::not_found, fmt::format("#{} has no messages in the export", channel_.name));
    const auto at = [&](Time t) {
      return fmt::format("{} {}", format_day(t, policy_.zone), format_clock(t, policy_.zone));
    };
    return wrong(Problem::Kind::not_found,
                 fmt::format("nobody wrote anything in #{} in that range; its messages are from {} to {} ({})",
                             channel_.name, at(*first_), at(*last_), policy_.zone),
                 "choose another --from and --until");
  }

  const ExportQuery& query_;
  const Policy& policy_;
  const Members people_;
  const Channel channel_;
  std::map<std::string, Taken> said_;         // by ts, whose seconds have the same number of digits until 2286
  std::map<std::string, std::string> texts_;  // of what people and alert sources wrote
  std::vector<Taken> pins_;
  std::vector<std::string> left_out_;
  std::optional<Time> first_, last_;  // of the whole channel
};

}  // namespace

Result<ExportedChannel> read_export(const ExportQuery& query, const Policy& policy) {
  auto people = read_people(query);
  if (!people) return std::unexpected(people.error());
  auto channel = choose_channel(query);
  if (!channel) return std::unexpected(channel.error());
  return Reading(query, policy, std::move(*people), std::move(*channel)).read();
}

}  // namespace hotfixd::slack
