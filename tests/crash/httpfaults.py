#!/usr/bin/python3
"""What happens to a door that is open to everybody: httpfaults.py BUILD [--short] [--part NAME].

  reload    1,000 times SIGHUP under load, half of them with a configuration that is broken
  crowd     10,000 connections, nine of ten idle
  files     no descriptor left
  slow      heads, bodies and readers that drip
  pipe      nobody reads the log
  suspend   SIGSTOP for a while under load
  erase     persons erased while messages of theirs come in
  dns       names that hang, fail, are nobody's, or lead to the public first and to loopback then

Senders keep a ledger: what was answered 2xx is owed, and in the end everything owed is there exactly once, everything else at
most once. Counts its checks the way Check does, for scripts/test.
"""
import argparse
import http.client
import os
import random
import resource
import select
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import threading
import time

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
arguments = argparse.ArgumentParser(add_help=False)
arguments.add_argument("build")
arguments.add_argument("--short", action="store_true")
arguments.add_argument("--part")
args = arguments.parse_args()
build = os.path.abspath(args.build)
os.environ["DAYBOOKD"] = os.path.join(build, "src/daemon/daybookd")
os.environ["DAYBOOK"] = os.path.join(build, "src/cli/daybook")

import daybook                                    # noqa: E402

checks, failures = 0, 0
STAFF = "staff:\n  Ana Lima: {email: [ana@acme.example], role: admin}\n"


def check(what, good, detail=""):
    global checks, failures
    checks += 1
    failures += not good
    print("%-7s %s%s" % ("ok" if good else "FAILED", what, "" if good else ": %s" % (detail,)), flush=True)


def amount(long, short):
    return short if args.short else long


# ---- senders and their ledger ----

class Senders:
    """Threads that post signed messages, each with its own number, for as long as the block lasts."""

    def __init__(self, daemon, n=2, pause=.002):
        self.daemon, self.pause = daemon, pause
        self.owed, self.sent, self.slowest, self.said = set(), set(), 0, {}
        self.is_over = False
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(n)]

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for t in self.threads:
            t.join()

    def run(self, which):
        n = 0
        while not self.is_over:
            n += 1
            self.post("wamid.%d.%d" % (which, n))
            time.sleep(self.pause)

    def post(self, id):
        payload = daybook.whatsapp(daybook.text_message(id, "55119%08d" % random.randrange(100), "text " + id))
        self.sent.add(id)
        before = time.monotonic()
        try:
            status = self.daemon.post_whatsapp(payload).status
        except OSError as e:
            status = type(e).__name__
        self.slowest = max(self.slowest, time.monotonic() - before)
        self.said[status] = self.said.get(status, 0) + 1
        if status == 200:
            self.owed.add(id)

    def check(self, name):
        check("%s: somebody was answered" % name, len(self.owed) > 10, self.said)
        with sqlite3.connect("file:%s?mode=ro" % os.path.join(self.daemon.store, "daybook.db"), uri=True) as db:
            rows = [r[0] for r in db.execute("SELECT external_id FROM interaction WHERE external_id LIKE 'wamid.%'")]
        lost, double, ghost = self.owed - set(rows), len(rows) - len(set(rows)), set(rows) - self.sent
        check("%s: %d acknowledged, each there once" % (name, len(self.owed)), not lost and not double and not ghost,
              "lost %d, double %d, nobody's %d" % (len(lost), double, len(ghost)))


def settle(daemon, name):
    daemon.stop()
    again = daemon.run("rebuild", "--check")
    check("%s: a rebuild is identical" % name, again.returncode == 0, again.stdout + again.stderr)


def good_request(daemon, timeout=10):
    """Seconds; None: it was not answered."""
    before = time.monotonic()
    try:
        return time.monotonic() - before if daemon.request("GET", "/healthz", timeout=timeout).status == 200 else None
    except OSError:
        return None


