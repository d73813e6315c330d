#!/usr/bin/env python3
"""Mails per second out of a mailbox: daybookd (fetch, parse, match, store, index, all of it durable) beside a raw socket
that reads the same bytes, mbsync, and mbsync followed by notmuch new, in turns, from one private Dovecot.

    tests/bench/imap/run.py [-n MAILS] [-r ROUNDS] [--tls] [-d FOLDER] [--build BUILD]

The mails are those of tests/tools/genmail.py. FOLDER (default build/) must lie on a real disk. mbsync and notmuch do not
sync what they write (FSync no); daybook does, with every commit. BUILD is a release build without tests (build/bench)."""
import argparse
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
import dovecot  # noqa: E402
from daybook import free_port  # noqa: E402

USER, PATIENCE_S = "u1@test", 1800


def shell(*args, **options):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)


def build(folder):
    if not os.path.exists(os.path.join(folder, "build.ninja")):
        shell("meson", "setup", folder, TOP, "--buildtype=release", "-Dtests=false")
    shell("ninja", "-C", folder)


def fill(server, n):
    """n mails into the INBOX of u1."""
    path = server.maildir("u1")
    made = os.path.join(server.dir, "made")
    shell(sys.executable, os.path.join(TOP, "tests", "tools", "genmail.py"), "--out", made, "--count", str(n), "--seed", "1")
    shutil.rmtree(path)
    shutil.move(made, path)
    for name in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(path, name), exist_ok=True)
    server.own(os.path.join(server.dir, "mail"))


# ---- the readers ----

class Raw:
    """The bytes and nothing else: one UID FETCH, literals skipped."""

    def __init__(self, server, is_tls):
        self.socket = socket.create_connection(("localhost", server.tls_port if is_tls else server.port))
        if is_tls:
            context = ssl.create_default_context(cafile=server.ca)
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = bytearray()
        self.line()
        self.ask("a LOGIN %s %s" % (USER, dovecot.PASSWORD))
        self.ask("b EXAMINE INBOX")

    def more(self):
        piece = self.socket.recv(1 << 20)
        if not piece:
            raise EOFError("the server closed the connection")
        self.buffer += piece

    def line(self):
        while True:
            end = self.buffer.find(b"\n")
            if end >= 0:
                text = bytes(self.buffer[:end + 1])
                del self.buffer[:end + 1]
                return text
            self.more()

    def skip(self, n):
        while len(self.buffer) < n:
            n -= len(self.buffer)
            self.buffer.clear()
            self.more()
        del self.buffer[:n]

    def ask(self, command):
        tag, n_mails, n_bytes = command.split()[0].encode() + b" ", 0, 0
        self.socket.sendall(command.encode() + b"\r\n")
        while True:
            text = self.line()
            literal = re.search(rb"\{(\d+)\}\r\n$", text)
            if literal:
                n_mails, n_bytes = n_mails + 1, n_bytes + int(literal.group(1))
                self.skip(int(literal.group(1)))
            elif text.startswith(tag):
                if not text.startswith(tag + b"OK"):
                    raise RuntimeError(text)
                return n_mails, n_bytes


def raw_round(server, is_tls, n, folder):
    reader = Raw(server, is_tls)
    began = time.monotonic()
    n_mails, n_bytes = reader.ask("c UID FETCH 1:* (UID BODY.PEEK[])")
    assert n_mails == n, "%d mails, not %d" % (n_mails, n)
    return {"raw socket": (time.monotonic() - began, None, n_bytes)}


def usage_of(command, env=None):
    """(seconds, peak RSS in MB) of a command."""
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError("%s: %s" % (command[0], error.decode(errors="replace")))
    return time.monotonic() - began, usage.ru_maxrss / 1024


def mbsync_round(server, is_tls, n, folder):
    maildir = os.path.join(folder, "mail")
    os.makedirs(maildir)
    conf = os.path.join(folder, "mbsyncrc")
    with open(conf, "w") as f:
        f.write("FSync no\n\nIMAPAccount a\nHost localhost\nPort %d\nUser %s\nPass %s\nSSLType %s\nCertificateFile %s\n"
                "AuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath %s/\nInbox %s/INBOX\n\n"
                "Channel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Near\nSync Pull\nSyncState *\n"
                % (server.tls_port if is_tls else server.port, USER, dovecot.PASSWORD, "IMAPS" if is_tls else "None",
                   server.ca, maildir, maildir))
    mbsync, rss = usage_of(["mbsync", "-c", conf, "-a"])
    notmuch_conf = os.path.join(folder, "notmuch.conf")
    with open(notmuch_conf, "w") as f:
        f.write("[database]\npath=%s\n[user]\nname=x\nprimary_email=me@daybook.example\n[new]\ntags=new\n" % maildir)
    notmuch, notmuch_rss = usage_of(["notmuch", "--config=" + notmuch_conf, "new"])
    return {"mbsync": (mbsync, rss, None), "mbsync + notmuch new": (mbsync + notmuch, max(rss, notmuch_rss), None)}


