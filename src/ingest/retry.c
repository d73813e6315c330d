#include "ingest/retry.h"

#include "ingest/again.h"
#include "ingest/parse.h"
#include "ingest/slot.h"

enum { ROW_ARENA = 80 << 20 };

static struct intake *load(const struct source_list *sources, struct store *reader, struct arena *arena,
			   int64_t dead_letter, const char *dir, struct err *err)
{
	struct journal_row row;
	struct dead_row dead;
	struct source *source;
	struct intake *in;

	if (!store_get_dead(reader, dead_letter, arena, &dead, err) ||
	    !store_get_journal(reader, dead.journal_id, arena, &row, err))
		return NULL;
	source = source_list_find(sources, dead.connector);
	if (source == NULL) {
		err_setf(err, ERR_MISSING, "its connector \"" STR_FMT "\" is not in the configuration any more",
			 STR_ARG(dead.connector_name));
		return NULL;
	}
	in = again_load(source, &row, dir, err);
	if (in != NULL) {
		in->resolves = row.id;
		in->retries = dead_letter;
	}
	return in;
}

struct intake *retry_load(const struct source_list *sources, int64_t dead_letter, struct str by, const char *dir,
			  struct err *err)
{
	struct arena *arena = arena_create(ROW_ARENA);
	struct store *reader = NULL;
	struct intake *in = NULL;

	if (store_open(dir, STORE_READER, &reader, err))
		in = load(sources, reader, arena, dead_letter, dir, err);
	if (in != NULL)
		in->decided_by = arena_str(in->arena, by);
	store_close(reader);
	arena_destroy(arena);
	return in;
}

bool retry_parse(struct intake *in, struct parsers *parsers, const char *dir, struct err *err)
{
	if (in->source->type->is_hostile)
		return intake_parse(in, parsers, dir, err);
	if (!slot_enter(in->raw.body)) {
		err_setf(&in->verdict, ERR_INPUT, "reading it has crashed daybookd twice");
	} else {
		intake_normalize_here(in);
		slot_leave();
	}
	intake_encode(in);
	return intake_store_body(in, dir, err);
}
