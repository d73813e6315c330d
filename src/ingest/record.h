/* The canonical record as a program sends it, POST /api/v1/interactions: a delivery like any other, counted under the connector
 * "api". */
#pragma once

#include "ingest/intake.h"

/* Its reader is connectors/api/normalize.c, in a parser process: a token is no reason to trust bytes. */
extern const struct connector connector_api;

/* An intake whose commit makes the entry. body is borrowed as long as it lives; by: who sends it, for the journal row. */
struct intake *record_create(struct source *source, struct str body, struct str by);
