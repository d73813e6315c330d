"""daybook connector test: what it says of a mailbox that is well and of one that is not, and that it leaves no trace."""
import contextlib
import json
import os
import socket
import threading

import pytest

import daybook
from daybook import free_port, text_message, whatsapp, write_private
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
        assert answer["error_kind"] == "configuration" and word in answer["error"] and "tls_ca" in answer["hint"]
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
        def greet():
            client, _ = server.accept()
            client.sendall(b"* OK hello\r\n")
            client.recv(100)
            client.close()
        threading.Thread(target=greet, daemon=True).start()
        answer = trial_of(configured(make_daemon, nowhere("127.0.0.1", server.getsockname()[1])), status=75)
    assert "starttls" in answer["error"] and answer["hint"].startswith("is the port right")


@contextlib.contextmanager
def talker(answers):
    """A server in the clear that answers each command by its word; None hangs up."""
    def serve(client):
        client.sendall(b"* OK [CAPABILITY IMAP4rev1] hello\r\n")
        for line in client.makefile("rb"):
            tag, _, rest = line.strip().partition(b" ")
            answer = answers.get(rest.split(b" ")[0].upper().decode(), "OK done")
            if answer is None:
                break
            text = "* CAPABILITY IMAP4rev1\r\n" if rest.upper() == b"CAPABILITY" else ""
            client.sendall(text.encode() + tag + b" " + answer.encode() + b"\r\n")
        client.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: serve(server.accept()[0]), daemon=True).start()
        yield nowhere("127.0.0.1", server.getsockname()[1]) + "    tls: none\n"


@pytest.mark.parametrize("answers, status, step, words", [
    ({"LOGIN": "NO [UNAVAILABLE] too many connections"}, 75, "login", "try again in a while"),
    ({"LIST": None}, 75, "folders", "try again in a while"),
    ({"EXAMINE": "BAD no"}, 75, "folders", "try again in a while"),
])
def test_every_failure_has_a_hint(make_daemon, answers, status, step, words):
    with talker(answers) as connectors:
        answer = trial_of(configured(make_daemon, connectors), status=status)
    assert answer["steps"][-1]["step"] == step and not answer["steps"][-1]["ok"] and words in answer["hint"]
    assert answer["steps"][0]["found"] == "without TLS"


@needs_dovecot
def test_a_mailbox_without_sent_mail_is_warned_of(make_daemon):
    server = Dovecot(special="")
    path = os.path.join(server.dir, "dovecot.conf")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("mailbox Sent {", "mailbox Expedidas {"))
    with server:
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


# ---- those that call: a payload out of a file ----

