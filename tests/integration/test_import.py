"""daybook import: every mail once, whatever happens in between."""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

import daybook
from daybook import TOP, wait_until
from terminal import on_terminal

sys.path.insert(0, os.path.join(TOP, "tests", "tools"))
import genmail          # noqa: E402
import hostile_mails    # noqa: E402

DEMO = os.path.join(TOP, "scripts", "demo", "make_mbox.py")
FROM = "From maria@example.com Tue Nov  3 14:02:11 2026\n"
ZERO = {"read": 0, "stored": 0, "duplicate": 0, "filtered": 0, "dead": 0, "failed_to_read": 0}


def mail(n, text="Hello", **fields):
    head = {"From": "Maria <maria@example.com>", "To": "sales@acme.example", "Subject": "Mail %d" % n,
            "Date": "Tue, 3 Nov 2026 14:02:%02d +0000" % (n % 60), "Message-ID": "<m%d@example.com>" % n, **fields}
    return "".join("%s: %s\n" % pair for pair in head.items()) + "\n" + text + "\n"


def write_mbox(path, mails):
    with open(path, "w") as f:
        f.write("".join(FROM + m + "\n" for m in mails))
    return str(path)


@pytest.fixture(scope="module")
def maildir(tmp_path_factory):
    """500 mails as they are, the same in every run; twelve of them are large."""
    path = str(tmp_path_factory.mktemp("mail") / "Maildir")
    subprocess.run([sys.executable, genmail.__file__, "--out", path, "--count", "500", "--seed", "7", "--median", "4096",
                    "--big", "0.004"], check=True, stdout=subprocess.DEVNULL)
    return path


@pytest.fixture(scope="module")
def message_ids(maildir):
    names = os.listdir(os.path.join(maildir, "cur"))
    ids = []
    for name in names:
        with open(os.path.join(maildir, "cur", name), "rb") as f:
            ids.append(re.search(rb"^Message-ID: <(\S+)>", f.read(), re.M).group(1).decode())
    assert len(set(ids)) == 500
    return sorted(ids)


def run_import(daemon, *args, status=0):
    """The summary of --json, without its time."""
    [summary] = daemon.cli("import", *args, status=status)
    assert summary.pop("seconds") >= 0
    summary.pop("import")
    return summary


def stored_ids(daemon):
    return sorted(it["external_id"] for it in daemon.cli("interactions"))


def marks(daemon):
    import sqlite3
    with sqlite3.connect("file:%s/daybook.db?mode=ro" % daemon.store, uri=True) as db:
        return dict(db.execute("SELECT key, value FROM cursor WHERE key LIKE 'import:%' AND value <> ''"))


