"""Webhooks that go out: signed, in order, at least once, to where they may go, with the eyes of their role."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import ssl
import subprocess
import threading
import time

import pytest

import daybook
from daybook import wait_until
from test_changes import QUIET, STAFF, Feed, own

LOOPBACK = "net_allow: [127.0.0.0/8, '::1/128']\n"


class Receiver:
    """Somebody else's program: takes what is posted, answers as it is told to, and checks signatures by the book."""

    def __init__(self, cert=None):
        self.got, self.answers, self.delay = [], [], 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(receiver.delay)
                answer = receiver.answers.pop(0) if receiver.answers else (200, {})
                receiver.got.append({"headers": dict(self.headers.items()), "body": body, "status": answer[0]})
                self.send_response(answer[0])
                for name, value in answer[1].items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.scheme = "http"
        if cert is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*cert)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.scheme = "https"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return "%s://127.0.0.1:%d/in" % (self.scheme, self.server.server_port)

    def taken(self):
        return [json.loads(g["body"]) for g in self.got if g["status"] == 200]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def verify(secret, got):
    """As https://www.standardwebhooks.com has it."""
    headers = {k.lower(): v for k, v in got["headers"].items()}
    key = base64.b64decode(secret[len("whsec_"):], validate=True)
    signed = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), got["body"]))
    mine = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 120
    return any(hmac.compare_digest(mine, theirs) for theirs in headers["webhook-signature"].split(" "))


@pytest.fixture
def receiver():
    r = Receiver()
    yield r
    r.close()


@pytest.fixture
def feed(make_daemon):
    unlimited = daybook.FORM.replace("type: form", "type: form\n    rate_limit: 100000/min")
    return Feed(make_daemon(connectors=unlimited + QUIET, extra=STAFF + LOOPBACK))


def add(feed, url, *options):
    [made] = feed.daemon.cli("webhook", "add", url, *options)
    assert re.fullmatch(r"whk_[0-9a-z]{13}", made["id"]) and len(base64.b64decode(made["secret"][6:])) == 32
    return made


def state(feed, id):
    [row] = [w for w in feed.daemon.cli("webhook", "list") if w["id"] == id]
    return row


def test_what_happens_is_sent_signed_with_the_record(feed, receiver):
    made = add(feed, receiver.url, "--role", "admin")
    feed.post("Hello beams", "ana@one.example")
    feed.post("again", "ana@one.example")
    wait_until(lambda: len(receiver.got) >= 3)
    events = receiver.taken()
    assert [e["type"] for e in events] == ["interaction.created", "contact.created", "interaction.created"]
    assert [e["data"]["change"] for e in events] == feed.items(after=events[0]["data"]["change"]["seq"] - 1)
    assert events[0]["data"]["record"]["text"] == "Hello beams" and events[0]["timestamp"].endswith("Z")
    assert events[1]["data"]["record"]["identities"][0]["value"] == "ana@one.example"
    assert all(verify(made["secret"], g) for g in receiver.got)
    assert not any(verify("whsec_" + base64.b64encode(b"x" * 32).decode(), g) for g in receiver.got)
    tampered = dict(receiver.got[0], body=receiver.got[0]["body"].replace(b"beams", b"bears"))
    assert not verify(made["secret"], tampered)
    assert {g["headers"]["Content-Type"] for g in receiver.got} == {"application/json"}
    ids = [g["headers"]["webhook-id"] for g in receiver.got]
    assert len(set(ids)) == 3
    wait_until(lambda: state(feed, made["id"])["behind"] == 0)
    row = state(feed, made["id"])
    assert row["state"] == "good" and made["secret"] not in str(row) and made["secret"] not in feed.daemon.log_text()
    deliveries = feed.daemon.cli("webhook", "deliveries", made["id"])
    assert [d["status"] for d in deliveries] == [200, 200, 200] and deliveries[0]["seq"] > deliveries[2]["seq"]
    assert feed.daemon.run("webhook", "remove", made["id"]).returncode == 0
    assert feed.daemon.cli("webhook", "list") == [] and feed.daemon.run("webhook", "remove", made["id"]).returncode == 3
    feed.post("nobody hears", "ana@one.example")
    time.sleep(1)
    assert len(receiver.got) == 3


