#!/usr/bin/python3
"""Who is blocked might never have written: block.py BUILD [MAILS [KILLS [SEED]]].

tests/tools/conversations.py makes the mails of two mailboxes. One store reads both, then a fifth of the customers is put on
the block list of the first mailbox, with the daemon killed again and again while it takes away what it has of them. The
other store has had that list from the beginning. They are to say the same, but for

  contacts      who became one by a mail that went, and is named by others still, stays one: such a contact, whom the other
                store has as nobody's handle, counts as that handle
  company       of such a contact

and a rebuild of the first store has to be identical.
"""
import contextlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(sys.argv[1])
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")
n_mails = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
n_kills = int(sys.argv[3]) if len(sys.argv) > 3 else 5
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1

import mailways                                   # noqa: E402
from mailways import IMAP, by_imap, check, daybook, differences, dovecot, footers_of, in_two_mailboxes, timeline_of      # noqa: E402
from conversations import OWN, conversations      # noqa: E402


def addresses_of(mails):
    found = {who[1] for m in mails for who in [m.sender] + m.to + m.cc}
    return sorted(a for a in found if not a.endswith("@" + OWN))


def block_list(mails, rnd):
    """A fifth of the customers, some of them by their domain."""
    all_of_them = addresses_of(mails)
    some = rnd.sample(all_of_them, max(2, len(all_of_them) // 5))
    return ["@" + a.split("@")[1] if i % 3 == 0 else a for i, a in enumerate(some)]


def with_list(server, users, entries):
    return "".join(IMAP % (user, server.tls_port, user, server.ca) +
                   ("    block: [%s]\n" % ", ".join("'%s'" % e for e in entries) if i == 0 else "")
                   for i, user in enumerate(users))


def wait_for_all(store):
    daybook.wait_until(lambda: store.received() >= store.expected, 900, "the end of reading")


def run_purged(work, server, boxes, entries):
    store = by_imap(work, server, "purged", boxes, ("u1", "u2"), seed)
    store.daemon.start()
    wait_for_all(store)
    store.daemon.stop()
    before = sum(r["stored"] for r in store.daemon.cli("ledger"))
    store.daemon.write_config(connectors=with_list(server, ("u1", "u2"), entries))
    rnd = random.Random(seed + 2)
    for _ in range(n_kills):
        store.daemon.start()
        time.sleep(rnd.uniform(0, .3 + n_mails / 3000))
        store.daemon.kill()
    store.daemon.start()
    wait_until_purged(store)
    store.close(leaves_out=True)
    after = sum(r["stored"] for r in store.daemon.cli("ledger"))
    check("purged: something was taken away", after < before, "%d of %d" % (after, before))
    return store


def wait_until_purged(store):
    """The position is kept once everything was looked through."""
    def settled():
        with contextlib.closing(sqlite3.connect(os.path.join(store.daemon.store, "daybook.db"))) as db:
            return db.execute("SELECT count(*) FROM cursor WHERE key = '\tblock'").fetchone() == (1,)
    daybook.wait_until(settled, 900, "the end of the purge")


def run_never(work, server, boxes, entries):
    renamed = {(user.replace("u", "k"), f): c for (user, f), c in boxes.items()}
    store = by_imap(work, server, "never", renamed, ("k1", "k2"), seed)
    store.daemon.write_config(connectors=with_list(server, ("k1", "k2"), entries))
    store.daemon.start()
    wait_for_all(store)
    store.close(leaves_out=True)
    return store


def without_contacts(timeline):
    """Entries with the handles of who took part, whoever is a contact."""
    out = {}
    for key, e in timeline["entries"].items():
        out[key] = dict(e, participants=[{k: v for k, v in p.items() if k != "contact"} for p in e["participants"]])
    return {"contacts": {}, "timelines": {}, "entries": out}


def compare(purged, never, mails):
    a, b = timeline_of(purged), timeline_of(never)
    found = differences(without_contacts(b), without_contacts(a), footers_of(mails))
    for what in found[:5]:
        print("        %s %s\n            never: %.300r\n            purged: %.300r" % what)
    check("purged: the entries are those of the store that never had them", not found, "%d differences" % len(found))
    missing = sorted(set(b["contacts"]) - set(a["contacts"]))
    check("purged: nobody is missing", not missing, missing[:5])
    other = [(who, a["contacts"][who], row) for who, row in sorted(b["contacts"].items())
             if who in a["contacts"] and a["contacts"][who] != row]
    check("purged: contacts say the same", not other, other[:3])
    named = set().union(*({p["contact"] for p in e["participants"]} for e in a["entries"].values()))
    alone = sorted(set(a["contacts"]) - named)
    check("purged: nobody is left whom no entry names", not alone, alone[:5])


def main():
    if not shutil.which("dovecot"):
        print("SKIPPED: dovecot is not installed")
        return 77
    mails = conversations(n_mails, seed)
    entries = block_list(mails, random.Random(seed))
    work = tempfile.mkdtemp(prefix="daybook-block-")
    server = dovecot.Dovecot(keeps_rawlog=False, n_users=5)
    with open(os.path.join(server.dir, "passwd"), "a") as f:
        f.write("".join("k%d@test:%s::::::\n" % (n, dovecot.PASSWORD) for n in (1, 2)))
    try:
        server.start()
        boxes = in_two_mailboxes(mails, 30)
        purged = run_purged(work, server, boxes, entries)
        compare(purged, run_never(work, server, boxes, entries), mails)
        purged.rebuild_is_identical()
    finally:
        server.stop()
        if os.environ.get("DAYBOOK_KEEP"):
            print("kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(server.dir, ignore_errors=True)
    print("block: Checks: %d, Failures: %d, Errors: 0" % (mailways.checks, mailways.failures))
    return mailways.failures > 0


sys.exit(main())
