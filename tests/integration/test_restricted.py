"""Restricted contacts: who sees them, that each read is in the audit log, and that nothing of them is anywhere else. And secrets."""
import http.client
import json
import os
import sqlite3
import time

import pytest

import daybook
from daybook import wait_until
from test_api import CONNECTORS, EYES, LIST, ONE, OPEN, SELF, STAFF, WRITE, World, mail, part, table_of, write_mbox, PARTS
from test_webhooks_out import LOOPBACK, Receiver

WORDS = ("zanzibarbody", "zanzibarsubject", "zanzibarfile", "zanzibarname", "zanzibar@hidden.example", "hidden.example", "zanzibarlive", "zanzibarnote")


def secret_mail(n, **more):
    body = (part("text/plain; charset=utf-8", "beams and zanzibarbody") +
            part("application/pdf", "x", 'Content-Disposition: attachment; filename="zanzibarfile.pdf"') + "--b--")
    return mail(n, body, Subject="zanzibarsubject", **{"From": "Zanzibarname <zanzibar@hidden.example>", **PARTS, **more})


def run(daemon, *args, status=0):
    done = daemon.run(*args)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


def reads(daemon):
    return [(e["who"], e["which"], e["detail"]) for e in daemon.cli("audit") if e["what"] == "contact read"]


@pytest.fixture
def world(make_daemon, tmp_path):
    world = World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)
    run(world.daemon, "contact", "restrict", "of-rui@example.com")
    world.make_token("viewer")
    world.make_token("seller", "--staff", "Ana Lima")
    world.make_token("seller", "--staff", "Rui Prado", name="rui")
    return world


def test_each_read_is_in_the_audit_log_before_it_is_answered(world):
    contact, entry = world.contacts["Rui"], world.entries["Rui"]
    path = "/api/v1/contacts/" + contact
    world.ok("/api/v1/contacts", "viewer")
    world.ok("/api/v1/search?q=beams", "viewer")
    assert reads(world.daemon) == [], "a list is no reading"
    assert world.ok(path, "viewer")["restricted"] is True
    assert reads(world.daemon) == [("token viewer", contact, "/api/v1/contacts/{id}")]
    world.ok(path + "/timeline", "viewer")
    world.ok("/api/v1/interactions/" + entry, "viewer")
    assert len(reads(world.daemon)) == 1, "once in a quarter of an hour"
    assert world.ask("/api/v1/interactions/%s/raw" % entry, "rui").status == 200
    assert sorted(reads(world.daemon))[0] == ("Rui Prado", contact, "/api/v1/interactions/{id}/raw")
    for who in ("Ana", "nobody"):
        world.ok("/api/v1/contacts/" + world.contacts[who], "viewer")
    assert world.ask(path, "seller").status == 404 and len(reads(world.daemon)) == 2
    assert "the audit log is whole" in run(world.daemon, "audit", "verify")
    world.make_token("manager")
    with sqlite3.connect(os.path.join(world.daemon.store, "daybook.db"), isolation_level=None) as db:
        db.execute("BEGIN IMMEDIATE")       # nobody can write
        answer = world.ask(path + "/timeline", "manager")
        assert answer.status == 503 and b"beams" not in answer.body, "what cannot be recorded is not shown"
        db.execute("ROLLBACK")
    db.close()
    wait_until(lambda: world.ask(path + "/timeline", "manager").status == 200, 10, "the writer")
    assert len(reads(world.daemon)) == 3


def test_a_message_among_many_of_them_names_each(world, tmp_path):
    many = ["of-r%d@example.com" % n for n in range(40)]
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "m.mbox", [
        *(mail(200 + n, From=who) for n, who in enumerate(many)),
        mail(300, "all of them", From=many[0], To="sales@acme.example", Cc=", ".join(many[1:]))]))
    for who in many:
        run(world.daemon, "contact", "restrict", who)
    [item] = world.ok("/api/v1/search?q=all%20of%20them", "viewer")["items"]
    world.ok(item["links"]["self"], "viewer")
    assert len(reads(world.daemon)) == 40


