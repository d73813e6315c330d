#include "guess.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "words.h"

enum { FOLDED_BYTES = 256, MAX_ADDRESS = 320, MIN_PHONE_DIGITS = 5, MAX_PHONE = 40 };

static const struct {
	const char *name;
	enum meaning meaning;
} mappable[] = {
	{ "name", MEANING_NAME }, { "email", MEANING_EMAIL }, { "phone", MEANING_PHONE },
	{ "text", MEANING_TEXT }, { "subject", MEANING_SUBJECT }, { "company", MEANING_COMPANY },
	{ "page_url", MEANING_PAGE_URL }, { "submitted_at", MEANING_SUBMITTED_AT },
	{ "id", MEANING_ID },
};

enum meaning meaning_from(struct str name)
{
	for (size_t i = 0; i < sizeof(mappable) / sizeof(*mappable); i++)
		if (str_eq(str_from(mappable[i].name), name))
			return mappable[i].meaning;
	return MEANING_NONE;
}

/* ---- folding ---- */

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_word(char c)
{
	return is_lower(c) || is_upper(c) || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80;
}

/* firstName and first_name are the same two words. */
static struct str split_words(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, 2 * s.len + 1);
	size_t n = 0;

	for (size_t i = 0; out != NULL && i < s.len; i++) {
		if (i > 0 && is_upper(s.ptr[i]) && is_lower(s.ptr[i - 1]) && n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
		if (is_word(s.ptr[i]))
			out[n++] = s.ptr[i];
		else if (n > 0 && out[n - 1] != ' ')
			out[n++] = ' ';
	}
	if (n > 0 && out[n - 1] == ' ')
		n--;
	return (struct str){ out, n };
}

struct str guess_words(struct arena *arena, struct str name)
{
	struct str words = split_words(arena, text_cut(name, FOLDED_BYTES));
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n = utf8proc_map(
		(const utf8proc_uint8_t *)words.ptr, (utf8proc_ssize_t)words.len, &folded,
		UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK |
			UTF8PROC_CASEFOLD);

	if (n >= 0) {
		words = arena_str(arena, (struct str){ (const char *)folded, (size_t)n });
		free(folded);
	}
	return words;
}

static bool is_number(struct str word)
{
	int64_t ignored;

	return str_int64(word, &ignored);
}

/* q3 of Jotform, the numbers that builders append. */
static bool is_numbering(struct str word)
{
	return is_number(word) ||
	       (word.len > 1 && word.ptr[0] == 'q' && is_number(str_sub(word, 1, word.len)));
}

static struct str join(struct arena *arena, struct str words, bool with_fillers)
{
	char *out = arena_alloc(arena, words.len + 1);
	struct str word;
	size_t n = 0;

	while (out != NULL && str_next(&words, ' ', &word)) {
		if (!with_fillers && (words_is_filler(word) || is_numbering(word)))
			continue;
		for (size_t i = 0; i < word.len; i++)
			out[n++] = word.ptr[i];
	}
	return (struct str){ out, n };
}

/* Without fillers, unless nothing else is left. */
static struct str key_of(struct arena *arena, struct str words)
{
	struct str key = join(arena, words, false);

	return key.len > 0 ? key : join(arena, words, true);
}

/* ---- paths ---- */

/* The next element of lead[address][city] or a.b; dots part only names without blanks. */
static bool next_element(struct str *rest, bool has_dots, struct str *element)
{
	while (rest->len > 0) {
		size_t n = 0;

		while (n < rest->len && rest->ptr[n] != '[' && rest->ptr[n] != ']' &&
		       !(has_dots && rest->ptr[n] == '.'))
			n++;
		*element = str_trim(str_sub(*rest, 0, n));
		*rest = str_sub(*rest, n + 1, rest->len);
		if (element->len > 0)
			return true;
	}
	return false;
}

/* form[name] is the form's name; form[email] is the visitor's address. */
static bool is_wrapper(struct str parent, struct str last)
{
	if (is_number(parent))
		return true;
	if (str_eq(parent, STR("form")) && (str_eq(last, STR("name")) || str_eq(last, STR("id")) ||
					    str_eq(last, STR("title"))))
		return false;
	return words_is_wrapper(parent);
}

struct path {
	struct str parents[POST_MAX_DEPTH];
	size_t n_parents;
	struct str last;
};

