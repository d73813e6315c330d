/* Questions to whoever sits there: on stderr, answered on standard input. */
#pragma once

#include "cli/cli.h"

struct secret;

/* Before something goes that does not come back by itself.
 * --yes: at once. On a terminal: asks, and takes y or yes. Else CLI_USAGE with the hint. CLI_FAILED: said no. */
int ask(const struct cli *cli, const char *question);
/* The same for what --yes does not mean. */
int ask_person(const char *question, const char *hint);

bool ask_is_there(void);		/* is standard input a terminal */
/* A line; an empty one is the fallback (which may be NULL). The caller frees; NULL: nobody is there, or no answer. */
char *ask_line(const char *question, const char *fallback);
/* A line that is not shown while it is typed; where nobody is there, the first line of standard input. NULL: none. */
struct secret *ask_secret(const char *question);
