#include "bot/cli/config_keys.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace hotfixd::cli {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Seconds kYear = days{366};

const std::vector<Severity> kSeverities{Severity::sev1, Severity::sev2, Severity::sev3, Severity::sev4};
const std::vector<Role> kRoles{Role::commander, Role::owner, Role::communications, Role::scribe, Role::releaser};
const std::vector<ObligationKind> kObligations{ObligationKind::merge_back,   ObligationKind::verification,
                                               ObligationKind::rca,          ObligationKind::rca_review,
                                               ObligationKind::action_item,  ObligationKind::stakeholder_update,
                                               ObligationKind::flag_clean_up};

// A value out of an enum's names; the nearest is suggested.
template <typename Enum>
std::optional<Enum> as_name(const Value& value, const std::string& text, const std::vector<Enum>& all) {
  if (const auto found = from_string<Enum>(text)) return found;
  const auto names = names_of(all);
  const auto near = nearest(text, names);
  value.fail(fmt::format("'{}' is not one of {}", text, fmt::join(names, ", ")),
             near ? fmt::format("did you mean '{}'?", *near) : "");
  return std::nullopt;
}

Key<Policy> threshold() {
  return key(
      "threshold", &Policy::threshold, "A hotfix is for this severity or worse: sev1, sev2, sev3 or sev4.",
      [](const Value& value) -> std::optional<Severity> {
        const auto text = value.as_text();
        return text ? as_name(value, *text, kSeverities) : std::nullopt;
      },
      [](Severity s) { return toml_text(to_string(s)); });
}

Key<Policy> override_roles() {
  return key(
      "override_roles", &Policy::override_roles,
      "Who may ask to override a gate; a second person confirms it. Out of: commander, owner,\ncommunications, scribe, "
      "releaser.",
      [](const Value& value) -> std::optional<std::vector<Role>> {
        const auto texts = value.as_words();
        if (!texts) return std::nullopt;
        std::vector<Role> roles;
        for (const auto& text : *texts)
          if (const auto role = as_name(value, text, kRoles)) roles.push_back(*role);
        if (texts->empty()) value.fail("the list is empty", "name at least one role, such as \"releaser\"");
        return roles.empty() || roles.size() != texts->size() ? std::nullopt : std::optional(std::move(roles));
      },
      [](const std::vector<Role>& roles) { return toml_list(names_of(roles)); });
}

std::string log_level_text(const std::string& text) {
  static const std::vector<std::string> levels{"trace", "debug", "info", "warn", "error"};
  return std::ranges::find(levels, text) != levels.end() ? "" : fmt::format("write one of {}", fmt::join(levels, ", "));
}

std::string repository_name_text(const std::string& text) {
  return !text.empty() && text.find_first_of(" \t\n:/") == std::string::npos
             ? ""
             : "write one word without ':' or '/', as people will type it";
}

std::string runbook_text(const std::string& text) {
  const bool good = text.empty() || ((text.starts_with("https://") || text.starts_with("http://")) &&
                                     text.find_first_of(" \t\n<>\"") == std::string::npos);
  return good ? "" : "write an address that begins with https://";
}

std::string github_text(const std::string& text) {
  const auto slash = text.find('/');
  const bool good =
      text.empty() || (slash != 0 && slash != std::string::npos && slash + 1 < text.size() &&
                       text.find('/', slash + 1) == std::string::npos && text.find(':') == std::string::npos);
  return good ? "" : "write \"owner/name\" without https://";
}

std::string gitlab_text(const std::string& text) {
  const bool good =
      text.empty() || (text.find('/') != std::string::npos && !text.starts_with('/') && !text.ends_with('/') &&
                       text.find("//") == std::string::npos && text.find_first_of(": \t\n") == std::string::npos);
  return good ? "" : "write \"group/name\" or \"group/subgroup/name\" without https://";
}

std::string template_text(const std::string& text) {
  return text.find("{number}") != std::string::npos
             ? ""
             : "the name must hold {number}, or two incidents would share a channel";
}

std::string digest_text(const std::string& text) {
  const bool id = text.starts_with("slack:") && std::ranges::count(text, ':') == 2;
  return text.empty() || (text.starts_with('#') && text.size() > 1) || id
             ? ""
             : "write a channel's name like \"#incidents\", or \"slack:TEAM:CHANNEL\" with Slack's ids";
}

// True when the address carries "user:password@".
bool holds_password(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto authority = url.substr(scheme + 3, url.find('/', scheme + 3) - scheme - 3);
  const auto at = authority.rfind('@');
  return at != std::string_view::npos && authority.substr(0, at).find(':') != std::string_view::npos;
}

bool is_loopback_http(std::string_view url) {
  for (const std::string_view host : {"http://127.0.0.1", "http://localhost", "http://[::1]"})
    if (url.size() > host.size() && url.starts_with(host) && (url[host.size()] == ':' || url[host.size()] == '/'))
      return true;
  return false;
}

