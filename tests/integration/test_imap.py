"""Mailboxes, against Debian's Dovecot: everything once, nothing touched, trouble costs one mailbox."""
import contextlib
import glob
import os
import re
import select
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

import daybook
from daybook import TOP, text_message, wait_until, whatsapp
from dovecot import PASSWORD, Dovecot, is_installed

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")
TOOLS = os.path.join(TOP, "tests", "tools")


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


def mail(name, sender="maria@example.com", to="sales@acme.example", text="hello", subject=None, headers=""):
    return ("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@example.com>\r\n"
            "%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"
            % (sender, to, subject or name, name, headers, text)).encode()


def deliver(server, user, *mails, folder=""):
    for data in mails:
        server.deliver(user, data, folder)


def mailbox(server, name="sales", user="u1", *options):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (name, server.tls_port, user, server.ca)
            + "".join("    %s\n" % o for o in options))


def make(make_daemon, connectors, name="daybook"):
    daemon = make_daemon(name, connectors=connectors)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def stored(daemon):
    return sorted(it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("interactions"))


def wait_for(daemon, names, seconds=60):
    wait_until(lambda: len(stored(daemon)) >= len(names), seconds, "the arrival of %d mails" % len(names))
    assert stored(daemon) == sorted(names)


def state_of(daemon, name):
    [status] = daemon.cli("status")
    return next(c for c in status["connectors"] if c["name"] == name)


# ---- the ordinary way ----

def test_inbox_and_sent_come_in_with_their_directions(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"), mail("b"))
    deliver(dovecot, "u1", mail("c", sender="sales@acme.example", to="maria@example.com"), folder=".Sent")
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a", "b", "c"])
    directions = {it["subject"]: it["direction"] for it in daemon.cli("interactions")}
    assert directions == {"a": "in", "b": "in", "c": "out"}
    assert len(daemon.cli("timeline", "maria@example.com")) == 3


def test_a_new_mail_comes_by_itself(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    deliver(dovecot, "u1", mail("b"))
    wait_for(daemon, ["a", "b"], 30)


def test_nothing_in_the_mailbox_is_touched(make_daemon, dovecot):
    deliver(dovecot, "u1", *[mail("m%d" % i) for i in range(5)])
    before = dovecot.flags("u1")
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["m%d" % i for i in range(5)])
    daemon.stop()
    after = dovecot.flags("u1")
    assert len(before) == 5 and after == before


def test_a_restart_doubles_nothing(make_daemon, dovecot):
    names = ["m%02d" % i for i in range(20)]
    deliver(dovecot, "u1", *[mail(n) for n in names])
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, names)
    daemon.stop()
    deliver(dovecot, "u1", mail("new"))
    daemon.start()
    wait_for(daemon, names + ["new"])
    assert daemon.ledger("sales")["dead"] == 0


