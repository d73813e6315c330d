-- How each folder compared with its server the last time. No function of the journal: a rebuild copies it.
-- listed = known + filtered + missing; vanished is what the journal has beside that.
CREATE TABLE reconcile(
	connector_id INTEGER NOT NULL,
	folder TEXT NOT NULL,
	run_at INTEGER NOT NULL,
	checked_at INTEGER NOT NULL,
	listed INTEGER NOT NULL,
	known INTEGER NOT NULL,
	filtered INTEGER NOT NULL,
	missing INTEGER NOT NULL,
	healed INTEGER NOT NULL,
	healed_ever INTEGER NOT NULL,
	vanished INTEGER NOT NULL,
	note TEXT NOT NULL,
	error TEXT NOT NULL,
	PRIMARY KEY(connector_id, folder)
) WITHOUT ROWID;
