#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

#include "../check_main.h"
#include "rig.h"

static struct rig rig;

static void setup(void)
{
	rig_setup(&rig, 1, RIG_PATIENCE_US, 0);
}

/* ---- what goes in comes out ---- */

START_TEST(a_good_message_comes_back_whole)
{
	const struct interaction *it;

	setup();
	rig_pass(&rig);
	it = &rig.out.items[0];
	ck_assert_int_eq(it->channel, CHANNEL_EMAIL);
	ck_assert_int_eq(it->direction, DIRECTION_IN);
	ck_assert_int_eq(it->kind, KIND_MESSAGE);
	ck_assert_int_eq(it->key_us, 1);
	ck_assert_int_eq(it->occurred_us, 1795324000000000);
	ck_assert_int_eq(it->claimed_us, -3);
	ck_assert(str_eq(it->external_id, STR("id")));
	ck_assert(str_eq(it->subject, STR("text/plain")));
	ck_assert(str_eq(it->why, STR("peer: x\n")));
	ck_assert(str_eq(it->filter, STR("filter")));
	ck_assert_uint_eq(it->n_parties, 2);
	ck_assert_uint_eq(it->parties[0].n_ids, 2);
	ck_assert(str_eq(it->parties[0].ids[1].scope, STR("crm")));
	ck_assert(str_eq(it->parties[1].name, STR("conf")));
	ck_assert_uint_eq(it->n_attachments, 3);
	ck_assert_int_eq(it->attachments[0].size, 5);
	ck_assert_int_eq(it->attachments[1].state, ATTACHMENT_PENDING);
	ck_assert_ptr_null(it->attachments[0].body.ptr);
	rig_teardown(&rig);
}
END_TEST

struct seen {
	struct buf bytes;
	unsigned restarts, fail_after, n;
	int64_t sleep_us;
};

static bool see(void *arg, size_t item, size_t attachment, struct str piece)
{
	struct seen *seen = arg;

	if (seen->sleep_us > 0)
		usleep((useconds_t)seen->sleep_us);
	buf_addf(&seen->bytes, "%zu/%zu:", item, attachment);
	buf_add(&seen->bytes, piece);
	buf_addc(&seen->bytes, ';');
	return seen->fail_after == 0 || ++seen->n < seen->fail_after;
}

static void forget(void *arg)
{
	struct seen *seen = arg;

	buf_clear(&seen->bytes);
	seen->restarts++;
}

START_TEST(attachments_stream_to_the_sink)
{
	struct seen seen = { 0 };
	const struct sandbox_sink sink = { see, forget, &seen };

	setup();
	buf_init(&seen.bytes, 1000);
	ck_assert(rig_run(&rig, &connector_good, "hello", &sink));
	ck_assert_str_eq(seen.bytes.ptr, "0/0:hello;0/2:;");
	buf_finish(&seen.bytes);
	rig_teardown(&rig);
}
END_TEST

START_TEST(the_time_of_the_sink_is_not_the_parsers)
{
	struct seen seen = { .sleep_us = 700000 };
	const struct sandbox_sink sink = { see, forget, &seen };

	rig_setup(&rig, 1, 1000000, 0);
	buf_init(&seen.bytes, 1000);
	ck_assert(rig_run(&rig, &connector_good, "hello", &sink));	/* two chunks: 1.4 s */
	ck_assert_int_lt(rig.verdict.took_us, 1000000);
	buf_finish(&seen.bytes);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_sink_that_gives_up_does_not_blame_the_message)
{
	struct seen seen = { .fail_after = 1 };
	const struct sandbox_sink sink = { see, forget, &seen };

	setup();
	buf_init(&seen.bytes, 1000);
	ck_assert(!rig_run(&rig, &connector_good, "hello", &sink));
	ck_assert_int_eq(rig.err.kind, ERR_AGAIN);
	ck_assert_str_eq(rig.err.msg, "the attachments cannot be kept");
	ck_assert_int_eq(rig.verdict.end, PARSE_REFUSED);
	rig_pass(&rig);
	buf_finish(&seen.bytes);
	rig_teardown(&rig);
}
END_TEST

