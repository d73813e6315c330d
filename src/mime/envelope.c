/* Who, when and which mail: ids, times, subject and parties, from the mail's own header. */
#include "base/clock.h"
#include "base/mem.h"
#include "mime/date.h"
#include "mime/mail_reading.h"
#include "mime/msgid.h"
#include "mime/utf8.h"
#include "mime/words.h"

enum { SUBJECT_MAX = 4096 };

static const int64_t US_PER_HOUR = INT64_C(3600) * US_PER_S, US_PER_DAY = INT64_C(86400) * US_PER_S,
		     LONGEST_JOURNEY_US = INT64_C(7 * 86400) * US_PER_S;

struct str mail_header(struct mail *m, struct str name)
{
	return field_unfold(head_get(&m->head, name), m->dec.arena);
}

/* ---- times ---- */

/* The date of the first station, which stands lowest; 0 when there is none. A station that lies further back than
 * any server keeps trying belongs to an earlier journey of the mail, or to nobody: whoever sends it can write it. The
 * highest is the last server's own. */
static int64_t first_received(struct mail *m)
{
	int64_t us, last = 0, first = 0;

	for (size_t i = 0; i < m->head.n_fields; i++) {
		if (!str_ieq(m->head.fields[i].name, STR("Received")) ||
		    !date_of_received(m->head.fields[i].value, &us))
			continue;
		if (last == 0)
			last = us;
		if (us >= last - LONGEST_JOURNEY_US)
			first = us;
	}
	return first;
}

static int64_t claimed_date(struct mail *m)
{
	struct str date = mail_header(m, STR("Date"));
	int64_t us;

	if (date.len == 0)
		return 0;
	if (date_parse(date, &us))
		return us;
	decode_warn(&m->dec, "Date \"" STR_FMT "\" is not a date", STR_ARG(str_sub(date, 0, 60)));
	return 0;
}

/* The Date as claimed, within what the servers saw: not after they had the mail, and not a day before. Without a
 * Received only the end is known: a copy in Sent may have been moved there years later. */
static int64_t bounded(struct mail *m, int64_t claimed, int64_t first, int64_t server)
{
	int64_t end = first != 0 ? first : server;

	if (claimed == 0)
		return end;
	if (first != 0 && claimed < first - US_PER_DAY) {
		decode_warn(&m->dec, "Date is more than a day before the mail's first Received header");
		return first;
	}
	if (end == 0 || claimed <= end)
		return claimed;
	if (claimed > end + US_PER_HOUR)
		decode_warn(&m->dec, first != 0 ? "Date is later than the mail's first Received header" :
						  "Date is later than the server got the mail");
	return end;
}

static void read_times(struct mail *m)
{
	int64_t claimed = claimed_date(m), server = 0, us;
	int64_t receipt = m->raw->received_us;

	str_int64(raw_meta(m->raw, STR("internaldate")), &server);
	us = bounded(m, claimed, first_received(m), server);
	if (us == 0)
		us = receipt;
	if (us > receipt && receipt > 0) {
		decode_warn(&m->dec, "Date is in the future");
		us = server != 0 && server <= receipt ? server : receipt;
	}
	m->it.claimed_us = m->it.key_us = claimed;
	m->it.occurred_us = us;
}

/* ---- ids ---- */

static void read_ids(struct mail *m)
{
	struct str id = msgid_first(&m->dec, mail_header(m, STR("Message-ID")));
	struct str parent;

	if (id.len == 0)
		decode_warn(&m->dec, "no Message-ID; the id is made of Date, From, To, Subject and text");
	m->it.external_id = id;
	frozen_read(m);
	id = m->it.external_id;
	parent = msgid_first(&m->dec, mail_header(m, STR("References")));
	if (parent.len == 0)
		parent = msgid_first(&m->dec, mail_header(m, STR("In-Reply-To")));
	m->it.thread = parent.len > 0 ? parent : id;
}

/* ---- the whole ---- */

static void warn_repeated(struct mail *m)
{
	static const char *const once[] = { "From", "Sender", "To", "Cc", "Bcc", "Subject", "Date",
					    "Message-ID", "References", "Content-Type" };

	for (size_t i = 0; i < countof(once); i++)
		if (head_count(&m->head, str_from(once[i])) > 1)
			decode_warn(&m->dec, "header %s occurs more than once, the first counts", once[i]);
	if (m->head.n_junk > 0)
		decode_warn(&m->dec, "the header has %zu lines that are no header", m->head.n_junk);
}

void envelope_read(struct mail *m)
{
	struct str subject;

	warn_repeated(m);
	read_times(m);
	read_ids(m);
	subject = words_decode(&m->dec, head_get(&m->head, STR("Subject")));
	if (subject.len > SUBJECT_MAX)
		decode_warn(&m->dec, "the subject was cut at %d bytes", SUBJECT_MAX);
	m->it.subject = utf8_cut(subject, SUBJECT_MAX);
	authors_read(m);
}
