// The timeline as people read it: sorted by when things happened, milestones of one hotfix in the
// same minute joined into one line.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

struct TimelineLine {
  Time at{};
  Time recorded_at{};
  std::string author;  // shown before the text for what people and alert sources said; empty for milestones
  std::string text;
  Source source{};
  std::vector<std::string> entries;  // ids of the entries joined in this line
  bool operator==(const TimelineLine&) const = default;
};

// Lines are numbered from 1 in this order: `/hotfix time 3 21:04` means the third.
std::vector<TimelineLine> timeline(const Incident& incident, const Policy& policy);

// The message that `/hotfix timeline` answers. Lines of a later day than the first carry the day.
Message timeline_message(const Incident& incident, const Policy& policy);

// "21:07 rolled back" → (21:07, "rolled back"): a message that begins with a time is an entry.
// The instant is the latest such time that is not after `sent_at` in `zone`.
std::optional<std::pair<Time, std::string>> leading_time(std::string_view text, Time sent_at, std::string_view zone);

}  // namespace hotfixd
