-- Contacts that may be one person. likeness: keyed hashes of what can be shared (model/likeness.h). uncompared: whoever has
-- changed since they were compared with the others, which is done in the background, a few at a time (ingest/lookalike.h).
-- All of it follows from contacts and their handles; but apart, which a person said: no proposal of these two again.
CREATE TABLE likeness(key INTEGER NOT NULL, contact_id INTEGER NOT NULL, PRIMARY KEY(key, contact_id)) WITHOUT ROWID;
CREATE INDEX likeness_contact ON likeness(contact_id);
CREATE TABLE lookalike(
	one INTEGER NOT NULL,
	other INTEGER NOT NULL,
	shared INTEGER NOT NULL,
	PRIMARY KEY(one, other)
) WITHOUT ROWID;
CREATE INDEX lookalike_other ON lookalike(other);
CREATE TABLE apart(
	one INTEGER NOT NULL,
	other INTEGER NOT NULL,
	decision_id INTEGER NOT NULL,
	PRIMARY KEY(one, other)
) WITHOUT ROWID;
CREATE INDEX apart_other ON apart(other);
CREATE TABLE uncompared(contact_id INTEGER PRIMARY KEY);
INSERT INTO uncompared SELECT id FROM contact WHERE merged_into = 0;
-- Triggers, because so many decisions and rules change a name or whose a handle is.
CREATE TRIGGER compare_new_contact AFTER INSERT ON contact BEGIN
	INSERT OR IGNORE INTO uncompared VALUES (new.id);
END;
CREATE TRIGGER compare_contact AFTER UPDATE OF name, name_rank, merged_into ON contact
	WHEN new.name IS NOT old.name OR new.name_rank <> old.name_rank OR new.merged_into <> old.merged_into BEGIN
	INSERT OR IGNORE INTO uncompared VALUES (new.id);
END;
CREATE TRIGGER compare_new_handle AFTER INSERT ON identity WHEN new.contact_id <> 0 BEGIN
	INSERT OR IGNORE INTO uncompared VALUES (new.contact_id);
END;
CREATE TRIGGER compare_handle AFTER UPDATE OF contact_id ON identity WHEN new.contact_id <> old.contact_id BEGIN
	INSERT OR IGNORE INTO uncompared SELECT id FROM contact WHERE id IN (old.contact_id, new.contact_id);
END;
CREATE TRIGGER compare_without_handle AFTER DELETE ON identity WHEN old.contact_id <> 0 BEGIN
	INSERT OR IGNORE INTO uncompared SELECT id FROM contact WHERE id = old.contact_id;
END;
CREATE TRIGGER forget_likeness AFTER DELETE ON contact BEGIN
	DELETE FROM likeness WHERE contact_id = old.id;
	DELETE FROM lookalike WHERE one = old.id;
	DELETE FROM lookalike WHERE other = old.id;
	DELETE FROM apart WHERE one = old.id;
	DELETE FROM apart WHERE other = old.id;
	DELETE FROM uncompared WHERE contact_id = old.id;
END;
