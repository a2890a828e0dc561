#include "tests/store/stores.hpp"

// What every store promises about effects: order, keys that are used once, and that of two texts for
// one slot the newer is never lost.

namespace hotfixd::store::test {
namespace {

class OutboxContract : public StoreContract {
 protected:
  void put(std::vector<OutboxItem> items) {
    auto commit = delivery("");
    commit.effects = std::move(items);
    commit_one(*store_, commit);
  }
  void done(std::vector<std::string> keys) {
    auto commit = delivery("");
    commit.done = std::move(keys);
    commit_one(*store_, commit);
  }
  void retried(OutboxItem item, int attempts, Time not_before) {
    item.attempts = attempts;
    item.not_before = not_before;
    auto commit = delivery("");
    commit.retried = {std::move(item)};
    commit_one(*store_, commit);
  }
  void dead(const std::string& key, const std::string& what, int seconds) {
    auto commit = delivery("");
    commit.at = at(seconds);
    commit.dead = {{key, Problem{Problem::Kind::refused, what, "", {}}}};
    commit_one(*store_, commit);
  }
  // "key:text" of what is pending, in order.
  std::vector<std::string> pending() {
    std::vector<std::string> out;
    for (const auto& item : must(store_->pending())) {
      const auto* shown = std::get_if<effect::ShowMessage>(&item.effect);
      out.push_back(item.key + (shown ? ":" + shown->message.lines.at(0).at(0).text : ""));
    }
    return out;
  }
  using Keys = std::vector<std::string>;
};

TEST_P(OutboxContract, an_item_comes_back_as_it_was_put) {
  auto item = show("e1", "HF-1/status", "declared");
  item.not_before = at(5);
  item.attempts = 2;
  put({item});
  const auto back = must(store_->pending()).at(0);
  EXPECT_EQ(std::tie(back.key, back.target, back.incident, back.effect, back.not_before, back.attempts),
            std::tie(item.key, item.target, item.incident, item.effect, item.not_before, item.attempts));
}

TEST_P(OutboxContract, items_keep_the_order_of_insertion_over_all_targets) {
  put({cut("b"), show("c", "s1", "one"), cut("a")});
  put({cut("0")});
  EXPECT_EQ(pending(), (Keys{"b", "c:one", "a", "0"}));
  std::uint64_t last = 0;
  for (const auto& item : must(store_->pending())) {
    EXPECT_GT(item.sequence, last);
    last = item.sequence;
  }
}

TEST_P(OutboxContract, a_key_is_used_once_for_all_time) {
  put({cut("e1")});
  put({cut("e1")});
  EXPECT_EQ(pending(), Keys{"e1"});
  done({"e1"});
  EXPECT_EQ(pending(), Keys{});
  put({cut("e1"), show("e1", "s1", "late")});
  EXPECT_EQ(pending(), Keys{});
}

TEST_P(OutboxContract, a_newer_text_takes_the_place_of_an_unsent_one) {
  put({show("e1", "status", "declared"), show("e2", "ping", "ping")});
  const auto sequence = must(store_->pending())[0].sequence;
  put({show("e3", "status", "fixing")});
  EXPECT_EQ(pending(), (Keys{"e3:fixing", "e2:ping"}));
  EXPECT_EQ(must(store_->pending())[0].sequence, sequence);
  put({show("e4", "status", "shipped")});
  EXPECT_EQ(pending(), (Keys{"e4:shipped", "e2:ping"}));
  EXPECT_EQ(must(store_->pending())[0].sequence, sequence);
  put({show("e1", "status", "declared")});  // a replaced key is used up too
  EXPECT_EQ(pending(), (Keys{"e4:shipped", "e2:ping"}));
}

TEST_P(OutboxContract, of_two_texts_in_one_commit_the_last_stands) {
  put({show("e1", "status", "declared"), cut("e2"), show("e3", "status", "fixing")});
  EXPECT_EQ(pending(), (Keys{"e3:fixing", "e2"}));
}

TEST_P(OutboxContract, a_text_replaced_while_the_old_one_was_being_sent_is_not_lost) {
  put({show("e1", "status", "declared")});
  // the engine has taken e1 and is posting it; meanwhile:
  put({show("e2", "status", "fixing")});
  done({"e1"});
  EXPECT_EQ(pending(), Keys{"e2:fixing"});
  dead("e1", "late failure of a replaced text", 0);
  EXPECT_EQ(pending(), Keys{"e2:fixing"});
  EXPECT_TRUE(must(store_->dead_letters()).empty());
}

TEST_P(OutboxContract, a_text_that_was_attempted_is_not_replaced_but_followed) {
  const auto first = show("e1", "status", "declared");
  put({first});
  retried(first, 1, at(9));
  put({show("e2", "status", "fixing")});
  EXPECT_EQ(pending(), (Keys{"e1:declared", "e2:fixing"}));
  put({show("e3", "status", "shipped")});
  EXPECT_EQ(pending(), (Keys{"e1:declared", "e3:shipped"}));
}

TEST_P(OutboxContract, a_text_for_a_slot_that_is_done_in_the_same_commit_comes_anew) {
  put({show("e1", "status", "declared"), cut("e2")});
  auto commit = delivery("");
  commit.done = {"e1"};
  commit.effects = {show("e3", "status", "fixing")};
  commit_one(*store_, commit);
  EXPECT_EQ(pending(), (Keys{"e2", "e3:fixing"}));
}

TEST_P(OutboxContract, a_retry_keeps_the_item_and_moves_its_time) {
  put({cut("e1"), cut("e2")});
  retried(cut("e1"), 3, at(60));
  const auto item = must(store_->pending()).at(0);
  EXPECT_EQ(std::tie(item.key, item.attempts, item.not_before), std::make_tuple(std::string("e1"), 3, at(60)));
  EXPECT_EQ(pending(), (Keys{"e1", "e2"}));
  done({"e1"});
  retried(cut("e1"), 4, at(90));  // too late: it stays done
  EXPECT_EQ(pending(), Keys{"e2"});
}

TEST_P(OutboxContract, a_dead_item_leaves_the_queue_and_is_kept_as_a_letter) {
  put({cut("e1"), cut("e2")});
  dead("e2", "the hook says no", 77);
  dead("e1", "no such tag", 78);
  EXPECT_EQ(pending(), Keys{});
  const auto letters = must(store_->dead_letters());
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_EQ(std::tie(letters[0].key, letters[0].incident, letters[0].what, letters[0].at),
            std::make_tuple(std::string("e1"), std::string("HF-1"), std::string("no such tag"), at(78)));
  EXPECT_EQ(letters[1].what, "the hook says no");
  put({cut("e1")});
  EXPECT_EQ(pending(), Keys{});
}

TEST_P(OutboxContract, unknown_keys_are_nothing_to_do) {
  done({"never"});
  dead("never", "x", 0);
  retried(cut("never"), 1, at(0));
  EXPECT_EQ(pending(), Keys{});
  EXPECT_TRUE(must(store_->dead_letters()).empty());
}

INSTANTIATE_TEST_SUITE_P(Every, OutboxContract, ::testing::ValuesIn(stores()), store_name);

}  // namespace
}  // namespace hotfixd::store::test
