/* The keys of these mails are frozen. A digest that changes here means that a mail which is stored already and met again
 * in another mailbox is stored twice: make it a new FROZEN_VERSION, say in CHANGELOG that the store has to be rebuilt,
 * and only then write the new digests down (DAYBOOK_FROZEN_PRINT=1 prints them). Rows with one digest are one mail. */
#include "mime/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#include "../check_main.h"

#define HEAD "From: Ana <ana@x.example>\r\nTo: b@y.example\r\nSubject: Steel beams\r\n" \
	     "Date: Mon, 14 Sep 2026 12:00:00 +0000\r\nMessage-ID: <1@x.example>\r\n"
#define SAYS "Hello Grace,\r\n\r\nthe offer is fine: please send 40 beams to the site by Friday, and the bolts too.\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n\r\n"
#define FORM "Content-Type: text/plain; charset=utf-8\r\n"
#define LIST HEAD "List-Id: <steel.lists.example>\r\nList-Post: <mailto:steel@lists.example>\r\n"

static const struct row {
	const char *what, *mail, *digest;
} rows[] = {
	/* one mail, on its ways */
	{ "plain", HEAD "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "line ends of an mbox", "From: Ana <ana@x.example>\nTo: b@y.example\nSubject: Steel beams\n"
	  "Date: Mon, 14 Sep 2026 12:00:00 +0000\nMessage-ID: <1@x.example>\n\nHello Grace,\n\nthe offer is fine: please send "
	  "40 beams to the site by Friday, and the bolts too.\n\n\n", "5e69fa3cea6bc63a" },
	{ "date in another zone", "From: Ana <ana@x.example>\r\nSubject: Steel beams\r\n"
	  "Date: Mon, 14 Sep 2026 09:00:00 -0300\r\nMessage-ID: <1@x.example>\r\n\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "quoted-printable", HEAD "Content-Transfer-Encoding: quoted-printable\r\n\r\nHello Grace,\r\n\r\nthe offer is =\r\nfine: "
	  "please send 40 beams to the site by Friday=2C and the bolts too.\r\n", "5e69fa3cea6bc63a" },
	{ "base64", HEAD "Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8gR3JhY2UsDQoNCnRoZSBvZmZlciBpcyBmaW5lOiBwbGVhc2Ugc2VuZCA0"
	  "MCBiZWFtcyB0byB0aGUg\r\nc2l0ZSBieSBGcmlkYXksIGFuZCB0aGUgYm9sdHMgdG9vLg0K\r\n", "5e69fa3cea6bc63a" },
	{ "flowed", HEAD "Content-Type: text/plain; format=flowed\r\n\r\nHello Grace,\r\n\r\nthe offer \r\nis fine: please send 40 "
	  "\r\nbeams to the site by Friday, and \r\nthe bolts too.\r\n", "5e69fa3cea6bc63a" },
	{ "rewrapped", HEAD "\r\nHello\r\nGrace, the offer is fine:\r\nplease\r\nsend 40 beams to the site by Friday, and the bolts\r\ntoo.\r\n", "5e69fa3cea6bc63a" },
	{ "footer of a list", HEAD "\r\n" SAYS "_______________________________________________\r\nSteel mailing list\r\n", "5e69fa3cea6bc63a" },
	{ "footer without a line", HEAD "\r\n" SAYS "\r\nThis message is confidential. Delete it.\r\n", "5e69fa3cea6bc63a" },
	{ "footer as a part", LIST "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n" FORM "\r\n" SAYS "\r\n--m\r\n" FORM
	  "\r\nSteel mailing list\r\n--m--\r\n", "5e69fa3cea6bc63a" },
	{ "subject of a list", "Subject: [Steel] Steel beams\r\n" LIST "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "author behind a list", "From: \"Ana via Steel\" <steel@lists.example>\r\nReply-To: Ana <ana@x.example>\r\n" LIST "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "author behind a group", "From: \"'Ana' via Steel\" <steel@lists.example>\r\nX-Original-From: Ana <Ana@X.example>\r\n" LIST
	  "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "marked as spam", "Subject: {Spam?} Steel beams\r\n" HEAD "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "subject encoded", "Subject: =?utf-8?Q?Steel_beams?=\r\n" HEAD "\r\n" SAYS, "5e69fa3cea6bc63a" },
	{ "answered above", HEAD "\r\n" SAYS "\r\nOn Monday Bob wrote:\r\n> old\r\n", "5e69fa3cea6bc63a" },
	{ "with a page beside it", HEAD "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n" FORM "\r\n" SAYS "\r\n--a\r\n"
	  HTML "<p>Hello <b>Grace</b></p>\r\n--a--\r\n", "5e69fa3cea6bc63a" },
	{ "the page alone", HEAD HTML "<html><head><title>x</title><style>p { color: red }</style></head><body><!-- c --><p>Hello Grace,</p>"
	  "<p>the offer is <b>fine</b>: please&nbsp;send 40 beams to the\r\nsite by Friday, and the bolts too.</p></body></html>\r\n", "5e69fa3cea6bc63a" },
	{ "the page below an empty text", HEAD "Content-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\n" FORM "\r\n \r\n--a\r\n"
	  HTML "<div>Hello Grace,<br>the offer is fine: please send 40 beams to the site by Friday, and the bolts too.</div>\r\n--a--\r\n", "5e69fa3cea6bc63a" },
	{ "smart quotes", HEAD FORM "\r\n\xe2\x80\x9cHello\xe2\x80\x9d Grace,\r\n\r\nthe offer is \xe2\x80\x98" "fine\xe2\x80\x99: please send "
	  "40 beams\xe2\x80\x94to the site by Friday, and the bolts too.\r\n", "5e69fa3cea6bc63a" },

	/* short ones, with what was appended behind a line of its own */
	{ "short", HEAD "\r\nOk, thanks.\r\n", "48386613c20a1459" },
	{ "short, with a signature", HEAD "\r\nOk, thanks.\r\n-- \r\nAna\r\n", "48386613c20a1459" },
	{ "short, with a footer", HEAD "\r\nOk, thanks.\r\n\r\n=====\r\nScanned by a gateway\r\n", "48386613c20a1459" },
	{ "short page, with a footer", HEAD HTML "Ok, thanks.<hr>Scanned by a gateway\r\n", "48386613c20a1459" },
	{ "nothing", HEAD "\r\n\r\n", "c37cc44535772ec6" },
	{ "nothing, and a file", HEAD "Content-Type: application/pdf\r\n\r\nx\r\n", "c37cc44535772ec6" },

	/* letters that conversion changes */
	{ "UTF-8", HEAD FORM "\r\nPre\xc3\xa7o \xe2\x82\xac 5\r\n", "758740a3ce55df66" },
	{ "decomposed", HEAD FORM "\r\nPrec\xcc\xa7o \xe2\x82\xac 5\r\n", "758740a3ce55df66" },
	{ "windows-1252", HEAD "Content-Type: text/plain; charset=windows-1252\r\n\r\nPre\xe7o \x80 5\r\n", "758740a3ce55df66" },
	{ "no charset", HEAD "\r\nPre\xe7o \x80 5\r\n", "758740a3ce55df66" },
	{ "entities", HEAD HTML "Pre&ccedil;o &euro; 5\r\n", "758740a3ce55df66" },
	{ "koi8-r", HEAD "Content-Type: text/plain; charset=koi8-r\r\n\r\n\xf0\xd2\xc9\xd7\xc5\xd4\r\n", "ae9c8e503ac6953d" },
	{ "windows-1251", HEAD "Content-Type: text/plain; charset=windows-1251\r\n\r\n\xcf\xf0\xe8\xe2\xe5\xf2\r\n", "ae9c8e503ac6953d" },
	{ "shift_jis", HEAD "Content-Type: text/plain; charset=shift_jis\r\n\r\n\x8c\xa9\x90\xcf\r\n", "6f97a3cfe736bd41" },
	{ "iso-2022-jp", HEAD "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n\x1b$B8+@Q\x1b(B\r\n", "6f97a3cfe736bd41" },
	{ "gb2312", HEAD "Content-Type: text/plain; charset=gb2312\r\n\r\n\xb1\xa8\xbc\xdb\r\n", "667276cb65a74475" },
	{ "euc-kr", HEAD "Content-Type: text/plain; charset=euc-kr\r\n\r\n\xb0\xdf\xc0\xfb\r\n", "a307381a92150b06" },
	{ "big5", HEAD "Content-Type: text/plain; charset=big5\r\n\r\n\xb3\xf8\xbb\xf9\r\n", "5a0f14415ee0475b" },

	/* other mails that bear the id of the first */
	{ "other text", HEAD "\r\nHello Grace,\r\n\r\nthe offer is not fine: please send 50 beams.\r\n", "842e6cf66ee26eb4" },
	{ "other subject", "Subject: Steel bolts\r\n" HEAD "\r\n" SAYS, "5eda58b306165226" },
	{ "other brackets", "Subject: [1]\r\n" HEAD "\r\n" SAYS, "6e5a7a61b6b366f0" },
	{ "other brackets still", "Subject: [2]\r\n" HEAD "\r\n" SAYS, "b9f408947f86254e" },
	{ "other second", "Date: Mon, 14 Sep 2026 12:00:01 +0000\r\n" HEAD "\r\n" SAYS, "45cf76a53b8cbb08" },
	{ "other author", "From: eve@x.example\r\n" HEAD "\r\n" SAYS, "bbdbc62e91413e42" },
	{ "only a quote", HEAD "\r\n> Hello Grace\r\n", "4b51352998cbfb57" },
	{ "From at the front", HEAD "\r\nFrom here on it is ours.\r\n", "f26e77b022c5f9bd" },
	{ "From as mbox has it", HEAD "\r\n>From here on it is ours.\r\n", "f26e77b022c5f9bd" },
};

