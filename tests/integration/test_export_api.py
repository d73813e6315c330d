"""Exports over HTTP: what somebody may see and nothing else, as a file that is theirs alone, until somebody is erased."""
import contextlib
import csv
import io
import json
import os
import sqlite3

import pytest

from daybook import wait_until
from test_api import CONNECTORS, EYES, PARTS, STAFF, World, mail, part, write_mbox

TAKERS = STAFF.replace("can: [read]", "can: [read, export]").replace("can: [read, write, merge]", "can: [read, write, merge, export]")


def asked(world, token="admin", status=202, **body):
    return world.do("/api/v1/exports", body, token, status=status)


def made(world, id, token="admin"):
    wait_until(lambda: world.ok("/api/v1/exports/" + id, token)["state"] != "making", 30, "the export")
    return world.ok("/api/v1/exports/" + id, token)


def fetch(world, id, token="admin", status=200, **headers):
    answer = world.ask("/api/v1/exports/%s/data" % id, token, **headers)
    assert answer.status == status, answer.body
    return answer


def lines(world, token="admin", **body):
    row = made(world, asked(world, token, **body).value["id"], token)
    assert row["state"] == "ready", row
    answer = fetch(world, row["id"], token)
    assert len(answer.body) == row["bytes"]
    items = [json.loads(line) for line in answer.body.splitlines()]
    assert len(items) == row["rows"]
    world.do("/api/v1/exports/" + row["id"], token=token, method="DELETE", status=204, body=b"")
    return items


def files(world):
    folder = os.path.join(world.daemon.store, "exports")
    return os.listdir(folder) if os.path.isdir(folder) else []


@pytest.fixture
def world(make_daemon, tmp_path):
    return World(make_daemon(connectors=CONNECTORS, extra=TAKERS), tmp_path)


def test_everything_as_lines_and_as_a_table(world):
    begun = asked(world, what="contacts")
    assert begun.headers["Location"] == "/api/v1/exports/" + begun.value["id"] and begun.value["state"] in ("making", "ready")
    row = made(world, begun.value["id"])
    assert (row["rows"], row["state"], row["error"], row["format"]) == (4, "ready", None, "jsonl")
    answer = fetch(world, row["id"])
    assert answer.headers["Content-Type"] == "application/jsonl" and 'filename="contacts.jsonl"' in answer.headers["Content-Disposition"]
    contacts = {c["id"]: c for c in map(json.loads, answer.body.splitlines())}
    assert contacts == {id: world.ok("/api/v1/contacts/" + id) for id in world.contacts.values()}, "as each is shown by itself"
    entries = lines(world, what="interactions")
    assert {e["id"]: e for e in entries} == {id: world.ok("/api/v1/interactions/" + id) for id in world.entries.values()}
    assert [e["id"] for e in lines(world, what="interactions", contact=world.contacts["Ana"])] == [world.entries["Ana"]]
    assert len(lines(world, what="interactions", query="beams channel:form")) == 1
    assert [c["name"] for c in lines(world, what="contacts", query="of-rui")] == ["Of Rui"]
    row = made(world, asked(world, what="interactions", format="csv").value["id"])
    table = list(csv.DictReader(io.StringIO(fetch(world, row["id"]).body.decode(), newline="")))
    assert {r["id"]: (r["subject"], r["channel"], r["contacts"]) for r in table}[world.entries["Ana"]] == ("Mail 1", "email", world.contacts["Ana"])
    assert len(table) == row["rows"] == 5
    told = [(e["what"], e["detail"]) for e in world.daemon.cli("audit") if e["which"] == row["id"]]
    assert told == [("export", "interactions"), ("export fetch", None)], told


