#include "cli/backup_show.h"

#include "backup/manifest.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "cli/show.h"

enum { MAX_LINE = 64 << 10 };

void backup_show_json(const char *path, const struct manifest *head)
{
	char at[CLOCK_TEXT_SIZE];
	struct json_writer w;
	struct buf line;

	buf_init(&line, MAX_LINE);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member(&w, "path", str_from(path));
	json_member(&w, "taken_at", str_from(clock_format(head->taken_us, at)));
	json_member(&w, "version", str_from(head->version));
	json_member_int(&w, "schema", head->schema);
	json_member_int(&w, "files", head->n_files);
	json_member_int(&w, "bytes", head->bytes);
	json_member_int(&w, "received", head->received);
	json_close(&w, '}');
	show_line(&line);
	buf_finish(&line);
}
