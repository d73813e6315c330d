"""Mailboxes that are logged in to by token: a real Dovecot that asks a provider about each token, and that provider."""
import glob
import os
import re
import ssl
import stat
import subprocess
import urllib.parse
import urllib.error
import urllib.request
import time

import pytest

import daybook
from daybook import wait_until
from dovecot import Dovecot, is_installed
from oauth_server import CLIENT_ID, CLIENT_SECRET, Provider
from test_audit import ME
from test_imap import deliver, mail, state_of, stored, wait_for

pytestmark = pytest.mark.skipif(not is_installed(), reason="dovecot is not installed")


@pytest.fixture(params=["xoauth2"])
def world(request):
    """A Dovecot and the provider that it trusts; the marker's parameter is the mechanism."""
    with_oauth = Dovecot(mechanisms=request.param)
    tls = os.path.join(with_oauth.dir, "tls")
    with Provider(os.path.join(tls, "good.pem"), os.path.join(tls, "good.key")) as provider:
        with_oauth.write_conf(provider.introspection_url)
        with with_oauth:
            yield with_oauth, provider


def mailbox(server, provider, name="sales", *options, every="10s", device=True):
    lines = ["type: imap", "host: localhost", "port: %d" % server.tls_port, "user: u1@test", "auth: oauth",
             "tls_ca: %s" % server.ca, "every: %s" % every, "oauth:", "  client_id: %s" % CLIENT_ID,
             "  client_secret: !file secrets/client", "  authorize_url: %s/authorize" % provider.url,
             "  token_url: %s/token" % provider.url, "  revoke_url: %s/revoke" % provider.url,
             "  tls_ca: %s" % server.ca] + ["  device_url: %s/device" % provider.url] * device + list(options)
    return "\n  %s:\n" % name + "".join("    %s\n" % line for line in lines)


def make(make_daemon, server, provider, *options, **more):
    daemon = make_daemon(connectors=mailbox(server, provider, "sales", *options, **more))
    daybook.write_private(os.path.join(daemon.folder, "secrets", "client"), CLIENT_SECRET)
    return daemon


def wait_for_state(daemon, state, seconds=30):
    wait_until(lambda: state_of(daemon, "sales")["state"] == state, seconds, "the state %s" % state)
    return state_of(daemon, "sales")


def call(daemon, path, status=200, **fields):
    got, answer = daemon.control("/oauth/" + path, {"connector": "sales", **fields})
    assert got == status, answer
    return answer


def log_in(daemon, provider):
    """By code, as the command line does it."""
    begun = call(daemon, "begin", flow="browser", redirect_uri="http://127.0.0.1:1/")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(begun["url"]).query))
    back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(provider.authorize(query)).query))
    call(daemon, "finish", **back)


def logins(daemon):
    return [(e["who"], e["what"], e["detail"]) for e in daemon.cli("audit") if e["which"] == "sales"]


def token_file(daemon):
    return os.path.join(daemon.store, "oauth", "sales.token")


def metric(daemon, name):
    m = re.search(r"^daybook_%s\{[^}]*\} (\S+)$" % name, daemon.get("/metrics").body.decode(), re.M)
    return m and float(m.group(1))


# ---- the ordinary way ----

@pytest.mark.parametrize("world", ["xoauth2", "oauthbearer"], indirect=True)
def test_a_mailbox_is_read_once_somebody_has_logged_in(make_daemon, world):
    server, provider = world
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider).start()
    assert wait_for_state(daemon, "needs_login")["error"] == "not logged in yet: daybook oauth login sales"
    log_in(daemon, provider)
    wait_for(daemon, ["a"])
    assert state_of(daemon, "sales")["error"] is None
    deliver(server, "u1", mail("b"))
    wait_for(daemon, ["a", "b"])