def test_one_mail_in_two_mailboxes_is_one(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    deliver(dovecot, "u2", mail("a"), mail("b"))
    daemon = make(make_daemon, mailbox(dovecot) + mailbox(dovecot, "support", "u2").lstrip("\n")).start()
    wait_for(daemon, ["a", "b"])
    wait_until(lambda: daemon.ledger("sales")["received"] + daemon.ledger("support")["received"] == 3, 30, "the third mail")
    assert daemon.ledger("sales")["duplicate"] + daemon.ledger("support")["duplicate"] == 1


# ---- reloads ----

def logins(server):
    """The daemon's: only it comes by TLS."""
    return len([line for line in server.log().splitlines() if "Login: user=<u1@test>" in line and "TLS" in line])


def reload_with(daemon, connectors):
    daemon.write_config(connectors=connectors)
    assert daemon.run("reload").stdout == b"reloaded\n"


def test_a_reload_leaves_the_session_of_an_untouched_mailbox(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    assert logins(dovecot) == 1
    reload_with(daemon, mailbox(dovecot) + "  contact:\n    type: form\n")
    deliver(dovecot, "u1", mail("b"))
    wait_for(daemon, ["a", "b"])
    assert logins(dovecot) == 1


def test_a_kept_session_delivers_by_the_rules_of_the_reload(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    path = os.path.join(daemon.folder, "daybook.yaml")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("domains: [acme.example]", "domains: [acme.example, filial.example]"))
    assert daemon.run("reload").stdout == b"reloaded\n"
    deliver(dovecot, "u1", mail("b", sender="rui@filial.example", to="maria@example.com"))
    wait_for(daemon, ["a", "b"])
    assert {it["subject"]: it["direction"] for it in daemon.cli("interactions")} == {"a": "in", "b": "out"}
    assert logins(dovecot) == 1


def test_a_reload_with_other_options_logs_in_again(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    reload_with(daemon, mailbox(dovecot, "sales", "u1", "command_timeout: 7s"))
    wait_until(lambda: logins(dovecot) == 2, 5, "the login with the new options")
    deliver(dovecot, "u1", mail("b"))
    wait_for(daemon, ["a", "b"])
    assert logins(dovecot) == 2


def sessions_ended(server):
    """By LOGOUT, as Dovecot counts; the test's own deliveries are among them."""
    return server.log().count("Logged out")


def test_a_mailbox_switched_off_by_a_reload_logs_out_and_on_again_logs_in(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    wait_until(lambda: state_of(daemon, "sales")["state"] == "live", 10, "IDLE")
    n = sessions_ended(dovecot)
    reload_with(daemon, mailbox(dovecot, "sales", "u1", "enabled: no"))
    wait_until(lambda: sessions_ended(dovecot) > n, 5, "the logout")
    assert logins(dovecot) == 1
    deliver(dovecot, "u1", mail("b"))
    reload_with(daemon, mailbox(dovecot))
    wait_for(daemon, ["a", "b"])
    assert logins(dovecot) == 2


def test_a_mailbox_removed_by_a_reload_logs_out_and_is_forgotten(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, daybook.FORM + mailbox(dovecot).lstrip("\n")).start()
    wait_for(daemon, ["a"])
    wait_until(lambda: state_of(daemon, "sales")["state"] == "live", 10, "IDLE")
    n = sessions_ended(dovecot)
    reload_with(daemon, daybook.FORM)
    wait_until(lambda: sessions_ended(dovecot) > n, 5, "the logout")
    wait_until(lambda: "removed connector=sales" in daemon.log_text(), 5, "its end")
    reload_with(daemon, daybook.FORM + mailbox(dovecot).lstrip("\n"))
    deliver(dovecot, "u1", mail("b"))
    wait_for(daemon, ["a", "b"])


def test_a_mailbox_removed_while_it_is_read_ends_soon(make_daemon, dovecot):
    deliver(dovecot, "u1", *[mail("m%03d" % i, text="x" * 20000) for i in range(200)])
    daemon = make(make_daemon, daybook.FORM + mailbox(dovecot).lstrip("\n")).start()
    wait_until(lambda: stored(daemon), 30, "the first mail")
    reload_with(daemon, daybook.FORM)
    wait_until(lambda: "removed connector=sales" in daemon.log_text(), 10, "its end")
    reload_with(daemon, daybook.FORM + mailbox(dovecot).lstrip("\n"))
    wait_for(daemon, ["m%03d" % i for i in range(200)], 120)


def test_the_daemon_logs_out_when_it_ends(make_daemon, dovecot):
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_until(lambda: state_of(daemon, "sales")["state"] == "live", 30, "IDLE")
    n = sessions_ended(dovecot)
    daemon.stop()
    wait_until(lambda: sessions_ended(dovecot) > n, 5, "the logout")


def spoil_cursor(daemon, connector):
    """A position that no handle of Daybook can read: longer than any of them takes."""
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db"), timeout=20) as db:
        [(number,)] = db.execute("SELECT id FROM connector WHERE name = ?", [connector])
        db.execute("INSERT INTO cursor VALUES (?, 'INBOX', zeroblob(70 << 20))", [number])
    db.close()


def heal_cursor(daemon):
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db"), timeout=20) as db:
        db.execute("DELETE FROM cursor WHERE length(value) > 1 << 20")
    db.close()


def test_a_reload_that_cannot_make_its_second_mailbox_changes_nothing(make_daemon, dovecot):
    deliver(dovecot, "u1", mail("a"))
    before = daybook.FORM + mailbox(dovecot).lstrip("\n")
    boxes = "".join(mailbox(dovecot, "box%d" % n, "u%d" % (n + 1)).lstrip("\n") for n in (1, 2, 3))
    after = "\n" + boxes + mailbox(dovecot, "sales", "u1", "command_timeout: 7s").lstrip("\n")
    daemon = make(make_daemon, before + mailbox(dovecot, "box2", "u3", "enabled: no").lstrip("\n")).start()
    wait_for(daemon, ["a"])
    reload_with(daemon, before)
    spoil_cursor(daemon, "box2")
    daemon.write_config(connectors=after)
    refused = daemon.run("reload")
    assert refused.returncode != 0 and b'connector "box2"' in refused.stderr
    assert 'keeping the running configuration reason="connector \\"box2\\"' in daemon.log_text()

    deliver(dovecot, "u1", mail("b"))
    wait_for(daemon, ["a", "b"])
    assert logins(dovecot) == 1                                   # the old options and their session
    assert daemon.post_form({"email": "ana@cliente.example", "message": "oi"}).status == 200
    metrics = daemon.get("/metrics").body.decode()
    assert set(re.findall(r'connector_state\{connector="(\w+)"', metrics)) == {"contact", "sales"}
    assert "user=<u2@test>" not in dovecot.log() and "user=<u4@test>" not in dovecot.log()

    heal_cursor(daemon)
    assert daemon.run("reload").stdout == b"reloaded\n"
    for n in (2, 3, 4):
        deliver(dovecot, "u%d" % n, mail("u%d" % n))
    wait_until(lambda: sum(daemon.ledger("box%d" % n)["stored"] for n in (1, 2, 3)) == 3, 30, "the other mailboxes")


# ---- interruptions ----

def test_kills_during_the_first_read_lose_and_double_nothing(make_daemon, dovecot):
    names = ["m%03d" % i for i in range(400)]
    deliver(dovecot, "u1", *[mail(n, text=n * 200) for n in names])
    daemon = make(make_daemon, mailbox(dovecot)).start()
    for share in (50, 150, 300):
        wait_until(lambda: len(stored(daemon)) >= share, 60, "%d mails" % share)
        daemon.kill()
        daemon.start()
    wait_for(daemon, names, 120)


@contextlib.contextmanager
def mailbox_behind(dovecot, fault, *options):
    """The text of the mailbox, reached in the clear through a proxy with that fault."""
    port, control = daybook.free_port(), daybook.free_port()
    proxy = subprocess.Popen([sys.executable, os.path.join(TOOLS, "faultproxy.py"), "--listen", "127.0.0.1:%d" % port,
                              "--to", "127.0.0.1:%d" % dovecot.port, "--control", "127.0.0.1:%d" % control,
                              "--fault", fault], stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: can_connect(control), what="the proxy")
        text = mailbox(dovecot, "sales", "u1", "tls: none", *options)
        yield text.replace("port: %d" % dovecot.tls_port, "port: %d" % port).replace("    tls_ca: %s\n" % dovecot.ca, "")
    finally:
        proxy.terminate()
        proxy.wait(10)


def test_resets_in_the_middle_of_a_fetch_lose_and_double_nothing(make_daemon, dovecot):
    names = ["m%03d" % i for i in range(100)]
    deliver(dovecot, "u1", *[mail(n, text=n * 500) for n in names])
    with mailbox_behind(dovecot, "s2c:reset,after=2000-150000,first=4") as text:
        daemon = make(make_daemon, text).start()
        wait_for(daemon, names, 180)


def test_a_new_uidvalidity_doubles_nothing(make_daemon, dovecot):
    names = ["m%d" % i for i in range(10)]
    deliver(dovecot, "u1", *[mail(n) for n in names])
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, names)
    daemon.stop()
    for path in glob.glob(os.path.join(dovecot.maildir("u1"), "dovecot*")):
        if os.path.isfile(path):
            os.unlink(path)
    deliver(dovecot, "u1", mail("new"))
    daemon.start()
    wait_for(daemon, names + ["new"])


# ---- the time of a run ----

def test_a_server_that_says_nothing_holds_a_worker_no_longer_than_timeout(make_daemon):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon = make(make_daemon, "\n  sales:\n    type: imap\n    host: 127.0.0.1\n    port: %d\n    user: u\n"
                      "    password: !file secrets/imap\n    tls: none\n    timeout: 2s\n" % silent.getsockname()[1]).start()
        wait_until(lambda: state_of(daemon, "sales")["error"], 10, "the end of the run")
        assert state_of(daemon, "sales")["error"] == "not done within 2 s (timeout); the connection was dropped"
        assert state_of(daemon, "sales")["state"] == "retrying"


def test_a_first_read_that_takes_longer_than_timeout_goes_on_in_turns(make_daemon, dovecot):
    names = ["m%03d" % i for i in range(100)]
    deliver(dovecot, "u1", *[mail(n, text=n * 5000) for n in names])
    before = dovecot.log().count("Login: user=<u1@test>")
    with mailbox_behind(dovecot, "s2c:throttle,bps=400000", "timeout: 2s", "batch: 5") as text:
        daemon = make(make_daemon, text).start()
        wait_for(daemon, names, 120)
        assert dovecot.log().count("Login: user=<u1@test>") - before > 1
        assert "trouble" not in daemon.log_text()


# ---- who is at the other end ----

@pytest.mark.parametrize("certificate", ["self", "wronghost", "cnonly", "expired"])
def test_a_server_that_cannot_prove_its_name_gets_no_password(make_daemon, certificate):
    with Dovecot(certificate=certificate) as server:
        daemon = make(make_daemon, mailbox(server)).start()
        wait_until(lambda: state_of(daemon, "sales")["error"], 40, "the refusal")
        assert "certificate" in state_of(daemon, "sales")["error"].lower()
        assert daemon.ledger("sales")["received"] == 0
        assert "Login: user" not in server.log()


def test_a_refused_login_stops_this_mailbox_alone(make_daemon, dovecot):
    deliver(dovecot, "u2", mail("a"))
    text = mailbox(dovecot).replace("secrets/imap", "secrets/form-token")
    daemon = make(make_daemon, text + mailbox(dovecot, "support", "u2").lstrip("\n")).start()
    wait_for(daemon, ["a"])
    wait_until(lambda: state_of(daemon, "sales")["error"], 40, "the refusal")
    assert "login" in state_of(daemon, "sales")["error"].lower()
    assert daybook.FORM_TOKEN not in daemon.log_text()


# ---- hostile mails and servers ----

def test_hostile_mails_cost_one_message_each(make_daemon, dovecot):
    bombs = [mail("parens", headers="Cc: %s\r\n" % ("(" * 105000)),
             mail("boundary").replace(b"text/plain; charset=utf-8", b'multipart/mixed; boundary="\\""'),
             mail("groups", headers="Cc: %s\r\n" % ("a:" * 15000)),
             b"Content-Type: message/rfc822\r\n\r\n" * 20000,
             mail("nul", text="a\x00b"), b"\r\n", b"no header at all"]
    deliver(dovecot, "u1", mail("before"), *bombs, mail("after"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_until(lambda: daemon.ledger("sales")["received"] == len(bombs) + 2, 90, "all mails")
    assert {"before", "after"} <= set(stored(daemon))
    row = daemon.ledger("sales")
    assert row["stored"] + row["dead"] == len(bombs) + 2
    deliver(dovecot, "u1", mail("later"))
    wait_until(lambda: "later" in stored(daemon), 30, "the later mail")


def test_seventy_broken_servers_leave_the_daemon_alone(make_daemon, monkeypatch):
    # libetpan forgets a few bytes on two of them; whole stacks, so that the suppressions find their names.
    monkeypatch.setenv("ASAN_OPTIONS", "detect_leaks=1:exitcode=99:fast_unwind_on_malloc=0")
    fake = subprocess.Popen([sys.executable, os.path.join(TOOLS, "fakeimap.py")], stdout=subprocess.PIPE, bufsize=0)
    try:
        servers = []
        while True:
            line = fake.stdout.readline().decode()
            port, _, name = line.strip().partition(" ")
            servers.append((int(port), name))
            if not can_read(fake.stdout):
                break
        text = daybook.WHATSAPP
        for port, name in servers:
            text += ("  %s:\n    type: imap\n    host: 127.0.0.1\n    port: %d\n    user: u\n    password: !file secrets/imap\n"
                     "    tls: none\n    command_timeout: 5s\n" % (name.lower().replace(" ", "_"), port))
        daemon = make(make_daemon, text).start()
        end, n = time.monotonic() + 25, 0
        while time.monotonic() < end:
            began = time.monotonic()
            assert daemon.post_whatsapp(whatsapp(text_message("wamid.%d" % n, "5511900000017", "hi"))).status == 200
            assert time.monotonic() - began < 5
            n += 1
            time.sleep(0.1)
        assert daemon.is_running()
        if "asan" not in os.environ.get("DAYBOOKD", ""):
            assert peak_rss(daemon) < 128 << 20
        assert daemon.ledger("shop")["stored"] == n
    finally:
        fake.kill()
        fake.wait(10)


def peak_rss(daemon):
    with open("/proc/%d/status" % daemon.process.pid) as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read()).group(1)) << 10


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def can_read(stream):
    return bool(select.select([stream], [], [], 0.5)[0])


def test_a_mailbox_goes_on_as_soon_as_the_store_does(make_daemon, dovecot):
    """Its back-off grows while another program holds the lock; that is not the server's fault."""
    deliver(dovecot, "u1", mail("a"))
    daemon = make(make_daemon, mailbox(dovecot)).start()
    wait_for(daemon, ["a"])
    shell = sqlite3.connect(os.path.join(daemon.store, "daybook.db"), isolation_level=None)
    shell.execute("BEGIN IMMEDIATE")
    deliver(dovecot, "u1", mail("b"))
    wait_until(lambda: "another program holds the write lock" in daemon.log_text(), 10, "the lock's name in the log")
    time.sleep(9)       # after the first try and the one 5 s later the next would be 10 s away
    shell.execute("ROLLBACK")
    began = time.monotonic()
    wait_for(daemon, ["a", "b"])
    assert time.monotonic() - began < 5
