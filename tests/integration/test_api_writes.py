"""Changing things over HTTP: once, durably, within what one sees, and told when somebody else was faster."""
import concurrent.futures
import json
import os
import sqlite3

import pytest

import daybook
from dovecot import Dovecot
from test_api import CONNECTORS, STAFF, World
from test_block import mail as boxed, mailbox, make
from test_erase import erase, found
from test_import import mail, write_mbox


@pytest.fixture
def world(make_daemon, tmp_path):
    return World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)


@pytest.fixture(scope="module")
def world_once(tmp_path_factory):
    """One for what is refused."""
    folder = tmp_path_factory.mktemp("writes")
    world = World(daybook.Daemon(folder, connectors=CONNECTORS, extra=STAFF), folder)
    yield world
    world.daemon.finish()


def path_of(world, who, rest=""):
    return "/api/v1/contacts/%s%s" % (world.contacts[who], rest)


def decisions(world):
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(world.daemon.store, "daybook.db"), uri=True)
    try:
        return db.execute("SELECT count(*) FROM journal WHERE kind = 1").fetchone()[0]
    finally:
        db.close()


def rebuild_changes_nothing(world):
    world.daemon.stop()
    done = world.daemon.run("rebuild", "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    world.daemon.start()


# ---- what is refused before anything is done ----

HOSTILE = {
    b"": 422, b"{": 400, b"[]": 400, b'"x"': 400, b"null": 400, b"{'into': 1}": 400, b'{"into": NaN}': 400, b"\xff": 400,
    b"[" * 5000: 400, b'{"a":' * 9 + b"1" + b"}" * 9: 400, b"{" + b",".join(b'"a%d":1' % n for n in range(20001)) + b"}": 400,
    b'{"into": 5}': 422, b'{"into": "con_"}': 422, b'{"into": "con_0000000000000", "oops": 1}': 422, b'{"oops": 1}': 422,
    b'{"into": "con_0000000000000"} x': 400, b'{"into": "con_0000000000000"}': 404, b'{"into": {"a": [1]}}': 422,
    b'{"into": "con_0000000000000", "into": "con_0000000000000"}': 400, b'{"into": 5, "\\u0069nto": "con_0000000000000"}': 400,
    b'{"into": "con_0000000000000", "preview": "yes"}': 422, b'{"into": "con_0000000000000", "\xc3\xa9~/": 1}': 422,
}


@pytest.mark.parametrize("body", HOSTILE, ids=lambda b: repr(b[:30]))
def test_hostile_bodies(world_once, body):
    before = decisions(world_once)
    answer = world_once.ask(path_of(world_once, "Ana", "/merge"), method="POST", body=body)
    assert answer.status == HOSTILE[body], answer.body
    if answer.status == 422:
        assert answer.value["errors"][0]["pointer"] in ("/into", "/oops", "/preview", "/\u00e9~/")
    assert decisions(world_once) == before


def test_media_type_and_size(world_once):
    path = path_of(world_once, "Ana", "/merge")
    body = json.dumps({"into": world_once.contacts["Ana"]}).encode()
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""):
        assert world_once.ask(path, method="POST", body=body, Content_Type=kind).status == 415, kind
    assert world_once.ask(path, method="POST", body=body, Content_Type="Application/JSON; charset=utf-8").status == 422
    big = json.dumps({"into": "a" * (1 << 20)}).encode()
    assert world_once.ask(path, method="POST", body=big).status == 413
    assert world_once.ask(path_of(world_once, "Ana"), method="PATCH", body={"name": "a\u0000b"}).status == 422
    assert world_once.ask(path_of(world_once, "Ana"), method="PATCH", body={"name": "a" * 201}).status == 422
    assert world_once.ask(path_of(world_once, "Ana"), method="PATCH", body={}).status == 422


# ---- versions ----

