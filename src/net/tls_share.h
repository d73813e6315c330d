/* One TLS context for all who trust the same: a context with its store is some 25 kB, and a company has hundreds of
 * mailboxes on one server. Any thread. */
#pragma once

#include "net/tls.h"

/* As tls_create(), but the context may be somebody else's too. A tls_ca that has changed on the disk since makes a new
 * one. */
struct tls *tls_share(const struct tls_options *opt, struct err *err);
void tls_unshare(struct tls *tls);		/* NULL is fine */
