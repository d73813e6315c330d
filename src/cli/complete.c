#include "cli/complete.h"

#include <string.h>

enum { MAX_PLACES = 8 };

struct line {
	const struct command *table;
	struct str typed;		/* the last word */
	const char *before;		/* the word before it, or NULL */
	const char *verbs[64];		/* words that are no options, without the last */
	int n_verbs;
	const char **config;
};

void complete_offer(struct buf *out, struct str typed, struct str word)
{
	if (!str_starts(word, typed))
		return;
	buf_add(out, word);
	buf_addc(out, '\n');
}

static bool is_config(const char *word)
{
	return strcmp(word, "-c") == 0 || strcmp(word, "--config") == 0;
}

/* The command so far: NULL while its words are not complete. */
static const struct command *find(const struct line *l, int *n_used)
{
	const struct command *found = NULL;

	for (const struct command *c = l->table; c->name != NULL; c++) {
		struct str rest = str_from(c->name), word;
		int n = 0;

		while (n < l->n_verbs && str_next(&rest, ' ', &word) && str_eq(word, str_from(l->verbs[n])))
			n++;
		if (rest.len == 0 && n == (strchr(c->name, ' ') ? 2 : 1)) {
			found = c;
			*n_used = n;
		}
	}
	return found;
}

static bool has_value(const struct line *l, const char *option)
{
	int ignored;
	const struct command *c = find(l, &ignored);

	return is_config(option) ||
	       (c != NULL && usage_find(c->arguments, str_from(option)) == USAGE_VALUE);
}

static void read_words(struct line *l, int n_words, char **words)
{
	l->typed = str_from(words[n_words - 1]);
	if (str_eq(l->typed, STR("=")))
		l->typed = STR("");
	for (int i = 0; i + 1 < n_words; i++) {
		const char *option = words[i];

		l->before = option;
		if (option[0] != '-') {
			if (l->n_verbs < (int)(sizeof(l->verbs) / sizeof(*l->verbs)))
				l->verbs[l->n_verbs++] = option;
			continue;
		}
		if (!has_value(l, option))
			continue;
		if (strcmp(words[i + 1], "=") == 0)	/* bash cuts --name=value */
			i++;
		if (i + 2 >= n_words)			/* its value is being typed */
			return;
		l->before = words[++i];
		if (is_config(option))
			*l->config = words[i];
	}
}

/* The first word of every command, or the second of those that begin like this. */
static void offer_commands(const struct line *l, struct buf *out)
{
	struct str before = { NULL, 0 };

	for (const struct command *c = l->table; c->name != NULL; c++) {
		struct str rest = str_from(c->name), first;

		str_next(&rest, ' ', &first);
		if (c->is_hidden)
			continue;
		if (l->n_verbs == 0 && !str_eq(first, before))
			complete_offer(out, l->typed, first);
		else if (l->n_verbs == 1 && str_eq(first, str_from(l->verbs[0])) && rest.len > 0)
			complete_offer(out, l->typed, rest);
		before = first;
	}
}

static void offer_options(const struct line *l, const char *usage, struct buf *out)
{
	static const char *const common[] = { "--json", "--help", "-c" };
	struct str rest = str_from(usage), word;

	while (str_next(&rest, ' ', &word)) {
		if (str_starts(word, STR("[")))
			word = str_sub(word, 1, word.len);
		if (str_ends(word, STR("]")))
			word.len--;
		if (str_starts(word, STR("-")))
			complete_offer(out, l->typed, word);
	}
	for (size_t i = 0; i < sizeof(common) / sizeof(*common); i++)
		complete_offer(out, l->typed, str_from(common[i]));
}

/* The words of a usage text that stand for arguments: "[--all] ID..." has one. */
static int read_places(const char *usage, struct str places[MAX_PLACES])
{
	struct str rest = str_from(usage), word;
	bool is_option = false;
	int n = 0;

	while (n < MAX_PLACES && str_next(&rest, ' ', &word)) {
		bool begins = str_starts(word, STR("[")), ends = str_ends(word, STR("]"));

		if (begins)
			word = str_sub(word, 1, word.len);
		if (str_starts(word, STR("-")))
			is_option = begins;
		else if (!is_option)
			places[n++] = ends && begins ? str_sub(word, 0, word.len - 1) : word;
		if (ends)
			is_option = false;
	}
	return n;
}

static enum complete_what offer_place(const struct line *l, struct str place, struct buf *out)
{
	struct str choice;

	if (str_ends(place, STR("...")))
		place.len -= 3;
	if (str_eq(place, STR("ID")))
		return COMPLETE_DEAD_LETTERS;
	if (str_eq(place, STR("NAME")) || str_eq(place, STR("CONNECTOR")))
		return COMPLETE_CONNECTORS;
	if (str_eq(place, STR("PERSON")))
		return COMPLETE_STAFF;
	if (str_eq(place, STR("PATH")) || str_eq(place, STR("FILE")) || str_eq(place, STR("DIR")))
		return COMPLETE_FILES;
	if (place.len > 0 && place.ptr[0] >= 'a')	/* "bash|zsh" */
		while (str_next(&place, '|', &choice))
			complete_offer(out, l->typed, choice);
	return COMPLETE_WORDS;
}

/* What the option before the word is to have. */
static enum complete_what offer_value(const struct line *l, const char *usage, struct buf *out)
{
	size_t at = str_find(str_from(usage), str_from(l->before));
	struct str rest = str_sub(str_from(usage), at + strlen(l->before) + 1, SIZE_MAX), word;

	if (!str_next(&rest, ' ', &word))
		return COMPLETE_WORDS;
	if (str_ends(word, STR("]")))
		word.len--;
	return offer_place(l, word, out);
}

static enum complete_what offer_argument(const struct line *l, const struct command *c, int n_used, struct buf *out)
{
	struct str places[MAX_PLACES];
	int n = read_places(c->arguments, places), i = l->n_verbs - n_used;

	if (n > 0 && i >= n && str_ends(places[n - 1], STR("...")))
		i = n - 1;
	return i < n ? offer_place(l, places[i], out) : COMPLETE_WORDS;
}

enum complete_what complete(const struct command *table, int n_words, char **words, const char **config,
			    struct buf *out)
{
	struct line l = { .table = table, .config = config };
	const struct command *c;
	int n_used = 0;

	if (n_words == 0)
		return COMPLETE_WORDS;
	read_words(&l, n_words, words);
	if (l.before != NULL && is_config(l.before))
		return COMPLETE_FILES;
	c = find(&l, &n_used);
	if (c != NULL && l.before != NULL && l.before[0] == '-' &&
	    usage_find(c->arguments, str_from(l.before)) == USAGE_VALUE)
		return offer_value(&l, c->arguments, out);
	if (str_starts(l.typed, STR("-"))) {
		offer_options(&l, c ? c->arguments : "[--version]", out);
		return COMPLETE_WORDS;
	}
	if (c == NULL || (n_used == 1 && l.n_verbs == 1 && strcmp(c->name, "help") == 0))
		offer_commands(&(struct line){ .table = table, .typed = l.typed, .verbs = { l.verbs[0] },
					       .n_verbs = c ? 0 : l.n_verbs }, out);
	return c != NULL ? offer_argument(&l, c, n_used, out) : COMPLETE_WORDS;
}
