"""New mail before old, old mail within its budget, and servers that have had enough of us."""
import os
import sqlite3
import time

import pytest

import daybook
from daybook import wait_until
from dovecot import PASSWORD, Dovecot, is_installed
from imap_tools import SmallImap
from test_reconcile import counts, mail, metric, reconcile, state_of, stored

NEEDS_DOVECOT = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
QUOTA = b"* BYE [OVERQUOTA] Account exceeded command or bandwidth limits.\r\n"


@pytest.fixture
def small():
    with SmallImap() as server:
        yield server


def mailbox(server, *options, name="sales", folders="[INBOX]"):
    where = ("port: %d\n    tls_ca: %s\n    user: u1@test" % (server.tls_port, server.ca) if isinstance(server, Dovecot)
             else "port: %d\n    tls: none\n    user: u" % server.port)
    return ("\n  %s:\n    type: imap\n    host: localhost\n    %s\n    folders: %s\n    password: !file secrets/imap\n"
            "    every: 10s\n" % (name, where, folders) + "".join("    %s\n" % o for o in options))


def make(make_daemon, connectors, extra=""):
    daemon = make_daemon("daybook", connectors=connectors, extra=extra)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def in_order(daemon):
    """The names of the mails as they were recorded."""
    return [it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("interactions")]


def journalled(daemon):
    """(folder, uid) of every row."""
    con = sqlite3.connect("file:%s?mode=ro" % os.path.join(daemon.store, "daybook.db"), uri=True)
    metas = [dict(line.split(": ", 1) for line in meta.splitlines())
             for meta, in con.execute("SELECT meta FROM journal WHERE kind = 0 ORDER BY id")]
    con.close()
    return [(meta["folder"], int(meta["uid"])) for meta in metas]


def is_done(daemon):
    now = state_of(daemon)
    return now["state"] in ("live", "waiting") and now["backfill"] is None and now["last_success_at"] is not None


# ---- new before old ----

@NEEDS_DOVECOT
def test_what_is_recent_comes_first_and_the_rest_once_whatever_is_killed(make_daemon):
    with Dovecot(keeps_rawlog=False) as server:
        for i in range(1300):
            folder = "" if i < 700 else ".Sent"
            path = server.deliver("u1", mail("old%d" % i), folder, name="%d.M%dP1.test" % (1600000000 + i, i))
            os.utime(path, (1600000000 + i,) * 2)
        for name, folder in (("new1", ""), ("new2", ""), ("new3", ".Sent")):
            server.deliver("u1", mail(name), folder)
        daemon = make(make_daemon, mailbox(server, folders="[INBOX, Sent]")).start()
        for n in (100, 400, 900):
            wait_until(lambda: len(journalled(daemon)) >= n, 60, "%d mails" % n, passes=True)
            daemon.kill()
            daemon.start()
        wait_until(lambda: len(journalled(daemon)) >= 1303 and is_done(daemon), 120, "the end of the backlog")
        rows = journalled(daemon)
        assert len(rows) == len(set(rows)) == 1303 == daemon.ledger("sales")["stored"]
        # Both folders' recent mail before anybody's old; and that from the top down.
        assert rows[:3] == [("INBOX", 701), ("INBOX", 702), ("Sent", 601)]
        for folder, n in (("INBOX", 700), ("Sent", 600)):
            assert [uid for f, uid in rows[3:] if f == folder] == list(range(n, 0, -1))
        done = reconcile(daemon)
        assert counts(done["INBOX"]) == {"listed": 702, "known": 702} and done["INBOX"]["note"] is None
        assert counts(done["Sent"]) == {"listed": 601, "known": 601}


def test_mail_that_comes_while_old_mail_is_read_does_not_wait_for_its_end(make_daemon, small):
    small.mails = {uid: mail("m%d" % uid) for uid in range(1, 701)}
    n_bodies = []

    def fetch(peer, tag, rest, honest=small.fetch):
        if b"BODY.PEEK[]" in rest:
            n_bodies.append(rest)
            if len(n_bodies) == 3:
                small.mails[701] = mail("fresh")
            time.sleep(0.3)
        return honest(peer, tag, rest)
    small.fetch = fetch
    daemon = make(make_daemon, mailbox(small)).start()
    wait_until(lambda: len(stored(daemon)) == 701, 120, "all mails")
    names = in_order(daemon)
    assert 100 <= names.index("fresh") < names.index("m1") and names[-1] == "m1"