static struct arena *arena;

static const char *digest_of(const char *mail, struct str *id)
{
	struct interactions out = { .arena = arena, .max_items = 1 };
	struct raw raw = { .body = str_from(mail), .received_us = INT64_C(1795348800000000) };
	struct err err;

	mime_warm_up();
	ck_assert_msg(mail_normalize(NULL, &raw, &out, &err), "%s", err.msg);
	if (id != NULL)
		*id = out.items[0].external_id;
	return arena_strf(arena, "%.16s", out.items[0].discriminator.ptr).ptr;
}

START_TEST(the_keys_of_mails_do_not_change)
{
	arena = arena_create(256 << 20);
	for (size_t i = 0; i < countof(rows); i++) {
		const char *got = digest_of(rows[i].mail, NULL);

		if (getenv("DAYBOOK_FROZEN_PRINT") != NULL)
			printf("%s\t%s\n", got, rows[i].what);
		else
			ck_assert_msg(strcmp(got, rows[i].digest) == 0, "%s: %s and not %s", rows[i].what, got, rows[i].digest);
	}
	arena_destroy(arena);
}
END_TEST

/* Without a Message-ID the same goes for the id that is made. */
START_TEST(a_made_id_survives_the_way_too)
{
	static const char *const same[] = {
		"From: a@x.example\nTo: b@y.example\nSubject: Steel\n\nHello\n",
		"From: A <a@x.example>\r\nTo: \"B\" <B@y.example>\r\nSubject: [list] Steel\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8K\r\n",
	};
	static const char *const other[] = {
		"From: a@x.example\nTo: c@y.example\nSubject: Steel\n\nHello\n",
		"From: a@x.example\nTo: b@y.example\nSubject: Steel\nContent-Type: application/pdf\n\npage 1\n",
		"From: a@x.example\nTo: b@y.example\nSubject: Steel\nContent-Type: application/pdf\n\npage 2\n",
	};
	struct str first, id, before = { NULL, 0 };

	arena = arena_create(64 << 20);
	digest_of(same[0], &first);
	digest_of(same[1], &id);
	ck_assert(str_starts(id, STR("sha256:")) && str_eq(id, first));
	for (size_t i = 0; i < countof(other); i++, before = id) {
		digest_of(other[i], &id);
		ck_assert(!str_eq(id, first) && !str_eq(id, before));
	}
	arena_destroy(arena);
}
END_TEST

