#!/usr/bin/python3
"""The same mails delivered five ways give one timeline: fiveways.py BUILD [MAILS [KILLS [SEED]]].

tests/tools/conversations.py makes the mails; each way brings them into a store of its own, none with the same bytes:
hops, trace fields, transfer encodings, charsets, header encodings, and for some a list's footer differ from copy to copy.

  mailboxes   two mailboxes over IMAP, INBOX and Sent of each; a mail to both, or from one to the other, is in both
  folders     over IMAP, what we sent in the Sent of one mailbox, what came in the INBOX of the other
  mbox        daybook import mbox, oldest first
  maildir     daybook import maildir, INBOX and .Sent, in no order
  killed      two mailboxes over IMAP and an mbox at the same time, the daemon killed again and again, then
              `daybook rebuild`: what is compared is the replayed store

Identical is everything that `contacts --json`, `timeline --json` of each contact and `interactions --json` say, but for
what the way itself decides:

  id, provenance.journal            given by the writer, in the order of coming
  recorded_at                       when it came
  connector                         by whom it came first
  provenance.why, .match            tell of the folder, and of who was known then
  contact ids                       compared as the set of the contact's identities
  details.warnings                  what is wrong with the bytes of one copy, such as a charset that is not declared
  details.delivered_to              to which mailbox this copy was delivered
  text, text_full                   of the mails that a list may have put its footer under (one inbound mail in ten): with
                                    the footer or without; all other texts must be identical
  details.signature                 of these mails: what the rules for signatures make of a footer
  attachments                       the footer of such a mail may be a part of its own, which is no file

A disagreement is printed with the mail it is about. Counts its checks the way Check does, for scripts/test.
"""
import collections
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
sys.path.insert(0, os.path.join(TOP, "tests", "tools"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(sys.argv[1])
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")
n_mails = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
n_kills = int(sys.argv[3]) if len(sys.argv) > 3 else 10
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1

import daybook                                    # noqa: E402
import dovecot                                    # noqa: E402
from conversations import STAFF, Way, any_way, conversations, is_through_a_list, render, FOOTER     # noqa: E402

checks, failures = 0, 0
ANA, BETO = STAFF[0][1], STAFF[1][1]
IMAP = ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
        "    tls_ca: %s\n    every: 10s\n")


def check(what, good, detail=""):
    global checks, failures
    checks += 1
    failures += not good
    print("%-7s %s%s" % ("ok" if good else "FAILED", what, "" if good else ": %s" % detail), flush=True)


# ---- copies: (folder or None, bytes, when it arrived) ----

def came(mail, owner, way_seed):
    return render(mail, any_way(mail, owner, way_seed, is_through_a_list(mail))), mail.date + 5


def kept(mail, way_seed):
    """The sender's own copy, as another program may have stored it."""
    rnd = random.Random("%d kept %d" % (way_seed, mail.number))
    return render(mail, Way(encoding=rnd.choice((None, "base64")), to_utf8=rnd.random() < .3, seed=way_seed)), mail.date + 1


def in_two_mailboxes(mails, way_seed):
    """{(user, folder): copies}: whom it was for, and who sent it; what was for nobody else is Ana's."""
    boxes = collections.defaultdict(list)
    for mail in mails:
        for user, address in (("u1", ANA), ("u2", BETO)):
            if mail.sender[1] == address:
                boxes[user, ".Sent"].append(kept(mail, way_seed))
            elif mail.is_for(address):
                boxes[user, ""].append(came(mail, address, way_seed))
    return boxes


def in_one_folder_each(mails, way_seed):
    boxes = collections.defaultdict(list)
    for mail in mails:
        if mail.is_ours:
            boxes["u3", ".Sent"].append(kept(mail, way_seed))
        else:
            boxes["u4", ""].append(came(mail, BETO, way_seed))
    return boxes


def write_maildir(folder, copies, rnd):
    for name in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    for n, (data, when) in enumerate(copies):
        # In no order: names without a time, of which the files' own is read.
        path = os.path.join(folder, "cur", "%06d.P%d.test:2,S" % (rnd.randrange(10 ** 6), n))
        with open(path, "wb") as f:
            f.write(data)
        os.utime(path, (when, when))


def write_mbox(path, copies):
    with open(path, "wb") as f:
        for data, when in copies:
            text = data.replace(b"\r\n", b"\n")
            lines = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in text.split(b"\n")]
            f.write(b"From somebody@example.com %s\n" % time.asctime(time.gmtime(when)).encode() + b"\n".join(lines) + b"\n")


def one_copy(mail, way_seed):
    return kept(mail, way_seed) if mail.is_ours else came(mail, ANA, way_seed)


# ---- a store ----

