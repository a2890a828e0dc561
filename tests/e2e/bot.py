"""The bot under test: the real `hotfixd serve` on a folder of its own, and people who type through `hotfixd chat`."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import threading
import time

PATIENCE = 60  # seconds; a wait that is longer than this has failed


class Failure(AssertionError):
    pass


def until(what, true, patience=PATIENCE, step=0.05):
    """Waits for the condition and gives its value; looks again every `step` seconds."""
    end = time.monotonic() + patience
    while True:
        found = true()
        if found:
            return found
        if time.monotonic() > end:
            raise Failure(f"waited {patience} s in vain for: {what() if callable(what) else what}")
        time.sleep(step)


class Person:
    """A terminal with `hotfixd chat --as NAME` at the end of a pipe."""

    def __init__(self, bot, name):
        self.name = name
        self.text = ""
        self.read_to = 0
        self.process = subprocess.Popen([bot.binary, "chat", "--config", bot.config, "--as", name, "--no-color"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        text=True, env=bot.env, bufsize=1)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self.sees(r"Attached to the running hotfixd")

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def type(self, line):
        self.read_to = len(self.text)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def sees(self, pattern, patience=PATIENCE):
        """Waits for it in what was printed since the last line that was typed."""
        return until(lambda: f"{self.name} sees /{pattern}/; there is only:\n{self.text[self.read_to:]}",
                     lambda: re.search(pattern, self.text[self.read_to:]), patience)

    def types(self, line, answer):
        self.type(line)
        return self.sees(answer)

    def leave(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Bot:
    def __init__(self, binary, folder, config, env):
        """`env` holds the secrets that the configuration names."""
        self.binary, self.folder = binary, folder
        self.config = os.path.join(folder, "hotfixd.toml")
        self.data = os.path.join(folder, "data")
        self.env = {**os.environ, **env}
        self.log = os.path.join(folder, "serve.log")
        self.process = None
        self.port = 0
        self.starts = 0
        self.lock = threading.Lock()
        self.people = []
        self.started = lambda: None  # called whenever it listens
        with open(self.config, "w", encoding="utf-8") as out:
            out.write(config)

    def start(self):
        with open(self.log, "ab") as out:
            out.write(b"---- started\n")
            out.flush()
            began = out.tell()
            self.process = subprocess.Popen([self.binary, "serve", "--config", self.config], stdout=out,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=self.env)
        self.starts += 1

        def listening():
            if self.process.poll() is not None:
                raise Failure("serve ended: " + self.read_log()[began:])
            return re.search(r"listening on [0-9.]+:(\d+)", self.read_log()[began:])
        self.port = int(until("serve listens", listening, step=0.02).group(1))
        self.started()

    def read_log(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def kill(self):
        """kill -9, and started again at once."""
        with self.lock:
            self.process.kill()
            self.process.wait()
            self.start()

    def stop(self):
        """SIGTERM; its exit code."""
        with self.lock:
            if self.process is None:
                return 0
            self.process.send_signal(signal.SIGTERM)
            try:
                return self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                return -9
            finally:
                self.process = None

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def person(self, name):
        self.people.append(Person(self, name))
        return self.people[-1]

    def run(self, *arguments):
        done = subprocess.run([self.binary, *arguments, "--config", self.config], capture_output=True, text=True,
                              env=self.env, check=False)
        return done.returncode, done.stdout + done.stderr

    def export(self):
        """Every incident as `hotfixd export --json` gives it."""
        code, text = self.run("export", "--json")
        if code != 0:
            raise Failure(text)
        return json.loads(text)["incidents"]

    def verify(self):
        code, text = self.run("export", "--verify")
        if code != 0:
            raise Failure("export --verify: " + text)

    def dead_letters(self):
        return [line for line in self.run("check")[1].splitlines() if "dead letter" in line]

    def channel(self):
        """The bot's messages as (key, text), and what people typed as (None, text)."""
        path = os.path.join(self.data, "channel.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            rows = db.execute("SELECT key, text, card FROM messages ORDER BY number").fetchall()
        return [(key, text if key is None else text_of(json.loads(card or "{}"))) for key, text, card in rows]


def text_of(card):
    """The words of a message, line by line, whatever they are dressed in."""
    lines = ["".join(span.get("text", "") for span in line) for line in card.get("lines", [])]
    return "\n".join(lines)
