"""POST /interactions: what no connector brings, stored once, on the right person's timeline, and rebuilt like all else."""
import concurrent.futures
import copy
import json

import pytest

import daybook
from test_api import CONNECTORS, STAFF, World
from test_erase import erase, found

PATH = "/api/v1/interactions"
TICKET = {
    "channel": "ticket", "kind": "message", "external_id": "T-81/3", "thread": "T-81", "occurred_at": "2026-10-01T08:00:00.250Z",
    "participants": [{"role": "from", "name": "Maria", "identity": {"scheme": "email", "value": "Maria@Example.com"},
                      "identities": [{"scheme": "phone", "value": "+55 11 98765-4321"}, {"scheme": "ext", "value": "u77"}]},
                     {"role": "to", "identity": {"scheme": "email", "value": "ana@acme.example"}}],
    "subject": "Cable", "text": "It is the wrong cafe\u0301.", "details": {"priority": 2, "tags": ["cable", None]},
}


def changed(**fields):
    record = copy.deepcopy(TICKET)
    for name, value in fields.items():
        if value is None:
            del record[name]
        else:
            record[name] = value
    return record


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    world = World(daybook.Daemon(folder, connectors=CONNECTORS, extra=STAFF), folder)
    yield world
    world.daemon.finish()


def counted(world):
    return world.daemon.ledger("api")


def test_a_record_is_an_entry_like_any_other(world):
    done = world.do(PATH, TICKET, status=201)
    assert done.value["outcome"] == "stored" and done.headers["Location"] == done.value["links"]["self"]
    entry = world.ok(done.headers["Location"])
    assert (entry["connector"], entry["channel"], entry["direction"], entry["thread"]) == ("api", "ticket", "in", "T-81")
    assert entry["occurred_at"] == "2026-10-01T08:00:00.250Z" and entry["text"] == "It is the wrong caf\u00e9."
    assert entry["details"] == TICKET["details"] and entry["attachments"] == []
    maria, ana = entry["participants"]
    assert [i["value"] for i in maria["identities"]] == ["maria@example.com", "+5511987654321", "u77"] and ana["staff"] == "Ana Lima"
    assert world.ok("/api/v1/contacts/%s/timeline" % maria["contact"])["items"][0]["id"] == done.value["id"]
    assert world.ok("/api/v1/search?q=channel:ticket")["items"][0]["id"] == done.value["id"]
    # The same thing again is the first one, whatever else it says.
    before = counted(world)
    for again in (TICKET, changed(text="Another text", occurred_at="2026-10-02T08:00:00Z")):
        assert world.do(PATH, again).value == {**done.value, "outcome": "duplicate"}
    assert world.do(PATH, changed(kind="status", about="T-81/3", text=None), status=201).value["id"] != done.value["id"]
    after = counted(world)
    assert (after["stored"] - before["stored"], after["duplicate"] - before["duplicate"], after["pending"]) == (1, 2, 0)


def test_a_race_of_the_same_record_stores_it_once(world):
    record = changed(external_id="race")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.daemon.request("POST", PATH, json.dumps(record).encode(), {
            "Authorization": "Bearer " + world.tokens["admin"], "Content-Type": "application/json"}), range(8)))
    assert sorted(a.status for a in answers) == [200] * 7 + [201] and len({json.loads(a.body)["id"] for a in answers}) == 1
    key = world.do(PATH, changed(external_id="keyed"), status=201, Idempotency_Key="k")
    assert world.do(PATH, changed(external_id="keyed"), status=201, Idempotency_Key="k").body == key.body


