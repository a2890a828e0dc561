#include "bot/cli/check_gitlab.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bot/cli/gitlab.hpp"
#include "bot/domain/zone.hpp"
#include "integrations/common/fields.hpp"
#include "integrations/common/form.hpp"
#include "integrations/gitlab/needs.hpp"

// Fields: docs.gitlab.com/api (personal_access_tokens, projects, branches, project_webhooks, protected_environments).

namespace hotfixd::cli {
namespace {

using common::Fields;
using nlohmann::json;

constexpr auto kOnline = "gitlab online";
constexpr auto kHookPath = "/hooks/gitlab";
constexpr auto kDeaf = "merge requests, approvals, CI and deployments are seen at once";

// docs.gitlab.com/api/access_requests, "Valid access levels".
constexpr int kReporter = 20, kDeveloper = 30, kMaintainer = 40, kOwner = 50;

Finding hint(std::string subject, std::string what, std::string mend) {
  return {true, std::move(subject), std::move(what), std::move(mend)};
}

std::string text_at(const json& root, std::string_view path) { return Fields(root).text_if_any(path, 300); }
bool flag_at(const json& root, std::string_view path) { return Fields(root).flag(path); }
// Written, and false.
bool is_off(const json& root, const char* name) {
  const auto it = root.find(name);
  return it != root.end() && *it == false;
}

std::string role(int level) {
  if (level >= kOwner) return "Owner";
  if (level >= kMaintainer) return "Maintainer";
  if (level >= kDeveloper) return "Developer";
  return level >= kReporter ? "Reporter" : level > 0 ? "Guest" : "none";
}

class Check {
 public:
  Check(const Config& config, const Clock& clock, gitlab::Api& api) : config_(config), clock_(clock), api_(api) {}

  std::vector<Finding> run() {
    if (!token()) return std::move(all_);
    for (const auto& policy : config_.policy.repositories)
      if (!policy.gitlab.empty()) project(policy);
    return std::move(all_);
  }

 private:
  std::string hook_url() const {
    return config_.gitlab.public_url.empty() ? std::string{} : config_.gitlab.public_url + kHookPath;
  }
  std::string shown_hook_url() const { return hook_url().empty() ? fmt::format("…{}", kHookPath) : hook_url(); }
  void add(Finding finding) { all_.push_back(std::move(finding)); }

  // False when GitLab cannot be asked anything more.
  bool token() {
    const auto who = api_.get("/user");
    if (!who) {
      add(from_problem(kOnline, who.error()));
      return false;
    }
    user_ = Fields(who->body).number_if_any("id");
    username_ = text_at(who->body, "username");
    const auto about = api_.get("/personal_access_tokens/self");
    const auto expires = about ? text_at(about->body, "expires_at") : std::string{};
    std::vector<std::string> scopes;
    if (about)
      if (const auto* list = Fields(about->body).at("scopes"); list != nullptr && list->is_array())
        for (const auto& scope : *list)
          if (scope.is_string()) scopes.push_back(scope);
    add(good(kOnline, fmt::format("a token of {}{}{}", username_,
                                  about ? fmt::format(", scopes: {}", fmt::join(scopes, ", ")) : "",
                                  expires.empty() ? "" : fmt::format(", expires {}", expires))));
    if (!about) {
      add(hint(kOnline, "its scopes cannot be read: " + about.error().what, about.error().mend));
      return true;
    }
    const auto has = [&](std::string_view scope) { return std::ranges::find(scopes, scope) != scopes.end(); };
    if (!has("api") && has("read_api"))
      add(bad(kOnline, fmt::format("it may only read, so this does not work: {}", written()),
              "make one with the scope api, and set gitlab.token"));
    else if (!has("api"))
      add(bad(kOnline, "it lacks the scope api, so nothing can be asked", "make one with it, and set gitlab.token"));
    constexpr auto kSoon = std::chrono::hours{14 * 24};
    const auto end = expires.empty() ? std::nullopt : parse_rfc3339(expires + "T00:00:00Z");
    if (end && *end < clock_.now() + kSoon)
      add(hint(kOnline, fmt::format("it expires on {}", expires),
               "make a new one in time (or rotate it), and set gitlab.token"));
    return true;
  }

