#include "conf/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/excerpt.h"

struct diags {
	struct diag **items;
	size_t n_items;
	size_t n_errors, n_warnings;
	char **files;			/* in the order they were first named, for sorting */
	size_t n_files;
};

struct diags *diags_create(void)
{
	return xnew(struct diags);
}

static void diag_free(struct diag *d)
{
	free(d->file);
	free(d->path);
	free(d->text);
	free(d->label);
	free(d->hint);
	free(d->source);
	free(d->carets);
	free(d);
}

void diags_destroy(struct diags *diags)
{
	if (diags == NULL)
		return;
	for (size_t i = 0; i < diags->n_items; i++)
		diag_free(diags->items[i]);
	for (size_t i = 0; i < diags->n_files; i++)
		free(diags->files[i]);
	free(diags->items);
	free(diags->files);
	free(diags);
}

/* Names from the file stand in texts and paths: nothing of them may steer a terminal. */
static char *without_controls(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c != '\0'; c++)
		if (*c < 0x20 || *c == 0x7f) {
			*c = '?';
		} else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {
			c[0] = c[1] = '?';
		}
	return text;
}

__attribute__((format(printf, 1, 0))) static char *format(const char *fmt, va_list args)
{
	char *text;

	return without_controls(vasprintf(&text, fmt, args) < 0 ? xstrdup("") : text);
}

/* Arrays here grow by doubling at powers of two, so that they need no second counter. */
static void *make_room(void *items, size_t n_items, size_t item_size)
{
	if ((n_items & (n_items - 1)) != 0)
		return items;
	return xrealloc(items, n_items ? n_items * 2 : 1, item_size);
}

size_t diags_file(struct diags *diags, const char *file)
{
	for (size_t i = 0; i < diags->n_files; i++)
		if (strcmp(diags->files[i], file) == 0)
			return i;
	diags->files = make_room(diags->files, diags->n_files, sizeof(*diags->files));
	diags->files[diags->n_files] = xstrdup(file);
	return diags->n_files++;
}

static struct diag *add(struct diags *diags, enum diag_severity severity, const char *file,
			struct yaml_place at, const char *path, char *text)
{
	struct diag *d = xnew(struct diag);

	*d = (struct diag){ .severity = severity, .file = xstrdup(file), .at = at,
			    .path = without_controls(xstrdup(path ? path : "")), .text = text,
			    .file_rank = diags_file(diags, file), .order = diags->n_items };
	if (severity == DIAG_ERROR)
		diags->n_errors++;
	else
		diags->n_warnings++;
	diags->items = make_room(diags->items, diags->n_items, sizeof(*diags->items));
	diags->items[diags->n_items++] = d;
	return d;
}

struct diag *diag_placef(struct diags *diags, enum diag_severity severity, struct yaml_doc *doc,
			 struct yaml_place at, const char *path, const char *fmt, ...)
{
	struct diag *d;
	va_list args;

	va_start(args, fmt);
	d = add(diags, severity, yaml_name(doc), at, path, format(fmt, args));
	va_end(args);
	d->doc = doc;
	return d;
}

struct diag *diag_addf(struct diags *diags, enum diag_severity severity,
		       const struct yaml_node *node, const char *path, const char *fmt, ...)
{
	struct diag *d;
	va_list args;

	va_start(args, fmt);
	d = add(diags, severity, yaml_name(node->doc), node->at, path, format(fmt, args));
	va_end(args);
	d->doc = node->doc;
	return d;
}

struct diag *diag_filef(struct diags *diags, enum diag_severity severity, const char *file,
			const char *fmt, ...)
{
	struct diag *d;
	va_list args;

	va_start(args, fmt);
	d = add(diags, severity, file, (struct yaml_place){ 1, 1, 1, 1 }, NULL, format(fmt, args));
	va_end(args);
	return d;
}

static void replace(char **member, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void replace(char **member, const char *fmt, va_list args)
{
	free(*member);
	*member = format(fmt, args);
}

void diag_labelf(struct diag *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	replace(&d->label, fmt, args);
	va_end(args);
}

void diag_hintf(struct diag *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	replace(&d->hint, fmt, args);
	va_end(args);
}

static int by_place(const void *a, const void *b)
{
	const struct diag *x = *(struct diag *const *)a, *y = *(struct diag *const *)b;

	if (x->file_rank != y->file_rank)
		return x->file_rank < y->file_rank ? -1 : 1;
	if (x->at.line != y->at.line)
		return x->at.line < y->at.line ? -1 : 1;
	if (x->at.column != y->at.column)
		return x->at.column < y->at.column ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_repeat(const struct diag *a, const struct diag *b)
{
	return a->file_rank == b->file_rank && a->at.line == b->at.line &&
	       a->at.column == b->at.column && a->severity == b->severity &&
	       strcmp(a->path, b->path) == 0 && strcmp(a->text, b->text) == 0;
}

static void drop_repeats(struct diags *diags)
{
	size_t n = 0;

	for (size_t i = 0; i < diags->n_items; i++) {
		struct diag *d = diags->items[i];

		if (n == 0 || !is_repeat(diags->items[n - 1], d)) {
			diags->items[n++] = d;
			continue;
		}
		if (d->severity == DIAG_ERROR)
			diags->n_errors--;
		else
			diags->n_warnings--;
		diag_free(d);
	}
	diags->n_items = n;
}

void diags_settle(struct diags *diags)
{
	if (diags->n_items > 0)
		qsort(diags->items, diags->n_items, sizeof(*diags->items), by_place);
	drop_repeats(diags);
	for (size_t i = 0; i < diags->n_items; i++) {
		struct diag *d = diags->items[i];

		if (d->doc != NULL)
			excerpt_make(d->doc, d->at, &d->source, &d->carets);
		d->doc = NULL;
	}
}

size_t diags_n_errors(const struct diags *diags)
{
	return diags->n_errors;
}

size_t diags_n_warnings(const struct diags *diags)
{
	return diags->n_warnings;
}

size_t diags_count(const struct diags *diags)
{
	return diags->n_items;
}

const struct diag *diags_at(const struct diags *diags, size_t i)
{
	return diags->items[i];
}