def test_what_was_not_taken_is_sent_again_in_its_place(feed, receiver):
    made = add(feed, receiver.url, "--kinds", "interaction.created,contact.erased")
    receiver.answers = [(200, {}), (500, {}), (500, {})]
    for n in range(5):
        feed.post("number %d" % n, "ana@one.example")
    wait_until(lambda: state(feed, made["id"])["state"] == "failing")
    row = state(feed, made["id"])
    assert "it answered 500" in row["error"] and row["next_at"] is not None and row["behind"] > 0
    assert feed.daemon.run("webhook", "retry", made["id"]).returncode == 0
    wait_until(lambda: len(receiver.got) >= 3)
    wait_until(lambda: len(receiver.taken()) == 5, 20, "the others, by themselves")
    assert [e["data"]["record"]["text"] for e in receiver.taken()] == ["number %d" % n for n in range(5)]
    ids = [g["headers"]["webhook-id"] for g in receiver.got]
    assert ids[1] == ids[2] == ids[3] and len(set(ids)) == 5 and len(ids) == 7
    assert all(verify(made["secret"], g) for g in receiver.got)
    wait_until(lambda: state(feed, made["id"])["state"] == "good")


def test_nothing_is_lost_over_a_kill_and_what_is_sent_twice_has_one_id(feed, receiver):
    add(feed, receiver.url, "--kinds", "interaction.created")
    receiver.delay = 0.02
    n = 0
    for _ in range(3):
        for _ in range(15):
            feed.post("number %d" % n, "ana@one.example")
            n += 1
        wait_until(lambda: len(receiver.got) >= n - 14)
        feed.daemon.kill()
        feed.daemon.start()
    texts = {}

    def all_came():
        for g in list(receiver.got):
            texts.setdefault(g["headers"]["webhook-id"], json.loads(g["body"])["data"]["record"]["text"])
        return len(texts) >= n
    wait_until(all_came, 20)
    assert list(texts.values()) == ["number %d" % i for i in range(n)]


def test_who_is_gone_is_disabled_and_a_redirect_is_not_followed(feed, receiver):
    other = Receiver()
    made = add(feed, receiver.url)
    receiver.answers = [(302, {"Location": other.url}), (410, {})]
    feed.post("one", "ana@one.example")
    wait_until(lambda: state(feed, made["id"])["state"] == "failing")
    assert "a redirect, which is not followed" in state(feed, made["id"])["error"] and other.got == []
    feed.daemon.run("webhook", "retry", made["id"])
    wait_until(lambda: state(feed, made["id"])["state"] == "disabled")
    assert "410" in state(feed, made["id"])["error"] and "a webhook is disabled" in feed.daemon.log_text()
    assert feed.daemon.cli("status")[0]["webhooks"] == {"total": 1, "failing": 0, "disabled": 1}
    assert b"1 are disabled (daybook webhook list)" in feed.daemon.run("status").stdout
    doctor = feed.daemon.run("doctor")
    assert made["id"].encode() in doctor.stdout + doctor.stderr and b"daybook webhook retry" in doctor.stdout + doctor.stderr
    assert b'daybook_webhooks{state="disabled"} 1' in feed.daemon.get("/metrics").body
    feed.post("two", "ana@one.example")
    feed.daemon.stop()
    feed.daemon.start()
    time.sleep(1)
    assert len(receiver.got) == 2
    assert feed.daemon.run("webhook", "retry", made["id"]).returncode == 0
    wait_until(lambda: [e["type"] for e in receiver.taken()] == ["interaction.created", "contact.created", "interaction.created"])
    other.close()


def test_it_sees_what_its_role_sees(feed, receiver):
    for who in ("ana", "eva"):
        feed.post("of " + who, who + "@one.example")
    own(feed.daemon, ana="Ana Lima", eva="Eva Reis")
    feed.token("lone", "--staff", "Ana Lima")
    start = feed.last()
    add(feed, receiver.url, "--role", "lone", "--staff", "Ana Lima")
    feed.post("SECRET of eva", "eva@one.example")
    feed.post("SECRET of nobody", form="quiet")
    feed.post("of ana again", "ana@one.example")
    wait_until(lambda: receiver.got)
    assert [e["data"]["change"] for e in receiver.taken()] == feed.items("lone", start)
    assert all(b"SECRET" not in g["body"] and b"eva" not in g["body"].lower() for g in receiver.got)


