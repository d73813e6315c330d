#include "cli/columns.h"

#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

struct table {
	struct libscols_table *scols;
	struct libscols_line *line;
	size_t column;
	bool is_terminal;
};

struct table *table_create(const char *const *heads)
{
	struct table *t = xnew(struct table);

	t->is_terminal = isatty(STDOUT_FILENO);
	t->scols = scols_new_table();
	scols_table_enable_noheadings(t->scols, !t->is_terminal);
	if (!t->is_terminal) {
		scols_table_enable_raw(t->scols, 0);
		scols_table_set_column_separator(t->scols, "\t");
		scols_table_enable_noencoding(t->scols, 1);
	}
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
	char *text = xstrndup(s.len ? s.ptr : "", s.len);

	for (char *c = text; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	scols_line_refer_data(t->line, t->column++, text);	/* takes it */
}

void table_int(struct table *t, int64_t n)
{
	scols_line_refer_data(t->line, t->column++, xasprintf("%lld", (long long)n));
}

void table_time(struct table *t, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / US_PER_S);
	char text[32] = "-";
	struct tm tm;

	if (wall_us != 0 && localtime_r(&seconds, &tm) != NULL)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M", &tm);
	table_str(t, str_from(text));
}

void table_print(struct table *t)
{
	if (t->is_terminal) {
		scols_print_table(t->scols);
		return;
	}
	/* Tab-separated by ourselves: libsmartcols pads, scripts do not want that. */
	for (size_t i = 0; i < scols_table_get_nlines(t->scols); i++) {
		struct libscols_line *line = scols_table_get_line(t->scols, i);

		for (size_t c = 0; c < scols_table_get_ncols(t->scols); c++) {
			const char *text = scols_cell_get_data(scols_line_get_cell(line, c));

			printf("%s%s", c ? "\t" : "", text ? text : "");
		}
		putchar('\n');
	}
}
