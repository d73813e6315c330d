"""What the connector leaves out before it fetches a body, against a small server and one that speaks as Gmail does.
pytest tests/integration/imap_gate.py"""
import re

import pytest

from imap_tools import GmailImap, SmallImap, cursor, drive, mail, meta, rows


def uids(state, kind="raw"):
    return [int(meta(row)["uid"]) for row in rows(state, kind)]


def asked_bodies(server):
    """What was asked for with BODY.PEEK[] or a piece of it."""
    return [c for c in server.commands if "BODY.PEEK[]" in c]


def letter(sender, subject="hello", to="us@acme.example", more=""):
    return ("From: %s\r\nTo: %s\r\nSubject: %s\r\n%s\r\nbody\r\n" % (sender, to, subject, more)).encode()


# ---- exclude ----

def test_excluded_mail_is_passed_without_its_body_and_counted(tmp_path):
    state = tmp_path / "state"
    mails = {1: letter("ana@x.example"), 2: letter("Loja <promo@news.loja.example>"), 3: letter("b@x.example", "minhas férias"),
             4: letter("c@x.example"), 5: letter("d@loja.example")}
    with SmallImap(mails) as server:
        options = server.options(exclude=["from:@loja.example", "subject:FÉRIAS"])
        r = drive(state, **options)
        assert r.last["ok"] and uids(state) == [1, 4] and r.last["withheld"] == 3
        assert cursor(state) == "v1 uidvalidity=1000 next=6"
        assert asked_bodies(server) == ["UID FETCH 1,4 (UID BODY.PEEK[])"]
        assert not any("loja" in line or "férias" in line for line in open(state)) and "loja" not in r.stderr
        r = drive(state, **options)
        assert r.last["emitted"] == 0 and r.last["withheld"] == 0


@pytest.mark.parametrize("uidvalidity", [None, 0])
def test_without_uidvalidity_excluded_mail_is_counted_once(uidvalidity, tmp_path):
    state = tmp_path / "state"
    mails = {1: letter("a@loja.example"), 2: letter("b@x.example"), 3: letter("c@loja.example")}
    with SmallImap(mails) as server:
        server.uidvalidity = uidvalidity
        options = server.options(exclude=["from:@loja.example"], idle="no")

        def withheld():
            return drive(state, "--runs", 2, **options).last["withheld"]
        assert [withheld(), withheld()] == [2, 0]
        server.mails[4] = letter("d@loja.example")
        assert [withheld(), withheld()] == [1, 0]
        del server.mails[1], server.mails[3]
        assert withheld() == 0
        server.mails[5] = letter("e@loja.example")
        assert [withheld(), withheld()] == [1, 0]


def test_without_rules_no_header_is_asked_for(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        assert drive(tmp_path / "state", **server.options(exclude=["folder:Other"])).last["emitted"] == 1
        assert not any("HEADER" in c for c in server.commands)


@pytest.mark.parametrize("privacy,taken", [("shared", [1, 2, 3]), ("personal", [1, 3])])
def test_a_header_that_cannot_be_read_closes_the_gate_of_a_personal_mailbox_alone(privacy, taken, tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: letter("a@known.example") for n in (1, 2, 3)}) as server:
        server.poison = {2: "blind"}
        r = drive(state, **server.options(exclude=["from:@loja.example"], privacy=privacy))
        assert r.last["ok"] and sorted(uids(state)) == taken and r.last["withheld"] == 3 - len(taken), r.stderr


def test_a_header_that_is_not_given_leaves_a_gap(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: letter("a@known.example") for n in (1, 2, 3)}) as server:
        server.poison = {2: "shy"}
        options = server.options(privacy="personal")
        assert drive(state, **options).last["ok"] and uids(state) == [1, 3] and " gaps=2@" in cursor(state)
        server.poison = {}
        drive(state, **options)
        assert uids(state) == [1, 3, 2] and cursor(state) == "v1 uidvalidity=1000 next=4"


