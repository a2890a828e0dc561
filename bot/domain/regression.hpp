// The regression test of a hotfix on its lines: what is shown of it, and when it is given up. Text cannot see that a
// fix is redefined elsewhere; a test can. It stands beside the verdict: it never changes one, nor an obligation.
#pragma once

#include "bot/domain/decision.hpp"

namespace hotfixd {

// When nobody waits for its end any more; later than its means would end it themselves.
Time given_up_at(const Hotfix& hotfix, const RegressionTest& run, const Policy& policy);

// The fix ought to work there: what is on the line is said to be it, or somebody looked and said so.
bool ought_to_work(const MergeBack& merge_back);

// The newest run failed on the very head whose text is PRESENT.
bool contradicts(const Hotfix& hotfix, const std::string& target);

// "; the regression test failed at 1a2b3c4: exit status 1 (see it)"; nothing while none was run.
Line test_note(const Hotfix& hotfix, const std::string& target);
// The same with the run that is under way, as lines of their own under the target's.
std::vector<Line> test_lines(const Hotfix& hotfix, const std::string& target);

// Of one run that somebody asked for, edited from "running" to its end.
Message test_message(const Incident& incident, const Hotfix& hotfix, const std::string& target,
                     const RegressionTest& run);
// Of a line: its text says PRESENT and the test failed there; edited as later runs end.
Message contradiction_message(const Incident& incident, const Hotfix& hotfix, const std::string& target,
                              const Person& owner);

}  // namespace hotfixd