def test_somebody_faster_is_noticed(world):
    path = path_of(world, "Ana")
    first = world.ask(path)
    tag, version = first.headers["ETag"], first.value["version"]
    assert tag.startswith('"v%d.' % version)
    done = world.do(path, {"name": "Ana Prima"}, method="PATCH", If_Match=tag)
    assert done.value["version"] == version + 1 and done.headers["ETag"] == '"v%d"' % (version + 1)
    late = world.do(path, {"name": "Ana Seconda"}, method="PATCH", status=412, If_Match=tag)
    assert late.headers["ETag"] == '"v%d"' % (version + 1) and world.ok(path)["name"] == "Ana Prima"
    for n, good in enumerate(('"v%d"', '"v1", "v%d"', '*')):
        world.do(path, {"name": "Ana Terza"}, method="PATCH", If_Match=good.replace("%d", str(version + 1 + n)))
    now = world.ok(path)["version"]
    for bad in ('W/"v%d"' % now, "v%d" % now, '"v"', '"v99999999999999999999"', '""'):
        world.do(path, {"name": "No"}, method="PATCH", status=412, If_Match=bad)
    world.do(path, {"name": None}, method="PATCH")
    assert world.ok(path)["name"] == "Of Ana"
    rebuild_changes_nothing(world)


@pytest.mark.parametrize("tag", ("", " ", ",", " , "))
def test_a_condition_that_says_nothing_is_no_permission(world_once, tag):
    for path, method, body in ((path_of(world_once, "Ana"), "PATCH", {"name": "No"}), (path_of(world_once, "Ana"), "DELETE", {}),
                               (path_of(world_once, "Ana", "/merge"), "POST", {"into": world_once.contacts["Rui"]})):
        refused = world_once.do(path, body, method=method, status=400, If_Match=tag)
        assert refused.value["type"] == "/docs#bad-if-match" and "leave it out" in refused.value["detail"]


def test_a_merge_compares_both_sides(world):
    versions = {who: world.ok(path_of(world, who))["version"] for who in ("Ana", "Rui")}
    world.do(path_of(world, "Rui"), {"name": "Rui Novo"}, method="PATCH")
    body = {"into": world.contacts["Rui"], "into_version": versions["Rui"]}
    late = world.do(path_of(world, "Ana", "/merge"), body, status=412, If_Match='"v%d"' % versions["Ana"])
    assert "into" in late.value["detail"] and "%d" % (versions["Rui"] + 1) in late.value["detail"]
    world.do(path_of(world, "Ana", "/merge"), {**body, "into_version": "1"}, status=422)
    sides = world.do(path_of(world, "Ana", "/merge"), {"into": body["into"], "preview": True}).value
    world.do(path_of(world, "Ana", "/merge"), {**body, "into_version": sides["into"]["contact"]["version"]},
             If_Match='"v%d"' % sides["merged"]["contact"]["version"])


def test_an_entry_is_taken_from_whom_one_has_seen(world):
    path, body = "/api/v1/interactions/%s/reassign" % world.entries["Ana"], {"contact": world.contacts["Rui"]}
    version = world.ok(path_of(world, "Ana"))["version"]
    world.do(path_of(world, "Ana"), {"name": "Ana Nova"}, method="PATCH")
    for more in ({}, {"from": world.contacts["Ana"]}):
        late = world.do(path, {**body, **more}, status=412, If_Match='"v%d"' % version)
        assert late.headers["ETag"] == '"v%d"' % (version + 1)
    world.do(path, body, If_Match='"v%d"' % (version + 1))


def test_an_answer_is_given_to_what_was_asked(world):
    [item] = [i for i in world.ok("/api/v1/review")["items"] if i["interaction"] == world.entries["orphan"]]
    path = "/api/v1/review/%s/" % item["id"]
    tag = '"v%d"' % item["version"]
    for verb, body in (("answer", {"contact": world.contacts["Rui"]}), ("dismiss", {})):
        late = world.do(path + verb, body, status=412, If_Match='"v%d"' % (item["version"] + 1))
        assert late.headers["ETag"] == tag
    world.do(path + "answer", {"contact": world.contacts["Rui"]}, If_Match=tag)
    world.do(path + "answer", {"contact": world.contacts["Eva"]}, status=404, If_Match=tag)


def test_a_mail_changes_no_version(world, tmp_path):
    path = path_of(world, "Ana")
    before = world.ask(path)
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "b.mbox", [mail(70, From="Of Ana <of-ana@example.com>")]))
    after = world.ask(path)
    assert after.value["version"] == before.value["version"] and after.headers["ETag"] != before.headers["ETag"]
    world.do(path, {"name": "Still"}, method="PATCH", If_Match=before.headers["ETag"])


