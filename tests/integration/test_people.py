"""Conversations, forwarded mail and forged senders through the whole daemon: the same timeline whatever the order."""
import os
import sqlite3

import pytest

from test_api import CONNECTORS, STAFF, World
from test_import import ZERO, mail, run_import, write_mbox

BLOCK = "FYI\n\n---------- Forwarded message ---------\nFrom: %s\nDate: Tue, Nov 3, 2026\nSubject: Offer\nTo: <ana@acme.example>\n\nWe need beams.\n"
ANA, BOB = "Ana <ana@acme.example>", "bob@acme.example"


def reference(*ids):
    return {"References": " ".join("<m%d@example.com>" % n for n in ids)} if ids else {}


MAILS = [
    mail(1, "Hello, we need beams."), mail(2, **reference(1)), mail(3, **reference(1, 2)),
    mail(4, **{"In-Reply-To": "<m3@example.com>"}), mail(5, **reference(3, 4)),
    mail(6, BLOCK % "Maria <maria@example.com>", From=ANA, To=BOB, Subject="Fwd: Offer"),
    mail(7, BLOCK % "Nobody <nobody.knows@example.net>", From=ANA, To=BOB, Subject="Fwd: Offer"),
    mail(8, From=ANA, To=BOB, **{"Authentication-Results": "mx.acme.example; spf=fail; dmarc=fail"}),
    mail(9, From="site@acme.example", **{"Reply-To": "visitor@example.org", "To": BOB}),
]
FOOTED = [m + "_______________\nSteel mailing list\n" for m in MAILS[:5]]


@pytest.fixture
def organized(make_daemon):
    daemon = make_daemon(connectors="")
    with open(daemon.config) as f:
        text = f.read()
    with open(daemon.config, "w") as f:
        f.write(text.replace("domains: [acme.example]", "domains: [acme.example]\n  mail_servers: [mx.acme.example]"))
    return daemon.start()


@pytest.mark.parametrize("order", (1, -1), ids=("oldest_first", "newest_first"))
def test_the_order_of_arrival_changes_nothing(organized, tmp_path, order):
    assert run_import(organized, "mbox", write_mbox(tmp_path / "a.mbox", MAILS[::order])) == {**ZERO, "read": 9, "stored": 9}
    assert run_import(organized, "mbox", write_mbox(tmp_path / "b.mbox", FOOTED)) == {**ZERO, "read": 5, "duplicate": 5}
    entries = {it["external_id"]: it for it in organized.cli("interactions")}
    assert {entries["m%d@example.com" % n]["thread"] for n in range(1, 6)} == {"m1@example.com"}
    assert [entries["m%d@example.com" % n]["direction"] for n in (6, 7, 8, 9)] == ["internal", "internal", "in", "in"]
    assert "mx.acme.example says dmarc=fail" in str(entries["m8@example.com"]["provenance"])
    assert entries["m6@example.com"]["details"]["forwarded"]["from"] == "maria@example.com"
    assert "m6@example.com" in [it["external_id"] for it in organized.cli("timeline", "maria@example.com")]
    assert [c["last_at"] for c in organized.cli("contacts") if c["name"] == "Maria"] == ["2026-11-03T14:02:05.000Z"]
    reasons = [row["reason"] for row in organized.cli("review")]
    assert any("nobody.knows@example.net, whom nobody knows" in reason for reason in reasons), reasons
    assert sorted(c["name"] for c in organized.cli("contacts")) == ["Maria", "visitor@example.org"]


def last_in(daemon, name):
    with sqlite3.connect("file:%s?mode=ro" % os.path.join(daemon.store, "daybook.db"), uri=True) as db:
        return db.execute("SELECT last_in_at FROM contact WHERE name = ?", (name,)).fetchone()[0]


def test_a_stranger_who_names_a_customer_does_not_move_when_they_last_wrote(organized, tmp_path):
    before = [mail(1, "Hello.")]
    after = [mail(30, "Hi all.", From="Eve <eve@evil.example>", To=BOB, Cc="maria@example.com")]
    assert run_import(organized, "mbox", write_mbox(tmp_path / "a.mbox", before))["stored"] == 1
    was = last_in(organized, "Maria")
    assert was and run_import(organized, "mbox", write_mbox(tmp_path / "b.mbox", after))["stored"] == 1
    assert last_in(organized, "Maria") == was


LIST = {"List-Id": "<steel.lists.example>"}
# (what is said of the author, the direction to a customer)
AUTHORS = [
    ({"From": ANA}, "out"),
    ({"From": "Ana via Steel <steel@evil.example>", "Reply-To": ANA, **LIST}, "in"),
    ({"From": "Ana via Steel <steel@evil.example>", "X-Original-From": ANA, **LIST}, "in"),
    ({"From": "Ana via Sales <sales@acme.example>", "X-Original-From": ANA, **LIST}, "out"),
    ({"From": "undisclosed:;", "Sender": ANA}, "in"),
    ({"From": "Ana Lima", "Sender": ANA}, "in"),
    ({"From": ANA + ", Eve <eve@evil.example>"}, "in"),
    ({"From": "Eve <eve@evil.example>, " + ANA}, "in"),
    ({"From": ANA + "\nFrom: Eve <eve@evil.example>"}, "in"),
    ({"From": ANA, "Sender": "Eve <eve@evil.example>"}, "out"),
]


