-- What colleagues see of what came by a connector, and of a conversation (docs/decisions/sharing.md): 1 that it was and between whom, 2 the
-- subject too, 3 everything. thread_share: by an entry of the conversation, the latest decision counts; by: who decided.
ALTER TABLE connector ADD COLUMN share INTEGER NOT NULL DEFAULT 3;
CREATE INDEX connector_private ON connector(id) WHERE share < 3;
CREATE TABLE thread_share(
	entry_id INTEGER PRIMARY KEY,
	share INTEGER NOT NULL,
	by TEXT NOT NULL,
	decision_id INTEGER NOT NULL
);
