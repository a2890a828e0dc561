// What the client sends, against GitHub's own OpenAPI description: Prism (npm, see package.json) stands in front of a
// GitHub of our own and judges every request, then answers itself, with every error that the description has.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "bot/cli/check_github.hpp"
#include "bot/domain/zone.hpp"
#include "integrations/github/deployer.hpp"
#include "integrations/github/forge.hpp"
#include "integrations/github/redelivery.hpp"
#include "integrations/github/tester.hpp"
#include "tests/github/fake_github.hpp"

namespace hotfixd::github {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace fs = std::filesystem;

constexpr const char* kVariable = "HOTFIXD_NPM";

// Every call of the client and of what uses it. One that is missing here is refused by Prism.
constexpr std::array kCalls = {"GET /app",
                               "GET /app/hook/config",
                               "GET /app/hook/deliveries",
                               "POST /app/hook/deliveries/{delivery_id}/attempts",
                               "POST /app/installations/{installation_id}/access_tokens",
                               "GET /repos/{owner}/{repo}",
                               "GET /repos/{owner}/{repo}/installation",
                               "GET /repos/{owner}/{repo}/branches/{branch}",
                               "GET /repos/{owner}/{repo}/rules/branches/{branch}",
                               "GET /repos/{owner}/{repo}/hooks",
                               "GET /repos/{owner}/{repo}/pulls",
                               "GET /repos/{owner}/{repo}/pulls/{pull_number}",
                               "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge",
                               "POST /repos/{owner}/{repo}/pulls",
                               "GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews",
                               "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
                               "GET /apps/{app_slug}",
                               "GET /repos/{owner}/{repo}/compare/{basehead}",
                               "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
                               "GET /repos/{owner}/{repo}/commits/{ref}/check-suites",
                               "GET /repos/{owner}/{repo}/commits/{ref}/status",
                               "GET /repos/{owner}/{repo}/actions/runs",
                               "GET /repos/{owner}/{repo}/actions/jobs/{job_id}",
                               "POST /repos/{owner}/{repo}/statuses/{sha}",
                               "GET /repos/{owner}/{repo}/git/ref/{ref}",
                               "GET /repos/{owner}/{repo}/releases/tags/{tag}",
                               "POST /repos/{owner}/{repo}/releases",
                               "GET /repos/{owner}/{repo}/issues",
                               "POST /repos/{owner}/{repo}/issues",
                               "GET /repos/{owner}/{repo}/commits/{ref}",
                               "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}",
                               "POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches",
                               "GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs",
                               "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
                               "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
                               "GET /repos/{owner}/{repo}/deployments",
                               "POST /repos/{owner}/{repo}/deployments",
                               "GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses",
                               "GET /user"};

pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) {
  std::vector<char*> all;
  for (const auto& a : arguments) all.push_back(const_cast<char*>(a.c_str()));
  all.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = -1;
  const int failed = ::posix_spawnp(&pid, all[0], &actions, nullptr, all.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return failed == 0 ? pid : -1;
}

bool listens(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool up = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return up;
}

class Prism {
 public:
  // `upstream` empty: it answers itself.
  Prism(const fs::path& npm, const fs::path& description, const std::string& upstream) : port_(test::closed_port()) {
    std::vector<std::string> arguments{"setpriv",
                                       "--pdeathsig",
                                       "KILL",
                                       "node",  // ends with this test, however that ends
                                       npm / "@stoplight/prism-cli/dist/index.js",
                                       upstream.empty() ? "mock" : "proxy",
                                       description};
    if (!upstream.empty()) arguments.push_back(upstream);
    arguments.insert(arguments.end(), {"-p", std::to_string(port_)});
    log_ = description.string() + fmt::format(".{}.log", port_);
    pid_ = spawn(arguments, log_);
    for (int i = 0; i < 600 && !listens(port_); ++i) ::usleep(100'000);
    EXPECT_TRUE(listens(port_)) << "Prism did not come up, see " << log_;
  }
  ~Prism() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Prism(const Prism&) = delete;
  Prism& operator=(const Prism&) = delete;
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  std::uint16_t port_;
  std::string log_;
  pid_t pid_ = -1;
};

// Notes what Prism thinks of each request, and asks it for certain answers.
class WatchedHttp final : public net::HttpClient {
 public:
  net::SendResult send(const net::ClientRequest& request) override {
    auto changed = request;
    if (mock) std::erase_if(changed.headers, [](const auto& h) { return h.first == "Accept"; });  // see below
    for (const auto& [end, code] : prefer)
      if (request.url.ends_with(end)) changed.headers.emplace_back("Prefer", fmt::format("code={}", code));
    auto answer = http_->send(changed);
    ++sent;
    if (!answer) return answer;
    const auto list = json::parse(std::string(answer->header("sl-violations")), nullptr, false);
    if (list.is_array())
      for (const auto& one : list)
        if (one["location"][0] == "request") violations.push_back(request.url + " " + one.dump());
    if (answer->header("content-type").starts_with("application/problem+json"))
      violations.push_back(request.url + " " + answer->body);
    if (one_page) std::erase_if(answer->headers, [](const auto& h) { return same_word(h.first, "link"); });
    if (empty_lists && request.method == "GET" && answer->body.starts_with('[')) answer->body = "[]";
    return answer;
  }
  void send(net::ClientRequest request, Done done) override { done(send(request)); }
  net::ClientCounters counters() const override { return {}; }
  void stop(std::chrono::milliseconds) override {}

  // The description names application/json only, where GitHub takes its own type too.
  bool mock = false;
  std::map<std::string, int> prefer;  // end of the address → status
  bool one_page = false;              // examples link to further pages on api.github.com
  bool empty_lists = false;           // what is looked for is not there
  int sent = 0;
  std::vector<std::string> violations;

 private:
  std::unique_ptr<net::HttpClient> http_ = net::create_http_client({}).value();
};

class StoppedClock final : public Clock {
 public:
  Time now() const override { return parse_rfc3339("2026-11-14T21:00:00Z").value(); }
};

class GithubContract : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* npm = std::getenv(kVariable);
    if (npm == nullptr) return;
    auto name = (fs::temp_directory_path() / "hotfixd-prism-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    dir_ = name;
    std::vector<std::string> arguments{"python3", HOTFIXD_SOURCE_DIR "/tests/github/cut_openapi.py",
                                       fs::path(npm) / "@octokit/openapi/generated/api.github.com.json",
                                       dir_ / "github.json"};
    arguments.insert(arguments.end(), kCalls.begin(), kCalls.end());
    const pid_t pid = spawn(arguments, dir_ / "cut.log");
    int status = -1;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0) << "the description was not cut, see " << dir_ / "cut.log";
    github_ = std::make_unique<test::FakeGithub>();
    proxy_ = std::make_unique<Prism>(npm, dir_ / "github.json", github_->url());
    mock_ = std::make_unique<Prism>(npm, dir_ / "github.json", "");
  }
  static void TearDownTestSuite() {
    proxy_.reset();
    mock_.reset();
    github_.reset();
    if (!dir_.empty() && !testing::Test::HasFailure()) fs::remove_all(dir_);
  }

  void SetUp() override {
    ASSERT_NE(std::getenv(kVariable), nullptr)
        << kVariable << " is not set. Type: npm install --package-lock=false --prefix DIR with "
        << "tests/github/package.json in DIR, and set the variable to DIR/node_modules (tests/run.sh does both).";
    ASSERT_TRUE(mock_);
    github_->well_set_up();
    config_.github.public_url = "https://bot.example.com";
    config_.github.webhook_secret = cli::Secret("s3cret", "env:SECRET");
    config_.policy.repositories = {{.name = "shop", .github = "acme/shop"}};
  }

  Api& make(const Prism& prism, bool app) {
    ApiOptions options;
    options.url = prism.url();
    if (app) options.app = App{"Iv23test", test::app_key().pem};
    config_.github.app_id = app ? "Iv23test" : "";
    options.token = app ? "" : "ghp_good";
    http_.mock = &prism == mock_.get();
    api_ = create_api(http_, clock_, options);
    return *api_;
  }

  std::vector<std::string> wrong(Api& api) {
    std::vector<std::string> all;
    for (const auto& f : cli::github_findings(config_, api))
      if (!f.ok || !f.mend.empty()) all.push_back(f.subject + ": " + f.what);
    return all;
  }

  static inline fs::path dir_;
  static inline std::unique_ptr<test::FakeGithub> github_;
  static inline std::unique_ptr<Prism> proxy_, mock_;
  StoppedClock clock_;
  cli::Config config_;
  WatchedHttp http_;
  std::unique_ptr<Api> api_;
};

