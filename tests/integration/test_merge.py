"""Who is who, as people decide it: merged, taken apart, moved; undone exactly; and the same again after a rebuild."""
import json
import random

import pytest

from daybook import FORM, wait_until

ANA, BIA, CAIO = "ana@one.example", "bia@two.example", "caio@three.example"
N_RANDOM = 50
UNLIMITED = FORM.replace("type: form", "type: form\n    rate_limit: 100000/min")
QUIET = "  quiet:\n    type: form\n    create_contacts: never\n"


@pytest.fixture
def forms(make_daemon):
    return make_daemon(connectors=FORM, extra="").start()


def post(daemon, text, email="", phone="", name="", form="contact"):
    fields = {"message": text, "email": email, "phone": phone, "name": name}
    answer = daemon.post_form({k: v for k, v in fields.items() if v}, form, **{"Idempotency-Key": text})
    assert answer.status in (200, 303), (answer.status, answer.body)


def one(daemon, handle):
    return daemon.cli("contact", "show", handle)[0]


def texts(daemon, handle):
    return [it["text"] for it in daemon.cli("timeline", handle)]


def handles(contact):
    return {(i["scheme"], i["value"]) for i in contact["identities"]}


def people(daemon):
    """Everything that is known of people, without numbers that nobody sees."""
    contacts, entries = daemon.cli("contacts"), daemon.cli("interactions")
    text_of = {it["id"]: it["text"] for it in entries}
    whose = {c["id"]: sorted(handles(c)) for c in contacts}
    theirs = {c["id"]: [] for c in contacts}
    for it in sorted(entries, key=lambda it: (it["occurred_at"], it["id"])):
        for contact in {p["contact"] for p in it["participants"]} - {None}:
            theirs[contact].append(it["text"])
    return {
        "contacts": sorted([whose[c["id"]], str(c["name"]), str(c["company"]), theirs[c["id"]]] for c in contacts),
        "review": sorted((r["type"], text_of[r["interaction"]], r["reason"], sorted(map(str, (whose[c] for c in r["candidates"]))))
                         for r in daemon.cli("review")),
        "matches": sorted((it["text"], str(it["provenance"].get("match"))) for it in entries),
    }


def run(daemon, *args, status=0):
    result = daemon.run(*args)
    assert result.returncode == status, (args, result.stdout, result.stderr)
    return (result.stdout if status == 0 else result.stderr).decode()


def merge(daemon, one, into):
    run(daemon, "contact", "merge", one, into, "--yes")


# ---- merge ----

def test_a_merge_shows_both_and_loses_no_handle(forms):
    post(forms, "1", ANA, name="Ana")
    post(forms, "2", BIA, name="Bia")
    shown = forms.run("contact", "merge", ANA, BIA, "--dry-run").stderr.decode()
    assert "Ana" in shown and "Bia" in shown and ANA in shown and BIA in shown
    assert len(forms.cli("contacts")) == 2
    was = one(forms, ANA)["id"]
    merge(forms, ANA, BIA)
    [contact] = forms.cli("contacts")
    assert handles(contact) == {("email", ANA), ("email", BIA)}
    assert texts(forms, BIA) == texts(forms, ANA) == ["1", "2"] == texts(forms, was), "the old link leads there too"
    post(forms, "3", ANA)
    assert texts(forms, BIA) == ["1", "2", "3"]


REFUSED = [
    (("merge", ANA, ANA, "--yes"), 2, "they are one contact already"),
    (("merge", ANA, "nobody@example.com", "--yes"), 3, "nobody is known by"),
    (("unmerge", ANA), 3, "nobody was merged into"),
    (("split", ANA, ANA), 1, "nothing would be left by which they are known"),
    (("split", ANA, BIA), 3, "%s is not theirs" % BIA),
    (("remove", ANA, ANA), 1, "nothing would be left"),
    (("add", ANA, "what?"), 2, "is nothing that a person can be known by"),
    (("add", ANA, ANA), 1, "is theirs already"),
    (("add", ANA, BIA), 1, "merge the two, or take it from them with --move"),
    (("add", ANA, BIA, "--move"), 1, "%s is all that con_" % BIA),
    (("add", ANA, "me@acme.example"), 1, "is one of our own"),
    (("move", "int_0000000000000", ANA), 3, "there is no such interaction"),
    (("move", "con_x", ANA), 3, "is not the id of an entry"),
]


