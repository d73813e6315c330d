/* Who is who: labelled pairs of handles through the very path that messages go, into a store, and what became of them.
 *
 * usage: test_identity_pairs PAIRS.tsv    see the head of that file
 *
 * An automatic link where the truth is not "same" is a fault, always: precision is 1. One that is neither linked nor proposed to
 * a person wants a reason in the last column, and so does a proposal of two who are different; a reason without such a miss is a
 * fault too, so that the file stays true. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "conf/config.h"
#include "conf/diag.h"
#include "ingest/apply.h"
#include "ingest/intake.h"
#include "ingest/lookalike.h"
#include "ingest/rematch.h"
#include "ingest/rules.h"
#include "ingest/settle.h"
#include "model/identity.h"
#include "store/lookalike.h"
#include "store/store.h"

enum { MAX_LINE = 4096, MAX_BEFORE = 8, COLUMNS = 6, MAX_OWNERS = 8, ARENA = 1 << 20 };

enum outcome_of_pair { LINKED, APART, ASKED, PROPOSED, LINKED_TO_ANOTHER, N_OUTCOMES };
static const char *const outcome_words[] = { "linked", "apart", "asked", "proposed", "linked to somebody else" };

static const struct connector pairs_connector = { .api = CONNECTOR_API, .name = "pairs", .summary = "of this test" };
static const struct connector *const known[] = { NULL };

static struct store *st;
static struct arena *scratch;
static struct err err;
static int n_faults, n_messages;

static void die(const char *what)
{
	printf("%s: %s\n", what, err.msg);
	exit(1);
}

/* ---- the pipeline of one country ---- */

static struct config *configure(const char *region)
{
	auto_free char *text = xasprintf("config_version: 1\norganization: {name: Acme, domains: [acme.example], default_region: %s}\n"
					 "storage: {path: /tmp}\nconnectors: {}\n", region);
	struct diags *diags = diags_create();
	struct config *config = config_parse("pairs.yaml", str_from(text), known, 0, diags);

	if (config == NULL)
		die("the configuration");
	diags_destroy(diags);
	return config;
}

static struct source *make_source(const char *region)
{
	const struct match_policy policy = { .create = MATCH_CREATE_INBOUND };
	struct config *config = configure(region);
	struct rules *rules = rules_create(config, &err);
	struct source *source;
	int64_t id;

	if (rules == NULL || !store_begin(st, &err) || !store_connector(st, STR("pairs"), STR("pairs"), &id, &err) ||
	    !store_commit(st, &err))
		die("the source");
	source = source_create(id, STR("pairs"), &pairs_connector, NULL, STR(""), &policy, rules);
	rules_unref(rules);
	config_unref(config);
	return source;
}

/* ---- one message ---- */

static struct str trimmed_piece(struct str *rest, char sep, struct str *piece)
{
	*piece = str_next(rest, sep, piece) ? str_trim(*piece) : STR("");
	return *piece;
}

static enum channel channel_of(enum scheme scheme)
{
	switch (scheme) {
	case SCHEME_WA:
	case SCHEME_WA_BSUID: return CHANNEL_WHATSAPP;
	case SCHEME_IGSID: return CHANNEL_INSTAGRAM;
	case SCHEME_PSID: return CHANNEL_MESSENGER;
	default: return CHANNEL_FORM;
	}
}

/* "mail ana@example.com & phone (31) 98711-2233" */
static void add_handles(struct interaction *it, struct party *party, struct arena *arena, struct str handles)
{
	struct str handle, word;

	while (handles.len > 0 && trimmed_piece(&handles, '&', &handle).len > 0) {
		str_next(&handle, ' ', &word);
		if (str_eq(word, STR("mail")))
			word = STR("email");
		else if (str_eq(word, STR("bsuid")))
			word = STR("wa_bsuid");
		if (scheme_from(word) == SCHEME_NONE) {
			printf("there is no scheme \"" STR_FMT "\"\n", STR_ARG(word));
			exit(1);
		}
		it->channel = channel_of(scheme_from(word));
		party_add_identity(party, arena, scheme_from(word), arena_str(arena, handle), STR(""));
	}
}

