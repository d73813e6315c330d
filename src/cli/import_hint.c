#include "cli/import_hint.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/folders.h"
#include "imap/mutf7.h"

enum { MAX_NAME = 4096 };

static bool is_aside_name(struct str name)
{
	return folder_attr_of_name(name) & (FOLDER_DRAFTS | FOLDER_TRASH | FOLDER_JUNK);
}

/* ".INBOX.Sent" → "INBOX.Sent" and '.'; "INBOX/Sent" and '/'. Of "team/.Sent" what is behind the slash. */
static struct str parts_of(struct str path, char *delimiter)
{
	size_t slash = str_rchr(path, '/');
	struct str last = slash == STR_NONE ? path : str_sub(path, slash + 1, path.len);

	*delimiter = '/';
	if (!str_starts(last, STR(".")))
		return path;
	*delimiter = '.';
	return str_sub(last, 1, last.len);
}

static bool is_top(struct str parent)
{
	return parent.len == 0 || str_ieq(parent, STR("INBOX")) || str_ieq(parent, STR("[Gmail]")) ||
	       str_ieq(parent, STR("[Google Mail]"));
}

/* At the top, or right below INBOX or Gmail's root: "Projects/Sent" of a person who files by project is no
 * folder of sent mail. */
enum import_hint import_hint_of_path(struct str path)
{
	enum import_hint hint = IMPORT_HINT_NONE;
	struct str text, last;
	struct buf label;
	char delimiter;
	size_t at;

	buf_init(&label, MAX_NAME);
	mutf7_decode(parts_of(path, &delimiter), &label);
	text = buf_str(&label);
	at = str_rchr(text, delimiter);
	last = at == STR_NONE ? text : str_sub(text, at + 1, text.len);
	if (is_top(str_sub(text, 0, at == STR_NONE ? 0 : at)) && last.len > 0) {
		if (folder_attr_of_name(last) == FOLDER_SENT)
			hint = IMPORT_HINT_SENT;
		else if (str_ieq(last, STR("INBOX")))
			hint = IMPORT_HINT_INBOX;
	}
	buf_finish(&label);
	return hint;
}

bool import_is_aside_path(struct str path)
{
	struct str rest, part;
	struct buf label;
	char delimiter;
	bool is_aside = false;

	buf_init(&label, MAX_NAME);
	mutf7_decode(parts_of(path, &delimiter), &label);
	rest = buf_str(&label);
	while (!is_aside && str_next(&rest, delimiter, &part))
		is_aside = is_aside_name(part);
	buf_finish(&label);
	return is_aside;
}

/* The last part of a path, without slashes at its end. */
static struct str last_part(const char *path)
{
	struct str s = str_from(path);
	size_t slash;

	while (s.len > 1 && s.ptr[s.len - 1] == '/')
		s.len--;
	slash = str_rchr(s, '/');
	return slash == STR_NONE ? s : str_sub(s, slash + 1, s.len);
}

enum import_hint import_hint_of_root(const char *path)
{
	return import_hint_of_path(last_part(path)) == IMPORT_HINT_SENT ? IMPORT_HINT_SENT : IMPORT_HINT_INBOX;
}

enum import_hint import_hint_of_file(const char *path)
{
	static const char *const ends[] = { ".mbox", ".mbx", ".eml", ".sbd" };
	struct str name = last_part(path);

	for (size_t i = 0; i < countof(ends); i++)
		if (str_iends(name, str_from(ends[i])))
			name.len -= strlen(ends[i]);
	return import_hint_of_path(name);
}
