"""The block list of a mailbox: whoever is on it is not taken, and what was here of them is taken away, against Dovecot."""
import base64
import contextlib
import os
import sqlite3
import time

import pytest

import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
SECRET = "zebracrossing"
DOCTOR = SECRET + "@clinic.example"
BLOCK = "block: ['@clinic.example', friend@home.example]"


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


def mail(name, sender="Maria <maria@example.com>", to="ana@acme.example", headers="", text="", file=None):
    head = ("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@example.com>\r\n"
            "%sMIME-Version: 1.0\r\n" % (sender, to, name, name, headers))
    body = "Content-Type: text/plain; charset=utf-8\r\n\r\ntext of %s %s\r\n" % (name, text)
    if file is not None:
        lines = base64.encodebytes(file).decode().replace("\n", "\r\n")
        body = ("Content-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n%s--b1\r\nContent-Type: application/pdf; name=a.pdf\r\n"
                "Content-Disposition: attachment; filename=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n--b1--\r\n"
                % (body, lines))
    return (head + body).encode()


def mailbox(server, name, user, *options):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (name, server.tls_port, user, server.ca)
            + "".join("    %s\n" % o for o in options))


def make(make_daemon, connectors, **options):
    daemon = make_daemon("daybook", connectors=connectors, **options)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def names(daemon, connector=None):
    return sorted(it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("interactions")
                  if it["kind"] != "note" and connector in (None, it["connector"]))


def thread_of(daemon, name):
    [found] = [it for it in daemon.cli("interactions") if it["external_id"].strip("<>") == name + "@example.com"]
    return found["thread"]


def wait_for(daemon, connector, wanted, seconds=60):
    try:
        wait_until(lambda: names(daemon, connector) == sorted(wanted), seconds)
    except AssertionError:
        assert names(daemon, connector) == sorted(wanted)


def reconfigure(daemon, connectors):
    daemon.write_config(connectors=connectors)
    done = daemon.run("reload")
    assert done.returncode == 0, done.stderr


def blobs(daemon):
    folder = os.path.join(daemon.store, "blobs")
    return [os.path.join(root, f) for root, _, files in os.walk(folder) for f in files]


def on_disk(daemon):
    found = b""
    for root, _, files in os.walk(daemon.store):
        for name in files:
            with open(os.path.join(root, name), "rb") as f:
                found += f.read()
    return found


def rebuild(daemon):
    """For good, and without the old database beside it."""
    done = daemon.run("rebuild")
    assert done.returncode == 0, done.stderr
    for name in os.listdir(daemon.store):
        if ".before-" in name:
            os.remove(os.path.join(daemon.store, name))


