#!/usr/bin/python3
"""Faults between a mailbox and its reader: imapfaults.py BUILD [--faults 200] [--part wire|boxes|lies] [--seed N] …

A daemon reads a real Dovecot through a proxy that cuts, drips, forges and hangs ("wire"), mailboxes that are renamed,
deleted, renumbered and restored under it ("boxes"), and servers that lie ("lies"). Behind that all are honest, and then
every UID must be exactly one interaction, duplicate or dead letter with the text that was sent, and `daybook reconcile`
must say 0 missing. --faults is the number of each kind. --short is the form of the tests: all kinds, few of each.
Counts its checks the way Check does, for scripts/test.
"""
import argparse
import os
import random
import shutil
import sys
import tempfile
import threading
import time

options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
options.add_argument("build")
options.add_argument("--faults", type=int, default=200, help="of each kind (200)")
options.add_argument("--part", action="append", choices=("wire", "boxes", "lies"), help="only these; all without it")
options.add_argument("--kind", action="append", help="only these kinds")
options.add_argument("--boxes", type=int, default=40, help="mailboxes behind the proxy (40)")
options.add_argument("--seconds", type=int, default=120, help="the most that a kind may take to strike so often (120)")
options.add_argument("--seed", type=int, help="for the same draws again")
options.add_argument("--short", action="store_true")
options.add_argument("--keep", action="store_true", help="leave the store and the logs")
args = options.parse_args()
build = os.path.abspath(args.build)
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")

import imapfaults_truth as truth                  # noqa: E402
from imapfaults_truth import daybook, dovecot     # noqa: E402
import imapfaults_boxes                           # noqa: E402
import imapfaults_lies                            # noqa: E402
import imapfaults_wire                            # noqa: E402

WRITING = {"STORE", "APPEND", "EXPUNGE", "SELECT", "COPY", "MOVE", "DELETE", "CREATE", "RENAME", "SUBSCRIBE",
           "UNSUBSCRIBE", "SETACL", "SETMETADATA", "CLOSE"}


def writes(commands):
    """Those commands that do more than read; each without its tag."""
    return [line for line in commands
            if "BODY[" in line or WRITING & set(line.upper().split()[:2])]


