/* libyaml's complaints in words that help. */
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "conf/diag.h"
#include "conf/yaml.h"
#include "conf/yaml_doc.h"

static int column_of(struct str line, size_t offset)
{
	int column = 1;

	for (size_t i = 0; i < offset; i++)
		column += ((unsigned char)line.ptr[i] & 0xc0) != 0x80;
	return column;
}

static bool is_reference(struct str value)
{
	value = str_trim(value);
	return str_starts(value, STR("!credential ")) || str_starts(value, STR("!file ")) ||
	       str_starts(value, STR("!env "));
}

/* Behind which colon of the line does something secret stand? Column of the first such value, 0: none. */
static int secret_column(struct str line)
{
	for (size_t from = 0, n; from < line.len; from += n + 1) {
		n = str_chr(str_sub(line, from, line.len), ':');
		if (n == STR_NONE)
			return 0;
		if (yaml_sounds_secret(str_trim(str_sub(line, from, n))) &&
		    !is_reference(str_sub(line, from + n + 1, line.len)))
			return column_of(line, from + n) + 1;
	}
	return 0;
}

static size_t indent_of(struct str line)
{
	size_t n = 0;

	while (n < line.len && (line.ptr[n] == ' ' || line.ptr[n] == '\t'))
		n++;
	return n;
}

/* The file does not parse, so no tree says which text belongs to which key: go by the look of the
 * lines. The wrong one may go on with a secret that began above it: on the nearest line with a colon,
 * or on one that is indented less. From there to its end all is hidden. */
static void hide_around(struct yaml_doc *doc, int line)
{
	size_t indent = indent_of(yaml_line(doc, line));
	bool has_seen_colon = false;

	for (int at = line; at >= 1 && (at == line || !has_seen_colon || indent > 0); at--) {
		struct str s = yaml_line(doc, at);
		int column;

		if (str_trim(s).len == 0 ||
		    (at < line && has_seen_colon && indent_of(s) >= indent))
			continue;
		column = secret_column(s);
		if (column > 0) {
			yaml_hide_place(doc, (struct yaml_place){ at, column, line, INT32_MAX });
			return;
		}
		indent = indent_of(s) < indent ? indent_of(s) : indent;
		has_seen_colon = has_seen_colon || (at < line && str_chr(s, ':') != STR_NONE);
	}
}

struct advice {
	const char *problem, *text, *hint;
};

static const struct advice advices[] = {
	{ "mapping values are not allowed in this context", "a \"name: value\" cannot stand here",
	  "check the indentation; a value with \": \" inside must be quoted" },
	{ "did not find expected key", "this does not fit what stands around it",
	  "check the indentation of this line and the one before it, and the quotes" },
	{ "did not find expected '-' indicator", "a list item (\"- …\") is expected here",
	  "check the indentation of this line and the one before it" },
	{ "could not find expected ':'", "a name without a colon",
	  "each line is \"name: value\"; the colon is followed by a space" },
	{ "did not find expected ',' or ']'", "the list is not closed", "a ] or , is missing" },
	{ "did not find expected ',' or '}'", "the map is not closed", "a } or , is missing" },
	{ "found unexpected end of stream", "the quote is never closed",
	  "the file ends before the closing quote" },
	{ "did not find expected alphabetic or numeric character",
	  "a value cannot begin with this character", "put the value in quotes" },
	{ "found undefined tag handle", "this tag means nothing here",
	  "the tags are !credential NAME, !file PATH and !env NAME; quote text that begins with !" },
	{ "found unknown escape character", "a backslash followed by this means nothing in \"…\"",
	  "write \\\\ for a backslash, or use '…'" },
	{ "control characters are not allowed", "a control character", "remove it" },
};

static const struct advice *find_advice(const char *problem)
{
	for (size_t i = 0; i < countof(advices); i++)
		if (strcmp(advices[i].problem, problem) == 0)
			return &advices[i];
	return NULL;
}

static struct yaml_place place_of(yaml_mark_t mark)
{
	int line = (int)mark.line + 1, column = (int)mark.column + 1;

	return (struct yaml_place){ line, column, line, column + 1 };
}

/* Where to point: at what was opened and never closed rather than at the end of the file. */
static struct yaml_place where(struct yaml_doc *doc, const yaml_parser_t *p)
{
	bool is_unclosed = p->problem != NULL &&
			   (strstr(p->problem, "end of stream") || strstr(p->problem, "' or '"));

	if (p->error == YAML_READER_ERROR)
		return yaml_place_of(doc, p->problem_offset);
	if (p->context != NULL &&
	    (is_unclosed || strcmp(p->context, "while scanning a simple key") == 0 ||
	     strcmp(p->context, "while scanning an alias") == 0))
		return place_of(p->context_mark);
	return place_of(p->problem_mark);
}

static void report_character(struct yaml_doc *doc, struct yaml_place at, struct diags *diags)
{
	struct str line = yaml_line(doc, at.line);
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d;
	size_t n;

	for (int i = 1; i < at.column && line.len > 0; i++)
		line = str_sub(line, yaml_char_length(line), line.len);
	n = yaml_char_length(line);
	if (line.len > 0 && line.ptr[0] == '\t') {
		d = diag_placef(diags, DIAG_ERROR, doc, at, NULL, "a tab cannot indent YAML");
		diag_hintf(d, "use spaces");
		return;
	}
	d = diag_placef(diags, DIAG_ERROR, doc, at, NULL, "a value cannot begin with %s",
			diag_quote(str_sub(line, 0, n), quoted));
	diag_hintf(d, "put the value in quotes");
}

void yaml_report_syntax(struct yaml_doc *doc, const struct yaml_parser_s *parser,
			struct diags *diags)
{
	struct yaml_place at = where(doc, parser);
	const char *problem = parser->problem ? parser->problem : "out of memory";
	const struct advice *advice = find_advice(problem);
	struct diag *d;

	hide_around(doc, at.line);
	if (strcmp(problem, "found character that cannot start any token") == 0) {
		report_character(doc, at, diags);
		return;
	}
	if (advice == NULL) {
		diag_placef(diags, DIAG_ERROR, doc, at, NULL, "not YAML: %s%s%s", problem,
			    parser->context ? ", " : "", parser->context ? parser->context : "");
		return;
	}
	d = diag_placef(diags, DIAG_ERROR, doc, at, NULL, "%s", advice->text);
	diag_hintf(d, "%s", advice->hint);
}
