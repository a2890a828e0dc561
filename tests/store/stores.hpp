#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <ostream>

#include "bot/store/memory_store.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/sqlite_store.hpp"

// The stores under contract, and short ways to say what is committed to them.

namespace hotfixd::store::test {

// A folder of this test's own, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    auto pattern = (std::filesystem::temp_directory_path() / "hotfixd_store_XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(std::string_view name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().what);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline Time at(int seconds) { return Time{std::chrono::seconds{1'800'000'000 + seconds}}; }

inline Event happened(EventData data, int seconds = 0) {
  return {std::move(data), at(seconds), at(seconds + 1), {"U1", "alice"}, Source::said};
}

inline Event declared(const std::string& id, std::string summary = "500s on /checkout") {
  event::IncidentDeclared data;
  data.id = id;
  data.channel = "#incidents";
  data.summary.value = std::move(summary);
  data.severity = Severity::sev2;
  return happened(std::move(data));
}

// An append of these events at this version, with a plain head.
inline Append append(const std::string& id, std::uint64_t expected, std::vector<Event> events) {
  Append out;
  out.head.id = id;
  out.head.channel = "#incidents";
  out.head.summary = "500s on /checkout";
  out.head.severity = Severity::sev2;
  out.head.declared_at = at(0);
  out.head.version = expected + events.size();
  out.expected_version = expected;
  out.events = std::move(events);
  return out;
}

inline Commit delivery(std::string id, std::vector<Append> appends = {}) {
  Commit out;
  out.delivery_id = std::move(id);
  out.at = at(0);
  out.appends = std::move(appends);
  return out;
}

inline Reply saying(std::string_view text) { return {say(text), false, false}; }

inline OutboxItem show(std::string key, std::string slot, std::string_view text) {
  OutboxItem out;
  out.key = std::move(key);
  out.target = "chat/#incidents";
  out.incident = "HF-1";
  out.effect = effect::ShowMessage{std::move(slot), "#incidents", say(text), false, false};
  return out;
}

inline OutboxItem cut(std::string key) {
  OutboxItem out;
  out.key = std::move(key);
  out.target = "git/shop";
  out.incident = "HF-1";
  out.effect = effect::CutBranch{"shop", "hotfix/x", "", ""};
  return out;
}

inline CommitOutcome commit_one(Store& store, const Commit& commit) {
  return must(store.commit(std::span(&commit, 1))).at(0);
}

inline Erasure erasure(std::string words, std::string incident = "HF-1") {
  return {std::move(incident), std::move(words), {"dpo", "dpo"}, "asked by the customer", at(900), 0};
}

struct StoreUnderTest {
  const char* name;
  std::function<std::unique_ptr<Store>(const TemporaryFolder&, IdSource&)> open;
};

inline void PrintTo(const StoreUnderTest& store, std::ostream* out) { *out << store.name; }

inline std::vector<StoreUnderTest> stores() {
  return {{"memory", [](const TemporaryFolder&, IdSource& ids) { return memory_store(ids); }},
          {"sqlite_in_memory", [](const TemporaryFolder&,
                                  IdSource& ids) { return must(open_sqlite(SqliteOptions{.path = ":memory:"}, ids)); }},
          {"sqlite_file", [](const TemporaryFolder& folder, IdSource& ids) {
             return must(open_sqlite(SqliteOptions{.path = folder.file("hotfixd.db")}, ids));
           }}};
}

class StoreContract : public ::testing::TestWithParam<StoreUnderTest> {
 protected:
  TemporaryFolder folder_;
  std::unique_ptr<IdSource> ids_ = seeded_ids(1);
  std::unique_ptr<Store> store_ = GetParam().open(folder_, *ids_);
};

inline std::string store_name(const ::testing::TestParamInfo<StoreUnderTest>& info) { return info.param.name; }

}  // namespace hotfixd::store::test
