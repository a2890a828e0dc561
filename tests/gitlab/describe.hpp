#pragma once

#include "integrations/gitlab/webhook.hpp"
#include "tests/common/describe_forge.hpp"

namespace hotfixd::gitlab::test {

template <typename What>  // a ForgeEvent, a Result<Decoded>
std::string describe(const What& what) {
  return hotfixd::test::describe(what, "merge request", '!');
}

}  // namespace hotfixd::gitlab::test
