#include "store/body.h"

#include <pthread.h>
#include <string.h>
#include <zstd.h>

#include "base/mem.h"
#include "dict.h"

enum { LEVEL = 3 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static ZSTD_CDict *compress_dict;
static ZSTD_DDict *decompress_dict;
static pthread_key_t compress_key, decompress_key;

static void free_compress(void *ctx) { ZSTD_freeCCtx(ctx); }
static void free_decompress(void *ctx) { ZSTD_freeDCtx(ctx); }

static void prepare(void)
{
	compress_dict = ZSTD_createCDict(dict_json_1, sizeof(dict_json_1), LEVEL);
	decompress_dict = ZSTD_createDDict(dict_json_1, sizeof(dict_json_1));
	if (compress_dict == NULL || decompress_dict == NULL ||
	    pthread_key_create(&compress_key, free_compress) != 0 ||
	    pthread_key_create(&decompress_key, free_decompress) != 0)
		abort();
}

static ZSTD_CCtx *compressor(void)
{
	ZSTD_CCtx *ctx;

	pthread_once(&once, prepare);
	ctx = pthread_getspecific(compress_key);
	if (ctx == NULL) {
		ctx = ZSTD_createCCtx();
		pthread_setspecific(compress_key, ctx);
	}
	return ctx;
}

static ZSTD_DCtx *decompressor(void)
{
	ZSTD_DCtx *ctx;

	pthread_once(&once, prepare);
	ctx = pthread_getspecific(decompress_key);
	if (ctx == NULL) {
		ctx = ZSTD_createDCtx();
		pthread_setspecific(decompress_key, ctx);
	}
	return ctx;
}

int body_encode(struct str plain, bool is_json, char **encoded, size_t *n)
{
	size_t room = ZSTD_compressBound(plain.len);
	ZSTD_CCtx *ctx = compressor();
	char *out = plain.len > 64 ? malloc(room) : NULL;
	size_t got;

	*encoded = NULL;
	*n = 0;
	if (out == NULL)
		return BODY_PLAIN;
	if (is_json)
		got = ZSTD_compress_usingCDict(ctx, out, room, plain.ptr, plain.len, compress_dict);
	else
		got = ZSTD_compressCCtx(ctx, out, room, plain.ptr, plain.len, LEVEL);
	if (ZSTD_isError(got) || got >= plain.len) {
		free(out);
		return BODY_PLAIN;
	}
	*encoded = out;
	*n = got;
	return is_json ? BODY_ZSTD_JSON_1 : BODY_ZSTD;
}

bool body_decode(int64_t encoding, struct str bytes, int64_t size, char **plain, struct err *err)
{
	ZSTD_DCtx *ctx = decompressor();
	size_t got = 0;

	*plain = size < 0 || size > (1 << 30) ? NULL : malloc((size_t)size + 1);
	if (*plain == NULL)
		return err_setf(err, ERR_IO, "a body claims %lld bytes", (long long)size);
	switch (encoding) {
	case BODY_PLAIN:
		got = bytes.len;
		if (got == (size_t)size && got > 0)
			memcpy(*plain, bytes.ptr, got);
		break;
	case BODY_ZSTD:
		got = ZSTD_decompressDCtx(ctx, *plain, (size_t)size, bytes.ptr, bytes.len);
		break;
	case BODY_ZSTD_JSON_1:
		got = ZSTD_decompress_usingDDict(ctx, *plain, (size_t)size, bytes.ptr, bytes.len,
						 decompress_dict);
		break;
	default:
		got = SIZE_MAX;
	}
	if (got != (size_t)size) {
		free(*plain);
		return err_setf(err, ERR_IO, "a body of %lld bytes cannot be decoded (encoding %lld)",
				(long long)size, (long long)encoding);
	}
	(*plain)[got] = '\0';
	return true;
}
