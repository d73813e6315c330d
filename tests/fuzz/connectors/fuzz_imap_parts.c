/* Any bytes as a large mail: cut up as a server would and put together again, either refused, or recorded as the whole
 * mail is. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "both_ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct both_ways both;

	read_both_ways((struct str){ (const char *)data, size }, &both);
	if (both.is_different)
		fprintf(stderr, "%s\n", both.difference);
	assert(!both.is_different);
	return 0;
}
