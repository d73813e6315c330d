/* What narrows a timeline: channel, direction, kind, after, before. */
#pragma once

#include <stdbool.h>

struct call;
struct view_filter;

bool filter_read(struct call *c, struct view_filter *f);	/* false: the problem is the answer */
