// export and redact on the files that a bot really wrote.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bot/cli/compose.hpp"
#include "integrations/local/local_platform.hpp"
#include "tests/local/temporary_folder.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;

const std::string kSecret = "QvXk-SECRET";

struct Ran {
  int code = 0;
  std::string out, err;
};

class Record : public ::testing::Test {
 protected:
  Record() : config_(demo_config(folder_.file("work"))) {
    config_.policy.repositories.clear();
    config_.repositories.clear();
    config_.data_dir = folder_.file("data");
    config_.engine.workers = 0;
  }

  // Types lines as alice in #incidents, as the chat client would. Each call is as a process of its own.
  void type(const std::vector<std::string>& lines) {
    auto bot = make_bot(config_);
    if (!bot) throw std::runtime_error(bot.error().what);
    const Person alice{"alice", "alice"};
    for (const auto& line : lines) {
      const bool command = line.starts_with("/hotfix ");
      const auto now = bot->clock->now();
      const auto in = command ? *bot->channel->command("#incidents", alice, line.substr(8), now)
                              : *bot->channel->say("#incidents", alice, line, now);
      Delivery d{in.delivery_id, now, alice, "#incidents", {}};
      if (command)
        d.what = Delivery::CommandLine{line.substr(8)};
      else
        d.what = std::get<chat::Said>(in.what);
      bot->engine->submit(std::move(d), [&](const Result<InboxAnswer>& a) {
        if (!a) throw std::runtime_error(a.error().what);
        std::optional<local::NewPost> answer;
        if (a->reply) answer = local::answer_post(in, a->reply->message, false, a->reply->refused, now);
        if (auto settled = bot->channel->settle(in.delivery_id, answer); !settled)
          throw std::runtime_error(settled.error().what);
      });
      if (auto ran = bot->engine->run_until_idle(); !ran) throw std::runtime_error(ran.error().what);
    }
  }

  Ran export_with(const ExportOptions& options) {
    std::ostringstream out, err;
    const int code = run_export(config_, options, out, err);
    return {code, out.str(), err.str()};
  }
  Ran verify(const std::string& expect = {}, const IncidentId& incident = {}) {
    return export_with({.incident = incident, .verify = true, .expect = expect});
  }
  Ran redact(const std::string& why = "asked by the customer", const std::string& words = kSecret) {
    std::ostringstream out, err;
    const int code = run_redact(config_, {"HF-1", words, "dpo", why}, out, err);
    return {code, out.str(), err.str()};
  }

  // The head at the end of the line that begins so.
  static std::string head_in(const std::string& out, const std::string& begin) {
    const auto line = out.substr(out.find(begin));
    const auto at = line.find("head ") + 5;
    return line.substr(at, 64);
  }

  void change(const std::string& sql) {
    SQLite::Database database((config_.data_dir / "hotfixd.db").string(), SQLite::OPEN_READWRITE);
    EXPECT_GT(database.exec(sql), 0) << sql;
  }

  bool on_disk(const std::string& words) const {
    for (const auto& entry : fs::directory_iterator(config_.data_dir)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      if (std::string(std::istreambuf_iterator<char>(in), {}).contains(words)) return true;
    }
    return false;
  }

  testing::TemporaryFolder folder_;
  Config config_;
};

TEST_F(Record, ExportTellsThePostsAndEditsThatWereMade) {
  type({"/hotfix declare sev2 500s --criteria all", "/hotfix sev 1 it is worse"});
  type({"/hotfix sev 2 it is better"});
  const auto incident = nlohmann::json::parse(export_with({.format = "json"}).out).at("incidents").at(0);
  SQLite::Database channel((config_.data_dir / "channel.db").string());
  const int posts =
      channel.execAndGet("SELECT count(*) FROM messages WHERE key IS NOT NULL AND key NOT LIKE 'answer/%'").getInt();
  EXPECT_GT(posts, 1);
  EXPECT_EQ(incident["posts"], posts);
  EXPECT_EQ(incident["edits"], 2);
}

TEST_F(Record, RedactedWordsAreInNoFileAndDoNotComeBack) {
  type({"the card is " + kSecret, "/hotfix declare sev2 500s for " + kSecret + " --criteria all",
        "21:04 it says " + kSecret, "/hotfix note told " + kSecret, "/hotfix mitigate other why " + kSecret,
        "/hotfix verify ok seen with " + kSecret, "/hotfix resolve done for " + kSecret});
  ASSERT_TRUE(on_disk(kSecret));
  const auto refused = redact("it was " + kSecret);
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(on_disk(kSecret));

  std::ofstream(config_.data_dir / "history") << "_HiStOrY_V2_\n/hotfix\\040note\\040told\\040" << kSecret << "\n";
  const auto done = redact();
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_TRUE(done.out.contains("history: removed")) << done.out;
  EXPECT_TRUE(done.out.starts_with("hotfixd.db: ")) << done.out;
  EXPECT_TRUE(done.out.contains("channel.db: 7 messages of people, ")) << done.out;
  EXPECT_TRUE(done.out.contains("HF-1 records that dpo erased them: asked by the customer.")) << done.out;
  EXPECT_FALSE(on_disk(kSecret));

  type({"/hotfix sev 1 it is worse", "/hotfix timeline", "/hotfix status", "/hotfix export markdown"});
  EXPECT_FALSE(on_disk(kSecret));
  EXPECT_FALSE(on_disk("QvXk"));
  const auto again = redact();
  EXPECT_EQ(again.code, 1);
  EXPECT_TRUE(again.out.ends_with("Nothing holds these words.\n")) << again.out;
  EXPECT_EQ(verify().code, 0) << verify().out;
}

