// Pipelines and jobs as the checks of a commit: one reading for webhooks and for the API, so that what both report is
// one check. Internal to this room.
#pragma once

#include "bot/domain/input.hpp"

namespace hotfixd::gitlab {

// A pipeline's status. One that waits for a person ("manual") is not finished; one that we do not know is a failure:
// it must not open the gate. Source: docs.gitlab.com/ci/pipelines, app/models/concerns/ci/has_status.rb.
CheckState pipeline_state(std::string_view status);

// A job's, or a commit status'. One that may fail counts as skipped when it does, and so does a manual job that nobody
// has to start: GitLab lets the pipeline pass without it.
CheckState job_state(std::string_view status, bool may_fail);

// "pipeline (push, 31)", "rspec (pipeline 31)". Each pipeline of a commit counts by itself: the push and the merge
// request start one each, a parent its children, and jobs of one name are in all of them. A job that is run again stays
// in its pipeline, and replaces.
std::string pipeline_context(std::string_view source, std::uint64_t id);
std::string job_context(std::string_view name, std::uint64_t pipeline);

// Where a job failed, "test: script_failure"; empty when neither is known.
std::string failed_step(std::string_view stage, std::string_view reason);

}  // namespace hotfixd::gitlab
