// What was said while nobody listened: read from Slack's history and brought to the intake.
#pragma once

#include <condition_variable>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "integrations/slack/intake.hpp"

namespace hotfixd::slack {

// What the record holds of a channel with an open incident.
struct KnownMessage {
  std::string text;
  bool deleted = false;
  std::set<std::string> pinned_by;  // Person::key()
};
struct KnownChannel {
  ChannelId channel;
  Time since{};  // nothing older is wanted
  std::map<MessageId, KnownMessage> messages;
};
// Calls back once, from any thread, with all of them.
using AskChannels = std::function<void(std::function<void(std::vector<KnownChannel>)>)>;

struct CatchUpOptions {
  std::chrono::milliseconds between{10'000};     // of two runs
  std::chrono::milliseconds first_retry{2'000};  // doubles up to a minute
  Seconds live{15};                              // a command that is younger may still be on its way as an event
  Seconds commands{24 * 3600};                   // one that is older is left alone: the inbox forgets what it answered
  int retries = 10;                              // of one call that is not answered; "later" is no failure
};

// After the start and whenever nobody listened for a while, look() compares each channel of an open incident with
// Slack: messages and replies in threads that are not in the record, edits, reactions and pins that differ. They are
// taken in the order of their time under the ids that live events have, so nothing is doubled when those come too.
//  * The newest kMessages messages since the incident was declared are compared, and of those the threads with replies
//    that are unknown or younger than kThreadFresh; more is reported, not read.
//  * A command to us (a mention) is not carried out late: it is a message like any other, and its author is told. One
//    younger than `live` is left to Slack, which delivers it; one older than `commands` is of no use to anybody.
//  * What was deleted meanwhile cannot be seen.
class CatchUp {
 public:
  struct Parts {
    WebApi& api;
    Intake& intake;
    People& people;
    Answers& answers;
    const Policy& policy;
    const Clock& clock;
  };
  // All must outlive it.
  CatchUp(Parts parts, AskChannels ask, std::function<void(const std::string&)> report, CatchUpOptions options = {});
  ~CatchUp();
  CatchUp(const CatchUp&) = delete;
  CatchUp& operator=(const CatchUp&) = delete;

  // Returns at once. Asked for during a run, there is one more after it. Thread-safe.
  void look();
  void stop();                 // repeatable
  std::uint64_t runs() const;  // finished ones

  static constexpr int kPage = 200, kMessages = 1'000;
  static constexpr Seconds kThreadFresh{3600};

 private:
  struct Missed;
  struct Reading;
  void run();
  void compare(const KnownChannel& known);
  bool read_history(Reading& reading);
  bool read_replies(Reading& reading, const std::string& parent);
  void read_pins(Reading& reading);
  void see(Reading& reading, const nlohmann::json& message);
  void see_edit(Reading& reading, const nlohmann::json& message, const What& what, const KnownMessage& known);
  void see_pins(Reading& reading);
  void bring(Reading& reading);
  ApiResult patiently(std::string_view method, const Arguments& arguments);
  bool rest(std::chrono::milliseconds time);  // false: stopped

  const Parts parts_;
  const AskChannels ask_;
  const std::function<void(const std::string&)> report_;
  const CatchUpOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = false, stopping_ = false;
  std::uint64_t runs_ = 0;
  std::jthread thread_;
};

}  // namespace hotfixd::slack
