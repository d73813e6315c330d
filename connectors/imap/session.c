#include "imap/session.h"

#include <libetpan/libetpan.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "imap/session_private.h"
#include "net/stream.h"

enum {
	SMALL_ANSWER = 1 << 20,		/* bytes that any answer may have beside what was asked for */
	BYE_TIMEOUT_MS = 3000,
	IDLE_TIMEOUT_MS = 15000,	/* some servers make libetpan wait for a "+" that has passed already */
};

struct session *session_create(const struct session_options *opt)
{
	struct session *s = xnew(struct session);

	s->opt = *opt;
	return s;
}

void session_release(struct session *s)
{
	if (s->fetched != NULL)
		mailimap_fetch_list_free(s->fetched);
	s->fetched = NULL;
}

static void drop(struct session *s)
{
	session_release(s);
	s->is_idle = false;
	if (s->imap == NULL)
		return;
	mailimap_free(s->imap);		/* closes the stream; on a dead one its LOGOUT fails at once */
	s->imap = NULL;
}

void session_disconnect(struct session *s)
{
	if (s->imap == NULL)
		return;
	stream_arm(s->stream, &(struct stream_limits){ .patience_us = BYE_TIMEOUT_MS * US_PER_MS,
						       .max_bytes = SMALL_ANSWER,
						       .max_literal = SMALL_ANSWER });
	if (s->is_idle && mailimap_idle_done(s->imap) != MAILIMAP_NO_ERROR)
		stream_cancel(s->stream);
	drop(s);
}

void session_destroy(struct session *s)
{
	if (s == NULL)
		return;
	session_disconnect(s);
	free(s);
}

bool session_is_connected(const struct session *s)
{
	return s->imap != NULL;
}

enum session_fault session_fault(const struct session *s)
{
	return s->fault;
}

void session_arm(struct session *s, uint64_t max_bytes)
{
	uint64_t literal = (uint64_t)s->opt.max_literal + SMALL_ANSWER;

	session_release(s);
	s->fault = SESSION_FINE;
	stream_arm(s->stream, &(struct stream_limits){ .patience_us = s->opt.command_timeout_us,
						       .max_bytes = max_bytes + SMALL_ANSWER,
						       .max_literal = literal });
}

enum err_kind session_judge(struct session *s, struct str refusal)
{
	struct throttle throttle = throttle_read(refusal);

	if (throttle.kind < THROTTLE_BUSY)
		return ERR_AGAIN;
	s->throttle = throttle;
	snprintf(s->said, sizeof(s->said), STR_FMT, STR_ARG(session_without_tag(refusal)));
	return ERR_THROTTLED;
}

struct throttle session_throttle(const struct session *s, struct err *why)
{
	if (s->throttle.kind >= THROTTLE_BUSY)
		err_setf(why, ERR_THROTTLED, "the server said: %s", s->said);
	return s->throttle;
}

void session_calm(struct session *s)
{
	s->throttle = (struct throttle){ .kind = THROTTLE_NONE };
}

/* "5 NO [AUTHENTICATIONFAILED] bad" without the tag. */
struct str session_without_tag(struct str line)
{
	size_t space = str_chr(line, ' ');

	return space == STR_NONE ? line : str_sub(line, space + 1, STR_NONE);
}

void session_give_up(struct session *s, enum session_fault fault)
{
	s->fault = fault;
	stream_cancel(s->stream);
	drop(s);
}

