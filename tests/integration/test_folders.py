"""Which folders of a mailbox are read, what of them is left out, and mailboxes that are personal: against Dovecot."""
import imaplib
import os
import re
import sqlite3

import pytest

import daybook
from daybook import text_message, wait_until, whatsapp
from dovecot import PASSWORD, Dovecot, is_installed
from imap_tools import SmallImap

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


def mail(name, sender="maria@example.com", to="sales@acme.example", subject=None, headers=""):
    return ("From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: Mon, 02 Nov 2026 10:00:00 -0300\r\nMessage-ID: <%s@example.com>\r\n"
            "%sMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\ntext of %s\r\n"
            % (sender, to, subject or name, name, headers, name)).encode()


def mailbox(server, name, user, *options):
    return ("\n  %s:\n    type: imap\n    host: localhost\n    port: %d\n    user: %s@test\n    password: !file secrets/imap\n"
            "    tls_ca: %s\n    every: 10s\n" % (name, server.tls_port, user, server.ca)
            + "".join("    %s\n" % o for o in options))


def make(make_daemon, connectors):
    daemon = make_daemon("daybook", connectors=connectors)
    daybook.write_private(os.path.join(daemon.folder, "secrets", "imap"), PASSWORD)
    return daemon


def stored(daemon, connector=None):
    return sorted(it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("interactions")
                  if connector in (None, it["connector"]))


def state_of(daemon, name):
    [status] = daemon.cli("status")
    return next(c for c in status["connectors"] if c["name"] == name)


def folders_of(daemon, name):
    return {f["folder"]: f for f in state_of(daemon, name)["folders"] or []}


def ledger(daemon, name):
    row = next(r for r in daemon.cli("ledger") if r["connector"] == name)
    assert row["received"] == row["stored"] + row["duplicate"] + row["filtered"] + row["dead"] + row["pending"], row
    return row


def wait_for(daemon, connector, names, seconds=60):
    wait_until(lambda: len(stored(daemon, connector)) >= len(names), seconds, "the arrival of %s" % names)
    assert stored(daemon, connector) == sorted(names)


def reconcile(daemon, connector):
    rows = {row["folder"]: row for row in daemon.cli("reconcile", connector)}
    for row in rows.values():
        assert not row["error"] and row["listed"] == row["known"] + row["filtered"] + row["missing"], row
    return rows


def assert_rebuilds_the_same(daemon):
    daemon.stop()
    check = daemon.run("rebuild", "--check")
    assert check.returncode == 0, check.stdout + check.stderr


def everything_on_disk(daemon):
    """The bytes of the store and of the log, but for what stands compressed in the journal."""
    data = open(daemon.log, "rb").read()
    for folder, _, files in os.walk(daemon.store):
        for name in files:
            if not name.endswith(".sock"):
                data += open(os.path.join(folder, name), "rb").read()
    return data


