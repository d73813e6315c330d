"""What is kept no longer goes, class by class, and does not come back."""
import glob
import os
import sqlite3
import time

import pytest

from daybook import WHATSAPP, text_message, wait_until, whatsapp
from dovecot import Dovecot
from test_block import blobs, mail, mailbox, make, rebuild
from test_erase import age_files, found, import_mail
from test_merge import UNLIMITED, post

FORMS = UNLIMITED + WHATSAPP
OLD = 1.3       # seconds, after which everything of before is older than a second


def kept(daemon):
    return {row["class"]: row for row in daemon.cli("retention")}


def run(daemon):
    """To the end; what was there before is older than a second then."""
    before = {c: row["ran_at"] for c, row in kept(daemon).items() if row["keep_s"]}
    time.sleep(OLD)
    assert daemon.run("retention", "run").returncode == 0
    wait_until(lambda: all(kept(daemon)[c]["ran_at"] != at for c, at in before.items()), 20, "the run")
    daemon.stop()       # what is under way comes to its end
    daemon.start()
    assert all(kept(daemon)[c]["error"] is None for c in before), kept(daemon)


def fill(daemon, tmp_path):
    import_mail(daemon, tmp_path, "m1", mail("m1", sender="Ana <ana@three.example>", text="mailwords", file=os.urandom(40000),
                                             headers="X-Only: rawmailcanary\r\n"))
    import_mail(daemon, tmp_path, "m1", mail("m1", sender="Ana <ana@three.example>", text="mailwords", headers="X-Only: rawrepeatcanary\r\n"))
    post(daemon, "formwords", "bia@two.example", "+5521998765432", "Bia")
    post(daemon, "formwords", "bia@two.example", "+5521998765432", "Bia")
    payload = whatsapp(text_message("wamid.1", "5511987654321", "chatwords", rawchat="rawchatcanary"), names={"5511987654321": "Caio"})
    assert daemon.post_whatsapp(payload).status == 200
    assert daemon.post_whatsapp(b'{"broken": "rawdeadcanary"').status == 200
    assert daemon.run("note", "ana@three.example", "notewords").returncode == 0
    wait_until(lambda: len(daemon.cli("search", "mailwords")) == 1 and len(daemon.cli("search", "notewords")) == 1, 10, "the index")


def test_bytes_files_and_dead_letters_go_and_entries_stay(make_daemon, tmp_path):
    extra = "retention: {raw_webhooks: 1s, raw_email: 1s, filtered: 1s, dead_letters: 1s}\n"
    daemon = make_daemon(connectors=FORMS, extra=extra).start()
    fill(daemon, tmp_path)
    raw = ("rawmailcanary", "rawrepeatcanary", "rawchatcanary", "rawdeadcanary")
    assert set(found(daemon, raw)) == set(raw)
    before = daemon.cli("interactions")
    ledger = {c: daemon.ledger(c) for c in ("import", "contact", "shop", "people")}
    time.sleep(OLD)
    rows = kept(daemon)
    assert [(c, rows[c]["to_go"]) for c in rows] == [("raw_webhooks", 3), ("raw_email", 2), ("attachments", 0), ("filtered", 0),
                                                     ("dead_letters", 1), ("timeline", 0)]
    assert rows["timeline"]["keep_s"] is None and rows["raw_email"]["to_go_bytes"] > 40000
    run(daemon)
    assert found(daemon, raw) == [] and daemon.cli("dead-letters") == []
    assert [(c, row["to_go"], row["gone"]) for c, row in kept(daemon).items()] == [
        ("raw_webhooks", 0, 3), ("raw_email", 0, 2), ("attachments", 0, 0), ("filtered", 0, 0), ("dead_letters", 0, 1), ("timeline", 0, 0)]
    # The timeline is what it was, with the file; the ledger, but for the dead letter.
    assert daemon.cli("interactions") == before and len(blobs(daemon)) == 1
    shop = dict(ledger["shop"], dead=0, filtered=1)
    assert {c: daemon.ledger(c) for c in ledger} == dict(ledger, shop=shop)
    done = daemon.run("doctor")
    metrics = daemon.get("/metrics").body.decode()
    assert 'daybook_retention_rows_total{class="raw_webhooks"} 3.000\n' in metrics and 'daybook_retention_failing{class="raw_email"} 0.000\n' in metrics
    assert "class=\"timeline\"" not in metrics, "that is kept for ever"
    assert b"4 of 6 classes go when their time is over" in done.stdout + done.stderr, done.stdout
    daemon.stop()
    daemon.check_rebuild()
    rebuild(daemon)
    daemon.start()
    assert daemon.cli("interactions") == before
    # The same once more is known by its row and by its key.
    import_mail(daemon, tmp_path, "m1", mail("m1", sender="Ana <ana@three.example>", text="mailwords", headers="X-Third: way\r\n"))
    post(daemon, "formwords", "bia@two.example", "+5521998765432", "Bia")
    assert daemon.cli("interactions") == before
    daemon.stop()
    daemon.check_rebuild()


