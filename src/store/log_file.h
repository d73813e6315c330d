/* SQLite's log, written in a few large pieces. SQLite writes each page of it by two calls, 34 a mail; here they are
 * gathered, and given to the system when SQLite syncs, reads or measures the file.
 *
 * Safe because with synchronous=FULL, which settings.c asserts, SQLite tells nobody of a commit before it has synced the
 * log (https://www.sqlite.org/walformat.html, "commit record"; wal.c, sqlite3WalFrames()): what is still gathered here is
 * of a transaction that only this handle knows of. What cannot be written is an error of the call that gave it to the
 * system, the sync at the latest, and the transaction is rolled back. */
#pragma once

#include <sqlite3.h>

/* The name of a VFS for sqlite3_open_v2(): the default one, but for the log. Any thread; NULL when there is no memory, which
 * is the default VFS. */
const char *log_file_vfs(void);