  void project(const RepositoryPolicy& policy) {
    const auto subject = fmt::format("gitlab {}", policy.gitlab);
    const auto found = api_.get(gitlab::project_path(policy.gitlab));
    if (!found) return add(from_problem(subject, found.error()));
    const auto& body = found->body;
    const auto id = Fields(body).number_if_any("id");
    const auto name = text_at(body, "path_with_namespace");
    if (found->moved || (!name.empty() && !same_word(name, policy.gitlab)))
      add(bad(subject, fmt::format("it is called {} now, so its webhooks are taken for another project's", name),
              fmt::format("set gitlab = \"{}\" in [[repository]] {} and mend its url", name, policy.name)));
    if (flag_at(body, "archived"))
      add(bad(subject, "it is archived, so no branch can be cut and no tag be pushed",
              "its page on GitLab, Settings, General, Advanced: unarchive it"));
    const auto level = access_level(body);
    if (level > 0 && level < kDeveloper)
      add(bad(subject,
              fmt::format("the token's role is {}, so this does not work: {}{}", role(level), written(&policy),
                          deploys(policy) ? ", tags are deployed" : ""),
              "the project's page, Manage, Members: Developer at least"));
    if (is_off(body, "issues_enabled") || text_at(body, "issues_access_level") == "disabled")
      add(hint(subject, "its issues are switched off, so this does not work: /hotfix action issue",
               "its page on GitLab, Settings, General, Visibility, project features: Issues"));
    branches(subject, policy, body, id, level);
    if (deploys(policy)) deployments(subject, policy, body, id, level);
    hooks(subject, policy, id, level);
  }

  // What a token that may not write loses; of one project, or of any. Issues a Guest may file too.
  std::string written(const RepositoryPolicy* project = nullptr) const {
    const auto releases = [](const RepositoryPolicy& r) { return !r.gitlab.empty() && r.publish_release; };
    std::string all = "merge requests are opened, commit statuses are set";
    if (project != nullptr ? releases(*project) : std::ranges::any_of(config_.policy.repositories, releases))
      all += ", releases are made";
    return project != nullptr ? all : all + ", issues are filed";
  }

  // 0: not told, as of an administrator's token.
  static int access_level(const json& project) {
    Fields in(project);
    const auto direct = in.number_if_any("permissions.project_access.access_level");
    const auto group = in.number_if_any("permissions.group_access.access_level");
    return static_cast<int>(std::min<std::uint64_t>(std::max(direct, group), 100));
  }

  void branches(const std::string& subject, const RepositoryPolicy& policy, const json& project, std::uint64_t id,
                int level) {
    std::vector<std::string> names{policy.production_branch};
    if (const auto other = text_at(project, "default_branch"); !other.empty() && other != names.front())
      names.push_back(other);
    std::vector<std::string> there;
    for (const auto& name : names) {
      const auto branch =
          api_.get(fmt::format("/projects/{}/repository/branches/{}", id, common::percent_encoded(name)));
      if (branch) {
        there.push_back(name);
        // A commit status on it takes the right to push or to merge there (docs.gitlab.com/api/branches).
        const bool may = flag_at(branch->body, "can_push") || flag_at(branch->body, "developers_can_merge");
        if (level == kDeveloper && flag_at(branch->body, "protected") && !may)
          add(bad(
              subject,
              fmt::format("as Developer the token may not set commit statuses on {}, so this does not work: the bot "
                          "says there whether the fix is merged back",
                          name),
              "the project's page, Manage, Members: Maintainer; or Settings, Repository, Protected branches: let "
              "Developers merge"));
      } else if (branch.error().kind == Problem::Kind::not_found)
        add(bad(subject, fmt::format("there is no branch {}", name),
                name == policy.production_branch
                    ? fmt::format("mend production_branch in [[repository]] {}", policy.name)
                    : "push a first commit to it, or choose another default branch in its settings"));
      else
        add(from_problem(subject, branch.error()));
    }
    if (there.empty()) return;
    add(good(subject, fmt::format("reached{}; {} {} there{}", level > 0 ? fmt::format(" as {}", role(level)) : "",
                                  fmt::join(there, " and "), there.size() == 1 ? "is" : "are",
                                  flag_at(project, "only_allow_merge_if_pipeline_succeeds")
                                      ? "; pipelines must succeed before a merge"
                                      : "")));
  }

