/* The part of the session that logs in. LOGIN is libetpan's; AUTHENTICATE is spoken here, since libetpan knows no
 * OAUTHBEARER and loses what a server says of a token that it does not take. */
#include <libetpan/libetpan.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/sasl.h"
#include "imap/session_private.h"
#include "net/stream.h"

/* No number, which libetpan's tags are. */
#define TAG "auth"

enum { MAX_COMMAND = 64 << 10, MAX_LINES = 200 };

static bool refused(struct session *s, const char *status, struct err *err)
{
	char said[256];
	struct str refusal = stream_refusal(s->stream);
	bool is_passing = throttle_read(refusal).kind != THROTTLE_NONE;
	enum err_kind kind = is_passing ? session_judge(s, refusal) : ERR_AUTH;

	snprintf(said, sizeof(said), STR_FMT, STR_ARG(session_without_tag(refusal)));
	session_disconnect(s);
	s->fault = SESSION_REFUSED;
	return err_setf(err, kind, "login refused: %s%s%s%s", said, status[0] ? " (status " : "", status,
			status[0] ? ")" : "");
}

/* ---- AUTHENTICATE ---- */

struct talk {
	enum sasl mechanism;
	struct buf first;		/* in base64; secret */
	bool is_sent;			/* what is next is no longer the first word */
	char status[48];		/* what the server says of a token */
};

static bool say(struct session *s, struct str head, struct str line)
{
	return mailstream_write(s->stream, head.ptr, head.len) >= 0 &&
	       (line.len == 0 || mailstream_write(s->stream, line.ptr, line.len) >= 0) &&
	       mailstream_write(s->stream, "\r\n", 2) >= 0 && mailstream_flush(s->stream) >= 0;
}

static bool answer_challenge(struct session *s, struct talk *t, struct str challenge)
{
	if (!t->is_sent) {
		t->is_sent = true;
		return say(s, STR(""), buf_str(&t->first));
	}
	sasl_read_refusal(challenge, t->status);
	return say(s, STR(""), str_from(sasl_next(t->mechanism)));
}

enum outcome { TAKEN, NOT_TAKEN, BROKEN };

static enum outcome read_outcome(struct session *s, struct talk *t, MMAPString *room)
{
	for (int i = 0; i < MAX_LINES; i++) {
		struct str line = str_from(mailstream_read_line_remove_eol(s->stream, room));

		if (line.ptr == NULL)
			return BROKEN;
		if (str_starts(line, STR("+"))) {
			if (!answer_challenge(s, t, str_sub(line, 1, STR_NONE)))
				return BROKEN;
		} else if (str_istarts(line, STR(TAG " OK"))) {
			return TAKEN;
		} else if (str_istarts(line, STR(TAG " NO"))) {
			return NOT_TAKEN;
		} else if (!str_starts(line, STR("* "))) {
			return BROKEN;	/* BAD, or nothing that belongs here */
		}
	}
	return BROKEN;
}

static bool begin(struct session *s, struct talk *t)
{
	struct buf head;
	bool is_said;

	buf_init(&head, MAX_COMMAND);
	buf_addf(&head, TAG " AUTHENTICATE %s", sasl_name(t->mechanism));
	t->is_sent = session_has_capability(s, "SASL-IR");
	if (t->is_sent)
		buf_addc(&head, ' ');
	is_said = say(s, buf_str(&head), t->is_sent ? buf_str(&t->first) : STR(""));
	buf_finish(&head);
	return is_said;
}

