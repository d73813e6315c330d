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
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
build = os.path.abspath(sys.argv[1])
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")
n_mails = int(sys.argv[2]) if len(sys.argv) > 2 else 5000
n_kills = int(sys.argv[3]) if len(sys.argv) > 3 else 10
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1

import mailways                                   # noqa: E402
from mailways import (by_imap, check, compare, daybook, dovecot, footers_of, in_one_folder_each, in_two_mailboxes, one_copy,
                      run_imap, run_import, timeline_of, write_maildir, write_mbox)      # noqa: E402
from conversations import conversations           # noqa: E402


def run_killed(work, server, mails):
    """Both at once: what the mailboxes bring first is a duplicate for the import, and the other way round."""
    rnd = random.Random(seed + 1)
    boxes = in_two_mailboxes(mails, 50)
    store = by_imap(work, server, "killed", {(user.replace("u", "k"), f): c for (user, f), c in boxes.items()}, ("k1", "k2"),
                    seed)
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


def main():
    if not shutil.which("dovecot"):
        print("SKIPPED: dovecot is not installed")
        return 77
    mails = conversations(n_mails, seed)
    footers = footers_of(mails)
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
    print("fiveways: Checks: %d, Failures: %d, Errors: 0" % (mailways.checks, mailways.failures))
    return mailways.failures > 0


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
        "mailboxes": lambda: run_imap(by_imap(work, server, "mailboxes", in_two_mailboxes(mails, 30), ("u1", "u2"), seed)),
        "folders": lambda: run_imap(by_imap(work, server, "folders", in_one_folder_each(mails, 40), ("u3", "u4"), seed)),
        "killed": lambda: run_killed(work, server, mails),
    }
    for name, way in ways.items():
        store = timed(name, way)
        compare(expected, name, timeline_of(store), footers)
        store.rebuild_is_identical()


sys.exit(main())
