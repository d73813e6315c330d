#include "cli/usage.h"

#include <string.h>

#include "base/mem.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* The next "-n" or "--name" of a usage text at or after *at. */
static bool next_option(struct str usage, size_t *at, struct str *name)
{
	size_t i = *at, n = 0;

	for (; i < usage.len; i++)
		if (usage.ptr[i] == '-' && i > 0 && strchr("[| ", usage.ptr[i - 1]) != NULL)
			break;
	while (i + n < usage.len && is_name_char(usage.ptr[i + n]))
		n++;
	*name = str_sub(usage, i, n);
	*at = i + n;
	return n > 1;
}

enum usage_option usage_find(const char *usage, struct str name)
{
	struct str text = str_from(usage), found, next;
	size_t at = 0;

	while (next_option(text, &at, &found)) {
		if (!str_eq(found, name))
			continue;
		next = str_sub(text, at, 2);
		/* "[-n N]": a blank and then a word of capitals. */
		return next.len == 2 && next.ptr[0] == ' ' && next.ptr[1] >= 'A' && next.ptr[1] <= 'Z'
			       ? USAGE_VALUE : USAGE_FLAG;
	}
	return USAGE_UNKNOWN;
}

/* "--name=value" → "--name", "-n5" → "-n"; *value points behind, NULL when nothing is attached. */
static struct str split(const char *arg, const char **value)
{
	const char *equals = strchr(arg, '=');

	*value = NULL;
	if (arg[1] != '-') {
		if (arg[2] != '\0')
			*value = arg + 2 + (arg[2] == '=');
		return (struct str){ arg, 2 };
	}
	if (equals == NULL)
		return str_from(arg);
	*value = equals + 1;
	return (struct str){ arg, (size_t)(equals - arg) };
}

/* A text may hold "-nobody"; there a short option stands alone. */
static bool is_known(const char *usage, const char *arg, bool is_text)
{
	const char *value;
	struct str name = split(arg, &value);

	return usage_find(usage, name) != USAGE_UNKNOWN && !(is_text && name.len == 2 && value != NULL);
}

/* Takes the option at argv[*i], and its value. */
static bool read_option(const char *usage, int argc, char **argv, int *i, struct words *words, struct err *err)
{
	struct given *given = &words->given[words->n_given];

	given->name = split(argv[*i], &given->value);
	if (usage_find(usage, given->name) == USAGE_FLAG) {
		if (given->value != NULL)
			return err_setf(err, ERR_INPUT, STR_FMT " takes no value", STR_ARG(given->name));
	} else if (given->value == NULL) {
		if (*i + 1 >= argc)
			return err_setf(err, ERR_INPUT, STR_FMT " wants a value", STR_ARG(given->name));
		given->value = argv[++*i];
	}
	words->n_given++;
	return true;
}

bool usage_read(const char *usage, bool is_text, int argc, char **argv, struct words *words, struct err *err)
{
	bool is_over = false;

	*words = (struct words){ .items = xcalloc((size_t)argc + 1, sizeof(*words->items)),
				 .given = xcalloc((size_t)argc + 1, sizeof(*words->given)) };
	for (int i = 0; i < argc; i++) {
		bool is_option = !is_over && argv[i][0] == '-' && argv[i][1] != '\0';

		if (is_option && strcmp(argv[i], "--") == 0) {
			is_over = true;
		} else if (is_option && is_known(usage, argv[i], is_text)) {
			if (!read_option(usage, argc, argv, &i, words, err))
				return false;
		} else if (is_option && !is_text) {
			return err_setf(err, ERR_INPUT, "\"%.60s\" is no option of this command", argv[i]);
		} else {
			words->items[words->n_items++] = argv[i];
		}
	}
	return true;
}

void words_free(struct words *words)
{
	free(words->items);
	free(words->given);
	*words = (struct words){ 0 };
}

const struct given *words_find(const struct words *words, const char *name)
{
	for (size_t i = words->n_given; i-- > 0;)
		if (str_eq(words->given[i].name, str_from(name)))
			return &words->given[i];
	return NULL;
}
