/* Large mails: asked first what they are made of, then for those pieces that are wanted, many mails in one command. One
 * that is odd in any way is to be taken whole. */
#include <string.h>

#include "base/mem.h"
#include "imap/parted.h"

enum { ASSEMBLED_SLACK = 1 << 20 };

bool imap_is_large(const struct imap *im, const struct mail *mail)
{
	return mail->size > im->conf->max_message ||
	       (mail->size > im->conf->whole_below && im->conf->attachments != ATTACHMENTS_ALL);
}

static struct parts_policy policy_of(const struct imap *im)
{
	return (struct parts_policy){ .attachments = (enum attachments)im->conf->attachments,
				      .max_attachment = im->conf->attachments_max,
				      .max_message = im->conf->max_message,
				      .wants_messages = im->conf->drop_address.n_items > 0 };
}

static void free_pieces(struct parted *p)
{
	for (size_t i = 0; i < p->plan.n_pieces; i++) {
		free((char *)p->plan.pieces[i].bytes.ptr);
		p->plan.pieces[i].bytes = (struct str){ NULL, 0 };
		p->plan.pieces[i].is_here = false;
	}
}

void parted_finish(struct parted *p)
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

bool parted_describe(struct imap *im, struct parted *all, size_t n, struct err *err)
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

bool parted_fetch(struct imap *im, struct parted *all, size_t n, struct err *err)
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

void parted_assemble(const struct imap *im, struct parted *p)
{
	const struct parts_policy policy = policy_of(im);
	const struct str header = { p->what.header, p->what.n_header };
	struct buf raw;

	buf_init(&raw, (size_t)im->conf->max_message + ASSEMBLED_SLACK);
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

bool imap_fetch_in_parts(struct imap *im, struct mail *mail, char **raw, struct err *err)
{
	struct parted p = { .mail = mail };
	bool is_good = parted_describe(im, &p, 1, err) && (!p.is_planned || parted_fetch(im, &p, 1, err));

	*raw = NULL;
	if (is_good && p.is_planned) {
		parted_assemble(im, &p);
		*raw = p.is_planned ? (char *)mail->body.ptr : NULL;
	}
	parted_finish(&p);
	return is_good;
}