class Campaign:
    def __init__(self, work, seed):
        self.work, self.count = work, truth.Count()
        parts = args.part or ("wire", "boxes", "lies")
        self.mails = truth.Mails(random.Random(seed))
        n_wire, n_boxes = (6, 4) if args.short else (args.boxes, 20)
        wanted = 2 if args.short else args.faults
        self.wanted = wanted
        self.server = dovecot.Dovecot(n_users=n_wire + n_boxes) if "wire" in parts or "boxes" in parts else None
        self.wire = self.boxes = self.lies = None
        if self.server:
            self.server.start()
            self.doveadm = imapfaults_boxes.Doveadm(self.server)
        if "wire" in parts:
            self.wire = imapfaults_wire.Wire(self.server, self.mails, random.Random(seed + 1), n_wire)
        if "boxes" in parts:
            self.boxes = imapfaults_boxes.Boxes(self.server, self.mails, random.Random(seed + 2), n_boxes, n_wire + 1)
        if "lies" in parts:
            self.lies = imapfaults_lies.Lies(self.mails, random.Random(seed + 3), wanted, 6 if args.short else 20,
                                             6 if args.short else 60, args.kind)
        self.parts = [part for part in (self.wire, self.boxes, self.lies) if part]
        self.daemon = truth.make_daemon(os.path.join(work, "daybook"), "\n" + "".join(p.connectors() for p in self.parts),
                                        workers=12 if args.short else 24)
        for part in self.parts:
            part.daemon = self.daemon

    def strike(self):
        """Lies go on beside the rest; the wire and the boxes share one Dovecot, and take turns in the long form."""
        seconds = 10 if args.short else args.seconds
        liars = threading.Thread(target=self.lies.run, args=(
            self.count, 10 if args.short else 4 * seconds, not args.short)) if self.lies else None
        boxes = threading.Thread(target=self.boxes.run, args=(
            self.count, self.wanted, seconds, args.kind, not args.short)) if self.boxes else None
        threads = [t for t in (liars, boxes) if t]
        for thread in threads:
            thread.start()
        if self.wire and args.short:
            self.wire.mixed(self.count, 12, seconds)
        elif self.wire:
            self.wire.run(self.count, self.wanted, seconds, args.kind)
        for thread in threads:
            thread.join()

    def judge(self):
        names, boxes = [], []
        if self.wire:
            self.wire.collect(self.doveadm)
            boxes += self.wire.boxes
        if self.lies:
            self.lies.check_refusers(self.count)
            boxes += [liar.box for liar in self.lies.liars]
        names = [box.name for box in boxes + (self.boxes.boxes if self.boxes else [])]
        began = time.monotonic()
        wrong, most = truth.reconcile(self.daemon, names)
        print("        %d mailboxes compared in %.1f s, %d times" % (len(names), time.monotonic() - began, most))
        self.count.check("reconcile says 0 missing", wrong)
        if self.boxes:
            self.boxes.collect(self.doveadm)
            boxes += self.boxes.boxes
        if self.lies:
            self.lies.collect()
        store = truth.Store(self.daemon)
        wrong = [text for box in boxes for text in box.violations(store, self.mails.texts)]
        n_uids = sum(len(box.listed) for box in boxes)
        self.count.check("each of %d UIDs is one interaction, duplicate or dead letter, as it was sent" % n_uids, wrong)
        twice = [token for token, found in store.interactions.items() if len(found) > 1]
        self.count.check("none of %d mails is there twice" % len(store.interactions), twice)
        self.check_itself(store, next(
            box for box in boxes if box.listed and set(box.listed.values()) <= set(store.interactions)))
        self.check_wire()

    def check_itself(self, store, box):
        """A UID that was never read, a text that is another, and one that is there twice must be seen."""
        (key, token), *_ = box.listed.items()
        planted = truth.Box(box.name)
        planted.listed = {key: token, ("INBOX", 1, 4000000000): "never-read"}
        wrong = planted.violations(store, {token: ["another", "text"], "never-read": []})
        twice = dict(store.interactions, **{token: 2 * store.interactions[token]})
        store.interactions, honest = twice, store.interactions
        wrong += planted.content(store, self.mails.texts, set())
        store.interactions = honest
        signs = ("has no journal row", "is not what was sent", "is 2 interactions")
        self.count.check("the campaign can fail", [s for s in signs if not any(s in text for text in wrong)])

    def check_wire(self):
        said = [line.partition(" ")[2] for line in self.server.said()] if self.server else []
        for liar in self.lies.liars if self.lies else []:
            said += liar.commands
        self.count.check("nothing but reading crossed the wire (%d commands)" % len(said), writes(said))

    def note_exception(self, what):
        sys.__excepthook__(what.exc_type, what.exc_value, what.exc_traceback)
        self.count.check("the campaign itself", [repr(what.exc_value)])

    def run(self):
        threading.excepthook = self.note_exception
        self.daemon.start(60)
        self.strike()
        self.judge()
        truth.finish(self.count, self.daemon)
        if not args.short:
            self.count.table()

    def stop(self):
        for part in self.parts:
            part.stop()
        if self.daemon.is_running():
            self.daemon.kill()
        if self.server:
            self.server.stop()
            if not args.keep:
                shutil.rmtree(self.server.dir, ignore_errors=True)


def main():
    if not dovecot.is_installed():
        print("SKIPPED: dovecot is not installed")
        return 77
    seed = args.seed if args.seed is not None else random.randrange(1 << 30)
    work = tempfile.mkdtemp(prefix="daybook-imapfaults-")
    print("seed %d, in %s" % (seed, work), flush=True)
    campaign = Campaign(work, seed)
    try:
        campaign.run()
    finally:
        campaign.stop()
        if not args.keep:
            shutil.rmtree(work, ignore_errors=True)
    count = campaign.count
    print("imapfaults: Checks: %d, Failures: %d, Errors: 0" % (count.checks, count.failures))
    return count.failures > 0


sys.exit(main())
