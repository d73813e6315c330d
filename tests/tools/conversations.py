"""Conversations of a small company with its customers, as mails, and what happens to a mail on its way.

conversations(count, seed) gives the same mails for the same arguments: threads between two of our people and customers
in five languages, with quotes, signatures, attachments, copies to a colleague, mail among ourselves, newsletters and
automatic replies. render(mail, way) makes the bytes of one copy: what a relay, a list or a server may change (hops and
other trace fields, the transfer encoding, the charset, how a header field is encoded and folded, a list's footer) is
the way's, all else is the mail's.
"""
import base64
import email.utils
import hashlib
import quopri
import random
from dataclasses import dataclass, field
from email.header import Header

OWN = "acme.example"
STAFF = [("Ana Souza", "ana@acme.example"), ("Beto Núñez", "beto@acme.example")]
T0 = 1735725600     # 2025-01-01 10:00 UTC
FOOTER = "_______________________________________________\nvendas mailing list\nvendas@acme.example\n" \
         "https://lists.acme.example/listinfo/vendas\n"

LANGUAGES = {
    "pt": dict(charsets=("utf-8", "iso-8859-1", "windows-1252"), names="Conceição João Luís Mônica Antônio".split(),
               words="orçamento reunião amanhã não então proposta preço condição você está até entrega às".split(),
               hello="Olá", bye="Abraço,", subject="Orçamento", wrote="Em %s, %s escreveu:"),
    "es": dict(charsets=("utf-8", "iso-8859-1"), names="Íñigo Begoña José María Ramón".split(),
               words="presupuesto reunión mañana también señor cuándo envío país factura última".split(),
               hello="Hola", bye="Saludos,", subject="¿Presupuesto?", wrote="El %s, %s escribió:"),
    "en": dict(charsets=("us-ascii", "utf-8"), names="Alice Bob Grace Henry Zoe".split(),
               words="offer meeting tomorrow price delivery order please invoice question draft version".split(),
               hello="Hello", bye="Regards,", subject="Offer", wrote="On %s, %s wrote:"),
    "de": dict(charsets=("utf-8", "iso-8859-1", "windows-1252"), names="Jürgen Käthe Björn Götz Änne".split(),
               words="Angebot Prüfung Grüße Lieferung Preis Rechnung schön möglich über nächste".split(),
               hello="Guten Tag", bye="Mit freundlichen Grüßen", subject="Anfrage für Prüfung", wrote="Am %s schrieb %s:"),
    "ja": dict(charsets=("utf-8", "iso-2022-jp"), names="田中 鈴木 佐藤 高橋".split(),
               words="会議 資料 送付 ご確認 来週 請求書 よろしくお願いいたします".split(),
               hello="お世話になっております", bye="よろしくお願いいたします", subject="見積", wrote="%s %s:"),
}


@dataclass
class Mail:
    number: int
    date: int
    zone: str
    sender: tuple
    to: list
    cc: list
    subject: str
    text: str
    html: str = None
    attachments: list = field(default_factory=list)
    message_id: str = None
    references: list = field(default_factory=list)
    charset: str = "utf-8"
    more: list = field(default_factory=list)    # fields that the sender wrote: List-Id, Auto-Submitted …
    ahead_s: int = 0                            # how far the sender's clock is ahead of that of the first relay

    @property
    def is_ours(self):
        return self.sender[1].endswith("@" + OWN)

    def is_for(self, address):
        return any(a == address for _, a in self.to + self.cc)


@dataclass
class Way:
    """What was done to one copy. The defaults are the copy that its sender keeps."""
    hops: int = 0
    owner: str = None
    encoding: str = None        # of the texts; None: as the sender's program chose
    to_utf8: bool = False
    header_encoding: str = None
    width: int = 76
    footer: bool = False
    dkim: bool = False
    seed: int = 0


