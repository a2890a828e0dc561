#include "tests/store/stores.hpp"

// What every store promises about incidents, deliveries and messages.

namespace hotfixd::store::test {
namespace {

using Kind = CommitOutcome::Kind;

std::vector<std::string> ids_of(const std::vector<IncidentHead>& heads) {
  std::vector<std::string> out;
  for (const auto& head : heads) out.push_back(head.id);
  return out;
}

TEST_P(StoreContract, what_is_committed_is_loaded_as_it_was) {
  const std::vector<Event> events{declared("HF-1"), happened(event::Resolved{{"back at baseline"}}, 60)};
  auto commit = delivery("d1", {append("HF-1", 0, events)});
  auto& head = commit.appends[0].head;
  head.repositories = {"shop", "pay"};
  head.wake_at = at(3600);
  head.status = Status::resolved;
  EXPECT_EQ(commit_one(*store_, commit).kind, Kind::committed);

  EXPECT_EQ(must(store_->load("HF-1")), events);
  EXPECT_EQ(must(store_->load("HF-1"))[0].actor.name, "alice");
  EXPECT_EQ(must(store_->load("HF-2")), std::vector<Event>{});
  const auto stored = must(store_->heads(true)).at(0);
  EXPECT_EQ(std::tie(stored.id, stored.channel, stored.open, stored.watched, stored.summary, stored.severity,
                     stored.status, stored.declared_at, stored.version, stored.repositories, stored.wake_at),
            std::tie(head.id, head.channel, head.open, head.watched, head.summary, head.severity, head.status,
                     head.declared_at, head.version, head.repositories, head.wake_at));
  EXPECT_EQ(must(store_->verify("HF-1")), 2U);
}

TEST_P(StoreContract, a_delivery_that_comes_again_changes_nothing_and_gets_the_first_answer) {
  auto commit = delivery("d1", {append("HF-1", 0, {declared("HF-1")})});
  commit.answer = {"HF-1", saying("declared")};
  commit_one(*store_, commit);
  auto again = delivery("d1", {append("HF-1", 1, {happened(event::Closed{})})});
  again.answer = {"HF-1", saying("closed")};
  again.effects = {cut("e1")};
  const auto outcome = commit_one(*store_, again);
  EXPECT_EQ(outcome.kind, Kind::duplicate);
  EXPECT_EQ(outcome.first_answer.incident, "HF-1");
  EXPECT_EQ(outcome.first_answer.reply, saying("declared"));
  EXPECT_EQ(must(store_->load("HF-1")).size(), 1U);
  EXPECT_TRUE(must(store_->pending()).empty());
}

TEST_P(StoreContract, seen_knows_answers_with_and_without_a_reply) {
  auto with = delivery("with");
  with.answer = {"HF-1", saying("yes")};
  auto without = delivery("without");
  without.answer = {"HF-2", std::nullopt};
  commit_one(*store_, with);
  commit_one(*store_, without);
  EXPECT_EQ(must(store_->seen("with"))->reply, saying("yes"));
  EXPECT_EQ(must(store_->seen("without"))->incident, "HF-2");
  EXPECT_EQ(must(store_->seen("without"))->reply, std::nullopt);
  EXPECT_FALSE(must(store_->seen("never")).has_value());
}

TEST_P(StoreContract, commits_without_a_delivery_are_never_duplicates) {
  commit_one(*store_, delivery("", {append("HF-1", 0, {declared("HF-1")})}));
  EXPECT_EQ(commit_one(*store_, delivery("", {append("HF-1", 1, {happened(event::Closed{})})})).kind, Kind::committed);
  EXPECT_FALSE(must(store_->seen("")).has_value());
}

TEST_P(StoreContract, an_append_at_another_version_is_a_conflict) {
  commit_one(*store_, delivery("d1", {append("HF-1", 0, {declared("HF-1")})}));
  EXPECT_EQ(commit_one(*store_, delivery("d2", {append("HF-1", 0, {declared("HF-1")})})).kind, Kind::version_conflict);
  EXPECT_EQ(commit_one(*store_, delivery("d3", {append("HF-1", 2, {happened(event::Closed{})})})).kind,
            Kind::version_conflict);
  EXPECT_EQ(commit_one(*store_, delivery("d4", {append("HF-2", 1, {happened(event::Closed{})})})).kind,
            Kind::version_conflict);
  EXPECT_EQ(must(store_->load("HF-1")).size(), 1U);
  EXPECT_EQ(ids_of(must(store_->heads(true))), std::vector<std::string>{"HF-1"});
}

TEST_P(StoreContract, a_conflicting_element_leaves_nothing_behind_not_even_its_delivery) {
  commit_one(*store_, delivery("d1", {append("HF-1", 0, {declared("HF-1")})}));
  auto commit = delivery("d2", {append("HF-2", 0, {declared("HF-2")}), append("HF-1", 7, {happened(event::Closed{})})});
  commit.effects = {cut("e1")};
  commit.placed = {{"HF-2/status", {"#incidents", "m1"}}};
  commit.loose = {{"#incidents", "m2", {"U1", "alice"}, "500s", at(0)}};
  EXPECT_EQ(commit_one(*store_, commit).kind, Kind::version_conflict);
  EXPECT_TRUE(must(store_->load("HF-2")).empty());
  EXPECT_FALSE(must(store_->seen("d2")).has_value());
  EXPECT_TRUE(must(store_->pending()).empty());
  EXPECT_FALSE(must(store_->placed("HF-2/status")).has_value());
  EXPECT_TRUE(must(store_->loose("#incidents", at(-100))).empty());
  EXPECT_EQ(must(store_->verify("HF-1")), 1U);
}

TEST_P(StoreContract, in_a_group_the_good_elements_stand_beside_the_skipped) {
  auto first = delivery("a", {append("HF-1", 0, {declared("HF-1")})});
  first.answer = {"HF-1", saying("first")};
  const std::vector<Commit> group{
      first,
      delivery("a", {append("HF-9", 0, {declared("HF-9")})}),               // the same delivery, in one group
      delivery("c", {append("HF-1", 1, {happened(event::RcaStarted{})})}),  // follows on the first element
      delivery("b", {append("HF-1", 0, {declared("HF-1")})}),               // declared a moment ago
      delivery("d", {append("HF-2", 0, {declared("HF-2"), happened(event::RcaStarted{})}),
                     append("HF-2", 2, {happened(event::Closed{})})}),  // twice the same incident
  };
  const auto outcomes = must(store_->commit(group));
  std::vector<Kind> kinds;
  for (const auto& outcome : outcomes) kinds.push_back(outcome.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::committed, Kind::duplicate, Kind::committed, Kind::version_conflict,
                                      Kind::committed}));
  EXPECT_EQ(outcomes[1].first_answer.reply, saying("first"));
  EXPECT_EQ(must(store_->load("HF-1")).size(), 2U);
  EXPECT_EQ(must(store_->load("HF-2")).size(), 3U);
  EXPECT_TRUE(must(store_->load("HF-9")).empty());
  EXPECT_EQ(must(store_->verify("HF-1")), 2U);
  EXPECT_EQ(must(store_->verify("HF-2")), 3U);
  EXPECT_TRUE(must(store_->commit({})).empty());
}

