// An incident's page, asked over a socket: who has the link reads the record, nobody else learns anything.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "bot/cli/compose.hpp"
#include "bot/net/http_server.hpp"
#include "bot/store/random_ids.hpp"
#include "tests/local/temporary_folder.hpp"
#include "tests/net/client.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

class Pages : public ::testing::Test {
 protected:
  Pages() : config_(demo_config(folder_.file("work"))) {
    config_.policy.repositories.clear();
    config_.repositories.clear();
    config_.data_dir = folder_.file("data");
    config_.engine.workers = 0;
    config_.listen.public_url = "https://bot.example.com";
  }

  // As alice in #incidents.
  void type(const std::string& line) {
    auto bot = must(make_bot(config_));
    const Person alice{"alice", "alice"};
    bot.engine->submit(
        {fmt::format("d{}", ++deliveries_), bot.clock->now(), alice, "#incidents", Delivery::CommandLine{line}},
        [](const Result<InboxAnswer>& a) { EXPECT_TRUE(a.has_value()); });
    if (auto ran = bot.engine->run_until_idle(); !ran) throw std::runtime_error(ran.error().what);
  }

  PageLinks links() { return must(PageLinks::open(config_, *ids_)); }

  // The answer to what stands behind the public address.
  std::string get(const std::string& address, PageLinks links) {
    const auto page = make_incident_page(config_, std::move(links), *ids_);
    auto server = must(net::listen({}, {page->route()}));
    server->start();
    test::Client client(server->port());
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", address.substr(config_.listen.public_url.size())));
    auto answer = client.response();
    server->stop();
    return answer;
  }
  std::string get(const std::string& address) { return get(address, links()); }

  template <typename T>
  static T must(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().what);
    return std::move(*result);
  }

  testing::TemporaryFolder folder_;
  Config config_;
  std::unique_ptr<IdSource> ids_ = store::random_ids();
  int deliveries_ = 0;
};

TEST_F(Pages, WhoHasTheLinkReadsTheRecordAndItRunsNothing) {
  type("declare sev2 500s <script>alert(1)</script> [x](javascript:alert(2)) &lt;b&gt; --criteria all");
  type("note \"*** <img src=x onerror=alert(3)>\"");
  const auto address = links().to("HF-1");
  EXPECT_TRUE(address.starts_with("https://bot.example.com/incident?id=HF-1&key=")) << address;
  const auto answer = get(address);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
  EXPECT_TRUE(answer.contains("<title>HF-1</title>"));
  EXPECT_TRUE(answer.contains("500s &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:alert(2))")) << answer;
  EXPECT_TRUE(answer.contains("*** &lt;img src=x onerror=alert(3)&gt;")) << answer;
  EXPECT_FALSE(answer.contains("<script"));
  EXPECT_FALSE(answer.contains("<img"));
  for (const auto* header :
       {"Content-Security-Policy: default-src 'none'", "Referrer-Policy: no-referrer", "Cache-Control: no-store"})
    EXPECT_TRUE(answer.contains(header)) << header;
}

TEST_F(Pages, WithoutTheKeyNobodyLearnsWhatIsThere) {
  type("declare sev2 500s --criteria all");
  const auto own = links().to("HF-1");
  const auto unknown = get(links().to("HF-7"));
  EXPECT_TRUE(unknown.starts_with("HTTP/1.1 404 ")) << unknown;
  const auto key = own.substr(own.rfind('=') + 1);
  for (const std::string path :
       {"/incident", "/incident?", "/incident?id=HF-1", "/incident?id=HF-1&key=", "/incident?key=x&id=HF-1",
        "/incident?id=HF-2&key=", "/incident?id=&key=", "/incident?id=HF-1&key=0000"})
    EXPECT_EQ(get(config_.listen.public_url + path), unknown) << path;
  EXPECT_EQ(get(config_.listen.public_url + "/incident?id=HF-2&key=" + key), unknown);
  EXPECT_EQ(get(own.substr(0, own.size() - 1)), unknown);
}

TEST_F(Pages, LinksLastUntilTheKeyIsDeleted) {
  type("declare sev2 500s --criteria all");
  const auto path = config_.data_dir / "page-key";
  const auto before = links().to("HF-1");
  EXPECT_EQ(links().to("HF-1"), before);
  EXPECT_EQ(fs::status(path).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  fs::remove(path);
  EXPECT_NE(links().to("HF-1"), before);
  EXPECT_TRUE(get(before).starts_with("HTTP/1.1 404 "));
}

TEST_F(Pages, ExportPrintsTheLink) {
  type("declare sev2 500s --criteria all");
  const auto exported = [&] {
    std::ostringstream out, err;
    const int code = run_export(config_, {.incident = "HF-1", .format = "link"}, out, err);
    return fmt::format("{} {}{}", code, out.str(), err.str());
  };
  EXPECT_EQ(exported(), "0 " + links().to("HF-1") + "\n");
  config_.listen.public_url.clear();
  EXPECT_EQ(exported(), "2 There are no pages: set server.public_url in the configuration.\n");
}

TEST_F(Pages, ADamagedKeyIsSaidAndLeftAlone) {
  fs::create_directories(config_.data_dir);
  std::ofstream(config_.data_dir / "page-key") << "short";
  const auto opened = PageLinks::open(config_, *ids_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().what, "cannot read a key from " + (config_.data_dir / "page-key").string());
}

TEST_F(Pages, ARecordThatCannotBeReadIsNotAnUnknownIncident) {
  type("declare sev2 500s --criteria all");
  const auto address = links().to("HF-1");
  for (const auto& file : fs::directory_iterator(config_.data_dir))
    if (file.path().filename().string().starts_with("hotfixd.db")) fs::remove(file.path());
  const auto answer = get(address);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_TRUE(answer.contains("The record cannot be read at the moment."));
}

}  // namespace
}  // namespace hotfixd::cli
