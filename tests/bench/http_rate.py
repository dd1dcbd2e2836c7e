#!/usr/bin/env python3
"""http_rate.py COUNT FOLDER NULL_SERVER - requests of HTTP a second on the real daemon ($HEADLINED_BIN), measured with wrk.

With COUNT made-up headlines inside: a page of 20 stories, and new headlines one by one; each in turns with the null server, which answers at
once with as many bytes: the best and the median of three rounds of four seconds, and the percentiles of the median. State in memory, and with a
journal under FOLDER for the headlines.
"""
import pathlib
import statistics
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "integration"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import ctl  # noqa: E402
from daemon import Daemon  # noqa: E402
from durability import write_headlines  # noqa: E402

ROUNDS, SECONDS, CONNECTIONS = 3, 4, 32
HERE = pathlib.Path(__file__).parent


def wrk(script, url):
    """Requests a second, and the 50th and 99th percentile in ms."""
    out = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", HERE / script, url], check=True, capture_output=True,
                         text=True).stdout
    requests, us, p50, p99, bad, failed = (int(word) for word in out.split("result ")[1].split())
    assert bad == failed == 0, out
    return requests / us * 1e6, p50 / 1000, p99 / 1000


class NullServer:
    def __init__(self, program, body_bytes):
        self.process = subprocess.Popen([program, str(body_bytes)], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.process.stdout.readline().strip()}/"

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def report(name, rounds, beside=None):
    best, median = max(rounds), sorted(rounds)[len(rounds) // 2]
    share = f"  of the null server {median[0] / statistics.median(one[0] for one in beside):.2f}" if beside else ""
    print(f"{name:34} best {best[0]:8,.0f}/s  median {median[0]:8,.0f}/s  p50 {median[1]:6.2f} ms  p99 {median[2]:6.2f} ms{share}", flush=True)


def compare(name, script, url, program, body_bytes):
    null = NullServer(program, body_bytes)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(wrk(script, null.url))
        ours.append(wrk(script, url))
    null.close()
    report(f"null server, {body_bytes} bytes", theirs)
    report(name, ours, theirs)


def start(folder, name, *options):
    home = folder / name
    home.mkdir()
    return Daemon(home, "--memory-max", "0", *options).ready()


def measure(daemon, name, headlines, program):
    base = "http://{}:{}".format(*daemon.tcp)
    subprocess.run([ctl.program(), "--socket", daemon.socket_path, "load", "--quiet", "--window", "4096", headlines], check=True,
                   stdout=subprocess.DEVNULL)
    if name == "in memory":
        page = f"{base}/v1/stories?limit=20"
        compare("GET /v1/stories?limit=20", "get.lua", page, program, len(urllib.request.urlopen(page).read()))
    compare(f"POST /v1/headlines, {name}", "post.lua", f"{base}/v1/headlines", program, 250)


def main():
    count, folder, program = int(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    headlines = folder / "headlines.jsonl"
    write_headlines(headlines, count)
    for name, options in (("in memory", ()), ("fsync always", ("--state-dir", folder / "state"))):
        daemon = start(folder, name.split()[-1], *options)
        try:
            measure(daemon, name, headlines, program)
        finally:
            daemon.process.kill()
            daemon.wait()


main()
