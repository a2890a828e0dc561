#include "integrations/local/local_platform.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/local/chat_platform_contract.hpp"
#include "tests/local/fake_engine.hpp"
#include "tests/local/temporary_folder.hpp"

namespace hotfixd::testing {
namespace {

class LocalUnderTest final : public PlatformUnderTest {
 public:
  LocalUnderTest() { open(); }
  ChatPlatform& platform() override { return *platform_; }
  void restart() override {
    platform_.reset();
    store_.reset();
    open();
  }
  std::vector<Seen> seen(const ChannelId& channel) override {
    std::vector<Seen> out;
    for (const auto& e : store_->recent(channel, "me", 100).value()) {
      if (e.card) out.push_back({local::message_id(e.number), *e.card, e.pinned});
    }
    return out;
  }
  // Nobody can delete the bot's message through the client; an administrator's hand in the file can.
  void someone_deletes(const ChannelId&, const MessageId& id) override {
    SQLite::Database db(path_, SQLite::OPEN_READWRITE, 1000);
    SQLite::Statement update(db, "UPDATE messages SET deleted = 1 WHERE number = ?");
    update.bind(1, id);
    ASSERT_EQ(update.exec(), 1);
  }

 private:
  void open() {
    auto store = local::ChannelStore::open(path_);
    ASSERT_TRUE(store.has_value()) << store.error().what;
    store_ = *std::move(store);
    platform_ = local::create_local_platform(*store_, clock_);
  }

  FixedClock clock_;
  TemporaryFolder folder_;
  std::string path_ = folder_.file("channel.db");
  std::unique_ptr<local::ChannelStore> store_;
  std::unique_ptr<ChatPlatform> platform_;
};

std::unique_ptr<PlatformUnderTest> make_local() { return std::make_unique<LocalUnderTest>(); }

INSTANTIATE_TEST_SUITE_P(Local, ChatPlatformContract, ::testing::Values(&make_local));

TEST(LocalPlatform, TheBotDoesNotEditWhatAPersonWrote) {
  FixedClock clock;
  const auto store = local::ChannelStore::open(":memory:").value();
  const auto platform = local::create_local_platform(*store, clock);
  ASSERT_TRUE(store->say("#incidents", {"alice", "alice"}, "mine", clock.now()).has_value());
  const auto edited = platform->edit("#incidents", "1", say("yours"));
  ASSERT_FALSE(edited.has_value());
  EXPECT_EQ(edited.error().kind, Problem::Kind::refused);
}

}  // namespace
}  // namespace hotfixd::testing
