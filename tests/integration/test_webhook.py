"""Webhooks, seen from outside: what is answered, what is stored, what is counted."""
import json

import daybook
from daybook import multipart, sign, text_message, values_of, whatsapp

MARIA = "5511987654321"


def connectors_form(*options):
    return daybook.WHATSAPP + daybook.FORM + "".join("    %s\n" % o for o in options)


# ---- WhatsApp: handshake and signature ----

def handshake(daemon, token, mode="subscribe"):
    return daemon.get("/hooks/shop?hub.mode=%s&hub.challenge=1158201444&hub.verify_token=%s" % (mode, token))


def test_the_handshake_returns_the_challenge_alone(daemon):
    answer = handshake(daemon, daybook.VERIFY_TOKEN)
    assert (answer.status, answer.body) == (200, b"1158201444")


def test_a_handshake_with_another_token_or_mode_is_403(daemon):
    assert handshake(daemon, "wrong").status == 403
    assert handshake(daemon, daybook.VERIFY_TOKEN, "unsubscribe").status == 403
    assert daemon.get("/hooks/shop").status == 403


def test_a_signed_message_is_stored_with_its_text_and_sender(daemon):
    answer = daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "Olá! Vocês entregam? 🙂"),
                                           names={MARIA: "Maria Souza"}))
    assert answer.status == 200
    [it] = daemon.cli("interactions")
    assert (it["channel"], it["connector"], it["direction"], it["kind"]) == ("whatsapp", "shop", "in", "message")
    assert (it["external_id"], it["text"]) == ("wamid.a", "Olá! Vocês entregam? 🙂")
    assert it["occurred_at"] == "2026-09-14T15:00:00.000Z"
    assert it["id"].startswith("int_") and len(it["id"]) == 17
    assert "+" + MARIA in values_of(it) or MARIA in values_of(it)


def test_one_flipped_byte_is_401_and_nothing_is_stored(daemon):
    body = json.dumps(whatsapp(text_message("wamid.a", MARIA, "one"))).encode()
    flipped = body.replace(b"one", b"onf")
    answer = daemon.post("shop", flipped, {"Content-Type": "application/json", "X-Hub-Signature-256": sign(body)})
    assert answer.status == 401
    assert daemon.cli("interactions") == [] and daemon.cli("dead-letters") == []
    assert daemon.ledger("shop")["received"] == 0


def test_a_signature_that_is_missing_short_or_of_another_secret_is_401(daemon):
    body = json.dumps(whatsapp(text_message("wamid.a", MARIA, "one"))).encode()
    good = sign(body)
    for value in (None, "", "sha256=", good[:-1], good + "0", good.replace("sha256=", ""), sign(body, "other"),
                  good.replace("sha256=", "sha1="), "sha256=" + "g" * 64):
        headers = {"Content-Type": "application/json"}
        if value is not None:
            headers["X-Hub-Signature-256"] = value
        assert daemon.post("shop", body, headers).status == 401, value
    assert daemon.ledger("shop")["received"] == 0


# ---- WhatsApp: repeats, batches, what cannot be read ----

def test_a_repeat_is_200_and_stored_once(daemon):
    payload = whatsapp(text_message("wamid.a", MARIA, "one"))
    assert [daemon.post_whatsapp(payload).status for _ in range(3)] == [200, 200, 200]
    assert [it["external_id"] for it in daemon.cli("interactions")] == ["wamid.a"]
    assert daemon.ledger("shop") == {"received": 3, "stored": 1, "duplicate": 2, "filtered": 0, "dead": 0, "pending": 0}


def test_a_repeat_in_other_bytes_is_still_a_repeat(daemon):
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "one")))
    daemon.post_whatsapp(whatsapp(text_message("wamid.b", MARIA, "two"), text_message("wamid.a", MARIA, "one")))
    assert sorted(it["external_id"] for it in daemon.cli("interactions")) == ["wamid.a", "wamid.b"]


def test_a_repeat_after_a_kill_is_a_repeat(daemon):
    payload = whatsapp(text_message("wamid.a", MARIA, "one"))
    assert daemon.post_whatsapp(payload).status == 200
    daemon.kill()
    daemon.start()
    assert daemon.post_whatsapp(payload).status == 200
    assert [it["external_id"] for it in daemon.cli("interactions")] == ["wamid.a"]


def test_many_messages_in_one_post_are_all_stored_in_order(daemon):
    ids = ["wamid.%03d" % i for i in range(100)]
    messages = [text_message(i, MARIA, "text of " + i, 1789398000 + n) for n, i in enumerate(ids)]
    assert daemon.post_whatsapp(whatsapp(*messages)).status == 200
    assert [it["external_id"] for it in daemon.cli("interactions")] == ids
    assert daemon.ledger("shop")["stored"] == 100


def test_a_signed_body_that_is_no_json_is_200_and_a_dead_letter(daemon):
    assert daemon.post_whatsapp(b'{"object":"whatsapp_business_account","entry":[').status == 200
    [dead] = daemon.cli("dead-letters")
    assert dead["connector"] == "shop" and dead["reason"] and dead["size"] == 47
    assert daemon.cli("interactions") == []
    assert daemon.ledger("shop")["dead"] == 1


