/* A folder of a test's own, with files in it; and a reader drained. */
#pragma once

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/import_mail.h"

static char folder[64];

static inline void folder_make(void)
{
	snprintf(folder, sizeof(folder), "/tmp/daybook-import-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline void folder_remove(void)
{
	auto_free char *command = xasprintf("rm -rf '%s'", folder);

	ck_assert_int_eq(system(command), 0);
}

/* Makes the folders on the way. Gives the whole path; the caller frees. */
static inline char *folder_write_bytes(const char *name, const char *bytes, size_t n)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *f;

	for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ck_assert(mkdir(path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
	fclose(f);
	return path;
}

static inline void folder_write(const char *name, const char *text)
{
	free(folder_write_bytes(name, text, strlen(text)));
}

static inline char *folder_path(const char *name)
{
	return *name ? xasprintf("%s/%s", folder, name) : xstrdup(folder);
}

static const struct import_options plain_options = {
	.max_message = 1 << 20, .now_us = INT64_C(1795312931000000),
};

enum { MAX_MAILS = 64 };

struct drained {
	struct import_mail mails[MAX_MAILS];
	size_t n, n_gone;
	enum import_step end;
	struct err err;
};

static inline struct import_mail *drain_one(struct import_reader *r, struct drained *d)
{
	struct import_mail *mail = &d->mails[d->n];

	ck_assert_uint_lt(d->n, MAX_MAILS);
	*mail = (struct import_mail){ 0 };
	d->end = r->next(r, mail, &d->err);
	if (d->end == IMPORT_GONE) {
		d->n_gone++;
		import_mail_clear(mail);
		return NULL;
	}
	if (d->end != IMPORT_MAIL)
		return NULL;
	d->n++;
	return mail;
}

static inline void drain(struct import_reader *r, struct drained *d)
{
	while (drain_one(r, d) != NULL || d->end == IMPORT_GONE)
		;
}

static inline void drained_clear(struct drained *d)
{
	for (size_t i = 0; i < d->n; i++)
		import_mail_clear(&d->mails[i]);
	*d = (struct drained){ 0 };
}

static inline void check_bytes(const struct import_mail *mail, const char *text)
{
	ck_assert_int_eq(mail->problem.kind, ERR_NONE);
	ck_assert_uint_eq(mail->n_bytes, strlen(text));
	ck_assert_int_eq(memcmp(mail->bytes, text, mail->n_bytes), 0);
}