std::string api_url_text(const std::string& text) {
  const bool good = (text.starts_with("https://") || is_loopback_http(text)) && text.ends_with('/');
  return good ? "" : "write \"https://slack.com/api/\", with the slash at its end";
}

std::string github_api_url_text(const std::string& text) {
  const bool good = (text.starts_with("https://") || is_loopback_http(text)) && text.size() > 8 &&
                    !text.ends_with('/') && text.find_first_of(" \t\n<>\"?#") == std::string::npos;
  return good ? "" : "write \"https://api.github.com\", or \"https://HOST/api/v3\" for GitHub Enterprise Server";
}

std::string gitlab_api_url_text(const std::string& text) {
  const bool good = (text.starts_with("https://") || is_loopback_http(text)) && text.ends_with("/api/v4") &&
                    text.find_first_of(" \t\n<>\"?#") == std::string::npos;
  return good ? "" : "write \"https://gitlab.com/api/v4\", or \"https://HOST/api/v4\" for a GitLab of your own";
}

std::string deploy_text(const std::string& text) {
  const auto has = [&](std::string_view kind) { return text.starts_with(kind) && text.size() > kind.size(); };
  if (text.empty() || text == "deployments" || text == "pipeline" || has("pipeline:") || has("command:")) return {};
  if (has("workflow:"))
    return text.find_first_of("/ \t\n") == std::string::npos
               ? ""
               : "write the workflow's file name alone, such as \"workflow:deploy.yml\"";
  if (has("webhook:")) {
    const auto url = text.substr(8);
    const bool good = (url.starts_with("https://") || is_loopback_http(url)) && !holds_password(url) &&
                      url.find_first_of(" \t\n<>\"#") == std::string::npos;
    return good ? "" : "write \"webhook:https://…\", without a password in it: deploy_secret signs it";
  }
  return "write \"workflow:FILE\", \"deployments\", \"pipeline:JOB\", \"pipeline\", \"command:COMMAND\" or "
         "\"webhook:https://…\"";
}

std::string regression_text(const std::string& text) {
  const auto has = [&](std::string_view kind) { return text.starts_with(kind) && text.size() > kind.size(); };
  if (text.empty() || text == "pipeline" || has("command:") || has("check:")) return {};
  if (has("workflow:"))
    return text.find_first_of("/ \t\n") == std::string::npos
               ? ""
               : "write the workflow's file name alone, such as \"workflow:regression.yml\"";
  return "write \"command:COMMAND\", \"workflow:FILE\", \"check:NAME\" or \"pipeline\"";
}

Key<RepositoryAccess> regression_inputs() {
  return key(
      "regression_inputs", &RepositoryAccess::regression_inputs,
      "What a workflow gets as inputs, which it must declare, and a pipeline as variables. Out of: sha, target, "
      "hotfix\n"
      "(its tag), incident, key (in the workflow's run-name its run is recognised for certain). [] sends none.",
      [](const Value& value) -> std::optional<std::vector<std::string>> {
        static const auto known = RepositoryAccess{}.regression_inputs;
        const auto texts = value.as_words();
        if (!texts) return std::nullopt;
        for (const auto& text : *texts)
          if (std::ranges::find(known, text) == known.end()) {
            value.fail(fmt::format("'{}' is not one of {}", text, fmt::join(known, ", ")), "remove it, or mend it");
            return std::nullopt;
          }
        return texts;
      },
      [](const std::vector<std::string>& all) { return toml_list(all); });
}

Key<RepositoryPolicy> release_lines() {
  return key(
      "release_lines", &RepositoryPolicy::release_lines,
      "Which of those with a version in their name (release/2.5, 2.4.x) count: \"all\", or \"newer\": those not older\n"
      "than what the hotfix was cut from, by the first two numbers, and with three numbers (release/2.4.8) not older\n"
      "than what it ships as. Lines without a version always count, and so does one that was judged before.",
      [](const Value& value) -> std::optional<ReleaseLines> {
        const auto text = value.as_text();
        static const std::vector<ReleaseLines> all{ReleaseLines::all, ReleaseLines::newer};
        return text ? as_name(value, *text, all) : std::nullopt;
      },
      [](ReleaseLines lines) { return toml_text(to_string(lines)); });
}

std::string app_id_text(const std::string& text) {
  const bool good = text.size() <= 100 && std::ranges::all_of(text, [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                             c == '_' || c == '-';
                    });
  return good ? "" : "write the client id from the app's page, such as \"Iv23liABCDEFGHIJKLMN\"";
}

std::string public_url_text(const std::string& text) {
  const bool good = text.empty() || (text.starts_with("https://") && text.size() > 8 && !text.ends_with('/') &&
                                     text.find_first_of(" \t\n<>\"?#") == std::string::npos);
  return good ? "" : "write it like \"https://bot.example.com\", without a slash at its end";
}

