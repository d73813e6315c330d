-- What people decided about who is who. A contact that was merged stays, and says into whom and by which decision; its
-- handles say whose they are at home (home_id), and whose they are as things stand (contact_id, the end of the chain).
-- Undoing a merge is then no guess. since: the entry or the decision that made it theirs. first_id: the entry it was seen in
-- first. nobody_why: why it was nobody's then. by_hand: a person said so, which no rule changes.
ALTER TABLE contact ADD COLUMN merged_into INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN merged_by INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN typed_name TEXT;
ALTER TABLE contact ADD COLUMN typed_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contact_merged ON contact(merged_into) WHERE merged_into <> 0;
ALTER TABLE identity ADD COLUMN home_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN first_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE identity ADD COLUMN nobody_why TEXT;
ALTER TABLE identity ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
UPDATE identity SET home_id = contact_id;
UPDATE identity SET nobody_why = why WHERE contact_id = 0;
-- One entry that a person put on somebody else's timeline: contact_id is a home, too. identity_id 0: it names nobody.
CREATE TABLE moved(
	interaction_id INTEGER NOT NULL,
	identity_id INTEGER NOT NULL,
	role INTEGER NOT NULL,
	contact_id INTEGER NOT NULL,
	decision_id INTEGER NOT NULL,
	PRIMARY KEY(interaction_id, identity_id, role)
) WITHOUT ROWID;
CREATE INDEX moved_contact ON moved(contact_id);
-- Entries in which a party came by several handles that were not all at home with one contact, or with one that another was
-- merged into: what they linked hung on all of them.
CREATE TABLE named(
	identity_id INTEGER NOT NULL,
	interaction_id INTEGER NOT NULL,
	PRIMARY KEY(identity_id, interaction_id)
) WITHOUT ROWID;
CREATE INDEX named_interaction ON named(interaction_id);
CREATE INDEX review_interaction ON review(interaction_id);
