-- Mail that was not taken over on purpose (privacy, exclude): counted as received and filtered, without a row anywhere.
-- No function of the journal: a rebuild copies it.
ALTER TABLE connector ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
