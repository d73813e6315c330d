"""Part "lies" of the IMAP fault campaign: one small server a kind of lie, which turns honest when it has lied enough.

Each draws its lies at random, so that some answers are true. It wakes whoever idles, and gets new mails meanwhile, for
as long as it lies. What is counted are lies told, not connections.
"""
import re
import threading
import time

from imap_tools import SmallImap
from imapfaults_truth import UNREADABLE, Box, poke, query

BIG_UID = 4294967290


class Liar(SmallImap):
    """on_status(self) → dict of what to say otherwise; on_search(self, uids) → uids; on_answer(self, uid, what, honest)
    → bytes, or None for the end of the connection; on_command(self, name, tag) → what to say instead, or None."""

    share, may_die, is_capped, step, most, grows, hangs_up = .5, (), False, 1, 450, 6, False

    def __init__(self, name, mails, rnd, wanted, n_mails):
        super().__init__()
        self.name, self.maker, self.rnd = name, mails, rnd
        self.box = Box(name, self.may_die)
        self.n_lies, self.is_honest, self.peers, self.n_logins = 0, False, set(), 0
        self.lock = threading.RLock()
        self.tokens, self.next_uid, self.n_wakes_in_vain, self.n_lies_seen = {}, 1, 0, 0
        self.most = min(self.most, 25 * n_mails)
        # Who tells one lie a mail and has few mails cannot tell more.
        self.wanted = min(wanted, int(.8 * self.share * self.most)) if self.is_capped else wanted
        self.add(n_mails)

    # ---- its mails ----

    def add(self, n):
        with self.lock:
            for _ in range(n if len(self.mails) < self.most else 0):
                uid = self.next_uid
                self.next_uid += self.rnd.randint(1, self.step)
                token = "%s-%d" % (self.name, uid)
                self.tokens[uid] = token
                self.mails = {**self.mails, uid: self.maker.make(token, self.rnd.randint(50, 6000))}

    def listed(self):
        return sorted(u for u in list(self.mails) if u not in self.hidden)

    def truth(self):
        return {("INBOX", self.uidvalidity, uid): self.tokens[uid] for uid in self.mails}

    # ---- lying ----

    def draws(self):
        """Shall this one be a lie? Counted."""
        with self.lock:
            if self.is_honest or self.rnd.random() >= self.share:
                return False
            self.n_lies += 1
            return True

    def is_done(self):
        return self.n_lies >= self.wanted

    def on_status(self):
        return None

    def on_search(self, uids):
        return None

    def on_answer(self, uid, what, honest):
        return honest

    def on_command(self, name, tag):
        return None

    # ---- serving ----

    def serve(self, peer):
        self.peers.add(peer)
        super().serve(peer)
        self.peers.discard(peer)
        peer.close()

    def hang_up(self):
        for peer in list(self.peers):
            try:
                peer.shutdown(2)
            except OSError:
                pass

    def answer(self, peer, tag, name, rest):
        instead = self.on_command(name, tag)
        if instead is not None:
            peer.sendall(instead)
            return not instead.startswith(b"* BYE")
        self.n_logins += name == b"LOGIN"
        if name == b"UID SEARCH":
            key = re.sub(rb" BEFORE \S+|\)", b"", rest)
            found = self.choose(key.split(b" ")[-1])
            lie = self.on_search(found)
            peer.sendall(b"* SEARCH" + b"".join(b" %d" % u for u in (found if lie is None else lie)) + b"\r\n" + tag + b" OK done\r\n")
            return True
        if name == b"FETCH":
            return self.fetch_places(peer, tag, rest)
        is_alive = super().answer(peer, tag, name, rest)
        if name == b"IDLE" and not self.is_honest:
            threading.Timer(.05, self.wake, (peer,)).start()
        return is_alive

    def wake(self, peer):
        if self.is_honest or self.is_done():
            return
        self.add(self.grows)
        self.n_wakes_in_vain = self.n_wakes_in_vain + 1 if self.n_lies_seen == self.n_lies else 0
        self.n_lies_seen = self.n_lies
        if self.n_wakes_in_vain > 3 and len(self.mails) >= self.most:
            self.uidvalidity, self.n_wakes_in_vain = self.uidvalidity + 1, 0        # all of it is to be read again
        try:
            if self.hangs_up:
                return peer.shutdown(2)
            peer.sendall(b"* %d EXISTS\r\n" % len(self.listed()))
        except OSError:
            pass

    def status(self):
        say = {"exists": len(self.listed()), "uidvalidity": self.uidvalidity, "uidnext": self.next_uid}
        say.update(self.on_status() or {})
        text = b"* %d EXISTS\r\n* 0 RECENT\r\n" % say["exists"]
        if say["uidvalidity"] is not None:
            text += b"* OK [UIDVALIDITY %d] x\r\n" % say["uidvalidity"]
        return text + (b"* OK [UIDNEXT %d] x\r\n" % say["uidnext"] if say["uidnext"] else b"")

    def answer_to(self, uid, what, uid_said=None):
        """One FETCH answer, true but for the UID."""
        data = self.mails[uid]
        head = b"* %d FETCH (UID %d " % (self.listed().index(uid) + 1 if uid not in self.hidden else 1, uid_said or uid)
        if b"HEADER.FIELDS" in what:
            line = re.search(rb"(?im)^Message-ID:.*\r\n", data).group(0) + b"\r\n"
            return head + b"BODY[HEADER.FIELDS (Message-ID)] {%d}\r\n%s)\r\n" % (len(line), line)
        if b"HEADER" in what:
            header = data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            return head + b"BODY[HEADER] {%d}\r\n%s)\r\n" % (len(header), header)
        piece = re.search(rb"BODY.PEEK\[\](?:<(\d+)\.(\d+)>)?", what)
        if piece and piece.group(1):
            start = int(piece.group(1))
            data = data[start:start + int(piece.group(2))]
            return head + b"BODY[]<%d> {%d}\r\n%s)\r\n" % (start, len(data), data)
        if piece:
            return head + b"BODY[] {%d}\r\n%s)\r\n" % (len(data), data)
        if b"SIZE" not in what:
            return head.rstrip() + b")\r\n"
        return head + b'INTERNALDATE "02-Nov-2026 10:00:05 -0300" RFC822.SIZE %d)\r\n' % len(data)

    def say_all(self, peer, tag, uids, what):
        for uid in uids:
            if uid not in self.mails:       # expunged since we began
                continue
            said = self.on_answer(uid, what, self.answer_to(uid, what))
            if said is None:
                return False
            peer.sendall(said)
        peer.sendall(tag + b" OK done\r\n")
        return True

    def fetch(self, peer, tag, rest):
        _, _, text, what = rest.split(b" ", 3)
        return self.say_all(peer, tag, self.order(self.choose(text)), what.upper())

    def fetch_places(self, peer, tag, rest):
        _, text, what = rest.split(b" ", 2)
        listed = self.listed()
        first, _, last = text.partition(b":")
        end = len(listed) if last == b"*" else int(last or first)
        return self.say_all(peer, tag, self.order(listed[int(first) - 1:end]), what.upper())

    def order(self, uids):
        return uids


