"""The scenarios. Each starts on main at v1.0.0 and must leave hotfix/x and its target; prelude.sh has the words.

`truth` is what running the code on the target must say: it is compared with what running it does say, so that a
scenario that does not build what its name promises fails by itself. `verdicts` are those that are right; REFUSED is
exit 2. `blind` is the reason why no comparison of texts can see the truth: only such a row may contradict it.
"""

from dataclasses import dataclass


@dataclass
class Row:
    name: str
    truth: str
    verdicts: str
    script: str
    parts: str = "coupon"
    files: str = "shop.py"   # where the code may be, the first that exists is run
    start: str = ""          # before the tag
    target: str = "main"
    landing: str = ""        # a ref of the repository, or an id
    ignore: tuple = ("VERSION", "CHANGELOG.md")
    repo: str = "work"       # which folder is asked
    works: bool = True       # the code on the hotfix's branch is fixed
    blind: str = ""


ROWS = []


def row(name, truth, verdicts, script, **more):
    assert all(one.name != name for one in ROWS), name
    ROWS.append(Row(name, truth, verdicts, script, **more))


PERSON = "UNKNOWN CHANGED_SINCE ADAPTED"
TWO = "hotfix; fix coupon shipping; "
ONE = "hotfix; fix coupon; "
OWN = "on main; edit coupon own; commit 'its own way'; "

# ---- nothing landed
row("not merged", "not", "ABSENT", ONE + "moves")
row("no commits yet", "not", "UNKNOWN REFUSED", "hotfix; moves", works=False)
row("target is the tag itself", "not", "ABSENT", ONE)
row("target is older than the tag", "not", "ABSENT", ONE + "git branch old v1.0.0~1", target="old",
    start="echo 1 >other.txt; commit more")
row("on develop, not on main", "not", "ABSENT", "git branch develop; " + ONE + "on develop; merge; moves")
row("on main, and main reset", "not", "ABSENT", ONE + "moves; merge; git reset -q --hard HEAD~1")
row("a conflict, nothing landed", "not", "UNKNOWN ABSENT", ONE + OWN)

row("a topic takes a part back, main fast-forwarded to it", "fixed", "UNKNOWN",
    TWO + "new topic; revert HEAD; on hotfix/x; git merge -q --no-ff -m topic topic; on main; git merge -q --ff-only topic")

# ---- ways to land it
row("merge", "fixed", "PRESENT", ONE + "moves; merge")
row("fast-forward", "fixed", "PRESENT", TWO + "on main; git merge -q --ff-only hotfix/x", parts="coupon shipping")
row("squash of two", "fixed", "PRESENT", TWO + "moves; squash", parts="coupon shipping")
row("rebase of two", "fixed", "PRESENT",
    TWO + "moves; on hotfix/x; new rebased; git rebase -q main; on main; git merge -q --ff-only rebased",
    parts="coupon shipping")
row("cherry-pick -x", "fixed", "PRESENT", ONE + "moves; pick -x hotfix/x")
row("cherry-pick, lines shifted", "fixed", "PRESENT",
    ONE + "on main; sed -i '1i # one\\n# two' shop.py; sed -i 's/title()/upper()/' shop.py; commit shift; pick hotfix/x")
row("both picked", "fixed", "PRESENT", TWO + "moves; pick hotfix/x~1; moves; pick hotfix/x", parts="coupon shipping")
row("both picked, the other way round", "fixed", "PRESENT", TWO + "moves; pick hotfix/x hotfix/x~1",
    parts="coupon shipping")
row("pick amended with more", "fixed", "PRESENT",
    ONE + "moves; pick hotfix/x; edit tax fix; git commit -q -a --amend --no-edit")
row("the same by hand", "fixed", "PRESENT", ONE + "on main; edit coupon fix; edit shipping own; commit 'by hand'")
row("by way of develop", "fixed", "PRESENT",
    "git branch develop; " + ONE + "on develop; echo d >d.txt; commit d; merge; "
    "moves; merge develop")
row("octopus merge", "fixed", "PRESENT",
    ONE + "git checkout -q -b y v1.0.0; echo y >y.txt; commit y; moves; git merge -q -m octopus hotfix/x y")
row("-X theirs over a conflict", "fixed", "PRESENT", ONE + OWN + "git merge -q -X theirs -m m hotfix/x")
row("conflict in another file of the merge", "fixed", "PRESENT",
    "hotfix; edit coupon fix; echo 1 >other.txt; commit fix; on main; echo 2 >other.txt; commit two; "
    "conflicts merge hotfix/x; echo '1 and 2' >other.txt; done_as merged", ignore=("other.txt",))
row("merged, then the hotfix rebased", "fixed", "PRESENT",
    TWO + "moves; merge; on hotfix/x; git reset -q --hard v1.0.0; edit coupon fix; edit shipping fix; commit both",
    parts="coupon shipping")
row("into develop while main waits", "fixed", "PRESENT", "git branch develop; " + ONE + "on develop; moves develop; merge",
    target="develop")

# ---- landed with a conflict
RIGHT = "ours; edit coupon both; done_as resolved; git tag landed"
WRONG = "ours; edit coupon own; echo m >m.txt; done_as resolved; git tag landed"
TAKES_BUG = "ours; edit coupon bug; done_as resolved; git tag landed"
SQUASH = "conflicts merge --squash hotfix/x; "
row("squash, conflict resolved right", "fixed", PERSON, ONE + OWN + SQUASH + RIGHT)
row("the same, landing told", "fixed", "ADAPTED", ONE + OWN + SQUASH + RIGHT, landing="landed")
row("squash, conflict resolved wrong", "not", PERSON + " ABSENT", ONE + OWN + SQUASH + WRONG)
row("the same wrong, landing told", "not", PERSON + " REGRESSED ABSENT", ONE + OWN + SQUASH + WRONG, landing="landed")
row("squash, resolved to the bug", "not", "ABSENT REGRESSED", ONE + OWN + SQUASH + TAKES_BUG)
row("the same bug, landing told", "not", "ABSENT REGRESSED", ONE + OWN + SQUASH + TAKES_BUG, landing="landed")
row("merge, conflict resolved right", "fixed", PERSON, ONE + OWN + "conflicts merge hotfix/x; " + RIGHT)
row("merge, conflict resolved wrong", "not", PERSON + " REGRESSED",
    ONE + OWN + "conflicts merge hotfix/x; " + WRONG)
row("merge, resolved to the bug", "not", "REGRESSED", ONE + OWN + "conflicts merge hotfix/x; " + TAKES_BUG)
row("-X ours over a conflict", "not", PERSON + " REGRESSED", ONE + OWN + "git merge -q -X ours -m m hotfix/x")
row("rebase with a conflict", "fixed", PERSON,
    TWO + OWN + "on hotfix/x; new rebased; conflicts rebase main; ours; edit coupon both; git add -A; "
    "git rebase --continue >/dev/null; on main; git merge -q --ff-only rebased", parts="coupon shipping")
row("resolved right, later undone", "not", "UNKNOWN CHANGED_SINCE REGRESSED",
    ONE + OWN + SQUASH + RIGHT + "; moves; edit coupon own; commit undo", landing="landed")
row("resolved right, then reverted", "not", "UNKNOWN CHANGED_SINCE REGRESSED",
    ONE + OWN + SQUASH + RIGHT + "; moves; revert landed", landing="landed")
row("resolved right, file moved on", "fixed", "ADAPTED CHANGED_SINCE",
    ONE + OWN + SQUASH + RIGHT + "; edit tax fix; commit more; moves", landing="landed")
row("a neighbour's line in conflict", "fixed", PERSON + " PRESENT",
    ONE + "on main; sed -i 's/code or \"none\"/code or str(\"none\")/' shop.py; commit near; conflicts merge hotfix/x; "
    "ours; edit coupon fix; done_as resolved")

# ---- the landing that is told
row("a line added right after the fix", "fixed", PERSON + " PRESENT",
    "hotfix; sed -i '/^def shipping/a\\    count = max(count, 1)' shop.py; commit fix; moves; merge; "
    "sed -i '/count = max/a\\    count = int(count)' shop.py; commit more", parts="atleast")
