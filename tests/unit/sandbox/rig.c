#include "rig.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct sandbox_conf conf = {
	.connectors = test_connectors, .warm_up = test_warm_up, .unpack = test_unpack,
};

void rig_setup(struct rig *rig, size_t n, int64_t timeout_us, unsigned max_messages)
{
	*rig = (struct rig){ 0 };
	rig->sb = sandbox_start(&conf, &rig->err);
	ck_assert_ptr_nonnull(rig->sb);
	rig->ps = parsers_create(rig->sb, n, timeout_us, max_messages);
}

void rig_teardown(struct rig *rig)
{
	arena_destroy(rig->arena);
	parsers_destroy(rig->ps);
	sandbox_stop(rig->sb);
}

bool rig_run(struct rig *rig, const struct connector *connector, const char *body,
	     const struct sandbox_sink *sink)
{
	const struct raw raw = {
		.id = STR("id"), .content_type = STR("text/plain"), .meta = STR("peer: x\n"),
		.body = str_from(body), .received_us = 1795324000000000,
	};

	arena_destroy(rig->arena);
	rig->arena = arena_create(16 << 20);
	rig->out = (struct interactions){ .arena = rig->arena, .max_items = 100 };
	rig->err = (struct err){ 0 };
	return parsers_normalize(rig->ps, connector, STR("conf"), &raw, &rig->out, sink,
				 &rig->verdict, &rig->err);
}

void rig_pass(struct rig *rig)
{
	if (!rig_run(rig, &connector_good, "hello", NULL))
		ck_abort_msg("a good message failed: %s", rig->err.msg);
	ck_assert_uint_eq(rig->out.n_items, 1);
	ck_assert(str_eq(rig->out.items[0].text, STR("hello")));
	ck_assert_uint_eq(rig->verdict.attempts, 1);
}

void rig_costs_one(struct rig *rig, const char *crime, enum parse_end end, enum err_kind kind,
		   const char *text)
{
	ck_assert(!rig_run(rig, &connector_evil, crime, NULL));
	ck_assert_str_eq(rig->err.msg, text);
	ck_assert_int_eq(rig->err.kind, kind);
	ck_assert_int_eq(rig->verdict.end, end);
	ck_assert_uint_eq(rig->verdict.attempts, end == PARSE_ANSWERED ? 1 : 2);
	ck_assert_uint_eq(rig->out.n_items, 0);
	ck_assert_ptr_null(rig->out.items);
	rig_pass(rig);
}

static bool is_child(const char *entry, pid_t parent, const char *name)
{
	auto_free char *path = xasprintf("/proc/%s/stat", entry);
	auto_file FILE *f = fopen(path, "r");
	char line[256] = "", *open, *close, state;
	int of;

	if (f == NULL || fgets(line, sizeof(line), f) == NULL)
		return false;
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (open == NULL || close == NULL || sscanf(close + 1, " %c %d", &state, &of) != 2)
		return false;
	*close = '\0';
	return of == (int)parent && state != 'Z' && strcmp(open + 1, name) == 0;
}

size_t rig_children(pid_t pid, const char *name, pid_t *found)
{
	struct dirent *entry;
	DIR *dir = opendir("/proc");
	size_t n = 0;

	while ((entry = readdir(dir)) != NULL)
		if (is_child(entry->d_name, pid, name)) {
			*found = (pid_t)strtol(entry->d_name, NULL, 10);
			n++;
		}
	closedir(dir);
	return n;
}
