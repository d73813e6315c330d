"""Everything about one person, for them to take along."""
import json
import os
import stat
import tarfile

from daybook import FORM
from test_block import mail

MARIA, JOAO = "maria@example.com", "joao@example.com"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def fill(make_daemon, tmp_path):
    daemon = make_daemon(connectors=FORM).start()
    for name, data in (("a", mail("a", text="for Maria's eyes", file=b"%PDF contract")),
                       ("b", mail("b", headers="Cc: João <%s>\r\n" % JOAO)), ("c", mail("c", sender=JOAO))):
        (tmp_path / (name + ".eml")).write_bytes(data)
        assert daemon.run("import", "eml", str(tmp_path / (name + ".eml"))).returncode == 0
    answer = daemon.post_form({"message": "from the form", "email": "maria@home.example", "name": "Maria H."})
    assert answer.status in (200, 303)
    assert daemon.run("contact", "merge", "maria@home.example", MARIA, "--yes").returncode == 0
    assert daemon.run("note", MARIA, "likes tea").returncode == 0
    return daemon


def test_all_of_a_person_and_nobody_else(make_daemon, tmp_path):
    daemon = fill(make_daemon, tmp_path)
    out = tmp_path / "maria"
    done = daemon.run("export", "person", MARIA, "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == "%s: 4 entries, 2 decisions, 0 dead letters, 1 files\n" % out
    person = json.loads((out / "person.json").read_text())
    assert person["id"] == daemon.cli("contact", "show", MARIA)[0]["id"] and len(person["merged"]) == 1
    assert {(i["value"], bool(i["why"])) for i in person["identities"]} == {(MARIA, True), ("maria@home.example", True)}
    entries = lines((out / "interactions.jsonl").read_text())
    assert sorted(e["text"].split(" Mar")[0].strip() for e in entries) == ["from the form", "likes tea", "text of a for", "text of b"]
    decisions = lines((out / "decisions.jsonl").read_text())
    assert [d["decision"]["do"] for d in decisions] == ["merge", "note"]
    [file] = [a for e in entries for a in e["attachments"]]
    assert (out / "attachments" / file["sha256"]).read_bytes() == b"%PDF contract"
    for root, folders, files in os.walk(out):
        assert stat.S_IMODE(os.stat(root).st_mode) == 0o700
        assert all(stat.S_IMODE(os.stat(os.path.join(root, f)).st_mode) == 0o600 for f in files)
    # With the daemon down, into one file.
    daemon.stop()
    packed = tmp_path / "maria.tar"
    assert daemon.run("export", "person", MARIA, "-o", str(packed)).returncode == 0
    assert stat.S_IMODE(os.stat(packed).st_mode) == 0o600
    with tarfile.open(packed) as tar:
        assert tar.extractfile("attachments/" + file["sha256"]).read() == b"%PDF contract"
        assert len(lines(tar.extractfile("interactions.jsonl").read())) == 4
    assert sorted(p.name for p in tmp_path.iterdir() if "maria" in p.name) == ["maria", "maria.tar"]


def test_what_is_there_is_not_written_over(make_daemon, tmp_path):
    daemon = fill(make_daemon, tmp_path)
    there = tmp_path / "there.tar"
    there.write_text("mine")
    done = daemon.run("export", "person", MARIA, "-o", str(there))
    assert done.returncode == 1 and "is there already; name a new folder" in done.stderr.decode() and there.read_text() == "mine"
    done = daemon.run("export", "person", MARIA)
    assert done.returncode == 2 and "give -o FILE.tar or -o DIR" in done.stderr.decode()
    assert daemon.run("export", "person", "nobody@example.com", "-o", str(tmp_path / "x")).returncode == 3
    assert daemon.run("export", "person", MARIA, "-o", str(tmp_path / "no" / "x")).returncode != 0
    assert not any(".partial" in p.name for p in tmp_path.iterdir())
