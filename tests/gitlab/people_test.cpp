#include "integrations/gitlab/people.hpp"

#include <gtest/gtest.h>

namespace hotfixd::gitlab {
namespace {

TEST(GitlabPeople, BotsAreToldByTheirNames) {
  for (const char* bot : {"project_15_bot", "project_15_bot1", "project_15_bot_4ffca233d8298ea1", "group_9_bot_x",
                          "service_account_33", "service_account_group_9_4ffca233"})
    EXPECT_TRUE(is_bot(bot)) << bot;
  for (const char* person : {"", "alice", "project_15", "project__bot", "project_bot", "group_9", "myproject_15_bot",
                             "service_account", "my_service_account_1"})
    EXPECT_FALSE(is_bot(person)) << person;
}

TEST(GitlabPeople, PrivateAddressesHoldTheName) {
  EXPECT_EQ(login_of_private_email("9001-bob-k@users.noreply.gitlab.com", "gitlab.com"), "bob-k");
  EXPECT_EQ(login_of_private_email("1-a.b_c@users.noreply.Git.example.com", "git.example.com"), "a.b_c");
  // Of another GitLab it is somebody else.
  EXPECT_EQ(login_of_private_email("9001-bob-k@users.noreply.gitlab.com", "git.example.com"), "");
  EXPECT_EQ(login_of_private_email("9001-bob-k@users.noreply.gitlab.com.example.com", "gitlab.com"), "");
  EXPECT_EQ(login_of_private_email("9001-bob-k@users.noreply.", ""), "");
  for (const char* other : {"", "bob-k@users.noreply.gitlab.com", "9001@users.noreply.gitlab.com",
                            "9001-@users.noreply.gitlab.com", "9001-bob@example.com", "9001-bob"})
    EXPECT_EQ(login_of_private_email(other, "gitlab.com"), "") << other;
}

}  // namespace
}  // namespace hotfixd::gitlab
