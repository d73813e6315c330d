"""Mails of tests/tools/conversations.py in mailboxes and files, stores that read them, and what two of these stores say:
what fiveways.py and block.py share. DAYBOOKD and DAYBOOK are set by whoever imports it."""
import collections
import json
import os
import random
import sys
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
sys.path.insert(0, os.path.join(TOP, "tests", "tools"))

import daybook                                    # noqa: E402
import dovecot                                    # noqa: E402
from conversations import STAFF, Way, any_way, is_through_a_list, render, FOOTER     # noqa: E402

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

    def close(self, leaves_out=False):
        if self.daemon.is_running():
            self.daemon.stop(120)
        rows = self.daemon.cli("ledger")
        check("%s: the ledger balances, nothing failed" % self.name, rows and all(
            r["received"] == r["stored"] + r["duplicate"] + (r["filtered"] if leaves_out else 0) and r["stored"] >= 0
            for r in rows), json.dumps(rows))

    def rebuild_is_identical(self):
        again = self.daemon.run("rebuild", "--check", timeout=1800)
        check("%s: a rebuild is identical" % self.name, again.returncode == 0, (again.stdout + again.stderr).decode())


def by_imap(work, server, name, boxes, users, seed=1):
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


def footers_of(mails):
    """Of which a list's footer may be under one copy and not under the other, as (subject, claimed_at)."""
    return {(m.subject, time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(m.date))) for m in mails if is_through_a_list(m)}


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


