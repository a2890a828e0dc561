#include "integrations/slack/intake.hpp"

#include <fmt/format.h>

#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/outbound.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {
namespace {

constexpr std::size_t kMaxWaiting = 10'000;  // more is not committed: Slack delivers it again
constexpr std::size_t kUnknownKept = 200;    // different texts

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

Message trouble(const Problem& problem) {
  Message m = say(fmt::format("Nothing was changed: {}.", problem.what));
  if (!problem.mend.empty()) m.lines.push_back({plain(problem.mend)});
  return m;
}

}  // namespace

Intake::Intake(WebApi& api, People& people, const Policy& policy, Submit submit,
               std::function<void(const std::string&)> report)
    : api_(api), people_(people), policy_(policy), submit_(std::move(submit)), report_(std::move(report)) {
  thread_ = std::jthread([this] { run(); });
}

Intake::~Intake() { stop(); }

void Intake::set_self(Self self) {
  const std::lock_guard lock(mutex_);
  self_ = std::move(self);
}

Self Intake::self() const {
  const std::lock_guard lock(mutex_);
  return self_;
}

std::uint64_t Intake::unknown() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t all = 0;
  for (const auto& [text, count] : unknown_) all += count;
  return all;
}

void Intake::take(Incoming in, std::function<void(Told)> told) {
  if (first_ && first_(in, told)) return;
  if (const auto* command = std::get_if<SlashCommand>(&in.what)) return slash(in, *command, std::move(told));
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && queue_.size() < kMaxWaiting) {
      queue_.push_back({std::move(in), std::move(told)});
      wake_.notify_one();
      return;
    }
  }
  told({false, {}});
}

void Intake::stop() {
  std::deque<Waiting> left;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
    wake_.notify_all();
  }
  for (auto& waiting : left) waiting.told({false, {}});
  if (thread_.joinable()) thread_.join();
}

void Intake::run() {
  while (true) {
    std::optional<Waiting> next;
    std::function<void()> answer;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !queue_.empty() || !answers_.empty(); });
      if (stopping_) return;
      if (!queue_.empty()) {
        next = std::move(queue_.front());
        queue_.pop_front();
      } else {
        answer = std::move(answers_.front());
        answers_.pop_front();
      }
    }
    if (next)
      work(*std::move(next));
    else
      answer();
  }
}

void Intake::slash(const Incoming& in, const SlashCommand& command, std::function<void(Told)> told) {
  Taken taken{delivery_id(in), sent_at(in), policy_.by_slack(command.user.id, command.user.name),
              channel_id(command.channel), Taken::CommandLine{for_grammar(command.text)}};
  submit_(std::move(taken), [this, told = std::move(told)](const Result<InboxAnswer>& committed) {
    if (!committed) {  // Slack does not deliver a command again: the person is told
      told({true, answer(render(trouble(committed.error())), false)});
      return;
    }
    const auto& reply = committed->reply;
    told({true, reply ? answer(render(reply->message, {.zone = policy_.zone}), reply->in_channel) : std::string{}});
  });
}

// Asks Slack for a name where none is known: blocks.
Person Intake::author(const Author& who) {
  if (!who.is_bot()) return people_.person(who.user.id);
  return {who.bot, who.user.name.empty() ? who.bot : who.user.name};
}

void Intake::answer_in_channel(const std::string& channel, const std::string& user, const Reply& reply) {
  const std::lock_guard lock(mutex_);
  answers_.emplace_back([this, channel, user, message = reply.message] {
    const auto said =
        api_.write("chat.postEphemeral", ephemeral_arguments(channel, user, render(message, {.zone = policy_.zone})));
    if (!said && report_) report_(fmt::format("an answer could not be shown: {}", said.error().what));
  });
  wake_.notify_one();
}

void Intake::work(Waiting waiting) {
  const auto& in = waiting.in;
  std::vector<Taken> taken;
  std::string channel, user;  // where an answer is shown
  const auto add = [&](const ChannelRef& where, Person who, auto what, std::size_t action = 0) {
    taken.push_back({delivery_id(in, action), sent_at(in, action), std::move(who), channel_id(where), std::move(what)});
  };
  const auto name_of = [&](std::string_view member) { return people_.person(member).name; };
  std::visit(
      Overloaded{
          [&](const MessagePosted& m) {
            add(m.message.channel, author(m.author), chat::Said{m.message.ts.text(), readable(m.text, name_of)});
          },
          [&](const MessageChanged& m) {
            add(m.message.channel, author(m.author), chat::Edited{m.message.ts.text(), readable(m.text, name_of)});
          },
          [&](const MessageDeleted& m) { add(m.message.channel, Person{}, chat::Deleted{m.message.ts.text()}); },
          [&](const AppMention& m) {
            channel = m.message.channel.id;
            user = m.author.user.id;
            add(m.message.channel, author(m.author), Taken::CommandLine{for_grammar(m.text)});
          },
          [&](const DirectMessage& m) {
            channel = m.message.channel.id;
            user = m.author.user.id;
            add(m.message.channel, author(m.author), Taken::CommandLine{for_grammar(m.text)});
          },
          [&](const Reaction& r) {
            add(r.message.channel, people_.person(r.user.id), chat::Reacted{r.message.ts.text(), r.name, r.added});
          },
          [&](const Pin& p) {
            add(p.message.channel, people_.person(p.user.id),
                chat::Reacted{p.message.ts.text(),
                              policy_.pin_reactions.empty() ? "pushpin" : policy_.pin_reactions.front(), p.added});
          },
          [&](const BlockActions& b) {
            if (!b.message) return;
            channel = b.message->channel.id;
            user = b.user.id;
            for (std::size_t n = 0; n < b.actions.size(); ++n)
              add(b.message->channel, policy_.by_slack(b.user.id, b.user.name),
                  chat::Pressed{std::string(button_id(b.actions[n].id)),
                                b.actions[n].values.empty() ? std::string{} : b.actions[n].values.front()},
                  n);
          },
          [&](const Unknown& u) {
            std::uint64_t count = 0;
            {
              const std::lock_guard lock(mutex_);
              if (unknown_.size() < kUnknownKept || unknown_.contains(u.what)) count = ++unknown_[u.what];
            }
            if (count == 1 && report_) report_(fmt::format("Slack sent something that is not understood: {}", u.what));
          },
          [](const auto&) {},  // nothing for the engine
      },
      in.what);
  std::erase_if(taken, [](const Taken& t) { return t.id.empty(); });
  if (taken.empty()) return waiting.told({});

  struct Gathered {
    std::mutex mutex;
    std::size_t left = 0;
    bool all = true;
    std::function<void(Told)> told;
  };
  auto gathered = std::make_shared<Gathered>();
  gathered->left = taken.size();
  gathered->told = std::move(waiting.told);
  for (auto& t : taken)
    submit_(std::move(t), [this, gathered, channel, user](const Result<InboxAnswer>& committed) {
      if (committed && committed->reply && !channel.empty() && !user.empty())
        answer_in_channel(channel, user, *committed->reply);
      bool last = false;
      {
        const std::lock_guard lock(gathered->mutex);
        gathered->all = gathered->all && committed.has_value();
        last = --gathered->left == 0;
      }
      if (last) gathered->told({gathered->all, {}});
    });
}

}  // namespace hotfixd::slack
