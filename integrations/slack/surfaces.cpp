#include "integrations/slack/surfaces.hpp"

#include <fmt/format.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "bot/domain/overloaded.hpp"
#include "bot/domain/zone.hpp"
#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/home.hpp"
#include "integrations/slack/manifest.hpp"
#include "integrations/slack/mrkdwn.hpp"
#include "integrations/slack/outbound.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {
namespace {

constexpr std::string_view kOneLine = "/hotfix declare sev2 <what is broken>";

// An acknowledgement, given by whoever comes first. Dropped, it asks for the delivery again.
class Once {
 public:
  explicit Once(std::function<void(Told)> told) : told_(std::move(told)) {}
  ~Once() { (*this)({false, {}}); }
  Once(const Once&) = delete;
  Once& operator=(const Once&) = delete;

  // False: it was given before.
  bool operator()(Told told) {
    std::function<void(Told)> first;
    {
      const std::lock_guard lock(mutex_);
      first = std::exchange(told_, nullptr);
    }
    if (first) first(std::move(told));
    return first != nullptr;
  }

 private:
  std::mutex mutex_;
  std::function<void(Told)> told_;
};

// "declare" and nothing more.
bool asks_for_form(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n";
  const auto first = text.find_first_not_of(kSpace);
  return first != std::string_view::npos &&
         same_word(text.substr(first, text.find_last_not_of(kSpace) - first + 1), "declare");
}

// The place of somebody who is in no channel: the talk with them alone.
ChannelId alone_with(const Workspace& workspace, const UserRef& user) { return channel_id({workspace, user.id, {}}); }

Message not_opened(const ApiFailure& failure) {
  Message m;
  if (failure.error == "expired_trigger_id")
    m = say("The form did not open: Slack lets it open for three seconds only, and they were over. Ask for it again.");
  else if (failure.may_have_arrived)
    m = say(fmt::format("The form may not have opened: {}. Ask for it again.", failure.what));
  else
    m = say(fmt::format("The form did not open: {}. {}", failure.what, failure.mend));
  m.lines.push_back({plain("Or type it in one line: "), code(std::string(kOneLine))});
  return m;
}

Message trouble(const Problem& problem) {
  Message m = say(fmt::format("Nothing was changed: {}.", problem.what));
  if (!problem.mend.empty()) m.lines.push_back({plain(problem.mend)});
  return m;
}

// Under a field there is no markup.
std::string words_of(const Message& message, std::string_view zone) {
  constexpr std::size_t kLongest = 600;
  std::string text;
  for (const Line& line : message.lines) {
    if (!text.empty()) text += ' ';
    for (const Span& span : line) {
      if (span.kind == Span::Kind::clock)
        text += format_clock(span.at, zone);
      else if (span.kind == Span::Kind::day)
        text += format_day(span.at, zone);
      else if (span.kind == Span::Kind::due)
        text += format_due(span.at, zone);
      else
        text += span.text.empty() ? span.ref : span.text;
    }
  }
  return plain_line(text, kLongest);
}

}  // namespace

Surfaces::Surfaces(Parts parts, Submit submit, std::function<void(const std::string&)> report)
    : api_(parts.api),
      people_(parts.people),
      answers_(parts.answers),
      timer_(parts.timer),
      policy_(parts.policy),
      submit_(std::move(submit)),
      report_(std::move(report)) {}

void Surfaces::stop() {
  opener_.stop();
  home_.stop();
}

bool Surfaces::take(const Incoming& in, std::function<void(Told)>& told) {
  return std::visit(
      Overloaded{
          [&](const SlashCommand& c) {
            if (!asks_for_form(c.text)) return false;
            open_form(c.user, c.trigger_id, {.origin = {channel_id(c.channel), {}}});
            told({});
            return true;
          },
          [&](const BlockActions& b) {
            const bool asks =
                std::ranges::any_of(b.actions, [](const Action& a) { return button_id(a.id) == kDeclareButton; });
            if (!asks) return false;
            open_form(b.user, b.trigger_id,
                      {.origin = {b.message ? channel_id(b.message->channel) : alone_with(in.workspace, b.user), {}}});
            told({});
            return true;
          },
          [&](const ViewSubmission& v) {
            if (v.view.callback_id != kDeclareCallback) return false;
            sent(in, v, std::move(told));
            return true;
          },
          [&](const GlobalShortcut& s) {
            if (s.callback_id != kDeclareAnywhere) return false;
            open_form(s.user, s.trigger_id, {.origin = {alone_with(in.workspace, s.user), {}}});
            told({});
            return true;
          },
          [&](const MessageShortcut& s) {
            if (s.callback_id == kAddToTimeline)
              add_to_timeline(in, s, std::move(told));
            else if (s.callback_id == kDeclareFromMessage)
              from_message(in, s, std::move(told));
            else
              return false;
            return true;
          },
          [&](const AppHomeOpened& h) {
            if (h.tab != "home") return false;
            show_home(in, h, std::move(told));
            return true;
          },
          [](const auto&) { return false; },
      },
      in.what);
}

// Carried out when the names are known, or a second later without them.
void Surfaces::named(const std::vector<std::string>& members, std::function<void()> job) {
  const auto begun = std::make_shared<std::atomic<bool>>(false);
  const auto once = [begun, job = std::move(job)] {
    if (!begun->exchange(true)) job();
  };
  timer_.after(Intake::kNameWithin, once);
  people_.learn(members, once);
}

