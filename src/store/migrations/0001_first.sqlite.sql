-- The first schema. Ids are time-ordered integers given by the writer; times are µs since 1970.
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- A configured source, and its ledger: received = stored + duplicate + filtered + dead + pending.
CREATE TABLE connector(
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL,
	received INTEGER NOT NULL DEFAULT 0,
	stored INTEGER NOT NULL DEFAULT 0,
	duplicate INTEGER NOT NULL DEFAULT 0,
	filtered INTEGER NOT NULL DEFAULT 0,
	dead INTEGER NOT NULL DEFAULT 0,
	pending INTEGER NOT NULL DEFAULT 0,
	state TEXT NOT NULL DEFAULT 'new',
	error TEXT NOT NULL DEFAULT '',
	state_since INTEGER NOT NULL DEFAULT 0,
	last_success_at INTEGER NOT NULL DEFAULT 0,
	last_message_at INTEGER NOT NULL DEFAULT 0,
	-- What a replay needs once it is configured no more: the options its normalizer reads (never a secret)
	-- and who may become a contact.
	options BLOB,
	create_contacts INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE cursor(
	connector_id INTEGER NOT NULL,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY(connector_id, key)
) WITHOUT ROWID;

-- What came in, untouched, and what people decided. Everything below is a function of it.
CREATE TABLE journal(
	id INTEGER PRIMARY KEY,
	base_id INTEGER NOT NULL,
	connector_id INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	received_at INTEGER NOT NULL,
	delivery_id TEXT,
	content_type TEXT,
	meta TEXT,
	encoding INTEGER NOT NULL,
	size INTEGER NOT NULL,
	body BLOB,
	body_sha256 TEXT,
	repeat_hash INTEGER,
	repeat_of INTEGER,
	outcome INTEGER NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	reason TEXT
);
CREATE UNIQUE INDEX journal_delivery ON journal(connector_id, delivery_id)
	WHERE delivery_id IS NOT NULL;
CREATE INDEX journal_repeat ON journal(connector_id, repeat_hash, received_at)
	WHERE repeat_hash IS NOT NULL;
-- Rows applied later than they were journalled (pending, then done); the others have base_id = id.
CREATE INDEX journal_late ON journal(base_id) WHERE base_id <> id;
CREATE INDEX journal_open ON journal(outcome, id) WHERE outcome IN (4, 5);

-- One row an event of a journal row that did not become an interaction of its own: a duplicate (of which),
-- filtered, dead or pending. Stored events are the interactions themselves.
CREATE TABLE delivery(
	journal_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	outcome INTEGER NOT NULL,
	interaction_id INTEGER,
	reason TEXT,
	PRIMARY KEY(journal_id, n)
) WITHOUT ROWID;
CREATE INDEX delivery_duplicate ON delivery(interaction_id) WHERE outcome = 2;

CREATE TABLE company(id INTEGER PRIMARY KEY, domain TEXT NOT NULL UNIQUE, name TEXT);

CREATE TABLE contact(
	id INTEGER PRIMARY KEY,
	name TEXT,
	name_rank INTEGER NOT NULL,
	company_id INTEGER,
	first_at INTEGER,
	last_at INTEGER,
	last_in_at INTEGER,
	last_out_at INTEGER
);

-- A contact is what its identities say. contact_id 0: nobody yet.
CREATE TABLE identity(
	id INTEGER PRIMARY KEY,
	scheme INTEGER NOT NULL,
	value TEXT NOT NULL,
	scope TEXT NOT NULL,
	contact_id INTEGER NOT NULL,
	why TEXT,
	UNIQUE(scheme, value, scope)
);
CREATE INDEX identity_contact ON identity(contact_id) WHERE contact_id <> 0;

CREATE TABLE interaction(
	id INTEGER PRIMARY KEY,
	journal_id INTEGER NOT NULL,
	connector_id INTEGER NOT NULL,
	channel INTEGER NOT NULL,
	direction INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	occurred_at INTEGER NOT NULL,
	claimed_at INTEGER,
	recorded_at INTEGER NOT NULL,
	key_time INTEGER NOT NULL,
	key_hash INTEGER NOT NULL,
	account TEXT,
	external_id TEXT,
	discriminator TEXT,
	about TEXT,
	thread TEXT,
	subject TEXT,
	text TEXT,
	text_full TEXT,
	parties TEXT,
	details TEXT,
	why TEXT,
	match TEXT,
	flagged INTEGER NOT NULL DEFAULT 0
);
-- Law 1: uniqueness is a constraint. The parts of the key are compared on a hit.
CREATE UNIQUE INDEX interaction_key ON interaction(key_time, key_hash);
CREATE INDEX interaction_mail ON interaction(external_id) WHERE channel = 1;

-- The timeline itself. contact_id 0: foreign, but nobody's yet.
CREATE TABLE participant(
	contact_id INTEGER NOT NULL,
	occurred_at INTEGER NOT NULL,
	interaction_id INTEGER NOT NULL,
	identity_id INTEGER NOT NULL,
	role INTEGER NOT NULL,
	PRIMARY KEY(contact_id, occurred_at, interaction_id, identity_id, role)
) WITHOUT ROWID;
CREATE INDEX participant_unlinked ON participant(identity_id) WHERE contact_id = 0;

CREATE TABLE attachment(
	interaction_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	name TEXT,
	media_type TEXT,
	size INTEGER,
	sha256 TEXT,
	state INTEGER NOT NULL,
	reason TEXT,
	remote_id TEXT,
	content_id TEXT,
	PRIMARY KEY(interaction_id, n)
) WITHOUT ROWID;

CREATE TABLE dead_letter(
	id INTEGER PRIMARY KEY,
	journal_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	connector_id INTEGER NOT NULL,
	received_at INTEGER NOT NULL,
	reason TEXT NOT NULL,
	kind TEXT NOT NULL,
	size INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	identity_id INTEGER NOT NULL DEFAULT 0,
	stub_name TEXT,
	stub_address TEXT,
	stub_subject TEXT,
	stub_at INTEGER
);
CREATE INDEX dead_letter_identity ON dead_letter(identity_id) WHERE identity_id <> 0;

CREATE TABLE review(
	id INTEGER PRIMARY KEY,
	type INTEGER NOT NULL,
	interaction_id INTEGER NOT NULL,
	candidates TEXT,
	reason TEXT NOT NULL
);

CREATE VIEW interaction_search(id, subject, text) AS
	SELECT id, subject, coalesce(text_full, text) FROM interaction;
CREATE VIRTUAL TABLE search USING fts5(subject, text, content = 'interaction_search',
	content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE search_state(done_id INTEGER NOT NULL);
INSERT INTO search_state VALUES (0);
