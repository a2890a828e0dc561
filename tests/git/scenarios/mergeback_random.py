#!/usr/bin/env python3
"""Random histories: what `hotfixd mergeback` says is held against git's command line in a fresh clone.

    mergeback_random.py [BINARY] [--seed N] [--seconds S] [--histories N] [--jobs N] [--show]

A history is a script in the words of prelude.sh and random_prelude.sh. One that fails is shortened and printed with
its seed; --seed N --histories 1 plays it again, --show prints the script of every history. The same seeds are played
every time, so that what turns red is the change; --explore plays new ones.
"""

import argparse
import collections
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import world

FEWEST = 30  # histories that are enough for every decided verdict to be said
LINES = 14
FILES = "abcd"
START = "git init -q .; " + "".join(f"for i in $(seq {LINES}); do echo {f} $i; done >{f}.txt; " for f in FILES[:3]) + "commit start; git tag v1.0.0; git branch develop\n"


# ---- histories

def make(seed):
    """The lines of a script: one hotfix, main and develop, and what people do with them."""
    rng = random.Random(seed)
    lines, names, own = [], [], []
    count = 0
    spots = [(rng.choice(FILES[:3]), rng.randint(1, LINES)) for _ in range(rng.randint(2, 4))]  # where it all happens

    def name(prefix):
        nonlocal count
        count += 1
        names.append(f"{prefix}{count}")
        return names[-1]

    def how():
        return rng.choice(("drop", "ours", "theirs", "both"))

    def change(words=("new", "newer")):
        file, at = rng.choice(spots) if rng.random() < 0.6 else (rng.choice(FILES), rng.randint(1, LINES))
        kind = rng.choices(("put", "add", "cut", "base", "space"), (60, 12, 10, 12, 6))[0]
        if kind == "put":
            return f"put {file} {at} '{file} {rng.choice(words)} {rng.randint(1, 3)}'"
        if kind == "add":
            return f"add {file} {at} '{file} more {rng.randint(1, 3)}'"
        if kind == "cut":
            return f"cut {file} {at}"
        return f"put {file} {at} '{file} {at}'" if kind == "base" else f"put {file} {at} '{file}  {at}'"

    def commit(prefix, words=("new", "newer")):
        edits = "; ".join(change(words) for _ in range(rng.choice((1, 1, 1, 2, 3))))
        called = name(prefix)
        lines.append(f"{edits}; keep {called}")
        return called

    def on_hotfix():
        kind = rng.choices(("commit", "topic", "try", "sync", "move"), (60, 20, 8, 6, 6))[0]
        lines.append("on hotfix/x")
        if kind == "topic":
            lines.append("new topic")
            for _ in range(rng.randint(1, 2)):
                own.append(commit("t"))
            lines.append("on hotfix/x")
            own.append(name("p"))
            lines.append(f"whole {how()} {own[-1]} topic")
        elif kind == "try":
            called = commit("h")
            lines.append(f"undo drop {name('u')} {called}")
        elif kind == "sync":
            lines.append(f"sync {how()} {name('s')} main")
        elif kind == "move":
            own.append(name("h"))
            lines.append(f"move {rng.choice(FILES[:3])} -h; {change()}; keep {own[-1]}")
        else:
            own.append(commit("h"))

    def on_line(line):
        kind = rng.choices(("commit", "whole", "flat", "copy", "undo", "more", "move", "drop", "ours", "line", "rebased",
                            "undo last", "topic", "fast"), (22, 14, 8, 20, 12, 4, 5, 1, 2, 6, 4, 6, 4, 2))[0]
        lines.append("on " + line)
        if kind == "commit":
            commit("m", ("new", "old"))
        elif kind in ("whole", "flat"):
            lines.append(f"{kind} {how()} {name('l')}")
        elif kind == "copy" and own:
            lines.append(f"copy {how()} {name('l')} {rng.choice(own)}")
        elif kind == "more" and own:
            lines.append(f"copy {how()} {name('l')} {rng.choice(own)}; {change()}; more")
        elif kind == "undo" and names:
            lines.append(f"undo {how()} {name('u')} {rng.choice(names[:])}")
        elif kind == "undo last":
            lines.append(f"undo {how()} {name('u')} HEAD")
        elif kind == "move":
            lines.append(f"move {rng.choice(FILES)} -m; keep {name('m')}")
        elif kind == "drop":
            lines.append(f"drop {rng.choice(FILES)}; keep {name('m')}")
        elif kind == "ours":
            lines.append(f"git merge -q -s ours -m ours hotfix/x 2>/dev/null || true; keep {name('l')}")
        elif kind == "line":
            lines.append(f"whole {how()} {name('x')} {'develop' if line == 'main' else 'main'}")
        elif kind == "rebased":
            lines.append("rebased")
        elif kind == "topic":  # the hotfix's topic merged here by itself
            lines.append(f"git rev-parse -q --verify topic >/dev/null && whole {how()} {name('l')} topic || true")
        elif kind == "fast":
            lines.append("git merge -q --ff-only topic >/dev/null 2>&1 || true")

    for _ in range(rng.randint(0, 2)):
        on_line_only = rng.choice(("main", "main", "develop"))
        lines.append("on " + on_line_only)
        commit("m", ("new", "old"))
    lines.append("hotfix")
    for _ in range(rng.choice((1, 1, 2, 2, 3, 4))):
        on_hotfix()
    for _ in range(rng.randint(1, 6)):
        if rng.random() < 0.08:
            on_hotfix()
        else:
            on_line(rng.choice(("main", "main", "main", "develop")))
    return lines


