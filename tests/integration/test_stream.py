"""The live stream: everything once and in order, over lost connections and restarts, and only to who may hear it."""
import http.client
import json
import os
import re
import socket
import sqlite3
import time

import jsonschema
import pytest

import daybook
from api_schema import strict
from test_changes import QUIET, STAFF, Feed, own


class Stream:
    def __init__(self, feed, query="", token="admin", last=None, status=200):
        self.feed = feed
        self.connection = http.client.HTTPConnection("127.0.0.1", feed.daemon.port, timeout=20)
        headers = {"Authorization": "Bearer " + feed.tokens[token]}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.connection.request("GET", "/api/v1/stream" + query, headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == status, self.answer.read()
        self.seq = None
        if status == 200:
            assert self.answer.headers["Content-Type"] == "text/event-stream"
            assert self.answer.headers["Cache-Control"] == "no-store" and self.answer.headers["X-Request-Id"]
            assert self.block()["retry"]

    def block(self):
        """One event as its fields; None: the stream has ended."""
        fields = {}
        while True:
            line = self.answer.readline()
            if line == b"":
                return None
            line = line.decode().rstrip("\n")
            if line == "":
                if "id" in fields:
                    self.seq = int(fields["id"])
                return fields
            name, _, value = line.partition(": ")
            fields[name] = value

    def next(self):
        while True:
            fields = self.block()
            if fields is None or "event" in fields:
                return fields

    def take(self, n):
        events = []
        while len(events) < n:
            fields = self.next()
            assert fields is not None, "it ended after %r" % events
            value = json.loads(fields["data"])
            if fields["event"] != "reset":
                assert value["seq"] == int(fields["id"]) and value["kind"] == fields["event"]
                schema = {**strict(self.feed.judge.doc["components"]["schemas"]["Change"]), "components": self.feed.judge.components}
                jsonschema.Draft202012Validator(schema).validate(value)
            events.append(value)
        return events

    def close(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def feed(make_daemon):
    unlimited = daybook.FORM.replace("type: form", "type: form\n    rate_limit: 100000/min")
    return Feed(make_daemon(connectors=daybook.WHATSAPP + unlimited + QUIET, extra=STAFF))


def kinds(events):
    return [e["kind"] for e in events]


def test_what_happens_is_heard_at_once(feed):
    stream = Stream(feed)
    begun = time.monotonic()
    feed.post("one", "ana@one.example")
    events = stream.take(2)
    assert kinds(events) == ["interaction.created", "contact.created"] and time.monotonic() - begun < 5
    assert events == feed.items(after=events[0]["seq"] - 1)[:2]


def test_topics_narrow_it(feed):
    feed.post("one", "ana@one.example")
    ana = feed.daemon.cli("contact", "show", "ana@one.example")[0]["id"]
    of_ana, connectors, letters = (Stream(feed, "?topics=" + t) for t in ("contact:" + ana, "contacts", "dead_letters"))
    feed.post("of bia", "bia@two.example")
    feed.post("of ana", "ana@one.example")
    feed.daemon.post_whatsapp(b'{"entry": [')
    [event] = of_ana.take(1)
    assert event["kind"] == "interaction.created" and event["contacts"] == [ana]
    assert kinds(connectors.take(1)) == ["contact.created"] and kinds(letters.take(1)) == ["dead_letter.created"]
    for query in ("?topics=attention", "?topics=contact:x", "?topics=contact:", "?after=x", "?after=-1", "?topic=contacts",
                  "?topics=" + ",".join(["contact:" + ana] * 51)):
        Stream(feed, query, status=422)
    Stream(feed, last="x", status=422)


def test_a_client_that_comes_back_misses_nothing_and_hears_nothing_twice(feed):
    stream = Stream(feed)
    heard = []
    for n in range(30):
        feed.post("m%d" % n, "ana%d@one.example" % (n % 7))
        if n % 5 == 4:
            heard += stream.take(3)
            seq = stream.seq
            stream.close()
            feed.post("n%d" % n, "bia@two.example")
            if n == 14:
                feed.daemon.kill()
                feed.daemon.start()
            stream = Stream(feed, last=seq) if n % 2 else Stream(feed, "?after=%d" % seq)
    last = feed.last()
    while not heard or heard[-1]["seq"] < last:
        heard += stream.take(1)
    everything = [i for i in feed.items() if i["seq"] >= heard[0]["seq"]]
    assert [i["seq"] for i in heard] == [i["seq"] for i in everything]


def fill(feed, n):
    """So many changes, of contacts that are gone."""
    feed.post("one", "ana@one.example")
    feed.daemon.stop()
    db = sqlite3.connect(os.path.join(feed.daemon.store, "daybook.db"))
    with db:
        last = db.execute("SELECT max(seq) FROM change").fetchone()[0]
        db.executemany("INSERT INTO change VALUES (?, 1, 8, ?, 0, NULL)", [(last + i, i) for i in range(1, n + 1)])
    db.close()
    feed.daemon.start()
    return feed.last()


def test_nine_thousand_behind_is_caught_up_and_ten_thousand_is_a_reset(feed):
    newest = fill(feed, 10010)
    behind = Stream(feed, last=newest - 9999)
    assert [e["seq"] for e in behind.take(9999)] == list(range(newest - 9998, newest + 1))
    for distance in (newest, 10001, -1):
        newest = feed.last()
        stream = Stream(feed, last=newest - distance)
        assert stream.take(1) == [{"next": newest}] and stream.seq == newest
        feed.post("after %d" % distance, "ana@one.example")
        assert kinds(stream.take(1)) == ["interaction.created"]


def test_nobody_hears_of_what_they_do_not_see(feed):
    for who in ("ana", "eva", "nobody"):
        feed.post("of " + who, who + "@one.example")
    own(feed.daemon, ana="Ana Lima", eva="Eva Reis")
    ids = {w: feed.daemon.cli("contact", "show", w + "@one.example")[0]["id"] for w in ("ana", "eva", "nobody")}
    for token, role in (("seller", "seller"), ("lone", "lone"), ("ops", "ops"), ("viewer", "viewer")):
        feed.token(role, *(("--staff", "Ana Lima") if role in ("seller", "lone") else ()), name=token)
    start = feed.last()
    streams = {t: Stream(feed, "?topics=interactions,contacts,review,contact:" + ids["eva"], t) for t in feed.tokens}
    for who in ("eva", "nobody", "ana"):
        feed.post("again of " + who, who + "@one.example")
    feed.post("orphan SECRETWORD", form="quiet")
    end = feed.last()
    seen = {"admin": {"eva", "nobody", "ana", None}, "viewer": {"eva", "nobody", "ana", None}, "seller": {"nobody", "ana", None},
            "lone": {"ana"}, "ops": set()}
    assert set(seen) == set(streams)
    for token, stream in streams.items():
        wanted = [i for i in feed.items(token, start) if i["kind"].split(".")[0] in ("interaction", "contact", "review")]
        told = stream.take(len(wanted))
        assert told == wanted, token
        entries = [e for e in told if e["kind"] == "interaction.created"]
        assert {next(iter([w for w, id in ids.items() if id in e["contacts"]]), None) for e in entries} == seen[token], token
        assert ids["eva"] not in str(told) or "eva" in seen[token]
        assert "SECRETWORD" not in str(told)
        stream.connection.sock.settimeout(0.3)
        with pytest.raises((TimeoutError, socket.timeout)):
            stream.next()
    assert end > start


def test_it_ends_with_its_token(feed):
    feed.token("viewer")
    feed.token("viewer", "--expires", "2s", name="short")
    revoked, expiring, other = Stream(feed, token="viewer"), Stream(feed, token="short"), Stream(feed)
    begun = time.monotonic()
    assert feed.daemon.run("token", "revoke", "viewer").returncode == 0
    assert revoked.next() is None and time.monotonic() - begun < 4
    assert expiring.next() is None
    feed.post("one", "ana@one.example")
    assert kinds(other.take(1)) == ["interaction.created"]
    Stream(feed, token="viewer", status=401)


def test_it_ends_when_its_role_sees_otherwise(feed):
    feed.token("lone", "--staff", "Ana Lima")
    lone, admin = Stream(feed, token="lone"), Stream(feed)
    feed.daemon.write_config(extra=STAFF.replace("lone: {can: [read], sees: own}", "lone: {can: [read], sees: all}"))
    assert feed.daemon.run("reload").returncode == 0
    assert lone.next() is None
    feed.post("one", "ana@one.example")
    assert kinds(admin.take(1)) == ["interaction.created"]


def test_there_are_only_so_many(feed):
    feed.daemon.write_config(extra="  max_streams: 3\n  max_streams_per_token: 2\n" + STAFF)
    assert feed.daemon.run("reload").returncode == 0
    feed.token("viewer")
    open_ones = [Stream(feed), Stream(feed)]
    refused = Stream(feed, status=429)
    assert refused.answer.headers["Retry-After"] == "10"
    assert "http.max_streams_per_token" in json.loads(refused.answer.read())["detail"]
    open_ones.append(Stream(feed, token="viewer"))
    assert "http.max_streams)" in json.loads(Stream(feed, token="viewer", status=503).answer.read())["detail"]
    open_ones.pop(0).close()
    daybook.wait_until(lambda: try_to_open(feed), what="the place of the one that closed")


def try_to_open(feed):
    try:
        return Stream(feed)
    except AssertionError:
        return None


def test_who_does_not_read_is_held_back_alone_and_gets_it_all_in_the_end(feed):
    newest = fill(feed, 10010)
    begun, awake = newest - 9000, Stream(feed)
    sleeper = socket.socket()
    sleeper.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sleeper.settimeout(20)
    sleeper.connect(("127.0.0.1", feed.daemon.port))
    sleeper.sendall(b"GET /api/v1/stream?after=%d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
                    % (begun, feed.tokens["admin"].encode()))
    sleeper.recv(1)
    for n in range(20):
        feed.post("m%d" % n, "ana@one.example")
        assert kinds(awake.take(1)) == ["interaction.created"]
    text = b""
    while b"id: %d\n" % (newest + 20) not in text[-400:]:
        piece = sleeper.recv(65536)
        assert piece, text[-300:]
        text += piece
    seqs = [int(n) for n in re.findall(rb"id: (\d+)\nevent", text)]
    assert seqs == list(range(begun + 1, newest + 21))
    sleeper.close()


def test_a_stop_ends_them_and_does_not_wait(feed):
    streams = [Stream(feed) for _ in range(5)]
    begun = time.monotonic()
    feed.daemon.stop()
    assert time.monotonic() - begun < 8 and all(s.next() is None for s in streams)