class World:
    def __init__(self, seed):
        self.rnd = random.Random(seed)
        self.mails, self.customers = [], []
        self.clock = T0

    def words(self, language, n):
        return " ".join(self.rnd.choice(LANGUAGES[language]["words"]) for _ in range(n))

    def customer(self):
        """A new one, or one we know; they write their name in more than one way."""
        if self.customers and self.rnd.random() < .6:
            return self.rnd.choice(self.customers)
        language = self.rnd.choice(list(LANGUAGES))
        first = self.rnd.choice(LANGUAGES[language]["names"])
        last = self.rnd.choice("Silva García Smith Müller 田中 Oliveira".split())
        domain = self.rnd.choice(("cliente%d.example" % (len(self.customers) // 2), "gmail.com"))
        address = "c%d@%s" % (len(self.customers), domain)
        names = ["%s %s" % (first, last), "%s, %s" % (last, first), ("%s %s" % (first, last)).lower(), ""]
        self.customers.append((language, address, names[:self.rnd.choice((1, 1, 2, 4))]))
        return self.customers[-1]

    def name_of(self, customer):
        return self.rnd.choice(customer[2]), customer[1]

    def body(self, language, sender, answered):
        lines = [LANGUAGES[language]["hello"] + ",", ""]
        lines += [self.words(language, self.rnd.randrange(4, 11)) + "." for _ in range(self.rnd.randrange(1, 5))]
        lines += ["", LANGUAGES[language]["bye"], sender[0] or sender[1]]
        if self.rnd.random() < .4:
            lines += ["-- ", sender[0] or sender[1], "+55 11 9%04d-%04d" % (self.rnd.randrange(10000), self.rnd.randrange(10000))]
        if answered is not None and self.rnd.random() < .8:
            when = email.utils.formatdate(answered.date)
            lines += ["", LANGUAGES[language]["wrote"] % (when, "%s <%s>" % answered.sender)]
            lines += ["> " + line for line in answered.text.split("\n")[:12]]
        return "\n".join(lines) + "\n"

    def attachment(self):
        name, kind = self.rnd.choice((("Proposta – versão 2.pdf", "application/pdf"), ("photo.jpg", "image/jpeg"),
                                      ("見積書.xlsx", "application/vnd.ms-excel"), ("notes.txt", "text/plain")))
        data = self.rnd.randbytes(self.rnd.randrange(200, 6000))
        return name, kind, b"line\r\n" * 40 if kind == "text/plain" else data

    def add(self, language, sender, to, cc=(), answered=None, subject=None, **more):
        n = len(self.mails)
        self.clock += self.rnd.choice((0, 1, 30, 600, 7200, 40000))
        text = self.body(language, sender, answered)
        mail = Mail(number=n, date=self.clock, zone=self.rnd.choice(("+0000", "-0300", "+0900", "+0100")), sender=sender,
                    to=list(to), cc=list(cc), text=text,
                    subject=subject or "%s %d" % (LANGUAGES[language]["subject"], n),
                    charset=self.rnd.choice(LANGUAGES[language]["charsets"]), **more)
        if self.rnd.random() > .02:
            mail.message_id = "<%d.%08x@%s>" % (n, self.rnd.getrandbits(32), sender[1].split("@")[1])
        if answered is not None and answered.message_id:
            mail.references = (answered.references + [answered.message_id])[-8:]
        if self.rnd.random() < .5:
            mail.html = "<html><body>%s</body></html>" % "".join(
                "<p>%s</p>" % line.replace("&", "&amp;").replace("<", "&lt;") for line in text.split("\n"))
        if self.rnd.random() < .25:
            mail.attachments = [self.attachment() for _ in range(self.rnd.randrange(1, 3))]
        if not mail.is_ours and self.rnd.random() < .03:
            mail.ahead_s = 600
        try:
            (text + mail.subject + sender[0]).encode(mail.charset)
        except UnicodeError:
            mail.charset = "utf-8"
        self.mails.append(mail)
        return mail

    def conversation(self):
        customer, ours = self.customer(), self.rnd.choice(STAFF)
        language = customer[0]
        other = STAFF[1 - STAFF.index(ours)]
        is_inbound, answered = self.rnd.random() < .6, None
        for _ in range(self.rnd.randrange(1, 7)):
            cc = [other] if self.rnd.random() < .3 else []
            subject = None
            if answered is not None:
                subject = answered.subject if answered.subject.startswith("Re: ") else "Re: " + answered.subject
            if is_inbound:
                answered = self.add(language, self.name_of(customer), [ours], cc, answered, subject)
            else:
                answered = self.add(language, ours, [self.name_of(customer)], cc, answered, subject)
            is_inbound = not is_inbound

    def aside(self):
        language, customer = "pt", self.customer()
        kind = self.rnd.choice(("internal", "bulk", "auto"))
        if kind == "internal":
            first = self.add(language, STAFF[0], [STAFF[1]])
            self.add(language, STAFF[1], [STAFF[0]], (), first, "Re: " + first.subject)
        elif kind == "bulk":
            self.add(language, ("Ofertas", "news@shop.example"), [STAFF[0]], more=[
                "List-Id: <news.shop.example>", "List-Unsubscribe: <https://shop.example/u>", "Precedence: bulk"])
        else:
            first = self.add(language, STAFF[1], [self.name_of(customer)])
            self.add(language, self.name_of(customer), [STAFF[1]], (), first, "Re: " + first.subject,
                     more=["Auto-Submitted: auto-replied"])


def conversations(count, seed=1):
    world = World(seed)
    while len(world.mails) < count:
        world.conversation() if world.rnd.random() < .85 else world.aside()
    return world.mails[:count]


# ---- one copy ----

def words(text, charset, encoding):
    """RFC 2047: as the sender did, or as a server writes it anew."""
    try:
        return text.encode("ascii").decode()
    except UnicodeError:
        pass
    if encoding == "base64":
        return Header(text, "utf-8", maxlinelen=70).encode(linesep="\r\n")
    try:
        return Header(text, charset, maxlinelen=60).encode(linesep="\r\n")
    except UnicodeError:
        return Header(text, "utf-8", maxlinelen=60).encode(linesep="\r\n")


def mailbox(who, charset, encoding):
    name, address = who
    if not name:
        return address
    if name.isascii():
        return '"%s" <%s>' % (name, address) if "," in name or encoding else "%s <%s>" % (name, address)
    return "%s <%s>" % (words(name, charset, encoding), address)


def text_part(text, subtype, mail, way):
    charset = "utf-8" if way.to_utf8 else mail.charset
    encoding = way.encoding or ("7bit" if charset in ("us-ascii", "iso-2022-jp") else "quoted-printable")
    try:
        raw = text.encode(charset)
    except UnicodeError:        # a footer in a charset that lacks its letters: the list takes UTF-8
        charset, raw = "utf-8", text.encode()
        encoding = encoding if encoding != "7bit" else "base64"
    if encoding == "8bit" and (charset in ("us-ascii", "iso-2022-jp") or max(map(len, raw.split(b"\n"))) > 900):
        encoding = "quoted-printable"
    if encoding == "quoted-printable":
        raw = quopri.encodestring(raw)
    elif encoding == "base64":
        b = base64.b64encode(raw.replace(b"\n", b"\r\n"))
        raw = b"\n".join(b[i:i + way.width] for i in range(0, len(b), way.width)) + b"\n"
    head = "Content-Type: text/%s; charset=%s\nContent-Transfer-Encoding: %s\n\n" % (subtype, charset, encoding)
    return (head.encode() + raw).replace(b"\n", b"\r\n")


def file_part(name, kind, data, way):
    b = base64.b64encode(data)
    shown = 'filename="%s"' % name if name.isascii() else "filename*=utf-8''%s" % "".join(
        "%%%02X" % c for c in name.encode())
    head = "Content-Type: %s\r\nContent-Disposition: attachment; %s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % (kind, shown)
    return head.encode() + b"\r\n".join(b[i:i + way.width] for i in range(0, len(b), way.width)) + b"\r\n"


def multipart(subtype, parts, boundary):
    lines = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return b"Content-Type: multipart/%b; boundary=\"%b\"\r\n\r\n" % (subtype.encode(), boundary) + lines + b"--" + boundary + b"--\r\n"


def body(mail, way):
    boundary = b"=_b%d" % mail.number
    is_single = mail.html is None and not mail.attachments
    text = mail.text + ("\n" + FOOTER if way.footer and is_single else "")
    out = text_part(text, "plain", mail, way)
    if mail.html is not None:
        out = multipart("alternative", [out, text_part(mail.html, "html", mail, way)], boundary + b".a")
    parts = [out] + [file_part(*a, way) for a in mail.attachments]
    if way.footer and not is_single:
        parts.append(b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n"
                     b"Content-Disposition: inline\r\n\r\n" + FOOTER.replace("\n", "\r\n").encode())
    return multipart("mixed", parts, boundary + b".m") if len(parts) > 1 else out


def trace(mail, way, rnd):
    """The newest hop first. The oldest is that of the sender's own relay: all copies share it."""
    if mail.is_ours and way.hops == 0:
        return []
    born = mail.date - mail.ahead_s
    relay = mail.sender[1].split("@")[1]
    lines = ["Received: from [192.0.2.1] by mx.%s with ESMTPSA id first%d;\r\n\t%s" % (
        relay, mail.number, email.utils.formatdate(born + 1))]
    for hop in range(way.hops):
        lines.insert(0, "Received: from mx%d.%s by in%d.acme.example (Postfix) with ESMTPS id %X\r\n\tfor <%s>; %s" % (
            hop, relay, rnd.randrange(9), rnd.getrandbits(40), way.owner, email.utils.formatdate(born + 2 + hop + rnd.randrange(20))))
    if way.owner:
        lines = ["Return-Path: <%s>" % mail.sender[1], "Delivered-To: " + way.owner,
                 "X-Spam-Score: %.1f" % rnd.uniform(-3, 3)] + lines
    if way.dkim:
        lines.append("DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=s1; h=from:to:subject:date;\r\n\tbh=%s; b=%s" % (
            relay, base64.b64encode(rnd.randbytes(32)).decode(), base64.b64encode(rnd.randbytes(48)).decode()))
    return lines


def render(mail, way=Way()):
    rnd = random.Random("%d %d" % (way.seed, mail.number))
    people = lambda who: ",\r\n ".join(mailbox(p, mail.charset, way.header_encoding) for p in who)
    zone = (1 if mail.zone[0] == "+" else -1) * (int(mail.zone[1:3]) * 3600 + int(mail.zone[3:]) * 60)
    date = email.utils.formatdate(mail.date + zone).replace("-0000", mail.zone)
    head = trace(mail, way, rnd)
    head += ["Date: " + date, "From: " + people([mail.sender]), "To: " + people(mail.to)]
    if mail.cc:
        head.append("Cc: " + people(mail.cc))
    head.append("Subject: " + words(mail.subject, mail.charset, way.header_encoding))
    if mail.message_id:
        head.append("Message-ID: " + mail.message_id)
    if mail.references:
        head += ["In-Reply-To: " + mail.references[-1], "References: " + "\r\n ".join(mail.references)]
    head += mail.more + ["MIME-Version: 1.0"]
    return "\r\n".join(head).encode() + b"\r\n" + body(mail, way)


def any_way(mail, owner, seed, may_have_footer):
    """How this copy fared: the same for the same seed."""
    rnd = random.Random("%d %d %s" % (seed, mail.number, owner))
    return Way(hops=rnd.randrange(1, 4), owner=owner, encoding=rnd.choice((None, "8bit", "quoted-printable", "base64")),
               to_utf8=rnd.random() < .4, header_encoding=rnd.choice((None, "base64")), width=rnd.choice((60, 76)),
               footer=may_have_footer and rnd.random() < .5, dkim=rnd.random() < .5, seed=seed)


def is_through_a_list(mail):
    """One inbound mail in ten came to us through a list that may have put its footer below."""
    return not mail.is_ours and hashlib.sha256(b"%d" % mail.number).digest()[0] < 26
