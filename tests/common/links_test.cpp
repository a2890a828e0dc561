// The header Link.
#include "integrations/common/links.hpp"

#include <gtest/gtest.h>

namespace hotfixd::common {
namespace {

TEST(Link, NamesTheNextPage) {
  const struct {
    std::string header, next;
  } cases[] = {
      {"", ""},
      {R"(<https://api.github.com/a?page=2>; rel="next", <https://api.github.com/a?page=9>; rel="last")",
       "https://api.github.com/a?page=2"},
      {R"(<https://h/1>; rel="prev", <https://h/3>; rel="next")", "https://h/3"},
      {R"(<https://h/1>; rel="prev",<https://h/3>;rel=next)", "https://h/3"},
      {R"(<https://h/a,b;c>; title="x, y; \"rel=next\""; rel="start next")", "https://h/a,b;c"},
      {R"(</p?page=2> ; REL = "Next")", "/p?page=2"},
      {R"(, ,<https://h/1>; rel="next")", "https://h/1"},
      {R"(<https://h/1>; rel="prev"; rel="next")", ""},  // the first rel counts
      {R"(<https://h/1>; rel="nextish")", ""},
      {R"(<https://h/1>; rel="next)", ""},
      {R"(<https://h/1; rel="next")", ""},
      {R"(https://h/1; rel="next")", ""},
      {R"(<https://h/1>; rel="prev" x <https://h/2>; rel="next")", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(link_to(c.header, "next"), c.next) << c.header;
}

}  // namespace
}  // namespace hotfixd::common
