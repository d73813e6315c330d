#include "connectors.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "sandbox/wire.h"

enum { PARSER_SOCKET = 3 };	/* what a hijacked parser would find */

/* ---- good: echoes what it got, in every field there is ---- */

static void fill_texts(struct interaction *it, struct arena *arena, const struct raw *raw)
{
	it->account = STR("account");
	it->external_id = raw->id;
	it->discriminator = STR("d");
	it->about = STR("about");
	it->thread = STR("thread");
	it->subject = raw->content_type;
	it->text = raw->body;
	it->text_full = arena_strf(arena, STR_FMT " -- full", STR_ARG(str_sub(raw->body, 0, 100)));
	it->details = STR("{\"a\":[1,-2.5e3,\"\\u00e9\",null,true,{}]}");
	it->why = raw->meta;
	it->filter = STR("filter");
}

static void fill_parties(struct interaction *it, struct arena *arena, const char *conf)
{
	struct party *from = interaction_add_party(it, arena, ROLE_FROM, STR("Zo\xc3\xab"));

	party_add_identity(from, arena, SCHEME_EMAIL, STR("z@example.com"), STR(""));
	party_add_identity(from, arena, SCHEME_EXT, STR("42"), STR("crm"));
	interaction_add_party(it, arena, ROLE_TO, str_from(conf));
}

static void fill_attachments(struct interaction *it, struct arena *arena, const struct raw *raw)
{
	struct attachment *a = interaction_add_attachment(it, arena);

	*a = (struct attachment){ .name = STR("a.bin"), .media_type = STR("application/x"),
				  .content_id = STR("cid"), .body = raw->body };
	a = interaction_add_attachment(it, arena);
	*a = (struct attachment){ .name = STR("later"), .size = 7, .state = ATTACHMENT_PENDING,
				  .remote_id = STR("media/1"), .reason = STR("why not"),
				  .sha256 = STR("0123456789abcdef0123456789abcdef"
						"0123456789abcdef0123456789abcdef") };
	a = interaction_add_attachment(it, arena);
	*a = (struct attachment){ .name = STR("empty"), .body = STR("") };
}

static bool good(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	struct interaction *it = interactions_add(out);

	if (it == NULL)
		return err_setf(err, ERR_LIMIT, "more than %zu interactions", out->max_items);
	it->channel = CHANNEL_EMAIL;
	it->direction = DIRECTION_IN;
	it->kind = KIND_MESSAGE;
	it->key_us = 1;
	it->occurred_us = raw->received_us;
	it->claimed_us = -3;
	fill_texts(it, out->arena, raw);
	fill_parties(it, out->arena, conf);
	fill_attachments(it, out->arena, raw);
	return true;
}

const struct connector connector_good = { .api = CONNECTOR_API, .name = "good", .normalize = good };

/* ---- trivial: says how many bytes it got ---- */

static bool trivial(const void *conf, const struct raw *raw, struct interactions *out,
		    struct err *err)
{
	(void)conf, (void)err;
	interactions_add(out)->text = arena_strf(out->arena, "%zu", raw->body.len);
	return true;
}

const struct connector connector_trivial = {
	.api = CONNECTOR_API, .name = "trivial", .normalize = trivial,
};

/* ---- carrier: all of it is one attachment ---- */

static bool carry(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)conf, (void)err;
	interaction_add_attachment(interactions_add(out), out->arena)->body = raw->body;
	return true;
}

const struct connector connector_carrier = {
	.api = CONNECTOR_API, .name = "carrier", .normalize = carry,
};

/* ---- evil: one function a crime ---- */

typedef bool (*crime_fn)(const struct raw *raw, struct interactions *out, struct err *err);

static bool tried(const char *what, long result, struct err *err)
{
	return err_setf(err, ERR_INPUT, "%s: %s", what, result < 0 ? strerror(errno) : "it worked!");
}

static bool crash(const struct raw *raw, struct interactions *out, struct err *err)
{
	volatile char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)raw, (void)out, (void)err;
	*nowhere = 1;
	return true;
}

