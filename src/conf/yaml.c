#include "conf/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "conf/diag.h"
#include "conf/read.h"
#include "conf/yaml_doc.h"

enum { ARENA_BYTES = 64 << 20 };

static struct yaml_doc *doc_create(const char *name, char *bytes, size_t len)
{
	static const struct str bom = { "\xef\xbb\xbf", 3 };
	struct yaml_doc *doc = xnew(struct yaml_doc);

	doc->name = xstrdup(name);
	doc->bytes = bytes;
	doc->text = (struct str){ bytes, len };
	if (str_starts(doc->text, bom))
		doc->text = str_sub(doc->text, bom.len, len);
	doc->arena = arena_create(ARENA_BYTES);
	return doc;
}

void yaml_destroy(struct yaml_doc *doc)
{
	if (doc == NULL)
		return;
	/* It may hold a secret somebody wrote where none belongs. */
	if (doc->bytes != NULL && doc->text.len > 0)
		explicit_bzero((char *)doc->text.ptr, doc->text.len);
	free(doc->bytes);
	free(doc->name);
	free(doc->line_starts);
	free(doc->hidden);
	arena_destroy(doc->arena);
	free(doc);
}

size_t yaml_char_length(struct str s)
{
	for (size_t n = 1; n <= 4 && n <= s.len; n++)
		if (str_is_utf8(str_sub(s, 0, n)))
			return n;
	return 0;
}

/* libyaml would take UTF-16 and stops at a NUL as if the file ended there. */
static bool check_bytes(struct yaml_doc *doc, struct diags *diags)
{
	struct str s = doc->text;
	struct diag *d;
	size_t at = 0, n;

	if (str_is_utf8(s))
		return true;
	if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff"))) {
		d = diag_filef(diags, DIAG_ERROR, doc->name, "the file is UTF-16, not UTF-8");
		diag_hintf(d, "save it as UTF-8, or: iconv -f UTF-16 -t UTF-8");
		return false;
	}
	while ((n = yaml_char_length(str_sub(s, at, s.len))) > 0)
		at += n;
	if (s.ptr[at] == '\0') {
		diag_placef(diags, DIAG_ERROR, doc, yaml_place_of(doc, at), NULL,
			    "a NUL byte: this is not a text file");
		return false;
	}
	d = diag_placef(diags, DIAG_ERROR, doc, yaml_place_of(doc, at), NULL,
			"byte 0x%02x is not UTF-8", (unsigned char)s.ptr[at]);
	diag_hintf(d, "save the file as UTF-8");
	return false;
}

static struct yaml_doc *parse(struct yaml_doc *doc, struct diags *diags)
{
	if (doc->text.len == 0)
		return doc;
	doc->is_broken = !check_bytes(doc, diags) || !yaml_build(doc, diags);
	if (doc->is_broken)
		doc->root = NULL;
	return doc;
}

struct yaml_doc *yaml_parse(const char *name, struct str text, struct diags *diags)
{
	struct yaml_doc *doc = doc_create(name, xstrndup(text.ptr, text.len), text.len);

	if (text.len > YAML_MAX_BYTES) {
		diag_filef(diags, DIAG_ERROR, name, "the file is larger than %d MiB",
			   YAML_MAX_BYTES >> 20);
		doc->is_broken = true;
		return doc;
	}
	return parse(doc, diags);
}

/* Why the open file cannot be read as a configuration, NULL when it can. */
static const char *unsuitable(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "it is a directory";
	if (!S_ISREG(st.st_mode))
		return "it is not a regular file";
	return NULL;
}

struct yaml_doc *yaml_load(const char *path, struct diags *diags)
{
	/* Non-blocking, so that a FIFO in connectors.d cannot hold us. */
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	auto_free char *bytes = NULL;
	const char *why = fd < 0 ? strerror(errno) : unsuitable(fd);
	char *taken;
	ssize_t n;

	diags_file(diags, path);
	if (why != NULL) {
		diag_filef(diags, DIAG_ERROR, path, "cannot be read: %s", why);
		return NULL;
	}
	bytes = xcalloc(YAML_MAX_BYTES + 2, 1);
	n = read_up_to(fd, bytes, YAML_MAX_BYTES + 1);
	if (n < 0) {
		diag_filef(diags, DIAG_ERROR, path, "cannot be read: %s", strerror(errno));
		return NULL;
	}
	if (n > YAML_MAX_BYTES) {
		diag_filef(diags, DIAG_ERROR, path, "the file is larger than %d MiB",
			   YAML_MAX_BYTES >> 20);
		return NULL;
	}
	taken = xrealloc(bytes, (size_t)n + 1, 1);
	bytes = NULL;
	return parse(doc_create(path, taken, (size_t)n), diags);
}

const char *yaml_name(const struct yaml_doc *doc)
{
	return doc->name;
}

struct yaml_node *yaml_root(const struct yaml_doc *doc)
{
	return doc->root;
}

bool yaml_is_broken(const struct yaml_doc *doc)
{
	return doc->is_broken;
}

struct yaml_node *yaml_find(const struct yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != YAML_MAP)
		return NULL;
	for (size_t i = 0; i < map->n_items; i++)
		if (map->items[i]->key->kind == YAML_TEXT && !map->items[i]->key->is_repeat &&
		    str_eq(map->items[i]->key->text, str_from(key)))
			return map->items[i];
	return NULL;
}

bool yaml_is_nothing(const struct yaml_node *node)
{
	return node->kind == YAML_TEXT && node->is_plain && node->text.len == 0 &&
	       node->tag == NULL;
}
