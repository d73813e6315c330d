/* The words of the command line against the usage text of a command, which is the one place where its options
 * are declared: "CONTACT [--connector NAME] [--all]" has one option with a value and one without. Pure. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum usage_option { USAGE_UNKNOWN, USAGE_FLAG, USAGE_VALUE };

enum usage_option usage_find(const char *usage, struct str name);

struct given {			/* one option that was given */
	struct str name;	/* with its dashes */
	const char *value;	/* NULL: a flag */
};

struct words {
	char **items;		/* what is left: no options */
	int n_items;
	struct given *given;
	size_t n_given;
};

/* Sorts argv into words and options; borrows it. "--connector=x", "-n5" and "--" are understood. With is_text an
 * unknown option is a word like others. ERR_INPUT with what is wrong; *words is to be freed also then. */
bool usage_read(const char *usage, bool is_text, int argc, char **argv, struct words *words, struct err *err);
void words_free(struct words *words);
const struct given *words_find(const struct words *words, const char *name);	/* the last one, or NULL */
