#include "cli/import_send.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/import_escape.h"

enum {
	MAX_REPLY = 64 << 10, MAX_ORIGIN = 2000, UPLOAD_BUFFER = 512 << 10,
	PATIENCE_S = 120,	/* for one answer: two parses and a busy disk */
};

struct flight {
	CURL *curl;
	struct curl_slist *headers;
	struct buf reply;
	void *tag;
	bool is_used;
};

struct import_send {
	CURLM *multi;
	const char *socket;
	struct flight *flights;
	size_t n, n_flying;
	struct flight *answered;	/* whose reply the caller still reads */
};

static size_t take_reply(char *bytes, size_t size, size_t n, void *arg)
{
	struct buf *reply = arg;

	buf_add(reply, (struct str){ bytes, size * n });
	return buf_is_exceeded(reply) ? 0 : size * n;
}

struct import_send *import_send_create(const char *socket, size_t max_flying)
{
	struct import_send *p = xnew(struct import_send);

	curl_global_init(CURL_GLOBAL_NOTHING);
	p->multi = curl_multi_init();
	p->socket = socket;
	p->n = max_flying;
	p->flights = xcalloc(max_flying, sizeof(*p->flights));
	curl_multi_setopt(p->multi, CURLMOPT_MAXCONNECTS, (long)max_flying);
	for (size_t i = 0; i < p->n; i++) {
		p->flights[i].curl = curl_easy_init();
		buf_init(&p->flights[i].reply, MAX_REPLY);
	}
	return p;
}

void import_send_destroy(struct import_send *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		struct flight *f = &p->flights[i];

		curl_multi_remove_handle(p->multi, f->curl);
		curl_easy_cleanup(f->curl);
		curl_slist_free_all(f->headers);
		buf_finish(&f->reply);
	}
	curl_multi_cleanup(p->multi);
	curl_global_cleanup();
	free(p->flights);
	free(p);
}

size_t import_send_n_flying(const struct import_send *p)
{
	return p->n_flying;
}

/* ---- a request ---- */

static void add_header(struct flight *f, const char *name, const char *value)
{
	auto_free char *line = xasprintf("%s: %.*s", name, MAX_ORIGIN, value);

	f->headers = curl_slist_append(f->headers, line);
}

static struct flight *begin(struct import_send *p, const char *path, void *tag)
{
	auto_free char *url = xasprintf("http://daybookd%s", path);
	struct flight *f = p->flights;

	while (f->is_used)
		f++;
	f->is_used = true;
	f->tag = tag;
	buf_clear(&f->reply);
	curl_easy_reset(f->curl);	/* keeps its connection */
	curl_easy_setopt(f->curl, CURLOPT_UNIX_SOCKET_PATH, p->socket);
	curl_easy_setopt(f->curl, CURLOPT_URL, url);
	curl_easy_setopt(f->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(f->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->curl, CURLOPT_TIMEOUT, (long)PATIENCE_S);
	curl_easy_setopt(f->curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
	curl_easy_setopt(f->curl, CURLOPT_WRITEFUNCTION, take_reply);
	curl_easy_setopt(f->curl, CURLOPT_WRITEDATA, &f->reply);
	curl_easy_setopt(f->curl, CURLOPT_PRIVATE, f);
	f->headers = curl_slist_append(f->headers, "Expect:");	/* no round trip before large ones */
	return f;
}

static void launch(struct import_send *p, struct flight *f)
{
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, f->headers);
	curl_multi_add_handle(p->multi, f->curl);
	p->n_flying++;
}

void import_send_mail(struct import_send *p, const struct import_mail *mail, const char *import, void *tag)
{
	static const char *const hints[] = { [IMPORT_HINT_INBOX] = "inbox", [IMPORT_HINT_SENT] = "sent" };
	struct flight *f = begin(p, "/import", tag);
	auto_free char *origin = import_escape(str_from(mail->origin), IMPORT_ESCAPE_CONTROLS);
	char date[24];

	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)mail->n_bytes);
	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDS, mail->bytes);
	add_header(f, "Content-Type", "message/rfc822");
	add_header(f, "X-Daybook-Origin", origin);
	if (import[0] != '\0')
		add_header(f, "X-Daybook-Import", import);
	if (mail->hint != IMPORT_HINT_NONE)
		add_header(f, "X-Daybook-Folder-Hint", hints[mail->hint]);
	if (mail->internaldate_us > 0) {
		snprintf(date, sizeof(date), "%" PRId64, mail->internaldate_us);
		add_header(f, "X-Daybook-Internaldate", date);
	}
	launch(p, f);
}

void import_send_json(struct import_send *p, const char *path, struct str json, void *tag)
{
	struct flight *f = begin(p, path, tag);

	curl_easy_setopt(f->curl, CURLOPT_POSTFIELDSIZE, (long)json.len);
	curl_easy_setopt(f->curl, CURLOPT_COPYPOSTFIELDS, json.ptr);
	add_header(f, "Content-Type", "application/json");
	launch(p, f);
}

/* ---- an answer ---- */

static void release(struct import_send *p)
{
	if (p->answered == NULL)
		return;
	curl_slist_free_all(p->answered->headers);
	p->answered->headers = NULL;
	p->answered->is_used = false;
	p->answered = NULL;
}

static bool take_answer(struct import_send *p, struct import_answer *answer)
{
	curl_off_t retry_after = 0;
	struct flight *f;
	CURLMsg *msg;
	int left;

	do {
		msg = curl_multi_info_read(p->multi, &left);
	} while (msg != NULL && msg->msg != CURLMSG_DONE);
	if (msg == NULL)
		return false;
	curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&f);
	*answer = (struct import_answer){ .tag = f->tag, .is_lost = msg->data.result != CURLE_OK };
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &answer->status);
	curl_easy_getinfo(f->curl, CURLINFO_RETRY_AFTER, &retry_after);
	answer->retry_after_s = retry_after;
	answer->text = buf_str(&f->reply);
	curl_multi_remove_handle(p->multi, f->curl);
	p->n_flying--;
	p->answered = f;
	return true;
}

bool import_send_next(struct import_send *p, int wait_ms, struct import_answer *answer)
{
	int n_running;

	release(p);
	if (take_answer(p, answer))
		return true;
	curl_multi_perform(p->multi, &n_running);
	if (take_answer(p, answer))
		return true;
	curl_multi_poll(p->multi, NULL, 0, wait_ms, NULL);
	curl_multi_perform(p->multi, &n_running);
	return take_answer(p, answer);
}
