"""People sign in with a provider of OpenID Connect: the way there and back, and providers, codes and tokens that lie."""
import concurrent.futures
import http.client
import os
import time
import urllib.parse

import pytest

import daybook
from dovecot import certificates
from oauth_server import CLIENT_ID, CLIENT_SECRET
from oidc_server import Key, OidcProvider
from test_login import STAFF, Browser, change


class House:
    """A daemon, its provider, and browsers that go there."""

    def __init__(self, make_daemon, provider, *options, name="daybook"):
        self.provider = provider
        lines = ["issuer: %s" % provider.issuer, "client_id: %s" % CLIENT_ID, "client_secret: !file secrets/oidc", "name: The Directory",
                 "tls_ca: %s" % os.path.join(certificates(), "ca.pem"), *options]
        oidc = "  oidc:\n" + "".join("    %s\n" % line for line in lines)
        self.daemon = make_daemon(name, connectors=daybook.FORM, extra=oidc + STAFF)
        daybook.write_private(os.path.join(self.daemon.folder, "secrets", "oidc"), CLIENT_SECRET)
        self.daemon.start()

    def begin(self, browser):
        answer = browser.ask("GET", "/login/oidc")
        assert answer.status == 303, answer.body
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))

    def back(self, browser, query, **changed):
        """What comes back, with parameters changed, or taken out by None."""
        fields = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.provider.authorize(query)).query))
        fields = {k: v for k, v in {**fields, **changed}.items() if v is not None}
        return browser.ask("GET", "/login/oidc/callback?" + urllib.parse.urlencode(fields))

    def sign_in(self, browser=None, **changed):
        browser = browser or Browser(self.daemon)
        return self.back(browser, self.begin(browser), **changed)


@pytest.fixture
def provider():
    folder = certificates()
    with OidcProvider(os.path.join(folder, "good.pem"), os.path.join(folder, "good.key")) as it:
        yield it


@pytest.fixture
def house(make_daemon, provider):
    return House(make_daemon, provider)


def forgive(house):
    change(house.daemon, "DELETE FROM login_failure")


def refused(answer, status, *words):
    assert answer.status == status and all(w in answer.value["detail"] for w in words), (answer.status, answer.body)


def test_somebody_signs_in(house, provider):
    ana = Browser(house.daemon)
    assert ana.ask("GET", "/api/v1/session").value == {"password": True, "oidc": {"name": "The Directory", "url": "/login/oidc"}}
    answer = ana.ask("GET", "/login/oidc")
    assert answer.headers["Location"].startswith(provider.url + "/authorize?response_type=code&")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("daybook-oidc-local=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Max-Age=600" in cookie
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["Location"]).query))
    assert query["redirect_uri"] == "http://127.0.0.1:%d" % house.daemon.port + "/login/oidc/callback" and query["scope"] == "openid email"
    assert len({query["state"], query["nonce"], query["code_challenge"]}) == 3
    answer = house.back(ana, query)
    assert answer.status == 303 and answer.headers["Location"] == "/" and answer.body == b"", answer.body
    assert ana.cookies["daybook-oidc-local"] == "" and ana.cookies["daybook-local"].startswith("dbs_")
    me = ana.me().value
    assert me["staff"] == "Ana Lima" and me["role"] == "seller"
    [session] = house.daemon.cli("session", "list")
    assert session["user"] == "Ana Lima" and session["how"] == "oidc"
    assert ("Ana Lima", "login", "oidc %s u-1" % provider.issuer) in [(e["who"], e["what"], e["detail"]) for e in house.daemon.cli("audit")]
    # The same once more is nothing: the cookie is gone. Nor with the cookie, since the code was used.
    ana.cookies.pop("daybook-oidc-local")
    before = {"daybook-oidc-local": cookie.split("=", 1)[1].split(";")[0]}
    provider.codes = {}
    refused(house.back(ana, query), 400, "not begun in this browser")
    ana.cookies = dict(before)
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(provider.authorize(query)).query))["code"]
    provider.codes.pop(code)
    refused(house.back(ana, query, code=code), 401, "did not take the code")
    # Another address of hers is hers too; discovery and keys were asked for once.
    provider.person["email"] = "Ana.Lima@ACME.example"
    assert house.sign_in().status == 303
    assert provider.n_asked("/.well-known/openid-configuration") == 1 and provider.n_asked("/keys") == 1
    for secret in (CLIENT_SECRET, code, before["daybook-oidc-local"]):
        assert secret not in house.daemon.log_text()


