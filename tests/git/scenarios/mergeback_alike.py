#!/usr/bin/env python3
"""Blocks that are alike but for their names: is the one that the hotfix mends told from the others?

    mergeback_alike.py [BINARY] [--seed N] [--histories N] [--jobs N]

Main swaps, moves, adds and removes blocks, before or after the fix came to it, or mends another one by hand. They are
functions or records, named above or below. The truth is the body of the block by that name. PRESENT is never said of another's; --seed N --histories 1 plays one again.
"""

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import world

BODY = ["first = 1", "lock()", "handle = open()", "second = handle", "unlock()", "third = first", "return third"]
MOST_CALLED_LACKING = 0.03  # of all, although they are there: git's comparison and libgit2's differ
FILE = "alike.py"


# What is above and below a block's body, and how far the body is indented.
NOTATIONS = {
    "function": (["def NAME():"], [], 4),
    "brace below": (["int NAME(int n)", "{"], ["}"], 4),
    "record": (["  {", '    "name": "NAME",'], ["  },"], 4),
    "document": (["---", "kind: Job", "metadata:", "  name: NAME", "spec:"], [], 2),
    "name below": (["- kind: job"], ["  name: NAME"], 2),
    "annotation": ([], ["  void NAME() {", "    run();", "  }"], 2),
}


def text(functions, notation):
    above, below, indent = NOTATIONS[notation]
    return "\n\n\n".join("\n".join([line.replace("NAME", name) for line in above] + [" " * indent + line for line in body] +
                                   [line.replace("NAME", name) for line in below]) for name, body in functions) + "\n"


def body_of(folder, name, notation):
    """Nothing when there is no such block."""
    above, below, indent = NOTATIONS[notation]
    head, tail = [[line.replace("NAME", name) for line in part] for part in (above, below)]
    with open(os.path.join(folder, FILE), encoding="utf-8") as file:
        for one in file.read().strip("\n").split("\n\n\n"):
            lines = one.split("\n")
            end = len(lines) - len(tail)
            if lines[:len(head)] == head and lines[end:] == tail:
                return [line[indent:] for line in lines[len(head):end]]
    return None


def changed(rng, functions, mended):
    functions = [(name, body[:]) for name, body in functions]
    for _ in range(rng.randint(1, 2)):
        kind, at = rng.choice(("swap", "add", "remove", "move")), rng.randrange(len(functions))
        if kind == "swap":
            other = rng.randrange(len(functions))
            functions[at], functions[other] = functions[other], functions[at]
        elif kind == "add":
            functions.insert(at, (f"new{rng.randrange(99)}", BODY[:]))
        elif kind == "remove" and len(functions) > 2 and functions[at][0] != mended:
            del functions[at]
        elif kind == "move":
            functions.insert(rng.randrange(len(functions)), functions.pop(at))
    return functions


def attempt(binary, top, seed):
    """What was done, whether the fix is in effect, and what hotfixd says; nothing when git could not merge it."""
    rng = random.Random(seed)
    notation = rng.choice(list(NOTATIONS))
    work = os.path.join(top, str(seed))
    os.mkdir(work)

    def commit(functions, message):
        with open(os.path.join(work, FILE), "w", encoding="utf-8") as file:
            file.write(text(functions, notation))
        world.git(work, "add", "-A")
        world.git(work, "commit", "-q", "--allow-empty", "-m", message)

    def merges(*arguments):
        return world.run(["git", *arguments], work, check=False).returncode == 0

    functions = [(f"f{n}", [line for line in BODY if rng.random() < 0.95] or BODY[:]) for n in range(rng.randint(2, 5))]
    at = rng.randrange(len(functions))
    name, body = functions[at][0], functions[at][1][:]
    line = rng.randrange(len(body))
    kind = rng.choice(("change", "insert", "delete"))
    body[line:line + 1] = {"change": [body[line] + "  # mended"], "insert": ["guard()", body[line]], "delete": []}[kind]
    fixed = functions[:at] + [(name, body)] + functions[at + 1:]
    world.git(work, "init", "-q", "-b", "main", ".")
    commit(functions, "start")
    world.git(work, "tag", "v1.0.0")
    world.git(work, "checkout", "-q", "-b", "hotfix/x")
    commit(fixed, "fix")
    world.git(work, "checkout", "-q", "main")
    how = rng.choice(("merge", "pick", "squash", "later", "another"))
    if how == "later":
        merges("merge", "-q", "--no-ff", "-m", "merged", "hotfix/x")
        commit(changed(rng, fixed, name), "later")
    elif how == "another":
        main = changed(rng, functions, name)
        like = [n for n, one in enumerate(main) if one[0] != name and one[1] == functions[at][1]]
        if not like:
            return None
        other = rng.choice(like)
        main[other] = (main[other][0], body[:])
        commit(main, "another one")
    else:
        commit(changed(rng, functions, name), "before")
        if not merges(*{"merge": ("merge", "-q", "--no-ff", "-m", "merged", "hotfix/x"), "pick": ("cherry-pick", "hotfix/x"),
                        "squash": ("merge", "-q", "--squash", "hotfix/x")}[how]):
            return None
        if how == "squash":
            world.git(work, "commit", "-q", "--allow-empty", "-m", "squashed")
    truth = body_of(work, name, notation) == body
    word = world.ask(binary, work).word
    shutil.rmtree(work)
    return f"{notation}, {kind}, {how}", truth, word


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--explore", action="store_true", help="from a random seed")
    options = parser.parse_args()
    binary = world.binary_from(options)
    if options.explore:
        options.seed = random.SystemRandom().randrange(10**6)
    print(f"seed {options.seed}", flush=True)
    top = tempfile.mkdtemp(prefix="hotfixd-alike-")
    seeds = range(options.seed, options.seed + options.histories)
    with ThreadPoolExecutor(options.jobs) as pool:
        said = [(seed, one) for seed, one in zip(seeds, pool.map(lambda seed: attempt(binary, top, seed), seeds)) if one]
    shutil.rmtree(top)

    counts = collections.Counter((truth, word) for _, (_, truth, word) in said)
    for (truth, word), times in sorted(counts.items()):
        print(f"{'there' if truth else 'not there':<12}{word:<16}{times:>5}")
    wrong = [(seed, what) for seed, (what, truth, word) in said if word == "PRESENT" and not truth]
    lacking = [(seed, what) for seed, (what, truth, word) in said if truth and word in ("ABSENT", "PARTIAL", "REGRESSED")]
    for seed, what in wrong:
        print(f"FAIL --seed {seed} --histories 1: PRESENT, and it is not ({what})")
    for seed, what in lacking:
        print(f"called lacking and is there: --seed {seed} ({what})")
    complaints = [word for (_, word) in counts if word not in world.NAME]
    for word in complaints:
        print(f"FAIL {word}")
    too_many = len(lacking) > max(1, MOST_CALLED_LACKING * len(said))
    if too_many:
        print(f"FAIL {len(lacking)} of {len(said)} are called lacking and are there")
    there = sum(times for (truth, word), times in counts.items() if word == "PRESENT")
    return 1 if wrong or complaints or too_many or (options.histories > 50 and there == 0) else 0


if __name__ == "__main__":
    sys.exit(main())