def test_a_backlog_passes_the_gate_from_the_top_down(tmp_path):
    state = tmp_path / "state"
    mails = {n: letter("promo@loja.example" if n % 3 == 0 else "a%d@known.example" % n) for n in range(1, 701)}
    wanted = [n for n in range(700, 0, -1) if n % 3]
    with SmallImap(mails) as server:
        server.poison = {100: "shy", 199: "blind"}
        options = server.options(exclude=["from:@loja.example"], idle="no")
        r = drive(state, "--runs", 8, **options)
        assert r.last["ok"] and uids(state) == [n for n in wanted if n != 100] and r.last["withheld"] == 233, r.stderr
        # What is not shown enough of is below the position: a gap keeps it.
        assert re.fullmatch(r"v1 uidvalidity=1000 next=701 gaps=100@\d+", cursor(state)), cursor(state)
        assert len(asked_bodies(server)) < 40 and asked_bodies(server)[0].startswith("UID FETCH ")
        assert all(meta(row)["backfill"] == "yes" for row in rows(state, "raw"))
        server.poison = {}
        drive(state, **options)
        assert uids(state)[-1] == 100 and len(uids(state)) == 467 and cursor(state) == "v1 uidvalidity=1000 next=701"


def test_a_backlog_that_shows_nothing_but_single_headers_passes_the_gate(tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: letter("promo@loja.example" if n < 3 else "a@known.example") for n in range(1, 503)}) as server:
        server.poison = {2: "mute", 5: "mute", 9: "mute"}
        r = drive(state, "--runs", 20, **server.options(exclude=["from:@loja.example"], idle="no"))
        assert r.last["ok"] and uids(state) == list(range(502, 2, -1)) and r.last["withheld"] == 2, r.stderr
        assert cursor(state) == "v1 uidvalidity=1000 next=503"


# ---- a personal mailbox ----

def test_a_personal_mailbox_takes_only_mail_with_somebody_known(tmp_path):
    state = tmp_path / "state"
    crowd = "".join("Cc: p%d@crowd.example,\r\n q%d@crowd.example\r\n" % (n, n) for n in range(1500))
    mails = {
        1: letter("doctor@clinic.example", "results"), 2: letter("Ana <ana@known.example>"),
        3: letter("us@acme.example", to="x@y.example, ana@known.example"),
        4: letter('"ana@known.example" <thief@y.example>'), 5: letter("list@y.example", more="Reply-To: ana@known.example\r\n"),
        6: letter("z@y.example", more=crowd + "Cc: ana@known.example\r\n"), 7: letter("z@y.example", more=crowd),
        8: b"\r\nno header at all\r\n",
    }
    with SmallImap(mails) as server:
        r = drive(state, **server.options(privacy="personal"))
        assert r.last["ok"] and uids(state) == [2, 3, 5, 6] and r.last["withheld"] == 4, r.stderr
        assert all(meta(row)["privacy"] == "personal" for row in rows(state, "raw"))
        assert asked_bodies(server) == ["UID FETCH 2:3,5:6 (UID BODY.PEEK[])"]
        for word in ("doctor", "results", "thief"):
            assert word not in open(state).read() and word not in r.stderr


def test_a_sloppy_header_is_read_by_the_gate_as_by_the_parser(tmp_path):
    mails = {1: letter("Ana :( <ana@known.example>"), 2: letter("us@acme.example", to="Ana Lima ana@known.example"),
             3: letter("us@acme.example", to="Bia <b@y.example, Ana <ana@known.example>"), 4: letter("b@y.example :( (x")}
    with SmallImap(mails) as server:
        r = drive(tmp_path / "state", **server.options(privacy="personal"))
        assert r.last["ok"] and uids(tmp_path / "state") == [1, 2, 3] and r.last["withheld"] == 1, r.stderr
    crowd = "Cc: %s\r\n" % ",\r\n ".join("p%d@known.example" % n for n in range(1200))
    late = b"From: ana@known.example\r\n" + crowd.encode() + b"Subject: meu sal\xc3\xa1rio\r\n\r\nbody\r\n"
    with SmallImap({1: late, 2: letter("a@xn--bcher-kva.example"), 3: letter("ana@known.example")}) as server:
        r = drive(tmp_path / "b", **server.options(privacy="personal", exclude=["subject:salário", "from:@bücher.example"]))
        assert r.last["ok"] and uids(tmp_path / "b") == [3] and r.last["withheld"] == 2, r.stderr


