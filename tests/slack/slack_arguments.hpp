// What Slack's methods take, by its method reference (docs.slack.dev, the page of each method;
// slackapi/slack-api-specs) and the types of @slack/web-api: names in fake_slack.cpp, the form of the values here.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hotfixd::testing {

// One sentence for each value that Slack would refuse. A form's values are all texts.
std::vector<std::string> wrong_values(const std::string& method, const nlohmann::json& arguments, bool form);

}  // namespace hotfixd::testing
