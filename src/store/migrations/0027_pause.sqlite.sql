-- Connectors that somebody has paused, until somebody resumes them: no matter of the configuration, and kept over restarts.
CREATE TABLE connector_pause(
	connector_id INTEGER PRIMARY KEY,
	by TEXT NOT NULL,
	why TEXT NOT NULL,
	at INTEGER NOT NULL
);
