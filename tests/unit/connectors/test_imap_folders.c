#include <stdio.h>
#include <stdlib.h>
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
	folders_choose(&(struct folder_wish){ .wanted = &wanted }, all, n, &list);
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

/* What stands in list, in one line. */
static const char *chosen(void)
{
	static char text[4000];

	text[0] = '\0';
	for (size_t i = 0; i < list.n_items; i++) {
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%s", i ? "|" : "", list.items[i].label);
	}
	return text;
}

static const char *chosen_of(const struct listed *all, size_t n, const char *const *names, size_t n_names)
{
	choose(all, n, names, n_names);
	return chosen();
}

#define CHOSEN(all, ...) \
	chosen_of(all, countof(all), (const char *const[]){ __VA_ARGS__ }, countof(((const char *const[]){ __VA_ARGS__ })))

static const struct listed company[] = {
	{ (char *)"Clientes", '/', 0 }, { (char *)"Clientes/Sul", '/', 0 }, { (char *)"Clientes/S&AOM-o Paulo", '/', 0 },
	{ (char *)"Clientes/Sul/2024", '/', 0 }, { (char *)"Papelada", '/', FOLDER_NOSELECT }, { (char *)"INBOX", '/', 0 },
	{ (char *)"Lixo Eletr&APQ-nico", '/', FOLDER_JUNK }, { (char *)"Lixeira", '/', FOLDER_TRASH },
	{ (char *)"Lixeira/Antigos", '/', 0 }, { (char *)"Rascunhos", '/', FOLDER_DRAFTS },
	{ (char *)"Enviados", '/', FOLDER_SENT }, { (char *)"Todos", '/', FOLDER_ALL },
};

START_TEST(a_pattern_means_every_folder_that_is_like_it)
{
	ck_assert_str_eq(CHOSEN(company, "Clientes/*"), "Clientes/Sul|Clientes/São Paulo|Clientes/Sul/2024");
	ck_assert_str_eq(CHOSEN(company, "clientes/s*o*"), "Clientes/São Paulo");
	ck_assert_str_eq(CHOSEN(company, "INBOX", "*/2024"), "INBOX|Clientes/Sul/2024");
	ck_assert_str_eq(CHOSEN(company, "Fornecedores/*"), "");
	ck_assert_str_eq(list.missing, "Fornecedores/*");
}
END_TEST

START_TEST(a_pattern_means_no_junk_trash_drafts_or_all_mail_but_a_name_does)
{
	ck_assert_str_eq(CHOSEN(company, "*"), "INBOX|Clientes|Clientes/Sul|Clientes/São Paulo|Clientes/Sul/2024|Enviados");
	ck_assert_int_eq(folder(5)->hint, FOLDER_HINT_SENT);
	ck_assert_str_eq(CHOSEN(company, "\\Junk", "Lixeira/Antigos"), "Lixo Eletrônico|Lixeira/Antigos");
}
END_TEST

START_TEST(without_special_use_junk_and_trash_are_known_by_name)
{
	static const struct listed all[] = {
		{ (char *)"INBOX", '.', 0 }, { (char *)"INBOX.Papierkorb", '.', 0 }, { (char *)"INBOX.Entw&APw-rfe", '.', 0 },
		{ (char *)"INBOX.Spam", '.', 0 }, { (char *)"INBOX.Spam.2024", '.', 0 }, { (char *)"INBOX.Kunden", '.', 0 },
		{ (char *)"INBOX.Kunden.Spam", '.', 0 },
	};

	ck_assert_str_eq(CHOSEN(all, "*"), "INBOX|INBOX.Kunden|INBOX.Kunden.Spam");
}
END_TEST

START_TEST(what_is_left_out_is_left_out_with_all_below_it_whatever_the_order)
{
	ck_assert_str_eq(CHOSEN(company, "!Clientes/Sul", "Clientes*"), "Clientes|Clientes/São Paulo");
	ck_assert_str_eq(CHOSEN(company, "*", "!Clientes"), "INBOX|Enviados");
	ck_assert_str_eq(CHOSEN(company, "*", "!\\Sent", "!INBOX", "!Clientes/*"), "Clientes");
	/* Nothing but what is left out: of the default. */
	ck_assert_str_eq(CHOSEN(company, "!\\Sent"), "INBOX");
	ck_assert_ptr_null(list.missing);
}
END_TEST

