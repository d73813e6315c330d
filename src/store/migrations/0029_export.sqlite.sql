-- Exports that somebody asked for, with whose eyes they are made, and how far they are. The files lie in exports/ below the folder of the
-- store. token_id 0: a person's, in a session. No function of the journal: a rebuild leaves them out, as what they hold is of before it.
CREATE TABLE export(
	id INTEGER PRIMARY KEY,
	by TEXT NOT NULL,
	token_id INTEGER NOT NULL,
	staff TEXT NOT NULL,
	role TEXT NOT NULL,
	what TEXT NOT NULL,
	format TEXT NOT NULL,
	query TEXT NOT NULL,
	contact_id INTEGER NOT NULL,
	asked_at INTEGER NOT NULL,
	done_at INTEGER NOT NULL DEFAULT 0,
	expires_at INTEGER NOT NULL,
	rows INTEGER NOT NULL DEFAULT 0,
	bytes INTEGER NOT NULL DEFAULT 0,
	failed TEXT
);
