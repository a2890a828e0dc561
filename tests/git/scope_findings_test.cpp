// What stands out in a change, over real trees.
#include "integrations/git/scope_findings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/git/repo_support.hpp"

namespace hotfixd::git::testing {
namespace {

TEST(FileNames, SayWhatAFileIs) {
  for (const auto* path : {"package.json",     "web/package-lock.json",
                           "go.mod",           "go.sum",
                           "Cargo.toml",       "Cargo.lock",
                           "requirements.txt", "requirements-dev.txt",
                           "pyproject.toml",   "poetry.lock",
                           "pom.xml",          "build.gradle",
                           "build.gradle.kts", "Gemfile",
                           "Gemfile.lock",     "composer.json",
                           "composer.lock",    "src/Shop.csproj",
                           "conanfile.py",     "vcpkg.json",
                           "yarn.lock"}) {
    EXPECT_TRUE(is_dependency_file(path)) << path;
    EXPECT_FALSE(is_config_file(path)) << path;
  }
  for (const auto* path : {"config/app.yml", "deploy/values.yaml", "app.toml", "php.ini", ".env", ".env.production",
                           "Dockerfile", "docker/Dockerfile.web", ".github/workflows/ci.yml", "infra/main.tf",
                           "infra/prod.tfvars", "Jenkinsfile", "log4j.properties"}) {
    EXPECT_TRUE(is_config_file(path)) << path;
    EXPECT_FALSE(is_dependency_file(path)) << path;
  }
  for (const auto* path : {"src/package.cpp", "environment.cpp", "README.md", "src/config.cpp", "yml", "go.modest"}) {
    EXPECT_FALSE(is_config_file(path)) << path;
    EXPECT_FALSE(is_dependency_file(path)) << path;
  }
}

class ScopeTest : public ::testing::Test {
 protected:
  ScopeTest() : repo_(dir_) {
    repo_.commit("start", {{"src/checkout/cart.cpp", "int f() {\n  return 1;\n}\n"},
                           {"src/checkout/old.cpp", numbered()},
                           {"src/search/index.cpp", "int g() { return 2; }\n"},
                           {"tool.py", "if a:\n    b()\nc()\n"},
                           {"package-lock.json", "{\"a\": 1}\n"},
                           {"logo.bin", std::string("\0\1\2", 3)}});
    repo_.git("tag v1.0.0");
    base_ = repo_.sha("v1.0.0");
    repo_.git("checkout -q -b hotfix/x");
    repo_.push();
  }
  std::string look(std::vector<std::string> paths = {}) {
    repo_.push();
    if (!git_) {
      auto made = open_mirror({.url = repo_.origin(), .path = dir_.path("mirror")}, {.name = "shop"});
      EXPECT_TRUE(ok(made));
      git_ = std::move(*made);
    }
    const auto facts = git_->observe({.repository = "shop",
                                      .branch = "hotfix/x",
                                      .base_tag = "v1.0.0",
                                      .base_sha = base_,
                                      .version = "v1.0.1",
                                      .paths = std::move(paths)},
                                     {});
    EXPECT_TRUE(ok(facts));
    std::vector<std::string> all;
    for (const auto& f : facts->findings) all.push_back(fmt::format("{}:{}", to_string(f.kind), f.path));
    return fmt::format("{}", fmt::join(all, " "));
  }

  TempDir dir_;
  Repo repo_;
  std::string base_;
  std::unique_ptr<GitRepository> git_;
};

TEST_F(ScopeTest, AFixAloneStandsOutNowhere) {
  repo_.commit("fix", {{"src/checkout/cart.cpp", "int f() {\n  return 2;\n}\n"}});
  EXPECT_EQ(look(), "");
  EXPECT_EQ(look({"src/checkout"}), "");
  EXPECT_EQ(look({"src/*/cart.cpp"}), "");
  EXPECT_EQ(look({"src/search"}), "unrelated:src/checkout/cart.cpp");
}

TEST_F(ScopeTest, EveryKindIsFound) {
  repo_.git("mv src/checkout/old.cpp src/checkout/renamed.cpp");
  repo_.commit("much", {{"src/checkout/cart.cpp", "int f()\t{\n\n        return 1;\n}\n"},
                        {"package-lock.json", "{\"a\": 2}\n"},
                        {"config/app.yml", "a: 1\n"},
                        {"VERSION", "1.0.1\n"},
                        {"logo.bin", std::string("\0\1\3", 3)},
                        {"src/search/index.cpp", "int g() { return 3; }\n"}});
  EXPECT_EQ(look({"src/checkout/*", "config"}),
            "dependency:package-lock.json config:config/app.yml formatting_only:src/checkout/cart.cpp "
            "rename_only:src/checkout/renamed.cpp unrelated:logo.bin unrelated:package-lock.json "
            "unrelated:src/search/index.cpp");
}

TEST_F(ScopeTest, IndentationIsNoFormattingWhereItMeansSomething) {
  repo_.commit("fix", {{"tool.py", "if a:\n    b()\n    c()\n"}});
  EXPECT_EQ(look(), "");
  repo_.commit("fix", {{"tool.py", "if a:  \n    b()\nc()\n"}});
  EXPECT_EQ(look(), "formatting_only:tool.py");
}

TEST_F(ScopeTest, AMovedFileThatChangedIsNoRenameOnly) {
  repo_.git("mv src/checkout/old.cpp src/checkout/renamed.cpp");
  repo_.commit("fix", {{"src/checkout/renamed.cpp", numbered({{3, "other"}})}});
  EXPECT_EQ(look(), "");
}

TEST_F(ScopeTest, WhatAMergeOfProductionBringsIsNobodysFinding) {
  repo_.commit("fix", {{"src/checkout/cart.cpp", "int f() {\n  return 2;\n}\n"}});
  repo_.git("checkout -q main");
  repo_.commit("other", {{"Dockerfile", "FROM x\n"}});
  repo_.git("tag v1.0.1");
  repo_.push();
  look();
  repo_.git("checkout -q hotfix/x");
  repo_.git("merge -q --no-edit v1.0.1");
  EXPECT_EQ(look(), "");
}

}  // namespace
}  // namespace hotfixd::git::testing
