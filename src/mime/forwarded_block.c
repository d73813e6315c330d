/* The header block of a mail that was forwarded inline: which line is which, in the languages of quote_words.h. */
#include "mime/forwarded.h"

#include "base/mem.h"
#include "mime/line.h"
#include "mime/quote_marks.h"

enum { LINES_MAX = 14, LABEL_BYTES = 60 };

/* Labels of date, subject and recipients; those of the author are in quote_words.c. */
static const char *const dates[] = {
	"Date", "Sent", "Data", "Enviado", "Enviada", "Enviado em", "Enviada em", "Enviado el", "Fecha", "Envoyé", "Envoyé le",
	"Gesendet", "Datum", "Inviato", "Inviato il", "Verzonden", "Verstuurd", "Sendt", "Dato", "Skickat", "Lähetetty", "Päivä",
	"Päiväys", "Päivämäärä", "Wysłano", "Wysłane", "Odesláno", "Отправлено", "Дата", "Gönderildi", "Gönderme Tarihi", "Tarih",
	"发送时间", "发送日期", "日期", "傳送時間", "寄件日期", "送信日時", "日付", "日時", "送信日", "보낸 날짜", "보낸날짜", "날짜",
	"נשלח", "נשלחה", "תאריך", "تم الإرسال", "تاريخ الإرسال", "التاريخ",
};
static const char *const subjects[] = {
	"Subject", "Assunto", "Asunto", "Objet", "Betreff", "Oggetto", "Onderwerp", "Emne", "Ämne", "Aihe", "Temat", "Předmět",
	"Тема", "Konu", "主题", "主旨", "主題", "件名", "제목", "נושא", "الموضوع",
};
static const char *const recipients[] = {
	"To", "Para", "À", "A", "An", "Aan", "Til", "Till", "Vastaanottaja", "Vastaanottajat", "Do", "Komu", "Кому", "Kime",
	"收件人", "收件者", "宛先", "받는 사람", "받는사람", "אל", "إلى", "Destinataire",
};

static bool is_one_of(struct str label, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ieq(label, str_from(list[i])))
			return true;
	return false;
}

/* "*De :* Ana" → "De", "Ana". */
static bool take_label(struct str line, struct str *label, struct str *value)
{
	size_t colon = str_chr(line, ':'), wide = str_find(line, STR("：")), n = 1;

	if (wide != STR_NONE && (colon == STR_NONE || wide < colon))
		colon = wide, n = 3;
	if (colon == STR_NONE || colon > LABEL_BYTES)
		return false;
	*label = str_sub(line, 0, colon);
	*value = str_sub(line, colon + n, line.len);
	while (label->len > 0 && (label->ptr[0] == '*' || label->ptr[0] == ' ' || label->ptr[0] == '>'))
		*label = str_sub(*label, 1, label->len);
	while (label->len > 0 && (label->ptr[label->len - 1] == '*' || label->ptr[label->len - 1] == ' '))
		label->len--;
	while (value->len > 0 && (value->ptr[0] == '*' || value->ptr[0] == ' '))
		*value = str_sub(*value, 1, value->len);
	*value = str_trim(*value);
	return label->len > 0;
}

/* The value's bytes in the text itself: a folded line is a copy. */
static struct str in_text(struct str line, struct str value)
{
	size_t at = value.len > 0 ? str_find(line, value) : STR_NONE;

	return at == STR_NONE ? str_trim(line) : str_sub(line, at, value.len);
}

static bool keep(struct str *where, struct str value)
{
	if (where->len > 0)
		return false;
	*where = value;
	return true;
}

/* One line of the block. False: it is none. */
static bool read_line(struct str line, struct forwarded_block *b)
{
	char folded[QUOTE_LINE_MAX];
	struct str f = quote_fold(line, folded), label, value;

	if (!take_label(f, &label, &value))
		return false;
	if (quote_is_from_label(f))
		return keep(&b->from, in_text(line, value));
	if (is_one_of(label, subjects, countof(subjects)))
		return keep(&b->subject, in_text(line, value));
	if (is_one_of(label, dates, countof(dates)))
		return keep(&b->date, in_text(line, value));
	if (is_one_of(label, recipients, countof(recipients)))
		return keep(&b->to, in_text(line, value));
	return quote_is_label(f);
}

/* The block that begins at `at`, below a mark or its blank lines. Lines without a label continue a long list. */
static bool read_block(struct str text, size_t at, struct forwarded_block *b)
{
	size_t n = 0, n_read = 0, n_strange = 0;
	struct str line;

	*b = (struct forwarded_block){ 0 };
	while (n < LINES_MAX && line_next(text, &at, &line)) {
		if (line_is_blank(line)) {
			if (n_read > 0)
				break;
			continue;
		}
		n++;
		if (read_line(line, b))
			n_read++;
		else if (n_read == 0 || ++n_strange > 3)
			return false;
	}
	b->text = str_trim(str_sub(text, at, text.len));
	return b->from.len > 0 && n_read >= 3;
}

bool forwarded_find(struct str text, bool is_forward, struct forwarded_block *out)
{
	char folded[QUOTE_LINE_MAX];
	size_t at = 0, start = 0;
	struct str line, f;

	for (; line_next(text, &at, &line); start = at) {
		if (!quote_may_be_mark(line))
			continue;
		f = quote_fold(line, folded);
		if (f.len == 0)
			continue;
		if (quote_is_forwarded(f) && read_block(text, at, out))
			return true;
		if (is_forward && quote_is_original(f) && read_block(text, at, out))
			return true;
		if (is_forward && quote_is_from_label(f) && read_block(text, start, out))
			return true;
	}
	return false;
}
