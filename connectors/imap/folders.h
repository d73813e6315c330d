/* Which folders of a mailbox are read. Pure: from what LIST said and what the operator wants. */
#pragma once

#include <daybook/conf.h>
#include <daybook/str.h>

enum folder_attr {
	FOLDER_NOSELECT = 1 << 0,	/* \Noselect, \NonExistent */
	FOLDER_SENT = 1 << 1,
	FOLDER_ALL = 1 << 2,
	FOLDER_ARCHIVE = 1 << 3,
	FOLDER_DRAFTS = 1 << 4,
	FOLDER_FLAGGED = 1 << 5,
	FOLDER_JUNK = 1 << 6,
	FOLDER_TRASH = 1 << 7,
	FOLDER_INBOX = 1 << 8,		/* old XLIST; else the name says it */
};

enum { FOLDERS_MAX = 256 };		/* that are read of one mailbox: each is asked about at every turn */

/* One line of LIST. */
struct listed {
	char *name;			/* as the server spells it: modified UTF-7 */
	char delimiter;			/* '\0': flat */
	unsigned attrs;
};

enum folder_hint { FOLDER_HINT_NONE, FOLDER_HINT_INBOX, FOLDER_HINT_SENT };

struct folder {
	char *name;			/* as the server spells it: key of the cursor */
	char *label;			/* UTF-8, for people */
	enum folder_hint hint;
	unsigned attrs;
};

struct folder_list {
	struct folder *items;
	size_t n_items;
	char *missing;			/* what was asked for and is not there: "\Sent, Archiv"; NULL: nothing */
	size_t n_excess;		/* folders beyond FOLDERS_MAX, which are not read */
	bool lacks_all_mail;		/* Gmail, and All Mail is not shown over IMAP */
};

struct folder_wish {
	/* Names, special uses ("\Sent"), patterns ("Clientes*"), and with "!" in front what is left out of these. None
	 * without "!": INBOX and \Sent, or Gmail's \All. */
	const struct conf_list *wanted;
	const struct conf_list *exclude;	/* its "folder:…" are left out as well */
	bool is_gmail;
};

/* A name with case and composition folded away, to compare. Caller frees; NULL when it is not UTF-8. */
char *folder_fold(struct str s);
/* "\\Sent" and its like → the attribute (case does not count); 0: none of ours. */
unsigned folder_attr_from(struct str flag);
/* Fills *out. A name with a backslash in front is a special-use attribute; any other is compared as UTF-8 and as the
 * server spells it. A pattern never means what was thrown away, not wanted or not sent (and what lies below it), nor
 * \All and \Flagged, which show the mail of other folders again. Leaving out beats wanting, whatever the order, and
 * covers what lies below a folder. INBOX is there whatever was listed, and comes first. all NULL: the server refused to
 * list, and names are taken at their word. */
void folders_choose(const struct folder_wish *wish, const struct listed *all, size_t n_all, struct folder_list *out);
void folder_list_finish(struct folder_list *list);

/* FOLDER_SENT, _JUNK, _TRASH or _DRAFTS where mail programs call it so, in some language; else 0. */
unsigned folder_attr_of_name(struct str last_part);
