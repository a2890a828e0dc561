#include "integrations/slack/mrkdwn.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/zone.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/channel_id.hpp"

namespace hotfixd::slack {
namespace {

constexpr std::size_t kLongestAddress = 1900;
constexpr std::size_t kLongestLabel = 200;
// Stands between a mark of ours and a letter: Slack formats only where a word begins or ends.
constexpr std::string_view kZeroWidthSpace = "\u200b";

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n'; }

// Marks that reorder what is written after them (U+202A..E, U+2066..9).
bool reorders(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

// Valid UTF-8 whose only controls are newline and tab.
std::string clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (true) {
    const auto* odd = std::ranges::find_if(text, [](char c) { return c < ' ' || c > '~'; });
    out.append(text.begin(), odd);
    if (odd == text.end()) return out;
    text.remove_prefix(static_cast<std::size_t>(odd - text.begin()));
    const auto [c, bytes] = common::decode_utf8(text);
    if (bytes == 0 || reorders(c) || (c >= 0x80 && c < 0xA0)) {
      out += "\uFFFD";
    } else if (c == 0x2028 || c == 0x2029) {  // Unicode's own line and paragraph separators
      out += '\n';
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      if (!text.starts_with("\r\n")) out += ' ';
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
}

std::string_view entity(char c) { return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : ""; }

std::string_view look_alike(char c) {
  switch (c) {
    case '*':
      return "\u2217";
    case '_':
      return "\u02cd";
    case '~':
      return "\u223c";
    case '`':
      return "\u02cb";
    default:
      return "";
  }
}

// What entity() or look_alike() may replace.
bool is_mark(char c) { return c == '&' || c == '<' || c == '>' || c == '*' || c == '_' || c == '~' || c == '`'; }

// `text` is clean.
std::string as_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0;; ++i) {
    const auto* mark = std::find_if(text.begin() + i, text.end(), is_mark);
    out.append(text.begin() + i, mark);
    if (mark == text.end()) return out;
    i = static_cast<std::size_t>(mark - text.begin());
    const char c = *mark;
    const bool inside_word = i > 0 && i + 1 < text.size() && is_word(text[i - 1]) && is_word(text[i + 1]);
    const std::string_view other = c == '`' || !inside_word ? look_alike(c) : "";
    if (const std::string_view escape = entity(c); !escape.empty()) {
      out += escape;
    } else if (!other.empty()) {
      out += other;
    } else {
      out += c;
    }
  }
}

std::string as_code(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (const std::string_view escape = entity(c); !escape.empty()) {
      out += escape;
    } else if (c == '`') {
      out += look_alike(c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string one_line(std::string_view text) {
  std::string out = clean(text);
  std::ranges::replace_if(out, is_space, ' ');
  return out;
}

std::string shortened(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  constexpr std::string_view kMore = "…";
  return std::string(common::cut_utf8(text, limit - kMore.size())).append(kMore);
}

// A run of escaped text between two marks, or something that must stay whole.
struct Piece {
  std::string text;
  std::string_view mark;  // "*", "~", "`" or nothing
  bool whole = false;
};
using Pieces = std::vector<Piece>;

// Adds `text`, a new line at each newline. A mark does not format next to a space, so those stay outside.
void add_marked(std::vector<Pieces>& lines, std::string_view text, std::string_view mark,
                std::string (*escape)(std::string_view)) {
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find('\n', begin);
    std::string_view line = text.substr(begin, end == std::string_view::npos ? end : end - begin);
    const std::size_t first = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t last = line.find_last_not_of(" \t");
    if (first > 0) lines.back().push_back({std::string(line.substr(0, first)), {}, false});
    if (first < line.size()) {
      lines.back().push_back({escape(line.substr(first, last + 1 - first)), mark, false});
      if (last + 1 < line.size()) lines.back().push_back({std::string(line.substr(last + 1)), {}, false});
    }
    if (end == std::string_view::npos) return;
    begin = end + 1;
    lines.emplace_back();
  }
}

void add_text(std::vector<Pieces>& lines, std::string_view text) {
  std::string safe = as_text(text);
  std::size_t begin = 0;
  for (auto end = safe.find('\n'); end != std::string::npos; end = safe.find('\n', begin)) {
    lines.back().push_back({safe.substr(begin, end - begin), {}, false});
    begin = end + 1;
    lines.emplace_back();
  }
  lines.back().push_back({begin == 0 ? std::move(safe) : safe.substr(begin), {}, false});
}

void add_link(std::vector<Pieces>& lines, const Span& span) {
  const std::string label = one_line(span.text);
  if (const auto address = link_address(span.ref)) {
    std::string token = "<" + *address;
    if (!label.empty() && label != span.ref) token += "|" + as_text(shortened(label, kLongestLabel));
    lines.back().push_back({token + ">", {}, true});
    return;
  }
  const std::string address = one_line(span.ref);
  add_text(lines, label.empty() ? address : address.empty() || address == label ? label : label + " (" + address + ")");
}

void add_time(std::vector<Pieces>& lines, Time at, std::string_view format, const std::string& fallback) {
  const auto seconds = std::chrono::floor<Seconds>(at).time_since_epoch().count();
  if (seconds <= 0) return add_text(lines, fallback);
  lines.back().push_back({fmt::format("<!date^{}^{}|{}>", seconds, format, as_text(fallback)), {}, true});
}

void add_mention(std::vector<Pieces>& lines, const Span& span) {
  if (is_user_id(span.ref)) {
    lines.back().push_back({"<@" + span.ref + ">", {}, true});
  } else if (is_group_id(span.ref)) {
    lines.back().push_back({"<!subteam^" + span.ref + ">", {}, true});
  } else {
    add_text(lines, "@" + one_line(span.text.empty() ? span.ref : span.text));
  }
}

void add_channel(std::vector<Pieces>& lines, const Span& span) {
  const auto name = parse_channel(span.ref);
  if (name && is_channel_id(name->channel))
    lines.back().push_back({"<#" + name->channel + ">", {}, true});
  else
    add_text(lines, one_line(span.text.empty() ? span.ref : span.text));
}

void add_span(std::vector<Pieces>& lines, const Span& span, std::string_view zone) {
  switch (span.kind) {
    case Span::Kind::plain:
      return add_text(lines, clean(span.text));
    case Span::Kind::bold:
      return add_marked(lines, clean(span.text), "*", as_text);
    case Span::Kind::code:
      return add_marked(lines, clean(span.text), "`", as_code);
    case Span::Kind::strike:
      return add_marked(lines, clean(span.text), "~", as_text);
    case Span::Kind::mention:
      return add_mention(lines, span);
    case Span::Kind::channel:
      return add_channel(lines, span);
    case Span::Kind::link:
      return add_link(lines, span);
    case Span::Kind::clock:
      return add_time(lines, span.at, "{time}", format_clock(span.at, zone));
    case Span::Kind::day:
      return add_time(lines, span.at, "{date_num}", format_day(span.at, zone));
    case Span::Kind::due:
      return add_time(lines, span.at, "{date_short_pretty} {time}", format_due(span.at, zone));
  }
}

// How many bytes of escaped text fit into `room`: up to a space when there is one in the second half,
// never through a character or an entity.
std::size_t fitting(std::string_view text, std::size_t room) {
  if (text.size() <= room) return text.size();
  std::size_t end = common::cut_utf8(text, room).size();
  if (const std::size_t open = text.substr(0, end).rfind('&'); open != std::string_view::npos) {
    const std::size_t close = text.find(';', open);  // each '&' begins one of our entities
    if (close >= end) end = open;
  }
  const std::size_t space = text.substr(0, end).rfind(' ');
  return space != std::string_view::npos && space > room / 2 ? space : end;
}

// Puts pieces into lines of at most `limit` bytes.
class Writer {
 public:
  explicit Writer(std::size_t limit) : limit_(limit) {}

  void line(const Pieces& pieces) {
    for (const Piece& piece : pieces) piece.whole ? whole(piece) : run(piece);
    flush();
  }
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  // A mark needs a gap where it touches a letter or another mark.
  bool needs_gap(std::string_view next, bool marked) const {
    constexpr std::string_view kBefore = " \t([{-:,./", kAfter = " \t.,:;!?)]}-/";
    if (line_.empty() || next.empty()) return false;
    if (marked) return after_mark_ || !kBefore.contains(line_.back());
    return after_mark_ && !kAfter.contains(next.front());
  }

  void append(std::string_view text, std::string_view mark) {
    if (text.empty()) return;
    if (needs_gap(text, !mark.empty())) line_ += kZeroWidthSpace;
    line_.append(mark).append(text).append(mark);
    after_mark_ = !mark.empty();
  }

  std::size_t room() const {
    constexpr std::size_t kOverhead = 2 + 3 + 4;  // two marks, a gap, and what harmless() adds
    return line_.size() + kOverhead < limit_ ? limit_ - line_.size() - kOverhead : 0;
  }

  void whole(const Piece& piece) {
    if (piece.text.size() > room()) flush();
    append(piece.text, {});
  }

  void run(const Piece& piece) {
    constexpr std::size_t kLeast = 40;  // less is not worth beginning with
    std::string_view text = piece.text;
    bool cut_before = false;
    while (!text.empty()) {
      if (text.size() > room() && room() < kLeast) flush();
      const std::size_t bytes = fitting(text, room());
      if (bytes == text.size() && !cut_before) return append(text, piece.mark);
      std::string part(text.substr(0, bytes));
      text.remove_prefix(bytes);
      const bool cut = !text.empty();
      if (cut) {
        part.resize(part.find_last_not_of(' ') + 1);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
      }
      if (piece.mark != "`") {
        if (cut) harmless(part, part.size() - 1);
        if (cut_before) harmless(part, 0);
      }
      if (!part.empty()) append(part, piece.mark);
      if (!text.empty()) flush();
      cut_before = cut;
    }
  }

  // What stood inside a word and could not format does so where the word was cut.
  static void harmless(std::string& part, std::size_t at) {
    if (at >= part.size()) return;
    if (const std::string_view other = look_alike(part[at]); !other.empty()) part.replace(at, 1, other);
  }

  void flush() {
    // At a line's beginning Slack takes it for a quotation.
    const std::size_t first = line_.find_first_not_of(" \t");
    constexpr std::string_view kQuote = "&gt;";
    if (first != std::string::npos && std::string_view(line_).substr(first).starts_with(kQuote))
      line_.replace(first, kQuote.size(), "›");
    lines_.push_back(std::move(line_));
    line_.clear();
    after_mark_ = false;
  }

  std::size_t limit_;
  std::string line_;
  bool after_mark_ = false;
  std::vector<std::string> lines_;
};

// An id has digits or is long: a name that was typed in capitals ("@UTE") is none.
bool is_id(std::string_view id, std::string_view first) {
  constexpr std::size_t kShortest = 2, kLongest = 24, kAlwaysAnId = 9;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return id.size() >= kShortest && id.size() <= kLongest && first.contains(id.front()) &&
         std::ranges::all_of(id, [&](char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); }) &&
         (id.size() >= kAlwaysAnId || std::ranges::any_of(id, is_digit));
}

}  // namespace

std::string escaped(std::string_view text) { return as_text(clean(text)); }
std::string escaped_code(std::string_view text) { return as_code(clean(text)); }

std::string plain_line(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : one_line(text)) {
    if (c == '<' || c == '>') {
      out += c == '<' ? "‹" : "›";
    } else {
      out += c;
    }
  }
  return shortened(std::move(out), limit);
}

std::optional<std::string> link_address(std::string_view url) {
  const std::string start(url.substr(0, 8));
  std::size_t host = 0;
  if (same_word(start.substr(0, 7), "http://")) host = 7;
  if (same_word(start, "https://")) host = 8;
  if (host == 0 || url.size() == host || !(is_word(url[host]) || url[host] == '[')) return std::nullopt;
  std::string out;
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (byte <= 0x20 || byte >= 0x7F || std::string_view("<>|\"`^{}\\").contains(c)) {
      out += fmt::format("%{:02X}", byte);
    } else {
      out += c;
    }
  }
  return out.size() <= kLongestAddress ? std::optional(std::move(out)) : std::nullopt;
}

bool is_user_id(std::string_view id) { return is_id(id, "UW"); }
bool is_group_id(std::string_view id) { return is_id(id, "S"); }
bool is_channel_id(std::string_view id) { return is_id(id, "CG"); }

std::vector<std::string> mrkdwn_lines(const Message& message, std::string_view zone, std::size_t limit) {
  Writer writer(limit);
  for (const Line& line : message.lines) {
    std::vector<Pieces> lines(1);
    for (const Span& span : line) add_span(lines, span, zone);
    for (const Pieces& pieces : lines) writer.line(pieces);
  }
  return writer.take();
}

}  // namespace hotfixd::slack