def test_what_people_decide_about_who_they_are_opens_nothing(world):
    daemon = world.daemon

    def seen(token="seller"):
        return {c["identities"][0]["value"].split("@")[0] for c in world.ok("/api/v1/contacts", token)["items"]}

    def restricted():
        return {c["identities"][0]["value"].split("@")[0] for c in world.ok("/api/v1/contacts")["items"] if c["restricted"]}
    assert seen() == {"of-ana", "of-nobody"} and restricted() == {"of-rui"} and "of-rui" in seen("rui")
    assert "restricted" in run(daemon, "contact", "show", "of-rui@example.com")
    run(daemon, "contact", "merge", "of-rui@example.com", "of-nobody@example.com", "--yes")
    assert seen() == {"of-ana"}, "one of the two was"
    run(daemon, "contact", "split", "of-nobody@example.com", "of-rui@example.com")
    assert restricted() == {"of-rui", "of-nobody"}, "who is split off is not opened"
    run(daemon, "contact", "unrestrict", "of-nobody@example.com")
    assert restricted() == {"of-rui"} and seen() == {"of-ana", "of-nobody"}
    world.do("/api/v1/contacts/%s/restrict" % world.contacts["nobody"], {}, "seller")
    assert seen() == {"of-ana"}, "who restricted it sees it no more"
    audit = [(e["who"], e["what"]) for e in daemon.cli("audit")]
    assert ("Ana Lima", "contact restrict") in audit and ("root", "contact unrestrict") in audit
    daemon.stop()
    daemon.check_rebuild()
    run(daemon, "rebuild")
    daemon.start()
    assert restricted() == {"of-rui", "of-nobody"} and seen() == {"of-ana"}


def test_an_unmerge_gives_both_their_own_word_back(world):
    run(world.daemon, "contact", "merge", "of-rui@example.com", "of-eva@example.com", "--yes")
    run(world.daemon, "contact", "unmerge", "of-rui@example.com")
    assert {c["name"]: c["restricted"] for c in world.ok("/api/v1/contacts")["items"]} == {
        "Of Ana": False, "Of Rui": True, "Of Eva": False, "Of nobody": False}


# ---- canaries ----

class Canaries:
    """Everything that somebody gets to see, by who it is; what is looked for must be in none of it."""

    def __init__(self):
        self.seen = {}

    def take(self, who, where, data):
        self.seen.setdefault(who, []).append((where, data if isinstance(data, bytes) else str(data).encode()))

    def check(self, who, words):
        for where, data in self.seen[who]:
            for word in words:
                assert word.lower().encode() not in data.lower(), "%s stands in %s of %s: %s" % (word, where, who, data[:300])


def ask_everything(world, canaries, name):
    """Each route that reads, of everything there is, and searches for what is hidden."""
    for route in table_of(world.daemon):
        path = route["path"]
        if route["method"] != "GET" or path == "/api/v1/stream" or path == "/login/{link}":
            continue
        things = {"contact": world.contacts, "entry": world.entries}.get(ONE.get(path), {"": "shop"}).values()
        for id in things:
            asked = path.replace("{id}", id).replace("{name}", id).replace("{n}", "0") + LIST.get(path, "")
            answer = world.daemon.request("GET", asked, headers={"Authorization": "Bearer " + world.tokens[name]})
            canaries.take(name, asked, answer.body + str(answer.headers).encode())
    for query in ("zanzibar*", "from:zanzibar", "to:zanzibar", "has:attachment", "beams"):
        answer = world.daemon.request("GET", "/api/v1/search?q=" + query, headers={"Authorization": "Bearer " + world.tokens[name]})
        canaries.take(name, "a search", answer.body)
    answer = world.daemon.request("GET", "/api/v1/contacts?query=zanzibar", headers={"Authorization": "Bearer " + world.tokens[name]})
    canaries.take(name, "contacts", answer.body)


def refuse_everything(world, canaries, name, contact, entry):
    """Each request that would change something, about what is hidden, and about what is seen with the id of what is hidden in it."""
    seen = {"contact": world.contacts["nobody"], "entry": world.entries["nobody"]}
    for (method, path), (what, body, _) in WRITE.items():
        for thing, other in (({"contact": contact, "entry": entry}, seen["contact"]), (seen, contact)):
            if what not in thing or (thing is seen and SELF not in json.dumps(body)):
                continue
            asked = path.replace("{id}", thing[what]) + (body if isinstance(body, str) else "")
            sent = None if isinstance(body, str) else json.dumps(body).replace(SELF, other).encode()
            answer = world.daemon.request(method, asked, sent, {"Authorization": "Bearer " + world.tokens[name], "Content-Type": "application/json"})
            assert answer.status in (403, 404), (method, asked, sent, name, answer.body)
            canaries.take(name, "%s %s" % (method, asked), answer.body + str(answer.headers).encode())


def make_secrets(daemon, hook):
    """A second factor, a link and a webhook's new secret; what was shown once, to whom asked."""
    [factor] = daemon.cli("user", "totp", "Ana", "Lima")
    [link] = daemon.cli("login-link", "Rui", "Prado")
    [rotated] = daemon.cli("webhook", "rotate", hook)
    return [factor["secret"], *factor["recovery_codes"], link["url"].rsplit("/", 1)[1], rotated["secret"]]


def listen(world, name):
    connection = http.client.HTTPConnection("127.0.0.1", world.daemon.port, timeout=1)
    connection.request("GET", "/api/v1/stream", headers={"Authorization": "Bearer " + world.tokens[name]})
    answer = connection.getresponse()
    assert answer.status == 200
    return answer


def all_of(answer):
    out = b""
    try:
        while True:
            line = answer.readline()
            if not line:
                break
            out += line
    except OSError:
        pass
    return out


