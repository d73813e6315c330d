/* Large mails: asked first what they are made of, then for those pieces that are wanted, many mails in one command. One
 * that is odd in any way is taken whole, as small ones are; so is one whose pieces cannot be had. */
#include <string.h>

#include "base/mem.h"
#include "imap/imap.h"

enum { GROUP_BYTES = 4 << 20, PIECE_SLACK = 1 << 20 };

/* A large mail on its way. */
struct parted {
	struct mail *mail;
	struct described what;
	struct parts_plan plan;
	bool is_planned;		/* else it is taken whole, for this reason */
	struct section *sections;	/* of plan.pieces */
	struct err why_whole;
};

bool imap_is_large(const struct imap *im, const struct mail *mail)
{
	return mail->size > im->conf->max_message ||
	       (mail->size > im->conf->whole_below && im->conf->attachments != ATTACHMENTS_ALL);
}

static struct parts_policy policy_of(const struct imap *im)
{
	return (struct parts_policy){ .attachments = (enum attachments)im->conf->attachments,
				      .max_attachment = im->conf->attachments_max,
				      .max_message = im->conf->max_message };
}

static void free_pieces(struct parted *p)
{
	for (size_t i = 0; i < p->plan.n_pieces; i++) {
		free((char *)p->plan.pieces[i].bytes.ptr);
		p->plan.pieces[i].bytes = (struct str){ NULL, 0 };
		p->plan.pieces[i].is_here = false;
	}
}

static void parted_finish(struct parted *p)
{
	free_pieces(p);
	free(p->sections);
	parts_plan_finish(&p->plan);
	described_finish(&p->what);
}

/* ---- what they are made of ---- */

static void list_sections(struct parted *p)
{
	p->sections = xcalloc(p->plan.n_pieces, sizeof(*p->sections));
	for (size_t i = 0; i < p->plan.n_pieces; i++)
		p->sections[i] = (struct section){
			.path = structure_path(&p->what.structure, p->plan.pieces[i].node),
			.kind = p->plan.pieces[i].kind,
		};
}

static void plan_one(const struct imap *im, struct parted *p)
{
	const struct parts_policy policy = policy_of(im);

	if (!p->what.is_found) {
		err_setf(&p->why_whole, ERR_INPUT, "the server does not say what it is made of");
		return;
	}
	p->is_planned = parts_plan(&p->what.structure, &policy, p->mail->size, &p->plan, &p->why_whole);
	if (p->is_planned)
		list_sections(p);
}

/* One command for all of them. */
static bool describe(struct imap *im, struct parted *all, size_t n, struct err *err)
{
	struct described *described = xcalloc(n, sizeof(*described));
	bool is_good;

	for (size_t i = 0; i < n; i++)
		described[i].uid = all[i].mail->uid;
	is_good = session_describe_mails(im->session, described, n, err);
	for (size_t i = 0; i < n; i++) {
		all[i].what = described[i];
		if (is_good)
			plan_one(im, &all[i]);
	}
	free(described);
	return is_good;
}

/* ---- their pieces ---- */

static bool is_same_section(const struct section *a, const struct section *b)
{
	return a->kind == b->kind && a->path.n == b->path.n &&
	       memcmp(a->path.numbers, b->path.numbers, a->path.n * sizeof(*a->path.numbers)) == 0;
}

static bool is_alike(const struct parted *a, const struct parted *b)
{
	if (a->plan.n_pieces != b->plan.n_pieces)
		return false;
	for (size_t i = 0; i < a->plan.n_pieces; i++)
		if (!is_same_section(&a->sections[i], &b->sections[i]))
			return false;
	return true;
}

struct group {
	struct parted **items;		/* ascending */
	size_t n;
};

static void take_section(void *arg, uint32_t uid, size_t section, struct str bytes)
{
	struct group *group = arg;

	for (size_t i = 0; i < group->n; i++) {
		struct piece *piece = &group->items[i]->plan.pieces[section];

		if (group->items[i]->mail->uid != uid || piece->is_here)
			continue;
		piece->bytes = (struct str){ xstrndup(bytes.len ? bytes.ptr : "", bytes.len), bytes.len };
		piece->is_here = true;
	}
}

