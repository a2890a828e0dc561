#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "tests/slack/check_rendered.hpp"

// A message made of the input: 0x01 to 0x09 begin a span of that kind, 0x0B its reference, 0x0C a line, 0x0E a
// button. It is rendered within all limits, without markup but ours.

namespace {

using namespace hotfixd;

Message message_in(std::string_view input) {
  constexpr auto kKinds = static_cast<unsigned char>(Span::Kind::channel) + 1;
  Message message{{{}}, {}};
  std::string* text = nullptr;
  for (const char c : input) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 1 && byte <= kKinds) {
      const Time at{Seconds{static_cast<std::int64_t>(input.size()) * 1'000'003}};
      message.lines.back().push_back({static_cast<Span::Kind>(byte - 1), {}, {}, at});
      text = &message.lines.back().back().text;
    } else if (byte == 0x0B && !message.lines.back().empty()) {
      text = &message.lines.back().back().ref;
    } else if (byte == 0x0C) {
      message.lines.emplace_back();
      text = nullptr;
    } else if (byte == 0x0E) {
      message.buttons.push_back({"b", {}, "v", message.buttons.size() % 2 == 1});
      text = &message.buttons.back().label;
    } else {
      if (text == nullptr) {
        message.lines.back().push_back({});
        text = &message.lines.back().back().text;
      }
      *text += c;
    }
  }
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Message message = message_in({reinterpret_cast<const char*>(data), size});
  const slack::Rendered rendered = slack::render(message, {.zone = "Europe/Berlin", .more = "/hotfix status"});
  const std::string wrong = slack::test::wrong_with(rendered, slack::test::tokens_of(message));
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    std::abort();
  }
  return 0;
}
