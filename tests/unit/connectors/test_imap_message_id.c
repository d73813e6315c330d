#include "imap/message_id.h"

#include "../check_main.h"

static void expect(const char *header, const char *want)
{
	char text[MESSAGE_ID_MAX];
	struct str got = message_id_of(str_from(header), text);

	ck_assert_msg(str_eq(got, str_from(want)), "%s: \"" STR_FMT "\"", header, STR_ARG(got));
}

START_TEST(it_stands_in_the_brackets_wherever_the_field_is)
{
	expect("Message-ID: <a@b>\r\n\r\n", "a@b");
	expect("From: x\r\nMESSAGE-id:<a@b>\r\nTo: <y@z>\r\n\r\nbody", "a@b");
	expect("Message-ID:\r\n <a@\r\n\tb>\r\nTo: <y@z>\r\n", "a@b");
	expect("Message-ID: <a@b>", "a@b");
	expect("Message-ID: <a@b>\n\n", "a@b");
}
END_TEST

START_TEST(what_is_not_plain_is_none)
{
	expect("", "");
	expect("From: x\r\n\r\nMessage-ID: <a@b>\r\n", "");		/* behind the header */
	expect("Message-ID: a@b\r\nTo: <y@z>\r\n", "");
	expect("Message-ID: <a@b\r\nTo: <y@z>\r\n", "");
	expect("Message-ID: >a<\r\n", "");
	expect("Message-ID: <a<c@b>\r\n", "");
	expect("Message-ID: <\xc3\xa9@b>\r\n", "");
	expect("Message-ID: <>\r\n", "");
	expect("X-Message-ID: <a@b>\r\n", "");
	expect("Message-ID: (of hand) <a@b>\r\n", "");		/* the parser may see no end of the comment */
}
END_TEST

START_TEST(one_that_is_too_long_is_none)
{
	char header[MESSAGE_ID_MAX + 30] = "Message-ID: <", text[MESSAGE_ID_MAX];

	for (int i = 0; i < MESSAGE_ID_MAX; i++)
		header[13 + i] = 'x';
	header[13 + MESSAGE_ID_MAX] = '>';
	ck_assert_uint_eq(message_id_of(str_from(header), text).len, MESSAGE_ID_MAX);
	header[13 + MESSAGE_ID_MAX] = 'x';
	header[14 + MESSAGE_ID_MAX] = '>';
	ck_assert_uint_eq(message_id_of(str_from(header), text).len, 0);
}
END_TEST

RUN("imap_message_id", it_stands_in_the_brackets_wherever_the_field_is, what_is_not_plain_is_none,
    one_that_is_too_long_is_none)
