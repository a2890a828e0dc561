"""GitHub's whole corpus of example webhooks (@octokit/webhooks-examples, see tests/github/package.json) is signed and
posted to serve while an incident is open:

    corpus.py as-is     as it is: of other repositories, other branches, other commits
    corpus.py of-ours   rewritten, so that what it says of a branch, a pull request and a commit is of the incident's

in seeded random order, each twice, and once more with one byte changed after it was signed. Nothing crashes, what is
sound is taken, what was changed is refused, and the incident is as it is where each came once and in order. Of the
export only times, the forge's port and how much was written on the way may differ."""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import time
import uuid

from bot import Failure, until
from forge import post_hook
from world import BRANCH, World, arguments, equal, main, play

SHA = "ec26c3e57ca3a959ca5aad62de7213c562f8c821"  # the commit that most examples are about
FOLDER = "@octokit/webhooks-examples"


def examples():
    npm = os.environ.get("HOTFIXD_NPM")
    if not npm:
        raise Failure("HOTFIXD_NPM is not set: the folder node_modules with the packages of tests/github/package.json "
                      "(tests/run.sh makes it)")
    all_of_them = []
    for index in sorted(pathlib.Path(npm, FOLDER).glob("*/index.json")):
        for event in json.loads(index.read_text(encoding="utf-8")):
            all_of_them += [(event["name"], json.dumps(body)) for body in event["examples"]]
    if len(all_of_them) < 700:
        raise Failure(f"only {len(all_of_them)} examples in {npm}/{FOLDER}")
    return all_of_them


def contradicts(event, text):
    """GitHub's examples say of one run in one second that it passed and that it failed. Which is true a look at the API
    would say, where this run is not known."""
    run = json.loads(text).get("check_run", {})
    return event == "check_run" and run.get("id") == 128620228 and run.get("conclusion") == "failure"


class Run:
    """One world in which the fix is under review; what it shows after the corpus has come."""

    def __init__(self, world, ours):
        self.world, self.ours = world, ours
        forge = world.on_github(full_name="Codertocat/Hello-World", section="redeliver_every = \"0s\"").forge
        forge.number("pull")  # the corpus speaks of number 2
        alice = world.bot.person("alice")
        if (second := time.time() % 60) > 40:
            time.sleep(61 - second)  # the timeline has a line for each minute
        alice.types("/hotfix declare sev2 500s spiking on /checkout --criteria 1,3", r"HF-1 declared")
        time.sleep(1.1)  # the forge tells whole seconds, and what it tells is to come after this
        alice.types("/hotfix branch checkout-500", r"cut from v2\.4\.7")
        time.sleep(1.1)
        self.head = world.push_fix("bob", "Guard the coupon against null", 0)
        pull = until("the bot opens the pull request", lambda: forge.pulls_of(BRANCH))[0]
        equal("its number", pull.number, 2)
        forge.ci_green(self.head)
        forge.approve("carol", 2)
        alice.sees("may be tagged|1 of 2 approvals")
        forge.hooks.settle()
        self.quiet()

    def bodies(self):
        for event, text in examples():
            if self.ours and contradicts(event, text):
                continue
            if self.ours:
                text = text.replace(SHA, self.head).replace('"changes"', f'"{BRANCH}"').replace('"master"', '"main"')
            yield event, text.encode()

    def post(self, event, guid, body, changed=None):
        """The status. `changed`: what is sent instead of what was signed."""
        headers = self.world.forge.sign(event, guid, body)
        return post_hook(self.world.forge.hooks.url, headers, body if changed is None else changed)

    def quiet(self):
        """Until nothing is recorded any more."""
        seen = []

        def still():
            seen.append(self.state())
            return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]
        until("the incident rests", still, step=1.5)

    def state(self):
        incident, = self.world.bot.export()
        for how_much in ("events", "posts", "edits"):
            del incident[how_much]
        text = json.dumps(incident, indent=1, sort_keys=True)
        text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME", text)
        return re.sub(r"127\.0\.0\.1:\d+", "FORGE", text)


def in_order(run):
    for n, (event, body) in enumerate(run.bodies()):
        status = run.post(event, str(uuid.UUID(int=n)), body)
        if status not in (200, 202):
            raise Failure(f"a {event} is answered with {status}")


def shuffled(run, luck):
    posts = []
    for n, (event, body) in enumerate(run.bodies()):
        guid = str(uuid.UUID(int=n))
        at = luck.randrange(len(body))
        changed = body[:at] + bytes([body[at] ^ 1 << luck.randrange(8)]) + body[at + 1:]
        posts += [(event, guid, body, None), (event, guid, body, None), (event, guid, body, changed)]
    luck.shuffle(posts)
    # Several at a time, as GitHub does it.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for (event, _, _, changed), status in zip(posts, pool.map(lambda post: run.post(*post), posts)):
            if changed is None and status not in (200, 202):
                raise Failure(f"a {event} is answered with {status}")
            if changed is not None and status != 401:
                raise Failure(f"a {event} that was changed on its way is answered with {status}")
    return len(posts)


def differences(one, other):
    import difflib
    return [line for line in difflib.unified_diff(one.splitlines(), other.splitlines(), "once, in order", "shuffled",
                                                  lineterm="", n=2)]


if __name__ == "__main__":
    given = arguments(__doc__, lambda parser: parser.add_argument("which", choices=("as-is", "of-ours")))
    states = {}

    def tell(how):
        def story(world):
            run = Run(world, given.which == "of-ours")
            if how == "in order":
                in_order(run)
            else:
                print(f"{shuffled(run, random.Random(world.seed))} posts")
            run.quiet()
            states[how] = run.state()
        return story
    good = all([play(f"corpus {given.which} {how}", World(given.hotfixd, given.seed), tell(how), given.keep)
                for how in ("in order", "shuffled")])
    if good and states["in order"] != states["shuffled"]:
        print(f"FAILED corpus {given.which} (seed {given.seed}): the incident differs\n" +
              "\n".join(differences(states["in order"], states["shuffled"])))
        good = False
    main(good)
