"""Large mails in parts: servers that say what a mail is made of, rightly or not.   pytest tests/integration/imap_large.py"""
import re

import pytest

from imap_tools import SmallImap, digest, drive, mail, meta, rows

TEXT, FILE = b"the text", b"QUJD\r\n" * 20000
LARGE = (b"From: a@test\r\nSubject: large\r\nMessage-ID: <large@test>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         b"--b\r\nContent-Type: text/plain\r\n\r\n" + TEXT + b"\r\n--b\r\nContent-Type: application/pdf\r\n"
         b"Content-Transfer-Encoding: base64\r\n\r\n" + FILE + b"\r\n--b--\r\n")
SECTIONS = {b"1.MIME": b"Content-Type: text/plain\r\n\r\n", b"1": TEXT,
            b"2.MIME": b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"}
STRUCTURE = (b'(("TEXT" "PLAIN" NIL NIL NIL "7BIT" %d 1 NIL NIL NIL NIL)'
             b'("APPLICATION" "PDF" NIL NIL NIL "BASE64" %d NIL NIL NIL NIL) "MIXED" ("BOUNDARY" "b") NIL NIL NIL)'
             % (len(TEXT), len(FILE)))


class StructuredImap(SmallImap):
    """Says of its large mail that it is made so, and gives these sections of it."""
    structure, sections = STRUCTURE, SECTIONS

    def fetch_one(self, peer, uid, what):
        head = b"* %d FETCH (UID %d " % (uid, uid)
        if b"BODYSTRUCTURE" in what:
            header = self.mails[uid].partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            peer.sendall(head + b"RFC822.SIZE %d BODYSTRUCTURE %s BODY[HEADER] {%d}\r\n%s)\r\n"
                         % (len(self.mails[uid]), self.structure, len(header), header))
            return True
        asked = re.findall(rb"BODY\.PEEK\[([0-9][^\]]*)\]", what)
        if not asked:
            return super().fetch_one(peer, uid, what)
        if self.sections is None:
            return False
        given = [b"BODY[%s] {%d}\r\n%s" % (name, len(self.sections[name]), self.sections[name])
                 for name in asked if name in self.sections]
        peer.sendall(head + b" ".join(given) + b")\r\n")
        return True


def drive_structured(tmp_path, **lies):
    with StructuredImap({7: LARGE, 8: mail(8)}) as server:
        for name, value in lies.items():
            setattr(server, name, value)
        r = drive(tmp_path / "state", **server.options(attachments="none"))
        assert r.code == 0, r.stderr
        return rows(tmp_path / "state"), server.commands


def test_a_large_mail_comes_without_the_file_that_is_not_wanted(tmp_path):
    taken, commands = drive_structured(tmp_path)
    first, second = [row for row in taken if row["type"] == "raw"]
    assert (first["content_type"], second["content_type"]) == ("message/rfc822; parts=some", "message/rfc822")
    assert first["size"] < 1000 and first["id"] == "INBOX/1000/7"
    assert sum(c.startswith("UID FETCH 7") for c in commands if "BODY" in c) == 2
    assert not any("BODY[" in c for c in commands)


@pytest.mark.parametrize("lie", [
    {"structure": b"((((garbage"}, {"structure": b"(" * 1000 + b")" * 1000}, {"structure": b"NIL"}, {"structure": b"()"},
    {"structure": STRUCTURE.replace(b'"BOUNDARY" "b"', b'"BOUNDARY" "c"')},
    {"structure": STRUCTURE.replace(b'("BOUNDARY" "b")', b"NIL")},
    {"structure": STRUCTURE.replace(b'"PDF"', b'"ZIP"')},
    {"structure": STRUCTURE.replace(b'"7BIT" 8', b'"7BIT" 9')},
    {"structure": STRUCTURE.replace(b'"BASE64" %d' % len(FILE), b'"BASE64" %d' % (2 * len(FILE)))},
    {"structure": b"(" + STRUCTURE[1:STRUCTURE.index(b'("APP')] * 150 + b'"MIXED" ("BOUNDARY" "b") NIL NIL NIL)'},
    {"sections": {}}, {"sections": None}, {"sections": {**SECTIONS, b"1": b""}},
    {"sections": {**SECTIONS, b"1": b"--b\r\nx\r\n"}}, {"sections": {**SECTIONS, b"1.MIME": b"Content-Type: text/plain\r\n"}},
    {"sections": {**SECTIONS, b"2.MIME": b"X-Daybook-Left-Out: 1 2 x\r\n" + SECTIONS[b"2.MIME"]}},
    {"sections": {**SECTIONS, b"2.MIME": b"Content-Type: text/plain\r\n\r\n"}},
])
def test_whatever_is_odd_about_a_large_mail_it_is_taken_whole(lie, tmp_path):
    taken, commands = drive_structured(tmp_path, **lie)
    raws = [row for row in taken if row["type"] == "raw"]
    assert [row["sha256"] for row in raws] == [digest(LARGE), digest(mail(8))]
    assert all(row["content_type"] == "message/rfc822" for row in raws)
    assert not any(row["type"] == "dead" for row in taken)


class HalfImap(SmallImap):
    """Breaks off what it says of sizes and dates with a NO, n times."""
    n_refusals = 1

    def fetch(self, peer, tag, rest):
        _, _, text, what = rest.split(b" ", 3)
        chosen = self.choose(text)
        if b"BODY" in what or self.n_refusals == 0 or len(chosen) < 2:
            return super().fetch(peer, tag, rest)
        self.n_refusals -= 1
        for uid in chosen[len(chosen) // 3:]:
            self.fetch_one(peer, uid, what)
        peer.sendall(tag + b" NO Some messages could not be FETCHed (Failure)\r\n")
        return True


def test_old_mail_of_which_the_server_says_nothing_with_a_no_is_asked_for_again(tmp_path):
    with HalfImap({n: mail(n) for n in range(1, 601)}) as server:
        for _ in range(3):
            r = drive(tmp_path / "state", "--all", 1, **server.options())
            assert r.code == 0, r.stderr
    assert sorted(int(meta(row)["uid"]) for row in rows(tmp_path / "state", "raw")) == list(range(1, 601))


class InterruptedImap(StructuredImap):
    """Says of one mail what it is made of and breaks off with a NO, once."""
    is_broken = False

    def fetch(self, peer, tag, rest):
        _, _, text, what = rest.split(b" ", 3)
        chosen = self.choose(text)
        if b"BODYSTRUCTURE" not in what or len(chosen) < 2 or self.is_broken:
            return super().fetch(peer, tag, rest)
        self.is_broken = True
        self.fetch_one(peer, chosen[0], what)
        peer.sendall(tag + b" NO [SERVERBUG] Internal error occurred\r\n")
        return True


def test_a_mail_that_is_too_large_is_no_dead_letter_as_long_as_nobody_said_what_it_is_made_of(tmp_path):
    state = tmp_path / "state"
    with InterruptedImap({7: LARGE, 8: LARGE}) as server:
        options = server.options(attachments="none", max_message=64 << 10)
        assert drive(state, **options).code == 0
        assert [row["id"] for row in rows(state) if row["type"] != "mark"] == ["INBOX/1000/7"]
        assert drive(state, **options).code == 0
    taken = [row for row in rows(state) if row["type"] != "mark"]
    assert [(row["type"], row["id"], row["content_type"]) for row in taken] == [
        ("raw", "INBOX/1000/%d" % uid, "message/rfc822; parts=some") for uid in (7, 8)]
