/* What was answered and told of them: answers that are kept for requests which come again are emptied, and known still as done;
 * errors that quote them say so no more, nor does the name of a file that was imported. */
#include "ingest/erase_inside.h"
#include "ingest/erase_words.h"
#include "store/answer.h"
#include "store/import.h"
#include "store/told.h"
#include "store/upload.h"

enum { SHORTEST = 3 };

struct answers {
	struct arena *arena;
	struct str *words;
	size_t n_words;
	struct answer_row *rows;	/* that name one of them */
	size_t n_rows;
	struct str *told;		/* so do these */
	size_t n_told;
};

static bool add_word(struct answers *all, struct str word)
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

static bool names_them(const struct answers *all, struct str text)
{
	bool is = false;

	for (size_t i = 0; i < all->n_words && !is; i++)
		is = erase_words_has(text, all->words[i]);
	return is;
}

static bool look_at(const struct answer_row *row, void *arg)
{
	struct answers *all = arg;
	struct answer_row *grown;

	if (!names_them(all, row->key) && !names_them(all, row->body))
		return true;
	grown = arena_grow(all->arena, all->rows, all->n_rows, sizeof(*grown));
	if (grown == NULL)
		return false;
	all->rows = grown;
	grown[all->n_rows++] = (struct answer_row){ .scope = row->scope, .key = arena_str(all->arena, row->key) };
	return true;
}

static bool look_at_told(struct str text, void *arg)
{
	struct answers *all = arg;
	struct str *grown;

	if (!names_them(all, text))
		return true;
	grown = arena_grow(all->arena, all->told, all->n_told, sizeof(*grown));
	if (grown == NULL)
		return false;
	all->told = grown;
	grown[all->n_told++] = arena_str(all->arena, text);
	return true;
}

static bool forget_answers(struct answers *all, struct store *st, struct err *err)
{
	if (!store_each_answer(st, look_at, all, err))
		return false;
	for (size_t i = 0; i < all->n_rows; i++)
		if (!store_erase_answer(st, all->rows[i].scope, all->rows[i].key, err))
			return false;
	return true;
}

static bool forget_told(struct answers *all, struct store *st, struct err *err)
{
	if (!store_each_told(st, look_at_told, all, err))
		return false;
	for (size_t i = 0; i < all->n_told; i++)
		if (!store_replace_told(st, all->told[i], STR("it named somebody who was erased"), err))
			return false;
	return true;
}

static bool forget_files(const struct answers *all, struct store *st, struct err *err)
{
	const struct str instead = STR("a file named after somebody who was erased");

	for (size_t i = 0; i < all->n_words; i++)
		if (!store_rename_imports(st, all->words[i], instead, err) || !store_rename_uploads(st, all->words[i], instead, err))
			return false;
	return true;
}

bool erase_answers(struct store *st, int64_t contact, struct arena *arena, struct err *err)
{
	struct answers all = { .arena = arena };
	struct contact_row row = { 0 };

	if (!store_get_contact(st, contact, arena, &row, err))
		return err->kind == ERR_MISSING;
	return add_word(&all, row.name) && store_each_identity(st, contact, add_handle, &all, err) &&
	       forget_answers(&all, st, err) && forget_told(&all, st, err) && forget_files(&all, st, err);
}
