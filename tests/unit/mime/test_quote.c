#include "mime/quote.h"

#include <stdio.h>

#include "base/buf.h"
#include "mime/flowed.h"

#include "../check_main.h"

static const char *fresh(const char *text)
{
	static char out[2048];
	struct str s = quote_new_text(str_from(text), false);

	snprintf(out, sizeof(out), STR_FMT, STR_ARG(s));
	return out;
}

#define QUOTE "\n\n> quoted\n>\n> > older\n"

START_TEST(an_attribution_and_its_quote_are_cut_in_every_language)
{
	ck_assert_str_eq(fresh("New.\n\nOn Mon, Sep 14, 2026 at 4:00 PM Ana <a@x> wrote:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nEm seg., 14 de set. de 2026 às 12:20, Ana <a@x> escreveu:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nEl lun, 14 sept 2026 a las 12:20, Ana (<a@x>) escribió:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nLe lun. 14 sept. 2026 à 12:20, Ana <a@x> a écrit\u00a0:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nAm Mo., 14. Sept. 2026 um 12:20 Uhr schrieb Ana <a@x>:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nIl giorno lun 14 set 2026 alle ore 12:20 Ana <a@x> ha scritto:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nOp ma 14 sep 2026 om 12:20 schreef Ana <a@x>:" QUOTE), "New.");
	ck_assert_str_eq(fresh("New.\n\nAna escreveu em 14/09/2026 12:20:" QUOTE), "New.");
}
END_TEST

START_TEST(an_attribution_may_be_wrapped_and_carry_direction_marks)
{
	ck_assert_str_eq(fresh("New.\n\nOn Mon, Sep 14, 2026 at 4:00 PM Ana Maria\n"
			       "de Souza <ana99@x.example>\nwrote:\n> q\n"), "New.");
	ck_assert_str_eq(fresh("New.\n\n\u202aOn 14 Sep 2026, Ana wrote:\u202c\n> q\n"), "New.");
	ck_assert_str_eq(fresh("New.\nSecond 2.\n\nAna wrote on 1 May:\n> q\n"), "New.\nSecond 2.");
}
END_TEST

START_TEST(outlook_blocks_are_cut_with_the_rule_above_them)
{
	ck_assert_str_eq(fresh("New.\n________________________________\nFrom: A\nSent: B\nTo: C\nSubject: D\n\nold"), "New.");
	ck_assert_str_eq(fresh("New.\n\n*De:* A\n*Enviado el:* B\n*Para:* C\n*Asunto:* D\n\nold"), "New.");
	ck_assert_str_eq(fresh("New.\n\nVon: A\nGesendet: B\nAn: C\n\nold"), "New.");
	ck_assert_str_eq(fresh("New.\n\n-----Mensagem original-----\nold"), "New.");
	ck_assert_str_eq(fresh("New.\n\n----- Message d'origine -----\nold"), "New.");
}
END_TEST

START_TEST(prose_that_looks_like_a_mark_stays)
{
	ck_assert_str_eq(fresh("From: our side all is fine.\nBye"), "From: our side all is fine.\nBye");
	ck_assert_str_eq(fresh("On Monday 14 he wrote:\nit is late"), "On Monday 14 he wrote:\nit is late");
	ck_assert_str_eq(fresh("To: do\nSubject: none"), "To: do\nSubject: none");
	ck_assert_str_eq(fresh("a\n-----\nb"), "a\n-----\nb");
}
END_TEST

START_TEST(answers_between_quoted_lines_stay_whole)
{
	const char *text = "> Which size?\nThree metres.\n> Which colour?\nBlack.";

	ck_assert_str_eq(fresh(text), text);
}
END_TEST

START_TEST(an_answer_below_the_quote_is_the_new_text)
{
	ck_assert_str_eq(fresh("On 14 Sep 2026, Ana wrote:\n> q\n> q2\n\nBelow.\n\n-- \nMarta"), "Below.");
	ck_assert_str_eq(fresh("> q\n\nBelow."), "Below.");
	ck_assert_str_eq(fresh("Hello Ana,\n> q\n\nBelow."), "Hello Ana,\n> q\n\nBelow.");
}
END_TEST

