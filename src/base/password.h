/* Passwords as yescrypt hashes (libxcrypt, "$y$"). Each call takes some 30 ms and 16 MiB: never on the loop. */
#pragma once

#include <daybook/err.h>
#include <daybook/str.h>

enum { PASSWORD_MIN = 8, PASSWORD_MAX = 511, PASSWORD_HASH_SIZE = 384 };

/* ERR_INPUT: too short, too long, or with a NUL in it. */
bool password_check(struct str password, struct err *err);
bool password_hash(struct str password, char out[PASSWORD_HASH_SIZE], struct err *err);
/* hash empty: nobody is known by that name; false, after as much work. */
bool password_verify(struct str password, struct str hash);
bool password_is_hash(struct str text);
