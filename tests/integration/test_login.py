"""People log in: by password, code, link and proxy; and what a session may do, from where, and for how long."""
import base64
import concurrent.futures
import hashlib
import hmac
import json
import os
import sqlite3
import struct
import time

import pytest

import api_schema
import daybook

STAFF = """staff:
  Ana Lima: {email: [ana@acme.example, ana.lima@acme.example], role: seller, team: sul}
  Rui Prado: {email: [rui@acme.example], role: manager}
  Eva Reis: {email: [eva@acme.example]}
"""
PASSWORD = "correct horse battery"
PROXY = "  trust_proxy: [127.0.0.1/32]\n  public_url: https://crm.acme.example\n"


class Browser:
    """Keeps its cookies, and sends what a browser does."""

    judge = api_schema.Judge()

    def __init__(self, daemon, **headers):
        self.daemon, self.more, self.cookies, self.csrf = daemon, {k.replace("_", "-"): v for k, v in headers.items()}, {}, None
        self.origin = "http://127.0.0.1:%d" % daemon.port

    def ask(self, method, path, body=None, **headers):
        sent = dict(self.more)
        if self.cookies:
            sent["Cookie"] = "; ".join("%s=%s" % c for c in self.cookies.items())
        if method != "GET":
            sent["Origin"] = self.origin
        if self.csrf:
            sent["X-Daybook-CSRF"] = self.csrf
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        sent.update({k.replace("_", "-"): v for k, v in headers.items()})
        answer = self.daemon.request(method, path, body, {k: v for k, v in sent.items() if v is not None})
        answer.value = self.judge.check(method, path, answer)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def log_in(self, name="Ana Lima", password=PASSWORD, code=None, **headers):
        answer = self.ask("POST", "/api/v1/session", {"name": name, "password": password, **({"code": code} if code else {})}, **headers)
        if answer.status == 200:
            self.csrf = answer.value["csrf"]
        return answer

    def me(self, **headers):
        return self.ask("GET", "/api/v1/me", **headers)


def run(daemon, *args, status=0, stdin=b""):
    done = daemon.run(*args, stdin=stdin)
    assert done.returncode == status, (args, done.stdout, done.stderr)
    return (done.stdout if status == 0 else done.stderr).decode()


@pytest.fixture
def office(make_daemon):
    daemon = make_daemon(connectors=daybook.FORM, extra=STAFF).start()
    run(daemon, "user", "passwd", "Ana", "Lima", stdin=PASSWORD.encode())
    return daemon


def store(daemon):
    """While nobody has it open."""
    return sqlite3.connect(os.path.join(daemon.store, "daybook.db"), isolation_level=None)


def change(daemon, sql, *values):
    daemon.stop()
    db = store(daemon)
    db.execute(sql, values)
    db.close()
    daemon.start()


# ---- by password ----

def test_a_password_opens_a_session_and_leaving_ends_it(office):
    ana = Browser(office)
    answer = ana.log_in()
    assert answer.status == 200 and answer.value["staff"] == "Ana Lima", answer.body
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("daybook-local=dbs_") and "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/;" in cookie
    me = ana.me().value
    assert me["staff"] == "Ana Lima" and me["role"] == "seller" and me["sees"] == "team" and me["csrf"] == ana.csrf
    assert ana.ask("GET", "/api/v1/contacts").status == 200 and ana.ask("GET", "/api/v1/connectors").status == 403
    [session] = office.cli("session", "list")
    assert session["user"] == "Ana Lima" and session["how"] == "password" and session["address"] == "127.0.0.1"
    former = dict(ana.cookies)
    assert ana.ask("DELETE", "/api/v1/session").status == 204 and ana.cookies == {"daybook-local": ""}
    ana.cookies = former
    answer = ana.me()
    assert answer.status == 401 and "is over" in answer.value["detail"]
    assert office.cli("session", "list") == [] and office.cli("session", "list", "--all")[0]["state"] == "ended"


