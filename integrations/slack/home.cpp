#include "integrations/slack/home.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "integrations/slack/declare_modal.hpp"
#include "integrations/slack/limits.hpp"
#include "integrations/slack/mrkdwn.hpp"

namespace hotfixd::slack {
namespace {

using nlohmann::json;

constexpr std::size_t kMore = 100;  // bytes, at most, of what is said about lines left out

json section(const std::string& text) {
  return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}, {"verbatim", true}}}};
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

}  // namespace

std::string home_view(const Message& message, std::string_view zone) {
  json blocks = json::array();
  blocks.push_back(
      {{"type", "actions"},
       {"elements",
        json::array({{{"type", "button"},
                      {"action_id", kDeclareButton},
                      {"style", "danger"},
                      {"text", {{"type", "plain_text"}, {"text", "Declare a hotfix"}, {"emoji", false}}}}})}});
  const auto lines = mrkdwn_lines(message, zone, limits::kSection);
  std::string text;
  std::size_t bytes = blocks.dump().size(), shown = 0;
  const auto flush = [&] {
    if (!is_blank(text)) blocks.push_back(section(text));
    bytes = blocks.dump().size();
    text.clear();
  };
  for (; shown < lines.size(); ++shown) {
    const auto& line = lines[shown];
    // A blank line begins a block of its own, which Slack sets apart.
    if (text.size() + 1 + line.size() > limits::kSection - kMore || is_blank(line)) {
      flush();
      if (blocks.size() + 2 > limits::kViewBlocks || bytes + 2 * limits::kSection > limits::kHomeJson) break;
    }
    if (!text.empty()) text += '\n';
    if (!is_blank(line)) text += line;
  }
  if (shown < lines.size()) text += fmt::format("… {} more lines: /hotfix mine", lines.size() - shown);
  flush();
  const json view{{"type", "home"}, {"blocks", std::move(blocks)}};
  return view.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace hotfixd::slack
