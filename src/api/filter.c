#include "api/filter.h"

#include "api/call.h"

static unsigned channel_number(struct str name)
{
	return channel_from(name);
}

static unsigned direction_number(struct str name)
{
	return direction_from(name);
}

static unsigned kind_number(struct str name)
{
	return kind_from(name);
}

bool filter_read(struct call *c, struct view_filter *f)
{
	return param_mask(c, "channel", channel_number, &f->channels) &&
	       param_mask(c, "direction", direction_number, &f->directions) &&
	       param_mask(c, "kind", kind_number, &f->kinds) && param_time(c, "after", &f->from_us) &&
	       param_time(c, "before", &f->to_us);
}