def test_a_restart_needs_no_new_login_and_no_new_token(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    log_in(daemon, provider)
    wait_for_state(daemon, "live")
    daemon.stop()
    deliver(server, "u1", mail("a"))
    daemon.start()
    wait_for(daemon, ["a"])
    assert provider.forms("refresh_token") == []


def test_the_login_is_kept_encrypted_and_for_the_daemon_alone(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    log_in(daemon, provider)
    folder = os.path.dirname(token_file(daemon))
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for path in (token_file(daemon), os.path.join(folder, "key")):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    secrets = [t.encode() for t in list(provider.access) + list(provider.refresh)]
    assert len(secrets) == 2
    daemon.stop()
    for path in glob.glob(os.path.join(daemon.folder, "**"), recursive=True):
        if os.path.isfile(path):
            data = open(path, "rb").read()
            assert not any(s in data for s in secrets), path


# ---- renewing ----

def test_a_token_is_renewed_before_its_end_and_kept_before_it_is_used(make_daemon, world):
    server, provider = world
    provider.expires_in = 20        # below the least margin: renewed at each turn
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider, "idle: no").start()
    log_in(daemon, provider)
    wait_for(daemon, ["a"])
    wait_until(lambda: len(provider.forms("refresh_token")) >= 3, 60, "the third renewal")
    used = [form["refresh_token"] for form in provider.forms("refresh_token")]
    assert len(set(used)) == len(used)      # each answer brought another, and that one was used
    assert all(form["client_secret"] == CLIENT_SECRET for form in provider.forms("refresh_token"))
    before = os.stat(token_file(daemon)).st_mtime_ns
    wait_until(lambda: os.stat(token_file(daemon)).st_mtime_ns != before, 30, "another renewal")
    daemon.kill()                           # what was rotated is on the disk
    daemon.start()
    n = len(provider.forms("refresh_token"))
    wait_until(lambda: len(provider.forms("refresh_token")) > n, 30, "a renewal after the crash")
    wait_for_state(daemon, "waiting")
    assert call(daemon, "status")["state"] == "ok"


def test_a_token_that_the_server_does_not_take_any_more_is_renewed_at_once(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider, "idle: no").start()
    log_in(daemon, provider)
    wait_for_state(daemon, "waiting")
    daemon.stop()
    with provider.lock:
        provider.access.clear()     # it looks good for another hour
    deliver(server, "u1", mail("a"))
    daemon.start()
    wait_for(daemon, ["a"])
    assert len(provider.forms("refresh_token")) == 1


def test_a_mailbox_that_the_login_may_not_read_is_not_hammered(make_daemon, world):
    server, provider = world
    provider.user = ""              # tokens that Dovecot is told not to take
    daemon = make(make_daemon, server, provider).start()
    wait_for_state(daemon, "needs_login")
    log_in(daemon, provider)
    error = wait_for_state(daemon, "stopped")["error"]
    assert error.startswith("login refused: NO [AUTHENTICATIONFAILED] Authentication failed."), error
    assert len(provider.forms("refresh_token")) == 1
    time.sleep(3)
    assert len(provider.forms("refresh_token")) == 1


# ---- three ways to fail ----

def expire(daemon, provider):
    """A daemon that is logged in and whose next turn wants another token."""
    provider.expires_in = 20
    log_in(daemon, provider)
    wait_until(lambda: state_of(daemon, "sales")["state"] in ("live", "waiting"), 30, "the first turn")


def test_a_network_failure_is_no_refusal_and_passes(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider, "idle: no").start()
    expire(daemon, provider)
    provider.refuse = (502, {}, b"<html>bad gateway</html>")
    wait_until(lambda: "HTTP 502" in (state_of(daemon, "sales")["error"] or ""), 60, "the failure")
    assert metric(daemon, "oauth_refresh_failing_since_timestamp_seconds")
    assert call(daemon, "status")["state"] == "failing"
    wait_for_state(daemon, "retrying", 60)
    assert state_of(daemon, "sales")["error"] == "token: the token endpoint answered HTTP 502 and nothing of OAuth"
    provider.refuse = None
    deliver(server, "u1", mail("a"))
    wait_for(daemon, ["a"])
    assert metric(daemon, "oauth_refresh_failing_since_timestamp_seconds") is None


def test_a_provider_that_throttles_is_left_alone_for_as_long_as_it_says(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider, "idle: no").start()
    expire(daemon, provider)
    n = len(provider.forms("refresh_token"))
    provider.refuse = (429, {"Retry-After": "3600"}, {"error": "too_many_requests"})
    wait_until(lambda: len(provider.forms("refresh_token")) == n + 1, 60, "the refusal")
    error = wait_for_state(daemon, "retrying", 60)["error"]
    assert re.fullmatch(r"token: the provider asked to wait, another 3\d{3} s", error), error
    assert len(provider.forms("refresh_token")) == n + 1
    assert daemon.get("/metrics").body.decode().count('class="throttled"} 1\n') == 1


def test_a_revoked_login_alarms_and_is_not_tried_again(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider, "idle: no").start()
    expire(daemon, provider)
    provider.revoke_all()
    error = wait_for_state(daemon, "needs_login", 60)["error"]
    assert error == "login expired or revoked (invalid_grant): daybook oauth login sales"
    assert metric(daemon, "oauth_needs_login") == 1 and metric(daemon, "connector_up") == 0
    [found] = [c for c in daemon.cli("doctor", status=1) if c["check"] == "connector"]
    assert found["text"] == "sales: needs_login: " + error and "nothing is lost" in found["cure"]
    n = len(provider.asked)
    daemon.reload()
    time.sleep(3)
    assert len(provider.asked) == n
    log_in(daemon, provider)
    deliver(server, "u1", mail("a"))
    wait_for(daemon, ["a"])
    assert metric(daemon, "oauth_needs_login") == 0 and metric(daemon, "connector_up") == 1


def test_a_client_that_the_provider_refuses_is_the_operators_mistake(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider, "idle: no").start()
    expire(daemon, provider)
    provider.refuse = (401, {}, {"error": "invalid_client", "error_description": "AADSTS7000215: for ana@example.com"})
    error = wait_for_state(daemon, "stopped", 60)["error"]
    assert error == ("token: the provider refused (invalid_client AADSTS7000215): look at client_id, client_secret, "
                     "tenant and scope of oauth")
    assert "ana@example.com" not in daemon.log_text()


def test_a_provider_whose_certificate_is_not_trusted_gets_nothing(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider)
    daemon.write_config(connectors=daemon.connectors.replace("      tls_ca: %s\n" % server.ca, ""))
    daemon.start()
    wait_for_state(daemon, "needs_login")
    answer = call(daemon, "begin", 422, flow="device")
    assert re.match(r"127.0.0.1:\d+: .*certificate", answer["error"]), answer
    assert provider.asked == []


def test_a_login_that_will_end_is_told_of_in_time(make_daemon, world):
    server, provider = world
    provider.login_expires_in = 2 * 86400
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider).start()
    log_in(daemon, provider)
    wait_for(daemon, ["a"])
    error = wait_until(lambda: state_of(daemon, "sales")["error"], 10, "the warning")
    assert error == "login: the login ends in 47 h: daybook oauth login sales"
    assert abs(metric(daemon, "oauth_login_expires_timestamp_seconds") - time.time() - 2 * 86400) < 60


