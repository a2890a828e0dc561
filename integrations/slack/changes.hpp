// Slack promises no order: an edit may come before its message, or after a newer edit.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "integrations/slack/taken.hpp"
#include "integrations/slack/timestamp.hpp"

namespace hotfixd::slack {

// Remembers, within limits, what came in since the start. Used from one thread.
class Changes {
 public:
  // What is to be submitted, in this order, for what came in: nothing when a newer change of the same thing was seen,
  // and after a message the changes of it that came before. Submitting twice what changes nothing does no harm.
  std::vector<Taken> in_order(const Incoming& in, std::vector<Taken> taken);

  static constexpr std::size_t kKept = 10'000;  // messages, and things that change

 private:
  bool newest(const std::string& thing, const std::string& at);

  template <typename Key>
  struct Recent {  // the newest kKept
    std::set<Key> all;
    std::deque<Key> order;
    bool insert(const Key& key);
  };
  Recent<std::string> posted_;
  std::map<std::string, Timestamp> newest_;
  std::deque<std::string> things_;                   // keys of newest_, oldest first
  std::map<std::string, std::vector<Taken>> early_;  // by message
  std::deque<std::string> early_order_;
};

}  // namespace hotfixd::slack
