-- When the entry was written that a contact's name was taken from: of two names of one rank the newer counts, in
-- whatever order they came.
ALTER TABLE contact ADD COLUMN named_at INTEGER NOT NULL DEFAULT 0;