def test_a_mail_too_large_or_stuck_passes_the_gate_first(tmp_path):
    state = tmp_path / "state"
    with SmallImap({1: letter("a@y.example", more="X: %s\r\n" % ("x" * 5000)), 2: letter("a@y.example")}) as server:
        server.poison = {2: "mute"}     # its size cannot be read either
        r = drive(state, **server.options(privacy="personal", max_message="2KiB"))
        assert r.last["ok"] and not rows(state, "raw") and not rows(state, "dead") and r.last["withheld"] == 2
    # Listed and never given while the mailbox was shared: nothing of it is buried once it is personal.
    with SmallImap({1: letter("a@y.example")}) as server:
        server.poison = {1: "nil"}
        drive(tmp_path / "b", **server.options())
        assert "!" in cursor(tmp_path / "b")
        drive(tmp_path / "b", "--shift", 25 * 3600, **server.options(privacy="personal"))
        assert not rows(tmp_path / "b", "dead") and cursor(tmp_path / "b") == "v1 uidvalidity=1000 next=2"


# ---- Gmail ----

def test_gmail_is_read_by_all_mail_with_its_numbers_and_without_drafts(tmp_path):
    state = tmp_path / "state"
    with GmailImap({n: mail(n) for n in range(1, 6)}) as server:
        server.drafts, server.threads = {3}, {4: 77, 5: 77}
        r = drive(state, **server.options())
        assert r.last["ok"] and r.last["watching"] and uids(state) == [1, 2, 4, 5] and not r.trouble, r.stderr
        first, last = meta(rows(state, "raw")[0]), meta(rows(state, "raw")[3])
        assert first["folder"] == "[Gmail]/Todos os e-mails" and "folder_hint" not in first
        assert (first["gm_msgid"], first["gm_thrid"]) == ("1278455344230334801", "1278455344230334865")
        assert (last["gm_msgid"], last["gm_thrid"]) == ("1278455344230334805", "77")
        assert not any("LABELS" in c or "STORE" in c for c in server.commands)
        assert {c for c in server.commands if c.startswith("EXAMINE")} == {'EXAMINE "[Gmail]/Todos os e-mails"'}
        assert cursor(state, "[Gmail]/Todos os e-mails") == "v1 uidvalidity=1000 next=6"


def test_gmail_without_all_mail_is_told_and_read_by_inbox_and_sent(tmp_path):
    with GmailImap({1: mail(1)}) as server:
        server.folders = [f for f in server.folders if rb"\All" not in f]
        r = drive(tmp_path / "state", **server.options())
    assert {row["key"] for row in rows(tmp_path / "state", "raw")} == {"INBOX", "[Gmail]/E-mails enviados"}
    assert r.trouble == ["folders: Gmail does not show All Mail over IMAP (its settings, Labels, Show in IMAP); until then "
                         "only INBOX and the sent mail are read"]


@pytest.mark.parametrize("label,wire", [
    ("pessoal", r'X-GM-RAW "{label:\"pessoal\"}"'), ("coisas de casa", r'X-GM-RAW "{label:\"coisas de casa\"}"'),
    ("família", "CHARSET UTF-8 UID 1:6 X-GM-RAW {18+}\r\n{label:\"família\"}"),
])
def test_a_label_is_left_out_by_gmails_own_search(label, wire, tmp_path):
    state = tmp_path / "state"
    with GmailImap({n: mail(n) for n in range(1, 7)}, {2: {label}, 5: {"x", label}, 6: {"x"}}) as server:
        options = server.options(exclude=["label:" + label])
        r = drive(state, **options)
        assert r.last["ok"] and uids(state) == [1, 3, 4, 6] and r.last["withheld"] == 2, r.stderr
        assert any(wire in c for c in server.commands), server.commands
        assert not any("LABELS" in c or "HEADER" in c for c in server.commands)
        server.mails[7], server.labels[7] = mail(7), {label}
        assert drive(state, **options).last["withheld"] == 1 and uids(state) == [1, 3, 4, 6]