row("the line after it, nothing landed", "not", "ABSENT UNKNOWN",
    "hotfix; sed -i '/^def shipping/a\\    count = max(count, 1)' shop.py; commit fix; on main; "
    "sed -i '/^def shipping/a\\    count = int(count)' shop.py; commit more", parts="atleast")
row("an insertion, by hand in another order", "fixed", PERSON + " PRESENT",
    "hotfix; sed -i '/^def shipping/a\\    count = max(count, 1)' shop.py; commit fix; on main; "
    "sed -i '/^def shipping/a\\    count = int(count)\\n    count = max(count, 1)' shop.py; commit both", parts="atleast")
row("landing: no such commit", "not", "REFUSED", ONE + "moves", landing="0123456789" * 4)
row("landing: not in the target", "not", "REFUSED ABSENT REGRESSED", ONE + "moves; on hotfix/x; git tag landed; on main",
    landing="landed")
row("landing: another commit of the target", "not", "ABSENT UNKNOWN REFUSED", ONE + "moves; git tag landed; moves",
    landing="landed")
row("landing: another commit, same file", "not", "ABSENT UNKNOWN REFUSED",
    ONE + "moves; edit tax fix; commit tax; git tag landed; moves", landing="landed")
# Who says that it landed there is believed so far that a person looks.
row("landing: another commit, in conflict", "not", PERSON + " ABSENT REFUSED",
    ONE + OWN + "moves; edit tax fix; commit tax; git tag landed; moves", landing="landed")
row("landing: main's own way in conflict", "not", PERSON + " ABSENT REFUSED",
    ONE + OWN + "git tag landed; moves", landing="landed")
row("landing: the tag's own commit", "not", PERSON + " ABSENT REFUSED", ONE + OWN + "git tag landed v1.0.0",
    landing="landed")
row("landing: a squash, intact", "fixed", "PRESENT", TWO + "moves; squash; git tag landed; moves", landing="landed",
    parts="coupon shipping")
row("landing: a squash, reverted", "not", "REGRESSED", TWO + "moves; squash; git tag landed; moves; revert landed",
    landing="landed", parts="coupon shipping")
row("landing: a squash of half of it", "partly", "PARTIAL REGRESSED",
    TWO + "moves; pick hotfix/x~1; git tag landed; moves", landing="landed", parts="coupon shipping")
row("landing: last of a rebase, first reverted", "partly", PERSON + " REGRESSED PARTIAL",
    TWO + OWN + "on hotfix/x; new rebased; conflicts rebase main; ours; edit coupon both; git add -A; "
    "git rebase --continue >/dev/null; on main; git merge -q --ff-only rebased; git tag landed; revert HEAD~1",
    parts="coupon shipping", landing="landed")
row("landing: a -s ours merge", "not", "REGRESSED ABSENT", ONE + "moves; git merge -q -s ours -m m hotfix/x; git tag landed",
    landing="landed")
row("landing: a merge with main as second parent", "fixed", PERSON,
    ONE + OWN + "on hotfix/x; conflicts merge main; git checkout -q --theirs shop.py; edit coupon both; done_as merged; "
    "git branch -q before main; on main; git merge -q --ff-only hotfix/x; git branch -q -f hotfix/x hotfix/x^1; git tag landed",
    landing="landed")
row("the same, then undone", "not", "UNKNOWN CHANGED_SINCE REGRESSED",
    ONE + OWN + "on hotfix/x; conflicts merge main; git checkout -q --theirs shop.py; edit coupon both; done_as merged; "
    "on main; git merge -q --ff-only hotfix/x; git branch -q -f hotfix/x hotfix/x^1; git tag landed; revert -m 2 HEAD",
    landing="landed")
row("landing: told short", "fixed", "ADAPTED REFUSED", ONE + OWN + SQUASH + RIGHT + "; moves", landing="landed^{short}")

# ---- landed and gone
row("merged then reverted", "not", "REGRESSED", ONE + "moves; merge; revert -m 1 HEAD")
row("the revert reverted", "fixed", "PRESENT", ONE + "moves; merge; revert -m 1 HEAD; revert HEAD")
row("reverted twice", "not", "REGRESSED", ONE + "moves; merge; revert -m 1 HEAD; revert HEAD; moves; revert HEAD~1")
row("merged again after the revert", "not", "REGRESSED",
    ONE + "moves; merge; revert -m 1 HEAD; git merge -q hotfix/x >/dev/null")
row("reverted, and a second fix merged", "partly", "PARTIAL REGRESSED",
    ONE + "moves; merge; revert -m 1 HEAD; on hotfix/x; fix shipping; on main; merge", parts="coupon shipping")
row("squashed then reverted", "not", "REGRESSED", TWO + "moves; squash; revert HEAD", parts="coupon shipping")
row("picked then reverted", "not", "REGRESSED", ONE + "moves; pick hotfix/x; revert HEAD")
row("picked -x then reverted", "not", "REGRESSED", ONE + "moves; pick -x hotfix/x; revert HEAD")
row("reverted by hand", "not", "REGRESSED", ONE + "moves; merge; moves; edit coupon bug; commit back")
row("one of two reverted", "partly", "REGRESSED PARTIAL", TWO + "moves; merge; revert hotfix/x~1",
    parts="coupon shipping")
row("one of two reverted by hand", "partly", "REGRESSED PARTIAL", TWO + "moves; squash; edit shipping bug; commit back",
    parts="coupon shipping")
row("reverted in develop, which was merged", "not", "REGRESSED",
    ONE + "moves; merge; git branch develop; on develop; revert -m 1 HEAD; moves; merge develop")
row("-s ours", "not", "REGRESSED", ONE + "moves; git merge -q -s ours -m m hotfix/x")
row("-s ours, then picked", "fixed", "PRESENT", ONE + "moves; git merge -q -s ours -m m hotfix/x; pick hotfix/x")
row("a hunk dropped in the merge", "partly", "REGRESSED PARTIAL",
    "hotfix; edit coupon fix; edit shipping fix; commit fix; moves; git merge -q --no-ff --no-commit hotfix/x; "
    "edit shipping bug; done_as merged", parts="coupon shipping")
row("all dropped in the merge", "not", "REGRESSED",
    ONE + "moves; git merge -q --no-ff --no-commit hotfix/x; edit coupon bug; done_as merged")
row("overwritten later", "not", "CHANGED_SINCE REGRESSED", ONE + "moves; merge; edit coupon own; commit rewrite")
row("overwritten by a later resolution", "not", "CHANGED_SINCE REGRESSED",
    ONE + "git branch develop v1.0.0; moves; merge; on develop; edit coupon own; commit own; on main; "
    "conflicts merge develop; edit coupon own; git checkout -q --theirs shop.py; done_as resolved")
row("undone by a later resolution", "not", "REGRESSED",
    ONE + "git branch develop v1.0.0; moves; merge; on develop; edit coupon own; commit own; on main; "
    "conflicts merge develop; ours; edit coupon bug; done_as resolved")
row("reverted, then landed by picks", "fixed", "PRESENT",
    TWO + "moves; merge; revert -m 1 HEAD; moves; pick -x hotfix/x~1 hotfix/x", parts="coupon shipping")
row("octopus reverted", "not", "REGRESSED",
    ONE + "git checkout -q -b y v1.0.0; echo y >y.txt; commit y; moves; git merge -q -m octopus hotfix/x y; "
    "revert -m 1 HEAD")

row("reverted, with clocks that are wrong", "not", "REGRESSED",
    ONE + "moves; T=1500000000; moves; merge; T=1800000000; moves; T=1400000000; revert -m 1 HEAD~1; moves")

# ---- part of it
row("one of two picked", "partly", "PARTIAL", TWO + "moves; pick hotfix/x~1", parts="coupon shipping")
row("one of three picked -x", "partly", "PARTIAL", "hotfix; fix coupon shipping tax; moves; pick -x hotfix/x~1",
    parts="coupon shipping tax")
