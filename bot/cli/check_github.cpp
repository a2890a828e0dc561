#include "bot/cli/check_github.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/cli/github.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/github/needs.hpp"

namespace hotfixd::cli {
namespace {

using common::Fields;
using nlohmann::json;

constexpr auto kOnline = "github online", kWebhook = "github webhook";
constexpr auto kHookPath = "/hooks/github";
constexpr std::string_view kWorkflow = "workflow:";
constexpr auto kDeaf = "pull requests, reviews, CI and deployments are seen";

Finding hint(std::string subject, std::string what, std::string mend) {
  return {true, std::move(subject), std::move(what), std::move(mend)};
}

std::string text_at(const json& root, std::string_view path) { return Fields(root).text_if_any(path, 300); }
bool flag_at(const json& root, std::string_view path) { return Fields(root).flag(path); }

std::vector<std::string> texts_at(const json& root, std::string_view path) {
  std::vector<std::string> all;
  const auto* list = Fields(root).at(path);
  if (list != nullptr && list->is_array())
    for (const auto& text : *list)
      if (text.is_string()) all.push_back(text);
  return all;
}

struct OnGithub {
  const RepositoryPolicy* policy = nullptr;
  std::string name;  // "acme/shop"
};

std::vector<OnGithub> on_github(const Config& config) {
  std::vector<OnGithub> all;
  for (const auto& policy : config.policy.repositories) {
    const auto access = config.repositories.find(policy.name);
    auto name = github_name(policy, access == config.repositories.end() ? std::string{} : access->second.url,
                            config.github.api_url);
    if (!name.empty()) all.push_back({&policy, std::move(name)});
  }
  return all;
}

class Check {
 public:
  Check(const Config& config, github::Api& api) : config_(config), api_(api) {}

  std::vector<Finding> run(const std::vector<OnGithub>& repositories) {
    if (is_app() ? !app() : !token()) return std::move(all_);
    for (const auto& one : repositories) repository(one);
    return std::move(all_);
  }

 private:
  bool is_app() const { return !config_.github.app_id.empty(); }
  std::string hook_url() const {
    return config_.github.public_url.empty() ? std::string{} : config_.github.public_url + kHookPath;
  }
  void add(Finding finding) { all_.push_back(std::move(finding)); }

  // False when GitHub cannot be asked anything more.
  bool app() {
    const auto who = api_.get("/app");
    if (!who) {
      add(from_problem(kOnline, who.error()));
      return false;
    }
    add(good(kOnline,
             fmt::format("the GitHub App {} of {}", text_at(who->body, "name"), text_at(who->body, "owner.login"))));
    app_ = who->body;
    app_hook();
    return true;
  }

  bool token() {
    const auto who = api_.get("/user");
    if (!who) {
      add(from_problem(kOnline, who.error()));
      return false;
    }
    scopes_ = who->scopes;
    const auto scopes = [&] {
      return who->scopes->empty() ? "none" : fmt::format("{}", fmt::join(*who->scopes, ", "));
    };
    add(good(kOnline,
             fmt::format("a token of {}{}{}", text_at(who->body, "login"), who->scopes ? ", scopes: " + scopes() : "",
                         who->expires.empty() ? "" : fmt::format(", expires {}", who->expires))));
    return true;
  }

  void app_hook() {
    const auto hook = api_.get("/app/hook/config");
    const auto page = "the app's page, General, Webhook";
    if (!hook && hook.error().kind != Problem::Kind::not_found) return add(from_problem(kWebhook, hook.error()));
    const auto url = hook ? text_at(hook->body, "url") : std::string{};
    if (url.empty())
      return add(bad(kWebhook, fmt::format("the app has no webhook, so this does not work: {}", kDeaf),
                     fmt::format("{}: make it active, URL {}", page,
                                 hook_url().empty() ? fmt::format("https://…{}", kHookPath) : hook_url())));
    address({kWebhook, "it", page}, hook->body, url);
    deliveries();
  }

