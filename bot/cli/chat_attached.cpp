#include "bot/cli/chat_attached.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "bot/domain/overloaded.hpp"
#include "bot/net/line_socket.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds hello_wait{3'000};
constexpr milliseconds first_retry{250}, longest_retry{5'000};
constexpr milliseconds quiet_again{10};
constexpr Seconds file_again{1};           // after the file could not be read
constexpr std::size_t remembered = 64;     // deliveries of this client, for what may still go wrong with them
constexpr std::size_t most_unread = 4096;  // lines of a bot that talks too much

Problem problem(Problem::Kind kind, std::string what, std::string mend = {}) {
  return {.kind = kind, .what = std::move(what), .mend = std::move(mend), .retry_after = {}};
}

class SocketAttachment final : public Attachment {
 public:
  explicit SocketAttachment(std::string path) : path_(std::move(path)) {}
  ~SocketAttachment() override { client_.reset(); }  // while all that its callbacks use is there

  Result<void> connect() {
    auto client = net::connect_lines(
        path_, {.line = wire::longest_line}, [this](const std::string& line) { put(wire::decode_from_bot(line)); },
        [this] { end(); });
    if (!client) return std::unexpected(client.error());
    client_ = std::move(*client);
    say(wire::Hello{});
    return {};
  }

  const std::string& path() const override { return path_; }
  std::int64_t pid() const override { return pid_; }
  void say(const wire::FromClient& said) override { client_->send(wire::encode(said)); }
  Heard take() override {
    const std::scoped_lock lock(mutex_);
    Heard heard{std::exchange(said_, {}), over_};
    for (const auto& said : heard.said)
      if (const auto* hello = std::get_if<wire::Hello>(&said)) pid_ = hello->pid;
    return heard;
  }
  void wait(Instant until) override {
    std::unique_lock lock(mutex_);
    came_.wait_until(lock, until, [this] { return over_ || !said_.empty(); });
  }
  void wake_with(std::function<void()> wake) override {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
  }

 private:
  void put(std::expected<wire::FromBot, std::string> said) {
    const std::scoped_lock lock(mutex_);
    if (!said || said_.size() >= most_unread)
      over_ = true;
    else if (!over_)
      said_.push_back(*std::move(said));
    tell();
  }
  void end() {
    const std::scoped_lock lock(mutex_);
    over_ = true;
    tell();
  }
  void tell() {
    came_.notify_all();
    if (wake_) wake_();
  }

  const std::string path_;
  std::int64_t pid_ = 0;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<wire::FromBot> said_;
  bool over_ = false;
  std::function<void()> wake_;
  std::unique_ptr<net::LineClient> client_;
};

class AttachedIntake final : public ChatIntake {
 public:
  AttachedIntake(local::ChannelStore& store, Attachment& first, std::function<void()> wake)
      : store_(store), path_(first.path()), wake_(std::move(wake)), bot_(&first), pid_(first.pid()) {
    bot_->wake_with(wake_);
  }
  ~AttachedIntake() override {
    if (bot_ != nullptr) bot_->wake_with({});
  }

  // What a former run left is the bot's to take.
  Result<std::size_t> resume() override { return 0; }

  void offer(local::Incoming delivery) override {
    waiting_.push_back(delivery.delivery_id);
    mine_.push_back(std::move(delivery));
    if (mine_.size() > remembered) mine_.pop_front();
    // An answer that is older than what was typed last does not count.
    quiet_.reset();
    ++asked_;
    asked_at_.reset();
    if (attached_) bot_->say(wire::Look{});
  }

  std::vector<Trouble> pump(Instant now) override {
    std::vector<Trouble> troubles;
    bool look = false;
    if (bot_ == nullptr && now >= again_at_) connect(now), look = true;
    if (bot_ != nullptr) {
      auto heard = bot_->take();
      look = look || !heard.said.empty();
      for (auto& said : heard.said) take(std::move(said), troubles);
      if (heard.over || (!attached_ && now >= hello_until_)) lose(now, heard.over);
    }
    if (look || (file_again_at_ && now >= *file_again_at_)) look_at_file(now);
    return troubles;
  }

  std::vector<std::string> news() override { return std::exchange(news_, {}); }
  std::optional<Instant> next_due() const override {
    auto due = file_again_at_;
    if (!attached_) due = std::min(due.value_or(Instant::max()), bot_ != nullptr ? hello_until_ : again_at_);
    return due;
  }
  std::size_t waiting() const override { return waiting_.size(); }
  bool cut_off() const override { return !attached_; }
  bool working() override { return !idle(); }  // whether the bot is quiet would have to be asked first

  bool quiet() override {
    if (!attached_) return false;
    const Instant now = steady_clock::now();
    if (std::exchange(quiet_, std::nullopt) == true) {
      look_at_file(now);
      return true;
    }
    if (asked_at_ && now - *asked_at_ < quiet_again) return false;
    asked_at_ = now;
    bot_->say(wire::AskQuiet{++asked_});
    return false;
  }

 private:
  void take(wire::FromBot said, std::vector<Trouble>& troubles) {
    std::visit(Overloaded{[&](const wire::Hello& hello) { greet(hello); }, [&](const wire::Changed&) {},
                          [&](const wire::Quiet& answer) {
                            if (answer.number == asked_) quiet_ = answer.quiet;
                          },
                          [&](const wire::Trouble& trouble) {
                            const auto mine =
                                std::ranges::find(mine_, trouble.delivery_id, &local::Incoming::delivery_id);
                            if (mine == mine_.end()) return;
                            troubles.push_back({*mine, problem(Problem::Kind::internal, trouble.what, trouble.mend),
                                                trouble.changed, trouble.again_in});
                          },
                          [&](const wire::Farewell& farewell) { farewell_ = farewell.what; }},
               said);
  }

  void greet(const wire::Hello& hello) {
    if (attached_) return;
    attached_ = true;
    gone_said_ = false;
    retry_ = first_retry;
    pid_ = hello.pid;
    farewell_.clear();
    trouble_.clear();
    asked_at_.reset();
    news_.push_back(fmt::format("Attached again to the running hotfixd (pid {}).", pid_));
  }

  void connect(Instant now) {
    auto begun = Attachment::begin(path_);
    if (!begun) {
      if (begun.error().kind != Problem::Kind::not_found)
        say_once(begun.error().what);
      else if (!std::exchange(gone_said_, true))
        news_.push_back(fmt::format(
            "hotfixd (pid {}) is gone. What you type is kept until it is back; to run it here, /quit and start again.",
            pid_));
      return retry_later(now);
    }
    again_ = std::move(*begun);
    bot_ = again_.get();
    bot_->wake_with(wake_);
    hello_until_ = now + hello_wait;
  }

  // `closed`: by the other end; otherwise it did not answer in time.
  void lose(Instant now, bool closed) {
    bot_->wake_with({});
    bot_ = nullptr;
    again_.reset();
    quiet_.reset();
    if (std::exchange(attached_, false))
      news_.push_back(
          fmt::format("The connection to hotfixd (pid {}) ended{}. What you type is kept; it is connected to again.",
                      pid_, farewell_.empty() ? "" : ": " + local::safe_line(farewell_)));
    else
      say_once(!farewell_.empty() ? farewell_ : closed ? "it closed the connection" : "it does not answer");
    farewell_.clear();
    retry_later(now);
  }

  void retry_later(Instant now) {
    again_at_ = now + retry_;
    retry_ = std::min(longest_retry, retry_ * 2);
  }

  void say_once(const std::string& what) {
    if (std::exchange(trouble_, what) == what) return;
    news_.push_back(fmt::format("hotfixd cannot be reached yet: {}", local::safe_line(what)));
  }

  // What cannot be read now is read a little later.
  void look_at_file(Instant now) {
    file_again_at_.reset();
    const auto noticed = store_.notice_changes();
    if (noticed && waiting_.empty()) return;
    const auto left = store_.undelivered();
    if (!noticed || !left) file_again_at_ = now + file_again;
    if (!left) return;
    std::erase_if(waiting_, [&](const std::string& id) {
      return std::ranges::find(*left, id, &local::Incoming::delivery_id) == left->end();
    });
  }

  local::ChannelStore& store_;
  const std::string path_;
  const std::function<void()> wake_;
  Attachment* bot_;  // null: there is none at the moment
  std::unique_ptr<Attachment> again_;
  bool attached_ = true;  // its hello came
  std::int64_t pid_;
  milliseconds retry_ = first_retry;
  Instant again_at_{}, hello_until_{};
  std::optional<Instant> file_again_at_;
  bool gone_said_ = false;
  std::vector<std::string> waiting_;  // delivery ids
  std::deque<local::Incoming> mine_;
  std::uint64_t asked_ = 0;
  std::optional<Instant> asked_at_;
  std::optional<bool> quiet_;  // the answer
  std::string farewell_, trouble_;
  std::vector<std::string> news_;
};

}  // namespace