def test_two_secrets_sign_for_a_day(feed, receiver):
    made = add(feed, receiver.url)
    [rotated] = feed.daemon.cli("webhook", "rotate", made["id"])
    assert rotated["id"] == made["id"] and rotated["secret"] != made["secret"]
    done = feed.daemon.run("webhook", "test", made["id"])
    assert done.returncode == 0 and b"200" in done.stdout
    [got] = receiver.got
    assert json.loads(got["body"])["type"] == "webhook.test" and len(got["headers"]["webhook-signature"].split(" ")) == 2
    assert verify(made["secret"], got) and verify(rotated["secret"], got)
    # Two at once, or an answer that was lost: the one that the receiver still has goes on signing.
    secrets = [made["secret"], rotated["secret"]]
    for n_signing in (3, 4, 4):
        secrets.append(feed.daemon.cli("webhook", "rotate", made["id"])[0]["secret"])
        assert feed.daemon.run("webhook", "test", made["id"]).returncode == 0
        assert [s for s in secrets if verify(s, receiver.got[-1])] == secrets[-n_signing:]
        assert len(receiver.got[-1]["headers"]["webhook-signature"].split(" ")) == n_signing
    receiver.answers = [(404, {})]
    done = feed.daemon.run("webhook", "test", made["id"])
    assert done.returncode == 1 and b"404" in done.stdout and state(feed, made["id"])["state"] == "good"


def test_a_private_address_is_refused_however_it_is_written(make_daemon, receiver):
    feed = Feed(make_daemon(connectors=daybook.FORM, extra=STAFF))
    port = receiver.server.server_port
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0.0.0.0", "169.254.169.254",
                 "10.0.0.1", "[fe80::1]", "[64:ff9b::7f00:1]", "100.64.0.1"):
        made = add(feed, "https://%s:%d/in" % (host, port))
        done = feed.daemon.run("webhook", "test", made["id"])
        assert done.returncode != 0 and b"is not public" in done.stderr and b"net_allow" in done.stderr, (host, done.stderr)
        feed.daemon.run("webhook", "remove", made["id"])
    refused = {receiver.url: b"net_allow", "ftp://x/": b"https://", "https://": b"host", "https://user:pw@x.example/": b"password",
               "https://x.example/ a": b"blanks", "file:///etc/passwd": b"https://", "https://x.example/" + "a" * 2000: b"2000"}
    for url, words in refused.items():
        done = feed.daemon.run("webhook", "add", url)
        assert done.returncode != 0 and words in done.stderr, (url, done.stderr)
    for options in (("--role", "king"), ("--staff", "Nobody"), ("--kinds", "contact.sold")):
        assert feed.daemon.run("webhook", "add", "https://x.example/", *options).returncode != 0, options
    assert receiver.got == [] and feed.daemon.cli("webhook", "list") == []


def test_over_tls_the_certificate_is_checked(make_daemon, tmp_path):
    files = [str(tmp_path / name) for name in ("cert.pem", "key.pem")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]],
                   check=True, capture_output=True)
    receiver = Receiver(files)
    feed = Feed(make_daemon(connectors=daybook.FORM, extra=STAFF + LOOPBACK))
    made = add(feed, receiver.url)
    done = feed.daemon.run("webhook", "test", made["id"])
    assert done.returncode != 0 and b"certificate" in done.stderr.lower() and receiver.got == []
    feed.daemon.write_config(extra=STAFF + LOOPBACK + "webhooks: {tls_ca: %s}\n" % files[0])
    assert feed.daemon.run("reload").returncode == 0
    assert feed.daemon.run("webhook", "test", made["id"]).returncode == 0
    assert verify(made["secret"], receiver.got[0])
    receiver.close()


def test_webhooks_outlive_a_rebuild(feed, receiver):
    made = add(feed, receiver.url)
    feed.post("one", "ana@one.example")
    wait_until(lambda: len(receiver.got) == 2)
    wait_until(lambda: state(feed, made["id"])["behind"] == 0)
    feed.daemon.stop()
    assert feed.daemon.run("rebuild").returncode == 0
    feed.daemon.start()
    wait_until(lambda: len(receiver.got) == 3)
    assert receiver.taken()[2]["type"] == "store.rebuilt" and verify(made["secret"], receiver.got[2])
    assert os.path.exists(feed.daemon.store)


