"""Repositories made by script with the real git, what running their code says, and what hotfixd says."""

import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = {"PRESENT": 0, "ABSENT": 1, "PARTIAL": 1, "REGRESSED": 1, "ADAPTED": 3, "CHANGED_SINCE": 3, "MOOT": 3,
        "UNKNOWN": 3}
DECIDED = ("PRESENT", "ABSENT", "PARTIAL", "REGRESSED")

# Nothing of the machine's own git gets in.
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1",
               "GIT_CONFIG_GLOBAL": os.devnull, "GIT_AUTHOR_NAME": "Alice", "GIT_AUTHOR_EMAIL": "alice@example.com",
               "GIT_COMMITTER_NAME": "Alice", "GIT_COMMITTER_EMAIL": "alice@example.com", "GIT_EDITOR": "true",
               "GIT_CONFIG_COUNT": "4", "GIT_CONFIG_KEY_0": "init.defaultBranch", "GIT_CONFIG_VALUE_0": "main",
               "GIT_CONFIG_KEY_1": "protocol.file.allow", "GIT_CONFIG_VALUE_1": "always",
               "GIT_CONFIG_KEY_2": "advice.detachedHead", "GIT_CONFIG_VALUE_2": "false",
               "GIT_CONFIG_KEY_3": "gc.auto", "GIT_CONFIG_VALUE_3": "0"}

# Files whose last blank or first byte matters are written here, where no editor mends them.
START = r"""
git init -q . && cp "$START"/* .
printf 'set -- one \\ \n  two three\necho $#\n' >run.sh
printf '#!/bin/sh\necho tool 1\necho done\n' >tool.sh
printf '\000\001rates bad\n' >rates.bin
printf '1.0.0\n' >VERSION
printf '# Changes\n\n* 1.0.0: first\n' >CHANGELOG.md
echo other >other.txt
mkdir v1 v2 && echo bad >v1/value && echo good >v2/value && ln -s v1 current
commit start
"""


class Broken(Exception):
    """The scenario itself does not do what it says."""


def run(command, cwd, check=True, **more):
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT | more, capture_output=True)
    if check and done.returncode != 0:
        raise Broken(f"…{command[-1][-150:]}: exit {done.returncode}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").strip() if check else done


def git(cwd, *arguments):
    return run(["git", *arguments], cwd)


def shell(cwd, script):
    with open(os.path.join(HERE, "prelude.sh")) as file:
        return run(["sh", "-c", file.read() + script], cwd, START=os.path.join(HERE, "start"))


def build(folder, start, script):
    """folder/work: main and v1.0.0 after `start`, then whatever the script does."""
    work = os.path.join(folder, "work")
    os.mkdir(work)
    shell(work, START + start + "\ngit tag v1.0.0\n" + script)
    return work


# ---- the truth: each part is run in a checkout; True fixed, False not, None when the code is not there at all

def namespace(folder, files):
    for name in [files, *files.split()]:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                names = {"__file__": path, "__name__": "probed"}
                exec(compile(file.read(), path, "exec"), names)  # pylint: disable=exec-used
                return names
    return None


def calls(function, expected, *arguments):
    def probe(folder, files):
        names = namespace(folder, files)
        if names is None or function not in names:
            return None
        try:
            return names[function](*arguments) == expected
        except (KeyError, ZeroDivisionError, TypeError, AttributeError):
            return False
    return probe


def share(twin):
    def probe(folder, _):
        names = namespace(folder, "twins.py")
        try:
            return names[twin]().share(0) == 100
        except ZeroDivisionError:
            return False
    return probe


def prints(expected, *command):
    def probe(folder, _):
        if not os.path.lexists(os.path.join(folder, command[-1])):
            return None
        try:
            return subprocess.run(command, cwd=folder, capture_output=True).stdout.decode() == expected + "\n"
        except OSError:
            return False
    return probe


def reads(path, expected):
    def probe(folder, _):
        try:
            with open(os.path.join(folder, path), "rb") as file:
                return expected in file.read()
        except OSError:
            return None
    return probe


