/* What every reader of `daybook import` gives: one mail at a time, with where it stood and where to go on. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum import_hint { IMPORT_HINT_NONE, IMPORT_HINT_INBOX, IMPORT_HINT_SENT };

struct import_mail {
	char *bytes;			/* malloc'ed; NULL with a problem */
	size_t n_bytes;
	int64_t internaldate_us;	/* when it arrived, as its container says; 0 unknown */
	enum import_hint hint;
	char *origin;			/* "sales.mbox, byte 1234": for the journal and for people */
	char *mark;			/* where to go on once this one is safe */
	struct err problem;		/* kind not NONE: it is there, but cannot be read */
};

void import_mail_clear(struct import_mail *mail);
/* Does it say itself when it was written? The time of a file bounds that from above and may be long past (an archive
 * that was unpacked), so it counts only for a mail that says nothing. */
bool import_mail_has_date(const struct import_mail *mail);

enum import_step {
	IMPORT_MAIL,
	IMPORT_GONE,	/* it was there a moment ago: mail->origin says what, nothing else is filled */
	IMPORT_END,
	IMPORT_FAILED,	/* nothing more can be read; err says why */
};

struct import_reader {
	/* Fills *mail, which is empty; the caller clears it. Blocks on the disk. */
	enum import_step (*next)(struct import_reader *r, struct import_mail *mail, struct err *err);
	/* Goes on after the mail that left this mark. False: it does not fit what is there now, and the
	 * reader stands at the beginning. */
	bool (*resume)(struct import_reader *r, struct str mark);
	void (*close)(struct import_reader *r);
	int64_t done, total;		/* how far it is; total 0: unknown */
	bool counts_mails;		/* in mails; else in bytes */
	char *left_out;			/* "Drafts, Trash": what it does not read by itself; NULL: nothing */
	char *remark;			/* what else is to be said before it is read; NULL: nothing */
};

struct import_options {
	size_t max_message;		/* larger ones are a problem, not a mail */
	bool is_recursive, takes_all_folders;
	int64_t now_us;
	/* Told now and then, while opening takes long, what it is doing. NULL: nobody wants to know. */
	void (*working)(void *arg, const char *what);
	void *working_arg;
};

/* NULL: the path is not what it should be. err names it and says what is wrong, hint (NULL, or constant) what to do. */
struct import_reader *import_open_mbox(const char *path, const struct import_options *options,
				       const char **hint, struct err *err);
struct import_reader *import_open_maildir(const char *path, const struct import_options *options,
					  const char **hint, struct err *err);
struct import_reader *import_open_eml(const char *path, const struct import_options *options,
				      const char **hint, struct err *err);
/* Outlook's. Debian's converters make mails of them: a .pst at once, into a folder of its own that closing removes; of
 * .msg files one after the other. */
struct import_reader *import_open_pst(const char *path, const struct import_options *options,
				      const char **hint, struct err *err);
struct import_reader *import_open_msg(const char *path, const struct import_options *options,
				      const char **hint, struct err *err);
void import_close(struct import_reader *r);	/* NULL is fine */
