"""What others hear of changes: the numbered log, as each pair of eyes sees it."""
import os
import sqlite3

import pytest

import api_schema
import daybook
from test_import import mail, write_mbox

STAFF = """staff:
  Ana Lima: {email: [ana@acme.example], role: seller, team: sul}
  Eva Reis: {email: [eva@acme.example], role: seller, team: norte}
roles:
  lone: {can: [read], sees: own}
"""
QUIET = "  quiet:\n    type: form\n    create_contacts: never\n"


class Feed:
    def __init__(self, daemon):
        self.daemon, self.judge, self.tokens = daemon, api_schema.Judge(), {}
        daemon.start()
        self.token("admin")

    def token(self, role, *options, name=None):
        [reply] = self.daemon.cli("token", "create", name or role, "--role", role, *options)
        self.tokens[name or role] = reply["token"]
        return reply["token"]

    def ask(self, query="", token="admin"):
        path = "/api/v1/changes" + query
        answer = self.daemon.request("GET", path, headers={"Authorization": "Bearer " + self.tokens[token]})
        answer.value = self.judge.check("GET", path, answer)
        return answer

    def page(self, query="", token="admin"):
        answer = self.ask(query, token)
        assert answer.status == 200, answer.body
        return answer.value

    def items(self, token="admin", after=None, kinds=""):
        items, reset = [], False
        while True:
            query = "?limit=3" + ("" if after is None else "&after=%d" % after) + ("&kinds=" + kinds if kinds else "")
            page = self.page(query, token)
            items += page["items"]
            reset |= page["reset"]
            after = page["next"]
            if after == page["last"]:
                assert not reset
                return items

    def kinds(self, token="admin", after=None):
        return [i["kind"] for i in self.items(token, after)]

    def last(self):
        return self.page("?limit=1")["last"]

    def post(self, text, email="", form="contact"):
        fields = {k: v for k, v in (("message", text), ("email", email)) if v}
        assert self.daemon.post_form(fields, form, **{"Idempotency-Key": text}).status in (200, 303)


@pytest.fixture
def feed(make_daemon):
    return Feed(make_daemon(connectors=daybook.WHATSAPP + daybook.FORM + QUIET, extra=STAFF))


def own(daemon, **owners):
    for who, owner in owners.items():
        done = daemon.run("contact", "assign", who + "@one.example", owner)
        assert done.returncode == 0, done.stderr


def test_what_comes_in_is_told_in_order_and_without_a_gap(feed):
    feed.post("one", "ana@one.example")
    feed.post("two", "ana@one.example")
    feed.daemon.post_whatsapp(b'{"entry": [')
    items = feed.items()
    seqs = [i["seq"] for i in items]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    told = [i["kind"] for i in items if i["kind"] != "connector.state"]
    assert told == ["interaction.created", "contact.created", "interaction.created", "dead_letter.created"]
    first, contact, second = [i for i in items if i["kind"].split(".")[0] in ("interaction", "contact")]
    assert first["contacts"] == second["contacts"] == [contact["contact"]]
    entries = {e["id"] for e in feed.daemon.cli("interactions")}
    assert {first["interaction"], second["interaction"]} == entries
    assert [i["kind"] for i in feed.items(kinds="contact.created")] == ["contact.created"]
    after = feed.last()
    feed.post("two", "ana@one.example")         # a repeat is no change
    assert feed.items(after=after) == []


def test_what_people_decide_is_told(feed):
    feed.post("one", "ana@one.example")
    feed.post("two", "bia@two.example")
    ana, bia = (feed.daemon.cli("contact", "show", h)[0]["id"] for h in ("ana@one.example", "bia@two.example"))
    steps = [
        (("contact", "merge", ana, bia, "--yes"), {"contact.merged": {"contact": ana, "into": bia}}),
        (("contact", "unmerge", ana), {"contact.unmerged": {"contact": ana, "from": bia}}),
        (("contact", "name", ana, "Ana"), {"contact.updated": {"contact": ana}}),
        (("contact", "add", ana, "ana@new.example"), {"contact.updated": {"contact": ana}}),
    ]
    for command, wanted in steps:
        after = feed.last()
        done = feed.daemon.run(*command)
        assert done.returncode == 0, (command, done.stderr)
        items = feed.items(after=after)
        for kind, fields in wanted.items():
            assert any(i["kind"] == kind and all(i[k] == v for k, v in fields.items()) for i in items), (command, items)


def test_a_position_that_is_not_of_this_log_says_reset(feed):
    feed.post("one", "ana@one.example")
    last = feed.last()
    assert feed.page("?after=0")["items"]
    ahead = feed.page("?after=%d" % (last + 1))
    assert ahead["reset"] and ahead["items"] == [] and ahead["next"] == last
    feed.daemon.stop()
    db = sqlite3.connect(os.path.join(feed.daemon.store, "daybook.db"))
    with db:
        db.execute("DELETE FROM change WHERE seq < 3")      # as the writer does with old rows
    db.close()
    feed.daemon.start()
    assert feed.page("?after=0")["reset"] and feed.page("?after=1")["reset"] and not feed.page("?after=2")["reset"]
    assert feed.page()["items"][0]["seq"] == 3 and not feed.page()["reset"]
    for query in ("?after=-1", "?after=x", "?after=1e3", "?kinds=contact.sold", "?limit=0", "?before=3"):
        assert feed.ask(query).status == 422, query


