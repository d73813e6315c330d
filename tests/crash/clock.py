#!/usr/bin/python3
"""The clock jumps: clock.py BUILD [MESSAGES].

A daemon under tests/tools/clockshim.c, whose wall clock goes an hour ahead, three days back, beyond 2038, over the end of summer time, and
home again, while its monotonic clock runs on. After every jump MESSAGES forms, WhatsApp messages and mails each: all of them are
there within seconds, in the order in which they came, each once; the daemon does not run hot; the ledger balances, and a
rebuild is identical. Counts its checks the way Check does, for scripts/test.
"""
import calendar
import os
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
# A sanitizer's own clock calls do not bear being replaced.
build = os.environ.get("DAYBOOK_RELEASE") or os.path.abspath(sys.argv[1])
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")
n_messages = int(sys.argv[2]) if len(sys.argv) > 2 else 20

import daybook                                    # noqa: E402
import dovecot                                    # noqa: E402

checks, failures = 0, 0
MAILBOX = ("\n  mail:\n    type: imap\n    host: localhost\n    port: %d\n    user: u1@test\n    password: !file secrets/imap\n"
           "    tls_pin: '%s'\n    every: 10s\n")


def check(what, good, detail=""):
    global checks, failures
    checks += 1
    failures += not good
    print("%-7s %s%s" % ("ok" if good else "FAILED", what, "" if good else ": %s" % detail), flush=True)


def jumps():
    """(name, seconds that the clock is ahead)."""
    now = time.time()
    yield "an hour ahead", 3600
    yield "three days back", -3 * 86400
    yield "beyond 2038", calendar.timegm((2038, 1, 19, 3, 14, 0)) - now
    yield "before the end of summer time", calendar.timegm((2026, 10, 25, 0, 59, 58)) - now
    yield "home", 0


class Clock:
    def __init__(self, work):
        library = os.path.join(work, "clockshim.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, os.path.join(TOP, "tests/tools/clockshim.c")], check=True)
        self.path = os.path.join(work, "clock")
        self.set(0)
        self.env = {"LD_PRELOAD": library, "CLOCKSHIM": self.path, "TZ": "Europe/Berlin"}

    def set(self, offset):
        with open(self.path, "r+b" if os.path.exists(self.path) else "wb") as f:
            f.write(struct.pack("<q", int(offset)))


def total(daemon):
    rows = [daemon.ledger(c) for c in ("shop", "contact", "mail")]
    return sum(r["stored"] for r in rows), sum(r["received"] for r in rows)


def send(daemon, server, turn, offset):
    for i in range(n_messages):
        name = "%d-%d" % (turn, i)
        when = int(time.time() + offset)
        answers = [daemon.post_form({"name": "N " + name, "email": "n%s@example.com" % name, "message": "text " + name}),
                   daemon.post_whatsapp(daybook.whatsapp(daybook.text_message("wamid." + name, "55119000%05d" % (turn * 1000 + i),
                                                                             "text " + name, timestamp=when)))]
        bad = [a.status for a in answers if not 200 <= a.status < 300]
        if bad:
            return bad
        server.deliver("u1", ("From: m%s@example.com\r\nTo: sales@acme.example\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 "
                              "-0300\r\nMessage-ID: <%s@example.com>\r\n\r\ntext\r\n" % (name, name, name)).encode())
    return []


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def journal(daemon):
    """[(id, when it came)]"""
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(daemon.store, "daybook.db"), uri=True)
    rows = db.execute("SELECT id, received_at FROM journal ORDER BY id").fetchall()
    db.close()
    return rows


def jump(daemon, server, clock, turn, name, offset, before):
    clock.set(offset)
    refused = send(daemon, server, turn, offset)
    check("%s: everything is accepted" % name, not refused, refused)
    expected = 3 * n_messages * (turn + 1)
    try:
        daybook.wait_until(lambda: total(daemon)[0] >= expected, 30)
    except AssertionError:
        pass
    check("%s: it is there, each once" % name, total(daemon) == (expected, expected), total(daemon))
    rows = journal(daemon)
    check("%s: what came later has the higher ids" % name, rows[:len(before)] == before and len(rows) > len(before), rows[-3:])
    off = [at / 1e6 - time.time() - offset for _, at in rows[len(before):]]
    check("%s: that is when it came" % name, off and max(map(abs, off)) < 60, off[:3])
    used = cpu_seconds(daemon.process.pid)
    time.sleep(2)
    used = cpu_seconds(daemon.process.pid) - used
    check("%s: it does not run hot" % name, used < .5, "%.1f s of 2" % used)
    return rows


def main():
    if not shutil.which("dovecot"):
        print("SKIPPED: dovecot is not installed")
        return 77
    if "asan" in build:
        print("SKIPPED: needs a build without sanitizers, named by DAYBOOK_RELEASE")
        return 77
    work = tempfile.mkdtemp(prefix="daybook-clock-")
    server = dovecot.Dovecot(keeps_rawlog=False)
    try:
        server.start()
        clock = Clock(work)
        daemon = daybook.Daemon(os.path.join(work, "daybook"), connectors=daybook.WHATSAPP + daybook.FORM +
                                MAILBOX % (server.tls_port, dovecot.key_pin(os.path.join(server.dir, "tls", "server.pem"))))
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), dovecot.PASSWORD)
        daemon.env = clock.env
        daemon.start()
        rows = []
        for turn, (name, offset) in enumerate(jumps()):
            rows = jump(daemon, server, clock, turn, name, offset, rows)
        daemon.stop()
        again = daemon.run("rebuild", "--check")
        check("a rebuild is identical", again.returncode == 0, again.stdout + again.stderr)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(server.dir, ignore_errors=True)
    print("clock: Checks: %d, Failures: %d, Errors: 0" % (checks, failures))
    return failures > 0


sys.exit(main())
