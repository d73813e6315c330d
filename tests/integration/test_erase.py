"""A person is erased: out of everything, at once and for good."""
import base64
import contextlib
import ctypes
import fcntl
import glob
import json
import os
import sqlite3
import time

import pytest

from daybook import FORM, WHATSAPP, text_message, wait_until, whatsapp
from dovecot import Dovecot
from test_api import CONNECTORS, STAFF, World
from test_block import blobs, mail, make, mailbox, rebuild
from test_merge import UNLIMITED, post

MARIA, JOAO, PHONE = "maria.silva@example.com", "joao@elsewhere.example", "+5511987654321"
NAME, CANARY = "Mariana Zweig", "xylophonecanary"
WORDS = (MARIA, PHONE[1:], NAME, CANARY, "maria.silva")


def erase(daemon, who, *more):
    done = daemon.run("erase", who, "--yes", *more)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return json.loads(done.stdout)


ZSTD = ctypes.CDLL("libzstd.so.1")
ZSTD.ZSTD_createDCtx.restype = ctypes.c_void_p
ZSTD.ZSTD_decompress_usingDict.restype = ctypes.c_size_t
ZSTD.ZSTD_decompress_usingDict.argtypes = [ctypes.c_void_p] + [ctypes.c_char_p, ctypes.c_size_t] * 3
DICTIONARY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "store", "dict", "json-1.zdict")


def plain(body):
    """A body of the journal as it came: each zstd frame in it, with the dictionary or without."""
    with open(DICTIONARY, "rb") as f:
        words = f.read()
    out, at = body, body.find(b"\x28\xb5\x2f\xfd")
    if at >= 0:
        room = ctypes.create_string_buffer(1 << 20)
        for dictionary in (b"", words):
            n = ZSTD.ZSTD_decompress_usingDict(ZSTD.ZSTD_createDCtx(), room, len(room), body[at:], len(body) - at,
                                               dictionary, len(dictionary))
            out += room.raw[:n] if n < len(room) else b""
    return out


def on_disk(daemon):
    for root, _, files in os.walk(daemon.store):
        for path in (os.path.join(root, name) for name in files):
            if os.path.isfile(path):
                with open(path, "rb") as f:
                    yield f.read()


def found(daemon, words=WORDS):
    """Which words stand in any file of the store, also in what is compressed there."""
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        bodies = [plain(bytes(row[0])) for row in db.execute("SELECT body FROM journal WHERE body IS NOT NULL")]
    data = b"\n".join([*on_disk(daemon), *bodies]).lower()
    return [w for w in words if w.lower().encode() in data]


def import_mail(daemon, folder, name, data):
    path = os.path.join(str(folder), name + ".eml")
    with open(path, "wb") as f:
        f.write(data)
    done = daemon.run("import", "eml", path)
    os.remove(path)
    assert done.returncode == 0, done.stderr


def age_files(daemon):
    for path in blobs(daemon):
        os.utime(path, (1600000000, 1600000000))


def sender(text="", name=NAME):
    return "%s <%s>" % (name, MARIA)


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


@pytest.fixture
def full(make_daemon, tmp_path):
    """Maria by mail, form, WhatsApp and hand; João beside her in two mails."""
    daemon = make_daemon(connectors=UNLIMITED + WHATSAPP).start()
    import_mail(daemon, tmp_path, "m1", mail("m1", sender=sender(), text=CANARY, file=os.urandom(40000)))
    import_mail(daemon, tmp_path, "of " + MARIA, mail("m2", sender="ana@acme.example", to=MARIA, text=CANARY))
    import_mail(daemon, tmp_path, "both", mail("both", sender=sender(), to="ana@acme.example, João <%s>" % JOAO, text="shared words"))
    import_mail(daemon, tmp_path, "j1", mail("j1", sender="João <%s>" % JOAO))
    for _ in range(2):      # the second is a repeat, with the same bytes
        post(daemon, CANARY + " by form", MARIA, PHONE, NAME)
    assert daemon.post_whatsapp(whatsapp(text_message("wamid.m1", PHONE[1:], CANARY), names={PHONE[1:]: NAME})).status == 200
    assert daemon.run("note", MARIA, "note of " + CANARY).returncode == 0
    assert daemon.run("contact", "name", MARIA, NAME).returncode == 0
    wait_until(lambda: len(daemon.cli("search", CANARY)) == 5, 10, "the index")
    return daemon


