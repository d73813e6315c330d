"""daybook, seen by a script: exit codes, the shapes of --json, and a daemon that is down."""
import re

import pytest

from daybook import text_message, wait_until, whatsapp

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
MARIA = "5511987654321"


@pytest.fixture
def filled(daemon):
    """One mail address, one number, one thing that could not be read."""
    daemon.post_form({"name": "Zé Prado", "email": "ze@example.com", "message": "quero um orçamento"})
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "segunda via do boleto"), names={MARIA: "Maria"}))
    daemon.post_whatsapp(b"{broken")
    return daemon


def status_of(daemon, *args):
    return daemon.run(*args).returncode


# ---- exit codes ----

def test_no_command_and_an_unknown_one_are_usage(daemon):
    assert status_of(daemon) == 2
    done = daemon.run("frobnicate")
    assert done.returncode == 2 and b"frobnicate" in done.stderr and done.stdout == b""
    assert status_of(daemon, "status", "--no-such-option") == 2
    assert status_of(daemon, "timeline") == 2


def test_what_is_not_there_is_3(filled):
    assert status_of(filled, "timeline", "nobody@example.com") == 3
    assert status_of(filled, "contact", "show", "con_0000000000000") == 3
    assert status_of(filled, "dead-letter", "show", "999999") == 3


def test_a_configuration_with_a_mistake_is_78(daemon):
    with open(daemon.config) as f:
        good = f.read()
    with open(daemon.config, "a") as f:
        f.write("nonsense: 1\n")
    done = daemon.run("status")
    with open(daemon.config, "w") as f:
        f.write(good)
    assert done.returncode == 78 and b"nonsense" in done.stderr


def test_errors_go_to_stderr_and_name_the_program(filled):
    done = filled.run("timeline", "nobody@example.com")
    assert done.stdout == b""
    assert done.stderr.startswith(b"daybook: ")


# ---- with the daemon down ----

def test_reads_work_with_the_daemon_down(filled):
    up = {command: filled.cli(*command.split()) for command in
          ("ledger", "contacts", "interactions", "dead-letters", "timeline ze@example.com", "review")}
    filled.stop()
    for command, rows in up.items():
        assert filled.cli(*command.split()) == rows, command
    [status] = filled.cli("status")
    assert status["state"] != "running"


def test_changes_with_the_daemon_down_are_6(filled):
    filled.stop()
    assert status_of(filled, "note", "ze@example.com", "called back") == 6


def test_a_rebuild_wants_the_daemon_stopped(filled):
    assert status_of(filled, "rebuild") != 0
    filled.stop()
    before = filled.cli("interactions")
    assert status_of(filled, "rebuild") == 0
    assert filled.cli("interactions") == before
    filled.start()
    assert filled.cli("interactions") == before


# ---- shapes ----

def test_status_names_every_connector(filled):
    [status] = filled.cli("status")
    assert isinstance(status["state"], str)
    rows = {c["name"]: c for c in status["connectors"]}
    assert {"shop", "contact"} <= set(rows)
    assert rows["shop"]["type"] == "whatsapp"
    for key in ("state", "last_message_at", "lag_s", "error"):
        assert key in rows["shop"]
    assert TIME.match(rows["shop"]["last_message_at"])


def test_connectors_are_listed(filled):
    assert {"shop", "contact"} <= {c["name"] for c in filled.cli("connectors")}


def test_a_ledger_row_has_its_seven_members(filled):
    for row in filled.cli("ledger"):
        assert set(row) == {"connector", "received", "stored", "duplicate", "filtered", "dead", "pending"}
        assert all(isinstance(v, int) for k, v in row.items() if k != "connector")


def test_a_contact_has_its_members(filled):
    rows = filled.cli("contacts")
    assert {c["name"] for c in rows} == {"Zé Prado", "Maria"}
    for c in rows:
        assert re.match(r"^con_[0-9a-hjkmnp-tv-zA-Z]+$", c["id"])
        assert {"name", "company", "identities", "first_at", "last_at"} <= set(c)
        assert TIME.match(c["first_at"]) and TIME.match(c["last_at"])
        for identity in c["identities"]:
            assert {"scheme", "value", "scope"} <= set(identity)
        assert filled.cli("contact", "show", c["id"])[0]["id"] == c["id"]


