"""How fast a full store answers over HTTP, alone and while webhooks come in; see run.sh, which builds what this runs."""
import argparse
import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
sys.path.insert(0, os.path.join(TOP, "tests", "integration"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

ROLES = """roles:
  lone: {can: [read], sees: own}
staff:
"""


def configure(daybook, fill, folder):
    extra = ROLES + "".join("  %s: {role: seller, team: t%d, email: [p%d@acme.example]}\n" % (name, n % 3, n)
                            for n, name in enumerate(fill.STAFF))
    return daybook.Daemon(folder, connectors=daybook.WHATSAPP + daybook.FORM, extra=extra)


def make_store(args, daybook, fill):
    """A folder with daybook.yaml and store/; kept with --reuse, to be copied from again."""
    kept = os.path.join(args.reuse or tempfile.mkdtemp(prefix="bench-read.", dir="/var/tmp"), "%d-%d" % (args.entries, args.contacts))
    if not os.path.exists(kept + "/whole"):
        shutil.rmtree(kept, ignore_errors=True)
        os.makedirs(kept)
        daemon = configure(daybook, fill, kept)
        daemon.start()
        daemon.stop()
        fill.fill(kept + "/store/daybook.db", args.entries, args.contacts)
        open(kept + "/whole", "w").close()
    return kept


# ---- what comes in ----

def post_all(daybook, port, rate, seconds, seed, pipe):
    """Signed webhooks at this rate from 8 connections; each counted from when it was due, so that a stall is not hidden."""
    rng = random.Random(seed)
    n_threads, taken = 8, []
    bodies = []
    for _ in range(int(rate * seconds)):
        body = json.dumps(daybook.whatsapp(daybook.text_message(
            "wamid.%032x" % rng.getrandbits(128), "5511%09d" % rng.randrange(900000000, 900050000),
            "order %x proposal %x" % (rng.getrandbits(12), rng.getrandbits(16))))).encode()
        bodies.append((body, {"Content-Type": "application/json", "X-Hub-Signature-256": daybook.sign(body)}))
    pipe.send("ready")
    pipe.recv()
    begin = time.monotonic()

    def run(k):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for n in range(k, len(bodies), n_threads):
            due = begin + n / rate
            time.sleep(max(0, due - time.monotonic()))
            connection.request("POST", "/hooks/shop", *bodies[n])
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            taken.append((due, time.monotonic() - due))
            if pipe_is_over.is_set():
                return

    pipe_is_over = threading.Event()
    threads = [threading.Thread(target=run, args=(k,)) for k in range(n_threads)]
    for t in threads:
        t.start()
    pipe.poll(seconds)
    pipe_is_over.set()
    for t in threads:
        t.join()
    pipe.send((taken, time.monotonic() - begin))


class Load:
    """In a process of its own; stop() gives ([(when it was due, how long it took)], seconds)."""

    def __init__(self, daybook, port, rate, seconds):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=post_all, args=(daybook, port, rate, seconds, random.getrandbits(64), theirs))
        self.process.start()
        self.pipe.recv()
        self.pipe.send("go")

    def stop(self):
        self.pipe.send("stop")
        result = self.pipe.recv()
        self.process.join()
        return result


# ---- who asks ----

class Reader:
    def __init__(self, daemon, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=60)
        self.headers = {"Authorization": "Bearer " + token}

    def get(self, path, **params):
        """(seconds, status, what it says)"""
        if params:
            path += "?" + urllib.parse.urlencode(params)
        begun = time.monotonic()
        try:
            self.connection.request("GET", "/api/v1" + path, headers=self.headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:      # it was silent for long
            self.connection.close()
            return self.get(path)
        body = answer.read()
        return time.monotonic() - begun, answer.status, body

    def pages(self, path, n, **params):
        """The cursor n pages on."""
        for _ in range(n):
            said = json.loads(self.get(path, **params)[2])
            if not said.get("next"):
                break
            params["cursor"] = said["next"]
        return params


def cases(readers, fill):
    """(name, who, what to do). Each deed gives (seconds, status, body)."""
    admin = readers["admin"]
    found = json.loads(admin.get("/contacts", owner="Ana", limit=200)[2])["items"]
    giants, few = [], []
    for c in found:
        deep = admin.pages("/contacts/%s/timeline" % c["id"], 5, limit=200)
        (giants if "cursor" in deep else few).append((deep.get("cursor"), c["id"]))
    giants = [id_ for _, id_ in giants] or [few[0][1]]
    few = [id_ for _, id_ in few]
    giant = max(giants, key=lambda id_: len(admin.get("/contacts/%s/timeline" % id_, limit=200)[2]))

    def get(who, path, **params):
        return lambda: readers[who].get(path, **params)

    def any_timeline(who):
        return lambda: readers[who].get("/contacts/%s/timeline" % random.choice(few))

    for who in ("admin", "own 1 %", "team"):
        yield "timeline of a contact", who, any_timeline(who)
        yield "timeline, 25,000 entries", who, get(who, "/contacts/%s/timeline" % giant)
    deep = admin.pages("/contacts/%s/timeline" % giant, 60, limit=200)
    yield "timeline, page 60", "admin", get("admin", "/contacts/%s/timeline" % giant, **{**deep, "limit": 200})
    yield "timeline, channel=whatsapp", "admin", get("admin", "/contacts/%s/timeline" % giant, channel="whatsapp")
    yield "timeline, channel=call", "admin", get("admin", "/contacts/%s/timeline" % giant, channel="call")
    yield "contact", "admin", get("admin", "/contacts/" + few[0])
    yield "contact of 25,000 entries", "admin", get("admin", "/contacts/" + giant)
    for who in readers:
        for sort in ("-last_at", "name"):
            yield "contacts, sort=" + sort, who, get(who, "/contacts", sort=sort)
            deep = readers[who].pages("/contacts", 60, sort=sort, limit=200)
            yield "contacts, page 60, sort=" + sort, who, get(who, "/contacts", **deep)
            yield "contacts, owner=nobody, sort=" + sort, who, get(who, "/contacts", owner="nobody", sort=sort)
        yield "contacts, owner=Rui", who, get(who, "/contacts", owner="Rui")
        yield "contacts, query=silva", who, get(who, "/contacts", query="silva")
        yield "contacts, query=gmail", who, get(who, "/contacts", query="gmail")
        yield "contacts, query=qqqq", who, get(who, "/contacts", query="qqqq")
    searches = (
        ("rare word", "zanzibar"), ("common word", "order"), ("no such word", "qqqqqq"), ("two common words", "order proposal"),
        ("phrase", '"delivery to lisbon"'), ("phrase of common words", '"order proposal order"'), ("from: a name", "from:silva"),
        ("from: an address", "from:souza.4242"), ("from: one of us", "from:sales3@acme.example"), ("from: nobody", "from:qqqqq"),
        ("from: and a word", "from:silva zanzibar"), ("to: a name", "to:rossi"), ("channel: rare", "channel:call"),
        ("channel: common", "channel:email"), ("channel: none", "channel:telegram"), ("has:attachment", "has:attachment"),
        ("has:attachment and a word", "has:attachment proposal"), ("after:", "after:2026-07-01"), ("before:", "before:2022-02-01"),
        ("before: and a common word", "before:2022-02-01 order"), ("a prefix", "propos*"),
        ("hostile: prefixes", " ".join(c + "*" for c in "abcdefghijklmnop")),
        ("hostile: prefixes of two", " ".join("a" + c + "*" for c in "abcdefghijklmnop")),
        ("hostile: a phrase of the commonest", '"' + " ".join(["order proposal"] * 8) + '"'),
        ("hostile: from: and prefixes", "from:a to:e channel:email s* t* m* a* e* r*"))
    for name, typed in searches:
        for who in readers:
            yield "search, " + name, who, get(who, "/search", q=typed)


def at(taken, q):
    return 1000 * taken[min(len(taken) - 1, int(q * len(taken)))]


def cpu_s(pid):
    with open("/proc/%d/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(deed, n, seconds):
    """Up to n times or so long: (times, statuses)."""
    taken, statuses, until = [], set(), time.monotonic() + seconds
    while len(taken) < n and (len(taken) < 3 or time.monotonic() < until):
        took, status, _ = deed()
        taken.append(took)
        statuses.add(status)
    return sorted(taken), statuses


def measure(args, daemon, readers, fill, note):
    for name, who, deed in cases(readers, fill):
        if not re.search(args.only, name + " " + who):
            continue
        deed()
        cpu = cpu_s(daemon.process.pid)
        taken, statuses = ask(deed, args.requests, args.each)
        cpu = (cpu_s(daemon.process.pid) - cpu) / len(taken)
        note(name, who, taken, cpu, statuses)


def heading(text):
    print("\n%s; load of the machine %.1f\n\n| what | who | n | p50 ms | p99 ms | max ms | CPU ms | |\n|---|---|---|---|---|---|---|---|"
          % (text, os.getloadavg()[0]), flush=True)


def show(name, who, taken, cpu, statuses):
    print("| %s | %s | %d | %.2f | %.2f | %.1f | %.2f | %s |" % (
        name, who, len(taken), at(taken, 0.5), at(taken, 0.99), 1000 * taken[-1], 1000 * cpu,
        "" if statuses == {200} else " ".join(map(str, statuses))), flush=True)


def show_load(name, taken, took):
    taken = sorted(took for _, took in taken)
    print("acknowledged %s: %.0f/s, p50 %.2f ms, p99 %.1f ms, max %.0f ms (%d)" % (
        name, len(taken) / took, at(taken, 0.5), at(taken, 0.99), 1000 * taken[-1], len(taken)), flush=True)


TURN_S = 4


def read_for(deeds, seconds):
    until = time.monotonic() + seconds
    while True:
        for deed in deeds:
            if time.monotonic() >= until:
                return
            deed()
            time.sleep(0.005)       # below the rate limit


def take_turns(args, daybook, fill, daemon, readers):
    """Webhooks all the time, readers every other turn: what else the machine does falls on both."""
    deeds = [deed for name, who, deed in cases(readers, fill) if re.search(args.only, name + " " + who)]
    load = Load(daybook, daemon.port, args.rate, args.turns * 2 * TURN_S + 30)
    turns = []
    for n in range(2 * args.turns):
        begun, reads = time.monotonic(), n % 4 in (1, 2)
        if reads:
            read_for(deeds, TURN_S)
        else:
            time.sleep(TURN_S)
        turns.append((reads, begun, time.monotonic()))
    taken, _ = load.stop()
    per_turn = [(reads, sorted(took for due, took in taken if begun <= due < ended)) for reads, begun, ended in turns]
    ratios = {q: [] for q in (0.5, 0.99)}
    for n in range(0, len(per_turn), 2):
        (_, quiet), (_, busy) = sorted(per_turn[n:n + 2], key=lambda t: t[0])
        for q in ratios:
            ratios[q].append(at(busy, q) / at(quiet, q))
    for reads in (False, True):
        show_load("with readers" if reads else "without", [(0, t) for r, ts in per_turn if r == reads for t in ts], args.turns * TURN_S)
    for q, all_of in ratios.items():
        all_of.sort()
        print("p%d beside readers: %.2f x in the median of %d pairs of turns (%.2f to %.2f of the middle half)" % (
            100 * q, all_of[len(all_of) // 2], len(all_of), all_of[len(all_of) // 4], all_of[-1 - len(all_of) // 4]))


def run(args, daybook, fill, daemon):
    daemon.start(120)
    readers = {}
    for who, options in (("admin", ("--role", "admin")), ("own 1 %", ("--role", "lone", "--staff", "Ana")),
                         ("team", ("--role", "seller", "--staff", "Ana")), ("own 0.01 %", ("--role", "lone", "--staff", "Rui"))):
        readers[who] = Reader(daemon, daemon.cli("token", "create", "r%s-%d" % (who, time.time()), *options)[0]["token"])
    if args.turns > 0:
        take_turns(args, daybook, fill, daemon, readers)
        return
    heading("alone")
    measure(args, daemon, readers, fill, show)
    if args.rate == 0:
        return
    load = Load(daybook, daemon.port, args.rate, args.seconds)
    time.sleep(args.seconds - 1)
    without = load.stop()
    all_with, seconds_with = [], 0.0
    heading("while %d webhooks a second come in (CPU with theirs)" % args.rate)
    load = Load(daybook, daemon.port, args.rate, 3600 if args.seconds > 1000 else args.seconds * 20)
    measure(args, daemon, readers, fill, show)
    taken, took = load.stop()
    all_with += taken
    seconds_with += took
    print()
    show_load("without readers", *without)
    show_load("with one reader that never rests", all_with, seconds_with)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1000000)
    parser.add_argument("--contacts", type=int, default=100000)
    parser.add_argument("--reuse", metavar="FOLDER", help="where stores are kept from run to run")
    parser.add_argument("--build", default=os.path.join(TOP, "build", "bench"))
    parser.add_argument("--requests", type=int, default=300, help="of each kind, at most")
    parser.add_argument("--each", type=float, default=3, help="seconds for each kind, at most")
    parser.add_argument("--rate", type=int, default=500, help="webhooks a second; 0: only alone")
    parser.add_argument("--seconds", type=float, default=15, help="of webhooks without readers")
    parser.add_argument("--turns", type=int, default=0, help="pairs of turns without and with readers, for what they cost the webhooks")
    parser.add_argument("--only", default="", help="a regular expression of what to ask")
    args = parser.parse_args()
    os.environ["DAYBOOKD"] = os.path.join(os.path.abspath(args.build), "src", "daemon", "daybookd")
    os.environ["DAYBOOK"] = os.path.join(os.path.abspath(args.build), "src", "cli", "daybook")
    import daybook
    import fill
    begun = time.monotonic()
    kept = make_store(args, daybook, fill)
    size = os.path.getsize(kept + "/store/daybook.db")
    print("%d entries, %d contacts, %d MB, there after %d s" % (args.entries, args.contacts, size >> 20, time.monotonic() - begun))
    work = tempfile.mkdtemp(prefix="run.", dir=os.path.dirname(kept))
    daemon = None
    try:
        shutil.copytree(kept + "/store", work + "/store", ignore=shutil.ignore_patterns("*.sock", "*lock*"))
        daemon = configure(daybook, fill, work)
        run(args, daybook, fill, daemon)
        daemon.stop()
    finally:
        if daemon is not None and daemon.is_running():
            daemon.kill()
        shutil.rmtree(work if args.reuse else os.path.dirname(kept))


if __name__ == "__main__":
    sys.exit(main())