# ---- once ----

def test_a_repeat_is_answered_and_not_done_again(world):
    path, body = path_of(world, "Ana", "/merge"), {"into": world.contacts["Rui"]}
    first = world.do(path, body, Idempotency_Key="one")
    before = decisions(world)
    again = world.do(path, body, Idempotency_Key="one")
    assert again.body == first.body and again.headers["Idempotency-Replayed"] == "true" and decisions(world) == before
    world.do(path, body, status=422, Idempotency_Key="two")
    other = world.do(path, {"into": world.contacts["Eva"]}, status=422, Idempotency_Key="one")
    assert other.value["type"] == "/docs#key-used"
    world.do(path_of(world, "Rui", "/unmerge"), {}, status=422, Idempotency_Key="one")
    for bad in ("", "a b", "a" * 256):
        assert world.do(path, body, status=400, Idempotency_Key=bad).value["type"] == "/docs#bad-key"
    # a refusal is not kept: the same key may be used for the right thing
    world.do(path_of(world, "Ana", "/unmerge"), {}, Idempotency_Key="two")
    # somebody else's key is another one
    world.make_token("manager")
    world.do(path, body, "manager", Idempotency_Key="one")
    assert decisions(world) == before + 2
    rebuild_changes_nothing(world)
    world.daemon.stop()
    done = world.daemon.run("rebuild")
    assert done.returncode == 0, done.stderr
    world.daemon.start()
    assert world.do(path, body, Idempotency_Key="one").body == first.body and decisions(world) == before + 2


def test_a_race_of_repeats_does_it_once(world):
    path, body, before = path_of(world, "Ana", "/merge"), {"into": world.contacts["Rui"]}, decisions(world)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bodies = set(pool.map(lambda n: world.do(path, body, Idempotency_Key="race").body, range(16)))
    assert len(bodies) == 1 and decisions(world) == before + 1


def test_what_is_kept_of_an_answer_ends_and_names_nobody(world):
    path, body = path_of(world, "Ana", "/merge"), {"into": world.contacts["Rui"]}
    world.do(path, body, Idempotency_Key="one")
    world.daemon.stop()
    db = sqlite3.connect(os.path.join(world.daemon.store, "daybook.db"))
    with db:
        [kept] = db.execute("SELECT body FROM api_answer").fetchall()
        assert "Of " not in kept[0] and "example.com" not in kept[0]
        db.execute("UPDATE api_answer SET made_at = made_at - 86400000000")
    db.close()
    world.daemon.start()
    world.do(path, body, status=422, Idempotency_Key="one")
    world.do(path_of(world, "Ana", "/unmerge"), {}, Idempotency_Key="other")
    db = sqlite3.connect(os.path.join(world.daemon.store, "daybook.db"))
    assert [k for k, in db.execute("SELECT key FROM api_answer")] == ["other"]
    db.close()


# ---- rates and numbers ----

def test_a_token_has_a_rate(world):
    world.make_token("viewer")
    world.daemon.write_config(extra="  api_rate: 5/h\n" + STAFF)
    assert world.daemon.run("reload").returncode == 0
    answers = [world.ask("/api/v1/me", "viewer") for _ in range(6)]
    assert [a.status for a in answers] == [200] * 5 + [429]
    assert answers[0].headers["RateLimit-Policy"] == '"token";q=5;w=3600' and answers[0].headers["RateLimit"].startswith('"token";r=4;')
    assert int(answers[5].headers["Retry-After"]) > 600 and answers[5].value["type"] == "/docs#too-many"
    assert world.ask("/api/v1/me").status == 200


def test_routes_are_counted(world):
    world.do(path_of(world, "Ana", "/unmerge"), {}, status=422)
    text = world.daemon.get("/metrics").body.decode()
    assert 'daybook_api_requests_total{route="/api/v1/contacts/{id}/unmerge",method="POST",code="4xx"} 1' in text
    assert 'daybook_api_request_duration_seconds_count{route="/api/v1/contacts",method="GET"}' in text
    assert "of-ana" not in text and world.contacts["Ana"] not in text


# ---- people ----