def test_what_is_wrong_is_not_said(office):
    for name, password in (("Ana Lima", "wrong horse"), ("Nobody", PASSWORD), ("Eva Reis", PASSWORD), ("Ana Lima", PASSWORD + " ")):
        answer = Browser(office).log_in(name, password)
        assert answer.status == 401 and answer.value["detail"] == "the name, the password or the code is wrong"
        assert "Set-Cookie" not in answer.headers
    assert Browser(office).log_in("Ana Lima", "").status == 422
    for name in ("ana@acme.example", "ANA.LIMA@acme.example"):
        assert Browser(office).log_in(name).value["staff"] == "Ana Lima", "a mail address is a name too"
    assert Browser(office).log_in("Ana Lima", "x" * 600).status == 401


def test_secrets_are_nowhere(office):
    ana = Browser(office)
    ana.log_in()
    ana.log_in(password="wrong-canary-horse")
    ana.log_in(name="typed-canary-password")
    text = office.log_text().encode()
    for root, _, files in os.walk(office.store):
        for file in files:
            if not file.endswith(".sock"):
                with open(os.path.join(root, file), "rb") as f:
                    text += f.read()
    for secret in (PASSWORD, ana.cookies["daybook-local"], ana.csrf, "canary"):
        assert secret.encode() not in text
    assert b"$y$" in text


def test_a_new_login_ends_the_session_it_came_with(office):
    ana = Browser(office)
    ana.log_in()
    former = ana.cookies["daybook-local"]
    ana.log_in()
    assert ana.cookies["daybook-local"] != former and len(office.cli("session", "list")) == 1


def test_a_new_password_ends_all_sessions(office):
    one, two = Browser(office), Browser(office)
    assert one.log_in().status == two.log_in().status == 200
    run(office, "user", "passwd", "Ana", "Lima", stdin=b"another password")
    assert one.me().status == two.me().status == 401
    assert one.log_in().status == 401 and one.log_in(password="another password").status == 200
    run(office, "user", "passwd", "Ana", "Lima", "--remove")
    assert one.me().status == 401 and one.log_in(password="another password").status == 401


def test_a_password_that_makes_no_sense_is_not_set(office):
    for args, stdin, words in ((("Bob",), b"long enough", '"Bob" is not in staff'),
                               (("Eva", "Reis"), b"long enough", "has no role in staff"),
                               (("Ana", "Lima"), b"short", "a password has at least 8 bytes")):
        assert words in run(office, "user", "passwd", *args, status=1, stdin=stdin)
    assert "no password" in run(office, "user", "passwd", "Ana", "Lima", status=2)


# ---- tries ----

def test_tries_run_out_and_a_restart_does_not_give_new_ones(office):
    ana = Browser(office)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda n: Browser(office).log_in(password="wrong %d" % n).status, range(12)))
    assert many.count(401) == 5 and set(many) <= {401, 429}, "many at once are no more than one after the other"
    office.stop()
    office.start()
    answer = ana.log_in()
    assert answer.status == 429 and 0 < int(answer.headers["Retry-After"]) <= 15
    change(office, "UPDATE login_failure SET at = at - 16000000")
    assert ana.log_in(password="wrong").status == 401
    answer = ana.log_in()
    assert answer.status == 429 and 15 < int(answer.headers["Retry-After"]) <= 30
    change(office, "UPDATE login_failure SET at = at - 31000000")
    assert ana.log_in().status == 200
    db = store(office)
    assert db.execute("SELECT count(*) FROM login_failure").fetchone() == (1,), "the address's are not forgiven by one account"
    db.close()


def behind(address, proto="https", **more):
    return {"X_Forwarded_For": address, "X_Forwarded_Proto": proto, "Host": "crm.acme.example", **more}


@pytest.fixture
def proxied(make_daemon):
    daemon = make_daemon(connectors=daybook.FORM, extra=PROXY + "  sign_in_header: X-Remote-User\n" + STAFF).start()
    for name in (("Ana", "Lima"), ("Rui", "Prado")):
        run(daemon, "user", "passwd", *name, stdin=PASSWORD.encode())
    return daemon


def browser(daemon, address="192.0.2.7", **more):
    made = Browser(daemon, **behind(address, **more))
    made.origin = "https://crm.acme.example"
    return made


