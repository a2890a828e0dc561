#include "integrations/local/render.hpp"

#include <fmt/format.h>

#include "bot/domain/zone.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::local {
namespace {

constexpr std::string_view bold_on = "\x1b[1m", bold_off = "\x1b[22m";
constexpr std::string_view dim_on = "\x1b[2m", dim_off = "\x1b[22m";
constexpr std::string_view strike_on = "\x1b[9m", strike_off = "\x1b[29m";
constexpr std::string_view cyan = "\x1b[36m", magenta = "\x1b[35m", red = "\x1b[31m", colour_off = "\x1b[39m";

std::string wrap(bool ansi, std::string_view on, std::string text, std::string_view off) {
  if (!ansi || text.empty()) return text;
  return fmt::format("{}{}{}", on, text, off);
}

std::string render_link(const Span& span, bool ansi) {
  const std::string label = safe_line(span.text), url = safe_line(span.ref);
  if (label.empty() || label == url) return wrap(ansi, cyan, url, colour_off);
  if (url.empty()) return label;
  return label + wrap(ansi, dim_on, fmt::format(" ({})", url), dim_off);
}

std::string render_span(const Span& span, std::string_view zone, bool ansi) {
  switch (span.kind) {
    case Span::Kind::plain:
      return safe_text(span.text);
    case Span::Kind::bold:
      return wrap(ansi, bold_on, safe_text(span.text), bold_off);
    case Span::Kind::code:
      return wrap(ansi, cyan, safe_text(span.text), colour_off);
    case Span::Kind::strike:
      return ansi ? wrap(true, strike_on, safe_text(span.text), strike_off) : fmt::format("~{}~", safe_text(span.text));
    case Span::Kind::mention:
      return wrap(ansi, magenta, "@" + safe_line(span.text.empty() ? span.ref : span.text), colour_off);
    case Span::Kind::channel:
      return wrap(ansi, magenta, safe_line(span.text.empty() ? span.ref : span.text), colour_off);
    case Span::Kind::link:
      return render_link(span, ansi);
    case Span::Kind::clock:
      return format_clock(span.at, zone);
    case Span::Kind::day:
      return format_day(span.at, zone);
    case Span::Kind::due:
      return format_due(span.at, zone);
  }
  return {};
}

std::string render_buttons(const std::vector<Button>& buttons, bool ansi) {
  std::string out;
  for (std::size_t i = 0; i < buttons.size(); ++i) {
    if (i != 0) out += "  ";
    out += wrap(ansi, bold_on, fmt::format("[{}]", i + 1), bold_off);
    const std::string label = safe_line(buttons[i].label);
    out += ' ';
    out += buttons[i].danger ? wrap(ansi, red, label, colour_off) : label;
  }
  return out;
}

}  // namespace

std::string render_text(const Message& message, std::string_view zone, RenderOptions options) {
  std::string out;
  bool first = true;
  for (const Line& line : message.lines) {
    if (!first) out += '\n';
    first = false;
    for (const Span& span : line) out += render_span(span, zone, options.ansi);
  }
  if (options.buttons && !message.buttons.empty()) {
    if (!first) out += '\n';
    out += render_buttons(message.buttons, options.ansi);
  }
  return out;
}

std::string render_entry(std::string_view heading, std::string_view body, std::size_t indent) {
  std::string out = fmt::format("{}: ", heading);
  for (std::size_t begin = 0;;) {
    const std::size_t end = body.find('\n', begin);
    out += body.substr(begin, end - begin);  // npos - begin: to the end
    if (end == std::string_view::npos) break;
    begin = end + 1;
    out += '\n';
    if (begin < body.size() && body[begin] != '\n') out.append(indent, ' ');
  }
  return out;
}

}  // namespace hotfixd::local
