#include "mime/notice.h"

#include "base/mem.h"
#include "mime/address.h"
#include "mime/line.h"
#include "mime/mail_reading.h"
#include "mime/msgid.h"
#include "mime/notice_line.h"
#include "mime/utf8.h"

enum { LINES_MAX = 300, SHOWN_MAX = 400, HEADER_ADDRESSES = 50, REFERENCES_MAX = 50 };

static struct str whole_text(const struct mail *m)
{
	return m->it.text_full.len > 0 ? m->it.text_full : m->it.text;
}

static bool starts_with_any(struct str s, const char *const *starts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_istarts(s, str_from(starts[i])))
			return true;
	return false;
}

static bool has_any(struct str s, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_ifind(s, str_from(words[i])) != STR_NONE)
			return true;
	return false;
}

static bool has_empty_path(struct mail *m)
{
	return str_eq(mail_header(m, STR("Return-Path")), STR("<>"));
}

static bool is_daemon(const struct mail *m)
{
	static const char *const locals[] = { "mailer-daemon@", "postmaster@", "mail-daemon@",
					      "microsoftexchange" };

	return m->it.n_parties > 0 && m->it.parties[0].n_ids > 0 &&
	       starts_with_any(m->it.parties[0].ids[0].value, locals, countof(locals));
}

bool notice_is_from_system(struct mail *m)
{
	return is_daemon(m) || has_empty_path(m) || head_has(&m->head, STR("X-Failed-Recipients")) ||
	       head_has(&m->head, STR("X-MS-Exchange-Message-Is-Ndr"));
}

/* ---- a bounce in words ---- */

struct bounce {
	struct report_recipient recipients[REPORT_RECIPIENTS_MAX];
	size_t n_recipients;
	/* Whom the lines are about now; what stands before the first is about the first, or nobody. */
	struct report_recipient *current, nobody;
	bool wants_line;	/* behind an address: qmail gives no code */
};

static bool is_party(const struct mail *m, struct str addr)
{
	for (size_t i = 0; i < m->it.n_parties; i++)
		if (m->it.parties[i].n_ids > 0 && str_ieq(m->it.parties[i].ids[0].value, addr))
			return true;
	return false;
}

/* NULL: an address that did not fail, or too many. */
static struct report_recipient *recipient_of(const struct mail *m, struct bounce *b, struct str addr)
{
	if (addr.len == 0 || is_party(m, addr))
		return NULL;
	for (size_t i = 0; i < b->n_recipients; i++)
		if (str_ieq(b->recipients[i].address, addr))
			return &b->recipients[i];
	if (b->n_recipients == REPORT_RECIPIENTS_MAX)
		return NULL;
	b->recipients[b->n_recipients] = (struct report_recipient){ .address = addr };
	return &b->recipients[b->n_recipients++];
}

static void take_line(const struct mail *m, struct bounce *b, struct str line)
{
	struct str rest, status = line_status(line);
	struct report_recipient *who = recipient_of(m, b, line_address(line, &rest));

	if (who != NULL) {
		b->current = who;
		b->wants_line = true;
		line = rest;
	}
	if (line.len == 0)
		return;
	if (b->current->status.len == 0 && (status.len > 0 || line_has_reply_code(line))) {
		b->current->status = status;
		b->current->diagnostic = line;
	} else if (b->wants_line && b->current->diagnostic.len == 0) {
		b->current->diagnostic = line;
	}
	b->wants_line = false;
}

/* Where the copy of our own mail begins: the addresses in it are not those that failed. */
static bool is_start_of_copy(struct str line)
{
	static const char *const starts[] = {
		"--- Below this line", "------ This is a copy", "------ This is the copy", "----- Original message",
		"----- Message header", "--- The header of the original", "Original message headers:",
		"----- Mensagem original", "Cabeçalhos de mensagem originais", "Return-Path:", "Received:",
		"Message-ID:", "DKIM-Signature:",
	};

	return starts_with_any(line, starts, countof(starts));
}

static void read_text(const struct mail *m, struct bounce *b)
{
	struct str text = whole_text(m), line;
	size_t at = 0;

	b->current = &b->nobody;
	for (int i = 0; i < LINES_MAX && line_next(text, &at, &line); i++) {
		line = str_trim(line);
		if (is_start_of_copy(line))
			return;
		take_line(m, b, line);
	}
}

static void read_failed_header(struct mail *m, struct bounce *b)
{
	struct addresses list = address_parse(&m->dec, head_get(&m->head, STR("X-Failed-Recipients")), HEADER_ADDRESSES);

	for (size_t i = 0; i < list.n_items; i++)
		recipient_of(m, b, list.items[i].addr);
}

static bool has_bounce_subject(const struct mail *m)
{
	static const char *const subjects[] = {
		"Undeliver", "Undelivered", "Delivery Status Notification", "Returned mail",
		"failure notice", "Mail delivery failed", "Delivery failure", "Mail System Error",
		"Não entregue", "Não foi possível entregar", "Falha na entrega", "Mensagem não entregue",
		"No se puede entregar", "No entregado", "Unzustellbar", "Non remis", "Non recapitabile",
		"Onbestelbaar", "Warning: could not send", "Warning: message", "Delayed Mail",
		"Message delivery delayed", "Delivery delayed", "Atraso na entrega",
	};

	return starts_with_any(m->it.subject, subjects, countof(subjects));
}