def cpu_seconds(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def n_descriptors(pid):
    return len(os.listdir("/proc/%d/fd" % pid))


def memory(pid):
    with open("/proc/%d/status" % pid) as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS")) / 1024


def limited(daemon, n_files):
    """Started with so many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (n_files, hard))
        return daemon.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# ---- the parts ----

def descriptors_at_rest(daemon):
    """Once all its threads have opened what they keep, which the first seconds do one by one; SQLite closes some late."""
    for n in range(10):
        daemon.post_form({"message": "warm %d" % n, "email": "warm@example.org"})
        daemon.reload()
        time.sleep(.1)
    most = 0
    for _ in range(10):
        time.sleep(.1)
        most = max(most, n_descriptors(daemon.process.pid))
    return most


def reload(work):
    daemon = daybook.Daemon(work).start()
    with open(daemon.config) as f:
        good = f.read()
    before = descriptors_at_rest(daemon)
    n = amount(1000, 60)
    with Senders(daemon) as senders:
        for i in range(n):
            text = good if i % 2 else good + "nonsense: [1\n" if i % 4 else good.replace("type: whatsapp", "type: whatsup")
            with open(daemon.config + ".new", "w") as f:
                f.write(text)
            os.rename(daemon.config + ".new", daemon.config)
            daemon.reload()
            time.sleep(.02)
        with open(daemon.config, "w") as f:
            f.write(good)
    check("reload: nobody was refused in %d reloads" % n, set(senders.said) == {200}, senders.said)
    senders.check("reload")
    daybook.wait_until(lambda: n_descriptors(daemon.process.pid) <= before + 2, 20, "as few descriptors as before", passes=True)
    check("reload: no descriptor is left open", n_descriptors(daemon.process.pid) <= before + 2, n_descriptors(daemon.process.pid))
    check("reload: what is wrong was named", "nonsense" in daemon.log_text() and "whatsup" in daemon.log_text())
    settle(daemon, "reload")


def crowd(work):
    n = amount(10000, 1000)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < n + 500:
        print("SKIPPED: crowd: only %d descriptors" % hard)
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    daemon = daybook.Daemon(work)
    with open(daemon.config) as f:
        text = f.read()
    with open(daemon.config, "w") as f:
        f.write(text.replace("http:\n", "http:\n  max_connections: %d\n  request_timeout: 120s\n" % (n + 200)))
    daemon.start()
    there = [socket.create_connection(("127.0.0.1", daemon.port), 10) for _ in range(n)]
    for s in there[: n * 8 // 10: 2]:
        s.sendall(b"POST /hooks/shop HTTP/1.1\r\nHost: a\r\nContent-Le")       # begun, and left
    busy, times = there[n * 9 // 10:], []
    request = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    with Senders(daemon) as senders:
        for _ in range(amount(10, 5)):
            times += round_trips(busy, request)
        time.sleep(1)
    times.sort()
    check("crowd: %d of %d connections ask, every answer comes" % (len(busy), n), len(times) == len(busy) * amount(10, 5), len(times))
    p99 = times[len(times) * 99 // 100]
    check("crowd: 99 of 100 within a second (p99 %.0f ms)" % (p99 * 1e3), p99 < 1, p99)
    check("crowd: senders beside them too (longest %.0f ms)" % (senders.slowest * 1e3), set(senders.said) == {200}, senders.said)
    used = memory(daemon.process.pid)
    check("crowd: %.0f MB" % used, used < (2000 if "asan" in build else 256), used)
    for s in there:
        s.close()
    senders.check("crowd")
    settle(daemon, "crowd")


def round_trips(sockets, request):
    """All of them at once; seconds until each was answered."""
    poll, since, took = select.epoll(), {}, []
    for s in sockets:
        poll.register(s, select.EPOLLIN)
    by_number = {s.fileno(): s for s in sockets}
    for s in sockets:
        since[s.fileno()] = time.monotonic()
        s.sendall(request)
    while since:
        events = poll.poll(10)
        if not events:
            break
        for number, _ in events:
            if number in since and by_number[number].recv(65536).startswith(b"HTTP/1.1 200"):
                took.append(time.monotonic() - since.pop(number))
            elif number in since:
                since.pop(number)
    poll.close()
    return took


def files(work):
    daemon = limited(daybook.Daemon(work), 96)
    lines = len(daemon.log_text().splitlines())
    hoard = [socket.create_connection(("127.0.0.1", daemon.port), 10) for _ in range(120)]
    time.sleep(.5)
    before, seconds = cpu_seconds(daemon.process.pid), amount(10, 3)
    time.sleep(seconds)
    used = (cpu_seconds(daemon.process.pid) - before) / seconds
    check("files: without descriptors it rests (%.1f %% of a core)" % (used * 100), used < .05, used)
    n_lines = len(daemon.log_text().splitlines()) - lines
    check("files: the log says so and does not flood", 1 <= n_lines < 10 * seconds, n_lines)
    for s in hoard:
        s.close()
    daybook.wait_until(lambda: good_request(daemon) is not None, 20, "an answer after it")
    with Senders(daemon) as senders:
        time.sleep(1)
    check("files: afterwards everything is as before", set(senders.said) == {200}, senders.said)
    senders.check("files")
    settle(daemon, "files")


def slow(work):
    daemon = daybook.Daemon(work)
    with open(daemon.config) as f:
        text = f.read()
    with open(daemon.config, "w") as f:
        f.write(text.replace("http:\n", "http:\n  request_timeout: 3s\n"))
    daemon.start()
    ways = {"head": b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            "body": b"POST /hooks/contact HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"}
    drippers = []
    for way, head in ways.items():
        for _ in range(amount(100, 30)):
            s = socket.create_connection(("127.0.0.1", daemon.port), 10)
            s.sendall(head)
            drippers.append((way, s))
    left, began, last = list(drippers), time.monotonic(), {}
    with Senders(daemon) as senders:
        while left and time.monotonic() - began < 15:
            left = [(way, s) for way, s in left if drip(s)]
            for way in ways:
                if any(w == way for w, _ in left):
                    last[way] = time.monotonic() - began
            time.sleep(.2)
    for way in ways:
        check("slow: a dripping %s is cut at the deadline (%.1f s)" % (way, last.get(way, 0)), 2 < last.get(way, 0) < 7, last)
    check("slow: good senders do not notice (longest %.0f ms)" % (senders.slowest * 1e3), set(senders.said) == {200} and senders.slowest < 3,
          (senders.said, senders.slowest))
    senders.check("slow")
    settle(daemon, "slow")


def drip(s):
    """One byte more; False: it was cut."""
    try:
        s.settimeout(0)
        try:
            if s.recv(1000) == b"":
                return False
        except BlockingIOError:
            pass
        s.send(b"a")
        return True
    except OSError:
        return False


def pipe(work):
    daemon = daybook.Daemon(work)
    read, write = os.pipe()
    log, daemon.log = daemon.log, "/dev/fd/%d" % write
    os.set_inheritable(write, True)
    daemon.start()
    os.set_blocking(write, False)
    try:
        while True:
            os.write(write, b"full\n" * 100)      # before anybody reads it
    except BlockingIOError:
        pass
    os.set_blocking(write, True)        # as a service manager's is
    with Senders(daemon) as senders:
        began, refused = time.monotonic(), 0
        while time.monotonic() - began < amount(30, 3):
            refused += daemon.post("shop", b"{}", {"X-Hub-Signature-256": "sha256=00"}).status == 401    # a line each
            daemon.reload()
    check("pipe: nobody waits for a log that nobody reads (longest %.0f ms)" % (senders.slowest * 1e3),
          set(senders.said) == {200} and senders.slowest < 2 and refused > 10, (senders.said, senders.slowest, refused))
    counted = [l for l in daemon.get("/metrics").body.decode().splitlines() if l.startswith("daybook_log_lines_dropped_total ")]
    check("pipe: what the log lost is counted", counted and not counted[0].endswith(" 0"), counted)
    daemon.log = log
    os.close(read)
    os.close(write)
    senders.check("pipe")
    settle(daemon, "pipe")


def suspend(work):
    daemon = daybook.Daemon(work).start()
    with Senders(daemon) as senders:
        time.sleep(.5)
        for _ in range(amount(3, 1)):
            os.kill(daemon.process.pid, 19)
            time.sleep(amount(60, 4))
            os.kill(daemon.process.pid, 18)
            time.sleep(1)
    check("suspend: it goes on as if nothing had been", daemon.is_running() and good_request(daemon) is not None, daemon.log_text()[-500:])
    senders.check("suspend")
    settle(daemon, "suspend")


class Writer(threading.Thread):
    """One person who goes on writing. said: every text that was taken, with the time before it was sent."""

    def __init__(self, daemon, who):
        super().__init__()
        self.daemon, self.who, self.said, self.is_over = daemon, who, [], False

    def run(self):
        n = 0
        while not self.is_over:
            n += 1
            text, before = "canary%sx%d" % (self.who.split("@")[0], n), time.time()
            answer = self.daemon.post_form({"name": "Erika %s" % self.who, "email": self.who, "message": text})
            if 200 <= answer.status < 300:
                self.said.append((text, before, time.time()))
            time.sleep(.05)


def erase(work):
    """What was taken before the erasure began is gone; what was sent after it ended is there."""
    unlimited = daybook.FORM + "    rate_limit: 0\n" if "rate_limit" not in daybook.FORM else daybook.FORM
    daemon = daybook.Daemon(work, connectors=unlimited).start()
    n, wrong, people = amount(2000, 8), [], []
    for i in range(n):
        who = "erika%05d@example.com" % i
        writer = Writer(daemon, who)
        writer.start()
        daybook.wait_until(lambda: len(writer.said) >= 3, 30, "messages")
        began = time.time()
        done = daemon.run("erase", who, "--yes")
        ended = time.time()
        more = len(writer.said)
        daybook.wait_until(lambda: len(writer.said) >= more + 2, 30, "messages after it")
        writer.is_over = True
        writer.join()
        there = {it["text"] for it in daemon.cli("timeline", who)}
        back = {t for t, _, after in writer.said if after < began} & there
        gone = {t for t, before, _ in writer.said if before > ended} - there
        if done.returncode != 0 or back or gone:
            wrong.append((who, done.stderr, back, gone))
        people.append(who)
    check("erase: %d people while they write: nothing comes back, nothing new is lost" % n, not wrong, wrong[:3])
    for who in people:
        daemon.run("erase", who, "--yes")
    found = traces(daemon, [b"canaryerika", b"erika0"])
    check("erase: no trace in the store when they are quiet", not found, found)
    settle(daemon, "erase")


def traces(daemon, words):
    found = []
    for root, _, names in os.walk(daemon.store):
        for path in (os.path.join(root, name) for name in names):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    data = f.read().lower()
                found += [(os.path.basename(path), w) for w in words if w in data]
    return found


# ---- names ----

class Names(threading.Thread):
    """A name server on 127.0.0.53. Of a name, the word before the first dot says what becomes of it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.53", 53))
        self.asked = {}

    def run(self):
        while True:
            query, peer = self.socket.recvfrom(2000)
            word, at = query[13:13 + query[12]].decode(), 12
            while query[at]:
                at += query[at] + 1
            kind = struct.unpack(">H", query[at + 1:at + 3])[0]
            self.asked[word] = self.asked.get(word, 0) + (kind == 1)
            answer = self.answer(word, kind)
            if answer is not None:
                flags, addresses = answer
                records = b"".join(b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04" + socket.inet_aton(a) for a in addresses)
                self.socket.sendto(query[:2] + struct.pack(">HHHHH", flags, 1, len(addresses), 0, 0) + query[12:at + 5] + records, peer)

    def answer(self, word, kind):
        if word == "hang":
            return None
        if word == "fail":
            return 0x8182, []
        if kind != 1 or word == "nobody":
            return 0x8180, []
        return 0x8180, ["203.0.113.7" if word == "flip" and self.asked[word] % 2 else "127.0.0.1"]


def dns(work):
    """In a network of its own, where only our name server answers."""
    if os.environ.get("DAYBOOK_ALONE") is None:
        inside = ["unshare", "-nm", "sh", "-c", "ip link set lo up && ip addr add 203.0.113.7/32 dev lo && mount --bind \"$0\" /etc/resolv.conf"
                  " && exec \"$@\"", os.path.join(work, "resolv.conf"), sys.executable, os.path.abspath(__file__), *sys.argv[1:]]
        with open(os.path.join(work, "resolv.conf"), "w") as f:
            f.write("nameserver 127.0.0.53\noptions timeout:2 attempts:1\n")
        if subprocess.run([*inside[:-len(sys.argv) - 1], "true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("SKIPPED: dns: no network namespace of our own here")
            return
        done = subprocess.run([*inside, "--part", "dns"] if args.part is None else inside, env={**os.environ, "DAYBOOK_ALONE": "1"},
                              stdout=subprocess.PIPE)
        sys.stdout.buffer.write(b"".join(l for l in done.stdout.splitlines(True) if not l.startswith(b"http")))
        global checks, failures
        checks += done.stdout.count(b"\nok ") + done.stdout.startswith(b"ok ")
        bad = done.stdout.count(b"FAILED ")
        checks, failures = checks + bad, failures + max(bad, done.returncode != 0)
        return
    names = Names()
    names.start()
    door = socket.create_server(("127.0.0.1", 4433), backlog=100)
    daemon = daybook.Daemon(work, extra=STAFF).start()
    slowest, said = [0], {}
    is_over = threading.Event()

    def watch():
        while not is_over.is_set():
            slowest[0] = max(slowest[0], good_request(daemon) or 99)
            time.sleep(.01)
    watcher = threading.Thread(target=watch)
    watcher.start()
    for word in ("hang", "fail", "nobody", "home", "flip"):
        made = daemon.run("webhook", "add", "https://%s.daybook.example:4433/in" % word)
        id = daemon.cli("webhook", "list")[-1]["id"]
        for _ in range(4 if word == "flip" else 1):
            done = daemon.run("webhook", "test", id)
            said[word] = (done.returncode, (done.stdout + done.stderr + made.stderr).decode())
        check("dns: %s is said, with a cure" % word, said[word][0] != 0 and len(said[word][1]) > 20, said[word])
        daemon.run("webhook", "remove", id)
    is_over.set()
    watcher.join()
    check("dns: the names were asked for", all(names.asked.get(w, 0) > 0 for w in said), names.asked)
    check("dns: the loop never waits (longest %.0f ms)" % (slowest[0] * 1e3), slowest[0] < .5, slowest)
    door.setblocking(False)
    try:
        door.accept()
        check("dns: nobody is led to loopback", False, "somebody came")
    except BlockingIOError:
        check("dns: nobody is led to loopback", True)
    settle(daemon, "dns")


def log_tail(work):
    try:
        with open(os.path.join(work, "daybookd.log"), errors="replace") as f:
            return "".join(f.readlines()[-20:])
    except OSError:
        return ""


PARTS = (reload, crowd, files, slow, pipe, suspend, erase, dns)


def main():
    for part in PARTS:
        if args.part not in (None, part.__name__):
            continue
        work = tempfile.mkdtemp(prefix="daybook-httpfaults-")
        try:
            part(work)
        except (AssertionError, OSError, http.client.HTTPException, subprocess.TimeoutExpired) as e:
            check("%s: runs" % part.__name__, False, repr(e))
            print(log_tail(work))
        finally:
            subprocess.run(["pkill", "-9", "-f", work], check=False)
            shutil.rmtree(work, ignore_errors=True)
    print("httpfaults: Checks: %d, Failures: %d, Errors: 0" % (checks, failures))
    return failures > 0


sys.exit(main())