def test_what_cannot_be_done_is_said_and_changes_nothing(forms):
    post(forms, "1", ANA)
    post(forms, "2", BIA)
    before = people(forms)
    for args, code, words in REFUSED:
        assert words in run(forms, "contact", *args, status=code), args
    assert people(forms) == before


# ---- unmerge ----

def test_a_merge_is_undone_as_if_it_had_never_been(make_daemon):
    phone = "+5511987654321"
    merged, never = (make_daemon(name, connectors=FORM).start() for name in ("merged", "never"))
    for daemon in (merged, never):
        post(daemon, "a", ANA, name="Ana")
        post(daemon, "b", BIA, name="Bia")
    merge(merged, ANA, BIA)
    for daemon in (merged, never):
        post(daemon, "new handle", ANA, phone)
        post(daemon, "by it alone", phone=phone)
        post(daemon, "its older form", phone="+551187654321")
        post(daemon, "both of them", BIA, "+351912345678", name="Bia B.")
        post(daemon, "third", CAIO)
        post(daemon, "a's again", ANA, name="Ana A.")
    assert len(merged.cli("contacts")) == 2
    run(merged, "contact", "unmerge", BIA)
    assert people(merged) == people(never)
    assert "by it alone" in texts(merged, ANA)


@pytest.mark.parametrize("meanwhile", ("move", "take"))
def test_what_left_meanwhile_still_links(make_daemon, meanwhile):
    """The entry that made a handle hers stands with somebody else when the merge is undone."""
    merged, never = (make_daemon(name, connectors=UNLIMITED).start() for name in ("merged", "never"))
    for daemon in (merged, never):
        for text, email in (("a", ANA), ("b", BIA), ("c", CAIO)):
            post(daemon, text, email)
        post(daemon, "a2", ANA, "+351912345678")
    merge(merged, ANA, BIA)
    for daemon in (merged, never):
        post(daemon, "e", ANA, "+5511987654321")
        post(daemon, "v", phone="+551187654321")
        of = {it["text"]: it["id"] for it in daemon.cli("interactions")}
        for entry in ("e", "v") if meanwhile == "move" else ():
            run(daemon, "contact", "move", of[entry], CAIO)
        if meanwhile == "take":
            run(daemon, "contact", "add", CAIO, "+351912345678", "--move")
    run(merged, "contact", "unmerge", BIA)
    assert people(merged) == people(never)
    assert ("phone", "+5511987654321") in handles(one(merged, ANA))


def test_what_a_third_persons_message_named_is_sorted_out_too(make_daemon):
    merged, never = (make_daemon(name, connectors=UNLIMITED).start() for name in ("merged", "never"))
    for daemon in (merged, never):
        for text, email in (("a", ANA), ("b", BIA), ("c", CAIO)):
            post(daemon, text, email)
        run(daemon, "contact", "add", ANA, "phone:+551187654321")
        run(daemon, "contact", "add", BIA, "wa:551187654321")
    merge(merged, ANA, BIA)
    for daemon in (merged, never):
        post(daemon, "f1", phone="+5511987654321")
        post(daemon, "f2", CAIO, "+5511987654321")
        post(daemon, "f3", phone="+5511987654321")
    run(merged, "contact", "unmerge", BIA)
    assert people(merged) == people(never)
    assert "f3" in texts(merged, CAIO)


def test_chains_are_undone_from_either_end(make_daemon):
    merged, never = (make_daemon(name, connectors=UNLIMITED).start() for name in ("merged", "never"))
    for daemon in (merged, never):
        for text, email in (("a", ANA), ("b", BIA), ("c", CAIO)):
            post(daemon, text, email)
    ids = {handle: one(merged, handle)["id"] for handle in (ANA, BIA)}
    merge(merged, ANA, BIA)
    for daemon in (merged, never):
        post(daemon, "e1", ANA, "+5511987654321")
    merge(merged, BIA, CAIO)
    for daemon in (merged, never):
        post(daemon, "e2", BIA, "+351912345678")
        post(daemon, "e3", phone="+5511987654321")
        post(daemon, "e4", CAIO, "+551187654321")
    run(merged, "contact", "unmerge", ids[BIA])
    run(merged, "contact", "unmerge", ids[ANA])
    assert people(merged) == people(never)


