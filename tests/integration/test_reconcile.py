"""Mailboxes against their servers: what the journal lacks is found and fetched, what is gone is told and kept."""
import imaplib
import os
import sqlite3
import time

import pytest

import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from imap_tools import SmallImap

NEEDS_DOVECOT = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


@pytest.fixture
def small():
    with SmallImap() as server:
        yield server


def mail(name, to="sales@acme.example", date="02 Nov 2026"):
    return ("From: maria@example.com\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, %s 10:00:00 -0300\r\n"
            "Message-ID: <%s@example.com>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"
            % (to, name, date, name, name)).encode()


def mails(*uids):
    return {uid: mail("m%d" % uid) for uid in uids}


def mailbox(server, *options):
    if isinstance(server, Dovecot):
        where = "port: %d\n    tls_ca: %s\n    user: u1@test" % (server.tls_port, server.ca)
    else:
        where = "port: %d\n    tls: none\n    user: u\n    folders: [INBOX]" % server.port
    return ("\n  sales:\n    type: imap\n    host: localhost\n    %s\n    password: !file secrets/imap\n    every: 10s\n"
            % where + "".join("    %s\n" % o for o in options))


def make(make_daemon, server, *options, extra=""):
    daemon = make_daemon("daybook", connectors=mailbox(server, *options) + extra)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def stored(daemon):
    return sorted(it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("interactions"))


def wait_for(daemon, n, seconds=60):
    wait_until(lambda: len(stored(daemon)) >= n, seconds, "the arrival of %d mails" % n)
    wait_until(lambda: state_of(daemon)["state"] in ("live", "waiting"), seconds, "the end of the run")


def state_of(daemon, name="sales"):
    [status] = daemon.cli("status")
    return next(c for c in status["connectors"] if c["name"] == name)


def reconcile(daemon, status=0):
    """{folder: what was found}; checks the sum that every row promises."""
    rows = {row["folder"]: row for row in daemon.cli("reconcile", "sales", status=status)}
    for row in rows.values():
        assert row["error"] or row["listed"] == row["known"] + row["filtered"] + row["missing"], row
    return rows


def counts(row):
    return {k: row[k] for k in ("listed", "known", "filtered", "missing", "healed", "vanished") if row[k]}


def database(daemon):
    return sqlite3.connect(os.path.join(daemon.store, "daybook.db"))


def set_cursor(daemon, change, key="INBOX"):
    """While it is down: the position as a bug, or a server that lied, would have left it."""
    with database(daemon) as db:
        [[text]] = db.execute("SELECT value FROM cursor WHERE key = ?", (key,))
        db.execute("UPDATE cursor SET value = ? WHERE key = ?", (change(text), key))
    db.close()


def metric(daemon, name):
    """The value of the first line that begins so."""
    for line in daemon.get("/metrics").body.decode().splitlines():
        if line.startswith(name):
            return float(line.rsplit(" ", 1)[1])
    return None


# ---- all is there ----

@NEEDS_DOVECOT
def test_a_mailbox_that_is_all_there_says_so(make_daemon, dovecot):
    for name in ("a", "b", "c"):
        dovecot.deliver("u1", mail(name))
    dovecot.deliver("u1", mail("d"), ".Sent")
    daemon = make(make_daemon, dovecot).start()
    wait_for(daemon, 4)
    assert state_of(daemon)["reconcile"] is None
    done = daemon.run("reconcile")
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.decode().splitlines() == ["sales\tINBOX\t3\t3\t0\t0\t0\t0\t", "sales\tSent\t1\t1\t0\t0\t0\t0\t",
                                                 "0 missing of 4"]
    now = state_of(daemon)["reconcile"]
    assert (now["listed"], now["missing"], len(now["folders"])) == (4, 0, 2)
    assert metric(daemon, 'daybook_reconcile_missing{connector="sales",folder="INBOX"}') == 0
    assert metric(daemon, 'daybook_reconcile_messages{connector="sales",folder="Sent"}') == 1
    when = metric(daemon, 'daybook_reconcile_last_success_timestamp_seconds{connector="sales",folder="INBOX"}')
    assert abs(time.time() - when) < 60
    assert "0 of 4" in daemon.run("status").stdout.decode()
    # A restart keeps what was found, and the daemon need not run to show it.
    daemon.stop()
    assert state_of(daemon)["reconcile"] == now