def test_what_comes_behind_a_dead_letter_flows_on(daemon):
    daemon.post_whatsapp(b"[[[[[")
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "one")))
    assert [it["external_id"] for it in daemon.cli("interactions")] == ["wamid.a"]


def test_json_that_is_too_deep_costs_one_message(daemon):
    assert daemon.post_whatsapp(b'{"entry":' + b"[" * 20000 + b"]" * 20000 + b"}").status == 200
    assert len(daemon.cli("dead-letters")) == 1
    assert daemon.is_running()


def test_a_message_of_an_unknown_type_is_stored_as_unsupported(daemon):
    daemon.post_whatsapp(whatsapp({"from": MARIA, "id": "wamid.a", "timestamp": "1789398000", "type": "hologram",
                                   "hologram": {"id": "1"}}))
    [it] = daemon.cli("interactions")
    assert it["kind"] == "unsupported" and it["external_id"] == "wamid.a"


def test_a_status_is_recorded_but_is_no_entry_of_the_timeline(daemon):
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", MARIA, "one"), names={MARIA: "Maria"}))
    daemon.post_whatsapp(whatsapp(statuses=[{"id": "wamid.out", "status": "delivered", "timestamp": "1789398402",
                                             "recipient_id": MARIA}]))
    assert sorted(it["kind"] for it in daemon.cli("interactions")) == ["message", "status"]
    assert [it["kind"] for it in daemon.cli("timeline", "+" + MARIA)] == ["message"]


def test_what_is_not_a_conversation_is_filtered_not_lost(daemon):
    daemon.post_whatsapp({"object": "whatsapp_business_account", "entry": [{"id": "1", "time": 1789398000, "changes": [
        {"field": "account_update", "value": {"event": "VERIFIED_ACCOUNT"}}]}]})
    assert daemon.cli("interactions") == []
    row = daemon.ledger("shop")
    assert (row["received"], row["filtered"]) == (1, 1)


# ---- who it is ----

def test_a_sender_without_a_phone_number_is_a_contact(daemon):
    bsuid = "BR.1502576394655843"
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", bsuid, "Oi, vi o anúncio"), names={bsuid: "Carla"}))
    [contact] = daemon.cli("contacts")
    assert contact["name"] == "Carla"
    assert ("wa_bsuid", bsuid) in {(i["scheme"], i["value"]) for i in contact["identities"]}


def test_mail_address_and_old_style_number_of_one_form_lead_to_one_person(daemon):
    daemon.post_form({"nome": "Maria Souza", "email": "Maria@example.com", "telefone": "(11) 98765-4321",
                      "mensagem": "30 licenças"})
    daemon.post_whatsapp(whatsapp(text_message("wamid.a", "551187654321", "Oi, sou eu"),
                                  names={"551187654321": "Maria"}))
    [contact] = daemon.cli("contacts")
    assert contact["name"] == "Maria Souza"
    timeline = daemon.cli("timeline", "maria@example.com")
    assert {it["channel"] for it in timeline} == {"form", "whatsapp"}
    assert timeline == daemon.cli("timeline", "+5511987654321")


def test_a_form_without_any_identity_is_stored_and_waits_in_review(daemon):
    assert daemon.post_form({"message": "call me"}).status == 200
    [it] = daemon.cli("interactions")
    assert it["text"] and all(p["contact"] is None for p in it["participants"])
    [row] = daemon.cli("review")
    assert row["type"] == "unmatched" and row["interaction"] in (it["id"], it)
    assert daemon.cli("contacts") == []


# ---- forms ----

def test_a_form_may_be_urlencoded_multipart_or_json(daemon):
    fields = {"name": "Zé", "email": "ze@example.com", "message": "Olá + obrigado & até já"}
    body, content_type = multipart({**fields, "message": "multipart"})
    assert daemon.post_form(fields).status == 200
    assert daemon.post("contact", body, {"Content-Type": content_type}).status == 200
    assert daemon.post("contact", json.dumps({**fields, "message": "json"}),
                       {"Content-Type": "application/json"}).status == 200
    stored = daemon.cli("interactions")
    assert [it["kind"] for it in stored] == ["form"] * 3
    assert [it["channel"] for it in stored] == ["form"] * 3
    for it, text in zip(stored, ("Olá + obrigado & até já", "multipart", "json")):
        assert text in it["text"]
        assert "ze@example.com" in values_of(it, "email")
    assert [c["name"] for c in daemon.cli("contacts")] == ["Zé"]


def test_a_file_of_a_form_is_an_attachment(daemon):
    body, content_type = multipart({"email": "ze@example.com", "message": "a planta"},
                                   [("file", "../../planta.pdf", "application/pdf", b"%PDF-1.4 demo")])
    assert daemon.post("contact", body, {"Content-Type": content_type}).status == 200
    [it] = daemon.cli("interactions")
    [attachment] = it["attachments"]
    assert "/" not in attachment["name"] and attachment["name"].endswith("planta.pdf")
    assert attachment["size"] == 13