def test_what_goes_is_shown_first(full):
    done = full.run("erase", MARIA, "--dry-run")
    shown = done.stderr.decode()
    assert done.returncode == 0 and MARIA in shown
    assert "5 entries go, 2 email, 1 whatsapp, 1 form, 1 note" in shown and "1 entries that others take part in stay" in shown
    assert len(full.cli("timeline", MARIA)) == 6
    refused = full.run("erase", MARIA)
    assert refused.returncode != 0 and len(full.cli("timeline", MARIA)) == 6, "it asks, and nobody answered"


def test_nothing_of_the_person_is_left(full):
    age_files(full)
    before = {c["name"]: c for c in full.cli("contacts")}
    contact = full.cli("contact", "show", MARIA)[0]["id"]
    assert set(WORDS) <= set(found(full))
    n_files = len(blobs(full))
    receipt = erase(full, MARIA)
    assert (receipt["entries"], receipt["blanked"], receipt["files"], receipt["decisions"]) == (5, 1, 1, 1)
    assert receipt["done_at"] and not any(w in json.dumps(receipt) for w in WORDS)
    assert full.run("erase", "--receipt", receipt["id"]).stdout == json.dumps(receipt, separators=(",", ":")).encode() + b"\n"
    assert found(full) == [] and len(blobs(full)) == n_files - 1
    assert full.run("contact", "show", contact).returncode == 3 and full.cli("search", CANARY) == []
    # What was João's is his, without a word of who else was there.
    assert len(full.cli("contacts")) == len(before) - 1
    assert sorted(it["text"].strip() for it in full.cli("timeline", JOAO)) == ["text of both shared words", "text of j1"]
    [both] = [it for it in full.cli("timeline", JOAO) if "shared" in it["text"]]
    assert [(p["role"], p["name"], p["identity"] and p["identity"]["value"]) for p in both["participants"]] == [
        ("from", "erased", None), ("to", None, "ana@acme.example"), ("to", "João", JOAO)]
    assert [sum(full.ledger(c)[k] for k in ("stored", "filtered")) for c in ("import", "contact", "shop", "people")] == [4, 2, 1, 1]
    full.stop()
    full.check_rebuild()
    rebuild(full)
    assert found(full) == []
    full.start()
    assert len(full.cli("contacts")) == len(before) - 1


def test_what_is_repeated_does_not_come_back_and_what_is_new_does(full, tmp_path):
    erase(full, MARIA)
    contact_ids = {c["id"] for c in full.cli("contacts")}
    # The same again: imported, posted, sent by WhatsApp; and one from before that was never here.
    import_mail(full, tmp_path, "m1", mail("m1", sender=sender(), text=CANARY))
    import_mail(full, tmp_path, "m1", mail("m1", sender=sender(), text=CANARY, headers="X-Other: way\r\n"))
    import_mail(full, tmp_path, "both", mail("both", sender=sender(), to="ana@acme.example, João <%s>" % JOAO, text="shared words",
                                             headers="X-Other: way\r\n"))
    import_mail(full, tmp_path, "m0", mail("m0", sender=sender(), text=CANARY))
    post(full, CANARY + " by form", MARIA, PHONE, NAME)
    payload = whatsapp(text_message("wamid.m1", PHONE[1:], CANARY), names={PHONE[1:]: NAME})
    assert full.post_whatsapp(payload).status == 200
    older = whatsapp(text_message("wamid.m0", "551187654321", CANARY), names={PHONE[1:]: NAME})
    assert full.post_whatsapp(older).status == 200, "the number as WhatsApp gave it before the ninth digit"
    assert {c["id"] for c in full.cli("contacts")} == contact_ids and found(full) == []
    assert sorted(it["text"].strip() for it in full.cli("timeline", JOAO)) == ["text of both shared words", "text of j1"]
    # What she writes from now on is somebody new's.
    post(full, "hello again", MARIA, "", NAME)
    [new] = [c for c in full.cli("contacts") if c["id"] not in contact_ids]
    assert [it["text"] for it in full.cli("timeline", MARIA)] == ["hello again"] and new["name"] == NAME
    full.stop()
    full.check_rebuild()


