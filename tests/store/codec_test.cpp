#include "bot/store/codec.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "bot/store/json_values.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/upgrade.hpp"
#include "tests/store/samples.hpp"

// Codecs: what goes in comes out; what people wrote is not in the record; damage is a Problem.

namespace hotfixd::store::test {
namespace {

using nlohmann::json;

// Runs the property over rapidcheck's seeds and fails the test with its report.
#define EXPECT_PROPERTY(...) EXPECT_TRUE(rc::check(__VA_ARGS__))

Problem problem_of(const Result<Event>& result) { return result ? Problem{} : result.error(); }

Record branch_cut() {
  const auto ids = seeded_ids(1);
  return encode_event(around(event::BranchCut{"shop", "hotfix/x", "v2.4.7", "abc", "v2.4.8"}), *ids)->record;
}

TEST(EventCodec, every_event_survives_the_way_there_and_back) {
  EXPECT_PROPERTY("decode(encode(event)) == event", [](std::uint64_t seed) {
    RandomSample random{std::mt19937_64(seed)};
    const auto ids = seeded_ids(seed);
    for (const auto& data : one_of_each<EventData>(random)) {
      Event event{data, random.time(), random.time(), sample<Person>(random), random.enumerator<Source>()};
      const auto encoded = encode_event(event, *ids);
      RC_ASSERT(encoded.has_value());
      const auto decoded = decode_event(encoded->record, texts_of(encoded->texts));
      RC_ASSERT(decoded.has_value());
      RC_ASSERT(*decoded == event);
      RC_ASSERT(decoded->actor.name == event.actor.name);
      const auto through_json = record_from_json(record_to_json(encoded->record));
      RC_ASSERT(through_json.has_value());
      RC_ASSERT(*through_json == encoded->record);
    }
  });
}

TEST(EventCodec, no_damage_to_a_body_makes_it_crash) {
  EXPECT_PROPERTY("decode(any bytes) is an event or a corrupt Problem", [](std::uint64_t seed) {
    RandomSample random{std::mt19937_64(seed)};
    const auto ids = seeded_ids(seed);
    for (const auto& data : one_of_each<EventData>(random)) {
      auto encoded = encode_event(around(data), *ids);
      auto& body = encoded->record.body;
      for (auto n = random.below(4) + 1; n > 0; --n)
        body[random.below(body.size())] = static_cast<char>(random.below(128));
      const auto decoded = decode_event(encoded->record, texts_of(encoded->texts));
      RC_ASSERT(decoded.has_value() || decoded.error().kind == Problem::Kind::corrupt);
    }
  });
}

// Hashes cover these bytes: whatever writes them, they are what the JSON library would write of the same value.
TEST(EventCodec, a_body_is_canonical) {
  EXPECT_PROPERTY("canonical(parse(body)) == body", [](std::uint64_t seed) {
    RandomSample random{std::mt19937_64(seed)};
    const auto ids = seeded_ids(seed);
    for (const auto& data : one_of_each<EventData>(random)) {
      const auto encoded = encode_event(around(data), *ids);
      RC_ASSERT(canonical(json::parse(encoded->record.body)) == encoded->record.body);
    }
  });
  const auto written = [](std::string text) { return encode_message(say(text)); };
  for (const std::string text :
       {"", "plain", "\"quoted\" \\ back", "tab\tand\x01 control\x7f", "caf\xc3\xa9 \xf0\x9f\x94\xa5"})
    EXPECT_EQ(canonical(json::parse(written(text))), written(text)) << text;
  EXPECT_EQ(written("caf\xe9"), written("caf\xef\xbf\xbd"));
}

TEST(EventCodec, texts_are_kept_apart_under_a_digest_that_cannot_be_guessed) {
  const auto ids = seeded_ids(1);
  const auto encoded = encode_event(around(event::MitigationChosen{Mitigation::flag, {"turn it off"}, {}}), *ids);
  ASSERT_TRUE(encoded);
  ASSERT_EQ(encoded->texts.size(), 1U);
  const auto& row = encoded->texts[0];
  EXPECT_EQ(row.text, "turn it off");
  EXPECT_EQ(row.nonce.size(), 64U);
  EXPECT_EQ(row.digest, text_digest(row.nonce, row.text));
  EXPECT_EQ(encoded->record.body, R"({"kind":"flag","what":{"$ref":")" + row.digest + R"("},"why":{"$ref":""}})");
  EXPECT_EQ(*referenced_texts(encoded->record.body), std::vector<std::string>{row.digest});
}

TEST(EventCodec, an_erased_text_reads_as_redacted_and_a_lost_one_is_damage) {
  const auto ids = seeded_ids(1);
  const auto encoded = encode_event(around(event::Resolved{{"carol@example.com is fine"}}), *ids);
  const auto erased = decode_event(encoded->record, Texts{{encoded->texts[0].digest, std::nullopt}});
  ASSERT_TRUE(erased);
  EXPECT_EQ(std::get<event::Resolved>(erased->data).what.value, "[redacted]");
  EXPECT_EQ(problem_of(decode_event(encoded->record, {})).what,
            "event resolved: what refers to a text that is not there");
}

TEST(EventCodec, an_unknown_type_or_newer_version_is_named) {
  auto record = branch_cut();
  record.type = "branch_grafted";
  EXPECT_EQ(problem_of(decode_event(record, {})), (Problem{Problem::Kind::corrupt,
                                                           "unknown event type \"branch_grafted\"",
                                                           "use the version of hotfixd that wrote it, or a newer one",
                                                           {}}));
  record = branch_cut();
  record.codec = 2;
  EXPECT_EQ(problem_of(decode_event(record, {})),
            (Problem{Problem::Kind::corrupt,
                     "event branch_cut has codec version 2, this hotfixd knows up to 1",
                     "use the version of hotfixd that wrote it, or a newer one",
                     {}}));
  record.codec = 0;
  EXPECT_EQ(problem_of(decode_event(record, {})).what, "event branch_cut has the impossible codec version 0");
}

TEST(EventCodec, what_is_wrong_with_a_body_is_said) {
  struct Case {
    std::string type, body, what;
  };
  const std::vector<Case> cases{
      {"branch_cut", "{", "the body of event branch_cut is not JSON"},
      {"branch_cut", "[]", "event branch_cut: is not an object"},
      {"branch_cut", R"({"repository":"shop"})", "event branch_cut: branch is missing"},
      {"branch_cut", R"({"repository":7})", "event branch_cut: repository is not a string"},
      {"severity_changed", R"({"from":"sev9"})", "event severity_changed: from has an unknown name"},
      {"approvals_reached", R"({"repository":"","sha":"","count":4294967296})",
       "event approvals_reached: count is too large"},
      {"approvals_reached", R"({"repository":"","sha":"","count":1.5})",
       "event approvals_reached: count is not a whole number"},
      {"pull_request_closed", R"({"repository":"","number":-1})", "event pull_request_closed: number is negative"},
      {"role_assigned", R"({"role":"owner","person":{"id":"U1"}})", "event role_assigned: person.name is missing"},
      {"resolved", R"({"what":"plain"})", "event resolved: what is not a reference to a text"},
  };
  for (const auto& c : cases) {
    auto record = branch_cut();
    record.type = c.type;
    record.body = c.body;
    EXPECT_EQ(problem_of(decode_event(record, {})).what, c.what);
    EXPECT_EQ(problem_of(decode_event(record, {})).kind, Problem::Kind::corrupt);
  }
}

TEST(EventCodec, an_enum_value_without_a_name_is_not_written) {
  const auto ids = seeded_ids(1);
  const auto encoded = encode_event(around(event::SeverityChanged{Severity{}, Severity::sev1, {}}), *ids);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().kind, Problem::Kind::invalid);
  EXPECT_EQ(encoded.error().what, "event severity_changed cannot be written: a value of 0 has no name");
}

TEST(EventCodec, a_deeply_nested_body_is_refused) {
  const auto deep = std::string(100000, '[') + std::string(100000, ']');
  EXPECT_FALSE(referenced_texts(deep));
  auto record = branch_cut();
  record.body = deep;
  EXPECT_FALSE(decode_event(record, {}));
}

TEST(Upgrade, an_incident_declared_before_there_were_services_has_none) {
  auto record = branch_cut();
  record.type = "incident_declared";
  record.codec = 1;
  record.body =
      R"({"below_threshold_reason":{"$ref":""},"channel":"#incidents","criteria":[],"drill":false,"id":"HF-1",)"
      R"("repository":"shop","severity":"sev2","summary":{"$ref":""}})";
  const auto read = decode_event(record, {});
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->data, (EventData{event::IncidentDeclared{
                            .id = "HF-1", .channel = "#incidents", .severity = Severity::sev2, .repository = "shop"}}));
}

