"""The HTTP API: every reply against its description, every route against every role, and what hostile clients send."""
import base64
import json
import os
import subprocess
import time

import pytest

import api_schema
import daybook
from test_import import mail, write_mbox

STAFF = """staff:
  Ana Lima: {email: [ana@acme.example], role: seller, team: sul}
  Rui Prado: {email: [rui@acme.example], role: seller, team: sul}
  Eva Reis: {email: [eva@acme.example], role: seller, team: norte}
roles:
  lone: {can: [read], sees: own}
  owner: {can: [read, write, merge], sees: own}
  seller: {can: [read, write, assign], sees: team}
"""
CONNECTORS = daybook.WHATSAPP + daybook.FORM + """
  quiet:
    type: form
    create_contacts: never
"""
PNG = b"\x89PNG\r\n\x1a\nno real picture"
HTML = "<p>Hello <b>beams</b></p><script>alert(1)</script><img src='https://evil.example/x.png'>"
PARTS = {"MIME-Version": "1.0", "Content-Type": "multipart/mixed; boundary=b"}


def part(kind, content, *more):
    return "--b\nContent-Type: %s\n%s\n%s\n" % (kind, "".join(m + "\n" for m in more), content)


def attached(n, sender):
    picture = base64.b64encode(PNG).decode()
    body = (part("text/html; charset=utf-8", HTML)
            + part("image/png", picture, 'Content-Disposition: attachment; filename="../../oi \u202egnp.png"',
                   "Content-Transfer-Encoding: base64")
            + part("image/png", base64.b64encode(b"<script>alert(1)</script>").decode(),
                   'Content-Disposition: attachment; filename="x.html"', "Content-Transfer-Encoding: base64") + "--b--")
    return mail(n, body, From=sender, **PARTS)


class World:
    """A daemon with four contacts, one of Ana, of Rui, of Eva and of nobody, and an entry without any contact."""

    def __init__(self, daemon, folder):
        self.daemon, self.judge, self.tokens = daemon, api_schema.Judge(), {}
        daemon.start()
        names = ("Ana", "Rui", "Eva", "nobody")
        mails = [attached(n, "Of %s <of-%s@example.com>" % (who, who.lower())) for n, who in enumerate(names, 1)]
        daemon.cli("import", "mbox", write_mbox(folder / "a.mbox", mails))
        assert daemon.post_form({"message": "Orphan beams"}, connector="quiet").status == 200
        daemon.post_whatsapp(b'{"entry": [')
        for name in ("Ana Lima", "Rui Prado", "Eva Reis"):
            daemon.cli("contact", "assign", "of-%s@example.com" % name.split()[0].lower(), name)
        self.make_token("admin")
        self.contacts = {c["name"].split()[1]: c["id"] for c in self.ok("/api/v1/contacts")["items"]}
        assert sorted(self.contacts) == sorted(names)
        self.entries = {who: self.ok("/api/v1/contacts/%s/timeline" % id)["items"][0]["id"] for who, id in self.contacts.items()}
        self.entries["orphan"] = self.ok("/api/v1/search?q=orphan")["items"][0]["id"]

    def make_token(self, role, *options, name=None):
        name = name or role
        [reply] = self.daemon.cli("token", "create", name, "--role", role, *options)
        self.tokens[name] = reply["token"]
        return reply["token"]

    def ask(self, path, token="admin", method="GET", body=None, **headers):
        if token is not None:
            headers["Authorization"] = "Bearer " + self.tokens.get(token, token)
        if body is not None:
            headers.setdefault("Content_Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.daemon.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer.value = self.judge.check(method, path, answer)
        return answer

    def ok(self, path, token="admin"):
        answer = self.ask(path, token)
        assert answer.status == 200, "%s: %d %s" % (path, answer.status, answer.body[:500])
        return answer.value

    def do(self, path, body=None, token="admin", method="POST", status=200, **headers):
        """What was answered, with the status that it should have."""
        answer = self.ask(path, token, method, {} if body is None else body, **headers)
        assert answer.status == status, "%s %s: %d %s" % (method, path, answer.status, answer.body[:500])
        return answer

    def pages(self, path, token="admin"):
        items, cursor = [], ""
        while cursor is not None:
            page = self.ok(path + ("&cursor=" + cursor if cursor else ""), token)
            items += page["items"]
            cursor = page["next"]
        return items


@pytest.fixture
def world(make_daemon, tmp_path):
    return World(make_daemon(connectors=CONNECTORS, extra=STAFF), tmp_path)


# ---- what is answered ----

def test_one_person_from_the_list_to_the_last_byte(world):
    me = world.ok("/api/v1/me")
    assert me["role"] == "admin" and me["sees"] == "all" and "read" in me["rights"]
    item = world.ok("/api/v1/contacts/%s/timeline" % world.contacts["Ana"])["items"][0]
    assert item["preview"] == "Hello beams" and item["author"]["id"] == world.contacts["Ana"]
    entry = world.ok(item["links"]["self"])
    assert entry["subject"] == "Mail 1" and entry["participants"][0]["contact"] == world.contacts["Ana"]
    html = world.ask(item["links"]["self"] + "/body.html")
    assert html.status == 200 and b"<script>alert(1)" in html.body
    policy = html.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox;") and "allow" not in policy and "script-src" not in policy and "https" not in policy
    raw = world.ask(item["links"]["self"] + "/raw")
    assert raw.status == 200 and raw.body.startswith(b"From: ") and "attachment" in raw.headers["Content-Disposition"]
    picture, page = (world.ask(item["links"]["self"] + "/attachments/%d" % a["n"]) for a in item["attachments"])
    assert picture.body == PNG and picture.headers["Content-Type"] == "image/png"
    name = picture.headers["Content-Disposition"]
    assert name.startswith("attachment; filename*=UTF-8''") and "/" not in name and "%E2%80%AE" not in name
    assert page.headers["Content-Type"] == "application/octet-stream"
    assert world.ask(item["links"]["self"] + "/attachments/2").status == 404


def test_bytes_that_are_gone_are_a_fault_that_names_no_file(world, tmp_path):
    big = mail(50, part("application/pdf", base64.b64encode(os.urandom(300000)).decode(), 'Content-Transfer-Encoding: base64',
                        'Content-Disposition: attachment; filename="a.pdf"') + "--b--", From="Big <big@example.com>", **PARTS)
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "e.mbox", [big]))
    path = world.ok("/api/v1/search?q=from:big@example.com")["items"][0]["links"]["self"]
    blobs = os.path.join(world.daemon.store, "blobs")
    whole = world.ask(path + "/raw").body
    os.rename(blobs, blobs + ".away")
    for what in ("/raw", "/body.html", "/attachments/0"):
        answer = world.ask(path + what)
        assert answer.status == 500 and b"blobs" not in answer.body, what
    os.rename(blobs + ".away", blobs)
    assert world.ask(path + "/raw").body == whole and len(whole) > 300000


