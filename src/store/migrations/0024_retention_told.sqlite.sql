-- Of a class of what is kept: how many of its rows the audit log knows of, so that a run which was killed is told of by the next; and
-- when all rows were looked at last.
ALTER TABLE retention ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
ALTER TABLE retention ADD COLUMN whole_at INTEGER NOT NULL DEFAULT 0;
UPDATE retention SET told = rows;