static void split_path(struct str name, struct path *path)
{
	bool has_dots = str_chr(name, ' ') == STR_NONE;
	struct str element;

	path->n_parents = 0;
	path->last = (struct str){ NULL, 0 };
	while (next_element(&name, has_dots, &element)) {
		if (path->last.len > 0 && path->n_parents < POST_MAX_DEPTH)
			path->parents[path->n_parents++] = path->last;
		path->last = element;
	}
	/* fields[email][value]: the element before says what it is. */
	if (path->n_parents > 0 && str_eq(path->last, STR("value")))
		path->last = path->parents[--path->n_parents];
}

static void set_key(struct arena *arena, struct field *f)
{
	struct path path;
	struct str last_words, prefix = { NULL, 0 };

	split_path(f->name, &path);
	last_words = guess_words(arena, path.last);
	for (size_t i = 0; i < path.n_parents; i++) {
		struct str parent = join(arena, guess_words(arena, path.parents[i]), true);

		if (!is_wrapper(parent, last_words))
			prefix = arena_strf(arena, STR_FMT STR_FMT, STR_ARG(prefix), STR_ARG(parent));
	}
	f->is_foreign = prefix.len > 0;
	f->key = f->is_foreign ? arena_strf(arena, STR_FMT STR_FMT, STR_ARG(prefix),
					    STR_ARG(join(arena, last_words, true))) :
				 key_of(arena, last_words);
	if (f->label.len == 0)
		f->label = path.last.len > 0 && !is_number(path.last) ? path.last : f->name;
	f->label_key = key_of(arena, guess_words(arena, f->label));
}

/* ---- fields that describe fields ---- */

/* The x of fields[x][member], or empty. lead[value] is a field like any other. */
static struct str described(struct str name, const char *member)
{
	struct str ending = str_from(member), prefix;

	if (!str_ends(name, ending))
		return (struct str){ NULL, 0 };
	prefix = str_sub(name, 0, name.len - ending.len);
	return str_chr(prefix, '[') == STR_NONE ? (struct str){ NULL, 0 } : prefix;
}

/* Elementor: fields[x][title], fields[x][type] … stand around fields[x][value]. */
static void take_description(struct post *post, struct field *f)
{
	static const char *const others[] = { "[id]", "[raw_value]", "[required]" };
	struct str prefix = described(f->name, "[value]");

	for (size_t i = 0; prefix.len > 0 && i < post->n_fields; i++) {
		struct field *other = &post->fields[i];

		if (str_eq(described(other->name, "[title]"), prefix)) {
			f->label = text_cut(other->value, POST_MAX_NAME);
			other->meaning = MEANING_HIDDEN;
		} else if (str_eq(described(other->name, "[type]"), prefix)) {
			f->type = other->value;
			other->meaning = MEANING_HIDDEN;
		}
		for (size_t k = 0; k < sizeof(others) / sizeof(*others); k++)
			if (str_eq(described(other->name, others[k]), prefix))
				other->meaning = MEANING_HIDDEN;
	}
}

/* ---- meaning ---- */

static bool is_named(const struct field *f, struct str wanted, struct str wanted_words)
{
	return str_ieq(f->name, wanted) || str_eq(f->key, wanted_words) ||
	       str_eq(f->label_key, wanted_words);
}

/* What the operator says stands; the meanings that are mapped are not guessed. */
static void apply_map(struct post *post, const struct conf_map *map, bool is_mapped[])
{
	for (size_t i = 0; i < map->n_entries; i++) {
		const struct conf_map_entry *entry = &map->entries[i];
		enum meaning meaning = meaning_from(str_from(entry->name));

		is_mapped[meaning] = true;
		for (size_t k = 0; k < entry->values.n_items; k++) {
			struct str wanted = str_from(entry->values.items[k]);
			struct str words = key_of(post->arena, guess_words(post->arena, wanted));

			for (size_t n = 0; n < post->n_fields; n++)
				if (is_named(&post->fields[n], wanted, words)) {
					post->fields[n].meaning = meaning;
					post->fields[n].rank = k;
				}
		}
	}
}

static bool is_address(struct str s)
{
	size_t at = str_chr(s, '@');

	return at != STR_NONE && at > 0 && at + 1 < s.len && s.len <= MAX_ADDRESS &&
	       str_chr(s, ' ') == STR_NONE && str_chr(s, '\n') == STR_NONE;
}

static bool is_phone(struct str s)
{
	size_t n_digits = 0;

	for (size_t i = 0; i < s.len; i++)
		n_digits += s.ptr[i] >= '0' && s.ptr[i] <= '9';
	return n_digits >= MIN_PHONE_DIGITS && s.len <= MAX_PHONE;
}

