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
	struct throttle throttle;	/* the last that was said, until session_calm() */
	char said[256];
};

/* Limits and deadline of the next command; frees what the last fetch brought. */
void session_arm(struct session *s, uint64_t max_bytes);
void session_release(struct session *s);
bool session_has_capability(const struct session *s, const char *name);
void session_give_up(struct session *s, enum session_fault fault);	/* the connection is of no use any more */
/* Notes it when the server has had enough of us; returns what kind of failure that is. */
enum err_kind session_judge(struct session *s, struct str refusal);
struct str session_without_tag(struct str line);
/* session_fetch.c: for UIDs that ascend; takes type. The answers stay in s->fetched. */
bool session_fetch_uids(struct session *s, const uint32_t *uids, size_t n_uids, struct mailimap_fetch_type *type,
			struct err *err);
void session_ask(struct mailimap_fetch_type *type, struct mailimap_fetch_att *att);
/* session_login.c: after the capabilities were asked for. */
bool session_log_in(struct session *s, struct err *err);
bool session_failed(struct session *s, int code, bool is_plain_no, const char *command, struct err *err);
/* session_search.c */
struct mailimap_set *session_set(const struct uid_range *ranges, size_t n_ranges);
bool session_is_in(const struct uid_range *ranges, size_t n_ranges, uint32_t uid);
char *session_text(const char *text);	/* a copy that libetpan frees */