static bool authenticate(struct session *s, enum sasl mechanism, struct str secret, char status[48], struct err *err)
{
	const struct sasl_login login = { .user = str_from(s->opt.user), .secret = secret,
					  .host = s->opt.host, .port = s->opt.port };
	struct talk t = { .mechanism = mechanism };
	MMAPString *room = mmap_string_new("");
	enum outcome outcome;

	if (room == NULL)
		abort();
	session_arm(s, 0);
	buf_init(&t.first, MAX_COMMAND);
	sasl_first(mechanism, &login, &t.first);
	outcome = begin(s, &t) ? read_outcome(s, &t, room) : BROKEN;
	explicit_bzero(t.first.ptr, t.first.len);
	buf_finish(&t.first);
	mmap_string_free(room);
	memcpy(status, t.status, sizeof(t.status));
	if (outcome == TAKEN)
		s->imap->imap_state = MAILIMAP_STATE_AUTHENTICATED;
	else if (outcome == NOT_TAKEN)
		s->fault = SESSION_REFUSED;
	else
		session_failed(s, stream_fault(s->stream) == STREAM_FINE ? MAILIMAP_ERROR_PARSE : MAILIMAP_ERROR_STREAM,
			       false, "AUTHENTICATE", err);
	return outcome == TAKEN;
}

/* ---- by token ---- */

static bool choose(struct session *s, enum sasl *mechanism, struct err *err)
{
	if (session_has_capability(s, "AUTH=XOAUTH2"))
		*mechanism = SASL_XOAUTH2;
	else if (session_has_capability(s, "AUTH=OAUTHBEARER"))
		*mechanism = SASL_OAUTHBEARER;
	else {
		session_disconnect(s);
		s->fault = SESSION_REFUSED;
		return err_setf(err, ERR_CONF, "%s takes no token here (neither AUTH=XOAUTH2 nor AUTH=OAUTHBEARER)",
				s->opt.host);
	}
	return true;
}

static bool try_token(struct session *s, enum sasl mechanism, bool was_refused, char status[48], struct err *err)
{
	struct str token;

	if (s->opt.get_token(s->opt.arg, was_refused, &token, err))
		return authenticate(s, mechanism, token, status, err);
	session_disconnect(s);
	s->fault = SESSION_LOST;
	return false;
}

/* A token may have been taken back before its time: another one tells that from a mailbox that we may not read. */
static bool log_in_by_token(struct session *s, struct err *err)
{
	enum sasl mechanism;
	char status[48] = "";

	if (!choose(s, &mechanism, err))
		return false;
	if (try_token(s, mechanism, false, status, err))
		return true;
	if (s->fault == SESSION_REFUSED && throttle_read(stream_refusal(s->stream)).kind == THROTTLE_NONE &&
	    try_token(s, mechanism, true, status, err))
		return true;
	return s->fault == SESSION_REFUSED ? refused(s, status, err) : false;
}

/* ---- by password ---- */

static bool log_in_by_plain(struct session *s, struct err *err)
{
	char status[48];

	if (authenticate(s, SASL_PLAIN, s->opt.password, status, err))
		return true;
	return s->fault == SESSION_REFUSED ? refused(s, "", err) : false;
}

static bool log_in_by_login(struct session *s, struct err *err)
{
	char *password = xstrndup(s->opt.password.ptr ? s->opt.password.ptr : "", s->opt.password.len);
	int r;

	session_arm(s, 0);
	r = mailimap_login(s->imap, s->opt.user, password);
	explicit_bzero(password, s->opt.password.len);
	free(password);
	if (r == MAILIMAP_ERROR_LOGIN)
		return refused(s, "", err);
	return r == MAILIMAP_NO_ERROR || session_failed(s, r, false, "LOGIN", err);
}

bool session_log_in(struct session *s, struct err *err)
{
	if (s->opt.get_token != NULL)
		return log_in_by_token(s, err);
	if (!session_has_capability(s, "LOGINDISABLED"))
		return log_in_by_login(s, err);
	if (session_has_capability(s, "AUTH=PLAIN"))
		return log_in_by_plain(s, err);
	session_disconnect(s);
	s->fault = SESSION_REFUSED;
	return err_setf(err, ERR_CONF, "%s takes no password here (LOGINDISABLED)", s->opt.host);
}
