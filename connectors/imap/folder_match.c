#include "imap/folder_match.h"

#include <string.h>

#include "base/mem.h"
#include "imap/folders.h"

bool folder_is_pattern(struct str text)
{
	return str_chr(text, '*') != STR_NONE;
}

/* Folded, and with "/" between the levels. */
static char *path_of(struct str text, char delimiter)
{
	char *path = folder_fold(text);

	if (path == NULL)
		path = xstrndup(text.ptr, text.len);
	for (char *c = path; delimiter != '\0' && *c != '\0'; c++)
		if (*c == delimiter)
			*c = '/';
	return path;
}

/* Goes back to the last star alone, so that it costs at most the product of both lengths. */
static bool is_like(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool is_either(const char *pattern, const char *path)
{
	return is_like(pattern, path) || (strncmp(path, "inbox/", 6) == 0 && is_like(pattern, path + 6));
}

bool folder_matches(struct str pattern, struct str label, char delimiter)
{
	auto_free char *wanted = path_of(pattern, delimiter), *path = path_of(label, delimiter);

	return is_either(wanted, path);
}

bool folder_matches_branch(struct str pattern, struct str label, char delimiter)
{
	auto_free char *wanted = path_of(pattern, delimiter), *path = path_of(label, delimiter);

	for (;;) {
		char *slash = delimiter != '\0' ? strrchr(path, '/') : NULL;

		if (is_either(wanted, path))
			return true;
		if (slash == NULL)
			return false;
		*slash = '\0';
		if (strcmp(path, "inbox") == 0)
			return false;	/* some servers have all folders below it */
	}
}
