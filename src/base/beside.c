#include "base/beside.h"

#include <daybook/err.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* The folder of the running program. */
static bool find_home(char home[PATH_MAX], struct err *err)
{
	ssize_t n = readlink("/proc/self/exe", home, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return err_setf(err, ERR_CONF, "/proc/self/exe: %s", strerror(errno));
	home[n] = '\0';
	slash = strrchr(home, '/');
	if (slash != NULL)
		*slash = '\0';
	return true;
}

char *program_beside(const char *build, const char *name, struct err *err)
{
	const char *const places[] = { build, DAYBOOK_LIBEXEC };
	char home[PATH_MAX];
	int error = ENOENT;

	if (!find_home(home, err))
		return NULL;
	for (size_t i = 0; i < countof(places); i++) {
		char *path = xasprintf("%s/../%s/%s", home, places[i], name);

		if (access(path, X_OK) == 0)
			return path;
		if (errno != ENOENT)
			error = errno;
		free(path);
	}
	err_setf(err, ERR_CONF, "%s/../" DAYBOOK_LIBEXEC "/%s: %s; it belongs to the installation", home, name,
		 strerror(error));
	return NULL;
}
