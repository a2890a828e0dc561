// GitLab as the forge of one project: a look over its REST API, and what the bot does there.
#pragma once

#include "bot/ports/forge.hpp"
#include "integrations/gitlab/api.hpp"

namespace hotfixd::gitlab {

// `name` is the policy's word for the repository, `full_name` GitLab's ("acme/web/shop"). `api` must outlive it.
// The project is asked for by name and then called by its number, so that one that was renamed still works. Calls may
// be made at the same time.
//
// The merge request that counts is the open one into `production_branch`, else the one that was merged there, else the
// newest open one, else the newest: its checks count, and its reviews are read beside those of every other open one (of
// at most ten). Who may write is asked of those who approve: Developers and above may, and whom an approval rule names.
//
// Once there is a tag, a look reads the deployments to `environment` (empty: none) of the tag, of what it was cut from
// and of what its merge requests landed as.
//
// A look needs to read the project, its merge requests, pipelines and commit statuses (the scope read_api); reviewers'
// states, deployments and external status checks (Ultimate) are left out where they may not be read. It costs thirteen
// requests, one for each pipeline, one for each address of a committer that is not known yet (at most ten), one for
// each person who approves, and four for each further open merge request. Of a list, what is beyond Api's pages makes
// the look fail: checks that nobody saw must not pass.
//
// An approval is GitLab's of a merge request, not of a commit. It counts for the commit that was the head when it was
// given: the newest version of the merge request before approved_at (of an older GitLab: before the system note). An
// approval that has no time counts only where there has been one version. What was approved and no longer stands, for
// whatever reason, is reported as dismissed. Objections and dismissals bear the head of their time too, or none. Bots'
// words do not count, nor an approval by somebody whose name git has as the author's or committer's of one of the
// commits.
//
// A commit status of the bot's own (its name begins with "hotfixd/") is no check, and a pipeline that holds one is
// judged without it: GitLab hangs it into the commit's newest pipeline, which would then wait for the bot.
std::unique_ptr<Forge> create_forge(Api& api, std::string name, std::string full_name,
                                    std::string production_branch = {}, std::string environment = {});

}  // namespace hotfixd::gitlab
