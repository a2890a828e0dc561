// Pipelines and jobs as the checks of a commit: one reading for webhooks and for the API, so that what both report is
// one check. Internal to this room.
#pragma once

#include <optional>

#include "bot/domain/input.hpp"

namespace hotfixd::gitlab {

// A pipeline's status. One that waits for a person ("manual") is not finished; one that we do not know is a failure:
// it must not open the gate. Source: docs.gitlab.com/ci/pipelines, app/models/concerns/ci/has_status.rb.
CheckState pipeline_state(std::string_view status);

// A job's, or a commit status'. One that may fail counts as skipped when it does, and so does a manual job that nobody
// has to start: GitLab lets the pipeline pass without it.
CheckState job_state(std::string_view status, bool may_fail);

// What tells checks of one name apart, and what makes a newer one replace an older one: a commit's pipelines are of
// "hotfix/x", of "!5" (a merge request; also of its merged result, which is of a commit of its own), and of "57", a
// child's own number. The newest pipeline of a branch counts, as for GitLab itself; but each that counts alone is a
// suite of its own.
std::string suite_of(std::string_view ref, bool alone, std::uint64_t pipeline);

// Whether pipelines of this source count each. Children: jobs of one name are in all of them. And those that GitLab
// makes for a commit status ("external"), where the pipeline that is meant is full or, for an older GitLab, not there:
// whoever may set a status would so replace the newest one of the branch. Source:
// app/services/ci/create_commit_status_service.rb; gitlab-org/gitlab issue 443254.
bool counts_alone(std::string_view source);

// "pipeline (suite hotfix/x)", "rspec (suite hotfix/x)", and of a commit status "jenkins (suite hotfix/x, status)".
// GitLab's rule "pipelines must succeed" does not look at children, so they are called otherwise.
std::string pipeline_context(std::string_view suite, bool is_child);
std::string job_context(std::string_view name, std::string_view suite);
std::string status_context(std::string_view name, std::string_view suite);

// Orders the reports of a suite: a later pipeline, then within it a later run of a job. Jobs are told apart by their
// ids below 2^29, above it by steps of 2^11 (some seconds of gitlab.com, whose ids are above 2^33): within a step the
// reports are equal, never in a wrong order. Nothing when a number is beyond what fits (pipelines 2^33, jobs 2^40).
std::optional<std::uint64_t> pipeline_sequence(std::uint64_t pipeline, std::uint64_t newest_job);

// Where a job failed, "test: script_failure"; empty when neither is known.
std::string failed_step(std::string_view stage, std::string_view reason);

}  // namespace hotfixd::gitlab
