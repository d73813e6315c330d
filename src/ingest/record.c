#include "ingest/record.h"

#include "base/clock.h"

enum { RECORD_ARENA = 32 << 20 };

const struct connector connector_api = {
	.api = CONNECTOR_API, .name = "api", .summary = "records that programs send to POST /api/v1/interactions", .is_hostile = true,
};

struct intake *record_create(struct source *source, struct str body, struct str by)
{
	struct intake *in = intake_create(source, RECORD_ARENA);

	in->raw = (struct raw){
		.content_type = STR("application/json"), .body = body, .received_us = clock_wall_us(),
		.meta = arena_strf(in->arena, "by: " STR_FMT "\n", STR_ARG(by)),
	};
	return in;
}
