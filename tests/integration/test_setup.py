"""daybook setup imap: the server is found, tried, and written down only when a person says so."""
import contextlib
import http.server
import json
import os
import pwd
import shutil
import ssl
import stat
import subprocess
import tempfile
import termios
import threading

import pytest

import daybook
from daybook import program, write_private
from dovecot import PASSWORD, Dovecot, is_installed
from terminal import Terminal
from test_imap import mail

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")

# Of odd@test: no path on this machine holds it by chance.
ODD = "pä ss\\\"wörd {3}"
XML = """<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="localhost"><domain>localhost</domain>
 <!-- <incomingServer type="imap"><hostname>wrong.invalid</hostname><port>993</port><socketType>SSL</socketType></incomingServer> -->
 <incomingServer type="pop3"><hostname>pop.invalid</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
 <incomingServer type="imap"><hostname>localhost</hostname><port>%d</port><socketType>%s</socketType>
  <username>%%EMAILLOCALPART%%@test</username></incomingServer>
</emailProvider></clientConfig>
"""


@pytest.fixture
def dovecot():
    with Dovecot() as server:
        yield server


@contextlib.contextmanager
def autoconfig(dovecot, text):
    """An HTTPS server with Dovecot's certificate; yields the URL."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/mail/config-v1.1.xml" else 404)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *args):
            pass

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(os.path.join(dovecot.dir, "tls", "good.pem"), os.path.join(dovecot.dir, "tls", "good.key"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield "https://localhost:%d/mail/config-v1.1.xml" % server.server_address[1]
        server.shutdown()


def given(dovecot):
    return ("--host", "localhost", "--port", str(dovecot.tls_port), "--tls-ca", dovecot.ca)


def set_up(daemon, *args, stdin=PASSWORD + "\n"):
    done = subprocess.run([program("daybook", "DAYBOOK"), "-c", daemon.config, "setup", "imap", *args], cwd=daemon.folder,
                          input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def options_file(daemon, name="u1"):
    return os.path.join(daemon.folder, "connectors.d", name + ".yaml")


def secret_file(daemon, name="u1"):
    return os.path.join(daemon.folder, "secrets", name)


def is_untouched(daemon, name="u1"):
    return not os.path.exists(options_file(daemon, name)) and not os.path.exists(secret_file(daemon, name))


class Dialogue(Terminal):
    """Answers what it is asked, by the last words of the question; not to be asked twice the same."""

    def __init__(self, daemon, *args, talk=()):
        super().__init__(daemon, "setup", "imap", *args)
        self.talk = list(talk)

    def read(self, until=None):
        while self.talk:
            question, answer = self.talk.pop(0)
            super().read(until=question)
            os.write(self.master, answer + b"\n")
        return super().read(until)


# ---- without a terminal ----

def test_one_command_sets_a_mailbox_up_and_the_daemon_reads_it(make_daemon, dovecot):
    dovecot.deliver("odd", mail("a", sender="Maria <maria@example.com>"))
    daemon = make_daemon(connectors=daybook.FORM).start()
    status, out, err = set_up(daemon, "odd@test", *given(dovecot), "--yes", stdin=ODD + "\n")
    assert (status, err) == (0, "")
    assert "server   localhost:%d (as given)" % dovecot.tls_port in out and "would store 1 of the newest 1:" in out
    assert "written  %s" % options_file(daemon, "odd") in out and "take it over:  daybook reload" in out
    assert stat.S_IMODE(os.stat(secret_file(daemon, "odd")).st_mode) == 0o600
    with open(secret_file(daemon, "odd")) as f:
        assert f.read() == ODD
    with open(options_file(daemon, "odd")) as f:
        text = f.read()
    assert "  odd:\n    type: imap\n    host: localhost\n    port: %d\n    user: odd@test\n    password: !credential odd\n" \
        % dovecot.tls_port in text
    assert ODD not in text and ODD not in out + err
    assert daemon.run("config", "check").returncode == 0
    assert daemon.run("reload").returncode == 0
    daybook.wait_until(lambda: daemon.cli("interactions"), 30, "the mail")


def test_json_says_what_was_found_and_written(make_daemon, dovecot):
    daemon = make_daemon()
    status, out, err = set_up(daemon, "u1@test", *given(dovecot), "--name", "vendas", "--yes", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == {"connector": "vendas", "host": "localhost", "port": dovecot.tls_port, "tls": "implicit",
                               "user": "u1@test", "found_by": "as given", "file": options_file(daemon, "vendas"),
                               "secret_file": secret_file(daemon, "vendas")}


def test_the_domain_s_autoconfig_is_believed(make_daemon, dovecot):
    daemon = make_daemon()
    with autoconfig(dovecot, XML % (dovecot.tls_port, "SSL")) as url:
        status, out, err = set_up(daemon, "u1@localhost", "--autoconfig", url, "--tls-ca", dovecot.ca, "--yes")
    assert (status, err) == (0, "")
    assert "server   localhost:%d (the domain's autoconfig)" % dovecot.tls_port in out
    with open(options_file(daemon)) as f:
        assert "    user: u1@test\n" in f.read()


def test_autoconfig_may_ask_for_starttls(make_daemon, dovecot):
    daemon = make_daemon()
    with autoconfig(dovecot, XML % (dovecot.port, "STARTTLS")) as url:
        status, out, _ = set_up(daemon, "u1@localhost", "--autoconfig", url, "--tls-ca", dovecot.ca, "--yes")
    assert status == 0 and "TLSv1.3" in out
    with open(options_file(daemon)) as f:
        text = f.read()
    assert "    tls: starttls\n" in text and "    port: %d\n" % dovecot.port in text


def test_autoconfig_that_says_nothing_or_cannot_be_trusted_is_none(make_daemon, dovecot):
    daemon = make_daemon()
    for text in ("<nothing/>", XML % (993, "plain")):
        with autoconfig(dovecot, text) as url:
            status, _, err = set_up(daemon, "u1@localhost", "--autoconfig", url, "--tls-ca", dovecot.ca)
        assert status == 3 and url + " tells of no IMAP server with TLS" in err and "--host HOST names it" in err
    with autoconfig(dovecot, XML % (dovecot.tls_port, "SSL")) as url:
        status, _, err = set_up(daemon, "u1@localhost", "--autoconfig", url + "x", "--tls-ca", dovecot.ca)
        assert status == 3 and "the server answers 404" in err
        status, _, err = set_up(daemon, "u1@localhost", "--autoconfig", url)
        assert status == 75 and "certificate" in err
        status, _, err = set_up(daemon, "u1@localhost", "--autoconfig", url.replace("https:", "http:"))
        assert status == 75 and "rotocol" in err
    assert is_untouched(daemon) and dovecot.said() == []


def test_an_unknown_domain_wants_a_host(make_daemon):
    daemon = make_daemon()
    status, _, err = set_up(daemon, "ana@no-such-domain.invalid")
    assert status == 3 and "no mail server of no-such-domain.invalid can be found" in err
    assert "--host HOST names it" in err


def test_a_wrong_password_writes_nothing(make_daemon, dovecot):
    daemon = make_daemon()
    status, out, err = set_up(daemon, "u1@test", *given(dovecot), "--yes", stdin="wrong\n")
    assert status == 1 and "login: login refused" in err and "hint: is user the whole address" in err
    assert is_untouched(daemon) and "wrong\n" not in out


def test_a_certificate_that_is_not_trusted_writes_nothing(make_daemon, dovecot):
    daemon = make_daemon()
    status, _, err = set_up(daemon, "u1@test", "--host", "localhost", "--port", str(dovecot.tls_port), "--yes")
    assert status == 78 and "is not trusted here" in err and is_untouched(daemon) and dovecot.said() == []


def test_no_password_is_a_usage_error(make_daemon, dovecot):
    daemon = make_daemon()
    for stdin in ("", "\n"):
        status, _, err = set_up(daemon, "u1@test", *given(dovecot), "--yes", stdin=stdin)
        assert status == 2 and "no password was given" in err and "first line of standard input" in err


def test_without_a_terminal_and_without_yes_nothing_is_written(make_daemon, dovecot):
    daemon = make_daemon()
    status, out, err = set_up(daemon, "u1@test", *given(dovecot))
    assert status == 2 and "nobody is there to ask: Write " in err and "--yes answers for you" in err
    assert "would store" in out and is_untouched(daemon)


def test_yes_overwrites_nothing(make_daemon, dovecot):
    daemon = make_daemon()
    write_private(secret_file(daemon), "precious")
    status, _, err = set_up(daemon, "u1@test", *given(dovecot), "--yes")
    assert status == 1 and "is there already; --yes overwrites nothing" in err and "another --name" in err
    with open(secret_file(daemon)) as f:
        assert f.read() == "precious"
    assert not os.path.exists(options_file(daemon))


def test_a_name_that_is_taken_is_refused_before_anything_is_asked(make_daemon, dovecot):
    daemon = make_daemon()
    status, _, err = set_up(daemon, "contact@test", *given(dovecot), "--yes")
    assert status == 1 and "a connector named \"contact\" exists already (" in err and "daybook.yaml:" in err
    os.makedirs(os.path.dirname(options_file(daemon)))
    with open(options_file(daemon), "w") as f:
        f.write("connectors:\n  other:\n    type: form\n")
    status, _, err = set_up(daemon, "u1@test", *given(dovecot), "--yes")
    assert status == 1 and "u1.yaml holds the connector \"other\" as well" in err


@pytest.mark.parametrize("args", [("no-address",), ("a b@test",), ("u1@test", "--name", "Not Good"),
                                  ("u1@test", "--port", "99"), ("u1@test", "--tls", "maybe", "--host", "x"),
                                  ("u1@test", "--host", "x", "--port", "70000"), ("u1@test", "too", "many")])
def test_what_cannot_be_is_a_usage_error(make_daemon, args):
    assert set_up(make_daemon(), *args)[0] == 2


def test_a_folder_that_cannot_be_written_is_told_before_the_password_is_asked(make_daemon):
    """As nobody, where root would run it."""
    daemon = make_daemon()
    with tempfile.TemporaryDirectory() as folder:    # pytest's are closed to others
        shutil.copy(daemon.config, folder)
        os.chmod(folder, 0o555)
        command = [program("daybook", "DAYBOOK"), "-c", os.path.join(folder, "daybook.yaml"), "setup", "imap", "u1@test",
                   "--host", "127.0.0.1", "--yes"]
        if os.getuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--clear-groups", *command]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        os.chmod(folder, 0o755)
    assert done.returncode == 4, done.stderr
    assert b"cannot write into " in done.stderr and b"hint: run it as root" in done.stderr


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_what_root_writes_the_daemon_can_read(make_daemon, dovecot):
    daemon = make_daemon()
    nobody = pwd.getpwnam("nobody")
    secrets = os.path.dirname(secret_file(daemon))
    os.chown(secrets, nobody.pw_uid, nobody.pw_gid)
    assert set_up(daemon, "u1@test", *given(dovecot), "--yes")[0] == 0
    found = os.stat(secret_file(daemon))
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (nobody.pw_uid, 0o600)
    found = os.stat(options_file(daemon))
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (0, 0o644)


def test_odd_options_are_quoted(make_daemon, dovecot):
    daemon = make_daemon()
    status, _, err = set_up(daemon, "odd@test", *given(dovecot), "--user", "it's: #odd", "--yes", stdin="x\n")
    assert status == 1 and "login refused" in err
    status, _, err = set_up(daemon, "odd@test", *given(dovecot), "--yes", stdin=ODD + "\n")
    assert (status, err) == (0, "")
    assert daemon.run("config", "check").returncode == 0
    assert daemon.run("connector", "test", "odd").returncode == 0


# ---- on a terminal ----

def test_a_person_is_asked_and_the_password_is_never_shown(make_daemon, dovecot):
    daemon = make_daemon()
    talk = [(b"E-mail address: ", b"odd@test"), (b"Name of the connector [odd]: ", b""),
            (b"Password (not shown): ", ODD.encode()), (b"[y/N] ", b"y")]
    status, out = Dialogue(daemon, *given(dovecot), talk=talk).finish()
    assert status == 0 and ODD.encode() not in out, out
    assert b"Write " in out and b"written  " in out and b"daybookd does not run" in out
    assert not is_untouched(daemon, "odd")


def test_no_is_no(make_daemon, dovecot):
    daemon = make_daemon()
    talk = [(b"Name of the connector [u1]: ", b"vendas"), (b"(not shown): ", PASSWORD.encode()), (b"[y/N] ", b"n")]
    status, out = Dialogue(daemon, "u1@test", *given(dovecot), talk=talk).finish()
    assert status == 1 and b"daybook: nothing was done" in out and is_untouched(daemon, "vendas")


def test_a_file_is_written_over_only_when_a_person_says_so(make_daemon, dovecot):
    daemon = make_daemon()
    write_private(secret_file(daemon), "precious")
    for answer, kept in ((b"n", "precious"), (b"y", PASSWORD)):
        talk = [(b"(not shown): ", PASSWORD.encode()), (b"is there already: write over it? [y/N] ", answer)]
        status, _ = Dialogue(daemon, "u1@test", "--name", "u1", *given(dovecot), talk=talk).finish()
        with open(secret_file(daemon)) as f:
            assert (status, f.read()) == (0 if answer == b"y" else 1, kept)


def test_an_interrupt_at_the_password_ends_it_and_leaves_the_terminal_in_order(make_daemon, dovecot):
    daemon = make_daemon()
    t = Dialogue(daemon, "u1@test", "--name", "u1", *given(dovecot), talk=[(b"(not shown): ", b"\x03")])
    t.read(until=b"no password was given")
    assert t.process.wait(30) == 2
    modes = termios.tcgetattr(t.master)[3]
    assert modes & termios.ECHO and modes & termios.ISIG
    os.close(t.master)


def test_gmail_and_microsoft_are_explained_first(make_daemon, dovecot):
    daemon = make_daemon()
    for address, words in (("ana@gmail.com", ("app password", "https://myaccount.google.com/apppasswords", "OAuth")),
                           ("ana@outlook.com", ("takes no passwords over IMAP any more", "OAuth"))):
        status, _, err = set_up(daemon, address, *given(dovecot), stdin="")
        assert status == 2 and all(w in err for w in words), err
        assert err.index(words[0]) < err.index("no password was given")
