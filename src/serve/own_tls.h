/* http.tls of a configuration, as `daybookd -t`, the start and a reload look at it. */
#pragma once

#include <stdbool.h>

#include <daybook/err.h>

struct config;
struct tls_server;

/* *tls NULL: none is configured. False: ERR_CONF "http.tls: …", with file and cure. Blocks on the file. A certificate that is
 * over is loaded; own_tls_check_dates() says so. */
bool own_tls_load(const struct config *config, struct tls_server **tls, struct err *err);
bool own_tls_check_dates(const struct tls_server *tls, struct err *err);	/* NULL is fine */
