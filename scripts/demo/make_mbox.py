#!/usr/bin/env python3
"""Turns mails.txt into an mbox, the same bytes every time:  make_mbox.py OUT

Written with the mails of real life in view: several charsets and encodings, HTML alone, attachments, an answer that
quotes, a newsletter, an automatic reply, a bounce, a line that begins with "From ", a mail seen in two mailboxes.
"""
import base64
import calendar
import os
import quopri
import re
import sys
import time
from email.header import Header
from email.utils import formataddr, parseaddr

HERE = os.path.dirname(os.path.abspath(__file__))
CHARSETS = {"latin1": "iso-8859-1", "win1252": "windows-1252"}
ZONE_S = -3 * 3600
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def read_blocks(path):
    """{name: mail} in the order of the file; a mail is {name, flags, headers, body}."""
    mails = {}
    with open(path, encoding="utf-8") as f:
        text = f.read()
    for block in re.split(r"^== ", text, flags=re.M)[1:]:
        first, _, rest = block.partition("\n")
        head, _, body = rest.partition("\n\n")
        name, *flags = first.split()
        mails[name] = {
            "name": name, "body": body.rstrip("\n") + "\n",
            "flags": dict(f.partition("=")[::2] for f in flags),
            "headers": [tuple(line.split(": ", 1)) for line in head.splitlines() if line],
        }
    return mails


def get(mail, name, fallback=""):
    return next((v for k, v in mail["headers"] if k == name), fallback)


def moment(mail):
    """Seconds since 1970 of the Date line, which is local time."""
    return calendar.timegm(time.strptime(get(mail, "Date"), "%Y-%m-%d %H:%M")) - ZONE_S


def date_text(seconds):
    t = time.gmtime(seconds + ZONE_S)
    return "%s, %d %s %d %02d:%02d:%02d -0300" % (DAYS[t.tm_wday], t.tm_mday, MONTHS[t.tm_mon], t.tm_year,
                                                 t.tm_hour, t.tm_min, t.tm_sec)


def message_id(mail):
    return "<%s@%s>" % (mail["name"], parseaddr(get(mail, "From"))[1].rpartition("@")[2])


def subject(mail, mails):
    """Its own, else that of the mail it answers."""
    own = get(mail, "Subject")
    if own or not get(mail, "Re"):
        return own
    asked = subject(mails[get(mail, "Re")], mails)
    return asked if asked.lower().startswith("re:") else "Re: " + asked


def ancestors(mail, mails):
    chain = []
    while get(mail, "Re"):
        mail = mails[get(mail, "Re")]
        chain.insert(0, message_id(mail))
    return chain


def body_text(mail, mails):
    """The body, with the answered mail quoted below where the flag says so."""
    if "quote" not in mail["flags"]:
        return mail["body"]
    asked = mails[get(mail, "Re")]
    plain = re.sub(r"<[^>]+>", "", asked["body"]) if "html" in asked["flags"] else asked["body"]
    t = time.gmtime(moment(asked) + ZONE_S)
    line = "Em %02d/%02d/%d às %02d:%02d, %s escreveu:" % (t.tm_mday, t.tm_mon, t.tm_year, t.tm_hour, t.tm_min,
                                                        parseaddr(get(asked, "From"))[0])
    return "%s\n%s\n%s" % (mail["body"], line, "".join("> %s\n" % s for s in plain.strip().splitlines()))


def encoded_words(text):
    try:
        return text.encode("ascii").decode()
    except UnicodeEncodeError:
        return Header(text, "utf-8", maxlinelen=70).encode()


def addresses(value):
    out = []
    for piece in re.findall(r'(?:"[^"]*"|[^,"])+', value):
        name, address = parseaddr(piece.strip())
        out.append(formataddr((name, address)) if name.isascii() else "%s <%s>" % (encoded_words(name), address))
    return ", ".join(out)


def text_part(text, media_type, flags):
    """(content headers, bytes) of one text in the charset and encoding that the flags ask for."""
    charset = next((c for f, c in CHARSETS.items() if f in flags), "utf-8")
    data = text.replace("\n", "\r\n").encode(charset)
    if "base64" in flags:
        encoding, data = "base64", base64.encodebytes(data)
    elif "8bit" in flags:
        encoding = "8bit"
    else:
        encoding, data = "quoted-printable", quopri.encodestring(data.replace(b"\r\n", b"\n"))
    return ["Content-Type: %s; charset=%s" % (media_type, charset), "Content-Transfer-Encoding: " + encoding], data


