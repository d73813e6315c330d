"""Files that are sent over HTTP to be imported: in pieces, broken off, killed, sent again, undone, erased."""
import contextlib
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

import api_schema
import daybook
from daybook import wait_until
from test_import_undo import FROM, audit, is_as_replayed, mail
from test_merge import UNLIMITED

PIECE = 4 << 20
judge = api_schema.Judge()


class Sender:
    """Who has the right to everything, and sends files."""

    def __init__(self, daemon):
        self.daemon = daemon
        [made] = daemon.cli("token", "create", "sender", "--role", "admin")
        self.head = {"Authorization": "Bearer " + made["token"]}

    def ask(self, method, path, body=None, **headers):
        if isinstance(body, dict):
            body, headers = json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
        answer = self.daemon.request(method, "/api/v1/imports" + path, body, {**self.head, **{k.replace("_", "-"): v for k, v in headers.items()}})
        answer.value = judge.check(method, "/api/v1/imports" + path.split("?")[0], answer)
        return answer

    def begin(self, data, name="sales.mbox", kind="mbox"):
        answer = self.ask("POST", "", {"kind": kind, "name": name, "size": len(data)})
        assert answer.status == 201, answer.body
        return answer.value["id"]

    def put(self, id, offset, data):
        return self.ask("PUT", "/%s/data?offset=%d" % (id, offset), data)

    def look(self, id):
        return self.ask("GET", "/" + id).value

    def state(self, id):
        return self.look(id)["state"]

    def send(self, data, piece=PIECE, **more):
        id = self.begin(data, **more)
        for at in range(0, len(data), piece):
            answer = self.put(id, at, data[at:at + piece])
            assert answer.status == 200 and answer.value["upload"]["received"] == min(len(data), at + piece), answer.body
        return id

    def ended(self, id, state="ended"):
        wait_until(lambda: self.state(id) == state, 30, "the import to be " + state)
        return self.look(id)


def mbox(*mails):
    return "".join(FROM + m + "\n" for m in mails).encode()


def spooled(daemon):
    """What lies there. It goes a moment after the import has ended."""
    return [os.path.join(root, f) for root, _, files in os.walk(os.path.join(daemon.store, "imports")) for f in files]


@pytest.fixture
def sender(make_daemon):
    return Sender(make_daemon(connectors=UNLIMITED, extra="roles:\n  blinkered: {can: [all], sees: own}\n").start())


def refused(answer, status, *words):
    assert answer.status == status and all(w in json.dumps(answer.value) for w in words), answer.body


def nice_of(daemon, name):
    tasks = "/proc/%d/task/" % daemon.process.pid
    found = []
    for task in os.listdir(tasks):
        with open(tasks + task + "/stat") as f:
            before, after = f.read().rsplit(")", 1)
        if before.endswith("(" + name):
            found.append(int(after.split()[16]))
    return set(found)


def test_who_reads_gives_way_and_nobody_else(sender):
    """A thread is born as nice as the one that begins it, and never gets less so."""
    base = os.getpriority(os.PRIO_PROCESS, sender.daemon.process.pid)
    sender.send(mbox(mail("a")))
    assert nice_of(sender.daemon, "daybook-read") == {base + 5}
    assert nice_of(sender.daemon, "daybook-spool") == {base}


def test_a_file_is_sent_imported_and_undone(sender, tmp_path):
    daemon, data = sender.daemon, mbox(*(mail("a%d" % n, "x" * 200) for n in range(30)), mail("a0"), "no header at all")
    id = sender.send(data, piece=1000)
    row = sender.ended(id)
    assert row["upload"] == {"size": len(data), "received": len(data), "read": len(data), "piece_max": PIECE, "unread": 0, "error": None}
    assert (row["stored"] + row["dead"] + row["duplicate"], row["stored"]) == (32, 31), row
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    assert row["name"] == "sales.mbox" and row["by"] == "token sender"
    assert audit(daemon, id)[:2] == ["import", "import end"]
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        origins = [str(m) for m, in db.execute("SELECT CAST(meta AS TEXT) FROM journal WHERE meta IS NOT NULL")]
    assert all("sales.mbox, byte" in o and daemon.store not in o for o in origins), origins[:2]
    # The same by the command line brings nothing new, and back.
    (tmp_path / "again.mbox").write_bytes(data)
    summary = json.loads(daemon.run("import", "mbox", str(tmp_path / "again.mbox"), "--json").stdout)
    assert summary["stored"] == 0 and summary["read"] == 32
    answer = sender.ask("POST", "/%s/undo" % id, {})
    assert answer.status == 202
    sender.ended(id, "undone")
    assert is_as_replayed(daemon)
    assert sender.ask("DELETE", "/" + id).status == 409


