/* The names of files that were imported, where they are the person's: mails of others that lay in such a file stay, without it.
 * Not by whole words: maria@x.example.mbox would be somebody else's, and a name too many that goes does no harm. */
#include "ingest/erase_inside.h"
#include "ingest/ingest.h"
#include "ingest/purge_jobs.h"
#include "store/origin.h"

enum { SHORTEST = 3, AT_ONCE = 256 };

struct origins {
	struct arena *arena;
	struct str *words;
	size_t n_words;
	int64_t rows[AT_ONCE];		/* whose files are named so */
	size_t n_rows;
};

static bool add_word(struct origins *all, struct str word)
{
	struct str *grown = arena_grow(all->arena, all->words, all->n_words, sizeof(*grown));

	if (grown == NULL)
		return false;
	all->words = grown;
	if (word.len >= SHORTEST)
		grown[all->n_words++] = arena_str(all->arena, word);
	return true;
}

static bool add_handle(const struct identity_row *row, void *arg)
{
	struct str value = row->identity.value;

	return add_word(arg, str_starts(value, STR("+")) ? str_sub(value, 1, value.len) : value);
}

static bool look_at(int64_t id, struct str meta, void *arg)
{
	struct origins *all = arg;
	struct str line;
	bool is = false;

	str_next(&meta, '\n', &line);
	for (size_t i = 0; i < all->n_words && !is; i++)
		is = str_ifind(line, all->words[i]) != STR_NONE;
	if (is)
		all->rows[all->n_rows++] = id;
	return all->n_rows < AT_ONCE;
}

static bool forget_them(struct store *st, void *arg, struct err *err)
{
	const struct origins *all = arg;

	for (size_t i = 0; i < all->n_rows; i++)
		if (!store_forget_origin(st, all->rows[i], err))
			return false;
	return true;
}

static bool forget_marks(struct store *st, void *arg, struct err *err)
{
	const struct origins *all = arg;

	for (size_t i = 0; i < all->n_words; i++)
		if (!store_forget_marks(st, all->words[i], err))
			return false;
	return true;
}

static bool find_words(struct erase *e, struct origins *all)
{
	struct contact_row row = { 0 };

	return store_get_contact(e->reader, e->contact, e->arena, &row, &e->err) && add_word(all, row.name) &&
	       store_each_identity(e->reader, e->contact, add_handle, all, &e->err);
}

bool erase_hide_origins(struct erase *e)
{
	struct origins all = { .arena = e->arena };
	int64_t last = 0;

	if (!find_words(e, &all))
		return false;
	do {
		all.n_rows = 0;
		if (erase_is_canceled(e) || !store_each_origin(e->reader, last, look_at, &all, &e->err) ||
		    !purge_run(e->parts->writer, forget_them, &all, &e->err))
			return false;
		last = all.n_rows > 0 ? all.rows[all.n_rows - 1] : 0;
	} while (all.n_rows == AT_ONCE);
	return purge_run(e->parts->writer, forget_marks, &all, &e->err);
}
