/* Look-ups in the generated table. */
#include "model/phone_plan.h"

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

/* No calling code is the beginning of another. */
const struct phone_region *phone_region_of(struct str digits, size_t *n_code)
{
	unsigned code = 0;

	for (size_t n = 1; n <= 3 && n <= digits.len; n++) {
		code = code * 10 + (unsigned)(digits.ptr[n - 1] - '0');
		for (size_t i = 0; i < phone_plan_size; i++) {
			if (phone_plan[i].code != code || !phone_plan[i].is_main)
				continue;
			*n_code = n;
			return &phone_plan[i];
		}
	}
	return NULL;
}
