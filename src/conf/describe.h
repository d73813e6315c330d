/* What the option rows say, for people and editors: nothing here is written twice. `known` ends with
 * NULL; all append to `out`. Pure. */
#pragma once

#include <daybook/connector.h>

#include "base/buf.h"

/* JSON Schema, draft 2020-12, for daybook.yaml and the files of connectors.d. */
void describe_schema(const struct connector *const *known, struct buf *out);
/* scdoc source of daybook.yaml(5). */
void describe_manual(const struct connector *const *known, struct buf *out);
/* A daybook.yaml in which every option stands, commented out, with its help and its default. A line
 * whose # is followed by no space is an option: remove the # to set it. */
void describe_example(const struct connector *const *known, struct buf *out);
/* `daybook config explain PATH`: an option (http.listen, connector.imap.since), a section (http,
 * connector.imap) or, empty, all sections. ERR_MISSING with the nearest name when there is none. */
bool describe_explain(const struct connector *const *known, struct str path, struct buf *out,
		      struct err *err);
