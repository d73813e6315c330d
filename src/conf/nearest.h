/* The name somebody probably meant. */
#pragma once

#include <stdbool.h>

#include <daybook/str.h>

/* Keeps the nearest of the names offered to it. */
struct nearest {
	struct str wanted;
	const char *best;	/* NULL: none is near enough */
	unsigned distance;
};

void nearest_begin(struct nearest *n, struct str wanted);
bool nearest_offer(struct nearest *n, const char *name);	/* true: it is the best so far */
