"""GitLab of these tests: the requests that integrations/gitlab makes, answered with the fields of docs.gitlab.com/api,
and the webhooks of what happens (docs.gitlab.com/user/project/integrations/webhook_events)."""

import base64
import hashlib
import hmac
import re
import time
import uuid

from forge import ZERO, Answer, Forge, Refused, iso, now

PROJECT = 15


def spoken(at):
    """As webhooks write a time."""
    return None if at is None else at.strftime("%Y-%m-%d %H:%M:%S UTC")


class GitLab(Forge):
    api = "/api/v4"
    etags = False  # the bot keeps none: GitLab counts a request before it looks at one
    full_name = "acme/web/shop"
    pull_refs = "merge-requests"
    red = "failed"  # a commit status

    def __init__(self, origin, token, secret="", signing="", seed=1, weather="fair"):
        """`token`: of the API. The webhooks bear `secret`, or are signed with `signing` (whsec_…)."""
        self.token, self.secret, self.signing = token, secret, signing
        self.role = 40  # Maintainer; 30 is Developer
        self.tells_when = bool(signing)  # actioned_at is as new as signing tokens are (gitlab-org/gitlab!224849)
        self.pipelines, self.jobs, self.status_list = [], [], []
        self.routes = self.all_routes()
        super().__init__(origin, seed, weather)
        self.add_user("project_15_bot_4ffca233", 50, "hotfixd", bot=True)

    # ---- who asks

    def sign(self, event, guid, body):
        headers = {"Content-Type": "application/json", "User-Agent": "GitLab/18.6.1-ee", "X-Gitlab-Event": event,
                   "X-Gitlab-Instance": self.url, "X-Gitlab-Webhook-UUID": "77", "Idempotency-Key": guid,
                   "X-Gitlab-Event-UUID": str(uuid.uuid5(uuid.NAMESPACE_OID, guid))}
        if self.secret:
            headers["X-Gitlab-Token"] = self.secret
        if self.signing:  # standard-webhooks.md
            at = str(int(time.time()))
            key = base64.b64decode(self.signing.removeprefix("whsec_"))
            digest = hmac.new(key, f"{guid}.{at}.".encode() + body, hashlib.sha256).digest()
            headers |= {"webhook-id": guid, "webhook-timestamp": at,
                        "webhook-signature": "v1," + base64.b64encode(digest).decode()}
        return headers

    def authorised(self, headers, path):
        token = headers.get("PRIVATE-TOKEN") or headers.get("Authorization", "").removeprefix("Bearer ")
        if token != self.token:
            raise Refused(401, "401 Unauthorized")

    def allow(self, headers, needs):
        for role in needs:
            if self.role < role:
                raise Refused(403, "403 Forbidden")

    def moved(self, method, target):
        return None

    def all_routes(self):
        by_name = r"/projects/(?:acme%2Fweb%2Fshop|15)"
        project = r"/projects/15"
        mr = project + r"/merge_requests/(\d+)"
        return [
            ("GET", by_name, self.project),
            ("GET", r"/users", self.list_users),
            ("GET", project + r"/merge_requests", self.list_merge_requests),
            ("POST", project + r"/merge_requests", self.make_merge_request, 30),
            ("GET", mr, self.one_merge_request),
            ("PUT", mr + r"/merge", self.merge_merge_request, 30),
            ("GET", mr + r"/approvals", self.approvals),
            ("GET", mr + r"/approval_state", self.approval_state),
            ("GET", mr + r"/versions", self.versions),
            ("GET", mr + r"/notes", self.notes),
            ("GET", mr + r"/reviewers", self.reviewers),
            ("GET", mr + r"/status_checks", self.status_checks),
            ("GET", project + r"/members/all/(\d+)", self.one_member),
            ("GET", project + r"/deployments", self.list_deployments),
            ("GET", project + r"/repository/compare", self.compare),
            ("GET", project + r"/repository/branches/([^/]+)", self.one_branch),
            ("GET", project + r"/repository/commits/([^/]+)", self.one_commit),
            ("GET", project + r"/repository/commits/([^/]+)/statuses", self.list_statuses),
            ("POST", project + r"/statuses/([^/]+)", self.make_status, 30),
            ("GET", project + r"/pipelines", self.list_pipelines),
            ("GET", project + r"/pipelines/(\d+)/jobs", self.list_jobs),
            ("GET", project + r"/releases/([^/]+)", self.one_release),
            ("POST", project + r"/releases", self.make_release, 30),
            ("GET", project + r"/issues", self.list_issues),
            ("POST", project + r"/issues", self.make_issue, 10),
        ]

    # ---- what things look like

    def page(self, rest=""):
        return f"{self.url}/{self.full_name}{rest}"

    def user(self, login):
        one = self.users[login]
        return {"id": one.id, "username": login, "name": one.name, "state": "active", "locked": False,
                "avatar_url": None, "web_url": f"{self.url}/{login}"}

    def merge_request_json(self, pull):
        state = {"open": "opened", "closed": "closed", "merged": "merged"}[pull.state]
        merged = pull.state == "merged"
        return {"id": pull.id, "iid": pull.number, "project_id": PROJECT, "title": pull.title, "description": pull.body,
                "state": state, "created_at": iso(pull.created, True), "updated_at": iso(pull.updated, True),
                "merged_by": self.user(pull.ended_by) if merged else None,
                "merge_user": self.user(pull.ended_by) if merged else None,
                "merged_at": iso(pull.ended, True) if merged else None,
                "closed_by": self.user(pull.ended_by) if state == "closed" else None,
                "closed_at": iso(pull.ended, True) if state == "closed" else None, "target_branch": pull.base,
                "source_branch": pull.head, "author": self.user(pull.author), "assignees": [], "assignee": None,
                "reviewers": [], "source_project_id": PROJECT, "target_project_id": PROJECT, "labels": [],
                "draft": pull.draft, "work_in_progress": pull.draft, "milestone": None, "sha": pull.head_sha,
                "merge_commit_sha": pull.landed or None if not pull.squashed else None,
                "squash_commit_sha": pull.landed or None if pull.squashed else None, "squash": pull.squashed,
                "detailed_merge_status": "mergeable", "has_conflicts": False, "user_notes_count": 0,
                "web_url": self.page(f"/-/merge_requests/{pull.number}"), "should_remove_source_branch": None,
                "force_remove_source_branch": False}

    def commit_json(self, sha):
        one = self.origin.commit(sha)
        return {"id": sha, "short_id": sha[:8], "title": one["message"].split("\n")[0], "message": one["message"],
                "parent_ids": one["parents"], "author_name": one["author"], "author_email": one["author_email"],
                "authored_date": one["author_at"], "committer_name": one["committer"], "committer_email":
                one["committer_email"], "committed_date": one["committer_at"], "created_at": one["committer_at"],
                "web_url": self.page(f"/-/commit/{sha}")}

    def pipeline_json(self, one):
        return {"id": one["id"], "iid": one["id"] - 30, "project_id": PROJECT, "sha": one["sha"], "ref": one["ref"],
                "status": one["status"], "source": one["source"], "created_at": iso(one["at"], True), "updated_at":
                iso(one["changed"], True), "web_url": self.page(f"/-/pipelines/{one['id']}"), "name": None}

    def job_json(self, one):
        pipeline = next(p for p in self.pipelines if p["id"] == one["pipeline"])
        return {"id": one["id"], "name": one["name"], "stage": one["stage"], "status": one["status"], "ref":
                pipeline["ref"], "tag": False, "allow_failure": False, "created_at": iso(one["at"], True), "started_at":
                iso(one["at"], True), "finished_at": iso(one["ended"], True), "duration": None,
                "failure_reason": one["reason"], "pipeline": self.pipeline_json(pipeline), "user": self.user("bob"),
                "web_url": self.page(f"/-/jobs/{one['id']}")}

    def status_json(self, one):
        return {"id": one["id"], "sha": one["sha"], "ref": one["ref"], "status": one["status"], "name": one["name"],
                "target_url": one["url"], "description": one["description"], "created_at": iso(one["at"], True),
                "started_at": None, "finished_at": iso(one["at"], True) if one["status"] in ("success",
                                                                                             "failed") else None,
                "allow_failure": False, "coverage": None, "pipeline_id": one["pipeline"],
                "author": self.user("project_15_bot_4ffca233")}

    def job_status_json(self, job):
        body = self.job_json(job)
        pipeline = body["pipeline"]
        return {k: body[k] for k in ("id", "name", "status", "ref", "allow_failure", "created_at", "started_at",
                                     "finished_at")} | {"sha": pipeline["sha"], "pipeline_id": pipeline["id"],
                                                        "target_url": body["web_url"], "description": None,
                                                        "coverage": None, "author": self.user("bob")}

    # ---- the API

    def project(self, query, body):
        return {"id": PROJECT, "name": "Shop", "path_with_namespace": self.full_name, "default_branch": "main",
                "archived": False, "visibility": "private", "merge_method": "merge", "web_url": self.page(),
                "http_url_to_repo": self.page(".git"), "only_allow_merge_if_pipeline_succeeds": True,
                "only_allow_merge_if_all_status_checks_passed": False,
                "permissions": {"project_access": {"access_level": self.role, "notification_level": 3},
                                "group_access": None}}

    def list_users(self, query, body):
        """By their public address or their name."""
        wanted = query.get("search", "")
        return [self.user(u.login) for u in self.users.values() if not u.bot and wanted in (u.email, u.login, u.name)]

    def list_merge_requests(self, query, body):
        state = query.get("state", "all")
        found = [p for p in self.pulls_of(query.get("source_branch"), query.get("target_branch"))
                 if state == "all" or {"open": "opened"}.get(p.state, p.state) == state]
        return [self.merge_request_json(p) for p in reversed(found)]

    def make_merge_request(self, query, body):
        head, base = body["source_branch"], body["target_branch"]
        if not self.origin.branch(head) or not self.origin.branch(base):
            raise Refused(400,
                          {"source_branch" if not self.origin.branch(head) else "target_branch": ["does not exist"]})
        title = body["title"]
        draft = title.startswith("Draft: ")
        pull = self.open_pull("project_15_bot_4ffca233", head, base, title, body.get("description"), draft)
        if pull is None:
            number = next(p.number for p in self.pulls_of(head, base) if p.state == "open")
            raise Refused(409, [f"Another open merge request already exists for this source branch: !{number}"])
        return Answer(201, self.merge_request_json(pull))

    def one_merge_request(self, number, query, body):
        pull = self.pull(int(number))
        mine = [p for p in self.pipelines if p["sha"] == pull.head_sha and p["source"] != "external"]
        return {**self.merge_request_json(pull), "head_pipeline": self.pipeline_json(mine[-1]) if mine else None,
                "diff_refs": {"base_sha": "", "head_sha": pull.head_sha, "start_sha": ""}, "changes_count": "1"}

    def merge_merge_request(self, number, query, body):
        pull = self.pull(int(number))
        if body.get("sha", pull.head_sha) != pull.head_sha:
            raise Refused(409, f"SHA does not match HEAD of source branch: {pull.head_sha}")
        if not self.land("project_15_bot_4ffca233", pull.number, body.get("squash", False)):
            raise Refused(405, "405 Method Not Allowed")
        return self.merge_request_json(pull)

    def approvals(self, number, query, body):
        pull = self.pull(int(number))
        return {"user_has_approved": False, "user_can_approve": False, "approved": bool(pull.reviews), "approved_by": [
            {"user": self.user(r["login"]), "approved_at": iso(r["at"], True)} for r in pull.reviews]}

    def approval_state(self, number, query, body):
        raise Refused(404, "404 Not Found")  # without the licence

    def one_member(self, number, query, body):
        for one in self.users.values():
            if one.id == int(number):
                return {**self.user(one.login), "access_level": 30, "expires_at": None, "membership_state": "active"}
        raise Refused(404, "404 Not found")

    def list_deployments(self, query, body):
        return []  # a program deploys, and tells GitLab nothing

    def versions(self, number, query, body):
        pull = self.pull(int(number))
        return [{"id": n + 1, "head_commit_sha": sha, "base_commit_sha": "", "start_commit_sha": "", "created_at":
                 iso(at, True), "merge_request_id": pull.id, "state": "collected", "real_size": "1", "patch_id_sha": ""}
                for n, (at, sha) in reversed(list(enumerate(pull.versions)))]

    def notes(self, number, query, body):
        pull = self.pull(int(number))
        return [{"id": n + 1, "body": "approved this merge request", "system": True, "author": self.user(r["login"]),
                 "created_at": iso(r["at"], True), "updated_at": iso(r["at"], True), "noteable_type": "MergeRequest",
                 "noteable_iid": pull.number, "internal": False} for n, r in enumerate(pull.reviews)]

    def reviewers(self, number, query, body):
        self.pull(int(number))
        return []

    def status_checks(self, number, query, body):
        raise Refused(404, "404 Not Found")  # without the licence

    def compare(self, query, body):
        if not self.origin.sha(query["from"]) or not self.origin.sha(query["to"]):
            raise Refused(404, "404 Commit Not Found")
        return {"commits": [self.commit_json(c["sha"]) for c in self.origin.log(query["from"], query["to"])],
                "diffs": [], "commit": None, "compare_timeout": False, "compare_same_ref": False, "web_url": ""}

    def one_branch(self, name, query, body):
        sha = self.origin.branch(name)
        if not sha:
            raise Refused(404, "404 Branch Not Found")
        return {"name": name, "commit": self.commit_json(sha), "merged": False, "protected": name == "main", "default":
                name == "main", "can_push": True, "web_url": self.page(f"/-/tree/{name}")}

    def one_commit(self, sha, query, body):
        if not self.origin.sha(sha):
            raise Refused(404, "404 Commit Not Found")
        return self.commit_json(self.origin.sha(sha))

    def list_statuses(self, sha, query, body):
        ids = {p["id"] for p in self.pipelines if p["sha"] == sha}
        jobs = [self.job_status_json(j) for j in self.jobs if j["pipeline"] in ids]
        newest = {s["name"]: s for s in self.status_list if s["sha"] == sha}
        found = jobs + [self.status_json(s) for s in newest.values()]
        return [s for s in found if query.get("name") in (None, s["name"])]

    def make_status(self, sha, query, body):
        """app/services/ci/create_commit_status_service.rb: a status hangs in the newest pipeline of its commit and ref,
        or in one of source "external" that is made for it. One that waits already cannot be put to wait again."""
        if not re.fullmatch("[0-9a-f]{40}", sha) or not self.origin.sha(sha):
            raise Refused(404, "404 Commit Not Found")
        name, state, ref = body.get("name", "default"), body["state"], body.get("ref", "main")
        before = [s for s in self.status_list if s["sha"] == sha and s["name"] == name]
        if before and before[-1]["status"] == state == "pending":
            raise Refused(400, 'Cannot transition status via :enqueue from :pending (Reason(s): Status cannot '
                               'transition via "enqueue")')
        fitting = [p for p in self.pipelines if p["sha"] == sha and p["ref"] == ref]
        pipeline = fitting[-1] if fitting else self.make_pipeline(ref, sha, "external", hook=False)
        one = {"id": self.number("job", 378), "sha": sha, "ref": ref, "status": state, "name": name, "url":
               body.get("target_url"), "description": body.get("description"), "at": now(), "pipeline": pipeline["id"]}
        self.status_list.append(one)
        if pipeline["source"] == "external":
            pipeline |= {"status": state, "changed": now()}
        self.emit_pipeline(pipeline)
        return Answer(201, self.status_json(one))

    def list_pipelines(self, query, body):
        children = query.get("source") == "parent_pipeline"
        return [self.pipeline_json(p) for p in reversed(self.pipelines) if query.get("sha") in (None, p["sha"])
                and (p["source"] == "parent_pipeline") == children]

    def list_jobs(self, number, query, body):
        return [self.job_json(j) for j in reversed(self.jobs) if j["pipeline"] == int(number)]

    def release_json(self, one):
        return {"tag_name": one["tag"], "description": one["body"], "name": one["name"], "created_at": iso(one["at"],
                                                                                                           True),
                "released_at": iso(one["at"], True), "upcoming_release": False, "author":
                self.user("project_15_bot_4ffca233"), "commit": self.commit_json(self.origin.tag(one["tag"])),
                "assets": {"count": 4, "sources": [], "links": []},
                "_links": {"self": self.page(f"/-/releases/{one['tag']}")}}

    def one_release(self, tag, query, body):
        for one in self.releases:
            if one["tag"] == tag:
                return self.release_json(one)
        raise Refused(404, "404 Not Found")

    def make_release(self, query, body):
        if any(r["tag"] == body["tag_name"] for r in self.releases):
            raise Refused(409, "Release already exists")
        if not self.origin.tag(body["tag_name"]):
            raise Refused(422, "Ref is not specified")
        one = {"tag": body["tag_name"], "name": body["name"], "body": body["description"], "at": now()}
        self.releases.append(one)
        shown = self.release_json(one)
        self.hooks.emit("Release Hook", {"id": len(self.releases), "object_kind": "release", "action": "create",
                                         "created_at": spoken(one["at"]), "released_at": spoken(one["at"]),
                                         "description": one["body"], "name": one["name"], "tag": one["tag"],
                                         "project": self.project_hook(), "url": self.page(f"/-/releases/{one['tag']}"),
                                         "assets": shown["assets"],
                                         "commit": self.commit_hook(self.origin.tag(one["tag"]))})
        return Answer(201, shown)

    def issue_json(self, one):
        return {"id": 5000 + one["number"], "iid": one["number"], "project_id": PROJECT, "title": one["title"],
                "description": one["body"], "state": "opened", "created_at": iso(one["at"], True), "updated_at":
                iso(one["at"], True), "closed_at": None, "labels": [], "author": self.user("project_15_bot_4ffca233"),
                "web_url": self.page(f"/-/issues/{one['number']}")}

    def list_issues(self, query, body):
        after = query.get("created_after", "")
        return [self.issue_json(i) for i in self.issues if not after or self.is_after(i["at"], after)]

    def make_issue(self, query, body):
        one = {"number": self.number("issue"), "title": body["title"], "body": body.get("description"), "at": now()}
        self.issues.append(one)
        return Answer(201, self.issue_json(one))

    # ---- what happens, and its webhooks

    def project_hook(self):
        return {"id": PROJECT, "name": "Shop", "description": "", "web_url": self.page(), "avatar_url": None,
                "git_ssh_url": "", "git_http_url": self.page(".git"), "namespace": "web", "visibility_level": 0,
                "path_with_namespace": self.full_name, "default_branch": "main", "ci_config_path": None,
                "homepage": self.page(), "url": "", "ssh_url": "", "http_url": self.page(".git")}

    def user_hook(self, login):
        one = self.users[login]
        return {"id": one.id, "name": one.name, "username": login, "avatar_url": None, "email": "[REDACTED]"}

    def commit_hook(self, sha):
        one = self.origin.commit(sha)
        return {"id": sha, "message": one["message"], "title": one["message"].split("\n")[0], "timestamp":
                one["committer_at"], "url": self.page(f"/-/commit/{sha}"),
                "author": {"name": one["author"], "email": one["author_email"]}}

    def ref_changed(self, by, ref, old, new):
        tag = ref.startswith("refs/tags/")
        kind = "tag_push" if tag else "push"
        sha = new if new != ZERO else None
        self.hooks.emit("Tag Push Hook" if tag else "Push Hook", {
            "object_kind": kind, "event_name": kind, "before": old, "after": new, "ref": ref, "ref_protected": False,
            "checkout_sha": self.origin.sha(new) if sha else None, "message": None, "user_id": by.id,
            "user_name": by.name,
            "user_username": by.login, "user_email": "", "user_avatar": None, "project_id": PROJECT, "project":
            self.project_hook(), "commits": [], "total_commits_count": 0, "push_options": {},
            "repository": {"name": "Shop", "url": "", "description": "", "homepage": self.page()}})
        if ref.startswith("refs/heads/hotfix/") and sha:
            self.begin_ci(ref[11:], new)

    def merge_request_event(self, pull, action, by, system=False, **more):
        state = {"open": "opened"}.get(pull.state, pull.state)
        self.hooks.emit("Merge Request Hook", {
            "object_kind": "merge_request", "event_type": "merge_request", "user": self.user_hook(by), "project":
            self.project_hook(), "object_attributes": {
                "id": pull.id, "iid": pull.number, "author_id": self.users[pull.author].id, "assignee_ids": [],
                "reviewer_ids": [], "created_at": spoken(pull.created), "updated_at": spoken(pull.updated),
                "description":
                pull.body, "title": pull.title, "state": state, "draft": pull.draft, "work_in_progress": pull.draft,
                "source_branch": pull.head, "target_branch": pull.base, "source_project_id": PROJECT,
                "target_project_id": PROJECT, "source": self.project_hook(), "target": self.project_hook(),
                "merge_commit_sha": pull.landed or None if not pull.squashed else None, "last_commit":
                self.commit_hook(pull.head_sha), "url": self.page(f"/-/merge_requests/{pull.number}"),
                "detailed_merge_status": "mergeable", "action": action, "system": system,
                **({"actioned_at": spoken(now())} if self.tells_when else {}), **more},
            "labels": [], "changes": {}, "repository": {"name": "Shop", "url": "", "homepage": self.page()},
            "assignees": [], "reviewers": []})

    def pull_opened(self, pull, by):
        self.merge_request_event(pull, "open", by.login)

    def pull_pushed(self, pull, old, by):
        self.merge_request_event(pull, "update", by.login, oldrev=old)

    def pull_ended(self, pull, by):
        more = {"merged_at": spoken(pull.ended)}
        if pull.squashed:
            more["squash_commit_sha"] = pull.landed
        self.merge_request_event(pull, "merge", by.login, **more)

    def approve(self, login, number):
        """An approval is of the merge request: a second one before it was taken back is refused."""
        with self.lock:
            pull = self.pull(number)
            for review in pull.reviews:
                if review["login"] == login:
                    pull.reviews.remove(review)
                    pull.updated = now()
                    self.merge_request_event(pull, "unapproved", login)
                    break
            pull.reviews.append({"login": login, "at": now()})
            pull.updated = now()
            self.merge_request_event(pull, "approved", login)

    def make_pipeline(self, ref, sha, source, hook=True):
        at = now()
        one = {"id": self.number("pipeline", 31), "ref": ref, "sha": sha, "source": source, "status": "running",
               "at": at, "changed": at}
        self.pipelines.append(one)
        if hook:
            self.emit_pipeline(one)
        return one

    def begin_ci(self, ref, sha):
        pipeline = self.make_pipeline(ref, sha, "push", hook=False)
        job = {"id": self.number("job", 378), "name": "rspec", "stage": "test", "pipeline": pipeline["id"], "status":
               "running", "reason": None, "at": now(), "ended": None}
        self.jobs.append(job)
        self.emit_pipeline(pipeline)
        self.emit_job(job, pipeline)

    def emit_pipeline(self, one):
        jobs = [j for j in self.jobs if j["pipeline"] == one["id"]]
        ended = one["changed"] if one["status"] in ("success", "failed") else None
        self.hooks.emit("Pipeline Hook", {
            "object_kind": "pipeline", "object_attributes": {
                "id": one["id"], "iid": one["id"] - 30, "name": None, "ref": one["ref"], "tag": False,
                "sha": one["sha"],
                "before_sha": ZERO, "source": one["source"], "status": one["status"], "detailed_status": one["status"],
                "stages": ["test"], "created_at": spoken(one["at"]), "finished_at": spoken(ended), "duration": None,
                "queued_duration": 1, "variables": [], "url": self.page(f"/-/pipelines/{one['id']}")},
            "merge_request": None, "user": self.user_hook("bob"), "project": self.project_hook(), "commit":
            self.commit_hook(one["sha"]), "builds": [
                {"id": j["id"], "stage": j["stage"], "name": j["name"], "status": j["status"], "created_at":
                 spoken(j["at"]), "started_at": spoken(j["at"]), "finished_at": spoken(j["ended"]), "duration": None,
                 "queued_duration": 1.5, "failure_reason": j["reason"], "when": "on_success", "manual": False,
                 "allow_failure": False, "user": self.user_hook("bob"), "runner": None,
                 "artifacts_file": {"filename": None, "size": None}, "environment": None} for j in jobs]})

    def emit_job(self, job, pipeline):
        self.hooks.emit("Job Hook", {
            "object_kind": "build", "ref": pipeline["ref"], "tag": False, "before_sha": ZERO, "sha": pipeline["sha"],
            "retries_count": 0, "build_id": job["id"], "build_name": job["name"], "build_stage": job["stage"],
            "build_status": job["status"], "build_created_at": spoken(job["at"]), "build_started_at": spoken(job["at"]),
            "build_finished_at": spoken(job["ended"]), "build_duration": None, "build_queued_duration": 1.5,
            "build_allow_failure": False, "build_failure_reason": job["reason"] or "unknown_failure", "pipeline_id":
            pipeline["id"], "runner": None, "project_id": PROJECT, "project_name": "acme / web / Shop", "user":
            self.user_hook("bob"), "commit": {"id": pipeline["id"], "name": None, "sha": pipeline["sha"], "message": "",
                                              "status": pipeline["status"]},
            "repository": {"name": "Shop", "url": "", "homepage": self.page()}, "project": self.project_hook(),
            "environment": None})

    def end_ci(self, sha, status, stage="test"):
        with self.lock:
            for pipeline in self.pipelines:
                if pipeline["sha"] == sha and pipeline["source"] == "push" and pipeline["status"] == "running":
                    at = now()
                    for job in self.jobs:
                        if job["pipeline"] == pipeline["id"]:
                            job |= {"status": status, "ended": at, "stage": stage,
                                    "reason": "script_failure" if status == "failed" else None}
                            self.emit_job(job, pipeline)
                    pipeline |= {"status": status, "changed": at}
                    self.emit_pipeline(pipeline)
                    return
        raise RuntimeError(f"no pipeline of {sha} is under way")

    def ci_red(self, sha, step):
        """GitLab knows stages and jobs, no steps."""
        self.end_ci(sha, "failed", step)

    def ci_green(self, sha):
        self.end_ci(sha, "success")

    def statuses(self, sha):
        return [(s["name"], s["status"]) for s in self.status_list if s["sha"] == sha]
