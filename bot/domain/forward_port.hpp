// A fix on its way to another line: names, and what is said of it.
#pragma once

#include "bot/domain/incident.hpp"
#include "bot/domain/input.hpp"
#include "bot/domain/message.hpp"

namespace hotfixd {

// "hotfix/checkout-500" and "release/2.5": "hotfix-forward/checkout-500-to-release/2.5". Slashes stay, so two names are
// alike or in each other's way only where those of the branches would be.
std::string forward_branch(const Hotfix& hotfix, std::string_view target);

// The fix is not there, and nobody has to look first.
bool lacks_fix(const MergeBack& merge_back);

// What is on its way to a target that is not settled; null when nothing is.
const ForwardPort* under_way(const Hotfix& hotfix, const std::string& target);

// May it be carried: did it ship, or land somewhere?
bool may_be_carried(const Hotfix& hotfix);

// ", PR #12 open" with a link, for the line of that target; empty when nothing is on its way.
Line forward_port_note(const Hotfix& hotfix, const std::string& target);

// What its owner does next; empty when nothing is on its way.
std::string forward_port_step(const Hotfix& hotfix, const std::string& target);

// Of a text, each without its end.
std::vector<std::string> lines_of(std::string_view text);

// What is in the way, for the channel: a few of the files, and the first lines of what git would leave in them.
std::vector<Line> conflict_lines(const std::vector<PortConflict::File>& files);

// By hand: for a conflict to resolve it, otherwise to merge the branch.
std::vector<std::string> manual_commands(const Hotfix& hotfix, const result::ForwardPorted& ported);

// In the channel, and as the description (Markdown) and title of a pull request.
Message forward_port_message(const Incident& incident, const Hotfix& hotfix, const result::ForwardPorted& ported);
std::string forward_port_title(const Hotfix& hotfix, const result::ForwardPorted& ported);
std::string forward_port_description(const Incident& incident, const Hotfix& hotfix,
                                     const result::ForwardPorted& ported);

}  // namespace hotfixd