def test_who_is_blocked_is_taken_away_and_nobody_else(make_daemon, dovecot):
    shared, own = os.urandom(30000), os.urandom(30000)
    both = mail("both", headers="Cc: %s\r\n" % DOCTOR)
    for data in (mail("k1"), mail("b1", sender=DOCTOR, text=SECRET), both,
                 mail("b2", sender=DOCTOR, headers="References: <k1@example.com>\r\n"),
                 mail("k2", headers="In-Reply-To: <b2@example.com>\r\n"),
                 mail("b3", sender=DOCTOR, file=own), mail("b4", sender=DOCTOR, file=shared), mail("k4", file=shared),
                 # Lucia becomes a contact by a mail that goes, and stays one by the next.
                 mail("f1", sender="Lucia Friend <lucia@next.example>", headers="Cc: friend@home.example\r\n"),
                 mail("l2", sender="lucia@next.example")):
        dovecot.deliver("u2", data)
        time.sleep(0.01)
    dovecot.deliver("u1", both)
    first = mailbox(dovecot, "ana", "u2")
    daemon = make(make_daemon, first).start()
    wait_for(daemon, "ana", ["k1", "b1", "both", "b2", "k2", "b3", "b4", "k4", "f1", "l2"])
    sales = mailbox(dovecot, "sales", "u1")
    reconfigure(daemon, first + sales)
    wait_until(lambda: daemon.ledger("sales")["duplicate"] == 1, 60, "the other copy")
    lucia = daemon.cli("contact", "show", "lucia@next.example")[0]
    assert lucia["name"] == "Lucia Friend"
    assert daemon.run("note", lucia["id"], "ligar na segunda").returncode == 0
    assert thread_of(daemon, "k2") == thread_of(daemon, "k1")
    for path in blobs(daemon):
        os.utime(path, (1600000000, 1600000000))
    n_files = len(blobs(daemon))

    # Looked at before it is taken over.
    assert daemon.run("connector", "blocked", "ana").stderr == (
        b'daybook: the block list of "ana" is empty\nhint: block: [ana@example.com, \'@example.org\'] in its file is one\n')
    daemon.write_config(connectors=mailbox(dovecot, "ana", "u2", BLOCK) + sales)
    shown = daemon.run("connector", "blocked", "ana")
    assert "6 of 10 messages name somebody on the list, 1 of which stay" in shown.stdout.decode() and shown.returncode == 0
    assert "hint: daybook reload takes them away" in shown.stderr.decode()
    assert {e["subject"]: e["stays"] for e in daemon.cli("connector", "blocked", "ana")} == {
        "b1": False, "b2": False, "b3": False, "b4": False, "f1": False, "both": True}
    assert names(daemon, "ana") == sorted(["k1", "b1", "both", "b2", "k2", "b3", "b4", "k4", "f1", "l2"])

    reconfigure(daemon, mailbox(dovecot, "ana", "u2", BLOCK) + sales)
    wait_for(daemon, "ana", ["k1", "k2", "k4", "l2"])
    wait_for(daemon, "sales", ["both"])
    wait_until(lambda: "took away" in daemon.log_text(), 30, "the end of it")
    assert daemon.ledger("ana") == {"received": 10, "stored": 4, "duplicate": 0, "filtered": 6, "dead": 0, "pending": 0}
    assert daemon.ledger("sales") == {"received": 1, "stored": 1, "duplicate": 0, "filtered": 0, "dead": 0, "pending": 0}
    # What others hold of them stays: Maria's mail, the file that she sent as well, Lucia and what was written about her.
    assert len(daemon.cli("timeline", "maria@example.com")) == 4
    again = daemon.cli("contact", "show", "lucia@next.example")[0]
    assert again["id"] == lucia["id"] and again["name"] == "lucia@next.example"
    assert [it["kind"] for it in daemon.cli("timeline", lucia["id"])] == ["message", "note"]
    assert len(blobs(daemon)) == n_files - 1
    assert not any(daemon.cli("search", word) for word in (SECRET, "b1"))
    # Nobody says any more that these two belong together.
    assert thread_of(daemon, "k2") != thread_of(daemon, "k1")
    # The doctor is known by the one mail that the other mailbox has.
    assert [it["external_id"].strip("<>") for it in daemon.cli("timeline", DOCTOR)] == ["both@example.com"]
    daemon.stop()
    daemon.check_rebuild()
    assert on_disk(daemon).count(b"friend@home") == 0
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        assert db.execute("SELECT count(*) FROM journal WHERE kind = 0").fetchone() == (5,)
        assert db.execute("SELECT count(*) FROM doomed_blob").fetchone() == (0,)
    rebuild(daemon)
    daemon.start()
    assert daemon.cli("contact", "show", "lucia@next.example")[0]["id"] == lucia["id"]
    assert len(daemon.cli("timeline", lucia["id"])) == 2

    # It is not fetched again, nor is anything new of theirs.
    dovecot.deliver("u2", mail("b5", sender=DOCTOR))
    dovecot.deliver("u2", mail("k5"))
    wait_for(daemon, "ana", ["k1", "k2", "k4", "k5", "l2"])
    row = next(r for r in daemon.cli("reconcile", "ana") if r.get("folder") == "INBOX")
    assert (row["listed"], row["known"], row["filtered"], row["missing"]) == (12, 5, 7, 0)

    # Off the list, they are mail like any other, which a comparison finds missing.
    reconfigure(daemon, first + sales)
    daemon.cli("reconcile", "ana")
    wait_for(daemon, "ana", ["k1", "b1", "b2", "k2", "b3", "b4", "k4", "f1", "l2", "b5", "k5"])
    assert thread_of(daemon, "k2") == thread_of(daemon, "k1")
    assert daemon.cli("contact", "show", "lucia@next.example")[0]["name"] == "Lucia Friend"


