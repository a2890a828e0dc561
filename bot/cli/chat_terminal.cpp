#include "bot/cli/chat_terminal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <histedit.h>
#include <langinfo.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "bot/cli/chat_keys.hpp"
#include "bot/cli/chat_signals.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

constexpr int history_lines = 1000;
constexpr int escape_wait_ms = 30;  // how long a lone ESC may be the beginning of a key's sequence
constexpr std::string_view paste_marks_on = "\x1b[?2004h", paste_marks_off = "\x1b[?2004l";

struct FileCloser {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;
File duplicate(int fd, const char* mode) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  return File(copy < 0 ? nullptr : ::fdopen(copy, mode));
}

class LibeditTerminal final : public ChatTerminal {
 public:
  LibeditTerminal(int input, int output, int wake, std::filesystem::path history, TerminalHooks hooks)
      : input_(input), output_(output), wake_(wake), history_path_(std::move(history)), hooks_(std::move(hooks)) {}

  ~LibeditTerminal() override {
    if (edit_ != nullptr) {
      write(paste_marks_off);
      el_end(edit_);
    }
    if (history_ != nullptr) history_wend(history_);
  }

  bool start() {
    in_ = duplicate(input_, "r"), out_ = duplicate(output_, "w");
    if (!in_ || !out_) return false;
    // libedit counts columns by the C library's character classes, which know nothing of UTF-8 in locale "C".
    if (std::setlocale(LC_CTYPE, "") == nullptr || std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) {
      std::setlocale(LC_CTYPE, "C.UTF-8");
    }
    edit_ = el_init("hotfixd", in_.get(), out_.get(), out_.get());
    history_ = history_winit();
    if (edit_ == nullptr || history_ == nullptr) return false;
    el_wset(edit_, EL_CLIENTDATA, this);
    el_wset(edit_, EL_PROMPT, &prompt_of);
    el_wset(edit_, EL_EDITOR, L"emacs");
    el_wset(edit_, EL_HIST, history_w, history_);
    el_source(edit_, nullptr);  // the person's own ~/.editrc
    el_wset(edit_, EL_GETCFN, &key_of);
    el_wset(edit_, EL_ADDFN, L"hotfixd-complete", L"Complete a command", &complete_of);
    bind(L"\t", L"hotfixd-complete");
    bind(L"^U", L"em-kill-line");
    bind(L"^R", L"em-inc-search-prev");
    bind(L"\\e[3~", L"ed-delete-next-char");
    bind(L"\\e[1;5C", L"em-next-word");
    bind(L"\\e[1;5D", L"ed-prev-word");
    HistEventW event;
    history_w(history_, &event, H_SETSIZE, history_lines);
    history_w(history_, &event, H_SETUNIQUE, 1);
    // A history of long ago or of another program's making is no reason not to chat.
    if (!history_path_.empty()) history_w(history_, &event, H_LOAD, history_path_.c_str());
    write(paste_marks_on);
    return true;
  }

