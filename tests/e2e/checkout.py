"""The checkout story, with everything done by the bot: nobody types `ci`, `approve`, `pr` or `deployed`. By its seed a
person squashes the pull request into main, or the bot merges it.

    checkout.py github|gitlab in-order|rough|killed [--seed N]

in-order: webhooks arrive as they should. rough: late, in any order, twice, or never. killed: serve dies by kill -9 at
random instants all the way. broken: the forge answers with 502, or carries out and does not answer. limited: it asks to
wait for a while, again and again."""

import re

from bot import Failure
from world import BRANCH, World, arguments, equal, main, play, until

STATUS = "hotfixd/merge-back"
AGAIN = r" is not decided| may not be merged"  # answers after which a person types it again
RCA = {"summary": "an empty coupon gave a 500 on /checkout", "impact": "one in three checkouts failed",
       "root_cause": "the coupon was read before it was known to be there",
       "why_reached_production": "no test has a cart without a coupon",
       "what_would_catch_it": "a test with an empty coupon", "category": "1"}


def run(world, alice, bob):
    forge, bot, origin = world.forge, world.bot, world.forge.origin
    alice.types("/hotfix declare sev2 500s spiking on /checkout --criteria 1,3", r"HF-1 declared")
    alice.types("/hotfix branch checkout-500", r"checkout-500 (was |is )?cut from v2\.4\.7")
    equal("the branch", origin.branch(BRANCH), origin.tag("v2.4.7"))

    first = world.push_fix("bob", "Guard the coupon against null", 0)
    pull = until("the bot opens the pull request", lambda: forge.pulls_of(BRANCH, "main"))[0]
    equal("its head", pull.head_sha, first)
    forge.ci_red(first, "Run unit tests")
    alice.sees(r"Run unit tests")
    forge.approve("carol", pull.number)

    head = world.push_fix("bob", "Guard the coupon against null, with its test", 1)
    insist(alice, "/hotfix tag", rf"carol approved {first[:7]}, which is not this commit")
    equal("no tag", origin.tag("v2.4.8"), "")
    forge.ci_green(head)
    forge.approve("carol", pull.number)
    forge.approve("dave", pull.number)
    alice.types("/hotfix status", r"HF-1")
    until("both approvals are known", lambda: approvals(bot) == 2)
    insist(alice, "/hotfix tag", r"v2\.4\.8 tagged at")
    equal("the tagged commit", origin.tag("v2.4.8"), head)

    insist(alice, "/hotfix deploy", r"v2\.4\.8 [^\n]*production")
    until("production runs it", lambda: incident(bot)["hotfixes"][0]["environments"] == ["production"])
    if world.bot_merges:
        insist(alice, "/hotfix merge", rf"PR #{pull.number} merged into main|No pull request from [^\n]* is open")
    else:
        forge.merge("carol", pull.number, squash=True)
    alice.types("/hotfix verify ok 500 rate back to baseline", r"baseline")
    alice.types("/hotfix resolve 500 rate back to baseline", r"resolved")
    until("main carries it", lambda: verdict(bot, "main") == "present")

    insist(alice, "/hotfix mergeback open", r"carried to|PR #")
    for target in ("develop", "release/2.5"):
        port = until(f"the fix is carried to {target}", lambda t=target: forge.pulls_of(base=t))[0]
        forge.merge("dave", port.number, squash=False)
        until(f"{target} carries it", lambda t=target: verdict(bot, t) == "present")
    for target in ("main", "develop", "release/2.5"):
        until(f"{STATUS} of {target} is green", lambda t=target: statuses(forge, origin.branch(t))[-1:] == ["success"])

    alice.types("/hotfix action add test checkout with an empty coupon --owner @bob --due 5d", r"A1")
    alice.types("/hotfix action issue A1", r"#\d+")
    until("the issue is filed", lambda: forge.issues)
    bob.types("/hotfix action done A1", r"A1")
    alice.types("/hotfix rca start", r"RCA|summary")
    for field, text in RCA.items():
        alice.types(f"/hotfix rca set {field} {text}", field)
    alice.types("/hotfix rca submit", r"submitted|review")
    bob.types("/hotfix rca approve", r"approved")
    insist(alice, "/hotfix close", r"HF-1 closed")
    until("it is closed", lambda: incident(bot)["status"] == "closed")


def insist(person, line, answer):
    """What is asked of git and the forge first is not decided while they cannot be asked: it is typed again, as the bot
    says; and so is a merge that may not have been carried out."""
    again = rf"[^\n]*({AGAIN})[^\n]*"
    while re.fullmatch(again, person.types(line, rf"{answer}|{again}").group()):
        pass


