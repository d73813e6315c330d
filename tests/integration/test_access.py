"""Whose a contact is, and who may therefore see it: by the connector it came by, by assignment, through merges and rebuilds."""
import json
import os
import sqlite3

import pytest

import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from test_import import mail, run_import, write_mbox

STAFF = """staff:
  Ana Lima: {email: [ana@acme.example], role: seller, team: sul}
  Rui Prado: {email: [rui@acme.example], role: seller, team: sul}
  Eva Reis: {email: [eva@acme.example], role: seller, team: norte}
roles:
  lone: {can: [read], sees: own}
"""
FORM = "  %s:\n    type: form\n    rate_limit: 100000/min\n%s"
FORMS = "".join(FORM % (name, owner) for name, owner in (
    ("ana", "    owner: Ana Lima\n"), ("eva", "    owner: Eva Reis\n"), ("shared", "")))
ANA, EVA, NOBODY = "of-ana@one.example", "of-eva@two.example", "of-nobody@three.example"


def post(daemon, form, email, text):
    answer = daemon.post_form({"message": text, "email": email}, form, **{"Idempotency-Key": text})
    assert answer.status in (200, 303), (answer.status, answer.body)


def owners(daemon):
    return {c["identities"][0]["value"]: c["owner"] for c in daemon.cli("contacts")}


def run(daemon, *args, status=0):
    done = daemon.run(*args)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


def rebuild(daemon):
    daemon.stop()
    run(daemon, "rebuild")
    for name in os.listdir(daemon.store):      # two in one second would have one name
        if ".before-" in name:
            os.remove(os.path.join(daemon.store, name))
    daemon.start()


@pytest.fixture
def forms(make_daemon):
    daemon = make_daemon(connectors="\n" + FORMS, extra=STAFF).start()
    for form, email in (("ana", ANA), ("eva", EVA), ("shared", NOBODY)):
        post(daemon, form, email, "beams for " + email)
    return daemon


class Eyes:
    def __init__(self, daemon, name, role, *staff):
        [reply] = daemon.cli("token", "create", name, "--role", role, *staff)
        self.daemon, self.header = daemon, {"Authorization": "Bearer " + reply["token"]}

    def ask(self, path):
        return self.daemon.request("GET", "/api/v1" + path, headers=self.header)

    def items(self, path):
        answer = self.ask(path)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)["items"]

    def known(self, query=""):
        return {c["identities"][0]["value"] for c in self.items("/contacts" + query)}


# ---- by the connector ----

def test_who_comes_by_somebodys_connector_is_theirs(forms):
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}
    post(forms, "eva", ANA, "and by another")
    post(forms, "ana", NOBODY, "known before")
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}, "the first entry decides"
    rebuild(forms)
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}


def test_another_teams_contact_is_not_there(forms):
    seller, lone, all_ = (Eyes(forms, name, role, *staff) for name, role, staff in (
        ("seller", "seller", ("--staff", "Rui Prado")), ("lone", "lone", ("--staff", "Ana Lima")), ("viewer", "viewer", ())))
    ids = {c["identities"][0]["value"]: c["id"] for c in all_.items("/contacts")}
    assert all_.known() == {ANA, EVA, NOBODY} and seller.known() == {ANA, NOBODY} and lone.known() == {ANA}
    assert {i["preview"] for i in seller.items("/search?q=beams")} == {"beams for " + ANA, "beams for " + NOBODY}
    assert [i["preview"] for i in lone.items("/search?q=beams")] == ["beams for " + ANA]
    for what in ("", "/timeline"):
        assert seller.ask("/contacts/%s%s" % (ids[EVA], what)).status == 404
        assert seller.ask("/contacts/%s%s" % (ids[ANA], what)).status == 200
    run(forms, "contact", "assign", EVA, "Rui", "Prado")
    assert seller.known() == {ANA, EVA, NOBODY} and lone.known() == {ANA}
    assert len(seller.items("/search?q=beams")) == 3


def test_a_connector_that_is_configured_no_more_is_still_somebodys(forms):
    forms.stop()
    forms.write_config(connectors="\n" + FORM % ("shared", ""))
    run(forms, "rebuild")
    forms.start()
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}


def test_somebody_new_by_hand(forms):
    assert run(forms, "contact", "new", "rosa@three.example", "+55 11 98765-4321", "--name", "Rosa Lima", "--owner", "Eva Reis").startswith("made con_")
    [rosa] = [c for c in forms.cli("contacts") if c["name"] == "Rosa Lima"]
    assert [i["value"] for i in rosa["identities"]] == ["rosa@three.example", "+5511987654321"] and rosa["owner"] == "Eva Reis"
    post(forms, "shared", "rosa@three.example", "her first word")
    assert len(forms.cli("timeline", rosa["id"])) == 1
    assert "rosa@three.example" in run(forms, "contact", "new", "rosa@three.example", status=1)
    assert '"Bob" is not in staff' in run(forms, "contact", "new", "x@three.example", "--owner", "Bob", status=1)
    assert "nothing that a person can be known by" in run(forms, "contact", "new", "x", status=2)
    rebuild(forms)
    assert forms.cli("contact", "show", rosa["id"])[0]["owner"] == "Eva Reis"


# ---- asked for ----

