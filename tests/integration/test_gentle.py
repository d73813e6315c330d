"""Large mails taken in parts: the same record as of the whole, few bytes, and what was left out fetched on demand."""
import base64
import glob
import imaplib
import os
import re

import pytest

import daybook
from daybook import TOP, wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from imap_tools import SmallImap

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
PDF = bytes(range(256)) * 6000      # 1.5 MB


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as server:
        yield server


def base64_lines(data):
    text = base64.b64encode(data)
    return b"\r\n".join(text[i:i + 76] for i in range(0, len(text), 76))


def with_file(name, data=PDF, file="Proposta.pdf", more=b""):
    return (b"From: Maria <maria@example.com>\r\nTo: sales@acme.example\r\nSubject: %s\r\n"
            b"Date: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed;\r\n boundary=\"=_b1\"\r\n\r\nThis is a multi-part message.\r\n"
            b"--=_b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSegue %s.\r\n"
            b"--=_b1\r\nContent-Type: application/pdf; name=\"%s\"\r\nContent-Disposition: attachment;\r\n"
            b" filename=\"%s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n%s--=_b1--\r\n"
            % (name, name, name, file.encode(), file.encode(), base64_lines(data), more))


def mailbox(server, user, *options, name="sales"):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    tls_ca: %s\n    user: %s@test\n"
            "    password: !file secrets/imap\n    every: 10s\n" % (name, server.tls_port, server.ca, user)
            + "".join("    %s\n" % o for o in options))


def make(make_daemon, server, user, *options, name="daybook", more=""):
    daemon = make_daemon(name, connectors=mailbox(server, user, *options) + more)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def state_of(daemon, name="sales"):
    [status] = daemon.cli("status")
    return next(c for c in status["connectors"] if c["name"] == name)


def wait_for(daemon, n):
    wait_until(lambda: daemon.ledger("sales")["received"] >= n, 60, "the arrival of %d mails" % n)
    wait_until(lambda: state_of(daemon)["state"] in ("live", "waiting"), 60, "the end of the run")


def entry(daemon, name):
    [found] = [it for it in daemon.cli("interactions") if it["external_id"].strip("<>") == name + "@example.com"]
    return found


def only_file(it):
    [file] = it["attachments"]
    return file


def sent_bytes(server):
    """What the server has sent after login, over all sessions."""
    return sum(os.path.getsize(p) for p in glob.glob(os.path.join(server.dir, "rawlog", "*.out")))


def metric(daemon, what):
    text = daemon.get("/metrics").body.decode()
    return int(float(re.search(r'connector_message_bytes_total\{connector="sales",what="%s"\} (\S+)' % what, text).group(1)))


# ---- one decoder for both ways ----

def comparable(it):
    """What must not depend on the way; attachments by what is told of them."""
    left = {k: v for k, v in it.items() if k not in ("id", "recorded_at", "provenance", "attachments", "connector")}
    left["why"] = it["provenance"].get("why")
    left["participants"] = [{k: v for k, v in p.items() if k != "contact"} for p in it["participants"]]
    return left


def variants():
    for path in sorted(glob.glob(os.path.join(TOP, "tests", "fixtures", "mail", "*.eml"))):
        data = re.sub(rb"\r?\n", b"\r\n", open(path, "rb").read())
        yield data
        data = re.sub(rb"(?im)^(message-id:\s*<)", rb"\1more.", data, count=1)
        header, _, body = data.partition(b"\r\n\r\n")
        fields = re.findall(rb"(?m)^[!-9;-~]+:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*", header)
        content = [f for f in fields if f.lower().startswith(b"content-")]
        rest = [f for f in fields if f not in content]
        yield (b"\r\n".join(rest) + b"\r\nContent-Type: multipart/mixed; boundary=\"with-a-file\"\r\n\r\n--with-a-file\r\n"
               + b"\r\n".join(content) + b"\r\n" * bool(content) + b"\r\n" + body
               + b"\r\n--with-a-file\r\nContent-Type: application/pdf; name=\"Angebot.pdf\"\r\n"
               b"Content-Transfer-Encoding: base64\r\n\r\n" + base64_lines(bytes(9000)) + b"\r\n--with-a-file--\r\n")