class Store:
    def __init__(self, work, name, connectors=""):
        self.name = name
        self.daemon = daybook.Daemon(os.path.join(work, name), connectors=connectors)
        daybook.write_private(os.path.join(self.daemon.folder, "secrets", "imap"), dovecot.PASSWORD)

    def received(self):
        return sum(row["received"] for row in self.daemon.cli("ledger"))

    def close(self):
        if self.daemon.is_running():
            self.daemon.stop(120)
        rows = self.daemon.cli("ledger")
        check("%s: the ledger balances, nothing failed" % self.name, rows and all(
            r["received"] == r["stored"] + r["duplicate"] and r["stored"] >= 0 for r in rows), json.dumps(rows))

    def rebuild_is_identical(self):
        again = self.daemon.run("rebuild", "--check", timeout=1800)
        check("%s: a rebuild is identical" % self.name, again.returncode == 0, (again.stdout + again.stderr).decode())


def by_imap(work, server, name, boxes, users):
    rnd = random.Random(seed)
    for (user, folder), copies in boxes.items():
        write_maildir(server.maildir(user, folder), copies, rnd)
    server.own(server.dir)
    store = Store(work, name, "".join(IMAP % (user, server.tls_port, user, server.ca) for user in users))
    store.expected = sum(map(len, boxes.values()))
    return store


def run_imap(store):
    store.daemon.start()
    daybook.wait_until(lambda: store.received() >= store.expected, 900, "the end of reading")
    store.close()
    return store


def run_import(work, name, *words):
    store = Store(work, name)
    store.daemon.start()
    done = store.daemon.run("import", *words, "--json", timeout=1800)
    check("%s: the import ends well" % name, done.returncode == 0, done.stderr.decode())
    store.close()
    return store