def test_pieces_that_break_off_come_again(sender):
    daemon, data = sender.daemon, mbox(*(mail("b%d" % n, "y" * 500) for n in range(40)))
    id = sender.begin(data)
    assert sender.put(id, 0, data[:5000]).status == 200
    refused(sender.put(id, 6000, data[6000:7000]), 409, "5000 bytes are here: go on with offset=5000")
    refused(sender.put(id, 4000, data[4000:6000]), 409, "offset=5000")
    assert sender.put(id, 1000, data[1000:5000]).value["upload"]["received"] == 5000, "the answer to it was lost"
    refused(sender.put(id, 5000, data[5000:] + b"more"), 422, "was to have %d bytes" % len(data))
    refused(sender.put(id, 5000, b""), 422, "1 to 4194304 bytes")
    refused(sender.ask("PUT", "/%s/data" % id, b"x"), 422, "offset is how many bytes")
    refused(sender.ask("PUT", "/%s/data?offset=-1" % id, b"x"), 422, "offset")
    refused(sender.put(id, (1 << 63) - 1, b"x"), 422, "offset is how many bytes")
    # What was undone takes nothing more: nobody would read it.
    undone = sender.begin(data)
    assert sender.put(undone, 0, data[:5000]).status == 200 and sender.ask("POST", "/%s/undo" % undone, {}).status == 202
    refused(sender.put(undone, 5000, data[5000:]), 410, "this import was undone", "begin")
    # A connection that ends in the middle of a piece has sent nothing.
    with socket.create_connection(("127.0.0.1", daemon.port)) as s:
        s.sendall(("PUT /api/v1/imports/%s/data?offset=5000 HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: 9000\r\n\r\n" % (
            id, sender.head["Authorization"])).encode() + data[5000:9000])
    assert sender.look(id)["upload"]["received"] == 5000
    daemon.kill()
    daemon.start()
    assert sender.look(id)["upload"]["received"] == 5000 and sender.state(id) == "uploading"
    assert sender.put(id, 5000, data[5000:]).status == 200
    assert sender.ended(id)["stored"] == 40
    refused(sender.put(sender.begin(b"xx"), 0, b"x" * (PIECE + 1)), 413)
    # A disk that takes half a piece has taken nothing.
    whole = mbox(mail("full", "z" * (PIECE - 3000)))
    id = sender.begin(whole)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (PIECE // 2, resource.RLIM_INFINITY))
    refused(sender.put(id, 0, whole), 503, "make room, and send this piece again")
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert sender.look(id)["upload"]["received"] == 0 and sender.put(id, 0, whole).status == 200
    assert sender.ended(id)["stored"] == 1


def test_two_at_a_time_do_not_mix(sender):
    """Whoever was told that their piece is there, it is theirs that is."""
    good = mbox(*(mail("c%d" % n, "z" * 60000) for n in range(20)))
    bad = b"x" * len(good)
    for _ in range(4):
        id = sender.begin(good)
        answers = []
        threads = [threading.Thread(target=lambda data=data: answers.append((sender.put(id, 0, data).status, data))) for data in (good, bad) * 3]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert {status for status, _ in answers} <= {200, 409, 410, 503}
        wait_until(lambda: sender.state(id) in ("ended", "failed"), 30, "the import to be over")
        taken = {data is good for status, data in answers if status == 200}     # both: one came when all was there, as a repeat
        assert taken and (len(taken) == 2 or (sender.state(id) == "ended") == taken.pop())


def test_who_comes_late_does_not_write_over_what_is_there(sender):
    """Both began where nothing was yet; while one was answered, the other waited for a thread."""
    daemon = sender.daemon

    def put(id, data):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(sender.put(id, 0, data).status))
        thread.start()
        time.sleep(.15)                                    # they wait in this order
        return thread, answers

    def hold():
        """A pipe instead of a file: whoever writes into it waits for a reader."""
        id = sender.begin(b"xx")
        os.makedirs(os.path.join(daemon.store, "imports", id))
        os.mkfifo(os.path.join(daemon.store, "imports", id, "sales.mbox"))
        return id, put(id, b"x")

    def let_go(held):
        id, (thread, _) = held
        with open(os.path.join(daemon.store, "imports", id, "sales.mbox"), "rb"):
            thread.join()

    first, second = hold(), hold()
    id = sender.begin(b"x" * 100)
    one, third, other = put(id, b"a" * 10), hold(), put(id, b"b" * 10)
    let_go(second)
    one[0].join()
    assert one[1] == [200]
    let_go(third)
    let_go(first)
    other[0].join()
    [file] = [f for f in spooled(daemon) if id in f]
    with open(file, "rb") as f:
        assert (other[1], f.read()) == ([409], b"a" * 10)


