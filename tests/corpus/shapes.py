"""Mails as programs write them. Each shape takes a language and the two people and gives the body and what is
true of it: new (the text that its author wrote), signature, pieces (texts that the record must hold somewhere),
files (name, type, bytes, content id)."""
import zlib

from compose import encode, html, multipart, parameter_2231, part, quoted, word, wrapped

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
COMPANY = "Aço & Filhos Ltda\n+55 31 3222-4455"


def block(lang, other, bold=False, gap="\n"):
    """Outlook's four lines; the address stands only behind the author."""
    values = ("%s <%s>" % other, lang["sent"], "Ana Souza; Bruno Lima", lang["subject"])
    if bold:
        return "<br>".join("<b>%s:</b> %s" % (l, html(v)) for l, v in zip(lang["labels"], values))
    return gap.join("%s: %s" % (l, v) for l, v in zip(lang["labels"], values))


def signed(lang, me):
    return "%s\n%s\n%s" % (lang["closing"], me[0], "Aco e Filhos Ltda\n+55 31 3222-4455")


def attribution(lang, program, other):
    return lang[program].format(n=other[0], a=other[1])


def paragraphs(text, tag="p"):
    return "".join("<%s>%s</%s>" % (tag, html(one).replace("\n", "<br>\n") or "&nbsp;", tag)
                   for one in text.split("\n\n"))


def truth(lang, body, new=None, signature="", files=(), old=True):
    new = lang["new"] if new is None else new
    pieces = [lang["new"]] + ([lang["old"]] if old else []) + ([signature] if signature else [])
    return dict(body=body, new=new, signature=signature, files=list(files), pieces=pieces)


def pdf(name, boundary_seed):
    return b"%PDF-1.4 " + zlib.compress(boundary_seed.encode() * 9)


def gmail_web(lang, me, other):
    line = attribution(lang, "gmail", other)
    plain = "%s\n\n%s\n\n%s\n" % (lang["new"], wrapped(line), quoted(lang["old"]))
    page = ('<div dir="ltr">%s</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
            '%s<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid">%s'
            '</blockquote></div>' % (paragraphs(lang["new"], "div"), html(line), paragraphs(lang["old"], "div")))
    name = lang["subject"].split(":")[0].split("：")[0].strip() + ".pdf"
    data = pdf(name, lang["subject"])
    file_part = part('application/pdf; name="%s"' % word(name).replace("\r\n ", " "), data, "base64",
                     "Content-Disposition: attachment; " + parameter_2231("filename", name))
    alternative = multipart("alternative", [part('text/plain; charset="UTF-8"', plain, "base64"),
                                            part('text/html; charset="UTF-8"', page, "base64")], "000000000000aa")
    return truth(lang, multipart("mixed", [alternative, file_part], "000000000000bb"),
                 files=[(name, "application/pdf", len(data), "")])


def gmail_html(lang, me, other):
    line = attribution(lang, "gmail", other)
    page = ('<div dir="ltr"><div>%s</div><div><br></div>-- <br><div dir="ltr" class="gmail_signature" '
            'data-smartmail="gmail_signature"><div dir="ltr">%s<div>Nossa Ltda</div></div></div></div><br>'
            '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">%s<br></div><blockquote class="gmail_quote">'
            '<div dir="ltr">%s</div></blockquote></div>'
            % (html(lang["new"]).replace("\n", "<br>"), html(me[0]), html(line), html(lang["old"]).replace("\n", "<br>")))
    return truth(lang, part("text/html; charset=utf-8", page, "quoted-printable"),
                 signature="--\n%s\nNossa Ltda" % me[0])


def outlook_desktop(lang, me, other):
    charset = lang["charset"]
    signature = signed(lang, me)
    plain = "%s\n\n%s\n\n%s\n\n%s\n" % (lang["new"], signature, block(lang, other), lang["old"])
    page = ('<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm} --></style>'
            '</head><body><div class=WordSection1>%s<p class=MsoNormal>%s</p><div><div style=\'border:none;border-top:solid '
            '#E1E1E1 1.0pt\'><p class=MsoNormal>%s</p></div></div>%s</div></body></html>'
            % (paragraphs(lang["new"]), html(signature).replace("\n", "<br>"), block(lang, other, bold=True),
               paragraphs(lang["old"])))
    seven = charset.startswith("iso-2022")
    return truth(lang, multipart("alternative", [
        part("text/plain; charset=\"%s\"" % charset, plain, "7bit" if seven else "quoted-printable"),
        part("text/html; charset=\"%s\"" % charset, page, "7bit" if seven else "quoted-printable")],
        "----=_NextPart_000_0001"), signature=signature)