TEST_F(Record, RedactionNeedsTheDatabaseForItself) {
  type({"/hotfix declare sev2 500s for " + kSecret + " --criteria all"});
  const auto bot = make_bot(config_);
  ASSERT_TRUE(bot);
  const auto refused = redact();
  EXPECT_EQ(refused.code, 2);
  EXPECT_TRUE(refused.err.contains("already running")) << refused.err;
  EXPECT_TRUE(on_disk(kSecret));
}

TEST_F(Record, VerifyFindsWhatIsMissing) {
  EXPECT_EQ(verify().code, 1);
  EXPECT_TRUE(verify().out.contains("hotfixd.db is not there")) << verify().out;
  fs::create_directories(config_.data_dir);
  std::ofstream(config_.data_dir / "hotfixd.db").close();
  EXPECT_EQ(verify().code, 1);
  EXPECT_TRUE(verify().out.contains("hotfixd.db is empty")) << verify().out;
  type({"hello"});
  EXPECT_EQ(verify().code, 1);
  EXPECT_TRUE(verify().out.starts_with("the database holds no incident\n")) << verify().out;
  type({"/hotfix declare sev2 500s --criteria all"});
  EXPECT_EQ(verify().code, 0) << verify().out;
  EXPECT_EQ(verify({}, "HF-2").out, "there is no incident HF-2\n");
  EXPECT_EQ(verify({}, "HF-2").code, 1);
  EXPECT_EQ(verify("12").code, 2);
}

TEST_F(Record, VerifyComparesTheTableOfIncidentsWithTheEvents) {
  type({"/hotfix declare sev2 500s --criteria all"});
  const struct {
    std::string set, back, found;
  } cases[] = {
      {"status = 'closed'", "status = 'declared'", "HF-1: it is declared, the table says closed\n"},
      {"open = 0", "open = 1", "HF-1: it is open, the table says over\n"},
      {"channel = '#x'", "channel = '#incidents'", "HF-1: its channel is #incidents, the table says #x\n"},
  };
  for (const auto& c : cases) {
    change("UPDATE incidents SET " + c.set);
    EXPECT_EQ(verify().code, 1);
    EXPECT_TRUE(verify().out.starts_with(c.found)) << verify().out;
    change("UPDATE incidents SET " + c.back);
    EXPECT_EQ(verify().code, 0) << verify().out;
  }
  change("UPDATE chains SET version = version - 1");
  EXPECT_EQ(verify().code, 1);
  change("DELETE FROM incidents");
  EXPECT_TRUE(verify().out.contains("events of an incident that is not there\n")) << verify().out;
  EXPECT_EQ(verify().code, 1);
}

TEST_F(Record, VerifyFindsAnIncidentWhoseEventsAreGone) {
  type({"/hotfix declare sev2 500s --criteria all"});
  change("DELETE FROM events");
  EXPECT_TRUE(verify().out.starts_with("HF-1, event 1: it is missing")) << verify().out;
  change(fmt::format("UPDATE chains SET version = 0, last_event = 0, last_hash = '{}'", std::string(64, '0')));
  EXPECT_TRUE(verify().out.starts_with("HF-1: it has no events\n")) << verify().out;
  EXPECT_EQ(verify().code, 1);
}

TEST_F(Record, AnErasedTextWithoutAnEventIsFound) {
  type({"/hotfix declare sev2 500s --criteria all"});
  change(
      "UPDATE events SET texts = (SELECT json_group_array(json_object('digest', value ->> 'digest')) "
      "FROM json_each(texts))");
  EXPECT_EQ(verify().code, 1);
  EXPECT_TRUE(verify().out.starts_with("HF-1, event 1: a text was erased, and no event says by whom\n"))
      << verify().out;
}

// Somebody cuts the end off and makes all the rest fit: only the noted head shows it.
TEST_F(Record, ANotedHeadShowsThatNothingUpToItIsGone) {
  type({"/hotfix declare sev2 500s --criteria all", "/hotfix note one"});
  const auto noted = verify().out;
  const auto database = head_in(noted, "database"), incident = head_in(noted, "HF-1");
  type({"/hotfix note two", "/hotfix assess not-a-hotfix no", "/hotfix declare sev2 again --criteria all"});
  const auto later = verify(database);
  EXPECT_EQ(later.code, 0) << later.out;
  EXPECT_TRUE(later.out.contains("The expected head is that of the database after ")) << later.out;
  EXPECT_EQ(verify(incident).code, 0);
  EXPECT_EQ(verify(incident, "HF-1").code, 0);
  EXPECT_EQ(verify(database, "HF-1").code, 1) << "of the others nothing was looked at";
  const auto last = head_in(verify().out, "database");

  change("UPDATE events SET position = -position WHERE incident = 'HF-1' AND version = 2");
  EXPECT_TRUE(verify(database).out.contains("HF-1, event 1: it does not stand where it was recorded\n"));
  change("UPDATE events SET position = -position WHERE incident = 'HF-1' AND version = 2");

  change("DELETE FROM events WHERE incident = 'HF-2'");
  change("DELETE FROM incidents WHERE id = 'HF-2'");
  EXPECT_EQ(verify().out.substr(0, 4), "HF-1");
  EXPECT_TRUE(verify().out.contains("HF-2: the end of a chain of an incident that is not there\n")) << verify().out;
  change("DELETE FROM chains WHERE number = 2");
  EXPECT_EQ(verify().code, 0) << "without a noted head it looks whole";
  EXPECT_EQ(verify(database).code, 0) << "what was noted is still there";
  const auto cut = verify(last);
  EXPECT_EQ(cut.code, 1);
  EXPECT_TRUE(cut.out.ends_with("The expected head is nowhere: what it covered was cut off or replaced.\n")) << cut.out;
}

}  // namespace
}  // namespace hotfixd::cli