  std::optional<std::string> read_line() override {
    if (ended_) return std::nullopt;
    prompt_ = widen(hooks_.prompt());
    typing_ = true;
    int count = 0;
    const wchar_t* typed = el_wgets(edit_, &count);
    typing_ = false;
    if (ended_ || typed == nullptr || count <= 0) {
      write("\r\n");
      return std::nullopt;
    }
    std::wstring line(typed, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == L'\n' || line.back() == L'\r')) line.pop_back();
    // What was typed comes back as a message in a moment; standing twice it would only confuse.
    write(fmt::format("\x1b[{}A\r\x1b[J", row_after(line) + 1));
    remember(line);
    while (!line.empty() && (line.back() == pasted_newline || line.back() == L' ')) line.pop_back();
    std::ranges::replace(line, pasted_newline, L'\n');
    return narrow(line);
  }

  void print(std::string_view block) override {
    std::string text = typing_ ? clear_line() : "";
    for (const char c : block) {
      if (c == '\n') text += '\r';
      text += c;
    }
    text += "\r\n";
    write(text);
    if (typing_) el_wset(edit_, EL_REFRESH);
  }

 private:
  static LibeditTerminal& self(EditLine* edit) {
    void* data = nullptr;
    el_wget(edit, EL_CLIENTDATA, &data);
    return *static_cast<LibeditTerminal*>(data);
  }
  static wchar_t* prompt_of(EditLine* edit) { return self(edit).prompt_.data(); }
  static int key_of(EditLine* edit, wchar_t* key) { return self(edit).next_key(key); }
  static unsigned char complete_of(EditLine* edit, int) { return self(edit).complete(); }

  void bind(const wchar_t* key, const wchar_t* function) { el_wset(edit_, EL_BIND, key, function, nullptr); }

  void write(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), out_.get());
    std::fflush(out_.get());
  }

  int columns() const {
    winsize size{};
    if (::ioctl(output_, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
  }

  // How many rows below the prompt's first row the cursor is after this text.
  int row_after(const std::wstring& text) const {
    const int width = columns();
    int row = 0, column = 0;
    for (const wchar_t c : prompt_ + text) {
      const int w = std::max(0, ::wcwidth(c));
      if (column + w > width) ++row, column = 0;
      column += w;
    }
    return column == width ? row + 1 : row;
  }

  // What removes the prompt and the line from the screen, leaving the cursor where the prompt began.
  std::string clear_line() const {
    const LineInfoW* line = el_wline(edit_);
    const int row = row_after(std::wstring(line->buffer, line->cursor));
    return (row > 0 ? fmt::format("\x1b[{}A", row) : "") + "\r\x1b[J";
  }

  bool nothing_typed() const {
    const LineInfoW* line = el_wline(edit_);
    return line->buffer == line->lastchar;
  }

  // libedit asks for a key: meanwhile the channel lives.
  int next_key(wchar_t* key) {
    for (;;) {
      if (const auto ready = keys_.next()) {
        *key = *ready;
        return 1;
      }
      const auto timeout = hooks_.tick();
      if (SignalWatch::take(SIGWINCH)) {
        write(clear_line());  // terminals of today wrap anew what is on the screen, so the new width counts
        el_resize(edit_);
        el_wset(edit_, EL_REFRESH);
      }
      if (SignalWatch::take(SIGTSTP)) suspend();
      const bool interrupted = SignalWatch::take(SIGINT);
      if (!timeout || (interrupted && nothing_typed())) return end();
      if (interrupted) {
        *key = L'\x15';  // ^U: discard the line
        return 1;
      }
      if (!wait(*timeout)) return end();
    }
  }

  // Waits for keys, a wake-up or the time; false at the end of input.
  bool wait(int timeout) {
    if (keys_.incomplete()) timeout = timeout < 0 ? escape_wait_ms : std::min(timeout, escape_wait_ms);
    pollfd fds[] = {{input_, POLLIN, 0}, {wake_, POLLIN, 0}};
    const int ready = ::poll(fds, 2, timeout);
    if (ready < 0) return errno == EINTR;
    if (ready == 0) keys_.flush();
    if ((fds[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
    char bytes[4096];
    const auto count = ::read(input_, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR || errno == EAGAIN;
    keys_.feed({bytes, static_cast<std::size_t>(count)});
    return count > 0;
  }

  int end() {
    ended_ = true;
    return 0;
  }

  void suspend() {
    write(paste_marks_off);
    el_wset(edit_, EL_PREP_TERM, 0);
    // The default action, unlike SIGSTOP, is ignored where no shell could continue us.
    struct sigaction ours{}, stop{};
    stop.sa_handler = SIG_DFL;
    sigemptyset(&stop.sa_mask);
    ::sigaction(SIGTSTP, &stop, &ours);
    ::raise(SIGTSTP);
    ::sigaction(SIGTSTP, &ours, nullptr);
    el_wset(edit_, EL_PREP_TERM, 1);
    write(fmt::format("{}\r\n", paste_marks_on));
    el_wset(edit_, EL_REFRESH);
  }

  unsigned char complete() {
    const LineInfoW* line = el_wline(edit_);
    const std::string before = narrow(std::wstring(line->buffer, line->cursor));
    const Completions found = hooks_.complete(before);
    const std::string_view word = std::string_view(before).substr(found.word_begin);
    if (found.words.empty()) return CC_REFRESH_BEEP;
    std::string common = found.words.front();
    for (const std::string& w : found.words) {
      const auto [a, b] = std::ranges::mismatch(common, w);
      common.erase(a, common.end());
    }
    std::string insert = common.size() > word.size() ? common.substr(word.size()) : "";
    if (found.words.size() == 1) insert += ' ';
    if (insert.empty()) print(fmt::format("  {}", fmt::join(found.words, "  ")));
    const std::wstring wide = widen(insert);
    if (!wide.empty() && el_winsertstr(edit_, wide.c_str()) != 0) return CC_REFRESH_BEEP;
    return CC_REFRESH;
  }

  void remember(const std::wstring& line) {
    if (line.empty()) return;
    HistEventW event;
    history_w(history_, &event, H_ENTER, line.c_str());
    if (history_path_.empty()) return;
    // Created with its mode before libedit writes to it, so that nobody else can ever read it.
    const int fd = ::open(history_path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return;
    ::close(fd);
    history_w(history_, &event, H_SAVE, history_path_.c_str());
  }

  int input_, output_, wake_;
  std::filesystem::path history_path_;
  TerminalHooks hooks_;
  File in_, out_;
  EditLine* edit_ = nullptr;
  HistoryW* history_ = nullptr;
  std::wstring prompt_;
  KeyReader keys_;
  bool typing_ = false, ended_ = false;
};

}  // namespace

Result<std::unique_ptr<ChatTerminal>> open_terminal(int input, int output, int wake,
                                                    const std::filesystem::path& history, TerminalHooks hooks) {
  auto terminal = std::make_unique<LibeditTerminal>(input, output, wake, history, std::move(hooks));
  if (!terminal->start()) {
    return std::unexpected(Problem{Problem::Kind::invalid,
                                   "the terminal cannot be used for line editing",
                                   "check the environment variable TERM",
                                   {}});
  }
  return terminal;
}

}  // namespace hotfixd::cli
