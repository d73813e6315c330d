/* Programs that belong to the running one. */
#pragma once

struct err;

/* The path of `name`, to be freed: ../<build>/name in a build folder, in libexec as installed, both beside the running
 * program, so that a tree can be moved. NULL with ERR_CONF when it is not there. */
char *program_beside(const char *build, const char *name, struct err *err);
