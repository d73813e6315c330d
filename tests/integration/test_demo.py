"""The demo mailbox and webhooks, all the way: what quickstart shows is what must be true."""
import glob
import json
import os
import subprocess
import sys

import pytest

import daybook
from daybook import TOP

DEMO = os.path.join(TOP, "scripts", "demo")


@pytest.fixture
def imported(make_daemon, tmp_path):
    daemon = make_daemon(connectors=daybook.WHATSAPP + daybook.FORM).start()
    path = str(tmp_path / "demo.mbox")
    subprocess.run([sys.executable, os.path.join(DEMO, "make_mbox.py"), path], check=True)
    done = daemon.run("import", "mbox", path)
    assert done.returncode == 0, done.stderr.decode()
    daemon.mbox = path
    return daemon


def by_id(daemon):
    return {it["external_id"].strip("<>").split("@")[0]: it for it in daemon.cli("interactions")}


def test_every_mail_is_stored_once_and_the_copy_is_a_duplicate(imported):
    row = imported.ledger("import")
    assert (row["received"], row["stored"], row["duplicate"], row["dead"]) == (43, 42, 1, 0)


def test_a_second_import_stores_nothing(imported):
    assert imported.run("import", "mbox", imported.mbox).returncode == 0
    row = imported.ledger("import")
    assert (row["stored"], row["duplicate"]) == (42, 44)


def test_charsets_and_encodings_become_text(imported):
    mails = by_id(imported)
    assert mails["maria-1"]["subject"] == "Orçamento para 30 licenças"
    assert "implantação e treinamento" in mails["maria-1"]["text"]
    assert "“conversa”" in mails["hotel-1"]["text"] and "€ 3.000" in mails["hotel-1"]["text"]
    assert mails["supplier-1"]["subject"] == "Segunda via do boleto – vencimento 10/11"
    assert mails["emoji-1"]["subject"] == "Dúvida rapidinha 🙋‍♀️ sobre o plano básico"
    assert "¿Emite" in mails["lucia-1"]["text"]
    assert "\nFrom the price list" in mails["ian-1"]["text"]


def test_html_alone_becomes_text(imported):
    text = by_id(imported)["maria-3"]["text"]
    assert "R$\u00a04.200" in text or "R$ 4.200" in text
    assert "<" not in text and "color:" not in text


def test_the_quote_is_no_new_text_but_is_kept(imported):
    mail = by_id(imported)["joao-3"]
    assert mail["text"].startswith("Fechado!") and "respondo ponto por ponto" not in mail["text"]
    assert "respondo ponto por ponto" in mail["text_full"]


def test_direction_and_kind(imported):
    mails = by_id(imported)
    assert (mails["maria-1"]["direction"], mails["ana-maria-1"]["direction"]) == ("in", "out")
    assert mails["internal-1"]["direction"] == "internal"
    assert mails["ian-auto"]["kind"] == "auto_reply"
    assert mails["newsletter"]["kind"] == "bulk"
    assert mails["bounce-1"]["kind"] == "bounce"


def test_staff_and_noise_make_no_contacts(imported):
    addresses = {i["value"] for c in imported.cli("contacts") for i in c["identities"]}
    assert not [a for a in addresses if a.endswith("@acme.example")]
    assert "boletim@news.example.net" not in addresses
    assert "mailer-daemon@mx.acme.example" not in addresses
    assert {"maria.souza@example.com", "contato@padariasol.example", "lucia.fernandez@example.net"} <= addresses


def test_a_conversation_is_one_thread(imported):
    mails = by_id(imported)
    threads = {mails[n]["thread"] for n in ("joao-1", "ana-joao-1", "joao-2", "ana-joao-2", "joao-3", "ana-joao-3")}
    assert len(threads) == 1 and None not in threads
    assert mails["maria-1"]["thread"] not in threads


def test_attachments_have_name_size_and_type(imported):
    [attachment] = by_id(imported)["ana-maria-2"]["attachments"]
    assert (attachment["name"], attachment["media_type"]) == ("proposta-2026-118.pdf", "application/pdf")
    assert attachment["state"] == "stored" and attachment["size"] > 400 and len(attachment["sha256"]) == 64


def test_one_person_s_mail_chat_and_form_stand_together(imported):
    imported.post_form({"nome": "Maria Souza", "email": "maria.souza@example.com", "telefone": "(11) 98765-4321",
                        "mensagem": "Vamos fechar o plano anual: 30 licenças."})
    for path in sorted(glob.glob(os.path.join(DEMO, "whatsapp", "*.json"))):
        with open(path, "rb") as f:
            assert imported.post_whatsapp(f.read()).status == 200, path
    timeline = imported.cli("timeline", "maria.souza@example.com")
    assert {it["channel"] for it in timeline} == {"email", "form", "whatsapp"}
    # What we wrote on the phone comes as an echo, which this version keeps in the journal only.
    assert {it["direction"] for it in timeline if it["channel"] == "whatsapp"} == {"in"}
    assert [it["occurred_at"] for it in timeline] == sorted(it["occurred_at"] for it in timeline)
    assert "status" not in {it["kind"] for it in timeline}
    [maria] = [c for c in imported.cli("contacts") if c["name"] == "Maria Souza"]
    schemes = {i["scheme"] for i in maria["identities"]}
    assert {"email", "phone", "wa", "wa_bsuid"} <= schemes
    assert json.dumps(timeline) == json.dumps(imported.cli("timeline", maria["id"]))
