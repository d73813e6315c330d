-- Files of the blob store that an entry or a journal row named which is gone: removed once nothing else names them.
CREATE TABLE doomed_blob(sha256 TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE INDEX journal_body ON journal(body_sha256) WHERE body_sha256 IS NOT NULL;
-- What is left of rows that were taken away: who they had made known first, where others name them still.
CREATE INDEX journal_seed ON journal(id) WHERE kind = 2;
-- What people decided: what came of a retry stands behind it.
CREATE INDEX journal_decision ON journal(id) WHERE kind = 1;
-- Mails whose attachments stand in files alone (BODY_SKELETON).
CREATE INDEX journal_skeleton ON journal(id) WHERE encoding = 3;
-- Words of deleted entries are in the index still.
ALTER TABLE search_state ADD COLUMN has_deleted INTEGER NOT NULL DEFAULT 0;
