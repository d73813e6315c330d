#!/usr/bin/python3
"""What a backup costs: its time, and the time of webhooks that are acknowledged meanwhile.

  tests/bench/backup/run.py [--mb 200] [--rate 500] [--seconds 10] [--folder DIR]

Fills a store, then posts at a steady rate: without a backup, and while backups are taken one after the other. The same with
other ways to copy the database, from a process beside the daemon: sqlite3_backup by 100 pages without a snapshot (given up
after --seconds), and VACUUM INTO. One table; nothing is left behind. Uses build/bench, which it builds.
"""
import argparse
import http.client
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
BUILD = os.path.join(TOP, "build", "bench")
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
os.environ["DAYBOOKD"] = BUILD + "/src/daemon/daybookd"
os.environ["DAYBOOK"] = BUILD + "/src/cli/daybook"

import daybook    # noqa: E402

WORDS = ["w%05x" % random.Random(i).getrandbits(20) for i in range(20000)]


def build():
    if not os.path.exists(BUILD + "/build.ninja"):
        subprocess.run(["meson", "setup", BUILD, TOP, "--buildtype=release", "-Dtests=false"], check=True,
                       stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", BUILD], check=True, stdout=subprocess.DEVNULL)


class Poster:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.random = random.Random()

    def post(self, n=1, words=20):
        messages = [daybook.text_message("wamid.%032x" % self.random.getrandbits(128),
                                         "5511%09d" % self.random.randrange(900000000, 900005000),
                                         " ".join(self.random.choices(WORDS, k=words))) for _ in range(n)]
        body = json.dumps(daybook.whatsapp(*messages)).encode()
        start = time.monotonic()
        self.connection.request("POST", "/hooks/shop", body, {
            "Content-Type": "application/json", "X-Hub-Signature-256": daybook.sign(body)})
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status
        return time.monotonic() - start


def fill(daemon, mb):
    poster = Poster(daemon.port)
    while os.path.getsize(daemon.store + "/daybook.db") < mb << 20:
        for _ in range(20):
            poster.post(n=40, words=200)
    daybook.wait_until(lambda: daemon.get("/readyz").status == 200, 60, "readiness")
    time.sleep(5)    # search index and checkpoint


def measure(daemon, rate, seconds, until=None):
    """Latencies of posts at this rate, from 8 connections; each counted from when it was due, so that a stall is not hidden."""
    n_threads, taken = 8, []

    def run(k):
        poster, step = Poster(daemon.port), n_threads / rate
        due = begin + k * step / n_threads
        while time.monotonic() < begin + seconds and not (until and until.is_set()):
            time.sleep(max(0, due - time.monotonic()))
            late = time.monotonic() - due
            taken.append(poster.post() + max(0, late))
            due += step

    begin = time.monotonic()
    threads = [threading.Thread(target=run, args=(k,)) for k in range(n_threads)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return sorted(taken), time.monotonic() - begin


def by_daybook(daemon, folder, seconds):
    done = daemon.run("backup", "--out", folder + "/shelf", "--keep", "1")
    assert done.returncode == 0, done.stderr
    return "whole"


def by_unit(daemon, folder, seconds):
    """As daybook-backup.service does: Nice=10, IOSchedulingClass=idle."""
    done = subprocess.run(["nice", "-n", "10", "ionice", "-c", "3", os.environ["DAYBOOK"], "-c", daemon.config, "backup",
                           "--out", folder + "/shelf", "--keep", "1"], stdout=subprocess.DEVNULL)
    assert done.returncode == 0
    return "whole"


def by_pages(daemon, folder, seconds):
    """As a tool beside the daemon does it without a snapshot: begins again at each commit."""
    code = ("import sqlite3, sys\n"
            "a, b = sqlite3.connect(sys.argv[1]), sqlite3.connect(sys.argv[2])\n"
            "b.execute('PRAGMA journal_mode=OFF'); b.execute('PRAGMA synchronous=OFF')\n"
            "a.backup(b, pages=100, sleep=0)\n")
    try:
        subprocess.run([sys.executable, "-c", code, daemon.store + "/daybook.db", folder + "/pages.db"],
                       timeout=seconds, check=True)
        return "whole"
    except subprocess.TimeoutExpired:
        return "given up"
    finally:
        if os.path.exists(folder + "/pages.db"):
            os.unlink(folder + "/pages.db")


def by_vacuum(daemon, folder, seconds):
    code = "import sqlite3, sys\nsqlite3.connect(sys.argv[1]).execute('VACUUM INTO ?', (sys.argv[2],))\n"
    subprocess.run([sys.executable, "-c", code, daemon.store + "/daybook.db", folder + "/vacuum.db"], check=True)
    os.unlink(folder + "/vacuum.db")
    return "database only"


def with_copies(daemon, folder, way, rate, seconds):
    times, words, is_over = [], [], threading.Event()

    def run():
        while not is_over.is_set():
            start = time.monotonic()
            words.append(way(daemon, folder, seconds))
            times.append(time.monotonic() - start)

    thread = threading.Thread(target=run)
    thread.start()
    taken, took = measure(daemon, rate, seconds)
    is_over.set()
    thread.join()
    return taken, took, times, words[0]


def show(name, taken, took, times=(), word=""):
    def at(q):
        return 1000 * taken[min(len(taken) - 1, int(q * len(taken)))]
    print("| %s | %.0f | %.1f | %.1f | %.0f | %s | %s |" % (
        name, len(taken) / took, at(0.5), at(0.99), 1000 * taken[-1],
        "%.1f–%.1f (%d)" % (min(times), max(times), len(times)) if times else "", word), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=200)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--folder", default=TOP + "/build")
    args = parser.parse_args()
    build()
    folder = tempfile.mkdtemp(prefix="bench-backup.", dir=args.folder)
    daemon = daybook.Daemon(folder, connectors=daybook.WHATSAPP)
    try:
        daemon.start()
        fill(daemon, args.mb)
        print("store: %d MB, %d events; asked for %.0f a second" % (
            os.path.getsize(daemon.store + "/daybook.db") >> 20, daemon.ledger("shop")["stored"], args.rate))
        print("| meanwhile | events/s | p50 ms | p99 ms | max ms | a copy, s (how many) | |\n|---|---|---|---|---|---|---|")
        show("nothing", *measure(daemon, args.rate, args.seconds))
        for name, way in (("daybook backup", by_daybook), ("daybook-backup.service", by_unit),
                          ("sqlite3_backup by 100 pages, no snapshot", by_pages),
                          ("VACUUM INTO", by_vacuum)):
            show(name, *with_copies(daemon, folder, way, args.rate, args.seconds))
            time.sleep(2)
        show("nothing", *measure(daemon, args.rate, args.seconds))
        print("log after it all: %d MB" % (os.path.getsize(daemon.store + "/daybook.db-wal") >> 20))
        daemon.stop()
    finally:
        if daemon.is_running():
            daemon.kill()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
