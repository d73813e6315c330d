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
	ck_assert(quote_is_forward(STR("ENC: Proposta")));
	ck_assert(quote_is_forward(STR("fwd: x")));
	ck_assert(!quote_is_forward(STR("Re: ENC: Proposta")));
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
    forwarded_mail_stays, flowed_lines_are_joined_within_their_quote)
