/* Any bytes as an mbox: never a crash, no byte invented; and after each mail its mark leads to the same rest. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/import_mail.h"

enum { MAX_MAILS = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct import_options options = { .max_message = 4096 };

struct seen {
	char *marks[MAX_MAILS];
	size_t n;
};

static struct import_reader *open_path(const char *path)
{
	const char *hint = NULL;
	struct err err = { 0 };
	struct import_reader *r = import_open_mbox(path, &options, &hint, &err);

	assert(r != NULL || (err.kind == ERR_INPUT && strstr(err.msg, "is not an mbox") && hint != NULL));
	return r;
}

/* How many mails follow; the first of their marks go to *seen when it is not NULL. */
static size_t count(struct import_reader *r, size_t size, struct seen *seen)
{
	struct import_mail mail = { 0 };
	enum import_step step;
	size_t n = 0, total = 0;
	struct err err;

	while ((step = r->next(r, &mail, &err)) == IMPORT_MAIL) {
		assert(mail.origin != NULL && mail.mark != NULL);
		assert((mail.bytes == NULL) == (mail.problem.kind != ERR_NONE));
		assert(mail.bytes == NULL || (mail.n_bytes > 0 && mail.n_bytes <= options.max_message));
		total += mail.n_bytes;
		if (seen != NULL && seen->n < MAX_MAILS)
			seen->marks[seen->n++] = xstrdup(mail.mark);
		import_mail_clear(&mail);
		n++;
	}
	assert(step == IMPORT_END && total <= size);
	return n;
}

static void check_marks(const char *path, size_t size, const struct seen *seen, size_t n)
{
	for (size_t i = 0; i < seen->n; i++) {
		struct import_reader *r = open_path(path);

		assert(r->resume(r, str_from(seen->marks[i])));
		assert(count(r, size, NULL) == n - i - 1);
		import_close(r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_close int fd = memfd_create("mbox", MFD_CLOEXEC);
	auto_free char *path = xasprintf("/proc/self/fd/%d", fd);
	struct import_reader *r;
	struct seen seen = { .n = 0 };
	size_t n;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	r = open_path(path);
	if (r == NULL)
		return 0;
	n = count(r, size, &seen);
	import_close(r);
	check_marks(path, size, &seen, n);
	for (size_t i = 0; i < seen.n; i++)
		free(seen.marks[i]);
	return 0;
}
