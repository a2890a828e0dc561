#!/usr/bin/env python3
"""Builds every scenario of rows.py, runs the code on its branches, asks `hotfixd mergeback`, and prints the table.

    mergeback_scenarios.py [BINARY] [--only PART-OF-A-NAME] [--keep] [--jobs N] [--truth]
"""

import argparse
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import rows
import world

SHARE = 70  # percent of the rows that must be decided without a person


class Told:
    """One row with what was found out about it."""

    def __init__(self, row):
        self.row, self.truth, self.answer, self.failures, self.seconds = row, "?", None, [], 0.0


def judge(told):
    row, answer, fail = told.row, told.answer, told.failures.append
    if told.truth != row.truth:
        fail(f"the scenario is not what it says: {told.truth}, not {row.truth}")
    if answer is None:
        return
    for complaint in answer.complaints:
        fail(complaint)
    if answer.word not in row.verdicts.split():
        fail(f"{answer.word} instead of {row.verdicts}")
    if not row.blind:
        if answer.word == "PRESENT" and told.truth != "fixed":
            fail("PRESENT, AND IT IS NOT")
        if answer.word == "ADAPTED" and told.truth in ("not", "gone"):
            fail("ADAPTED, and nothing of it is there")
        if answer.word in ("ABSENT", "PARTIAL", "REGRESSED") and told.truth == "fixed":
            fail(f"{answer.word}, and it is there")
        if answer.word in ("ABSENT", "REGRESSED") and told.truth == "partly" and "PARTIAL" not in row.verdicts + answer.word:
            fail(f"{answer.word}, and a part is there")


def play(told, options, top):
    row = told.row
    folder = os.path.join(top, f"{rows.ROWS.index(row):03d}")
    os.mkdir(folder)
    try:
        work = world.build(folder, row.start, row.script)
        for ref, expected in (("v1.0.0", ("not", "gone")), ("hotfix/x", ("fixed",) if row.works else ())):
            said = world.truth(folder, ref, row.parts, row.files, "there")
            if expected and said not in expected:
                told.failures.append(f"the scenario is not what it says: {ref} is {said}")
        told.truth = world.truth(folder, row.target, row.parts, row.files, "there")
        if not options.truth:
            landing = row.landing
            if landing.endswith("^{short}"):
                landing = world.git(work, "rev-parse", "--short", landing[:-8])
            elif landing and len(landing) != 40:
                landing = world.git(work, "rev-parse", landing + "^{commit}")
            before, began = world.seen(folder), time.monotonic()
            told.answer = world.ask(options.binary, os.path.join(folder, row.repo), target=row.target, landing=landing,
                                    ignore=row.ignore)
            told.seconds = time.monotonic() - began
            if world.seen(folder) != before:
                told.failures.append("the repository was written to")
            if row.repo == "clone" and told.answer.word == "REFUSED":
                mend(told, options, folder)
    except (world.Broken, OSError) as error:
        told.failures.append(f"the scenario is broken: {error}")
    judge(told)
    if not options.keep:
        shutil.rmtree(folder)
    return told


def mend(told, options, folder):
    """A clone that lacks something: what is said to type is typed, and then the answer must be right."""
    row, said = told.row, re.search("git fetch[^\n]*", told.answer.err)
    if not said:
        told.failures.append("nothing is said to type")
        return
    clone = os.path.join(folder, row.repo)
    world.run(["sh", "-c", said.group()], clone)
    answer = world.ask(options.binary, clone, target=row.target, ignore=row.ignore)
    if answer.word == "REFUSED" or answer.word not in row.verdicts:
        told.failures.append(f"after `{said.group()}` it says {answer.word}: {answer.why}")


def show(told):
    word, code, why = "-", "", ""
    if told.answer:
        word, code, why = told.answer.word, told.answer.code, told.answer.why
    print(f"{'FAIL ' if told.failures else '     '}{told.row.name:<56} {told.truth:<7} {word:<13} {code!s:<2} {why}")
    for failure in told.failures:
        print(f"          {failure}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary", nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", action="store_true", help="leave the repositories")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--truth", action="store_true", help="do not ask hotfixd")
    options = parser.parse_args()
    if not options.truth:
        options.binary = world.binary_from(options)
    wanted = [Told(row) for row in rows.ROWS if options.only in row.name]
    top = tempfile.mkdtemp(prefix="hotfixd-scenarios-")
    with ThreadPoolExecutor(options.jobs) as pool:
        done = list(pool.map(lambda told: play(told, options, top), wanted))
    if options.keep:
        print("the repositories are in " + top)
    else:
        shutil.rmtree(top)

    print(f"     {'scenario':<56} {'truth':<7} {'verdict':<13} exit, explanation")
    for told in done:
        if not told.row.blind:
            show(told)
    if any(told.row.blind for told in done):
        print("\n     what no comparison of texts can tell")
        for told in done:
            if told.row.blind:
                show(told)
                print(f"          because: {told.row.blind}")
    failed = [told for told in done if told.failures]
    asked = [told for told in done if told.answer]
    if asked:
        words = [told.answer.word for told in asked]
        decided = 100 * sum(word in world.DECIDED for word in words) // len(words)
        print("\n" + ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words))) +
              f"; {decided} % decided without a person; slowest {max(told.seconds for told in asked):.1f} s for two questions")
        if decided < SHARE and not options.only:
            print(f"FAIL fewer than {SHARE} % decided without a person")
            failed.append(None)
        lied = [told for told in asked if told.answer.word == "PRESENT" and told.truth != "fixed" and not told.row.blind]
        print(f"PRESENT where it is not: {len(lied)}")
    print(f"{len(done)} scenarios, {len(failed)} failed")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
