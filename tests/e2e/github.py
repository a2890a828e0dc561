"""GitHub of these tests: the requests that integrations/github makes, answered with the fields of
docs.github.com/rest (API version 2022-11-28, as in @octokit/openapi), and the webhooks of what happens.

As on a GitHub Enterprise Server the API is at /api/v3. What this file does not know is an unknown request, which fails
the story: a new call of the bot costs a route here."""

import base64
import hashlib
import hmac
import json
import re
import subprocess
import time
from datetime import datetime, timedelta, timezone

from forge import ZERO, Answer, Forge, Refused, iso, now

APP_ID = "Iv23liE2eHotfixd"
PERMISSIONS = {  # what README.md says the app needs, and what the stories do beyond it
    "metadata": "read", "checks": "read", "actions": "write", "deployments": "write", "pull_requests": "write",
    "statuses": "write", "contents": "write", "issues": "write"}


class GitHub(Forge):
    api = "/api/v3"
    etags = True
    red = "failure"  # a commit status

    def __init__(self, origin, key, public_modulus, seed=1, weather="fair", required=("test",)):
        """`key`: the webhook secret. `public_modulus`: of the app's RSA key."""
        self.key = key
        self.modulus = public_modulus
        self.required = list(required)
        self.permissions = dict(PERMISSIONS)
        self.tokens = {}  # installation tokens and until when they are good
        self.personal = set()  # personal access tokens
        self.suites, self.runs, self.jobs, self.status_list, self.deployments = [], [], [], [], []
        self.secondary_until = 0.0
        self.refused = 0  # by it
        self.readers = set()  # logins that may not write
        self.deploy_at_once = True  # a dispatched run succeeds by itself
        self.routes = self.all_routes()
        super().__init__(origin, seed, weather)
        self.add_user("hotfixd[bot]", 9100, "hotfixd", bot=True)
        self.add_user("github-actions[bot]", 9101, "github-actions", bot=True)

    # ---- who asks

    def sign(self, event, guid, body):
        digest = hmac.new(self.key.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "User-Agent": "GitHub-Hookshot/e2e", "X-GitHub-Event": event,
                "X-GitHub-Delivery": guid, "X-GitHub-Hook-ID": "77", "X-Hub-Signature-256": "sha256=" + digest}

    def authorised(self, headers, path):
        if not headers.get("User-Agent"):
            raise Refused(403, "Request forbidden by administrative rules. Please make sure your request has a "
                               "User-Agent header")
        kind, _, token = headers.get("Authorization", "").partition(" ")
        if kind.lower() not in ("bearer", "token") or not token:
            raise Refused(401, "Requires authentication")
        app_only = path.startswith("/app/") or path.endswith("/installation")
        if app_only:
            if not self.is_app(token):
                raise Refused(401, "A JSON web token could not be decoded")
        elif token not in self.personal and self.tokens.get(token, datetime.min.replace(tzinfo=timezone.utc)) < now():
            raise Refused(401, "Bad credentials", documentation_url="https://docs.github.com/rest")
        if self.secondary_until > time.monotonic():
            self.refused += 1
            wait = max(1, round(self.secondary_until - time.monotonic()))
            raise Refused(403, "You have exceeded a secondary rate limit. Please wait a few minutes before "
                               "you try again.",
                          {"Retry-After": str(wait)})

    def is_app(self, jwt):
        """RS256 (RFC 8017, 8.2.2), and GitHub's rules for iat, exp and iss."""
        def decoded(text):
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        try:
            head, claims, signature = jwt.split(".")
            number = pow(int.from_bytes(decoded(signature), "big"), 65537, self.modulus)
            digest = hashlib.sha256(f"{head}.{claims}".encode()).digest()
            prefix = bytes.fromhex("3031300d060960864801650304020105000420")
            size = (self.modulus.bit_length() + 7) // 8
            padded = b"\0\1" + b"\xff" * (size - 3 - len(prefix) - 32) + b"\0" + prefix + digest
            told = json.loads(decoded(claims))
        except (ValueError, TypeError):
            return False
        at = time.time()
        return (number.to_bytes(size, "big") == padded and told["iss"] == APP_ID and told["iat"] <= at + 1
                and at < told["exp"] <= told["iat"] + 660 and told["exp"] <= at + 600)

    def allow(self, headers, needs):
        """A missing permission is 403 for an app, and the header says which one."""
        for need in needs:
            area, level = need.split(":")
            granted = self.permissions.get(area, "")
            if not granted or (level == "write" and granted != "write"):
                raise Refused(403, "Resource not accessible by integration",
                              {"X-Accepted-GitHub-Permissions": f"{area}={level}"})

    def moved(self, method, target):
        if not self.moved_to or not target.startswith(f"/repos/{self.full_name}"):
            return None
        rest = target[len(f"/repos/{self.full_name}"):]
        return Answer(301 if method == "GET" else 307,
                      {"message": "Moved Permanently", "url": f"{self.url}{self.api}/repositories/71402231{rest}"},
                      {"Location": f"{self.url}{self.api}/repositories/71402231{rest}"})

    def all_routes(self):
        repo = r"(?:/repos/[^/]+/[^/]+|/repositories/71402231)"
        return [
            ("GET", r"/app/hook/deliveries", self.list_deliveries),
            ("POST", r"/app/hook/deliveries/(\d+)/attempts", self.redeliver),
            ("POST", r"/app/installations/(\d+)/access_tokens", self.make_token),
            ("GET", repo + r"/installation", self.installation),
            ("GET", r"/apps/([^/]+)", self.one_app),
            ("GET", repo, self.one_repository, "metadata:read"),
            ("GET", repo + r"/collaborators/([^/]+)/permission", self.permission, "metadata:read"),
            ("GET", repo + r"/actions/workflows/([^/]+)", self.one_workflow, "actions:read"),
            ("GET", repo + r"/pulls", self.list_pulls, "pull_requests:read"),
            ("POST", repo + r"/pulls", self.make_pull, "pull_requests:write"),
            ("GET", repo + r"/pulls/(\d+)", self.one_pull, "pull_requests:read"),
            ("PUT", repo + r"/pulls/(\d+)/merge", self.merge_pull, "contents:write", "pull_requests:write"),
            ("GET", repo + r"/pulls/(\d+)/reviews", self.list_reviews, "pull_requests:read"),
            ("GET", repo + r"/rules/branches/([^/]+)", self.rules, "metadata:read"),
            ("GET", repo + r"/branches/([^/]+)", self.one_branch, "contents:read"),
            ("GET", repo + r"/compare/([^/]+?)\.\.\.([^/]+)", self.compare, "contents:read"),
            ("GET", repo + r"/commits/([^/]+)/check-runs", self.list_check_runs, "checks:read"),
            ("GET", repo + r"/commits/([^/]+)/check-suites", self.list_check_suites, "checks:read"),
            ("GET", repo + r"/commits/([^/]+)/status", self.combined_status, "statuses:read"),
            ("GET", repo + r"/commits/([^/]+)", self.one_commit, "contents:read"),
            ("POST", repo + r"/statuses/([^/]+)", self.make_status, "statuses:write"),
            ("GET", repo + r"/actions/runs", self.list_runs, "actions:read"),
            ("GET", repo + r"/actions/runs/(\d+)", self.one_run, "actions:read"),
            ("GET", repo + r"/actions/runs/(\d+)/jobs", self.list_jobs, "actions:read"),
            ("GET", repo + r"/actions/jobs/(\d+)", self.one_job, "actions:read"),
            ("GET", repo + r"/actions/workflows/([^/]+)/runs", self.list_workflow_runs, "actions:read"),
            ("POST", repo + r"/actions/workflows/([^/]+)/dispatches", self.dispatch, "actions:write"),
            ("GET", repo + r"/deployments", self.list_deployments, "deployments:read"),
            ("POST", repo + r"/deployments", self.make_deployment, "deployments:write"),
            ("GET", repo + r"/deployments/(\d+)/statuses", self.list_deployment_statuses, "deployments:read"),
            ("GET", repo + r"/git/ref/([^/]+)", self.one_ref, "contents:read"),
            ("GET", repo + r"/releases/tags/([^/]+)", self.one_release, "contents:read"),
            ("POST", repo + r"/releases", self.make_release, "contents:write"),
            ("GET", repo + r"/issues", self.list_issues, "issues:read"),
            ("POST", repo + r"/issues", self.make_issue, "issues:write"),
        ]

    # ---- what things look like

    def user(self, login):
        known = self.users[login]
        return {"login": login, "id": known.id, "node_id": f"U_{known.id}", "type": "Bot" if known.bot else "User",
                "avatar_url": f"{self.url}/avatars/{known.id}", "html_url": f"{self.url}/{login}", "site_admin": False}

    def repository(self):
        name = self.moved_to or self.full_name
        owner, _, short = name.partition("/")
        return {"id": 71402231, "node_id": "R_1", "name": short, "full_name": name, "private": True, "fork": False,
                "owner": {"login": owner, "id": 4401, "type": "Organization"}, "html_url": f"{self.url}/{name}",
                "url": f"{self.url}{self.api}/repos/{name}", "default_branch": "main", "visibility": "private",
                "created_at": "2020-09-13T12:26:40Z", "pushed_at": iso(now())}

    def place(self, branch, sha):
        owner = (self.moved_to or self.full_name).split("/")[0]
        return {"label": f"{owner}:{branch}", "ref": branch, "sha": sha, "user": {"login": owner, "id": 4401},
                "repo": self.repository()}

    def pull_json(self, pull, whole=False):
        page = f"{self.url}/{self.full_name}/pull/{pull.number}"
        # Before the merge this field is the test merge, which never lands.
        test_merge = hashlib.sha1(f"test merge of {pull.head_sha}".encode()).hexdigest()
        merged = pull.state == "merged"
        found = {"url": f"{self.url}{self.api}/repos/{self.full_name}/pulls/{pull.number}", "id": pull.id,
                 "node_id": f"PR_{pull.id}", "html_url": page, "diff_url": page + ".diff", "number": pull.number,
                 "state": "open" if pull.state == "open" else "closed", "locked": False, "title": pull.title,
                 "user": self.user(pull.author), "body": pull.body, "created_at": iso(pull.created),
                 "updated_at": iso(pull.updated), "closed_at": iso(pull.ended), "merged_at":
                 iso(pull.ended) if merged else None, "merge_commit_sha": pull.landed or test_merge, "assignee": None,
                 "assignees": [],
                 "requested_reviewers": [], "requested_teams": [], "labels": [], "milestone": None, "draft": pull.draft,
                 "head": self.place(pull.head, pull.head_sha), "base": self.place(pull.base,
                                                                                  self.origin.branch(pull.base)),
                 "author_association": "CONTRIBUTOR", "auto_merge": None, "active_lock_reason": None}
        if whole:
            found |= {"merged": merged, "mergeable": None, "rebaseable": None, "mergeable_state": "unknown",
                      "merged_by": self.user(pull.ended_by) if merged else None, "comments": 0, "review_comments": 0,
                      "maintainer_can_modify": False, "commits": 1, "additions": 1, "deletions": 1, "changed_files": 1}
        return found

    def review_json(self, pull, review):
        return {"id": review["id"], "node_id": f"PRR_{review['id']}", "user": self.user(review["login"]), "body": "",
                "state": review["state"], "commit_id": review["sha"], "submitted_at": iso(review["at"]),
                "author_association": "MEMBER", "html_url": f"{self.url}/{self.full_name}/pull/{pull.number}"
                f"#pullrequestreview-{review['id']}",
                "pull_request_url": f"{self.url}{self.api}/repos/{self.full_name}/pulls/{pull.number}"}

    def suite_json(self, suite):
        return {"id": suite["id"], "node_id": f"CS_{suite['id']}", "head_branch": suite["branch"],
                "head_sha": suite["sha"], "status": suite["status"], "conclusion": suite["conclusion"], "before": ZERO,
                "after": suite["sha"], "pull_requests": [], "app": {"id": 15368, "slug": "github-actions",
                                                                    "name": "GitHub Actions"},
                "created_at": iso(suite["at"]), "updated_at": iso(suite["changed"]), "latest_check_runs_count": 1,
                "url": f"{self.url}{self.api}/repos/{self.full_name}/check-suites/{suite['id']}"}

    def job_page(self, job):
        return f"{self.url}/{self.full_name}/actions/runs/{job['run']}/job/{job['id']}"

    def check_run_json(self, job):
        return {"id": job["id"], "node_id": f"CR_{job['id']}", "name": job["name"], "head_sha": job["sha"],
                "external_id": "", "status": job["status"], "conclusion": job["conclusion"],
                "started_at": iso(job["at"]), "completed_at": iso(job["ended"]), "html_url": self.job_page(job),
                "details_url": self.job_page(job), "output": {"title": None, "summary": None, "text": None,
                                                              "annotations_count": 0, "annotations_url": ""},
                "check_suite": {"id": job["suite"]}, "pull_requests": [],
                "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}}

    def job_json(self, job):
        def step(number, name, conclusion):
            return {"name": name, "status": job["status"], "conclusion": conclusion, "number": number,
                    "started_at": iso(job["at"]), "completed_at": iso(job["ended"])}
        done = job["conclusion"] is not None
        steps = [step(1, "Set up job", "success" if done else None)]
        steps.append(step(2, job["step"] or "Run tests", job["conclusion"]))
        return {"id": job["id"], "run_id": job["run"], "run_attempt": 1, "head_sha": job["sha"], "name": job["name"],
                "status": job["status"], "conclusion": job["conclusion"], "started_at": iso(job["at"]),
                "completed_at": iso(job["ended"]), "html_url": self.job_page(job), "steps": steps,
                "workflow_name": "CI", "labels": ["ubuntu-latest"]}

    def run_json(self, run):
        return {"id": run["id"], "name": run["name"], "node_id": f"WR_{run['id']}", "head_branch": run["branch"],
                "head_sha": run["sha"], "path": run["path"], "display_title": run["title"], "run_number": 1,
                "event": run["event"], "status": run["status"], "conclusion": run["conclusion"], "workflow_id": 33,
                "check_suite_id": run["suite"], "html_url": f"{self.url}/{self.full_name}/actions/runs/{run['id']}",
                "url": f"{self.url}{self.api}/repos/{self.full_name}/actions/runs/{run['id']}", "pull_requests": [],
                "created_at": iso(run["at"]), "updated_at": iso(run["changed"]), "run_started_at": iso(run["at"]),
                "run_attempt": 1, "repository": self.repository(), "head_repository": self.repository()}

    def deployment_json(self, one):
        return {"id": one["id"], "node_id": f"DE_{one['id']}", "sha": one["sha"], "ref": one["ref"],
                "task": one["task"], "payload": one["payload"], "original_environment": one["environment"],
                "environment": one["environment"],
                "description": one["description"], "creator": self.user(one["by"]), "created_at": iso(one["at"]),
                "updated_at": iso(one["at"]), "production_environment": True, "transient_environment": False}

    def deployment_status_json(self, one, status):
        page = f"{self.url}/{self.full_name}/deployments/{one['id']}"
        return {"id": status["id"], "node_id": f"DS_{status['id']}", "state": status["state"], "creator":
                self.user("github-actions[bot]"), "description": status["description"],
                "environment": one["environment"],
                "target_url": page, "log_url": page, "environment_url": "", "created_at": iso(status["at"]),
                "updated_at": iso(status["at"])}

    def release_json(self, one):
        return {"id": one["id"], "node_id": f"RE_{one['id']}", "tag_name": one["tag"],
                "target_commitish": one["target"],
                "name": one["name"], "body": one["body"], "draft": False, "prerelease": False, "assets": [],
                "html_url": f"{self.url}/{self.full_name}/releases/tag/{one['tag']}", "author":
                self.user("hotfixd[bot]"), "created_at": iso(one["at"]), "published_at": iso(one["at"])}

    def issue_json(self, one):
        more = {"pull_request": {"url": f"{self.url}{self.api}/repos/{self.full_name}/pulls/{one['number']}"}}
        return {**(more if "pull" in one else {}),
                "id": 5000 + one["number"], "number": one["number"], "title": one["title"], "body": one["body"],
                "state":
                "open", "locked": False, "user": self.user("hotfixd[bot]"), "labels": [], "assignee": None,
                "html_url": f"{self.url}/{self.full_name}/issues/{one['number']}", "comments": 0,
                "created_at": iso(one["at"]), "updated_at": iso(one["at"]), "closed_at": None}

    def commit_json(self, sha):
        one = self.origin.commit(sha)
        by_email = {u.email: u.login for u in self.users.values()}

        def account(email):
            return self.user(by_email[email]) if email in by_email else None

        def stamp(who):
            return {"name": one[who], "email": one[who + "_email"], "date": one[who + "_at"]}
        return {"sha": sha, "node_id": f"C_{sha}", "commit": {"author": stamp("author"),
                                                              "committer": stamp("committer"),
                                                              "message": one["message"], "comment_count": 0},
                "author": account(one["author_email"]), "committer": account(one["committer_email"]),
                "html_url": f"{self.url}/{self.full_name}/commit/{sha}",
                "parents": [{"sha": parent} for parent in one["parents"]]}

    def sha_of(self, ref):
        """A commit, as "commits/{ref}" names it: a sha, a branch, or "tags/NAME" and "heads/NAME"."""
        for name in (f"refs/{ref}", f"refs/heads/{ref}", f"refs/tags/{ref}", ref):
            if sha := self.origin.sha(name):
                return sha
        raise Refused(422, f"No commit found for SHA: {ref}")

    # ---- the API

    def installation(self, query, body):
        return {"id": 7, "account": {"login": "acme", "id": 4401}, "app_id": 5, "target_type": "Organization",
                "html_url": f"{self.url}/organizations/acme/settings/installations/7", "permissions": self.permissions,
                "events": ["push"], "suspended_at": None, "repository_selection": "selected"}

    def make_token(self, _, query, body):
        token = f"ghs_{self.number('token')}_{hashlib.sha1(str(self.seed).encode()).hexdigest()}"
        until = now() + timedelta(hours=1)
        self.tokens[token] = until
        return Answer(201, {"token": token, "expires_at": iso(until), "permissions": self.permissions,
                            "repository_selection": "selected"})

    def one_app(self, slug, query, body):
        numbers = {"github-actions": 15368, "hotfixd": 5}
        if slug not in numbers:
            raise Refused(404, "Not Found")
        return {"id": numbers[slug], "slug": slug, "name": slug, "node_id": f"A_{slug}", "description": "",
                "external_url": "", "html_url": f"{self.url}/apps/{slug}", "events": [], "permissions": {}}

    def one_repository(self, query, body):
        return self.repository()

    def permission(self, login, query, body):
        user = self.users.get(login)
        if user is None or user.bot:
            raise Refused(404, f"{login} is not a user")
        role = "read" if login in self.readers else "write"
        return {"permission": role, "role_name": role, "user": self.user(login)}

    def one_workflow(self, file, query, body):
        names = {"ci.yml": "CI", "deploy.yml": "Deploy"}
        if file not in names:
            raise Refused(404, "Not Found")
        return {"id": 33, "node_id": "W_33", "name": names[file], "path": ".github/workflows/" + file,
                "state": "active", "created_at": "2020-09-13T12:26:40Z", "updated_at": "2020-09-13T12:26:40Z"}

    def list_deliveries(self, query, body):
        return [{"id": one.id, "guid": one.guid, "delivered_at": iso(one.at, True), "redelivery": one.redelivery,
                 "duration": 0.03, "status": "OK" if one.status == 202 else "failed", "status_code": one.status,
                 "event": one.event, "action": json.loads(one.body).get("action"), "installation_id": 7,
                 "repository_id": 71402231, "throttled_at": None} for one in reversed(self.hooks.deliveries)]

    def redeliver(self, number, query, body):
        if not self.hooks.again(int(number)):
            raise Refused(404, "Not Found")
        return Answer(202, {})

    def list_pulls(self, query, body):
        head, base, state = query.get("head", ""), query.get("base"), query.get("state", "open")
        owner, _, branch = head.partition(":")
        if head and owner != (self.moved_to or self.full_name).split("/")[0]:
            return []
        found = [p for p in self.pulls_of(branch or None, base)
                 if state == "all" or (p.state == "open") == (state == "open")]
        return [self.pull_json(p) for p in reversed(found)]

    def one_pull(self, number, query, body):
        return self.pull_json(self.pull(int(number)), whole=True)

    def make_pull(self, query, body):
        head, base = body["head"], body["base"]
        known, into = self.origin.branch(head), self.origin.branch(base)

        def invalid(**error):
            return Refused(422, "Validation Failed", errors=[{"resource": "PullRequest", **error}],
                           documentation_url="https://docs.github.com/rest/pulls/pulls#create-a-pull-request")
        if not known or not into:
            raise invalid(field="head" if not known else "base", code="invalid")
        if self.origin.contains(base, known):
            raise invalid(code="custom", message=f"No commits between {base} and {head}")
        pull = self.open_pull("hotfixd[bot]", head, base, body["title"], body["body"], body.get("draft", False))
        if pull is None:
            raise invalid(code="custom", message=f"A pull request already exists for acme:{head}.")
        return Answer(201, self.pull_json(pull, whole=True))

    def merge_pull(self, number, query, body):
        pull = self.pull(int(number))
        if body.get("sha", pull.head_sha) != pull.head_sha:
            raise Refused(409, "Head branch was modified. Review and try the merge again.")
        landed = self.land("hotfixd[bot]", pull.number, body.get("merge_method", "merge") == "squash")
        if not landed:
            raise Refused(405, "Pull Request is not mergeable")
        return {"sha": landed, "merged": True, "message": "Pull Request successfully merged"}

    def list_reviews(self, number, query, body):
        pull = self.pull(int(number))
        return [self.review_json(pull, r) for r in pull.reviews]

    def rules(self, branch, query, body):
        if branch != "main" or not self.required:
            return []
        return [{"type": "deletion", "ruleset_source_type": "Repository", "ruleset_source": self.full_name,
                 "ruleset_id": 1},
                {"type": "required_status_checks", "ruleset_source_type": "Repository",
                 "ruleset_source": self.full_name, "ruleset_id": 1, "parameters": {
                     "required_status_checks": [{"context": name, "integration_id": 15368} for name in self.required],
                     "strict_required_status_checks_policy": False}}]

    def one_branch(self, branch, query, body):
        sha = self.origin.branch(branch)
        if not sha:
            raise Refused(404, "Branch not found")
        return {"name": branch, "commit": self.commit_json(sha), "protected": branch == "main", "protection": {
            "enabled": False, "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []}},
            "protection_url": f"{self.url}{self.api}/repos/{self.full_name}/branches/{branch}/protection"}

    def compare(self, base, head, query, body):
        if not self.origin.sha(base) or not self.origin.sha(head):
            raise Refused(404, "Not Found")
        commits = [self.commit_json(c["sha"]) for c in self.origin.log(base, head)]
        return {"status": "ahead", "ahead_by": len(commits), "behind_by": 0, "total_commits": len(commits),
                "commits": commits, "files": []}

    def list_check_runs(self, ref, query, body):
        sha = self.sha_of(ref)
        found = [self.check_run_json(j) for j in self.jobs if j["sha"] == sha]
        return {"total_count": len(found), "check_runs": found}

    def list_check_suites(self, ref, query, body):
        sha = self.sha_of(ref)
        found = [self.suite_json(s) for s in self.suites if s["sha"] == sha]
        return {"total_count": len(found), "check_suites": found}

    def combined_status(self, ref, query, body):
        sha = self.sha_of(ref)
        newest = {}
        for one in self.status_list:
            if one["sha"] == sha:
                newest[one["context"]] = one
        states = {one["state"] for one in newest.values()}
        state = "failure" if states & {"failure", "error"} else "success" if states == {"success"} else "pending"
        return {"state": state, "sha": sha, "total_count": len(newest), "repository": self.repository(), "statuses": [
            {k: v for k, v in one.items() if k != "sha"} for one in newest.values()]}

    def one_commit(self, ref, query, body):
        return self.commit_json(self.sha_of(ref))

    def make_status(self, sha, query, body):
        if not re.fullmatch("[0-9a-f]{40}", sha) or not self.origin.sha(sha):
            raise Refused(422, f"No commit found for SHA: {sha}")
        at = iso(now())
        one = {"id": self.number("status", 28_800_000), "node_id": "SC_1", "sha": sha, "state": body["state"],
               "context": body.get("context", "default"), "description": body.get("description"),
               "target_url": body.get("target_url"), "created_at": at, "updated_at": at}
        self.status_list.append(one)
        branches = [{"name": name[11:], "commit": {"sha": head}} for name, head in self.origin.refs().items()
                    if name.startswith("refs/heads/") and self.origin.contains(head, sha)]
        self.emit("status", {**one, "name": self.full_name, "commit": self.commit_json(sha), "branches": branches},
                  "hotfixd[bot]")
        return Answer(201, {k: v for k, v in one.items() if k != "sha"} | {"creator": self.user("hotfixd[bot]")})

    def list_runs(self, query, body):
        found = [self.run_json(r) for r in reversed(self.runs) if query.get("head_sha") in (None, r["sha"])]
        return {"total_count": len(found), "workflow_runs": found}

    def one_run(self, number, query, body):
        return self.run_json(self.run(int(number)))

    def run(self, number):
        for run in self.runs:
            if run["id"] == number:
                return run
        raise Refused(404, "Not Found")

    def list_jobs(self, number, query, body):
        found = [self.job_json(j) for j in self.jobs if j["run"] == int(number)]
        return {"total_count": len(found), "jobs": found}

    def one_job(self, number, query, body):
        for job in self.jobs:
            if job["id"] == int(number):
                return self.job_json(job)
        raise Refused(404, "Not Found")

    def list_workflow_runs(self, file, query, body):
        found = [self.run_json(r) for r in reversed(self.runs) if r["path"] == ".github/workflows/" + file
                 and query.get("event") in (None, r["event"]) and query.get("branch") in (None, r["branch"])
                 and query.get("head_sha") in (None, r["sha"])]
        return {"total_count": len(found), "workflow_runs": found}

    def dispatch(self, file, query, body):
        sha = self.origin.tag(body["ref"]) or self.origin.branch(body["ref"])
        if file != "deploy.yml":
            raise Refused(404, "Not Found")
        if not sha:
            raise Refused(422, f"No ref found for: {body['ref']}")
        unexpected = set(body.get("inputs", {})) - {"version", "environment", "key"}
        if unexpected:
            raise Refused(422, f"Unexpected inputs provided: {sorted(unexpected)}")
        inputs = body["inputs"]
        title = f"Deploy {inputs.get('version')} {inputs.get('key', '')}".strip()
        run = self.make_run("Deploy", file, body["ref"], sha, "workflow_dispatch", title)
        run["environment"] = inputs.get("environment", "production")
        self.make_job(run, "deploy")
        if self.deploy_at_once:
            self.end_run(run, "success")
        if not body.get("return_run_details"):
            return Answer(204)
        return {"workflow_run_id": run["id"], "run_url": self.run_json(run)["url"], "html_url":
                self.run_json(run)["html_url"]}

    def list_deployments(self, query, body):
        return [self.deployment_json(d) for d in reversed(self.deployments) if query.get("ref") in (None, d["ref"])
                and query.get("environment") in (None, d["environment"])]

    def make_deployment(self, query, body):
        if body.get("auto_merge", True) or body.get("required_contexts") != []:
            raise RuntimeError("a deployment that GitHub may merge into, or refuse by contexts")
        sha = self.origin.tag(body["ref"]) or self.origin.branch(body["ref"])
        if not sha:
            raise Refused(422, f"No ref found for: {body['ref']}")
        one = self.new_deployment(body["ref"], sha, body["environment"], body.get("payload", {}), "hotfixd[bot]")
        if self.deploy_at_once:
            self.deployment_status(one, "success")
        return Answer(201, self.deployment_json(one))

    def list_deployment_statuses(self, number, query, body):
        for one in self.deployments:
            if one["id"] == int(number):
                return [self.deployment_status_json(one, s) for s in reversed(one["statuses"])]
        raise Refused(404, "Not Found")

    def one_ref(self, ref, query, body):
        sha = self.origin.git("rev-parse", "--verify", "--quiet", "refs/" + ref, check=False)
        if not sha:
            raise Refused(404, "Not Found")
        return {"ref": "refs/" + ref, "node_id": "REF_1",
                "url": f"{self.url}{self.api}/repos/{self.full_name}/git/{ref}",
                "object": {"sha": sha, "type": self.origin.git("cat-file", "-t", sha), "url": ""}}

    def one_release(self, tag, query, body):
        for one in self.releases:
            if one["tag"] == tag:
                return self.release_json(one)
        raise Refused(404, "Not Found")

    def make_release(self, query, body):
        if any(r["tag"] == body["tag_name"] for r in self.releases):
            raise Refused(422, "Validation Failed", errors=[{"resource": "Release", "code": "already_exists",
                                                             "field": "tag_name"}])
        if not self.origin.tag(body["tag_name"]):
            raise RuntimeError("a release that makes its tag itself, on whatever the default branch is")
        one = {"id": self.number("release", 6001), "tag": body["tag_name"], "name": body["name"], "body": body["body"],
               "target": body.get("target_commitish", "main"), "at": now()}
        self.releases.append(one)
        self.emit("release", {"action": "published", "release": self.release_json(one)}, "hotfixd[bot]")
        return Answer(201, self.release_json(one))

    def list_issues(self, query, body):
        """Pull requests are issues too, and are among them."""
        pulls = [{"number": p.number, "title": p.title, "body": p.body, "at": p.created,
                  "pull": True} for p in self.pulls]
        since = query.get("since", "")
        found = [i for i in self.issues + pulls if not since or self.is_after(i["at"], since)]
        return [self.issue_json(i) for i in sorted(found, key=lambda i: i["number"], reverse=True)]

    def make_issue(self, query, body):
        one = {"number": self.number("pull", 41), "title": body["title"], "body": body.get("body"), "at": now()}
        self.issues.append(one)
        self.emit("issues", {"action": "opened", "issue": self.issue_json(one)}, "hotfixd[bot]")
        return Answer(201, self.issue_json(one))

    # ---- what happens, and its webhooks

    def emit(self, event, body, sender):
        self.hooks.emit(event, {**body, "repository": self.repository(), "sender": self.user(sender), "installation":
                                {"id": 7}})

    def ref_changed(self, by, ref, old, new):
        created, deleted = old == ZERO, new == ZERO
        kind, _, name = ref[5:].partition("/")
        body = {"ref": ref, "before": old, "after": new, "base_ref": None, "created": created, "deleted": deleted,
                "forced": not created and not deleted and not self.origin.contains(new, old), "compare": "", "commits": [], "head_commit": None,
                "pusher": {"name": by.login, "email": by.email}}
        self.hooks.emit("push", {**body, "repository": {**self.repository(), "pushed_at": int(time.time()),
                                                        "created_at":
                                                        1600000000, "master_branch": "main"},
                                 "sender": self.user(by.login), "installation": {"id": 7}})
        if created:
            self.emit("create", {"ref": name, "ref_type": "tag" if kind == "tags" else "branch",
                                 "master_branch": "main", "description": None, "pusher_type": "user"}, by.login)
        if kind == "heads" and name.startswith("hotfix/") and not deleted:
            self.begin_ci(name, new)

    def pull_event(self, pull, action, by, **more):
        self.emit("pull_request", {"action": action, "number": pull.number, "pull_request":
                                   self.pull_json(pull, whole=True), **more}, by.login)

    def pull_opened(self, pull, by):
        self.pull_event(pull, "opened", by)

    def pull_pushed(self, pull, old, by):
        self.pull_event(pull, "synchronize", by, before=old, after=pull.head_sha)

    def pull_ended(self, pull, by):
        self.pull_event(pull, "closed", by)

    def review(self, login, number, state):
        """APPROVED or CHANGES_REQUESTED, of the head as it is."""
        with self.lock:
            pull = self.pull(number)
            one = {"id": self.number("review", 550_000), "login": login, "state": state, "sha": pull.head_sha,
                   "at": now()}
            pull.reviews.append(one)
            pull.updated = now()
            # Lower case in webhooks, upper case in the API.
            self.emit("pull_request_review", {"action": "submitted", "review":
                                              {**self.review_json(pull, one), "state": state.lower()},
                                              "pull_request": self.pull_json(pull)}, login)

    def approve(self, login, number):
        self.review(login, number, "APPROVED")

    def make_run(self, name, file, branch, sha, event, title):
        at = now()
        suite = {"id": self.number("suite", 30_550_000), "sha": sha, "branch": branch, "status": "queued",
                 "conclusion": None, "at": at, "changed": at}
        run = {"id": self.number("run", 99_000), "name": name, "path": ".github/workflows/" + file, "branch": branch,
               "sha": sha, "event": event, "title": title, "status": "queued", "conclusion": None, "suite": suite["id"],
               "at": at, "changed": at, "environment": ""}
        self.suites.append(suite)
        self.runs.append(run)
        self.emit_run(run, "requested")
        return run

    def make_job(self, run, name):
        job = {"id": self.number("job", 360_011_000), "name": name, "sha": run["sha"], "run": run["id"],
               "suite": run["suite"], "status": "in_progress", "conclusion": None, "step": "", "at": now(),
               "ended": None}
        self.jobs.append(job)
        run["status"] = "in_progress"
        self.emit_job(job, "created")
        return job

    def emit_run(self, run, action):
        self.emit("workflow_run", {"action": action, "workflow_run": self.run_json(run), "workflow": {
            "id": 33, "name": run["name"], "path": run["path"], "state": "active"}}, "github-actions[bot]")

    def emit_job(self, job, action):
        body = self.check_run_json(job)
        suite = next(s for s in self.suites if s["id"] == job["suite"])
        self.emit("check_run", {"action": action, "check_run": {**body, "check_suite": self.suite_json(suite)}},
                  "github-actions[bot]")

    def begin_ci(self, branch, sha):
        run = self.make_run("CI", "ci.yml", branch, sha, "push", "push to " + branch)
        self.make_job(run, "test")

    def end_run(self, run, conclusion, step=""):
        at = now()
        for job in self.jobs:
            if job["run"] == run["id"]:
                job |= {"status": "completed", "conclusion": conclusion, "step": step, "ended": at}
                self.emit_job(job, "completed")
        run |= {"status": "completed", "conclusion": conclusion, "changed": at}
        suite = next(s for s in self.suites if s["id"] == run["suite"])
        suite |= {"status": "completed", "conclusion": conclusion, "changed": at}
        self.emit("check_suite", {"action": "completed", "check_suite": self.suite_json(suite)}, "github-actions[bot]")
        self.emit_run(run, "completed")
        if run["environment"] and conclusion == "success":  # a job with `environment:` makes a deployment
            one = self.new_deployment(run["branch"], run["sha"], run["environment"], "", "github-actions[bot]")
            self.deployment_status(one, "success")

    def end_ci(self, sha, conclusion, step=""):
        """The run of this commit ends; `step` is the one that failed."""
        with self.lock:
            for run in self.runs:
                if run["sha"] == sha and run["event"] == "push" and run["status"] != "completed":
                    self.end_run(run, conclusion, step)
                    return
        raise RuntimeError(f"no run of {sha} is under way")

    def ci_red(self, sha, step):
        self.end_ci(sha, "failure", step)

    def ci_green(self, sha):
        self.end_ci(sha, "success")

    def new_deployment(self, ref, sha, environment, payload, by):
        one = {"id": self.number("deployment", 7001), "ref": ref, "sha": sha, "task": "deploy",
               "environment": environment, "payload": payload, "description": "", "by": by, "at": now(), "statuses": []}
        self.deployments.append(one)
        self.emit("deployment", {"action": "created", "deployment": self.deployment_json(one)}, by)
        return one

    def deployment_status(self, one, state):
        status = {"id": self.number("deployment status", 8001), "state": state, "description": "", "at": now()}
        one["statuses"].append(status)
        self.emit("deployment_status", {"action": "created", "deployment": self.deployment_json(one),
                                        "deployment_status":
                                        self.deployment_status_json(one, status)}, "github-actions[bot]")

    def statuses(self, sha):
        """The bot's and others', the oldest first."""
        return [(s["context"], s["state"]) for s in self.status_list if s["sha"] == sha]

    def deploys(self):
        """Of the fix, whoever made them."""
        return [d for d in self.deployments if d["ref"] == "v2.4.8"]

    def limit(self, seconds):
        """Everybody is told to wait."""
        with self.lock:
            self.secondary_until = time.monotonic() + seconds

    def rename(self, full_name):
        with self.lock:
            self.moved_to = full_name


def make_app_key(path):
    """The app's private key; its modulus."""
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", path, "2048"], check=True, capture_output=True)
    text = subprocess.run(["openssl", "rsa", "-in", path, "-noout", "-modulus"], check=True, capture_output=True,
                          text=True).stdout
    return int(text.strip().partition("=")[2], 16)
