/* The part of the session that asks for mail: UID SEARCH and UID FETCH. */
#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/session_private.h"
#include "net/stream.h"

enum {
	UID_BYTES = 11,			/* of one number in a SEARCH answer */
	MAX_SEARCH = 2 << 20,		/* bytes: libetpan makes 64 of each number, and "1 1 1 …" is short */
	META_BYTES = 200,		/* of one FETCH answer beside the body */
	NOTICE_BYTES = 64,		/* per mail: flags that others change meanwhile */
	MAX_HEADER = 2 << 20,
	MESSAGE_ID_BYTES = 1100,
};

static struct mailimap_set *set_of(const struct uid_range *ranges, size_t n_ranges)
{
	struct mailimap_set *set = mailimap_set_new_empty();

	for (size_t i = 0; i < n_ranges; i++) {
		/* libetpan writes 0 as "*". */
		uint32_t to = ranges[i].to == UINT32_MAX ? 0 : ranges[i].to;

		if (set == NULL || mailimap_set_add_interval(set, ranges[i].from, to) != MAILIMAP_NO_ERROR)
			abort();
	}
	return set;
}

static bool is_in(const struct uid_range *ranges, size_t n_ranges, uint32_t uid)
{
	for (size_t i = 0; i < n_ranges; i++)
		if (uid >= ranges[i].from && uid <= ranges[i].to)
			return true;
	return false;
}

/* ---- search ---- */

static int compare_uids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* "n:*" brings the last mail even when it is below n, and nobody promised an order. */
static size_t collect_uids(const clist *found, const struct uid_range *ranges, size_t n_ranges, uint32_t *uids)
{
	size_t n = 0, n_unique = 0;

	for (clistiter *i = clist_begin(found); i != NULL; i = clist_next(i)) {
		uint32_t uid = *(uint32_t *)clist_content(i);

		if (is_in(ranges, n_ranges, uid))
			uids[n++] = uid;
	}
	qsort(uids, n, sizeof(*uids), compare_uids);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || uids[i] != uids[i - 1])
			uids[n_unique++] = uids[i];
	return n_unique;
}

static struct mailimap_search_key *uid_key(const struct uid_range *ranges, size_t n_ranges)
{
	struct mailimap_search_key *key = mailimap_search_key_new_uid(set_of(ranges, n_ranges));

	if (key == NULL)
		abort();
	return key;
}

/* Takes key. */
static bool search(struct session *s, struct mailimap_search_key *key, const struct uid_range *ranges,
		   size_t n_ranges, uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err)
{
	uint64_t max_bytes = (uint64_t)max_found * UID_BYTES;
	clist *found = NULL;
	int r;

	session_arm(s, max_bytes < MAX_SEARCH ? max_bytes : MAX_SEARCH);
	r = mailimap_uid_search(s->imap, NULL, key, &found);
	mailimap_search_key_free(key);
	if (r != MAILIMAP_NO_ERROR) {
		if (found != NULL)
			mailimap_search_result_free(found);
		return session_failed(s, r, r == MAILIMAP_ERROR_UID_SEARCH, "UID SEARCH", err);
	}
	*uids = xcalloc(found ? (size_t)clist_count(found) + 1 : 1, sizeof(**uids));
	*n_uids = 0;
	if (found != NULL) {
		*n_uids = collect_uids(found, ranges, n_ranges, *uids);
		mailimap_search_result_free(found);
	}
	return true;
}

bool session_search(struct session *s, const struct uid_range *ranges, size_t n_ranges, uint32_t max_found,
		    uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, uid_key(ranges, n_ranges), ranges, n_ranges, max_found, uids, n_uids, err);
}

/* SEARCH knows days alone, each server in a zone of its own: two days earlier is before in all of them, and not before
 * that day is since in all of them. */
static struct mailimap_search_key *date_key(struct mailimap_search_key *(*make)(struct mailimap_date *date), int64_t us)
{
	time_t day = (time_t)(us / US_PER_S) - 2 * 86400;
	struct mailimap_search_key *key;
	struct mailimap_date *date;
	struct tm tm;

	gmtime_r(&day, &tm);
	date = mailimap_date_new(tm.tm_mday, tm.tm_mon + 1, tm.tm_year + 1900);
	key = date ? make(date) : NULL;
	if (key == NULL)
		abort();
	return key;
}