# ---- what git's command line says

class CommandLine:
    """A clone that is asked with git alone."""

    def __init__(self, clone):
        self.clone, self.made = clone, {}
        self.trees = dict(line.split() for line in world.git(clone, "log", "--all", "--format=%H %T").splitlines())
        self.refs = dict(line.split() for line in world.git(
            clone, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)").splitlines())
        self.base = self.trees[self.refs["v1.0.0"]]
        self.own, self.steps = self.replay()

    def commit(self, tree, parent=None):
        if (tree, parent) not in self.made:
            self.made[tree, parent] = world.git(self.clone, "commit-tree", "-m", "tree", *(["-p", parent] if parent else []),
                                                tree)
        return self.made[tree, parent]

    def merged(self, base, ours, theirs):
        """The tree that a merge of three trees makes, or None when it conflicts."""
        if base == ours or ours == theirs:
            return theirs
        if base == theirs:
            return ours
        root = self.commit(base)
        done = world.run(["git", "-c", "merge.directoryRenames=false", "merge-tree", "--write-tree",
                          self.commit(ours, root), self.commit(theirs, root)], self.clone, check=False)
        if done.returncode > 1:
            raise world.Broken("merge-tree: " + done.stderr.decode())
        return done.stdout.decode().split()[0] if done.returncode == 0 else None

    def replay(self):
        """The hotfix's own commits on top of the tag, None when they conflict, and how many they are."""
        tree, steps = self.base, 0
        for line in world.git(self.clone, "log", "--first-parent", "--reverse", "--format=%T %P%x09%s",
                              "v1.0.0..hotfix/x").splitlines():
            ids, subject = line.split("\t", 1)
            after, first, *others = ids.split()
            if others and subject.startswith("sync"):
                continue
            steps += 1
            tree = self.merged(self.trees[first], tree, after)
            if tree is None:
                break
        return tree, steps

    def says(self, target):
        """same, differs, conflict; nothing when the hotfix changes nothing; unclear when it does not replay."""
        if self.own is None:
            return "unclear"
        if self.steps == 0 or self.own == self.base:
            return "nothing"
        there = self.trees[self.refs[target]]
        result = self.merged(self.base, there, self.own)
        return "conflict" if result is None else "same" if result == there else "differs"


# ---- the check

# What git says → what hotfixd may say; a person may be asked whenever there is a reason: libgit2 conflicts over renames
# where git does not. PRESENT is said where git says so and nowhere else.
ALLOWED = {
    "same": ("PRESENT", "ADAPTED", "CHANGED_SINCE", "UNKNOWN"),
    "differs": ("ABSENT", "PARTIAL", "REGRESSED", "UNKNOWN", "ADAPTED", "CHANGED_SINCE"),
    "conflict": ("ABSENT", "PARTIAL", "REGRESSED", "ADAPTED", "CHANGED_SINCE", "MOOT", "UNKNOWN"),
    "nothing": ("UNKNOWN", "REFUSED"),
    "unclear": ("ABSENT", "PARTIAL", "REGRESSED", "ADAPTED", "CHANGED_SINCE", "MOOT", "UNKNOWN"),
}


def check(binary, folder, lines):
    """(what was said for each target, what is wrong). Points that main and develop were at are targets too."""
    with open(os.path.join(world.HERE, "random_prelude.sh"), encoding="utf-8") as file:
        words = file.read()
    work = os.path.join(folder, "work")
    os.mkdir(work)
    world.shell(work, words + START + "\n".join(lines) + "\n")
    clone, mirror = os.path.join(folder, "clone"), os.path.join(folder, "mirror")
    world.git(folder, "clone", "-q", "--mirror", "--no-local", work, clone)
    world.git(folder, "clone", "-q", "--mirror", work, mirror)
    said, wrong = [], []
    git = CommandLine(clone)
    marks = [mark for mark in git.refs if mark[0] in "mlux" and mark[1:].isdigit()]
    for target in ("main", "develop", *marks[-3:]):
        wanted = git.says(target)
        answer = world.ask(binary, work, target=target)
        said.append((wanted, answer.word, answer.why))
        wrong += [f"{target}: {complaint}" for complaint in answer.complaints]
        unrelated = answer.word == "REFUSED" and "no history in common" in answer.why  # the root itself was amended
        if answer.word not in ALLOWED[wanted] and not unrelated:
            wrong.append(f"{target}: {answer.word}, and git's command line says {wanted}: {answer.why}")
        if answer.word == "UNKNOWN" and not answer.why:
            wrong.append(f"{target}: UNKNOWN without a reason")
        if target not in ("main", "develop"):
            continue
        other = world.ask(binary, mirror, target=target)
        if (other.out, other.json) != (answer.out, answer.json):
            wrong.append(f"{target}: another clone says {other.word}: {other.why}; the first {answer.word}: {answer.why}")
    return said, wrong


def attempt(binary, top, lines):
    folder = tempfile.mkdtemp(dir=top)
    try:
        return check(binary, folder, lines)
    finally:
        shutil.rmtree(folder)


def kind_of(wrong):
    return {" ".join(one.split(":")[1].split()[:2]) + one.split("says")[-1].split(":")[0] for one in wrong}


def shorter(binary, top, lines, wrong, until):
    """Leaves out lines as long as it fails in the same way."""
    kind, at = kind_of(wrong), 0
    while at < len(lines) and time.monotonic() < until:
        fewer = lines[:at] + lines[at + 1:]
        try:
            _, still = attempt(binary, top, fewer)
        except world.Broken:
            still = []
        if kind & kind_of(still):
            lines, wrong = fewer, still
        else:
            at += 1
    return lines, wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--histories", type=int, default=120)
    parser.add_argument("--explore", type=float, metavar="SECONDS", help="from a random seed, for so long")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--known", default="", metavar="TEXT", help="do not stop at failures that say this")
    options = parser.parse_args()
    binary = world.binary_from(options)
    end = None
    if options.explore:
        options.seed, options.histories = random.SystemRandom().randrange(10**6), 10**9
        end = time.monotonic() + options.explore
    print(f"seed {options.seed}", flush=True)
    top = tempfile.mkdtemp(prefix="hotfixd-random-")
    lock, counts, reasons = threading.Lock(), collections.Counter(), collections.Counter()
    failures, seeds = [], iter(range(options.seed, options.seed + options.histories))

    def work():
        while (end is None or time.monotonic() < end) and len(failures) < 5:
            with lock:
                seed = next(seeds, None)
            if seed is None:
                return
            lines = make(seed)
            if options.show:
                print(f"# seed {seed}\n" + "\n".join(lines), flush=True)
            try:
                said, wrong = attempt(binary, top, lines)
            except world.Broken as error:
                said, wrong = [], [f"history: broken {error}"]
            with lock:
                counts["histories"] += 1
                for wanted, word, why in said:
                    counts[wanted, word] += 1
                    if word == "UNKNOWN" and wanted in ("same", "differs"):
                        reasons[wanted, " ".join(part for part in why.split() if not any(c.isdigit() for c in part))] += 1
                if options.known and all(options.known in one for one in wrong):
                    counts["known"] += len(wrong)
                elif wrong:
                    failures.append((seed, lines, wrong))

    with ThreadPoolExecutor(options.jobs) as pool:
        for one in [pool.submit(work) for _ in range(options.jobs)]:
            one.result()
    for seed, lines, wrong in failures:
        lines, wrong = shorter(binary, top, lines, wrong, time.monotonic() + 30)
        print(f"\nFAIL --seed {seed} --histories 1, shortened:\n    " + "\n    ".join(lines))
        for one in wrong:
            print("  " + one)
    shutil.rmtree(top)

    words = [word for word in (*world.NAME, "REFUSED") if any(key[1] == word for key in counts if isinstance(key, tuple))]
    print(f"\n{counts['histories']} histories; git's command line says (left), hotfixd says (above)")
    print(f"{'':<10}" + "".join(f"{word:>14}" for word in words))
    for wanted in ALLOWED:
        print(f"{wanted:<10}" + "".join(f"{counts[wanted, word]:>14}" for word in words))
    for (wanted, why), times in reasons.most_common():
        print(f"UNKNOWN where git says {wanted}, {times} times: {why}")
    if options.known:
        print(f"{counts['known']} failures that say: {options.known}")
    missing = [word for word in world.DECIDED if word not in words] if counts["histories"] >= FEWEST else []
    if missing:
        print("FAIL never said: " + ", ".join(missing))
    return 1 if failures or missing or not counts["histories"] else 0


if __name__ == "__main__":
    sys.exit(main())