def test_a_kill_while_it_is_read_brings_no_message_twice(sender):
    daemon, data = sender.daemon, mbox(*(mail("d%d" % n) for n in range(1500)))
    id = sender.send(data)
    for pause in (.2, .4, .6):
        time.sleep(pause)
        daemon.kill()
        daemon.start()
    row = sender.ended(id)
    assert len(daemon.cli("interactions")) == 1500 and row["stored"] == 1500, row
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    daemon.stop()
    daemon.check_rebuild()


def test_a_stop_or_a_reload_while_it_is_read(sender):
    daemon = sender.daemon
    id = sender.send(mbox(*(mail("s%d" % n) for n in range(800))))
    for pause in (.1, .3):
        time.sleep(pause)
        daemon.stop()
        daemon.start()
    assert sender.ended(id)["stored"] == 800 == len(daemon.cli("interactions"))
    id = sender.send(mbox(*(mail("r%d" % n) for n in range(400))))
    assert daemon.run("reload").returncode == 0
    assert sender.ended(id)["stored"] == 400


def importers(daemon):
    """The processes that read for this daemon."""
    found = []
    for thread in os.listdir("/proc/%d/task" % daemon.process.pid):
        with contextlib.suppress(OSError), open("/proc/%d/task/%s/children" % (daemon.process.pid, thread)) as children:
            for pid in children.read().split():
                with open("/proc/%s/comm" % pid) as f:
                    found += [int(pid)] if f.read() == "daybook-import\n" else []
    return found


def test_a_reader_that_is_told_to_stop_has_not_failed(sender):
    """systemd, a terminal and an administrator tell all processes."""
    daemon = sender.daemon
    id = sender.send(mbox(*(mail("t%d" % n) for n in range(800))))
    wait_until(lambda: sender.look(id)["stored"] > 100, 20, "some to be stored")
    for pid in importers(daemon):
        os.kill(pid, signal.SIGTERM)
    wait_until(lambda: importers(daemon) == [], 20, "it to end")
    assert sender.state(id) == "importing", sender.look(id)
    sender.ask("DELETE", "/" + sender.begin(b"x"))        # looked for at once, not in a minute
    assert sender.ended(id)["stored"] == 800 == len(daemon.cli("interactions"))


def test_a_file_that_kills_its_reader_does_not_keep_the_others(sender):
    daemon = sender.daemon
    over = threading.Event()

    def kill():
        while not over.wait(.01):
            for pid in importers(daemon):
                with contextlib.suppress(OSError):
                    if "/imports/imp_" in os.readlink("/proc/%d/cwd" % pid):    # it has begun
                        os.kill(pid, signal.SIGKILL)

    def fails():
        sender.ask("DELETE", "/" + sender.begin(b"x"))        # looked for at once, not in a minute
        return sender.state(id) == "failed"

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        id, next = sender.send(mbox(*(mail("k%d" % n) for n in range(2000)))), sender.send(mbox(mail("next")), name="next.mbox")
        wait_until(fails, 30, "it to be given up")
    finally:
        over.set()
        killer.join()
    words = sender.look(id)["upload"]["error"]
    assert "ended three times at byte " in words and "daybook import" in words, words
    assert sender.ended(next)["stored"] == 1


def test_what_is_not_wanted_goes_at_once_while_another_is_read(sender):
    daemon = sender.daemon
    reading = sender.send(mbox(*(mail("w%d" % n) for n in range(1500))))
    cut = sender.send(mbox(mail("cut"), mail("off")))      # by a disk that lost something, or whoever tidied up
    [file] = [f for f in spooled(daemon) if cut in f]
    os.truncate(file, 100)
    dropped, undone = sender.begin(b"x" * 100), sender.begin(b"x" * 100)
    for id in (dropped, undone):
        assert sender.put(id, 0, b"x" * 50).status == 200
    assert sender.ask("DELETE", "/" + dropped).status == 204 and sender.ask("POST", "/%s/undo" % undone, {}).status == 202
    wait_until(lambda: all(reading in f or cut in f for f in spooled(daemon)), 10, "the bytes to go")
    assert sender.state(reading) == "importing"
    sender.ended(reading)
    assert "not there any more" in sender.ended(cut, "failed")["upload"]["error"]
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    wait_until(lambda: marks(daemon) == [], 10, "its mark to go")


