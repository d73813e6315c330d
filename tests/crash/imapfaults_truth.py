"""What the IMAP fault campaign counts with: mails that say who they are, a daemon of its own, and the truth at the end.

A mail bears a token in its Message-ID, its subject and its text, so that it is known wherever it turns up. A box is one
connector and what its server listed at the end; violations() holds that against the journal and against what a user sees.
"""
import os
import re
import sqlite3
import sys
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))

import daybook                                    # noqa: E402
import dovecot                                    # noqa: E402

UNREADABLE = ("cannot be read", "sent more than", "announced a literal", "too long or too deeply nested")
STORED, DUPLICATE, FILTERED, DEAD, PENDING = 1, 2, 3, 4, 5
WORDS = "offer invoice price delivery order customer thanks contract sample quote meeting terms stock colour".split()


class Count:
    """Checks and rows of the table, as they come."""

    def __init__(self):
        self.checks, self.failures, self.rows = 0, 0, []
        self.began = time.monotonic()

    def check(self, what, violations):
        """violations: what is wrong, as texts; none is good."""
        self.checks += 1
        self.failures += bool(violations)
        print("%-7s %s%s" % ("FAILED" if violations else "ok", what, ": %s" % violations[0] if violations else ""), flush=True)
        for text in violations[1:8]:
            print("        %s" % text, flush=True)

    def row(self, part, kind, faults, mails, dead, seconds):
        self.rows.append((part, kind, faults, mails, dead, seconds))
        print("%4.0f s  %-6s %-34s %6d faults %6d mails %4d dead %5.1f s" % (
            time.monotonic() - self.began, part, kind, faults, mails, dead, seconds), flush=True)

    def table(self):
        print("\n%-6s  %-34s %8s %8s %6s %8s" % ("part", "fault", "faults", "mails", "dead", "seconds"))
        for row in self.rows:
            print("%-6s  %-34s %8d %8d %6d %8.1f" % row)
        print("%-6s  %-34s %8d %8d %6d" % ("", "all", *(sum(row[i] for row in self.rows) for i in (2, 3, 4))))


class Mails:
    """Makes them; texts: {token: the words of the text}."""

    def __init__(self, rnd):
        self.rnd, self.texts, self.lock = rnd, {}, threading.Lock()

    def size(self):
        draw = self.rnd.random()
        low, high = (100, 4000) if draw < .7 else (4000, 40000) if draw < .95 else (40000, 200000)
        return self.rnd.randint(low, high)

    def make(self, token, size=None):
        words = [token]
        left = self.size() if size is None else size
        while left > 0:
            words.append(self.rnd.choice(WORDS) + str(self.rnd.randrange(1000)))
            left -= len(words[-1]) + 1
        words.append("end-of-" + token)
        with self.lock:
            self.texts[token] = words
        lines = [" ".join(words[i:i + 10]) for i in range(0, len(words), 10)]
        return ("Received: from mx.example by mail.acme.example; Mon, 02 Nov 2026 10:00:05 -0300\r\n"
                "From: Maria <%s@customer.example>\r\nTo: sales@acme.example\r\nSubject: %s\r\n"
                "Date: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@customer.example>\r\nMIME-Version: 1.0\r\n"
                "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n" % (token, token, token, "\r\n".join(lines))).encode()


def token_of(message_id):
    return message_id.strip().strip("<>").split("@")[0]


def make_daemon(folder, connectors, workers):
    daemon = daybook.Daemon(folder, connectors=connectors, extra="ingest: {workers: %d}\n" % workers)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), dovecot.PASSWORD)
    # libetpan forgets the greeting of a server that says BYE: a whole stack, so that the suppression finds its name.
    daemon.env["ASAN_OPTIONS"] = "detect_leaks=1:exitcode=99:fast_unwind_on_malloc=0"
    return daemon


def database(daemon):
    return sqlite3.connect("file:%s?mode=ro" % os.path.join(daemon.store, "daybook.db"), uri=True, timeout=20)


def query(daemon, text, *values):
    con = database(daemon)
    try:
        return con.execute(text, values).fetchall()
    finally:
        con.close()


def received(daemon):
    return dict(query(daemon, "SELECT name, received FROM connector"))


def poke(daemon, name):
    """A comparison with its server, now: it also ends a back-off."""
    try:
        daemon.control("/reconcile", {"connector": name})
    except OSError:
        pass


def peak_rss(daemon):
    with open("/proc/%d/status" % daemon.process.pid) as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) << 10


def is_sanitized():
    with open(daybook.program("daybookd", "DAYBOOKD"), "rb") as f:
        return b"__asan_init" in f.read()


# ---- what the store says ----

class Store:
    """One look at the store: every journal row of a mail by its delivery id, every interaction by its token."""

    def __init__(self, daemon):
        self.rows, self.by_box = {}, {}
        for box, delivery, meta, outcome, reason in query(
                daemon, "SELECT c.name, j.delivery_id, j.meta, j.outcome, j.reason FROM journal j"
                        " JOIN connector c ON c.id = j.connector_id WHERE j.kind = 0"):
            self.rows[box, delivery] = (outcome, reason)
            self.by_box.setdefault(box, []).append((delivery, meta, outcome, reason))
        self.generations = {}
        for box, key, value in query(daemon, "SELECT c.name, k.key, k.value FROM cursor k"
                                             " JOIN connector c ON c.id = k.connector_id"):
            found = re.search(r" gen=(\d+)", value)
            self.generations[box, key] = ".%s" % found.group(1) if found else ""
        self.interactions = {}
        for it in daemon.cli("interactions"):
            self.interactions.setdefault(token_of(it["external_id"] or ""), []).append(it)

    def find(self, box, folder, uidvalidity, uid):
        prefix = "%s/%d%s/" % (folder, uidvalidity, self.generations.get((box, folder), ""))
        return self.rows.get((box, prefix + str(uid)))

    def dead(self, box):
        return [row for row in self.by_box.get(box, []) if row[2] == DEAD]


