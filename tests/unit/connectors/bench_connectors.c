/* CPU time of one normalize(): bench_connectors FILE…, each a body; a path with "/form" is a form's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "form.h"
#include "host_double.h"
#include "whatsapp.h"

enum { RUNS_FOR = CLOCKS_PER_SEC / 2, MAX_ARENA = 64 << 20, MAX_ITEMS = 100 * 1000 };

static bool run(const char *path, const struct raw *raw)
{
	static const struct whatsapp_conf whatsapp;
	static const struct form_conf form;
	struct interactions out = { .arena = arena_create(MAX_ARENA), .max_items = MAX_ITEMS };
	struct err err = { 0 };
	bool is_form = strstr(path, "/form") != NULL;
	bool ok = is_form ? form_normalize(&form, raw, &out, &err) :
			    whatsapp_normalize(&whatsapp, raw, &out, &err);

	if (!ok)
		fprintf(stderr, "%s: %s\n", path, err.msg);
	arena_destroy(out.arena);
	return ok;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct raw raw = { .received_us = clock_wall_us() };
		size_t size;
		char *body = file_load(argv[i], &size);
		clock_t start = clock(), now;
		int n = 0;

		raw.body = (struct str){ body, size };
		raw.content_type = strstr(argv[i], ".txt") ? STR("application/x-www-form-urlencoded") :
							     STR("application/json");
		do {
			if (!run(argv[i], &raw))
				break;
			n++;
			now = clock();
		} while (now - start < RUNS_FOR);
		if (n > 0)
			printf("%10.2f us  %8zu bytes  %s\n", 1e6 * (double)(now - start) / CLOCKS_PER_SEC / n, size, argv[i]);
		free(body);
	}
	return 0;
}