row("one of two picked and reverted", "not", "REGRESSED ABSENT", TWO + "moves; pick -x hotfix/x~1; revert HEAD",
    parts="coupon shipping")
row("one hunk of two by hand", "partly", "PARTIAL",
    "hotfix; edit coupon fix; edit shipping fix; commit fix; on main; edit shipping fix; commit half",
    parts="coupon shipping")
row("a pick that lost a hunk", "partly", "PARTIAL REGRESSED",
    "hotfix; edit coupon fix; edit shipping fix; commit fix; moves; pick -x hotfix/x; edit shipping bug; "
    "git commit -q -a --amend --no-edit", parts="coupon shipping")
row("a fix added after the merge", "partly", "PARTIAL", ONE + "moves; merge; on hotfix/x; fix shipping",
    parts="coupon shipping")
row("only its test landed", "not", "PARTIAL",
    ONE + "echo 'assert True' >test_coupon.py; commit test; moves; pick hotfix/x")
row("shared line: not merged", "not", "ABSENT",
    "hotfix; edit coupon half; commit half; edit coupon fix; commit fix; moves")
row("shared line: merged", "fixed", "PRESENT",
    "hotfix; edit coupon half; commit half; edit coupon fix; commit fix; moves; merge")
row("shared line: squashed", "fixed", "PRESENT",
    "hotfix; edit coupon half; commit half; edit coupon fix; commit fix; moves; squash")
row("shared line: only the first picked", "not", "PARTIAL UNKNOWN",
    "hotfix; edit coupon half; commit half; edit coupon fix; commit fix; moves; pick hotfix/x~1")
row("shared line: merged, second reverted", "not", "REGRESSED CHANGED_SINCE",
    "hotfix; edit coupon half; commit half; edit coupon fix; commit fix; moves; merge; revert hotfix/x")

# ---- looks like it and is not
row("tried and reverted before the tag", "not", "ABSENT", ONE + "moves",
    start="edit coupon fix; commit try; revert HEAD")
row("tried and reverted after the tag", "not", "ABSENT REGRESSED",
    "moves; edit coupon fix; commit try; revert HEAD; " + ONE + "moves")
row("a trailer that lies", "not", "ABSENT REGRESSED",
    ONE + "moves; echo 1 >>other.txt; commit \"fix (cherry picked from commit $(git rev-parse hotfix/x))\"")
row("a message that says merged", "not", "ABSENT", ONE + "moves; echo 1 >>other.txt; commit \"Merge branch 'hotfix/x'\"")
row("two alike files have each other's name, then merged", "not", "UNKNOWN",
    ONE + "on main; git mv shop.py old.py; git mv mall.py shop.py; git mv old.py mall.py; commit swap; merge",
    start="cp shop.py mall.py; echo '# the mall' >>mall.py; commit mall", files="mall.py", works=False)
row("merged, then another file is made the same", "fixed", "PRESENT UNKNOWN",
    ONE + "moves; merge; edit tax fix; commit tax; git show hotfix/x:shop.py >mall.py; git add mall.py; commit same",
    start="cp shop.py mall.py; echo '# the mall' >>mall.py; commit mall")
row("the wrong twin was mended", "not", "ABSENT", "hotfix; twin Middle; commit fix; on main; twin Right; commit twin",
    parts="middle")
row("the wrong twin, another removed", "not", "ABSENT PARTIAL UNKNOWN",
    "hotfix; twin Middle; commit fix; on main; twin Right; sed -i '/^class Left/,/return part/d' twins.py; commit twin",
    parts="middle")
row("a twin removed, the right one mended", "fixed", "PRESENT UNKNOWN",
    "hotfix; twin Middle; commit fix; on main; twin Middle; sed -i '/^class Left/,/return part/d' twins.py; commit twin",
    parts="middle")
row("another space on the line", "not", "UNKNOWN CHANGED_SINCE ABSENT",
    "hotfix; sed -i 's/^        return best/    return best/' shop.py; commit fix; on main; "
    "sed -i 's/^        return best/        return  best/' shop.py; commit space", parts="longest")
row("only in a comment", "not", "ABSENT UNKNOWN",
    ONE + "on main; sed -i '/^def coupon/a\\    # code = cart.get(\"coupon\")' shop.py; commit comment")

# ---- what no text can tell
row("mended elsewhere", "fixed", "ABSENT",
    ONE + "on main; printf '\\n\\n_coupon = coupon\\n\\n\\ndef coupon(cart):\\n"
    "    return _coupon({\"coupon\": None, **cart})\\n' >>shop.py; commit elsewhere",
    blind="main mends it in a wrapper; the line of the fix is as it was")
row("mended another way on its line", "fixed", "UNKNOWN", ONE + "on main; edit coupon other; commit other")
row("redefined after the merge", "not", "PRESENT",
    ONE + "moves; merge; printf '\\n\\ndef coupon(cart):\\n    return cart[\"coupon\"]\\n' >>shop.py; commit again",
    blind="a second definition below hides the mended one")
row("an old copy is used", "not", "PRESENT",
    ONE + "moves; cp shop.py prices.py; commit copy; merge", files="prices.py shop.py",
    blind="main runs a copy of the file that was made before the merge")
row("a condition switched off", "not", "PRESENT",
    ONE + "moves; merge; sed -i '/^def coupon/i coupons = False\\n\\n' shop.py; "
    "printf '\\n\\nif not coupons:\\n    del coupon\\n\\n    def coupon(cart):\\n        return cart[\"coupon\"]\\n' >>shop.py; "
    "commit switch", blind="main switches the mended code off far from it")

row("the deleted work is done elsewhere", "not", "PRESENT",
    "hotfix; sed -i '/share = share . 2/d' shop.py; commit fix; on main; sed -i '/share = share . 2/d' shop.py; "
    "printf '\\n\\n_rebate = rebate\\n\\n\\ndef rebate(amount):\\n    return 2 * _rebate(amount) - amount\\n' >>shop.py; "
    "commit elsewhere", parts="rebate", blind="main does what the deleted line did in another function")

# ---- whitespace is code
row("indentation, not merged", "not", "ABSENT",
    "hotfix; sed -i 's/^        return best/    return best/' shop.py; commit fix; moves", parts="longest")
row("indentation, merged", "fixed", "PRESENT",
    "hotfix; sed -i 's/^        return best/    return best/' shop.py; commit fix; moves; merge", parts="longest")
row("indentation, merged and reverted", "not", "REGRESSED",
    "hotfix; sed -i 's/^        return best/    return best/' shop.py; commit fix; moves; merge; revert -m 1 HEAD",
    parts="longest")
row("indentation, the line indented otherwise", "not", "UNKNOWN CHANGED_SINCE ABSENT",
    "hotfix; sed -i 's/^        return best/    return best/' shop.py; commit fix; on main; "
    "sed -i 's/^        return best/            return best/' shop.py; commit deeper", parts="longest")
row("blank after a backslash, not merged", "not", "ABSENT", "hotfix; sed -i 's/ *$//' run.sh; commit fix; moves",
    parts="run")
row("blank after a backslash, merged", "fixed", "PRESENT",
    "hotfix; sed -i 's/ *$//' run.sh; commit fix; moves; merge", parts="run")
row("blank after a backslash, back again", "not", "REGRESSED",
    "hotfix; sed -i 's/ *$//' run.sh; commit fix; moves; merge; sed -i 's/[\\]$/\\\\ /' run.sh; commit blank", parts="run")

# ---- deletions
DELETE = "hotfix; sed -i '/share = share . 2/d' shop.py; commit fix; "
row("deletion, not merged", "not", "ABSENT", DELETE + "moves", parts="rebate")
row("deletion, merged", "fixed", "PRESENT", DELETE + "moves; merge", parts="rebate")
row("deletion, squashed", "fixed", "PRESENT", DELETE + "moves; squash", parts="rebate")
row("deletion, the line added again", "not", "REGRESSED",
    DELETE + "moves; merge; sed -i '/share = amount .. 10/a\\    share = share * 2' shop.py; commit again", parts="rebate")
