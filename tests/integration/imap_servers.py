"""The IMAP connector against servers that are broken, hostile or odd.   pytest tests/integration/imap_servers.py"""
import base64
import re
import subprocess
import sys
import time

import pytest

import imap_hostile
from imap_tools import TOOLS, SmallImap, command, cursor, digest, drive, environment, mail, meta, rows

sys.path.insert(0, TOOLS)
import fakeimap          # noqa: E402

SHORT = {"host": "127.0.0.1", "tls": "none", "user": "u", "password": "p", "folders": ["INBOX"], "command_timeout": "1s",
         "connect_timeout": "1s"}
RSS_KB = 128 * 1024
LEAKY = ("greeting_bye", "bs_garbage")      # see lsan-libetpan.supp
IS_ASAN = b"__asan" in open(command("x")[0], "rb").read()


def assert_small(r):
    # ASan's own memory is no measure of ours.
    assert IS_ASAN or all(run["rss_kb"] < RSS_KB for run in r.runs), r.runs


@pytest.fixture(scope="module")
def fakes():
    return fakeimap.start()


@pytest.mark.parametrize("name", fakeimap.NAMES)
def test_every_broken_server_ends_in_success_or_a_clear_error(name, fakes, tmp_path):
    r = drive(tmp_path / "state", "--runs", 2, port=fakes[name], forgive=name in LEAKY, **SHORT)
    assert r.code in (0, 1) and len(r.runs) == 2
    assert r.took < 40
    assert_small(r)
    for run in r.runs:
        assert run["ok"] or (run["kind"] in ("again", "auth", "configuration", "throttled") and run["text"]), run
    for row in rows(tmp_path / "state"):
        assert row["type"] != "raw" or meta(row)["uid"] == "7"
    assert len(rows(tmp_path / "state", "raw")) <= 1
    assert len(rows(tmp_path / "state", "dead")) <= 1


@pytest.mark.parametrize("name,kind,text", [
    ("greeting_bye", "again", "greeting: the server said: BYE too busy"),
    ("greeting_preauth", "again", "the server greeted with PREAUTH, as if we had logged in already; that is not trusted"),
    ("greeting_close", "again", "greeting: 127.0.0.1 closed the connection"),
    ("greeting_garbage", "again", "greeting: the server's answer cannot be read (5)"),
    ("login_no", "auth", "login refused: NO [AUTHENTICATIONFAILED] bad"),
    ("login_bad", "again", "LOGIN: the server said: BAD what"),
    ("login_bye_close", "again", "LOGIN: the server said: BYE gone"),
    ("greeting_64MB_line", "again", "greeting: 127.0.0.1 sent more than the 1048576 bytes that the answer may have"),
])
def test_the_error_says_what_the_server_did(name, kind, text, fakes, tmp_path):
    r = drive(tmp_path / "state", port=fakes[name], forgive=name in LEAKY, **SHORT)
    assert not r.last["ok"] and r.last["text"] == text and r.last["kind"] == kind, r.last


# 1000 filled is no lie but a mail and then noise: see the parse tests.
@pytest.mark.parametrize("mode,claim", [(mode, claim) for mode in ("huge", "fill", "drip")
                                        for claim in (1000, 100000000, 4294967295, 2 ** 64)
                                        if (mode, claim) != ("fill", 1000)])
def test_a_lying_literal_costs_one_mail_and_little_memory(mode, claim, tmp_path):
    r = drive(tmp_path / "state", port=imap_hostile.start(claim, mode), **SHORT)
    assert r.took < 30 and len(rows(tmp_path / "state", "dead")) <= 1 and not rows(tmp_path / "state", "raw")
    assert_small(r)
    if claim > 10 ** 6:
        (dead,) = rows(tmp_path / "state", "dead")
        assert dead["kind"] == "limit" and dead["head"] == "Subject: x\r\n\r\n" and r.last["ok"]