def test_merge_shows_both_sides_and_comes_apart(world):
    body = {"into": world.contacts["Rui"]}
    sides = world.do(path_of(world, "Ana", "/merge"), {**body, "preview": True}).value
    assert sides["merged"]["contact"]["name"] == "Of Ana" and sides["into"]["entries"] == 1
    before = {who: world.ok(path_of(world, who, "/timeline")) for who in ("Ana", "Rui")}
    done = world.do(path_of(world, "Ana", "/merge"), body).value
    assert done["contact"] == world.contacts["Rui"] and done["links"]["self"].endswith(world.contacts["Rui"])
    assert len(world.ok(path_of(world, "Ana", "/timeline"))["items"]) == 2
    world.do(path_of(world, "Ana", "/unmerge"))
    assert {who: world.ok(path_of(world, who, "/timeline")) for who in ("Ana", "Rui")} == before
    rebuild_changes_nothing(world)


def test_handles_go_and_come(world):
    email = lambda who: {"scheme": "email", "value": "of-%s@example.com" % who.lower()}
    added = world.do(path_of(world, "Ana", "/identities"), {"scheme": "phone", "value": "+55 11 98765-4321"}).value
    assert added["contact"] == world.contacts["Ana"]
    assert "+5511987654321" in [i["value"] for i in world.ok(path_of(world, "Ana"))["identities"]]
    taken = world.do(path_of(world, "Ana", "/identities"), email("Rui"), status=409)
    assert taken.value["existing"] == world.contacts["Rui"]
    world.make_token("seller", "--staff", "Ana Lima")
    hidden = world.do(path_of(world, "Ana", "/identities"), email("Eva"), "seller", status=409)
    assert hidden.value["existing"] is None and world.contacts["Eva"] not in hidden.body.decode()
    world.do(path_of(world, "Ana", "/identities"), {**email("Rui"), "move": True}, "seller", status=403)
    split = world.do(path_of(world, "Ana", "/split"), {"identities": [{"scheme": "phone", "value": "11 98765-4321"}]}).value
    assert split["contact"] not in world.contacts.values()
    for wrong in ({"scheme": "pigeon", "value": "1"}, {"scheme": "phone", "value": "12"}, {"scheme": "email"}):
        answer = world.do(path_of(world, "Ana", "/identities"), wrong, status=422)
        assert answer.value["errors"][0]["pointer"] in ("/scheme", "/value"), wrong
    world.do(path_of(world, "Ana", "/identities"), {"scheme": "email", "value": "ana2@example.com"})
    world.do(path_of(world, "Ana", "/identities?scheme=email&value=of-ana@example.com"), method="DELETE")
    assert world.ok(path_of(world, "Ana", "/timeline"))["items"] == []
    rebuild_changes_nothing(world)


def test_an_entry_goes_to_another_timeline(world):
    path = "/api/v1/interactions/%s/reassign" % world.entries["Ana"]
    assert world.do(path, {"contact": world.contacts["Rui"]}).value["contact"] == world.contacts["Rui"]
    assert world.entries["Ana"] in [i["id"] for i in world.ok(path_of(world, "Rui", "/timeline"))["items"]]
    rebuild_changes_nothing(world)


def test_nobody_takes_an_entry_from_whom_he_does_not_see(world, tmp_path):
    both = mail(40, "both of you", From="Of Ana <of-ana@example.com>", To="sales@acme.example", Cc="of-eva@example.com")
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "d.mbox", [both]))
    world.make_token("seller", "--staff", "Ana Lima")
    [item] = world.ok("/api/v1/search?q=both", "seller")["items"]
    path = "/api/v1/interactions/%s/reassign" % item["id"]
    refused = world.do(path, {"contact": world.contacts["Ana"]}, "seller", status=422)
    assert "does not see" in refused.value["detail"]
    assert item["id"] in [i["id"] for i in world.ok(path_of(world, "Eva", "/timeline"))["items"]]
    several = world.do(path, {"contact": world.contacts["Rui"]}, status=422).value["detail"]
    assert 'say with "from" whose timeline it leaves' in several and "--" not in several
    world.do(path, {"contact": world.contacts["Rui"], "from": world.contacts["Ana"]}, "seller")