static bool fetch_group(struct imap *im, struct group *group, struct err *err)
{
	const struct parted *first = group->items[0];
	uint32_t *uids = xcalloc(group->n, sizeof(*uids));
	uint64_t bytes = 0;
	bool is_good;

	for (size_t i = 0; i < group->n; i++) {
		uids[i] = group->items[i]->mail->uid;
		bytes += (uint64_t)group->items[i]->plan.bytes;
	}
	is_good = first->plan.n_pieces == 0 ||
		  session_fetch_sections(im->session, uids, group->n, first->sections, first->plan.n_pieces, bytes,
					 take_section, group, err);
	free(uids);
	return is_good;
}

/* Those that want the same pieces share a command. */
static bool fetch_pieces(struct imap *im, struct parted *all, size_t n, struct err *err)
{
	struct group group = { .items = xcalloc(n + 1, sizeof(*group.items)) };
	bool *is_done = xcalloc(n + 1, sizeof(*is_done)), is_good = true;

	for (size_t i = 0; i < n && is_good; i++) {
		if (is_done[i] || !all[i].is_planned)
			continue;
		group.n = 0;
		for (size_t j = i; j < n; j++) {
			if (is_done[j] || !all[j].is_planned || !is_alike(&all[i], &all[j]))
				continue;
			group.items[group.n++] = &all[j];
			is_done[j] = true;
		}
		is_good = fetch_group(im, &group, err);
	}
	free(group.items);
	free(is_done);
	return is_good;
}

/* The mail's body becomes what was put together, malloced. */
static void assemble(const struct imap *im, struct parted *p)
{
	const struct parts_policy policy = policy_of(im);
	const struct str header = { p->what.header, p->what.n_header };
	struct buf raw;

	buf_init(&raw, (size_t)im->conf->max_message + PIECE_SLACK);
	p->is_planned = parts_assemble(&p->what.structure, &p->plan, &policy, header, p->mail->size, &raw, &p->why_whole);
	free_pieces(p);
	if (!p->is_planned) {
		buf_finish(&raw);
		return;
	}
	p->mail->spared = p->plan.spared;
	p->mail->is_partial = p->mail->has_body = true;
	p->mail->body.len = raw.len;
	p->mail->body.ptr = buf_steal(&raw);
}

/* ---- large and small ones, in their order ---- */

struct basket {
	struct imap *im;
	struct place *at;
	struct mail *mails;
	size_t n;
	struct parted *parted;		/* those of mails that are large, ascending */
	size_t n_parted;
	struct parted **of;		/* one a mail; NULL: it is small */
};

static void basket_finish(struct basket *b)
{
	for (size_t i = 0; i < b->n_parted; i++)
		parted_finish(&b->parted[i]);
	free(b->parted);
	free(b->of);
}

static void basket_init(struct basket *b, struct imap *im, struct place *at, struct mail *mails, size_t n)
{
	*b = (struct basket){ .im = im, .at = at, .mails = mails, .n = n };
	b->parted = xcalloc(n, sizeof(*b->parted));
	b->of = xcalloc(n, sizeof(struct parted *));
	for (size_t i = 0; i < n; i++) {
		mails[i].has_body = mails[i].is_partial = false;
		if (!imap_is_large(im, &mails[i]))
			continue;
		b->of[i] = &b->parted[b->n_parted];
		b->parted[b->n_parted++] = (struct parted){ .mail = &mails[i] };
	}
}

/* Those of which everything is wanted, or that are odd: with the small ones, as long as they are of a size for that. */
static void sort_out_whole(struct basket *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->of[i] != NULL && !b->of[i]->is_planned && b->mails[i].size <= b->im->conf->max_message &&
		    !imap_is_in_pieces(&b->mails[i]))
			b->of[i] = NULL;
}

static int64_t cost(const struct basket *b, size_t i)
{
	return b->of[i] && b->of[i]->is_planned ? b->of[i]->plan.bytes : b->mails[i].size;
}

/* How many from i on are held in memory together. */
static size_t group_end(const struct basket *b, size_t i)
{
	int64_t bytes = cost(b, i);
	size_t end = i + 1;

	while (end < b->n && bytes + cost(b, end) <= GROUP_BYTES)
		bytes += cost(b, end++);
	return end;
}

/* The small ones of them, whose bodies become ours. */
static bool fetch_small(struct basket *b, size_t from, size_t to, struct err *err)
{
	struct mail *small = xcalloc(to - from, sizeof(*small));
	size_t n = 0, at = 0;
	bool is_good;

	for (size_t i = from; i < to; i++)
		if (b->of[i] == NULL)
			small[n++] = b->mails[i];
	is_good = n == 0 || session_fetch_bodies(b->im->session, small, n, err);
	for (size_t i = from; is_good && i < to; i++) {
		struct mail *mail = &b->mails[i];

		if (b->of[i] != NULL)
			continue;
		mail->has_body = small[at].has_body;
		if (mail->has_body)
			mail->body = (struct str){ xstrndup(small[at].body.ptr, small[at].body.len), small[at].body.len };
		at++;
	}
	free(small);
	return is_good;
}