def test_tries_are_counted_by_account_and_by_address(proxied):
    for n in range(5):
        assert browser(proxied, "192.0.2.%d" % n).log_in(password="wrong").status == 401
    assert browser(proxied, "192.0.2.99").log_in().status == 429, "the account's"
    assert browser(proxied, "192.0.2.0").log_in("Rui Prado").status == 200, "each address had one"
    for n in range(5):
        assert browser(proxied, "198.51.100.1").log_in("somebody %d" % n, "wrong").status == 401
    assert browser(proxied, "198.51.100.1").log_in("Rui Prado").status == 429, "the address's"
    assert browser(proxied, "198.51.100.2").log_in("Rui Prado").status == 200


def test_a_crowd_at_the_door_is_told_to_come_back(proxied):
    """Passwords have two threads and sixteen places to wait; whoever is inside notices nothing."""
    ana = browser(proxied)
    assert ana.log_in().status == 200
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        crowd = [pool.submit(lambda n=n: browser(proxied, "203.0.113.%d" % n).log_in("somebody %d" % n, "wrong horse")) for n in range(60)]
        assert ana.me().status == 200
    answers = [f.result() for f in crowd]
    assert {a.status for a in answers} == {401, 503} and sum(a.status == 401 for a in answers) >= 16
    assert all(a.headers["Retry-After"] for a in answers if a.status == 503)


# ---- from where ----

def test_over_https_the_cookie_is_bound_to_the_host(proxied):
    ana = browser(proxied)
    cookie = ana.log_in().headers["Set-Cookie"]
    assert cookie.startswith("__Host-daybook=dbs_") and "; Secure" in cookie and "Domain" not in cookie
    assert ana.me().status == 200 and proxied.cli("session", "list")[0]["address"] == "192.0.2.7"
    assert ana.me(X_Forwarded_Proto="http").status == 401, "in the clear it is no cookie of ours"


def test_a_password_in_the_clear_is_refused(proxied):
    for headers in (behind("192.0.2.7", "http"), behind("192.0.2.7", "https, http"), {"Host": "crm.acme.example"},
                    {"Host": "127.0.0.1.evil.example"}, {"Host": "evil.example:8480"}):
        answer = Browser(proxied, **headers).log_in()
        assert answer.status == 403 and "in the clear" in answer.value["detail"], headers


def test_what_a_client_says_of_a_proxy_is_not_believed(office):
    answer = Browser(office, **behind("192.0.2.7")).log_in()
    assert answer.status == 403 and "in the clear" in answer.value["detail"]


# ---- other pages ----

FOREIGN = ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": None}, {"X_Daybook_CSRF": None}, {"X_Daybook_CSRF": "x" * 32},
           {"X_Daybook_CSRF": ""}, {"Origin": "http://127.0.0.1"})


def test_another_page_does_nothing_in_a_session(office):
    ana = Browser(office)
    ana.log_in()
    for headers in FOREIGN:
        for method, path, body in (("DELETE", "/api/v1/session", None), ("PATCH", "/api/v1/contacts/con_0000000000000", {"name": "X"}),
                                   ("POST", "/api/v1/contacts/con_0000000000000/merge", {"into": "con_0000000000000"})):
            answer = ana.ask(method, path, body, **headers)
            assert answer.status == 403 and "page of Daybook's own" in answer.value["detail"], (headers, method)
    assert ana.me().status == 200
    assert ana.ask("PATCH", "/api/v1/contacts/con_0000000000000", {"name": "X"}).status == 404
    assert ana.ask("PATCH", "/api/v1/contacts/con_0000000000000", {"name": "X"}, Content_Type="text/plain").status == 415


def test_another_page_logs_nobody_in(office):
    answer = Browser(office).log_in(Origin="https://evil.example")
    assert answer.status == 403 and "Set-Cookie" not in answer.headers
    assert Browser(office).log_in(Content_Type="text/plain").status == 415
    assert Browser(office).log_in(Idempotency_Key="k").status == 200
    assert Browser(office).log_in(Idempotency_Key="k").headers["Set-Cookie"], "a session is never given out twice"
    assert len(office.cli("session", "list")) == 2