MAILBOX = """
  box:
    type: imap
    host: localhost
    port: 1
    user: u1@test
    password: !file secrets/imap
"""
BLIND = ("seller", "seller of nobody", "owner", "lone", "lone of nobody", "ops")


def test_nothing_private_and_no_secret_stands_anywhere_it_must_not(make_daemon, tmp_path):
    receiver = Receiver()
    password = "correct-zanzibar-horse"
    daemon, canaries = make_daemon(connectors=CONNECTORS + MAILBOX, extra=STAFF + LOOPBACK), Canaries()
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), "zanzibarmailbox")
    world = World(daemon, tmp_path)
    run_with = daemon.run("user", "passwd", "Ana", "Lima", stdin=password.encode())
    assert run_with.returncode == 0, run_with.stderr
    assert daemon.post_whatsapp(b'{"zanzibarbody": [').status == 200
    for name in EYES:
        if name != "admin":
            world.make_token(EYES[name][0], *EYES[name][1], name=name)
    run(daemon, "contact", "new", "zanzibar@hidden.example", "--name", "Zanzibarname", "--owner", "Rui Prado")
    run(daemon, "contact", "restrict", "zanzibar@hidden.example")
    # Who hears of changes may have heard of the contact while it was everybody's.
    hooks = {name: daemon.cli("webhook", "add", receiver.url + "?" + name.replace(" ", "-"), "--role", EYES[name][0], *EYES[name][1])[0]
             for name in ("seller", "lone")}
    streams = {name: listen(world, name) for name in ("seller", "owner")}
    daemon.cli("import", "mbox", write_mbox(tmp_path / "s.mbox", [
        secret_mail(80), secret_mail(81, To="sales@acme.example", Cc="of-ana@example.com")]))
    assert daemon.post_form({"message": "zanzibarlive", "email": "zanzibar@hidden.example", "name": "Zanzibarname"}).status in (200, 303)
    run(daemon, "note", "zanzibar@hidden.example", "zanzibarnote")
    daemon.post_form({"message": "seen by all", "email": "of-nobody@example.com"})
    [hidden] = [c for c in world.ok("/api/v1/contacts")["items"] if c["name"] == "Zanzibarname"]
    world.contacts["hidden"] = hidden["id"]
    items = world.ok("/api/v1/contacts/%s/timeline" % hidden["id"])["items"]
    assert len(items) == 4
    world.entries.update({"hidden %d" % n: it["id"] for n, it in enumerate(items)})
    cookie = daemon.request("POST", "/api/v1/session", json.dumps({"name": "Ana Lima", "password": password}), {
        "Content-Type": "application/json", "Host": "127.0.0.1:%d" % daemon.port}).headers["Set-Cookie"].split("=", 1)[1].split(";")[0]
    once = make_secrets(daemon, hooks["lone"]["id"])
    for name in EYES:
        ask_everything(world, canaries, name)
    for name in BLIND:
        refuse_everything(world, canaries, name, hidden["id"], items[0]["id"])
    # Who may see them does, so that what is looked for is there to be found.
    for word in WORDS:
        assert any(word.encode() in data.lower() for _, data in canaries.seen["viewer"]), word
    wait_until(lambda: len(receiver.got) > 0, 20, "a webhook")
    time.sleep(.5)
    for name, answer in streams.items():
        canaries.take(name, "the stream", all_of(answer))
    for got in receiver.got:
        canaries.take("seller", "a webhook", got["body"])
    assert any(b"con_" in data for where, data in canaries.seen["seller"] if where == "the stream"), "it heard of others"
    for name in BLIND:
        canaries.check(name, WORDS)
        assert hidden["id"].encode() not in b"".join(d for w, d in canaries.seen[name] if hidden["id"] not in w), name
    # What nobody may see, be they admin: secrets, and private texts where no text belongs.
    secrets = [*once, "zanzibarmailbox", *world.tokens.values(), *(h["secret"] for h in hooks.values()), password, cookie, daybook.APP_SECRET, daybook.VERIFY_TOKEN,
               daybook.FORM_TOKEN]
    for where, data in (("the log", daemon.log_text()), ("metrics", daemon.get("/metrics").body), ("status", daemon.run("status", "--json").stdout),
                        ("doctor", daemon.run("doctor").stdout), ("the audit log", daemon.run("audit").stdout)):
        canaries.take("everybody", where, data)
    for name in EYES:
        canaries.check(name, secrets)
    canaries.check("everybody", secrets + [w for w in WORDS])
    exported = str(tmp_path / "ana.tar")
    run(daemon, "export", "person", "of-ana@example.com", "-o", exported)
    with open(exported, "rb") as f:
        canaries.take("an export", "ana.tar", f.read())
    canaries.check("an export", secrets)
    receiver.close()
    assert os.path.getsize(exported) > 0 and OPEN