# ---- the lies ----

def status_lie(name, lie, **more):
    return name, type("Status", (Liar,), dict(more, on_status=lambda self: lie(self) if self.draws() else None))


def search_lie(name, lie, **more):
    def on_search(self, uids):
        return lie(self, uids) if self.draws() else None
    return name, type("Search", (Liar,), dict({"step": 3}, **more, on_search=on_search))


def body_lie(name, lie, **more):
    """lie(self, uid, honest answer) → bytes, of answers that bring a body."""
    def on_answer(self, uid, what, honest):
        return lie(self, uid, honest) if b"BODY.PEEK[]" in what and self.draws() else honest
    return name, type("Body", (Liar,), dict(more, on_answer=on_answer))


def meta_lie(name, lie, **more):
    def on_answer(self, uid, what, honest):
        return lie(self, uid, honest) if b"RFC822.SIZE" in what and self.draws() else honest
    return name, type("Meta", (Liar,), dict(more, on_answer=on_answer))


def command_lie(name, command, lie, **more):
    def on_command(self, said, tag):
        return lie.replace(b"%s", tag) if said == command and self.draws() else None
    return name, type("Command", (Liar,), dict(more, on_command=on_command))


def other(self, uid):
    return self.rnd.choice([u for u in self.mails if u != uid])