def test_what_both_of_them_fitted_is_a_question_again(make_daemon):
    """Two have the number's two forms; a third form comes."""
    daemon = make_daemon(connectors=FORM).start()
    post(daemon, "a", ANA)
    post(daemon, "b", BIA)
    run(daemon, "contact", "add", ANA, "phone:+525512345678")
    run(daemon, "contact", "add", BIA, "wa:5215512345678")
    before = people(daemon)
    merge(daemon, ANA, BIA)
    post(daemon, "c", ANA, "+525512345678")
    run(daemon, "contact", "unmerge", BIA)
    after = people(daemon)
    assert [c[0] for c in after["contacts"]] == [c[0] for c in before["contacts"]]
    assert texts(daemon, ANA) == ["a", "c"]


def test_a_thousand_messages_later(make_daemon):
    merged, never = (make_daemon(name, connectors=UNLIMITED).start() for name in ("merged", "never"))
    rnd = random.Random(4)
    known = [(ANA, ""), (BIA, ""), ("", "+5511987654321"), ("", "+5511987654322")]
    for daemon in (merged, never):
        post(daemon, "a", ANA, known[2][1])
        post(daemon, "b", BIA, known[3][1])
    merge(merged, ANA, BIA)
    for i in range(1000):
        email, phone = rnd.choice(known)
        if rnd.random() < .1:
            email, phone = email or "p%d@example.org" % rnd.randrange(30), phone or "+55119%08d" % (60000000 + rnd.randrange(30))
        for daemon in (merged, never):
            post(daemon, "m%d" % i, email, phone)
    run(merged, "contact", "unmerge", BIA)
    assert people(merged) == people(never)


# ---- taken apart, moved ----

def test_a_split_takes_its_entries_along(forms):
    post(forms, "1", ANA, "+5511987654321", name="Ana")
    post(forms, "2", ANA)
    post(forms, "3", phone="+5511987654321")
    run(forms, "contact", "split", ANA, "11 98765-4321")
    assert texts(forms, ANA) == ["1", "2"]
    assert texts(forms, "+5511987654321") == ["3"]
    assert len(forms.cli("contacts")) == 2


def test_an_entry_moves_alone_and_its_address_stays(forms):
    post(forms, "1", ANA, name="Ana")
    post(forms, "2", BIA, name="Bia")
    entry = forms.cli("timeline", ANA)[0]["id"]
    run(forms, "contact", "move", entry, BIA)
    assert (texts(forms, ANA), texts(forms, BIA)) == ([], ["1", "2"])
    assert one(forms, BIA)["name"] == "Bia"
    [moved] = [it for it in forms.cli("timeline", BIA) if it["id"] == entry]
    assert one(forms, BIA)["id"] in [p["contact"] for p in moved["participants"]]
    post(forms, "3", ANA)
    assert texts(forms, ANA) == ["3"]
    merge(forms, ANA, BIA)
    run(forms, "contact", "unmerge", BIA)
    assert (texts(forms, ANA), texts(forms, BIA)) == (["3"], ["1", "2"])
    assert "already" in run(forms, "contact", "move", entry, BIA, status=1)


def test_what_names_nobody_is_given_to_somebody(forms):
    post(forms, "who am I?")
    post(forms, "1", ANA)
    [item] = [r for r in forms.cli("review") if r["type"] == "unmatched"]
    run(forms, "contact", "move", item["interaction"], ANA)
    assert sorted(texts(forms, ANA)) == ["1", "who am I?"]
    assert forms.cli("review") == []


def test_an_address_that_is_added_brings_what_came_by_it(make_daemon):
    daemon = make_daemon(connectors=FORM + QUIET).start()
    post(daemon, "1", phone="+551187654321", form="quiet")
    assert daemon.cli("contacts") == []
    post(daemon, "2", ANA)
    run(daemon, "contact", "add", ANA, "+5511987654321")
    assert texts(daemon, ANA) == ["1", "2"], "also by the older form of the number"
    run(daemon, "contact", "remove", ANA, "+551187654321")
    assert texts(daemon, ANA) == ["2"]


