#include "backup/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backup/names.h"
#include "base/mem.h"
#include "store/store.h"

struct check {
	const struct check_parts *parts;
	const struct manifest *head;
	struct file_names listed;	/* of the manifest, in its order */
	int64_t n_done, n_faults;
};

static void fault(struct check *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void fault(struct check *c, const char *fmt, ...)
{
	auto_free char *text = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	c->n_faults++;
	c->parts->fault(text ? text : "out of memory", c->parts->arg);
}

static void tell(const struct check *c, const char *what, int64_t done, int64_t of)
{
	if (c->parts->progress != NULL)
		c->parts->progress(what, done, of, c->parts->arg);
}

static bool look_at_file(const char *path, const struct file_sum *want, void *arg)
{
	struct check *c = arg;
	auto_free char *whole = xasprintf("%s/%s", c->parts->path, path);
	struct file_sum is;
	struct err err;

	if (!file_sum(whole, &is, &err))
		fault(c, err.kind == ERR_MISSING ? "%s is missing" : "%s", err.kind == ERR_MISSING ? path : err.msg);
	else if (is.size != want->size)
		fault(c, "%s has %lld bytes instead of %lld", path, (long long)is.size, (long long)want->size);
	else if (strcmp(is.sha256, want->sha256) != 0)
		fault(c, "%s was changed: its SHA-256 is another", path);
	tell(c, "files", ++c->n_done, c->head->n_files);
	return true;
}

static bool note_name(const char *path, const struct file_sum *sum, void *arg)
{
	struct check *c = arg;

	(void)sum;
	if (strncmp(path, "blobs/", 6) == 0) {
		c->listed.items = xrealloc(c->listed.items, c->listed.n + 1, sizeof(*c->listed.items));
		memcpy(c->listed.items[c->listed.n++], path + 9, 65);
	}
	return true;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The manifest says what was copied, the database what should have been. */
static void look_at_names(struct check *c, struct store *st)
{
	struct file_names names;
	struct manifest head;
	struct err err;

	if (!file_names_read(st, c->parts->path, &names, &err) ||
	    !manifest_read(c->parts->path, &head, note_name, c, &err)) {
		fault(c, "%s", err.msg);
		return;
	}
	if (c->listed.n > 0)
		qsort(c->listed.items, c->listed.n, sizeof(*c->listed.items), compare);
	for (size_t i = 0; i < names.n; i++)
		if (c->listed.n == 0 || bsearch(names.items[i], c->listed.items, c->listed.n, sizeof(*c->listed.items),
						compare) == NULL)
			fault(c, "blobs/%.2s/%s is named by the database and not in the backup", names.items[i],
			      names.items[i]);
	file_names_free(&names);
	file_names_free(&c->listed);
}

static void look_at_database(struct check *c)
{
	struct store *st = NULL;
	int64_t schema;
	struct err err;

	tell(c, "database", 0, 1);
	if (!store_open(c->parts->path, STORE_AT_REST, &st, &err) || !store_schema(st, &schema, &err)) {
		fault(c, "%s", err.msg);
	} else if (schema > store_newest_schema()) {
		fault(c, "daybook.db has schema %lld, this version knows %lld: use the daybook that took it (%s)",
		      (long long)schema, (long long)store_newest_schema(), c->head->version);
	} else {
		if (!store_integrity_check(st, &err) || !store_check_ledger(st, &err))
			fault(c, "daybook.db: %s", err.msg);
		if (store_last_id(st) != c->head->last_id)
			fault(c, "daybook.db ends at another entry than the manifest says");
		look_at_names(c, st);
	}
	store_close(st);
}

bool check_backup(const struct check_parts *parts, struct manifest *head, struct err *err)
{
	struct check c = { .parts = parts, .head = head };
	struct manifest again;

	/* First as a whole, then what it says. */
	if (!manifest_read(parts->path, head, NULL, NULL, err) ||
	    !manifest_read(parts->path, &again, look_at_file, &c, err))
		return false;
	if (c.n_faults == 0)
		look_at_database(&c);
	return c.n_faults == 0 || err_setf(err, ERR_IO, "%s is damaged: %lld fault%s", parts->path, (long long)c.n_faults,
					   c.n_faults == 1 ? "" : "s");
}
