"""What people agree to, with source and time: through merges and rebuilds, in the export, and gone with them."""
import json
import tarfile

from test_api import CONNECTORS, STAFF, World
from test_erase import erase, found

WORDS = ("ticked the box on the stand in Lisbon", "wrote that it is too much")


def said(world, contact):
    return [(i["what"], i["state"], i["counts"], i["source"]) for i in world.ok("/api/v1/contacts/%s/consents" % contact)["items"]]


def test_what_they_agreed_to_is_theirs_as_long_as_they_are_here(make_daemon, tmp_path):
    world = World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)
    daemon = world.daemon
    made = []
    for name in ("One", "Two"):
        person = {"name": name, "identities": [{"scheme": "email", "value": name.lower() + "@agree.example"}]}
        made.append(world.do("/api/v1/contacts", person, status=201).value["contact"])
    one, two = made
    path = "/api/v1/contacts/%s/consents" % one
    given = {"what": "marketing.email", "state": "given", "basis": "consent", "source": WORDS[0], "said_at": "2026-03-01T10:00:00Z"}
    for _ in range(2):      # asked again under its key it is one word
        world.do(path, given, Idempotency_Key="agree")
    done = daemon.run("contact", "consent", one, "marketing.email", "withdrawn", "--source", WORDS[1], "--at", "2026-05-01T10:00:00Z")
    assert done.returncode == 0, done.stderr
    world.do("/api/v1/contacts/%s/consents" % two, {"what": "marketing.whatsapp", "state": "given"})
    assert said(world, one) == [("marketing.email", "withdrawn", True, WORDS[1]), ("marketing.email", "given", False, WORDS[0])]
    # What is written down later and was said before does not count.
    world.do(path, dict(given, said_at="2026-04-01T10:00:00Z", source=None))
    assert [i[1:3] for i in said(world, one)] == [("withdrawn", True), ("given", False), ("given", False)]
    for bad in ({"what": "Marketing E-mail", "state": "given"}, {"what": "x", "state": "perhaps"}, {"what": "x", "state": "given", "basis": "x"},
                {"what": "x", "state": "given", "said_at": "2999-01-01T00:00:00Z"}):
        world.do(path, bad, status=422)
    # Merged they are one's, and two's again afterwards.
    assert daemon.run("contact", "merge", one, two, "--yes").returncode == 0
    assert [i[:3] for i in said(world, two)] == [("marketing.email", "withdrawn", True), ("marketing.email", "given", False),
                                                 ("marketing.email", "given", False), ("marketing.whatsapp", "given", True)]
    shown = daemon.run("contact", "show", two).stdout.decode()
    assert "agrees     marketing.whatsapp given since" in shown and "marketing.email withdrawn since 2026-05-01" in shown, shown
    assert [(i["what"], i["contact"]) for i in daemon.cli("contact", "consents", two)][2:] == [("marketing.email", one), ("marketing.whatsapp", two)]
    assert daemon.run("contact", "unmerge", one).returncode == 0
    assert [i[0] for i in said(world, two)] == ["marketing.whatsapp"] and len(said(world, one)) == 3
    out = str(tmp_path / "one.tar")
    assert daemon.run("export", "person", one, "-o", out).returncode == 0
    with tarfile.open(out) as tar:
        [name] = [n for n in tar.getnames() if n.endswith("person.json")]
        person = json.load(tar.extractfile(name))
    assert [c["source"] for c in person["consents"]] == [WORDS[1], None, WORDS[0]]
    daemon.stop()
    daemon.check_rebuild()
    daemon.start()
    assert set(found(daemon, WORDS)) == set(WORDS)
    erase(daemon, one)
    assert found(daemon, WORDS) == [] and [i["what"] for i in daemon.cli("contact", "consents", two)] == ["marketing.whatsapp"]
    daemon.stop()
    daemon.check_rebuild()
