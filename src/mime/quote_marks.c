#include "mime/quote_marks.h"

#include <string.h>

#include "base/mem.h"
#include "mime/utf8.h"

struct str quote_fold(struct str line, char out[QUOTE_LINE_MAX])
{
	size_t n = 0, step;

	for (size_t i = 0; i < line.len; i += step) {
		unsigned char first = (unsigned char)line.ptr[i];
		uint32_t code = first;
		bool is_space;

		step = 1;
		if (first > ' ' && first < 0x80 && n < QUOTE_LINE_MAX) {	/* nearly always */
			out[n++] = (char)first;
			continue;
		}
		if (first >= 0x80)
			code = utf8_get(str_sub(line, i, line.len), &step);
		is_space = code == ' ' || code == '\t' || code == '\n' || code == 0xa0 ||
				code == 0x202f;

		if (utf8_is_bidi(code) || (is_space && (n == 0 || out[n - 1] == ' ')))
			continue;
		if (n + step > QUOTE_LINE_MAX)
			return (struct str){ out, 0 };
		if (is_space)
			out[n++] = ' ';
		else
			n += (memcpy(out + n, line.ptr + i, step), step);
	}
	return str_trim((struct str){ out, n });
}

static bool has_digit(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
			return true;
	return false;
}

bool quote_is_attribution(struct str line)
{
	/* "wrote", in the languages of mail programs. */
	static const char *const verbs[] = {
		"wrote", "escreveu", "escribió", "a écrit", "schrieb", "geschrieben", "ha scritto",
		"schreef", "skrev", "kirjoitti", "pisze", "napisał", "napsal", "написал", "пишет",
		"şunu yazdı", "写道", "のメッセージ", "님이 작성", "כתב", "كتب",
	};

	if (!has_digit(line) || !(str_ends(line, STR(":")) || str_ends(line, STR("：")) ||
				  str_ends(line, STR("："))))
		return false;
	/* "ср, 14 сент. 2026 г. в 12:20, Имя <mail>:" has no verb. */
	if (str_ends(line, STR(">:")) && str_chr(line, '@') != STR_NONE)
		return true;
	for (size_t i = 0; i < countof(verbs); i++)
		if (str_find(line, str_from(verbs[i])) != STR_NONE)
			return true;
	return false;
}

/* Does the line consist of dashes around one of these texts? */
static bool is_dashed(struct str line, const char *const *texts, size_t n)
{
	size_t dashes = 0;

	while (dashes < line.len && line.ptr[dashes] == '-')
		dashes++;
	if (dashes < 3)
		return false;
	while (line.len > 0 && (line.ptr[0] == '-' || line.ptr[0] == ' '))
		line = str_sub(line, 1, line.len);
	while (line.len > 0 && (line.ptr[line.len - 1] == '-' || line.ptr[line.len - 1] == ' '))
		line.len--;
	for (size_t i = 0; i < n; i++)
		if (str_ieq(line, str_from(texts[i])))
			return true;
	return false;
}

bool quote_is_original(struct str line)
{
	static const char *const texts[] = {
		"Original Message", "Original message", "Mensagem original", "Mensagem Original",
		"Mensaje original", "Message d'origine", "Message d’origine", "Message original",
		"Ursprüngliche Nachricht", "Originalnachricht", "Messaggio originale",
		"Oorspronkelijk bericht", "Oprindelig meddelelse", "Oprindelig besked",
		"Ursprungligt meddelande", "Opprinnelig melding", "Oryginalna wiadomość",
		"Исходное сообщение", "原始邮件", "元のメッセージ", "원본 메시지",
	};

	return is_dashed(line, texts, countof(texts));
}