def test_an_etag_saves_the_second_answer(world):
    path = "/api/v1/contacts/" + world.contacts["Ana"]
    first = world.ask(path)
    assert world.ask(path, If_None_Match=first.headers["ETag"]).status == 304
    assert world.ask(path, If_None_Match='"other"').status == 200


def test_lists_go_on_where_they_stopped(world):
    for sort in ("-last_at", "name"):
        whole = world.ok("/api/v1/contacts?sort=%s" % sort)["items"]
        assert world.pages("/api/v1/contacts?limit=1&sort=%s" % sort) == whole and len(whole) == 4
    assert [c["name"] for c in whole] == ["Of Ana", "Of Eva", "Of nobody", "Of Rui"]
    assert [c["name"] for c in world.ok("/api/v1/contacts?query=OF-RUI@")["items"]] == ["Of Rui"]
    assert len(world.pages("/api/v1/search?limit=1&q=beams")) == 5
    assert [c["owner"] for c in world.pages("/api/v1/contacts?limit=1&owner=Eva+Reis")] == ["Eva Reis"]


def test_a_timeline_is_narrowed_and_walked(world, tmp_path):
    mails = [mail(n, From="Of Ana <of-ana@example.com>", Date="Tue, 3 Nov 2026 13:%02d:00 +0000" % n) for n in range(10, 25)]
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "b.mbox", mails))
    path = "/api/v1/contacts/%s/timeline" % world.contacts["Ana"]
    whole = world.ok(path)["items"]
    assert len(whole) == 16 and whole == sorted(whole, key=lambda i: (i["occurred_at"], i["id"]), reverse=True)
    assert world.pages(path + "?limit=3") == whole
    assert world.ok(path + "?channel=whatsapp,form")["items"] == [] and len(world.ok(path + "?channel=email")["items"]) == 16
    assert world.ok(path + "?direction=out")["items"] == [] and world.ok(path + "?kind=bulk")["items"] == []
    late = world.ok(path + "?after=2026-11-03T13:20:00Z&before=2026-11-03T13:23:00Z")["items"]
    assert [i["subject"] for i in late] == ["Mail 22", "Mail 21", "Mail 20"]
    page = world.ok(path + "?limit=3")
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "c.mbox", [mail(59, From="Of Ana <of-ana@example.com>")]))
    assert world.ok(path + "?limit=3&cursor=" + page["next"])["items"] == whole[3:6]


