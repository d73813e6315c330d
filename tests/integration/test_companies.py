"""Companies: who belongs together by address or by word, and all that was said with them, as far as somebody sees it."""
import contextlib
import os
import random
import sqlite3
import urllib.parse

import pytest

from daybook import wait_until
from test_erase import found
from test_api import CONNECTORS, EYES, STAFF, World, mail, write_mbox

SETTLED = os.path.join(os.path.dirname(__file__), "..", "..", "src", "store", "migrations", "0035_company_merged.sqlite.sql")
PADARIA = "Padaria do Zé / São João"


def run(daemon, *args, status=0):
    done = daemon.run(*args)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


def companies(world, token="admin"):
    return {c["name"]: c["contacts"] for c in world.pages("/api/v1/companies?limit=2", token)}


def path_of(name, rest=""):
    return "/api/v1/companies/" + urllib.parse.quote(name, safe="") + rest


def members(world, name, token="admin"):
    return {c["name"] for c in world.pages("/api/v1/contacts?limit=2&company=" + urllib.parse.quote(name), token)}


@pytest.fixture
def world(make_daemon, tmp_path):
    """Beside of-ana, of-rui, of-eva and of-nobody at example.com: two of acme.com.br, one of them by a subdomain, and one of gmail."""
    world = World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "c.mbox", [
        mail(100, From="Bia <bia@acme.com.br>"), mail(101, From="Caio <caio@vendas.acme.com.br>"), mail(102, From="Davi <davi@gmail.com>"),
        mail(103, From="Bia <bia@acme.com.br>", To="sales@acme.example", Cc="caio@vendas.acme.com.br, of-ana@example.com")]))
    return world


def settle_as_an_upgrade_does(world):
    """A store in which 0030 looked at nobody who was merged, and then 0035."""
    world.daemon.stop()
    with contextlib.closing(sqlite3.connect(os.path.join(world.daemon.store, "daybook.db"))) as db, open(SETTLED) as f:
        db.execute("UPDATE contact SET company = (SELECT domain FROM company WHERE company.id = company_id)"
                   " WHERE id IN (SELECT merged_into FROM contact)")
        db.executescript(f.read())
    world.daemon.check_rebuild()
    world.daemon.start()


def test_who_belongs_together(world):
    daemon = world.daemon
    assert companies(world) == {"acme.com.br": 2, "example.com": 4}
    one = world.ok(path_of("ACME.com.br"))
    assert one["name"] == "acme.com.br" and one["contacts"] == 2 and world.ok(one["links"]["self"]) == one
    assert members(world, "acme.com.br") == {"Bia", "Caio"} and members(world, "nobody.example") == set()
    assert [c["name"] for c in world.ok("/api/v1/contacts?company=acme.com.br&query=cai&sort=name")["items"]] == ["Caio"]
    items = world.ok(one["links"]["timeline"])["items"]
    assert sorted(i["subject"] for i in items) == ["Mail 100", "Mail 101", "Mail 103"], "all of one second"
    assert len({i["id"] for i in items}) == 3, "each once, though two of them take part"
    # What a person says stands before the address.
    davi = next(c for c in world.ok("/api/v1/contacts")["items"] if c["name"] == "Davi")
    assert davi["company"] is None
    world.do("/api/v1/contacts/%s/company" % davi["id"], {"company": PADARIA})
    assert world.ok("/api/v1/contacts/" + davi["id"])["company"] == PADARIA and world.ok(path_of(PADARIA))["contacts"] == 1
    assert [i["subject"] for i in world.ok(path_of(PADARIA, "/timeline"))["items"]] == ["Mail 102"]
    assert companies(world) == {"acme.com.br": 2, "example.com": 4, PADARIA: 1}
    assert [c["name"] for c in world.ok("/api/v1/companies?query=padaria")["items"]] == [PADARIA]
    run(daemon, "contact", "company", "caio@vendas.acme.com.br", *PADARIA.split(" "))
    assert "Padaria" in run(daemon, "companies") and {c["name"]: c["contacts"] for c in daemon.cli("companies")} == companies(world)
    assert members(world, PADARIA) == {"Caio", "Davi"} == {c["name"] for c in daemon.cli("contacts", "--company", PADARIA)}
    # A merge keeps the word of both, and its undo gives each theirs.
    run(daemon, "contact", "merge", "davi@gmail.com", "bia@acme.com.br", "--yes")
    assert companies(world) == {"example.com": 4, PADARIA: 2}
    items = world.ok(path_of(PADARIA, "/timeline"))["items"]
    assert sorted(i["subject"] for i in items) == ["Mail 100", "Mail 101", "Mail 102", "Mail 103"], "of both, each once"
    done = daemon.run("contact", "company", "bia@acme.com.br", "--by-address")
    assert done.returncode == 0 and "said of a contact that is merged into them: say another name, or unmerge" in done.stderr.decode()
    assert companies(world) == {"example.com": 4, PADARIA: 2} and PADARIA.split()[0] in done.stderr.decode()
    settle_as_an_upgrade_does(world)
    assert companies(world) == {"example.com": 4, PADARIA: 2}
    run(daemon, "contact", "unmerge", "davi@gmail.com")
    assert members(world, PADARIA) == {"Caio", "Davi"} and members(world, "acme.com.br") == {"Bia"}
    run(daemon, "contact", "company", "caio@vendas.acme.com.br", "--by-address")
    assert members(world, "acme.com.br") == {"Bia", "Caio"}
    before = companies(world)
    daemon.stop()
    daemon.check_rebuild()
    run(daemon, "rebuild")
    daemon.start()
    assert companies(world) == before and "contact company" in [e["what"] for e in daemon.cli("audit")]
    assert PADARIA not in str(daemon.cli("audit")), "what was written is not told there"
    run(daemon, "contact", "company", "davi@gmail.com", "Davizinho", "ME")
    run(daemon, "erase", "davi@gmail.com", "--yes")
    assert found(daemon, ("Davizinho",)) == [], "what somebody wrote of their company goes with them"
    daemon.stop()
    daemon.check_rebuild()
    daemon.start()
    assert companies(world) == {"acme.com.br": 2, "example.com": 4} and world.ask(path_of(PADARIA)).status == 404


