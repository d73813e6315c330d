/* Look-ups in the generated table. */
#include "model/phone_plan.h"

#include <pthread.h>

const struct phone_region *phone_region_find(struct str iso)
{
	size_t low = 0, high = phone_plan_size;
	char upper[2];
	int order;

	if (iso.len != 2)
		return NULL;
	for (size_t i = 0; i < 2; i++)
		upper[i] = (char)(iso.ptr[i] >= 'a' && iso.ptr[i] <= 'z' ? iso.ptr[i] - 32
									   : iso.ptr[i]);
	while (low < high) {
		size_t middle = (low + high) / 2;

		order = str_cmp((struct str){ upper, 2 }, str_from(phone_plan[middle].iso));
		if (order == 0)
			return &phone_plan[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Calling code → its main region's place in the table, plus one. Asked for every number of every message. */
enum { N_CODES = 1000 };
static unsigned short main_region[N_CODES];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void index_codes(void)
{
	for (size_t i = 0; i < phone_plan_size; i++)
		if (phone_plan[i].is_main && phone_plan[i].code < N_CODES)
			main_region[phone_plan[i].code] = (unsigned short)(i + 1);
}

/* No calling code is the beginning of another. */
const struct phone_region *phone_region_of(struct str digits, size_t *n_code)
{
	unsigned code = 0;

	pthread_once(&once, index_codes);
	for (size_t n = 1; n <= 3 && n <= digits.len; n++) {
		code = code * 10 + (unsigned)(digits.ptr[n - 1] - '0');
		if (code >= N_CODES)
			return NULL;
		if (main_region[code] != 0) {
			*n_code = n;
			return &phone_plan[main_region[code] - 1];
		}
	}
	return NULL;
}