def test_an_address_of_another_person_is_taken_only_when_asked(forms):
    post(forms, "1", ANA, "+5511987654321")
    post(forms, "2", BIA)
    run(forms, "contact", "add", BIA, "+5511987654321", "--move")
    assert ("phone", "+5511987654321") in handles(one(forms, BIA))
    post(forms, "3", phone="+5511987654321")
    assert texts(forms, BIA) == ["2", "3"]


def test_a_typed_name_outlives_what_mails_say(forms):
    post(forms, "1", ANA, name="ana")
    run(forms, "contact", "name", ANA, "Ana", "Lima")
    post(forms, "2", ANA, name="Somebody Else")
    assert one(forms, ANA)["name"] == "Ana Lima"


def test_two_contacts_that_one_form_names_are_asked_about_once(forms):
    post(forms, "1", ANA, name="Ana")
    post(forms, "2", phone="+55 31 98888-7777", name="Maria")
    assert forms.cli("review") == []
    post(forms, "3", ANA, "+55 31 98888-7777")
    [item] = forms.cli("review")
    assert item["type"] == "ambiguous" and len(item["candidates"]) == 2
    assert item["reason"] == "e-mail; but phone belongs to another contact"
    assert texts(forms, ANA) == ["1", "3"]
    post(forms, "4", ANA, "+55 31 98888-7777")
    assert forms.cli("review") == [item]
    run(forms, "review", "dismiss", item["id"])
    post(forms, "5", ANA, "+55 31 98888-7777")
    assert forms.cli("review") == []


def test_a_question_is_dismissed(forms):
    post(forms, "who am I?")
    [item] = forms.cli("review")
    run(forms, "review", "dismiss", item["id"])
    assert forms.cli("review") == []
    run(forms, "review", "dismiss", item["id"], status=3)


# ---- anything in any order ----

class Chance:
    """Random decisions and messages; what is refused is refused with a reason."""

    def __init__(self, daemon, seed):
        self.daemon, self.rnd, self.n = daemon, random.Random(seed), 0

    def handle(self):
        if self.rnd.random() < .5:
            return "p%d@example.org" % self.rnd.randrange(8)
        return "+5511%s%07d" % (self.rnd.choice(("9", "99", "98", "8")), 1234000 + self.rnd.randrange(4))

    def message(self):
        email, phone = "p%d@example.org" % self.rnd.randrange(8), self.handle()
        self.n += 1
        post(self.daemon, "m%d" % self.n, self.rnd.choice((email, "")), "" if "@" in phone else phone,
             self.rnd.choice(("", "Name %d" % self.rnd.randrange(5))))

    def contact(self):
        return self.rnd.choice(self.daemon.cli("contacts"))

    def decide(self):
        one, two = self.contact(), self.contact()
        entry = self.rnd.choice(self.daemon.cli("interactions"))["id"]
        some = self.rnd.choice(one["identities"])["value"] if one["identities"] else ANA
        args = self.rnd.choice([
            ("merge", one["id"], two["id"], "--yes"), ("merge", two["id"], one["id"], "--yes"), ("unmerge", one["id"]),
            ("unmerge", one["id"]), ("split", one["id"], some), ("move", entry, one["id"]), ("add", one["id"], self.handle()),
            ("add", one["id"], self.handle(), "--move"), ("remove", one["id"], some), ("name", one["id"], "Typed", str(self.n)),
        ])
        result = self.daemon.run("contact", *args)
        assert result.returncode in (0, 1, 2, 3, 5) and b"internal" not in result.stderr, (args, result.stderr)

    def step(self):
        (self.message if self.rnd.random() < .6 or not self.daemon.cli("contacts") else self.decide)()


@pytest.mark.parametrize("seed", (1, 2))
def test_whatever_is_decided_a_rebuild_says_the_same(make_daemon, seed):
    daemon = make_daemon(connectors=UNLIMITED).start()
    chance = Chance(daemon, seed)
    for _ in range(N_RANDOM):
        chance.step()
    before = people(daemon)
    entries = daemon.cli("interactions")
    assert len(entries) == chance.n
    on_timelines = [it["id"] for c in daemon.cli("contacts") for it in daemon.cli("timeline", c["id"])]
    assert len(on_timelines) == len(set(on_timelines)), "no entry of one sender stands with two people"
    daemon.stop()
    check = daemon.run("rebuild", "--check")
    assert check.returncode == 0, check.stdout + check.stderr
    assert daemon.run("rebuild").returncode == 0
    assert people(daemon) == before