START_TEST(chunks_of_a_parser_that_died_are_taken_back)
{
	struct seen seen = { 0 };
	const struct sandbox_sink sink = { see, forget, &seen };

	setup();
	buf_init(&seen.bytes, 1000);
	ck_assert(!rig_run(&rig, &connector_evil, "die sending", &sink));
	/* The second parser's serial is not 1: nonsense before the first chunk. */
	ck_assert_str_eq(rig.err.msg, "the parser answered nonsense: the answer to another message; "
				      "the first time, the parser ended by itself (exit code 7)");
	ck_assert_uint_eq(seen.restarts, 1);
	ck_assert_uint_eq(seen.bytes.len, 0);
	rig_pass(&rig);
	buf_finish(&seen.bytes);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_text_that_is_too_large_is_an_answer)
{
	const size_t n = 40 << 20;
	char *body = xcalloc(1, n + 1);
	const struct raw raw = { .body = { body, n } };

	setup();
	memset(body, 'x', n);
	rig.arena = arena_create(16 << 20);
	rig.out = (struct interactions){ .arena = rig.arena, .max_items = 1 };
	/* Its text is too large, and that is said, not died of. */
	ck_assert(!parsers_normalize(rig.ps, &connector_good, STR("c"), &raw, &rig.out, NULL,
				     &rig.verdict, &rig.err));
	ck_assert_str_eq(rig.err.msg, "text has 41943040 bytes, more than 4194304");
	ck_assert_int_eq(rig.err.kind, ERR_LIMIT);
	rig_pass(&rig);
	free(body);
	rig_teardown(&rig);
}
END_TEST

struct compared {
	const char *with;
	size_t at;
	bool is_other;
};

static bool compare(void *arg, size_t item, size_t attachment, struct str piece)
{
	struct compared *c = arg;

	c->is_other |= item != 0 || attachment != 0 || memcmp(c->with + c->at, piece.ptr, piece.len) != 0;
	c->at += piece.len;
	return true;
}

START_TEST(a_large_attachment_streams_whole)
{
	const size_t n = 60 << 20;
	char *body = xcalloc(1, n);
	const struct raw raw = { .body = { body, n } };
	struct compared compared = { .with = body };
	const struct sandbox_sink sink = { .chunk = compare, .arg = &compared };

	setup();
	for (size_t i = 0; i < n; i++)
		body[i] = (char)(i * 2654435761u >> 13);
	rig.arena = arena_create(1 << 20);	/* none of it comes to live there */
	rig.out = (struct interactions){ .arena = rig.arena, .max_items = 1 };
	ck_assert(parsers_normalize(rig.ps, &connector_carrier, STR("c"), &raw, &rig.out, &sink,
				    &rig.verdict, &rig.err));
	ck_assert_uint_eq(compared.at, n);
	ck_assert(!compared.is_other);
	ck_assert_int_eq(rig.out.items[0].attachments[0].size, n);
	free(body);
	rig_teardown(&rig);
}
END_TEST