def test_mail_that_still_lies_in_the_mailbox_does_not_come_back(make_daemon, dovecot):
    for name, data in (("m1", mail("m1", sender=sender(), text=CANARY)), ("k1", mail("k1", sender=JOAO)),
                       ("both", mail("both", sender=sender(), to="ana@acme.example, " + JOAO, text="shared"))):
        dovecot.deliver("u1", data)
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u1")).start()
    wait_until(lambda: daemon.ledger("ana")["stored"] == 3, 30, "the mails")
    erase(daemon, MARIA)
    assert found(daemon) == []
    assert daemon.ledger("ana") == {"received": 3, "stored": 2, "duplicate": 0, "filtered": 1, "dead": 0, "pending": 0}
    # The nightly comparison misses nothing, and all of it comes anew under other UIDs.
    row = next(r for r in daemon.cli("reconcile", "ana") if r.get("folder") == "INBOX")
    assert (row["listed"], row["known"], row["missing"]) == (3, 3, 0)
    daemon.stop()
    for name in glob.glob(os.path.join(dovecot.maildir("u1"), "dovecot*")):
        os.unlink(name)
    time.sleep(1.1)     # Dovecot makes UIDVALIDITY of the clock
    daemon.start()
    dovecot.deliver("u1", mail("k2", sender=JOAO))
    wait_until(lambda: daemon.ledger("ana")["received"] == 7, 60, "all of the mailbox")
    assert daemon.ledger("ana") == {"received": 7, "stored": 3, "duplicate": 2, "filtered": 2, "dead": 0, "pending": 0}
    assert found(daemon) == [] and len(daemon.cli("contacts")) == 1
    # What she writes after it, to a mailbox that was looked at before, is new.
    dovecot.deliver("u1", mail("m9", sender=sender()).replace(b"Mon, 02 Nov 2026 10:00:00 -0300", b"Mon, 02 Nov 2099 10:00:00 -0300"))
    wait_until(lambda: len(daemon.cli("contacts")) == 2, 30, "the new one")
    daemon.stop()
    daemon.check_rebuild()


def test_an_older_backup_does_not_bring_anybody_back(full, tmp_path):
    [made] = full.cli("backup", "--out", str(tmp_path / "backups"))
    erase(full, MARIA)
    full.stop()
    done = full.run("restore", made["path"], "--yes")
    assert done.returncode == 0, done.stderr
    assert found(full) != []
    age_files(full)
    full.start()
    assert found(full) == [] and len(full.cli("contacts")) == 1
    assert full.run("contact", "show", MARIA).returncode == 3
    full.stop()
    full.check_rebuild()


def nothing_is_decided_of(daemon, contact, other, merged):
    """While somebody is erased: what is theirs could be somebody else's before it was taken."""
    entry = daemon.cli("timeline", contact)[-1]["id"]
    mail, phone = {"scheme": "email", "value": MARIA}, {"scheme": "phone", "value": PHONE}
    for decision in ({"do": "merge", "contact": contact, "into": other}, {"do": "merge", "contact": other, "into": contact},
                     {"do": "merge", "contact": merged, "into": other}, {"do": "unmerge", "contact": merged},
                     {"do": "split", "contact": contact, "handles": [mail]}, {"do": "remove", "contact": contact, "handles": [mail]},
                     {"do": "add", "contact": other, "handles": [phone], "takes": True},
                     {"do": "move", "entry": entry, "contact": contact, "into": other}, {"do": "move", "entry": entry, "into": other},
                     {"do": "name", "contact": contact, "text": CANARY}, {"do": "company", "contact": contact, "text": CANARY},
                     {"do": "consent", "contact": contact, "what": "marketing.email", "state": "given", "said_at": "2026-11-01T00:00:00.000Z"}):
        status, answer = daemon.control("/people", decision)
        assert status == 422 and answer["error"] == "%s is being erased: nothing about them is decided any more" % contact, (decision, status, answer)