def outlook_web(lang, me, other):
    signature = signed(lang, me)
    page = ('<html><head><style type="text/css" style="display:none">P {margin-top:0}</style></head><body dir="ltr">'
            '<div class="elementToProof">%s</div><div class="elementToProof"><br></div><div id="Signature">%s<br>'
            '<img src="cid:logo-118" alt="logo" width="120" height="40"></div><div id="appendonsend"></div>'
            '<hr style="display:inline-block;width:98%%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
            '<font face="Calibri">%s</font><div>&nbsp;</div></div><div>%s</div></body></html>'
            % (paragraphs(lang["new"], "div"), html(signature).replace("\n", "<br>"), block(lang, other, bold=True),
               paragraphs(lang["old"], "div")))
    picture = part('image/png; name="image.png"', PNG, "base64", 'Content-Disposition: inline; filename="image.png"',
                   "Content-ID: <logo-118>")
    return truth(lang, multipart("related", [part("text/html; charset=\"utf-8\"", page, "base64"), picture], "_002_rel_"),
                 signature=signature + "\n[cid:logo-118]", files=[("image.png", "image/png", len(PNG), "logo-118")])


def outlook_mobile(lang, me, other):
    plain = "%s\n\n%s\n________________________________\n%s\n\n%s\n" % (
        lang["new"], lang["outlook"], block(lang, other), lang["old"])
    return truth(lang, part("text/plain; charset=\"utf-8\"", plain, "base64"), signature=lang["outlook"])


def apple_mail(lang, me, other):
    signature = signed(lang, me)
    plain = "%s\n\n%s\n\n> %s\n> \n%s\n" % (lang["new"], signature, attribution(lang, "apple", other), quoted(lang["old"]))
    plain = plain.replace("> " + attribution(lang, "apple", other) + "\n> \n", attribution(lang, "apple", other) + "\n\n")
    return truth(lang, part("text/plain; charset=utf-8", plain, "quoted-printable"), signature=signature)


def iphone(lang, me, other):
    plain = "%s\n\n%s\n\n> %s\n> \n> %s\n" % (lang["new"], lang["device"], attribution(lang, "apple", other),
                                             lang["old"].replace("\n", "\n> "))
    return truth(lang, part("text/plain; charset=utf-8", plain, "base64"), signature=lang["device"])


def thunderbird_below(lang, me, other):
    signature = "-- \n%s\nNossa Ltda" % me[0]
    plain = "%s\n%s\n\n%s\n\n%s\n" % (attribution(lang, "thunderbird", other), quoted(lang["old"]), lang["new"], signature)
    return truth(lang, part("text/plain; charset=UTF-8; format=flowed", plain, "8bit"), signature=signature)


def yahoo_plain(lang, me, other):
    line = attribution(lang, "yahoo", other)
    plain = " %s\n\n    %s  \n \n %s" % (lang["new"], line, lang["old"].replace("\n", "\n "))
    return truth(lang, part("text/plain; charset=UTF-8", plain, "base64"))


def yahoo_html(lang, me, other):
    page = ('<html><head></head><body><div class="ydp118yahoo-style-wrap" style="font-family:Helvetica">%s</div>'
            '<div id="ydp118yahoo_quoted_0123" class="ydp118yahoo_quoted"><div style="font-size:13px"><div>%s</div>'
            '<div><br></div><div><br></div><div>%s</div></div></div></body></html>'
            % (paragraphs(lang["new"], "div"), html(attribution(lang, "yahoo", other)), paragraphs(lang["old"], "div")))
    return truth(lang, part("text/html; charset=UTF-8", page, "quoted-printable"))


def outlook_original(lang, me, other):
    signature = signed(lang, me)
    plain = "%s\n\n%s\n\n-----%s-----\n%s \n\n%s\n" % (lang["new"], signature, lang["original"],
                                                       block(lang, other, gap=" \n"), lang["old"])
    charset = lang["charset"]
    return truth(lang, part("text/plain; charset=%s" % charset, plain, "7bit" if charset.startswith("iso-2022") else "8bit"),
                 signature=signature)


def mutt_inline(lang, me, other):
    first, second = lang["old"].split("\n")
    hello, answer = lang["new"].split("\n\n")
    signature = "-- \n%s" % me[0]
    new = "%s\n> %s\n\n%s\n\n> %s\n\n%s" % (attribution(lang, "thunderbird", other), first, hello, second, answer)
    done = truth(lang, part("text/plain; charset=utf-8", "%s\n\n%s\n" % (new, signature), "8bit"), new=new,
                 signature=signature)
    done["pieces"] = [first, second, hello, answer, signature]
    return done


def samsung(lang, me, other):
    author, sent, to, subject = lang["labels"]
    plain = "%s\n\n-------- %s --------\n%s: %s <%s> \n%s: 14/09/2026  12:20  (GMT+01:00) \n%s: Ana Souza \n%s: %s \n\n%s\n" % (
        lang["new"], lang["original"], author, other[0], other[1], sent, to, subject, lang["subject"], lang["old"])
    return truth(lang, part("text/plain; charset=utf-8", plain, "base64"))


