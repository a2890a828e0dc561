// What must hold of everything that is decoded, whatever came in.
#pragma once

#include <cstdlib>

#include "integrations/common/utf8.hpp"
#include "integrations/slack/inbound.hpp"
#include "integrations/slack/text.hpp"

namespace hotfixd::slack {

inline void check_text(const std::string& text) {
  if (text.size() > kTextLimit || !common::is_utf8(text)) std::abort();
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') std::abort();
  if (for_grammar(text).size() > 2 * text.size() || readable(text).size() > 2 * text.size() + 8) std::abort();
}

inline void check_promises(const Result<Incoming>& in) {
  if (!in) {
    if (in.error().kind != Problem::Kind::invalid || in.error().what.empty()) std::abort();
    return;
  }
  const std::string id = delivery_id(*in);
  const bool nothing_done = std::visit(
      [](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (requires { what.message.ts; }) {
          const Timestamp ts = what.message.ts;
          if (Timestamp::parse(ts.text()) != ts) std::abort();
        }
        if constexpr (requires { what.text; }) check_text(what.text);
        if constexpr (std::is_same_v<T, Unknown>) {
          if (what.what.empty() || !common::is_utf8(what.what)) std::abort();
        }
        return std::is_same_v<T, Hello> || std::is_same_v<T, Disconnect> || std::is_same_v<T, Challenge> ||
               std::is_same_v<T, SslCheck> || std::is_same_v<T, RateLimited> || std::is_same_v<T, ViewClosed> ||
               std::is_same_v<T, Ignored> || std::is_same_v<T, Unknown>;
      },
      in->what);
  // Everything the engine is told of has an id, and nothing else has.
  if (nothing_done != id.empty() || (!id.empty() && !id.starts_with("slack:")) || !common::is_utf8(id)) std::abort();
}

}  // namespace hotfixd::slack
