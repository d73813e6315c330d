"""Debian's Dovecot in a folder of its own, for tests of mailboxes: accounts u1@test …, password "secret"."""
import imaplib
import os
import shutil
import subprocess
import tempfile
import time

import daybook

BENCH = os.path.join(daybook.TOP, "tests", "tools", "dovebench.sh")
PASSWORD = "secret"


def is_installed():
    return all(shutil.which(tool) or os.access("/usr/sbin/" + tool, os.X_OK) for tool in ("dovecot", "openssl"))


class Dovecot:
    def __init__(self, n_users=4):
        # Not pytest's own folder: Dovecot runs as another user and its sockets need a short path.
        self.folder = tempfile.mkdtemp(prefix="dovecot-")
        os.chmod(self.folder, 0o755)
        self.port = daybook.free_port()
        while self.port > 60000:
            self.port = daybook.free_port()
        self.tls_port = self.port + 850
        self.bench("init", str(n_users))

    def bench(self, verb, *args):
        env = dict(os.environ, PORT=str(self.port), PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        subprocess.run(["bash", BENCH, verb, self.folder, *args], check=True, env=env, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def start(self, certificate="good"):
        self.bench("start", certificate)
        return self

    def stop(self):
        self.bench("stop")

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def ca(self):
        return os.path.join(self.folder, "tls", "ca.pem")

    def log_text(self):
        with open(os.path.join(self.folder, "dovecot.log"), errors="replace") as f:
            return f.read()

    def maildir(self, user):
        return os.path.join(self.folder, "mail", user, "Maildir")

    # ---- what a test does to a mailbox ----

    def session(self, user):
        session = imaplib.IMAP4("127.0.0.1", self.port)
        session.login(user + "@test", PASSWORD)
        return session

    def deliver(self, user, *mails, folder="INBOX"):
        session = self.session(user)
        for mail in mails:
            kind, data = session.append(folder, None, imaplib.Time2Internaldate(time.time()), mail)
            assert kind == "OK", data
        session.logout()

    def flags(self, user, folder="INBOX"):
        """{uid: flags} of everything there, without touching it."""
        session = self.session(user)
        session.select(folder, readonly=True)
        _, rows = session.uid("FETCH", "1:*", "(FLAGS)")
        session.logout()
        out = {}
        for row in rows:
            if row:
                text = row.decode()
                out[text.split("UID ")[1].split(" ")[0].rstrip(")")] = text.split("FLAGS (")[1].split(")")[0]
        return out


def mail(name, sender="maria@example.com", to="sales@acme.example", text="hello", subject=None, headers=""):
    return ("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@example.com>\r\n"
            "%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"
            % (sender, to, subject or name, name, headers, text)).encode()