@NEEDS_DOVECOT
def test_it_waits_for_mail_that_was_never_read_yet(make_daemon, dovecot):
    daemon = make(make_daemon, dovecot, "idle: no").start()
    wait_until(lambda: state_of(daemon)["state"] == "waiting", 30, "the first run")
    dovecot.deliver("u1", mail("new"))
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 1, "known": 1}
    assert stored(daemon) == ["new"]


# ---- something is missing ----

@NEEDS_DOVECOT
def test_mail_that_the_position_went_past_is_found_and_fetched(make_daemon, dovecot):
    for name in ("a", "b"):
        dovecot.deliver("u1", mail(name))
    daemon = make(make_daemon, dovecot).start()
    wait_for(daemon, 2)
    daemon.stop()
    for name in ("lost1", "lost2", "lost3"):
        dovecot.deliver("u1", mail(name))
    dovecot.deliver("u1", mail("last"))
    set_cursor(daemon, lambda text: text.replace("next=3", "next=6"))
    daemon.start()
    wait_for(daemon, 3)
    assert stored(daemon) == ["a", "b", "last"]
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 6, "known": 6, "healed": 3}
    assert stored(daemon) == ["a", "b", "last", "lost1", "lost2", "lost3"]
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 6, "known": 6}
    assert metric(daemon, 'daybook_reconcile_healed_total{connector="sales",folder="INBOX"}') == 3
    assert daemon.ledger("sales")["duplicate"] == 0


def test_a_lower_uid_that_turns_up_when_nobody_waits_for_it_any_more_is_found(make_daemon, small):
    small.mails, small.hidden = mails(1, 2, 3, 4, 5), {2, 4}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 3)
    daemon.stop()
    set_cursor(daemon, lambda text: text.split(" gaps=")[0])
    daemon.start()
    small.hidden = set()
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 5, "known": 5, "healed": 2}
    assert stored(daemon) == ["m1", "m2", "m3", "m4", "m5"]


def test_a_server_without_uidnext_is_compared_as_any_other(make_daemon, small):
    small.mails, small.hidden, small.uidnext = mails(1, 2, 3), {2}, 0
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 2)
    daemon.stop()
    set_cursor(daemon, lambda text: text.split(" gaps=")[0])
    daemon.start()
    small.hidden = set()
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 3, "known": 3, "healed": 1}


def test_more_late_mails_than_there_are_gaps_all_come(make_daemon, small):
    small.mails = mails(*range(1, 301))
    small.hidden = {uid for uid in small.mails if uid % 2}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 150)
    small.hidden = set()
    row = reconcile(daemon)["INBOX"]
    assert row["listed"] == row["known"] == 300 and row["missing"] == 0
    assert 86 <= row["healed"] <= 150      # the sync before it waits for no more than 64
    assert len(stored(daemon)) == 300


def test_a_server_without_uidvalidity_is_compared_by_message_id(make_daemon, small):
    small.mails, small.uidvalidity = mails(*range(1, 201)), None
    small.hidden = {uid for uid in small.mails if uid % 2}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 100)
    n_connections = small.connections
    small.hidden = set()
    row = reconcile(daemon)["INBOX"]
    assert small.connections == n_connections
    assert row["listed"] == row["known"] == 200 and 36 <= row["healed"] <= 100
    assert row["note"] == "no UIDVALIDITY: compared by Message-ID"
    assert len(stored(daemon)) == 200
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 200, "known": 200}
    assert daemon.ledger("sales")["duplicate"] == 0


def test_a_mail_that_will_not_come_is_missing_until_it_comes(make_daemon, small):
    small.mails, small.poison = mails(1, 2, 3), {2: "nil"}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 2)
    done = daemon.run("reconcile", "sales")
    assert done.returncode == 1
    assert done.stdout.decode().splitlines()[-1] == "1 missing of 3"
    assert done.stderr.decode() == (
        "daybook: 1 mail of the server could not be fetched\n"
        "hint: the server lists them and does not deliver them; they are asked for again by themselves, and daybook "
        "status says why\n")
    now = state_of(daemon)
    assert now["reconcile"]["missing"] == 1
    assert now["note"] == "INBOX: the server lists UID 2 and does not deliver it; it is asked for again"
    assert metric(daemon, 'daybook_reconcile_missing{connector="sales",folder="INBOX"}') == 1
    small.poison = {}
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 3, "known": 3}
    assert state_of(daemon)["reconcile"]["missing"] == 0
    assert stored(daemon) == ["m1", "m2", "m3"]