@pytest.mark.parametrize("how,kind,reason", [
    ("parse", "input", "the server's answer for this mail cannot be read: UID FETCH: the server's answer cannot be read (5)"),
    ("huge", "limit", "the mail cannot be taken over: UID FETCH: 127.0.0.1 announced a literal of "),
])
def test_one_spoilt_mail_becomes_a_dead_letter_and_the_rest_flows_on(how, kind, reason, tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 121)}) as server:
        server.poison = {33: how, 34: how, 99: how}
        r = drive(tmp_path / "state", timeout=120, **server.options())
        # Many reconnects: what one run does not reach the next one does.
        for _ in range(5):
            r = drive(tmp_path / "state", timeout=120, **server.options())
        assert r.last["ok"], (r.last, r.trouble)
    dead = rows(tmp_path / "state", "dead")
    assert [meta(x)["uid"] for x in dead] == ["33", "34", "99"]
    assert all(x["kind"] == kind and x["reason"].startswith(reason) for x in dead), dead
    assert dead[0]["head"].startswith("From: a33@test\r\nSubject: mail 33") and "body" not in dead[0]["head"]
    assert len(rows(tmp_path / "state", "raw")) == 117
    assert cursor(tmp_path / "state") == "v1 uidvalidity=1000 next=121"


def test_one_answer_that_cannot_be_read_costs_no_mail(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        honest, server.poison = server.fetch_one, {1: "parse"}

        def fetch_one(peer, uid, what):
            is_body = b"BODY.PEEK[]" in what
            done = honest(peer, uid, what)
            if is_body:
                server.poison = {}
            return done
        server.fetch_one = fetch_one
        r = drive(tmp_path / "state", **server.options())
    assert r.last["ok"] and not rows(tmp_path / "state", "dead")
    assert [x["sha256"] for x in rows(tmp_path / "state", "raw")] == [digest(mail(1))]


def test_a_mail_that_is_empty_is_taken_as_it_is(tmp_path):
    with SmallImap({1: b"", 2: mail(2)}) as server:
        r = drive(tmp_path / "state", **server.options())
    assert r.last["ok"] and [x["sha256"] for x in rows(tmp_path / "state", "raw")] == [digest(b""), digest(mail(2))]


def test_all_that_did_not_come_comes_as_soon_as_it_can(tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 11)}) as server:
        server.poison = {n: "nil" for n in range(1, 11)}
        assert drive(tmp_path / "state", **server.options()).last["emitted"] == 0
        server.poison = {7: "nil"}
        assert drive(tmp_path / "state", **server.options()).last["emitted"] == 9
        assert re.fullmatch(r"v1 uidvalidity=1000 next=11 gaps=7!@\d+", cursor(tmp_path / "state"))


def test_a_mail_whose_size_cannot_be_read_is_taken_all_the_same(tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 20)}) as server:
        server.poison = {7: "mute"}
        r = drive(tmp_path / "state", **server.options())
    assert r.last["ok"] and len(rows(tmp_path / "state", "raw")) == 19
    assert rows(tmp_path / "state", "raw")[6]["sha256"] == digest(mail(7))


def test_a_wrong_size_does_not_cost_the_mail(tmp_path):
    big = mail(2, b"y" * 5000000)
    with SmallImap({1: mail(1), 2: big, 3: mail(3)}) as server:
        server.poison = {2: "lie"}
        r = drive(tmp_path / "state", **server.options())
    assert r.last["ok"] and [x["sha256"] for x in rows(tmp_path / "state", "raw")] == \
        [digest(mail(1)), digest(big), digest(mail(3))]


