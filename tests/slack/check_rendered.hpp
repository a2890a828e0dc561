// What must be true of everything we send, whatever the message: Slack's limits, and no markup but ours.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "integrations/common/utf8.hpp"
#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/limits.hpp"
#include "integrations/slack/mrkdwn.hpp"
#include "integrations/slack/outbound.hpp"

namespace hotfixd::slack::test {

// The first thing that is wrong with this mrkdwn; empty when nothing is. `tokens` are the beginnings of what
// may stand between angle brackets.
inline std::string wrong_markup(std::string_view text, const std::set<std::string>& tokens) {
  if (!common::is_utf8(text)) return "not UTF-8";
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view here = text.substr(i);
    if (here.front() == '`') code = !code;
    if (here.front() == '\n' && code) return "code that is not closed on its line";
    if (here.front() == '&' && !here.starts_with("&amp;") && !here.starts_with("&lt;") && !here.starts_with("&gt;"))
      return fmt::format("a bare & at {}", i);
    if (here.front() == '>') return fmt::format("a bare > at {}", i);
    if (here.front() != '<') continue;
    const std::size_t close = here.find('>');
    if (close == std::string_view::npos) return fmt::format("a bare < at {}", i);
    const std::string token(here.substr(1, close - 1));
    const bool known = std::ranges::any_of(tokens, [&](const auto& begin) { return token.starts_with(begin); });
    if (!known || token.contains('<') || token.contains('\n')) return "markup of others: " + token;
    i += close;
  }
  if (code) return "code that is not closed";
  for (const std::string_view quote : {"&gt;", "\n&gt;"})
    if (quote.front() == '\n' ? text.contains(quote) : text.starts_with(quote)) return "a quotation";
  return {};
}

// The first limit or rule of Slack's that this breaks; empty when none is broken.
inline std::string wrong_with(const Rendered& rendered, const std::set<std::string>& tokens) {
  using nlohmann::json;
  if (rendered.text.empty() || rendered.text.size() > limits::kText) return "text";
  if (auto why = wrong_markup(rendered.text, tokens); !why.empty()) return "text: " + why;
  if (rendered.blocks.size() > limits::kBlocksJson) return "blocks too long";
  const json blocks = json::parse(rendered.blocks);
  if (blocks.empty() || blocks.size() > limits::kBlocks) return "number of blocks";
  for (const json& block : blocks) {
    if (block["type"] == "section") {
      const json& text = block["text"];
      const auto words = text["text"].get<std::string>();
      if (text["type"] != "mrkdwn" || text["verbatim"] != true) return "section is not verbatim mrkdwn";
      if (words.size() > limits::kSection || words.find_first_not_of(" \t\n") == std::string::npos) return "section";
      if (auto why = wrong_markup(words, tokens); !why.empty()) return "section: " + why;
      continue;
    }
    if (block["type"] != "actions") return "block of another type";
    if (block["elements"].empty() || block["elements"].size() > limits::kElements) return "number of elements";
    std::set<std::string> ids;
    for (const json& button : block["elements"]) {
      const auto label = button["text"]["text"].get<std::string>();
      const auto id = button["action_id"].get<std::string>();
      if (button["text"]["type"] != "plain_text" || label.empty() || label.size() > limits::kButtonLabel)
        return "label";
      if (!common::is_utf8(label) || label.find_first_of("<>\n") != std::string::npos) return "label's text";
      if (id.empty() || id.size() > limits::kActionId || !ids.insert(id).second) return "action_id";
      if (button.contains("value") && (button["value"].get<std::string>().size() > limits::kButtonValue ||
                                       button["value"].get<std::string>().empty()))
        return "value";
      if (button.contains("confirm") &&
          (button["confirm"]["title"]["text"].get<std::string>().size() > limits::kConfirmTitle ||
           button["confirm"]["text"]["text"].get<std::string>().size() > limits::kConfirmText ||
           button["confirm"]["confirm"]["text"].get<std::string>().size() > limits::kConfirmButton ||
           button["confirm"]["deny"]["text"].get<std::string>().size() > limits::kConfirmButton))
        return "confirm";
    }
  }
  return {};
}

// What a message may put between angle brackets: its mentions, links and times, and nothing else.
inline std::set<std::string> tokens_of(const Message& message) {
  std::set<std::string> tokens;
  for (const Line& line : message.lines) {
    for (const Span& span : line) {
      if (span.kind == Span::Kind::mention && is_user_id(span.ref)) tokens.insert("@" + span.ref);
      if (span.kind == Span::Kind::mention && is_group_id(span.ref)) tokens.insert("!subteam^" + span.ref);
      if (const auto channel = parse_channel(span.ref); span.kind == Span::Kind::channel && channel)
        tokens.insert("#" + channel->channel);
      if (span.kind == Span::Kind::link && link_address(span.ref)) tokens.insert(*link_address(span.ref));
      if (span.kind == Span::Kind::clock || span.kind == Span::Kind::day || span.kind == Span::Kind::due)
        tokens.insert("!date^");
    }
  }
  return tokens;
}

}  // namespace hotfixd::slack::test
