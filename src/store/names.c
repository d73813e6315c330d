/* The words for what became of an event, and for what a person should review. */
#include "base/mem.h"
#include "store/store.h"

static const char *const outcome_names[] = {
	"none", "stored", "duplicate", "filtered", "dead", "pending",
};

const char *outcome_name(enum outcome o)
{
	return o < OUTCOME_COUNT ? outcome_names[o] : "unknown";
}

const char *review_type_name(enum review_type t)
{
	static const char *const names[] = { "none", "ambiguous", "duplicate", "unmatched" };

	return (size_t)t < countof(names) ? names[t] : "unknown";
}
