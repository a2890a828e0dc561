#include "bot/cli/chat.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "bot/cli/chat_attached.hpp"
#include "bot/cli/chat_lines.hpp"
#include "bot/cli/chat_session.hpp"
#include "bot/cli/chat_signals.hpp"
#include "bot/cli/chat_terminal.hpp"

namespace hotfixd::cli {
namespace {

using Instant = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds quiet_poll{5};    // quiet() gives no signal of its own
constexpr milliseconds hold_back{3000};  // piped output waits this long for its step to be over
constexpr milliseconds working_after{1000};
constexpr milliseconds leave_after{2000};  // on /quit, for what is on its way
// SIGPIPE is only caught, so that writing to a reader who left fails instead of killing.
constexpr std::array interactive_signals = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGWINCH, SIGPIPE};
constexpr std::array piped_signals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

int ms_until(std::optional<Instant> due, Instant now) {
  if (!due) return -1;
  const auto left = std::chrono::ceil<milliseconds>(*due - now).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

bool is_terminal(const ChatOptions& options) {
  const char* term = std::getenv("TERM");
  return ::isatty(options.input) == 1 && ::isatty(options.output) == 1 && term != nullptr && *term != '\0' &&
         std::string_view(term) != "dumb";
}

// What both ways of running share, wired together.
struct Client {
  const ChatOptions& options;
  const ChatPorts& ports;
  WakeUp wake;
  ChatPlace place;
  ChatFeed feed;
  std::unique_ptr<ChatIntake> intake;
  ChatSession session;

  Client(const ChatOptions& o, const ChatPorts& p, bool live, std::function<void(std::string)> print)
      : options(o),
        ports(p),
        place{o.channel, o.person.empty() ? default_person() : o.person},
        feed(p.store, {.zone = o.zone, .live = live, .ansi = live && o.color}, place, [this] { wake.wake(); }),
        intake(p.running != nullptr ? attached_intake(p.store, *p.running, [this] { wake.wake(); })
                                    : engine_intake(p, [this] { wake.wake(); })),
        session(o, p, place, *intake, feed, std::move(print)) {}

  // Takes up what a former run left. False, and said so, when the file cannot be read.
  bool resume(const std::function<void(std::string)>& print) {
    if (!options.opening.empty()) print("* " + options.opening);
    const auto left = intake->resume();
    if (left) return true;
    print(fmt::format("* The channel cannot be read: {} {}", left.error().what, left.error().mend));
    return false;
  }
  void pump() {
    for (const auto& trouble : intake->pump(steady_clock::now())) session.tell(trouble);
    for (const auto& line : intake->news()) session.notice(line);
  }
};

// Through a pipe: one line, its acknowledgement and its effects, then the next line.
class PipedChat {
 public:
  PipedChat(const ChatOptions& options, const ChatPorts& ports)
      : client_(options, ports, false, [this](std::string text) { print(text); }), reader_(options.input) {}

  int run() {
    const SignalWatch signals(client_.wake, {piped_signals.begin(), piped_signals.end()});
    if (!client_.resume([this](std::string text) { print(text); })) return 1;
    finish_step();
    for (bool stay = true; stay && !broken_ && !ending_signal();) {
      while (!reader_.ended() && lines_.empty() && !broken_ && !ending_signal()) idle();
      if (lines_.empty()) break;
      stay = enter(std::exchange(lines_, {}));
    }
    if (lines_joiner_.in_the_middle() && !broken_) enter({lines_joiner_.take_rest()});
    finish_step(true);
    if (const int signal = ending_signal(); signal != 0) return 128 + signal;
    if (!client_.intake->idle())
      print(
          fmt::format("* {} not delivered yet; kept, and offered again at the next start", client_.intake->waiting()));
    return broken_ || !client_.intake->idle() || !client_.session.stored_all() ? 1 : 0;
  }

 private:
  static int ending_signal() {
    for (const int signal : piped_signals) {
      if (signal != SIGPIPE && SignalWatch::is_pending(signal)) return signal;
    }
    return 0;
  }

  // Nothing to do until a line comes: shows what others say.
  void idle() {
    client_.pump();
    const Instant now = steady_clock::now();
    show(now, false);
    while (auto line = reader_.next()) {
      if (auto whole = lines_joiner_.add(*std::move(line))) lines_.push_back(*std::move(whole));
    }
    if (!lines_.empty() || reader_.ended()) return;
    pollfd fds[] = {{client_.wake.fd(), POLLIN, 0}, {client_.options.input, POLLIN, 0}};
    const int ready = ::poll(fds, 2, ms_until(earlier(client_.feed.next_due(), client_.intake->next_due()), now));
    client_.wake.clear();
    if (ready > 0 && fds[1].revents != 0) reader_.read_some();
  }

  bool enter(const std::vector<std::string>& messages) {
    for (const std::string& message : messages) {
      if (broken_ || ending_signal() != 0) return false;
      if (!client_.session.enter(message)) return false;
      finish_step();
    }
    return true;
  }

  // Waits until all is acknowledged and carried out, at most step_limit; for an engine that is gone only at the end of
  // the script. What the bot says in between is
  // printed at the end, with its last wording: how often it was edited meanwhile depends on the machine.
  void finish_step(bool last = false) {
    const Instant begin = steady_clock::now();
    for (Instant now = begin; now - begin < client_.options.step_limit; now = steady_clock::now()) {
      client_.pump();
      if (client_.intake->idle() && client_.intake->quiet()) break;
      if (broken_ || ending_signal() != 0) break;
      if (!last && client_.intake->cut_off()) break;
      if (now - begin > hold_back) show(now, false);
      pollfd fds[] = {{client_.wake.fd(), POLLIN, 0}};
      ::poll(fds, 1, static_cast<int>(quiet_poll.count()));
      client_.wake.clear();
    }
    show(steady_clock::now(), true);
  }

  void show(Instant now, bool all) {
    for (const std::string& block : client_.feed.take(now, all)) print(block);
  }

  void print(std::string_view block) {
    std::string text(block);
    text += '\n';
    for (std::string_view rest = text; !rest.empty() && !broken_;) {
      const auto count = ::write(client_.options.output, rest.data(), rest.size());
      if (count > 0)
        rest.remove_prefix(static_cast<std::size_t>(count));
      else if (errno != EINTR)
        broken_ = true;
    }
  }

  Client client_;
  LineReader reader_;
  LineJoiner lines_joiner_;
  std::vector<std::string> lines_;
  bool broken_ = false;  // nobody reads the output any more
};

// On a terminal: lines are edited while the channel goes on above them.
class InteractiveChat {
 public:
  InteractiveChat(const ChatOptions& options, const ChatPorts& ports)
      : client_(options, ports, true, [this](std::string text) { terminal_->print(text); }) {}

  // Nothing when the terminal is not good for line editing.
  std::optional<int> run() {
    const SignalWatch signals(client_.wake, {interactive_signals.begin(), interactive_signals.end()});
    auto terminal =
        open_terminal(client_.options.input, client_.options.output, client_.wake.fd(), client_.options.history,
                      {.prompt = [this] { return prompt(); },
                       .complete = [this](std::string_view before) { return client_.session.complete(before); },
                       .tick = [this] { return tick(); }});
    if (!terminal) return std::nullopt;
    terminal_ = *std::move(terminal);
    if (!client_.resume([this](std::string text) { terminal_->print(text); })) return 1;
    terminal_->print(fmt::format("* {}, you are {}. /help shows what can be typed, /quit leaves.",
                                 client_.place.channel, client_.place.person.name));
    client_.session.scroll_back();
    while (const auto line = terminal_->read_line()) {
      if (const auto whole = joiner_.add(*line); whole && !enter(*whole)) break;
    }
    leave();
    return client_.session.stored_all() && client_.intake->idle() ? 0 : 1;
  }

 private:
  std::string prompt() const {
    return joiner_.in_the_middle() ? "… " : fmt::format("{} {}> ", client_.place.channel, client_.place.person.name);
  }

  bool enter(const std::string& line) {
    if (!client_.session.enter(line)) return false;
    if (!client_.intake->idle()) working_at_ = steady_clock::now() + working_after;
    tick();
    return true;
  }

  // One turn of everything but the keys; see TerminalHooks.
  std::optional<int> tick() {
    client_.wake.clear();
    if (SignalWatch::is_pending(SIGTERM) || SignalWatch::is_pending(SIGHUP)) return std::nullopt;
    client_.pump();
    const Instant now = steady_clock::now();
    for (const std::string& block : client_.feed.take(now, false)) terminal_->print(block);
    if (working_at_ && *working_at_ <= now) {
      working_at_.reset();
      if (!client_.intake->next_due() && client_.intake->working()) terminal_->print("* …working");
    }
    return ms_until(earlier(earlier(client_.feed.next_due(), client_.intake->next_due()), working_at_), now);
  }

  void leave() {
    const Instant begin = steady_clock::now();
    while (!client_.intake->idle() && steady_clock::now() - begin < leave_after) {
      client_.pump();
      if (client_.intake->next_due()) break;  // it failed already; the next start offers it again
      pollfd fds[] = {{client_.wake.fd(), POLLIN, 0}};
      ::poll(fds, 1, 50);
      client_.wake.clear();
    }
    for (const std::string& block : client_.feed.take(steady_clock::now(), true)) terminal_->print(block);
    if (!client_.intake->idle()) {
      terminal_->print(
          fmt::format("* {} not delivered yet; kept, and offered again at the next start", client_.intake->waiting()));
    }
  }

  std::unique_ptr<ChatTerminal> terminal_;
  Client client_;
  LineJoiner joiner_;
  std::optional<Instant> working_at_;
};

}  // namespace

int run_chat(const ChatOptions& options, const ChatPorts& ports) {
  if (is_terminal(options)) {
    if (const auto code = InteractiveChat(options, ports).run()) return *code;
  }
  return PipedChat(options, ports).run();
}

}  // namespace hotfixd::cli