row("deletion, the line changed on main", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = share . 2/share = share * 3/' shop.py; commit three", parts="rebate")
row("deletion, added again after its neighbour", "not", "REGRESSED CHANGED_SINCE",
    DELETE + "moves; merge; sed -i 's/return amount - share/share = share * 2\\n    return amount - share/' shop.py; "
    "commit again", parts="rebate")

PLUGIN = "seq 30 >plugin.txt; commit plugin"
row("a file deleted by the fix, not merged", "not", "ABSENT", "hotfix; git rm -q plugin.txt; commit fix; moves", start=PLUGIN,
    parts="plugin")
row("a file deleted by the fix, merged", "fixed", "PRESENT", "hotfix; git rm -q plugin.txt; commit fix; moves; merge",
    start=PLUGIN, parts="plugin")
row("a file deleted by the fix, added again", "not", "REGRESSED",
    "hotfix; git rm -q plugin.txt; commit fix; moves; merge; seq 30 >plugin.txt; commit again", start=PLUGIN, parts="plugin")
row("a file deleted by the fix, changed on main", "not", "UNKNOWN ABSENT",
    "hotfix; git rm -q plugin.txt; commit fix; on main; echo 31 >>plugin.txt; commit more", start=PLUGIN, parts="plugin")
row("a file deleted by the fix, renamed on main", "not", "UNKNOWN ABSENT",
    "hotfix; git rm -q plugin.txt; commit fix; on main; mkdir ext; git mv plugin.txt ext; commit mv", start=PLUGIN,
    parts="plugin")
row("a file deleted by the fix, renamed and rewritten", "not", "PRESENT UNKNOWN",
    "hotfix; git rm -q plugin.txt; commit fix; on main; mkdir ext; git mv plugin.txt ext; seq 100 130 >ext/plugin.txt; commit mv",
    start=PLUGIN, parts="plugin", blind="main has no file of that name nor one like it; what it has does the same harm")
row("last line without its end, not merged", "not", "ABSENT",
    "hotfix; printf 'rates good' >last.txt; commit fix; moves", start="printf 'rates bad' >last.txt; commit last", parts="lastline")
row("last line without its end, merged, more added", "fixed", PERSON + " PRESENT",
    "hotfix; printf 'rates good' >last.txt; commit fix; moves; merge; printf '\\nmore\\n' >>last.txt; commit more",
    start="printf 'rates bad' >last.txt; commit last", parts="lastline")

# ---- files that move
row("renamed on main, not merged", "not", "ABSENT", ONE + "on main; git mv shop.py store.py; commit rename",
    files="store.py shop.py")
row("renamed on main, then merged", "fixed", "PRESENT", ONE + "on main; git mv shop.py store.py; commit rename; merge",
    files="store.py shop.py")
row("renamed on main, picked", "fixed", "PRESENT", ONE + "on main; git mv shop.py store.py; commit rename; pick hotfix/x",
    files="store.py shop.py")
row("merged, then renamed", "fixed", "PRESENT", ONE + "moves; merge; git mv shop.py store.py; commit rename",
    files="store.py shop.py")
row("merged, renamed, reverted by hand", "not", "REGRESSED",
    ONE + "moves; merge; git mv shop.py store.py; commit rename; edit coupon bug store.py; commit back", files="store.py shop.py")
row("merged, renamed, rewritten by half", "fixed", "PRESENT " + PERSON,
    ONE + "moves; merge; git mv shop.py store.py; sed -i '/^def shown/,$d; /^def label/,/^    return \\[/d' store.py; "
    "for i in 1 2 3 4 5 6 7 8 9; do printf '\\n\\ndef new%s():\\n    return %s\\n' $i $i >>store.py; done; commit rename",
    files="store.py shop.py")
row("merged, then two names, the used one without it", "not", "UNKNOWN",
    ONE + "moves; merge; cp shop.py keep.py; git mv shop.py store.py; edit coupon bug store.py; "
    "sed -i 's/title()/upper()/' store.py; commit two", files="store.py shop.py")
row("two names, the used one without it, not merged", "not", "ABSENT UNKNOWN PARTIAL",
    ONE + "on main; cp shop.py keep.py; git mv shop.py store.py; commit two; edit coupon fix keep.py; commit half",
    files="store.py shop.py")
row("merged, then renamed beside another that was", "fixed", "PRESENT",
    ONE + "moves; merge; git mv shop.py store.py; git mv twins.py pair.py; sed -i 's/count/number/' pair.py; commit rename",
    files="store.py shop.py")
row("merged, then renamed, a new file beside it", "fixed", "PRESENT",
    ONE + "moves; merge; git mv shop.py store.py; printf 'def own():\n    return 1\n' >own.py; commit rename",
    files="store.py shop.py")
row("folder renamed on main, merged", "fixed", "PRESENT",
    "hotfix; edit coupon fix src/shop.py; commit fix; on main; git mv src lib; commit rename; merge",
    start="mkdir src; git mv shop.py twins.py src; commit src", files="lib/shop.py src/shop.py")
row("folder renamed on main, not merged", "not", "ABSENT",
    "hotfix; edit coupon fix src/shop.py; commit fix; on main; git mv src lib; commit rename",
    start="mkdir src; git mv shop.py twins.py src; commit src", files="lib/shop.py src/shop.py")
row("renamed by the hotfix, merged", "fixed", "PRESENT",
    "hotfix; git mv shop.py store.py; edit coupon fix store.py; commit fix; moves; merge", files="store.py shop.py")
row("renamed by the hotfix, not merged", "not", "ABSENT",
    "hotfix; git mv shop.py store.py; edit coupon fix store.py; commit fix; moves", files="store.py shop.py")
row("renamed by the hotfix, fix under the old name", "fixed", "PARTIAL ABSENT UNKNOWN",
    "hotfix; git mv shop.py store.py; edit coupon fix store.py; commit fix; on main; fix coupon",
    files="store.py shop.py",
    blind="the rename is part of what the hotfix did, and main does not have it")
row("split in two, fix not there", "not", "UNKNOWN ABSENT MOOT",
    "hotfix; fix shipping; on main; sed -n '/^def shipping/,/return each/p' shop.py >ship.py; "
    "sed -i '/^def shipping/,/return each/d' shop.py; commit split", parts="shipping", files="ship.py shop.py")
row("split in two, fix in the new half by hand", "fixed", "UNKNOWN",
    "hotfix; fix shipping; on main; sed -n '/^def shipping/,/return each/p' shop.py >ship.py; "
    "sed -i '/^def shipping/,/return each/d' shop.py; commit split; edit shipping fix ship.py; commit fix",
    parts="shipping", files="ship.py shop.py")
row("split in two, landing told", "fixed", "ADAPTED CHANGED_SINCE",
    "hotfix; fix shipping; on main; sed -n '/^def shipping/,/return each/p' shop.py >ship.py; "
    "sed -i '/^def shipping/,/return each/d' shop.py; commit split; conflicts merge --squash hotfix/x; ours; "
    "edit shipping fix ship.py; done_as fix; git tag landed", parts="shipping", files="ship.py shop.py", landing="landed")
row("split in two, fix in the old half", "fixed", "PRESENT",
    ONE + "on main; sed -n '/^def shipping/,/return each/p' shop.py >ship.py; "
    "sed -i '/^def shipping/,/return each/d' shop.py; commit split; merge", files="shop.py")
row("split in two, deletion-only", "not", "UNKNOWN ABSENT",
    "hotfix; sed -i '/share = share . 2/d' shop.py; commit fix; on main; sed -n '/^def rebate/,/return amount/p' shop.py >re.py; "
    "sed -i '/^def rebate/,/return amount/d' shop.py; commit split", parts="rebate", files="re.py shop.py")
SHIM = "git mv shop.py store.py; echo 'from store import *' >shop.py; commit shim; "
row("moved behind a shim, not merged", "not", "UNKNOWN ABSENT", ONE + "on main; " + SHIM, files="store.py shop.py")
row("moved behind a shim, fix merged by hand", "fixed", PERSON + " PRESENT",
    ONE + "on main; " + SHIM + "conflicts merge hotfix/x; ours; edit coupon fix store.py; done_as merged", files="store.py shop.py")
row("moved behind a shim, after the merge", "fixed", PERSON + " PRESENT", ONE + "moves; merge; " + SHIM,
    files="store.py shop.py")
row("moved behind a shim, deletion-only, not merged", "not", "UNKNOWN ABSENT",
    "hotfix; sed -i '/share = share . 2/d' shop.py; commit fix; on main; " + SHIM, parts="rebate", files="store.py shop.py")
row("renamed differently on both sides", "not", "UNKNOWN ABSENT",
    "hotfix; git mv shop.py store.py; edit coupon fix store.py; commit fix; on main; git mv shop.py market.py; commit mv",
    files="market.py store.py shop.py")
row("deleted on main", "gone", "MOOT", ONE + "on main; git rm -q shop.py; commit gone")
row("deleted on main after the merge", "gone", "MOOT", ONE + "moves; merge; git rm -q shop.py; commit gone")
row("one of two files deleted", "not", "UNKNOWN ABSENT",
    "hotfix; edit coupon fix; twin Middle; commit fix; on main; git rm -q twins.py; commit gone")
row("a folder where the file was", "gone", "MOOT UNKNOWN",
    ONE + "on main; git rm -q shop.py; mkdir shop.py; echo 1 >shop.py/a; commit folder", files="shop.py/none shop.py")

# ---- new files
NEW = "hotfix; printf 'def check():\\n    return True\\n' >guard.py; commit fix; "
row("new file, not merged", "gone", "ABSENT", NEW + "moves", parts="check", files="guard.py", works=False)
row("new file, merged", "fixed", "PRESENT", NEW + "moves; merge", parts="check", files="guard.py", works=False)
row("new file, removed again", "gone", "REGRESSED", NEW + "moves; merge; git rm -q guard.py; commit rm", parts="check",
    files="guard.py", works=False)
row("new file, changed later", "not", "CHANGED_SINCE REGRESSED",
    NEW + "moves; merge; sed -i s/True/False/ guard.py; commit off", parts="check", files="guard.py", works=False)
row("new file in a new folder, merged", "fixed", "PRESENT",
    "hotfix; mkdir -p a/b; printf 'def check():\\n    return True\\n' >a/b/guard.py; commit fix; moves; merge",
    parts="check", files="a/b/guard.py", works=False)
row("new file, moved to a folder later", "fixed", "PRESENT UNKNOWN CHANGED_SINCE ADAPTED",
    NEW + "moves; merge; mkdir lib; git mv guard.py lib; commit mv", parts="check", files="lib/guard.py guard.py",
    works=False)
row("new file, main had its own of that name", "not", "UNKNOWN ABSENT",
    NEW + "on main; printf 'def check():\\n    return None\\n' >guard.py; commit own", parts="check", files="guard.py",
    works=False)

# ---- not text, or not only text
BINARY = "hotfix; printf '\\000\\001rates good\\n' >rates.bin; commit fix; "
row("binary, not merged", "not", "ABSENT", BINARY + "moves", parts="rates")
row("binary, merged", "fixed", "PRESENT", BINARY + "moves; merge", parts="rates")
row("binary, merged and reverted", "not", "REGRESSED", BINARY + "moves; merge; revert -m 1 HEAD", parts="rates")
row("binary, changed otherwise", "not", "UNKNOWN",
    BINARY + "on main; printf '\\000\\001rates worse\\n' >rates.bin; commit b", parts="rates")
MODE = "hotfix; chmod +x tool.sh; commit fix; "
row("mode, not merged", "not", "ABSENT", MODE + "moves", parts="tool")
row("mode, merged", "fixed", "PRESENT", MODE + "moves; merge", parts="tool")
row("mode, lost again", "not", "REGRESSED", MODE + "moves; merge; chmod -x tool.sh; commit lost", parts="tool")
row("mode, content changed on main, not merged", "not", "ABSENT", MODE + "on main; echo '# end' >>tool.sh; commit c",
    parts="tool")
row("mode, content changed on main, merged", "fixed", "PRESENT",
    MODE + "on main; echo '# end' >>tool.sh; commit c; merge", parts="tool")
LINK = "hotfix; ln -sfn v2 current; commit fix; "
row("symlink, not merged", "not", "ABSENT", LINK + "moves", parts="link")
row("symlink, merged", "fixed", "PRESENT", LINK + "moves; merge", parts="link")
row("symlink, pointed elsewhere later", "not", "CHANGED_SINCE REGRESSED",
    LINK + "moves; merge; mkdir v3; echo bad >v3/value; ln -sfn v3 current; commit v3", parts="link")
row("symlink, a folder on main", "not", "UNKNOWN ABSENT MOOT",
    LINK + "on main; rm current; mkdir current; echo bad >current/value; commit folder", parts="link")
SUB = ("mkdir ../lib; (cd ../lib; git init -q .; echo bad >lib.txt; commit 1; git tag bad; echo good >lib.txt; commit 2; "
       "git tag good; echo 'good and more' >lib.txt; commit 3; git tag more; echo bad >lib.txt; commit 4; git tag worse); "
       "git submodule -q add ../lib sub; (cd sub; git checkout -q bad); commit sub")
POINT = "hotfix; (cd sub; git checkout -q good); commit fix; "
row("submodule, not merged", "not", "ABSENT", POINT + "on main; git submodule -q update; moves", start=SUB, parts="sub")
row("submodule, merged", "fixed", "PRESENT", POINT + "on main; git submodule -q update; moves; merge", start=SUB,
    parts="sub")
row("submodule, pointed back", "not", "REGRESSED",
    POINT + "on main; git submodule -q update; moves; merge; (cd sub; git checkout -q bad); commit back", start=SUB,
    parts="sub")
row("submodule, further on main", "fixed", "UNKNOWN CHANGED_SINCE",
    POINT + "on main; (cd sub; git checkout -q more); commit more", start=SUB, parts="sub")
row("submodule, further and bad", "not", "UNKNOWN CHANGED_SINCE REGRESSED",
    POINT + "on main; git submodule -q update; moves; merge; (cd sub; git checkout -q worse); commit worse", start=SUB,
    parts="sub")

# ---- line ends and attributes
CRLF = "sed -i 's/$/\\r/' shop.py; commit crlf"
SCRIPT_CRLF = "printf 'set -- one two three\\necho $#\\n' | sed 's/$/\\r/' >run.sh; commit crlf"
row("line ends of a script, not merged", "not", "ABSENT", "hotfix; sed -i 's/\\r$//' run.sh; commit fix; moves",
    start=SCRIPT_CRLF, parts="run")
row("line ends of a script, merged", "fixed", "PRESENT", "hotfix; sed -i 's/\\r$//' run.sh; commit fix; moves; merge",
    start=SCRIPT_CRLF, parts="run")
row("line ends of a script, CRLF again", "not", "REGRESSED",
    "hotfix; sed -i 's/\\r$//' run.sh; commit fix; moves; merge; sed -i 's/$/\\r/' run.sh; commit again",
    start=SCRIPT_CRLF, parts="run")
NORMAL = "on main; echo '* text=auto' >.gitattributes; git add --renormalize .; commit normal; "
CRLF_FIX = "hotfix; edit coupon fix; sed -i 's/get(\"coupon\")$/&\\r/' shop.py; commit fix; "
row("renormalised on main, not merged", "not", "UNKNOWN ABSENT", CRLF_FIX + NORMAL, start=CRLF)
row("renormalised on main, merged -X renormalize", "fixed", "PRESENT " + PERSON,
    CRLF_FIX + NORMAL + "git merge -q -X renormalize -m m hotfix/x", start=CRLF)
row("merged, then renormalised", "fixed", "PRESENT " + PERSON, CRLF_FIX + "moves; merge; " + NORMAL, start=CRLF)
row("merged, renormalised, reverted by hand", "not", PERSON + " REGRESSED",
    CRLF_FIX + "moves; merge; " + NORMAL + "edit coupon bug; commit back", start=CRLF)
row("line ends of the fix differ on main", "fixed", "PRESENT " + PERSON + " ABSENT",
    ONE + "on main; edit coupon fix; sed -i 's/get(\"coupon\")$/&\\r/' shop.py; commit crlf",
    blind="main has the line with a CR, which Python does not mind and another language would")
UNION = "echo '*.py merge=union' >.gitattributes; commit union"
row("merge=union, not merged", "not", "ABSENT", ONE + "moves", start=UNION)
row("merge=union, merged", "fixed", "PRESENT", ONE + "moves; merge", start=UNION)
row("merge=union, a conflict, nothing landed", "not", "UNKNOWN ABSENT", ONE + OWN, start=UNION)
row("merge=union, deletion in conflict", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = share . 2/share = share * 3/' shop.py; commit three", parts="rebate", start=UNION)
row("merge=union, neighbours deleted", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = amount .. 10/share = amount * 10 \\/\\/ 100/' shop.py; commit ten", parts="rebate",
    start=UNION)
row("merge=union in info/attributes", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = share . 2/share = share * 3/' shop.py; commit three; "
    "echo '*.py merge=union' >.git/info/attributes", parts="rebate")
row("merge=union on main alone", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = share . 2/share = share * 3/' shop.py; echo '*.py merge=union' >.gitattributes; "
    "commit three", parts="rebate")
DRIVER = "echo '*.py merge=ours' >.gitattributes; commit driver; git config merge.ours.driver true"
row("merge=ours driver, merged by it", "not", PERSON + " REGRESSED",
    ONE + OWN + "merge", start=DRIVER)
row("merge=ours driver, not merged", "not", "UNKNOWN ABSENT", ONE + OWN, start=DRIVER)
row("merge=ours driver, nothing in conflict", "not", "ABSENT", ONE + "moves", start=DRIVER)
row("-merge, not merged", "not", "ABSENT UNKNOWN", ONE + "on main; edit tax fix; commit tax",
    start="echo '*.py -merge' >.gitattributes; commit nomerge")
row("-merge, merged", "fixed", "PRESENT", ONE + "moves; merge", start="echo '*.py -merge' >.gitattributes; commit nomerge")
row("-merge, picked by hand", "fixed", "PRESENT " + PERSON, ONE + "on main; edit tax fix; edit coupon fix; commit both",
    start="echo '*.py -merge' >.gitattributes; commit nomerge")
row("-diff, not merged", "not", "ABSENT", ONE + "on main; edit tax fix; commit tax",
    start="echo '*.py -diff' >.gitattributes; commit nodiff")
row("-diff, one of two picked", "partly", "PARTIAL", TWO + "moves; pick hotfix/x~1", parts="coupon shipping",
    start="echo '*.py -diff' >.gitattributes; commit nodiff")
row("-diff, one hunk of two by hand", "partly", "PARTIAL",
    "hotfix; edit coupon fix; edit shipping fix; commit fix; on main; edit shipping fix; commit half",
    parts="coupon shipping", start="echo '*.py -diff' >.gitattributes; commit nodiff")

# ---- what is on the hotfix's branch
row("an empty commit alone", "not", "UNKNOWN REFUSED", "hotfix; git commit -q --allow-empty -m ci; moves", works=False)
row("an empty commit beside, not merged", "not", "ABSENT", ONE + "git commit -q --allow-empty -m ci; moves")
row("an empty commit beside, picked without it", "fixed", "PRESENT",
    ONE + "git commit -q --allow-empty -m ci; moves; pick hotfix/x~1")
row("fixed and taken back on the hotfix", "not", "UNKNOWN REFUSED", ONE + "revert HEAD; moves", works=False)
row("tried, taken back, fixed: not merged", "not", "ABSENT", "hotfix; edit coupon own; commit try; revert HEAD; fix coupon; moves")
row("tried, taken back, fixed: merged", "fixed", "PRESENT",
    "hotfix; edit coupon own; commit try; revert HEAD; fix coupon; moves; merge")
row("tried, taken back, fixed: the fix picked", "fixed", "PRESENT",
    "hotfix; edit coupon own; commit try; revert HEAD; fix coupon; moves; pick hotfix/x")
row("tried, taken back, fixed: the try picked", "not", "UNKNOWN ABSENT PARTIAL",
    "hotfix; edit coupon own; commit try; revert HEAD; fix coupon; moves; pick hotfix/x~2")
BAD = "edit coupon fix; commit good; edit coupon bug; commit bad; git tag bad"
row("a revert of a bad commit, not merged", "not", "ABSENT", "hotfix; revert bad; moves", start=BAD)
row("a revert of a bad commit, merged", "fixed", "PRESENT", "hotfix; revert bad; moves; merge", start=BAD)
row("a revert of a bad commit, reverted on main too", "fixed", "PRESENT", "hotfix; revert bad; moves; revert bad", start=BAD)
row("a revert of what main never had", "fixed", "PRESENT",
    "hotfix; revert bad; git checkout -q -B main bad~1; moves", start=BAD)
row("a revert of a bad commit, main reverted its revert", "not", "REGRESSED ABSENT",
    "hotfix; revert bad; moves; revert bad; moves; revert HEAD~1", start=BAD)
TOPIC = "hotfix; new topic; fix coupon; on hotfix/x; merge topic; "
row("pull request into the hotfix, not merged", "not", "ABSENT", TOPIC + "moves")
row("pull request into the hotfix, merged", "fixed", "PRESENT", TOPIC + "moves; merge")
row("pull request into the hotfix, squashed", "fixed", "PRESENT", TOPIC + "moves; squash")
row("pull request into the hotfix, its commit picked", "fixed", "PRESENT", TOPIC + "moves; pick topic")
row("pull request into the hotfix, merged, reverted", "not", "REGRESSED", TOPIC + "moves; merge; revert -m 1 HEAD")
BESIDE = "hotfix; new topic; fix coupon; on hotfix/x; merge topic; git tag request; fix shipping; "
row("a request and a commit, the request reverted on main", "partly", "REGRESSED PARTIAL",
    BESIDE + "moves; merge; revert -m 1 request", parts="coupon shipping")
row("a request and a commit, the commit reverted on main", "partly", "REGRESSED PARTIAL",
    BESIDE + "moves; merge; revert hotfix/x", parts="coupon shipping")
row("a request and a commit, -s ours, the commit picked", "partly", "REGRESSED PARTIAL",
    BESIDE + "moves; git merge -q -s ours -m m hotfix/x; pick hotfix/x", parts="coupon shipping")
row("a request and a commit, the topic merged -s ours", "partly", "REGRESSED PARTIAL",
    BESIDE + "moves; git merge -q -s ours -m m topic; pick hotfix/x", parts="coupon shipping")
row("a request and a commit, the topic merged and resolved wrong", "partly", "PARTIAL REGRESSED CHANGED_SINCE UNKNOWN",
    BESIDE + OWN + "conflicts merge topic; " + WRONG + "; pick hotfix/x", parts="coupon shipping")
row("a request and a commit, the topic merged, its file rewritten", "partly", "PARTIAL REGRESSED CHANGED_SINCE UNKNOWN",
    BESIDE + "moves; merge topic; edit coupon own; commit rewrite; pick hotfix/x", parts="coupon shipping")
row("a request and a commit, only the commit picked", "partly", "PARTIAL", BESIDE + "moves; pick hotfix/x",
    parts="coupon shipping")
row("a request that fast-forwarded main, then reset there", "partly", "REGRESSED PARTIAL UNKNOWN",
    BESIDE + "on main; git merge -q --ff-only topic; git branch -q keep; revert HEAD; pick hotfix/x", parts="coupon shipping")
row("a request from a topic cut from main, not merged", "not", "ABSENT PARTIAL UNKNOWN",
    "moves; new topic; fix coupon; hotfix; fix shipping; merge topic; on main; echo m >m.txt; commit m", parts="coupon shipping")
row("a request from a topic cut from main, merged", "fixed", "PRESENT " + PERSON,
    "moves; new topic; fix coupon; hotfix; fix shipping; merge topic; moves; merge", parts="coupon shipping")
row("a request from a topic cut from main, only the other there", "partly", "PARTIAL UNKNOWN CHANGED_SINCE",
    "moves; new topic; fix coupon; hotfix; fix shipping; merge topic; moves; pick hotfix/x^1", parts="coupon shipping")
row("a request into a request, not merged", "not", "ABSENT",
    "hotfix; new t1; new t2; fix coupon; on t1; merge t2; on hotfix/x; merge t1; moves")
row("a request into a request, merged", "fixed", "PRESENT",
    "hotfix; new t1; new t2; fix coupon; on t1; merge t2; on hotfix/x; merge t1; moves; merge")
row("a request into a request, reverted", "not", "REGRESSED",
    "hotfix; new t1; new t2; fix coupon; on t1; merge t2; on hotfix/x; merge t1; moves; merge; revert -m 1 hotfix/x")
TWO_TOPICS = ("hotfix; new t1; fix coupon; hotfix; new t2; fix shipping; git checkout -q -B hotfix/x v1.0.0; "
              "merge t1; merge t2; ")
row("two pull requests, none merged", "not", "ABSENT", TWO_TOPICS + "moves", parts="coupon shipping")
row("two pull requests, one landed", "partly", "PARTIAL", TWO_TOPICS + "moves; pick t1", parts="coupon shipping")
row("two pull requests, both landed by picks", "fixed", "PRESENT", TWO_TOPICS + "moves; pick t1; pick t2",
    parts="coupon shipping")
row("two pull requests, the topic itself merged to main", "partly", "PARTIAL", TWO_TOPICS + "moves; merge t1",
    parts="coupon shipping")
row("two pull requests, both topics merged to main", "fixed", "PRESENT " + PERSON, TWO_TOPICS + "moves; merge t1; merge t2",
    parts="coupon shipping")
row("a pull request, its topic merged to main and reverted", "not", "REGRESSED ABSENT",
    TOPIC + "moves; merge topic; revert -m 1 HEAD")
OCTOPUS = ("hotfix; new t1; fix coupon; hotfix; new t2; fix shipping; git checkout -q -B hotfix/x v1.0.0; "
           "git commit -q --allow-empty -m start; git merge -q -m octopus t1 t2; ")
row("octopus of topics, not merged", "not", "ABSENT UNKNOWN", OCTOPUS + "moves", parts="coupon shipping")
row("octopus of topics, merged", "fixed", "PRESENT UNKNOWN", OCTOPUS + "moves; merge", parts="coupon shipping")
row("octopus of topics, half picked", "partly", "PARTIAL UNKNOWN", OCTOPUS + "moves; pick t1", parts="coupon shipping")
row("a topic merged by hand into the hotfix", "fixed", "PRESENT ADAPTED",
    "hotfix; edit coupon half; commit half; git checkout -q -b topic v1.0.0; edit coupon own; commit own; on hotfix/x; "
    "conflicts merge topic; ours; edit coupon both; done_as merged; moves; merge")
row("a topic merged by hand, not merged", "not", "ABSENT",
    "hotfix; edit coupon half; commit half; git checkout -q -b topic v1.0.0; edit coupon own; commit own; on hotfix/x; "
    "conflicts merge topic; ours; edit coupon both; done_as merged; moves")
row("a fix hidden in a merge of a topic", "not", "ABSENT PARTIAL UNKNOWN ADAPTED",
    "hotfix; edit shipping fix; commit fix; git checkout -q -b topic v1.0.0; echo t >t.txt; commit t; on hotfix/x; "
    "git merge -q --no-commit --no-ff topic; edit coupon fix; done_as evil; moves; pick hotfix/x^1; pick topic")
row("main merged into the hotfix, not back", "not", "ABSENT", ONE + "moves; on hotfix/x; merge main; on main")
row("main merged into the hotfix, and back", "fixed", "PRESENT", ONE + "moves; on hotfix/x; merge main; on main; merge")
row("main merged into the hotfix, fix after it", "not", "ABSENT", "hotfix; moves; on hotfix/x; merge main; fix coupon; on main")
row("main merged into the hotfix between two fixes", "partly", "PARTIAL",
    ONE + "moves; on hotfix/x; merge main; fix shipping; on main; pick hotfix/x", parts="coupon shipping")
row("main merged into the hotfix, fast-forwarded", "fixed", "PRESENT " + PERSON,
    ONE + "moves; on hotfix/x; merge main; on main; git merge -q --ff-only hotfix/x")
row("main merged by hand into the hotfix, and back", "fixed", PERSON + " PRESENT",
    ONE + OWN + "on hotfix/x; conflicts merge main; git checkout -q --theirs shop.py; edit coupon both; done_as merged; "
    "on main; merge")
row("main merged into the hotfix, develop is asked: not", "not", "ABSENT",
    "git branch develop; " + ONE + "moves; on hotfix/x; merge main; on develop; echo d >d.txt; commit d", target="develop")
row("main merged into the hotfix, develop is asked: picked", "fixed", "PRESENT " + PERSON,
    "git branch develop; " + ONE + "git tag fix; moves; on hotfix/x; merge main; on develop; echo d >d.txt; commit d; pick fix",
    target="develop")
row("main merged into the hotfix, develop is asked: main's only", "not", "ABSENT PARTIAL",
    "git branch develop; " + ONE + "moves; on hotfix/x; merge main; on develop; echo d >d.txt; commit d; merge main",
    target="develop")
row("the hotfix moved to main's merge of it", "fixed", "PRESENT UNKNOWN",
    ONE + "moves; merge; git branch -q -f hotfix/x main")
row("the hotfix moved to main's merge, merge dropped", "not", "ABSENT UNKNOWN",
    ONE + "moves; git branch before; merge; git branch -q -f hotfix/x main; git reset -q --hard before")
row("cut from main, not merged", "not", "ABSENT PARTIAL UNKNOWN", "moves; git checkout -q -b hotfix/x; fix coupon; on main; echo m >m.txt; commit m")
row("cut from main, merged", "fixed", "PRESENT " + PERSON, "moves; git checkout -q -b hotfix/x; fix coupon; on main; echo m >m.txt; commit m; merge")
# Main's own commit counts for the hotfix's, and main has rewritten it.
row("cut from main, what main had is rewritten", "not", "ABSENT PARTIAL UNKNOWN REGRESSED",
    "moves; git checkout -q -b hotfix/x; fix coupon; moves; moves")
row("cut from main, picked to develop", "fixed", "PRESENT PARTIAL ABSENT UNKNOWN",
    "git branch develop; moves; git checkout -q -b hotfix/x; fix coupon; on develop; echo d >d.txt; commit d; pick hotfix/x",
    target="develop", blind="the branch brings what main had since the tag, and develop does not have that")
row("annotated tag, merged", "fixed", "PRESENT", "git tag -f -a -m release v1.0.0 v1.0.0; " + ONE + "moves; merge")
row("a second hotfix aboard, neither on main", "not", "ABSENT",
    "hotfix hotfix/y; fix shipping; git tag v1.0.1; " + ONE + "merge v1.0.1; moves", parts="coupon shipping")
row("a second hotfix aboard, both on main", "fixed", "PRESENT",
    "hotfix hotfix/y; fix shipping; git tag v1.0.1; " + ONE + "merge v1.0.1; moves; merge", parts="coupon shipping")
row("a second hotfix aboard, only it on main", "partly", "ABSENT PARTIAL",
    "hotfix hotfix/y; fix shipping; git tag v1.0.1; " + ONE + "merge v1.0.1; moves; merge v1.0.1", parts="coupon shipping")
row("a second hotfix aboard, only this one on main", "partly", "PARTIAL",
    "hotfix hotfix/y; fix shipping; git tag v1.0.1; " + ONE + "git tag own; merge v1.0.1; moves; pick own",
    parts="coupon shipping")
row("criss-cross of main and develop, merged", "fixed", "PRESENT",
    "git branch develop; " + ONE + "moves; merge; moves develop; git tag d; git tag m main; "
    "git merge -q -X theirs -m x m; on main; git merge -q -X ours -m x d; moves", target="develop")
row("criss-cross, reverted on one side", "not", "REGRESSED",
    "git branch develop; " + ONE + "moves; merge; on develop; echo d >d.txt; commit d; git tag d; git tag m main; "
    "git merge -q -m x m; on main; git merge -q -m x d; revert -m 1 m; git tag r; on develop; echo e >e.txt; commit e; "
    "git merge -q -m y r", target="develop")

# ---- versions, paths, sizes, clones
BUMP = "hotfix; edit coupon fix; echo 1.0.1 >VERSION; commit fix; "
row("version bump in conflict, picked without", "fixed", "PRESENT",
    BUMP + "on main; echo 2.0.0 >VERSION; commit 2; edit coupon fix; commit fix")
row("version bump in conflict, not merged", "not", "ABSENT", BUMP + "on main; echo 2.0.0 >VERSION; commit 2")
row("version bump in conflict, reverted", "not", "REGRESSED",
    BUMP + "on main; echo 2.0.0 >VERSION; commit 2; conflicts merge hotfix/x; echo 2.0.1 >VERSION; done_as m; "
    "revert -m 1 HEAD")
row("only the version bump landed", "not", "ABSENT", BUMP + "on main; echo 1.0.1 >VERSION; commit bump")
row("change log in conflict, merged", "fixed", "PRESENT",
    "hotfix; edit coupon fix; echo '* 1.0.1: fix' >>CHANGELOG.md; commit fix; on main; echo '* 2.0.0: all' >>CHANGELOG.md; "
    "commit 2; conflicts merge hotfix/x; sed -i '/^[<=>]/d' CHANGELOG.md; done_as m")
row("only ignored files changed", "not", "UNKNOWN REFUSED", "hotfix; echo 1.0.1 >VERSION; commit bump; moves", works=False)
row("all files ignored", "not", "UNKNOWN REFUSED", ONE + "moves", ignore=("*",))
ODD_FILE = 'tür "a"/größe\tx.py'
ODD = f"mkdir 'tür \"a\"'; git mv shop.py '{ODD_FILE}'; commit odd"
ODD_FIX = f"hotfix; edit coupon fix '{ODD_FILE}'; commit fix; "


def odd(name, wanted, verdicts, script):
    row("odd path, " + name, wanted, verdicts, ODD_FIX + script, start=ODD, parts="odd")


odd("not merged", "not", "ABSENT", "moves")
odd("merged", "fixed", "PRESENT", "moves; merge")
odd("conflict", "not", "UNKNOWN ABSENT", f"on main; edit coupon own '{ODD_FILE}'; commit own")
odd("reverted", "not", "REGRESSED", "moves; merge; revert -m 1 HEAD")
row("path that is not UTF-8, conflict", "not", "UNKNOWN ABSENT",
    ONE + OWN + "on hotfix/x; f=$(printf 'caf\\351.txt'); echo 1 >\"$f\"; commit more; on main; echo 2 >\"$f\"; commit more")
row("path with a newline, merged", "fixed", "PRESENT",
    "hotfix; edit coupon fix; echo 1 >'a\nb'; commit fix; moves; merge")
row("path with a newline, conflict", "not", "UNKNOWN ABSENT",
    "hotfix; edit coupon fix; echo 1 >'a\nb'; commit fix; on main; echo 2 >'a\nb'; commit own")
row("pattern with a folder is ignored", "fixed", "PRESENT",
    "hotfix; edit coupon fix; mkdir -p charts/app; echo 1.0.1 >charts/app/VERSION; commit fix; on main; fix coupon",
    ignore=("charts/**",))
row("a name as an option, hotfix", "not", "ABSENT", ONE + "git update-ref refs/heads/--all hotfix/x; moves")
MANY = "mkdir d; for i in $(seq 60); do mkdir d/$i; for j in $(seq 50); do echo $i $j >d/$i/$j; done; done; commit many"
row("three thousand files, not merged", "not", "ABSENT", ONE + "moves", start=MANY)
row("three thousand files, folder renamed, merged", "fixed", "PRESENT", ONE + "on main; git mv d e; commit mv; merge", start=MANY)
# More renames than libgit2 looks at by itself; the file that the fix deletes does its harm under another name.
row("six hundred files moved, one of them to be deleted", "not", "UNKNOWN ABSENT",
    "hotfix; git rm -q shop.py; git commit -q -m fix; on main; mkdir src; "
    "git mv f*.txt shop.py src/; for f in src/*; do echo '# moved' >>$f; done; commit reorg", files="src/shop.py shop.py",
    start="for i in $(seq 600); do seq $i $((i + 9)) >f$i.txt; done; commit many", works=False)
# The fix came to the hotfix from main, and main took half of it back, or all of it after many other commits.
row("came with a merge of main, half taken back there", "partly", "UNKNOWN REGRESSED PARTIAL",
    "on main; fix coupon shipping; hotfix; merge main; echo b >t.txt; commit tweak; on main; pick hotfix/x; "
    "edit shipping bug; commit back", parts="coupon shipping")
row("came with a merge of main after a hundred commits, taken back there", "not", "UNKNOWN REGRESSED",
    "for i in $(seq 100); do echo $i >o.txt; commit $i; done; fix coupon; hotfix; merge main; echo b >t.txt; commit tweak; "
    "on main; pick hotfix/x; edit coupon bug; commit back")
row("a hundred commits, one reverted", "not", "REGRESSED PARTIAL",
    "hotfix; for i in $(seq 50); do echo $i >f$i; commit $i; done; fix coupon; moves; merge; revert hotfix/x", start="")


def clone(name, options, landed, wanted, verdicts, **more):
    """The question is asked in a clone of what the script made."""
    row("clone " + name, wanted, verdicts,
        ONE + "moves; " + landed + "; for i in 1 2 3; do moves; done; git config uploadpack.allowFilter true; "
        f"git clone -q {options} --no-single-branch \"file://$PWD\" ../clone; cd ../clone; "
        "git rev-parse -q --verify v1.0.0 >/dev/null || git fetch -q --depth 1 origin tag v1.0.0; "
        "git branch -q hotfix/x origin/hotfix/x 2>/dev/null || true", repo="clone", **more)


clone("--depth 1, not merged", "--depth 1", "true", "not", "REFUSED ABSENT")
clone("--depth 1, merged", "--depth 1", "merge", "fixed", "REFUSED PRESENT")
clone("--depth 1, reverted", "--depth 1", "merge; revert -m 1 HEAD", "not", "REFUSED REGRESSED ABSENT")
clone("--depth 2, not merged", "--depth 2", "true", "not", "REFUSED ABSENT")
clone("--depth 2, merged", "--depth 2", "merge", "fixed", "REFUSED PRESENT")
clone("--depth 2, reverted", "--depth 2", "merge; revert -m 1 HEAD", "not", "REFUSED REGRESSED ABSENT")
clone("--filter=blob:none, not merged", "--filter=blob:none", "true", "not", "REFUSED ABSENT")
clone("--filter=blob:none, merged", "--filter=blob:none", "merge", "fixed", "REFUSED PRESENT")
clone("--filter=tree:0, reverted", "--filter=tree:0", "merge; revert -m 1 HEAD", "not", "REFUSED REGRESSED")
clone("--bare, merged", "--bare", "merge", "fixed", "REFUSED PRESENT")
clone("complete, reverted", "", "merge; revert -m 1 HEAD", "not", "REGRESSED")
row("worktree beside, merged", "fixed", "PRESENT", ONE + "moves; merge; git worktree add -q --detach ../beside v1.0.0",
    repo="beside")
row("another branch checked out, dirty", "not", "ABSENT",
    ONE + "moves; on hotfix/x; echo dirty >>shop.py; echo '*.py merge=union' >.gitattributes; git add .gitattributes")
row("union attribute not committed", "not", "UNKNOWN ABSENT",
    DELETE + "on main; sed -i 's/share = share . 2/share = share * 3/' shop.py; commit three; "
    "echo '*.py merge=union' >.gitattributes", parts="rebate")
