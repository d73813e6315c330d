#include "api/stats.h"

#include <stdlib.h>

#include "api/route.h"
#include "base/buf.h"
#include "base/mem.h"

enum { CLASSES = 5, BUCKETS = 8 };

static const int64_t bounds_us[BUCKETS - 1] = { 1000, 5000, 25000, 100000, 250000, 1000000, 5000000 };

struct row {
	uint64_t by_class[CLASSES], buckets[BUCKETS];
	int64_t took_us;
};

struct stats {
	size_t n;
	struct row rows[];		/* one a route, in its order */
};

static size_t n_routes(void)
{
	size_t n = 0;

	while (api_routes[n].method != NULL)
		n++;
	return n;
}

struct stats *stats_create(void)
{
	struct stats *s = xcalloc(1, sizeof(*s) + n_routes() * sizeof(s->rows[0]));

	s->n = n_routes();
	return s;
}

void stats_destroy(struct stats *s)
{
	free(s);
}

void stats_note(struct stats *s, const struct api_route *route, int status, int64_t took_us)
{
	struct row *row = &s->rows[route - api_routes];
	size_t i = 0;

	while (i < BUCKETS - 1 && took_us > bounds_us[i])
		i++;
	row->buckets[i]++;
	row->took_us += took_us;
	row->by_class[status / 100 - 1]++;
}

static void put_counts(const struct stats *s, struct buf *out)
{
	buf_addf(out, "# HELP daybook_api_requests_total Requests to the API, by route and class of status.\n"
		      "# TYPE daybook_api_requests_total counter\n");
	for (const struct api_route *r = api_routes; r < api_routes + s->n; r++)
		for (int i = 0; i < CLASSES; i++)
			if (s->rows[r - api_routes].by_class[i] > 0)
				buf_addf(out, "daybook_api_requests_total{route=\"%s\",method=\"%s\",code=\"%dxx\"} %llu\n", r->path,
					 r->method, i + 1, (unsigned long long)s->rows[r - api_routes].by_class[i]);
}

static void put_times(const struct row *row, const struct api_route *r, struct buf *out)
{
	uint64_t sum = 0;

	for (int i = 0; i < BUCKETS; i++) {
		sum += row->buckets[i];
		buf_addf(out, "daybook_api_request_duration_seconds_bucket{route=\"%s\",method=\"%s\",le=\"", r->path, r->method);
		if (i == BUCKETS - 1)
			buf_addf(out, "+Inf\"} %llu\n", (unsigned long long)sum);
		else
			buf_addf(out, "%g\"} %llu\n", (double)bounds_us[i] / 1e6, (unsigned long long)sum);
	}
	buf_addf(out, "daybook_api_request_duration_seconds_sum{route=\"%s\",method=\"%s\"} %.6f\n"
		      "daybook_api_request_duration_seconds_count{route=\"%s\",method=\"%s\"} %llu\n",
		 r->path, r->method, (double)row->took_us / 1e6, r->path, r->method, (unsigned long long)sum);
}

void stats_put(const struct stats *s, struct buf *out)
{
	put_counts(s, out);
	buf_addf(out, "# HELP daybook_api_request_duration_seconds From the whole request to its answer.\n"
		      "# TYPE daybook_api_request_duration_seconds histogram\n");
	for (const struct api_route *r = api_routes; r < api_routes + s->n; r++)
		if (s->rows[r - api_routes].buckets[0] > 0 || s->rows[r - api_routes].took_us > 0)
			put_times(&s->rows[r - api_routes], r, out);
}
