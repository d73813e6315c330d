/* Requests to the daemon's control socket, several on their way at a time. One thread. */
#pragma once

#include "cli/import_mail.h"

struct import_post;

struct import_post_answer {
	void *tag;
	bool is_lost;			/* none came: nobody listens, or the connection broke */
	long status;
	int64_t retry_after_s;		/* 0: not said */
	struct str text;		/* valid until the next call */
};

struct import_post *import_post_create(const char *socket, size_t max_flying);
void import_post_destroy(struct import_post *p);	/* drops what is on its way; NULL is fine */
size_t import_post_n_flying(const struct import_post *p);

/* Not more than max_flying at a time. The mail is borrowed until it is answered. */
void import_post_mail(struct import_post *p, const struct import_mail *mail, void *tag);
void import_post_json(struct import_post *p, const char *path, struct str json, void *tag);	/* copies */

/* One answer; false when none came within wait_ms. */
bool import_post_next(struct import_post *p, int wait_ms, struct import_post_answer *answer);
