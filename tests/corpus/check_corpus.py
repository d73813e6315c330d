#!/usr/bin/env python3
"""Makes the corpus, has the product read it, and prints how many labels agree, by kind of label. Fails when one
disagrees that is not listed in known.py, and when a listed one agrees: then the list is out of date.

    check_corpus.py READER [FOLDER]    (-v: show every disagreement)"""
import json
import os
import re
import subprocess
import sys
import tempfile

from known import KNOWN
from make import write

LABELS = ("direction", "kind", "author", "original", "message_id", "in_reply_to", "references", "subject", "new", "signature", "kept", "charset", "files")
ENOUGH = 300


def squeezed(text):
    """White space and marks of direction are not what a quote is judged by."""
    return re.sub(r"\s+", " ", re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", text)).strip()


def address_of(record, role):
    """Of the first of that role; what an entry names and where it is listed, too."""
    for party in record["parties"]:
        if party["role"] == role:
            return party.get("email", "")
    return ""


def views(answer):
    """What the product says, by label."""
    if "error" in answer:
        return {label: "error: " + answer["error"] for label in LABELS}
    record = answer["record"]
    details = record.get("details", {})
    return {
        "direction": "filtered" if answer["filter"] else answer["direction"],
        "author": address_of(record, "from"), "original": address_of(record, "original"), "kind": record["kind"], "message_id": record["external_id"],
        "in_reply_to": details.get("in_reply_to", ""), "references": details.get("references", []),
        "subject": record.get("subject", ""), "new": squeezed(record.get("text", "")),
        "signature": squeezed(details.get("signature", "")), "kept": [],
        "charset": any("read as" in w or "declared charset" in w for w in details.get("warnings", [])),
        "files": [[a["name"], a["media_type"], a["size"], a.get("content_id", "")] for a in record["attachments"]],
    }


def truths(label, answer):
    """What is true, by label; "kept" names what the record has lost. A warning may be left open (None)."""
    record = answer.get("record", {})
    whole = squeezed(record.get("text_full") or record.get("text", ""))
    # Quote marks and bars between the lines of what was kept are no loss.
    bare = squeezed(re.sub(r"(^|\s)>+(?=\s)", " ", whole))
    wanted = dict(label, new=label["new"] if label["new"] is None else squeezed(label["new"]), signature=squeezed(label["signature"]), charset=label["warns"])
    wanted["kept"] = [p for p in label["pieces"] if squeezed(p) not in whole and squeezed(p) not in bare]
    if wanted["new"] is None:
        wanted["signature"] = None
    if "file_names" in label:
        wanted["files"] = label["file_names"]
    return wanted


def compare(label, answer):
    """Yields (kind of label, agrees, wanted, got)."""
    got, wanted = views(answer), truths(label, answer)
    if "file_names" in label and isinstance(got["files"], list):
        got["files"] = [f[:2] for f in got["files"]]
    for kind in LABELS:
        want = wanted[kind]
        if kind == "kept":
            yield kind, want == [], "all of it", "lost: %r" % want
        elif want is not None:
            yield kind, want == got[kind], want, got[kind]


def read(reader, folder):
    lines = subprocess.run([reader, folder], stdout=subprocess.PIPE, check=True).stdout.decode().splitlines()
    return {answer["name"]: answer for answer in map(json.loads, lines)}


def run(reader, folder, is_loud):
    labels = write(folder)
    answers = read(reader, folder)
    agreed, total, wrong, seen = dict.fromkeys(LABELS, 0), dict.fromkeys(LABELS, 0), [], set()
    for name in sorted(labels):
        for kind, agrees, want, got in compare(labels[name], answers[name]):
            total[kind] += 1
            agreed[kind] += agrees
            if agrees:
                continue
            seen.add((name, kind))
            if is_loud or (name, kind) not in KNOWN:
                wrong.append("%s: %s\n    wanted %r\n    got    %r" % (name, kind, want, got))
    print("\n".join(wrong))
    print("%d mails, %d languages, %d shapes" % (len(labels), len({l["language"] for l in labels.values()} - {""}),
                                               len({l["shape"] for l in labels.values()} - {"special"})))
    for kind in LABELS:
        print("%-12s %4d of %4d  %6.2f %%" % (kind, agreed[kind], total[kind], 100 * agreed[kind] / total[kind]))
    stale = sorted(set(KNOWN) - seen)
    for name, kind in stale:
        print("%s: %s agrees now: take it out of known.py" % (name, kind))
    unknown = seen - set(KNOWN)
    print("%d disagreements, %d of them known" % (len(seen), len(seen - unknown)))
    return not unknown and not stale and len(labels) >= ENOUGH


def main():
    words = [w for w in sys.argv[1:] if w != "-v"]
    if not 1 <= len(words) <= 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(0 if run(words[0], words[1] if len(words) > 1 else scratch, "-v" in sys.argv) else 1)


if __name__ == "__main__":
    main()
