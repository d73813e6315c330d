#include "net/tls_share.h"

#include <assert.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

struct shared {
	struct shared *next;
	struct tls *tls;
	char *key;
	size_t n_users;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared *all;

/* The system's certificates, where they are one file. */
static const char *system_file(void)
{
	const char *named = getenv(X509_get_default_cert_file_env());

	return named != NULL ? named : X509_get_default_cert_file();
}

/* What decides whom is trusted: the options, and which file it is that they name. */
static char *key_of(const struct tls_options *opt)
{
	const char *ca = opt->ca_file != NULL ? opt->ca_file : "", *pin = opt->pin != NULL ? opt->pin : "";
	struct stat st = { 0 };

	if (stat(ca[0] != '\0' ? ca : system_file(), &st) != 0)
		memset(&st, 0, sizeof(st));
	return xasprintf("%s\n%s\n%lld %lld %lld.%09ld %lld", pin, ca, (long long)st.st_dev, (long long)st.st_ino,
			 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (long long)st.st_size);
}

static struct shared *find(const char *key)
{
	struct shared *s = all;

	while (s != NULL && strcmp(s->key, key) != 0)
		s = s->next;
	return s;
}

static struct shared *add(const char *key, const struct tls_options *opt, struct err *err)
{
	struct tls *tls = tls_create(opt, err);
	struct shared *s;

	if (tls == NULL)
		return NULL;
	s = xnew(struct shared);
	*s = (struct shared){ .next = all, .tls = tls, .key = xstrdup(key) };
	all = s;
	return s;
}

struct tls *tls_share(const struct tls_options *opt, struct err *err)
{
	auto_free char *key = key_of(opt);
	struct shared *s;

	pthread_mutex_lock(&lock);
	s = find(key);
	if (s == NULL)
		s = add(key, opt, err);
	if (s != NULL)
		s->n_users++;
	pthread_mutex_unlock(&lock);
	return s != NULL ? s->tls : NULL;
}

static void drop(struct shared **at)
{
	struct shared *s = *at;

	*at = s->next;
	tls_destroy(s->tls);
	free(s->key);
	free(s);
}

void tls_unshare(struct tls *tls)
{
	struct shared **at = &all;

	if (tls == NULL)
		return;
	pthread_mutex_lock(&lock);
	while (*at != NULL && (*at)->tls != tls)
		at = &(*at)->next;
	assert(*at != NULL);
	if (--(*at)->n_users == 0)
		drop(at);
	pthread_mutex_unlock(&lock);
}