/* libetpan's number for what went wrong into a fault and a text; drops the connection unless it was NO. */
bool session_failed(struct session *s, int code, bool is_plain_no, const char *command, struct err *err)
{
	char refusal[256];
	struct str said = stream_refusal(s->stream);
	enum stream_fault fault = stream_fault(s->stream);
	enum err_kind kind = said.len > 0 ? session_judge(s, said) : ERR_AGAIN;

	snprintf(refusal, sizeof(refusal), STR_FMT, STR_ARG(session_without_tag(said)));
	if (is_plain_no && kind == ERR_THROTTLED && throttle_is_for_all(said)) {
		session_give_up(s, SESSION_LOST);
		return err_setf(err, kind, "%s refused: %s", command, refusal);
	}
	if (is_plain_no) {
		s->fault = SESSION_REFUSED;
		return err_setf(err, kind, "%s refused: %s", command, refusal);
	}
	if (fault == STREAM_BUDGET || fault == STREAM_LITERAL) {
		stream_explain(s->stream, err);
		session_give_up(s, SESSION_TOO_LARGE);
	} else if (fault == STREAM_HOSTILE) {
		stream_explain(s->stream, err);
		session_give_up(s, SESSION_UNREADABLE);
	} else if (refusal[0] != '\0') {
		/* BYE, or BAD, which is how Exchange throttles. */
		err_setf(err, kind, "the server said: %s", refusal);
		session_give_up(s, SESSION_LOST);
	} else if (fault != STREAM_FINE || code == MAILIMAP_ERROR_STREAM) {
		stream_explain(s->stream, err);
		session_give_up(s, SESSION_LOST);
	} else {
		err_setf(err, ERR_AGAIN, "the server's answer cannot be read (%d)", code);
		session_give_up(s, SESSION_UNREADABLE);
	}
	return err_prefixf(err, "%s", command);
}

/* ---- connecting ---- */

static bool greet(struct session *s, struct err *err)
{
	int r = mailimap_connect(s->imap, s->stream);

	if (r == MAILIMAP_NO_ERROR_NON_AUTHENTICATED)
		return true;
	if (r == MAILIMAP_NO_ERROR_AUTHENTICATED) {
		/* Logged in as whom? Before TLS it is also how STARTTLS is made to be skipped. */
		session_give_up(s, SESSION_LOST);
		return err_setf(err, ERR_AGAIN, "the server greeted with PREAUTH, as if we had logged in "
				"already; that is not trusted");
	}
	return session_failed(s, r, false, "greeting", err);
}

/* Not mailimap_capability(), which follows a NULL when the server says OK and nothing else. */
static bool ask_capabilities(struct session *s, struct err *err)
{
	int r;

	session_arm(s, 0);
	r = mailimap_custom_command(s->imap, "CAPABILITY");
	if (r != MAILIMAP_NO_ERROR)
		return session_failed(s, r, r == MAILIMAP_ERROR_CUSTOM_COMMAND, "CAPABILITY", err);
	return true;
}

/* "AUTH=PLAIN" is a kind of its own to libetpan. */
static bool is_capability(const struct mailimap_capability *cap, struct str name)
{
	if (cap->cap_type == MAILIMAP_CAPABILITY_NAME)
		return str_ieq(str_from(cap->cap_data.cap_name), name);
	return str_starts(name, STR("AUTH=")) &&
	       str_ieq(str_from(cap->cap_data.cap_auth_type), str_sub(name, 5, STR_NONE));
}

bool session_has_capability(const struct session *s, const char *name)
{
	const struct mailimap_connection_info *info = s->imap->imap_connection_info;

	if (info == NULL || info->imap_capability == NULL)
		return false;
	for (clistiter *i = clist_begin(info->imap_capability->cap_list); i != NULL; i = clist_next(i))
		if (is_capability(clist_content(i), str_from(name)))
			return true;
	return false;
}

static bool start_tls(struct session *s, struct err *err)
{
	int r;

	if (!ask_capabilities(s, err))
		return false;
	if (!session_has_capability(s, "STARTTLS")) {
		session_give_up(s, SESSION_LOST);
		return err_setf(err, ERR_CONF, "%s offers no STARTTLS (tls: implicit is the rule, port 993)",
				s->opt.host);
	}
	session_arm(s, 0);
	r = mailimap_custom_command(s->imap, "STARTTLS");
	if (r != MAILIMAP_NO_ERROR) {
		session_failed(s, r, false, "STARTTLS", err);
		return false;
	}
	if (stream_start_tls(s->stream, s->opt.tls, s->opt.host, s->opt.connect_timeout_us, err))
		return true;
	session_give_up(s, SESSION_LOST);
	return false;
}