WRONG = [
    ("/channel", changed(channel="pigeon")), ("/channel", changed(channel=None)), ("/kind", changed(kind="shout")), ("/kind", changed(kind=7)),
    ("/direction", changed(direction="up")), ("/external_id", changed(external_id=None)), ("/external_id", changed(external_id=" ")),
    ("/external_id", changed(external_id=5)), ("/about", changed(kind="reaction")), ("/occurred_at", changed(occurred_at=None)),
    ("/occurred_at", changed(occurred_at="yesterday")), ("/occurred_at", changed(occurred_at=1789398000)),
    ("/participants", changed(participants=None)), ("/participants", changed(participants=[])), ("/participants", changed(participants={})),
    ("/participants/0", changed(participants=["maria"])), ("/participants/0", changed(participants=[{"role": "boss", "name": "x"}])),
    ("/participants/0", changed(participants=[{"role": "from"}])), ("/participants/0/contact", changed(participants=[{"role": "from", "contact": "con_1", "name": "x"}])),
    ("/participants/0/identity", changed(participants=[{"role": "from", "identity": {"scheme": "fax", "value": "1"}}])),
    ("/participants/0/identity", changed(participants=[{"role": "from", "identity": "maria@example.com"}])),
    ("/participants/1/identities/0", changed(participants=[{"role": "to", "name": "x"}, {"role": "from", "identities": [{"scheme": "email"}]}])),
    ("/details", changed(details=[1])), ("/text", changed(text="a\u0000b")), ("/text", changed(text=["a"])),
    ("/id", changed(id="int_0000000000000")), ("/recorded_at", changed(recorded_at="2026-10-01T08:00:00Z")), ("/attachments", changed(attachments=[{"sha256": "0" * 64}])),
    ("/provenance", changed(provenance={})), ("/subject", changed(subject="s" * 20000)), ("/external_id", changed(external_id="e" * 3000)), ("", {}),
]


@pytest.mark.parametrize("place,record", WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_told_with_its_place_and_was_never_received(world, place, record):
    before = counted(world)
    answer = world.do(PATH, record, status=422)
    if record:
        assert answer.value["errors"][0]["pointer"] == place, answer.body
    assert counted(world) == before


def test_only_who_sees_everybody_may(world):
    world.make_token("seller", "--staff", "Ana Lima")
    answer = world.do(PATH, changed(external_id="seller's"), "seller", status=403)
    assert "`sees: all`" in answer.value["detail"]
    world.make_token("viewer")
    assert '"write"' in world.do(PATH, TICKET, "viewer", status=403).value["detail"]


def test_who_is_erased_does_not_come_back(world):
    secret = {"role": "from", "name": "Zeb Rawood", "identity": {"scheme": "email", "value": "zebrawood@example.com"}}
    record = changed(external_id="gone", participants=[secret], text="about zebrawood")
    world.do(PATH, record, status=201)
    erase(world.daemon, "zebrawood@example.com")
    assert world.do(PATH, record).value == {"outcome": "filtered", "id": None}
    assert not found(world.daemon, ["zebrawood"])
    world.daemon.stop()
    world.daemon.check_rebuild()
    world.daemon.start()


def test_a_connector_cannot_have_its_name(world):
    status, text = world.daemon.check_config()
    assert status == 0, text
    with open(world.daemon.config) as f:
        before = f.read()
    world.daemon.write_config(connectors="\n  api:\n    type: form\n", extra=STAFF)
    status, text = world.daemon.check_config()
    assert status != 0 and 'the name "api" is reserved' in text, text
    with open(world.daemon.config, "w") as f:
        f.write(before)


def test_what_kills_its_reader_is_kept(make_daemon, tmp_path):
    world = World(make_daemon(connectors=CONNECTORS, extra=STAFF + "ingest:\n  parse_timeout: 100ms\n"), tmp_path)
    record = changed(text="e" + "\u0301\u0327" * 120000)     # what composes it has much to sort
    assert world.do(PATH, json.dumps(record, ensure_ascii=False).encode()).value == {"outcome": "dead", "id": None}
    [letter] = [d for d in world.daemon.cli("dead-letters") if d["connector"] == "api"]
    assert "100 ms" in letter["reason"], letter
    assert counted(world)["dead"] == 1