Result<std::unique_ptr<Attachment>> Attachment::begin(const std::string& path) {
  auto attachment = std::make_unique<SocketAttachment>(path);
  if (auto connected = attachment->connect(); !connected) return std::unexpected(connected.error());
  return attachment;
}

Result<std::unique_ptr<Attachment>> Attachment::open(const std::string& path) {
  auto attachment = begin(path);
  if (!attachment) return attachment;
  (*attachment)->wait(steady_clock::now() + hello_wait);
  const auto heard = (*attachment)->take();
  for (const auto& said : heard.said) {
    if (const auto* farewell = std::get_if<wire::Farewell>(&said))
      return std::unexpected(problem(
          Problem::Kind::refused,
          fmt::format("the running hotfixd does not let this terminal in: {}", local::safe_line(farewell->what))));
    if (std::holds_alternative<wire::Hello>(said)) return attachment;
  }
  if (heard.over)
    return std::unexpected(problem(
        Problem::Kind::unreachable,
        fmt::format("a running hotfixd listens on {}, but closed the connection without a word", path), "try again"));
  return std::unexpected(problem(Problem::Kind::unreachable,
                                 fmt::format("a running hotfixd listens on {}, but does not answer", path),
                                 "look at it; if it hangs, end it and start it again"));
}

std::unique_ptr<ChatIntake> attached_intake(local::ChannelStore& store, Attachment& first, std::function<void()> wake) {
  return std::make_unique<AttachedIntake>(store, first, std::move(wake));
}

}  // namespace hotfixd::cli
