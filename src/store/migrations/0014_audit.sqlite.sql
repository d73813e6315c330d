-- Who did what to which thing, and when; never what anybody wrote. No function of the journal: a rebuild carries it over. Each
-- hash covers the one before it (store/audit.c). Numbers have no gaps, and AUTOINCREMENT remembers the highest there was, so
-- that rows missing at the end are noticed as well.
CREATE TABLE audit(
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL,
	who TEXT NOT NULL,
	what TEXT NOT NULL,
	which TEXT NOT NULL,
	detail TEXT NOT NULL,
	hash BLOB NOT NULL
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
	BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
	BEGIN SELECT RAISE(ABORT, 'nothing is taken out of the audit log'); END;
-- INSERT OR REPLACE asks no trigger of DELETE.
CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN new.id <= (SELECT max(id) FROM audit)
	BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
