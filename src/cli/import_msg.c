/* Mails that Outlook saved as .msg files. Each is read as .eml files are and then made into a mail by the Perl module of
 * msgconvert, in a process of its own: what is hostile costs one mail. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/converter.h"
#include "cli/import_files.h"
#include "cli/import_ole.h"
#include "cli/import_steady.h"
#include "msg_to_mail.h"

enum { MAX_CPU_S = 60 };
static const uint64_t max_memory = UINT64_C(2) << 30;

struct msg {
	struct import_reader reader;
	struct import_reader *files;
	size_t max_message;
};

#define PERL "/usr/bin/perl"

/* It reads the file again, as it is now; what changed meanwhile is as good as what was before. */
static bool run(const char *path, struct buf *out, struct err *err)
{
	char *const argv[] = { (char *)"perl", (char *)"-e", (char *)msg_to_mail, (char *)"--", (char *)path, NULL };
	const struct converter_run run = {
		.converter = &converter_msg, .argv = argv, .out = out,
		.max_idle_s = CONVERTER_IDLE_S,
		.confine = { .program = PERL, .source = path, .max_memory = max_memory, .max_cpu_s = MAX_CPU_S },
	};

	return converter_run(&run, err);
}

static void convert(const struct msg *m, struct import_mail *mail)
{
	auto_free char *path = realpath(mail->origin, NULL);
	struct buf out;

	buf_init(&out, m->max_message);
	if (path == NULL)
		err_setf(&mail->problem, ERR_INPUT, "it is gone");
	else if (import_ole_is_whole((struct str){ mail->bytes, mail->n_bytes }, &mail->problem) && run(path, &out, &mail->problem) && out.len == 0)
		err_setf(&mail->problem, ERR_INPUT, "Email::Outlook::Message made nothing of it");
	free(mail->bytes);
	mail->bytes = NULL;
	mail->n_bytes = 0;
	if (mail->problem.kind == ERR_NONE) {
		mail->n_bytes = out.len;
		mail->bytes = buf_steal(&out);
		import_steady_msg(&mail->bytes, &mail->n_bytes);
		if (import_mail_has_date(mail))
			mail->internaldate_us = 0;
	}
	buf_finish(&out);
}

static enum import_step next_mail(struct import_reader *r, struct import_mail *mail, struct err *err)
{
	struct msg *m = (struct msg *)r;
	enum import_step step = m->files->next(m->files, mail, err);

	r->done = m->files->done;
	if (step == IMPORT_MAIL && mail->problem.kind == ERR_NONE)
		convert(m, mail);
	if (step == IMPORT_MAIL && mail->problem.kind == ERR_CANCELED) {
		import_mail_clear(mail);
		return IMPORT_END;	/* a mark says where to go on */
	}
	return step;
}

static bool resume(struct import_reader *r, struct str mark)
{
	struct msg *m = (struct msg *)r;

	return m->files->resume(m->files, mark);
}

static void close_msg(struct import_reader *r)
{
	struct msg *m = (struct msg *)r;

	import_close(m->files);
	free(m);
}

struct import_reader *import_open_msg(const char *path, const struct import_options *options,
				      const char **hint, struct err *err)
{
	struct import_reader *files = files_open(path, ".msg", options, hint, err);
	auto_free char *program = files != NULL ? converter_find(&converter_msg, err) : NULL;
	struct msg *m;

	if (files == NULL)
		return NULL;
	if (program == NULL) {
		*hint = converter_msg.hint;
		import_close(files);
		return NULL;
	}
	m = xnew(struct msg);
	m->reader = (struct import_reader){ .next = next_mail, .resume = resume, .close = close_msg,
					    .total = files->total, .counts_mails = true };
	m->files = files;
	m->max_message = options->max_message;
	return &m->reader;
}