def run_killed(work, server, mails):
    """Both at once: what the mailboxes bring first is a duplicate for the import, and the other way round."""
    rnd = random.Random(seed + 1)
    boxes = in_two_mailboxes(mails, 50)
    store = by_imap(work, server, "killed", {(user.replace("u", "k"), f): c for (user, f), c in boxes.items()}, ("k1", "k2"))
    path = os.path.join(work, "killed.mbox")
    copies = [one_copy(mail, 51) for mail in mails]
    rnd.shuffle(copies)
    write_mbox(path, copies)
    importer = lambda: subprocess.Popen([os.environ["DAYBOOK"], "-c", store.daemon.config, "import", "mbox", path],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process = None
    for _ in range(n_kills):
        store.daemon.start()
        process = process if process is not None and process.poll() is None else importer()
        time.sleep(rnd.uniform(.1, .4 + n_mails / 2500))
        store.daemon.kill()
    store.daemon.start()
    process.wait(600)
    last = store.daemon.run("import", "mbox", path, timeout=1800)
    check("killed: the last import ends well", last.returncode == 0, last.stderr.decode())
    daybook.wait_until(lambda: sum(r["received"] for r in store.daemon.cli("ledger") if r["connector"] != "import")
                       >= store.expected, 900, "the end of reading")
    store.close()
    before = timeline_of(store)
    done = store.daemon.run("rebuild", timeout=1800)
    check("killed: it is replayed", done.returncode == 0, (done.stdout + done.stderr).decode())
    check("killed: the replayed timeline is the one before", timeline_of(store) == before, "it differs")
    return store


# ---- what a store says ----

def person(identities):
    return " ".join(sorted("%s:%s" % (i["scheme"], i["value"]) for i in identities))


def plain(entry, people):
    """An entry without what its way decides."""
    kept = {k: v for k, v in entry.items() if k not in ("id", "recorded_at", "connector", "provenance", "details")}
    kept["participants"] = [dict(p, contact=people.get(p["contact"], p["contact"])) for p in entry["participants"]]
    kept["details"] = {k: v for k, v in (entry["details"] or {}).items() if k not in ("warnings", "delivered_to")}
    return kept


def timeline_of(store):
    """{"contacts": …, "entries": {key: entry}, "timelines": {person: [keys]}}"""
    contacts = store.daemon.cli("contacts")
    people = {c["id"]: person(c["identities"]) for c in contacts}
    entries = [plain(e, people) for e in store.daemon.cli("interactions")]
    out = {"contacts": {people[c["id"]]: {k: c[k] for k in ("name", "company", "first_at", "last_at")} for c in contacts},
           "entries": {}, "timelines": {}}
    for e in entries:
        name = e["external_id"]
        while name in out["entries"]:
            name += " again"
        out["entries"][name] = e
    # All of them where there are few; else those who wrote most, and every tenth.
    chosen = sorted(people) if len(people) < 60 else sorted(people)[::10]
    for contact in chosen:
        rows = store.daemon.cli("timeline", contact)
        out["timelines"][people[contact]] = sorted((r["occurred_at"], r["external_id"]) for r in rows)
    return out


def without_footer(text):
    """White space apart: what is read out of HTML and out of two parts may part lines differently."""
    if text is None:
        return None
    return " ".join(text.replace(FOOTER.strip(), "").split())


def differences(one, other, footers):
    """[(field, what it is about, the two values)]"""
    found = []
    for who in sorted(set(one["contacts"]) | set(other["contacts"])):
        a, b = one["contacts"].get(who), other["contacts"].get(who)
        if a is None or b is None:
            found.append(("contact", who, a, b))
            continue
        found += [("contact." + k, who, a[k], b[k]) for k in a if a[k] != b[k]]
    for key in sorted(set(one["entries"]) | set(other["entries"])):
        a, b = one["entries"].get(key), other["entries"].get(key)
        if a is None or b is None:
            found.append(("entry", key, a and a["subject"], b and b["subject"]))
            continue
        for k in a:
            x, y = a[k], b[k]
            has_footer = (a["subject"], a["claimed_at"]) in footers
            if k == "details" and has_footer:
                x, y = ({m: v for m, v in d.items() if m != "signature"} for d in (x, y))
            if k in ("text", "text_full") and has_footer:
                x, y = without_footer(a["text_full"] or a["text"]), without_footer(b["text_full"] or b["text"])
            if x != y:
                found.append((k, key, x, y))
    for who in sorted(set(one["timelines"]) & set(other["timelines"])):
        a, b = one["timelines"][who], other["timelines"][who]
        if a != b:
            found.append(("timeline", who, [r for r in a if r not in b], [r for r in b if r not in a]))
    return found


def compare(reference, name, timeline, footers):
    found = differences(reference, timeline, footers)
    by_field = collections.defaultdict(list)
    for difference in found:
        by_field[difference[0]].append(difference)
    for field, some in sorted(by_field.items()):
        print("        %s: %d differ" % (field, len(some)))
        for _, about, a, b in some[:3]:
            print("            %s\n                mbox: %.300r\n                here: %.300r" % (about, a, b))
    check("%s: the timeline is that of the mbox" % name, not found, "%d differences" % len(found))


def main():
    if not shutil.which("dovecot"):
        print("SKIPPED: dovecot is not installed")
        return 77
    mails = conversations(n_mails, seed)
    footers = {(m.subject, time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(m.date))) for m in mails if is_through_a_list(m)}
    work = tempfile.mkdtemp(prefix="daybook-fiveways-")
    server = dovecot.Dovecot(keeps_rawlog=False, n_users=5)
    with open(os.path.join(server.dir, "passwd"), "a") as f:
        f.write("".join("k%d@test:%s::::::\n" % (n, dovecot.PASSWORD) for n in (1, 2)))
    try:
        run(work, server, mails, footers)
    finally:
        server.stop()
        if os.environ.get("DAYBOOK_KEEP"):
            print("kept: " + work)
        else:
            shutil.rmtree(work, ignore_errors=True)
        shutil.rmtree(server.dir, ignore_errors=True)
    print("fiveways: Checks: %d, Failures: %d, Errors: 0" % (checks, failures))
    return failures > 0


def timed(name, what):
    start = time.monotonic()
    result = what()
    print("        %s: %.0f s" % (name, time.monotonic() - start), flush=True)
    return result


def run(work, server, mails, footers):
    rnd = random.Random(seed)
    server.start()
    write_mbox(os.path.join(work, "all.mbox"), [one_copy(mail, 10) for mail in mails])
    shuffled = rnd.sample(mails, len(mails))
    box = os.path.join(work, "Maildir")
    for folder, some in (("", [m for m in shuffled if not m.is_ours]), (".Sent", [m for m in shuffled if m.is_ours])):
        write_maildir(os.path.join(box, folder), [one_copy(m, 20) for m in some], rnd)
    reference = timed("mbox", lambda: run_import(work, "mbox", "mbox", os.path.join(work, "all.mbox")))
    expected = timeline_of(reference)
    check("mbox: each mail is one entry", len(expected["entries"]) == len(mails), "%d of %d" % (
        len(expected["entries"]), len(mails)))
    reference.rebuild_is_identical()
    ways = {
        "maildir": lambda: run_import(work, "maildir", "maildir", box),
        "mailboxes": lambda: run_imap(by_imap(work, server, "mailboxes", in_two_mailboxes(mails, 30), ("u1", "u2"))),
        "folders": lambda: run_imap(by_imap(work, server, "folders", in_one_folder_each(mails, 40), ("u3", "u4"))),
        "killed": lambda: run_killed(work, server, mails),
    }
    for name, way in ways.items():
        store = timed(name, way)
        compare(expected, name, timeline_of(store), footers)
        store.rebuild_is_identical()


sys.exit(main())