def test_each_hears_of_what_they_see(feed):
    for who in ("ana", "eva", "nobody"):
        feed.post("of " + who, who + "@one.example")
    feed.post("orphan", form="quiet")
    feed.daemon.post_whatsapp(b'{"entry": [')
    own(feed.daemon, ana="Ana Lima", eva="Eva Reis")
    feed.token("ops")
    feed.token("viewer")
    feed.token("seller", "--staff", "Ana Lima")
    feed.token("lone", "--staff", "Ana Lima")
    ids = {w: feed.daemon.cli("contact", "show", w + "@one.example")[0]["id"] for w in ("ana", "eva", "nobody")}
    seen = {"admin": {"ana", "eva", "nobody"}, "viewer": {"ana", "eva", "nobody"}, "seller": {"ana", "nobody"}, "lone": {"ana"},
            "ops": set()}
    everything = feed.items()
    orphan = [i["interaction"] for i in everything if i["kind"] == "interaction.created" and i["contacts"] == []]
    assert len(orphan) == 1
    for token, who in seen.items():
        items = feed.items(token)
        for name, id in ids.items():
            assert (id in str(items)) == (name in who), (token, name)
        assert (orphan[0] in str(items)) == (token in ("admin", "viewer", "seller")), token
        kinds = {i["kind"] for i in items}
        assert ("dead_letter.created" in kinds) == ("connector.state" in kinds) == (token in ("admin", "ops")), token
        page = feed.page("", token)
        assert page["next"] <= page["last"] == everything[-1]["seq"]      # how far it goes is no secret, what is in it is


def test_an_entry_of_two_names_only_who_is_seen(feed, tmp_path):
    feed.post("a", "ana@one.example")
    feed.post("e", "eva@one.example")
    both = mail(40, "both", From="Ana <ana@one.example>", To="sales@acme.example", Cc="eva@one.example")
    feed.daemon.cli("import", "mbox", write_mbox(tmp_path / "d.mbox", [both]))
    own(feed.daemon, ana="Ana Lima", eva="Eva Reis")
    feed.token("lone", "--staff", "Ana Lima")
    assert max(len(i["contacts"]) for i in feed.items(kinds="interaction.created")) == 2
    eva = feed.daemon.cli("contact", "show", "eva@one.example")[0]["id"]
    items = feed.items("lone")
    assert eva not in str(items) and [len(i["contacts"]) for i in items if "contacts" in i] == [1, 1]


def test_a_merge_with_somebody_unseen_names_nobody_after_its_undoing(feed):
    feed.post("a", "ana@one.example")
    feed.post("e", "eva@one.example")
    ana, eva = (feed.daemon.cli("contact", "show", w + "@one.example")[0]["id"] for w in ("ana", "eva"))
    own(feed.daemon, ana="Ana Lima", eva="Eva Reis")
    feed.token("lone", "--staff", "Ana Lima")
    after = feed.last()
    assert feed.daemon.run("contact", "merge", ana, eva, "--yes").returncode == 0
    assert feed.items("lone", after) == []          # it is Eva's now
    assert feed.daemon.run("contact", "unmerge", ana).returncode == 0
    items = feed.items("lone", after)
    assert eva not in str(items) and {i["kind"] for i in items} >= {"contact.merged", "contact.unmerged"}
    assert all(i[k] is None for i in items for k in ("into", "from") if k in i)


def test_what_is_gone_is_told_to_who_saw_it(feed):
    feed.post("one", "ana@one.example")
    own(feed.daemon, ana="Ana Lima")
    feed.token("lone", "--staff", "Ana Lima")
    feed.daemon.stop()
    db = sqlite3.connect(os.path.join(feed.daemon.store, "daybook.db"))
    with db:
        last = db.execute("SELECT max(seq) FROM change").fetchone()[0]
        db.executemany("INSERT INTO change VALUES (?, 1, ?, 99, 0, ?)",
                       [(last + 1, 8, "Ana Lima"), (last + 2, 8, "Eva Reis"), (last + 3, 3, None)])
    db.close()
    feed.daemon.start()
    told = [i for i in feed.items("lone", last) if i["kind"].endswith("erased")]
    assert [i["seq"] for i in told] == [last + 1]
    assert [i["seq"] for i in feed.items("admin", last)][:3] == [last + 1, last + 2, last + 3]


def test_the_log_outlives_a_rebuild_which_it_tells_of(feed):
    feed.post("one", "ana@one.example")
    before = feed.items()
    feed.daemon.stop()
    assert feed.daemon.run("rebuild").returncode == 0
    feed.daemon.start()
    after = feed.items()
    assert after[:len(before)] == before and after[len(before)]["kind"] == "store.rebuilt"
