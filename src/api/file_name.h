/* Files of strangers on their way to a browser. Pure. */
#pragma once

#include <daybook/str.h>

struct buf;

enum { FILE_NAME_MAX = 4096 };

/* attachment; filename*=UTF-8''…, without what could be taken for a path or turn the text around. */
void file_name_disposition(struct buf *out, struct str name);
/* By its first bytes: a picture that browsers show safely, else application/octet-stream. */
const char *file_name_type(struct str bytes);
