/* A form post taken apart: fields in the order of the form, and files. All parsers are linear in the
 * body and bounded in what they make of it. */
#pragma once

#include <daybook/connector.h>

enum {
	POST_MAX_FIELDS = 1000,
	POST_MAX_NAME = 512,		/* longer names are cut */
	POST_MAX_PARTS = 200,
	POST_MAX_DEPTH = 32,
	POST_MAX_NODES = 20 * 1000,
};

enum meaning {
	MEANING_NONE,
	MEANING_NAME, MEANING_FIRST_NAME, MEANING_LAST_NAME, MEANING_EMAIL, MEANING_PHONE,
	MEANING_TEXT, MEANING_SUBJECT, MEANING_COMPANY, MEANING_PAGE_URL, MEANING_SUBMITTED_AT,
	MEANING_ID,			/* the sender promises that it names this one post */
	MEANING_WEAK_ID,		/* looks like it, but a page may carry it unchanged */
	MEANING_FORM_ID, MEANING_FORM_NAME, MEANING_CONSENT,
	MEANING_CAMPAIGN,		/* utm_source, gclid and their like */
	MEANING_HIDDEN,			/* tokens, buttons, what a form builder adds */
	MEANING_COUNT
};

struct field {
	struct str name;		/* as sent; of nested JSON the path, with dots */
	struct str label;		/* the form's own title of it, or empty */
	struct str type;		/* "email", "tel" … where the form says so */
	struct str value;
	enum meaning meaning;		/* set by guess.h */
	struct str key, label_key;	/* folded; the same */
	bool is_foreign;		/* of somebody or something else: friend[email] */
	size_t rank;			/* its place in the operator's list for this meaning */
};

struct post {
	struct arena *arena;
	struct field *fields;
	size_t n_fields;
	struct attachment *files;
	size_t n_files;
	struct str charset;		/* as declared by the post, or empty */
};

bool post_read(struct post *post, const struct raw *raw, struct err *err);
/* More than any text made of a post needs, however its names nest and its characters are escaped. */
size_t post_text_room(const struct raw *raw);

/* ---- for the parsers ---- */

bool post_urlencoded(struct post *post, struct str body, struct err *err);
bool post_multipart(struct post *post, struct str body, struct str boundary, struct err *err);
bool post_json(struct post *post, struct str body, struct err *err);
bool post_plain(struct post *post, struct str body, struct err *err);	/* name=value lines */

/* NULL with ERR_LIMIT. Name and value are taken as they are, not copied. */
struct field *post_add(struct post *post, struct str name, struct str value, struct err *err);
/* %41 becomes A, and + a blank where plus_is_blank; what is no escape stays as it is. */
struct str percent_decode(struct arena *arena, struct str s, bool plus_is_blank);
/* A parameter of a header such as Content-Type, unquoted; false and empty when it is not there. */
bool header_param(struct arena *arena, struct str header, struct str name, struct str *value);

/* UTF-8 without NULs and with \n for every line end. What is not UTF-8, or is declared as Latin-1, is
 * read as windows-1252, which is what browsers mean by it. */
struct str text_clean(struct arena *arena, struct str s, bool is_latin1);
/* At most max bytes, never inside a character. */
struct str text_cut(struct str s, size_t max);
