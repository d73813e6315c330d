#include "imap/sasl.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/buf.h"
#include "base/json.h"

enum { MAX_MESSAGE = 64 << 10 };

const char *sasl_name(enum sasl mechanism)
{
	static const char *const names[] = { "PLAIN", "XOAUTH2", "OAUTHBEARER" };

	return names[mechanism];
}

/* "," and "=" have a meaning in the head of OAUTHBEARER (RFC 5801). */
static void put_name(struct buf *out, struct str user)
{
	for (size_t i = 0; i < user.len; i++)
		if (user.ptr[i] == ',')
			buf_add(out, STR("=2C"));
		else if (user.ptr[i] == '=')
			buf_add(out, STR("=3D"));
		else
			buf_addc(out, user.ptr[i]);
}

static void put_plain(struct buf *out, enum sasl mechanism, const struct sasl_login *login)
{
	switch (mechanism) {
	case SASL_PLAIN:
		buf_addc(out, '\0');
		buf_add(out, login->user);
		buf_addc(out, '\0');
		buf_add(out, login->secret);
		break;
	case SASL_XOAUTH2:
		buf_addf(out, "user=" STR_FMT "\1auth=Bearer " STR_FMT "\1\1", STR_ARG(login->user),
			 STR_ARG(login->secret));
		break;
	case SASL_OAUTHBEARER:
		buf_add(out, STR("n,a="));
		put_name(out, login->user);
		buf_addf(out, ",\1host=%s\1port=%u\1auth=Bearer " STR_FMT "\1\1", login->host, login->port,
			 STR_ARG(login->secret));
		break;
	}
}

void sasl_first(enum sasl mechanism, const struct sasl_login *login, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, MAX_MESSAGE);
	put_plain(&plain, mechanism, login);
	base64_put(out, buf_str(&plain));
	if (plain.ptr != NULL)
		explicit_bzero(plain.ptr, plain.len);
	buf_finish(&plain);
}

const char *sasl_next(enum sasl mechanism)
{
	static const char *const answers[] = { "*", "", "AQ==" };

	return answers[mechanism];
}

void sasl_read_refusal(struct str challenge, char status[48])
{
	struct json_object *json = NULL;
	struct err ignored;
	struct str said;
	struct buf text;
	size_t n = 0;

	buf_init(&text, 4096);
	if (base64_read(&text, str_trim(challenge)))
		json = json_parse(buf_str(&text), 4, 50, &ignored);
	said = json_scalar(json_get(json, "status"));
	for (size_t i = 0; i < said.len && n < 40; i++) {
		char c = said.ptr[i];

		if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
			status[n++] = c;
	}
	status[n] = '\0';
	json_free(json);
	buf_finish(&text);
}