def test_many_pages_and_ranges(world, tmp_path):
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "many.mbox", [mail(n, From="Of Ana <of-ana@example.com>") for n in range(1000, 1170)]))
    assert len({e["id"] for e in lines(world, what="interactions")}) == 175
    assert len({e["id"] for e in lines(world, what="interactions", contact=world.contacts["Ana"])}) == 171
    row = made(world, asked(world, what="interactions").value["id"])
    whole = fetch(world, row["id"]).body
    assert fetch(world, row["id"], status=206, Range="bytes=0-99").body == whole[:100]
    answer = fetch(world, row["id"], status=206, Range="bytes=100-")
    assert answer.body == whole[100:] and answer.headers["Content-Range"] == "bytes 100-%d/%d" % (len(whole) - 1, len(whole))
    assert fetch(world, row["id"], status=206, Range="bytes=-7").body == whole[-7:]
    assert fetch(world, row["id"], status=206, Range="bytes=5-%d" % (len(whole) * 2)).body == whole[5:]
    for odd in ("bytes=x-", "lines=1-2", "bytes=", "bytes=1-2,5-6"):
        assert fetch(world, row["id"], Range=odd).body == whole, odd
    assert fetch(world, row["id"], status=416, Range="bytes=%d-" % len(whole)).headers["Content-Range"] == "bytes */%d" % len(whole)


def test_each_gets_what_they_see_and_nobody_elses(world, tmp_path):
    daemon = world.daemon
    for name, (role, options, _, _) in EYES.items():
        if name != "admin":
            world.make_token(role, *options, name=name)
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "r.mbox", [
        mail(60, part("text/plain", "beams and zanzibar") + "--b--", From="Of hidden <of-hidden@example.com>", **PARTS)]))
    assert daemon.run("contact", "restrict", "of-hidden@example.com").returncode == 0
    for name in ("manager", "owner", "lone", "lone of nobody"):
        seen = {c["id"] for c in world.pages("/api/v1/contacts?limit=100", name)}
        assert {c["id"] for c in lines(world, name, what="contacts")} == seen
        items = {i["id"] for i in world.pages("/api/v1/search?limit=100&q=beams", name)}
        assert {e["id"] for e in lines(world, name, what="interactions", query="beams")} == items, name
        assert ("zanzibar" in json.dumps(lines(world, name, what="interactions"))) == (name == "manager"), name
    reads = [e["who"] for e in daemon.cli("audit") if e["what"] == "contact read" and e["detail"] == "/api/v1/exports"]
    assert set(reads) == {"token manager"}, "who is restricted is read, and that is told"
    for name in ("viewer", "seller", "ops"):
        assert asked(world, name, 403, what="contacts").status == 403
    id = asked(world, "manager", what="contacts").value["id"]
    made(world, id, "manager")
    for path in ("", "/data"):
        assert world.ask("/api/v1/exports/%s%s" % (id, path), "owner").status == 404
    assert world.ask("/api/v1/exports/" + id, "owner", "DELETE").status == 404
    assert [e["id"] for e in world.ok("/api/v1/exports", "manager")["items"]] == [id] and world.ok("/api/v1/exports", "owner")["items"] == []
    missing = asked(world, "lone", 404, what="interactions", contact=world.contacts["Rui"])
    assert missing.status == 404, "not seen is not there"


def test_an_erasure_and_a_restriction_take_the_files_away(world, tmp_path):
    id = made(world, asked(world, what="interactions").value["id"])["id"]
    assert files(world) == [id]
    world.do("/api/v1/contacts/%s/restrict" % world.contacts["Eva"], {})
    answer = fetch(world, id, status=410)
    assert "was restricted meanwhile; ask anew" in answer.value["detail"] and world.ok("/api/v1/exports/" + id)["state"] == "failed"
    id = made(world, asked(world, what="interactions").value["id"])["id"]
    assert world.daemon.run("erase", "of-rui@example.com", "--yes").returncode == 0
    assert files(world) == [] and "an erasure took it away" in fetch(world, id, status=410).value["detail"]
    assert "of-rui" not in json.dumps(lines(world, what="interactions"))
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "u.mbox", [mail(900, "undone beams", From="Zoe <zoe@example.net>")]))
    id = made(world, asked(world, what="interactions", format="csv").value["id"])["id"]
    assert b"undone beams" in fetch(world, id).body
    world.daemon.cli("import", "undo", world.daemon.cli("import", "list")[0]["id"], "--yes")
    assert "taken out of the store meanwhile; ask anew" in fetch(world, id, status=410).value["detail"]
    world.daemon.stop()
    world.daemon.start()
    wait_until(lambda: files(world) == [], 10, "the file to go, as it does each minute")