def test_a_daemon_that_is_killed_goes_on(make_daemon):
    daemon = make_daemon(connectors=UNLIMITED).start()
    post(daemon, CANARY + " under another address", "m.zweig@example.org", name=NAME)
    for i in range(400):
        post(daemon, "%s %d" % (CANARY, i), MARIA, PHONE, NAME)
    post(daemon, "other", JOAO)
    for pause in (0.0, 0.02, 0.05, 0.1, 0.2):
        if pause == 0.0:
            contact = daemon.cli("contact", "show", MARIA)[0]["id"]
            other, merged = (daemon.cli("contact", "show", who)[0]["id"] for who in (JOAO, "m.zweig@example.org"))
            assert daemon.run("contact", "merge", merged, contact, "--yes").returncode == 0
            receipt = daemon.control("/erase", {"contact": contact})[1]["erasure"]
            nothing_is_decided_of(daemon, contact, other, merged)
            assert not daemon.cli("erase", "--receipt", receipt)[0]["done_at"], "it was asked meanwhile"
        time.sleep(pause)
        daemon.kill()
        if pause == 0.05:   # half done: whose the rest is has to stay known
            rebuild(daemon)
        daemon.start()
    wait_until(lambda: daemon.cli("erase", "--receipt", receipt)[0]["done_at"], 60, "the erasure")
    assert daemon.cli("erase", "--receipt", receipt)[0]["entries"] == 401
    assert found(daemon) == [] and [it["text"] for it in daemon.cli("interactions")] == ["other"]
    daemon.stop()
    daemon.check_rebuild()


