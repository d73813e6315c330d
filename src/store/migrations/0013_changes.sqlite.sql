-- What changed, numbered in the order of commits without a gap, for those who follow along: kinds and ids, no text. It is
-- no function of the journal: a rebuild copies it, and its oldest rows go. owner: whose it was, of what is gone.
CREATE TABLE change(
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	id INTEGER NOT NULL,
	other INTEGER NOT NULL,
	owner TEXT
);