def test_a_label_search_that_is_refused_takes_nothing(tmp_path):
    with GmailImap({1: mail(1)}) as server:
        usual = server.answer
        server.answer = lambda peer, tag, name, rest: usual(peer, tag, name, rest) if b"X-GM-RAW" not in rest else \
            peer.sendall(tag + b" NO [CANNOT] not now\r\n") or True
        r = drive(tmp_path / "state", **server.options(exclude=["label:pessoal"]))
    assert not r.last["ok"] and r.last["kind"] == "again" and "UID SEARCH refused: NO [CANNOT] not now" in r.last["text"]
    assert not rows(tmp_path / "state", "raw")


def test_a_label_elsewhere_than_at_gmail_is_told(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        r = drive(tmp_path / "state", **server.options(exclude=["label:pessoal"]))
    assert r.last["emitted"] == 1
    assert r.trouble == ["exclude: label:… means something to Gmail only, and this server is not Gmail"]


# ---- folders that have not changed ----

@pytest.mark.parametrize("by_status", ["full", "shy", "no", "bad", "odd"])
def test_a_folder_is_opened_again_only_when_status_says_something_new(by_status, tmp_path):
    state = tmp_path / "state"
    with SmallImap({n: mail(n) for n in (1, 2, 3)}) as server:
        server.folders, server.by_status = [b'() "/" INBOX', b'() "/" Clientes', b'() "/" Clientes/Sul'], by_status
        seen = []

        def examine(_, peer, tag, rest):
            seen.append(rest.decode().split(" ", 1)[1].strip('"'))
            if seen.count("INBOX") == 3 and 4 not in server.mails:
                server.mails[4] = mail(4)       # in the third run
            peer.sendall(server.status() + tag + b" OK [READ-ONLY] done\r\n")
            return True
        server.examine = examine
        r = drive(state, "--runs", 4, **server.options(folders=["*"], idle="no"))
        assert [run["ok"] for run in r.runs] == [True] * 4 and not r.trouble, r.stderr
        # Each of the three folders shows the same mails: four of each in the end, whatever STATUS is good for.
        assert len(uids(state)) == 12 and len({row["id"] for row in rows(state, "raw")}) == 12
        expected = {"full": 2, "no": 4, "bad": 4, "odd": 4, "shy": 4}
        assert seen.count("Clientes") == expected[by_status], seen
        # What cost the connection is not asked for again.
        assert sum(c.startswith("STATUS") for c in server.commands) <= {"bad": 1, "odd": 1}.get(by_status, 99)


def test_a_folder_in_trouble_holds_up_no_other(tmp_path):
    state = tmp_path / "state"
    with SmallImap({1: mail(1)}) as server:
        server.folders = [b'() "/" INBOX', b'() "/" Locked', b'() "/" Open']
        server.examine = lambda _, peer, tag, rest: peer.sendall(
            tag + b" NO [NOPERM] not yours\r\n" if b"Locked" in rest else server.status() + tag + b" OK done\r\n") or True
        r = drive(state, **server.options(folders=["*"]))
        assert r.last["ok"] and {row["key"] for row in rows(state, "raw")} == {"INBOX", "Open"}
        assert r.trouble == ["Locked: EXAMINE refused: NO [NOPERM] not yours"]


def test_more_folders_than_are_read_and_none_at_all_are_told(tmp_path):
    with SmallImap({1: mail(1)}) as server:
        server.folders = [b'() "/" f%d' % n for n in range(300)]
        server.by_status = "no"
        r = drive(tmp_path / "many", **server.options(folders=["f*"], idle="no"))
        assert r.trouble == ["folders: 44 more folders than the 256 that are read: leave some out with '!NAME' in folders:"]
        assert len(rows(tmp_path / "many", "raw")) == 256
        r = drive(tmp_path / "none", **server.options(folders=["f*", "!*"]))
        assert r.last["ok"] and not rows(tmp_path / "none")
        assert r.trouble == ["folders: there is none left to read: folders: and exclude: leave out all of them"]