START_TEST(what_is_larger_than_any_request_is_not_sent)
{
	const struct raw raw = { .body = { "", (size_t)97 << 20 } };

	setup();
	ck_assert(!parsers_normalize(rig.ps, &connector_good, STR(""), &raw, &rig.out, NULL,
				     &rig.verdict, &rig.err));
	ck_assert_int_eq(rig.err.kind, ERR_LIMIT);
	ck_assert_str_eq(rig.err.msg, "it is larger than 96 MiB");
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_caller_without_room_is_told_so)
{
	const struct raw raw = { .body = STR("hello") };

	setup();
	rig.arena = arena_create(100);
	rig.out = (struct interactions){ .arena = rig.arena, .max_items = 1 };
	ck_assert(!parsers_normalize(rig.ps, &connector_good, STR("c"), &raw, &rig.out, NULL,
				     &rig.verdict, &rig.err));
	ck_assert_int_eq(rig.err.kind, ERR_LIMIT);
	ck_assert_uint_eq(rig.verdict.attempts, 1);
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(a_configuration_that_cannot_be_unpacked_says_so)
{
	const struct raw raw = { .body = STR("hello") };

	setup();
	rig_pass(&rig);
	ck_assert(!parsers_normalize(rig.ps, &connector_good, STR("bad"), &raw, &rig.out, NULL,
				     &rig.verdict, &rig.err));
	ck_assert_str_eq(rig.err.msg, "configuration of \"good\": row 1 is cut short");
	ck_assert_int_eq(rig.err.kind, ERR_INPUT);
	rig_pass(&rig);
	rig_teardown(&rig);
}
END_TEST

START_TEST(the_configuration_follows_its_message)
{
	const struct raw raw = { .body = STR("hello") };
	const struct str confs[] = { STR("one"), STR("two"), STR("two"), STR("") };

	setup();
	rig.arena = arena_create(16 << 20);
	for (size_t i = 0; i < countof(confs); i++) {
		rig.out = (struct interactions){ .arena = rig.arena, .max_items = 1 };
		ck_assert(parsers_normalize(rig.ps, &connector_good, confs[i], &raw, &rig.out, NULL,
					    &rig.verdict, &rig.err));
		ck_assert(str_eq(rig.out.items[0].parties[1].name, confs[i]));
	}
	rig_teardown(&rig);
}
END_TEST

START_TEST(what_the_warm_up_opened_is_there)
{
	setup();
	ck_assert(!rig_run(&rig, &connector_evil, "iconv", NULL));
	ck_assert_str_eq(rig.err.msg, "\xe3\x81\x82");
	rig_teardown(&rig);
}
END_TEST

/* ---- processes come and go ---- */

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

START_TEST(a_parser_is_replaced_before_it_is_tired)
{
	struct parsers_stats stats;
	size_t before;
	pid_t pid;

	rig_setup(&rig, 1, 2 * US_PER_S, 3);
	rig_pass(&rig);
	before = open_descriptors();
	for (int i = 0; i < 29; i++)
		rig_pass(&rig);
	rig_pass(&rig);
	ck_assert_uint_eq(open_descriptors(), before);
	parsers_stats(rig.ps, &stats);
	ck_assert_uint_eq(stats.messages, 31);
	ck_assert_uint_eq(stats.ends[PARSE_ANSWERED], 31);
	ck_assert_uint_eq(stats.spawns, 11);
	ck_assert_uint_eq(stats.recycled, 10);
	ck_assert_uint_eq(stats.lost_idle, 0);
	ck_assert_uint_eq(rig_children(sandbox_pid(rig.sb), "daybook-parse", &pid), 1);
	rig_teardown(&rig);
}
END_TEST

/* A sanitizer's own thread holds the socket a little longer than the one that is seen to be dead. */
static bool is_dying(pid_t pid)
{
	auto_free char *tasks = xasprintf("/proc/%d/task", (int)pid);
	struct stat st;
	pid_t found;

	return rig_children(sandbox_pid(rig.sb), "daybook-parse", &found) > 0 ||
	       (stat(tasks, &st) == 0 && st.st_nlink > 3);
}

START_TEST(one_that_died_in_its_sleep_costs_nothing)
{
	struct parsers_stats stats;
	pid_t pid = 0;

	rig_setup(&rig, 1, 2 * US_PER_S, 0);
	rig_pass(&rig);
	ck_assert_uint_eq(rig_children(sandbox_pid(rig.sb), "daybook-parse", &pid), 1);
	kill(pid, SIGKILL);
	while (is_dying(pid))
		usleep(1000);
	rig_pass(&rig);
	parsers_stats(rig.ps, &stats);
	ck_assert_uint_eq(stats.lost_idle, 1);
	ck_assert_uint_eq(stats.given_up, 0);
	rig_teardown(&rig);
}
END_TEST

START_TEST(failures_are_counted_by_reason)
{
	struct parsers_stats stats;

	setup();
	ck_assert(!rig_run(&rig, &connector_evil, "crash", NULL));
	ck_assert_int_eq(rig.verdict.signal, SIGSEGV);
	ck_assert(!rig_run(&rig, &connector_evil, "garbage", NULL));
	parsers_stats(rig.ps, &stats);
	ck_assert_uint_eq(stats.ends[PARSE_KILLED], 2);
	ck_assert_uint_eq(stats.ends[PARSE_NONSENSE], 2);
	ck_assert_uint_eq(stats.spawns, 4);
	ck_assert_uint_eq(stats.given_up, 2);
	ck_assert_str_eq(parse_end_name(PARSE_FORBIDDEN), "forbidden");
	rig_teardown(&rig);
}
END_TEST

/* ---- many at a time ---- */

enum { THREADS = 16, EACH = 200 };

static bool send_one(struct parsers *ps, int thread, int i, struct arena *arena)
{
	/* One in fifty is a crash: neighbours must not notice. */
	const bool is_evil = i % 50 == 49;
	const struct str body = is_evil ? STR("crash") : arena_strf(arena, "%d/%d", thread, i);
	const struct raw raw = { .body = body, .received_us = i };
	struct interactions out = { .arena = arena, .max_items = 10 };
	struct parse_verdict verdict;
	struct err err;
	bool ok = parsers_normalize(ps, is_evil ? &connector_evil : &connector_good, STR("c"), &raw,
				    &out, NULL, &verdict, &err);

	if (is_evil)
		return !ok && verdict.end == PARSE_KILLED;
	return ok && out.n_items == 1 && str_eq(out.items[0].text, body) &&
	       out.items[0].occurred_us == i;
}

struct sender {
	struct parsers *ps;
	int number, n_wrong;
};

static void *send_many(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < EACH; i++) {
		struct arena *arena = arena_create(16 << 20);

		s->n_wrong += !send_one(s->ps, s->number, i, arena);
		arena_destroy(arena);
	}
	return NULL;
}

