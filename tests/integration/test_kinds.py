"""What a mail is, and what today's rules would make of what is stored: through the daemon and its locked parsers."""
import contextlib
import os
import sqlite3

import pytest

from daybook import TOP, text_message, whatsapp

MAILS = os.path.join(TOP, "tests", "fixtures", "mail")

# What each fixture is to be, as people see it.
KINDS = {
    "bounce_gmail": "bounce", "bounce_exchange": "bounce", "bounce_exim": "bounce", "bounce_qmail": "bounce",
    "bounce_gmail_delay": "receipt", "mdn_read_receipt": "receipt", "receipt_outlook_lida": "receipt",
    "auto_reply_out_of_office": "auto_reply", "bulk_newsletter": "bulk", "response_suppress_alone": "message",
    "list_unsubscribe_alone": "message", "calendar_invite_request": "message", "calendar_invite_update_moved": "message",
    "calendar_invite_cancel": "message", "calendar_invite_reply_accepted": "rsvp", "calendar_outlook_zone": "message",
    "winmail_files": "message", "uuencode_in_text": "message",
}


@pytest.fixture
def filled(daemon):
    """The daemon with a mail of each kind; entry(name) is how it is stored."""
    paths = [os.path.join(MAILS, name + ".eml") for name in KINDS]
    [summary] = daemon.cli("import", "eml", *paths)
    assert summary["stored"] == len(KINDS), summary
    ids = {}
    for name, path in zip(KINDS, paths):
        with open(path, errors="replace") as f:
            [line] = [x for x in f if x.lower().startswith("message-id:") and "<" in x][:1]
        ids[name] = line.split("<")[1].split(">")[0]
    entries = {it["external_id"]: it for it in daemon.cli("interactions")}
    daemon.entry = lambda name: entries[ids[name]]
    return daemon


def test_every_kind_has_its_reason(filled):
    for name, kind in KINDS.items():
        entry = filled.entry(name)
        assert entry["kind"] == kind, name
        assert len(entry["provenance"]["why"]) > 10, name


def test_a_bounce_names_our_mail_and_whom_it_did_not_reach(filled):
    entry = filled.entry("bounce_exchange")
    assert entry["about"] == "ours-12@acme.example"
    failed = entry["details"]["failed_recipients"]
    assert [f["address"] for f in failed] == ["joao@cliente.example", "maria@cliente.example"]
    assert failed[0]["status"] == "5.1.10" and "status" not in failed[1]


def test_a_bounce_stands_on_the_timeline_of_whom_our_mail_did_not_reach(daemon, tmp_path):
    mail = tmp_path / "first.eml"
    mail.write_text("From: Eva <nobody@cliente.example>\nTo: vendas@acme.example\nSubject: Oi\nMessage-ID: <e1@cliente.example>\n"
                    "Date: Mon, 14 Sep 2026 09:00:00 -0300\n\nOi\n")
    daemon.cli("import", "eml", str(mail), os.path.join(MAILS, "bounce_gmail.eml"), os.path.join(MAILS, "bounce_exim.eml"))
    assert [it["kind"] for it in daemon.cli("timeline", "nobody@cliente.example")] == ["message", "bounce"]
    # A bounce never makes a contact.
    assert [c["name"] for c in daemon.cli("contacts")] == ["Eva"]


def test_an_update_of_an_invitation_is_another_entry_and_the_same_mail_is_not(filled):
    first, update = filled.entry("calendar_invite_request"), filled.entry("calendar_invite_update_moved")
    assert first["details"]["calendar"]["uid"] == update["details"]["calendar"]["uid"]
    assert first["details"]["calendar"]["sequence"] == 0 and update["details"]["calendar"]["sequence"] == 1
    assert first["details"]["calendar"]["start"] == "2026-09-21T14:00:00.000Z"
    assert update["details"]["calendar"]["start"] == "2026-09-22T14:00:00.000Z"
    [again] = filled.cli("import", "eml", "--all", os.path.join(MAILS, "calendar_invite_request.eml"))
    assert again["stored"] == 0 and again["duplicate"] == 1