def test_patterns_exclusions_and_the_state_of_each_folder(make_daemon, dovecot):
    dovecot.deliver("u1", mail("a"))
    dovecot.deliver("u1", mail("b"), ".Clientes.S&AOM-o Paulo")
    dovecot.deliver("u1", mail("c"), ".Clientes.Sul.2024")
    for n, folder in enumerate((".Clientes.Antigos", ".Clientes.Antigos.2001", ".Outros", ".Lixeira.Clientes")):
        dovecot.deliver("u1", mail("no%d" % n), folder)
    dovecot.deliver("u1", mail("promo", sender="Loja <promo@news.loja.example>"))
    dovecot.deliver("u1", mail("holiday", subject="=?utf-8?Q?Minhas_f=C3=A9rias?="), ".Clientes.Sul.2024")
    options = ["folders: [INBOX, 'Clientes/*', '*/Clientes', '!Clientes/Antigos']", "exclude: ['from:@loja.example', 'subject:FÉRIAS']"]
    daemon = make(make_daemon, mailbox(dovecot, "sales", "u1", *options)).start()
    wait_for(daemon, "sales", ["a", "b", "c"])
    wait_until(lambda: len(folders_of(daemon, "sales")) == 3, 20, "the state of three folders")
    folders = folders_of(daemon, "sales")
    assert sorted(folders) == ["Clientes.Sul.2024", "Clientes.São Paulo", "INBOX"]
    assert (folders["INBOX"]["messages"], folders["Clientes.Sul.2024"]["messages"]) == (2, 2)
    # "Lixeira" is trash: no pattern means what is in it.
    assert state_of(daemon, "sales")["error"] == "folders: the server has no folder */Clientes"
    assert all(f["uidvalidity"] > 0 and f["looked_at"].endswith("Z") and f["error"] is None for f in folders.values())
    lines = daemon.run("connectors", "--folders").stdout.decode().splitlines()
    assert sorted(line.split("\t")[:3] for line in lines) == [
        ["sales", "Clientes.Sul.2024", "2"], ["sales", "Clientes.São Paulo", "1"], ["sales", "INBOX", "2"]]
    assert ledger(daemon, "sales")["filtered"] == 2 and ledger(daemon, "sales")["stored"] == 3

    # No body of what is left out was asked for, and where nothing has changed no folder but INBOX is opened.
    said = dovecot.said()
    assert not any("BODY[]" in line or "BODY.PEEK[]" in line and "FETCH 1:2 " in line for line in said)
    n_opened = sum("EXAMINE" in line for line in dovecot.said())
    dovecot.deliver("u1", mail("d"))
    wait_for(daemon, "sales", ["a", "b", "c", "d"])
    wait_until(lambda: any("STATUS" in line for line in dovecot.said()), 20, "a look by STATUS")
    opened = [line for line in dovecot.said() if "EXAMINE" in line][n_opened:]
    assert opened and all("INBOX" in line for line in opened), opened

    # A folder that is new is found by the clock; mail in one that is not INBOX as well.
    session = imaplib.IMAP4("127.0.0.1", dovecot.port)
    session.login("u1@test", PASSWORD)
    session.create("Clientes.Norte")
    session.logout()
    dovecot.deliver("u1", mail("e"), ".Clientes.Norte")
    dovecot.deliver("u1", mail("f"), ".Clientes.S&AOM-o Paulo")
    wait_for(daemon, "sales", ["a", "b", "c", "d", "e", "f"])

    rows = reconcile(daemon, "sales")
    assert {name: (row["listed"], row["filtered"], row["missing"]) for name, row in rows.items()} == {
        "INBOX": (3, 1, 0), "Clientes.São Paulo": (2, 0, 0), "Clientes.Sul.2024": (2, 1, 0), "Clientes.Norte": (1, 0, 0)}
    assert ledger(daemon, "sales")["filtered"] == 2

    # What was left out is fetched once the rule is gone.
    daemon.write_config(connectors=mailbox(dovecot, "sales", "u1", options[0], "exclude: ['from:@loja.example']"))
    assert daemon.run("reload").returncode == 0
    wait_until(lambda: reconcile(daemon, "sales")["Clientes.Sul.2024"]["filtered"] == 0, 30, "the end of the rule")
    assert "holiday" in stored(daemon) and "promo" not in stored(daemon)
    assert ledger(daemon, "sales")["received"] == 9
    assert_rebuilds_the_same(daemon)
    daemon.start()
    assert ledger(daemon, "sales")["filtered"] == 2