def test_a_cookie_and_a_token_at_once_are_refused(office):
    [token] = office.cli("token", "create", "t")
    ana = Browser(office)
    ana.log_in()
    assert ana.me(Authorization="Bearer " + token["token"]).status == 400
    good = ana.cookies["daybook-local"]
    for cookie in ("dbs_" + "A" * 43, good[:-1], good + "A", good + "; daybook-local=" + good, "dbk_" + good[4:]):
        assert ana.me(Cookie="daybook-local=" + cookie).status == 401, cookie
    program = Browser(office)
    assert program.me(Authorization="Bearer " + token["token"]).value["csrf"] is None
    assert program.ask("DELETE", "/api/v1/session", Authorization="Bearer " + token["token"]).status == 422


# ---- what it is for ----

def test_a_seller_gives_a_contact_away(office):
    office.post_form({"message": "beams", "email": "of-nobody@example.com"})
    ana = Browser(office)
    ana.log_in()
    [contact] = ana.ask("GET", "/api/v1/contacts").value["items"]
    path = "/api/v1/contacts/%s/assign" % contact["id"]
    answer = ana.ask("POST", path, {"owner": "Ana Lima"})
    assert answer.status == 200 and answer.value["contact"] == contact["id"] and answer.value["version"] > contact["version"]
    assert ana.ask("GET", "/api/v1/contacts?owner=me").value["items"][0]["owner"] == "Ana Lima"
    assert ana.ask("POST", path, {"owner": "Bob"}).status == 422 and ana.ask("POST", path, {}).status == 422
    assert ana.ask("POST", path, {"owner": None}, If_Match='"v1"').status == 412
    answer = ana.ask("POST", path, {"owner": "Rui Prado"})
    assert answer.status == 200 and answer.value["contact"] is None, "whoever gives it away sees it no more"
    assert ana.ask("GET", "/api/v1/contacts").value["items"] == [] and ana.ask("POST", path, {"owner": None}).status == 404
    assert [e["who"] for e in office.cli("audit") if e["what"] == "contact assign"] == ["Ana Lima"] * 2
    [row] = office.cli("contacts", "--owner", "Rui Prado")
    assert row["id"] == contact["id"]


# ---- for how long ----

def test_a_session_ends_by_itself_and_outlives_a_rebuild(office):
    ana = Browser(office)
    ana.log_in()
    office.stop()
    run(office, "rebuild")
    office.start()
    assert ana.me().status == 200
    change(office, "UPDATE session SET used_at = used_at - ?", (12 * 3600 - 30) * 1000000)
    assert ana.me().status == 200
    daybook.wait_until(lambda: office.cli("session", "list")[0]["last_used_at"][:10] == time.strftime("%Y-%m-%d", time.gmtime()), what="its use")
    change(office, "UPDATE session SET used_at = used_at - ?", 12 * 3600 * 1000000)
    assert ana.me().status == 401 and office.cli("session", "list", "--all")[0]["state"] == "expired"
    ana.log_in()
    change(office, "UPDATE session SET created_at = created_at - ?1, expires_at = expires_at - ?1", 7 * 24 * 3600 * 1000000)
    assert ana.me().status == 401


def test_who_leaves_staff_is_out_at_once(office):
    ana = Browser(office)
    ana.log_in()
    office.write_config(extra=STAFF.replace("role: seller, ", ""))
    run(office, "reload")
    assert ana.me().status == 401 and ana.log_in().status == 401
    office.write_config(extra=STAFF.replace("role: seller", "role: viewer"))
    run(office, "reload")
    assert ana.me().value["role"] == "viewer"


def test_tokens_of_who_leaves_staff_end_too(office):
    headers = {}
    for role in ("viewer", "seller"):
        [made] = office.cli("token", "create", role, "--role", role, "--staff", "Ana Lima")
        headers[role] = {"Authorization": "Bearer " + made["token"]}
    assert [office.request("GET", "/api/v1/me", headers=h).status for h in headers.values()] == [200, 200]
    office.write_config(extra=STAFF.replace("Ana Lima", "Ana Nova"))
    run(office, "reload")
    for h in headers.values():
        answer = office.request("GET", "/api/v1/contacts", headers=h)
        assert answer.status == 401 and b"not in staff any more" in answer.body
    office.write_config(extra=STAFF)
    run(office, "reload")
    assert office.request("GET", "/api/v1/me", headers=headers["viewer"]).status == 200


