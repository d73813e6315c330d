/* The rule itself. ?1 sees, ?2 me, ?3 team, as view_bind() binds them. */
#pragma once

#include <assert.h>

#include "store/inside.h"
#include "store/view.h"

#define SEES_OWNED(owner_, restricted_) \
	"(?1 = 3 OR (?1 IN (1, 2) AND " owner_ " = ?2) OR (?1 = 2 AND NOT " restricted_ " AND (" owner_ " IS NULL OR " owner_ \
	" IN (SELECT value FROM json_each(?3)))))"
#define SEES_CONTACT(c_) SEES_OWNED(c_ ".owner", c_ ".restricted")

/* Nobody restricted takes part in it but who is of ?2. Most stores have nobody restricted, which is asked once a statement. */
#define IS_OPEN(id_) \
	"(?1 = 3 OR NOT EXISTS (SELECT 1 FROM contact INDEXED BY contact_restricted WHERE restricted)" \
	" OR NOT EXISTS (SELECT 1 FROM participant rp JOIN contact rc ON rc.id = rp.contact_id" \
	"  WHERE rp.interaction_id = " id_ " AND rc.restricted AND rc.owner IS NOT ?2))"

#define SEES_ENTRY(id_) \
	"(?1 = 3 OR ((EXISTS (SELECT 1 FROM participant vp JOIN contact vc ON vc.id = vp.contact_id" \
	"  WHERE vp.interaction_id = " id_ " AND " SEES_CONTACT("vc") ")" \
	" OR (?1 = 2 AND NOT EXISTS (SELECT 1 FROM participant vp WHERE vp.interaction_id = " id_ \
	"  AND vp.contact_id <> 0))) AND " IS_OPEN(id_) "))"

/* By which connectors i, an interaction, came. */
#define WAYS \
	"(SELECT i.connector_id UNION SELECT j.connector_id FROM delivery d JOIN journal j ON j.id = d.journal_id" \
	" WHERE d.outcome = 2 AND d.interaction_id = i.id)"
#define THREAD_SAYS \
	"(SELECT iif(ts.by = ?2, 3, ts.share) FROM thread_share ts WHERE ts.entry_id IN (SELECT i.id UNION SELECT o.id FROM interaction o" \
	"  WHERE i.channel = 1 AND o.channel = 1 AND o.thread = i.thread) ORDER BY ts.decision_id DESC LIMIT 1)"
/* How much of i ?2 sees: enum share. Whose mailbox it is sees all of it; else what was decided about the conversation counts, else the
 * most permissive of its ways. Most stores keep nothing back, which is asked once a statement. */
#define SHARE_OF_I \
	"(CASE WHEN NOT (EXISTS (SELECT 1 FROM connector INDEXED BY connector_private WHERE share < 3) OR EXISTS (SELECT 1 FROM thread_share))" \
	"  THEN 3 WHEN ?2 IS NOT NULL AND EXISTS (SELECT 1 FROM connector k WHERE k.owner = ?2 AND k.id IN " WAYS ") THEN 3" \
	" ELSE coalesce(" THREAD_SAYS ", (SELECT max(k.share) FROM connector k WHERE k.id IN " WAYS "), 3) END)"

/* i is an interaction; of struct view_filter, five parameters from n on. */
#define IN_FILTER(a_, b_, c_, d_, e_) \
	"(?" a_ " = 0 OR (?" a_ " >> i.channel) & 1) AND (?" b_ " = 0 OR (?" b_ " >> i.direction) & 1)" \
	" AND (?" c_ " = 0 OR (?" c_ " >> i.kind) & 1) AND i.occurred_at >= ?" d_ \
	" AND (?" e_ " = 0 OR i.occurred_at < ?" e_ ")"

/* The first three parameters. That something is seen and what it says are two statements: where they are not of one moment, what was restricted in between would be
 * told. The writer's handle is in a transaction as it is. */
static inline void view_bind(struct query *q, const struct viewer *v)
{
	assert(v->sees == SEES_ALL || q->st->mode != STORE_READER || !sqlite3_get_autocommit(q->st->db));
	bind_int(q, v->sees);
	bind_str_or_null(q, v->me);
	bind_str(q, v->team.len ? v->team : STR("[]"));
}

static inline void view_bind_filter(struct query *q, const struct view_filter *f)
{
	bind_int(q, f->channels);
	bind_int(q, f->directions);
	bind_int(q, f->kinds);
	bind_int(q, f->from_us);
	bind_int(q, f->to_us);
}

/* Ids first, then each row by itself, so that no statement is open twice. */
struct view_ids {
	int64_t ids[VIEW_MAX];
	size_t n;
};

bool view_collect(struct query *q, struct view_ids *ids, size_t limit, struct err *err);
bool view_show(struct store *st, const struct viewer *v, const struct view_ids *ids, interaction_fn fn, void *arg, struct err *err);
