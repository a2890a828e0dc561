#include "integrations/slack/socket_mode.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace hotfixd::slack {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

// One WebSocket as acknowledgements see it: they may come when it is gone.
class Line {
 public:
  void open(std::unique_ptr<net::WebSocket> socket) {
    const std::lock_guard lock(mutex_);
    socket_ = std::move(socket);
  }
  // Destroyed outside of the lock: its handlers may be waiting to acknowledge.
  void cut() {
    std::unique_ptr<net::WebSocket> gone;
    {
      const std::lock_guard lock(mutex_);
      gone = std::move(socket_);
    }
  }
  void close() {
    const std::lock_guard lock(mutex_);
    if (socket_) socket_->close();
  }
  // False: it is not sent, and Slack delivers the envelope again.
  bool send(std::string text) {
    const std::lock_guard lock(mutex_);
    return socket_ && socket_->send_text(std::move(text)).has_value();
  }

 private:
  std::mutex mutex_;
  std::unique_ptr<net::WebSocket> socket_;
};

class Manager final : public SocketMode {
 public:
  Manager(WebApi& api, net::WebSocketClient& client, Intake& intake, IdSource& ids, SocketOptions options,
          std::function<void(const std::string&)> report)
      : api_(api),
        client_(client),
        intake_(intake),
        ids_(ids),
        options_(std::move(options)),
        report_(std::move(report)),
        slots_(static_cast<std::size_t>(std::clamp(options_.connections, 1, 10))) {}

  ~Manager() override { stop(); }

  void start() override {
    thread_ = std::jthread([this] { run(); });
  }

