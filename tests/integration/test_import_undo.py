"""daybook import list and undo: what an import brought goes as if it had never come, and what others brought stays."""
import contextlib
import os
import sqlite3
import sys

import api_schema
from daybook import TOP, wait_until

sys.path.insert(0, os.path.join(TOP, "tests", "tools"))
import hostile_mails    # noqa: E402

FROM = "From maria@example.com Tue Nov  3 14:02:11 2026\n"


def mail(n, text="Hello", sender="Maria <maria@example.com>", **fields):
    head = {"From": sender, "To": "sales@acme.example", "Subject": "Mail %s" % n,
            "Date": "Tue, 3 Nov 2026 14:02:11 +0000", "Message-ID": "<m%s@example.com>" % n, **fields}
    return "".join("%s: %s\n" % pair for pair in head.items()) + "\n" + text + "\n"


def write_mbox(path, mails):
    path.write_text("".join(FROM + m + "\n" for m in mails))
    return str(path)


def take_in(daemon, path, status=0):
    [summary] = daemon.cli("import", "mbox", path, status=status)
    return summary


def undo(daemon, id):
    [row] = daemon.cli("import", "undo", id, "--yes")
    assert row["id"] == id and row["state"] == "undone"
    return row["taken"]


def names(daemon):
    return sorted(it["external_id"].strip("<>").split("@")[0][1:] for it in daemon.cli("interactions"))


