"""Scenes of a forge that fails or has changed, on GitHub: trouble.py SCENE [--seed N]"""

import os
import time

from checkout import approvals, incident, insist, verdict
from world import BRANCH, FIXES, Failure, World, arguments, equal, git, main, play, until

TOKEN = "ghp_of_the_bot"


def under_review(world):
    """A fix with its pull request, waiting for CI and approvals: its commit, its number, and alice."""
    alice = world.bot.person("alice")
    alice.types("/hotfix declare sev2 500s spiking on /checkout --criteria 1,3", r"HF-1 declared")
    alice.types("/hotfix branch checkout-500", r"cut from v2\.4\.7")
    head = world.push_fix("bob", "Guard the coupon against null", 0)
    pull = until("the bot opens the pull request", lambda: world.forge.pulls_of(BRANCH))[0]
    return head, pull.number, alice


def to_the_end_of_the_deployment(world, head, number, alice):
    forge = world.forge
    forge.ci_green(head)
    forge.approve("carol", number)
    forge.approve("dave", number)
    until("both approvals are known", lambda: approvals(world.bot) == 2)
    insist(alice, "/hotfix tag", r"v2\.4\.8 tagged at")
    equal("the tagged commit", forge.origin.tag("v2.4.8"), head)
    insist(alice, "/hotfix deploy", r"v2\.4\.8 [^\n]*production")
    until("production runs it", lambda: incident(world.bot)["hotfixes"][0]["environments"] == ["production"])
    equal("pull requests", len(forge.pulls_of(BRANCH)), 1)
    equal("deployments", len(forge.deploys()), 1)
    equal("releases", [r["tag"] for r in until("the release", lambda: forge.releases)], ["v2.4.8"])


def revoked(world):
    """The token is taken away and given again: the channel says so once, nothing is decided meanwhile, all goes on."""
    world.on_github(token=TOKEN)
    forge = world.forge
    head, number, alice = under_review(world)
    alice.read_to = len(alice.text)
    forge.personal.clear()
    alice.sees(r"I cannot read the forge of shop: GitHub does not take github\.token, it is revoked")
    alice.types("/hotfix tag", r"tag is not decided: the forge cannot be asked")
    equal("no tag", forge.origin.tag("v2.4.8"), "")
    time.sleep(6)  # it looks again meanwhile
    equal("messages about it", alice.text.count("I cannot read the forge"), 1)
    if TOKEN in "".join(text for _, text in world.bot.channel()) or TOKEN in world.bot.read_log():
        raise Failure("the token is told")
    forge.personal.add(TOKEN)
    alice.sees(r"I can read [^\n]* again")
    to_the_end_of_the_deployment(world, head, number, alice)


def renamed(world):
    """The repository gets another name: the API and git redirect, webhooks come under the new name."""
    world.on_github()
    head, number, alice = under_review(world)
    world.forge.rename("acme/store")
    to_the_end_of_the_deployment(world, head, number, alice)
    if not world.forge.count("", 301) or not world.forge.count("^POST /repositories/"):
        raise Failure("nothing was redirected")


def deploy_fails(world):
    """The deployment fails at a step, is ordered again, and is one more run then."""
    world.on_github(required=())  # the deployment's own check must not count as CI
    forge = world.forge
    head, number, alice = under_review(world)
    forge.ci_green(head)
    forge.approve("carol", number)
    forge.approve("dave", number)
    until("both approvals are known", lambda: approvals(world.bot) == 2)
    insist(alice, "/hotfix tag", r"v2\.4\.8 tagged at")
    forge.deploy_at_once = False
    alice.type("/hotfix deploy")
    run, = until("the workflow is dispatched", dispatched(forge))
    with forge.lock:
        forge.end_run(run, "failure", "migrate the database")
    alice.sees(r"Deployment of v2\.4\.8 to production failed: deploy / migrate the database")
    forge.deploy_at_once = True
    alice.type("/hotfix deploy")
    until("production runs it", lambda: incident(world.bot)["hotfixes"][0]["environments"] == ["production"])
    equal("runs", len(dispatched(forge)()), 2)
    equal("outcomes", [d["outcome"] for d in incident(world.bot)["deployments"]], ["failed", "succeeded"])


def dispatched(forge):
    return lambda: [r for r in forge.runs if r["event"] == "workflow_dispatch"]


def pages(world):
    """The one red check is on the second page, and no webhook tells of it."""
    world.on_github(required=())
    forge = world.forge
    forge.hooks.weather = "silent"
    head, number, alice = under_review(world)
    with forge.lock:
        run = next(r for r in forge.runs if r["sha"] == head)
        for n in range(109):
            forge.make_job(run, f"shard {n}")
        forge.end_run(run, "success")
        last = forge.jobs[-1]
        last |= {"conclusion": "failure", "step": "the last test"}
    forge.approve("carol", number)
    forge.approve("dave", number)
    until("both approvals are known", lambda: approvals(world.bot) == 2)
    insist(alice, "/hotfix tag", rf'CI red on {head[:7]}: {last["name"]}, step "the last test"')
    equal("no tag", forge.origin.tag("v2.4.8"), "")


