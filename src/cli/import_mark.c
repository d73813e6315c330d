#include "cli/import_mark.h"

#include <stdlib.h>

#include "base/mem.h"
#include "cli/import_escape.h"

struct search {
	struct str key;
	char *value;
};

char *import_mark_key(const char *kind, const char *path)
{
	auto_free char *real = realpath(path, NULL);
	auto_free char *escaped = import_escape(str_from(real ? real : path), IMPORT_ESCAPE_CONTROLS);

	return xasprintf("import:%s:%s", kind, escaped);
}

static bool look(struct str key, struct str value, void *arg)
{
	struct search *s = arg;

	if (!str_eq(key, s->key))
		return true;
	if (value.len > 0)
		s->value = xstrndup(value.ptr, value.len);
	return false;
}

/* Without a mark an import begins at the beginning, which does no harm: so nothing here is worth a word. */
char *import_mark_load(struct cli *cli, const char *key)
{
	struct search s = { .key = str_from(key) };
	struct store *st;
	struct err ignored;
	int64_t id;

	if (!store_open(cli->config->storage.path, STORE_READER, &st, &ignored))
		return NULL;
	if (store_find_connector(st, STR("import"), &id, &ignored))
		store_each_cursor(st, id, look, &s, &ignored);
	store_close(st);
	return s.value;
}