def is_as_replayed(daemon):
    done = daemon.run("rebuild", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    return True


def audit(daemon, which):
    return [row["what"] for row in daemon.cli("audit") if row["which"] == which]


def test_an_undone_import_leaves_nothing_but_what_others_brought(daemon, tmp_path):
    first = write_mbox(tmp_path / "first.mbox", [
        mail("a1", text="zebracrossing"), mail("a2"), mail("both"), mail("same"),
        mail("new", sender="Lucia <lucia@next.example>"), mail("twice"), mail("twice")])
    second = write_mbox(tmp_path / "second.mbox", [mail("both", **{"X-Copy": "of another mailbox"}), mail("same"), mail("b1")])

    one = take_in(daemon, first)
    two = take_in(daemon, second)
    assert (one["stored"], one["duplicate"], two["stored"], two["duplicate"]) == (6, 1, 1, 2)
    listed = daemon.cli("import", "list")
    assert [(r["id"], r["kind"], r["name"], r["state"], r["stored"], r["duplicate"]) for r in listed] == [
        (two["import"], "mbox", second, "ended", 1, 2), (one["import"], "mbox", first, "ended", 6, 1)]
    assert daemon.cli("import", "undo", one["import"], "--dry-run") == [{"messages": 7, "entries": 4, "staying": 2}]
    assert len(names(daemon)) == 7

    # The copy with the same bytes is the other import's now; of the one with others, that import's stays.
    assert undo(daemon, one["import"]) == 6
    assert names(daemon) == ["b1", "both", "same"]
    assert daemon.cli("search", "zebracrossing") == []
    assert daemon.ledger("import") == {"received": 3, "stored": 3, "duplicate": 0, "filtered": 0, "dead": 0, "pending": 0}
    assert "lucia" not in str(daemon.cli("contacts"))
    assert is_as_replayed(daemon)
    assert audit(daemon, one["import"]) == ["import", "import end", "import undo", "import undone"]
    again = daemon.run("import", "undo", one["import"], "--yes")
    assert again.returncode == 1 and b"this import was undone already" in again.stderr

    # It comes in again, as what it is: another import.
    anew = take_in(daemon, first)
    assert anew["import"] != one["import"] and (anew["stored"], anew["duplicate"]) == (4, 3)
    assert names(daemon) == ["a1", "a2", "b1", "both", "new", "same", "twice"]
    assert is_as_replayed(daemon)

    # What is the second's alone goes with it; what the new one has brought as well stays.
    assert undo(daemon, two["import"]) == 2
    assert names(daemon) == ["a1", "a2", "both", "new", "same", "twice"]
    assert is_as_replayed(daemon)
    daemon.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        assert db.execute("SELECT count(*) FROM import_row WHERE journal_id NOT IN (SELECT id FROM journal)").fetchone() == (0,)
    assert daemon.run("rebuild").returncode == 0
    assert [r["state"] for r in daemon.cli("import", "list")] == ["ended", "undone", "undone"]


def test_an_interrupted_undo_goes_on_at_the_next_start(daemon, tmp_path):
    path = write_mbox(tmp_path / "many.mbox", [mail(str(n), **{"Date": "Tue, 3 Nov 2026 14:02:%02d +0000" % (n % 60)})
                                                for n in range(150)])
    with open(path, "ab") as f:
        f.write(FROM.encode() + dict(hostile_mails.structures())["nest_distinct_1000"] + b"\n")
    taken = take_in(daemon, path, status=7)
    assert (taken["stored"], taken["dead"]) == (150, 1)
    [letter] = daemon.cli("dead-letters")
    daemon.run("dead-letter", "retry", letter["id"])  # fails once more, and is a decision in the journal
    daemon.kill()
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        db.execute("UPDATE import_run SET undo_by = 'root', undo_at = 1")
    db.close()
    daemon.start()
    wait_until(lambda: daemon.cli("import", "list")[0]["state"] == "undone", 60, "the rest of it")
    assert daemon.cli("import", "list")[0]["taken"] == 151
    assert names(daemon) == [] and daemon.cli("dead-letters") == [] and daemon.cli("contacts") == []
    assert is_as_replayed(daemon)


def test_one_that_cannot_be_undone_now_does_not_keep_the_others(daemon, tmp_path):
    first = take_in(daemon, write_mbox(tmp_path / "first.mbox", [mail("both"), mail("a1")]))
    second = take_in(daemon, write_mbox(tmp_path / "second.mbox", [mail("both", **{"X-Copy": "of another mailbox"})]))
    third = take_in(daemon, write_mbox(tmp_path / "third.mbox", [mail("c1")]))
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        [(row, good)] = db.execute("SELECT j.id, j.body FROM journal j JOIN import_row r ON r.journal_id = j.id JOIN import_run i ON"
                                   " i.id = r.import_id WHERE i.name LIKE '%second.mbox'").fetchall()
        db.execute("UPDATE journal SET body = x'28b52ffd00' WHERE id = ?", (row,))
        db.commit()
        # What is wanted back at once, as after a night in which the daemon was not there.
        daemon.stop()
        db.execute("UPDATE import_run SET undo_by = 'root', undo_at = 1 WHERE name NOT LIKE '%second.mbox'")
        db.commit()
        daemon.start()

        def state(which):
            return {r["id"]: r["state"] for r in daemon.cli("import", "list")}[which["import"]]
        wait_until(lambda: state(third) == "undone", 20, "the third")
        assert state(first) == "undoing" and names(daemon) == ["both"], "what hangs on nothing else has gone"
        assert "an import is not undone yet" in daemon.log_text()
        db.execute("UPDATE journal SET body = ? WHERE id = ?", (good, row))
        db.commit()
    daemon.stop()
    daemon.start()
    wait_until(lambda: state(first) == "undone", 20, "the first")
    assert names(daemon) == ["both"] and state(second) == "ended" and is_as_replayed(daemon)


def test_over_http(daemon, tmp_path):
    first = take_in(daemon, write_mbox(tmp_path / "first.mbox", [mail("a"), mail("same")]))
    second = take_in(daemon, write_mbox(tmp_path / "second.mbox", [mail("same")]))
    [made] = daemon.cli("token", "create", "boss", "--role", "admin")
    judge = api_schema.Judge()

    def ask(method, path, body=None):
        headers = {"Authorization": "Bearer " + made["token"], "Content-Type": "application/json"}
        answer = daemon.request(method, path, body, headers)
        answer.value = judge.check(method, path, answer)
        return answer

    page = ask("GET", "/api/v1/imports?limit=1").value
    assert [i["id"] for i in page["items"]] == [second["import"]]
    [item] = ask("GET", "/api/v1/imports?limit=1&cursor=" + page["next"]).value["items"]
    assert (item["id"], item["state"], item["stored"], item["duplicate"], item["kind"]) == (first["import"], "ended", 2, 0, "mbox")
    path = "/api/v1/imports/" + first["import"]
    assert ask("GET", path).value["undo_takes"] == {"messages": 2, "entries": 1, "staying": 1}
    begun = ask("POST", path + "/undo", b"{}")
    assert begun.status == 202 and begun.headers["Location"] == path and begun.value["undo_by"] == "token boss"
    wait_until(lambda: ask("GET", path).value["undone_at"], 30, "the end of it")
    assert ask("GET", path).value["taken"] == 1 and names(daemon) == ["same"]
    again = ask("POST", path + "/undo", b"{}")
    assert again.status == 409 and again.value["detail"] == "this import was undone already"
    assert ask("GET", "/api/v1/imports/imp_x").status == 404
    assert ("token boss", "import undo") in [(a["who"], a["what"]) for a in daemon.cli("audit")]
    # What the first left to the second goes with that.
    assert undo(daemon, second["import"]) == 1 and names(daemon) == []
    assert is_as_replayed(daemon)
    assert is_as_replayed(daemon)


def test_what_is_wrong_is_said(daemon):
    done = daemon.run("import", "undo", "imp_x", "--yes")
    assert done.returncode == 3 and b'there is no import "imp_x"' in done.stderr
    done = daemon.run("import", "undo", "imp_0000000000001", "--yes")
    assert done.returncode == 3 and b"there is no such import" in done.stderr