def ask(feed, method, path, token, body=None, **headers):
    headers.update({"Authorization": "Bearer " + feed.tokens[token], "Content-Type": "application/json"})
    answer = feed.daemon.request(method, path, None if body is None else json.dumps(body), headers)
    answer.value = feed.judge.check(method, path, answer)
    return answer


def test_webhooks_over_http_give_away_no_more_than_one_has(feed, receiver):
    eyes = {"admin": (), "manager": (), "viewer": (), "seller": ("--staff", "Ana Lima"), "lone": ("--staff", "Ana Lima"), "ops": (),
            "sender": ("--staff", "Ana Lima")}
    feed.daemon.write_config(extra=STAFF.replace("roles:\n", "roles:\n  sender: {can: [read, export], sees: own}\n") + LOOPBACK)
    assert feed.daemon.run("reload").returncode == 0
    for role, options in eyes.items():
        if role != "admin":
            feed.token(role, *options)
    wish = {"url": receiver.url, "kinds": "interaction.created"}
    key = {"Idempotency-Key": "once"}
    made = ask(feed, "POST", "/api/v1/webhooks", "sender", wish, **key)
    assert made.status == 201 and made.headers["Location"] == "/api/v1/webhooks/" + made.value["id"]
    assert ask(feed, "POST", "/api/v1/webhooks", "sender", wish, **key).value == {"id": made.value["id"]}    # told once
    [row] = ask(feed, "GET", "/api/v1/webhooks", "manager").value["items"]
    assert row["role"] == "sender" and row["staff"] == "Ana Lima" and made.value["secret"] not in str(row)
    path = "/api/v1/webhooks/" + made.value["id"]
    for role in ("viewer", "seller", "lone", "ops"):
        for method, where, body in (("GET", "/api/v1/webhooks", None), ("POST", "/api/v1/webhooks", wish), ("DELETE", path, None),
                                    ("POST", path + "/retry", {}), ("POST", path + "/rotate", {})):
            assert ask(feed, method, where, role, body).status == 403, (role, method)
    for token, role, status in (("sender", "admin", 403), ("sender", "viewer", 403), ("manager", "admin", 403),
                                ("manager", "viewer", 201), ("admin", "king", 422)):
        assert ask(feed, "POST", "/api/v1/webhooks", token, dict(wish, role=role)).status == status, (token, role)
    for body in ({}, {"url": "ftp://x"}, dict(wish, kinds="x"), dict(wish, colour="red"), dict(wish, url=5)):
        assert ask(feed, "POST", "/api/v1/webhooks", "admin", body).status == 422, body
    feed.post("of eva", "eva@one.example")
    own(feed.daemon, eva="Eva Reis")
    feed.post("of ana", "ana@one.example")
    own(feed.daemon, ana="Ana Lima")
    feed.post("again of ana", "ana@one.example")
    wait_until(lambda: any(verify(made.value["secret"], g) and b"again of ana" in g["body"] for g in list(receiver.got)))
    assert not any(verify(made.value["secret"], g) and b"eva" in g["body"] for g in receiver.got)
    assert ask(feed, "POST", path + "/retry", "manager", {}).status == 200
    rotated = ask(feed, "POST", path + "/rotate", "manager", {}, **key)
    assert rotated.status == 200 and ask(feed, "POST", path + "/rotate", "manager", {}, **key).value == {"id": made.value["id"]}     # told once
    feed.post("signed anew", "ana@one.example")
    wait_until(lambda: any(b"signed anew" in g["body"] and verify(rotated.value["secret"], g) and verify(made.value["secret"], g)
                           for g in list(receiver.got)))
    assert ask(feed, "DELETE", path, "manager").status == 200 and ask(feed, "DELETE", path, "manager").status == 404
    audit = [(a["what"], a["which"]) for a in feed.daemon.cli("audit") if a["what"].startswith("webhook")]
    assert ("webhook add", made.value["id"]) in audit and ("webhook remove", made.value["id"]) in audit
