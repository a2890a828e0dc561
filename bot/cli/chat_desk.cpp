#include "bot/cli/chat_desk.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "bot/cli/chat_intake.hpp"
#include "bot/cli/chat_protocol.hpp"
#include "bot/cli/compose.hpp"
#include "bot/domain/overloaded.hpp"
#include "bot/net/line_socket.hpp"

namespace hotfixd::cli {
namespace {

// Answers are stored in the acknowledgement: the others do not wait longer for another process that writes to the file.
// What could not be stored is asked for again.
constexpr std::chrono::milliseconds patience{250};
constexpr Seconds file_again{1};  // after the file could not be read

class Desk final : public ChatDesk {
 public:
  Desk(const Ports& ports, std::unique_ptr<local::ChannelStore> store)
      : ports_(ports),
        store_(std::move(store)),
        intake_(engine_intake({*store_, ports.clock, ports.submit, ports.quiet}, [this] { poke(); })) {}
  ~Desk() override { Desk::stop(); }

  Result<void> start(const std::string& path) {
    net::LineServerOptions options;
    options.path = path;
    options.limits.line = wire::longest_line;
    options.line = [this](net::PeerId peer, const std::string& line) { hear(peer, line); };
    options.closed = [this](net::PeerId peer) {
      {
        const std::scoped_lock lock(mutex_);
        terminals_.erase(peer);
      }
      look();  // it may have stored something and had no time to say so
    };
    options.farewell = [](const std::string& why) { return farewell(why); };
    options.report = [](const Problem& p) { spdlog::warn("chat.sock: {}", p.what); };
    auto server = net::listen_lines(std::move(options));
    if (!server) return std::unexpected(server.error());
    server_ = std::move(*server);
    told_by_bot_ = ports_.channel.subscribe([this](const local::Change&) { ring(); });
    told_by_us_ = store_->subscribe([this](const local::Change&) { ring(); });
    server_->start();
    thread_ = std::jthread([this] { work(); });
    return {};
  }

  void stop() override {
    {
      const std::scoped_lock lock(mutex_);
      stopping_ = true;
    }
    woken_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (server_) server_->stop();
  }

 private:
  static std::string farewell(const std::string& why) { return wire::encode(wire::FromBot(wire::Farewell{why})); }

  // On the network thread.
  void hear(net::PeerId peer, const std::string& line) {
    const auto said = wire::decode_from_client(line);
    const auto dismiss = [&](const std::string& why) { send(peer, wire::Farewell{why}, true); };
    if (!said) return dismiss(said.error());
    std::visit(Overloaded{[&](const wire::Hello& hello) {
                            if (hello.version != wire::version)
                              return dismiss(
                                  fmt::format("it speaks version {}, the running hotfixd {}: use the same "
                                              "program for both",
                                              hello.version, wire::version));
                            greet(peer);
                            look();
                          },
                          [&](const wire::Look&) {
                            if (greeted(peer))
                              look();
                            else
                              dismiss("the first line is a hello");
                          },
                          [&](const wire::AskQuiet& asked) {
                            if (greeted(peer))
                              send(peer, wire::Quiet{asked.number, ports_.quiet()});
                            else
                              dismiss("the first line is a hello");
                          }},
               *said);
  }

  void greet(net::PeerId peer) {
    const std::scoped_lock lock(mutex_);
    server_->send(peer, wire::encode(wire::FromBot(wire::Hello{.pid = ::getpid()})));  // before anything else
    terminals_.insert(peer);
  }
  bool greeted(net::PeerId peer) {
    const std::scoped_lock lock(mutex_);
    return terminals_.contains(peer);
  }

  void send(net::PeerId peer, const wire::FromBot& said, bool last = false) {
    if (last)
      server_->dismiss(peer, wire::encode(said));
    else
      server_->send(peer, wire::encode(said));
  }

  // From any thread: the terminals have something to read.
  void ring() { tell(wire::Changed{}); }
  void tell(const wire::FromBot& said) {
    const std::scoped_lock lock(mutex_);
    for (const auto peer : terminals_) server_->send(peer, wire::encode(said));
  }

  // From any thread: the file has something to read.
  void look() {
    const std::scoped_lock lock(mutex_);
    look_ = true;
    woken_.notify_all();
  }
  // From any thread: the engine has acknowledged.
  void poke() {
    const std::scoped_lock lock(mutex_);
    poked_ = true;
    woken_.notify_all();
  }

  void work() {
    while (true) {
      bool look = false;
      {
        std::unique_lock lock(mutex_);
        const auto wanted = [this] { return stopping_ || look_ || poked_; };
        if (const auto due = intake_->next_due())
          woken_.wait_until(lock, *due, wanted);
        else
          woken_.wait(lock, wanted);
        if (stopping_) return;
        look = std::exchange(look_, false);
        poked_ = false;
      }
      if (look && !look_at_file()) {
        std::unique_lock lock(mutex_);
        look_ = true;
        if (woken_.wait_for(lock, file_again, [this] { return stopping_; })) return;
      }
      const auto before = intake_->waiting();
      for (const auto& trouble : intake_->pump(std::chrono::steady_clock::now())) {
        spdlog::warn("chat: {} was not delivered: {}", trouble.delivery.delivery_id, trouble.problem.what);
        tell(wire::Trouble{trouble.delivery.delivery_id, trouble.problem.what, trouble.problem.mend, trouble.changed,
                           trouble.again_in});
      }
      if (intake_->waiting() < before) ring();
    }
  }

  bool look_at_file() {
    auto noticed = ports_.channel.notice_changes();
    if (noticed)
      if (auto queued = intake_->resume(); !queued) noticed = std::unexpected(queued.error());
    if (!noticed) spdlog::warn("chat: the channel cannot be read: {}", noticed.error().what);
    return noticed.has_value();
  }

  const Ports ports_;
  const std::unique_ptr<local::ChannelStore> store_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool stopping_ = false, poked_ = false;
  bool look_ = true;  // what a former run left
  std::set<net::PeerId> terminals_;
  std::unique_ptr<net::LineServer> server_;  // set before anything can call
  std::unique_ptr<local::ChannelStore::Subscription> told_by_bot_, told_by_us_;
  const std::unique_ptr<ChatIntake> intake_;  // on thread_ only
  std::jthread thread_;
};

}  // namespace

std::string chat_socket_path(const Config& config) { return (config.data_dir / "chat.sock").string(); }

std::optional<Problem> unsound_chat_socket(const Config& config) {
  auto unsound = net::unsound_socket_path(chat_socket_path(config));
  if (unsound) unsound->mend = "set bot.data_dir to a shorter path";
  return unsound;
}

Result<std::unique_ptr<ChatDesk>> ChatDesk::open(const Config& config, const Ports& ports) {
  if (auto unsound = unsound_chat_socket(config)) return std::unexpected(*std::move(unsound));
  auto store = local::ChannelStore::open(channel_path(config), patience);
  if (!store) return std::unexpected(store.error());
  auto desk = std::make_unique<Desk>(ports, *std::move(store));
  if (auto started = desk->start(chat_socket_path(config)); !started) return std::unexpected(started.error());
  return desk;
}

}  // namespace hotfixd::cli
