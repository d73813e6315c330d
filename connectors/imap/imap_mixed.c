/* Mails that are taken together, some of them large: those in parts, the others whole, handed over in their order. What
 * cannot be had in parts is asked for whole. */
#include "base/mem.h"
#include "imap/parted.h"

enum { GROUP_BYTES = 4 << 20 };

struct basket {
	struct imap *im;
	struct place *at;
	struct mail *mails;
	size_t n;
	struct parted *parted;		/* those of mails that are large, ascending */
	size_t n_parted;
	struct parted **of;		/* one a mail; NULL: it is small */
	bool is_cut_short;		/* what they are made of was told with a NO: of some, perhaps */
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

struct span {
	size_t from, to;
};

/* The first of those that are left, or the last where old mail is read from the top down, as many as are held in memory
 * together. */
static struct span group_of(const struct basket *b, struct span left)
{
	bool is_from_end = b->at->is_digging;
	int64_t bytes = 0;
	size_t n = 0;

	while (n < left.to - left.from) {
		size_t i = is_from_end ? left.to - 1 - n : left.from + n;

		if (n > 0 && bytes + cost(b, i) > GROUP_BYTES)
			break;
		bytes += cost(b, i);
		n++;
	}
	return is_from_end ? (struct span){ left.to - n, left.to } : (struct span){ left.from, left.from + n };
}

/* The small ones of them, whose bodies become ours. */
static bool fetch_small(struct basket *b, struct span group, struct err *err)
{
	struct mail *small = xcalloc(group.to - group.from, sizeof(*small));
	size_t n = 0, at = 0;
	bool is_good;

	for (size_t i = group.from; i < group.to; i++)
		if (b->of[i] == NULL)
			small[n++] = b->mails[i];
	is_good = n == 0 || session_fetch_bodies(b->im->session, small, n, err);
	for (size_t i = group.from; is_good && i < group.to; i++) {
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

static bool fetch_together(struct basket *b, struct span group, struct err *err)
{
	struct parted *first = NULL, *last = NULL;
	size_t n;

	for (size_t i = group.from; i < group.to; i++) {
		first = first ? first : b->of[i];
		last = b->of[i] ? b->of[i] : last;
	}
	n = first ? (size_t)(last - first) + 1 : 0;
	if (!fetch_small(b, group, err) || (n > 0 && !parted_fetch(b->im, first, n, err)))
		return false;
	for (size_t i = 0; i < n; i++)
		if (first[i].is_planned)
			parted_assemble(b->im, &first[i]);
	return true;
}

static bool hand_over_one(struct basket *b, size_t i, struct err *err)
{
	struct mail *mail = &b->mails[i];
	const struct parted *p = b->of[i];

	/* One that is too large, and of which the server told nothing for now, is asked for again. */
	if (p == NULL || p->is_planned || (b->is_cut_short && !p->what.is_found && mail->size > b->im->conf->max_message))
		return imap_hand_over(b->im, b->at, mail, 1, err);
	if (mail->size > b->im->conf->max_message)
		return imap_bury_large(b->im, b->at, mail, p->why_whole.msg, err);
	return imap_take_whole(b->im, b->at, mail, 1, err);
}

static bool hand_over(struct basket *b, struct span group, struct err *err)
{
	bool is_good = true;

	for (size_t k = 0; k < group.to - group.from && is_good; k++)
		is_good = hand_over_one(b, b->at->is_digging ? group.to - 1 - k : group.from + k, err);
	return is_good;
}

/* Bodies that are ours; whoever takes one whole has cleared it. */
static void free_bodies(struct basket *b, struct span group)
{
	for (size_t i = group.from; i < group.to; i++) {
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
	if (n > 1 && at->is_digging)
		return take_mixed(im, at, mails + n / 2, n - n / 2, 0, err) && take_mixed(im, at, mails, n / 2, 0, err);
	if (n > 1)
		return take_mixed(im, at, mails, n / 2, 0, err) && take_mixed(im, at, mails + n / 2, n - n / 2, 0, err);
	return mails->size > im->conf->max_message ? imap_settle(im, at, mails, err) :
						     imap_take_whole(im, at, mails, 1, err);
}

/* Group by group. False with *is_answer: the server's answers are what failed, for those that are *left. */
static bool take_groups(struct basket *b, struct span *left, bool *is_answer, struct err *err)
{
	while (left->from < left->to) {
		struct span group = group_of(b, *left);
		bool is_good = imap_link_folder(b->im, b->at, err);

		*is_answer = is_good && !fetch_together(b, group, err);
		is_good = is_good && !*is_answer && hand_over(b, group, err);
		free_bodies(b, group);
		if (!is_good)
			return false;
		if (b->at->is_digging)
			left->to = group.from;
		else
			left->from = group.to;
	}
	return true;
}

static bool take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, unsigned n_tries,
		       struct err *err)
{
	struct span left = { 0, n };
	bool is_good, is_answer = true;
	struct basket b;

	if (!imap_link_folder(im, at, err))
		return false;
	basket_init(&b, im, at, mails, n);
	is_good = b.n_parted == 0 || parted_describe(im, b.parted, b.n_parted, err);
	if (is_good) {
		b.is_cut_short = b.n_parted > 0 && session_left_some_out(im->session);
		sort_out_whole(&b);
		is_good = take_groups(&b, &left, &is_answer, err);
	}
	basket_finish(&b);
	return is_good || (is_answer && take_less(im, at, mails + left.from, left.to - left.from, n_tries, err));
}

bool imap_take_mixed(struct imap *im, struct place *at, struct mail *mails, size_t n, struct err *err)
{
	return take_mixed(im, at, mails, n, 0, err);
}