TEST_P(StoreContract, what_follows_in_a_group_on_something_skipped_is_skipped_though_its_version_fits) {
  const auto close = [] { return happened(event::Closed{}); };
  commit_one(*store_, delivery("known", {append("HF-1", 0, {declared("HF-1")})}));
  commit_one(*store_, delivery("other", {append("HF-1", 1, {happened(event::RcaStarted{})})}));
  commit_one(*store_, delivery("", {append("HF-2", 0, {declared("HF-2")})}));
  const std::vector<Commit> group{
      delivery("a", {append("HF-1", 1, {close()})}),      // another was faster, with as many events
      delivery("b", {append("HF-1", 2, {close()})}),      // decided on what `a` would have done
      delivery("known", {append("HF-2", 1, {close()})}),  // came before
      delivery("c", {append("HF-2", 1, {close()})}),     delivery("d", {append("HF-3", 0, {declared("HF-3")})}),
  };
  std::vector<Kind> kinds;
  for (const auto& outcome : must(store_->commit(group))) kinds.push_back(outcome.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::version_conflict, Kind::version_conflict, Kind::duplicate,
                                      Kind::version_conflict, Kind::committed}));
  EXPECT_EQ(must(store_->load("HF-1")).size(), 2U);
  EXPECT_EQ(must(store_->load("HF-2")).size(), 1U);
  EXPECT_FALSE(must(store_->seen("b")).has_value());
}