def test_review_is_answered_or_dismissed(world):
    [item] = [i for i in world.ok("/api/v1/review")["items"] if i["interaction"] == world.entries["orphan"]]
    world.make_token("seller", "--staff", "Ana Lima")
    world.do("/api/v1/review/%s/answer" % item["id"], {"contact": world.contacts["Eva"]}, "seller", status=404)
    world.do("/api/v1/review/%s/answer" % item["id"], {"contact": world.contacts["Rui"]}, "seller")
    assert item["id"] not in [i["id"] for i in world.ok("/api/v1/review")["items"]]
    assert world.entries["orphan"] in [i["id"] for i in world.ok(path_of(world, "Rui", "/timeline"))["items"]]
    world.do("/api/v1/review/%s/dismiss" % item["id"], {}, status=404)
    assert world.daemon.post_form({"message": "Another orphan"}, connector="quiet").status == 200
    [item] = world.ok("/api/v1/review")["items"]
    world.do("/api/v1/review/%s/dismiss" % item["id"], {})
    assert world.ok("/api/v1/review")["items"] == []
    rebuild_changes_nothing(world)


def test_who_decided_is_in_the_journal(world):
    world.make_token("seller", "--staff", "Ana Lima")
    world.do(path_of(world, "Ana"), {"name": "A"}, "seller", method="PATCH")
    world.do(path_of(world, "Ana"), {"name": "B"}, method="PATCH")
    db = sqlite3.connect("file:%s?mode=ro" % os.path.join(world.daemon.store, "daybook.db"), uri=True)
    bodies = [json.loads(b)["by"] for b, in db.execute("SELECT body FROM journal WHERE kind = 1 ORDER BY id")]
    db.close()
    assert bodies[-2:] == ["Ana Lima", "token admin"]


def test_somebody_by_hand(world):
    maria = {"name": "Maria by hand", "identities": [{"scheme": "email", "value": "Maria@Example.org"},
                                                     {"scheme": "phone", "value": "11 98765-4321"}]}
    made = world.do("/api/v1/contacts", maria, status=201, Idempotency_Key="m")
    path = made.headers["Location"]
    again = world.do("/api/v1/contacts", maria, status=201, Idempotency_Key="m")
    assert again.body == made.body and again.headers["Location"] == path
    contact = world.ok(path)
    assert contact["id"] == made.value["contact"] and contact["name"] == "Maria by hand"
    assert sorted(i["value"] for i in contact["identities"]) == ["+5511987654321", "maria@example.org"]
    assert world.do("/api/v1/contacts", maria, status=409).value["existing"] == made.value["contact"]
    world.daemon.post_whatsapp(daybook.whatsapp(daybook.text_message("wamid.9", "5511987654321", "Oi"),
                                                names={"5511987654321": "Maria"}))
    assert [i["preview"] for i in world.ok(path + "/timeline")["items"]] == ["Oi"]
    world.make_token("seller", "--staff", "Eva Reis")
    theirs = world.do("/api/v1/contacts", {"identities": [{"scheme": "email", "value": "x@example.org"}]}, "seller", status=201)
    assert world.ok(theirs.headers["Location"])["owner"] == "Eva Reis"
    hidden = {"identities": [{"scheme": "email", "value": "of-ana@example.com"}]}
    assert world.do("/api/v1/contacts", hidden, "seller", status=409).value["existing"] is None
    rebuild_changes_nothing(world)


