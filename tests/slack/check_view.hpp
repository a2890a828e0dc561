// What Slack accepts as a modal or as App Home (docs.slack.dev, Block Kit reference; @slack/types), as far as we use
// it. Strict: a name that Slack does not have is wrong.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "integrations/slack/limits.hpp"

namespace hotfixd::testing {

inline std::string only(const nlohmann::json& object, const std::set<std::string>& names, const std::string& what) {
  if (!object.is_object()) return what + " is no object";
  for (const auto& [name, value] : object.items())
    if (!names.contains(name)) return what + " has no " + name;
  return {};
}

inline std::string wrong_text(const nlohmann::json& text, std::size_t limit, const std::string& what) {
  if (auto wrong = only(text, {"type", "text", "emoji"}, what); !wrong.empty()) return wrong;
  if (text.value("type", "") != "plain_text") return what + " is no plain_text";
  const auto words = text.value("text", std::string{});
  return words.empty() || words.size() > limit ? fmt::format("{} is {} long", what, words.size()) : "";
}

inline std::string wrong_options(const nlohmann::json& options, std::size_t most, const std::string& what) {
  namespace limits = slack::limits;
  if (!options.is_array() || options.empty() || options.size() > most) return what + ": number of options";
  std::set<std::string> values;
  for (const auto& option : options) {
    if (auto wrong = only(option, {"text", "value"}, what + ": option"); !wrong.empty()) return wrong;
    if (auto wrong = wrong_text(option["text"], limits::kOptionText, what + ": option"); !wrong.empty()) return wrong;
    const auto value = option.value("value", std::string{});
    if (value.empty() || value.size() > limits::kOptionValue || !values.insert(value).second)
      return what + ": value of an option";
  }
  return {};
}

inline std::string wrong_element(const nlohmann::json& element, const std::string& block) {
  namespace limits = slack::limits;
  const std::string type = element.value("type", "");
  const auto what = fmt::format("{} in {}", type, block);
  if (element.value("action_id", "").empty()) return what + " has no action_id";
  if (type == "plain_text_input") {
    if (auto wrong = only(element,
                          {"type", "action_id", "initial_value", "multiline", "min_length", "max_length", "placeholder",
                           "dispatch_action_config", "focus_on_load"},
                          what);
        !wrong.empty())
      return wrong;
    if (element.contains("placeholder")) return wrong_text(element["placeholder"], 150, what + ": placeholder");
    if (element.value("max_length", std::size_t{1}) > limits::kInputLength) return what + ": max_length";
    if (element.value("initial_value", "").size() > element.value("max_length", limits::kInputLength))
      return what + ": initial_value is too long";
    return {};
  }
  const bool boxes = type == "checkboxes";
  if (!boxes && type != "static_select" && type != "multi_static_select") return "an unexpected " + what;
  const std::string initial = type == "static_select" ? "initial_option" : "initial_options";
  std::set<std::string> names{"type", "action_id", "options", initial, "confirm", "focus_on_load"};
  if (!boxes) names.insert({"placeholder", "option_groups"});
  if (type == "multi_static_select") names.insert("max_selected_items");
  if (auto wrong = only(element, names, what); !wrong.empty()) return wrong;
  if (auto wrong = wrong_options(element["options"], boxes ? limits::kCheckboxes : limits::kSelectOptions, what);
      !wrong.empty())
    return wrong;
  if (!element.contains(initial)) return {};
  const auto chosen = initial == "initial_option" ? nlohmann::json::array({element[initial]}) : element[initial];
  for (const auto& one : chosen)
    if (std::find(element["options"].begin(), element["options"].end(), one) == element["options"].end())
      return what + ": what is chosen is no option";
  return {};
}

inline std::string wrong_button(const nlohmann::json& button) {
  namespace limits = slack::limits;
  if (auto wrong = only(
          button, {"type", "text", "action_id", "url", "value", "style", "confirm", "accessibility_label"}, "button");
      !wrong.empty())
    return wrong;
  if (button.value("type", "") != "button" || button.value("action_id", "").empty()) return "a button without an id";
  return wrong_text(button["text"], limits::kButtonLabel, "button");
}

inline std::string wrong_block(const nlohmann::json& block, bool modal) {
  namespace limits = slack::limits;
  const std::string type = block.value("type", "");
  if (type == "input" && modal) {
    const std::string id = block.value("block_id", "");
    if (auto wrong = only(block, {"type", "block_id", "label", "element", "dispatch_action", "hint", "optional"}, id);
        !wrong.empty())
      return wrong;
    if (auto wrong = wrong_text(block["label"], 2000, id + ": label"); !wrong.empty()) return wrong;
    return wrong_element(block["element"], id);
  }
  if (type == "section") {
    if (auto wrong = only(block, {"type", "block_id", "text", "fields", "accessory", "expand"}, type); !wrong.empty())
      return wrong;
    if (auto wrong = only(block["text"], {"type", "text", "verbatim", "emoji"}, "text of a section"); !wrong.empty())
      return wrong;
    const auto words = block["text"].value("text", std::string{});
    return words.empty() || words.size() > limits::kSection ? "length of a section" : "";
  }
  if (type == "actions") {
    if (auto wrong = only(block, {"type", "block_id", "elements"}, type); !wrong.empty()) return wrong;
    if (block["elements"].empty() || block["elements"].size() > limits::kElements) return "number of buttons";
    for (const auto& button : block["elements"])
      if (auto wrong = wrong_button(button); !wrong.empty()) return wrong;
    return {};
  }
  if (type == "divider") return only(block, {"type", "block_id"}, type);
  return "an unexpected block " + type;
}

// The first thing that Slack would refuse of this view; empty when it would take it.
inline std::string wrong_view(const nlohmann::json& view, const std::string& type) {
  namespace limits = slack::limits;
  const bool modal = type == "modal";
  std::set<std::string> names{"type", "blocks", "private_metadata", "callback_id", "external_id"};
  if (modal) names.insert({"title", "submit", "close", "clear_on_close", "notify_on_close", "submit_disabled"});
  if (auto wrong = only(view, names, "the view"); !wrong.empty()) return wrong;
  if (view.value("type", "") != type) return "the view's type";
  if (modal)
    for (const char* name : {"title", "submit", "close"})
      if (auto wrong = wrong_text(view.value(name, nlohmann::json{}), limits::kViewTitle, name); !wrong.empty())
        return wrong;
  if (view.value("private_metadata", "").size() > limits::kPrivateMetadata) return "private_metadata";
  if (view.dump().size() > 250'000) return "the view is larger than 250 kB";
  if (!view["blocks"].is_array() || view["blocks"].empty() || view["blocks"].size() > limits::kViewBlocks)
    return "number of blocks";
  std::set<std::string> ids;
  for (const auto& block : view["blocks"]) {
    if (auto wrong = wrong_block(block, modal); !wrong.empty()) return wrong;
    if (block.contains("block_id") && !ids.insert(block["block_id"]).second) return "a block_id twice";
  }
  return {};
}

}  // namespace hotfixd::testing