def test_a_filled_honeypot_is_answered_like_any_other_and_filtered(make_daemon):
    daemon = make_daemon(connectors=connectors_form("honeypot: website")).start()
    good = daemon.post_form({"email": "a@example.com", "message": "hello", "website": ""})
    spam = daemon.post_form({"email": "b@example.net", "message": "cheap links", "website": "http://spam.example.net"})
    assert (good.status, good.body) == (spam.status, spam.body) and good.status == 200
    assert len(daemon.cli("interactions")) == 1
    row = daemon.ledger("contact")
    assert (row["received"], row["stored"], row["filtered"]) == (2, 1, 1)


def test_a_form_with_a_page_to_go_to_is_answered_303(make_daemon):
    daemon = make_daemon(connectors=connectors_form("redirect_to: https://www.acme.example/thanks")).start()
    answer = daemon.post_form({"email": "a@example.com", "message": "hello"})
    assert (answer.status, answer.headers["Location"]) == (303, "https://www.acme.example/thanks")


def test_the_same_post_within_a_minute_is_one(daemon):
    for text in ("hello", "hello", "another"):
        assert daemon.post_form({"email": "a@example.com", "message": text}).status == 200
    row = daemon.ledger("contact")
    assert (row["received"], row["stored"], row["duplicate"]) == (3, 2, 1)


def test_an_idempotency_key_makes_a_repeat_whatever_the_body(daemon):
    for text in ("first", "first, edited"):
        answer = daemon.post_form({"email": "a@example.com", "message": text}, **{"Idempotency-Key": "k-1"})
        assert answer.status == 200
    assert daemon.ledger("contact")["duplicate"] == 1
    assert len(daemon.cli("interactions")) == 1


def test_a_form_with_a_token_wants_it_in_the_query_or_a_header(make_daemon):
    daemon = make_daemon(connectors=connectors_form("token: !file secrets/form-token")).start()
    fields = {"email": "a@example.com", "message": "hello"}
    assert daemon.post_form(fields).status == 401
    assert daemon.post_form(fields, query="?token=wrong").status == 401
    assert daemon.ledger("contact")["received"] == 0
    assert daemon.post_form(fields, query="?token=" + daybook.FORM_TOKEN).status == 200
    assert daemon.post_form({**fields, "message": "two"}, **{"X-Form-Token": daybook.FORM_TOKEN}).status == 200
    assert daemon.ledger("contact")["stored"] == 2


def test_a_form_s_own_rate_limit_is_429(make_daemon):
    daemon = make_daemon(connectors=connectors_form("rate_limit: 3/min")).start()
    codes = [daemon.post_form({"email": "a@example.com", "message": str(i)}).status for i in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    assert daemon.ledger("contact")["received"] == 3


def test_broken_form_bodies_are_200_and_dead_letters(daemon):
    assert daemon.post("contact", b'{"email":', {"Content-Type": "application/json"}).status == 200
    assert daemon.post("contact", b"no boundary here", {"Content-Type": "multipart/form-data; boundary=x"}).status == 200
    assert daemon.ledger("contact")["received"] == 2
    assert daemon.ledger("contact")["dead"] >= 1
    assert daemon.is_running()


# ---- the door itself ----

def test_an_unknown_connector_is_404(daemon):
    assert daemon.post("nobody", b"{}").status == 404
    assert daemon.get("/hooks/nobody").status == 404
    assert daemon.get("/hooks/").status == 404


def test_other_methods_are_405(daemon):
    for method in ("PUT", "DELETE", "PATCH"):
        assert daemon.request(method, "/hooks/shop", b"{}").status == 405
    assert daemon.get("/hooks/contact").status == 405


def test_a_body_beyond_the_limit_is_413(daemon):
    for connector in ("shop", "contact"):
        head = ("POST /hooks/%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                % (connector, 1 << 30)).encode()
        assert daemon.raw(head) == 413
        assert daemon.ledger(connector)["received"] == 0


def test_three_megabytes_of_whatsapp_are_taken(daemon):
    message = text_message("wamid.big", MARIA, "x" * 4000)
    message["padding"] = "y" * (3 << 20)
    assert daemon.post_whatsapp(whatsapp(message)).status == 200
    assert [it["external_id"] for it in daemon.cli("interactions")] == ["wamid.big"]


def test_bad_framing_is_400(daemon):
    for head in (b"Host: x\r\nContent-Length: 3\r\nContent-Length: 5\r\n", b"Content-Length: 3\r\n",
                 b"Host: x\r\nHost: y\r\nContent-Length: 3\r\n", b"Host: x\r\nContent-Length: +3\r\n",
                 b"Host: x\r\nContent-Length : 3\r\n", b"Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",
                 b"Host: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"):
        assert daemon.raw(b"POST /hooks/contact HTTP/1.1\r\n" + head + b"\r\nabc") == 400, head
    assert daemon.ledger("contact")["received"] == 0


def test_health_and_readiness_answer(daemon):
    assert daemon.get("/healthz").status == 200
    assert daemon.get("/readyz").status == 200
