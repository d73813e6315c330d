/* The part of the session that fetches mail: UID FETCH. */
#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/session_private.h"
#include "net/stream.h"

enum {
	META_BYTES = 400,		/* of one FETCH answer beside the body */
	NOTICE_BYTES = 64,		/* per mail: flags that others change meanwhile */
	MAX_HEADER = 2 << 20,
	MESSAGE_ID_BYTES = 1100,
};

void session_ask(struct mailimap_fetch_type *type, struct mailimap_fetch_att *att)
{
	if (att == NULL || mailimap_fetch_type_new_fetch_att_list_add(type, att) != MAILIMAP_NO_ERROR)
		abort();
}

typedef int fetch_fn(mailimap *imap, struct mailimap_set *set, struct mailimap_fetch_type *type, clist **found);

/* libetpan takes a NO behind a part of the answer for an answer. It is none when the server has had enough of us. */
static bool was_cut_short(const struct session *s)
{
	struct str said = stream_refusal(s->stream);

	return said.len > 0 && throttle_is_for_all(said);
}

bool session_left_some_out(const struct session *s)
{
	return s->stream != NULL && stream_refusal(s->stream).len > 0 && !str_starts(stream_refusal(s->stream), STR("* "));
}

/* Takes type. The answers stay in s->fetched. */
static bool fetch_by(fetch_fn *fn, const char *name, struct session *s, const struct uid_range *ranges,
		     size_t n_ranges, struct mailimap_fetch_type *type, struct err *err)
{
	struct mailimap_set *set = session_set(ranges, n_ranges);
	clist *found = NULL;
	int r = fn(s->imap, set, type, &found);

	mailimap_set_free(set);
	mailimap_fetch_type_free(type);
	if (r == MAILIMAP_NO_ERROR && found != NULL && !was_cut_short(s)) {
		s->fetched = found;
		return true;
	}
	if (r == MAILIMAP_NO_ERROR && found != NULL) {
		mailimap_fetch_list_free(found);
		return session_failed(s, r, true, name, err);
	}
	/* On an error libetpan has freed what it points to. */
	if (r == MAILIMAP_NO_ERROR)
		r = MAILIMAP_ERROR_PARSE;
	return session_failed(s, r, r == MAILIMAP_ERROR_UID_FETCH || r == MAILIMAP_ERROR_FETCH, name, err);
}

static bool fetch(struct session *s, const struct uid_range *ranges, size_t n_ranges,
		  struct mailimap_fetch_type *type, struct err *err)
{
	return fetch_by(mailimap_uid_fetch, "UID FETCH", s, ranges, n_ranges, type, err);
}

/* false: not a real date, as 0000 or month 13. */
static bool date_to_us(const struct mailimap_date_time *t, int64_t *out)
{
	int64_t zone_min = (t->dt_zone / 100) * 60 + t->dt_zone % 100;

	if (t->dt_year < 1970 || t->dt_year > 9999 || t->dt_month < 1 || t->dt_month > 12 || t->dt_day < 1 ||
	    t->dt_day > 31 || t->dt_hour < 0 || t->dt_hour > 24 || t->dt_min < 0 || t->dt_min > 60 ||
	    t->dt_sec < 0 || t->dt_sec > 61 || zone_min < -24 * 60 || zone_min > 24 * 60)
		return false;
	*out = ((clock_days_from_civil(t->dt_year, (unsigned)t->dt_month, (unsigned)t->dt_day) * 24 +
		 t->dt_hour) * 60 + t->dt_min - zone_min) * 60 * US_PER_S + t->dt_sec * US_PER_S;
	return true;
}

static void read_gmail(const struct mailimap_msg_att_item *item, struct mail *mail)
{
	const struct mailimap_extension_data *fact = item->att_data.att_extension_data;

	if (fact == NULL || fact->ext_data == NULL)
		return;
	if (fact->ext_extension == &mailimap_extension_xgmmsgid)
		mail->gm_msgid = *(const uint64_t *)fact->ext_data;
	else if (fact->ext_extension == &mailimap_extension_xgmthrid)
		mail->gm_thrid = *(const uint64_t *)fact->ext_data;
}