class Box:
    """What its server lists at the end: listed is {(folder, uidvalidity, uid): token}; uidvalidity 0 names nothing. kept:
    what it had at some time, and what is therefore here. may_die: of what a dead letter may have died (of a mail whose answer
    was forged each time that it was asked for)."""

    def __init__(self, name, may_die=()):
        self.name, self.may_die, self.listed, self.kept = name, may_die, {}, set()

    def violations(self, store, texts):
        wrong, dead = [], set()
        for (folder, uidvalidity, uid), token in self.listed.items():
            row = store.find(self.name, folder, uidvalidity, uid) if uidvalidity else (STORED, "")
            found = store.interactions.get(token, [])
            if row is None:
                wrong.append("%s: %s UID %d (%s) has no journal row" % (self.name, folder, uid, token))
            elif row[0] == DEAD:
                dead.add(token)
                if not any(sign in row[1] for sign in self.may_die):
                    wrong.append("%s: %s UID %d is a dead letter: %s" % (self.name, folder, uid, row[1]))
            elif row[0] not in (STORED, DUPLICATE, FILTERED):
                wrong.append("%s: %s UID %d is left with outcome %d" % (self.name, folder, uid, row[0]))
            elif row[0] != FILTERED and len(found) != 1:
                wrong.append("%s: %s UID %d (%s) is %d interactions" % (self.name, folder, uid, token, len(found)))
        return wrong + self.content(store, texts, dead)

    def content(self, store, texts, dead):
        """Also of what the server has no more: once it was there, it stays, once and whole."""
        wrong = []
        for token in self.kept | set(self.listed.values()):
            found = store.interactions.get(token, [])
            if len(found) > 1:
                wrong.append("%s: %s is %d interactions" % (self.name, token, len(found)))
            elif not found and token in self.kept - dead:
                wrong.append("%s: %s was there and is gone" % (self.name, token))
            elif found and (found[0]["text"] or "").split() != texts[token]:
                wrong.append("%s: the text of %s is not what was sent" % (self.name, token))
        return wrong


# ---- what must hold at the end ----

def compare(daemon, names):
    """One comparison of each, all asked for at once. {name: what is wrong, or ""}."""
    ended = {}

    def ask(name):
        """One whose server wants to be left alone is not compared until then."""
        status, answer = daemon.control("/reconcile", {"connector": name})
        assert status == 200 or answer["kind"] == "throttled", answer
        return status == 200 and answer["connectors"][0]
    for name in names:
        ended[name] = daybook.wait_until(lambda: ask(name), 150, "the end of the pause of " + name)["ended"]

    def states():
        return {row["connector"]: row for row in daemon.control("/reconcile/progress", {})[1]["connectors"]}
    daybook.wait_until(lambda: all(states()[name]["ended"] > n for name, n in ended.items()), 300, "the comparison")
    wrong = {name: row["error"] or "" for name, row in states().items() if name in ended}
    for name, folder, missing, error in query(daemon, "SELECT c.name, r.folder, r.missing, r.error FROM reconcile r"
                                                      " JOIN connector c ON c.id = r.connector_id"):
        if name in wrong and (missing or error):
            wrong[name] += " %s: %s" % (folder, error or "%d missing" % missing)
    return wrong


def reconcile(daemon, names, tries=3):
    """Until nothing is missing. Violations, and how many comparisons that took."""
    left = list(names)
    for n in range(1, tries + 1):
        wrong = compare(daemon, left)
        left = [name for name in left if wrong[name]]
        if not left:
            break
    said = daemon.run("reconcile", names[0]).stdout.decode().splitlines()
    assert said and (left or said[-1].startswith("0 missing of ")), said
    return ["%s: %s" % (name, wrong[name]) for name in left], n


def finish(count, daemon):
    """The daemon's own promises. Ends it."""
    unbalanced = [str(row) for row in daemon.cli("ledger") if row["received"] != sum(
        row[k] for k in ("stored", "duplicate", "filtered", "dead", "pending"))]
    count.check("the ledger balances", unbalanced)
    rss = peak_rss(daemon)
    print("        peak of the daemon: %.1f MB%s" % (rss / 1e6, ", with the sanitizer's own" if is_sanitized() else ""))
    count.check("the daemon stays below 128 MB", ["%d bytes" % rss] if rss >= 128 << 20 and not is_sanitized() else [])
    daemon.stop()
    again = daemon.run("rebuild", "--check", timeout=1800)
    count.check("a rebuild is identical", [] if again.returncode == 0 else [(again.stdout + again.stderr).decode()])
    found = daybook.FATAL.search(daemon.log_text())
    count.check("nothing fatal in the log", [daemon.log_text()[found.start():][:3000]] if found else [])