@pytest.mark.parametrize("how", ("reads", "copies"))
def test_there_is_no_receipt_while_it_stands_in_the_log(make_daemon, how):
    """Somebody who reads, or who copies the log into the database, keeps it from being emptied."""
    daemon = make_daemon(connectors=UNLIMITED).start()
    post(daemon, CANARY, MARIA, PHONE, NAME)
    path = os.path.join(daemon.store, "daybook.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader, open(path + "-shm", "r+b") as index:
        reader.execute("BEGIN")
        if how == "reads":
            reader.execute("SELECT count(*) FROM journal").fetchone()
        else:   # sqlite.org/walformat.html, 2.3: WAL_CKPT_LOCK
            fcntl.lockf(index, fcntl.LOCK_EX, 1, 121)
        receipt = daemon.control("/erase", {"contact": daemon.cli("contact", "show", MARIA)[0]["id"]})[1]["erasure"]
        wait_until(lambda: daemon.cli("interactions") == [], 10, "the erasure")
        time.sleep(.5)
        assert not daemon.cli("erase", "--receipt", receipt)[0]["done_at"] and found(daemon) != []
    wait_until(lambda: daemon.cli("erase", "--receipt", receipt)[0]["done_at"], 10, "the receipt")
    assert found(daemon) == []


def test_what_nobody_could_read_goes_too(make_daemon):
    daemon = make_daemon(connectors=UNLIMITED + WHATSAPP).start()
    post(daemon, "hello", MARIA)
    assert daemon.post_whatsapp(b'{"broken": "' + MARIA.encode()).status == 200
    assert daemon.post_whatsapp(b'{"coded": "' + base64.b64encode(b"a letter of " + MARIA.encode())).status == 200
    post(daemon, "other", JOAO)
    assert len(daemon.cli("dead-letters")) == 2
    # What a server said of her, and what it said of somebody else.
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db, db:
        db.execute("INSERT INTO pull_state VALUES (77, 0, 0, 0, '550 no such user <%s>', 0, 0, 0)" % MARIA)
        db.execute("INSERT INTO pull_state VALUES (78, 0, 0, 0, '550 no such user <x%s>', 0, 0, 0)" % MARIA)
        db.execute("INSERT INTO reconcile VALUES (77, 'INBOX', 0, 0, 0, 0, 0, 0, 0, 0, 0, 'of %s', 'for %s')" % (MARIA, MARIA))
        db.execute("INSERT INTO webhook_attempt VALUES (1, 1, 1, 1, 500, 1, '%s!')" % MARIA)
    receipt = erase(daemon, MARIA)
    assert receipt["dead_letters"] == 2 and daemon.cli("dead-letters") == []
    assert found(daemon, (base64.b64encode(b"a letter")[:8].decode(),)) == []
    with contextlib.closing(sqlite3.connect(os.path.join(daemon.store, "daybook.db"))) as db:
        said = [row[0] for row in db.execute("SELECT said FROM pull_state UNION ALL SELECT error FROM webhook_attempt"
                                             " UNION ALL SELECT note FROM reconcile UNION ALL SELECT error FROM reconcile")]
    told = "it named somebody who was erased"
    assert said == [told, "550 no such user <x%s>" % MARIA, told, told, told]
    daemon.stop()
    daemon.check_rebuild()


def test_a_webhook_that_others_share_is_compacted(make_daemon):
    """One call, three events: two of hers and one of somebody else."""
    daemon = make_daemon(connectors=WHATSAPP).start()
    other = "5521998765432"
    payload = whatsapp(text_message("wamid.1", PHONE[1:], CANARY), text_message("wamid.2", other, "from the other"),
                       text_message("wamid.3", PHONE[1:], CANARY), names={PHONE[1:]: NAME, other: "Other"})
    assert daemon.post_whatsapp(payload).status == 200
    assert daemon.post_whatsapp(payload).status == 200, "as duplicates, with the same bytes"
    assert erase(daemon, PHONE)["entries"] == 2
    assert found(daemon) == [] and [it["text"] for it in daemon.cli("interactions")] == ["from the other"]
    assert daemon.post_whatsapp(payload).status == 200
    assert found(daemon) == [] and [c["name"] for c in daemon.cli("contacts")] == ["Other"]
    daemon.stop()
    daemon.check_rebuild()


def test_what_people_decided_about_them_goes_with_them(make_daemon):
    """Merged, named, with a handle added by hand, entries moved to and from them; the others' own decisions stay."""
    daemon = make_daemon(connectors=UNLIMITED).start()
    second, typed = "m.zweig@other.example", "zweig@typed.example"
    for text, email in (("m1", MARIA), ("m2", second), ("j1", JOAO), ("j2", JOAO), ("b1", "bia@two.example"), ("m3", MARIA)):
        post(daemon, text, email, name=NAME if email in (MARIA, second) else "")
    entry = {it["text"]: it["id"] for it in daemon.cli("interactions")}
    for args in (("merge", MARIA, second, "--yes"), ("name", MARIA, NAME), ("add", MARIA, typed), ("name", JOAO, "João"),
                 ("move", entry["j1"], MARIA), ("move", entry["m3"], JOAO), ("merge", "bia@two.example", JOAO, "--yes"),
                 ("unmerge", "bia@two.example")):
        assert daemon.run("contact", *args).returncode == 0, args
    assert erase(daemon, second)["decisions"] == 2
    assert found(daemon, WORDS + (second, typed)) == []
    assert sorted(it["text"] for it in daemon.cli("interactions")) == ["b1", "j2"]
    assert [c["name"] for c in daemon.cli("contacts")] == ["João", "bia@two.example"]
    daemon.stop()
    daemon.check_rebuild()
    rebuild(daemon)
    daemon.start()
    assert [c["name"] for c in daemon.cli("contacts")] == ["João", "bia@two.example"]
    post(daemon, "j1", JOAO)
    assert sorted(it["text"] for it in daemon.cli("interactions")) == ["b1", "j2"], "it was hers by a decision"


def test_a_longer_handle_is_somebody_elses(make_daemon):
    daemon = make_daemon(connectors=UNLIMITED + WHATSAPP).start()
    post(daemon, "hello", "ana@shop.example", "+5511987654321")
    for text in (b"joana@shop.example", b"ana@shop.example.org", b"15511987654321", b"x\\nana@shop.example", b"to%3Aana%40shop.example",
                 b"call 005511987654321."):
        assert daemon.post_whatsapp(b'{"broken": "' + text).status == 200
    receipt = erase(daemon, "ana@shop.example")
    assert receipt["dead_letters"] == 3 and len(daemon.cli("dead-letters")) == 3
    assert found(daemon, ("joana@", "shop.example.org", "15511987654321")) == ["joana@", "shop.example.org", "15511987654321"]
    daemon.stop()
    daemon.check_rebuild()


def test_half_a_line_of_the_file_of_erasures_is_written_again(full, tmp_path):
    """As a daemon that is killed leaves it."""
    [made] = full.cli("backup", "--out", str(tmp_path / "backups"))
    contact = full.cli("contact", "show", MARIA)[0]["id"]
    receipt = erase(full, MARIA)["id"]
    full.stop()
    path = os.path.join(full.store, "erasures")
    with open(path, encoding="utf-8") as f:
        key, line = f.read().splitlines()
    with open(path, "w", encoding="utf-8") as f:
        f.write(key + "\n" + line[:60])
    assert receipt in line[:60] and contact
    with contextlib.closing(sqlite3.connect(os.path.join(full.store, "daybook.db"))) as db, db:
        db.execute("UPDATE erasure SET done_at = 0")
    full.start()
    wait_until(lambda: full.cli("erase", "--receipt", receipt)[0]["done_at"], 30, "the erasure")
    with open(path, encoding="utf-8") as f:
        assert json.loads(f.read().splitlines()[-1])["id"] == receipt
    assert made


def test_answers_kept_for_repeated_requests_say_nothing(make_daemon, tmp_path):
    world = World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)
    person = {"name": NAME, "identities": [{"scheme": "email", "value": MARIA}]}
    made = world.do("/api/v1/contacts", person, status=201, Idempotency_Key="make:" + MARIA)
    preview = {"into": world.contacts["Ana"], "preview": True}
    path = "/api/v1/contacts/%s/merge" % made.value["contact"]
    world.do(path, preview, Idempotency_Key="p")
    world.do("/api/v1/contacts", {"name": "X", "identities": [{"scheme": "email", "value": "x" + MARIA}]}, status=201,
             Idempotency_Key="x" + MARIA)
    # Exports that name her in what was asked.
    for query in (MARIA, MARIA.upper(), "to:%s has:attachment" % MARIA):
        export = world.do("/api/v1/exports", {"what": "interactions", "query": query}, status=202).value["id"]
        wait_until(lambda: world.ok("/api/v1/exports/" + export)["state"] == "ready", 10, "the export")
    assert glob.glob(os.path.join(world.daemon.store, "exports", "*"))
    erase(world.daemon, MARIA)
    assert found(world.daemon, (NAME, " " + MARIA, "to:" + MARIA)) == []
    with contextlib.closing(sqlite3.connect(os.path.join(world.daemon.store, "daybook.db"))) as db:
        assert {(row[0], bool(row[1])) for row in db.execute("SELECT query, failed FROM export")} == {("", True)}
    assert glob.glob(os.path.join(world.daemon.store, "exports", "*")) == []
    again = world.do("/api/v1/contacts", person, status=410, Idempotency_Key="make:" + MARIA)
    assert again.value["type"].endswith("erased") and world.daemon.run("contact", "show", MARIA).returncode == 3
    world.do("/api/v1/contacts", {"name": "X", "identities": [{"scheme": "email", "value": "x" + MARIA}]}, status=201,
             Idempotency_Key="x" + MARIA)