def test_files_go_and_their_names_stay(make_daemon, tmp_path):
    daemon = make_daemon(connectors=FORMS, extra="retention: {attachments: 1s}\n").start()
    fill(daemon, tmp_path)
    run(daemon)
    age_files(daemon)       # it was met when the mail was read once more
    daemon.stop()
    daemon.start()
    wait_until(lambda: blobs(daemon) == [], 20, "the file")
    assert found(daemon, ("rawmailcanary", "rawrepeatcanary")) == ["rawrepeatcanary"], "that one came without the file"
    [entry] = [it for it in daemon.cli("interactions") if it["channel"] == "email"]
    [file] = entry["attachments"]
    assert (file["state"], file["sha256"], file["size"]) == ("expired", None, 40000) and "kept" in file["reason"]
    assert set(found(daemon, ("rawchatcanary", "rawdeadcanary"))) == {"rawchatcanary", "rawdeadcanary"}
    daemon.stop()
    daemon.check_rebuild()


def test_entries_go_and_do_not_come_back(make_daemon, tmp_path):
    daemon = make_daemon(connectors=FORMS, extra="retention: {timeline: 1s}\n").start()
    fill(daemon, tmp_path)
    assert daemon.run("contact", "merge", "5511987654321", "bia@two.example", "--yes").returncode == 0
    by_hand = {"do": "contact", "text": "Hand", "handles": [{"scheme": "email", "value": "hand@made.example"}]}
    assert daemon.control("/people", by_hand)[0] == 200
    post(daemon, "handwords", "hand@made.example", "", "Hand")
    time.sleep(OLD)
    post(daemon, "new words", "bia@two.example", "", "Bia")
    age_files(daemon)
    assert kept(daemon)["timeline"]["to_go"] == 6
    assert daemon.run("retention", "run").returncode == 0
    wait_until(lambda: kept(daemon)["timeline"]["gone"] == 6, 20, "the run")
    wait_until(lambda: blobs(daemon) == [], 20, "the file")
    words = ("rawmailcanary", "rawchatcanary", "mailwords", "chatwords", "notewords", "formwords", "ana@three.example")
    assert [it["text"] for it in daemon.cli("interactions")] == ["new words"]
    assert sorted(c["name"] for c in daemon.cli("contacts")) == ["Bia", "Hand"], "whom a person made known stays"
    assert daemon.cli("search", "mailwords") == [] and len(daemon.cli("dead-letters")) == 1
    assert [daemon.ledger(c)["filtered"] for c in ("import", "contact", "shop", "people")] == [2, 3, 1, 1]
    daemon.stop()
    assert found(daemon, words) == []
    daemon.check_rebuild()
    rebuild(daemon)
    daemon.start()
    import_mail(daemon, tmp_path, "m1", mail("m1", sender="Ana <ana@three.example>", text="mailwords", headers="X-Third: way\r\n"))
    post(daemon, "formwords", "bia@two.example", "+5521998765432", "Bia")
    payload = whatsapp(text_message("wamid.1", "5511987654321", "chatwords", rawchat="again"), names={"5511987654321": "Caio"})
    assert daemon.post_whatsapp(payload).status == 200
    assert [it["text"] for it in daemon.cli("interactions")] == ["new words"] and found(daemon, words) == []
    daemon.stop()
    daemon.check_rebuild()


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