TEST(EventCodec, findings_of_a_scope_are_left_out_while_there_are_none) {
  const auto ids = seeded_ids(7);
  Event event{event::ScopeMeasured{"shop", "h1", 1, 2, {}, {}}, {}, {}, {}, Source::git};
  const auto without = encode_event(event, *ids);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->record.body, R"({"files":1,"lines":2,"repository":"shop","sha":"h1","unclean":""})");
  EXPECT_EQ(decode_event(without->record, {})->data, event.data);
  std::get<event::ScopeMeasured>(event.data).findings = {{Finding::dependency, "go.sum"}, {Finding::unrelated, "x"}};
  const auto with = encode_event(event, *ids);
  ASSERT_TRUE(with);
  EXPECT_EQ(with->record.body,
            R"({"files":1,"findings":[{"kind":"dependency","path":"go.sum"},)"
            R"({"kind":"unrelated","path":"x"}],"lines":2,"repository":"shop","sha":"h1","unclean":""})");
  EXPECT_EQ(decode_event(with->record, {})->data, event.data);
}

TEST(Upgrade, goes_step_by_step_to_the_present_version) {
  const std::vector<UpgradeStep> steps{
      {"branch_cut", 1, [](json& body) { return body.emplace("two", 2).second; }},
      {"branch_cut", 2, [](json& body) { return body.emplace("three", 3).second; }},
      {"tagged", 1, [](json&) { return false; }},
  };
  EXPECT_EQ(*upgrade("branch_cut", 1, 3, json::object(), steps), (json{{"two", 2}, {"three", 3}}));
  EXPECT_EQ(*upgrade("branch_cut", 2, 3, json::object(), steps), (json{{"three", 3}}));
  EXPECT_EQ(upgrade("tagged", 1, 2, json::object(), steps).error().what,
            "event tagged is not a sound body of codec version 1");
  EXPECT_EQ(upgrade("tagged", 2, 3, json::object(), steps).error().what,
            "event tagged cannot be read: no way from codec version 2 to 3");
}