def test_one_of_us_is_believed_as_the_one_address_in_from_alone(organized, tmp_path):
    mails = [mail(n, To="Maria <maria@example.com>", **who) for n, (who, _) in enumerate(AUTHORS)]
    mails.append(mail(30).replace("From: Maria <maria@example.com>", "Sender: " + ANA).replace("sales@acme.example", "x@y.example"))
    assert run_import(organized, "mbox", write_mbox(tmp_path / "a.mbox", mails)) == {**ZERO, "read": 11, "stored": 11}
    entries = {it["external_id"]: it for it in organized.cli("interactions")}
    directions = [(who, entries["m%d@example.com" % n]["direction"]) for n, (who, _) in enumerate(AUTHORS)]
    assert directions == AUTHORS
    assert entries["m30@example.com"]["direction"] == "in"
    assert not [c for c in organized.cli("contacts") if "acme" in c["name"] or c["name"] == "Ana"]


def test_each_field_says_why_it_says_so(make_daemon, tmp_path):
    """What a person typed before a form, a form before a profile, a profile before what others write; also of who is merged."""
    connectors = CONNECTORS.replace("  contact:\n", "  contact:\n    owner: Rui Prado\n")
    assert connectors != CONNECTORS
    world = World(make_daemon(connectors=connectors, extra=STAFF), tmp_path)
    daemon = world.daemon

    def of(handle):
        [one] = [c for c in world.ok("/api/v1/contacts?limit=100")["items"] if handle in [i["value"] for i in c["identities"]]]
        found = world.ok(one["links"]["self"])
        assert [c["sources"] for c in daemon.cli("contact", "show", found["id"])] == [found["sources"]], "and so says the command"
        return found["id"], {k: (found[k], v and v["by"]) for k, v in found["sources"].items()}

    [before] = [c for c in world.ok("/api/v1/contacts")["items"] if c["name"] == "Of nobody"]
    assert "sources" not in before, "not in lists"
    assert world.ok(before["links"]["self"])["sources"] == {
        "name": {"by": "profile", "at": "2026-11-03T14:02:04.000Z"}, "company": {"by": "domain", "at": None}, "owner": None}
    for who in ("zoe@example.net", "q@example.net"):
        daemon.post_form({"email": who, "message": "Beams"})
    daemon.cli("import", "mbox", write_mbox(tmp_path / "b.mbox", [mail(50, From="Bia <bia@gmail.com>", Cc="Z. Zen <zoe@example.net>")]))
    assert of("zoe@example.net")[1]["name"] == ("Z. Zen", "others") and of("q@example.net")[1]["name"] == ("q@example.net", "handle")
    assert of("bia@gmail.com")[1] == {"name": ("Bia", "profile"), "company": (None, None), "owner": (None, None)}
    daemon.post_form({"name": "Bia Reis", "email": "bia@gmail.com", "message": "Beams"})
    daemon.post_form({"name": "Davi", "email": "davi@example.org", "message": "Beams"})
    assert of("davi@example.org")[1] == {"name": ("Davi", "form"), "company": ("example.org", "domain"), "owner": ("Rui Prado", "connector")}
    bia, fields = of("bia@gmail.com")
    assert fields["name"] == ("Bia Reis", "form")
    for args in (("name", bia, "Beatriz"), ("assign", bia, "Ana Lima"), ("company", bia, "Steel & Sons")):
        daemon.cli("contact", *args)
    assert of("bia@gmail.com")[1] == {"name": ("Beatriz", "person"), "company": ("Steel & Sons", "person"), "owner": ("Ana Lima", "person")}
    text = daemon.run("contact", "show", bia).stdout.decode()
    assert "Beatriz (a person said so, 2026-" in text and "Steel & Sons (a person said so" in text and "Ana Lima (a person said so" in text
    davi, _ = of("davi@example.org")
    daemon.cli("contact", "merge", bia, davi, "--yes")
    assert of("davi@example.org")[1] == {"name": ("Beatriz", "person"), "company": ("Steel & Sons", "person"), "owner": ("Rui Prado", "connector")}
    daemon.cli("contact", "unmerge", bia)
    daemon.cli("contact", "assign", davi, "--nobody")
    assert of("davi@example.org")[1] == {"name": ("Davi", "form"), "company": ("example.org", "domain"), "owner": (None, "person")}
    assert "nobody (a person said so" in daemon.run("contact", "show", davi).stdout.decode()
