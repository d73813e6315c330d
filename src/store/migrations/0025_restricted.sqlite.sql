-- Contacts whom a person has restricted (docs/decisions/restricted.md): the word about this one, and what follows from it and from
-- those about whoever was merged into it.
ALTER TABLE contact ADD COLUMN is_restricted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contact_restricted ON contact(id) WHERE restricted;