static struct mailimap_search_key *both(struct mailimap_search_key *one, struct mailimap_search_key *other)
{
	struct mailimap_search_key *key = mailimap_search_key_new_multiple_empty();

	if (key == NULL || mailimap_search_key_multiple_add(key, one) != MAILIMAP_NO_ERROR ||
	    mailimap_search_key_multiple_add(key, other) != MAILIMAP_NO_ERROR)
		abort();
	return key;
}

bool session_search_before(struct session *s, const struct uid_range *ranges, size_t n_ranges, int64_t before_us,
			   uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, both(uid_key(ranges, n_ranges), date_key(mailimap_search_key_new_before, before_us)), ranges,
		      n_ranges, max_found, uids, n_uids, err);
}

bool session_search_since(struct session *s, struct uid_range range, int64_t since_us, uint32_t max_found,
			  uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, both(uid_key(&range, 1), date_key(mailimap_search_key_new_since, since_us)), &range, 1,
		      max_found, uids, n_uids, err);
}

bool session_search_id(struct session *s, const char *message_id, uint32_t max_found, uint32_t **uids, size_t *n_uids,
		       struct err *err)
{
	const struct uid_range all = { 1, UINT32_MAX };
	struct mailimap_search_key *key = mailimap_search_key_new_header(strdup("Message-ID"), strdup(message_id));

	if (key == NULL)
		abort();
	return search(s, key, &all, 1, max_found, uids, n_uids, err);
}

/* ---- fetch ---- */

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

/* Takes type. The answers stay in s->fetched. */
static bool fetch_by(fetch_fn *fn, const char *name, struct session *s, const struct uid_range *ranges,
		     size_t n_ranges, struct mailimap_fetch_type *type, struct err *err)
{
	struct mailimap_set *set = set_of(ranges, n_ranges);
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

/* One FETCH answer; uid 0 when it bore none (somebody changed flags). */
static struct mail read_answer(const struct mailimap_msg_att *att)
{
	struct mail mail = { .size = -1, .internaldate_us = INT64_MIN };

	for (clistiter *i = clist_begin(att->att_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_msg_att_item *item = clist_content(i);
		const struct mailimap_msg_att_static *fact = item->att_data.att_static;

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
}

static struct mailimap_fetch_type *meta_type(void)
{
	struct mailimap_fetch_type *type = mailimap_fetch_type_new_fetch_att_list_empty();

	session_ask(type, mailimap_fetch_att_new_uid());
	session_ask(type, mailimap_fetch_att_new_internaldate());
	session_ask(type, mailimap_fetch_att_new_rfc822_size());
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
		if (is_in(ranges, n_ranges, mail.uid))
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
	if (!fetch(s, ranges, n_ranges, meta_type(), err))
		return false;
	collect_metas(s, ranges, n_ranges, mails, n_mails);
	return true;
}

bool session_fetch_places(struct session *s, uint32_t first, uint32_t last, struct mail **mails, size_t *n_mails,
			  struct err *err)
{
	const struct uid_range places = { first, last }, any = { 1, UINT32_MAX };

	session_arm(s, ((uint64_t)last - first + 1) * (META_BYTES + NOTICE_BYTES));
	if (!fetch_by(mailimap_fetch, "FETCH", s, &places, 1, meta_type(), err))
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

static struct mailimap_section *message_id_section(void)
{
	clist *names = clist_new();
	char *name = strdup("Message-ID");	/* libetpan frees it */
	struct mailimap_header_list *list;
	struct mailimap_section *section;

	if (names == NULL || name == NULL || clist_append(names, name) != 0)
		abort();
	list = mailimap_header_list_new(names);
	section = list ? mailimap_section_new_header_fields(list) : NULL;
	if (section == NULL)
		abort();
	return section;
}

bool session_fetch_message_ids(struct session *s, struct mail *mails, size_t n_mails, struct err *err)
{
	for (size_t i = 0; i < n_mails; i++)
		mails[i].has_body = false;
	session_arm(s, n_mails * (META_BYTES + MESSAGE_ID_BYTES));
	return fetch_parts(s, mails, n_mails, body_type(message_id_section()), err);
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
