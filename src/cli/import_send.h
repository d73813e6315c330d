/* Requests to the daemon's control socket, several on their way at a time. One thread. */
#pragma once

#include "cli/import_mail.h"

struct import_send;

struct import_answer {
	void *tag;
	bool is_lost;			/* none came: nobody listens, or the connection broke */
	long status;
	int64_t retry_after_s;		/* 0: not said */
	struct str text;		/* valid until the next call */
};

struct import_send *import_send_create(const char *socket, size_t max_flying);
void import_send_destroy(struct import_send *p);	/* drops what is on its way; NULL is fine */
size_t import_send_n_flying(const struct import_send *p);

/* Not more than max_flying at a time. The mail is borrowed until it is answered. */
void import_send_mail(struct import_send *p, const struct import_mail *mail, const char *import, void *tag);
void import_send_json(struct import_send *p, const char *path, struct str json, void *tag);	/* copies */

/* One answer; false when none came within wait_ms. */
bool import_send_next(struct import_send *p, int wait_ms, struct import_answer *answer);
