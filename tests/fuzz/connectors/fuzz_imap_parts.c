/* Any bytes as a large mail: cut up as a server would and put together again, either refused, or recorded as the whole
 * mail is. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "both_ways.h"
#include "mime/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct both_ways both;
	static bool is_warm;
	struct buf mail;

	if (!is_warm)
		mime_warm_up();
	is_warm = true;
	/* As a server has it: each line ends with CRLF. */
	buf_init(&mail, 2 * size + 1);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n' && (i == 0 || data[i - 1] != '\r'))
			buf_addc(&mail, '\r');
		buf_addc(&mail, (char)data[i]);
	}
	read_both_ways(buf_str(&mail), &both);
	buf_finish(&mail);
	if (both.is_different)
		fprintf(stderr, "%s\n", both.difference);
	assert(!both.is_different);
	return 0;
}