START_TEST(signatures_are_cut_above_and_below_the_quote)
{
	ck_assert_str_eq(fresh("New.\n-- \nMarta\n+55 31"), "New.");
	ck_assert_str_eq(fresh("New.\n--\nMarta"), "New.");
	ck_assert_str_eq(fresh("New.\n\n-- \nMarta\n\nOn 14 Sep 2026, Ana wrote:\n> q"), "New.");
	ck_assert_str_eq(fresh("New.\n\nOn 14 Sep 2026, Ana wrote:\n> q\n\n-- \nMarta"), "New.");
	ck_assert_str_eq(fresh("New.\n\nEnviado do meu iPhone"), "New.");
	ck_assert_str_eq(fresh("Sent from my desk to yours.\nBye"), "Sent from my desk to yours.\nBye");
}
END_TEST

START_TEST(nothing_is_ever_cut_to_nothing)
{
	ck_assert_str_eq(fresh("> only\n> quoted"), "> only\n> quoted");
	ck_assert_str_eq(fresh("-- \nMarta"), "-- \nMarta");
	ck_assert_str_eq(fresh("From: A\nSent: B\nTo: C\n\nold"), "From: A\nSent: B\nTo: C\n\nold");
	ck_assert_str_eq(fresh(""), "");
	ck_assert_str_eq(fresh(" \n \n"), "");
}
END_TEST

START_TEST(forwarded_mail_stays)
{
	struct str text = STR("FYI\n\nFrom: A\nSent: B\nTo: C\n\nold");

	ck_assert(str_eq(quote_new_text(text, true), text));
	ck_assert_str_eq(fresh("FYI\n\n---------- Forwarded message ---------\nFrom: A\nDate: B\nTo: C\n\nold"),
			 "FYI\n\n---------- Forwarded message ---------\nFrom: A\nDate: B\nTo: C\n\nold");
	ck_assert(quote_is_forward(STR("ENC: Proposta"), STR("")));
	ck_assert(quote_is_forward(STR("fwd: x"), STR("")));
	ck_assert(!quote_is_forward(STR("Re: ENC: Proposta"), STR("")));
	ck_assert(quote_is_forward(STR("VS: Tilbud"), STR("Fra: A")));
	ck_assert(!quote_is_forward(STR("VS: Tarjous"), STR("Lähettäjä: A")));
	/* Apple quotes what it forwards; the signature in it is another's. */
	ck_assert_str_eq(fresh("FYI\n\nBegin forwarded message:\n\n> From: A\n> To: B\n>\n> old"),
			 "FYI\n\nBegin forwarded message:\n\n> From: A\n> To: B\n>\n> old");
	ck_assert(str_eq(quote_new_text(STR("FYI\n\n> old\n> -- \n> A"), true), STR("FYI\n\n> old\n> -- \n> A")));
	ck_assert(str_eq(quote_new_text(STR("See the file.\n-- \nMarta"), true), STR("See the file.")));
}
END_TEST

START_TEST(an_attribution_without_latin_letters_is_cut_with_its_quote)
{
	ck_assert_str_eq(fresh("Новое.\n\nпн, 14 сент. 2026 г. в 12:20, Анна <ana99@x>:" QUOTE), "Новое.");
	ck_assert_str_eq(fresh("Новое.\n\nпн, 14 сент. 2026 г. в 12:20, Анна\n<ana99@x>:" QUOTE), "Новое.");
	ck_assert_str_eq(fresh("新。\n\nAna <a@x> 于2026年9月14日周一 12:20写道：" QUOTE), "新。");
	ck_assert_str_eq(fresh("새.\n\n2026년 9월 14일 (월) 오후 12:20, Ana <a@x>님이 작성:" QUOTE), "새.");
	ck_assert_str_eq(fresh("חדש.\n\n\u202bבתאריך יום ב׳, 14 בספט׳ 2026 ב-12:20 מאת \u202aAna\u202c\u200f <\u202aa@x\u202c\u200f>:\u202c" QUOTE), "חדש.");
	ck_assert_str_eq(fresh("جديد.\n\nفي الاثنين، ١٤ سبتمبر ٢٠٢٦ في ١٢:٢٠ كتب Ana <a@x>:" QUOTE), "جديد.");
}
END_TEST