/* Still under way: nothing has failed. */
static bool is_warning(const struct mail *m)
{
	static const char *const subjects[] = {
		"Warning: could not send", "Warning: message", "Delayed Mail", "Message delivery delayed",
		"Delivery delayed", "Delivery Status Notification (Delay)", "Atraso na entrega",
	};
	static const char *const words[] = {
		"THIS IS A WARNING MESSAGE ONLY", "still being retried", "will be retried for",
		"Your message has not been delivered yet",
	};

	return starts_with_any(m->it.subject, subjects, countof(subjects)) ||
	       has_any(str_sub(whole_text(m), 0, 16 << 10), words, countof(words));
}

static void put_recipient(struct report *r, struct report_recipient who, struct str action)
{
	who.action = action;
	who.diagnostic = utf8_cut(who.diagnostic, SHOWN_MAX);
	report_add(r, &who);
}

static void put_bounce(struct mail *m, struct bounce *b)
{
	struct str action = is_warning(m) ? STR("delayed") : STR("failed");

	m->report.is_delivery = true;
	/* A code before any address, or far from the one that the header names. */
	if (b->n_recipients > 0 && b->recipients[0].status.len == 0 && b->nobody.diagnostic.len > 0) {
		b->recipients[0].status = b->nobody.status;
		b->recipients[0].diagnostic = b->nobody.diagnostic;
	}
	for (size_t i = 0; i < b->n_recipients; i++)
		put_recipient(&m->report, b->recipients[i], action);
	if (b->n_recipients > 0)
		return;
	m->report.worst = b->nobody;
	m->report.worst.action = action;
	m->report.worst.diagnostic = utf8_cut(b->nobody.diagnostic, SHOWN_MAX);
}

bool notice_read_bounce(struct mail *m)
{
	bool has_header = head_has(&m->head, STR("X-Failed-Recipients")) ||
			  head_has(&m->head, STR("X-MS-Exchange-Message-Is-Ndr"));
	bool has_subject = has_bounce_subject(m);
	struct bounce b = { 0 };

	if (!has_header && !(is_daemon(m) && (has_empty_path(m) || has_subject)))
		return false;
	read_failed_header(m, &b);
	read_text(m, &b);
	/* A postmaster also writes that a mailbox is nearly full. */
	if (!has_header && !has_subject && b.n_recipients == 0 && b.nobody.status.len == 0)
		return false;
	put_bounce(m, &b);
	return true;
}

/* ---- a receipt in words ---- */

bool notice_read_receipt(struct mail *m)
{
	static const char *const subjects[] = {
		"Read:", "Lida:", "Lido:", "Leído:", "Lu :", "Gelesen:", "Letto:", "Gelezen:", "Not read:",
		"Não lida:", "Não lido:", "No leído:", "Non lu :", "Ungelesen:", "Gelöscht:", "Deleted:",
	};
	static const char *const read[] = {
		"was read on", "foi lida em", "foi lido em", "fue leído el", "se ha leído el", "a été lu le",
		"wurde am", "wurde gelesen", "è stato letto", "is gelezen op",
	};
	static const char *const deleted[] = {
		"deleted without being read", "excluída sem ser lida", "eliminado sin leer",
		"se eliminó sin leer", "supprimé sans", "ungelesen gelöscht", "eliminato senza",
	};
	struct str text = str_sub(whole_text(m), 0, 2000);
	bool is_deleted;

	/* The subject is a weak sign: "Read: our new catalogue". The sentence must stand there too. */
	if (!starts_with_any(m->it.subject, subjects, countof(subjects)))
		return false;
	is_deleted = has_any(text, deleted, countof(deleted));
	if (!is_deleted && !has_any(text, read, countof(read)))
		return false;
	m->report.is_receipt = true;
	m->report.disposition = is_deleted ? STR("deleted") : STR("displayed");
	return true;
}

/* ---- what it is about ---- */

static struct str id_in_text(struct mail *m, struct str text)
{
	struct str line;
	size_t at = 0;

	while (line_next(text, &at, &line))
		if (str_istarts(str_trim(line), STR("message-id:")))
			return msgid_first(&m->dec, str_sub(str_trim(line), 11, line.len));
	return (struct str){ NULL, 0 };
}

/* The nearest one stands last. */
static struct str last_reference(struct mail *m)
{
	struct str rest = mail_header(m, STR("References")), id, last = { NULL, 0 };

	for (int i = 0; i < REFERENCES_MAX && msgid_next(&m->dec, &rest, &id); i++)
		last = id.len <= MSGID_MAX ? id : last;
	return last;
}

void notice_find_about(struct mail *m)
{
	struct str *about = &m->report.about;

	if (about->len == 0)
		*about = id_in_text(m, whole_text(m));
	if (about->len == 0)
		*about = msgid_first(&m->dec, mail_header(m, STR("In-Reply-To")));
	if (about->len == 0)
		*about = last_reference(m);
}
