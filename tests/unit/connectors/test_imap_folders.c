#include <string.h>

#include "base/mem.h"
#include "imap/folders.h"
#include "imap/mutf7.h"

#include "../check_main.h"

static struct folder_list list;

static const struct listed dovecot[] = {
	{ (char *)"INBOX", '.', 0 }, { (char *)"Sent", '.', FOLDER_SENT }, { (char *)"Trash", '.', FOLDER_TRASH },
	{ (char *)"Projetos", '.', FOLDER_NOSELECT }, { (char *)"Projetos.Sent", '.', 0 },
};

static void choose(const struct listed *all, size_t n, const char *const *names, size_t n_names)
{
	const struct conf_list wanted = { (const char **)names, n_names };

	folder_list_finish(&list);
	folders_choose(&wanted, all, n, &list);
}

static const struct folder *folder(size_t i)
{
	ck_assert_uint_lt(i, list.n_items);
	return &list.items[i];
}

START_TEST(the_default_is_inbox_and_the_sent_folder)
{
	choose(dovecot, countof(dovecot), NULL, 0);
	ck_assert_uint_eq(list.n_items, 2);
	ck_assert_str_eq(folder(0)->name, "INBOX");
	ck_assert_int_eq(folder(0)->hint, FOLDER_HINT_INBOX);
	ck_assert_str_eq(folder(1)->name, "Sent");
	ck_assert_int_eq(folder(1)->hint, FOLDER_HINT_SENT);
	ck_assert_ptr_null(list.missing);
}
END_TEST

START_TEST(without_special_use_the_name_decides_in_many_languages)
{
	static const char *const names[] = {
		"Sent Items", "Gesendete Objekte", "Enviados", "Itens Enviados", "Elementos enviados", "Posta inviata",
		"&AMk-l&AOk-ments envoy&AOk-s", "Verzonden items", "Wys&AUI-ane", "Odeslan&AOE- po&AWE-ta",
		"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-", "&XfJT0ZAB-", "&kAFP4W4IMH8-", "&vPSwuNO4ycDVaA-",
		"&A5EDwAO1A8MDxAOxA7sDvAOtA70DsQ-", "SENT", "INBOX.Sent", "[Gmail]/Enviados", "g&APY-nderildi",
	};

	for (size_t i = 0; i < countof(names); i++) {
		struct listed all[] = { { (char *)"INBOX", '/', 0 }, { (char *)names[i], strchr(names[i], '/') ? '/' : '.', 0 } };

		choose(all, 2, NULL, 0);
		ck_assert_msg(list.n_items == 2, "%s", names[i]);
		ck_assert_int_eq(folder(1)->hint, FOLDER_HINT_SENT);
	}
}
END_TEST

START_TEST(a_sent_folder_of_a_project_is_not_the_sent_folder)
{
	static const struct listed all[] = { { (char *)"INBOX", '.', 0 }, { (char *)"Projects.Sent", '.', 0 },
					     { (char *)"Sent.2020", '.', 0 }, { (char *)"Unsent", '.', 0 } };

	choose(all, countof(all), NULL, 0);
	ck_assert_uint_eq(list.n_items, 1);
	ck_assert_str_eq(list.missing, "\\Sent");
}
END_TEST

START_TEST(special_use_beats_a_name)
{
	static const struct listed all[] = { { (char *)"Sent", '/', 0 }, { (char *)"Postausgang", '/', FOLDER_SENT } };

	choose(all, countof(all), NULL, 0);
	ck_assert_uint_eq(list.n_items, 2);
	ck_assert_str_eq(folder(1)->name, "Postausgang");
}
END_TEST