// A local path is made absolute; an address with a password is not repeated in the error.
Key<RepositoryAccess> url() {
  auto made = key(
      "url", &RepositoryAccess::url,
      "Where to fetch from and push to: https://…, ssh://…, user@host:path, file:///path or a path.\n"
      "http:// is taken for this very machine only.",
      [](const Value& value) -> std::optional<std::string> {
        auto text = value.as_text();
        if (!text) return std::nullopt;
        const auto is = [&](std::string_view scheme) {
          return text->starts_with(scheme) && text->size() > scheme.size();
        };
        if (holds_password(*text)) {
          value.fail("the address holds a password", "remove it from the address and use the key 'token'");
          return std::nullopt;
        }
        if (is("https://") || is("ssh://") || is("file:///") || is_loopback_http(*text)) return text;
        const bool scheme = text->find("://") != std::string::npos;
        const auto colon = text->find(':');
        if (!scheme && colon != std::string::npos && colon > 0 && text->find('/') > colon)
          return text;  // user@host:path
        if (!scheme && !text->empty()) return (value.report.base_dir / *text).lexically_normal().string();
        value.fail(fmt::format("'{}' is not an address to fetch from", *text),
                   "write it like \"https://github.com/owner/name.git\"");
        return std::nullopt;
      },
      [](const std::string& s) { return toml_text(s); });
  return required(std::move(made));
}

Key<RepositoryAccess> production() {
  using Kind = ProductionSource::Kind;
  return key(
      "production", &RepositoryAccess::production,
      "How the bot learns which tag is in production: \"newest-tag\" (the newest by SemVer that\n"
      "production_branch contains), \"deployments\" (what GitHub or GitLab says is there), \"fixed:v2.4.7\", or "
      "\"command:…\", "
      "a\n"
      "shell command that prints the tag.",
      [](const Value& value) -> std::optional<ProductionSource> {
        const auto text = value.as_text();
        if (!text) return std::nullopt;
        if (*text == "newest-tag") return ProductionSource{};
        if (*text == "deployments") return ProductionSource{Kind::deployments, {}};
        if (text->starts_with("fixed:") && text->size() > 6) return ProductionSource{Kind::fixed, text->substr(6)};
        if (text->starts_with("command:") && text->size() > 8) return ProductionSource{Kind::command, text->substr(8)};
        value.fail(fmt::format("'{}' says nothing about production", *text),
                   "write \"newest-tag\", \"deployments\", \"fixed:TAG\" or \"command:COMMAND\"");
        return std::nullopt;
      },
      [](const ProductionSource& from) {
        const std::string_view kind = from.kind == Kind::newest_tag    ? "newest-tag"
                                      : from.kind == Kind::deployments ? "deployments"
                                      : from.kind == Kind::fixed       ? "fixed:"
                                                                       : "command:";
        return toml_text(std::string(kind) + from.value);
      });
}

Key<RepositoryPolicy> forward_port() {
  return key(
      "forward_port", &RepositoryPolicy::forward_port,
      "How `/hotfix mergeback open` carries the fix to a line. \"merge\": one merge of the hotfix's tag, as git-flow\n"
      "does it; then history proves where the fix went even after its lines were changed there. Where a merge would\n"
      "bring commits that are not the hotfix's, or nothing because it was reverted, its commits are picked all the\n"
      "same. \"cherry-pick\": always, for lines that take no merge commits.",
      [](const Value& value) -> std::optional<PortMode> {
        const auto text = value.as_text();
        static const std::vector<PortMode> all{PortMode::merge, PortMode::cherry_pick};
        return text ? as_name(value, *text, all) : std::nullopt;
      },
      [](PortMode mode) { return toml_text(to_string(mode)); });
}

Key<RepositoryPolicy> pull_request_status() {
  return key(
      "pull_request_status", &RepositoryPolicy::pull_request_status,
      "Says on the head of open pull requests into the targets, as status hotfixd/merge-back, whether merging one "
      "would\n"
      "take a shipped hotfix out again: \"shipped\", while a hotfix that shipped is watched; \"always\", for rules "
      "that\n"
      "require the status (of the hundred changed last); \"never\". Needs the forge's API.",
      [](const Value& value) -> std::optional<PullRequestStatusWhen> {
        using When = PullRequestStatusWhen;
        const auto text = value.as_text();
        static const std::vector<When> all{When::never, When::shipped, When::always};
        return text ? as_name(value, *text, all) : std::nullopt;
      },
      [](PullRequestStatusWhen when) { return toml_text(to_string(when)); });
}

Key<RepositoryPolicy> merge_method() {
  return key(
      "merge_method", &RepositoryPolicy::merge_method,
      "How `/hotfix merge` merges the pull request of the fix: \"merge\", which keeps its commits, so that history\n"
      "shows where they went; \"squash\"; \"rebase\" (GitHub only). On GitLab \"merge\" is what the project's settings "
      "say.",
      [](const Value& value) -> std::optional<MergeMethod> {
        const auto text = value.as_text();
        static const std::vector<MergeMethod> all{MergeMethod::merge, MergeMethod::squash, MergeMethod::rebase};
        return text ? as_name(value, *text, all) : std::nullopt;
      },
      [](MergeMethod method) { return toml_text(to_string(method)); });
}