@pytest.mark.parametrize("how", ["close", "nil", "empty", "no", "hang"])
def test_a_mail_that_does_not_come_is_asked_for_again_and_buried_after_a_day(how, tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in range(1, 11)}) as server:
        server.poison = {4: how}
        r = drive(state, timeout=120, **server.options(command_timeout="1s"))
        assert r.last["ok"] and len(rows(state, "raw")) == 9 and not rows(state, "dead"), (r.last, r.trouble)
        assert re.fullmatch(r"v1 uidvalidity=1000 next=11 gaps=4!@\d+", cursor(state))
        assert "INBOX: the server lists UID 4 and does not deliver it; it is asked for again" in r.trouble
        # It comes after all.
        server.poison = {}
        assert drive(state, **server.options()).last["emitted"] == 1
        assert cursor(state) == "v1 uidvalidity=1000 next=11"
        # It never comes.
        server.mails[11], server.poison = mail(11), {11: how}
        drive(state, timeout=120, **server.options(command_timeout="1s"))
        r = drive(state, "--shift", 25 * 3600, timeout=120, **server.options(command_timeout="1s"))
        (dead,) = rows(state, "dead")
        assert meta(dead)["uid"] == "11" and "did not deliver it for 24 hours" in dead["reason"]
        assert dead["head"].startswith("From: a11@test") and cursor(state) == "v1 uidvalidity=1000 next=12"


def test_a_stuck_mail_that_was_deleted_is_no_dead_letter(tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 6)}) as server:
        server.poison = {3: "nil"}
        drive(tmp_path / "state", **server.options())
        del server.mails[3]
        drive(tmp_path / "state", "--shift", 25 * 3600, **server.options())
        assert not rows(tmp_path / "state", "dead")
        assert re.search(r" gaps=3@\d+$", cursor(tmp_path / "state"))
        drive(tmp_path / "state", "--shift", 9 * 86400, **server.options())
    assert cursor(tmp_path / "state") == "v1 uidvalidity=1000 next=6"


def test_mail_that_becomes_visible_late_is_caught(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in range(1, 31)}) as server:
        server.hidden = {5, 6, 17}
        assert drive(state, **server.options()).last["emitted"] == 27
        assert re.search(r"next=31 gaps=5-6@\d+,17@\d+$", cursor(state))
        assert drive(state, **server.options()).last["emitted"] == 0
        server.hidden = {6}
        assert drive(state, **server.options()).last["emitted"] == 2
        server.hidden = set()
        assert drive(state, **server.options()).last["emitted"] == 1
    assert cursor(state) == "v1 uidvalidity=1000 next=31"
    assert len({x["id"] for x in rows(state, "raw")}) == 30


@pytest.mark.parametrize("uidvalidity", [None, 0])
def test_without_uidvalidity_everything_is_read_after_each_reconnect_and_named_by_its_bytes(uidvalidity, tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in range(1, 6)}) as server:
        server.uidvalidity = uidvalidity
        r = drive(state, "--runs", 3, **server.options(idle="no"))
        assert r.last["emitted"] == 5
        assert [x["id"] for x in rows(state, "raw")] == ["INBOX/0/%d@test %s" % (n, digest(mail(n))) for n in range(1, 6)]
        assert any("gives no UIDVALIDITY" in t for t in r.trouble)
        # The same mails under other numbers are the same.
        server.mails = {n + 10: mail(n) for n in range(1, 6)}
        drive(state, **server.options())
        assert len({x["id"] for x in rows(state, "raw")}) == 5
        # Other mails under the same numbers: none is lost.
        server.mails = {n: mail(n + 100) for n in range(1, 6)}
        assert drive(state, **server.options()).last["emitted"] == 5
        assert len({x["id"] for x in rows(state, "raw")}) == 10


def test_without_uidnext_mail_is_found_by_search(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in (2, 3, 900, 70000)}) as server:
        server.uidnext = 0
        assert drive(state, **server.options()).last["emitted"] == 4
        assert drive(state, **server.options()).last["emitted"] == 0
        server.mails[70001] = mail(70001)
        assert drive(state, **server.options()).last["emitted"] == 1
    assert cursor(state).startswith("v1 uidvalidity=1000 next=70002 ")


def test_uids_far_apart_cost_few_commands(tmp_path):
    with SmallImap({n: mail(1) for n in (5, 1700000000, 4294967290)}) as server:
        r = drive(tmp_path / "state", **server.options())
        assert r.last["emitted"] == 3 and len(server.commands) < 60
    assert cursor(tmp_path / "state").startswith("v1 uidvalidity=1000 next=4294967291 ")