  struct Hook {
    std::string subject, it, page;
  };
  // `config`: url, secret and insecure_ssl of a hook.
  void address(const Hook& hook, const json& config, const std::string& url) {
    const auto& [subject, it, page] = hook;
    if (hook_url().empty())
      add(hint(subject, fmt::format("{} leads to {}, which was not compared", it, url), "set github.public_url"));
    else if (url != hook_url())
      add(bad(subject,
              fmt::format("{} leads to {} instead of {}, so this does not work: {}", it, url, hook_url(), kDeaf),
              fmt::format("{}: URL; or mend github.public_url", page)));
    else
      add(good(subject, fmt::format("{} leads to {}", it, url)));
    if (text_at(config, "secret").empty())
      add(bad(subject, fmt::format("{} has no secret, so what it sends is refused", it),
              fmt::format("{}: Secret, the same as github.webhook_secret", page)));
    if (!config_.github.webhook_secret)
      add(bad(subject, "github.webhook_secret is not set, so what it sends is refused",
              "set it to the webhook's secret"));
    const auto* insecure = Fields(config).at("insecure_ssl");
    if (insecure != nullptr && (*insecure == "1" || *insecure == 1))
      add(bad(subject, fmt::format("{} sends without verifying the server's certificate", it),
              fmt::format("{}: enable SSL verification", page)));
  }

  // The hundred latest. Attempts at one delivery share their guid.
  void deliveries() {
    const auto answer = api_.get("/app/hook/deliveries?per_page=100");
    if (!answer) return add(from_problem(kWebhook, answer.error()));
    std::map<std::string, bool> arrived;
    std::string last;
    bool last_failed = false;
    if (answer->body.is_array())
      for (const auto& one : answer->body) {
        const auto status = one.is_object() ? Fields(one).number_if_any("status_code") : 0;
        const bool ok = status >= 200 && status < 400;
        arrived[text_at(one, "guid")] |= ok;
        if (last.empty()) last_failed = !ok;
        if (last.empty())
          last = fmt::format("the last delivery ({}, {}) {}", text_at(one, "event"), text_at(one, "delivered_at"),
                             ok ? "arrived" : fmt::format("failed: {} {}", status, text_at(one, "status")));
      }
    if (arrived.empty()) return add(good(kWebhook, "nothing was delivered in the last days"));
    const auto lost = std::ranges::count(arrived, false, [](const auto& a) { return a.second; });
    const auto mend = "the app's page, Advanced, Recent Deliveries: look why, and redeliver them";
    if (last_failed)
      return add(bad(kWebhook, fmt::format("{}; {} of the last {} did not arrive", last, lost, arrived.size()), mend));
    if (lost > 0)
      return add(hint(kWebhook, fmt::format("{}; {} of the last {} did not arrive", last, lost, arrived.size()), mend));
    add(good(kWebhook, fmt::format("{}, and so did all of the last {}", last, arrived.size())));
  }

  void repository(const OnGithub& one) {
    const auto subject = fmt::format("github {}", one.name);
    if (is_app() && !installation(subject, one)) return;
    const auto path = github::path_of(one.name);
    const auto about = api_.get(path, one.name);
    if (!about) return add(from_problem(subject, about.error()));
    const auto& body = about->body;
    const auto full_name = text_at(body, "full_name");
    if (about->moved || (!full_name.empty() && !same_word(full_name, one.name)))
      add(hint(subject,
               fmt::format("it is called {} now, so its webhooks are taken for another repository's", full_name),
               fmt::format("set github = \"{}\" in [[repository]] {} and mend its url", full_name, one.policy->name)));
    if (flag_at(body, "archived") || flag_at(body, "disabled"))
      add(bad(subject, "it is archived or disabled, so no branch can be cut and no tag be pushed",
              "its page on GitHub, Settings, Danger Zone: unarchive it"));
    if (const auto* issues = Fields(body).at("has_issues"); issues != nullptr && *issues == false)
      add(hint(subject, "its issues are switched off, so this does not work: /hotfix action issue",
               "its page on GitHub, Settings, General, Features: Issues"));
    if (!is_app()) writes(subject, one, body);
    branches(subject, one, text_at(body, "default_branch"));
    means(subject, one, {deploy_of(one), "deploy", "/hotfix deploy", "deploy with"});
    means(subject, one, {test_of(one), "regression_test", "/hotfix mergeback test", "test with"});
    if (!is_app()) repository_hooks(subject, one);
  }