def test_a_missing_mail_that_will_not_come_waits_like_any_other(make_daemon, small):
    small.mails, small.hidden, small.poison = mails(1, 2, 3), {2}, {2: "nil"}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 2)
    daemon.stop()
    set_cursor(daemon, lambda text: text.split(" gaps=")[0])
    daemon.start()
    small.hidden = set()
    assert counts(reconcile(daemon, status=1)["INBOX"]) == {"listed": 3, "known": 2, "missing": 1}
    with database(daemon) as db:
        [[text]] = db.execute("SELECT value FROM cursor WHERE key = 'INBOX'")
    db.close()
    assert " gaps=2!@" in text


def test_what_there_was_no_room_to_fetch_is_missing(make_daemon, small):
    """Without UIDVALIDITY, where the journal cannot be asked for a UID."""
    small.mails, small.uidvalidity, small.hidden = mails(*range(1, 151)), None, {140, 145}
    small.poison = {uid: "nil" for uid in range(1, 128, 2)}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 84)
    small.hidden = set()
    row = reconcile(daemon, status=1)["INBOX"]
    assert (row["known"], row["missing"], row["healed"]) == (84, 66, 0)
    small.poison = {}
    row = reconcile(daemon)["INBOX"]
    assert row["known"] == 150 and len(stored(daemon)) == 150


def test_a_search_that_leaves_out_mails_is_not_believed(make_daemon, small):
    small.mails, small.hidden = mails(*range(1, 21)), {7, 8, 15}
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 17)
    daemon.stop()
    set_cursor(daemon, lambda text: text.split(" gaps=")[0])
    daemon.start()
    small.hidden, answer = set(), small.answer

    def omit(peer, tag, name, rest):
        if name != b"UID SEARCH":
            return answer(peer, tag, name, rest)
        found = [u for u in small.choose(rest.split(b" ")[-1]) if u not in (7, 8, 15)]
        peer.sendall(b"* SEARCH" + b"".join(b" %d" % u for u in found) + b"\r\n" + tag + b" OK done\r\n")
        return True
    small.answer = omit
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": 20, "known": 20, "healed": 3}
    assert row["note"] == "SEARCH lists fewer mails than there are: compared by FETCH"
    assert len(stored(daemon)) == 20


# ---- known, although it is no interaction ----

def test_what_is_too_large_is_known(make_daemon, small):
    small.mails = mails(1, 2)
    small.mails[2] += b"x" * 5000
    daemon = make(make_daemon, small, "max_message: 2KiB").start()
    wait_until(lambda: daemon.ledger("sales")["dead"] == 1, 30, "the dead letter")
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 2, "known": 2}


def test_without_uidvalidity_a_dead_letter_is_known_and_no_comparison_or_connection_doubles_it(make_daemon, small):
    small.mails, small.uidvalidity = mails(1, 2), None
    small.mails[2] += b"x" * 5000
    small.mails[3] = b"no header, and nothing to know it by"
    small.mails[4] = b"\r\n"
    daemon = make(make_daemon, small, "max_message: 2KiB").start()
    wait_until(lambda: daemon.ledger("sales")["received"] == 4, 30, "all of them")
    before = daemon.ledger("sales")
    assert before["dead"] >= 1
    for _ in range(2):
        row = reconcile(daemon)["INBOX"]
        assert counts(row) == {"listed": 4, "known": 4}
        assert daemon.ledger("sales") == before
    n_connections = small.connections
    daemon.stop()
    daemon.start()
    wait_until(lambda: small.connections > n_connections and state_of(daemon)["state"] == "live", 30, "the next connection")
    after = daemon.ledger("sales")
    assert (after["stored"], after["dead"]) == (before["stored"], before["dead"])


def test_what_since_leaves_out_is_not_missing(make_daemon, small):
    small.mails = mails(*range(1, 21))      # of 2024-01-02 … 2024-01-21
    daemon = make(make_daemon, small, "since: 2024-01-10").start()
    wait_for(daemon, 12)
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 20, "known": 12, "filtered": 8}
    assert len(stored(daemon)) == 12


