-- Files that were sent to be imported, in pieces. The bytes lie in imports/ below the folder of the store until the import is over. No
-- function of the journal: a rebuild copies them. received: how much of it is durable; failed: why nothing more comes of it.
CREATE TABLE import_upload(
	import_id INTEGER PRIMARY KEY,
	size INTEGER NOT NULL,
	received INTEGER NOT NULL DEFAULT 0,
	touched_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL DEFAULT 0,
	failed TEXT
);