  std::string deploy_of(const OnGithub& one) const {
    const auto access = config_.repositories.find(one.policy->name);
    return access == config_.repositories.end() ? std::string{} : access->second.deploy;
  }
  std::string test_of(const OnGithub& one) const {
    const auto access = config_.repositories.find(one.policy->name);
    return access == config_.repositories.end() ? std::string{} : access->second.regression_test;
  }

  // What the bot writes there as it is configured: a permission's name, and what for.
  std::vector<std::pair<std::string, std::string>> written(const OnGithub& one) const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& need : github::needs())
      if (need.write && (need.use != github::Use::releases || one.policy->publish_release))
        all.emplace_back(need.label, need.purpose);
    const auto how = deploy_of(one);
    if (how.starts_with(kWorkflow)) all.emplace_back("Actions", "/hotfix deploy starts its workflow");
    if (how == "deployments") all.emplace_back("Deployments", "/hotfix deploy makes deployments");
    if (test_of(one).starts_with(kWorkflow)) all.emplace_back("Actions", "the regression test starts its workflow");
    return all;
  }

  // With a token: its user must be allowed to push, and a classic one needs a scope (docs.github.com, "Scopes for OAuth
  // apps"). What a fine-grained one may do GitHub does not say until it is done.
  void writes(const std::string& subject, const OnGithub& one, const json& repository) {
    std::vector<std::string> purposes, labels;
    const auto* push = Fields(repository).at("permissions.push");
    const bool reader = push != nullptr && *push == false;
    const auto has = [&](std::string_view scope) { return std::ranges::find(*scopes_, scope) != scopes_->end(); };
    const bool is_public = !flag_at(repository, "private");
    for (const auto& [label, purpose] : written(one)) {
      if (std::ranges::find(labels, label) == labels.end()) labels.push_back(label);
      const bool scoped = !scopes_ || has("repo") || (is_public && has("public_repo")) ||
                          (label == "Commit statuses" && has("repo:status")) ||
                          (label == "Deployments" && has("repo_deployment"));
      // Whoever may read may file an issue (docs.github.com/rest/issues, "Create an issue").
      if (!scoped || (reader && label != "Issues")) purposes.push_back(purpose);
    }
    const auto lost = fmt::format("so this does not work: {}", fmt::join(purposes, ", "));
    if (reader)
      return add(
          bad(subject, fmt::format("github.token's user may not push to it, {}", lost),
              fmt::format("the settings of {}, Collaborators and teams: give that user the role Write", one.name)));
    if (!purposes.empty())
      return add(
          bad(subject, fmt::format("github.token may not write with its scopes, {}", lost),
              fmt::format("make one with the scope {}, and set github.token", is_public ? "public_repo" : "repo")));
    // An administrator may merge past classic protection without asking for it (docs.github.com, "About protected
    // branches": "Do not allow bypassing the above settings").
    if (const auto* admin = Fields(repository).at("permissions.admin"); admin != nullptr && *admin == true)
      add(hint(subject, "github.token's user is an administrator, whom GitHub may let merge past the branch's rules",
               "give that user the role Write; the bot's own gates hold all the same"));
    if (!scopes_)
      add(hint(subject, "what github.token may write there GitHub does not say",
               fmt::format("see that it has read and write access to: {}", fmt::join(labels, ", "))));
  }