def test_notes_calls_and_meetings(world):
    world.make_token("seller", "--staff", "Ana Lima")
    path = path_of(world, "Ana", "/interactions")
    call = {"kind": "call", "text": "wants 30", "occurred_at": "2026-11-01T10:00:00Z", "duration_s": 90, "direction": "in"}
    for body in ({"kind": "note", "text": "line\nline"}, call, {"kind": "meeting", "text": "at theirs", "duration_s": 3600}):
        made = world.do(path, body, "seller", status=201, Idempotency_Key=body["kind"])
        assert world.do(path, body, "seller", status=201, Idempotency_Key=body["kind"]).body == made.body
        entry = world.ok(made.headers["Location"])
        assert (entry["kind"], entry["channel"], entry["text"]) == (body["kind"], body["kind"], body["text"])
        assert entry["connector"] == "people" and "Ana Lima" in json.dumps(entry["participants"])
        if body is call:
            assert entry["occurred_at"] == "2026-11-01T10:00:00.000Z" and entry["details"] == {"duration_s": 90}
            assert entry["direction"] == "in"
    items = world.ok(path_of(world, "Ana", "/timeline"))["items"]
    authors = {i["kind"]: (i["author"]["type"], i["author"]["id"] or i["author"]["name"]) for i in items if i["connector"] == "people"}
    assert len(items) == 4 and authors == {"note": ("staff", "Ana Lima"), "meeting": ("staff", "Ana Lima"),
                                           "call": ("contact", world.contacts["Ana"])}
    for wrong in ({"kind": "note", "text": ""}, {"kind": "order", "text": "x"}, {"kind": "note", "text": "x", "duration_s": 5},
                  {"kind": "call", "duration_s": -1}, {"kind": "call", "duration_s": 1.5}, {"kind": "call", "direction": "up"},
                  {"kind": "call", "occurred_at": "yesterday"}, {"text": "x"}):
        world.do(path, wrong, "seller", status=422)
    world.do(path_of(world, "Eva", "/interactions"), {"kind": "note", "text": "x"}, "seller", status=404)
    late = world.do(path, {"kind": "call", "occurred_at": "2999-01-01"}, status=201)
    assert world.ok(late.headers["Location"])["occurred_at"] < "2999"
    ledger = world.daemon.ledger("people")
    assert ledger["received"] == ledger["stored"]
    rebuild_changes_nothing(world)


def test_calls_and_meetings_from_the_command_line(world):
    [call] = world.daemon.cli("call", "of-ana@example.com", "called", "back", "--at", "2026-11-01T10:00:00Z", "--duration", "15m", "--in")
    assert (call["kind"], call["text"], call["direction"], call["details"]) == ("call", "called back", "in", {"duration_s": 900})
    [meeting] = world.daemon.cli("meeting", "of-ana@example.com", "at", "theirs")
    assert (meeting["kind"], meeting["direction"], meeting["details"]) == ("meeting", "internal", {})
    assert len(world.ok(path_of(world, "Ana", "/timeline"))["items"]) == 3
    for wrong in (("--duration", "long"), ("--at", "soon"), ("--duration", "2d")):
        assert world.daemon.run("call", "of-ana@example.com", "x", *wrong).returncode in (1, 2), wrong
    rebuild_changes_nothing(world)


def test_dead_letters_are_tried_again_or_given_up(world):
    [letter] = world.ok("/api/v1/dead-letters")["items"]
    world.make_token("ops")
    again = world.do("/api/v1/dead-letters/%s/retry" % letter["id"], {}, "ops", Idempotency_Key="r")
    assert again.value == {"outcome": "dead"}
    assert world.do("/api/v1/dead-letters/%s/retry" % letter["id"], {}, "ops", Idempotency_Key="r").body == again.body
    [letter] = world.ok("/api/v1/dead-letters")["items"]
    assert letter["attempts"] == 2
    dropped = world.do("/api/v1/dead-letters/%s/drop" % letter["id"], {}, "ops", Idempotency_Key="d")
    assert world.ok("/api/v1/dead-letters")["items"] == [] and dropped.value == {"outcome": "filtered"}
    assert world.do("/api/v1/dead-letters/%s/drop" % letter["id"], {}, "ops", Idempotency_Key="d").body == dropped.body
    world.do("/api/v1/dead-letters/%s/drop" % letter["id"], {}, "ops", status=404)
    world.do("/api/v1/dead-letters/%s/retry" % letter["id"], {}, "ops", status=404)
    ledger = world.daemon.ledger("shop")
    assert ledger["received"] == sum(ledger[k] for k in ("stored", "duplicate", "filtered", "dead", "pending"))
    rebuild_changes_nothing(world)