def test_each_sees_those_of_whom_they_see_somebody(world, tmp_path):
    daemon = world.daemon
    for who, owner in (("bia@acme.com.br", "Ana Lima"), ("caio@vendas.acme.com.br", "Rui Prado"), ("davi@gmail.com", "Eva Reis")):
        run(daemon, "contact", "assign", who, owner)
    run(daemon, "contact", "company", "davi@gmail.com", "Closed Ltda")
    run(daemon, "contact", "restrict", "davi@gmail.com")
    for name, (role, options, rights, _) in EYES.items():
        if name != "admin":
            world.make_token(role, *options, name=name)
        if "read" not in rights:
            assert world.ask("/api/v1/companies", name).status == world.ask(path_of("acme.com.br"), name).status == 403
            continue
        contacts = world.pages("/api/v1/contacts?limit=100", name)
        want = {c: sum(x["company"] == c for x in contacts) for c in {x["company"] for x in contacts} - {None}}
        assert companies(world, name) == want, name
        for company in ("acme.com.br", "example.com", "Closed Ltda"):
            if company not in want:
                for rest in ("", "/timeline"):
                    hidden, ghost = world.ask(path_of(company, rest), name), world.ask(path_of("ghost.example", rest), name)
                    assert hidden.status == 404 and {**hidden.value, "instance": 0} == {**ghost.value, "instance": 0}, "it shows that it is there"
                assert members(world, company, name) == set()
                continue
            entries = {i["id"] for c in contacts if c["company"] == company for i in world.pages("/api/v1/contacts/%s/timeline?limit=100" % c["id"], name)}
            assert {i["id"] for i in world.pages(path_of(company, "/timeline?limit=2"), name)} == entries, (name, company)
    assert companies(world, "viewer")["Closed Ltda"] == 1 and "Closed Ltda" not in companies(world, "seller")


def test_pages_are_the_union_of_all_timelines(world, tmp_path):
    """Random entries of twenty people, many at the same second, in pages of all sizes."""
    rng = random.Random(7)
    people = ["p%d@big.example" % n for n in range(20)]
    mails = [mail(1000 + n, From=rng.choice(people), To="sales@acme.example", Cc=", ".join(rng.sample(people, rng.randrange(3))),
                  Date="Tue, 3 Nov 2026 12:%02d:00 +0000" % rng.randrange(12)) for n in range(150)]
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "big.mbox", mails))
    wait_until(lambda: companies(world).get("big.example") == 20, 10, "all of them")
    contacts = [c["id"] for c in world.pages("/api/v1/contacts?limit=100&company=big.example")]
    union = {i["id"]: i for c in contacts for i in world.pages("/api/v1/contacts/%s/timeline?limit=100" % c)}
    want = [i["id"] for i in sorted(union.values(), key=lambda i: (i["occurred_at"], i["id"]), reverse=True)]
    assert len(want) == 150
    for limit in (1, 2, 7, 19, 20, 50, 200):
        assert [i["id"] for i in world.pages(path_of("big.example", "/timeline?limit=%d" % limit))] == want, limit
    some = [i for i in want if union[i]["occurred_at"] >= "2026-11-03T12:05:00" and union[i]["occurred_at"] < "2026-11-03T12:09:00"]
    assert [i["id"] for i in world.pages(path_of("big.example", "/timeline?limit=3&after=2026-11-03T12:05:00Z&before=2026-11-03T12:09:00Z"))] == some
    assert world.ok(path_of("big.example", "/timeline?channel=whatsapp"))["items"] == []


@pytest.mark.parametrize("path, status", [
    (path_of("ghost.example"), 404), ("/api/v1/companies/%00", 404), ("/api/v1/companies/%ff", 404), ("/api/v1/companies/%zz", 404),
    ("/api/v1/companies/", 404), ("/api/v1/companies?query=" + "x" * 201, 422), ("/api/v1/companies?limit=0", 422), ("/api/v1/companies?cursor=AAAA", 400),
    (path_of("example.com", "/timeline?kind=x"), 422), (path_of("example.com", "?x=1"), 422),
])
def test_what_makes_no_sense_is_refused(world, path, status):
    assert world.ask(path).status == status


def test_a_name_that_is_none(world):
    ana = "/api/v1/contacts/%s/company" % world.contacts["Ana"]
    assert world.ask(ana, method="POST", body={"company": "x" * 201}).status == 422
    assert world.ask(ana, method="POST", body={}).status == 422 and world.ask(ana, method="POST", body={"company": "a\x00b"}).status in (400, 422)
    world.do(ana, {"company": None})
    assert world.ok("/api/v1/contacts/" + world.contacts["Ana"])["company"] == "example.com"
    assert "which company" in run(world.daemon, "contact", "company", "of-ana@example.com", status=2)
    assert run(world.daemon, "contact", "company", "of-ana@example.com", "x" * 201, status=1)
