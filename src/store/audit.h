/* The audit log: who did what to which thing, and when; no word of what anybody wrote, and no address. Append-only by
 * triggers; each entry's hash covers the entry before, so that a change of the file shows: docs/decisions/audit-log.md. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

#include "base/crypto.h"

struct store;

struct audit_entry {
	struct str who;			/* "root", "uid 1000", a user or token; "daybookd" for what happens by itself */
	struct str what;		/* "merge", "token create": the verb as the command line has it */
	struct str which;		/* the id or name of the thing; may be empty */
	struct str detail;		/* other ids, numbers, names of options; may be empty */
};

/* Writer handle, in the transaction of what it tells of: both are there, or neither is. */
bool audit_add(struct store *st, const struct audit_entry *entry, struct err *err);

struct audit_row {
	int64_t id, at_us;
	struct audit_entry entry;
	unsigned char hash[SHA256_SIZE];
};

struct audit_filter {
	struct str who, what;		/* empty: any */
	int64_t since_us;
	int64_t above, below;		/* ids; below 0: no bound */
	bool is_newest_first;
};

typedef bool (*audit_fn)(const struct audit_row *row, void *arg);
bool audit_has(struct store *st, bool *has, struct err *err);	/* false: an older store */
bool audit_each(struct store *st, const struct audit_filter *filter, audit_fn fn, void *arg, struct err *err);

/* The last entry's number and hash: "412:9f3c…". Kept in another place, it proves later that nothing was cut off. */
struct audit_head {
	int64_t id;			/* 0: an empty log, or nothing to compare with */
	unsigned char hash[SHA256_SIZE];
};
enum { AUDIT_HEAD_SIZE = 20 + 1 + SHA256_HEX_SIZE };
const char *audit_head_text(const struct audit_head *head, char out[AUDIT_HEAD_SIZE]);
bool audit_head_parse(struct str text, struct audit_head *head);
bool audit_find_head(struct store *st, struct audit_head *head, struct err *err);

struct audit_verdict {
	struct audit_head head;
	int64_t broken;			/* the first entry that is not as it was written; 0: none */
	char why[256];
};
/* kept: a head from before; its id 0: none. False: the log cannot be read. */
bool audit_verify(struct store *st, const struct audit_head *kept, struct audit_verdict *verdict, struct err *err);

/* For a rebuild: the log as it is, with its gaps. */
bool audit_copy(struct store *from, struct store *to, struct err *err);