# ---- since ----

def test_since_moved_back_brings_what_it_left_out_and_moved_forward_stops(make_daemon, small):
    small.mails = {uid: mail("m%d" % uid) for uid in range(1, 21)}      # of 2024-01-02 … 2024-01-21
    small.since = lambda uid: uid >= 3                                  # and two days, as other zones want
    daemon = make(make_daemon, mailbox(small, "since: 2024-01-10")).start()
    wait_until(lambda: len(stored(daemon)) == 12, 30, "those since the 10th")
    for since, n in (("2024-01-05", 17), ("2024-01-15", 17), ("2020-01-01", 20)):
        small.since = lambda uid: True
        daemon.write_config(connectors=mailbox(small, "since: " + since))
        daemon.reload()
        wait_until(lambda: len(stored(daemon)) == n and is_done(daemon), 30, "those since " + since)
    ledger = daemon.ledger("sales")
    assert ledger["received"] == ledger["stored"] == 20
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 20, "known": 20}


# ---- the budget ----

def test_old_mail_waits_when_the_day_s_budget_is_spent_and_new_mail_does_not(make_daemon, small):
    small.mails = {uid: mail("m%d" % uid) for uid in range(1, 701)}
    daemon = make(make_daemon, mailbox(small, "backfill_budget: 50KiB")).start()
    wait_until(lambda: (state_of(daemon)["backfill"] or {}).get("paused_until"), 60, "the end of the budget")
    n, now = len(stored(daemon)), state_of(daemon)
    assert 150 < n < 650 and now["backfill"]["left"] == 700 - n and now["backfill"]["total"] == 700
    assert now["note"].startswith("backfill: %d of 700 mails, paused until 00:00 (budget)" % n) and not now["silent"]
    assert metric(daemon, 'daybook_imap_backlog{connector="sales"}') == 700 - n
    small.mails[701] = mail("fresh")
    wait_until(lambda: "fresh" in stored(daemon), 30, "a new mail")
    row = reconcile(daemon)["INBOX"]
    assert counts(row) == {"listed": n + 1, "known": n + 1}
    assert row["note"] == "about %d older mails are still to be read and were not compared" % (700 - n)
    # Another start is not another day.
    daemon.stop()
    daemon.start()
    wait_until(lambda: state_of(daemon)["state"] in ("live", "waiting"), 30, "the next run")
    time.sleep(1)
    assert len(stored(daemon)) <= n + 51
    daemon.write_config(connectors=mailbox(small, "backfill_budget: 0"))
    daemon.reload()
    wait_until(lambda: len(stored(daemon)) == 701 and is_done(daemon), 60, "the rest")
    assert counts(reconcile(daemon)["INBOX"]) == {"listed": 701, "known": 701}


# ---- servers that have had enough ----

def test_over_quota_nobody_connects_for_hours_not_even_after_a_restart(make_daemon, small):
    small.mails, small.login = {1: mail("m1")}, QUOTA
    daemon = make(make_daemon, mailbox(small)).start()
    wait_until(lambda: state_of(daemon)["state"] == "throttled", 30, "the refusal")
    now = state_of(daemon)
    assert now["error"] == "LOGIN: the server said: BYE [OVERQUOTA] Account exceeded command or bandwidth limits."
    assert now["note"].startswith("throttled until ") and now["note"].endswith(": " + now["error"])
    until = metric(daemon, 'daybook_connector_throttled_until_timestamp_seconds{connector="sales"}')
    assert 3500 < until - time.time() < 3900
    assert metric(daemon, 'daybook_connector_up{connector="sales"') == 0
    refused = daemon.run("reconcile", "sales")
    assert refused.returncode != 0 and b"its server is left alone for a while" in refused.stderr
    daemon.stop()
    small.login = b"%s OK in\r\n"
    daemon.start()
    daemon.reload()
    time.sleep(2)
    assert small.connections == 1 and state_of(daemon)["state"] == "throttled"
    assert state_of(daemon)["error"] == now["error"]
    # Who changes something wants it tried.
    daemon.write_config(connectors=mailbox(small, "backfill_budget: 1MiB"))
    daemon.reload()
    wait_until(lambda: stored(daemon) == ["m1"], 30, "the mail")
    assert small.connections == 2


