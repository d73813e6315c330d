/* How long a message takes to a parser and back: `ninja -C build tests/unit/sandbox/bench_parse`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "sandbox/parse.h"
#include "sandbox/spawn.h"

#include "connectors.h"

enum { MESSAGES = 20000, BODY = 20000 };

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t send_one(struct parsers *ps, const struct connector *connector, const struct raw *raw)
{
	struct interactions out = { .arena = arena_create(16 << 20), .max_items = 10 };
	struct parse_verdict verdict;
	struct err err = { 0 };
	int64_t since = clock_mono_us();

	if (!parsers_normalize(ps, connector, STR("conf"), raw, &out, NULL, &verdict, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(1);
	}
	arena_destroy(out.arena);
	return clock_mono_us() - since;
}

static void run(struct sandbox *sb, const struct connector *connector, unsigned max_messages, int n)
{
	struct parsers *ps = parsers_create(sb, 1, 0, max_messages);
	const struct raw raw = { .body = { xcalloc(1, BODY + 1), BODY } };
	int64_t *took = xcalloc((size_t)n, sizeof(*took)), since = clock_mono_us();

	memset((char *)raw.body.ptr, 'x', BODY);
	for (int i = 0; i < n; i++)
		took[i] = send_one(ps, connector, &raw);
	since = clock_mono_us() - since;
	qsort(took, (size_t)n, sizeof(*took), compare);
	printf("%s: %d bytes, %u messages a process: median %d us, p99 %d us, %.0f a second\n",
	       connector->name, BODY,
	       max_messages, (int)took[n / 2], (int)took[n * 99 / 100], n * 1e6 / (double)since);
	free(took);
	free((char *)raw.body.ptr);
	parsers_destroy(ps);
}

int main(void)
{
	const struct sandbox_conf conf = {
		.connectors = test_connectors, .warm_up = test_warm_up, .unpack = test_unpack,
	};
	struct err err;
	struct sandbox *sb = sandbox_start(&conf, &err);

	if (sb == NULL)
		return 1;
	run(sb, &connector_trivial, PARSERS_MAX_MESSAGES, MESSAGES);
	run(sb, &connector_good, PARSERS_MAX_MESSAGES, MESSAGES);
	run(sb, &connector_trivial, 1, MESSAGES / 40);
	sandbox_stop(sb);
	return 0;
}
