#include "integrations/git/private_email.hpp"

#include <gtest/gtest.h>

namespace hotfixd::git::testing {
namespace {

TEST(PrivateEmail, NamesTheAccountAtTheOriginsForge) {
  for (const char* origin : {"https://github.com/acme/shop.git", "git@github.com:acme/shop.git",
                             "ssh://git@GitHub.com:22/acme/shop.git", "https://bot:secret@github.com/acme/shop"}) {
    EXPECT_EQ(login_of_private_email("1234+dave-d@users.noreply.github.com", origin), "dave-d");
    EXPECT_EQ(login_of_private_email("dave-d@users.noreply.github.com", origin), "dave-d");
    EXPECT_EQ(login_of_private_email("1234@users.noreply.github.com", origin), "1234");
  }
  EXPECT_EQ(login_of_private_email("1-a.b_c@users.noreply.git.acme.example", "https://git.acme.example:8443/s.git"),
            "a.b_c");
}

TEST(PrivateEmail, IsEmptyForAnyOther) {
  const std::string origin = "https://github.com/acme/shop.git";
  for (const char* other : {"", "dave", "dave@acme.example", "1234+dave@users.noreply.gitlab.com",
                            "dave@users.noreply.github.com.evil.example", "@users.noreply.github.com",
                            "1234+@users.noreply.github.com", "dave@evil@users.noreply.github.com",
                            "49699333+dependabot[bot]@users.noreply.github.com", "<!channel>@users.noreply.github.com"})
    EXPECT_EQ(login_of_private_email(other, origin), "") << other;
  EXPECT_EQ(login_of_private_email(std::string(300, 'a') + "@users.noreply.github.com", origin), "");
  EXPECT_EQ(login_of_private_email("dave@users.noreply.", "/srv/shop.git"), "");
  EXPECT_EQ(login_of_private_email("dave@users.noreply.github.com", "/srv/github.com/shop.git"), "");
}

}  // namespace
}  // namespace hotfixd::git::testing