def test_lists_are_narrowed_to_an_owner(forms):
    assert [c["owner"] for c in forms.cli("contacts", "--owner", "Eva Reis")] == ["Eva Reis"]
    assert [c["owner"] for c in forms.cli("contacts", "--nobody")] == [None]
    assert "either" in run(forms, "contacts", "--nobody", "--owner", "Ana Lima", status=2)
    seller = Eyes(forms, "seller", "seller", "--staff", "Ana Lima")
    assert seller.known("?owner=me") == {ANA} and seller.known("?owner=nobody") == {NOBODY}
    assert seller.known("?owner=Eva%20Reis") == set(), "a filter opens nothing"
    viewer = Eyes(forms, "viewer", "viewer")
    assert viewer.known("?owner=Eva%20Reis&sort=name") == {EVA}
    answer = viewer.ask("/contacts?owner=me")
    assert answer.status == 422 and "name a person" in json.loads(answer.body)["errors"][0]["detail"]


# ---- assigned ----

def test_an_assignment_outlives_merges_and_a_rebuild(forms):
    run(forms, "contact", "assign", NOBODY, "Ana Lima")
    run(forms, "contact", "assign", EVA, "--nobody")
    wanted = {ANA: "Ana Lima", EVA: None, NOBODY: "Ana Lima"}
    assert owners(forms) == wanted
    rebuild(forms)
    assert owners(forms) == wanted
    run(forms, "contact", "merge", ANA, EVA, "--yes")
    assert owners(forms) == {EVA: None, NOBODY: "Ana Lima"}, "the one that stays has been given to nobody"
    rebuild(forms)
    assert owners(forms) == {EVA: None, NOBODY: "Ana Lima"}
    run(forms, "contact", "unmerge", ANA)
    assert owners(forms) == wanted


def test_whoever_has_none_takes_the_owner_of_whom_they_are_merged_with(forms):
    run(forms, "contact", "merge", ANA, NOBODY, "--yes")
    assert owners(forms) == {NOBODY: "Ana Lima", EVA: "Eva Reis"}
    run(forms, "contact", "merge", NOBODY, EVA, "--yes")
    assert owners(forms) == {EVA: "Eva Reis"}
    run(forms, "contact", "split", EVA, ANA)
    assert owners(forms) == {EVA: "Eva Reis", ANA: "Eva Reis"}, "who is split off is not opened to everybody"
    rebuild(forms)
    assert owners(forms) == {EVA: "Eva Reis", ANA: "Eva Reis"}


@pytest.mark.parametrize("args, code, words", (
    ((ANA, "Bob"), 1, '"Bob" is not in staff: see staff in daybook.yaml(5)'),
    ((ANA,), 2, "whose shall it be?"), ((ANA, "Ana", "Lima", "--nobody"), 2, "whose shall it be?"),
    (("who@example.com", "Ana", "Lima"), 3, "nobody is known by")))
def test_what_cannot_be_assigned_is_said(forms, args, code, words):
    assert words in run(forms, "contact", "assign", *args, status=code)
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}


# ---- one mail in several mailboxes ----

def mailbox(server, name, user, *options):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (name, server.tls_port, user, server.ca)
            + "".join("    %s\n" % o for o in options))


@pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
def test_a_mail_in_a_shared_mailbox_too_is_for_everybody(make_daemon, tmp_path):
    texts = {n: mail(n, From="%s <%s@example.com>" % (name, name)) for n, name in ((1, "both"), (2, "mine"), (3, "two"))}
    with Dovecot() as server:
        connectors = (mailbox(server, "a_mine", "u1", "owner: Ana Lima")
                      + mailbox(server, "b_other", "u2", "owner: Eva Reis", "enabled: no")
                      + mailbox(server, "c_shared", "u3", "enabled: no"))
        daemon = make_daemon(connectors=connectors, extra=STAFF)
        daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
        for user, numbers in (("u1", (1, 2, 3)), ("u2", (3,)), ("u3", (1,))):
            for n in numbers:
                server.deliver(user, texts[n].replace("\n", "\r\n").encode())
        daemon.start()
        wait_until(lambda: daemon.ledger("a_mine")["received"] == 3, 30, "the mails of one")
        assert set(owners(daemon).values()) == {"Ana Lima"}
        assert run_import(daemon, "mbox", write_mbox(tmp_path / "a.mbox", list(texts.values())))["duplicate"] == 3
        assert set(owners(daemon).values()) == {"Ana Lima"}, "an import opens nothing"
        daemon.write_config(connectors=connectors.replace("    enabled: no\n", ""))
        run(daemon, "reload")
        wait_until(lambda: daemon.ledger("b_other")["received"] + daemon.ledger("c_shared")["received"] == 2, 30, "the others")
        wanted = {"both@example.com": None, "mine@example.com": "Ana Lima", "two@example.com": "Ana Lima"}
        assert owners(daemon) == wanted
        rebuild(daemon)
        assert owners(daemon) == wanted
        # What is taken away backwards leaves whom it made known with their owner, also for a rebuild.
        daemon.write_config(connectors=connectors.replace("    enabled: no\n", "").replace(
            "    owner: Ana Lima\n", "    owner: Ana Lima\n    block: [two@example.com]\n"))
        run(daemon, "reload")
        wait_until(lambda: daemon.ledger("a_mine")["filtered"] > 0, 30, "the block list")
        assert owners(daemon) == wanted


def test_a_store_of_before_has_owners_after_a_rebuild(forms):
    forms.stop()
    db = sqlite3.connect(os.path.join(forms.store, "daybook.db"), isolation_level=None)
    db.execute("UPDATE contact SET owner = NULL, made_owner = NULL, made_by = 0")
    db.close()
    assert b"is \"null\", replayed it is \"Ana Lima\"" in forms.run("rebuild", "--check").stdout
    run(forms, "rebuild")
    assert owners(forms) == {ANA: "Ana Lima", EVA: "Eva Reis", NOBODY: None}
    forms.start()
