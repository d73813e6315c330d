"""The audit log: every decision of a person is in it, in its own words, and a changed file shows."""
import glob
import hashlib
import os
import shutil
import sqlite3

import pytest

import api_schema
from daybook import text_message, whatsapp
from test_api import World
from test_import import mail, write_mbox

ME = "root" if os.geteuid() == 0 else "uid %d" % os.geteuid()
PRIVATE = "the price is 4200"


def log_of(daemon, *args):
    return [(e["what"], e["which"], e["detail"]) for e in daemon.cli("audit", *args)]


def tamper(daemon, *statements):
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        guards = db.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall()
        for [name] in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'").fetchall():
            db.execute("DROP TRIGGER " + name)
        for statement in statements:
            db.execute(statement)
        for [sql] in guards:
            db.execute(sql)
    db.close()


@pytest.fixture
def busy(daemon, tmp_path):
    """A store in which a person has decided all that there is to decide."""
    daemon.cli("import", "mbox", write_mbox(tmp_path / "a.mbox", [
        mail(1, From="Maria <maria@example.com>"), mail(2, From="Joao <joao@example.com>"), mail(3, From="Eva <eva@example.com>")]))
    for payload in (b'{"entry": [', b'{"entry": {'):
        daemon.post_whatsapp(payload)
    who = {c["name"]: c["id"] for c in daemon.cli("contacts")}
    first, second = (d["id"] for d in daemon.cli("dead-letters"))
    entry = next(it["id"] for it in daemon.cli("interactions") if it["external_id"] == "m3@example.com")
    daemon.cli("note", who["Maria"], PRIVATE)
    for words in (("contact", "merge", who["Joao"], who["Maria"], "--yes"), ("contact", "unmerge", who["Joao"]),
                  ("contact", "add", who["Maria"], "maria@example.org"), ("contact", "remove", who["Maria"], "maria@example.org"),
                  ("contact", "name", who["Maria"], "Maria", "Silva"), ("contact", "assign", who["Maria"], "--nobody"), ("contact", "move", entry, who["Maria"]),
                  ("dead-letter", "drop", first, "--yes"), ("dead-letter", "retry", second),
                  ("token", "create", "laptop", "--role", "viewer"), ("token", "revoke", "laptop"), ("reload",)):
        done = daemon.run(*words)
        assert done.returncode == ("retry" in words), done.stderr     # it dies again
    daemon.who, daemon.dead, daemon.moved = who, (first, second), entry
    return daemon


def test_each_decision_is_in_it_with_ids_and_without_words(busy):
    maria, joao, eva = (busy.who[n] for n in ("Maria", "Joao", "Eva"))
    imports, rest = log_of(busy, "--who", ME)[:2], log_of(busy, "--who", ME)[2:]
    assert [what for what, _, _ in imports] == ["import", "import end"] and len({which for _, which, _ in imports}) == 1
    assert rest == [
        ("note", maria, None), ("contact merge", joao, "into " + maria), ("contact unmerge", joao, None),
        ("contact add", maria, "1 handle"), ("contact remove", maria, "1 handle"), ("contact name", maria, None), ("contact assign", maria, "to nobody"),
        ("contact move", busy.moved, "into " + maria), ("dead-letter drop", busy.dead[0], None),
        ("dead-letter retry", busy.dead[1], "it died again"), ("token create", "laptop", "role viewer"),
        ("token revoke", "laptop", None)]
    assert log_of(busy, "list", "--who", "daybookd") == [("reload", None, None)]
    assert log_of(busy, "--what", "note") == [("note", maria, None)]
    assert log_of(busy, "--since", "2099-01-01") == []
    text = str(busy.cli("audit"))
    assert PRIVATE not in text and "example" not in text and "Silva" not in text
    assert busy.run("audit", "--since", "yesterday's").stderr.startswith(b'daybook: --since: "yesterday\'s" is no time')


def test_what_did_not_happen_is_not_in_it(busy):
    before = log_of(busy)
    assert busy.run("contact", "merge", busy.who["Maria"], busy.who["Maria"], "--yes").returncode == 2
    assert busy.run("token", "revoke", "laptop").returncode == 3
    assert log_of(busy) == before


def test_the_chain_can_be_followed_without_daybook(busy):
    """The formula of docs/decisions/audit-log.md."""
    hash = bytes(32)
    with sqlite3.connect("file:%s/daybook.db?mode=ro" % busy.store, uri=True) as db:
        for *fields, want in db.execute("SELECT id, at, who, what, which, detail, hash FROM audit ORDER BY id"):
            content = b"".join(b"%d:%s," % (len(f), f) for f in (str(field).encode() for field in fields))
            hash = hashlib.sha256(hash + content).digest()
            assert hash == want
    db.close()
    [verdict] = busy.cli("audit", "verify")
    assert verdict == {"whole": True, "entries": fields[0], "head": "%d:%s" % (fields[0], hash.hex()), "broken": None,
                       "reason": None}


NOT_FOLLOW = ("its hash does not follow from its content and the entry before: one of the two was changed after it was "
              "written")
TAMPERED = [
    (["UPDATE audit SET who = 'uid 0' WHERE id = 4"], 4, NOT_FOLLOW),
    (["DELETE FROM audit WHERE id = 4"], 4, "it is missing"),
    (["UPDATE audit SET id = -4 WHERE id = 4", "UPDATE audit SET id = 4 WHERE id = 5", "UPDATE audit SET id = 5 WHERE id = -4"],
     4, NOT_FOLLOW),
    (["DELETE FROM audit WHERE id > 8"], 9, "it is missing: the log was longer once"),
]