def test_it_outlives_a_kill_and_not_its_day(world, tmp_path):
    daemon = world.daemon
    daemon.cli("import", "mbox", write_mbox(tmp_path / "many.mbox", [
        mail(n, ("y" * 79 + "\n") * 3000 if n < 1040 else "x" * 3000) for n in range(1000, 1400)]))      # forty are more than a page's bytes
    ids = [asked(world, what="interactions").value["id"] for _ in range(4)]
    daemon.kill()
    daemon.start()
    rows = [made(world, id) for id in ids]
    assert {(r["state"], r["rows"]) for r in rows} == {("ready", 405)} and len({fetch(world, id).body for id in ids}) == 1
    for _ in range(6):
        asked(world, what="contacts")
    assert "10 exports" in asked(world, status=409, what="contacts").value["detail"]
    assert daemon.run("token", "revoke", "admin").returncode == 0
    world.make_token("admin")
    assert world.ok("/api/v1/exports")["items"] == [], "another token of the same name is another"
    daemon.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db, db:
        db.execute("UPDATE export SET expires_at = 1")
    daemon.start()
    wait_until(lambda: files(world) == [], 10, "the files to go")
    id = made(world, asked(world, what="contacts").value["id"])["id"]
    daemon.stop()
    daemon.check_rebuild()
    assert daemon.run("rebuild").returncode == 0
    daemon.start()
    assert world.ask("/api/v1/exports/" + id).status == 404
    wait_until(lambda: files(world) == [], 10, "the file of before to go")


def test_whoever_leaves_gets_nothing_more(world, tmp_path):
    daemon = world.daemon
    world.make_token("lone", "--staff", "Ana Lima")
    id = asked(world, "lone", what="contacts").value["id"]
    made(world, id, "lone")
    daemon.write_config(extra=TAKERS.replace("lone: {can: [read, export]", "lone: {can: [read]"))
    assert daemon.run("reload").returncode == 0
    fetch(world, id, "lone", 403)
    daemon.write_config(extra=TAKERS)
    assert daemon.run("reload").returncode == 0
    fetch(world, id, "lone")


def test_a_reload_in_the_middle_gives_the_eyes_of_afterwards(world, tmp_path):
    """What a role sees no more is in nothing that is made from then on, also where it was asked for before."""
    daemon = world.daemon
    daemon.write_config(extra=TAKERS.replace("lone: {can: [read, export], sees: own", "lone: {can: [read, export], sees: all"))
    assert daemon.run("reload").returncode == 0
    world.make_token("lone", "--staff", "Ana Lima")
    daemon.cli("import", "mbox", write_mbox(tmp_path / "many.mbox", [mail(n, From="Of Rui <of-rui@example.com>") for n in range(1000, 1200)]))
    ids = [asked(world, "lone", what="interactions").value["id"] for _ in range(10)]
    daemon.write_config(extra=TAKERS)
    assert daemon.run("reload").returncode == 0
    assert world.ok("/api/v1/exports/" + ids[-1], "lone")["state"] == "making", "else this shows nothing"
    row = made(world, ids[-1], "lone")
    seen = {i["id"] for i in world.pages("/api/v1/search?limit=100&q=mail", "lone")}
    assert {json.loads(line)["id"] for line in fetch(world, row["id"], "lone").body.splitlines()} == seen and 0 < row["rows"] < 100


@pytest.mark.parametrize("body, words", [
    ({}, "/what"), ({"what": "everything"}, "what is interactions or contacts"), ({"what": "contacts", "format": "xlsx"}, "format is jsonl or csv"),
    ({"what": "interactions", "query": "has:wings"}, "/query"), ({"what": "contacts", "query": "x" * 257}, "256 bytes"),
    ({"what": "contacts", "contact": "con_0000000000000"}, "/contact"), ({"what": "interactions", "contact": "x"}, "/contact"),
    ({"what": "contacts", "path": "/etc"}, "/path"),
])
def test_what_makes_no_sense_is_refused(world, body, words):
    assert words in json.dumps(asked(world, status=422, **body).value)
