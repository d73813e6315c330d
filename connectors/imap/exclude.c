#include "imap/exclude.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/address_match.h"
#include "imap/folders.h"
#include "imap/header_scan.h"
#include "mime/stub.h"

enum { MAX_QUERY = 64 << 10, SUBJECT_SIZE = 4097 };	/* as much of a subject as a timeline shows */

static const struct {
	const char *prefix;
	enum exclude_kind kind;
} kinds[] = {
	{ "folder:", EXCLUDE_FOLDER }, { "from:", EXCLUDE_FROM }, { "subject:", EXCLUDE_SUBJECT },
	{ "label:", EXCLUDE_LABEL },
};

enum exclude_kind exclude_parse(struct str entry, struct str *value)
{
	for (size_t i = 0; i < countof(kinds); i++) {
		struct str prefix = str_from(kinds[i].prefix);

		if (!str_istarts(entry, prefix))
			continue;
		*value = str_trim(str_sub(entry, prefix.len, STR_NONE));
		return kinds[i].kind;
	}
	return EXCLUDE_NONE;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
			return true;
	return false;
}

static bool check_entry(struct str entry, struct err *err)
{
	struct str value = { NULL, 0 };
	enum exclude_kind kind = exclude_parse(entry, &value);

	if (kind == EXCLUDE_NONE)
		return err_setf(err, ERR_CONF, "exclude: \"%.100s\" begins with none of folder:, from:, subject: and label: "
				"(try from:@example.com)", entry.ptr);
	if (value.len == 0)
		return err_setf(err, ERR_CONF, "exclude: behind \"%.100s\" is nothing", entry.ptr);
	if (has_control(entry))
		return err_setf(err, ERR_CONF, "exclude: a line break or control character cannot be part of an entry");
	if (kind == EXCLUDE_FROM && str_chr(value, '@') == STR_NONE)
		return err_setf(err, ERR_CONF, "exclude: \"%.100s\" is neither an address nor an @domain (try from:@example.com)",
				entry.ptr);
	if (kind == EXCLUDE_LABEL && str_chr(value, '"') != STR_NONE)
		return err_setf(err, ERR_CONF, "exclude: Gmail cannot search for a label with a \" in it");
	if (kind == EXCLUDE_FOLDER && value.ptr[0] == '\\' && folder_attr_from(value) == 0)
		return err_setf(err, ERR_CONF, "exclude: \"%.100s\" is not a special use (try '\\Archive')", entry.ptr);
	return true;
}

bool exclude_check(const struct conf_list *entries, struct err *err)
{
	auto_free char *query = NULL;

	for (size_t i = 0; i < entries->n_items; i++)
		if (!check_entry(str_from(entries->items[i]), err))
			return false;
	/* A query that cannot be asked would leave nothing out. */
	query = exclude_gmail_query(entries);
	return query != NULL || !exclude_has(entries, EXCLUDE_LABEL) ||
	       err_setf(err, ERR_CONF, "exclude: all the labels together are longer than Gmail can be asked for (%d bytes)",
			MAX_QUERY);
}

bool exclude_has(const struct conf_list *entries, enum exclude_kind kind)
{
	struct str value;

	for (size_t i = 0; i < entries->n_items; i++)
		if (exclude_parse(str_from(entries->items[i]), &value) == kind)
			return true;
	return false;
}

/* ---- against a header ---- */

static bool is_by_sender(const struct conf_list *entries, struct str header)
{
	auto_free struct str *wanted = xcalloc(entries->n_items + 1, sizeof(*wanted));
	struct str value;
	size_t n = 0;

	for (size_t i = 0; i < entries->n_items; i++)
		if (exclude_parse(str_from(entries->items[i]), &value) == EXCLUDE_FROM)
			wanted[n++] = value;
	return address_match(wanted, n, header, HEADER_SENDERS);
}

static bool has_text(const struct conf_list *entries, struct str subject)
{
	auto_free char *folded = folder_fold(subject);

	for (size_t i = 0; folded != NULL && i < entries->n_items; i++) {
		struct str wanted;
		auto_free char *text = NULL;

		if (exclude_parse(str_from(entries->items[i]), &wanted) != EXCLUDE_SUBJECT)
			continue;
		text = folder_fold(wanted);
		if (text != NULL && strstr(folded, text) != NULL)
			return true;
	}
	return false;
}

/* Field by field: in front of a subject may stand any number of recipients, and it may be there twice. */
static bool is_about(const struct conf_list *entries, struct str header)
{
	char subject[SUBJECT_SIZE];
	struct str name, field;

	while (header_next(&header, &name, &field)) {
		if (!str_ieq(name, STR("Subject")))
			continue;
		mail_stub_text(str_sub(field, str_chr(field, ':') + 1, STR_NONE), subject, sizeof(subject));
		if (has_text(entries, str_from(subject)))
			return true;
	}
	return false;
}

bool exclude_matches(const struct conf_list *entries, struct str header)
{
	return (exclude_has(entries, EXCLUDE_FROM) && is_by_sender(entries, header)) ||
	       (exclude_has(entries, EXCLUDE_SUBJECT) && is_about(entries, header));
}

/* ---- Gmail's labels ---- */

char *exclude_gmail_query(const struct conf_list *entries)
{
	struct buf query;
	size_t n = 0;

	buf_init(&query, MAX_QUERY);
	for (size_t i = 0; i < entries->n_items; i++) {
		struct str label;

		if (exclude_parse(str_from(entries->items[i]), &label) != EXCLUDE_LABEL)
			continue;
		buf_add(&query, n++ > 0 ? STR(" ") : STR("{"));
		buf_addf(&query, "label:\"" STR_FMT "\"", STR_ARG(label));
	}
	buf_add(&query, STR("}"));
	if (n > 0 && !buf_is_exceeded(&query))
		return buf_steal(&query);
	buf_finish(&query);
	return NULL;
}