PARTS = {
    "coupon": calls("coupon", "none", {}),
    "shipping": calls("shipping", 0, 0),
    "tax": calls("tax", 38, 200),
    "longest": calls("longest", "bbb", ["a", "bbb"]),
    "rebate": calls("rebate", 90, 100),
    "check": calls("check", True),
    "middle": share("Middle"),
    "run": prints("3", "sh", "run.sh"),
    "tool": prints("tool 1\ndone", "./tool.sh"),
    "odd": lambda folder, _: calls("coupon", "none", {})(folder, 'tür "a"/größe\tx.py'),
    "atleast": calls("shipping", 500, 0),
    "plugin": lambda folder, _: not any(os.path.exists(os.path.join(folder, at, "plugin.txt")) for at in (".", "ext")),
    "lastline": reads("last.txt", b"good"),
    "rates": reads("rates.bin", b"good"),
    "link": reads("current/value", b"good"),
    "sub": reads("sub/lib.txt", b"good"),
}


def truth(folder, ref, parts, files, name):
    """What a fresh checkout of `ref` does: fixed, not, partly or gone."""
    clone = os.path.join(folder, name)
    git(folder, "clone", "-q", "-s", "-n", os.path.join(folder, "work"), clone)
    git(clone, "checkout", "-q", "--detach", git(os.path.join(folder, "work"), "rev-parse", ref + "^{commit}"))
    if os.path.exists(os.path.join(clone, ".gitmodules")):
        git(clone, "submodule", "-q", "update", "--init")
    said = [PARTS[part](clone, files) for part in parts.split()]
    shutil.rmtree(clone)
    if all(one is None for one in said):
        return "gone"
    return "fixed" if all(said) else "partly" if any(said) else "not"


# ---- the answer

class Answer:
    """What hotfixd said: `word` is the verdict, REFUSED with exit 2, or a complaint about the form."""

    def __init__(self, plain, plain_json):
        self.code, self.out = plain.returncode, plain.stdout.decode(errors="replace")
        self.err = plain.stderr.decode(errors="replace")
        self.word, self.complaints, self.json = "", [], {}
        lines = self.out.splitlines()
        if self.code == 2:
            self.word = "REFUSED"
            if self.out:
                self.complaints.append("exit 2 with something on standard output: " + lines[0])
            if not self.err.strip():
                self.complaints.append("exit 2 without a word")
        elif not lines or lines[0] not in NAME:
            self.word = "?"
            self.complaints.append(f"exit {self.code}, first line is no verdict: {lines[:1]} {self.err.strip()}")
        else:
            self.word = lines[0]
            if NAME[self.word] != self.code:
                self.complaints.append(f"exit {self.code} with {self.word}")
            if self.err:
                self.complaints.append("something on standard error: " + self.err.strip())
        if plain_json.returncode != self.code:
            self.complaints.append(f"exit {plain_json.returncode} with --json, {self.code} without")
        if self.code == 2:
            return
        try:
            self.json = json.loads(plain_json.stdout)
            for key in ("verdict", "commits", "conflicts", "landing", "history", "explanation"):
                if key not in self.json:
                    self.complaints.append(f"--json has no {key}")
            if self.json.get("verdict") != self.word:
                self.complaints.append(f"--json says {self.json.get('verdict')}")
            for one in self.json.get("commits", []):
                if one.get("verdict") not in (*NAME, "EMPTY"):
                    self.complaints.append(f"a commit's verdict is {one.get('verdict')}")
            if "\n" in self.json.get("explanation", ""):
                self.complaints.append("the explanation has several lines")
        except (ValueError, AttributeError) as error:
            self.complaints.append(f"--json is no JSON: {error}")

    @property
    def why(self):
        return self.json.get("explanation") or " ".join(self.err.split())


def ask(binary, repo, target="main", hotfix="hotfix/x", base="v1.0.0", landing=None, ignore=()):
    command = [binary, "mergeback", "--repo", repo, "--base", base, "--hotfix", hotfix, "--target", target]
    if landing:
        command += ["--landing", landing]
    for pattern in ignore:
        command += ["--ignore", pattern]
    return Answer(run(command, repo, check=False), run(command + ["--json"], repo, check=False))


def seen(folder):
    """Every file of the repositories with its size and time: hotfixd only reads."""
    return {os.path.join(at, name): (os.lstat(os.path.join(at, name)).st_size, os.lstat(os.path.join(at, name)).st_mtime_ns)
            for at, _, names in os.walk(folder) for name in names}


def binary_from(arguments):
    binary = arguments.binary or os.environ.get("HOTFIXD_BINARY")
    if not binary:
        sys.exit("which hotfixd? Give its path or set HOTFIXD_BINARY")
    return os.path.abspath(binary)