def test_two_tokens_are_not_the_word_of_the_proxy(proxied):
    [made] = proxied.cli("token", "create", "t", "--role", "viewer")
    line = b"Authorization: Bearer " + made["token"].encode() + b"\r\n"
    head = b"GET /api/v1/me HTTP/1.1\r\nHost: crm.acme.example\r\nX-Forwarded-For: 192.0.2.7\r\nX-Remote-User: Ana Lima\r\n"
    assert [proxied.raw(head + n * line + b"\r\n") for n in (0, 1, 2)] == [200, 200, 401]


def test_sessions_are_ended_by_hand(office):
    one, two, rui = Browser(office), Browser(office), Browser(office)
    run(office, "user", "passwd", "Rui", "Prado", stdin=PASSWORD.encode())
    for who, name in ((one, "Ana Lima"), (two, "Ana Lima"), (rui, "Rui Prado")):
        assert who.log_in(name).status == 200
    assert [u["sessions"] for u in office.cli("user", "list")] == [2, 1, 0]
    id = min(s["id"] for s in office.cli("session", "list"))
    run(office, "session", "revoke", str(id))
    assert [b.me().status for b in (one, two, rui)] == [401, 200, 200]
    run(office, "session", "revoke", "--user", "Ana Lima")
    assert [b.me().status for b in (one, two, rui)] == [401, 401, 200]
    assert "there is no open session 99" in run(office, "session", "revoke", "99", status=3)
    assert "which session?" in run(office, "session", "revoke", status=2)
    assert "is not the number of a session" in run(office, "session", "revoke", "x", status=2)
    what = [e["what"] for e in office.cli("audit")]
    assert what.count("login") == 3 and what.count("session revoke") == 2 and what.count("user passwd") == 2


# ---- by link ----

def test_a_link_logs_in_once(office):
    [link] = office.cli("login-link", "Ana", "Lima")
    assert link["url"].startswith("http://127.0.0.1:%d/login/dbl_" % office.port) and link["expires_in_s"] == 600
    path = link["url"][link["url"].index("/login/"):]
    ana = Browser(office)
    assert ana.ask("HEAD", path).status == 403 and ana.ask("GET", path, Sec_Purpose="prefetch").status == 403
    answer = ana.ask("GET", path)
    assert answer.status == 303 and answer.headers["Location"] == "/" and answer.headers["Referrer-Policy"] == "no-referrer"
    assert ana.me().value["staff"] == "Ana Lima" and office.cli("session", "list")[0]["how"] == "link"
    answer = Browser(office).ask("GET", path)
    assert answer.status == 404 and "used already" in answer.value["detail"]
    assert Browser(office).ask("GET", "/login/dbl_" + "A" * 43).status == 404
    assert "is not in staff" in run(office, "login-link", "Bob", status=1)


def test_a_link_does_not_wait_for_ever(office):
    [link] = office.cli("login-link", "Ana", "Lima")
    change(office, "UPDATE login_link SET expires_at = expires_at - 600000000")
    assert Browser(office).ask("GET", link["url"][link["url"].index("/login/"):]).status == 404
    [link] = office.cli("login-link", "Ana", "Lima")
    run(office, "user", "passwd", "Ana", "Lima", "--remove")
    assert Browser(office).ask("GET", link["url"][link["url"].index("/login/"):]).status == 404, "it went with the password"


def test_a_restored_store_lets_nobody_stay(office):
    ana = Browser(office)
    ana.log_in()
    [made] = office.cli("backup")
    office.stop()
    run(office, "restore", made["path"], "--yes")
    office.start()
    assert ana.me().status == 401 and ana.log_in().status == 200


