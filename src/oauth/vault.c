#include "oauth/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "base/seal.h"

enum { MAX_FILE = 256 << 10 };

static const struct str magic = { "daybook token 1\n", 16 };

struct vault {
	char *parent, *dir;		/* <storage.path>, and oauth in it */
	unsigned char key[SEAL_KEY_SIZE];
	bool has_secret;		/* key is made of storage.key; else it is read each time */
	int refs;
};

struct vault *vault_create(const char *dir, const struct secret *secret)
{
	struct vault *vault = xnew(struct vault);

	vault->parent = xstrdup(dir);
	vault->dir = xasprintf("%s/oauth", dir);
	vault->refs = 1;
	vault->has_secret = secret != NULL;
	/* Whatever its form, the secret must be hard to guess by itself: this is no stretching. */
	if (secret != NULL)
		crypto_hmac_sha256(secret_bytes(secret), STR("daybook oauth tokens"), vault->key);
	return vault;
}

struct vault *vault_ref(struct vault *vault)
{
	__atomic_add_fetch(&vault->refs, 1, __ATOMIC_RELAXED);
	return vault;
}

void vault_unref(struct vault *vault)
{
	if (vault == NULL || __atomic_sub_fetch(&vault->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	explicit_bzero(vault->key, sizeof(vault->key));
	free(vault->parent);
	free(vault->dir);
	free(vault);
}

/* ---- files ---- */

static bool failed(const char *path, struct err *err)
{
	return err_setf(err, errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_AGAIN, "%s: %s", path,
			strerror(errno));
}

static bool sync_dir(const char *path, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return (fd >= 0 && fsync(fd) == 0) || failed(path, err);
}

static bool make_dir(const struct vault *vault, struct err *err)
{
	if (mkdir(vault->dir, 0700) == 0)
		return sync_dir(vault->parent, err);
	return errno == EEXIST || failed(vault->dir, err);
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_sub(bytes, (size_t)n, bytes.len);
	}
	return fsync(fd) == 0;
}

static bool write_file(const struct vault *vault, const char *path, struct str bytes, struct err *err)
{
	auto_free char *temp = xasprintf("%s.new", path);
	auto_close int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return failed(temp, err);
	if (!write_all(fd, bytes)) {
		failed(temp, err);
		unlink(temp);
		return false;
	}
	return rename(temp, path) == 0 ? sync_dir(vault->dir, err) : failed(path, err);
}

/* ERR_MISSING when there is none. */
static bool read_file(const char *path, struct buf *out, struct err *err)
{
	auto_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char bytes[4096];
	ssize_t n;

	if (fd < 0 && errno == ENOENT)
		return err_setf(err, ERR_MISSING, "%s is not there", path);
	if (fd < 0)
		return failed(path, err);
	while ((n = read(fd, bytes, sizeof(bytes))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(path, err);
		buf_add(out, (struct str){ bytes, (size_t)n });
	}
	explicit_bzero(bytes, sizeof(bytes));
	return !buf_is_exceeded(out) || err_setf(err, ERR_LOGIN, "%s is too large to be a token", path);
}

/* ---- the key ---- */

static bool read_key(const char *path, unsigned char key[SEAL_KEY_SIZE], struct err *err)
{
	struct buf hex;
	bool is_good;

	buf_init(&hex, 1024);
	is_good = read_file(path, &hex, err);
	if (is_good && !crypto_unhex(str_trim(buf_str(&hex)), key, SEAL_KEY_SIZE))
		is_good = err_setf(err, ERR_LOGIN, "%s does not hold a key (64 hex digits)", path);
	if (hex.ptr != NULL)
		explicit_bzero(hex.ptr, hex.len);
	buf_finish(&hex);
	return is_good;
}

static bool make_key(const struct vault *vault, const char *path, unsigned char key[SEAL_KEY_SIZE], struct err *err)
{
	char hex[2 * SEAL_KEY_SIZE + 1];
	bool is_written;

	crypto_random(key, SEAL_KEY_SIZE);
	crypto_hex(key, SEAL_KEY_SIZE, hex);
	is_written = make_dir(vault, err) && write_file(vault, path, str_from(hex), err);
	explicit_bzero(hex, sizeof(hex));
	return is_written;
}

/* One worker may make it while another looks: the lock is around both. */
static bool find_key(const struct vault *vault, bool may_make, unsigned char key[SEAL_KEY_SIZE], struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	auto_free char *path = xasprintf("%s/key", vault->dir);
	bool is_found;

	if (vault->has_secret) {
		memcpy(key, vault->key, SEAL_KEY_SIZE);
		return true;
	}
	pthread_mutex_lock(&lock);
	is_found = read_key(path, key, err) ||
		   (err->kind == ERR_MISSING && may_make && make_key(vault, path, key, err));
	pthread_mutex_unlock(&lock);
	return is_found;
}

/* ---- tokens ---- */

static char *path_of(const struct vault *vault, const char *name)
{
	return xasprintf("%s/%s.token", vault->dir, name);
}

bool vault_put(struct vault *vault, const char *name, struct str plain, struct err *err)
{
	auto_free char *path = path_of(vault, name);
	unsigned char key[SEAL_KEY_SIZE];
	struct buf sealed;
	bool is_kept;

	if (!make_dir(vault, err) || !find_key(vault, true, key, err))
		return err_prefixf(err, "the login cannot be kept");
	buf_init(&sealed, MAX_FILE);
	buf_add(&sealed, magic);
	seal_close(key, str_from(name), plain, &sealed);
	explicit_bzero(key, sizeof(key));
	is_kept = write_file(vault, path, buf_str(&sealed), err) || err_prefixf(err, "the login cannot be kept");
	buf_finish(&sealed);
	return is_kept;
}

static bool open_sealed(struct vault *vault, const char *name, struct str sealed, struct buf *plain, struct err *err)
{
	unsigned char key[SEAL_KEY_SIZE];
	bool is_open;

	if (!str_starts(sealed, magic))
		return err_setf(err, ERR_LOGIN, "%s/%s.token is damaged", vault->dir, name);
	if (!find_key(vault, false, key, err)) {
		if (err->kind == ERR_MISSING)
			err->kind = ERR_LOGIN;
		return false;
	}
	is_open = seal_open(key, str_from(name), str_sub(sealed, magic.len, STR_NONE), plain);
	explicit_bzero(key, sizeof(key));
	return is_open || err_setf(err, ERR_LOGIN, "%s/%s.token was encrypted with another key%s, or is damaged",
				   vault->dir, name, vault->has_secret ? " than storage.key" : "");
}

bool vault_get(struct vault *vault, const char *name, struct buf *plain, struct err *err)
{
	auto_free char *path = path_of(vault, name);
	struct buf sealed;
	bool is_got;

	buf_init(&sealed, MAX_FILE);
	is_got = read_file(path, &sealed, err) && open_sealed(vault, name, buf_str(&sealed), plain, err);
	buf_finish(&sealed);
	return is_got;
}

bool vault_remove(struct vault *vault, const char *name, struct err *err)
{
	auto_free char *path = path_of(vault, name);

	if (unlink(path) != 0)
		return errno == ENOENT || failed(path, err);
	return sync_dir(vault->dir, err);
}
