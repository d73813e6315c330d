-- Who was erased: when, by whose word, and how much went; no word of who it was. done_at 0: it is going on.
CREATE TABLE erasure(
	id INTEGER PRIMARY KEY,
	by TEXT NOT NULL,
	at INTEGER NOT NULL,
	done_at INTEGER NOT NULL DEFAULT 0,
	entries INTEGER NOT NULL DEFAULT 0,
	blanked INTEGER NOT NULL DEFAULT 0,
	dead_letters INTEGER NOT NULL DEFAULT 0,
	decisions INTEGER NOT NULL DEFAULT 0,
	journal_rows INTEGER NOT NULL DEFAULT 0,
	files INTEGER NOT NULL DEFAULT 0,
	old_databases INTEGER NOT NULL DEFAULT 0
);
-- Ids are never given twice: who asks for one of these learns that it was erased.
CREATE TABLE erased_contact(contact_id INTEGER PRIMARY KEY, erasure_id INTEGER NOT NULL) WITHOUT ROWID;
-- Tombstones: keyed hashes of handles, with the time before which nothing of theirs is taken any more, and of messages.
CREATE TABLE erased_handle(hash BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE erased_message(key_time INTEGER NOT NULL, key_hash INTEGER NOT NULL, PRIMARY KEY(key_time, key_hash)) WITHOUT ROWID;
INSERT INTO meta VALUES ('erase_key', randomblob(32));
-- Repeats hold the same bytes as the row that they repeat.
CREATE INDEX journal_repeat_of ON journal(repeat_of) WHERE repeat_of IS NOT NULL;
