#include "oauth/post.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/beside.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define NAME "daybook-fetch"

enum { MAX_REQUEST = 64 << 10, MAX_REPLY = 8 * POST_MAX_ANSWER, GRACE_S = 5 };

void post_wipe(struct buf *b)
{
	if (b->ptr != NULL)
		explicit_bzero(b->ptr, b->room);
	buf_finish(b);
}

void post_answer_finish(struct post_answer *answer)
{
	post_wipe(&answer->body);
}

void post_field(struct buf *form, const char *name, struct str value)
{
	buf_addf(form, "%s%s=", form->len ? "&" : "", name);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
				c == '-' || c == '.' || c == '_' || c == '~';

		buf_addf(form, is_plain ? "%c" : "%%%02X", c);
	}
}

/* ---- the program ---- */

/* Nothing of ours goes along: the request is all that it knows. */
static char **clean_environment(char *room[8])
{
	static const char *const kept[] = { "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" };
	size_t n = 0;

	for (size_t i = 0; i < countof(kept); i++)
		if (getenv(kept[i]) != NULL)
			room[n++] = xasprintf("%s=%s", kept[i], getenv(kept[i]));
	room[n] = NULL;
	return room;
}

static int spawn_over(const char *path, int fd, char **env, pid_t *pid)
{
	char *const argv[] = { (char *)NAME, (char *)DAYBOOK_VERSION, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t how;
	sigset_t all, none;
	int error;

	sigfillset(&all);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, fd, 0);
	posix_spawn_file_actions_adddup2(&files, fd, 1);
	posix_spawn_file_actions_addclosefrom_np(&files, 3);
	posix_spawnattr_init(&how);
	posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigdefault(&how, &all);
	posix_spawnattr_setsigmask(&how, &none);
	error = posix_spawn(pid, path, &files, &how, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&how);
	return error;
}

/* One socket is its standard input and output. */
static bool start(pid_t *pid, int *fd, struct err *err)
{
	auto_free char *path = program_beside("fetch", NAME, err);
	char *room[8];
	int ends[2], error;

	if (path == NULL)
		return false;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
		return err_setf(err, ERR_AGAIN, NAME ": socketpair: %s", strerror(errno));
	error = spawn_over(path, ends[1], clean_environment(room), pid);
	for (size_t i = 0; room[i] != NULL; i++)
		free(room[i]);
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		return err_setf(err, ERR_AGAIN, NAME ": %s", strerror(error));
	}
	*fd = ends[0];
	return true;
}

static bool tell(int fd, struct str request)
{
	while (request.len > 0) {
		ssize_t n = send(fd, request.ptr, request.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		request = str_sub(request, (size_t)n, request.len);
	}
	return shutdown(fd, SHUT_WR) == 0;
}

/* To the end of what it says; false when it takes too long. */
static bool hear(int fd, struct buf *reply, int64_t deadline_us)
{
	char bytes[4096];

	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left_us = deadline_us - clock_mono_us();
		ssize_t n;

		if (left_us <= 0 || (poll(&wait, 1, (int)(left_us / US_PER_MS) + 1) < 0 && errno != EINTR))
			return false;
		n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
		if (n == 0)
			return true;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return false;
		if (n > 0)
			buf_add(reply, (struct str){ bytes, (size_t)n });
	}
}

static void bury(pid_t pid)
{
	kill(pid, SIGKILL);		/* it is done, or it is late */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- the talk ---- */

static void put_request(const struct post *post, struct buf *out)
{
	struct json_writer w;

	json_begin(&w, out);
	json_open(&w, '{');
	json_member(&w, "url", str_from(post->url));
	json_member(&w, "form", post->form);
	json_member_or_null(&w, "tls_ca", str_from(post->tls_ca));
	json_member_int(&w, "timeout_s", POST_TIMEOUT_S);
	json_close(&w, '}');
}

static bool read_reply(struct str text, struct post_answer *answer, struct err *err)
{
	auto_json struct json_object *reply = json_parse(text, 3, 20, err);
	struct str error = json_str(reply, "error");

	if (reply == NULL)
		return err_setf(err, ERR_AGAIN, NAME " ended without an answer");
	if (error.len > 0)
		return err_setf(err, json_true(json_get(reply, "is_lasting")) ? ERR_CONF : ERR_AGAIN, STR_FMT,
				STR_ARG(error));
	*answer = (struct post_answer){ 0 };
	json_int(json_get(reply, "status"), &answer->status);
	json_int(json_get(reply, "retry_after_s"), &answer->retry_after_s);
	buf_init(&answer->body, POST_MAX_ANSWER);
	buf_add(&answer->body, json_str(reply, "body"));
	return true;
}

bool post_by_program(const struct post *post, struct post_answer *answer, struct err *err)
{
	int64_t deadline_us = clock_mono_us() + (POST_TIMEOUT_S + GRACE_S) * US_PER_S;
	struct buf request, reply;
	bool is_heard;
	pid_t pid;
	int fd;

	if (!start(&pid, &fd, err))
		return false;
	buf_init(&request, MAX_REQUEST);
	buf_init(&reply, MAX_REPLY);
	put_request(post, &request);
	is_heard = !buf_is_exceeded(&request) && tell(fd, buf_str(&request)) && hear(fd, &reply, deadline_us);
	close(fd);
	bury(pid);
	is_heard = is_heard ? read_reply(buf_str(&reply), answer, err) :
			      err_setf(err, ERR_AGAIN, NAME " did not answer");
	post_wipe(&request);
	post_wipe(&reply);
	return is_heard;
}
