#!/usr/bin/python3
"""Kills in the middle of reading a mailbox: mailbox.py BUILD [MAILS [KILLS]].

A real Dovecot over TLS with generated mails in INBOX and Sent; daybookd is killed at random moments of the first
read. The truth is what doveadm lists: at the end every UID is exactly one interaction, duplicate or dead letter.
Counts its checks the way Check does, for scripts/test.
"""
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
build = os.path.abspath(sys.argv[1])
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")
n_mails = int(sys.argv[2]) if len(sys.argv) > 2 else 600
n_kills = int(sys.argv[3]) if len(sys.argv) > 3 else 5

import daybook                                    # noqa: E402
import dovecot                                    # noqa: E402

checks, failures = 0, 0


def check(what, good, detail=""):
    global checks, failures
    checks += 1
    failures += not good
    print("%-7s %s%s" % ("ok" if good else "FAILED", what, "" if good else ": %s" % detail))


def generate(folder, count, seed, *more):
    subprocess.run(["/usr/bin/python3", os.path.join(TOP, "tests/tools/genmail.py"), "--eml-dir", folder, "--out",
                    folder + ".maildir", "--count", str(count), "--seed", str(seed), *more], check=True,
                   stdout=subprocess.DEVNULL)


def fill(server, work):
    """One part of the Sent folder is a copy of what stands in INBOX: a duplicate each."""
    for folder, name, count, seed in (("", "inbox", n_mails * 3 // 4, 1), (".Sent", "sent", n_mails // 4, 2),
                                      (".Sent", "copy", n_mails // 20, 1)):
        source = os.path.join(work, name)
        generate(source, count, seed)
        target = server.maildir("u1", folder)
        os.makedirs(os.path.join(target, "cur"), exist_ok=True)
        box = os.path.join(source + ".maildir")
        for sub in ("cur", "new"):
            for mail in sorted(os.listdir(os.path.join(box, sub))) if os.path.isdir(os.path.join(box, sub)) else []:
                shutil.move(os.path.join(box, sub, mail), os.path.join(target, "cur", mail))
    server.own(server.dir)


def uids(server, folder):
    out = subprocess.run(["doveadm", "-c", os.path.join(server.dir, "dovecot.conf"), "search", "-u", "u1@test",
                          "mailbox", folder, "all"], capture_output=True, text=True, check=True).stdout
    return {int(line.split()[1]) for line in out.splitlines()}


def journalled(daemon):
    """(folder, uid) → how many journal rows, and what became of them."""
    con = sqlite3.connect("file:%s?mode=ro" % os.path.join(daemon.store, "daybook.db"), uri=True)
    rows = {}
    for meta, outcome in con.execute("SELECT meta, outcome FROM journal WHERE kind = 0"):
        fields = dict(line.split(": ", 1) for line in meta.splitlines())
        rows.setdefault((fields["folder"], int(fields["uid"])), []).append(outcome)
    con.close()
    return rows


def main():
    if not shutil.which("dovecot"):
        print("SKIPPED: dovecot is not installed")
        return 77
    work = tempfile.mkdtemp(prefix="daybook-mailbox-")
    server = dovecot.Dovecot()
    try:
        fill(server, work)
        server.start()
        daemon = daybook.Daemon(os.path.join(work, "daybook"), connectors=(
            "\n  sales:\n    type: imap\n    host: localhost\n    port: %d\n    user: u1@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (server.tls_port, server.ca)))
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), dovecot.PASSWORD)
        run(server, daemon)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(server.dir, ignore_errors=True)
    print("mailbox: Checks: %d, Failures: %d, Errors: 0" % (checks, failures))
    return failures > 0


def run(server, daemon):
    truth = {(folder, uid) for folder in ("INBOX", "Sent") for uid in uids(server, folder)}
    rnd = random.Random(7)
    start = time.monotonic()
    daemon.start()
    for kill in range(n_kills):
        time.sleep(rnd.uniform(0.05, 2.0 * n_mails / 5000 + 0.2))
        daemon.kill()
        daemon.start()
    daybook.wait_until(lambda: len(journalled(daemon)) >= len(truth), 600, "the end of the first read")
    daemon.stop()
    rows = journalled(daemon)
    print("        %d mails, %d kills, %.0f s" % (len(truth), n_kills, time.monotonic() - start))
    check("every UID was read", set(rows) == truth, "%d missing, %d strange" % (len(truth - set(rows)), len(set(rows) - truth)))
    twice = [k for k, v in rows.items() if len(v) > 1]
    check("no UID was read twice", not twice, twice[:5])
    check("each is stored, a duplicate, filtered or a dead letter", all(o in (1, 2, 3, 4) for v in rows.values() for o in v))
    ledger = daemon.ledger("sales")
    check("the ledger balances and agrees", ledger["received"] == len(truth) == sum(
        ledger[k] for k in ("stored", "duplicate", "filtered", "dead", "pending")), json.dumps(ledger))
    again = daemon.run("rebuild", "--check", timeout=1800)
    check("a rebuild is identical", again.returncode == 0, again.stdout.decode() + again.stderr.decode())
    print("        %s" % json.dumps(ledger))


sys.exit(main())
