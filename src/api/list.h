/* A page of a list: {"items": […], "next": …}. */
#pragma once

#include "api/call.h"
#include "api/cursor.h"

/* One more than asked for tells whether the list goes on. */
struct list {
	struct call *c;
	struct json_writer w;
	size_t limit, n;
	bool goes_on, failed;
	struct cursor last;		/* of the last one that is shown */
	struct err *err;
};

void list_begin(struct list *l);
/* True: this one belongs to the next page. */
bool list_is_full(struct list *l);
bool list_end(struct list *l, bool was_read);
/* An interaction_fn over a struct list. */
bool list_put_item(const struct interaction_row *row, void *arg);