LIES = [
    ({"iss": "https://evil.example"}, {}, "another issuer"), ({"aud": "somebody-else"}, {}, "another client"),
    ({"aud": [CLIENT_ID, "x"]}, {}, "azp"), ({"exp": int(time.time()) - 3600}, {}, "expired"), ({"nonce": "n"}, {}, "nonce"),
    ({"nonce": None}, {}, "nonce"), ({"at_hash": "AAAA"}, {}, "at_hash"), ({"sub": None}, {}, "who it is of"),
    ({}, {"alg": "none"}, "in a way that is not taken"), ({}, {"alg": "HS256"}, "in a way that is not taken"), ({}, {"kid": "k9"}, "does not publish"),
]


def test_a_token_that_lies_lets_nobody_in(house, provider):
    for n, (claims, header, words) in enumerate(LIES):
        provider.claims, provider.header = claims, header
        if n % 4 == 3:
            forgive(house)
        ana = Browser(house.daemon)
        refused(house.sign_in(ana), 401, "you are not signed in: the ID token", words)
        assert "daybook-local" not in ana.cookies and ana.me().status == 401
    assert house.daemon.cli("session", "list") == []
    provider.claims, provider.header = {}, {}
    other = Key(provider.folder.name, "other")
    provider.sign = other.sign
    forgive(house)
    asked = provider.n_asked("/keys")
    for _ in range(2):
        refused(house.sign_in(), 401, "not signed by its key")
    assert provider.n_asked("/keys") == asked + 2      # at first, and since it could have been a newer one: once a minute at most


def test_who_tries_often_waits(house, provider):
    provider.claims = {"nonce": "n"}
    assert [house.sign_in().status for _ in range(7)] == [401] * 5 + [429] * 2
    provider.claims = {}
    answer = house.sign_in()
    assert answer.status == 429 and int(answer.headers["Retry-After"]) > 0


def test_only_who_is_of_staff_comes_in(house, provider):
    for email, verified, words in (("stranger@acme.example", True, "nobody of staff has the address stranger@acme.example"),
                                   ("eva@acme.example", True, "role"), ("ana@acme.example", False, "says that ana@acme.example is not verified"),
                                   ("ana@acme.example", None, "does not call"), (None, True, "does not say which mail address"),
                                   ("Ana Lima", True, "nobody of staff"), ("ana@acme.example@evil.example", True, "nobody of staff")):
        provider.person = {"sub": "u", "email": email, "email_verified": verified}
        refused(house.sign_in(), 403, words)
    assert house.daemon.cli("session", "list") == []


def test_a_directory_of_the_company_may_be_believed(make_daemon, provider):
    house = House(make_daemon, provider, "trust_email: yes", "scopes: [openid, profile]")
    provider.person = {"sub": "u", "email": "ana@acme.example"}
    browser = Browser(house.daemon)
    query = house.begin(browser)
    assert query["scope"] == "openid profile" and house.back(browser, query).status == 303
    for said in (False, "false"):
        provider.person = {"sub": "guest", "email": "ana@acme.example", "email_verified": said}
        refused(house.sign_in(), 403, "is not verified")


