#include <stdio.h>

#include "mime/mail.h"
#include "mime/tree.h"

#include "../check_main.h"

static struct decode dec;
static struct tree tree;
static struct err err;

static bool parse(const char *mail)
{
	const struct limits limits = { .max_header_bytes = 4096, .max_field_bytes = 4096,
				       .max_fields = 50, .max_depth = 5, .max_parts = 20 };

	mime_warm_up();
	arena_destroy(dec.arena);
	dec = (struct decode){ .arena = arena_create(16 << 20), .legacy = STR("windows-1252") };
	return tree_parse(&dec, str_from(mail), &limits, &tree, &err);
}

static const char *body(size_t i)
{
	return arena_str(dec.arena, tree.parts[i].body).ptr;
}

static void check_type(size_t i, const char *type)
{
	ck_assert_uint_lt(i, tree.n_parts);
	ck_assert_str_eq(arena_str(dec.arena, tree.parts[i].type).ptr, type);
}

START_TEST(a_boundary_may_be_written_in_rfc_2231)
{
	static const char *const fields[] = { "boundary*=us-ascii''b", "boundary*=\"x-y'pt'b\"",
					      "boundary*0=b", "boundary*0*=a'b'b", "BOUNDARY = b" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		char mail[256];

		snprintf(mail, sizeof(mail), "Content-Type: multipart/mixed; %s\n\n--b\n\none\n--b--\n",
			 fields[i]);
		ck_assert(parse(mail));
		ck_assert_uint_eq(tree.n_parts, 2);
		ck_assert_str_eq(body(1), "one");
	}
}
END_TEST

START_TEST(attached_messages_are_leaves_with_their_exact_bytes)
{
	ck_assert(parse("Content-Type: multipart/digest; boundary=b\n\n--b\n\nTo: g:g:\n\nx\n--b\n"
			"Content-Type: message (a) / RFC822\n\nContent-Type: message/rfc822\n\nA: =?x?q?y?=\n--b--\n"));
	ck_assert_uint_eq(tree.n_parts, 3);
	check_type(1, "message/rfc822");
	ck_assert_str_eq(body(1), "To: g:g:\n\nx");
	ck_assert_str_eq(body(2), "Content-Type: message/rfc822\n\nA: =?x?q?y?=");
}
END_TEST

START_TEST(values_are_those_of_the_mail_and_not_of_the_copy)
{
	ck_assert(parse("Content-Description: =?x?q?y?=\nX: ab\nno header here\nnor here\n"));
	ck_assert_str_eq(arena_str(dec.arena, tree.parts[0].head.fields[0].name).ptr,
			 "Content-Description");
	ck_assert(str_eq(str_trim(head_get(&tree.parts[0].head, STR("X"))), STR("ab")));
	ck_assert_str_eq(body(0), "no header here\nnor here\n");
}
END_TEST

START_TEST(the_first_content_type_counts_for_the_structure_too)
{
	ck_assert(parse("Content-Type: text/html\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"));
	ck_assert_uint_eq(tree.n_parts, 1);
	check_type(0, "text/html");
}
END_TEST

START_TEST(a_multipart_that_is_none_gives_its_text)
{
	ck_assert(parse("Content-Type: multipart/mixed\n\ntext\n--x\n"));
	check_type(0, "text/plain");
	ck_assert_str_eq(body(0), "text\n--x\n");
	ck_assert(parse("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
			"Content-Type: multipart/mixed; boundary=i\n\ntext\n--o--\n"));
	ck_assert_uint_eq(tree.n_parts, 2);
	ck_assert_str_eq(body(1), "text");
}
END_TEST

START_TEST(caps_hold_before_the_parser)
{
	ck_assert(!parse("Content-Type: multipart/a; boundary=b\n\n--b\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\n"
			 "A:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\n"
			 "A:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\nA:1\n"
			 "A:1\nA:1\nA:1\nA:1\nA:1\nA:1\n\nx\n--b--\n"));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_str_eq(err.msg, "part 2: mail has 51 header fields; the limit is 50");
}
END_TEST

RUN("mime-tree", a_boundary_may_be_written_in_rfc_2231,
    attached_messages_are_leaves_with_their_exact_bytes,
    values_are_those_of_the_mail_and_not_of_the_copy,
    the_first_content_type_counts_for_the_structure_too, a_multipart_that_is_none_gives_its_text,
    caps_hold_before_the_parser)
