"""daybook connector test: what it says of a mailbox that is well and of one that is not, and that it leaves no trace."""
import os
import socket

import pytest

import daybook
from daybook import free_port, program, sign, text_message, whatsapp, write_private
from dovecot import PASSWORD, Dovecot, is_installed
from test_imap import mail, mailbox

needs_dovecot = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


def configured(make_daemon, connectors, password=PASSWORD):
    """Never started: there is no store."""
    daemon = make_daemon(connectors=connectors)
    write_private(os.path.join(daemon.folder, "secrets", "imap"), password)
    return daemon


def trial_of(daemon, *args, status=0, name="sales"):
    [answer] = daemon.cli("connector", "test", name, *args, status=status)
    return answer


def steps_of(answer):
    return {s["step"]: s for s in answer["steps"]}


def text_of(daemon, *args, name="sales"):
    done = daemon.run("connector", "test", name, *args)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


# ---- a mailbox that is well ----

@needs_dovecot
def test_the_newest_mails_are_shown_as_they_would_become(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a", sender="Maria <maria@example.com>", subject="Re: Proposta 118"))
    dovecot.deliver("u1", mail("b", sender="news@shop.example", headers="List-Unsubscribe: <https://shop.example/u>\r\n"
                               "List-Id: <x.shop.example>\r\nPrecedence: bulk\r\n"))
    dovecot.deliver("u1", mail("c", sender="sales@acme.example", to="joao@example.com"), ".Sent")
    daemon = configured(make_daemon, mailbox(dovecot))
    answer = trial_of(daemon)
    assert answer["ok"] and answer["error"] is None and answer["hint"] is None
    assert [s["step"] for s in answer["steps"]] == ["connect", "login", "folders", "read"]
    assert all(s["ok"] and s["ms"] >= 0 for s in answer["steps"])
    steps = steps_of(answer)
    assert steps["connect"]["about"] == "localhost:%d" % dovecot.tls_port
    assert steps["connect"]["found"].startswith("TLSv1.3, certificate localhost until 20")
    assert steps["login"]["about"] == "u1@test"
    assert "INBOX 2 messages (uidvalidity " in steps["folders"]["found"] and "Sent 1 message " in steps["folders"]["found"]
    rows = {m["subject"]: m for m in answer["messages"]}
    assert rows["Re: Proposta 118"] == {
        "outcome": "stored", "occurred_at": "2026-11-02T13:00:00.000Z", "direction": "in", "channel": "email",
        "kind": "message", "who": "maria@example.com", "subject": "Re: Proposta 118", "contact": None,
        "is_new_contact": True, "contact_name": "Maria", "why": "wrote to us", "reason": None}
    assert (rows["b"]["kind"], rows["b"]["is_new_contact"]) == ("bulk", False)
    assert (rows["c"]["direction"], rows["c"]["who"]) == ("out", "sales@acme.example")


@needs_dovecot
def test_it_says_so_in_words(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a", sender="Maria <maria@example.com>", subject="Re: Proposta 118"))
    status, out, err = text_of(configured(make_daemon, mailbox(dovecot)))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0].startswith("connect  localhost:%d  TLSv1.3, certificate localhost until " % dovecot.tls_port)
    assert [line.split()[0] for line in lines[:4]] == ["connect", "login", "folders", "read"]
    assert all("  ok  " in line and line.endswith(" ms") for line in lines[:4])
    assert lines[4] == "would store 1 of the newest 1:"
    assert lines[5].endswith("↙ maria@example.com  \"Re: Proposta 118\"  → new contact \"Maria\" (wrote to us)")
    assert lines[6] == "would skip 0 · nothing was written"


@needs_dovecot
def test_what_is_stored_already_would_be_a_duplicate(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a", sender="Maria <maria@example.com>"))
    daemon = make_daemon(connectors=mailbox(dovecot))
    write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    daemon.start()
    daybook.wait_until(lambda: daemon.cli("interactions"), 30, "the mail")
    dovecot.deliver("u2", mail("a", sender="Maria <maria@example.com>"))
    dovecot.deliver("u2", mail("b", sender="Maria <maria@example.com>"))
    daemon.write_config(connectors=mailbox(dovecot) + mailbox(dovecot, "support", "u2").lstrip("\n"))
    rows = {m["subject"]: m for m in trial_of(daemon, name="support")["messages"]}
    [contact] = daemon.cli("contacts")
    assert (rows["a"]["outcome"], rows["b"]["outcome"]) == ("duplicate", "stored")
    assert (rows["b"]["contact"], rows["b"]["contact_name"], rows["b"]["why"]) == (contact["id"], "Maria", "e-mail")
    status, out, _ = text_of(daemon, name="support")
    assert status == 0 and "would store 1 of the newest 2:" in out and "\"a\"  already there" in out
    assert "would skip 1: 1 already there · nothing was written" in out
    assert len(daemon.cli("interactions")) == 1


@needs_dovecot
def test_one_mail_in_two_folders_counts_once(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a", sender="sales@acme.example", to="maria@example.com"))
    dovecot.deliver("u1", mail("a", sender="sales@acme.example", to="maria@example.com"), ".Sent")
    answer = trial_of(configured(make_daemon, mailbox(dovecot)))
    assert sorted(m["outcome"] for m in answer["messages"]) == ["duplicate", "stored"]


@needs_dovecot
def test_only_so_many_of_the_newest_are_shown(make_daemon, dovecot):
    for i in range(30):
        dovecot.deliver("u1", mail("m%02d" % i))
    daemon = configured(make_daemon, mailbox(dovecot))
    assert len(trial_of(daemon)["messages"]) == 20
    answer = trial_of(daemon, "--limit", "3")
    assert sorted(m["subject"] for m in answer["messages"]) == ["m27", "m28", "m29"]
    assert "the newest 3 of 30" in steps_of(answer)["read"]["found"]
    for wrong in ("0", "201", "x", "-1"):
        assert daemon.run("connector", "test", "sales", "--limit", wrong).returncode == 2


@needs_dovecot
def test_an_empty_mailbox_is_no_failure(make_daemon, dovecot):
    daemon = configured(make_daemon, mailbox(dovecot))
    answer = trial_of(daemon)
    assert answer["ok"] and answer["messages"] == [] and "no mail yet" in steps_of(answer)["read"]["found"]
    _, out, _ = text_of(daemon)
    assert out.endswith("would store 0 of the newest 0\nwould skip 0 · nothing was written\n")


@needs_dovecot
def test_a_mail_larger_than_allowed_is_shown_as_one_that_cannot_be_read(make_daemon, dovecot):
    dovecot.deliver("u1", mail("big", text="x" * 5000))
    dovecot.deliver("u1", mail("small"))
    answer = trial_of(configured(make_daemon, mailbox(dovecot, "sales", "u1", "max_message: 4KiB")))
    rows = {m["subject"]: m for m in answer["messages"]}
    assert answer["ok"] and rows["small"]["outcome"] == "stored"
    assert rows["big"]["outcome"] == "dead" and "larger than max_message" in rows["big"]["reason"]


@needs_dovecot
def test_what_is_older_than_since_is_left_out(make_daemon, dovecot):
    path = dovecot.deliver("u1", mail("old"))
    os.utime(path, (1000000000, 1000000000))
    dovecot.deliver("u1", mail("new"))
    answer = trial_of(configured(make_daemon, mailbox(dovecot, "sales", "u1", "since: 2015-01-01")))
    assert [m["subject"] for m in answer["messages"]] == ["new"]
    assert "older than since" in steps_of(answer)["read"]["found"]


# ---- one that is not ----

@needs_dovecot
def test_a_wrong_password_fails_at_the_login(make_daemon, dovecot):
    daemon = configured(make_daemon, mailbox(dovecot), password="wrong-one")
    answer = trial_of(daemon, status=1)
    assert not answer["ok"] and answer["error_kind"] == "auth" and "login refused" in answer["error"]
    assert [(s["step"], s["ok"]) for s in answer["steps"]] == [("connect", True), ("login", False)]
    assert "app passwords" in answer["hint"]
    status, out, err = text_of(daemon)
    assert status == 1 and "failed" in out and "nothing was written" not in out
    assert err.startswith("daybook: login: login refused: ") and "\nhint: is user the whole address" in err
    assert "wrong-one" not in out + err


@needs_dovecot
@pytest.mark.parametrize("certificate, word", [("wronghost", "other.test"), ("expired", "expired on 2021-01-01"),
                                               ("self", "self-signed")])
def test_a_certificate_that_is_not_to_be_trusted_fails_before_the_login(make_daemon, certificate, word):
    with Dovecot(certificate=certificate) as server:
        daemon = configured(make_daemon, mailbox(server))
        answer = trial_of(daemon, status=78)
        assert [(s["step"], s["ok"]) for s in answer["steps"]] == [("connect", False)]
        assert answer["error_kind"] == "conf" and word in answer["error"] and "tls_ca" in answer["hint"]
        assert server.said() == []


def nowhere(host="no-such-host.invalid", port=993):
    return ("\n  sales:\n    type: imap\n    host: %s\n    port: %d\n    user: u1@test\n    password: !file secrets/imap\n"
            % (host, port))


def test_a_host_that_does_not_exist_is_told_from_one_that_does_not_answer(make_daemon):
    daemon = configured(make_daemon, nowhere())
    answer = trial_of(daemon, status=75)
    assert "no-such-host.invalid" in answer["error"] and answer["hint"].startswith("there is no such server")
    daemon.write_config(connectors=nowhere("127.0.0.1", free_port()))
    answer = trial_of(daemon, status=75)
    assert "127.0.0.1" in answer["error"] and answer["hint"].startswith("is the port right")


def test_a_server_that_speaks_no_tls_here_is_a_question_of_the_port(make_daemon):
    with socket.create_server(("127.0.0.1", 0)) as server:
        import threading

        def greet():
            client, _ = server.accept()
            client.sendall(b"* OK hello\r\n")
            client.recv(100)
            client.close()
        threading.Thread(target=greet, daemon=True).start()
        answer = trial_of(configured(make_daemon, nowhere("127.0.0.1", server.getsockname()[1])), status=75)
    assert "starttls" in answer["error"] and answer["hint"].startswith("is the port right")


@needs_dovecot
def test_a_mailbox_without_sent_mail_is_warned_of(make_daemon, dovecot):
    with Dovecot(special="special_use = \\Junk") as server:
        # Its folder "Sent" is known by its name; renamed to what nobody knows it is not.
        text = open(os.path.join(server.dir, "dovecot.conf")).read()
        server.stop()
        with open(os.path.join(server.dir, "dovecot.conf"), "w") as f:
            f.write(text.replace("mailbox Sent {", "mailbox Expedidas {"))
        server.start()
        daemon = configured(make_daemon, mailbox(server))
        answer = trial_of(daemon)
        assert answer["ok"] and "no folder of sent mail was found" in steps_of(answer)["folders"]["warning"]
        assert "Expedidas" in steps_of(answer)["folders"]["hint"]
        _, out, _ = text_of(daemon)
        assert "warning: no folder of sent mail was found" in out and "hint: name it in folders:" in out
        daemon.write_config(connectors=mailbox(server, "sales", "u1", "folders: [INBOX, Nope]"))
        assert steps_of(trial_of(daemon))["folders"]["warning"] == "the server has no folder Nope"


def test_a_connector_that_is_not_there_is_3(make_daemon):
    daemon = configured(make_daemon, nowhere())
    status, out, err = text_of(daemon, name="nobody")
    assert (status, out) == (3, "") and "no connector \"nobody\" is configured" in err


def test_only_its_own_secret_is_needed(make_daemon):
    """Another connector's credential may be readable to the daemon alone."""
    daemon = configured(make_daemon, nowhere("127.0.0.1", free_port())
                        + "  shop:\n    type: whatsapp\n    app_secret: !credential not-there\n"
                          "    verify_token: !credential not-there\n")
    assert trial_of(daemon, status=75)["error_kind"] == "again"
    status, _, err = text_of(daemon, "--payload", daemon.config, name="shop")
    assert status == 78 and "credential \"not-there\" is not there" in err


# ---- no trace ----

@needs_dovecot
def test_nothing_is_written_anywhere(make_daemon, dovecot):
    for i in range(5):
        dovecot.deliver("u1", mail("m%d" % i))
    before = dovecot.flags("u1")
    daemon = configured(make_daemon, mailbox(dovecot))
    files = sorted(os.listdir(daemon.folder))
    assert len(trial_of(daemon)["messages"]) == 5
    assert sorted(os.listdir(daemon.folder)) == files and not os.path.exists(daemon.store)
    assert len(before) == 5 and dovecot.flags("u1") == before
    said = " ".join(dovecot.said()).upper()
    assert "EXAMINE" in said and "BODY.PEEK[]" in said
    # imaplib of flags() asks for FLAGS and examines too; nobody says one of these.
    for word in ("SELECT ", "STORE", "COPY", "MOVE", "APPEND", "EXPUNGE", "CREATE", "DELETE", "RENAME", "SUBSCRIBE",
                 "BODY[", "RFC822 "):
        assert word not in said, word


@needs_dovecot
def test_a_store_that_is_there_stays_as_it_is(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a"))
    daemon = make_daemon(connectors=daybook.FORM)
    write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    daemon.start()
    daemon.post_form({"email": "ze@example.com", "message": "oi"})
    daemon.stop()
    daemon.write_config(connectors=mailbox(dovecot))
    path = os.path.join(daemon.store, "daybook.db")
    before = open(path, "rb").read()
    assert trial_of(daemon)["messages"][0]["outcome"] == "stored"
    assert open(path, "rb").read() == before
    assert [it["channel"] for it in daemon.cli("interactions")] == ["form"]
