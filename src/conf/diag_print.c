#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "conf/diag.h"
#include "conf/yaml_doc.h"

static const char *severity_name(const struct diag *d)
{
	return d->severity == DIAG_ERROR ? "error" : "warning";
}

void diag_print_line(const struct diag *d, struct buf *out)
{
	buf_addf(out, "%s:%d:%d: %s: ", d->file, d->at.line, d->at.column, severity_name(d));
	if (d->path[0] != '\0')
		buf_addf(out, "%s: ", d->path);
	buf_addf(out, "%s\n", d->text);
}

static void print(const struct diag *d, struct buf *out)
{
	char number[16];
	int width = snprintf(number, sizeof(number), "%d", d->at.line);

	width = width < 3 ? 3 : width;
	diag_print_line(d, out);
	if (d->source != NULL) {
		buf_addf(out, "%*d | %s\n", width, d->at.line, d->source);
		buf_addf(out, "%*s | %s%s%s\n", width, "", d->carets, d->label ? " " : "",
			 d->label ? d->label : "");
	} else if (d->label != NULL) {
		buf_addf(out, "%*s = %s\n", width, "", d->label);
	}
	if (d->hint != NULL)
		buf_addf(out, "%*s = %s\n", width, "", d->hint);
}

void diags_print(const struct diags *diags, struct buf *out)
{
	for (size_t i = 0; i < diags_count(diags); i++)
		print(diags_at(diags, i), out);
}

static void print_json(const struct diag *d, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "file", str_from(d->file));
	json_member_int(&w, "line", d->at.line);
	json_member_int(&w, "column", d->at.column);
	json_member_int(&w, "end_line", d->at.end_line);
	json_member_int(&w, "end_column", d->at.end_column);
	json_member(&w, "severity", str_from(severity_name(d)));
	json_member_or_null(&w, "path", str_from(d->path));
	json_member(&w, "message", str_from(d->text));
	json_member_or_null(&w, "label", str_from(d->label));
	json_member_or_null(&w, "hint", str_from(d->hint));
	json_close(&w, '}');
	buf_addc(out, '\n');
}

void diags_print_json(const struct diags *diags, struct buf *out)
{
	for (size_t i = 0; i < diags_count(diags); i++)
		print_json(diags_at(diags, i), out);
}

/* Cut at this many bytes, before the dots and the closing quote. */
enum { QUOTE_ROOM = DIAG_QUOTE_SIZE - 8 };

const char *diag_quote(struct str text, char out[DIAG_QUOTE_SIZE])
{
	size_t len = 0, n;

	out[len++] = '"';
	for (; text.len > 0; text = str_sub(text, n, text.len)) {
		n = yaml_char_length(text);
		if (len + (n ? n : 3) > QUOTE_ROOM)
			break;
		/* C0, DEL, C1 and what is not UTF-8 must not reach a terminal. */
		if (n == 0 || (unsigned char)text.ptr[0] < 0x20 || text.ptr[0] == 0x7f ||
		    (n == 2 && text.ptr[0] == '\xc2' && (unsigned char)text.ptr[1] < 0xa0)) {
			memcpy(out + len, "\xef\xbf\xbd", 3);
			len += 3;
			n = n ? n : 1;
			continue;
		}
		memcpy(out + len, text.ptr, n);
		len += n;
	}
	if (text.len > 0) {
		memcpy(out + len, "…", 3);
		len += 3;
	}
	out[len++] = '"';
	out[len] = '\0';
	return out;
}

const char *diag_quote_name(struct str name, char out[DIAG_QUOTE_SIZE])
{
	size_t colon = str_chr(name, ':');

	return diag_quote(colon == STR_NONE ? name : str_sub(name, 0, colon + 1), out);
}