SEARCHES = {
    "beams": 5, "from:of-ana": 1, "from:email": 0, 'from:"Of Ana" beams': 1, "to:sales@acme.example": 4, "channel:form": 1,
    "channel:form channel:email": 5, "has:attachment": 4, "has:attachment orphan": 0, "direction:out": 0, '"hello beams"': 4,
    '"beams hello"': 0, "bea*": 5, "after:2026-11-04 hello": 0, "before:2026-11-04 hello": 4, "subject:Mail": 0, "mail": 4, "NEAR(": 0,
    'AND OR NOT " *': 0, "x' OR 1=1 --": 0,
}


@pytest.mark.parametrize("text", SEARCHES)
def test_a_search_finds(world_once, text):
    found = world_once.ok("/api/v1/search?q=" + daybook.urllib.parse.quote(text))["items"]
    assert len(found) == SEARCHES[text], [i["id"] for i in found]
    assert [i["id"] for i in found] == sorted((i["id"] for i in found), reverse=True)


# ---- what is refused ----

BAD = {
    "/api/v1/nothing": 404, "/api/v1/": 404, "/api/v1/contacts/": 404, "/api/v1/contacts/%00": 404, "/api/v1/contacts/con_": 404,
    "/api/v1/contacts/int_0000000000000": 404, "/api/v1/interactions/con_0000000000000": 404,
    "/api/v1/contacts/con_0000000000000/timeline": 404, "/api/v1/interactions/int_zzzzzzzzzzzzz": 404,
    "/api/v1/contacts?limit=0": 422, "/api/v1/contacts?limit=201": 422, "/api/v1/contacts?limit=99999999999999999999": 422,
    "/api/v1/contacts?limit=-1": 422, "/api/v1/contacts?limit=1e3": 422, "/api/v1/contacts?lmit=5": 422, "/api/v1/me?x": 422,
    "/api/v1/contacts?query=%00": 400, "/api/v1/contacts?query=%ff": 400, "/api/v1/contacts?query=%zz": 400,
    "/api/v1/contacts?limit=1&limit=2": 400, "/api/v1/contacts?" + "&".join("a%d=1" % n for n in range(17)): 400,
    "/api/v1/contacts?sort=owner": 422, "/api/v1/contacts?query=" + "a" * 257: 422, "/api/v1/contacts?cursor=AAAA": 400,
    "/api/v1/contacts?cursor=" + "A" * 4000: 400, "/api/v1/contacts?cursor=%2B%2F": 400,
    "/api/v1/search": 422, "/api/v1/search?q=+": 422, "/api/v1/search?q=" + "+".join(["word"] * 1200): 422,
    "/api/v1/search?q=" + "+".join("w%d" % n for n in range(17)): 422, "/api/v1/search?q=channel:carrier-pigeon": 422,
    "/api/v1/search?q=after:yesterday": 422, "/api/v1/search?q=has:wings": 422, "/api/v1/search?q=" + "%22" * 200: 200,
    "/api/v1/search?q=" + "+".join("from:a" for n in range(17)): 422,
}


@pytest.mark.parametrize("path", BAD, ids=lambda p: p[:60])
def test_what_makes_no_sense_is_refused_with_its_reason(world_once, path):
    answer = world_once.ask(path)
    assert answer.status == BAD[path], answer.body
    if answer.status == 422:
        assert answer.value["errors"][0]["pointer"].startswith("/") and answer.value["errors"][0]["detail"]