constexpr std::array<std::pair<std::string_view, TagSignature>, 3> kSignatures{
    {{"", TagSignature::none}, {"ssh", TagSignature::ssh}, {"gpg", TagSignature::gpg}}};

Key<RepositoryAccess> sign() {
  return key(
      "sign", &RepositoryAccess::sign,
      "Signs the tags: \"ssh\" with ssh-keygen, \"gpg\" with gpg, as git does; \"\": not. A tag that cannot be signed\n"
      "is refused.",
      [](const Value& value) -> std::optional<TagSignature> {
        const auto text = value.as_text();
        if (!text) return std::nullopt;
        for (const auto& [name, sign] : kSignatures)
          if (name == *text) return sign;
        value.fail(fmt::format("'{}' is no kind of signature", *text), "write \"ssh\", \"gpg\" or \"\"");
        return std::nullopt;
      },
      [](TagSignature sign) {
        for (const auto& [name, known] : kSignatures)
          if (known == sign) return toml_text(name);
        return toml_text("");
      });
}

// A file has a '/' in its name here, the id of a key has none.
Key<RepositoryAccess> signing_key() {
  return key(
      "signing_key", &RepositoryAccess::signing_key,
      "For ssh the path of the private key, or of the public one whose private key an agent has, with a '/' in it;\n"
      "for gpg the id of the key, or the address in it. Neither may ask for a passphrase.",
      [](const Value& value) -> std::optional<std::string> {
        auto text = value.as_text();
        if (text && text->starts_with('-')) {
          value.fail(fmt::format("'{}' reads like an option", *text), "name a file or a key");
          return std::nullopt;
        }
        if (text && text->contains('/')) return (value.report.base_dir / *text).lexically_normal().string();
        return text;
      },
      [](const std::string& s) { return toml_text(s); });
}

Keys<ReminderPolicy> reminder_keys() {
  using R = ReminderPolicy;
  return {
      span("due_after", &R::due_after, Minutes{1}, kYear, "Due this long after it was opened."),
      span("first_after", &R::first_after, Minutes{1}, kYear, "The first ping."),
      real("backoff", &R::backoff, 1, 10, "Each gap between pings is this many times the one before."),
      span("max_gap", &R::max_gap, Minutes{5}, kYear, "But never longer than this."),
      number("per_day", &R::per_day, 1, 48, "Pings to one owner in one day, in the owner's time zone."),
      span("escalate_commander_after", &R::escalate_commander_after, Minutes{1}, kYear,
           "The commander is pinged too, this long after it was opened."),
      span("escalate_channel_after", &R::escalate_channel_after, Minutes{1}, kYear,
           "The channel and the managers are told. Not before the commander."),
  };
}

template <typename P, typename Part>
Section section(std::string name, std::string meaning, const Keys<P>& keys, Part part) {
  Section made{std::move(name), std::move(meaning), {}};
  append(made.keys, keys, part);
  return made;
}