TEST(MessageCodec, effects_and_answers_survive_the_way_there_and_back) {
  EXPECT_PROPERTY("decode(encode(x)) == x", [](std::uint64_t seed) {
    RandomSample random{std::mt19937_64(seed)};
    for (const auto& effect : one_of_each<Effect>(random)) {
      const auto decoded = decode_effect(encode_effect(effect));
      RC_ASSERT(decoded.has_value());
      RC_ASSERT(*decoded == effect);
    }
    const auto reply = sample<Reply>(random);
    RC_ASSERT(*decode_reply(encode_reply(reply)) == reply);
    RC_ASSERT(*decode_message(encode_message(reply.message)) == reply.message);
  });
}

TEST(MessageCodec, unknown_types_and_versions_are_named) {
  EXPECT_EQ(decode_effect(R"({"v":1,"type":"launch","body":{}})").error().what,
            "an effect has the unknown type \"launch\"");
  EXPECT_EQ(decode_effect(R"({"v":2,"type":"push_tag","body":{}})").error().what,
            "an effect push_tag has codec version 2, this hotfixd knows 1");
  EXPECT_EQ(decode_effect(R"({"v":1,"type":"push_tag","body":{}})").error().what,
            "effect push_tag: repository is missing");
  EXPECT_EQ(decode_reply("").error().what, "an answer is not JSON");
  EXPECT_EQ(decode_reply(encode_message(say("x"))).error().what, "an answer has the unknown type \"message\"");
}

TEST(MessageCodec, bytes_that_are_not_utf8_do_not_stop_a_message) {
  const auto reply = decode_reply(encode_reply({say("caf\xe9"), false, false}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->message, say("caf\xef\xbf\xbd"));
}

}  // namespace
}  // namespace hotfixd::store::test
