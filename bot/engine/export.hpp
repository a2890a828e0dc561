// An incident written out: Markdown for people, CSV for sheets, JSON for machines.
#pragma once

#include <string>

#include "bot/domain/incident.hpp"
#include "bot/ports/store.hpp"

namespace hotfixd {

// The incident as one JSON object, the shape that `hotfixd replay --state` and `hotfixd export --json`
// print (bot/cli/README.md); indented by `indent` spaces, -1 = one line.
std::string export_json(const Incident& incident, const Policy& policy, const MessageCounts& counts, int indent);
// The timeline as comma-separated values with a header row (RFC 4180).
std::string export_csv(const Incident& incident, const Policy& policy);
std::string export_markdown(const Incident& incident, const Policy& policy);
// `format`: "markdown", "csv" or "json". Only JSON tells the counts.
std::string export_text(const Incident& incident, const Policy& policy, const MessageCounts& counts,
                        const std::string& format);

}  // namespace hotfixd
