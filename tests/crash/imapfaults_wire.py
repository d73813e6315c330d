"""Part "wire" of the IMAP fault campaign: a real Dovecot behind a proxy that cuts, drips, forges and stays silent.

Half of the boxes are read in the clear, where the proxy sees what it spoils, the other half over TLS, where it does not.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

import daybook
from imapfaults_truth import TOP, UNREADABLE, Box, poke, query, received

# kind: (in the clear, over TLS). A comma within a text is \x2c. Each connection is struck with the probability p.
KINDS = {
    "reset in FETCH": ("s2c:reset,at=FETCH,after=0-6000", "s2c:reset,after=3500-14000"),
    "end in a literal": ("s2c:truncate,at=BODY[],after=8-4000", "s2c:truncate,after=3500-14000"),
    "answers lost": ("s2c:drop,at=FETCH,after=0-5000", "s2c:drop,after=3500-14000"),
    "commands lost": ("c2s:drop,at=LOGIN,after=5-200", "c2s:drop,after=600-1600"),
    "half-open in FETCH": ("s2c:halfopen,at=BODY[],after=0-5000", "s2c:halfopen,after=3500-14000"),
    "half-open in IDLE": ("s2c:halfopen,at=+ idling\\r\\n", None),
    "drip": ("s2c:drip,n=300,ms=2", "s2c:drip,n=300,ms=2"),
    "delay": ("s2c:delay,ms=5,jitter=120", "c2s:delay,ms=5,jitter=120"),
    "bytes twice": ("s2c:dup,at=FETCH,after=0-5000", "s2c:dup,after=3500-14000"),
    "flipped bytes": (None, "s2c:corrupt,after=3500-14000,n=3"),
    "garbage line": ("s2c:inject,at=)\\r\\n,text=+*)( \\x80\\x00 {5}\\r\\n", "s2c:inject,after=3500-14000,text=garbage\\r\\n"),
    "garbage in FETCH": ("s2c:inject,at=FETCH,after=0-4000,text=\\r\\n* 1 FETCH (UID 1 BODY[] {3}\\r\\nabc)\\r\\n", None),
    "BYE as greeting": ("s2c:inject,after=0,text=* BYE too busy\\r\\n,then=close", None),
    "BYE in EXAMINE": ("s2c:inject,at= EXISTS\\r\\n,text=* BYE shutting down\\r\\n,then=close", None),
    "BYE in FETCH": ("s2c:inject,at=)\\r\\n,text=* BYE shutting down\\r\\n,then=close", None),
    "refused": ("conn:refuse", "conn:refuse"),
    "silent, TLS hangs": ("conn:accept", "s2c:halfopen,after=0-2500"),
}


class Proxy:
    def __init__(self, to, seed):
        self.port, control = daybook.free_port(), daybook.free_port()
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(TOP, "tests/tools/faultproxy.py"), "--listen", "127.0.0.1:%d" % self.port, "--to",
             "127.0.0.1:%d" % to, "--control", "127.0.0.1:%d" % control, "--seed", str(seed)], stdout=subprocess.DEVNULL)
        daybook.wait_until(lambda: self.connect(control), 20, "the proxy")

    def connect(self, port):
        try:
            self.talk = socket.create_connection(("127.0.0.1", port), 20).makefile("rw")
            return True
        except OSError:
            return False

    def ask(self, line):
        self.talk.write(line + "\n")
        self.talk.flush()
        return json.loads(self.talk.readline())

    def set(self, *faults):
        self.ask("clear")
        for fault in faults:
            assert self.ask("add " + fault) == "ok", fault

    def hits(self):
        return sum(self.ask("stats")["hits"].values())

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


class Wire:
    def __init__(self, server, mails, rnd, n_boxes):
        self.server, self.mails, self.rnd = server, mails, rnd
        self.proxies = [Proxy(server.port, rnd.randrange(1 << 30)), Proxy(server.tls_port, rnd.randrange(1 << 30))]
        self.boxes = [Box("wire%d" % n, UNREADABLE) for n in range(n_boxes)]
        self.sent = {box.name: 0 for box in self.boxes}
        self.daemon = None

    def user(self, n):
        return "u%d" % (n + 1)

    def connectors(self):
        text = ""
        for n, box in enumerate(self.boxes):
            tls = "tls_ca: %s" % self.server.ca if n % 2 else "tls: none"
            text += ("  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    %s\n"
                     "    password: !file secrets/imap\n    every: 10s\n    command_timeout: 2s\n    connect_timeout: 2s\n"
                     "    batch: 8\n" % (box.name, self.proxies[n % 2].port, self.user(n), tls))
        return text

    def deliver(self, n, how_many):
        box = self.boxes[n]
        for _ in range(how_many):
            token = "%s-%d" % (box.name, self.sent[box.name])
            self.server.deliver(self.user(n), self.mails.make(token))
            self.sent[box.name] += 1

    def late(self):
        now = received(self.daemon)
        return [name for name, n in self.sent.items() if now.get(name, 0) < n]

    def wait(self, seconds, pokes):
        """Until all is in; those that are late are poked meanwhile. True: it is."""
        end, last = time.monotonic() + seconds, time.monotonic()
        while True:
            late = self.late()
            if not late or time.monotonic() > end:
                return not late
            if pokes and time.monotonic() - last > 1:
                last = time.monotonic()
                for name in late:
                    poke(self.daemon, name)
            time.sleep(0.05)

    def draw_again(self):
        """A connection that was spared would be for as long as it lives."""
        for proxy in self.proxies:
            proxy.ask("kill")

    def rounds(self, wanted, count_hits, seconds, strike):
        """Deliveries under faults until there were enough of them, or the time is over."""
        before, end = count_hits(), time.monotonic() + seconds
        while count_hits() - before < wanted and time.monotonic() < end:
            for n in range(len(self.boxes)):
                self.deliver(n, self.rnd.randint(1, 2))
            strike()
            self.wait(3, False)
            for name in self.late():
                poke(self.daemon, name)
        return count_hits() - before

    def kind(self, count, name, wanted, seconds, faults, least=None):
        before, began = sum(self.sent.values()), time.monotonic()
        hits0 = self.hits()
        for proxy, some in zip(self.proxies, faults):
            proxy.set(*some)
        self.draw_again()
        self.rounds(wanted, self.hits, seconds, (lambda: None) if "IDLE" in name else self.draw_again)
        for proxy in self.proxies:
            proxy.set()
        self.end_kind(count, name, self.hits() - hits0, wanted if least is None else least, before, began)

    def hits(self):
        return sum(proxy.hits() for proxy in self.proxies)

    def end_kind(self, count, name, hits, wanted, before, began):
        is_in = self.wait(120, True)
        count.row("wire", name, hits, sum(self.sent.values()) - before, self.dead(), time.monotonic() - began)
        if not is_in or hits < wanted:      # nothing is missing, but it shows nothing either
            count.check("%s: all came in behind it" % name, ["%d of %d faults; late: %s" % (hits, wanted, self.late())])

    def dead(self):
        return query(self.daemon, "SELECT count(*) FROM journal j JOIN connector c ON c.id = j.connector_id"
                                  " WHERE j.outcome = 4 AND c.name LIKE 'wire%'")[0][0]

    # ---- the kinds ----

    def run(self, count, wanted, seconds, only):
        for name, (clear, tls) in KINDS.items():
            if not only or name in only:
                p = "" if "IDLE" in name else ",p=0.6"
                self.kind(count, name, wanted, seconds, [[x + p] if x else [] for x in (clear, tls)])
        for name, strike in (("imap processes killed", self.kill_sessions), ("server restarted", self.restart)):
            if not only or name in only:
                self.struck(count, name, wanted, seconds, strike)

    def mixed(self, count, wanted, seconds):
        """All at once, each rarely: the short form."""
        faults = [[x + ",p=0.2" for x in column if x] for column in zip(*KINDS.values())]
        self.kind(count, "all of them at once", wanted, seconds, faults, 1)

    def struck(self, count, name, wanted, seconds, strike):
        before, began, n = sum(self.sent.values()), time.monotonic(), 0

        def once():
            nonlocal n
            self.draw_again()       # so that there is something to fetch at the same time
            for _ in range(4 if strike == self.kill_sessions else 1):
                time.sleep(self.rnd.uniform(0, .3))
                n += strike()
        self.rounds(wanted, lambda: n, seconds, once)
        self.end_kind(count, name, n, wanted if strike == self.kill_sessions else 1, before, began)

    def kill_sessions(self):
        """kill -9 of those processes that serve one mailbox each."""
        with open(os.path.join(self.server.dir, "run", "master.pid")) as f:
            master = int(f.read())
        n = 0
        for pid in children(master):
            if command_of(pid) == "imap" and self.rnd.random() < .8:
                try:
                    os.kill(pid, signal.SIGKILL)
                    n += 1
                except ProcessLookupError:
                    pass
        return n

    def restart(self):
        self.server.stop()
        time.sleep(self.rnd.uniform(0, .5))
        self.server.start()
        return 1

    # ---- the end ----

    def collect(self, doveadm):
        for n, box in enumerate(self.boxes):
            box.kept = {"%s-%d" % (box.name, i) for i in range(self.sent[box.name])}
            for folder in ("INBOX", "Sent"):
                box.listed.update(doveadm.listed(self.user(n), folder))

    def stop(self):
        for proxy in self.proxies:
            proxy.stop()


def children(parent):
    pids = []
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name) as f:
                if name.isdigit() and int(f.read().rpartition(")")[2].split()[1]) == parent:
                    pids.append(int(name))
        except (OSError, ValueError):
            pass
    return pids


def command_of(pid):
    try:
        with open("/proc/%d/comm" % pid) as f:
            return f.read().strip()
    except OSError:
        return ""