def test_a_personal_mailbox_keeps_only_mail_with_contacts_also_with_those_of_tomorrow(make_daemon, dovecot):
    secret = "zebracrossing"
    dovecot.deliver("u1", mail("known"))                                     # maria becomes a contact by the shared one
    personal = mailbox(dovecot, "ana", "u2", "privacy: personal")
    daemon = make(make_daemon, mailbox(dovecot, "sales", "u1") + mailbox(dovecot, "ana", "u2", "privacy: personal",
                                                                         "enabled: no")).start()
    wait_for(daemon, "sales", ["known"])
    dovecot.deliver("u2", mail("m1", to="Ana <ana@acme.example>"))
    dovecot.deliver("u2", mail("doctor", sender="%s@clinic.example" % secret, to="ana@acme.example", subject=secret))
    dovecot.deliver("u2", mail("m2", sender="ana@acme.example", to="friend@%s.example" % secret, headers="Cc: maria@example.com\r\n"),
                    ".Sent")
    dovecot.deliver("u2", mail("pedro1", sender="pedro@next.example", to="ana@acme.example"))
    dovecot.deliver("u2", mail("pedro2", sender="ana@acme.example", to="pedro@next.example"), ".Sent")
    daemon.write_config(connectors=mailbox(dovecot, "sales", "u1") + personal)
    assert daemon.run("reload").returncode == 0
    wait_for(daemon, "ana", ["m1", "m2"])
    assert ledger(daemon, "ana")["filtered"] == 3 and ledger(daemon, "ana")["stored"] == 2
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        assert db.execute("SELECT count(*) FROM journal").fetchone() == (3,)
    # m2 is Maria's, and names a friend who is in it; the doctor is nowhere, in no file.
    assert b"clinic.example" not in everything_on_disk(daemon)
    assert [c["name"] for c in daemon.cli("contacts")] == ["maria@example.com"]
    rows = reconcile(daemon, "ana")
    assert (rows["INBOX"]["filtered"], rows["Sent"]["filtered"]) == (2, 1) and rows["INBOX"]["missing"] == 0

    # Pedro becomes a contact elsewhere: his mail is found, where it was left out.
    dovecot.deliver("u1", mail("pedro0", sender="Pedro <pedro@next.example>"))
    wait_for(daemon, "sales", ["known", "pedro0"])
    dovecot.deliver("u2", mail("stranger0", sender="old@stranger.example", to="ana@acme.example"))      # wakes it
    wait_for(daemon, "ana", ["m1", "m2", "pedro1", "pedro2"])
    timeline = [it["external_id"].strip("<>").split("@")[0] for it in daemon.cli("timeline", "pedro@next.example")]
    assert sorted(timeline) == ["pedro0", "pedro1", "pedro2"]
    assert len(daemon.cli("contacts")) == 2
    assert b"clinic.example" not in everything_on_disk(daemon)
    said = [line for line in dovecot.said() if "SEARCH" in line and "pedro" in line]
    assert said and all("maria" not in line for line in said), said

    # Who is new from now on is kept at once, and the mailbox itself makes nobody a contact.
    dovecot.deliver("u2", mail("stranger", sender="new@stranger.example", to="ana@acme.example"))
    dovecot.deliver("u2", mail("m3", to="ana@acme.example", headers="Reply-To: other@stranger.example\r\n"))
    wait_for(daemon, "ana", ["m1", "m2", "m3", "pedro1", "pedro2"])
    assert len(daemon.cli("contacts")) == 2
    assert_rebuilds_the_same(daemon)
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        assert db.execute("SELECT count(*) FROM cursor WHERE key = '\tpeople'").fetchone() == (1,)
    assert b"clinic.example" not in everything_on_disk(daemon)


class PickyImap(SmallImap):
    """Does to each SEARCH for people that has a letter beyond ASCII, or to all of them, what `how` says."""

    def __init__(self, how, is_all, mails):
        super().__init__(mails)
        self.how, self.is_all = how, is_all

    def answer(self, peer, tag, name, rest):
        if name != b"UID SEARCH" or b"FROM" not in rest:
            return super().answer(peer, tag, name, rest)
        if rest.isascii() and not self.is_all:
            who = re.findall(rb'FROM "?([^" ]+)', rest)
            found = [b" %d" % uid for uid in sorted(self.mails) if any(address in self.mails[uid] for address in who)]
            peer.sendall(b"* SEARCH" + b"".join(found) + b"\r\n" + tag + b" OK done\r\n")
            return True
        if self.how == "no":
            peer.sendall(tag + b" NO [BADCHARSET (US-ASCII)] ASCII only\r\n")
        elif self.how == "garbage":
            peer.sendall(b"* SEARCH oops\r\n" + tag + b" OK done\r\n")
        return self.how != "close"      # hang: there is no answer


