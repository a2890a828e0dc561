"""One forge, one bot and the people around them, in a folder that stays when the story fails."""

import argparse
import base64
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import github
import gitlab
from bot import Bot, Failure, until

BRANCH = "hotfix/checkout-500"
# Of a line in the demo's src/checkout.py: as it is, half mended, mended.
FIXES = ['percent = percent_off(cart["coupon"])\n',
         'percent = percent_off(cart["coupon"]) if cart["coupon"] else None\n',
         'percent = percent_off(cart["coupon"]) if cart["coupon"] else 0\n']
SECRET = "it is windy on the bridge"

COMMON = """
[bot]
data_dir = "data"
[server]
port = 0
[engine]
fetch_active = "5s"
fetch_resolved = "5s"
first_retry = "1s"
max_retry = "4s"
"""
PEOPLE = "".join(f'[[people]]\nid = "{name}"\n' for name in ("alice", "bob", "carol", "dave"))


class World:
    def __init__(self, binary, seed=1, weather="fair"):
        self.binary, self.seed, self.weather = binary, seed, weather
        self.folder = tempfile.mkdtemp(prefix="hotfixd-e2e-")
        subprocess.run([binary, "demo", "--dir", self.folder], check=True, capture_output=True)
        self.origin = os.path.join(self.folder, "origin.git")
        self.forge = self.bot = None
        self.trouble = []
        self.dead_letters_expected = False
        self.killed_at = []  # writes that were carried out and not answered
        self.clones = {}

    # ---- a forge and a bot that is configured for it

    def on_github(self, deploy="workflow:deploy.yml", section='redeliver_every = "3s"', token=None, required=("test",),
                  full_name="acme/shop", production="deployments"):
        key = os.path.join(self.folder, "app.pem")
        self.forge = github.GitHub(self.origin, SECRET, github.make_app_key(key), self.seed, self.weather,
                                   required)
        self.forge.full_name = full_name
        running = self.forge.new_deployment("v2.4.7", self.forge.origin.tag("v2.4.7"), "production", "",
                                            "github-actions[bot]")
        self.forge.deployment_status(running, "success")
        if token:
            self.forge.personal.add(token)
        right = 'token = "env:E2E_TOKEN"' if token else f'app_id = "{github.APP_ID}"\nprivate_key = "file:{key}"'
        self.make_bot("github", f"""
[github]
webhook_secret = "env:E2E_SECRET"
api_url = "{self.forge.url}{self.forge.api}"
{right}
{section}
[[repository]]
name = "shop"
github = "{self.forge.full_name}"
url = "{self.forge.url}/{self.forge.full_name}.git"
token = "env:E2E_GIT"
publish_release = true
deploy = "{deploy}"
deploy_key_input = "key"
production = "{production}"
""", {"E2E_SECRET": SECRET, "E2E_GIT": self.forge.users["hotfixd[bot]"].secret, "E2E_TOKEN": token or ""})
        return self

    def on_gitlab(self, signed=True):
        """GitLab has no means to deploy here, so a program does it."""
        signing = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, right").decode() if signed else ""
        self.forge = gitlab.GitLab(self.origin, "glpat-e2e", "" if signed else SECRET, signing, self.seed, self.weather)
        self.deployed = os.path.join(self.folder, "deployed")
        self.forge.deploys = lambda: open(self.deployed, encoding="utf-8").read().splitlines()
        proof = 'signing_token = "env:E2E_SIGNING"' if signed else 'webhook_secret = "env:E2E_SECRET"'
        self.make_bot("gitlab", f"""
[gitlab]
{proof}
token = "env:E2E_TOKEN"
api_url = "{self.forge.url}{self.forge.api}"
[[repository]]
name = "shop"
gitlab = "{self.forge.full_name}"
url = "{self.forge.url}/{self.forge.full_name}.git"
token = "env:E2E_GIT"
publish_release = true
deploy = "command:echo $HOTFIXD_TAG $HOTFIXD_SHA $HOTFIXD_ENVIRONMENT >> {self.deployed}"
""", {"E2E_SECRET": SECRET, "E2E_SIGNING": signing, "E2E_TOKEN": "glpat-e2e",
            "E2E_GIT": self.forge.users["project_15_bot_4ffca233"].secret})
        return self

    def make_bot(self, kind, config, secrets):
        self.bot = Bot(self.binary, self.folder, COMMON + config + PEOPLE, secrets)

        def started():
            self.forge.hooks.url = f"http://127.0.0.1:{self.bot.port}/hooks/{kind}"
        self.bot.started = started
        self.bot.start()

    # ---- people

    def clone(self, login):
        if login not in self.clones:
            path = os.path.join(self.folder, "clone-" + login)
            git("clone", "--quiet", self.forge.clone_url(login), path)
            user = self.forge.users[login]
            git("-C", path, "config", "user.name", user.name)
            git("-C", path, "config", "user.email", user.email)
            self.clones[login] = path
        return self.clones[login]

    def push_fix(self, login, subject, step):
        """The first half of the fix (step 0) or the second, on the hotfix's branch; the commit that was pushed."""
        path = self.clone(login)
        git("-C", path, "fetch", "--quiet", "--tags", "origin")
        git("-C", path, "checkout", "--quiet", "-B", BRANCH, "origin/" + BRANCH)
        file = os.path.join(path, "src/checkout.py")
        with open(file, encoding="utf-8") as text:
            before = text.read()
        with open(file, "w", encoding="utf-8") as text:
            text.write(before.replace(FIXES[step], FIXES[step + 1], 1))
        git("-C", path, "commit", "--quiet", "-a", "-m", subject, "--date", f"2026-11-14T21:2{step}:00Z")
        git("-C", path, "push", "--quiet", "origin", f"HEAD:refs/heads/{BRANCH}")
        return git("-C", path, "rev-parse", "HEAD")

    # ---- trouble

    def kill_now_and_then(self):
        """kill -9 at random instants as long as the story goes on; and when something was carried out and is not
        answered yet: the first of each kind that must be done once, and then every third. Gives the function that ends
        it. The terminals are attached before: one that finds nobody becomes the bot itself."""
        over = threading.Event()
        luck, unanswered = random.Random(self.seed), random.Random(self.seed + 1)
        seen = set()

        def carried_out(what):
            kind = re.search(r"git push|(merge|pulls|merge_requests|releases|issues|deployments|dispatches|statuses)$"
                             r"|statuses(?=/)", what)
            if kind is None or over.is_set():
                return
            first = kind.group() not in seen
            seen.add(kind.group())
            if first or unanswered.random() < 0.33:
                self.killed_at.append(kind.group())
                self.bot.kill()

        def run():
            while not over.wait(luck.uniform(0.05, 1.6)):
                self.bot.kill()

        thread = threading.Thread(target=run, daemon=True)
        self.forge.carried_out = carried_out
        thread.start()

        def stop():
            over.set()
            thread.join()
        return stop

    def limit_now_and_then(self):
        """Two seconds without an answer, and two or three with. Who asks on is told so for longer: it is counted."""
        over = threading.Event()

        def run():
            luck = random.Random(self.seed)
            while not over.wait(luck.uniform(1.5, 3)):
                before = self.forge.refused
                self.forge.limit(2)
                over.wait(2)
                if (knocks := self.forge.refused - before) > 4:  # as many as were on their way at that moment
                    self.trouble.append(f"{knocks} requests in 2 s in which GitHub asks to wait")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def stop():
            over.set()
            thread.join()
        return stop

    # ---- what must be true at the end of every story

    def check_end(self):
        forge, bot = self.forge, self.bot
        if forge.unknown:
            raise Failure("the forge was asked what it does not know:\n" + "\n".join(forge.unknown))
        if forge.errors:
            raise Failure("the forge of this test is wrong:\n" + "\n".join(forge.errors))
        if self.trouble:
            raise Failure("\n".join(self.trouble))
        bot.verify()
        if (letters := bot.dead_letters()) and not self.dead_letters_expected:
            raise Failure("\n".join(letters))
        if not bot.alive():
            raise Failure("serve is not running")
        if (code := bot.stop()) != 0:
            raise Failure(f"serve ended with {code} when it was asked to stop")

    def close(self, keep):
        if self.bot:
            for person in self.bot.people:
                person.leave()
            if self.bot.alive():
                self.bot.process.kill()
                self.bot.process.wait()
        if self.forge:
            self.forge.server.shutdown()
            self.forge.server.server_close()
        if not keep:
            shutil.rmtree(self.folder, ignore_errors=True)


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False,
                          env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_COMMITTER_DATE": "2026-11-14T21:30:00Z"})
    if done.returncode != 0:
        raise Failure(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def equal(what, found, wanted):
    if found != wanted:
        raise Failure(f"{what}: {found!r}, and {wanted!r} was expected")


def arguments(about, add=lambda parser: None):
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--hotfixd", default=os.environ.get("HOTFIXD_BINARY", "build/dev/hotfixd"), help="the program")
    seed = int(os.environ.get("HOTFIXD_SEED", "0")) or time.time_ns() % 1_000_000
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--keep", action="store_true", help="leave the folder where it is")
    add(parser)
    given = parser.parse_args()
    given.hotfixd = os.path.abspath(given.hotfixd)
    return given


def play(name, world, story, keep):
    """True when it went as it should. What helps to see why it did not is printed."""
    began = time.monotonic()
    try:
        story(world)
        world.check_end()
    except Exception as error:
        print(f"FAILED {name} (seed {world.seed}, {world.folder}, replay with --seed {world.seed})")
        print("".join(traceback.format_exception(error)) if not isinstance(error, Failure) else error)
        if world.bot:
            print("---- serve.log\n" + "\n".join(world.bot.read_log().splitlines()[-60:]))
        if world.forge:
            print("---- asked\n" + "\n".join(f"{a.status} {a.method} {a.target}" for a in world.forge.asked[-40:]))
        world.close(keep=True)
        return False
    asked, hooks = len(world.forge.asked), len(world.forge.hooks.deliveries)
    print(f"passed {name} (seed {world.seed}): {time.monotonic() - began:.1f} s, {asked} requests, {hooks} webhooks, "
          f"{world.forge.hooks.kept_back} kept back, {world.bot.starts} starts"
          + (f", {len(world.killed_at)} of them at: {', '.join(world.killed_at)}" if world.killed_at else ""))
    world.close(keep)
    return True


def main(result):
    sys.stdout.flush()
    sys.exit(0 if result else 1)


__all__ = ["BRANCH", "FIXES", "Failure", "World", "arguments", "equal", "git", "main", "play", "until"]