def test_what_a_server_gives_in_parts_is_recorded_as_the_whole_mail_is(make_daemon, dovecot):
    n = 0
    for data in variants():
        dovecot.deliver("u1", data)
        n += 1
    records = {}
    for way, options in (("whole", ["attachments: all"]), ("parts", ["attachments: none", "whole_below: 0"])):
        daemon = make(make_daemon, dovecot, "u1", "idle: no", *options, name=way).start()
        wait_for(daemon, n)
        records[way] = {}
        for it in daemon.cli("interactions"):
            records[way].setdefault((it["external_id"], it["subject"], it["text"]), []).append(it)
        records[way + " dead"] = len(daemon.cli("dead-letters"))
        daemon.stop()
    assert records["whole dead"] == records["parts dead"]
    assert records["whole"].keys() == records["parts"].keys()
    n_left_out = 0
    for key, wholes in records["whole"].items():
        for whole, parts in zip(wholes, records["parts"][key]):
            assert comparable(whole) == comparable(parts)
            assert len(whole["attachments"]) == len(parts["attachments"]), key
            for a, b in zip(whole["attachments"], parts["attachments"]):
                if (b["reason"] or "").startswith("not fetched: "):
                    n_left_out += 1
                    assert (a["name"], a["media_type"]) == (b["name"], b["media_type"])
                    assert b["state"] == "skipped" and b["sha256"] is None and abs(a["size"] - b["size"]) <= a["size"] / 4 + 8
                else:
                    assert a == b
    assert n_left_out > 60
    assert not any("BODY[" in line for line in dovecot.said())


# ---- few bytes, and the rest on demand ----

def test_a_heavy_mailbox_moves_few_bytes_and_gives_up_its_files_on_demand(make_daemon, dovecot, tmp_path):
    for i in range(6):
        dovecot.deliver("u2", with_file(b"heavy%d" % i))
        dovecot.deliver("u2", with_file(b"light%d" % i, b"PDF" * 1000))
    before = sent_bytes(dovecot)
    daemon = make(make_daemon, dovecot, "u2", "attachments_max: 1MiB").start()
    wait_for(daemon, 12)
    whole = 6 * len(with_file(b"heavy0"))
    assert sent_bytes(dovecot) - before < whole * 0.05
    assert metric(daemon, "fetched") < whole * 0.05 and metric(daemon, "left_out") > whole * 0.9
    assert only_file(entry(daemon, "light1"))["state"] == "stored"
    it = entry(daemon, "heavy1")
    assert it["text"] == "Segue heavy1."
    file = only_file(it)
    assert (file["name"], file["state"], file["size"]) == ("Proposta.pdf", "skipped", len(PDF))
    assert file["reason"] == "not fetched: larger than attachments_max (1 MiB)"
    rows = daemon.cli("reconcile", "sales")
    assert [r["missing"] for r in rows] == [0, 0] and rows[0]["known"] == 12

    # Where it was.
    [fetched] = daemon.cli("fetch", it["id"])
    file = only_file(fetched)
    assert (file["state"], file["size"], file["reason"]) == ("stored", len(PDF), None)
    path = glob.glob(os.path.join(daemon.store, "blobs", "**", file["sha256"]), recursive=True)
    path = path or glob.glob(os.path.join(daemon.store, "blobs", "**", file["sha256"][2:]), recursive=True)
    assert open(path[0], "rb").read() == PDF
    assert fetched == entry(daemon, "heavy1") and fetched["id"] == it["id"]
    assert daemon.ledger("sales") == {"received": 13, "stored": 12, "duplicate": 1, "filtered": 0, "dead": 0, "pending": 0}
    again = daemon.run("fetch", it["id"])
    assert again.returncode == 0 and b"nothing of it was left out" in again.stderr

    # Moved to another folder, which is not read.
    session = imaplib.IMAP4("127.0.0.1", dovecot.port)
    session.login("u2@test", PASSWORD)
    session.create("Archiv")
    session.select("INBOX")
    [uids] = session.uid("SEARCH", "HEADER", "Message-ID", "<heavy2@example.com>")[1]
    session.uid("MOVE", uids.decode(), "Archiv")
    [fetched] = daemon.cli("fetch", entry(daemon, "heavy2")["id"])
    assert only_file(fetched)["state"] == "stored"

    # Gone.
    [uids] = session.uid("SEARCH", "HEADER", "Message-ID", "<heavy3@example.com>")[1]
    session.uid("STORE", uids.decode(), "+FLAGS", "\\Deleted")
    session.expunge()
    session.logout()
    gone = daemon.run("fetch", entry(daemon, "heavy3")["id"])
    assert gone.returncode == 3
    assert b"sales: the server has this mail no more: neither where it was nor, by its Message-ID" in gone.stderr

    # Brought by somebody else, who has it whole.
    (tmp_path / "m.eml").write_bytes(with_file(b"heavy4"))
    assert daemon.run("import", "eml", str(tmp_path / "m.eml")).returncode == 0
    assert only_file(entry(daemon, "heavy4"))["state"] == "stored"
    # The same mail with another file beside is not the same list, and completes nothing.
    (tmp_path / "n.eml").write_bytes(with_file(b"heavy5", file="Outra.pdf"))
    assert daemon.run("import", "eml", str(tmp_path / "n.eml")).returncode == 0
    assert only_file(entry(daemon, "heavy5"))["state"] == "skipped"

    for args, status, text in ((["int_0000000000000"], 3, b"there is no such interaction"),
                               (["7"], 2, b"\"7\" is not an id"),
                               ([], 2, b"")):
        done = daemon.run("fetch", *args)
        assert done.returncode == status and text in done.stderr, done.stderr
    daemon.check_ledger()
    shown = daemon.run("fetch", it["id"]).stdout.decode().split("\t")
    assert shown[:5] == ["1", "Proposta.pdf", "application/pdf", "1.5 MB", "stored"]
    daemon.stop()
    down = daemon.run("fetch", entry(daemon, "heavy0")["id"])
    assert down.returncode == 6 and b"daybookd is not running" in down.stderr


