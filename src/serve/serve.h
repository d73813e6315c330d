/* What is answered over HTTP: webhooks, health, metrics, and the control socket of the CLI. Loop thread. */
#pragma once

#include <daybook/err.h>

struct config;
struct event_base;
struct http;
struct ingest;
struct parsers;
struct serve;
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
void serve_take_config(struct serve *s, const struct config *config);	/* limits that may change */
void serve_note_reload(struct serve *s, bool was_good);	/* for the metrics */
bool serve_is_activated(const struct serve *s);	/* the service manager gave the sockets */
struct http *serve_public(struct serve *s);	/* for tests and the log: which port */
