"""daybook import pst and msg: Outlook's files, through Debian's converters, confined.

readpst is a double of it here (tests/tools/fake_readpst.py): no program but Outlook writes .pst files. The .msg files
are made by tests/tools/make_msg.py and read by the real Email::Outlook::Message, where it is installed.
"""
import ctypes
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest

import daybook
from daybook import TOP, wait_until

sys.path.insert(0, os.path.join(TOP, "tests", "tools"))
import make_msg         # noqa: E402

FAKE = os.path.join(TOP, "tests", "tools", "fake_readpst.py")
ZERO = {"read": 0, "stored": 0, "duplicate": 0, "filtered": 0, "dead": 0, "failed_to_read": 0}
WHEN = datetime.datetime(2026, 11, 3, 14, 2, 11, tzinfo=datetime.timezone.utc)
has_msgconvert = pytest.mark.skipif(shutil.which("msgconvert") is None,
                                    reason="libemail-outlook-message-perl is not installed")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder for the archive, the double first on PATH, and a TMPDIR that must be empty afterwards."""
    for name in ("bin", "tmp", "mail"):
        (tmp_path / name).mkdir()
    os.symlink(FAKE, tmp_path / "bin" / "readpst")
    monkeypatch.setenv("PATH", "%s:%s" % (tmp_path / "bin", os.environ["PATH"]))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    yield tmp_path / "mail"
    assert os.listdir(tmp_path / "tmp") == [], "what the converter wrote was left behind"


def pst(place, folders=None, **plan):
    path = place / "archive.pst"
    path.write_text("!BDN" + json.dumps(dict(plan, folders=folders or {})))
    return str(path)


def item(n, sender="Maria <maria@example.com>", to="sales@acme.example", text="Olá", message_id=True, **more):
    header = "From: %s\nTo: %s\nSubject: Mail %d\nDate: Tue, 3 Nov 2026 14:02:%02d +0000\n" % (sender, to, n, n % 60)
    return dict({"header": header + ("Message-ID: <p%d@example.com>\n" % n if message_id else ""), "text": text + "\n"}, **more)


def run_import(daemon, *args, status=0):
    [summary] = daemon.cli("import", *args, status=status)
    assert summary.pop("seconds") >= 0
    summary.pop("import")
    return summary


# ---- .pst ----

def test_the_folders_of_a_pst_come_in_once_however_often_it_is_read(daemon, place):
    path = pst(place, {
        "Arquivo/Caixa de Entrada": [item(1), item(2, message_id=False), item(3, message_id=False, calendar=True)],
        "Arquivo/Itens Enviados": [item(4, sender="Vendas <MAILER-DAEMON>", to="maria@example.com")],
        "Arquivo/Itens Excluídos": [item(5)], "Arquivo/Rascunhos": [item(6)], "Arquivo/Projetos & mais": [item(7)],
    }, skipped=2)
    done = daemon.run("import", "pst", path)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert "left out: Arquivo/Itens Excluídos, Arquivo/Rascunhos (--all reads them too)" in said
    assert "archive.pst: 10 of its items are no mails (appointments, contacts), or readpst could not read them" in said
    assert run_import(daemon, "pst", path) == {**ZERO, "read": 5, "duplicate": 5}
    assert run_import(daemon, "pst", path, "--all") == {**ZERO, "read": 7, "stored": 2, "duplicate": 5}
    rows = {r["subject"]: r for r in daemon.cli("interactions")}
    assert len(rows) == 7 and rows["Mail 1"]["text"] == "Olá"
    assert [rows["Mail %d" % n]["direction"] for n in (1, 4)] == ["in", "out"]
    assert rows["Mail 1"]["occurred_at"] == "2026-11-03T14:02:01.000Z"
    assert rows["Mail 4"]["participants"][1]["contact"] is not None


def test_a_dry_run_of_a_pst_writes_nothing_and_needs_no_daemon(make_daemon, place):
    daemon = make_daemon()
    path = pst(place, {"A/Inbox": [item(1), item(2)]})
    assert run_import(daemon, "pst", path, "--dry-run") == {**ZERO, "read": 2, "stored": 2, "dry_run": True}


def test_without_readpst_the_error_says_what_to_install(make_daemon, place, monkeypatch):
    daemon = make_daemon()
    monkeypatch.setenv("PATH", str(place))
    done = daemon.run("import", "pst", pst(place))
    assert done.returncode == 1
    assert done.stderr.decode().startswith("daybook: readpst is not installed; it belongs to Debian's package pst-utils\n"
                                           "hint: apt-get install pst-utils\n")


def test_what_is_no_pst_is_told_before_anything_runs(make_daemon, place):
    daemon = make_daemon()
    (place / "a.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    (place / "a.txt").write_text("hello")
    for name, text in (("a.msg", "this is not a .pst or .ost file of Outlook's\nhint: it looks like a single mail of "
                                 "Outlook's: daybook import msg PATH"),
                       ("a.txt", "this is not a .pst or .ost file of Outlook's"), ("none", "none: No such file"),
                       ("", "is a folder, not a .pst file\nhint: name the .pst file in it")):
        done = daemon.run("import", "pst", str(place / name))
        assert done.returncode == (3 if name == "none" else 1) and text in done.stderr.decode(), done.stderr


def test_a_converter_that_crashes_costs_what_it_had_not_written(daemon, place):
    path = pst(place, {"A/Inbox": [item(n) for n in range(1, 6)]}, crash_after=3)
    done = daemon.run("import", "pst", path)
    said = done.stderr.decode()
    assert done.returncode == 7, said
    assert "A/Inbox/4.eml: readpst did not write it to its end" in said
    assert "archive.pst: only a part of it could be converted: readpst crashed (signal 6)" in said
    assert len(daemon.cli("interactions")) == 3


def test_a_mail_larger_than_any_is_cut_off_and_told(make_daemon, place):
    daemon = make_daemon(extra="ingest: {max_message: 1MiB}\n").start()
    path = pst(place, {"Personal folders": [item(1)]}, spill=40)
    done = daemon.run("import", "pst", path)
    assert done.returncode == 7 and "ingest.max_message is 1048576" in done.stderr.decode(), done.stderr
    assert len(daemon.cli("interactions")) == 1


def test_a_converter_that_was_taken_over_finds_nothing_to_take(daemon, place):
    path = pst(place, {"A/Inbox": [item(1)]}, probe=True)
    os.environ["A_SECRET"] = "x"
    try:
        assert run_import(daemon, "pst", path) == {**ZERO, "read": 1, "stored": 1}
    finally:
        del os.environ["A_SECRET"]
    [row] = daemon.cli("interactions")
    found = json.loads(row["text"])
    assert found["network"] == found["another process"] == found["signal"] == "PermissionError"
    assert found["environment"] == ["HOME", "LC_ALL", "PATH", "TZ"] and found["descriptors"] == []
    if ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1:     # Landlock
        assert {found[k] for k in ("password file", "write beside", "write the archive")} == {"PermissionError"}, found


def test_ctrl_c_while_it_converts_leaves_nothing_behind(daemon, place, tmp_path):
    path = pst(place, {"A/Inbox": [item(1)]}, spin=True)
    process = subprocess.Popen([daybook.program("daybook", "DAYBOOK"), "-c", daemon.config, "import", "pst", path],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: [1 for _, _, names in os.walk(tmp_path / "tmp") for name in names], 20, "the first mail")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1 and b"daybook: stopped\nhint: run the same command again" in err, err
    assert daemon.ledger("import")["received"] == 0


def test_an_interrupted_import_of_a_pst_goes_on_where_it_stopped(daemon, place):
    path = pst(place, {"A/Inbox": [item(n, text="x" * 20000) for n in range(1, 451)]})
    process = subprocess.Popen([daybook.program("daybook", "DAYBOOK"), "-c", daemon.config, "import", "pst", path, "--json"],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: daemon.ledger("import")["received"] > 220, 60, "some mails", passes=True)
    process.send_signal(signal.SIGINT)
    first = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 1 and 200 < first["stored"] < 450
    done = daemon.run("import", "pst", path, "--json")
    second = json.loads(done.stdout)
    assert b"going on where the last import of it stopped" in done.stderr
    assert second["read"] == second["stored"] == 450 - first["stored"]
    assert len(daemon.cli("interactions")) == 450


@pytest.mark.skipif(shutil.which("readpst") is None, reason="pst-utils is not installed")
def test_the_real_readpst_bears_its_lock_and_damaged_files(make_daemon, tmp_path, monkeypatch):
    daemon = make_daemon()
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    path = tmp_path / "damaged.pst"
    path.write_bytes(b"!BDN" + bytes(range(256)) * 64)
    done = daemon.run("import", "pst", str(path))
    assert done.returncode == 1 and done.stderr.decode().startswith("daybook: %s: readpst gave up" % path), done.stderr
    assert sorted(os.listdir(tmp_path)) == ["damaged.pst", "daybook"]


# ---- .msg ----

def offer():
    return make_msg.make(
        sender=("Núñez, Conceição", "maria@example.com"), to=[("Vendas — Ação", "sales@acme.example")],
        cc=[("Silva, João", "joao@example.com")], subject="Orçamento nº 12 — ¿cuándo?",
        text="Olá,\r\n\r\nsegue o orçamento — até já.\r\n", html="<p>Olá,</p><p>segue o <b>orçamento</b> — até já.</p>",
        when=WHEN, attachments=[("Orçamento ação.pdf", "application/pdf", b"%PDF-1.4 " + bytes(range(256)) * 40)])


@has_msgconvert
def test_a_msg_keeps_its_people_its_accents_and_its_attachment(daemon, tmp_path):
    (tmp_path / "offer.msg").write_bytes(offer())
    path = str(tmp_path / "offer.msg")
    assert run_import(daemon, "msg", path) == {**ZERO, "read": 1, "stored": 1}
    # It has no Message-ID: the two conversions must be one mail all the same.
    assert run_import(daemon, "msg", path) == {**ZERO, "read": 1, "duplicate": 1}
    [row] = daemon.cli("interactions")
    assert row["subject"] == "Orçamento nº 12 — ¿cuándo?" and row["direction"] == "in"
    assert row["text"] == "Olá,\n\nsegue o orçamento — até já."
    assert row["occurred_at"] == "2026-11-03T14:02:11.000Z"
    assert [(p["role"], p["name"], p["identity"]["value"]) for p in row["participants"]] == [
        ("from", "Núñez, Conceição", "maria@example.com"), ("to", "Vendas — Ação", "sales@acme.example"),
        ("cc", "Silva, João", "joao@example.com")]
    [attachment] = row["attachments"]
    assert (attachment["name"], attachment["media_type"], attachment["size"]) == ("Orçamento ação.pdf", "application/pdf", 10249)


@has_msgconvert
def test_a_folder_of_msg_files_with_bad_ones_in_it(daemon, tmp_path):
    folder = tmp_path / "saved"
    (folder / "deeper").mkdir(parents=True)
    whole = offer()
    (folder / "a.msg").write_bytes(whole)
    (folder / "deeper" / "B.MSG").write_bytes(make_msg.make(
        sender=("Ana", "ana@example.com"), to=[("Vendas", "sales@acme.example")], subject="Hi", text="Hi there",
        message_id="<msg2@example.com>", headers="From: Ana <ana@example.com>\r\nTo: sales@acme.example\r\nSubject: Hi\r\n"
        "Date: Tue, 3 Nov 2026 15:00:00 +0000\r\nMessage-ID: <msg2@example.com>\r\n\r\n"))
    (folder / "cut.msg").write_bytes(whole[:1500])
    (folder / "empty.msg").write_bytes(b"")
    (folder / "text.msg").write_bytes(b"hello")
    (folder / "zero.msg").write_bytes(whole[:512] + b"\0" * (len(whole) - 1024) + whole[-512:])
    (folder / "end.msg").write_bytes(whole[:-2000])
    done = daemon.run("import", "msg", "--recursive", str(folder))
    said = done.stderr.decode()
    assert done.returncode == 7, said
    assert "text.msg: it is not a mail of Outlook's (.msg)" in said and "empty.msg: it is empty" in said
    assert "cut.msg: it is cut off: it has 1500 bytes of at least " in said and "end.msg: it is cut off" in said
    assert "zero.msg: msgconvert gave up" in said, said
    assert sorted(r["subject"] for r in daemon.cli("interactions")) == ["Hi", "Orçamento nº 12 — ¿cuándo?"]


def test_without_msgconvert_the_error_says_what_to_install(make_daemon, tmp_path, monkeypatch):
    daemon = make_daemon()
    (tmp_path / "a.msg").write_bytes(offer())
    monkeypatch.setenv("PATH", str(tmp_path))
    done = daemon.run("import", "msg", str(tmp_path / "a.msg"))
    assert done.returncode == 1
    assert done.stderr.decode().startswith("daybook: msgconvert is not installed; it belongs to Debian's package "
                                           "libemail-outlook-message-perl\nhint: apt-get install "
                                           "libemail-outlook-message-perl\n")
