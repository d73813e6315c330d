"""A store of many entries for run.py: the tables of the schema that daybookd made, written by SQL. Deterministic.

A handful of contacts have tens of thousands of entries, most have a few; texts follow Zipf. Owners: "Ana" has 1 % of the contacts
and one of the largest, "Rui" 0.01 %, nobody 30 %, eight others the rest.
"""
import bisect
import itertools
import json
import random
import sqlite3
import time

EPOCH_MS = 1577836800000
FIRST_MS = 1640995200000        # 2022-01-01
LAST_MS = 1785542400000         # 2026-08-01: before any clock that this runs under
CHUNK = 20000
GIANTS = (40000, 25000, 20000, 15000, 10000)    # of a million
EMAIL, WHATSAPP, FORM, CALL = 1, 2, 5, 6
NAMES = ("Maria João Ana Pedro Lucas Julia Mateus Laura Rafael Beatriz Tiago Camila Bruno Sofia Diego Helena Igor Clara Otto Nina "
         "Wei Aisha Omar Elif Jan Greta Paul Emma Louis Chloe Marco Giulia").split()
FAMILIES = ("Souza Silva Santos Oliveira Lima Pereira Costa Alves Ribeiro Gomes Müller Schmidt Rossi Bianchi Dupont Martin Smith "
            "Brown García López Fernández Kowalski Novak Yılmaz Haddad Chen Wang Tanaka").split()
STAFF = ["Ana", "Rui"] + ["Person %d" % n for n in range(1, 9)]


class Words:
    """20,000 words, the n-th 1/n as often as the first; "order" and "proposal" are the two most common."""

    def __init__(self, rng):
        letters = "abcdefghijklmnopqrstuvwxyz"
        self.words = ["order", "proposal"] + sorted({"".join(rng.choices(letters, k=rng.randint(4, 9))) for _ in range(20000)},
                                                    key=lambda w: rng.random())
        self.weights = list(itertools.accumulate(1 / (n + 2) for n in range(len(self.words))))

    def text(self, rng, n):
        return " ".join(rng.choices(self.words, cum_weights=self.weights, k=n))