TEST_P(StoreContract, a_wrong_call_is_refused_as_a_whole) {
  const auto good = delivery("good", {append("HF-1", 0, {declared("HF-1")})});
  auto miscounted = delivery("bad", {append("HF-2", 0, {declared("HF-2")})});
  miscounted.appends[0].head.version = 5;
  auto keyless = delivery("bad");
  keyless.effects = {cut("")};
  for (const auto& bad :
       {miscounted, keyless, delivery("bad", {append("7", 0, {declared("7")})}),
        delivery("bad", {append("HF-07", 0, {declared("HF-07")})}), delivery("bad", {append("HF-3", 0, {})})}) {
    const std::vector<Commit> group{good, bad};
    const auto result = store_->commit(group);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Problem::Kind::invalid) << result.error().what;
  }
  EXPECT_TRUE(must(store_->heads(true)).empty());
}

TEST_P(StoreContract, an_append_without_events_moves_the_head_alone) {
  commit_one(*store_, delivery("d1", {append("HF-1", 0, {declared("HF-1")})}));
  auto timer = delivery("", {append("HF-1", 1, {})});
  timer.appends[0].head.wake_at = at(77);
  EXPECT_EQ(commit_one(*store_, timer).kind, Kind::committed);
  EXPECT_EQ(must(store_->heads(true)).at(0).wake_at, at(77));
  EXPECT_EQ(must(store_->verify("HF-1")), 1U);
}

TEST_P(StoreContract, heads_come_by_number_and_leave_out_what_is_over) {
  EXPECT_EQ(must(store_->last_number()), 0U);
  for (const auto* id : {"HF-10", "HF-9", "HF-2"}) commit_one(*store_, delivery("", {append(id, 0, {declared(id)})}));
  EXPECT_EQ(ids_of(must(store_->heads(false))), (std::vector<std::string>{"HF-2", "HF-9", "HF-10"}));
  EXPECT_EQ(must(store_->last_number()), 10U);
  const auto set = [&](const char* id, bool open, bool watched) {
    auto commit = delivery("", {append(id, 1, {})});
    commit.appends[0].head.open = open;
    commit.appends[0].head.watched = watched;
    commit_one(*store_, commit);
  };
  set("HF-10", false, false);
  set("HF-9", false, true);
  EXPECT_EQ(ids_of(must(store_->heads(false))), (std::vector<std::string>{"HF-2", "HF-9"}));
  EXPECT_EQ(ids_of(must(store_->heads(true))), (std::vector<std::string>{"HF-2", "HF-9", "HF-10"}));
  EXPECT_EQ(must(store_->last_number()), 10U);
}

TEST_P(StoreContract, a_slot_knows_where_its_message_went_last) {
  auto commit = delivery("");
  commit.placed = {{"HF-1/status", {"#incidents", "m1"}}};
  commit_one(*store_, commit);
  EXPECT_EQ(must(store_->placed("HF-1/status"))->message, "m1");
  commit.placed = {{"HF-1/status", {"#hf-1", "m2"}}};
  commit_one(*store_, commit);
  EXPECT_EQ(must(store_->placed("HF-1/status"))->channel, "#hf-1");
  EXPECT_EQ(must(store_->placed("HF-1/status"))->message, "m2");
  EXPECT_FALSE(must(store_->placed("HF-1/ping/1")).has_value());
}

std::vector<std::string> texts_of(const std::vector<LooseMessage>& messages) {
  std::vector<std::string> out;
  for (const auto& message : messages) out.push_back(message.text);
  return out;
}

