#include "integrations/slack/taken.hpp"

#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/outbound.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {
namespace {

struct Taker {
  const Incoming& in;
  const Policy& policy;
  const People& people;
  std::string_view bot;
  std::vector<Taken> taken;

  template <typename What>
  void add(const ChannelRef& where, Person who, What what, std::size_t action = 0, bool remember = false) {
    auto id = delivery_id(in, action);
    if (!id.empty())
      taken.push_back(
          {std::move(id), sent_at(in, action), std::move(who), channel_id(where), std::move(what), remember});
  }
  Person author(const Author& who) const {
    if (!who.is_bot()) return people.person(who.user.id, who.user.name);
    return {who.bot, who.user.name.empty() ? who.bot : who.user.name};
  }
  std::string read(std::string_view text) const {
    return readable(text, [&](std::string_view member) { return people.person(member).name; });
  }

  void operator()(const SlashCommand& c) {
    add(c.channel, people.person(c.user.id, c.user.name), Taken::CommandLine{for_grammar(c.text)});
  }
  void operator()(const AppMention& m) {
    add(m.message.channel, author(m.author), Taken::CommandLine{for_grammar(m.text)}, 0, true);
  }
  void operator()(const DirectMessage& m) {
    add(m.message.channel, author(m.author), Taken::CommandLine{for_grammar(m.text)}, 0, true);
  }
  void operator()(const MessagePosted& m) {
    add(m.message.channel, author(m.author), chat::Said{m.message.ts.text(), read(m.text)});
  }
  void operator()(const MessageChanged& m) {
    add(m.message.channel, author(m.author), chat::Edited{m.message.ts.text(), read(m.text)});
  }
  void operator()(const MessageDeleted& m) { add(m.message.channel, Person{}, chat::Deleted{m.message.ts.text()}); }
  void operator()(const Reaction& r) {
    add(r.message.channel, people.person(r.user.id), chat::Reacted{r.message.ts.text(), r.name, r.added});
  }
  void operator()(const Pin& p) {
    add(p.message.channel, people.person(p.user.id),
        chat::Reacted{p.message.ts.text(), policy.pin_reactions.empty() ? "pushpin" : policy.pin_reactions.front(),
                      p.added});
  }
  void operator()(const BlockActions& b) {
    if (!b.message) return;
    for (std::size_t n = 0; n < b.actions.size(); ++n)
      add(b.message->channel, people.person(b.user.id, b.user.name),
          chat::Pressed{std::string(button_id(b.actions[n].id)),
                        b.actions[n].values.empty() ? std::string{} : b.actions[n].values.front()},
          n);
  }
  void operator()(const MemberJoined& m) {
    if (m.user.id != bot) add(m.channel, people.person(m.user.id), chat::Joined{});
  }
  void operator()(const ChannelArchived& c) { add(c.channel, people.person(c.user.id), chat::Archived{c.archived}); }
  template <typename Other>
  void operator()(const Other&) {}  // nothing for the engine
};

struct Members {
  std::vector<std::string> all;

  void of(std::string_view text) {
    for (auto from = text.find("<@"); from != std::string_view::npos && all.size() < kMostNames;
         from = text.find("<@", from + 2)) {
      const auto to = text.find_first_of(">|", from + 2);
      if (to == std::string_view::npos) return;
      if (text[to] == '>') all.emplace_back(text.substr(from + 2, to - from - 2));
    }
  }
  void of(const Author& author) {
    if (!author.is_bot()) all.push_back(author.user.id);
  }

  void operator()(const AppMention& m) { of(m.author); }
  void operator()(const DirectMessage& m) { of(m.author); }
  void operator()(const MessagePosted& m) {
    of(m.author);
    of(m.text);
  }
  void operator()(const MessageChanged& m) {
    of(m.author);
    of(m.text);
  }
  void operator()(const Reaction& r) { all.push_back(r.user.id); }
  void operator()(const Pin& p) { all.push_back(p.user.id); }
  void operator()(const ChannelArchived& c) { all.push_back(c.user.id); }
  template <typename Other>
  void operator()(const Other&) {}
};

}  // namespace

std::vector<Taken> taken_of(const Incoming& in, const Policy& policy, const People& people, std::string_view bot) {
  Taker taker{in, policy, people, bot, {}};
  std::visit(taker, in.what);
  return std::move(taker.taken);
}

std::vector<std::string> members_in(const Incoming& in) {
  Members members;
  std::visit(members, in.what);
  return std::move(members.all);
}

}  // namespace hotfixd::slack
