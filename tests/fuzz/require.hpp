// A promise that is broken ends the run, with what was promised.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace hotfixd {

inline void require(bool promise, const char* what) {
  if (promise) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

}  // namespace hotfixd
