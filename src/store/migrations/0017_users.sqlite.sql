-- What people of the configuration log in with. A password is a yescrypt hash; totp a key of RFC 6238, totp_step the last step
-- that a code was taken of. Nobody is in here who never had either.
CREATE TABLE user(
	name TEXT PRIMARY KEY,
	password TEXT,
	password_at INTEGER NOT NULL DEFAULT 0,
	last_login_at INTEGER NOT NULL DEFAULT 0,
	totp BLOB,
	totp_step INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
-- Of a session, a link and a recovery code only the SHA-256 is kept.
CREATE TABLE session(
	id INTEGER PRIMARY KEY,
	sha256 BLOB NOT NULL UNIQUE,
	name TEXT NOT NULL,
	how TEXT NOT NULL,
	peer TEXT,
	agent TEXT,
	created_at INTEGER NOT NULL,
	used_at INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX session_open ON session(name) WHERE ended_at = 0;
CREATE TABLE login_link(
	sha256 BLOB PRIMARY KEY,
	name TEXT NOT NULL,
	made_by TEXT NOT NULL,
	expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE recovery_code(
	sha256 BLOB PRIMARY KEY,
	name TEXT NOT NULL
) WITHOUT ROWID;
-- Tries that failed, by a hash of the account or of the address; forgotten when none has been for a while.
CREATE TABLE login_failure(
	who BLOB PRIMARY KEY,
	n INTEGER NOT NULL,
	at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX login_failure_at ON login_failure(at);