def test_uidnext_that_falls_back_makes_other_ids(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in range(1, 11)}) as server:
        drive(state, **server.options())
        server.mails = {n: mail(n if n < 6 else n + 100) for n in range(1, 8)}  # restored from a backup
        assert drive(state, **server.options()).last["emitted"] == 7    # which are old, their content says
        server.mails[8] = mail(108)
        assert drive(state, **server.options()).last["emitted"] == 1
    assert [x["id"] for x in rows(state, "raw")][-2:] == ["INBOX/1000.1/7", "INBOX/1000.1/8"]


def test_what_happened_to_uids_while_we_were_away_is_not_guessed(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in range(1, 11)}) as server:
        drive(state, **server.options())
        # Restored to 7 mails, and three new ones since: UIDNEXT 11 again would tell nothing, 10 does.
        server.mails = {n: mail(n if n < 8 else n + 100) for n in range(1, 10)}
        drive(state, **server.options())
    assert {digest(mail(108)), digest(mail(109))} <= {x["sha256"] for x in rows(state, "raw")}


@pytest.mark.parametrize("command_name,more", [(b"LIST", b'* LIST () "/" INBOX\r\n'), (b"UID SEARCH", b"* SEARCH 1 2\r\n"),
                                               (b"UID FETCH", b"* 1 FETCH (UID 1 RFC822.SIZE 3)\r\n")])
def test_a_plain_no_is_survived_without_a_new_connection(command_name, more, tmp_path):
    with SmallImap({n: mail(n) for n in (1, 2, 3000)}) as server:
        answer = server.answer
        server.answer = lambda peer, tag, name, rest: (
            peer.sendall(more + tag + b" NO not now\r\n") or True) if name == command_name else answer(peer, tag, name, rest)
        r = drive(tmp_path / "state", **server.options())
        assert server.connections == 1
        if command_name == b"LIST":
            assert r.last["emitted"] == 3       # the names are taken at their word
        elif command_name == b"UID SEARCH":
            assert r.last["kind"] == "again" and r.last["text"].endswith("UID SEARCH refused: NO not now")
        else:                                   # part of an answer is one (RFC 2180): the rest stays a gap
            assert r.last["ok"] and not rows(tmp_path / "state", "raw") + rows(tmp_path / "state", "dead")
        server.answer = answer
        drive(tmp_path / "state", **server.options())
        assert len(rows(tmp_path / "state", "raw")) == 3


def test_a_position_that_cannot_be_read_starts_anew(tmp_path):
    state = tmp_path / "state"
    state.write_text('{"type":"mark","key":"INBOX","cursor":"v9 what=ever"}\n')
    with SmallImap({1: mail(1)}) as server:
        assert drive(state, **server.options()).last["emitted"] == 1