def test_over_quota_in_the_middle_of_old_mail_keeps_what_came_and_stops_at_once(make_daemon, small):
    small.mails = {uid: mail("m%d" % uid) for uid in range(1, 701)}
    honest, n_bodies = small.fetch, []

    def fetch(peer, tag, rest):
        n_bodies.append(b"BODY.PEEK[]" in rest)
        if sum(n_bodies) < 4:
            return honest(peer, tag, rest)
        peer.sendall(QUOTA)
        return False
    small.fetch = fetch
    daemon = make(make_daemon, mailbox(small)).start()
    wait_until(lambda: state_of(daemon)["state"] == "throttled", 30, "the refusal")
    time.sleep(2)
    assert small.connections == 1 and len(stored(daemon)) == 150
    # Later that day: new mail comes, old mail waits for the next.
    small.fetch, small.mails[701] = honest, mail("fresh")
    daemon.write_config(connectors=mailbox(small, "batch: 40"))
    daemon.reload()
    wait_until(lambda: "fresh" in stored(daemon), 30, "a new mail")
    wait_until(lambda: (state_of(daemon)["backfill"] or {}).get("paused_until"), 30, "the pause")
    assert len(stored(daemon)) == 151 and small.connections == 2


def test_a_wait_that_the_server_suggests_is_waited(make_daemon, small):
    small.mails = {1: mail("m1")}
    small.login = b"%s BAD Request is throttled. Suggested Backoff Time: 4000 milliseconds\r\n"
    daemon = make(make_daemon, mailbox(small)).start()
    wait_until(lambda: state_of(daemon)["state"] == "throttled", 30, "the refusal")
    begun, small.login = time.monotonic(), b"%s OK in\r\n"
    wait_until(lambda: stored(daemon) == ["m1"], 30, "the mail")
    assert time.monotonic() - begun > 2.5 and small.connections == 2


def test_too_many_connections_are_left_to_others_for_a_while(make_daemon, small):
    small.login = b"%s NO [ALERT] Too many simultaneous connections. (Failure)\r\n"
    daemon = make(make_daemon, mailbox(small)).start()
    wait_until(lambda: state_of(daemon)["state"] == "throttled", 30, "the refusal")
    until = metric(daemon, 'daybook_connector_throttled_until_timestamp_seconds{connector="sales"}')
    assert 20 < until - time.time() < 60 and small.connections == 1
    assert "Too many simultaneous connections" in state_of(daemon)["note"]


# ---- how many at a time ----

class Counting(SmallImap):
    """Counts who is inside, from the greeting to the end, and who has not logged in yet."""

    def __init__(self, mails=None, greeting_s=0.0):
        super().__init__(mails)
        self.n_open = self.most_open = self.n_new = self.most_new = 0
        self.greeting_s, self.inside = greeting_s, set()

    def serve(self, peer):
        self.inside.add(peer)
        self.n_open, self.n_new = self.n_open + 1, self.n_new + 1
        self.most_open, self.most_new = max(self.most_open, self.n_open), max(self.most_new, self.n_new)
        time.sleep(self.greeting_s)
        self.n_new -= 1
        try:
            super().serve(peer)
        finally:
            peer.close()
            self.n_open -= peer in self.inside
            self.inside.discard(peer)

    def answer(self, peer, tag, name, rest):
        if name == b"LOGOUT":       # whoever has said it is out, before the next is let in
            self.inside.discard(peer)
            self.n_open -= 1
        return super().answer(peer, tag, name, rest)


def test_connectors_of_one_account_share_its_sessions(make_daemon):
    with Counting({1: mail("m1")}) as server:
        names = ["a", "b", "c"]
        daemon = make(make_daemon, "".join(mailbox(server, name=n) for n in names),
                      extra="ingest: {account_sessions: 1}\n").start()
        wait_until(lambda: sum(daemon.ledger(n)["received"] for n in names) == 3, 60, "all three")
        assert server.most_open == 1


def test_a_server_is_not_stampeded_after_a_start(make_daemon):
    with Counting({1: mail("m1")}, greeting_s=0.2) as server:
        names = ["m%d" % i for i in range(8)]
        daemon = make(make_daemon, "".join(mailbox(server, name=n) for n in names),
                      extra="ingest: {server_connects: 2, workers: 8}\n").start()
        wait_until(lambda: all(state_of(daemon, n)["state"] == "live" for n in names), 60, "all of them")
        assert server.most_new <= 2 and server.connections == 8
