#include "conf/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "base/mem.h"
#include "conf/diag.h"
#include "conf/paths.h"

void listen_finish(struct listen_address *listen)
{
	free(listen->path);
	free(listen->text);
	*listen = (struct listen_address){ 0 };
}

static bool parse_unix(struct str path, const char *file, struct listen_address *out,
		       struct err *err)
{
	auto_free char *written = xstrndup(path.ptr, path.len);
	struct sockaddr_un *un = (struct sockaddr_un *)&out->address;

	if (path.len == 0)
		return err_setf(err, ERR_CONF, "a path is missing after \"unix:\"");
	out->is_unix = true;
	out->path = path_beside(file, written);
	if (strlen(out->path) >= LISTEN_PATH_SIZE)
		return err_setf(err, ERR_CONF,
				"the path of a socket can have %d bytes at most, this has %zu: %s",
				LISTEN_PATH_SIZE - 1, strlen(out->path), out->path);
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, out->path, strlen(out->path) + 1);
	out->address_len = sizeof(*un);
	out->text = xasprintf("unix:%s", out->path);
	return true;
}

static bool set_inet(struct listen_address *out, const char *host, bool is_v6, in_port_t port)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&out->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->address;

	if (is_v6) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		out->address_len = sizeof(*v6);
		return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons(port);
	out->address_len = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static bool parse_inet(struct str text, struct listen_address *out, struct err *err)
{
	size_t colon = str_rchr(text, ':');
	struct str host = str_sub(text, 0, colon == STR_NONE ? 0 : colon);
	bool is_v6 = str_starts(host, STR("[")) && str_ends(host, STR("]"));
	char name[INET6_ADDRSTRLEN] = "", quoted[DIAG_QUOTE_SIZE];
	int64_t port;

	diag_quote(text, quoted);
	if (colon == STR_NONE)
		return err_setf(err, ERR_CONF,
				"%s is neither address:port nor unix:PATH (try 127.0.0.1:8480)", quoted);
	if (!str_int64(str_sub(text, colon + 1, text.len), &port) || port < 1 || port > 65535)
		return err_setf(err, ERR_CONF, "%s does not end in a port from 1 to 65535", quoted);
	if (is_v6)
		host = str_sub(host, 1, host.len - 2);
	if (host.len < sizeof(name) && host.len > 0)
		memcpy(name, host.ptr, host.len);
	if (set_inet(out, name, is_v6, (in_port_t)port)) {
		out->text = xstrndup(text.ptr, text.len);
		return true;
	}
	if (!is_v6 && str_chr(host, ':') != STR_NONE)
		return err_setf(err, ERR_CONF, "%s: write an IPv6 address in brackets (try [::1]:8480)",
				quoted);
	return err_setf(err, ERR_CONF,
			"%s does not begin with an address (try 127.0.0.1:%d, or 0.0.0.0:%d for all)",
			quoted, (int)port, (int)port);
}

bool listen_parse(struct str text, const char *file, struct listen_address *out, struct err *err)
{
	struct listen_address listen = { 0 };
	bool is_ok = str_starts(text, STR("unix:")) ?
			     parse_unix(str_sub(text, 5, text.len), file, &listen, err) :
			     parse_inet(text, &listen, err);

	if (is_ok)
		*out = listen;
	else
		listen_finish(&listen);
	return is_ok;
}