  // False when the app is not there.
  bool installation(const std::string& subject, const OnGithub& one) {
    const auto found = api_.installation(one.name);
    if (!found) {
      add(from_problem(subject, found.error()));
      return false;
    }
    if (found->suspended) {
      add(bad(subject, fmt::format("the app's installation at {} is suspended, so nothing works", found->account),
              fmt::format("take it up again at {}", found->url)));
      return false;
    }
    const auto* asked = Fields(app_).at("permissions");
    const auto lacks = [&](const github::Missing& lack) {
      const bool waits =
          asked != nullptr && asked->is_object() && github::allows(text_at(*asked, lack.permission), lack.write);
      return std::pair{fmt::format("the app lacks the permission {}: {}, so this does not work: {}", lack.label,
                                   lack.write ? "write" : "read", lack.purposes),
                       waits ? fmt::format("accept the app's new permissions at {}", found->url)
                             : fmt::format("the app's page, Permissions & events, {}: {}; then accept it at {}",
                                           lack.label, lack.write ? "Read and write" : "Read-only", found->url)};
    };
    for (const auto& lack : github::missing_permissions(found->permissions)) {
      const auto [what, mend] = lacks(lack);
      add(bad(subject, what, mend));
    }
    if (one.policy->publish_release)
      for (const auto& lack : github::missing_permissions(found->permissions, github::Use::releases)) {
        const auto [what, mend] = lacks(lack);
        add(bad(subject, what, mend));
      }
    // Nobody need ever ask for these.
    for (const auto use : {github::Use::merges, github::Use::issues})
      for (const auto& lack : github::missing_permissions(found->permissions, use)) {
        const auto [what, mend] = lacks(lack);
        add(hint(subject, what, mend));
      }
    // An event can only be subscribed to with its permission, and that was said.
    for (const auto& lack : github::missing_events(found->events))
      if (found->permissions.contains(std::string(lack.permission)))
        add(bad(subject,
                fmt::format("the app does not get the event {}, so this does not work: {}", lack.event, lack.purpose),
                "the app's page, Permissions & events, Subscribe to events: add it"));
    return true;
  }

  void branches(const std::string& subject, const OnGithub& one, const std::string& default_branch) {
    const auto path = github::path_of(one.name);
    std::vector<std::string> names{one.policy->production_branch};
    if (!default_branch.empty() && default_branch != names.front()) names.push_back(default_branch);
    std::vector<std::string> there;
    for (const auto& name : names) {
      const auto branch = api_.get(fmt::format("{}/branches/{}", path, common::percent_encoded(name)), one.name);
      if (branch)
        there.push_back(name);
      else if (branch.error().kind == Problem::Kind::not_found && branch.error().message == "Branch not found")
        add(bad(subject, fmt::format("there is no branch {}", name),
                name == one.policy->production_branch
                    ? fmt::format("mend production_branch in [[repository]] {}", one.policy->name)
                    : "push a first commit to it, or choose another default branch in its settings"));
      else
        add(from_problem(subject, branch.error()));
    }
    const auto& production = names.front();
    const auto rules = api_.list(
        fmt::format("{}/rules/branches/{}?per_page=100", path, common::percent_encoded(production)), one.name);
    if (!rules)
      add(hint(subject,
               fmt::format("the rules of {} cannot be read, so what they forbid is seen only when GitHub "
                           "refuses it: {}",
                           production, rules.error().what),
               rules.error().mend));
    if (!there.empty())
      add(good(subject,
               fmt::format("reached; {} there{}",
                           fmt::format("{} {}", fmt::join(there, " and "), there.size() == 1 ? "is" : "are"),
                           rules ? fmt::format("; rules of {}: {}", production, rule_names(rules->items)) : "")));
  }

  // What the bot is to deploy or test with: a workflow, or deployments.
  struct Means {
    std::string how, key, does, use;
  };
  void means(const std::string& subject, const OnGithub& one, const Means& wanted) {
    const auto& how = wanted.how;
    const bool by_workflow = how.starts_with(kWorkflow);
    if (!by_workflow && how != "deployments") return;
    const std::string needed = by_workflow ? "actions" : "deployments";
    if (is_app())
      if (const auto there = api_.installation(one.name); there) {
        const auto right = there->permissions.find(needed);
        if (right == there->permissions.end() || right->second != "write")
          add(bad(subject, fmt::format("the app may not write {}, so {} does not work", needed, wanted.does),
                  fmt::format("the app's page, Permissions & events, {}: Read and write; then accept it at {}",
                              by_workflow ? "Actions" : "Deployments", there->url)));
      }
    if (!by_workflow) return;
    const auto file = how.substr(kWorkflow.size());
    const auto workflow = api_.get(
        fmt::format("{}/actions/workflows/{}", github::path_of(one.name), common::percent_encoded(file)), one.name);
    if (!workflow)
      return add(workflow.error().kind == Problem::Kind::not_found
                     ? bad(subject,
                           fmt::format("there is no workflow {} to {}, or it may not be seen", file, wanted.use),
                           fmt::format("mend {} in [[repository]] {}, and give the bot the right to read actions",
                                       wanted.key, one.policy->name))
                     : from_problem(subject, workflow.error()));
    const auto state = text_at(workflow->body, "state");
    if (state != "active")
      return add(bad(subject, fmt::format("the workflow {} is {}, so {} does not work", file, state, wanted.does),
                     "its page on GitHub, Actions: enable it"));
    add(good(subject, fmt::format("the workflow {} is there to {}", file, wanted.use)));
  }