TEST_P(StoreContract, loose_messages_come_by_time_and_go_when_taken_or_pruned) {
  auto commit = delivery("");
  commit.loose = {{"#incidents", "m3", {"P", "pager"}, "third", at(30)},
                  {"#incidents", "m1", {"P", "pager"}, "first", at(10)},
                  {"#incidents", "m2", {"U1", "alice"}, "second", at(20)},
                  {"#other", "m1", {"U1", "alice"}, "elsewhere", at(20)}};
  commit_one(*store_, commit);
  EXPECT_EQ(texts_of(must(store_->loose("#incidents", at(0)))), (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(texts_of(must(store_->loose("#incidents", at(20)))), (std::vector<std::string>{"second", "third"}));
  EXPECT_EQ(must(store_->loose("#incidents", at(20)))[0].author.name, "alice");

  commit.loose = {{"#incidents", "m2", {"U1", "alice"}, "second, edited", at(20)}};
  commit.loose_taken = {"m3"};
  commit_one(*store_, commit);
  EXPECT_EQ(texts_of(must(store_->loose("#incidents", at(0)))), (std::vector<std::string>{"first", "second, edited"}));

  must(store_->prune(at(20)));
  EXPECT_EQ(texts_of(must(store_->loose("#incidents", at(0)))), std::vector<std::string>{"second, edited"});
}

TEST_P(StoreContract, pruning_forgets_old_deliveries_only) {
  auto old = delivery("old"), young = delivery("young", {append("HF-1", 0, {declared("HF-1")})});
  young.at = at(100);
  young.effects = {cut("e1")};
  commit_one(*store_, old);
  commit_one(*store_, young);
  must(store_->prune(at(100)));
  EXPECT_FALSE(must(store_->seen("old")).has_value());
  EXPECT_TRUE(must(store_->seen("young")).has_value());
  EXPECT_EQ(must(store_->pending()).size(), 1U);
  EXPECT_EQ(must(store_->load("HF-1")).size(), 1U);
}

TEST_P(StoreContract, the_newest_deployment_is_the_one_that_happened_last) {
  EXPECT_EQ(must(store_->last_deployed("shop")), "");
  commit_one(*store_,
             delivery("", {append("HF-1", 0,
                                  {declared("HF-1"), happened(event::Deployed{"shop", "v2.4.8", "production"}, 100),
                                   happened(event::Deployed{"shop", "v2.4.7", "production"}, 50),
                                   happened(event::Deployed{"pay", "v9.0.0", "production"}, 200)})}));
  EXPECT_EQ(must(store_->last_deployed("shop")), "v2.4.8");
  EXPECT_EQ(must(store_->last_deployed("pay")), "v9.0.0");
  commit_one(
      *store_,
      delivery(
          "", {append("HF-2", 0, {declared("HF-2"), happened(event::Deployed{"shop", "v2.4.9", "production"}, 100)})}));
  EXPECT_EQ(must(store_->last_deployed("shop")), "v2.4.9");  // at the same moment: recorded later
}

TEST_P(StoreContract, messages_are_counted_with_the_commit_that_says_they_went_out) {
  commit_one(*store_, delivery("d1", {append("HF-1", 0, {declared("HF-1")})}));
  EXPECT_EQ(must(store_->counts("HF-1")), MessageCounts{});
  auto commit = delivery("d2");
  commit.counted = {{"HF-1", {2, 0}}, {"HF-1", {0, 3}}, {"HF-9", {1, 1}}, {"", {1, 1}}};
  commit_one(*store_, commit);
  EXPECT_EQ(commit_one(*store_, commit).kind, Kind::duplicate);
  EXPECT_EQ(must(store_->counts("HF-1")), (MessageCounts{2, 3}));
  auto overtaken = delivery("d3", {append("HF-1", 7, {happened(event::Closed{})})});
  overtaken.counted = commit.counted;
  EXPECT_EQ(commit_one(*store_, overtaken).kind, Kind::version_conflict);
  commit_one(*store_, delivery("d4", {append("HF-1", 1, {happened(event::RcaStarted{})})}));
  EXPECT_EQ(must(store_->counts("HF-1")), (MessageCounts{2, 3}));
  EXPECT_EQ(must(store_->counts("HF-9")), MessageCounts{});
}

TEST_P(StoreContract, verify_and_redact_say_that_an_incident_is_unknown) {
  EXPECT_EQ(store_->verify("HF-1").error().kind, Problem::Kind::not_found);
  EXPECT_EQ(store_->redact(erasure("needle")).error().kind, Problem::Kind::not_found);
}

TEST_P(StoreContract, redaction_blackens_every_copy_of_a_text) {
  const std::string secret = "carol@example.com";
  auto commit =
      delivery("d1", {append("HF-1", 0,
                             {declared("HF-1", "500s for " + secret), happened(event::Resolved{{"told " + secret}}),
                              happened(event::Reopened{{"again"}})}),
                      append("HF-2", 0, {declared("HF-2", secret)})});
  commit.appends[0].head.summary = "500s for " + secret;
  commit.answer = {"HF-1", saying("declared: 500s for " + secret)};
  commit.effects = {show("e1", "HF-1/status", "500s for " + secret), show("e2", "HF-1/other", "fine")};
  std::get<effect::ShowMessage>(commit.effects[1].effect).message.lines = {{plain("carol@"), bold("example.com")},
                                                                           {plain("kept")}};
  commit.loose = {{"#incidents", "m1", {"U1", "alice"}, "ask " + secret, at(0)},
                  {"#incidents", "m2", {"U1", "alice"}, "hello", at(1)}};
  commit_one(*store_, commit);

  EXPECT_EQ(store_->redact(erasure("ca")).error().kind, Problem::Kind::invalid);
  auto repeating = erasure(secret);
  repeating.why = "it named " + secret;
  EXPECT_EQ(store_->redact(repeating).error().what, "the reason is kept for good, and it repeats the words");
  repeating.why.clear();
  EXPECT_EQ(store_->redact(repeating).error().what, "a redaction needs a reason and a name");
  auto wanted = erasure(secret);
  wanted.elsewhere = 5;
  const auto erased = must(store_->redact(wanted));
  EXPECT_EQ(erased.texts, 2U);
  EXPECT_EQ(erased.answers, 1U);
  EXPECT_EQ(erased.effects, 2U);
  EXPECT_EQ(erased.loose, 1U);
  EXPECT_EQ(erased.heads, 1U);
  EXPECT_EQ(erased.others, std::vector<IncidentId>{"HF-2"});

  const auto events = must(store_->load("HF-1"));
  EXPECT_EQ(std::get<event::IncidentDeclared>(events[0].data).summary.value, "[redacted]");
  EXPECT_EQ(std::get<event::Resolved>(events[1].data).what.value, "[redacted]");
  EXPECT_EQ(std::get<event::Reopened>(events[2].data).why.value, "again");
  EXPECT_EQ(std::get<event::IncidentDeclared>(must(store_->load("HF-2"))[0].data).summary.value, secret);
  EXPECT_EQ(must(store_->heads(true))[0].summary, "[redacted]");
  EXPECT_EQ(must(store_->seen("d1"))->reply, saying("[redacted]"));
  const auto pending = must(store_->pending());
  EXPECT_EQ(std::get<effect::ShowMessage>(pending[0].effect).message, say("[redacted]"));
  EXPECT_EQ(std::get<effect::ShowMessage>(pending[1].effect).message, say("[redacted]\nkept"));
  EXPECT_EQ(texts_of(must(store_->loose("#incidents", at(0)))), (std::vector<std::string>{"[redacted]", "hello"}));
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[3].actor.name, "dpo");
  EXPECT_EQ(events[3].occurred_at, at(900));
  EXPECT_EQ(std::get<event::TextErased>(events[3].data).why.value, "asked by the customer");
  EXPECT_EQ(std::get<event::TextErased>(events[3].data).elsewhere, 9U);
  EXPECT_EQ(must(store_->verify("HF-1")), 4U);
  EXPECT_FALSE(must(store_->redact(erasure(secret))).anything());
  EXPECT_EQ(must(store_->load("HF-1")).size(), 4U) << "nothing was erased: nothing is recorded";
  EXPECT_EQ(commit_one(*store_, delivery("d2", {append("HF-1", 4, {happened(event::Closed{})})})).kind,
            Kind::committed);
}

INSTANTIATE_TEST_SUITE_P(Every, StoreContract, ::testing::ValuesIn(stores()), store_name);

}  // namespace
}  // namespace hotfixd::store::test
