/* What is accepted must be a fixed point, short, printable, and have the parts of an address. */
#include <assert.h>

#include "model/company.h"
#include "model/email.h"
#include "model/match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_create(1 << 16);
	struct str text = { (const char *)data, size }, once, twice, folded;
	struct err err = { 0 };

	if (!email_canonical(text, arena, &once, &err)) {
		assert(err.kind == ERR_INPUT && str_is_utf8(str_from(err.msg)));
		arena_destroy(arena);
		return 0;
	}
	assert(once.len >= 3 && once.len <= EMAIL_MAX && str_is_utf8(once));
	assert(email_local(once).len > 0 && email_domain(once).len > 0);
	assert(email_canonical(once, arena, &twice, &err));
	assert(str_eq(once, twice));
	folded = email_fold_plus(once, arena);
	assert(email_canonical(folded, arena, &twice, &err));
	assert(str_eq(folded, twice));
	match_is_machine(once);
	assert(company_domain(once, NULL).len <= email_domain(once).len);
	arena_destroy(arena);
	return 0;
}