def literal(text):
    """The same answer under another length."""
    return lambda self, uid, honest: re.sub(rb"\{(\d+)\}", lambda m: b"{%d}" % text(self, int(m.group(1))), honest, count=1)


def sized(size):
    return lambda self, uid, honest: re.sub(rb"SIZE (\d+)", lambda m: b"SIZE %d" % size(self, int(m.group(1))), honest)


def shuffled(self, uids):
    return self.rnd.sample(uids, len(uids)) if len(uids) > 1 and self.draws() else uids


def late(self):
    """Half of the mails are not there yet."""
    self.hidden = {uid for uid in self.mails if uid % 2}
    self.n_lies = len(self.hidden)
    return None


def with_copy(self, uid, honest):
    """The next UID is the same mail."""
    with self.lock:
        copy = self.next_uid
        if len(self.mails) < self.most:
            self.next_uid += 1
            self.mails = {**self.mails, copy: self.mails[uid]}
            self.tokens[copy] = self.tokens[uid]
    return honest


def expunged(self, uid, honest):
    with self.lock:
        gone = self.rnd.choice(list(self.mails))
        if gone == uid or len(self.mails) < 4:
            return honest
        place = self.listed().index(gone) + 1
        self.mails = {u: data for u, data in self.mails.items() if u != gone}
    return b"* %d EXPUNGE\r\n" % place + honest


