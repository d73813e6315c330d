-- What people said they agree to, or agree to no more: one row a decision, none is ever changed. contact_id: whom it was said of;
-- whoever they are merged into has it too.
CREATE TABLE consent(
	decision_id INTEGER PRIMARY KEY,
	contact_id INTEGER NOT NULL,
	what TEXT NOT NULL,
	state INTEGER NOT NULL,
	basis TEXT,
	source TEXT,
	said_at INTEGER NOT NULL,
	by TEXT NOT NULL
);
CREATE INDEX consent_contact ON consent(contact_id);
