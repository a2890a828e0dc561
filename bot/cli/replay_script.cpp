#include "bot/cli/replay_script.hpp"

#include <fmt/format.h>

#include <array>

#include "bot/domain/zone.hpp"

namespace hotfixd::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxLine = 16 * 1024 * 1024;
constexpr std::size_t kMaxSteps = 100'000;

// One kind of step: the key that names it, what else it must and may have.
struct Kind {
  std::string_view key;
  std::vector<std::string_view> needs, may;
};

const std::array kKinds{
    Kind{"edit", {"as", "say"}, {"in"}},   Kind{"react", {"as", "to"}, {"in"}},
    Kind{"unreact", {"as", "to"}, {"in"}}, Kind{"delete", {"as"}, {"in"}},
    Kind{"press", {"as"}, {"in"}},         Kind{"hook", {"event", "body"}, {"delivery", "as", "in"}},
    Kind{"git", {}, {"as", "repo"}},       Kind{"say", {"as"}, {"in"}},
};

// "@bob" is how people mention bob: the same person.
std::string name_of(std::string as) {
  if (as.starts_with('@')) as.erase(0, 1);
  return as;
}

bool is_step_number(const json& value) { return value.is_number_unsigned() || (value.is_string() && value == "last"); }

std::string check_shape(const json& step) {
  const Kind* kind = nullptr;
  for (const auto& k : kKinds)
    if (step.contains(k.key)) {
      kind = &k;
      break;
    }
  for (const auto& [key, value] : step.items()) {
    if (key == "at") continue;
    const auto known = [&](const std::vector<std::string_view>& keys) {
      return std::find(keys.begin(), keys.end(), key) != keys.end();
    };
    if (kind == nullptr)
      return fmt::format("unknown key \"{}\"; a step has say, react, unreact, edit, delete, press, hook or git", key);
    if (key != kind->key && !known(kind->needs) && !known(kind->may))
      return fmt::format("a \"{}\" step has no key \"{}\"", kind->key, key);
  }
  if (kind == nullptr) return {};
  for (const auto& need : kind->needs)
    if (!step.contains(need)) return fmt::format("a \"{}\" step needs \"{}\"", kind->key, need);
  for (const auto* key : {"as", "in", "say", "react", "unreact", "press", "hook", "event", "repo", "delivery"})
    if (step.contains(key) && !step[key].is_string()) return fmt::format("\"{}\" must be a text", key);
  for (const auto* key : {"to", "edit", "delete"})
    if (step.contains(key) && !is_step_number(step[key]))
      return fmt::format("\"{}\" must be the number of a step, or \"last\"", key);
  if (step.contains("as") && name_of(step["as"].get<std::string>()).empty()) return "\"as\" must not be empty";
  if (step.contains("body") && !step["body"].is_object()) return "\"body\" must be an object";
  if (step.contains("git")) {
    const auto& git = step["git"];
    if (!git.is_array() || git.empty() || !git[0].is_string())
      return "\"git\" must be a list that begins with what to do";
  }
  return {};
}

}  // namespace

std::expected<std::vector<ReplayStep>, ReplayError> read_script(std::istream& in) {
  std::vector<ReplayStep> steps;
  std::string text;
  std::size_t line = 0;
  while (std::getline(in, text)) {
    ++line;
    const auto fail = [&](std::string what) { return std::unexpected(ReplayError{line, std::move(what)}); };
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (text.size() > kMaxLine) return fail("the line is longer than 16 MiB");
    if (steps.size() >= kMaxSteps) return fail("more than 100,000 steps");
    auto step = json::parse(text, nullptr, false);
    if (step.is_discarded()) return fail("this is not JSON");
    if (!step.is_object())
      return fail("a step is an object, e.g. {\"at\":\"2026-11-14T21:04:00Z\",\"as\":\"alice\",\"say\":\"hello\"}");
    if (!step.contains("at") || !step["at"].is_string())
      return fail("\"at\" is missing: when the step happens, e.g. \"2026-11-14T21:04:00Z\"");
    const auto at = parse_rfc3339(step["at"].get_ref<const std::string&>());
    if (!at)
      return fail(fmt::format("\"at\" is not a time like 2026-11-14T21:04:00Z: {}", step["at"].get<std::string>()));
    if (!steps.empty() && *at < steps.back().at) return fail("\"at\" is earlier than the step before");
    if (auto wrong = check_shape(step); !wrong.empty()) return fail(std::move(wrong));
    ReplayStep s;
    s.line = line;
    s.number = steps.size() + 1;
    s.at = *at;
    s.as = name_of(step.value("as", ""));
    s.in = step.value("in", "#incidents");
    for (const auto* key : {"at", "as", "in"}) step.erase(key);
    s.body = std::move(step);
    steps.push_back(std::move(s));
  }
  return steps;
}

}  // namespace hotfixd::cli