@NEEDS_DOVECOT
def test_many_that_since_leaves_out_are_told_by_a_search(make_daemon, dovecot):
    for i in range(520):
        path = dovecot.deliver("u1", mail("old%d" % i), name="%d.M%dP1.test" % (1600000000 + i, i))
        os.utime(path, (1600000000, 1600000000))
    dovecot.deliver("u1", mail("new"))
    daemon = make(make_daemon, dovecot, "since: 2024-01-10").start()
    wait_for(daemon, 1)
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 521, "known": 1, "filtered": 520}
    assert stored(daemon) == ["new"]
    wire = b"".join(open(os.path.join(dovecot.dir, "rawlog", f), "rb").read()
                    for f in os.listdir(os.path.join(dovecot.dir, "rawlog")))
    assert b"BEFORE" in wire.upper() or not wire


def test_a_comparison_that_fetches_much_is_not_late(make_daemon, small):
    small.mails, small.hidden = mails(*range(1, 61)), set(range(1, 51))
    daemon = make(make_daemon, small, "timeout: 3s", "batch: 5").start()
    wait_for(daemon, 10)
    daemon.stop()
    set_cursor(daemon, lambda text: text.split(" gaps=")[0])
    honest = small.fetch_one

    def slowly(peer, uid, what):
        time.sleep(0.1 if b"BODY.PEEK[]" in what else 0)
        return honest(peer, uid, what)
    n_connections = small.connections + 1
    daemon.start()      # until then the store tells the state of before
    wait_until(lambda: small.connections == n_connections and state_of(daemon)["state"] == "live", 30, "IDLE")
    small.hidden, small.fetch_one = set(), slowly
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 60, "known": 60, "healed": 50}
    assert small.connections == n_connections


# ---- what is gone ----

@NEEDS_DOVECOT
def test_mail_deleted_on_the_server_is_counted_and_kept(make_daemon, dovecot):
    for name in ("a", "b", "c"):
        dovecot.deliver("u1", mail(name))
    daemon = make(make_daemon, dovecot).start()
    wait_for(daemon, 3)
    session = imaplib.IMAP4("127.0.0.1", dovecot.port)
    session.login("u1@test", PASSWORD)
    session.select("INBOX")
    session.store("1:2", "+FLAGS", "\\Deleted")
    session.expunge()
    session.logout()
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 1, "known": 1, "vanished": 2}
    assert stored(daemon) == ["a", "b", "c"]
    assert metric(daemon, 'daybook_reconcile_vanished{connector="sales",folder="INBOX"}') == 2


def test_an_emptied_mailbox_loses_nothing(make_daemon, small):
    small.mails = mails(1, 2, 3)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 3)
    small.uidnext, small.mails = 4, {}
    assert counts(reconcile(daemon)["INBOX"]) == {"vanished": 3}
    assert len(stored(daemon)) == 3


def test_another_uidvalidity_is_read_again_and_compared_with_itself(make_daemon, small):
    small.mails = mails(1, 2, 3)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 3)
    small.uidvalidity, small.mails = 2000, {uid + 10: data for uid, data in mails(1, 2, 3, 4).items()}
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 4, "known": 4}
    assert stored(daemon) == ["m1", "m2", "m3", "m4"]
    assert daemon.ledger("sales")["duplicate"] == 3


def test_uids_that_mean_other_mails_now_are_found_although_nothing_says_so(make_daemon, small):
    small.mails = mails(1, 2, 3, 4)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 4)
    daemon.stop()
    # Back from a backup of after the second mail, and on from there, past our position, with the same UIDVALIDITY.
    small.mails = {1: mail("m1"), 2: mail("m2"), 3: mail("n3"), 4: mail("n4"), 5: mail("n5")}
    daemon.start()
    wait_for(daemon, 5)
    assert stored(daemon) == ["m1", "m2", "m3", "m4", "n5"]
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": 5, "known": 5}
    assert row["note"] == "UIDs were in use again for other mails: all was read anew"
    assert stored(daemon) == ["m1", "m2", "m3", "m4", "n3", "n4", "n5"]
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": 5, "known": 5} and row["note"] is None