def test_nothing_is_left_of_who_wrote_to_one_mailbox_alone(make_daemon, dovecot):
    for i in range(30):
        dovecot.deliver("u2", mail("k%d" % i))
        dovecot.deliver("u2", mail("b%d" % i, sender="Dr. %s <%s>" % (SECRET, DOCTOR), text=SECRET * 20))
    dovecot.deliver("u2", b"From: %s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" % DOCTOR.encode()
                    + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 200)
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u2")).start()
    wait_until(lambda: daemon.ledger("ana")["received"] == 61, 60, "the arrival")
    wait_until(lambda: daemon.cli("search", "k3"), 30, "the index")
    reconfigure(daemon, mailbox(dovecot, "ana", "u2", BLOCK))
    wait_until(lambda: "took away" in daemon.log_text(), 60, "the end of it")
    assert SECRET not in daemon.log_text().split("took away")[1]
    daemon.stop()
    found = on_disk(daemon)
    assert SECRET.encode() not in found and b"clinic" not in found
    told = [kind for kind, in sqlite3.connect(os.path.join(daemon.store, "daybook.db")).execute("SELECT kind FROM change")]
    assert (told.count(3), told.count(8)) == (30, 1)        # so many entries and contacts are gone
    daemon.start()
    assert names(daemon) == sorted("k%d" % i for i in range(30)) and len(daemon.cli("contacts")) == 1
    assert daemon.ledger("ana")["filtered"] == 31 and daemon.cli("dead-letters") == []


def test_it_goes_on_after_a_kill(make_daemon, dovecot):
    for i in range(150):
        dovecot.deliver("u2", mail("k%d" % i))
        dovecot.deliver("u2", mail("b%d" % i, sender=DOCTOR))
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u2")).start()
    wait_until(lambda: daemon.ledger("ana")["stored"] == 300, 60, "the arrival")
    daemon.stop()
    daemon.write_config(connectors=mailbox(dovecot, "ana", "u2", BLOCK))
    for n in (280, 220):
        daemon.start()
        wait_until(lambda: daemon.ledger("ana")["stored"] < n, 60, "some of it", passes=True)
        daemon.kill()
    daemon.start()
    wait_for(daemon, "ana", ["k%d" % i for i in range(150)])
    assert daemon.ledger("ana")["filtered"] == 150 and daemon.ledger("ana")["received"] == 300
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        # The log says nothing of it where the run before was killed a moment before its end.
        wait_until(lambda: db.execute("SELECT count(*) FROM cursor WHERE key LIKE '%block'").fetchone() == (1,), 60, "the end of it")
        daemon.kill()
        # What of the index is not squeezed yet is, also when nothing is left to take away.
        db.execute("UPDATE search_state SET has_deleted = 1")
        db.commit()
        daemon.start()
        wait_until(lambda: db.execute("SELECT has_deleted FROM search_state").fetchone() == (0,), 30, "the squeezing")

# ---- what else a mail may have become ----

def take_away(daemon, connectors):
    """With this configuration, to the end; and a rebuild of what is left is the same."""
    for path in blobs(daemon):
        os.utime(path, (1600000000, 1600000000))
    reconfigure(daemon, connectors)
    wait_until(lambda: "took away" in daemon.log_text(), 60, "the end of it")


