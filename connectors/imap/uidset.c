#include "imap/uidset.h"

#include <stdlib.h>

#include "base/mem.h"

void uidset_add(struct uidset *set, uint32_t uid)
{
	if (set->n == set->room) {
		set->room = set->room ? 2 * set->room : 1024;
		set->uids = xrealloc(set->uids, set->room, sizeof(*set->uids));
	}
	set->uids[set->n++] = uid;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void uidset_sort(struct uidset *set)
{
	size_t n = 0;

	if (set->n == 0)
		return;
	qsort(set->uids, set->n, sizeof(*set->uids), compare);
	for (size_t i = 0; i < set->n; i++)
		if (n == 0 || set->uids[i] != set->uids[n - 1])
			set->uids[n++] = set->uids[i];
	set->n = n;
}

void uidset_finish(struct uidset *set)
{
	free(set->uids);
	*set = (struct uidset){ 0 };
}

/* The place of the first that is not below uid. */
static size_t lower_bound(const struct uidset *set, uint32_t uid)
{
	size_t low = 0, high = set->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (set->uids[middle] < uid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t uidset_compare(const struct uidset *set, uint32_t from, uint32_t to, const uint32_t *listed, size_t n_listed,
		      uint32_t *absent, size_t *n_vanished)
{
	size_t at = lower_bound(set, from), n = 0, n_within = 0, n_both = 0;

	for (size_t i = 0; i < n_listed; i++) {
		for (; at < set->n && set->uids[at] < listed[i]; at++)
			n_within++;
		if (at < set->n && set->uids[at] == listed[i])
			n_both++;
		else
			absent[n++] = listed[i];
	}
	for (; at < set->n && set->uids[at] <= to; at++)
		n_within++;
	*n_vanished = n_within - n_both;
	return n;
}