START_TEST(an_attribution_in_a_language_that_nobody_listed_is_known_by_its_form)
{
	ck_assert_str_eq(fresh("Mới.\n\nVào Th 2, 14 thg 9, 2026 vào lúc 12:20 Ana <a@x> đã viết:" QUOTE), "Mới.");
	/* Prose about an address has no date. */
	ck_assert_str_eq(fresh("See\nwhat Ana (a@x) thinks of 2:" QUOTE), "See\nwhat Ana (a@x) thinks of 2:");
}
END_TEST

START_TEST(a_sentence_above_a_short_attribution_is_not_part_of_it)
{
	ck_assert_str_eq(fresh("On Monday 5 things happened.\nAna wrote on 1 May:\n> q\n"), "On Monday 5 things happened.");
}
END_TEST

START_TEST(an_old_mail_without_marks_is_cut_below_a_full_attribution)
{
	ck_assert_str_eq(fresh("New.\n\n  On Monday, 14 September 2026 at 12:20:00 GMT-3, Ana <a@x> wrote: \n \n Old.\nOld too."), "New.");
	ck_assert_str_eq(fresh("新。\n\n在 2026-09-14 12:20:00，\"Ana\" <a@x> 写道：\n\n旧。"), "新。");
	/* Without the address, or with text right below, it may be prose. */
	ck_assert_str_eq(fresh("New.\n\nOn Monday 14 at 12:20 she wrote:\n\nyes"), "New.\n\nOn Monday 14 at 12:20 she wrote:\n\nyes");
	ck_assert_str_eq(fresh("On 1 May 2026 at 12:20 Ana <a@x> wrote:\nyes"), "On 1 May 2026 at 12:20 Ana <a@x> wrote:\nyes");
}
END_TEST

START_TEST(a_block_of_headers_may_begin_with_any_of_them)
{
	ck_assert_str_eq(fresh("Neu.\n\nGesendet: Montag\nVon: A\nAn: B\nBetreff: C\n\nalt"), "Neu.");
	ck_assert_str_eq(fresh("New.\n\nFrom: A\nSent: B\nTo: C <c@x>; D <d@x>;\n E <e@x>; F <f@x>;\n G <g@x>\nSubject: H\n\nold"), "New.");
	ck_assert_str_eq(fresh("新。\n\n发件人：A\n发送时间：2026年9月14日 12:20\n收件人：B\n主题：C\n\n旧"), "新。");
	ck_assert_str_eq(fresh("Új.\n________________________________\nFeladó: A <a@x>\nElküldve: B\nCímzett: C\nTárgy: D\n\nrégi"), "Új.");
	ck_assert_str_eq(fresh("Új.\n________________________________\nAna: 1\nBea: 2\nCia: 3\n\nvége"),
			 "Új.\n________________________________\nAna: 1\nBea: 2\nCia: 3\n\nvége");
	/* A list of things with colons is none. */
	ck_assert_str_eq(fresh("Hi\n\nDate: 3 May\nTo: Rome\nSubject: trip\n\nBye"), "Hi\n\nDate: 3 May\nTo: Rome\nSubject: trip\n\nBye");
}
END_TEST

START_TEST(an_answer_below_an_original_message_line_stays)
{
	const char *text = "-----Original Message-----\nFrom: A\nSent: B\nTo: C\n\n> q\n\nBelow.";

	ck_assert_str_eq(fresh(text), text);
	ck_assert_str_eq(fresh("New.\n-----Original Message-----"), "New.");
}
END_TEST

static const char *signature(const char *text)
{
	static char out[512];

	snprintf(out, sizeof(out), STR_FMT, STR_ARG(quote_split(str_from(text), false).signature));
	return out;
}