START_TEST(sixteen_threads_get_their_own_answers)
{
	struct sender senders[THREADS];
	pthread_t threads[THREADS];
	struct parsers_stats stats;

	rig_setup(&rig, 3, RIG_PATIENCE_US, 0);
	for (int i = 0; i < THREADS; i++) {
		senders[i] = (struct sender){ rig.ps, i, 0 };
		pthread_create(&threads[i], NULL, send_many, &senders[i]);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		ck_assert_int_eq(senders[i].n_wrong, 0);
	}
	parsers_stats(rig.ps, &stats);
	ck_assert_uint_eq(stats.messages, THREADS * EACH);
	ck_assert_uint_eq(stats.given_up, THREADS * EACH / 50);
	rig_teardown(&rig);
}
END_TEST

RUN("parse", a_good_message_comes_back_whole, attachments_stream_to_the_sink,
    the_time_of_the_sink_is_not_the_parsers, a_sink_that_gives_up_does_not_blame_the_message,
    chunks_of_a_parser_that_died_are_taken_back, a_text_that_is_too_large_is_an_answer,
    a_large_attachment_streams_whole, what_is_larger_than_any_request_is_not_sent,
    a_caller_without_room_is_told_so, a_configuration_that_cannot_be_unpacked_says_so,
    the_configuration_follows_its_message, what_the_warm_up_opened_is_there,
    a_parser_is_replaced_before_it_is_tired, one_that_died_in_its_sleep_costs_nothing,
    failures_are_counted_by_reason, sixteen_threads_get_their_own_answers)