std::vector<Section> make_sections() {
  const auto whole = [](auto& config) -> auto& { return config; };
  const auto policy = [](auto& config) -> auto& { return config.policy; };
  std::vector<Section> all;

  all.push_back(section("bot", "The process.",
                        Keys<Config>{
                            text("name", &Config::name, some_text, "What the bot calls itself in the channel."),
                            path("data_dir", &Config::data_dir,
                                 "The database and the mirrors live here. A relative path counts from this file."),
                            text("log_level", &Config::log_level, log_level_text, "trace, debug, info, warn or error."),
                        },
                        whole));
  all.push_back(section(
      "server", "Webhooks and the web channel.",
      Keys<Listen>{
          text("address", &Listen::address, address_text,
               "The IP address to listen on. Beyond this machine only behind a proxy that speaks TLS."),
          number<Listen, std::uint16_t>("port", &Listen::port, 0, 65535, "0 takes any free port."),
          text("public_url", &Listen::public_url, public_url_text,
               "Where people reach it, in front of /incident. With it each incident has a page, linked from its\n"
               "own channel: who has the link may read it. Deleting data_dir/page-key makes all links void."),
      },
      [](auto& config) -> auto& { return config.listen; }));
  all.push_back(section(
      "github", "GitHub's webhooks, and its API: as a GitHub App (app_id, private_key) or with a token.",
      Keys<GithubAccess>{
          secret("webhook_secret", &GithubAccess::webhook_secret, "HOTFIXD_GITHUB_WEBHOOK_SECRET",
                 "Signs the webhooks; without it they are refused."),
          text("app_id", &GithubAccess::app_id, app_id_text, "The app's client id (Iv23…) or its number."),
          secret("private_key", &GithubAccess::private_key, "HOTFIXD_GITHUB_PRIVATE_KEY",
                 "Of the app: the .pem file that its page makes."),
          secret("token", &GithubAccess::token, "HOTFIXD_GITHUB_TOKEN",
                 "Instead of an app: a personal access token, fine-grained or classic."),
          text("public_url", &GithubAccess::public_url, public_url_text,
               "The address in front of /hooks/github, compared by `hotfixd check --online`."),
          text("api_url", &GithubAccess::api_url, github_api_url_text,
               "Where the API is; GitHub Enterprise Server has it at https://HOST/api/v3."),
          path("ca_file", &GithubAccess::ca_file, "Certificates to trust besides the system's, PEM."),
          span("redeliver_every", &GithubAccess::redeliver_every, Seconds{0}, hours{24},
               "How often GitHub is asked to deliver an app's webhooks again that did not arrive; \"0s\": never."),
      },
      [](auto& config) -> auto& { return config.github; }));
  all.push_back(section(
      "gitlab", "GitLab's webhooks, and its API with a token.",
      Keys<GitlabAccess>{
          secret("webhook_secret", &GitlabAccess::webhook_secret, "HOTFIXD_GITLAB_WEBHOOK_SECRET",
                 "The webhooks' secret token. Not looked at when there is a signing token; without either they are\n"
                 "refused."),
          secret("signing_token", &GitlabAccess::signing_token, "HOTFIXD_GITLAB_SIGNING_TOKEN",
                 "The webhooks' signing token, whsec_…: prove more than a secret does, where GitLab has them."),
          secret("token", &GitlabAccess::token, "HOTFIXD_GITLAB_TOKEN",
                 "A project, group or personal access token with the scope api; its role: Developer, or Maintainer\n"
                 "for `hotfixd check --online` to see the webhooks. A commit status on a protected branch needs\n"
                 "Maintainer, or a Developer who may push or merge there; GitLab answers 403 to others."),
          text("public_url", &GitlabAccess::public_url, public_url_text,
               "The address in front of /hooks/gitlab, compared by `hotfixd check --online`."),
          text("api_url", &GitlabAccess::api_url, gitlab_api_url_text,
               "Where the API is; a GitLab of your own has it at https://HOST/api/v4."),
          path("ca_file", &GitlabAccess::ca_file, "Certificates to trust besides the system's, PEM."),
      },
      [](auto& config) -> auto& { return config.gitlab; }));
  all.push_back(section(
      "slack", "A Slack workspace, by Socket Mode (app_token) or behind a public address (signing_secret).",
      Keys<SlackAccess>{
          secret("bot_token", &SlackAccess::bot_token, "HOTFIXD_SLACK_BOT_TOKEN",
                 "xoxb-…; without it there is no Slack."),
          secret("app_token", &SlackAccess::app_token, "HOTFIXD_SLACK_APP_TOKEN",
                 "xapp-…, with connections:write: Socket Mode."),
          secret("signing_secret", &SlackAccess::signing_secret, "HOTFIXD_SLACK_SIGNING_SECRET",
                 "For POST /slack/commands, /slack/interactions and /slack/events."),
          text("client_id", &SlackAccess::client_id, any_text,
               "Where token rotation is on: with client_secret and refresh_token the bot renews its token."),
          secret("client_secret", &SlackAccess::client_secret, "HOTFIXD_SLACK_CLIENT_SECRET", "See client_id."),
          secret("refresh_token", &SlackAccess::refresh_token, "HOTFIXD_SLACK_REFRESH_TOKEN",
                 "xoxe-…, the one that came with bot_token. Later ones are kept in the data folder."),
          secret_place("config_token", &SlackAccess::config_token, "HOTFIXD_SLACK_CONFIG_TOKEN",
                       "xoxe.xoxp-…, an app configuration token: with it `hotfixd check --online` compares the "
                       "app's\nsettings with the manifest. It lives 12 hours and is read by that command only."),
          text("public_url", &SlackAccess::public_url, public_url_text,
               "For signing_secret: the address in front of /slack/…, compared by `hotfixd check --online`."),
          text("api_url", &SlackAccess::api_url, api_url_text, "Where the Web API is; GovSlack has another."),
          path("ca_file", &SlackAccess::ca_file, "Certificates to trust besides the system's, PEM."),
          number("connections", &SlackAccess::connections, 1, 10, "WebSockets that are kept open."),
      },
      [](auto& config) -> auto& { return config.slack; }));
  all.push_back(
      section("hotfix", "What is a hotfix, and what is not.",
              Keys<Policy>{
                  threshold(),
                  words("criteria", &Policy::criteria, false, "The written definition, asked when one is declared."),
                  text("environment", &Policy::environment, some_text,
                       "The environment of a deployment that counts as shipped."),
                  span("watch_after_close", &Policy::watch_after_close, Minutes{0}, kYear,
                       "Merge-backs are judged this long after the close."),
              },
              policy));
  for (const auto severity : kSeverities)
    all.push_back(section(fmt::format("severity.{}", to_string(severity)), "",
                          Keys<SeverityPolicy>{
                              text("name", &SeverityPolicy::name, some_text, "As it is shown."),
                              text("meaning", &SeverityPolicy::meaning, any_text, "When to choose it."),
                              real("pace", &SeverityPolicy::pace, 0.01, 100,
                                   "Multiplies every interval between pings: below 1 is faster."),
                          },
                          [severity](auto& config) -> auto& { return config.policy.severities.at(severity); }));
  all.push_back(section(
      "gates", "What must be true before the bot tags a hotfix.",
      Keys<Policy>{
          number("approvals", &Policy::approvals, 0, 20,
                 "Approvals of the exact commit by people other than the author."),
          number("scope_files", &Policy::scope_files, 1, 100000, "A hotfix that touches more files is warned about."),
          number("scope_lines", &Policy::scope_lines, 1, 1000000, "And one that changes more lines."),
          override_roles(),
          span("override_expires", &Policy::override_expires, Minutes{1}, days{7},
               "The second person has this long to confirm an override."),
      },
      policy));
  all.push_back(section("review", "When people are asked for the approvals that the fix lacks, whatever the hour.",
                        Keys<ReviewPolicy>{
                            span("first_after", &ReviewPolicy::first_after, Minutes{1}, days{1},
                                 "After the commit was seen, times the severity's pace; doubles each time."),
                            number("count", &ReviewPolicy::count, 0, 10, "How often for one commit; 0: never."),
                        },
                        [](auto& config) -> auto& { return config.policy.review; }));
  all.push_back(section("roles", "Ids of people, as the chat platform names them.",
                        Keys<Policy>{
                            words("managers", &Policy::managers, false,
                                  "Named when an obligation escalates to the channel; \"@group\" likewise."),
                            words("releasers", &Policy::releasers, false,
                                  "Hold the role releaser in every incident; \"@group\" for a group of Slack."),
                        },
                        policy));
  all.push_back(section(
      "channel", "The incident channel.",
      Keys<Policy>{
          text("zone", &Policy::zone, zone_text, "The IANA time zone of the times in messages and in the timeline."),
          flag("new_channel", &Policy::new_channel, "Gives each incident a channel of its own."),
          text("template", &Policy::channel_template, template_text, "Its name; {number} and {slug} are filled in."),
          words("invite", &Policy::invite, false,
                "Who is let into an incident's own channel besides its roles: ids of people, \"@group\" in Slack."),
          text("digest", &Policy::digest, digest_text,
               "A channel that is told of every incident that is not private: \"#incidents\". Empty: none."),
          span("archive_after", &Policy::archive_after, Minutes{0}, days{3650},
               "An incident's own channel is archived so long after the end; \"0s\": never."),
          words("pin_reactions", &Policy::pin_reactions, false, "Reactions that put a message on the timeline."),
      },
      policy));
  all.push_back(section("alerts", "Messages of monitoring in the channel.",
                        Keys<Policy>{
                            words("sources", &Policy::alert_sources, false, "Names whose messages are alerts."),
                            span("lookback", &Policy::alert_lookback, Minutes{0}, hours{24},
                                 "Alerts this long before the declaration belong to the incident."),
                        },
                        policy));
  all.push_back(section("quiet_hours", "No pings in these hours of the owner's own time zone.",
                        Keys<QuietHours>{
                            clock("from", &QuietHours::from, "The same as 'to': no quiet hours."),
                            clock("to", &QuietHours::to, "Earlier than 'from': the hours span midnight."),
                        },
                        [](auto& config) -> auto& { return config.policy.quiet; }));
  all.push_back(section("snooze", "Putting a ping off.",
                        Keys<Policy>{
                            span("limit", &Policy::snooze_limit, Minutes{1}, days{90}, "The longest one."),
                            number("count", &Policy::snooze_count, 0, 1000, "How often for one obligation."),
                        },
                        policy));

  // Read before the tables of one kind, so those win.
  Section every{"reminders",
                "When owners are pinged. What stands here counts for every kind of obligation that does not "
                "say\notherwise below.",
                {}};
  for (const auto& one : reminder_keys())
    every.keys.push_back({.name = one.name,
                          .meaning = one.meaning,
                          .read =
                              [read = one.read](Config& config, const Value& value) {
                                ReminderPolicy trial;
                                const auto before = value.report.errors.size();
                                read(trial, value);
                                if (value.report.errors.size() > before) return;
                                for (auto& [kind, reminder] : config.policy.reminders) read(reminder, value);
                              },
                          .show = [show = one.show](const Config&) { return show(ReminderPolicy{}); }});
  all.push_back(std::move(every));
  for (const auto kind : kObligations)
    all.push_back(section(fmt::format("reminders.{}", to_string(kind)), "", reminder_keys(),
                          [kind](auto& config) -> auto& { return config.policy.reminders.at(kind); }));

  all.push_back(section(
      "engine", "The works. There is seldom a reason to change these.",
      Keys<EngineOptions>{
          span("fetch_active", &EngineOptions::fetch_active, Seconds{5}, hours{24},
               "How often git is asked while a fix is under way."),
          span("fetch_resolved", &EngineOptions::fetch_resolved, Seconds{5}, hours{24},
               "And once the incident is resolved."),
          span("progress_after", &EngineOptions::progress_after, Seconds{1}, hours{1},
               "A call to git that takes longer is announced in the channel."),
          number("max_attempts", &EngineOptions::max_attempts, 1, 1000,
                 "Tries of one effect before it is given up and reported."),
          span("first_retry", &EngineOptions::first_retry, Seconds{1}, hours{1},
               "The first wait before trying again; it doubles."),
          span("max_retry", &EngineOptions::max_retry, Seconds{1}, hours{24}, "The longest such wait."),
          span("inbox_kept", &EngineOptions::inbox_kept, hours{1}, kYear, "How long a redelivery is recognised."),
          number("workers", &EngineOptions::workers, 1, 64, "Threads that talk to the outside."),
      },
      [](auto& config) -> auto& { return config.engine; }));
  return all;
}

