/* The part of the session that looks for mail: UID SEARCH. */
#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/session_private.h"

enum {
	UID_BYTES = 11,			/* of one number in an answer */
	MAX_SEARCH = 2 << 20,		/* bytes: libetpan makes 64 of each number, and "1 1 1 …" is short */
};

struct mailimap_set *session_set(const struct uid_range *ranges, size_t n_ranges)
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

bool session_is_in(const struct uid_range *ranges, size_t n_ranges, uint32_t uid)
{
	for (size_t i = 0; i < n_ranges; i++)
		if (uid >= ranges[i].from && uid <= ranges[i].to)
			return true;
	return false;
}

char *session_text(const char *text)
{
	char *copied = strdup(text);	/* libetpan frees it */

	if (copied == NULL)
		abort();
	return copied;
}

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

		if (session_is_in(ranges, n_ranges, uid))
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
	struct mailimap_search_key *key = mailimap_search_key_new_uid(session_set(ranges, n_ranges));

	if (key == NULL)
		abort();
	return key;
}

enum search_text { SEARCH_ASCII, SEARCH_UTF8 };

static enum search_text text_of(const char *words)
{
	for (; *words != '\0'; words++)
		if ((unsigned char)*words >= 0x80)
			return SEARCH_UTF8;
	return SEARCH_ASCII;
}

/* Takes key. */
static bool search(struct session *s, struct mailimap_search_key *key, enum search_text text,
		   const struct uid_range *ranges, size_t n_ranges, uint32_t max_found, uint32_t **uids, size_t *n_uids,
		   struct err *err)
{
	uint64_t max_bytes = (uint64_t)max_found * UID_BYTES;
	clist *found = NULL;
	int r;

	session_arm(s, max_bytes < MAX_SEARCH ? max_bytes : MAX_SEARCH);
	/* Words beyond ASCII go as literals where the server takes them without being asked, else in quotes. */
	if (text != SEARCH_UTF8)
		r = mailimap_uid_search(s->imap, NULL, key, &found);
	else if (session_has_capability(s, "LITERAL+") || session_has_capability(s, "LITERAL-"))
		r = mailimap_uid_search_literalplus(s->imap, "UTF-8", key, &found);
	else
		r = mailimap_uid_search(s->imap, "UTF-8", key, &found);
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
	return search(s, uid_key(ranges, n_ranges), SEARCH_ASCII, ranges, n_ranges, max_found, uids, n_uids, err);
}

/* Takes both of them. */
static struct mailimap_search_key *both(struct mailimap_search_key *a, struct mailimap_search_key *b)
{
	struct mailimap_search_key *key = mailimap_search_key_new_multiple_empty();

	if (key == NULL || b == NULL || mailimap_search_key_multiple_add(key, a) != MAILIMAP_NO_ERROR ||
	    mailimap_search_key_multiple_add(key, b) != MAILIMAP_NO_ERROR)
		abort();
	return key;
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

bool session_search_before(struct session *s, const struct uid_range *ranges, size_t n_ranges, int64_t before_us,
			   uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, both(uid_key(ranges, n_ranges), date_key(mailimap_search_key_new_before, before_us)), SEARCH_ASCII,
		      ranges, n_ranges, max_found, uids, n_uids, err);
}

bool session_search_since(struct session *s, struct uid_range range, int64_t since_us, uint32_t max_found,
			  uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, both(uid_key(&range, 1), date_key(mailimap_search_key_new_since, since_us)), SEARCH_ASCII,
		      &range, 1, max_found, uids, n_uids, err);
}

bool session_search_id(struct session *s, const char *message_id, uint32_t max_found, uint32_t **uids, size_t *n_uids,
		       struct err *err)
{
	const struct uid_range all = { 1, UINT32_MAX };
	struct mailimap_search_key *key = mailimap_search_key_new_header(session_text("Message-ID"), session_text(message_id));

	if (key == NULL)
		abort();
	return search(s, key, SEARCH_ASCII, &all, 1, max_found, uids, n_uids, err);
}

bool session_search_gmail(struct session *s, const struct uid_range *range, const char *query, uint32_t max_found,
			  uint32_t **uids, size_t *n_uids, struct err *err)
{
	return search(s, both(uid_key(range, 1), mailimap_search_key_new_xgmraw(session_text(query))), text_of(query),
		      range, 1, max_found, uids, n_uids, err);
}

/* Takes both; a may be NULL. */
static struct mailimap_search_key *either(struct mailimap_search_key *a, struct mailimap_search_key *b)
{
	struct mailimap_search_key *key;

	if (a == NULL)
		return b;
	key = mailimap_search_key_new_or(a, b);
	if (key == NULL)
		abort();
	return key;
}

bool session_search_people(struct session *s, const struct uid_range *range, const char *const *addresses,
			   size_t n_addresses, uint32_t max_found, uint32_t **uids, size_t *n_uids, struct err *err)
{
	struct mailimap_search_key *key = NULL;
	enum search_text text = SEARCH_ASCII;

	for (size_t i = 0; i < n_addresses; i++) {
		text = text_of(addresses[i]) == SEARCH_UTF8 ? SEARCH_UTF8 : text;
		key = either(key, mailimap_search_key_new_from(session_text(addresses[i])));
		key = either(key, mailimap_search_key_new_to(session_text(addresses[i])));
		key = either(key, mailimap_search_key_new_cc(session_text(addresses[i])));
	}
	return search(s, both(uid_key(range, 1), key), text, range, 1, max_found, uids, n_uids, err);
}
