/* Lines of RFC 4180 out of the JSON that the API answers with, so that both show the same. Pure. */
#pragma once

#include "base/buf.h"

struct json_object;

enum export_what { EXPORT_CONTACTS, EXPORT_INTERACTIONS };

void export_csv_head(enum export_what what, struct buf *out);
bool export_csv_line(enum export_what what, struct json_object *value, struct buf *out);	/* false: a cell of more than 64 MiB */
/* One cell. What a spreadsheet would take for a formula gets an apostrophe before it (owasp.org, CSV Injection). */
void export_csv_cell(struct buf *out, struct str text);
