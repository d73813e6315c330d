/* Our reader of phone numbers against libphonenumber's example number of every region and type, as they are written at home and
 * from abroad (tests/fixtures/phone/examples.tsv). What differs has its cause in docs/decisions/phone-numbers.md, with the count.
 *
 * usage: test_phone_examples EXAMPLES.tsv */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/phone.h"

enum { MAX_LINE = 512, COLUMNS = 5 };

/* How many texts of each kind are refused, as docs/decisions/phone-numbers.md says why. Those of people: none. */
static struct kind {
	const char *type;
	int n_refused_expected;
	int n, n_refused;
} kinds[] = {
	{ "fixed", 0 }, { "mobile", 0 }, { "personal", 0 }, { "voip", 6 }, { "pager", 6 }, { "voicemail", 9 },
	{ "global", 9 }, { "shared_cost", 27 }, { "uan", 42 }, { "premium", 72 }, { "toll_free", 132 },
};
static int n_wrong;

static struct kind *find_kind(struct str type)
{
	for (size_t i = 0; i < countof(kinds); i++)
		if (str_eq(type, str_from(kinds[i].type)))
			return &kinds[i];
	printf("there is no kind \"" STR_FMT "\"\n", STR_ARG(type));
	exit(1);
}

/* A number that is read is read as the oracle does. */
static void check(struct str region, struct str type, struct str e164, struct str text)
{
	struct kind *kind = find_kind(type);
	struct phone phone;
	struct err err;
	char home[8];

	snprintf(home, sizeof(home), STR_FMT, STR_ARG(region));
	kind->n++;
	if (!phone_canonical(text, home, &phone, &err)) {
		kind->n_refused++;
		if (getenv("ALL") != NULL)
			printf("%s %s: %s\n", home, kind->type, err.msg);
	} else if (!str_eq(str_from(phone.e164), e164)) {
		n_wrong++;
		printf("%s %s \"" STR_FMT "\": %s, the oracle says " STR_FMT "\n", home, kind->type, STR_ARG(text), phone.e164,
		       STR_ARG(e164));
	}
}

static void check_line(struct str line)
{
	struct str c[COLUMNS] = { 0 };

	for (size_t i = 0; i < COLUMNS; i++)
		str_next(&line, '\t', &c[i]);
	for (size_t i = 2; i < COLUMNS; i++)
		check(c[0], c[1], c[2], c[i]);
}

int main(int argc, char **argv)
{
	auto_file FILE *file = argc == 2 ? fopen(argv[1], "re") : NULL;
	bool is_good = true;
	int n = 0, n_refused = 0;
	char line[MAX_LINE];

	if (file == NULL) {
		puts("usage: test_phone_examples EXAMPLES.tsv");
		return 2;
	}
	while (fgets(line, sizeof(line), file) != NULL)
		if (line[0] != '#')
			check_line((struct str){ line, strcspn(line, "\n") });
	for (size_t i = 0; i < countof(kinds); i++) {
		printf("%-12s %5d texts, %4d refused\n", kinds[i].type, kinds[i].n, kinds[i].n_refused);
		n += kinds[i].n;
		n_refused += kinds[i].n_refused;
		is_good &= kinds[i].n_refused == kinds[i].n_refused_expected;
	}
	printf("%d texts: %d read as the oracle does (%.1f %%), %d refused, %d read otherwise\n", n, n - n_refused - n_wrong,
	       100.0 * (n - n_refused - n_wrong) / n, n_refused, n_wrong);
	if (!is_good)
		puts("other counts than in docs/decisions/phone-numbers.md: look with ALL=1, then correct both");
	return is_good && n_wrong == 0 && n > 3000 ? 0 : 1;
}
