-- Who writes to whom, for from: and to: (docs/decisions/reading.md): each spelling of somebody once, and in which entries it stands.
-- text: the name in small letters, then the handles, a line each. party_entry has no text of its own: of an entry "f1 t2 t3", from the
-- spelling 1 to 2 and 3; an index of FTS5, as it is written in order. search_state.listed_id: so far are the entries in it; those
-- from before are listed in the background.
CREATE TABLE party(id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE VIRTUAL TABLE party_entry USING fts5(ids, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
ALTER TABLE search_state ADD COLUMN listed_id INTEGER NOT NULL DEFAULT 0;