def spawn(daemon, *args):
    return subprocess.Popen([daybook.program("daybook", "DAYBOOK"), "-c", daemon.config, "import", *args],
                            cwd=daemon.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


# ---- what comes in ----

def test_the_demo_mailbox_and_its_second_import(daemon, tmp_path):
    path = str(tmp_path / "demo.mbox")
    subprocess.run([sys.executable, DEMO, path], check=True)
    assert run_import(daemon, "mbox", path) == {**ZERO, "read": 43, "stored": 42, "duplicate": 1}
    assert run_import(daemon, "mbox", path) == {**ZERO, "read": 43, "duplicate": 43}
    assert daemon.ledger("import")["received"] == 86
    assert marks(daemon) == {}


def test_a_maildir_twice_is_no_mail_twice(daemon, maildir, message_ids):
    assert run_import(daemon, "maildir", maildir) == {**ZERO, "read": 500, "stored": 500}
    assert stored_ids(daemon) == message_ids
    assert run_import(daemon, "maildir", maildir) == {**ZERO, "read": 500, "duplicate": 500}
    assert stored_ids(daemon) == message_ids


def test_the_same_mails_as_mbox_maildir_and_eml_are_one_each(daemon, tmp_path):
    mails = [mail(n) for n in range(5)]
    os.makedirs(tmp_path / "Maildir" / "cur")
    os.makedirs(tmp_path / "eml" / "old")
    for n, text in enumerate(mails):
        (tmp_path / "Maildir" / "cur" / ("179371453%d.M1.host:2,S" % n)).write_text(text)
        (tmp_path / "eml" / "old" / ("%d.eml" % n)).write_bytes(text.replace("\n", "\r\n").encode())
    assert run_import(daemon, "mbox", write_mbox(tmp_path / "a.mbox", mails))["stored"] == 5
    assert run_import(daemon, "maildir", str(tmp_path / "Maildir"))["duplicate"] == 5
    assert run_import(daemon, "eml", "--recursive", str(tmp_path / "eml"))["duplicate"] == 5
    assert run_import(daemon, "eml", *[str(tmp_path / "eml" / "old" / ("%d.eml" % n)) for n in range(5)]) == {
        **ZERO, "read": 5, "duplicate": 5}
    assert len(daemon.cli("interactions")) == 5


def test_folders_and_from_lines_tell_direction_and_time(daemon, tmp_path):
    for name, sender in (("cur/1793714531.M1.host:2,S", "maria@example.com"),
                         (".Sent/cur/1793714532.M2.host:2,S", "alias@elsewhere.example")):
        path = tmp_path / "Maildir" / name
        os.makedirs(path.parent, exist_ok=True)
        path.write_text("From: %s\nTo: rita@example.net\nSubject: no date\nMessage-ID: <%s>\n\nHello\n" % (sender, sender))
    run_import(daemon, "maildir", str(tmp_path / "Maildir"))
    run_import(daemon, "mbox", write_mbox(tmp_path / "a.mbox", ["From: leo@example.com\nTo: x@acme.example\n\nno date\n"]))
    got = {it["participants"][0]["identity"]["value"]: it for it in daemon.cli("interactions")}
    assert got["maria@example.com"]["occurred_at"] == "2026-11-03T14:02:11.000Z"
    assert got["maria@example.com"]["direction"] == "in"
    assert got["alias@elsewhere.example"]["direction"] == "out"
    assert got["leo@example.com"]["occurred_at"] == "2026-11-03T14:02:11.000Z"


def test_drafts_and_trash_stay_out_unless_asked_for(daemon, tmp_path):
    for n, name in enumerate(("cur/1.a:2,S", "cur/2.b:2,D", ".Trash/cur/3.c", ".Rascunhos/cur/4.d")):
        path = tmp_path / "Maildir" / name
        os.makedirs(path.parent, exist_ok=True)
        path.write_text(mail(n))
    done = daemon.run("import", "maildir", str(tmp_path / "Maildir"))
    assert done.returncode == 0
    assert "left out: .Rascunhos, .Trash, 1 draft (--all reads them too)" in done.stderr.decode()
    assert len(daemon.cli("interactions")) == 1
    assert run_import(daemon, "maildir", "--all", str(tmp_path / "Maildir")) == {**ZERO, "read": 4, "stored": 3, "duplicate": 1}


# ---- what is wrong with what comes in ----

def hostile(name):
    for make in (hostile_mails.structures, hostile_mails.headers, hostile_mails.addresses):
        for candidate, text in make():
            if candidate == name:
                return text
    raise KeyError(name)


def test_hostile_mails_cost_one_dead_letter_each(daemon, tmp_path):
    names = ["nest_distinct_1000", "nest_rfc822_1000", "headers_10000", "header_huge", "all_groups"]
    folder = tmp_path / "eml"
    folder.mkdir()
    for n, name in enumerate(names):
        (folder / ("%d-a.eml" % n)).write_bytes(hostile(name))
        (folder / ("%d-b.eml" % n)).write_text(mail(n))
    done = daemon.run("import", "eml", str(folder))
    assert done.returncode == 7
    dead = daemon.cli("dead-letters")
    assert len(dead) > 0 and "%d failed" % len(dead) in done.stdout.decode()
    assert "daybook dead-letters" in done.stdout.decode()
    assert all(d["connector"] == "import" and d["reason"] for d in dead)
    assert {it["subject"] for it in daemon.cli("interactions")} >= {"Mail %d" % n for n in range(5)}
    # Again: the same deliveries, also those that could not be read; a retry is for them.
    assert run_import(daemon, "eml", str(folder)) == {**ZERO, "read": 10, "duplicate": 10}
    assert len(daemon.cli("dead-letters")) == len(dead)


def test_a_mail_that_is_too_large_is_named_and_the_others_come_in(make_daemon, tmp_path):
    daemon = make_daemon(extra="ingest: {max_message: 20KiB}\n").start()
    path = write_mbox(tmp_path / "a.mbox", [mail(1), mail(2, "x" * 30000), mail(3)])
    assert run_import(daemon, "mbox", path, status=7) == {**ZERO, "read": 3, "stored": 2, "failed_to_read": 1}
    done = daemon.run("import", "mbox", path)
    assert done.returncode == 7
    assert re.search(r"a\.mbox, byte \d+: it has 301\d\d bytes, ingest\.max_message is 20480\n", done.stderr.decode())
    assert "3 mails read" in done.stdout.decode() and "2 already there" in done.stdout.decode()
    assert "1 failed" in done.stdout.decode()


@pytest.mark.parametrize("args, status, text, hint", [
    (("mbox", "garbage"), 1, 'garbage:2: this is not an mbox: the first line does not begin with "From "', "an mbox begins with"),
    (("mbox", "."), 1, ". is a folder, not an mbox file", "import maildir"),
    (("mbox", "missing"), 3, "missing: No such file or directory", None),
    (("maildir", "secrets"), 1, "secrets is not a Maildir: neither it nor a folder in it holds cur or new", "import eml"),
    (("maildir", "garbage"), 1, "garbage is a file, not a Maildir", "import mbox"),
    (("eml", "secrets"), 1, "secrets: there is no .eml file in it", None),
    (("nsf", "garbage"), 2, "say what it is: mbox, maildir, eml, pst or msg", None),
    (("mbox",), 2, "something is missing", None),
    (("mbox", "--fast", "garbage"), 2, "--fast", None),
])
def test_what_is_wrong_is_said_with_a_cure(daemon, args, status, text, hint):
    with open(os.path.join(daemon.folder, "garbage"), "w") as f:
        f.write("\nnot a mail\n")
    done = daemon.run("import", *args)
    assert done.returncode == status, done.stderr
    assert text in done.stderr.decode()
    assert hint is None or "hint: " in done.stderr.decode() and hint in done.stderr.decode()


def test_one_bad_path_does_not_keep_the_others_out(daemon, tmp_path):
    good = write_mbox(tmp_path / "a.mbox", [mail(1)])
    assert run_import(daemon, "mbox", str(tmp_path / "none"), good, status=3)["stored"] == 1


def test_names_cannot_speak_to_the_terminal(daemon, tmp_path):
    folder = tmp_path / "eml"
    folder.mkdir()
    with open(os.path.join(os.fsencode(folder), b"a\x1b[2J\n\xe9.eml"), "w"):
        pass
    done = daemon.run("import", "eml", str(folder))
    assert done.returncode == 7
    assert b"it is empty" in done.stderr and b"\x1b" not in done.stderr


def test_what_came_before_its_contact_was_known_counts_as_what_comes_after(make_daemon, tmp_path):
    own = {"From": "Vendas <sales@acme.example>", "To": "Maria S. <maria@example.com>"}
    mails = [mail(1, **own), mail(2, From="maria@example.com"), mail(3, From="MARIA SILVA <maria@example.com>"),
             mail(4, From="Maria Silva <maria@example.com>"), mail(5, **own)]
    for n, some in enumerate((mails, mails[::-1], [mails[i] for i in (4, 0, 2, 3, 1)])):
        daemon = make_daemon("order%d" % n).start()
        run_import(daemon, "mbox", write_mbox(tmp_path / "a.mbox", some))
        [contact] = daemon.cli("contacts")
        assert (contact["name"], contact["first_at"][17:19], contact["last_at"][17:19]) == ("Maria Silva", "01", "05")
        daemon.stop()


# ---- interruptions ----

def test_without_a_daemon_nothing_happens(make_daemon, tmp_path):
    daemon = make_daemon()
    done = daemon.run("import", "mbox", write_mbox(tmp_path / "a.mbox", [mail(1)]))
    assert done.returncode == 6
    assert "daybookd is not running (nobody at " in done.stderr.decode()
    assert "hint: start it: " in done.stderr.decode()


def test_ctrl_c_leaves_a_mark_and_the_next_run_goes_on_there(daemon, maildir, message_ids):
    process = spawn(daemon, "maildir", maildir, "--json")
    wait_until(lambda: marks(daemon), 60, "a mark")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    first = json.loads(out)
    assert process.returncode == 1, err
    assert b"daybook: stopped\nhint: run the same command again: it goes on where it stopped\n" in err
    assert 200 <= first["stored"] < 500
    assert first["stored"] == daemon.ledger("import")["received"]
    [key] = marks(daemon)
    assert key == "import:maildir:" + os.path.realpath(maildir)

    done = daemon.run("import", "maildir", maildir, "--json")
    second = json.loads(done.stdout)
    assert b"going on where the last import of it stopped" in done.stderr
    assert second["read"] < 500 and second["stored"] == 500 - first["stored"]
    assert stored_ids(daemon) == message_ids
    assert marks(daemon) == {}


def test_ctrl_c_in_an_mbox_goes_on_behind_the_last_mail(daemon, tmp_path):
    path = write_mbox(tmp_path / "a.mbox", [mail(n, "x" * 5000) for n in range(800)])
    process = spawn(daemon, "mbox", path, "--json")
    wait_until(lambda: marks(daemon), 60, "a mark")
    process.send_signal(signal.SIGTERM)
    first = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 1
    assert run_import(daemon, "mbox", path) == {**ZERO, "read": 800 - first["stored"], "stored": 800 - first["stored"]}
    assert len(daemon.cli("interactions")) == 800


def test_a_file_that_changed_since_is_read_from_its_beginning(daemon, tmp_path):
    mails = [mail(n, "x" * 5000) for n in range(800)]
    path = write_mbox(tmp_path / "a.mbox", mails)
    process = spawn(daemon, "mbox", path)
    wait_until(lambda: marks(daemon), 60, "a mark")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    write_mbox(tmp_path / "a.mbox", [mail(1000)] + mails)
    done = daemon.run("import", "mbox", path, "--json")
    assert b"it has changed since the last import of it stopped" in done.stderr
    assert json.loads(done.stdout)["read"] == 801
    assert len(daemon.cli("interactions")) == 801


def test_the_daemon_is_killed_and_the_second_run_completes_the_first(daemon, maildir, message_ids):
    process = spawn(daemon, "maildir", maildir)
    wait_until(lambda: daemon.ledger("import")["stored"] > 100, 60, "a hundred mails", passes=True)
    daemon.kill()
    process.send_signal(signal.SIGINT)    # nobody is there to take a mark
    process.communicate(timeout=60)
    daemon.start()
    summary = run_import(daemon, "maildir", maildir)
    assert summary["stored"] > 0 and summary["dead"] == summary["failed_to_read"] == 0
    assert stored_ids(daemon) == message_ids


def test_a_daemon_that_comes_back_is_waited_for(daemon, maildir, message_ids):
    process = spawn(daemon, "maildir", maildir, "--json")
    for at in (60, 250):
        wait_until(lambda: daemon.ledger("import")["stored"] > at, 60, "some mails", passes=True)
        daemon.kill()
        time.sleep(0.5)
        daemon.start()
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    summary = json.loads(out)
    assert summary["read"] == summary["stored"] + summary["duplicate"] == 500
    assert stored_ids(daemon) == message_ids


def test_a_daemon_that_stays_away_ends_the_import_with_a_word(daemon, maildir):
    process = spawn(daemon, "maildir", maildir)
    wait_until(lambda: daemon.ledger("import")["stored"] > 60, 60, "some mails", passes=True)
    daemon.kill()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 6
    assert b"daybookd has been gone for 30 s" in err
    assert b"hint: run the same command again: it goes on where it stopped\n" in err
    daemon.start()


def test_files_that_vanish_meanwhile_are_counted_and_no_failure(daemon, tmp_path, maildir):
    copy = str(tmp_path / "Maildir")
    shutil.copytree(maildir, copy)
    process = spawn(daemon, "maildir", copy)
    gone = sorted(os.listdir(os.path.join(copy, "cur")))[-20:]
    wait_until(lambda: daemon.ledger("import")["stored"] > 0, 60, "a mail", passes=True)
    for name in gone:
        os.unlink(os.path.join(copy, "cur", name))
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"480 mails read" in out and b"20 vanished while the folder was read" in out


def test_two_imports_of_one_mailbox_at_a_time_store_each_mail_once(daemon, maildir, message_ids):
    runs = [spawn(daemon, "maildir", maildir, "--json") for _ in range(2)]
    sums = [json.loads(p.communicate(timeout=120)[0]) for p in runs]
    assert sum(s["stored"] for s in sums) == 500 and sum(s["duplicate"] for s in sums) == 500
    assert stored_ids(daemon) == message_ids


# ---- dry runs ----

def test_a_dry_run_tells_what_an_import_would_do_and_writes_nothing(make_daemon, tmp_path):
    daemon = make_daemon()
    mails = [mail(1), mail(2), mail(1)]
    path = write_mbox(tmp_path / "a.mbox", mails)
    expected = {**ZERO, "read": 3, "stored": 2, "duplicate": 1, "dry_run": True}
    assert run_import(daemon, "mbox", "--dry-run", path) == expected
    assert not os.path.exists(daemon.store)
    done = daemon.run("import", "mbox", "--dry-run", "-v", path)
    lines = done.stdout.decode().splitlines()
    assert re.match(r'would store    2026-11-03 \d\d:\d\d  in       message     maria@example.com  "Mail 1"$', lines[0])
    assert lines[2].startswith("already there") and lines[-1] == "nothing was written"
    assert "would store 2 · 1 already there · 0 filtered · 0 failed" in done.stdout.decode()

    daemon.start()
    run_import(daemon, "mbox", write_mbox(tmp_path / "b.mbox", mails[:1]))
    before = daemon.ledger("import")
    assert run_import(daemon, "mbox", "--dry-run", path) == {**expected, "stored": 1, "duplicate": 2}
    assert daemon.ledger("import") == before
    daemon.stop()
    assert run_import(daemon, "mbox", "--dry-run", path) == {**expected, "stored": 1, "duplicate": 2}


def test_a_dry_run_and_the_run_agree(daemon, maildir):
    dry = run_import(daemon, "maildir", "--dry-run", maildir)
    assert dry.pop("dry_run") is True
    assert run_import(daemon, "maildir", maildir) == dry


# ---- the screen ----

def test_a_terminal_shows_how_far_it_is(daemon, maildir):
    status, output = on_terminal(daemon, "import", "maildir", maildir)
    text = output.decode()
    assert status == 0
    assert re.search(r"\rreading  [█▌·]{8,30}  +\d+ %   \d+ of 500   [\d,]+/s", text)
    summary, undo = text.rstrip().splitlines()[-2:]
    assert summary.endswith("stored 500 · 0 already there · 0 filtered · 0 failed")
    assert re.fullmatch(r"undo all of it:  daybook import undo imp_[0-9a-z]{13}", undo)


def test_no_bar_where_nobody_looks(daemon, tmp_path):
    done = daemon.run("import", "mbox", write_mbox(tmp_path / "a.mbox", [mail(1)]))
    assert done.returncode == 0 and done.stderr == b""
    assert re.fullmatch(r"1 mail read in \d+\.\d s\n  stored 1 · 0 already there · 0 filtered · 0 failed\n"
                        r"undo all of it:  daybook import undo imp_[0-9a-z]{13}\n",
                        done.stdout.decode())


def test_what_people_ask_meanwhile_is_answered(daemon, maildir):
    process = spawn(daemon, "maildir", maildir)
    slowest = [0.0]

    def ask():
        while process.poll() is None:
            began = time.monotonic()
            assert daemon.get("/healthz").status == 200
            slowest[0] = max(slowest[0], time.monotonic() - began)

    thread = threading.Thread(target=ask)
    thread.start()
    process.communicate(timeout=120)
    thread.join()
    assert 0 < slowest[0] < 5


def with_file(n, content, body="See the file."):
    encoded = "".join(base64.encodebytes(content).decode())
    text = ("--x\nContent-Type: text/html\n\n%s\n--x\nContent-Type: application/pdf; name=a.pdf\n"
            "Content-Transfer-Encoding: base64\n\n%s--x--" % (body, encoded))
    return mail(n, text, **{"MIME-Version": "1.0", "Content-Type": "multipart/mixed; boundary=x"})


def test_a_file_in_two_mails_is_stored_once_and_the_mails_come_back_whole(daemon, tmp_path):
    content = bytes(i * i % 251 for i in range(400_000))
    mails = tmp_path / "mails"
    mails.mkdir()
    for n in (1, 2):
        (mails / ("%d.eml" % n)).write_text(with_file(n, content, "<p>Page %d</p>" % n))
    run_import(daemon, "eml", str(mails / "1.eml"), str(mails / "2.eml"))
    blobs = [os.path.join(d, f) for d, _, files in os.walk(os.path.join(daemon.store, "blobs")) for f in files]
    assert [os.path.basename(b) for b in blobs] == [hashlib.sha256(content).hexdigest()]
    import sqlite3
    with sqlite3.connect("file:%s/daybook.db?mode=ro" % daemon.store, uri=True) as db:
        rows = db.execute("SELECT encoding, size > 400000, length(body) < 1000 FROM journal").fetchall()
    assert rows == [(3, 1, 1)] * 2
    ids = {row["subject"]: row["id"] for row in daemon.cli("interactions")}
    assert daemon.run("html", ids["Mail 2"]).stdout.decode().strip() == "\ufeff<p>Page 2</p>"
    assert run_import(daemon, "eml", str(mails / "2.eml"))["duplicate"] == 1
    assert daemon.run("rebuild", "--check").returncode == 0
    assert "came back as they came in" in daemon.run("doctor", "--deep").stdout.decode()

    os.rename(blobs[0], str(tmp_path / "aside"))
    missing = "store: %s is not there" % blobs[0]
    assert missing in daemon.run("html", ids["Mail 1"]).stderr.decode()
    checked = daemon.run("rebuild", "--check")
    assert checked.returncode != 0 and "journal row" in checked.stderr.decode() and missing in checked.stderr.decode()
    assert "3 of 3 cannot be put together: " + missing in daemon.run("doctor", "--deep").stdout.decode()
    assert daemon.run("reclassify", "--dry-run").returncode == 0
    os.rename(str(tmp_path / "aside"), blobs[0])
    assert daemon.run("rebuild", "--check").returncode == 0


PAGE = '<p onload="x()">Olá</p><img src="cid:p@x"><!-- hidden --><script>y()</script>'


def test_the_html_of_a_mail_is_there_for_who_asks(daemon, tmp_path):
    fields = {"Content-Type": "text/html; charset=iso-8859-1", "MIME-Version": "1.0"}
    (tmp_path / "page.eml").write_bytes(mail(1, PAGE, **fields).encode("iso-8859-1"))
    (tmp_path / "plain.eml").write_text(mail(2, "No page."))
    run_import(daemon, "eml", str(tmp_path / "page.eml"), str(tmp_path / "plain.eml"))
    ids = {row["subject"]: row["id"] for row in daemon.cli("interactions")}

    def html(entry):
        done = daemon.run("html", entry)
        return done.returncode, done.stdout.decode().strip(), done.stderr.decode()

    assert html(ids["Mail 1"]) == (0, "\ufeff" + PAGE, "")
    assert html(ids["Mail 2"]) == (3, "", "daybook: this entry has no HTML\nhint: daybook timeline shows its text\n")
    assert html("x") == (2, "", "daybook: \"x\" is not an id\nhint: ids look like int_ and 13 characters\n")
    assert html("int_0000000000001")[0] == 3
