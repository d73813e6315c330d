"""What once broke it: each of these lost, doubled, damaged or stopped something."""
import os
import signal
import sqlite3
import subprocess
import time

from daybook import FORM, WHATSAPP, text_message, wait_until, whatsapp

BOX = """  box:
    type: imap
    enabled: %s
    host: 127.0.0.1
    port: 1
    user: somebody
    password: !file secrets/form-token
"""


def state_of(daemon, connector):
    return [c["state"] for c in daemon.cli("connectors") if c["name"] == connector]


def reload_with(daemon, connectors):
    done = daemon.log_text().count("configuration reloaded")
    daemon.write_config(connectors=connectors)
    daemon.reload()
    wait_until(lambda: daemon.log_text().count("configuration reloaded") > done, what="the reload")


def test_a_mailbox_switched_off_and_on_by_a_reload_polls_again(make_daemon):
    daemon = make_daemon(connectors=FORM + BOX % "true").start()
    wait_until(lambda: state_of(daemon, "box") == ["retrying"], what="the first attempt")
    reload_with(daemon, FORM + BOX % "false")
    wait_until(lambda: state_of(daemon, "box") == ["off"], what="the mailbox switched off")
    reload_with(daemon, FORM + BOX % "true")
    wait_until(lambda: state_of(daemon, "box") == ["retrying"], what="an attempt after that")


def test_a_connector_that_becomes_another_type_starts_anew(make_daemon):
    daemon = make_daemon(connectors=FORM + BOX % "true").start()
    wait_until(lambda: state_of(daemon, "box") == ["retrying"], what="the first attempt")
    reload_with(daemon, FORM + "  box:\n    type: form\n")
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi"}, connector="box").status == 200


def test_a_connector_with_messages_keeps_its_type(make_daemon):
    daemon = make_daemon().start()
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi"}).status == 200
    daemon.write_config(connectors=WHATSAPP.replace("shop:", "contact:"))
    daemon.reload()
    wait_until(lambda: "has messages of type form in this store; give the one of type whatsapp another name"
               in daemon.log_text(), what="the refusal")
    assert daemon.post_form({"email": "ana@cliente.example", "message": "de novo"}).status == 200
    daemon.write_config(connectors=WHATSAPP + FORM)


def test_a_rebuild_while_somebody_reads_changes_nothing(make_daemon):
    daemon = make_daemon().start()
    for i in range(30):
        assert daemon.post_form({"email": "p%d@cliente.example" % i, "message": "oi"}).status == 200
    reader = sqlite3.connect("file:%s/daybook.db?mode=ro" % daemon.store, uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM journal").fetchone()
    daemon.stop()
    # Who has it open and does nothing would share its log with the new one, and remove that when he goes.
    for what in ("reads", "has it open"):
        done = daemon.run("rebuild")
        assert done.returncode != 0, what
        assert b"somebody reads" in done.stderr and b"then try again" in done.stderr
        reader.execute("ROLLBACK" if what == "reads" else "SELECT 1")
    reader.close()
    assert daemon.run("rebuild").returncode == 0
    daemon.start()


def test_a_note_that_the_journal_cannot_hold_is_refused(make_daemon):
    daemon = make_daemon().start()
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi"}).status == 200
    contact = wait_until(lambda: daemon.cli("contacts"), what="the contact")[0]["id"]
    status, answer = daemon.control("/note", {"contact": contact, "text": "a" * (1 << 20)})
    assert (status, answer["error"]) == (422, "it is longer than 1 MiB")


def end_spawner(daemon):
    """Without it nothing hostile can be read: what comes in then is pending."""
    children = subprocess.run(["ps", "-o", "pid=,comm=", "--ppid", str(daemon.process.pid)],
                              capture_output=True, text=True, check=True).stdout.splitlines()
    os.kill(next(int(line.split()[0]) for line in children if "daybook-spawn" in line), signal.SIGKILL)


def test_a_rebuild_replays_what_was_pending_in_the_order_of_its_resolution(make_daemon):
    daemon = make_daemon().start()
    end_spawner(daemon)
    for i in range(3):
        assert daemon.post_form({"email": "p%d@cliente.example" % i, "message": "oi"}).status == 200
    assert daemon.post_whatsapp(whatsapp(text_message("wamid.1", "5511987654321", "oi"))).status == 200
    assert daemon.ledger("contact")["pending"] == 3 and daemon.ledger("shop")["stored"] == 1
    daemon.kill()
    daemon.start()
    wait_until(lambda: daemon.ledger("contact")["stored"] == 3, what="the sweep")


def test_what_waits_for_a_removed_connector_holds_nobody_up(make_daemon):
    daemon = make_daemon(connectors=FORM + "  other:\n    type: form\n").start()
    end_spawner(daemon)
    for i in range(65):
        assert daemon.post_form({"email": "p%d@cliente.example" % i, "message": "oi"}, "other").status == 200
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi"}).status == 200
    daemon.kill()
    daemon.write_config(connectors=FORM)
    daemon.start()
    wait_until(lambda: daemon.ledger("contact")["stored"] == 1, what="the sweep")


def set_encoding(daemon, encoding):
    """Of every body in the journal, which then cannot be decoded, or can again; the one before."""
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db"), timeout=10) as db:
        [[before]] = db.execute("SELECT encoding FROM journal").fetchall()
        db.execute("UPDATE journal SET encoding = ?", (encoding,))
    db.close()
    return before


def test_a_pending_message_that_cannot_be_read_is_said_once_and_waits(make_daemon):
    daemon = make_daemon().start()
    end_spawner(daemon)
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi " * 100}).status == 200
    daemon.kill()
    encoding = set_encoding(daemon, 77)
    daemon.start()
    wait_until(lambda: "pending message cannot be read" in daemon.log_text(), 10, "a line in the log")
    time.sleep(6)       # one more sweep
    assert daemon.log_text().count("pending message cannot be read") == 1
    assert daemon.ledger("contact")["pending"] == 1
    set_encoding(daemon, encoding)
    wait_until(lambda: daemon.ledger("contact")["stored"] == 1, 10, "the form")


def test_a_store_that_was_removed_takes_nothing_more(make_daemon):
    daemon = make_daemon().start()
    daemon.was_ready = False    # there will be no store to look at
    os.rename(daemon.store, daemon.store + ".away")
    wait_until(lambda: daemon.post_form({"email": "ana@cliente.example"}).status == 503, what="the refusal")
    os.rename(daemon.store + ".away", daemon.store)
    wait_until(lambda: daemon.post_form({"email": "ana@cliente.example"}).status == 200, what="its return")


def test_a_daemon_without_its_spawner_ends_and_begins_anew(make_daemon):
    daemon = make_daemon().start()
    spawner = next(int(p) for p in os.listdir("/proc") if p.isdigit() and is_child_named(p, daemon.process.pid, "daybook-spawn"))
    os.kill(spawner, signal.SIGKILL)
    assert daemon.process.wait(20) == 1
    assert "the spawner of parser processes has died" in daemon.log_text()
    daemon.process = None
    daemon.start()
    assert daemon.post_form({"email": "a@example.com", "message": "hi"}).status == 200
    wait_until(lambda: daemon.ledger("contact")["stored"] == 1, what="the form")


def is_child_named(pid, parent, name):
    try:
        with open("/proc/%s/stat" % pid) as f:
            text = f.read()
    except OSError:
        return False
    return "(%s)" % name in text and int(text.rsplit(")", 1)[1].split()[1]) == parent
