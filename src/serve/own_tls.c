#include "serve/own_tls.h"

#include "base/clock.h"
#include "conf/config.h"
#include "net/tls_server.h"

bool own_tls_load(const struct config *config, struct tls_server **tls, struct err *err)
{
	const struct config_tls *own = &config->http.tls;

	*tls = NULL;
	if (own->certificate == NULL)
		return true;
	*tls = tls_server_load(own->certificate, secret_bytes(own->key), err);
	return *tls != NULL || err_prefixf(err, "http.tls");
}

bool own_tls_check_dates(const struct tls_server *tls, struct err *err)
{
	return tls == NULL || tls_server_check_dates(tls, clock_wall_us(), err) || err_prefixf(err, "http.tls");
}