static bool dial_in(struct session *s, struct err *err)
{
	const struct stream_target to = {
		.host = s->opt.host, .port = s->opt.port, .timeout_us = s->opt.connect_timeout_us,
		.is_loopback_only = s->opt.mode == SESSION_TLS_NONE,
		.is_canceled = s->opt.is_canceled, .arg = s->opt.arg,
	};

	s->stream = stream_dial(&to, err);
	if (s->stream == NULL) {
		s->fault = SESSION_LOST;
		return false;
	}
	s->imap = mailimap_new(0, NULL);
	if (s->imap == NULL)
		abort();
	if (s->opt.mode == SESSION_TLS_IMPLICIT &&
	    !stream_start_tls(s->stream, s->opt.tls, s->opt.host, s->opt.connect_timeout_us, err)) {
		mailstream_close(s->stream);	/* not the session's yet */
		mailimap_free(s->imap);
		s->imap = NULL;
		s->fault = SESSION_LOST;
		return false;
	}
	return greet(s, err);
}

bool session_dial(struct session *s, struct err *err)
{
	session_disconnect(s);
	return dial_in(s, err) && (s->opt.mode != SESSION_TLS_STARTTLS || start_tls(s, err));
}

bool session_login(struct session *s, struct err *err)
{
	/* Capabilities said before TLS are anybody's words. */
	return ask_capabilities(s, err) && session_log_in(s, err) && ask_capabilities(s, err);
}

bool session_connect(struct session *s, struct err *err)
{
	return session_dial(s, err) && session_login(s, err);
}

const char *session_describe(const struct session *s, char *out, size_t size)
{
	return stream_describe(s->stream, out, size);
}

/* ---- folders ---- */

static unsigned attrs_of(const struct mailimap_mailbox_list *mb)
{
	unsigned attrs = 0;

	if (mb->mb_flag == NULL)
		return 0;
	if (mb->mb_flag->mbf_sflag == MAILIMAP_MBX_LIST_SFLAG_NOSELECT)
		attrs |= FOLDER_NOSELECT;
	for (clistiter *i = clist_begin(mb->mb_flag->mbf_oflags); i != NULL; i = clist_next(i)) {
		const struct mailimap_mbx_list_oflag *flag = clist_content(i);

		if (flag->of_type == MAILIMAP_MBX_LIST_OFLAG_FLAG_EXT)
			attrs |= folder_attr_from(str_from(flag->of_flag_ext));
	}
	return attrs;
}

bool session_list(struct session *s, struct listed **out, size_t *n_out, struct err *err)
{
	struct listed *all;
	clist *found = NULL;
	size_t n = 0;
	int r;

	session_arm(s, 3 * SMALL_ANSWER);
	r = mailimap_list(s->imap, "", "*", &found);
	if (r != MAILIMAP_NO_ERROR) {
		if (found != NULL)
			mailimap_list_result_free(found);
		return session_failed(s, r, r == MAILIMAP_ERROR_LIST, "LIST", err);
	}
	all = xcalloc((size_t)clist_count(found) + 1, sizeof(*all));
	for (clistiter *i = clist_begin(found); i != NULL; i = clist_next(i)) {
		const struct mailimap_mailbox_list *mb = clist_content(i);

		all[n++] = (struct listed){ xstrdup(mb->mb_name), mb->mb_delimiter, attrs_of(mb) };
	}
	mailimap_list_result_free(found);
	*out = all;
	*n_out = n;
	return true;
}

void listed_free(struct listed *all, size_t n_all)
{
	for (size_t i = 0; i < n_all; i++)
		free(all[i].name);
	free(all);
}

bool session_examine(struct session *s, const char *name, struct mailbox *out, struct err *err)
{
	const struct mailimap_selection_info *info;
	int r;

	session_arm(s, 0);
	r = mailimap_examine(s->imap, name);
	if (r != MAILIMAP_NO_ERROR)
		return session_failed(s, r, r == MAILIMAP_ERROR_EXAMINE, "EXAMINE", err);
	info = s->imap->imap_selection_info;
	if (info == NULL)
		return session_failed(s, MAILIMAP_ERROR_PARSE, false, "EXAMINE", err);
	*out = (struct mailbox){ info->sel_uidvalidity, info->sel_uidnext, info->sel_exists };
	return true;
}

