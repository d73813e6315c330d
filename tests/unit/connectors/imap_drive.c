/* Runs the IMAP connector against a real server, without the daemon: for the tests under integration.
 *
 *   imap_drive STATE host=… user=… password=… … [--crash-at N] [--runs N] [--watch SECONDS] [--fds N]
 *              [--cancel-after MS] [--shift SECONDS] [--seed N] [--token TEXT [--token TEXT]] [--live-only 1] [--all 1]
 *
 * STATE gets one JSON line an emitted raw, dead letter or mark; standard output one line a run. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "imap/imap.h"
#include "sync_host.h"

struct secret {
	char *text;
};

struct str secret_bytes(const struct secret *secret)
{
	return str_from(secret ? secret->text : NULL);
}

static int64_t number_of(const char *text)
{
	int64_t n = 0;
	bool is_negative = text[0] == '-';

	if (!str_int64(str_from(text + is_negative), &n)) {
		fprintf(stderr, "%s is no number\n", text);
		exit(2);
	}
	return is_negative ? -n : n;
}

/* "30s", "200ms", "50MiB", "7" as the fallbacks have them. */
static int64_t amount_of(const char *text)
{
	static const struct {
		const char *unit;
		int64_t factor;
	} units[] = { { "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "ms", 1000 }, { "s", 1000000 }, { "", 1 } };
	size_t digits = strspn(text, "-0123456789");
	auto_free char *number = xstrndup(text, digits);

	for (size_t i = 0; i < countof(units); i++)
		if (strcmp(text + digits, units[i].unit) == 0)
			return number_of(number) * units[i].factor;
	fprintf(stderr, "%s is no amount\n", text);
	exit(2);
}

static void add_item(struct conf_list *list, const char *text)
{
	list->items = xrealloc(list->items, list->n_items + 1, sizeof(*list->items));
	list->items[list->n_items++] = text;
}

static void set_option(void *conf, const struct conf_key *key, const char *text)
{
	void *at = (char *)conf + key->offset;

	switch (key->type) {
	case CONF_T_BOOL:
		*(bool *)at = strcmp(text, "yes") == 0;
		break;
	case CONF_T_ENUM:
		for (int i = 0; key->choices[i] != NULL; i++)
			if (strcmp(key->choices[i], text) == 0)
				*(int *)at = i;
		break;
	case CONF_T_SECRET:
		*(struct secret **)at = xnew(struct secret);
		(*(struct secret **)at)->text = xstrdup(text);
		break;
	case CONF_T_LIST:
		add_item(at, text);
		break;
	case CONF_T_BLOCK:		/* the sync_host has the tokens: any client will do */
		((struct oauth_conf *)at)->client_id = text;
		((struct oauth_conf *)at)->provider = OAUTH_GOOGLE;
		break;
	case CONF_T_STRING:
	case CONF_T_PATH:
		*(const char **)at = text;
		break;
	default:
		*(int64_t *)at = amount_of(text);
	}
}

static void set_defaults(void *conf)
{
	for (const struct conf_key *key = connector_imap.keys; key->name != NULL; key++)
		if (key->fallback != NULL)
			set_option(conf, key, key->fallback);
}

static void set_by_name(void *conf, const char *arg)
{
	size_t eq = strcspn(arg, "=");

	for (const struct conf_key *key = connector_imap.keys; key->name != NULL; key++)
		if (strlen(key->name) == eq && strncmp(key->name, arg, eq) == 0 && arg[eq] == '=') {
			set_option(conf, key, arg + eq + 1);
			return;
		}
	fprintf(stderr, "no option %s\n", arg);
	exit(2);
}

/* Not getrusage(): that one remembers the process we were forked from. */
static int64_t peak_rss_kb(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	char line[256];
	int64_t kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtoll(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

static void report(bool is_good, const struct err *err, const struct sync_host *host)
{
	struct json_writer w;
	struct buf line;

	buf_init(&line, 1 << 16);
	json_begin(&w, &line);
	json_open(&w, '{');
	json_member_bool(&w, "ok", is_good);
	json_member(&w, "kind", str_from(is_good ? "" : err_kind_name(err->kind)));
	json_member(&w, "text", str_from(is_good ? "" : err->msg));
	json_member_int(&w, "emitted", host->n_emitted);
	json_member_int(&w, "fetched", host->fetched);
	json_member_int(&w, "spared", host->spared);
	json_member_int(&w, "withheld", host->n_withheld);
	json_member_bool(&w, "watching", host->watched_fd >= 0);
	json_member_int(&w, "fd", host->watched_fd);
	json_member_int(&w, "rss_kb", peak_rss_kb());
	json_member_int(&w, "looks", host->n_looks);
	json_member_int(&w, "left", host->backlog.left);
	json_member_int(&w, "of", host->backlog.of);
	json_member_bool(&w, "paused", host->backlog.paused_until_us != 0);
	json_member_bool(&w, "over_quota", host->is_over_quota);
	json_member_int(&w, "wait_ms", host->wait_us / US_PER_MS);
	json_close(&w, '}');
	printf("%s\n", line.ptr);
	fflush(stdout);
	buf_finish(&line);
}

static void open_many(int64_t n)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int64_t i = 0; i < n; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			exit(2);
}

static struct {
	int64_t runs, watch_s, fds, cancel_after_ms, all;	/* all: until there is no backlog */
} plan = { .runs = 1 };

static bool read_flag(struct sync_host *host, const char *flag, const char *value)
{
	int64_t n = value != NULL && strcmp(flag, "--token") != 0 ? number_of(value) : 0;

	if (strcmp(flag, "--crash-at") == 0)
		host->crash_at = n;
	else if (strcmp(flag, "--runs") == 0)
		plan.runs = n;
	else if (strcmp(flag, "--watch") == 0)
		plan.watch_s = n;
	else if (strcmp(flag, "--fds") == 0)
		plan.fds = n;
	else if (strcmp(flag, "--cancel-after") == 0)
		plan.cancel_after_ms = n;
	else if (strcmp(flag, "--shift") == 0)
		host->shift_us = n * US_PER_S;
	else if (strcmp(flag, "--token") == 0)
		host->tokens[host->tokens[0] != NULL] = value;
	else if (strcmp(flag, "--all") == 0)
		plan.all = n;
	else if (strcmp(flag, "--live-only") == 0)
		host->is_live_only = n != 0;
	else if (strcmp(flag, "--seed") == 0)
		srandom((unsigned)n);
	else
		return false;
	return value != NULL;
}

static bool has_more(const struct sync_host *host, bool is_good)
{
	return plan.all != 0 && is_good && host->backlog.left > 0 && host->backlog.paused_until_us == 0;
}

/* One session, as the host keeps it: closed after an error. */
static int drive(struct sync_host *host, const struct imap_conf *conf)
{
	int64_t end_us = clock_mono_us() + plan.watch_s * US_PER_S;
	struct err err = { 0 };
	void *session = NULL;
	bool is_good = true;

	for (int64_t i = 0; i < plan.runs || clock_mono_us() < end_us || has_more(host, is_good); i++) {
		struct pollfd pfd = { .fd = host->watched_fd, .events = POLLIN };

		if (i >= plan.runs && !has_more(host, is_good) && poll(&pfd, 1, (int)((end_us - clock_mono_us()) / 1000)) == 0)
			break;
		is_good = session != NULL || connector_imap.open(conf, &session, &err);
		is_good = is_good && sync_host_run(host, &connector_imap, session, &err);
		report(is_good, &err, host);
		if (!is_good) {
			connector_imap.close(session);
			session = NULL;
		}
	}
	connector_imap.close(session);
	return is_good ? 0 : 1;
}

static void conf_finish(struct imap_conf *conf)
{
	free(conf->password ? conf->password->text : NULL);
	free(conf->password);
	free(conf->folders.items);
	free(conf->exclude.items);
}

int main(int argc, char **argv)
{
	struct sync_host host = { .path = argc > 1 ? argv[1] : NULL, .watched_fd = -1 };
	struct imap_conf conf = { 0 };
	struct err err;
	int rc;

	set_defaults(&conf);
	for (int i = 2; i < argc; i++) {
		if (strncmp(argv[i], "--", 2) != 0)
			set_by_name(&conf, argv[i]);
		else if (read_flag(&host, argv[i], argv[i + 1]))
			i++;
		else
			return 2;
	}
	if (!connector_imap.check(&conf, &err)) {
		report(false, &err, &host);
		conf_finish(&conf);
		return 78;
	}
	open_many(plan.fds);
	sync_host_load(&host);
	if (plan.cancel_after_ms > 0)
		host.cancel_at_us = clock_mono_us() + plan.cancel_after_ms * US_PER_MS;
	rc = drive(&host, &conf);
	sync_host_finish(&host);
	conf_finish(&conf);
	return rc;
}