def test_a_mail_larger_than_may_be_has_its_text_in_the_timeline(make_daemon, dovecot):
    dovecot.deliver("u3", with_file(b"huge"))
    daemon = make(make_daemon, dovecot, "u3", "max_message: 1MiB", "attachments: all").start()
    wait_for(daemon, 1)
    it = entry(daemon, "huge")
    assert it["text"] == "Segue huge." and daemon.ledger("sales")["dead"] == 0
    assert only_file(it)["reason"] == "not fetched: the mail is larger than max_message (1 MiB)"
    refused = daemon.run("fetch", it["id"])
    assert refused.returncode == 1 and b"larger than max_message (1048576): raise that, reload" in refused.stderr
    test = daemon.run("connector", "test", "sales")
    assert test.returncode == 0 and b"huge" in test.stdout, test.stdout + test.stderr


def test_a_mail_cannot_say_of_itself_that_something_was_left_out(make_daemon, dovecot):
    mark = b"X-Daybook-Left-Out: 10 2 not fetched: a lie\r\n"
    faked = with_file(b"faked").replace(b"Content-Type: application", mark + b"Content-Type: application")
    small = with_file(b"small", b"x" * 3000).replace(b"Content-Type: application", mark + b"Content-Type: application")
    dovecot.deliver("u4", faked)
    dovecot.deliver("u4", small)
    daemon = make(make_daemon, dovecot, "u4", "attachments_max: 1MiB").start()
    wait_for(daemon, 2)
    assert only_file(entry(daemon, "faked"))["state"] == "stored"
    assert only_file(entry(daemon, "small"))["state"] == "stored"


def test_a_server_that_wants_to_be_left_alone_is_not_asked_for_files_either(make_daemon, dovecot):
    dovecot.deliver("u5", with_file(b"pause", PDF * 2))
    daemon = make(make_daemon, dovecot, "u5").start()
    wait_for(daemon, 1)
    with SmallImap() as small:
        small.login = b"* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n"
        daemon.write_config(connectors="\n  sales:\n    type: imap\n    host: localhost\n    port: %d\n    tls: none\n"
                            "    user: u\n    password: !file secrets/imap\n" % small.port)
        daemon.reload()
        wait_until(lambda: state_of(daemon)["state"] == "throttled", 30, "the refusal")
        refused = daemon.run("fetch", entry(daemon, "pause")["id"])
        assert refused.returncode == 75
        assert refused.stderr.startswith(b'daybook: the server of "sales" wants to be left alone for a while (daybook status)')
        assert small.connections == 1
