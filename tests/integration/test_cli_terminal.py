"""daybook in front of a person: tables, colours, questions, and nothing that a sender could do to the screen."""
import re
import signal
import subprocess

import pytest

from daybook import program, text_message, whatsapp
from terminal import Terminal, on_terminal

MARIA = "5511987654321"
# Clear the screen, recolour it, set its title, ring, turn the writing round, and the same as 8-bit controls.
EVIL = "a\x1b[2Jb\x1b]0;pwned\x07c\u202ed\u2066e\x9b31mf\x00g\ufeffh\u2028i"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]")


@pytest.fixture
def hostile(daemon):
    """A name, a text, a form and a payload that want the terminal."""
    evil = EVIL.replace("\x00", "")
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, evil), names={MARIA: evil}))
    daemon.post_form({"name": evil, "email": "ze@example.com", "message": evil})
    daemon.post_whatsapp(b'{"' + EVIL.encode() + b"\xff" + b'":')
    return daemon


def everything(daemon):
    [dead] = daemon.cli("dead-letters")
    return [("status",), ("connectors",), ("ledger",), ("contacts",), ("contact", "show", "+" + MARIA),
            ("timeline", "+" + MARIA), ("timeline", "ze@example.com"), ("interactions",), ("search", "pwned"), ("review",),
            ("dead-letters",), ("dead-letter", "show", dead["id"]), ("dead-letter", "retry", dead["id"]), ("doctor",)]


def test_nothing_of_a_sender_steers_the_terminal(hostile):
    for args in everything(hostile):
        for more in ((), ("--json",)):
            _, out = on_terminal(hostile, *args, *more, env={"NO_COLOR": "1"})
            found = STEERING.search(out.decode())
            assert found is None, (args, more, out[max(0, found.start() - 40):found.end() + 40])


def test_nothing_of_a_sender_gets_through_a_pipe_either(hostile):
    for args in everything(hostile):
        for more in ((), ("--json",)):
            if args[:2] == ("dead-letter", "show") and not more:
                continue    # its bytes as they are
            done = hostile.run(*args, *more)
            found = STEERING.search(done.stdout.decode() + done.stderr.decode())
            assert found is None, (args, more)


def test_ambiguous_names_are_listed_without_their_marks(daemon):
    for n in ("1", "2"):
        daemon.post_whatsapp(whatsapp(text_message("wamid." + n, MARIA[:-1] + n, "x"),
                                      names={MARIA[:-1] + n: "Maria\x1b[31m " + n}))
    done = daemon.run("timeline", "maria")
    assert done.returncode == 5 and b"\x1b" not in done.stderr
    assert done.stderr.count(b"con_") == 2 and b"hint: name one by its id" in done.stderr


def test_json_means_the_same_with_its_escapes(hostile):
    texts = {it["text"] for it in hostile.cli("interactions")}
    assert any("\u202e" in t for t in texts)


def test_the_bytes_of_a_dead_letter_go_untouched_into_a_pipe(hostile):
    [dead] = hostile.cli("dead-letters")
    body = b'{"' + EVIL.encode() + b"\xff" + b'":'
    assert hostile.run("dead-letter", "show", dead["id"]).stdout.endswith(b"\n\n" + body)
    assert hostile.run("dead-letter", "show", dead["id"], "--raw").stdout == body
    [page] = hostile.cli("dead-letter", "show", dead["id"])
    assert page["body"] is None and bytes.fromhex(page["body_hex"]) == body


def test_the_bytes_of_a_dead_letter_are_spelled_out_on_a_terminal(hostile):
    [dead] = hostile.cli("dead-letters")
    _, out = on_terminal(hostile, "dead-letter", "show", dead["id"])
    assert rb"a\x1b[2Jb\x1b]0;pwned\x07c\u202ed" in out and rb"\xff" in out
    assert b"reason" in out and b"peer: 127.0.0.1" in out


# ---- tables ----

def test_a_table_has_a_head_on_a_terminal_and_tabs_elsewhere(hostile):
    _, out = on_terminal(hostile, "ledger")
    assert out.splitlines()[0].split() == b"CONNECTOR RECEIVED STORED DUPLICATE FILTERED DEAD PENDING".split()
    rows = [line.split(b"\t") for line in hostile.run("ledger").stdout.splitlines()]
    assert all(len(r) == 7 for r in rows)
    assert {r[0] for r in rows} >= {b"shop", b"contact"}