  static std::string rule_names(const std::vector<json>& rules) {
    std::vector<std::string> names;
    for (const auto& rule : rules)
      if (const auto name = text_at(rule, "type"); !name.empty() && std::ranges::find(names, name) == names.end())
        names.push_back(name);
    constexpr std::size_t kMost = 12;
    if (names.size() > kMost) names.resize(kMost);
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
  }

  // With a token: the repository's own webhooks. An organisation's or an app's cannot be seen.
  void repository_hooks(const std::string& subject, const OnGithub& one) {
    const auto hooks = api_.list(github::path_of(one.name) + "/hooks?per_page=100", one.name);
    if (!hooks)
      return add(
          hint(subject,
               fmt::format("its webhooks cannot be read, so whether they arrive is not known: {}", hooks.error().what),
               "give github.token the permission Webhooks: read, or the scope read:repo_hook"));
    const auto ours = std::ranges::find_if(hooks->items, [&](const json& hook) {
      const auto url = text_at(hook, "config.url");
      return hook_url().empty() ? url.ends_with(kHookPath) : url == hook_url();
    });
    const auto page = fmt::format("the settings of {}, Webhooks", one.name);
    if (ours == hooks->items.end())
      return add(hint(subject,
                      fmt::format("it has no webhook that leads to {}; without one, here or at the organisation, this "
                                  "does not work: {}",
                                  hook_url().empty() ? fmt::format("…{}", kHookPath) : hook_url(), kDeaf),
                      fmt::format("{}: add it, content type application/json, secret as github.webhook_secret", page)));
    const auto& hook = *ours;
    if (const auto* active = Fields(hook).at("active"); active != nullptr && *active == false)
      add(bad(subject, fmt::format("its webhook is switched off, so this does not work: {}", kDeaf),
              fmt::format("{}: Active", page)));
    const json empty = json::object();
    const auto* config = Fields(hook).at("config");
    address({subject, "its webhook", page}, config == nullptr ? empty : *config, text_at(hook, "config.url"));
    for (const auto& lack : github::missing_events(texts_at(hook, "events")))
      add(bad(subject, fmt::format("its webhook does not send {}, so this does not work: {}", lack.event, lack.purpose),
              fmt::format("{}: Edit, let me select individual events: add it", page)));
    const auto code = Fields(hook).number_if_any("last_response.code");
    if (code != 0 && (code < 200 || code >= 400))
      add(bad(subject,
              fmt::format("its webhook's last delivery failed: {} {}", code, text_at(hook, "last_response.message")),
              fmt::format("{}: Recent Deliveries: look why, and redeliver them", page)));
  }

  const Config& config_;
  github::Api& api_;
  json app_ = json::object();
  std::optional<std::vector<std::string>> scopes_;  // of a classic token
  std::vector<Finding> all_;
};

}  // namespace

std::vector<Finding> github_findings(const Config& config, github::Api& api) {
  return Check(config, api).run(on_github(config));
}

std::vector<Finding> github_findings(const Config& config, const Clock& clock) {
  if (!config.github.has_api()) {
    if (on_github(config).empty()) return {};
    return {hint(kOnline, "GitHub was not asked about its repositories, permissions and webhooks",
                 "to have that done, set github.app_id and github.private_key, or github.token")};
  }
  const auto out = make_github(config, clock);
  if (!out) return {from_problem(kOnline, out.error())};
  return github_findings(config, *out->api);
}

}  // namespace hotfixd::cli
