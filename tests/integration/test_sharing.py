"""What colleagues see of a mailbox that is somebody's: everything, subjects, or who and when; and of one conversation."""
import os

import pytest

import api_schema
import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from test_api import EYES, PARTS, STAFF, World, mail, part
from test_restricted import Canaries, ask_everything

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
TEXT = ("zanzibarbody", "zanzibarfile", "zanzibarhtml")
SUBJECT = ("zanzibarsubject",)


def mailbox(server, name, user, *options):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (name, server.tls_port, user, server.ca) + "".join("    %s\n" % o for o in options))


def private_mail(n, subject="zanzibarsubject", **more):
    body = (part("text/html; charset=utf-8", "<p>beams and zanzibarbody <b>zanzibarhtml</b></p>") +
            part("application/pdf", "x", 'Content-Disposition: attachment; filename="zanzibarfile.pdf"') + "--b--")
    text = mail(n, body, Subject=subject, **{"From": "Zoe <zoe@hidden.example>", "To": "ana@acme.example", **PARTS, **more})
    return text.replace("\n", "\r\n").encode()


def run(daemon, *args, status=0):
    done = daemon.run(*args)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


class Office:
    """Ana's mailbox, a shared one, and everybody's tokens."""

    def __init__(self, daemon, server):
        self.daemon, self.server = daemon, server

    def connectors(self, share):
        return mailbox(self.server, "ana", "u1", "owner: Ana Lima", "share: " + share) + mailbox(self.server, "sales", "u2")


@pytest.fixture
def office(make_daemon, tmp_path):
    with Dovecot() as server:
        daemon = make_daemon(connectors="\n", extra=STAFF)
        office = Office(daemon, server)
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
        daemon.write_config(connectors=office.connectors("subject"))
        server.deliver("u1", private_mail(1))
        server.deliver("u1", private_mail(2, "zanzibarsubject again", **{"In-Reply-To": "<m1@example.com>", "References": "<m1@example.com>"}))
        daemon.start()
        wait_until(lambda: daemon.ledger("ana")["stored"] == 2, 30, "the mails")
        run(daemon, "contact", "assign", "zoe@hidden.example", "--nobody")
        yield office


class Eyes(World):
    """The harness of the API over this daemon."""

    def __init__(self, daemon):
        self.daemon, self.judge, self.tokens = daemon, api_schema.Judge(), {}
        for name, (role, options, _, _) in EYES.items():
            self.make_token(role, *options, name=name)
        self.make_token("seller", "--staff", "Eva Reis", name="eva")
        [contact] = self.ok("/api/v1/contacts")["items"]
        self.contacts = {"zoe": contact["id"]}
        self.items = self.ok("/api/v1/contacts/%s/timeline" % contact["id"])["items"]
        self.entries = {str(n): it["id"] for n, it in enumerate(self.items)}

    def level(self, name, n=0):
        return self.ok("/api/v1/interactions/" + self.entries[str(n)], name)["shared"]


OTHERS = ("admin", "manager", "viewer", "seller of nobody", "eva")
ANA = ("seller",)


def look(eyes, hidden, shown):
    canaries = Canaries()
    for name in OTHERS + ANA:
        ask_everything(eyes, canaries, name)
    for name in OTHERS:
        canaries.check(name, hidden)
        for word in shown:
            assert any(word.encode() in data.lower() for _, data in canaries.seen[name]), (name, word)
    for word in TEXT + SUBJECT:
        for name in ANA:
            assert any(word.encode() in data.lower() for _, data in canaries.seen[name]), (name, word)


