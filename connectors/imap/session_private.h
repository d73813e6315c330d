/* What session.c and session_fetch.c share. */
#pragma once

#include <libetpan/libetpan.h>

#include "imap/session.h"

struct session {
	struct session_options opt;
	mailimap *imap;			/* NULL: not connected */
	mailstream *stream;		/* imap's */
	clist *fetched;			/* what the slices of the last fetch point into */
	enum session_fault fault;
	bool is_idle;
};

/* Limits and deadline of the next command; frees what the last fetch brought. */
void session_arm(struct session *s, uint64_t max_bytes);
void session_release(struct session *s);
bool session_failed(struct session *s, int code, bool is_plain_no, const char *command, struct err *err);