static struct intake *make_message(struct source *source, struct str handles)
{
	struct intake *in = intake_create(source, ARENA);
	struct interaction *it = interactions_add(&in->items);

	in->raw = (struct raw){ .content_type = STR("text/plain"), .body = STR("hello"),
				.received_us = INT64_C(1795348800000000) + n_messages++ };
	it->kind = KIND_MESSAGE;
	it->direction = DIRECTION_IN;
	it->external_id = arena_strf(in->arena, "m%d", n_messages);
	it->occurred_us = it->key_us = in->raw.received_us;
	it->text = STR("hello");
	add_handles(it, interaction_add_party(it, in->arena, ROLE_FROM, STR("")), in->arena, handles);
	intake_settle(in);
	return in;
}

struct result {
	int64_t entry;
	int64_t owners[MAX_OWNERS];
	size_t n_owners;
	bool is_asked;
};

static bool see_entry(const struct interaction_row *row, void *arg)
{
	*(int64_t *)arg = row->id;
	return true;
}

static bool see_review(const struct review_row *row, void *arg)
{
	struct result *o = arg;

	o->is_asked |= row->interaction == o->entry && row->type == REVIEW_AMBIGUOUS;
	return true;
}

static void receive(struct source *source, struct str handles, struct result *o)
{
	struct intake *in = make_message(source, handles);

	*o = (struct result){ 0 };
	if (in->verdict.kind != ERR_NONE) {
		err = in->verdict;
		die("a message that cannot be read");
	}
	if (!intake_apply(&in->job, st, &err) || !store_each_interaction(st, 0, 0, see_entry, &o->entry, &err) ||
	    !store_each_review(st, see_review, o, &err) ||
	    !rematch_owners(st, o->entry, scratch, o->owners, MAX_OWNERS, &o->n_owners, &err))
		die("the store");
	intake_destroy(in);
}

/* ---- one pair ---- */

static bool is_shared(const struct result *a, const struct result *b)
{
	for (size_t i = 0; i < a->n_owners; i++)
		for (size_t k = 0; k < b->n_owners; k++)
			if (a->owners[i] != 0 && a->owners[i] == b->owners[k])
				return true;
	return false;
}

struct search {
	const struct result *a, *b;
	bool is_found;
};

static bool has_owner(const struct result *o, int64_t contact)
{
	for (size_t i = 0; i < o->n_owners; i++)
		if (o->owners[i] == contact)
			return true;
	return false;
}

static bool see_proposal(const struct lookalike *pair, void *arg)
{
	struct search *s = arg;

	s->is_found |= (has_owner(s->a, pair->one) && has_owner(s->b, pair->other)) ||
		       (has_owner(s->b, pair->one) && has_owner(s->a, pair->other));
	return true;
}

/* What the background would find and show to people. */
static bool is_proposed(const struct result *a, const struct result *b)
{
	struct search search = { .a = a, .b = b };
	bool has = true;

	while (has)
		if (!lookalike_compare(st, 64, &err) || !store_has_uncompared(st, &has, &err))
			die("comparing");
	if (!store_each_lookalike(st, see_proposal, &search, &err))
		die("what is alike");
	return search.is_found;
}

/* In a store of its own: nothing is committed. */
static enum outcome_of_pair run_pair(struct source *source, struct str before, struct str then)
{
	struct result known_ones[MAX_BEFORE], last;
	enum outcome_of_pair is = APART;
	struct str message;
	size_t n = 0;

	if (!store_begin(st, &err))
		die("the store");
	while (n < MAX_BEFORE && before.len > 0 && trimmed_piece(&before, '|', &message).len > 0)
		receive(source, message, &known_ones[n++]);
	receive(source, then, &last);
	for (size_t i = n; i-- > 0;)
		if (is_shared(&known_ones[i], &last))
			is = i == 0 ? LINKED : LINKED_TO_ANOTHER;
	if (last.is_asked)
		is = ASKED;
	else if (is == APART && n > 0 && is_proposed(&known_ones[0], &last))
		is = PROPOSED;
	store_rollback(st);
	return is;
}

/* ---- the file ---- */

struct score {
	int n, n_same, n_linked_right, n_linked_wrong, n_proposed_right, n_proposed_wrong, n_asked_right, n_missed;
};

