#include "conf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/mem.h"
#include "conf/diag.h"
#include "conf/paths.h"
#include "conf/read.h"

struct secret {
	size_t len;
	char bytes[];
};

struct secret *secret_create(struct str bytes)
{
	struct secret *secret = xcalloc(1, sizeof(*secret) + bytes.len + 1);

	secret->len = bytes.len;
	if (bytes.len > 0)
		memcpy(secret->bytes, bytes.ptr, bytes.len);
	return secret;
}

void secret_destroy(struct secret *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret->bytes, secret->len);
	free(secret);
}

struct str secret_bytes(const struct secret *secret)
{
	return secret ? (struct str){ secret->bytes, secret->len } : (struct str){ NULL, 0 };
}

bool secret_is(const struct secret *secret, struct str candidate)
{
	/* Lengths may differ in the open: what is secret is the text. No secret equals nothing. */
	return secret != NULL && secret->len == candidate.len &&
	       (secret->len == 0 || crypto_equal(secret->bytes, candidate.ptr, candidate.len));
}

/* What all the look-ups below need to know. */
struct lookup {
	const struct yaml_node *node;
	const char *path;
	struct diags *diags;
};

static bool has_only(struct str s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || strchr(allowed, s.ptr[i]) == NULL)
			return false;
	return s.len > 0;
}

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static struct secret *without_newline(struct str s)
{
	if (str_ends(s, STR("\n")))
		s.len--;
	if (str_ends(s, STR("\r")))
		s.len--;
	return secret_create(s);
}

static struct secret *read_secret(const struct lookup *l, int fd, const char *file)
{
	char bytes[SECRET_MAX_BYTES + 1];
	ssize_t n = read_up_to(fd, bytes, sizeof(bytes));
	struct secret *secret = NULL;

	if (n < 0)
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "%s cannot be read: %s", file,
			  strerror(errno));
	else if (n > SECRET_MAX_BYTES)
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path,
			  "%s is larger than %d KiB: that is no secret", file,
			  SECRET_MAX_BYTES >> 10);
	else
		secret = without_newline((struct str){ bytes, (size_t)n });
	explicit_bzero(bytes, sizeof(bytes));
	if (secret != NULL && secret->len == 0) {
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "%s is empty", file);
		secret_destroy(secret);
		return NULL;
	}
	return secret;
}

/* Ours alone, or anybody on the machine has it. Credentials of the service manager are exempt: it
 * guards their folder and may show an access list as group bits. */
static bool is_private(const struct lookup *l, const struct stat *st, const char *file)
{
	struct diag *d;

	if ((st->st_mode & 066) == 0)
		return true;
	d = diag_filef(l->diags, DIAG_ERROR, file,
		       "the file can be %s by others (mode %04o); chmod 600",
		       st->st_mode & 044 ? "read" : "changed", (unsigned)st->st_mode & 07777);
	diag_hintf(d, "it holds %s, see %s:%d:%d", l->path, yaml_name(l->node->doc),
		   l->node->at.line, l->node->at.column);
	return false;
}

static void report_unreadable(const struct lookup *l, const char *file, int why)
{
	struct diag *d = diag_addf(l->diags, DIAG_ERROR, l->node, l->path,
				   "%s cannot be read: %s", file, strerror(why));

	if (why == EACCES)
		diag_hintf(d, "it must belong to the user that the daemon runs as, mode 600");
}

enum guard { GUARD_MODE, GUARD_NONE };

/* False with nothing reported when there is no such file; else *out or a report. */
static bool open_secret(const struct lookup *l, const char *file, enum guard guard,
			struct secret **out)
{
	auto_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	*out = NULL;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return false;
	if (fd < 0 || fstat(fd, &st) != 0)
		report_unreadable(l, file, errno);
	else if (!S_ISREG(st.st_mode))
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "%s is not a regular file", file);
	else if (guard == GUARD_NONE || is_private(l, &st, file))
		*out = read_secret(l, fd, file);
	return true;
}

