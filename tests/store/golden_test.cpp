#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "bot/store/random_ids.hpp"
#include "tests/store/golden_events.hpp"
#include "tests/store/samples.hpp"

// The stored form of every event, fixed in a file. A difference means that yesterday's databases would
// be read differently: raise the codec version instead.

namespace hotfixd::store::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(HOTFIXD_SOURCE_DIR) / "tests/store/golden";

fs::path file_of(const Record& record) { return kGolden / fmt::format("{}.v{}.json", record.type, record.codec); }

std::string slurp(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string golden_text(const EncodedEvent& encoded) {
  auto texts = json::array();
  for (const auto& row : encoded.texts)
    texts.push_back({{"digest", row.digest}, {"nonce", row.nonce}, {"text", row.text}});
  return json{{"record", json::parse(record_to_json(encoded.record))}, {"texts", texts}}.dump(2) + "\n";
}

TEST(Golden, every_event_is_stored_as_its_file_says_and_read_back_from_it) {
  std::set<fs::path> expected;
  for (const auto& data : golden_events()) {
    const auto event = around(data);
    const auto ids = seeded_ids(7);
    const auto encoded = encode_event(event, *ids);
    ASSERT_TRUE(encoded) << encoded.error().what;
    const auto path = file_of(encoded->record);
    SCOPED_TRACE(path.filename().string());
    expected.insert(path);
    if (std::getenv("HOTFIXD_UPDATE_GOLDEN") != nullptr && !fs::exists(path))
      std::ofstream(path) << golden_text(*encoded);
    if (!fs::exists(path)) {
      ADD_FAILURE() << "no golden file: run this test once with HOTFIXD_UPDATE_GOLDEN=1 and look at what it wrote";
      continue;
    }
    const auto stored = slurp(path);
    EXPECT_EQ(golden_text(*encoded), stored);

    const auto file = json::parse(stored);
    Texts texts;
    for (const auto& row : file["texts"])
      texts.emplace(row["digest"].get<std::string>(), row["text"].get<std::string>());
    const auto record = record_from_json(file["record"].dump());
    ASSERT_TRUE(record) << record.error().what;
    const auto decoded = decode_event(*record, texts);
    ASSERT_TRUE(decoded) << decoded.error().what;
    EXPECT_EQ(*decoded, event);
    EXPECT_EQ(decoded->actor.name, event.actor.name);
  }
  EXPECT_EQ(expected.size(), std::variant_size_v<EventData>);
}

// Files of older versions stay for ever and must stay readable; a file of an unknown type is a mistake.
TEST(Golden, every_file_can_be_read) {
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    SCOPED_TRACE(entry.path().filename().string());
    const auto file = json::parse(slurp(entry.path()), nullptr, false);
    ASSERT_FALSE(file.is_discarded());
    const auto record = record_from_json(file["record"].dump());
    ASSERT_TRUE(record) << record.error().what;
    EXPECT_EQ(entry.path(), file_of(*record));
    Texts texts;
    for (const auto& row : file["texts"]) {
      texts.emplace(row["digest"].get<std::string>(), row["text"].get<std::string>());
      EXPECT_EQ(text_digest(row["nonce"].get<std::string>(), row["text"].get<std::string>()),
                row["digest"].get<std::string>());
    }
    const auto decoded = decode_event(*record, texts);
    EXPECT_TRUE(decoded) << decoded.error().what;
  }
}

}  // namespace
}  // namespace hotfixd::store::test