def test_who_wrote_what_nobody_could_read_is_known_by_other_mail_alone(make_daemon, dovecot):
    broken = (b"From: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" % DOCTOR.encode()
              + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 200)
    dovecot.deliver("u2", broken)
    dovecot.deliver("u1", mail("k1", headers="Cc: %s\r\n" % DOCTOR))
    ana, sales = mailbox(dovecot, "ana", "u2"), mailbox(dovecot, "sales", "u1")
    daemon = make(make_daemon, ana).start()
    wait_until(lambda: daemon.ledger("ana")["dead"] == 1, 60, "the arrival")
    reconfigure(daemon, ana + sales)
    wait_for(daemon, "sales", ["k1"])
    take_away(daemon, mailbox(dovecot, "ana", "u2", BLOCK) + sales)
    assert daemon.cli("dead-letters") == [] and names(daemon) == ["k1"]
    daemon.stop()
    daemon.check_rebuild()


def test_a_file_that_only_a_repeat_of_a_mail_holds_stays(make_daemon, dovecot):
    ours, theirs, own = os.urandom(30000), os.urandom(30000), os.urandom(30000)
    dovecot.deliver("u1", mail("k1", file=ours))
    dovecot.deliver("u3", mail("k1", file=theirs))
    dovecot.deliver("u2", mail("b1", sender=DOCTOR, file=theirs))
    dovecot.deliver("u1", mail("both", headers="Cc: %s\r\n" % DOCTOR, file=ours))
    dovecot.deliver("u2", mail("both", headers="Cc: %s\r\n" % DOCTOR, file=own))
    sales, other = mailbox(dovecot, "sales", "u1"), mailbox(dovecot, "other", "u3")
    daemon = make(make_daemon, sales).start()
    wait_for(daemon, "sales", ["both", "k1"])
    reconfigure(daemon, sales + other)
    wait_until(lambda: daemon.ledger("other")["duplicate"] == 1, 60, "the repeat")
    reconfigure(daemon, sales + other + mailbox(dovecot, "ana", "u2"))
    wait_until(lambda: daemon.ledger("ana")["received"] == 2, 60, "the blocked")
    assert daemon.ledger("ana")["duplicate"] == 1 and len(blobs(daemon)) == 3
    take_away(daemon, sales + other + mailbox(dovecot, "ana", "u2", BLOCK))
    wait_until(lambda: len(blobs(daemon)) == 2, 30, "the end of his own file")
    daemon.stop()
    daemon.check_rebuild()


def test_what_was_read_by_a_retry_goes_as_well(make_daemon, dovecot):
    dovecot.deliver("u2", mail("k1"))
    dovecot.deliver("u2", mail("b1", sender=DOCTOR, text="<b>word</b> " * 2000000).replace(b"text/plain", b"text/html"))
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u2"))
    daemon.write_config(extra="ingest:\n  parse_timeout: 100ms\n")
    daemon.start()
    wait_until(lambda: daemon.ledger("ana")["dead"] == 1, 60, "a dead letter")
    daemon.stop()
    daemon.write_config(extra="ingest:\n  parse_timeout: 60s\n")
    daemon.start()
    daemon.cli("dead-letter", "retry", daemon.cli("dead-letters")[0]["id"])
    wait_for(daemon, "ana", ["k1", "b1"])
    take_away(daemon, mailbox(dovecot, "ana", "u2", BLOCK))
    assert names(daemon) == ["k1"]
    daemon.stop()
    daemon.check_rebuild()


