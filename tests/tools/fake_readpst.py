#!/usr/bin/python3 -IS
"""readpst as far as `daybook import pst` knows it, for tests: nobody writes .pst files but Outlook.

Takes the same options and leaves what readpst 0.6.76 leaves with them: a folder for each folder, 1.eml, 2.eml …, lines
of "\\n", multiparts with another random number in each run, an end of "--" and two line ends, a calendar stamped with the
time of the conversion, the folders on standard output. Its .pst file is "!BDN" and JSON: {folders: {path: [mails]},
skipped, crash_after, spin, spill, probe}; a mail is {header, text, calendar}.
"""
import json
import os
import random
import socket
import sys
import time


def write_mail(f, mail):
    number = random.randrange(1 << 31)
    boundary = "--boundary-LibPST-iamunique-%d_-_-" % number
    f.write("Status: RO\n" + mail.get("header", "") + "MIME-Version: 1.0\nContent-Type: multipart/mixed;\n\tboundary=\"%s\"\n\n"
            % boundary)
    f.write("\n--%s\nContent-Type: text/plain; charset=\"utf-8\"\n\n%s" % (boundary, mail.get("text", "")))
    if mail.get("calendar"):
        name = "i%d.ics" % random.randrange(1 << 31)
        f.write("\n--%s\nContent-Type: text/calendar; charset=\"utf-8\"; name=\"%s\"\nContent-Disposition: attachment; "
                "filename=\"%s\"\n\nBEGIN:VCALENDAR\nVERSION:2.0\nPRODID:LibPST v0.6.76\nMETHOD:REQUEST\nBEGIN:VEVENT\n"
                "DTSTAMP:%s\nSUMMARY:Reunião\nEND:VEVENT\nEND:VCALENDAR\n"
                % (boundary, name, name, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())))
    f.write("\n--%s--\n\n" % boundary)


def attempt(what):
    try:
        return what() or "allowed"
    except OSError as e:
        return type(e).__name__


def probe(pst):
    """What a converter that was taken over could do."""
    return json.dumps({
        "password file": attempt(lambda: open("/etc/passwd").close()),
        "network": attempt(lambda: socket.socket().close()),
        "another process": attempt(lambda: os.fork() or os._exit(0)),
        "write beside": attempt(lambda: open(os.path.dirname(pst) + "/beside", "w").close()),
        "write the archive": attempt(lambda: open(pst, "r+").close()),
        "signal": attempt(lambda: os.kill(os.getppid(), 0)),
        "environment": sorted(os.environ),
        "descriptors": sorted(int(fd) for fd in range(3, 64) if attempt(lambda: os.fstat(fd) and None) == "allowed"),
    })


def main():
    args = sys.argv[1:]
    assert args[:-3] == ["-e", "-D", "-8", "-b", "-j", "0", "-t", "e"] and args[-3] == "-o", args
    pst, out = args[-1], args[-2]
    assert os.path.isabs(pst) and os.stat(out).st_mode & 0o777 == 0o700
    with open(pst, encoding="utf-8") as f:
        plan = json.loads(f.read()[4:])
    os.chdir(out)
    print("Opening PST file and indexes...")
    written = 0
    for folder, mails in plan.get("folders", {}).items():
        print("Processing Folder \"%s\"" % folder.split("/")[-1], flush=True)
        os.makedirs(folder, exist_ok=True)
        for n, mail in enumerate(mails, 1):
            if plan.get("probe"):
                mail = dict(mail, text=probe(pst))
            with open("%s/%d.eml" % (folder, n), "w", encoding="utf-8") as f:
                write_mail(f, mail)
            written += 1
            if written == plan.get("crash_after"):
                with open("%s/%d.eml" % (folder, n + 1), "w", encoding="utf-8") as f:
                    f.write("From: half@example.com\nSubject: half\n\nhal")
                os.abort()
        print("\t\"%s\" - %d items done, %d items skipped." % (folder, len(mails), plan.get("skipped", 0)))
    if plan.get("spill"):
        with open("Personal folders/big.eml", "w") as f:
            for _ in range(plan["spill"]):
                try:
                    f.write("x" * (1 << 20))
                    f.flush()
                except OSError:
                    break
        os._exit(0)
    while plan.get("spin"):
        time.sleep(0.05)


main()