static struct secret *load_credential(const struct lookup *l, const struct secret_source *source)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	const char *name = l->node->text.ptr;
	auto_free char *ours = xasprintf("%s/%s", source->secrets_dir, name);
	struct secret *secret = NULL;
	struct diag *d;

	if (dir != NULL && dir[0] != '\0') {
		auto_free char *given = xasprintf("%s/%s", dir, name);

		if (open_secret(l, given, GUARD_NONE, &secret))
			return secret;
	}
	if (open_secret(l, ours, GUARD_MODE, &secret))
		return secret;
	d = diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "credential \"%s\" is not there", name);
	if (dir != NULL && dir[0] != '\0')
		diag_labelf(d, "looked in $CREDENTIALS_DIRECTORY and %s", source->secrets_dir);
	else
		diag_labelf(d, "looked in %s ($CREDENTIALS_DIRECTORY is not set)",
			    source->secrets_dir);
	diag_hintf(d, "make it:  (umask 077; mkdir -p %s; cat > %s)   type it, Enter, Ctrl-D",
		   source->secrets_dir, ours);
	return NULL;
}

static struct secret *load_file(const struct lookup *l)
{
	auto_free char *file = path_beside(yaml_name(l->node->doc), l->node->text.ptr);
	struct secret *secret = NULL;
	struct diag *d;

	if (open_secret(l, file, GUARD_MODE, &secret))
		return secret;
	d = diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "the file %s is not there", file);
	diag_hintf(d, "make it:  (umask 077; cat > %s)   type it, Enter, Ctrl-D", file);
	return NULL;
}

static struct secret *load_env(const struct lookup *l)
{
	const char *name = l->node->text.ptr;
	const char *value = getenv(name);
	struct diag *d;

	if (value != NULL && value[0] != '\0')
		return secret_create(str_from(value));
	d = diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "environment variable \"%s\" is %s",
		      name, value ? "empty" : "not set");
	diag_hintf(d, "set it where the daemon is started, or use !credential NAME");
	return NULL;
}

/* Tag and name alone, before anything is looked up. */
static bool check_reference(const struct lookup *l)
{
	struct str text = l->node->text;
	const char *tag = l->node->tag;
	char quoted[DIAG_QUOTE_SIZE];
	struct diag *d;

	if (tag == NULL) {
		d = diag_addf(l->diags, DIAG_ERROR, l->node, l->path,
			      "a secret cannot stand in the file (use !credential NAME)");
		diag_hintf(d, "!credential NAME, !file PATH or !env NAME say where it is");
		return false;
	}
	if (strcmp(tag, "!credential") == 0 &&
	    (!has_only(text, LETTERS DIGITS "._-@") || text.ptr[0] == '.')) {
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path,
			  "%s cannot name a credential (letters, digits, . _ - @)",
			  diag_quote(text, quoted));
		return false;
	}
	if (strcmp(tag, "!env") == 0 && !has_only(text, LETTERS DIGITS "_")) {
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path,
			  "%s cannot name an environment variable", diag_quote(text, quoted));
		return false;
	}
	if (text.len == 0 || str_chr(text, '\0') != STR_NONE) {
		diag_addf(l->diags, DIAG_ERROR, l->node, l->path, "%s is not a path",
			  diag_quote(text, quoted));
		return false;
	}
	return true;
}

struct secret *secret_load(const struct yaml_node *node, const char *path,
			   const struct secret_source *source, struct diags *diags)
{
	struct lookup l = { node, path, diags };

	if (node->kind != YAML_TEXT) {
		if (node->kind != YAML_BAD)
			diag_addf(diags, DIAG_ERROR, node, path,
				  "a secret cannot stand in the file (use !credential NAME)");
		return NULL;
	}
	if (!check_reference(&l))
		return NULL;
	if (source->is_dry)
		return secret_create((struct str){ NULL, 0 });
	if (strcmp(node->tag, "!credential") == 0)
		return load_credential(&l, source);
	if (strcmp(node->tag, "!file") == 0)
		return load_file(&l);
	return load_env(&l);
}