@pytest.mark.parametrize("entry,said", [
    ("nobody", '"nobody" is neither an address nor an @domain (try ana@example.com)'),
    ("a b@x.example", "a blank, line break or control character cannot be part of an entry"),
    ("'@test'", "it holds this mailbox itself (u2@test), and would take away every mail of it"),
    ("'@acme.example'", '"@acme.example" is where we ourselves are (organization), and would take away every message'),
    ("'@SHARED.example'", '"@SHARED.example" is where we ourselves are (organization), and would take away every message'),
    ("acme@shared.example", '"acme@shared.example" is where we ourselves are (organization), and would take away every message'),
    ("'@example'", '"@example" is where we ourselves are (organization), and would take away every message'),
])
def test_an_entry_that_makes_no_sense_is_refused(make_daemon, dovecot, entry, said):
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u2", "block: [%s]" % entry))
    with open(daemon.config) as f:
        text = f.read()
    with open(daemon.config, "w") as f:
        f.write(text.replace("domains: [acme.example]", "domains: [acme.example]\n  addresses: [acme@shared.example]"))
    status, text = daemon.check_config()
    assert status != 0 and said in text.replace("block: ", "", 1).replace("\n", " "), text


def test_what_cannot_be_read_again_holds_up_nothing_behind_it(make_daemon, dovecot):
    both = mail("both", headers="Cc: %s\r\n" % DOCTOR, file=os.urandom(30000))
    dovecot.deliver("u2", both)
    dovecot.deliver("u1", both)
    for name in ("b1", "b2"):
        dovecot.deliver("u2", mail(name, sender=DOCTOR))
    sales = mailbox(dovecot, "sales", "u1")
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u2") + sales).start()
    wait_until(lambda: sum(daemon.ledger(c)["received"] for c in ("ana", "sales")) == 4, 60, "the arrival")
    [file] = blobs(daemon)
    os.rename(file, file + ".away")
    daemon.write_config(connectors=mailbox(dovecot, "ana", "u2", BLOCK) + sales)
    assert b"of 1 the bytes are gone" in daemon.run("connector", "blocked", "ana").stdout
    assert daemon.run("reload").returncode == 0
    wait_until(lambda: "some of it could not be taken away" in daemon.log_text(), 60, "the complaint")
    assert names(daemon) == ["both"] and "messages=1" in daemon.log_text().split("could not be taken away")[1]
    os.rename(file + ".away", file)
    daemon.stop()
    daemon.start()
    wait_until(lambda: daemon.ledger("ana")["filtered"] == 3, 60, "the rest of it")
    wait_for(daemon, "sales", ["both"])


def test_who_was_merged_and_is_blocked_leaves_the_other_alone(make_daemon, dovecot):
    """The merge stays in the journal; a rebuild comes past it without the one whose mail is gone."""
    dovecot.deliver("u1", mail("secret", DOCTOR))
    dovecot.deliver("u1", mail("m1"))
    daemon = make(make_daemon, daybook.FORM + mailbox(dovecot, "ana", "u1")).start()
    wait_for(daemon, "ana", ["secret", "m1"])
    assert daemon.run("contact", "merge", DOCTOR, "maria@example.com", "--yes").returncode == 0
    assert daemon.post_form({"message": "f", "email": "maria@example.com", "phone": "+5511987654321"}).status in (200, 303)
    reconfigure(daemon, daybook.FORM + mailbox(dovecot, "ana", "u1", BLOCK))
    wait_for(daemon, "ana", ["m1"])
    daemon.stop()
    daemon.check_rebuild()
    [maria] = daemon.cli("contacts")
    assert DOCTOR in str(maria), "that the address is hers a person said"
    assert [it["external_id"].split("@")[0] for it in daemon.cli("timeline", maria["id"]) if it["channel"] == "email"] == ["m1"]


def test_the_survivor_of_a_merge_is_blocked(make_daemon, dovecot):
    dovecot.deliver("u1", mail("secret", DOCTOR))
    dovecot.deliver("u1", mail("m1"))
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u1")).start()
    wait_for(daemon, "ana", ["secret", "m1"])
    assert daemon.run("contact", "merge", "maria@example.com", DOCTOR, "--yes").returncode == 0
    reconfigure(daemon, mailbox(dovecot, "ana", "u1", BLOCK))
    wait_for(daemon, "ana", ["m1"])
    daemon.stop()
    daemon.check_rebuild()
    assert "maria@example.com" in str(daemon.cli("contacts"))