def test_a_party_with_handles_of_two_people_keeps_the_others(make_daemon):
    """A form of his that gives her number: it stays his, without the number."""
    daemon = make_daemon(connectors=UNLIMITED + WHATSAPP).start()
    post(daemon, "m1", MARIA, PHONE, NAME)
    post(daemon, "j1", JOAO, name="João")
    post(daemon, "call me there", JOAO, PHONE, name="João")
    post(daemon, "m2", MARIA, "+5521998765432", NAME)
    erase(daemon, MARIA)
    assert found(daemon, WORDS + ("21998765432",)) == []
    assert [it["text"] for it in daemon.cli("timeline", JOAO)] == ["j1", "call me there"]
    assert [c["name"] for c in daemon.cli("contacts")] == ["João"]
    daemon.stop()
    daemon.check_rebuild()


def test_what_is_told_later_of_their_messages_brings_no_number_back(make_daemon):
    """Delivered and read, after the erasure; and of a message to somebody new with the number."""
    daemon = make_daemon(connectors=WHATSAPP).start()

    def told(wamid, status):
        at = str(int(time.time()) + 5)
        payload = whatsapp(statuses=[{"id": wamid, "status": status, "timestamp": at, "recipient_id": PHONE[1:]}])
        assert daemon.post_whatsapp(payload).status == 200

    assert daemon.post_whatsapp(whatsapp(text_message("wamid.m1", PHONE[1:], CANARY), names={PHONE[1:]: NAME})).status == 200
    told("wamid.out", "sent")
    erase(daemon, PHONE)
    told("wamid.out", "delivered")
    told("wamid.out", "read")
    assert found(daemon) == [] and daemon.ledger("shop")["filtered"] == 4
    new = text_message("wamid.m2", PHONE[1:], "it is somebody else's now", timestamp=int(time.time()) + 5)
    assert daemon.post_whatsapp(whatsapp(new)).status == 200
    told("wamid.out2", "read")
    assert daemon.ledger("shop")["stored"] == 2
    daemon.stop()
    daemon.check_rebuild()