def test_uids_in_use_again_are_found_below_many_that_are_gone(make_daemon, small):
    small.mails = mails(*range(1, 301))
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 300)
    # Back from an old backup, with UIDNEXT raised so that it is not lower.
    small.mails = {**mails(*range(1, 51)), **{uid: mail("n%d" % uid) for uid in range(51, 56)}}
    small.uidnext = 400
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": 55, "known": 55}
    assert row["note"] == "UIDs were in use again for other mails: all was read anew"
    assert len(stored(daemon)) == 305


def test_a_header_that_the_server_keeps_beside_the_mail_proves_nothing(make_daemon, small, monkeypatch):
    small.mails = mails(1, 2)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 2)
    honest = small.fetch_one

    def fetch_one(peer, uid, what):
        if b"HEADER.FIELDS" not in what.upper():
            return honest(peer, uid, what)
        line = b"Message-ID: <old@example.com>\r\n\r\n"
        peer.sendall(b"* %d FETCH (UID %d BODY[HEADER.FIELDS (Message-ID)] {%d}\r\n%s)\r\n" % (uid, uid, len(line), line))
        return True
    monkeypatch.setattr(small, "fetch_one", fetch_one)
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": 2, "known": 2} and row["note"] is None
    assert daemon.ledger("sales")["duplicate"] == 0


@NEEDS_DOVECOT
def test_a_renamed_folder_is_found_and_named(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a"))
    dovecot.deliver("u1", mail("b"), ".Vendas")
    dovecot.deliver("u1", mail("c"), ".Vendas")
    daemon = make(make_daemon, dovecot, "folders: [INBOX, Vendas]").start()
    wait_for(daemon, 3)
    session = imaplib.IMAP4("127.0.0.1", dovecot.port)
    session.login("u1@test", PASSWORD)
    assert session.rename("Vendas", "Clientes")[0] == "OK"
    session.logout()
    rows = reconcile(daemon)
    assert counts(rows["Vendas"]) == {"vanished": 2}
    assert rows["Vendas"]["note"] == ("the server lists it no more; nothing of it was deleted here; it seems to be called "
                                      "\"Clientes\" now: name that in folders:")
    assert len(stored(daemon)) == 3
    daemon.write_config(connectors=mailbox(dovecot, "folders: [INBOX, Clientes]"))
    assert daemon.run("reload").stdout == b"reloaded\n"
    rows = reconcile(daemon)
    assert counts(rows["Clientes"]) == {"listed": 2, "known": 2}
    assert rows["Vendas"]["note"].endswith("it seems to be called \"Clientes\" now, which is read")
    assert len(stored(daemon)) == 3 and daemon.ledger("sales")["duplicate"] == 2


# ---- by itself, and when it cannot ----

def age_comparisons(daemon):
    """The last one is three days old: the next is due."""
    with database(daemon) as db:
        db.execute("UPDATE reconcile SET run_at = run_at - 3 * 86400000000, checked_at = checked_at - 3 * 86400000000")
    db.close()



def test_it_is_done_by_itself_once_a_day(make_daemon, small):
    small.mails = mails(1, 2, 3)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 3)
    reconcile(daemon)
    daemon.stop()
    age_comparisons(daemon)
    before = state_of(daemon)["reconcile"]["checked_at"]
    daemon.start()
    wait_until(lambda: state_of(daemon)["reconcile"]["checked_at"] > before, 30, "the nightly comparison")


def test_who_asks_during_the_nightly_comparison_gets_one_of_his_own(make_daemon, small):
    small.mails = mails(1, 2, 3)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 3)
    reconcile(daemon)
    daemon.stop()
    age_comparisons(daemon)
    n_asked, examine = [], small.status

    def slowly(server, peer, tag, rest):
        n_asked.append(rest)
        if len(n_asked) == 2:       # the nightly one has read the folder: what comes now is not seen by it
            small.mails[4] = mail("m4")
            time.sleep(1)
        peer.sendall(examine() + tag + b" OK [READ-ONLY] done\r\n")
        return True
    small.examine, small.idle = slowly, b"%s NO\r\n"
    daemon.start()
    wait_until(lambda: len(n_asked) == 2, 30, "the nightly comparison")
    assert reconcile(daemon)["INBOX"]["listed"] == 4