TEST_F(GithubContract, EveryRequestOfTheCheckIsAsTheDescriptionSays) {
  EXPECT_THAT(wrong(make(*proxy_, true)), IsEmpty());
  EXPECT_EQ(http_.sent, 8);
  EXPECT_THAT(wrong(make(*proxy_, false)), IsEmpty());
  EXPECT_EQ(http_.sent, 8 + 5);
  EXPECT_THAT(wrong(*api_), IsEmpty());  // again, with ETags
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, ABranchWithASlashIsOnePartOfThePath) {
  config_.policy.repositories.front().production_branch = "release/2.5 #%";
  const std::string escaped = "release%2F2.5%20%23%25";
  github_->on("GET /repos/acme/shop/branches/" + escaped, {200, {{"name", "release/2.5 #%"}}, {}, {}});
  github_->on("GET /repos/acme/shop/rules/branches/" + escaped + "?per_page=100", {200, json::array(), {}, {}});
  EXPECT_THAT(wrong(make(*proxy_, true)), IsEmpty());
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, SoIsARedelivery) {
  auto& lost = github_->body("GET /app/hook/deliveries?per_page=100");
  lost.erase(0);
  github_->on("POST /app/hook/deliveries/11/attempts", {202, json::object(), {}, {}});
  EXPECT_EQ(Redelivery(make(*proxy_, true), clock_).look(), 1);
  EXPECT_THAT(http_.violations, IsEmpty());

  for (const int code : {400, 422}) {
    http_.prefer = {{"/attempts", code}};
    const auto refused = make(*mock_, true).post("/app/hook/deliveries/11/attempts", nullptr);
    ASSERT_FALSE(refused);
    EXPECT_FALSE(refused.error().retryable());
  }
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, SoIsARegressionTest) {
  const std::string sha(40, 'a'), repo = "/repos/acme/shop";
  const effect::StartRegressionTest order{
      "HF-7-T2-17", "shop", "release/2.5", sha, "v2.4.8", "HF-7", clock_.now() - Minutes{2}};
  effect::FollowRegressionTest run{order.key, "shop", order.target, sha, "13", {}};
  github_->on("POST " + repo + "/actions/workflows/fix.yml/dispatches", {204, nullptr, {}, {}});
  github_->on("GET " + repo + "/actions/runs/13", {200, {{"status", "completed"}, {"conclusion", "failure"}}, {}, {}});
  const auto commit = "GET " + repo + "/commits/" + sha;
  github_->on(commit + "/check-runs?check_name=cart-unit&per_page=100",
              {200, {{"total_count", 0}, {"check_runs", json::array()}}, {}, {}});
  github_->on(commit + "/status?per_page=100", {200, {{"statuses", json::array()}}, {}, {}});
  auto& api = make(*proxy_, false);
  const auto workflow = create_workflow_tester(
      api, clock_, "acme/shop", {.file = "fix.yml", .inputs = {"sha", "target", "hotfix", "incident", "key"}});
  const auto started = workflow->start(order);
  ASSERT_TRUE(started) << started.error().what;
  (void)workflow->find(order);  // what it does not know is answered with 404
  EXPECT_EQ(workflow->follow(run)->step, "the run ended: failure");
  const auto check = create_check_tester(api, "acme/shop", "cart-unit");
  const auto seen = check->follow(run);
  ASSERT_TRUE(seen) << seen.error().what;
  EXPECT_EQ(seen->state, RegressionTestView::State::running);
  EXPECT_GE(http_.sent, 6);
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, SoIsADeployment) {
  const std::string sha(40, 'a');
  const effect::Deploy order{"HF-7-D2-17", "shop", "v2.4.8", sha, "pre prod/1", false, clock_.now() - Minutes{2}};
  effect::FollowDeployment run{order.key, "shop", "v2.4.8", order.environment, "12", {}};
  const std::string repo = "/repos/acme/shop", runs = repo + "/actions/workflows/deploy.yml/runs";
  github_->on("GET " + repo + "/commits/tags%2Fv2.4.8", {200, {{"sha", sha}}, {}, {}});
  github_->on("POST " + repo + "/actions/workflows/deploy.yml/dispatches", {204, nullptr, {}, {}});
  github_->on("GET " + repo + "/actions/runs/12", {200, {{"status", "completed"}, {"conclusion", "failure"}}, {}, {}});
  github_->on("POST " + repo + "/deployments", {201, {{"id", 42}, {"sha", sha}}, {}, {}});
  github_->on("GET " + repo + "/deployments/42/statuses?per_page=100", {200, json::array(), {}, {}});
  auto& api = make(*proxy_, false);
  const auto workflow =
      create_workflow_deployer(api, clock_, "acme/shop", {.file = "deploy.yml", .key_input = "order"});
  const auto started = workflow->start(order);
  ASSERT_TRUE(started) << started.error().what;
  (void)workflow->find(order);  // what it does not know is answered with 404
  run.id = started->id;
  (void)workflow->follow(run);
  run.id = "12";
  EXPECT_EQ(workflow->follow(run)->step, "the run ended: failure");
  EXPECT_EQ(github_->asked("GET " + repo + "/actions/runs/12/jobs?per_page=100"), 1);
  const auto deployments = create_deployments_deployer(api, "acme/shop");
  EXPECT_EQ(deployments->start(order)->id, "42");
  (void)deployments->find(order);
  run.id = "42";
  EXPECT_TRUE(deployments->follow(run));
  (void)deployments->releases(order.environment);
  EXPECT_GE(http_.sent, 11);
  EXPECT_THAT(http_.violations, IsEmpty());

  // GitHub's own examples.
  auto& mock = make(*mock_, false);
  const auto of_mock = create_workflow_deployer(mock, clock_, "octocat/Hello-World", {.file = "deploy.yml"});
  auto anywhere = order;
  anywhere.sha.clear();
  http_.prefer = {{"/dispatches", 200}};
  const auto example = of_mock->start(anywhere);
  ASSERT_TRUE(example) << example.error().what;
  EXPECT_TRUE(example->id.find_first_not_of("0123456789") == std::string::npos && example->id != "0") << example->id;
  EXPECT_THAT(example->url, HasSubstr("https://github.com/"));
  EXPECT_TRUE(of_mock->follow(run));
  EXPECT_FALSE(of_mock->releases("production")->empty() && of_mock->releases("production")->size() > 2);
  const auto made = create_deployments_deployer(mock, "octocat/Hello-World");
  http_.prefer = {{"/deployments", 201}};
  EXPECT_TRUE(made->start(anywhere));
  for (const int code : {202, 409, 422}) {
    http_.prefer = {{"/deployments", code}};
    const auto refused = made->start(anywhere);
    ASSERT_FALSE(refused) << code;
    EXPECT_FALSE(refused.error().retryable()) << code;
  }
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, PrismSeesWhatIsWrong) {
  auto& api = make(*proxy_, false);
  (void)api.get("/repos/acme/shop/hooks?per_page=many");
  (void)api.get("/nowhere");
  ASSERT_EQ(http_.violations.size(), 2U) << fmt::format("{}", fmt::join(http_.violations, "\n"));
  EXPECT_THAT(http_.violations[0], HasSubstr("per_page"));
  EXPECT_THAT(http_.violations[1], HasSubstr("Selected route not found"));
}