  void stop() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      wake_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
  }

  SocketState state() const override {
    const std::lock_guard lock(mutex_);
    return state_;
  }

 private:
  enum class What { hello, leave, closed };
  struct Happened {
    std::uint64_t line;
    What what;
    std::string why;
  };
  struct Live {
    std::uint64_t number = 0;  // 0 = none
    std::shared_ptr<Line> line;
    bool ready = false;
    Steady::time_point let_go{};  // an old one: when it is cut off
  };
  // One connection's place: the one in use, and while it is replaced the next one.
  struct Slot {
    Live current, next;
    std::vector<Live> old;
    bool wants_next = false;
    int failures = 0;
    Steady::time_point not_before{};
  };

  void run() {
    while (true) {
      std::deque<Happened> news;
      {
        std::unique_lock lock(mutex_);
        const auto until = next_due();
        wake_.wait_until(lock, until, [&] { return stopping_ || !news_.empty(); });
        if (stopping_) break;
        news.swap(news_);
      }
      for (auto& n : news) hear(n);
      const auto now = Steady::now();
      for (auto& slot : slots_) {
        std::erase_if(slot.old, [&](Live& live) {
          if (now < live.let_go) return false;
          live.line->cut();
          return true;
        });
        const bool empty = slot.current.number == 0;
        if ((empty || (slot.wants_next && slot.next.number == 0)) && now >= slot.not_before) open(slot, empty);
      }
      count();
    }
    for (auto& slot : slots_) {
      for (auto* live : {&slot.current, &slot.next})
        if (live->line) live->line->cut();
      for (auto& live : slot.old) live.line->cut();
    }
  }

  // Under the lock only for reading what run() alone writes.
  Steady::time_point next_due() const {
    auto due = Steady::now() + std::chrono::seconds{30};
    for (const auto& slot : slots_) {
      if (slot.current.number == 0 || (slot.wants_next && slot.next.number == 0)) due = std::min(due, slot.not_before);
      for (const auto& live : slot.old) due = std::min(due, live.let_go);
    }
    return due;
  }

  void count() {
    int ready = 0;
    for (const auto& slot : slots_) ready += slot.current.ready;
    bool again = false;
    {
      const std::lock_guard lock(mutex_);
      again = std::exchange(state_.ready, ready) == 0 && ready > 0;
    }
    if (again && options_.heard_again) options_.heard_again();
  }

  void open(Slot& slot, bool as_current) {
    auto url = api_.open_connection();
    if (!url) return failed(slot, url.error());
    const auto number = ++numbers_;
    auto line = std::make_shared<Line>();
    auto socket = client_.connect(
        *url, options_.socket,
        {.on_open = {},
         .on_text = [this, number, line](std::string frame) { take(number, line, frame); },
         .on_ping = {},
         .on_closed =
             [this, number](Result<net::WebSocketClosed> closed) {
               tell({number, What::closed, closed ? fmt::format("closed ({})", closed->code) : closed.error().what});
             }});
    if (!socket) return failed(slot, socket.error());
    line->open(std::move(*socket));
    (as_current ? slot.current : slot.next) = {number, std::move(line), false, {}};
  }

  void failed(Slot& slot, const Problem& problem) {
    ++slot.failures;
    const bool for_good = problem.kind == Problem::Kind::credentials || problem.kind == Problem::Kind::refused;
    auto wait = options_.first_retry;
    for (int n = 1; n < slot.failures && wait < options_.max_retry; ++n) wait *= 2;
    wait = for_good ? options_.max_retry : std::min(wait, options_.max_retry);
    if (problem.retry_after) wait = std::max(wait, milliseconds{*problem.retry_after});
    // Between a half and the whole of it, so that many do not return together.
    const auto roll = std::stoul(ids_.random_hex(2), nullptr, 16) % 1000;
    slot.not_before = Steady::now() + wait / 2 + wait * static_cast<int>(roll) / 2000;
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = std::exchange(state_.trouble, problem.what) != problem.what;
    }
    if (first && report_) report_(fmt::format("Slack: {}. {}", problem.what, problem.mend));
  }

  void hear(const Happened& n) {
    for (auto& slot : slots_) {
      if (slot.current.number == n.line || slot.next.number == n.line) {
        const bool is_current = slot.current.number == n.line;
        auto& live = is_current ? slot.current : slot.next;
        switch (n.what) {
          case What::hello:
            live.ready = true;
            slot.failures = 0;
            if (!is_current) {  // the old one still gets what was sent to it meanwhile
              retire(slot, std::exchange(slot.current, std::exchange(slot.next, Live{})));
              slot.wants_next = false;
            }
            {
              const std::lock_guard lock(mutex_);
              ++state_.opened;
              state_.trouble.clear();
            }
            return;
          case What::leave:
            if (is_current) slot.wants_next = true;
            return;
          case What::closed: {
            live.line->cut();
            const bool was_ready = live.ready;
            live = {};
            if (is_current && slot.next.number != 0) slot.current = std::exchange(slot.next, Live{});
            if (is_current) slot.wants_next = false;
            if (!was_ready) failed(slot, {Problem::Kind::unreachable, n.why, {}, {}});
            return;
          }
        }
      }
      for (auto& live : slot.old)
        if (live.number == n.line && n.what == What::closed) live.let_go = Steady::now();
    }
  }

  void retire(Slot& slot, Live live) {
    live.let_go = Steady::now() + options_.drain;
    slot.old.push_back(std::move(live));
  }

  // On the client's network thread.
  void take(std::uint64_t number, const std::shared_ptr<Line>& line, const std::string& frame) {
    auto in = decode_frame(frame, intake_.self());
    if (!in) {
      const std::lock_guard lock(mutex_);
      ++state_.malformed;
      return;
    }
    if (std::holds_alternative<Hello>(in->what)) return tell({number, What::hello, {}});
    if (std::holds_alternative<Disconnect>(in->what)) return tell({number, What::leave, {}});
    {
      const std::lock_guard lock(mutex_);
      ++state_.frames;
    }
    const auto envelope = in->envelope_id;
    const bool with_payload = in->accepts_response;
    intake_.take(*std::move(in), [line, envelope, with_payload](Told told) {
      if (!told.committed || envelope.empty()) return;
      auto ack = R"({"envelope_id":)" + nlohmann::json(envelope).dump();
      if (with_payload && !told.payload.empty()) ack += R"(,"payload":)" + told.payload;
      line->send(ack + "}");
    });
  }

  void tell(Happened happened) {
    const std::lock_guard lock(mutex_);
    news_.push_back(std::move(happened));
    wake_.notify_one();
  }

  WebApi& api_;
  net::WebSocketClient& client_;
  Intake& intake_;
  IdSource& ids_;
  const SocketOptions options_;
  const std::function<void(const std::string&)> report_;
  std::vector<Slot> slots_;  // run()'s own
  std::uint64_t numbers_ = 0;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Happened> news_;
  SocketState state_;
  bool stopping_ = false;
  std::jthread thread_;
};

}  // namespace

std::unique_ptr<SocketMode> create_socket_mode(WebApi& api, net::WebSocketClient& client, Intake& intake, IdSource& ids,
                                               SocketOptions options, std::function<void(const std::string&)> report) {
  return std::make_unique<Manager>(api, client, intake, ids, std::move(options), std::move(report));
}

}  // namespace hotfixd::slack