Keys<RepositoryEntry> make_repository_keys() {
  using P = RepositoryPolicy;
  using A = RepositoryAccess;
  Keys<RepositoryEntry> all;
  append(
      all,
      Keys<P>{
          required(text("name", &P::name, repository_name_text,
                        "The word people type. The first repository is the default.")),
          text("github", &P::github, github_text,
               "\"owner/name\" in webhooks and for the API; \"\" takes any owner with this name, and what url says."),
          text("gitlab", &P::gitlab, gitlab_text,
               "\"group/subgroup/name\" in webhooks and for the API, when it is GitLab's; then github is not used."),
          text("production_branch", &P::production_branch, some_text,
               "Production tags are reachable from here; the hotfix's pull request goes into it."),
          flag("open_pull_request", &P::open_pull_request,
               "The bot opens the pull request once the branch has a commit. Needs the forge's API."),
          pull_request_status(),
          flag("publish_release", &P::publish_release,
               "The bot publishes a release with notes for each tag that it makes. Off, because in many repositories\n"
               "a release starts a workflow. Needs the forge's API."),
          words("required_checks", &P::required_checks, false,
                "Checks that must pass before the tag, by name, * stands for any text: the fast lane. The others, a\n"
                "nightly run say, are shown and not waited for. Empty: those that the branch's rules demand, else "
                "all."),
          words("environments", &P::environments, false,
                "Where it is deployed to; [] is hotfix.environment alone. That one is asked about most."),
          span("deploy_limit", &P::deploy_limit, Minutes{1}, hours{24},
               "How long the end of one deployment is waited for; a command is killed then."),
          span("regression_limit", &P::regression_limit, Minutes{1}, hours{24}, "Likewise of one regression test."),
          words("targets", &P::targets, true, "The lines a hotfix must be merged back to; * stands for any text."),
          release_lines(),
          span("active_for", &P::active_for, Minutes{0}, days{3650},
               "And only those whose newest commit is at most so much older than the tag's that the hotfix was cut "
               "from;\n"
               "\"0s\": of any age."),
          words("ignored_paths", &P::ignored_paths, false, "Files that are neither judged nor counted."),
          words("paths", &P::paths, false,
                "What a hotfix may touch: files outside of it are named in the channel. [] is anything."),
          merge_method(),
          forward_port(),
          flag(
              "delete_branches", &P::delete_branches,
              "Deletes the hotfix's branches on the origin once the incident is closed, each one that a tag or a line\n"
              "contains. Off, because forges can do it on merge, and some teams keep them for the audit."),
      },
      [](auto& entry) -> auto& { return entry.policy; });
  append(
      all,
      Keys<A>{
          url(),
          production(),
          text("tag_prefix", &A::tag_prefix, any_text,
               "What stands before the version in a tag of production; \"\" is found out."),
          secret("token", &A::token, "HOTFIXD_SHOP_TOKEN", "For https://."),
          text("user", &A::user, any_text, "\"\" is x-access-token with a token, over ssh the user of url or git."),
          path("ssh_key", &A::ssh_key, "The private key for ssh."),
          secret("ssh_passphrase", &A::ssh_passphrase, "HOTFIXD_SHOP_PASSPHRASE", "Of that key."),
          path("known_hosts", &A::known_hosts, "For ssh: OpenSSH's file of known hosts; the server must be in it."),
          path("ca_file", &A::ca_file, "Certificates to trust besides the system's, PEM."),
          span("timeout", &A::timeout, Seconds{5}, hours{1}, "The longest a call to git may take."),
          text(
              "deploy", &A::deploy, deploy_text,
              "How /hotfix deploy and a rollback bring a tag there. GitHub: \"workflow:deploy.yml\", \"deployments\".\n"
              "GitLab: \"pipeline:JOB\" is that job of the tag's own pipeline, started where it waits for somebody "
              "and\n"
              "run again for a rollback, such as \"pipeline:deploy-{environment}\"; \"pipeline\" starts one that does\n"
              "nothing but deploy. Else \"command:…\" on this machine with HOTFIXD_TAG, HOTFIXD_SHA,\n"
              "HOTFIXD_ENVIRONMENT and HOTFIXD_KEY, or \"webhook:https://…\". \"\": people deploy."),
          text("deploy_version_input", &A::deploy_version_input, any_text,
               "The workflow's input for the tag, the pipeline's variable; \"\" sends none."),
          text("deploy_environment_input", &A::deploy_environment_input, any_text, "And for the environment."),
          text("deploy_key_input", &A::deploy_key_input, any_text,
               "And for the order's key: shown in the workflow's run-name, or as a pipeline's variable, its run is\n"
               "recognised for certain."),
          flag("deploy_pipeline_inputs", &A::deploy_pipeline_inputs,
               "\"pipeline\" gets them as inputs (spec: inputs:, GitLab 18.1 at least) and not as variables."),
          secret("deploy_secret", &A::deploy_secret, "HOTFIXD_SHOP_DEPLOY_SECRET", "Signs the deploy webhook."),
          text("regression_test", &A::regression_test, regression_text,
               "Tests the fix on each line that is said to carry it; its result is shown beside the verdict and never\n"
               "changes it. \"command:…\" on this machine with HOTFIXD_REPOSITORY, HOTFIXD_TARGET, HOTFIXD_SHA,\n"
               "HOTFIXD_HOTFIX, HOTFIXD_INCIDENT and HOTFIXD_KEY (0: it works, 125: cannot be tested); on GitHub\n"
               "\"workflow:regression.yml\" is dispatched at the line, on GitLab \"pipeline\" starts one there; "
               "\"check:NAME\"\n"
               "begins nothing and reads what CI reported on the line's head under that name. \"\": no test."),
          regression_inputs(),
          text("tagger_name", &A::tagger_name, some_text, "Who makes the tags."),
          text("tagger_email", &A::tagger_email, some_text, ""),
          sign(),
          signing_key(),
      },
      [](auto& entry) -> auto& { return entry.access; });
  return all;
}

}  // namespace

