-- Messages of a file that was sent to be imported which could not be read at all, so that there is no dead letter of them: how many,
-- and where the first one is and why. A rebuild copies them.
CREATE TABLE import_unread(
	import_id INTEGER PRIMARY KEY,
	n INTEGER NOT NULL,
	first TEXT NOT NULL
);
