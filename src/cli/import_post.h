/* Requests to the daemon's control socket, several on their way at a time. One thread. */
#pragma once

#include "cli/import_mail.h"

struct post;

struct post_answer {
	void *tag;
	bool is_lost;			/* none came: nobody listens, or the connection broke */
	long status;
	int64_t retry_after_s;		/* 0: not said */
	struct str text;		/* valid until the next call */
};

struct post *post_create(const char *socket, size_t max_flying);
void post_destroy(struct post *p);	/* drops what is on its way; NULL is fine */
size_t post_n_flying(const struct post *p);

/* Not more than max_flying at a time. The mail is borrowed until it is answered. */
void post_mail(struct post *p, const struct import_mail *mail, void *tag);
void post_json(struct post *p, const char *path, struct str json, void *tag);	/* copies */

/* One answer; false when none came within wait_ms. */
bool post_next(struct post *p, int wait_ms, struct post_answer *answer);