bool quote_is_forwarded(struct str line)
{
	static const char *const texts[] = {
		"Forwarded message", "Forwarded Message", "Mensagem encaminhada", "Mensaje reenviado",
		"Message transféré", "Weitergeleitete Nachricht", "Messaggio inoltrato",
		"Doorgestuurd bericht", "Mensagem reencaminhada",
	};

	return is_dashed(line, texts, countof(texts)) ||
	       str_eq(line, STR("Begin forwarded message:")) ||
	       str_eq(line, STR("Início da mensagem encaminhada:")) ||
	       str_eq(line, STR("Inicio del mensaje reenviado:"));
}

bool quote_is_rule(struct str line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] != '_')
			return false;
	return line.len >= 20;
}

/* What stands before the colon; "*From:* x" is what some programs make of a bold label. */
static struct str label_of(struct str line)
{
	struct str front = str_sub(line, 0, 40);
	size_t end = str_chr(front, ':');

	if (end == STR_NONE && str_chr(front, '\xef') != STR_NONE)
		end = str_find(front, STR("："));
	if (end == STR_NONE)
		return (struct str){ NULL, 0 };
	front = str_sub(front, 0, end);
	while (front.len > 0 && (front.ptr[0] == '*' || front.ptr[0] == ' '))
		front = str_sub(front, 1, front.len);
	while (front.len > 0 && (front.ptr[front.len - 1] == '*' || front.ptr[front.len - 1] == ' '))
		front.len--;
	return front;
}

static bool has_label(struct str line, const char *const *labels, size_t n)
{
	struct str label = label_of(line);

	for (size_t i = 0; i < n && label.len > 0; i++)
		if (str_ieq(label, str_from(labels[i])))
			return true;
	return false;
}

bool quote_is_from_label(struct str line)
{
	static const char *const labels[] = {
		"From", "De", "Von", "Da", "Van", "Fra", "Från", "Lähettäjä", "Od", "От", "Kimden",
		"发件人", "差出人", "보낸 사람", "Expéditeur", "Remetente",
	};

	return has_label(line, labels, countof(labels));
}

bool quote_is_label(struct str line)
{
	static const char *const labels[] = {
		"Sent", "To", "Cc", "Subject", "Date", "Enviado", "Enviada", "Enviado em",
		"Enviada em", "Enviado el", "Para", "Assunto", "Asunto", "Data", "Fecha", "Envoyé",
		"À", "Objet", "Gesendet", "An", "Betreff", "Datum", "Inviato", "A", "Oggetto",
		"Verzonden", "Aan", "Onderwerp", "Sendt", "Til", "Emne", "Dato", "Skickat", "Till",
		"Ämne", "Kopia", "Lähetetty", "Aihe", "Wysłano", "Do", "Temat", "DW", "Odesláno",
		"Komu", "Předmět", "Отправлено", "Кому", "Тема", "Gönderildi", "Kime", "Konu",
		"发送时间", "收件人", "主题", "抄送", "送信日時", "宛先", "件名", "보낸 날짜",
		"받는 사람", "제목", "참조", "Importance", "Prioridade", "Cópia", "Copie à",
	};

	return has_label(line, labels, countof(labels));
}

bool quote_is_device(struct str line)
{
	static const char *const starts[] = {
		"Sent from my ", "Sent from Mail for ", "Sent from Outlook", "Sent from Yahoo",
		"Get Outlook for ", "Enviado do meu ", "Enviado de meu ", "Enviado desde mi ",
		"Enviado de mi ", "Enviado do Outlook", "Obter o Outlook para ", "Obtener Outlook para ",
		"Obtenha o Outlook para ", "Envoyé de mon ", "Envoyé depuis ", "Envoyé à partir de ",
		"Gesendet von ", "Von meinem ", "Holen Sie sich Outlook", "Outlook für ",
		"Inviato da ", "Verzonden vanaf ", "Verstuurd vanaf ", "Sendt fra ",
		"Skickat från min", "Odesláno z ", "Wysłano z ", "Скачать Outlook",
	};

	for (size_t i = 0; i < countof(starts); i++)
		if (str_istarts(line, str_from(starts[i])))
			return line.len <= 160;
	return false;
}