/* Only the front is looked at where that is enough. */
START_TEST(a_long_mail_has_the_key_of_its_first_letters)
{
	static const char *const fillers[] = { "> what you wrote\r\n", "...\r\n\r\n", "--\r\n", "e\xcc\x81 and more of it\r\n" };
	const char *plain;
	struct buf mail;

	arena = arena_create(64 << 20);
	plain = digest_of(HEAD FORM "\r\n" SAYS, NULL);
	for (size_t i = 0; i < countof(fillers); i++) {
		for (int below = i == 3; below < 2; below++) {
			buf_init(&mail, 1 << 20);
			buf_add(&mail, STR(HEAD FORM "\r\n"));
			buf_add(&mail, below ? STR(SAYS) : STR(""));
			for (int n = 0; n < 1000; n++)
				buf_add(&mail, str_from(fillers[i]));
			buf_add(&mail, below ? STR("") : STR(SAYS));
			ck_assert_msg(strcmp(digest_of(mail.ptr, NULL), plain) == 0, "%s", fillers[i]);
			buf_finish(&mail);
		}
	}
	arena_destroy(arena);
}
END_TEST

/* A connector's legacy_charset says how its mailbox is read, and not which mail a mail is. */
START_TEST(the_legacy_charset_is_no_part_of_the_key)
{
	const struct mail_options greek = { .legacy_charset = "windows-1253" };
	struct interactions out = { .arena = arena_create(64 << 20), .max_items = 2 };
	struct raw raw = { .body = STR(HEAD "Subject: \xc1\xe2\r\n\r\nPre\xe7o\r\n"), .received_us = INT64_C(1795348800000000) };
	struct err err;

	mime_warm_up();
	ck_assert(mail_normalize(NULL, &raw, &out, &err) && mail_normalize(&greek, &raw, &out, &err));
	ck_assert(!str_eq(out.items[0].text, out.items[1].text));
	ck_assert(str_eq(out.items[0].discriminator, out.items[1].discriminator));
	arena_destroy(out.arena);
}
END_TEST

RUN("mime-frozen", the_keys_of_mails_do_not_change, a_made_id_survives_the_way_too,
    a_long_mail_has_the_key_of_its_first_letters, the_legacy_charset_is_no_part_of_the_key)