// The message is handed in as if its event had come: the bot may not be in that channel, and the incident that is
// about to be declared takes what was said shortly before it.
void Surfaces::from_message(const Incoming& in, const MessageShortcut& wish, std::function<void(Told)> told) {
  open_form(wish.user, wish.trigger_id,
            {.origin = {channel_id(wish.message.channel), wish.message.ts.text()}, .summary = read(wish.text)});
  Incoming said = in;
  said.what = MessagePosted{wish.message, wish.author, wish.text, wish.thread};
  named(members_in(said), [this, said, once = std::make_shared<Once>(std::move(told))] {
    for (auto& taken : taken_of(said, policy_, people_, {}))
      submit_(std::move(taken), [once](const Result<InboxAnswer>& committed) { (*once)({committed.has_value(), {}}); });
  });
}

void Surfaces::add_to_timeline(const Incoming& in, const MessageShortcut& wish, std::function<void(Told)> told) {
  Incoming said = in;
  said.what = MessagePosted{wish.message, wish.author, wish.text, wish.thread};
  auto members = members_in(said);
  members.push_back(wish.user.id);
  named(members, [this, in, wish, once = std::make_shared<Once>(std::move(told))] {
    const auto place = channel_id(wish.message.channel);
    const auto& who = wish.author;
    const auto author = who.is_bot() ? Person{who.bot, who.user.name.empty() ? who.bot : who.user.name}
                                     : people_.person(who.user.id, who.user.name);
    submit_({delivery_id(in), sent_at(in), people_.person(wish.user.id, wish.user.name), place,
             chat::Added{wish.message.ts.text(), read(wish.text), author, wish.message.ts.time()}},
            [this, once, place, user = wish.user.id](const Result<InboxAnswer>& committed) {
              (*once)({committed.has_value(), {}});
              const auto answer =
                  committed ? committed->reply : std::optional(Reply{trouble(committed.error()), {}, true});
              if (answer) tell(place, user, answer->message);
            });
  });
}

std::string Surfaces::read(std::string_view text) const {
  return readable(text, [this](std::string_view member) { return people_.person(member).name; });
}

void Surfaces::open_form(const UserRef& user, const std::string& trigger, DeclareDraft draft) {
  const bool taken = opener_.add([this, user = user.id, trigger, draft = std::move(draft)] {
    const nlohmann::json arguments{{"trigger_id", trigger},
                                   {"view", nlohmann::json::parse(declare_view(draft, policy_))}};
    const auto opened = api_.write("views.open", arguments.dump());
    // Slack delivered the wish twice, and the first one opened the form.
    if (opened || opened.error().error == "exchanged_trigger_id") return;
    tell(draft.origin.channel, user, not_opened(opened.error()));
  });
  if (!taken && report_) report_("more forms are asked for than can be opened");
}

void Surfaces::sent(const Incoming& in, const ViewSubmission& form, std::function<void(Told)> told) {
  const auto read = read_declare(form.view, policy_);
  if (!read) return told({true, errors_response(read.error())});
  auto once = std::make_shared<Once>(std::move(told));
  timer_.after(Intake::kAnswerWithin, [once] {
    (*once)({true, errors_response({{std::string(kSummaryField),
                                     "This takes longer than Slack waits. You will be told when it is done; if "
                                     "not, press Declare again: it is declared once."}})});
  });
  submit_({delivery_id(in), sent_at(in), people_.person(form.user.id, form.user.name), read->origin.channel,
           Taken::CommandLine{command_line(*read, policy_), read->origin.message}},
          [this, once, where = read->origin.channel, user = form.user.id](const Result<InboxAnswer>& committed) {
            const auto answer =
                committed ? committed->reply.value_or(Reply{}) : Reply{trouble(committed.error()), {}, true};
            Told at_field{true, {}};
            if (answer.refused)
              at_field.payload =
                  errors_response({{std::string(kSummaryField), words_of(answer.message, policy_.zone)}});
            const bool in_time = (*once)(std::move(at_field));
            if (!answer.message.empty() && !(answer.refused && in_time)) tell(where, user, answer.message);
          });
}

void Surfaces::show_home(const Incoming& in, const AppHomeOpened& home, std::function<void(Told)> told) {
  told({});  // shown anew whenever it is opened
  submit_({delivery_id(in), sent_at(in), people_.person(home.user.id), alone_with(in.workspace, home.user),
           Taken::CommandLine{"mine", {}}},
          [this, user = home.user.id](const Result<InboxAnswer>& answered) {
            const auto message = answered ? answered->reply.value_or(Reply{}).message : trouble(answered.error());
            home_.add([this, user, view = home_view(message, policy_.zone)] {
              const nlohmann::json arguments{{"user_id", user}, {"view", nlohmann::json::parse(view)}};
              const auto shown = api_.write("views.publish", arguments.dump());
              if (!shown && report_) report_(fmt::format("App Home could not be shown: {}", shown.error().what));
            });
          });
}

// In the channel to this person only; to them alone when there is no channel, or the bot is not in it.
void Surfaces::tell(const ChannelId& where, const std::string& user, Message message) {
  const auto channel = is_shared(where) ? parse_channel(where) : std::nullopt;
  answers_.show({channel ? channel->channel : std::string{}, user, {}, {}}, Reply{std::move(message), false, false});
}

}  // namespace hotfixd::slack
