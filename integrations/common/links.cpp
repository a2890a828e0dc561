#include "integrations/common/links.hpp"

#include "bot/domain/basics.hpp"

namespace hotfixd::common {
namespace {

struct Reader {
  std::string_view rest;

  bool done() const { return rest.empty(); }
  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  void blanks() {
    while (take(' ') || take('\t')) {
    }
  }
  std::string_view until(std::string_view marks) {
    const auto text = rest.substr(0, rest.find_first_of(marks));
    rest.remove_prefix(text.size());
    return text;
  }
};

// A token, or a quoted string without its quotes and escapes; nothing when it does not end.
std::optional<std::string> value(Reader& in) {
  if (!in.take('"')) return std::string(in.until(" \t;,"));
  std::string text;
  while (!in.done()) {
    if (in.take('"')) return text;
    in.take('\\');
    if (in.done()) break;
    text += in.rest.front();
    in.rest.remove_prefix(1);
  }
  return std::nullopt;
}

bool holds(std::string_view relations, std::string_view wanted) {
  Reader in{relations};
  while (!in.done()) {
    in.blanks();
    if (same_word(in.until(" \t"), wanted)) return true;
  }
  return false;
}

}  // namespace

std::string link_to(std::string_view header, std::string_view relation) {
  Reader in{header};
  while (true) {
    in.blanks();
    while (in.take(',')) in.blanks();
    if (!in.take('<')) return {};
    const auto address = in.until(">");
    if (!in.take('>')) return {};
    bool found = false, seen = false;  // of several rel parameters the first counts (RFC 8288, 3.3)
    in.blanks();
    while (in.take(';')) {
      in.blanks();
      const auto name = in.until(" \t=;,");
      in.blanks();
      std::optional<std::string> text{""};
      if (in.take('=')) {
        in.blanks();
        text = value(in);
      }
      if (!text) return {};
      if (same_word(name, "rel") && !seen) {
        seen = true;
        found = holds(*text, relation);
      }
      in.blanks();
    }
    if (found) return std::string(address);
    if (in.done()) return {};
    if (in.rest.front() != ',') return {};
  }
}

}  // namespace hotfixd::common