static bool fetch_together(struct basket *b, size_t from, size_t to, struct err *err)
{
	struct parted *first = NULL, *last = NULL;
	size_t n;

	for (size_t i = from; i < to; i++) {
		first = first ? first : b->of[i];
		last = b->of[i] ? b->of[i] : last;
	}
	n = first ? (size_t)(last - first) + 1 : 0;
	if (!fetch_small(b, from, to, err) || (n > 0 && !fetch_pieces(b->im, first, n, err)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (first[i].is_planned)
			assemble(b->im, &first[i]);
	return true;
}

static bool hand_over_one(struct basket *b, size_t i, struct err *err)
{
	struct mail *mail = &b->mails[i];
	const struct parted *p = b->of[i];

	if (p == NULL || p->is_planned)
		return imap_hand_over(b->im, b->at, mail, 1, err);
	if (mail->size > b->im->conf->max_message)
		return imap_bury_large(b->im, b->at, mail, p->why_whole.msg, err);
	return imap_take_whole(b->im, b->at, mail, 1, err);
}

static bool hand_over(struct basket *b, size_t from, size_t to, struct err *err)
{
	bool is_good = true;

	for (size_t i = from; i < to && is_good; i++)
		is_good = hand_over_one(b, i, err);
	return is_good;
}

/* Bodies that are ours; whoever takes one whole has cleared it. */
static void free_bodies(struct basket *b, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (b->of[i] == NULL || b->of[i]->is_planned)
			free((char *)b->mails[i].body.ptr);
		b->mails[i].body = (struct str){ NULL, 0 };
	}
}

static bool take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		       struct err *err);

/* What cannot be had in parts is asked for whole, and everything after a lost connection once more. */
static bool take_less(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		      struct err *err)
{
	if (im->must_stop || err->kind == ERR_CANCELED)
		return false;
	if (session_fault(im->session) == SESSION_LOST && n_tries == 0)
		return take_mixed(im, at, mails, n, 1, err);
	if (n > 1)
		return take_mixed(im, at, mails, n / 2, 0, err) && take_mixed(im, at, mails + n / 2, n - n / 2, 0, err);
	return mails->size > im->conf->max_message ? imap_settle(im, at, mails, err) :
						     imap_take_whole(im, at, mails, 1, err);
}

/* Group by group. False with *is_answer: the server's answers are what failed, from mails[*from] on. */
static bool take_groups(struct basket *b, size_t *from, bool *is_answer, struct err *err)
{
	bool is_good = true;

	for (size_t to; is_good && *from < b->n; *from = to) {
		to = group_end(b, *from);
		*is_answer = false;
		is_good = imap_link_folder(b->im, b->at, err);
		if (is_good && !fetch_together(b, *from, to, err)) {
			*is_answer = true;
			is_good = false;
		}
		is_good = is_good && hand_over(b, *from, to, err);
		free_bodies(b, *from, to);
		if (!is_good)
			return false;
	}
	return true;
}

static bool take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		       struct err *err)
{
	bool is_good, is_answer = true;
	struct basket b;
	size_t from = 0;

	if (!imap_link_folder(im, at, err))
		return false;
	basket_init(&b, im, at, mails, n);
	is_good = b.n_parted == 0 || describe(im, b.parted, b.n_parted, err);
	if (is_good) {
		sort_out_whole(&b);
		is_good = take_groups(&b, &from, &is_answer, err);
	}
	basket_finish(&b);
	return is_good || (is_answer && take_less(im, at, mails + from, n - from, n_tries, err));
}

bool imap_take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	return take_mixed(im, at, mails, n, 0, err);
}

bool imap_fetch_in_parts(struct imap *im, struct mail *mail, char **raw, struct err *err)
{
	struct parted p = { .mail = mail };
	bool is_good = describe(im, &p, 1, err) && (!p.is_planned || fetch_pieces(im, &p, 1, err));

	*raw = NULL;
	if (is_good && p.is_planned) {
		assemble(im, &p);
		*raw = p.is_planned ? (char *)mail->body.ptr : NULL;
	}
	parted_finish(&p);
	return is_good;
}
