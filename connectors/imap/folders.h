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
};

struct folder_list {
	struct folder *items;
	size_t n_items;
	char *missing;			/* what was asked for and is not there: "\Sent, Archiv"; NULL: nothing */
};

/* A name with case and composition folded away, to compare. Caller frees; NULL when it is not UTF-8. */
char *folder_fold(struct str s);
/* "\\Sent" and its like → the attribute (case does not count); 0: none of ours. */
unsigned folder_attr_from(struct str flag);
/* Fills *out. wanted empty: INBOX and \Sent. A name with a backslash in front is a special-use attribute;
 * any other is compared as UTF-8 and as the server spells it. INBOX is always there. all NULL: the server
 * refused to list, and names are taken at their word. */
void folders_choose(const struct conf_list *wanted, const struct listed *all, size_t n_all,
		    struct folder_list *out);
void folder_list_finish(struct folder_list *list);

/* Is this what a mail program calls its folder of sent mail, in some language? */
bool folder_is_sent_name(struct str last_part);