def test_a_changed_file_shows_also_after_a_rebuild(busy):
    busy.stop()
    path = os.path.join(busy.store, "daybook.db")
    shutil.copy(path, path + ".whole")
    for statements, broken, why in TAMPERED:
        shutil.copy(path + ".whole", path)
        tamper(busy, *statements)
        said = "daybook: the audit log is broken at entry %d: %s\n" % (broken, why)
        done = busy.run("audit", "verify")
        assert (done.returncode, done.stdout) == (1, b"") and done.stderr.decode().startswith(said), statements
        [verdict] = busy.cli("audit", "verify", status=1)
        assert (verdict["whole"], verdict["broken"], verdict["reason"]) == (False, broken, why)
    assert busy.run("rebuild").returncode == 0      # which adds an entry of its own
    assert b"the audit log is broken at entry 9: it is missing\n" in busy.run("audit", "verify").stderr


def test_a_kept_head_finds_what_the_file_alone_hides(busy):
    busy.stop()
    [whole] = busy.cli("audit", "verify")
    tamper(busy, "DELETE FROM audit WHERE id > 8", "UPDATE sqlite_sequence SET seq = 8 WHERE name = 'audit'")
    assert busy.run("audit", "verify").returncode == 0
    done = busy.run("audit", "verify", "--head", whole["head"])
    assert done.returncode == 1 and b"broken at entry 9: it is missing: the head that you kept comes after it" in done.stderr
    done = busy.run("audit", "verify", "--head", "12")
    assert done.returncode == 2 and b'--head: "12" is no head of an audit log' in done.stderr


def test_it_goes_through_rebuild_backup_and_restore(busy, tmp_path):
    [made] = busy.cli("backup", "--out", str(tmp_path / "shelf"))
    [before] = busy.cli("audit", "verify")
    log = busy.cli("audit")
    assert (log[-1]["who"], log[-1]["what"], log[-1]["which"]) == (ME, "backup", made["path"])
    busy.stop()
    assert busy.run("rebuild").returncode == 0
    rebuilt = busy.cli("audit")
    assert rebuilt[:-1] == log and (rebuilt[-1]["who"], rebuilt[-1]["what"]) == (ME, "rebuild")
    assert busy.run("audit", "verify", "--head", before["head"]).returncode == 0
    [lost] = busy.cli("audit", "verify")
    assert busy.run("restore", made["path"], "--yes").returncode == 0
    busy.start()
    restored = busy.cli("audit")
    assert restored[:-1] == log[:-1]     # as of the backup
    last = restored[-1]
    assert (last["who"], last["what"], last["which"]) == (ME, "restore", made["path"])
    assert last["detail"].endswith("; the log that it replaced ended at " + lost["head"])
    assert busy.run("audit", "verify").returncode == 0
    done = busy.run("audit", "verify", "--head", lost["head"])
    assert done.returncode == 1, "what the restore took back is not in this log"
    assert len(glob.glob(busy.store + "/daybook.db.before-*")) == 2


def test_the_doctor_reads_it(busy):
    found = {c["check"]: c for c in busy.cli("doctor")}["audit log"]
    assert found["finding"] == "ok" and "whole" in found["text"]
    tamper(busy, "UPDATE audit SET who = 'nobody' WHERE id = 2")
    found = {c["check"]: c for c in busy.cli("doctor", status=1)}["audit log"]
    assert found["finding"] == "wrong" and "entry 2" in found["text"] and "audit verify" in found["cure"]


def test_a_backup_without_a_daemon_is_in_it_too(busy, tmp_path):
    busy.stop()
    [made] = busy.cli("backup", "--out", str(tmp_path / "shelf"))
    assert log_of(busy)[-1] == ("backup", made["path"], None)


def test_an_export_of_a_person_is_in_it_or_is_not_made(busy, tmp_path):
    maria = busy.who["Maria"]
    assert busy.run("export", "person", maria, "-o", str(tmp_path / "a")).returncode == 0
    assert log_of(busy)[-1] == ("export person", maria, None)
    busy.stop()
    assert busy.run("export", "person", maria, "-o", str(tmp_path / "b")).returncode == 0
    assert log_of(busy)[-2:] == [("export person", maria, None)] * 2
    tamper(busy, "ALTER TABLE audit RENAME COLUMN detail TO gone")
    done = busy.run("export", "person", maria, "-o", str(tmp_path / "c"))
    assert done.returncode == 1 and done.stderr.startswith(b"daybook: the audit log: ") and not (tmp_path / "c").exists()
    with sqlite3.connect(os.path.join(busy.store, "daybook.db")) as db:
        db.execute("ALTER TABLE audit RENAME COLUMN gone TO detail")
    db.close()


def test_the_control_socket_takes_no_other_entries(daemon):
    before = log_of(daemon)
    assert daemon.control("/audit", {"what": "contact merge", "who": "somebody"})[0] == 422
    assert log_of(daemon) == before


def test_the_api_gives_it_out_in_pages_to_who_may_audit(busy):
    world = World.__new__(World)
    world.daemon, world.judge, world.tokens = busy, api_schema.Judge(), {}
    world.make_token("admin")
    world.make_token("manager")
    log = busy.cli("audit")
    assert world.pages("/api/v1/audit?limit=3") == log[::-1]
    assert world.pages("/api/v1/audit?limit=1&what=note") == [e for e in log if e["what"] == "note"]
    assert world.ok("/api/v1/audit?after=2099-01-01")["items"] == []
    assert len(world.ok("/api/v1/audit?who=daybookd")["items"]) == 1
    refused = world.ask("/api/v1/audit", "manager")
    assert refused.status == 403 and '"audit"' in refused.value["detail"]
    assert world.ask("/api/v1/audit?whom=me").status == 422


def test_messages_are_not_in_it(daemon):
    daemon.post_whatsapp(whatsapp(text_message("wamid.1", "5511988887777", "Oi")))
    assert log_of(daemon) == []