def test_tokens_are_made_and_ended(world):
    body = {"name": "robot", "role": "seller", "staff": "Ana Lima", "expires_at": "2099-01-01"}
    made = world.do("/api/v1/tokens", body, status=201, Idempotency_Key="t").value
    world.tokens["robot"] = made["token"]
    assert world.ok("/api/v1/me", "robot")["staff"] == "Ana Lima"
    again = world.do("/api/v1/tokens", body, status=201, Idempotency_Key="t").value
    assert "token" not in again and {**again, "token": made["token"]} == made
    with open(os.path.join(world.daemon.store, "daybook.db"), "rb") as f, open(os.path.join(world.daemon.store, "daybook.db-wal"), "rb") as g:
        assert made["token"].encode() not in f.read() + g.read()
    assert world.do("/api/v1/tokens", body, status=422).value["type"] == "/docs#cannot-be-done"
    [listed] = [t for t in world.ok("/api/v1/tokens")["items"] if t["name"] == "robot"]
    assert listed["state"] == "good" and listed["made_by"] == "token admin" and listed["id"] == made["id"]
    for wrong in ({"role": "king"}, {"staff": "Nobody"}, {"expires_at": "2001-01-01"}, {"expires_at": "soon"}, {"name": ""}):
        world.do("/api/v1/tokens", {**body, **wrong}, status=422)
    assert world.ask("/api/v1/tokens/" + made["id"], method="DELETE").status == 204
    assert world.ask("/api/v1/me", "robot").status == 401
    assert world.ask("/api/v1/tokens/" + made["id"], method="DELETE").status == 404
    assert [e["who"] for e in world.daemon.cli("audit", "--what", "token create")][-1] == "token admin"


def test_a_token_makes_none_that_sees_more(world):
    world.daemon.write_config(extra=STAFF.replace("roles:\n", "roles:\n  chief: {can: [all], sees: team}\n"))
    assert world.daemon.run("reload").returncode == 0
    world.make_token("chief", "--staff", "Ana Lima", "--expires", "1h")
    until = world.ok("/api/v1/me", "chief")["expires_at"]
    world.do("/api/v1/tokens", {"name": "a", "role": "admin", "expires_at": until}, "chief", status=403)
    world.do("/api/v1/tokens", {"name": "a", "role": "seller", "staff": "Eva Reis", "expires_at": until}, "chief", status=403)
    world.do("/api/v1/tokens", {"name": "a", "role": "seller", "staff": "Ana Lima"}, "chief", status=422)
    world.do("/api/v1/tokens", {"name": "a", "role": "seller", "staff": "Ana Lima", "expires_at": until}, "chief", status=201)


def test_a_connector_shows_that_all_of_it_is_here(make_daemon, tmp_path):
    with Dovecot() as server:
        server.deliver("u1", boxed("a", sender="Of Ana <of-ana@example.com>"))
        daemon = make(make_daemon, CONNECTORS + mailbox(server, "sales", "u1"))
        daemon.write_config(extra=STAFF)
        world = World(daemon, tmp_path)
        assert world.ok("/api/v1/connectors/shop")["folders"] == []
        assert world.do("/api/v1/connectors/sales/reconcile", {}, status=202).value == {"connector": "sales"}
        seen = daybook.wait_until(lambda: [c for c in [world.ok("/api/v1/connectors/sales")] if c["compared_at"]], 30, "the comparison")
        inbox = {f["folder"]: f for f in seen[0]["folders"]}["INBOX"]
        assert (inbox["listed"], inbox["known"], inbox["missing"]) == (1, 1, 0)
        world.do("/api/v1/connectors/none/reconcile", {}, status=404)
        assert world.ask("/api/v1/connectors/none").status == 404


def test_what_was_entered_over_the_api_is_erased_too(world):
    canary, handle = "xylophonecanary", "canary.person@example.org"
    made = world.do("/api/v1/contacts", {"name": canary, "identities": [{"scheme": "email", "value": handle}]}, status=201,
                    Idempotency_Key="c")
    world.make_token("seller", "--staff", "Ana Lima")
    for kind in ("note", "call", "meeting"):
        world.do(made.headers["Location"] + "/interactions", {"kind": kind, "text": canary + " said"}, "seller", status=201,
                 Idempotency_Key=kind)
    world.do(made.headers["Location"], {"name": canary + " two"}, method="PATCH")
    erase(world.daemon, handle)
    assert world.ask(made.headers["Location"]).status == 410
    assert found(world.daemon, (canary, handle)) == []
    ledger = world.daemon.ledger("people")
    assert ledger["received"] == sum(ledger[k] for k in ("stored", "duplicate", "filtered", "dead", "pending"))
    rebuild_changes_nothing(world)
