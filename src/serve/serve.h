/* What is answered over HTTP: webhooks, health, metrics, and the control socket of the CLI. Loop thread. */
#pragma once

#include <daybook/err.h>

struct config;
struct event_base;
struct http;
struct ingest;
struct parsers;
struct serve;
struct tls_server;
struct writer;

struct serve_parts {			/* borrowed; outlive the serve */
	struct event_base *base;
	struct ingest *ingest;
	struct writer *writer;
	struct parsers *parsers;
	const char *dir;		/* storage.path */
	/* `daybook reload`: as SIGHUP. done is called once, now or later, err NULL when all is taken over. */
	void (*reload)(void *arg, void (*done)(const struct err *err, void *arg), void *done_arg);
	void *arg;
};

/* Listens where the configuration (or systemd) says, and on the control socket. */
struct serve *serve_create(const struct serve_parts *parts, const struct config *config,
			   struct err *err);
void serve_destroy(struct serve *s);
void serve_drain(struct serve *s);		/* nothing new, what is there goes on */
bool serve_is_idle(const struct serve *s);
/* The certificate of a new configuration; *tls NULL: none. False, and all stays: it is worse than what runs, or comes or goes,
 * which needs a restart. */
bool serve_load_tls(const struct serve *s, const struct config *config, struct tls_server **tls, struct err *err);
/* Limits that may change, and the certificate, which is taken over. */
void serve_take_config(struct serve *s, const struct config *config, struct tls_server *tls);
void serve_note_reload(struct serve *s, bool was_good);	/* for the metrics */
bool serve_is_activated(const struct serve *s);	/* the service manager gave the sockets */
struct http *serve_public(struct serve *s);	/* for tests and the log: which port */