def small_pdf(title):
    page = "BT /F1 18 Tf 72 720 Td (%s) Tj ET" % title
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
               " /Resources << /Font << /F1 5 0 R >> >> >>",
               "<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
               "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    out, places = "%PDF-1.4\n", []
    for n, o in enumerate(objects, 1):
        places.append(len(out))
        out += "%d 0 obj\n%s\nendobj\n" % (n, o)
    table = "".join("%010d 00000 n \n" % p for p in places)
    return (out + "xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
            % (table, len(out))).encode()


def file_part(name, media_type, data):
    return ['Content-Type: %s; name="%s"' % (media_type, name), "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="%s"' % name], base64.encodebytes(data)


def multipart(kind, parts, boundary):
    data = b""
    for headers, body in parts:
        data += b"--%s\n%s\n\n%s\n" % (boundary.encode(), "\n".join(headers).encode(), body)
    return ['Content-Type: multipart/%s; boundary="%s"' % (kind, boundary)], data + b"--%s--\n" % boundary.encode()


def bounce_parts(mail):
    """RFC 3464: the text, the machine's report, the headers of what came back."""
    address = mail["flags"]["bounce"]
    report = ("Reporting-MTA: dns; mx.acme.example\nArrival-Date: %s\n\nFinal-Recipient: rfc822; %s\nAction: failed\n"
              "Status: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\n" % (date_text(moment(mail) - 40), address))
    returned = ("From: Ana Lima <ana@acme.example>\nTo: %s\nSubject: Proposta 2026-097\nMessage-ID: <p97@acme.example>\n"
                % address)
    kind, data = multipart("report", [text_part(mail["body"], "text/plain", {}),
                                      (["Content-Type: message/delivery-status"], report.encode()),
                                      (["Content-Type: text/rfc822-headers"], returned.encode())], "bounce-" + mail["name"])
    return [kind[0] + "; report-type=delivery-status"], data


def content(mail, mails):
    flags, text = mail["flags"], body_text(mail, mails)
    if "bounce" in flags:
        return bounce_parts(mail)
    part = text_part(text, "text/html" if "html" in flags else "text/plain", flags)
    if "alt" in flags:
        html = "<html><body>%s</body></html>\n" % "".join("<p>%s</p>" % p.replace("\n", "<br>")
                                                         for p in text.strip().split("\n\n"))
        part = multipart("alternative", [part, text_part(html, "text/html", {})], "alt-" + mail["name"])
    if "pdf" in flags:
        name = flags["pdf"]
        part = multipart("mixed", [part, file_part(name, "application/pdf", small_pdf(name[:-4]))], "mix-" + mail["name"])
    if "png" in flags:
        part = multipart("mixed", [part, file_part(flags["png"], "image/png", PNG)], "mix-" + mail["name"])
    return part


def rfc822(mail, mails):
    lines = []
    seen_as, mail = mail, mails[mail["flags"]["copy"]] if "copy" in mail["flags"] else mail
    if get(seen_as, "Delivered-To"):
        lines.append("Delivered-To: " + get(seen_as, "Delivered-To"))
    if not get(mail, "From").endswith("@acme.example>"):
        lines.append("Received: from mail.%s by mx.acme.example with ESMTPS id %s;\n\t%s" %
                     (parseaddr(get(mail, "From"))[1].rpartition("@")[2], seen_as["name"], date_text(moment(mail) + 60)))
    lines += ["Date: " + date_text(moment(mail)), "Message-ID: " + message_id(mail)]
    chain = ancestors(mail, mails)
    if chain:
        lines += ["In-Reply-To: " + chain[-1], "References: " + "\n ".join(chain)]
    for name, value in mail["headers"]:
        if name in ("From", "To", "Cc"):
            lines.append("%s: %s" % (name, addresses(value)))
        elif name not in ("Date", "Re", "Subject", "Delivered-To"):
            lines.append("%s: %s" % (name, encoded_words(value)))
    if subject(mail, mails):
        lines.append("Subject: " + encoded_words(subject(mail, mails)))
    headers, data = content(mail, mails)
    lines += ["MIME-Version: 1.0"] + headers
    return "\n".join(lines).encode() + b"\n\n" + data


def mbox(mails):
    out = b""
    for mail in mails.values():
        shown = mails[mail["flags"]["copy"]] if "copy" in mail["flags"] else mail
        sender = parseaddr(get(shown, "From"))[1]
        when = time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(moment(shown)))
        text = rfc822(mail, mails).replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
        text = re.sub(rb"^(>*From )", rb">\1", text, flags=re.M)
        out += b"From %s %s\n%s\n" % (sender.encode(), when.encode(), text)
    return out


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_mbox.py OUT")
    with open(sys.argv[1], "wb") as f:
        f.write(mbox(read_blocks(os.path.join(HERE, "mails.txt"))))