START_TEST(exclude_leaves_out_folders_too)
{
	static const char *const items[] = { "*" }, *const out[] = { "from:@x.example", "folder:clientes/sul", "folder:\\Sent" };
	const struct conf_list wanted = { (const char **)items, 1 }, exclude = { (const char **)out, 3 };

	folder_list_finish(&list);
	folders_choose(&(struct folder_wish){ .wanted = &wanted, .exclude = &exclude }, company, countof(company), &list);
	ck_assert_str_eq(chosen(), "INBOX|Clientes|Clientes/São Paulo");
}
END_TEST

START_TEST(levels_are_written_with_a_slash_or_as_the_server_does_with_or_without_inbox)
{
	static const struct listed courier[] = { { (char *)"INBOX", '.', 0 }, { (char *)"INBOX.Clientes", '.', 0 },
						 { (char *)"INBOX.Clientes.Sul", '.', 0 } };

	ck_assert_str_eq(CHOSEN(courier, "Clientes/*"), "INBOX.Clientes.Sul");
	ck_assert_str_eq(CHOSEN(courier, "INBOX.Clientes.*"), "INBOX.Clientes.Sul");
	ck_assert_str_eq(CHOSEN(courier, "Clientes/Sul"), "INBOX.Clientes.Sul");
	/* All folders are below INBOX here: to leave that out leaves out itself. */
	ck_assert_str_eq(CHOSEN(courier, "*", "!INBOX"), "INBOX.Clientes|INBOX.Clientes.Sul");
}
END_TEST

START_TEST(gmail_is_read_by_all_mail_and_says_when_that_is_not_shown)
{
	static const struct listed gmail[] = {
		{ (char *)"INBOX", '/', 0 }, { (char *)"[Gmail]", '/', FOLDER_NOSELECT },
		{ (char *)"[Gmail]/Todos os e-mails", '/', FOLDER_ALL }, { (char *)"[Gmail]/E-mails enviados", '/', FOLDER_SENT },
	};
	const struct conf_list none = { 0 };
	struct folder_wish wish = { .wanted = &none, .is_gmail = true };

	folder_list_finish(&list);
	folders_choose(&wish, gmail, 4, &list);
	ck_assert_str_eq(chosen(), "[Gmail]/Todos os e-mails");
	ck_assert_int_eq(folder(0)->hint, FOLDER_HINT_NONE);
	ck_assert(!list.lacks_all_mail);
	folder_list_finish(&list);
	folders_choose(&wish, gmail, 2, &list);
	ck_assert_str_eq(chosen(), "INBOX");
	ck_assert(list.lacks_all_mail);
	wish.is_gmail = false;
	folder_list_finish(&list);
	folders_choose(&wish, gmail, 4, &list);
	ck_assert_str_eq(chosen(), "INBOX|[Gmail]/E-mails enviados");
}
END_TEST

START_TEST(more_folders_than_can_be_read_are_counted)
{
	static const char *const any[] = { "*" };
	struct listed *all = xcalloc(FOLDERS_MAX + 44, sizeof(*all));

	for (int i = 0; i < FOLDERS_MAX + 44; i++)
		all[i] = (struct listed){ xasprintf("f%d", i), '/', 0 };
	choose(all, FOLDERS_MAX + 44, any, 1);
	ck_assert_uint_eq(list.n_items, FOLDERS_MAX);
	ck_assert_uint_eq(list.n_excess, 44);
	for (int i = 0; i < FOLDERS_MAX + 44; i++)
		free(all[i].name);
	free(all);
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
    a_pattern_means_every_folder_that_is_like_it, a_pattern_means_no_junk_trash_drafts_or_all_mail_but_a_name_does,
    without_special_use_junk_and_trash_are_known_by_name,
    what_is_left_out_is_left_out_with_all_below_it_whatever_the_order, exclude_leaves_out_folders_too,
    levels_are_written_with_a_slash_or_as_the_server_does_with_or_without_inbox,
    gmail_is_read_by_all_mail_and_says_when_that_is_not_shown, more_folders_than_can_be_read_are_counted,
    inbox_is_there_even_when_nothing_is_listed, a_name_with_a_line_break_is_never_used,
    attributes_are_known_with_and_without_backslash, modified_utf7_goes_both_ways,
    malformed_utf7_is_kept_as_it_stands)
