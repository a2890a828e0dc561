// A Slack export, unpacked: what was said in one channel, as the bot would have heard it.
// The form: slack.com/help/articles/220556107 ("How to read Slack data exports"): users.json (of an Enterprise
// organisation org_users.json), channels.json, groups.json, and a folder per channel with a file per day.
#pragma once

#include <filesystem>

#include "integrations/slack/intake.hpp"

namespace hotfixd::slack {

struct ExportQuery {
  std::filesystem::path folder;
  std::string channel;              // name or id, with or without '#'; empty = the only one
  std::optional<Time> from, until;  // messages from `from` on and before `until`
  std::string bot;                  // our name in the export: what begins with a mention of it is a command
};

struct ExportedChannel {
  std::string name;                   // "incidents"
  std::vector<Taken> taken;           // by time; then, at the time of the last one, what was pinned or given a pin
                                      // reaction: an export does not say when
  std::vector<std::string> left_out;  // messages of a kind that is not known, a sentence each
};

// Problem::not_found or invalid names the file, and the message in it (from 1), and says what to write instead.
// People are called as users.json calls them, unless the policy knows them.
Result<ExportedChannel> read_export(const ExportQuery& query, const Policy& policy);

}  // namespace hotfixd::slack