const std::vector<Section>& sections() {
  static const auto all = make_sections();
  return all;
}

const Keys<RepositoryEntry>& repository_keys() {
  static const auto all = make_repository_keys();
  return all;
}

RepositoryEntry example_repository() {
  RepositoryEntry entry;
  entry.policy.name = "shop";
  entry.policy.github = "example/shop";
  entry.access.url = "https://github.com/example/shop.git";
  return entry;
}

const Keys<ServicePolicy>& service_keys() {
  static const Keys<ServicePolicy> all{
      required(text("name", &ServicePolicy::name, repository_name_text, "The word people type after --service.")),
      text("repository", &ServicePolicy::repository, any_text,
           "Where its hotfixes are cut; \"\" is the first repository."),
      text("runbook", &ServicePolicy::runbook, runbook_text, "Its address stands on the status card; \"\" is none."),
      words("paths", &ServicePolicy::paths, false,
            "Its files, globs allowed: a hotfix for it that touches others is named in the channel. [] is as the\n"
            "repository says."),
  };
  return all;
}

ServicePolicy example_service() {
  return {.name = "checkout", .repository = "shop", .runbook = "https://runbooks.example.com/checkout"};
}

const Keys<PersonPolicy>& person_keys() {
  static const Keys<PersonPolicy> all = [] {
    Keys<PersonPolicy> keys;
    append(keys,
           Keys<Person>{
               required(text("id", &Person::id, some_text, "As the chat platform names the person.")),
               text("name", &Person::name, some_text, "As it is shown; the id when it is missing."),
           },
           [](auto& entry) -> auto& { return entry.person; });
    keys.push_back(text("zone", &PersonPolicy::zone, optional_zone_text,
                        "IANA time zone for quiet hours; \"\" is the channel's."));
    keys.push_back(text("github", &PersonPolicy::github, any_text, "Login on GitHub; \"\" is the id."));
    keys.push_back(text("gitlab", &PersonPolicy::gitlab, any_text, "User name on GitLab; \"\" is the id."));
    keys.push_back(
        text("slack", &PersonPolicy::slack, any_text, "Member id in Slack, like U012AB3CD; \"\" is nobody there."));
    return keys;
  }();
  return all;
}

PersonPolicy example_person() {
  return {.person = {"alice", "Alice"}, .zone = "Europe/Berlin", .github = "alice-at-work"};
}

}  // namespace hotfixd::cli