SMALL = {"most": 12, "grows": 1}        # where each lie makes us read all of it again
KINDS = dict([
    status_lie("EXISTS too high", lambda s: {"exists": len(s.mails) + s.rnd.randint(1, 5000)}),
    status_lie("EXISTS too low", lambda s: {"exists": s.rnd.randrange(len(s.mails))}),
    status_lie("EXISTS zero", lambda s: {"exists": 0}),
    status_lie("EXISTS 4294967295", lambda s: {"exists": 4294967295}),
    status_lie("UIDNEXT missing", lambda s: {"uidnext": 0}),
    status_lie("UIDNEXT too low", lambda s: {"uidnext": max(1, s.next_uid - s.rnd.randint(1, 5))}, **SMALL),
    status_lie("UIDNEXT too high", lambda s: {"uidnext": s.next_uid + s.rnd.randint(1, 900)}, **SMALL),
    status_lie("UIDNEXT 4294967295", lambda s: {"uidnext": 4294967295}, **SMALL),
    status_lie("UIDVALIDITY 0", lambda s: {"uidvalidity": 0}, **SMALL),
    status_lie("UIDVALIDITY missing", lambda s: {"uidvalidity": None}, **SMALL),
    status_lie("UIDVALIDITY changes", lambda s: {"uidvalidity": 2000}, **SMALL),
    status_lie("lower UIDs visible late", late, share=1.0, grows=40),
    search_lie("SEARCH omits", lambda s, uids: uids[::2]),
    search_lie("SEARCH says nothing", lambda s, uids: []),
    search_lie("SEARCH invents", lambda s, uids: uids + [u + 1 for u in uids] + [BIG_UID]),
    search_lie("SEARCH out of order, twice", lambda s, uids: s.rnd.sample(uids * 2, 2 * len(uids))),
    body_lie("literal too long", literal(lambda s, n: n + s.rnd.randint(1, 3000)), may_die=UNREADABLE),
    body_lie("literal too short", literal(lambda s, n: max(0, n - s.rnd.randint(1, 300))), may_die=UNREADABLE),
    body_lie("literal of 1 GB", literal(lambda s, n: 1 << 30), may_die=UNREADABLE),
    body_lie("literal of 2^64", literal(lambda s, n: 1 << 64), may_die=UNREADABLE),
    body_lie("empty literal", lambda s, uid, h: b"* 1 FETCH (UID %d BODY[] {0}\r\n)\r\n" % uid, share=.25),
    body_lie("NIL body", lambda s, uid, h: b"* 1 FETCH (UID %d BODY[] NIL)\r\n" % uid, share=.25),
    body_lie("another mail's body", lambda s, uid, h: s.answer_to(other(s, uid), b"BODY.PEEK[]", uid), share=.9, most=190,
             is_capped=True),
    body_lie("two bodies for a UID", lambda s, uid, h: s.answer_to(other(s, uid), b"BODY.PEEK[]", uid) + h, most=190, is_capped=True),
    body_lie("a UID answered twice", lambda s, uid, h: h + h),
    body_lie("answers nobody asked for", lambda s, uid, h: s.answer_to(other(s, uid), b"BODY.PEEK[]") + h),
    body_lie("answers under strange UIDs", lambda s, uid, h: s.answer_to(other(s, uid), b"BODY.PEEK[]", BIG_UID) + h),
    body_lie("no answer and OK", lambda s, uid, h: b"", share=.25),
    body_lie("EXPUNGE between answers", expunged, share=.3),
    body_lie("flags between answers", lambda s, uid, h: h + b"* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 9 FLAGS ())\r\n"),
    body_lie("garbage between answers", lambda s, uid, h: h + b"* 1 WHAT (\r\n", share=.1, may_die=UNREADABLE),
    body_lie("end in FETCH", lambda s, uid, h: None, share=.1),
    body_lie("the same mail under two UIDs", with_copy, share=.4),
    meta_lie("size too small", sized(lambda s, n: n // 9)),
    meta_lie("size too large", sized(lambda s, n: n * 9)),
    meta_lie("size of 3 GB", sized(lambda s, n: 3 << 30), may_die=("larger than max_message",)),
    meta_lie("size zero", sized(lambda s, n: 0)),
    meta_lie("facts missing", lambda s, uid, h: b"* 1 FETCH (UID %d)\r\n" % uid),
    meta_lie("facts of strange UIDs", lambda s, uid, h: h + h.replace(b"UID %d " % uid, b"UID %d " % (uid + 1))),
    meta_lie("impossible dates", lambda s, uid, h: re.sub(rb'"[^"]*"', b'"00-Jan-0000 99:99:99 +9999"', h), share=.2),
    ("answers out of order", type("Order", (Liar,), {"order": shuffled})),
    command_lie("BYE to LOGIN", b"LOGIN", b"* BYE too busy\r\n", share=.7, hangs_up=True),
    command_lie("BYE in EXAMINE", b"EXAMINE", b"* BYE shutting down\r\n"),
    command_lie("BYE in FETCH", b"UID FETCH", b"* BYE shutting down\r\n", share=.2),
    command_lie("NO to EXAMINE", b"EXAMINE", b"%s NO [INUSE] not now\r\n"),
    command_lie("NO to SEARCH", b"UID SEARCH", b"%s NO not now\r\n", step=3),
    command_lie("NO to FETCH", b"UID FETCH", b"%s NO some are gone\r\n", share=.2),
    command_lie("BAD to FETCH", b"UID FETCH", b"%s BAD throttled\r\n", share=.2),
])


class Refuser(SmallImap):
    """Never lets anybody in. Counts who tried, and when."""

    def __init__(self, name, greeting=None, login=None):
        super().__init__()
        self.name, self.tries = name, []
        self.greeting, self.login = greeting or self.greeting, login or self.login

    def serve(self, peer):
        self.tries.append(time.monotonic())
        super().serve(peer)
        peer.close()


REFUSALS = {"refused for good": {"login": b"%s NO [AUTHENTICATIONFAILED] no\r\n"},
            "refused for now": {"login": b"%s NO [UNAVAILABLE] later\r\n"},
            "BYE as greeting": {"greeting": b"* BYE too busy\r\n"}}


class Lies:
    def __init__(self, mails, rnd, wanted, n_mails, n_refusers, only):
        self.liars = []
        for kind, make in KINDS.items():
            if not only or kind in only:
                self.liars.append(make("liar%d" % len(self.liars), mails, rnd, wanted, n_mails))
                self.liars[-1].kind = kind
        self.refusers = [Refuser("refuser%d" % n, **list(REFUSALS.values())[n % 3]) for n in range(0 if only else n_refusers)]
        self.daemon, self.began = None, time.monotonic()

    def connectors(self):
        return "".join(
            "  %s:\n    type: imap\n    host: 127.0.0.1\n    port: %d\n    tls: none\n    user: u\n    folders: [INBOX]\n"
            "    password: !file secrets/imap\n    every: 10s\n    command_timeout: 1s\n    connect_timeout: 2s\n    batch: 8\n"
            % (s.name, s.port) for s in self.liars + self.refusers)

    def run(self, count, seconds, is_counted):
        """Until each has lied enough: those that are in a back-off are poked. is_counted: too few are a failure."""
        self.began, end, told, seen = time.monotonic(), time.monotonic() + seconds, set(), {}
        while len(told) < len(self.liars) and time.monotonic() < end:
            for liar in self.liars:
                if liar.is_done() and liar.name not in told:
                    self.turn_honest(liar)
                    told.add(liar.name)
                    count.row("lies", liar.kind, liar.n_lies, len(liar.mails), self.dead(liar.name), time.monotonic() - self.began)
                elif not liar.is_done() and (not liar.peers or seen.get(liar.name) == liar.n_lies):
                    poke(self.daemon, liar.name)
                seen[liar.name] = liar.n_lies
            time.sleep(.5)
        for liar in self.liars:
            if liar.name not in told:
                self.turn_honest(liar)
                count.row("lies", liar.kind, liar.n_lies, len(liar.mails), self.dead(liar.name), time.monotonic() - self.began)
                if is_counted:
                    count.check("%s: %d lies" % (liar.kind, liar.wanted), ["only %d were told" % liar.n_lies])

    def turn_honest(self, liar):
        liar.is_honest, liar.hidden = True, set()
        liar.hang_up()

    def dead(self, name):
        return query(self.daemon, "SELECT count(*) FROM journal j JOIN connector c ON c.id = j.connector_id"
                                  " WHERE j.outcome = 4 AND c.name = ?", name)[0][0]

    def collect(self):
        for liar in self.liars:
            liar.box.listed = liar.truth()

    def check_refusers(self, count):
        """5 s, doubling, up to 15 minutes; a login refused for good not before 15 minutes."""
        wrong, seconds = [], time.monotonic() - self.began
        for n, server in enumerate(self.refusers):
            most, n_gaps = 1, 5.0
            while n % 3 and n_gaps < seconds * 2:
                most, n_gaps = most + 1, n_gaps * 2 + 5
            if not 1 <= len(server.tries) <= most:
                wrong.append("%s: %d tries in %d s, at most %d are right" % (list(REFUSALS)[n % 3], len(server.tries), seconds, most))
        if self.refusers:
            print("        refused logins: %s tries in %d s" % ([len(s.tries) for s in self.refusers], seconds))
            count.check("who refuses us is not stormed", wrong)

    def stop(self):
        for server in self.liars + self.refusers:
            server.close()
