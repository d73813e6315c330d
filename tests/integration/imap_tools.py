"""What the IMAP tests share: the driver, its state file, and a small honest server that can be told to lie."""
import hashlib
import json
import os
import re
import socket
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOOLS = os.path.join(HERE, "..", "tools")
BUILD = os.environ.get("DAYBOOK_BUILD", os.path.join(HERE, "..", "..", "build"))
DRIVE = os.path.join(BUILD, "tests", "unit", "connectors", "imap_drive")
SUPPRESSIONS = os.path.join(HERE, "lsan-libetpan.supp")


class Result:
    def __init__(self, proc, took):
        self.code, self.stderr, self.took = proc.returncode, proc.stderr, took
        self.runs = [json.loads(line) for line in proc.stdout.splitlines() if line.startswith("{")]
        self.last = self.runs[-1] if self.runs else {}
        self.trouble = [line[9:] for line in proc.stderr.splitlines() if line.startswith("trouble: ")]
        for sign in ("AddressSanitizer", "LeakSanitizer", "runtime error:", "Assertion"):
            assert sign not in proc.stderr, proc.stderr[-6000:]
        assert proc.returncode >= 0, "ended by signal %d\n%s" % (-proc.returncode, proc.stderr[-3000:])


def environment(forgive=False):
    env = dict(os.environ)
    if forgive:     # libetpan's own leaks: known by their stack, which takes the slow unwinder
        env["ASAN_OPTIONS"] = "fast_unwind_on_malloc=0"
        env["LSAN_OPTIONS"] = "suppressions=%s:print_suppressions=0" % SUPPRESSIONS
    env["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
    return env


def command(state, *args, **options):
    words = [DRIVE, str(state)]
    for name, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            words.append("%s=%s" % (name, item))
    return words + [str(arg) for arg in args]


def drive(state, *args, timeout=60, forgive=False, **options):
    """One process, one or more runs. Options are those of the connector. forgive: leaks that libetpan is known for."""
    start = time.monotonic()
    proc = subprocess.run(command(state, *args, **options), capture_output=True, text=True, errors="replace",
                          timeout=timeout, env=environment(forgive))
    return Result(proc, time.monotonic() - start)


def rows(state, kind=None):
    try:
        lines = [json.loads(line) for line in open(state)]
    except OSError:
        return []
    return [row for row in lines if kind is None or row["type"] == kind]


def cursor(state, key="INBOX"):
    texts = [row["cursor"] for row in rows(state) if row["key"] == key]
    return texts[-1] if texts else ""


def meta(row):
    return dict(line.split(": ", 1) for line in row["meta"].splitlines())


def digest(data):
    return hashlib.sha256(data).hexdigest()


def mail(n, extra=b""):
    return b"From: a%d@test\r\nSubject: mail %d\r\nMessage-ID: <%d@test>\r\n\r\nbody %d\r\n%s" % (n, n, n, n, extra)


class SmallImap:
    """An IMAP server for one mailbox. mails: {uid: bytes}. What it does wrong is in its attributes:

    hidden      UIDs that are there but not listed            uidvalidity  None: not said
    poison      {uid: how}: parse, close, huge, nil, empty, no, hang, lie (its size), mute (metas unreadable too), blind (its
                header fields cannot be read), shy (they are not given)
    authenticate  for each AUTHENTICATE what is said to it and to each line behind it, %s the tag
    uidnext     None: the true one; 0: not said; n: that      login        line to answer LOGIN with, %s the tag
    """

    def __init__(self, mails=None):
        self.mails = dict(mails or {})
        self.hidden, self.poison = set(), {}
        self.uidvalidity, self.uidnext = 1000, None
        self.greeting = b"* OK ready\r\n"
        self.capability = b"IMAP4rev1 IDLE"
        self.login = b"%s OK in\r\n"
        self.authenticate = []
        self.starttls = b"%s OK go\r\n"
        self.examine = None
        self.idle = b"+ idling\r\n"
        self.since = lambda uid: True               # what SEARCH SINCE finds
        self.by_status = "full"     # shy (no UIDNEXT), no, bad, odd
        self.folders = [b'(\\HasNoChildren) "/" INBOX']
        self.commands, self.connections = [], 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer = self.server.accept()[0]
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def close(self):
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def options(self, **more):
        return dict({"host": "127.0.0.1", "port": self.port, "tls": "none", "user": "u", "password": "p",
                     "folders": ["INBOX"], "command_timeout": "2s", "connect_timeout": "2s"}, **more)

    def serve(self, peer):
        try:
            peer.sendall(self.greeting)
            idle_tag, talk = b"", None
            stream = peer.makefile("rb")
            for line in iter(stream.readline, b""):
                while re.search(rb"\{\d+\+\}\r\n$", line):
                    line += stream.read(int(re.search(rb"\{(\d+)\+\}\r\n$", line).group(1))) + stream.readline()
                line = line.strip()
                if talk:
                    self.commands.append("> " + line.decode())
                    peer.sendall(talk.pop(0).replace(b"%s", auth_tag))
                    continue
                if line == b"DONE":
                    peer.sendall(idle_tag + b" OK done\r\n")
                    continue
                tag, _, rest = line.partition(b" ")
                self.commands.append(rest.decode("utf-8", "replace"))
                name = rest.upper().split(b" ")[0]
                if rest.upper().startswith(b"UID "):
                    name = b"UID " + rest.upper().split(b" ")[1]
                if name == b"IDLE":
                    idle_tag = tag
                if name == b"AUTHENTICATE" and self.authenticate:
                    auth_tag, talk = tag, list(self.authenticate.pop(0))
                    peer.sendall(talk.pop(0).replace(b"%s", auth_tag))
                    continue
                if not self.answer(peer, tag, name, rest):
                    return peer.close()
        except OSError:
            pass

    def answer(self, peer, tag, name, rest):
        if name == b"CAPABILITY":
            peer.sendall(b"* CAPABILITY " + self.capability + b"\r\n" + tag + b" OK done\r\n")
        elif name == b"LOGIN":
            peer.sendall(self.login.replace(b"%s", tag))
            return not self.login.startswith(b"* BYE")
        elif name == b"STARTTLS":
            peer.sendall(self.starttls.replace(b"%s", tag))
        elif name == b"LIST":
            peer.sendall(b"".join(b"* LIST " + f + b"\r\n" for f in self.folders) + tag + b" OK done\r\n")
        elif name == b"EXAMINE":
            if callable(self.examine):
                return self.examine(self, peer, tag, rest)
            peer.sendall(self.status() + tag + b" OK [READ-ONLY] done\r\n")
        elif name == b"STATUS":
            self.tell_status(peer, tag, rest.split(b" ")[1])
        elif name == b"UID SEARCH":
            found = self.choose(re.search(rb"SEARCH \(?UID ([0-9:,*]+)", rest).group(1))
            if b" SINCE " in rest:
                found = [u for u in found if self.since(u)]
            peer.sendall(b"* SEARCH" + b"".join(b" %d" % u for u in found) + b"\r\n" + tag + b" OK done\r\n")
        elif name == b"FETCH":                      # the newest, by their place: what they are
            first, last = (int(x) for x in rest.split(b" ")[1].split(b":"))
            for uid in sorted(self.listed())[first - 1:last]:
                self.fetch_one(peer, uid, b"(UID INTERNALDATE RFC822.SIZE)")
            peer.sendall(tag + b" OK done\r\n")
        elif name == b"UID FETCH":
            return self.fetch(peer, tag, rest)
        elif name == b"FETCH":      # by place, asked for UIDs alone
            first, last = (int(n) for n in (rest.split(b" ")[1] + b":" + rest.split(b" ")[1]).split(b":")[:2])
            peer.sendall(b"".join(b"* %d FETCH (UID %d)\r\n" % (n + 1, uid) for n, uid in enumerate(sorted(self.listed()))
                                  if first <= n + 1 <= last) + tag + b" OK done\r\n")
        elif name == b"IDLE":
            peer.sendall(self.idle)
        elif name == b"LOGOUT":
            peer.sendall(b"* BYE\r\n" + tag + b" OK done\r\n")
            return False
        else:
            peer.sendall(tag + b" BAD unknown\r\n")
        return True

    def listed(self):
        return [u for u in self.mails if u not in self.hidden]

    def status(self):
        text = b"* %d EXISTS\r\n* 0 RECENT\r\n" % len(self.listed())
        if self.uidvalidity is not None:
            text += b"* OK [UIDVALIDITY %d] x\r\n" % self.uidvalidity
        uidnext = max(self.mails, default=0) + 1 if self.uidnext is None else self.uidnext
        return text + (b"* OK [UIDNEXT %d] x\r\n" % uidnext if uidnext else b"")

    def tell_status(self, peer, tag, name):
        uidnext = b"" if self.by_status == "shy" else b" UIDNEXT %d" % (max(self.mails, default=0) + 1)
        known = b"MESSAGES %d%s UIDVALIDITY %d" % (len(self.listed()), uidnext, self.uidvalidity or 0)
        peer.sendall({"no": tag + b" NO not now\r\n", "bad": tag + b" BAD what is that\r\n",
                      "odd": b"* STATUS " + name + b" (MESSAGES 3 X-ODD (((yes\r\n" + tag + b" OK done\r\n"}.get(
                          self.by_status, b"* STATUS " + name + b" (" + known + b")\r\n" + tag + b" OK done\r\n"))

    def choose(self, text):
        listed = sorted(self.listed())
        top, found = max(listed, default=0), set()
        for part in text.split(b","):
            ends = [top if e == b"*" else int(e) for e in part.split(b":")]
            found.update(u for u in listed if min(ends) <= u <= max(ends))
        return sorted(found)

    def fetch(self, peer, tag, rest):
        _, _, text, what = rest.split(b" ", 3)
        chosen = self.choose(text)
        for uid in chosen:
            if not self.fetch_one(peer, uid, what):
                return False
        is_refused = b"BODY.PEEK[]" in what and any(self.poison.get(uid) == "no" for uid in chosen)
        peer.sendall(tag + (b" NO some are gone\r\n" if is_refused else b" OK done\r\n"))
        return True

    def fetch_one(self, peer, uid, what):
        data, how = self.mails[uid], self.poison.get(uid)
        head = b"* %d FETCH (UID %d " % (uid, uid)
        if b"BODY" not in what:
            if how == "mute":
                peer.sendall(head + b"X-ODD yes RFC822.SIZE 5)\r\n")
            else:
                size = 5 if how == "lie" else len(data)
                peer.sendall(head + b'INTERNALDATE "%2d-Jan-2024 10:00:00 +0100" RFC822.SIZE %d)\r\n'
                             % (uid % 28 + 1, size))
            return True
        if b"HEADER.FIELDS" in what:
            names = re.search(rb"HEADER.FIELDS \(([^)]*)\)", what).group(1)
            fields = [f for f in re.split(rb"\r\n(?![ \t])", data.partition(b"\r\n\r\n")[0])
                      if f.partition(b":")[0].upper() in names.upper().split()]
            piece = re.search(rb"<0\.(\d+)>", what)
            header = b"".join(f + b"\r\n" for f in fields + [b""])[:int(piece.group(1)) if piece else None]
            names += b")]<0> " if piece else b")] "
            if how == "blind":
                peer.sendall(head + b"BODY[HEADER.FIELDS (%sNIL X-SPOILT yes)\r\n" % names)
            elif how == "shy":
                peer.sendall(head + b"FLAGS ())\r\n")
            else:
                peer.sendall(head + b"BODY[HEADER.FIELDS (%s{%d}\r\n%s)\r\n" % (names, len(header), header))
            return True
        if b"HEADER" in what:
            header = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            peer.sendall(head + b"BODY[HEADER] {%d}\r\n%s)\r\n" % (len(header), header))
            return True
        if how == "close":
            return False
        if how == "hang":
            time.sleep(30)
            return False
        if how == "parse":
            peer.sendall(head + b"BODY[] NIL X-SPOILT yes)\r\n")
        elif how == "huge":
            peer.sendall(head + b"BODY[] {4294967295}\r\nabc")
            time.sleep(30)
        elif how == "nil":
            peer.sendall(head + b"BODY[] NIL)\r\n")
        elif how == "empty":
            peer.sendall(head + b"BODY[] {0}\r\n)\r\n")
        elif how == "no":
            pass
        else:
            piece = re.search(rb"<(\d+)\.(\d+)>", what)
            if piece:
                start, size = int(piece.group(1)), int(piece.group(2))
                data = data[start:start + size]
                peer.sendall(head + b"BODY[]<%d> {%d}\r\n%s)\r\n" % (start, len(data), data))
            else:
                peer.sendall(head + b"BODY[] {%d}\r\n%s)\r\n" % (len(data), data))
        return True


class GmailImap(SmallImap):
    """The same in Gmail's words. labels: {uid: names}; drafts: UIDs; threads: {uid: number}."""

    def __init__(self, mails=None, labels=None):
        super().__init__(mails)
        self.labels, self.drafts, self.threads = dict(labels or {}), set(), {}
        self.capability = (b"IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS ENABLE MOVE "
                           b"CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584")
        self.folders = [b'(\\HasNoChildren) "/" "INBOX"', b'(\\HasChildren \\Noselect) "/" "[Gmail]"',
                        b'(\\All \\HasNoChildren) "/" "[Gmail]/Todos os e-mails"',
                        b'(\\HasNoChildren \\Sent) "/" "[Gmail]/E-mails enviados"',
                        b'(\\HasNoChildren \\Junk) "/" "[Gmail]/Spam"', b'(\\HasNoChildren \\Trash) "/" "[Gmail]/Lixeira"',
                        b'(\\Drafts \\HasNoChildren) "/" "[Gmail]/Rascunhos"', b'(\\HasNoChildren) "/" "pessoal"']

    def options(self, **more):
        options = dict(super().options(), **more)
        if "folders" not in more:
            del options["folders"]
        return options

    def answer(self, peer, tag, name, rest):
        assert b"X-GM-LABELS" not in rest
        if name == b"EXAMINE":
            peer.sendall(b"* FLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen $NotPhishing $Phishing)\r\n"
                         b"* OK [PERMANENTFLAGS ()] Flags permitted.\r\n* OK [HIGHESTMODSEQ 4242]\r\n")
        elif name == b"UID SEARCH" and b"X-GM-RAW" in rest:
            found = [u for u in self.choose(re.search(rb"UID SEARCH (?:CHARSET \S+ )?UID (\S+)", rest).group(1))
                     if self.labels.get(u, set()) & self.asked(rest)]
            peer.sendall(b"* SEARCH" + b"".join(b" %d" % u for u in found) + b"\r\n" + tag + b" OK SEARCH done (Success)\r\n")
            return True
        return super().answer(peer, tag, name, rest)

    @staticmethod
    def asked(rest):
        """The labels of the query, as a quoted string or a literal."""
        text = re.search(rb'X-GM-RAW (?:"(.*)"|\{\d+\+\}\r\n(.*))$', rest, re.S)
        query = re.sub(rb"\\(.)", rb"\1", text.group(1)) if text.group(1) is not None else text.group(2)
        assert re.fullmatch(rb'\{label:"[^"]*"( label:"[^"]*")*\}', query), query
        return {label.decode() for label in re.findall(rb'label:"([^"]*)"', query)}

    def fetch_one(self, peer, uid, what):
        if b"BODY" in what:
            return super().fetch_one(peer, uid, what)
        assert b"X-GM-MSGID X-GM-THRID" in what, what
        flags = rb"\Draft \Seen" if uid in self.drafts else rb"\Seen $NotPhishing"
        peer.sendall(b'* %d FETCH (X-GM-THRID %d X-GM-MSGID %d UID %d RFC822.SIZE %d INTERNALDATE "%2d-Jan-2024 10:00:00 +0000" '
                     b'FLAGS (%s))\r\n' % (uid, self.threads.get(uid, 1278455344230334865), 1278455344230334800 + uid, uid,
                                           len(self.mails[uid]), uid % 28 + 1, flags))
        return True


class CuttingProxy:
    """Passes bytes on and cuts some connections after so many bytes from the server."""

    def __init__(self, port, cuts):
        self.target, self.cuts = port, cuts     # cuts(): None, or the number of bytes
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.server.accept()[0]
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            threading.Thread(target=self.pump, args=(client, server, None), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, self.cuts()), daemon=True).start()

    @staticmethod
    def pump(source, sink, left):
        try:
            while True:
                data = source.recv(4096 if left is None else min(4096, left))
                if not data:
                    break
                sink.sendall(data)
                left = None if left is None else left - len(data)
                if left == 0:
                    break
        except OSError:
            pass
        for s in (source, sink):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.server.close()
