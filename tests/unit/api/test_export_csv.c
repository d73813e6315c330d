/* Cells and lines of CSV, as RFC 4180 and spreadsheets want them. */
#include "api/export_csv.h"
#include "base/json.h"
#include "base/mem.h"

#include "../check_main.h"

static const struct {
	const char *text, *cell;
} cells[] = {
	{ "", "\"\"" }, { "a,b", "\"a,b\"" }, { "say \"x\"", "\"say \"\"x\"\"\"" }, { "two\r\nlines", "\"two\r\nlines\"" },
	{ "=1+1", "\"'=1+1\"" }, { "+5511", "\"'+5511\"" }, { "-2", "\"'-2\"" }, { "@SUM(A1)", "\"'@SUM(A1)\"" }, { "\t=1", "\"'\t=1\"" },
	{ "\r=1", "\"'\r=1\"" }, { "a=1", "\"a=1\"" }, { "'=1", "\"'=1\"" },
};

START_TEST(a_cell_is_quoted_and_calculates_nothing)
{
	struct buf out;

	buf_init(&out, 1000);
	for (size_t i = 0; i < countof(cells); i++) {
		buf_clear(&out);
		export_csv_cell(&out, str_from(cells[i].text));
		ck_assert_msg(str_eq(buf_str(&out), str_from(cells[i].cell)), STR_FMT, STR_ARG(buf_str(&out)));
	}
	buf_finish(&out);
}
END_TEST

static void line_is(enum export_what what, const char *json, const char *line)
{
	struct err err;
	struct json_object *value = json_parse(str_from(json), 10, 1000, &err);
	struct buf out;

	ck_assert_ptr_nonnull(value);
	buf_init(&out, 10000);
	ck_assert(export_csv_line(what, value, &out));
	ck_assert_msg(str_eq(buf_str(&out), str_from(line)), STR_FMT, STR_ARG(buf_str(&out)));
	buf_finish(&out);
	json_free(value);
}

START_TEST(a_line_has_a_cell_for_each_column)
{
	struct buf head;

	buf_init(&head, 1000);
	export_csv_head(EXPORT_CONTACTS, &head);
	ck_assert(str_eq(buf_str(&head), STR("\"id\",\"name\",\"company\",\"identities\",\"owner\",\"first_at\",\"last_at\"\r\n")));
	buf_finish(&head);
	line_is(EXPORT_CONTACTS, "{}", "\"\",\"\",\"\",\"\",\"\",\"\",\"\"\r\n");
	line_is(EXPORT_CONTACTS,
		"{\"id\":\"con_1\",\"name\":\"Zé, o \\\"Bom\\\"\",\"company\":null,\"identities\":[{\"value\":\"a@b.example\"},{\"value\":\"+5511\"}],\"owner\":\"Ana\"}",
		"\"con_1\",\"Zé, o \"\"Bom\"\"\",\"\",\"a@b.example; +5511\",\"Ana\",\"\",\"\"\r\n");
	line_is(EXPORT_INTERACTIONS,
		"{\"id\":\"int_1\",\"subject\":\"=x\",\"text\":\"hi\",\"participants\":[{\"role\":\"from\",\"name\":\"Zé\",\"identity\":{\"value\":\"a@b.example\"},"
		"\"contact\":\"con_1\"},{\"role\":\"to\",\"name\":null,\"identity\":{\"value\":\"s@acme.example\"},\"contact\":null},{\"role\":\"cc\",\"name\":\"Eva\","
		"\"identity\":null}],\"attachments\":[{\"name\":\"a.pdf\"},{\"name\":null}]}",
		"\"int_1\",\"\",\"\",\"\",\"\",\"Zé <a@b.example>\",\"s@acme.example; Eva\",\"'=x\",\"hi\",\"a.pdf\",\"con_1\",\"\"\r\n");
}
END_TEST

RUN("export_csv", a_cell_is_quoted_and_calculates_nothing, a_line_has_a_cell_for_each_column)