def marks(daemon):
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        return db.execute("SELECT key FROM cursor WHERE instr(key, '/imports/imp_')").fetchall()


def test_an_undo_in_the_middle_of_it_leaves_nothing(sender):
    daemon = sender.daemon
    id = sender.send(mbox(*(mail("m%d" % n) for n in range(2000))))
    wait_until(lambda: marks(daemon), 20, "its first mark")
    assert sender.ask("POST", "/%s/undo" % id, {}).status == 202
    daemon.kill()
    daemon.start()
    assert sender.ended(id, "undone")["upload"]["read"] == 0
    assert daemon.cli("interactions") == [] and marks(daemon) == []
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    assert is_as_replayed(daemon)


def test_what_is_not_wanted_is_dropped(sender):
    daemon = sender.daemon
    id = sender.begin(b"x" * 100)
    assert sender.put(id, 0, b"x" * 50).status == 200 and len(spooled(daemon)) == 1
    assert sender.ask("DELETE", "/" + id).status == 204 and sender.ask("GET", "/" + id).status == 404
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    assert "import drop" in audit(daemon, id)
    stale, young = sender.begin(b"x" * 100), sender.begin(b"x" * 100)
    sender.put(stale, 0, b"x" * 50)
    sender.put(young, 0, b"x" * 50)
    daemon.stop()
    os.makedirs(os.path.join(daemon.store, "imports", "imp_0000000000000"))
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db, db:
        db.execute("UPDATE import_upload SET touched_at = touched_at - 8 * 86400000000 WHERE import_id = (SELECT min(import_id) FROM import_upload)")
    daemon.start()
    wait_until(lambda: sender.ask("GET", "/" + stale).status == 404, 10, "the old one to be dropped")
    wait_until(lambda: len(os.listdir(os.path.join(daemon.store, "imports"))) == 1, 10, "its bytes to go")
    assert sender.state(young) == "uploading"
    with_empty = sender.ended(sender.send(mbox(mail("u1"), "")))
    daemon.stop()
    daemon.check_rebuild()
    done = daemon.run("rebuild")
    assert done.returncode == 0, done.stderr
    daemon.start()
    assert sender.look(with_empty["id"])["upload"] == with_empty["upload"] and with_empty["upload"]["unread"] == 1
    assert sender.look(young)["upload"]["received"] == 50, "a rebuild keeps it"


def test_an_erasure_takes_away_what_nobody_has_looked_into(sender, tmp_path):
    daemon = sender.daemon
    data = mbox(mail("e1", "xylophonecanary", sender="Zweig <zweig@example.com>"), mail("e2", "of somebody else"))
    waiting = sender.begin(data)
    sender.put(waiting, 0, data[:-1])
    first = sender.ended(sender.send(data))
    assert first["stored"] == 2
    failed = sender.ended(sender.send(b"no mbox", name="of zweig@example.com"), "failed")
    partly = sender.ended(sender.send(mbox(mail("e3"), ""), name="of zweig@example.com"))
    assert all("zweig@" in row["upload"]["error"] and "zweig@" in row["name"] for row in (failed, partly))
    done = daemon.run("erase", "zweig@example.com", "--yes")
    assert done.returncode == 0, done.stderr
    assert spooled(daemon) == []
    assert not any("zweig" in json.dumps(sender.look(row["id"])) for row in (failed, partly)) and sender.state(failed["id"]) == "failed"
    refused(sender.put(waiting, len(data) - 1, data[-1:]), 410, "an erasure takes it away", "begin anew")
    assert sender.ask("DELETE", "/" + waiting).status == 204
    again = sender.ended(sender.send(data))
    assert (again["stored"], again["filtered"] + again["duplicate"]) == (0, 2) and "zweig" not in json.dumps(daemon.cli("contacts"))