def payload(daemon, name, data):
    path = os.path.join(daemon.folder, name)
    with open(path, "wb") as f:
        f.write(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def uses_of(answer):
    return {f["name"]: f["use"] for f in answer["mapping"]["fields"]}


FORM_POST = ("nome=Z%C3%A9+Prado&e-mail=ze%40example.com&telefone=11+98765-4321&cidade=Recife&_wpnonce=abc&mensagem=quero+30")


def test_a_connector_that_is_not_asked_wants_a_payload(make_daemon):
    status, out, err = text_of(make_daemon(), name="contact")
    assert (status, out) == (2, "") and "it is not asked, it calls" in err and "--payload FILE" in err


def test_a_form_s_fields_are_shown_one_by_one(make_daemon):
    daemon = make_daemon()
    path = payload(daemon, "post", FORM_POST.encode())
    answer = trial_of(daemon, "--payload", path, name="contact")
    uses = uses_of(answer)
    assert (uses["nome"], uses["e-mail"], uses["telefone"], uses["mensagem"]) == ("name", "email", "phone", "text")
    assert uses["cidade"].startswith("a line of the text") and uses["_wpnonce"] == ""
    [row] = answer["messages"]
    assert (row["outcome"], row["kind"], row["who"], row["contact_name"]) == ("stored", "form", "ze@example.com", "Zé Prado")
    _, out, _ = text_of(daemon, "--payload", path, name="contact")
    assert out.startswith("6 fields:\n  nome  \"Zé Prado\"  → name\n")
    assert "  _wpnonce  \"abc\"  → not used\n" in out and "would store 1 of 1:" in out
    assert not os.path.exists(daemon.store)


def test_the_map_of_the_configuration_counts(make_daemon):
    daemon = make_daemon(connectors="\n  contact:\n    type: form\n    map:\n      subject: cidade\n")
    answer = trial_of(daemon, "--payload", payload(daemon, "post", FORM_POST.encode()), name="contact")
    assert uses_of(answer)["cidade"] == "subject" and answer["messages"][0]["subject"] == "Recife"


def test_json_and_multipart_are_known_by_their_bytes(make_daemon):
    daemon = make_daemon()
    answer = trial_of(daemon, "--payload", payload(daemon, "a", {"email": "ze@example.com", "message": "oi"}), name="contact")
    assert uses_of(answer) == {"email": "email", "message": "text"}
    body, _ = daybook.multipart({"email": "ze@example.com"}, [("cv", "cv.pdf", "application/pdf", b"%PDF")])
    answer = trial_of(daemon, "--payload", payload(daemon, "b", body), name="contact")
    assert uses_of(answer) == {"email": "email", "cv.pdf": "attachment"}
    text = payload(daemon, "c", b"email: ze@example.com")
    answer = trial_of(daemon, "--payload", text, "--content-type", "application/json", name="contact")
    assert answer["messages"][0]["outcome"] == "dead" and answer["mapping"] is None


def test_what_a_honeypot_catches_is_left_out(make_daemon):
    daemon = make_daemon()
    answer = trial_of(daemon, "--payload", payload(daemon, "a", b"email=ze%40example.com&honeypot=x"), name="contact")
    assert uses_of(answer)["honeypot"].startswith("honeypot") and answer["messages"][0]["outcome"] == "filtered"
    assert "honeypot" in answer["messages"][0]["reason"]


def test_a_webhook_s_values_are_shown_one_by_one(make_daemon):
    daemon = make_daemon()
    sender = "5511987654321"
    data = whatsapp(text_message("wamid.a", sender, "segunda via"), names={sender: "Maria"})
    answer = trial_of(daemon, "--payload", payload(daemon, "wa", data), name="shop")
    uses = {name.split("value.")[-1]: use for name, use in uses_of(answer).items()}
    assert "of the sender" in uses["messages[0].from"] and uses["messages[0].id"] == "id"
    assert uses["messages[0].text.body"] == "text" and uses["messages[0].timestamp"] == "occurred_at"
    assert uses["contacts[0].profile.name"] == "from's name" and uses["messaging_product"] == ""
    assert "account" in uses["metadata.phone_number_id"]
    [row] = answer["messages"]
    assert (row["channel"], row["direction"], row["contact_name"]) == ("whatsapp", "in", "Maria")


def test_a_payload_that_is_there_already_is_said_to_be(make_daemon):
    daemon = make_daemon().start()
    data = whatsapp(text_message("wamid.a", "5511987654321", "oi"), names={"5511987654321": "Maria"})
    daemon.post_whatsapp(data)
    answer = trial_of(daemon, "--payload", payload(daemon, "wa", data), name="shop")
    assert answer["messages"][0]["outcome"] == "duplicate" and answer["messages"][0]["contact_name"] == "Maria"
    assert daemon.ledger("shop")["received"] == 1


def test_a_payload_that_is_nonsense_would_be_a_dead_letter(make_daemon):
    daemon = make_daemon()
    path = payload(daemon, "wa", b"{broken")
    answer = trial_of(daemon, "--payload", path, name="shop")
    assert answer["ok"] and answer["messages"][0]["outcome"] == "dead"
    _, out, _ = text_of(daemon, "--payload", path, name="shop")
    assert "the fields cannot be listed: " in out and "cannot be read: " in out and "1 that cannot be read" in out


def test_a_mail_out_of_a_file_needs_no_server(make_daemon):
    daemon = configured(make_daemon, nowhere())
    answer = trial_of(daemon, "--payload", payload(daemon, "a.eml", mail("a", sender="Maria <maria@example.com>")))
    assert answer["steps"] == [] and answer["mapping"] is None
    assert [(m["subject"], m["contact_name"]) for m in answer["messages"]] == [("a", "Maria")]


def test_a_payload_that_cannot_be_read_is_named(make_daemon):
    daemon = make_daemon()
    for path, word in ((os.path.join(daemon.folder, "nope"), "No such file"), (payload(daemon, "e", b""), "is empty")):
        status, _, err = text_of(daemon, "--payload", path, name="contact")
        assert status in (1, 3) and word in err and path in err


def test_nothing_of_a_payload_steers_the_terminal(make_daemon):
    daemon = make_daemon()
    path = payload(daemon, "p", {"email": "ze@example.com", "x\x1b[2J": "\x1b]0;pwned\x07", "message": "a\u202eb\x9b31m"})
    for more in ((), ("--json",)):
        out = daemon.run("connector", "test", "contact", "--payload", path, *more).stdout.decode()
        assert not set(out) & set("\x1b\x07\x9b\u202e"), more