static void fault(const struct str *c, enum outcome_of_pair is, const char *why)
{
	n_faults++;
	printf("FAULT %s: " STR_FMT ": " STR_FMT " -> " STR_FMT ": %s, the truth is " STR_FMT " (" STR_FMT ")\n", why, STR_ARG(c[0]),
	       STR_ARG(c[2]), STR_ARG(c[3]), outcome_words[is], STR_ARG(c[1]), STR_ARG(c[4]));
}

static void judge(const struct str *c, enum outcome_of_pair is, struct score *s)
{
	bool is_same = str_eq(c[1], STR("same")), is_review = str_eq(c[1], STR("review"));
	bool is_linked = is == LINKED || is == LINKED_TO_ANOTHER;
	bool is_right = is_same ? is == LINKED || is == PROPOSED : is_review ? is == ASKED || is == PROPOSED : is == APART;

	s->n++;
	s->n_same += is_same;
	s->n_linked_right += is == LINKED && is_same;
	s->n_proposed_right += is == PROPOSED && is_same;
	s->n_proposed_wrong += is == PROPOSED && !is_same && !is_review;
	s->n_asked_right += (is == ASKED || is == PROPOSED) && is_review;
	s->n_linked_wrong += is_linked && !(is == LINKED && is_same);
	if (is_linked && !(is == LINKED && is_same)) {
		fault(c, is, "a wrong link");
	} else if (is_right && c[5].len > 0) {
		fault(c, is, "a reason for what is not so any more");
	} else if (!is_right && c[5].len == 0) {
		fault(c, is, "no reason");
	} else if (!is_right) {
		s->n_missed++;
		printf("apart: " STR_FMT ": " STR_FMT " -> " STR_FMT ": " STR_FMT "\n", STR_ARG(c[0]), STR_ARG(c[2]), STR_ARG(c[3]),
		       STR_ARG(c[5]));
	}
}

static void run_line(struct str line, struct source **source, char region[4], struct score *s)
{
	struct str c[COLUMNS] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		str_next(&line, '\t', &c[i]);
	if (!str_eq(c[0], str_from(region))) {
		source_unref(*source);
		snprintf(region, 4, STR_FMT, STR_ARG(c[0]));
		*source = make_source(region);
	}
	judge(c, run_pair(*source, c[2], c[3]), s);
}

static void run_file(const char *path, struct score *s)
{
	auto_file FILE *file = fopen(path, "re");
	struct source *source = NULL;
	char line[MAX_LINE], region[4] = "";

	if (file == NULL) {
		printf("%s cannot be opened\n", path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file) != NULL) {
		size_t n = strcspn(line, "\n");

		if (line[0] != '#' && n > 0)
			run_line((struct str){ line, n }, &source, region, s);
	}
	source_unref(source);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/daybook-pairs.XXXXXX";
	auto_free char *remove = xasprintf("rm -rf %s", mkdtemp(dir));
	struct score s = { 0 };

	if (argc != 2 || !store_open(dir, STORE_WRITER, &st, &err))
		die("usage: test_identity_pairs PAIRS.tsv");
	scratch = arena_create(ARENA << 6);
	run_file(argv[1], &s);
	arena_destroy(scratch);
	store_close(st);
	if (system(remove) != 0)
		return 1;
	printf("%d pairs: %d linked rightly, %d wrongly: precision %.3f; of %d that are the same %.1f %% linked (recall), "
	       "%.1f %% linked or proposed; %d left to a person as they should, %d who are different proposed, %d apart for the reasons "
	       "above\n",
	       s.n, s.n_linked_right, s.n_linked_wrong,
	       s.n_linked_right + s.n_linked_wrong ? (double)s.n_linked_right / (s.n_linked_right + s.n_linked_wrong) : 0.0, s.n_same,
	       s.n_same ? 100.0 * s.n_linked_right / s.n_same : 0.0,
	       s.n_same ? 100.0 * (s.n_linked_right + s.n_proposed_right) / s.n_same : 0.0, s.n_asked_right, s.n_proposed_wrong, s.n_missed);
	return n_faults > 0 || s.n < 400 ? 1 : 0;
}