def test_what_is_no_such_file_is_told(sender):
    daemon = sender.daemon
    for body, words in (({"kind": "pst", "name": "a.pst", "size": 5}, "daybook import, on the machine itself"), ({"kind": "mbox", "size": 5}, "/name"),
                        ({"kind": "mbox", "name": "../../x", "size": 5}, "without folders"), ({"kind": "mbox", "name": ".x", "size": 5}, "dot"),
                        ({"kind": "mbox", "name": "x", "size": 0}, "1 to"), ({"kind": "mbox", "name": "x", "size": 1 << 50}, "1 to"),
                        ({"kind": "mbox", "name": "x", "size": "5"}, "whole number"), ({"kind": "mbox", "name": "x", "size": 5, "path": "/"}, "path")):
        refused(sender.ask("POST", "", body), 422, words)
    refused(sender.ask("POST", "", {"kind": "mbox", "name": "x", "size": 1 << 40}), 507, "there is room for")
    # It needs room twice, in pieces and in the store: the import would fill what live mail needs, and wait for room itself.
    disk = os.statvfs(daemon.store)
    refused(sender.ask("POST", "", {"kind": "mbox", "name": "x", "size": (disk.f_bavail * disk.f_frsize - (256 << 20)) * 7 // 10}), 507, "twice")
    row = sender.ended(sender.send(os.urandom(3000)), "failed")
    wait_until(lambda: spooled(daemon) == [], 10, "the bytes to go")
    assert "mbox" in row["upload"]["error"]
    assert daemon.store not in row["upload"]["error"], row
    for data, cure in ((b"\x1f\x8b\x08\x00" * 9, "it is compressed: unpack it first"), (mail("single").encode(), "of kind eml")):
        assert cure in sender.ended(sender.send(data), "failed")["upload"]["error"]
    refused(sender.put(row["id"], 0, b"x"), 410, "nothing more is taken")
    failed = row["id"]
    [made] = daemon.cli("token", "create", "blinkered", "--role", "blinkered")
    blinkered = {"Authorization": "Bearer " + made["token"]}
    for method, path, body in (("POST", "", b"{}"), ("PUT", "/%s/data?offset=0" % row["id"], b"x"), ("DELETE", "/" + row["id"], None),
                               ("POST", "/%s/undo" % row["id"], b"{}")):
        answer = daemon.request(method, "/api/v1/imports" + path, body, {**blinkered, "Content-Type": "application/json"})
        assert answer.status == 403 and b"has to see everybody" in answer.body, answer.body
    data = mbox(mail("u1"), "", mail("u2"), "", mail("u3"))
    row = sender.ended(sender.send(data))
    first = row["upload"]["error"]
    assert (row["stored"], row["upload"]["unread"]) == (3, 2) and first == "sales.mbox, byte %d: it is empty" % len(mbox(mail("u1"))), row
    hostile = mbox(mail("h1", sender="\"\x00\" <>"), mail("h2", "\xff" * 100))
    assert sender.ended(sender.send(hostile + b"From \x00\xff" * 200))["stored"] >= 1
    one = sender.ended(sender.send(mail("one").encode(), kind="eml", name="one.eml"))
    assert one["stored"] == 1
    for _ in range(20):
        last = sender.begin(b"x")
    listed = {row["id"]: row["state"] for row in daemon.cli("import", "list")}
    assert [listed[id] for id in (failed, one["id"], last)] == ["failed", "ended", "uploading"]
    refused(sender.ask("POST", "", {"kind": "mbox", "name": "x", "size": 1}), 409, "20 files are being sent")


def test_a_reader_whose_daemon_is_gone_sends_nothing(sender, tmp_path):
    """Killed in between, it has asked already; the next daemon asks again, and two would read one file."""
    (tmp_path / "a.mbox").write_bytes(mbox(mail("o1")))
    program = os.path.join(os.path.dirname(daybook.program("daybook", "DAYBOOK")), "daybook-import")
    version = sender.daemon.run("--version").stdout.split()[-1].decode()
    asked = {"control": str(tmp_path / "control"), "store": str(tmp_path), "folder": str(tmp_path), "name": "a.mbox", "kind": "mbox",
             "import": "", "max_message": 1 << 20}
    with socket.socket(socket.AF_UNIX) as control:
        control.bind(asked["control"])
        control.listen()
        for is_there in (False, True):
            ours, its = socket.socketpair()
            ours.sendall(json.dumps(asked).encode())
            ours.shutdown(socket.SHUT_WR)
            if not is_there:
                ours.close()
            with its, subprocess.Popen([program, version], stdin=its, stdout=its) as reader:
                control.settimeout(10 if is_there else .3)
                if is_there:
                    control.accept()[0].close()
                    reader.kill()
                else:
                    with pytest.raises(TimeoutError):
                        control.accept()
                    assert reader.wait(10) == 1
            ours.close()
