#include "integrations/slack/outbound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/limits.hpp"
#include "integrations/slack/mrkdwn.hpp"

namespace hotfixd::slack {
namespace {

using nlohmann::json;

// At most this much of the blocks is buttons, so that there is always room for words.
constexpr std::size_t kActionsJson = limits::kBlocksJson / 2;
constexpr std::size_t kActionsBlocks = 4;

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json plain_text(std::string text) { return {{"type", "plain_text"}, {"text", std::move(text)}, {"emoji", false}}; }

std::string joined(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (const auto part : parts) size += part.size();
  std::string out;
  out.reserve(size);
  for (const auto part : parts) out += part;
  return out;
}

// As text: a command's answer is rendered before anything else is acknowledged.
// verbatim: Slack makes no links and mentions of what only looks like one.
std::string section(std::string_view text) {
  return joined(
      {R"({"text":{"text":)", common::json_string(text), R"(,"type":"mrkdwn","verbatim":true},"type":"section"})"});
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\n") == std::string_view::npos; }

json button(const Button& in, std::string id) {
  const std::string name = is_blank(in.label) ? in.id : in.label;
  json out = {
      {"type", "button"}, {"action_id", std::move(id)}, {"text", plain_text(plain_line(name, limits::kButtonLabel))}};
  if (!in.value.empty()) out["value"] = in.value;
  if (in.danger) {
    out["style"] = "danger";
    out["confirm"] = {{"title", plain_text("Are you sure?")},
                      {"text", plain_text(plain_line(name, limits::kConfirmText))},
                      {"confirm", plain_text(plain_line(name, limits::kConfirmButton))},
                      {"deny", plain_text("Cancel")},
                      {"style", "danger"}};
  }
  return out;
}

struct Actions {
  std::vector<json> blocks;
  std::size_t left_out = 0;
};

Actions actions_of(const std::vector<Button>& buttons) {
  Actions out;
  std::map<std::string, std::size_t, std::less<>> seen;
  std::size_t bytes = 0;
  for (const Button& b : buttons) {
    std::string id = action_id(b.id, ++seen[b.id]);
    const bool sound = !is_blank(b.id) && common::is_utf8(b.id) && common::is_utf8(b.value);
    if (!sound || id.size() > limits::kActionId || b.value.size() > limits::kButtonValue) {
      ++out.left_out;
      continue;
    }
    json element = button(b, std::move(id));
    constexpr std::size_t kBlockAround = 40;  // {"elements":[],"type":"actions"}, and a comma
    const std::size_t size = dumped(element).size() + 1;
    const bool full = out.blocks.empty() || out.blocks.back()["elements"].size() == limits::kElements;
    const std::size_t more = size + (full ? kBlockAround : 0);
    if (bytes + more > kActionsJson || (full && out.blocks.size() == kActionsBlocks)) {
      ++out.left_out;
      continue;
    }
    bytes += more;
    if (full) out.blocks.push_back({{"type", "actions"}, {"elements", json::array()}});
    out.blocks.back()["elements"].push_back(std::move(element));
  }
  return out;
}

constexpr std::size_t kMore = 256;  // bytes of the next at most, and a newline

std::string more_of(std::size_t count, std::string_view what, const RenderOptions& options) {
  return fmt::format("… {} more {}{}: {}", count, what, count == 1 ? "" : "s", plain_line(escaped(options.more), 200));
}

// The first `shown` of the lines, what must be said of the rest, and the buttons.
std::vector<std::string> blocks_of(std::span<const std::string> lines, std::size_t shown, const Actions& actions,
                                   const RenderOptions& options) {
  std::vector<std::string> blocks;
  std::string text;
  const auto flush = [&] {
    if (!is_blank(text)) blocks.push_back(section(text));
    text.clear();
  };
  const auto add = [&](std::string_view line) {
    if (text.size() + 1 + line.size() > limits::kSection) flush();
    if (!text.empty()) text += '\n';
    text += line;
  };
  for (const std::string& line : lines.first(shown)) add(line);
  if (shown < lines.size()) add(more_of(lines.size() - shown, "line", options));
  if (actions.left_out > 0) add(more_of(actions.left_out, "choice", options));
  flush();
  if (blocks.empty() && actions.blocks.empty()) blocks.push_back(section("—"));
  for (const json& block : actions.blocks) blocks.push_back(dumped(block));
  return blocks;
}

std::string array_of(const std::vector<std::string>& blocks) {
  std::string text = "[";
  for (const auto& block : blocks) {
    if (text.size() > 1) text += ',';
    text += block;
  }
  text += ']';
  return text;
}

// All of them when they are within the limits.
std::optional<std::string> fitting(const std::vector<std::string>& blocks) {
  if (blocks.size() > limits::kBlocks) return std::nullopt;
  auto text = array_of(blocks);
  if (text.size() > limits::kBlocksJson) return std::nullopt;
  return text;
}

std::string blocks_that_fit(std::span<const std::string> lines, const Actions& actions, const RenderOptions& options) {
  if (auto all = fitting(blocks_of(lines, lines.size(), actions, options))) return *std::move(all);
  std::size_t good = 0, bad = lines.size();  // nothing but the buttons always fits
  while (bad - good > 1) {
    const std::size_t middle = good + (bad - good) / 2;
    (fitting(blocks_of(lines, middle, actions, options)) ? good : bad) = middle;
  }
  return array_of(blocks_of(lines, good, actions, options));
}

std::string text_that_fits(std::span<const std::string> lines, const std::vector<Button>& buttons,
                           const RenderOptions& options) {
  std::string text;
  std::size_t shown = 0;
  for (; shown < lines.size(); ++shown) {
    const std::size_t rest = lines.size() - shown - 1;
    const auto kept = [&] { return rest == 0 ? 0 : 1 + more_of(rest, "line", options).size(); };
    const std::size_t whole = text.size() + (shown > 0 ? 1 : 0) + lines[shown].size();
    if (whole + kMore > limits::kText && whole + kept() > limits::kText) break;
    if (shown > 0) text += '\n';
    text += lines[shown];
  }
  if (shown < lines.size()) text += (shown > 0 ? "\n" : "") + more_of(lines.size() - shown, "line", options);
  if (is_blank(text)) {
    text = "—";
    if (!buttons.empty() && !is_blank(buttons.front().label))
      text = escaped(plain_line(buttons.front().label, limits::kButtonLabel));
  }
  return text;
}

json with(json arguments, const Rendered& rendered) {
  arguments["text"] = rendered.text;
  arguments["blocks"] = json::parse(rendered.blocks);
  return arguments;
}

// The blocks are JSON already: for an answer, which is on the way of every command, they are not read again.
std::string answering(std::string_view name, std::string_view value, const Rendered& rendered) {
  return joined({R"({"blocks":)", rendered.blocks, R"(,")", name, R"(":)", value, R"(,"text":)",
                 common::json_string(rendered.text), "}"});
}

json metadata(std::string_view key) { return {{"event_type", kMetadataEvent}, {"event_payload", {{"op_id", key}}}}; }

}  // namespace

std::string action_id(std::string_view button, std::size_t nth) {
  // An id that looks numbered itself is always numbered, so that taking it back is exact.
  return nth == 1 && button_id(button) == button ? std::string(button) : fmt::format("{}#{}", button, nth);
}

std::string_view button_id(std::string_view action_id) {
  const std::size_t mark = action_id.rfind('#');
  if (mark == std::string_view::npos || mark + 1 == action_id.size()) return action_id;
  const bool number = std::ranges::all_of(action_id.substr(mark + 1), [](char c) { return c >= '0' && c <= '9'; });
  return number ? action_id.substr(0, mark) : action_id;
}

Rendered render(const Message& message, const RenderOptions& options) {
  const auto lines = mrkdwn_lines(message, options.zone, limits::kSection);
  return {.text = text_that_fits(lines, message.buttons, options),
          .blocks = blocks_that_fit(lines, actions_of(message.buttons), options)};
}

std::string post_arguments(std::string_view channel, const Rendered& rendered, std::string_view key,
                           const std::optional<Timestamp>& thread) {
  json out = with({{"channel", channel}, {"metadata", metadata(key)}, {"parse", "none"}}, rendered);
  out["unfurl_links"] = false;
  out["unfurl_media"] = false;
  if (thread) out["thread_ts"] = thread->text();
  return dumped(out);
}

std::string update_arguments(std::string_view channel, const Timestamp& ts, const Rendered& rendered) {
  return dumped(with({{"channel", channel}, {"ts", ts.text()}, {"parse", "none"}}, rendered));
}

std::string ephemeral_arguments(std::string_view channel, std::string_view user, const Rendered& rendered,
                                std::string_view thread) {
  json out = with({{"channel", channel}, {"user", user}, {"parse", "none"}}, rendered);
  if (!thread.empty()) out["thread_ts"] = thread;
  return dumped(out);
}

std::string direct_arguments(std::string_view user, const Rendered& rendered) {
  return dumped(
      with({{"channel", user}, {"parse", "none"}, {"unfurl_links", false}, {"unfurl_media", false}}, rendered));
}

std::string answer(const Rendered& rendered, bool in_channel) {
  return answering("response_type", in_channel ? R"("in_channel")" : R"("ephemeral")", rendered);
}

std::string replacement(const Rendered& rendered) { return answering("replace_original", "true", rendered); }

}  // namespace hotfixd::slack
