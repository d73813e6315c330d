/* Paths relative to the file they stand in. */
#pragma once

/* All malloc'ed, absolute, with no "./" or double slashes; ".." is left to the kernel. */
char *path_absolute(const char *path);				/* against the working directory */
char *path_folder(const char *file);				/* of the file, absolute */
char *path_beside(const char *file, const char *path);		/* path as it stands in the file */
