-- Runs of an import, and which rows of the journal each brought, so that one can be taken back. No function of the journal: a
-- rebuild copies them. undo_at: somebody wants it back; undone_at: nothing of it is left.
CREATE TABLE import_run(
	id INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	by TEXT NOT NULL,
	begun_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL DEFAULT 0,
	stored INTEGER NOT NULL DEFAULT 0,
	duplicate INTEGER NOT NULL DEFAULT 0,
	filtered INTEGER NOT NULL DEFAULT 0,
	dead INTEGER NOT NULL DEFAULT 0,
	pending INTEGER NOT NULL DEFAULT 0,
	undo_by TEXT,
	undo_at INTEGER NOT NULL DEFAULT 0,
	undone_at INTEGER NOT NULL DEFAULT 0,
	taken INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX import_run_undo ON import_run(id) WHERE undo_at <> 0 AND undone_at = 0;
CREATE TABLE import_row(
	import_id INTEGER NOT NULL,
	journal_id INTEGER NOT NULL,
	PRIMARY KEY(import_id, journal_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX import_row_of ON import_row(journal_id);
