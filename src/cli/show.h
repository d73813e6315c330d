/* A stored interaction as JSON or as a line for people. */
#pragma once

#include "cli/cli.h"

struct buf;
struct json_object;
struct json_writer;

/* One JSON object with its participants' contacts; appended without a line break. */
bool show_json(struct cli *cli, const struct interaction_row *row, struct buf *out, struct err *err);
/* The stub of a dead letter, as it stands in a timeline. */
void show_dead_json(const struct dead_row *row, struct buf *out);
/* Prints a buf of JSON and a line break to stdout, clears it. False when stdout is gone. */
bool show_line(struct buf *out);
struct consent_row;
/* One word of what somebody agrees to. */
void show_consent(struct json_writer *w, const struct consent_row *row);
/* Members that every listing has: RFC 3339 and "con_…"; 0 is null. */
void show_time(struct json_writer *w, const char *name, int64_t time_us);
void show_id(struct json_writer *w, const char *name, int64_t id, const char *prefix);
/* "folders": as the daemon reads them now, or null; see survey_folders(). */
void show_read_folders(struct json_writer *w, struct json_object *folders);
/* The members of one folder against its server. */
void show_folder(struct json_writer *w, const struct reconcile_row *row);
