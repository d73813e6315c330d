"""Part "boxes" of the IMAP fault campaign: what happens to mailboxes while they are read, by doveadm and by restores.

Truth is what doveadm lists at the end, and every mail that stood in its folder while a comparison ran.
"""
import contextlib
import os
import shutil
import subprocess
import time

from imapfaults_truth import Box, poke, query, token_of

FOLDERS = ("INBOX", "Sent", "Projects", "Projetos", "Archive")


class Doveadm:
    def __init__(self, server):
        self.server = server

    def __call__(self, *words, may_fail=True):
        done = subprocess.run(["doveadm", "-c", os.path.join(self.server.dir, "dovecot.conf"), *words],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert may_fail or done.returncode == 0, (words, done.stderr)
        return done.stdout.decode()

    def uidvalidity(self, user, folder):
        words = self("mailbox", "status", "-u", user + "@test", "uidvalidity", folder).split("=")
        return int(words[1]) if len(words) == 2 else 0

    def listed(self, user, folder):
        """{(folder, uidvalidity, uid): token} of those that bear one."""
        uidvalidity = self.uidvalidity(user, folder)
        text = self("-f", "tab", "fetch", "-u", user + "@test", "uid hdr.message-id", "mailbox", folder, "all")
        rows = [line.split("\t") for line in text.splitlines()[1:]]
        return {(folder, uidvalidity, int(row[0])): token_of(row[1]) for row in rows if len(row) == 2 and row[1]}


class Boxes:
    """Each step does one thing to one mailbox; ready: the mails of it that a comparison has seen."""

    def __init__(self, server, mails, rnd, n_boxes, first_user):
        self.server, self.mails, self.rnd, self.first_user = server, mails, rnd, first_user
        self.doveadm = Doveadm(server)
        self.boxes = [Box("box%d" % n) for n in range(n_boxes)]
        self.n_mails, self.daemon = 0, None
        self.backups = {}

    def user(self, n):
        return "u%d" % (self.first_user + n)

    def connectors(self):
        return "".join(
            "  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    tls_ca: %s\n"
            "    password: !file secrets/imap\n    every: 10s\n    command_timeout: 5s\n    folders: [%s]\n"
            % (box.name, self.server.tls_port, self.user(n), self.server.ca, ", ".join(FOLDERS))
            for n, box in enumerate(self.boxes))

    # ---- what is done to a mailbox ----

    def deliver(self, n, folder=""):
        for _ in range(self.rnd.randint(1, 4)):
            token = "%s-%d" % (self.boxes[n].name, self.n_mails)
            self.n_mails += 1
            self.server.deliver(self.user(n), self.mails.make(token, self.rnd.randint(50, 3000)), folder)

    def some(self, n, folder, most=4):
        uids = sorted(uid for _, _, uid in self.doveadm.listed(self.user(n), folder))
        return ",".join(map(str, self.rnd.sample(uids, min(len(uids), most))))

    def expunge(self, n):
        folder = self.rnd.choice(("INBOX", "Archive"))
        uids = self.some(n, folder)
        return uids and self.doveadm("expunge", "-u", self.user(n) + "@test", "mailbox", folder, "uid", uids)

    def move(self, n):
        uids = self.some(n, "INBOX")
        return uids and self.doveadm("move", "-u", self.user(n) + "@test", "Archive", "mailbox", "INBOX", "uid", uids)

    def copy(self, n):
        uids = self.some(n, "INBOX", 2)
        return uids and self.doveadm("copy", "-u", self.user(n) + "@test", "INBOX", "mailbox", "INBOX", "uid", uids)

    def rename(self, n):
        user = self.user(n) + "@test"
        there = self.doveadm("mailbox", "list", "-u", user).split()
        old, new = ("Projects", "Projetos") if "Projects" in there else ("Projetos", "Projects")
        if old not in there:
            self.doveadm("mailbox", "create", "-u", user, old)
        self.deliver(n, "." + old)
        self.doveadm("mailbox", "rename", "-u", user, old, new)

    def recreate(self, n):
        """The same name, another UIDVALIDITY, half of the mails again."""
        user = self.user(n) + "@test"
        path = self.server.maildir(self.user(n), ".Archive")
        saved = []
        for sub in ("cur", "new"):
            for name in os.listdir(os.path.join(path, sub)):
                try:
                    with open(os.path.join(path, sub, name), "rb") as f:
                        saved.append(f.read())
                except OSError:
                    pass
        self.doveadm("mailbox", "delete", "-u", user, "Archive")
        self.doveadm("mailbox", "create", "-u", user, "Archive")
        for data in saved[::2]:
            self.server.deliver(self.user(n), data, ".Archive")

    def uidvalidity(self, n):
        user = self.user(n)
        now = self.doveadm.uidvalidity(user, "INBOX")
        self.doveadm("mailbox", "update", "-u", user + "@test", "--uid-validity", str(now + 1), "INBOX", may_fail=False)

    def gap(self, n):
        user = self.user(n)
        uids = [uid for _, _, uid in self.doveadm.listed(user, "INBOX")]
        self.doveadm("mailbox", "update", "-u", user + "@test", "--min-next-uid",
                     str(max(uids, default=1) + self.rnd.choice((2, 50, 3000))), "INBOX", may_fail=False)
        self.deliver(n)

    def lose_index(self, n):
        """What Dovecot keeps beside the mails goes: all UIDs anew under another UIDVALIDITY."""
        self.end_sessions(n)
        path = self.server.maildir(self.user(n))
        for name in os.listdir(path):
            if name.startswith("dovecot"):
                with contextlib.suppress(OSError):      # a lock that is gone again
                    os.unlink(os.path.join(path, name))

    def back_up(self, n):
        self.drop_backup(n)
        self.backups[n] = os.path.join(self.server.dir, "backup-%d" % n)
        self.server.stop()
        shutil.copytree(os.path.join(self.server.dir, "mail", self.user(n)), self.backups[n],
                        ignore=shutil.ignore_patterns("*.lock"))
        self.start_again()

    def restore(self, n):
        """An older state: UIDNEXT is lower under the same UIDVALIDITY, and UIDs are given again to other mails."""
        if n not in self.backups:
            self.back_up(n)
            self.deliver(n)
            poke(self.daemon, self.boxes[n].name)
            time.sleep(.3)
        home = os.path.join(self.server.dir, "mail", self.user(n))
        self.server.stop()          # as who restores a mailbox does
        self.remove(home)
        shutil.copytree(self.backups[n], home)
        self.server.own(home)
        self.start_again()
        self.deliver(n)
        self.drop_backup(n)

    @staticmethod
    def remove(path):
        """What still runs of a server that was stopped takes its own files away meanwhile."""
        for _ in range(50):
            shutil.rmtree(path, ignore_errors=True)
            if not os.path.exists(path):
                return
            time.sleep(.1)
        raise RuntimeError("%s does not go" % path)

    def start_again(self):
        """One that was asked to end a moment after its start may have no pid file yet, and is still there."""
        for _ in range(50):
            try:
                return self.server.start()
            except subprocess.CalledProcessError:
                self.server.stop()
                time.sleep(.1)
        raise RuntimeError("dovecot does not start")

    def drop_backup(self, n):
        if n in self.backups:
            shutil.rmtree(self.backups.pop(n), ignore_errors=True)

    def end_sessions(self, n):
        self.doveadm("kick", self.user(n) + "@test")

    # ---- the run ----

    KINDS = (("deliveries", deliver), ("expunged", expunge), ("moved", move), ("copied within the folder", copy),
             ("folder renamed", rename), ("folder deleted, made again", recreate), ("UIDVALIDITY changed", uidvalidity),
             ("UIDs left out", gap), ("index of the server lost", lose_index), ("restored from a backup", restore))

    def run(self, count, wanted, seconds, only, is_counted):
        for n in range(len(self.boxes)):
            self.deliver(n)
            self.deliver(n, ".Archive")
        for name, act in self.KINDS:
            if only and name not in only:
                continue
            began, before, done = time.monotonic(), self.n_mails, 0
            while done < wanted and time.monotonic() - began < seconds:
                n = self.rnd.randrange(len(self.boxes))
                if self.rnd.random() < .3:
                    self.deliver(n)
                act(self, n)
                done += 1
                if self.rnd.random() < .1:
                    poke(self.daemon, self.boxes[n].name)
            count.row("boxes", name, done, self.n_mails - before, self.dead(), time.monotonic() - began)
            if done < wanted and is_counted:
                count.check("%s: %d times" % (name, wanted), ["only %d times" % done])

    def dead(self):
        return query(self.daemon, "SELECT count(*) FROM journal j JOIN connector c ON c.id = j.connector_id"
                                  " WHERE j.outcome = 4 AND c.name LIKE 'box%'")[0][0]

    def collect(self, doveadm):
        for n, box in enumerate(self.boxes):
            for folder in doveadm("mailbox", "list", "-u", self.user(n) + "@test").split():
                if folder in FOLDERS:
                    box.listed.update(doveadm.listed(self.user(n), folder))

    def stop(self):
        for n in list(self.backups):
            self.drop_backup(n)
