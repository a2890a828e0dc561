// A WebApi where every call succeeds and tells nothing: a test overrides what it is about.
#pragma once

#include "integrations/slack/web_api.hpp"

namespace hotfixd::testing {

class QuietApi : public slack::WebApi {
 public:
  slack::ApiResult write(std::string_view, std::string, std::string_view) override { return done(); }
  slack::ApiResult read(std::string_view, const slack::Arguments&) override { return done(); }
  std::expected<void, slack::ApiFailure> respond(std::string_view, std::string) override { return {}; }
  std::expected<std::string, slack::ApiFailure> open_connection() override { return ""; }
  slack::ApiResult export_manifest(const std::string&, const std::string&) override { return done(); }
  std::vector<std::string> granted_scopes() const override { return {}; }

 private:
  static nlohmann::json done() { return {{"ok", true}}; }
};

}  // namespace hotfixd::testing
