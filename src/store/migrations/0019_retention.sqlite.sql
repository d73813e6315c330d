-- What was kept for as long as it was to be. Messages whose time is over are known by the keyed hash that makes them unique, so that
-- a server that still has them does not bring them back.
CREATE TABLE expired_message(key_time INTEGER NOT NULL, key_hash INTEGER NOT NULL, PRIMARY KEY(key_time, key_hash)) WITHOUT ROWID;
-- A class of what is kept: journal rows up to done_id were looked at; rows: whose time was over, since ever; error of the last run.
CREATE TABLE retention(
	class TEXT PRIMARY KEY,
	done_id INTEGER NOT NULL,
	ran_at INTEGER NOT NULL,
	rows INTEGER NOT NULL,
	error TEXT NOT NULL
) WITHOUT ROWID;