static void read_flags(const struct mailimap_msg_att_dynamic *flags, struct mail *mail)
{
	if (flags == NULL || flags->att_list == NULL)
		return;
	for (clistiter *i = clist_begin(flags->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_flag_fetch *flag = clist_content(i);

		if (flag->fl_type == MAILIMAP_FLAG_FETCH_OTHER && flag->fl_flag != NULL &&
		    flag->fl_flag->fl_type == MAILIMAP_FLAG_DRAFT)
			mail->is_draft = true;
	}
}

/* One FETCH answer; uid 0 when it bore none (somebody changed flags). */
static struct mail read_answer(const struct mailimap_msg_att *att)
{
	struct mail mail = { .size = -1, .internaldate_us = INT64_MIN };

	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *fact = item->att_data.att_static;

		if (item->att_type == MAILIMAP_MSG_ATT_ITEM_EXTENSION)
			read_gmail(item, &mail);
		else if (item->att_type == MAILIMAP_MSG_ATT_ITEM_DYNAMIC)
			read_flags(item->att_data.att_dyn, &mail);
		if (item->att_type != MAILIMAP_MSG_ATT_ITEM_STATIC || fact == NULL)
			continue;
		if (fact->att_type == MAILIMAP_MSG_ATT_UID) {
			mail.uid = fact->att_data.att_uid;
		} else if (fact->att_type == MAILIMAP_MSG_ATT_RFC822_SIZE) {
			mail.size = fact->att_data.att_rfc822_size;
		} else if (fact->att_type == MAILIMAP_MSG_ATT_INTERNALDATE) {
			if (!date_to_us(fact->att_data.att_internal_date, &mail.internaldate_us))
				mail.internaldate_us = INT64_MIN;
		} else if (fact->att_type == MAILIMAP_MSG_ATT_BODY_SECTION) {
			const struct mailimap_msg_att_body_section *section = fact->att_data.att_body_section;

			mail.has_body = section->sec_body_part != NULL;	/* else NIL */
			mail.body = (struct str){ section->sec_body_part, section->sec_length };
		}
	}
	return mail;
}

static int compare_mails(const void *a, const void *b)
{
	const struct mail *x = a, *y = b;

	return (x->uid > y->uid) - (x->uid < y->uid);
}

/* The same mail may be answered twice, once with what we asked and once with what happened to it. */
static void merge(struct mail *into, const struct mail *from)
{
	if (from->size >= 0)
		into->size = from->size;
	if (from->internaldate_us != INT64_MIN)
		into->internaldate_us = from->internaldate_us;
	if (from->gm_msgid != 0)
		into->gm_msgid = from->gm_msgid;
	if (from->gm_thrid != 0)
		into->gm_thrid = from->gm_thrid;
	into->is_draft |= from->is_draft;
}

static struct mailimap_fetch_type *meta_type(const struct session *s)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_internaldate());
	session_ask(type, mailimap_fetch_att_new_rfc822_size());
	if (session_is_gmail(s)) {
		session_ask(type, mailimap_fetch_att_new_flags());
		session_ask(type, mailimap_fetch_att_new_xgmmsgid());
		session_ask(type, mailimap_fetch_att_new_xgmthrid());
	}
	return type;
}

/* What was answered of these UIDs. */
static void collect_metas(struct session *s, const struct uid_range *ranges, size_t n_ranges, struct mail **mails,
			  size_t *n_mails)
{
	size_t n = 0, n_unique = 0;
	struct mail *all;

	all = xcalloc((size_t)clist_count(s->fetched) + 1, sizeof(*all));
	for (clistiter *i = clist_begin(s->fetched); i != NULL; i = clist_next(i)) {
		struct mail mail = read_answer(clist_content(i));

		mail.has_body = false;
		mail.body = (struct str){ 0 };
		if (session_is_in(ranges, n_ranges, mail.uid))
			all[n++] = mail;
	}
	qsort(all, n, sizeof(*all), compare_mails);
	for (size_t i = 0; i < n; i++) {
		if (n_unique > 0 && all[n_unique - 1].uid == all[i].uid)
			merge(&all[n_unique - 1], &all[i]);
		else
			all[n_unique++] = all[i];
	}
	*mails = all;
	*n_mails = n_unique;
}

bool session_fetch_metas(struct session *s, const struct uid_range *ranges, size_t n_ranges,
			 uint32_t max_found, struct mail **mails, size_t *n_mails, struct err *err)
{
	session_arm(s, (uint64_t)max_found * (META_BYTES + NOTICE_BYTES));
	if (!fetch(s, ranges, n_ranges, meta_type(s), err))
		return false;
	collect_metas(s, ranges, n_ranges, mails, n_mails);
	return true;
}

bool session_fetch_places(struct session *s, uint32_t first, uint32_t last, struct mail **mails, size_t *n_mails,
			  struct err *err)
{
	const struct uid_range places = { first, last }, any = { 1, UINT32_MAX };

	session_arm(s, ((uint64_t)last - first + 1) * (META_BYTES + NOTICE_BYTES));
	if (!fetch_by(mailimap_fetch, "FETCH", s, &places, 1, meta_type(s), err))
		return false;
	collect_metas(s, &any, 1, mails, n_mails);
	return true;
}

bool session_fetch_newest(struct session *s, uint32_t exists, uint32_t n, struct mail **mails, size_t *n_mails,
			  struct err *err)
{
	return session_fetch_places(s, exists > n ? exists - n + 1 : 1, exists, mails, n_mails, err);
}

static struct mailimap_fetch_type *body_type(struct mailimap_section *section)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_body_peek_section(section));
	return type;
}