const effect::OpenPullRequest kOpen{"shop", "hotfix/checkout-500", "main", "null check", "Hotfix HF-1", true};
const effect::SetCommitStatus kSet{"shop",
                                   std::string(40, '1'),
                                   "hotfixd/merge-back",
                                   "main",
                                   CheckState::failed,
                                   "main lacks it",
                                   "https://bot.example.com/incident/HF-1"};
const effect::PublishRelease kRelease{"shop", "v2.4.8", "v2.4.8", "HF-1", std::string(40, '1')};
const effect::FileIssue kIssue{"shop", "A1", "hotfixd HF-1/A1", "test it", "A1 of HF-1", {}};

template <typename T>
std::optional<Problem> why(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error());
}

effect::Observe a_look() {
  effect::Observe look;
  look.repository = "shop";
  look.branch = "hotfix/checkout-500";
  look.base_sha = std::string(40, '2');
  look.tag_sha = std::string(40, '1');
  return look;
}

// All that a forge is asked and told, with a failed job whose steps are read.
TEST_F(GithubContract, EveryRequestOfTheForgeIsAsTheDescriptionSays) {
  const std::string head(40, '1');
  const auto ok = [&](const std::string& call, json body) { github_->on(call, {200, std::move(body), {}, {}}); };
  const json pull{{"number", 7},
                  {"state", "open"},
                  {"title", "null check"},
                  {"html_url", "https://github.com/acme/shop/pull/7"},
                  {"draft", false},
                  {"user", {{"login", "dave"}}},
                  {"head", {{"ref", "hotfix/checkout-500"}, {"sha", head}, {"repo", {{"full_name", "acme/shop"}}}}},
                  {"base", {{"ref", "main"}}},
                  {"created_at", "2026-11-14T20:24:00Z"}};
  const std::string shop = "GET /repos/acme/shop", commit = shop + "/commits/" + head;
  ok(shop + "/pulls?state=all&per_page=100&head=acme%3Ahotfix%2Fcheckout-500", json::array({pull}));
  ok(shop + "/pulls/7/reviews?per_page=100", json::array({{{"user", {{"login", "carol"}, {"type", "User"}}},
                                                           {"state", "APPROVED"},
                                                           {"commit_id", head},
                                                           {"author_association", "MEMBER"},
                                                           {"submitted_at", "2026-11-14T20:31:00Z"}}}));
  ok(shop + "/collaborators/carol/permission", {{"permission", "write"}, {"role_name", "write"}, {"user", nullptr}});
  ok(shop, {{"id", 3}, {"full_name", "acme/shop"}});
  ok(shop + "/rules/branches/main?per_page=100",
     json::array(
         {{{"type", "required_status_checks"},
           {"parameters",
            {{"required_status_checks", json::array({{{"context", "coverage"}, {"integration_id", 77}}})}}}},
          {{"type", "workflows"},
           {"parameters",
            {{"workflows", json::array({{{"path", ".github/workflows/scan.yml"}, {"repository_id", 99}}})}}}}}));
  ok("GET /apps/codecov", {{"id", 77}, {"slug", "codecov"}});
  github_->on(shop + "/actions/workflows/scan.yml", {404, {{"message", "Not Found"}}, {}, {}});
  ok(shop + "/compare/" + std::string(40, '2') + "..." + head + "?per_page=100", {{"commits", json::array()}});
  ok(commit + "/check-runs?per_page=100",
     {{"check_runs", json::array({{{"id", 32},
                                   {"name", "unit"},
                                   {"head_sha", head},
                                   {"status", "completed"},
                                   {"conclusion", "failure"},
                                   {"details_url", "https://github.com/acme/shop/actions/runs/9/job/32"}}})}});
  ok(shop + "/actions/jobs/32", {{"steps", json::array({{{"name", "Run"}, {"conclusion", "failure"}}})}});
  ok(commit + "/status?per_page=100",
     {{"statuses", json::array({{{"id", 44},
                                 {"context", "coverage"},
                                 {"state", "success"},
                                 {"creator", {{"login", "codecov[bot]"}, {"type", "Bot"}}},
                                 {"updated_at", "2026-11-14T20:38:00Z"}}})}});
  ok(commit + "/check-suites?per_page=100", {{"check_suites", json::array()}});
  ok(shop + "/actions/runs?per_page=100&head_sha=" + head,
     {{"workflow_runs", json::array({{{"id", 9},
                                      {"name", "Scan"},
                                      {"event", "pull_request"},
                                      {"path", ".github/workflows/scan.yml@main"},
                                      {"workflow_id", 12},
                                      {"head_sha", head},
                                      {"status", "completed"},
                                      {"conclusion", "success"},
                                      {"head_repository", {{"full_name", "acme/shop"}}}}})}});
  ok(shop + "/deployments?environment=production&per_page=30",
     json::array({{{"id", 42}, {"sha", head}, {"ref", "v2.4.8"}, {"environment", "production"}}}));
  ok(shop + "/deployments/42/statuses?per_page=100",
     json::array({{{"id", 1}, {"state", "success"}, {"created_at", "2026-11-14T20:45:00Z"}}}));
  ok(shop + "/pulls?state=open&per_page=100&head=acme%3Ahotfix%2Fcheckout-500&base=main", json::array());
  ok(shop + "/issues?state=all&sort=created&direction=desc&per_page=100&since=1970-01-01T00%3A00%3A00Z", json::array());
  ok(shop + "/pulls?state=open&sort=updated&direction=desc&per_page=100", json::array({pull}));
  ok(shop + "/pulls/7", pull);
  ok("PUT /repos/acme/shop/pulls/7/merge", {{"sha", head}, {"merged", true}});
  github_->on("POST /repos/acme/shop/pulls", {201, pull, {}, {}});
  github_->on("POST /repos/acme/shop/statuses/" + head, {201, {{"id", 1}}, {}, {}});
  ok(shop + "/git/ref/tags%2Fv2.4.8", {{"ref", "refs/tags/v2.4.8"}});
  github_->on("POST /repos/acme/shop/releases", {201, {{"id", 1}}, {}, {}});
  github_->on("POST /repos/acme/shop/issues", {201, {{"number", 9}, {"html_url", "u"}}, {}, {}});
  for (const bool app : {true, false}) {
    const auto forge = create_forge(make(*proxy_, app), "shop", "acme/shop", config_.policy);
    const auto view = forge->look(a_look(), head);
    ASSERT_TRUE(view) << view.error().what;
    const auto check = [&](const std::string& context) {
      for (const auto& event : view->events)
        if (const auto* one = std::get_if<forge::Check>(&event.fact); one != nullptr && one->context == context)
          return *one;
      return forge::Check{};
    };
    EXPECT_EQ(check("unit").step, "Run");
    EXPECT_EQ(check("coverage").source, "app 77");
    EXPECT_EQ(check("workflow: Scan (pull_request, run 9)").source,
              "workflow .github/workflows/scan.yml of another repository");
    EXPECT_THAT(view->rights_unknown, IsEmpty());
    EXPECT_EQ(std::get<forge::Deployment>(view->events.back().fact).state, forge::Deployment::State::succeeded);
    EXPECT_TRUE(forge->open_pull_request(kOpen));
    const auto set = forge->set_commit_status(kSet);
    EXPECT_TRUE(set) << set.error().what;
    EXPECT_TRUE(forge->publish_release(kRelease));
    for (const auto method : {MergeMethod::merge, MergeMethod::squash, MergeMethod::rebase}) {
      const auto merged = forge->merge_pull_request({"shop", 7, head, "main", method});
      EXPECT_TRUE(merged) << merged.error().what;
    }
    EXPECT_TRUE(forge->open_pull_requests());
    EXPECT_TRUE(forge->status_on(head, "hotfixd/merge-back"));
    const auto filed = forge->file_issue(kIssue);
    EXPECT_TRUE(filed) << filed.error().what << fmt::format("{}", fmt::join(github_->calls(), " "));
  }
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, EveryErrorOfTheForgesCallsIsAProblemThatSaysWhatToMend) {
  using Kind = Problem::Kind;
  const struct {
    std::string path;
    int code;
    std::function<std::optional<Problem>(Forge&)> call;
    Kind kind;
  } cases[] = {
      {"/pulls", 403, [](Forge& f) { return why(f.open_pull_request(kOpen)); }, Kind::refused},
      {"/pulls", 422, [](Forge& f) { return why(f.open_pull_request(kOpen)); }, Kind::invalid},
      {"/git/ref/tags%2Fv2.4.8", 404, [](Forge& f) { return why(f.publish_release(kRelease)); }, Kind::unreachable},
      {"/git/ref/tags%2Fv2.4.8", 409, [](Forge& f) { return why(f.publish_release(kRelease)); }, Kind::refused},
      {"/releases", 422, [](Forge& f) { return why(f.publish_release(kRelease)); }, Kind::invalid},
      {"/issues", 400, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::refused},
      {"/issues", 403, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::refused},
      {"/issues", 404, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::not_found},
      {"/issues", 410, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::refused},
      {"/issues", 422, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::invalid},
      {"/issues", 503, [](Forge& f) { return why(f.file_issue(kIssue)); }, Kind::unreachable},
  };
  for (const auto& c : cases) {
    // What is looked for first is not there.
    http_.prefer = {{c.path, c.code}, {"/releases/tags/v2.4.8", 404}};
    http_.empty_lists = http_.one_page = true;
    const auto forge = create_forge(make(*mock_, false), "shop", "octocat/Hello-World", config_.policy);
    const auto problem = c.call(*forge);
    http_.empty_lists = false;
    ASSERT_TRUE(problem) << c.path << " " << c.code;
    EXPECT_EQ(problem->kind, c.kind) << c.path << " " << c.code << ": " << problem->what;
    EXPECT_FALSE(problem->what.empty());
    EXPECT_FALSE(problem->mend.empty()) << problem->what;
  }
  EXPECT_THAT(http_.violations, IsEmpty());
}