def test_five_thousand_words_do_not_reach_the_store(world_once):
    status = world_once.daemon.raw(b"GET /api/v1/search?q=" + b"+".join([b"word"] * 5000) + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert status in (400, 414, 431)


def test_a_timeline_knows_its_words(world_once):
    path = "/api/v1/contacts/%s/timeline" % world_once.contacts["Ana"]
    for query in ("channel=fax", "direction=up", "kind=x", "after=x", "before=2026-13-01", "channel=email,,fax"):
        assert world_once.ask(path + "?" + query).status == 422, query


def test_a_cursor_of_another_list_or_tampered_with_is_refused(world_once):
    world = world_once
    cursor = world.ok("/api/v1/contacts?limit=1")["next"]
    other = "B" if cursor[3] != "B" else "C"
    refused = ["/api/v1/contacts?sort=name&cursor=" + cursor, "/api/v1/contacts?query=of&cursor=" + cursor,
               "/api/v1/search?q=beams&cursor=" + cursor, "/api/v1/contacts?cursor=" + cursor[:3] + other + cursor[4:],
               "/api/v1/contacts?cursor=" + cursor[:-2], "/api/v1/contacts?cursor=" + cursor + "AAAA"]
    for path in refused:
        answer = world.ask(path)
        assert answer.status == 400 and answer.value["type"] == "/docs#bad-cursor", path
    assert world.ask("/api/v1/contacts?limit=200&cursor=" + cursor).status == 200


def test_methods(world_once):
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = world_once.ask("/api/v1/search", method=method)
        assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD", method
    assert world_once.ask("/api/v1/contacts/%s/merge" % world_once.contacts["Ana"]).headers["Allow"] == "POST"
    head = world_once.ask("/api/v1/contacts", method="HEAD")
    assert head.status == 200 and int(head.headers["Content-Length"]) == len(world_once.ask("/api/v1/contacts").body)


# ---- tokens ----

def test_a_token_is_needed_and_ends(world):
    for authorization in (None, "", "Basic YTpi", "Bearer", "Bearer x", "Bearer dbk_" + "A" * 43, "Bearer " + "A" * 5000):
        headers = {} if authorization is None else {"Authorization": authorization}
        answer = world.daemon.request("GET", "/api/v1/me", headers=headers)
        world.judge.check("GET", "/api/v1/me", answer)
        assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer"), authorization
    short = world.make_token("viewer", "--expires", "1s", name="short")
    assert short.startswith("dbk_") and len(short) == 47
    daybook.wait_until(lambda: world.ask("/api/v1/me", "short").status == 401, what="the end of the token")
    world.make_token("viewer")
    assert world.ask("/api/v1/me", "viewer").status == 200
    assert world.daemon.run("token", "create", "viewer").returncode == 1
    assert world.daemon.run("token", "revoke", "viewer").returncode == 0
    answer = world.ask("/api/v1/me", "viewer")
    assert answer.status == 401 and "revoked" in answer.value["detail"]
    assert world.daemon.run("token", "revoke", "viewer").returncode == 3
    world.make_token("viewer")
    assert world.ask("/api/v1/me", "viewer").status == 200
    rows = daybook.wait_until(lambda: [t for t in world.daemon.cli("token", "list") if t["last_used_at"]], what="a use")
    assert {t["state"] for t in world.daemon.cli("token", "list")} == {"good", "expired", "revoked"} and rows
    with open(os.path.join(world.daemon.store, "daybook.db"), "rb") as f:
        assert short.encode() not in f.read()
    assert short not in world.daemon.log_text()


@pytest.mark.parametrize("options", (("--role", "king"), ("--staff", "Nobody"), ("--expires", "soon"), ("--expires", "0")))
def test_a_token_that_makes_no_sense_is_not_made(world_once, options):
    assert world_once.daemon.run("token", "create", "odd", *options).returncode in (1, 2)


def test_tokens_and_cursors_outlive_a_rebuild(world):
    cursor = world.ok("/api/v1/contacts?limit=1")["next"]
    world.daemon.stop()
    done = world.daemon.run("rebuild")
    assert done.returncode == 0, done.stderr
    world.daemon.start()
    assert world.ok("/api/v1/me")["role"] == "admin"
    assert len(world.ok("/api/v1/contacts?limit=200&cursor=" + cursor)["items"]) == 3


def test_a_reload_changes_what_a_role_may_do(world):
    world.make_token("lone", "--staff", "Ana Lima", name="lone")
    assert world.ask("/api/v1/contacts", "lone").status == 200
    world.daemon.write_config(extra=STAFF.replace("lone: {can: [read]", "lone: {can: [metrics]"))
    assert world.daemon.run("reload").returncode == 0
    answer = world.ask("/api/v1/contacts", "lone")
    assert answer.status == 403 and '"read"' in answer.value["detail"]


# ---- erasing ----

def test_a_person_is_erased_and_gone(world):
    path = "/api/v1/contacts/" + world.contacts["Rui"]
    world.make_token("seller", "--staff", "Ana Lima")
    assert world.ask(path, "seller", "DELETE").status == 403
    begun = world.ask(path, method="DELETE", If_Match='"v%d"' % world.ok(path)["version"])
    assert begun.status == 202 and begun.value["contact"] == world.contacts["Rui"]
    where = begun.headers["Location"]
    daybook.wait_until(lambda: world.ok(where)["items"][0]["done_at"], 30, "the end of it")
    assert (world.ok(where)["items"][0]["entries"], world.ok(where)["items"][0]["by"]) == (1, "token admin")
    assert len(world.ok("/api/v1/erasures")["items"]) == 1 and world.ask("/api/v1/erasures?id=era_0000000000000").status == 404
    for gone in (path, path + "/timeline"):
        answer = world.ask(gone)
        assert answer.status == 410 and answer.value["detail"] == "this contact was erased"
    # To whom contacts are shown at all, whoever they were: an id alone tells nothing.
    for role, want in (("viewer", 410), ("owner", 410), ("ops", 403)):
        world.make_token(role)
        assert [world.ask(gone, role).status for gone in (path, path + "/timeline")] == [want, want], role
    assert world.ask(path, method="DELETE").status == 404
    assert world.ask("/api/v1/interactions/" + world.entries["Rui"]).status == 404
    assert "of-rui" not in str(world.ok("/api/v1/search?q=beams")).lower()


# ---- who sees what ----

# "mine" and "shut" are Ana's and Rui's and restricted, "closed" is nobody's and restricted; in "beside", which is Ana's, Rui's takes
# part. "gone" was erased.
EVERYBODY = {"Ana", "Rui", "Eva", "nobody", "orphan", "mine", "shut", "closed", "beside"}
# role, options → rights, and whose contacts and entries are seen
EYES = {
    "admin": ("admin", (), {"read", "write", "assign", "merge", "erase", "connectors", "dead_letters", "audit", "export", "all"}, EVERYBODY),
    "manager": ("manager", (), {"read", "write", "assign", "merge", "erase", "export"}, EVERYBODY),
    "viewer": ("viewer", (), {"read"}, EVERYBODY),
    "seller": ("seller", ("--staff", "Ana Lima"), {"read", "write", "assign"}, {"Ana", "Rui", "nobody", "orphan", "mine"}),
    "seller of nobody": ("seller", (), {"read", "write", "assign"}, {"nobody", "orphan"}),
    "owner": ("owner", ("--staff", "Ana Lima"), {"read", "write", "merge"}, {"Ana", "mine"}),
    "lone": ("lone", ("--staff", "Ana Lima"), {"read"}, {"Ana", "mine"}),
    "lone of nobody": ("lone", (), {"read"}, set()),
    "ops": ("ops", (), {"connectors", "dead_letters"}, set()),
}
# What a route is asked for. One: the thing of somebody; it is seen or 404. List: everything in it is seen.
ONE = {
    "/api/v1/contacts/{id}": "contact", "/api/v1/contacts/{id}/timeline": "contact", "/api/v1/interactions/{id}": "entry",
    "/api/v1/interactions/{id}/body.html": "entry", "/api/v1/interactions/{id}/raw": "entry",
    "/api/v1/interactions/{id}/attachments/{n}": "entry", "/api/v1/contacts/{id}/consents": "contact",
}
LIST = {"/api/v1/contacts": "", "/api/v1/search": "?q=beams", "/api/v1/review": "", "/api/v1/contacts/duplicates": ""}
ENDLESS = {"/api/v1/stream"}
OPEN = ENDLESS | {"/api/v1/companies", "/api/v1/exports", "/api/v1/imports", "/api/v1/imports/{id}", "/api/v1/connectors/{name}", "/api/v1/tokens", "/api/v1/audit", "/api/v1/erasures", "/api/v1/webhooks", "/api/v1/me", "/api/v1/changes", "/api/v1/connectors", "/api/v1/dead-letters", "/openapi.yaml", "/docs"}
TOMBSTONES = {"/api/v1/contacts/{id}", "/api/v1/contacts/{id}/timeline"}
# What changes something: of what, and a request about it that is understood and cannot be done, with its answer. SELF is the
# id of a contact: the thing's own. None: what can only be done; its own test does it. ALL: only who sees everybody may.
ALL, SELF, NOBODY = "ALL", "SELF", {"scheme": "email", "value": "no-one@example.org"}
WRITE = {
    ("POST", "/api/v1/connectors/{name}/reconcile"): (None, {}, 422),
    ("POST", "/api/v1/connectors/{name}/pause"): (None, {"when": "now"}, 422),
    ("POST", "/api/v1/connectors/{name}/resume"): (None, {"when": "now"}, 422),
    ("POST", "/api/v1/connectors/{name}/sync"): (None, {}, 422),
    ("POST", "/api/v1/contacts"): (None, {"identities": [{"scheme": "email", "value": "ana@acme.example"}]}, 422),
    ("POST", "/api/v1/interactions"): (ALL, {}, 422),
    ("POST", "/api/v1/contacts/{id}/interactions"): ("contact", {"kind": "note", "text": "x"}, None),
    ("POST", "/api/v1/dead-letters/{id}/retry"): (None, {}, 404),
    ("POST", "/api/v1/dead-letters/{id}/drop"): (None, {}, 404),
    ("POST", "/api/v1/tokens"): (None, {"name": "x", "role": "king"}, 422),
    ("DELETE", "/api/v1/tokens/{id}"): (None, "", 404),
    ("POST", "/api/v1/exports"): (None, {"what": "secrets"}, 422),
    ("DELETE", "/api/v1/exports/{id}"): (None, "", 404),
    ("POST", "/api/v1/imports"): (None, {"kind": "pst", "name": "x", "size": 1}, 422),
    ("PUT", "/api/v1/imports/{id}/data"): (None, "?offset=0", 422),
    ("DELETE", "/api/v1/imports/{id}"): (None, "", 404),
    ("POST", "/api/v1/imports/{id}/undo"): (None, {}, 404),
    ("DELETE", "/api/v1/contacts/{id}"): ("contact", "", 412),
    ("PATCH", "/api/v1/contacts/{id}"): ("contact", {"name": "X"}, 412),
    ("POST", "/api/v1/contacts/{id}/assign"): ("contact", {"owner": "Nobody Atall"}, 422),
    ("POST", "/api/v1/contacts/{id}/company"): ("contact", {"company": "X"}, 412),
    ("POST", "/api/v1/contacts/{id}/restrict"): ("contact", {}, 412),
    ("POST", "/api/v1/contacts/{id}/unrestrict"): ("contact", {}, 412),
    ("POST", "/api/v1/contacts/{id}/consents"): ("contact", {"what": "marketing.email", "state": "perhaps"}, 422),
    ("POST", "/api/v1/contacts/{id}/merge"): ("contact", {"into": SELF}, 422),
    ("POST", "/api/v1/contacts/{id}/unmerge"): ("contact", {}, 422),
    ("POST", "/api/v1/contacts/{id}/apart"): ("contact", {"from": SELF}, 422),
    ("POST", "/api/v1/contacts/{id}/split"): ("contact", {"identities": [NOBODY]}, 422),
    ("POST", "/api/v1/contacts/{id}/identities"): ("contact", {"scheme": "email", "value": "ana@acme.example"}, 422),
    ("DELETE", "/api/v1/contacts/{id}/identities"): ("contact", "?scheme=email&value=no-one@example.org", 422),
    ("POST", "/api/v1/interactions/{id}/share"): ("entry", {"level": "all"}, 422),
    ("POST", "/api/v1/interactions/{id}/reassign"): ("entry", {"contact": SELF, "from": SELF}, 422),
    ("POST", "/api/v1/review/{id}/answer"): ("review", {"contact": SELF}, None),
    ("POST", "/api/v1/review/{id}/dismiss"): ("review", {}, None),
}
# Of no contact: test_companies.py, test_export_api.py, test_login.py, test_oidc.py, test_webhooks_out.py.
SESSION = {("POST", "/api/v1/session"), ("DELETE", "/api/v1/session"), ("GET", "/login/{link}"), ("GET", "/api/v1/session"),
           ("GET", "/api/v1/companies/{name}"), ("GET", "/api/v1/companies/{name}/timeline"), ("GET", "/api/v1/exports/{id}"), ("GET", "/api/v1/exports/{id}/data"), ("GET", "/login/oidc"), ("GET", "/login/oidc/callback"), ("POST", "/api/v1/webhooks"),
           ("DELETE", "/api/v1/webhooks/{id}"), ("POST", "/api/v1/webhooks/{id}/retry"), ("POST", "/api/v1/webhooks/{id}/rotate")}


def table_of(daemon):
    done = subprocess.run([daybook.program("daybook", "DAYBOOK"), "api", "routes"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def add_restricted_and_erased(world, folder):
    names = ("mine", "shut", "closed", "gone")
    mails = [attached(n, "Of %s <of-%s@example.com>" % (who, who)) for n, who in enumerate(names, 60)]
    mails.append(mail(70, "beams of both", From="Of Ana <of-ana@example.com>", To="sales@acme.example", Cc="of-shut@example.com"))
    world.daemon.cli("import", "mbox", write_mbox(folder / "r.mbox", mails))
    for args in (("assign", "of-mine@example.com", "Ana Lima"), ("assign", "of-shut@example.com", "Rui Prado"),
                 *(("restrict", "of-%s@example.com" % who) for who in names[:3])):
        assert world.daemon.run("contact", *args).returncode == 0, args
    ids = {c["identities"][0]["value"]: c["id"] for c in world.ok("/api/v1/contacts")["items"]}
    items = {i["subject"]: i["id"] for i in world.ok("/api/v1/search?q=beams")["items"]}
    for n, who in enumerate(names, 60):
        world.contacts[who] = ids["of-%s@example.com" % who]
        world.entries[who] = items["Mail %d" % n]
    world.entries["beside"] = items["Mail 70"]
    assert world.daemon.run("erase", "of-gone@example.com", "--yes").returncode == 0


@pytest.fixture(scope="module")
def world_once(tmp_path_factory):
    """One for all that changes nothing."""
    folder = tmp_path_factory.mktemp("once")
    world = World(daybook.Daemon(folder, connectors=CONNECTORS, extra=STAFF), folder)
    for name, (role, options, _, _) in EYES.items():
        if name != "admin":
            world.make_token(role, *options, name=name)
    yield world
    world.daemon.finish()


@pytest.fixture(scope="module")
def all_sorts(world_once, tmp_path_factory):
    """The same, with what is restricted and what was erased: comes last, since searches find more then."""
    add_restricted_and_erased(world_once, tmp_path_factory.mktemp("sorts"))
    return world_once


def test_every_route_is_described_and_has_a_row_here(world_once):
    routes = {(r["method"], r["path"]) for r in table_of(world_once.daemon)}
    assert routes == world_once.judge.operations()
    routes -= SESSION
    assert {path for method, path in routes if method == "GET"} == set(ONE) | set(LIST) | OPEN
    assert {r for r in routes if r[0] != "GET"} == set(WRITE)


def expected(route, name, whose=None):
    _, _, rights, sees = EYES[name]
    if route["right"] and route["right"] not in rights:
        return 403
    return 200 if whose is None or whose in sees else 404


def things_of(world, what):
    if what == "review":
        whose = {id: who for who, id in world.entries.items()}
        return {whose[item["interaction"]]: item["id"] for item in world.ok("/api/v1/review")["items"] if item["interaction"]}
    return world.contacts if what == "contact" else world.entries


def check_write(world, route, name):
    what, body, status = WRITE[route["method"], route["path"]]
    if what in (None, ALL):
        path, asked = route["path"].replace("{id}", "dl_0000000000000").replace("{name}", "shop"), None if isinstance(body, str) else body
        want = expected(route, name) if what is None or EYES[name][3] == EVERYBODY else 403
        assert world.ask(path, name, route["method"], asked).status == (status if want == 200 else want), path
        assert world.ask(path, None, route["method"], asked).status == 401
        return
    things = things_of(world, what)
    assert things, "nothing to try it on"
    for whose, id in things.items():
        path, asked = route["path"].replace("{id}", id), body
        if isinstance(body, str):
            path, asked = path + body, None
        else:
            asked = json.loads(json.dumps(body).replace(SELF, world.contacts.get(whose) or world.contacts["nobody" if whose == "orphan" else "Ana"]))
        want = expected(route, name, whose)
        want = status if want == 200 else want
        headers = {"If_Match": '"v0"'} if status == 412 else {}
        if want is not None:
            answer = world.ask(path, name, route["method"], asked, **headers)
            assert answer.status == want, "%s %s of %s as %s: %s" % (route["method"], path, whose, name, answer.body)
        assert world.ask(path, None, route["method"], asked, **headers).status == 401
        if want == 404:
            ghost = world.ask(path.replace(id, id[:4] + "0" * 13), name, route["method"], asked, **headers)
            assert {**ghost.value, "instance": 0} == {**answer.value, "instance": 0}, "it shows that it is there"


@pytest.mark.parametrize("name", EYES)
def test_every_route_for_every_role(all_sorts, name):
    world = all_sorts
    imported = world.ok("/api/v1/imports")["items"][0]["id"]
    for route in table_of(world.daemon):
        path = route["path"]
        if (route["method"], path) in SESSION:
            continue
        if route["method"] != "GET":
            check_write(world, route, name)
            continue
        method = "HEAD" if path in ENDLESS else "GET"
        if path not in ONE:
            path = path.replace("{name}", "shop").replace("/imports/{id}", "/imports/" + imported)
            assert world.ask(path + LIST.get(path, ""), name, method).status == expected(route, name), path
            assert world.ask(path + LIST.get(path, ""), None, method).status == (200 if route["public"] else 401), path
            continue
        things = world.contacts if ONE[path] == "contact" else world.entries
        for whose, id in things.items():
            want = expected(route, name, whose)
            if whose == "orphan" and want == 200 and ("body.html" in path or "attachments" in path):
                want = 404      # it is a form
            if whose == "beside" and want == 200 and ("body.html" in path or "attachments" in path):
                want = 404      # it is plain text
            answer = world.ask(path.replace("{id}", id).replace("{n}", "0"), name)
            if whose == "gone" and want == 404 and path in TOMBSTONES:
                want = 410      # to whomever contacts are shown at all: nobody knows any more whose it was
            assert answer.status == want, "%s of %s as %s" % (path, whose, name)
            if want == 404 and whose not in EYES[name][3]:
                ghost = world.ask(path.replace("{id}", id[:4] + "0" * 13).replace("{n}", "0"), name)
                assert {**ghost.value, "instance": 0} == {**answer.value, "instance": 0}, "it shows that it is there"
            assert world.ask(path.replace("{id}", id).replace("{n}", "0"), None).status == 401


@pytest.mark.parametrize("name", [n for n in EYES if "read" in EYES[n][2]])
def test_lists_hold_what_is_seen_and_nothing_else(all_sorts, name):
    world_once, sees = all_sorts, EYES[name][3]
    for limit in (1, 50):
        contacts = world_once.pages("/api/v1/contacts?limit=%d" % limit, name)
        assert {c["id"] for c in contacts} == {id for who, id in world_once.contacts.items() if who in sees}, limit
        found = world_once.pages("/api/v1/search?limit=%d&q=beams" % limit, name)
        assert {i["id"] for i in found} == {id for who, id in world_once.entries.items() if who in sees}
    for item in world_once.pages("/api/v1/review?limit=1", name):
        assert item["interaction"] is None or item["interaction"] in [world_once.entries[w] for w in sees]


def test_an_entry_of_two_does_not_tell_of_the_one_who_is_not_seen(world, tmp_path):
    both = mail(40, "both of you", From="Of Ana <of-ana@example.com>", To="sales@acme.example", Cc="of-eva@example.com")
    world.daemon.cli("import", "mbox", write_mbox(tmp_path / "d.mbox", [both]))
    world.make_token("seller", "--staff", "Ana Lima")
    [item] = world.ok("/api/v1/search?q=both", "seller")["items"]
    for token, seen in (("admin", True), ("seller", False)):
        entry = world.ok(item["links"]["self"], token)
        assert (world.contacts["Eva"] in str(entry)) == seen and world.contacts["Ana"] in str(entry)


def test_what_one_webhook_says_of_several_is_for_who_sees_everybody(world):
    world.daemon.post_whatsapp(daybook.whatsapp(daybook.text_message("wamid.1", "5511988887777", "Oi"),
                                                names={"5511988887777": "Joao"}))
    world.make_token("seller", "--staff", "Ana Lima")
    path = world.ok("/api/v1/search?q=Oi", "seller")["items"][0]["links"]["self"]
    assert world.ask(path, "seller").status == 200 and world.ask(path + "/raw", "seller").status == 404
    assert b"wamid.1" in world.ask(path + "/raw").body


def test_dead_letters_without_the_right_to_read_are_numbers(world_once):
    [letter] = world_once.ok("/api/v1/dead-letters", "ops")["items"]
    assert letter["reason"] is None and letter["subject"] is None and letter["size"] > 0
    assert world_once.ok("/api/v1/dead-letters")["items"][0]["reason"]


def test_the_description_is_served(world_once):
    assert world_once.ask("/openapi.yaml", None).body.decode() == world_once.judge.text
    assert b"openapi.yaml" in world_once.ask("/docs", None).body


def test_many_at_once_are_answered(world_once):
    import concurrent.futures
    begun = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda n: world_once.ask("/api/v1/search?q=beams").status, range(100)))
    assert set(statuses) == {200} and time.monotonic() - begun < 30