  const RepositoryAccess& access_of(const RepositoryPolicy& policy) const {
    static const RepositoryAccess none;
    const auto it = config_.repositories.find(policy.name);
    return it == config_.repositories.end() ? none : it->second;
  }
  bool deploys(const RepositoryPolicy& policy) const { return access_of(policy).deploy.starts_with("pipeline"); }

  void deployments(const std::string& subject, const RepositoryPolicy& policy, const json& project, std::uint64_t id,
                   int level) {
    if (level == 0) return;  // an administrator's
    variables(subject, access_of(policy), project, level);
    for (const auto& name : config_.policy.environments_of(policy.name)) {
      const auto found =
          api_.get(fmt::format("/projects/{}/protected_environments/{}", id, common::percent_encoded(name)));
      if (found) {
        environment(subject, name, found->body, level);
      } else if (found.error().status == 403) {
        return add(
            hint(subject,
                 fmt::format("whether it may deploy cannot be told as {}: environments may be protected", role(level)),
                 "to have that checked, give the token the role Maintainer"));
      } else if (found.error().kind != Problem::Kind::not_found) {  // not protected, or a plan without that
        add(from_problem(subject, found.error()));
      }
    }
  }

  // Who may send variables to a pipeline, where the project says so (app/models/project_ci_cd_setting.rb). Nobody is
  // what new projects begin with.
  void variables(const std::string& subject, const RepositoryAccess& access, const json& project, int level) {
    const bool sends =
        access.deploy == "pipeline" && !access.deploy_pipeline_inputs &&
        !(access.deploy_version_input + access.deploy_environment_input + access.deploy_key_input).empty();
    const auto who = text_at(project, "ci_pipeline_variables_minimum_override_role");
    if (!sends || who.empty() || is_off(project, "restrict_user_defined_variables")) return;
    const int needed = who == "developer"    ? kDeveloper
                       : who == "maintainer" ? kMaintainer
                       : who == "owner"      ? kOwner
                                             : 100;
    if (level >= needed) return;
    add(bad(subject,
            fmt::format("it lets {} send variables to a pipeline, and the token's role is {}, so this does not work: "
                        "/hotfix deploy",
                        needed == 100 ? "nobody" : role(needed) + "s alone", role(level)),
            "its Settings, CI/CD, Variables, Minimum role to use pipeline variables; or set deploy_pipeline_inputs"));
  }

  void environment(const std::string& subject, const std::string& name, const json& environment, int level) {
    bool may = false, by_group = false;
    if (const auto* all = Fields(environment).at("deploy_access_levels"); all != nullptr && all->is_array())
      for (const auto& one : *all) {
        Fields in(one);
        const auto needed = in.number_if_any("access_level"), user = in.number_if_any("user_id");
        if (in.number_if_any("group_id") != 0)
          by_group = true;
        else if (user != 0)
          may |= user == user_;
        else
          may |= needed != 0 && static_cast<std::uint64_t>(level) >= needed;
      }
    const auto page = "its Settings, CI/CD, Protected environments";
    if (!may && by_group)
      return add(
          hint(subject,
               fmt::format("{} is protected, and whether a group of {} may deploy there is not known", name, username_),
               fmt::format("{}: look for it", page)));
    if (!may)
      return add(bad(subject, fmt::format("{} is protected, and {} may not deploy there", name, username_),
                     fmt::format("{}: allow it to deploy", page)));
    const auto approvals = Fields(environment).number_if_any("required_approval_count");
    add(good(subject, fmt::format("{} is protected, and {} may deploy there{}", name, username_,
                                  approvals == 0 ? "" : fmt::format("; {} must approve on GitLab first", approvals))));
  }