/* Whether a value can be what its field's name says; else it stays an ordinary field. */
static bool can_mean(enum meaning meaning, struct str value)
{
	value = str_trim(value);
	switch (meaning) {
	case MEANING_EMAIL:
		return is_address(value);
	case MEANING_PHONE:
		return is_phone(value);
	case MEANING_PAGE_URL:
		return str_istarts(value, STR("https://")) || str_istarts(value, STR("http://")) ||
		       str_starts(value, STR("/"));
	default:
		return true;
	}
}

static enum meaning typed_meaning(struct str type)
{
	if (str_ieq(type, STR("email")))
		return MEANING_EMAIL;
	if (str_ieq(type, STR("tel")) || str_ieq(type, STR("phone")))
		return MEANING_PHONE;
	if (str_ieq(type, STR("textarea")))
		return MEANING_TEXT;
	return MEANING_NONE;
}

static enum meaning exact_meaning(const struct field *f)
{
	enum meaning meaning = typed_meaning(f->type);

	if (meaning == MEANING_NONE)
		meaning = words_meaning(f->key);
	if (meaning == MEANING_NONE && !f->is_foreign)
		meaning = words_meaning(f->label_key);
	if (meaning == MEANING_NONE && str_ieq(f->name, STR("_url")))
		meaning = MEANING_PAGE_URL;
	if (meaning == MEANING_NONE && str_starts(f->name, STR("_")))
		meaning = MEANING_HIDDEN;
	return meaning;
}

/* "Seu melhor e-mail", "WhatsApp com DDD". */
static enum meaning hinted_meaning(struct arena *arena, const struct field *f)
{
	struct str words = guess_words(arena, f->label), word;
	enum meaning meaning = MEANING_NONE;

	while (meaning == MEANING_NONE && !f->is_foreign && str_next(&words, ' ', &word))
		meaning = words_hint(word);
	return meaning;
}

/* Gravity Forms names fields by numbers, which tell nothing against a single address among them. */
static void find_numbered_address(struct post *post)
{
	struct field *only = NULL;

	for (size_t i = 0; i < post->n_fields; i++) {
		struct field *f = &post->fields[i];

		if (f->meaning != MEANING_NONE || !is_number(f->key) ||
		    !can_mean(MEANING_EMAIL, f->value))
			continue;
		if (only != NULL)
			return;
		only = f;
	}
	if (only != NULL)
		only->meaning = MEANING_EMAIL;
}

void guess_fields(struct post *post, const struct conf_map *map)
{
	bool is_mapped[MEANING_COUNT] = { false }, is_found[MEANING_COUNT] = { false };

	for (size_t i = 0; i < post->n_fields; i++)
		take_description(post, &post->fields[i]);
	for (size_t i = 0; i < post->n_fields; i++)
		set_key(post->arena, &post->fields[i]);
	apply_map(post, map, is_mapped);
	if (is_mapped[MEANING_NAME])
		is_mapped[MEANING_FIRST_NAME] = is_mapped[MEANING_LAST_NAME] = true;
	for (size_t i = 0; i < post->n_fields; i++) {
		struct field *f = &post->fields[i];
		enum meaning meaning = f->meaning ? MEANING_NONE : exact_meaning(f);

		if (meaning != MEANING_NONE && !is_mapped[meaning] && can_mean(meaning, f->value))
			f->meaning = meaning;
		if (f->value.len > 0)
			is_found[f->meaning] = true;
	}
	/* A word inside a longer label only where no field has the plain name. */
	for (size_t i = 0; i < post->n_fields; i++) {
		struct field *f = &post->fields[i];
		enum meaning meaning = f->meaning ? MEANING_NONE : hinted_meaning(post->arena, f);

		if (meaning == MEANING_NONE || is_mapped[meaning] || is_found[meaning] ||
		    !can_mean(meaning, f->value))
			continue;
		f->meaning = meaning;
		is_found[meaning] = f->value.len > 0;
	}
	if (!is_mapped[MEANING_EMAIL] && !is_found[MEANING_EMAIL])
		find_numbered_address(post);
}

static bool is_called(const struct field *f, const char *name)
{
	return str_ieq(f->name, str_from(name)) || str_ieq(f->label, str_from(name));
}

const struct field *guess_honeypot(const struct post *post, const char *configured)
{
	static const char *const usual[] = { "_gotcha", "_honey", "honeypot", "bot-field" };

	for (size_t i = 0; i < post->n_fields; i++) {
		const struct field *f = &post->fields[i];
		bool is_trap = configured != NULL ? is_called(f, configured) :
						    str_istarts(f->name, STR("hp_"));

		for (size_t k = 0; configured == NULL && k < sizeof(usual) / sizeof(*usual); k++)
			is_trap |= is_called(f, usual[k]);
		if (is_trap && str_trim(f->value).len > 0)
			return f;
	}
	return NULL;
}
