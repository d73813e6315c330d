-- How often people have changed a contact: what If-Match asks for. Nobody's mail changes it.
ALTER TABLE contact ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
-- What a POST with an Idempotency-Key was answered, for a day: written with the deed itself, so that a repeat cannot do it
-- twice. asked: a keyed hash of the request. The answers hold ids and counts, nothing that anybody wrote.
CREATE TABLE api_answer(
	scope INTEGER NOT NULL,
	key TEXT NOT NULL,
	asked BLOB NOT NULL,
	status INTEGER NOT NULL,
	location TEXT,
	body TEXT NOT NULL,
	made_at INTEGER NOT NULL,
	PRIMARY KEY(scope, key)
) WITHOUT ROWID;
CREATE INDEX api_answer_made ON api_answer(made_at);
