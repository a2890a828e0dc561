// What `hotfixd chat` and a running hotfixd say to each other over chat.sock: JSON, one object a line. Pure.
//
// What people type and what the bot answers is never said here: both have the channel's file open, and the socket only
// says that there is something to look at.
#pragma once

#include <expected>
#include <variant>

#include "bot/domain/basics.hpp"

namespace hotfixd::cli::wire {

constexpr int version = 1;
constexpr std::size_t longest_line = 4096;  // bytes; what is said is cut to fit

struct Look {};  // at the file: something was stored there
struct AskQuiet {
  std::uint64_t number = 0;  // comes back with the answer
};
struct Hello {  // the first line in both directions
  int version = wire::version;
  std::int64_t pid = 0;
};
using FromClient = std::variant<Hello, Look, AskQuiet>;

struct Changed {};  // the file: others wrote there, or something was delivered
struct Quiet {
  std::uint64_t number = 0;
  bool quiet = false;
};
// A delivery was not taken; see ChatIntake::Trouble.
struct Trouble {
  std::string delivery_id, what, mend;
  bool changed = false;
  std::optional<Seconds> again_in;
};
struct Farewell {  // the last line: why the connection ends
  std::string what;
};
using FromBot = std::variant<Hello, Changed, Quiet, Trouble, Farewell>;

// Without the newline, at most longest_line bytes.
std::string encode(const FromClient& said);
std::string encode(const FromBot& said);

// Keys that are not known are passed over. The error is for the one who said it.
std::expected<FromClient, std::string> decode_from_client(std::string_view line);
std::expected<FromBot, std::string> decode_from_bot(std::string_view line);

}  // namespace hotfixd::cli::wire
