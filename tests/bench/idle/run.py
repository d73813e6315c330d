#!/usr/bin/env python3
"""Many mailboxes in IDLE on one daybookd: memory and threads, and how soon a mail that is delivered to one of them stands
in the timeline.

    tests/bench/idle/run.py [-n MAILBOXES] [-m MAILS] [--plain] [-d FOLDER] [--build BUILD]

One private Dovecot serves them. More than about 100 need `sysctl fs.inotify.max_user_instances=8192` (Dovecot polls every
30 s without it): where that is refused, 100 are run and it is said. BUILD is a release build (build/bench)."""
import argparse
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
import dovecot  # noqa: E402
from daybook import free_port  # noqa: E402

INOTIFY = "/proc/sys/fs/inotify/max_user_instances"
PATIENCE_S = 900


def allowed(wanted):
    """How many mailboxes the kernel lets Dovecot watch."""
    try:
        with open(INOTIFY, "r+") as f:
            if int(f.read()) < 8192:
                f.write("8192")
    except OSError:
        pass
    with open(INOTIFY) as f:
        limit = int(f.read())
    if limit > wanted + 64:
        return wanted
    print("fs.inotify.max_user_instances is %d and cannot be raised: 100 mailboxes instead of %d" % (limit, wanted))
    return min(wanted, 100)


def conf_of(server, n, is_tls, folder, port):
    with open(os.open(os.path.join(folder, "password"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(dovecot.PASSWORD)
    trust = "tls_ca: '%s'" % server.ca if is_tls else "tls: none"
    path = os.path.join(folder, "daybook.yaml")
    with open(path, "w") as f:
        f.write("config_version: 1\norganization: {domains: [acme.example]}\nstorage: {path: store}\n"
                "http: {listen: ['127.0.0.1:%d']}\nconnectors:\n" % port)
        for i in range(1, n + 1):
            f.write("  m%d: {type: imap, host: %s, port: %d, user: u%d@test, password: !file password, "
                    "folders: [INBOX], %s}\n" % (i, "localhost" if is_tls else "127.0.0.1",
                                                 server.tls_port if is_tls else server.port, i, trust))
    return path


class Watched:
    """A running daybookd, seen through /proc and its own command line."""

    def __init__(self, build, conf, folder):
        self.build, self.conf, self.folder = build, conf, folder
        with open(os.path.join(folder, "log"), "wb") as log:
            self.process = subprocess.Popen([os.path.join(build, "src/daemon/daybookd"), "-c", conf], cwd=folder, stderr=log)

    def cli(self, *args):
        done = subprocess.run([os.path.join(self.build, "src/cli/daybook"), "-c", self.conf, *args, "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def n_live(self):
        return sum(row["state"] == "live" for row in self.cli("connectors"))

    def wait_live(self, n):
        began = time.monotonic()
        while self.n_live() < n:
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE_S:
                raise RuntimeError("%d of %d are live\n%s" % (self.n_live(), n, open(os.path.join(self.folder, "log")).read()[-2000:]))
            time.sleep(1)
        return time.monotonic() - began

    def status(self, name):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(name + r":\s+(\d+)", f.read()).group(1))

    def cpu_s(self):
        with open("/proc/%d/stat" % self.process.pid) as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return sum(int(x) for x in fields[11:13]) / os.sysconf("SC_CLK_TCK")


def deliver(server, watched, n, n_mails):
    """Seconds from delivery to the timeline, one mail at a time, to mailboxes at random."""
    took = []
    for k in range(n_mails):
        user, name = "u%d" % random.randint(1, n), "bench-%d" % k
        mail = ("From: maria@example.com\r\nTo: %s@acme.example\r\nSubject: %s\r\nMessage-ID: <%s@example.com>\r\n"
                "Date: Mon, 02 Nov 2026 10:00:00 -0300\r\n\r\n%s\r\n" % (user, name, name, name)).encode()
        server.maildir(user)
        began = time.monotonic()
        server.deliver(user, mail)
        while not any(it["subject"] == name for it in watched.cli("interactions")):
            if time.monotonic() - began > 60:
                raise RuntimeError("a mail to %s did not come within a minute" % user)
            time.sleep(0.02)
        took.append(time.monotonic() - began)
    return sorted(took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("-m", type=int, default=100)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("-d", default=os.path.join(TOP, "build"))
    parser.add_argument("--build", default=os.path.join(TOP, "build", "bench"))
    arg = parser.parse_args()
    subprocess.run(["ninja", "-C", arg.build], check=True, stdout=subprocess.DEVNULL)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    n = allowed(arg.n)
    with dovecot.Dovecot(keeps_rawlog=False, n_users=n) as server, \
            tempfile.TemporaryDirectory(dir=arg.d, prefix="bench-idle-") as folder:
        for i in range(1, n + 1):
            server.maildir("u%d" % i)
        watched = Watched(arg.build, conf_of(server, n, not arg.plain, folder, free_port()), folder)
        try:
            seconds = watched.wait_live(n)
            time.sleep(5)
            rss, cpu = watched.status("VmRSS"), watched.cpu_s()
            print("%d mailboxes in IDLE, %s, after %.0f s: RSS %.1f MB, %.1f KiB a mailbox (with the daemon's own), %d threads, "
                  "%d descriptors, %.1f s of CPU" % (
                      n, "plain" if arg.plain else "TLS", seconds, rss / 1024, rss / n, watched.status("Threads"),
                      len(os.listdir("/proc/%d/fd" % watched.process.pid)), cpu))
            took = deliver(server, watched, n, arg.m)
            print("%d mails, delivery to timeline: median %.2f s, p99 %.2f s, most %.2f s (Dovecot waits 0.5 s before it tells)" % (
                arg.m, took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)], took[-1]))
        finally:
            watched.process.terminate()
            watched.process.wait(60)
            shutil.copy(os.path.join(folder, "log"), "/tmp/idle.log")


main()