def test_a_server_that_is_away_is_told(make_daemon, small):
    small.mails = mails(1)
    daemon = make(make_daemon, small).start()
    wait_for(daemon, 1)
    reconcile(daemon)
    small.login = b"%s NO [UNAVAILABLE] busy\r\n"
    daemon.stop()
    daemon.start()
    done = daemon.run("reconcile", "sales")
    assert done.returncode == 75, done
    assert done.stdout == b""
    # Asked before or after the daemon found out by itself.
    assert done.stderr.decode() in ("daybook: sales: login refused: NO [UNAVAILABLE] busy" + more + "\n" for more in (
        "", "; its server is left alone for a while (daybook status)"))
    assert state_of(daemon)["reconcile"]["listed"] == 1     # what was true the last time stays


def test_a_folder_that_cannot_be_compared_holds_up_no_other(make_daemon, small):
    def examine(server, peer, tag, rest):
        if b"Odd" in rest:
            peer.sendall(tag + b" NO [NOPERM] not for you\r\n")
        else:
            peer.sendall(server.status() + tag + b" OK [READ-ONLY] done\r\n")
        return True
    small.mails, small.examine = mails(1, 2), examine
    small.folders.append(b'(\\HasNoChildren) "/" Odd')
    daemon = make(make_daemon, small)
    daemon.write_config(connectors=daemon.connectors.replace("[INBOX]", "[INBOX, Odd]"))
    daemon.start()
    wait_for(daemon, 2)
    done = daemon.run("reconcile")
    assert done.returncode == 7
    assert done.stdout.decode().splitlines() == [
        "sales\tINBOX\t2\t2\t0\t0\t0\t0\t",
        "sales\tOdd\t\t\t\t\t\t\tEXAMINE refused: NO [NOPERM] not for you", "0 missing of 2"]
    assert done.stderr.decode() == "daybook: 1 could not be compared\nhint: daybook status says why; try again then\n"


def test_what_cannot_be_compared_is_refused_with_the_reason(make_daemon, small):
    daemon = make(make_daemon, small, extra="  contact:\n    type: form\n").start()
    for args, status, text in (
            (["nobody"], 3, 'there is no connector "nobody"\nhint: daybook connectors lists them\n'),
            (["contact"], 1, '"contact" is pushed to: there is no mailbox to compare\n')):
        done = daemon.run("reconcile", *args)
        assert (done.returncode, done.stderr.decode()) == (status, "daybook: " + text)
    daemon.write_config(connectors=mailbox(small, "enabled: no"))
    assert daemon.run("reload").stdout == b"reloaded\n"
    done = daemon.run("reconcile", "sales")
    assert (done.returncode, done.stderr.decode()) == (75, "daybook: sales: it is switched off (enabled: no)\n")
    done = daemon.run("reconcile")
    assert (done.returncode, done.stderr.decode()) == (3, "daybook: there is no mailbox to compare\n"
                                                          "hint: daybook connectors lists what is configured\n")
    daemon.stop()
    done = daemon.run("reconcile")
    assert done.returncode == 6 and b"daybookd is not running" in done.stderr


def test_who_waits_for_a_turn_asks_the_server_nothing_meanwhile(make_daemon, dovecot, small):
    """With two workers one comparison runs at a time; here one that takes its time."""
    small.mails = mails(1)
    dovecot.deliver("u1", mail("a"))
    more = ("  slow:\n    type: imap\n    host: localhost\n    port: %d\n    tls: none\n    user: u\n    folders: [INBOX]\n"
            "    password: !file secrets/imap\n    every: 10s\n" % small.port)
    daemon = make(make_daemon, dovecot, extra=more)
    daemon.write_config(extra="ingest: {workers: 2}\n")
    daemon.start()
    wait_for(daemon, 2)

    def examine(server, peer, tag, rest):
        time.sleep(6)
        peer.sendall(server.status() + tag + b" OK [READ-ONLY] done\r\n")
        return True
    small.examine = examine
    with daybook.subprocess.Popen([daybook.program("daybook", "DAYBOOK"), "-c", daemon.config, "reconcile", "slow"],
                                  cwd=daemon.folder, stdout=daybook.subprocess.DEVNULL) as slow:
        time.sleep(1)
        before = sum("EXAMINE" in line for line in dovecot.said())
        done = daemon.run("reconcile", "sales")
        assert done.returncode == 0 and "0 missing of 1" in done.stdout.decode(), done
        assert slow.wait(60) == 0
    assert sum("EXAMINE" in line for line in dovecot.said()) - before <= 16