START_TEST(a_closing_begins_a_signature_unless_a_sentence_follows)
{
	ck_assert_str_eq(fresh("New.\n\nBest regards,\nMarta\n+55 31 9"), "New.");
	ck_assert_str_eq(signature("New.\n\nBest regards,\nMarta\n+55 31 9"), "Best regards,\nMarta\n+55 31 9");
	ck_assert_str_eq(fresh("Neu.\n\nMit freundlichen Grüßen\nMax"), "Neu.");
	ck_assert_str_eq(fresh("Novo.\nAtenciosamente, Marta"), "Novo.");
	ck_assert_str_eq(fresh("Новое.\n\nС уважением,\nАнна"), "Новое.");
	ck_assert_str_eq(fresh("New.\n\nBest regards,\nMarta\n\nPS: and the invoice"), "New.\n\nBest regards,\nMarta\n\nPS: and the invoice");
	ck_assert_str_eq(fresh("New.\n\nBest regards,\nMarta\n\nWhen do you ship?"), "New.\n\nBest regards,\nMarta\n\nWhen do you ship?");
	ck_assert_str_eq(fresh("Best regards to all of you from Lisbon."), "Best regards to all of you from Lisbon.");
	ck_assert_str_eq(fresh("Best regards,\nMarta"), "Best regards,\nMarta");
}
END_TEST

START_TEST(the_signature_is_the_authors_and_not_the_old_mails)
{
	ck_assert_str_eq(signature("New.\n-- \nMarta\n\nOn 14 Sep 2026, Ana wrote:\n> q\n> -- \n> Ana"), "-- \nMarta");
	ck_assert_str_eq(signature("New.\n\nOn 14 Sep 2026, Ana wrote:\n> q\n\n-- \nMarta"), "-- \nMarta");
	ck_assert_str_eq(signature("New.\n\nFrom: A\nSent: B\nTo: C\n\nold\n-- \nAna"), "");
	ck_assert_str_eq(signature("New.\n\nIhre Anfrage kam an.\n\nViele Grüße\nMax\n\nVon meinem iPhone gesendet"), "Viele Grüße\nMax\n\nVon meinem iPhone gesendet");
	ck_assert_str_eq(signature("Yeni.\n\niPhone'umdan gönderildi"), "iPhone'umdan gönderildi");
	ck_assert_str_eq(signature("Teklif dün gönderildi."), "");
}
END_TEST

static const char *flowed(const char *text, bool delsp)
{
	static char out[512];
	struct buf b;

	buf_init(&b, 4096);
	flowed_join(str_from(text), delsp, &b);
	snprintf(out, sizeof(out), "%s", b.ptr ? b.ptr : "");
	buf_finish(&b);
	return out;
}

START_TEST(flowed_lines_are_joined_within_their_quote)
{
	ck_assert_str_eq(flowed("a \nb\nc", false), "a b\nc");
	ck_assert_str_eq(flowed("a \nb", true), "ab");
	ck_assert_str_eq(flowed("> a \n> b\nc \n> d", false), "> a b\nc \n> d");
	ck_assert_str_eq(flowed("a\n-- \nsig", false), "a\n-- \nsig");
	ck_assert_str_eq(flowed(" >not quoted\n\nb", false), ">not quoted\n\nb");
}
END_TEST

RUN("mime-quote", an_attribution_and_its_quote_are_cut_in_every_language,
    an_attribution_may_be_wrapped_and_carry_direction_marks,
    outlook_blocks_are_cut_with_the_rule_above_them, prose_that_looks_like_a_mark_stays,
    answers_between_quoted_lines_stay_whole, an_answer_below_the_quote_is_the_new_text,
    signatures_are_cut_above_and_below_the_quote, nothing_is_ever_cut_to_nothing,
    forwarded_mail_stays, an_attribution_without_latin_letters_is_cut_with_its_quote,
    an_attribution_in_a_language_that_nobody_listed_is_known_by_its_form,
    a_sentence_above_a_short_attribution_is_not_part_of_it,
    an_old_mail_without_marks_is_cut_below_a_full_attribution,
    a_block_of_headers_may_begin_with_any_of_them, an_answer_below_an_original_message_line_stays,
    a_closing_begins_a_signature_unless_a_sentence_follows,
    the_signature_is_the_authors_and_not_the_old_mails, flowed_lines_are_joined_within_their_quote)