def test_files_inside_are_stored_and_what_is_not_says_why(filled):
    winmail, pdf, text = filled.entry("winmail_files")["attachments"]
    assert winmail["name"] == "winmail.dat" and winmail["state"] == "skipped" and "opened" in winmail["reason"]
    assert pdf["name"] == "Proposta técnica.pdf" and pdf["state"] == "stored" and pdf["sha256"]
    assert text["name"] == "ação.txt" and text["size"] == 4
    assert [a["name"] for a in filled.entry("uuencode_in_text")["attachments"]] == ["proposta final.txt", "b.bin"]


# ---- reclassify ----

def test_nothing_changes_while_the_rules_are_the_same(filled):
    assert filled.cli("reclassify", "--dry-run") == []
    done = filled.run("reclassify", "--dry-run")
    assert done.stdout.decode() == "0 of %d entries would change; nothing was written\n" % len(KINDS)


def test_entries_of_one_delivery_are_told_apart(daemon):
    reaction = {"from": "5511987654321", "id": "wamid.R", "timestamp": "1789398001", "type": "reaction",
                "reaction": {"message_id": "wamid.X", "emoji": "+"}}
    status = [{"id": "wamid.X", "status": s, "timestamp": "1789398002", "recipient_id": "5511987654321"}
              for s in ("sent", "delivered")]
    assert daemon.post_whatsapp(whatsapp(text_message("wamid.T", "5511987654321", "Oi"), reaction, statuses=status)).status == 200
    assert sorted(it["kind"] for it in daemon.cli("interactions")) == ["message", "reaction", "status", "status"]
    assert daemon.run("reclassify", "--dry-run").stdout == b"0 of 4 entries would change; nothing was written\n"


def test_a_changed_rule_is_shown_and_a_rebuild_applies_it(filled):
    """The rule changes in the other direction: the store says what an older version would have said."""
    entry = filled.entry("calendar_invite_reply_accepted")
    filled.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(filled.store, "daybook.db"), isolation_level=None)) as db:
        [(kind,)] = db.execute("SELECT kind FROM interaction WHERE external_id = ?",
                               (filled.entry("list_unsubscribe_alone")["external_id"],))
        db.execute("UPDATE interaction SET kind = ? WHERE external_id = ?", (kind, entry["external_id"]))
    [change] = filled.cli("reclassify", "--dry-run")
    assert change["id"] == entry["id"] and change["subject"] == "Aceito: Visita"
    assert (change["kind"], change["new_kind"]) == ("message", "rsvp")
    assert change["direction"] == change["new_direction"] == entry["direction"]
    assert change["new_why"].startswith("an answer to an invitation: ACCEPTED")
    done = filled.run("reclassify", "--dry-run")
    assert "message → rsvp" in done.stdout.decode()
    assert "1 of %d entries would change" % len(KINDS) in done.stdout.decode()
    assert "daybook rebuild" in done.stderr.decode()
    assert filled.cli("reclassify", "--dry-run", "--connector", "contact") == []
    assert filled.run("rebuild").returncode == 0
    assert filled.cli("reclassify", "--dry-run") == []


def test_a_domain_that_became_ours_turns_directions(filled):
    filled.stop()
    with open(filled.config) as f:
        text = f.read()
    with open(filled.config, "w") as f:
        f.write(text.replace("domains: [acme.example]", "domains: [acme.example, cliente.example]"))
    changes = {c["id"]: c for c in filled.cli("reclassify", "--dry-run")}
    change = changes[filled.entry("winmail_files")["id"]]
    assert (change["direction"], change["new_direction"]) == ("in", "internal")
    assert change["kind"] == change["new_kind"] == "message"
    assert "sender and all recipients are ours" in change["new_why"]
    with open(filled.config, "w") as f:
        f.write(text)


def test_notes_are_left_alone(daemon):
    daemon.post_form({"email": "ze@example.com", "name": "Zé", "message": "Oi"}, **{"X-Form-Token": "form-token"})
    [contact] = daemon.cli("contacts") or [None]
    daemon.cli("note", contact["id"], "called back")
    done = daemon.run("reclassify", "--dry-run")
    assert done.stdout.decode() == ("0 of 2 entries would change · 1 not looked at (notes of people, or without "
                                    "their bytes); nothing was written\n")


def test_without_dry_run_it_says_what_applies_the_rules(daemon):
    done = daemon.run("reclassify")
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "daybook: reclassify changes nothing by itself\n"
        "hint: daybook reclassify --dry-run shows what would change; daybook rebuild, with daybookd stopped, applies it\n")
