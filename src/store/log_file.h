/* SQLite's log, written in a few large pieces. SQLite writes each page of it by two calls, 34 a mail; here they are
 * gathered, and given to the system when SQLite syncs, reads or measures the file.
 *
 * Safe under three conditions, which the store checks when it opens:
 * - synchronous=FULL. SQLite tells nobody of a commit before it has synced the log (wal.c, sqlite3WalFrames();
 *   https://www.sqlite.org/walformat.html).
 * - cache_spill=0. Pages are written by commits alone. A transaction that spilled and was rolled back would leave some of them
 *   here, which another program's commit might by then have replaced in the file; and SQLite does not roll back all of a
 *   transaction when a read finds no room.
 * - The file system keeps the rest of a sector (SQLITE_IOCAP_POWERSAFE_OVERWRITE), so that nothing follows the sync.
 * So what is gathered is of a commit under way, and what cannot be written is an error of that commit. */
#pragma once

#include <sqlite3.h>

/* The name of a VFS for sqlite3_open_v2(): the default one, but for the log and for what scrub.h says of the
 * database. Any thread; NULL when there is no memory, which
 * is the default VFS. */
const char *log_file_vfs(void);