def test_an_interaction_has_the_record_s_members(filled):
    for it in filled.cli("interactions"):
        assert {"id", "channel", "connector", "direction", "kind", "external_id", "about", "thread", "occurred_at",
                "recorded_at", "participants", "subject", "text", "attachments", "details", "provenance"} <= set(it)
        assert TIME.match(it["occurred_at"]) and TIME.match(it["recorded_at"])
        assert it["occurred_at"] <= it["recorded_at"]
        for p in it["participants"]:
            assert p["role"] in ("from", "to", "cc", "bcc", "attendee", "agent")
            assert {"identity", "name", "contact"} <= set(p)


def test_a_dead_letter_has_its_members_and_its_bytes(filled):
    [dead] = filled.cli("dead-letters")
    assert {"id", "connector", "received_at", "reason", "kind", "size", "attempts"} <= set(dead)
    assert (dead["connector"], dead["size"]) == ("shop", 7)
    assert TIME.match(dead["received_at"])
    assert b"broken" in filled.run("dead-letter", "show", str(dead["id"])).stdout


def test_a_dropped_dead_letter_is_gone_from_the_list(filled):
    [dead] = filled.cli("dead-letters")
    assert status_of(filled, "dead-letter", "drop", str(dead["id"]), "--yes") == 0
    assert filled.cli("dead-letters") == []


def test_a_retry_of_what_is_still_broken_stays_dead(filled):
    [dead] = filled.cli("dead-letters")
    filled.run("dead-letter", "retry", str(dead["id"]))
    assert len(filled.cli("dead-letters")) == 1
    assert filled.ledger("shop")["dead"] == 1


# ---- lists ----

def test_interactions_of_one_connector_and_after_an_id(filled):
    rows = filled.cli("interactions")
    assert [it["connector"] for it in filled.cli("interactions", "--connector", "shop")] == ["shop"]
    assert filled.cli("interactions", "--after", rows[0]["id"]) == rows[1:]
    assert filled.cli("interactions", "--after", rows[-1]["id"]) == []


def test_a_timeline_is_the_same_by_id_address_or_number(filled):
    [maria] = [c for c in filled.cli("contacts") if c["name"] == "Maria"]
    by_id = filled.cli("timeline", maria["id"])
    assert [it["text"] for it in by_id] == ["segunda via do boleto"]
    for handle in ("+" + MARIA, MARIA, "(11) 98765-4321"):
        assert filled.cli("timeline", handle) == by_id, handle


def test_a_timeline_is_oldest_first(daemon):
    for n, seconds in enumerate((300, 100, 200)):
        daemon.post_whatsapp(whatsapp(text_message("wamid.%d" % n, MARIA, str(seconds), 1789398000 + seconds)))
    assert [it["text"] for it in daemon.cli("timeline", "+" + MARIA)] == ["100", "200", "300"]
    assert [it["text"] for it in daemon.cli("interactions")] == ["300", "100", "200"]


def test_search_finds_it_within_a_second(filled):
    found = wait_until(lambda: filled.cli("search", "boleto"), 2, "the search")
    assert [it["external_id"] for it in found] == ["wamid.a"]
    assert [it["channel"] for it in wait_until(lambda: filled.cli("search", "orcamento"), 2)] == ["form"]


def test_search_words_that_look_like_operators_are_words(filled):
    for query in ("-hello", "a@b.com", '"', "AND OR NOT", "h*", "(", "x:y", "segunda -via"):
        assert filled.run("search", query, "--json").returncode == 0, query


def test_a_note_stands_on_the_timeline(filled):
    assert status_of(filled, "note", "ze@example.com", "called back, wants 30") == 0
    last = filled.cli("timeline", "ze@example.com")[-1]
    assert (last["channel"], last["kind"], last["text"]) == ("note", "note", "called back, wants 30")
    assert filled.ledger("people")["stored"] == 1


def test_output_off_a_terminal_is_plain(filled):
    for command in ("status", "ledger", "connectors", "contacts", "interactions", "dead-letters", "review"):
        done = filled.run(command)
        assert done.returncode == 0, command
        assert b"\x1b" not in done.stdout, command


def test_control_characters_of_a_sender_do_not_reach_the_terminal(daemon):
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "red \x1b[31m bell \x07"), names={MARIA: "E\x1b[2Jvil"}))
    for args in (("timeline", "+" + MARIA), ("contacts",), ("interactions",)):
        out = daemon.run(*args).stdout
        assert b"\x1b" not in out and b"\x07" not in out, args
