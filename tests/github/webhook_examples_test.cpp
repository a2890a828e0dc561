#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "tests/github/describe.hpp"
#include "tests/github/sign.hpp"

// GitHub's own example payloads (npm package @octokit/webhooks-examples, see package.json): all of them
// are read without a problem, in any order, again, and not at all once a byte has changed.

namespace hotfixd::github {
namespace {

using nlohmann::json;

constexpr const char* kVariable = "HOTFIXD_NPM";

struct Example {
  std::string event, body;
};

std::vector<Example> load(const std::filesystem::path& package) {
  std::vector<Example> examples;
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(package)) {
    if (std::filesystem::exists(entry.path() / "index.json")) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  for (const auto& folder : folders) {
    std::ifstream file(folder / "index.json", std::ios::binary);
    for (const auto& event : json::parse(file)) {
      for (const auto& body : event.at("examples")) examples.push_back({event.at("name"), body.dump()});
    }
  }
  return examples;
}

Policy policy() {
  Policy p;
  p.repositories = {{.name = "hello", .github = "codertocat/hello-world"},
                    {.name = "hello-world"},
                    {.name = "octo-repo"},
                    {.name = "electron"}};
  return p;
}

class WebhookExamples : public testing::Test {
 protected:
  void SetUp() override {
    const char* npm = std::getenv(kVariable);
    ASSERT_NE(npm, nullptr) << kVariable << " is not set. Type: npm install --package-lock=false --prefix DIR with "
                            << "tests/github/package.json in DIR, and set the variable to DIR/node_modules "
                            << "(tests/run.sh does both).";
    const auto path = std::filesystem::path(npm) / "@octokit/webhooks-examples";
    examples_ = load(path);
    ASSERT_GT(examples_.size(), 300U) << path << " holds too few examples";
    const char* seed = std::getenv("HOTFIXD_SEED");
    seed_ = seed != nullptr ? static_cast<unsigned>(std::stoul(seed)) : std::random_device{}();
    std::cout << "HOTFIXD_SEED=" << seed_ << "\n";
    random_.seed(seed_);
  }

  std::vector<Example> examples_;
  unsigned seed_ = 0;
  std::mt19937 random_;
};

TEST_F(WebhookExamples, AreReadTheSameInAnyOrderAndTwice) {
  const Policy p = policy();
  std::map<std::string, int> read;
  std::vector<std::string> first(examples_.size());
  std::vector<std::size_t> order(examples_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (int round = 0; round < 2; ++round) {
    std::ranges::shuffle(order, random_);
    for (const auto i : order) {
      const auto& [event, body] = examples_[i];
      const auto decoded = decode(event, body, p);
      ASSERT_TRUE(decoded) << event << ": " << decoded.error().what;
      const std::string text = test::describe(decoded);
      if (round == 0) first[i] = text;
      EXPECT_EQ(text, first[i]);
      if (round == 0 && !decoded->events.empty()) ++read[event];
    }
  }
  for (const auto* event : {"push", "create", "pull_request", "pull_request_review", "check_run", "check_suite",
                            "status", "workflow_run", "deployment_status", "release"}) {
    EXPECT_GT(read[event], 0) << event;
  }
  EXPECT_EQ(read.size(), 10U);
}

TEST_F(WebhookExamples, AreRefusedOnceAByteHasChanged) {
  constexpr std::string_view kSecret = "s3cret";
  const common::HmacKey key(kSecret);
  const Policy p = policy();
  for (const auto& [event, body] : examples_) {
    const std::string signature = test::sign(kSecret, body);
    ASSERT_TRUE(verify_signature(key, body, signature));
    std::string changed = body;
    const auto at = random_() % changed.size();
    changed[at] = static_cast<char>(changed[at] ^ (1U << (random_() % 8)));
    ASSERT_FALSE(verify_signature(key, changed, signature)) << event << " byte " << at;
    // Were it let through all the same, it would be read or refused, never worse.
    const auto decoded = decode(event, changed, p);
    if (!decoded) {
      EXPECT_EQ(decoded.error().kind, Problem::Kind::invalid);
      EXPECT_FALSE(decoded.error().what.empty());
    }
  }
}

}  // namespace
}  // namespace hotfixd::github