# ---- daybook ----

def conf_of(server, is_tls, folder, port):
    secret = os.path.join(folder, "password")
    with open(os.open(secret, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(dovecot.PASSWORD)
    path = os.path.join(folder, "daybook.yaml")
    with open(path, "w") as f:
        f.write("config_version: 1\norganization: {domains: [daybook.example]}\nstorage: {path: store}\n"
                "http: {listen: ['127.0.0.1:%d']}\nconnectors:\n  box: {type: imap, host: %s, port: %d, user: %s,\n"
                "    password: !file password, folders: [INBOX], %s}\n"
                % (port, "localhost" if is_tls else "127.0.0.1", server.tls_port if is_tls else server.port, USER,
                   "tls_ca: '%s'" % server.ca if is_tls else "tls: none"))
    return path


def settled(port):
    """How many mails are stored, known, filtered or dead."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as s:
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            text = b"".join(iter(lambda: s.recv(65536), b"")).decode()
    except OSError:
        return 0
    rows = re.findall(r'^daybook_ledger\{connector="box",outcome="(stored|duplicate|filtered|dead)"\} (\d+)', text, re.M)
    return sum(int(n) for _, n in rows)


def cpu_of(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return sum(int(x) for x in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def daybook_round(server, is_tls, n, folder, build_folder):
    port = free_port()
    conf = conf_of(server, is_tls, folder, port)
    began = time.monotonic()
    with open(os.path.join(folder, "log"), "wb") as log:
        process = subprocess.Popen([os.path.join(build_folder, "src/daemon/daybookd"), "-c", conf], cwd=folder, stderr=log)
    while settled(port) < n:
        time.sleep(0.1)
        if process.poll() is not None or time.monotonic() - began > PATIENCE_S:
            raise RuntimeError("daybookd: " + open(os.path.join(folder, "log")).read()[-2000:])
    took = time.monotonic() - began
    with open("/proc/%d/status" % process.pid) as f:
        peak = int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024
    cpu = cpu_of(process.pid)
    process.terminate()
    process.wait(60)
    return {"daybookd": (took, peak, None)}, cpu


# ---- the table ----

def median(values):
    return sorted(values)[len(values) // 2]


def show(rows, n, cpus):
    mine = median([t for t, _, _ in rows["daybookd"]])
    print("%-22s %8s %18s %10s %9s %10s" % ("", "s", "(spread)", "mails/s", "peak MB", "x"))
    for name, results in rows.items():
        times = [t for t, _, _ in results]
        peaks = [p for _, p, _ in results if p]
        print("%-22s %8.1f %18s %10.0f %9s %10.2f" % (
            name, median(times), "(%.1f-%.1f)" % (min(times), max(times)), n / median(times),
            "%.0f" % max(peaks) if peaks else "", median(times) / mine))
    print("x: that row's time / daybookd's. CPU of daybookd without its parsers: %.1f s" % median(cpus))


def one_round(server, arg, folders, rows, cpus):
    for reader in (raw_round, mbsync_round, daybook_round):
        folder = tempfile.mkdtemp(dir=folders)
        if reader is daybook_round:
            result, cpu = reader(server, arg.tls, arg.n, folder, arg.build)
            cpus.append(cpu)
        else:
            result = reader(server, arg.tls, arg.n, folder)
        for name, row in result.items():
            rows.setdefault(name, []).append(row)
            print("%-22s %6.1f s" % (name, row[0]), file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=20000)
    parser.add_argument("-r", type=int, default=3)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("-d", default=os.path.join(TOP, "build"))
    parser.add_argument("--build", default=os.path.join(TOP, "build", "bench"))
    arg = parser.parse_args()
    for tool in ("dovecot", "mbsync", "notmuch"):
        if shutil.which(tool) is None and not os.access("/usr/sbin/" + tool, os.X_OK):
            sys.exit("SKIPPED: %s is not installed (apt-get install dovecot-imapd isync notmuch)" % tool)
    build(arg.build)
    rows, cpus = {}, []
    with dovecot.Dovecot(keeps_rawlog=False) as server:
        fill(server, arg.n)
        raw_round(server, False, arg.n, None)       # builds the server's index: thrown away
        # All of it is removed at the end: ext4 without a journal looks through freshly deleted files for each new one.
        with tempfile.TemporaryDirectory(dir=arg.d, prefix="bench-imap-") as folders:
            for _ in range(arg.r):
                one_round(server, arg, folders, rows, cpus)
    print("%d mails, %.0f MB, %s, %d cores, load %.1f; medians of %d rounds" % (
        arg.n, rows["raw socket"][0][2] / 1e6, "TLS" if arg.tls else "plain", os.cpu_count(), os.getloadavg()[0], arg.r))
    show(rows, arg.n, cpus)


main()
