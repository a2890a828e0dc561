"""What the forges of these tests share: one HTTP server in front of a real bare repository (smart HTTP through `git
http-backend`), a log of what was asked, answers gone wrong on command, and webhooks with a weather of their own.

github.py and gitlab.py put their REST APIs on top. State is in memory and changes under one lock."""

import base64
import contextlib
import dataclasses
import hashlib
import heapq
import http.client
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid
from datetime import datetime, timezone

ZERO = "0" * 40


def now():
    return datetime.now(timezone.utc)


def iso(at, milliseconds=False):
    if at is None:
        return None
    text = at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{at.microsecond // 1000:03}Z" if milliseconds else text + "Z"


@dataclasses.dataclass
class User:
    login: str
    id: int
    name: str
    email: str
    secret: str  # for git over HTTP
    bot: bool = False


@dataclasses.dataclass
class Pull:
    """A pull request, or a merge request."""

    number: int
    id: int
    head: str
    base: str
    head_sha: str
    title: str
    body: str
    author: str
    draft: bool
    created: datetime
    updated: datetime
    state: str = "open"  # open, closed, merged
    landed: str = ""  # the commit on base
    squashed: bool = False
    ended: datetime = None
    ended_by: str = ""
    reviews: list = dataclasses.field(default_factory=list)
    versions: list = dataclasses.field(default_factory=list)  # (since, head), for GitLab


@dataclasses.dataclass
class Asked:
    method: str
    target: str  # path and query, as they were sent
    status: int
    body: object
    at: float


@dataclasses.dataclass
class Answer:
    status: int = 200
    body: object = None
    headers: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Fault:
    """What the next `left` requests that match get instead of their answer."""

    pattern: str  # searched for in "POST /repos/acme/shop/pulls"
    left: int = 1
    answer: Answer = None  # None: the connection ends
    carried_out: bool = False  # only the answer is lost
    hits: int = 0


class Refused(Exception):
    def __init__(self, status, message, headers=None, **more):
        super().__init__(message)
        self.answer = Answer(status, {"message": message, **more}, headers or {})


class Origin:
    """The bare repository behind the forge."""

    def __init__(self, path):
        self.path = path

    def git(self, *arguments, env=None, check=True):
        done = subprocess.run(["git", "-C", self.path, *arguments], capture_output=True, text=True,
                              env={**os.environ, **(env or {})}, check=False)
        if check and done.returncode != 0:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def refs(self):
        lines = self.git("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        return {name: sha for sha, name in (line.split(" ", 1) for line in lines)}

    def sha(self, name):
        """Of the commit that the ref or object is about; empty when there is none."""
        return self.git("rev-parse", "--verify", "--quiet", name + "^{commit}", check=False)

    def branch(self, name):
        return self.sha("refs/heads/" + name)

    def tag(self, name):
        return self.sha("refs/tags/" + name)

    def contains(self, base, sha):
        asked = ["git", "-C", self.path, "merge-base", "--is-ancestor", sha, base]
        return subprocess.run(asked, check=False).returncode == 0

    def commit(self, sha):
        text = self.git("show", "-s", "--format=%H%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B", sha)
        keys = ["sha", "parents", "author", "author_email", "author_at", "committer", "committer_email", "committer_at",
                "message"]
        found = dict(zip(keys, text.split("\0")))
        found["parents"] = found["parents"].split()
        return found

    def log(self, base, head):
        return [self.commit(sha) for sha in self.git("rev-list", "--reverse", f"{base}..{head}").split()]

    def land(self, base, head, squash, message, by):
        """The merge of a head into a branch; the new commit, or empty on a conflict."""
        tree = subprocess.run(["git", "-C", self.path, "merge-tree", "--write-tree", base, head], capture_output=True,
                              text=True, check=False)
        if tree.returncode != 0:
            return ""
        who = {"GIT_AUTHOR_NAME": by.name, "GIT_AUTHOR_EMAIL": by.email, "GIT_COMMITTER_NAME": by.name,
               "GIT_COMMITTER_EMAIL": by.email}
        parents = ["-p", base] if squash else ["-p", base, "-p", head]
        return self.git("commit-tree", tree.stdout.split()[0], *parents, "-m", message, env=who)


@dataclasses.dataclass
class Delivery:
    id: int
    guid: str
    event: str
    body: bytes
    at: datetime
    status: int = 0  # 0: on its way
    redelivery: bool = False


class Hooks:
    """Webhooks. `weather`: "fair" sends each at once and in order; "rough" sends each late by up to two seconds and so
    in any order, three in ten twice, and of ten one never and one into the void, of which the list of deliveries
    tells; "silent" sends none. The n-th event's fate depends on the seed alone."""

    def __init__(self, seed, weather, sign):
        self.seed, self.weather, self.sign = seed, weather, sign
        self.url = ""
        self.deliveries = []  # every attempt
        self.kept_back = 0
        self.events = 0
        self._next_id = 80_000
        self._due = []
        self._wake = threading.Condition()
        self._busy = False
        threading.Thread(target=self._run, daemon=True).start()

    def emit(self, event, body):
        with self._wake:
            self.events += 1
            fate = random.Random(f"{self.seed}/{self.events}")
            guid = str(uuid.UUID(int=fate.getrandbits(128), version=4))
            raw = json.dumps(body).encode()
            if self.weather == "silent":
                self.kept_back += 1
                return
            if self.weather == "fair":
                return self._put(event, guid, raw, 0)
            luck = fate.random()
            if luck < 0.1:
                self.kept_back += 1
            elif luck < 0.2:
                self.deliveries.append(self._made(event, guid, raw, status=502))
            else:
                self._put(event, guid, raw, fate.random() * 2)
                if fate.random() < 0.3:
                    self._put(event, guid, raw, fate.random() * 3)

    def again(self, attempt_id):
        """True when there was such an attempt, which is now made again."""
        with self._wake:
            for one in self.deliveries:
                if one.id == attempt_id:
                    self._put(one.event, one.guid, one.body, 0, redelivery=True)
                    return True
            return False

    def settle(self):
        with self._wake:
            self._wake.wait_for(lambda: not self._due and not self._busy, timeout=30)

    def _made(self, event, guid, raw, status=0, redelivery=False):
        self._next_id += 1
        return Delivery(self._next_id, guid, event, raw, now(), status, redelivery)

    def _put(self, event, guid, raw, wait, redelivery=False):
        one = self._made(event, guid, raw, redelivery=redelivery)
        heapq.heappush(self._due, (time.monotonic() + wait, one.id, one))
        self._wake.notify_all()

    def _run(self):
        while True:
            with self._wake:
                self._busy = False
                self._wake.notify_all()
                while not self._due or self._due[0][0] > time.monotonic():
                    self._wake.wait(self._due[0][0] - time.monotonic() if self._due else None)
                one = heapq.heappop(self._due)[2]
                self._busy = True
            one.status = post_hook(self.url, self.sign(one.event, one.guid, one.body), one.body)
            with self._wake:
                self.deliveries.append(one)


def post_hook(url, headers, body):
    """The status of the answer; 502 when there is none, or nobody is there yet."""
    if not url:
        return 502
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    try:
        connection.request("POST", parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 502
    except http.client.HTTPException:
        return 502
    finally:
        connection.close()


class Forge:
    """Subclasses give `routes`, `sign`, `allow` and what becomes of a push; the stories call what is common here."""

    api = ""  # in front of every path of the API
    full_name = "acme/shop"
    pull_refs = "pull"

    def __init__(self, origin, seed, weather):
        self.origin = Origin(origin)
        self.seed = seed
        self.lock = threading.RLock()
        self.pushing = threading.Lock()
        self.asked, self.unknown, self.errors, self.faults = [], [], [], []
        self.breaks = 0.0  # of all requests so many get a 502, and half as many are carried out and not answered
        self.broken = 0
        self.luck = random.Random(seed)
        self.users = {}
        self.pulls, self.releases, self.issues = [], [], []
        self.moved_to = ""  # the new name, once the repository was renamed
        self.carried_out = lambda what: None  # called when something was written, before it is answered
        self._numbers = {}
        for n, name in enumerate(["Alice Ahmed", "Bob Berg", "Carol Chen", "Dave Diaz"]):
            self.add_user(name.split()[0].lower(), 9001 + n, name)
        self.hooks = Hooks(seed, weather, self.sign)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.forge = self
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    # ---- for the stories

    def add_user(self, login, number, name, bot=False):
        email = f"{login}@shop.example"
        self.users[login] = User(login, number, name, email, f"{login}-s3cret", bot)

    def clone_url(self, login):
        return f"http://{login}:{self.users[login].secret}@127.0.0.1:{self.port}/{self.full_name}.git"

    def count(self, pattern, status=None):
        """Requests that were answered, by "POST /pulls$" or the like."""
        with self.lock:
            return len([a for a in self.asked if re.search(pattern, f"{a.method} {a.target}")
                        and (status is None or a.status == status)])

    def fault(self, pattern, **how):
        with self.lock:
            self.faults.append(Fault(pattern, **how))
            return self.faults[-1]

    def pulls_of(self, head=None, base=None):
        with self.lock:
            return [p for p in self.pulls if head in (None, p.head) and base in (None, p.base)]

    def pull(self, number):
        for one in self.pulls:
            if one.number == number:
                return one
        raise Refused(404, "Not Found")

    @staticmethod
    def is_after(at, text):
        return at >= datetime.fromisoformat(text.replace("Z", "+00:00"))

    def number(self, of, first=1):
        self._numbers[of] = self._numbers.get(of, first - 1) + 1
        return self._numbers[of]

    def merge(self, login, number, squash):
        """Somebody presses the button; the commit that the base has since, empty when that cannot be."""
        with self.pushing, self.lock:
            return self.land(login, number, squash)

    def land(self, login, number, squash):
        pull, by = self.pull(number), self.users[login]
        base = self.origin.branch(pull.base)
        title = f"{pull.title} (#{number})" if squash else f"Merge #{number} from {pull.head}"
        landed = self.origin.land(base, pull.head_sha, squash, title, by) if pull.state == "open" else ""
        if not landed:
            return ""
        self.origin.git("update-ref", "refs/heads/" + pull.base, landed, base)
        pull.state, pull.landed, pull.squashed = "merged", landed, squash
        pull.ended = pull.updated = now()
        pull.ended_by = login
        self.pull_ended(pull, by)
        self.ref_changed(by, "refs/heads/" + pull.base, base, landed)
        return landed

    def open_pull(self, author, head, base, title, body, draft):
        """None when there is one already."""
        if any(p.state == "open" for p in self.pulls_of(head, base)):
            return None
        at = now()
        pull = Pull(self.number("pull", 41), self.number("pull id", 1_880_000), head, base, self.origin.branch(head),
                    title, body, author, draft, at, at)
        pull.versions.append((at, pull.head_sha))
        self.pulls.append(pull)
        self.keep_head(pull)
        self.pull_opened(pull, self.users[author])
        return pull

    # ---- what happens in it

    def pushed(self, by, before, after):
        for ref in sorted(before.keys() | after.keys()):
            old, new = before.get(ref, ZERO), after.get(ref, ZERO)
            if old == new:
                continue
            self.ref_changed(by, ref, old, new)
            for pull in self.pulls:
                if ref == "refs/heads/" + pull.head and pull.state == "open" and new != ZERO:
                    pull.head_sha, pull.updated = new, now()
                    pull.versions.append((pull.updated, new))
                    self.keep_head(pull)
                    self.pull_pushed(pull, old, by)

    def keep_head(self, pull):
        """Under a ref of its own, which outlives the branch."""
        self.origin.git("update-ref", f"refs/{self.pull_refs}/{pull.number}/head", pull.head_sha)

    # ---- HTTP

    def handle(self, http_request, method, target, headers, body):
        """Writes the answer of one request."""
        path = target.split("?", 1)[0]
        if re.match(r"/(.+?)\.git/", path):
            return self.git(http_request, method, target, headers, body)
        if not path.startswith(self.api + "/"):
            with self.lock:
                self.unknown.append(f"{method} {target}")
            return http_request.answer(Answer(404, {"message": "Not Found"}), headers)
        short = target[len(self.api):]
        # What changes a ref waits for who pushes, before it takes the lock that a push needs too.
        with self.pushing if method == "PUT" else contextlib.nullcontext(), self.lock:
            fault = self.fault_of(method, short)
            if fault is not None and not fault.carried_out:
                answer = fault.answer
            else:
                answer = self.answer(method, short, headers, body)
                if fault is not None:
                    answer = None
            self.asked.append(Asked(method, short, answer.status if answer else 0, body, time.monotonic()))
        if method != "GET" and answer is not None and answer.status < 300:
            self.carried_out(f"{method} {short}")
        return http_request.answer(answer, headers)

    def fault_of(self, method, target):
        for fault in self.faults:
            if fault.left > 0 and re.search(fault.pattern, f"{method} {target}"):
                fault.left -= 1
                fault.hits += 1
                return fault
        luck = self.luck.random()
        self.broken += luck < self.breaks * 1.5
        if luck < self.breaks:
            return Fault("", answer=Answer(502, {"message": "Server Error"}))
        return Fault("", carried_out=True) if luck < self.breaks * 1.5 else None

    def answer(self, method, target, headers, raw):
        path, _, query = target.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        try:
            self.authorised(headers, path)
            body = json.loads(raw) if raw else None
            moved = self.moved(method, target)
            if moved:
                return moved
            for route in self.routes:
                found = re.fullmatch(route[1], path) if route[0] == method else None
                if found:
                    self.allow(headers, route[3:])
                    return self.paged(target, query, route[2](*map(urllib.parse.unquote, found.groups()), query=query,
                                                              body=body))
        except Refused as refused:
            return refused.answer
        except Exception as error:  # a mistake of this file must not look like one of the bot's
            self.errors.append(f"{method} {target}: {error!r}")
            return Answer(500, {"message": "the forge of this test is wrong"})
        self.unknown.append(f"{method} {target}")
        return Answer(404, {"message": "Not Found"})

    def paged(self, target, query, answer):
        """A list is given page by page: docs.github.com/rest, "Using pagination"; docs.gitlab.com/api/rest."""
        if not isinstance(answer, Answer):
            answer = Answer(200, answer)
        holder = answer.body
        member = None
        if isinstance(holder, dict) and ("total_count" in holder or "total_commits" in holder):
            member = next(k for k, v in holder.items() if isinstance(v, list))
        items = holder[member] if member else holder
        if not isinstance(items, list):
            return answer
        size = max(1, min(100, int(query.get("per_page", 30 if self.api == "/api/v3" else 20))))
        page = max(1, int(query.get("page", 1)))
        last = max(1, (len(items) + size - 1) // size)
        part = items[(page - 1) * size:page * size]
        answer.body = {**holder, member: part} if member else part
        links = []
        for rel, number in (("next", page + 1), ("last", last)):
            if page < last:
                asked = urllib.parse.urlencode({**query, "page": number})
                links.append(f'<{self.url}{self.api}{target.partition("?")[0]}?{asked}>; rel="{rel}"')
        if links:
            answer.headers["Link"] = ", ".join(links)
        return answer

    def git(self, http_request, method, target, headers, body):
        path, _, query = target.partition("?")
        name, rest = re.match(r"/(.+?)\.git(/.*)", path).groups()
        if self.moved_to and name == self.full_name:
            return http_request.answer(Answer(301, None, {"Location": f"{self.url}/{self.moved_to}.git{rest}" +
                                                          (f"?{query}" if query else "")}), headers)
        by = self.who_is(headers.get("Authorization", ""))
        if by is None or name not in (self.full_name, self.moved_to):
            status = 401 if by is None else 404
            return http_request.answer(Answer(status, None, {"WWW-Authenticate": 'Basic realm="git"'}), headers)
        env = {**os.environ, "GIT_PROJECT_ROOT": self.origin.path, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": rest,
               "QUERY_STRING": query, "REQUEST_METHOD": method, "REMOTE_USER": by.login, "REMOTE_ADDR": "127.0.0.1",
               "CONTENT_TYPE": headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
               "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
               "GIT_PROTOCOL": headers.get("Git-Protocol", ""), "GIT_CONFIG_COUNT": "1",
               "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        writes = method == "POST" and rest.endswith("/git-receive-pack")
        if not writes:
            return http_request.raw(run_backend(env, body))
        with self.pushing:
            before = self.origin.refs()
            done = run_backend(env, body)
            with self.lock:
                self.pushed(by, before, self.origin.refs())
        if by.bot:
            self.carried_out("git push")
        return http_request.raw(done)

    def who_is(self, authorization):
        """Whose name and secret for git these are."""
        kind, _, value = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        secret = base64.b64decode(value).decode().partition(":")[2]
        return next((u for u in self.users.values() if u.secret == secret), None)


def run_backend(env, body):
    done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=env, check=False)
    return done.stdout


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):  # who asked may have been killed
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def work(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.forge.handle(self, self.command, self.path, self.headers, body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = work

    def answer(self, answer, asked):
        if answer is None:  # the connection ends
            self.close_connection = True
            return
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", **answer.headers}
        status = answer.status
        if self.command == "GET" and status == 200 and self.server.forge.etags:
            headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
            if asked.get("If-None-Match") == headers["ETag"]:
                status, body = 304, b""
        self.write(status, headers, body)

    def raw(self, cgi):
        head, _, body = cgi.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.write(int(headers.pop("Status", "200").split()[0]), headers, body)

    def write(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status not in (204, 304):
            self.wfile.write(body)