def incident(bot):
    return bot.export()[0]


def approvals(bot):
    hotfix = incident(bot)["hotfixes"][0]
    return len([r for r in hotfix["reviews"] if r["verdict"] == "approved" and r["sha"] == hotfix["head"]])


def verdict(bot, target):
    return {m["target"]: m["verdict"].lower() for m in incident(bot)["hotfixes"][0]["merge_backs"]}.get(target)


def statuses(forge, sha):
    return [state for context, state in forge.statuses(sha) if context == STATUS]


def once(what, found):
    """`found` holds exactly one thing."""
    equal(what, len(found), 1)


def check(world):
    """What the forge, the origin and the record show at the end."""
    forge, bot, origin = world.forge, world.bot, world.forge.origin
    refs = origin.refs()
    once("pull requests of the fix", forge.pulls_of(BRANCH))
    for target in ("develop", "release/2.5"):
        once(f"forward-ports to {target}", forge.pulls_of(base=target))
    once("tags", [r for r in refs if r.startswith("refs/tags/v2.4.8")])
    once("releases", forge.releases)
    once("issues", forge.issues)
    equal("deployments", len(forge.deploys()), 1)
    head = forge.pulls_of(BRANCH)[0].head_sha
    equal("the tag", origin.tag("v2.4.8"), head)
    for target in ("main", "develop", "release/2.5"):
        text = origin.git("show", f"{target}:src/checkout.py")
        equal(f"the fix in {target}", text.count('if cart["coupon"] else 0'), 1)
    # A line that lacks the fix said so, until it carried it.
    equal("what develop said before it had the fix", statuses(forge, world.before["develop"])[-1], forge.red)

    one = incident(bot)
    milestones = one["milestones"]
    for name in ("declared", "branch_cut", "pull_request_opened", "ci_green", "approvals", "tagged", "deployed",
                 "merged", "verified", "resolved", "closed"):
        if name not in milestones:
            raise Failure(f"no milestone {name}: {milestones}")

    keys = [key for key, _ in bot.channel() if key is not None]
    equal("keys of messages", len(keys), len(set(keys)))
    words = [text for key, text in bot.channel() if key is not None and not re.search(AGAIN, text)]
    wrong = [w for w in words if re.search(r"^(No |Nothing was|The status .* cannot)|given up|dead letter", w)]
    equal("messages about trouble", wrong, [])
    doubled = sorted({w for w in words if w and words.count(w) > 1})
    equal("messages that were posted twice", doubled, [])


MODES = ("in-order", "rough", "killed", "broken", "limited")


def story(mode):
    def tell(world):
        world.bot_merges = world.seed % 4 < 2
        world.before = {target: world.forge.origin.branch(target) for target in ("main", "develop", "release/2.5")}
        alice, bob = world.bot.person("alice"), world.bot.person("bob")
        trouble = {"killed": world.kill_now_and_then, "limited": world.limit_now_and_then}
        stop = trouble.get(mode, lambda: lambda: None)()
        world.dead_letters_expected = mode == "broken"  # a merge that may not have been carried out is not tried for ever
        world.forge.breaks = 0.06 if mode == "broken" else 0
        try:
            run(world, alice, bob)
        finally:
            stop()
        world.forge.breaks = 0
        world.forge.hooks.settle()
        check(world)
        happened = {"killed": world.bot.starts > 3, "broken": world.forge.broken > 3}
        if not happened.get(mode, True):
            raise Failure(f"hardly anything was {mode}")
    return tell


def add(parser):
    parser.add_argument("forge", choices=("github", "gitlab"))
    parser.add_argument("mode", choices=MODES)


if __name__ == "__main__":
    given = arguments(__doc__, add)
    made = World(given.hotfixd, given.seed, "rough" if given.mode == "rough" else "fair")
    newer = given.mode == "in-order" or (given.mode == "killed" and given.seed % 2 == 0)

    def tell(world):
        if given.forge == "github":
            # What is in production is asked at every look, and said to be unknown after one answer that failed.
            production = "newest-tag" if given.mode in ("broken", "limited") else "deployments"
            world.on_github("workflow:deploy.yml" if newer else "deployments", production=production)
        else:
            world.on_gitlab(signed=newer)
        story(given.mode)(world)
    main(play(f"{given.forge} {given.mode}", made, tell, given.keep))
