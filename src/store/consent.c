#include "store/consent.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/inside.h"

enum { MAX_WHAT = 60, MAX_SOURCE = 2000 };

static const char *const states[] = { "none", "given", "withdrawn", "unknown" };
static const char *const bases[] = {
	"consent", "contract", "legal_obligation", "vital_interest", "public_task", "legitimate_interest",
};

const char *consent_state_name(enum consent_state s)
{
	return s < CONSENT_STATE_COUNT ? states[s] : states[CONSENT_NONE];
}

enum consent_state consent_state_from(struct str name)
{
	for (int s = CONSENT_GIVEN; s < CONSENT_STATE_COUNT; s++)
		if (str_eq(name, str_from(states[s])))
			return (enum consent_state)s;
	return CONSENT_NONE;
}

/* ---- what may be ---- */

static bool is_name(struct str what)
{
	for (size_t i = 0; i < what.len; i++) {
		char c = what.ptr[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (i > 0 && strchr("._-", c) != NULL)))
			return false;
	}
	return what.len > 0 && what.len <= MAX_WHAT;
}

static bool is_basis(struct str basis)
{
	for (size_t i = 0; i < countof(bases); i++)
		if (str_eq(basis, str_from(bases[i])))
			return true;
	return basis.len == 0;
}

bool consent_check(const struct consent *c, struct err *err)
{
	if (!is_name(c->what))
		return err_setf(err, ERR_INPUT, "what for is a name of lower-case letters, digits, dots, dashes and underscores, such as "
				"marketing.email, of at most %d", MAX_WHAT);
	if (c->state == CONSENT_NONE)
		return err_setf(err, ERR_INPUT, "consent is given, withdrawn or unknown");
	if (!is_basis(c->basis))
		return err_setf(err, ERR_INPUT, "the basis is consent, contract, legal_obligation, vital_interest, public_task or "
				"legitimate_interest");
	if (c->source.len > MAX_SOURCE || !str_is_utf8(c->source))
		return err_setf(err, ERR_INPUT, "the source is text of at most %d bytes", MAX_SOURCE);
	return (c->said_us >= 0 && c->said_us <= clock_wall_us() + 60 * US_PER_S) ||
	       err_setf(err, ERR_INPUT, "nobody has said it before that time comes");
}

/* ---- in the store ---- */

bool store_put_consent(struct store *st, const struct consent_row *row, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "INSERT INTO consent VALUES (?, ?, ?, ?, ?, ?, ?, ?)", err))
		return false;
	bind_int(&q, row->decision);
	bind_int(&q, row->contact);
	bind_str(&q, row->consent.what);
	bind_int(&q, row->consent.state);
	bind_str_or_null(&q, row->consent.basis);
	bind_str_or_null(&q, row->consent.source);
	bind_int(&q, row->consent.said_us);
	bind_str(&q, row->by);
	return query_run(&q, NULL, err);
}

bool store_forget_consents(struct store *st, int64_t contact, struct err *err)
{
	struct query q;

	if (!query_open(&q, st, "DELETE FROM consent WHERE contact_id = ?", err))
		return false;
	bind_int(&q, contact);
	return query_run(&q, NULL, err);
}

static void read_row(struct query *q, struct consent_row *row)
{
	row->decision = column_int(q);
	row->contact = column_int(q);
	row->consent.what = column_str(q);
	row->consent.state = (enum consent_state)column_int(q);
	row->consent.basis = column_str(q);
	row->consent.source = column_str(q);
	row->consent.said_us = column_int(q);
	row->by = column_str(q);
	row->counts = column_int(q) != 0;
}

bool store_each_consent(struct store *st, int64_t contact, consent_fn fn, void *arg, struct err *err)
{
	struct consent_row row;
	struct query q;

	if (!query_open(&q, st,
			"WITH RECURSIVE sub(id) AS (SELECT ?1 UNION SELECT c.id FROM contact c JOIN sub ON c.merged_into = sub.id"
			" AND c.merged_into <> 0) SELECT decision_id, contact_id, what, state, basis, source, said_at, by,"
			" row_number() OVER (PARTITION BY what ORDER BY said_at DESC, decision_id DESC) = 1"
			" FROM consent WHERE contact_id IN sub ORDER BY what, said_at DESC, decision_id DESC", err))
		return false;
	bind_int(&q, contact);
	while (query_next(&q, err)) {
		read_row(&q, &row);
		if (!fn(&row, arg))
			break;
	}
	return query_end(&q);
}