@pytest.mark.parametrize("seed", (1, 2))
def test_a_merge_among_other_things_leaves_no_trace_once_undone(make_daemon, seed):
    """Messages by random handles and what people decide meanwhile, the same in both; one of them has two merged for a while."""
    merged, never = both = [make_daemon(name, connectors=UNLIMITED).start() for name in ("merged", "never")]
    rnd = random.Random(seed)
    emails = [ANA, BIA, CAIO, "dora@four.example"]
    phones = ["+5511987654321", "+551187654321", "+5511987654322", "+351912345678", "+525512345678", "+5215512345678"]
    for i, email in enumerate(emails):
        for daemon in both:
            post(daemon, "first %d" % i, email)
    merge(merged, ANA, BIA)
    for i in range(N_RANDOM):
        email, phone = rnd.choice(emails + [""]), rnd.choice(phones + [""])
        decision = rnd.random()
        for daemon in both:
            if decision < .85:
                post(daemon, "m%d" % i, email, phone)
            elif decision < .93:
                entry = [it["id"] for it in daemon.cli("interactions") if it["text"] == "first 2"][0]
                daemon.run("contact", "move", entry, rnd.choice(emails[3:]), "--from", CAIO)
            else:
                daemon.run("contact", "name", CAIO, "Caio %d" % i)
    run(merged, "contact", "unmerge", BIA)
    assert people(merged) == people(never)


# ---- duplicates ----

def pairs(daemon):
    of = {c["id"]: c["identities"][0]["value"] for c in daemon.cli("contacts")}
    return {frozenset((of[p["contact"]], of[p["other"]])): (p["score"], p["reasons"]) for p in daemon.cli("contact", "duplicates")}


def test_duplicates_are_proposed_until_somebody_says_that_they_are_two(forms):
    tagged, dotted, plain = "ana+loja@one.example", "c.aio@gmail.com", "caio@gmail.com"
    for n, (email, name) in enumerate(((ANA, "Ana Souza"), (tagged, ""), (dotted, ""), (plain, ""), ("info@one.example", "Ana Souza"),
                                       ("souza@one.example", "SOUZA, Ana"))):
        post(forms, "d%d" % n, email, name=name)
    wanted = {
        frozenset((ANA, tagged)): ("likely", ["the same address but for a tag after a plus"]),
        frozenset((dotted, plain)): ("almost certain", ["two spellings of one mailbox, by the rules of its provider"]),
        frozenset((ANA, "souza@one.example")): ("likely", ["the same name, at the same company"]),
    }
    wait_until(lambda: pairs(forms) == wanted, 15)
    assert ANA in forms.run("contact", "duplicates").stdout.decode()
    # Of the reasons that the configuration wants; over HTTP as well.
    [token] = forms.cli("token", "create", "looker", "--role", "viewer")
    forms.write_config(extra="matching: {suggest_merge: [mailbox, name+phone_suffix]}\n")
    run(forms, "reload")
    few = {frozenset((dotted, plain)): wanted[frozenset((dotted, plain))]}
    assert pairs(forms) == few
    answer = forms.request("GET", "/api/v1/contacts/duplicates", headers={"Authorization": "Bearer " + token["token"]})
    assert [p["reasons"] for p in json.loads(answer.body)["items"]] == [few[frozenset((dotted, plain))][1]]
    forms.write_config(extra="matching: {suggest_merge: [phone]}\n")
    assert "is not a reason (try mailbox, plus_tag" in run(forms, "config", "check", status=78)
    forms.write_config(extra="")
    run(forms, "reload")
    run(forms, "contact", "apart", tagged, ANA)
    assert "they are one contact" in run(forms, "contact", "apart", ANA, ANA, status=1)
    merge(forms, dotted, plain)
    merge(forms, "souza@one.example", ANA)
    assert pairs(forms) == {}
    run(forms, "contact", "unmerge", "souza@one.example")
    del wanted[frozenset((ANA, tagged))], wanted[frozenset((dotted, plain))]
    wait_until(lambda: pairs(forms) == wanted, 15)
    forms.stop()
    run(forms, "rebuild", "--check")
    run(forms, "rebuild")
    forms.start()
    wait_until(lambda: pairs(forms) == wanted, 15)