def without_rights(world):
    """An app that may not write releases and issues: said with what is missing, and nothing else stops."""
    world.on_github()
    forge = world.forge
    forge.permissions |= {"contents": "read", "issues": ""}
    head, number, alice = under_review(world)
    forge.ci_green(head)
    forge.approve("carol", number)
    forge.approve("dave", number)
    until("both approvals are known", lambda: approvals(world.bot) == 2)
    insist(alice, "/hotfix tag", r"v2\.4\.8 tagged at")
    alice.types("/hotfix action add test checkout with an empty coupon --owner @bob --due 5d", r"A1")
    alice.types("/hotfix action issue A1", r"No issue for A1: [^\n]*issues=read")
    alice.read_to = 0
    alice.sees(r"contents=write")
    world.dead_letters_expected = True


def reader(world):
    """Who may only read approves too: that approves nothing until the right is given."""
    world.on_github()
    forge = world.forge
    forge.readers = {"dave"}
    head, number, alice = under_review(world)
    forge.ci_green(head)
    forge.approve("carol", number)
    forge.approve("dave", number)
    until("both reviews are known", lambda: approvals(world.bot) == 2)
    insist(alice, "/hotfix tag", rf"1 of 2 approvals on {head[:7]}[^\n]*dave")
    equal("no tag", forge.origin.tag("v2.4.8"), "")
    forge.readers = set()
    insist(alice, "/hotfix tag", r"v2\.4\.8 tagged at")


def forecast(world):
    """Before it ships: a pull request that touches the same line is told, then the conflict that it leaves on main, with
    who made it, and that it is over."""
    world.on_github()
    forge = world.forge
    _, _, alice = under_review(world)
    path = world.clone("dave")
    git("-C", path, "fetch", "--quiet", "origin")
    git("-C", path, "checkout", "--quiet", "-B", "feature/coupons", "origin/main")
    file = os.path.join(path, "src/checkout.py")
    with open(file, encoding="utf-8") as text:
        before = text.read()
    with open(file, "w", encoding="utf-8") as text:
        text.write(before.replace(FIXES[0], 'percent = discount_of(cart)\n', 1))
    git("-C", path, "commit", "--quiet", "-a", "-m", "Rework the coupons")
    git("-C", path, "push", "--quiet", "origin", "HEAD:refs/heads/feature/coupons")
    with forge.lock:
        other = forge.open_pull("dave", "feature/coupons", "main", "Rework the coupons", "", True)
    alice.sees(rf"Merging back will conflict once this is merged:\s+PR #{other.number}[^\n]* “Rework the coupons” "
               r"\(dave, draft\) into main touches the same lines: src/checkout\.py")
    with forge.lock:
        forge.land("dave", other.number, False)
    sha = git("-C", path, "rev-parse", "--short=7", "HEAD")
    alice.sees(rf"Merging back will conflict on main: src/checkout\.py \(both sides changed it; "
               rf"{forge.users['dave'].name}, {sha}, ")
    git("-C", path, "fetch", "--quiet", "origin")
    git("-C", path, "checkout", "--quiet", "-B", "main", "origin/main")
    git("-C", path, "revert", "--no-edit", "-m", "1", "HEAD")
    git("-C", path, "push", "--quiet", "origin", "main")
    alice.sees(rf"{BRANCH} goes onto [^\n]*main[^\n]* without conflict now")
    told = [text for _, text in world.bot.channel() if "without conflict now" in text]
    equal("forecasts in the channel", len(told), 1)


def taken_out(world):
    """main loses the fix after it came home: by somebody else's commit that dave pushes, then by a push back to before
    it. Who pushed is called, by the webhook, and nobody whose commit is older."""
    world.on_github(required=())
    forge, bot = world.forge, world.bot
    head, number, alice = under_review(world)
    before = forge.origin.branch("main")
    to_the_end_of_the_deployment(world, head, number, alice)
    forge.merge("bob", number, squash=True)
    alice.types("/hotfix verify ok 500 rate back to baseline", r"baseline")
    until("main carries it", lambda: verdict(bot, "main") == "present")

    path = world.clone("dave")
    git("-C", path, "fetch", "--quiet", "origin")
    git("-C", path, "checkout", "--quiet", "-B", "main", "origin/main")
    git("-C", path, "revert", "--no-commit", "HEAD")
    git("-C", path, "commit", "--quiet", "-m", "Take it out", "--author", "carol <carol@acme.example>")
    git("-C", path, "push", "--quiet", "origin", "main")
    alice.sees(r"HF-1: merge back to main is open again: [^\n]*\. Pushed by @dave \(commit by carol\)")
    git("-C", path, "revert", "--no-edit", "HEAD")
    git("-C", path, "push", "--quiet", "origin", "main")
    until("main carries it again", lambda: verdict(bot, "main") == "present")

    git("-C", world.clone("carol"), "push", "--quiet", "--force", "origin", f"{before}:refs/heads/main")
    alice.sees(r"HF-1: merge back to main is open again: [^\n]*\. Force-pushed by @carol *\n")
    told = [text for _, text in bot.channel() if "main is open again" in text]
    equal("messages about it", len(told), 2)


SCENES = {name.replace("_", "-"): scene for name, scene in
          {f.__name__: f for f in (revoked, renamed, deploy_fails, pages, reader, without_rights, forecast,
                                     taken_out)}.items()}

if __name__ == "__main__":
    given = arguments(__doc__, lambda parser: parser.add_argument("scene", choices=SCENES))
    main(play(given.scene, World(given.hotfixd, given.seed), SCENES[given.scene], given.keep))