START_TEST(folders_are_found_by_utf8_and_by_the_servers_spelling)
{
	static const struct listed all[] = { { (char *)"INBOX", '/', 0 }, { (char *)"Anfragen M&APw-nchen", '/', 0 } };
	static const char *const utf8[] = { "Anfragen München" }, *const raw[] = { "Anfragen M&APw-nchen", "Weg", "\\Junk" };

	choose(all, 2, utf8, 1);
	ck_assert_str_eq(folder(0)->name, "Anfragen M&APw-nchen");
	ck_assert_str_eq(folder(0)->label, "Anfragen München");
	choose(all, 2, raw, 3);
	ck_assert_uint_eq(list.n_items, 1);
	ck_assert_str_eq(list.missing, "Weg, \\Junk");
}
END_TEST

START_TEST(inbox_is_there_even_when_nothing_is_listed)
{
	static const char *const names[] = { "inbox", "München", "\\Sent" };

	choose(NULL, 0, names, 3);
	ck_assert_uint_eq(list.n_items, 2);
	ck_assert_str_eq(folder(0)->name, "INBOX");
	ck_assert_str_eq(folder(1)->name, "M&APw-nchen");
	ck_assert_str_eq(list.missing, "\\Sent");
}
END_TEST

START_TEST(a_name_with_a_line_break_is_never_used)
{
	static const struct listed all[] = { { (char *)"Sent\r\n9 DELETE INBOX", '/', FOLDER_SENT } };

	choose(all, 1, NULL, 0);
	ck_assert_uint_eq(list.n_items, 1);
	ck_assert_str_eq(list.missing, "\\Sent");
}
END_TEST

START_TEST(attributes_are_known_with_and_without_backslash)
{
	ck_assert_uint_eq(folder_attr_from(STR("\\sEnT")), FOLDER_SENT);
	ck_assert_uint_eq(folder_attr_from(STR("Sent")), FOLDER_SENT);
	ck_assert_uint_eq(folder_attr_from(STR("\\NonExistent")), FOLDER_NOSELECT);
	ck_assert_uint_eq(folder_attr_from(STR("\\Important")), 0);
}
END_TEST

static void both_ways(const char *raw, const char *utf8)
{
	struct buf out;

	buf_init(&out, 1000);
	ck_assert_msg(mutf7_decode(str_from(raw), &out), "%s", raw);
	ck_assert_str_eq(out.ptr, utf8);
	buf_clear(&out);
	ck_assert(mutf7_encode(str_from(utf8), &out));
	ck_assert_str_eq(out.ptr, raw);
	buf_finish(&out);
}

START_TEST(modified_utf7_goes_both_ways)
{
	both_ways("Sent", "Sent");
	both_ways("R&AOk-union &- caf&AOk-", "Réunion & café");
	both_ways("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語");
	both_ways("&2D3eAA-", "😀");
	both_ways("&kAFP4W4IMH8-", "送信済み");
}
END_TEST

START_TEST(malformed_utf7_is_kept_as_it_stands)
{
	static const char *const broken[] = { "a&", "a&b", "&AO*-", "&2D0-", "&3gA-", "&AOl-", "&AAo-", "caf\xc3\xa9", "&A-", "a\nb" };

	for (size_t i = 0; i < countof(broken); i++) {
		struct buf out;

		buf_init(&out, 100);
		buf_add(&out, STR("x"));
		ck_assert_msg(!mutf7_decode(str_from(broken[i]), &out), "%s", broken[i]);
		ck_assert_str_eq(out.ptr + 1, broken[i]);
		buf_finish(&out);
	}
}
END_TEST

RUN("imap_folders", the_default_is_inbox_and_the_sent_folder,
    without_special_use_the_name_decides_in_many_languages, a_sent_folder_of_a_project_is_not_the_sent_folder,
    special_use_beats_a_name, folders_are_found_by_utf8_and_by_the_servers_spelling,
    inbox_is_there_even_when_nothing_is_listed, a_name_with_a_line_break_is_never_used,
    attributes_are_known_with_and_without_backslash, modified_utf7_goes_both_ways,
    malformed_utf7_is_kept_as_it_stands)
