-- Lists of contacts, newest first and by name, of everybody and of one owner, page by page. last_slot: last_at in steps of 2^31 µs
-- (36 minutes), so that only the first entry of a conversation moves its contact in two indexes; within a step it is sorted when
-- it is read.
ALTER TABLE contact ADD COLUMN last_slot INTEGER NOT NULL DEFAULT 0;
UPDATE contact SET last_slot = coalesce(last_at, 0) >> 31;
CREATE INDEX contact_recent ON contact(last_slot) WHERE merged_into = 0;
CREATE INDEX contact_owner_recent ON contact(owner, last_slot) WHERE merged_into = 0;
CREATE INDEX contact_owner_name ON contact(owner, lower(coalesce(name, ''))) WHERE merged_into = 0;
