/* What a page of the database still says of rows that are gone, taken out on its way into the file.
 *
 * PRAGMA secure_delete overwrites a row where it lies. But when SQLite spreads the rows of a full page over its neighbours, it
 * leaves their bytes behind in the part of the page that belongs to no row (btree.c, rebuildPage()), and overwrites them later
 * only in the new place. That part means nothing to SQLite (https://www.sqlite.org/fileformat2.html, 1.6, "unallocated
 * space"), so each page is written with zeros there, by the checkpoints, which alone write into the file.
 *
 * Not in what is not yet in the file: the log, and pages that a handle keeps in memory (erase_empty_log()). Not in databases
 * of 64 GiB and more, where what a page is cannot be told from its first byte alone, nor in
 * those that somebody has made auto_vacuum ones. */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>

enum { SCRUB_PAGE = 4096 };

/* Pure. True: it is a page of a b-tree and says something that is in no row; what is to be written instead is in out. */
bool scrub_page(const unsigned char page[SCRUB_PAGE], bool is_first, unsigned char out[SCRUB_PAGE]);

/* For the xOpen of a VFS whose files have scrub_room() bytes more than those of base. */
int scrub_open(sqlite3_vfs *base, const char *name, sqlite3_file *file, int flags, int *out_flags);
int scrub_room(void);