def test_what_is_kept_back_is_nowhere_but_with_its_owner(office):
    daemon, eyes = office.daemon, Eyes(office.daemon)
    assert len(eyes.items) == 2 and {eyes.level(n) for n in OTHERS} == {"subject"} and eyes.level("seller") == "everything"
    look(eyes, TEXT, SUBJECT)
    path = "/api/v1/interactions/" + eyes.entries["0"]
    for what in ("/raw", "/body.html", "/attachments/0"):
        answer = eyes.ask(path + what, "admin")
        assert answer.status == 404 and answer.value["detail"] == "of this entry you see the subject; the rest is its mailbox's owner's"
        assert eyes.ask(path + what, "seller").status == 200
    assert eyes.ok("/api/v1/search?q=beams", "admin")["items"] == [] and len(eyes.ok("/api/v1/search?q=beams", "seller")["items"]) == 2
    assert eyes.ok("/api/v1/search?q=has:attachment", "admin")["items"] == []
    assert len(eyes.ok("/api/v1/search?q=from:zoe@hidden.example", "admin")["items"]) == 2
    # A reload counts for what is here already.
    daemon.write_config(connectors=office.connectors("metadata"))
    run(daemon, "reload")
    wait_until(lambda: eyes.level("admin") == "metadata", 10, "the reload")
    look(eyes, TEXT + SUBJECT, ("zoe",))
    # The same mail in a mailbox that is everybody's is everybody's.
    office.server.deliver("u2", private_mail(1))
    wait_until(lambda: daemon.ledger("sales")["received"] == 1, 30, "the copy")
    assert sorted(eyes.level("admin", n) for n in (0, 1)) == ["everything", "metadata"]
    assert len(eyes.ok("/api/v1/search?q=beams", "admin")["items"]) == 1
    daemon.stop()
    daemon.check_rebuild()
    run(daemon, "rebuild")
    daemon.start()
    assert sorted(eyes.level("admin", n) for n in (0, 1)) == ["everything", "metadata"]


def test_a_conversation_is_opened_or_closed_by_who_sees_all_of_it(office):
    daemon, eyes = office.daemon, Eyes(office.daemon)
    path = "/api/v1/interactions/%s/share" % eyes.entries["1"]
    for name, status in (("eva", 403), ("manager", 403), ("viewer", 403), ("seller", 200)):
        assert eyes.ask(path, name, "POST", {"level": "everything"}).status == status, name
    assert {eyes.level(n, i) for n in OTHERS for i in (0, 1)} == {"everything"}, "of the whole conversation"
    bad = eyes.ask(path, "seller", "POST", {"level": "all"})
    assert bad.status == 422 and "everything, subject, metadata or default" in str(bad.value)
    eyes.do(path, {"level": "metadata"}, "seller")
    assert {eyes.level(n, i) for n in OTHERS for i in (0, 1)} == {"metadata"} and eyes.level("seller") == "everything"
    look(eyes, TEXT + SUBJECT, ("zoe",))
    daemon.stop()
    daemon.check_rebuild()
    run(daemon, "rebuild")
    daemon.start()
    assert {eyes.level(n, i) for n in OTHERS for i in (0, 1)} == {"metadata"}
    eyes.do(path, {"level": "default"}, "admin")
    assert {eyes.level(n, i) for n in OTHERS for i in (0, 1)} == {"subject"}
    run(daemon, "thread", "share", eyes.entries["0"], "everything")
    assert eyes.level("eva") == "everything"
    assert "is not everything, subject, metadata or default" in run(daemon, "thread", "share", eyes.entries["0"], "some", status=1)
    told = [(e["who"], e["detail"]) for e in daemon.cli("audit") if e["what"] == "thread share"]
    assert sorted(told) == [("Ana Lima", "everything"), ("Ana Lima", "metadata"), ("root", "everything"), ("token admin", "default")]


def test_a_mailbox_without_an_owner_keeps_nothing_back(office):
    daemon = office.daemon
    daemon.write_config(connectors=office.connectors("subject").replace("    owner: Ana Lima\n", ""))
    status, said = daemon.check_config()
    assert status != 0 and "is for the mailbox of somebody, and this one has no owner" in said and "a name from staff" in said
    daemon.write_config(connectors=office.connectors("some"))
    status, said = daemon.check_config()
    assert status != 0 and "everything, subject" in said
    daemon.write_config(connectors=office.connectors("subject"))