def test_a_table_fits_the_terminal_and_is_whole_in_a_pipe(daemon):
    name = "N" * 300
    daemon.post_form({"name": name, "email": "ze@example.com", "message": "x"})
    _, out = on_terminal(daemon, "contacts")
    assert max(len(line) for line in out.decode().splitlines()) <= 120
    assert name.encode() in daemon.run("contacts").stdout


def test_colours_follow_the_usual_variables(hostile):
    colour = b"\x1b[3"
    assert colour in on_terminal(hostile, "status")[1]
    assert colour not in on_terminal(hostile, "status", env={"NO_COLOR": "1"})[1]
    assert colour not in on_terminal(hostile, "status", env={"CLICOLOR": "0"})[1]
    assert colour not in on_terminal(hostile, "status", env={"TERM": "dumb"})[1]
    assert colour in on_terminal(hostile, "status", env={"CLICOLOR": "0", "CLICOLOR_FORCE": "1"})[1]
    assert colour not in hostile.run("status").stdout


def test_the_screen_of_status(hostile):
    _, out = on_terminal(hostile, "status", env={"NO_COLOR": "1"})
    head, columns, *rows = out.decode().splitlines()
    assert re.match(r"daybookd \d+\.\d+\.\d+  up \d+ s   sqlite [\d.]+ kB   2 contacts   2 interactions   "
                    r"dead letters 1 ⚠$", head), head
    assert columns.split() == "CONNECTOR TYPE STATE LAST MESSAGE LAG 24 H SKIPPED FAILED MISSING NOTE".split()
    assert re.match(r"contact +form +● live +\d+ s ago +0 s +1 +0 +0", rows[0]), rows[0]
    assert rows[1].rstrip().endswith("daybook dead-letters --connector shop")


def test_status_watches_until_nobody_looks(daemon):
    terminal = Terminal(daemon, "status", "--watch")
    terminal.read(until=b"\x1b[H\x1b[2J")
    terminal.output = b""
    terminal.read(until=b"\x1b[H\x1b[2J")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.finish()[0] != 0


def test_a_long_timeline_shows_its_newest_on_a_terminal(daemon):
    for n in range(3):
        daemon.post_whatsapp(whatsapp(text_message("wamid.%d" % n, MARIA, "text %d" % n, 1789398000 + n)))
    _, out = on_terminal(daemon, "timeline", "+" + MARIA, "-n", "2")
    assert b"text 0" not in out and b"text 1" in out and b"text 2" in out
    assert b"1 more before these; -n 0 shows all" in out
    assert b"text 0" in on_terminal(daemon, "timeline", "+" + MARIA, "-n", "0")[1]


# ---- questions ----

def test_a_drop_asks_and_takes_a_no(hostile):
    code, out = on_terminal(hostile, "dead-letter", "drop", "--all", answers=[b"n"])
    assert code == 1 and b"drop 1 dead letter, never to be read? [y/N]" in out and b"nothing was done" in out
    assert len(hostile.cli("dead-letters")) == 1


def test_a_drop_asks_and_takes_a_yes(hostile):
    [dead] = hostile.cli("dead-letters")
    code, out = on_terminal(hostile, "dead-letter", "drop", dead["id"], answers=[b"y"])
    assert code == 0 and b"shop  not JSON" in out
    assert hostile.cli("dead-letters") == []


def test_where_nobody_can_be_asked_a_drop_wants_yes(hostile):
    done = hostile.run("dead-letter", "drop", "--all")
    assert done.returncode == 2 and b"hint: --yes answers for you" in done.stderr
    assert len(hostile.cli("dead-letters")) == 1


# ---- where the output goes ----

def test_a_reader_that_goes_away_is_no_error(hostile):
    writer = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", hostile.config, "config", "schema"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait(30) in (-signal.SIGPIPE, 0)


def test_a_reader_that_goes_away_is_no_error_where_sigpipe_is_ignored(hostile):
    writer = subprocess.Popen([program("daybook", "DAYBOOK"), "-c", hostile.config, "config", "schema"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=False)
    writer.stdout.close()
    assert writer.stderr.read() == b""
    assert writer.wait(30) in (-signal.SIGPIPE, 0, 1)


def test_a_full_disk_is_said(hostile):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([program("daybook", "DAYBOOK"), "-c", hostile.config, "contacts"], stdout=full,
                              stderr=subprocess.PIPE)
    assert done.returncode == 1 and b"daybook: cannot write: No space left on device" in done.stderr
