#include "integrations/slack/declare_modal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "integrations/common/json.hpp"
#include "integrations/slack/channel_id.hpp"
#include "integrations/slack/limits.hpp"
#include "integrations/slack/mrkdwn.hpp"

namespace hotfixd::slack {
namespace {

using nlohmann::json;

constexpr std::string_view kSeverity = "severity", kCriteria = "criteria", kRepository = "repository",
                           kService = "service", kSummary = kSummaryField, kReason = "reason", kOptions = kOptionsField;
constexpr std::string_view kElement = "value";  // every block has one element, and this is its action_id
constexpr std::string_view kDrill = "drill", kNewChannel = "new-channel", kPrivate = "private";

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json plain_text(std::string_view text, std::size_t limit) {
  return {{"type", "plain_text"}, {"text", plain_line(text, limit)}, {"emoji", false}};
}

json option(std::string_view text, std::string_view value) {
  return {{"text", plain_text(text, limits::kOptionText)}, {"value", value}};
}

json input(std::string_view block, std::string_view label, json element, bool optional) {
  constexpr std::size_t kLabel = 2000;
  element["action_id"] = kElement;
  return {{"type", "input"},
          {"block_id", block},
          {"label", plain_text(label, kLabel)},
          {"element", std::move(element)},
          {"optional", optional}};
}

json severities(const DeclareDraft& draft, const Policy& policy) {
  json element = {{"type", "static_select"}, {"options", json::array()}};
  for (const auto& [severity, named] : policy.severities) {
    const std::string_view value = to_string(severity);
    std::string text = named.name.empty() ? std::string(value) : named.name;
    if (!named.meaning.empty()) text += ": " + named.meaning;
    json one = option(text, value);
    if (draft.severity == severity) element["initial_option"] = one;
    element["options"].push_back(std::move(one));
  }
  return input(kSeverity, "Severity", std::move(element), false);
}

json criteria(const Policy& policy) {
  const std::size_t count = std::min(policy.criteria.size(), limits::kSelectOptions);
  json element = {{"type", count <= limits::kCheckboxes ? "checkboxes" : "multi_static_select"},
                  {"options", json::array()}};
  for (std::size_t i = 0; i < count; ++i)
    element["options"].push_back(option(policy.criteria[i], std::to_string(i + 1)));
  return input(kCriteria, "Which criteria of a hotfix are met?", std::move(element), true);
}

// Chosen from the list where Slack can show it, typed otherwise.
template <typename T>
bool can_choose(const std::vector<T>& all) {
  return all.size() <= limits::kSelectOptions &&
         std::ranges::all_of(all, [](const auto& one) { return one.name.size() <= limits::kOptionValue; });
}

// `first` is chosen when the form opens.
template <typename T>
json named(std::string_view block, std::string_view label, const std::vector<T>& all, bool first) {
  if (!can_choose(all)) {
    json element = {{"type", "plain_text_input"}};
    if (first) element["initial_value"] = all.front().name;
    return input(block, label, std::move(element), !first);
  }
  json element = {{"type", "static_select"}, {"options", json::array()}};
  for (const T& one : all) element["options"].push_back(option(one.name, one.name));
  if (first) element["initial_option"] = element["options"].front();
  return input(block, label, std::move(element), !first);
}

json options(bool offer_private, bool needs_channel) {
  json element = {{"type", "checkboxes"}, {"options", json::array()}};
  element["options"].push_back(option("This is a drill", kDrill));
  element["options"].push_back(option("Make a channel for it", kNewChannel));
  if (needs_channel) element["initial_options"] = json::array({element["options"].back()});
  if (offer_private) element["options"].push_back(option("Make a private channel for it", kPrivate));
  return input(kOptions, "Options", std::move(element), true);
}

std::string first_of(const View& view, std::string_view block) {
  auto values = view.in(block);
  return values.empty() ? std::string{} : std::move(values.front());
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::optional<std::size_t> number_in(std::string_view text) {
  std::size_t number = 0;
  if (text.empty() || text.size() > 3) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::size_t>(c - '0');
  }
  return number;
}

// In quotes as the grammar reads them back.
std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

constexpr std::string_view kChanged = "The choices have changed meanwhile: close this form and open it again.";

}  // namespace

std::string to_private_metadata(const FormOrigin& origin) {
  return dumped({{"channel", origin.channel}, {"message", origin.message}});
}

Result<FormOrigin> origin_of(const View& view) {
  const auto root = common::parse_json(view.private_metadata, {limits::kPrivateMetadata, 2, 8});
  const auto text = [&](const char* name) -> const std::string* {
    const auto found = root->find(name);
    return found == root->end() ? nullptr : found->get_ptr<const std::string*>();
  };
  if (!root || text("channel") == nullptr || text("message") == nullptr) {
    return std::unexpected(Problem{Problem::Kind::invalid, "the form does not say where it was opened", {}, {}});
  }
  return FormOrigin{*text("channel"), *text("message")};
}

std::string declare_view(const DeclareDraft& draft, const Policy& policy) {
  json blocks = json::array();
  json summary = {{"type", "plain_text_input"},
                  {"max_length", kSummaryBytes},
                  {"placeholder", plain_text("What is wrong, in a few words", 150)}};
  if (!trimmed(draft.summary).empty()) summary["initial_value"] = plain_line(trimmed(draft.summary), kSummaryBytes);
  blocks.push_back(input(kSummary, "Summary", std::move(summary), false));
  if (!policy.severities.empty()) blocks.push_back(severities(draft, policy));
  if (!policy.criteria.empty()) blocks.push_back(criteria(policy));
  if (!policy.services.empty()) blocks.push_back(named(kService, "Service", policy.services, false));
  if (!policy.repositories.empty())
    blocks.push_back(policy.services.empty()
                         ? named(kRepository, "Repository", policy.repositories, true)
                         : named(kRepository, "Repository, if not the service's", policy.repositories, false));
  blocks.push_back(input(kReason, "Why is it urgent, if the severity does not say?",
                         {{"type", "plain_text_input"}, {"multiline", true}, {"max_length", kReasonBytes}}, true));
  blocks.push_back(options(draft.offer_private, !is_shared(draft.origin.channel)));
  return dumped({{"type", "modal"},
                 {"callback_id", kDeclareCallback},
                 {"private_metadata", to_private_metadata(draft.origin)},
                 {"title", plain_text("Declare an incident", limits::kViewTitle)},
                 {"submit", plain_text("Declare", limits::kViewTitle)},
                 {"close", plain_text("Cancel", limits::kViewTitle)},
                 {"blocks", std::move(blocks)}});
}

std::expected<DeclareForm, FormErrors> read_declare(const View& view, const Policy& policy) {
  DeclareForm form;
  FormErrors errors;
  const auto wrong = [&](std::string_view block, std::string why) { errors.emplace(block, std::move(why)); };

  const auto severity = from_string<Severity>(first_of(view, kSeverity));
  if (!severity) {
    wrong(kSeverity, "Choose how severe it is.");
  } else {
    form.severity = *severity;
  }
  for (const std::string& value : view.in(kCriteria)) {
    const auto number = number_in(value);
    if (!number || *number == 0 || *number > policy.criteria.size()) {
      wrong(kCriteria, std::string(kChanged));
    } else {
      form.criteria.push_back(policy.criteria[*number - 1]);
    }
  }
  form.repository = trimmed(first_of(view, kRepository));
  const bool may_be_left = policy.repositories.empty() || !policy.services.empty();
  if (!(form.repository.empty() && may_be_left) && policy.repository(form.repository) == nullptr)
    wrong(kRepository, can_choose(policy.repositories) ? std::string(kChanged) : "There is no such repository.");
  form.service = trimmed(first_of(view, kService));
  if (!form.service.empty() && policy.service(form.service) == nullptr)
    wrong(kService, can_choose(policy.services) ? std::string(kChanged) : "There is no such service.");

  form.summary = trimmed(first_of(view, kSummary));
  std::ranges::replace_if(form.summary, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  if (form.summary.empty()) wrong(kSummary, "Say what is wrong, in a few words.");
  if (form.summary.size() > kSummaryBytes)
    wrong(kSummary, fmt::format("That is {} bytes long; at most {} fit.", form.summary.size(), kSummaryBytes));
  form.reason = trimmed(first_of(view, kReason));
  if (form.reason.size() > kReasonBytes)
    wrong(kReason, fmt::format("That is {} bytes long; at most {} fit.", form.reason.size(), kReasonBytes));

  const auto chosen = view.in(kOptions);
  const auto is_chosen = [&](std::string_view name) { return std::ranges::find(chosen, name) != chosen.end(); };
  form.drill = is_chosen(kDrill);
  form.private_channel = is_chosen(kPrivate);
  form.new_channel = is_chosen(kNewChannel) || form.private_channel;

  if (auto origin = origin_of(view))
    form.origin = std::move(*origin);
  else
    wrong(kSummary, "This form does not say where it was opened: close it and open it again.");
  if (!form.origin.channel.empty() && !is_shared(form.origin.channel) && !form.new_channel && !policy.new_channel)
    wrong(kOptions, "This form was not opened in a channel: choose to make one for the incident.");
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return form;
}

std::string command_line(const DeclareForm& form, const Policy& policy) {
  std::string out = fmt::format("declare {}", to_string(form.severity));
  std::string numbers;
  for (std::size_t i = 0; i < policy.criteria.size(); ++i) {
    if (std::ranges::find(form.criteria, policy.criteria[i]) == form.criteria.end()) continue;
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", i + 1);
  }
  if (!form.repository.empty()) out += " --repo " + in_quotes(form.repository);
  if (!form.service.empty()) out += " --service " + in_quotes(form.service);
  if (!numbers.empty()) out += " --criteria " + numbers;
  if (!form.reason.empty()) out += " --reason " + in_quotes(form.reason);
  if (form.drill) out += " --drill";
  if (form.new_channel) out += form.private_channel ? " --private" : " --new-channel";
  return out + " -- " + form.summary;
}

std::string errors_response(const FormErrors& errors) {
  return dumped({{"response_action", "errors"}, {"errors", errors}});
}

}  // namespace hotfixd::slack
