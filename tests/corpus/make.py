#!/usr/bin/env python3
"""Writes the corpus: NAME.eml, NAME.meta (what a connector adds) and labels.json. Every label is what the mail was
put together from; nothing here reads a mail.

    make.py FOLDER"""
import json
import os
import sys
import unicodedata

from compose import mail, word
from languages import LANGUAGES
from shapes import SHAPES
from special import all_special

STAFF = ("Ana Souza", "ana.souza@nossa.example")
COLLEAGUE = ("Bruno Lima", "bruno.lima@nossa.example")
# How a program of each shape writes the subject: charset of its words and their form.
SUBJECT_FORMS = [("utf-8", "B"), ("utf-8", "Q"), (None, "B"), (None, "Q")]


def people(code, lang, direction):
    """The author and the other one, whose mail is quoted."""
    customer = (lang["name"], "kunde99@cliente-%s.example" % code)
    return {"in": (customer, STAFF), "out": (STAFF, customer), "internal": (STAFF, COLLEAGUE)}[direction]


def ids(code, shape, n, is_reply):
    """A Message-ID in the manner of some program, and the thread above it, one to four mails long."""
    own = ("CAF%s=%s-118@mail.gmail.com", "AM0PR1%s%sA118@AM0PR1.eurprd.prod.outlook.com",
           "%s-%s-118@cliente.example", "118.%s.%s@mail.yahoo.com")[n % 4] % (code, shape)
    parents = ["%s.%s.parent%d@nossa.example" % (code, shape, i) for i in range(1 + n % 4)] if is_reply else []
    return own, parents


def address(person, charset, form):
    name = word(person[0], charset, form)
    return "%s <%s>" % ('"%s"' % name if name == person[0] and "'" in name else name, person[1])


def from_shape(code, lang, n, shape, make, direction, sort):
    charset, form = SUBJECT_FORMS[n % len(SUBJECT_FORMS)]
    charset = charset or lang["charset"]
    me, other = people(code, lang, direction)
    own, parents = ids(code, shape, n, sort == "reply")
    subject = {"reply": lang["re"], "forward": lang["fwd"], "new": ""}[sort] + lang["subject"]
    truth = make(lang, me, other)
    fields = [("Received", "from mx.example (mx.example [192.0.2.9]) by in.nossa.example; Mon, 14 Sep 2026 13:00:02 +0200")]
    fields = [] if direction == "out" else fields
    fields += [("From", address(me, charset, form)), ("To", address(other, "utf-8", "B")),
               ("Subject", word(subject, charset, form)), ("Date", "Mon, 14 Sep 2026 13:00:00 +0200"), ("Message-ID", "<%s>" % own)]
    if parents:
        fields += [("In-Reply-To", "<%s>" % parents[-1]), ("References", "\r\n ".join("<%s>" % p for p in parents))]
    label = dict(direction=direction, kind="message", message_id=own, in_reply_to=parents[-1] if parents else "",
                 references=parents, subject=subject, new=truth["new"], signature=truth["signature"], pieces=truth["pieces"],
                 author=me[1], original=truth.get("original", "") if direction == "internal" else "",
                 files=truth["files"], warns=truth.get("warns", False), language=code, shape=shape,
                 meta="folder_hint: %s\n" % ("sent" if direction == "out" else "inbox"))
    return "%s_%s" % (shape, code), mail(fields, truth["body"]), label


def everything():
    for n, (code, lang) in enumerate(LANGUAGES.items()):
        for m, (shape, make, direction, sort) in enumerate(SHAPES):
            yield from_shape(code, lang, n + m, shape, make, direction, sort)
    for name, raw, label in all_special():
        yield name, raw, dict(label, language="", shape="special")


def composed(value):
    """Labels in NFC, which is how texts are kept."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, (list, tuple)):
        return [composed(v) for v in value]
    return value


def write(folder):
    labels = {}
    os.makedirs(folder, exist_ok=True)
    for name, raw, label in everything():
        assert name not in labels, name
        with open(os.path.join(folder, name + ".eml"), "wb") as f:
            f.write(raw)
        with open(os.path.join(folder, name + ".meta"), "w", encoding="utf-8") as f:
            f.write(label.pop("meta"))
        labels[name] = {key: composed(value) for key, value in label.items()}
    with open(os.path.join(folder, "labels.json"), "w", encoding="utf-8") as f:
        json.dump(labels, f, ensure_ascii=False, indent=1, sort_keys=True)
    return labels


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    print("%d mails" % len(write(sys.argv[1])))
