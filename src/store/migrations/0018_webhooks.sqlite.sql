-- Outgoing webhooks: where changes are pushed. cursor: the last change that was taken there, or is not for it; what comes
-- after it in the log is what waits. No function of the journal: a rebuild copies them.
CREATE TABLE webhook(
	id INTEGER PRIMARY KEY,
	url TEXT NOT NULL,
	role TEXT NOT NULL,
	staff TEXT,
	kinds INTEGER NOT NULL,
	secret BLOB NOT NULL,
	old_secret BLOB,
	old_until INTEGER NOT NULL DEFAULT 0,
	made_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	cursor INTEGER NOT NULL,
	failures INTEGER NOT NULL DEFAULT 0,
	failing_since INTEGER NOT NULL DEFAULT 0,
	next_at INTEGER NOT NULL DEFAULT 0,
	disabled_at INTEGER NOT NULL DEFAULT 0,
	error TEXT
);
-- What became of the last attempts.
CREATE TABLE webhook_attempt(
	id INTEGER PRIMARY KEY,
	webhook_id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	at INTEGER NOT NULL,
	status INTEGER NOT NULL,
	took_ms INTEGER NOT NULL,
	error TEXT
);
CREATE INDEX webhook_attempt_of ON webhook_attempt(webhook_id, id);
