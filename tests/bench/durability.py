#!/usr/bin/env python3
"""durability.py COUNT FOLDER - what it costs that state lasts, measured on the real daemon ($HEADLINED_BIN) with made-up headlines.

Prints acknowledged adds a second, pipelined by headlinectl load, in memory only and for each policy of fsync, in turns, the best and the
median of three; the time from the start of the process to "ready", from a snapshot and from the journal alone; bytes on the disk for a headline; and
the longest answer to a ping, every millisecond, without and with a snapshot going on. State lies in FOLDER: its disk is what is measured.
"""
import itertools
import json
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
import ctl  # noqa: E402
from daemon import Daemon  # noqa: E402

ROUNDS = 3
POLICIES = ("memory", "never", "interval", "always")


def write_headlines(path, count):
    """Titles of eight words out of 84,000, some far more frequent than others; one in three tells an earlier story again."""
    chance = random.Random(1)
    letters, vowels = "bcdfghjklmnprst", "aeiou"
    words = ["".join(one) for one in itertools.product(letters, vowels, letters, vowels, letters)]
    chance.shuffle(words)
    recent = []
    with open(path, "w") as file:
        for n in range(count):
            if recent and chance.random() < 0.33:
                title = list(chance.choice(recent))
                title[chance.randrange(8)] = chance.choice(words)
            else:
                title = [words[int(len(words) * chance.random() ** 3)] for _ in range(8)]
                recent = recent[-999:] + [title]
            file.write(json.dumps({"id": f"b{n}", "title": " ".join(title), "source": f"Source {n % 500}"}) + "\n")


class Bench:
    def __init__(self, count, folder):
        self.count, self.folder = count, folder
        self.state = folder / "state"
        self.file = folder / "headlines.jsonl"
        write_headlines(self.file, count)

    def start(self, policy, *options):
        state = [] if policy == "memory" else ["--state-dir", self.state, "--fsync", policy]
        started = time.monotonic()
        daemon = Daemon(self.folder, *state, "--memory-max", "0", *options, listen="none").ready()
        return daemon, time.monotonic() - started

    def load(self, daemon):
        started = time.monotonic()
        subprocess.run([ctl.program(), "--socket", daemon.socket_path, "load", "--quiet", "--window", "4096", self.file],
                       check=True, stdout=subprocess.DEVNULL)
        return self.count / (time.monotonic() - started)

    def adds(self):
        rates = {policy: [] for policy in POLICIES}
        for _, policy in itertools.product(range(ROUNDS), POLICIES):
            shutil.rmtree(self.state, ignore_errors=True)
            daemon, _ = self.start(policy, "--snapshot-interval", "0", "--snapshot-journal", "0")
            rates[policy].append(self.load(daemon))
            if policy == "always":
                store = daemon.client().stats()["store"]
                self.syncs = store["syncs"]
            daemon.process.kill()
            daemon.wait()
        for policy, all_of in rates.items():
            share = statistics.median(all_of) / statistics.median(rates["memory"])
            print(f"adds a second, {policy:9} best {max(all_of):9,.0f}  median {statistics.median(all_of):9,.0f}  of memory {share:.2f}")
        print(f"adds for each sync, always: {self.count / self.syncs:,.0f}")

    def starts(self):
        """The state is that of the last load: the whole journal, no snapshot."""
        daemon, from_journal = self.start("always", "--snapshot-interval", "0", "--snapshot-journal", "0")
        journal = sum(path.stat().st_size for path in self.state.glob("journal-*"))
        print(f"start from the journal alone: {from_journal:.2f} s for {self.count:,} headlines, {journal / self.count:.0f} bytes each")
        self.stalls(daemon)
        daemon.stop()
        snapshot = max(self.state.glob("snapshot-*")).stat().st_size
        daemon, from_snapshot = self.start("always")
        print(f"start from a snapshot: {from_snapshot:.2f} s, {snapshot / self.count:.0f} bytes each; "
              f"{daemon.resident_bytes() / self.count:.0f} bytes of memory each")
        daemon.stop()

    @staticmethod
    def longest_ping(client, until):
        longest = 0
        while not until():
            started = time.monotonic()
            client.ask({"op": "ping"})
            longest = max(longest, time.monotonic() - started)
            time.sleep(0.001)
        return longest * 1000

    def stalls(self, daemon):
        end = time.monotonic() + 3
        idle = self.longest_ping(daemon.client(), lambda: time.monotonic() > end)
        assert daemon.client().ask({"op": "snapshot"})["started"]
        during = self.longest_ping(daemon.client(), lambda: daemon.log.events("snapshot"))
        took = daemon.log.wait("snapshot")
        print(f"longest ping: {idle:.1f} ms idle, {during:.1f} ms during a snapshot of {int(took['ms']) / 1000:.2f} s; "
              f"the loop stood still for {int(took['stall_us']) / 1000:.1f} ms")
        self.busy_stall(daemon)

    def busy_stall(self, daemon):
        """The same while the headlines are loaded again: replays, which change nothing, and then one change to have something to write."""
        loader = threading.Thread(target=self.load, args=(daemon,))
        loader.start()
        client = daemon.client()
        end = time.monotonic() + 1
        before = self.longest_ping(client, lambda: time.monotonic() > end)
        client.ask({"title": "One change more"})
        client.ask({"op": "snapshot"})
        during = self.longest_ping(client, lambda: len(daemon.log.events("snapshot")) > 1)
        loader.join()
        print(f"longest ping under load: {before:.1f} ms without, {during:.1f} ms during a snapshot; "
              f"the loop stood still for {int(daemon.log.events('snapshot')[1]['stall_us']) / 1000:.1f} ms")


def main():
    bench = Bench(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
    bench.adds()
    bench.starts()


if __name__ == "__main__":
    main()