/* "7:12" rather than "7,8,9,10,11,12", where there is nothing in between. */
static void add_uid(struct uid_range *ranges, size_t *n, uint32_t uid)
{
	if (*n > 0 && ranges[*n - 1].to + 1 == uid)
		ranges[*n - 1].to = uid;
	else
		ranges[(*n)++] = (struct uid_range){ uid, uid };
}

bool session_fetch_uids(struct session *s, const uint32_t *uids, size_t n_uids, struct mailimap_fetch_type *type,
			struct err *err)
{
	struct uid_range *ranges = xcalloc(n_uids, sizeof(*ranges));
	size_t n = 0;
	bool is_good;

	for (size_t i = 0; i < n_uids; i++)
		add_uid(ranges, &n, uids[i]);
	is_good = fetch(s, ranges, n, type, err);
	free(ranges);
	return is_good;
}

/* Takes type, which asks for a part of each mail. */
static bool fetch_parts(struct session *s, struct mail *mails, size_t n_mails, struct mailimap_fetch_type *type,
			struct err *err)
{
	uint32_t *uids = xcalloc(n_mails, sizeof(*uids));
	bool is_good;

	for (size_t i = 0; i < n_mails; i++)
		uids[i] = mails[i].uid;
	is_good = session_fetch_uids(s, uids, n_mails, type, err);
	free(uids);
	for (clistiter *i = is_good ? clist_begin(s->fetched) : NULL; i != NULL; i = clist_next(i)) {
		struct mail answer = read_answer(clist_content(i));
		struct mail *mail = bsearch(&answer, mails, n_mails, sizeof(*mails), compare_mails);

		if (mail == NULL || !answer.has_body)
			continue;
		mail->has_body = true;
		mail->body = answer.body;
	}
	return is_good;
}

bool session_fetch_bodies(struct session *s, struct mail *mails, size_t n_mails, struct err *err)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < n_mails; i++) {
		mails[i].has_body = false;
		/* The size is the server's claim; some are off by the line ends. */
		bytes += META_BYTES + (uint64_t)(mails[i].size > 0 ? mails[i].size + mails[i].size / 8 : 0);
		if (mails[i].size < 0)
			bytes += (uint64_t)s->opt.max_literal;
	}
	session_arm(s, bytes);
	return fetch_parts(s, mails, n_mails, body_type(mailimap_section_new(NULL)), err);
}

static struct mailimap_section *fields_section(const char *const *wanted)
{
	struct mailimap_header_list *list;
	struct mailimap_section *section;
	clist *names = clist_new();

	for (; names != NULL && *wanted != NULL; wanted++)
		if (clist_append(names, session_text(*wanted)) != 0)
			abort();
	list = names ? mailimap_header_list_new(names) : NULL;
	section = list ? mailimap_section_new_header_fields(list) : NULL;
	if (section == NULL)
		abort();
	return section;
}

static void forget_bodies(struct mail *mails, size_t n_mails)
{
	for (size_t i = 0; i < n_mails; i++)
		mails[i].has_body = false;
}

bool session_fetch_message_ids(struct session *s, struct mail *mails, size_t n_mails, struct err *err)
{
	static const char *const names[] = { "Message-ID", NULL };

	forget_bodies(mails, n_mails);
	session_arm(s, n_mails * (META_BYTES + MESSAGE_ID_BYTES));
	return fetch_parts(s, mails, n_mails, body_type(fields_section(names)), err);
}

bool session_fetch_fields(struct session *s, struct mail *mails, size_t n_mails, const char *const *names,
			  uint32_t max_each, struct err *err)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	forget_bodies(mails, n_mails);
	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_body_peek_section_partial(fields_section(names), 0, max_each));
	session_arm(s, n_mails * (META_BYTES + (uint64_t)max_each));
	return fetch_parts(s, mails, n_mails, type, err);
}

/* The one answer with a body; empty and not found when the mail is gone. */
static void find_body(struct session *s, uint32_t uid, struct str *body, bool *found)
{
	*body = (struct str){ 0 };
	*found = false;
	for (clistiter *i = clist_begin(s->fetched); i != NULL; i = clist_next(i)) {
		struct mail answer = read_answer(clist_content(i));

		if (answer.uid != uid || !answer.has_body)
			continue;
		*body = answer.body;
		*found = true;
	}
}

bool session_fetch_piece(struct session *s, uint32_t uid, uint32_t offset, uint32_t size, struct str *piece,
			 bool *found, struct err *err)
{
	const struct uid_range range = { uid, uid };
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_body_peek_section_partial(mailimap_section_new(NULL), offset, size));
	session_arm(s, size);
	if (!fetch(s, &range, 1, type, err))
		return false;
	find_body(s, uid, piece, found);
	return true;
}

bool session_fetch_header(struct session *s, uint32_t uid, struct str *header, bool *found, struct err *err)
{
	const struct uid_range range = { uid, uid };

	session_arm(s, MAX_HEADER);
	if (!fetch(s, &range, 1, body_type(mailimap_section_new_header()), err))
		return false;
	find_body(s, uid, header, found);
	return true;
}
