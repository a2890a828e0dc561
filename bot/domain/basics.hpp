// The few types every room shares: time, people, text that may be erased, and the two kinds of failure.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hotfixd {

// An instant in UTC, in microseconds: the precision of Slack's `ts`, the finest of our sources.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using Seconds = std::chrono::seconds;
using Minutes = std::chrono::minutes;

// "HF-7". Incidents are numbered from 1 in the order they were declared.
using IncidentId = std::string;
// A channel's name or platform id: "#incidents" in the built-in channel, "slack:T1:C2" in a Slack workspace.
using ChannelId = std::string;
// A message's platform id, unique within its channel.
using MessageId = std::string;

// Equal but for the case of ASCII letters: logins and names.
bool same_word(std::string_view a, std::string_view b);

// A person or bot as the chat platform names it. Two people are the same when their ids are, in any case:
// forges do not tell "Alice" from "alice", and one person must not count as two.
struct Person {
  std::string id;
  std::string name;

  bool operator==(const Person& other) const { return same_word(id, other.id); }
  bool empty() const { return id.empty(); }
  // The id in lower case: what people are told apart by.
  std::string key() const;
};

// Free text that a person wrote. The record keeps only its digest; the text itself lives in an
// erasable table, so that a legal redaction leaves the audit chain verifiable (store/codec.hpp).
struct Text {
  std::string value;

  bool operator==(const Text&) const = default;
};
// What an erased text reads as.
inline constexpr std::string_view kRedacted = "[redacted]";

// A person's mistake. Shown kindly to that person only; changes nothing.
struct UserError {
  std::string what;         // one sentence: what is wrong
  std::string try_instead;  // what to type instead, e.g. "/hotfix declare sev2 500s on /checkout"; may be empty

  bool operator==(const UserError&) const = default;
};

// Our own or the outside world's fault. Logged with context; shown with what to mend.
struct Problem {
  enum class Kind {
    refused,           // the other side said no and will say no again (hook, permission, conflict)
    exists_elsewhere,  // the thing exists already, but not as we would have made it
    credentials,       // wrong or missing secret
    host_key,          // the server's identity is not the known one
    unreachable,       // network, DNS, time-out: try again
    rate_limited,      // try again after retry_after
    not_found,
    corrupt,  // stored data is damaged
    locked,   // another process holds it
    full,     // no space
    invalid,  // malformed data from outside or a wrong call
    internal,
  };
  Kind kind = Kind::internal;
  std::string what;  // what happened, with names, without secrets
  std::string mend;  // what a person can do about it; may be empty
  std::optional<Seconds> retry_after;

  bool retryable() const { return kind == Kind::unreachable || kind == Kind::rate_limited || kind == Kind::locked; }
  bool operator==(const Problem&) const = default;
};

template <typename T>
using Result = std::expected<T, Problem>;

}  // namespace hotfixd
