/* The header scan that the parent runs on mails that broke the parser. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "mime/stub.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t room)
{
	struct str s = { text, strnlen(text, room) };

	assert(s.len < room && str_is_utf8(s));
	for (size_t i = 0; i < s.len; i++)
		assert((unsigned char)s.ptr[i] >= 0x20 && s.ptr[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mail_stub stub;

	mail_stub((struct str){ (const char *)data, size }, &stub);
	check_text(stub.from_address, sizeof(stub.from_address));
	check_text(stub.from_name, sizeof(stub.from_name));
	check_text(stub.subject, sizeof(stub.subject));
	assert(stub.date_us >= 0);
	return 0;
}
