#include <cstdint>
#include <string>

#include "integrations/common/json.hpp"
#include "integrations/common/utf8.hpp"
#include "integrations/slack/app_settings.hpp"
#include "tests/fuzz/require.hpp"

// An answer of apps.manifest.export. What is said of it is one line each, whole UTF-8, with something to do.

namespace {

using namespace hotfixd;

void check(const std::vector<slack::AppDifference>& all) {
  for (const auto& d : all)
    for (const auto& text : {d.what, d.mend}) {
      require(!text.empty() && common::is_utf8(text), "a text that is empty or broken");
      for (const char c : text) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "more than one line");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto answer = common::parse_json({reinterpret_cast<const char*>(data), size},
                                         {.bytes = 1 << 20, .nesting = 64, .values = 100'000});
  if (!answer) return 0;
  const auto app = slack::read_settings(*answer);
  if (!app) return 0;
  for (const auto& reach : {slack::Reach{true, {}, false}, slack::Reach{false, "https://bot.example.com", true},
                            slack::Reach{false, {}, false}})
    check(slack::differences(slack::wanted_settings(reach), *app, app->bot_scopes));
  return 0;
}
