/* Any bytes as a domain's autoconfig: never a crash, and what is found is fit for a command line and a YAML file. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cli/autoconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct autoconfig found = { .port = 0 };

	if (!autoconfig_read((struct str){ (const char *)data, size }, STR("ana@acme.example"), &found)) {
		assert(found.port == 0);
		return 0;
	}
	assert(found.port >= 1 && found.port <= 65535 && found.host[0] != '\0' && found.user[0] != '\0');
	for (const char *p = found.host; *p != '\0'; p++)
		assert(strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-", *p) != NULL);
	for (const char *p = found.user; *p != '\0'; p++)
		assert((unsigned char)*p > ' ' && *p != 0x7f);
	return 0;
}
