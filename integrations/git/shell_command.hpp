// Runs a configured command and reads the one line it prints.
#pragma once

#include <chrono>
#include <string>

#include "bot/domain/basics.hpp"

namespace hotfixd::git {

// The first line that `/bin/sh -c command` prints, without blanks around it. Its stdin is empty, and what it says on
// stderr is not shown. After `limit` the command and its children are killed.
// Problems: refused (exit status not 0, nothing printed), unreachable (took too long), internal.
Result<std::string> first_line_of(const std::string& command,
                                  std::chrono::milliseconds limit = std::chrono::seconds(10));

}  // namespace hotfixd::git