@pytest.mark.parametrize("how,is_all", [("no", False), ("close", False), ("garbage", False), ("hang", False), ("close", True)])
def test_a_search_for_people_that_a_server_cannot_bear_holds_up_nothing(how, is_all, make_daemon):
    old = {n: mail("m%d" % n, sender=who, to="ana@acme.example")
           for n, who in enumerate(("pedro@next.example", "jörg@next.example", "rita@next.example"), 1)}
    with PickyImap(how, is_all, old) as server:
        daemon = make(make_daemon, daybook.FORM + "\n  ana:\n    type: imap\n    host: localhost\n    port: %d\n    tls: none\n"
                      "    user: u\n    folders: [INBOX]\n    password: !file secrets/imap\n    every: 10s\n    idle: no\n"
                      "    privacy: personal\n    command_timeout: 2s\n" % server.port).start()
        wait_until(lambda: ledger(daemon, "ana")["filtered"] == 3, 30, "the first look")
        for who in ("pedro", "jörg", "rita"):
            daemon.post_form({"email": who + "@next.example", "message": "hello"})
        server.mails[4] = mail("m4", sender="pedro@next.example", to="ana@acme.example")
        wait_until(lambda: "m4" in stored(daemon, "ana"), 60, "new mail")
        found = ["m4"] if is_all else ["m1", "m3", "m4"]
        wait_until(lambda: stored(daemon, "ana") == found, 60, "old mail of the others")
        rows = reconcile(daemon, "ana")     # which goes by the gate alone
        assert rows["INBOX"]["missing"] == 0 and stored(daemon, "ana") == ["m1", "m2", "m3", "m4"]


def test_a_backlog_passes_the_gate_once_whatever_is_killed(make_daemon, dovecot):
    secret, n_old = "zebracrossing", 720
    for user, wanted in (("u1", {}), ("u2", {"sender": "ana@acme.example", "to": "maria@example.com"})):
        for i in range(n_old):
            data = (mail("%s-%d" % (user, i), **wanted) if i % 3 else
                    mail("%s-no%d" % (user, i), sender="%s%d@news.loja.example" % (secret, i), to="ana@acme.example", subject=secret))
            os.utime(dovecot.deliver(user, data, name="%d.M%dP1.test" % (1600000000 + i, i)), (1600000000 + i,) * 2)
        dovecot.deliver(user, mail(user + "-new", **wanted))
        dovecot.deliver(user, mail(user + "-no-new", sender=secret + "@loja.example", to="ana@acme.example"))
    sales = mailbox(dovecot, "sales", "u1", "folders: [INBOX]", "exclude: ['from:@loja.example']")
    daemon = make(make_daemon, sales).start()
    wait_until(lambda: len(daemon.cli("contacts")) == 1, 60, "Maria")       # whom the personal one needs
    daemon.write_config(connectors=sales + mailbox(dovecot, "ana", "u2", "folders: [INBOX]", "privacy: personal"))
    assert daemon.run("reload").returncode == 0
    for n in (150, 400):
        wait_until(lambda: ledger(daemon, "ana")["stored"] >= n, 60, "%d mails" % n, passes=True)
        daemon.kill()
        daemon.start()
    names = ["%d" % i for i in range(n_old) if i % 3] + ["new"]
    for connector, user in (("sales", "u1"), ("ana", "u2")):
        wait_for(daemon, connector, ["%s-%s" % (user, name) for name in names], 120)
        wait_until(lambda: state_of(daemon, connector)["backfill"] is None and
                   ledger(daemon, connector)["filtered"] >= n_old - len(names) + 2, 60, "the end of the backlog")
        row = ledger(daemon, connector)
        assert (row["received"], row["stored"], row["filtered"]) == (n_old + 2, len(names), n_old - len(names) + 2), row
        done = reconcile(daemon, connector)["INBOX"]
        assert (done["listed"], done["known"], done["filtered"], done["missing"], done["healed"]) == (
            n_old + 2, len(names), n_old - len(names) + 2, 0, 0), done
    with sqlite3.connect(os.path.join(daemon.store, "daybook.db")) as db:
        assert db.execute("SELECT count(*) FROM journal WHERE kind = 0").fetchone() == (2 * len(names),)
        assert db.execute("SELECT count(*) FROM journal WHERE meta LIKE '%privacy: personal%'").fetchone() == (len(names),)
    # The rows hold what was wanted, and nothing else holds anything.
    assert secret.encode() not in everything_on_disk(daemon) and len(daemon.cli("contacts")) == 1
    assert_rebuilds_the_same(daemon)
    daemon.start()
    assert [ledger(daemon, c)["filtered"] for c in ("sales", "ana")] == [n_old - len(names) + 2] * 2
