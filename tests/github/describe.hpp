#pragma once

#include "integrations/github/webhook.hpp"
#include "tests/common/describe_forge.hpp"

namespace hotfixd::github::test {

template <typename What>  // a ForgeEvent, a Result<Decoded>
std::string describe(const What& what) {
  return hotfixd::test::describe(what, "pull request", '#');
}

}  // namespace hotfixd::github::test
