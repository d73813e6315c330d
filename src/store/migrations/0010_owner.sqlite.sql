-- Whose a contact is. made_owner: of the connector by which its first entry came (made_by). assigned_owner: what a person said
-- at assigned_at, NULL: nobody's. contact.owner is what follows from both, and from those that were merged into it.
ALTER TABLE contact ADD COLUMN made_owner TEXT;
ALTER TABLE contact ADD COLUMN made_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN assigned_owner TEXT;
ALTER TABLE contact ADD COLUMN assigned_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contact_made_by ON contact(made_by) WHERE made_owner IS NOT NULL;
-- Of a connector that is configured no more as well.
ALTER TABLE connector ADD COLUMN owner TEXT;
