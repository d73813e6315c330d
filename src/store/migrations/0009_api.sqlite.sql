-- Who may ask over HTTP. Of a token only its SHA-256 is kept. staff: the person of the configuration whose eyes it has.
-- What was revoked stays, as an answer to who had access once; its name is free again.
CREATE TABLE api_token(
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	staff TEXT,
	sha256 BLOB NOT NULL UNIQUE,
	made_by TEXT NOT NULL,
	created_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	last_used_at INTEGER NOT NULL DEFAULT 0,
	revoked_at INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX api_token_name ON api_token(name) WHERE revoked_at = 0;
-- What cursors are signed with.
INSERT INTO meta VALUES ('cursor_key', randomblob(32));
-- A name from staff; NULL: nobody's yet. Who may see a contact follows from it.
ALTER TABLE contact ADD COLUMN owner TEXT;
-- Whose an entry is, asked for each one that is shown to somebody who does not see everything.
CREATE INDEX participant_entry ON participant(interaction_id);