static bool loop(const struct raw *raw, struct interactions *out, struct err *err)
{
	for (volatile unsigned i = 0;; i++)
		if (raw->body.len == 0)
			return err_setf(err, ERR_INPUT, "%zu", out->n_items);
}

static int deeper(volatile char *above, int depth)
{
	volatile char here[256];

	here[depth % 256] = above[0];
	return depth < 0 ? 0 : deeper(here, depth + 1) + here[3];
}

static bool recurse(const struct raw *raw, struct interactions *out, struct err *err)
{
	volatile char top[1] = { 1 };

	(void)out, (void)err;
	return deeper(top, (int)raw->body.len) == 1;
}

static bool open_file(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return tried("open", open("/etc/passwd", O_RDONLY), err);
}

static bool open_socket(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return tried("socket", socket(AF_INET, SOCK_STREAM, 0), err);
}

static bool fork_process(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return tried("fork", fork(), err);
}

static bool exec_program(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return tried("execve", execl("/bin/true", "true", (char *)NULL), err);
}

static bool map_code(const struct raw *raw, struct interactions *out, struct err *err)
{
	void *code = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)raw, (void)out;
	return tried("mmap", code == MAP_FAILED ? -1 : 0, err);
}

static bool kill_parent(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return tried("kill", kill(1, 0), err);
}

static bool bomb(const struct raw *raw, struct interactions *out, struct err *err)
{
	const size_t mb = 1 << 20;
	char *volatile block;

	(void)raw, (void)out, (void)err;
	while ((block = malloc(mb)) != NULL)
		memset(block, 1, mb);
	abort();	/* what libraries do then */
}

static bool fill_arena(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)err;
	while (!arena_is_exceeded(out->arena))
		arena_alloc(out->arena, 1 << 20);
	return true;
}

static bool fail_assertion(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out, (void)err;
	abort();
}

static bool leave(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out, (void)err;
	_exit(0);
}

static bool wait_forever(const struct raw *raw, struct interactions *out, struct err *err)
{
	char byte;

	(void)raw, (void)out, (void)err;
	return read(PARSER_SOCKET, &byte, 1) == 1;
}

/* "あ" in Shift_JIS, by a module that only the warm-up could load. */
static bool convert(const struct raw *raw, struct interactions *out, struct err *err)
{
	iconv_t cd = iconv_open("UTF-8", "SHIFT_JIS");
	char from[] = "\x82\xa0", to[8] = "", *in = from, *at = to;
	size_t n_from = 2, n_to = sizeof(to) - 1;

	(void)raw, (void)out;
	if (cd == (iconv_t)-1 || iconv(cd, &in, &n_from, &at, &n_to) != 0)
		return tried("iconv", -1, err);
	return err_setf(err, ERR_INPUT, "%s", to);
}

static void say(const void *bytes, size_t n)
{
	if (write(PARSER_SOCKET, bytes, n) < 0)
		_exit(1);
}

static bool say_garbage(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out, (void)err;
	say("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", 46);
	return true;
}

/* Fitting the first message of fresh parsers, whose serial is 1. */
static bool say_head(struct wire_reply head)
{
	head.magic = WIRE_REPLY;
	head.serial = 1;
	say(&head, sizeof(head));
	return true;
}

static bool say_four_gigabytes(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out, (void)err;
	return say_head((struct wire_reply){ .block_bytes = UINT32_MAX });
}

static bool say_a_billion_items(const struct raw *raw, struct interactions *out, struct err *err)
{
	const uint32_t billion = 1000000000;

	(void)raw, (void)out, (void)err;
	say_head((struct wire_reply){ .block_bytes = sizeof(billion) });
	say(&billion, sizeof(billion));
	return true;
}

static bool answer_twice(const struct raw *raw, struct interactions *out, struct err *err)
{
	const uint32_t none = 0;

	(void)raw, (void)out, (void)err;
	say_head((struct wire_reply){ .block_bytes = sizeof(none) });
	say(&none, sizeof(none));
	return true;
}

