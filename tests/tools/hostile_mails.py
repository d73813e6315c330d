#!/usr/bin/python3
"""Mails that cost a parser time, memory or its stack: written into a folder, one file each.

usage: hostile_mails.py FOLDER
"""
import os
import sys

HEAD = (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: patho\r\nMIME-Version: 1.0\r\n"
        b"Date: Mon, 1 Apr 2024 10:00:00 +0200\r\n")
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
TEXT_MAX = 2_000_000


def nested(depth, boundary):
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=%s\r\n\r\n--%s\r\n" % (boundary(i), boundary(i))
                      for i in range(depth))
    closed = b"".join(b"\r\n--%s--\r\n" % boundary(i) for i in reversed(range(depth)))
    return HEAD + opened + b"Content-Type: text/plain\r\n\r\nhi\r\n" + closed


def repeated(unit, n=TEXT_MAX):
    return unit * (n // len(unit))


def structures():
    for depth in (10, 100, 1000, 10000, 100000):
        yield f"nest_distinct_{depth}", nested(depth, lambda i: b"b%d" % i)
        yield f"nest_same_{depth}", nested(depth, lambda i: b"b")
        yield f"nest_rfc822_{depth}", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * depth + b"Subject: x\r\n\r\nhi"
        yield f"nest_digest_{depth}", HEAD + b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n" * depth
    for n in (1000, 100000, 1000000):
        yield f"parts_{n}", MIXED + b"--b\r\n\r\nx\r\n" * n + b"--b--\r\n"
    lookalikes = b"".join(b'Content-Type: multipart/mixed; boundary="%s"\r\n\r\n--%s\r\n' % (b"b" * i, b"b" * i)
                          for i in range(1, 20))
    yield "lookalikes", HEAD + lookalikes + b"\r\n" + (b"--" + b"b" * 30 + b"\r\n") * 1000000
    yield "dashes", MIXED + b"--b\r\n\r\n" + b"--\r\n" * 2500000
    yield "no_line_end", HEAD + b"\r\n" + b"a" * (10 << 20)
    yield "part_headers", MIXED + (b"--b\r\n" + b"Content-X: y\r\n" * 1900 + b"\r\nx\r\n") * 199 + b"--b--"
    yield "part_types", MIXED + (b"--b\r\nContent-Type: " + b"a/" * 30000 + b"\r\n\r\nx\r\n") * 150 + b"--b--"
    yield "part_params", MIXED + (b"--b\r\nContent-Type: text/plain" + b";a=b" * 15000 + b"\r\n\r\nx\r\n") * 190
    yield "part_types_charset", MIXED + (b"--b\r\nContent-Type: text/plain; name*=" + b"x" * 60000 + b"''a\r\n\r\nx\r\n") * 190
    yield "prologue_unused", HEAD + b"Content-Type: multipart/mixed; boundary=never\r\n\r\n" + b"text\r\n" * 8000000
    yield "prologue_used", MIXED + b"text\r\n" * 8000000 + b"--b\r\n\r\nx\r\n--b--\r\n"
    yield "report", (HEAD + b"Content-Type: multipart/report; boundary=b\r\n\r\n"
                     + (b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 3000) * 190)


def headers():
    for n in (10000, 1000000):
        yield f"headers_{n}", HEAD + b"".join(b"X-H%d: v\r\n" % i for i in range(n)) + b"\r\nbody"
    yield "header_huge", HEAD + b"X-H: " + b"a" * (10 << 20) + b"\r\n\r\nbody"
    yield "header_folded", HEAD + b"X-H: a" + b"\r\n b" * 1000000 + b"\r\n\r\nbody"
    yield "header_junk", b"Subject: x\r\n" + b"no colon\r\nX: y\r\n" * 12000 + b"\r\nx"
    yield "header_delivered", HEAD + b"".join(b"Delivered-To: a%d@b.example\r\n" % i for i in range(1900)) + b"\r\nx"
    yield "header_received", HEAD + b"Received: " + b";" * 60000 + b"\r\n" + b"Received: x\r\n" * 1900 + b"\r\nx"
    yield "params", HEAD + b"Content-Type: text/plain" + b"; a=b" * 10000 + b"\r\n\r\nx"
    yield "continuations", HEAD + b"Content-Type: text/plain" + b"".join(b";a*%d=b" % i for i in range(6000)) + b"\r\n\r\nx"
    for name, field in (("parens", b"("), ("pairs", b"()"), ("angles", b"<"), ("refs", b"<a@b> ")):
        yield f"references_{name}", HEAD + b"References: " + repeated(field, 60000) + b"\r\n\r\nx"
    yield "date_parens", HEAD.replace(b"Mon,", b"(" * 60000 + b"Mon,") + b"\r\nx"
    yield "subject_words", HEAD.replace(b"patho", b"\r\n ".join([b"=?utf-8?q?ab?="] * 3500)) + b"\r\nx"
    yield "subject_open_words", HEAD.replace(b"patho", b"=?a?q?" * 10000) + b"\r\nx"
    yield "subject_b", HEAD.replace(b"patho", b"=?utf-8?b?" + b"A" * 60000) + b"\r\nx"
    names = b'--b\r\nContent-Disposition: attachment; filename'
    yield "names_extended", MIXED + (names + b"*0*=utf-8''" + b"%C3%A9" * 10000 + b"\r\n\r\nx\r\n") * 150
    yield "names_words", MIXED + (names + b'="' + b"=?utf-8?q?a?= " * 4500 + b'"\r\n\r\nx\r\n') * 150


def addresses():
    units = {"groups": b"g:", "commas": b",", "words": b"a,", "parens": b"(", "pairs": b"()", "quotes": b'"a', "angles": b"<",
             "open_words": b"=?", "escapes": b'\\"', "comments": b"(a@b,", "ats": b"@", "atoms": b"a ", "dots": b"a.",
             "semicolons": b"a;", "routes": b"<@a,", "list": b"N <u@d.example>,", "brackets": b"[", "balanced": b"(a)"}
    for name, unit in units.items():
        field = repeated(unit, 60000)
        yield f"to_{name}", HEAD.replace(b"c@d.example", field) + b"\r\nx"
        yield f"to_{name}_at", HEAD.replace(b"c@d.example", field + b"a@b.example") + b"\r\nx"
        again = b"".join(b"%s: %s\r\n" % (n, field[:40000]) for n in (b"Cc", b"Bcc", b"Reply-To", b"Sender"))
        yield f"all_{name}", HEAD + again + b"\r\nx"
    yield "to_groups_attached", MIXED + b"--b\r\nContent-Type: message/rfc822\r\n\r\nTo: " + b"g:" * 500000 + b"\r\n\r\nx"


def bodies():
    html = {"lt": b"<", "open": b'<a href="', "comment": b"<!--", "amp": b"&amp", "number": b"&#", "hidden": b'<p style="display:none">',
            "quote": b"<blockquote><br>x", "script": b"<script></scr", "attributes": b"<p a=b c=\"d\" ", "div": b"<div>",
            "end": b"</", "links": b'<a href="http://x.example/y">t</a>', "lists": b"<ol><li>"}
    for name, unit in html.items():
        yield f"html_{name}", HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + repeated(unit)
    text = {"marks": "\u0301\u0323".encode(), "jamo": "\u1161".encode(), "from": b"From: x\nSent: y\n", "gt": b">", "gt_lines": b">\n",
            "blank": b"\n", "wrote": b"On 1 wrote:\n", "signature": b"-- \n", "bad": b"\xff", "cut": b"\xe2\x82", "dashes": b"-----\n"}
    for name, unit in text.items():
        yield f"text_{name}", HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + repeated(unit)
    for charset in (b"utf-7", b"utf-16", b"iso-2022-jp", b"gb18030", b"big5", b"euc-kr", b"shift_jis", b"windows-1255"):
        yield f"charset_{charset.decode()}", (HEAD + b"Content-Type: text/plain; charset=" + charset + b"\r\n\r\n"
                                              + b"\xff\x1b$B\xfe+A" * 170000)
    yield "flowed", HEAD + b"Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n" + b">>>>>>>> \n> \n" * 100000
    yield "html_parts", MIXED + (b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<br>x" * 50000 + b"\r\n") * 190
    yield "text_parts", MIXED + (b"--b\r\n\r\n" + b"abc\n" * 60000 + b"\r\n") * 190
    encoded = HEAD + b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: "
    yield "base64_50MB", encoded + b"base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * 670000
    yield "qp_50MB", encoded + b"quoted-printable\r\n\r\n" + b"=C3=BCber abc def =\r\n" * 2400000
    yield "plain_50MB", HEAD + b"\r\n" + b"abc \xc3\xa9 def\r\n" * 4000000
    yield "uuencode_10MB", encoded + b"x-uuencode\r\n\r\nbegin 644 x\r\n" + (b"M" + b"A" * 60 + b"\r\n") * 160000
    yield "too_large", HEAD + b"\r\n" + b"a" * (52 << 20)


def calendars():
    head = HEAD + b"Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
    end = b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    zone = (b"BEGIN:VTIMEZONE\r\nTZID:Z\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nTZOFFSETFROM:+0100\r\n"
            b"TZOFFSETTO:+0200\r\nRRULE:FREQ=SECONDLY\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n")
    event = b"BEGIN:VEVENT\r\nUID:x\r\nDTSTART;TZID=Z:99991231T235959\r\nDURATION:P2147483647W\r\n"
    yield "calendar_attendees", head + event + b"ATTENDEE;CN=x:mailto:a@b.example\r\n" * 500000 + end
    yield "calendar_folds", head + event + b"SUMMARY:x" + b"\r\n y" * 1000000 + b"\r\n" + end
    yield "calendar_lines", head + event + b"SUMMARY:x\r\n" * 1000000 + end
    yield "calendar_params", head + event + b"ATTENDEE" + b";CN=x" * 800 + b":a@b.example\r\n" + end
    yield "calendar_backslashes", head + event + (b"SUMMARY:" + b"\\," * 2000 + b"\r\n") * 50 + end
    yield "calendar_seconds", head + zone * 1000 + event + end
    yield "calendar_nested", head + b"BEGIN:VEVENT\r\n" * 100000 + end
    yield "calendar_rules", head + event + (b"RRULE:FREQ=DAILY;BYDAY=" + b"MO," * 1000 + b"TU\r\n") * 50 + end
    yield "calendar_parts", MIXED + (b"--b\r\nContent-Type: text/calendar\r\n\r\n" + b"X:y\r\n" * 60000) * 100 + b"--b--"


def wrapped():
    def number(n, size=4):
        return n.to_bytes(size, "little")

    def attribute(level, name, data):
        return number(level, 1) + number(name) + number(len(data)) + data + b"\0\0"

    def winmail(data):
        return HEAD + b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: binary\r\n\r\n" + data

    start = number(0x223E9F78) + b"\1\0"
    rich = number(0x10090102) + number(1)
    bomb = number(9) + number(9) + b"LZFu" + number(0) + (b"\0" + b"{\\~\\~\\~a") * 2 + (b"\xff" + b"\x0c\xff" * 8) * 300000
    yield "tnef_files", winmail(start + attribute(2, 0x69002, b"") * 200000)
    yield "tnef_attributes", winmail(start + attribute(1, 0x78008, b"") * 200000)
    yield "tnef_counts", winmail(start + attribute(1, 0x69003, number(0xFFFFFFFF) + (number(0x3001101E) + number(0)) * 200000))
    yield "tnef_values", winmail(start + attribute(1, 0x69003, number(1) + number(0x3001101E) + number(500000)
                                                   + number(0) * 500000))
    yield "tnef_rich", winmail(start + attribute(1, 0x69003, number(1) + rich + number(len(bomb)) + bomb))
    for name, unit in (("groups", b"{"), ("spaces", b"\\~"), ("bytes", b"\\'e9\\~"), ("pages", b"\\ansicpg932 \\'83\\~"),
                       ("unicode", b"\\u-1?"), ("words", b"\\" + b"a" * 30)):
        rtf = b"{\\rtf1 " + repeated(unit)
        data = number(9) + number(9) + b"MELA" + number(0) + rtf
        yield f"tnef_rich_{name}", winmail(start + attribute(1, 0x69003, number(1) + rich + number(len(data)) + data))
    yield "uu_begins", HEAD + b"\r\n" + b"begin 644 x\r\n" * 200000
    yield "uu_unfinished", HEAD + b"\r\n" + (b"begin 644 x\r\n" + (b"M" + b"A" * 60 + b"\r\n") * 20) * 2000
    yield "uu_files", HEAD + b"\r\n" + b"begin 644 x\r\n#86)C\r\n`\r\nend\r\n" * 100000
    yield "uu_50MB", HEAD + b"\r\nbegin 644 x\r\n" + (b"M" + b"A" * 60 + b"\r\n") * 790000 + b"`\r\nend\r\n"


def notices():
    head = HEAD.replace(b"a@b.example", b"mailer-daemon@b.example") + b"Return-Path: <>\r\n"
    yield "notice_addresses", head + b"\r\n" + b"".join(b"<a%d@b.example>: 550 5.1.1 x\r\n" % i for i in range(50000))
    yield "notice_one_line", head + b"\r\n" + b"5.1." * 400000
    yield "notice_failed", head + b"X-Failed-Recipients: " + b"a@b.example, " * 4000 + b"\r\n\r\nx"
    yield "notice_references", head + b"References: " + b"<a@b.example> " * 4000 + b"\r\n\r\nx"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for make in (structures, headers, addresses, bodies, calendars, wrapped, notices):
        for name, mail in make():
            with open(os.path.join(sys.argv[1], name + ".eml"), "wb") as f:
                f.write(mail)


if __name__ == "__main__":
    main()