def test_a_restored_store_takes_no_code_and_no_link_of_before(office):
    [factor] = office.cli("user", "totp", "Ana", "Lima")
    used, other = factor["recovery_codes"][:2]
    [link] = office.cli("login-link", "Rui", "Prado")
    [made] = office.cli("backup")
    path = link["url"][link["url"].index("/login/"):]
    assert Browser(office).log_in(code=used).status == 200 and Browser(office).ask("GET", path).status == 303
    office.stop()
    run(office, "restore", made["path"], "--yes")
    office.start()
    assert Browser(office).ask("GET", path).status == 404
    assert Browser(office).log_in(code=used).status == 401 and Browser(office).log_in(code=other).status == 401
    ana = next(u for u in office.cli("user", "list") if u["name"] == "Ana Lima")
    assert ana["recovery_codes"] == 0 and ana["has_totp"]
    assert Browser(office).log_in(code=code(factor["secret"], int(time.time()) // 30)).status == 200


# ---- by code ----

def code(secret, step):
    key = base64.b32decode(secret)
    md = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = md[19] & 15
    return "%06d" % ((struct.unpack(">I", md[at:at + 4])[0] & 0x7fffffff) % 1000000)


def test_a_code_is_asked_for_and_taken_once(office):
    [factor] = office.cli("user", "totp", "Ana", "Lima")
    assert factor["uri"] == "otpauth://totp/Daybook:Ana%%20Lima?secret=%s&issuer=Daybook" % factor["secret"]
    ana = Browser(office)
    answer = ana.log_in()
    assert answer.status == 401 and answer.value["type"] == "/docs#code-needed"
    step = int(time.time()) // 30
    good = code(factor["secret"], step)
    assert ana.log_in(code=code(factor["secret"], step - 100)).status == 401
    assert ana.log_in(password="wrong horse", code=good).value["type"] == "/docs#bad-login"
    assert ana.log_in(code=good).status == 200
    assert Browser(office).log_in(code=good).status == 401, "the same code again"
    assert Browser(office).log_in(code=code(factor["secret"], step - 1)).status == 401, "an older one"
    [user, *_] = office.cli("user", "list")
    assert user["has_totp"] and user["recovery_codes"] == 8


def test_a_recovery_code_works_once_and_as_it_is_typed(office):
    [factor] = office.cli("user", "totp", "Ana", "Lima")
    one, two = factor["recovery_codes"][:2]
    assert Browser(office).log_in(code=one.upper().replace("-", " ")).status == 200
    assert Browser(office).log_in(code=one).status == 401
    assert Browser(office).log_in(code=two).status == 200
    assert office.cli("user", "list")[0]["recovery_codes"] == 6
    run(office, "user", "totp", "Ana", "Lima", "--off")
    assert Browser(office).log_in().status == 200 and not office.cli("user", "list")[0]["has_totp"]


# ---- by the word of a proxy ----

def test_a_proxy_that_is_trusted_says_who_it_is(proxied):
    ana = browser(proxied, X_Remote_User="ana@acme.example")
    me = ana.me()
    assert me.status == 200 and me.value["staff"] == "Ana Lima" and me.value["csrf"] is None
    assert browser(proxied, X_Remote_User="Nobody").me().status == 401
    assert browser(proxied, X_Remote_User="Eva Reis").me().status == 401, "without a role"
    path, body = "/api/v1/contacts/con_0000000000000", {"name": "X"}
    assert ana.ask("PATCH", path, body).status == 403 and ana.ask("PATCH", path, body, X_Daybook_CSRF="1").status == 404
    assert ana.ask("PATCH", path, body, X_Daybook_CSRF="1", Origin="https://evil.example").status == 403


def test_a_repeat_is_of_the_person_however_the_proxy_spells_the_name(proxied):
    made = [browser(proxied, X_Remote_User=who, X_Daybook_CSRF="1", Idempotency_Key="one").ask(
        "POST", "/api/v1/contacts", {"name": "Bia", "identities": [{"scheme": "email", "value": "bia@example.com"}]})
        for who in ("Ana Lima", "ana@acme.example", "ANA@acme.example")]
    assert {m.status for m in made} == {201} and len({m.value["contact"] for m in made}) == 1
    assert [m.headers.get("Idempotency-Replayed") for m in made] == [None, "true", "true"]


def test_nobody_else_says_so(proxied, make_daemon):
    office = make_daemon("office", connectors=daybook.FORM, extra=STAFF).start()
    assert Browser(proxied, X_Remote_User="Ana Lima").me().status == 401, "not forwarded"
    assert Browser(office, **behind("192.0.2.7", X_Remote_User="Ana Lima")).me().status == 401, "not configured"
