#include "cli/columns.h"

#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/cli.h"
#include "cli/human.h"
#include "cli/plain.h"

enum { MAX_CELL = 1 << 20 };

struct table {
	struct libscols_table *scols;
	struct libscols_line *line;
	size_t column;
	bool is_terminal;
};

struct table *table_create(const char *const *heads)
{
	struct table *t = xnew(struct table);

	t->is_terminal = cli_is_terminal();
	t->scols = scols_new_table();
	scols_table_enable_colors(t->scols, cli_has_colors());
	scols_table_enable_noheadings(t->scols, !t->is_terminal);
	for (; *heads != NULL; heads++) {
		const char *name = *heads;
		int flags = 0;

		if (*name == '>' || *name == '~')
			flags = *name++ == '>' ? SCOLS_FL_RIGHT : SCOLS_FL_TRUNC;
		scols_table_new_column(t->scols, name, 0, t->is_terminal ? flags : 0);
	}
	return t;
}

void table_destroy(struct table *t)
{
	if (t == NULL)
		return;
	scols_unref_table(t->scols);
	free(t);
}

void table_row(struct table *t)
{
	t->line = scols_table_new_line(t->scols, NULL);
	t->column = 0;
}

void table_str(struct table *t, struct str s)
{
	struct buf text;

	buf_init(&text, MAX_CELL);
	plain_line(&text, s);
	/* Takes it. */
	scols_line_refer_data(t->line, t->column++, text.len ? buf_steal(&text) : xstrdup(""));
	buf_finish(&text);
}

void table_int(struct table *t, int64_t n)
{
	scols_line_refer_data(t->line, t->column++, xasprintf("%lld", (long long)n));
}

void table_time(struct table *t, int64_t wall_us)
{
	char text[HUMAN_SIZE];

	table_str(t, str_from(human_time(wall_us, text)));
}

void table_color(struct table *t, const char *color)
{
	if (t->is_terminal)
		scols_cell_set_color(scols_line_get_cell(t->line, t->column - 1), color);
}

void table_print(struct table *t)
{
	if (t->is_terminal) {
		if (scols_table_get_nlines(t->scols) > 0)
			scols_print_table(t->scols);
		return;
	}
	/* Tab-separated by ourselves: libsmartcols pads, which scripts do not want. */
	for (size_t i = 0; i < scols_table_get_nlines(t->scols); i++) {
		struct libscols_line *line = scols_table_get_line(t->scols, i);

		for (size_t c = 0; c < scols_table_get_ncols(t->scols); c++) {
			const char *text = scols_cell_get_data(scols_line_get_cell(line, c));

			printf("%s%s", c ? "\t" : "", text ? text : "");
		}
		putchar('\n');
	}
}