static uint32_t *status_member(int att, struct mailbox *box)
{
	switch (att) {
	case MAILIMAP_STATUS_ATT_MESSAGES: return &box->exists;
	case MAILIMAP_STATUS_ATT_UIDNEXT: return &box->uidnext;
	case MAILIMAP_STATUS_ATT_UIDVALIDITY: return &box->uidvalidity;
	default: return NULL;
	}
}

bool session_status(struct session *s, const char *name, struct mailbox *out, struct err *err)
{
	struct mailimap_status_att_list *wanted = mailimap_status_att_list_new_empty();
	struct mailimap_mailbox_data_status *found = NULL;
	int r;

	if (wanted == NULL || mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_MESSAGES) != 0 ||
	    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDNEXT) != 0 ||
	    mailimap_status_att_list_add(wanted, MAILIMAP_STATUS_ATT_UIDVALIDITY) != 0)
		abort();
	session_arm(s, 0);
	r = mailimap_status(s->imap, name, wanted, &found);
	mailimap_status_att_list_free(wanted);
	if (r == MAILIMAP_NO_ERROR && found == NULL)
		r = MAILIMAP_ERROR_PARSE;
	if (r != MAILIMAP_NO_ERROR)
		return session_failed(s, r, r == MAILIMAP_ERROR_STATUS, "STATUS", err);
	*out = (struct mailbox){ 0 };
	for (clistiter *i = clist_begin(found->st_info_list); i != NULL; i = clist_next(i)) {
		const struct mailimap_status_info *info = clist_content(i);
		uint32_t *member = status_member(info->st_att, out);

		if (member != NULL)
			*member = info->st_value;
	}
	mailimap_mailbox_data_status_free(found);
	return true;
}

bool session_is_gmail(const struct session *s)
{
	return s->imap != NULL && session_has_capability(s, "X-GM-EXT-1");
}

/* ---- idle ---- */

bool session_has_idle(const struct session *s)
{
	return s->imap != NULL && session_has_capability(s, "IDLE");
}

/* libetpan's strings keep the size of the largest answer they ever held. */
static void shrink(MMAPString **string)
{
	MMAPString *fresh = mmap_string_new("");

	if (fresh == NULL)
		abort();
	mmap_string_free(*string);
	*string = fresh;
}

/* What only waits shall cost little: the next command takes its buffers again. */
static void rest(struct session *s)
{
	if (session_has_pending(s))
		return;
	stream_rest(s->stream);
	shrink(&s->imap->imap_stream_buffer);
	shrink(&s->imap->imap_response_buffer);
}

bool session_idle(struct session *s, struct err *err)
{
	int64_t patience_us = s->opt.command_timeout_us;
	int r;

	session_release(s);
	s->fault = SESSION_FINE;
	if (s->imap->imap_selection_info == NULL)	/* libetpan would follow the NULL */
		return session_failed(s, MAILIMAP_ERROR_BAD_STATE, false, "IDLE", err);
	if (patience_us > IDLE_TIMEOUT_MS * US_PER_MS)
		patience_us = IDLE_TIMEOUT_MS * US_PER_MS;
	stream_arm(s->stream, &(struct stream_limits){ .patience_us = patience_us, .max_bytes = SMALL_ANSWER,
						       .max_literal = SMALL_ANSWER });
	r = mailimap_idle(s->imap);
	s->is_idle = r == MAILIMAP_NO_ERROR;
	if (s->is_idle)
		rest(s);
	return s->is_idle || session_failed(s, r, false, "IDLE", err);
}

bool session_idle_done(struct session *s, struct err *err)
{
	int r;

	s->is_idle = false;
	session_arm(s, SMALL_ANSWER);
	r = mailimap_idle_done(s->imap);
	return r == MAILIMAP_NO_ERROR || session_failed(s, r, false, "DONE", err);
}

bool session_is_idle(const struct session *s)
{
	return s->is_idle;
}

bool session_has_pending(const struct session *s)
{
	return s->imap != NULL && stream_has_pending(s->stream);
}

bool session_is_called(const struct session *s)
{
	struct pollfd fd = { .fd = session_fd(s), .events = POLLIN };

	return session_has_pending(s) || (fd.fd >= 0 && poll(&fd, 1, 0) != 0);
}

int session_fd(const struct session *s)
{
	return s->imap != NULL ? stream_fd(s->stream) : -1;
}
