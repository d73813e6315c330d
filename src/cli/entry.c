#include "cli/entry.h"

#include <stdio.h>
#include <time.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "model/parties_json.h"

enum { PREVIEW = 100, ENTRY_ARENA = 8 << 20 };

static void local_time(int64_t wall_us, char *out, size_t size)
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL || strftime(out, size, "%Y-%m-%d %H:%M", &tm) == 0)
		snprintf(out, size, "?");
}

static const char *arrow(enum direction d)
{
	switch (d) {
	case DIRECTION_IN: return "\xe2\x86\x99 in ";
	case DIRECTION_OUT: return "\xe2\x86\x97 out";
	default: return "\xc2\xb7    ";
	}
}

/* The first line's worth of text, cut at a character, control characters as blanks. */
static void put_preview(struct str s)
{
	size_t n = s.len;

	if (n > PREVIEW) {
		n = PREVIEW;
		while (n > 0 && ((unsigned char)s.ptr[n] & 0xc0) == 0x80)
			n--;
	}
	for (size_t i = 0; i < n; i++)
		putchar((unsigned char)s.ptr[i] < ' ' ? ' ' : s.ptr[i]);
	if (n < s.len)
		fputs("\xe2\x80\xa6", stdout);
}

static struct str who(const struct interaction *it)
{
	for (size_t i = 0; i < it->n_parties; i++) {
		const struct party *p = &it->parties[i];

		if (p->role == ROLE_FROM)
			return p->name.len ? p->name : p->n_ids ? p->ids[0].value : STR("");
	}
	return STR("");
}

bool entry_print(struct cli *cli, const struct interaction_row *row)
{
	struct arena *arena = arena_create(ENTRY_ARENA);
	struct interaction it = row->it;
	struct err ignored;
	char when[24];

	(void)cli;
	parties_json_parse(row->parties, &it, arena, &ignored);
	local_time(it.occurred_us, when, sizeof(when));
	printf("%s  %s  %-8s " STR_FMT, when, arrow(it.direction), channel_name(it.channel),
	       STR_ARG(row->connector_name));
	if (it.kind != KIND_MESSAGE)
		printf(" (%s)", kind_name(it.kind));
	printf("  ");
	put_preview(who(&it));
	printf("\n    ");
	if (it.subject.len > 0) {
		put_preview(it.subject);
		if (it.text.len > 0)
			printf(" \xe2\x80\x94 ");
	}
	put_preview(str_trim(it.text));
	putchar('\n');
	arena_destroy(arena);
	return ferror(stdout) == 0;
}

bool entry_print_dead(struct cli *cli, const struct dead_row *row)
{
	char when[24], id[ID_TEXT_SIZE];

	(void)cli;
	local_time(row->stub_us ? row->stub_us : row->received_us, when, sizeof(when));
	printf("%s  %s  %-8s " STR_FMT " (could not be read)  ", when, arrow(DIRECTION_IN), "email",
	       STR_ARG(row->connector_name));
	put_preview(row->stub_name.len ? row->stub_name : row->stub_address);
	printf("\n    ");
	put_preview(row->stub_subject);
	printf(" [" STR_FMT "; kept as %s]\n", STR_ARG(row->reason), id_format(row->id, "dl_", id));
	return ferror(stdout) == 0;
}
