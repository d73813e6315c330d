/* What a server of ours says of a sender, who chose a part of the text that it says it in. */
#include "base/buf.h"
#include "base/mem.h"
#include "model/authentication.h"
#include "model/own.h"

#include "../check_main.h"

static const char *domains[] = { "us.example" }, *servers[] = { "mx.us.example" };
static const struct own_conf conf = { .domains = { domains, 1 }, .servers = { servers, 1 } };

static bool is_disproved(const char *header)
{
	struct arena *arena = arena_create(1 << 20);
	struct err err;
	struct own *own = own_create(&conf, &err);
	struct str why;
	bool is;

	ck_assert_msg(own != NULL, "%s", err.msg);
	is = authentication_disproves(str_from(header), own, arena, &why);
	own_destroy(own);
	arena_destroy(arena);
	return is;
}

START_TEST(only_a_server_of_ours_disproves)
{
	ck_assert(is_disproved("mx.us.example; dmarc=fail (p=none; dmarc=pass) header.from=us.example"));
	ck_assert(is_disproved("mx.us.example 1; dkim=none; spf=fail smtp.mailfrom=a@evil.example"));
	ck_assert(!is_disproved("mx.us.example; dkim=pass header.d=us.example; spf=fail smtp.mailfrom=a@evil.example"));
	ck_assert(!is_disproved("mx.us.example; spf=fail smtp.mailfrom=a@evil.example; dmarc=pass"));
	ck_assert(!is_disproved("mx.us.example; spf=pass (dmarc=fail; dmarc=fail) smtp.mailfrom=a@us.example"));
	ck_assert(!is_disproved("mx.evil.example; dmarc=fail"));
}
END_TEST

START_TEST(a_sender_s_address_is_no_result)
{
	ck_assert(is_disproved("mx.us.example; spf=pass smtp.mailfrom=\"a(b\"@evil.example; dmarc=fail header.from=us.example"));
	ck_assert(is_disproved("mx.us.example; spf=pass smtp.mailfrom=a(b@evil.example; dmarc=fail (p=NONE) header.from=us.example"));
	ck_assert(is_disproved("mx.us.example; spf=pass smtp.mailfrom=\"a\\\"(b\"@evil.example; dmarc=fail header.from=us.example"));
	ck_assert(is_disproved("mx.us.example; spf=pass smtp.mailfrom=a\"b@evil.example; dmarc=fail header.from=us.example"));
	ck_assert(is_disproved("mx.us.example; dmarc=fail header.from=us.example; spf=pass smtp.mailfrom=\"; dmarc=pass ;\"@evil.example"));
	ck_assert(is_disproved("mx.us.example; spf=fail smtp.mailfrom=\"; dkim=pass ;\"@evil.example"));
}
END_TEST

START_TEST(a_result_counts_however_far_behind)
{
	struct buf header;

	buf_init(&header, 1 << 20);
	buf_add(&header, STR("mx.us.example; "));
	while (header.len < 40000)
		buf_add(&header, STR("dkim=pass (2048-bit key) header.i=@evil.example; "));
	buf_add(&header, STR("dmarc=fail"));
	ck_assert(is_disproved(header.ptr));
	buf_finish(&header);
}
END_TEST

RUN("model/authentication", only_a_server_of_ours_disproves, a_sender_s_address_is_no_result, a_result_counts_however_far_behind)