// GitHub's own examples of answers are read without a complaint.
TEST_F(GithubContract, GitHubsOwnExamplesMakeAView) {
  http_.one_page = true;
  const auto forge = create_forge(make(*mock_, false), "shop", "octocat/Hello-World", config_.policy);
  const auto view = forge->look(a_look(), std::string(40, '1'));
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_FALSE(view->events.empty());
  EXPECT_THAT(http_.violations, IsEmpty());
}

// What is a success in the description is read as one.
TEST_F(GithubContract, GitHubsOwnExamplesAreUnderstood) {
  auto& api = make(*mock_, true);
  const auto installation = api.installation("octocat/Hello-World");
  ASSERT_TRUE(installation) << installation.error().what;
  EXPECT_EQ(installation->account, "github");
  EXPECT_EQ(installation->permissions.at("contents"), "read");
  EXPECT_FALSE(installation->suspended);
  EXPECT_TRUE(api.get("/repos/octocat/Hello-World", "octocat/Hello-World"));
  // Its Link leads to api.github.com.
  const auto hooks = api.get("/repos/octocat/Hello-World/hooks?per_page=100", "octocat/Hello-World");
  ASSERT_TRUE(hooks) << hooks.error().what;
  EXPECT_EQ(hooks->body.at(0)["config"]["url"], "https://example.com/webhook");
  const auto found = cli::github_findings(config_, api);
  EXPECT_GT(found.size(), 3U);
  for (const auto& f : found) EXPECT_THAT(f.what, ::testing::Not(HasSubstr("not GitHub's")));
  EXPECT_THAT(http_.violations, IsEmpty());
}