def test_what_comes_back_has_to_be_of_this_browser(house, provider):
    ana, eve = Browser(house.daemon), Browser(house.daemon)
    refused(ana.ask("GET", "/login/oidc/callback?state=x&code=y"), 400, "not begun", "/login/oidc")
    query = house.begin(eve)
    refused(house.back(ana, query), 400, "not begun")       # eve's code in ana's browser
    house.begin(ana)
    refused(house.back(ana, query), 400, "not begun")
    refused(house.sign_in(state="x"), 400, "not begun")
    refused(house.sign_in(state=None), 400, "not begun")
    late = Browser(house.daemon)
    query = house.begin(late)
    name, value = "daybook-oidc-local", late.cookies["daybook-oidc-local"]
    late.cookies[name] = "%d.%s" % (int(value.split(".")[0]) - 700, value.split(".")[1])
    refused(house.back(late, query), 400, "not begun")
    refused(house.sign_in(iss="https://evil.example"), 401, "another provider")
    refused(house.sign_in(iss=None), 401, "another provider")
    refused(house.sign_in(code=None), 401, "no code")
    refused(house.sign_in(code="x" * 3000), 401, "did not take the code")
    answer = house.sign_in(error="access_denied", code=None)
    refused(answer, 401, "(access_denied)")
    answer = house.sign_in(error="<script>", code=None, error_description="<b>call 0800 and pay</b>")
    assert answer.status == 401 and b"script" not in answer.body and b"0800" not in answer.body
    forgive(house)
    ahead = Browser(house.daemon)
    query = house.begin(ahead)
    refused(Browser(house.daemon, Sec_Purpose="prefetch").ask("GET", "/login/oidc/callback?state=x&code=y"), 403, "once")
    refused(Browser(house.daemon, Sec_Purpose="prefetch").ask("GET", "/login/oidc"), 403, "whoever opens it")
    assert house.back(ahead, query).status == 303
    refused(Browser(house.daemon, Host="evil.example").ask("GET", "/login/oidc"), 403, "in the clear")
    assert not any(b"evil" in (h or "").encode() for h in (answer.headers.get("Location"),))


def test_keys_that_change_are_asked_for_again_but_not_often(house, provider):
    assert house.sign_in().status == 303
    provider.new_key()
    assert house.sign_in().status == 303 and provider.n_asked("/keys") == 2
    provider.new_key()
    for _ in range(2):      # within a minute of the last time
        refused(house.sign_in(), 401, "does not publish")
    assert provider.n_asked("/keys") == 2


def test_keys_without_ids_change_too(house, provider):
    provider.header = {"kid": None}
    assert house.sign_in().status == 303
    provider.new_key()
    assert house.sign_in().status == 303 and provider.n_asked("/keys") == 2


def test_what_was_begun_with_another_provider_is_nothing(house, provider):
    ana = Browser(house.daemon)
    query = house.begin(ana)
    with open(house.daemon.config) as f:
        text = f.read()
    with open(house.daemon.config, "w") as f:
        f.write(text.replace("client_id: %s" % CLIENT_ID, "client_id: another"))
    assert house.daemon.run("reload").returncode == 0
    refused(house.back(ana, query), 400, "not begun")


def test_a_provider_that_hangs_does_not_hold_a_stop_up(house, provider):
    browsers = [Browser(house.daemon) for _ in range(4)]
    queries = [house.begin(b) for b in browsers]
    provider.delay = 18
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(house.back, b, q) for b, q in zip(browsers, queries)]
        daybook.wait_until(lambda: provider.n_waiting >= 2, 10, "both threads to wait for the provider")
        assert house.daemon.get("/readyz").status == 200 and Browser(house.daemon).ask("GET", "/api/v1/session").status == 200
        began = time.monotonic()
        house.daemon.stop()
        assert time.monotonic() - began < 10
        for answer in answers:
            try:
                assert answer.result().status == 503
            except (OSError, http.client.HTTPException):
                pass        # it hung up


