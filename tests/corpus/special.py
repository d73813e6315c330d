"""Mails that no table makes: machines, odd threads, wrong charsets, junk, and prose that looks like a quote."""
from compose import html, mail, multipart, part, word
from shapes import PNG

OURS = "Ana Souza <ana.souza@nossa.example>"
THEIRS = "Grace O'Neil <grace@cliente.example>"
DATE = "Mon, 14 Sep 2026 12:20:00 +0200"


def one(name, body, fields=(), **label):
    """A mail with the usual header; fields replace those of the same name, None drops one."""
    head = {"From": THEIRS, "To": OURS, "Subject": "Steel", "Date": DATE, "Message-ID": "<%s@cliente.example>" % name}
    head.update(dict(fields))
    truth = dict(direction="in", kind="message", message_id="%s@cliente.example" % name, in_reply_to="", references=[],
                 subject="Steel", signature="", files=[], pieces=[], warns=False, meta="folder_hint: inbox\n", new=None)
    truth["author"] = address_in(head.get("From") or head.get("Sender"))
    truth["original"] = ""
    truth.update(label)
    return name, mail([(k, v) for k, v in head.items() if v is not None], body), truth


def address_in(field):
    """The address of a From that this file wrote."""
    field = field or ""
    return (field[field.rindex("<") + 1:-1] if field.endswith(">") else field).strip().lower()


def text(body, charset="utf-8", how="8bit"):
    return part("text/plain; charset=" + charset, body, how)


def report(kind, human, machine, third):
    return multipart("report; report-type=" + kind, [text(human), part("message/" + machine[0], machine[1].encode()),
                                                     part("message/rfc822", third.encode())], "=_report")


OUR_MAIL = "Message-ID: <sent-1@nossa.example>\r\nFrom: ana.souza@nossa.example\r\nTo: x@cliente.example\r\nSubject: Steel\r\n\r\nHello\r\n"


