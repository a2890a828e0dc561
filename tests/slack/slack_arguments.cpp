#include "tests/slack/slack_arguments.hpp"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <regex>
#include <set>

#include "integrations/common/utf8.hpp"
#include "integrations/slack/limits.hpp"

namespace hotfixd::testing {
namespace {

using nlohmann::json;
namespace limits = slack::limits;

bool matches(const json& value, const char* form) {
  return value.is_string() && std::regex_match(value.get_ref<const std::string&>(), std::regex(form));
}
// A person's id stands for the conversation with that person (chat.postMessage).
bool is_channel(const json& v) { return matches(v, "[CDGUW][A-Z0-9]+"); }
bool is_member(const json& v) { return matches(v, "[UW][A-Z0-9]+"); }
bool is_ts(const json& v) { return matches(v, "[0-9]{1,11}\\.[0-9]{6}"); }
bool is_truth(const json& v) { return v.is_boolean() || v == "true" || v == "false"; }
bool is_text(const json& v, std::size_t limit) {
  if (!v.is_string()) return false;
  const auto& text = v.get_ref<const std::string&>();
  return !text.empty() && text.size() <= limit && common::is_utf8(text);
}
// conversations.*: an integer between 1 and 999.
bool is_limit(const json& v) {
  const auto text = v.is_string() ? v.get<std::string>() : v.dump();
  return std::regex_match(text, std::regex("[1-9][0-9]{0,2}"));
}

bool is_button(const json& b, std::set<std::string>& ids) {
  return b.value("type", "") == "button" && b.contains("text") && b["text"].value("type", "") == "plain_text" &&
         is_text(b["text"].value("text", json{}), limits::kButtonLabel) &&
         is_text(b.value("action_id", json{}), limits::kActionId) && ids.insert(b["action_id"]).second &&
         (!b.contains("value") || is_text(b["value"], limits::kButtonValue));
}

// Blocks of a message, as far as the bot posts them.
std::string wrong_blocks(const json& blocks) {
  if (!blocks.is_array() || blocks.empty() || blocks.size() > limits::kBlocks) return "not 1 to 50 blocks";
  if (blocks.dump().size() > limits::kBlocksJson) return "msg_blocks_too_long";
  std::set<std::string> ids;
  for (const auto& block : blocks) {
    const auto type = block.is_object() ? block.value("type", "") : "";
    if (type == "section") {
      if (!block.contains("text") || !is_text(block["text"].value("text", json{}), limits::kSection))
        return "a section's text";
    } else if (type == "actions") {
      if (!block.contains("elements") || block["elements"].empty() || block["elements"].size() > limits::kElements)
        return "number of elements";
      for (const auto& element : block["elements"])
        if (element.value("type", "") == "button" && !is_button(element, ids)) return "a button: " + element.dump();
    }
  }
  return {};
}

bool is_metadata(const json& v) {
  return v.is_object() && v.size() == 2 && is_text(v.value("event_type", json{}), 255) && v.contains("event_payload") &&
         v["event_payload"].is_object();
}

}  // namespace

std::vector<std::string> wrong_values(const std::string& method, const json& arguments, bool form) {
  const std::map<std::string, std::function<bool(const json&)>> forms{
      {"channel", is_channel},
      {"channel_id", is_channel},
      {"user", is_member},
      {"app_id", [](const json& v) { return matches(v, "A[A-Z0-9]+"); }},
      {"bot", [](const json& v) { return matches(v, "B[A-Z0-9]+"); }},
      {"ts", is_ts},
      {"thread_ts", is_ts},
      {"timestamp", is_ts},
      {"oldest", is_ts},
      {"latest", is_ts},
      {"limit", is_limit},
      {"cursor", [](const json& v) { return is_text(v, 200); }},
      // chat.update refuses more than 4,000 (msg_too_long); chat.postMessage would cut or split it.
      {"text", [](const json& v) { return is_text(v, limits::kText); }},
      {"parse", [](const json& v) { return v == "none" || v == "full"; }},
      {"metadata", is_metadata},
      {"include_all_metadata", is_truth},
      {"exclude_archived", is_truth},
      {"include_users", is_truth},
      {"force", is_truth},
      {"users", [](const json& v) { return matches(v, "[UW][A-Z0-9]+(,[UW][A-Z0-9]+){0,99}"); }},
      {"user_id", is_member},
      {"team_id", [](const json& v) { return matches(v, "T[A-Z0-9]+"); }},
      {"link", [](const json& v) { return matches(v, "https?://.+"); }},
      {"inclusive", is_truth},
      {"unfurl_links", is_truth},
      {"unfurl_media", is_truth},
      {"is_private", is_truth},
      {"name", [](const json& v) { return matches(v, "[a-z0-9_-]{1,80}"); }},
      {"topic", [](const json& v) { return is_text(v, 250); }},
      {"types",
       [](const json& v) {
         return matches(v, "(public_channel|private_channel|mpim|im)(,(public_channel|private_channel|mpim|im))*");
       }},
  };
  std::vector<std::string> wrong;
  for (const auto& [name, value] : arguments.items()) {
    if (form && !value.is_string()) wrong.push_back(fmt::format("{}: {} is no text of a form", method, name));
    if (name == "blocks") {
      if (auto why = wrong_blocks(value); !why.empty()) wrong.push_back(fmt::format("{}: blocks: {}", method, why));
      continue;
    }
    const auto known = forms.find(name);
    if (known != forms.end() && !known->second(value))
      wrong.push_back(fmt::format("{}: {} cannot be {}", method, name, value.dump().substr(0, 200)));
  }
  return wrong;
}

}  // namespace hotfixd::testing