def gmail_forward(lang, me, other):
    author, sent, to, subject = lang["labels"]
    whole = "%s\n\n---------- Forwarded message ---------\n%s: %s <%s>\nDate: %s\nSubject: %s\nTo: <ana.souza@nossa.example>\n\n\n%s" % (
        lang["new"], author, other[0], other[1], lang["sent"], lang["subject"], lang["old"])
    return truth(lang, part("text/plain; charset=\"UTF-8\"", whole + "\n", "base64"), new=whole)


def thunderbird_forward(lang, me, other):
    extra, customer = passed_on(lang)
    whole = "%s\n\n\n-------- %s --------\n%s\n\n%s" % (lang["new"], lang["forwarded"], block(lang, customer), lang["old"])
    return dict(truth(lang, part("text/plain; charset=UTF-8; format=flowed", whole + "\n", "8bit"), new=whole), **extra)


def passed_on(lang):
    """What a colleague passes on was written by a customer, not by whom the mail goes to."""
    customer = (lang["name"], "kunde99@cliente-118.example")
    return dict(original=customer[1]), customer


def outlook_forward(lang, me, other):
    """Outlook marks a forward by its subject alone."""
    extra, customer = passed_on(lang)
    whole = "%s\n\n%s\n\n%s" % (lang["new"], block(lang, customer), lang["old"])
    return dict(truth(lang, part("text/plain; charset=utf-8", whole + "\n", "quoted-printable"), new=whole), **extra)


def apple_forward(lang, me, other):
    extra, customer = passed_on(lang)
    whole = "%s\n\n%s:\n\n%s\n\n%s" % (lang["new"], lang["apple_forwarded"], block(lang, customer), lang["old"])
    return dict(truth(lang, part("text/plain; charset=utf-8", whole + "\n", "base64"), new=whole), **extra)


def attached_forward(lang, me, other):
    extra, customer = passed_on(lang)
    inner = ("From: %s <%s>\r\nTo: ana.souza@nossa.example\r\nSubject: %s\r\nMessage-ID: <a118@cliente.example>\r\n"
             "Date: Mon, 14 Sep 2026 10:00:00 +0200\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n"
             % (word(customer[0]), customer[1], word(lang["subject"]), lang["old"].replace("\n", "\r\n"))).encode()
    body = multipart("mixed", [part("text/plain; charset=utf-8", lang["new"] + "\n", "8bit"),
                               part("message/rfc822", inner, "8bit")], "=_attached")
    return dict(truth(lang, body, old=False), files=None, **extra)


def first_mail(lang, me, other):
    signature = signed(lang, me)
    data = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana\r\nEND:VCARD\r\n"
    body = multipart("mixed", [part("text/plain; charset=utf-8", "%s\n\n%s\n" % (lang["new"], signature), "quoted-printable"),
                               part('text/vcard; name="ana.vcf"', data, "base64",
                                    'Content-Disposition: attachment; filename="ana.vcf"')], "=_first")
    return truth(lang, body, signature=signature, old=False, files=[("ana.vcf", "text/vcard", len(data), "")])


def old_latin(lang, me, other):
    """No charset at all, as small programs send it."""
    plain = encode(lang["new"].replace("\n", "\r\n") + "\r\n", "utf-8")
    return dict(truth(lang, b"Content-Type: text/plain\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + plain, old=False),
                warns=not lang["new"].isascii())


# name, function, who wrote it ("in", "out", "internal"), is it a reply, a forward, or neither
SHAPES = [
    ("gmail_web", gmail_web, "in", "reply"), ("gmail_html", gmail_html, "out", "reply"),
    ("outlook_desktop", outlook_desktop, "in", "reply"), ("outlook_web", outlook_web, "in", "reply"),
    ("outlook_mobile", outlook_mobile, "out", "reply"), ("apple_mail", apple_mail, "in", "reply"),
    ("iphone", iphone, "in", "reply"), ("thunderbird_below", thunderbird_below, "out", "reply"),
    ("yahoo_plain", yahoo_plain, "in", "reply"), ("yahoo_html", yahoo_html, "in", "reply"),
    ("outlook_original", outlook_original, "in", "reply"), ("mutt_inline", mutt_inline, "out", "reply"),
    ("samsung", samsung, "in", "reply"), ("gmail_forward", gmail_forward, "in", "forward"),
    ("thunderbird_forward", thunderbird_forward, "internal", "forward"), ("outlook_forward", outlook_forward, "internal", "forward"),
    ("apple_forward", apple_forward, "internal", "forward"), ("attached_forward", attached_forward, "internal", "forward"), ("first_mail", first_mail, "in", "new"),
    ("no_charset", old_latin, "in", "new"),
]