def machines():
    dsn = "Reporting-MTA: dns; mx.cliente.example\r\n\r\nFinal-Recipient: rfc822; x@cliente.example\r\nAction: %s\r\nStatus: 5.1.1\r\n"
    files = [("delivery-status.txt", "message/delivery-status"), ("Steel.eml", "message/rfc822")]
    for action, kind in (("failed", "bounce"), ("delayed", "receipt")):
        yield one("dsn_" + action, report("delivery-status", "It could not be delivered.", ("delivery-status", dsn % action), OUR_MAIL),
                  {"From": "Mail Delivery System <MAILER-DAEMON@cliente.example>", "Auto-Submitted": "auto-replied"}, kind=kind,
                  new="It could not be delivered.", file_names=files)
    mdn = "Final-Recipient: rfc822; x@cliente.example\r\nOriginal-Message-ID: <sent-1@nossa.example>\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n"
    yield one("mdn", report("disposition-notification", "It was displayed.", ("disposition-notification", mdn), OUR_MAIL),
              kind="receipt", new="It was displayed.",
              file_names=[("receipt.txt", "message/disposition-notification"), ("Steel.eml", "message/rfc822")])
    for n, subject in enumerate((
            "Automatic reply: Steel", "Out of Office: Steel", "Resposta automática: Aço", "Respuesta automática: Acero",
            "Réponse automatique : Acier", "Automatische Antwort: Stahl", "Risposta automatica: Acciaio",
            "Automatisch antwoord: Staal", "自動応答: 鉄骨", "自动答复: 钢", "Автоответ: Сталь")):
        yield one("auto_subject_%02d" % n, text("Away until Monday.\n"), {"Subject": word(subject)}, kind="auto_reply",
                  subject=subject, new="Away until Monday.")
    for n, (name, value) in enumerate((("Auto-Submitted", "auto-replied"), ("Auto-Submitted", "auto-generated"),
                                       ("X-Autoreply", "yes"), ("X-Autorespond", "yes"), ("Precedence", "auto_reply"))):
        yield one("auto_header_%02d" % n, text("Away until Monday.\n"), {name: value}, kind="auto_reply", new="Away until Monday.")
    for n, fields in enumerate(({"List-Id": "<steel.lists.example>"}, {"Precedence": "bulk"}, {"Precedence": "list"},
                                {"Feedback-ID": "1:2:3"}, {"X-Campaign-ID": "9"},
                                {"List-Unsubscribe": "<https://x.example/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})):
        yield one("bulk_%02d" % n, text("Our news.\n"), fields, kind="bulk", new="Our news.")
    for n, fields in enumerate(({"List-Unsubscribe": "<https://x.example/u>"}, {"X-Auto-Response-Suppress": "All"},
                                {"Auto-Submitted": "no"})):
        yield one("person_%02d" % n, text("A person wrote this.\n"), fields, new="A person wrote this.")


def threads():
    yield one("thread_folded", text("x\n"), {"References": "<a@x.example>\r\n\t<b@x.example>\r\n <c@x.example>", "In-Reply-To": "<c@x.example>"},
              references=["a@x.example", "b@x.example", "c@x.example"], in_reply_to="c@x.example", new="x")
    yield one("thread_no_brackets", text("x\n"), {"References": "a@x.example b@x.example", "In-Reply-To": "b@x.example"},
              references=["a@x.example", "b@x.example"], in_reply_to="b@x.example", new="x")
    yield one("thread_free_text", text("x\n"), {"In-Reply-To": "Your message of \"Mon, 14 Sep\" <c@x.example>"},
              in_reply_to="c@x.example", new="x")
    yield one("thread_glued", text("x\n"), {"References": "<a@x.example><b@x.example>"}, references=["a@x.example", "b@x.example"], new="x")
    yield one("thread_comment", text("x\n"), {"Message-ID": "<id-1@x.example> (added by postmaster)"}, message_id="id-1@x.example", new="x")
    yield one("thread_case", text("x\n"), {"Message-ID": "<CAF+AbC=1@Mail.Example>"}, message_id="CAF+AbC=1@Mail.Example", new="x")
    yield one("thread_outlook", text("x\n"), {"Message-ID": "\r\n <AM0PR1.eurprd1.prod.outlook.com>"},
              message_id="AM0PR1.eurprd1.prod.outlook.com", new="x")


def charsets():
    russian, french = "Добрый день, вышлите счёт.", "Ça coûte 40 €, d’accord ?"
    say = "Content-Type: text/plain%s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"

    def raw(name, declared, data, new, warns):
        return one("charset_" + name, (say % declared).encode() + data + b"\r\n", new=new, warns=warns)
    yield raw("utf8_as_ascii", "; charset=us-ascii", french.encode(), french, True)
    yield raw("utf8_as_latin1", "; charset=iso-8859-1", french.encode(), french, True)
    yield raw("utf8_as_unknown", "; charset=koi8-x", french.encode(), french, True)
    yield raw("1252_as_latin1", "; charset=iso-8859-1", french.encode("cp1252"), french, False)
    yield raw("1252_as_utf8", "; charset=utf-8", french.encode("cp1252"), french, True)
    yield raw("1252_as_ascii", "; charset=us-ascii", french.encode("cp1252"), french, True)
    yield raw("1252_bare", "", french.encode("cp1252"), french, True)
    yield raw("koi8", "; charset=KOI8-R", russian.encode("koi8-r"), russian, False)
    yield raw("1251_quoted", '; charset="windows-1251"', russian.encode("cp1251"), russian, False)
    yield raw("866", "; charset=ibm866", russian.encode("cp866"), russian, False)
    yield raw("gbk_as_gb2312", "; charset=gb2312", "朱镕基发了报价".encode("gbk"), "朱镕基发了报价", False)
    yield raw("cp949_as_ksc", "; charset=ks_c_5601-1987", "똠방각하 견적".encode("cp949"), "똠방각하 견적", False)
    yield raw("cp932_as_sjis", "; charset=Shift_JIS", "①見積".encode("cp932"), "①見積", False)
    yield raw("big5", "; charset=big5", "報價沒有問題".encode("big5"), "報價沒有問題", False)
    yield one("charset_subject_split", text("x\n"), {"Subject": "=?utf-8?B?w4c=?= =?utf-8?B?w6Ntbw==?="}, subject="Çãmo", new="x")
    yield one("charset_subject_in_half", text("x\n"), {"Subject": "=?utf-8?B?5pel5pw=?=\r\n =?utf-8?B?rOiqng==?="}, subject="日本語", new="x")
    yield one("charset_subject_raw", text("x\n"), {"Subject": "Orçamento".encode()}, subject="Orçamento", new="x", warns=None)
    yield one("charset_html_meta", b"Content-Type: text/html\r\n\r\n<html><head><meta charset=\"windows-1251\"></head><body>"
              + russian.encode("cp1251") + b"</body></html>\r\n", new=russian)


def attachments():
    def files(name, parts, listed, new="See the files.", **label):
        return one("files_" + name, multipart("mixed", [text("See the files.\n")] + parts, "=_m"), files=listed, new=new, **label)
    name = "Rechnung für Größe.pdf"
    yield files("rfc2047", [part('application/pdf; name="%s"' % word(name), b"%PDF", "base64", "Content-Disposition: attachment")],
                [(name, "application/pdf", 4, "")])
    yield files("rfc2231_split", [part("application/pdf", b"%PDF", "base64", "Content-Disposition: attachment;\r\n"
                                       " filename*0*=utf-8''Rechnung%20f%C3%BCr;\r\n filename*1=\" Herrn.pdf\"")],
                [("Rechnung für Herrn.pdf", "application/pdf", 4, "")])
    yield files("raw_name", [part('application/pdf; name="Orçamento.pdf"', b"%PDF", "base64", "Content-Disposition: attachment")],
                [("Orçamento.pdf", "application/pdf", 4, "")], warns=None)
    yield files("path_in_name", [part("application/pdf", b"%PDF", "base64", 'Content-Disposition: attachment; filename="..\\\\..\\\\evil.pdf"')],
                [("evil.pdf", "application/pdf", 4, "")])
    yield files("nested_mail", [part("message/rfc822", OUR_MAIL.encode())], [("Steel.eml", "message/rfc822", len(OUR_MAIL), "")])
    yield files("text_file", [part('text/plain; charset=utf-8; name="notes.txt"', "some notes", "8bit", 'Content-Disposition: attachment; filename="notes.txt"')],
                [("notes.txt", "text/plain", 10, "")])
    page = '<p>Look: <img src="cid:p1@x" alt="plan"> and <img src="cid:p2@x"></p>'
    pictures = [part("image/png", PNG, "base64", "Content-ID: <p%d@x>" % n, "Content-Disposition: inline; filename=p%d.png" % n) for n in (1, 2)]
    yield one("files_inline_html", multipart("related", [part("text/html; charset=utf-8", page)] + pictures, "=_r"),
              files=[("p%d.png" % n, "image/png", len(PNG), "p%d@x" % n) for n in (1, 2)], new="Look: [cid:p1@x] and [cid:p2@x]")
    yield one("files_apple_between", multipart("mixed", [text("Before.\n"), pictures[0].replace(b"Content-ID: <p1@x>\r\n", b""), text("After.\n")], "=_a"),
              files=[("p1.png", "image/png", len(PNG), "")], new="Before.\n\nAfter.")


def directions():
    yield one("direction_sent", text("x\n"), {"From": OURS, "To": THEIRS}, direction="out", meta="folder_hint: sent\n", new="x")
    yield one("direction_inbox_from_us", text("x\n"), {"From": OURS, "To": THEIRS}, direction="out", new="x")
    yield one("direction_internal", text("x\n"), {"From": OURS, "To": "bruno.lima@nossa.example"}, direction="internal", new="x")
    yield one("direction_plus", text("x\n"), {"From": "ana.souza+offers@nossa.example", "To": THEIRS}, direction="out", new="x")
    yield one("direction_subdomain", text("x\n"), {"From": "ana@mail.nossa.example", "To": THEIRS}, direction="out", new="x")
    yield one("direction_look_alike", text("x\n"), {"From": "ana@nossa.example.evil.example"}, new="x")
    yield one("direction_cc", text("x\n"), {"To": "other@third.example", "Cc": OURS}, new="x")
    yield one("direction_on_behalf", text("x\n"), {"From": "boss@cliente.example", "Sender": "aide@cliente.example"}, new="x")


FAILS = "mx.nossa.example; spf=pass smtp.mailfrom=evil.example; dkim=none; dmarc=fail (p=none; dis=none) header.from=nossa.example"
INNER = ("From: Grace <grace@cliente.example>\r\nTo: ana.souza@nossa.example\r\nSubject: Inner\r\nMessage-ID: <inner-1@cliente.example>\r\n"
         "Date: Mon, 14 Sep 2026 10:00:00 +0200\r\nContent-Type: text/plain\r\n\r\nWe need beams.\r\n")
BLOCK = "From: %s\nSent: Monday, September 14, 2026 10:00 AM\nTo: %s\nSubject: Inner\n\nWe need beams.\n"


def lists_and_forms():
    """Who wrote it stands elsewhere than in From."""
    def rewritten(name, fields, **label):
        return one("author_" + name, text("x\n"), fields, **dict(dict(author="grace@cliente.example", new="x"), **label))
    steel = {"List-Id": "<steel.lists.example>", "List-Post": "<mailto:steel@lists.example>"}
    via = dict(steel, From='"Grace via Steel" <steel@lists.example>', To="steel@lists.example")
    yield rewritten("list_reply_to", dict(via, **{"Reply-To": "Grace <grace@cliente.example>"}), kind="bulk")
    yield rewritten("list_reply_to_both", dict(via, **{"Reply-To": "steel@lists.example, grace@cliente.example"}), kind="bulk")
    yield rewritten("group_original", dict(via, **{"X-Original-From": "Grace <grace@cliente.example>"}), kind="bulk")
    yield rewritten("own_list", {"From": '"Grace via Vendas" <vendas@nossa.example>', "To": "vendas@nossa.example", "List-Id": "<vendas.nossa.example>",
                                 "X-Original-From": "grace@cliente.example"}, kind="bulk")
    yield rewritten("via_without_list", {"From": '"Grace via Signing" <sign@service.example>', "Reply-To": "grace@cliente.example"},
                    author="sign@service.example")
    form = {"From": "Site <site@nossa.example>", "To": "vendas@nossa.example", "Reply-To": "Grace <grace@cliente.example>"}
    yield rewritten("form", form)
    yield rewritten("form_to_itself", dict(form, From="vendas@nossa.example"))
    yield rewritten("form_of_a_customer", dict(form, From="form@service.example"), author="form@service.example")
    yield rewritten("form_token", dict(form, **{"Reply-To": "r+118@tickets.example"}), author="site@nossa.example", direction="internal")
    yield rewritten("form_to_us", dict(form, **{"Reply-To": "ana.souza@nossa.example"}), author="site@nossa.example", direction="internal")
    yield rewritten("form_in_sent", form, author="site@nossa.example", direction="internal", meta="folder_hint: sent\n")
    yield rewritten("form_also_outside", dict(form, Cc="third@else.example"), author="site@nossa.example", direction="out")
    yield rewritten("resent", {"To": "old@third.example", "Resent-From": "bruno.lima@nossa.example", "Resent-To": "ana.souza@nossa.example"})
    yield rewritten("resent_ours", {"From": OURS, "To": THEIRS, "Resent-From": THEIRS, "Resent-To": OURS}, author="ana.souza@nossa.example", direction="out")
    yield rewritten("assistant", {"From": OURS, "Sender": "aide@nossa.example", "To": THEIRS}, author="ana.souza@nossa.example", direction="out")


def forgeries():
    ours = {"From": OURS, "To": "bruno.lima@nossa.example"}
    for name, results, direction in (
            ("dmarc", FAILS, "in"), ("none", "mx.nossa.example; none", "internal"), ("others_word", FAILS.replace("mx.nossa", "mx.evil"), "internal"),
            ("dmarc_pass", "mx.nossa.example; spf=fail; dkim=fail; dmarc=pass", "internal"), ("spf", "mx.nossa.example 1; spf=fail; dkim=none", "in"),
            ("spf_signed", "mx.nossa.example; spf=fail; dkim=pass header.d=nossa.example", "internal"), ("softfail", "mx.nossa.example; spf=softfail", "internal"),
            ("comment", "mx.nossa.example; dkim=pass (dmarc=fail; really)", "internal"), ("folded", FAILS.replace("; ", ";\r\n\t"), "in")):
        yield one("forged_" + name, text("x\n"), dict(ours, **{"Authentication-Results": results}), direction=direction, new="x")
    yield one("forged_sent", text("x\n"), dict(ours, **{"Authentication-Results": FAILS}), direction="internal", meta="folder_hint: sent\n", new="x")
    yield one("forged_to_customer", text("x\n"), {"From": OURS, "To": THEIRS, "Authentication-Results": FAILS}, direction="in", new="x")
    yield one("forged_forward", text(BLOCK % ("Grace <grace@cliente.example>", "Ana")), dict(ours, Subject="Fwd: Inner", **{"Authentication-Results": FAILS}),
              direction="in", subject="Fwd: Inner")


def drops():
    """What one of us leaves at log@nossa.example."""
    def left(name, body, fields, **label):
        return one("drop_" + name, body, dict({"Delivered-To": "log@nossa.example", "From": OURS}, **fields), **label)
    whole = multipart("mixed", [text("See below.\n"), part("message/rfc822", INNER.encode())], "=_d")
    yield left("bcc", text("x\n"), {"To": THEIRS}, direction="out", new="x")
    yield left("bcc_token", text("x\n"), {"To": THEIRS, "Delivered-To": "log+118@nossa.example"}, direction="out", new="x")
    yield left("cc", text("x\n"), {"To": THEIRS, "Cc": "log@nossa.example", "Delivered-To": None}, direction="out", new="x")
    yield left("alone", text("x\n"), {"To": "log@nossa.example"}, direction="internal", new="x")
    yield left("stranger", text("x\n"), {"From": THEIRS, "To": "log@nossa.example"}, direction="filtered", new="x")
    yield left("answer_to_all", text("x\n"), {"From": THEIRS, "To": OURS, "Cc": "log@nossa.example"}, new="x")
    yield left("forged", text("x\n"), {"To": THEIRS, "Authentication-Results": FAILS}, direction="filtered", new="x")
    yield left("attached", whole, {"To": "log@nossa.example"}, author="grace@cliente.example", message_id="inner-1@cliente.example",
               subject="Inner", new="We need beams.")
    yield left("attached_to_others_too", whole, {"To": "log@nossa.example, bruno.lima@nossa.example"}, direction="internal", files=None,
               original="grace@cliente.example", new="See below.")
    yield left("attached_by_stranger", whole, {"From": "eve@evil.example", "To": "log@nossa.example"}, direction="filtered",
               author="grace@cliente.example", message_id="inner-1@cliente.example", subject="Inner", new="We need beams.")
    yield left("attached_forged", whole, {"To": "log@nossa.example", "Authentication-Results": FAILS}, direction="filtered",
               author="grace@cliente.example", message_id="inner-1@cliente.example", subject="Inner", new="We need beams.")
    yield left("inline", text("For the record.\n\n" + BLOCK % ("Grace <grace@cliente.example>", "Ana Souza <ana.souza@nossa.example>")),
               {"To": "log@nossa.example", "Subject": "Fwd: Inner"}, author="grace@cliente.example", subject="Inner", new="We need beams.")
    yield left("inline_of_ours", text(BLOCK % ("Ana Souza <ana.souza@nossa.example>", "Grace <grace@cliente.example>")),
               {"To": "log@nossa.example", "Subject": "FW: Inner"}, direction="out", author="ana.souza@nossa.example", subject="Inner", new="We need beams.")


def forwards():
    """To a colleague; what was not written by a customer, or not passed on, names nobody."""
    inside = {"From": OURS, "To": "bruno.lima@nossa.example"}

    def passed(name, body, fields=(), **label):
        return one("forward_" + name, body, {**inside, "Subject": "FW: Inner", **dict(fields)}, **dict(dict(
            direction="internal", subject="FW: Inner", original="grace@cliente.example", files=None), **label))
    yield passed("mailto", text(BLOCK % ("Grace [mailto:grace@cliente.example]", "Ana")))
    yield passed("bold", text(BLOCK.replace("From:", "*From:*").replace("Sent:", "*Sent:*").replace("To:", "*To:*")
                              .replace("Subject:", "*Subject:*") % ("Grace <grace@cliente.example>", "Ana")))
    yield passed("no_address", text(BLOCK % ("Grace", "Ana")), original="")
    yield passed("of_ours", text(BLOCK % (OURS, "Grace")), original="")
    yield passed("no_subject", text(BLOCK % ("Grace <grace@cliente.example>", "Ana")), {"Subject": "Re: Inner"}, subject="Re: Inner", original="")
    yield passed("by_a_customer", text(BLOCK % ("Third <x@third.example>", "Grace")), {"From": THEIRS, "To": OURS}, direction="in", original="")
    yield passed("to_a_supplier", text(BLOCK % ("Grace <grace@cliente.example>", "Ana")), {"To": "x@third.example"}, direction="out", original="")
    yield passed("two_attached", multipart("mixed", [text("Both.\n")] + [part("message/rfc822", INNER.encode())] * 2, "=_2"), original="", new="Both.")
    yield passed("html", part("text/html; charset=utf-8", "<div>Please see.</div><div><b>From:</b> Grace &lt;grace@cliente.example&gt;<br><b>Sent:</b> Monday<br>"
                              "<b>To:</b> Ana<br><b>Subject:</b> Inner<br></div><div>We need beams.</div>", "base64"))


PROSE = {
    "english_wrote": "On Monday she wrote:\n\"we need 40 beams\"\nSo I ordered them.",
    "one_label": "From: our side all is fine.\nTo be safe, call me.",
    "agenda": "To: do\nSubject: none\nDate: open",
    "dashes": "Prices\n------\nBeam 5\n------\nThat is all.",
    "greater": "Choose the beam where length\n> 3 m is needed,\nthe other is too short.",
    "sent_from": "Sent from my desk to yours: the drawings.\nThey are due on Friday.",
    "regards_inside": "Best regards to your mother.\nShe was very kind.",
    "postscript": "All is well.\n\nBest regards,\nGrace\n\nP.S. The invoice is still missing.",
    "question_below": "All is well.\n\nKind regards\nGrace\n\nOr do you need more beams?",
    "whatsapp": "14/09/2026 12:20 - Ana: Oi\n14/09/2026 12:21 - João: Oi! O preço?\n14/09/2026 12:22 - Ana: R$ 5\n14/09/2026 12:23 - João: <Arquivo de mídia oculto>",
    "whatsapp_ios": "[14/09/2026, 12:20:11] Ana: Oi\n[14/09/2026, 12:21:02] João: imagem ocultada\n[14/09/2026, 12:22:00] Ana: https://x.example/a:b",
    "log": "2026-09-14 12:20:00 error: beam 40 missing\n2026-09-14 12:20:01 info: retry:\n2026-09-14 12:20:02 done",
    "de": "De: acordo com o contrato, são 40 vigas.\nPara: a obra da rua 9.",
    "am": "Am Montag um 12:20 schrieb er mir:\nLieferung erst im Oktober.",
    "table": "Item: beam\nCount: 40\nPrice: 5\nDate: Friday",
    "cc_line": "Cc: nobody.\nThanks for the beams.",
    "underscores": "Name: ____________________\nDate: ____________________\nplease fill in",
    "turkish_sent": "Teklif dün gönderildi.",
    "chinese_sent": "报价昨天已经发送",
    "date_of_text": "At 12:20 on 14 Sep 2026 the truck (plate AB-118) left:\nit should be there now.",
}


def prose():
    for name, body in PROSE.items():
        yield one("prose_" + name, text(body + "\n"), new=body)


def pages():
    def page(name, source, new, **label):
        return one("html_" + name, part("text/html; charset=utf-8", source, "quoted-printable"), new=new, **label)
    yield page("preheader", '<div style="display:none;max-height:0">See our offers</div><p>Hello</p><img src="https://t.example/o.gif" width="1" height="1">', "Hello")
    yield page("links", '<p>Pay <a href="https://pay.example/118">here</a> or at <a href="https://www.pay.example/">pay.example</a>.</p>',
               "Pay here (https://pay.example/118) or at pay.example.")
    yield page("lists", "<p>Need:</p><ul><li>beams<li>bolts</ul><ol><li>first<li>second</ol>", "Need:\n\n- beams\n- bolts\n\n1. first\n2. second")
    yield page("table", '<table border="1"><tr><th>Item</th><th>Price</th></tr><tr><td>Beam</td><td>5</td></tr></table>', "Item | Price\nBeam | 5")
    yield page("button", '<a href="https://pay.example/118" style="mso-hide:all;padding:9px">Pay now</a>', "Pay now (https://pay.example/118)")
    yield page("stopspelling", '<div>New text.</div><hr id="stopSpelling">Date: Mon, 14 Sep 2026 12:20:00 +0200<br>Subject: Steel<br>From: a@x.example<br>'
               'To: b@x.example<br><br>old', "New text.", pieces=["New text.", "old"])
    yield page("nested_quotes", "<p>New.</p><blockquote type=cite>a<blockquote type=cite>b</blockquote>c</blockquote>", "New.", pieces=["New.", "a", "b", "c"])
    yield page("unclosed", "<p>Hello <b>there<div style='display:none'>never closed but all that is to read", "Hello there never closed but all that is to read")


# Languages that no table knows: only the form of a line, or the markup, says that it is a quote.
UNLISTED = {
    "vi": ("Vào Th 2, 14 thg 9, 2026 vào lúc 12:20 Ana <ana@x.example> đã viết:", "Từ", "Đã gửi", "Đến", "Chủ đề"),
    "el": ("Στις Δευ 14 Σεπ 2026 στις 12:20 μ.μ., ο χρήστης Ana <ana@x.example> έγραψε:", "Από", "Εστάλη", "Προς", "Θέμα"),
    "hu": ("Ana <ana@x.example> ezt írta (időpont: 2026. szept. 14., H, 12:20):", "Feladó", "Elküldve", "Címzett", "Tárgy"),
    "ro": ("În lun., 14 sept. 2026 la 12:20, Ana <ana@x.example> a scris:", "De la", "Trimis", "Către", "Subiect"),
    "uk": ("пн, 14 вер. 2026 р. о 12:20 Ana <ana@x.example> пише:", "Від", "Надіслано", "Кому", "Тема"),
    "th": ("ในวันที่ จ. 14 ก.ย. 2026 เวลา 12:20 Ana <ana@x.example> เขียนว่า:", "จาก", "ส่งเมื่อ", "ถึง", "ชื่อเรื่อง"),
}


def unlisted():
    for code, (line, *labels) in UNLISTED.items():
        head = "\n".join("%s: %s" % (l, v) for l, v in zip(labels, ("Ana <ana@x.example>", "14.09.2026 12:20", "Grace", "Steel")))
        yield one("unlisted_gmail_" + code, text("New text.\n\n%s\n\n> old\n> older\n" % line), new="New text.", pieces=["New text.", "old", "older"])
        yield one("unlisted_outlook_html_" + code, part(
            "text/html; charset=utf-8", '<div>New text.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr">%s</div><div>old</div>'
            % html(head).replace("\n", "<br>"), "base64"), new="New text.", pieces=["New text.", "old"])
        yield one("unlisted_outlook_plain_" + code, text("New text.\n\n________________________________\n%s\n\nold\n" % head), new="New text.")


def hard():
    """What a person sees at once and a table does not. Those that disagree stand in known.py."""
    full = "On Mon, 14 Sep 2026 at 12:20, Ana <ana@x.example> wrote:"
    yield one("hard_wrapped_four_times", text("New.\n\nOn Mon, 14 Sep 2026 at\n12:20, Ana Maria\nde Souza <ana@x.example>\nwrote:\n\n> old\n"), new="New.")
    yield one("hard_lotus", text("New.\n\nAna Souza/Nossa/BR wrote on 14/09/2026 12:20:00:\n\nold\n"), new="New.")
    yield one("hard_name_only", text("New.\n\nGrace\n+55 31 3222-4455\n"), new="New.", signature="Grace\n+55 31 3222-4455")
    yield one("hard_disclaimer", text("New.\n\nBest regards,\nGrace\n\nThis message and its attachments are confidential and meant for the addressee alone; "
                                      "if you are not the addressee, tell the sender and delete it, please, at once, from all of your machines.\n"),
              new="New.", signature="Best regards,\nGrace\n\nThis message and its attachments are confidential and meant for the addressee alone; "
              "if you are not the addressee, tell the sender and delete it, please, at once, from all of your machines.")
    yield one("hard_answer_in_outlook", text("See below.\n\nFrom: Ana <a@x.example>\nSent: Monday\nTo: Grace\nSubject: Steel\n\nHow many?\n[Grace] 40 of them.\n"),
              new="See below.\n\nFrom: Ana <a@x.example>\nSent: Monday\nTo: Grace\nSubject: Steel\n\nHow many?\n[Grace] 40 of them.")
    yield one("hard_below_unquoted", text("%s\n\nold\n\nNew below.\n" % full), new="%s\n\nold\n\nNew below." % full)
    yield one("hard_quote_of_a_third", text("Grace said this:\n\n> we need 40 beams\n"), new="Grace said this:\n\n> we need 40 beams")
    yield one("hard_two_programs", text("New.\n\n-- \nGrace\n\n%s\n\n> mid\n>\n> From: Bruno\n> Sent: Monday\n> To: Ana\n> Subject: Steel\n>\n> old\n" % full),
              new="New.", signature="-- \nGrace", pieces=["New.", "mid", "old"])
    yield one("hard_list_footer", text("New.\n\n%s\n\n> old\n\n_______________________________________________\nSteel mailing list\nhttps://lists.example/steel\n" % full),
              new="New.")
    yield one("hard_signature_by_stars", text("New.\n\n***\nGrace\nSteel Inc.\n"), new="New.", signature="***\nGrace\nSteel Inc.")


def all_special():
    for make in (machines, threads, charsets, attachments, directions, lists_and_forms, forgeries, drops, forwards, prose, pages, unlisted, hard):
        yield from make()