  void hooks(const std::string& subject, const RepositoryPolicy& policy, std::uint64_t id, int level) {
    const auto found = api_.list(fmt::format("/projects/{}/hooks?per_page=100", id));
    if (!found)
      return add(hint(subject,
                      fmt::format("its webhooks cannot be read{}, so whether they arrive is not known",
                                  level > 0 && level < kMaintainer ? fmt::format(" as {}", role(level)) : ""),
                      level > 0 && level < kMaintainer ? "to have that checked, give the token the role Maintainer"
                                                       : found.error().what));
    const auto ours = std::ranges::find_if(found->items, [&](const json& hook) {
      const auto url = text_at(hook, "url");
      return hook_url().empty() ? url.ends_with(kHookPath) : url == hook_url();
    });
    const auto page = fmt::format("the settings of {}, Webhooks", policy.gitlab);
    if (ours == found->items.end())
      return add(
          hint(subject,
               fmt::format("it has no webhook that leads to {}; without one, here or at the group, this does not "
                           "work: {}",
                           shown_hook_url(), kDeaf),
               fmt::format("{}: add it, with a signing token or secret token as in [gitlab]", page)));
    hook(subject, *ours, page);
  }

  void hook(const std::string& subject, const json& hook, const std::string& page) {
    const auto url = text_at(hook, "url");
    if (hook_url().empty())
      add(hint(subject, fmt::format("its webhook leads to {}, which was not compared", url), "set gitlab.public_url"));
    else
      add(good(subject, fmt::format("its webhook leads to {}", url)));
    proof(subject, hook, page);
    if (const auto status = text_at(hook, "alert_status"); !status.empty() && status != "executable") {
      const auto until = text_at(hook, "disabled_until");
      add(bad(subject,
              fmt::format("GitLab has switched its webhook off after failures{}, so this does not work: {}",
                          until.empty() ? "" : ", until " + until, kDeaf),
              fmt::format("{}: Edit, Recent events: look why, mend it, then Test", page)));
    }
    if (is_off(hook, "enable_ssl_verification"))
      add(bad(subject, "its webhook sends without verifying the server's certificate",
              fmt::format("{}: Edit, enable SSL verification", page)));
    if (!text_at(hook, "custom_webhook_template").empty())
      add(bad(subject, "its webhook has a template of its own, so what it sends is not understood",
              fmt::format("{}: Edit, Custom webhook template: empty it", page)));
    if (const auto filter = text_at(hook, "push_events_branch_filter"); !filter.empty())
      add(hint(subject, fmt::format("its webhook sends pushes of {} only", filter),
               fmt::format("{}: Edit, Push events: all branches", page)));
    for (const auto& lack : gitlab::missing_events(hook))
      add(bad(subject, fmt::format("its webhook does not send {}, so this does not work: {}", lack.label, lack.purpose),
              fmt::format("{}: Edit, Trigger: tick it", page)));
  }

  // Whether one is set is told since the hook can have a signing token (gitlab-org/gitlab!231325).
  void proof(const std::string& subject, const json& hook, const std::string& page) {
    if (config_.gitlab.signing_token) {
      if (is_off(hook, "signing_token_present"))
        add(bad(subject, "its webhook has no signing token, so what it sends is refused",
                fmt::format("{}: Edit, Signing token, the same as gitlab.signing_token", page)));
    } else if (!config_.gitlab.webhook_secret) {
      add(bad(subject, "neither gitlab.signing_token nor gitlab.webhook_secret is set, so what it sends is refused",
              "set one of them to the webhook's"));
    } else if (is_off(hook, "token_present")) {
      add(bad(subject, "its webhook has no secret token, so what it sends is refused",
              fmt::format("{}: Edit, Secret token, the same as gitlab.webhook_secret", page)));
    }
  }

  const Config& config_;
  const Clock& clock_;
  gitlab::Api& api_;
  std::uint64_t user_ = 0;  // whose the token is
  std::string username_;
  std::vector<Finding> all_;
};

}  // namespace

std::vector<Finding> gitlab_findings(const Config& config, const Clock& clock, gitlab::Api& api) {
  return Check(config, clock, api).run();
}

std::vector<Finding> gitlab_findings(const Config& config, const Clock& clock) {
  const bool any = std::ranges::any_of(config.policy.repositories, [](const auto& r) { return !r.gitlab.empty(); });
  if (!config.gitlab.token) {
    if (!any) return {};
    return {hint(kOnline, "GitLab was not asked about its projects, permissions and webhooks",
                 "to have that done, set gitlab.token")};
  }
  const auto out = make_gitlab(config, clock);
  if (!out) return {from_problem(kOnline, out.error())};
  return gitlab_findings(config, clock, *out->api);
}

}  // namespace hotfixd::cli
