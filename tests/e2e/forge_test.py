"""The forge itself: it refuses what the real ones refuse, and lets nothing go unnoticed."""

import http.client
import http.server
import json
import os
import subprocess
import tempfile
import threading
import unittest

import github
import gitlab
from bot import until


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "origin.git")
        work = os.path.join(self.folder.name, "work")
        for words in (["init", "-q", "--bare", "-b", "main", self.path], ["init", "-q", "-b", "main", work]):
            subprocess.run(["git", *words], check=True)
        who = ["-c", "user.name=Bob Berg", "-c", "user.email=bob@shop.example"]
        for branch in ("main", "hotfix/x"):
            subprocess.run(["git", "-C", work, "checkout", "-q", "-B", branch], check=True)
            subprocess.run(["git", "-C", work, *who, "commit", "-q", "--allow-empty", "-m", branch], check=True)
            subprocess.run(["git", "-C", work, "push", "-q", self.path, branch], check=True)
        self.forge = self.make()

    def tearDown(self):
        self.forge.server.shutdown()
        self.forge.server.server_close()
        self.folder.cleanup()

    def ask(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.forge.port, timeout=10)
        headers = {**self.right, **{name.replace("_", "-"): value for name, value in headers.items()}}
        headers = {name: value for name, value in headers.items() if value}
        connection.request(method, self.forge.api + path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None, answer.headers


class OnGitHub(Case):
    right = {"Authorization": "Bearer ghp_good", "User-Agent": "test"}

    def make(self):
        made = github.GitHub(self.path, "secret", 0)
        made.personal.add("ghp_good")
        return made

    def test_who_asks_matters(self):
        pulls = "/repos/acme/shop/pulls"
        self.assertEqual(self.ask("GET", pulls)[0], 200)
        self.assertEqual(self.ask("GET", pulls, Authorization="Bearer ghp_bad")[0], 401)
        self.assertEqual(self.ask("GET", pulls, Authorization=None)[0], 401)
        self.assertEqual(self.ask("GET", pulls, User_Agent=None)[0], 403)
        self.assertEqual(self.ask("GET", "/app/hook/deliveries")[0], 401)
        self.forge.permissions["pull_requests"] = "read"
        status, body, headers = self.ask("POST", pulls, {})
        self.assertEqual((status, body["message"]), (403, "Resource not accessible by integration"))
        self.assertEqual(headers["X-Accepted-GitHub-Permissions"], "pull_requests=write")

    def test_what_it_does_not_know_is_noticed(self):
        self.assertEqual(self.ask("GET", "/repos/acme/shop/topics")[0], 404)
        self.assertEqual(self.forge.unknown, ["GET /repos/acme/shop/topics"])

    def test_lists_come_in_pages_and_are_not_sent_twice(self):
        sha = self.forge.origin.branch("main")
        for n in range(5):
            self.ask("POST", f"/repos/acme/shop/statuses/{sha}", {"state": "success", "context": f"c{n}"})
        status, body, headers = self.ask("GET", f"/repos/acme/shop/commits/{sha}/status?per_page=2&page=2")
        self.assertEqual((status, [s["context"] for s in body["statuses"]]), (200, ["c2", "c3"]))
        self.assertIn('per_page=2&page=3>; rel="next"', headers["Link"])
        again = self.ask("GET", f"/repos/acme/shop/commits/{sha}/status?per_page=2&page=2",
                         If_None_Match=headers["ETag"])
        self.assertEqual(again[:2], (304, None))

    def test_one_pull_request_of_a_branch(self):
        wanted = {"title": "t", "head": "hotfix/x", "base": "main", "body": ""}
        self.assertEqual(self.ask("POST", "/repos/acme/shop/pulls", wanted)[0], 201)
        status, body, _ = self.ask("POST", "/repos/acme/shop/pulls", wanted)
        self.assertEqual((status, body["errors"][0]["message"]), (422,
                                                                  "A pull request already exists for acme:hotfix/x."))
        self.forge.merge("carol", 41, squash=False)
        status, body, _ = self.ask("POST", "/repos/acme/shop/pulls", wanted)
        self.assertEqual((status, body["errors"][0]["message"]), (422, "No commits between main and hotfix/x"))

    def test_it_asks_to_wait(self):
        self.forge.limit(5)
        status, _, headers = self.ask("GET", "/repos/acme/shop/pulls")
        self.assertEqual((status, headers["Retry-After"]), (403, "5"))

    def test_answers_go_wrong_on_command(self):
        fault = self.forge.fault("POST .*/pulls$", carried_out=True)
        with self.assertRaises(http.client.RemoteDisconnected):
            self.ask("POST", "/repos/acme/shop/pulls", {"title": "t", "head": "hotfix/x", "base": "main", "body": ""})
        self.assertEqual((fault.hits, len(self.forge.pulls)), (1, 1))

    def test_a_webhook_that_did_not_arrive_can_be_asked_for(self):
        came = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                came.append(self.headers["X-GitHub-Delivery"])
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.forge.open_pull("bob", "hotfix/x", "main", "t", "", False)
        until("it is tried", lambda: [d for d in self.forge.hooks.deliveries if d.status == 502])
        lost = self.forge.hooks.deliveries[-1]
        server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.forge.hooks.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/github"
        self.forge.redeliver(str(lost.id), query={}, body=None)
        until("it came", lambda: came)
        self.forge.hooks.settle()
        self.assertEqual(came, [lost.guid])
        self.assertEqual([d.status for d in self.forge.hooks.deliveries if d.guid == lost.guid], [502, 202])
        server.shutdown()
        server.server_close()


class OnGitLab(Case):
    right = {"PRIVATE-TOKEN": "glpat-good"}

    def make(self):
        return gitlab.GitLab(self.path, "glpat-good", secret="s")

    def test_who_asks_matters(self):
        self.assertEqual(self.ask("GET", "/projects/acme%2Fweb%2Fshop")[0], 200)
        self.assertEqual(self.ask("GET", "/projects/15", PRIVATE_TOKEN="glpat-bad")[0], 401)
        self.forge.role = 20
        self.assertEqual(self.ask("POST", "/projects/15/merge_requests", {})[0], 403)

    def test_a_waiting_status_cannot_wait_again(self):
        path = f"/projects/15/statuses/{self.forge.origin.branch('main')}"
        self.assertEqual(self.ask("POST", path, {"state": "pending", "name": "n"})[0], 201)
        self.assertEqual(self.ask("POST", path, {"state": "pending", "name": "n"})[0], 400)
        self.assertEqual(self.ask("POST", path, {"state": "success", "name": "n"})[0], 201)

    def test_git_wants_a_password(self):
        url = f"http://127.0.0.1:{self.forge.port}/{self.forge.full_name}.git"
        env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        refused = subprocess.run(["git", "ls-remote", url], capture_output=True, env=env, check=False)
        self.assertNotEqual(refused.returncode, 0)
        listed = subprocess.run(["git", "ls-remote", self.forge.clone_url("bob")], capture_output=True, text=True,
                                env=env, check=True)
        self.assertIn("refs/heads/hotfix/x", listed.stdout)


if __name__ == "__main__":
    unittest.main()