# ---- what is on the disk ----

def test_a_login_under_another_key_is_no_login(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    log_in(daemon, provider)
    wait_for_state(daemon, "live")
    daemon.stop()
    daybook.write_private(os.path.join(daemon.folder, "secrets", "key"), "another key, hard to guess")
    text = open(daemon.config).read().replace("path: store\n", "path: store\n  key: !file secrets/key\n")
    open(daemon.config, "w").write(text)
    daemon.start()
    error = wait_for_state(daemon, "needs_login")["error"]
    assert error == ("%s was encrypted with another key than storage.key, or is damaged: daybook oauth login sales"
                     % os.path.realpath(token_file(daemon))) or error.endswith(
                         "sales.token was encrypted with another key than storage.key, or is damaged: "
                         "daybook oauth login sales"), error
    log_in(daemon, provider)
    wait_for_state(daemon, "live")


def test_a_login_of_another_client_is_not_used(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    log_in(daemon, provider)
    wait_for_state(daemon, "live")
    daemon.write_config(connectors=daemon.connectors.replace(CLIENT_ID, "another-client"))
    daemon.reload()
    error = wait_for_state(daemon, "needs_login")["error"]
    assert error == "the login was made for another client_id or provider: daybook oauth login sales"


# ---- answers that nobody waits for ----

def test_an_answer_with_a_state_that_was_not_given_is_refused(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    call(daemon, "begin", flow="browser", redirect_uri="http://127.0.0.1:1/")
    answer = call(daemon, "finish", 422, state="forged", code="stolen")
    assert answer["error"] == "no login waits for this answer; begin again: daybook oauth login sales"
    assert provider.forms("authorization_code") == []


def test_a_password_mailbox_has_no_login_to_speak_of(make_daemon, world):
    server, provider = world
    daemon = make_daemon(connectors=daybook.FORM).start()
    status, answer = daemon.control("/oauth/status", {"connector": "contact"})
    assert status == 422 and answer["error"] == '"contact" does not log in by token (auth: oauth)'
    status, answer = daemon.control("/oauth/status", {"connector": "nobody"})
    assert status == 404


# ---- the command line ----

class Login:
    """daybook oauth login, as a person has it before them."""

    def __init__(self, daemon, *args):
        self.process = subprocess.Popen(
            [daybook.program("daybook", "DAYBOOK"), "-c", daemon.config, "oauth", "login", "sales", *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=daemon.folder)

    def read_until(self, pattern):
        text = ""
        while not re.search(pattern, text):
            line = self.process.stdout.readline()
            assert line, text + self.process.stderr.read()
            text += line
        return re.search(pattern, text)

    def end(self, status=0):
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == status, out + err
        return out, err


def query_of(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


def test_a_browser_on_this_machine_logs_in(make_daemon, world):
    server, provider = world
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider, device=False).start()
    login = Login(daemon)
    url = login.read_until(r"(https://\S+/authorize\S+)").group(1)
    login.read_until("THIS-MACHINE")
    query = query_of(url)
    assert query["client_id"] == CLIENT_ID and query["redirect_uri"].startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.HTTPError):      # an icon is no answer
        urllib.request.urlopen(query["redirect_uri"] + "favicon.ico")
    page = urllib.request.urlopen(url, context=ssl.create_default_context(cafile=server.ca)).read()
    assert page == b"Daybook has it. You can close this window.\n"
    assert login.end()[0] == "logged in: sales is being read from now on\n"
    wait_for(daemon, ["a"])


def test_the_address_of_a_browser_elsewhere_is_pasted(make_daemon, world):
    server, provider = world
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider).start()
    login = Login(daemon, "--browser")
    url = login.read_until(r"(https://\S+/authorize\S+)").group(1)
    login.process.stdin.write("what?\n\n" + provider.authorize(query_of(url)) + "\n")
    login.process.stdin.flush()
    out, err = login.end()
    assert "logged in: sales" in out
    assert err == "that is not the address: it has code=\u2026 and state=\u2026 in it\n"
    wait_for(daemon, ["a"])


def test_who_declines_is_told_so(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    login = Login(daemon, "--browser")
    uri = query_of(login.read_until(r"(https://\S+/authorize\S+)").group(1))["redirect_uri"]
    urllib.request.urlopen(uri + "?error=access_denied&state=x")
    assert login.end(4)[1] == "daybook: the provider did not let you in: access_denied\n"


def test_a_browser_comes_back_to_the_public_url(make_daemon, world):
    server, provider = world
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider)
    url = "http://127.0.0.1:%d" % daemon.port
    text = open(daemon.config).read().replace("http:\n", "http:\n  public_url: %s\n" % url, 1)
    open(daemon.config, "w").write(text)
    daemon.start()
    login = Login(daemon, "--public")
    query = query_of(login.read_until(r"(https://\S+/authorize\S+)").group(1))
    assert query["redirect_uri"] == url + "/oauth/callback"
    for forged in ("", "?state=sales.x&code=y", "?state=nobody.x&code=y", "?code=y&state=" + "a" * 4000):
        assert daemon.get("/oauth/callback" + forged).status == 403
    assert provider.forms("authorization_code") == []
    back = provider.authorize(query)[len(url):]
    answer = daemon.get(back)
    assert (answer.status, answer.body) == (200, b"Daybook has it. You can close this window.\n")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "logged in: sales" in login.end()[0]
    wait_for(daemon, ["a"])
    assert daemon.get(back).status == 403       # once
    assert logins(daemon) == [(ME, "oauth login", "by link")]


def test_a_code_is_typed_elsewhere(make_daemon, world):
    server, provider = world
    deliver(server, "u1", mail("a"))
    daemon = make(make_daemon, server, provider).start()
    login = Login(daemon, "--device")
    line = login.read_until(".*\n").group(0)
    assert line == "Open %s/devicelogin and enter H4KQ-2PXZ (15 min)\n" % provider.url
    wait_until(lambda: provider.forms("urn:ietf:params:oauth:grant-type:device_code"), 20, "the first question")
    provider.agree()
    assert "logged in: sales" in login.end()[0]
    wait_for(daemon, ["a"])
    assert logins(daemon) == [(ME, "oauth login", None)]


def test_status_and_revoke(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider).start()
    [status] = daemon.cli("oauth", "status")
    assert status["connector"] == "sales" and status["state"] == "needs_login" and status["token_until"] is None
    log_in(daemon, provider)
    wait_for_state(daemon, "live")
    [status] = daemon.cli("oauth", "status", "sales")
    assert status["state"] == "ok" and status["logged_in_at"] and status["token_until"] > status["renewed_at"]
    [refresh] = provider.refresh
    done = daemon.run("oauth", "revoke", "sales")
    assert done.returncode == 2 and b"nobody is there to ask: End the login of sales?" in done.stderr
    done = daemon.run("oauth", "revoke", "sales", "--yes")
    assert done.returncode == 0 and done.stdout == b"forgotten here, and given back to the provider\n"
    assert provider.revoked == [refresh] and not os.path.exists(token_file(daemon))
    assert wait_for_state(daemon, "needs_login")["error"] == "not logged in: daybook oauth login sales"


def test_login_needs_the_daemon(make_daemon, world):
    server, provider = world
    daemon = make(make_daemon, server, provider)
    done = daemon.run("oauth", "login", "sales")
    assert done.returncode == 6 and b"daybookd is not running" in done.stderr


# ---- the configuration ----

@pytest.mark.parametrize("old,new,text", [
    ("auth: oauth", "auth: password", '"password" is missing (or auth: oauth, where the server wants that)'),
    ("  client_id: %s\n" % CLIENT_ID, "\n", '"client_id" is missing'),
    ("token_url: https:", "token_url: http:", 'oauth: token_url: "http://127.0.0.1'),
    ("auth: oauth", "auth: oauth\n    password: !file secrets/client",
     "password: means nothing with auth: oauth; take one of them out"),
    ("client_secret: !file secrets/client", "client_secret: hunter2", "oauth.client_secret: a secret cannot stand in"),
])
def test_mistakes_are_named(make_daemon, world, old, new, text):
    server, provider = world
    daemon = make(make_daemon, server, provider)
    assert old in daemon.connectors
    daemon.write_config(connectors=daemon.connectors.replace(old, new))
    status, said = daemon.check_config()
    assert status == 78 and text in said and "hunter2" not in said, said
