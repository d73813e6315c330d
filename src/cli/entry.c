#include "cli/entry.h"

#include <stdio.h>

#include "base/id.h"
#include "cli/human.h"
#include "cli/plain.h"
#include "model/parties_json.h"

enum { PREVIEW = 100, ENTRY_ARENA = 8 << 20 };

static const char *arrow(enum direction d)
{
	switch (d) {
	case DIRECTION_IN: return "\xe2\x86\x99 in ";
	case DIRECTION_OUT: return "\xe2\x86\x97 out";
	default: return "\xc2\xb7    ";
	}
}

static void put_preview(struct str s)
{
	struct buf text;

	buf_init(&text, 8 * PREVIEW);
	plain_preview(&text, s, PREVIEW);
	printf(STR_FMT, STR_ARG(buf_str(&text)));
	buf_finish(&text);
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
	char when[HUMAN_SIZE];

	(void)cli;
	parties_json_parse(row->parties, &it, arena, &ignored);
	human_time(it.occurred_us, when);
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
	char when[HUMAN_SIZE], id[ID_TEXT_SIZE];

	(void)cli;
	human_time(row->stub_us ? row->stub_us : row->received_us, when);
	printf("%s  %s  %-8s " STR_FMT " (could not be read)  ", when, arrow(DIRECTION_IN), "email",
	       STR_ARG(row->connector_name));
	put_preview(row->stub_name.len ? row->stub_name : row->stub_address);
	printf("\n    ");
	put_preview(row->stub_subject);
	printf(" [");
	put_preview(row->reason);
	printf("; kept as %s]\n", id_format(row->id, "dl_", id));
	return ferror(stdout) == 0;
}
