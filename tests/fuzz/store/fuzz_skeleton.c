/* A journal row whose bytes are not what was written: it is refused with a reason, or gives exactly as many bytes as
 * it should. First byte: whether the rest is compressed here first, so that what is behind zstd is reached too. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/blob.h"
#include "store/body.h"
#include "store/skeleton.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_BYTES = 1400 };

static char dir[] = "/tmp/daybook-fuzz-skeleton-XXXXXX";

static void remove_store(void)
{
	auto_free char *rm = xasprintf("rm -rf %s", dir);

	if (system(rm) != 0)
		abort();
}

/* One blob is there: "abcabc…", 600 bytes. */
static const char *store(void)
{
	static bool is_made;
	struct blob *blob;
	struct err err;
	char hex[65];

	if (is_made)
		return dir;
	is_made = true;
	if (mkdtemp(dir) == NULL || !blob_prepare(dir, &err) || !blob_open(dir, &blob, &err))
		abort();
	for (unsigned i = 0; i < 200; i++)
		if (!blob_add(blob, STR("abc"), &err))
			abort();
	if (!blob_keep(blob, hex, &err) || atexit(remove_store) != 0)
		abort();
	return dir;
}

static void decode(struct str encoded)
{
	struct err err = { .kind = ERR_NONE };
	char *plain;

	if (skeleton_decode(store(), encoded, BODY_BYTES, &plain, &err)) {
		assert(plain[BODY_BYTES] == '\0');
		free(plain);
	} else {
		assert(err.kind == ERR_IO || err.kind == ERR_MISSING);
		assert(err.msg[0] != '\0');
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = size > 0 ? (struct str){ (const char *)data + 1, size - 1 } : STR("");
	char *encoded;
	size_t n;

	if (size == 0 || data[0] == 0) {
		decode(rest);
		return 0;
	}
	if (!body_compress(rest, &encoded, &n))
		return 0;
	decode((struct str){ encoded, n });
	free(encoded);
	return 0;
}
