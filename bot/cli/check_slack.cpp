#include "bot/cli/check_slack.hpp"

#include <fmt/format.h>

#include "bot/cli/compose.hpp"
#include "bot/cli/slack.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/slack/app_settings.hpp"

namespace hotfixd::cli {
namespace {

constexpr auto kOnline = "slack online", kSocket = "slack socket", kApp = "slack app";

// As one line, whatever Slack sent.
std::string text_at(const nlohmann::json& answer, std::string_view name) {
  return common::Fields(answer).text_if_any(name);
}

// The id of the app that the bot token `who` (the answer of auth.test) belongs to.
Result<std::string> app_id(slack::WebApi& api, const nlohmann::json& who) {
  auto id = text_at(who, "app_id");
  if (const auto bot = text_at(who, "bot_id"); id.empty() && !bot.empty()) {
    const auto about = api.read("bots.info", {{"bot", bot}});
    if (!about) return std::unexpected(about.error());
    id = text_at(*about, "bot.app_id");
  }
  if (!id.empty()) return id;
  return std::unexpected(Problem{Problem::Kind::credentials,
                                 "Slack does not say which app slack.bot_token belongs to",
                                 "set it to the app's Bot User OAuth Token (xoxb-…), under OAuth & Permissions",
                                 {}});
}

Result<slack::AppSettings> settings_of(slack::WebApi& api, const SecretPlace& place, const std::string& app) {
  const auto token = read_secret(place.reference, place.base_dir);
  if (!token)
    return std::unexpected(Problem{Problem::Kind::credentials,
                                   "slack.config_token: " + token.error().what,
                                   token.error().mend + "; or remove the key",
                                   {}});
  const auto answer = api.export_manifest(token->reveal(), app);
  if (!answer) return std::unexpected(answer.error());
  return slack::read_settings(*answer);
}

}  // namespace

std::vector<Finding> slack_findings(const Config& config) {
  std::vector<Finding> all;
  const auto clock = system_clock();
  auto out = make_slack(config, *clock);
  if (!out) return {from_problem(kOnline, out.error())};
  auto& api = *out->api;

  const auto who = api.read("auth.test", {});
  if (who)
    all.push_back(good(kOnline, fmt::format("{} in {}", text_at(*who, "user"), text_at(*who, "team"))));
  else
    all.push_back(from_problem(kOnline, who.error()));
  if (config.slack.app_token) {
    if (const auto opened = api.open_connection())
      all.push_back(good(kSocket, "the app token opens connections"));
    else
      all.push_back(from_problem(kSocket, opened.error()));
  }
  if (config.slack.bot_token->reveal().starts_with("xoxe.") && !config.slack.refresh_token)
    all.push_back(bad(kOnline, "the bot token expires after 12 hours, and slack.refresh_token is not set",
                      "set slack.client_id, slack.client_secret and slack.refresh_token"));
  if (!who) return all;

  std::optional<slack::AppSettings> app;
  if (config.slack.config_token) {
    const auto id = app_id(api, *who);
    auto settings = id ? settings_of(api, *config.slack.config_token, *id) : std::unexpected(id.error());
    if (settings) {
      all.push_back(good(kApp, fmt::format("the settings of {} were compared with the manifest", *id)));
      app = std::move(*settings);
    } else {
      all.push_back(from_problem(kApp, settings.error()));
    }
  } else {
    all.push_back({true, kApp, "events, commands and settings were not compared with the manifest",
                   "to have that done, make an app configuration token at https://api.slack.com/apps and set "
                   "slack.config_token"});
  }
  const auto wanted = slack::wanted_settings(
      {config.slack.app_token.has_value(), config.slack.public_url, config.slack.refresh_token.has_value()});
  if (app && !wanted.socket_mode && config.slack.public_url.empty())
    all.push_back({true, kApp, "the app's request URLs were not compared", "set slack.public_url"});
  for (auto& d : slack::differences(wanted, app, api.granted_scopes()))
    all.push_back({!d.fails, kApp, std::move(d.what), std::move(d.mend)});
  return all;
}

}  // namespace hotfixd::cli