/* Half of a body, then death: what the sink has seen must be taken back. */
static bool die_while_sending(const struct raw *raw, struct interactions *out, struct err *err)
{
	const struct wire_body body = { 0, 0, 10 };
	struct interaction *it = interactions_add(out);
	struct buf block;

	(void)raw;
	interaction_add_attachment(it, out->arena);
	buf_init(&block, WIRE_MAX_BLOCK);
	wire_put(&block, out, err);
	say_head((struct wire_reply){ .block_bytes = (uint32_t)block.len, .n_bodies = 1,
				      .body_bytes = 10 });
	say(block.ptr, block.len);
	say(&body, sizeof(body));
	say("12345", 5);
	_exit(7);
}

static bool bad_enum(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)err;
	interactions_add(out)->kind = (enum kind)99;
	return true;
}

static bool bad_utf8(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)err;
	interactions_add(out)->subject = STR("caf\xe9");
	return true;
}

static bool bad_details(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)err;
	interactions_add(out)->details = STR("{'a':1}");
	return true;
}

static bool latin1_error(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return err_setf(err, ERR_INPUT, "no such charset \"caf\xe9\"\n");
}

static bool wrong_kind(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out;
	return err_setf(err, ERR_IO, "the disk is on fire");
}

static bool say_nothing(const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)raw, (void)out, (void)err;
	return false;
}

static bool too_much_text(const struct raw *raw, struct interactions *out, struct err *err)
{
	struct interaction *it = interactions_add(out);
	const size_t n = 3 << 20;
	char *text = arena_alloc(out->arena, n);

	(void)raw, (void)err;
	memset(text, 'x', n);
	it->text = it->text_full = (struct str){ text, n };
	return true;
}

static bool huge_body(const struct raw *raw, struct interactions *out, struct err *err)
{
	struct interaction *it = interactions_add(out);
	const size_t n = WIRE_BODY_SLACK + 100;

	(void)raw, (void)err;
	interaction_add_attachment(it, out->arena)->body =
		(struct str){ arena_alloc(out->arena, n), n };
	return true;
}

static const struct {
	const char *name;
	crime_fn commit;
} crimes[] = {
	{ "crash", crash }, { "loop", loop }, { "recurse", recurse }, { "open", open_file },
	{ "socket", open_socket }, { "fork", fork_process }, { "execve", exec_program },
	{ "map code", map_code }, { "kill", kill_parent }, { "bomb", bomb },
	{ "fill arena", fill_arena }, { "abort", fail_assertion }, { "exit", leave },
	{ "wait", wait_forever }, { "garbage", say_garbage }, { "4 GB", say_four_gigabytes },
	{ "1e9 items", say_a_billion_items }, { "twice", answer_twice },
	{ "die sending", die_while_sending }, { "enum", bad_enum }, { "utf8", bad_utf8 },
	{ "details", bad_details }, { "latin1", latin1_error }, { "kind", wrong_kind },
	{ "nothing", say_nothing }, { "iconv", convert }, { "text", too_much_text }, { "body", huge_body },
};

static bool evil(const void *conf, const struct raw *raw, struct interactions *out, struct err *err)
{
	(void)conf;
	for (size_t i = 0; i < countof(crimes); i++)
		if (str_eq(raw->body, str_from(crimes[i].name)))
			return crimes[i].commit(raw, out, err);
	return err_setf(err, ERR_INPUT, "no such crime: " STR_FMT, STR_ARG(raw->body));
}

const struct connector connector_evil = { .api = CONNECTOR_API, .name = "evil", .normalize = evil };

const struct connector *const test_connectors[] = {
	&connector_good, &connector_trivial, &connector_carrier, &connector_evil, NULL,
};

void test_warm_up(void)
{
	(void)iconv_open("UTF-8", "SHIFT_JIS");	/* kept open: the module stays mapped */
}

void *test_unpack(const struct connector *connector, struct str packed, struct err *err)
{
	(void)connector;
	if (str_eq(packed, STR("bad"))) {
		err_setf(err, ERR_CONF, "row 1 is cut short");
		return NULL;
	}
	return xstrndup(packed.ptr, packed.len);
}