def test_two_failures_of_idle_end_it(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.idle = b"* FLAGS (\\Seen)\r\n+ idling\r\n"
        r = drive(tmp_path / "state", "--runs", 4, **server.options(command_timeout="1s"))
        assert [run["ok"] for run in r.runs] == [True] * 4 and not r.last["watching"]
        assert server.commands.count("IDLE") == 2
        assert "IDLE: the server announces IDLE and does not do it; asking by the clock" in r.trouble


def test_what_arrives_with_the_plus_is_not_slept_through(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.idle = b"+ idling\r\n* 2 EXISTS\r\n"
        r = drive(tmp_path / "state", **server.options())
        assert r.last["ok"] and not r.last["watching"] and server.commands.count("IDLE") == 5


def test_starttls_that_is_not_offered_injected_or_skipped_is_refused(tmp_path):
    with SmallImap({}) as server:
        r = drive(tmp_path / "a", **server.options(tls="starttls"))
        assert r.last["kind"] == "configuration"
        assert r.last["text"] == "127.0.0.1 offers no STARTTLS (tls: implicit is the rule, port 993)"
        server.capability = b"IMAP4rev1 STARTTLS"
        server.starttls = b"%s OK go\r\n* CAPABILITY IMAP4rev1\r\n3 OK in\r\n"
        r = drive(tmp_path / "b", **server.options(tls="starttls"))
        assert r.last["text"] == "127.0.0.1 sent data ahead of TLS: somebody in between?"
        server.greeting = b"* PREAUTH welcome\r\n"
        assert "PREAUTH" in drive(tmp_path / "c", **server.options(tls="starttls")).last["text"]
        server.greeting, server.starttls = b"* OK x\r\n", b"%s NO not today\r\n"
        assert "not today" in drive(tmp_path / "d", **server.options(tls="starttls")).last["text"]
        assert not any(c.startswith("LOGIN") for c in server.commands)


@pytest.mark.parametrize("answer,kind", [
    (b"%s NO [AUTHENTICATIONFAILED] no\r\n", "auth"), (b"%s NO Invalid credentials (Failure)\r\n", "auth"),
    (b"%s NO [UNAVAILABLE] later\r\n", "throttled"), (b"%s NO [LIMIT] x\r\n", "throttled"),
    (b"%s NO [ALERT] Too many simultaneous connections. (Failure)\r\n", "throttled"),
    (b"%s BAD Request is throttled. Suggested Backoff Time: 5000 milliseconds\r\n", "throttled"),
    (b"* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n", "throttled"),
])
def test_a_busy_server_is_told_from_a_wrong_password(answer, kind, tmp_path):
    with SmallImap({}) as server:
        server.login = answer
        r = drive(tmp_path / "state", **server.options())
        assert r.last["kind"] == kind and server.connections == 1
        assert answer.decode().strip().split(" ", 1)[1][:30] in r.last["text"]


def test_logindisabled_is_obeyed(tmp_path):
    with SmallImap({}) as server:
        server.capability = b"IMAP4rev1 LOGINDISABLED"
        r = drive(tmp_path / "state", **server.options())
        assert r.last["kind"] == "configuration" and not any(c.startswith("LOGIN") for c in server.commands)


def test_capability_without_an_answer_is_survived(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        answer = server.answer
        server.answer = lambda peer, tag, name, rest: (
            peer.sendall(tag + b" OK done\r\n") or True) if name == b"CAPABILITY" else answer(peer, tag, name, rest)
        assert drive(tmp_path / "state", **server.options()).last["emitted"] == 1


def test_bye_in_examine_ends_the_run_without_another_connection(tmp_path):
    def bye(server, peer, tag, rest):
        peer.sendall(b"* BYE [UNAVAILABLE] restarting\r\n")
        return False
    with SmallImap({1: mail(1)}) as server:
        server.examine = bye
        r = drive(tmp_path / "state", **server.options())
        assert r.last["kind"] == "throttled" and server.connections == 1
        assert r.last["text"] == 'folder "INBOX": EXAMINE: the server said: BYE [UNAVAILABLE] restarting'


def test_a_folder_that_fails_leaves_the_others_alone(tmp_path):
    def examine(server, peer, tag, rest):
        if b"Bad" in rest:
            return False
        peer.sendall(server.status() + tag + b" OK done\r\n")
        return True
    with SmallImap({1: mail(1)}) as server:
        server.folders, server.examine = [b'() "/" INBOX', b'() "/" Bad', b'() "/" Zed'], examine
        r = drive(tmp_path / "state", **server.options(folders=["INBOX", "Bad", "Zed"]))
        assert r.last["ok"] and {x["key"] for x in rows(tmp_path / "state", "raw")} == {"INBOX", "Zed"}
        assert "Bad: EXAMINE: 127.0.0.1 closed the connection" in r.trouble


def test_a_server_that_spoils_every_answer_is_not_hammered_nor_believed(tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 40)}) as server:
        one = server.fetch_one
        server.fetch_one = lambda peer, uid, what: (peer.sendall(b"* XODD\r\n") or one(peer, uid, what))
        r = drive(tmp_path / "state", **server.options())
        assert r.last["kind"] == "again" and server.connections <= 24
    assert not rows(tmp_path / "state", "dead")


def test_canceling_ends_the_run_soon(tmp_path):
    with SmallImap({n: mail(n) for n in range(1, 40)}) as server:
        server.poison = {1: "hang"}
        r = drive(tmp_path / "state", "--cancel-after", 500, **server.options(command_timeout="60s"))
        assert r.last["kind"] == "canceled" and r.took < 10


def test_tls_none_is_for_this_machine_only(tmp_path):
    r = drive(tmp_path / "state", host="mail.example", tls="none", user="u", password="p")
    assert r.code == 78 and "for localhost, 127.0.0.1 and ::1 only, not" in r.last["text"].replace('"', "")


@pytest.mark.parametrize("more,text", [
    ({"tls_pin": "sha256:00"}, "tls_pin: "),
    ({"tls_ca": "/x", "tls_pin": "sha256:" + "0" * 64}, "tls_ca and tls_pin exclude each other"),
    ({"folders": ["\\Snet"]}, "is not a special use"),
])
def test_options_that_contradict_are_refused(more, text, tmp_path):
    proc = subprocess.run(command(tmp_path / "s", host="h", user="u", password="p", **more), capture_output=True, text=True,
                          env=environment())
    assert proc.returncode == 78 and text in proc.stdout


def test_a_hundred_thousand_mails_are_listed_in_little_memory(tmp_path):
    with SmallImap({n: mail(1) for n in range(1, 100001)}) as server:
        # All but the last few are before `since`: sizes and dates of all of them cross the wire.
        server.listed = lambda mails=sorted(server.mails): mails
        start = time.monotonic()
        within = {}

        def fast_fetch(peer, tag, rest):
            ends = [int(x) for x in re.findall(rb"\d+", rest.split(b" ")[2])]
            within[len(within)] = ends
            lines = [b'* %d FETCH (UID %d INTERNALDATE "01-Jan-2001 10:00:00 +0000" RFC822.SIZE 9)\r\n' % (u, u)
                     for u in range(ends[0], ends[-1] + 1)]
            peer.sendall(b"".join(lines) + tag + b" OK done\r\n")
            return True
        server.fetch = fast_fetch
        server.since = lambda uid: True     # it lies: all are to be looked at
        r = drive(tmp_path / "state", "--all", 1, timeout=120, since="1000000000000000",
                  **server.options(command_timeout="30s"))
        assert r.last["ok"] and r.last["emitted"] == 0 and len(within) == 200
        assert time.monotonic() - start < 100
        assert_small(r)
    assert cursor(tmp_path / "state") == "v1 uidvalidity=1000 next=100001 since=1000000000"


# ---- logging in by token, as Gmail and Exchange have it ----

GMAIL = b"IMAP4rev1 UNSELECT IDLE NAMESPACE SASL-IR AUTH=XOAUTH2 AUTH=PLAIN AUTH=OAUTHBEARER"
EXCHANGE = b"IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS IDLE NAMESPACE LITERAL+"
NOT_TAKEN = b"+ " + base64.b64encode(b'{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}') + b"\r\n"
GMAIL_NO = b"%s NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)\r\n"
TOKENS = ("--token", "one", "--token", "two")


def by_token(server, **more):
    options = server.options(auth="oauth", oauth="client", **more)
    del options["password"]
    return options


def xoauth2(token):
    return base64.b64encode(b"user=u\1auth=Bearer %s\1\1" % token).decode()


def test_a_token_is_the_first_word_where_the_server_takes_one(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.capability, server.authenticate = GMAIL, [[b"* CAPABILITY IMAP4rev1\r\n%s OK u authenticated (Success)\r\n"]]
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert r.last["ok"] and r.last["emitted"] == 1, r.last
        assert server.commands[1] == "AUTHENTICATE XOAUTH2 " + xoauth2(b"one")


def test_a_token_waits_for_its_turn_where_the_server_wants_that(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.capability, server.authenticate = b"IMAP4rev1 AUTH=XOAUTH2", [[b"+ \r\n", b"%s OK in\r\n"]]
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert r.last["ok"] and r.last["emitted"] == 1, r.last
        assert server.commands[1:3] == ["AUTHENTICATE XOAUTH2", "> " + xoauth2(b"one")]


def test_a_token_that_is_not_taken_is_followed_by_an_empty_line_and_another_one(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.capability = GMAIL
        server.authenticate = [[NOT_TAKEN, GMAIL_NO], [b"%s OK in\r\n"]]
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert r.last["ok"] and r.last["emitted"] == 1, r.last
        assert server.commands[1:4] == ["AUTHENTICATE XOAUTH2 " + xoauth2(b"one"), "> ",
                                        "AUTHENTICATE XOAUTH2 " + xoauth2(b"two")]


def test_two_refused_tokens_are_a_refused_login(tmp_path):
    with SmallImap() as server:
        server.capability, server.authenticate = GMAIL, [[NOT_TAKEN, GMAIL_NO]] * 2
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert (r.last["kind"], r.last["text"]) == (
            "auth", "login refused: NO [AUTHENTICATIONFAILED] Invalid credentials (Failure) (status 400)")
        assert server.connections == 1


@pytest.mark.parametrize("first,kind,text", [
    ([b"%s NO AUTHENTICATE failed.\r\n"], "auth", "login refused: NO AUTHENTICATE failed."),
    ([b"%s NO [UNAVAILABLE] Temporary authentication failure\r\n"], "throttled",
     "login refused: NO [UNAVAILABLE] Temporary authentication failure"),
    ([b"%s BAD Request is throttled. Suggested Backoff Time: 299812 milliseconds\r\n"], "throttled",
     "AUTHENTICATE: the server said: BAD Request is throttled. Suggested Backoff Time: 299812 milliseconds"),
    ([b"* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.\r\nnonsense\r\n"], "throttled",
     "AUTHENTICATE: the server said: BYE [OVERQUOTA] Account exceeded command or bandwidth limits."),
    ([b"zz OK what\r\n"], "again", "AUTHENTICATE: the server's answer cannot be read (5)"),
    ([b"* OK noise\r\n" * 300], "again", "AUTHENTICATE: the server's answer cannot be read (5)"),
    ([b"+ !!! not base64\r\n", b"%s NO\r\n"], "auth", "login refused: "),
])
def test_what_else_servers_say_to_a_token(first, kind, text, tmp_path):
    with SmallImap() as server:
        server.capability, server.authenticate = EXCHANGE, [first, first]
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert (r.last["kind"], r.last["text"]) == (kind, text), r.last


def test_oauthbearer_is_spoken_where_there_is_nothing_else(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.capability = b"IMAP4rev1 SASL-IR AUTH=OAUTHBEARER"
        server.authenticate = [[NOT_TAKEN, b"%s NO no\r\n"], [b"%s OK in\r\n"]]
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert r.last["ok"], r.last
        first = base64.b64decode(server.commands[1].split(" ")[2])
        assert first == b"n,a=u,\1host=127.0.0.1\1port=%d\1auth=Bearer one\1\1" % server.port
        assert server.commands[2] == "> AQ=="


def test_a_server_that_takes_no_token_is_told_of(tmp_path):
    with SmallImap() as server:
        r = drive(tmp_path / "state", *TOKENS, **by_token(server))
        assert (r.last["kind"], r.last["text"]) == (
            "configuration", "127.0.0.1 takes no token here (neither AUTH=XOAUTH2 nor AUTH=OAUTHBEARER)")
        assert not any("one" in c for c in server.commands)


def test_a_password_goes_by_plain_where_login_is_disabled(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.capability, server.authenticate = b"IMAP4rev1 LOGINDISABLED AUTH=PLAIN", [[b"+ \r\n", b"%s OK in\r\n"]]
        r = drive(tmp_path / "state", **server.options(user="j\u00e9", password="p\u00e4 ss"))
        assert r.last["ok"], r.last
        assert base64.b64decode(server.commands[2][2:]) == "\0j\u00e9\0p\u00e4 ss".encode()
