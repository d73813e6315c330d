#include "model/company.h"

#include <libpsl.h>
#include <string.h>

#include "model/email.h"
#include "model/freemail.h"
#include "model/own.h"

struct str company_domain(struct str email, const struct own *own)
{
	struct str domain = email_domain(email), registrable;
	char host[254];
	const char *found;

	if (domain.len == 0 || domain.len >= sizeof(host) || domain.ptr[0] == '[')
		return STR("");
	memcpy(host, domain.ptr, domain.len);
	host[domain.len] = '\0';
	found = psl_registrable_domain(psl_builtin(), host);
	if (found == NULL)
		return STR("");
	registrable = str_sub(domain, (size_t)(found - host), domain.len);
	if (freemail_has(domain, registrable) || own_has_domain(own, domain))
		return STR("");
	return registrable;
}
