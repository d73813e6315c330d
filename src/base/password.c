#include "base/password.h"

#include <crypt.h>
#include <stdlib.h>
#include <string.h>

#include "base/crypto.h"
#include "base/mem.h"

enum { MAX_HASH = PASSWORD_HASH_SIZE - 1, N_RANDOM = 32 };

/* Of no password that anybody knows, of the same cost. */
static const char nobody[] = "$y$j9T$c7p6.x00DCkJ/X8eklPCDioQz3lcc6gAMDgYeOK.Xd3$HBpjeHu9s8qZPPBoNlw5G9ibsbrGnHJFKgJidzUeWb2";

bool password_check(struct str password, struct err *err)
{
	if (password.len < PASSWORD_MIN)
		return err_setf(err, ERR_INPUT, "a password has at least %d bytes", PASSWORD_MIN);
	if (password.len > PASSWORD_MAX)
		return err_setf(err, ERR_INPUT, "a password has at most %d bytes", PASSWORD_MAX);
	return str_chr(password, '\0') == STR_NONE || err_setf(err, ERR_INPUT, "a password has no NUL in it");
}

/* out stays empty where it cannot be hashed. */
static void run(struct str password, const char *setting, char out[PASSWORD_HASH_SIZE])
{
	struct crypt_data *data = xnew(struct crypt_data);
	char text[PASSWORD_MAX + 1];
	const char *hash;

	out[0] = '\0';
	memcpy(text, password.ptr, password.len);
	text[password.len] = '\0';
	hash = crypt_r(text, setting, data);
	if (hash != NULL && hash[0] == '$' && strlen(hash) <= MAX_HASH)
		memcpy(out, hash, strlen(hash) + 1);
	explicit_bzero(text, sizeof(text));
	explicit_bzero(data, sizeof(*data));
	free(data);
}

bool password_hash(struct str password, char out[PASSWORD_HASH_SIZE], struct err *err)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE], random[N_RANDOM];

	if (!password_check(password, err))
		return false;
	crypto_random(random, sizeof(random));
	if (crypt_gensalt_rn("$y$", 0, random, sizeof(random), setting, sizeof(setting)) == NULL)
		return err_setf(err, ERR_BUG, "libcrypt knows no yescrypt");
	run(password, setting, out);
	return out[0] != '\0' || err_setf(err, ERR_AGAIN, "no room to hash a password");
}

bool password_verify(struct str password, struct str hash)
{
	char expected[PASSWORD_HASH_SIZE], found[PASSWORD_HASH_SIZE];
	bool is_known = password_is_hash(hash);
	struct err ignored;

	if (!password_check(password, &ignored)) {
		password = STR("no password at all");
		is_known = false;
	}
	if (!password_is_hash(hash))
		hash = (struct str){ nobody, sizeof(nobody) - 1 };
	memcpy(expected, hash.ptr, hash.len);
	expected[hash.len] = '\0';
	run(password, expected, found);
	return strlen(found) == hash.len && crypto_equal(found, expected, hash.len) && is_known;
}

bool password_is_hash(struct str text)
{
	return str_starts(text, STR("$y$")) && text.len > 20 && text.len <= MAX_HASH && str_chr(text, '\0') == STR_NONE;
}