class Contacts:
    def __init__(self, rng, n, n_entries):
        self.n = n
        self.weights = [max(0.3, rng.paretovariate(1.2)) for _ in range(n)]
        scale = sum(self.weights) / n_entries
        for i, of_a_million in enumerate(GIANTS):
            self.weights[i] = of_a_million * n_entries / 1e6 * scale
        self.cumulated = list(itertools.accumulate(self.weights))
        self.owner = [self.pick_owner(rng, i) for i in range(n)]
        self.name = ["%s %s" % (rng.choice(NAMES), rng.choice(FAMILIES)) for _ in range(n)]
        self.domain = ["gmail.example" if rng.random() < 0.6 else "firm%d.example" % rng.randrange(n // 10) for _ in range(n)]
        self.ids = [0] * n      # given with the first entry
        self.first, self.last = [0] * n, [0] * n

    @staticmethod
    def pick_owner(rng, i):
        r = rng.random()
        if i == 1 or r < 0.01:
            return "Ana"
        return "Rui" if r < 0.0101 else None if r < 0.31 else "Person %d" % rng.randint(1, 8)

    def pick(self, rng):
        return bisect.bisect(self.cumulated, rng.random() * self.cumulated[-1])

    def email(self, i):
        return "%s.%d@%s" % (self.name[i].lower().replace(" ", "."), i, self.domain[i])

    def phone(self, i):
        return "+55119%08d" % i


def make_entry(rng, words, contacts, k, ms, connectors):
    i = contacts.pick(rng)
    r = rng.random()
    channel = EMAIL if r < 0.6 else WHATSAPP if r < 0.96 else FORM if r < 0.99995 else CALL
    is_in = channel == FORM or rng.random() < 0.6
    base = (ms - EPOCH_MS) << 22
    occurred = (ms - rng.randrange(60000 if rng.random() < 0.95 else 86400000 * 90)) * 1000
    handle = ["email", contacts.email(i)] if channel in (EMAIL, FORM) else ["phone", contacts.phone(i)]
    theirs = {"r": "from" if is_in else "to", "n": contacts.name[i], "i": [handle]}
    ours = {"r": "to" if is_in else "from", "n": "Acme", "i": [["email", "sales%d@acme.example" % (k % 8)]]}
    text = words.text(rng, min(400, int(rng.paretovariate(1.1) * 8)))
    if k % 50000 == 7:
        text += " zanzibar"
    if k % 997 == 5:
        text += " delivery to lisbon"
    return (base + 1, base, connectors[channel], channel, 1 if is_in else 2, 6 if channel == FORM else 1, occurred, ms * 1000,
            occurred, rng.getrandbits(62), "e%016x" % (k * 0x9e3779b97f4a7c15 & (1 << 64) - 1),
            words.text(rng, 5) if channel == EMAIL else None, text, json.dumps([theirs, ours], separators=(",", ":"))), i


def put_entries(db, rng, words, contacts, n, connectors):
    step = (LAST_MS - FIRST_MS) / n
    body = bytes(rng.randrange(256) for _ in range(4096))
    for begin in range(0, n, CHUNK):
        journal, entries, people, files, handles = [], [], [], [], []
        for k in range(begin, min(n, begin + CHUNK)):
            ms = FIRST_MS + int(k * step)
            row, i = make_entry(rng, words, contacts, k, ms, connectors)
            id_, base, occurred = row[0], row[1], row[6]
            entries.append(row)
            journal.append((base, base, row[2], ms * 1000, body[k % 3900:k % 3900 + 180]))
            if not contacts.ids[i]:
                contacts.ids[i], contacts.first[i] = base + 2, occurred
                handles.append((i + 1, 1, contacts.email(i), base + 2, id_))
                handles.append((contacts.n + i + 1, 2, contacts.phone(i), base + 2, id_))
            contacts.last[i] = max(contacts.last[i], occurred)
            identity = i + 1 if row[3] in (EMAIL, FORM) else contacts.n + i + 1
            people.append((contacts.ids[i], occurred, id_, identity, 1 if row[4] == 1 else 2))
            if rng.random() < 0.08:
                other = contacts.pick(rng)
                if contacts.ids[other] and other != i:
                    people.append((contacts.ids[other], occurred, id_, other + 1, 3))
            if row[3] == EMAIL and rng.random() < 0.08:
                files.append((id_,))
        with db:
            db.executemany("INSERT INTO journal(id, base_id, connector_id, kind, received_at, content_type, encoding, size, body, outcome)"
                           " VALUES (?,?,?,0,?,'application/json',0,180,?,1)", journal)
            db.executemany("INSERT INTO interaction(id, journal_id, connector_id, channel, direction, kind, occurred_at, recorded_at,"
                           " key_time, key_hash, external_id, subject, text, parties) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", entries)
            db.executemany("INSERT INTO identity(id, scheme, value, scope, contact_id, why, home_id, since, first_id)"
                           " VALUES (?1, ?2, ?3, '', ?4, 'seen', ?4, ?5, ?5)", handles)
            db.executemany("INSERT OR IGNORE INTO participant VALUES (?,?,?,?,?)", people)
            db.executemany("INSERT INTO attachment(interaction_id, n, name, media_type, size, state)"
                           " VALUES (?, 0, 'offer.pdf', 'application/pdf', 1000, 4)", files)
        print("\rentries: %d of %d" % (begin + len(entries), n), end="", flush=True)


def put_contacts(db, contacts):
    companies = {d: n + 1 for n, d in enumerate(sorted({d for d in contacts.domain if d.startswith("firm")}))}
    with db:
        db.executemany("INSERT INTO company(id, domain) VALUES (?, ?)", ((n, d) for d, n in companies.items()))
        db.executemany("INSERT INTO contact(id, name, name_rank, company_id, first_at, last_at, last_in_at, owner, assigned_owner)"
                       " VALUES (?1, ?2, 1, ?3, ?4, ?5, ?5, ?6, ?6)",
                       ((contacts.ids[i], contacts.name[i], companies.get(contacts.domain[i]), contacts.first[i], contacts.last[i],
                         contacts.owner[i]) for i in range(contacts.n) if contacts.ids[i]))
        db.execute("UPDATE contact SET last_slot = last_at >> 31")


def feed_search(db):
    """As the writer feeds it, in larger slices."""
    columns = ", ".join(row[1] for row in db.execute("PRAGMA table_info(search)"))
    ids = [row[0] for row in db.execute("SELECT id FROM interaction ORDER BY id")]
    before = 0
    for end in ids[CHUNK - 1:-1:CHUNK] + ids[-1:]:
        with db:
            db.execute("INSERT INTO search(rowid, %s) SELECT id, %s FROM interaction_search WHERE id > ? AND id <= ?"
                       % (columns, columns), (before, end))
            db.execute("UPDATE search_state SET done_id = ?", (end,))
        before = end
        print("\rindexed: %d %%   " % (100 * bisect.bisect(ids, end) / len(ids)), end="", flush=True)


def list_parties(db):
    """As the writer lists them (src/store/party.c), without its watermark's slices."""
    ids, text = {}, "lower(coalesce(json_extract(p.value, '$.n'), '')) || char(10) || coalesce((SELECT group_concat(" \
                    "lower(json_extract(h.value, '$[1]')), char(10)) FROM json_each(p.value, '$.i') h), '')"
    rows = {}
    for entry, role, spelling in db.execute("SELECT i.id, json_extract(p.value, '$.r'), " + text +
                                            " FROM interaction i, json_each(i.parties) p ORDER BY i.id"):
        rows.setdefault(entry, []).append("%s%d" % ("f" if role == "from" else "t", ids.setdefault(spelling, len(ids) + 1)))
    with db:
        db.executemany("INSERT INTO party(id, text) VALUES (?, ?)", ((n, spelling) for spelling, n in ids.items()))
        db.executemany("INSERT INTO party_entry(rowid, ids) VALUES (?, ?)", ((entry, " ".join(said)) for entry, said in rows.items()))
        db.execute("UPDATE search_state SET listed_id = (SELECT max(id) FROM interaction)")


def fill(path, n_entries, n_contacts):
    """path: daybook.db, made by daybookd with the connectors "shop" and "contact"; no daemon has it open."""
    rng = random.Random(4)
    begun = time.monotonic()
    words, contacts = Words(rng), Contacts(rng, n_contacts, n_entries)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous=OFF")
    db.execute("PRAGMA cache_size=-500000")
    shop, form = (db.execute("SELECT id FROM connector WHERE name = ?", (n,)).fetchone()[0] for n in ("shop", "contact"))
    put_entries(db, rng, words, contacts, n_entries, {EMAIL: shop, WHATSAPP: shop, FORM: form, CALL: form})
    put_contacts(db, contacts)
    with db:
        for c in (shop, form):
            db.execute("UPDATE connector SET received = n, stored = n FROM (SELECT count(*) AS n FROM interaction"
                       " WHERE connector_id = ?1) WHERE id = ?1", (c,))
    feed_search(db)
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'party'").fetchone():
        list_parties(db)
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'entry_span'").fetchone():
        with db:
            db.execute("INSERT INTO entry_span SELECT occurred_at >> 41, min(id), max(id) FROM interaction GROUP BY 1")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    print("\rfilled in %d s                " % (time.monotonic() - begun))