def test_a_backup_from_before_a_handle_changed_hands_costs_nobody_else(make_daemon, tmp_path):
    """Then it was João's, or Ana and Maria were one; only what came by her handles goes."""
    daemon = make_daemon(connectors=UNLIMITED).start()
    second, third = "m.zweig@other.example", "zweig@typed.example"
    for text, email in (("m1", MARIA), ("j1", JOAO), ("j2", second), ("a1", "ana@two.example"), ("b1", "bia@two.example"), ("m2", third)):
        post(daemon, text, email, name=NAME if email == MARIA else "")
    steps = ("merge", second, JOAO, "--yes"), ("merge", MARIA, "ana@two.example", "--yes"), ("merge", "bia@two.example", third, "--yes")
    for args in steps:
        assert daemon.run("contact", *args).returncode == 0, args
    [made] = daemon.cli("backup", "--out", str(tmp_path / "backups"))
    for args in (("unmerge", MARIA), ("add", MARIA, second, "--move"), ("add", MARIA, third, "--move")):
        done = daemon.run("contact", *args)
        assert done.returncode == 0, (args, done.stderr)
    erase(daemon, MARIA)
    left = sorted(it["text"] for it in daemon.cli("interactions"))
    assert left == ["a1", "b1", "j1"]
    daemon.stop()
    daemon.check_rebuild()
    done = daemon.run("restore", made["path"], "--yes")
    assert done.returncode == 0, done.stderr
    daemon.start()
    assert sorted(it["text"] for it in daemon.cli("interactions")) == left
    assert found(daemon, WORDS + (second, third)) == []
    assert [it["text"] for it in daemon.cli("timeline", JOAO)] == ["j1"]
    assert sorted(c["name"] for c in daemon.cli("contacts")) == ["ana@two.example", "bia@two.example", JOAO]
    daemon.stop()
    daemon.check_rebuild()


def test_a_file_named_after_them_is_named_no_more(make_daemon, tmp_path):
    """Also where the mails of others lay in it, which stay."""
    daemon = make_daemon(connectors=UNLIMITED).start()
    path = tmp_path / (MARIA + ".mbox")
    path.write_bytes(b"".join(b"From x Mon Nov 23 00:00:00 2026\n" + data.replace(b"\r\n", b"\n") + b"\n" for data in (
        mail("m1", sender=sender(), text=CANARY), mail("j1", sender="João <%s>" % JOAO), mail("j2", sender=JOAO))))
    assert daemon.run("import", "mbox", str(path)).returncode == 0
    assert set(WORDS) <= {*found(daemon), PHONE[1:]}
    erase(daemon, MARIA)
    assert found(daemon) == [] and len(daemon.cli("timeline", JOAO)) == 2
    daemon.stop()
    daemon.check_rebuild()