def test_a_mailbox_that_still_has_them_does_not_bring_them_back(make_daemon, dovecot):
    for name, sender in (("k1", "Ana <ana@three.example>"), ("k2", "Ana <ana@three.example>"), ("b1", "bia@two.example")):
        dovecot.deliver("u1", mail(name, sender=sender, headers="X-Only: rawmailcanary\r\n"))
    daemon = make(make_daemon, mailbox(dovecot, "ana", "u1"), extra="retention: {raw_email: 1s}\n").start()
    wait_until(lambda: daemon.ledger("ana")["stored"] == 3, 30, "the mails")
    run(daemon)
    assert len(daemon.cli("interactions")) == 3 and found(daemon, ("rawmailcanary",)) == []
    # Without its header a mail is still known as one of somebody who is blocked.
    daemon.write_config(mailbox(dovecot, "ana", "u1", "block: ['@two.example']"), extra="retention: {timeline: 1s}\n")
    daemon.reload()
    wait_until(lambda: len(daemon.cli("interactions")) == 2, 30, "the block list")
    run(daemon)
    assert daemon.cli("interactions") == [] and daemon.cli("contacts") == []
    assert daemon.ledger("ana") == {"received": 3, "stored": 0, "duplicate": 0, "filtered": 3, "dead": 0, "pending": 0}
    row = next(r for r in daemon.cli("reconcile", "ana") if r.get("folder") == "INBOX")
    assert (row["listed"], row["known"], row["missing"]) == (3, 2, 0)
    daemon.stop()
    for name in glob.glob(os.path.join(dovecot.maildir("u1"), "dovecot*")):
        os.unlink(name)
    time.sleep(1.1)     # Dovecot makes UIDVALIDITY of the clock
    daemon.start()
    wait_until(lambda: daemon.ledger("ana")["received"] == 6, 60, "all of the mailbox")
    assert daemon.ledger("ana")["filtered"] == 6 and daemon.cli("interactions") == []
    daemon.stop()
    daemon.check_rebuild()


def test_what_could_not_be_taken_is_said_until_it_can(make_daemon, tmp_path):
    """A row whose bytes are damaged stays, is said, and is tried again each night; the others go, and are counted once."""
    extra = "retention: {raw_webhooks: 1s, attachments: 1s}\n"
    daemon = make_daemon(connectors=FORMS, extra=extra).start()
    fill(daemon, tmp_path)
    daemon.stop()
    db = sqlite3.connect(os.path.join(daemon.store, "daybook.db"))
    [(id, good)] = db.execute("SELECT id, body FROM journal WHERE kind = 0 AND outcome = 1 AND content_type LIKE '%urlencoded%'"
                              " ORDER BY id LIMIT 1").fetchall()
    db.execute("UPDATE journal SET body = x'28b52ffd00' WHERE id = ?", (id,))
    db.commit()
    daemon.start()

    def go(anew):
        if anew:
            assert daemon.run("retention", "run").returncode == 0
        else:
            db.execute("UPDATE retention SET ran_at = ran_at - 86400000000")
            db.commit()
            daemon.stop()
            daemon.start()      # a night was missed
        wait_until(lambda: kept(daemon)["raw_webhooks"]["ran_at"] not in seen, 20, "a run")
        time.sleep(1)       # it is the last class
        rows = kept(daemon)
        seen.add(rows["raw_webhooks"]["ran_at"])
        print(rows)
        return [rows[c][k] for c in ("raw_webhooks", "attachments") for k in ("gone", "error")]
    seen = {None}
    time.sleep(OLD)
    gone, error, n_files, no_error = go(True)
    assert (gone, n_files, no_error) == (2, 1, "1 rows stay: %s" % error.split(": ", 1)[1]) and error.startswith("1 rows stay: journal row")
    assert go(False)[:2] == [2, error], "it is looked at again, and still said"
    assert b"1 rows stay" in daemon.run("doctor").stdout
    assert go(True) == [2, error, 1, no_error], "the files that have gone are not counted again"
    db.execute("UPDATE journal SET body = ? WHERE id = ?", (good, id))
    db.commit()
    assert go(False)[:2] == [3, None]
    told = [row["detail"] for row in daemon.cli("audit") if row["what"] == "retention"]
    assert sorted(told) == ["rows: 1", "rows: 1", "rows: 2"]
    daemon.stop()
    daemon.check_rebuild()


def test_a_run_that_is_killed_is_gone_on_with_and_counted_once(make_daemon):
    daemon = make_daemon(connectors=FORMS, extra="retention: {raw_webhooks: 1s}\n").start()
    for i in range(400):
        post(daemon, "words %d" % i, "m%d@two.example" % i, "", "M")
    time.sleep(OLD)
    db = sqlite3.connect(os.path.join(daemon.store, "daybook.db"), isolation_level=None)

    def gone():
        return (db.execute("SELECT rows FROM retention").fetchone() or (0,))[0]
    assert daemon.run("retention", "run").returncode == 0
    wait_until(lambda: gone() > 0, 20, "a part of it", passes=True)
    daemon.kill()
    before = gone()
    assert 0 < before < 400, "killed too late to show anything"
    db.execute("UPDATE retention SET ran_at = ran_at - 86400000000")
    daemon.start()
    wait_until(lambda: gone() == 400, 20, "the rest")
    wait_until(lambda: [row["detail"] for row in daemon.cli("audit") if row["what"] == "retention"] == ["rows: 400"], 10, "one entry")
    assert len(daemon.cli("interactions")) == 400
    daemon.stop()
    daemon.check_rebuild()