def test_a_provider_that_is_away_is_said_to_be(make_daemon, provider):
    provider.refuse = (503, {}, b"<html>away</html>")
    house = House(make_daemon, provider)
    for _ in range(5):
        answer = Browser(house.daemon).ask("GET", "/login/oidc")
        refused(answer, 503, "cannot be reached", "password")
        assert answer.headers["Retry-After"] == "10" and provider.url not in answer.body.decode()
    assert provider.n_asked("/.well-known/openid-configuration") == 1, "not at each asking"
    assert house.daemon.log_text().count("signing in with the provider of http.oidc does not work") == 1
    assert "answered HTTP 503" in house.daemon.log_text()
    provider.refuse = None
    daybook.wait_until(lambda: Browser(house.daemon).ask("GET", "/login/oidc").status == 303, 10, "the provider to be asked again")
    assert house.sign_in().status == 303
    provider.refuse = (500, {}, b"{}")
    refused(house.sign_in(), 503, "cannot be reached")
    provider.refuse = (401, {}, b'{"error": "invalid_client"}')
    refused(house.sign_in(), 502, "the log says why")
    provider.refuse = (200, {}, b'{"access_token": "a", "token_type": "Bearer"}')
    refused(house.sign_in(), 502, "the log says why")
    provider.refuse = (200, {}, b'{"access_token": "a", "token_type": "Bearer", "id_token": "%s"}' % (b"A" * 60000))
    assert house.sign_in().status in (401, 503)


@pytest.mark.parametrize("published, said", [
    ({"issuer": "https://evil.example"}, 'of the issuer "https://evil.example": write http.oidc.issuer exactly so'),
    ({"token_endpoint": "http://127.0.0.1/token"}, "lacks authorization_endpoint, token_endpoint or jwks_uri, with https"),
    ({"jwks_uri": None}, "lacks"), ({"jwks_uri": "https://127.0.0.1:1/keys"}, "127.0.0.1:1"),
])
def test_a_provider_that_is_not_what_it_should_be(make_daemon, provider, published, said):
    provider.published = published
    house = House(make_daemon, provider)
    assert Browser(house.daemon).ask("GET", "/login/oidc").status in (502, 503)
    assert said in house.daemon.log_text().replace("\\", "")


def test_ways_to_show_who_asks(make_daemon, provider):
    """A secret in the form where the provider takes one there, else by Basic, as it is then."""
    house = House(make_daemon, provider)
    assert house.sign_in().status == 303 and provider.authorization.startswith("Basic ")
    provider.published = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    house = House(make_daemon, provider, name="second")
    assert house.sign_in().status == 303 and provider.authorization is None
    assert provider.forms("authorization_code")[-1]["client_secret"] == CLIENT_SECRET


def test_without_a_provider_nobody_signs_in_so(make_daemon):
    daemon = make_daemon(connectors=daybook.FORM, extra=STAFF).start()
    browser = Browser(daemon)
    assert browser.ask("GET", "/api/v1/session").value == {"password": True, "oidc": None}
    refused(browser.ask("GET", "/login/oidc"), 404, "http.oidc is not in the configuration")
    refused(browser.ask("GET", "/login/oidc/callback?state=x"), 404, "http.oidc")


@pytest.mark.parametrize("lines, said", [
    ("issuer: http://id.example\n    client_id: x", '"http://id.example" is not a provider\'s issuer (try https://accounts.google.com)'),
    ("issuer: https://id.example?x=1\n    client_id: x", "is not a provider's issuer"),
    ("issuer: https://id.example", 'http.oidc: "client_id" is missing'), ("client_id: x", 'http.oidc: "issuer" is missing'),
])
def test_a_wrong_configuration_is_told(make_daemon, lines, said):
    daemon = make_daemon(connectors=daybook.FORM, extra="  oidc:\n    %s\n" % lines + STAFF)
    done = daemon.run("config", "check")
    assert done.returncode != 0 and said in (done.stdout + done.stderr).decode(), done.stderr
