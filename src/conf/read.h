/* Small files. */
#pragma once

#include <sys/types.h>

/* To the end of the file, or as much as out holds: a caller that gives one byte more than is allowed sees when it is too
 * long. -1: errno. */
ssize_t read_up_to(int fd, char *out, size_t max);
