-- The thread of a mail is the first ancestor of it that anybody names. parent: '' none. rank: 1 another mail's References
-- say so, 2 the mail itself was here and says so. All of it follows from the journal.
CREATE TABLE mail_parent(
	id TEXT PRIMARY KEY,
	parent TEXT NOT NULL,
	rank INTEGER NOT NULL
) WITHOUT ROWID;
-- Mails that name no ancestor, by what a provider says they belong to; the first by time is the others' parent.
CREATE TABLE mail_group(
	name TEXT NOT NULL,
	at INTEGER NOT NULL,
	id TEXT NOT NULL,
	PRIMARY KEY(name, at, id)
) WITHOUT ROWID;
CREATE INDEX interaction_thread ON interaction(thread) WHERE channel = 1;
