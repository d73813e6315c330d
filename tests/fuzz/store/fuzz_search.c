/* Whatever somebody types, SQLite never calls it a syntax error; refusals name their kind. */
#include <assert.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>

#include "store/search_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static sqlite3_stmt *query(void)
{
	static sqlite3_stmt *stmt;
	sqlite3 *db;

	if (stmt != NULL)
		return stmt;
	if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
	    sqlite3_exec(db, "CREATE VIRTUAL TABLE t USING fts5(subject, text, tokenize ="
			     " 'unicode61 remove_diacritics 2'); INSERT INTO t VALUES ('a', 'b c')",
			 NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(db, "SELECT rowid FROM t WHERE t MATCH ?", -1, &stmt, NULL) != SQLITE_OK)
		abort();
	return stmt;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sqlite3_stmt *stmt = query();
	struct err err = { .kind = ERR_NONE };
	struct buf out;
	int rc;

	buf_init(&out, 8192);
	if (!search_text((struct str){ (const char *)data, size }, &out, &err)) {
		assert(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
	} else if (out.len > 0) {
		assert(!buf_is_exceeded(&out));
		sqlite3_bind_text(stmt, 1, out.ptr, (int)out.len, SQLITE_STATIC);
		do
			rc = sqlite3_step(stmt);
		while (rc == SQLITE_ROW);
		assert(rc == SQLITE_DONE);
		sqlite3_reset(stmt);
		sqlite3_clear_bindings(stmt);
	}
	buf_finish(&out);
	return 0;
}