TEST_F(GithubContract, EveryErrorOfTheDescriptionHasAKind) {
  using Kind = Problem::Kind;
  const std::string repo = "octocat/Hello-World";
  const struct {
    std::string path;
    bool app;
    int code;
    Kind kind;
  } cases[] = {
      {"/access_tokens", true, 401, Kind::credentials},
      {"/access_tokens", true, 403, Kind::refused},
      {"/access_tokens", true, 404, Kind::not_found},
      {"/access_tokens", true, 422, Kind::invalid},
      {"/installation", true, 404, Kind::not_found},
      {"/installation", true, 301, Kind::refused},  // Prism gives no Location
      {"/repos/octocat/Hello-World", false, 301, Kind::refused},
      {"/repos/octocat/Hello-World", false, 403, Kind::refused},
      {"/repos/octocat/Hello-World", false, 404, Kind::not_found},
      {"/repos/octocat/Hello-World/branches/main", false, 404, Kind::not_found},
      {"/repos/octocat/Hello-World/hooks?per_page=100", false, 404, Kind::not_found},
      {"/user", false, 401, Kind::credentials},
      {"/user", false, 403, Kind::refused},
      {"/user", false, 304, Kind::refused},  // nobody asked with an ETag
      {"/app/hook/deliveries?per_page=100", true, 400, Kind::refused},
      {"/app/hook/deliveries?per_page=100", true, 422, Kind::invalid},
  };
  for (const auto& c : cases) {
    http_.prefer = {{c.path, c.code}};
    const bool tokens = c.path == "/access_tokens" || c.path == "/installation";
    const auto as = c.path.starts_with("/app/") ? std::string{} : repo;
    const auto answer = make(*mock_, c.app).get(tokens ? "/repos/" + repo : c.path, as);
    ASSERT_FALSE(answer) << c.path << " " << c.code;
    EXPECT_EQ(answer.error().kind, c.kind) << c.path << " " << c.code << ": " << answer.error().what;
    EXPECT_FALSE(answer.error().what.empty());
    EXPECT_FALSE(answer.error().mend.empty()) << answer.error().what;
  }
  EXPECT_THAT(http_.violations, IsEmpty());
}

}  // namespace
}  // namespace hotfixd::github
