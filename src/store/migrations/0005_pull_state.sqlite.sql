-- What a pull must remember over a restart, and what people see of it. No function of the journal: a rebuild copies it.
CREATE TABLE pull_state(
	connector_id INTEGER PRIMARY KEY,
	throttled_until INTEGER NOT NULL,
	throttled_at INTEGER NOT NULL,
	n_throttles INTEGER NOT NULL,
	said TEXT NOT NULL,
	backlog_left INTEGER NOT NULL,
	backlog_of INTEGER NOT NULL,
	backlog_paused_until INTEGER NOT NULL
);
