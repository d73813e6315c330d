#!/usr/bin/env python3
"""What others make of the corpus: Python's email package, and GMime by itself where python3-gi has it. Prints how
often each agrees with the labels, and where they differ from the product.

    second_opinion.py READER [-v]    (-v: each difference)"""
import email
import email.policy
import os
import re
import sys
import tempfile

from check_corpus import read, squeezed, truths, views
from make import write

try:
    import gi
    gi.require_version("GMime", "3.0")
    from gi.repository import GMime
    GMime.init()
except (ImportError, ValueError):
    GMime = None

FIELDS = ("message_id", "in_reply_to", "references", "subject", "text", "files")
ID = re.compile(r"<([^<>\s]+)>")


def first(found):
    return found[0] if found else ""


def python_view(raw):
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    body = mail.get_body(preferencelist=("plain", "html"))
    files = [(p.get_filename() or "", p.get_content_type()) for p in mail.walk()
             if p is not body and not p.is_multipart() and (p.get_filename() or p.get_content_maintype() != "text")]
    return dict(message_id=first(ID.findall(str(mail["Message-ID"]))), in_reply_to=first(ID.findall(str(mail["In-Reply-To"]))),
                references=ID.findall(str(mail["References"])), subject=str(mail["Subject"]),
                text=body.get_content() if body is not None else "", files=files)


def gmime_ids(message, name):
    value = message.get_header(name)
    ids = GMime.References.parse(None, value) if value else None
    return [ids.get_message_id(i) for i in range(ids.length())] if ids else []


def gmime_leaves(message):
    parts = GMime.PartIter.new(message)
    while parts.is_valid():
        yield parts.get_current()
        if not parts.next():
            break


def gmime_text(leaves):
    texts = [p for p in leaves if isinstance(p, GMime.TextPart) and not p.get_filename()]
    plain = [p for p in texts if p.get_content_type().get_media_subtype() == "plain"]
    return next(iter(plain + texts)).get_text() if texts else ""


def gmime_view(raw):
    parser = GMime.Parser.new_with_stream(GMime.StreamMem.new_with_buffer(raw))
    message = parser.construct_message(None)
    leaves = [p for p in gmime_leaves(message) if isinstance(p, GMime.Part)]
    files = [(p.get_filename() or "", p.get_content_type().get_mime_type()) for p in leaves
             if p.get_filename() or not isinstance(p, GMime.TextPart)]
    return dict(message_id=message.get_message_id() or "", in_reply_to=first(gmime_ids(message, "In-Reply-To")),
                references=gmime_ids(message, "References"), subject=message.get_subject() or "",
                text=gmime_text(leaves) or "", files=files)


def our_view(answer):
    seen = views(answer)
    record = answer["record"]
    return dict(seen, text=record.get("text_full") or record.get("text", ""), files=[tuple(f[:2]) for f in seen["files"]])


def agrees(field, label, answer, view):
    """With the label. Of a text every piece must be in it; a page is compared without its tags."""
    if field == "text":
        text = squeezed(re.sub(r"(?s)<(style|head).*?</\1>|<[^<>@]*>|(?m:^[> ]+)", " ", view["text"]))
        return all(squeezed(re.sub(r"\s+|<[^<>@]*>|\[cid:[^\]]*\]|(?m:^[> ]+)", " ", p)) in text or
                   squeezed(p).replace(" ", "") in text.replace(" ", "") for p in label["pieces"])
    if field == "files":
        wanted = truths(label, answer)["files"]
        return wanted is None or sorted(f[0] for f in view["files"]) == sorted(f[0] for f in wanted)
    return view[field] == label[field]


def opinion(make_view, raw):
    try:
        return make_view(raw)
    except Exception as e:      # a reader that dies has no opinion; that is one, too
        return dict.fromkeys(FIELDS, "died: %s" % e, ) | {"files": [], "references": []}


def judge(folder, labels, answers, others, is_loud):
    right = {name: dict.fromkeys(FIELDS, 0) for name in others}
    for mail in sorted(labels):
        with open(os.path.join(folder, mail + ".eml"), "rb") as f:
            raw = f.read()
        seen = {name: our_view(answers[mail]) if view is None else opinion(view, raw) for name, view in others.items()}
        for field in FIELDS:
            ok = {name: agrees(field, labels[mail], answers[mail], seen[name]) for name in others}
            for name in others:
                right[name][field] += ok[name]
            if is_loud and len(set(ok.values())) > 1:
                print("%s: %s" % (mail, field))
                for name in others:
                    print("    %-8s %s %r" % (name, "is right" if ok[name] else "differs ", seen[name][field]))
    return right


def main():
    words = [w for w in sys.argv[1:] if w != "-v"]
    if len(words) != 1:
        sys.exit(__doc__)
    others = {"daybook": None, "python": python_view}
    if GMime is not None:
        others["gmime"] = gmime_view
    with tempfile.TemporaryDirectory() as folder:
        labels = write(folder)
        right = judge(folder, labels, read(words[0], folder), others, "-v" in sys.argv)
    print("of %d mails%s" % (len(labels), "" if GMime else " (GMime is not asked: python3-gi or its GMime is missing)"))
    print("%-12s" % "" + "".join("%10s" % name for name in others))
    for field in FIELDS:
        print("%-12s" % field + "".join("%10d" % right[name][field] for name in others))


if __name__ == "__main__":
    main()
