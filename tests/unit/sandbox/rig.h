/* A sandbox with parsers around a test, and the processes it consists of. */
#pragma once

#include <sys/types.h>

#include "sandbox/parse.h"
#include "sandbox/spawn.h"

#include "connectors.h"

struct rig {
	struct sandbox *sb;
	struct parsers *ps;
	struct arena *arena;		/* of the last message */
	struct interactions out;
	struct parse_verdict verdict;
	struct err err;
};

/* Patient: a loaded machine must not fail a test that is not about time. */
enum { RIG_PATIENCE_US = 4000000 };

void rig_setup(struct rig *rig, size_t n, int64_t timeout_us, unsigned max_messages);
void rig_teardown(struct rig *rig);
bool rig_run(struct rig *rig, const struct connector *connector, const char *body,
	     const struct sandbox_sink *sink);

/* A message that must pass, through and through. */
void rig_pass(struct rig *rig);
/* A crime that must fail like this, and cost one message: the next one passes. */
void rig_costs_one(struct rig *rig, const char *crime, enum parse_end end, enum err_kind kind,
		   const char *text);

/* Living children of pid whose name is `name`; gives the last one. */
size_t rig_children(pid_t pid, const char *name, pid_t *found);
