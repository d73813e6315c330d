#include "conf/paths.h"

#include <string.h>

#include "base/mem.h"

/* Drops empty and "." parts. */
static char *tidy(char *path)
{
	char *out = path;

	for (const char *in = path; *in != '\0';) {
		size_t len = strcspn(in, "/");

		if (len > 0 && !(len == 1 && in[0] == '.')) {
			*out++ = '/';
			memmove(out, in, len);
			out += len;
		}
		in += len;
		in += *in == '/';
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return path;
}

char *path_absolute(const char *path)
{
	auto_free char *cwd = NULL;

	if (path[0] == '/')
		return tidy(xstrdup(path));
	cwd = getcwd(NULL, 0);
	return tidy(xasprintf("%s/%s", cwd ? cwd : "", path));
}

char *path_folder(const char *file)
{
	char *folder = path_absolute(file);
	char *slash = strrchr(folder, '/');

	slash[slash == folder ? 1 : 0] = '\0';
	return folder;
}

char *path_beside(const char *file, const char *path)
{
	auto_free char *folder = path_folder(file);

	if (path[0] == '/')
		return tidy(xstrdup(path));
	return tidy(xasprintf("%s/%s", folder, path));
}
